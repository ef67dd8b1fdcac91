"""Who became not ready from one day to another, and who recovered: `fleet diff`."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from remoteready import __version__
from remoteready.exits import Verdict
from remoteready.fleet.answers import SCHEMA_VERSION, SILENT, Counts, Person, Scope, State, count
from remoteready.fleet.people import Question, stamp

FIRST_DAY = date(1970, 1, 1)
"""Before any report: UUIDv7 counts from here."""


@dataclass(frozen=True, slots=True)
class Move:
    """One person who stood elsewhere at the end of the second day than of the first, with the musts failed then."""

    person: Person
    before: State
    after: State
    failed_before: tuple[str, ...]
    failed_after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """How many went from one state to another, or stayed."""

    before: State
    after: State
    people: int


@dataclass(frozen=True, slots=True)
class Change:
    """The fleet at the end of two days (UTC), by what had been reported by then. `scope.rule` narrows only `moves`."""

    schema_version: str
    tool_version: str
    stale_after_hours: int
    scope: Scope
    first: date
    second: date
    verdict: Verdict
    before: Counts
    after: Counts
    flows: tuple[Flow, ...]
    moves: tuple[Move, ...]


STOOD = """
SELECT pseudonym, site, team, isp, {first} AS earlier, {second} AS later FROM person
"""
NEWEST = """
CASE WHEN day <= {day} THEN created || ' ' || verdict || ' ' || rid ELSE (
  SELECT created || ' ' || verdict || ' ' || rid FROM report AS r WHERE r.aid = person.aid AND r.day <= {day}
  ORDER BY r.day DESC, r.created DESC LIMIT 1) END
"""
"""Somebody's newest report by the end of a day: the newest of all, or from the index of reports by agent alone."""
BOTH = STOOD.format(first=NEWEST.format(day=":first"), second=NEWEST.format(day=":second"))


def change(question: Question, first: date, second: date) -> Change:
    """Everybody in scope at the end of two days. In the other order, everybody moves the other way."""
    stale_first, stale_second = (_stale(question, day) for day in (first, second))
    flows: Counter[tuple[State, State]] = Counter()
    moved = []
    for row in question.rows(BOTH, first=first.isoformat(), second=second.isoformat()):
        then, now = row["earlier"], row["later"]
        before, after = _stood(then, stale_first), _stood(now, stale_second)
        flows[before, after] += 1
        if before is not after:
            moved.append((question.person(row), before, after, _report(then, before), _report(now, after)))
    failed = _failed(question, [rid for *_, one, other in moved for rid in (one, other) if rid])
    moves = [Move(who, b, a, failed.get(rb, ()), failed.get(ra, ())) for who, b, a, rb, ra in moved]
    rule = question.scope.rule
    return Change(
        schema_version=SCHEMA_VERSION,
        tool_version=__version__,
        stale_after_hours=question.stale_after_hours,
        scope=question.scope,
        first=first,
        second=second,
        verdict=_verdict(flows),
        before=count((before, people) for (before, _), people in flows.items()),
        after=count((after, people) for (_, after), people in flows.items()),
        flows=tuple(Flow(*states, people) for states, people in sorted(flows.items())),
        moves=tuple(
            sorted(
                (one for one in moves if rule is None or rule in (*one.failed_before, *one.failed_after)),
                key=lambda one: one.person.agent,
            )
        ),
    )


def _verdict(flows: Counter[tuple[State, State]]) -> Verdict:
    """Whether it got worse: one who became not ready decides, then one who was ready and is not known to be."""
    if any(after is State.NOT_READY is not before for before, after in flows):
        return Verdict.NOT_READY
    lost = any(before is State.READY is not after for before, after in flows)
    return Verdict.UNDETERMINED if lost else Verdict.READY


def _stale(question: Question, day: date) -> int:
    """Before when a report says nothing any more about the end of a day; of today, about now."""
    counted = min(max(day, FIRST_DAY), question.at.date())
    end = datetime.combine(counted + timedelta(days=1), time(), UTC)
    return stamp(min(end, question.at) - timedelta(hours=question.stale_after_hours))


STATES = {state.value: state for state in State}


def _stood(newest: str | None, stale: int) -> State:
    """The state that somebody's newest report says."""
    if newest is None:
        return State.NEVER_SEEN
    created, verdict, _ = newest.split(" ")
    return State.STALE if int(created) < stale else STATES[verdict]


def _report(newest: str | None, state: State) -> int | None:
    """The number of the report that says why somebody stands where they do; None where none counts."""
    return None if newest is None or state in SILENT else int(newest.rpartition(" ")[2])


def _failed(question: Question, rids: list[int]) -> dict[int | None, tuple[str, ...]]:
    """The musts that failed in some reports."""
    found: dict[int | None, tuple[str, ...]] = {}
    for rid, rule in question.rows(
        "SELECT f.rid, f.rule FROM json_each(:rids) CROSS JOIN finding AS f ON f.rid = value "
        "WHERE status = 'fail' ORDER BY f.rid, f.rule",
        rids=json.dumps(sorted(set(rids))),
    ):
        found[rid] = (*found.get(rid, ()), rule)
    return found
