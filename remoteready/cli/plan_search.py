"""`remoteready plan fit`, `sweep` and `compare`: questions asked of many plans."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready import files
from remoteready.cli import plan_options as options
from remoteready.cli.output import Format, OutputOption, TableFormat, TableOption, deliver

if TYPE_CHECKING:
    from remoteready.report.rows import Found

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Name = Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a shipped one.")]


@app.command(
    epilog="Examples: `remoteready plan fit two-sites`; `remoteready plan fit --calls 40 --minutes 6 --monitors 2 "
    "--uplink-mbps 10 --link-mbps 100`."
)
def fit(
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
    format: TableOption = TableFormat.CONSOLE,
    output: OutputOption = None,
) -> None:
    """What do these links and gateways carry: how many agents, how many monitors?

    Name a scenario, or give one group as options. For each link and gateway, and each group on it: how far the group
    may grow while the others stay as they are.
    """
    from remoteready.plan import search
    from remoteready.report import searches

    if output:
        files.check_writable(output)
    known = ctx.params if scenario else ctx.params | {"users": 1 if users is None else users}
    wanted = options.wanted_scenario(scenario, known)
    _deliver(searches.fits(search.fit(wanted)), f"{wanted.name}: the most that it carries", format, output)


@app.command(
    epilog="Example: `remoteready plan sweep home-lines --vary throttle-kbps=1000,2000,5000 --vary codec=g711,opus-24`."
)
def sweep(
    scenario: Name,
    vary: Annotated[
        list[str] | None,
        typer.Option("--vary", metavar="NAME=A,B,…", help="An option of `plan size`, and its values; may be repeated."),
    ] = None,
    format: TableOption = TableFormat.CONSOLE,
    output: OutputOption = None,
) -> None:
    """What does a setting change? A plan for every combination, in all groups and sites."""
    from remoteready.plan import scenario as scenarios
    from remoteready.plan import search
    from remoteready.report import searches

    if output:
        files.check_writable(output)
    wanted = scenarios.load(scenario)
    _deliver(searches.swept(search.sweep(wanted, vary or [])), wanted.name, format, output)


@app.command(epilog="Example: `remoteready plan compare today.yaml next-year.yaml --format csv`.")
def compare(first: Name, second: Name, format: TableOption = TableFormat.CONSOLE, output: OutputOption = None) -> None:
    """How do two plans differ? The exit code is that of the worse one."""
    from remoteready.plan import scenario as scenarios
    from remoteready.plan import search
    from remoteready.plan.sizing import size
    from remoteready.report import searches

    if output:
        files.check_writable(output)
    one, other = (size(scenarios.load(name)) for name in (first, second))
    title = f"{one.scenario.name} – {other.scenario.name}"
    _deliver(searches.compared(search.compare(one, other), (first, second)), title, format, output)
    raise typer.Exit(search.worst([one.verdict, other.verdict]).exit_code)


def _deliver(found: "Found", title: str, format: TableFormat, output: Path | None) -> None:
    from remoteready.report import rows

    if format is TableFormat.CONSOLE:
        deliver(rows.to_console(found, title), output, Format.CONSOLE)
    else:
        deliver((rows.to_csv if format is TableFormat.CSV else rows.to_json)(found), output)
