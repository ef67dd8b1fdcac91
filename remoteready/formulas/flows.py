"""Uploads that leave after a call as fast as the line lets them: their common rate, and what a finite link makes of it.

A class of flows is (offered load Mbps, Mbps of one upload), packet headers included in both. Uploads in progress are
Poisson whatever the lengths of the calls (M/G/∞), so that the common rate is a sum of Poisson numbers × rates. On a
link that is short the uploads share it, and the share of time that happens does not depend on their sizes either. A
link is short while uploads want more than it has: where they want just as much, none is slowed.

Exact on a lattice of cells; beyond MOST_CELLS by the saddle point.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import ceil, copysign, exp, expm1, gcd, inf, lcm, log, log1p, pi, sqrt

from remoteready.formulas import Number, exact, formula
from remoteready.formulas.erlang import erlang_b
from remoteready.formulas.tails import check_amount, normal_above, normal_density

LEVELS = (0.5, 0.95, 0.99, 0.999)
"""The shares of the time that a planner asks about."""
FINEST = 32
"""Cells that the fastest upload fills where the rates have no larger common measure."""
MOST_CELLS = 2000
"""Beyond this the saddle point is as good and quicker: some hundred uploads at once."""
DAYS = ((0.0, 8 / 15), (1.3556261800, 0.2220759220), (2.8569700139, 0.0112574113))
"""Gauss–Hermite nodes and weights of the standard normal; all but the first stand for both signs."""

Flows = Sequence[tuple[Number, Number]]


@dataclass(frozen=True, slots=True)
class Congestion:
    """What uploads meet on a finite link."""

    slowed: float
    """Share of the time that uploads want more than the link has, and slow each other down."""
    slowdowns: tuple[float, ...]
    """Mean upload time of each class ÷ that on a link that is never short; infinite where the link is too small."""


@dataclass(frozen=True, slots=True)
class _Jump:
    """Uploads of one rate on the lattice: how many cells one fills, and the load of all in cells."""

    cells: int
    load: float
    of: int
    """The class it is a part of."""


def rate_levels_mbps(
    flows: Flows, levels: Sequence[float] = LEVELS, day_cv: float = 0.0, most_cells: int = MOST_CELLS
) -> tuple[float, ...]:
    """For each level the rate that all uploads together exceed at most 1 − level of the time, Mbps, on an ample link.

    With `day_cv` the load of a whole day varies by that coefficient (lognormal), and levels are those of all days.
    Exact on the lattice; where it would have more than `most_cells`, too high by at most two of the fastest uploads
    and never too low.
    Panjer 1981, Kaufman 1981, Roberts 1981; Lugannani and Rice 1980. ValueError: negative or undefined numbers, a level
    outside 0–1, load without a rate.
    """
    check_amount("day_cv", day_cv)
    if not all(0 < level < 1 for level in levels):
        raise ValueError(f"levels must lie between 0 and 1, not {levels}")
    flows = _checked(flows)
    if not flows:
        return tuple(0.0 for _ in levels)
    unit, days = _unit(flows), _days(day_cv)
    mixes = [([(float(load) * busy, float(rate)) for load, rate in flows], weight) for busy, weight in days]
    highest = max(_highest(mix) for mix, _ in mixes)
    cells = ceil(highest / float(unit))
    if cells > most_cells:
        spare = float(unit + max(rate for _, rate in flows) / 2)  # levels of few flows fall from one to the next
        return tuple(_saddle_level(mixes, level, highest) + spare for level in levels)
    chances = [0.0] * (cells + 1)
    for busy, weight in days:
        for cell, chance in enumerate(_chances(_jumps(flows, unit, busy), cells)):
            chances[cell] += weight * chance
    above = [*list(accumulate(reversed(chances)))[-2::-1], 0.0]
    return tuple(
        float(unit * next(cell for cell, chance in enumerate(above) if chance <= 1 - level)) for level in levels
    )


def _highest(flows: Sequence[tuple[float, float]]) -> float:
    """A rate that is as good as never exceeded, Mbps."""
    fastest = max(rate for _, rate in flows)
    return sum(load for load, _ in flows) + 8 * sqrt(sum(load * rate for load, rate in flows)) + 10 * fastest


@formula(
    "level of Σ rate × Poisson(load ÷ rate)",
    unit="Mbps",
    source="M/G/∞; recursion of Panjer 1981 and Kaufman–Roberts, doi:10.1109/TCOM.1981.1094894",
)
def upload_level_mbps(level: Number, flows: Flows) -> Number:
    """The rate that uploads exceed at most 1 − level of the time on a link that is never short, Mbps."""
    return rate_levels_mbps(flows, (float(level),))[0]


@formula(
    "level of Σ rate × Poisson(load × day ÷ rate), day lognormal of mean 1",
    unit="Mbps",
    source="M/G/∞ over days, five-point Gauss–Hermite; Brown et al. 2005 find days, not minutes, to be the risk",
)
def varied_level_mbps(level: Number, day_variation: Number, flows: Flows) -> Number:
    """The rate that uploads exceed at most 1 − level of the time where whole days differ, Mbps."""
    return rate_levels_mbps(flows, (float(level),), float(day_variation))[0]


@formula(
    "one rate: m = free ÷ rate, n = load ÷ rate, w = Erlang B(whole part of m, n) × n ÷ (m − n), w ÷ (1 + w); "
    "several: n p(n) = Σ load p(n − rate), share of n > free",
    unit="",
    source="processor sharing; Bonald and Virtamo 2005, doi:10.1109/LCOMM.2005.1506704",
)
def slowed_share(free_mbps: Number, flows: Flows) -> Number:
    """Share of the time that uploads want more than is free of a link."""
    return congestion(flows, free_mbps).slowed


def congestion(flows: Flows, capacity_mbps: Number, most_cells: int = MOST_CELLS) -> Congestion:
    """How often a link of this capacity is short, and by how much each class of uploads is slowed down.

    One class: exact (processor sharing with a rate limit, insensitive to sizes). Several: balanced fairness, Bonald
    and Virtamo 2005, doi:10.1109/LCOMM.2005.1506704, within 0.015 of max–min sharing; near saturation the fastest
    class may be 20 % slower than said. By the saddle point, for more than `most_cells` and for all where that is 0,
    `slowed` is within 2 % where uploads are many. A load that is not below the capacity is always slowed.
    """
    capacity = exact(capacity_mbps)
    check_amount("capacity", float(capacity))
    whole = _checked(flows)
    load = sum((load for load, _ in whole), Fraction(0))
    if load >= capacity and whole:
        return Congestion(1.0, tuple(inf if load else 1.0 for load, _ in flows))
    limited = [(load, min(rate, capacity)) for load, rate in whole]
    if not limited:
        return Congestion(0.0, tuple(1.0 for _ in flows))
    if most_cells and len({rate for _, rate in limited}) == 1:
        slowed, slower = _one_class(load, capacity, limited[0][1], len(limited))
    else:
        slowed, slower = _several_classes(limited, capacity, most_cells)
    times = iter(
        factor * float(rate / narrowed) for factor, (_, rate), (_, narrowed) in zip(slower, whole, limited, strict=True)
    )
    return Congestion(slowed, tuple(next(times) if load > 0 else 1.0 for load, _ in flows))


def _checked(flows: Flows) -> list[tuple[Fraction, Fraction]]:
    """The classes that upload anything, as exact numbers."""
    for load, rate in flows:
        check_amount("load", float(load))
        check_amount("rate", float(rate))
        if load > 0 and rate == 0:
            raise ValueError("recordings cannot be uploaded at 0 Mbps")
    return [(exact(load), exact(rate)) for load, rate in flows if load > 0]


def _unit(flows: Sequence[tuple[Fraction, Fraction]], capacity: Fraction = Fraction(0)) -> Fraction:
    """The cell: the largest common measure of all rates and the capacity, or a FINEST-th of the fastest rate.

    It does not depend on the loads, so that more load never looks like less on another lattice.
    """
    sizes = [rate for _, rate in flows] + ([capacity] if capacity else [])
    denominator = lcm(*(size.denominator for size in sizes))
    common = Fraction(gcd(*(int(size * denominator) for size in sizes)), denominator)
    fastest = max(rate for _, rate in flows)
    if common * FINEST >= fastest:
        return common
    return capacity / ceil(capacity * FINEST / fastest) if capacity else fastest / FINEST


def _jumps(flows: Sequence[tuple[Fraction, Fraction]], unit: Fraction, factor: float = 1.0) -> list[_Jump]:
    """Every class on the lattice; a rate between two cells is split between them, which keeps flows and load."""
    jumps = []
    for number, (load, rate) in enumerate(flows):
        cells = max(1, int(rate / unit))
        rest = float(rate / unit - cells)
        flows_of = float(load / rate) * factor
        if rest <= 0:
            jumps.append(_Jump(cells, float(load / unit) * factor, number))
        else:
            jumps.append(_Jump(cells, flows_of * (1 - rest) * cells, number))
            jumps.append(_Jump(cells + 1, flows_of * rest * (cells + 1), number))
    return jumps


def _chances(jumps: Sequence[_Jump], cells: int) -> list[float]:
    """The recursion n q(n) = Σ load × q(n − cells of the jump), up to `cells`, of sum 1."""
    parts = [(jump.cells, jump.load) for jump in jumps]
    before = max(size for size, _ in parts)
    chances = [0.0] * before + [1.0]  # nothing below zero, so that every jump may look back
    for place in range(before + 1, before + cells + 1):
        total = 0.0
        for size, load in parts:
            total += load * chances[place - size]
        total /= place - before
        chances.append(total)
        if total > 1e200:
            chances = [one * 1e-200 for one in chances]
    whole = sum(chances)
    return [chance / whole for chance in chances[before:]]


def _days(day_cv: float) -> list[tuple[float, float]]:
    """How much busier than the mean day, and how likely, by quadrature of a lognormal day."""
    spread = sqrt(log1p(day_cv * day_cv))
    if spread == 0:
        return [(1.0, 1.0)]
    signed = [(sign * node, weight) for node, weight in DAYS for sign in ((1, -1) if node else (1,))]
    return [(exp(spread * node - spread * spread / 2), weight) for node, weight in signed]


def _tilt(flows: Sequence[tuple[float, float]], rate_mbps: float) -> float:
    """θ with Σ load × e^(θ × rate) = rate_mbps: Newton on the logarithm, which is nearly straight."""
    theta = 0.0
    for _ in range(100):
        terms = [(load * exp(min(theta * rate, 700.0)), rate) for load, rate in flows]
        total = sum(term for term, _ in terms)
        step = total * log(total / rate_mbps) / sum(term * rate for term, rate in terms)
        theta -= step
        if abs(log(total / rate_mbps)) < 1e-14 or abs(step) <= 1e-13 * abs(theta):
            break
    return theta


def _saddle_above(flows: Sequence[tuple[float, float]], rate_mbps: float) -> float:
    """Share of the time that the common rate is above `rate_mbps`: Lugannani and Rice 1980."""
    theta = _tilt(flows, rate_mbps)
    variance = sum(load * rate * exp(theta * rate) for load, rate in flows)
    distance = 2 * (theta * rate_mbps - sum(load / rate * expm1(theta * rate) for load, rate in flows))
    if distance < 1e-6:
        third = sum(load * rate * rate for load, rate in flows)
        return 0.5 - third / (6 * variance * sqrt(2 * pi * variance))
    w = copysign(sqrt(distance), theta)
    return normal_above(w) + normal_density(w) * (1 / (theta * sqrt(variance)) - 1 / w)


def _saddle_level(mixes: Sequence[tuple[Sequence[tuple[float, float]], float]], level: float, highest: float) -> float:
    low, high = highest / 100, highest
    for _ in range(50):
        middle = (low + high) / 2
        above = sum(weight * _saddle_above(flows, middle) for flows, weight in mixes)
        low, high = (middle, high) if above > 1 - level else (low, middle)
    return high


def _one_class(load: Fraction, capacity: Fraction, rate: Fraction, classes: int) -> tuple[float, list[float]]:
    """Uploads in progress as a birth-death chain: Poisson up to ⌊lines⌋, each next state rarer by the same ratio.

    Where the link holds a whole number of uploads, times are those of Erlang C, 1 + C ÷ (lines − flows), and uploads
    are slowed for C × flows ÷ lines of the time: C also counts the state in which the link is just filled.
    """
    whole = capacity // rate
    flows, used, unused = float(load / rate), float(load / capacity), float(1 - load / capacity)
    full = erlang_b(whole, flows)
    beyond = full * used / unused
    waiting = full * (whole * used / unused + used / unused**2)
    in_progress = (flows * (1 - full) + waiting) / (1 + beyond)
    return beyond / (1 + beyond), [max(1.0, in_progress / flows)] * classes


def _several_classes(
    flows: list[tuple[Fraction, Fraction]], capacity: Fraction, most_cells: int
) -> tuple[float, list[float]]:
    unit = _unit(flows, capacity) if most_cells else capacity
    cells = int(capacity / unit)
    if cells > most_cells:
        rates = [(float(load), float(rate)) for load, rate in flows]
        return _balanced(rates, float(capacity), _saddle_below(rates, float(capacity)))
    jumps = _jumps(flows, unit)
    sums = list(accumulate(_chances(jumps, cells)))
    slowed, slower = _balanced(
        [(jump.load, jump.cells) for jump in jumps],
        cells,
        lambda size: sums[cells - int(size)] if size <= cells else 0.0,
    )
    together = [0.0] * len(flows)
    for jump, factor in zip(jumps, slower, strict=True):
        together[jump.of] += factor * jump.load * float(unit / flows[jump.of][0])
    return slowed, together


def _saddle_below(flows: Sequence[tuple[float, float]], capacity: float) -> Callable[[float], float]:
    """P(common rate ≤ capacity − size) near the capacity, where the density grows as e^(θ size) towards the mean."""
    theta = _tilt(flows, capacity)
    variance = sum(load * rate * exp(theta * rate) for load, rate in flows)
    exponent = sum(load / rate * expm1(theta * rate) for load, rate in flows) - theta * capacity
    density = exp(exponent) / sqrt(2 * pi * variance)
    whole = 1 - _saddle_above(flows, capacity)
    return lambda size: whole - density * (expm1(theta * size) / theta if theta else size)


def _balanced(
    classes: Sequence[tuple[float, float]], capacity: float, below: Callable[[float], float]
) -> tuple[float, list[float]]:
    """Balanced fairness: from P(rate ≤ capacity − size) on an ample link to the share of time that one is short."""
    free = capacity - sum(load for load, _ in classes)
    full = [below(0) - below(rate) for _, rate in classes]
    slowed = max(0.0, sum(load * strip for (load, _), strip in zip(classes, full, strict=True)) / free)
    slower = []
    for (_, rate), strip in zip(classes, full, strict=True):
        moved = sum(other * (below(rate) - below(rate + width)) for other, width in classes)
        in_progress = below(rate) + (moved + rate * (slowed + strip)) / free
        slower.append(in_progress / (below(0) + slowed))
    return slowed / (below(0) + slowed), slower
