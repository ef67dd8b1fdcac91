"""A call alone for half an hour or a day: what it met, and when. Survives sleep, outages and a change of the network.

It is sent in blocks, each a stream of its own with its own socket: so the memory is bounded, and a network that changed
is only the end of a block. Losses are those of the line; time in which this computer slept is named and not counted.
"""

import math
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from remoteready import __version__
from remoteready.formulas.emodel import CODECS, Codec
from remoteready.measure import udp
from remoteready.measure.call import silence
from remoteready.measure.over import Over
from remoteready.measure.phases import HEADER_BYTES
from remoteready.measure.soaked import BothWays, Direction, Event, Progress, Soak, Worst
from remoteready.measure.stream import Sender, Stream
from remoteready.measure.tally import OneWay, Tally
from remoteready.measure.tally import Worst as WorstSoFar
from remoteready.measure.target import Target

SCHEMA_VERSION = "1"
BLOCK_S = 15.0
"""Shorter than a reflector remembers a stream after its last packet (30 s), and as long as the longest window."""
POLL_S = 0.2
ROUTE_EVERY_S = 1.0
STOOD_STILL_S = 1.0
"""A longer break in our own running was a sleep, or this computer stood still."""
GRACE_S = 2.0
"""Packets sent so shortly before a sleep may have been asleep when their answers came."""
RETRY_S = 0.5
MOST_EVENTS = 200
"""The first so many are kept; the rest is counted."""
LEAST_S = 0.5
OUTAGE, ASLEEP, NETWORK = "outage", "asleep", "network"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure."""

    seconds: float
    """By the clock on the wall: sleep counts."""
    codec: Codec = CODECS["g711"]
    key: bytes | None = None

    @property
    def most_megabytes(self) -> float:
        """What it sends, and receives, at most."""
        return self.seconds / self.codec.ptime_ms * (self.codec.rtp_bytes + HEADER_BYTES) / 1000


Show = Callable[[Progress], None]


def soak(target: Target, plan: Plan, show: Show = lambda progress: None) -> Soak:
    """Measure for so long, or until Ctrl-C: whatever was measured by then is the result. `show` is told five times a s.

    A second Ctrl-C raises KeyboardInterrupt.
    """
    run = Run(target, plan, show=show)
    over = Over()

    def work() -> None:
        run.run()
        over.set()

    threading.Thread(target=work, daemon=True).start()
    interrupted = False
    try:
        over.wait(math.inf)
    except KeyboardInterrupt:
        interrupted = True
        run.finish.set()
        over.wait(math.inf)
    return run.result(interrupted)


@dataclass(slots=True)
class _Block:
    """One stream of the call, in a thread."""

    sender: Sender
    counted: int
    full: threading.Event = field(default_factory=threading.Event)
    """All packets that count are sent, or it ended before."""
    stream: Stream | None = None
    error: Exception | None = None
    before_sleep_ns: int | None = None
    thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to send."""
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.stream = self.sender.run(self._tick)
        except Exception as error:  # raised again where it is collected
            self.error = error
        self.full.set()

    def _tick(self) -> None:
        if self.sender.sent >= self.counted:
            self.full.set()

    def ended(self) -> Stream:
        """What was seen, up to shortly before a sleep if there was one."""
        if self.thread:
            self.thread.join()
        if self.error:
            raise self.error
        if self.stream is None:
            raise RuntimeError("the stream did not run")
        return self.stream if self.before_sleep_ns is None else awake(self.stream, self.before_sleep_ns)


def awake(stream: Stream, asleep_ns: int) -> Stream:
    """The part of a stream whose answers came before this computer slept: what sleep has cost is no loss."""
    last_ns = asleep_ns - round(GRACE_S * udp.SECOND_NS)
    sent_ns = tuple(moment for moment in stream.sent_ns if moment <= last_ns)
    keep = [number for number, echo in enumerate(stream.echoes) if echo.number < len(sent_ns)]
    with_lag = len(stream.lag_ms) == len(stream.echoes)
    return replace(
        stream,
        sent_ns=sent_ns,
        counted=min(stream.counted, len(sent_ns)),
        echoes=tuple(stream.echoes[number] for number in keep),
        late_ms=stream.late_ms[: len(sent_ns)],
        lag_ms=tuple(stream.lag_ms[number] for number in keep) if with_lag else (),
        skipped=0,
        slept_s=0.0,
    )


