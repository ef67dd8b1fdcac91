"""The file itself: new, old, newer, foreign, in use."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from remoteready.exits import UnusableInput, UnusableOutput
from remoteready.fleet import store as stores
from remoteready.fleet.store import MIGRATIONS, Store, backup_of
from tests.fleet.state import Small, keep, known, shelf


def later(folder: Path, text: str) -> list[Path]:
    """The migrations with one more."""
    extra = folder / "9999.sql"
    extra.write_text(text)
    return [*MIGRATIONS, extra]


def test_an_older_store_is_upgraded_in_place_after_a_copy(tmp_path: Path) -> None:
    kept = shelf(tmp_path)
    keep(kept, [Small(1), Small(2, day=1, wired="fail")])
    before = known(kept.store)
    kept.store.close()
    more = later(tmp_path, "-- one; more\nCREATE TABLE extra(a TEXT DEFAULT 'x;y');\nINSERT INTO extra VALUES ('b');\n")
    with Store.open(tmp_path / "fleet.db", migrations=more) as upgraded:
        assert upgraded.rows("SELECT a FROM extra") == [("b",)]
        assert known(upgraded) == before
    copy = backup_of(tmp_path / "fleet.db", len(MIGRATIONS))
    with Store.open(copy) as old:
        assert known(old) == before
    if os.name != "nt":
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_an_upgrade_that_fails_leaves_the_old_store(tmp_path: Path) -> None:
    kept = shelf(tmp_path)
    keep(kept, [Small(1)])
    kept.store.close()
    wrong = later(tmp_path, "CREATE TABLE extra(a);\nCREATE TABLE report(a);\n")
    with pytest.raises(UnusableOutput, match="already exists"):
        Store.open(tmp_path / "fleet.db", migrations=wrong)
    with Store.open(tmp_path / "fleet.db") as same:
        assert not same.rows("SELECT 1 FROM sqlite_schema WHERE name = 'extra'")
        assert len(known(same)["report"]) == 1


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    shelf(tmp_path).store.close()
    with closing(sqlite3.connect(tmp_path / "fleet.db")) as raw:
        raw.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(UnusableInput, match="newer version of remoteready"):
        Store.open(tmp_path / "fleet.db")


def test_what_is_no_store_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    foreign, text = tmp_path / "places.db", tmp_path / "text.db"
    with closing(sqlite3.connect(foreign)) as raw:
        raw.execute("CREATE TABLE places(a)")
    text.write_text("hello" * 200)
    for file in (foreign, text, tmp_path, tmp_path / "nothing.db"):
        before = file.read_bytes() if file.is_file() else b""
        with pytest.raises(UnusableInput) as refused:
            Store.open(file)
        assert str(file) in str(refused.value)
        assert (file.read_bytes() if file.is_file() else b"") == before
    with pytest.raises(UnusableInput, match="no fleet store"):
        Store.open(foreign, create=True)


def test_a_damaged_store_is_one_clear_line(tmp_path: Path) -> None:
    kept = shelf(tmp_path)
    keep(kept, [Small(n, day=n % 9, minute=n) for n in range(200)])
    kept.store.close()
    file = tmp_path / "fleet.db"
    data = bytearray(file.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    file.write_bytes(data)
    with pytest.raises(UnusableInput, match="is damaged"), Store.open(file) as damaged:
        damaged.rows("SELECT * FROM report")


def test_a_store_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UnusableOutput, match="does not exist"):
        Store.open(tmp_path / "no" / "fleet.db", create=True)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_nobody_else_can_read_a_store(tmp_path: Path) -> None:
    kept = shelf(tmp_path)
    keep(kept, [Small(1)])
    for file in stores.files_of(kept.store.path):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    kept.store.close()


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    kept = shelf(tmp_path)
    keep(kept, [Small(1)])
    with Store.open(tmp_path / "fleet.db") as reader, kept.store.transaction() as writing:
        writing.execute("UPDATE latest SET n_fail = 7")
        assert reader.value("SELECT n_fail FROM latest") == 0
    kept.store.close()


@pytest.mark.parametrize(
    ("question", "index"),
    [
        ("SELECT rid FROM report WHERE id = ?", "sqlite_autoindex_report_1"),
        ("SELECT aid FROM latest WHERE verdict <> 'ready' ORDER BY n_fail", "latest_not_ready"),
        ("SELECT aid FROM since WHERE rule = ? AND status = 'fail'", "since_rule"),
        ("SELECT verdict FROM report WHERE aid = ? ORDER BY day DESC, created DESC LIMIT 1", "report_agent"),
        ("SELECT aid, verdict FROM head WHERE day = ?", "report_day"),
        ("SELECT ready FROM rollup_day WHERE day >= ?", "PRIMARY KEY"),
        ("SELECT n FROM rollup WHERE day = ?", "PRIMARY KEY"),
    ],
)
def test_questions_are_answered_from_an_index(question: str, index: str, tmp_path: Path) -> None:
    kept = shelf(tmp_path)
    (plan,) = kept.store.rows(f"EXPLAIN QUERY PLAN {question}", *["x"] * question.count("?"))
    assert index in plan[3]
    kept.store.close()
