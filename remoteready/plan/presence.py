"""A group at a time of day: who is at work or connected, what is offered to them, and the same group in one interval.

A group in one interval is the same group with those agents who are at work and an hour of such calls as its day, so
that every formula is that of a plan without times. What callers offer beyond what agents can take is not carried.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil

from remoteready.plan import timetable
from remoteready.plan.scenario import Group
from remoteready.plan.timetable import DAY, exactly
from remoteready.workload import When

Span = tuple[int, int]
"""An interval of the day: the minute at which it begins, and its length in minutes."""


def present(group: Group, span: Span) -> int:
    """Agents at work at any time of an interval; all of them where shifts are not known."""
    if not group.shifts:
        return group.users
    part = (0, round(group.shift_hours * 60))
    return min(group.users, ceil(timetable.covering(group.shifts, part, span) * group.users))


def taking_calls(group: Group, span: Span) -> int:
    """Agents at work who take calls: fewer by the shrinkage where calls are known by interval."""
    agents = present(group, span)
    return ceil(agents * (1 - group.shrinkage)) if group.day else agents


def connected(group: Group, span: Span) -> int:
    """Agents who have a VPN session in an interval: also those who log in early, leave late or upload after it."""
    lead = group.vpn.lead_minutes if group.vpn else 0
    window = group.upload.window_hours if group.in_vpn(group.recording.recorder) else None
    if not group.shifts:
        return group.users
    after = max(lead, round((window or 0) * 60))
    part = (-lead, lead + round(group.shift_hours * 60) + after)
    return min(group.users, ceil(timetable.covering(group.shifts, part, span) * group.users))


def open_share(group: Group, span: Span) -> Decimal:
    """The share of a group's agents whose window after the shift is open in an interval."""
    if group.when is not When.DEFERRED or group.upload.window_hours is None or not group.shifts:
        return Decimal(0)
    part = (round(group.shift_hours * 60), round(group.upload.window_hours * 60))
    return min(Decimal(1), timetable.covering(group.shifts, part, span))


def active(group: Group, span: Span) -> bool:
    """Whether anything of a group's day falls into an interval: shifts, windows, or calls, be it that nobody works."""
    part = (0, round(group.shift_hours * 60))
    if timetable.covering(group.shifts, part, span) > 0 or open_share(group, span) > 0:
        return True
    return any(timetable.overlap((one.minute, one.length_minutes), span) for one in group.day)


def offered(group: Group, span: Span, agents: int) -> tuple[Fraction, Fraction]:
    """Calls an hour that a group is offered in an interval, and the minutes of one with the work after it."""
    work = group.workload
    if not group.day:
        busy, whole = work.busy_hour_share, Fraction(work.calls_per_day)
        each = whole * Fraction(busy) if busy is not None else whole / Fraction(group.shift_hours)
        return each * agents, Fraction(work.minutes_per_call + work.after_call_minutes)
    calls = minutes = Fraction(0)
    for one in group.day:
        shared = timetable.overlap((one.minute, one.length_minutes), span)
        if not shared:
            continue
        part = Fraction(one.calls) * Fraction(shared, one.length_minutes)
        calls += part
        minutes += part * Fraction(one.handle_minutes)
    return calls * 60 / span[1], minutes / calls if calls else Fraction(0)


def agents_short(group: Group, span: Span) -> int:
    """Agents whom the offered calls would keep busy beyond those at work."""
    agents = taking_calls(group, span)
    calls, minutes = offered(group, span, agents)
    return max(0, ceil(calls * minutes / 60 - agents))


def at(group: Group, span: Span) -> Group:
    """A group as it is in one interval."""
    agents = taking_calls(group, span)
    calls, handle = offered(group, span, agents)
    after = group.workload.after_call_minutes
    talk = exactly(max(handle - Fraction(after), Fraction(0)))
    each = exactly(calls / agents) if agents else Decimal(0)
    if each * (talk + after) > 60:
        each = exactly(60 / Fraction(talk + after))
    hour = replace(group.workload, calls_per_day=each, minutes_per_call=talk, busy_hour_share=Decimal(1))
    return replace(
        group,
        users=agents,
        people=None if group.people is None else max(group.people, agents),
        workload=hour,
        shift_hours=max(group.shift_hours, Decimal(1)),
        supervisors=group.supervisors if agents else None,
        shifts=(),
        intervals=None,
        day=(),
    )


