"""Whole Windows workstations, as what their natives return, against every fact that is true about them."""

from pathlib import Path
from typing import Any

import pytest

from remoteready import files
from remoteready.check import snapshot
from remoteready.check.collect import collect, common, tunnels
from remoteready.check.facts import ADDRESS, declaration

HOSTS = sorted(Path(__file__).parents[1].glob("hosts/windows-*/snapshot.yaml"))
OWN = {
    *(
        *tunnels.TUNNEL,
        *common.ACCESS,
        *common.LINK,
        *common.AUDIO,
        *common.CAMERA,
        *common.SYSTEM,
        *common.PATCHES,
        *common.ANTIVIRUS,
    ),
    *(*common.FIREWALL, *common.ENCRYPTION, *common.SCREEN, *common.USERS, *common.COMPUTER, *common.MONITORS),
}


@pytest.fixture(params=HOSTS, ids=lambda path: path.parent.name)
def host(request) -> Path:
    return Path(request.param)


def expected(host: Path) -> dict[str, Any]:
    path = host.with_name("expected.yaml")
    return dict(files.parse_yaml(files.read_text(path), str(path)))


def test_every_fact_of_the_machine_is_what_is_true_about_it(host):
    truth = expected(host)
    assert truth.keys() >= OWN
    facts = collect(snapshot.load(host), truth, {})
    for name, true in truth.items():
        fact = facts[name]
        if isinstance(true, dict):
            assert fact.value is None, (name, fact)
            assert true["unknown"] in (fact.unknown or ""), (name, fact)
        else:
            assert fact.value == (true if isinstance(true, str) else pytest.approx(true, rel=2e-2)), (name, fact)
            assert isinstance(fact.value, bool) == isinstance(true, bool), name
            declared = declaration(name)
            assert declared is not None
            assert declared.accepts(fact.value)
            assert fact.source, name


def test_no_fact_was_left_to_a_source_that_was_not_recorded(host):
    facts = collect(snapshot.load(host), expected(host), {})
    assert [name for name, fact in facts.items() if "was not recorded" in (fact.unknown or "")] == []


def test_no_fact_of_a_machine_holds_addresses_or_names_of_persons(host):
    text = str(dict(collect(snapshot.load(host), expected(host), {})))
    assert not ADDRESS.search(text)
    for secret in ("Robin", "192.0.2.", "10.20.30", "2001:db8"):
        assert secret not in text
