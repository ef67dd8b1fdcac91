"""Erlang B and C, Engset, and the agents or lines that a target needs.

Loads are in erlangs (arrival rate × mean holding time), times in seconds, probabilities 0–1. Erlang B, C and Engset
keep a relative error of 1e-12 up to a million erlangs, also far from load ≈ lines; every value takes at most some
√lines steps. ValueError refuses negative, infinite and undefined numbers.

A service level here is the share of offered calls that is answered in time; nobody gives up in Erlang B and C, which
`abandonment.py` treats.
"""

from collections.abc import Callable
from fractions import Fraction
from math import ceil, exp, inf

from remoteready.formulas import Number, exact, formula
from remoteready.formulas.tails import (
    NEGLIGIBLE,
    binomial_levels,
    check_amount,
    falling_sum,
    poisson_above,
    poisson_log_density,
)

MOST_LINES = 100_000_000
"""No search goes beyond: what needs more is a mistake in the input."""


@formula(
    "1 ÷ Σ over k of lines × (lines − 1) × … × (lines − k + 1) ÷ load^k",
    unit="",
    source="Erlang 1917; ITU-T E.600 blocking; sums after Jagerman 1974 for real numbers of lines",
)
def erlang_b(lines: float, load_erlangs: float) -> float:
    """Share of calls that find all lines busy and are lost. Real numbers of lines follow the gamma form."""
    check_amount("lines", lines)
    check_amount("load", load_erlangs)
    if load_erlangs == 0:
        return 1.0 if lines == 0 else 0.0
    if load_erlangs > lines:
        return 1 / falling_sum(lines, load_erlangs)
    density = exp(poisson_log_density(lines, load_erlangs))
    return density / (1 - poisson_above(lines, load_erlangs))


@formula(
    "lines × B ÷ (lines − load × (1 − B)), B = Erlang B",
    unit="",
    source="Erlang 1917; probability that a call waits in M/M/n",
)
def erlang_c(agents: float, load_erlangs: float) -> float:
    """Share of calls that wait; 1 where the load is not below the agents, because the queue then grows for ever."""
    blocking = erlang_b(agents, load_erlangs)
    if load_erlangs >= agents:
        return 1.0 if load_erlangs else 0.0
    return agents * blocking / (agents - load_erlangs + load_erlangs * blocking)


@formula(
    "1 − C × e^(−(agents − load) × threshold ÷ AHT)", unit="", source="M/M/n, Erlang C; answered in time ÷ offered"
)
def service_level(agents: float, load_erlangs: float, aht_s: float, answer_within_s: float) -> float:
    """Share of calls answered within a threshold, none giving up; 0 where the queue grows for ever."""
    check_times(aht_s, answer_within_s)
    waits = erlang_c(agents, load_erlangs)
    if load_erlangs >= agents:
        return 0.0 if load_erlangs else 1.0
    return 1 - waits * exp(-(agents - load_erlangs) * answer_within_s / aht_s)


@formula(
    "C × AHT ÷ (agents − load)", unit="s", source="M/M/n, Erlang C; mean over all calls, also those that do not wait"
)
def asa_s(agents: float, load_erlangs: float, aht_s: float) -> float:
    """Average speed of answer, s; infinite where the queue grows for ever."""
    check_times(aht_s)
    waits = erlang_c(agents, load_erlangs)
    if load_erlangs >= agents:
        return inf if load_erlangs else 0.0
    return waits * aht_s / (agents - load_erlangs)


@formula("load ÷ agents", unit="", source="contact-centre usage: handling ÷ staffed time")
def occupancy(agents: Number, load_erlangs: Number) -> Number:
    """Share of their staffed time that agents handle calls, at most 1."""
    if agents == 0:
        return 0
    return min(Fraction(1), exact(load_erlangs) / exact(agents))


@formula(
    "1 ÷ Σ over k of lines … (lines − k + 1) ÷ ((sources − lines) … (sources − lines + k − 1) × intensity^k)",
    unit="",
    source="Engset 1918; call congestion of a finite number of sources",
)
def engset(sources: int, lines: int, idle_intensity: float) -> float:
    """Share of the attempts of a finite number of sources that find all lines busy (call congestion).

    `idle_intensity` is the load an idle source offers, erlangs: u ÷ (1 − u) for one that is busy a share u of the
    time when it is never blocked. With one source more it is the share of time that all lines are busy.
    """
    check_amount("sources", sources)
    check_amount("lines", lines)
    check_amount("intensity", idle_intensity)
    if lines >= sources or idle_intensity == 0:
        return 1.0 if lines == 0 and sources else 0.0
    total = term = 1.0
    for busy in range(lines, 0, -1):
        term *= busy / ((sources - busy) * idle_intensity)
        total += term
        if term <= NEGLIGIBLE * total and busy < (sources - busy) * idle_intensity:
            break
    return 1 / total


