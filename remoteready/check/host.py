"""The only seam to the operating system: run a command, read it, call a native function.

Every method answers or raises `Unavailable` with the reason – never an empty default. What it returns is raw; making
facts of it is the collectors' work.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

LARGEST_BYTES = 8_000_000
"""The most that is kept of one source; the largest real one, a full `pactl list`, is far below 1 MB."""


class Unavailable(Exception):
    """A source that cannot answer, with the reason that becomes the fact's."""


class NotInstalled(Unavailable):
    """A command that is not there at all."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a command left behind."""

    exit_code: int
    stdout: str
    stderr: str


class Host(Protocol):
    """A workstation, live or recorded."""

    @property
    def system(self) -> str:
        """ "linux", "macos" or "windows"."""

    def run(self, *command: str, timeout_s: float = 3.0) -> Output:
        """Run a command to its end. Raises Unavailable when it is missing, not allowed or too slow."""

    def read(self, path: str) -> str:
        """The text of a file; bytes that are not UTF-8 are replaced."""

    def list(self, path: str) -> list[str]:
        """The names in a folder, sorted."""

    def link(self, path: str) -> str:
        """The path that a path leads to when all symbolic links are followed."""

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer of a native function whose arguments and result are plain data."""


SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}


class LiveHost:
    """This workstation. Leave it as a context manager so that no command outlives the run."""

    def __init__(self) -> None:
        self.system = SYSTEMS.get(sys.platform, sys.platform)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> "LiveHost":
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._closed = True
            running = list(self._running)
        for process in running:
            _kill(process)

    def run(self, *command: str, timeout_s: float = 3.0) -> Output:
        """Run a command in a group of its own; when its time is over the whole group is killed.

        The output goes to files, not pipes: a child that keeps the pipe open cannot keep the run waiting.
        """
        if shutil.which(command[0]) is None:
            forbidden = shutil.which(command[0], mode=os.F_OK)
            if forbidden:
                raise Unavailable(f"{command[0]} may not be run")
            raise NotInstalled(f"{command[0]} is not installed")
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = self._start(command, out, err)
            try:
                exit_code = process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                raise Unavailable(f"{command[0]} timed out after {timeout_s:g} s") from None
            finally:
                _kill(process)
                with self._lock:
                    self._running.discard(process)
            return Output(exit_code, _read_back(out), _read_back(err))

    def _start(self, command: tuple[str, ...], out: IO[bytes], err: IO[bytes]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise Unavailable("interrupted")
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    env=os.environ | {"LC_ALL": "C.UTF-8"},
                    start_new_session=True,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
            except OSError as error:
                raise Unavailable(f"{command[0]}: {(error.strerror or str(error)).lower()}") from error
            self._running.add(process)
            return process

    def read(self, path: str) -> str:
        """The text of a file, at most LARGEST_BYTES of it."""
        try:
            with Path(path).open("rb") as file:
                return file.read(LARGEST_BYTES).decode("utf-8", errors="replace")
        except (OSError, ValueError) as error:
            raise Unavailable(_why(path, error)) from error

    def list(self, path: str) -> list[str]:
        """The names in a folder, sorted."""
        try:
            return sorted(os.listdir(path))  # noqa: PTH208 – names are what is wanted
        except (OSError, ValueError) as error:
            raise Unavailable(_why(path, error)) from error

    def link(self, path: str) -> str:
        """The path with all symbolic links followed; it must exist."""
        try:
            return str(Path(path).resolve(strict=True))
        except (OSError, RuntimeError, ValueError) as error:
            raise Unavailable(_why(path, error)) from error

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call it here and now; an operating-system error becomes Unavailable."""
        try:
            return function(*args, **kwargs)
        except (OSError, ImportError) as error:
            raise Unavailable(_why(function.__name__, error)) from error


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the command and every child that it started, and reap it."""
    if sys.platform == "win32":
        import psutil

        with suppress(psutil.Error):
            for child in psutil.Process(process.pid).children(recursive=True):
                with suppress(psutil.Error):  # one that has ended by itself keeps no other alive
                    child.kill()
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(1)


def _read_back(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(LARGEST_BYTES).decode("utf-8", errors="replace")


def _why(place: str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{place} does not exist"
    words = (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
    return f"{place}: {words}"
