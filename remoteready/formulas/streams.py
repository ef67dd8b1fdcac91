"""What happened to a stream of packets in one direction: loss, order, delay variation, windows, the de-jitter buffer.

A transit is arrival minus departure of a packet in ms, by two clocks that need not agree: only differences between
transits of the same direction are ever used, so a constant offset between the clocks changes nothing. None is a packet
that did not arrive. Packets stand in the order in which they were sent unless said otherwise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import ceil, sqrt

Transits = Sequence[float | None]

Z_95 = 1.959964
"""Standard normal quantile for 95 % confidence, both sides."""
FASTEST_DRIFT = 0.5
"""ms per s: 500 ppm, the most by which an operating system slews a clock (adjtimex, MAXFREQ)."""
CLEAR_STEP_MS = 20
"""A smaller step of a clock does not stand out from a busy line."""


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """95 % confidence interval of a ratio (Wilson 1927, doi:10.1080/01621459.1927.10502953); 0–1 without trials."""
    if trials == 0:
        return 0.0, 1.0
    ratio, z2 = hits / trials, Z_95**2
    centre = ratio + z2 / (2 * trials)
    spread = Z_95 * sqrt(ratio * (1 - ratio) / trials + z2 / (4 * trials**2))
    low, high = (centre - spread) / (1 + z2 / trials), (centre + spread) / (1 + z2 / trials)
    return (low if hits else 0.0), (high if hits < trials else 1.0)


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that a `share` (0–1) of all does not exceed (RFC 2330 section 11.3). ValueError if none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("a percentile needs a value")
    return ordered[max(0, ceil(round(share * len(ordered), 9)) - 1)]


def jitter_ms(transits_ms: Iterable[float]) -> float:
    """Interarrival jitter after the last of the packets, which stand in order of arrival (RFC 3550 A.8)."""
    jitter = 0.0
    for before, now in pairwise(transits_ms):
        jitter += (abs(now - before) - jitter) / 16
    return jitter


def ipdv_ms(transits_ms: Transits) -> list[float | None]:
    """|Delay variation| of each packet against the one sent before it (RFC 3393); None where either did not arrive."""
    pairs = pairwise(transits_ms)
    return [None if before is None or now is None else abs(now - before) for before, now in pairs]


def pdv_ms(transits_ms: Transits) -> list[float]:
    """Delay of every packet that arrived above the smallest (RFC 5481 section 4.2)."""
    arrived = [transit for transit in transits_ms if transit is not None]
    least = min(arrived, default=0.0)
    return [transit - least for transit in arrived]


def mean(values: Iterable[float | None]) -> float | None:
    """Mean of the values there are; None if there are none."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def reordered(numbers: Iterable[int]) -> int:
    """Packets that arrived after one sent later (RFC 4737 section 3); numbers in order of arrival, each once."""
    expected, late = 0, 0
    for number in numbers:
        late += number < expected
        expected = max(expected, number + 1)
    return late


@dataclass(frozen=True, slots=True)
class Window:
    """The worst run of neighbouring packets."""

    first: int
    """Number of its first packet."""
    packets: int
    mean: float
    """Of the values in it: the loss ratio where a lost packet counts 1."""


def worst_window(values: Transits, packets: int) -> Window | None:
    """The run of `packets` neighbours with the highest mean, the first of equals; all of a shorter stream.

    Values that are None are left out of the mean; None if there is no value at all.
    """
    length = min(packets, len(values))
    total, count, worst = 0.0, 0, None
    for place, value in enumerate(values):
        if value is not None:
            total, count = total + value, count + 1
        if place >= length and (gone := values[place - length]) is not None:
            total, count = total - gone, count - 1
        if place >= length - 1 and count and (worst is None or total / count > worst.mean + 1e-9):
            worst = Window(place - length + 1, length, total / count)
    return worst


