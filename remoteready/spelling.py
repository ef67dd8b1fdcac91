"""Names and values in messages: safe to show, and what was probably meant by a name that nothing has."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from typing import Any

CLOSE = 0.75
"""Of difflib's ratio, for whole names: `one_off` is 0.92 from `one_of`, `retention` 0.78 from `retention_days`."""
CLOSE_PART = 0.6
"""For each part of a dotted name: `network.speed` has most letters of `network.proxy`, and means something else."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that `name` is most probably a misspelling of; None where none is clearly close."""
    lower = name.lower()[:200]  # difflib takes time that grows with the square, and no name is as long
    close = get_close_matches(lower, list(names), n=5, cutoff=CLOSE)
    return next((one for one in close if _parts_are_close(lower, one)), None)


def _parts_are_close(name: str, other: str) -> bool:
    pairs = list(zip(name.split("."), other.split("."), strict=False))
    if name.count(".") != other.count("."):
        return True
    return all(SequenceMatcher(None, here, there).ratio() >= CLOSE_PART for here, there in pairs)


def among(name: str, names: Iterable[str]) -> str:
    """The end of a message about a name that nothing has: what was meant, or all that there is."""
    known = list(names)
    meant = nearest(name, known)
    return f"; did you mean {meant}?" if meant else f" (there are: {', '.join(known) or 'none'})"


def shown(value: Any) -> str:
    """A value from a file on one line: cut short, and no character in it that moves a cursor."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    text = repr(value) if isinstance(value, str | list | dict) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def named(name: str) -> str:
    """A name from a file, quoted only where it could not stand on one line."""
    return name if name.isprintable() and len(name) <= 60 else shown(name)
