"""Bars over the day as an inline drawing for pages: numbers in, coordinates out; the template draws them."""

from collections.abc import Sequence
from dataclasses import dataclass

from remoteready.report.words import number

WIDTH, HEIGHT, FOOT = 720.0, 140.0, 16.0
LABELS = 12
"""At most so many times of day below the bars."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its place in the drawing, what it stands for, and the label below it, which may be empty."""

    x: float
    y: float
    width: float
    height: float
    says: str
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars, what they show in words, and a line across them where there is a limit."""

    says: str
    bars: tuple[Bar, ...]
    limit_y: float | None
    width: float = WIDTH
    height: float = HEIGHT + FOOT


def chart(says: str, values: Sequence[tuple[str, float]], unit: str, limit: float | None = None) -> Chart:
    """A bar for each name and value; the limit is drawn where it is not far above all of them."""
    most = max((value for _, value in values), default=0.0) or 1.0
    shown = limit if limit is not None and limit <= 2 * most else None
    top = max(most, shown or 0.0)
    wide = WIDTH / max(len(values), 1)
    every = -(-len(values) // LABELS) or 1
    bars = tuple(
        Bar(
            x=round(place * wide, 2),
            y=round(HEIGHT * (1 - value / top), 2),
            width=round(wide * 0.8, 2),
            height=round(HEIGHT * value / top, 2),
            says=f"{name}: {number(value, 1)} {unit}",
            label=name if place % every == 0 else "",
        )
        for place, (name, value) in enumerate(values)
    )
    return Chart(says, bars, None if shown is None else round(HEIGHT * (1 - shown / top), 2))
