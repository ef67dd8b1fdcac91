"""Any bytes from any source: every wanted fact is a Fact, nothing raises, and nothing unsafe gets through."""

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from remoteready.check import profile, snapshot
from remoteready.check.audit import audit, verdict
from remoteready.check.collect import collect
from remoteready.check.facts import Fact, declaration
from remoteready.check.snapshot import RecordedHost

HOSTS = {path.parent.name: snapshot.load(path) for path in Path(__file__).parents[1].glob("hosts/*/snapshot.yaml")}
QUESTIONS = [(name, question) for name, host in sorted(HOSTS.items()) for question in host.sources]
TEXTS = [(name, question) for name, question in QUESTIONS if isinstance(HOSTS[name].sources[question], str)]
HOME_AGENT = profile.load("home-agent")
WANTED = [*HOME_AGENT.wanted_facts({}), "network.tunnel", "network.tunnel_up", "network.tunnel_mode", "network.proxy"]
HARDWARE_ADDRESS = re.compile(r"(?i)(?<![0-9a-f])(?:[0-9a-f]{2}[:_-]){5}[0-9a-f]{2}(?![0-9a-f])")

lone_surrogates = st.text(st.characters(exclude_categories=()))
hostile = st.sampled_from(["02:00:5e:10:00:01", "\x1b[2J", "\x00", "\r", "\u202e", "\x9b31m", "wlx02005e100001"])
text = st.one_of(st.text(), st.builds("".join, st.lists(st.one_of(st.text(max_size=5), hostile), max_size=6)))
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), text)
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(text, inner, max_size=3)),
    max_leaves=8,
)


def facts_with(place: tuple[str, str], answer: Any) -> dict[str, Fact]:
    """The facts of a recorded machine after one of its sources gave another answer."""
    name, question = place
    host = HOSTS[name]
    return dict(collect(RecordedHost(host.system, {**host.sources, question: answer}), WANTED, {}))


def assert_safe(facts: dict[str, Fact]) -> None:
    assert list(facts) == WANTED
    for name, fact in facts.items():
        declared = declaration(name)
        assert declared is not None
        assert fact.unknown if fact.value is None else declared.accepts(fact.value), (name, fact)
        for part in (fact.value, fact.unknown, fact.detail, fact.source):
            if isinstance(part, str):
                assert not [c for c in part if unicodedata.category(c) in {"Cc", "Cs"} or c == "\u202e"], (name, part)
                assert not HARDWARE_ADDRESS.search(part), (name, part)
    verdict(audit(HOME_AGENT, facts, "linux", {}))


@settings(deadline=None, max_examples=250)
@given(st.sampled_from(QUESTIONS), text)
def test_any_text_from_any_source_gives_facts(place, answer):
    assert_safe(facts_with(place, answer))


@settings(deadline=None, max_examples=250)
@given(st.sampled_from(QUESTIONS), trees)
def test_any_data_from_any_source_gives_facts(place, answer):
    assert_safe(facts_with(place, answer))


@settings(deadline=None, max_examples=250)
@given(st.sampled_from(TEXTS), st.one_of(trees, st.lists(st.dictionaries(lone_surrogates, lone_surrogates))))
@example(("ubuntu-24-defender", "run mdatp health --output json"), {"realTimeProtectionEnabled": True})
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


@settings(deadline=None, max_examples=250)
@given(
    st.sampled_from([place for place in TEXTS if "json" in place[1] and HOSTS[place[0]].system == "linux"]), st.data()
)
def test_any_leaf_of_a_json_answer_may_be_anything(place, data):
    document = json.loads(HOSTS[place[0]].sources[place[1]])
    inner, key = data.draw(st.sampled_from(list(leaves(document))))
    inner[key] = data.draw(st.one_of(scalars, trees, lone_surrogates))
    assert_safe(facts_with(place, json.dumps(document)))


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
    assert_safe(dict(collect(RecordedHost("linux", sources), WANTED, {})))
