"""Pseudonyms, the roster, retention, erasure and what one person may see."""

import hashlib
import hmac
import json
import os
import stat
from base64 import b32encode
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from remoteready.exits import UnusableInput, UnusableOutput
from remoteready.fleet import privacy, retention, roster
from remoteready.fleet.keeping import Fate, Shelf
from remoteready.fleet.privacy import pseudonym
from remoteready.fleet.store import Store, backup_of, files_of
from tests.fleet.reports import Reports
from tests.fleet.state import KEY, NOW, Small, keep, known, shelf

ANN, BOB = pseudonym(KEY, "ann"), pseudonym(KEY, "bob")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Shelf]:
    made = shelf(tmp_path / "store")
    yield made
    made.store.close()


def written(folder: Path, text: str) -> Path:
    file = folder / "people.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_pseudonym_is_the_keyed_hash_of_the_name_in_lower_case() -> None:
    """HMAC-SHA-256, RFC 2104 and FIPS 180-4; base 32, RFC 4648; the first 20 of its characters."""
    by_hand = b32encode(hmac.digest(KEY, b"jane.doe@example.com", hashlib.sha256)).decode()[:20]
    assert pseudonym(KEY, " Jane.Doe@Example.com ") == by_hand
    assert privacy.is_pseudonym(by_hand.lower())
    assert pseudonym(KEY, "zo\u00eb") == pseudonym(KEY, "Zoe\u0308")
    assert pseudonym(KEY, "jane") != pseudonym(bytes(32), "jane")


