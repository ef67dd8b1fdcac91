"""The audit: how one rule comes out, how findings become a verdict, and what an agent is told."""

import datetime
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from remoteready.check import profile as profiles
from remoteready.check.audit import audit, report, verdict
from remoteready.check.facts import DECLARED, Fact, known, unknown
from remoteready.check.findings import Finding, Report, Status
from remoteready.check.profile import Profile
from remoteready.check.work import Level
from remoteready.exits import ExitCode, Verdict

HOME = profiles.load("home-agent")
OPEN: Mapping[str, str] = {}
FILLED = dict.fromkeys(HOME.variables, "host.example.com:443")
FIRST = {"must": Status.FAIL, "should": Status.WARN}


def one_rule(fact: str, limit: dict[str, Any], level: str) -> Profile:
    """A profile of a single rule."""
    return Profile.model_validate(
        {
            "id": "one-rule",
            "version": "1",
            "title": {"en": "One rule"},
            "description": {"en": "For a test"},
            "variables": {"host": {"meaning": {"en": "A host"}, "example": "host.example.com:443", "optional": True}},
            "targets": {"host": {"address": "{host}"}},
            "rules": [
                {
                    "id": "the-rule",
                    "title": {"en": "The rule"},
                    "fact": fact,
                    "limit": limit,
                    "level": level,
                    "rationale": {"en": "Because"},
                    "remediation": {
                        "any": {"agent": {"en": "agent, anywhere"}, "it": {"en": "IT, anywhere"}},
                        "linux": {"agent": {"en": "agent, on Linux"}},
                    },
                    "source": {"name": "A vendor", "checked": "2026-11-22"},
                }
            ],
        }
    )


def judged(chosen: Profile, fact: Fact | None, system: str = "windows", values: Mapping[str, str] = OPEN) -> Finding:
    facts = {} if fact is None else {chosen.rules[0].fact: fact}
    [finding] = audit(chosen, facts, system, values)
    return finding


LINK, PENDING, MEMORY, IN_USE = "network.link", "patches.pending", "memory.total_gb", "headset.in_use"

TABLE: list[tuple[str, dict[str, Any], bool | int | float | str, bool]] = [
    (IN_USE, {"equals": True}, True, True),
    (IN_USE, {"equals": True}, False, False),
    (IN_USE, {"equals": False}, False, True),
    (IN_USE, {"equals": False}, True, False),
    (LINK, {"equals": "wired"}, "wired", True),
    (LINK, {"equals": "wired"}, "wifi", False),
    (LINK, {"one_of": ["wired", "wifi"]}, "wifi", True),
    (LINK, {"one_of": ["wired", "wifi"]}, "mobile", False),
    (PENDING, {"equals": 0}, 0, True),
    (PENDING, {"equals": 0}, 1, False),
    (PENDING, {"one_of": [0, 2]}, 2, True),
    (PENDING, {"one_of": [0, 2]}, 1, False),
    (PENDING, {"at_most": 0}, 0, True),
    (PENDING, {"at_most": 0}, 1, False),
    (MEMORY, {"at_least": 3.5}, 3.5, True),
    (MEMORY, {"at_least": 3.5}, 3.4999999, False),
    (MEMORY, {"at_least": 3.5}, 4, True),
    (MEMORY, {"at_most": 8}, 8.0, True),
    (MEMORY, {"at_most": 8}, 8.0000001, False),
]


@pytest.mark.parametrize("level", ["must", "should"])
@pytest.mark.parametrize(("fact", "limit", "value", "holds"), TABLE)
def test_a_known_fact_passes_within_its_limit_and_else_fails_a_must_or_warns(fact, limit, value, holds, level):
    finding = judged(one_rule(fact, limit, level), known(value, source="here", detail="as seen"))
    assert finding.status is (Status.PASS if holds else FIRST[level])
    assert (finding.actual, finding.evidence, finding.reason) == (value, "as seen", "")
    assert finding.unit == DECLARED[fact].unit


