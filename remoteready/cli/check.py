"""`remoteready check`: this workstation against a profile."""

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready import files
from remoteready.cli.desk import DefineOption, ProfileOption, addresses, announce_line, definitions
from remoteready.cli.key import KeyOption
from remoteready.cli.output import Format, FormatOption, OutputOption, deliver
from remoteready.exits import UnusableInput

if TYPE_CHECKING:
    from remoteready.check.findings import Report
    from remoteready.check.snapshot import RecordedHost

EPILOG = (
    "Examples: `remoteready check` before a shift; `remoteready check -D vpn_gateway=vpn.example.com:443` where the "
    "role needs the VPN; `remoteready check --format html -o desk.html` for IT; `remoteready check --explain "
    "wired-network` where an answer surprises."
)


app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=EPILOG)
def check(
    profile: ProfileOption = None,
    define: DefineOption = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Ask this computer only: connect to no host, measure no line.")
    ] = False,
    snapshot: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Judge a workstation that `snapshot` has recorded.")
    ] = None,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="RULE", help="Show where the answer to one rule comes from.")
    ] = None,
    key_file: KeyOption = None,
    format: FormatOption = Format.CONSOLE,
    output: OutputOption = None,
) -> None:
    """Is this desk ready for the shift, and if not, what is to be done?

    Reads what the operating system tells without administrator rights and changes nothing. A fact that cannot be
    told is shown with the reason and never counts as passed or failed.
    """
    values = definitions(define)
    if explain is not None and format is not Format.CONSOLE:
        raise UnusableInput(f"--explain {explain}: is for the terminal; leave out --format")
    if output:
        files.check_writable(output)
    from remoteready.check import audit, identity
    from remoteready.check import profile as profiles
    from remoteready.check import snapshot as snapshots
    from remoteready.check.collect import collect, collector
    from remoteready.check.host import LiveHost
    from remoteready.report.progress import progress

    recorded = snapshots.load(snapshot) if snapshot else None
    chosen = profiles.load(profile or _recorded_for(recorded) or profiles.DEFAULT)
    asked_for = None if explain is None else chosen.rule(explain)
    if recorded:
        values = {name: value for name, value in recorded.values.items() if name in chosen.variables} | values
    targets, wanted = addresses(chosen, values, key_file), chosen.wanted_facts(values)
    if not (quick or recorded):
        announce_line(wanted, targets)
    with nullcontext(recorded) if recorded else LiveHost() as behind:
        seen = snapshots.Recorder(behind)
        with progress() as show:
            facts = collect(seen, wanted, targets, show, chosen.recording_clients, quick=quick)
        host = None if recorded else identity.pseudonym(behind)
    time = (recorded and recorded.time) or datetime.now(UTC)
    report = audit.report(chosen, facts, seen.system, values, host=host, time=time)
    if asked_for:
        from remoteready.report import console

        asked = collector(seen, asked_for.fact, targets, chosen.recording_clients)
        deliver(console.explanation(report, asked_for.id, asked, seen.questions), output, format)
    else:
        deliver(_render(report, format), output, format)
    raise typer.Exit(report.verdict.exit_code)


def _recorded_for(recorded: "RecordedHost | None") -> str:
    """The profile that a workstation was recorded for, if it is a shipped one; empty otherwise."""
    from remoteready.check.profile import shipped_profiles

    shipped = {path.stem for path in shipped_profiles()}
    return recorded.profile if recorded and recorded.profile in shipped else ""


def _render(report: "Report", format: Format) -> str:
    if format is Format.JSON:
        return report.model_dump_json(indent=2) + "\n"
    if format is Format.HTML:
        from remoteready.report import html

        return html.check(report)
    from remoteready.report import console

    return console.check(report)
