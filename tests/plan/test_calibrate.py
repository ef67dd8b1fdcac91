"""Megabytes a minute from real recordings: made here by the standard library and FFmpeg's own encoders, and damaged."""

import json
import os
import struct
import wave
from pathlib import Path
from random import Random
from typing import Any

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.exits import UnusableInput
from remoteready.plan import calibrate as calibration
from remoteready.plan.calibrate import Calibration, Choices, calibrate
from remoteready.plan.estimates import student_t
from remoteready.plan.media import BadRecording, Recording, measure
from remoteready.report import calibration as report


def sound(path: Path, seconds: float, bytes_per_s: int = 8000) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(bytes_per_s)
        out.writeframes(bytes(round(seconds * bytes_per_s)))
    return path


def riff(path: Path, format_: int, bytes_per_s: int, held: int, promised: int | None = None) -> Path:
    """A WAV of any format, whose data chunk holds less than it promises if so wanted, behind a chunk of odd length."""
    fmt = struct.pack("<HHIIHH", format_, 1, 8000, bytes_per_s, 1, 8)
    data = struct.pack("<4sI", b"data", held if promised is None else promised) + bytes(held)
    body = b"WAVE" + struct.pack("<4sI", b"fmt ", 16) + fmt + struct.pack("<4sI", b"LIST", 3) + b"abc\0" + data
    path.write_bytes(struct.pack("<4sI", b"RIFF", len(body)) + body)
    return path


def movie(path: Path, seconds: int, *, screens: int = 1, with_sound: bool = True, **options: str) -> Path:
    """A recording of noisy screens, five pictures a second, with silence for sound."""
    with av.open(str(path), "w", options=options) as out:
        pictures = [out.add_stream("mpeg4", rate=5) for _ in range(screens)]
        for stream in pictures:
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        voice: Any = out.add_stream("aac", rate=8000) if with_sound else None
        for stream in pictures:
            for number in range(seconds * 5):
                frame = av.VideoFrame(64, 48, "yuv420p")
                for plane in frame.planes:
                    plane.update(Random(number).randbytes(plane.buffer_size))  # noqa: S311 – pictures, not secrets
                frame.pts = number
                out.mux(stream.encode(frame))
            out.mux(stream.encode())
        for begin in range(0, seconds * 8000 if with_sound else 0, 1024):
            samples = av.AudioFrame(format="fltp", layout="mono", samples=1024)
            samples.sample_rate, samples.pts = 8000, begin
            samples.planes[0].update(bytes(samples.planes[0].buffer_size))
            out.mux(voice.encode(samples))
        if voice:
            out.mux(voice.encode())
    return path


def measured(*paths: Path) -> list[Recording | BadRecording]:
    return list(measure(paths))


def reasons(*paths: Path) -> list[str]:
    return [str(one) for one in measured(*paths) if isinstance(one, BadRecording)]


def cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    shorter = path.with_stem(f"{path.stem}-cut")
    shorter.write_bytes(data[: int(len(data) * share)])
    return shorter


# --- single files -----------------------------------------------------------------------------------------------------


def test_sound_is_as_long_as_its_header_says_in_every_constant_format(tmp_path):
    """PCM, A-law, µ-law and GSM 6.10, the formats of telephone recorders (RFC 2361)."""
    files = [
        sound(tmp_path / "pcm.wav", 30),
        riff(tmp_path / "alaw.wav", 0x06, 8000, 240_000),
        riff(tmp_path / "ulaw.wav", 0x07, 8000, 240_000),
        riff(tmp_path / "gsm.wav", 0x31, 1625, 48_750),
    ]
    for path, one in zip(files, measured(*files), strict=True):
        assert one == Recording(path.name, 30.0, float(path.stat().st_size), 0.0, 0)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov"])
def test_sound_and_screens_of_a_recording_add_up_to_its_file(name, tmp_path):
    path = movie(tmp_path / name, 6)
    [one] = measured(path)
    assert isinstance(one, Recording)
    assert one.seconds == pytest.approx(6, abs=0.3)
    assert one.audio_bytes + one.screen_bytes == path.stat().st_size
    assert 0 < one.audio_bytes < one.screen_bytes
    assert one.screens == 1


def test_two_screens_in_one_file_are_two_and_no_sound_is_none(tmp_path):
    [one] = measured(movie(tmp_path / "two.mkv", 4, screens=2, with_sound=False))
    assert isinstance(one, Recording)
    assert (one.screens, one.audio_bytes) == (2, 0)


