"""`remoteready check`: this workstation against a profile."""

from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready import files
from remoteready.cli.desk import (
    DefineOption,
    LanguageOption,
    ProfileOption,
    announce_line,
    check_language,
    definitions,
)
from remoteready.cli.output import Format, FormatOption, OutputOption, deliver
from remoteready.cli.spoken import Command
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


@app.command(cls=Command, epilog=EPILOG)
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
    agent: Annotated[
        str | None,
        typer.Option(
            "--agent", metavar="ID", help="Who sits here, by the organisation's name for them; in the report."
        ),
    ] = None,
    spool: Annotated[
        Path | None,
        typer.Option(
            "--spool", metavar="DIR", help="Also lay the report into a folder, for `remoteready fleet import`."
        ),
    ] = None,
    format: FormatOption = Format.CONSOLE,
    output: OutputOption = None,
    lang: LanguageOption = None,
) -> None:
    """Is this desk ready for the shift, and if not, what is to be done?

    Reads what the operating system tells without administrator rights and changes nothing. A fact that cannot be
    told is shown with the reason and never counts as passed or failed.
    """
    check_language(lang)
    values = definitions(define)
    if explain is not None and format is not Format.CONSOLE:
        raise UnusableInput(f"--explain {explain}: is for the terminal; leave out --format")
    if spool and snapshot:
        raise UnusableInput("--spool: takes reports of this workstation; leave out --from")
    if output:
        files.check_writable(output)
    from remoteready.check import audit, identity
    from remoteready.check import profile as profiles
    from remoteready.check import snapshot as snapshots
    from remoteready.check.collect import collect, collector
    from remoteready.check.host import LiveHost
    from remoteready.report.progress import progress

    sits_here = None if agent is None else identity.agent(agent)
    recorded = snapshots.load(snapshot) if snapshot else None
    chosen = profiles.load(profile or _recorded_for(recorded) or profiles.DEFAULT)
    asked_for = None if explain is None else chosen.rule(explain)
    if recorded:
        values = {name: value for name, value in recorded.values.items() if name in chosen.variables} | values
    targets, wanted = chosen.addresses(values), chosen.wanted_facts(values)
    if spool:
        from remoteready.check import spool as spooling

        wanted += spooling.also(wanted)
    if not (quick or recorded):
        announce_line(wanted, targets)
    with nullcontext(recorded) if recorded else LiveHost() as behind:
        seen = snapshots.Recorder(behind)
        with progress() as show:
            facts = collect(seen, wanted, targets, show, chosen.recording_clients, quick=quick)
        host = None if recorded else identity.pseudonym(behind)
    time = (recorded and recorded.time) or datetime.now(UTC)
    id = identity.report_id(time)
    report = audit.report(chosen, facts, seen.system, values, host=host, time=time, report_id=id, agent=sits_here)
    if spool:
        _lay(report, spool)
    if format is not Format.JSON:
        report = audit.translated(report, chosen)
    if asked_for:
        from remoteready.report import console

        asked = collector(seen, asked_for.fact, targets, chosen.recording_clients)
        deliver(console.explanation(report, asked_for.id, asked, seen.questions), output, format)
    else:
        deliver(_render(report, format), output, format)
    raise typer.Exit(report.verdict.exit_code)


def _lay(report: "Report", folder: Path) -> None:
    """Into the spool; what goes wrong there is said and changes no exit code."""
    from remoteready.check import spool

    if problem := spool.put(report, folder):
        with suppress(OSError):
            typer.echo(f"remoteready: {problem}", err=True)


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
