"""A rule says the same three times: as the audit says it, quickly in Python, and in SQL over an exported file."""

import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remoteready.check import audit, combine, facts, profile, strictest
from remoteready.check.combine import Combined
from remoteready.check.facts import Declaration, Fact
from remoteready.check.findings import Status
from remoteready.check.profile import Rule
from remoteready.fleet import judging, lake

CHOSEN = [combine.of(profile.load(str(path))) for path in profile.shipped_profiles()]
RULES = {
    (rule.fact, rule.level, rule.limit.model_dump_json()): rule
    for one in CHOSEN
    for rule in (demand.rule for demand in one.demands)
}
"""Every shipped rule; of those that judge alike, one."""


def declared(fact: str) -> Declaration:
    found = facts.declaration(fact)
    assert found
    return found


def candidates(rule: Rule) -> list[Any]:
    """Values on both sides of a rule's limit, on it, and of a wrong type; None is unknown."""
    about = declared(rule.fact)
    limits = rule.limit.value if rule.limit.matcher == "one_of" else (rule.limit.value,)
    if about.type is bool:
        return [True, False, None, "true"]
    if about.type is str:
        return [*limits, *about.choices, 'it\'s "other"', None, 1]
    near = [float(limit) + by for limit in limits for by in (-1e-9, 0, 1e-9, 1)]
    return [*(map(int, near) if about.type is int else near), 0, 2**53 + 1, None, "many", True]


CANDIDATES: dict[str, list[Any]] = {}
for some in RULES.values():
    CANDIDATES.setdefault(some.fact, []).extend(candidates(some))


def document(draw: random.Random, wanted: Collection[str]) -> dict[str, dict[str, Any]]:
    """Some of these facts of one report. Targets and clients are named or not as a whole."""
    left_out = {group for group in {judging.about(fact) for fact in wanted} if draw.random() < 0.3} - {""}
    found = {}
    for fact in wanted:
        if judging.about(fact) in left_out or draw.random() < 0.1:
            continue
        value = draw.choice(CANDIDATES[fact])
        found[fact] = {"unknown": "no answer"} if value is None else {"value": value}
    return found


def filled_in(chosen: Combined, found: dict[str, dict[str, Any]]) -> dict[str, str]:
    """The variables that a check was given which came to these facts."""
    named = {target for fact in found if (target := facts.target_of(fact)) in chosen.whole.targets}
    return {variable: "example.com:443" for target in named for variable in chosen.whole.missing_variables(target, {})}


@pytest.mark.parametrize("chosen", CHOSEN, ids=lambda one: one.whole.id)
@given(draw=st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_a_rule_comes_out_as_the_audit_says_and_so_does_the_verdict(chosen, draw):
    found = document(draw, [demand.rule.fact for demand in chosen.demands])
    held = {name: fact for name, fact in found.items() if typed(name, fact)}
    real = {name: Fact.model_validate(fact) for name, fact in held.items()}
    findings = audit.audit(chosen, real, "linux", filled_in(chosen, held))
    tests = judging.tests(chosen)
    everything = judging.derived(chosen, held)
    statuses = judging.statuses(tests, everything)
    assert statuses == [finding.status for finding in findings]
    assert judging.verdict(tests, statuses) is audit.verdict(findings)


def typed(name: str, fact: dict[str, Any]) -> bool:
    return "unknown" in fact or judging.fits(judging.column(name)[0], fact["value"])


@given(data=st.data())
def test_a_value_of_a_wrong_type_is_unknown(data):
    rule = data.draw(st.sampled_from(list(RULES.values())))
    wrong = {bool: "true", str: 7, int: True, float: "many"}[declared(rule.fact).type]
    assert judging.statuses(judging.tests(made_of([rule])), {rule.fact: {"value": wrong}}) == [Status.UNKNOWN]


def made_of(rules: Iterable[Rule]) -> Combined:
    """Rules as they stand, each under a name of its own."""
    alone_each = [
        strictest.alone(strictest.Origin("test", rule.model_copy(update={"id": f"rule-{number}"})))
        for number, rule in enumerate(rules)
    ]
    whole = CHOSEN[0].whole.model_copy(update={"targets": TARGETS, "variables": VARIABLES})
    return Combined(whole, (), tuple(alone_each))


TARGETS = {name: target for one in CHOSEN for name, target in one.whole.targets.items()}
VARIABLES = {name: variable for one in CHOSEN for name, variable in one.whole.variables.items()}
REPORTS, PARTS = 100_000, 1000


def generated() -> Iterator[dict[str, dict[str, Any]]]:
    """Reports put together from parts, each about one target or the desk itself: quicker than fact by fact."""
    draw = random.Random(20261122)  # noqa: S311 – the same reports every time, no secret
    groups: dict[str, list[str]] = {}
    for fact in CANDIDATES:
        groups.setdefault(judging.about(fact), []).append(fact)
    parts = [[document(draw, facts_of_one) for _ in range(PARTS)] for facts_of_one in groups.values()]
    for _ in range(REPORTS):
        yield dict(chain.from_iterable(draw.choice(some).items() for some in parts))


def test_every_shipped_rule_gives_the_same_counts_in_python_and_in_duckdb(tmp_path):
    everything = made_of(RULES.values())
    tests = judging.tests(everything)
    seen: dict[str, Counter[Status]] = {test.rule: Counter() for test in tests}

    def rows() -> Iterator[dict[str, Any]]:
        for found in generated():
            for test, status in zip(tests, judging.statuses(tests, found), strict=True):
                seen[test.rule][status] += 1
            yield {"system": "linux"} | judging.row(found)

    target = tmp_path / "facts.parquet"
    assert lake.write(rows(), {"system": "VARCHAR"}, target, lambda count: None) == REPORTS
    assert lake.counts(target, everything) == seen
    assert all(len(counts) >= 3 for counts in seen.values())


def test_columns_have_the_type_of_their_fact():
    types = judging.columns(["network.link", "line.upload_mbps", "cpu.logical_cores", "disk.encrypted", "named.line"])
    assert types == {
        "cpu.logical_cores": "BIGINT",
        "disk.encrypted": "BOOLEAN",
        "line.upload_mbps": "DOUBLE",
        "named.line": "BOOLEAN",
        "network.link": "VARCHAR",
    }
