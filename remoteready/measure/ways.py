"""A stream taken apart into its two directions: which packets each carried, and with what delay variation. Pure.

`up` is from this desk to the site, `down` the way back. The clocks of the two ends need not agree.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from remoteready.formulas import streams
from remoteready.measure.stream import MS, Echo, Stream

OVERTAKEN = 10
"""By how many packets sent later a packet is assumed to be overtaken at most."""


@dataclass(frozen=True, slots=True)
class Way:
    """One direction of a whole stream; everything by the number of the test packet."""

    transits_ms: tuple[float | None, ...]
    """None where the packet was not seen at both ends."""
    carried: tuple[bool | None, ...]
    """Whether it arrived; None where it was never sent in this direction, as the answer to a lost packet."""
    order: tuple[tuple[int, int], ...]
    """(number, place in the order of departure) in order of arrival, each once."""
    copies: tuple[int, ...]
    """Numbers of packets that arrived again."""


@dataclass(frozen=True, slots=True)
class Ways:
    """A stream taken apart."""

    up: Way
    down: Way
    round_trips_ms: tuple[float | None, ...]
    settled: int
    """Packets whose fate is known: all up to the last that was answered."""
    split: bool
    """Whether lost packets can be told to have been lost on the way out or back."""


def take_apart(stream: Stream) -> Ways:
    """Both directions of a stream, freed of the drift of the clocks."""
    firsts = first_answers(stream)
    sent = len(stream.sent_ns)
    carried_up, carried_down = _fates(sent, list(firsts.values()))
    there, back = timed(stream)
    drift = streams.clock_drift(there, back)
    up: list[float | None] = [None] * sent
    down: list[float | None] = [None] * sent
    round_trips: list[float | None] = [None] * sent
    for (time_s, out_ms), (_, home_ms), number in zip(there, back, sorted(firsts), strict=True):
        up[number] = out_ms - drift * time_s
        down[number] = home_ms + drift * time_s
        round_trips[number] = out_ms + home_ms
    turned = sorted(firsts.values(), key=lambda echo: echo.turned)
    order_up = tuple((echo.number, echo.number) for echo in turned)
    order_down = tuple((echo.number, echo.turned) for echo in firsts.values())
    return Ways(
        up=Way(tuple(up), carried_up, order_up, _copies_up(stream)),
        down=Way(tuple(down), carried_down, order_down, _copies_down(stream)),
        round_trips_ms=tuple(round_trips),
        settled=1 + max(firsts, default=-1),
        split=_is_split(stream, firsts),
    )


def first_answers(stream: Stream) -> dict[int, Echo]:
    """The first answer to every packet that has one, in order of arrival."""
    firsts: dict[int, Echo] = {}
    for echo in stream.echoes:
        firsts.setdefault(echo.number, echo)
    return firsts


def timed(stream: Stream) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """(time s, transit ms) of both directions, by the number of the packet; transits by two clocks."""
    there, back = [], []
    for number, echo in sorted(first_answers(stream).items()):
        sent_ns = stream.sent_ns[number]
        time_s = (sent_ns - stream.sent_ns[0]) / 1e9
        there.append((time_s, (echo.reached_ns - sent_ns) / MS))
        back.append((time_s, (echo.arrived_ns - echo.left_ns) / MS))
    return there, back


def _fates(sent: int, firsts: list[Echo]) -> tuple[tuple[bool, ...], tuple[bool | None, ...]]:
    """Of every packet whether it was carried out, and of its answer whether it was carried back.

    A gap in the reflector's own numbers is an answer that was lost; a packet that no number was given to never reached
    it. Where both happened close to each other, which packet was which is a guess; how many is not.
    """
    up: list[bool] = [False] * sent
    down: list[bool | None] = [None] * sent
    for echo in firsts:
        up[echo.number] = down[echo.number] = True
    ordered = sorted(firsts, key=lambda echo: echo.turned)
    expected, highest = _first_number(ordered), -1
    for echo in ordered:
        between = range(highest + 1, echo.number)
        overtaken = range(highest, max(-1, highest - OVERTAKEN), -1)
        overtaking = range(echo.number + 1, min(sent, echo.number + OVERTAKEN))
        unanswered = [number for number in (*between, *overtaken, *overtaking) if not up[number]]
        for number in unanswered[: max(0, echo.turned - expected)]:
            up[number], down[number] = True, False
        expected, highest = echo.turned + 1, max(highest, echo.number)
    return tuple(up), tuple(down)


def _first_number(ordered: list[Echo]) -> int:
    """Where the reflector began to count: at 0 for a new stream; where we joined, if it goes on from earlier ones.

    A few ahead of us it also is where packets overtook each other at the very beginning, and their answers were lost.
    """
    if not ordered or ordered[0].turned < ordered[0].number + OVERTAKEN:
        return 0
    return ordered[0].turned - ordered[0].number


def _is_split(stream: Stream, firsts: dict[int, Echo]) -> bool:
    """A reflector that keeps no state repeats our numbers, however many are lost. One that counts says so."""
    if len(firsts) > max(firsts, default=-1):
        return True
    return any(echo.counters for echo in stream.echoes) or any(echo.turned != echo.number for echo in stream.echoes)


def _copies_up(stream: Stream) -> tuple[int, ...]:
    """Packets that reached the reflector again: answered under two of its numbers."""
    turned = {echo.turned: echo.number for echo in stream.echoes}
    return tuple(_repeated(turned.values()))


def _copies_down(stream: Stream) -> tuple[int, ...]:
    """Answers that arrived again under the same number."""
    numbers = {echo.turned: echo.number for echo in stream.echoes}
    return tuple(numbers[turned] for turned in _repeated(echo.turned for echo in stream.echoes))


def _repeated(values: Iterable[int]) -> Iterator[int]:
    seen: set[int] = set()
    for value in values:
        if value in seen:
            yield value
        seen.add(value)