def test_a_key_is_made_once_for_its_owner_alone_and_outside_the_store(tmp_path: Path) -> None:
    file = tmp_path / "settings" / "fleet.key"
    with Store.open(tmp_path / "fleet.db", create=True) as store:
        with pytest.raises(UnusableInput, match="--key"):
            privacy.key_of(store, file)
        key = privacy.key_of(store, file, create=True)
        assert privacy.key_of(store, file, create=True) == privacy.key_of(store, file) == key
        if os.name != "nt":
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert privacy.private(file)
        file.write_text("00" * 32)
        with pytest.raises(UnusableInput, match="not the key of"):
            privacy.key_of(store, file, create=True)
        file.write_text("00")
        with pytest.raises(UnusableInput, match="holds no fleet key"):
            privacy.key_of(store, file)
        file.unlink()
        with pytest.raises(UnusableInput, match="is not there"):
            privacy.key_of(store, file, create=True)
        stored = b"".join(one.read_bytes() for one in files_of(store.path))
    assert key not in stored
    assert key.hex().encode() not in stored


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_roster_is_read_as_spreadsheets_write_it(separator: str, tmp_path: Path) -> None:
    lines = ["\ufeffAgent,Site,Phone,ISP", 'jane,"Lyon, Part-Dieu",1,dsl', "", "joe,porto,2,"]
    text = "\r\n".join(lines).replace(",", separator).replace(f"Lyon{separator}", "Lyon,")
    read = roster.read(written(tmp_path, text))
    assert read.people == {"jane": roster.Place("Lyon, Part-Dieu", "", "dsl"), "joe": roster.Place("porto")}
    assert read.unused == ("phone",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1: no column is called agent"),
        ("name,site\njane,lyon\n", "line 1: no column is called agent"),
        ("agent,site\n", "names nobody"),
        ("agent,site\n,lyon\n", "line 2: no agent"),
        ("agent,site\njane,lyon\nJANE,porto\n", "line 3: JANE stands in line 2 already"),
        ("agent,site,site\njane,a,b\n", "line 1: the column site stands twice"),
        ("agent,site\n\x1b[2J,lyon\n", "line 2: '\\x1b[2J'"),
    ],
)
def test_a_roster_that_cannot_be_used_names_the_line(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(UnusableInput) as refused:
        roster.read(written(tmp_path, text))
    assert problem in str(refused.value)
    assert str(refused.value).isprintable()


def test_a_roster_places_people_counts_them_anew_and_is_kept_without_names(tmp_path: Path, kept: Shelf) -> None:
    keep(kept, [Small(1), Small(2, agent="bob", host="bbbb", wired="fail")])
    first = roster.read(written(tmp_path, "agent,site,team\nAnn,lyon,sales\nsomebody.else,lyon,sales\n"))
    assert roster.apply(kept.store, KEY, first) == roster.Applied(people=2, new=1, moved=1, left=0)
    assert known(kept.store)["rollup_day"] == [
        ("2026-11-10", "", "", 0, 1, 0),
        ("2026-11-10", "lyon", "sales", 1, 0, 0),
    ]
    second = roster.read(written(tmp_path, "agent,site,team\nann,porto,sales\nbob,porto,sales\n"))
    assert roster.apply(kept.store, KEY, second) == roster.Applied(people=2, new=0, moved=2, left=1)
    assert known(kept.store)["rollup_day"] == [("2026-11-10", "porto", "sales", 1, 1, 0)]
    assert {row[0] for row in known(kept.store)["agent"]} == {ANN, BOB}
    stored = b"".join(file.read_bytes() for file in files_of(kept.store.path)).lower()
    assert b"somebody.else" not in stored


def test_revealing_takes_the_key_and_the_roster_and_is_logged(kept: Shelf) -> None:
    keep(kept, [Small(1), Small(2, agent="bob", host="bbbb")])
    people = roster.Roster({"Ann": roster.Place(), "cyd": roster.Place()}, ())
    assert roster.reveal(kept.store, KEY, people, [ANN.lower(), BOB]) == {ANN: "Ann"}
    assert roster.reveal(kept.store, KEY, people, []) == {ANN: "Ann"}
    assert roster.reveal(kept.store, bytes(32), people, []) == {}
    with pytest.raises(UnusableInput, match="no pseudonym"):
        roster.reveal(kept.store, KEY, people, ["ann"])
    acts = [(what, subject) for _, _, what, subject in retention.log(kept.store)]
    assert acts[:3] == [
        ("revealed who it is", ANN),
        ("tried to reveal who it is", BOB),
        ("revealed who all 2 are", None),
    ]


def test_each_kind_is_kept_for_its_own_time(kept: Shelf) -> None:
    keep(kept, [Small(n, day=n, wired="fail", upload_mbps=5.0, monitors=1) for n in range(4)])
    done = retention.purge(kept.store, retention.Kept.of(datetime(2026, 11, 14, tzinfo=UTC).date(), 1, 2, 3))
    assert done == retention.Purged(facts=3, reports=2, days=1)
    told = known(kept.store)
    assert [row[4] for row in told["report"]] == ["2026-11-12", "2026-11-13"]
    assert len(told["facts"]) == 1
    assert [row[0] for row in told["rollup_day"]] == ["2026-11-11", "2026-11-12", "2026-11-13"]
    assert told["since"][0][4] == "2026-11-12"
    assert told["agent_host"][0][4] == 2
    retention.purge(kept.store, retention.Kept.of(datetime(2026, 12, 24, tzinfo=UTC).date(), 0, 0, 0))
    assert {name for name, rows in known(kept.store).items() if rows} == set()


def test_a_purge_gives_the_space_back(kept: Shelf) -> None:
    keep(kept, [Small(n, agent=f"agent {n}", wired="fail") for n in range(600)], batch=200)
    kept.store.value("PRAGMA wal_checkpoint(TRUNCATE)")
    before = kept.store.path.stat().st_size
    retention.purge(kept.store, retention.Kept.of(NOW.date(), 0, 0, 0))
    assert kept.store.path.stat().st_size < before / 2


def test_a_purge_never_brings_an_earlier_day_back(kept: Shelf) -> None:
    for days in (0, 90):
        retention.purge(kept.store, retention.Kept.of(NOW.date(), days, days, days))
    assert keep(kept, [Small(1)]) == [Fate.TOO_OLD]


def test_findings_do_not_outlive_the_reports_they_belong_to() -> None:
    with pytest.raises(UnusableInput, match="belong"):
        retention.Kept.of(NOW.date(), 30, 20, 400)


def traces(kept: Shelf, name: str) -> list[bytes]:
    """All by which somebody would look for an agent in the bytes of a store."""
    found = [name.encode(), pseudonym(KEY, name).encode()]
    for id, digest in kept.store.rows(
        "SELECT id, digest FROM report JOIN agent USING (aid) WHERE pseudonym = ?", pseudonym(KEY, name)
    ):
        found += [id, digest, str(UUID(bytes=id)).encode()]
    return found


@pytest.mark.parametrize("agents", [4, 60])
def test_an_erased_agent_is_in_no_byte_of_the_store(agents: int, kept: Shelf) -> None:
    from remoteready.fleet.reading import read

    made = list(Reports(agents=agents, days=12))
    for n in range(0, len(made), 100):
        kept.put([read(one.data, NOW) for one in made[n : n + 100]])
    victim = made[3].agent
    host = pseudonym(KEY, made[3].host).encode()
    wanted = [*traces(kept, victim), host]
    assert any(retention.holds(file, wanted) for file in files_of(kept.store.path))
    done = retention.erase(kept.store, KEY, pseudonym(KEY, victim), NOW)
    assert done.reports == sum(one.agent == victim for one in made)
    assert not done.left_in
    for file in files_of(kept.store.path):
        data = file.read_bytes()
        assert not [trace for trace in wanted if trace in data], file.name
    assert kept.put([read(one.data, NOW) for one in made if one.agent == victim]) == [Fate.ERASED] * done.reports
    assert kept.store.value("SELECT count(*) FROM report") == len(made) - done.reports


def test_whoever_comes_back_after_an_erasure_is_taken_in_again(kept: Shelf) -> None:
    keep(kept, [Small(1)])
    retention.erase(kept.store, KEY, ANN, Small(2, day=1).time)
    assert keep(kept, [Small(1), Small(2, day=1), Small(3, day=2)]) == [Fate.ERASED, Fate.ERASED, Fate.STORED]


def test_an_erasure_takes_the_unnamed_reports_of_the_same_workstation_along(kept: Shelf) -> None:
    own, shared = Small(1, agent=None, host="aaaa"), Small(2, agent=None, host="bbbb")
    keep(kept, [own, shared, Small(3), Small(4, host="bbbb"), Small(5, agent="bob", host="bbbb")])
    assert retention.erase(kept.store, KEY, ANN, NOW).reports == 3
    left = {row[2] for row in known(kept.store)["report"]}
    assert left == {BOB, pseudonym(KEY, "bbbb")}


def test_what_others_share_with_an_erased_agent_stays(kept: Shelf) -> None:
    keep(kept, [Small(1), Small(1, agent="bob"), Small(2, agent="cyd", host="cccc")])
    assert retention.erase(kept.store, KEY, ANN, NOW).reports == 1
    assert {row[2] for row in known(kept.store)["report"]} == {BOB, pseudonym(KEY, "cyd")}


def test_somebody_who_is_only_on_the_roster_is_erased_too(kept: Shelf) -> None:
    roster.apply(kept.store, KEY, roster.Roster({"ann": roster.Place("lyon")}, ()))
    assert retention.erase(kept.store, KEY, ANN, NOW).reports == 0
    assert not known(kept.store)["agent"]


def test_an_erasure_clears_the_name_from_the_log_but_not_the_act(kept: Shelf) -> None:
    keep(kept, [Small(1)])
    retention.about(kept.store, ANN)
    retention.erase(kept.store, KEY, ANN, NOW)
    assert [(what, subject) for _, _, what, subject in retention.log(kept.store)] == [
        ("exported all about them", None),
        ("erased an agent with 1 reports", None),
    ]


def test_a_copy_from_before_an_upgrade_that_still_has_them_is_named(kept: Shelf) -> None:
    keep(kept, [Small(1)])
    copy = backup_of(kept.store.path, 0)
    kept.store.back_up(copy)
    assert retention.erase(kept.store, KEY, ANN, NOW).left_in == (copy,)


def test_nothing_is_erased_while_a_reader_would_keep_old_pages_alive(kept: Shelf) -> None:
    keep(kept, [Small(1), Small(2, agent="bob", host="bbbb")])
    kept.store.connection.execute("PRAGMA busy_timeout = 50")
    with closing(Store.open(kept.store.path)) as reader:
        reader.connection.execute("BEGIN")
        reader.value("SELECT count(*) FROM report")
        keep(kept, [Small(3, day=1)])
        with pytest.raises(UnusableOutput, match="another program"):
            retention.erase(kept.store, KEY, ANN, NOW)
    assert retention.erase(kept.store, KEY, ANN, NOW).reports == 2


def test_a_person_gets_all_that_is_stored_of_them_and_nothing_of_others(kept: Shelf) -> None:
    keep(kept, [Small(1, wired="unknown", upload_mbps=9.5), Small(2, agent="bob", host="bbbb")])
    told = retention.about(kept.store, ANN)
    assert told["agent"] == ANN
    assert told["not_passed_since"] == {"wired": "2026-11-10"}
    (report,) = told["reports"]
    assert report["report_id"] == Small(1).id
    assert report["facts"] == {"line.upload_mbps": {"value": 9.5}}
    assert report["not_passed"][0]["note"] == "not told"
    assert told["who_looked"][0]["what"] == "exported all about them"
    assert BOB not in json.dumps(told)
