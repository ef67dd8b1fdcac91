"""Small reports made of what matters, what a store knows of them, and the same told from the reports alone."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from remoteready.fleet import privacy
from remoteready.fleet.keeping import Fate, Shelf
from remoteready.fleet.reading import Incoming, digest, read
from remoteready.fleet.store import Store

KEY = bytes(range(32))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FIRST_DAY = date(2026, 11, 10)
PROFILES = {"wide": ("wired", "updates"), "narrow": ("wired",)}
"""Rules by profile: `wired` is a must."""


@dataclass(frozen=True)
class Small:
    """A report of one agent: how its rules came out, and little else."""

    number: int
    agent: str | None = "ann"
    host: str | None = "aaaa"
    day: int = 0
    minute: int = 0
    profile: str = "wide"
    wired: str = "pass"
    updates: str = "pass"
    upload_mbps: float | None = None
    monitors: int | None = None
    recording: bool | None = None

    @property
    def date(self) -> str:
        return (FIRST_DAY + timedelta(days=self.day)).isoformat()

    @property
    def time(self) -> datetime:
        return datetime.fromisoformat(self.date).replace(tzinfo=UTC) + timedelta(hours=6, minutes=self.minute)

    @property
    def id(self) -> str:
        return str(UUID(int=self.number << 80 | 7 << 76 | 2 << 62))

    @property
    def statuses(self) -> dict[str, str]:
        return {rule: getattr(self, rule) for rule in PROFILES[self.profile]}

    @property
    def verdict(self) -> str:
        return {"fail": "not_ready", "unknown": "undetermined"}.get(self.wired, "ready")

    def document(self) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "line.upload_mbps": self.upload_mbps,
            "monitors.count": self.monitors,
            "recorder.client.running": self.recording,
        }
        return {
            "schema_version": "1",
            "report_id": self.id,
            "tool_version": "0.1.0",
            "time": self.time.isoformat(),
            "host": self.host,
            "agent": self.agent,
            "system": "linux",
            "verdict": self.verdict,
            "profiles": [{"id": self.profile, "version": "1", "digest": self.profile}],
            "findings": [finding(rule, status) for rule, status in self.statuses.items()],
            "facts": {name: {"value": value} for name, value in facts.items() if value is not None},
        }

    @property
    def data(self) -> bytes:
        return json.dumps(self.document()).encode()

    @property
    def incoming(self) -> Incoming:
        return read(self.data, NOW)


def finding(rule: str, status: str) -> dict[str, Any]:
    return {
        "rule": rule,
        "title": f"About {rule}",
        "level": "must" if rule == "wired" else "should",
        "status": status,
        "fact": "network.link",
        "actual": None if status == "unknown" else "wifi",
        "unit": "",
        "expected": {"equals": "wired"},
        "evidence": "",
        "reason": "not told" if status == "unknown" else "",
        "whose": "us",
        "profile": "wide",
        "checked": "2026-11-01",
        "rationale": "",
        "agent": "",
        "it": "",
    }


def shelf(folder: Path, name: str = "fleet.db") -> Shelf:
    """An empty store, open."""
    folder.mkdir(exist_ok=True)
    return Shelf(Store.open(folder / name, create=True), KEY)


def keep(where: Shelf, reports: Iterable[Small], batch: int = 4) -> list[Fate]:
    """Take reports in, a few at a time."""
    incoming = [one.incoming for one in reports]
    return [fate for n in range(0, len(incoming), batch) for fate in where.put(incoming[n : n + batch])]


def known(store: Store, since: str = "") -> dict[str, list[tuple[Any, ...]]]:
    """All that any answer can be made of, without the numbers that depend on the order of import."""
    queries = {
        "agent": "SELECT pseudonym, site, team, isp, rostered FROM agent",
        "host": "SELECT pseudonym FROM host",
        "policy": "SELECT sha256, profiles, rule, title, level, unit FROM policy JOIN policy_rule USING (pid)",
        "report": (
            "SELECT id, digest, agent.pseudonym, host.pseudonym, day, created, head, policy.sha256, verdict, n_fail, "
            "n_warn, n_unknown, recording FROM report JOIN agent USING (aid) LEFT JOIN host USING (hid) "
            "JOIN policy USING (pid)"
        ),
        "finding": "SELECT id, digest, rule, status, finding.level, actual, note FROM finding JOIN report USING (rid)",
        "latest": (
            "SELECT pseudonym, id, latest.day, latest.created, latest.verdict, latest.n_fail, latest.n_warn, "
            "latest.n_unknown, latest.recording FROM latest JOIN agent USING (aid) JOIN report USING (rid)"
        ),
        "since": "SELECT pseudonym, rule, status, level, since FROM since JOIN agent USING (aid)",
        "rollup_day": "SELECT * FROM rollup_day WHERE day >= :since",
        "rollup": "SELECT * FROM rollup WHERE day >= :since",
        "uplink": (
            "SELECT pseudonym, upload_mbps, upload_day, upload_created, monitors, monitors_day, monitors_created "
            "FROM uplink JOIN agent USING (aid)"
        ),
        "agent_host": (
            "SELECT agent.pseudonym, host.pseudonym, first, last, reports FROM agent_host JOIN agent USING (aid) "
            "JOIN host USING (hid)"
        ),
        "alert": "SELECT pseudonym, kind FROM alert JOIN agent USING (aid)",
    }
    told = {name: store.connection.execute(sql, {"since": since}).fetchall() for name, sql in queries.items()}
    facts = store.rows("SELECT id, digest, did, body FROM facts JOIN report USING (rid)")
    told["facts"] = [(id, digest, json.dumps(store.unpack(did, body))) for id, digest, did, body in facts]
    return {name: sorted(rows, key=repr) for name, rows in told.items()}


def expected(reports: Iterable[Small], places: dict[str, tuple[str, str]]) -> dict[str, list[tuple[Any, ...]]]:
    """The roll-ups, newest states and runs of reports, told by going through them one by one."""
    heads: dict[str, dict[str, Small]] = {}
    for one in sorted(reports, key=lambda one: (one.time, one.id, digest(one.data))):
        heads.setdefault(one.agent or one.host or "", {})[one.date] = one
    days: Counter[tuple[str, ...]] = Counter()
    rules: Counter[tuple[str, ...]] = Counter()
    latest, since = [], []
    for agent, by_day in heads.items():
        place = places.get(agent, ("", ""))
        newest = by_day[max(by_day)]
        latest.append((privacy.pseudonym(KEY, agent), UUID(newest.id).bytes, newest.date, newest.verdict))
        for day, one in by_day.items():
            days[day, *place, one.verdict] += 1
            rules.update((day, *place, rule, status) for rule, status in one.statuses.items() if status != "pass")
        for rule, status in newest.statuses.items():
            if status != "pass":
                judged = [day for day in sorted(by_day, reverse=True) if rule in by_day[day].statuses]
                run = []
                for day in judged:
                    if by_day[day].statuses[rule] != status:
                        break
                    run.append(day)
                since.append((privacy.pseudonym(KEY, agent), rule, status, run[-1]))
    verdicts = ("ready", "not_ready", "undetermined")
    told: dict[str, list[tuple[Any, ...]]] = {
        "rollup_day": [(*place, *(days[*place, one] for one in verdicts)) for place in {key[:3] for key in days}],
        "rollup": [(*key, n) for key, n in rules.items()],
        "latest": latest,
        "since": since,
    }
    return {name: sorted(rows, key=repr) for name, rows in told.items()}


def counted(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """The same as the store has it."""
    told = known(store)
    latest = [(name, id, day, verdict) for name, id, day, _, verdict, *_ in told["latest"]]
    since = [(name, rule, status, day) for name, rule, status, _, day in told["since"]]
    return {
        "rollup_day": told["rollup_day"],
        "rollup": told["rollup"],
        "latest": latest,
        "since": sorted(since, key=repr),
    }
