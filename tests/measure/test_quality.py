"""What a stream says about the line, on lines whose truth is known packet by packet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.formulas.emodel import CODECS
from remoteready.measure import quality
from remoteready.measure.quality import Phase
from remoteready.measure.stamp import Counters
from remoteready.measure.stream import Stream
from remoteready.measure.ways import take_apart
from tests.measure.lines import Line, losing, uneven

some_packets = st.sets(st.integers(min_value=0, max_value=99), max_size=40)


def judged(stream: Stream) -> Phase:
    return quality.phase("idle", stream, take_apart(stream), 0, stream.counted)


def lost(line: Line) -> tuple[int, int]:
    """Lost on the way out, lost on the way back."""
    phase = judged(line.stream())
    assert phase.up.loss
    assert phase.down.loss
    return phase.up.loss.lost, phase.down.loss.lost


def test_a_perfect_line_is_as_good_as_the_codec_and_the_buffer_allow():
    phase = judged(Line().stream())
    assert (phase.round_trip_min_ms, phase.round_trip_p95_ms, phase.round_trip_loss_ratio) == (50, 50, 0)
    for way in (phase.up, phase.down):
        assert way.loss
        assert way.variation
        assert way.rating
        assert way.packets == 500
        assert (way.loss.lost, way.loss.worst_200_ms_ratio, way.loss.worst_200_ms_at_s) == (0, 0, None)
        assert way.loss.loss_high_ratio == pytest.approx(0.0076, abs=0.0001)
        assert (way.variation.jitter_ms, way.variation.ipdv_ms, way.variation.pdv_p99_ms) == (0, 0, 0)
        assert (way.rating.buffer_ms, way.rating.mouth_to_ear_ms) == (20, 25 + 20 + 20)
        assert way.rating.mos_cqe == pytest.approx(4.409, abs=0.001)


@given(some_packets, some_packets)
def test_losses_are_counted_exactly_in_the_direction_where_they_happened(out, back):
    line = Line(losing(20.0, out), losing(30.0, back), seconds=2)
    stream = line.stream()
    ways = take_apart(stream)
    assert ways.settled >= stream.counted
    assert ways.up.carried[:100].count(False) == len(out)
    assert ways.down.carried[:100].count(False) == len(back - out)


@pytest.mark.parametrize("overtaken", [{31: 45.0, 32: 65.0}, {29: 45.0}, {28: 65.0}, {32: 65.0, 33: 65.0}])
def test_losses_on_the_way_back_are_told_though_packets_overtake_each_other_on_the_way_out(overtaken):
    line = Line(lambda packet: overtaken.get(packet, 20.0), losing(30.0, {30, 31, 32}))
    assert lost(line) == (0, 3)


def test_answers_that_are_lost_at_the_beginning_are_lost_on_the_way_back_though_packets_overtake_each_other():
    stream = Line(
        lambda packet: {0: 41.0, 1: 45.0, 2: 0.5}.get(packet, 20.0), losing(30.0, {0, 2}), seconds=2
    ).stream()  # 2 arrives before 0 and 1
    ways = take_apart(stream)
    assert (ways.up.carried[:90].count(False), ways.down.carried[:90].count(False)) == (0, 2)


@given(st.randoms(use_true_random=False), some_packets)
def test_losses_are_counted_in_their_direction_though_packets_overtake_each_other(chance, back):
    delays = [20 + chance.uniform(0, 30) for _ in range(200)]
    stream = Line(delays.__getitem__, losing(30.0, back), seconds=2).stream()
    ways = take_apart(stream)
    assert ways.up.carried[:100].count(False) == 0
    assert ways.down.carried[:100].count(False) == len(back)


def test_the_last_packets_before_the_end_are_settled_too():
    assert lost(Line(losing(20.0, {497, 498, 499}), losing(30.0, {495, 496}))) == (3, 2)


@pytest.mark.parametrize("offset_ms", [-3_600_000, -10, 0, 1000, 10**9])
@pytest.mark.parametrize("drift", [0, 0.1, -0.3])
def test_no_clock_disturbs_a_result(offset_ms, drift):
    def seen(ahead_ms: float, gains: float) -> Phase:
        jittery = Line(losing(uneven(20, 5), {7, 300}), uneven(40, 8, seed=2), ahead_ms=ahead_ms, gains_ms_per_s=gains)
        return judged(jittery.stream())

    true, measured = seen(0, 0), seen(offset_ms, drift)
    for exact, found in ((true.up, measured.up), (true.down, measured.down)):
        assert exact.variation
        assert found.variation
        assert exact.rating
        assert found.rating
        assert found.loss == exact.loss
        assert found.variation.jitter_ms == pytest.approx(exact.variation.jitter_ms, abs=0.05)
        assert found.variation.ipdv_ms == pytest.approx(exact.variation.ipdv_ms, abs=0.05)
        assert found.variation.pdv_p95_ms == pytest.approx(exact.variation.pdv_p95_ms, abs=0.4)
        assert found.rating.mos_cqe == pytest.approx(exact.rating.mos_cqe, abs=0.03)
    assert measured.round_trip_p95_ms == pytest.approx(true.round_trip_p95_ms, abs=0.001)


def test_even_jitter_varies_between_neighbours_by_two_thirds_of_it():
    phase = judged(Line(uneven(20, 6), uneven(30, 3, seed=9), seconds=60).stream())
    assert phase.up.variation
    assert phase.down.variation
    assert phase.up.variation.ipdv_ms == pytest.approx(4, rel=0.05)
    assert phase.down.variation.ipdv_ms == pytest.approx(2, rel=0.05)


def test_packets_that_overtake_each_other_are_counted_where_they_do():
    late = {number * 10: 25.0 for number in range(1, 49)}
    phase = judged(Line(lambda packet: 20 + late.get(packet, 0)).stream())
    assert phase.up.variation
    assert phase.down.variation
    assert phase.up.variation.reordered_ratio == 48 / 500
    assert phase.down.variation.reordered_ratio == 0
    phase = judged(Line(down_ms=lambda packet: 20 + late.get(packet, 0)).stream())
    assert phase.up.variation
    assert phase.down.variation
    assert phase.up.variation.reordered_ratio == 0
    assert phase.down.variation.reordered_ratio == 48 / 500


def test_copies_are_counted_where_they_were_made_and_are_no_losses():
    line = Line(copies_up={3, 77, 400}, copies_down={8, 9})
    phase = judged(line.stream())
    assert phase.up.variation
    assert phase.down.variation
    assert (phase.up.variation.duplicated, phase.down.variation.duplicated) == (3, 2)
    assert lost(line) == (0, 0)


def test_the_worst_window_is_where_the_burst_was():
    phase = judged(Line(losing(20.0, {212, 213, 214, 401}), seconds=20).stream())
    assert phase.up.loss
    assert phase.up.loss.worst_200_ms_ratio == pytest.approx(0.3)
    assert phase.up.loss.worst_200_ms_at_s == pytest.approx(205 * 0.02)
    assert phase.up.loss.worst_15_s_ratio == pytest.approx(4 / 750)


def test_late_packets_count_as_lost_for_the_call_but_not_for_the_line():
    phase = judged(Line(lambda packet: 20.0 if packet % 10 else 400.0).stream())
    assert phase.up.loss
    assert phase.up.rating
    assert phase.down.rating
    assert phase.up.loss.lost == 0
    assert phase.up.rating.late == pytest.approx(50, abs=1)
    assert phase.up.rating.r_factor == pytest.approx(93.2 - 27.07, abs=0.5)  # G.711 with 10 % loss
    assert phase.down.rating.mos_cqe > 4.4


@pytest.mark.parametrize("codec", CODECS)
def test_the_codec_bounds_the_call(codec):
    phase = judged(Line(codec=CODECS[codec]).stream())
    assert phase.up.rating
    assert phase.up.rating.r_factor == pytest.approx(93.2062 - CODECS[codec].impairment, abs=0.01)


def test_a_queue_that_fills_slowly_costs_delay_but_no_packets():
    phase = judged(Line(lambda packet: 20 + packet * 0.5).stream())  # 25 ms in a second
    assert phase.up.rating
    assert phase.up.rating.late == 0
    assert phase.up.rating.mouth_to_ear_ms == pytest.approx(25 + 20 + 112.5 + 40)


def test_a_reflector_that_does_not_count_leaves_the_direction_of_a_loss_open():
    phase = judged(Line(losing(20.0, {7}), stateless=True).stream())
    for way in (phase.up, phase.down):
        assert way.variation
        assert way.loss is None
        assert way.rating is None
        assert "cannot be told apart" in way.unknown
    assert phase.round_trip_loss_ratio == pytest.approx(1 / 500)
    assert lost(Line(stateless=True)) == (0, 0)


def test_a_far_end_that_stops_half_way_leaves_a_partial_result_not_a_loss():
    stream = Line(lambda packet: 20.0 if packet < 250 else None).stream(error="connection refused")
    assert quality.partial(stream) == "the far end stopped answering after 5.0 s (connection refused)"
    assert quality.partial(Line(losing(20.0, {250, 499})).stream()) == ""
    phase = judged(stream)
    assert phase.up.loss
    assert (phase.up.packets, phase.up.loss.lost, phase.seconds) == (250, 0, 5)


def test_too_few_packets_are_no_result():
    for line in (Line(lambda packet: None), Line(losing(20.0, set(range(10, 1000))))):
        phase = judged(line.stream())
        assert (phase.up.loss, phase.up.rating) == (None, None)
        assert "too few" in phase.up.unknown


def test_a_phase_is_judged_by_its_own_packets_but_by_the_delay_of_the_whole():
    stream = Line(lambda packet: 20.0 if packet < 250 else 120.0).stream()
    ways = take_apart(stream)
    idle = quality.phase("idle", stream, ways, 0, 250)
    loaded = quality.phase("upload", stream, ways, 250, 500)
    assert idle.up.variation
    assert loaded.up.variation
    assert loaded.up.rating
    assert (idle.up.variation.pdv_p95_ms, loaded.up.variation.pdv_p50_ms) == (0, 100)
    assert (loaded.begin_s, loaded.seconds, loaded.round_trip_min_ms) == (5, 5, 150)
    assert loaded.up.rating.mouth_to_ear_ms == pytest.approx(25 + 100 + 20 + 20)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"late_ms": (0.1,) * 490 + (40.0,) * 20}, "too busy: packets left up to 40 ms late"),
        ({"lag_ms": (0.1,) * 490 + (40.0,) * 20}, "answers were read up to 40 ms late"),
        ({"skipped": 30}, "30 of 540 packets were never sent"),
        ({"slept_s": 3.0}, "slept or its clock was set"),
    ],
)
def test_a_computer_that_could_not_measure_says_so(changed, reason):
    assert quality.trouble(Line().stream()) == ""
    assert reason in quality.trouble(Line().stream(**changed))


def test_a_far_clock_that_is_set_is_said():
    stream = Line().stream()
    moved = [
        echo if echo.number < 240 else type(echo)(
            echo.number, echo.turned, echo.reached_ns + 10**9, echo.left_ns + 10**9, echo.arrived_ns, echo.counters
        )
        for echo in stream.echoes
    ]  # fmt: skip
    assert "jumped by 1000 ms" in quality.trouble(Line().stream(echoes=tuple(moved)))


def test_a_far_end_that_held_answers_back_is_said():
    echoes = Line().stream().echoes
    last = echoes[-1]
    held = type(last)(last.number, last.turned, last.reached_ns, last.left_ns, last.arrived_ns, Counters(510, 300))
    assert "300 of 510" in quality.trouble(Line().stream(echoes=(*echoes[:-1], held)))
