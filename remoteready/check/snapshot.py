"""A workstation as the raw output of its sources: recorded from a Host, replayed as one.

A snapshot is YAML: `system` and `sources`, a map from what was asked ("run pactl -f json info", "read /proc/net/route",
"list /sys/class/net", "link /sys/class/net/eth0/device", "call memory_total_bytes") to what came back. A source that
could not answer holds `{unavailable: reason}`, a command that is not there `{not_installed: true}`; what is not in the
map was not there either. A recorded one also holds `format`, `tool_version`, `time`, the `values` of the profile's
variables and `took_ms`, how long each source took.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from remoteready import __version__, files
from remoteready.check.host import Host, NotInstalled, Output, Unavailable
from remoteready.exits import UnusableInput

P = ParamSpec("P")
T = TypeVar("T")

FORMAT = 1
LARGEST_BYTES = 64_000_000
"""Of a snapshot; a desk's is below 1 MB, and no source is kept beyond 8 MB."""
WIDTH = 120


# --- recording ---


@dataclass
class Question:
    """One source: what was asked, by which collectors, what came back and how long that took."""

    asked: str
    answer: Any = None
    failure: Unavailable | None = None
    took_ms: float | None = None
    """None until it has been answered."""
    collectors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def recorded(self) -> Any:
        """What a snapshot holds of it."""
        if isinstance(self.failure, NotInstalled):
            return {"not_installed": True}
        if self.failure:
            return {"unavailable": str(self.failure)}
        if isinstance(self.answer, Output):
            if self.answer.exit_code == 0 and not self.answer.stderr:
                return self.answer.stdout
            return {"exit": self.answer.exit_code, "stdout": self.answer.stdout, "stderr": self.answer.stderr}
        return self.answer


