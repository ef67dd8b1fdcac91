"""Days of agents, simulated: shifts, calls, and their recordings on the way over the link, at once or deferred."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from random import Random

from remoteready.exits import UnusableInput
from remoteready.plan.estimates import Estimate, estimate, mean, quantile, together
from remoteready.plan.sharing import MBIT, Link
from remoteready.plan.simulate import LEVELS, Distribution, Exponential, Outcome, Upload, outcome, sampler, watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents:
    """Agents of one shift: each is idle, takes a call, and so on; calls that the shift's end cuts are ended first.

    `cap_mbps` is what one upload gets at most: the home line or the throttle. Recordings are uploaded when the call
    ends, or, with `deferred_to_h`, one after the other from that hour of the day on.
    """

    agents: int
    calls_per_hour: float
    call_minutes: Distribution
    mb_per_minute: float
    cap_mbps: float
    share_recorded: float = 1.0
    shift_start_h: float = 9.0
    shift_end_h: float = 17.0
    deferred_to_h: float | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """What days of agents show: the link while any shift lasts, the calls at the same time, when all is uploaded."""

    link: Outcome
    calls: Mapping[float, Estimate]
    finished_h: Estimate
    late: Estimate


def agents_at_work(
    groups: Sequence[Agents], link_mbps: float = inf, *, days: int, seed: int, window_end_h: float = inf
) -> Days:
    """Simulate days of agents in their shifts; every day begins anew and is a batch.

    `finished_h` is the hour of the day at which the last upload ends, beyond 24 on the next one and 0 where nothing was
    uploaded; `late` the share of days on which that is after `window_end_h`. UnusableInput where agents take no calls
    or have no time between them.
    """
    rng = Random(seed)  # noqa: S311 – a simulation, not a secret
    begin_s = min(group.shift_start_h for group in groups) * 3600
    end_s = max(group.shift_end_h for group in groups) * 3600
    batches, calls, finished = [], [], []
    for _ in range(days):
        link = Link(link_mbps, [group.cap_mbps for group in groups])
        uploads, spoken = one_day(groups, rng)
        seen = watched(link, uploads, (begin_s, end_s, inf))
        batches.append((next(seen), next(seen))[1])
        calls.append(concurrent(spoken, begin_s, end_s))
        next(seen)
        finished.append(link.emptied_s / 3600)
    return Days(
        link=outcome(batches, link_mbps),
        calls={
            level: estimate(quantile(together(calls), level), [quantile(one, level) for one in calls])
            for level in LEVELS
        },
        finished_h=mean(finished),
        late=mean([float(hour > window_end_h) for hour in finished]),
    )


def one_day(groups: Sequence[Agents], rng: Random) -> tuple[list[Upload], list[tuple[float, float]]]:
    """The uploads of a day in the order of time, and when calls begin and end, s. A call begun in a shift is ended."""
    uploads: list[Upload] = []
    calls: list[tuple[float, float]] = []
    for kind, group in enumerate(groups):
        length, idle = sampler(group.call_minutes, rng, 60.0), sampler(Exponential(_idle_s(group)), rng)
        bits_per_s = group.mb_per_minute * 8 * MBIT / 60
        for _ in range(group.agents):
            now, kept_bits = group.shift_start_h * 3600, 0.0
            while (now := now + idle()) < group.shift_end_h * 3600:
                begun, now = now, now + length()
                calls.append((begun, now))
                if rng.random() < group.share_recorded:
                    bits = (now - begun) * bits_per_s
                    kept_bits += bits
                    if group.deferred_to_h is None:
                        uploads.append((now, kind, bits))
            if group.deferred_to_h is not None and kept_bits:
                uploads.append((max(group.deferred_to_h * 3600, now), kind, kept_bits))
    return sorted(uploads), calls


def _idle_s(group: Agents) -> float:
    """The mean time between two calls of an agent."""
    if not group.calls_per_hour > 0:
        raise UnusableInput(f"{group.calls_per_hour:g} calls an hour cannot be simulated; it must be more than 0")
    idle_s = 3600 / group.calls_per_hour - group.call_minutes.mean * 60
    if idle_s <= 0:
        raise UnusableInput(
            f"{group.calls_per_hour:g} calls an hour of {group.call_minutes.mean:g} minutes fill more than the hour; "
            "check calls and minutes"
        )
    return idle_s


def concurrent(calls: Iterable[tuple[float, float]], begin_s: float, end_s: float) -> dict[float, float]:
    """How long there were how many calls at the same time, between two moments."""
    changes = sorted([(begun, 1) for begun, _ in calls] + [(ended, -1) for _, ended in calls])
    seen: dict[float, float] = defaultdict(float)
    now, count = begin_s, 0
    for moment_s, change in changes:
        if moment_s > now:
            seen[count] += min(moment_s, end_s) - now
            now = min(moment_s, end_s)
        count += change
    seen[count] += end_s - now
    return seen
