"""What goes, and when: retention by kind, the erasure of one agent with its proof, and all that is known of one."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from remoteready import files
from remoteready.check.facts import clean
from remoteready.exits import UnusableInput, UnusableOutput
from remoteready.fleet.counting import changing, refresh
from remoteready.fleet.privacy import erased_mark
from remoteready.fleet.store import Store, files_of

CHUNK_BYTES = 4_000_000
UNUSED = (
    "DELETE FROM agent_host WHERE aid NOT IN (SELECT aid FROM agent)",
    "DELETE FROM host WHERE hid NOT IN (SELECT hid FROM agent_host)",
    "DELETE FROM policy WHERE pid NOT IN (SELECT pid FROM report)",
    "DELETE FROM policy_rule WHERE pid NOT IN (SELECT pid FROM policy)",
    "DELETE FROM alert WHERE aid NOT IN (SELECT aid FROM latest)",
    "DELETE FROM uplink WHERE aid NOT IN (SELECT aid FROM agent)",
)
"""What nothing refers to any more."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The first day of each kind that stays."""

    facts: date
    findings: date
    rollups: date

    @classmethod
    def of(cls, today: date, facts_days: int, findings_days: int, rollups_days: int) -> "Kept":
        """Counted back from today. UnusableInput where facts would outlive findings, or these the counts."""
        if not facts_days <= findings_days <= rollups_days:
            raise UnusableInput(
                "facts belong to findings, and these to the daily counts: keep none for longer than what it belongs to"
            )
        return cls(*(today - timedelta(days=days) for days in (facts_days, findings_days, rollups_days)))


@dataclass(frozen=True, slots=True)
class Purged:
    """How much went."""

    facts: int
    reports: int
    days: int
    """Of daily counts."""


def purge(store: Store, kept: Kept) -> Purged:
    """Remove what is older; from now on reports that old are not taken in, so that no old file brings them back."""
    floors = {
        kind: max(day.isoformat(), store.meta(f"{kind}_from"))
        for kind, day in (("facts", kept.facts), ("findings", kept.findings), ("rollups", kept.rollups))
    }
    with store.transaction() as connection:
        for kind, floor in floors.items():
            store.note(f"{kind}_from", floor)
        facts = _purge_facts(store, floors["facts"])
        reports = _purge_reports(store, floors["findings"])
        days = connection.execute("DELETE FROM rollup_day WHERE day < ?", (floors["rollups"],)).rowcount
        connection.execute("DELETE FROM rollup WHERE day < ?", (floors["rollups"],))
        midnight = datetime.combine(date.fromisoformat(floors["findings"]), datetime.min.time(), UTC).timestamp() * 1000
        connection.execute("DELETE FROM erased WHERE before < ?", (midnight,))
        store.log("purged: " + ", ".join(f"{kind} before {floor}" for kind, floor in floors.items()))
    tidy(store)
    return Purged(facts, reports, days)


def _purge_facts(store: Store, floor: str) -> int:
    """Facts of older days, and what was taken from them."""
    run = store.connection.execute
    gone = run("DELETE FROM facts WHERE rid IN (SELECT rid FROM report WHERE day < ?)", (floor,)).rowcount
    for what in ("upload", "monitors"):
        value = "upload_mbps" if what == "upload" else what
        run(
            f"UPDATE uplink SET {value} = NULL, {what}_day = NULL, {what}_created = NULL WHERE {what}_day < ?",
            (floor,),
        )
    run("DELETE FROM uplink WHERE upload_created IS NULL AND monitors_created IS NULL")
    return gone


def _purge_reports(store: Store, floor: str) -> int:
    """Reports of older days with their findings. Their daily counts stay: they name nobody."""
    run = store.connection.execute
    touched = store.rows("SELECT DISTINCT aid FROM report WHERE day < ?", floor)
    if not touched:
        return 0
    run("DELETE FROM finding WHERE rid IN (SELECT rid FROM report WHERE day < ?)", (floor,))
    gone = run("DELETE FROM report WHERE day < ?", (floor,)).rowcount
    run("DELETE FROM agent_host")
    run(
        "INSERT INTO agent_host SELECT aid, hid, min(created), max(created), count(*) FROM report "
        "WHERE hid IS NOT NULL GROUP BY aid, hid"
    )
    refresh(store, (aid for (aid,) in touched))
    run("DELETE FROM agent WHERE rostered = 0 AND aid NOT IN (SELECT aid FROM latest)")
    for statement in UNUSED:
        run(statement)
    return gone


