"""Demand: what the agents would send, group by group."""

from dataclasses import dataclass
from fractions import Fraction

from remoteready.formulas import packets, recording, uploads
from remoteready.plan.figures import Figure, figure, figures_of, named
from remoteready.plan.homes import CallDemand, Line, busy_share, call_demand, lines_of
from remoteready.plan.scenario import Group, Scenario
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

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in the order it is computed."""
        lines = [one for line in self.lines for one in figures_of(line)]
        return (*figures_of(self), *(self.calls.figures if self.calls else ()), *lines)


def group_demand(group: Group) -> GroupDemand:
    """The recording volume of a group, the rates at which it arises and leaves, and its calls."""
    calls, minutes, screen_minutes, audio, screen, home = _recorded(group)
    users = group.users
    average = _average(group, home)
    agent, recorded = _while_recorded(group, calls)
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
    lines = lines_of(group, calling, each, day_mb)
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
    )


def _recorded(group: Group) -> tuple[Figure, Figure, Figure, Figure, Figure, Figure]:
    """Recorded calls of an agent, minutes, minutes of screen, MB of audio, of screens, and of what leaves the home."""
    work, users = group.workload, group.users
    calls = figure(recording.recorded_calls, calls_per_day=work.calls_per_day, recorded_share=work.recorded_share)
    busy = {"calls_per_day": calls.value, "minutes_per_call": work.minutes_per_call}
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


def _while_recorded(group: Group, calls: Figure) -> tuple[Figure, Figure]:
    """The rate at which an agent's recording arises, and for what share of the shift."""
    work = group.workload
    agent = figure(
        recording.agent_mbps,
        audio_mb_per_minute=work.audio_mb_per_minute if _desktop_records(group) else 0,
        screen_mb_per_minute=work.screen_mb_per_minute,
        monitors=work.monitors,
    )
    minutes = work.minutes_per_call + (work.after_call_minutes if work.monitors else 0)
    return agent, named("share_recorded", busy_share(group, Fraction(calls.value), minutes))


def _average(group: Group, home: Figure) -> Figure:
    """The rate at which recordings arise, in the busy hour where one is given, else over the shift."""
    busy = group.workload.busy_hour_share
    if busy is not None:
        return figure(recording.busy_hour_mbps, upload_mb=home.value, busy_hour_share=busy)
    return figure(recording.average_mbps, upload_mb=home.value, shift_hours=group.shift_hours)


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
