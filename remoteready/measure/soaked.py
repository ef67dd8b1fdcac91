"""What a soak found: one direction, both ways together, what happened when."""

from dataclasses import dataclass

from remoteready.measure.tally import Worst as WorstSoFar


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst window of its kind."""

    value: float
    """A ratio 0–1, ms, or MOS, as the name says."""
    at: str
    """When it began, UTC, ISO 8601."""


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction. Losses of outages count where it can be told on which way they happened."""

    packets: int
    lost: int | None
    """None where the far end does not tell on which way packets were lost; `unknown` says so."""
    loss_ratio: float | None
    worst_200_ms_ratio: Worst | None
    worst_15_s_ratio: Worst | None
    ipdv_ms: float | None
    """Mean |delay variation| between neighbours (RFC 3393)."""
    worst_15_s_ipdv_ms: Worst | None
    pdv_p50_ms: float | None
    """Delay above the smallest of the same 15 seconds (RFC 5481)."""
    pdv_p95_ms: float | None
    pdv_p99_ms: float | None
    lowest_mos_cqe: Worst | None
    """Of 15 seconds."""
    unknown: str


@dataclass(frozen=True, slots=True)
class BothWays:
    """There and back: packets without an answer, outages and all."""

    packets: int
    unanswered: int
    unanswered_ratio: float | None
    worst_200_ms_ratio: Worst | None
    worst_15_s_ratio: Worst | None
    round_trip_min_ms: float | None
    round_trip_p50_ms: float | None
    round_trip_p95_ms: float | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on the way."""

    kind: str
    """outage: no answers; asleep: this computer slept, stood still or its clock was set, which is not counted; network:
    packets go on over another one."""
    at: str
    seconds: float
    """0 where it is a moment."""


@dataclass(frozen=True, slots=True)
class Soak:
    """All that was measured, of however long it was. Ratios are 0–1."""

    schema_version: str
    tool_version: str
    time: str
    target: str
    codec: str
    planned_s: float
    seconds: float
    """From begin to end, sleep included."""
    asleep_s: float
    interrupted: bool
    """Ended before its time by the person."""
    unknown: str
    """Why nothing could be measured; empty when something was."""
    trouble: str
    """Why some of it must not be believed; that part, `refused_s`, is not counted."""
    refused_s: float
    up: Direction
    down: Direction
    both_ways: BothWays
    events: tuple[Event, ...]
    events_left_out: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How it stands, for whoever watches."""

    left_s: float
    silent_s: float
    """Since the last answer."""
    unanswered_ratio: float | None
    pdv_p95_ms: float | None
    """The larger of both directions."""
    short: WorstSoFar | None
    long: WorstSoFar | None
    events: int
    """So many so far."""
    last_event: Event | None
