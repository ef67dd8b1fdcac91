"""Ask by UDP and hear what comes back: the answer, or the ICMP error and who sent it.

Linux names the sender of an ICMP error (IP_RECVERR, ip(7)); other systems only tell that the port was refused.
"""

import errno
import os
import select
import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")

IP_RECVERR, IPV6_RECVERR = 11, 25
"""linux/in.h and linux/in6.h; Python has no names for them before 3.14."""
LOCAL, ICMP, ICMPV6 = 1, 2, 3
"""Origins of an error, linux/errqueue.h."""
LARGEST_BYTES = 65_535
WAITS_S = (0.5, 1.0, 2.0)
"""Between one question and the next: with 5 % lost each way, three questions fail once in a thousand times."""

Place = tuple[Any, ...]
"""An address as sockets take it: (host, port), and for IPv6 also flow and scope."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a datagram did not arrive. Without `by` the operating system does not say who refused it."""

    errno: int
    by: str | None = None
    """The address of the host or router that sent the ICMP error."""
    icmp: tuple[int, int] | None = None
    """Type and code, of ICMP when `by` is an IPv4 address, else of ICMPv6."""
    mtu_bytes: int = 0
    """The largest packet that goes on from there, of "too big" alone."""
    port: int = 0
    """The port that the datagram was for."""

    @property
    def final(self) -> bool:
        """Whether asking again is useless: RFC 1122, 4.2.3.9 calls network and host unreachable soft, all else hard."""
        if self.icmp is None:
            return self.errno == errno.ECONNREFUSED
        kind, code = self.icmp
        return (kind, code) in {(1, 1), (1, 4)} if _is_v6(self.by) else kind == 3 and code in {2, 3, 9, 10, 13}


@dataclass(frozen=True, slots=True)
class Heard(Generic[T]):
    """What a question led to: the answer and how long it took, else what came instead; nothing at all is silence."""

    answer: T | None = None
    round_trip_ms: float | None = None
    stray: bytes | None = None
    trouble: Trouble | None = None


NAME_NOT_FOUND = "the name is not found"
NO_SUCH_NAME = {code for code in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None)) if code is not None}
"""What a resolver says of a name that does not exist; all else is its own trouble."""


def places(host: str, port: int) -> list[tuple[int, Place]]:
    """The first address of each family that a name has, in the order that the system prefers. OSError without any."""
    found: dict[int, Place] = {}
    for family, _, _, _, place in socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM):
        found.setdefault(family, place)
    return list(found.items())


def name_trouble(error: OSError | UnicodeError) -> str:
    """Why a name has no address: it does not exist, or no DNS server could be asked now."""
    if isinstance(error, socket.gaierror) and error.errno not in NO_SUCH_NAME:
        if error.errno == socket.EAI_AGAIN:
            return "its name cannot be looked up now: no DNS server answers"
        return f"its name cannot be looked up now: {(error.strerror or str(error)).lower()}"
    return NAME_NOT_FOUND


def ask(
    family: int,
    place: Place,
    question: Callable[[int], bytes],
    read: Callable[[bytes, bytes], T | None],
    timeout_s: float,
    farewell: Callable[[bytes, bytes], bytes] | None = None,
) -> Heard[T]:
    """Ask until there is an answer, a final refusal, or the time is over.

    `question` makes the packet of an attempt, counted from 0; `read` gets it with each datagram that arrives and gives
    None for what is no answer to it. As every packet has its own number in it, the round trip is never that of another
    attempt. OSError where this computer does not let the first packet out.
    """
    with socket.socket(family, socket.SOCK_DGRAM) as udp:
        tell_errors(udp)
        udp.connect(place)
        udp.setblocking(False)
        sent: list[tuple[bytes, float]] = []
        stray: bytes | None = None
        trouble: Trouble | None = None
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            packet = question(len(sent))
            try:
                udp.send(packet)
            except OSError as error:
                if not sent:
                    raise
                trouble = trouble or Trouble(error.errno or 0)
            sent.append((packet, time.monotonic()))
            wait_until = min(end, time.monotonic() + WAITS_S[min(len(sent), len(WAITS_S)) - 1])
            while (event := listen(udp, wait_until)) is not None:
                if isinstance(event, Trouble):
                    trouble = event if trouble is None or trouble.by is None else trouble
                    if event.final:
                        return Heard(stray=stray, trouble=event)
                    continue
                at = time.monotonic()
                for packet, sent_at in reversed(sent):
                    if (answer := read(packet, event)) is not None:
                        if farewell:
                            with suppress(OSError):
                                udp.send(farewell(packet, event))
                        return Heard(answer, (at - sent_at) * 1000)
                stray = stray or event
        return Heard(stray=stray, trouble=trouble)


