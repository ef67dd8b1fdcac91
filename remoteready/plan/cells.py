"""What stands in the cells of other people's tables: numbers, durations, dates and times of day.

Every reader says what it cannot read as `Unreadable`, with the remedy; whoever knows the place adds file, line and
column. What could be read in two ways is never guessed: it is settled by evidence elsewhere in the file, or refused.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Literal, TypeVar

from remoteready.files import shown

Value = TypeVar("Value")


class Unreadable(ValueError):
    """A cell that cannot be read: why, and what to do about it."""


class Memo(dict[str, Value]):
    """Reads each different text once: tables repeat themselves, and millions of rows have few different texts."""

    LARGEST = 100_000

    def __init__(self, read: Callable[[str], Value]) -> None:
        super().__init__()
        self.read = read

    def __missing__(self, text: str) -> Value:
        if len(self) >= self.LARGEST:  # memory stays bounded, whatever the file holds
            self.clear()
        value = self[text] = self.read(text.strip())
        return value


# --- numbers --------------------------------------------------------------------------------------------------------

BLANKS = " \u00a0\u202f\u2009'’"
"""What sets thousands apart without being a decimal mark anywhere."""
MARKED = re.compile(r"[-+]?(\d*)([.,])(\d+)")
NUMBERS = {
    mark: re.compile(rf"[-+]?(\d+|\d{{1,3}}([{group}{BLANKS}]\d{{3}})+)?({re.escape(mark)}\d*)?([eE][-+]?\d+)?")
    for mark, group in ((".", ","), (",", "."))
}
ERRORS = re.compile(r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|WERT!|BEZUG!|NV|VALOR!|VALEUR!|ZAHL!|#+)")
NOT_FINITE = re.compile(r"[-+]?(nan|inf|infinity)", re.IGNORECASE)


def decimal_mark(text: str) -> Literal[".", ","] | None:
    """The decimal mark that a number proves; None where it proves none, as 7 and 1,234 do not."""
    if "." in text and "," in text:
        return "." if text.rfind(".") > text.rfind(",") else ","
    for mark, other in ((".", ","), (",", ".")):
        if text.count(mark) > 1:
            return other  # type: ignore[return-value]  # one of the two
    match = MARKED.fullmatch(text)
    if match is None or (len(match[3]) == 3 and 1 <= len(match[1]) <= 3 and match[1] != "0"):
        return None
    return match[2]  # type: ignore[return-value]  # one of the two


class Numbers:
    """Reads the numbers of one file, all with the same decimal mark."""

    def __init__(self, mark: str | None = None) -> None:
        self.mark = mark

    def learn(self, text: str) -> None:
        """Take the decimal mark from the first number that proves one."""
        if self.mark is None:
            self.mark = decimal_mark(text.strip())

    def read(self, text: str) -> float:
        """A finite number. Unreadable: formulas, error values, NaN, or a decimal mark that is not that of the file."""
        if text.isdigit() and text.isascii():
            return _finite(text)
        refuse_formula(text)
        proven = decimal_mark(text)
        if self.mark is None and proven is None and ("." in text or "," in text) and MARKED.fullmatch(text):
            raise Unreadable(
                f"{shown(text)} may be thousands or decimals, and nothing in the file tells; "
                "say which: --decimal point or --decimal comma"
            )
        if proven and self.mark and proven != self.mark:
            mark = {".": "point", ",": "comma"}
            raise Unreadable(
                f"{shown(text)} has a decimal {mark[proven]}, the numbers before it a {mark[self.mark]}; make them "
                f"alike, or say --decimal {mark[proven]}"
            )
        self.mark = self.mark or proven
        pattern = NUMBERS[self.mark or "."]
        if not text or not (match := pattern.fullmatch(text)) or not (match[1] or match[3]):
            raise Unreadable(f"{shown(text)} is not a number; write digits only" if text else "is empty")
        for blank in BLANKS + ("," if self.mark != "," else "."):
            text = text.replace(blank, "")
        return _finite(text.replace(",", "."))


def _finite(text: str) -> float:
    value = float(text)
    if abs(value) > 1e15:
        raise Unreadable(f"{shown(text)} is more than anything that is counted; check it")
    return value


def refuse_formula(text: str) -> None:
    """Unreadable: what a spreadsheet leaves where a value should be."""
    if text.startswith("="):
        raise Unreadable(f"{shown(text)} is a formula, not its value; copy the sheet, paste it as values, save as CSV")
    if ERRORS.fullmatch(text):
        raise Unreadable(f"{shown(text)} is a spreadsheet's error, not a value; mend it there and save as CSV again")
    if NOT_FINITE.fullmatch(text):
        raise Unreadable(f"{shown(text)} is not a number to calculate with; remove the row or write what was meant")


def not_negative(value: float) -> float:
    """The value; Unreadable below zero."""
    if value < 0:
        raise Unreadable(f"{value:g} is negative; check it")
    return value


# --- durations ------------------------------------------------------------------------------------------------------

COLONS = re.compile(r"(?:(\d+):)?(\d+):(\d{2})(?:[.,](\d+))?")
UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}


def seconds(text: str, numbers: Numbers, unit: str = "s") -> float:
    """A duration in seconds: 4:30 is minutes and seconds, 0:04:30 has hours, a bare number is in `unit`."""
    if match := COLONS.fullmatch(text):
        hours, minutes, rest, part = match.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + int(rest) + float(f"0.{part or 0}")
    return not_negative(numbers.read(text) * UNITS[unit])


# --- dates and times ------------------------------------------------------------------------------------------------

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})(\d{2})(\d{2})")
YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
NAMED = re.compile(
    r"(\d{1,2})[- ]([a-z]{3,9})\.?[- ,]+(\d{4}|\d{2})|([a-z]{3,9})\.? (\d{1,2}),? (\d{4})", re.IGNORECASE
)
WEEKDAY = re.compile(r"(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?[.,]*\s+", re.IGNORECASE)
TIME = re.compile(r"(\d{1,2})(?:[:.hH](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?)?\s*(?:([ap])\.?m\.?)?", re.IGNORECASE)
DIGITS = re.compile(r"(\d{1,2})(\d{2})")
STAMP = re.compile(r"(.*?\d{2})(?:T|,? +)(\d{1,2}[:.hH]\d{2}.*|\d{1,2} ?[apAP]\.?[mM]\.?)")
ZONE = re.compile(r"\s*(Z|UTC|GMT|[-+]\d{2}:?\d{2})$")
UNTIL = re.compile(r"\s*(?:-|–|—|\bto\b|\bbis\b|\bà\b|\ba\b)\s*(?=\d)")
DAY_S = 86_400
MUCH_NEARER = 4


def day(text: str, month_first: bool | None = None) -> int:
    """The day number (`date.toordinal`) of a date as people and their programs write it.

    Unreadable where 3/4/2026 could be in March or in April and `month_first` does not say.
    """
    text = WEEKDAY.sub("", text)
    if match := YEAR_FIRST.fullmatch(text):
        year, month, number = (int(part) for part in (match.group(1, 3, 4) if match[1] else match.group(5, 6, 7)))
    elif match := YEAR_LAST.fullmatch(text):
        first, second, year = (int(match[group]) for group in (1, 3, 4))
        number, month = (second, first) if _turned(text, month_first) else (first, second)
    elif match := NAMED.fullmatch(text):
        named, digits, written = match.group(2, 1, 3) if match[1] else match.group(4, 5, 6)
        if named[:3].lower() not in MONTHS:
            raise Unreadable(f"{shown(text)} names a month that is not English; write 2026-11-22")
        year, month, number = int(written), MONTHS.index(named[:3].lower()) + 1, int(digits)
    else:
        refuse_formula(text)
        raise Unreadable(_no_date(text))
    try:
        return date(year + 2000 if year < 100 else year, month, number).toordinal()
    except ValueError:
        order = "; if the month stands first, say --dates month-first" if month > 12 else ""
        raise Unreadable(f"{shown(text)} is not a date{order}") from None


def _turned(text: str, month_first: bool | None) -> bool:
    """Whether the month stands before the day in 3/4/2026: as the text proves, or as the file's other dates do."""
    proven = proven_order(text)
    if proven is None and month_first is None and ambiguous(text):
        raise Unreadable(f"{shown(text)} may be two dates; say --dates day-first or --dates month-first")
    if proven is not None and month_first not in (None, proven):
        raise Unreadable(
            f"{shown(text)} has day and month in another order than the other dates; make them alike, or say which: "
            "--dates day-first or --dates month-first"
        )
    return bool(month_first if proven is None and ambiguous(text) else proven)


