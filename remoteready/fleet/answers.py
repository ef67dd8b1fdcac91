"""What every answer about the fleet shares: whom it is about, in which state a desk is, and how it becomes JSON."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from remoteready.exits import Verdict

SCHEMA_VERSION = "1"
"""Of the JSON answers; raised when a field changes its meaning or goes."""
STALE_AFTER_HOURS = 72
"""Older than this, a report says nothing about tonight's shift: longer than a weekend."""


class State(StrEnum):
    """Where one person of the roster stands: by the newest report, unless that is too old or there is none."""

    NOT_READY = "not_ready"
    UNDETERMINED = "undetermined"
    STALE = "stale"
    NEVER_SEEN = "never_seen"
    READY = "ready"


SILENT = (State.STALE, State.NEVER_SEEN)
"""Those of whom nothing is known now."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom and which time a question is about; null asks about all of them. Days are UTC and inclusive."""

    site: str | None = None
    team: str | None = None
    rule: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """People by their state; they add up to `people`."""

    people: int = 0
    ready: int = 0
    not_ready: int = 0
    undetermined: int = 0
    stale: int = 0
    never_seen: int = 0

    @property
    def heard(self) -> int:
        """People whose newest report is recent enough to count."""
        return self.ready + self.not_ready + self.undetermined

    @property
    def silent(self) -> int:
        """People of whom nothing is known now."""
        return self.stale + self.never_seen

    @property
    def verdict(self) -> Verdict:
        """One who is not ready decides; then one who could not be told or is silent."""
        if self.not_ready:
            return Verdict.NOT_READY
        return Verdict.READY if self.people == self.ready else Verdict.UNDETERMINED


def count(states: Iterable[tuple[str, int]]) -> Counts:
    """Counts from numbers of people by state; a state may come more than once."""
    found = dict.fromkeys(State, 0)
    for state, people in states:
        found[State(state)] += people
    return Counts(people=sum(found.values()), **{state.value: people for state, people in found.items()})


@dataclass(frozen=True, slots=True)
class Person:
    """One agent's desk, by the pseudonym that the fleet knows it by; site, team and ISP as the roster has them.

    `name` is the organisation's name for them, where the question itself gave it.
    """

    agent: str
    name: str | None
    site: str
    team: str
    isp: str


@dataclass(frozen=True, slots=True)
class Failing:
    """A rule that a desk does not meet, or that could not be told, and the first report since when that is so."""

    rule: str
    title: str
    level: str
    status: str
    since: date


def to_json(answer: Any) -> str:
    """An answer as JSON text: times in ISO 8601, UTC."""
    return json.dumps(answer, indent=2, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: object) -> str | dict[str, Any]:
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    if is_dataclass(value):  # asdict() would copy all that is in it, which takes longer than to write it
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no place in JSON")
