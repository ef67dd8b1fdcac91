"""The real LiveHost runs real processes that stand in for macOS's tools: argument lists, stderr and files for real."""

import plistlib
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remoteready import files
from remoteready.check import snapshot
from remoteready.check.collect import collect
from remoteready.check.host import LiveHost, Output
from remoteready.check.snapshot import RecordedHost

HOSTS = sorted(Path(__file__).parents[1].glob("hosts/macos-*/snapshot.yaml"))
PLUTIL = """#!{python}
import plistlib, sys
assert sys.argv[1:5] == ["-convert", "xml1", "-o", "-"], sys.argv
with open({root!r} + sys.argv[5], "rb") as file:
    sys.stdout.buffer.write(plistlib.dumps(plistlib.load(file)))
"""


class StandInMac(LiveHost):
    """This machine with the tools and files of a recorded Mac; native calls are answered from the record."""

    def __init__(self, recorded: RecordedHost, root: Path) -> None:
        super().__init__()
        self.system = "macos"
        self.recorded, self.root = recorded, root

    def run(self, *command: str, timeout_s: float = 3.0) -> Output:
        return super().run(Path(command[0]).name, *command[1:], timeout_s=10 * timeout_s)

    def read(self, path: str) -> str:
        return super().read(f"{self.root}{path}")

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return self.recorded.call(function, *args, **kwargs)


def install(recorded: RecordedHost, tools: Path, root: Path) -> None:
    """One script for each tool, which answers exactly the recorded argument lists, and the recorded files."""
    cases: dict[str, list[str]] = {}
    for number, (question, answer) in enumerate(recorded.sources.items()):
        kind, _, asked = question.partition(" ")
        if kind == "read" and not isinstance(answer, dict):
            path = Path(f"{root}{asked}")
            path.parent.mkdir(parents=True, exist_ok=True)
            xml = recorded.sources.get(f"run plutil -convert xml1 -o - {asked}")
            path.write_bytes(
                plistlib.dumps(plistlib.loads(xml.encode()), fmt=plistlib.FMT_BINARY) if xml else answer.encode()
            )
        if kind != "run" or asked.startswith("plutil"):
            continue
        command, _, arguments = asked.partition(" ")
        output = answer if isinstance(answer, dict) else {"stdout": answer}
        for stream in ("stdout", "stderr"):
            (tools / f"{number}.{stream}").write_text(output.get(stream, ""), encoding="utf-8")
        said = f"/bin/cat {tools}/{number}.stdout; /bin/cat {tools}/{number}.stderr >&2; exit {output.get('exit', 0)}"
        cases.setdefault(Path(command).name, []).append(f"{shlex.quote(arguments)}) {said};;")
    for name, lines in cases.items():
        script = ["#!/bin/sh", 'case "$*" in', *lines, f'*) echo "{name}: what is $*?" >&2; exit 64;;', "esac"]
        (tools / name).write_text("\n".join(script) + "\n", encoding="utf-8")
        (tools / name).chmod(0o755)
    (tools / "plutil").write_text(PLUTIL.format(python=sys.executable, root=str(root)), encoding="utf-8")
    (tools / "plutil").chmod(0o755)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")
@pytest.mark.parametrize("path", HOSTS, ids=lambda path: path.parent.name)
def test_real_processes_with_a_macs_answers_give_what_is_true_of_that_mac(path, tmp_path, monkeypatch):
    tools, root = tmp_path / "tools", tmp_path / "root"
    tools.mkdir()
    root.mkdir()
    recorded = snapshot.load(path)
    install(recorded, tools, root)
    monkeypatch.setenv("PATH", str(tools))
    truth = files.parse_yaml(files.read_text(path.with_name("expected.yaml")), "expected.yaml")
    with StandInMac(recorded, root) as host:
        facts = collect(host, list(truth), {})
    for name, true in truth.items():
        if isinstance(true, dict):
            assert facts[name].value is None, (name, facts[name])
            if name != "users.automatic_login":  # a file that must not be read cannot be made as root
                assert true["unknown"] in (facts[name].unknown or ""), name
        else:
            assert facts[name].value == (true if isinstance(true, str) else pytest.approx(true, rel=1e-3)), name
