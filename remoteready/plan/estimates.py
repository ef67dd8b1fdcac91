"""Simulated values with their confidence, by the means of batches; quantiles of what was seen over time. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import NormalDist

NORMAL = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A simulated value and its 95 % confidence interval."""

    value: float
    low: float
    high: float


def estimate(value: float, batches: Sequence[float]) -> Estimate:
    """A value of the whole run, with the interval that the values of its batches leave around it.

    Batches are long, so nearly independent (Law, Simulation Modeling and Analysis, batch means). With fewer than two
    of them nothing is known, and the interval is infinite.
    """
    count = len(batches)
    if count < 2:
        return Estimate(value, -inf, inf)
    middle = sum(batches) / count
    spread = sqrt(sum((one - middle) ** 2 for one in batches) / (count - 1))
    half = student_t(count - 1) * spread / sqrt(count)
    return Estimate(value, value - half, value + half)


def mean(values: Sequence[float]) -> Estimate:
    """The mean of batches of equal length."""
    return estimate(sum(values) / len(values), values)


def student_t(freedom: int) -> float:
    """The 97.5 % quantile of Student's t, within 1 % from 3 degrees of freedom on, 0.1 % from 5 on.

    Cornish–Fisher expansion: Abramowitz and Stegun, 26.7.5; exact for 1 and 2.
    """
    if freedom <= 2:
        return (12.7062, 4.3027)[freedom - 1]
    z, n = NORMAL, freedom
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )


def together(parts: Iterable[Mapping[float, float]]) -> Mapping[float, float]:
    """How long each value was there in all parts."""
    whole: dict[float, float] = defaultdict(float)
    for part in parts:
        for value, seconds in part.items():
            whole[value] += seconds
    return whole


def quantile(seconds: Mapping[float, float], level: float) -> float:
    """The smallest value that is not exceeded for this share of the time; `seconds` holds how long each was there."""
    left = sum(seconds.values()) * level
    value = 0.0
    for value in sorted(seconds):
        left -= seconds[value]
        if left <= 0:
            break
    return value


def share_of_time(seconds: Mapping[float, float], holds: Callable[[float], bool]) -> float:
    """The share of the time in which the value is one for which this holds."""
    total = sum(seconds.values())
    return sum(long for value, long in seconds.items() if holds(value)) / total if total else 0.0


def mean_over_time(seconds: Mapping[float, float]) -> float:
    """The mean over time."""
    total = sum(seconds.values())
    return sum(value * long for value, long in seconds.items()) / total if total else 0.0
