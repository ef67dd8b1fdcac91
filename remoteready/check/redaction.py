"""Takes out of a desk's sources what leads back to it or to a person, and puts the same stand-in for the same thing.

Stand-ins keep the form that collectors read: an address stays one of its kind (private, link-local). So a replay comes
to the same findings. Four ways lead to a secret: what the system says of itself (people, computer names), what the user
typed (hosts to reach), where it stands (under a key such as serial, SSID or user; in the path of a home), and its form
(addresses, ids, e-mail). Once found, it is replaced everywhere, in each of the ways that sources write it.
"""

import hashlib
import ipaddress
import json
import re
import ssl
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from remoteready import files

KEPT: dict[str, str] = files.parse_yaml(files.read_text(Path(__file__).with_name("redaction.yaml")), "redaction.yaml")
COMMON = frozenset(KEPT["common_words"].split())
DOMAINS = tuple(KEPT["published_domains"].split())
PUBLISHED_IDS = frozenset(KEPT["published_ids"].split())

Plain = Any
"""Text, numbers, true, false, nothing, and lists and maps of them."""


KEPT_ADDRESSES = frozenset({"198.51.100.1", "2001:db8::1"})
"""What the program itself asks the route to (RFC 5737, RFC 3849)."""

SERIAL_KEY = (
    r"(?:[\w. -]{0,40}serial(?:[_ .-]?(?:num(?:ber)?|no|id|short|string))?(?: \(system\))?|product_uuid|cookie)"
)
ID_KEY = r"(?:[\w.-]{0,40}(?:machine[_-]?id|machineguid|boot[_-]?id|session[_-]id|platformuuid))"
NETWORK_KEY = r"(?:[\w.-]{0,20}ssid|network_?name|wi-?fi network)"
USER_KEY = (
    r"(?:[\w.-]{0,40}\.user|(?:auto(?:matic)?|timed)_?login(?:-?user)?|(?:default|last)?[ _-]?user[ _-]?name"
    r"|(?:registered)?[ _-]?owner|requested-by|real[ _-]?name|full[ _-]?name|loginname|login)"
)
HOST_KEY = (
    r"(?:[\w.-]{0,40}\.host|(?:local)?[ _-]?host[ _-]?name|computer[ _-]?name|nodename"
    r"|(?:dns)?[ _-]?(?:domain|suffix)(?:[ _-]?name)?)"
)


def _keyed(key: str) -> re.Pattern[str]:
    """`key: value`, `key = value`, "key": "value" and <key>key</key><string>value</string>."""
    between = r"""(?:</key>\s*<string>|\\*["']?[ \t]*[:=][ \t]*\\*["']?)"""
    return re.compile(rf"""(?im)(?<![\w.-]){key}{between}(?P<value>[^"'<>\n\r,;{{}}\[\]()\\]{{1,200}})""")


SEARCH = re.compile(
    r"(?im)^[ \t]*(?:search|(?:search )?domain(?:\[\d+\])?)[ \t]*:?[ \t]+(?P<value>[\w.-]+(?:[ \t]+[\w.-]+)*)$"
)
PLACES: list[tuple[str, re.Pattern[str]]] = [
    ("serial", _keyed(SERIAL_KEY)),
    ("id", _keyed(ID_KEY)),
    ("network", _keyed(NETWORK_KEY)),
    ("user", _keyed(USER_KEY)),
    ("host", _keyed(HOST_KEY)),
    ("label", re.compile(r"(?i)(?:/run)?/media/[^/\s]+/(?P<value>[^/\s\"':<>]+)")),
    ("home", re.compile(r"(?i)(?:/home/|/Users/|[A-Z]:\\+Users\\+|/media/)(?P<value>[^/\\\s\"':<>]+)")),
    ("host", re.compile(r"(?<![\w.])(?P<value>[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}?)(?=_\S{0,80}dists_)")),
    ("host", re.compile(r"(?<![:\w/])//(?P<value>[\w.-]+)(?=/)")),
    ("host", re.compile(r"(?<=\s)(?P<value>[\w-]{1,63}(?:\.[\w-]{1,63}){0,8})(?=:/\S{0,200} .{0,200}?\bnfs)")),
    ("serial", re.compile(r"(?<=\.usb-)(?P<value>[^.\s\"]+?)(?=-\d\d\b)")),
    (
        "serial",
        re.compile(
            r"(?i)\b(?:USB|HID|USBSTOR|BTHENUM|BTHLE|BTHLEDEVICE|SWD|DISPLAY)[\\#]{1,4}[^\\#\s\"]{1,200}[\\#]{1,4}"
            r"(?P<value>[^\\#&\s\"{}]{1,200})(?![^\\#\s\"]{0,200}&)"
        ),
    ),
]
"""Where a secret stands: under its key; in the path of a home folder, a disk's label or a share; before an apt list of
a mirror; in the name that PulseAudio gives a USB device; at the end of a Windows device instance, unless Windows made
that up, with & in it."""
PERSONS = re.compile(
    r"(?P<owner>[A-Z][\w-]*(?: [A-Z][\w-]*){1,2}|[^\W\d_][\w-]*)['’`]s (?=\w)"
    r"|(?<!Monitor )\b(?:of|von|de|di|del|da|van|av|od) (?P<of>[A-Z][^\W\d_]+(?: [A-Z][^\W\d_]+){0,2})"
    r"|(?P<no>[^\W\d_]{1,20})の"
)
"""How phones and computers name things after their owner: Robin's Buds, Écouteurs de Robin."""
NAMED_BY_PEOPLE = re.compile(
    r'(?i)(?<![\w.-])[\w.-]{0,40}(?:description|alias|nick|name|adapter)"?[ \t]*[:=][ \t]*"(?P<value>[^"\n]{1,200})"'
)

