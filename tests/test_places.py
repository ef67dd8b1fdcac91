"""Line and column of what is wrong in a YAML file, and what was probably meant."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from remoteready import files, places, spelling
from remoteready.exits import Misfit, UnusableInput
from tests.complaints import Complaint, complaint

# Nodes

TEXT = """\
# A comment
name: Zoë
desks:
  - {id: a, of: [x, "y"]}
  -
    id: b
    empty:
  -
7: seven
"""
NODE, DATA = yaml.compose(TEXT, Loader=yaml.SafeLoader), yaml.safe_load(TEXT)


@pytest.mark.parametrize(
    ("location", "key", "place", "there"),
    [
        ((), False, (2, 1), ()),
        (("name",), False, (2, 7), ("name",)),
        (("name",), True, (2, 1), ("name",)),
        (("name", "[key]"), False, (2, 1), ("name",)),
        (("desks",), False, (4, 3), ("desks",)),
        (("desks", 0, "of", 1), False, (4, 21), ("desks", 0, "of", 1)),
        (("desks", 1), False, (6, 5), ("desks", 1)),
        (("desks", 1, "empty"), False, (7, 5), ("desks", 1, "empty")),
        (("desks", 2), False, (8, 3), ("desks", 2)),
        (("desks", 1, "missing"), False, (6, 5), ("desks", 1)),
        (("desks", 3), False, (4, 3), ("desks",)),
        (("name", "str"), False, (2, 7), ("name",)),
        (("desks", "list[Desk]", 0, "Desk", "id"), False, (4, 10), ("desks", 0, "id")),
        (("7",), False, (9, 4), ("7",)),
    ],
)
def test_a_location_leads_to_its_line_and_column(location, key, place, there):
    assert places.find(NODE, DATA, location, key=key) == (place, there)


def test_data_that_more_was_put_into_than_stands_in_the_file_is_still_found():
    more = {**DATA, "made": [1], "desks": [{**DATA["desks"][0], "made": 2}, *DATA["desks"][1:]]}
    assert places.find(NODE, more, ("desks", 0, "of", 1)) == ((4, 21), ("desks", 0, "of", 1))
    assert places.find(NODE, more, ("desks", 0, "made")) == ((4, 5), ("desks", 0))
    assert places.find(NODE, more, ("made", 0)) == ((2, 1), ())


NUMBERS = st.integers(100, 10**9)
KEYS = st.text("abé", min_size=1, max_size=5)
DOCUMENTS = st.recursive(
    st.dictionaries(KEYS, NUMBERS, min_size=1),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(KEYS, inner, min_size=1, max_size=3),
    max_leaves=9,
)


def leaves(data: Any) -> Iterator[tuple[tuple[int | str, ...], int]]:
    """Every number in nested maps and lists, with its location."""
    if isinstance(data, int):
        yield (), data
    for name, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from (((name, *location), number) for location, number in leaves(value))


@given(DOCUMENTS, st.booleans(), st.sampled_from(["SafeLoader", "CSafeLoader"]))
@settings(deadline=None)
def test_a_key_and_its_value_stand_where_their_location_leads_to(document, flow, loader):
    lines = yaml.safe_dump(document, default_flow_style=flow, allow_unicode=True, sort_keys=False).splitlines()
    node = yaml.compose("\n".join(lines), Loader=getattr(yaml, loader, yaml.SafeLoader))
    for location, number in leaves(document):
        (line, column), there = places.find(node, document, location)
        assert there == location
        assert re.match(rf"{number}\b", lines[line - 1][column - 1 :])
        (line, column), _ = places.find(node, document, location, key=True)
        assert re.match(rf"{location[-1]}: ?", lines[line - 1][column - 1 :])


# Suggestions


@pytest.mark.parametrize(
    ("name", "names", "meant"),
    [
        ("one_off", ["equals", "one_of", "at_least", "at_most"], "one_of"),
        ("atleast", ["equals", "one_of", "at_least", "at_most"], "at_least"),
        ("wired-netwrok", ["wired-network", "wired-headset"], "wired-network"),
        ("Home_Agent", ["home-agent", "calabrio-smart-desktop"], "home-agent"),
        ("network.lnk", ["network.link", "network.link_mbps"], "network.link"),
        ("netwrk.link", ["network.link", "headset.link"], "network.link"),
        ("network_link", ["network.link", "headset.link"], "network.link"),
        ("network.speed", ["network.proxy", "network.link"], None),
        ("headset.lnik", ["headset.link", "screen.locks"], "headset.link"),
        ("vpn", ["vpn_gateway"], None),
        ("wifi", ["wired"], None),
        ("", ["a"], None),
        ("x" * 100_000, ["x" * 50], None),
        ("anything", [], None),
    ],
)
def test_only_what_is_clearly_close_is_suggested(name, names, meant):
    assert spelling.nearest(name, names) == meant


@given(st.permutations("abcdefghi-_").map(lambda letters: "".join(letters[:8])), st.integers(0, 7))
def test_a_name_with_one_letter_lost_or_twice_is_still_known(name, number):
    for worse in (name[:number] + name[number + 1 :], name[:number] + name[number] + name[number:]):
        assert spelling.nearest(worse, ["something-else", name, "x"]) == name


def test_where_nothing_is_close_the_names_are_listed():
    assert spelling.among("x", ["abc", "def"]) == " (there are: abc, def)"
    assert spelling.among("x", []) == " (there are: none)"
    assert spelling.among("abcd", ["abcde", "fghij"]) == "; did you mean abcde?"


# Models


class Headset(BaseModel):
    model_config = ConfigDict(extra="forbid")
    maker: str
    wired: bool = True


class Phone(BaseModel):
    model_config = ConfigDict(extra="forbid")
    number: int


@dataclass
class Chair:
    height_cm: int
    least_cm: int = 40

    def __post_init__(self) -> None:
        if self.height_cm < self.least_cm:
            raise Misfit(f"must be at least {self.least_cm}", "height_cm")


class Desk(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    talks_by: Headset | Phone | None = None
    chairs: list[Chair] = []
    by_system: dict[Literal["linux", "windows"], int] = {}


def complaint_about(text: str, folder: Path) -> Complaint:
    path = folder / "desk.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnusableInput) as caught:
        files.load(Desk, path)
    return complaint(str(caught.value), path)


@pytest.mark.parametrize(
    ("text", "words", "at"),
    [
        ("nam: Zoë\n", "nam: unknown key; did you mean name?", "nam: Zoë"),
        ("name: a\nx: 1\n", "x: unknown key (there are: name, talks_by, chairs, by_system)", "x: 1"),
        ("name:\n", "name: is empty; give it a value", "name:"),
        ("name: 5 # five\n", "name: must be text; put quotes around it", "5 # five"),
        ("chairs: []\n", "name: is missing", "chairs: []"),
        ("{}\n", "name: is missing", "{}"),
        ("- 1\n", "must hold fields, each on a line as name: value", "- 1"),
        ("name: a\nchairs:\n  - height_cm: 50\n  - height_cm: 20\n", "chairs.1.height_cm: must be at least 40", "20"),
        ("name: a\nchairs: [{height_cm: x}]\n", "chairs.0.height_cm: must be a whole number, not 'x'", "x}]"),
        ("name: a\nchairs:\n  - hight_cm: 5\n", "chairs.0.hight_cm: unknown key; did you mean height_", "hight_cm: 5"),
        ("name: a\nchairs:\n  - height_cm: 50\n  -\n", "chairs.1: is empty; give it a value", "-"),
        ("name: a\nby_system: {win: 1}\n", "by_system.win: must be 'linux' or 'windows', not 'win'", "win: 1}"),
        ("name: a\ntalks_by: {makr: x}\n", "talks_by.makr: unknown key; did you mean maker?", "makr: x}"),
        ("name: a\ntalks_by: 5\n", "talks_by: must hold fields, each on a line as name: value", "5"),
        ('name: "a\\u202eb"\n', "'a\\u202eb' has a control character or an invisible one; type it anew", '"a\\u202eb"'),
        ("name: a\nchairs: [1, 2\n", "not valid YAML: did not find expected ',' or ']'", "[1, 2"),
        ("name: a\n  b: c\n", "not valid YAML: mapping values are not allowed in this context", ": c"),
        ("name: a\n<<: {x: 1}\n", "<< is not supported; write the fields out", "<<: {x: 1}"),
        ("name: a\u0007b\n", "not valid YAML: unacceptable character #x0007: ", "\u0007b"),
    ],
)  # fmt: skip
def test_an_error_names_the_field_and_points_at_it(text, words, at, tmp_path):
    told = complaint_about(text, tmp_path)
    assert told.words.partition(" (and ")[0].startswith(words)
    assert told.at == at