def tidy(store: Store) -> bool:
    """Give free pages back and empty the log of changes; whether nobody else was reading just then."""
    store.connection.executescript("PRAGMA incremental_vacuum")  # execute() would give back a single page
    return not store.value("PRAGMA wal_checkpoint(TRUNCATE)")


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure removed, and where it was looked for afterwards."""

    reports: int
    looked_at: tuple[Path, ...]
    left_in: tuple[Path, ...]
    """Copies of the store from before an upgrade that still hold it."""


def erase(store: Store, key: bytes, name: str, now: datetime) -> Erased:
    """Remove all traces of an agent, then look for them in every byte of the store's files.

    Reports without an agent from their workstation go too, where nobody else works on it. Daily counts of days whose
    reports are gone already stay. UnusableOutput where another program reads the store, which keeps old pages alive.
    """
    if not tidy(store):
        raise UnusableOutput(f"{store.path}: another program is reading the store; end it, then erase")
    aids = [store.value("SELECT aid FROM agent WHERE pseudonym = ?", name), *_unnamed(store, name)]
    traces = _traces(store, aids)
    marks = ",".join("?" * len(aids))
    with store.transaction() as connection:
        names = [one for (one,) in store.rows(f"SELECT pseudonym FROM agent WHERE aid IN ({marks})", *aids)]
        days = store.rows(f"SELECT DISTINCT aid, day FROM report WHERE aid IN ({marks})", *aids)
        with changing(store, days):
            reports = 0
            for aid in aids:
                for table in ("finding", "facts"):
                    connection.execute(
                        f"DELETE FROM {table} WHERE rid IN (SELECT rid FROM report WHERE aid = ?)",
                        (aid,),
                    )
                reports += connection.execute("DELETE FROM report WHERE aid = ?", (aid,)).rowcount
        connection.executemany("DELETE FROM agent WHERE aid = ?", [(aid,) for aid in aids])
        for statement in UNUSED:
            connection.execute(statement)
        before = round(now.timestamp() * 1000)
        connection.executemany(
            "INSERT OR REPLACE INTO erased VALUES (?, ?)", [(erased_mark(key, one), before) for one in names]
        )
        connection.executemany("UPDATE audit_log SET subject = NULL WHERE subject = ?", [(one,) for one in names])
        store.log(f"erased an agent with {reports} reports")
    return _proven(store, traces, reports)


def _unnamed(store: Store, name: str) -> list[int]:
    """Agents that stand for this one's workstations, which reported without an agent too and serve nobody else."""
    alone = """
        SELECT unnamed.aid FROM agent JOIN agent_host USING (aid) JOIN host USING (hid)
        JOIN agent AS unnamed ON unnamed.pseudonym = host.pseudonym
        WHERE agent.pseudonym = ? AND unnamed.aid <> agent.aid AND NOT EXISTS (
          SELECT 1 FROM agent_host AS other WHERE other.hid = host.hid AND other.aid NOT IN (agent.aid, unnamed.aid))
    """
    return [aid for (aid,) in store.rows(alone, name)]


def _traces(store: Store, aids: Iterable[int]) -> list[bytes]:
    """All by which these agents could be recognised, and they alone.

    Their pseudonyms, those of workstations that nobody else uses, ids of reports that nobody else claims, and digests.
    """
    own_hosts = """
        SELECT pseudonym FROM host JOIN agent_host USING (hid)
        WHERE aid = ? AND hid NOT IN (SELECT hid FROM agent_host WHERE aid <> ?)
    """
    own_ids = """
        SELECT id FROM report WHERE aid = ?
        AND NOT EXISTS (SELECT 1 FROM report AS other WHERE other.id = report.id AND other.aid <> report.aid)
    """
    traces: set[bytes] = set()
    for aid in aids:
        traces |= {one.encode() for (one,) in store.rows("SELECT pseudonym FROM agent WHERE aid = ?", aid)}
        traces |= {one.encode() for (one,) in store.rows(own_hosts, aid, aid)}
        traces |= {id for (id,) in store.rows(own_ids, aid)}
        traces |= {digest for (digest,) in store.rows("SELECT digest FROM report WHERE aid = ?", aid)}
    return sorted(traces)


