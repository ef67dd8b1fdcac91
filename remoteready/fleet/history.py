"""One desk: how it came out each time, and since when each rule is not met: `fleet agent`."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from remoteready import __version__, files
from remoteready.exits import UnusableInput, Verdict
from remoteready.fleet.advice import Advice
from remoteready.fleet.answers import SCHEMA_VERSION, SILENT, Failing, Person, Scope, State
from remoteready.fleet.people import Question, by_weight, moment


@dataclass(frozen=True, slots=True)
class Told:
    """A rule that the newest report does not meet, what it measured, and what to say about it."""

    failing: Failing
    actual: bool | int | float | str | None
    unit: str
    agent: str
    it: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One report: how it came out, and the rules that failed, were only advised or could not be told."""

    time: datetime
    verdict: Verdict
    failed: tuple[str, ...]
    warned: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Reports in a row that came out alike: the same verdict, and the same rules failed."""

    first: datetime
    last: datetime
    reports: int
    verdict: Verdict
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workstation:
    """A computer that reported as this person, by its pseudonym; two at a time may be two people."""

    host: str
    first: datetime
    last: datetime
    reports: int


@dataclass(frozen=True, slots=True)
class History:
    """What is kept of one desk's reports, the newest first; since and until of the scope narrow reports and runs."""

    schema_version: str
    tool_version: str
    at: datetime
    stale_after_hours: int
    scope: Scope
    verdict: Verdict
    person: Person
    state: State
    reported: datetime | None
    open: tuple[Told, ...]
    runs: tuple[Run, ...]
    reports: tuple[Seen, ...]
    workstations: tuple[Workstation, ...]


def history(question: Question, pseudonym: str, advice: Advice) -> History:
    """The desk of that pseudonym. UnusableInput where there is none."""
    known = question.rows(AGENT, pseudonym=pseudonym)
    if not known:
        raise UnusableInput(
            f"{files.named(pseudonym)}: nobody here has this pseudonym or id; `remoteready fleet status` lists them"
        )
    row = known[0]
    state = State(row["state"])
    reports = _reports(question, row["aid"])
    return History(
        schema_version=SCHEMA_VERSION,
        tool_version=__version__,
        at=question.at,
        stale_after_hours=question.stale_after_hours,
        scope=question.scope,
        verdict=Verdict.UNDETERMINED if state in SILENT else Verdict(state),
        person=question.person(row),
        state=state,
        reported=moment(row["created"]),
        open=_open(question, row["aid"], advice),
        runs=runs(reports),
        reports=reports,
        workstations=_workstations(question, row["aid"]),
    )


AGENT = """
SELECT aid, pseudonym, site, team, isp, created,
  CASE WHEN latest.aid IS NULL THEN 'never_seen' WHEN created < :stale THEN 'stale' ELSE verdict END AS state
FROM agent LEFT JOIN latest USING (aid) WHERE pseudonym = :pseudonym
"""
REPORTS = """
SELECT rid, created, verdict FROM report
WHERE aid = :aid AND (:since IS NULL OR day >= :since) AND (:until IS NULL OR day <= :until)
ORDER BY day DESC, created DESC
"""
FINDINGS = """
SELECT f.rid, f.status, f.rule FROM json_each(:rids) CROSS JOIN finding AS f ON f.rid = value ORDER BY f.rid, f.rule
"""
OPEN = """
SELECT s.rule, s.level, s.status, s.since, f.actual, p.unit, report.system
FROM since AS s JOIN latest USING (aid) JOIN report USING (rid)
  LEFT JOIN finding AS f ON f.rid = latest.rid AND f.rule = s.rule
  LEFT JOIN policy_rule AS p ON p.pid = report.pid AND p.rule = s.rule
WHERE s.aid = :aid AND (:rule IS NULL OR s.rule = :rule)
"""


def _reports(question: Question, aid: int) -> tuple[Seen, ...]:
    rows = question.rows(REPORTS, aid=aid)
    found: dict[tuple[int, str], tuple[str, ...]] = {}
    for finding in question.rows(FINDINGS, rids=json.dumps([row["rid"] for row in rows])):
        key = finding["rid"], finding["status"]
        found[key] = (*found.get(key, ()), finding["rule"])
    return tuple(
        Seen(
            time=datetime.fromtimestamp(row["created"] / 1000, UTC),
            verdict=Verdict(row["verdict"]),
            failed=found.get((row["rid"], "fail"), ()),
            warned=found.get((row["rid"], "warn"), ()),
            unknown=found.get((row["rid"], "unknown"), ()),
        )
        for row in rows
    )


def _open(question: Question, aid: int, advice: Advice) -> tuple[Told, ...]:
    rows = {row["rule"]: row for row in question.rows(OPEN, aid=aid)}
    failing = by_weight(
        Failing(rule, advice.title(rule), row["level"], row["status"], date.fromisoformat(row["since"]))
        for rule, row in rows.items()
    )
    return tuple(
        Told(
            failing=one,
            actual=advice.value(one.rule, rows[one.rule]["actual"]),
            unit=rows[one.rule]["unit"] or "",
            agent=advice.agent(one.rule, rows[one.rule]["system"]),
            it=advice.it(one.rule, rows[one.rule]["system"]),
        )
        for one in failing
    )


def _workstations(question: Question, aid: int) -> tuple[Workstation, ...]:
    rows = question.rows("SELECT * FROM agent_host JOIN host USING (hid) WHERE aid = :aid ORDER BY last DESC", aid=aid)
    return tuple(
        Workstation(
            host=row["pseudonym"],
            first=datetime.fromtimestamp(row["first"] / 1000, UTC),
            last=datetime.fromtimestamp(row["last"] / 1000, UTC),
            reports=row["reports"],
        )
        for row in rows
    )


def runs(reports: Iterable[Seen]) -> tuple[Run, ...]:
    """Neighbouring reports together that came out alike; newest first in, newest first out."""
    found: list[Run] = []
    for one in reports:
        if found and (found[-1].verdict, found[-1].failed) == (one.verdict, one.failed):
            newer = found.pop()
            found.append(Run(one.time, newer.last, newer.reports + 1, one.verdict, one.failed))
        else:
            found.append(Run(one.time, one.time, 1, one.verdict, one.failed))
    return tuple(found)
