"""Demand: what the agents would send, group by group."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from remoteready.formulas import packets, recording, uploads
from remoteready.plan import presence
from remoteready.plan.figures import Figure, figure, figures_of, named
from remoteready.plan.homes import CallDemand, Line, busy_share, call_demand, lines_of
from remoteready.plan.scenario import Group, Scenario
from remoteready.plan.supervision import Supervision, home_mbps, supervision
from remoteready.workload import Architecture, When


@dataclass(frozen=True, slots=True)
class GroupDemand:
    """What one group records and sends. Rates are of payload up to `expansion`, of packets on the wire after it."""

    group: Group
    recorded_calls: Figure
    recording_minutes: Figure
    screen_minutes: Figure
    audio_mb: Figure
    screen_mb: Figure
    upload_mb: Figure
    home_mb: Figure
    average_mbps: Figure
    agent_mbps: Figure
    share_recorded: Figure
    expansion: Figure
    offered_mbps: Figure
    each_mbps: Figure
    sending_mbps: Figure
    everyone_mbps: Figure
    window_mbps: Figure | None
    calls: CallDemand | None
    lines: tuple[Line, ...]
    recorded_minutes: Figure | None = None
    """Of one call, where recording is paused for a part of it."""
    supervision: Supervision | None = None
    open_mbps: Figure | None = None
    """What the open windows of a group send in the interval that is looked at."""

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in the order it is computed."""
        lines = [one for line in self.lines for one in figures_of(line)]
        watching = self.supervision.figures if self.supervision else ()
        return (*figures_of(self), *(self.calls.figures if self.calls else ()), *watching, *lines)


VOLUMES = (
    "recorded_minutes",
    "recorded_calls",
    "recording_minutes",
    "screen_minutes",
    "audio_mb",
    "screen_mb",
    "upload_mb",
    "home_mb",
)
"""What a group records in a whole day."""


def group_demand(group: Group) -> GroupDemand:
    """The recording volume of a group, the rates at which it arises and leaves, and its calls.

    Where its times are known, rates are those of the interval in which most of its agents are busy; what one agent and
    a home line need is that of the interval in which each is busiest.
    """
    whole = _demand(group)
    if not group.timed:
        return whole
    volumes: dict[str, Any] = {name: getattr(whole, name) for name in VOLUMES}
    kept: dict[str, Any] = {"window_mbps": whole.window_mbps}
    if group.when is When.DEFERRED:
        kept |= {"lines": whole.lines, "offered_mbps": whole.offered_mbps, "average_mbps": whole.average_mbps}
    full, busy = _demand(presence.fullest(group)), _demand(presence.busiest(group))
    lines = tuple(
        replace(line, agents=all_day.agents, load_mbps=fullest.load_mbps)
        for line, all_day, fullest in zip(busy.lines, whole.lines, full.lines, strict=True)
    )
    calls = full.calls and replace(full.calls, signalling_kbps=busy.calls.signalling_kbps if busy.calls else None)
    own = {"lines": lines, "calls": calls, "each_mbps": busy.each_mbps}
    return replace(full, group=group, **own | volumes | kept)


def demand_at(group: Group, span: presence.Span) -> GroupDemand:
    """What a group sends in one interval of the day; a group without times the same as at any other.

    The window after a shift counts in the intervals in which it is open.
    """
    if not group.timed:
        return _demand(group)
    made = _demand(presence.at(group, span))
    if group.when is not When.DEFERRED:
        return made
    whole = _demand(group)
    share = presence.open_share(group, span)
    open_mbps = None
    if group.shifts and whole.window_mbps:
        open_mbps = figure(uploads.open_mbps, window_mbps=whole.window_mbps.value, share_open=share)
    window = None if group.shifts else whole.window_mbps
    return replace(made, home_mb=whole.home_mb, lines=whole.lines, window_mbps=window, open_mbps=open_mbps)


