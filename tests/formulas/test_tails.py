"""Poisson and binomial probabilities against their definitions."""

from fractions import Fraction
from math import comb, exp, expm1, factorial, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.formulas import tails

means = st.floats(0.01, 200)


@given(st.integers(0, 160), means)
def test_the_poisson_density_is_its_definition(count, mean):
    exact = Fraction(mean) ** count / factorial(count)
    logarithm = log(exact.numerator) - log(exact.denominator) - mean
    assert tails.poisson_log_density(count, mean) == pytest.approx(logarithm, rel=1e-12, abs=1e-12)


@given(st.integers(0, 100), st.floats(0.01, 100))
def test_the_poisson_tail_is_one_minus_its_sum(count, mean):
    below = sum(exp(-mean) * mean**n / factorial(n) for n in range(count + 1))
    assert tails.poisson_above(count, mean) == pytest.approx(1 - below, abs=1e-12)


@given(st.integers(0, 60), st.fractions(0, 1, max_denominator=100), st.sampled_from([0.5, 0.95, 0.99, 0.999]))
def test_binomial_levels_are_the_smallest_counts_that_are_hardly_exceeded(trials, chance, level):
    chances = [comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(trials + 1)]
    [found] = tails.binomial_levels(trials, float(chance), (level,))
    assert sum(chances[found + 1 :]) <= 1 - level + 1e-12
    assert found == 0 or sum(chances[found:]) > 1 - level - 1e-12


@given(st.integers(0, 10**6), st.floats(0, 1))
def test_binomial_levels_rise_and_stay_within_the_trials(trials, chance):
    levels = tails.binomial_levels(trials, chance, (0.5, 0.95, 0.999))
    assert 0 <= levels[0] <= levels[1] <= levels[2] <= trials


def test_a_million_agents_busy_half_the_time_reach_the_normal_level():
    [level] = tails.binomial_levels(1_000_000, 0.5, (0.999,))
    assert level == pytest.approx(500_000 + 3.0902 * 500, abs=1)


@given(st.floats(1e-6, 50))
def test_what_is_left_of_a_decay_is_computed_without_cancellation(rate):
    assert tails.decayed(rate) == pytest.approx(rate + expm1(-rate), rel=1e-12 + 1e-15 / rate**2)
