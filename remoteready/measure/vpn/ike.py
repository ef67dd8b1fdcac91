"""IPsec's key exchange: IKEv2 (RFC 7296) and IKEv1 main mode (RFC 2408, RFC 2409), far enough to be answered.

The cheapest question is a bare header of a version that does not exist: RFC 7296, 2.5 has the gateway say that it knows
no such version, and it keeps no state. As that is a SHOULD, an ordinary IKE_SA_INIT follows when it is silent. Any
notification is an answer: one that says no to our offer proves the gateway as well as one that says yes.
"""

import os
import struct
from functools import partial

from remoteready.measure.vpn.outcome import Said

HEADER = struct.Struct("!8s8sBBBBII")
"""Both cookies (SPIs), next payload, version, exchange, flags, message number, length: RFC 7296, 3.1."""
HEADER_BYTES = HEADER.size
NON_ESP_MARKER = bytes(4)
"""Goes before IKE on every port but 500, to tell it from ESP: RFC 3948, 2.2."""
SA_INIT, MAIN_MODE, INFORMATIONAL_V1 = 34, 2, 5
INITIATOR, RESPONSE = 0x08, 0x20
SA_V1, SA_V2, KE_V2, NONCE_V2, NOTIFY_V1, NOTIFY_V2, VENDOR_V2 = 1, 33, 34, 40, 11, 41, 43
"""Payload types: RFC 2408, 3.1 and RFC 7296, 3.2."""
MODP_2048, MODP_2048_BYTES = 14, 256
NOTIFICATIONS = {
    5: "knows no such version",
    7: "finds the question badly formed",
    14: "wants another encryption than was offered",
    17: "wants another key exchange group",
    24: "does not let strangers in",
    16390: "is busy and asks to come again",
}
"""RFC 7296, 3.10.1; the numbers 5, 7, 14 and 24 mean the same in RFC 2408, 3.14.1."""


def marked(packet: bytes, port: int) -> bytes:
    """The packet as a port takes it."""
    return packet if port == 500 else NON_ESP_MARKER + packet


def unmarked(packet: bytes, port: int) -> bytes:
    """The packet without what its port put before it; empty where that is missing."""
    if port == 500:
        return packet
    return packet[4:] if packet.startswith(NON_ESP_MARKER) else b""


def version_probe(*, padding: int = 0) -> bytes:
    """28 bytes: the header of an IKE_SA_INIT of version 3.0, which no gateway knows."""
    length = HEADER_BYTES + padding
    return HEADER.pack(os.urandom(8), bytes(8), 0, 0x30, SA_INIT, INITIATOR, 0, length) + bytes(padding)


def sa_init() -> bytes:
    """An IKE_SA_INIT: AES-CBC-256, SHA2-256 and MODP-2048, 376 bytes. Only the header names us.

    The public value is a random number below the group's prime: nobody will ever finish this exchange.
    """
    transforms = [(1, 12, b"\x80\x0e\x01\x00"), (3, 12, b""), (2, 5, b""), (4, MODP_2048, b"")]
    proposal = b"".join(
        struct.pack("!BxHBxH", 3 * (number < len(transforms)), 8 + len(extra), kind, name) + extra
        for number, (kind, name, extra) in enumerate(transforms, 1)
    )
    proposal = struct.pack("!BxHBBBB", 0, 8 + len(proposal), 1, 1, 0, len(transforms)) + proposal
    public = b"\x00" + os.urandom(MODP_2048_BYTES - 1)
    body = (
        payload(KE_V2, proposal)
        + payload(NONCE_V2, struct.pack("!HH", MODP_2048, 0) + public)
        + payload(0, os.urandom(32))
    )
    return HEADER.pack(os.urandom(8), bytes(8), SA_V2, 0x20, SA_INIT, INITIATOR, 0, HEADER_BYTES + len(body)) + body


def main_mode() -> bytes:
    """The first message of IKEv1: a key exchange for pre-shared keys or certificates, in the usual strengths."""
    ciphers = ((7, 256), (7, 128), (5, 0))  # AES-CBC with two key lengths, 3DES: RFC 2409, appendix A, and RFC 3602
    offers = [
        (cipher, bits, digest, group, login)
        for cipher, bits in ciphers
        for digest, group in ((4, 14), (2, 14), (2, 2))  # SHA2-256 and SHA1; MODP-2048 and MODP-1024
        for login in (1, 3)  # a pre-shared key, RSA signatures
    ]
    transforms = b"".join(_transform_v1(number, len(offers), *offer) for number, offer in enumerate(offers, 1))
    proposal = struct.pack("!BxHBBBB", 0, 8 + len(transforms), 1, 1, 0, len(offers)) + transforms
    body = payload(0, struct.pack("!II", 1, 1) + proposal)  # IPsec's domain of interpretation, identity only
    return HEADER.pack(os.urandom(8), bytes(8), SA_V1, 0x10, MAIN_MODE, 0, 0, HEADER_BYTES + len(body)) + body


def _transform_v1(number: int, count: int, cipher: int, bits: int, digest: int, group: int, login: int) -> bytes:
    wanted = [(1, cipher), (2, digest), (3, login), (4, group), (11, 1), (12, 28_800), *([(14, bits)] if bits else [])]
    attributes = b"".join(struct.pack("!HH", 0x8000 | kind, value) for kind, value in wanted)
    return struct.pack("!BxHBBxx", 3 * (number < count), 8 + len(attributes), number, 1) + attributes


def payload(following: int, content: bytes) -> bytes:
    """A payload with its generic header: the type of the one after it, and its length."""
    return struct.pack("!BxH", following, 4 + len(content)) + content


def read(asked: bytes, reply: bytes, *, wanted_major: int) -> Said | None:
    """An answer to our cookie; None for anything else. The other version of IKE is understood, but does not fit."""
    if len(reply) < HEADER_BYTES or len(asked) < HEADER_BYTES:
        return None
    mine, theirs, first, version, exchange, flags, _, length = HEADER.unpack_from(reply)
    if mine != asked[:8] or length != len(reply):
        return None
    if version >> 4 == 2 and exchange == SA_INIT and flags & RESPONSE:
        notify, accepted = NOTIFY_V2, SA_V2
    elif version >> 4 == 1 and exchange in {MAIN_MODE, INFORMATIONAL_V1}:
        notify, accepted = NOTIFY_V1, SA_V1
    else:
        return None
    said = f"answers as IKEv{version >> 4}"
    if first == notify:
        number = _notification(reply[HEADER_BYTES:], v1=version >> 4 == 1)
        if number is None:
            return None
        said += "" if number == 5 else f", which {NOTIFICATIONS.get(number, f'says no (notification {number})')}"
    elif first != accepted or not any(theirs):
        return None
    return Said(version >> 4 == wanted_major, said)


read_v1, read_v2 = partial(read, wanted_major=1), partial(read, wanted_major=2)


def _notification(content: bytes, *, v1: bool) -> int | None:
    """The number of a notification: RFC 7296, 3.10; IKEv1's has four more bytes before it (RFC 2408, 3.14)."""
    at = 10 if v1 else 6
    return struct.unpack_from("!H", content, at)[0] if len(content) >= at + 2 else None
