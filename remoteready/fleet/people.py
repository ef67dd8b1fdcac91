"""People of the roster with the state that each is in now: what most questions begin with."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from sqlite3 import Row
from typing import Any

from remoteready import files
from remoteready.exits import UnusableInput
from remoteready.fleet.advice import Advice
from remoteready.fleet.answers import STALE_AFTER_HOURS, Failing, Person, Scope
from remoteready.fleet.store import Store

KNOWN = """
SELECT agent.aid, pseudonym, site, team, isp, rid, day, created, verdict, created >= :stale AS heard,
  CASE WHEN latest.aid IS NULL THEN 'never_seen' WHEN created < :stale THEN 'stale' ELSE verdict END AS state
FROM agent LEFT JOIN latest USING (aid)
WHERE rostered >= :rostered AND (:site IS NULL OR site = :site) AND (:team IS NULL OR team = :team)
  AND (:named IS NULL OR pseudonym IN (SELECT value FROM json_each(:named)))
"""
"""Everybody in scope, once: those on the roster, where no roster was ever read those who reported; or those named."""
UNKNOWN = """
UNION ALL SELECT NULL, value, '', '', '', NULL, NULL, NULL, NULL, NULL, 'never_seen' FROM json_each(:named)
WHERE :site IS NULL AND :team IS NULL AND value NOT IN (SELECT pseudonym FROM agent)
"""
"""Those named of whom the store knows nothing."""


@dataclass(frozen=True)
class Question:
    """A scope at a moment, put to a store."""

    store: Store
    scope: Scope
    at: datetime
    stale_after_hours: int = STALE_AFTER_HOURS
    names: Mapping[str, str] | None = None
    """The people who are asked about, and what to call them, by their pseudonyms; None asks about everybody."""

    @cached_property
    def _values(self) -> dict[str, Any]:
        scope = {name: value and str(value) for name, value in asdict(self.scope).items()}
        rostered = self.names is None and self.store.value("SELECT EXISTS (SELECT 1 FROM agent WHERE rostered = 1)")
        return {
            **scope,
            "stale": stamp(self.at - timedelta(hours=self.stale_after_hours)),
            "named": None if self.names is None else json.dumps(list(self.names)),
            "rostered": int(rostered),
        }

    def rows(self, sql: str, **more: Any) -> list[Row]:
        """All rows of a query, by the names of their columns; it may read from `person` as from a table."""
        cursor = self.store.connection.cursor()
        cursor.row_factory = Row
        unknown = "" if self.names is None else UNKNOWN
        return cursor.execute(" ".join(("WITH person AS (", KNOWN, unknown, ")", sql)), self._values | more).fetchall()

    def one(self, sql: str, **more: Any) -> Any:
        """The only value of a query."""
        return self.rows(sql, **more)[0][0]

    def person(self, row: Row) -> Person:
        """The person in a row with the columns of `person`, by name where one was given."""
        name = (self.names or {}).get(row["pseudonym"])
        return Person(agent=row["pseudonym"], name=name, site=row["site"], team=row["team"], isp=row["isp"])

    def not_on_roster(self) -> int:
        """How many report who are on no roster; 0 where no roster was ever read, or people are named."""
        if not self._values["rostered"]:
            return 0
        return int(self.one("SELECT count(*) FROM agent JOIN latest USING (aid) WHERE rostered = 0"))


@contextmanager
def ask(
    store: Store,
    scope: Scope,
    at: datetime,
    stale_after_hours: int = STALE_AFTER_HOURS,
    names: Mapping[str, str] | None = None,
) -> Iterator[Question]:
    """A question, all of whose queries see the store as it is at one moment. UnusableInput as `check_scope`."""
    question = Question(store, scope, at, stale_after_hours, names)
    store.connection.execute("BEGIN")
    try:
        check_scope(question)
        yield question
    finally:
        store.connection.execute("ROLLBACK")


def check_scope(question: Question) -> None:
    """UnusableInput where there is nobody to ask about: an empty store, a site or team or rule that does not exist."""
    store, scope = question.store, question.scope
    if not store.value("SELECT EXISTS (SELECT 1 FROM agent)"):
        raise UnusableInput(f"{store.path}: holds no reports yet; `remoteready fleet import FOLDER` takes them in")
    for option, name, known in (
        ("--site", scope.site, "SELECT DISTINCT site FROM agent ORDER BY site"),
        ("--team", scope.team, "SELECT DISTINCT team FROM agent ORDER BY team"),
        ("--rule", scope.rule, "SELECT DISTINCT rule FROM policy_rule ORDER BY rule"),
    ):
        names = [row[0] for row in store.rows(known)] if name is not None else []
        if name is not None and name not in names:
            listed = ", ".join(files.named(one) for one in names[:20] if one) or "none"
            more = ", …" if len(names) > 20 else ""
            raise UnusableInput(f"{option} {files.named(name)}: nobody here has it (there are: {listed}{more})")
    last, named = min((scope.until or date.max, "--until"), (question.at.date(), "today,"))
    if scope.since and scope.since > last:
        raise UnusableInput(f"--since {scope.since}: lies after {named} {last}")


def failing(question: Question, aids: Sequence[int], advice: Advice) -> dict[int, tuple[Failing, ...]]:
    """What the newest report of each desk does not meet or could not tell, musts that failed first."""
    found: dict[int, list[Failing]] = {}
    for row in question.rows(
        "SELECT s.aid, s.rule, s.level, s.status, s.since FROM json_each(:aids) JOIN since AS s ON s.aid = value "
        "WHERE s.status != 'waived'",
        aids=json.dumps(aids),
    ):
        title = advice.title(row["rule"])
        one = Failing(row["rule"], title, row["level"], row["status"], date.fromisoformat(row["since"]))
        found.setdefault(row["aid"], []).append(one)
    return {aid: by_weight(rules) for aid, rules in found.items()}


WEIGHT = ("must fail", "must unknown", "should warn", "should unknown", "must waived", "should waived")
"""Levels with statuses, what keeps people from their shift first."""


def weight(level: str, status: str) -> int:
    """The place in WEIGHT."""
    kind = f"{level} {status}"
    return WEIGHT.index(kind) if kind in WEIGHT else len(WEIGHT)


def by_weight(rules: Iterable[Failing]) -> tuple[Failing, ...]:
    """What weighs most first, then what has lasted longest."""
    return tuple(sorted(rules, key=lambda one: (weight(one.level, one.status), one.since, one.rule)))


def stamp(moment: datetime) -> int:
    """A time as the store keeps it: milliseconds since 1970, UTC."""
    return int(moment.timestamp() * 1000)


def moment(created: int | None) -> datetime | None:
    """A time that the store keeps; None where there is none."""
    return None if created is None else datetime.fromtimestamp(created / 1000, UTC)
