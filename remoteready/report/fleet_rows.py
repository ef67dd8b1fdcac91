"""Answers about the fleet as rows for a spreadsheet or a ticket tool, a header and a line each."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from remoteready.report import fleet
from remoteready.report.rows import Cell, Found

if TYPE_CHECKING:
    from remoteready.fleet.answers import Person
    from remoteready.fleet.change import Change
    from remoteready.fleet.history import History
    from remoteready.fleet.status import Status
    from remoteready.fleet.trend import Series, Trend
    from remoteready.fleet.uplinks import Uplinks
    from remoteready.fleet.why import Why

AGENT = ("agent", "name", "site", "team", "isp")


def status(answer: "Status") -> Found:
    """Everybody who is not known to be ready: since when, why, and what to tell them."""
    columns = [*AGENT, "state", "since", "last_report", "rules", "why", "tell"]
    return columns, [
        [
            *_person(one.person),
            one.state.value,
            _plain(one.since),
            _plain(one.reported),
            _together(rule.rule for rule in fleet.deciding(one.failing, one.state)),
            fleet.reasons(one),
            " ".join(one.tell),
        ]
        for one in answer.listed
    ]


def why(answer: "Why") -> Found:
    """A rule a line."""
    columns = ["rule", "title", "level", "status", "people", "share", "alone", "new_this_week", "since", "tell", "it"]
    return columns, [
        [
            fleet.clean(one.rule),
            fleet.clean(one.title),
            one.level,
            one.status,
            one.people,
            round(one.share, 4),
            one.alone,
            one.new,
            _plain(one.since),
            one.agent,
            one.it,
        ]
        for one in answer.causes
    ]


def agent(answer: "History") -> Found:
    """A report a line, the newest first."""
    columns = ["agent", "time", "verdict", "failed", "warned", "unknown"]
    return columns, [
        [
            fleet.clean(answer.person.agent),
            _plain(one.time),
            one.verdict.value,
            _together(one.failed),
            _together(one.warned),
            _together(one.unknown),
        ]
        for one in answer.reports
    ]


def trend(answer: "Trend") -> Found:
    """A day a line: of everybody, of each site, of each rule. Empty cells are days not shown."""
    columns = ["day", "of", "name", "people", "affected", "share"]
    kinds: list[tuple[str, Iterable[Series]]] = [
        ("all", (answer.not_ready, answer.undetermined)),
        ("site", answer.sites),
        ("rule", answer.rules),
    ]
    rows: list[list[Cell]] = []
    for kind, series in kinds:
        for one in series:
            for point in one.points:
                share = None if point.share is None else round(point.share, 4)
                rows.append(
                    [_plain(point.day), kind, fleet.clean(one.name), point.people, point.affected, share],
                )
    return columns, rows


def diff(answer: "Change") -> Found:
    """Everybody who stands elsewhere than before."""
    columns = [*AGENT, "before", "after", "failed_before", "failed_after"]
    return columns, [
        [
            *_person(one.person),
            one.before.value,
            one.after.value,
            _together(one.failed_before),
            _together(one.failed_after),
        ]
        for one in answer.moves
    ]


def uplinks(answer: "Uplinks") -> Found:
    """A measured line a row, slowest first, as `plan` reads it; no row says whose line it is."""
    return ["uplink_mbps", "monitors"], [[one.uplink_mbps, one.monitors] for one in answer.lines]


QUESTIONS: dict[str, Callable[[Any], Found]] = {
    "status": status,
    "why": why,
    "agent": agent,
    "trend": trend,
    "diff": diff,
    "uplinks": uplinks,
}


def _person(person: "Person") -> list[Cell]:
    return [fleet.clean(getattr(person, name) or "") for name in AGENT]


def _together(rules: Iterable[str]) -> str:
    return "; ".join(fleet.clean(rule) for rule in rules)


def _plain(when: date | datetime | None) -> str | None:
    return when.isoformat() if when else None
