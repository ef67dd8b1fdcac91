"""The places on the way to a host, and packets to all of them together at a low rate, without privileges (Linux).

Routers are found by UDP packets that expire on the way: the error queue names who sent the ICMP error (ip(7)). Then
each place is asked by ICMP echo where the system permits that to programs (net.ipv4.ping_group_range), a router that is
deaf to it by more packets that expire, as seldom as routers like to answer them, a VPN gateway by its own protocol, and
a target that is deaf to echoes by TCP connections: one that takes longer than a second is a lost packet.
"""

import math
import select
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from remoteready.measure import datagrams
from remoteready.measure.askers import Asker, Asking, Connecting, Echo, Expiring
from remoteready.measure.datagrams import Place
from remoteready.measure.legs import Waypoint
from remoteready.measure.vpn import kinds

MOST_HOPS, FIRST_ROUTERS = 12, 4
"""How far to look, and how many routers can still be the home's or the provider's."""
COUNT, INTERVAL_S, TRIES = 50, 0.2, 3
PATIENCE_S = 1.0


def rounds(
    askers: Sequence[Asker],
    count: int,
    interval_s: float,
    patience_s: float = PATIENCE_S,
    stop: threading.Event | None = None,
) -> list[tuple[float | None, ...]]:
    """For each asker the round trip of every packet in ms, or None for what took longer than `patience_s` or for ever.

    Those who must pause miss some rounds; `stop` leaves out those that are still to come.
    """
    sent: list[dict[int, float]] = [{} for _ in askers]
    came: list[dict[int, float]] = [{} for _ in askers]
    start = time.monotonic()
    for number in range(count):
        _listen(askers, came, start + number * interval_s)
        if stop and stop.is_set():
            break
        for place, asker in enumerate(askers):
            if number % max(1, math.ceil(asker.pause_s / interval_s)) == 0:
                with suppress(OSError):  # what could not be sent says nothing of the way
                    before = time.monotonic()
                    asker.send(number)
                    sent[place][number] = before
    end = time.monotonic() + patience_s
    while any(one.keys() - other.keys() for one, other in zip(sent, came, strict=True)) and time.monotonic() < end:
        _listen(askers, came, min(end, time.monotonic() + 0.02))
    return [
        tuple(
            # what comes before it was sent is the late answer to a packet of that number in an earlier run
            (took - at) * 1000 if 0 <= (took := other.get(number, math.inf)) - at <= patience_s else None
            for number, at in one.items()
        )
        for one, other in zip(sent, came, strict=True)
    ]


def _listen(askers: Sequence[Asker], came: Sequence[dict[int, float]], until: float) -> None:
    """Note when answers come, up to a time by the monotonic clock."""
    while (left := until - time.monotonic()) > 0:
        readable = [one for asker in askers for one in asker.reading]
        writable = [one for asker in askers for one in asker.writing]
        if not (readable or writable):  # Windows cannot wait for nothing
            time.sleep(left)
            return
        # Windows tells a refused connection as an exception
        ready = {one for some in select.select(readable, writable, writable, left) for one in some}
        at = time.monotonic()
        for asker, answers in zip(askers, came, strict=True):
            for one in ready.intersection(asker.reading + asker.writing):
                with suppress(OSError):
                    number = asker.receive(one)
                    if number is not None:
                        answers.setdefault(number, at)


def close(askers: Sequence[Asker]) -> None:
    """Give up what is under way."""
    for asker in askers:
        for one in asker.reading + asker.writing:
            one.close()


@dataclass(frozen=True, slots=True)
class Survey:
    """The places on the way with their samples, the target last; none, with the reason, where they cannot be asked."""

    waypoints: tuple[Waypoint, ...]
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """The places on the way to a host, ready to be asked once; none, with the reason, where they cannot be."""

    names: tuple[str, ...] = ()
    """Of the first routers, the VPN gateway if there is one, and the target."""
    addresses: tuple[str, ...] = ()
    askers: tuple[Asker, ...] = ()
    routers: tuple[str | None, ...] = ()
    """All routers that were looked for, nearest first; None for one that says nothing."""
    unknown: str = ""

    def ask(
        self,
        count: int,
        interval_s: float = INTERVAL_S,
        patience_s: float = PATIENCE_S,
        stop: threading.Event | None = None,
    ) -> Survey:
        """Ask all places together, `count` times; this takes `count` × `interval_s` and up to `patience_s`."""
        if not self.askers:
            return Survey((), self.unknown)
        try:
            samples = rounds(self.askers, count, interval_s, patience_s, stop)
        finally:
            close(self.askers)
        places = zip(self.names, samples, self.addresses, strict=True)
        return Survey(tuple(Waypoint(*place) for place in places), self.unknown)


