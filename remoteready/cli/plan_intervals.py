"""`remoteready plan intervals`: what interval tables and call records tell of the traffic."""

from enum import StrEnum
from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import typer

from remoteready import files
from remoteready.cli.output import Format, OutputOption, deliver
from remoteready.cli.plan_options import PageFormat, PageOption

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EPILOG = (
    "A row is an interval (date, time, calls, average handle time), a day (calls, a column for each interval), or a "
    "call (start, duration). Examples: `remoteready plan intervals october.csv`; `remoteready plan intervals calls.csv "
    "--column 'duration=Time spoken' --dates day-first`."
)


class Dates(StrEnum):
    """The order of day and month in dates such as 3/4/2026."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


class DecimalMark(StrEnum):
    """What stands before the decimals."""

    POINT = "point"
    COMMA = "comma"


class TimeUnit(StrEnum):
    """The unit of durations."""

    MS = "ms"
    S = "s"
    MIN = "min"


ColumnOption = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="ROLE=HEADER", help="The column of a role, where its header does not show it."),
]
DecimalOption = Annotated[
    DecimalMark | None, typer.Option("--decimal", help="The decimal mark, where the file does not show it.")
]


def named_columns(pairs: list[str] | None) -> dict[str, str]:
    """The headers that a user gives to roles. A role that does not exist is refused with those that do."""
    from remoteready.plan.columns import SPELLINGS

    given = {}
    for pair in pairs or ():
        role, sign, header = pair.partition("=")
        if role not in SPELLINGS or not sign or not header.strip():
            raise typer.BadParameter(f"--column {pair!r}: write ROLE=HEADER; roles are {', '.join(SPELLINGS)}")
        given[role] = header.strip()
    return given


def _finite(value: float | None) -> float | None:
    """Bounds let nan and inf pass."""
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"must be a number to calculate with, not {value}")
    return value


def _share(flag: str, help: str) -> Any:
    return typer.Option(flag, metavar="NUMBER", min=0, max=1, callback=_finite, help=help)


def _seconds(flag: str, least: float, help: str) -> Any:
    return typer.Option(flag, metavar="SECONDS", min=least, callback=_finite, help=help)


@app.command("intervals", epilog=EPILOG)
def intervals(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file: intervals, days or single calls.")],
    column: ColumnOption = None,
    aht: Annotated[float | None, _seconds("--aht", 0.1, "Average handle time, if not in the file.")] = None,
    unit: Annotated[
        TimeUnit | None, typer.Option("--unit", help="Unit of durations, if not in the header (s).")
    ] = None,
    dates: Annotated[Dates | None, typer.Option("--dates", help="How to read 3/4/2026, if no date tells.")] = None,
    decimal: DecimalOption = None,
    step: Annotated[int, typer.Option("--step", metavar="MINUTES", help="Intervals made of single calls.")] = 15,
    together: Annotated[
        bool, typer.Option("--together", help="Add up rows of the same interval; do not tell sites or queues apart.")
    ] = False,
    service_level: Annotated[
        float | None, _share("--service-level", "Share of calls to answer in time, 0–1: shows the agents it takes.")
    ] = None,
    answer_within: Annotated[float, _seconds("--answer-within", 0, "Within which calls are to be answered.")] = 20,
    most_occupancy: Annotated[
        float, _share("--most-occupancy", "Share of their time that agents may be busy, 0–1.")
    ] = 1,
    shrinkage: Annotated[float, _share("--shrinkage", "Share of paid time in which agents are not there, 0–1.")] = 0,
    format: PageOption = PageFormat.CONSOLE,
    output: OutputOption = None,
) -> None:
    """What do interval tables or call records tell: busy hour, peak, handle times, the mean day?

    Reads CSV of any size, as telephone systems and spreadsheets write it.
    """
    from remoteready.plan import intervals as traffic
    from remoteready.plan.layout import Choices
    from remoteready.plan.staffing import Target, staff
    from remoteready.report.progress import counting

    if step not in (15, 30, 60):
        raise typer.BadParameter("--step: 15, 30 or 60 minutes")
    if service_level in (0, 1) or most_occupancy == 0 or shrinkage == 1:
        raise typer.BadParameter(
            "--service-level must lie between 0 and 1, --most-occupancy above 0, --shrinkage below 1"
        )
    if output:
        files.check_writable(output)
    choices = Choices(
        columns=named_columns(column),
        month_first=None if dates is None else dates is Dates.MONTH_FIRST,
        decimal_mark=None if decimal is None else {"point": ".", "comma": ","}[decimal],
        aht_s=aht,
        unit=unit.value if unit else None,
        step_minutes=step,
        together=together,
    )
    with counting(file) as watch:
        found = traffic.read(file, choices, watch)
    target = service_level and Target(
        service_level=service_level, answer_within_s=answer_within, most_occupancy=most_occupancy, shrinkage=shrinkage
    )
    agents = staff(found.day, found.step_minutes, target) if target else ()
    if format is PageFormat.JSON:
        deliver(traffic.to_json(found, agents), output, Format.JSON)
        return
    from remoteready.report import intervals as report
    from remoteready.report.rows import to_csv

    if format is PageFormat.CSV:
        deliver(to_csv(report.mean_day(found.day, agents)), output)
    elif format is PageFormat.HTML:
        from remoteready.report import html

        deliver(html.table(report.page(found, agents, target or None)), output, Format.HTML)
    else:
        deliver(report.intervals(found, agents, target or None), output, Format.CONSOLE)
