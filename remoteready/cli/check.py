"""`remoteready check`: this workstation against a profile."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready import files
from remoteready.cli.output import Format, FormatOption, OutputOption, deliver
from remoteready.exits import UnusableInput

if TYPE_CHECKING:
    from remoteready.check.findings import Report

EPILOG = (
    "Examples: `remoteready check` before a shift; `remoteready check -D vpn_gateway=vpn.example.com:443` where the "
    "role needs the VPN; `remoteready check --format html -o desk.html` for IT."
)


app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=EPILOG)
def check(
    profile: Annotated[
        str, typer.Option("--profile", "-p", metavar="NAME|FILE", help="Judge by this profile.")
    ] = "home-agent",
    define: Annotated[
        list[str] | None,
        typer.Option("-D", metavar="NAME=VALUE", help="Fill in a variable of the profile, such as a host to reach."),
    ] = None,
    format: FormatOption = Format.CONSOLE,
    output: OutputOption = None,
) -> None:
    """Is this desk ready for the shift, and if not, what is to be done?

    Reads what the operating system tells without administrator rights and changes nothing. A fact that cannot be
    told is shown with the reason and never counts as passed or failed.
    """
    values = _definitions(define or [])
    if output:
        files.check_writable(output)
    from remoteready.check import audit, host
    from remoteready.check import profile as profiles
    from remoteready.check.collect import collect
    from remoteready.report.progress import progress

    chosen = profiles.load(profile)
    targets = chosen.addresses(values)
    with host.LiveHost() as live:
        with progress() as show:
            facts = collect(live, chosen.wanted_facts(values), targets, show, chosen.recording_clients)
        pseudonym = host.pseudonym(live)
    report = audit.report(chosen, facts, live.system, values, host=pseudonym, time=datetime.now(UTC))
    deliver(_render(report, format), output, format)
    raise typer.Exit(report.verdict.exit_code)


def _definitions(define: list[str]) -> dict[str, str]:
    pairs = [item.partition("=") for item in define]
    for name, equals, value in pairs:
        if not (name and equals and value):
            raise UnusableInput(f"-D {name}{equals}: write NAME=VALUE, such as -D vpn_gateway=vpn.example.com:443")
    values = {name: value for name, _, value in pairs}
    if len(values) < len(pairs):
        twice = next(name for name in values if sum(name == other for other, _, _ in pairs) > 1)
        raise UnusableInput(f"-D {twice}: stands twice; give it once")
    return values


def _render(report: "Report", format: Format) -> str:
    if format is Format.JSON:
        return report.model_dump_json(indent=2) + "\n"
    if format is Format.HTML:
        from remoteready.report import html

        return html.check(report)
    from remoteready.report import console

    return console.check(report)
