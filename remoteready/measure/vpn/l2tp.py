"""L2TP's first message and its answers (RFC 2661). Most gateways take L2TP inside IPsec only and are silent outside."""

import os
import struct

from remoteready.measure.vpn.outcome import Said

CONTROL = 0xC802
"""Flags of a control message with length and sequence, version 2: RFC 2661, 3.1."""
HEADER = struct.Struct("!HHHHHH")
"""Flags, length, tunnel, session, number sent, number expected."""
START_REQUEST, START_REPLY, STOP = 1, 2, 4
MESSAGE_TYPE, RESULT, VERSION, FRAMING, HOST_NAME, VENDOR_NAME, TUNNEL = 0, 1, 2, 3, 7, 8, 9
"""Attributes: RFC 2661, 4.4."""


def start_request(*, padding: int = 0) -> bytes:
    """SCCRQ: version 1.0, any framing, our name and the number of our tunnel, which is random and not 0."""
    tunnel = int.from_bytes(os.urandom(2), "big") or 1
    body = (
        attribute(MESSAGE_TYPE, struct.pack("!H", START_REQUEST))
        + attribute(VERSION, b"\x01\x00")
        + attribute(FRAMING, struct.pack("!I", 3))
        + attribute(HOST_NAME, b"remoteready")
        + attribute(TUNNEL, struct.pack("!H", tunnel))
    )
    while padding > 6:
        size = min(padding - 6, 1000)
        body += attribute(VENDOR_NAME, bytes(size), mandatory=False)
        padding -= 6 + size
    return HEADER.pack(CONTROL, HEADER.size + len(body), 0, 0, 0, 0) + body


def stop(asked: bytes, reply: bytes) -> bytes:
    """StopCCN for the tunnel that the reply opened, so that the gateway does not wait for us."""
    theirs = next((value for kind, value in attributes(reply) if kind == TUNNEL), b"\0\0")
    mine = next(value for kind, value in attributes(asked) if kind == TUNNEL)
    body = (
        attribute(MESSAGE_TYPE, struct.pack("!H", STOP))
        + attribute(TUNNEL, mine)
        + attribute(RESULT, struct.pack("!H", 6))  # "the requester is being shut down"
    )
    return (
        HEADER.pack(CONTROL, HEADER.size + len(body), *struct.unpack("!H", theirs[:2].rjust(2, b"\0")), 0, 1, 1) + body
    )


def attribute(kind: int, value: bytes, *, mandatory: bool = True) -> bytes:
    """An attribute of the IETF: RFC 2661, 4.1."""
    return struct.pack("!HHH", 0x8000 * mandatory | (6 + len(value)), 0, kind) + value


def attributes(packet: bytes) -> list[tuple[int, bytes]]:
    """The attributes of a control message that are whole and not hidden."""
    found, at = [], HEADER.size
    while at + 6 <= len(packet):
        flags, vendor, kind = struct.unpack_from("!HHH", packet, at)
        length = flags & 0x3FF
        if length < 6 or at + length > len(packet):
            break
        if vendor == 0 and not flags & 0x4000:
            found.append((kind, packet[at + 6 : at + length]))
        at += length
    return found


def read(asked: bytes, reply: bytes) -> Said | None:
    """SCCRP or StopCCN for our tunnel; None for anything else."""
    if len(reply) < HEADER.size:
        return None
    flags, length, tunnel, *_ = HEADER.unpack_from(reply)
    mine = struct.pack("!H", tunnel)
    if flags & 0xCB0F != CONTROL or length != len(reply) or (TUNNEL, mine) not in attributes(asked):
        return None
    match dict(reversed(attributes(reply))).get(MESSAGE_TYPE):
        case b"\0\x02":
            return Said(True, "answers as L2TP")
        case b"\0\x04":
            return Said(True, "answers as L2TP, which does not want this client")
    return None
