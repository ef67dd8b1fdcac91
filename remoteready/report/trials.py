"""What profiles say on recorded machines: machine by machine, then rule by rule."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remoteready.files import named
from remoteready.language import tr, trn
from remoteready.report import words
from remoteready.report.console import NARROW, STYLES, VERDICT_SYMBOLS, heading, render, terminal
from remoteready.report.rows import Cell, Found

if TYPE_CHECKING:
    from remoteready.check.trials import Trial, Trials
    from remoteready.exits import Verdict

STATUSES = ("fail", "warn", "unknown", "pass")


def found(trials: "Trials") -> Found:
    """A machine a row; the ids of rules with spaces between them."""
    lists = ("must_not_met", "should_not_met", "must_unknown", "should_unknown")
    rows: list[list[Cell]] = [
        [
            *(one.machine, one.system, one.verdict.value if one.verdict else "unusable"),
            *(" ".join(getattr(one, name)) for name in lists),
            *(one.problem, one.file),
        ]
        for one in trials.machines
    ]
    return ["machine", "system", "verdict", *lists, "problem", "file"], rows


def to_console(trials: "Trials", console: Console | None = None) -> str:
    """Every machine with its verdict and what it did not meet, then how often each rule was not met."""
    console = console or terminal()
    narrow = console.width < NARROW
    return render(
        Text(_title(trials), style="bold"),
        Text(_counts(trials)),
        heading(tr("Machines")),
        _list(trials.machines, console) if narrow else _machines(trials.machines, console),
        *_rules(trials.machines, console),
        console=console,
    )


def _title(trials: "Trials") -> str:
    named = " + ".join(f"{one.id} {one.version}" for one in trials.profiles)
    if trials.site:
        named = tr("{profiles}, site {site}").format(profiles=named, site=trials.site)
    return tr("{profiles}, role {role}").format(profiles=named, role=trials.role) if trials.role else named


def _counts(trials: "Trials") -> str:
    counted = [(words.VERDICTS[verdict].lower(), trials.count(verdict)) for verdict in words.VERDICTS]
    counted.append((tr("cannot be used"), trials.count(None)))
    told = ", ".join(f"{count} {name}" for name, count in counted if count)
    return trn("{n} machine: {told}", "{n} machines: {told}", len(trials.machines)).format(
        n=len(trials.machines), told=told
    )


def _machines(machines: Iterable["Trial"], console: Console) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(tr("Machine"), overflow="fold")
    table.add_column(tr("Verdict"), no_wrap=True)
    table.add_column(tr("Rules that decide"), overflow="fold")
    for one in machines:
        table.add_row(Text(_name(one)), _verdict(one.verdict, console), _decisive(one, console))
    return table


def _list(machines: Iterable["Trial"], console: Console) -> Group:
    parts: list[RenderableType] = []
    for one in machines:
        told = Text.assemble(_verdict(one.verdict, console), "  ", _decisive(one, console))
        parts += [Text(_name(one), style="bold"), Padding(told, (0, 0, 0, 2))]
    return Group(*parts)


def _name(one: "Trial") -> str:
    """The name of the machine; of a file that cannot be used, where it is."""
    return named(one.file if one.problem else one.machine)


def _verdict(verdict: "Verdict | None", console: Console) -> Text:
    if verdict is None:
        return Text(tr("CANNOT BE USED"), style="red")
    status = VERDICT_SYMBOLS[verdict]
    return Text(f"{_symbol(status, console)} {words.VERDICTS[verdict]}", style=STYLES[status])


def _decisive(one: "Trial", console: Console) -> Text:
    """The musts that make the verdict, then how many other warnings and unknown answers there are."""
    if one.problem:
        return Text(one.problem)
    unknown = (*one.must_unknown, *one.should_unknown)
    decisive = one.must_not_met or one.must_unknown
    beside = (("warn", one.should_not_met), ("unknown", [rule for rule in unknown if rule not in decisive]))
    counts = " ".join(f"{_symbol(status, console)}{len(rules)}" for status, rules in beside if rules)
    return Text.assemble(", ".join(decisive), "  " if decisive and counts else "", (counts, "dim"))


def _rules(machines: Iterable["Trial"], console: Console) -> list[RenderableType]:
    """The rules that some machine did not meet, those first that keep most machines from being ready."""
    counts: dict[str, Counter[str]] = {}
    for one in machines:
        lists = (one.must_not_met, one.should_not_met, (*one.must_unknown, *one.should_unknown), one.passed)
        for status, rules in zip(STATUSES, lists, strict=True):
            for rule in rules:
                counts.setdefault(rule, Counter())[status] += 1
    open_ = [(rule, count) for rule, count in counts.items() if set(count) != {"pass"}]
    if not open_:
        return []
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(tr("Rule"), overflow="fold")
    for status in STATUSES:
        named = "" if console.width < NARROW else f" {words.STATUSES[status]}"
        table.add_column(f"{_symbol(status, console)}{named}", justify="right")
    for rule, count in sorted(open_, key=lambda one: [-one[1][status] for status in STATUSES[:3]]):
        table.add_row(Text(rule), *(str(count[status] or "") for status in STATUSES))
    return [heading(tr("Rules that not every machine meets")), table]


def _symbol(status: str, console: Console) -> str:
    return words.SYMBOLS[status][console.options.ascii_only]