@formula("smallest number of lines with Erlang B ≤ the target", unit="lines", source="Erlang 1917; ITU-T E.600")
def lines_for_blocking(load_erlangs: float, blocking: float) -> int:
    """Trunks or channels so that at most a share of calls is lost. ValueError where no number of lines is enough."""
    check_amount("blocking", blocking)
    check_amount("load", load_erlangs)
    if load_erlangs == 0:
        return 0
    if blocking == 0:
        raise ValueError("no number of lines loses no call at all; allow a share above 0")
    return smallest(lambda lines: erlang_b(lines, load_erlangs) <= blocking, 0)


@formula(
    "smallest number with service level ≥ the target and load ÷ number ≤ the occupancy cap",
    unit="agents",
    source="Erlang C; answered in time ÷ offered",
)
def agents_for_service_level(
    load_erlangs: Number,
    aht_s: float,
    answer_within_s: float,
    target: float,
    most_occupancy: Number = 1,
) -> int:
    """Agents on calls so that a share of calls is answered in time and nobody is busier than the cap.

    The cap is exact: 0.85 is 85 hundredths. ValueError for a target of 1 and more, which no number of agents reaches
    while there are calls.
    """
    load = float(load_erlangs)
    check_amount("load", load)
    check_share("target", target, below=1)
    check_share("most_occupancy", float(most_occupancy), above=0)
    if load == 0:
        return 0
    check_times(aht_s, answer_within_s)
    agents = int(load) + 1
    if most_occupancy != 1:
        agents = max(agents, ceil(exact(load_erlangs) / exact(most_occupancy)))
    blocking = erlang_b(agents, load)
    while True:
        spare = agents - load
        waits = agents * blocking / (spare + load * blocking)
        if 1 - waits * exp(-spare * answer_within_s / aht_s) >= target:
            return agents
        agents += 1
        blocking = load * blocking / (agents + load * blocking)


@formula("smallest number with C × AHT ÷ (number − load) ≤ the target", unit="agents", source="Erlang C")
def agents_for_asa(load_erlangs: float, aht_s: float, target_s: float) -> int:
    """Agents on calls so that the average speed of answer is at most a target, s."""
    check_amount("load", load_erlangs)
    if target_s <= 0 and load_erlangs:
        raise ValueError("no number of agents answers every call at once; allow more than 0 s")
    return smallest(lambda agents: asa_s(agents, load_erlangs, aht_s) <= target_s, 0)


@formula("agents ÷ (1 − shrinkage), rounded up, in exact arithmetic", unit="agents", source="contact-centre usage")
def scheduled_agents(agents: int, shrinkage: Number) -> int:
    """Agents to schedule so that with shrinkage, 0–1, enough are there; 0.3 is exactly three tenths."""
    share = exact(shrinkage)
    if not 0 <= share < 1:
        raise ValueError(f"shrinkage must be from 0 to below 1, not {shrinkage}")
    return ceil(agents / (1 - share))


@formula("level of Binomial(agents, share of the time in calls)", unit="calls", source="agents call independently")
def calls_at_once(level: Number, agents: Number, share_talking: Number) -> Number:
    """Concurrent calls of a group of agents that are exceeded at most 1 − level of the time."""
    return binomial_levels(int(agents), float(share_talking), (float(level),))[0]


def smallest(enough: Callable[[int], bool], floor: int) -> int:
    """The smallest whole number from `floor` on that is enough, of a condition that never turns false again."""
    if enough(floor):
        return floor
    step = 1
    while not enough(floor + step):
        floor += step
        step *= 2
        if floor > MOST_LINES:
            raise ValueError(f"more than {MOST_LINES} would be needed; check the target")
    low, high = floor, floor + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def check_times(aht_s: float, answer_within_s: float = 0.0) -> None:
    """Refuse times that no call has: ValueError."""
    check_amount("answer_within_s", answer_within_s)
    check_amount("aht_s", aht_s)
    if aht_s == 0:
        raise ValueError("aht_s must be more than 0")


def check_share(name: str, value: float, above: float = -1.0, below: float = 2.0) -> None:
    """Refuse what is no share between 0 and 1, ends included unless named: ValueError."""
    check_amount(name, value)
    if not (value <= 1 and above < value < below):
        raise ValueError(f"{name} must be a share between 0 and 1, not {value}")
