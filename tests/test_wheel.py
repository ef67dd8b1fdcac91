"""The tool as it is installed: the built wheel in an empty environment, without development packages."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from remoteready.language import available

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds nothing but the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    wheel = next(folder.glob("*.whl"))
    names = zipfile.ZipFile(wheel).namelist()
    assert {"remoteready/profiles/home-agent.yaml", "remoteready/check/headsets.yaml"} <= set(names)
    assert {f"remoteready/locale/{one}/LC_MESSAGES/remoteready.po" for one in available()[1:]} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]
    venv.create(folder / "env", with_pip=True)
    programs = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-c", str(ROOT / "constraints.txt"), str(wheel)], check=True, capture_output=True)
    return programs


def run(program: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *arguments], capture_output=True, encoding="utf-8", cwd=cwd, check=False)


def test_the_wheel_answers_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    tool = installed / "remoteready"
    assert run(tool, "--help", cwd=tmp_path).returncode == 0
    assert "home-agent" in run(tool, "profile", "list", cwd=tmp_path).stdout
    for format_ in ("console", "json", "html"):
        plan = run(tool, "plan", "two-sites", "--format", format_, cwd=tmp_path)
        assert (plan.returncode, plan.stderr) == (1, "")
        check = run(tool, "check", "--format", format_, cwd=tmp_path)
        assert check.returncode in (0, 1, 3), check.stderr
        assert check.stderr == ""


def test_a_workbook_without_its_extra_names_the_exact_install_line(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "remoteready", "plan", "two-sites", "--format", "xlsx", "-o", "plan.xlsx", cwd=tmp_path)
    assert done.returncode == 2
    assert "pip install 'remoteready[plan]'" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_it_runs_as_a_module_too(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "python", "-m", "remoteready", "--version", cwd=tmp_path)
    assert (done.returncode, done.stdout.split()[0]) == (0, "remoteready")
