"""The link of a site: what it must carry at every level, whether it does, and what it makes of uploads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from remoteready.formulas import flows, recording, uploads
from remoteready.plan.demand import GroupDemand, mean_mbps
from remoteready.plan.figures import Figure, figure, mixed, total
from remoteready.plan.needs import (
    FLOW,
    PEAK,
    SENDING,
    Breach,
    Load,
    Sending,
    Standing,
    load_of,
    needs_of,
    smallest_link,
    standing_of,
    sum_of,
)
from remoteready.plan.scenario import Link
from remoteready.workload import Architecture, Place, When

if TYPE_CHECKING:
    from remoteready.plan.timeline import SiteDay

LEVELS = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p999": 0.999}


@dataclass(frozen=True, slots=True)
class UploadTime:
    """How long one recording of these agents takes."""

    label: str
    seconds: Figure


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits where a link is short of the mean."""

    growth: Figure
    waiting: Figure
    drained: Figure | None
    """None in a busy hour: what follows it is not known."""


@dataclass(frozen=True, slots=True)
class SiteSizing:
    """What the link of one site must carry. Shifts are taken to run at the same time; rates are on the wire."""

    name: str
    link: Link | None
    busy_hour: bool
    """Whether rates are those of the busy hour of a group."""
    average_mbps: Figure
    voice_mbps: Figure | None
    levels: Mapping[str, Figure]
    """Uploads at LEVELS."""
    busy_day_mbps: Figure | None
    peak_mbps: Figure
    everyone_mbps: Figure
    window_mbps: Figure | None
    leaving_mbps: Figure | None
    standing: Standing | None
    """How the named link stands to that."""
    upload_times: tuple[UploadTime, ...]
    backlog: Backlog | None
    link_mbps_needed: Fraction
    """The smallest link that breaks no limit, Mbps."""
    open_windows_mbps: Figure | None = None
    """Of windows that are open in the interval that binds."""
    window_hours: Figure | None = None
    """How long the link takes for what is uploaded after the shift, where no home line is slower."""
    day_variation: float = 0.0
    """By how much days differ in `busy_day_mbps`."""
    day: "SiteDay | None" = None
    """The day by intervals where times are known: all else is then of the one that binds."""

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in the order it is computed."""
        standing: tuple[Figure | None, ...] = (self.usable_mbps,)
        if self.standing and self.standing.slowed:
            standing = (self.usable_mbps, self.standing.free, self.standing.slowed)
        backlog = (self.backlog.growth, self.backlog.waiting, self.backlog.drained) if self.backlog else ()
        computed: tuple[Figure | None, ...] = (
            self.average_mbps,
            self.voice_mbps,
            *self.levels.values(),
            self.busy_day_mbps,
            self.peak_mbps,
            self.everyone_mbps,
            self.window_mbps,
            self.window_hours,
            self.open_windows_mbps,
            self.leaving_mbps,
            *standing,
            *(time.seconds for time in self.upload_times),
            *backlog,
        )
        return tuple(one for one in computed if one is not None)

    @property
    def loaded(self) -> bool:
        """Whether anything crosses the link."""
        return bool(self.peak_mbps.value or (self.window_mbps and self.window_mbps.value))

    @property
    def holds(self) -> bool | None:
        """Whether no limit breaks; None where no link is named."""
        return None if self.standing is None else not self.standing.breaches

    @property
    def usable_mbps(self) -> Figure | None:
        """What calls and recordings may fill of the link."""
        return self.standing.usable if self.standing else None


def size_link(
    name: str, link: Link | None, parts: Sequence[GroupDemand], day_variation: float, day: "SiteDay | None" = None
) -> SiteSizing:
    """All that is to be said of one site's link; where a `day` is known, `parts` are of the interval that binds."""
    uploading = [part for part in parts if part.group.on_link(part.group.recording.recorder)]
    during = [part for part in uploading if part.group.when is not When.DEFERRED]
    load = load_of(parts)
    levels = _levels(load)
    needs = needs_of(parts)
    peaks = {"calls": needs.voice, "uploads": levels["p999"], "open windows": needs.open_windows}
    peak = {label: one for label, one in peaks.items() if one is not None}
    standing = standing_of(link, needs) if link else None
    return SiteSizing(
        name=name,
        link=link,
        busy_hour=any(part.group.workload.busy_hour_share is not None for part in during),
        average_mbps=_average(during, load),
        voice_mbps=needs.voice,
        levels=levels,
        busy_day_mbps=_busy_day(load, day_variation),
        peak_mbps=total("peak_mbps", "Mbps", peak, over="calls and uploads, each at its 99.9 % level"),
        everyone_mbps=_everyone(during, load),
        window_mbps=needs.window,
        leaving_mbps=_leaving(uploading),
        standing=standing,
        upload_times=_times(during, load, standing),
        backlog=_backlog(during, load, standing),
        link_mbps_needed=smallest_link(link, needs),
        open_windows_mbps=needs.open_windows,
        window_hours=_window_hours(uploading, standing) if needs.window else None,
        day_variation=day_variation,
        day=day,
    )


