"""What an error about a file says, and whether it points at a place that is in the file."""

import re
from pathlib import Path
from typing import NamedTuple

from remoteready.places import LINE_END


class Complaint(NamedTuple):
    """The words of an error, and what stands in the file where it points; empty where it points nowhere."""

    words: str
    at: str


def complaint(message: str, path: Path) -> Complaint:
    """The one line that a file is refused with, taken apart. Its line and column must be in the file."""
    assert message.isprintable()
    assert message.startswith(f"{path}:")
    words = message.removeprefix(f"{path}:")
    placed = re.match(r"(\d+):(\d+): ", words)
    if not placed:
        return Complaint(words.removeprefix(" "), "")
    lines = LINE_END.split(path.read_bytes().decode("utf-8-sig", "replace"))
    number, column = int(placed[1]), int(placed[2])
    assert 1 <= number <= len(lines), message
    assert 1 <= column <= max(len(lines[number - 1]), 1), message
    return Complaint(words[placed.end() :], lines[number - 1][column - 1 :])
