"""Files, folders and archives, as they come: what is a report is taken in once, what is none is named with a reason."""

import json
import os
import re
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remoteready.exits import UnusableInput
from remoteready.fleet import conflicts, importing, retention
from remoteready.fleet.keeping import Fate, Shelf
from remoteready.fleet.privacy import pseudonym
from remoteready.fleet.reading import LARGEST_BYTES, Refused, read
from tests.fleet.state import KEY, NOW, Small, finding, keep, known, shelf


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Shelf]:
    made = shelf(tmp_path / "store")
    yield made
    made.store.close()


def lay(folder: Path, name: str, data: bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def archive(file: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries:
            made.writestr(name, data)
    return file


def reasons(taken: importing.Taken) -> dict[str, str]:
    return {name.replace(os.sep, "/").rpartition("in/")[2]: reason for name, reason in taken.refused}


def test_folders_files_and_archives_are_taken_in_once(tmp_path: Path, kept: Shelf) -> None:
    reports = [Small(n, day=n) for n in range(4)]
    folder = tmp_path / "in"
    lay(folder, "a.json", reports[0].data)
    lay(folder, "deeper/down/b.json", reports[1].data)
    single = lay(tmp_path, "anything.txt", reports[2].data)
    packed = archive(tmp_path / "packed.zip", ("c.json", reports[3].data), ("again/a.json", reports[0].data))
    taken = importing.take_in(kept, [folder, single, packed])
    assert taken.counts == {Fate.STORED: 4, Fate.KNOWN: 1}
    assert not taken.refused
    assert importing.take_in(kept, [folder, single, packed]).counts == {Fate.KNOWN: 5}
    assert len(known(kept.store)["report"]) == 4


def test_what_is_still_written_or_hidden_is_left_alone(tmp_path: Path, kept: Shelf) -> None:
    folder = tmp_path / "in"
    for name in (".aaaa.json.1.part", "b.json.tmp", "c.json.part", ".hidden/d.json"):
        lay(folder, name, b"{")
    taken = importing.take_in(kept, [folder])
    assert not taken.counts
    assert not taken.refused
    assert taken.useful


GOOD = Small(1).document()
HUGE = {"value": "x" * LARGEST_BYTES}


def changed(**fields: Any) -> bytes:
    return json.dumps({**GOOD, **fields}).encode()


REFUSED = {
    b"": "empty",
    b"{": "ends too early",
    Small(1).data[:-9]: "ends too early",
    b"\x89PNG\r\n\x1a\n" + bytes(range(256)): "no report",
    b"\xff\xfe{": "no report",
    b"hello": "not JSON",
    b"[1, 2]": "no report of",
    b'{"name": "package.json"}': "no report of",
    b"[" * 100_000: "no report|not JSON|ends too early",
    b'{"a":' * 10_000: "ends too early|no report",
    changed(schema_version="0"): "format '0'; this version of remoteready reads format 1",
    changed(schema_version=1): "format 1;",
    changed(surprise=1): "surprise: a field that this version of remoteready does not know",
    changed(findings="none"): "findings: not what a report has there",
    json.dumps({name: value for name, value in GOOD.items() if name != "time"}).encode(): "time: is missing",
    changed(report_id=None): "has no report id",
    changed(report_id="6ba7b810-9dad-11d1-80b4-00c04fd430c8"): "report_id: not what",
    changed(agent=None, host=None): "neither who sits there nor which computer",
    changed(time="2026-11-23T14:00:00Z"): "in the future",
    changed(time="9999-12-31T23:59:59+00:00"): "in the future",
    changed(time="0001-01-01T00:00:00+14:00"): "before there were reports",
    changed(time="2026-11-20T07:00:00"): "time zone",
    changed(system="beos"): "system 'beos'",
    changed(findings=[finding("wired", "pass")] * 2): "stands twice",
    changed(findings=[finding("", "pass")]): "no rule can have this id",
    changed(findings=[finding("wired\x1b[2J", "pass")]): "no rule can have this id",
    changed(facts={"<b>": {"value": 1}}): "no fact can have this name",
    changed(facts={f"a.b{n}": {"value": 1} for n in range(501)}): "more than 500",
    changed(verdict="not_ready"): "does not follow from its findings",
    changed(findings=[{**finding("wired", "fail"), "actual": float("inf")}], verdict="not_ready"): "no number",
    changed(findings=[{**finding("wired", "fail"), "actual": 10**30}], verdict="not_ready"): "too large",
    changed(facts={"a.b": HUGE}): "larger than 256 KiB",
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.items(), ids=range(len(REFUSED)))
def test_what_is_no_report_is_named_with_the_reason_and_stops_nothing(
    data: bytes, reason: str, tmp_path: Path, kept: Shelf
) -> None:
    folder = tmp_path / "in"
    lay(folder, "a.json", data)
    lay(folder, "b.json", Small(7).data)
    taken = importing.take_in(kept, [folder, archive(tmp_path / "z.zip", ("a.json", data))])
    assert taken.counts == {Fate.STORED: 1}
    assert len(taken.refused) == 2
    for _, why in taken.refused:
        assert re.search(reason, why), why
        assert why.isprintable()


@settings(deadline=None)
@given(data=st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_report_or_refused(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read(data, NOW)
    assert str(refused.value).isprintable()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
HOSTILE = ("\x1b[2J", "\u202e", "<script>", "=cmd()", "\x00", "\u2028", "'; DROP TABLE report; --")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.sampled_from(sorted(GOOD)), inner=st.sampled_from(sorted(finding("a", "pass"))), value=VALUES)
def test_a_report_with_any_value_in_any_place_is_kept_or_refused(
    place: str, inner: str, value: Any, kept: Shelf
) -> None:
    for document in ({**GOOD, place: value}, {**GOOD, "findings": [{**finding("wired", "pass"), inner: value}]}):
        with suppress(Refused):
            kept.put([read(json.dumps(document).encode(errors="replace"), NOW)])


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_kept_without_what_moves_a_cursor(words: str, tmp_path: Path) -> None:
    kept = shelf(tmp_path)
    one = finding("wired", "unknown") | dict.fromkeys(("title", "unit", "reason", "evidence", "whose"), words)
    facts = {"network.link": {"unknown": words + "x", "detail": words, "source": words}}
    profiles = [{"id": words, "version": words, "digest": words}]
    document = {**GOOD, "findings": [one], "facts": facts, "verdict": "undetermined", "agent": words + "x"}
    document |= {"profiles": profiles, "tool_version": words, "host": words}
    assert kept.put([read(json.dumps(document).encode(), NOW)]) == [Fate.STORED]
    texts = [cell for rows in known(kept.store).values() for row in rows for cell in row if isinstance(cell, str)]
    assert all(cell.isprintable() for cell in texts)
    kept.store.close()


def test_archives_that_explode_or_lead_out_are_refused(tmp_path: Path, kept: Shelf) -> None:
    link = zipfile.ZipInfo("link.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    inner = archive(tmp_path / "inner.zip", ("a.json", Small(1).data)).read_bytes()
    file = archive(
        tmp_path / "in.zip",
        ("../a.json", Small(1).data),
        ("/etc/a.json", Small(1).data),
        ("C:\\a.json", Small(1).data),
        ("a\\..\\..\\b.json", Small(1).data),
        (link, b"/etc/passwd"),
        ("bomb.json", b" " * 300_000_000),
        ("inner.zip", inner),
        ("\x1b[2Jgood.json", Small(2).data),
    )
    taken = importing.take_in(kept, [file])
    assert taken.counts == {Fate.STORED: 1}
    told = [reason for _, reason in taken.refused]
    assert told[:4] == ["its name leads out of the archive"] * 4
    assert "link" in told[4]
    assert "larger than 256 KiB" in told[5]
    assert "archive in an archive" in told[6]
    assert all(name.isprintable() for name, _ in taken.refused)


def test_an_archive_whose_files_lie_over_each_other_is_refused(tmp_path: Path, kept: Shelf) -> None:
    """As in 42.zip's successors: many directory entries that all unpack the same bytes."""
    file = archive(tmp_path / "a.zip", ("a.json", Small(1).data))
    with zipfile.ZipFile(file, "a") as again:
        twin = again.getinfo("a.json")
        again.filelist.append(twin)
        again.NameToInfo["b.json"] = twin
        again._didModify = True  # type: ignore[attr-defined]  # or the directory is not written anew
    taken = importing.take_in(kept, [file])
    assert not taken.counts
    assert "lie over each other" in taken.refused[0][1]


@pytest.mark.parametrize("damage", ["cut", "flipped", "encrypted", "method"])
def test_a_damaged_archive_is_named_with_the_reason(damage: str, tmp_path: Path, kept: Shelf) -> None:
    file = archive(tmp_path / "a.zip", ("a.json", Small(1).data))
    data = bytearray(file.read_bytes())
    directory = data.index(b"PK\x01\x02")
    if damage == "cut":
        data = data[: directory + 8]
    elif damage == "flipped":
        data[60:80] = bytes(20)
    elif damage == "encrypted":
        for place in (6, directory + 8):
            data[place] |= 1
    else:
        for place in (8, directory + 10):
            struct.pack_into("<H", data, place, 97)
    file.write_bytes(data)
    lay(tmp_path, "b.json", Small(2).data)
    taken = importing.take_in(kept, [file, tmp_path / "b.json"])
    assert taken.counts == {Fate.STORED: 1}
    assert len(taken.refused) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows needs rights for links, and has no such pipes")
def test_links_and_pipes_in_a_folder_are_named_and_not_followed(tmp_path: Path, kept: Shelf) -> None:
    folder = tmp_path / "in"
    lay(folder, "good.json", Small(1).data)
    (folder / "link.json").symlink_to(lay(tmp_path, "outside.json", Small(2).data))
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.json")
    named = tmp_path / "named.json"
    named.symlink_to(lay(tmp_path, "third.json", Small(3).data))
    taken = importing.take_in(kept, [folder, named])
    assert taken.counts == {Fate.STORED: 2}
    assert reasons(taken) == {
        "link.json": "a link; links are not followed",
        "pipe.json": "not an ordinary file",
    }


def test_two_contents_under_one_id_are_both_kept_and_named(tmp_path: Path, kept: Shelf) -> None:
    folder = tmp_path / "in"
    lay(folder, "a.json", Small(1).data)
    lay(folder, "b.json", replace(Small(1), wired="fail").data)
    taken = importing.take_in(kept, [folder])
    assert sum(taken.counts.values()) == 2
    assert "the same id and other content" in taken.doubtful[0][1]
    assert conflicts.duplicates(kept.store) == [(Small(1).id, 2)]


def test_a_second_workstation_of_one_agent_is_kept_and_shown_as_a_conflict(kept: Shelf) -> None:
    keep(kept, [Small(1), Small(2, host="bbbb", day=1), Small(3, agent="bob", host="cccc")])
    (new_computer,) = conflicts.conflicts(kept.store)
    assert (new_computer.agent, new_computer.in_turns) == (pseudonym(KEY, "ann"), True)
    assert [one.reports for one in new_computer.seen] == [1, 1]
    keep(kept, [Small(4, day=2)])
    (somebody_else,) = conflicts.conflicts(kept.store)
    assert not somebody_else.in_turns
    assert conflicts.count(kept.store) == 1


def test_a_file_that_is_finished_later_is_taken_in_then(tmp_path: Path, kept: Shelf) -> None:
    folder = tmp_path / "in"
    half = lay(folder, "a.json", Small(1).data[:500])
    lay(folder, "b.json", Small(2).data)
    said: list[importing.Taken] = []
    rounds = iter([[(half.name, Small(1).data)], [], [("c.json", Small(3).data)]])

    def pause(seconds: float) -> None:
        written = next(rounds, None)
        if written is None:
            raise KeyboardInterrupt
        for name, data in written:
            lay(folder, name, data)

    with pytest.raises(KeyboardInterrupt):
        importing.follow(kept, [folder], said.append, pause)
    assert [dict(taken.counts) for taken in said] == [{Fate.STORED: 1}] * 3
    assert ["ends too early" in reason for _, reason in said[0].refused] == [True]
    assert not said[1].refused


def test_a_path_that_is_not_there_is_said_before_anything_is_read(tmp_path: Path, kept: Shelf) -> None:
    lay(tmp_path, "a.json", Small(1).data)
    with pytest.raises(UnusableInput, match="no such file"):
        importing.take_in(kept, [tmp_path / "a.json", tmp_path / "nothing"])
    assert not known(kept.store)["report"]


def test_the_daily_upload_is_the_newest_that_was_measured(kept: Shelf) -> None:
    keep(kept, [Small(1, day=0, upload_mbps=5.0, monitors=2), Small(2, day=1, upload_mbps=9.5), Small(3, day=2)])
    (row,) = known(kept.store)["uplink"]
    assert row[1:3] == (9.5, "2026-11-11")
    assert row[4:6] == (2, "2026-11-10")


@pytest.mark.parametrize(
    ("facts", "works"),
    [
        ({}, None),
        ({"recorder.a.running": True}, 1),
        ({"recorder.a.running": True, "recorder.b.port_answers": False}, 0),
        ({"recorder.a.running": True, "recorder.a.backlog_oldest_age_hours": 30.0}, 0),
        ({"recorder.a.backlog_oldest_age_hours": 3.0}, None),
        ({"recorder.a.backlog_oldest_age_hours": "long"}, None),
    ],
)
def test_recording_works_where_a_recorder_runs_and_nothing_waits_for_a_day(
    facts: dict[str, Any], works: int | None
) -> None:
    told = {name: {"value": value} for name, value in facts.items()}
    assert read(changed(facts=told), NOW).recording == works


def test_what_a_purge_removed_is_not_brought_back_by_the_same_folder(tmp_path: Path, kept: Shelf) -> None:
    folder = tmp_path / "in"
    for n in range(3):
        lay(folder, f"{n}.json", Small(n, day=n).data)
    importing.take_in(kept, [folder])
    retention.purge(kept.store, retention.Kept.of(NOW.date(), 0, 11, 20))
    taken = importing.take_in(kept, [folder])
    assert taken.counts == {Fate.KNOWN: 1, Fate.TOO_OLD: 2}
    assert {"older than what is kept" in reason for reason in reasons(taken).values()} == {True}
