"""Reports on a terminal: the verdict first, then what to do, then the table. Narrow terminals get a list instead."""

import unicodedata
from collections.abc import Iterable
from io import StringIO
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from remoteready.exits import Verdict
from remoteready.language import spoken, text, tr
from remoteready.report import advice, days, planning, words

if TYPE_CHECKING:
    from remoteready.check.findings import Finding, Report
    from remoteready.check.profile import Profile
    from remoteready.check.snapshot import Question
    from remoteready.plan.figures import Figure
    from remoteready.plan.links import SiteSizing
    from remoteready.plan.sizing import Sizing

NARROW = 64
"""Columns below which a table would only be fragments of words."""
NARROWEST = 20
"""Columns below which a terminal says nothing of use about its width: some say 0."""
WIDEST = 110
"""Columns that a line is still easy to read in."""

ASCII = str.maketrans(
    {"≥": ">=", "–": "-", "−": "-", "…": "...", "×": "x", "÷": "/", "·": "|", "Σ": "sum ", "θ": "t", "⁶": "^6"}
)
"""What our own texts use beyond ASCII, for terminals that have nothing else."""

PLAIN = {"ł": "l", "Ł": "L", "œ": "oe", "Œ": "OE", "¿": "?", **dict.fromkeys("«»„”“", '"'), "’": "'"}
"""Letters and marks of other languages that no decomposition makes plain."""

STYLES = {
    "pass": "green",
    "warn": "yellow",
    "fail": "red",
    "unknown": "magenta",
    "not_applicable": "dim",
    "waived": "cyan",
}
VERDICT_STYLES = {Verdict.READY: "green", Verdict.NOT_READY: "red", Verdict.UNDETERMINED: "magenta"}
VERDICT_SYMBOLS = {Verdict.READY: "pass", Verdict.NOT_READY: "fail", Verdict.UNDETERMINED: "unknown"}


