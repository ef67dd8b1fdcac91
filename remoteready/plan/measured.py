"""Measured home lines: a CSV of uplinks, a line an agent, becomes classes of lines."""

import csv
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from remoteready import files
from remoteready.exits import UnusableInput
from remoteready.workload import BrokenLimit, Uplink

COLUMN = "uplink_mbps"
CUTS = tuple(
    Decimal(cut) for cut in ("0.01", "0.05", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1")
)
"""Where measured lines are cut into classes: finer among the slowest, which are those that cannot do it."""


def read_uplinks(path: Path) -> tuple[Uplink, ...]:
    """Classes of the lines in a CSV: one number a row, or the column `uplink_mbps`; commas, semicolons or tabs.

    A class has the mean of its lines, which keeps mean and variance of what they send together.
    """
    text = files.read_text(path)
    first = text.partition("\n")[0]
    separator = next((mark for mark in ("\t", ";") if mark in first), ",")
    rows = [
        (number, row) for number, row in enumerate(csv.reader(text.splitlines(), delimiter=separator), 1) if any(row)
    ]
    if not rows:
        raise UnusableInput(f"{path}: is empty; give one uplink a line, Mbps")
    column, rows = _column(path, rows)
    measured = sorted(_mbps(path, number, row, column, separator) for number, row in rows)
    if not measured:
        raise UnusableInput(f"{path}: has a header and no uplinks below it")
    return _classes(measured)


def _column(path: Path, rows: list[tuple[int, list[str]]]) -> tuple[int, list[tuple[int, list[str]]]]:
    heads = [head.strip().lower() for head in rows[0][1]]
    if COLUMN in heads:
        return heads.index(COLUMN), rows[1:]
    if len(heads) > 1:
        raise UnusableInput(f"{path}: line {rows[0][0]}: no column is called {COLUMN}; name the one with uplinks so")
    return 0, rows


def _mbps(path: Path, number: int, row: Sequence[str], column: int, separator: str) -> Decimal:
    text = row[column].strip() if column < len(row) else ""
    try:
        value = Decimal(text.replace(",", ".") if separator != "," else text)
        return Uplink(share=Decimal(1), mbps=value).mbps
    except InvalidOperation:
        shown = files.shown(text)
        raise UnusableInput(f"{path}: line {number}, {COLUMN}: {shown} is not a number; write 4.5 for 4½") from None
    except BrokenLimit as error:
        raise UnusableInput(f"{path}: line {number}, {COLUMN}: {error.problem}") from None


def _classes(measured: Sequence[Decimal]) -> tuple[Uplink, ...]:
    """Lines of one speed together where there are few speeds, else cut at CUTS."""
    total = len(measured)
    ends = {int(cut * total) for cut in CUTS}
    if len(set(measured)) <= len(CUTS):
        ends = {place for place in range(1, total + 1) if place == total or measured[place] != measured[place - 1]}
    classes, begin, left = [], 0, Decimal(1)
    for end in sorted(ends - {0}):
        share = left if end == total else round(Decimal(end - begin) / total, 12)  # so that the shares make 1 exactly
        mean = sum(measured[begin:end], Decimal(0)) / (end - begin)
        classes.append(Uplink(share=share, mbps=round(mean, 3) or mean))
        begin, left = end, left - share
    return tuple(classes)
