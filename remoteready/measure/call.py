"""A call to the site as this line would carry it: alone, then beside full uploads, then beside a recording.

One stream of voice packets runs through all three, so that every phase is compared with the same smallest delay.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from remoteready import __version__
from remoteready.formulas import streams
from remoteready.formulas.emodel import CODECS, Codec
from remoteready.measure import quality
from remoteready.measure.phases import Course, Mark, Plan, Running, Show
from remoteready.measure.quality import Phase
from remoteready.measure.stream import Stream
from remoteready.measure.surroundings import Legs, Network, Route
from remoteready.measure.target import NAME_S, Target
from remoteready.measure.trips import RoundTrips
from remoteready.measure.upload import Upload
from remoteready.measure.ways import Ways, take_apart

SCHEMA_VERSION = "1"
BLOCK_S = 0.5
"""Resolution of the course of delay."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Half a second of the course of delay."""

    at_s: float
    phase: str
    up_ms: float | None
    """Largest delay above the smallest of the measurement; None where nothing came through."""
    down_ms: float | None
    unanswered: int


@dataclass(frozen=True, slots=True)
class Sending:
    """How well this computer did its own part; ms."""

    packets: int
    packet_bytes: int
    late_p50_ms: float | None
    late_p99_ms: float | None
    late_max_ms: float | None
    lag_p99_ms: float | None
    """From arrival to reading; None where the system does not tell."""
    skipped: int
    foreign: int
    """Packets that were no answer to this stream."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """All that was measured towards one target. MB is 10⁶ bytes, Mbps 10⁶ bit/s, ratios are 0–1."""

    schema_version: str
    tool_version: str
    time: str
    """When it began, UTC, ISO 8601."""
    target: str
    codec: str
    unknown: str
    """Why nothing could be measured; empty when something was."""
    trouble: str
    """Why the numbers must not be believed; empty when they may."""
    partial: str
    """Why only a part was measured; empty when all was."""
    sending: Sending
    phases: tuple[Phase, ...]
    upload: Upload | None
    """Full rate; None when it was not wanted."""
    recording: Upload | None
    course: tuple[Moment, ...]
    legs: Legs | None = None
    """None where nobody looked, as for all below."""
    round_trips: RoundTrips | None = None
    """Where nobody reflects: by another method, never to be mixed with the numbers of a call."""
    network: Network | None = None
    route: Route | None = None
    interrupted: bool = False
    """Ended before its time by the person."""

    def phase(self, name: str) -> Phase | None:
        """The phase of that name, if it took place."""
        return next((phase for phase in self.phases if phase.name == name), None)


def measure(target: Target, plan: Plan, show: Show = lambda doing: None) -> tuple[Measurement, Stream | None]:
    """Measure towards a reflector; `show` is told what is being done. The stream is None if none was sent.

    Ctrl-C ends it early: what was measured by then is the result. A second one raises KeyboardInterrupt.
    """
    until = time.monotonic() + plan.deadline_s
    named = target.address(min(NAME_S, plan.deadline_s))
    if isinstance(named, str):
        return nothing(target, plan, f"{target.host}: {named}"), None
    running = Running(plan, *named, until)
    course = Course(running, target, show)
    interrupted = False
    try:
        course.run()
    except KeyboardInterrupt:
        interrupted = True
    finally:
        running.sender.finish.set()
    stream = running.ended()
    result = summary(target, plan.codec, stream, course.so_far(), course.full, course.recording)
    if interrupted and not (stream.echoes or stream.error or stream.foreign):
        result = replace(result, unknown="it was ended before anything was answered")
    return ended_early(result) if interrupted else result, stream


def ended_early(result: Measurement) -> Measurement:
    """What was measured until a person ended it."""
    after_s = result.sending.packets * CODECS[result.codec].ptime_ms / 1000
    said = "" if result.unknown else f"it was ended after {after_s:.1f} s"
    return replace(result, interrupted=True, partial=result.partial or said)


def summary(
    target: Target,
    codec: Codec,
    stream: Stream,
    marks: Sequence[Mark],
    full: Upload | None = None,
    recording: Upload | None = None,
) -> Measurement:
    """What a stream and the uploads beside it amount to."""
    ways = take_apart(stream)
    return Measurement(
        schema_version=SCHEMA_VERSION,
        tool_version=__version__,
        time=_written(stream.sent_ns[0] / 1e9 if stream.sent_ns else time.time()),
        target=str(target),
        codec=codec.name,
        unknown=silence(stream),
        trouble=quality.trouble(stream),
        partial=quality.partial(stream) if stream.echoes else "",
        sending=_sending(stream),
        phases=tuple(quality.phase(name, stream, ways, first, end) for name, first, end in marks if stream.echoes),
        upload=full,
        recording=recording,
        course=_course(stream, ways, marks),
    )


def silence(stream: Stream) -> str:
    """Why nothing came back; empty when something did."""
    if stream.echoes:
        return ""
    if stream.error:
        return f"no answer: {stream.error}"
    if stream.foreign:
        return "what answers there is no reflector for this stream, or the shared key differs"
    from urllib.request import getproxies  # of the environment, the Windows registry, or the settings of a Mac

    if getproxies():
        return (
            "no answer: this computer reaches others through a proxy, which calls cannot use, or nobody reflects there"
        )
    return "no answer: no reflector runs there, it answers only desks with its key, or a firewall on the way drops UDP"


def _sending(stream: Stream) -> Sending:
    def share(values: Sequence[float], part: float) -> float | None:
        return streams.percentile(values, part) if values else None

    return Sending(
        packets=len(stream.sent_ns),
        packet_bytes=stream.packet_bytes,
        late_p50_ms=share(stream.late_ms, 0.5),
        late_p99_ms=share(stream.late_ms, 0.99),
        late_max_ms=share(stream.late_ms, 1),
        lag_p99_ms=share(stream.lag_ms, 0.99),
        skipped=stream.skipped,
        foreign=stream.foreign,
    )


def _course(stream: Stream, ways: Ways, marks: Sequence[Mark]) -> tuple[Moment, ...]:
    least = [
        min((transit for transit in way.transits_ms if transit is not None), default=0.0)
        for way in (ways.up, ways.down)
    ]
    length = max(1, round(BLOCK_S * 1000 / stream.codec.ptime_ms))
    end = min(stream.counted, ways.settled)
    moments = []
    for start in range(0, end, length):
        numbers = range(start, min(start + length, end))
        above = [
            max((t - low for number in numbers if (t := way.transits_ms[number]) is not None), default=None)
            for way, low in zip((ways.up, ways.down), least, strict=True)
        ]
        phase = next((name for name, first, last in marks if first <= start < last), "")
        unanswered = sum(ways.round_trips_ms[number] is None for number in numbers)
        moments.append(Moment(start * stream.codec.ptime_ms / 1000, phase, above[0], above[1], unanswered))
    return tuple(moments)


def nothing(target: Target, plan: Plan, reason: str) -> Measurement:
    """A measurement that could not even begin, and why."""
    return Measurement(
        schema_version=SCHEMA_VERSION,
        tool_version=__version__,
        time=_written(time.time()),
        target=str(target),
        codec=plan.codec.name,
        unknown=reason,
        trouble="",
        partial="",
        sending=Sending(0, plan.codec.rtp_bytes, None, None, None, None, 0, 0),
        phases=(),
        upload=None,
        recording=None,
        course=(),
    )


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
