"""The commands as a user types them: what they say, where they say it, and with which exit code."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from remoteready.cli import run
from tests.fleet.reports import Reports

AGENT = "agent.00001@example.com"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A folder of reports and a roster."""
    (tmp_path / "in").mkdir()
    made = Reports(agents=6, days=4)
    for one in made:
        one.lay(tmp_path / "in")
    (tmp_path / "people.csv").write_text(made.roster())
    return tmp_path


def ask(fleet: Path, *words: str, key: bool = True) -> int:
    options = ["--store", str(fleet / "fleet.db"), *(["--key", str(fleet / "settings" / "fleet.key")] if key else [])]
    return run(["fleet", words[0], *options, *words[1:]])


def test_from_a_folder_to_an_erasure(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, people = str(fleet / "in"), str(fleet / "people.csv")
    assert ask(fleet, "import", folder) == 0
    out, err = capsys.readouterr()
    assert out.startswith("22 new reports taken in")
    assert "Keep a copy in a safe place" in err
    assert ask(fleet, "import", folder, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"new": 0, "known": 22, "not_taken_in": [], "to_be_looked_at": []}
    assert ask(fleet, "roster", people) == 0
    assert "6 people on the roster" in capsys.readouterr().out
    assert ask(fleet, "reveal", "--roster", people, "--format", "csv") == 0
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 7
    (named,) = (row.split(",")[0] for row in rows if row.endswith(AGENT))
    assert ask(fleet, "export", "--agent", AGENT.upper()) == 0
    assert json.loads(capsys.readouterr().out)["agent"] == named
    assert ask(fleet, "erase", named.lower()) == 0
    assert "every byte was searched" in capsys.readouterr().out
    assert ask(fleet, "export", "--agent", AGENT) == 2
    assert "nobody of this name" in capsys.readouterr().err
    assert ask(fleet, "import", folder) == 0
    assert "from before its agent was erased" in capsys.readouterr().out.replace("\n    ", " ")
    assert ask(fleet, "purge", "--facts-days", "0", "--findings-days", "0", key=False) == 0
    assert ask(fleet, "log", "--format", "json", key=False) == 0
    acts = [row["what"].split()[0] for row in json.loads(capsys.readouterr().out.partition("\n")[2])]
    assert acts == ["roster", "revealed", "exported", "erased", "purged:"]


def test_alerts_are_said_once(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask(fleet, "import", str(fleet / "in"))
    capsys.readouterr()
    words = ("alerts", "--silent-after", "1", "--format", "json")
    assert ask(fleet, *words, key=False) == 1
    assert len(json.loads(capsys.readouterr().out)["alerts"]) == 6
    assert ask(fleet, *words, key=False) == 0
    assert json.loads(capsys.readouterr().out)["alerts"] == []
    assert ask(fleet, "alerts", "--webhook", "http://example.com/", key=False) == 2


def test_what_a_spreadsheet_takes_for_a_formula_stays_text(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = fleet / "people.csv"
    people.write_text(people.read_text().replace("lyon", "=HYPERLINK(1)").replace("porto", "\x1b[2Jporto"))
    ask(fleet, "import", str(fleet / "in"))
    ask(fleet, "roster", str(people))
    capsys.readouterr()
    ask(fleet, "alerts", "--silent-after", "1", "--format", "csv", key=False)
    rows = capsys.readouterr().out.splitlines()
    assert {row.split(",")[2] for row in rows[1:]} >= {"'=HYPERLINK(1)"}
    assert all(row.isprintable() for row in rows)


def test_nothing_to_take_in_is_an_error_and_one_good_report_is_none(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = fleet / "bad\x1b[2J.json"
    bad.write_text("{}")
    assert ask(fleet, "import", str(bad)) == 2
    out = capsys.readouterr().out
    assert "no report of" in out
    assert "\x1b[2J" not in out
    assert ask(fleet, "import", str(bad), str(fleet / "in")) == 0


def test_whoever_reports_from_two_workstations_is_shown(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = next(iter(Reports(agents=6, days=4)))
    other = fleet / "other.json"
    other.write_text(first.text.replace(first.host, "f" * 20).replace(first.id, first.id[:-4] + "0000"))
    assert ask(fleet, "conflicts", "--format", "csv", key=False) == 2
    assert ask(fleet, "import", str(fleet / "in"), str(other)) == 0
    assert "1 agent reports from more than one workstation" in capsys.readouterr().out
    assert ask(fleet, "conflicts", key=False) == 0
    assert "is one of them somebody else?" in capsys.readouterr().out
    assert ask(fleet, "conflicts", "--format", "csv", key=False) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


@pytest.mark.parametrize(
    "words",
    [("alerts",), ("log",), ("purge",), ("erase", "jane"), ("export", "--agent", "jane"), ("reveal", "--roster", "no")],
)
def test_a_store_that_is_not_there_is_one_clear_line_and_is_not_made(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fleet", words[0], "--store", str(tmp_path / "fleet.db"), *words[1:]]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_the_same_pseudonyms_need_the_same_key(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask(fleet, "import", str(fleet / "in"))
    (fleet / "settings" / "fleet.key").unlink()
    assert ask(fleet, "import", str(fleet / "in")) == 2
    assert "is not there; name its file with --key" in capsys.readouterr().err


def test_without_the_extra_the_install_line_is_said_and_no_store_is_made(fleet: Path) -> None:
    words = ["fleet", "import", str(fleet / "in"), "--store", str(fleet / "fleet.db")]
    program = f"import sys; sys.modules['zstandard'] = None; from remoteready.cli import run; sys.exit(run({words}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'remoteready[fleet]'" in done.stderr
    assert not (fleet / "fleet.db").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal for one process")
def test_a_watch_takes_in_what_comes_and_ends_with_ctrl_c(fleet: Path) -> None:
    words = ["fleet", "import", "--watch", "--json", "--store", str(fleet / "fleet.db"), "--key", str(fleet / "key")]
    command = [sys.executable, "-m", "remoteready", *words, str(fleet / "in")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stdout
        assert json.loads(watching.stdout.readline())["new"] == 22
        next(iter(Reports(agents=1, days=1, seed=9))).lay(fleet / "in")
        assert json.loads(watching.stdout.readline())["new"] == 1
        watching.send_signal(signal.SIGINT)
        _, err = watching.communicate(timeout=30)
        assert watching.returncode == 130
        assert "Traceback" not in err
