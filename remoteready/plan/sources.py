"""Agents who send while they have a call, simulated: how much all of them send together, level by level.

Each alternates between calls and pauses, independently of the others and with lengths of any distribution. Nothing is
shared with the formulas, which know the shares of the time only.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from math import inf
from random import Random

from remoteready.plan.estimates import Estimate, estimate, quantile, together
from remoteready.plan.sharing import MBIT, whole_bps
from remoteready.plan.simulate import BATCHES, LEVELS, Distribution, Exponential, Watch, sampler, unwatched


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Agents who are alike: each sends for a share of the time, while its calls last."""

    agents: int
    share: float
    mbps: float
    call_s: Distribution

    @property
    def calls_per_hour(self) -> float:
        """Of all of them."""
        return self.agents * self.share / self.call_s.mean * 3600


def send_together(
    kinds: Sequence[Sources], *, hours: float, seed: int, watch: Watch = unwatched
) -> dict[float, Estimate]:
    """The level of what all send together, Mbps, at LEVELS; a tenth of the time warms up, 20 batches are counted."""
    rng = Random(seed)  # noqa: S311 – a simulation, not a secret
    busy = [kind for kind in kinds if kind.agents and kind.share > 0]
    first_s, until_s = hours * 360, hours * 3960
    cuts = [first_s + (until_s - first_s) * place / BATCHES for place in range(BATCHES + 1)]
    batches = []
    for batch, calls in _batches(busy, rng, cuts):
        batches.append(batch)
        watch(1, calls)
    counted = batches[1:]
    return {
        level: estimate(quantile(together(counted), level), [quantile(one, level) for one in counted])
        for level in LEVELS
    }


def _batches(
    kinds: Sequence[Sources], rng: Random, cuts_s: Sequence[float]
) -> Iterator[tuple[dict[float, float], int]]:
    """How long all together sent so many Mbps between two cuts, and the calls that began."""
    speak = [sampler(kind.call_s, rng) for kind in kinds]
    pause = [sampler(Exponential(_pause_s(kind)), rng) if kind.share < 1 else (lambda: 0.0) for kind in kinds]
    rates = [int(whole_bps(kind.mbps)) for kind in kinds]
    events: list[tuple[float, int, bool]] = []
    now_bps = 0
    for number, kind in enumerate(kinds):
        for _ in range(kind.agents):
            talking = rng.random() < kind.share
            now_bps += rates[number] * talking
            events.append(((speak if talking else pause)[number](), number, talking))
    heapify(events)
    now_s = 0.0
    for cut_s in cuts_s:
        seen: dict[float, float] = defaultdict(float)
        calls = 0
        while events and events[0][0] <= cut_s:
            when_s, number, talking = events[0]
            seen[now_bps] += when_s - now_s
            now_s = when_s
            if talking and kinds[number].share < 1:
                now_bps -= rates[number]
                heapreplace(events, (now_s + pause[number](), number, False))
            else:
                now_bps += 0 if talking else rates[number]
                calls += 1
                heapreplace(events, (now_s + speak[number](), number, True))
        seen[now_bps] += cut_s - now_s
        now_s = cut_s
        yield {bps / MBIT: seconds for bps, seconds in seen.items()}, calls


def _pause_s(kind: Sources) -> float:
    """The mean pause between calls."""
    return kind.call_s.mean * (1 - kind.share) / kind.share


def long_enough(kinds: Sequence[Sources], calls: int) -> float:
    """Hours in which so many calls begin."""
    per_hour = sum(kind.calls_per_hour for kind in kinds)
    return calls / per_hour if per_hour else inf
