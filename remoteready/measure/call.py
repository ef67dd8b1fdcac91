"""A call to the site as this line would carry it: alone, then beside full uploads, then beside a recording.

One stream of voice packets runs through all three, so that every phase is compared with the same smallest delay.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from remoteready import __version__
from remoteready.formulas import streams
from remoteready.formulas.emodel import CODECS, Codec
from remoteready.measure import datagrams, iperf3, librespeed, quality, speedtest, udp
from remoteready.measure.quality import Phase
from remoteready.measure.stream import Sender, Stream
from remoteready.measure.surroundings import Legs, Network, Route
from remoteready.measure.target import Target
from remoteready.measure.trips import RoundTrips
from remoteready.measure.upload import CONNECT_S, DRAIN_S, Load, Upload, upload
from remoteready.measure.ways import Ways, take_apart

SCHEMA_VERSION = "1"
SETTLE_S = 1.0
"""After the full uploads, for the queue of the line to empty."""
IDLE, LOADED, RECORDING = "idle", "upload", "recording"
SITE, IPERF3, SPEEDTEST, LIBRESPEED = "site", "iperf3", "speedtest", "librespeed"
HEADER_BYTES = 28
"""IPv4 and UDP."""
POLL_S = 0.05
FULL = Load()
BLOCK_S = 0.5
"""Resolution of the course of delay."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure."""

    codec: Codec = CODECS["g711"]
    seconds: float = 10
    """Of the call alone."""
    load: Load | None = FULL
    """The full uploads; None to leave them and the recording out."""
    upload_with: str = SITE
    """Where the full uploads go: to the far end of this tool, an iperf3 server on the same host, speedtest.net or a
    LibreSpeed server."""
    upload_url: str = ""
    """Of the LibreSpeed server, if uploads go there."""
    recording_mbps: float = 0.464
    """Rate at which the desk's recording leaves while it is made: audio and two monitors by the Calabrio guide."""
    recording_seconds: float = 4
    key: bytes | None = None

    @property
    def most_seconds(self) -> float:
        """What it takes at most when the line works."""
        if self.load is None:
            return self.seconds + 1
        full = speedtest.USUAL_SECONDS if self.upload_with == SPEEDTEST else self.load.seconds
        return self.seconds + full + SETTLE_S + self.recording_seconds + 2

    @property
    def most_megabytes(self) -> tuple[float, float]:
        """What it sends and receives at most."""
        call = self.most_seconds / self.codec.ptime_ms * (self.codec.rtp_bytes + HEADER_BYTES) / 1000
        if self.load is None:
            return call, call
        full = speedtest.MOST_MEGABYTES if self.upload_with == SPEEDTEST else self.load.megabytes
        return call + full + self.recording_mbps * self.recording_seconds / 8, call


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

    def phase(self, name: str) -> Phase | None:
        """The phase of that name, if it took place."""
        return next((phase for phase in self.phases if phase.name == name), None)


Show = Callable[[str], None]


def measure(target: Target, plan: Plan, show: Show = lambda doing: None) -> tuple[Measurement, Stream | None]:
    """Measure towards a reflector; `show` is told what is being done. The stream is None if none was sent."""
    try:
        family, address = target.address()
    except (OSError, UnicodeError) as error:
        return nothing(target, plan, f"{target.host}: {datagrams.name_trouble(error)}"), None
    longest = plan.most_seconds + speedtest.PATIENCE_S + 4 * (CONNECT_S + DRAIN_S) if plan.load else plan.seconds
    sender = Sender(address, family, plan.codec, longest, plan.key)
    running = _Running(sender)
    running.thread.start()
    try:
        marks, results = _phases(running, address, family, target, plan, show)
    finally:
        sender.finish.set()
    stream = running.ended()
    return summary(target, plan.codec, stream, marks, *results), stream


Mark = tuple[str, int, int]
"""Name of a phase, its first packet, the first after it."""


class _Running:
    """A sender in its thread."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender
        self.thread = threading.Thread(target=self._run, daemon=True)
        self._result: Stream | Exception = RuntimeError("the stream did not run")

    def _run(self) -> None:
        try:
            self._result = self.sender.run()
        except Exception as error:  # raised again in `ended`
            self._result = error

    def ended(self) -> Stream:
        """The stream, once its last answers have come or are given up."""
        self.thread.join()
        if isinstance(self._result, Exception):
            raise self._result
        return self._result

    def wait(self, seconds: float) -> bool:
        """Whether the stream still runs after so long."""
        end = time.monotonic() + seconds
        while self.thread.is_alive() and (left := end - time.monotonic()) > 0:
            self.thread.join(min(left, POLL_S))
        return self.thread.is_alive()


def _phases(
    running: _Running, address: udp.Address, family: int, target: Target, plan: Plan, show: Show
) -> tuple[list[Mark], tuple[Upload | None, Upload | None]]:
    sender = running.sender
    show(IDLE)
    if plan.load is None:
        running.thread.join()
    alive = running.wait(plan.seconds)
    marks = [(IDLE, 0, sender.sent)]
    if plan.load is None or not alive or not sender.answered:
        return marks, (None, None)

    def loaded(name: str, load: Load, upload_with: str = SITE) -> Upload:
        begin = sender.sent

        def begun() -> None:
            nonlocal begin
            begin = sender.sent

        show(name)
        if upload_with == SPEEDTEST:
            return speedtest.upload()  # most of its time it does not upload: no phase to judge a call by
        if upload_with == IPERF3:
            result = iperf3.upload(target.host, load, begun)
        elif upload_with == LIBRESPEED:
            result = librespeed.upload(librespeed.server(plan.upload_url), load, begun)
        else:
            result = upload(address, family, load, plan.key, begun)
        if result.mbps is not None:
            marks.append((name, begin, sender.sent))
        return result

    full = loaded(LOADED, plan.load, plan.upload_with)
    if full.mbps is None or not running.wait(SETTLE_S):
        return marks, (full, None)
    paced = Load(flows=1, seconds=plan.recording_seconds, paced_mbps=plan.recording_mbps)
    return marks, (full, loaded(RECORDING, paced))


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