@pytest.mark.parametrize("level", ["must", "should"])
@pytest.mark.parametrize(
    ("fact", "limit"), [(IN_USE, {"equals": False}), (PENDING, {"at_most": 0}), (LINK, {"equals": "wired"})]
)
@pytest.mark.parametrize(
    "answer", [unknown("needs administrator rights"), None], ids=["could not be told", "not asked"]
)
def test_an_unknown_fact_neither_passes_nor_fails_and_says_why(fact, limit, level, answer):
    finding = judged(one_rule(fact, limit, level), answer)
    assert (finding.status, finding.actual) == (Status.UNKNOWN, None)
    assert finding.reason == ("needs administrator rights" if answer else "no collector answered")
    assert (finding.agent, finding.it) == ("", "")


@pytest.mark.parametrize("level", ["must", "should"])
@pytest.mark.parametrize(
    "answer", [known(False, source="x", detail="seen"), known(True, source="x"), unknown("late"), None]
)
def test_a_rule_about_a_target_that_was_left_open_does_not_apply_and_says_how_to_fill_it_in(level, answer):
    chosen = one_rule("target.host.reachable", {"equals": True}, level)
    finding = judged(chosen, answer)
    assert (finding.status, finding.actual, finding.evidence) == (Status.NOT_APPLICABLE, None, "")
    assert "-D host=host.example.com:443" in finding.reason
    assert judged(chosen, answer, values={"host": "h:1"}).status is not Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("system", "agent", "it"),
    [
        ("linux", "agent, on Linux", ""),
        ("windows", "agent, anywhere", "IT, anywhere"),
        ("plan9", "agent, anywhere", "IT, anywhere"),
    ],
)
@pytest.mark.parametrize("level", ["must", "should"])
def test_a_broken_rule_says_what_to_do_on_this_system_and_a_kept_one_says_nothing(system, agent, it, level):
    chosen = one_rule(IN_USE, {"equals": True}, level)
    broken, kept = judged(chosen, known(False, source="x"), system), judged(chosen, known(True, source="x"), system)
    assert (broken.agent, broken.it) == (agent, it)
    assert (kept.agent, kept.it) == ("", "")


def test_a_rule_that_helps_on_one_system_only_is_refused():
    data = one_rule(IN_USE, {"equals": True}, "must").model_dump(exclude_unset=True)
    data["rules"][0]["remediation"] = {"windows": data["rules"][0]["remediation"]["any"]}
    with pytest.raises(ValidationError, match="remediation: needs `any`, or all of linux, macos, windows"):
        Profile.model_validate(data)


def values_of(fact: str) -> st.SearchStrategy[Fact]:
    """Any answer to a question: a value that the declaration allows, or a reason."""
    declared = DECLARED[f"target.*.{fact.split('.')[2]}" if fact.startswith("target.") else fact]
    values: st.SearchStrategy[Any] = {
        bool: st.booleans(),
        int: st.integers(min_value=0, max_value=100),
        float: st.floats(min_value=0, max_value=100),
        str: st.sampled_from(declared.choices or ("text",)),
    }[declared.type]
    return st.builds(known, values, source=st.just("here"), detail=st.text(max_size=5)) | st.builds(unknown, st.text())


desks = st.fixed_dictionaries({}, optional={rule.fact: values_of(rule.fact) for rule in HOME.rules})
choices = st.sampled_from([OPEN, FILLED, {"vpn_gateway": "vpn.example.com:443"}])
systems = st.sampled_from(["linux", "macos", "windows"])


@given(desks, choices, systems)
def test_findings_stand_in_the_order_of_the_rules_one_for_each(facts, values, system):
    findings = audit(HOME, facts, system, values)
    assert [(one.rule, one.fact, one.level) for one in findings] == [(r.id, r.fact, r.level) for r in HOME.rules]


@given(desks, choices, systems)
def test_unknown_never_turns_into_pass_or_fail_nor_the_other_way_round(facts, values, system):
    for finding in audit(HOME, facts, system, values):
        if finding.status is not Status.NOT_APPLICABLE:
            told = facts.get(finding.fact, unknown("not collected")).value is not None
            assert told is (finding.status is not Status.UNKNOWN)
            assert told is (finding.actual is not None)