def _proven(store: Store, traces: list[bytes], reports: int) -> Erased:
    """Look for the traces in every byte; rewrite the store where SQLite has left some in the gaps of its pages."""
    tidy(store)
    looked_at = tuple(files_of(store.path))
    found = [file for file in looked_at if holds(file, traces)]
    if any(not _is_copy(store, file) for file in found):
        store.connection.execute("VACUUM")
        tidy(store)
        found = [file for file in looked_at if file.is_file() and holds(file, traces)]
    if mine := next((file for file in found if not _is_copy(store, file)), None):
        raise UnusableOutput(
            f"{mine}: erased, but as another program began to read the store, traces are left; end it, then run "
            "`remoteready fleet purge`"
        )
    return Erased(reports, looked_at, tuple(found))


def _is_copy(store: Store, file: Path) -> bool:
    return ".version-" in file.name.removeprefix(store.path.name)


def holds(file: Path, traces: list[bytes]) -> bool:
    """Whether any of these bytes stand in a file. UnusableOutput where it cannot be read."""
    if not traces:
        return False
    wanted, longest = re.compile(b"|".join(map(re.escape, traces))), max(map(len, traces))
    try:
        with file.open("rb") as opened:
            last = b""
            while chunk := opened.read(CHUNK_BYTES):
                if wanted.search(last + chunk):
                    return True
                last = chunk[-longest:]
    except OSError as error:
        raise UnusableOutput(f"{file}: {files.reason(error)}; it could not be searched for traces") from error
    return False


def about(store: Store, name: str) -> dict[str, Any]:
    """All that the store holds of an agent, as data: the answer to whoever asks what is known of them."""
    aid, site, team, isp, rostered = store.rows(
        "SELECT aid, site, team, isp, rostered FROM agent WHERE pseudonym = ?", name
    )[0]
    hosts = "SELECT pseudonym, first, last, reports FROM agent_host JOIN host USING (hid) WHERE aid = ? ORDER BY 1"
    with store.transaction():
        store.log("exported all about them", name)
    return {
        "agent": name,
        "site": site,
        "team": team,
        "isp": isp,
        "on_roster": bool(rostered),
        "workstations": [
            {"workstation": host, "first": _time(first), "last": _time(last), "reports": count}
            for host, first, last, count in store.rows(hosts, aid)
        ],
        "not_passed_since": dict(store.rows("SELECT rule, since FROM since WHERE aid = ? ORDER BY rule", aid)),
        "uplink": [
            {"upload_mbps": mbps, "measured": mbps_day, "monitors": monitors, "counted": monitors_day}
            for mbps, mbps_day, monitors, monitors_day in store.rows(
                "SELECT upload_mbps, upload_day, monitors, monitors_day FROM uplink WHERE aid = ?", aid
            )
        ],
        "alerts_told": [
            {"kind": kind, "told": _time(told)}
            for kind, told in store.rows("SELECT kind, told FROM alert WHERE aid = ? ORDER BY kind", aid)
        ],
        "reports": [_report(store, *row) for row in store.rows(REPORTS, aid)],
        "who_looked": [
            {"time": _time(at), "who": who, "what": what}
            for at, who, what in store.rows("SELECT at, who, what FROM audit_log WHERE subject = ? ORDER BY lid", name)
        ],
    }


REPORTS = """
SELECT rid, id, created, tool_version, system, verdict, profiles, recording, did, body
FROM report JOIN policy USING (pid) LEFT JOIN facts USING (rid) WHERE aid = ? ORDER BY created, id, digest
"""


def _report(store: Store, rid: int, id: bytes, created: int, *rest: Any) -> dict[str, Any]:
    tool_version, system, verdict, profiles, recording, did, body = rest
    found = "SELECT rule, status, level, actual, note FROM finding WHERE rid = ? ORDER BY rule"
    return {
        "report_id": str(UUID(bytes=id)),
        "time": _time(created),
        "tool_version": tool_version,
        "system": system,
        "verdict": verdict,
        "profiles": json.loads(profiles),
        "recording_works": None if recording is None else bool(recording),
        "not_passed": [
            dict(zip(("rule", "status", "level", "actual", "note"), row, strict=True)) for row in store.rows(found, rid)
        ],
        "facts": None if body is None else store.unpack(did, body),
    }


def log(store: Store) -> list[tuple[str, str, str, str | None]]:
    """When, who, what and about whom, the newest last."""
    found = store.rows("SELECT at, who, what, subject FROM audit_log ORDER BY lid")
    return [(_time(at), clean(who), what, subject) for at, who, what, subject in found]


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
