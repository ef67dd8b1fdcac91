"""A call to the site, together with what lies around the line (`surroundings`).

The places on the way are looked for before the call and asked beside the call alone, five small packets a second each,
never beside an upload. For the target the call itself speaks; where nothing reflects it, packets like the others do.
"""

import ipaddress
import math
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, replace

from remoteready.measure import call, datagrams, hops, nat, trips
from remoteready.measure import surroundings as around
from remoteready.measure.call import Measurement
from remoteready.measure.hops import Survey
from remoteready.measure.legs import Waypoint
from remoteready.measure.nat import Resolved
from remoteready.measure.over import Over
from remoteready.measure.phases import IDLE, Plan, Show
from remoteready.measure.stream import Stream
from remoteready.measure.surroundings import Family, Legs, Network, Route
from remoteready.measure.target import NAME_S, Target
from remoteready.measure.ways import take_apart

WAY, TRIPS, NETWORK = "way", "trips", "network"
"""What is being done, beside the phases of a call."""
EXTRA_S = 5.0
"""What all this takes beside the call, when the line works."""
LONGEST_S = 20.0
"""Of asking places: more packets say nothing more of where trouble begins."""
FAMILY_S = 2.0


@dataclass(frozen=True, slots=True)
class Beside:
    """What to look at beside the call."""

    route: Route
    gateway: tuple[str, int, str] | None = None
    """The VPN gateway on the way: host, port, and kind as `vpn.kinds` names it."""
    stun: Target | None = None
    """The STUN server that says how this computer looks from outside; without one nobody is asked."""
    captive: bool | None = None
    """Whether a sign-in page is in the way, by what the system says."""


def measure(
    target: Target, plan: Plan, beside: Beside, show: Show = lambda doing: None
) -> tuple[Measurement, Stream | None]:
    """Measure towards a reflector and look around; `show` is told what is being done.

    Ctrl-C, once the call has begun, ends it early: what was measured by then is the result.
    """
    named = None if _is_address(target.host) else nat.resolve(target.host, NAME_S)  # before a cache has the answer
    if named and not named.addresses:
        nothing = call.nothing(target, plan, f"{target.host}: {named.trouble}")
        return replace(nothing, route=beside.route), None
    show(WAY)
    survey = _Surveying(hops.find(target.host, target.port, beside.gateway), min(plan.seconds, LONGEST_S))

    def begun(doing: str) -> None:
        show(doing)
        if doing == IDLE:
            survey.begin()

    result, stream = call.measure(target, plan, begun)
    instead, network = None, None
    try:
        if result.unknown and not result.interrupted:
            show(TRIPS)
            instead = _instead(target, beside.stun, plan.seconds)
        if result.interrupted:
            survey.stop.set()
        seen = survey.ended()
        if not result.interrupted:
            show(NETWORK)
            network = _network(target, named, beside, survey.way.routers)
    except KeyboardInterrupt:
        survey.stop.set()
        seen, result = survey.ended(), call.ended_early(result)
    whole = replace(result, route=beside.route, legs=_legs(result, stream, seen), round_trips=instead, network=network)
    return whole, stream


class _Surveying:
    """The places on the way, asked in a thread of their own."""

    def __init__(self, way: hops.Way, seconds: float) -> None:
        self.way = way
        self.stop = threading.Event()
        self._count = round(seconds / hops.INTERVAL_S)
        self._over = Over()
        self._begun = False
        self._survey = Survey((), way.unknown or "the places on the way were not asked")

    def begin(self) -> None:
        """Begin to ask."""
        self._begun = True
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        self._survey = self.way.ask(self._count, stop=self.stop)
        self._over.set()

    def ended(self) -> Survey:
        """What came of it, when it is over."""
        if not self._begun:
            hops.close(self.way.askers)
            return self._survey
        self._over.wait(math.inf)
        return self._survey


def _legs(result: Measurement, stream: Stream | None, seen: Survey) -> Legs:
    if not seen.waypoints:
        return around.cannot_tell(seen.unknown)
    if result.trouble:
        return around.cannot_tell(result.trouble)
    return around.judged([*seen.waypoints[:-1], _target(seen.waypoints[-1], result, stream)])


def _target(asked: Waypoint, result: Measurement, stream: Stream | None) -> Waypoint:
    """The target by the packets of the call alone, where they were answered."""
    alone = result.phase(IDLE)
    if stream is None or alone is None:
        return asked
    count = round(min(alone.seconds, LONGEST_S) * 1000 / stream.codec.ptime_ms)
    return Waypoint(asked.name, tuple(take_apart(stream).round_trips_ms[:count]), asked.address)


def _instead(target: Target, server: Target | None, seconds: float) -> trips.RoundTrips:
    """Round trips where nobody reflects."""
    try:
        ways = trips.ways_to(target, server)
    except (OSError, UnicodeError) as error:
        return trips.none(f"{target.host}: {error}")
    return trips.measure(ways, min(seconds, LONGEST_S))


def _network(target: Target, named: Resolved | None, beside: Beside, routers: tuple[str | None, ...]) -> Network:
    outside = nat.outside(beside.stun.host, beside.stun.port) if beside.stun else None
    mapped = outside.mapped[0] if outside and outside.mapped else None
    count, why = _nats(target, beside, routers, mapped)
    return Network(
        name_ms=named.took_ms if named else None,
        families=_families(target),
        mapping=outside.mapping.value if outside else None,
        mapping_evidence=outside.evidence if outside else "no STUN server was named",
        stun_ms=outside.round_trip_ms if outside else None,
        nats=count,
        nats_evidence=why,
        captive=beside.captive,
    )


def _nats(
    target: Target, beside: Beside, routers: tuple[str | None, ...], mapped: str | None
) -> tuple[int | None, str]:
    """NATs on the way out. The way to a VPN gateway is the line itself, whatever the target's traffic takes."""
    inside = False if beside.gateway else beside.route.tunnel
    if inside is None:
        return None, "whether a VPN carries the traffic cannot be told"
    host, port = beside.gateway[:2] if beside.gateway else (target.host, target.port)
    try:
        family, place = datagrams.places(host, port)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as route:
            route.connect(place)
            local = str(route.getsockname()[0])
    except (OSError, UnicodeError):
        return None, "this computer has no route out"
    if ipaddress.ip_address(str(place[0]).partition("%")[0]).is_loopback:
        return None, "the target is this computer itself"
    return nat.nats(local, routers, mapped, tunnel=inside)


def _families(target: Target) -> tuple[Family, ...]:
    """IPv4 beside IPv6, at the same time and by the same method, where the target's name has both."""
    places = {}
    with suppress(OSError, UnicodeError):
        places = dict(datagrams.places(target.host, target.port))
    if len(places) < 2:
        return ()
    v4, v6 = (trips.ways_in(target.host, family, places[family]) for family in (socket.AF_INET, socket.AF_INET6))
    found = trips.compare(v4, v6, FAMILY_S)
    return tuple(Family(name, one) for name, one in zip(("IPv4", "IPv6"), found, strict=True))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
