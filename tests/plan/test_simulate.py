"""The simulation against closed forms, and nothing but closed forms: fixed seeds, stated tolerances."""

from collections.abc import Sequence
from math import exp, factorial, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.exits import UnusableInput
from remoteready.plan import estimates, shifts
from remoteready.plan.sharing import MBIT, Link
from remoteready.plan.shifts import Agents, agents_at_work
from remoteready.plan.simulate import (
    Distribution,
    Empirical,
    Exponential,
    Flows,
    Lognormal,
    Outcome,
    queue_for_agents,
    share_link,
)

SIZES: Sequence[Distribution] = (Exponential(10.0), Lognormal(10.0, 1.5), Empirical((5.0, 10.0, 15.0)))


def poisson_quantile(mean: float, level: float) -> int:
    chance, count, total = exp(-mean), 0, exp(-mean)
    while total < level:
        count += 1
        chance *= mean / count
        total += chance
    return count


def erlang_c(agents: int, load: float) -> float:
    """By its definition, term by term."""
    terms = [load**n / factorial(n) for n in range(agents)]
    last = load**agents / factorial(agents) * agents / (agents - load)
    return last / (sum(terms) + last)


def upload_s(seen: Outcome) -> float:
    first = seen.upload_s[0]
    assert first is not None
    return first.value


# --- callers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("agents", "load"), [(1, 0.5), (3, 2.0), (14, 10.0), (55, 48.0)])
def test_waiting_callers_are_those_of_erlang_c(agents, load):
    """M/M/c: share that waits within 0.01, answer time within 5 %, service level within 0.01 of the closed forms."""
    seen = queue_for_agents(load * 20, Exponential(180.0), agents, callers=600_000, seed=7)
    waits = erlang_c(agents, load)
    assert seen.waited.value == pytest.approx(waits, abs=0.01)
    assert seen.asa_s.value == pytest.approx(waits * 180 / (agents - load), rel=0.05)
    assert seen.service_level.value == pytest.approx(1 - waits * exp(-(agents - load) * 20 / 180), abs=0.01)
    assert seen.waited.low <= waits <= seen.waited.high


def test_one_agent_and_any_handle_time_wait_by_pollaczek_and_khinchine():
    """M/G/1: mean wait = load ÷ (1 − load) × mean × (1 + CV²) ÷ 2, within 5 %."""
    for handle, cv in ((Lognormal(60.0, 1.0), 1.0), (Empirical((60.0,)), 0.0)):
        seen = queue_for_agents(30, handle, 1, callers=300_000, seed=3)
        assert seen.asa_s.value == pytest.approx(0.5 / 0.5 * 60 * (1 + cv**2) / 2, rel=0.05)


# --- uploads ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=("exponential", "lognormal", "empirical"))
def test_uploads_that_nothing_limits_are_poisson_whatever_their_sizes(size):
    """M/G/∞: levels of the number in progress are those of Poisson(9.45), within one flow; the mean within 1 %."""
    kind = Flows(per_hour=9.45 * 3600 / 8, size_mb=size, cap_mbps=10.0)
    seen = share_link([kind], hours=15, seed=5)
    for level in (0.5, 0.95, 0.99, 0.999):
        assert abs(seen.mbps[level].value / 10 - poisson_quantile(9.45, level)) <= 1
    assert seen.mean_mbps.value == pytest.approx(94.5, rel=0.01)
    assert upload_s(seen) == pytest.approx(8.0, rel=0.02)
    assert (seen.slowed.value, seen.full.value) == (0, 0)


