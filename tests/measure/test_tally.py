"""What is kept of a stream of hours: the same numbers as from all of its packets at once."""

import gc
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.formulas import streams
from remoteready.formulas.emodel import CODECS
from remoteready.measure.tally import Histogram, Rolling, Tally
from tests.measure.lines import Line, losing, uneven

G711 = CODECS["g711"]
values = st.lists(st.one_of(st.none(), st.floats(0, 1000)), max_size=80)


def later(line: Line, seconds: float):
    """The stream of a line that began so much later."""
    stream, moved = line.stream(), round(seconds * 1e9)
    echoes = tuple(
        replace(e, reached_ns=e.reached_ns + moved, left_ns=e.left_ns + moved, arrived_ns=e.arrived_ns + moved)
        for e in stream.echoes
    )
    return replace(stream, sent_ns=tuple(moment + moved for moment in stream.sent_ns), echoes=echoes)


@given(values, st.integers(1, 100))
def test_a_rolling_window_is_the_worst_window_of_all_values_at_once(line, length):
    rolling = Rolling(length)
    for place, value in enumerate(line):
        rolling.add(value, float(place))
    whole = streams.worst_window(line, length)
    assert (rolling.worst is None) == (whole is None)
    if rolling.worst and whole:
        assert rolling.worst.mean == pytest.approx(whole.mean, abs=1e-6)


@given(st.lists(st.floats(0, 9000), min_size=1, max_size=60), st.floats(0.01, 1))
def test_a_histogram_has_the_percentiles_of_its_values(found, share):
    histogram = Histogram()
    for value in found:
        histogram.add(value)
    exact = streams.percentile(found, share)
    assert histogram.percentile(share) == pytest.approx(exact, rel=0.01, abs=0.051)


def test_the_worst_window_is_found_where_it_was_put_across_the_blocks():
    tally = Tally(G711)
    lost_at = {0: {748, 749}, 15: {0, 1, 2}}  # five packets in a row, over the end of a block
    for begin_s in range(0, 60, 15):
        tally.add(later(Line(up_ms=losing(20.0, lost_at.get(begin_s, set())), seconds=15), begin_s))
    up = tally.up.losses
    assert (up.packets, up.lost, tally.down.losses.lost, tally.both.lost) == (3000, 5, 0, 5)
    assert up.short.worst is not None
    assert up.short.worst.mean == 0.5
    assert 14.76 <= up.short.worst.at_s <= 14.96
    assert up.long.worst is not None
    assert up.long.worst.mean == pytest.approx(5 / 750)


def test_an_outage_is_told_when_it_ends_and_no_longer_than_it_was():
    tally = Tally(G711)
    assert tally.add(later(Line(seconds=15), 0)) == []
    (outage,) = tally.add(later(Line(up_ms=losing(20.0, set(range(100, 300))), seconds=15), 15))
    assert outage == pytest.approx((15 + 1.98, 4.02), abs=0.03)
    assert tally.both.long.worst is not None
    assert tally.both.long.worst.mean == pytest.approx(200 / 750)


def test_packets_that_could_not_be_sent_count_in_the_windows_of_an_outage():
    tally = Tally(G711)
    tally.add(later(Line(seconds=15), 0))
    ((begin_s, seconds),) = tally.add(later(Line(seconds=15), 20))
    assert (begin_s, seconds) == pytest.approx((14.98, 5.02), abs=0.03)
    assert tally.both.lost == 0
    assert tally.both.long.worst is not None
    assert tally.both.long.worst.mean == pytest.approx(250 / 750, rel=0.01)


def test_what_was_left_out_is_no_outage_and_no_loss():
    tally = Tally(G711)
    tally.add(later(Line(seconds=15), 0))
    tally.leave_out(3600)
    assert tally.add(later(Line(seconds=15), 3600)) == []
    assert tally.both.long.worst is not None
    assert tally.both.long.worst.mean == 0


def test_a_block_not_to_be_believed_is_left_out_and_named():
    tally = Tally(G711)
    stream = Line(up_ms=losing(20.0, {10, 11}), seconds=15).stream(late_ms=(50.0,) * 760)
    tally.add(stream)
    assert (tally.both.packets, tally.refused_s) == (0, 15)
    assert "too busy" in tally.trouble


def test_a_far_end_that_does_not_count_leaves_the_direction_of_losses_open():
    tally = Tally(G711)
    tally.add(Line(up_ms=losing(20.0, {10, 11}), seconds=15, stateless=True).stream())
    assert tally.up.losses.packets == 0
    assert "cannot be told apart" in tally.up.unknown
    assert tally.both.lost == 2


def test_memory_does_not_grow_with_time():
    tally, block = Tally(G711), Line(up_ms=uneven(20, 30), seconds=15)
    tracemalloc.start()
    try:
        for turn in range(10):
            tally.add(later(block, 15 * turn))
            gc.collect()
            if turn == 2:
                full, _ = tracemalloc.get_traced_memory()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1.1 * full