@dataclass(slots=True)
class Run:
    """One soak. `run` may be in a thread; `finish` ends it early and in order; then `result`."""

    target: Target
    plan: Plan
    finish: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], udp.Clock] = udp.Clock
    show: Show = lambda progress: None
    _tally: Tally = field(init=False)
    _waiting: deque[_Block | float] = field(default_factory=deque)
    """Blocks that still collect answers, and between them the ends of sleeps, in order of time."""
    _events: list[Event] = field(default_factory=list)
    _left_out: int = 0
    _unknown: str = ""
    _error: Exception | None = None
    _begin_s: float = field(default_factory=time.time)
    _elapsed_s: float = 0.0
    _asleep_s: float = 0.0
    _answered: bool = False
    _answered_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._tally = Tally(self.plan.codec)

    def run(self) -> None:
        """Send until the time is over, `finish` is set, or it is clear that nobody answers."""
        named = self.target.address()
        if isinstance(named, str):
            self._unknown = f"{self.target.host}: {named}"
            return
        try:
            self._send(*named)
            while self._waiting:
                self._collect(wait=True)
        except Exception as error:  # raised again in `result`
            self._error = error

    def _send(self, family: int, address: udp.Address) -> None:
        watch = _Watch(self.clock(), family, address)
        while not self.finish.is_set() and (left_s := self.plan.seconds - self._elapsed_s) >= LEAST_S:
            seconds = BLOCK_S if left_s >= BLOCK_S + LEAST_S else left_s
            sender = Sender(address, family, self.plan.codec, seconds, self.plan.key, self.clock())
            block = _Block(sender, round(seconds * 1000 / self.plan.codec.ptime_ms))
            self._waiting.append(block)
            block.start()
            self._attend(block, watch)
            sender.finish.set()
            if self._is_hopeless(block):
                return
            # the next packet has its own place in time; where none can leave, try again a little later
            self.finish.wait(RETRY_S if not sender.sent else self.plan.codec.ptime_ms / 1000)

    def _attend(self, block: _Block, watch: "_Watch") -> None:
        """Watch over a block until it is sent or something has ended it; count what has come in meanwhile."""
        answered, end = 0, time.monotonic() + (block.counted + 1) * self.plan.codec.ptime_ms / 1000
        going = True
        while going:
            left_s = end - time.monotonic()
            going = left_s > 0 and not block.full.wait(min(left_s, POLL_S)) and not self.finish.is_set()
            asleep_s = watch.asleep_s()
            self._elapsed_s = watch.elapsed_s
            if asleep_s:
                self._slept(asleep_s, watch)
                return
            if watch.network_changed():
                self._note(Event(NETWORK, _written(time.time()), 0.0))
                return
            if block.sender.answered > answered:
                answered, self._answered_at = block.sender.answered, time.monotonic()
            self._collect()
            self._tell()

    def _slept(self, seconds: float, watch: "_Watch") -> None:
        for one in self._waiting:
            if isinstance(one, _Block):
                one.before_sleep_ns = one.before_sleep_ns or watch.before_ns(one.sender.clock)
        now_s = time.time()
        self._asleep_s += seconds
        self._answered_at = time.monotonic()
        self._waiting.append(now_s)
        self._note(Event(ASLEEP, _written(now_s - seconds), seconds))

    def _is_hopeless(self, block: _Block) -> bool:
        """Nobody has ever answered, and all of a block: nobody will."""
        self._answered = self._answered or block.sender.answered > 0
        if self._answered or self.finish.is_set() or block.before_sleep_ns is not None or not block.full.is_set():
            return False
        self._unknown = silence(block.ended())
        return True

    def _collect(self, wait: bool = False) -> None:
        """Count the oldest blocks that have all their answers."""
        while self._waiting:
            one = self._waiting[0]
            if isinstance(one, float):
                self._tally.leave_out(one)
            elif wait or (one.stream or one.error):
                for at_s, seconds in self._tally.add(one.ended()):
                    self._note(Event(OUTAGE, _written(at_s), seconds))
            else:
                return
            self._waiting.popleft()

    def _note(self, event: Event) -> None:
        if len(self._events) < MOST_EVENTS:
            self._events.append(event)
        else:
            self._left_out += 1

    def _tell(self) -> None:
        both = self._tally.both
        pdv = [p for way in (self._tally.up, self._tally.down) if (p := way.pdv.percentile(0.95)) is not None]
        self.show(
            Progress(
                left_s=max(0.0, self.plan.seconds - self._elapsed_s),
                silent_s=time.monotonic() - self._answered_at,
                unanswered_ratio=both.lost / both.packets if both.packets else None,
                pdv_p95_ms=max(pdv, default=None),
                short=both.short.worst,
                long=both.long.worst,
                events=len(self._events) + self._left_out,
                last_event=self._events[-1] if self._events else None,
            )
        )

    def result(self, interrupted: bool = False) -> Soak:
        """All that was counted. What went wrong inside is raised."""
        if self._error:
            raise self._error
        tally = self._tally
        if not self._unknown and tally.seen_s is not None and (lasting := tally.outage(tally.seen_s)):
            self._note(Event(OUTAGE, _written(lasting[0]), lasting[1]))
        nothing = "" if tally.last_answer_s is not None else tally.trouble or "ended before anything was answered"
        return Soak(
            schema_version=SCHEMA_VERSION,
            tool_version=__version__,
            time=_written(self._begin_s),
            target=str(self.target),
            codec=self.plan.codec.name,
            planned_s=self.plan.seconds,
            seconds=self._elapsed_s,
            asleep_s=self._asleep_s,
            interrupted=interrupted,
            unknown=self._unknown or nothing,
            trouble=tally.trouble,
            refused_s=tally.refused_s,
            up=_direction(tally.up),
            down=_direction(tally.down),
            both_ways=_both_ways(tally),
            events=tuple(sorted(self._events, key=lambda event: event.at)),
            events_left_out=self._left_out,
        )


