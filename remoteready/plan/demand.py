"""Demand: what the agents would send, group by group, as figures that know how they were computed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from remoteready.formulas import FORMULAS, Number, recording
from remoteready.plan.scenario import Group, Scenario


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with all that `--explain` shows of it. Values stay exact fractions until they are displayed."""

    name: str
    value: Number
    unit: str
    formula: str
    inputs: Mapping[str, Number]
    source: str


def figure(function: Callable[..., Number], **inputs: Number | Decimal) -> Figure:
    """The result of a registered formula, with the inputs it was computed from."""
    exact = {name: Fraction(value) if isinstance(value, Decimal) else value for name, value in inputs.items()}
    about = FORMULAS[function]
    return Figure(function.__name__, function(**exact), about.unit, about.text, exact, about.source)


def total(name: str, unit: str, parts: Mapping[str, Figure]) -> Figure:
    """The sum of the same figure over groups, by their names."""
    inputs = {group: part.value for group, part in parts.items()}
    return Figure(name, sum(inputs.values(), Fraction(0)), unit, "sum over groups", inputs, "arithmetic")


@dataclass(frozen=True, slots=True)
class GroupDemand:
    """What one group records and sends."""

    group: Group
    recording_minutes: Figure
    audio_mb: Figure
    screen_mb: Figure
    upload_mb: Figure
    average_mbps: Figure
    agent_mbps: Figure
    everyone_mbps: Figure
    share_recorded: Figure

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in the order it is computed."""
        return (
            self.recording_minutes,
            self.audio_mb,
            self.screen_mb,
            self.upload_mb,
            self.average_mbps,
            self.agent_mbps,
            self.everyone_mbps,
            self.share_recorded,
        )


def group_demand(group: Group) -> GroupDemand:
    """The recording volume of a group and the rates at which it arises."""
    work = group.workload
    minutes = figure(
        recording.recording_minutes,
        users=group.users,
        calls_per_day=work.calls_per_day,
        minutes_per_call=work.minutes_per_call,
    )
    audio = figure(recording.audio_mb, recording_minutes=minutes.value, audio_mb_per_minute=work.audio_mb_per_minute)
    screen = figure(
        recording.screen_mb,
        recording_minutes=minutes.value,
        screen_mb_per_minute=work.screen_mb_per_minute,
        monitors=work.monitors,
    )
    upload = figure(recording.upload_mb, audio_mb=audio.value, screen_mb=screen.value)
    agent = figure(
        recording.agent_mbps,
        audio_mb_per_minute=work.audio_mb_per_minute,
        screen_mb_per_minute=work.screen_mb_per_minute,
        monitors=work.monitors,
    )
    return GroupDemand(
        group=group,
        recording_minutes=minutes,
        audio_mb=audio,
        screen_mb=screen,
        upload_mb=upload,
        average_mbps=figure(recording.average_mbps, upload_mb=upload.value, shift_hours=group.shift_hours),
        agent_mbps=agent,
        everyone_mbps=figure(recording.everyone_mbps, agent_mbps=agent.value, users=group.users),
        share_recorded=figure(
            recording.share_recorded,
            calls_per_day=work.calls_per_day,
            minutes_per_call=work.minutes_per_call,
            shift_hours=group.shift_hours,
        ),
    )


def demand(scenario: Scenario) -> tuple[GroupDemand, ...]:
    """What each group of the scenario would send."""
    return tuple(group_demand(group) for group in scenario.groups)
