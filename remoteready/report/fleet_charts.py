"""Charts of shares over days: as text for a terminal, as coordinates for the SVG of a page."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

EIGHTHS = " ▁▂▃▄▅▆▇█"
"""Columns of a terminal, from nothing to a whole character."""
ASCII_EIGHTHS = " ..::++##"
STEPS = (0.02, 0.06, 0.1, 0.16, 0.2, 0.24, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
"""Where the scale of a chart may end."""

Shares = Sequence[float | None]
"""A share for each day, 0–1; None where it is not known or not shown."""


def top(shares: Shares) -> float:
    """Where the scale ends: the first of STEPS that no share exceeds."""
    largest = max((share for share in shares if share is not None), default=0)
    return next((step for step in STEPS if largest <= step), 1.0)


def sparkline(shares: Shares, scale: float, console: Console) -> str:
    """The shares in a line, a character a day: a share that is not nothing never looks like nothing."""
    gap = " " if console.options.ascii_only else "·"
    return "".join(gap if share is None else _block(share / scale, console) for share in shares)


def _block(level: float, console: Console) -> str:
    blocks = ASCII_EIGHTHS if console.options.ascii_only else EIGHTHS
    eighth = round(8 * min(level, 1))
    lowest = "_" if console.options.ascii_only else EIGHTHS[1]
    return blocks[eighth] if eighth > 0 else lowest


def columns(shares: Shares, first: str, last: str, style: str, console: Console, height: int = 8) -> Text:
    """A column for each day with its scale on the left, and the first and the last day below it.

    Where there are more days than room, the latest are shown.
    """
    room = console.width - 9
    wide = max(1, min(6, room // max(1, len(shares))))
    shown = list(shares)[-(room // wide) :]
    scale = top(shown)
    axis, corner, side = ("|", "+", "-") if console.options.ascii_only else ("┤", "└", "─")
    chart = Text()
    for row in range(height, 0, -1):
        mark = f"{round(100 * scale * row / height):3d} %" if row in (height, height // 2) else ""
        chart.append(f"{mark:>6} {axis if mark else ('|' if console.options.ascii_only else '│')}")
        chart.append("".join(_cell(share, scale, row, height, wide, console) for share in shown), style=style)
        chart.append("\n")
    width = wide * len(shown)
    whole = len(shown) == len(shares) and width > len(first) + len(last)
    days = f"{first}{last:>{width - len(first)}}" if whole else f"{last:>{width}}"
    chart.append(f"{'':>6} {corner}{side * width}\n{'':>8}{days}")
    return chart


def _cell(share: float | None, scale: float, row: int, height: int, wide: int, console: Console) -> str:
    """One column in one row: full below its height, an eighth more or less at it; a gap between wide columns."""
    body, gap = (wide - 1, " ") if wide > 1 else (1, "")
    if share is None:
        missing = ("·", ".")[console.options.ascii_only] if row == 1 else " "
        return missing * body + gap
    filled = share / scale * height - (row - 1)
    if filled <= 0:
        return (_block(0, console) if row == 1 else " ") * body + gap
    return _block(min(filled, 1), console) * body + gap


def bar(share: float, room: int, console: Console) -> str:
    """A bar as long as its share of the room: what is not nothing is at least a sliver."""
    if console.options.ascii_only:
        return "#" * max(round(room * share), int(share > 0))
    eighths = max(round(8 * room * share), int(share > 0))
    return "█" * (eighths // 8) + (" ▏▎▍▌▋▊▉"[eighths % 8] if eighths % 8 else "")


# --- SVG ------------------------------------------------------------------------------------------------------------


def line(shares: Shares, scale: float, width: float, height: float) -> list[str]:
    """The points of a line, as SVG polylines: one for each stretch of days that are known."""
    step = width / max(1, len(shares) - 1)
    stretches: list[list[str]] = [[]]
    for place, share in enumerate(shares):
        if share is None:
            stretches.append([])
        else:
            stretches[-1].append(f"{place * step:.1f},{height * (1 - min(share / scale, 1)):.1f}")
    return [" ".join(points) for points in stretches if points]


def ticks(scale: float) -> list[float]:
    """Where the lines of a scale are drawn."""
    return [scale * part / 2 for part in range(3)]