@given(desks, choices, systems)
def test_the_same_facts_always_give_the_same_report_and_are_left_as_they_were(facts, values, system):
    before, now = dict(facts), datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
    one, other = (report(HOME, facts, system, values, host=None, time=now) for _ in range(2))
    assert one == other
    assert facts == before
    assert one.verdict is verdict(one.findings)
    assert Report.model_validate_json(one.model_dump_json()).model_dump_json() == one.model_dump_json()


@given(desks, choices, systems)
def test_facts_that_no_rule_asks_for_change_nothing(facts, values, system):
    more = {**facts, "antivirus.present": known(False, source="x"), "network.tunnel": known(True, source="x")}
    assert audit(HOME, more, system, values) == audit(HOME, facts, system, values)


@given(desks, choices, systems, st.randoms(use_true_random=False))
def test_the_verdict_depends_only_on_the_musts_and_not_on_their_order(facts, values, system, random):
    findings = audit(HOME, facts, system, values)
    musts = [finding for finding in findings if finding.level is Level.MUST]
    assert verdict(findings) is verdict(random.sample(musts, len(musts)))


@given(desks, choices, systems, st.data())
def test_learning_that_a_rule_is_kept_never_makes_the_verdict_worse(facts, values, system, data):
    order = [Verdict.NOT_READY, Verdict.UNDETERMINED, Verdict.READY]
    findings = list(audit(HOME, facts, system, values))
    place = data.draw(st.integers(min_value=0, max_value=len(findings) - 1))
    better = [*findings]
    better[place] = findings[place].model_copy(update={"status": Status.PASS})
    assert order.index(verdict(better)) >= order.index(verdict(findings))


def findings_of(*statuses: tuple[str, Status]) -> list[Finding]:
    [finding] = audit(one_rule(IN_USE, {"equals": True}, "must"), {}, "linux", OPEN)
    return [finding.model_copy(update={"level": Level(level), "status": status}) for level, status in statuses]


@pytest.mark.parametrize(
    ("statuses", "expected", "code"),
    [
        ([], Verdict.READY, 0),
        ([("must", Status.PASS)], Verdict.READY, 0),
        ([("must", Status.NOT_APPLICABLE)], Verdict.READY, 0),
        ([("must", Status.PASS), ("should", Status.WARN)], Verdict.READY, 0),
        ([("must", Status.PASS), ("should", Status.UNKNOWN)], Verdict.READY, 0),
        ([("must", Status.FAIL)], Verdict.NOT_READY, 1),
        ([("must", Status.UNKNOWN), ("must", Status.FAIL)], Verdict.NOT_READY, 1),
        ([("must", Status.FAIL), ("must", Status.PASS), ("must", Status.UNKNOWN)], Verdict.NOT_READY, 1),
        ([("must", Status.UNKNOWN)], Verdict.UNDETERMINED, 3),
        ([("must", Status.UNKNOWN), ("must", Status.PASS), ("should", Status.WARN)], Verdict.UNDETERMINED, 3),
    ],
)
def test_a_failed_must_decides_then_an_unknown_one_and_the_exit_code_says_it(statuses, expected, code):
    reached = verdict(findings_of(*statuses))
    assert reached is expected
    assert reached.exit_code == code


def test_every_verdict_has_an_exit_code_of_its_own_that_is_neither_wrong_usage_nor_a_crash():
    codes = {one.exit_code for one in Verdict}
    assert len(codes) == len(Verdict)
    assert not codes & {ExitCode.USAGE, ExitCode.INTERNAL, ExitCode.INTERRUPTED}


def test_a_report_lists_the_musts_of_a_status_before_the_shoulds():
    now = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
    nothing_known = report(HOME, {}, "linux", FILLED, host=None, time=now)
    levels = [finding.level for finding in nothing_known.with_status(Status.UNKNOWN)]
    assert levels == sorted((rule.level for rule in HOME.rules), key=lambda level: level is not Level.MUST)
    assert nothing_known.with_status(Status.PASS, Status.FAIL) == []
