"""Formulas against simulation on random scenarios: shares within 0.015, levels within one flow, times within 5 %."""

from math import ceil
from random import Random

import pytest

from remoteready.plan.simulate import Empirical, Exponential, Flows, Lognormal
from remoteready.plan.verify import Agreement, Row, verify, verify_waiting

CAPS = (1.0, 2.0, 4.0, 5.0, 8.0, 10.0, 20.0)


def scenario(seed: int) -> tuple[list[Flows], float]:
    """One to four kinds of uploads, and a link that is 25 to 90 % busy."""
    rng = Random(seed)  # noqa: S311 – scenarios, not secrets
    kinds = []
    for cap in sorted(rng.sample(CAPS, rng.randint(1, 4))):
        mean = rng.uniform(2, 30)
        size = rng.choice(
            (Exponential(mean), Lognormal(mean, rng.uniform(0.4, 1.5)), Empirical((mean / 2, mean * 1.5)))
        )
        in_progress = rng.uniform(2, 8)
        kinds.append(Flows(per_hour=in_progress * cap / 8 / mean * 3600, size_mb=size, cap_mbps=cap))
    load = sum(kind.per_hour * kind.size_mb.mean * 8 / 3600 for kind in kinds)
    # A whole number of the fastest flows: between two of them Erlang C, for uploads of one kind, is an interpolation.
    fastest = max(kind.cap_mbps for kind in kinds)
    return kinds, fastest * max(2, ceil(load / fastest / rng.uniform(0.25, 0.9)))


def named(rows: tuple[Row, ...], part: str) -> list[Row]:
    return [row for row in rows if part in row.quantity]


@pytest.mark.parametrize("seed", range(22))
def test_formulas_and_simulation_agree(seed):
    kinds, link_mbps = scenario(seed)
    rows = verify(kinds, link_mbps, hours=70_000 / sum(kind.per_hour for kind in kinds), seed=seed)
    assert {row.agreement for row in rows} == {Agreement.AGREES}, rows
    one_flow = max(kind.cap_mbps for kind in kinds)
    for row in named(rows, "not exceeded"):
        assert abs(row.formula - row.simulated) <= one_flow, row
    [full] = named(rows, "link is full")
    assert abs(full.formula - full.simulated) <= 0.015, full
    for row in named(rows, "upload at"):
        assert row.formula == pytest.approx(row.simulated, rel=0.05 if full.formula < 0.2 else 0.2), row


def test_a_formula_that_is_wrong_is_found_out():
    [row] = named(verify([Flows(per_hour=3600, size_mb=Exponential(1.0), cap_mbps=4.0)], 12.0, hours=5), "full")
    wrong = Row(row.quantity, row.unit, row.formula + 0.1, row.simulated, row.low, row.high, row.tolerance)
    assert (row.agreement, wrong.agreement) == (Agreement.AGREES, Agreement.DIFFERS)


def test_a_link_that_is_too_small_has_no_answer_rather_than_a_wrong_one():
    kinds = [Flows(per_hour=3600, size_mb=Exponential(2.0), cap_mbps=cap) for cap in (2.0, 4.0)]
    times = named(verify(kinds, 30.0, hours=1), "upload at")
    assert [row.agreement for row in times] == [Agreement.NO_ANSWER] * 2


def test_nothing_to_upload_is_nothing_to_verify():
    assert verify([Flows(per_hour=0, size_mb=Exponential(1.0), cap_mbps=1.0)], 10.0) == ()


@pytest.mark.parametrize(("agents", "load"), [(14, 10.0), (55, 48.0), (110, 100.0)])
def test_erlang_c_and_a_queue_of_callers_agree(agents, load):
    rows = verify_waiting(load * 20, Exponential(180.0), agents, callers=300_000)
    assert {row.agreement for row in rows} == {Agreement.AGREES}, rows


def test_erlang_c_is_told_apart_from_a_queue_whose_calls_are_not_exponential():
    """At 92 % occupancy, calls with a coefficient of variation of 3 wait far longer than Erlang C says."""
    *_, asa = verify_waiting(11 * 20, Lognormal(180.0, 3.0), 12, callers=300_000)
    assert asa.agreement is Agreement.DIFFERS


def test_more_calls_than_agents_can_take_have_no_answer():
    assert [row.agreement for row in verify_waiting(100, Exponential(3600.0), 100)] == [Agreement.NO_ANSWER]
