"""Round trips to a host where nobody reflects a stream: by STUN, ICMP echo or TCP connections, whichever is answered.

They say neither on which way a packet was lost nor how a call would sound, and are never mixed with a stream's numbers.
"""

import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from remoteready.formulas import streams
from remoteready.measure import datagrams, hops, stun
from remoteready.measure.askers import Asker, Asking, Connecting
from remoteready.measure.datagrams import Place
from remoteready.measure.target import Target

STUN, ICMP, TCP = "stun", "icmp", "tcp"
HTTPS_PORT = 443
"""Open on most hosts that are reached from homes."""
LEAST_COUNT = 5


@dataclass(frozen=True, slots=True)
class RoundTrips:
    """Round trips to one host by one method."""

    host: str
    """Who was asked; empty when nobody answers."""
    method: str
    """stun (a binding request by UDP), icmp (an echo), tcp (a connection, accepted or refused); empty when none."""
    sent: int
    answered: int
    """Within a second."""
    loss_ratio: float | None
    """None for TCP, which repeats what was lost before anybody sees it."""
    median_ms: float | None
    p95_ms: float | None
    unknown: str = ""
    """Why there is nothing; empty when there is."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to ask a host."""

    host: str
    method: str
    asker: Asker


def measure(ways: Sequence[Way], seconds: float) -> RoundTrips:
    """By the first way that is answered, for so long and a little more; the ways are closed afterwards."""
    return _together([ways], seconds)[0]


def compare(one: Sequence[Way], other: Sequence[Way], seconds: float) -> tuple[RoundTrips, RoundTrips]:
    """The same for two sets of ways, at the same time."""
    first, second = _together([one, other], seconds)
    return first, second


def _together(sets: Sequence[Sequence[Way]], seconds: float) -> list[RoundTrips]:
    every = [way.asker for ways in sets for way in ways]
    try:
        answering = hops.answering(every)
        chosen = [next((way for way in ways if way.asker in answering), None) for ways in sets]
        askers = [way.asker for way in chosen if way]
        interval_s = max([hops.INTERVAL_S, *(asker.pause_s for asker in askers)])  # as many packets to each
        count = max(LEAST_COUNT, round(seconds / interval_s))
        samples = iter(hops.rounds(askers, count, interval_s) if askers else [])
    finally:
        hops.close(every)
    return [
        summary(way.host, way.method, next(samples)) if way else none(_nobody(ways))
        for way, ways in zip(chosen, sets, strict=True)
    ]


def none(reason: str) -> RoundTrips:
    """No round trips, and why."""
    return RoundTrips("", "", 0, 0, None, None, None, reason)


def summary(host: str, method: str, samples: Sequence[float | None]) -> RoundTrips:
    """What round trips in ms amount to; None is a packet that was lost."""
    took = [one for one in samples if one is not None]
    if not took:
        return RoundTrips(host, method, len(samples), 0, None, None, None, f"{host} stopped answering")
    return RoundTrips(
        host=host,
        method=method,
        sent=len(samples),
        answered=len(took),
        loss_ratio=None if method == TCP else 1 - len(took) / len(samples),
        median_ms=streams.percentile(took, 0.5),
        p95_ms=streams.percentile(took, 0.95),
    )


def _nobody(ways: Sequence[Way]) -> str:
    names = {STUN: "STUN", ICMP: "ICMP echo", TCP: "TCP"}
    asked = list(dict.fromkeys(names[way.method] for way in ways))
    return f"nothing there answers {' or '.join(asked)}" if asked else "this computer has no way to it"


def ways_to(target: Target, server: Target | None = None) -> list[Way]:
    """The ways to ask a target, and a STUN server beside it, most like a call first. OSError if there is no address."""
    family, place = datagrams.places(target.host, target.port)[0]
    ways = _stun(target.host, family, (place[0], stun.PORT, *place[2:]))
    if server:
        with suppress(OSError, UnicodeError):
            ways += _stun(server.host, *datagrams.places(server.host, server.port)[0])
    ports = dict.fromkeys((target.port, HTTPS_PORT))
    return [*ways, *_plain(target.host, family, place, *ports)]


def ways_in(host: str, family: int, place: Place) -> list[Way]:
    """The ways to ask any host by its address in one family, the same for both families."""
    return _plain(host, family, place, *dict.fromkeys((place[1], HTTPS_PORT)))


def _stun(host: str, family: int, place: Place) -> list[Way]:
    try:
        return [Way(host, STUN, Asking(family, place, stun.request, stun.read))]
    except OSError:  # no route
        return []


def _plain(host: str, family: int, place: Place, *ports: int) -> list[Way]:
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as route:
        route.connect(place)
        echoes = [Way(host, ICMP, asker) for asker in hops.echo(family, place)]
        return [*echoes, *(Way(host, TCP, Connecting(family, (place[0], port, *place[2:]))) for port in ports)]
    return []