def grid_of(groups: tuple[Group, ...]) -> int:
    """The length of the intervals in which the day of these groups is looked at, minutes."""
    timed = [group for group in groups if group.timed]
    times = [shift.minute for group in timed for shift in group.shifts]
    times += [one.minute for group in timed for one in group.day]
    lengths = [one.length_minutes for group in timed for one in group.day] or [timetable.STEP]
    ends = [round(group.shift_hours * 60) for group in timed if group.shifts]
    return max(timetable.grid([*times, *lengths, *ends]), timetable.FINEST)


def logging_in(group: Group, span: Span) -> int:
    """Agents who begin a VPN session in an interval: those whose shift begins, so many minutes before it."""
    lead = group.vpn.lead_minutes if group.vpn else 0
    begins = (shift.share for shift in group.shifts if (shift.minute - lead - span[0]) % DAY < span[1])
    return min(group.users, ceil(sum(begins, Decimal(0)) * group.users))


def online(group: Group, span: Span) -> bool:
    """Whether an interval is one of a group's day for VPN gateways: also that before a shift, or after it."""
    return active(group, span) or bool(group.shifts and connected(group, span))


def intervals_of(groups: tuple[Group, ...], wanted: Callable[[Group, Span], bool] = active) -> tuple[Span, ...]:
    """The intervals in which anything of these groups' day happens, in the order of a day of work.

    They begin after the longest pause, so that a night shift is one stretch. None where no group has times.
    """
    if not any(group.timed for group in groups):
        return ()
    step = grid_of(groups)
    spans = [(minute, step) for minute in range(0, DAY, step)]
    busy = [span[0] for span in spans if any(wanted(group, span) for group in groups if group.timed)]
    pauses = [(minute - before) % DAY for before, minute in zip([busy[-1], *busy[:-1]], busy, strict=True)]
    first = busy[pauses.index(max(pauses))] if len(busy) > 1 else busy[0]
    return tuple((minute, step) for minute in sorted(busy, key=lambda minute: (minute - first) % DAY))


def busiest(group: Group) -> Group:
    """A group in the interval in which each agent is busiest, of those the one with most agents."""

    def busyness(span: Span) -> tuple[Fraction, int]:
        agents = taking_calls(group, span)
        return (_busy_agents(group, span) / agents if agents else Fraction(0)), agents

    return at(group, max(intervals_of((group,)), key=busyness))


def fullest(group: Group) -> Group:
    """A group in the interval in which most of its agents are busy, of those the one with most agents."""
    spans = intervals_of((group,))
    return at(group, max(spans, key=lambda span: (_busy_agents(group, span), taking_calls(group, span))))


def _busy_agents(group: Group, span: Span) -> Fraction:
    agents = taking_calls(group, span)
    calls, minutes = offered(group, span, agents)
    return min(Fraction(agents), calls * minutes / 60)


def resized(group: Group, users: int) -> Group:
    """A group of another size whose agents work as before: where calls are known by interval, they grow with it."""
    factor = Fraction(users, group.users) if group.users else Fraction(1)
    people = None if group.people is None else max(group.people, users)
    return replace(group, users=users, people=people, day=_times(group, factor))


def with_calls(group: Group, factor: Fraction) -> Group:
    """A group whose agents take so many times the calls."""
    work = replace(group.workload, calls_per_day=exactly(Fraction(group.workload.calls_per_day) * factor))
    return replace(group, workload=work, day=_times(group, factor))


def _times(group: Group, factor: Fraction) -> tuple[timetable.Interval, ...]:
    return tuple(replace(one, calls=exactly(Fraction(one.calls) * factor)) for one in group.day)
