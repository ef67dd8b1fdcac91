"""What lies around the line, beside the call itself: the legs of the way, the route, the name, both families, NAT.

Pure. Addresses of anybody's network are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from remoteready.measure import legs
from remoteready.measure.legs import Leg, Waypoint
from remoteready.measure.trips import RoundTrips


@dataclass(frozen=True, slots=True)
class Route:
    """Whether the traffic to the target takes a VPN tunnel, by the routes of this computer."""

    mode: str | None
    """none; split: it does, the internet's does not; full: all traffic does; None with the reason in `unknown`."""
    evidence: str = ""
    unknown: str = ""

    @property
    def tunnel(self) -> bool | None:
        """Whether it does; None where that cannot be told."""
        return None if self.mode is None else self.mode != "none"


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the way, as its packets fared; ms there and back."""

    name: str
    sent: int
    lost: int
    median_ms: float | None
    variation_ms: float | None
    """How far 95 % stay within the shortest (RFC 5481)."""


@dataclass(frozen=True, slots=True)
class Legs:
    """Which leg of the way is to blame for what a call would suffer."""

    sentence: str
    guilty: Leg | None = None
    fine: bool = False
    """Nothing is wrong on the way."""
    places: tuple[Place, ...] = ()
    """The first routers, the VPN gateway if one was named, and the target; empty where they cannot be asked."""


@dataclass(frozen=True, slots=True)
class Family:
    """The target by IPv4 or by IPv6."""

    name: str
    round_trips: RoundTrips


@dataclass(frozen=True, slots=True)
class Network:
    """How this computer is connected."""

    name_ms: float | None
    """Time to find the target's name, caches included; None where it was named by its address."""
    families: tuple[Family, ...]
    """Both, where the target's name has both; none otherwise."""
    mapping: str | None
    """NAT mapping behaviour as `nat.Mapping` names it; None where no STUN server was named."""
    mapping_evidence: str
    stun_ms: float | None
    """Round trip to the STUN server."""
    nats: int | None
    """NATs in a row on the way out; None where that cannot be told."""
    nats_evidence: str
    captive: bool | None = None
    """Whether a sign-in page is in the way, by what the system says; None where it does not tell."""


def judged(waypoints: Sequence[Waypoint]) -> Legs:
    """The guilty leg among places that were asked, the target last."""
    found = legs.guilty_leg(waypoints)
    return Legs(found.evidence, found.leg, found.fine, tuple(map(_seen, waypoints)))


def cannot_tell(reason: str) -> Legs:
    """No leg, and why."""
    return Legs(f"Which leg is to blame cannot be told: {reason}.")


def _seen(one: Waypoint) -> Place:
    answered = bool(one.answered_ms)
    return Place(
        one.name,
        one.sent,
        one.lost,
        legs.typical_ms(one) if answered else None,
        legs.variation_ms(one) if answered else None,
    )
