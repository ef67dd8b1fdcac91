"""Soaks: over a laid line that goes down, is put elsewhere, or whose desk sleeps; and how they look."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from remoteready.cli import soak as command
from remoteready.exits import ExitCode, UnusableInput
from remoteready.measure import soak, udp
from remoteready.measure.soaked import Progress
from remoteready.measure.tally import Worst
from remoteready.measure.target import Target
from remoteready.report import soak as report
from tests import schemas
from tests.lab import path
from tests.lab.path import DESK, DEVICE, SITE, Way
from tests.measure.lines import Line, free_port, serving
from tests.measure.test_commands import complaint, run

ROOT = Path(__file__).parents[2]
TOOL = (sys.executable, "-m", "remoteready")
LACKING = path.missing()
lab = pytest.mark.skipif(bool(LACKING), reason=LACKING)


@contextmanager
def soaking(
    up: Way, *options: str
) -> Iterator[tuple[path.Line, "subprocess.Popen[str]", Callable[[], dict[str, Any]]]]:
    """A soak at the desk of a line that a test may change meanwhile; a function that waits for its result."""
    with path.line(up, Way()) as line, line.site(*TOOL, "reflect", "--bind", SITE, ready="Listening"):
        inside = [*path.FIRST, "ip", "netns", "exec", line.namespaces[0], *TOOL, "measure", SITE, *options]
        with subprocess.Popen(
            [*inside, "-f", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
        ) as process:

            def ended() -> dict[str, Any]:
                out, said = process.communicate(timeout=60)
                assert process.returncode in (ExitCode.READY, ExitCode.INTERRUPTED), said
                found: dict[str, Any] = json.loads(out)
                jsonschema.validate(found, schemas.published()["soak-1.json"])
                assert found["interrupted"] == (process.returncode == ExitCode.INTERRUPTED)
                return found

            assert process.stderr
            assert "at most" in process.stderr.readline()
            yield line, process, ended


def ip(line: path.Line, *commands: str) -> None:
    for words in commands:
        subprocess.run(["ip", "-n", line.namespaces[0], *words.split()], check=True)


def kinds(found: dict[str, Any]) -> list[str]:
    return [event["kind"] for event in found["events"]]


def moment(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


def lossy() -> dict[str, Any]:
    with soaking(Way(lose=list(range(150, 156))), "--soak", "6s") as (_, _, ended):
        return ended()


def down_and_up() -> dict[str, Any]:
    with soaking(Way(), "--soak", "5m") as (line, process, ended):
        time.sleep(2)
        ip(line, f"link set {DEVICE} down")
        time.sleep(3)
        ip(line, f"link set {DEVICE} up")
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        return ended()


def moved() -> dict[str, Any]:
    with soaking(Way(), "--soak", "6s") as (line, _, ended):
        time.sleep(2)
        ip(line, f"addr add 10.77.0.9/24 dev {DEVICE}", f"addr del {DESK}/30 dev {DEVICE}")
        subprocess.run(["ip", "-n", line.namespaces[1], *f"addr add {SITE}/24 dev {DEVICE}".split()], check=True)
        return ended()


def stood_still() -> dict[str, Any]:
    with soaking(Way(), "--soak", "7s") as (_, process, ended):
        time.sleep(3)
        process.send_signal(signal.SIGSTOP)
        time.sleep(2.5)
        process.send_signal(signal.SIGCONT)
        return ended()


@pytest.fixture(scope="module")
def soaks() -> Callable[[Callable[[], dict[str, Any]]], dict[str, Any]]:
    """What each soak found; all run at the same time, for most of it they wait."""
    with ThreadPoolExecutor() as pool:
        running = {one: pool.submit(one) for one in (lossy, down_and_up, moved, stood_still)}
    return lambda one: running[one].result()


@lab
def test_the_worst_window_is_found_where_it_was_put(soaks):
    found = soaks(lossy)
    if found["trouble"]:
        pytest.fail(found["trouble"])
    assert found["up"]["lost"] == 6
    assert found["up"]["worst_200_ms_ratio"]["value"] == pytest.approx(0.6)
    assert moment(found["up"]["worst_200_ms_ratio"]["at"]) - moment(found["time"]) == pytest.approx(2.92, abs=0.3)
    assert (found["down"]["lost"], found["events"]) == (0, [])
    assert found["seconds"] == pytest.approx(6, abs=0.5)


@lab
def test_a_line_that_goes_down_and_comes_back_is_an_outage_and_ctrl_c_reports_all_so_far(soaks):
    found = soaks(down_and_up)
    assert kinds(found) == ["outage"]
    assert 2.5 < found["events"][0]["seconds"] < 5
    assert found["interrupted"]
    assert found["both_ways"]["worst_200_ms_ratio"]["value"] == 1
    assert found["up"]["lost"] + found["down"]["lost"] < 20, "of an outage is not known on which way"


@lab
def test_another_address_of_the_desk_is_another_network_and_the_call_goes_on(soaks):
    found = soaks(moved)
    assert "network" in kinds(found)
    assert found["both_ways"]["packets"] > 150
    assert found["both_ways"]["unanswered"] < 150


@lab
def test_a_desk_that_stood_still_is_named_and_never_a_loss(soaks):
    found = soaks(stood_still)
    assert kinds(found) == ["asleep"]
    assert found["events"][0]["seconds"] == pytest.approx(2.6, abs=0.5)
    assert (found["up"]["lost"], found["down"]["lost"], found["both_ways"]["unanswered"]) == (0, 0, 0)


class Sleeper(udp.Clock):
    """The clock of a computer that says to have slept an hour, two seconds after `begin`."""

    begin = 0.0

    def slept_s(self) -> float:
        return 3600.0 if time.monotonic() > Sleeper.begin + 2 else 0.0


def test_an_hour_of_sleep_counts_as_time_and_not_as_loss():
    with serving() as port:
        Sleeper.begin = time.monotonic()
        running = soak.Run(Target("127.0.0.1", port), soak.Plan(1800), clock=Sleeper)
        running.run()
    found = running.result()
    assert [event.kind for event in found.events] == ["asleep"]
    assert found.asleep_s == pytest.approx(3600, abs=1)
    assert found.both_ways.unanswered == 0


def test_of_a_stream_before_a_sleep_only_what_was_surely_answered_awake_is_kept():
    stream = Line(up_ms=lambda packet: None if packet >= 300 else 20.0, seconds=10).stream()
    kept = soak.awake(stream, stream.sent_ns[300])
    assert kept.counted == len(kept.sent_ns) == 201
    assert max(echo.number for echo in kept.echoes) == 200


def test_a_site_that_never_answers_ends_the_soak_with_the_true_reason():
    done = run("measure", f"127.0.0.1:{free_port()}", "--soak", "8h")
    assert done.returncode == ExitCode.UNDETERMINED
    assert "no answer: connection refused" in done.stdout


def test_a_terminal_shows_one_line_that_is_rewritten_until_ctrl_c_ends_it():
    with serving() as port:
        master, slave = pty.openpty()
        command = [*TOOL, "measure", f"127.0.0.1:{port}", "--soak", "1h"]
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=slave,
            text=True,
            cwd=ROOT,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
        ) as process:
            os.close(slave)
            shown = b""
            while b"59:5" not in shown:
                shown += os.read(master, 4096)
            process.send_signal(signal.SIGINT)
            assert process.stdout
            out = process.stdout.read()
            os.close(master)
    assert process.returncode == ExitCode.INTERRUPTED
    assert shown.count(b"\n") < shown.count(b" left")
    assert "Ended early, of 60 min 0 s." in out


@pytest.mark.parametrize(("text", "wanted"), [("90s", 90), ("30m", 1800), ("1.5h", 5400), (" 2S ", 2)])
def test_a_time_is_read_with_its_unit(text, wanted):
    assert command.seconds(text) == wanted


@pytest.mark.parametrize("text", ["30", "", "1s", "m", "-5m", "200h", "9999999999s", "nan", "1e3s"])
def test_a_time_that_is_none_is_said_with_an_example(text):
    with pytest.raises(UnusableInput, match="such as 90s, 30m or 8h"):
        command.seconds(text)


def test_packets_and_uploads_cannot_be_asked_of_a_soak():
    uploads = ("--upload-with", "iperf3")
    assert "uploads nothing" in complaint(run("measure", "127.0.0.1", "--soak", "2s", *uploads))
    assert "keeps no packets" in complaint(run("measure", "127.0.0.1", "--soak", "2s", "-f", "csv"))


def progress(**changed: Any) -> Progress:
    fields: dict[str, Any] = {
        "left_s": 754.2,
        "silent_s": 0.02,
        "unanswered_ratio": 0.0012,
        "pdv_p95_ms": 4.1,
        "short": Worst(0.6, 0.0),
        "long": None,
        "events": 0,
        "last_event": None,
    }
    return Progress(**(fields | changed))


def test_how_it_stands_fits_into_one_line():
    at = report.clock("1970-01-01T00:00:00+00:00")
    assert report.standing(progress()) == f"12:34 left, lost 0.12 %, PDV95 4.1 ms, worst 0.2 s 60 % {at}"
    assert report.standing(progress(silent_s=7.4)).startswith("12:34 left, NO ANSWERS for 7 s, lost")
    nothing = progress(unanswered_ratio=None, pdv_p95_ms=None, short=None)
    assert report.standing(nothing) == "12:34 left"
