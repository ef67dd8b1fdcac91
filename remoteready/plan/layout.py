"""How the table in a file is laid out: which column holds what, and how dates and numbers are written in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from remoteready.exits import UnusableInput
from remoteready.files import shown
from remoteready.plan import cells
from remoteready.plan.cells import DAY_S, Memo, Numbers, Unreadable
from remoteready.plan.columns import Column
from remoteready.plan.sheet import Sheet

SAMPLE_ROWS = 2000
FEWEST_TIMES = 4
"""Headers that are times of day, from which on a table has one row per day and one column per interval."""

UTC = ("Z", "UTC", "GMT")
"""Other zones at the end of a time are those of the clock on the wall."""

Row = list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the user says of a file where the file does not say it, or not clearly."""

    columns: Mapping[str, str] = field(default_factory=dict)
    month_first: bool | None = None
    decimal_mark: str | None = None
    aht_s: float | None = None
    unit: str | None = None
    step_minutes: int = 15
    together: bool = False
    beside_shifts: bool = False
    """Whether the hours must be those on the wall, as the shifts of a scenario are."""


def _is_header(found: Mapping[str, Column], headers: Sequence[str]) -> bool:
    dated = "date" in found or "time" in found
    return dated and bool({"offered", "answered", "duration", "end"} & found.keys() or _times(headers))


def _times(headers: Sequence[str]) -> dict[int, int]:
    """The columns whose header is a time of day, in a table of days × intervals: place and minute."""
    found = {}
    for place, header in enumerate(headers):
        if ":" in header:
            try:
                found[place] = cells.clock(cells.UNTIL.split(header.strip())[0]) // 60
            except Unreadable:
                continue
    return found if len(found) >= FEWEST_TIMES else {}