class Paper(StringIO):
    """Takes what a console prints, so that a report is written whole or not at all."""

    encoding = "utf-8"
    """That of the real terminal: Rich draws with ASCII where it is not UTF-8."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self.encoding = encoding


def terminal() -> Console:
    """A console on paper that has the width, the colours and the encoding of standard output."""
    real = Console()
    return Console(
        file=Paper(real.encoding),
        width=min(real.width, WIDEST) if real.width >= NARROWEST else 80,
        height=real.height,
        force_terminal=real.is_terminal,
        color_system=None if real.legacy_windows else real.color_system,  # type: ignore[arg-type]  # a name it gave
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )


def render(*parts: RenderableType, console: Console | None = None) -> str:
    """All that was printed on a console, the parts last."""
    console = console or terminal()
    for part in parts:
        console.print(part)
    assert isinstance(console.file, StringIO)  # noqa: S101 – every console here is on paper
    printed = "".join(line.rstrip() + "\n" for line in console.file.getvalue().splitlines())
    return _spelled(printed.translate(ASCII), console.encoding) if console.options.ascii_only else printed


def _spelled(printed: str, encoding: str) -> str:
    """What an encoding cannot write, by its plain letters: e for é."""

    def plain(sign: str) -> str:
        try:
            sign.encode(encoding)
        except UnicodeError:
            return PLAIN.get(sign) or unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode() or "?"
        return sign

    return printed if printed.isascii() else "".join(map(plain, printed))


def _symbol(status: str, console: Console) -> str:
    return words.SYMBOLS[status][console.options.ascii_only]


def heading(title: str) -> Text:
    """The title of a part of a report, below an empty line."""
    return Text(f"\n{title}", style="bold")


def _panel(verdict: Verdict, title: str, sentence: str, console: Console) -> Panel:
    symbol = _symbol(VERDICT_SYMBOLS[verdict], console)
    style = VERDICT_STYLES[verdict]
    return Panel(Text.assemble((f"{symbol} {title}", f"bold {style}"), "  ", sentence), border_style=style)


def steps(lines: Iterable[Text], *, numbered: bool = False) -> Table:
    """A list whose lines begin below each other, with hyphens or numbers."""
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    for place, line in enumerate(lines, 1):
        table.add_row(f"  {place}." if numbered else "  -", line)
    return table


# --- check ----------------------------------------------------------------------------------------------------------


def check(report: "Report", console: Console | None = None) -> str:
    """The report of one workstation."""
    console = console or terminal()
    parts: list[RenderableType] = [
        _panel(report.verdict, words.verdict(report.verdict), words.summary(report), console),
        *_to_do(report),
        heading(tr("All checks")),
        _list(report, console) if console.width < NARROW else _table(report, console),
        Text(f"\n{words.judged(report)}", style="dim"),
    ]
    printed = render(*parts, console=console)
    if console.is_terminal and printed.count("\n") >= console.height:
        verdict = f"{_symbol(VERDICT_SYMBOLS[report.verdict], console)} {words.verdict(report.verdict)}"
        style = f"bold {VERDICT_STYLES[report.verdict]}"
        return render(Text.assemble((verdict, style), tr(": what to do stands at the top")), console=console)
    return printed


def _to_do(report: "Report") -> list[RenderableType]:
    from remoteready.check.findings import Status

    broken, warned = report.with_status(Status.FAIL), report.with_status(Status.WARN)
    sections = [
        (tr("Do this now"), [_step(one, report) for one in broken]),
        (words.unsure_heading(), _reasons(report, Status.UNKNOWN, "must")),
        (tr("Better still"), [_step(one, report) for one in warned]),
        (tr("Also could not tell"), _reasons(report, Status.UNKNOWN, "should")),
        (tr("If that does not help, send this to IT"), [Text(one.it) for one in broken if one.it]),
        (tr("Waived for now"), _pairs(words.waived(report, ended=False))),
        (tr("Waivers that have ended: these count again"), _pairs(words.waived(report, ended=True))),
        (tr("Limits to verify"), _pairs(words.old_limits(report))),
        (tr("Left out"), _reasons(report, Status.NOT_APPLICABLE, "must", "should")),
    ]
    parts: list[RenderableType] = []
    for number, (title, lines) in enumerate(sections):
        if lines:
            parts += [heading(title), steps(lines, numbered=number == 0)]
    return parts


def _reasons(report: "Report", status: str, *levels: str) -> list[Text]:
    return _pairs(words.by_reason(report, status, *levels))


def _pairs(rows: Iterable[tuple[str, str]]) -> list[Text]:
    return [Text.assemble(titles, "\n", (reason, "dim")) for titles, reason in rows]


def _step(finding: "Finding", report: "Report") -> Text:
    seen = f" ({finding.evidence})" if finding.evidence else ""
    whose = f"\n{whose_}" if (whose_ := words.whose(finding, report)) else ""
    shown = words.named(finding.title, words.found(finding))
    return Text.assemble(finding.agent, "\n", (f"{shown}{seen}{whose}", "dim"))


def _state(finding: "Finding", console: Console) -> Text:
    style = STYLES[finding.status]
    return Text(f"{_symbol(finding.status, console)} {words.status(finding.status)}", style=style)


def _table(report: "Report", console: Console) -> Table:
    """A line a check; evidence and reasons stand above the table, and in the other formats beside it."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(tr("Result"), no_wrap=True)
    table.add_column(tr("Check"), ratio=5, overflow="fold")
    table.add_column(tr("Measured"), ratio=3, overflow="fold")
    table.add_column(tr("Needed"), ratio=3, overflow="fold")
    for one in report.findings:
        style = "" if one.actual is not None else "dim"
        table.add_row(_state(one, console), one.title, Text(words.measured(one), style=style), words.expected(one))
    return table


def _list(report: "Report", console: Console) -> Group:
    entries: list[RenderableType] = []
    for one in report.findings:
        entries.append(Text.assemble(_state(one, console), "  ", (one.title, "bold")))
        entries.append(Padding(Text(words.found(one)), (0, 0, 0, 2)))
    return Group(*entries)


