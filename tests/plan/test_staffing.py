"""Agents by interval: a published case, and what must hold for every day."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.plan.curves import DaySlot
from remoteready.plan.staffing import Target, staff


def slot(minute: int, calls: float, load: float, high: float) -> DaySlot:
    return DaySlot(minute, calls, load, high, high)


def test_the_worked_example_of_pyworkforce_takes_fourteen_agents_and_twenty_in_the_schedule():
    """100 calls in 30 minutes of 180 s each (10 erlangs), 80 % in 20 s, 85 % occupancy, 30 % shrinkage."""
    [one] = staff(
        [slot(600, 100, 10, 10)],
        30,
        Target(service_level=0.8, answer_within_s=20, most_occupancy=0.85, shrinkage=0.3),
    )
    assert (one.minute, one.mean_agents, one.mean_scheduled) == (600, 14, 20)


def test_an_interval_without_calls_needs_nobody():
    assert [one.mean_agents for one in staff([slot(0, 0, 0, 0)], 15, Target(service_level=0.8))] == [0]


@given(st.lists(st.tuples(st.floats(0.5, 500), st.floats(0.1, 200), st.floats(1, 2)), min_size=1, max_size=20))
def test_busier_days_never_take_fewer_agents_and_always_more_than_the_load(rows):
    day = [slot(15 * place, calls, load, load * more) for place, (calls, load, more) in enumerate(rows)]
    for one, of in zip(staff(day, 15, Target(service_level=0.8, shrinkage=0.25)), day, strict=True):
        assert of.mean_erlangs < one.mean_agents <= one.high_agents
        assert one.mean_scheduled * 0.75 == pytest.approx(one.mean_agents, abs=0.75)
        assert one.mean_scheduled >= one.mean_agents / 0.75
