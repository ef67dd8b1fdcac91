"""What VPN gateways must carry – sessions, Mbps, packets a second, licences – and how many it takes when some fail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from remoteready.formulas import Number, flows, uploads
from remoteready.plan import presence, supervision
from remoteready.plan.demand import GroupDemand
from remoteready.plan.figures import Figure, figure, mixed, named, total
from remoteready.plan.needs import FLOW, PEAK, SENDING, load_of, sum_of
from remoteready.plan.presence import Span
from remoteready.plan.scenario import Gateway, Group, LicenceKind
from remoteready.plan.supervision import through_gateway
from remoteready.plan.timetable import DAY

if TYPE_CHECKING:
    from remoteready.plan.timeline import Clockwork

PACKETS = ("agents", "share of the time", "packets/s per agent")


class Shortage(StrEnum):
    """What gateways have too little of."""

    SESSIONS = "sessions"
    MBPS = "Mbps"
    PACKETS = "packets/s"
    LICENCES = "licences"


@dataclass(frozen=True, slots=True)
class SessionSlot:
    """The sessions of one interval of the day."""

    minute: int
    sessions: int
    logins: int
    """Sessions that begin in it."""


@dataclass(frozen=True, slots=True)
class GatewayDay:
    """Sessions by intervals, and the interval with most traffic."""

    step: int
    slots: tuple[SessionSlot, ...]
    by_group: Mapping[str, int]
    """The sessions of every group in the interval that has most of them."""
    people: Mapping[str, int]
    """All people of every group, whenever they work."""
    binding: Span

    @property
    def most(self) -> SessionSlot:
        """The first interval with the most sessions."""
        return max(self.slots, key=lambda slot: slot.sessions)


def gateway_day(
    clockwork: "Clockwork", through: Callable[[Group], bool], binding: Span | None = None
) -> GatewayDay | None:
    """The day of gateways; None where none of the groups that work through them has times.

    The interval with most traffic is looked for where no `binding` one is named.
    """
    groups = [group for group in clockwork.groups if through(group)]
    if not any(group.timed for group in groups):
        return None
    slots: list[SessionSlot] = []
    most: dict[str, int] = {}
    leading = _supervisors(groups)
    spans = presence.intervals_of(clockwork.groups, presence.online)
    before = _led(groups, spans[-1]) if len(spans) * spans[0][1] == DAY else {}
    for span in spans:
        led = _led(groups, span)
        now = {group.name: presence.connected(group, span) for group in groups} | dict.fromkeys(leading, 0) | led
        logins = sum(presence.logging_in(group, span) for group in groups)
        logins += sum(number for name, number in led.items() if name not in before)
        if not slots:  # who has no shifts is there whenever others are
            logins += sum(group.users for group in groups if not group.shifts)
        slots.append(SessionSlot(span[0], sum(now.values()), logins))
        most = max(most, now, key=lambda one: sum(one.values()))
        before = led

    people = {group.name: group.people or group.users for group in groups} | leading

    def traffic(span: Span) -> Number:
        return _traffic(clockwork.parts(span, through))[0].value

    return GatewayDay(clockwork.spans[0][1], tuple(slots), most, people, binding or max(clockwork.spans, key=traffic))


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
    day: GatewayDay | None = None
    """Sessions by intervals where times are known; Mbps and packets are then of the one with most traffic."""

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


def size_gateway(
    name: str, gateway: Gateway, parts: Sequence[GroupDemand], day: GatewayDay | None = None
) -> GatewaySizing:
    """All that is to be said of the gateways that these groups work through, with a `day` in its busiest intervals."""
    counts = day.by_group if day else {part.group.name: part.group.users for part in parts}
    counts = dict(counts) | _supervisors([part.group for part in parts])
    sessions = total("sessions", "sessions", {group: _count(users) for group, users in counts.items()})
    people = day.people if day else {part.group.name: part.group.people or part.group.users for part in parts}
    people = dict(people) | _supervisors([part.group for part in parts])
    all_people = {group: _count(number) for group, number in people.items()}
    named_licences = gateway.licence_kind is LicenceKind.NAMED
    licences = total("licences", "licences", all_people) if named_licences else named("licences", sessions)
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
    return GatewaySizing(name, gateway, sessions, licences, mbps, packets, storm, needed, tuple(short), day)


def _supervisors(groups: Sequence[Group]) -> dict[str, int]:
    """Supervisors who have sessions of their own, all day."""
    return {f"{group.name}, supervisors": number for group in groups if (number := supervision.sessions(group))}


def _led(groups: Sequence[Group], span: Span) -> dict[str, int]:
    """Those of them who are there in an interval, with their agents."""
    return _supervisors([group for group in groups if presence.present(group, span)])


def _count(people: int) -> Figure:
    return Figure("users", people, "", "agents", {}, "scenario")


def _traffic(parts: Sequence[GroupDemand]) -> tuple[Figure, Figure]:
    """Mbps and packets a second of calls and uploads through the tunnels, at the 99.9 % level, both directions."""
    calls = {part.group.name: row for part in parts if (row := _calls(part))} | _heard(parts)
    call_packets = {name: (agents, share, packets) for name, (agents, share, _, packets) in calls.items()}
    call_mbps = {name: (agents, share, mbps) for name, (agents, share, mbps, _) in calls.items()}
    uploading = _uploads([part for part in parts if part.group.in_vpn(part.group.recording.recorder)])
    shift = {
        "calls": mixed(uploads.together_mbps, SENDING, call_mbps, called="calls", level=PEAK),
        **{one.name: one for one in uploading},
    }
    tunnelled = [part for part in parts if part.group.in_vpn(part.group.recording.recorder)]
    if now_open := sum_of("open windows", {part.group.name: part.open_mbps for part in tunnelled}):
        uploading.append(now_open)
        shift["open windows"] = now_open
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


def _heard(parts: Sequence[GroupDemand]) -> dict[str, tuple[Number, Number, Number, Number]]:
    """What supervisors hear through the tunnel, as `_calls` gives it."""
    rows: dict[str, tuple[Number, Number, Number, Number]] = {}
    for part in parts:
        for label, (count, share, mbps) in through_gateway(part.group, part.supervision)[0].items():
            packets = 2 * part.calls.packets_per_second.value if part.calls else 0
            rows[label] = (count, share, mbps, packets)
    return rows


def _uploads(parts: Sequence[GroupDemand]) -> list[Figure]:
    """Uploads during the shift, live ones and flows, each at its 99.9 % level."""
    load = load_of(parts, supervised=False)
    made = []
    live = dict(load.live)
    for part in parts:
        live |= through_gateway(part.group, part.supervision)[1]
    if live:
        made.append(mixed(uploads.together_mbps, SENDING, live, called="live uploads", level=PEAK))
    if load.flows:
        made.append(mixed(flows.upload_level_mbps, FLOW, load.flows, called="uploads", level=PEAK))
    return made