def explanation(
    report: "Report",
    rule: str,
    collector: str,
    questions: list["Question"],
    console: Console | None = None,
) -> str:
    """Where the answer to one rule comes from: every source that its collector asked, and what each one said.

    It shows the desk as it is, names and addresses too; a snapshot is what can be sent.
    """
    console = console or terminal()
    finding = next(one for one in report.findings if one.rule == rule)
    fact = report.facts.get(finding.fact)
    asked = [question for question in questions if collector in question.collectors]
    slowest = sorted(questions, key=lambda question: -(question.took_ms or 0))[:3]
    parts: list[RenderableType] = [
        Text.assemble(_state(finding, console), "  ", (finding.title, "bold"), (f"  {rule}", "dim")),
        steps(
            Text.assemble((words.named(label, ""), "dim"), shown)
            for label, shown in words.basis(finding, fact, report.time.date())
        ),
    ]
    if asked:
        title = tr("What the collector “{name}” asked, and what it was told").format(name=spoken(collector))
        parts += [heading(title), steps((_question(one) for one in asked), numbered=True)]
    if slowest:
        parts += [heading(tr("Slowest sources of this check")), steps(_took(one) for one in slowest)]
    return render(*parts, console=console)


def _question(question: "Question") -> Text:
    return Text.assemble(_took(question), "\n", (words.said(question.recorded), "dim"))


def _took(question: "Question") -> Text:
    return Text.assemble(words.one_line(question.asked, 200), (f"  {words.took(question.took_ms or 0)}", "cyan"))


# --- profile --------------------------------------------------------------------------------------------------------


def profiles(shipped: Iterable["Profile"]) -> str:
    """The shipped profiles, a line each."""
    lines: list[RenderableType] = []
    for one in shipped:
        lines.append(Text.assemble((one.id, "bold"), f" {one.version}  {text(one.title)}"))
        lines.append(Padding(Text(text(one.description), style="dim"), (0, 0, 0, 2)))
    return render(*lines)


def facts() -> str:
    """Every fact that a rule can judge, with its type and meaning."""
    from remoteready.check.facts import DECLARED

    lines: list[RenderableType] = []
    for name, about in DECLARED.items():
        kind = " | ".join(about.choices) or {"bool": "true | false"}.get(about.type.__name__, about.type.__name__)
        unit = f", {about.unit}" if about.unit else ""
        lines.append(Text.assemble((name, "bold"), f"  {kind}{unit}"))
        lines.append(Padding(Text(about.meaning, style="dim"), (0, 0, 0, 2)))
    return render(*lines)


# --- plan -----------------------------------------------------------------------------------------------------------


def plan(sizing: "Sizing", explain: bool, console: Console | None = None) -> str:
    """The answer to a scenario: the recording volume first, then every site's link, calls, gateways and home lines."""
    console = console or terminal()
    parts: list[RenderableType] = [
        _plan_verdict(sizing, console),
        heading(tr("{scenario}: recorded a day").format(scenario=sizing.scenario.name)),
        _volumes(sizing, console),
        heading(tr("Upload")),
        _named((part.group.name, planning.group_upload(part)) for part in sizing.groups),
    ]
    for site in sizing.sites:
        parts += [heading(tr("Link of {site}").format(site=site.name)), _bars(site, console)]
        parts += [Padding(Text(note), (0, 0, 0, 2)) for note in planning.site_notes(site)]
        if site.day:
            parts += [heading(days.link_heading(site)), _hours(*days.link_hours(site.day), console)]
    for title, rows in advice.sections(sizing):
        parts += [heading(title), _named(rows)]
    for one in sizing.gateways:
        if one.day:
            parts += [heading(days.session_heading(one)), _hours(*days.session_hours(one.day), console)]
    title, levers = advice.levers(sizing)
    if levers:
        parts += [heading(title), steps((Text(lever) for lever in levers), numbered=True)]
    if buying := advice.to_buy(sizing):
        parts.append(Text(f"\n{buying}", style="bold"))
    parts += [Text(f"\n{planning.assumptions(sizing)}", style="dim")]
    if explain:
        parts += [heading(tr("How every number was computed")), *_explained(sizing)]
    return render(*parts, console=console)