CERTIFICATE = re.compile(
    r"(-----BEGIN (?:TRUSTED )?CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END (?:TRUSTED )?CERTIFICATE-----)"
)
FORM = re.compile(
    r"(?P<uuid>(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![0-9A-Fa-f]))"
    r"|(?P<hex32>(?<![0-9A-Fa-f])[0-9A-Fa-f]{32}(?![0-9A-Fa-f]))"
    r"|(?P<sid>S-1-5-21(?:-\d+){3})"
    r"|(?P<mail>(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"
    r"|(?P<mac>(?<![0-9A-Fa-f])[0-9A-Fa-f]{2}(?P<by>[:_-])(?:[0-9A-Fa-f]{2}(?P=by)){4}[0-9A-Fa-f]{2}(?!(?P=by)?[0-9A-Fa-f]))"
    r"|(?P<bare>(?<![0-9A-Fa-f])(?:(?<=enx)|(?<=wlx)|(?<=wwx)|(?=[0-9]*[A-Fa-f]))[0-9A-Fa-f]{12}(?![0-9A-Fa-f]))"
    r"|(?P<v6>(?<![0-9A-Za-z:.])(?=[0-9A-Fa-f]*:[0-9A-Fa-f]*:)[0-9A-Fa-f:]{2,39}(?:\.\d{1,3}){0,3}(?![0-9A-Za-z:]))"
    r"|(?P<v4>(?<![0-9.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d))"
)


