"""What the desks' lines carry and how many monitors they have, as `plan` takes it: `fleet uplinks`."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from remoteready import __version__
from remoteready.fleet.answers import SCHEMA_VERSION, Scope
from remoteready.fleet.people import Question

EDGES_MBPS = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)
"""Where the classes of lines that people look at begin; each about twice the one before."""
PERCENTILES = (1, 5, 10, 25, 50, 75, 90)


@dataclass(frozen=True, slots=True)
class Line:
    """The newest measured upload of one desk, and its monitors where they could be told."""

    uplink_mbps: float
    monitors: int | None


@dataclass(frozen=True, slots=True)
class Class:
    """People whose uploads lie between two rates, Mbps; null is without end."""

    from_mbps: float
    below_mbps: float | None
    people: int


@dataclass(frozen=True, slots=True)
class Percentile:
    """The rate that so many per cent of the desks do not exceed, Mbps."""

    per_cent: int
    uplink_mbps: float


@dataclass(frozen=True, slots=True)
class Monitors:
    """People with so many monitors."""

    monitors: int
    people: int


@dataclass(frozen=True, slots=True)
class Uplinks:
    """What uploads brought to the site when each desk was last measured, slowest first. Mbps are 10⁶ bit/s."""

    schema_version: str
    tool_version: str
    at: datetime
    scope: Scope
    people: int
    measured: int
    percentiles: tuple[Percentile, ...]
    classes: tuple[Class, ...]
    monitors: tuple[Monitors, ...]
    monitors_unknown: int
    lines: tuple[Line, ...]


def uplinks(question: Question) -> Uplinks:
    """The newest measurement of everybody in scope; since and until are days of the measurement."""
    rows = question.rows(LINES)
    lines = sorted(
        (Line(row["upload_mbps"], row["monitors"]) for row in rows if row["upload_mbps"]),
        key=lambda one: (one.uplink_mbps, one.monitors or 0),
    )
    rates = [one.uplink_mbps for one in lines]
    monitors = Counter(row["monitors"] for row in rows)
    return Uplinks(
        schema_version=SCHEMA_VERSION,
        tool_version=__version__,
        at=question.at,
        scope=question.scope,
        people=len(rows),
        measured=len(lines),
        percentiles=tuple(Percentile(share, percentile(rates, share)) for share in PERCENTILES) if rates else (),
        classes=classes(rates),
        monitors=tuple(Monitors(number, people) for number, people in sorted(_known(monitors).items())),
        monitors_unknown=monitors[None],
        lines=tuple(lines),
    )


LINES = """
SELECT monitors, CASE
    WHEN (:since IS NULL OR upload_day >= :since) AND (:until IS NULL OR upload_day <= :until) THEN upload_mbps
  END AS upload_mbps
FROM person AS one LEFT JOIN uplink USING (aid)
WHERE :rule IS NULL OR EXISTS (
  SELECT 1 FROM since WHERE since.aid = one.aid AND since.rule = :rule AND status != 'waived')
"""


def _known(monitors: Counter[int | None]) -> dict[int, int]:
    return {number: people for number, people in monitors.items() if number is not None}


def percentile(sorted_rates: Sequence[float], per_cent: int) -> float:
    """The smallest rate that at least so many per cent do not exceed (nearest rank)."""
    return sorted_rates[max(1, ceil(per_cent * len(sorted_rates) / 100)) - 1]


def classes(sorted_rates: Sequence[float]) -> tuple[Class, ...]:
    """How many rates lie between neighbouring EDGES_MBPS, from the first such class with people to the last."""
    ends: list[float | None] = [*EDGES_MBPS[1:], None]
    found = [
        Class(
            begin,
            end,
            (len(sorted_rates) if end is None else bisect_left(sorted_rates, end)) - bisect_left(sorted_rates, begin),
        )
        for begin, end in zip(EDGES_MBPS, ends, strict=True)
    ]
    filled = [place for place, one in enumerate(found) if one.people]
    return tuple(found[filled[0] : filled[-1] + 1]) if filled else ()
