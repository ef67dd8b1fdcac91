"""`remoteready plan [size]`: what many desks need of the network."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remoteready import files
from remoteready.cli.output import Format, OutputOption, deliver, save
from remoteready.exits import UnusableInput

if TYPE_CHECKING:
    from remoteready.plan.scenario import Scenario
    from remoteready.plan.sizing import Sizing

EPILOG = (
    "Examples: `remoteready plan --users 200 --calls 40 --minutes 6 --monitors 2 --link-mbps 100`; "
    "`remoteready plan two-sites --explain`; copy the shipped scenario, change the numbers, and name your file."
)


app = typer.Typer(rich_markup_mode=None, add_completion=False)


class PlanFormat(StrEnum):
    """How a plan looks."""

    CONSOLE = "console"
    JSON = "json"
    HTML = "html"
    XLSX = "xlsx"


def number(text: str) -> Decimal:
    """A number as a person types it, kept exactly."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{text!r} is not a number; write 4.5 with a point") from None


def _option(flag: str, help: str) -> Any:
    return typer.Option(flag, parser=number, metavar="NUMBER", help=help)


@app.command("size", epilog=EPILOG)
def size(
    scenario: Annotated[
        str | None, typer.Argument(metavar="[SCENARIO]", help="A scenario file, or the name of a shipped one.")
    ] = None,
    users: Annotated[int | None, typer.Option("--users", metavar="N", help="Agents who work on the same day.")] = None,
    calls: Annotated[Decimal | None, _option("--calls", "Calls per agent and day.")] = None,
    minutes: Annotated[Decimal | None, _option("--minutes", "Average length of a call, minutes.")] = None,
    monitors: Annotated[
        int | None, typer.Option("--monitors", metavar="N", help="Monitors recorded; 0, the default, is audio only.")
    ] = None,
    shift_hours: Annotated[Decimal | None, _option("--shift-hours", "Length of a shift, hours (8).")] = None,
    link_mbps: Annotated[
        Decimal | None, _option("--link-mbps", "The site's link, Mbps; the exit code says whether it holds.")
    ] = None,
    usable_share: Annotated[
        Decimal | None, _option("--usable-share", "Share of the link that may be filled, 0–1 (0.75).")
    ] = None,
    busy_hour_share: Annotated[
        Decimal | None, _option("--busy-hour-share", "Share of a day's calls that come in the busy hour, 0–1.")
    ] = None,
    uplink_mbps: Annotated[
        Decimal | None, _option("--uplink-mbps", "The agents' own uplinks, Mbps: recordings leave after the call.")
    ] = None,
    throttle_kbps: Annotated[
        Decimal | None, _option("--throttle-kbps", "Most that the upload of one agent may take, kbit/s.")
    ] = None,
    window_hours: Annotated[
        Decimal | None, _option("--window-hours", "Upload in a window of so many hours after the shift.")
    ] = None,
    codec: Annotated[
        str | None, typer.Option("--codec", metavar="NAME", help="Count calls: g711, g722, g729, opus-24 …")
    ] = None,
    tunnel: Annotated[
        str | None, typer.Option("--tunnel", metavar="NAME", help="VPN: wireguard, ipsec-gcm-nat, openvpn-udp …")
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days-per-month", metavar="N", help="Working days a month (21).")
    ] = None,
    retention: Annotated[
        int | None, typer.Option("--retention-days", metavar="N", help="Days a recording is kept (90).")
    ] = None,
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

    given = {
        "--users": users,
        "--calls": calls,
        "--minutes": minutes,
        "--monitors": monitors,
        "--shift-hours": shift_hours,
        "--link-mbps": link_mbps,
        "--usable-share": usable_share,
        "--busy-hour-share": busy_hour_share,
        "--uplink-mbps": uplink_mbps,
        "--throttle-kbps": throttle_kbps,
        "--window-hours": window_hours,
        "--codec": codec,
        "--tunnel": tunnel,
        "--days-per-month": days,
        "--retention-days": retention,
    }
    if output:
        files.check_writable(output)
    if format is PlanFormat.XLSX and output is None:
        raise UnusableInput("--format xlsx: a workbook is no text for a terminal; name its file, such as -o plan.xlsx")
    made = sizing.size(wanted_scenario(scenario, given))
    _deliver(made, format, explain, output)
    raise typer.Exit(made.verdict.exit_code)


def wanted_scenario(name: str | None, given: Mapping[str, Any]) -> "Scenario":
    """The scenario in a file, or of the options that are not None. UnusableInput where both are given."""
    from remoteready.plan import scenario

    options = {option: value for option, value in given.items() if value is not None}
    if name is None:
        return scenario.from_options(options)
    if options:
        raise UnusableInput(f"{next(iter(options))}: not together with a scenario; change it in {name}")
    return scenario.load(name)


def _deliver(sizing: "Sizing", format: PlanFormat, explain: bool, output: Path | None) -> None:
    if format is PlanFormat.XLSX and output:
        from remoteready.report.workbook import workbook

        save(workbook(sizing), output)
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