@pytest.mark.parametrize("size", SIZES, ids=("exponential", "lognormal", "empirical"))
def test_a_link_shared_by_uploads_without_caps_slows_them_by_its_free_share(size):
    """M/G/1 processor sharing: mean time = size ÷ (capacity − load), whatever the sizes, within 4 %; busy = load."""
    kind = Flows(per_hour=600, size_mb=size, cap_mbps=1000.0)
    seen = share_link([kind], 20.0, hours=100, seed=11)
    assert upload_s(seen) == pytest.approx(80 / (20 - 600 * 80 / 3600), rel=0.04)
    assert seen.full.value == pytest.approx(600 * 80 / 3600 / 20, abs=0.01)
    assert seen.backlog_mb.value > 0


@pytest.mark.parametrize(("capacity", "waits_of"), [(110.0, 11), (120.0, 12), (150.0, 15)])
def test_a_link_with_caps_is_full_as_often_as_erlang_c_says(capacity, waits_of):
    """M/G/m with a rate limit: full within 0.015, mean time within 5 %, for 94.5 Mbps in flows of 10."""
    kind = Flows(per_hour=9.45 * 3600 / 8, size_mb=Lognormal(10.0, 1.0), cap_mbps=10.0)
    seen = share_link([kind], capacity, hours=30, seed=2)
    waits = erlang_c(waits_of, 9.45)
    assert seen.full.value == pytest.approx(waits, abs=0.015)
    assert upload_s(seen) == pytest.approx(8 * (1 + waits / (waits_of - 9.45)), rel=0.05)
    assert seen.mbps[0.999].value <= capacity


@given(
    st.lists(st.tuples(st.integers(0, 2), st.floats(0.1, 50), st.floats(0, 5)), min_size=1, max_size=30),
    st.floats(1, 100),
)
def test_no_upload_gets_more_than_its_cap_and_no_link_carries_more_than_it_can(uploads, capacity):
    """Every bit that begins ends, not before its cap or the whole link would have carried it."""
    caps = (2.0, 5.0, 20.0)
    link = Link(capacity, caps)
    for kind, mbit, pause_s in uploads:
        link.begin(kind, mbit * MBIT)
        link.run(link.now_s + pause_s)
    link.run(inf)
    batch = link.cut()
    total = sum(mbit for _, mbit, _ in uploads)
    carried = sum(rate * seconds for rate, seconds in batch.rates_s(capacity * MBIT).items())
    assert sum(batch.uploads) == len(uploads)
    assert carried == pytest.approx(total, rel=1e-6)
    assert link.emptied_s >= total / capacity * (1 - 1e-6)
    for kind, cap in enumerate(caps):
        alone = sum(mbit / min(cap, capacity) for one, mbit, _ in uploads if one == kind)
        assert batch.upload_s[kind] >= alone * (1 - 1e-6)


def test_the_smallest_caps_are_filled_first_and_the_rest_is_shared_alike():
    link = Link(10.0, (1.0, 4.0, 100.0))
    for kind in (0, 1, 2, 2):
        link.begin(kind, 1e9)
    assert [rate / MBIT for rate in link.rates] == [1.0, 3.0, 3.0]


def test_a_link_that_nothing_is_uploaded_over_is_idle_and_one_without_capacity_is_refused():
    idle = share_link([Flows(per_hour=0, size_mb=Exponential(1.0), cap_mbps=1.0)], 10.0, hours=1, seed=1)
    assert (idle.uploads, idle.mbps[0.999].value, idle.upload_s) == (0, 0, (None,))
    for capacity, cap in ((0.0, 1.0), (1.0, 0.0)):
        with pytest.raises(ValueError, match="0 Mbps"):
            Link(capacity, [cap])


def test_three_thirds_fill_a_link():
    """100 Mbps in three parts of 33.3…: a sum that floats would miss."""
    kind = Flows(per_hour=36_000, size_mb=Exponential(1.0), cap_mbps=100 / 9)
    assert share_link([kind], 100 / 3, hours=0.1, seed=1).full.value > 0.9


