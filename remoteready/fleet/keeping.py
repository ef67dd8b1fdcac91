"""Reports into the store: a batch in one transaction, each once by its id."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from remoteready.fleet.counting import changing
from remoteready.fleet.packing import compressor
from remoteready.fleet.privacy import erased_mark, pseudonym
from remoteready.fleet.reading import Incoming, Policy, claimed_id, digest
from remoteready.fleet.store import Store

UPLOAD = """
INSERT INTO uplink(aid, upload_mbps, upload_day, upload_created) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET upload_mbps = excluded.upload_mbps, upload_day = excluded.upload_day,
  upload_created = excluded.upload_created
WHERE upload_created IS NULL OR (excluded.upload_created, excluded.upload_mbps) > (upload_created, upload_mbps)
"""
MONITORS = """
INSERT INTO uplink(aid, monitors, monitors_day, monitors_created) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET monitors = excluded.monitors, monitors_day = excluded.monitors_day,
  monitors_created = excluded.monitors_created
WHERE monitors_created IS NULL OR (excluded.monitors_created, excluded.monitors) > (monitors_created, monitors)
"""
HOST = """
INSERT INTO agent_host VALUES (?, ?, ?, ?, 1)
ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last), reports = reports + 1
"""
REPORT = "INSERT INTO report VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)"


class Fate(StrEnum):
    """What became of a report."""

    STORED = "stored"
    KNOWN = "known"
    SECOND = "second"
    """Stored, though another report has the same id and other content."""
    TOO_OLD = "too_old"
    ERASED = "erased"


@dataclass(frozen=True)
class Shelf:
    """Where reports are put: a store, and the key of its pseudonyms."""

    store: Store
    key: bytes

    def knows(self, data: bytes) -> bool:
        """Whether exactly these bytes were taken in before; quick, without reading them as a report."""
        id = claimed_id(data)
        return id is not None and self._has(id) and self._has(id, digest(data))

    def put(self, batch: Sequence[Incoming]) -> list[Fate]:
        """Take a batch in, all or nothing; what became of each. On the disk when this returns."""
        with self.store.transaction():
            fates = [self._fate(report) for report in batch]
            taken: dict[tuple[bytes, bytes], Incoming] = {}
            for place, report in enumerate(batch):
                if fates[place] is Fate.STORED and taken.setdefault((report.id, report.digest), report) is not report:
                    fates[place] = Fate.KNOWN  # twice in one batch
            ids = Counter(id for id, _ in taken)
            for place, report in enumerate(batch):
                if fates[place] is Fate.STORED and (ids[report.id] > 1 or self._has(report.id)):
                    fates[place] = Fate.SECOND
            if taken:
                self._insert(taken.values())
        return fates

    def _fate(self, report: Incoming) -> Fate:
        if self._has(report.id, report.digest):
            return Fate.KNOWN
        if report.day < self.store.meta("findings_from"):
            return Fate.TOO_OLD
        mark = erased_mark(self.key, pseudonym(self.key, report.who))
        before = self.store.value("SELECT before FROM erased WHERE mark = ?", mark)
        return Fate.ERASED if before is not None and report.created <= before else Fate.STORED

    def _has(self, id: bytes, digest: bytes | None = None) -> bool:
        known = "SELECT 1 FROM report WHERE id = ? AND digest = ifnull(?, digest)"
        return self.store.value(known, id, digest) is not None

    def _insert(self, batch: Iterable[Incoming]) -> None:
        first = (self.store.value("SELECT max(rid) FROM report") or 0) + 1
        pids: dict[bytes, int] = {}
        rows = [(rid, self._aid(report.who), report) for rid, report in enumerate(batch, first)]
        with changing(self.store, [(aid, report.day) for _, aid, report in rows]):
            for rid, aid, report in rows:
                if report.policy.sha256 not in pids:
                    pids[report.policy.sha256] = policy_id(self.store, report.policy)
                self._insert_one(rid, aid, pids[report.policy.sha256], report)
            self._insert_facts([(rid, aid, r) for rid, aid, r in rows if r.day >= self.store.meta("facts_from")])

    def _insert_one(self, rid: int, aid: int, pid: int, report: Incoming) -> None:
        execute, hid = self.store.connection.execute, self._hid(report.host)
        counts = (report.count(status) for status in ("fail", "warn", "unknown"))
        about = report.tool_version, report.system, report.verdict, *counts, report.recording
        execute(REPORT, (rid, report.id, report.digest, aid, hid, report.day, report.created, pid, *about))
        findings = [(rid, *kept) for kept in report.findings]
        self.store.connection.executemany("INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?)", findings)
        if hid is not None:
            execute(HOST, (aid, hid, report.created, report.created))

    def _insert_facts(self, rows: Sequence[tuple[int, int, Incoming]]) -> None:
        """The facts, and what of them is the newest of its agent."""
        run = self.store.connection.executemany
        did, compress = compressor(self.store, [(aid, report.facts) for _, aid, report in rows])
        run("INSERT INTO facts VALUES (?, ?, ?)", [(rid, did, compress(report.facts)) for rid, _, report in rows])
        for sql, what in ((UPLOAD, "upload_mbps"), (MONITORS, "monitors")):
            told = [(aid, getattr(report, what), report.day, report.created) for _, aid, report in rows]
            run(sql, [row for row in told if row[1] is not None])

    def _aid(self, who: str) -> int:
        name = pseudonym(self.key, who)
        return self._number(
            "SELECT aid FROM agent WHERE pseudonym = ?", "INSERT INTO agent(pseudonym) VALUES (?)", name
        )

    def _hid(self, host: str | None) -> int | None:
        if host is None:
            return None
        name = pseudonym(self.key, host)
        return self._number("SELECT hid FROM host WHERE pseudonym = ?", "INSERT INTO host(pseudonym) VALUES (?)", name)

    def _number(self, find: str, add: str, name: str) -> int:
        found = self.store.value(find, name)
        return int(found if found is not None else self.store.connection.execute(add, (name,)).lastrowid or 0)


def policy_id(store: Store, policy: Policy) -> int:
    """The number of a policy in the store, which it is put into if it is not there; inside a transaction."""
    found = store.value("SELECT pid FROM policy WHERE sha256 = ?", policy.sha256)
    if found is not None:
        return int(found)
    run = store.connection
    added = run.execute("INSERT INTO policy(sha256, profiles) VALUES (?, ?)", (policy.sha256, policy.profiles))
    rules = [(added.lastrowid, *rule) for rule in policy.rules]
    run.executemany("INSERT INTO policy_rule VALUES (?, ?, ?, ?, ?)", rules)
    return int(added.lastrowid or 0)
