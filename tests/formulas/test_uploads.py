"""The upload peak against the exact distribution: safe for every mix of groups, and not much above the truth."""

from collections.abc import Sequence
from fractions import Fraction
from math import comb, inf, isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.formulas.uploads import peak_mbps

ROUNDING = 1e-9
HALF, ONE = Fraction(1, 2), Fraction(1)

shares = st.fractions(min_value=0, max_value=1, max_denominator=50)
rates = st.fractions(min_value=0, max_value=40, max_denominator=10)
small_groups = st.lists(st.tuples(st.integers(min_value=0, max_value=12), shares, rates), max_size=3)
large_groups = st.lists(st.tuples(st.integers(min_value=0, max_value=1_000_000), shares, rates), min_size=1, max_size=5)


Groups = Sequence[tuple[int, Fraction, Fraction]]


def binomial(agents: int, share: Fraction) -> list[Fraction]:
    """The exact chance of each number of agents being recorded at once."""
    return [comb(agents, k) * share**k * (1 - share) ** (agents - k) for k in range(agents + 1)]


def rate_distribution(groups: Groups) -> dict[Fraction, Fraction]:
    """The exact chance of each rate, by convolution."""
    chances = {Fraction(0): Fraction(1)}
    for agents, share, rate in groups:
        added: dict[Fraction, Fraction] = {}
        for so_far, chance in chances.items():
            for recorded, more in enumerate(binomial(agents, share)):
                total = so_far + recorded * rate
                added[total] = added.get(total, Fraction(0)) + chance * more
        chances = added
    return chances


def mean(groups: Groups) -> float:
    return float(sum(agents * share * rate for agents, share, rate in groups))


def everyone(groups: Groups) -> Fraction:
    return sum((agents * rate for agents, share, rate in groups if share), Fraction(0))


@given(small_groups)
def test_the_true_rate_exceeds_the_peak_at_most_a_thousandth_of_the_time(groups):
    peak = peak_mbps(groups)
    above = sum(chance for rate, chance in rate_distribution(groups).items() if rate > peak)
    assert above <= Fraction(1, 1000)


@given(large_groups)
def test_the_peak_lies_between_the_mean_and_everyone_at_once(groups):
    peak = peak_mbps(groups)
    assert mean(groups) * (1 - ROUNDING) <= peak <= everyone(groups)


def test_two_hundred_agents_recorded_half_the_time_peak_within_five_per_cent_of_the_exact_level():
    chances = binomial(200, Fraction(1, 2))
    exact = next(k for k in range(201) if sum(chances[k + 1 :]) <= Fraction(1, 1000))
    assert exact <= peak_mbps([(200, 0.5, 1)]) <= exact * 1.05


@pytest.mark.parametrize("share", [0.001, 0.01, 0.5, 0.999])
def test_a_single_agent_may_be_recorded_at_any_moment_so_its_full_rate_counts(share):
    assert peak_mbps([(1, share, Fraction("0.464"))]) == Fraction("0.464")


@given(large_groups)
def test_agents_who_are_always_recorded_peak_at_everyone_at_once(groups):
    always = [(agents, ONE, rate) for agents, _, rate in groups]
    assert peak_mbps(always) == sum(agents * rate for agents, _, rate in groups)


@pytest.mark.parametrize("share", [Fraction(1, 100), Fraction(1, 2), Fraction(99, 100)])
def test_the_peak_of_a_million_agents_is_finite_and_close_to_their_mean(share):
    groups = [(1_000_000, share, Fraction("0.464"))]
    peak = peak_mbps(groups)
    assert isfinite(peak)
    assert mean(groups) <= peak <= mean(groups) * (1.01 if share >= Fraction(1, 2) else 1.04)


@pytest.mark.parametrize(
    "groups",
    [[], [(0, 0.5, 1)], [(200, 0, 1)], [(200, 0.5, 0)], [(200, Fraction(1, 10**400), 1)], [(0, 0, 0), (0, 1, 1)]],
    ids=["no groups", "no agents", "no calls", "nothing recorded", "hardly a call", "empty groups"],
)
def test_where_nothing_is_recorded_nothing_peaks(groups):
    assert peak_mbps(groups) == 0


@given(large_groups, st.data())
def test_more_agents_never_lower_the_peak(groups, data):
    grown = data.draw(st.integers(min_value=0, max_value=len(groups) - 1))
    more = data.draw(st.integers(min_value=1, max_value=1000))
    larger = [(n + more * (i == grown), share, rate) for i, (n, share, rate) in enumerate(groups)]
    assert peak_mbps(larger) >= peak_mbps(groups) * (1 - ROUNDING)


@given(large_groups, large_groups)
def test_sharing_a_link_never_needs_more_than_two_links_of_their_own(some, others):
    assert peak_mbps(some + others) <= (peak_mbps(some) + peak_mbps(others)) * (1 + ROUNDING)


@given(large_groups, st.sampled_from([Fraction(1, 1000), 8, 1000]))
def test_another_unit_changes_the_number_and_nothing_else(groups, factor):
    scaled = [(n, share, rate * factor) for n, share, rate in groups]
    assert peak_mbps(scaled) == pytest.approx(peak_mbps(groups) * float(factor), rel=1e-6)


@given(large_groups, st.randoms(use_true_random=False))
def test_the_order_of_the_groups_does_not_matter(groups, random):
    shuffled = random.sample(groups, len(groups))
    assert peak_mbps(shuffled) == pytest.approx(peak_mbps(groups), rel=ROUNDING, abs=ROUNDING)


def test_the_peak_of_ever_more_agents_comes_ever_closer_to_their_mean():
    above = inf
    for agents in (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000):
        ratio = peak_mbps([(agents, HALF, ONE)]) / mean([(agents, HALF, ONE)])
        assert 1 < ratio <= above
        above = ratio
