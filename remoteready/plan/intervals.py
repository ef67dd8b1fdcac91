"""The traffic that a centre has had: interval tables and call records, from CSV, in one pass and bounded memory.

What stays in memory are the slots of time (a year of quarter hours has 35,040) and a little for each site or queue,
never the rows.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from remoteready import __version__
from remoteready.exits import UnusableInput
from remoteready.files import named
from remoteready.language import tr, trn
from remoteready.plan import columns, curves
from remoteready.plan.cells import DAY_S, Memo, Unreadable, when
from remoteready.plan.columns import Column
from remoteready.plan.curves import DAY, BusyHour, Curve, DaySlot, Spread, UsualBusyHour, moment
from remoteready.plan.layout import Choices, Layout, Row
from remoteready.plan.sheet import Watch, unwatched
from remoteready.plan.tally import Tally, twice

if TYPE_CHECKING:
    from remoteready.plan.staffing import Staff

SCHEMA_VERSION = "1"
LONGEST_AHT_S = 4 * 3600
ANY_CHOICES = Choices()


@dataclass(frozen=True, slots=True)
class Series:
    """The traffic of one site or queue, or of all together."""

    name: str
    days: int
    intervals: int
    calls: float
    aht_s: float | None
    busy_hour: BusyHour | None


@dataclass(frozen=True, slots=True)
class Peak:
    """The interval with the most calls."""

    start: datetime
    calls: float
    load_erlangs: float


@dataclass(frozen=True, slots=True)
class Intervals:
    """All that was learnt of a file. Loads are offered loads; `day` is the mean day, `series` what was told apart."""

    file: str
    kind: str
    step_minutes: int
    columns: dict[str, str]
    first_day: str
    last_day: str
    total: Series
    peak: Peak
    usual_busy_hour: UsualBusyHour | None
    day_cv: float | None
    handle_times: Spread | None
    day: tuple[DaySlot, ...]
    series: tuple[Series, ...]
    notes: tuple[str, ...]


def read(path: Path, choices: Choices = ANY_CHOICES, watch: Watch = unwatched) -> Intervals:
    """What an interval table or a file of call records tells. UnusableInput names file, line, column and remedy."""
    layout = Layout(path, choices)
    tally = Tally(lambda: layout.sheet.line, choices.step_minutes if layout.kind == "calls" else 0)
    add_rows = {"rows": _add_rows, "days": _add_days, "calls": _add_calls}[layout.kind]
    with layout.placing():
        add_rows(layout, layout.sheet.rows(watch), tally)
    if not any(tally.calls.values()):
        raise UnusableInput(f"{path}: no row has a call in it; check the columns")
    for slots in tally.repeated_hours().values():
        if len(slots) * tally.step != 60:
            layout.sheet.refuse(twice(slots[0]), line=tally.again[slots[0]][0])
    return _learnt(layout, tally)


def to_json(found: Intervals, staff: "Sequence[Staff]" = ()) -> str:
    """All of it as JSON text; times are the clock on the wall, without a zone."""
    about = {"schema_version": SCHEMA_VERSION, "tool_version": __version__}
    agents = {"staff": [asdict(one) for one in staff]} if staff else {}
    return json.dumps(about | asdict(found) | agents, indent=2, ensure_ascii=False, default=datetime.isoformat) + "\n"


# --- three kinds of tables -------------------------------------------------------------------------------------------


def _add_rows(layout: Layout, rows: Iterator[Row], tally: Tally) -> None:
    """One row per interval, and per site or queue where they are told apart."""
    begin_of = layout.begin()
    calls_of = layout.cell("offered" if "offered" in layout.columns else "answered", layout.count)
    seconds_of = _volume(layout)
    series = layout.columns.get("series")
    if series:
        layout.used.append("series")
    for row in rows:
        try:
            begin_s, calls = begin_of(row), calls_of(row)
            seconds = seconds_of(row, calls) if calls else 0.0
            name = row[series.place] if series else ""
        except IndexError:
            layout.sheet.refuse_short(row)
        slot = int(begin_s) // 60
        layout.current = None
        if begin_s % 60:
            raise Unreadable("the interval begins on a second; intervals begin on whole minutes")
        if series:
            tally.add_series(name, slot, calls, seconds)
        elif layout.choices.together:
            tally.add(slot, calls, seconds)
        else:
            tally.add_once(slot, calls, seconds)
        if calls:
            aht_s = seconds / calls
            if aht_s > LONGEST_AHT_S:
                raise Unreadable(f"{aht_s / 3600:,.1f} hours for a call; name the unit of times: --unit ms, s or min")
            tally.handle_times[round(aht_s, 1)] += calls


def _volume(layout: Layout) -> Callable[[Row, float], float]:
    """A function that gives the traffic volume of a row in seconds, from the columns that are there."""
    if "aht" in layout.columns:
        aht = layout.seconds("aht", LONGEST_AHT_S)
        return lambda row, calls: calls * aht(row)
    if "handle" in layout.columns:
        handle = layout.seconds("handle", float("inf"))
        if {"offered", "answered"} <= layout.columns.keys():
            # Callers who gave up would have taken as long as those who were answered.
            answered = layout.cell("answered", layout.count)
            return lambda row, calls: handle(row) * calls / (answered(row) or calls)
        return lambda row, calls: handle(row)
    if "talk" in layout.columns:
        parts = [layout.seconds(role, LONGEST_AHT_S) for role in ("talk", "hold", "wrap") if role in layout.columns]
        return lambda row, calls: calls * sum(part(row) for part in parts)
    aht_s = _given_aht_s(layout)
    return lambda row, calls: calls * aht_s


def _given_aht_s(layout: Layout) -> float:
    """The handle time that the user gave. UnusableInput says which column may hold it, or which there are."""
    if layout.choices.aht_s is not None:
        return layout.choices.aht_s
    if unclear := layout.columns.get("duration"):
        name = named(unclear.header)
        raise UnusableInput(
            f"{layout.sheet.path}: column {name} may hold averages or totals; say which: --column 'aht={name}' or "
            f"--column 'handle={name}'"
        )
    rest = ", ".join(named(header.strip()) for header in columns.others(layout.columns, layout.sheet.headers)[:8])
    raise UnusableInput(
        f"{layout.sheet.path}: no column says how long calls take; give the average in seconds, --aht 300, or name "
        f"the column, --column aht=HEADER{f' (there are: {rest})' if rest and layout.kind == 'rows' else ''}"
    )


def _add_days(layout: Layout, rows: Iterator[Row], tally: Tally) -> None:
    """One row per day, with the calls of each interval in a column of its own."""
    day_of, aht_s = layout.begin(), _given_aht_s(layout)
    headers = layout.sheet.headers
    heads = {place: Column(place, headers[place].strip(), "") for place in layout.times}
    counts = Memo(layout.count)
    for row in rows:
        if len(row) <= max(layout.times):
            layout.sheet.refuse_short(row)
        day = int(day_of(row)) // 60
        for place, minute in layout.times.items():
            layout.current = heads[place]
            calls = counts[row[place]]
            tally.add_once(day + minute, calls, calls * aht_s)
            if calls:
                tally.handle_times[aht_s] += calls


def _add_calls(layout: Layout, rows: Iterator[Row], tally: Tally) -> None:
    """One row per call, counted where it begins; its seconds go to the intervals in which they were spoken."""
    begin_of, length_of = layout.begin(), _length(layout)
    step = layout.choices.step_minutes
    step_s = step * 60
    for row in rows:
        try:
            begin_s = int(begin_of(row))
            length_s = length_of(row, begin_s)
        except IndexError:
            layout.sheet.refuse_short(row)
        if length_s <= 0:
            tally.left_out += 1
            continue
        tally.handle_times[float(round(length_s)) or length_s] += 1
        end_s, slot, calls = begin_s + length_s, begin_s // step_s, 1.0
        while slot * step_s < end_s:
            tally.add(slot * step, calls, min(end_s, (slot + 1) * step_s) - max(begin_s, slot * step_s))
            slot, calls = slot + 1, 0.0


def _length(layout: Layout) -> Callable[[Row, int], float]:
    """A function that gives the length of a call in seconds; 0 where none is given, as for calls nobody answered."""
    if "duration" in layout.columns:
        seconds = layout.seconds("duration", DAY_S)
        place = layout.columns["duration"].place
        return lambda row, begin_s: seconds(row) if row[place].strip() else 0.0
    end_of = layout.cell("end", lambda text: _end_s(layout, text))

    def length(row: Row, begin_s: int) -> float:
        end_s = end_of(row)
        if end_s < 0:
            return 0.0
        if end_s <= DAY_S:  # a time of day, perhaps of the next one
            end_s += begin_s - begin_s % DAY_S
            end_s += DAY_S if end_s < begin_s else 0
        if not 0 <= end_s - begin_s <= DAY_S:
            layout.current = layout.columns["end"]
            raise Unreadable("the call ends before it begins, or more than a day later; check both times")
        return end_s - begin_s

    return length


def _end_s(layout: Layout, text: str) -> float:
    """The end of a call: seconds from day 0, a time of day as seconds up to a day, or −1 where there is none."""
    if not text:
        return -1.0
    number, second = when(text, layout.month_first)
    if second is None:
        raise Unreadable(f"{text!r} has no time; write 2026-11-22 08:30")
    return float(second if number is None else number * DAY_S + second)


# --- what it tells ---------------------------------------------------------------------------------------------------


def _learnt(layout: Layout, tally: Tally) -> Intervals:
    step = tally.step
    whole = curves.curve(tally.calls, tally.seconds)
    for calls, seconds in ((calls, seconds) for _, calls, seconds in tally.again.values()):
        whole.calls += calls
        whole.seconds += seconds
        whole.intervals += 1
    day = curves.mean_day(tally.calls, tally.seconds, step)
    most = max(tally.calls, key=lambda slot: (tally.calls[slot], -slot))
    named_series = sorted(tally.curves.items()) if len(tally.curves) > 1 else []
    return Intervals(
        file=str(layout.sheet.path),
        kind="calls" if layout.kind == "calls" else "intervals",
        step_minutes=step,
        columns={role: layout.columns[role].header for role in layout.used},
        first_day=f"{moment(min(tally.calls)):%Y-%m-%d}",
        last_day=f"{moment(max(tally.calls)):%Y-%m-%d}",
        total=_series("", whole),
        peak=Peak(moment(most), tally.calls[most], tally.seconds[most] / (step * 60)),
        usual_busy_hour=curves.usual_busy_hour(day, step),
        day_cv=curves.day_cv(tally.seconds),
        handle_times=curves.spread(tally.handle_times),
        day=day,
        series=tuple(_series(name, curve) for name, curve in named_series),
        notes=tuple(_notes(layout, tally)),
    )


def _series(name: str, curve: Curve) -> Series:
    aht_s = curve.seconds / curve.calls if curve.calls else None
    return Series(name, curve.days, curve.intervals, curve.calls, aht_s, curve.busy_hour)


def _notes(layout: Layout, tally: Tally) -> Iterator[str]:
    """What a planner should know of how the file was read."""
    if "answered" in layout.columns and "offered" not in layout.columns:
        yield tr("Only answered calls are in the table: those who gave up while waiting are missing from the load.")
    if layout.utc:
        yield tr("Times are in UTC, as the file says: hours of the day are not those on the wall.")
    if layout.month_first is not None:
        yield tr("Dates are read as month/day.") if layout.month_first else tr("Dates are read as day/month.")
    if tally.left_out:
        yield tr("{n} records without a length, as of calls that nobody answered, are left out.").format(
            n=tally.left_out
        )
    if layout.sheet.left_out:
        yield trn("{n} row of totals is left out.", "{n} rows of totals are left out.", layout.sheet.left_out).format(
            n=layout.sheet.left_out
        )
    for hour in tally.repeated_hours():
        yield tr("{start:%Y-%m-%d} has 25 hours: {start:%H:%M} stands twice, as the clock goes back.").format(
            start=moment(hour)
        )
    if layout.kind != "calls":
        yield from _gap_notes(curves.gaps(tally.calls, tally.step))


def _gap_notes(holes: list[tuple[int, int]]) -> Iterator[str]:
    """One line for the clocks that go forward, and one for what is missing."""
    forward = [start for start, end in holes if end - start == 60 and start % DAY < 4 * 60]
    for start in forward[:4]:
        yield tr("{start:%Y-%m-%d} has 23 hours: {start:%H:%M} is missing, as the clock goes forward.").format(
            start=moment(start)
        )
    missing = [hole for hole in holes if hole[0] not in forward]
    if missing:
        start, end = missing[0]
        yield trn(
            "{n} gap inside a day counts as unknown, not as no calls: {start:%Y-%m-%d %H:%M} to {end:%H:%M}.",
            "{n} gaps inside days count as unknown, not as no calls, the first: {start:%Y-%m-%d %H:%M} to {end:%H:%M}.",
            len(missing),
        ).format(n=len(missing), start=moment(start), end=moment(end))
