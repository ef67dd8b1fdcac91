"""What the commands that change a fleet's store say when they are done."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.text import Text

from remoteready.check.facts import clean
from remoteready.fleet.alerts import Alert, Kind
from remoteready.fleet.keeping import Fate
from remoteready.language import tr, trn
from remoteready.report.console import heading, render, steps
from remoteready.report.rows import Cell, Found
from remoteready.report.words import number

if TYPE_CHECKING:
    from remoteready.fleet.conflicts import Conflict
    from remoteready.fleet.importing import Taken
    from remoteready.fleet.retention import Erased, Purged
    from remoteready.fleet.roster import Applied, Roster

SHOWN = 40
"""Files that are named on the terminal; with --json all are."""
HEADINGS = {
    Kind.SILENT: tr("Stopped reporting"),
    Kind.RECORDING: tr("Recordings do not leave the desk"),
    Kind.NOT_READY: tr("Became not ready"),
}


def taken(done: "Taken", conflicts: int = 0, console: Console | None = None) -> str:
    """What an import took in, and what not and why; and of how many agents there are conflicting reports by now."""
    new = done.counts[Fate.STORED] + done.counts[Fate.SECOND]
    sentence = trn("{n} new report taken in", "{n} new reports taken in", new).format(n=number(new))
    if known := done.counts[Fate.KNOWN]:
        sentence += trn(", {n} was there already", ", {n} were there already", known).format(n=number(known))
    parts: list[RenderableType] = [Text(sentence)]
    for title, named in ((tr("Not taken in"), done.refused), (tr("To be looked at"), done.doubtful)):
        if named:
            more = len(named) - SHOWN
            lines = [Text(f"{name}: {reason}") for name, reason in named[:SHOWN]]
            lines += [Text(tr("… and {n} more; --json names all").format(n=number(more)))] if more > 0 else []
            parts += [heading(f"{title}: {number(len(named))}"), steps(lines)]
    if conflicts:
        said = trn("{n} agent reports", "{n} agents report", conflicts).format(n=number(conflicts))
        where = tr("from more than one workstation: see `remoteready fleet conflicts`")
        parts.append(Text(f"\n{said} {where}", style="dim"))
    return render(*parts, console=console)


def taken_as_data(done: "Taken") -> dict[str, Any]:
    """The same as JSON."""
    return {
        "new": done.counts[Fate.STORED] + done.counts[Fate.SECOND],
        "known": done.counts[Fate.KNOWN],
        "not_taken_in": [{"file": name, "reason": reason} for name, reason in done.refused],
        "to_be_looked_at": [{"file": name, "reason": reason} for name, reason in done.doubtful],
    }


def roster(read: "Roster", done: "Applied") -> str:
    """What a roster changed."""
    said = [
        trn("{n} person on the roster", "{n} people on the roster", done.people).format(n=number(done.people)),
        tr("{n} new").format(n=number(done.new)),
        tr("{n} with another site, team or provider").format(n=number(done.moved)),
        tr("{n} no longer on it").format(n=number(done.left)),
    ]
    parts = [Text(", ".join(said))]
    if read.unused:
        parts.append(Text(tr("Not used: the columns {names}").format(names=", ".join(read.unused)), style="dim"))
    return render(*parts)


def purged(done: "Purged") -> str:
    """What the retention removed."""
    said = tr("Removed: the facts of {facts} reports, {reports} reports with their findings, {days} daily counts")
    shown = said.format(facts=number(done.facts), reports=number(done.reports), days=number(done.days))
    return render(Text(shown))


def erased(done: "Erased") -> str:
    """What an erasure removed, the proof, and what is still to be done by hand."""
    said = trn("Erased with {n} report", "Erased with {n} reports", done.reports).format(n=number(done.reports))
    proof = tr("No trace is left in {files}: every byte was searched.")
    searched = [file.name for file in done.looked_at if file not in done.left_in]
    parts: list[RenderableType] = [
        Text(f"{said}. " + proof.format(files=", ".join(searched))),
        heading(tr("Left to do")),
    ]
    todo = [tr("Delete their report files; those from before now are not taken in again, but they are still there.")]
    todo.append(tr("Take them off the roster."))
    todo += [tr("Delete {file}, a copy of the store that still has them.").format(file=file) for file in done.left_in]
    return render(*parts, steps(Text(line) for line in todo))


def alerts(found: Sequence[Alert]) -> str:
    """What somebody should hear of, by kind."""
    if not found:
        return render(Text(tr("Nothing new since the last run")))
    parts: list[RenderableType] = []
    for kind in Kind:
        if some := [one for one in found if one.kind is kind]:
            parts += [heading(f"{HEADINGS[kind]}: {number(len(some))}"), steps(_alert(one) for one in some)]
    return render(*parts)


def _alert(one: Alert) -> Text:
    place = ", ".join(filter(None, (one.site, one.team))) or tr("no site")
    last = tr("last report {day}") if one.kind is Kind.SILENT else tr("report of {day}")
    return Text.assemble((one.agent, "bold"), f"  {place}, {last.format(day=one.since)}")


def alert_rows(found: Iterable[Alert]) -> Found:
    """The same as rows."""
    return ["kind", "agent", "site", "team", "report_of"], [
        [one.kind.value, one.agent, one.site, one.team, one.since] for one in found
    ]


def conflicts(found: Sequence["Conflict"], twice: Sequence[tuple[str, int]]) -> str:
    """Agents with more than one workstation, and report ids with more than one content."""
    if not (found or twice):
        return render(Text(tr("No conflicts")))
    parts: list[RenderableType] = []
    for title, in_turns in (
        (tr("At the same time: is one of them somebody else?"), False),
        (tr("One after the other: a new computer?"), True),
    ):
        some = [one for one in found if one.in_turns is in_turns]
        if some:
            parts += [heading(title), steps(_conflict(one) for one in some)]
    if twice:
        lines = (Text(f"{id}: " + tr("{n} different contents").format(n=n)) for id, n in twice)
        parts += [heading(tr("Reports that say different things under one id")), steps(lines)]
    return render(*parts)


def _conflict(one: "Conflict") -> Text:
    place = ", ".join(filter(None, (one.site, one.team))) or tr("no site")
    lines = [
        tr("{workstation}: {n} reports, {first} to {last}").format(
            workstation=seen.workstation, n=number(seen.reports), first=_day(seen.first), last=_day(seen.last)
        )
        for seen in one.seen
    ]
    return Text.assemble((one.agent, "bold"), f"  {place}\n", ("\n".join(lines), "dim"))


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()


def conflict_rows(found: Iterable["Conflict"], twice: Iterable[tuple[str, int]]) -> Found:
    """The same as rows: one for each workstation, and one for each report id."""
    columns = ["agent", "site", "team", "workstation", "first", "last", "reports", "in_turns", "report_id", "contents"]
    rows: list[list[Cell]] = []
    for one in found:
        for seen in one.seen:
            when = _day(seen.first), _day(seen.last), seen.reports, one.in_turns
            rows.append([one.agent, one.site, one.team, seen.workstation, *when, None, None])
    rows += [[*[None] * 8, id, contents] for id, contents in twice]
    return columns, rows


def log_rows(log: Iterable[tuple[str, str, str, str | None]]) -> Found:
    """Who did what, as rows."""
    return ["time", "who", "what", "agent"], [list(row) for row in log]


def people_rows(asked: Iterable[str], found: Mapping[str, str]) -> Found:
    """Who is behind each pseudonym, as rows."""
    return ["agent", "name"], [[clean(name), found.get(name)] for name in asked]
