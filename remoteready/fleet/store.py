"""The store: one SQLite file for all reports. Its tables are explained in migrations/*.sql."""

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from getpass import getuser
from pathlib import Path
from types import ModuleType
from typing import Any, Self

from remoteready import files
from remoteready.exits import UnusableInput, UnusableOutput

DEFAULT = Path("fleet.db")
MIGRATIONS = sorted((Path(__file__).parent / "migrations").glob("*.sql"))
"""In order; the number of the last that a file has seen is its user_version."""
APPLICATION = int.from_bytes(b"rrfl", "big")
"""SQLite's application_id: tells a fleet store from other SQLite files."""
BUSY_S = 30.0
"""How long to wait for another program that writes to the same store."""
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside its file."""


class Store:
    """One open store: plain SQL on `connection`, writes inside `transaction()`.

    Reading needs no transaction; a reader never waits for a writer (WAL). What `transaction()` has left is on the disk.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path

    @classmethod
    def open(cls, path: Path, *, create: bool = False, migrations: Sequence[Path] = MIGRATIONS) -> Self:
        """The store in a file, upgraded where it is of an older version; a new one only if asked for.

        UnusableInput: no such file, not a store, of a newer version, or in use for too long.
        """
        if not path.is_file():
            if path.exists() or not create:
                raise UnusableInput(_no_store(path))
            _make(path)
        connection = None
        try:
            connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
            store = cls(connection, path)
            store._prepare(migrations)
        except sqlite3.Error as error:
            if connection:
                connection.close()
            raise UnusableInput(f"{path}: {_problem(error)}") from error
        except BaseException:
            if connection:
                connection.close()
            raise
        return store

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *trace: object) -> None:
        self.close()
        if isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError:
            raise UnusableInput(f"{self.path}: {_problem(error)}") from error

    def _prepare(self, migrations: Sequence[Path]) -> None:
        version = self.value("PRAGMA user_version")
        if self.value("PRAGMA application_id") != APPLICATION and (
            version or self.value("SELECT 1 FROM sqlite_schema")
        ):
            raise UnusableInput(f"{self.path}: an SQLite file, but no fleet store; name another with --store")
        if version > len(migrations):
            raise UnusableInput(
                f"{self.path}: was written by a newer version of remoteready (store version {version}, this one knows "
                f"{len(migrations)}); update remoteready"
            )
        if version < len(migrations):
            self._upgrade(version, migrations)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY"):
            self.connection.execute(f"PRAGMA {pragma}")

    def _upgrade(self, version: int, migrations: Sequence[Path]) -> None:
        """Run the migrations that are missing, all or none; of a store with content, after a copy beside it."""
        if version:
            self.back_up(backup_of(self.path, version))
        else:
            self.connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        with self.transaction():
            if self.value("PRAGMA user_version") != version:  # another process was quicker
                return
            for migration in migrations[version:]:
                for statement in _statements(migration.read_text(encoding="utf-8")):
                    self.connection.execute(statement)
            self.connection.execute(f"PRAGMA application_id={APPLICATION}")
            self.connection.execute(f"PRAGMA user_version={len(migrations)}")

    def back_up(self, target: Path) -> None:
        """Copy the whole store to a file that only its owner can read. UnusableOutput."""
        part = target.with_name(f".{target.name}.part")
        try:
            part.unlink(missing_ok=True)
            _make(part)
            with closing(sqlite3.connect(part)) as copy:
                self.connection.backup(copy)
            part.replace(target)
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            why = files.reason(error) if isinstance(error, OSError) else str(error)
            raise UnusableOutput(f"{target}: {why}; the store was left as it is") from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: on the disk when it ends, undone by any exception. UnusableOutput: it cannot be written."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            yield self.connection
            self.connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._undo()
            raise UnusableOutput(f"{self.path}: {_problem(error)}; nothing of this step was kept") from error
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def value(self, sql: str, *parameters: Any) -> Any:
        """The first column of the first row; None where there is none."""
        row = self.connection.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.connection.execute(sql, parameters).fetchall()

    def meta(self, key: str) -> str:
        """What the store notes about itself; '' where it notes nothing."""
        return str(self.value("SELECT value FROM meta WHERE key = ?", key) or "")

    def note(self, key: str, value: str) -> None:
        """Note something about the store itself; inside a transaction."""
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def log(self, what: str, subject: str | None = None) -> None:
        """Write into the audit log who does this now; inside a transaction, so that no act goes unlogged."""
        try:
            who = getuser()
        except (OSError, KeyError, ImportError):  # an account without a name
            who = "unknown"
        row = int(time.time() * 1000), who, what, subject
        self.connection.execute("INSERT INTO audit_log(at, who, what, subject) VALUES (?, ?, ?, ?)", row)

    @cached_property
    def _decompressors(self) -> dict[int | None, Any]:
        return {}

    def unpack(self, did: int | None, body: bytes) -> dict[str, dict[str, Any]]:
        """The facts in a row of `facts`: {"fact": {"value" or "unknown", "detail", "source"}}, empty texts left out."""
        if did not in self._decompressors:
            zstd = zstandard()
            dictionary = self.value("SELECT body FROM dictionary WHERE did = ?", did)
            known = zstd.ZstdCompressionDict(dictionary) if dictionary else None
            self._decompressors[did] = zstd.ZstdDecompressor(dict_data=known)
        facts: dict[str, dict[str, Any]] = json.loads(self._decompressors[did].decompress(body))
        return facts


def zstandard() -> ModuleType:
    """The library that compresses facts. UnusableInput says how to install it."""
    try:
        import zstandard
    except ImportError as error:
        raise UnusableInput(
            "fleet: needs one more library; install it with: pip install 'remoteready[fleet]'"
        ) from error
    return zstandard


def backup_of(path: Path, version: int) -> Path:
    """Where a store of an older version is copied to before it is upgraded."""
    return path.with_name(f"{path.name}.version-{version}")


def files_of(path: Path) -> list[Path]:
    """The files that hold something of a store: its own, SQLite's beside it, and copies made before upgrades."""
    own = [path, *(path.with_name(path.name + ending) for ending in BESIDE)]
    return [file for file in [*own, *sorted(path.parent.glob(f"{path.name}.version-*"))] if file.is_file()]


def _make(path: Path) -> None:
    """An empty file that only its owner can read; SQLite gives the files beside it the same rights. UnusableOutput."""
    files.check_writable(path)
    try:
        with suppress(FileExistsError):  # another process was quicker
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise UnusableOutput(f"{path}: {files.reason(error)}") from error


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one: executescript() would commit between them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _no_store(path: Path) -> str:
    if path.is_dir():
        return f"{path}: is a folder; name the file of the store with --store"
    return f"{path}: no such store; `remoteready fleet import FOLDER` makes one, --store names another"


def _problem(error: sqlite3.Error) -> str:
    words = str(error)
    if "not a database" in words:
        return "not a fleet store; name another with --store"
    if "locked" in words:
        return f"in use by another program for more than {BUSY_S:.0f} s; try again later"
    if "malformed" in words:
        return "is damaged; go back to a copy, or take the reports into a new store"
    return "the disk is full" if "full" in words else words
