"""What happened to a stream: published examples, and what must hold for every stream."""

from collections.abc import Sequence
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.formulas import streams

transits = st.floats(min_value=-1e6, max_value=1e6)
maybe = st.one_of(st.none(), st.floats(min_value=0, max_value=1000))
lines = st.lists(maybe, min_size=1, max_size=200)
spans = st.integers(min_value=1, max_value=60)
offsets = st.integers(min_value=-4_000_000_000, max_value=4_000_000_000)


@pytest.mark.parametrize(
    ("lost", "sent", "low", "high"),
    [(0, 500, 0, 0.0076), (5, 500, 0.0043, 0.0232), (0, 300, 0, 0.0126), (0, 1000, 0, 0.0038), (5, 5, 0.5655, 1)],
)
def test_a_few_losses_are_as_uncertain_as_wilson_says(lost, sent, low, high):
    assert streams.wilson(lost, sent) == pytest.approx((low, high), abs=0.00006)


@given(st.integers(min_value=0, max_value=10_000), st.integers(min_value=0, max_value=10_000))
def test_the_interval_holds_the_observed_ratio_and_narrows_with_more_packets(one, other):
    hits, trials = min(one, other), max(one, other, 1)
    low, high = streams.wilson(hits, trials)
    assert 0 <= low <= hits / trials <= high <= 1
    closer, nearer = streams.wilson(hits * 4, trials * 4)
    assert nearer - closer <= high - low


def test_without_a_packet_anything_may_be():
    assert streams.wilson(0, 0) == (0, 1)


def test_percentiles_are_those_of_the_example_in_rfc_2330():
    measured = [-2, 7, 7, 4, 18, -5]  # section 11.3
    assert streams.percentile(measured, 0.5) == 4
    assert streams.percentile(measured, 0.25) == -2
    assert streams.percentile(measured, 1) == 18
    assert streams.percentile(measured, 0) == -5


@given(st.lists(transits, min_size=1), st.floats(min_value=0, max_value=1))
def test_a_percentile_is_a_value_that_was_measured_and_at_least_its_share_lies_below(values, share):
    found = streams.percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6


def test_there_is_no_percentile_of_nothing():
    with pytest.raises(ValueError, match="needs a value"):
        streams.percentile([], 0.5)


def test_jitter_is_the_filter_of_rfc_3550():
    """A.8 with D = 16, then −16, then 0: J = 1, 1.9375, 1.81640625."""
    assert streams.jitter_ms([10, 26, 10, 10]) == 1.81640625
    assert streams.jitter_ms([5]) == streams.jitter_ms([]) == 0


@given(st.lists(st.integers(min_value=0, max_value=1000), max_size=100), offsets)
def test_no_clock_offset_disturbs_jitter_or_delay_variation(delays, offset):
    shifted = [delay + offset for delay in delays]
    assert streams.jitter_ms(shifted) == streams.jitter_ms(delays)
    assert streams.ipdv_ms(shifted) == streams.ipdv_ms(delays)
    assert streams.pdv_ms(shifted) == streams.pdv_ms(delays)
    assert streams.playout(shifted, 40, offset) == streams.playout(delays, 40, 0)


def test_delay_variation_compares_only_neighbours_that_both_arrived():
    assert streams.ipdv_ms([10, 13, None, 40, 38]) == [3, None, None, 2]
    assert streams.pdv_ms([10, 13, None, 40, 38]) == [0, 3, 30, 28]
    assert streams.pdv_ms([None]) == []
    assert streams.mean([3, None, 2]) == 2.5
    assert streams.mean([None]) is None


def test_a_packet_is_reordered_that_arrives_after_one_sent_later():
    assert streams.reordered([1, 2, 3, 7, 8, 9, 10, 4, 5, 6, 11]) == 3
    assert streams.reordered([1, 2, 3, 4, 5, 6, 8, 7, 9, 10]) == 1


@given(st.sets(st.integers(min_value=0, max_value=1000)))
def test_packets_that_keep_their_order_are_not_reordered_however_many_are_lost(numbers):
    assert streams.reordered(sorted(numbers)) == 0


