"""Tables out of CSV files as other programs write them, row by row: one row in memory, whatever the size of the file.

Text is UTF-8, UTF-16 or Windows-1252, told apart by its bytes; cells are apart by comma, semicolon, tab or bar; the
header may stand below some title lines. Whatever else is not a table is refused with its name and the remedy.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from remoteready import files
from remoteready.exits import UnusableInput
from remoteready.plan import columns
from remoteready.plan.cells import Memo
from remoteready.plan.columns import Column

DELIMITERS = (",", ";", "\t", "|")
TITLE_LINES = 40
"""Lines above the header, at most: titles, filters and dates of a report."""
LONGEST_LINE = 1_000_000
WATCHED = 0x7FFF
"""Progress is told every so many lines."""
TOTALS = {
    *("total", "totals", "sum", "summary", "grand total", "average", "avg", "gesamt", "summe", "mittelwert"),
    *("total general", "totale", "suma", "somme", "moyenne", "media", "promedio"),
}

Watch = Callable[[int, int], None]
"""Told now and then how many bytes and lines have been read."""


Needed = Callable[[Mapping[str, Column], list[str]], bool]
"""Whether the columns of a line, by role, and its cells make it the header."""


def unwatched(bytes_read: int, lines: int) -> None:
    """Nobody looks at the progress."""


NOT_TEXT = {
    b"PK\x03\x04": "is an Excel or OpenDocument workbook, whatever its name says",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook, whatever its name says",
    b"\x1f\x8b": "is compressed; unpack it first",
    b"%PDF": "is a PDF",
    b"<": "is a web page or XML, as some systems export in place of a table",
}
SAVE_AS = "; open it in the spreadsheet and save it as CSV (UTF-8)"


def _encoding(head: bytes, path: Path) -> str:
    """The encoding that the first bytes show: utf-16, or bytes to be told apart line by line."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for magic, what in NOT_TEXT.items():
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(magic):
            raise UnusableInput(f"{path}: {what}{'' if 'unpack' in what else SAVE_AS}")
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if even + odd and max(even, odd) >= 0.4 * len(head[::2]) and min(even, odd) == 0:
        return "utf-16-be" if even else "utf-16-le"
    if not head.strip():
        raise UnusableInput(f"{path}: is empty; name the file that holds the table")
    if b"\x00" in head:
        raise UnusableInput(f"{path}: is not text; save the table as CSV (UTF-8)")
    return "bytes"


def lines(path: Path, watch: Watch = unwatched) -> Iterator[str]:
    """The lines of a text file, each with its end. UnusableInput says why, or from which line on, it is no text."""
    with _reading(path) as file:
        encoding = _encoding(file.read(4096), path)
        file.seek(0)
        yield from _narrow(file, path, watch) if encoding == "bytes" else _wide(file, encoding, path, watch)


@contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    try:
        if path.is_dir():
            raise UnusableInput(f"{path}: is a folder; name a file in it")
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise UnusableInput(f"{path}: {files.reason(error)}") from error


def _narrow(file: BinaryIO, path: Path, watch: Watch) -> Iterator[str]:
    """Lines of UTF-8 or of Windows-1252, but not of both: then half of them would be misread in silence."""
    first: dict[str, int] = {}
    for number, raw in enumerate(iter(partial(file.readline, LONGEST_LINE), b""), 1):
        if not number & WATCHED:
            watch(file.tell(), number)
        if b"\x00" in raw or len(raw) == LONGEST_LINE or raw.count(b"\r") > 1:
            _refuse_line(raw, path, number)
        if raw.isascii():
            yield raw.decode("ascii")
            continue
        text, name = _decoded(raw, path, number)
        first.setdefault(name, number)
        if len(first) > 1:
            other, where = next(iter(first.items()))
            raise UnusableInput(
                f"{path}: line {number}: is {name}, but line {where} is {other}; save the whole file as UTF-8"
            )
        yield text


def _decoded(raw: bytes, path: Path, number: int) -> tuple[str, str]:
    """The text of a line and the name of its encoding."""
    for encoding, name in (("utf-8-sig" if number == 1 else "utf-8", "UTF-8"), ("cp1252", "Windows-1252")):
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding), name
    raise UnusableInput(f"{path}: line {number}: is neither UTF-8 nor Windows-1252; save the file as UTF-8")


