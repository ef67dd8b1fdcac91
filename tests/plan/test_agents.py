"""`plan agents`: what published examples say, and one clear line where numbers contradict themselves."""

import csv
import json

import pytest
from typer.testing import CliRunner, Result

from remoteready.cli import plan_agents
from remoteready.exits import UnusableInput
from remoteready.plan.agents import Ask, answers


def values(**given: float) -> dict[str, float]:
    fields = {"minutes": 60.0, "service_level": 0.8, "answer_within_s": 20.0}
    return {one.quantity: one.value for one in answers(Ask(**fields | given))}  # type: ignore[arg-type]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(plan_agents.app, arguments, env={"COLUMNS": "80"})


def test_360_calls_of_four_minutes_in_half_an_hour_take_54_agents():
    # the example of the Erlang C calculators: 48 erlangs, 80 % in 20 s; 14 agents at 10 erlangs, 20 with shrinkage
    found = values(calls=360, minutes=30, aht_s=240)
    assert (found["offered load"], found["agents on calls"]) == (48, 54)
    found = values(calls=200, aht_s=180, shrinkage=0.3)
    assert (found["agents on calls"], found["agents to schedule"]) == (14, 20)
    assert found["answered within 20 s ÷ offered"] == pytest.approx(0.888350, abs=1e-6)
    assert found["callers who wait"] == pytest.approx(0.174132, abs=1e-6)


def test_callers_who_give_up_leave_the_queue_to_the_others():
    # Garnett, Mandelbaum and Reiman: 48 calls a minute of 1 min, patience 2 min; with 50 agents 3.1 % give up
    patient, gone = values(calls=2880, aht_s=60), values(calls=2880, aht_s=60, patience_s=120)
    assert gone["agents on calls"] < patient["agents on calls"]
    assert gone["answered within 20 s ÷ offered"] >= 0.8
    strict = values(calls=2880, aht_s=60, patience_s=120, service_level=0.943)
    assert strict["agents on calls"] == 50
    assert strict["callers who give up"] == pytest.approx(0.030912, abs=1e-6)
    assert strict["average wait of all callers"] == pytest.approx(3.709, abs=1e-3)


def test_trunks_are_those_of_the_tables_and_few_sources_need_fewer():
    # Erlang B tables: 4.461 erlangs on 10 lines at 1 %
    assert values(calls=100, aht_s=160.5, blocking=0.01)["trunks"] == 10
    assert values(calls=100, aht_s=160.7, blocking=0.01)["trunks"] == 11
    few = values(calls=100, aht_s=160.7, blocking=0.01, sources=12)
    assert few["trunks"] < 11
    assert few["calls that find them busy"] <= 0.01


def test_an_average_speed_of_answer_may_be_the_target():
    found = values(calls=200, aht_s=180, asa_s=5)
    assert found["average speed of answer"] <= 5
    assert found["agents on calls"] == 15


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"asa_s": 5, "patience_s": 60}, "drop one"),
        ({"patience_s": 60, "most_occupancy": 0.8}, "not with --patience"),
        ({"sources": 2, "blocking": 0.1}, "2 who may call cannot offer 5 erlangs"),
        ({"service_level": 1.0}, "between 0 and 1"),
        ({"service_level": float("nan")}, "a number from 0 on"),
        ({"shrinkage": 1.0}, "below 1"),
        ({"blocking": 0.0}, "no number of lines"),
        ({"asa_s": 0.0}, "no number of agents"),
    ],
)
def test_what_no_number_of_agents_reaches_is_refused(given, words):
    with pytest.raises(UnusableInput, match=words):
        values(**{"calls": 100, "aht_s": 180, **given})


def test_the_command_shows_per_cent_to_people_and_shares_with_formulas_to_machines():
    shown = run("--calls", "360", "--minutes", "30", "--aht", "240")
    assert shown.exit_code == 0
    assert "81.7 %" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80
    data = json.loads(run("--calls", "360", "--minutes", "30", "--aht", "240", "-f", "json").stdout)
    assert data[2]["value"] == pytest.approx(0.81725, abs=1e-5)
    assert data[1]["formula"]
    rows = list(csv.reader(run("--calls", "360", "--minutes", "30", "--aht", "240", "-f", "csv").stdout.splitlines()))
    assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize("wrong", [("--calls", "0"), ("--calls", "nan"), ("--aht", "-1"), ("--minutes", "inf")])
def test_numbers_that_there_are_not_are_refused(wrong):
    given = {"--calls": "10", "--aht": "100", **dict([wrong])}
    assert run(*(text for pair in given.items() for text in pair)).exit_code == 2
