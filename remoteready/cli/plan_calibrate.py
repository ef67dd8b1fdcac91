"""`remoteready plan calibrate`: megabytes a minute and monitor, from recordings that are already there."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from remoteready import files
from remoteready.cli.output import Format, OutputOption, deliver
from remoteready.cli.plan_intervals import ColumnOption, DecimalOption, named_columns
from remoteready.cli.plan_options import PageFormat, PageOption

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EPILOG = (
    "WAV needs nothing else; for mp4, mkv and others: pip install 'remoteready[recordings]'. Examples: `remoteready "
    "plan calibrate /srv/recordings --monitors 2`; `remoteready plan calibrate sizes.csv --kind screen`."
)


class Kind(StrEnum):
    """What was recorded."""

    AUDIO = "audio"
    SCREEN = "screen"


class SizeUnit(StrEnum):
    """The unit of sizes."""

    B = "b"
    KB = "kb"
    MB = "mb"
    GB = "gb"


@app.command("calibrate", epilog=EPILOG)
def calibrate(
    place: Annotated[
        Path, typer.Argument(metavar="DIR|CSV", help="A folder of recordings, or a CSV of sizes and durations.")
    ],
    monitors: Annotated[
        int | None,
        typer.Option("--monitors", metavar="N", min=1, max=16, help="Monitors that each screen recording shows (1)."),
    ] = None,
    kind: Annotated[Kind | None, typer.Option("--kind", help="Of a CSV: what its rows are.")] = None,
    size_unit: Annotated[SizeUnit | None, typer.Option("--size-unit", help="Of a CSV: the unit of its sizes.")] = None,
    column: ColumnOption = None,
    decimal: DecimalOption = None,
    format: PageOption = PageFormat.CONSOLE,
    output: OutputOption = None,
) -> None:
    """How many megabytes does a recorded minute have, of sound and of each monitor?

    Reads sizes and lengths of recordings and decodes nothing; a file that cannot be read is named and left out.
    """
    from remoteready.plan import calibrate as calibration
    from remoteready.report.progress import bar

    if output:
        files.check_writable(output)
    choices = calibration.Choices(
        monitors=monitors,
        kind=kind.value if kind else None,
        size_unit=size_unit.value if size_unit else None,
        columns=named_columns(column),
        decimal_mark=None if decimal is None else {"point": ".", "comma": ","}[decimal],
    )
    with bar(calibration.amount(place), "recordings") as watch:
        found = calibration.calibrate(place, choices, watch)
    if format is PageFormat.JSON:
        deliver(calibration.to_json(found), output, Format.JSON)
        return
    from remoteready.report import calibration as report
    from remoteready.report.rows import to_csv

    if format is PageFormat.CSV:
        deliver(to_csv(report.rates(found)), output)
    elif format is PageFormat.HTML:
        from remoteready.report import html

        deliver(html.table(report.page(found)), output, Format.HTML)
    else:
        deliver(report.calibration(found), output, Format.CONSOLE)
