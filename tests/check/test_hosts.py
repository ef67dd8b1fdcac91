"""Whole workstations, written by hand in the formats of their sources, against what is true about them."""

from pathlib import Path
from typing import Any

import pytest

from remoteready import files
from remoteready.check import profile, snapshot
from remoteready.check.audit import audit
from remoteready.check.collect import collect
from remoteready.check.facts import ADDRESS, DECLARED, Fact, declaration
from remoteready.check.findings import Status

HOSTS = sorted(Path(__file__).parents[1].glob("hosts/*/snapshot.yaml"))
HOME_AGENT = profile.load("home-agent")
WANTED = [name for name in DECLARED if "*" not in name]


def collected(host: Path) -> dict[str, Fact]:
    return dict(collect(snapshot.load(host), WANTED, {}))


def expected(host: Path) -> dict[str, Any]:
    path = host.with_name("expected.yaml")
    return dict(files.parse_yaml(files.read_text(path), str(path)))


@pytest.fixture(params=HOSTS, ids=lambda path: path.parent.name)
def host(request) -> Path:
    return Path(request.param)


def test_every_recorded_machine_says_what_is_true_about_it(host):
    facts, truth = collected(host), expected(host)
    assert set(HOME_AGENT.wanted_facts({})) <= truth.keys() <= set(WANTED)
    for name, true in truth.items():
        fact = facts[name]
        if isinstance(true, dict):
            assert fact.value is None, name
            assert true["unknown"] in (fact.unknown or ""), name
        else:
            assert fact.value == (true if isinstance(true, str) else pytest.approx(true, rel=1e-3)), (name, fact)
            assert isinstance(fact.value, bool) == isinstance(true, bool), name


def test_every_known_value_is_one_that_its_declaration_allows(host):
    for name, fact in collected(host).items():
        declared = declaration(name)
        assert declared is not None
        assert fact.value is None or declared.accepts(fact.value), name


def test_every_known_fact_names_its_source(host):
    assert [name for name, fact in collected(host).items() if fact.value is not None and not fact.source] == []


def test_unknown_facts_are_judged_unknown_with_their_reason_and_known_ones_never(host):
    facts = collected(host)
    findings = audit(HOME_AGENT, facts, snapshot.load(host).system, {})
    assert len(findings) == len(HOME_AGENT.rules)
    for finding in findings:
        if finding.status is Status.NOT_APPLICABLE:
            assert finding.fact.startswith(("target.", "line."))
            continue
        fact = facts[finding.fact]
        assert (finding.status is Status.UNKNOWN) == (fact.value is None), finding.rule
        assert finding.reason == (fact.unknown or "")


def test_no_report_of_a_machine_holds_addresses_or_names_of_persons(host):
    findings = audit(HOME_AGENT, collected(host), "linux", {})
    text = " ".join([str(dict(collected(host))), *(finding.model_dump_json() for finding in findings)])
    assert not ADDRESS.search(text)
    for secret in ("Robin", "Sascha", "192.0.2.", "2001:db8", "00012345678901", "02005E100033"):
        assert secret not in text


def test_the_ready_desk_breaks_no_rule():
    ready = next(path for path in HOSTS if path.parent.name == "debian-12-wired-usb-headset")
    findings = audit(HOME_AGENT, collected(ready), "linux", {})
    assert {finding.status for finding in findings} == {Status.PASS, Status.NOT_APPLICABLE}
