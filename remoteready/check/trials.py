"""What profiles would say on recorded machines: each is replayed and judged, and none stops those after it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field

from remoteready import __version__, files
from remoteready.check import attestations, audit, snapshot
from remoteready.check.collect import collect
from remoteready.check.combine import Combined
from remoteready.check.findings import JudgedBy, Model, Report, Status
from remoteready.check.snapshot import RecordedHost, Recorder
from remoteready.check.work import Level
from remoteready.exits import ExitCode, UnusableInput, Verdict

SCHEMA_VERSION = "1"
"""Of the JSON report; raised when a field changes its meaning or goes."""
HAS = [re.compile(rf"^[\"']?{key}[\"']? *:", re.MULTILINE) for key in ("system", "sources")]
"""What a snapshot has, and other YAML files in a folder have not."""


class Machine(NamedTuple):
    """A snapshot, by a name that tells it from the others."""

    name: str
    file: Path


class Trial(Model):
    """One recorded machine, judged: the rules that it did not pass, by id."""

    machine: str = Field(description="Name of the machine: that of its file or folder")
    file: str = Field(description="The snapshot")
    system: str = Field(default="", description="linux, macos or windows; empty where the file could not be used")
    verdict: Verdict | None = Field(default=None, description="null where the file could not be used")
    must_not_met: tuple[str, ...] = Field(default=(), description="Failed: these make it not ready")
    should_not_met: tuple[str, ...] = Field(default=(), description="Warnings")
    must_unknown: tuple[str, ...] = Field(default=(), description="Could not be told: these make it undetermined")
    should_unknown: tuple[str, ...] = Field(default=(), description="Could not be told, and does not matter as much")
    passed: tuple[str, ...] = Field(default=(), description="Met")
    problem: str = Field(default="", description="Why the file could not be used; empty where it could")


class Trials(Model):
    """What profiles say on several recorded machines."""

    schema_version: Annotated[str, Field(pattern="^1$")] = Field(
        default=SCHEMA_VERSION, description="Version of this format"
    )
    tool_version: str = Field(default=__version__, description="Version of remoteready")
    profiles: tuple[JudgedBy, ...] = Field(description="What they were judged by")
    site: str | None = Field(default=None, description="Id of the site file that had a say; null where there was none")
    role: str | None = Field(default=None, description="The role of that site; null where none was asked for")
    machines: tuple[Trial, ...] = Field(description="Every machine, in the order of its name")

    def count(self, verdict: Verdict | None) -> int:
        """How many machines came out so; None: how many could not be used."""
        return sum(one.verdict is verdict for one in self.machines)

    @property
    def exit_code(self) -> ExitCode:
        """That of a file that cannot be used, else of the worst verdict."""
        if self.count(None):
            return ExitCode.USAGE
        worst = (Verdict.NOT_READY, Verdict.UNDETERMINED, Verdict.READY)
        return next(verdict.exit_code for verdict in worst if self.count(verdict))


def machines(places: Iterable[Path]) -> list[Machine]:
    """The snapshots that are named and those in folders that are named. UnusableInput where a folder has none."""
    found: dict[Path, str] = {}
    for place in places:
        if not place.is_dir():
            found.setdefault(place, Path(_name(place.absolute())).name)
            continue
        inside = [path for path in sorted(place.rglob("*.y*ml")) if path.suffix in (".yaml", ".yml") and _is_one(path)]
        if not inside:
            raise UnusableInput(f"{place}: has no snapshots; `remoteready snapshot FILE` records one")
        for path in inside:
            name = _name(path.relative_to(place))
            found.setdefault(path, place.absolute().name if name == "." else name)
    names = list(found.values())
    return [Machine(str(path) if names.count(name) > 1 else name, path) for path, name in found.items()]


def _name(path: Path) -> str:
    """A path without its ending; of one that is called snapshot.yaml, its folder."""
    return (path.parent if path.stem == "snapshot" else path.with_suffix("")).as_posix()


def _is_one(path: Path) -> bool:
    """Whether it may be a snapshot: one that cannot be read is shown as such."""
    try:
        text = files.read_text(path, snapshot.LARGEST_BYTES)
    except UnusableInput:
        return True
    return all(key.search(text) for key in HAS)


Fill = Callable[[RecordedHost], Mapping[str, str]]
"""The variables of the profiles for a machine."""


def trials(chosen: Combined, recorded: Sequence[Machine], fill: Fill, day: date, told: Callable[[int], None]) -> Trials:
    """Each machine judged on `day`. `told` learns after each how many are done."""
    found = []
    for number, machine in enumerate(recorded, 1):
        try:
            found.append(_trial(machine, judge(chosen, snapshot.load(machine.file), fill, day)))
        except UnusableInput as error:
            problem = str(error).removeprefix(str(machine.file)).lstrip(": ")
            found.append(Trial(machine=machine.name, file=str(machine.file), problem=problem))
        told(number)
    return Trials(
        profiles=tuple(JudgedBy(id=one.id, version=one.version, digest=one.digest) for one in chosen.profiles),
        site=chosen.site.id if chosen.site else None,
        role=chosen.role,
        machines=tuple(found),
    )


def judge(chosen: Combined, host: RecordedHost, fill: Fill, day: date) -> Report:
    """The report of one recorded machine. What only a person can say is unknown. UnusableInput."""
    values = fill(host)
    targets, clients = chosen.whole.addresses(values), chosen.whole.recording_clients
    facts = collect(Recorder(host), chosen.wanted_facts(values), targets, recorders=clients)
    asked = [one.rule for one in chosen.demands if one.rule.ask]
    stated = attestations.facts(asked, {}, day, attended=False)
    time = host.time or datetime.now(UTC)
    return audit.report(chosen, {**facts, **stated}, host.system, values, host=None, time=time)


def _trial(machine: Machine, report: Report) -> Trial:
    def ids(status: Status, *levels: Level) -> tuple[str, ...]:
        return tuple(one.rule for one in report.findings if one.status is status and one.level in levels)

    return Trial(
        machine=machine.name,
        file=str(machine.file),
        system=report.system,
        verdict=report.verdict,
        must_not_met=ids(Status.FAIL, *Level),
        should_not_met=ids(Status.WARN, *Level),
        must_unknown=ids(Status.UNKNOWN, Level.MUST),
        should_unknown=ids(Status.UNKNOWN, Level.SHOULD),
        passed=ids(Status.PASS, *Level),
    )
