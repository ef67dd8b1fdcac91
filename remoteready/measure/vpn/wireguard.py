"""WireGuard's handshake initiation, which no server answers without knowing the sender's key.

Layout: www.wireguard.com/protocol. Only a server under load would send a cookie, and only to a right first
authenticator; so an ICMP error says that the port is closed, and silence says nothing.
"""

import os
import struct

from remoteready.measure.vpn.outcome import Said

INITIATION, COOKIE = 1, 3
INITIATION_BYTES, COOKIE_BYTES = 148, 64


def initiation() -> bytes:
    """148 bytes: type 1 and three zeros, the sender's index, then what to a stranger is noise."""
    return struct.pack("<I", INITIATION) + os.urandom(INITIATION_BYTES - 4)


def read(asked: bytes, reply: bytes) -> Said | None:
    """A cookie for our index; None for anything else."""
    cookie = len(reply) == COOKIE_BYTES and reply[:4] == struct.pack("<I", COOKIE) and reply[4:8] == asked[4:8]
    return Said(True, "answers as WireGuard, which is busy") if cookie else None
