"""The upload peak against the exact distribution: safe for every mix of groups, and not much above the truth."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import comb, inf, isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.formulas import uploads
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


def test_a_link_below_its_load_gathers_what_does_not_fit_and_drains_it_later():
    made = uploads.backlog([100, 160, 160, 40], [120, 120, 120, 120], 900)
    assert list(made.gb) == pytest.approx([0, 4.5, 9, 0])
    assert made.peak_gb == pytest.approx(9)
    assert made.empty_after_s == 3 * 900 + 900  # 9 GB at 80 Mbps is just the last quarter of an hour


def test_what_still_waits_at_the_end_drains_at_the_last_free_rate_or_never():
    assert uploads.backlog([200], [100], 3600).empty_after_s == 7200
    assert uploads.backlog([200], [0], 3600).empty_after_s is None
    assert uploads.backlog([10], [100], 3600) == uploads.Backlog((0,), 0, 0)


intervals = st.lists(st.tuples(st.floats(0, 1000), st.floats(1, 1000)), min_size=1, max_size=50)


@given(intervals, st.floats(1, 100))
def test_more_capacity_never_leaves_more_waiting(rows, more):
    offered, free = zip(*rows, strict=True)
    before, after = uploads.backlog(offered, free, 900), uploads.backlog(offered, [f + more for f in free], 900)
    assert all(b <= a for a, b in zip(before.gb, after.gb, strict=True))
    assert (after.empty_after_s or 0) <= (before.empty_after_s or 0) + 1e-6


@given(intervals)
def test_nothing_that_is_offered_gets_lost(rows):
    offered, free = zip(*rows, strict=True)
    made = uploads.backlog(offered, free, 900)
    assert made.gb[-1] <= sum(offered) * 900 / 8000 * (1 + ROUNDING)
    assert made.gb[-1] >= (sum(offered) - sum(free)) * 900 / 8000 - 1e-9


@given(st.fractions(1, 10**6), st.fractions(1, 2), st.fractions(1, 24))
def test_a_window_and_its_rate_survive_a_round_trip(mb, expansion, hours):
    rate = uploads.window_mbps(mb, expansion, hours)
    assert uploads.window_hours(mb, expansion, rate) == hours
    assert uploads.upload_s(mb, expansion, rate, 1) == hours * 3600


def test_a_day_of_three_hundred_gigabytes_needs_its_link_all_night():
    assert float(uploads.window_mbps(313_000, Fraction("1.086"), 10)) == pytest.approx(75.54, abs=5e-3)


@pytest.mark.parametrize(("offered", "free"), [([], []), ([1], [1, 2]), ([-1], [1]), ([1], [float("nan")])])
def test_intervals_that_make_no_sense_are_refused(offered, free):
    with pytest.raises(ValueError, match=r"must be|give as many"):
        uploads.backlog(offered, free, 900)


@given(st.integers(1, 40), st.fractions(Fraction(1, 50), 1, max_denominator=50), st.sampled_from([0.5, 0.95, 0.999]))
def test_one_group_together_is_at_its_exact_level(agents, share, level):
    chances = binomial(agents, share)
    found = uploads.together_mbps(level, [(agents, share, 3)]) / 3
    assert sum(chances[int(found) + 1 :]) <= 1 - level + 1e-12
    assert found == 0 or sum(chances[int(found) :]) > 1 - level - 1e-12


@given(small_groups, st.sampled_from([0.95, 0.99, 0.999]))
def test_several_groups_together_are_never_below_their_exact_level(groups, level):
    bound = uploads.together_mbps(level, groups)
    above = sum(chance for rate, chance in rate_distribution(groups).items() if rate > bound)
    assert above <= 1 - level + 1e-12


@given(large_groups)
def test_a_higher_level_is_never_a_lower_rate(groups):
    levels = [uploads.together_mbps(level, groups) for level in (0.5, 0.95, 0.99, 0.999)]
    assert all(low <= high * (1 + ROUNDING) for low, high in pairwise(levels))


@given(st.fractions(0, 100), st.fractions(0, 10), st.fractions(0, 10), st.none() | st.fractions(Fraction(1, 100), 50))
def test_an_upload_takes_what_call_desktop_and_throttle_leave_it(uplink, call, reserve, throttle):
    rate = uploads.upload_rate_mbps(uplink, call, reserve, throttle)
    assert 0 <= rate <= uplink
    assert rate + call + reserve <= max(uplink, call + reserve)
    assert throttle is None or rate <= throttle
