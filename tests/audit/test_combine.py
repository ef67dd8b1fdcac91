"""Several profiles as one: the strictest limit wins, whoever comes first, and nothing passes that one member fails."""

import itertools
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.check import profile as profiles
from remoteready.check.audit import audit, report, verdict
from remoteready.check.combine import Combined, combine
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.findings import Finding, Status
from remoteready.check.profile import Profile
from remoteready.check.strays import strays
from remoteready.check.work import Level
from remoteready.cli.desk import filled
from remoteready.exits import UnusableInput, Verdict
from remoteready.places import KEY
from tests.audit.made import profile, rule, site

HOME = profiles.load("home-agent")
MEMORY, HEADSET, PENDING, IN_USE = "memory.total_gb", "headset.link", "patches.pending", "headset.in_use"
TODAY = date(2026, 11, 23)


def judged(chosen: Combined | Profile, facts: dict[str, Fact]) -> dict[str, Finding]:
    return {one.rule: one for one in audit(chosen, facts, "linux", {})}


def has(value: bool | float | str) -> Fact:
    return known(value, source="here")


# --- examples -------------------------------------------------------------------------------------------------------

AT_LEAST: Any = lambda gb: {"at_least": gb}  # noqa: E731 – reads as the limit it makes
TABLE: list[tuple[str, dict[str, Any], str, dict[str, Any], str, list[tuple[str, str, dict[str, Any]]]]] = [
    ("the larger least", AT_LEAST(4), "must", AT_LEAST(8), "must", [("b", "must", AT_LEAST(8))]),
    ("the same limit twice", AT_LEAST(4), "must", AT_LEAST(4), "must", [("a", "must", AT_LEAST(4))]),
    ("a must covers a should", AT_LEAST(4), "should", AT_LEAST(8), "must", [("b", "must", AT_LEAST(8))]),
    (
        "a should beyond a must stays a should",
        *(AT_LEAST(8), "should", AT_LEAST(4), "must"),
        [("a", "should", AT_LEAST(8)), ("b", "must", AT_LEAST(4))],
    ),
    ("the smaller most", {"at_most": 16}, "must", {"at_most": 8}, "must", [("b", "must", {"at_most": 8})]),
    (
        "from here to there",
        *({"at_least": 4}, "must", {"at_most": 8}, "must"),
        [("a", "must", {"at_least": 4}), ("b", "must", {"at_most": 8})],
    ),
]


