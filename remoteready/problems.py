"""What is wrong in a file, in one line for people who write profiles and scenarios, not programs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from remoteready import places, spelling
from remoteready.exits import Misfit
from remoteready.places import Location
from remoteready.spelling import named, shown

KINDS = {
    "int": "must be a whole number, not {given}",
    "decimal": "must be a number, not {given}",
    "float": "must be a number, not {given}",
    "bool": "must be true or false, not {given}",
    "string": "must be text; put quotes around it",
    "date": "must be a date, such as 2026-11-22, not {given}",
    "tuple": "must be a list, each item on a line that begins with a hyphen",
    "dict": "must hold fields, each on a line as name: value",
    "dataclass": "must hold fields, each on a line as name: value",
    "model": "must hold fields, each on a line as name: value",
}
"""The same by the first word of Pydantic's error types: int_type, int_parsing, int_from_float …"""

UNKNOWN = "unknown key"
UNKNOWN_FIELD = ("extra_forbidden", "unexpected_keyword_argument", "invalid_key")
PROBLEMS = {
    "missing": "is missing",
    **dict.fromkeys(UNKNOWN_FIELD, UNKNOWN),
    "greater_than": "must be more than {gt}, not {given}",
    "greater_than_equal": "must be at least {ge}, not {given}",
    "less_than_equal": "must be at most {le}, not {given}",
    "finite_number": "must be a number to calculate with, not {given}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must be lower-case letters and digits with single hyphens, such as wired-network",
    "too_short": "must not be empty",
    "enum": "must be {expected}, not {given}",
    "literal_error": "must be {expected}, not {given}",
}
"""Pydantic's error types in words for people who write profiles and scenarios, not programs."""


class Problem(NamedTuple):
    """What is wrong with one field, and where that stands."""

    place: places.Place
    field: Location
    words: str
    meant: Location | None
    """The field that a misspelt one was probably meant to be."""


def found(errors: Iterable[Any], schema: Mapping[str, Any], node: Any, document: Any) -> list[Problem]:
    """Pydantic's errors in the order of the file, but misspelt fields first: they are why others are missing."""
    problems: list[Problem] = []
    for error in errors:
        if error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]:
            continue  # Pydantic has counted only the items that are right
        kind, misfit = error["type"], error.get("ctx", {}).get("error")
        location = (*error["loc"], *getattr(misfit, "at", ()))
        place, field = places.find(node, document, location, key=kind in UNKNOWN_FIELD)
        words, meant = misfit.problem if isinstance(misfit, Misfit) else _words(error), None
        if kind == "missing":
            field = (*field, location[-1])
        if kind in UNKNOWN_FIELD and field:
            *above, name = field
            known = places.fields(schema, tuple(above))
            meant = spelling.nearest(str(name), known)
            words += spelling.among(str(name), known) if known else ""
        problem = Problem(place, field, words, (*field[:-1], meant) if meant else None)
        if problems and problems[-1].field == field:  # two branches of a union
            problems[-1] = problem._replace(words=_either(problems[-1].words, words))
        else:
            problems.append(problem)
    explained = {one.meant for one in problems} - {None}
    left = [one for one in problems if one.field not in explained]
    return sorted(left, key=lambda one: (not one.meant, not one.words.startswith(UNKNOWN), one.place))


def _either(one: str, other: str) -> str:
    """What two branches of a union say of one value: must be 'a' or a number, not x. Else what the first says."""
    start, separator, given = one.rpartition(", not ")
    if not separator or not other.endswith(f"{separator}{given}"):
        return one
    return f"{start} or {other.removeprefix('must be ')}"


def one_line(problems: Sequence[Problem], document: Any, name_place: Callable[[Location, Any], str]) -> str:
    """The first problem behind its line and column, and where the others stand."""
    first, *others = problems
    field = name_place(first.field, document)
    return f"{first.place}: {f'{field}: ' if field else ''}{first.words}{_more(others)}"


def _more(others: Sequence[Problem]) -> str:
    """How many more problems there are, and on which lines the next ones stand."""
    if not others:
        return ""
    lines = sorted({one.place.line for one in others})
    listed = ", ".join(map(str, lines[:3])) + (" …" if len(lines) > 3 else "")
    where = f"lines {listed}" if len(lines) > 1 else f"line {listed}"
    return f" (and {len(others)} more, on {where})"


def _words(error: Any) -> str:
    kind = error["type"]
    if error["input"] is None and kind.endswith("_type"):
        is_text = " " in str(error["loc"][-1:])
        return "is empty; put quotes around text that holds a comma" if is_text else "is empty; give it a value"
    words = PROBLEMS.get(kind) or KINDS.get(kind.partition("_")[0])
    if words is None:  # a check of the model itself
        return str(error["msg"]).removeprefix("Value error, ")
    return words.format(given=shown(error["input"]), **error.get("ctx", {}))


def dotted(location: Iterable[int | str], document: Any = None) -> str:
    """'sites.lyon.usable_share' for ('sites', 'lyon', 'usable_share')."""
    return ".".join(named(str(part)) for part in location)
