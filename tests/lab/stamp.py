"""A session-reflector of another make: `python -m tests.lab.stamp ADDRESS stateful|stateless` answers on port 8762.

Its packets are scapy's (scapy.contrib.stamp, RFC 8762 and 8972), which share nothing with remoteready.measure.stamp. It
knows no extension and says so, as RFC 8972 section 4 wants. No TWAMP-Light or STAMP program can be had as a Debian,
Python or npm package.
"""

import socket
import sys
import time
from decimal import Decimal

from scapy.contrib.stamp import (
    ErrorEstimate,
    STAMPSessionReflectorTestUnauthenticated,
    STAMPSessionSenderTestUnauthenticated,
)

PORT = 8762
NTP_EPOCH_S = 2_208_988_800
UNRECOGNISED = 0x80
"""RFC 8972 section 4: U is the first bit on the wire; scapy's own name for it is that of the last."""


def ntp() -> Decimal:
    """Now, in seconds since 1900."""
    return Decimal(time.time_ns()) / 10**9 + NTP_EPOCH_S


def reply(data: bytes, number: int | None, arrived: Decimal) -> bytes:
    """The answer to a test packet under a number of the reflector's own, or, if it has none, under the sender's."""
    asked = STAMPSessionSenderTestUnauthenticated(data)
    for extension in asked.tlv_objects:
        extension.flags = UNRECOGNISED
    answer = STAMPSessionReflectorTestUnauthenticated(
        seq=asked.seq if number is None else number,
        ts=ntp(),
        err_estimate=ErrorEstimate(),
        ssid=asked.ssid,
        ts_rx=arrived,
        seq_sender=asked.seq,
        err_estimate_sender=asked.err_estimate,
        ttl_sender=64,
        tlv_objects=asked.tlv_objects,
    )
    answer.fields["ts_sender"] = asked.fields["ts"]  # as it came: as a number it would be rounded
    return bytes(answer.build())


if __name__ == "__main__":
    stateful, count = sys.argv[2] == "stateful", 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((sys.argv[1], PORT))
        print("ready", file=sys.stderr, flush=True)  # noqa: T201 – read by the lab
        while True:
            came, sender = sock.recvfrom(4096)
            sock.sendto(reply(came, count if stateful else None, ntp()), sender)
            count += 1
