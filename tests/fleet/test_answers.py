"""How answers look: hostile text, every format, charts, and the commands as a person types them."""

import csv
import json
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from remoteready import cli, files
from remoteready.check import profile
from remoteready.fleet import advice, privacy
from remoteready.fleet.answers import Scope
from remoteready.fleet.store import Store
from remoteready.report import console, fleet_charts
from remoteready.report.fleet_looks import look
from tests.fleet.asked import ADVICE, KEY, answers, fill, looks, paper
from tests.fleet.asked import fleet as asked_fleet
from tests.fleet.reports import PROFILES, Reports
from tests.test_cli import run

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    '=HYPERLINK("http://x.example")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\x1b[2J\x1b]0;owned\x07",
    "evil\u202egnp.exe\u2066",
    "two\nlines",
    "[bold red]markup[/]",
    "{{ 7 * 7 }}",
    "x" * 5000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_never_shown_raw(text: str, tmp_path: Path) -> None:
    """Written past every check into the store itself: sites, teams, providers, rules and measured values."""
    with fill(tmp_path / "fleet.db", Reports(agents=9, days=12)) as store:
        with store.transaction() as connection:
            for sql in (
                "UPDATE agent SET site = ?, team = ?1, isp = ?1",
                "UPDATE rollup_day SET site = ?",
                "UPDATE rollup SET site = ?",
                "UPDATE finding SET rule = ?, actual = ?1 WHERE rule = 'wired-network'",
                "UPDATE since SET rule = ? WHERE rule = 'wired-network'",
                "UPDATE rollup SET rule = ? WHERE rule = 'wired-network'",
                "UPDATE policy_rule SET title = ?, unit = ?1",
            ):
                connection.execute(sql, (text,))
        for question, answer in answers(store, Scope()).items():
            for ending, shown in looks(question, answer).items():
                harmless(shown, ending, question)


def harmless(shown: str, ending: str, question: str) -> None:
    if ending == "json":
        assert json.loads(shown)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", shown)
        return
    assert not files.UNSAFE.search(shown.replace("\n", ""))
    assert "x" * 201 not in shown
    if ending == "html":
        assert "<script" not in shown
        assert "<img" not in shown
        assert ">49<" not in shown
    if ending == "csv":
        for row in csv.reader(StringIO(shown)):
            assert not any(cell[:1] in ("=", "+", "-", "@", "\t", "\r") for cell in row), question