def _refuse_line(raw: bytes, path: Path, number: int) -> None:
    if b"\x00" in raw:
        raise UnusableInput(f"{path}: line {number}: has a zero byte, so the file is damaged; export it again")
    if b"\r" in raw.rstrip(b"\r\n"):
        raise UnusableInput(f"{path}: line {number}: lines end as on old Macs; save the file with other line ends")
    if len(raw) == LONGEST_LINE:
        raise UnusableInput(f"{path}: line {number}: is longer than a million characters; this is not a table")


def _wide(file: BinaryIO, encoding: str, path: Path, watch: Watch) -> Iterator[str]:
    text = io.TextIOWrapper(file, encoding, newline="")
    number = 0
    try:
        for number, line in enumerate(iter(partial(text.readline, LONGEST_LINE), ""), 1):
            if not number & WATCHED:
                watch(file.tell(), number)
            yield line.removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise UnusableInput(f"{path}: line {number + 1}: is not UTF-16 as the lines above; save it as UTF-8") from None
    finally:
        text.detach()


class Sheet:
    """The rows of a table, with the columns that have a role; iterate as often as needed."""

    def __init__(self, path: Path, needed: Needed, given: Mapping[str, str], remedy: str) -> None:
        """Find the header: the first line, below at most some title lines, whose columns are those `needed`.

        `given` holds headers that the user named, by role; `remedy` shows how. UnusableInput says what was not found.
        """
        self.path = path
        self._reader: Any = None
        self.left_out = 0  # rows of totals
        head = list(islice(lines(path), TITLE_LINES))
        for number, text in enumerate(head, 1):
            for delimiter in DELIMITERS:
                cells = _cells(text, delimiter)
                found = columns.match(cells, given)
                if needed(found, cells):
                    self.header_line, self.delimiter, self.headers, self.columns = number, delimiter, cells, found
                    return
        self._refuse_header(head, given, remedy)

    def _refuse_header(self, head: Iterable[str], given: Mapping[str, str], remedy: str) -> NoReturn:
        """No line has the columns that are needed: name what the widest line has."""
        rows = [_cells(line, delimiter) for line in head for delimiter in DELIMITERS]
        widest = max(rows, key=len)
        names = [columns.plain(cell) for cell in widest]
        absent = [name for name in given.values() if columns.plain(name) not in names]
        has = ", ".join(files.named(cell.strip()) for cell in widest[:12] if cell.strip())
        if absent:
            raise UnusableInput(f"{self.path}: has no column {files.shown(absent[0])} (there are: {has})")
        raise UnusableInput(
            f"{self.path}: no header with the columns that are needed was found; name them, such as {remedy} "
            f"(there are: {has})"
        )

    @property
    def line(self) -> int:
        """The line of the file that was read last."""
        return self.header_line + (self._reader.line_num if self._reader else 1)

    def rows(self, watch: Watch = unwatched) -> Iterator[list[str]]:
        """The rows below the header, without empty lines and rows of totals; `line` tells where each stands."""
        source = lines(self.path, watch)
        for _ in range(self.header_line):
            next(source)
        self._reader = reader = csv.reader(source, delimiter=self.delimiter, strict=True)
        self.left_out = 0
        totals = Memo(lambda text: text.casefold() in TOTALS)
        try:
            for row in reader:
                if not any(row):
                    continue
                if totals[row[0]]:
                    self.left_out += 1
                    continue
                yield row
        except csv.Error as error:
            raise UnusableInput(f"{self.path}: line {self.line}: {error}; check the quotation marks") from None

    def refuse(self, problem: str, column: Column | None = None, line: int | None = None) -> NoReturn:
        """End with the place of a problem: file, line and column."""
        where = f"line {line or self.line}" + (f", column {files.named(column.header)}" if column else "")
        raise UnusableInput(f"{self.path}: {where}: {problem}")

    def refuse_short(self, row: list[str]) -> NoReturn:
        """End with a row that lacks cells."""
        self.refuse(f"has {len(row)} cells where the header has {len(self.headers)}; complete the row or remove it")


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []
