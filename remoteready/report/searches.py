"""What `plan fit`, `sweep` and `compare` found, as one table: on a terminal, as CSV or as JSON."""

import csv
import json
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from remoteready.formulas import Number
from remoteready.report.console import NARROW, render, terminal
from remoteready.report.words import number

if TYPE_CHECKING:
    from remoteready.plan.search import Difference, Fit, Row

Cell = str | int | float | bool | None
Found = tuple[list[str], list[list[Cell]]]
"""Names of the columns, and the rows: numbers as they are, for machines and people alike."""


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


def compared(differences: Sequence["Difference"], names: tuple[str, str]) -> Found:
    """Two plans side by side."""
    rows: list[list[Cell]] = []
    for one in differences:
        of = f"{one.of}: " if one.of else ""
        change = None if one.first is None or one.second is None else float(one.second) - float(one.first)
        rows.append([f"{of}{one.name.replace('_', ' ')}", one.unit, _float(one.first), _float(one.second), change])
    return ["", "unit", *names, "change"], rows


def _float(value: Number | None) -> float | None:
    return None if value is None else float(value)


def to_json(found: Found) -> str:
    """The rows as JSON objects, a list."""
    columns, rows = found
    return json.dumps([dict(zip(columns, row, strict=True)) for row in rows], indent=2, ensure_ascii=False) + "\n"


def to_csv(found: Found) -> str:
    """The rows as CSV with a header, RFC 4180, numbers with a point."""
    paper = StringIO()
    writer = csv.writer(paper, lineterminator="\n")
    columns, rows = found
    writer.writerow(columns)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return paper.getvalue()


def _safe(cell: Cell) -> Cell:
    """Text that a spreadsheet would take for a formula stays text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") else cell


def to_console(found: Found, title: str, console: Console | None = None) -> str:
    """The rows as a table; below NARROW columns a list."""
    console = console or terminal()
    columns, rows = found
    shown = [[_shown(cell) for cell in row] for row in rows]
    body: list[RenderableType]
    if console.width < NARROW or len(columns) * 9 > console.width:
        lines = [[f"{name or '-'}: {cell}" for name, cell in zip(columns, row, strict=True)] for row in shown]
        body = [Text("\n".join([*line, ""])) for line in lines]
    else:
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for place, name in enumerate(columns):
            right = all(not isinstance(row[place], str) for row in rows)
            table.add_column(name, justify="right" if right else "left", overflow="fold")
        for row in shown:
            table.add_row(*(Text(cell) for cell in row))
        body = [table]
    return render(Text(title, style="bold"), *body, console=console)


def _shown(cell: Cell) -> str:
    if cell is None:
        return "–"
    return cell if isinstance(cell, str) else number(cell, 1)
