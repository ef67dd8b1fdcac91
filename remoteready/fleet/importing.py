"""Reports from files, folders and zip archives, also while they are still being written: `fleet import`."""

import os
import stat
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, NoReturn

from remoteready import files
from remoteready.exits import UnusableInput
from remoteready.fleet.keeping import Fate, Shelf
from remoteready.fleet.reading import LARGEST_BYTES, Incoming, Refused, read

BATCH = 500
"""Reports in a transaction: more gains little, and so many are read again at most after a crash."""
BATCH_S = 1.0
"""A batch is closed after so long, however small: what has been read is soon safe."""
POLL_S = 2.0
UNFINISHED = (".part", ".tmp", ".crdownload", ".partial", ".swp")
"""Files that somebody else is still writing, by their names; as is every name that begins with a dot."""
MOST_ENTRIES = 1_000_000
LOCAL_HEADER_BYTES = 30
"""Of an entry in a zip archive, before its name (APPNOTE 4.3.7): tells whether entries lie over each other."""

Watch = Callable[[int, int], None]
"""To be told how many files have been read and how many reports are safely in the store."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What may be a report, or why it cannot be one."""

    name: str
    data: bytes = b""
    refused: str = ""
    files_done: int = 0
    """Files finished with this piece: an archive counts once, at its end."""


