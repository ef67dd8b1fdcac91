"""Which leg of the way is bad: where loss, delay variation or delay begins and goes on to the target.

A router that answers late or seldom itself, but passes the traffic on in time, is innocent: what arrives beyond it
proves that. So a waypoint counts as the best of itself and all beyond it. Pure: samples in, one sentence out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb
from statistics import median

HERE = "this computer"
FEWEST = 20
"""Packets below which nothing is said."""
DOUBT = 0.02
"""Chance is ruled out when it would do that in fewer cases than this."""


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A place on the way: the round trip of every packet sent to it, in ms, or None for one that was lost."""

    name: str
    round_trips_ms: tuple[float | None, ...]
    address: str = ""

    @property
    def answered_ms(self) -> list[float]:
        """The round trips of the packets that were answered, ordered."""
        return sorted(one for one in self.round_trips_ms if one is not None)

    @property
    def sent(self) -> int:
        """Packets sent."""
        return len(self.round_trips_ms)

    @property
    def lost(self) -> int:
        """Packets without an answer."""
        return self.sent - len(self.answered_ms)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What a call bears: loss and jitter as Microsoft asks for Teams, ITU-T G.114's 150 ms there and as long back."""

    loss_ratio: float = 0.01
    variation_ms: float = 30.0
    round_trip_ms: float = 300.0


@dataclass(frozen=True, slots=True)
class Leg:
    """The way from one place to the next."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Guilt:
    """The guilty leg, if there is one and it can be told, and the sentence that says why."""

    leg: Leg | None
    evidence: str
    fine: bool = False
    """Nothing is wrong on the way."""


def guilty_leg(waypoints: Sequence[Waypoint], tolerance: Tolerance = Tolerance()) -> Guilt:
    """Where the trouble of the last waypoint, the target, begins; they stand in the order in which packets pass."""
    target = waypoints[-1]
    if not target.answered_ms:
        return Guilt(None, f"{target.name} does not answer these packets, so the way to it cannot be judged.")
    if target.sent < FEWEST:
        return Guilt(None, f"Only {target.sent} packets were sent to {target.name}; {FEWEST} are needed.")
    heard = [one for one in waypoints if len(one.answered_ms) >= FEWEST // 2 or one is target]
    if surely_loses(target, tolerance.loss_ratio):
        return _of_loss(heard, tolerance.loss_ratio)
    if variation_ms(target) > tolerance.variation_ms:
        return _of_size(heard, variation_ms, "The delay varies")
    if typical_ms(target) > tolerance.round_trip_ms:
        return _of_size(heard, typical_ms, "The delay arises")
    return Guilt(
        None,
        f"Nothing is wrong on the way to {target.name}: {target.lost} of {target.sent} packets lost, "
        f"{typical_ms(target):.0f} ms there and back, {variation_ms(target):.0f} ms variation.",
        fine=True,
    )


def typical_ms(waypoint: Waypoint) -> float:
    """The median round trip."""
    return float(median(waypoint.answered_ms))


def variation_ms(waypoint: Waypoint) -> float:
    """How far 95 % of the round trips stay within the shortest one: packet delay variation, RFC 5481."""
    ordered = waypoint.answered_ms
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))] - ordered[0]


def surely_loses(waypoint: Waypoint, ratio: float) -> bool:
    """Whether a waypoint loses more than a share of the packets, by more than chance (exact binomial test)."""
    sent = waypoint.sent
    fewer_lost = sum(comb(sent, k) * ratio**k * (1 - ratio) ** (sent - k) for k in range(waypoint.lost))
    return 1 - fewer_lost < DOUBT


def fewer(one: Waypoint, other: Waypoint) -> bool:
    """Whether `one` loses fewer packets than `other`, by more than chance (Fisher's exact test, one-sided)."""
    lost, of = one.lost + other.lost, one.sent + other.sent
    ways = comb(of, lost)
    return sum(comb(one.sent, k) * comb(other.sent, lost - k) for k in range(one.lost + 1)) / ways < DOUBT


# --- where it begins ---


def _best_from_here(waypoints: Sequence[Waypoint], measure: Callable[[Waypoint], float]) -> list[Waypoint]:
    """For every waypoint the best of itself and all beyond it."""
    best = [waypoints[-1]]
    for one in reversed(waypoints[:-1]):
        best.append(one if measure(one) <= measure(best[-1]) else best[-1])
    return best[::-1]


def _of_loss(waypoints: Sequence[Waypoint], tolerated: float) -> Guilt:
    """From the last place that surely loses fewer packets than the target, to the first that surely loses more.

    A place that surely loses packets itself is not before the trouble, though by chance it may have lost fewer.
    """
    target, last = waypoints[-1], len(waypoints) - 1
    best = _best_from_here(waypoints, lambda one: one.lost / one.sent)
    before_it = [one for one in best if fewer(one, target) and not surely_loses(one, tolerated)]
    clear = max((place for place, one in enumerate(best) if one in before_it), default=-1)

    def loses(place: int) -> bool:
        return fewer(best[clear], best[place]) if clear >= 0 else surely_loses(best[place], tolerated)

    end = next(place for place in range(clear + 1, last + 1) if place == last or loses(place))
    seen = f"{best[end].lost} of {best[end].sent}"
    if clear < 0 and 0 < end == last:
        return Guilt(None, f"{seen} packets to {target.name} are lost, too few to tell where.")
    before = f"{best[clear].lost} of {best[clear].sent} before, " if clear >= 0 else ""
    return _guilt(waypoints, clear, end, "Packets are lost", f"{before}{seen} from there on to {target.name}")


def _of_size(waypoints: Sequence[Waypoint], measure: Callable[[Waypoint], float], what: str) -> Guilt:
    """The leg that adds at least half of what arrives at the target."""
    sizes = [measure(one) for one in _best_from_here(waypoints, measure)]
    steps = [size - before for size, before in zip(sizes, [0.0, *sizes], strict=False)]
    end = max(range(len(steps)), key=lambda place: steps[place])
    if steps[end] < sizes[-1] / 2:
        return Guilt(
            None, f"{what} by {sizes[-1]:.0f} ms on the way to {waypoints[-1].name}, but on no single leg of it."
        )
    before = f"{sizes[end - 1]:.0f} ms before, " if end else ""
    return _guilt(waypoints, end - 1, end, what, f"{before}{sizes[end]:.0f} ms from there on to {waypoints[-1].name}")


def _guilt(waypoints: Sequence[Waypoint], start: int, end: int, what: str, numbers: str) -> Guilt:
    leg = Leg(waypoints[start].name if start >= 0 else HERE, waypoints[end].name)
    return Guilt(leg, f"{what} between {leg.start} and {leg.end}: {numbers}.")
