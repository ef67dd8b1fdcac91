"""`remoteready reflect` and `remoteready measure` as they are run: whole processes on the loopback."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import jsonschema
import pytest

from remoteready.cli.measure import CodecName
from remoteready.exits import ExitCode
from remoteready.formulas.emodel import CODECS
from remoteready.measure import stamp
from tests import schemas
from tests.measure.lines import bound, free_port

ROOT = Path(__file__).parents[2]
TOOL = (sys.executable, "-m", "remoteready")


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*TOOL, *arguments], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)


def complaint(done: "subprocess.CompletedProcess[str]") -> str:
    """The one line of a command that could not be used."""
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, "")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@contextmanager
def reflecting(*options: str, end: signal.Signals = signal.SIGTERM) -> Iterator[str]:
    """`remoteready reflect` on the loopback; the target to measure to."""
    port = free_port()
    command = [*TOOL, "reflect", "--bind", "127.0.0.1", "--port", str(port), *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stderr
        said = process.stderr.readline()
        try:
            assert f"Listening on 127.0.0.1:{port}/udp, 127.0.0.1:{port}/tcp" in said or "--no-upload" in options
            yield f"127.0.0.1:{port}"
        finally:
            process.send_signal(end)
        assert process.stderr.read() == "Ended.\n"
        assert process.wait(20) == 0


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_the_reflector_says_where_it_listens_and_ends_in_order(end):
    with reflecting(end=end):
        pass


def test_a_line_is_measured_alone_and_beside_uploads_and_the_result_follows_its_schema(tmp_path):
    with reflecting() as target:
        done = run("measure", target, "--seconds", "2", "--format", "json", "-o", str(tmp_path / "line.json"))
    assert done.returncode in (ExitCode.READY, ExitCode.UNDETERMINED), done.stderr
    assert "at most 8.4 MB up" in done.stderr
    assert [line for line in done.stderr.splitlines() if line.endswith("…")] == [
        "Looking for the way to the site …",
        "The call alone …",
        "Beside full uploads …",
        "Beside a recording …",
        "The network around …",
    ]
    found = json.loads((tmp_path / "line.json").read_text("utf-8"))
    jsonschema.validate(found, schemas.published()["measurement-1.json"])
    assert done.returncode == (ExitCode.UNDETERMINED if found["trouble"] else ExitCode.READY)
    assert [phase["name"] for phase in found["phases"]] == ["idle", "upload", "recording"]
    assert found["upload"]["megabytes"] == pytest.approx(8, rel=0.05)
    assert found["recording"]["mbps"] == pytest.approx(0.464, rel=0.2)
    assert found["phases"][0]["up"]["loss"]["lost"] == 0


def test_the_same_measurement_has_the_same_exit_code_in_every_format(tmp_path):
    key = tmp_path / "desks.key"
    key.write_text("a shared key of the site\n")
    quick = ("--no-upload", "--seconds", "2", "--key-file", str(key))
    with reflecting("--key-file", str(key), "--no-upload") as target:
        wanted = [(*quick, "-f", "csv"), quick, ("--no-upload", "--seconds", "2", "-f", "json")]
        with ThreadPoolExecutor() as pool:
            packets, console, stranger = pool.map(lambda options: run("measure", target, *options), wanted)
    rows = list(csv.DictReader(packets.stdout.splitlines()))
    assert len(rows) == 100
    assert {row["arrived_there"] for row in rows} == {"yes"}
    assert {packets.returncode, console.returncode} <= {ExitCode.READY, ExitCode.UNDETERMINED}
    assert "To the site: " in console.stdout
    assert stranger.returncode == ExitCode.UNDETERMINED
    assert json.loads(stranger.stdout)["unknown"].startswith("no answer")


def test_behind_a_proxy_silence_may_be_the_proxys():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        wanted = (
            "measure",
            f"127.0.0.1:{silent.getsockname()[1]}",
            "--seconds",
            "2",
            "--no-upload",
            "--format",
            "json",
        )
        environment = {**os.environ, "https_proxy": "http://proxy.example.com:8080"}
        told = subprocess.run([*TOOL, *wanted], capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
    assert json.loads(told.stdout)["unknown"] == (
        "no answer: this computer reaches others through a proxy, which calls cannot use, or nobody reflects there"
    )


def test_a_site_that_does_not_answer_could_not_be_measured_in_any_format():
    wanted = ("measure", f"127.0.0.1:{free_port()}", "--seconds", "2", "--format")
    with ThreadPoolExecutor() as pool:
        console, json_, csv_ = pool.map(lambda format_: run(*wanted, format_), ("console", "json", "csv"))
    assert {done.returncode for done in (console, json_, csv_)} == {ExitCode.UNDETERMINED}
    assert "no answer: connection refused" in console.stdout
    assert "no answer: connection refused" in json_.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["measure", "https://site.example.com"], "is not a host"),
        (["measure", "a..b"], "is not a host"),
        (["measure", "site.example.com:0"], "is not a host"),
        (["measure", "site.example.com:99999"], "is not a host"),
        (["measure", ""], "is not a host"),
        (["measure", "127.0.0.1", "--seconds", "1"], "--seconds"),
        (["measure", "127.0.0.1", "--no-upload", "--upload-with", "iperf3"], "not together with --no-upload"),
        (["measure", "127.0.0.1", "--codec", "mp3"], "--codec"),
        (["measure", "127.0.0.1", "--stun", "stun://x"], "--stun: 'stun://x' is not a host"),
        (["measure", "127.0.0.1", "--vpn", "a b"], "--vpn: 'a b' is not an address"),
        (["measure", "127.0.0.1", "--compare-vpn"], "it needs a terminal"),
        (["measure", "127.0.0.1", "--compare-vpn", "-f", "csv"], "not together with --format csv"),
        (["measure", "127.0.0.1", "-o", "no/such/folder/x"], "does not exist"),
        (["measure", "127.0.0.1", "--key-file", "nosuch.key"], "nosuch.key"),
        (["measure", "127.0.0.1", "--key-file", "/dev/null"], "too short"),
        (["reflect", "--bind", "site.example.com"], "is not an address"),
        (["reflect", "--bind", "192.0.2.1"], "--bind"),
        (["reflect", "--port", "0"], "--port"),
    ],
)
def test_wrong_use_ends_in_one_line_that_names_the_place(arguments, words):
    assert words in complaint(run(*arguments))


def test_a_port_in_use_is_said_with_the_remedy():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        port = bound(taken)
        said = complaint(run("reflect", "--bind", "127.0.0.1", "--port", str(port)))
    assert f"port {port}: address already in use; name another with --port" in said


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: /proc tells the processor time")
def test_a_reflector_without_room_for_uploads_answers_calls_and_does_not_spin():
    port = free_port()
    few_files = ["sh", "-c", 'ulimit -n 16; exec "$@"', "sh", *TOOL, "reflect"]
    command = [*few_files, "--bind", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process, ExitStack() as stack:
        assert process.stderr
        assert "Listening" in process.stderr.readline()
        for _ in range(15):
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        time.sleep(0.2)
        before_s = processor_s(process.pid)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(5)
            sock.connect(("127.0.0.1", port))
            for number in range(10):
                sock.send(stamp.request(number, 0, 1, 172))
                assert stamp.read_reply(sock.recv(2048))
                time.sleep(0.1)
        used_s = processor_s(process.pid) - before_s
        stack.pop_all().close()
        process.send_signal(signal.SIGTERM)
        assert process.stderr.read() == "Ended.\n"
    assert used_s < 0.5, "one that spins uses all of the second"


def processor_s(pid: int) -> float:
    """Processor time of a process so far (proc(5), stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def interrupted(target: str, after: str, *options: str) -> tuple[int, str, str]:
    """A measurement that Ctrl-C ends after some words of it; its exit code, its output and the rest of its talk."""
    command = [*TOOL, "measure", target, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stderr
        while after not in (said := process.stderr.readline()):
            assert said
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, rest = process.communicate(timeout=20)
    return process.returncode, out, rest


@pytest.mark.parametrize(
    ("phase", "phases"), [("The call alone", ["idle"]), ("Beside full uploads", ["idle", "upload"])]
)
def test_an_interrupted_measurement_keeps_what_was_measured(phase, phases):
    upload = ("--upload-mb", "60", "--seconds", "2") if len(phases) > 1 else ("--seconds", "60")
    with reflecting("--upload-mb", "1000") as target:
        code, out, rest = interrupted(target, phase, *upload, "-f", "json")
    found = json.loads(out)
    assert code == ExitCode.INTERRUPTED, rest
    assert found["interrupted"]
    assert found["partial"].startswith("it was ended after ")
    assert [one["name"] for one in found["phases"]][: len(phases)] == phases
    assert found["phases"][0]["up"]["loss"]["lost"] == 0
    assert found["phases"][0]["up"]["packets"] >= 40


def test_an_interrupted_measurement_shows_a_person_that_it_is_a_part():
    with reflecting() as target:
        code, out, _ = interrupted(target, "The call alone", "--seconds", "60")
    assert code == ExitCode.INTERRUPTED
    assert "Only in part: it was ended after 1." in out
    assert "To the site: " in out


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs a system that can stop a process")
def test_numbers_of_a_computer_that_stood_still_meanwhile_are_not_to_be_trusted():
    with reflecting() as target:
        command = [*TOOL, "measure", target, "--no-upload", "--seconds", "3", "-f", "json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stderr
            while "The call alone" not in process.stderr.readline():
                time.sleep(0.01)
            time.sleep(1)
            process.send_signal(signal.SIGSTOP)
            time.sleep(1)
            process.send_signal(signal.SIGCONT)
            out, _ = process.communicate(timeout=20)
    assert process.returncode == ExitCode.UNDETERMINED
    assert json.loads(out)["trouble"].startswith("this computer was too busy: ")


def test_a_measurement_that_is_ended_before_it_began_writes_nothing(tmp_path):
    output = tmp_path / "line.json"
    command = [*TOOL, "measure", "127.0.0.1:9", "--seconds", "60", "-f", "json", "-o", str(output)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stderr
        while "Looking for the way" not in process.stderr.readline():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "Interrupted; nothing was written.\n"
        assert process.wait(20) == ExitCode.INTERRUPTED
    assert not output.exists()


def test_every_codec_of_the_model_can_be_asked_for():
    assert {name.value for name in CodecName} == set(CODECS)


@pytest.mark.parametrize(
    "arguments",
    [
        ("127.0.0.1", "--seconds", "nan"),
        ("127.0.0.1", "--upload-mb", "nan"),
        ("127.0.0.1", "--recording-mbps", "inf"),
        ("127.0.0.1:" + "9" * 5000,),
        ("127.0.0.1:٣",),
    ],
)
def test_numbers_that_are_none_are_refused_in_one_line(arguments):
    assert complaint(run("measure", *arguments))