class _Watch:
    """Tells when this computer slept, and when its way to an address has become another."""

    def __init__(self, clock: udp.Clock, family: int, address: udp.Address) -> None:
        self.elapsed_s = 0.0
        self._clock, self._family, self._address = clock, family, address
        self._looked = self._routed = time.monotonic()
        self._before = self._looked
        self._slept_s = clock.slept_s()
        self._source = self._own_address()

    def asleep_s(self) -> float:
        """How long this computer slept or stood still since the last look; 0 if it did not."""
        now, slept_s = time.monotonic(), self._clock.slept_s()
        still_s, asleep_s = now - self._looked, slept_s - self._slept_s
        self._before, self._looked, self._slept_s = self._looked, now, slept_s
        self.elapsed_s += still_s + max(0.0, asleep_s)
        # a clock that stops during sleep shows no break of its own, one that runs on shows no difference
        missing_s = max(asleep_s, 0.0) + (still_s if still_s > STOOD_STILL_S else 0.0)
        return missing_s if still_s > STOOD_STILL_S or asleep_s > STOOD_STILL_S / 10 else 0.0

    def before_ns(self, clock: udp.Clock) -> int:
        """The last moment, by that clock, at which this computer was surely awake."""
        return clock.now_ns() - round((time.monotonic() - self._before) * udp.SECOND_NS)

    def network_changed(self) -> bool:
        """Whether packets to the address now leave from another address of this computer; asked once a second."""
        if time.monotonic() - self._routed < ROUTE_EVERY_S:
            return False
        self._routed = time.monotonic()
        source = self._own_address()
        if source is None or source == self._source:
            return False
        self._source = source
        return True

    def _own_address(self) -> str | None:
        """None while there is no route: that is an outage, and no other network yet."""
        try:
            with socket.socket(self._family, socket.SOCK_DGRAM) as sock:
                sock.connect(self._address)
                return str(sock.getsockname()[0])
        except OSError:
            return None


def _direction(way: OneWay) -> Direction:
    counted = way.losses
    return Direction(
        packets=counted.packets,
        lost=counted.lost if counted.packets else None,
        loss_ratio=counted.lost / counted.packets if counted.packets else None,
        worst_200_ms_ratio=_worst(counted.short.worst),
        worst_15_s_ratio=_worst(counted.long.worst),
        ipdv_ms=way.ipdv_sum_ms / way.ipdv_count if way.ipdv_count else None,
        worst_15_s_ipdv_ms=_worst(way.ipdv.worst),
        pdv_p50_ms=way.pdv.percentile(0.5),
        pdv_p95_ms=way.pdv.percentile(0.95),
        pdv_p99_ms=way.pdv.percentile(0.99),
        lowest_mos_cqe=_worst(way.lowest_mos),
        unknown=way.unknown,
    )


def _both_ways(tally: Tally) -> BothWays:
    both = tally.both
    return BothWays(
        packets=both.packets,
        unanswered=both.lost,
        unanswered_ratio=both.lost / both.packets if both.packets else None,
        worst_200_ms_ratio=_worst(both.short.worst),
        worst_15_s_ratio=_worst(both.long.worst),
        round_trip_min_ms=tally.least_round_trip_ms,
        round_trip_p50_ms=tally.round_trips.percentile(0.5),
        round_trip_p95_ms=tally.round_trips.percentile(0.95),
    )


def _worst(found: WorstSoFar | None) -> Worst | None:
    return None if found is None else Worst(found.mean, _written(found.at_s))


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
