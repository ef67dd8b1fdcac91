"""Ways to ask a place on the path how long a packet takes there and back, without privileges.

Each sends numbered packets and knows the answers to them; who waits for them is `hops.rounds`.
"""

import errno
import os
import socket
import struct
from typing import Protocol

from remoteready.measure import datagrams
from remoteready.measure.datagrams import Place
from remoteready.measure.vpn import kinds

TRACEROUTE_PORT, PORTS = 33_434, 90
"""Where traceroute has always sent to, as nobody listens there."""
ECHO_BYTES = struct.Struct("!BBHHH8s")
"""Type, code, checksum, identifier, number (RFC 792, RFC 4443), and our token."""


class Asker(Protocol):
    """A way to ask one place."""

    pause_s: float
    """The least time between two packets that the place takes well."""
    reading: list[socket.socket]
    """Can be read when there is an answer."""
    writing: list[socket.socket]
    """Can be written when there is an answer."""

    def send(self, number: int) -> None:
        """Send the packet of that number."""

    def receive(self, ready: socket.socket) -> int | None:
        """The number of the packet that a socket has the answer to; None when it is no answer. OSError, too."""


class Echo:
    """By ICMP echo, over a socket still to be connected. PermissionError where programs may not (icmp(7)).

    The kernel fills in checksum and identifier.
    """

    pause_s = 0.0

    def __init__(self, family: int) -> None:
        v6 = family == socket.AF_INET6
        self.request, self.reply = (128, 129) if v6 else (8, 0)
        self.socket = socket.socket(family, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6 if v6 else socket.IPPROTO_ICMP)
        self.socket.setblocking(False)
        self.token = os.urandom(8)
        self.reading: list[socket.socket] = [self.socket]
        self.writing: list[socket.socket] = []

    def send(self, number: int) -> None:
        """Send an echo request."""
        self.socket.send(ECHO_BYTES.pack(self.request, 0, 0, 0, number & 0xFFFF, self.token))

    def receive(self, ready: socket.socket) -> int | None:
        """An echo with our token."""
        packet = ready.recv(2048)
        if len(packet) < ECHO_BYTES.size:
            return None
        kind, _, _, _, number, token = ECHO_BYTES.unpack_from(packet)
        return number if (kind, token) == (self.reply, self.token) else None


class Expiring:
    """By packets that expire at a distance. Each goes to a port of its own, by which its error is known."""

    pause_s = 1.0
    """Linux and many routers send an ICMP error to the same host once a second (icmp_ratelimit)."""

    def __init__(self, family: int, place: Place, distance: int) -> None:
        self.place = place
        self.heard_from: str | None = None
        self.sent: dict[int, int] = {}
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        datagrams.tell_errors(self.socket)
        if family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, distance)
        else:
            self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, distance)
        self.reading: list[socket.socket] = [self.socket]
        self.writing: list[socket.socket] = []

    def send(self, number: int) -> None:
        """Send a packet that will not get far."""
        port = TRACEROUTE_PORT + len(self.sent) % PORTS
        self.sent[port] = number
        self.socket.sendto(bytes(12), (self.place[0], port, *self.place[2:]))

    def receive(self, ready: socket.socket) -> int | None:
        """The ICMP error of a packet that expired, or that reached the host."""
        trouble = datagrams.queued_trouble(ready)
        if trouble is None or trouble.by is None:
            ready.recv(2048)
            return None
        self.heard_from = trouble.by
        return self.sent.get(trouble.port)


class Asking:
    """By the UDP protocol of a VPN gateway, in its cheapest form."""

    pause_s = 0.0

    def __init__(self, family: int, place: Place, kind: str) -> None:
        self.kind, self.port = kind, place[1]
        self.read = kinds.reader(kind, self.port)
        self.sent: dict[int, bytes] = {}
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.connect(place)
        self.reading: list[socket.socket] = [self.socket]
        self.writing: list[socket.socket] = []

    def send(self, number: int) -> None:
        """Send a question."""
        self.sent[number] = kinds.question(self.kind, self.port, 0)
        self.socket.send(self.sent[number])

    def receive(self, ready: socket.socket) -> int | None:
        """An answer to one of the questions."""
        reply = ready.recv(datagrams.LARGEST_BYTES)
        return next((number for number, asked in self.sent.items() if self.read(asked, reply)), None)


class Connecting:
    """By TCP connections; one that is refused has been there and back as well."""

    pause_s = 0.4

    def __init__(self, family: int, place: Place) -> None:
        self.family, self.place = family, place
        self.numbers: dict[socket.socket, int] = {}
        self.reading: list[socket.socket] = []
        self.writing: list[socket.socket] = []

    def send(self, number: int) -> None:
        """Begin to connect."""
        tcp = socket.socket(self.family, socket.SOCK_STREAM)
        tcp.setblocking(False)
        try:
            tcp.connect(self.place)
        except BlockingIOError:  # it is under way
            pass
        except OSError:
            tcp.close()
            raise
        self.numbers[tcp] = number
        self.writing.append(tcp)

    def receive(self, ready: socket.socket) -> int | None:
        """A connection that was accepted or refused."""
        self.writing.remove(ready)
        proved = ready.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in {0, errno.ECONNREFUSED}
        ready.close()
        return self.numbers[ready] if proved else None