@dataclass
class Taken:
    """What an import did."""

    counts: Counter[Fate] = field(default_factory=Counter)
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Name and reason of what was not taken in."""
    doubtful: list[tuple[str, str]] = field(default_factory=list)
    """Name and reason of what was taken in and should be looked at."""

    @property
    def useful(self) -> bool:
        """Whether there was anything to take in, or nothing at all."""
        return bool(self.counts[Fate.STORED] + self.counts[Fate.KNOWN] + self.counts[Fate.SECOND]) or not self.refused


SAID = {
    Fate.TOO_OLD: "older than what is kept since the last `remoteready fleet purge`",
    Fate.ERASED: "from before its agent was erased",
    Fate.SECOND: "another report has the same id and other content; both are kept and shown as a conflict",
}


def take_in(
    shelf: Shelf, paths: Iterable[Path], watch: Watch = lambda done, count: None, *, batch: int = BATCH
) -> Taken:
    """Everything in these files, folders and archives into the store. UnusableInput: a path that is not there."""
    return put(shelf, (piece for path in checked(paths) for piece in pieces(path)), watch, batch=batch)


def checked(paths: Iterable[Path]) -> list[Path]:
    """The paths, once it is sure that each is there. UnusableInput."""
    chosen = list(paths)
    for path in chosen:
        try:
            path.stat()
        except OSError as error:
            raise UnusableInput(f"{path}: {files.reason(error)}") from error
    return [path.resolve() if path.is_symlink() else path for path in chosen]


def put(shelf: Shelf, found: Iterable[Piece], watch: Watch = lambda done, count: None, *, batch: int = BATCH) -> Taken:
    """Pieces into the store, so many reports at a time; `watch` is told each time what is safe."""
    taken, read_ones, began, done = Taken(), list[tuple[str, Incoming]](), time.monotonic(), 0

    def close() -> None:
        nonlocal began
        for (name, _), fate in zip(read_ones, shelf.put([report for _, report in read_ones]), strict=True):
            taken.counts[fate] += 1
            if fate in SAID:
                (taken.doubtful if fate is Fate.SECOND else taken.refused).append((name, SAID[fate]))
        read_ones.clear()
        began = time.monotonic()
        watch(done, sum(taken.counts.values()))

    for piece in found:
        done += piece.files_done
        if piece.refused:
            taken.refused.append((piece.name, piece.refused))
        elif shelf.knows(piece.data):
            taken.counts[Fate.KNOWN] += 1
        elif piece.data or not piece.files_done:
            try:
                read_ones.append((piece.name, read(piece.data, datetime.now(UTC))))
            except Refused as error:
                taken.refused.append((piece.name, str(error)))
        if len(read_ones) >= batch or time.monotonic() - began > BATCH_S:
            close()
    close()
    return taken


def amount(paths: Iterable[Path]) -> int:
    """How many files there are to read."""
    return sum(1 for path in paths for _ in _files(path))


def pieces(path: Path) -> Iterator[Piece]:
    """All that may be reports in a file, an archive or a folder."""
    closed: list[OSError] = []
    for file in _files(path, closed.append):
        try:
            yield from _pieces(file, _shown(file))
        except OSError as error:
            yield Piece(_shown(file), refused=files.reason(error), files_done=1)
    for folder in closed:
        yield Piece(_shown(folder.filename), refused=f"a folder that cannot be looked into: {files.reason(folder)}")


def _shown(name: object) -> str:
    return files.UNSAFE.sub("\N{REPLACEMENT CHARACTER}", str(name))


def _files(path: Path, closed: Callable[[OSError], None] = lambda error: None) -> Iterator[Path]:
    """The file, or those of a folder in the order of their names; no hidden ones, and none that are still written."""
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path, onerror=closed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and not name.lower().endswith(UNFINISHED):
                yield Path(folder, name)


def _pieces(file: Path, shown: str) -> Iterator[Piece]:
    about = file.lstat()
    if not stat.S_ISREG(about.st_mode):
        what = "a link; links are not followed" if stat.S_ISLNK(about.st_mode) else "not an ordinary file"
        yield Piece(shown, refused=what, files_done=1)
        return
    with file.open("rb") as opened:
        start = opened.read(4)
        opened.seek(0)
        if start[:2] == b"PK":
            yield from _unpacked(opened, shown)
        else:
            data = opened.read(LARGEST_BYTES + 1)
            yield Piece(shown, data, "" if data else "empty; if it is still written, again later", files_done=1)


def _unpacked(opened: BinaryIO, shown: str) -> Iterator[Piece]:
    """What is in a zip archive. Nothing is written to any disk, and nothing larger than a report is unpacked."""
    try:
        with zipfile.ZipFile(opened) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if problem := _exploding(entries):
                yield Piece(shown, refused=problem, files_done=1)
                return
            for entry in entries:
                yield _entry(archive, entry, f"{shown}/{_shown(entry.filename)}")
        yield Piece(shown, files_done=1)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        yield Piece(
            shown, refused=f"no readable zip archive ({error}); if it is still written, again later", files_done=1
        )


def _exploding(entries: list[zipfile.ZipInfo]) -> str:
    """Why an archive is made to explode; '' where it is not. As entries may not share bytes, unpacking ends."""
    if len(entries) > MOST_ENTRIES:
        return f"more than {MOST_ENTRIES:,} files in one archive"
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            return "its files lie over each other, as in an archive that is made to explode"
        end = entry.header_offset + LOCAL_HEADER_BYTES + entry.compress_size
    return ""


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> Piece:
    inside, windows = PurePosixPath(entry.filename), PureWindowsPath(entry.filename)
    if windows.is_absolute() or windows.drive or inside.is_absolute() or ".." in {*inside.parts, *windows.parts}:
        return Piece(name, refused="its name leads out of the archive")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return Piece(name, refused="a link; links are not followed")
    if entry.flag_bits & 1:
        return Piece(name, refused="is encrypted")
    try:
        with archive.open(entry) as opened:
            data = opened.read(LARGEST_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        return Piece(name, refused=f"cannot be unpacked ({error})")
    if data[:2] == b"PK":
        return Piece(name, refused="an archive in an archive; unpack it first")
    return Piece(name, data, "" if data else "empty")


def follow(
    shelf: Shelf, paths: Iterable[Path], say: Callable[[Taken], None], pause: Callable[[float], None]
) -> NoReturn:
    """Take in what is there, then whatever comes or changes, for ever; `say` hears of each round that brought anything.

    `pause` waits between rounds; what it raises ends the watch. A file that was refused is looked at again when it
    has changed.
    """
    seen: dict[Path, tuple[int, int]] = {}
    chosen = checked(paths)
    while True:
        taken = put(shelf, (piece for path in chosen for piece in _changed(path, seen)))
        if taken.refused or taken.doubtful or taken.counts:
            say(taken)
        pause(POLL_S)


def _changed(path: Path, seen: dict[Path, tuple[int, int]]) -> Iterator[Piece]:
    """The pieces of the files that are new or have changed since they were last looked at."""
    there = set()
    for file in _files(path):
        try:
            about = file.lstat()
        except OSError:  # moved on between listing and looking, or on a share that is away just now
            continue
        there.add(file)
        state = about.st_size, about.st_mtime_ns
        if seen.get(file) != state:
            seen[file] = state
            yield from pieces(file)
    for file in [file for file in seen if file not in there and file.is_relative_to(path)]:
        del seen[file]