def _demand(group: Group) -> GroupDemand:
    paused = _paused(group)
    each_call = Fraction(paused.value if paused else group.workload.minutes_per_call)
    calls, minutes, screen_minutes, audio, screen, home = _recorded(group, each_call)
    users = group.users
    average = mean_mbps(group, home)
    agent, recorded = _while_recorded(group, calls, each_call)
    tunnel = group.vpn.tunnel if group.vpn and group.in_vpn(group.recording.recorder) else "none"
    expansion = figure(
        packets.upload_expansion,
        packet_expansion=packets.packet_expansion(tunnel),
        retransmitted=group.upload.retransmitted,
    )
    sending = named("sending_mbps", figure(uploads.wire_mbps, mbps=agent.value, expansion=expansion.value))
    offered = named("offered_mbps", figure(uploads.wire_mbps, mbps=average.value, expansion=expansion.value))
    calling = call_demand(group)
    each = figure(uploads.each_mbps, offered_mbps=offered.value, users=users)
    day_mb = Fraction(home.value) * Fraction(expansion.value) / max(users, 1)
    watching = supervision(group, calling.packets_per_second if calling else None, expansion)
    lines = lines_of(group, calling, each, sending, day_mb, home_mbps(watching))
    return GroupDemand(
        group=group,
        recorded_calls=calls,
        recording_minutes=minutes,
        screen_minutes=screen_minutes,
        audio_mb=audio,
        screen_mb=screen,
        upload_mb=figure(recording.upload_mb, audio_mb=audio.value, screen_mb=screen.value),
        home_mb=home,
        average_mbps=average,
        agent_mbps=agent,
        share_recorded=recorded,
        expansion=expansion,
        offered_mbps=offered,
        each_mbps=each,
        sending_mbps=sending,
        everyone_mbps=_everyone(group, sending, lines),
        window_mbps=_window(group, home, expansion),
        calls=calling,
        lines=lines,
        recorded_minutes=paused,
        supervision=watching,
    )


def _paused(group: Group) -> Figure | None:
    work = group.workload
    if not work.paused_share:
        return None
    return figure(recording.recorded_minutes, minutes_per_call=work.minutes_per_call, paused_share=work.paused_share)


def _recorded(group: Group, minutes_per_call: Fraction) -> tuple[Figure, Figure, Figure, Figure, Figure, Figure]:
    """Recorded calls of an agent, minutes, minutes of screen, MB of audio, of screens, and of what leaves the home."""
    work, users = group.workload, group.users
    calls = figure(recording.recorded_calls, calls_per_day=work.calls_per_day, recorded_share=work.recorded_share)
    busy = {"calls_per_day": calls.value, "minutes_per_call": minutes_per_call}
    minutes = figure(recording.recording_minutes, users=users, **busy)
    screen_minutes = figure(recording.screen_minutes, users=users, **busy, after_call_minutes=work.after_call_minutes)
    audio = figure(recording.audio_mb, recording_minutes=minutes.value, audio_mb_per_minute=work.audio_mb_per_minute)
    screen = figure(
        recording.screen_mb,
        recording_minutes=screen_minutes.value,
        screen_mb_per_minute=work.screen_mb_per_minute,
        monitors=work.monitors,
    )
    uploaded = audio.value if _desktop_records(group) else 0
    home = figure(recording.home_mb, screen_mb=screen.value, desktop_audio_mb=uploaded)
    return calls, minutes, screen_minutes, audio, screen, home


def _while_recorded(group: Group, calls: Figure, minutes_per_call: Fraction) -> tuple[Figure, Figure]:
    """The rate at which an agent's recording arises, and for what share of the shift."""
    work = group.workload
    agent = figure(
        recording.agent_mbps,
        audio_mb_per_minute=work.audio_mb_per_minute if _desktop_records(group) else 0,
        screen_mb_per_minute=work.screen_mb_per_minute,
        monitors=work.monitors,
    )
    minutes = minutes_per_call + Fraction(work.after_call_minutes if work.monitors else 0)
    return agent, named("share_recorded", busy_share(group, Fraction(calls.value), minutes))


def mean_mbps(group: Group, volume: Figure) -> Figure:
    """The mean rate at which a day's recordings arise: in the busy hour where one is given, else over the shift."""
    busy = group.workload.busy_hour_share
    if busy is not None:
        return figure(recording.busy_hour_mbps, upload_mb=volume.value, busy_hour_share=busy)
    return figure(recording.average_mbps, upload_mb=volume.value, shift_hours=group.shift_hours)


def _desktop_records(group: Group) -> bool:
    return group.recording.architecture is Architecture.ENDPOINT


def demand(scenario: Scenario) -> tuple[GroupDemand, ...]:
    """What each group of the scenario would send."""
    return tuple(group_demand(group) for group in scenario.groups)


def _everyone(group: Group, sending: Figure, lines: tuple[Line, ...]) -> Figure:
    if group.when is When.AS_RECORDED:
        return figure(recording.everyone_mbps, agent_mbps=sending.value, users=group.users)
    inputs = {line.label: line.agents * line.rate_mbps.value for line in lines}
    everyone = sum(inputs.values(), Fraction(0))
    return Figure(
        "everyone_mbps", everyone, "Mbps", "sum over home lines of agents × upload rate", inputs, "arithmetic"
    )


def _window(group: Group, home: Figure, expansion: Figure) -> Figure | None:
    if group.upload.window_hours is None:
        return None
    hours = group.upload.window_hours
    return figure(uploads.window_mbps, upload_mb=home.value, expansion=expansion.value, window_hours=hours)
