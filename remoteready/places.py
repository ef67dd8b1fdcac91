"""Where in a YAML file something stands: from a location in its data to line and column, and what could stand there.

Nodes are those of `yaml.compose`, locations those of Pydantic: ('rules', 3, 'limit', 'one_of').
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Location = tuple[int | str, ...]
KEY = "[key]"
"""Pydantic's last part of a location that means the key itself and not its value."""
LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""YAML's."""


class Place(NamedTuple):
    """Line and column, both from 1 on, as editors count them."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


def start(node: Any) -> Place:
    """Where a node or an event begins; of one with nothing written, what it is missing behind."""
    mark = node.start_mark
    return Place(mark.line + 1, max(mark.column, 1) if _is_empty(node) else mark.column + 1)


def of_index(text: str, index: int) -> Place:
    """Where the character of that index stands; behind the last one of a line or of the text, the last one."""
    before = LINE_END.split(text[: max(min(index, len(text.rstrip()) - 1), 0)])
    whole = LINE_END.split(text)[len(before) - 1]
    return Place(len(before), max(min(len(before[-1]) + 1, len(whole)), 1))


def of_error(error: Any, text: str) -> Place:
    """Where YAML's own error is: at what was left open, where that is only noticed at the end of the file."""
    mark, opened = error.problem_mark or error.context_mark, error.context_mark
    if opened and not text[mark.index :].strip():
        mark = opened
    return of_index(text, mark.index)


def find(node: Any, data: Any, location: Location, *, key: bool = False) -> tuple[Place, Location]:
    """Where a location leads to in a document, and the parts of it that are in the file.

    `key` asks for the key rather than its value; so does a value that is not there. What leads nowhere – a field that
    is missing, the branch of a union – is passed over, so that a missing field leads to the mapping that lacks it.
    """
    place, there = start(node), []
    for part in location:
        if part == KEY:
            key = True
        elif (below := _below(node, data, part)) is not None:
            named, node, data = below
            there.append(part)
            place = start(named)
    if not (key or _is_empty(node)):
        place = start(node)
    return place, tuple(there)


def _below(node: Any, data: Any, part: int | str) -> tuple[Any, Any, Any] | None:
    """The node that names a part, its value's node and its data; None where there is no such part."""
    if node.id == "mapping" and isinstance(data, dict):
        # By the data where it is that of the file: there a key may read no, 0x1f or null.
        names = list(data) if len(data) == len(node.value) else [key.value for key, _ in node.value]
        for (key, value), name in zip(node.value, names, strict=True):
            if name == part or str(name) == part:
                return key, value, data.get(name)
    if node.id == "sequence" and isinstance(data, list) and isinstance(part, int) and part < len(data):
        return node.value[part], node.value[part], data[part]
    return None


def _is_empty(node: Any) -> bool:
    """Whether nothing is written there."""
    return bool(getattr(node, "id", "") == "scalar" and node.start_mark.index == node.end_mark.index)


def scalars(node: Any) -> Iterator[Any]:
    """Every scalar of a document, keys too, in the order of the file."""
    if node.id == "scalar":
        yield node
    for item in node.value if node.id != "scalar" else ():
        for one in item if isinstance(item, tuple) else (item,):
            yield from scalars(one)


def fields(schema: Mapping[str, Any], location: Location) -> list[str]:
    """The names that a JSON Schema knows for the fields of the mapping at a location; empty where any may stand."""
    branches = list(_branches(schema, schema))
    for part in location:
        branches = [
            branch for above in branches for below in _schemas_below(above, part) for branch in _branches(below, schema)
        ]
    return list(dict.fromkeys(name for branch in branches for name in branch.get("properties", ())))


def _branches(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A schema as those without references and unions that it stands for."""
    if "$ref" in schema:
        yield from _branches(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    for union in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(union, ()):
            yield from _branches(one, root)
    yield schema


def _schemas_below(schema: Mapping[str, Any], part: int | str) -> Sequence[Mapping[str, Any]]:
    if isinstance(part, int) and "items" in schema:
        return [schema["items"]]
    if part in schema.get("properties", {}):
        return [schema["properties"][part]]
    others = [schema.get("additionalProperties"), *schema.get("patternProperties", {}).values()]
    return [one for one in others if isinstance(one, dict)]
