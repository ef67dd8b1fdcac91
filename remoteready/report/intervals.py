"""What a table of intervals or calls tells, on a terminal: the numbers, the mean day as a chart, sites and queues."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from remoteready import files
from remoteready.language import tr
from remoteready.report import words
from remoteready.report.charts import chart
from remoteready.report.console import NARROW, heading, render, steps, terminal
from remoteready.report.page import Page, Part

if TYPE_CHECKING:
    from remoteready.plan.curves import BusyHour, DaySlot
    from remoteready.plan.intervals import Intervals, Series
    from remoteready.plan.staffing import Staff, Target
    from remoteready.report.rows import Cell, Found

SHOWN_SERIES = 20


def intervals(
    found: "Intervals", staff: "Sequence[Staff]" = (), target: "Target | None" = None, console: Console | None = None
) -> str:
    """The whole report; with a target, the agents that it takes."""
    console = console or terminal()
    parts: list[RenderableType] = [
        heading(tr("Traffic in {file}").format(file=found.file)),
        _rows(facts(found), console),
        heading(tr("The mean day: load in erlangs by the hour, and the level that 95 % of the days stay below")),
        _chart(found.day, console),
    ]
    if staff and target:
        parts += [heading(_promise(target)), _staff(staff)]
    if found.series:
        parts += [heading(tr("By {column}").format(column=files.named(found.columns["series"]))), *_series(found)]
    if found.notes:
        parts += [heading(tr("Mind")), steps(Text(note) for note in found.notes)]
    read = ", ".join(f"{role} = {files.named(header)}" for role, header in found.columns.items())
    parts.append(Text("\n" + tr("Columns read: {columns}").format(columns=read), style="dim"))
    return render(*parts, console=console)


def page(found: "Intervals", staff: "Sequence[Staff]" = (), target: "Target | None" = None) -> Page:
    """The same for a browser, with every interval of the mean day."""
    heads, rows = mean_day(found.day, staff)
    shown = [[words.number(cell, 1) if isinstance(cell, int | float) else cell or "–" for cell in row] for row in rows]
    bars = [(f"{slot.minute // 60:02}:{slot.minute % 60:02}", slot.mean_erlangs) for slot in found.day]
    parts = [
        Part(heading=tr("What it tells"), heads=["", ""], rows=facts(found), texts=2),
        Part(
            heading=_promise(target) if target else tr("The mean day"),
            chart=chart(tr("Mean load of every interval, erlangs"), bars, tr("erlangs")),
            heads=heads,
            rows=shown,
        ),
    ]
    if found.series:
        heading_ = tr("By {column}").format(column=files.named(found.columns["series"]))
        lines = [f"{files.named(one.name) or '–'}: {_one_series(one)}" for one in found.series]
        parts.append(Part(heading=heading_, lines=lines))
    if found.notes:
        parts.append(Part(heading=tr("Mind"), lines=found.notes))
    read = ", ".join(f"{role} = {files.named(header)}" for role, header in found.columns.items())
    title = tr("Traffic in {file}").format(file=Path(found.file).name)
    return Page(title, "dim", [], parts, [tr("Columns read: {columns}").format(columns=read)])


def facts(found: "Intervals") -> list[tuple[str, str]]:
    """The numbers, a label and its text a row."""
    total, peak = found.total, found.peak
    rows = [
        (tr("days"), f"{words.number(total.days)} ({found.first_day} – {found.last_day})"),
        (tr("intervals"), tr("{n} of {m} minutes").format(n=words.number(total.intervals), m=found.step_minutes)),
        (tr("calls"), words.number(total.calls, 1)),
        (tr("busy hour"), _busy_hour(total.busy_hour)),
        (tr("usual busy hour"), _usual(found)),
        (
            tr("most calls"),
            tr("{calls} in the interval from {start:%Y-%m-%d %H:%M}, {load} erlangs").format(
                calls=words.number(peak.calls, 1), start=peak.start, load=words.number(peak.load_erlangs, 1)
            ),
        ),
    ]
    return rows + list(_handle_times(found)) + [(tr("from day to day"), _day_cv(found.day_cv))]


def _busy_hour(hour: "BusyHour | None") -> str:
    if hour is None:
        return tr("no traffic")
    return tr("{start:%a %Y-%m-%d %H:%M} – {end:%H:%M}: {load} erlangs offered, {calls} calls").format(
        start=hour.start,
        end=hour.start + timedelta(hours=1),
        load=words.number(hour.load_erlangs, 1),
        calls=words.number(hour.calls, 1),
    )


def _usual(found: "Intervals") -> str:
    usual = found.usual_busy_hour
    if usual is None:
        return tr("could not tell: no hour of the day is whole")
    return tr("{start} – {end}: {load} erlangs on the mean day; busy_hour_share: {share} in a scenario").format(
        start=_clock(usual.minute),
        end=_clock(usual.minute + 60),
        load=words.number(usual.load_erlangs, 1),
        share=f"{usual.share:.4f}",
    )


def _handle_times(found: "Intervals") -> Iterator[tuple[str, str]]:
    if found.total.aht_s is not None:
        yield tr("average handle time"), tr("{s} s").format(s=words.number(found.total.aht_s, 1))
    spread = found.handle_times
    if spread is not None:
        levels = " · ".join(f"{level} % {words.number(value, 1)}" for level, value in spread.quantiles_s.items())
        label = tr("calls at most, s") if found.kind == "calls" else tr("intervals at most, s")
        yield label, levels
        yield tr("spread of them"), tr("coefficient of variation {cv}").format(cv=words.number(spread.cv, 2))


def _day_cv(cv: float | None) -> str:
    if cv is None:
        return tr("could not tell: too few days to compare each with others of its weekday")
    return tr("± {percent} % around the mean of the weekday").format(percent=words.number(cv * 100, 1))


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def _rows(rows: Iterable[tuple[str, str]], console: Console) -> RenderableType:
    if console.width < NARROW:
        return steps(Text(f"{label}: {shown}") for label, shown in rows)
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, shown in rows:
        table.add_row(Text(f"  {label}"), Text(shown))
    return table


def hours(day: Iterable["DaySlot"]) -> list[tuple[int, float, float]]:
    """The mean day by the hour, without the idle ends: hour, mean load and the highest level of its intervals."""
    by_hour: dict[int, list[DaySlot]] = defaultdict(list)
    for slot in day:
        by_hour[slot.minute // 60].append(slot)
    rows = [
        (hour, sum(slot.mean_erlangs for slot in slots) / len(slots), max(slot.high_erlangs for slot in slots))
        for hour, slots in sorted(by_hour.items())
    ]
    busy = [place for place, (_, _, high) in enumerate(rows) if high > 0]
    return rows[busy[0] : busy[-1] + 1] if busy else []


def mean_day(day: "Sequence[DaySlot]", staff: "Sequence[Staff]" = ()) -> "Found":
    """A row for each interval of the mean day; with a target, the agents that it takes."""
    columns = ["begins", "mean calls", "mean erlangs", "95 % of days below, erlangs", "highest erlangs"]
    rows: list[list[Cell]] = [
        [_clock(one.minute), one.mean_calls, one.mean_erlangs, one.high_erlangs, one.highest_erlangs] for one in day
    ]
    if staff:
        columns += ["agents", "agents, 95 % of days", "to schedule", "to schedule, 95 % of days"]
        for row, one in zip(rows, staff, strict=True):
            row += [one.mean_agents, one.high_agents, one.mean_scheduled, one.high_scheduled]
    return columns, rows


def _chart(day: Iterable["DaySlot"], console: Console) -> RenderableType:
    """A bar for each hour: full up to the mean, light from there to the level."""
    rows = hours(day)
    highest = max((high for _, _, high in rows), default=0.0) or 1.0
    numbers = [f"{words.number(mean, 1)} / {words.number(high, 1)}" for _, mean, high in rows]
    room = max(console.width - 12 - max(map(len, numbers), default=0), 8)
    full, light = "█░" if not console.options.ascii_only else "#-"
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True)
    for (hour, mean, high), shown in zip(rows, numbers, strict=True):
        filled, reached = round(room * mean / highest), round(room * high / highest)
        bar = Text.assemble((full * filled, "cyan"), (light * (reached - filled), "blue"))
        table.add_row(f"  {hour:02}:00", shown, bar)
    return table


def _promise(target: "Target") -> str:
    return tr("Agents for {level} % answered within {s} s: on the mean day / on all but the busiest 5 %").format(
        level=words.number(target.service_level * 100, 2), s=words.number(target.answer_within_s, 1)
    )


def _staff(staff: "Sequence[Staff]") -> RenderableType:
    """By the hour, those of its busiest interval: on calls, and to schedule."""
    by_hour: dict[int, list[Staff]] = defaultdict(list)
    for one in staff:
        by_hour[one.minute // 60].append(one)
    table = Table.grid(padding=(0, 2))
    table.add_row("", tr("on calls"), tr("to schedule"))
    for hour, ones in sorted(by_hour.items()):
        if max(one.high_agents for one in ones):
            calls = f"{max(one.mean_agents for one in ones)} / {max(one.high_agents for one in ones)}"
            schedule = f"{max(one.mean_scheduled for one in ones)} / {max(one.high_scheduled for one in ones)}"
            table.add_row(f"  {hour:02}:00", calls, schedule)
    return table


def _series(found: "Intervals") -> Iterator[RenderableType]:
    """Sites or queues, those with the highest busy hour first."""

    def load(one: "Series") -> float:
        return one.busy_hour.load_erlangs if one.busy_hour else 0.0

    ranked = sorted(found.series, key=load, reverse=True)
    yield steps(
        Text.assemble((files.named(one.name) or "–", "bold"), ": ", _one_series(one)) for one in ranked[:SHOWN_SERIES]
    )
    if len(ranked) > SHOWN_SERIES:
        yield Text(
            tr("  … and {n} more; all of them: --format json").format(n=words.number(len(ranked) - SHOWN_SERIES))
        )


def _one_series(one: "Series") -> str:
    aht = tr(", {s} s each").format(s=words.number(one.aht_s, 1)) if one.aht_s is not None else ""
    return tr("{calls} calls{aht}; busy hour {hour}").format(
        calls=words.number(one.calls, 1), aht=aht, hour=_busy_hour(one.busy_hour)
    )