@given(lines, spans)
def test_no_window_is_worse_than_the_worst(values, packets):
    worst = streams.worst_window(values, packets)
    length = min(packets, len(values))
    means = [streams.mean(values[start : start + length]) for start in range(len(values) - length + 1)]
    known = [one for one in means if one is not None]
    if worst is None:
        assert not known
    else:
        assert isclose(worst.mean, max(known), abs_tol=1e-6)
        assert isclose(means[worst.first] or 0, worst.mean, abs_tol=1e-6)
        assert worst.packets == length


def test_the_worst_window_is_found_where_the_losses_are():
    lost = [0.0] * 500
    lost[123:127] = [1.0] * 4
    lost[300:302] = [1.0] * 2
    worst = streams.worst_window(lost, 10)
    assert worst == streams.Window(117, 10, 0.4)


def test_random_losses_have_a_burst_ratio_near_one_and_bursts_of_four_near_four():
    assert streams.burst_ratio([False] * 10) == 1
    assert streams.burst_ratio([True] * 10) == 1
    single = ([False] * 19 + [True]) * 50
    assert streams.burst_ratio(single) == 1
    fours = ([False] * 96 + [True] * 4) * 20
    assert streams.burst_ratio(fours) == pytest.approx(4 * 0.96)


@given(lines, st.floats(min_value=0, max_value=200))
def test_a_larger_buffer_plays_what_a_smaller_one_does_and_waits_longer(line, buffer_ms):
    some, more = streams.playout(line, buffer_ms, 0), streams.playout(line, buffer_ms + 50, 0)
    assert len(some.missing) == len(more.missing) == len(line)
    assert line.count(None) <= sum(more.missing) <= sum(some.missing)
    if some.delay_ms is not None and more.delay_ms is not None:
        assert buffer_ms <= some.delay_ms < more.delay_ms


def test_a_packet_later_than_the_buffer_waits_is_as_good_as_lost():
    assert streams.playout([20, 60, None, 61], 40, 15) == streams.Playout(40, (False, False, True, True), 45)
    assert streams.playout([None, None], 40, 15) == streams.Playout(40, (True, True), None)


def stream(*directions: Sequence[float]) -> list[list[tuple[float, float]]]:
    """Directions of a stream of 50 packets a second, with their times."""
    return [[(packet / 50, transit) for packet, transit in enumerate(one)] for one in directions]


@given(st.floats(min_value=-0.4, max_value=0.4), offsets)
def test_a_clock_that_runs_fast_is_told_from_the_line(drift, offset):
    there = [20 + offset + drift * packet / 50 + packet % 7 for packet in range(500)]
    back = [30 - offset - drift * packet / 50 + packet % 5 for packet in range(500)]
    assert streams.clock_drift(*stream(there, back)) == pytest.approx(drift, abs=0.02)


def test_a_queue_that_fills_in_one_direction_is_not_taken_for_a_clock():
    there = [20 + packet * 0.6 for packet in range(500)]
    still = [30.0 + packet % 3 for packet in range(500)]
    assert streams.clock_drift(*stream(there, still)) == 0
    assert streams.clock_step_ms(*stream(there, still)) == 0
    assert streams.clock_drift(*stream(there, there)) == 0


def test_a_clock_that_is_set_is_seen_and_a_queue_is_not():
    there = [20 + packet % 4 + (1000 if packet >= 230 else 0) for packet in range(500)]
    back = [30 + packet % 4 - (1000 if packet >= 230 else 0) for packet in range(500)]
    assert streams.clock_step_ms(*stream(there, back)) == pytest.approx(1000, abs=5)
    filled = [20 + packet % 4 + (300 if packet >= 230 else 0) for packet in range(500)]
    emptied = [230 + packet % 4 - (60 if packet >= 230 else 0) for packet in range(500)]
    assert streams.clock_step_ms(*stream(filled, emptied)) == 0


def test_a_stream_of_a_few_packets_says_nothing_about_clocks():
    assert streams.clock_drift([(0, 1)], [(0, 1)]) == 0
    assert streams.clock_step_ms([], []) == 0
