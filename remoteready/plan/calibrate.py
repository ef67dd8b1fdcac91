"""Megabytes per recorded minute, of sound and of each monitor, from recordings that a centre already has."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import inf, sqrt
from pathlib import Path
from typing import Any

from remoteready import __version__
from remoteready.exits import UnusableInput
from remoteready.files import named, shown
from remoteready.plan import cells, curves
from remoteready.plan.cells import Numbers, Unreadable
from remoteready.plan.columns import Column
from remoteready.plan.estimates import student_t
from remoteready.plan.media import SUFFIXES, Recording, measure
from remoteready.plan.sheet import Sheet, Watch, unwatched

SCHEMA_VERSION = "1"
MB = 1_000_000
LEVELS = (5, 50, 95, 99)
FEWEST_FOR_OUTLIERS = 8
FAR_OUT = 3.0
"""Tukey's fences: so many interquartile ranges beyond the quartiles (Exploratory Data Analysis, 1977)."""
ALIKE = 0.02
"""Recordings at a constant rate differ by headers: no outliers within 2 % of the median, however alike the rest is."""
SIZE_UNITS = {"b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
KINDS = {"audio": "audio", "voice": "audio", "sound": "audio", "screen": "screen", "video": "screen"}
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Outlier:
    """A recording far from the others."""

    name: str
    mb_per_minute: float


@dataclass(frozen=True, slots=True)
class Rate:
    """MB per minute (of screens: per minute and monitor) over all recordings, and how far they differ.

    `mb_per_minute` is all megabytes ÷ all minutes, so that it gives the right volume; the interval of 95 % confidence
    is None for a single recording. Quantiles are those of single recordings.
    """

    field: str
    recordings: int
    minutes: float
    mb_per_minute: float
    low: float | None
    high: float | None
    quantiles: dict[int, float]
    outliers: tuple[Outlier, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What recordings show. Each of the rates is None where no recording has it."""

    place: str
    audio: Rate | None
    screen: Rate | None
    unreadable: tuple[tuple[str, str], ...]
    passed_over: int

    @property
    def rates(self) -> list[Rate]:
        """Those that there are."""
        return [rate for rate in (self.audio, self.screen) if rate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the user says of the recordings: monitors shown in a file, and of a CSV what it does not say itself."""

    monitors: int | None = None
    kind: str | None = None
    size_unit: str | None = None
    columns: Mapping[str, str] | None = None
    decimal_mark: str | None = None


def calibrate(place: Path, choices: Choices, watch: Watch = unwatched) -> Calibration:
    """The rates of a folder of recordings, or of a CSV of sizes and durations.

    UnusableInput where nothing can be read. `watch` is told how many files (of a CSV: bytes and lines) are done.
    """
    if place.is_dir():
        return _of_folder(place, choices, watch)
    return _of_table(place, choices, watch)


def amount(place: Path) -> int:
    """What there is to do, for a progress bar: the recordings of a folder, the bytes of a CSV."""
    try:
        return len(recordings_in(place)[0]) if place.is_dir() else place.stat().st_size
    except OSError:  # it is said where it is read
        return 0


def recordings_in(folder: Path) -> tuple[list[Path], int]:
    """All recordings below a folder, in a fixed order, and how many other files there are."""
    found, others = [], 0
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                found.append(Path(parent) / name)
            else:
                others += 1
    return found, others


def _of_folder(folder: Path, choices: Choices, watch: Watch) -> Calibration:
    paths, others = recordings_in(folder)
    if not paths:
        raise UnusableInput(f"{folder}: has no recordings (.wav, .mp4, .mkv …); name their folder, or a CSV of sizes")
    good, bad = [], []
    for done, (path, result) in enumerate(zip(paths, measure(paths), strict=True), 1):
        watch(done, done)
        name = str(path.relative_to(folder))
        if isinstance(result, Recording):
            good.append(replace(result, name=name))
        else:
            bad.append((name, str(result)))
    if not good:
        raise UnusableInput(
            f"{folder}: none of {len(bad)} recordings can be read; the first, {named(bad[0][0])}, {bad[0][1]}"
        )
    return _calibration(folder, good, bad, others, choices.monitors)


def _calibration(
    place: Path, good: Sequence[Recording], bad: Sequence[tuple[str, str]], others: int, monitors: int | None
) -> Calibration:
    sound = [(one.name, one.audio_bytes / MB, one.seconds / 60) for one in good if one.audio_bytes]
    pictures = [
        (one.name, one.screen_bytes / MB, one.seconds / 60 * (monitors or one.screens)) for one in good if one.screens
    ]
    return Calibration(
        str(place), rate("audio_mb_per_minute", sound), rate("screen_mb_per_minute", pictures), tuple(bad), others
    )


def rate(field: str, sizes: Sequence[tuple[str, float, float]]) -> Rate | None:
    """The rate of recordings, each with its name, MB and minutes; None without any.

    A ratio of sums; its variance by linearisation (Cochran, Sampling Techniques, 1977, 2.11).
    """
    minutes = sum(length for _, _, length in sizes)
    if not minutes:
        return None
    ratio = sum(mb for _, mb, _ in sizes) / minutes
    half, count = inf, len(sizes)
    if count > 1:
        spread = sum((mb - ratio * length) ** 2 for _, mb, length in sizes)
        half = student_t(count - 1) * sqrt(spread * count / (count - 1)) / minutes
    singles = sorted((mb / length, 1.0) for _, mb, length in sizes)
    return Rate(
        field=field,
        recordings=count,
        minutes=minutes,
        mb_per_minute=ratio,
        low=None if half == inf else max(ratio - half, 0.0),
        high=None if half == inf else ratio + half,
        quantiles={level: curves.quantile(singles, level / 100) for level in LEVELS},
        outliers=tuple(outliers([(name, mb / length) for name, mb, length in sizes])),
    )


def outliers(rates: Sequence[tuple[str, float]]) -> Iterator[Outlier]:
    """Recordings far out by Tukey's fences, the farthest first; none among fewer than eight."""
    if len(rates) < FEWEST_FOR_OUTLIERS:
        return
    ranked = [(value, 1.0) for _, value in rates]
    first, middle, third = (curves.quantile(ranked, level) for level in (0.25, 0.5, 0.75))
    reach = max(FAR_OUT * (third - first), ALIKE * middle)
    for name, value in sorted(rates, key=lambda one: -abs(one[1] - middle)):
        if not first - reach <= value <= third + reach:
            yield Outlier(name, value)


# --- a CSV of sizes and durations -------------------------------------------------------------------------------------


def _is_header(found: Mapping[str, Column], headers: Sequence[str]) -> bool:
    return {"size", "duration"} <= found.keys()


class _Table:
    """Reads the rows of a CSV as recordings."""

    def __init__(self, path: Path, choices: Choices) -> None:
        self.sheet = Sheet(path, _is_header, choices.columns or {}, "--column size=HEADER --column duration=HEADER")
        self.columns = self.sheet.columns
        self.choices = choices
        self.numbers = Numbers(choices.decimal_mark)
        size = self.columns["size"]
        unit = size.unit or ("b" if "bytes" in size.header.lower() else choices.size_unit)
        if unit not in SIZE_UNITS:
            self.sheet.refuse("has no unit; name it: --size-unit b, kb, mb or gb", size, self.sheet.header_line)
        self.unit_bytes = SIZE_UNITS[unit]
        if not choices.kind and "kind" not in self.columns:
            raise UnusableInput(f"{path}: does not say what was recorded; say --kind audio or --kind screen")
        for row in self.sheet.rows():
            for role in ("size", "duration"):
                self.numbers.learn(self._text(row, role))
            if self.numbers.mark:
                break
        if self.numbers.mark is None and self.sheet.delimiter == ",":
            self.numbers.mark = "."

    def _text(self, row: list[str], role: str) -> str:
        column = self.columns.get(role)
        if column is None:
            return ""
        if column.place >= len(row):
            self.sheet.refuse_short(row)
        return row[column.place].strip()

    def _read(self, row: list[str], role: str, read: Any) -> Any:
        try:
            return read(self._text(row, role))
        except Unreadable as error:
            self.sheet.refuse(str(error), self.columns[role])

    def recording(self, row: list[str]) -> Recording:
        """One row. UnusableInput names line and column."""
        name = self._text(row, "name") or f"line {self.sheet.line}"
        size = self._read(row, "size", lambda text: cells.not_negative(self.numbers.read(text)) * self.unit_bytes)
        seconds = self._read(row, "duration", self._seconds)
        kind = self.choices.kind or self._read(row, "kind", _kind)
        if kind == "audio":
            return Recording(name, seconds, size, 0.0, 0)
        monitors = self._read(row, "monitors", self._monitors) if "monitors" in self.columns else 1
        return Recording(name, seconds, 0.0, size, monitors)

    def _seconds(self, text: str) -> float:
        value = cells.seconds(text, self.numbers, self.columns["duration"].unit or "s")
        if value > DAY_S:
            raise Unreadable(f"{shown(text)} is more than a day; name the unit in the header, such as duration (ms)")
        return value

    def _monitors(self, text: str) -> int:
        value = self.numbers.read(text)
        if value != int(value) or not 1 <= value <= 16:
            raise Unreadable(f"{shown(text)} is not a number of monitors; write 1 to 16")
        return int(value)


def _kind(text: str) -> str:
    if text.casefold() not in KINDS:
        raise Unreadable(f"{shown(text)} is neither audio nor screen; write one of them, or say --kind")
    return KINDS[text.casefold()]


def _of_table(path: Path, choices: Choices, watch: Watch) -> Calibration:
    table = _Table(path, choices)
    good, bad = [], []
    for row in table.sheet.rows(watch):
        one = table.recording(row)
        if one.seconds <= 0:
            bad.append((one.name, "has no length"))
        else:
            good.append(one)
    if not good:
        raise UnusableInput(f"{path}: has no row with a size and a duration; export it again")
    return _calibration(path, good, bad, 0, choices.monitors)


def to_json(found: Calibration) -> str:
    """All of it as JSON text."""
    about = {"schema_version": SCHEMA_VERSION, "tool_version": __version__}
    return json.dumps(about | asdict(found), indent=2, ensure_ascii=False) + "\n"
