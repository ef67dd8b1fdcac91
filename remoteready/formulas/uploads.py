"""How high the rate of many agents' recordings rises, when each is recorded only part of the time."""

from collections.abc import Iterable
from math import exp, expm1, log, log1p

from remoteready.formulas import Number, formula

EXCEEDED = 0.001
"""Share of the time that a peak may be exceeded: the peak is the 99.9 % level."""


@formula(
    "min over θ of (−ln 0.001 + Σ agents × ln(1 − share + share × e^(θ × Mbps))) ÷ θ",
    unit="Mbps",
    source="Chernoff 1952, Ann. Math. Stat. 23(4), doi:10.1214/aoms/1177729330: never below the true 99.9 % level",
)
def peak_mbps(groups: Iterable[tuple[Number, Number, Number]]) -> Number:
    """A rate that agents, each recorded independently for a share of the time, exceed at most 0.1 % of it, Mbps.

    `groups` holds (agents, share of the shift recorded 0–1, Mbps while recorded). The bound is a theorem for any
    θ > 0, so the search for the best θ cannot make it unsafe. It is never above everyone at once.
    """
    exact = [group for group in groups if min(map(float, group)) > 0]
    if not exact:
        return 0.0
    everyone = sum(n * r for n, _, r in exact)  # not rounded: a link of just this size holds
    active = [(float(n), float(p), float(r)) for n, p, r in exact]
    fastest = max(r for _, _, r in active)
    low, high = -30.0, 10.0  # ln θ in units of 1/fastest: from millions of agents down to a single one
    for _ in range(60):  # ternary search: (c + K(θ)) ÷ θ falls, then rises
        third = (high - low) / 3
        if _bound(active, exp(low + third) / fastest) < _bound(active, exp(high - third) / fastest):
            high -= third
        else:
            low += third
    return min(everyone, _bound(active, exp((low + high) / 2) / fastest))


def _bound(groups: list[tuple[float, float, float]], theta: float) -> float:
    return (-log(EXCEEDED) + sum(n * _log_moment(p, theta * r) for n, p, r in groups)) / theta


def _log_moment(p: float, x: float) -> float:
    """ln(1 − p + p·eˣ) without overflow or cancellation."""
    if p >= 1:
        return x
    if x > 700:
        return x + log(p)
    return log1p(p * expm1(x))
