"""A link that many uploads share, as events in time: the machine room of `simulate`.

Rates are whole bit/s, so that sums are exact: ten flows of 0.1 Mbps fill a link of 1 Mbps. Volumes are bits.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf

MBIT = 1_000_000


MOST_RATES = 4000
"""Different rates that a batch keeps: memory stays bounded, and a cell is far less than one upload of many."""


def whole_bps(mbps: float) -> float:
    """A rate in whole bit/s; infinite where there is no limit."""
    return mbps if mbps == inf else round(mbps * MBIT)


@dataclass(slots=True)
class Batch:
    """What was seen in one stretch of time."""

    demand_s: dict[int, float]
    """How long flows would together have taken so many bit/s at their caps."""
    backlog_bit_s: float
    """The bits that were still to be uploaded, times how long."""
    highest_backlog_bit: float
    uploads: list[int]
    """Ended, by kind."""
    upload_s: list[float]
    """How long they took, all together, by kind."""

    @property
    def length_s(self) -> float:
        """How long the stretch was."""
        return sum(self.demand_s.values())

    def rates_s(self, capacity_bps: float = inf) -> dict[float, float]:
        """How long flows took so many Mbps of a link of this capacity."""
        seen: dict[float, float] = defaultdict(float)
        for bps, seconds in self.demand_s.items():
            seen[min(bps, capacity_bps) / MBIT] += seconds
        return seen


class Link:
    """A link that flows share as fairly as their caps allow (max–min), by virtual work: O(log n) an event.

    All flows of a kind run at one rate, so each kind needs one meter of the bits that any of its flows has received,
    and one heap of the readings at which its flows end. ValueError for a link or a cap below one bit/s.
    """

    def __init__(self, capacity_mbps: float, caps_mbps: Sequence[float]) -> None:
        self.capacity_bps = whole_bps(capacity_mbps)
        self.caps = [round(cap * MBIT) for cap in caps_mbps]
        if min(self.capacity_bps, *self.caps) < 1:
            raise ValueError("nothing can be uploaded at 0 Mbps; check the link and the rates of uploads")
        self.slowest_first = sorted(range(len(self.caps)), key=self.caps.__getitem__)
        self.rates: list[float] = list(self.caps)
        self.meters = [0.0] * len(self.caps)
        self.ends: list[list[tuple[float, float]]] = [[] for _ in self.caps]
        self.demand_bps = 0
        self.now_s = self.backlog_bit = self.emptied_s = 0.0
        self.batch = self._fresh()

    def _fresh(self) -> Batch:
        return Batch(defaultdict(float), 0.0, self.backlog_bit, [0] * len(self.caps), [0.0] * len(self.caps))

    def cut(self) -> Batch:
        """End the batch and begin the next one; of very many rates those that are nearly alike become one."""
        batch, self.batch = self.batch, self._fresh()
        if len(batch.demand_s) > MOST_RATES:
            batch.demand_s = self._coarse(batch.demand_s)
        return batch

    def _coarse(self, demand_s: dict[int, float]) -> dict[int, float]:
        """At most about MOST_RATES rates, each moved by less than a cell away from the capacity, which none crosses."""
        least, most = min(demand_s), max(demand_s)
        cell = -(-(most - least) // MOST_RATES) or 1
        base = int(self.capacity_bps) if self.capacity_bps < inf else least
        coarse: dict[int, float] = defaultdict(float)
        for bps, seconds in demand_s.items():
            away = bps - base
            cells = -(-away // cell) if away > 0 else away // cell
            coarse[base + cells * cell] += seconds
        return coarse

    def begin(self, kind: int, bits: float) -> None:
        """A flow begins now."""
        ends = self.ends[kind]
        if not ends:
            self.meters[kind] = 0.0  # readings stay small, and exact
        heappush(ends, (self.meters[kind] + bits, self.now_s))
        self.backlog_bit += bits
        if self.backlog_bit > self.batch.highest_backlog_bit:
            self.batch.highest_backlog_bit = self.backlog_bit
        self.demand_bps += self.caps[kind]
        if self.demand_bps > self.capacity_bps:
            self._share()

    def run(self, until_s: float) -> None:
        """Let time pass; flows end on the way. With `inf`, until the last one has ended."""
        meters, kinds, batch = self.meters, tuple(enumerate(self.ends)), self.batch
        while True:
            pause_s, first = until_s - self.now_s, -1
            for kind, ends in kinds:
                if ends:
                    left_s = (ends[0][0] - meters[kind]) / self.rates[kind]
                    if left_s < pause_s:
                        pause_s, first = left_s, kind
            if pause_s > 0:
                if pause_s == inf:
                    return
                used_bit = min(self.demand_bps, self.capacity_bps) * pause_s
                batch.demand_s[self.demand_bps] += pause_s
                batch.backlog_bit_s += (self.backlog_bit - used_bit / 2) * pause_s
                self.backlog_bit -= used_bit
                for kind, ends in kinds:
                    if ends:
                        meters[kind] += self.rates[kind] * pause_s
            if first < 0:
                self.now_s = until_s
                return
            self.now_s += pause_s
            self._end(first)

    def _end(self, kind: int) -> None:
        """The flow of this kind whose end is due has ended."""
        self.meters[kind], began_s = heappop(self.ends[kind])
        self.batch.uploads[kind] += 1
        self.batch.upload_s[kind] += self.now_s - began_s
        was_short = self.demand_bps > self.capacity_bps
        self.demand_bps -= self.caps[kind]
        if not self.demand_bps:
            self.backlog_bit, self.emptied_s = 0.0, self.now_s
        if was_short:
            self._share()

    def _share(self) -> None:
        """Give every flow its cap or, where the link is short, an equal part of what those with smaller caps leave."""
        self.rates = list(self.caps)
        if self.demand_bps <= self.capacity_bps:
            return
        left, flows = self.capacity_bps, sum(map(len, self.ends))
        for kind in self.slowest_first:
            count = len(self.ends[kind])
            if count:
                self.rates[kind] = rate = min(self.caps[kind], left / flows)
                left -= rate * count
                flows -= count