def trace(family: int, place: Place, patience_s: float = PATIENCE_S) -> list[str | None]:
    """The addresses of the routers on the way, nearest first, None for one that says nothing to three packets."""
    askers = [Expiring(family, place, distance) for distance in range(1, MOST_HOPS + 1)]
    heard: list[str | None] = [None] * MOST_HOPS
    try:
        for _ in range(TRIES):
            rounds([one for one in askers[: len(heard)] if one.heard_from is None], 1, 1.0, patience_s)
            heard = [one.heard_from for one in askers]
            if place[0] in heard:
                heard = heard[: heard.index(str(place[0]))]
            if None not in heard:
                break
    finally:
        close(askers)
    while heard and heard[-1] is None:
        heard.pop()
    return heard


def survey(
    host: str,
    port: int,
    gateway: tuple[str, int, str] | None = None,
    count: int = COUNT,
    interval_s: float = INTERVAL_S,
    patience_s: float = PATIENCE_S,
) -> Survey:
    """Find the places on the way to a host and ask them: `find`, then `Way.ask`."""
    return find(host, port, gateway, patience_s).ask(count, interval_s, patience_s)


def find(host: str, port: int, gateway: tuple[str, int, str] | None = None, patience_s: float = PATIENCE_S) -> Way:
    """The first routers, the VPN gateway (host, port, kind) if there is one, and the target, and how each is asked.

    Takes a few times `patience_s`. The routers are those on the way to the gateway, else to the target.
    """
    if sys.platform != "linux":
        return Way(unknown="this system does not tell ordinary programs which routers are on the way")
    try:
        family, place = datagrams.places(host, port)[0]
        way, toward = datagrams.places(*gateway[:2])[0] if gateway else (family, place)
        for one, other in ((family, place), (way, toward)):
            with socket.socket(one, socket.SOCK_DGRAM) as route:
                route.connect(other)
        routers = trace(way, toward, patience_s)
    except (OSError, UnicodeError) as error:
        if isinstance(error, socket.gaierror | UnicodeError):
            return Way(unknown=datagrams.name_trouble(error))
        return Way(unknown=datagrams.errno_words(error.errno or 0))
    places: list[tuple[str, str, list[Asker]]] = [
        ("your router" if distance == 1 else f"router {distance}", router, _of_router(way, router, toward, distance))
        for distance, router in enumerate(routers[:FIRST_ROUTERS], 1)
        if router
    ]
    if gateway:
        places.append(("the VPN gateway", str(toward[0]), _of_host(way, toward, gateway[2])))
    places.append((host, str(place[0]), _of_host(family, place, "tcp")))
    names, addresses, asked = zip(*places, strict=True)
    return Way(names, addresses, tuple(_chosen(asked, patience_s)), tuple(routers))


def answering(askers: Sequence[Asker], patience_s: float = PATIENCE_S) -> list[Asker]:
    """Those that get an answer to one of a few packets."""
    samples = rounds(askers, TRIES + 1, INTERVAL_S / 2, patience_s)
    return [one for one, took in zip(askers, samples, strict=True) if any(ms is not None for ms in took)]


def _chosen(places: Sequence[Sequence[Asker]], patience_s: float) -> list[Asker]:
    """For each place the first way to ask it that is answered; the last one where none is. The others are closed."""
    every = [asker for askers in places for asker in askers]
    answered = answering(every, patience_s)
    chosen = [next((one for one in askers if one in answered), askers[-1]) for askers in places]
    close([one for one in every if one not in chosen])
    return chosen


def _of_router(family: int, router: str, toward: Place, distance: int) -> list[Asker]:
    """The ways to ask a router, the best first."""
    return [*echo(family, (router, 0, *toward[2:])), Expiring(family, toward, distance)]


def _of_host(family: int, place: Place, kind: str) -> list[Asker]:
    """The ways to ask a gateway of a kind, or a target, the best first."""
    if kinds.KINDS[kind].transport == "udp":
        question = partial(kinds.question, kind, place[1], 0)
        return [Asking(family, place, question, kinds.reader(kind, place[1])), *echo(family, place)]
    return [*echo(family, place), Connecting(family, place)]


def echo(family: int, place: Place) -> list[Asker]:
    """ICMP echo to a place, where programs may send that."""
    try:
        asker = Echo(family)
    except OSError:
        return []
    with suppress(OSError):
        asker.socket.connect((place[0], 0, *place[2:]))
    return [asker]
