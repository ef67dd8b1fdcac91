"""What is kept of a stream that runs for hours: sums, histograms and rolling windows, never its packets. Pure.

A stream comes in blocks, each a whole `Stream` of its own, in order of time. Memory does not grow with their number.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from remoteready.formulas import streams
from remoteready.formulas.emodel import Codec
from remoteready.measure import quality
from remoteready.measure.stream import Stream
from remoteready.measure.ways import Way, Ways, take_apart

SHORT_MS, LONG_MS = 200, 15_000
"""The windows in which Teams states its limits."""
FINE_MS, COARSE_MS = 100.0, 10_000.0
"""A histogram keeps tenths of a millisecond below the first, whole ones up to the second."""
OUTAGE_S = 2.0
"""So long without any answer is an outage."""
UNSENT_S = 0.1
"""A longer break between packets in an outage is one in which none could be sent."""


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst window so far: its mean, and when it began, seconds since 1970."""

    mean: float
    at_s: float


@dataclass(slots=True)
class Rolling:
    """The worst mean of `length` neighbouring values, the first of equals; of all while there are fewer."""

    length: int
    _values: deque[tuple[float | None, float]] = field(default_factory=deque)
    _total: float = 0.0
    _known: int = 0
    _worst: Worst | None = None

    def add(self, value: float | None, at_s: float) -> None:
        """The next value; None where there is none, which leaves the mean as it is."""
        self._values.append((value, at_s))
        self._weigh(value, 1)
        if len(self._values) > self.length:
            self._weigh(self._values.popleft()[0], -1)
        now = self._now() if len(self._values) == self.length else None
        if now and (self._worst is None or now.mean > self._worst.mean + 1e-9):
            self._worst = now

    @property
    def worst(self) -> Worst | None:
        """The worst window; None without any value."""
        return self._worst or self._now()

    def _now(self) -> Worst | None:
        return Worst(self._total / self._known, self._values[0][1]) if self._known else None

    def _weigh(self, value: float | None, sign: int) -> None:
        if value is not None:
            self._total += sign * value
            self._known += sign


@dataclass(slots=True)
class Histogram:
    """Times in ms, with as much precision as percentiles need."""

    _counts: Counter[float] = field(default_factory=Counter)

    def add(self, value_ms: float) -> None:
        """One more."""
        self._counts[round(value_ms, 1) if value_ms < FINE_MS else float(round(min(value_ms, COARSE_MS)))] += 1

    def percentile(self, share: float) -> float | None:
        """As `streams.percentile`, to a tenth of a millisecond below 100 ms and to 1 % above; None without values."""
        wanted, passed = round(share * self._counts.total(), 9), 0
        for value in sorted(self._counts):
            passed += self._counts[value]
            if passed >= wanted:
                return value
        return None


@dataclass(slots=True)
class Losses:
    """Packets that did not arrive, and when most of them did not."""

    short: Rolling
    long: Rolling
    packets: int = 0
    lost: int = 0

    def add(self, lost: bool, at_s: float) -> None:
        """One packet."""
        self.packets += 1
        self.lost += lost
        self._roll(lost, at_s)

    def unsent(self, begin_s: float, packets: int, ptime_s: float) -> None:
        """Packets that could not even be sent: they count in the windows."""
        for number in range(min(packets, self.long.length)):
            self._roll(True, begin_s + number * ptime_s)

    def _roll(self, lost: bool, at_s: float) -> None:
        self.short.add(float(lost), at_s)
        self.long.add(float(lost), at_s)


def losses(codec: Codec) -> Losses:
    """None yet."""
    return Losses(Rolling(round(SHORT_MS / codec.ptime_ms)), Rolling(round(LONG_MS / codec.ptime_ms)))


