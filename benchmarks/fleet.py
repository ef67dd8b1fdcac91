"""The fleet beside its limits, in one run: import, every question, the audit, and the same rules in DuckDB.

    python -m benchmarks.fleet [AGENTS DAYS]       20,000 agents on 50 days, a million reports, unless told otherwise

The store is made in a temporary folder of some 1.5 GB and goes with it. Invented reports, seeded.
"""

import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from remoteready.check import combine, profile
from remoteready.cli import run
from remoteready.fleet import importing, lake, reaudit
from remoteready.fleet.importing import Piece
from remoteready.fleet.keeping import Shelf
from remoteready.fleet.store import Store
from tests.fleet.reports import LAST_DAY, PROFILES, Reports

AGENTS, DAYS = 20_000, 50
FILES = 20_000
"""Reports whose import is timed as files, beside the limit."""
BATCH = importing.BATCH
KEY = b"k" * 32
RUNS = 3
FIRST, LAST = (LAST_DAY - timedelta(days=days) for days in (7, 0))


def seconds(work: Callable[[], object]) -> float:
    """Wall time of some work."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def bare(files: list[Path], store: Path) -> None:
    """The limit: the same files parsed and their bytes put into SQLite as safely, batch by batch – nothing else."""
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TABLE report(id TEXT PRIMARY KEY, body BLOB)")
        left = iter(files)
        while some := list(islice(left, BATCH)):
            rows = [(json.loads(data)["report_id"], data) for data in (file.read_bytes() for file in some)]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO report VALUES (?, ?)", rows)
            connection.execute("COMMIT")


def import_beside_its_limit(folder: Path) -> None:
    """Files in, ours and the bare minimum, in turn."""
    place = folder / "files"
    place.mkdir()
    files = [made.lay(place) for made in Reports(agents=FILES // 10, days=11)][:FILES]
    ours, limit = [], []
    for number in range(RUNS):
        limit.append(seconds(partial(bare, files, folder / f"bare-{number}.db")))
        with Store.open(folder / f"ours-{number}.db", create=True) as store:
            ours.append(seconds(partial(importing.take_in, Shelf(store, KEY), files)))
    rate, most = len(files) / statistics.median(ours), len(files) / statistics.median(limit)
    print(f"Import of {len(files):,} files: {rate:,.0f}/s, {rate / most:.0%} of the bare {most:,.0f}/s (aim ≥ 40 %)")
    for made in [*files, *folder.glob("*.db*")]:
        made.unlink()


def fill(store: Store, agents: int, days: int) -> None:
    """All reports into the store, without files."""
    reports: Iterator[Piece] = (Piece(made.id, made.data) for made in Reports(agents=agents, days=days))
    took = seconds(lambda: importing.put(Shelf(store, KEY), reports))
    count = store.value("SELECT count(*) FROM report")
    store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = store.path.stat().st_size / count
    print(f"{count:,} reports of {agents:,} agents taken in: {took:.0f} s, {size:.0f} bytes each (aim ≤ 800)")


def questions(path: Path, agent: str) -> None:
    """Every question as a whole command, and again in a program that is already running: store, words and JSON."""
    print("\nQuestions, ms: as a whole command (aim ≤ 400), and once everything is loaded (aim ≤ 100 in the store)")
    arguments = {"agent": [agent], "diff": [FIRST.isoformat(), LAST.isoformat()]}
    for name in ("status", "why", "agent", "trend", "diff", "uplinks"):
        asked = ["fleet", name, *arguments.get(name, []), "--store", str(path), "--format", "json"]
        whole = statistics.median(seconds(partial(call, asked)) for _ in range(RUNS))
        warm = statistics.median([seconds(partial(quietly, asked)) for _ in range(RUNS + 1)][1:])
        print(f"  {name:8} {whole * 1000:6.0f} {warm * 1000:6.0f}")


def quietly(arguments: list[str]) -> None:
    """One command in this process."""
    with TemporaryDirectory() as folder:
        run([*arguments, "--output", str(Path(folder) / "answer.json")])


def call(arguments: list[str]) -> None:
    """One whole process."""
    command = [sys.executable, "-m", "remoteready", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode not in (0, 1, 3):
        sys.exit(done.stderr.decode())


def audits(store: Store, folder: Path) -> None:
    """The audit on one core and on all, and the same rules counted by DuckDB over the exported facts."""
    chosen = combine.combine([profile.load(name) for name in PROFILES])
    count = store.value("SELECT count(*) FROM facts")
    for name, executor in (("one core", ThreadPoolExecutor(1)), ("a pool of processes", ProcessPoolExecutor())):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with executor as pool:
            took = seconds(lambda: reaudit.reaudit(store, chosen, pool, apply=False, move=lambda done: None))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000
        print(f"Audit, {name}: {count / took:,.0f} reports/s (aim ≥ 12,000 a core), memory + {grown:.0f} MB")
    target = folder / "facts.parquet"
    took = seconds(lambda: lake.export(store, target, lambda done: None))
    print(f"Export to Parquet: {count / took:,.0f} reports/s, {target.stat().st_size / count:.0f} bytes a report")
    took = seconds(lambda: lake.counts(target, chosen))
    print(f"{len(chosen.demands)} rules in DuckDB: {count / took:,.0f} reports/s (aim ≥ 200,000)")


def main() -> None:
    """Print it all."""
    agents, days = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (AGENTS, DAYS)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        import_beside_its_limit(folder)
        path = folder / "fleet.db"
        with Store.open(path, create=True) as store:
            fill(store, agents, days)
            questions(path, store.value("SELECT pseudonym FROM agent JOIN latest USING (aid) LIMIT 1"))
            print()
            audits(store, folder)


if __name__ == "__main__":
    main()
