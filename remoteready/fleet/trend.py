"""How the fleet and its rules came out day by day, and what got worse: `fleet trend`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from remoteready import __version__
from remoteready.fleet.advice import Advice
from remoteready.fleet.answers import SCHEMA_VERSION, Scope
from remoteready.fleet.people import Question

DAYS = 28
"""Four weeks, so that each day of the week is there four times."""
WEEK = 7
SMALLEST_GROUP = 5
"""Of fewer people, a share over days would be a record of persons: such groups are not shown."""


@dataclass(frozen=True, slots=True)
class Point:
    """One day: who reported, and how many of them it was so for; both null where fewer than five reported."""

    day: date
    people: int | None
    affected: int | None

    @property
    def share(self) -> float | None:
        """The affected of those who reported, 0–1; None where nobody did or it is not shown."""
        return self.affected / self.people if self.people and self.affected is not None else None


@dataclass(frozen=True, slots=True)
class Series:
    """A day each. `last_week` and `week_before` are the shares of the last seven days and of the seven before."""

    name: str
    title: str
    points: tuple[Point, ...]
    last_week: float | None
    week_before: float | None

    @property
    def change(self) -> float | None:
        """How much the share rose from week to week; None where one of the weeks is not known."""
        if self.last_week is None or self.week_before is None:
            return None
        return self.last_week - self.week_before

    @property
    def shares(self) -> tuple[float | None, ...]:
        """The share of each day."""
        return tuple(point.share for point in self.points)


@dataclass(frozen=True, slots=True)
class Trend:
    """The share of people not ready, not told and failing each rule, by day; what got worse most stands first."""

    schema_version: str
    tool_version: str
    at: datetime
    scope: Scope
    first: date
    last: date
    smallest_group: int
    not_ready: Series
    undetermined: Series
    sites: tuple[Series, ...]
    rules: tuple[Series, ...]
    hidden: int
    """Days of sites that are not shown because fewer than `smallest_group` people reported."""

    @property
    def reported(self) -> bool:
        """Whether anybody reported on these days."""
        return any(point.people != 0 for point in self.not_ready.points)


def series(name: str, title: str, days: Sequence[date], counted: dict[date, tuple[int, int]]) -> Series:
    """The points of some days; `counted` holds how many reported and how many are affected."""
    points = tuple(_point(day, *counted.get(day, (0, 0))) for day in days)
    return Series(name, title, points, _week(points[-WEEK:]), _week(points[-2 * WEEK : -WEEK]))


def _point(day: date, people: int, affected: int) -> Point:
    hidden = 0 < people < SMALLEST_GROUP
    return Point(day, None if hidden else people, None if hidden else affected)


def _week(points: Iterable[Point]) -> float | None:
    """The share over some days, of all who reported on those that are shown."""
    shown = [(point.people, point.affected or 0) for point in points if point.people]
    return sum(affected for _, affected in shown) / sum(people for people, _ in shown) if shown else None


def _worst_first(found: Iterable[Series]) -> tuple[Series, ...]:
    return tuple(sorted(found, key=lambda one: (-(one.change or 0), -(one.last_week or 0), one.name)))


def trend(question: Question, advice: Advice) -> Trend:
    """The days of the scope, by default the four weeks up to today; none before the first that was ever counted."""
    today = question.at.date()
    last = min(question.scope.until or today, today)
    counted = _first_counted(question) or last
    first = last if last < counted else max(question.scope.since or last - timedelta(days=DAYS - 1), counted)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    by_site = _by_site(question, first, last)
    total = _added(by_site.values())
    sites = [series(site, site, days, _pick(counts, 1)) for site, counts in by_site.items()]
    reported = {day: people for day, (people, *_) in total.items()}
    return Trend(
        schema_version=SCHEMA_VERSION,
        tool_version=__version__,
        at=question.at,
        scope=question.scope,
        first=first,
        last=last,
        smallest_group=SMALLEST_GROUP,
        not_ready=series("not_ready", "", days, _pick(total, 1)),
        undetermined=series("undetermined", "", days, _pick(total, 2)),
        sites=_worst_first(sites),
        rules=_worst_first(
            series(rule, advice.title(rule), days, {d: (n, failed.get(d, 0)) for d, n in reported.items()})
            for rule, failed in _by_rule(question, first, last).items()
        ),
        hidden=sum(point.people is None for one in sites for point in one.points),
    )


Days = dict[date, tuple[int, int, int]]
"""People who reported on each day, those not ready, and those who could not be told."""


def _pick(counts: Days, place: int) -> dict[date, tuple[int, int]]:
    return {day: (row[0], row[place]) for day, row in counts.items()}


def _added(sites: Iterable[Days]) -> Days:
    total: Days = {}
    for counts in sites:
        for day, row in counts.items():
            before = total.get(day, (0, 0, 0))
            total[day] = (before[0] + row[0], before[1] + row[1], before[2] + row[2])
    return total


def _first_counted(question: Question) -> date | None:
    day = question.one("SELECT min(day) FROM rollup_day")
    return date.fromisoformat(day) if day else None


BY_SITE = """
SELECT day, site, sum(ready + not_ready + undetermined), sum(not_ready), sum(undetermined) FROM rollup_day
WHERE day BETWEEN :first AND :last AND (:site IS NULL OR site = :site) AND (:team IS NULL OR team = :team)
GROUP BY day, site ORDER BY day
"""
BY_RULE = """
SELECT day, rule, sum(n) FROM rollup
WHERE day BETWEEN :first AND :last AND (:site IS NULL OR site = :site) AND (:team IS NULL OR team = :team)
  AND status IN ('fail', 'warn') AND (:rule IS NULL OR rule = :rule)
GROUP BY day, rule
"""


def _by_site(question: Question, first: date, last: date) -> dict[str, Days]:
    found: dict[str, Days] = {}
    for day, site, *counts in question.rows(BY_SITE, first=first.isoformat(), last=last.isoformat()):
        people, not_ready, undetermined = counts
        found.setdefault(site, {})[date.fromisoformat(day)] = people, not_ready, undetermined
    return found


def _by_rule(question: Question, first: date, last: date) -> dict[str, dict[date, int]]:
    """How many did not meet each rule on each day. A profile that did not have it yet is no one who failed it."""
    found: dict[str, dict[date, int]] = {}
    for day, rule, people in question.rows(BY_RULE, first=first.isoformat(), last=last.isoformat()):
        found.setdefault(rule, {})[date.fromisoformat(day)] = people
    return found
