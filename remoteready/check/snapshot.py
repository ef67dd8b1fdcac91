"""A workstation recorded as the raw output of its sources, replayed as a Host.

A snapshot is YAML: `system` and `sources`, a map from what was asked ("run pactl -f json info", "read /proc/net/route",
"list /sys/class/net", "link /sys/class/net/eth0/device", "call memory_total_bytes") to what came back. A source that
could not answer holds `{unavailable: reason}`; one that is not in the map was not there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from remoteready import files
from remoteready.check.host import NotInstalled, Output, Unavailable
from remoteready.exits import UnusableInput

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class RecordedHost:
    """A Host that answers from a snapshot."""

    system: str
    sources: Mapping[str, Any]

    def run(self, *command: str, timeout_s: float = 3.0) -> Output:
        """What the command printed when it was recorded; a plain string means exit code 0."""
        try:
            answer = self._answer("run", " ".join(command))
        except LookupError:
            raise NotInstalled(f"{command[0]} is not installed") from None
        if isinstance(answer, str):
            return Output(0, answer, "")
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
        asked = " ".join([function.__name__, *map(str, args)])
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
    document = files.parse_yaml(files.read_text(path), str(path))
    if not isinstance(document, dict) or not isinstance(document.get("sources"), dict) or "system" not in document:
        raise UnusableInput(f"{path}: not a snapshot; it needs `system` and `sources`")
    return RecordedHost(str(document["system"]), document["sources"])
