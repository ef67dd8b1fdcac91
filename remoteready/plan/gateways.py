"""What VPN gateways must carry – sessions, Mbps, packets a second, licences – and how many it takes when some fail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil

from remoteready.formulas import Number, flows, uploads
from remoteready.plan.demand import GroupDemand
from remoteready.plan.figures import Figure, figure, mixed, named, total
from remoteready.plan.needs import FLOW, PEAK, SENDING, load_of
from remoteready.plan.scenario import Gateway, LicenceKind

PACKETS = ("agents", "share of the time", "packets/s per agent")


class Shortage(StrEnum):
    """What gateways have too little of."""

    SESSIONS = "sessions"
    MBPS = "Mbps"
    PACKETS = "packets/s"
    LICENCES = "licences"


@dataclass(frozen=True, slots=True)
class GatewaySizing:
    """What the gateways of one kind must carry together. Rates count both directions."""

    name: str
    gateway: Gateway
    sessions: Figure
    licences: Figure
    mbps: Figure
    packets_per_second: Figure
    reconnect: Figure | None
    needed: Mapping[Shortage, int]
    """Gateways that each known limit asks for, spares included."""
    shortages: tuple[Shortage, ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in the order it is computed."""
        storm = (self.reconnect,) if self.reconnect else ()
        return (self.sessions, self.licences, self.mbps, self.packets_per_second, *storm)

    @property
    def holds(self) -> bool | None:
        """Whether no limit breaks; None where none is known."""
        limits = (*self.needed, *((Shortage.LICENCES,) if self.gateway.licences is not None else ()))
        return not self.shortages if limits else None

    @property
    def gateways_needed(self) -> int | None:
        """Gateways that carry all while the spares are down; None where no limit of them is known."""
        return max(self.needed.values(), default=None)


def size_gateway(name: str, gateway: Gateway, parts: Sequence[GroupDemand]) -> GatewaySizing:
    """All that is to be said of the gateways that these groups work through."""
    sessions = total("sessions", "sessions", {part.group.name: _count(part.group.users) for part in parts})
    people = {part.group.name: _count(part.group.people or part.group.users) for part in parts}
    named_licences = gateway.licence_kind is LicenceKind.NAMED
    licences = total("licences", "licences", people) if named_licences else named("licences", sessions)
    mbps, packets = _traffic(parts)
    loads = {
        Shortage.SESSIONS: (sessions.value, gateway.sessions),
        Shortage.MBPS: (mbps.value, gateway.mbps),
        Shortage.PACKETS: (packets.value, gateway.packets_per_second),
    }
    needed = {
        limit: ceil(Fraction(load) / Fraction(one)) + gateway.spares
        for limit, (load, one) in loads.items()
        if one is not None
    }
    short = [limit for limit, number in needed.items() if number > gateway.count and loads[limit][0]]
    if gateway.licences is not None and licences.value > gateway.licences:
        short.append(Shortage.LICENCES)
    storm = None
    if gateway.logins_per_second is not None:
        storm = figure(
            uploads.reconnect_s,
            sessions=sessions.value,
            logins_per_second=gateway.logins_per_second,
            gateways=gateway.count - gateway.spares,
        )
    return GatewaySizing(name, gateway, sessions, licences, mbps, packets, storm, needed, tuple(short))


def _count(people: int) -> Figure:
    return Figure("users", people, "", "agents", {}, "scenario")


def _traffic(parts: Sequence[GroupDemand]) -> tuple[Figure, Figure]:
    """Mbps and packets a second of calls and uploads through the tunnels, at the 99.9 % level, both directions."""
    calls = {part.group.name: row for part in parts if (row := _calls(part))}
    call_packets = {name: (agents, share, packets) for name, (agents, share, _, packets) in calls.items()}
    call_mbps = {name: (agents, share, mbps) for name, (agents, share, mbps, _) in calls.items()}
    uploading = _uploads([part for part in parts if part.group.in_vpn(part.group.recording.recorder)])
    shift = {
        "calls": mixed(uploads.together_mbps, SENDING, call_mbps, called="calls", level=PEAK),
        **{one.name: one for one in uploading},
    }
    windows = {part.group.name: part.window_mbps for part in parts if part.window_mbps}
    packets = {
        "calls": mixed(uploads.together_mbps, PACKETS, call_packets, called="calls", level=PEAK),
        "uploads": _packets(sum((Fraction(one.value) for one in uploading), Fraction(0))),
    }
    busiest = [
        total("gateway_mbps", "Mbps", shift, over="calls in both directions and uploads, each at its 99.9 % level"),
        total("gateway_packets_per_second", "packets/s", packets, over="calls and uploads"),
    ]
    if windows:
        night = total("gateway_mbps", "Mbps", windows, over="windows after the shift")
        after = {"uploads": _packets(Fraction(night.value))}
        busiest = [
            max(busiest[0], night, key=_value),
            max(busiest[1], total("gateway_packets_per_second", "packets/s", after, over="uploads"), key=_value),
        ]
    return busiest[0], busiest[1]


def _packets(mbps: Fraction) -> Figure:
    return figure(uploads.upload_packets_per_second, mbps=mbps)


def _value(made: Figure) -> Number:
    return made.value


def _calls(part: GroupDemand) -> tuple[Number, Number, Number, Number] | None:
    """Agents, share of the time, Mbps and packets a second of a call's streams through the tunnel, both directions."""
    group, calls = part.group, part.calls
    if calls is None or group.voice is None:
        return None
    own = 2 if group.in_vpn(group.voice.telephony) else 0
    forks = 2 if calls.fork_kbps and group.in_vpn(group.recording.recorder) else 0
    fork_kbps = Fraction(calls.fork_kbps.value) if calls.fork_kbps else Fraction(0)
    mbps = (own * Fraction(calls.call_kbps.value) + forks * fork_kbps) / 1000
    return group.users, calls.share_talking.value, mbps, (own + forks) * calls.packets_per_second.value


def _uploads(parts: Sequence[GroupDemand]) -> list[Figure]:
    """Uploads during the shift, live ones and flows, each at its 99.9 % level."""
    load = load_of(parts)
    made = []
    if load.live:
        made.append(mixed(uploads.together_mbps, SENDING, load.live, called="live uploads", level=PEAK))
    if load.flows:
        made.append(mixed(flows.upload_level_mbps, FLOW, load.flows, called="uploads", level=PEAK))
    return made
