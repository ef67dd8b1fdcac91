"""`remoteready reflect` and `remoteready measure` as they are run: whole processes on the loopback."""

import csv
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest

from remoteready.cli.measure import CodecName
from remoteready.exits import ExitCode
from remoteready.formulas.emodel import CODECS
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


@pytest.mark.parametrize("format_", ["console", "json", "csv"])
def test_a_site_that_does_not_answer_could_not_be_measured_in_any_format(format_):
    done = run("measure", f"127.0.0.1:{free_port()}", "--seconds", "2", "--format", format_)
    assert done.returncode == ExitCode.UNDETERMINED
    assert format_ == "csv" or "no answer: connection refused" in done.stdout


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


def test_an_interrupted_measurement_writes_nothing(tmp_path):
    output = tmp_path / "line.json"
    with reflecting() as target:
        command = [*TOOL, "measure", target, "--seconds", "60", "-f", "json", "-o", str(output)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stderr
            while "The call alone" not in process.stderr.readline():
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
