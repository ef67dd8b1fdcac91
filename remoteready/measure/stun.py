"""STUN (RFC 8489): a binding request, and the answer that says how this computer looks from outside."""

import ipaddress
import os
import struct
from dataclasses import dataclass

from remoteready.measure.datagrams import Place

HEADER = struct.Struct("!HHI12s")
"""Type, length of what follows, magic cookie, transaction: RFC 8489, 5."""
MAGIC = 0x2112A442
REQUEST, SUCCESS, ERROR = 0x0001, 0x0101, 0x0111
MAPPED_ADDRESS, XOR_MAPPED_ADDRESS, OTHER_ADDRESS, CHANGED_ADDRESS = 0x0001, 0x0020, 0x802C, 0x0005
"""RFC 8489, 18.3 and RFC 5780, 9.1; the last is what OTHER-ADDRESS was called in RFC 3489."""
PADDING = 0xCFFF
"""An attribute of nobody's, which a server that does not know it must ignore: RFC 8489, 18.3."""

Mapped = tuple[str, int]
"""Address and port."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a STUN server sees, and at which second address and port it can be asked again; None where it has none."""

    mapped: Mapped
    other: Mapped | None


def request(*, padding: int = 0) -> bytes:
    """A binding request, 20 bytes, with a random transaction; `padding` is a multiple of 4, as all of STUN is."""
    filler = struct.pack("!HH", PADDING, padding - 4) + bytes(padding - 4) if padding else b""
    return HEADER.pack(REQUEST, len(filler), MAGIC, os.urandom(12)) + filler


def read(asked: bytes, reply: bytes) -> Binding | None:
    """The success answer to a request; None for anything else."""
    if len(reply) < HEADER.size or reply[4:20] != asked[4:20]:
        return None
    kind, length, *_ = HEADER.unpack_from(reply)
    if kind != SUCCESS or length != len(reply) - HEADER.size:
        return None
    found = attributes(reply)
    mapped = _address(found.get(XOR_MAPPED_ADDRESS), reply[4:20]) or _address(found.get(MAPPED_ADDRESS))
    other = _address(found.get(OTHER_ADDRESS)) or _address(found.get(CHANGED_ADDRESS))
    return Binding(mapped, other) if mapped else None


def attributes(packet: bytes) -> dict[int, bytes]:
    """The whole attributes of a message; of one that stands twice the first counts (RFC 8489, 14)."""
    found: dict[int, bytes] = {}
    at = HEADER.size
    while at + 4 <= len(packet):
        kind, length = struct.unpack_from("!HH", packet, at)
        if at + 4 + length > len(packet):
            break
        found.setdefault(kind, packet[at + 4 : at + 4 + length])
        at += 4 + length + -length % 4
    return found


def _address(value: bytes | None, mask: bytes = b"") -> Mapped | None:
    """An address attribute: a zero, the family, the port, the address; XORed with cookie and transaction if masked."""
    if value is None or (len(value), value[1:2]) not in {(8, b"\x01"), (20, b"\x02")}:
        return None
    port, raw = value[2:4], value[4:]
    if mask:
        port, raw = _xor(port, mask), _xor(raw, mask)
    return str(ipaddress.ip_address(raw)), int.from_bytes(port, "big")


def _xor(value: bytes, mask: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(value, mask, strict=False))


def to_place(mapped: Mapped, family_of: Place) -> Place:
    """An address as the socket takes it that asked `family_of`."""
    return (*mapped, 0, 0) if len(family_of) == 4 else mapped
