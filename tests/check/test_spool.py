"""`check --spool` and `--agent`: reports that wait in a folder for whoever gathers them."""

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.check import identity, spool
from remoteready.check.findings import Report
from remoteready.cli import run
from remoteready.exits import UnusableInput, Verdict

MORNING = datetime(2026, 11, 23, 7, tzinfo=UTC)


PROFILE = """
id: short
version: "1"
title: {en: Processor}
description: {en: One fact that every computer tells}
rules:
  - id: processor
    title: {en: Processor}
    fact: cpu.logical_cores
    limit: {at_least: 1}
    level: must
    rationale: {en: Nothing runs without}
    remediation: {any: {agent: {en: Get one}}}
    source: {name: us, url: "https://example.com/", checked: 2026-11-22}
"""


def report(minute: int = 0, host: str | None = "aaaa") -> Report:
    time = MORNING + timedelta(minutes=minute)
    return Report(
        report_id=identity.report_id(time),
        tool_version="0.1.0",
        time=time,
        host=host,
        system="linux",
        verdict=Verdict.READY,
        profiles=(),
        findings=(),
        facts={},
    )


@given(time=st.datetimes(datetime(2024, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_a_report_id_is_a_version_7_uuid_of_its_millisecond(time: datetime) -> None:
    """RFC 9562, section 5.7: 48 bits of Unix milliseconds, version 7, variant 10."""
    id = UUID(identity.report_id(time))
    assert (id.version, id.variant) == (7, "specified in RFC 4122")
    assert id.int >> 80 == int(time.timestamp() * 1000)


def test_ids_differ_within_a_millisecond() -> None:
    assert len({identity.report_id(MORNING) for _ in range(100)}) == 100


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_new_folder_is_for_its_owner_alone_and_an_old_one_is_left_as_it_is(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    for folder, mode in ((tmp_path / "own", 0o700), (shared, 0o755)):
        assert spool.put(report(), folder) == ""
        assert stat.S_IMODE(folder.stat().st_mode) == mode


def test_only_the_newest_reports_of_this_workstation_stay_and_the_others_are_counted(tmp_path: Path) -> None:
    spool.put(report(host="bbbb"), tmp_path)
    for minute in range(spool.MOST_FILES + 3):
        problem = spool.put(report(minute), tmp_path)
    assert "1 of the oldest reports dropped" in problem
    own = sorted(tmp_path.glob("aaaa_*.json"))
    assert len(own) == spool.MOST_FILES
    assert json.loads(own[-1].read_text())["time"].startswith(f"{MORNING + timedelta(minutes=minute):%Y-%m-%dT%H:%M}")
    assert len(list(tmp_path.glob("bbbb_*.json"))) == 1
    assert (tmp_path / f"{spool.DROPPED}aaaa").read_text() == "3\n"


def test_no_more_than_five_megabytes_stay_and_the_newest_always_does(tmp_path: Path) -> None:
    for minute in range(3):
        (tmp_path / f"aaaa_{identity.report_id(MORNING - timedelta(days=9 - minute))}.json").write_bytes(
            b" " * 2_400_000
        )
    assert "2 of the oldest" not in spool.put(report(), tmp_path)
    assert sum(file.stat().st_size for file in tmp_path.glob("aaaa_*")) <= spool.MOST_BYTES
    (tmp_path / f"aaaa_{identity.report_id(MORNING + timedelta(days=1))}.json").write_bytes(b" " * 6_000_000)
    spool.put(report(1), tmp_path)
    assert len(list(tmp_path.glob("aaaa_*"))) == 1


def test_a_workstation_without_identity_drops_nothing_that_may_be_another_ones(tmp_path: Path) -> None:
    for minute in range(spool.MOST_FILES + 3):
        assert spool.put(report(minute, host=None), tmp_path) == ""
    assert len(list(tmp_path.glob("*.json"))) == spool.MOST_FILES + 3


def test_the_exit_code_of_check_is_the_same_with_a_spool_that_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked, profile = tmp_path / "file", tmp_path / "short.yaml"
    blocked.write_text("")
    profile.write_text(PROFILE)
    without = run(["check", "-p", str(profile), "--format", "json"])
    capsys.readouterr()
    for folder in (blocked, tmp_path / "spool"):
        assert run(["check", "-p", str(profile), "--spool", str(folder), "--agent", " jane.doe "]) == without
    assert "the report was not laid into" in capsys.readouterr().err
    (file,) = (tmp_path / "spool").iterdir()
    laid = json.loads(file.read_text())
    assert (laid["agent"], file.stem.endswith(laid["report_id"])) == ("jane.doe", True)
    assert "monitors.count" in laid["facts"]


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\x1b[2J", "\u202eenod", "x" * 101])
def test_an_agent_is_one_line_without_control_characters(name: str) -> None:
    with pytest.raises(UnusableInput, match="--agent") as refused:
        identity.agent(name)
    assert str(refused.value).isprintable()


def test_a_recorded_desk_is_not_spooled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Path(__file__).parents[1] / "hosts" / "debian-12-wired-usb-headset" / "snapshot.yaml"
    assert run(["check", "--from", str(desk), "--spool", str(tmp_path)]) == 2
    assert "leave out --from" in capsys.readouterr().err
