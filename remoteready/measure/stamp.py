"""STAMP test packets (RFC 8762, extensions RFC 8972), which TWAMP-Light reflectors answer too. Bytes in, values out.

Times are nanoseconds since 1970. Authenticated packets carry HMAC-SHA-256 cut to 16 bytes, and so do their extensions.
"""

import hmac
from dataclasses import dataclass
from struct import Struct

NTP_EPOCH_S = 2_208_988_800
LONGEST_HELD_NS = 60 * 10**9
"""From 1900 to 1970."""
NS = 1_000_000_000
UNSYNCHRONISED = 0x2001
"""Error estimate (RFC 4656 section 4.1.2): NTP format, no claim to be synchronised, give or take 2^32 × 2^-32 s."""
PTP = 0x4000
"""Bit of the error estimate (RFC 8186): the time is in PTPv2 format."""

REQUEST = Struct(">IQHH28x")
REPLY = Struct(">IQHHQIQHHB3x")
SIGNED_REQUEST = Struct(">I12xQHH68x")
SIGNED_REPLY = Struct(">I12xQHH4xQ8xI12xQH6xB15x")
TAG_BYTES = 16
LEAST_BYTES = REQUEST.size
"""A request must have room for its answer: 44 bytes, authenticated 112."""
SIGNED_BYTES = SIGNED_REQUEST.size + TAG_BYTES

EXTENSION = Struct(">BBH")
UNRECOGNISED, MALFORMED, UNTRUSTED = 0x80, 0x40, 0x20
PADDING, DIRECT_MEASUREMENT, TAG = 1, 5, 8
COUNTERS = Struct(">III")


@dataclass(frozen=True, slots=True)
class Counters:
    """What a reflector has counted of a session when it sent an answer (RFC 8972 section 4.5)."""

    received: int
    answered: int


@dataclass(frozen=True, slots=True)
class Request:
    """What a reflector reads in a test packet."""

    number: int
    stamp: int
    """Time of sending as it stands in the packet: it goes back unread."""
    error: int
    ssid: int
    base_bytes: int
    """Where the extensions begin."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a sender reads in an answer."""

    number: int
    """The reflector's own; a reflector that keeps no state repeats the sender's."""
    received_ns: int
    sent_ns: int
    ssid: int
    request_number: int
    request_stamp: int
    ttl: int
    """Of the request when it reached the reflector."""
    counters: Counters | None
    """None from a reflector without this extension."""