class Layout:
    """One file: its columns by role, its kind, and readers of its cells that know the place of what they cannot read.

    `kind` is "rows" (one per interval), "days" (one per day, a column per interval) or "calls" (one per call).
    """

    def __init__(self, path: Path, choices: Choices) -> None:
        self.choices = choices
        self.sheet = Sheet(path, _is_header, choices.columns, "--column date=Tag --column offered=Anrufe")
        self.columns = dict(self.sheet.columns)
        if choices.together:
            self.columns.pop("series", None)
        self.times = _times(self.sheet.headers)
        counted = {"offered", "answered"} & self.columns.keys()
        self.kind = "rows" if counted else "days" if self.times else "calls"
        self.month_first = choices.month_first
        self.numbers = Numbers(choices.decimal_mark)
        self.current: Column | None = None
        self.used: list[str] = []
        self.utc = False
        self.first_line = 0
        self._find_moment(self._look())

    # A first look, at as many rows as it takes. ----------------------------------------------------------------------

    def _look(self) -> Row:
        """Learn the order of day and month and the decimal mark; gives the first row."""
        dated = [self.columns[role].place for role in ("date", "time") if role in self.columns]
        words = ("date", "time", "series", "end", "name")
        figures = [column.place for role, column in self.columns.items() if role not in words] + list(self.times)
        first: Row = []
        unclear: set[str] = set()
        for count, row in enumerate(self.sheet.rows(), 1):
            if len(row) <= max(dated):
                self.sheet.refuse_short(row)
            if not first:
                first, self.first_line = row, self.sheet.line
            if count <= SAMPLE_ROWS:
                for place in figures:
                    self.numbers.learn(row[place] if place < len(row) else "")
            if self.month_first is None:
                self._learn_order([cells.date_part(row[place]) for place in dated], unclear)
            if count >= SAMPLE_ROWS and (self.month_first is not None or len(unclear) != 1):
                break
        if not first:
            raise UnusableInput(f"{self.sheet.path}: has a header but no rows below it; export it again")
        if self.numbers.mark is None and self.sheet.delimiter == ",":
            self.numbers.mark = "."  # decimal commas would stand in quotation marks, and one of them would show
        if self.month_first is None and len(unclear) > 1:
            self.month_first = cells.nearer_order(unclear)
        return first

    def _learn_order(self, dates: Sequence[str], unclear: set[str]) -> None:
        for date in dates:
            if self.month_first is None:
                self.month_first = cells.proven_order(date)
            if cells.ambiguous(date):
                unclear.add(date)

    def _find_moment(self, row: Row) -> None:
        """Tell whether one column holds date and time, or two hold one each; name what is missing."""
        date, time = (self._glance(role, row) for role in ("date", "time"))
        if all(time):
            self.columns.pop("date", None)
        elif time[0] and not date[0]:
            self.columns["date"] = self.columns.pop("time")
            date, time = time, (False, False)
        if "date" in self.columns and not time[1] and date[1]:
            self.columns["time"] = self.columns.pop("date")
        elif "date" in self.columns and not date[0]:
            self._refuse("date", "has no date; name the column of the date: --column date=HEADER")
        elif "date" not in self.columns and not time[0]:
            self._refuse("time", "has a time but no date; name the date's column: --column date=HEADER")
        elif "date" in self.columns and not time[1] and self.kind != "days":
            self._refuse("date", "has a date but no time; name the time's column: --column time=HEADER")

    def _refuse(self, role: str, problem: str) -> NoReturn:
        """End with what is missing in the first row."""
        self.sheet.refuse(problem, self.columns[role], self.first_line)

    def _glance(self, role: str, row: Row) -> tuple[bool, bool]:
        """Whether the cell of a role holds a date, and a time."""
        if role not in self.columns:
            return False, False
        with self.placing(self.first_line):
            self.current = self.columns[role]
            text = row[self.current.place].strip()
            number, second = cells.when(text, bool(self.month_first))
            self.utc |= text.endswith(UTC)
            if self.utc and self.choices.beside_shifts:
                raise Unreadable(f"{shown(text)} is in UTC, and shifts go by the clock on the wall; write local times")
        return number is not None, second is not None

    # Readers of cells -------------------------------------------------------------------------------------------------

    @contextmanager
    def placing(self, line: int | None = None) -> Iterator[None]:
        """Give what cannot be read its place: file, line – the current one if not another – and column."""
        try:
            yield
        except Unreadable as error:
            self.sheet.refuse(str(error), self.current, line)

    def cell(self, role: str, read: Callable[[str], float]) -> Callable[[Row], float]:
        """A function that reads the cell of a role from a row."""
        column = self.columns[role]
        place = column.place
        self.used.append(role)

        def placed(text: str) -> float:
            self.current = column
            return read(text)

        memo = Memo(placed)
        return lambda row: memo[row[place]]

    def count(self, text: str) -> float:
        """A number of calls."""
        if not text:
            raise Unreadable("is empty; write 0 if no call came, or remove the row")
        return cells.not_negative(self.numbers.read(text))

    def seconds(self, role: str, longest_s: float) -> Callable[[Row], float]:
        """A function that reads a duration in seconds, in the unit of the header or the one that the user named."""
        unit = self.columns[role].unit or self.choices.unit or "s"

        def read(text: str) -> float:
            if unit not in cells.UNITS:
                raise Unreadable(f"the unit {unit} in the header is not one of time")
            value = cells.seconds(text, self.numbers, unit)
            if value > longest_s:
                hours = longest_s / 3600
                raise Unreadable(f"{shown(text)} is more than {hours:g} hours; name its unit: --unit ms, s or min")
            return value

        return self.cell(role, read)

    def begin(self) -> Callable[[Row], float]:
        """A function that reads the second at which a row begins, counted from day 0 of `date.toordinal`."""
        if "date" not in self.columns:
            return self.cell("time", self._stamp)
        date = self.cell("date", self._day)
        if self.kind == "days":
            return date
        time = self.cell("time", self._clock)
        return lambda row: date(row) + time(row)

    def _stamp(self, text: str) -> int:
        """A date with a time, in seconds from day 0."""
        number, second = cells.when(text, self.month_first)
        if number is None or second is None:
            raise Unreadable(f"{shown(text)} is not a date with a time; write 2026-11-22 08:30")
        if text.endswith(UTC) is not self.utc:
            raise Unreadable(f"{shown(text)}: some times are in UTC and others are not; write all of them alike")
        return number * DAY_S + second

    def _day(self, text: str) -> int:
        return cells.day(cells.date_part(text), self.month_first) * DAY_S

    def _clock(self, text: str) -> int:
        number, second = cells.when(text, self.month_first)
        if number is not None or second is None:
            raise Unreadable(f"{shown(text)} is not a time of day; write 08:30")
        return second
