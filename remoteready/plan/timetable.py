"""When agents work and when calls come: shifts, the calls of every interval of a day, and who is there at a time.

Times of day are minutes since midnight, and a day goes round: a shift may end after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import gcd
from pathlib import Path
from typing import Any

from remoteready.exits import Misfit, UnusableInput
from remoteready.workload import check_limits, quantity

DAY = 1440
FINEST = 5
"""Minutes: intervals and shifts begin on such a grid."""
STEP = 30
"""Minutes of an interval where only shifts are known."""
ROUNDING = Decimal("0.001")
"""Minutes: twenty past is 0.333333 hours."""
PLACES = 12
"""Digits behind the point of what is divided: far below anything that is shown."""

Stretch = tuple[int, int]
"""A part of a day: the minute at which it begins, and how many minutes it lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A part of a group's agents who begin at the same time."""

    start_hour: Decimal = quantity("Hour of the day at which they begin: 8.5 is half past eight", ge=0, le=24)
    share: Decimal = quantity("Share of the agents who begin then, 0–1", gt=0, le=1, default=Decimal(1))

    def __post_init__(self) -> None:
        """Refuse times and shares that there are not."""
        check_limits(self)

    @property
    def minute(self) -> int:
        """Minutes since midnight."""
        return round(self.start_hour * 60) % DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The calls of a whole group that begin in one interval of the day."""

    start_hour: Decimal = quantity("Hour of the day at which it begins: 8.5 is half past eight", ge=0, le=24)
    length_minutes: int = quantity("Length of the interval, minutes", strict=True, ge=FINEST, le=60, default=STEP)
    calls: Decimal = quantity("Calls that begin in it, of the whole group", ge=0, le=100_000_000)
    handle_minutes: Decimal = quantity("Average handle time: the call and the work after it, minutes", ge=0, le=1440)

    def __post_init__(self) -> None:
        """Refuse what no interval has."""
        check_limits(self)

    @property
    def minute(self) -> int:
        """Minutes since midnight."""
        return round(self.start_hour * 60) % DAY


def problem_of(shifts: Sequence[Shift], day: Sequence[Interval]) -> str | None:
    """What is wrong with shifts and intervals together; None where nothing is."""
    if shifts and (total := sum(shift.share for shift in shifts)) != 1:
        return f"shifts: the shares make {total:f}; they must make 1"
    for field, ones in (("shifts", shifts), ("day", day)):
        for one in ones:
            if one.minute % FINEST or abs(one.start_hour * 60 - round(one.start_hour * 60)) > ROUNDING:
                return f"{field}: {one.start_hour:f} hours is no time on a grid of {FINEST} minutes; write 8.5 for 8:30"
    taken: set[int] = set()
    for one in day:
        own = {one.minute + minute for minute in range(0, one.length_minutes, FINEST)}
        if own & taken:
            return f"day: the interval at {clock(one.minute)} overlaps another one; keep one"
        taken |= own
    return None


def clock(minute: int) -> str:
    """A time of day: 08:30."""
    return f"{minute % DAY // 60:02}:{minute % 60:02}"


def grid(times: Sequence[int]) -> int:
    """The largest step, up to an hour, on which all of these minutes lie."""
    return gcd(60, *times)


def covering(shifts: Sequence[Shift], part: Stretch, span: Stretch) -> Decimal:
    """The share of the agents for whom an interval touches a part of their day, counted from the start of the shift."""
    return sum(
        (shift.share for shift in shifts if overlap(((shift.minute + part[0]) % DAY, part[1]), span)), Decimal(0)
    )


def overlap(one: Stretch, other: Stretch) -> int:
    """Minutes that two stretches of a day share; a stretch may go past midnight."""
    if one[1] >= DAY or other[1] >= DAY:
        return min(one[1], other[1], DAY)
    ahead, behind = (other[0] - one[0]) % DAY, (one[0] - other[0]) % DAY
    return max(0, min(one[1] - ahead, other[1])) + (max(0, min(other[1] - behind, one[1])) if ahead else 0)


def exactly(value: Fraction) -> Decimal:
    """A quotient with as many digits as a model takes, never more than it was."""
    return Decimal(int(value * 10**PLACES)).scaleb(-PLACES).normalize()


# --- interval tables of a scenario ------------------------------------------------------------------------------------


def fill(document: Any, folder: Path) -> None:
    """Read the interval tables that a parsed scenario names, and tell each group's workload what they say.

    Misfit leads to the field where a table and the workload say the same thing, or no table can be read.
    """
    groups = document.get("groups") if isinstance(document, dict) else None
    for number, group in enumerate(groups if isinstance(groups, list) else []):
        if isinstance(group, dict) and isinstance(group.get("workload"), dict):
            try:
                _fill(group, folder)
            except Misfit as misfit:
                raise Misfit(misfit.problem, "groups", number, *misfit.at) from misfit


def _fill(group: dict[str, Any], folder: Path) -> None:
    work = group["workload"]
    if isinstance(path := group.get("intervals"), str) and path:
        if "day" in group:
            raise Misfit(f"intervals are in {path} already; keep one of the two", "day")
        after = _number(work.get("after_call_minutes", 0)) or Decimal(0)
        told = _number(work.get("minutes_per_call"))
        try:
            group["day"] = read(folder / path, None if told is None else told + after)
        except UnusableInput as error:
            remedy = "; these options are those of `plan intervals`: here, rename the column or give minutes_per_call"
            raise Misfit(f"{error}{remedy if ' --' in str(error) else ''}", "intervals") from error
    if not isinstance(group.get("day"), list) or not group["day"]:
        return
    if given := next((field for field in ("calls_per_day", "busy_hour_share") if field in work), None):
        raise Misfit("the intervals tell it; leave it out", "workload", given)
    after, told = _number(work.get("after_call_minutes", 0)) or Decimal(0), _number(work.get("minutes_per_call"))
    if told is not None:
        length = {"handle_minutes": told + after}
        group["day"] = [row | length if isinstance(row, dict) else row for row in group["day"]]
    users, rows = _number(group.get("users")), [_calls_and_minutes(row) for row in group["day"]]
    calls = sum((row[0] for row in rows), Decimal(0))
    work["calls_per_day"] = exactly(Fraction(calls) / Fraction(users)) if users and users > 0 else Decimal(0)
    if "minutes_per_call" not in work:
        minutes = sum((Fraction(count) * Fraction(handle) for count, handle in rows), Fraction(0))
        talk = (minutes / Fraction(calls) if calls else Fraction(0)) - Fraction(after)
        if talk < 0:
            raise Misfit(
                f"more than the {float(talk) + float(after):.2f} minutes that the intervals have for a call and the "
                "work after it; check it",
                *("workload", "after_call_minutes"),
            )
        work["minutes_per_call"] = exactly(talk)


def _number(value: object) -> Decimal | None:
    """A number from a document; None where it is none, which validation will say."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return None
    return number if number.is_finite() and abs(number) < 10**12 and abs(number.adjusted()) < 30 else None


def _calls_and_minutes(row: Any) -> tuple[Decimal, Decimal]:
    if not isinstance(row, dict):
        return Decimal(0), Decimal(0)
    return _number(row.get("calls")) or Decimal(0), _number(row.get("handle_minutes")) or Decimal(0)


def read(path: Path, handle_minutes: Decimal | None = None) -> list[dict[str, Any]]:
    """The mean day of an interval table, as a scenario writes it. UnusableInput names file, line and column.

    `handle_minutes` is that of every call where the table has no column for it.
    """
    from remoteready.plan import intervals
    from remoteready.plan.layout import Choices

    given = Choices(aht_s=None if handle_minutes is None else float(handle_minutes) * 60, beside_shifts=True)
    found = intervals.read(path, given)
    return [
        {
            "start_hour": round(Decimal(slot.minute) / 60, 6),
            "length_minutes": found.step_minutes,
            "calls": _exact(slot.mean_calls),
            "handle_minutes": _exact(slot.mean_erlangs * found.step_minutes / slot.mean_calls),
        }
        for slot in found.day
        if slot.mean_calls > 0
    ]


def _exact(value: float) -> Decimal:
    return Decimal(str(round(value, 6)))
