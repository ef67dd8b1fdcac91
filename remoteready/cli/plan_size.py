"""`remoteready plan [size]`: what many desks need of the network."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready import files
from remoteready.cli import plan_options as options
from remoteready.cli.output import Format, OutputOption, deliver, save
from remoteready.exits import UnusableInput

if TYPE_CHECKING:
    from remoteready.plan.sizing import Sizing

EPILOG = (
    "Examples: `remoteready plan --users 200 --calls 40 --minutes 6 --monitors 2 --link-mbps 100`; "
    "`remoteready plan -p calabrio-one-onprem -p cisco-builtin-bridge --codec g711 --users 9 --calls 40 --minutes 6`; "
    "`remoteready plan two-sites --explain`; copy the shipped scenario, change the numbers, and name your file."
)


app = typer.Typer(rich_markup_mode=None, add_completion=False)


class PlanFormat(StrEnum):
    """How a plan looks."""

    CONSOLE = "console"
    JSON = "json"
    CSV = "csv"
    HTML = "html"
    XLSX = "xlsx"


@app.command("size", epilog=EPILOG)
def size(
    ctx: typer.Context,
    scenario: options.ScenarioName = None,
    users: options.Users = None,
    calls: options.Calls = None,
    minutes: options.Minutes = None,
    monitors: options.Monitors = None,
    shift_hours: options.ShiftHours = None,
    link_mbps: options.LinkMbps = None,
    usable_share: options.UsableShare = None,
    busy_hour_share: options.BusyHourShare = None,
    uplink_mbps: options.UplinkMbps = None,
    throttle_kbps: options.ThrottleKbps = None,
    window_hours: options.WindowHours = None,
    codec: options.Codec = None,
    tunnel: options.Tunnel = None,
    days: options.Days = None,
    retention: options.Retention = None,
    copies: options.Copies = None,
    growth: options.Growth = None,
    day_variation: options.DayVariation = None,
    profile: options.Profiles = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show formula, inputs and source of every number.")
    ] = False,
    format: Annotated[
        PlanFormat, typer.Option("--format", "-f", help="How the report looks; xlsx is a workbook and needs -o.")
    ] = PlanFormat.CONSOLE,
    output: OutputOption = None,
) -> None:
    """How much upload do users × calls × minutes need, and does the link hold?

    Give one group as options, or a scenario file with several groups and sites.
    """
    from remoteready.plan import sizing

    if output:
        files.check_writable(output)
    if format is PlanFormat.XLSX and output is None:
        raise UnusableInput("--format xlsx: a workbook is no text for a terminal; name its file, such as -o plan.xlsx")
    made = sizing.size(options.wanted_scenario(scenario, ctx.params))
    whose = _whose(profile, explain) if profile else ""
    if explain and format is PlanFormat.CONSOLE:
        deliver(_render(made, Format.CONSOLE, explain) + whose, output)
    else:
        _deliver(made, format, explain, output)
        typer.echo(whose, err=True, nl=False)
    raise typer.Exit(made.verdict.exit_code)


def _whose(names: list[str], explain: bool) -> str:
    """What the plan takes from profiles, with `explain` also why and by which sources."""
    from remoteready.cli.plan_profiles import named
    from remoteready.report import profiles

    return profiles.added(named(names), datetime.now(UTC).date(), explain)


def _deliver(sizing: "Sizing", format: PlanFormat, explain: bool, output: Path | None) -> None:
    if format is PlanFormat.XLSX and output:
        from remoteready.report.workbook import workbook

        save(workbook(sizing), output)
    elif format is PlanFormat.CSV:
        from remoteready.report.planning import figure_rows
        from remoteready.report.rows import to_csv

        deliver(to_csv(figure_rows(sizing)), output)
    else:
        deliver(_render(sizing, Format(format), explain), output, Format(format))


def _render(sizing: "Sizing", format: Format, explain: bool) -> str:
    if format is Format.JSON:
        from remoteready.plan.report import to_json

        return to_json(sizing)
    if format is Format.HTML:
        from remoteready.report import html

        return html.plan(sizing, explain)
    from remoteready.report import console

    return console.plan(sizing, explain)
