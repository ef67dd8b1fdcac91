"""A metered link is asked about before much is sent: NetworkManager played on a real bus."""

import os
import pty
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from remoteready.exits import ExitCode
from remoteready.measure import metered
from tests.measure.lines import free_port
from tests.measure.test_commands import TOOL

ROOT = Path(__file__).parents[2]
NAME, PLACE, INTERFACE = metered.MANAGER
ASKED = "This link is metered, by what the system says. Measure all the same?"


def lacking() -> str:
    if sys.platform != "linux":
        return "needs Linux"
    missing = [name for name in ("busctl", "dbus-daemon") if not shutil.which(name)]
    if missing:
        return f"needs the programs {' and '.join(missing)}"
    imported = subprocess.run(["/usr/bin/python3", "-c", "import dbusmock"], capture_output=True, check=False)
    return "needs the Debian package python3-dbusmock" if imported.returncode else ""


LACKING = lacking()
pytestmark = pytest.mark.skipif(bool(LACKING), reason=LACKING)


@pytest.fixture(scope="module")
def bus() -> Iterator[dict[str, str]]:
    """The environment of a desk with a bus of its own, on which NetworkManager is played."""
    daemon_command = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
    with subprocess.Popen(daemon_command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as daemon:
        assert daemon.stdout
        address = daemon.stdout.readline().strip()
        environment = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": address, "DBUS_SESSION_BUS_ADDRESS": address}
        play = ["/usr/bin/python3", "-m", "dbusmock", "--system", NAME, PLACE, INTERFACE]
        with subprocess.Popen(play, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as manager:
            end = time.monotonic() + 20
            while not mock(environment, "AddProperty", "ssv", INTERFACE, "Metered", "u", "0"):
                assert time.monotonic() < end, "the mock did not start"
                time.sleep(0.05)
            yield environment
            manager.terminate()
        daemon.terminate()


def mock(environment: dict[str, str], method: str, *arguments: str) -> bool:
    command = ["busctl", "call", NAME, PLACE, "org.freedesktop.DBus.Mock", method, *arguments]
    return not subprocess.run(command, env=environment, capture_output=True, check=False).returncode


def say(environment: dict[str, str], value: int) -> None:
    assert mock(environment, "UpdateProperties", "sa{sv}", INTERFACE, "1", "Metered", "u", str(value))


def measured(environment: dict[str, str], *options: str) -> "subprocess.CompletedProcess[str]":
    command = [*TOOL, "measure", f"127.0.0.1:{free_port()}", "--seconds", "2", *options]
    quiet = subprocess.DEVNULL
    return subprocess.run(
        command, env=environment, stdin=quiet, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )


@pytest.mark.parametrize("value", [metered.YES, metered.GUESS_YES])
def test_a_metered_link_is_refused_where_nobody_can_be_asked(bus, value):
    say(bus, value)
    done = measured(bus)
    assert done.returncode == ExitCode.USAGE
    assert "this link is metered, by what the system says: add --yes" in done.stderr
    assert "this link is metered" in measured(bus, "--soak", "2s").stderr


@pytest.mark.parametrize("options", [("--yes",), ("--no-upload",)])
def test_who_agrees_or_uploads_nothing_is_not_asked(bus, options):
    say(bus, metered.YES)
    assert measured(bus, *options).returncode == ExitCode.UNDETERMINED


@pytest.mark.parametrize("value", [0, 2, 4])
def test_a_link_that_is_not_known_to_be_metered_is_not_asked_about(bus, value):
    say(bus, value)
    done = measured(bus, "--soak", "2s")
    assert (done.returncode, "no answer: connection refused" in done.stdout) == (ExitCode.UNDETERMINED, True)


@pytest.mark.parametrize(("answer", "words"), [(b"n\n", ""), (b"y\n", "no answer")])
def test_on_a_terminal_a_person_is_asked(bus, answer, words):
    say(bus, metered.YES)
    master, slave = pty.openpty()
    command = [*TOOL, "measure", f"127.0.0.1:{free_port()}", "--seconds", "2"]
    with subprocess.Popen(
        command, env=bus, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        os.write(master, answer)
        out, said = process.communicate(timeout=60)
    os.close(slave)
    os.close(master)
    assert process.returncode == ExitCode.UNDETERMINED
    assert ASKED in said
    assert words in out
    assert bool(out.strip()) == bool(words)


def test_without_a_service_that_knows_nothing_is_asked(bus):
    nowhere = bus | {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"}
    assert measured(nowhere).returncode == ExitCode.UNDETERMINED
