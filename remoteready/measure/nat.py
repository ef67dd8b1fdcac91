"""How the line changes this computer's address: NAT mapping (RFC 5780), several NATs in a row, and the time of DNS."""

import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from remoteready.measure import datagrams, stun
from remoteready.measure.datagrams import Place
from remoteready.measure.stun import Binding, Mapped

TIMEOUT_S = 1.5
"""For each of at most three questions."""
SHARED = ipaddress.IPv4Network("100.64.0.0/10")
"""Between a provider's customers and its own NAT: RFC 6598."""
HOUSEHOLD = ipaddress.IPv4Network("192.168.0.0/16")
HOME = (ipaddress.IPv4Network("10.0.0.0/8"), ipaddress.IPv4Network("172.16.0.0/12"), HOUSEHOLD)
"""RFC 1918."""


class Mapping(StrEnum):
    """How a NAT chooses the outside port for traffic to another host: RFC 4787, 4.1."""

    NONE = "none"
    """There is no NAT."""
    ENDPOINT_INDEPENDENT = "endpoint_independent"
    """The same for all hosts: calls find their way directly."""
    ADDRESS_DEPENDENT = "address_dependent"
    ADDRESS_AND_PORT_DEPENDENT = "address_and_port_dependent"
    """A new one for each: direct calls fail and need a relay."""
    BLOCKED = "blocked"
    """No answer by UDP at all."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outside:
    """This computer as a STUN server sees it."""

    mapping: Mapping
    evidence: str
    local: str | None = None
    mapped: Mapped | None = None
    round_trip_ms: float | None = None


def outside(host: str, port: int = stun.PORT, timeout_s: float = TIMEOUT_S) -> Outside:
    """Ask a STUN server that has two addresses three times from one port, as RFC 5780, 4.3 says."""
    try:
        family, server = datagrams.places(host, port)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as way:
            way.connect(server)
            local = str(way.getsockname()[0])
        with socket.socket(family, socket.SOCK_DGRAM) as udp:
            udp.bind(("", 0))
            return _outside(udp, server, (local, int(udp.getsockname()[1])), timeout_s)
    except (socket.gaierror, UnicodeError) as error:
        return Outside(Mapping.UNKNOWN, f"the STUN server cannot be asked: {datagrams.name_trouble(error)}")
    except OSError as error:
        return Outside(Mapping.UNKNOWN, f"the STUN server cannot be asked: {datagrams.errno_words(error.errno or 0)}")


def _outside(udp: socket.socket, server: Place, local: Mapped, timeout_s: float) -> Outside:
    heard = binding(udp, server, timeout_s)
    if heard is None:
        return Outside(Mapping.BLOCKED, "the STUN server does not answer by UDP", local[0])
    first, round_trip_ms = heard
    answers = [first.mapped]
    if first.mapped != local and first.other:
        for place in ((first.other[0], server[1]), first.other):
            again = binding(udp, stun.to_place(place, server), timeout_s)
            if again is None:
                break
            answers.append(again[0].mapped)
    mapping, evidence = mapping_of(local, answers, has_other=first.other is not None)
    return Outside(mapping, evidence, local[0], first.mapped, round_trip_ms)


def binding(udp: socket.socket, server: Place, timeout_s: float) -> tuple[Binding, float] | None:
    """The answer of one STUN server, from a socket that is not connected, and its round trip in ms; None without."""
    sent: list[tuple[bytes, float]] = []
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        sent.append((stun.request(), time.monotonic()))
        udp.sendto(sent[-1][0], server)
        until = min(end, time.monotonic() + 0.5)
        while (left := until - time.monotonic()) > 0:
            udp.settimeout(left)
            try:
                reply, sender = udp.recvfrom(datagrams.LARGEST_BYTES)
            except TimeoutError:
                break
            except ConnectionError:  # Windows says that an earlier question was refused
                continue
            at = time.monotonic()
            for packet, sent_at in sent:
                if sender[:2] == server[:2] and (found := stun.read(packet, reply)):
                    return found, (at - sent_at) * 1000
    return None


def mapping_of(local: Mapped, mapped: Sequence[Mapped], *, has_other: bool = True) -> tuple[Mapping, str]:
    """The mapping behaviour, and why.

    `mapped` are the answers to questions to the server's first address, to its second address, and to its second
    address and port (RFC 5780, 4.3), as far as there were any.
    """
    match list(mapped):
        case [first, *_] if first == local:
            return Mapping.NONE, "the server sees this computer's own address"
        case [first, second, *_] if first == second:
            return Mapping.ENDPOINT_INDEPENDENT, f"two addresses of the server see the same port {first[1]}"
        case [_, second, third]:
            ports = f"the port seen changes with the server's address ({mapped[0][1]}, {second[1]})"
            if second == third:
                return Mapping.ADDRESS_DEPENDENT, ports
            return Mapping.ADDRESS_AND_PORT_DEPENDENT, f"{ports} and with its port ({third[1]})"
    missing = "its second address does not answer" if has_other else "it has no second address to compare with"
    return Mapping.UNKNOWN, f"there is a NAT, but the STUN server cannot tell which: {missing}"


# --- several NATs in a row ---


def nats(
    local: str, routers: Sequence[str | None], mapped: str | None, *, tunnel: bool = False
) -> tuple[int | None, str]:
    """How many NATs lie on the way out, and why; None where it cannot be told.

    `routers` are the routers on the way out, nearest first, None where one does not answer; `mapped` is the address
    that the outside sees. Through a tunnel nothing is told: VPNs use 100.64.0.0/10 as well. Providers number their own
    routers from 10.0.0.0/8 and 172.16.0.0/12 without any NAT there; 192.168.0.0/16 is for homes.
    """
    if tunnel:
        return None, "the traffic leaves through a VPN; the line below it cannot be seen"
    if mapped is not None and mapped == local:
        return 0, "the outside sees this computer's own address"
    if _within(local, SHARED):
        return 1, "the provider shares one public address among many customers (RFC 6598)"
    if not _within(local, *HOME):
        return None, "this computer's address is neither a home network's nor the one that the outside sees"
    beyond = [router for router in takewhile(lambda router: not _is_public(router), routers[1:]) if router]
    if any(_within(router, SHARED) for router in beyond):
        return 2, "behind the home router the provider shares one public address among many customers (RFC 6598)"
    if any(_within(router, HOUSEHOLD) for router in beyond):
        return 2, "behind the first router is another one for homes"
    if beyond:
        return None, "behind the first router is another private network: a second router or the provider's"
    if mapped is None or not routers or not all(routers[:2]):
        return None, "the routers on the way out, or the address seen outside, are not all known"
    return 1, "the home router stands between this computer and the public address"


def _is_public(router: str | None) -> bool:
    return router is not None and ipaddress.ip_address(router.partition("%")[0]).is_global


def _within(address: str, *networks: ipaddress.IPv4Network) -> bool:
    return any(ipaddress.ip_address(address.partition("%")[0]) in network for network in networks)


# --- names ---


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the system made of a name, how long it took, and why it has no address, if it has none."""

    addresses: tuple[str, ...]
    took_ms: float
    trouble: str = ""


def resolve(name: str, timeout_s: float = 5.0) -> Resolved:
    """The addresses of a name from this computer's own resolver, caches included, and its time, at most `timeout_s`."""
    answers: queue.SimpleQueue[Resolved] = queue.SimpleQueue()
    start = time.monotonic()

    def ask() -> None:
        trouble, found = "", []
        try:
            found = [str(place[0]) for *_, place in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]
        except socket.gaierror as error:
            again = error.errno == socket.EAI_AGAIN
            trouble = "no DNS server answers" if again else "the name is not found"
        except (OSError, UnicodeError) as error:
            trouble = f"the name cannot be looked up: {error}"
        answers.put(Resolved(tuple(dict.fromkeys(found)), (time.monotonic() - start) * 1000, trouble))

    # A daemon thread: the system's resolver may take a minute and cannot be ended.
    threading.Thread(target=ask, name=f"resolve {name}", daemon=True).start()
    try:
        return answers.get(timeout=timeout_s)
    except queue.Empty:
        return Resolved((), timeout_s * 1000, f"no answer within {timeout_s:g} s")
