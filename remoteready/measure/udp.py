"""UDP sockets that mark packets as voice and say when each arrived, and a clock that never jumps.

Linux stamps a packet when it arrives; elsewhere the time of reading has to do.
"""

import socket
import sys
import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from struct import Struct

EXPEDITED = 46 << 2
"""DSCP EF (RFC 3246) as the traffic-class byte: how voice is marked."""
DSCP_MASK = 0xFC
LARGEST_BYTES = 2048
"""No test packet is larger; what is, is not read."""
SECOND_NS = 1_000_000_000
CLOSE_NS, MOST_READINGS = 10_000, 5
"""Two clocks read within 10 µs are read at the same moment."""

LINUX = sys.platform == "linux"
SO_TIMESTAMPNS = 35  # asm-generic/socket.h; Python has no name for it
IP_PKTINFO, IP_RECVTTL = 8, 12  # linux/in.h
PKTINFO, PKTINFO6 = Struct("@i4s4s"), Struct("@16sI")
"""`struct in_pktinfo` and `struct in6_pktinfo`, ip(7) and RFC 3542 section 6: the address of ours that was asked."""
TIMESPEC = Struct("@ll")
NATIVE_INT = Struct("@i")

Ancillary = tuple[int, int, bytes]
Address = tuple[str, int] | tuple[str, int, int, int]
"""Host, port, and for IPv6 flow and scope."""


class Clock:
    """Nanoseconds since 1970 that run forward only, whatever happens to the clock of the computer meanwhile."""

    def __init__(self, ahead_ns: int = 0) -> None:
        self._begin_ns = time.time_ns() - time.monotonic_ns() + ahead_ns
        self._asleep_ns = _asleep_ns()

    def now_ns(self) -> int:
        """The time."""
        return self._begin_ns + time.monotonic_ns()

    def arrival_ns(self, kernel_ns: int) -> tuple[int, int]:
        """When a packet arrived that the kernel stamped by its own clock, and how long ago that was.

        Both clocks are read at the same moment: what lay between two readings would shift the arrival, so of a few
        pairs the closest counts. A clock that was set since gives no lag.
        """
        pairs: list[tuple[int, int, int]] = []
        while len(pairs) < MOST_READINGS and (not pairs or pairs[-1][0] > CLOSE_NS):
            before_ns, wall_ns, after_ns = self.now_ns(), time.time_ns(), self.now_ns()
            pairs.append((after_ns - before_ns, before_ns, wall_ns - kernel_ns))
        _, now_ns, lag_ns = min(pairs)
        lag_ns = lag_ns if 0 <= lag_ns < SECOND_NS else 0
        return now_ns - lag_ns, lag_ns

    def slept_s(self) -> float:
        """How long the computer slept since this clock was made, or by how much its clock was set."""
        return abs(_asleep_ns() - self._asleep_ns) / SECOND_NS


