"""Any answer from any source of a Mac: every wanted fact is a Fact, nothing raises, and nothing unsafe gets through."""

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from remoteready.check import snapshot
from remoteready.check.collect import SYSTEMS, collect, common, macos
from remoteready.check.facts import Fact, declaration
from remoteready.check.snapshot import RecordedHost

HOSTS = {
    path.parent.name: snapshot.load(path) for path in Path(__file__).parents[1].glob("hosts/macos-*/snapshot.yaml")
}
QUESTIONS = [(name, question) for name, host in sorted(HOSTS.items()) for question in host.sources]
TEXTS = [(name, question) for name, question in QUESTIONS if isinstance(HOSTS[name].sources[question], str)]
REPORTS = [place for place in TEXTS if "json" in place[1]]
OWN = [
    name
    for group in (
        common.LINK,
        common.AUDIO,
        common.CAMERA,
        common.SYSTEM,
        common.PATCHES,
        common.ANTIVIRUS,
        common.FIREWALL,
        common.ENCRYPTION,
        common.SCREEN,
        common.USERS,
        common.COMPUTER,
        common.MONITORS,
    )
    for name in group
]
HARDWARE_ADDRESS = re.compile(r"(?i)(?<![0-9a-f])(?:[0-9a-f]{2}[:_-]){5}[0-9a-f]{2}(?![0-9a-f])")

hostile = st.sampled_from(["02:00:5e:10:00:01", "\x1b[2J", "\x00", "\r", "\u202e", "\x9b31m", "en02005e100001", "٣"])
text = st.one_of(st.text(), st.builds("".join, st.lists(st.one_of(st.text(max_size=5), hostile), max_size=6)))
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), text)
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(text, inner, max_size=3)),
    max_leaves=8,
)
lone_surrogates = st.text(st.characters(exclude_categories=()))


def facts_with(place: tuple[str, str], answer: Any) -> dict[str, Fact]:
    """The facts of a recorded Mac after one of its sources gave another answer."""
    name, question = place
    return dict(collect(RecordedHost("macos", {**HOSTS[name].sources, question: answer}), OWN, {}))


def assert_safe(facts: dict[str, Fact]) -> None:
    assert list(facts) == OWN
    for name, fact in facts.items():
        declared = declaration(name)
        assert declared is not None
        assert fact.unknown if fact.value is None else declared.accepts(fact.value), (name, fact)
        for part in (fact.value, fact.unknown, fact.detail, fact.source):
            if isinstance(part, str):
                assert not [c for c in part if unicodedata.category(c) in {"Cc", "Cs"} or c == "\u202e"], (name, part)
                assert not HARDWARE_ADDRESS.search(part), (name, part)


def test_the_macs_are_there_and_answered_by_this_module():
    assert len(HOSTS) == 6
    assert SYSTEMS["macos"] is macos


@settings(deadline=None, max_examples=250)
@given(st.sampled_from(QUESTIONS), text)
def test_any_text_from_any_source_gives_facts(place, answer):
    assert_safe(facts_with(place, answer))


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(QUESTIONS), st.binary())
def test_any_bytes_from_any_source_give_facts(place, answer):
    assert_safe(facts_with(place, answer.decode("utf-8", errors="replace")))
    assert_safe(facts_with(place, "bplist00" + answer.decode("latin-1")))
    assert_safe(facts_with(place, "<?xml " + answer.decode("latin-1")))


@settings(deadline=None, max_examples=250)
@given(st.sampled_from(QUESTIONS), trees)
def test_any_data_from_any_source_gives_facts(place, answer):
    assert_safe(facts_with(place, answer))


@settings(deadline=None, max_examples=250)
@given(st.sampled_from(TEXTS), st.one_of(trees, st.lists(st.dictionaries(lone_surrogates, lone_surrogates))))
def test_any_json_from_any_source_gives_facts(place, answer):
    assert_safe(facts_with(place, json.dumps(answer)))


@settings(deadline=None, max_examples=250)
@given(st.sampled_from(TEXTS), st.data())
def test_any_source_that_breaks_off_or_is_overwritten_in_the_middle_gives_facts(place, data):
    whole = str(HOSTS[place[0]].sources[place[1]])
    cut = data.draw(st.integers(0, len(whole)))
    assert_safe(facts_with(place, whole[:cut]))
    assert_safe(facts_with(place, whole[:cut] + data.draw(text) + whole[cut:]))


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(QUESTIONS), text, st.integers(-2, 255))
def test_any_refusal_by_any_source_gives_facts(place, reason, code):
    assert_safe(facts_with(place, {"unavailable": reason}))
    assert_safe(facts_with(place, {"exit": code, "stdout": reason, "stderr": reason}))


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(REPORTS), st.data())
def test_any_leaf_of_a_report_may_be_anything(place, data):
    document = json.loads(text_of(place)[text_of(place).index("{") :])
    inner, key = data.draw(st.sampled_from(list(leaves(document))))
    inner[key] = data.draw(st.one_of(scalars, trees, lone_surrogates))
    assert_safe(facts_with(place, json.dumps(document)))


def text_of(place: tuple[str, str]) -> str:
    return str(HOSTS[place[0]].sources[place[1]])


def leaves(document: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document that can be written to."""
    for key in list(document) if isinstance(document, dict) else range(len(document)):
        yield document, key
        if isinstance(document[key], dict | list):
            yield from leaves(document[key])


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(sorted(HOSTS)), st.data())
def test_every_source_at_once_may_answer_anything(name, data):
    sources = {question: data.draw(st.one_of(text, scalars)) for question in HOSTS[name].sources}
    assert_safe(dict(collect(RecordedHost("macos", sources), OWN, {})))


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(HOSTS)), st.data())
def test_a_missing_source_never_turns_unknown_into_a_value_that_was_not_there(name, data):
    """Less is known with fewer sources: what is still told is what was told before, or is told by the next source."""
    host = HOSTS[name]
    gone = data.draw(st.sets(st.sampled_from(sorted(host.sources)), min_size=1, max_size=3))
    whole = collect(host, OWN, {})
    part = collect(RecordedHost("macos", {q: answer for q, answer in host.sources.items() if q not in gone}), OWN, {})
    for fact in OWN:
        if part[fact].value is not None and fact not in NEXT_SOURCE:
            assert part[fact].value == whole[fact].value, (fact, gone)


NEXT_SOURCE = {
    *common.ANTIVIRUS,  # where Microsoft Defender does not answer, XProtect does
    *common.SCREEN,  # without a file of the device management nothing is prescribed, and the person's settings hold
    "patches.paused",
}
