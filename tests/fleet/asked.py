"""A fleet in a store, asked every question: shared by the tests of answers and by the golden files."""

import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console

from remoteready.exits import Verdict
from remoteready.fleet import advice, change, history, roster, status, trend, uplinks, why
from remoteready.fleet.answers import STALE_AFTER_HOURS, Scope
from remoteready.fleet.keeping import Shelf
from remoteready.fleet.people import ask
from remoteready.fleet.reading import read
from remoteready.fleet.store import Store
from remoteready.report import console
from remoteready.report.fleet_looks import look
from tests.fleet.reports import LAST_DAY, PROFILES, Made, Reports

KEY = bytes(range(32))
AT = datetime(2026, 11, 20, 19, 55, tzinfo=UTC)
"""After the last report of the last day."""
FLEET = Reports(agents=48, days=24)
GONE = LAST_DAY - timedelta(days=5)
STRANGERS = "stranger.1@example.com,cork,sales,Cable One\nstranger.2@example.com,lyon,claims,DSL West\n"
"""On the roster, but without a report."""
ADVICE = advice.load(PROFILES)


def fill(path: Path, reports: Iterable[Made], people: str | None = None, now: datetime = AT) -> Store:
    """A new store with these reports and, where given, a roster."""
    store = Store.open(path, create=True)
    if people is not None:
        file = path.with_name("people.csv")
        file.write_text(people, encoding="utf-8")
        roster.apply(store, KEY, roster.read(file))
    Shelf(store, KEY).put([read(made.data, now) for made in reports])
    return store


@cache
def reports() -> tuple[Made, ...]:
    """Those of the fleet; every ninth agent has stopped."""
    return tuple(made for made in FLEET if made.day <= GONE or int(made.agent[6:11]) % 9)


@cache
def fleet() -> Store:
    """The fleet's store, to be read only."""
    folder = _STACK.enter_context(tempfile.TemporaryDirectory())
    return fill(Path(folder) / "fleet.db", reports(), FLEET.roster() + STRANGERS)


_STACK = ExitStack()


def answers(
    store: Store, scope: Scope, at: datetime = AT, stale_after_hours: int = STALE_AFTER_HOURS, limit: int | None = None
) -> dict[str, Any]:
    """What each question says."""
    with ask(store, scope, at, stale_after_hours) as question:
        now = status.status(question, ADVICE, limit)
        found = {
            "status": now,
            "why": why.why(question, ADVICE),
            "trend": trend.trend(question, ADVICE),
            "diff": change.change(question, at.date() - timedelta(days=7), at.date()),
            "uplinks": uplinks.uplinks(question),
        }
        if now.listed:
            found["agent"] = history.history(question, now.listed[0].person.agent, ADVICE)
        return found


def paper(width: int, encoding: str = "utf-8") -> Console:
    return Console(file=console.Paper(encoding), width=width, highlight=False, markup=False, emoji=False)


def looks(name: str, answer: Any, limit: int | None = None) -> dict[str, str]:
    """An answer in every way it can look, by the ending of a file."""
    return {
        "txt": look(name, answer, "console", limit, paper(80)),
        "narrow.txt": look(name, answer, "console", limit, paper(40, "ascii")),
        **{kind: look(name, answer, kind, limit) for kind in ("json", "csv", "html")},
    }


def golden() -> dict[str, str]:
    """Every golden file of the fleet by its name."""
    out = {}
    for name, answer in answers(fleet(), Scope(), limit=5).items():
        code = int(getattr(answer, "verdict", Verdict.READY).exit_code)
        for ending, text in looks(name, answer, limit=5).items():
            stem = f"fleet-{name}" + ("-narrow-ascii" if ending.startswith("narrow") else "")
            out[f"{stem}.{code}.{ending.removeprefix('narrow.')}"] = text
    return out
