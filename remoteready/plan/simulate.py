"""A seeded event simulation: recordings are uploaded over a shared link, callers queue for agents. Days: `shifts`.

It shares nothing with the formulas that it is to confirm. Everything is drawn from one `random.Random` by inversion or
by its `gauss`, so that a seed gives the same run on every system, but for the last digits of its mathematical library.
Volumes are MB (10⁶ bytes) on the wire, rates Mbps per direction, times seconds unless named otherwise.
"""

from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import heapify, heapreplace
from itertools import accumulate
from math import exp, inf, log, log1p, sqrt
from random import Random

from remoteready.plan.estimates import Estimate, estimate, mean, mean_over_time, quantile, share_of_time, together
from remoteready.plan.sharing import MBIT, Batch, Link, whole_bps

BATCHES = 20
LEVELS = (0.5, 0.95, 0.99, 0.999)

Watch = Callable[[int, int], None]
"""Told after each batch, the first of which is to warm up, that one more is done, and how many uploads ended in it."""


def unwatched(batches: int, uploads: int) -> None:
    """Nobody looks at the progress."""


# --- what is random ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exponential:
    """Lengths or sizes without memory."""

    mean: float


@dataclass(frozen=True, slots=True)
class Lognormal:
    """What call lengths look like (Brown et al. 2005), by their mean and coefficient of variation."""

    mean: float
    cv: float


@dataclass(frozen=True, slots=True)
class Empirical:
    """One of the values that were measured, each as likely."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Of the values."""
        return sum(self.values) / len(self.values)


Distribution = Exponential | Lognormal | Empirical


def sampler(of: Distribution, rng: Random, factor: float = 1.0) -> Callable[[], float]:
    """A function that draws from a distribution, times a factor."""
    uniform = rng.random
    if isinstance(of, Exponential):
        scale = -of.mean * factor
        return lambda: scale * log(1.0 - uniform())
    if isinstance(of, Lognormal):
        sigma = sqrt(log1p(of.cv**2))
        mu = log(of.mean * factor) - sigma * sigma / 2
        return lambda: exp(rng.gauss(mu, sigma))
    values = [value * factor for value in of.values]
    return lambda: values[int(uniform() * len(values))]


# --- what is simulated ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """Uploads of one kind, begun independently of each other (Poisson), each at most at `cap_mbps`."""

    per_hour: float
    size_mb: Distribution
    cap_mbps: float


Upload = tuple[float, int, float]
"""When it begins (s), of which kind it is, and its size (bits)."""


def poisson(flows: Sequence[Flows], rng: Random, until_s: float) -> Iterator[Upload]:
    """Uploads of all kinds in the order of time."""
    rates = [kind.per_hour / 3600 for kind in flows]
    total = sum(rates)
    sums = list(accumulate(rates))
    sizes = [sampler(kind.size_mb, rng, 8.0 * MBIT) for kind in flows]
    only = sizes[0] if len(sizes) == 1 else None
    uniform, now = rng.random, 0.0
    while total:
        now -= log(1.0 - uniform()) / total
        if now > until_s:
            return
        if only:
            yield now, 0, only()
        else:
            kind = min(bisect(sums, uniform() * total), len(sums) - 1)
            yield now, kind, sizes[kind]()