def stamp(time_ns: int) -> int:
    """A time as NTP writes it: seconds since 1900, modulo 2^32, and a fraction of 2^-32 s."""
    seconds, rest = divmod(time_ns, NS)
    return ((seconds + NTP_EPOCH_S) % 2**32 << 32) | ((rest << 32) + NS // 2) // NS


def time_ns(moment: int, error: int = 0) -> int:
    """The time that a stamp of 64 bits means, by the format that the error estimate names; 1970 to 2106."""
    seconds, fraction = moment >> 32, moment & 0xFFFFFFFF
    if error & PTP:
        return seconds * NS + fraction
    return (seconds - NTP_EPOCH_S) % 2**32 * NS + ((fraction * NS + 2**31) >> 32)


def least_bytes(key: bytes | None) -> int:
    """The smallest test packet that can be answered with as many bytes."""
    return SIGNED_BYTES if key else LEAST_BYTES


def request(number: int, sent_ns: int, ssid: int, size: int, key: bytes | None = None) -> bytes:
    """A test packet of `size` bytes, or up to three fewer, that asks for the reflector's counters if there is room."""
    layout = SIGNED_REQUEST if key else REQUEST
    base = _sign(layout.pack(number, stamp(sent_ns), UNSYNCHRONISED, ssid), key)
    room = size - len(base)
    wanted = EXTENSION.size + COUNTERS.size
    extensions = b""
    if room >= wanted + (EXTENSION.size + TAG_BYTES if key else 0):
        extensions = EXTENSION.pack(UNRECOGNISED, DIRECT_MEASUREMENT, COUNTERS.size) + COUNTERS.pack(
            (number + 1) % 2**32, 0, 0
        )
        extensions += _tag_extension(base, extensions, key, UNRECOGNISED)
    room -= len(extensions)
    if room >= EXTENSION.size:
        padding = room - EXTENSION.size
        extensions += EXTENSION.pack(UNRECOGNISED, PADDING, padding) + bytes(padding)
    return base + extensions


def read_request(data: bytes, key: bytes | None = None) -> Request | None:
    """The test packet in a datagram; None if it is too short to be one, or not signed with the key."""
    if len(data) < least_bytes(key) or not _is_signed(data, key):
        return None
    number, moment, error, ssid = (SIGNED_REQUEST if key else REQUEST).unpack_from(data)
    return Request(number, moment, error, ssid, least_bytes(key))


def is_answer(data: bytes, key: bytes | None = None) -> bool:
    """Whether a datagram is itself the answer of a reflector: where a request is empty, it has come and gone again.

    To answer it would have two reflectors talk to each other for ever.
    """
    found = read_reply(data, key)
    return found is not None and found.received_ns > 0 and 0 <= found.sent_ns - found.received_ns < LONGEST_HELD_NS


def reply(
    data: bytes,
    asked: Request,
    number: int,
    counters: Counters,
    received_ns: int,
    sent_ns: int,
    ttl: int,
    key: bytes | None = None,
) -> bytes:
    """The answer to the datagram `data`, exactly as long as it."""
    layout = SIGNED_REPLY if key else REPLY
    fields: tuple[int, ...] = (
        number,
        stamp(sent_ns),
        UNSYNCHRONISED,
        asked.ssid,
        stamp(received_ns),
        asked.number,
        asked.stamp,
        asked.error,
    )
    base = _sign(layout.pack(*fields, ttl) if key else layout.pack(*fields, 0, ttl), key)
    return base + _answered(data, base, counters, key)


def read_reply(data: bytes, key: bytes | None = None) -> Reply | None:
    """The answer in a datagram; None if it is too short to be one, or not signed with the key."""
    if len(data) < least_bytes(key) or not _is_signed(data, key):
        return None
    if key:
        number, left, error, ssid, arrived, asked, asked_at, _, ttl = SIGNED_REPLY.unpack_from(data)
    else:
        number, left, error, ssid, arrived, asked, asked_at, _, _, ttl = REPLY.unpack_from(data)
    counters = _counters(data, key)
    return Reply(number, time_ns(arrived, error), time_ns(left, error), ssid, asked, asked_at, ttl, counters)


def _sign(base: bytes, key: bytes | None) -> bytes:
    return base + _tag(key, base) if key else base


def _tag(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")[:TAG_BYTES]


def _is_signed(data: bytes, key: bytes | None) -> bool:
    end = SIGNED_REQUEST.size
    return key is None or hmac.compare_digest(_tag(key, data[:end]), data[end:SIGNED_BYTES])


def _tag_extension(base: bytes, extensions: bytes, key: bytes | None, flags: int) -> bytes:
    """RFC 8972 section 4.8: covers the sequence number and all extensions before it; only padding may follow."""
    if not key:
        return b""
    return EXTENSION.pack(flags, TAG, TAG_BYTES) + _tag(key, base[:4] + extensions)


def _extensions(data: bytes, start: int) -> list[tuple[int, int, int, int]]:
    """Flags, type, begin and end of each extension's value; the last has type −1 if it is not whole."""
    found = []
    while start + EXTENSION.size <= len(data):
        flags, kind, length = EXTENSION.unpack_from(data, start)
        begin = start + EXTENSION.size
        start = begin + length
        if start > len(data):
            found.append((flags, -1, begin, len(data)))
        else:
            found.append((flags, kind, begin, start))
    return found


def _answered(data: bytes, base: bytes, counters: Counters, key: bytes | None) -> bytes:
    """The extensions of a request as they go back: understood, not understood, malformed or not to be trusted."""
    back = bytearray(data[len(base) :])
    trusted = key is None or _extensions_signed(data, key)
    for flags, kind, begin, end in _extensions(data, len(base)):
        at = begin - len(base)
        length = end - begin
        known = kind == PADDING or (kind == DIRECT_MEASUREMENT and trusted) or (kind == TAG and bool(key))
        flags = flags & ~UNRECOGNISED if known else flags | UNRECOGNISED
        if kind == -1 or (kind == DIRECT_MEASUREMENT and length != COUNTERS.size):
            flags = flags & ~UNRECOGNISED | MALFORMED
        elif kind == DIRECT_MEASUREMENT and trusted:
            sent = COUNTERS.unpack_from(data, begin)[0]
            back[at : at + length] = COUNTERS.pack(sent, counters.received % 2**32, counters.answered % 2**32)
        back[at - EXTENSION.size] = flags if trusted else flags | UNTRUSTED
        if kind == TAG and key and trusted:
            back[at : at + length] = _tag(key, base[:4] + bytes(back[: at - EXTENSION.size]))
    return bytes(back)


def _extensions_signed(data: bytes, key: bytes) -> bool:
    """Whether the extensions are signed with the key; padding alone needs no signature."""
    found = _extensions(data, SIGNED_BYTES)
    for _, kind, begin, end in found:
        if kind == TAG:
            signed = data[:4] + data[SIGNED_BYTES : begin - EXTENSION.size]
            return hmac.compare_digest(_tag(key, signed), data[begin:end])
    return all(kind == PADDING for _, kind, _, _ in found)


def _counters(data: bytes, key: bytes | None) -> Counters | None:
    if key and not _extensions_signed(data, key):
        return None
    for flags, kind, begin, end in _extensions(data, least_bytes(key)):
        understood = not flags & (UNRECOGNISED | MALFORMED | UNTRUSTED)
        if kind == DIRECT_MEASUREMENT and understood and end - begin == COUNTERS.size:
            _, received, answered = COUNTERS.unpack_from(data, begin)
            return Counters(received, answered)
    return None
