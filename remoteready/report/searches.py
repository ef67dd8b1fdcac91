"""What `plan fit`, `sweep` and `compare` found, each as one table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from remoteready.formulas import Number
from remoteready.language import tr
from remoteready.report.planning import per_cent
from remoteready.report.rows import Cell, Found
from remoteready.report.words import number

if TYPE_CHECKING:
    from remoteready.plan.agents import Answer
    from remoteready.plan.search import Difference, Fit, Row


def fits(found: Sequence["Fit"]) -> Found:
    """What every link and gateway carries of every group."""
    columns = ["resource", "group", "users", "most users", "monitors", "most monitors"]
    return columns, [
        [one.resource, one.group, one.users, one.most_users, one.monitors, one.most_monitors] for one in found
    ]


def swept(rows: Sequence["Row"]) -> Found:
    """A plan a row: what was set, what every site needs, and whether it holds."""
    settings = list(rows[0].settings)
    sites = next([site.name for site in row.sizing.sites] for row in rows if row.sizing)
    found: list[list[Cell]] = []
    for row in rows:
        cells: list[Cell] = [row.settings[name] for name in settings]
        if row.sizing is None:
            found.append([*cells, *([None] * (3 * len(sites))), row.problem])
            continue
        for site in row.sizing.sites:
            slowest = max((float(time.seconds.value) for time in site.upload_times), default=None)
            cells += [float(site.peak_mbps.value), float(site.link_mbps_needed), slowest]
        found.append([*cells, row.sizing.verdict.value])
    heads = [f"{site}: {what}" for site in sites for what in ("peak Mbps", "link Mbps needed", "upload s")]
    return [*settings, *heads, "verdict"], found


def answered(found: Sequence["Answer"]) -> Found:
    """Agents and trunks: a number a row, shares 0–1, with its formula."""
    return ["quantity", "value", "unit", "formula"], [[one.quantity, one.value, one.unit, one.formula] for one in found]


def in_words(found: Found) -> Found:
    """The same for people: shares in per cent, units beside the numbers, formulas left out."""
    whole = (tr("agents on calls"), tr("agents to schedule"), tr("trunks"))
    shown: list[list[Cell]] = []
    for quantity, value, unit, _ in found[1]:
        number_ = float(value or 0)
        text = f"{number(number_, 2)} {unit}".strip() if unit or quantity in whole else per_cent(number_)
        shown.append([quantity, text])
    return ["", ""], shown


def compared(differences: Sequence["Difference"], names: tuple[str, str]) -> Found:
    """Two plans side by side."""
    rows: list[list[Cell]] = []
    for one in differences:
        of = f"{one.of}: " if one.of else ""
        change = None if one.first is None or one.second is None else float(one.second) - float(one.first)
        rows.append([f"{of}{_label(one.name)}", one.unit, _float(one.first), _float(one.second), change])
    return ["figure", "unit", *names, "change"], rows


def _label(name: str) -> str:
    """A figure's name as a person reads it: upload MB for upload_mb."""
    return " ".join({"mb": "MB", "mbps": "Mbps"}.get(word, word) for word in name.split("_"))


def _float(value: Number | None) -> float | None:
    return None if value is None else float(value)
