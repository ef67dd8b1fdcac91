"""What another profile would change, as it looks: `fleet audit`."""

from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.text import Text

from remoteready.exits import Verdict
from remoteready.language import tr, trn
from remoteready.report import fleet, words
from remoteready.report.console import NARROW, heading, render, terminal
from remoteready.report.fleet_console import NUMBER, TEXT, table
from remoteready.report.rows import Cell, Found

if TYPE_CHECKING:
    from remoteready.fleet.reaudit import Reaudit, RuleChange

VERDICTS = {
    Verdict.READY.value: tr("ready"),
    Verdict.NOT_READY.value: tr("not ready"),
    Verdict.UNDETERMINED.value: tr("could not tell"),
}


def console(answer: "Reaudit", on: Console | None = None) -> str:
    """The people whose verdict would be another, then the rules that make it so."""
    on = on or terminal()
    parts: list[RenderableType] = [
        Panel(Text(headline(answer), style="bold"), border_style="yellow" if answer.turned else "green"),
        _verdicts(answer, on),
    ]
    changed = [one for one in answer.rules if sentence(one)]
    if changed:
        parts += [heading(tr("Rules that come out otherwise")), _rules(changed, on)]
    parts.append(Text("\n" + notes(answer), style="dim"))
    return render(*parts, console=on)


def headline(answer: "Reaudit") -> str:
    """The one line that is read first."""
    before, after = answer.before[Verdict.NOT_READY.value], answer.after[Verdict.NOT_READY.value]
    if after == before:
        how = tr("as many people are not ready as now")
    elif after > before:
        how = trn("{n} more person is not ready", "{n} more people are not ready", after - before)
    else:
        how = trn("{n} fewer person is not ready", "{n} fewer people are not ready", before - after)
    said = how.format(n=words.number(abs(after - before)))
    return tr("By {profile}, {how}.").format(profile=answer.profile, how=said)


def sentence(one: "RuleChange") -> str:
    """312 more people fail wired-network."""
    if not one.demanded and one.before:
        return tr("no longer demanded")
    said = []
    if one.more:
        more = trn("{n} more person fails {rule}", "{n} more people fail {rule}", one.more)
        said.append(more.format(n=words.number(one.more), rule=one.rule))
    if one.harder:
        harder = trn("{n} person fails it now as a must", "{n} people fail it now as a must", one.harder)
        said.append(harder.format(n=words.number(one.harder)))
    if one.softer:
        softer = trn("{n} person breaks only advice now", "{n} people break only advice now", one.softer)
        said.append(softer.format(n=words.number(one.softer)))
    if one.fewer:
        fewer = trn("{n} person no longer fails {rule}", "{n} people no longer fail {rule}", one.fewer)
        said.append(fewer.format(n=words.number(one.fewer), rule=one.rule))
    if one.untold:
        untold = trn("{n} person has to be checked again", "{n} people have to be checked again", one.untold)
        said.append(untold.format(n=words.number(one.untold)))
    return ", ".join(said)


def notes(answer: "Reaudit") -> str:
    """What was judged again, and what is to be done next."""
    judged = trn("{n} report was judged again", "{n} reports were judged again", answer.reports)
    turned = tr("{n} of them come to another verdict")
    said = [judged.format(n=words.number(answer.reports)), turned.format(n=words.number(answer.reports_turned))]
    if answer.reports_without_facts:
        left = tr("{n} whose facts have been purged stay as they are")
        said.append(left.format(n=words.number(answer.reports_without_facts)))
    if any(one.untold for one in answer.rules):
        said.append(tr("who has to be checked again has no report yet that holds the facts"))
    said.append(tr("people count by their newest report, however old it is"))
    end = tr("The store was changed.") if answer.kept else tr("Nothing was changed; --apply keeps it.")
    return f"{'; '.join(said)}. {end}"


def _verdicts(answer: "Reaudit", on: Console) -> RenderableType:
    columns = [(tr("People"), TEXT), (tr("Now"), NUMBER), (tr("Then"), NUMBER), (tr("Change"), NUMBER)]
    rows = [
        (
            Text(VERDICTS[verdict.value], style="bold"),
            words.number(answer.before[verdict.value]),
            words.number(answer.after[verdict.value]),
            signed(answer.after[verdict.value] - answer.before[verdict.value]),
        )
        for verdict in Verdict
    ]
    return table(columns, rows, on)


def _rules(changed: list["RuleChange"], on: Console) -> RenderableType:
    columns = [(tr("Rule"), TEXT), (tr("Now"), NUMBER), (tr("Then"), NUMBER), (tr("What changes"), TEXT)]
    rows = [
        (
            Text(fleet.clean(one.title) if on.width >= NARROW else one.rule, style="bold"),
            words.number(one.before),
            words.number(one.after),
            sentence(one),
        )
        for one in changed
    ]
    return table(columns, rows, on)


def signed(number: int) -> str:
    """A change: +312, −4, or nothing."""
    return f"{'+' if number > 0 else '−'}{words.number(abs(number))}" if number else ""


def rows(answer: "Reaudit") -> Found:
    """A row for every rule, and one for every agent whose verdict would be another."""
    changes = "more", "harder", "softer", "fewer", "untold"
    rules: list[list[Cell]] = [
        ["rule", one.rule, one.title, one.before, one.after, *(getattr(one, name) for name in changes)]
        for one in answer.rules
    ]
    turned: list[list[Cell]] = [
        ["agent", one.agent, "", one.before, one.after, *(None for _ in changes)] for one in answer.turned
    ]
    return ["what", "name", "title", "before", "after", *changes], [*rules, *turned]