def test_a_recording_without_a_length_in_its_header_is_as_long_as_its_packets(tmp_path):
    """As browsers write them: a live stream, whose header was written before its end was known."""
    path = movie(tmp_path / "live.mkv", 5, with_sound=False, live="1")
    with av.open(str(path)) as container:
        assert container.duration is None
    [one] = measured(path)
    assert isinstance(one, Recording)
    assert one.seconds == pytest.approx(5, abs=0.3)


def test_what_is_cut_short_is_told_apart_from_what_is_whole(tmp_path):
    whole = [
        sound(tmp_path / "a.wav", 60),
        movie(tmp_path / "b.mkv", 8),
        movie(tmp_path / "c.mp4", 8, movflags="+faststart"),
        movie(tmp_path / "d.mp4", 8),
    ]
    *promised, gone = reasons(*[cut(path, 0.5) for path in whole])
    assert [reason.partition(":")[0] for reason in promised] == ["is cut short"] * 3
    assert "promises 60 s and holds 30 s" in promised[0]
    assert "not a recording that can be read" in gone
    assert reasons(*whole) == []


BAD = {
    "empty.wav": (b"", "is empty"),
    "empty.mp4": (b"", "is empty"),
    "text.mp4": (b"this is not a movie\n" * 50, "not a recording that can be read"),
    "text.wav": (b"this is not a sound\n" * 50, "not a recording that can be read"),
    "head.wav": (b"RIFF\x00\x00\x00\x00WAVE", "cut short before its sound begins"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_recording_is_named_with_the_reason(name, tmp_path):
    data, words = BAD[name]
    (tmp_path / name).write_bytes(data)
    [reason] = reasons(tmp_path / name)
    assert words in reason


def test_lengths_that_are_nothing_or_unknown_are_not_divided_by(tmp_path):
    files = [
        sound(tmp_path / "none.wav", 0),
        riff(tmp_path / "open.wav", 1, 8000, 8000, promised=0xFFFFFFFF),
        riff(tmp_path / "zero.wav", 1, 8000, 8000, promised=0),
        riff(tmp_path / "rate.wav", 1, 0, 8000),
    ]
    assert ["length" in reason or "bytes a second" in reason for reason in reasons(*files)] == [True] * 4


def test_a_file_that_ends_the_media_library_does_not_stop_those_after_it(tmp_path):
    files = [movie(tmp_path / f"{place}.mkv", 2, with_sound=False) for place in range(2)]
    seen = list(measure([*files, sound(tmp_path / "a.wav", 3)], container=ends_its_process))
    assert [str(one) for one in seen[:2]] == ["is damaged: it ended the media library"] * 2
    assert isinstance(seen[2], Recording)


def ends_its_process(path: Path) -> Recording:
    os._exit(11)


@given(st.binary(max_size=200))
def test_any_bytes_in_a_wav_are_measured_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("bytes") / "any.wav"
    path.write_bytes(b"RIFF\x00\x00\x00\x00WAVEfmt " + data)
    [one] = measured(path)
    assert isinstance(one, BadRecording) or one.seconds > 0


# --- folders ----------------------------------------------------------------------------------------------------------


def test_a_folder_gives_values_to_paste_and_names_what_it_could_not_read(tmp_path):
    (tmp_path / "monday").mkdir()
    for place in range(3):
        sound(tmp_path / "monday" / f"{place}.wav", 60 + place)
    movie(tmp_path / "screen.mp4", 6, with_sound=False)
    (tmp_path / "bad\x1b[31m.mp4").write_text("no movie")
    (tmp_path / "notes.txt").write_text("no recording")
    found = calibrate(tmp_path, Choices(monitors=2))
    assert found.audio is not None
    assert found.screen is not None
    assert found.audio.mb_per_minute == pytest.approx(0.48, rel=1e-3)  # 64 kbit/s
    assert found.screen.mb_per_minute == pytest.approx(
        (tmp_path / "screen.mp4").stat().st_size / 1e6 / 0.1 / 2, rel=0.1
    )
    assert (len(found.unreadable), found.passed_over) == (1, 1)
    shown = report.calibration(found)
    assert "audio_mb_per_minute: 0.48" in shown
    assert "one recording tells nothing" in shown
    assert "\x1b[31m" not in shown
    assert json.loads(calibration.to_json(found))["audio"]["recordings"] == 3


@pytest.mark.parametrize("name", ["empty", "unreadable"])
def test_a_folder_without_a_readable_recording_is_refused_with_the_reason(name, tmp_path):
    if name == "unreadable":
        (tmp_path / "a.wav").write_bytes(b"")
    with pytest.raises(UnusableInput, match="is empty" if name == "unreadable" else "has no recordings"):
        calibrate(tmp_path, Choices())


# --- the estimate -----------------------------------------------------------------------------------------------------


def test_the_rate_is_that_of_all_minutes_with_its_interval():
    """A ratio of sums, and its standard error by linearisation, by hand: residuals 0.5, −0.5, 0 over 6 minutes."""
    found = calibration.rate("audio_mb_per_minute", [("a", 1.0, 1.0), ("b", 0.5, 2.0), ("c", 1.5, 3.0)])
    assert found is not None
    assert (found.mb_per_minute, found.minutes) == (0.5, 6.0)
    half = student_t(2) * ((0.5**2 + 0.5**2) * 3 / 2) ** 0.5 / 6
    assert found.high == pytest.approx(0.5 + half)
    assert found.low == pytest.approx(max(0.5 - half, 0.0))


@given(st.lists(st.tuples(st.floats(0.1, 100), st.floats(0.1, 60)), min_size=1, max_size=30))
def test_the_rate_times_the_minutes_is_what_was_recorded(sizes):
    found = calibration.rate("any", [(str(place), mb, minutes) for place, (mb, minutes) in enumerate(sizes)])
    assert found is not None
    assert found.mb_per_minute * found.minutes == pytest.approx(sum(mb for mb, _ in sizes))
    singles = [mb / minutes for mb, minutes in sizes]
    assert min(singles) * (1 - 1e-9) <= found.mb_per_minute <= max(singles) * (1 + 1e-9)


def test_an_outlier_is_named_and_small_differences_are_none():
    alike = [(f"{place}", 0.48 + 0.001 * (place % 2)) for place in range(20)]
    assert list(calibration.outliers(alike)) == []
    assert [one.name for one in calibration.outliers([*alike, ("loud", 5.0), ("still", 0.01)])] == ["loud", "still"]
    assert list(calibration.outliers([*alike[:6], ("loud", 5.0)])) == []


@given(st.floats(1e-6, 999))
def test_a_value_to_paste_is_a_plain_number_of_four_digits(value):
    text = report.exact(value)
    assert "e" not in text
    assert float(text) == pytest.approx(value, rel=1e-3, abs=1e-6)


# --- CSV --------------------------------------------------------------------------------------------------------------


def table(folder: Path, text: str, **choices: Any) -> Calibration:
    path = folder / "sizes.csv"
    path.write_text(text)
    return calibrate(path, Choices(**choices))


def test_a_csv_of_sizes_and_durations_is_read_in_its_units(tmp_path):
    rows = "a,1.2,00:02:00,screen,2\nb,0.48,60,audio,\nc,3,0,audio,\n"
    found = table(tmp_path, f"name,size (MB),duration,kind,monitors\n{rows}")
    assert found.audio is not None
    assert found.screen is not None
    assert (found.audio.mb_per_minute, found.screen.mb_per_minute) == (0.48, 0.3)
    assert found.unreadable == (("c", "has no length"),)
    german = table(tmp_path, "Datei;Größe (MB);Dauer (min)\na;0,96;2\n", kind="audio")
    assert german.audio is not None
    assert german.audio.mb_per_minute == pytest.approx(0.48)
    counted = table(tmp_path, "bytes,seconds\n480000,60\n", kind="screen", monitors=2)
    assert counted.screen is not None
    assert counted.screen.mb_per_minute == pytest.approx(0.24)


BAD_TABLES = {
    "no unit": ("size,duration\n5,60\n", "line 1, column size: has no unit", {"kind": "audio"}),
    "no kind": ("bytes,duration\n5,60\n", "--kind audio or --kind screen", {}),
    "no such kind": ("bytes,duration,kind\n5,60,fax\n", "line 2, column kind: 'fax' is neither", {}),
    "negative": ("bytes,duration\n-5,60\n", "line 2, column bytes: -5 is negative", {"kind": "audio"}),
    "a formula": ("bytes,duration\n=A1,60\n", "is a formula", {"kind": "audio"}),
    "too long": ("bytes,duration\n5,90000\n", "is more than a day", {"kind": "audio"}),
    "half a monitor": ("bytes,duration,monitors\n5,60,1.5\n", "not a number of monitors", {"kind": "screen"}),
    "short row": ("name,bytes,duration\na,5\n", "line 2: has 2 cells", {"kind": "audio"}),
    "no columns": ("a,b\n1,2\n", "--column size=HEADER", {"kind": "audio"}),
    "nothing": ("bytes,duration\n5,0\n", "no row with a size and a duration", {"kind": "audio"}),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_bad_csv_is_named_with_line_column_and_remedy(case, tmp_path):
    text, words, choices = BAD_TABLES[case]
    with pytest.raises(UnusableInput) as refused:
        table(tmp_path, text, **choices)
    assert words in str(refused.value)
