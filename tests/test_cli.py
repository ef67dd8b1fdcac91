"""The program as a user runs it: whole processes, their exit codes and what they say."""

import contextlib
import fcntl
import json
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import pytest

from remoteready.check import profile
from remoteready.exits import ExitCode

BIN = Path(sys.executable).parent / "remoteready"
GUIDE = ("plan", "--users", "200", "--calls", "40", "--minutes", "6", "--monitors", "2", "--shift-hours", "8")


def run(*arguments: str, env: dict[str, str] | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN), *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        env={**os.environ, "COLUMNS": "80", **(env or {})},
        check=False,
        **options,
    )


def complaint(done: subprocess.CompletedProcess[str], code: ExitCode = ExitCode.USAGE) -> str:
    """The one line on standard error of a command that ended with `code` and said nothing else."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


PROFILE = """
id: try
version: "1"
title: {{en: Try}}
description: {{en: Try}}
targets: {{closed: {{address: "127.0.0.1:9"}}}}
rules:
  - id: one
    title: {{en: One}}
    fact: {fact}
    limit: {limit}
    level: must
    rationale: {{en: Because}}
    remediation: {{any: {{agent: {{en: Do it}}}}}}
    source: {{name: us, checked: 2026-11-22}}
"""

VERDICTS = {
    ExitCode.READY: ("cpu.logical_cores", "{at_least: 1}"),
    ExitCode.NOT_READY: ("cpu.logical_cores", "{at_least: 100000}"),
    ExitCode.UNDETERMINED: ("target.closed.certificate_trusted", "{equals: true}"),
}


@pytest.mark.parametrize("format_", ["console", "json", "html"])
@pytest.mark.parametrize("code", VERDICTS)
def test_every_verdict_has_its_exit_code_in_every_format(code: ExitCode, format_: str, tmp_path: Path) -> None:
    fact, limit = VERDICTS[code]
    path = tmp_path / "try.yaml"
    path.write_text(PROFILE.format(fact=fact, limit=limit))
    assert run("check", "-p", str(path), "--format", format_).returncode == code
    assert run("check", "-p", str(path), "--format", format_, "-o", str(tmp_path / "out")).returncode == code


@pytest.mark.parametrize("format_", ["console", "json", "html"])
@pytest.mark.parametrize(("link", "code"), [("100", ExitCode.READY), ("70", ExitCode.NOT_READY)])
def test_a_link_that_does_not_hold_is_exit_code_1_in_every_format(link: str, code: ExitCode, format_: str) -> None:
    assert run(*GUIDE, "--link-mbps", link, "--format", format_).returncode == code


def test_check_of_this_machine_answers_every_rule_of_the_shipped_profile() -> None:
    done = run("check", "--format", "json")
    report = json.loads(done.stdout)
    assert done.returncode == ExitCode[report["verdict"].upper()]
    assert [one["rule"] for one in report["findings"]] == [rule.id for rule in profile.load("home-agent").rules]
    assert {one["status"] for one in report["findings"]} <= {"pass", "warn", "fail", "unknown", "not_applicable"}
    for one in report["findings"]:
        assert (one["actual"] is None) == (one["status"] in ("unknown", "not_applicable")), one
        assert bool(one["reason"]) == (one["actual"] is None), one


def test_plan_gives_the_guides_numbers() -> None:
    done = run(*GUIDE, "--format", "json")
    values = {one["name"]: one["value"] for one in json.loads(done.stdout)["totals"]}
    assert values["recording_minutes"] == 48_000
    assert values["audio_mb"] == 23_040
    assert values["screen_mb"] == 144_000
    console = run(*GUIDE)
    assert all(number in console.stdout for number in ("48,000", "23,040 MB", "144,000 MB"))


def test_explain_shows_formula_inputs_and_source_of_every_number() -> None:
    shown = " ".join(run(*GUIDE, "--link-mbps", "100", "--explain", env={"COLUMNS": "110"}).stdout.split())
    for figure in json.loads(run(*GUIDE, "--link-mbps", "100", "--format", "json").stdout)["totals"]:
        assert figure["name"] in shown
        assert figure["formula"] in shown
        assert figure["source"] in shown


USAGE = {
    "no such command": (["chek"], "chek"),
    "no such option": (["plan", "--user", "3"], "--users"),
    "text for a number": (["plan", "--users", "many"], "--users"),
    "a comma": (["plan", "--calls", "1,5"], "4.5 with a point"),
    "negative": (["plan", "--users", "-3", "--calls", "4", "--minutes", "3"], "--users"),
    "not a number": (["plan", "--users", "3", "--calls", "4", "--minutes", "nan"], "--minutes"),
    "infinite": (["plan", "--users", "3", "--calls", "inf", "--minutes", "3"], "--calls"),
    "absurd": (["plan", "--users", "1000000000000", "--calls", "4", "--minutes", "3"], "--users"),
    "huge exponent": (["plan", "--users", "3", "--calls", "1e999999", "--minutes", "3"], "--calls"),
    "too much talk": (["plan", "--users", "3", "--calls", "400", "--minutes", "5"], "2000 minutes"),
    "nothing to plan": (["plan"], "--users, --calls and --minutes"),
    "share without a link": ([*GUIDE, "--usable-share", "0.5"], "--link-mbps"),
    "scenario and options": (["plan", "two-sites", "--users", "3"], "--users"),
    "no such scenario": (["plan", "nosuch"], "two-sites"),
    "no such file": (["plan", "nosuch.yaml"], "nosuch.yaml"),
    "a folder": (["plan", "./"], "folder"),
    "a sweep of nothing": (["plan", "sweep", "two-sites"], "--vary throttle-kbps=1000,2000,5000"),
    "a sweep of what is not there": (["plan", "sweep", "two-sites", "--vary", "x=1"], "names are users, calls"),
    "fit of a missing file": (["plan", "fit", "nosuch.yaml"], "nosuch.yaml"),
    "no such codec": ([*GUIDE, "--codec", "mp3"], "--codec: no codec is called 'mp3'; there are: g711"),
    "a window too long": ([*GUIDE, "--window-hours", "20"], "a window of 20 hours after a shift of 8"),
    "no such profile": (["check", "-p", "nosuch"], "home-agent"),
    "no such variable": (["check", "-D", "vpn=x:1"], "vpn_gateway"),
    "no value": (["check", "-D", "vpn_gateway"], "NAME=VALUE"),
    "no address": (["check", "-D", "vpn_gateway=https://vpn"], "-D vpn_gateway: 'https://vpn' is not an address"),
    "no host name": (["check", "-D", "vpn_gateway=a..b:443"], "host:port"),
    "twice": (["check", "-D", "vpn_gateway=a:1", "-D", "vpn_gateway=b:1"], "stands twice"),
    "output is a folder": (["plan", "two-sites", "-o", "."], "folder"),
    "output has no folder": (["check", "-o", "no/such/folder/x"], "does not exist"),
    "full disk": (["plan", "two-sites", "-o", "/dev/full"], "no space left"),
    "no such format": (["plan", "two-sites", "--format", "pdf"], "pdf"),
    "profile that is a scenario": (["profile", "validate", "profiles/scenarios/two-sites.yaml"], "two-sites.yaml"),
}


@pytest.mark.parametrize("case", USAGE)
def test_wrong_use_ends_in_one_line_that_names_the_place(case: str) -> None:
    arguments, words = USAGE[case]
    assert words in complaint(run(*arguments, cwd=Path(__file__).parents[1]))


@pytest.mark.parametrize(
    "command",
    ["plan two-sites", "plan two-sites -f json", "check -f html", "--help", "--version", "plan --help", "profile list"],
)
def test_a_full_disk_behind_standard_output_is_said_once(command: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([BIN, *command.split()], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "remoteready: standard output: no space left on device\n")


def test_a_full_disk_behind_standard_error_changes_no_exit_code(tmp_path: Path) -> None:
    for arguments, code in ((["plan", "nosuch"], 2), (["plan", "two-sites", "-o", str(tmp_path / "plan.txt")], 1)):
        with Path("/dev/full").open("w") as full:
            assert subprocess.run([BIN, *arguments], stderr=full, check=False).returncode == code
    assert "TOO SMALL" in (tmp_path / "plan.txt").read_text("utf-8")


@pytest.mark.parametrize("format_", ["json", "html"])
def test_data_and_pages_are_utf8_whatever_the_terminal_is(format_: str) -> None:
    def written(encoding: str) -> bytes:
        env = {**os.environ, "PYTHONIOENCODING": encoding}
        command = [str(BIN), "plan", "two-sites", "--explain", "-f", format_]
        return subprocess.run(command, capture_output=True, env=env, check=False).stdout

    assert "×" in written("utf-8").decode()
    assert written("cp1252") == written("ascii") == written("utf-8")


def test_a_report_longer_than_the_terminal_ends_with_the_verdict() -> None:
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    env = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen([BIN, "check"], stdin=terminal, stdout=terminal, stderr=subprocess.DEVNULL, env=env)
    os.close(terminal)
    shown = b""
    with contextlib.suppress(OSError):  # Linux's way to say that the other end has been closed
        while data := os.read(main, 65536):
            shown += data
    os.close(main)
    assert process.wait(20) in (0, 1, 3)
    assert "what to do stands at the top" in shown.decode().splitlines()[-1]


@pytest.mark.parametrize("command", [["plan", "two-sites", "--explain"], ["check", "--format", "html"], ["--help"]])
def test_a_reader_that_stops_reading_is_no_error(command: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([BIN, *command], stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    assert done.returncode in (0, 1, 3)


def test_a_terminal_that_is_not_utf8_gets_plain_characters() -> None:
    for encoding in ("ascii", "cp1252", "cp437"):
        done = subprocess.run(
            [BIN, "plan", "two-sites"],
            capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "80"},
            check=False,
        )
        assert done.returncode == 1
        assert b"TOO SMALL" in done.stdout
        assert b"?" not in done.stdout
        assert done.stdout.decode(encoding).isascii()


def test_forty_columns_are_enough() -> None:
    for command in (["plan", "two-sites"], ["check"], ["profile", "show", "home-agent"], ["profile", "list"]):
        lines = run(*command, env={"COLUMNS": "40"}).stdout.splitlines()
        assert max(map(len, lines)) <= 40


def test_colours_only_where_they_are_wanted() -> None:
    assert "\x1b[" not in run("plan", "two-sites").stdout
    assert "\x1b[" in run("plan", "two-sites", env={"FORCE_COLOR": "1", "TERM": "xterm-256color"}).stdout
    plain = run("plan", "two-sites", env={"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm-256color"}).stdout
    assert "\x1b[3" not in plain


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupting_a_check_leaves_nothing_behind(tmp_path: Path, signal_: signal.Signals) -> None:
    slow = tmp_path / "pactl"
    slow.write_text("#!/bin/sh\ntrap '' TERM INT\necho $$ > \"$PID_FILE\"\nsleep 60\n")
    slow.chmod(0o755)
    pid_file = tmp_path / "pid"
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PID_FILE": str(pid_file)}
    output = tmp_path / "report.html"
    process = subprocess.Popen(
        [BIN, "check", "-f", "html", "-o", output], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 20
    while not (pid_file.exists() and pid_file.read_text().strip()) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal_)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "Interrupted; nothing was written.\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pactl", "pid"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


def test_a_bug_is_said_in_one_line_with_how_to_report_it(tmp_path: Path) -> None:
    (tmp_path / "rich").mkdir()
    (tmp_path / "rich" / "__init__.py").write_text("raise RuntimeError('a broken installation')")
    done = run("plan", "two-sites", env={"PYTHONPATH": str(tmp_path)})
    assert "REMOTEREADY_TRACEBACK=1" in complaint(done, ExitCode.INTERNAL)
    asked = run("plan", "two-sites", env={"PYTHONPATH": str(tmp_path), "REMOTEREADY_TRACEBACK": "1"})
    assert "a broken installation" in asked.stderr
    assert "Traceback" in asked.stderr


def loaded_modules(*arguments: str) -> set[str]:
    code = (
        "import sys\nsys.argv = ['remoteready', *sys.argv[1:]]\nfrom remoteready.__main__ import main\n"
        "try:\n    main()\nfinally:\n    print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    return {name.partition(".")[0] for name in done.stderr.split()}


def test_help_and_version_import_nothing_they_do_not_need() -> None:
    for arguments in (["--help"], ["--version"], ["plan", "--help"], ["check", "--help"]):
        heavy = {"pydantic", "rich", "yaml", "psutil", "jinja2", "truststore"}
        assert not loaded_modules(*arguments) & heavy, arguments


def test_a_plan_from_options_starts_without_pydantic() -> None:
    for more in ([], ["--uplink-mbps", "10", "--codec", "g711", "--tunnel", "wireguard", "--link-mbps", "100"]):
        assert not loaded_modules(*GUIDE, *more) & {"pydantic", "yaml", "psutil", "jinja2", "truststore", "numpy"}


def test_a_plan_without_the_name_of_a_command_is_size() -> None:
    assert run(*GUIDE).stdout == run("plan", "size", *GUIDE[1:]).stdout
    assert run("plan", "two-sites", "-f", "json").stdout == run("plan", "size", "two-sites", "-f", "json").stdout


def test_two_plans_compare_with_the_exit_code_of_the_worse() -> None:
    done = run("plan", "compare", "two-sites", "home-lines", "--format", "csv")
    assert (done.returncode, done.stderr) == (ExitCode.NOT_READY, "")
    assert done.stdout.startswith("figure,unit,two-sites,home-lines,change\n")


def test_every_command_of_plan_is_there_and_its_bad_input_is_one_line(tmp_path: Path) -> None:
    named = run("plan", "--help").stdout.partition("Commands:")[2]
    for name in ("size", "fit", "sweep", "compare", "verify", "intervals", "calibrate"):
        assert f"\n  {name} " in named
    empty = tmp_path / "empty.csv"
    empty.touch()
    for name in ("fit", "sweep", "verify", "intervals", "calibrate"):
        assert "is empty" in complaint(run("plan", name, str(empty)))


def test_a_verified_scenario_is_the_same_for_the_same_seed() -> None:
    first, second = (run("plan", "verify", "--seed", "2", "--format", "json") for _ in range(2))
    assert (first.returncode, first.stderr) == (ExitCode.READY, "")
    assert first.stdout == second.stdout
    assert json.loads(first.stdout)["verdict"] == "agrees"


def test_text_is_never_read_as_markup(tmp_path: Path) -> None:
    path = tmp_path / "evil.yaml"
    text = PROFILE.format(fact="cpu.logical_cores", limit="{at_least: 1}")
    path.write_text(text.replace("{en: One}", '{en: "[red]<script>alert(1)</script>"}'))
    assert "[red]<script>" in run("check", "-p", str(path), env={"COLUMNS": "110"}).stdout
    page = run("check", "-p", str(path), "--format", "html").stdout
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_profile_that_would_steer_the_terminal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evil.yaml"
    text = PROFILE.format(fact="cpu.logical_cores", limit="{at_least: 1}")
    path.write_text(text.replace("{en: One}", r'{en: "\e[31mred"}'))
    assert "control character" in complaint(run("check", "-p", str(path)))


# --- snapshot, replay, explain ---


def test_a_snapshot_of_this_machine_replays_byte_for_byte_and_holds_none_of_its_names(tmp_path):
    file = tmp_path / "desk.yaml"
    done = run("snapshot", str(file), "-D", "contact_centre=127.0.0.1:9")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(f"Written: {file}, ")
    assert done.stderr.count("\n") == 1, done.stderr
    replays = [run("check", "--from", str(file), "--format", "json") for _ in range(2)]
    reports = [json.loads(done.stdout) for done in replays]
    assert reports[0]["findings"] == reports[1]["findings"]
    assert reports[0]["time"] == reports[1]["time"]
    assert reports[0]["host"] is None
    reachable = reports[0]["facts"]["target.contact-centre.reachable"]
    assert reachable["value"] is False
    text = file.read_text(encoding="utf-8").lower()
    name = socket.gethostname().lower()
    assert len(name) < 3 or name not in text  # two letters lead to nobody, and are part of other words
    machine_id = Path("/etc/machine-id")
    assert not machine_id.exists() or machine_id.read_text().strip() not in text


def test_a_snapshot_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    assert "the folder" in complaint(run("snapshot", str(tmp_path / "no" / "desk.yaml")))


def test_a_rule_is_explained_by_the_sources_that_were_asked_for_it():
    desk = Path(__file__).parent / "hosts" / "debian-12-wired-usb-headset" / "snapshot.yaml"
    done = run("check", "--from", str(desk), "--explain", "wired-network")
    assert done.returncode == ExitCode.READY
    assert "✔ ok  Network connection  wired-network" in done.stdout
    assert "Fact: network.link" in done.stdout
    assert "What the collector “network link” asked" in done.stdout
    assert "link /sys/class/net/eno1/device/driver" in done.stdout
    assert "pactl" not in done.stdout.split("Slowest")[0]
    assert done.stdout.split("Slowest sources")[1].count("\n  - ") == 3


def test_a_rule_that_the_profile_does_not_have_cannot_be_explained():
    said = complaint(run("check", "--explain", "wired"))
    assert "wired: profile home-agent has no such rule (there are: connected, wired-network," in said


def test_an_explanation_is_for_the_terminal():
    assert "leave out --format" in complaint(run("check", "--explain", "camera", "--format", "json"))


def test_quick_leaves_the_named_hosts_alone_and_their_rules_open():
    done = run("check", "--quick", "-D", "contact_centre=127.0.0.1:9", "--format", "json")
    report = json.loads(done.stdout)
    [finding] = [one for one in report["findings"] if one["rule"] == "contact-centre-reachable"]
    assert (finding["status"], finding["reason"]) == ("unknown", "not measured, as --quick was given")
    assert done.returncode in (ExitCode.NOT_READY, ExitCode.UNDETERMINED)


def test_a_file_that_is_no_snapshot_is_refused_in_one_line():
    profile = Path(__file__).parents[1] / "profiles" / "home-agent.yaml"
    assert "not a snapshot" in complaint(run("check", "--from", str(profile)))
