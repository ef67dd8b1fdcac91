"""Who is ready for the shift, who is not and since when, and whom nobody has heard of: `fleet status`."""

from dataclasses import dataclass
from datetime import date, datetime
from sqlite3 import Row

from remoteready import __version__
from remoteready.exits import Verdict
from remoteready.fleet.advice import Advice
from remoteready.fleet.answers import SCHEMA_VERSION, SILENT, Counts, Failing, Person, Scope, State, count
from remoteready.fleet.people import Question, failing, moment
from remoteready.fleet.why import Cause, causes
from remoteready.language import tr


@dataclass(frozen=True, slots=True)
class Listed:
    """One person who is not known to be ready.

    `since` is the first day of what has kept the person from the shift longest, for those who are silent the day of
    the last report; `tell` is what to tell them.
    """

    person: Person
    state: State
    since: date | None
    reported: datetime | None
    failing: tuple[Failing, ...]
    tell: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """The people of one site."""

    site: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Status:
    """The fleet at one moment. Verdict and counts are those of site and team; all else narrows only the list.

    `matching` are the people whom the list would hold without a limit; `not_on_roster` report but are on no roster.
    """

    schema_version: str
    tool_version: str
    at: datetime
    stale_after_hours: int
    scope: Scope
    verdict: Verdict
    counts: Counts
    not_on_roster: int
    sites: tuple[Place, ...]
    to_do: tuple[Cause, ...]
    listed: tuple[Listed, ...]
    matching: Counts


MATCHING = """
SELECT one.*, system FROM (
SELECT *, count(*) OVER (PARTITION BY state) AS matching,
  row_number() OVER (PARTITION BY state ORDER BY since, pseudonym) AS place
FROM (
  SELECT *, CASE state
    WHEN 'not_ready' THEN (SELECT min(since) FROM since WHERE aid = one.aid AND level = 'must' AND status = 'fail')
    WHEN 'undetermined' THEN (
      SELECT min(since) FROM since WHERE aid = one.aid AND level = 'must' AND status = 'unknown')
    WHEN 'stale' THEN date(created / 1000, 'unixepoch') END AS since
  FROM person AS one
  WHERE state != 'ready' AND (:rule IS NULL OR EXISTS (
    SELECT 1 FROM since WHERE aid = one.aid AND rule = :rule AND status != 'waived'))
)
WHERE (:since IS NULL OR since >= :since) AND (:until IS NULL OR since <= :until)
) AS one LEFT JOIN report USING (rid) WHERE :limit IS NULL OR place <= :limit
"""
"""Those who are not known to be ready, in each state the longest first."""


def status(question: Question, advice: Advice, limit: int | None = None) -> Status:
    """The state of every person in scope; the list holds at most `limit` of each state, all of them where None."""
    places: dict[str, list[tuple[str, int]]] = {}
    for site, state, number in question.rows("SELECT site, state, count(*) FROM person GROUP BY site, state"):
        places.setdefault(site, []).append((state, number))
    counts = count(pair for pairs in places.values() for pair in pairs)
    listed, matching = _listed(question, advice, limit)
    return Status(
        schema_version=SCHEMA_VERSION,
        tool_version=__version__,
        at=question.at,
        stale_after_hours=question.stale_after_hours,
        scope=question.scope,
        verdict=counts.verdict,
        counts=counts,
        not_on_roster=question.not_on_roster(),
        sites=tuple(Place(site, count(pairs)) for site, pairs in sorted(places.items(), key=_named_first)),
        to_do=causes(question, advice, counts.heard, blocking=True),
        listed=listed,
        matching=matching,
    )


def _named_first(place: tuple[str, object]) -> tuple[bool, str]:
    return not place[0], place[0]


def _listed(question: Question, advice: Advice, limit: int | None) -> tuple[tuple[Listed, ...], Counts]:
    """Those who are not known to be ready, and how many they would be without a limit."""
    found = question.rows(MATCHING, limit=limit)
    rules = failing(question, [row["aid"] for row in found], advice)
    order = list(State)
    listed = (_one(question, row, rules.get(row["aid"], ()), advice) for row in found)
    matching = count({row["state"]: row["matching"] for row in found}.items())
    return tuple(
        sorted(listed, key=lambda one: (order.index(one.state), one.since or date.max, one.person.agent))
    ), matching


def _one(question: Question, row: Row, rules: tuple[Failing, ...], advice: Advice) -> Listed:
    state = State(row["state"])
    return Listed(
        person=question.person(row),
        state=state,
        since=date.fromisoformat(row["since"]) if row["since"] else None,
        reported=moment(row["created"]),
        failing=rules,
        tell=_tell(state, rules, row["system"], advice),
    )


def _tell(state: State, rules: tuple[Failing, ...], system: str | None, advice: Advice) -> tuple[str, ...]:
    """What to tell one person: an old report says nothing of today, and what is unknown is for IT to clear up."""
    if state in SILENT:
        return (tr("Run the check on your computer; no recent report of it has come in."),)
    if state is State.UNDETERMINED:
        return (tr("Run the check again, and send its report to IT if something still cannot be told."),)
    told = (advice.agent(one.rule, system) for one in rules if one.status == "fail")
    return tuple(dict.fromkeys(filter(None, told)))