class Recorder:
    """A Host that passes each question on once and keeps the answer: all collectors see the same machine."""

    def __init__(self, behind: Host) -> None:
        self.system = behind.system
        self._behind = behind
        self._questions: dict[str, Question] = {}
        self._lock = threading.Lock()

    @property
    def questions(self) -> list[Question]:
        """The sources that have answered, in the order in which they were asked."""
        with self._lock:
            return [question for question in self._questions.values() if question.took_ms is not None]

    @property
    def sources(self) -> dict[str, Any]:
        """What a snapshot holds, names and addresses included."""
        return {question.asked: question.recorded for question in self.questions}

    def run(self, *command: str, timeout_s: float = 3.0) -> Output:
        """Run a command, once."""
        answer = self._once("run " + " ".join(command), lambda: self._behind.run(*command, timeout_s=timeout_s))
        return cast("Output", answer)

    def read(self, path: str) -> str:
        """The text of a file, read once."""
        return str(self._once(f"read {path}", lambda: self._behind.read(path)))

    def list(self, path: str) -> list[str]:
        """The names in a folder, listed once."""
        return list(self._once(f"list {path}", lambda: _plain(self._behind.list(path))))

    def link(self, path: str) -> str:
        """Where a path leads to, followed once."""
        return str(self._once(f"link {path}", lambda: self._behind.link(path)))

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer of a native function, as the plain data that a snapshot can hold."""
        asked = " ".join(["call", function.__name__, *map(str, args), *map(str, kwargs.values())])
        return cast("T", self._once(asked, lambda: _plain(self._behind.call(function, *args, **kwargs))))

    def _once(self, asked: str, ask: Callable[[], Any]) -> Any:
        with self._lock:
            question = self._questions.setdefault(asked, Question(asked))
        question.collectors.append(threading.current_thread().name)
        with question.lock:
            if question.took_ms is None:
                start = time.perf_counter()
                try:
                    question.answer = ask()
                except Unavailable as error:
                    question.failure = error
                except Exception as error:  # whatever a native function does must be the same when it is replayed
                    question.failure = Unavailable(f"unexpected answer ({type(error).__name__}: {error})")
                question.took_ms = (time.perf_counter() - start) * 1000
        if question.failure:
            raise type(question.failure)(str(question.failure))
        return question.answer


def _plain(answer: Any) -> Any:
    """The same data as it comes back from a file: tuples as lists, text without halves of characters."""
    if isinstance(answer, str):
        return answer.encode("utf-8", "replace").decode()
    if isinstance(answer, Mapping):
        return {_plain(key): _plain(value) for key, value in answer.items()}
    if isinstance(answer, list | tuple):
        return [_plain(item) for item in answer]
    if answer is None or isinstance(answer, bool | int | float):
        return answer
    raise TypeError(f"{type(answer).__name__} is not plain data")


def dump(system: str, sources: Mapping[str, Any], values: Mapping[str, str], took_ms: Mapping[str, float]) -> str:
    """The text of a snapshot file: lines of text as lines, everything else in one style."""
    import yaml

    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # the C one where there is one
        """Writes text of several lines as such, and never an alias."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def lines(dumper: Any, text: str) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)

    Dumper.add_representer(str, lines)
    document = {
        "format": FORMAT,
        "tool_version": __version__,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": system,
        "values": dict(values),
        "sources": dict(sources),
        "took_ms": {asked: round(took, 1) for asked, took in took_ms.items()},
    }
    text: str = yaml.dump(document, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    return (
        "# What the sources of one workstation said. Names, addresses and serial numbers are replaced by stand-ins.\n"
        "# `remoteready check --from` this file gives the findings of that workstation on any computer.\n" + text
    )


# --- replay ---


@dataclass(frozen=True)
class RecordedHost:
    """A Host that answers from a snapshot."""

    system: str
    sources: Mapping[str, Any]
    values: Mapping[str, str] = field(default_factory=dict)
    """The variables of the profile as they were filled in."""
    time: datetime | None = None
    """When it was recorded."""

    def run(self, *command: str, timeout_s: float = 3.0) -> Output:
        """What the command printed when it was recorded; a plain string means exit code 0."""
        try:
            answer = self._answer("run", " ".join(command))
        except LookupError:
            raise NotInstalled(f"{command[0]} is not installed") from None
        if isinstance(answer, str):
            return Output(0, answer, "")
        if "not_installed" in answer:
            raise NotInstalled(f"{command[0]} is not installed")
        return Output(answer.get("exit", 0), answer.get("stdout", ""), answer.get("stderr", ""))

    def read(self, path: str) -> str:
        """The recorded text of a file."""
        return str(self._file("read", path))

    def list(self, path: str) -> list[str]:
        """The recorded names in a folder."""
        return sorted(self._file("list", path))

    def link(self, path: str) -> str:
        """Where the recorded link led."""
        return str(self._file("link", path))

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The recorded answer of a native function."""
        asked = " ".join([function.__name__, *map(str, args), *map(str, kwargs.values())])
        try:
            return cast("T", self._answer("call", asked))
        except LookupError:
            raise Unavailable(f"{asked} was not recorded") from None

    def _file(self, kind: str, path: str) -> Any:
        try:
            return self._answer(kind, path)
        except LookupError:
            raise Unavailable(f"{path} does not exist") from None

    def _answer(self, kind: str, asked: str) -> Any:
        answer = self.sources[f"{kind} {asked}"]
        if isinstance(answer, dict) and "unavailable" in answer:
            raise Unavailable(answer["unavailable"])
        return answer


def load(path: Path) -> RecordedHost:
    """The workstation in a snapshot file. UnusableInput names the file and what is wrong with it."""
    return parse(files.read_text(path, LARGEST_BYTES), str(path))


def parse(text: str, place: str) -> RecordedHost:
    """The workstation in the text of a snapshot; `place` names it in errors."""
    document = files.parse_yaml(text, place)
    if not isinstance(document, dict) or not isinstance(document.get("sources"), dict) or "system" not in document:
        raise UnusableInput(f"{place}: not a snapshot; it needs `system` and `sources`")
    if document.get("format", FORMAT) != FORMAT:
        raise UnusableInput(f"{place}: a snapshot of another format; use the version of remoteready that wrote it")
    values = document.get("values", {})
    if not isinstance(values, dict) or not all(isinstance(text, str) for text in (*values, *values.values())):
        raise UnusableInput(f"{place}: values: must be texts by name")
    return RecordedHost(str(document["system"]), document["sources"], values, _time(document.get("time"), place))


def _time(text: Any, place: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise UnusableInput(f"{place}: time: {files.shown(text)} is no time; write 2026-11-22T08:00:00+00:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
