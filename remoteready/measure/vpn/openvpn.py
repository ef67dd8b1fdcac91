"""OpenVPN's greeting: P_CONTROL_HARD_RESET_CLIENT_V2 and the server's answer, for UDP and TCP.

Layout: doc/doxygen/doc_protocol_overview.h of OpenVPN 2.6. A server with tls-auth or tls-crypt drops a greeting that is
not signed with its key: by UDP it is silent, by TCP it closes the connection.
"""

import os
import struct

from remoteready.measure.vpn.outcome import Said

CLIENT_RESET, SERVER_RESET = 7, 8
"""Operation codes, in the upper five bits of the first byte."""
ANSWERS = Said(True, "answers as OpenVPN")


def greeting(session: bytes | None = None, *, padding: int = 0) -> bytes:
    """The first packet of a client, 14 bytes: code, own session of 8 bytes, no acknowledgements, packet number 0."""
    return bytes([CLIENT_RESET << 3]) + (session or os.urandom(8)) + bytes(5 + padding)


def read(asked: bytes, reply: bytes) -> Said | None:
    """The server's hard reset that acknowledges the greeting and names its session; None for anything else."""
    if len(reply) < 26 or reply[0] >> 3 != SERVER_RESET or not 1 <= reply[9] <= 8:
        return None
    echoed_at = 10 + 4 * reply[9]
    return ANSWERS if reply[echoed_at : echoed_at + 8] == asked[1:9] and len(reply) >= echoed_at + 12 else None


def framed(packet: bytes) -> bytes:
    """A packet as TCP carries it: its length in two bytes before it."""
    return struct.pack("!H", len(packet)) + packet


def unframed(stream: bytes) -> bytes | None:
    """The first whole packet of a TCP stream; None while it is incomplete."""
    if len(stream) < 2:
        return None
    (length,) = struct.unpack_from("!H", stream)
    return stream[2 : 2 + length] if len(stream) >= 2 + length else None
