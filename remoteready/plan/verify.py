"""The formulas beside a simulation of the same scenario: every number twice, with confidence and a verdict.

What differs on purpose is part of the verdict: near saturation balanced fairness (Bonald and Virtamo 2005), which the
formulas use for several kinds of uploads, is not quite the max–min sharing that is simulated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from remoteready.formulas import erlang, flows
from remoteready.plan.estimates import Estimate
from remoteready.plan.simulate import LEVELS, Distribution, Flows, queue_for_agents, share_link

UPLOADS = 200_000
"""Uploads simulated unless hours are given: one to two seconds."""
CALLERS = 1_000_000
SHARE_TOLERANCE = 0.015
"""Of shares of time and of callers."""
TIME_TOLERANCE = 0.05
"""Of mean upload times where the link is full less than SATURATED of the time, …"""
NEAR_TOLERANCE = 0.2
"""… and where it is more: balanced fairness errs by up to 18 % there for the fastest kind."""
SATURATED = 0.2


class Agreement(StrEnum):
    """Whether a formula and the simulation agree."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NO_ANSWER = "no answer"
    """The load is not below the link: no formula has an answer, and a simulation shows only how long it ran."""


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity by both ways; `tolerance` is the difference that still agrees, beyond what the interval leaves."""

    quantity: str
    unit: str
    formula: float
    simulated: float
    low: float
    high: float
    tolerance: float

    @property
    def agreement(self) -> Agreement:
        """Whether the formula lies in the interval of the simulation, give or take the tolerance."""
        if self.formula == inf:
            return Agreement.NO_ANSWER
        near = self.low - self.tolerance <= self.formula <= self.high + self.tolerance
        return Agreement.AGREES if near else Agreement.DIFFERS


def verify(
    classes: Sequence[Flows], link_mbps: float | None = None, *, hours: float | None = None, seed: int = 1
) -> tuple[Row, ...]:
    """The levels of the common rate on an ample link, and what a finite one makes of it, by formula and simulation.

    Sizes and caps are on the wire, headers included. Without `hours` about 200,000 uploads are simulated.
    """
    busy = [kind for kind in classes if kind.per_hour > 0]
    if not busy:
        return ()
    long = hours or UPLOADS / sum(kind.per_hour for kind in busy)
    rows = _levels(busy, long, seed)
    return rows if link_mbps is None else rows + _shared(busy, link_mbps, long, seed)


def loads(classes: Sequence[Flows]) -> list[tuple[float, float]]:
    """The classes as the formulas take them: offered load and rate of one upload, Mbps."""
    return [(kind.per_hour * kind.size_mb.mean * 8 / 3600, kind.cap_mbps) for kind in classes]


def _levels(classes: Sequence[Flows], hours: float, seed: int) -> tuple[Row, ...]:
    ample = share_link(classes, hours=hours, seed=seed)
    levels = flows.rate_levels_mbps(loads(classes), LEVELS)
    one_flow = max(kind.cap_mbps for kind in classes)
    mean = sum(load for load, _ in loads(classes))
    return (
        _row("mean rate", "Mbps", mean, ample.mean_mbps, 0.01 * mean),
        *(
            _row(f"rate not exceeded {level:.1%} of the time", "Mbps", formula, ample.demand_mbps[level], one_flow)
            for level, formula in zip(LEVELS, levels, strict=True)
        ),
    )


def _shared(classes: Sequence[Flows], link_mbps: float, hours: float, seed: int) -> tuple[Row, ...]:
    shared = share_link(classes, link_mbps, hours=hours, seed=seed)
    met = flows.congestion(loads(classes), link_mbps)
    alike = len({kind.cap_mbps for kind in classes}) == 1
    # Erlang C is the share of time in which a link has nothing left, balanced fairness that in which flows are slowed.
    busy = shared.full if alike else shared.slowed
    tolerance = TIME_TOLERANCE if met.saturated < SATURATED or alike else NEAR_TOLERANCE
    rows = [_row("time that the link is full", "", met.saturated, busy, SHARE_TOLERANCE)]
    for kind, slowdown, seen in zip(classes, met.slowdowns, shared.upload_s, strict=True):
        formula = kind.size_mb.mean * 8 / kind.cap_mbps * slowdown
        if seen is not None:
            rows.append(_row(f"upload at {kind.cap_mbps:g} Mbps, mean", "s", formula, seen, tolerance * formula))
    return tuple(rows)


def verify_waiting(
    calls_per_hour: float,
    handle_s: Distribution,
    agents: int,
    *,
    answer_within_s: float = 20.0,
    callers: int = CALLERS,
    seed: int = 1,
) -> tuple[Row, ...]:
    """Erlang C beside a queue of callers. It takes handle times to be exponential; others show what that costs."""
    load = calls_per_hour * handle_s.mean / 3600
    if load >= agents:
        return (Row("average speed of answer", "s", inf, inf, inf, inf, 0.0),)
    seen = queue_for_agents(
        calls_per_hour, handle_s, agents, callers=callers, seed=seed, answer_within_s=answer_within_s
    )
    level = erlang.service_level(agents, load, handle_s.mean, answer_within_s)
    asa_s = erlang.asa_s(agents, load, handle_s.mean)
    return (
        _row("callers who wait", "", erlang.erlang_c(agents, load), seen.waited, SHARE_TOLERANCE),
        _row(f"answered within {answer_within_s:g} s", "", level, seen.service_level, SHARE_TOLERANCE),
        _row("average speed of answer", "s", asa_s, seen.asa_s, TIME_TOLERANCE * asa_s),
    )


def _row(quantity: str, unit: str, formula: float, seen: Estimate, tolerance: float) -> Row:
    return Row(quantity, unit, float(formula), seen.value, seen.low, seen.high, float(tolerance))
