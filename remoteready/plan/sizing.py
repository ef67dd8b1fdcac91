"""Sizing: what the demand of the groups needs of links and storage, and whether it is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from remoteready.exits import Verdict
from remoteready.formulas import recording
from remoteready.plan.demand import GroupDemand, demand
from remoteready.plan.figures import Figure, figure, total
from remoteready.plan.gateways import GatewaySizing, gateway_day, size_gateway
from remoteready.plan.homes import Line
from remoteready.plan.links import SiteSizing, size_link
from remoteready.plan.scenario import Group, Scenario

if TYPE_CHECKING:
    from remoteready.plan.timeline import Clockwork


@dataclass(frozen=True, slots=True)
class PeakSizing:
    """One peak and what it takes; `taken` is the share of its calls that the agents have the time for."""

    name: str
    sizing: "Sizing"
    taken: Fraction


@dataclass(frozen=True, slots=True)
class Sizing:
    """The whole answer to a scenario."""

    scenario: Scenario
    groups: tuple[GroupDemand, ...]
    sites: tuple[SiteSizing, ...]
    gateways: tuple[GatewaySizing, ...]
    recording_minutes: Figure
    audio_mb: Figure
    screen_mb: Figure
    upload_mb: Figure
    month_mb: Figure
    storage_mb: Figure
    grown_mb: Figure | None
    peaks: tuple[PeakSizing, ...] = ()

    @property
    def totals(self) -> tuple[Figure, ...]:
        """The figures of the whole scenario, in the order they are read."""
        return (
            self.recording_minutes,
            self.audio_mb,
            self.screen_mb,
            self.upload_mb,
            self.month_mb,
            self.storage_mb,
            *((self.grown_mb,) if self.grown_mb else ()),
        )

    @property
    def lines_too_small(self) -> tuple[Line, ...]:
        """Home lines that cannot do their part."""
        return tuple(line for part in self.groups for line in part.lines if line.problem)

    @property
    def verdict(self) -> Verdict:
        """Not ready when a link, gateway or home line breaks, also in a peak.

        Undetermined when some links are named and others not.

        Where no link is named at all, there is no limit to break: the plan is only asked for numbers.
        """
        holds = {site.holds for site in self.sites if site.loaded}
        short = any(gateway.shortages for gateway in self.gateways)
        peaks = any(peak.sizing.verdict is Verdict.NOT_READY for peak in self.peaks)
        if False in holds or short or self.lines_too_small or peaks:
            return Verdict.NOT_READY
        return Verdict.UNDETERMINED if holds == {True, None} else Verdict.READY


def size(scenario: Scenario) -> Sizing:
    """All figures of a scenario."""
    groups = demand(scenario)
    clockwork = _clockwork(scenario)
    upload = total("upload_mb", "MB/day", {part.group.name: part.upload_mb for part in groups})
    storage = figure(
        recording.storage_mb,
        upload_mb=upload.value,
        retention_days=scenario.retention_days,
        copies=scenario.copies if scenario.copies > 1 else None,
    )
    return Sizing(
        scenario=scenario,
        groups=groups,
        sites=tuple(_site(name, scenario, groups, clockwork) for name in scenario.sites),
        gateways=tuple(_gateway(name, scenario, groups, clockwork) for name in scenario.gateways),
        recording_minutes=total(
            "recording_minutes", "min/day", {part.group.name: part.recording_minutes for part in groups}
        ),
        audio_mb=total("audio_mb", "MB/day", {part.group.name: part.audio_mb for part in groups}),
        screen_mb=total("screen_mb", "MB/day", {part.group.name: part.screen_mb for part in groups}),
        upload_mb=upload,
        month_mb=figure(recording.month_mb, upload_mb=upload.value, days_per_month=scenario.working_days_per_month),
        storage_mb=storage,
        grown_mb=_grown(scenario, storage) if scenario.growth_per_year else None,
        peaks=tuple(_peak(name, scenario) for name in scenario.peaks),
    )


def _peak(name: str, scenario: Scenario) -> PeakSizing:
    from remoteready.plan.peaks import with_peak

    changed, taken = with_peak(scenario, scenario.peaks[name])
    return PeakSizing(name, size(changed), taken)


def _grown(scenario: Scenario, storage: Figure) -> Figure:
    return figure(
        recording.grown_mb,
        storage_mb=storage.value,
        growth_per_year=scenario.growth_per_year,
        years=scenario.growth_years,
    )


def _clockwork(scenario: Scenario) -> "Clockwork | None":
    """The day of all groups; None where no times are known."""
    if not any(group.timed for group in scenario.groups):
        return None
    from remoteready.plan.timeline import Clockwork

    return Clockwork(scenario.groups)


def _site(name: str, scenario: Scenario, groups: Sequence[GroupDemand], clockwork: "Clockwork | None") -> SiteSizing:
    """A site: of the interval that binds where the times of any of its groups are known."""
    link, variation = scenario.sites[name], float(scenario.day_variation)
    day = clockwork.site_day(name, link) if clockwork else None
    if clockwork is None or day is None:
        return size_link(name, link, [part for part in groups if part.group.site == name], variation)
    return size_link(name, link, clockwork.parts(day.binding, lambda group: group.site == name), variation, day)


def _gateway(
    name: str, scenario: Scenario, groups: Sequence[GroupDemand], clockwork: "Clockwork | None"
) -> GatewaySizing:
    """Gateways: of the interval with most traffic where the times of any of their groups are known."""

    def through(group: Group) -> bool:
        return group.vpn is not None and group.vpn.gateway == name

    gateway = scenario.gateways[name]
    day = gateway_day(clockwork, through) if clockwork else None
    if clockwork is None or day is None:
        return size_gateway(name, gateway, [part for part in groups if through(part.group)])
    return size_gateway(name, gateway, clockwork.parts(day.binding, through), day)
