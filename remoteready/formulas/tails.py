"""Poisson, gamma and binomial probabilities, exact to some last digits from the middle far into the tails.

The bricks of the Erlang formulas and of the upload peaks. Every sum here has only positive terms, so that nothing
cancels; every value takes at most some √mean steps, so that a million erlangs take a millisecond.
"""

from functools import lru_cache
from math import erfc, exp, expm1, inf, isfinite, lgamma, log, pi, sqrt

NEGLIGIBLE = 1e-18
"""A term this small beside the sum no longer changes it."""
SERIES_FROM = 16.0
"""Stirling's series holds all digits from here on."""


def check_amount(name: str, value: float) -> None:
    """Refuse what is no amount: ValueError for a number that is negative, infinite or not a number."""
    if not (isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be a number from 0 on, not {value}")


def poisson_log_density(count: float, mean: float) -> float:
    """ln(mean^count × e^−mean ÷ Γ(count + 1)), for real counts ≥ 0 and means > 0.

    Saddle-point form of Loader 2000, "Fast and accurate computation of binomial probabilities".
    """
    if count < SERIES_FROM:
        return count * log(mean) - mean - lgamma(count + 1)
    return -_stirling_error(count) - _deviance(count, mean) - log(2 * pi * count) / 2


def _stirling_error(count: float) -> float:
    """ln Γ(count + 1) above Stirling's formula, from SERIES_FROM on."""
    square = 1 / (count * count)
    series = 1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - square * 691 / 360360))
    return (1 / 12 - square * (1 / 360 - square * series)) / count


def _deviance(count: float, mean: float) -> float:
    """count × ln(count ÷ mean) + mean − count, without cancellation where they are close."""
    if abs(count - mean) > 0.5 * (count + mean):
        return count * log(count / mean) + mean - count
    ratio = (count - mean) / (count + mean)
    total, power, number = (count - mean) * ratio, 2 * count * ratio, 1
    while True:
        power *= ratio * ratio
        number += 2
        term = power / number
        total += term
        if abs(term) <= NEGLIGIBLE * total:
            return total


def rising_sum(shape: float, mean: float) -> float:
    """1 + mean/(shape+1) + mean²/((shape+1)(shape+2)) + …: P(gamma) ÷ density, DLMF 8.7.1. For mean ≤ shape + 1."""
    total = term = 1.0
    while term > NEGLIGIBLE * total:
        shape += 1
        term *= mean / shape
        total += term
    return total


def falling_sum(shape: float, mean: float) -> float:
    """1 + shape/mean + shape(shape−1)/mean² + …: Q(shape + 1, mean) ÷ density, for mean ≥ shape ≥ 0.

    A whole shape ends the sum; below a real one its last piece, below 1, takes the sum's place.
    """
    total = term = 1.0
    while shape >= 1:
        term *= shape / mean
        if term <= NEGLIGIBLE * total:
            return total
        total += term
        shape -= 1
    return total if shape == 0 else total + term * (_fraction_sum(shape, mean) - 1)


def _fraction_sum(shape: float, mean: float) -> float:
    """The same sum for 0 < shape < 1 ≤ mean or less: by the lower gamma, or Legendre's continued fraction (Lentz)."""
    if mean < 2:
        density = exp(poisson_log_density(shape, mean))
        return (1 - density * mean / (shape + 1) * rising_sum(shape + 1, mean)) / density
    b = mean - shape
    c, d = inf, 1 / b
    h = d
    for step in range(1, 1000):
        a = -step * (step - 1 - shape)
        b += 2
        d = 1 / (a * d + b)
        c = b + a / c
        h *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return h * mean


def poisson_above(count: float, mean: float) -> float:
    """P(Poisson(mean) > count) for whole counts ≥ 0, its gamma form for real ones."""
    if mean == 0:
        return 0.0
    if mean <= count + 1:
        return exp(poisson_log_density(count, mean)) * mean / (count + 1) * rising_sum(count + 1, mean)
    return 1 - exp(poisson_log_density(count, mean)) * falling_sum(count, mean)


@lru_cache(maxsize=1024)
def binomial_levels(trials: int, chance: float, levels: tuple[float, ...]) -> tuple[int, ...]:
    """For each level the smallest count that Binomial(trials, chance) exceeds with at most 1 − level.

    Exact to rounding: the density is summed down from where it no longer counts. Levels rise.
    """
    if trials == 0 or chance == 0:
        return tuple(0 for _ in levels)
    if chance >= 1:
        return tuple(trials for _ in levels)
    mean, spread = trials * chance, sqrt(trials * chance * (1 - chance))
    count = min(trials, int(mean + 9 * spread) + 40)
    density = exp(_binomial_log_density(trials, chance, count))
    above, found = 0.0, []
    for level in reversed(levels):
        while count > 0 and above + density <= 1 - level:
            above += density
            density *= count * (1 - chance) / ((trials - count + 1) * chance)
            count -= 1
        found.append(count)
    return tuple(reversed(found))


def _binomial_log_density(trials: int, chance: float, count: int) -> float:
    """By three Poisson densities, whose saddle-point forms lose nothing for a million trials."""
    missed = poisson_log_density(trials - count, trials * (1 - chance))
    return poisson_log_density(count, trials * chance) + missed - poisson_log_density(trials, trials)


def normal_above(deviations: float) -> float:
    """P(standard normal > deviations)."""
    return erfc(deviations / sqrt(2)) / 2


def normal_density(deviations: float) -> float:
    """Density of the standard normal."""
    return exp(-deviations * deviations / 2) / sqrt(2 * pi)


def decayed(rate: float) -> float:
    """rate + e^−rate − 1 for rate ≥ 0, without cancellation where it is small."""
    if rate > 0.5:
        return rate + expm1(-rate)
    total, term, power = 0.0, rate, 2
    while abs(term) > NEGLIGIBLE * total or not total:
        term *= -rate / power
        total -= term
        power += 1
        if not term:
            break
    return total
