"""Answers about the fleet on a terminal: the one line first, then what to do, then the lists."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from remoteready.fleet.answers import Counts, State
from remoteready.language import tr
from remoteready.report import fleet, words
from remoteready.report.console import NARROW, heading, render, steps, terminal
from remoteready.report.fleet_charts import bar

if TYPE_CHECKING:
    from remoteready.fleet.answers import Person
    from remoteready.fleet.status import Status
    from remoteready.fleet.why import Cause, Why

STYLES = {"pass": "green", "fail": "red", "unknown": "magenta", "warn": "yellow", "dim": "dim"}
TOLD = 5
"""What to tell people first; `fleet why` has the rest."""

TEXT, NUMBER, FIXED = "text", "number", "fixed"
Column = tuple[str, str]
"""The title of a column, and what it holds: text that may be broken, numbers, or text that may not."""


def colour(state: State) -> str:
    """The colour of a state; its symbol and its name say the same."""
    return STYLES[fleet.CLASSES[state]]


def belongs(person: "Person") -> str:
    """Site and team, which is what a table has room for."""
    return ", ".join(fleet.clean(name) for name in (person.site, person.team) if name)


def state_of(state: State, console: Console) -> Text:
    """A state with its symbol."""
    symbol = fleet.SYMBOLS[state][console.options.ascii_only]
    return Text(f"{symbol} {fleet.STATES[state]}", style=colour(state))


def panel(state: State, title: str, sentence: str, console: Console) -> Panel:
    """The one line that has to be read, in a frame."""
    symbol = fleet.SYMBOLS[state][console.options.ascii_only]
    text = Text.assemble((f"{symbol} {title}", f"bold {colour(state)}"), "  ", sentence)
    return Panel(text, border_style=colour(state))


def whole(parts: Sequence[RenderableType], state: State, title: str, console: Console) -> str:
    """All parts; on a terminal that they do not fit, the one line that has to be read once more at the end."""
    printed = render(*parts, console=console)
    if console.is_terminal and printed.count("\n") >= console.height:
        symbol = fleet.SYMBOLS[state][console.options.ascii_only]
        last = Text.assemble((f"{symbol} {title}", f"bold {colour(state)}"), tr(": the rest stands above"))
        return render(last, console=console)
    return printed


def table(columns: Sequence[Column], rows: Iterable[Sequence[str | Text]], console: Console) -> RenderableType:
    """A table; below NARROW columns a list of its rows, the first cell as the title of each."""
    if console.width >= NARROW:
        drawn = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for title, kind in columns:
            justify: JustifyMethod = "right" if kind == NUMBER else "left"
            drawn.add_column(title, justify=justify, no_wrap=kind == FIXED, overflow="fold")
        for row in rows:
            drawn.add_row(*row)
        return Padding(drawn, (0, 0, 0, 2))
    lines = []
    for first, *cells in rows:
        pairs = [(title, cell) for (title, _), cell in zip(columns[1:], cells, strict=True) if str(cell)]
        rest = Text("; ").join(Text.assemble((f"{title}: ", "dim"), cell) for title, cell in pairs)
        lines.append(Text.assemble(first, "\n", rest))
    return steps(lines)


def bars(rows: Sequence[tuple[Text, int, str]], whole: int, console: Console) -> Table:
    """A bar for each row beside its number and share; in a narrow terminal below them."""
    narrow = console.width < NARROW
    shares = [fleet.share_of(number, whole) for _, number, _ in rows]
    numbers = [words.number(number) for _, number, _ in rows]
    label = max((len(text.plain) for text, *_ in rows), default=0)
    beside = label + max(map(len, numbers), default=0) + max(map(len, shares), default=0) + 9
    room = console.width - 4 if narrow else console.width - beside
    table = Table.grid(padding=(0, 2, 0, 0))
    for (text, number, style), share, shown in zip(rows, shares, numbers, strict=True):
        drawn = Text(bar(number / whole if whole else 0, room, console), style=style)
        if narrow:
            table.add_row(Text.assemble("  ", text, f"  {shown}, {share}"))
            table.add_row(Text.assemble("  ", drawn))
        else:
            right = Text(shown, justify="right"), Text(share, justify="right")
            table.add_row(Text.assemble("  ", text), *right, drawn)
    return table


# --- status ---------------------------------------------------------------------------------------------------------


def status(answer: "Status", console: Console | None = None) -> str:
    """Who is ready for the shift, what to tell the others first, and who they are."""
    console = console or terminal()
    state, title = fleet.headline(answer.counts)
    parts: list[RenderableType] = [
        panel(state, title, fleet.standing(answer), console),
        Text(),
        _standing(answer.counts, console),
    ]
    if answer.to_do:
        parts += [
            heading(tr("What to tell them, what helps most first")),
            _advice(fleet.most_helpful(answer.to_do)[:TOLD]),
        ]
    if len(answer.sites) > 1:
        parts += [heading(tr("By site")), _sites(answer, console)]
    for listed in fleet.UNSURE:
        parts += _listed(answer, listed, console)
    notes = [fleet.unlisted(answer), fleet.at(answer), fleet.NEXT]
    parts.append(Text("\n" + "\n".join(filter(None, notes)), style="dim"))
    return whole(parts, state, title, console)


def _standing(counts: Counts, console: Console) -> Table:
    rows = [(state_of(state, console), number, colour(state)) for state, number in fleet.counted(counts)]
    return bars(rows, counts.people, console)


def _advice(causes: Sequence["Cause"]) -> Table:
    return steps(
        (Text.assemble(one.agent or one.it or one.title, "\n", (fleet.helps(one), "dim")) for one in causes),
        numbered=True,
    )


def _sites(answer: "Status", console: Console) -> RenderableType:
    columns = [
        (tr("Site"), TEXT),
        (tr("People"), NUMBER),
        (tr("Ready"), NUMBER),
        (tr("Not ready"), NUMBER),
        (tr("Could not tell"), NUMBER),
        (tr("Silent"), NUMBER),
    ]
    rows = [
        (
            Text(fleet.place(one.site), style="bold"),
            words.number(one.counts.people),
            words.number(one.counts.ready),
            Text(words.number(one.counts.not_ready), style="red" if one.counts.not_ready else ""),
            words.number(one.counts.undetermined),
            words.number(one.counts.silent),
        )
        for one in answer.sites
    ]
    return table(columns, rows, console)


def _listed(answer: "Status", state: State, console: Console) -> list[RenderableType]:
    """The people of one state: who they are, and as far as it is known since when and why."""
    found = [one for one in answer.listed if one.state is state]
    matching = getattr(answer.matching, state.value)
    if not matching:
        return []
    columns = [(tr("Agent"), FIXED), (tr("Site, team"), TEXT), (tr("Since"), FIXED), (tr("Why"), TEXT)]
    rows: list[Sequence[str | Text]] = [
        (Text(fleet.called(one.person), style="bold"), belongs(one.person), fleet.day(one.since), fleet.reasons(one))
        for one in found
    ]
    if state is State.STALE:
        columns = [*columns[:2], (tr("Last report"), FIXED)]
        rows = [(*row[:2], fleet.clock(one.reported)) for row, one in zip(rows, found, strict=True)]
    if state is State.NEVER_SEEN:
        columns, rows = columns[:2], [row[:2] for row in rows]
    parts: list[RenderableType] = [heading(fleet.listed_heading(state, answer)), table(columns, rows, console)]
    if more := fleet.cut_short(len(found), matching):
        parts.append(Text(f"  {more}", style="dim"))
    return parts


# --- why ------------------------------------------------------------------------------------------------------------


def why(answer: "Why", console: Console | None = None) -> str:
    """What keeps most people from their shift, a bar each."""
    console = console or terminal()
    state, title = fleet.headline(answer.counts)
    parts: list[RenderableType] = [panel(state, title, fleet.standing(answer), console)]
    for group, causes in fleet.groups(answer):
        parts.append(heading(group))
        if causes[0].blocks:
            most = max(one.people for one in causes)
            parts += [part for one in causes for part in _cause(one, most, console)]
        else:
            parts.append(_causes(causes, console))
    if not answer.causes:
        parts.append(Text(f"\n{tr('Every rule is met by everybody heard from.')}"))
    parts.append(Text(f"\n{tr('Shares are of the people heard from.')} {fleet.at(answer)}", style="dim"))
    return whole(parts, state, title, console)


def _cause(cause: "Cause", most: int, console: Console) -> list[RenderableType]:
    """What keeps people from their shift: how many, and what to tell them."""
    numbers = [fleet.people(cause.people), fleet.percent(cause.share)]
    if cause.alone:
        numbers.append(tr("{n} by this alone").format(n=words.number(cause.alone)))
    if cause.new:
        numbers.append(tr("{n} new this week").format(n=words.number(cause.new)))
    room = min(console.width, 80) - 4
    lines: list[RenderableType] = [
        Text.assemble("  ", (cause.title, "bold"), ("" if cause.title == cause.rule else f"  {cause.rule}", "dim")),
        Text.assemble("  ", (bar(cause.people / most, room, console), "red")),
        Padding(Text(", ".join(numbers)), (0, 0, 0, 2)),
    ]
    if cause.agent:
        lines.append(Padding(Text(cause.agent, style="dim"), (0, 0, 0, 2)))
    return [*lines, Text()]


def _causes(causes: Sequence["Cause"], console: Console) -> RenderableType:
    """What else is not met, a line each."""
    columns = [(tr("Rule"), TEXT), (tr("People"), NUMBER), (tr("Share"), NUMBER), (tr("New this week"), NUMBER)]
    rows = [
        (one.title, words.number(one.people), fleet.percent(one.share), words.number(one.new) if one.new else "")
        for one in causes
    ]
    return table(columns, rows, console)
