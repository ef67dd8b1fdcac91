"""Stored facts as a Parquet file, one typed column a fact, and a profile's rules counted over it: `fleet export`."""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

from remoteready import files
from remoteready.check.combine import Combined
from remoteready.check.findings import Status
from remoteready.exits import UnusableInput, UnusableOutput
from remoteready.fleet import judging
from remoteready.fleet.store import Store

ABOUT = {
    "agent": "VARCHAR",
    "site": "VARCHAR",
    "team": "VARCHAR",
    "isp": "VARCHAR",
    "created": "TIMESTAMP",
    "day": "DATE",
    "system": "VARCHAR",
    "tool_version": "VARCHAR",
    "verdict": "VARCHAR",
    "newest": "BOOLEAN",
}
"""The columns beside the facts: whose report it is, of when, and whether it is the newest of its agent."""
AT_ONCE = 20_000
"""Reports that are held as text at a time."""


def duckdb() -> ModuleType:
    """The library that writes and reads Parquet. UnusableInput says how to install it."""
    try:
        import duckdb
    except ImportError as error:
        raise UnusableInput(
            "--parquet: needs one more library; install it with: pip install 'remoteready[lake]'"
        ) from error
    return duckdb


def export(store: Store, target: Path, done: Callable[[int], None]) -> int:
    """Write every report whose facts are still there, pseudonymous, as a Parquet file; gives how many.

    Written beside the target and then renamed. UnusableOutput where that cannot be done.
    """
    return write(_rows(store), ABOUT, target, done)


def write(rows: Iterator[dict[str, Any]], about: dict[str, str], target: Path, done: Callable[[int], None]) -> int:
    """Write rows of `about` columns and of `judging.row` cells; a column that no row has is left out."""
    db = duckdb()
    files.check_writable(target)
    count = 0
    try:
        with tempfile.TemporaryDirectory(prefix=".remoteready-", dir=target.parent) as folder:
            part = Path(folder) / "part.parquet"
            with db.connect(str(Path(folder) / "rows.duckdb")) as connection:
                connection.execute(f"CREATE TABLE reports({_columns(about)})")
                known = set(about)
                while some := list(islice(rows, AT_ONCE)):
                    _insert(connection, some, about, known, Path(folder) / "rows.json")
                    count += len(some)
                    done(count)
                connection.execute(f"COPY reports TO {judging.literal(str(part))} (FORMAT parquet, COMPRESSION zstd)")
            part.chmod(0o600)
            part.replace(target)
    except OSError as error:
        raise UnusableOutput(f"{target}: {files.reason(error)}") from error
    except db.Error as error:
        raise UnusableOutput(f"{target}: {str(error).splitlines()[0]}") from error
    return count


def _insert(connection: Any, rows: list[dict[str, Any]], about: dict[str, str], known: set[str], lines: Path) -> None:
    """Add rows to the table, and to it the columns that they are the first to need."""
    types = about | judging.columns(set().union(*rows) - about.keys())
    for name in types.keys() - known:
        connection.execute(f"ALTER TABLE reports ADD COLUMN {judging.identifier(name)} {types[name]}")
    known.update(types)
    lines.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    reads = ", ".join(f"{judging.literal(name)}: {judging.literal(kind)}" for name, kind in types.items())
    connection.execute(
        f"INSERT INTO reports BY NAME SELECT * FROM read_json(?, format='newline_delimited', columns={{{reads}}})",
        [str(lines)],
    )


def _columns(types: dict[str, str]) -> str:
    return ", ".join(f"{judging.identifier(name)} {kind}" for name, kind in types.items())


def _rows(store: Store) -> Iterator[dict[str, Any]]:
    query = (
        "SELECT a.pseudonym, a.site, a.team, a.isp, strftime('%Y-%m-%d %H:%M:%f', r.created / 1000.0, 'unixepoch'), "
        "r.day, r.system, r.tool_version, r.verdict, l.rid IS NOT NULL, f.did, f.body FROM facts f "
        "JOIN report r ON r.rid = f.rid JOIN agent a ON a.aid = r.aid LEFT JOIN latest l ON l.rid = f.rid "
        "ORDER BY f.rid"
    )
    for *about, newest, did, body in store.connection.execute(query):
        yield dict(zip(ABOUT, [*about, bool(newest)], strict=True)) | judging.row(store.unpack(did, body))


def counts(parquet: Path, chosen: Combined) -> dict[str, Counter[Status]]:
    """How often each rule comes to each status over an exported file, counted by SQL in one pass."""
    with duckdb().connect() as connection:
        source = f"read_parquet({judging.literal(str(parquet))})"
        present = {name for name, *_ in connection.execute(f"DESCRIBE FROM {source}").fetchall()}
        cases = dict(judging.sql(chosen, present))
        sums = [
            f"count(*) FILTER (WHERE s{number} = {judging.literal(status.value)})"
            for number in range(len(cases))
            for status in Status
        ]
        inner = ", ".join(f"{case} AS s{number}" for number, case in enumerate(cases.values()))
        query = f"SELECT {', '.join(sums)} FROM (SELECT {inner} FROM {source})"
        row = connection.execute(query).fetchone() or ()
    each = iter(row)
    return {rule: Counter({status: n for status in Status if (n := next(each))}) for rule in cases}
