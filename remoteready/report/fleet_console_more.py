"""One desk, trends, differences and lines on a terminal: what `fleet agent`, `trend`, `diff` and `uplinks` say."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.text import Text

from remoteready.fleet.answers import State
from remoteready.language import tr
from remoteready.report import fleet, fleet_changes, fleet_lines, words
from remoteready.report.console import NARROW, heading, render, steps, terminal
from remoteready.report.fleet_charts import columns, sparkline, top
from remoteready.report.fleet_console import (
    FIXED,
    NUMBER,
    STYLES,
    TEXT,
    bars,
    belongs,
    colour,
    panel,
    state_of,
    table,
    whole,
)

if TYPE_CHECKING:
    from remoteready.fleet.answers import Person
    from remoteready.fleet.change import Change
    from remoteready.fleet.history import History
    from remoteready.fleet.trend import Series, Trend
    from remoteready.fleet.uplinks import Uplinks

# --- agent ----------------------------------------------------------------------------------------------------------


def agent(answer: "History", console: Console | None = None) -> str:
    """One desk: what is wrong now and since when, then how it came out over time."""
    console = console or terminal()
    title = fleet.STATES[answer.state].upper()
    parts: list[RenderableType] = [panel(answer.state, title, fleet.who(answer), console)]
    if answer.open:
        parts.append(heading(tr("Not met by the newest report")))
        rows = [
            Text.assemble(
                (fleet.told(one), STYLES.get(one.failing.status, "yellow")),
                (f"  {tr('since')} {fleet.lasting(one.failing.since, answer.at)}", "dim"),
                f"\n{one.agent}" if one.agent and one.failing.status in ("fail", "warn") else "",
            )
            for one in answer.open
        ]
        parts.append(steps(rows))
    if answer.runs:
        parts += [heading(tr("History, newest first")), _strip(answer, console), Text(), _runs(answer, console)]
    if len(answer.workstations) > 1:
        told = tr("Reports came from {n} computers; if two are used at a time, two people share this name.")
        parts.append(Text("\n" + told.format(n=len(answer.workstations)), style="yellow"))
    parts.append(Text(f"\n{fleet.at(answer)}", style="dim"))
    return whole(parts, answer.state, title, console)


def _strip(answer: "History", console: Console) -> Text:
    """A symbol for each of the newest reports."""
    strip = Text("  ")
    for one in answer.reports[: console.width - 4]:
        state = State(one.verdict.value)
        strip.append(fleet.SYMBOLS[state][console.options.ascii_only], style=colour(state))
    return strip


def _runs(answer: "History", console: Console) -> RenderableType:
    columns = [(tr("Days"), FIXED), (tr("Reports"), NUMBER), (tr("Result"), FIXED), (tr("Failed"), TEXT)]
    rows = [
        (
            fleet.span(run),
            words.number(run.reports),
            state_of(State(run.verdict.value), console),
            fleet.rule_names(run.failed),
        )
        for run in answer.runs
    ]
    return table(columns, rows, console)


# --- trend ----------------------------------------------------------------------------------------------------------


def trend(answer: "Trend", console: Console | None = None) -> str:
    """The share of people not ready by day, then which rules and sites got worse."""
    console = console or terminal()
    state, sign, sentence = fleet_changes.worse(answer)
    parts: list[RenderableType] = [panel(state, sign, sentence, console)]
    if not answer.reported:
        return render(*parts, console=console)
    parts += [
        heading(tr("Not ready, share of the people who reported")),
        columns(answer.not_ready.shares, answer.first.isoformat(), answer.last.isoformat(), "red", console),
    ]
    for title, found in ((tr("Rules, worse first"), answer.rules), (tr("Sites, worse first"), answer.sites)):
        if found and not (found is answer.sites and len(found) == 1):
            parts += [heading(title), _series(found[: fleet_changes.SERIES], console)]
            if len(found) > fleet_changes.SERIES:
                more = tr("and {n} more in the other formats").format(n=len(found) - fleet_changes.SERIES)
                parts.append(Text(f"  {more}", style="dim"))
    notes = [tr("Change: points of per cent, last 7 days against the 7 before."), fleet_changes.hidden(answer)]
    parts.append(Text("\n" + " ".join(filter(None, notes)), style="dim"))
    return whole(parts, state, sign, console)


def _series(found: Sequence["Series"], console: Console) -> RenderableType:
    days = 28 if console.width >= NARROW else console.width - 12
    scale = top(fleet_changes.scale_of(found))
    columns = [(tr("Name"), TEXT), (tr("Days"), FIXED), (tr("Last 7"), NUMBER), (tr("Change"), NUMBER)]
    rows = [
        (
            Text(fleet.clean(one.title) or fleet.NOWHERE),
            Text(sparkline(one.shares[-days:], scale, console), style="red"),
            fleet_changes.week(one.last_week),
            Text(fleet_changes.signed(one.change), style=_change_style(one.change)),
        )
        for one in found
    ]
    return table(columns, rows, console)


def _change_style(change: float | None) -> str:
    if change is None or abs(change) < fleet_changes.STEADY:
        return "dim"
    return "red" if change > 0 else "green"


# --- diff -----------------------------------------------------------------------------------------------------------


def diff(answer: "Change", limit: int | None = None, console: Console | None = None) -> str:
    """Who became not ready and who recovered, and how many went from each state to each."""
    console = console or terminal()
    state, sign, sentence = fleet_changes.changed(answer)
    parts: list[RenderableType] = [panel(state, sign, sentence, console)]
    for title, what, style, people in fleet_changes.moves(answer):
        if people:
            shown = _people(people[:limit], what, style, console)
            parts += [heading(f"{title}: {words.number(len(people))}"), shown]
            if limit is not None and (more := fleet.cut_short(limit, len(people))):
                parts.append(Text(f"  {more}", style="dim"))
    title = tr("From the end of {first} (rows) to the end of {second} (columns)")
    parts += [heading(title.format(first=answer.first, second=answer.second)), _matrix(answer, console)]
    return whole(parts, state, sign, console)


def _people(people: Sequence[tuple["Person", str]], what: str, style: str, console: Console) -> RenderableType:
    columns = [(tr("Agent"), FIXED), (tr("Site, team"), TEXT), (what, TEXT)]
    rows = [
        (
            Text(fleet.called(person), style="bold"),
            belongs(person),
            Text(told, style=STYLES[style]),
        )
        for person, told in people
    ]
    return table(columns, rows, console)


def _matrix(answer: "Change", console: Console) -> RenderableType:
    flows = {(flow.before, flow.after): words.number(flow.people) for flow in answer.flows}
    columns = [("", FIXED), *((fleet.STATES[state], NUMBER) for state in fleet.ORDER)]
    rows = [
        [state_of(before, console)]
        + [Text(flows.get((before, after), ""), style="dim" if before is after else "") for after in fleet.ORDER]
        for before in fleet.ORDER
        if getattr(answer.before, before.value)
    ]
    return table(columns, rows, console)


# --- uplinks --------------------------------------------------------------------------------------------------------


def uplinks(answer: "Uplinks", console: Console | None = None) -> str:
    """How fast the lines are, and how many monitors the desks have."""
    console = console or terminal()
    parts: list[RenderableType] = [
        panel(
            State.READY if answer.measured else State.UNDETERMINED,
            tr("MEASURED LINES"),
            fleet_lines.measured(answer),
            console,
        )
    ]
    if answer.measured:
        rows = [(Text(label), people, "cyan") for label, people in fleet_lines.by_rate(answer)]
        parts += [heading(tr("Upload, as the site received it")), bars(rows, answer.measured, console), Text()]
        parts.append(
            steps(Text(fleet_lines.percentile(one.per_cent, one.uplink_mbps)) for one in answer.percentiles[:5])
        )
    if answer.monitors:
        rows = [(Text(label), people, "cyan") for label, people in fleet_lines.by_monitors(answer)]
        parts += [heading(tr("Monitors")), bars(rows, fleet_lines.monitors_known(answer), console)]
    parts.append(Text(f"\n{fleet_lines.HINT}", style="dim"))
    return render(*parts, console=console)
