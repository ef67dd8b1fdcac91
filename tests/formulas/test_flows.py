"""Uploads as flows: the validated example, exact laws, and properties that a planner relies on."""

from fractions import Fraction
from itertools import pairwise
from math import exp, factorial, inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remoteready.formulas.erlang import erlang_c
from remoteready.formulas.flows import Congestion, Flows, congestion, rate_levels_mbps

# 300 agents, occupancy 62.5 %, 5 minutes, 0.48 + 2 × 1.5 MB a minute, 1.086 bytes on the wire per byte; held against
# an event simulation of 400,000 calls: quantiles 92/145/169/198, share of time slowed .479/.164/.0249/.0012.
LOAD = 94.5
MIXED: Flows = [(LOAD * share, rate) for share, rate in ((0.2, 2), (0.3, 5), (0.3, 10), (0.2, 20))]

rates = st.sampled_from([1, 2, 2.5, 4, 5, 10, 20, 50])
mixes = st.lists(st.tuples(st.floats(0.1, 200), rates), min_size=1, max_size=4)


def test_the_validated_example_has_its_quantiles():
    assert rate_levels_mbps(MIXED) == (92, 146, 171, 202)


@pytest.mark.parametrize(
    ("rate", "levels"),
    [(50, (200, 300, 350)), (10, (150, 170, 200)), (2, (118, 128, 140)), (1, (111, 118, 126))],
)
def test_a_slower_line_lowers_the_peak_of_the_same_volume(rate, levels):
    assert rate_levels_mbps([(LOAD, rate)], (0.95, 0.99, 0.999)) == levels


@pytest.mark.parametrize(
    ("capacity", "full", "seconds"),  # full: at least as much as the link has, Erlang C
    [(110, 0.535, 20.3), (120, 0.341, 17.1), (150, 0.069, 15.3), (180, 0.009, None)],
)
def test_the_validated_link_of_one_class_is_slowed_as_often_and_as_slow(capacity, full, seconds):
    made = congestion([(LOAD, 10)], capacity)
    assert made.slowed == pytest.approx(full * LOAD / capacity, abs=6e-4)
    if seconds:
        assert 5 * 3.48 * 8 * 1.086 / 10 * made.slowdowns[0] == pytest.approx(seconds, abs=0.06)


@pytest.mark.parametrize(("capacity", "slowed"), [(110, 0.471), (130, 0.161), (160, 0.0249), (200, 0.0013)])
def test_the_validated_link_of_four_classes_is_slowed_as_often(capacity, slowed):
    assert congestion(MIXED, capacity).slowed == pytest.approx(slowed, abs=5e-4)


@given(st.floats(0.1, 60), st.sampled_from([0.5, 0.9, 0.99, 0.999]))
def test_uploads_of_one_rate_are_poisson_to_the_flow(flows_, level):
    chances = [exp(-flows_) * flows_**n / factorial(n) for n in range(150)]
    exact = next(n for n in range(150) if sum(chances[n + 1 :]) <= 1 - level)
    assert rate_levels_mbps([(flows_ * 3, 3)], (level,))[0] == 3 * exact


@given(mixes)
def test_levels_rise_and_the_highest_is_above_the_mean(mix):
    levels = rate_levels_mbps(mix)
    assert all(low <= high for low, high in pairwise(levels))
    assert levels[-1] >= sum(load for load, _ in mix)


@given(mixes, st.data())
def test_more_load_never_lowers_a_level(mix, data):
    number = data.draw(st.integers(0, len(mix) - 1))
    more = [(load * (1.1 if place == number else 1), rate) for place, (load, rate) in enumerate(mix)]
    assert all(a <= b for a, b in zip(rate_levels_mbps(mix), rate_levels_mbps(more), strict=True))


