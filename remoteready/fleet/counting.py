"""What the store keeps beside the reports so that every question has an index: heads, newest states, runs, roll-ups.

All of it follows from reports, findings and the roster alone, never from the order in which they came.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from sqlite3 import Connection

from remoteready.fleet.store import Store

Pairs = Iterable[tuple[int, str]]
"""Agents (aid) with one day each."""
Head = tuple[str, int, Mapping[str, str]]
"""The report that counts on one day: the day, its policy (pid), and the status of every rule that was not passed."""
Run = tuple[str, str]
"""A rule's status, and the first day of the unbroken run of days on which it came out so."""

TOUCHED = "CREATE TEMP TABLE IF NOT EXISTS touched(aid INTEGER, day TEXT, PRIMARY KEY(aid, day)) WITHOUT ROWID"
OF_THEM = "touched CROSS JOIN report INDEXED BY report_agent USING (aid, day)"
"""The reports of the touched agents on the touched days: a seek for each, where SQLite might read whole days."""
COUNTED = f"SELECT EXISTS (SELECT 1 FROM {OF_THEM} WHERE head = 1)"
HEADS = f"""
UPDATE report SET head = (rid = (
  SELECT rid FROM report AS other WHERE other.aid = report.aid AND other.day = report.day
  ORDER BY created DESC, id DESC, digest DESC LIMIT 1
))
WHERE rid IN (SELECT rid FROM {OF_THEM})
"""
DAYS = f"""
INSERT INTO rollup_day(day, site, team, ready, not_ready, undetermined)
SELECT report.day, site, team, :sign * sum(verdict = 'ready'), :sign * sum(verdict = 'not_ready'),
  :sign * sum(verdict = 'undetermined')
FROM {OF_THEM} JOIN agent USING (aid) WHERE head = 1 GROUP BY 1, 2, 3
ON CONFLICT DO UPDATE SET ready = ready + excluded.ready, not_ready = not_ready + excluded.not_ready,
  undetermined = undetermined + excluded.undetermined
"""
RULES = f"""
INSERT INTO rollup(day, site, team, rule, status, n)
SELECT report.day, site, team, rule, status, :sign * count(*)
FROM {OF_THEM} JOIN agent USING (aid) JOIN finding USING (rid)
WHERE head = 1 GROUP BY 1, 2, 3, 4, 5
ON CONFLICT DO UPDATE SET n = n + excluded.n
"""
EMPTY = (
    "DELETE FROM rollup_day WHERE day IN (SELECT day FROM touched) AND ready + not_ready + undetermined = 0",
    "DELETE FROM rollup WHERE day IN (SELECT day FROM touched) AND n = 0",
)
GONE = """
DELETE FROM {table} WHERE aid IN (SELECT aid FROM touched)
AND NOT EXISTS (SELECT 1 FROM report WHERE report.aid = {table}.aid)
"""
LATEST = """
INSERT OR REPLACE INTO latest
SELECT aid, rid, day, created, verdict, n_fail, n_warn, n_unknown, recording FROM report WHERE rid IN (
  SELECT (SELECT rid FROM report WHERE report.aid = seen.aid AND head = 1 ORDER BY day DESC LIMIT 1)
  FROM (SELECT DISTINCT aid FROM touched) AS seen
)
"""


@contextmanager
def changing(store: Store, pairs: Pairs) -> Iterator[None]:
    """Inside a transaction: whatever is done to reports, findings and sites of these agents on these days is counted.

    Reports that are added must be on the days named, with head = 0.
    """
    connection = store.connection
    connection.execute(TOUCHED)
    connection.execute("DELETE FROM touched")
    connection.executemany("INSERT OR IGNORE INTO touched VALUES (?, ?)", pairs)
    before = _checkpoints(connection)
    counted = bool(store.value(COUNTED))
    if counted:
        _count(connection, -1)
    yield
    connection.execute(HEADS)
    _count(connection, +1)
    if counted:
        for statement in EMPTY:
            connection.execute(statement)
    _renew(store, before)


def refresh(store: Store, aids: Iterable[int]) -> None:
    """Newest states and runs of agents of whom old days have gone; the roll-ups of those days stay as they are."""
    connection = store.connection
    connection.execute(TOUCHED)
    connection.execute("DELETE FROM touched")
    connection.executemany("INSERT OR IGNORE INTO touched VALUES (?, '')", ((aid,) for aid in aids))
    _renew(store, {})


