"""Certificates as a host shows them: names, fingerprints, the chain they form, and known inspectors of traffic. Pure.

Of X.509 (RFC 5280) only what is needed to name who signed what is read. Nothing here proves a signature: whether a
certificate is trusted is asked of the operating system and of the public authorities.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

from remoteready import files

BLOCK = re.compile(r"(?:# sha256 ([0-9a-f]{64})\n)?-----BEGIN (?:TRUSTED )?CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END")
"""A certificate in a text; before one that a snapshot holds without its names, what its fingerprint was with them."""
SEQUENCE, SET, OBJECT, VERSION = 0x30, 0x31, 0x06, 0xA0
PARTS = {b"\x55\x04\x03": "common_name", b"\x55\x04\x0a": "organisation", b"\x55\x04\x0b": "unit"}
"""Object identifiers 2.5.4.3, 2.5.4.10 and 2.5.4.11 of X.520."""
ENCODINGS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}
LONGEST_CHAIN = 8


@dataclass(frozen=True, slots=True)
class Name:
    """Whom a certificate is for, or who signed it. `der` is the whole name, to compare with."""

    der: bytes
    organisation: str = ""
    common_name: str = ""
    unit: str = ""

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.organisation, self.common_name))) or self.unit

    def is_called(self, words: str) -> bool:
        """Whether its organisation or common name is this, whatever the case."""
        return bool(words) and words.casefold() in (self.organisation.casefold(), self.common_name.casefold())


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is read of one certificate."""

    subject: Name
    issuer: Name
    sha256: str

    @property
    def is_self_signed(self) -> bool:
        """Whether it names itself as who signed it, as roots do."""
        return self.subject.der == self.issuer.der


def parse(der: bytes) -> Certificate:
    """A certificate in DER. ValueError for what is none."""
    _, whole = next(_elements(der, SEQUENCE))
    _, signed = next(_elements(whole, SEQUENCE))
    fields = [field for field in _elements(signed) if field[0] != VERSION]
    (_, _), (_, _), (tag, issuer), (_, _), (other, subject) = _five(fields)
    if tag != SEQUENCE or other != SEQUENCE:
        raise ValueError("no names where a certificate has them")
    return Certificate(_name(subject), _name(issuer), hashlib.sha256(der).hexdigest())


def parse_pem(text: str) -> list[Certificate]:
    """Every certificate in a text that can be read."""
    found = []
    for fingerprint, block in BLOCK.findall(text):
        try:
            one = parse(base64.b64decode("".join(block.split()), validate=True))
            found.append(replace(one, sha256=fingerprint or one.sha256))
        except (ValueError, binascii.Error):
            continue
    return found


def chain(shown: Sequence[Certificate]) -> list[Certificate]:
    """The first certificate, then who signed each, by name, as far as it goes. Servers also send what is not asked."""
    linked = list(shown[:1])
    while linked and not linked[-1].is_self_signed and len(linked) < LONGEST_CHAIN:
        signer = next((one for one in shown if one.subject.der == linked[-1].issuer.der and one not in linked), None)
        if signer is None:
            break
        linked.append(signer)
    return linked


def root_among(authorities: Iterable[Certificate], linked: Sequence[Certificate]) -> Certificate | None:
    """The root among some authorities that a chain ends at, or would with one more certificate.

    Only roots count: an intermediate that was installed to mend an incomplete chain is nobody's interception.
    """
    last = linked[-1]
    for one in authorities:
        if one.is_self_signed and one.subject.der == last.issuer.der and (not last.is_self_signed or one == last):
            return one
    return None


@dataclass(frozen=True, slots=True)
class Inspector:
    """A product that puts certificates of its own in the place of a host's."""

    name: str
    common_names: tuple[str, ...]
    organisations: tuple[str, ...]
    own_hosts: bool


@cache
def inspectors() -> tuple[Inspector, ...]:
    """The shipped table; its fields are described in the file."""
    path = Path(__file__).parents[1] / "tls_inspectors.yaml"
    document: dict[str, Any] = files.parse_yaml(files.read_text(path), str(path))
    return tuple(
        Inspector(
            row["name"],
            tuple(row.get("common_names", ())),
            tuple(row.get("organisations", ())),
            row.get("own_hosts", False),
        )
        for row in document["inspectors"]
    )


def inspector_in(linked: Iterable[Certificate]) -> Inspector | None:
    """The product whose name stands among those who signed."""
    for signer in (one.issuer for one in linked):
        for product in inspectors():
            pairs = ((signer.common_name, product.common_names), (signer.organisation, product.organisations))
            if any(held and fnmatch(held.casefold(), one.casefold()) for held, known in pairs for one in known):
                return product
    return None


# --- DER ------------------------------------------------------------------------------------------------------------


def _elements(data: bytes, wanted: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element (X.690). ValueError where one is broken, or is not of the wanted kind."""
    place = 0
    while place < len(data):
        tag, length, start = data[place], *_length(data, place + 1)
        end = start + length
        if end > len(data) or (wanted is not None and tag != wanted):
            raise ValueError("no certificate")
        yield tag, data[start:end]
        place = end
    if wanted is not None and not data:
        raise ValueError("no certificate")


def _length(data: bytes, place: int) -> tuple[int, int]:
    """The length of an element, and where its content begins."""
    if place >= len(data):
        raise ValueError("no certificate")
    first = data[place]
    if first < 0x80:
        return first, place + 1
    count = first & 0x7F
    if not 1 <= count <= 4 or place + 1 + count > len(data):
        raise ValueError("no certificate")
    return int.from_bytes(data[place + 1 : place + 1 + count], "big"), place + 1 + count


def _five(fields: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Serial number, algorithm, issuer, validity and subject."""
    if len(fields) < 5:
        raise ValueError("no certificate")
    return fields[:5]


def _name(content: bytes) -> Name:
    held: dict[str, str] = {}
    for tag, group in _elements(content):
        for _, pair in _elements(group) if tag == SET else ():
            parts = list(_elements(pair))
            if len(parts) == 2 and parts[0][0] == OBJECT and parts[0][1] in PARTS and parts[1][0] in ENCODINGS:
                text = parts[1][1].decode(ENCODINGS[parts[1][0]], errors="replace")
                held.setdefault(PARTS[parts[0][1]], " ".join(text.split()))
    return Name(content, **held)
