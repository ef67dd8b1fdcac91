"""Sizing: what the demand of the groups needs of links and storage, and whether it is there."""

from dataclasses import dataclass
from fractions import Fraction

from remoteready.exits import Verdict
from remoteready.formulas import FORMULAS, recording, uploads
from remoteready.plan.demand import Figure, GroupDemand, demand, figure, total
from remoteready.plan.scenario import USABLE_SHARE, Link, Scenario


@dataclass(frozen=True, slots=True)
class SiteSizing:
    """What the link of one site must carry. Shifts are taken to run at the same time."""

    name: str
    link: Link | None
    average_mbps: Figure
    peak_mbps: Figure
    everyone_mbps: Figure
    usable_mbps: Figure | None

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in the order it is computed."""
        usable = (self.usable_mbps,) if self.usable_mbps else ()
        return (self.average_mbps, self.peak_mbps, self.everyone_mbps, *usable)

    @property
    def holds(self) -> bool | None:
        """Whether the peak fits the usable capacity; None where no link is named."""
        return None if self.usable_mbps is None else self.peak_mbps.value <= self.usable_mbps.value

    @property
    def link_mbps_needed(self) -> Fraction:
        """The smallest link whose usable share carries the peak, Mbps."""
        share = self.link.usable_share if self.link else USABLE_SHARE
        return Fraction(self.peak_mbps.value) / Fraction(share)


@dataclass(frozen=True, slots=True)
class Sizing:
    """The whole answer to a scenario."""

    scenario: Scenario
    groups: tuple[GroupDemand, ...]
    sites: tuple[SiteSizing, ...]
    recording_minutes: Figure
    audio_mb: Figure
    screen_mb: Figure
    upload_mb: Figure
    month_mb: Figure
    storage_mb: Figure

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
        )

    @property
    def verdict(self) -> Verdict:
        """Not ready when any link breaks; undetermined when some links are named and others are not.

        Where no link is named at all, there is no limit to break: the plan is only asked for numbers.
        """
        holds = {site.holds for site in self.sites if site.peak_mbps.value}
        if False in holds:
            return Verdict.NOT_READY
        return Verdict.UNDETERMINED if holds == {True, None} else Verdict.READY


def size(scenario: Scenario) -> Sizing:
    """All figures of a scenario."""
    groups = demand(scenario)
    upload = total("upload_mb", "MB/day", {part.group.name: part.upload_mb for part in groups})
    return Sizing(
        scenario=scenario,
        groups=groups,
        sites=tuple(_site(name, link, groups) for name, link in scenario.sites.items()),
        recording_minutes=total(
            "recording_minutes", "min/day", {part.group.name: part.recording_minutes for part in groups}
        ),
        audio_mb=total("audio_mb", "MB/day", {part.group.name: part.audio_mb for part in groups}),
        screen_mb=total("screen_mb", "MB/day", {part.group.name: part.screen_mb for part in groups}),
        upload_mb=upload,
        month_mb=figure(recording.month_mb, upload_mb=upload.value, days_per_month=scenario.working_days_per_month),
        storage_mb=figure(recording.storage_mb, upload_mb=upload.value, retention_days=scenario.retention_days),
    )


def _site(name: str, link: Link | None, groups: tuple[GroupDemand, ...]) -> SiteSizing:
    here = [part for part in groups if part.group.site == name]
    return SiteSizing(
        name=name,
        link=link,
        average_mbps=total("average_mbps", "Mbps", {part.group.name: part.average_mbps for part in here}),
        peak_mbps=_peak(here),
        everyone_mbps=total("everyone_mbps", "Mbps", {part.group.name: part.everyone_mbps for part in here}),
        usable_mbps=None if link is None else _usable(link),
    )


def _usable(link: Link) -> Figure:
    return figure(recording.usable_mbps, capacity_mbps=link.capacity_mbps, usable_share=link.usable_share)


def _peak(groups: list[GroupDemand]) -> Figure:
    about = FORMULAS[uploads.peak_mbps]
    sources = [(part.group.users, part.share_recorded.value, part.agent_mbps.value) for part in groups]
    inputs = {
        f"{part.group.name}: {name}": value
        for part, source in zip(groups, sources, strict=True)
        for name, value in zip(("agents", "share recorded", "Mbps per agent"), source, strict=True)
    }
    return Figure("peak_mbps", uploads.peak_mbps(sources), about.unit, about.text, inputs, about.source)
