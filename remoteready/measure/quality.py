"""What a stream says about the line, per direction: pure, from the times of its packets to delay variation, loss, MOS.

Of one-way delay only the variation is used, for the clocks of the two ends need not agree; half the smallest round trip
stands for the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from remoteready.formulas import streams
from remoteready.formulas.emodel import Codec, call_r_factor, mos_cqe
from remoteready.measure.stream import Stream
from remoteready.measure.ways import Way, Ways, timed

BUFFERS_MS = (20, 40, 60, 80, 120, 160, 200, 300)
"""Sizes that the de-jitter buffer of the listener is assumed to choose from."""
SPURT_S = 1.0
"""How often it chooses anew."""
FORGONE = 0.02
"""Share of the packets that it gives up rather than wait longer for them."""
BUSY_MS = 10.0
"""Above this lateness (99 % of the packets) this computer, not the line, is what was measured."""
SHORTEST_SLEEP_S = 0.1
FEWEST_PACKETS = 25
"""Half a second of a call: fewer say nothing."""


@dataclass(frozen=True, slots=True)
class Variation:
    """How unevenly packets arrived."""

    duplicated: int
    reordered_ratio: float
    """Share of the packets that arrived after one sent later (RFC 4737)."""
    jitter_ms: float
    """RFC 3550, after the last packet."""
    ipdv_ms: float | None
    """Mean |delay variation| between neighbours (RFC 3393); None where no two neighbours arrived."""
    pdv_p50_ms: float
    """Delay above the smallest of the whole measurement (RFC 5481), median."""
    pdv_p95_ms: float
    pdv_p99_ms: float
    worst_15_s_ipdv_ms: float | None
    """Mean of the worst 15 seconds; of the whole phase where it is shorter."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Packets that did not arrive. Ratios are 0–1."""

    lost: int
    loss_ratio: float
    loss_low_ratio: float
    """95 % confidence interval (Wilson)."""
    loss_high_ratio: float
    worst_200_ms_ratio: float
    worst_200_ms_at_s: float | None
    """From the begin of the phase; None without a loss."""
    worst_15_s_ratio: float
    """Of the whole phase where it is shorter."""


