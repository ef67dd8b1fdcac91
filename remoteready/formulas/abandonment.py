"""Erlang A: queues that callers leave when their patience ends.

Loads are in erlangs, times in seconds. Which share of which calls a service level is must be said once callers give up:
it is one of `ServiceLevel`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import exp, expm1, inf, isfinite

from remoteready.formulas import formula
from remoteready.formulas.erlang import check_share, check_times, erlang_b, smallest
from remoteready.formulas.tails import (
    NEGLIGIBLE,
    check_amount,
    decayed,
    poisson_above,
    poisson_log_density,
    rising_sum,
)


class ServiceLevel(StrEnum):
    """Which share of which calls a service level is."""

    OFFERED = "answered within the threshold ÷ offered"
    ANSWERED = "answered within the threshold ÷ answered"
    SERVED_OR_GONE = "(answered + abandoned) within the threshold ÷ offered"


@dataclass(frozen=True, slots=True)
class ErlangA:
    """What callers meet in M/M/n with exponential patience. Shares are of all offered calls."""

    waits: float
    abandons: float
    asa_s: float
    """Mean time in queue over all calls, answered or not."""
    queue: float
    occupancy: float
    levels: Mapping[ServiceLevel, float]


def erlang_a(agents: int, load_erlangs: float, aht_s: float, patience_s: float, answer_within_s: float) -> ErlangA:
    """M/M/n+M (Palm 1957, in the closed forms of Mandelbaum and Zeltyn 2007), also far above the agents' capacity.

    `patience_s` is the mean time a caller waits before giving up. Relative error 1e-12, of service levels absolute.
    """
    check_times(aht_s, answer_within_s)
    if not (isfinite(patience_s) and patience_s > 0):
        raise ValueError(f"patience_s must be more than 0, not {patience_s}; callers without end of patience: Erlang C")
    check_amount("load", load_erlangs)
    served, offered = agents * patience_s / aht_s, load_erlangs * patience_s / aht_s
    if load_erlangs == 0:
        return _nobody_calls()
    if agents == 0:
        return _everyone_leaves(offered, patience_s, answer_within_s)
    queue = _queue(served, offered, answer_within_s / patience_s)
    blocking = erlang_b(agents, load_erlangs)
    everything = queue.total + ((1 / blocking - 1) * queue.first if blocking else inf)
    waits, length = queue.total / everything, queue.length / everything
    abandons = length / offered
    in_time = served / offered * (1 - queue.left - (queue.first - queue.first_left) / queue.total)
    answered = 1 - waits + waits * max(0.0, in_time)
    return ErlangA(
        waits=waits,
        abandons=abandons,
        asa_s=abandons * patience_s,
        queue=length,
        occupancy=load_erlangs * (1 - abandons) / agents,
        levels={
            ServiceLevel.OFFERED: answered,
            ServiceLevel.ANSWERED: min(1.0, answered / (1 - abandons)),
            ServiceLevel.SERVED_OR_GONE: 1 - waits * queue.left * exp(-answer_within_s / patience_s),
        },
    )


@dataclass(frozen=True, slots=True)
class _Queue:
    """Weights of the states in which all agents are busy, to one scale; offered and served count per mean patience."""

    first: float
    """Of the state with nobody waiting."""
    total: float
    length: float
    """Waiting calls × weight."""
    left: float
    """Share of the waiting callers, were they patient, who wait longer than the threshold."""
    first_left: float
    """offered^served × e^−offered at the threshold's discount, to the scale of `first`."""


def _queue(served: float, offered: float, threshold: float) -> _Queue:
    """The offered wait beyond t has the weight of the lower gamma function of `served` at offered × e^−t."""
    later = offered * exp(-threshold)
    if offered <= served:
        total, length = 1.0, 0.0
        term, ahead = 1.0, 0
        while term > NEGLIGIBLE * total:
            ahead += 1
            term *= offered / (served + ahead)
            total += term
            length += ahead * term
        left = exp(-(served - offered) * threshold - offered * decayed(threshold))
        return _Queue(1.0, total, length, left * rising_sum(served, later) / total, left)
    first, first_left = (exp(poisson_log_density(served, mean)) for mean in (offered, later))
    total, beyond = first + poisson_above(served, offered), first_left + poisson_above(served, later)
    return _Queue(first, total, (offered - served) * total + served * first, beyond / total, first_left)


def _nobody_calls() -> ErlangA:
    return ErlangA(0.0, 0.0, 0.0, 0.0, 0.0, dict.fromkeys(ServiceLevel, 1.0))


def _everyone_leaves(offered: float, patience_s: float, answer_within_s: float) -> ErlangA:
    levels = {
        ServiceLevel.OFFERED: 0.0,
        ServiceLevel.ANSWERED: 0.0,
        ServiceLevel.SERVED_OR_GONE: -expm1(-answer_within_s / patience_s),
    }
    return ErlangA(1.0, 1.0, patience_s, offered, 0.0, levels)


@formula(
    "smallest number with the service level of Erlang A ≥ the target",
    unit="agents",
    source="Palm 1957; Mandelbaum and Zeltyn 2007",
)
def agents_with_patience(
    load_erlangs: float,
    aht_s: float,
    patience_s: float,
    answer_within_s: float,
    target: float,
    level: ServiceLevel = ServiceLevel.OFFERED,
) -> int:
    """Agents on calls so that a share of calls is answered in time although callers give up."""
    check_share("target", target, below=1)

    def enough(agents: int) -> bool:
        return erlang_a(agents, load_erlangs, aht_s, patience_s, answer_within_s).levels[level] >= target

    return smallest(enough, 0)
