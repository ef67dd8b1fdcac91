"""The recording formulas: the published figures come out exactly, and so does everything between them."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.formulas import Number, recording

AUDIO, SCREEN = Fraction("0.48"), Fraction("1.5")  # MB per minute, Calabrio work-from-home guide

amounts = st.fractions(min_value=0, max_value=10_000, max_denominator=1000)
hours = st.fractions(min_value=Fraction(1, 4), max_value=24, max_denominator=60)
counts = st.integers(min_value=0, max_value=1_000_000)
screens = st.integers(min_value=0, max_value=16)


@st.composite
def shifts(draw: st.DrawFn) -> tuple[Fraction, Fraction, Fraction]:
    """Calls a day, minutes per call and shift hours, with at most one shift of talk."""
    calls = draw(st.fractions(min_value=1, max_value=500, max_denominator=10))
    shift_hours = draw(hours)
    share = draw(st.fractions(min_value=0, max_value=1, max_denominator=1000))
    return calls, share * shift_hours * 60 / calls, shift_hours


def volumes(users: Number, calls: Number, minutes: Number, monitors: Number) -> dict[str, Number]:
    recorded = recording.recording_minutes(users, calls, minutes)
    audio = recording.audio_mb(recorded, AUDIO)
    screen = recording.screen_mb(recorded, SCREEN, monitors)
    upload = recording.upload_mb(audio, screen)
    return {
        "recording_minutes": recorded,
        "audio_mb": audio,
        "screen_mb": screen,
        "upload_mb": upload,
        "month_mb": recording.month_mb(upload, 21),
        "storage_mb": recording.storage_mb(upload, 90),
        "average_mbps": recording.average_mbps(upload, 8),
        "everyone_mbps": recording.everyone_mbps(recording.agent_mbps(AUDIO, SCREEN, monitors), users),
    }


def test_two_hundred_agents_of_the_guide_make_its_published_volumes_to_the_byte():
    day = volumes(users=200, calls=40, minutes=6, monitors=2)
    assert day["recording_minutes"] == 48_000
    assert day["audio_mb"] == 23_040
    assert day["screen_mb"] == 144_000
    assert day["upload_mb"] == 167_040
    assert day["month_mb"] == 3_507_840
    assert day["average_mbps"] == Fraction("46.4")


def test_the_example_of_the_cisco_quality_management_design_guide_comes_out_exactly():
    assert recording.recording_minutes(60, 40, Fraction(330, 60)) == 13_200


def test_audio_of_the_guide_is_exactly_a_64_kbps_stream_and_a_screen_200_kbps():
    assert recording.agent_mbps(AUDIO, SCREEN, 0) * 1000 == 64
    assert recording.agent_mbps(0, SCREEN, 1) * 1000 == 200


@given(counts, amounts, amounts, screens)
def test_a_day_is_the_sum_of_audio_and_screens_without_any_rounding(users, calls, minutes, monitors):
    day = volumes(users, calls, minutes, monitors)
    assert day["upload_mb"] == users * calls * minutes * (AUDIO + SCREEN * monitors)


@given(counts, counts, amounts, amounts, screens)
def test_two_groups_together_send_exactly_what_each_sends_alone(some, others, calls, minutes, monitors):
    together = volumes(some + others, calls, minutes, monitors)
    apart = [volumes(some, calls, minutes, monitors), volumes(others, calls, minutes, monitors)]
    assert together == {name: apart[0][name] + apart[1][name] for name in together}


@pytest.mark.parametrize("more", ["users", "calls", "minutes", "monitors"])
@given(users=counts, calls=amounts, minutes=amounts, monitors=screens)
def test_one_more_of_anything_never_lowers_a_quantity(more, users, calls, minutes, monitors):
    before = {"users": users, "calls": calls, "minutes": minutes, "monitors": monitors}
    less, rest = volumes(**before), volumes(**{**before, more: before[more] + 1})
    assert all(rest[name] >= less[name] for name in less)


@given(amounts, hours)
def test_the_average_rate_held_for_the_whole_shift_moves_exactly_the_volume_of_the_day(upload_mb, shift_hours):
    assert recording.average_mbps(upload_mb, shift_hours) * (shift_hours * 3600) / 8 == upload_mb


@given(amounts, amounts, screens, amounts)
def test_one_agents_rate_during_a_call_moves_exactly_the_volume_of_the_call(audio, screen, monitors, minutes):
    volume = recording.upload_mb(recording.audio_mb(minutes, audio), recording.screen_mb(minutes, screen, monitors))
    assert recording.agent_mbps(audio, screen, monitors) * (minutes * 60) / 8 == volume


@given(counts, shifts(), screens)
def test_the_average_is_everyone_at_once_times_the_share_of_the_shift_that_is_recorded(users, shift, monitors):
    calls, minutes, shift_hours = shift
    day = volumes(users, calls, minutes, monitors)
    share = recording.share_recorded(calls, minutes, shift_hours)
    average = recording.average_mbps(day["upload_mb"], shift_hours)
    assert share <= 1
    assert average == share * day["everyone_mbps"] <= day["everyone_mbps"]


@given(st.fractions(min_value=0, max_value=10**7), st.fractions(min_value=0, max_value=1))
def test_the_usable_part_of_a_link_is_never_more_than_the_link(capacity_mbps, usable_share):
    assert recording.usable_mbps(capacity_mbps, usable_share) <= capacity_mbps


@given(st.data())
def test_exact_numbers_in_give_exact_numbers_out(data):
    functions: list[tuple[Callable[..., Number], int]] = [
        (recording.recording_minutes, 3),
        (recording.audio_mb, 2),
        (recording.screen_mb, 3),
        (recording.upload_mb, 2),
        (recording.month_mb, 2),
        (recording.storage_mb, 2),
        (recording.average_mbps, 2),
        (recording.agent_mbps, 3),
        (recording.everyone_mbps, 2),
        (recording.share_recorded, 3),
        (recording.usable_mbps, 2),
    ]
    positive = st.one_of(st.integers(min_value=1, max_value=10**7), amounts.filter(bool))
    for function, arguments in functions:
        result = function(*[data.draw(positive) for _ in range(arguments)])
        assert isinstance(result, int | Fraction), function.__name__
