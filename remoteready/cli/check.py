"""`remoteready check`: this workstation against a profile."""

from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready import files
from remoteready.cli import asking
from remoteready.cli.desk import (
    BETWEEN,
    DefineOption,
    LanguageOption,
    ProfilesOption,
    RoleOption,
    SiteOption,
    addresses,
    announce_line,
    check_language,
    definitions,
    filled,
    judged_by,
)
from remoteready.cli.key import KeyOption
from remoteready.cli.output import Format, FormatOption, OutputOption, deliver
from remoteready.cli.spoken import Command
from remoteready.exits import UnusableInput
from remoteready.language import spoken

if TYPE_CHECKING:
    from remoteready.check.combine import Combined
    from remoteready.check.facts import Facts
    from remoteready.check.findings import Report
    from remoteready.check.profile import Address
    from remoteready.check.snapshot import RecordedHost, Recorder

EPILOG = (
    "Examples: `remoteready check` before a shift; `remoteready check -D vpn_gateway=vpn.example.com:443` where the "
    "role needs the VPN; `remoteready check --site our-site.yaml --role supervisor --ask` where IT wrote a site file; "
    "`remoteready check --format html -o desk.html` for IT; `remoteready check --explain wired-network` where an "
    "answer surprises."
)


app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(cls=Command, epilog=EPILOG)
def check(
    profile: ProfilesOption = None,
    site: SiteOption = None,
    role: RoleOption = None,
    define: DefineOption = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Ask this computer only: connect to no host, measure no line.")
    ] = False,
    ask: Annotated[
        bool, typer.Option("--ask", help="Also ask you what no program can see, such as whether the room is quiet.")
    ] = False,
    snapshot: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Judge a workstation that `snapshot` has recorded.")
    ] = None,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="RULE", help="Show where the answer to one rule comes from.")
    ] = None,
    show_data: Annotated[
        bool,
        typer.Option("--show-data", help="Look at nothing: show what a report would hold, and what it never does."),
    ] = False,
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
    key_file: KeyOption = None,
    format: FormatOption = Format.CONSOLE,
    output: OutputOption = None,
    lang: LanguageOption = None,
) -> None:
    """Is this desk ready for the shift, and if not, what is to be done?

    Reads what the operating system tells without administrator rights and changes nothing. A fact that cannot be
    told is shown with the reason and never counts as passed or failed.
    """
    check_language(lang)
    given = definitions(define)
    for option, used in ((f"--explain {explain}", explain is not None), ("--show-data", show_data)):
        if used and format is not Format.CONSOLE:
            raise UnusableInput(f"{option}: is for the terminal; leave out --format")
    if ask:
        asking.check_possible(recorded=snapshot is not None)
    if spool and snapshot:
        raise UnusableInput("--spool: takes reports of this workstation; leave out --from")
    if output:
        files.check_writable(output)
    from remoteready.check import audit, identity
    from remoteready.check import snapshot as snapshots
    from remoteready.check.host import LiveHost

    sits_here = None if agent is None else identity.agent(agent)
    recorded = snapshots.load(snapshot) if snapshot else None
    time = (recorded and recorded.time) or datetime.now(UTC)
    day = time.astimezone().date()  # by the calendar of the person at the desk
    chosen = judged_by(profile, site, role, day, _recorded_for(recorded))
    if show_data:
        from remoteready.report import contents

        deliver(contents.console(chosen, spooled=spool is not None), output, format)
        raise typer.Exit
    if explain is not None:
        explain = chosen.demand(explain).rule.id
    values = filled(chosen, given, recorded.values if recorded else None, quick=quick)
    targets, wanted = addresses(chosen.whole, values, key_file), chosen.wanted_facts(values)
    if spool:
        from remoteready.check import spool as spooling

        wanted += spooling.also(wanted)
    stated = asking.stated([one.rule for one in chosen.demands], ask=ask, recorded=recorded is not None, day=day)
    with nullcontext(recorded) if recorded else LiveHost() as behind:
        seen = snapshots.Recorder(behind)
        facts = {**_facts(seen, chosen, wanted, targets, quick=quick, measure=not recorded), **stated}
        host = None if recorded else identity.pseudonym(behind)
    id = identity.report_id(time)
    report = audit.report(chosen, facts, seen.system, values, host=host, time=time, report_id=id, agent=sits_here)
    if spool:
        _lay(report, spool)
    shown = report if format is Format.JSON else audit.translated(report, chosen.whole.rules)
    deliver(_explained(shown, explain, seen, chosen, targets) if explain else _render(shown, format), output, format)
    raise typer.Exit(report.verdict.exit_code)


def _facts(
    seen: "Recorder",
    chosen: "Combined",
    wanted: list[str],
    targets: "dict[str, Address]",
    *,
    quick: bool,
    measure: bool,
) -> "Facts":
    """What this workstation, or a recorded one, says."""
    from remoteready.check.collect import collect
    from remoteready.report.progress import progress

    if measure and not quick:
        announce_line(wanted, targets)
    with progress() as show:
        return collect(seen, wanted, targets, show, chosen.whole.recording_clients, quick=quick)


def _explained(report: "Report", rule: str, seen: "Recorder", chosen: "Combined", targets: "dict[str, Address]") -> str:
    from remoteready.check.collect import collector
    from remoteready.report import console

    asked = collector(seen, chosen.demand(rule).rule.fact, targets, chosen.whole.recording_clients)
    return console.explanation(report, rule, asked, seen.questions)


def _lay(report: "Report", folder: Path) -> None:
    """Into the spool; what goes wrong there is said and changes no exit code."""
    from remoteready.check import spool

    if problem := spool.put(report, folder):
        with suppress(OSError):
            typer.echo(f"remoteready: {spoken(problem)}", err=True)


def _recorded_for(recorded: "RecordedHost | None") -> list[str]:
    """The profiles that a workstation was recorded for, if they are shipped; none otherwise."""
    from remoteready.check.profile import shipped_profiles

    shipped = {path.stem for path in shipped_profiles()}
    names = recorded.profile.split(BETWEEN) if recorded else []
    return names if set(names) <= shipped else []


def _render(report: "Report", format: Format) -> str:
    if format is Format.JSON:
        return report.model_dump_json(indent=2) + "\n"
    if format is Format.HTML:
        from remoteready.report import html

        return html.check(report)
    from remoteready.report import console

    return console.check(report)
