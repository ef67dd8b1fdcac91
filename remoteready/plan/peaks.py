"""Peaks that a planner wants to be ready for: the same scenario with more calls, more people, or work that pauses."""

from dataclasses import replace
from fractions import Fraction
from math import ceil

from remoteready.plan.presence import resized, with_calls
from remoteready.plan.scenario import Group, Peak, Scenario


def with_peak(scenario: Scenario, peak: Peak) -> tuple[Scenario, Fraction]:
    """The scenario in a peak, and the share of the calls that the agents have the time for."""
    changed, wanted, taken = [], Fraction(0), Fraction(0)
    for group in scenario.groups:
        one, calls, carried = _at_peak(group, peak)
        changed.append(one)
        wanted += calls
        taken += carried
    return replace(scenario, groups=tuple(changed), peaks={}), taken / wanted if wanted else Fraction(1)


def _at_peak(group: Group, peak: Peak) -> tuple[Group, Fraction, Fraction]:
    """A group in a peak, the calls that it is offered a day, and those that its agents have the time for."""
    more = 0 if group.name in peak.paused else 1 + Fraction(peak.more_calls) + Fraction(peak.call_backs)
    everybody = max(group.people or 0, group.users) if peak.everybody else group.users
    users = ceil(everybody * (1 + Fraction(peak.temporary_agents)))
    calls = Fraction(group.workload.calls_per_day) * group.users * more
    each = min(calls / users, _most(group)) if users else Fraction(0)
    before = Fraction(group.workload.calls_per_day)
    bigger = resized(group, users)
    if peak.everybody:
        bigger = replace(bigger, shifts=())
    return with_calls(bigger, each / before if before else Fraction(1)), calls, each * users


def _most(group: Group) -> Fraction:
    """Calls that one agent has the time for in a shift, and in its busy hour where one is known."""
    work = group.workload
    minutes = Fraction(work.minutes_per_call + work.after_call_minutes)
    if not minutes:
        return Fraction(10_000)
    most = Fraction(group.shift_hours) * 60 / minutes
    if work.busy_hour_share is not None:
        most = min(most, 60 / minutes / Fraction(work.busy_hour_share))
    return min(most, Fraction(10_000))
