"""The largest packet that a path carries, by a ladder of sizes that must not be fragmented.

A router that cannot pass a packet on says so by ICMP, and programs adapt. Where that word is lost – a black hole –
connections are set up and then hang: the classic "connected, but nothing works". Only the way there is judged, as the
answers are short.
"""

import errno
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from enum import StrEnum

from remoteready.measure import datagrams, stun
from remoteready.measure.datagrams import Place, Trouble
from remoteready.measure.vpn import ike, kinds, l2tp, openvpn
from remoteready.measure.vpn.kinds import KINDS

SIZES = (1280, 1320, 1340, 1360, 1380, 1400, 1420, 1440, 1460, 1480, 1492, 1500)
"""Whole IP packets: IPv6's minimum (RFC 8200), common tunnels, PPPoE (RFC 2516) and Ethernet."""
HEADERS_BYTES = {socket.AF_INET: 20, socket.AF_INET6: 40}
UDP_BYTES, TCP_BYTES, TIMESTAMPS_BYTES = 8, 20, 12
ROUNDS_S = (0.3, 0.6, 0.9)
"""When an unanswered size is sent again."""
TIMEOUT_S = 1.5
DONT_FRAGMENT = {
    ("linux", socket.AF_INET): (socket.IPPROTO_IP, 10, 3),
    ("linux", socket.AF_INET6): (socket.IPPROTO_IPV6, 23, 3),
    ("win32", socket.AF_INET): (socket.IPPROTO_IP, 14, 1),
    ("win32", socket.AF_INET6): (socket.IPPROTO_IPV6, 14, 1),
    ("darwin", socket.AF_INET): (socket.IPPROTO_IP, 28, 1),
    ("darwin", socket.AF_INET6): (socket.IPPROTO_IPV6, 62, 1),
}
"""Level, option and value: IP_MTU_DISCOVER with IP_PMTUDISC_PROBE (linux/in.h), IP_DONTFRAGMENT (ws2ipdef.h),
IP_DONTFRAG (netinet/in.h). Only Linux was tried."""


class Fate(StrEnum):
    """What became of a packet of one size."""

    ARRIVED = "arrived"
    TOLD = "told"
    """A router, or this computer's own link, said that it is too big."""
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class PathMtu:
    """The largest packet that arrived, and whether larger ones vanish without a word; None where it is not known."""

    largest_bytes: int | None
    black_hole: bool | None
    evidence: str


def from_ladder(fates: Mapping[int, Fate], told_bytes: int = 0) -> PathMtu:
    """What a ladder of sizes comes to; `told_bytes` is the size that ICMP named, 0 where there was none."""
    arrived = [size for size, fate in fates.items() if fate is Fate.ARRIVED]
    if not arrived and told_bytes:
        return PathMtu(told_bytes, False, f"packets over {told_bytes} bytes are sent back, which programs adapt to")
    if not arrived:
        return PathMtu(None, None, "packets of no size are answered, so nothing can be told")
    largest = max(arrived)
    above = min((size for size in fates if size > largest), default=None)
    if above is None:
        return PathMtu(largest, False, f"packets of {largest} bytes arrive")
    if fates[above] is Fate.TOLD:
        largest = told_bytes if largest <= told_bytes < above else largest
        return PathMtu(largest, False, f"packets over {largest} bytes are sent back, which programs adapt to")
    if any(fate is Fate.LOST for size, fate in fates.items() if size < largest):
        return PathMtu(largest, None, f"packets of {largest} bytes arrive, but smaller ones are lost as well")
    return PathMtu(largest, True, f"packets of {largest} bytes arrive, those of {above} and more vanish without a word")


def path_mtu(host: str, port: int, kind: str, timeout_s: float = TIMEOUT_S) -> PathMtu:
    """The largest packet that reaches a gateway of a kind in `KINDS`, a STUN server ("stun"), or any TCP port."""
    try:
        family, place = datagrams.places(host, port)[0]
    except (OSError, UnicodeError) as error:
        return PathMtu(None, None, datagrams.name_trouble(error))
    try:
        if kind == "stun" or KINDS[kind].transport == "udp":
            return _by_udp(kind, family, place, timeout_s)
        return _by_tcp(family, place, timeout_s)
    except OSError as error:
        why = datagrams.errno_words(error.errno) if error.errno else "no answer"
        return PathMtu(None, None, f"could not be told: {why}")


# --- UDP ---


def padded_question(kind: str, port: int, size: int) -> bytes:
    """A question to a gateway that fills `size` bytes of UDP payload."""
    if kind == "stun":
        return stun.request(padding=size - len(stun.request()))
    plain = {
        "openvpn-udp": openvpn.greeting,
        "ikev2": ike.version_probe,
        "l2tp": l2tp.start_request,
    }.get(kind)
    if plain is None:
        packet = kinds.question(kind, port, 0)
        return packet + bytes(max(0, size - len(packet)))
    packet = plain(padding=size - len(plain()) - (4 if kind == "ikev2" and port != 500 else 0))
    return ike.marked(packet, port) if kind == "ikev2" else packet


