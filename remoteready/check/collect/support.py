"""Whether a version of an operating system still gets security updates: a dated table as data, and pure rules on it."""

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from remoteready import files
from remoteready.check.facts import Fact, known, unknown

SOURCE = "support.yaml"
TABLE_SERVES = timedelta(days=365)


@cache
def table() -> dict[str, Any]:
    """The shipped table; its sections are described in the file."""
    path = Path(__file__).parents[1] / SOURCE
    document: dict[str, Any] = files.parse_yaml(files.read_text(path), str(path))
    return document


def supported_until(last_day: date | None, today: date, what: str) -> Fact:
    """The fact for a version whose last day is known, or is in no table."""
    checked: date = table()["checked"]
    if last_day is None:
        return unknown(f"{what} is not in the table of {checked}", SOURCE)
    if today - checked > TABLE_SERVES and last_day > checked:
        return unknown(f"the table of supported versions is of {checked}; update remoteready", SOURCE)
    return known(today <= last_day, f"{SOURCE} of {checked}", f"{what}: security updates until {last_day}")