def _asleep_ns() -> int:
    """What a clock that runs on during sleep is ahead of one that stops."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    return time.time_ns() - time.monotonic_ns()


@dataclass(frozen=True, slots=True)
class Datagram:
    """A packet that arrived."""

    data: bytes
    address: Address
    arrived_ns: int
    lag_ns: int | None
    """From arrival to reading; None where the system does not tell."""
    ttl: int
    """0 where the system does not tell."""
    traffic_class: int
    asked: Ancillary | None = None
    """Has an answer leave from the address that was asked; None where the system does not tell that."""


def local(host: str | None) -> list[tuple[socket.AddressFamily, str]]:
    """The addresses to listen on: one of this computer, or all for None. ValueError if it is not an address."""
    if host is None:
        return [(socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")]  # noqa: S104 – a server at the site is to be found
    return [(socket.AF_INET if ip_address(host).version == 4 else socket.AF_INET6, host)]


def network(host: str) -> str:
    """The address whose use counts: the /64 of an IPv6 address, for whoever has one has all of it."""
    if ":" not in host:
        return host
    address = IPv6Address(host.partition("%")[0])
    return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))


def opened(family: int) -> socket.socket:
    """A UDP socket that does not block, marked as voice, that tells arrival times, hop limits and traffic classes."""
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    six = family == socket.AF_INET6
    level = socket.IPPROTO_IPV6 if six else socket.IPPROTO_IP
    wanted = [(level, socket.IPV6_TCLASS if six else socket.IP_TOS, EXPEDITED)]
    if six:
        wanted.append((level, socket.IPV6_V6ONLY, 1))
    if LINUX:
        wanted.append((socket.SOL_SOCKET, SO_TIMESTAMPNS, 1))
        if six:
            wanted += [(level, socket.IPV6_RECVHOPLIMIT, 1), (level, socket.IPV6_RECVTCLASS, 1)]
            wanted.append((level, socket.IPV6_RECVPKTINFO, 1))
        else:
            wanted += [(level, IP_RECVTTL, 1), (level, socket.IP_RECVTOS, 1), (level, IP_PKTINFO, 1)]
    for option in wanted:
        try:
            sock.setsockopt(*option)
        except OSError:  # a mark or a time that this system does not give is reported as missing
            continue
    return sock


def receive(sock: socket.socket, clock: Clock) -> Datagram | None:
    """The next packet that has arrived; None if none waits. OSError when the network says that there is no one."""
    try:
        if not LINUX:
            data, address = sock.recvfrom(LARGEST_BYTES + 1)
            return Datagram(data, address, clock.now_ns(), None, 0, 0)
        data, control, _, address = sock.recvmsg(LARGEST_BYTES + 1, 256)
    except (BlockingIOError, InterruptedError):
        return None
    arrived_ns, lag_ns, ttl, traffic_class, asked = clock.now_ns(), None, 0, 0, None
    for level, kind, value in control:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS) and len(value) >= TIMESPEC.size:
            seconds, rest = TIMESPEC.unpack_from(value)
            arrived_ns, lag_ns = clock.arrival_ns(seconds * SECOND_NS + rest)
        elif (level, kind) in ((socket.IPPROTO_IP, socket.IP_TTL), (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT)):
            ttl = NATIVE_INT.unpack_from(value)[0]
        elif (level, kind) in ((socket.IPPROTO_IP, socket.IP_TOS), (socket.IPPROTO_IPV6, socket.IPV6_TCLASS)):
            traffic_class = value[0]
        else:
            asked = _from_here(level, kind, value) or asked
    return Datagram(data, address, arrived_ns, lag_ns, ttl & 0xFF, traffic_class, asked)


def _from_here(level: int, kind: int, value: bytes) -> Ancillary | None:
    """What has an answer leave from where the question arrived; the routes decide by which link, but for fe80::."""
    if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
        _, own, _ = PKTINFO.unpack_from(value)
        return level, kind, PKTINFO.pack(0, own, bytes(4))
    if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
        own, link = PKTINFO6.unpack_from(value)
        address = IPv6Address(own)
        return None if address.is_multicast else (level, kind, PKTINFO6.pack(own, link if address.is_link_local else 0))
    return None


def send(
    sock: socket.socket, data: bytes, address: Address, traffic_class: int, asked: Ancillary | None = None
) -> None:
    """Send a packet with the mark of the one that it answers, and from where that was sent to, where we may choose.

    OSError.
    """
    if not LINUX:
        sock.sendto(data, address)
        return
    six = sock.family == socket.AF_INET6
    mark = (socket.IPPROTO_IPV6, socket.IPV6_TCLASS) if six else (socket.IPPROTO_IP, socket.IP_TOS)
    ancillary = [(*mark, NATIVE_INT.pack(traffic_class & DSCP_MASK)), *([asked] if asked else [])]
    sock.sendmsg([data], ancillary, 0, address)


def reason(error: OSError) -> str:
    """What the network says, in lower case: connection refused, network is unreachable …"""
    return (error.strerror or str(error) or type(error).__name__).lower()
