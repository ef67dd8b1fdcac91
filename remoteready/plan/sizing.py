"""Sizing: what the demand of the groups needs of links and storage, and whether it is there."""

from dataclasses import dataclass

from remoteready.exits import Verdict
from remoteready.formulas import recording
from remoteready.plan.demand import GroupDemand, demand
from remoteready.plan.figures import Figure, figure, total
from remoteready.plan.gateways import GatewaySizing, size_gateway
from remoteready.plan.homes import Line
from remoteready.plan.links import SiteSizing, size_link
from remoteready.plan.scenario import Scenario


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
    def lines_too_small(self) -> tuple[Line, ...]:
        """Home lines that cannot do their part."""
        return tuple(line for part in self.groups for line in part.lines if line.problem)

    @property
    def verdict(self) -> Verdict:
        """Not ready when a link, gateway or home line breaks; undetermined when some links are named and others not.

        Where no link is named at all, there is no limit to break: the plan is only asked for numbers.
        """
        holds = {site.holds for site in self.sites if site.loaded}
        short = any(gateway.shortages for gateway in self.gateways)
        if False in holds or short or self.lines_too_small:
            return Verdict.NOT_READY
        return Verdict.UNDETERMINED if holds == {True, None} else Verdict.READY


def size(scenario: Scenario) -> Sizing:
    """All figures of a scenario."""
    groups = demand(scenario)
    upload = total("upload_mb", "MB/day", {part.group.name: part.upload_mb for part in groups})
    return Sizing(
        scenario=scenario,
        groups=groups,
        sites=tuple(
            size_link(name, link, [part for part in groups if part.group.site == name], float(scenario.day_variation))
            for name, link in scenario.sites.items()
        ),
        gateways=tuple(
            size_gateway(name, gateway, [part for part in groups if part.group.vpn and part.group.vpn.gateway == name])
            for name, gateway in scenario.gateways.items()
        ),
        recording_minutes=total(
            "recording_minutes", "min/day", {part.group.name: part.recording_minutes for part in groups}
        ),
        audio_mb=total("audio_mb", "MB/day", {part.group.name: part.audio_mb for part in groups}),
        screen_mb=total("screen_mb", "MB/day", {part.group.name: part.screen_mb for part in groups}),
        upload_mb=upload,
        month_mb=figure(recording.month_mb, upload_mb=upload.value, days_per_month=scenario.working_days_per_month),
        storage_mb=figure(recording.storage_mb, upload_mb=upload.value, retention_days=scenario.retention_days),
    )
