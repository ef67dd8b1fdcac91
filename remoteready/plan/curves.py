"""Traffic over time: busy hours, the mean day with its band, gaps, call lengths. Pure; slots in, numbers out.

A slot is the beginning of an interval in minutes, counted from the beginning of day 0 of `date.toordinal`. Traffic
volume is in call seconds, load in erlangs: seconds ÷ length of the interval (ITU-T E.600, traffic intensity).
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import sqrt

DAY = 1440
ROUNDING_S = 1e-6
"""A later hour that is equal shall not win by the last bit of a float."""
HIGH = 0.95
"""The band of the mean day ends at the load that 95 % of the days stay below."""


def moment(slot: int) -> datetime:
    """The beginning of a slot as a date and time without a zone: the clock on the wall."""
    return datetime.fromordinal(slot // DAY) + timedelta(minutes=slot % DAY)


@dataclass(frozen=True, slots=True)
class BusyHour:
    """The 60 minutes of highest offered load (ITU-T E.600), found at the steps of the table."""

    start: datetime
    load_erlangs: float
    calls: float


class Curve:
    """The traffic of one series, slot by slot in rising order: constant memory, whatever its length."""

    __slots__ = ("best", "calls", "days", "hour", "hour_calls", "hour_s", "intervals", "last", "midnight", "seconds")

    def __init__(self) -> None:
        self.calls = self.seconds = self.hour_calls = self.hour_s = 0.0
        self.intervals = self.days = self.midnight = 0
        self.last = -DAY
        self.hour: deque[tuple[int, float, float]] = deque()
        self.best = (0.0, 0, 0.0)

    def add(self, slot: int, calls: float, seconds: float) -> None:
        """Take the next slot, with its calls and its traffic volume in seconds; one that repeats begins a new hour."""
        hour = self.hour
        if slot >= self.midnight:
            self.midnight = slot - slot % DAY + DAY
            self.days += 1
        if slot > self.last:
            self.last = slot
        elif hour and slot <= hour[-1][0]:
            hour.clear()
            self.hour_calls = self.hour_s = 0.0
        self.intervals += 1
        self.calls += calls
        self.seconds += seconds
        hour.append((slot, calls, seconds))
        self.hour_calls += calls
        self.hour_s += seconds
        while hour[0][0] <= slot - 60:
            _, old_calls, old_s = hour.popleft()
            self.hour_calls -= old_calls
            self.hour_s -= old_s
        if self.hour_s > self.best[0] + ROUNDING_S:
            self.best = (self.hour_s, hour[0][0], self.hour_calls)

    @property
    def busy_hour(self) -> BusyHour | None:
        """The busiest hour; None where there was no traffic at all."""
        volume, slot, calls = self.best
        return BusyHour(moment(slot), volume / 3600, calls) if volume > 0 else None


def curve(calls: Mapping[int, float], seconds: Mapping[int, float]) -> Curve:
    """The curve of whole tables, by slot and in any order."""
    made = Curve()
    for slot in sorted(calls):
        made.add(slot, calls[slot], seconds[slot])
    return made


@dataclass(frozen=True, slots=True)
class DaySlot:
    """One interval of the mean day: `high` is the load that 95 % of the days stay below, `highest` that of all."""

    minute: int
    mean_calls: float
    mean_erlangs: float
    high_erlangs: float
    highest_erlangs: float


def mean_day(calls: Mapping[int, float], seconds: Mapping[int, float], step: int) -> tuple[DaySlot, ...]:
    """The mean over those days that have the interval; an interval that is missing is unknown, not zero."""
    volumes: dict[int, list[float]] = defaultdict(list)
    counts: dict[int, float] = defaultdict(float)
    for slot, volume in seconds.items():
        volumes[slot % DAY].append(volume / (step * 60))
        counts[slot % DAY] += calls[slot]
    return tuple(
        DaySlot(
            minute,
            counts[minute] / len(loads),
            sum(loads) / len(loads),
            quantile([(load, 1.0) for load in loads], HIGH),
            max(loads),
        )
        for minute, loads in sorted(volumes.items())
    )


@dataclass(frozen=True, slots=True)
class UsualBusyHour:
    """The time-consistent busy hour (ITU-T E.600): the hour that begins at this minute of the mean day."""

    minute: int
    load_erlangs: float
    share: float
    """Of the calls of the mean day: `busy_hour_share` of a scenario."""


def usual_busy_hour(day: Sequence[DaySlot], step: int) -> UsualBusyHour | None:
    """Where the mean day is highest; None where it has no whole hour with traffic."""
    loads = {slot.minute: slot.mean_erlangs for slot in day}
    calls = {slot.minute: slot.mean_calls for slot in day}
    whole = sum(calls.values()) or 1.0
    best = None
    for minute in loads:
        hour = [part % DAY for part in range(minute, minute + 60, step)]
        parts = [loads.get(part) for part in hour]
        load = sum(part or 0.0 for part in parts) * step / 60
        if None not in parts and load > (best.load_erlangs if best else 0.0):
            share = sum(calls[part] for part in hour) / whole
            best = UsualBusyHour(minute, load, share)
    return best


FEWEST_DAYS = 5


def day_cv(seconds: Mapping[int, float]) -> float | None:
    """Coefficient of variation of whole days around the mean of their weekday: the risk that no interval shows.

    None where fewer than five days are left after each weekday took its mean.
    """
    days: dict[int, float] = defaultdict(float)
    for slot, volume in seconds.items():
        days[slot // DAY] += volume
    weekdays: dict[int, list[float]] = defaultdict(list)
    for number, volume in days.items():
        weekdays[number % 7].append(volume)
    busy = [volumes for volumes in weekdays.values() if sum(volumes) > 0]
    free = sum(len(volumes) - 1 for volumes in busy)
    if free < FEWEST_DAYS:
        return None
    means = [sum(volumes) / len(volumes) for volumes in busy]
    spread = sum((v / mean - 1) ** 2 for volumes, mean in zip(busy, means, strict=True) for v in volumes)
    return sqrt(spread / free)


def gaps(slots: Iterable[int], step: int) -> list[tuple[int, int]]:
    """The holes inside days, from slot to slot, without those that most days have: closing times, such as lunch."""
    holes = [
        (before + step, after)
        for before, after in pairwise(sorted(slots))
        if after - before > step and after // DAY == before // DAY
    ]
    usual = Counter((start % DAY, end % DAY) for start, end in holes)
    days = len({slot // DAY for slot in slots})
    return [(start, end) for start, end in holes if usual[start % DAY, end % DAY] * 2 <= days]


@dataclass(frozen=True, slots=True)
class Spread:
    """How long calls take, s: the mean, the coefficient of variation, and levels that so many per cent stay below."""

    mean_s: float
    cv: float
    quantiles_s: dict[int, float]


LEVELS = (50, 75, 90, 95, 99)


def spread(lengths_s: Mapping[float, float]) -> Spread | None:
    """The spread of lengths, each with how often it occurs (any weight); None where there are none."""
    weighed = sorted((length, weight) for length, weight in lengths_s.items() if weight > 0)
    total = sum(weight for _, weight in weighed)
    if not total:
        return None
    mean = sum(length * weight for length, weight in weighed) / total
    variance = sum((length - mean) ** 2 * weight for length, weight in weighed) / total
    levels = {level: quantile(weighed, level / 100) for level in LEVELS}
    return Spread(mean, sqrt(variance) / mean if mean else 0.0, levels)


def quantile(weighed: Iterable[tuple[float, float]], level: float) -> float:
    """The smallest value that at least this share of the weight does not exceed; 0.0 without any weight."""
    ranked = sorted(weighed)
    needed = sum(weight for _, weight in ranked) * level * (1 - 1e-12)  # 95 % of 20 is 19, also in floats
    for value, weight in ranked:
        needed -= weight
        if needed <= 0:
            return value
    return ranked[-1][0] if ranked else 0.0
