"""Rows of numbers and texts: on a terminal, as CSV or as JSON."""

import csv
import json
from io import StringIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from remoteready.report.console import NARROW, render, terminal
from remoteready.report.words import number

Cell = str | int | float | bool | None
Found = tuple[list[str], list[list[Cell]]]
"""Names of the columns, and the rows: numbers as they are, for machines and people alike."""


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
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


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