@given(mixes, st.sampled_from([0.9, 0.99, 0.999]))
def test_rates_without_a_common_measure_peak_as_those_beside_them(mix, level):
    odd = [(load, Fraction(rate) * Fraction(100_003, 100_000)) for load, rate in mix]
    odd.append((Fraction(1, 1000), Fraction(31, 97)))
    fastest = max(rate for _, rate in mix)
    [beside], [here] = rate_levels_mbps(mix, (level,)), rate_levels_mbps(odd, (level,))
    assert abs(here - beside) <= fastest * 1.2  # a level may fall between two numbers of uploads


@given(mixes, st.sampled_from([Fraction(1, 1000), 8, 1000]))
def test_another_unit_changes_the_number_and_nothing_else(mix, factor):
    scaled = [(Fraction(load) * factor, Fraction(rate) * factor) for load, rate in mix]
    assert rate_levels_mbps(scaled) == pytest.approx([level * float(factor) for level in rate_levels_mbps(mix)])


def times(mix: Flows, factor: int) -> Flows:
    return [(load * factor, rate) for load, rate in mix]


@pytest.mark.parametrize("mix", [times(MIXED, 20), [(1900.0, 1)], [(75.0, 1), (3000.0, 50)], [(25.0, 10), (1750.0, 1)]])
def test_where_the_lattice_ends_the_saddle_point_is_never_below_it_and_at_most_two_uploads_above(mix):
    levels = (0.5, 0.9, 0.95, 0.99, 0.999)
    exact, quick = rate_levels_mbps(mix, levels, most_cells=10**5), rate_levels_mbps(mix, levels, most_cells=0)
    fastest = max(rate for _, rate in mix)
    assert all(0 <= high - low <= 2 * fastest for low, high in zip(exact, quick, strict=True))


@pytest.mark.parametrize("capacity", [1950, 2100, 2250])
def test_where_the_lattice_ends_a_link_is_slowed_as_often_within_two_per_cent(capacity):
    exact = congestion(times(MIXED, 20), capacity, most_cells=10**5)
    quick = congestion(times(MIXED, 20), capacity, most_cells=0)
    assert quick.slowed == pytest.approx(exact.slowed, rel=0.02)
    assert quick.slowdowns == pytest.approx(exact.slowdowns, rel=0.01)


@given(mixes, st.floats(0.01, 0.3))
def test_days_that_differ_raise_the_highest_level_only_by_what_the_busiest_day_adds(mix, cv):
    steady, varied = rate_levels_mbps(mix)[-1], rate_levels_mbps(mix, day_cv=cv)[-1]
    busiest = rate_levels_mbps([(load * exp(3 * cv), rate) for load, rate in mix])[-1]
    assert steady <= varied <= busiest


@given(st.integers(1, 300), st.fractions(Fraction(1, 100), Fraction(99, 100)), st.sampled_from([1, 3, 10]))
def test_one_class_on_a_link_of_whole_uploads_is_erlang_c(lines, used, rate):
    made = congestion([(used * lines * rate, rate)], lines * rate)
    waits = erlang_c(lines, float(used * lines))
    assert made.slowed == pytest.approx(waits * float(used), rel=1e-9)
    assert made.slowdowns[0] == pytest.approx(1 + waits / float(lines * (1 - used)), rel=1e-9)


@pytest.mark.parametrize(
    ("capacity", "rate", "load", "slowed", "slowdown"),
    [(25, 10, 15, 0.3176, 1.424), (107, 5, 84.13, 0.185, None), (45, 10, 36, 0.5199, 1.650)],
)
def test_one_class_between_two_whole_numbers_of_uploads(capacity, rate, load, slowed, slowdown):
    made = congestion([(load, rate)], capacity)
    assert made.slowed == pytest.approx(slowed, abs=5e-4)
    if slowdown:
        assert made.slowdowns[0] == pytest.approx(slowdown, abs=5e-4)


@given(st.fractions(1, 30), st.fractions(Fraction(1, 20), Fraction(19, 20)))
def test_one_class_is_the_chain_of_its_uploads_in_progress(lines, used):
    flows = float(lines * used)
    weights = [1.0]
    while len(weights) < 2000:
        weights.append(weights[-1] * flows / min(len(weights), float(lines)))
    total = sum(weights)
    made = congestion([(lines * used, 1)], lines)
    assert made.slowed == pytest.approx(sum(w for n, w in enumerate(weights) if n > lines) / total, rel=1e-9)
    assert made.slowdowns[0] == pytest.approx(sum(n * w for n, w in enumerate(weights)) / total / flows, rel=1e-9)


