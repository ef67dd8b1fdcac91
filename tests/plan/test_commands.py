"""`plan intervals` and `plan calibrate` as commands: options reach what they steer, results reach where they should."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from remoteready.cli import plan_calibrate, plan_intervals, plan_search, plan_size
from remoteready.exits import UnusableInput
from remoteready.plan.scenario import load
from remoteready.plan.sizing import size
from remoteready.report import planning

TABLE = "Date;Time;Calls;AHT\n2/11/2026;10:00;1.234;300\n13/11/2026;10:30;5;300\n"


def run(command: str, *arguments: str) -> Result:
    app = {"intervals": plan_intervals.app, "calibrate": plan_calibrate.app}[command]
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "80"})


@pytest.fixture
def table(tmp_path: Path) -> str:
    (tmp_path / "table.csv").write_text(TABLE)
    return str(tmp_path / "table.csv")


def test_a_table_is_shown_with_the_agents_it_takes(table):
    shown = run("intervals", table, "--decimal", "comma", "--service-level", "0.8", "--shrinkage", "0.3")
    assert shown.exit_code == 0
    assert "busy hour" in shown.stdout
    assert "Agents for 80 % answered within 20 s" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_json_holds_every_interval_and_its_agents(table, tmp_path):
    output = tmp_path / "out.json"
    options = ("--decimal", "point", "--service-level", "0.8", "-f", "json", "-o", str(output))
    assert run("intervals", table, *options).exit_code == 0
    data = json.loads(output.read_text("utf-8"))
    assert data["total"]["calls"] == pytest.approx(6.234)
    assert len(data["staff"]) == len(data["day"]) == 2


@pytest.mark.parametrize(
    "options",
    [
        ("--column", "nosuch=Calls"),
        ("--column", "offered"),
        ("--step", "7"),
        ("--service-level", "1"),
        ("--shrinkage", "1"),
        ("--aht", "-5"),
        ("--aht", "nan"),
        ("--aht", "inf"),
        ("--service-level", "nan"),
        ("--answer-within", "inf"),
        ("--shrinkage", "nan"),
        ("--most-occupancy", "nan"),
        ("--dates", "year-first"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(options, table):
    assert run("intervals", table, *options).exit_code == 2


def test_the_mean_day_is_a_table_too(table):
    made = run("intervals", table, "--decimal", "comma", "--service-level", "0.8", "-f", "csv").stdout
    head, *rows = csv.reader(made.splitlines())
    assert [len(row) for row in rows] == [len(head)] * 2
    assert [row[0] for row in rows] == ["10:00", "10:30"]


def test_the_busy_hour_of_a_table_is_the_share_that_a_scenario_takes(table):
    hourly = json.loads(run("intervals", table, "--decimal", "comma", "-f", "json").stdout)["usual_busy_hour"]
    assert hourly["share"] == 1.0  # a day of one hour
    assert "busy_hour_share: 1.0000" in run("intervals", table, "--decimal", "comma").stdout


def test_what_the_file_leaves_open_is_asked_for(table):
    assert isinstance(run("intervals", table).exception, UnusableInput)


def test_a_calibration_is_shown_to_paste_and_as_data(tmp_path):
    path = tmp_path / "sizes.csv"
    path.write_text("file,size (MB),duration\na,0.48,60\nb,0.96,120\n")
    shown = run("calibrate", str(path), "--kind", "audio")
    assert "audio_mb_per_minute: 0.48\n" in shown.stdout
    data = json.loads(run("calibrate", str(path), "--kind", "screen", "--monitors", "2", "-f", "json").stdout)
    assert data["audio"] is None
    assert data["screen"]["mb_per_minute"] == 0.24


def test_a_table_is_a_page_too(table):
    made = run("intervals", table, "--decimal", "comma", "--service-level", "0.8", "-f", "html").stdout
    assert made.startswith("<!DOCTYPE html>")
    assert "<svg" in made
    assert "10:30" in made


def test_a_plan_as_csv_has_every_figure_and_every_interval():
    made = CliRunner().invoke(plan_size.app, ["by-intervals", "-f", "csv"])
    head, *rows = csv.reader(made.stdout.splitlines())
    assert head == ["of", "figure", "value", "unit", "formula", "computed from", "source"]
    assert {len(row) for row in rows} == {len(head)}
    sizing = size(load("by-intervals"))
    figures = [one for _, ones in planning.explained(sizing) for one in ones]
    assert [row[1] for row in rows[: len(figures)]] == [one.name for one in figures]
    peaks = [float(row[2]) for row in rows if row[1] == "peak Mbps"]
    assert sizing.sites[0].day is not None
    assert peaks == pytest.approx([slot.peak_mbps for slot in sizing.sites[0].day.slots])


GROUP = ("--calls", "40", "--minutes", "6", "--monitors", "2", "--uplink-mbps", "10", "--link-mbps", "100")


def test_fit_takes_a_group_as_options_and_says_how_many_agents_the_link_carries():
    made = CliRunner().invoke(plan_search.app, ["fit", *GROUP, "-f", "json"])
    [found] = json.loads(made.stdout)
    users = found["most users"]
    for agents, code in ((users, 0), (users + 1, 1)):
        assert CliRunner().invoke(plan_size.app, ["--users", str(agents), *GROUP]).exit_code == code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fit"], "give --calls and --minutes, or name a scenario"),
        (["fit", "two-sites", "--users", "5"], "--users: not together with a scenario"),
        (["fit", "--calls", "40", "--minutes", "6"], "name one"),
    ],
)
def test_fit_says_what_is_missing(arguments, words):
    assert words in str(CliRunner().invoke(plan_search.app, arguments).exception)