FORMATS = ("console", "json", "csv", "html")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of reports up to yesterday, so that commands, which ask about now, find them recent."""
    made = tmp_path_factory.mktemp("fleet")
    reports = Reports(agents=12, days=10, presence=1, last_day=datetime.now(UTC).date() - timedelta(days=1))
    (made / "fleet.key").write_text(KEY.hex(), encoding="ascii")
    (made / "fleet.key").chmod(0o600)
    with fill(made / "fleet.db", reports, reports.roster(), datetime.now(UTC)) as store:
        privacy.key_of(store, made / "fleet.key", create=True)
    return made


def fleet(folder: Path, *arguments: str) -> tuple[int, str]:
    """The exit code of a command, and the file that it wrote."""
    file = folder / "answer"
    file.unlink(missing_ok=True)
    code = cli.run(["fleet", *arguments, "--store", str(folder / "fleet.db"), "-o", str(file)])
    return code, file.read_text(encoding="utf-8") if file.exists() else ""


DAY = (datetime.now(UTC).date() - timedelta(days=4)).isoformat()
COMMANDS = [
    ("status",),
    ("why", "--site", "lyon"),
    ("trend", "--rule", "security-updates"),
    ("diff", DAY, "today"),
    ("uplinks", "--team", "sales"),
    ("agent", "agent.00003@example.com"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_question_has_one_exit_code_in_every_format(command: tuple[str, ...], folder: Path) -> None:
    key = ("--key", str(folder / "fleet.key")) if command[0] == "agent" else ()
    done = {name: fleet(folder, *command, *key, "--format", name) for name in FORMATS}
    document = json.loads(done["json"][1])
    wanted = {"ready": 0, "not_ready": 1, "undetermined": 3}[document.get("verdict", "ready")]
    assert {code for code, _ in done.values()} == {wanted}
    assert done["html"][1].startswith("<!DOCTYPE html>")
    assert len(list(csv.reader(StringIO(done["csv"][1])))) > 1
    assert "agent.00003" not in "".join(text for _, text in done.values())


@pytest.mark.parametrize("question", ["status", "why", "agent", "diff", "trend"])
def test_an_answer_longer_than_the_terminal_ends_with_its_headline(question: str) -> None:
    answer = answers(asked_fleet(), Scope())[question]
    low, high = (
        Console(file=console.Paper("utf-8"), width=80, height=height, force_terminal=True, color_system=None)
        for height in (10, 500)
    )
    last = look(question, answer, "console", console=low).splitlines()[-1]
    headline = last.removesuffix(": the rest stands above")
    assert headline != last
    assert headline in look(question, answer, "console", console=high).splitlines()[1]


def test_the_program_itself_answers(folder: Path) -> None:
    done = run("fleet", "status", cwd=folder)
    code, text = fleet(folder, "status")
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.splitlines()[1:-1] == text.splitlines()[1:-1]


def test_an_agent_is_found_by_id_with_the_key_and_by_pseudonym_without(folder: Path) -> None:
    who = "agent.00003@example.com"
    by_id = fleet(folder, "agent", who.upper(), "--key", str(folder / "fleet.key"), "--format", "csv")
    by_pseudonym = fleet(folder, "agent", privacy.pseudonym(KEY, who).lower(), "--format", "csv")
    assert by_id == by_pseudonym
    assert by_id[1]


def test_tonights_shift_is_answered_by_name_and_noted_in_the_log(folder: Path) -> None:
    shift = folder / "tonight.csv"
    shift.write_text("agent\nagent.00001@example.com\nagent.00002@example.com\nnew@example.com\n", encoding="utf-8")
    by_name = "--people", str(shift), "--key", str(folder / "fleet.key")
    found = json.loads(fleet(folder, "status", *by_name, "--format", "json")[1])
    assert found["counts"]["people"] == 3
    assert "new@example.com" in [one["person"]["name"] for one in found["listed"]]
    assert "new@example.com" in fleet(folder, "status", *by_name)[1]
    with Store.open(folder / "fleet.db") as store:
        assert store.value("SELECT what FROM audit_log ORDER BY lid DESC") == "asked about 3 people by their names"


def test_a_narrower_list_does_not_change_the_exit_code(folder: Path) -> None:
    codes = {
        fleet(folder, "status", *more)[0]
        for more in ((), ("--limit", "1"), ("--rule", "camera"), ("--until", "2020-01-01"), ("--since", "today"))
    }
    assert len(codes) == 1


@pytest.mark.parametrize(
    "command",
    [
        ("status", "--until", "9999-12-31"),
        ("why", "--since", "0001-01-01", "--until", "9999-12-31"),
        ("trend", "--until", "0001-01-01"),
        ("trend", "--since", "0001-01-01", "--until", "9999-12-31"),
        ("diff", "0001-01-01", "9999-12-31"),
        ("uplinks", "--until", "9999-12-31", "--since", "0001-01-01"),
    ],
    ids=" ".join,
)
def test_any_day_can_be_asked_about(command: tuple[str, ...], folder: Path) -> None:
    for format in FORMATS:
        code, text = fleet(folder, *command, "--format", format)
        assert code in (0, 1, 3)
        assert text


REFUSED = {
    "no day": (("trend", "--since", "monday"), "2026-11-22, yesterday or today"),
    "no such site": (("why", "--site", "paris"), "there are: "),
    "no such rule": (("status", "--rule", "nothing"), "there are: "),
    "no such profile": (("why", "-p", "nothing"), "no profile is called so"),
    "days the wrong way round": (("trend", "--since", "2026-11-02", "--until", "2026-11-01"), "lies after"),
    "a limit below nothing": (("status", "--limit", "-1"), "--limit"),
    "never too old": (("status", "--stale-after", "0"), "--stale-after"),
    "nobody of that name": (("agent", "AAAAAAAAAAAAAAAAAAAA"), "key"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_use_is_one_line_with_the_remedy(
    case: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, said = REFUSED[case]
    key = ("--key", str(tmp_path / "no.key")) if arguments[0] == "agent" else ()
    assert fleet(folder, *arguments, *key) == (2, "")
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1


@pytest.mark.parametrize("command", ["status", "why", "trend", "uplinks"])
def test_an_empty_store_says_how_to_fill_it(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fleet(tmp_path, command) == (2, "")
    fill(tmp_path / "fleet.db", ()).close()
    assert fleet(tmp_path, command) == (2, "")
    none, empty = capsys.readouterr().err.splitlines()
    assert "remoteready fleet import FOLDER" in none
    assert "remoteready fleet import FOLDER" in empty


def test_advice_is_the_profiles_and_names_systems_only_where_it_differs() -> None:
    rules = {rule.id: rule for name in ("home-agent", "calabrio-smart-desktop") for rule in profile.load(name).rules}
    for id, rule in rules.items():
        by_system = {system: remedy.agent["en"] for system in profile.SYSTEMS if (remedy := rule.remedy(system))}
        for system, told in by_system.items():
            assert ADVICE.agent(id, system) == told
        alike = len(set(by_system.values())) == 1
        assert (ADVICE.agent(id) == next(iter(by_system.values()))) is alike
        assert alike or all(f"{told}" in ADVICE.agent(id) for told in by_system.values())
    assert ADVICE.agent("nobody-has-this", "linux") == ADVICE.it("nobody-has-this") == ""
    assert ADVICE.title("nobody\x1b[2J") == "nobody [2J"


def test_the_profiles_that_reports_were_judged_by_speak_before_all_others() -> None:
    """Others that are shipped have rules of the same name and say other things about them."""
    found = advice.load((), asked_fleet())
    for name in PROFILES:
        for rule in profile.load(name).rules:
            for id in (rule.id, f"{name}/{rule.id}"):
                assert found.title(id) == rule.title["en"]
                remedy = rule.remedy("windows")
                assert found.agent(id, "windows") == (remedy.agent["en"] if remedy else "")


def test_a_profile_of_ones_own_speaks_first(tmp_path: Path) -> None:
    own = files.shipped() / "home-agent.yaml"
    text = own.read_text(encoding="utf-8").replace("Plug the power supply in.", "Ask Ada for a power supply.")
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    assert advice.load([str(tmp_path / "own.yaml")]).agent("mains-power") == "Ask Ada for a power supply."


shares = st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=90)


@given(shares, st.sampled_from(["utf-8", "ascii"]))
def test_a_sparkline_has_a_mark_for_every_day(found: list[float | None], encoding: str) -> None:
    scale = fleet_charts.top(found)
    drawn = fleet_charts.sparkline(found, scale, paper(80, encoding))
    assert len(drawn) == len(found)
    assert drawn.isascii() == (encoding == "ascii") or all(share is None for share in found)
    assert all(share is None or share <= scale for share in found)


@given(shares, st.integers(40, 110), st.sampled_from(["utf-8", "ascii"]))
def test_columns_fit_the_terminal_and_rise_with_the_share(found: list[float | None], width: int, encoding: str) -> None:
    console = paper(width, encoding)
    lines = fleet_charts.columns(found, "2026-10-24", "2026-11-20", "red", console).plain.splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) == 8 + 2
    latest = [share for share in found[-1:] if share is not None]
    if latest and latest[0] == fleet_charts.top(found):
        assert lines[0].rstrip()[-1] in "█#"


@given(st.floats(0, 1), st.integers(1, 100), st.sampled_from(["utf-8", "ascii"]))
def test_a_bar_stays_in_its_room_and_shows_what_is_not_nothing(share: float, room: int, encoding: str) -> None:
    drawn = fleet_charts.bar(share, room, paper(80, encoding))
    assert len(drawn) <= room
    assert bool(drawn) == (share > 0)


@given(shares)
def test_a_line_has_a_point_for_every_day_that_is_known(found: list[float | None]) -> None:
    points = " ".join(fleet_charts.line(found, 1, 100, 20)).split()
    assert len(points) == sum(share is not None for share in found)
    for point in points:
        x, y = map(float, point.split(","))
        assert 0 <= x <= 100
        assert 0 <= y <= 20
