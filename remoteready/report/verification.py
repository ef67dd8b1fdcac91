"""The formulas beside a simulation, on a terminal and as rows: every number twice, its confidence, a verdict."""

from math import inf
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from remoteready.files import named
from remoteready.language import tr
from remoteready.report.console import NARROW, heading, render, steps, terminal
from remoteready.report.page import Page, Part
from remoteready.report.planning import duration, per_cent
from remoteready.report.words import number

if TYPE_CHECKING:
    from remoteready.plan.agreement import Row
    from remoteready.plan.verify import Proof, Verification
    from remoteready.report.rows import Found

VERDICTS = {"agrees": tr("agrees"), "differs": tr("DIFFERS"), "no answer": tr("no answer")}
STYLES = {"agrees": "green", "differs": "red", "no answer": "magenta"}
SENTENCES = {
    "agrees": tr("Formulas and simulation agree."),
    "differs": tr("Formulas and simulation differ: do not trust the rows that say so, and please report them."),
    "no answer": tr("Rows without an answer: what is uploaded there is not below what the link leaves for it."),
}


def rows(found: "Verification") -> "Found":
    """A row for each number of each site; shares are 0–1, and a formula that has no answer is empty."""
    columns = ["site", "quantity", "unit", "formula", "simulated", "low", "high", "tolerance", "verdict"]
    return columns, [
        [
            *(proof.site, row.quantity, row.unit, None if row.formula == inf else row.formula),
            *(row.simulated, row.low, row.high, row.tolerance if row.tolerance < inf else None, row.agreement.value),
        ]
        for proof in found.proofs
        for row in proof.rows
    ]


def verification(found: "Verification", console: Console | None = None) -> str:
    """The whole report: the verdict first, then each site."""
    console = console or terminal()
    parts: list[RenderableType] = [Text(SENTENCES[found.agreement], style=f"bold {STYLES[found.agreement]}")]
    unanswered = any(row.agreement == "no answer" for proof in found.proofs for row in proof.rows)
    if unanswered and found.agreement != "no answer":
        parts.append(Text(SENTENCES["no answer"], style=STYLES["no answer"]))
    for proof in found.proofs:
        parts += [heading(_title(proof)), _list(proof) if console.width < NARROW else _table(proof)]
    return render(*parts, Text(f"\n{_about(found)}", style="dim"), console=console)


def _verdict(row: "Row") -> str:
    """What became of one row; a bound that lies above what was simulated holds, but is not said to agree."""
    if row.bound and row.agreement == "agrees" and row.formula > row.high + row.tolerance:
        return tr("bound holds")
    return VERDICTS[row.agreement]


def page(found: "Verification") -> Page:
    """The same for a browser."""
    lines = [SENTENCES[found.agreement]]
    if found.agreement != "no answer" and any(row.agreement == "no answer" for one in found.proofs for row in one.rows):
        lines.append(SENTENCES["no answer"])
    heads = ["", tr("Formula"), tr("Simulated"), tr("Range"), tr("Verdict")]
    parts = [
        Part(
            heading=_title(proof),
            heads=heads,
            rows=[
                [
                    row.quantity,
                    _shown(row, row.formula),
                    _shown(row, row.simulated),
                    _range(row),
                    _verdict(row),
                ]
                for row in proof.rows
            ],
        )
        for proof in found.proofs
    ]
    style = {"agrees": "pass", "differs": "fail", "no answer": "unknown"}[found.agreement]
    return Page(found.scenario, style, lines, parts, [_about(found)])


def _about(found: "Verification") -> str:
    about = tr(
        "Simulated: seed {seed}, 20 batches after a warm-up; the range is that of 95 % confidence. A formula agrees "
        "where it lies in the range, give or take one upload or call (of very many calls 0.5 %) for rates, 0.015 for "
        "shares and 5 % for times (20 % where lines of several speeds are slowed often); of several groups that send "
        "live it is a bound, which may be higher."
    ).format(seed=found.seed)
    if found.left_out:
        groups = ", ".join(named(name) for name in found.left_out)
        about += " " + tr("Not simulated, as their recordings cross no site's link: {groups}.").format(groups=groups)
    return about


def _title(proof: "Proof") -> str:
    if not proof.uploads_per_hour:
        return named(proof.site)
    flow = tr("{site}: {uploads} uploads an hour").format(
        site=named(proof.site), uploads=number(proof.uploads_per_hour)
    )
    if proof.link_mbps is None:
        return flow + tr(", no link named")
    return flow + tr(" over the {mbps} Mbps that the link leaves for them").format(mbps=number(proof.link_mbps, 1))


def _table(proof: "Proof") -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("")
    for head in (tr("Formula"), tr("Simulated"), tr("Range")):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column(tr("Verdict"), no_wrap=True)
    for row in proof.rows:
        verdict = Text(_verdict(row), style=STYLES[row.agreement])
        table.add_row(row.quantity, _shown(row, row.formula), _shown(row, row.simulated), _range(row), verdict)
    return table


def _list(proof: "Proof") -> Table:
    return steps(
        Text.assemble(
            f"{row.quantity}: {_shown(row, row.formula)}, ",
            tr("simulated {value} ({range})").format(value=_shown(row, row.simulated), range=_range(row)),
            ": ",
            (_verdict(row), STYLES[row.agreement]),
        )
        for row in proof.rows
    )


def _range(row: "Row") -> str:
    low, high = _shown(row, row.low), _shown(row, row.high)
    unit = high.rpartition(" ")[2]
    return f"{low.removesuffix(unit).rstrip()} – {high}"  # one unit for both, where it is one


def _shown(row: "Row", value: float) -> str:
    if abs(value) == inf:
        return "–"
    value = max(value, 0.0)  # an interval of batches may begin below what is possible
    if row.unit == "":
        return per_cent(value)
    return duration(value) if row.unit == "s" else f"{number(value, 1)} {row.unit}"