def _levels(load: Load) -> dict[str, Figure]:
    """Uploads at every level: live ones and flows, each at its own, one above the other."""
    flowing = flows.rate_levels_mbps(load.flow_list, tuple(LEVELS.values()))
    made = {}
    for (name, level), value in zip(LEVELS.items(), flowing, strict=True):
        called = f"upload_{name}_mbps"
        parts = {}
        if load.flows:
            parts["flows"] = mixed(flows.upload_level_mbps, FLOW, load.flows, called=called, value=value, level=level)
        if load.live or not parts:
            parts["live"] = mixed(uploads.together_mbps, SENDING, load.live, called=called, level=level)
        one = next(iter(parts.values()))
        made[name] = one if len(parts) == 1 else total(called, "Mbps", parts, over="flows and live uploads")
    return made


def _busy_day(load: Load, day_variation: float) -> Figure | None:
    if not load.flows or not day_variation:
        return None
    called = "busy_day_mbps"
    varied = mixed(flows.varied_level_mbps, FLOW, load.flows, called=called, level=PEAK, day_variation=day_variation)
    if not load.live:
        return varied
    live = mixed(uploads.together_mbps, SENDING, load.live, called=called, level=PEAK)
    return total(called, "Mbps", {"flows": varied, "live": live}, over="flows of differing days and live uploads")


def _average(during: Sequence[GroupDemand], load: Load) -> Figure:
    parts = {part.group.name: part.offered_mbps for part in during}
    for label, (users, share, mbps) in load.calls.items():
        parts[f"{label}, calls"] = figure(recording.talking_mbps, agents=users, share_talking=share, call_mbps=mbps)
    for label, (users, share, mbps) in _watching(load, during).items():
        parts[f"{label}, screens"] = figure(recording.talking_mbps, agents=users, share_talking=share, call_mbps=mbps)
    return total("average_mbps", "Mbps", parts)


def _everyone(during: Sequence[GroupDemand], load: Load) -> Figure:
    parts = {part.group.name: part.everyone_mbps for part in during}
    for label, (users, _, mbps) in load.calls.items():
        parts[f"{label}, calls"] = figure(recording.everyone_mbps, agent_mbps=mbps, users=users)
    for label, (users, _, mbps) in _watching(load, during).items():
        parts[f"{label}, screens"] = figure(recording.everyone_mbps, agent_mbps=mbps, users=users)
    return total("everyone_mbps", "Mbps", parts)


def _watching(load: Load, during: Sequence[GroupDemand]) -> Sending:
    """Screens that supervisors watch, apart from uploads as they are recorded."""
    groups = {part.group.name for part in during}
    return {label: row for label, row in load.live.items() if label not in groups}


def _leaving(uploading: Sequence[GroupDemand]) -> Figure | None:
    """What leaves the site again towards the cloud, on average, Mbps outbound: also sound that no desktop uploads."""
    parts = {}
    for part in uploading:
        group = part.group
        if (group.recording.store or group.recording.recorder) is not Place.CLOUD:
            continue
        parts[group.name] = part.open_mbps or part.window_mbps or part.offered_mbps
        at_site = group.recording.recorder is Place.ON_PREMISES
        if at_site and group.recording.architecture is not Architecture.ENDPOINT:
            parts[f"{group.name}, sound"] = mean_mbps(group, part.audio_mb)
    return sum_of("leaving_mbps", parts)


def _window_hours(uploading: Sequence[GroupDemand], standing: Standing | None) -> Figure | None:
    if standing is None:
        return None
    parts = [part for part in uploading if part.window_mbps]
    wire_mb = sum((Fraction(part.home_mb.value) * Fraction(part.expansion.value) for part in parts), Fraction(0))
    return figure(uploads.window_hours, upload_mb=wire_mb, expansion=1, rate_mbps=standing.usable.value)


def _times(during: Sequence[GroupDemand], load: Load, standing: Standing | None) -> tuple[UploadTime, ...]:
    """How long one recording takes on average, for every class of lines that can upload at all."""
    free = standing.free.value if standing and standing.free.value > load.flow_mbps else None
    slower = flows.congestion(load.flow_list, free).slowdowns if free else (1.0,) * len(load.flows)
    slowdown = dict(zip(load.flows, slower, strict=True))
    times = []
    for part in during:
        recordings = part.group.users * part.recorded_calls.value
        for line in part.lines:
            if line.label in slowdown:
                seconds = figure(
                    uploads.upload_s,
                    recording_mb=part.home_mb.value / recordings,
                    expansion=part.expansion.value,
                    rate_mbps=line.rate_mbps.value,
                    slowdown=slowdown[line.label],
                )
                times.append(UploadTime(line.label, seconds))
    return tuple(times)


def _backlog(during: Sequence[GroupDemand], load: Load, standing: Standing | None) -> Backlog | None:
    if standing is None or Breach.UNSTABLE not in standing.breaches:
        return None
    growth = figure(uploads.growth_gb_per_hour, offered_mbps=load.flow_mbps, free_mbps=standing.free.value)
    busy = any(part.group.workload.busy_hour_share is not None for part in during)
    hours = 1 if busy else max(part.group.shift_hours for part in during)
    waiting = figure(uploads.waiting_gb, growth_gb_per_hour=growth.value, shift_hours=hours)
    drained = None if busy else figure(uploads.drain_hours, waiting_gb=waiting.value, usable_mbps=standing.usable.value)
    return Backlog(growth, waiting, drained)