@dataclass(frozen=True, slots=True)
class Rating:
    """How a call would sound: ITU-T G.107, estimated from the network alone."""

    buffer_ms: float
    """Size of the de-jitter buffer, mean over the talk-spurts."""
    late: int
    """Packets too late for it, as good as lost."""
    burst_ratio: float
    """Mean length of the runs of lost and late packets over that of random loss."""
    mouth_to_ear_ms: float
    """Half the smallest round trip, waiting on the way, buffer, packet and codec."""
    r_factor: float
    mos_cqe: float


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction of a phase. What could not be told is None, with the reason in `unknown`."""

    packets: int
    """Sent in this direction."""
    variation: Variation | None = None
    loss: Loss | None = None
    rating: Rating | None = None
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Phase:
    """The line under one load."""

    name: str
    begin_s: float
    seconds: float
    round_trip_min_ms: float | None
    round_trip_p50_ms: float | None
    round_trip_p95_ms: float | None
    round_trip_loss_ratio: float | None
    """Packets without an answer, whichever way they were lost."""
    up: Direction
    down: Direction


def trouble(stream: Stream) -> str:
    """Why the numbers of a stream must not be believed; empty when they may."""
    if stream.slept_s > SHORTEST_SLEEP_S:
        return f"this computer slept or its clock was set during the measurement ({stream.slept_s:.1f} s)"
    for what, values in (("packets left", stream.late_ms), ("answers were read", stream.lag_ms)):
        if values and (worst := streams.percentile(values, 0.99)) > BUSY_MS:
            return f"this computer was too busy: {what} up to {worst:.0f} ms late"
    planned = len(stream.sent_ns) + stream.skipped
    if stream.skipped * 100 > planned:
        return f"this computer was too busy: {stream.skipped} of {planned} packets were never sent"
    step_ms = streams.clock_step_ms(*timed(stream))
    if step_ms:
        return f"a clock was set during the measurement: it jumped by {abs(step_ms):.0f} ms"
    last = stream.echoes[-1].counters if stream.echoes else None
    if last and last.received > last.answered:
        return f"the far end answered only {last.answered} of {last.received} packets: too many tests at once"
    return ""


def partial(stream: Stream) -> str:
    """Why a stream says only part of what was wanted; empty when it is whole."""
    settled = 1 + max((echo.number for echo in stream.echoes), default=-1)
    if settled >= stream.counted:
        return ""
    seconds = settled * stream.codec.ptime_ms / 1000
    said = f" ({stream.error})" if stream.error else ""
    return f"the far end stopped answering after {seconds:.1f} s{said}"


def phase(name: str, stream: Stream, ways: Ways, first: int, end: int) -> Phase:
    """The packets from `first` to before `end`, as far as their fate is known."""
    end = min(end, ways.settled, stream.counted)
    begin_s = (stream.sent_ns[first] - stream.sent_ns[0]) / 1e9 if first < len(stream.sent_ns) else 0.0
    trips = [trip for trip in ways.round_trips_ms[first:end] if trip is not None]
    all_trips = [trip for trip in ways.round_trips_ms if trip is not None]
    half_ms = min(all_trips, default=0.0) / 2
    unanswered = None if end <= first else 1 - len(trips) / (end - first)

    def rate(way: Way) -> Direction:
        return direction(way, range(first, end), stream.codec, half_ms, ways.split)

    return Phase(
        name=name,
        begin_s=begin_s,
        seconds=max(0, end - first) * stream.codec.ptime_ms / 1000,
        round_trip_min_ms=min(trips, default=None),
        round_trip_p50_ms=_share(trips, 0.5),
        round_trip_p95_ms=_share(trips, 0.95),
        round_trip_loss_ratio=unanswered,
        up=rate(ways.up),
        down=rate(ways.down),
    )


def direction(way: Way, numbers: range, codec: Codec, half_ms: float, split: bool) -> Direction:
    """One direction of the packets `numbers`; `half_ms` is half the smallest round trip of the measurement."""
    members = [number for number in numbers if way.carried[number] is not None]
    seen = [number for number in members if not way.carried[number] or way.transits_ms[number] is not None]
    line = [way.transits_ms[number] if way.carried[number] else None for number in seen]
    arrived = len(line) - line.count(None)
    if arrived < FEWEST_PACKETS:
        return Direction(len(members), unknown=f"only {arrived} packets came through: too few to tell")
    least_ms = min(transit for transit in way.transits_ms if transit is not None)
    variation = _variation(way, members, line, codec, least_ms)
    if not split:
        reason = "the far end does not number its own packets: lost on the way out or back cannot be told apart"
        return Direction(len(members), variation, unknown=reason)
    loss = _loss(way, members, numbers.start, codec)
    return Direction(len(members), variation, loss, _rating(line, codec, least_ms, half_ms))


def _variation(way: Way, members: list[int], line: streams.Transits, codec: Codec, least_ms: float) -> Variation:
    inside = set(members)
    order = [(number, place) for number, place in way.order if number in inside]
    by_arrival = [transit for number, _ in order if (transit := way.transits_ms[number]) is not None]
    pdv = [transit - least_ms for transit in line if transit is not None]
    ipdv = streams.ipdv_ms(line)
    worst = streams.worst_window(ipdv, round(15_000 / codec.ptime_ms))
    return Variation(
        duplicated=sum(number in inside for number in way.copies),
        reordered_ratio=streams.reordered(place for _, place in order) / len(order),
        jitter_ms=streams.jitter_ms(by_arrival),
        ipdv_ms=streams.mean(ipdv),
        pdv_p50_ms=streams.percentile(pdv, 0.5),
        pdv_p95_ms=streams.percentile(pdv, 0.95),
        pdv_p99_ms=streams.percentile(pdv, 0.99),
        worst_15_s_ipdv_ms=worst.mean if worst else None,
    )


def _loss(way: Way, members: list[int], first: int, codec: Codec) -> Loss:
    gone = [float(way.carried[number] is False) for number in members]
    lost = round(sum(gone))
    low, high = streams.wilson(lost, len(gone))
    short = streams.worst_window(gone, round(200 / codec.ptime_ms)) or streams.Window(0, 0, 0)
    long = streams.worst_window(gone, round(15_000 / codec.ptime_ms)) or short
    return Loss(
        lost=lost,
        loss_ratio=lost / len(gone),
        loss_low_ratio=low,
        loss_high_ratio=high,
        worst_200_ms_ratio=short.mean,
        worst_200_ms_at_s=(members[short.first] - first) * codec.ptime_ms / 1000 if lost else None,
        worst_15_s_ratio=long.mean,
    )


def _rating(line: streams.Transits, codec: Codec, least_ms: float, half_ms: float) -> Rating:
    """The call behind a buffer that chooses its size for every talk-spurt."""
    length = max(1, round(SPURT_S * 1000 / codec.ptime_ms))
    played = [_played(line[start : start + length], least_ms) for start in range(0, len(line), length)]
    missing = [gone for one in played for gone in one.missing]
    waiting_ms = streams.mean(one.delay_ms for one in played) or 0.0
    delay_ms = half_ms + waiting_ms + codec.ptime_ms + codec.look_ahead_ms
    burst = streams.burst_ratio(missing)
    r = call_r_factor(codec, delay_ms, sum(missing) / len(missing), burst)
    return Rating(
        buffer_ms=streams.mean(one.buffer_ms for one in played) or 0.0,
        late=sum(missing) - sum(transit is None for transit in line),
        burst_ratio=burst,
        mouth_to_ear_ms=delay_ms,
        r_factor=r,
        mos_cqe=mos_cqe(r),
    )


def _played(spurt: streams.Transits, least_ms: float) -> streams.Playout:
    """A talk-spurt behind the smallest buffer that plays as much of it as the largest would, but for FORGONE."""
    tried = [streams.playout(spurt, buffer_ms, least_ms) for buffer_ms in BUFFERS_MS]
    enough = sum(tried[-1].missing) + FORGONE * len(spurt)
    return next(one for one in tried if sum(one.missing) <= enough)


def _share(values: Sequence[float], share: float) -> float | None:
    return streams.percentile(values, share) if values else None
