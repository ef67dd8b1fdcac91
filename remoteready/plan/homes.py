"""The agent's own desk: what a call sends from it, what its line must carry, and what that line cannot."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from remoteready.formulas import Number, erlang, packets, recording, uploads
from remoteready.plan.figures import Figure, figure, figures_of, named
from remoteready.plan.scenario import Group
from remoteready.workload import Architecture, Place, Signalling, Uplink, Voice, When


@dataclass(frozen=True, slots=True)
class CallDemand:
    """What one call of a group sends, one direction unless it says otherwise."""

    call_packet_bytes: Figure
    packets_per_second: Figure
    call_kbps: Figure
    fork_kbps: Figure | None
    """Of each of the two streams that a built-in bridge sends to the recorder."""
    home_call_kbps: Figure
    """What a call sends from the home: its own stream and forks."""
    share_talking: Figure
    calls_at_once: Figure
    signalling_kbps: Figure | None
    """Of one phone, where a published formula tells it."""

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in the order it is computed."""
        return figures_of(self)


class LineProblem(StrEnum):
    """What a home line cannot do."""

    CALL = "call"
    UPLOAD = "upload"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Line:
    """The agents of a group whose home lines are alike."""

    label: str
    agents: Fraction
    uplink_mbps: Decimal | None
    need: Figure
    """What a call, the desktop and its recordings take of the line: on average, or while they leave as recorded."""
    rate_mbps: Figure
    """What an upload may take of it."""
    load_mbps: Fraction
    """What these agents offer over the shift, on the wire."""
    finish: Figure | None
    """Hours until a deferred day is uploaded."""
    problem: LineProblem | None
    ahead: Figure | None = None
    """How long a call's packet waits for each full packet of an upload ahead of it; None without calls and a line."""
    as_recorded: bool = False
    """Whether recordings leave during the call, at the rate they arise, and the line must carry both."""


def call_demand(group: Group) -> CallDemand | None:
    """What a call of a group sends; None where nothing is said about its calls."""
    voice, recorder = group.voice, group.recording
    if voice is None:
        return None
    rate = figure(packets.packets_per_second, ptime_ms=voice.ptime_ms)
    size, call = stream(group, voice, voice.telephony, rate)
    fork = None
    if recorder.architecture is Architecture.CISCO_BUILT_IN_BRIDGE:
        fork = stream(group, voice, recorder.recorder, rate)[1]
    talking = busy_share(group, Fraction(group.workload.calls_per_day), group.workload.minutes_per_call)
    return CallDemand(
        call_packet_bytes=size,
        packets_per_second=rate,
        call_kbps=call,
        fork_kbps=fork,
        home_call_kbps=figure(packets.home_call_kbps, call_kbps=call.value, fork_kbps=fork.value if fork else 0),
        share_talking=named("share_talking", talking),
        calls_at_once=figure(erlang.calls_at_once, level=0.999, agents=group.users, share_talking=talking.value),
        signalling_kbps=_signalling(group, voice),
    )


def _signalling(group: Group, voice: Voice) -> Figure | None:
    if voice.signalling is not Signalling.SCCP:
        return None
    work = group.workload
    calls = Fraction(work.calls_per_day) / Fraction(group.shift_hours)
    if work.busy_hour_share is not None:
        calls = Fraction(work.calls_per_day) * Fraction(work.busy_hour_share)
    return figure(packets.sccp_signalling_kbps, calls_per_hour=calls)


def busy_share(group: Group, calls_per_day: Fraction, minutes_per_call: Decimal | Fraction) -> Figure:
    """For what share of the time an agent has calls: of the busy hour where one is given, else of the shift."""
    day: dict[str, Number | Decimal] = {"calls_per_day": calls_per_day, "minutes_per_call": minutes_per_call}
    busy = group.workload.busy_hour_share
    if busy is not None:
        return figure(recording.share_in_busy_hour, **day, busy_hour_share=busy)
    return figure(recording.share_recorded, **day, shift_hours=group.shift_hours)