# --- what comes out ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the simulation of a link shows.

    `slowed` is the share of time in which flows wanted more than the link has, `full` that in which it had nothing
    left to give. `mbps` is what the link carried, `demand_mbps` what flows would have taken at their caps, by level.
    `upload_s` is the mean time of an upload by kind, None where none ended.
    """

    uploads: int
    mean_mbps: Estimate
    mbps: Mapping[float, Estimate]
    demand_mbps: Mapping[float, Estimate]
    slowed: Estimate
    full: Estimate
    upload_s: tuple[Estimate | None, ...]
    backlog_mb: Estimate
    highest_backlog_mb: Estimate


def outcome(batches: Sequence[Batch], link_mbps: float) -> Outcome:
    """All batches together, each value with the confidence that its batches leave."""
    capacity_bps = whole_bps(link_mbps)
    capacity_mbps = capacity_bps / MBIT
    wanted = [batch.rates_s() for batch in batches]
    carried = [batch.rates_s(capacity_bps) for batch in batches]

    def over_time(
        parts: Sequence[Mapping[float, float]], measure: Callable[[Mapping[float, float]], float]
    ) -> Estimate:
        return estimate(measure(together(parts)), [measure(part) for part in parts])

    return Outcome(
        uploads=sum(sum(batch.uploads) for batch in batches),
        mean_mbps=over_time(carried, mean_over_time),
        mbps={level: over_time(carried, partial(quantile, level=level)) for level in LEVELS},
        demand_mbps={level: over_time(wanted, partial(quantile, level=level)) for level in LEVELS},
        slowed=over_time(wanted, lambda seen: share_of_time(seen, lambda mbps: mbps > capacity_mbps)),
        full=over_time(wanted, lambda seen: share_of_time(seen, lambda mbps: mbps >= capacity_mbps)),
        upload_s=tuple(_upload_s(batches, kind) for kind in range(len(batches[0].uploads))),
        backlog_mb=mean([batch.backlog_bit_s / batch.length_s / 8 / MBIT for batch in batches]),
        highest_backlog_mb=mean([batch.highest_backlog_bit / 8 / MBIT for batch in batches]),
    )


def _upload_s(batches: Sequence[Batch], kind: int) -> Estimate | None:
    """The mean time of an upload; its interval from the means of those batches in which any ended."""
    ended = [(batch.uploads[kind], batch.upload_s[kind]) for batch in batches if batch.uploads[kind]]
    if not ended:
        return None
    return estimate(sum(s for _, s in ended) / sum(n for n, _ in ended), [s / n for n, s in ended])


# --- independent uploads ----------------------------------------------------------------------------------------------


def share_link(
    flows: Sequence[Flows],
    link_mbps: float = inf,
    *,
    hours: float,
    seed: int,
    warm_up: float = 0.1,
    watch: Watch = unwatched,
) -> Outcome:
    """Simulate independent uploads over a link, after a share of the time to warm up, in 20 batches.

    Without a link nothing limits the flows but their caps (M/G/∞). A load at or above the link never settles: what it
    shows then depends on how long one looks.
    """
    until_s = hours * 3600
    link = Link(link_mbps, [kind.cap_mbps for kind in flows])
    first_s = until_s * warm_up
    cuts = [first_s + (until_s - first_s) * place / BATCHES for place in range(BATCHES + 1)]
    rng = Random(seed)  # noqa: S311 – a simulation, not a secret
    batches = []
    for batch in watched(link, poisson(flows, rng, until_s), cuts):
        batches.append(batch)
        watch(1, sum(batch.uploads))
    return outcome(batches[1:], link_mbps)


def watched(link: Link, uploads: Iterable[Upload], cuts_s: Iterable[float]) -> Iterator[Batch]:
    """Feed uploads to a link; gives the batch that ends at each cut."""
    remaining = iter(uploads)
    upload = next(remaining, None)
    for cut_s in cuts_s:
        while upload is not None and upload[0] <= cut_s:
            link.run(upload[0])
            link.begin(upload[1], upload[2])
            upload = next(remaining, None)
        link.run(cut_s)
        yield link.cut()


# --- callers who queue for agents -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """What callers see: the share that waits at all, the average speed of answer, the share answered in time."""

    callers: int
    waited: Estimate
    asa_s: Estimate
    service_level: Estimate


def queue_for_agents(
    calls_per_hour: float,
    handle_s: Distribution,
    agents: int,
    *,
    callers: int,
    seed: int,
    answer_within_s: float = 20.0,
) -> Waiting:
    """Simulate callers who come independently, are answered in order and do not give up (M/G/c), in 20 batches.

    Kiefer and Wolfowitz 1955: the agent who is free first takes the next call, so a heap of these moments is all that
    there is to keep. The first tenth of the callers is not counted.
    """
    rng = Random(seed)  # noqa: S311 – a simulation, not a secret
    uniform, serve, gap = rng.random, sampler(handle_s, rng), -3600 / calls_per_hour
    free = [0.0] * agents
    heapify(free)
    now = 0.0
    parts = []
    size = max(callers // BATCHES, 1)
    for batch in range(-1, BATCHES):
        waits = []
        for _ in range(size if batch >= 0 else -(-callers // 10)):
            now += gap * log(1.0 - uniform())
            begin = free[0]
            if begin > now:
                waits.append(begin - now)
                heapreplace(free, begin + serve())
            else:
                heapreplace(free, now + serve())
        if batch >= 0:
            late = sum([wait > answer_within_s for wait in waits])
            parts.append((len(waits) / size, sum(waits) / size, 1 - late / size))
    return Waiting(size * BATCHES, *(mean(column) for column in zip(*parts, strict=True)))
