"""Anything from any of Windows' sources: every fact is a Fact, nothing raises, and nothing unsafe gets through."""

import json
import unicodedata
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from remoteready.check import snapshot
from remoteready.check.collect import collect, jobs
from remoteready.check.facts import ADDRESS, DECLARED, Fact, declaration
from remoteready.check.snapshot import RecordedHost
from tests.check.test_fuzz import leaves, scalars, text, trees

HOSTS = {
    path.parent.name: snapshot.load(path) for path in Path(__file__).parents[1].glob("hosts/windows-*/snapshot.yaml")
}
QUESTIONS = [(name, question) for name, host in sorted(HOSTS.items()) for question in host.sources]
TREES = [
    (name, question)
    for name, question in QUESTIONS
    if HOSTS[name].sources[question] and isinstance(HOSTS[name].sources[question], dict | list)
]
FACTS = [name for name in DECLARED if "*" not in name]


def facts_with(place: tuple[str, str], answer: Any) -> dict[str, Fact]:
    name, question = place
    return dict(collect(RecordedHost("windows", {**HOSTS[name].sources, question: answer}), FACTS, {}))


def assert_safe(facts: dict[str, Fact]) -> None:
    for name, fact in facts.items():
        declared = declaration(name)
        assert declared is not None
        assert fact.unknown if fact.value is None else declared.accepts(fact.value), (name, fact)
        for part in (fact.value, fact.unknown, fact.detail, fact.source):
            if isinstance(part, str):
                assert not [c for c in part if unicodedata.category(c) in {"Cc", "Cs"} or c == "\u202e"], (name, part)
                assert not ADDRESS.search(part), (name, part)


@settings(deadline=None, max_examples=250)
@given(st.sampled_from(QUESTIONS), st.one_of(text, trees))
def test_any_data_from_any_source_gives_facts(place, answer):
    assert_safe(facts_with(place, answer))


@settings(deadline=None, max_examples=250)
@given(st.sampled_from(TREES), st.data())
def test_any_leaf_of_an_answer_may_be_anything(place, data):
    document = json.loads(json.dumps(HOSTS[place[0]].sources[place[1]]))
    inner, key = data.draw(st.sampled_from(list(leaves(document))))
    inner[key] = data.draw(st.one_of(scalars, trees))
    assert_safe(facts_with(place, document))


@settings(deadline=None, max_examples=250)
@given(st.sampled_from(QUESTIONS), text)
def test_a_refusal_by_any_source_gives_facts(place, reason):
    assert_safe(facts_with(place, {"unavailable": reason}))


def test_where_no_source_answers_every_collector_still_answers_its_facts_with_a_reason():
    for job in jobs(RecordedHost("windows", {}), FACTS, {}):
        if job.name != "hardware":
            answer = job.collect()
            assert set(answer) == set(job.facts), job.name
            assert all(fact.unknown for fact in answer.values()), job.name
