"""Formulas against simulation on random scenarios: shares within 0.015, levels within one flow, times within 5 %."""

import json
from dataclasses import replace
from decimal import Decimal
from math import inf
from random import Random

import pytest

from remoteready.exits import UnusableInput
from remoteready.plan.agreement import Agreement, Row
from remoteready.plan.scenario import Link, load
from remoteready.plan.sharing import MOST_RATES
from remoteready.plan.sharing import Link as SharedLink
from remoteready.plan.simulate import Empirical, Exponential, Flows, Lognormal
from remoteready.plan.sizing import size
from remoteready.plan.verify import (
    Proof,
    Verification,
    to_json,
    verify,
    verify_scenario,
    verify_waiting,
)
from remoteready.report import verification
from remoteready.workload import Place
from tests.test_golden import paper

CAPS = (1.0, 2.0, 4.0, 5.0, 8.0, 10.0, 20.0)


def scenario(seed: int) -> tuple[list[Flows], float]:
    """One to four kinds of uploads, and a link that is 25 to 80 % busy."""
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
    return kinds, max(load / rng.uniform(0.25, 0.8), 2 * max(kind.cap_mbps for kind in kinds))


def named(rows: tuple[Row, ...], part: str) -> list[Row]:
    return [row for row in rows if part in row.quantity]


@pytest.mark.parametrize("seed", range(22))
def test_formulas_and_simulation_agree(seed):
    kinds, link_mbps = scenario(seed)
    rows = verify(kinds, link_mbps, hours=70_000 / sum(kind.per_hour for kind in kinds), seed=seed)
    assert {row.agreement for row in rows} == {Agreement.AGREES}, rows
    one_flow = max(kind.cap_mbps for kind in kinds)
    for row in named(rows, "of the time at most"):
        assert abs(row.formula - row.simulated) <= one_flow, row
    [full] = named(rows, "slowed")
    assert abs(full.formula - full.simulated) <= 0.015, full
    for row in named(rows, "upload at"):
        assert row.formula == pytest.approx(row.simulated, rel=0.05 if full.formula < 0.2 else 0.2), row


def test_a_formula_that_is_wrong_is_found_out():
    [row] = named(verify([Flows(per_hour=3600, size_mb=Exponential(1.0), cap_mbps=4.0)], 12.0, hours=5), "slowed")
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


def test_the_shipped_scenario_is_verified_as_sizing_makes_it():
    plan = load("home-lines")
    found = verify_scenario(plan, seed=3, uploads=50_000)
    [proof] = found.proofs
    [link] = [site for site in size(plan).sites if site.name == proof.site]
    assert link.standing
    assert link.standing.slowed
    assert found.agreement is Agreement.AGREES
    assert not found.left_out
    assert proof.uploads_per_hour == pytest.approx(300 * 60 / 8)
    assert proof.link_mbps == float(link.standing.free.value)
    assert [row.formula for row in named(proof.rows, "rate, ")] == [level.value for level in link.levels.values()]
    assert [row.formula for row in named(proof.rows, "slowed")] == pytest.approx([link.standing.slowed.value])
    assert [row.formula for row in named(proof.rows, "upload at")] == pytest.approx(
        [float(time.seconds.value) for time in link.upload_times]
    )


def test_every_step_of_a_simulation_is_told():
    told = []

    def watched_by(total):
        told.append(total)
        return lambda batches, uploads: told.append(uploads)

    verify_scenario(load("home-lines"), watched_by=watched_by, uploads=5000)
    total, *steps = told
    assert total == len(steps) == 4 * 21  # uploads on an ample link and on that one, calls, a window
    assert min(steps) > 0


def test_a_scenario_that_crosses_no_link_has_nothing_to_simulate():
    plan = load("two-sites")
    cloud = tuple(replace(group, recording=replace(group.recording, recorder=Place.CLOUD)) for group in plan.groups)
    with pytest.raises(UnusableInput, match="nothing to simulate"):
        verify_scenario(replace(plan, groups=cloud))


def test_more_uploads_than_anybody_waits_for_are_refused():
    plan = load("home-lines")
    many = replace(plan, groups=tuple(replace(group, users=10_000_000) for group in plan.groups))
    with pytest.raises(UnusableInput, match="fewer agents"):
        verify_scenario(many)