def burst_ratio(lost: Iterable[bool]) -> float:
    """Mean length of the loss runs over that of random loss of the same ratio (G.107 clause 7.5), at least 1."""
    runs = [(gone, sum(1 for _ in run)) for gone, run in groupby(lost)]
    losses = [length for gone, length in runs if gone]
    if not losses:
        return 1.0
    received = sum(length for gone, length in runs if not gone)
    return max(1.0, sum(losses) / len(losses) * received / (received + sum(losses)))


@dataclass(frozen=True, slots=True)
class Playout:
    """What a listener gets to hear of a talk-spurt behind a de-jitter buffer."""

    buffer_ms: float
    missing: tuple[bool, ...]
    """Of every packet sent, whether it could not be played: lost, or later than the buffer waits."""
    delay_ms: float | None
    """From the smallest transit of the session to the moment of playing; None where nothing arrived."""


def playout(transits_ms: Transits, buffer_ms: float, least_ms: float) -> Playout:
    """Play a talk-spurt behind a buffer: in time is what arrives within `buffer_ms` of the fastest packet.

    Adaptive buffers set themselves anew for every spurt (Ramjee et al., INFOCOM 1994), and so follow a queue that
    fills slowly. `least_ms` is the smallest transit of the whole session.
    """
    floor = min((transit for transit in transits_ms if transit is not None), default=None)
    if floor is None:
        return Playout(buffer_ms, (True,) * len(transits_ms), None)
    missing = tuple(transit is None or transit > floor + buffer_ms for transit in transits_ms)
    return Playout(buffer_ms, missing, floor - least_ms + buffer_ms)


Timed = Sequence[tuple[float, float]]
"""(time of departure s, transit ms) of packets that arrived."""


def clock_drift(there: Timed, back: Timed) -> float:
    """How fast the far clock gains on ours, ms per s: what one direction gains and the other loses at the same time.

    From the fastest packets at the begin and the end of the stream. A queue that fills raises one direction only, so it
    is not taken for a clock. At most FASTEST_DRIFT either way.
    """
    slopes = [_slope(direction) for direction in (there, back)]
    return max(-FASTEST_DRIFT, min(FASTEST_DRIFT, _opposite(*slopes)))


def clock_step_ms(there: Timed, back: Timed) -> float:
    """The largest sudden change of the far clock against ours, ms; 0 when none stands out.

    A clock that is set shows as a step up in one direction and an equal step down in the other, while the round trip
    stays as it was. The second in which it happens is passed over: it holds packets of before and after.
    """
    floors = [_floors(direction) for direction in (there, back)]
    seconds = sorted(floors[0].keys() & floors[1].keys())
    largest = 0.0
    for before, now in zip(seconds, seconds[2:], strict=False):
        out, home = (floor[now] - floor[before] for floor in floors)
        step = _opposite(out, home)
        if abs(step) > max(CLEAR_STEP_MS, abs(largest)) and abs(out + home) < abs(step) / 4:
            largest = step
    return largest


def _opposite(out: float, home: float) -> float:
    """The part of two changes that is equal and opposite, with the sign of the first."""
    if out * home >= 0:
        return 0.0
    return min(abs(out), abs(home)) * (1 if out > 0 else -1)


def _slope(direction: Timed) -> float:
    """ms per s between the fastest packets of the first and the last third; 0 for a stream too short to tell."""
    third = len(direction) // 3
    if third < 10:
        return 0.0
    begin_s, begin_ms = min(direction[:third], key=lambda one: one[1])
    end_s, end_ms = min(direction[-third:], key=lambda one: one[1])
    return (end_ms - begin_ms) / (end_s - begin_s) if end_s > begin_s else 0.0


def _floors(direction: Timed) -> dict[int, float]:
    """The smallest transit of every second."""
    floors: dict[int, float] = {}
    for time_s, transit in direction:
        floors[int(time_s)] = min(floors.get(int(time_s), transit), transit)
    return floors
