"""`remoteready check`: this workstation against a profile."""

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready import files
from remoteready.cli import asking
from remoteready.cli.desk import (
    BETWEEN,
    DefineOption,
    ProfilesOption,
    RoleOption,
    SiteOption,
    announce_line,
    definitions,
    filled,
    judged_by,
)
from remoteready.cli.output import Format, FormatOption, OutputOption, deliver
from remoteready.exits import UnusableInput

if TYPE_CHECKING:
    from remoteready.check.combine import Combined
    from remoteready.check.facts import Facts
    from remoteready.check.findings import Report
    from remoteready.check.snapshot import RecordedHost

EPILOG = (
    "Examples: `remoteready check` before a shift; `remoteready check -D vpn_gateway=vpn.example.com:443` where the "
    "role needs the VPN; `remoteready check --site our-site.yaml --role supervisor --ask` where IT wrote a site file; "
    "`remoteready check --format html -o desk.html` for IT; `remoteready check --explain wired-network` where an "
    "answer surprises."
)


app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=EPILOG)
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
    format: FormatOption = Format.CONSOLE,
    output: OutputOption = None,
) -> None:
    """Is this desk ready for the shift, and if not, what is to be done?

    Reads what the operating system tells without administrator rights and changes nothing. A fact that cannot be
    told is shown with the reason and never counts as passed or failed.
    """
    given = definitions(define)
    for option, wanted in ((f"--explain {explain}", explain is not None), ("--show-data", show_data)):
        if wanted and format is not Format.CONSOLE:
            raise UnusableInput(f"{option}: is for the terminal; leave out --format")
    if ask:
        asking.check_possible(recorded=snapshot is not None)
    if output:
        files.check_writable(output)
    from remoteready.check import snapshot as snapshots

    recorded = snapshots.load(snapshot) if snapshot else None
    time = (recorded and recorded.time) or datetime.now(UTC)
    day = time.astimezone().date()  # by the calendar of the person at the desk
    chosen = judged_by(profile, site, role, day, _recorded_for(recorded))
    if show_data:
        from remoteready.report import contents

        deliver(contents.console(chosen), output, format)
        raise typer.Exit
    if explain is not None:
        explain = chosen.demand(explain).rule.id
    values = filled(chosen, given, recorded.values if recorded else None)
    stated = asking.stated([one.rule for one in chosen.demands], ask=ask, recorded=recorded is not None, day=day)
    report, explanation = _judge(chosen, values, recorded, stated, time, quick=quick, explain=explain)
    deliver(explanation or _render(report, format), output, format)
    raise typer.Exit(report.verdict.exit_code)


def _judge(
    chosen: "Combined",
    values: dict[str, str],
    recorded: "RecordedHost | None",
    stated: "Facts",
    time: datetime,
    *,
    quick: bool,
    explain: str | None,
) -> "tuple[Report, str]":
    """The report of this workstation or of a recorded one; where asked for, also the explanation of one rule."""
    from remoteready.check import audit, identity
    from remoteready.check import snapshot as snapshots
    from remoteready.check.collect import collect, collector
    from remoteready.check.host import LiveHost
    from remoteready.report.progress import progress

    targets, wanted, clients = (
        chosen.whole.addresses(values),
        chosen.wanted_facts(values),
        chosen.whole.recording_clients,
    )
    if not (quick or recorded):
        announce_line(wanted, targets)
    with nullcontext(recorded) if recorded else LiveHost() as behind:
        seen = snapshots.Recorder(behind)
        with progress() as show:
            facts = collect(seen, wanted, targets, show, clients, quick=quick)
        host = None if recorded else identity.pseudonym(behind)
    report = audit.report(chosen, {**facts, **stated}, seen.system, values, host=host, time=time)
    if explain is None:
        return report, ""
    from remoteready.report import console

    asked = collector(seen, chosen.demand(explain).rule.fact, targets, clients)
    return report, console.explanation(report, explain, asked, seen.questions)


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
