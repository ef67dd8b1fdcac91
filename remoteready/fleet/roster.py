"""The roster: who belongs to the fleet, where and with whom – read from CSV, kept only as pseudonyms."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from remoteready import files
from remoteready.check.facts import clean
from remoteready.exits import UnusableInput
from remoteready.fleet.counting import changing
from remoteready.fleet.privacy import LENGTH, is_pseudonym, pseudonym
from remoteready.fleet.store import Store

COLUMNS = ("agent", "site", "team", "isp")
LARGEST_BYTES = 100_000_000
EXAMPLE = "agent,site,team,isp"


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody belongs; '' where the roster does not say."""

    site: str = ""
    team: str = ""
    isp: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """People by the organisation's names for them, and the columns of the file that are not used."""

    people: Mapping[str, Place]
    unused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """What a roster changed in the store."""

    people: int
    new: int
    moved: int
    left: int


def read(path: Path) -> Roster:
    """The roster in a CSV file with a header, separated by commas, semicolons or tabs. UnusableInput names the line."""
    text = files.read_text(path, LARGEST_BYTES)
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    rows = csv.reader(StringIO(text, newline=""), delimiter=separator)
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        if "agent" not in header:
            raise UnusableInput(f"{path}: line 1: no column is called agent; begin with {EXAMPLE}")
        if twice := next((name for name in COLUMNS if header.count(name) > 1), None):
            raise UnusableInput(f"{path}: line 1: the column {twice} stands twice")
        people: dict[str, Place] = {}
        lines: dict[str, int] = {}
        for row in rows:
            said = dict(zip(header, (cell.strip() for cell in row), strict=False))
            if not any(said.values()):
                continue
            agent = _agent(said.get("agent", ""), f"{path}: line {rows.line_num}")
            if (before := lines.setdefault(agent.lower(), rows.line_num)) != rows.line_num:
                raise UnusableInput(
                    f"{path}: line {rows.line_num}: {files.named(agent)} stands in line {before} already; keep one"
                )
            people[agent] = Place(*(clean(said.get(name, "")) for name in COLUMNS[1:]))
    except csv.Error as error:
        raise UnusableInput(f"{path}: line {rows.line_num}: not CSV: {error}") from error
    if not people:
        raise UnusableInput(f"{path}: names nobody; below {EXAMPLE} write a line for each agent")
    return Roster(people, tuple(files.named(name) for name in header if name and name not in COLUMNS))


def _agent(name: str, place: str) -> str:
    if not name or files.UNSAFE.search(name):
        raise UnusableInput(f"{place}: {files.shown(name) if name else 'no agent'}; write who it is, on one line")
    return name


def apply(store: Store, key: bytes, roster: Roster) -> Applied:
    """Make this the roster of the store. Whoever is no longer on it keeps the place that they had."""
    placed = {pseudonym(key, agent): place for agent, place in roster.people.items()}
    with store.transaction() as connection:
        known = {
            name: (aid, Place(site, team, isp), rostered)
            for aid, name, site, team, isp, rostered in store.rows(
                "SELECT aid, pseudonym, site, team, isp, rostered FROM agent"
            )
        }
        new = placed.keys() - known.keys()
        moved = [name for name in placed.keys() & known.keys() if known[name][1] != placed[name]]
        left = sum(rostered and name not in placed for name, (_, _, rostered) in known.items())
        with changing(store, _days(store, (known[name][0] for name in moved))):
            connection.executemany(
                "UPDATE agent SET site = ?, team = ?, isp = ? WHERE pseudonym = ?",
                [(place.site, place.team, place.isp, name) for name in moved for place in (placed[name],)],
            )
        connection.execute("UPDATE agent SET rostered = 0")
        connection.executemany(
            "INSERT INTO agent(pseudonym, site, team, isp, rostered) VALUES (?, ?, ?, ?, 1) "
            "ON CONFLICT DO UPDATE SET rostered = 1",
            [(name, place.site, place.team, place.isp) for name, place in placed.items()],
        )
        connection.execute("DELETE FROM agent WHERE rostered = 0 AND aid NOT IN (SELECT aid FROM latest)")
        store.log(f"roster of {len(placed)} people")
    return Applied(len(placed), len(new), len(moved), left)


def _days(store: Store, aids: Iterable[int]) -> Iterable[tuple[int, str]]:
    for aid in aids:
        yield from store.rows("SELECT DISTINCT aid, day FROM report WHERE aid = ?", aid)


def reveal(store: Store, key: bytes, roster: Roster, wanted: Iterable[str]) -> dict[str, str]:
    """Who is behind pseudonyms (all that are in the store, where none is named), by the roster; noted in the audit log.

    Only people of the roster can be found: a pseudonym cannot be computed back. UnusableInput: not a pseudonym.
    """
    asked = [name.upper() for name in wanted]
    if wrong := next((name for name in asked if not is_pseudonym(name)), None):
        raise UnusableInput(f"{files.shown(wrong)}: no pseudonym; these are {LENGTH} letters and digits 2 to 7")
    named = {pseudonym(key, agent): agent for agent in roster.people}
    with store.transaction():
        for name in asked:
            store.log("revealed who it is" if name in named else "tried to reveal who it is", name)
        if not asked:
            asked = [name for (name,) in store.rows("SELECT pseudonym FROM agent ORDER BY pseudonym")]
            store.log(f"revealed who all {len(asked)} are")
    return {name: named[name] for name in asked if name in named}