def test_the_same_seed_gives_the_same_run_and_another_seed_another():
    kinds = [Flows(per_hour=300, size_mb=Lognormal(20.0, 0.8), cap_mbps=cap) for cap in (2.0, 5.0, 10.0)]
    one, same, other = (share_link(kinds, 60.0, hours=10, seed=seed) for seed in (4, 4, 5))
    assert one == same
    assert one != other
    # As computed when this was written; libraries of mathematics may differ in the last digits.
    assert upload_s(one) == pytest.approx(81.30357277432668, rel=1e-9)
    assert queue_for_agents(100, Exponential(300.0), 10, callers=20_000, seed=1).asa_s.value == pytest.approx(
        68.1799498014073, rel=1e-9
    )


# --- agents -----------------------------------------------------------------------------------------------------------

DESK = Agents(agents=60, calls_per_hour=7.5, call_minutes=Lognormal(5.0, 1.2), mb_per_minute=3.48, cap_mbps=10.0)


def test_agents_talk_as_much_as_their_calls_say_and_upload_all_of_it():
    days = agents_at_work([DESK], days=20, seed=9)
    assert days.calls[0.5].value == pytest.approx(60 * 7.5 * 5 / 60, abs=2)
    assert days.link.mean_mbps.value == pytest.approx(60 * 7.5 * 5 * 3.48 * 8 / 3600, rel=0.05)
    assert days.link.uploads == pytest.approx(20 * 60 * 7.5 * 8, rel=0.05)
    assert days.finished_h.value > 17


def test_deferred_recordings_leave_the_shift_alone_and_end_when_the_slowest_of_link_and_line_lets_them():
    group = Agents(**{name: getattr(DESK, name) for name in DESK.__dataclass_fields__} | {"deferred_to_h": 20.0})
    days = agents_at_work([group], 100.0, days=10, seed=9, window_end_h=21.0)
    assert (days.link.uploads, days.link.mean_mbps.value) == (0, 0)
    day_mb = 60 * 7.5 * 8 * 5 * 3.48
    assert days.finished_h.value == pytest.approx(20 + day_mb * 8 / 100 / 3600, rel=0.02)
    assert days.late.value == 1


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 30)), max_size=20))
def test_calls_at_the_same_time_add_up_to_the_time_that_they_last(spans):
    calls = [(begin, begin + length) for begin, length in spans]
    seen = shifts.concurrent(calls, 0.0, 200.0)
    assert sum(seen.values()) == pytest.approx(200)
    assert sum(count * seconds for count, seconds in seen.items()) == pytest.approx(sum(length for _, length in spans))


@pytest.mark.parametrize(("calls", "words"), [(13.0, "fill more than the hour"), (0.0, "more than 0")])
def test_calls_that_no_agent_can_take_are_refused(calls, words):
    group = Agents(agents=1, calls_per_hour=calls, call_minutes=Exponential(5.0), mb_per_minute=1.0, cap_mbps=1.0)
    with pytest.raises(UnusableInput, match=words):
        agents_at_work([group], days=1, seed=1)


# --- confidence -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("freedom", "published"), [(1, 12.706), (2, 4.303), (3, 3.182), (5, 2.571), (10, 2.228), (19, 2.093), (30, 2.042)]
)
def test_the_quantiles_of_student_are_those_of_the_tables(freedom, published):
    """NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2."""
    assert estimates.student_t(freedom) == pytest.approx(published, rel=0.01)


def test_a_single_batch_tells_nothing_of_its_confidence():
    assert estimates.estimate(3.0, [3.0]) == estimates.Estimate(3.0, -inf, inf)


def test_a_confidence_interval_holds_the_truth_about_as_often_as_it_says():
    """Of 60 short runs with different seeds at least 51 of their 95 % intervals hold the exact mean."""
    kind = Flows(per_hour=450, size_mb=Exponential(10.0), cap_mbps=10.0)
    runs = [share_link([kind], hours=4, seed=seed).mean_mbps for seed in range(60)]
    assert sum(run.low <= 10.0 <= run.high for run in runs) >= 51