def _renew(store: Store, before: Mapping[int, tuple[str, dict[str, Run]]]) -> None:
    for table in ("latest", "since"):
        store.connection.execute(GONE.format(table=table))
    store.connection.execute(LATEST)
    _note_runs(store, before)


def recount(store: Store) -> None:
    """All anew from reports, findings and roster, but for counts of days whose reports are gone; in a transaction."""
    connection = store.connection
    for table in ("rollup_day", "rollup"):
        connection.execute(f"DELETE FROM {table} WHERE day >= ?", (store.meta("findings_from"),))
    for table in ("latest", "since"):
        connection.execute(f"DELETE FROM {table}")
    connection.execute("UPDATE report SET head = 0")
    with changing(store, connection.execute("SELECT DISTINCT aid, day FROM report")):
        pass


def _count(connection: Connection, sign: int) -> None:
    """Add what the heads of the touched days say to the roll-ups, or take it away."""
    connection.execute(DAYS, {"sign": sign})
    connection.execute(RULES, {"sign": sign})


def _checkpoints(connection: Connection) -> dict[int, tuple[str, dict[str, Run]]]:
    """By agent of whom only days after the newest are touched: that newest day, and the runs known then."""
    found: dict[int, tuple[str, dict[str, Run]]] = {}
    untouched = """
        SELECT aid, latest.day, rule, status, since FROM latest LEFT JOIN since USING (aid)
        WHERE aid IN (SELECT aid FROM touched)
        AND latest.day < (SELECT min(day) FROM touched WHERE touched.aid = latest.aid)
    """
    for aid, day, rule, status, since in connection.execute(untouched):
        runs = found.setdefault(aid, (day, {}))[1]
        if rule is not None:
            runs[rule] = status, since
    return found


def _note_runs(store: Store, before: Mapping[int, tuple[str, dict[str, Run]]]) -> None:
    """Write the runs of every touched agent anew."""
    connection = store.connection
    rules: dict[int, frozenset[str]] = {}

    def rules_of(pid: int) -> frozenset[str]:
        if pid not in rules:
            rules[pid] = frozenset(rule for (rule,) in store.rows("SELECT rule FROM policy_rule WHERE pid = ?", pid))
        return rules[pid]

    for (aid,) in store.rows("SELECT DISTINCT aid FROM touched"):
        found = runs(_newest_first(connection, aid), rules_of, before.get(aid))
        connection.execute("DELETE FROM since WHERE aid = ?", (aid,))
        connection.executemany(
            "INSERT INTO since SELECT aid, rule, status, level, ? FROM latest JOIN finding USING (rid) "
            "WHERE aid = ? AND rule = ?",
            [(since, aid, rule) for rule, (_, since) in found.items()],
        )


def _newest_first(connection: Connection, aid: int) -> Iterator[Head]:
    """The heads of one agent, read one by one as they are asked for."""
    heads = "SELECT day, pid, rid FROM report WHERE aid = ? AND head = 1 ORDER BY day DESC"
    for day, pid, rid in connection.execute(heads, (aid,)):
        yield day, pid, dict(connection.execute("SELECT rule, status FROM finding WHERE rid = ?", (rid,)).fetchall())


def runs(
    newest_first: Iterable[Head],
    rules_of: Callable[[int], frozenset[str]],
    known: tuple[str, Mapping[str, Run]] | None = None,
) -> dict[str, Run]:
    """Since when each rule comes out as it does in the newest report.

    A day whose policy lacks the rule neither breaks nor begins a run. `known` are a day and the runs that had led to
    it, beyond which nothing has changed: what they tell need not be read again.
    """
    found: dict[str, Run] = {}
    open_rules: set[str] | None = None
    for day, pid, statuses in newest_first:
        if open_rules is None:
            found = {rule: (status, day) for rule, status in statuses.items()}
            open_rules = set(found)
        for rule in tuple(open_rules):
            status = found[rule][0]
            if statuses.get(rule) == status:
                found[rule] = status, day
            elif rule in statuses or rule in rules_of(pid):
                open_rules.remove(rule)
        if known and day == known[0]:
            for rule in open_rules & known[1].keys():
                found[rule] = known[1][rule]
            open_rules -= known[1].keys()
        if not open_rules:
            break
    return found