def stream(group: Group, voice: Voice, towards: Place, rate: Figure, plain: bool = False) -> tuple[Figure, Figure]:
    """A packet of one voice stream between a home and a system, and its bit rate; `plain` is without the tunnel."""
    packet = packets.rtp_packet_bytes(voice.codec, voice.ptime_ms, voice.srtp, voice.ipv6)
    tunnel = group.vpn.tunnel if group.vpn and group.in_vpn(towards) and not plain else "none"
    size = figure(
        packets.call_packet_bytes,
        payload_bytes=packets.payload_bytes(voice.codec, voice.ptime_ms),
        srtp_tag_bytes=packets.SRTP_TAG_BYTES[voice.srtp],
        tunnel_bytes=packets.tunnelled_bytes(packet, tunnel, voice.ipv6) - packet,
        ip_bytes=packets.IPV6_BYTES if voice.ipv6 else None,
        layer2_bytes=packets.LAYER2_BYTES[voice.layer2] or None,
    )
    return size, figure(packets.call_kbps, packet_bytes=size.value, packets_per_second=rate.value)


def lines_of(
    group: Group, calls: CallDemand | None, each: Figure, sending: Figure, day_mb: Fraction, watched_mbps: Number = 0
) -> tuple[Line, ...]:
    """The group by home lines; nothing to tell where neither line nor throttle is known.

    `each` is what one agent offers over the shift, `sending` while recorded, `day_mb` what one uploads a day, all on
    the wire.
    """
    recordings = {When.DEFERRED: 0, When.AS_RECORDED: sending.value if each.value else 0, When.AT_ONCE: each.value}
    kbps = group.upload.throttle_kbps
    throttle = None if kbps is None else Fraction(kbps) / 1000
    uplinks: tuple[Uplink, ...] = group.home.classes if group.home else ()
    if group.home is None and kbps is not None:
        uplinks = (Uplink(share=Decimal(1), mbps=kbps / 1000),)
    return tuple(
        _line(group, calls, uplink, throttle, each, recordings[group.when], day_mb, watched_mbps) for uplink in uplinks
    )


def _line(
    group: Group,
    calls: CallDemand | None,
    uplink: Uplink,
    throttle: Fraction | None,
    each: Figure,
    recordings_mbps: Number,
    day_mb: Fraction,
    watched_mbps: Number,
) -> Line:
    """`recordings_mbps` is what they take of the line beside a call, the rest as in `lines_of`."""
    home = group.home
    call = Fraction(calls.home_call_kbps.value) / 1000 if calls else Fraction(0)
    reserve = Fraction(home.reserve_mbps) if home else Fraction(0)
    known: dict[str, Number | Decimal] = {}
    if home:
        known = {"uplink_mbps": uplink.mbps, "call_mbps": call, "reserve_mbps": reserve}
    watched = {"watched_mbps": watched_mbps} if watched_mbps else {}
    rate = figure(uploads.upload_rate_mbps, **known, throttle_mbps=throttle, **(watched if home else {}))
    agents = Fraction(uplink.share) * group.users
    taken = call + reserve + Fraction(watched_mbps)
    finish = None
    if group.when is When.DEFERRED and rate.value:
        finish = figure(uploads.window_hours, upload_mb=day_mb, expansion=1, rate_mbps=rate.value)
    several = home is not None and home.uplinks
    return Line(
        label=f"{group.name}, {uplink.mbps:f} Mbps" if several else group.name,
        agents=agents,
        uplink_mbps=uplink.mbps if home else None,
        need=figure(
            uploads.line_mbps,
            call_mbps=call,
            reserve_mbps=reserve,
            upload_mbps=recordings_mbps,
            **watched,
        ),
        rate_mbps=rate,
        load_mbps=agents * Fraction(each.value),
        finish=finish,
        problem=_problem(group, uplink if home else None, taken, rate, recordings_mbps or each.value, finish)
        if agents
        else None,
        ahead=figure(uploads.packet_ms, uplink_mbps=uplink.mbps) if home and calls and rate.value else None,
        as_recorded=group.when is When.AS_RECORDED,
    )


def _problem(
    group: Group, uplink: Uplink | None, taken: Fraction, rate: Figure, recordings_mbps: Number, finish: Figure | None
) -> LineProblem | None:
    if uplink is not None and uplink.mbps < taken:
        return LineProblem.CALL
    if group.when is When.DEFERRED:
        window = group.upload.window_hours
        late = recordings_mbps and (finish is None or (window is not None and finish.value > window))
        return LineProblem.WINDOW if late else None
    return LineProblem.UPLOAD if rate.value < recordings_mbps else None
