"""What a profile names – hosts, recording clients – on one recorded machine of each system: tests/hosts/*/named.yaml.

`sources` come on top of the machine's own; `expected` is what is then true of it.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remoteready import files
from remoteready.check import snapshot
from remoteready.check.collect import collect
from remoteready.check.facts import ADDRESS, Fact, declaration
from remoteready.check.named import RecordingClient
from remoteready.check.profile import Profile
from remoteready.check.snapshot import RecordedHost
from tests.check.test_fuzz import leaves, scalars, text, trees

PATHS = sorted(Path(__file__).parents[1].glob("hosts/*/named.yaml"))
NAMED = {path.parent.name: files.parse_yaml(files.read_text(path), str(path)) for path in PATHS}
RULE: dict[str, Any] = {
    "id": "any",
    "title": {"en": "x"},
    "fact": "network.connected",
    "limit": {"equals": True},
    "level": "must",
    "rationale": {"en": "x"},
    "remediation": {"any": {"agent": {"en": "x"}}},
    "source": {"name": "x", "checked": "2026-11-22"},
}


def machine(name: str) -> RecordedHost:
    recorded = snapshot.load(PATHS[0].parents[1] / name / "snapshot.yaml")
    return RecordedHost(recorded.system, {**recorded.sources, **NAMED[name]["sources"]})


def collected(name: str, host: RecordedHost) -> dict[str, Fact]:
    """The expected facts, of what the file names as a profile would."""
    about = {"en": "x"}
    whole = {"id": "any", "version": "1", "title": about, "description": about, "rules": [RULE]}
    named = {key: NAMED[name][key] for key in ("targets", "recording_clients")}
    chosen = Profile.model_validate({**whole, **named})
    recorders: dict[str, RecordingClient] = chosen.recording_clients
    return dict(collect(host, NAMED[name]["expected"], chosen.addresses({}), recorders=recorders))


def test_there_is_a_machine_of_every_system():
    assert {machine(name).system for name in NAMED} == {"linux", "macos", "windows"}


@pytest.mark.parametrize("name", NAMED)
def test_every_fact_about_what_is_named_is_what_is_true(name):
    facts = collected(name, machine(name))
    for fact, true in NAMED[name]["expected"].items():
        if isinstance(true, dict):
            assert facts[fact].value is None, (fact, facts[fact])
            assert true["unknown"] in (facts[fact].unknown or ""), (fact, facts[fact])
        else:
            assert facts[fact].value == (true if isinstance(true, str) else pytest.approx(true)), (fact, facts[fact])
            assert isinstance(facts[fact].value, bool) == isinstance(true, bool), fact
            assert facts[fact].source, fact


@pytest.mark.parametrize("name", NAMED)
def test_no_fact_about_what_is_named_holds_an_address_that_nobody_named(name):
    words = str(collected(name, machine(name)))
    assert not ADDRESS.search(words)
    for secret in ("10.20.", "10.8.", "192.0.2.", "198.51.100.", "2001:db8", "fe80", "fec0"):
        assert secret not in words


# --- any answer ---

OWN = [(name, question) for name in NAMED for question in NAMED[name]["sources"]]
DEEP = [place for place in OWN if isinstance(NAMED[place[0]]["sources"][place[1]], dict | list) and place[1]]


def assert_safe(place: tuple[str, str], answer: Any) -> None:
    host = machine(place[0])
    for name, fact in collected(place[0], RecordedHost(host.system, {**host.sources, place[1]: answer})).items():
        declared = declaration(name)
        assert declared is not None
        assert fact.unknown if fact.value is None else declared.accepts(fact.value), (name, fact)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(OWN), st.one_of(text, trees, text.map(lambda reason: {"unavailable": reason})))
def test_any_data_from_any_source_gives_facts(place, answer):
    assert_safe(place, answer)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from([place for place in DEEP if NAMED[place[0]]["sources"][place[1]]]), st.data())
def test_any_leaf_of_an_answer_may_be_anything(place, data):
    document = json.loads(json.dumps(NAMED[place[0]]["sources"][place[1]]))
    inner, key = data.draw(st.sampled_from(list(leaves(document))))
    inner[key] = data.draw(st.one_of(scalars, trees))
    assert_safe(place, document)
