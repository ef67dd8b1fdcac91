"""Takes out of a desk's sources what leads back to it or to a person, and puts the same stand-in for the same thing.

Stand-ins keep the form that collectors read: an address stays one of its kind (private, link-local). So a replay comes
to the same findings. What must go is found by what the system says of itself (people, computer names), by what the user
typed (hosts to reach), and by the traces that `traces` knows. It is replaced everywhere, however a source writes it –
but for words that collectors look for, which are replaced only where they must be a name.
"""

import hashlib
import ipaddress
import json
import re
import ssl
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote
from xml.sax.saxutils import escape

from remoteready.check import traces
from remoteready.check.collect import certificates
from remoteready.check.traces import CERTIFICATE, FORM, PLACES, Plain

KEPT_ADDRESSES = frozenset({"198.51.100.1", "2001:db8::1"})
"""What the program itself asks the route to (RFC 5737, RFC 3849)."""
IDEOGRAMS = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]")
"""Scripts without blanks between words."""


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
        for target, host in (targets or {}).items():
            self._add_host(host, f"{target}.example")
        for host in hosts:
            self._add_host(host, own=True)
        for name in people:
            self._add_person(name)
        for asked, answer in sources.items():
            self._find(asked, answer)
        for text in _texts(dict(sources)):
            self._real |= {self._normal(match)[1] for match in FORM.finditer(text)}
        self._pattern = self._everywhere()

    # --- finding ---

    def _find(self, asked: str, answer: Plain) -> None:
        for text in (*_texts(asked), *_texts(answer)):
            for kind, pattern in PLACES:
                for match in pattern.finditer(text):
                    self._add(kind, match["value"])
            for pattern in (traces.SEARCH, *([traces.HOSTS_ROW] if asked.lower().endswith("hosts") else [])):
                for match in pattern.finditer(text):
                    for name in match["value"].split():
                        self._add_host(name)
            for match in traces.FQDN.finditer(text):
                self._add_host(match["value"])
            for match in traces.PERSONS.finditer(text) if len(text) < 200 else ():
                self._add_person(match[str(match.lastgroup)])
            for match in re.finditer(r'"([^"\n]{3,120})"', text):
                for person in traces.PERSONS.finditer(match[1]):
                    self._add_person(person[str(person.lastgroup)])
        for name in traces.given_names(answer):
            for word in re.findall(r"[^\W\d_]+", name):
                self._add_person(word)

    def _add(self, kind: str, value: str) -> None:
        if kind == "host":
            self._add_host(value.rpartition("://")[2].partition(":")[0])
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
            for word in re.split(r"[\s.,'’-]+", name):
                self._stand_for("user", word)

    def _add_host(self, name: str, stand_in: str = "", *, own: bool = False) -> None:
        """A computer's name, and each domain of it but the world's; its first label alone only of this computer."""
        name = _key(name)
        labels = name.split(".")
        if _is_address(name) or name.endswith(traces.DOMAINS) or name.endswith(".example"):
            return
        self._stand_for("host", name, stand_in, common=len(labels) > 1)
        for start in range(1, len(labels) - 1):
            self._stand_for("host", ".".join(labels[start:]), common=True)
        if own:
            self._stand_for("host", labels[0])

    def _stand_for(
        self, kind: str, value: str, stand_in: str = "", *, everywhere: bool = True, common: bool = False
    ) -> None:
        """Have a stand-in for a value where it was found; `everywhere` for what is nothing but this secret.

        Words that mean something else, too, are left alone, unless they are `common` and yet a secret in their place.
        """
        key = _key(value)
        if re.fullmatch(r"[0\W_]*|\d{1,3}|0x[0-9a-f]{1,4}", key) or FORM.fullmatch(key):
            return
        if not common and traces.own_words().issuperset(re.findall(r"[^\W_]+", key)):
            return
        if key not in self._stand_ins:
            self._count[kind] += 1
            self._stand_ins[key] = stand_in or f"{kind}-{self._count[kind]}"
        if everywhere and (len(key) > 2 or IDEOGRAMS.search(key)):
            self._names.add(key)

    def _everywhere(self) -> re.Pattern[str]:
        self._spellings: dict[str, str] = {}
        for name in self._names:
            for spelling in _spellings(name):
                self._spellings.setdefault(spelling, self._stand_ins[name])
        longest_first = sorted(self._spellings, key=len, reverse=True)
        words = "|".join(re.escape(name) for name in longest_first if not IDEOGRAMS.search(name))
        parts = "|".join(re.escape(name) for name in longest_first if IDEOGRAMS.search(name))
        whole = [rf"(?<![^\W_])(?:{words})(?![^\W_])"] if words else []
        return re.compile("(?i)" + "|".join([*whole, *([parts] if parts else [])]) if whole or parts else r"(?!)")

    # --- taking out ---

    def plain(self, value: Plain) -> Plain:
        """The same data without what must not leave. A key of a map goes only as a whole: most belong to a format."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self._whole(key) if isinstance(key, str) else key: self._held(key, value[key]) for key in value}
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        return value

    def _held(self, key: Plain, value: Plain) -> Plain:
        """What stands under a key: that key may tell that it is a secret."""
        if isinstance(key, str) and isinstance(value, str):
            told = f'"{key}": "{value}"'
            if any(match[0] == told for _, pattern in PLACES for match in [pattern.match(told)] if match):
                return self._stand_ins.get(_key(value)) or self.text(value)
        return self.plain(value)

    def _whole(self, key: str) -> str:
        return self._stand_ins.get(_key(key)) or FORM.sub(self._stand_in, key)

    def sources(self, sources: Mapping[str, Plain]) -> dict[str, Plain]:
        """What the sources said, without it. A file that is nothing but a serial number goes whole."""
        clean: dict[str, Plain] = {}
        for asked, answer in sources.items():
            if asked == "read /proc/net/route" and isinstance(answer, str):
                answer = self._routes(answer)
            elif isinstance(answer, str) and re.search(r"^read .*(?:serial|product_uuid|machine-id|/address)$", asked):
                answer = "redacted"
            clean[self.question(asked)] = self.plain(answer)
        return clean

    def question(self, asked: str) -> str:
        """What was asked, without names in its arguments: the words of the program itself must stay as they are."""
        verb, _, rest = asked.partition(" ")
        for _, pattern in PLACES:
            rest = pattern.sub(self._in_place, rest)
        first, *others = rest.split(" ")
        if verb in ("call", "run"):
            others = [self._stand_ins.get(_key(word), word) for word in others]
        return f"{verb} {FORM.sub(self._stand_in, ' '.join([first, *others]))}"

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

    def _in_place(self, match: re.Match[str]) -> str:
        start, end = (place - match.start() for place in match.span("value"))
        value = match["value"]
        stand_in = self._stand_ins.get(_key(value))
        if stand_in is None:
            return match[0]
        mark = value[0] if value[:1] in "\"'" else ""
        return match[0][:start] + mark + stand_in + match[0][end:]

    def _certificate(self, pem: str) -> str:
        """The certificate without whom it is for: names and addresses are overwritten byte for byte, so that it can
        still be read. Who signed it stays, as that is what is judged, and its SHA-256 stands before it.
        """
        try:
            original = ssl.PEM_cert_to_DER_cert(pem.replace("TRUSTED ", ""))
            der = certificates.without_names(original)
            for name in self._names:  # one that signed itself is an authority, too, and bears the name of its host
                held = re.compile(re.escape(name.encode()), re.IGNORECASE)
                der = held.sub(lambda match: b"x" * len(match[0]), der)
        except ValueError:
            return self._words(pem)
        if der == original:
            return pem
        return f"# sha256 {hashlib.sha256(original).hexdigest()}\n{ssl.DER_cert_to_PEM_cert(der).strip()}"

    def _stand_in(self, match: re.Match[str]) -> str:
        kind, key = self._normal(match)
        if not key:
            return match[0]
        stand_in = self._forms.get(key) or self._forms.setdefault(key, self._new(kind, key))
        if kind == "mac":
            return (match["by"] or (":" if match["short"] else "")).join(stand_in.split(":"))
        return stand_in

    def _normal(self, match: re.Match[str]) -> tuple[str, str]:
        """The kind of what was found, and one spelling for all that mean the same; empty for what may stay."""
        kind, found = str(match.lastgroup), match[0].lower()
        if match["mac"] or match["bare"] or match["short"]:
            groups = found.split(":") if match["short"] else [found]
            digits = re.sub("[^0-9a-f]", "", "".join(group.zfill(2) for group in groups))
            return "mac", "" if digits in {"0" * 12, "f" * 12} else digits
        if kind in ("v4", "v6"):
            return kind, _address(found)
        if kind == "uuid":
            return kind, "" if _published(found) else found
        return kind, "" if len(set(found)) == 1 else found

    def _new(self, kind: str, key: str) -> str:
        """A stand-in of the same form that is nothing of this desk's own."""
        if kind in ("v4", "v6"):
            return self._new_address(ipaddress.ip_address(key))
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

    def _new_address(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
        own = next(own for real, own in STAND_INS if real.version == address.version and address in real)
        while True:
            self._count[str(own)] += 1
            stand_in = str(own[self._count[str(own)]])
            if stand_in not in self._real:
                return stand_in

    def _routes(self, table: str) -> str:
        """The kernel's table of routes has its addresses as hexadecimal numbers in the machine's byte order."""
        rows = [line.split("\t") for line in table.splitlines()]
        for row in rows:
            for column in (1, 2):
                if len(row) > column and re.fullmatch(r"[0-9A-Fa-f]{8}", row[column].strip()):
                    real = str(ipaddress.IPv4Address(bytes.fromhex(row[column].strip())[::-1]))
                    row[column] = ipaddress.IPv4Address(FORM.sub(self._stand_in, real)).packed[::-1].hex().upper()
        return "\n".join("\t".join(row) for row in rows) + ("\n" if table.endswith("\n") else "")


def _key(value: str) -> str:
    return unicodedata.normalize("NFC", value).strip().strip("\"'").strip(".").lower()


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
    """A name as it stands in text, JSON, XML, a URL, and the escapes of systemd, udev and the device mapper."""
    words = {name, name.replace(" ", "_"), name.replace(" ", "-"), name.replace(" ", "\\x20"), name.replace(".", "-")}
    words.add(name.replace("-", "--"))
    cased = {form for word in words for form in (word, word.upper(), word.title(), word.capitalize())}
    written = {form for word in cased for form in (json.dumps(word)[1:-1], escape(word), quote(word))}
    return {form.lower() for form in words | written}


def _published(uuid: str) -> bool:
    """An id that stands in vendors' documents: listed here, one of the last century, or nothing but 0 and f."""
    old = re.match(r"^.{14}11(?:c[ef]|d[0-4])-", uuid)
    return uuid in traces.PUBLISHED_IDS or old is not None or not set(uuid) - set("0f-")


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