class Redaction:
    """Finds what must go in a set of sources, and takes it out of any text, always with the same stand-ins.

    `people` and `hosts` are what the system says of itself; `targets` the hosts that the user named, by the name of the
    target. What is found is kept in memory only.
    """

    def __init__(
        self,
        sources: Mapping[str, Plain],
        *,
        people: Iterable[str] = (),
        hosts: Iterable[str] = (),
        targets: Mapping[str, str] | None = None,
    ) -> None:
        self._stand_ins: dict[str, str] = {}
        self._names: set[str] = set()
        self._forms: dict[str, str] = {}
        self._count: Counter[str] = Counter()
        self._real: set[str] = set()
        texts = list(_texts(dict(sources)))
        for target, host in (targets or {}).items():
            self._add_host(host, f"{target}.example")
        for host in hosts:
            self._add_host(host)
        for name in people:
            self._add_person(name)
        for text in texts:
            self._find(text)
        for text in texts:
            self._real |= {self._normal(match)[1] for match in FORM.finditer(text)}
        self._pattern = self._everywhere()

    # --- finding ---

    def _find(self, text: str) -> None:
        for kind, pattern in PLACES:
            for match in pattern.finditer(text):
                self._add(kind, match["value"])
        for match in SEARCH.finditer(text):
            for name in match["value"].split():
                self._add_host(name)
        for match in NAMED_BY_PEOPLE.finditer(text):
            self._find_person(match["value"])
        if len(text) < 200:  # a name alone, as in answers that are data
            self._find_person(text)

    def _find_person(self, text: str) -> None:
        for match in PERSONS.finditer(text):
            self._add_person(match[str(match.lastgroup)])

    def _add(self, kind: str, value: str) -> None:
        if kind == "host":
            self._add_host(value)
        elif kind == "user":
            self._add_person(value)
        elif kind == "home":
            self._add_person(value)
            self._stand_for("user", value, common=True, everywhere=False)
        else:
            self._stand_for(kind, value, everywhere=len(value) > 7 or (len(value) > 4 and not value.isalpha()))

    def _add_person(self, name: str) -> None:
        """A name as it stands, and each of its words."""
        if not name.isdigit():
            self._stand_for("user", name)
            for word in re.split(r"[\s.,]+", name):
                self._stand_for("user", word, everywhere=len(word) > 2)

    def _add_host(self, name: str, stand_in: str = "") -> None:
        """A computer's name, alone and with each of its domains but the last, which is the world's."""
        labels = name.strip().strip(".").split(".")
        if not _is_address(name.strip()) and not name.strip(" .").lower().endswith(DOMAINS):
            self._stand_for("host", ".".join(labels), stand_in)
            for part in (labels[0], *(".".join(labels[start:]) for start in range(1, len(labels) - 1))):
                self._stand_for("host", part)

    def _stand_for(
        self, kind: str, value: str, stand_in: str = "", *, everywhere: bool = True, common: bool = False
    ) -> None:
        """Have a stand-in for a value where it was found; `everywhere` for what is nothing but this secret.

        Words that mean something else, too, are left alone, unless they are `common` and yet a secret in their place.
        """
        key = _key(value)
        says_nothing = re.fullmatch(r"[0\W_]*|\d{1,3}|0x[0-9a-f]{1,4}", key) or FORM.fullmatch(key)
        if says_nothing or (COMMON.issuperset(key.split()) and not common):
            return
        if key not in self._stand_ins:
            self._count[kind] += 1
            self._stand_ins[key] = stand_in or f"{kind}-{self._count[kind]}"
        if everywhere and len(key) > 2:
            self._names.add(key)

    def _everywhere(self) -> re.Pattern[str]:
        spellings: dict[str, str] = {}
        for name in self._names:
            for spelling in _spellings(name):
                spellings.setdefault(spelling, self._stand_ins[name])
        self._spellings = spellings
        names = "|".join(re.escape(name) for name in sorted(spellings, key=len, reverse=True))
        return re.compile(rf"(?i)(?<![^\W_])(?:{names})(?![^\W_])") if names else re.compile(r"(?!)")

    # --- taking out ---

    def plain(self, value: Plain) -> Plain:
        """The same data without what must not leave; keys of maps too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(key) if isinstance(key, str) else key: self.plain(held) for key, held in value.items()}
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        return value

    def sources(self, sources: Mapping[str, Plain]) -> dict[str, Plain]:
        """What the sources said, without it. A file that is nothing but a serial number goes whole."""
        clean: dict[str, Plain] = {}
        for asked, answer in sources.items():
            if asked == "read /proc/net/route" and isinstance(answer, str):
                answer = self._routes(answer)
            elif isinstance(answer, str) and re.search(r"^read .*(?:serial|product_uuid|machine-id|/address)$", asked):
                answer = "redacted"
            clean[self.text(asked)] = self.plain(answer)
        return clean

    def text(self, text: str) -> str:
        """One text without what must not leave."""
        parts = CERTIFICATE.split(text)
        return "".join(self._certificate(part) if at % 2 else self._words(part) for at, part in enumerate(parts))

    def _words(self, text: str) -> str:
        text = unicodedata.normalize("NFC", text)
        for _, pattern in PLACES:
            text = pattern.sub(self._in_place, text)
        text = self._pattern.sub(lambda match: self._spellings[match[0].lower()], text)
        return FORM.sub(self._stand_in, text)

    def _certificate(self, pem: str) -> str:
        """The certificate with its names and addresses overwritten, byte for byte, so that it can still be read.

        What it was known by, its SHA-256, stands before it: profiles name certificates so.
        """
        try:
            original = ssl.PEM_cert_to_DER_cert(pem.replace("TRUSTED ", ""))
        except ValueError:
            return self._words(pem)
        der = original
        for name in sorted(self._names, key=len, reverse=True):
            for encoding in ("utf-8", "utf-16-be"):
                held = re.compile(re.escape(name.encode(encoding)), re.IGNORECASE)
                der = held.sub(lambda match: ("x" * 256).encode(encoding)[: len(match[0])], der)  # noqa: B023
        for real in filter(_is_address, self._real):
            address = ipaddress.ip_address(real)
            tag = bytes([0x87, len(address.packed)])  # iPAddress of RFC 5280, 4.2.1.6
            der = der.replace(tag + address.packed, tag + ipaddress.ip_address(self._words(real)).packed)
        if der == original:
            return pem
        return f"# sha256 {hashlib.sha256(original).hexdigest()}\n{ssl.DER_cert_to_PEM_cert(der).strip()}"

    def _in_place(self, match: re.Match[str]) -> str:
        start, end = (place - match.start() for place in match.span("value"))
        stand_in = self._stand_ins.get(_key(match["value"]), match["value"])
        return match[0][:start] + stand_in + match[0][end:]

    def _stand_in(self, match: re.Match[str]) -> str:
        kind, key = self._normal(match)
        if not key:
            return match[0]
        stand_in = self._forms.get(key) or self._forms.setdefault(key, self._new(kind, key))
        if kind == "mac":
            return (match["by"] or "").join(stand_in.split(":")) if match["mac"] else stand_in.replace(":", "")
        return stand_in

    def _normal(self, match: re.Match[str]) -> tuple[str, str]:
        """The kind of what was found, and one spelling for all that mean the same; empty for what may stay."""
        kind, found = str(match.lastgroup), match[0].lower()
        if match["mac"] or match["bare"]:
            digits = re.sub("[^0-9a-f]", "", found)
            return "mac", "" if digits in {"0" * 12, "f" * 12} else digits
        if kind in ("v4", "v6"):
            return kind, _address(found)
        if kind == "uuid":
            return kind, "" if _published(found) else found
        return kind, "" if not found.strip("0-f") and len(set(found)) == 1 else found

    def _new(self, kind: str, key: str) -> str:
        """A stand-in of the same form that is nothing of this desk's own."""
        if kind in ("v4", "v6"):
            return _new_address(ipaddress.ip_address(key), self._real | set(self._forms.values()))
        self._count[kind] += 1
        number = self._count[kind]
        match kind:
            case "mac":
                digits = f"02000000{number:04x}"
                return ":".join(digits[at : at + 2] for at in range(0, 12, 2))
            case "uuid":
                return f"00000000-0000-4000-8000-{number:012x}"
            case "hex32":
                return f"{number:032x}"
            case "sid":
                return f"S-1-5-21-0-0-{number}"
            case _:
                return f"mail-{number}@mail.example"

    def _routes(self, table: str) -> str:
        """The kernel's table of routes has its addresses as hexadecimal numbers in the machine's byte order."""
        rows = [line.split("\t") for line in table.splitlines()]
        for row in rows:
            for column in (1, 2):
                if len(row) > column and re.fullmatch(r"[0-9A-Fa-f]{8}", row[column].strip()):
                    real = str(ipaddress.IPv4Address(bytes.fromhex(row[column].strip())[::-1]))
                    row[column] = ipaddress.IPv4Address(self.text(real)).packed[::-1].hex().upper()
        return "\n".join("\t".join(row) for row in rows) + ("\n" if table.endswith("\n") else "")


