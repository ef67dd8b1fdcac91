"""A recording client: what a profile may name of it, and what is then seen – in records, and for real."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from remoteready.check import profile
from remoteready.check.audit import audit, verdict
from remoteready.check.collect import collect, recorder_calls
from remoteready.check.collect.recorders import BACKLOG, RECORDER, record
from remoteready.check.facts import Fact
from remoteready.check.host import LiveHost
from remoteready.check.named import Footprint, Identity, RecordingClient
from remoteready.check.snapshot import RecordedHost
from remoteready.exits import Verdict

SOURCE = {"name": "A vendor", "checked": "2026-11-22"}


def client(system: str = "windows", **footprint: Any) -> RecordingClient:
    return RecordingClient.model_validate({"name": "Example", "source": SOURCE, system: footprint})


def told(fact: Fact) -> Any:
    return (fact.unknown,) if fact.value is None else fact.value


def seen(system: str = "windows", footprint: dict[str, Any] | None = None, **sources: Any) -> dict[str, Any]:
    host = RecordedHost(system, {f"call {asked}": answer for asked, answer in sources.items()})
    facts = record(host, "one", client(system, **(footprint or {})))
    assert list(facts) == [f"recorder.one.{what}" for what in RECORDER]
    return {name.rpartition(".")[2]: told(fact) for name, fact in facts.items()}


# --- running ---

SERVICE = {"services": ["ExampleRecorder"]}
BOTH = {"services": ["ExampleRecorder"], "processes": ["Recorder.EXE"]}


@pytest.mark.parametrize(
    ("footprint", "state", "processes", "running"),
    [
        (SERVICE, "running", [], True),
        (SERVICE, "stopped", [], False),
        (SERVICE, "start_pending", [], False),
        (SERVICE, None, [], False),
        (SERVICE, {"unavailable": "it does not tell"}, [], ("it does not tell",)),
        (BOTH, "running", ["recorder.exe", "explorer.exe"], True),
        (BOTH, "running", ["explorer.exe"], False),
        (BOTH, "stopped", ["recorder.exe"], False),
        ({}, None, [], ("the profile names no service or process of Example on windows",)),
    ],
)
def test_a_client_runs_when_all_that_is_named_runs(footprint, state, processes, running):
    sources = {"service_state ExampleRecorder": state, "process_names": processes}
    assert seen(footprint=footprint, **sources)["running"] == running


@pytest.mark.parametrize(
    ("names", "first", "running"),
    [
        (["recorder"], "systemd", True),
        (["bash"], "systemd", False),
        (["bash"], "", ("the processes of other users are hidden (hidepid)",)),
        (["bash"], "sh", ("only the processes of a container can be seen (its first is sh)",)),
    ],
)
def test_a_process_that_is_not_seen_runs_perhaps_where_not_all_can_be_seen(names, first, running):
    sources = {"process_names": names, "first_process": first}
    assert seen("linux", {"processes": ["recorder"]}, **sources)["running"] == running


@pytest.mark.parametrize(
    ("answers", "answered"),
    [(["", ""], True), (["", "connection refused"], False), (["connection refused", ""], False)],
)
def test_a_client_answers_when_every_port_accepts(answers, answered):
    sources = {f"connect 127.0.0.1 {port}": answer for port, answer in zip((5431, 8191), answers, strict=True)}
    assert seen(footprint={"ports": [5431, 8191]}, **sources)["port_answers"] is answered


# --- what waits ---

FOLDER = r"%ProgramData%\Example\Waiting"
EMPTY: dict[str, Any] = {"files": 0, "bytes": 0, "oldest_s": 0.0, "incomplete": ""}
SOME: dict[str, Any] = {"files": 3, "bytes": 1_500_000, "oldest_s": 5400.0, "incomplete": ""}
WAITING = f"waiting_files {FOLDER} *"


@pytest.mark.parametrize(
    ("found", "state", "backlog"),
    [
        (SOME, "running", [1.5, 3, 1.5]),
        (SOME, "stopped", [1.5, 3, 1.5]),
        (EMPTY, "running", [0, 0, 0]),
        (EMPTY, "stopped", "no recording waits, but the client does not run"),
        (EMPTY, {"unavailable": "no answer"}, "no recording waits, but whether it runs is unknown: no answer"),
        (None, "running", rf"no backlog folder at {FOLDER}"),
        (
            SOME | {"incomplete": "there are too many"},
            "running",
            "at least 3 files with 1.5 MB wait: there are too many",
        ),
        ({"unavailable": "may not be read"}, "running", "may not be read"),
    ],
)
def test_a_backlog_is_nothing_only_when_the_client_runs_and_its_folder_is_empty(found, state, backlog):
    footprint = SERVICE | {"backlog": [FOLDER]}
    answers = seen(footprint=footprint, **{WAITING: found, "service_state ExampleRecorder": state})
    wanted = [(backlog,)] * 3 if isinstance(backlog, str) else backlog
    assert [answers[what] for what in BACKLOG] == wanted


def test_several_folders_are_counted_together_and_one_that_is_missing_does_not_matter():
    footprint = SERVICE | {"backlog": ["/one", "/two", "/three"], "files": ["*.a", "*.b"]}
    folders = {"/one": SOME, "/two": None, "/three": SOME | {"oldest_s": 7200.0}}
    sources: dict[str, Any] = {f"waiting_files {path} *.a *.b": found for path, found in folders.items()}
    sources |= {f"folder_free_bytes {path}": free for path, free in (("/one", 9e9), ("/two", None), ("/three", 7e9))}
    answers = seen(footprint=footprint, **sources, **{"service_state ExampleRecorder": "running"})
    assert [answers[what] for what in BACKLOG] == [3.0, 6, 2.0]
    assert answers["disk_free_gb"] == 7.0


def test_a_recording_from_the_future_leaves_its_age_unknown():
    future = SOME | {"oldest_s": -90_000.0}
    sources: dict[str, Any] = {WAITING: future}
    answers = seen(footprint={"backlog": [FOLDER]}, **sources)
    assert answers["backlog_mb"] == 1.5
    assert answers["backlog_oldest_age_hours"][0].startswith("it was changed in the future")


def test_what_a_profile_does_not_name_is_unknown_on_every_system():
    for system in ("linux", "macos", "windows"):
        assert all(f"of Example on {system}" in reason[0] for reason in seen(system).values())
    unheard_of = record(RecordedHost("plan9", {}), "one", client())
    assert {fact.unknown for fact in unheard_of.values()} == {"nothing is known of Example on this system"}


# --- on this computer ---


def waiting(folder: Path | str, *patterns: str) -> dict[str, Any]:
    found = recorder_calls.waiting_files(str(folder), *(patterns or ("*",)))
    assert found is not None
    return found


def test_files_are_counted_at_every_depth_with_the_age_of_the_oldest(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    for path, size, age_s in (
        ("one.enc", 100, 60),
        ("a/two.enc", 1000, 7200),
        ("a/b/three.enc", 10, 5),
        ("a/x.log", 7, 9e6),
    ):
        (tmp_path / path).write_bytes(b"x" * size)
        os.utime(tmp_path / path, (time.time() - age_s,) * 2)
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    (tmp_path / "four.enc").symlink_to(tmp_path / "one.enc")
    found = waiting(tmp_path, "*.enc")
    assert (found["files"], found["bytes"], found["incomplete"]) == (3, 1110, "")
    assert found["oldest_s"] == pytest.approx(7200, abs=60)
    assert waiting(tmp_path, "*.log", "one.*")["files"] == 2
    assert waiting(tmp_path, "*.none") == EMPTY


def test_a_folder_with_more_files_than_can_be_looked_at_ends_as_at_least(tmp_path):
    for number in range(60):
        (tmp_path / str(number)).write_bytes(b"xx")
    found = recorder_calls.waiting_files(str(tmp_path), "*", most_files=50) or {}
    assert (found["files"], found["bytes"]) == (50, 100)
    assert found["incomplete"] == "there are too many files to look at all"


LOOK = """
import json, sys
from remoteready.check.collect import recorder_calls
print(json.dumps(recorder_calls.waiting_files(sys.argv[1], "*")))
"""


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is missing; install the Debian package util-linux")
def test_a_part_that_may_not_be_read_is_not_taken_for_empty():
    plain = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        Path(folder, "locked").mkdir(mode=0o000)
        Path(folder, "one").write_bytes(b"x")
        command = [*plain, sys.executable, "-B", "-c", LOOK, folder]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found = json.loads(done.stdout)
    assert (found["files"], found["incomplete"]) == (1, "a part of the folder may not be read")


def test_variables_of_the_environment_are_filled_in_and_missing_ones_named(tmp_path, monkeypatch):
    monkeypatch.setenv("RECORDINGS", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "waiting").mkdir()
    for written in ("%RECORDINGS%/waiting", "$RECORDINGS/waiting", "${RECORDINGS}/waiting", "~/waiting"):
        assert waiting(written) == EMPTY
        assert (recorder_calls.folder_free_bytes(written) or 0) > 0
    assert recorder_calls.waiting_files("$RECORDINGS/none", "*") is None
    assert recorder_calls.folder_free_bytes("$RECORDINGS/none") is None
    monkeypatch.delenv("RECORDINGS")
    with pytest.raises(OSError, match="RECORDINGS is not set in the environment"):
        waiting("%RECORDINGS%/waiting")


def test_a_file_in_the_place_of_the_folder_is_no_empty_folder(tmp_path):
    (tmp_path / "waiting").write_text("")
    with pytest.raises(OSError, match="is no folder"):
        waiting(tmp_path / "waiting")


def test_a_real_client_that_runs_answers_and_has_a_backlog(tmp_path):
    recorder = tmp_path / "example-rec"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", recorder)
    folder = tmp_path / "waiting"
    folder.mkdir()
    (folder / "one.enc").write_bytes(b"x" * 2_000_000)
    os.utime(folder / "one.enc", (time.time() - 7200,) * 2)
    about = {"processes": ["example-rec"], "backlog": [str(folder)], "files": ["*.enc"]}
    running = subprocess.Popen([recorder, "60"])
    try:
        with socket.create_server(("127.0.0.1", 0)) as server, LiveHost() as host:
            example = client(host.system, ports=[server.getsockname()[1]], **about)
            facts = record(host, "one", example)
    finally:
        running.kill()
        running.wait()
    values = {name.rpartition(".")[2]: told(fact) for name, fact in facts.items()}
    assert values["disk_free_gb"] > 0
    assert {name: values[name] for name in RECORDER[:4]} == {
        "running": True,
        "port_answers": True,
        "backlog_mb": 2.0,
        "backlog_files": 1,
    }
    assert values["backlog_oldest_age_hours"] == pytest.approx(2, abs=0.1)
    with LiveHost() as host:
        after = record(host, "one", example)
    assert after["recorder.one.running"].value is not True
    assert after["recorder.one.port_answers"].value is False
    assert after["recorder.one.backlog_files"].value == 1


def test_off_windows_a_service_has_no_state():
    if sys.platform != "win32":
        with pytest.raises(OSError, match="only Windows has this"):
            recorder_calls.service_state("any")


# --- what a profile may name ---


def test_a_recorded_desk_whose_client_nobody_has_described_is_undetermined():
    chosen = profile.load("calabrio-smart-desktop")
    for system in ("linux", "macos", "windows"):
        host = RecordedHost(system, {})
        facts = collect(host, chosen.wanted_facts({}), {}, recorders=chosen.recording_clients)
        assert verdict(audit(chosen, facts, system, {})) is Verdict.UNDETERMINED


@pytest.mark.parametrize(
    ("system", "footprint", "words"),
    [
        ("linux", {"services": ["x"]}, "only Windows has these services; name the processes"),
        ("macos", {"services": ["x"]}, "only Windows has these services; name the processes"),
        ("windows", {"backlog": ["Recordings"]}, "must be a whole path"),
        ("windows", {"backlog": ["../Recordings"]}, "must be a whole path"),
        ("windows", {"ports": [0]}, "greater than or equal to 1"),
        ("windows", {"ports": [70000]}, "less than or equal to 65535"),
        ("windows", {"ports": ["5431"]}, "valid integer"),
        ("windows", {"process": ["x"]}, "Extra inputs"),
        ("windows", {"processes": [""]}, "at least 1 character"),
    ],
)
def test_a_footprint_that_could_not_work_is_refused(system, footprint, words):
    with pytest.raises(ValidationError, match=words):
        client(system, **footprint)


@pytest.mark.parametrize(
    "folder", ["/var/x", "~/x", "$HOME/x", "${HOME}/x", "%ProgramData%\\x", "%LOCALAPPDATA%/x", "C:\\x", "d:/x"]
)
def test_a_whole_path_is_accepted_as_its_system_writes_it(folder):
    assert Footprint(backlog=(folder,)).backlog == (folder,)


@given(st.binary(min_size=32, max_size=32), st.sampled_from([":", " ", ""]))
def test_a_digest_is_the_same_however_it_is_written(digest, between):
    written = between.join(f"{byte:02X}" for byte in digest)
    assert Identity(certificate_sha256=(written,)).certificate_sha256 == (digest.hex(),)


@pytest.mark.parametrize("digest", ["", "00", "0" * 63, "g" * 64, "0" * 65])
def test_what_is_no_digest_is_refused(digest):
    with pytest.raises(ValidationError, match="64 hexadecimal digits"):
        Identity(certificate_sha256=(digest,))
