"""`remoteready plan`: what many desks need of the network."""

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remoteready import files
from remoteready.cli.output import Format, FormatOption, OutputOption, deliver
from remoteready.exits import UnusableInput

if TYPE_CHECKING:
    from remoteready.plan.sizing import Sizing

EPILOG = (
    "Examples: `remoteready plan --users 200 --calls 40 --minutes 6 --monitors 2 --link-mbps 100`; "
    "`remoteready plan two-sites --explain`; copy the shipped scenario, change the numbers, and name your file."
)


app = typer.Typer(rich_markup_mode=None, add_completion=False)


def number(text: str) -> Decimal:
    """A number as a person types it, kept exactly."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{text!r} is not a number; write 4.5 with a point") from None


def _option(flag: str, help: str) -> Any:
    return typer.Option(flag, parser=number, metavar="NUMBER", help=help)


@app.command(epilog=EPILOG)
def plan(
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
    days: Annotated[
        int | None, typer.Option("--days-per-month", metavar="N", help="Working days a month (21).")
    ] = None,
    retention: Annotated[
        int | None, typer.Option("--retention-days", metavar="N", help="Days a recording is kept (90).")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show formula, inputs and source of every number.")
    ] = False,
    format: FormatOption = Format.CONSOLE,
    output: OutputOption = None,
) -> None:
    """How much upload do users × calls × minutes need, and does the link hold?

    Give one group as options, or a scenario file with several groups and sites.
    """
    from remoteready.plan import scenario as scenarios
    from remoteready.plan.sizing import size

    given = {
        "--users": users,
        "--calls": calls,
        "--minutes": minutes,
        "--monitors": monitors,
        "--shift-hours": shift_hours,
        "--link-mbps": link_mbps,
        "--usable-share": usable_share,
        "--days-per-month": days,
        "--retention-days": retention,
    }
    options = {name: value for name, value in given.items() if value is not None}
    if output:
        files.check_writable(output)
    if scenario is not None:
        if options:
            raise UnusableInput(f"{next(iter(options))}: not together with a scenario; change it in {scenario}")
        wanted = scenarios.load(scenario)
    else:
        wanted = scenarios.from_options(options)
    sizing = size(wanted)
    deliver(_render(sizing, format, explain), output, format)
    raise typer.Exit(sizing.verdict.exit_code)


def _render(sizing: "Sizing", format: Format, explain: bool) -> str:
    if format is Format.JSON:
        from remoteready.plan.report import to_json

        return to_json(sizing)
    if format is Format.HTML:
        from remoteready.report import html

        return html.plan(sizing, explain)
    from remoteready.report import console

    return console.plan(sizing, explain)