@pytest.mark.parametrize(
    ("one", "its", "other", "their", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_strictest_limit_on_a_fact_wins_and_says_whose_it_is(one, its, other, their, expected):
    chosen = combine(
        [profile("a", rule("a-rule", MEMORY, one, its)), profile("b", rule("b-rule", MEMORY, other, their))]
    )
    made = [(demand.profile, demand.rule.level, demand.rule.limit) for demand in chosen.demands]
    assert [(whose, level, {limit.matcher: limit.value}) for whose, level, limit in made] == expected
    told = {(one.profile, one.rule.id) for demand in chosen.demands for one in demand.origins}
    assert told == {("a", "a-rule"), ("b", "b-rule")}


def test_lists_of_choices_meet_in_what_all_of_them_allow_and_name_all_who_ask():
    wide = profile("wide", rule("w", HEADSET, {"one_of": ["usb", "jack"]}))
    other = profile("other", rule("o", HEADSET, {"one_of": ["radio", "usb"]}))
    [demand] = combine([wide, other]).demands
    assert (demand.rule.limit.one_of, demand.whose) == (("usb",), "Vendor of o + Vendor of w")
    [finding] = judged(combine([wide, other]), {HEADSET: has("jack")}).values()
    assert (finding.status, finding.profile) == (Status.FAIL, "other")
    assert [(one.profile, one.expected) for one in finding.covers] == [("wide", {"one_of": ("usb", "jack")})]


def test_a_must_stands_in_place_of_a_should_that_cannot_be_met_beside_it():
    firm, soft = (
        profile("firm", rule("f", HEADSET, {"equals": "usb"})),
        profile("soft", rule("s", HEADSET, {"equals": "jack"}, "should")),
    )
    [finding] = judged(combine([soft, firm]), {HEADSET: has("usb")}).values()
    assert (finding.rule, finding.status) == ("f", Status.PASS)
    assert [(one.profile, one.rule) for one in finding.overrules] == [("soft", "s")]


JACK = profile("zendesk-like", rule("jack", HEADSET, {"equals": "jack"}))
USB = profile("bright-like", rule("usb", HEADSET, {"equals": "usb"}))


@pytest.mark.parametrize("seen", ["usb", "jack", "bluetooth"])
def test_limits_that_no_desk_meets_together_are_unknown_and_name_both_sources(seen):
    findings = judged(combine([JACK, USB]), {HEADSET: has(seen)})
    assert {one.status for one in findings.values()} == {Status.UNKNOWN}
    [reason] = {one.reason for one in findings.values()}
    assert "Vendor of jack (zendesk-like) wants jack" in reason
    assert "Vendor of usb (bright-like) wants usb" in reason
    assert [one.profile for one in findings["usb"].contradicts] == ["zendesk-like"]
    assert verdict(findings.values()) is Verdict.UNDETERMINED


def test_lists_that_overlap_two_by_two_but_not_all_together_contradict_each_other():
    pairs = itertools.combinations(["usb", "jack", "radio"], 2)
    three = [profile(f"p{n}", rule(f"r{n}", HEADSET, {"one_of": list(pair)})) for n, pair in enumerate(pairs)]
    assert all(len(demand.contradicts) == 2 for demand in combine(three).demands)


DECIDES = {"fact": HEADSET, "limit": {"equals": "usb"}, "reason": {"en": "We buy USB."}}


def test_where_profiles_contradict_each_other_the_site_decides():
    chosen = combine([JACK, USB], site(limits=[DECIDES]))
    [kept] = judged(chosen, {HEADSET: has("usb")}).values()
    assert (kept.status, kept.profile, kept.rationale) == (Status.PASS, "lyon", "We buy USB.")
    assert [one.profile for one in kept.covers] == ["bright-like"]
    assert [one.profile for one in kept.overrules] == ["zendesk-like"]
    [broken] = judged(chosen, {HEADSET: has("jack")}).values()
    assert broken.status is Status.FAIL


def test_where_nothing_contradicts_the_site_can_narrow_a_limit_but_not_loosen_it():
    small = {"fact": MEMORY, "limit": {"at_least": 4}, "reason": {"en": "Ours are small."}}
    large = {**small, "limit": {"at_least": 16}}
    vendor = profile("vendor", rule("memory", MEMORY, {"at_least": 8}))
    assert [one.rule.limit.at_least for one in combine([vendor], site(limits=[small])).demands] == [8]
    [narrowed] = combine([vendor], site(limits=[large])).demands
    assert (narrowed.rule.limit.at_least, narrowed.profile) == (16, "lyon")
    against = combine([USB], site(limits=[{**DECIDES, "limit": {"equals": "jack"}}]))
    assert {one.status for one in judged(against, {HEADSET: has("jack")}).values()} == {Status.UNKNOWN}


def test_the_site_decides_between_shoulds_too_but_not_between_a_must_and_a_should():
    jack, usb = (profile(one, rule(one, HEADSET, {"equals": one}, "should")) for one in ("jack", "usb"))
    [decided] = combine([jack, usb], site(limits=[DECIDES])).demands
    assert (decided.profile, decided.rule.level) == ("lyon", Level.SHOULD)
    against_a_must = combine([JACK, usb], site(limits=[DECIDES]))
    findings = judged(against_a_must, {HEADSET: has("usb")}).values()
    assert {one.status for one in findings if one.level is Level.MUST} == {Status.UNKNOWN}
    with_a_must = combine([USB, jack], site(limits=[DECIDES]))
    assert [one.profile for one in with_a_must.demands] == ["bright-like"]
    assert {one.profile for one in with_a_must.demands[0].overrules} == {"jack"}


def test_one_profile_alone_is_judged_rule_by_rule_as_it_stands():
    twice = profile("alone", rule("m4", MEMORY, {"at_least": 4}), rule("m8", MEMORY, {"at_least": 8}, "should"))
    for chosen in (twice, HOME):
        combined = combine([chosen])
        assert combined.whole is chosen
        assert [demand.rule for demand in combined.demands] == list(chosen.rules)


def test_rules_of_one_id_about_different_facts_get_the_name_of_their_profile():
    one, other = profile("a", rule("same", MEMORY, AT_LEAST(4))), profile("b", rule("same", PENDING, {"at_most": 0}))
    chosen = combine([one, other])
    assert [demand.rule.id for demand in chosen.demands] == ["a/same", "b/same"]
    assert chosen.demand("b/same").rule.fact == PENDING


def test_a_rule_is_found_by_its_id_also_where_another_covers_it_and_a_wrong_name_is_refused():
    chosen = combine(
        [profile("a", rule("mine", MEMORY, AT_LEAST(4))), profile("b", rule("theirs", MEMORY, AT_LEAST(8)))]
    )
    assert chosen.demand("mine").rule.id == "theirs"
    with pytest.raises(UnusableInput, match=r"^thirs: profile a \+ b has no such rule; did you mean theirs\?"):
        chosen.demand("thirs")


# --- what is not a rule ---------------------------------------------------------------------------------------------


def reaching(id: str, address: str = "{host}", optional: bool = False, **target: Any) -> Profile:
    return profile(
        id,
        rule(f"{id}-reach", "target.platform.reachable", {"equals": True}),
        variables={"host": {"meaning": {"en": "The platform"}, "example": "p.example.com:443", "optional": optional}},
        targets={"platform": {"address": address, **target}},
    )


def test_variables_and_targets_of_the_same_name_are_one_and_an_optional_one_is_needed_if_any_needs_it():
    chosen = combine([reaching("a", optional=True), reaching("b", public=True)])
    assert list(chosen.whole.targets) == ["platform"]
    assert chosen.whole.targets["platform"].public
    assert not chosen.whole.variables["host"].optional
    assert len(chosen.demands) == 1
    assert chosen.wanted_facts({}) == []
    assert chosen.wanted_facts({"host": "p.example.com:443"}) == ["target.platform.reachable"]


@pytest.mark.parametrize(
    "other",
    [reaching("b", "p.example.com:443"), reaching("b", issuer=["Other CA"])],
    ids=["another host", "another certificate"],
)
def test_a_target_that_is_one_host_here_and_another_there_is_refused(other):
    with pytest.raises(UnusableInput, match="target 'platform' is one thing in profile a and another in b"):
        combine([reaching("a", issuer=["One CA"]), other])


def test_a_variable_that_must_be_filled_in_is_refused_by_name_and_one_left_open_is_unknown_on_a_recorded_desk():
    chosen = reaching("vendor")
    with pytest.raises(UnusableInput) as caught:
        combine([chosen]).check_filled({})
    assert str(caught.value) == (
        "profile vendor needs host – The platform: add -D host=p.example.com:443, or fill in `define` of a site file"
    )
    combine([chosen]).check_filled({"host": "q.example.com:443"})
    combine([reaching("vendor", optional=True)]).check_filled({})
    assert judged(chosen, {})["vendor-reach"].status is Status.UNKNOWN
    assert judged(reaching("vendor", optional=True), {})["vendor-reach"].status is Status.NOT_APPLICABLE


def test_a_profile_that_contradicts_itself_is_unknown_until_the_site_decides():
    torn = profile("torn", rule("low", MEMORY, {"at_most": 0}), rule("high", MEMORY, AT_LEAST(1)))
    facts = {MEMORY: known(0.0, "x")}
    assert {one.status for one in audit(torn, facts, "linux", {})} == {Status.UNKNOWN}
    own = site(limits=[{"fact": MEMORY, "limit": {"at_least": 0}, "reason": {"en": "x"}}])
    assert verdict(audit(combine([torn], own), facts, "linux", {})) is Verdict.READY


def test_all_that_is_missing_is_said_at_once_and_whose_it_is():
    others = reaching("other"), profile("third", rule("memory", MEMORY, AT_LEAST(4)))
    with pytest.raises(UnusableInput, match=r"^profile vendor \+ other needs host "):
        combine([reaching("vendor"), *others]).check_filled({})


def test_a_host_is_not_asked_for_where_nothing_is_going_to_be_measured_against_it():
    gateway = profile(
        "inside",
        rule("gateway", "target.vpn-gateway.reachable", {"equals": True}),
        rule("memory", MEMORY, AT_LEAST(4)),
        variables={"vpn": {"meaning": {"en": "The gateway"}, "example": "vpn.example.com:443"}},
        targets={"vpn-gateway": {"address": "{vpn}"}},
    )
    combine([gateway], site(roles={"planner": {"vpn": "not_needed"}}), "planner").check_filled({})
    waiver = {"rule": "gateway", "reason": "Moved", "by": "IT", "until": "2026-11-23"}
    combine([gateway], site(waivers=[waiver]), day=TODAY).check_filled({})
    with pytest.raises(UnusableInput, match="needs vpn"):
        combine([gateway], site(waivers=[{**waiver, "until": "2026-11-22"}]), day=TODAY).check_filled({})


def test_a_quick_check_asks_for_no_host_and_what_needs_one_stays_unknown():
    chosen = combine([reaching("vendor")])
    with pytest.raises(UnusableInput, match="needs host"):
        filled(chosen, {})
    values = filled(chosen, {}, quick=True)
    assert audit(chosen, {}, "linux", values)[0].status is Status.UNKNOWN


def test_two_different_profiles_of_one_id_are_refused():
    with pytest.raises(UnusableInput, match="two different profiles are called a"):
        combine([profile("a", rule("r", MEMORY, AT_LEAST(4))), profile("a", rule("r", MEMORY, AT_LEAST(8)))])


def test_questions_of_one_id_are_one_only_if_their_words_are_the_same():
    def asks(id: str, words: str, days: int) -> Profile:
        return profile(id, rule("quiet", ask={"en": words}, valid_days=days))

    [same] = combine([asks("a", "Quiet?", 90), asks("b", "Quiet?", 30)]).demands
    assert (same.rule.fact, same.rule.valid_days) == ("attested.quiet", 30)
    both = combine([asks("a", "Quiet?", 90), asks("b", "Door shut?", 30)]).demands
    assert [one.rule.fact for one in both] == ["attested.a-quiet", "attested.b-quiet"]


# --- properties -----------------------------------------------------------------------------------------------------

links = st.sampled_from(["usb", "jack", "radio", "bluetooth"])
amounts = st.integers(min_value=0, max_value=6)
LIMITS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    MEMORY: st.builds(lambda kind, n: {kind: n}, st.sampled_from(["at_least", "at_most"]), amounts),
    PENDING: st.builds(lambda kind, n: {kind: n}, st.sampled_from(["at_least", "at_most", "equals"]), amounts),
    HEADSET: st.lists(links, min_size=1, max_size=3, unique=True).map(lambda some: {"one_of": some}),
    IN_USE: st.booleans().map(lambda yes: {"equals": yes}),
}
VALUES: dict[str, st.SearchStrategy[Any]] = {MEMORY: amounts, PENDING: amounts, HEADSET: links, IN_USE: st.booleans()}
wishes = st.sampled_from(list(LIMITS)).flatmap(
    lambda fact: st.tuples(st.just(fact), LIMITS[fact], st.sampled_from(["must", "should"]))
)
members = st.lists(st.lists(wishes, min_size=1, max_size=4), min_size=1, max_size=3).map(
    lambda all_: [
        profile(f"p{number}", *(rule(f"r{place}", *wish) for place, wish in enumerate(wanted)))
        for number, wanted in enumerate(all_)
    ]
)
desks = st.fixed_dictionaries({fact: values.map(has) | st.just(unknown("not told")) for fact, values in VALUES.items()})


def said(findings: Iterable[Finding]) -> set[str]:
    """What findings say, whatever their order."""
    return {one.model_dump_json() for one in findings}


@given(members, desks, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_profiles_changes_a_finding(chosen, facts, random):
    shuffled = [*random.sample(chosen, len(chosen)), random.choice(chosen)]
    once = said(audit(combine(chosen), facts, "linux", {}))
    assert said(audit(combine(shuffled), facts, "linux", {})) == once
    assert said(audit(combine([*chosen, *chosen]), facts, "linux", {})) == once


@given(members, desks)
def test_a_combination_is_never_ready_where_a_member_is_not_and_exact_where_nothing_contradicts(chosen, facts):
    combined = combine(chosen)
    together = verdict(audit(combined, facts, "linux", {}))
    alone = {verdict(audit(one, facts, "linux", {})) for one in chosen}
    if alone != {Verdict.READY}:
        assert together is not Verdict.READY
    if not any(one.contradicts and one.rule.level is Level.MUST for one in combined.demands):
        worst = [Verdict.NOT_READY, Verdict.UNDETERMINED, Verdict.READY]
        assert together is min(alone, key=worst.index)


@given(members)
def test_every_rule_of_every_member_is_accounted_for_once(chosen):
    combined = combine(chosen)
    told = [(one.profile, one.rule.id) for demand in combined.demands for one in demand.origins]
    told = [(whose, id.removeprefix(f"{whose}/")) for whose, id in told]
    assert sorted(told) == sorted((one.id, rule.id) for one in chosen for rule in one.rules)
    ids = [demand.rule.id for demand in combined.demands]
    assert len(ids) == len(set(ids))


@given(members, desks)
def test_whoever_is_covered_is_met_whenever_the_finding_passes(chosen, facts):
    for demand, finding in zip(combine(chosen).demands, audit(combine(chosen), facts, "linux", {}), strict=True):
        if finding.status is Status.PASS:
            assert all(one.rule.limit.holds(finding.actual) for one in demand.covers)


@given(st.data())
def test_a_site_s_limit_never_makes_ready_what_is_not_where_nothing_contradicts(data):
    chosen, facts = data.draw(members), data.draw(desks)
    fact = data.draw(st.sampled_from(list(LIMITS)))
    own = site(limits=[{"fact": fact, "limit": data.draw(LIMITS[fact]), "reason": {"en": "x"}}])
    if not any(one.contradicts for one in combine(chosen).demands):
        before = verdict(audit(combine(chosen), facts, "linux", {}))
        after = verdict(audit(combine(chosen, own), facts, "linux", {}))
        assert (after is Verdict.READY) <= (before is Verdict.READY)


def test_all_shipped_profiles_can_be_combined_two_by_two_and_all_together():
    shipped = [profiles.load(str(path)) for path in profiles.shipped_profiles()]
    for pair in itertools.combinations(shipped, 2):
        assert {one.id for one in combine(pair).profiles} == {one.id for one in pair}
    everything = combine(shipped)
    assert {one.profile for demand in everything.demands for one in demand.origins} >= {one.id for one in shipped}


# --- the site: waivers ----------------------------------------------------------------------------------------------


def waived(rule: str, until: str) -> dict[str, Any]:
    return {"rule": rule, "reason": "Ordered", "by": "M. Dupont", "until": until}


VENDOR = profile("vendor", rule("memory", MEMORY, AT_LEAST(8)), rule("headset", HEADSET, {"equals": "usb"}))
SMALL = {MEMORY: has(4), HEADSET: has("usb")}


@pytest.mark.parametrize(
    ("until", "seen", "status", "reached"),
    [
        ("2026-11-23", has(4), Status.WAIVED, Verdict.READY),
        ("2026-11-22", has(4), Status.FAIL, Verdict.NOT_READY),
        ("2026-11-23", unknown("no"), Status.WAIVED, Verdict.READY),
        ("2026-11-22", unknown("no"), Status.UNKNOWN, Verdict.UNDETERMINED),
        ("2026-11-23", has(16), Status.PASS, Verdict.READY),
    ],
)
def test_a_waiver_holds_through_its_last_day_and_then_the_rule_counts_again(until, seen, status, reached):
    own = site(waivers=[waived("memory", until)])
    findings = judged(combine([VENDOR], own, day=TODAY), {**SMALL, MEMORY: seen})
    assert findings["memory"].status is status
    assert verdict(findings.values()) is reached
    assert (findings["memory"].waived_by, str(findings["memory"].waived_until)) == ("M. Dupont", until)
    assert findings["headset"].waived_by is None


def test_a_waiver_of_one_profile_s_rule_leaves_that_of_another_on_the_same_fact():
    other = profile("other", rule("memory", MEMORY, AT_LEAST(2)))
    own = site(waivers=[waived("vendor/memory", "2027-01-01")])
    findings = judged(combine([VENDOR, other], own, day=TODAY), SMALL)
    assert {id: one.status for id, one in findings.items()} == {
        "vendor/memory": Status.WAIVED,
        "headset": Status.PASS,
        "other/memory": Status.PASS,
    }
    both = site(waivers=[waived("memory", "2027-01-01")])
    assert {one.status for one in judged(combine([VENDOR, other], both, day=TODAY), {MEMORY: has(1)}).values()} == {
        Status.WAIVED,
        Status.UNKNOWN,
    }


@given(members, desks, st.data())
def test_a_waiver_changes_no_finding_but_those_of_its_rule_and_only_for_the_better(chosen, facts, data):
    origin = data.draw(st.sampled_from([f"{one.id}/{rule.id}" for one in chosen for rule in one.rules]))
    order = [Verdict.NOT_READY, Verdict.UNDETERMINED, Verdict.READY]
    expired, active = (site(waivers=[waived(origin, day)]) for day in ("2026-11-22", "2026-11-23"))
    before = verdict(audit(combine(chosen, expired, day=TODAY), facts, "linux", {}))
    assert before is verdict(audit(combine(chosen), facts, "linux", {}))
    after = audit(combine(chosen, active, day=TODAY), facts, "linux", {})
    if not any(one.contradicts for one in combine(chosen).demands):
        assert order.index(verdict(after)) >= order.index(before)
    for one in after:
        assert (one.status is Status.WAIVED) <= (f"{one.profile}/{one.rule}".endswith(origin.partition("/")[2]))


def test_a_waiver_or_a_variable_that_no_profile_of_the_site_has_is_a_stray():
    chosen = combine([VENDOR], site(waivers=[waived("memry", "2027-01-01")], define={"hots": "x"}))
    assert [(one.at, one.problem) for one in strays(chosen, [])] == [
        (("waivers", 0, "rule"), "no profile of this site has a rule memry; did you mean memory?"),
        (("define", "hots", KEY), "no profile of this site has such a variable (there are: none)"),
    ]
    elsewhere = [profile("else", rule("memry", PENDING, {"at_most": 0}))]
    assert [one.at for one in strays(chosen, elsewhere)] == [("define", "hots", KEY)]


def test_a_limit_of_the_site_on_what_no_profile_judges_is_a_stray_for_it_would_demand_nothing():
    chosen = combine([VENDOR], site(limits=[{"fact": PENDING, "limit": {"at_most": 0}, "reason": {"en": "x"}}]))
    [stray] = strays(chosen, [])
    assert str(stray).startswith("limits.0.fact: patches.pending: no profile of this site judges it")
    assert list(strays(chosen, [profile("else", rule("pending", PENDING, {"at_most": 9}))])) == []


def test_a_role_without_the_vpn_is_refused_where_a_profile_cannot_do_without_it():
    inside = profile(
        "inside", rule("r", MEMORY, AT_LEAST(4)), vpn={"needed": "always", "why": {"en": "It is on premises."}}
    )
    own = site(roles={"agent": {"vpn": "not_needed"}, "other": {"vpn": "needed"}})
    assert len(combine([inside], own, "other").demands) == 2
    with pytest.raises(UnusableInput, match="role agent has `vpn: not_needed`, but profile inside says: It is on prem"):
        combine([inside], own, "agent")


def test_a_role_without_the_vpn_is_asked_neither_for_a_tunnel_nor_for_its_gateway_but_may_be_kept_from_one():
    tunnel = "network.tunnel_up"
    wfm = profile(
        "wfm",
        rule("up", tunnel, {"equals": True}),
        rule("gateway", "target.vpn-gateway.reachable", {"equals": True}),
        rule("host", "target.wfm.reachable", {"equals": True}),
        vpn={"needed": "some_roles", "why": {"en": "Planners need it."}},
        targets={"vpn-gateway": {"address": "vpn.example.com:443"}, "wfm": {"address": "wfm.example.com:443"}},
    )
    past = profile("past", rule("past-the-vpn", tunnel, {"equals": False}))
    own = site(roles={"agent": {"vpn": "not_needed"}, "planner": {"vpn": "needed"}})
    assert [one.rule.id for one in combine([wfm, past], own, "agent").demands] == ["host", "past-the-vpn"]
    assert {one.rule.id for one in combine([wfm], own, "planner").demands} == {"vpn-connected", "gateway", "host"}


def test_a_role_that_needs_the_vpn_asks_for_a_tunnel_and_a_report_names_site_and_role():
    own = site(roles={"agent": {"vpn": "needed"}, "planner": {"vpn": "not_needed"}})
    chosen = combine([VENDOR], own, "agent")
    assert [demand.rule.id for demand in chosen.demands] == ["memory", "headset", "vpn-connected"]
    assert [demand.rule.id for demand in combine([VENDOR], own, "planner").demands] == ["memory", "headset"]
    now = datetime(2026, 11, 23, tzinfo=UTC)
    made = report(chosen, SMALL, "linux", {}, host=None, time=now)
    assert made.site is not None
    assert (made.site.id, made.role, [one.id for one in made.profiles]) == ("lyon", "agent", ["vendor"])
    with pytest.raises(UnusableInput, match=r"^--role plannr: site lyon has no such role; did you mean planner\?"):
        combine([VENDOR], own, "plannr")