def _no_date(text: str) -> str:
    if re.fullmatch(r"\d{5}([.,]\d+)?", text):
        return f"{shown(text)} is a spreadsheet's number for a date; format the column as a date, save as CSV again"
    return f"{shown(text)} is not a date; write 2026-11-22" if text else "is empty; write the date into every row"


def _day_and_month(text: str) -> tuple[int, int] | None:
    """The two numbers before the year, where their order is not fixed by a point between them."""
    match = YEAR_LAST.fullmatch(WEEKDAY.sub("", text))
    return None if match is None or match[2] == "." else (int(match[1]), int(match[3]))


def ambiguous(text: str) -> bool:
    """Whether a date reads as day and month in either order: 3/4/2026, but not 3.4.2026, 3/13/2026 or 3/3/2026."""
    pair = _day_and_month(text)
    return pair is not None and max(pair) <= 12 and pair[0] != pair[1]


def proven_order(text: str) -> bool | None:
    """Whether the month stands first, as a date such as 3/13/2026 proves; None where it proves nothing."""
    pair = _day_and_month(text)
    return None if pair is None or max(pair) <= 12 else pair[1] > 12


def clock(text: str) -> int:
    """A time of day in seconds since midnight: 8:00, 08:00:00, 8.00, 8h00, 8:00 PM, 0800; 24:00 is the day's end."""
    match = DIGITS.fullmatch(text) or TIME.fullmatch(text)
    if match is None or match.lastindex == 1:  # a bare 8 may be anything
        refuse_formula(text)
        fraction = re.fullmatch(r"0?[.,]\d{2,}", text)
        remedy = "format the column as time, save as CSV again" if fraction else "write 08:30"
        raise Unreadable(f"{shown(text)} is not a time of day; {remedy}" if text else "is empty; write the time")
    parts = [*match.groups(), None, None]
    minute, second = int(parts[1] or 0), int(parts[2] or 0)
    total = _hour(int(parts[0] or 0), parts[3], text) * 3600 + minute * 60 + second
    if minute > 59 or second > 60 or total > DAY_S:
        raise Unreadable(f"{shown(text)} is not a time of day; write 08:30")
    return total


