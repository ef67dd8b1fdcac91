"""The README says what the program does. REMOTEREADY_GOLDEN=write writes its help blocks anew."""

import os
import re
import shlex
from pathlib import Path

import pytest

from tests.test_cli import run

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n\$ (remoteready[^\n]*--help)\n(.*?)```", re.DOTALL)


def shown(command: str) -> str:
    return run(*shlex.split(command)[1:]).stdout


if os.environ.get("REMOTEREADY_GOLDEN") == "write":
    written = BLOCK.sub(lambda match: f"```console\n$ {match[1]}\n{shown(match[1])}```", README.read_text("utf-8"))
    README.write_text(written, "utf-8")

HELP = dict(BLOCK.findall(README.read_text("utf-8")))


@pytest.mark.parametrize("command", HELP)
def test_help_in_the_readme_is_the_programs(command: str) -> None:
    assert HELP[command] == shown(command)


def test_every_command_has_its_help_in_the_readme() -> None:
    commands = re.findall(r"^  ([a-z]+)  ", shown("remoteready --help").partition("Commands:")[2], re.MULTILINE)
    assert commands
    assert {f"remoteready {name} --help" for name in commands} <= set(HELP)


def test_the_two_commands_come_first() -> None:
    first = README.read_text("utf-8").partition("```console\n")[2].partition("```")[0]
    assert [line.split("#")[0].strip() for line in first.splitlines()] == ["make run", "make test"]


def test_every_file_that_a_document_links_to_exists() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        for link in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text("utf-8")):
            assert (ROOT / link).exists(), f"{name}: {link}"


def test_every_exit_code_is_in_the_readme() -> None:
    from remoteready.exits import ExitCode

    rows = {int(number) for number in re.findall(r"^\| (\d+) \|", README.read_text("utf-8"), re.MULTILINE)}
    assert rows == {int(code) for code in ExitCode}