@pytest.mark.parametrize("width", [80, 40])
def test_a_row_that_differs_shows_and_one_without_answer_is_null_in_json(width):
    rows = (Row("a rate", "Mbps", 5.0, 9.0, 8.0, 10.0, 1.0), Row("a time", "s", inf, 9.0, -inf, inf, inf))
    found = Verification("any", 1, (Proof("lyon", 100.0, 20.0, rows),), ())
    assert found.agreement is Agreement.DIFFERS
    shown = verification.verification(found, paper(width))
    assert "DIFFERS" in shown
    assert max(map(len, shown.splitlines())) <= width
    data = json.loads(to_json(found), parse_constant=pytest.fail)
    assert (data["verdict"], data["sites"][0]["rows"][1]["formula"]) == ("differs", None)


@pytest.mark.parametrize(("mbps", "answers"), [(150, True), (20, False)])
def test_a_link_below_its_load_has_no_answer_and_one_that_calls_fill_only_the_levels(mbps, answers):
    plan = replace(load("home-lines"), sites={"head-office": Link(capacity_mbps=Decimal(mbps))})
    found = verify_scenario(plan, uploads=20_000)
    assert bool(found.proofs[0].link_mbps) is answers
    assert (Agreement.NO_ANSWER in {row.agreement for row in found.proofs[0].rows}) is answers
    shown = " ".join(verification.verification(found, paper(80)).split())
    assert ("Rows without an answer" in shown) is answers


# --- every way of uploading -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["two-sites", "home-lines", "by-intervals"])
def test_every_shipped_scenario_is_verified_whatever_way_it_uploads(name):
    found = verify_scenario(load(name), seed=2, uploads=30_000)
    assert found.agreement is Agreement.AGREES, found
    assert not found.left_out


def test_live_uploads_of_one_group_are_binomial_and_of_several_a_bound():
    lyon, krakow = verify_scenario(load("two-sites"), seed=5).proofs
    assert not any(row.bound for row in lyon.rows)
    for row in lyon.rows:
        assert row.formula == pytest.approx(row.simulated, abs=row.tolerance + row.high - row.simulated)
    assert all(row.bound and row.formula >= row.low - row.tolerance for row in krakow.rows)


def test_a_bound_may_be_higher_and_must_not_be_lower():
    row = Row("live", "Mbps", 20.0, 10.0, 9.0, 11.0, 1.0, bound=True)
    assert row.agreement is Agreement.AGREES
    assert replace(row, formula=7.9).agreement is Agreement.DIFFERS
    assert replace(row, bound=False).agreement is Agreement.DIFFERS


def test_throttled_uploads_and_windows_are_those_of_the_plan():
    plan = load("home-lines")
    service, claims = plan.groups
    throttled = replace(service, upload=replace(service.upload, throttle_kbps=Decimal(1000)))
    [proof] = verify_scenario(replace(plan, groups=(throttled, claims)), seed=1, uploads=30_000).proofs
    assert len({row.quantity for row in named(proof.rows, "mean upload at 1 Mbps")}) == 1
    [day] = named(proof.rows, "mean upload of a day")
    [window] = named(proof.rows, "uploaded in a window")
    part = size(plan).groups[1]
    [line] = part.lines
    assert line.finish is not None
    assert day.formula == pytest.approx(float(line.finish.value) * 3600)
    assert window.formula == pytest.approx(float(part.home_mb.value * part.expansion.value) / 1000)


def test_very_many_rates_of_a_batch_become_few_and_none_crosses_the_link():
    link = SharedLink(50.0, [1.0, 1.7])
    rates = {1000 * place: 0.1 for place in range(20, 100_000)}
    link.batch.demand_s.update(rates)
    seen = link.cut()
    assert len(seen.demand_s) <= MOST_RATES + 2
    assert seen.length_s == pytest.approx(sum(rates.values()))
    above = sum(seconds for mbps, seconds in seen.rates_s().items() if mbps > 50)
    assert above == pytest.approx(sum(seconds for bps, seconds in rates.items() if bps > 50_000_000))
    moved = sum(mbps * seconds for mbps, seconds in seen.rates_s().items()) / seen.length_s
    assert moved == pytest.approx(50.0, abs=0.05)