def tell_errors(udp: socket.socket) -> None:
    """Have the kernel say which ICMP errors came back, and from whom, where it can."""
    if sys.platform == "linux":
        if udp.family == socket.AF_INET6:
            udp.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
        else:
            udp.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)


def listen(udp: socket.socket, until: float) -> bytes | Trouble | None:
    """The next datagram or error, or None when it is `until` by the monotonic clock."""
    while True:
        ready, _, _ = select.select([udp], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            return None
        trouble = queued_trouble(udp)
        if trouble:
            nobody = trouble.errno == errno.EHOSTUNREACH and trouble.by == udp.getsockname()[0]
            return Trouble(errno.EHOSTDOWN) if nobody else trouble  # this computer's own word when ARP finds no one
        try:
            return udp.recv(LARGEST_BYTES)
        except BlockingIOError:
            if time.monotonic() >= until:
                return None
        except OSError as error:
            number = error.errno or 0
            refused = isinstance(error, ConnectionResetError)  # what Windows calls a port that is refused
            return Trouble(errno.ECONNREFUSED if refused else number)


def queued_trouble(udp: socket.socket) -> Trouble | None:
    """The next error that the kernel keeps for a socket (Linux)."""
    if sys.platform != "linux":
        return None
    try:
        _, ancillary, _, asked = udp.recvmsg(LARGEST_BYTES, 512, socket.MSG_ERRQUEUE)
    except OSError:
        return None
    for level, kind, data in ancillary:
        if (level, kind) in {(socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)}:
            return read_extended_error(data, asked[1] if asked else 0)
    return None


def read_extended_error(data: bytes, port: int = 0) -> Trouble | None:
    """A `struct sock_extended_err` with the address of its sender, as ip(7) describes them; None when cut short."""
    if len(data) < 16:
        return None
    number, origin, kind, code, _, info, _ = struct.unpack_from("=iBBBBII", data)
    by = None
    if origin == ICMP and len(data) >= 24:
        by = socket.inet_ntop(socket.AF_INET, data[20:24])
    if origin == ICMPV6 and len(data) >= 40:
        by = socket.inet_ntop(socket.AF_INET6, data[24:40])
    too_big = number == errno.EMSGSIZE
    return Trouble(number, by, (kind, code) if by else None, info if too_big else 0, port)


def words(trouble: Trouble, host: str) -> str:
    """What happened, for a person: who refused it, and how. `host` is the address that was asked.

    Reports hold no addresses of anybody's network, so that of the sender stays in `Trouble.by`.
    """
    who = "the host itself" if trouble.by == host else "a router on the way"
    match (_is_v6(trouble.by), trouble.icmp):
        case (False, (3, 3)) | (True, (1, 4)):
            return f"{who} says that nothing listens on this port"
        case (False, (3, 9 | 10 | 13)) | (True, (1, 1 | 5 | 6)):
            return f"{who} forbids it: a firewall"
        case (False, (3, 2)):
            return f"{who} does not take UDP"
        case (False, (11, _)) | (True, (3, _)):
            return "the packet went in a circle until a router gave it up"
        case (_, None):
            return errno_words(trouble.errno)
    return f"{who} finds no way to the host"


def errno_words(number: int) -> str:
    """What an error of this computer's own network means, for a person."""
    match number:
        case errno.ECONNREFUSED:
            return "the port is refused"
        case errno.ENETUNREACH | errno.EADDRNOTAVAIL:
            return "this computer has no route to it"
        case errno.EHOSTUNREACH:
            return "no way to the host"
        case errno.EHOSTDOWN:
            return "no machine of the local network has this address"
        case errno.EINVAL:
            return "a route of this computer throws the traffic away"
        case errno.EPERM | errno.EACCES:
            return "this computer forbids the attempt: a firewall or a route of its own"
    return os.strerror(number).lower()


def _is_v6(address: str | None) -> bool:
    return ":" in (address or "")