def _volumes(sizing: "Sizing", console: Console) -> RenderableType:
    if console.width < NARROW:
        return steps(Text(f"{label}: {shown}") for label, shown in planning.volumes(sizing))
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    for label, shown in planning.volumes(sizing):
        table.add_row(f"  {label}", shown)
    return table


def _named(rows: Iterable[tuple[str, str]]) -> Table:
    return steps(Text.assemble((name, "bold"), ", ", sentence) for name, sentence in rows)


def _bars(site: "SiteSizing", console: Console) -> Table:
    """The loads of a link beside its usable capacity, to one scale; in a narrow terminal below their labels."""
    rows = planning.site_loads(site)
    longest = planning.scale(site)
    narrow = console.width < NARROW
    values = [f"{words.number(load.value, 1)} Mbps" for _, load in rows]
    widths = max(len(label) for label, _ in rows) + max(map(len, values))
    room = console.width - 4 if narrow else console.width - widths - 6
    table = Table.grid(padding=(0, 1))
    for (label, load), shown in zip(rows, values, strict=True):
        usable = load is site.usable_mbps
        block = ("━=" if usable else "█#")[console.options.ascii_only]
        style = "cyan" if usable else _load_style(site, load)
        share = float(load.value) / longest
        beyond = (" …", " >")[console.options.ascii_only]
        bar = Text(block * (room - 2) + beyond if share > 1 else block * round(room * share), style=style)
        if narrow:
            table.add_row(f"  {label}: {shown}")
            table.add_row(Padding(bar, (0, 0, 0, 2)))
        else:
            table.add_row(f"  {label}", Text(shown, justify="right"), bar)
    return table


def _hours(heads: list[str], rows: list[tuple[list[str], float]], console: Console) -> Table:
    """Hours below each other, the last number of each drawn as a bar where there is room."""
    most = max(value for _, value in rows) or 1.0
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in heads:
        table.add_column(justify="right", no_wrap=True)
    widths = [max(len(cell) for cell in column) for column in zip(heads, *(cells for cells, _ in rows), strict=True)]
    room = console.width - sum(widths) - 2 * len(heads) - 4
    table.add_row(*(Text(f"  {head}" if place == 0 else head, style="dim") for place, head in enumerate(heads)))
    for cells, value in rows:
        block = "█#"[console.options.ascii_only]
        bar = [Text(block * round(room * value / most), style="blue")] if room > NARROW_BAR else []
        table.add_row(f"  {cells[0]}", *cells[1:], *bar)
    return table


NARROW_BAR = 10
"""A bar that is shorter shows nothing."""


def _load_style(site: "SiteSizing", load: "Figure") -> str:
    if site.usable_mbps is None:
        return "blue"
    if load.value <= site.usable_mbps.value:
        return "green"
    return "yellow" if site.holds else "red"  # uploads may fill a link now and then


def _plan_verdict(sizing: "Sizing", console: Console) -> Panel:
    sentence = planning.sentence(sizing)
    if not planning.judged(sizing):
        return Panel(Text(sentence), border_style="blue")
    return _panel(sizing.verdict, planning.title(sizing), sentence, console)


def _explained(sizing: "Sizing") -> list[RenderableType]:
    parts: list[RenderableType] = []
    for scope, figures in planning.explained(sizing):
        parts.append(Text(f"\n{scope}", style="bold"))
        for one in figures:
            inputs = ", ".join(f"{name.replace('_', ' ')} = {words.number(v, 6)}" for name, v in one.inputs.items())
            head = f"{one.name} = {words.number(one.value, 6)} {one.unit}".rstrip()
            parts.append(Padding(Text.assemble((head, "cyan"), f"\n  = {one.formula}\n  {inputs}"), (0, 0, 0, 2)))
            parts.append(Padding(Text(one.source, style="dim"), (0, 0, 0, 4)))
    return parts
