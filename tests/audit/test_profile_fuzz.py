"""Whatever is changed in a shipped profile or scenario: it loads, as its schema says, or one line points into it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from remoteready import files
from remoteready.check import profile, site, starters
from remoteready.exits import UnusableInput
from remoteready.plan import scenario
from tests import schemas
from tests.complaints import complaint

Load = Callable[[str], Any]
SCHEMAS = {
    load: jsonschema.Draft202012Validator(schemas.published()[name])
    for load, name in ((profile.load, "profile.json"), (scenario.load, "scenario.json"), (site.load, "site.json"))
}
CHECK = Path(starters.__file__).parent
FILES: list[tuple[Load, Path]] = [
    *((profile.load, path) for path in profile.shipped_profiles()),
    *((scenario.load, path) for path in files.shipped("scenarios").glob("*.yaml")),
    (profile.load, CHECK / "starter.yaml"),
    *[(site.load, CHECK / "starter_site.yaml")] * 10,  # one among forty would hardly be drawn
]
INSTEAD = [
    *("", " ", "x", "5", "-1.5", "1e999", "true", "null", "''", "[]", "{}", "[x, 5]", "{x: 5}", "{en: }", "2026-13-41"),
    *("a: b", "- x", "&a x", "*a", "!!int 5", "<<: {}", "'", '"\\u202e"', "\t", "\n", "# x", "|", "? x", "---", "\x07"),
    *("network.lnk", "{vpn_gatway}", "host.example.com", "99999999999999999999", "[" * 60, "0x1f", "010", "5:30"),
]


def nodes(node: Any) -> list[Any]:
    """Every node of a document, keys too."""
    if isinstance(node, yaml.ScalarNode):
        return [node]
    below = node.value if isinstance(node, yaml.SequenceNode) else [one for pair in node.value for one in pair]
    return [node, *(one for item in below for one in nodes(item))]


TEXTS = [
    (load, path.suffix, text, nodes(yaml.compose(text))) for load, path in FILES for text in [path.read_text("utf-8")]
]


@st.composite
def changed(draw: st.DrawFn) -> tuple[Load, str]:
    """A shipped file in which a key or a value is misspelt, doubled, gone or something else, once or twice."""
    load, _, text, found = draw(st.sampled_from(TEXTS))
    chosen = draw(st.lists(st.sampled_from(found), min_size=1, max_size=2, unique_by=id))
    for node in sorted(chosen, key=lambda one: -one.start_mark.index):
        start, end = node.start_mark.index, node.end_mark.index
        old = text[start:end]
        cut = draw(st.integers(0, min(len(old), 30)))
        new = draw(st.sampled_from([old[:cut] + old[cut + 1 :], old[:cut] + old[cut : cut + 1] + old[cut:], *INSTEAD]))
        text = text[:start] + new + text[end:]
    return load, text


@given(changed())
@settings(deadline=None, max_examples=150)
def test_a_changed_file_loads_and_follows_its_schema_or_one_line_points_into_it(
    tmp_path_factory: pytest.TempPathFactory, change
) -> None:
    load, text = change
    path = tmp_path_factory.getbasetemp() / "changed.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    for table in files.shipped("scenarios").glob("*.csv"):  # which scenarios name beside them
        shutil.copy(table, path.parent)
    try:
        load(str(path))
        SCHEMAS[load].validate(json.loads(json.dumps(yaml.safe_load(text), default=str)))
    except UnusableInput as error:
        told = complaint(str(error), path)
        assert told.at or told.words == "is empty"
        assert not any(
            word in told.words for word in ("Input should", "instance of", "dictionary", "tuple", "pydantic")
        )
