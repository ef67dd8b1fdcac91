"""What the columns of other people's tables are called: spellings of telephone systems, planners and languages."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "day", "call date", "datum", "tag", "jour", "fecha", "dia", "data", "giorno", "dzien"),
    "time": (
        *("timestamp", "datetime", "date time", "date and time", "interval start", "interval start time", "start time"),
        *("starttime", "start", "call start", "call start time", "calldate", "period start", "begin", "begin time"),
        *("time", "time of day", "interval", "intervals", "time interval", "period", "half hour", "quarter hour"),
        *("hour", "from", "uhrzeit", "zeit", "zeitpunkt", "beginn", "startzeit", "von", "intervall", "zeitintervall"),
        *("heure", "debut", "heure debut", "intervalle", "tranche", "tranche horaire", "horodatage", "hora", "inicio"),
        *("hora inicio", "intervalo", "ora", "inizio", "intervallo", "godzina", "czas", "poczatek"),
    ),
    "offered": (
        *("calls offered", "offered calls", "offered", "offer", "contacts offered", "calls", "contacts", "nco"),
        *("incoming calls", "inbound calls", "calls received", "received", "call volume", "volume", "total calls"),
        *("forecast calls", "forecast", "interactions", "n calls", "anrufe", "angebotene anrufe", "eingehende anrufe"),
        *("anrufvolumen", "gesprache", "appels", "appels offerts", "appels recus", "appels entrants", "llamadas"),
        *(
            "llamadas ofrecidas",
            "llamadas entrantes",
            "llamadas recibidas",
            "chiamate",
            "chiamate offerte",
            "polaczenia",
        ),
    ),
    "answered": (
        *("calls answered", "answered calls", "answered", "calls handled", "handled calls", "handled"),
        *("contacts handled", "acd calls", "nch", "angenommene anrufe", "appels repondus", "appels traites"),
        *("llamadas atendidas", "chiamate risposte"),
    ),
    "aht": (
        *("aht", "avg handle time", "avg handle", "handle time avg", "avg call duration", "avg duration", "dmt"),
        *("duree moyenne de traitement", "tmo", "tiempo medio de operacion", "mittlere bearbeitungszeit"),
        *("durchschnittliche bearbeitungszeit", "tempo medio di gestione"),
    ),
    "handle": ("total handle time", "handle time total", "total handle", "sum handle time"),
    "talk": ("avg talk time", "avg talk", "att", "avg acd time", "avg call time"),
    "hold": ("avg hold time", "avg hold"),
    "wrap": (
        "avg acw time",
        "avg acw",
        "avg after call work",
        "avg after call work time",
        "avg wrap up time",
        "avg wrap",
    ),
    "duration": (
        *("billsec", "handle time", "call duration", "call length", "duration", "length", "talk time", "seconds"),
        *(
            "conversation duration",
            "dauer",
            "gesprachsdauer",
            "duree",
            "duree appel",
            "duracion",
            "durata",
            "czas trwania",
        ),
    ),
    "end": (
        "end",
        "end time",
        "call end",
        "call end time",
        "stop",
        "stop time",
        "stoptime",
        "ende",
        "fin",
        "heure fin",
    ),
    "series": (
        *("site", "queue", "queue name", "skill", "skill name", "split", "split skill", "vdn", "location", "group"),
        *("agent group", "team", "campaign", "service", "department", "standort", "warteschlange", "gruppe", "cola"),
        *("file d attente", "sede", "coda", "kolejka"),
    ),
    "size": ("size", "file size", "filesize", "bytes", "size bytes", "grosse", "dateigrosse", "taille", "tamano"),
    "name": ("name", "file", "filename", "file name", "path", "recording", "datei", "fichier", "archivo"),
    "monitors": ("monitors", "screens", "number of monitors", "displays", "monitore", "ecrans", "monitores"),
    "kind": ("kind", "type", "media", "media type", "art", "typ", "tipo"),
}
"""The roles that a column can have, and what it is called then, the likeliest first; see `plain`."""

SAME = {"average": "avg", "mean": "avg", "handling": "handle"}
UNIT = re.compile(
    r"[\s_]*[(\[]\s*(ms|milliseconds|s|sec|secs|seconds|sek|min|mins|minutes|h|hours|b|bytes|kb|mb|gb|kib|mib|gib)\s*"
    r"[)\]]\s*$|_(ms|s|sec|seconds|min|minutes|h|hours|bytes|kb|mb|gb)$",
    re.IGNORECASE,
)
LONG_UNITS = {
    "ms": ("milliseconds",),
    "s": ("sec", "secs", "seconds", "sek"),
    "min": ("mins", "minutes"),
    "h": ("hours",),
    "b": ("bytes",),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its place, what its header says, and the unit named there, "" where none is."""

    place: int
    header: str
    unit: str


def plain(header: str) -> str:
    """A header without its unit, capitals, accents and signs: 'Avg. Handle-Time (s)' is 'avg handle time'."""
    bare = unicodedata.normalize("NFKD", UNIT.sub("", header)).replace("ł", "l")
    letters = "".join(letter for letter in bare.casefold() if not unicodedata.combining(letter))
    return " ".join(SAME.get(word, word) for word in re.sub(r"[\W_]+", " ", letters).split())


def unit(header: str) -> str:
    """The unit at the end of a header: ms, s, min, h, b, kb, mb, gb, kib, mib, gib; "" where there is none."""
    match = UNIT.search(header)
    if match is None:
        return ""
    word = (match[1] or match[2]).lower()
    return next((short for short, words in LONG_UNITS.items() if word in words), word)


def match(headers: Sequence[str], given: Mapping[str, str]) -> dict[str, Column]:
    """The columns by their roles: those that the user gave by header, the others by their spelling.

    A role whose given header is not there is left out, so that a title line is not taken for the header.
    """
    names = [plain(header) for header in headers]
    found = {}
    for role, spellings in SPELLINGS.items():
        wanted = (plain(given[role]),) if role in given else spellings
        place = next((names.index(name) for name in wanted if name in names), None)
        if place is not None:
            found[role] = Column(place, headers[place].strip(), unit(headers[place]))
    return found


def others(columns: Mapping[str, Column], headers: Iterable[str]) -> list[str]:
    """The headers that have no role."""
    known = {column.header for column in columns.values()}
    return [header for header in headers if header.strip() and header.strip() not in known]