@dataclass(slots=True)
class OneWay:
    """One direction so far."""

    losses: Losses
    ipdv: Rolling
    ipdv_sum_ms: float = 0.0
    ipdv_count: int = 0
    pdv: Histogram = field(default_factory=Histogram)
    lowest_mos: Worst | None = None
    """Of a block."""
    unknown: str = ""
    """Why loss and MOS could not be told."""

    def add(self, way: Way, settled: int, direction: quality.Direction, times_s: Sequence[float], split: bool) -> None:
        """The packets of a block whose fate is known."""
        carried = [number for number in range(settled) if way.carried[number] is not None]
        if split:
            for number in carried:
                self.losses.add(way.carried[number] is False, times_s[number])
        else:
            self.unknown = direction.unknown
        line = [way.transits_ms[number] for number in carried]
        for above_ms in streams.pdv_ms(line):
            self.pdv.add(above_ms)
        for number, value in zip(carried[1:], streams.ipdv_ms(line), strict=True):
            self.ipdv.add(value, times_s[number])
            self.ipdv_sum_ms += value or 0.0
            self.ipdv_count += value is not None
        mos = direction.rating.mos_cqe if direction.rating else None
        if mos is not None and (self.lowest_mos is None or mos < self.lowest_mos.mean):
            self.lowest_mos = Worst(mos, times_s[0])


@dataclass(slots=True)
class Tally:
    """A stream of hours so far."""

    codec: Codec
    up: OneWay = field(init=False)
    down: OneWay = field(init=False)
    both: Losses = field(init=False)
    """Packets without an answer, whichever way they were lost."""
    round_trips: Histogram = field(default_factory=Histogram)
    least_round_trip_ms: float | None = None
    last_answer_s: float | None = None
    """When the last packet was sent that was answered, seconds since 1970."""
    seen_s: float | None = None
    """When the last packet was sent at all."""
    refused_s: float = 0.0
    """Seconds whose numbers must not be believed, and are not counted."""
    trouble: str = ""
    """Why not."""

    def __post_init__(self) -> None:
        long = round(LONG_MS / self.codec.ptime_ms)
        self.up, self.down = (OneWay(losses(self.codec), Rolling(long)) for _ in range(2))
        self.both = losses(self.codec)

    def add(self, block: Stream) -> list[tuple[float, float]]:
        """Count a block; the outages that ended in it, as begin and length in seconds."""
        times_s = [sent_ns / 1e9 for sent_ns in block.sent_ns]
        if block.echoes and (trouble := quality.trouble(block)):
            self.trouble = self.trouble or trouble
            self.refused_s += block.counted * self.codec.ptime_ms / 1000
            self.leave_out(times_s[max(0, block.counted - 1)])
            return []
        ways = take_apart(block)
        settled = min(block.counted, ways.settled)
        trips = [trip_ms for trip_ms in ways.round_trips_ms[:settled] if trip_ms is not None]
        if trips:
            self.least_round_trip_ms = min(*trips, self.least_round_trip_ms or trips[0], trips[0])
            for one, way in ((self.up, ways.up), (self.down, ways.down)):
                half_ms = self.least_round_trip_ms / 2
                direction = quality.direction(way, range(settled), self.codec, half_ms, ways.split)
                one.add(way, settled, direction, times_s, ways.split)
        return self._trips(block.counted, ways, times_s)

    def leave_out(self, until_s: float) -> None:
        """Nothing was measured until then, and it is no outage. Windows go on as if that time had not been."""
        if self.last_answer_s is not None:
            self.last_answer_s = max(self.last_answer_s, until_s)
        self.seen_s = until_s if self.seen_s is None else max(self.seen_s, until_s)

    def outage(self, now_s: float) -> tuple[float, float] | None:
        """Begin and length in seconds of the outage that lasts at that time."""
        silent_s = now_s - (self.last_answer_s if self.last_answer_s is not None else now_s)
        return (now_s - silent_s, silent_s) if silent_s > OUTAGE_S else None

    def _trips(self, counted: int, ways: Ways, times_s: Sequence[float]) -> list[tuple[float, float]]:
        outages, ptime_s = [], self.codec.ptime_ms / 1000
        for number in range(counted):
            at_s, trip_ms = times_s[number], ways.round_trips_ms[number]
            if self.seen_s is not None and at_s - self.seen_s > UNSENT_S and self.outage(at_s):
                self.both.unsent(self.seen_s + ptime_s, round((at_s - self.seen_s) / ptime_s) - 1, ptime_s)
            self.both.add(trip_ms is None, at_s)
            self.seen_s = at_s
            if trip_ms is not None:
                self.round_trips.add(trip_ms)
                if ended := self.outage(at_s):
                    outages.append(ended)
                self.last_answer_s = at_s
        return outages
