"""The day of a site and of gateways, interval by interval: calls, peaks, what waits, sessions; and which one binds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from remoteready.formulas import flows, uploads
from remoteready.plan import presence
from remoteready.plan.demand import GroupDemand, demand_at
from remoteready.plan.needs import PEAK, needs_of, standing_of
from remoteready.plan.presence import Span
from remoteready.plan.scenario import REALTIME_SHARE, USABLE_SHARE, Group, Link
from remoteready.plan.timetable import DAY
from remoteready.workload import When

SIZES_CV = 1.0
"""Of recordings, as of calls: by how much chance adds to what waits."""

Parts = tuple[GroupDemand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """What one interval asks of a site's link. Rates are Mbps on the wire, per direction."""

    minute: int
    agents: int
    """At work."""
    agents_short: int
    """Agents whom the offered calls would keep busy beyond those at work."""
    calls_at_once: int
    """99.9 % of the time at most."""
    voice_mbps: float
    upload_mbps: float
    """On average, with windows that are open."""
    peak_mbps: float
    """Calls, live and later uploads, each at its 99.9 % level, and windows that are open."""
    slowed: float | None
    """Share of the time that uploads want more than is free; None where no link is named."""
    waiting_gb: float | None
    """What waits when it ends because the link is or was short, on average; None where no link is named."""


@dataclass(frozen=True, slots=True)
class SiteDay:
    """A site's day, and the interval that asks most of its link."""

    step: int
    slots: tuple[Slot, ...]
    binding: Span

    @property
    def waiting_peak(self) -> Slot | None:
        """The interval after which most waits; None where hardly anything ever does, or no link is named."""
        most = max(self.slots, key=lambda slot: slot.waiting_gb or 0.0)
        return most if (most.waiting_gb or 0.0) >= LEAST_GB else None

    @property
    def drained(self) -> int | None:
        """The minute of the day from which hardly anything waits after the most; None where the day ends before."""
        peak = self.waiting_peak
        after = self.slots[self.slots.index(peak) + 1 :] if peak else ()
        return next((slot.minute + self.step for slot in after if (slot.waiting_gb or 0.0) < LEAST_GB), None)


LEAST_GB = 0.1
"""Less than that is no backlog."""


class Clockwork:
    """What groups send in every interval of their day, each computed once."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.groups = tuple(groups)
        self.spans = presence.intervals_of(self.groups)
        self._known: dict[tuple[str, Group], GroupDemand] = {}

    def parts(self, span: Span, wanted: Callable[[Group], bool]) -> Parts:
        """The demand of the groups that are wanted."""
        return tuple(self._demand(group, span) for group in self.groups if wanted(group))

    def site_day(self, name: str, link: Link | None) -> SiteDay | None:
        """The day of a site; None where none of its groups has times."""
        return site_day(name, link, self)

    def _demand(self, group: Group, span: Span) -> GroupDemand:
        key = (f"{presence.open_share(group, span)}", presence.at(group, span) if group.timed else group)
        if key not in self._known:
            self._known[key] = demand_at(group, span)
        return self._known[key]


def site_day(name: str, link: Link | None, clockwork: Clockwork) -> SiteDay | None:
    """The day of a site; None where none of its groups has times."""
    here = [group for group in clockwork.groups if group.site == name]
    if not any(group.timed for group in here):
        return None
    slots: list[Slot] = []
    strains, waiting, before = [], 0.0, 0
    for span in clockwork.spans:
        parts = clockwork.parts(span, lambda group: group.site == name)
        if slots and link:  # what waits goes on between intervals in which nobody works
            pause_s = ((span[0] - before) % DAY - span[1]) * 60
            waiting = max(0.0, waiting - float(link.capacity_mbps * link.usable_share) * pause_s / 8000)
        short = sum(presence.agents_short(group, span) for group in here if group.timed)
        agents = sum(presence.present(group, span) for group in here)
        slot, strain = _slot(span, link, parts, waiting, (agents, short))
        waiting, before = slot.waiting_gb or 0.0, span[0]
        slots.append(slot)
        strains.append(strain)
    binding = clockwork.spans[strains.index(max(strains))]
    return SiteDay(binding[1], tuple(slots), binding)


def _slot(span: Span, link: Link | None, parts: Parts, waiting_gb: float, heads: tuple[int, int]) -> tuple[Slot, float]:
    """One interval, and the capacity that it asks for as a rule of thumb, to compare it with others.

    `heads` are the agents at work, and those who are short.
    """
    needs = needs_of(parts)
    voice, steady = (float(needs.voice.value) if needs.voice else 0.0), float(sum(needs.steady.values(), Fraction(0)))
    offered = float(needs.load.flow_mbps)
    live = sum(float(agents * share * mbps) for agents, share, mbps in needs.load.live.values())
    flowing = flows.rate_levels_mbps(needs.load.flow_list, (PEAK,))[0]
    slowed = waits = None
    if link:
        standing = standing_of(link, needs)
        slowed = float(standing.slowed.value) if standing.slowed else 0.0
        drift = offered - float(standing.free.value)
        waits = uploads.chance_gb(waiting_gb, drift, _variance(parts), span[1] * 60.0)
    usable, realtime = (link.usable_share, link.realtime_share) if link else (USABLE_SHARE, REALTIME_SHARE)
    slot = Slot(
        minute=span[0],
        agents=heads[0],
        agents_short=heads[1],
        calls_at_once=sum(int(part.calls.calls_at_once.value) for part in parts if part.calls),
        voice_mbps=voice,
        upload_mbps=offered + live + (float(needs.open_windows.value) if needs.open_windows else 0.0),
        peak_mbps=steady + flowing,
        slowed=slowed,
        waiting_gb=waits,
    )
    return slot, max((steady + flowing) / float(usable), voice / float(realtime))


def _variance(parts: Parts) -> float:
    """Of the work that uploads bring, Mbit² a second: Σ Mbps × mean size in Mbit × (1 + CV²)."""
    total = 0.0
    for part in parts:
        recordings = part.group.users * part.recorded_calls.value
        if part.group.when is When.AT_ONCE and part.group.on_link(part.group.recording.recorder) and recordings:
            size_mbit = float(part.home_mb.value * part.expansion.value / recordings) * 8
            total += float(part.offered_mbps.value) * size_mbit * (1 + SIZES_CV**2)
    return total