def _key(value: str) -> str:
    return value.strip().strip("\"'").strip(".").lower()


def _texts(value: Plain) -> Iterator[str]:
    if isinstance(value, str):
        yield unicodedata.normalize("NFC", value)
    elif isinstance(value, Mapping):
        for key, held in value.items():
            if isinstance(key, str) and isinstance(held, str):
                yield f'"{key}": "{held}"'  # a key tells what stands under it in answers that are data, too
            yield from _texts(key)
            yield from _texts(held)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _spellings(name: str) -> set[str]:
    """A name as it stands in text, JSON, XML, a URL, and a systemd or udev escape; in capitals, escapes differ."""
    words = {name, name.replace(" ", "_"), name.replace(" ", "-"), name.replace(" ", "\\x20"), name.replace(".", "-")}
    cased = {form for word in words for form in (word, word.upper(), word.title(), word.capitalize())}
    written = {form for word in cased for form in (json.dumps(word)[1:-1], escape(word), quote(word))}
    return {form.lower() for form in words | written}


def _published(uuid: str) -> bool:
    """An id that stands in vendors' documents: listed here, one of the last century, or nothing but 0 and f."""
    return (
        uuid in PUBLISHED_IDS or re.match(r"^.{14}11(?:c[ef]|d[0-4])-", uuid) is not None or not set(uuid) - set("0f-")
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _address(found: str) -> str:
    """The usual spelling of an address that leads to somebody; empty for masks, loopback and what is no address."""
    try:
        address = ipaddress.ip_address(found)
    except ValueError:
        return ""
    plain = str(address)
    mask = isinstance(address, ipaddress.IPv4Address) and address.packed[0] in (0, 255)
    if mask or address.is_loopback or address.is_unspecified or address.is_multicast or plain in KEPT_ADDRESSES:
        return ""
    return plain


STAND_INS = [
    (ipaddress.ip_network(real), ipaddress.ip_network(own))
    for real, own in [
        ("10.0.0.0/8", "10.255.0.0/16"),
        ("172.16.0.0/12", "172.31.0.0/16"),
        ("192.168.0.0/16", "192.168.0.0/16"),
        ("169.254.0.0/16", "169.254.0.0/16"),
        ("100.64.0.0/10", "100.127.0.0/16"),
        ("0.0.0.0/0", "198.18.0.0/15"),
        ("fe80::/10", "fe80::/64"),
        ("fc00::/7", "fd00::/64"),
        ("::/0", "2001:db8:ffff::/64"),
    ]
]
"""For each kind of address, where its stand-ins come from; RFC 2544 and RFC 3849 for those of the internet."""


def _new_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address, taken: set[str]) -> str:
    own = next(own for real, own in STAND_INS if real.version == address.version and address in real)
    return str(next(own[number] for number in range(1, own.num_addresses) if str(own[number]) not in taken))
