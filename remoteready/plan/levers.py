"""Levers: what could be changed instead of bought, and how much each change saves on the resource that binds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from remoteready.formulas import Number, packets, uploads
from remoteready.plan.demand import GroupDemand, demand_at, group_demand
from remoteready.plan.gateways import GatewaySizing, Shortage, gateway_day, size_gateway
from remoteready.plan.links import SiteSizing
from remoteready.plan.needs import needs_of, smallest_link
from remoteready.plan.scenario import Group
from remoteready.plan.sizing import Sizing
from remoteready.workload import Architecture, Place, When

MOST = 3
"""Levers worth showing."""
THROTTLES_KBPS = (Decimal(5000), Decimal(2000), Decimal(1000))
EASY = 3
"""A throttle leaves each agent this many times the mean of what is recorded, so that uploads rarely queue at home."""
LONGEST_UPLOAD_S = 300
WINDOW_HOURS = Decimal(10)
LIGHT_CODEC = "opus-24"


class Change(StrEnum):
    """What could be done."""

    THROTTLE = "throttle"
    DEFER = "defer"
    CLOUD = "cloud"
    SPLIT = "split"
    CODEC = "codec"
    GATEWAY_RECORDING = "gateway_recording"
    ONE_MONITOR = "one_monitor"


@dataclass(frozen=True, slots=True)
class Lever:
    """One change and what it does to the resource that binds."""

    change: Change
    value: str
    """What it is set to, such as 2 for a throttle of 2 Mbps."""
    before: Number
    after: Number
    upload_s: Number | None
    """Mean upload time of a recording afterwards, of the slowest class."""

    @property
    def saved(self) -> Number:
        """What it saves, in the unit of the resource."""
        return Fraction(self.before) - Fraction(self.after)


@dataclass(frozen=True, slots=True)
class Binding:
    """The resource that is shortest, and what it would take."""

    name: str
    unit: str
    needed: Number
    levers: tuple[Lever, ...]


def binding(sizing: Sizing) -> Binding | None:
    """The resource that binds, with the changes that save most on it; None where nothing is loaded.

    A link that is too small comes first, then gateways that are, then the link that is nearest to its limit.
    """
    sites = [site for site in sizing.sites if site.loaded]
    short = [one for one in sizing.gateways if one.shortages and one.shortages[0] is not Shortage.LICENCES]
    if short and not any(site.holds is False for site in sites):
        return _of_gateway(sizing, short[0])
    return _of_link(sizing, max(sites, key=_tightness)) if sites else None


def _tightness(site: SiteSizing) -> tuple[bool, Fraction]:
    named = site.link is not None
    return named, site.link_mbps_needed / Fraction(site.link.capacity_mbps) if site.link else site.link_mbps_needed


def _of_link(sizing: Sizing, site: SiteSizing) -> Binding:
    groups = [part.group for part in sizing.groups if part.group.site == site.name]

    def need(parts: Sequence[GroupDemand]) -> Number:
        return smallest_link(site.link, needs_of(parts))

    def parts_of(change: Change, wanted: Sequence[Group]) -> list[GroupDemand]:
        day = site.day
        if day and change is Change.DEFER:  # what is moved may bind at another time
            from remoteready.plan.timeline import Clockwork, site_day

            day = site_day(site.name, site.link, Clockwork(wanted))
        return [demand_at(group, day.binding) if day else group_demand(group) for group in wanted]

    return Binding(site.name, "Mbps", site.link_mbps_needed, _levers(groups, site.link_mbps_needed, need, parts_of))


def _of_gateway(sizing: Sizing, one: GatewaySizing) -> Binding:
    groups = [part.group for part in sizing.groups if part.group.vpn and part.group.vpn.gateway == one.name]
    limit = one.shortages[0]

    def load(made: GatewaySizing) -> Number:
        loads = {Shortage.SESSIONS: made.sessions, Shortage.MBPS: made.mbps, Shortage.PACKETS: made.packets_per_second}
        return loads[limit].value

    def need(parts: Sequence[GroupDemand]) -> Number:
        return load(size_gateway(one.name, one.gateway, parts, one.day))

    def parts_of(change: Change, wanted: Sequence[Group]) -> list[GroupDemand]:
        day = one.day
        if day and change is Change.DEFER:
            from remoteready.plan.timeline import Clockwork

            day = gateway_day(Clockwork(wanted), lambda group: True)
        return [demand_at(group, day.binding) if day else group_demand(group) for group in wanted]

    return Binding(one.name, limit.value, load(one), _levers(groups, load(one), need, parts_of))


Parts = Callable[["Change", Sequence[Group]], list[GroupDemand]]
"""What changed groups send when the resource binds."""


def _levers(
    groups: Sequence[Group], before: Number, need: Callable[[Sequence[GroupDemand]], Number], parts_of: Parts
) -> tuple[Lever, ...]:
    """The changes that save most, the largest saving first; of several throttles only the best."""
    found: dict[Change, Lever] = {}
    for change, value, apply in _candidates():
        changed = [apply(group) for group in groups]
        if all(one is None for one in changed):
            continue
        wanted = [new or old for new, old in zip(changed, groups, strict=True)]
        parts = parts_of(change, wanted)
        if any(line.problem for part in parts for line in part.lines):
            continue
        slowest = _slowest(parts) if change is Change.THROTTLE else None
        if slowest is not None and slowest > LONGEST_UPLOAD_S:
            continue
        lever = Lever(change, value, before, need(parts), slowest)
        if lever.saved > 0 and (change not in found or lever.saved > found[change].saved):
            found[change] = lever
    return tuple(sorted(found.values(), key=lambda lever: lever.saved, reverse=True)[:MOST])


def _slowest(parts: Sequence[GroupDemand]) -> Number:
    """The longest mean upload time on an ample link, s."""
    times = [
        uploads.upload_s(
            part.home_mb.value / (part.group.users * part.recorded_calls.value),
            part.expansion.value,
            line.rate_mbps.value,
            1,
        )
        for part in parts
        for line in part.lines
        if line.load_mbps and part.group.when is When.AT_ONCE
    ]
    return max(times, default=0)


Candidate = tuple[Change, str, Callable[[Group], Group | None]]


def _candidates() -> list[Candidate]:
    """Every change that is tried; one that does not concern a group gives None."""
    throttles = [
        (Change.THROTTLE, f"{kbps / 1000:f}".rstrip("0").rstrip("."), lambda group, kbps=kbps: _throttled(group, kbps))
        for kbps in THROTTLES_KBPS
    ]
    return [
        *throttles,
        (Change.DEFER, str(WINDOW_HOURS), _deferred),
        (Change.CLOUD, "", _to_cloud),
        (Change.SPLIT, "", _split),
        (Change.CODEC, LIGHT_CODEC, _light_codec),
        (Change.GATEWAY_RECORDING, "", _recorded_at_gateway),
        (Change.ONE_MONITOR, "", _one_monitor),
    ]


def _throttled(group: Group, kbps: Decimal) -> Group | None:
    if group.when is not When.AT_ONCE or (group.upload.throttle_kbps or kbps + 1) <= kbps:
        return None
    if kbps < EASY * 1000 * group_demand(group).each_mbps.value:
        return None
    return replace(group, upload=replace(group.upload, throttle_kbps=kbps))


def _deferred(group: Group) -> Group | None:
    if group.when is When.DEFERRED or group.shift_hours + WINDOW_HOURS > 24:
        return None
    return replace(group, upload=replace(group.upload, when=When.DEFERRED, window_hours=WINDOW_HOURS))


def _to_cloud(group: Group) -> Group | None:
    if group.recording.recorder is Place.CLOUD:
        return None
    return replace(
        group,
        recording=replace(group.recording, recorder=Place.CLOUD, store=None),
        vpn=replace(group.vpn, full=False) if group.vpn else None,
    )


def _split(group: Group) -> Group | None:
    return replace(group, vpn=replace(group.vpn, full=False)) if group.vpn and group.vpn.full else None


def _light_codec(group: Group) -> Group | None:
    if group.voice is None or packets.CODECS[group.voice.codec].kbps <= packets.CODECS[LIGHT_CODEC].kbps:
        return None
    if group.voice.ptime_ms not in packets.CODECS[LIGHT_CODEC].ptimes_ms:
        return None
    return replace(group, voice=replace(group.voice, codec=LIGHT_CODEC))


def _recorded_at_gateway(group: Group) -> Group | None:
    if group.recording.architecture not in (Architecture.ENDPOINT, Architecture.CISCO_BUILT_IN_BRIDGE):
        return None
    return replace(group, recording=replace(group.recording, architecture=Architecture.GATEWAY))


def _one_monitor(group: Group) -> Group | None:
    return replace(group, workload=replace(group.workload, monitors=1)) if group.workload.monitors > 1 else None
