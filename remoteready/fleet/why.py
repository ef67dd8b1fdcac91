"""Which rules keep most people from their shift: `fleet why`."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from remoteready import __version__
from remoteready.exits import Verdict
from remoteready.fleet.advice import Advice
from remoteready.fleet.answers import SCHEMA_VERSION, Counts, Scope, count
from remoteready.fleet.people import Question, weight

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Cause:
    """A rule that people heard from do not meet, or that could not be told for them.

    `share` is of all people heard from, 0–1; `alone` those whom nothing else keeps from their shift; `new` those for
    whom it has been so for less than a week; `since` the first day of who has had it longest; `agent` what to tell
    people, `it` what IT can do.
    """

    rule: str
    title: str
    level: str
    status: str
    people: int
    share: float
    alone: int
    new: int
    since: date
    agent: str
    it: str

    @property
    def blocks(self) -> bool:
        """Whether people are not ready because of it."""
        return self.level == "must" and self.status == "fail"


@dataclass(frozen=True, slots=True)
class Why:
    """What stands between people and their shift, what most people fail first."""

    schema_version: str
    tool_version: str
    at: datetime
    stale_after_hours: int
    scope: Scope
    verdict: Verdict
    counts: Counts
    causes: tuple[Cause, ...]


def why(question: Question, advice: Advice) -> Why:
    """Every rule that someone heard from does not meet."""
    states = question.rows("SELECT state, count(*) FROM person GROUP BY state")
    counts = count((state, people) for state, people in states)
    return Why(
        schema_version=SCHEMA_VERSION,
        tool_version=__version__,
        at=question.at,
        stale_after_hours=question.stale_after_hours,
        scope=question.scope,
        verdict=counts.verdict,
        counts=counts,
        causes=causes(question, advice, counts.heard),
    )


CAUSES = """
SELECT rule, level, status, count(*) AS people, sum(since > :week) AS new, min(since) AS since
FROM person CROSS JOIN since USING (aid)
WHERE heard AND (:rule IS NULL OR rule = :rule) AND (NOT :blocking OR level = 'must' AND status = 'fail')
  AND (:since IS NULL OR since >= :since) AND (:until IS NULL OR since <= :until)
GROUP BY rule, level, status
"""
ALONE = """
SELECT rule, status, count(*) FROM (
  SELECT min(rule) AS rule, min(status) AS status, min(since) AS since FROM person CROSS JOIN since USING (aid)
  WHERE heard AND level = 'must' AND status IN ('fail', 'unknown') GROUP BY aid HAVING count(*) = 1
)
WHERE (:since IS NULL OR since >= :since) AND (:until IS NULL OR since <= :until)
GROUP BY rule, status
"""
"""Those whom one rule alone keeps from their shift."""


def causes(question: Question, advice: Advice, heard: int, *, blocking: bool = False) -> tuple[Cause, ...]:
    """The rules, those that most people fail first, below them what could not be told and what is only advised.

    `blocking` leaves out these others, which are most of the work.
    """
    alone = {(rule, status): people for rule, status, people in question.rows(ALONE)}
    found = [
        Cause(
            rule=row["rule"],
            title=advice.title(row["rule"]),
            level=row["level"],
            status=row["status"],
            people=row["people"],
            share=row["people"] / heard,
            alone=alone.get((row["rule"], row["status"]), 0) if row["level"] == "must" else 0,
            new=row["new"],
            since=date.fromisoformat(row["since"]),
            agent=advice.agent(row["rule"]),
            it=advice.it(row["rule"]),
        )
        for row in question.rows(CAUSES, week=(question.at - WEEK).date().isoformat(), blocking=blocking)
    ]
    return tuple(sorted(found, key=lambda one: (weight(one.level, one.status), -one.people, one.rule)))
