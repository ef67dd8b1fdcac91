import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from remoteready.check.host import LiveHost, Unavailable


def ended(pid: int) -> bool:
    """Whether a process is gone; an orphan that init has not reaped yet counts as gone."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until_ended(pid: int, within_s: float = 5) -> bool:
    deadline = time.monotonic() + within_s
    while not ended(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return ended(pid)


def wait_for_text(path: Path, within_s: float = 5) -> str:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if path.exists() and path.read_text().endswith("\n"):
            return path.read_text()
        time.sleep(0.01)
    raise AssertionError(f"nothing was written to {path.name}")


def test_a_command_gives_its_exit_code_and_both_its_outputs():
    output = LiveHost().run("sh", "-c", "echo said; echo complained >&2; exit 7")
    assert (output.exit_code, output.stdout, output.stderr) == (7, "said\n", "complained\n")


def test_arguments_reach_the_command_as_they_stand_without_a_shell():
    assert LiveHost().run("printf", "%s|", "a b", "$HOME", "*;'\"").stdout == "a b|$HOME|*;'\"|"


def test_a_command_that_ignores_sigterm_is_killed_when_its_time_is_over(tmp_path):
    pid_file = tmp_path / "pid"
    start = time.monotonic()
    with pytest.raises(Unavailable, match=r"^sh timed out after 0\.5 s$"):
        LiveHost().run("sh", "-c", f"trap '' TERM; echo $$ > {pid_file}; sleep 60", timeout_s=0.5)
    assert time.monotonic() - start < 10
    assert wait_until_ended(int(pid_file.read_text()))


def test_the_children_of_a_command_that_timed_out_are_killed_with_it(tmp_path):
    pid_file = tmp_path / "pid"
    with pytest.raises(Unavailable, match="timed out"):
        LiveHost().run("sh", "-c", f"sleep 60 & echo $! > {pid_file}; wait", timeout_s=0.5)
    assert wait_until_ended(int(pid_file.read_text()))


def test_a_child_that_keeps_stdout_open_neither_delays_the_answer_nor_survives_it():
    start = time.monotonic()
    output = LiveHost().run("sh", "-c", "sleep 60 & echo $!", timeout_s=30)
    assert time.monotonic() - start < 10
    assert output.exit_code == 0
    assert wait_until_ended(int(output.stdout))


def test_a_command_that_is_missing_is_said_to_be_not_installed():
    with pytest.raises(Unavailable, match=r"^no-such-command-here is not installed$"):
        LiveHost().run("no-such-command-here", "--version")


def test_a_command_that_may_not_be_run_is_not_said_to_be_missing(tmp_path):
    command = tmp_path / "locked"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o644)
    with pytest.raises(Unavailable, match=r"locked may not be run$"):
        LiveHost().run(str(command))


def test_a_command_that_the_kernel_refuses_to_start_is_unavailable_with_the_reason(tmp_path):
    command = tmp_path / "broken"
    command.write_text("#!/no/such/interpreter\n")
    command.chmod(0o755)
    with pytest.raises(Unavailable, match=r"broken: no such file or directory$"):
        LiveHost().run(str(command))


def test_commands_speak_c_utf_8():
    assert LiveHost().run("sh", "-c", 'echo "$LC_ALL"').stdout == "C.UTF-8\n"


def test_commands_get_nothing_on_stdin_whatever_remoteready_itself_gets():
    count = "from remoteready.check.host import LiveHost; print(LiveHost().run('wc', '-c').stdout)"
    run = subprocess.run([sys.executable, "-c", count], input="typed", capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "0"


def test_output_that_is_not_utf_8_is_replaced():
    output = LiveHost().run("printf", r"caf\351 \377 \303\251")
    assert output.stdout == "caf� � é"


def test_a_long_output_does_not_block_the_command():
    assert len(LiveHost().run("head", "-c", "1000000", "/dev/zero", timeout_s=30).stdout) == 1_000_000


def test_leaving_the_host_kills_what_still_runs_in_another_thread(tmp_path):
    pid_file = tmp_path / "pid"
    host = LiveHost()
    command = ("sh", "-c", f"trap '' TERM; echo $$ > {pid_file}; sleep 60")
    runner = threading.Thread(target=lambda: host.run(*command, timeout_s=60))
    with host:
        runner.start()
        pid = int(wait_for_text(pid_file))
        assert not ended(pid)
    runner.join(10)
    assert not runner.is_alive()
    assert wait_until_ended(pid)


def test_a_host_that_was_left_starts_nothing_more():
    with LiveHost() as host:
        pass
    with pytest.raises(Unavailable, match=r"^interrupted$"):
        host.run("true")


def test_a_file_is_read_whole_and_bytes_that_are_not_utf_8_are_replaced(tmp_path):
    file = tmp_path / "name"
    file.write_bytes(b"caf\xe9\nsecond line\n")
    assert LiveHost().read(str(file)) == "caf�\nsecond line\n"


def test_a_folder_is_listed_sorted(tmp_path):
    for name in ("wlan0", "eth0", "lo"):
        (tmp_path / name).touch()
    assert LiveHost().list(str(tmp_path)) == ["eth0", "lo", "wlan0"]


def test_a_link_is_followed_to_its_end(tmp_path):
    (tmp_path / "drivers").mkdir()
    (tmp_path / "drivers" / "r8152").mkdir()
    (tmp_path / "device").symlink_to("drivers/r8152")
    (tmp_path / "again").symlink_to("device")
    assert LiveHost().link(str(tmp_path / "again")).endswith("/drivers/r8152")


@pytest.mark.parametrize("method", ["read", "list", "link"])
def test_a_path_that_is_missing_is_unavailable_and_named(method, tmp_path):
    path = str(tmp_path / "missing")
    with pytest.raises(Unavailable) as refusal:
        getattr(LiveHost(), method)(path)
    assert str(refusal.value) == f"{path} does not exist"


@pytest.mark.parametrize("path", ["/with\0zero", "/lone\ud800surrogate"])
@pytest.mark.parametrize("method", ["read", "list", "link"])
def test_a_path_that_no_file_can_have_is_unavailable_and_named(method, path):
    with pytest.raises(Unavailable) as refusal:
        getattr(LiveHost(), method)(path)
    assert str(refusal.value).startswith(path)


def test_a_folder_cannot_be_read_as_a_file_and_a_file_not_listed_as_a_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match=r"is a directory$"):
        LiveHost().read(str(tmp_path))
    with pytest.raises(Unavailable, match=r"not a directory$"):
        LiveHost().list(str(tmp_path / "file"))


def test_links_that_run_in_a_circle_are_unavailable_and_named(tmp_path):
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    for method in (LiveHost().read, LiveHost().link):
        with pytest.raises(Unavailable, match=f"^{circle}"):
            method(str(circle))


def test_a_native_call_that_the_system_refuses_is_unavailable_and_says_what_the_system_says():
    with pytest.raises(Unavailable, match=r"^/no/such/file(:.*| does not exist)$"):
        LiveHost().call(os.path.getsize, "/no/such/file")
    assert LiveHost().call(os.path.getsize, "/") > 0