@dataclass
class Ladder:
    """Packets of all sizes under way."""

    question: Callable[[int], bytes]
    """Makes the packet of a size."""
    read: Callable[[bytes, bytes], object | None]
    fates: dict[int, Fate] = field(default_factory=lambda: dict.fromkeys(SIZES, Fate.LOST))
    told_bytes: int = 0
    sent: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def waiting(self) -> list[int]:
        """The sizes that nothing was heard of."""
        return [size for size, fate in self.fates.items() if fate is Fate.LOST]

    def send(self, udp: socket.socket) -> None:
        """Send a packet of every size that nothing was heard of."""
        for size in self.waiting:
            packet = self.question(size)
            try:
                udp.send(packet)
                self.sent.append((size, packet))
            except OSError as error:  # anything else is an error of an earlier packet, which the queue tells in full
                if error.errno == errno.EMSGSIZE:
                    self.fates[size] = Fate.TOLD

    def told(self, largest_bytes: int) -> None:
        """A router, or the own link, named the largest size that goes on."""
        self.told_bytes = min(self.told_bytes or largest_bytes, largest_bytes)
        self.fates |= {size: Fate.TOLD for size in self.waiting if size > largest_bytes}

    def answered(self, reply: bytes) -> bytes | None:
        """The packet that a reply belongs to, which has arrived."""
        for size, packet in self.sent:
            if self.read(packet, reply) is not None:
                self.fates[size] = Fate.ARRIVED
                return packet
        return None


def _by_udp(kind: str, family: int, place: Place, timeout_s: float) -> PathMtu:
    option = DONT_FRAGMENT.get((sys.platform, socket.AddressFamily(family)))
    if option is None:
        return PathMtu(None, None, "this system cannot be told to leave packets whole")
    port, headers_bytes = place[1], HEADERS_BYTES[socket.AddressFamily(family)] + UDP_BYTES
    ladder = Ladder(
        lambda size: padded_question(kind, port, size - headers_bytes),
        stun.read if kind == "stun" else kinds.reader(kind, port),
    )
    farewell = kinds.farewell(kind)
    with socket.socket(family, socket.SOCK_DGRAM) as udp:
        udp.setsockopt(*option)
        datagrams.tell_errors(udp)
        udp.connect(place)
        udp.setblocking(False)
        start = time.monotonic()
        for until in (*(at for at in ROUNDS_S if at < timeout_s), timeout_s):
            ladder.send(udp)
            while ladder.waiting and (event := datagrams.listen(udp, start + until)) is not None:
                if isinstance(event, Trouble):
                    if event.mtu_bytes:
                        ladder.told(event.mtu_bytes)
                    elif event.final:
                        return PathMtu(None, None, f"could not be told: {datagrams.words(event, str(place[0]))}")
                elif (asked := ladder.answered(event)) and farewell:
                    with suppress(OSError):
                        udp.send(farewell(asked, event))
    return from_ladder(ladder.fates, ladder.told_bytes)


# --- TCP ---


INFO = struct.Struct("=8B14I")
"""The head of `struct tcp_info` (linux/tcp.h): byte 5 are options; 10 is snd_mss, 12 unacked, 21 the path MTU."""
WITH_TIMESTAMPS = 1


def _by_tcp(family: int, place: Place, timeout_s: float) -> PathMtu:
    """One full segment of zeros on a connection for each size: the far end acknowledges it, whatever it is."""
    if sys.platform != "linux":
        return PathMtu(None, None, "only Linux tells which bytes of a connection have arrived")
    headers_bytes = HEADERS_BYTES[socket.AddressFamily(family)] + TCP_BYTES
    with ExitStack() as stack:
        sent: dict[int, socket.socket] = {}
        for size in SIZES:
            tcp = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            tcp.settimeout(timeout_s)
            tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, size - headers_bytes)
            tcp.connect(place)
            segment_bytes, packet_bytes, _, _ = _tcp_info(tcp, headers_bytes)
            with suppress(OSError):
                tcp.send(bytes(segment_bytes))
            sent[packet_bytes] = tcp  # the far end may have asked for less
        fates = dict.fromkeys(sent, Fate.LOST)
        told_bytes, end = 0, time.monotonic() + timeout_s
        while Fate.LOST in fates.values() and time.monotonic() < end:
            time.sleep(0.02)
            for size, tcp in sent.items():
                _, packet_bytes, unacknowledged, path_bytes = _tcp_info(tcp, headers_bytes)
                if path_bytes < size:
                    fates[size], told_bytes = Fate.TOLD, path_bytes
                elif not unacknowledged and packet_bytes == size:  # a smaller one is the kernel's own second try
                    fates[size] = Fate.ARRIVED
    return from_ladder(fates, told_bytes)


def _tcp_info(tcp: socket.socket, headers_bytes: int) -> tuple[int, int, int, int]:
    """Bytes of a segment, of its packet, the segments not acknowledged, and what the kernel knows of the path's MTU."""
    fields = INFO.unpack(tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, INFO.size))
    stamped_bytes = TIMESTAMPS_BYTES * bool(fields[5] & WITH_TIMESTAMPS)
    return fields[10], fields[10] + headers_bytes + stamped_bytes, fields[12], fields[21]