def _hour(hour: int, half: str | None, text: str) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise Unreadable(f"{shown(text)} is not a time of day; write 08:30")
    return hour % 12 + (12 if half.lower() == "p" else 0)


def when(text: str, order: bool | None = None) -> tuple[int | None, int | None]:
    """The day number and the second of the day in one text; None for the part that is not in it.

    A time zone at the end is left out: what counts is the clock on the wall. Of an interval, "08:00 - 08:15", the
    beginning counts. `order` is whether the month stands before the day.
    """
    if match := STAMP.fullmatch(text):
        return day(match[1].strip(), order), clock(UNTIL.split(ZONE.sub("", match[2]))[0].strip())
    if looks_like_day(text):
        return day(text, order), None
    return None, clock(UNTIL.split(text)[0].strip())


def date_part(text: str) -> str:
    """The date in a text that may hold a time behind it."""
    match = STAMP.fullmatch(text.strip())
    return match[1].strip() if match else text.strip()


def nearer_order(dates: Iterable[str]) -> bool | None:
    """Whether the month stands first in ambiguous dates, as shown by how near to each other they are.

    2/11, 3/11 and 4/11 are three days of November or, far less likely, the 11th of three months. None where neither
    order brings them much nearer.
    """
    spans = []
    for order in (False, True):
        days = [day(text, order) for text in dates]
        spans.append(max(days) - min(days))
    if max(spans) < MUCH_NEARER * min(spans):
        return None
    return spans[1] < spans[0]


def looks_like_day(text: str) -> bool:
    """Whether a text is a date rather than a time of day: 22.11.2026 is, 08.15 and 0815 are not."""
    bare = WEEKDAY.sub("", text)
    return any(pattern.fullmatch(bare) for pattern in (YEAR_FIRST, YEAR_LAST, NAMED))