def balanced(
    first: tuple[float, int], second: tuple[float, int], capacity: int, most: int
) -> tuple[float, list[float]]:
    """Share of time full and slow-downs by the balance function of every state: Bonald and Proutière 2003."""
    (load, rate), (other_load, other_rate) = first, second
    weights: dict[tuple[int, int], float] = {(0, 0): 1.0}
    for n in range(most):
        for m in range(most):
            if n or m:
                used = n * rate + m * other_rate
                left, below = weights.get((n - 1, m), 0.0) * load, weights.get((n, m - 1), 0.0) * other_load
                parts = left / rate / n if n else 0.0, below / other_rate / m if m else 0.0
                weights[n, m] = (left + below) / capacity if used > capacity else parts[0] or parts[1]
    total = sum(weights.values())
    full = sum(w for (n, m), w in weights.items() if n * rate + m * other_rate > capacity) / total
    means = [sum(state[of] * w for state, w in weights.items()) / total for of in (0, 1)]
    return full, [means[0] * rate / load, means[1] * other_rate / other_load]


@pytest.mark.parametrize(
    ("first", "second", "capacity"),
    [((2.0, 1), (2.0, 2), 8), ((3.0, 1), (1.0, 5), 10), ((1.0, 2), (5.0, 3), 12), ((0.5, 4), (0.5, 1), 4)],
)
def test_several_classes_share_a_link_as_the_states_of_balanced_fairness_do(first, second, capacity):
    short, slower = balanced(first, second, capacity, 120)
    made = congestion([first, second], capacity)
    assert made.slowed == pytest.approx(short, rel=1e-9)
    assert made.slowdowns == pytest.approx(slower, rel=1e-9)


@given(mixes, st.integers(1, 400))
def test_a_larger_link_is_never_slowed_more_often_nor_slower(mix, capacity):
    small, large = congestion(mix, capacity), congestion(mix, capacity * 2)
    assert large.slowed <= small.slowed * 1.001 + 1e-12
    assert all(b <= a * 1.001 for a, b in zip(small.slowdowns, large.slowdowns, strict=True))
    assert all(factor >= 1 - 1e-9 for factor in (*small.slowdowns, *large.slowdowns))
    assert 0 <= small.slowed <= 1


def test_a_link_below_its_load_is_always_slowed_and_never_done():
    assert congestion(MIXED, LOAD) == Congestion(1.0, (inf,) * 4)
    assert congestion([], 0) == Congestion(0.0, ())
    assert congestion([(0, 5)], 10) == Congestion(0.0, (1.0,))


def test_a_home_line_faster_than_the_sites_link_is_only_as_fast_as_that():
    made = congestion([(5, 1000)], 10)
    assert made.slowdowns[0] == pytest.approx(100 / (1 - 0.5), rel=1e-9)  # M/M/1-PS at half load


@settings(max_examples=20)
@given(st.floats(1e5, 1e9))
def test_any_number_of_uploads_has_finite_levels_close_to_the_mean(load):
    levels = rate_levels_mbps([(load / 2, 10), (load / 2, 3.7)])
    assert load * 0.99 < levels[0] < levels[-1] < load * 1.05
    assert 0 < congestion([(load / 2, 10), (load / 2, 3.7)], load + 4 * (load * 7) ** 0.5).slowed < 0.01


@pytest.mark.parametrize("mix", [[(-1, 5)], [(1, -5)], [(nan, 5)], [(1, inf)], [(1, 0)]])
def test_what_is_no_load_and_no_rate_is_refused(mix):
    with pytest.raises(ValueError, match=r"must be|cannot"):
        rate_levels_mbps(mix)
    with pytest.raises(ValueError, match=r"must be|cannot"):
        congestion(mix, 100)
