"""Agents for every interval of the mean day, by Erlang C: on the mean and on the level of 95 % of the days."""

from collections.abc import Iterable
from dataclasses import dataclass

from remoteready.formulas.erlang import agents_for_service_level, scheduled_agents
from remoteready.plan.curves import DaySlot


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What callers are promised, and what of agents' paid time is lost; shares are 0–1."""

    service_level: float
    answer_within_s: float = 20.0
    most_occupancy: float = 1.0
    shrinkage: float = 0.0


@dataclass(frozen=True, slots=True)
class Staff:
    """Agents on calls in one interval, on the mean day and on all but the busiest 5 %, and those to schedule then."""

    minute: int
    mean_agents: int
    high_agents: int
    mean_scheduled: int
    high_scheduled: int


def staff(day: Iterable[DaySlot], step_minutes: int, target: Target) -> tuple[Staff, ...]:
    """The agents of each interval, each taken for itself: what one leaves waiting is not carried into the next."""
    rows = []
    for slot in day:
        aht_s = slot.mean_erlangs * step_minutes * 60 / slot.mean_calls if slot.mean_calls else 0.0
        mean, high = (
            agents_for_service_level(load, aht_s, target.answer_within_s, target.service_level, target.most_occupancy)
            if aht_s
            else 0
            for load in (slot.mean_erlangs, slot.high_erlangs)
        )
        scheduled = (scheduled_agents(agents, target.shrinkage) for agents in (mean, high))
        rows.append(Staff(slot.minute, mean, high, *scheduled))
    return tuple(rows)
