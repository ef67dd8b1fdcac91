"""What a desk's line must upload for its work: the need that `plan` has, and headroom as a fact with its arithmetic."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from remoteready.check import needs
from remoteready.check import profile as profiles
from remoteready.check import site as sites
from remoteready.check.audit import audit, report
from remoteready.check.combine import combine
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.findings import Status
from remoteready.check.work import AgentWork
from remoteready.cli.plan_export import agent_work, planned_mbps, site_file
from remoteready.exits import UnusableInput
from remoteready.formulas import packets
from remoteready.plan import scenario as scenarios
from remoteready.plan.demand import group_demand
from remoteready.plan.scenario import Group
from remoteready.workload import (
    Architecture,
    Home,
    Place,
    Recording,
    Upload,
    Voice,
    Vpn,
    When,
    Workload,
)
from tests.audit.made import profile, rule, site

WORK: dict[str, Any] = {"calls_per_day": 40, "minutes_per_call": 6, "reserve_mbps": 0}
CALLING = {"voice": {"codec": "g711"}}


def work(**more: Any) -> AgentWork:
    return AgentWork.model_validate({**WORK, **more})


# Calabrio's guide: 0.48 MB a minute of sound, 1.5 MB of each screen: 0.064 and 0.2 Mbps. G.711 every 20 ms is 80 kbps
# of IP packets (Cisco 7934). What is sent is the recording times 1.05: headers, TLS and what is sent twice.
EXPANSION = Fraction(packets.upload_expansion(packets.packet_expansion("none"), Fraction(2, 100)))
TABLE: list[tuple[str, dict[str, Any], int, Fraction]] = [
    ("sound only", {}, 0, Fraction(64, 1000) * EXPANSION),
    ("two monitors as recorded", {}, 2, Fraction(464, 1000) * EXPANSION),
    ("a call beside it", CALLING, 2, Fraction(80, 1000) + Fraction(464, 1000) * EXPANSION),
    ("and a desktop", {**CALLING, "reserve_mbps": 0.1}, 0, Fraction(180, 1000) + Fraction(64, 1000) * EXPANSION),
    ("recorded by the gateway", {"recording": {"architecture": "gateway"}}, 2, Fraction(400, 1000) * EXPANSION),
    ("nothing is recorded", {**CALLING, "recorded_share": 0}, 2, Fraction(80, 1000)),
    ("uploaded after the shift", {**CALLING, "upload": {"window_hours": 8}}, 2, Fraction(80, 1000)),
    ("uploaded after the call", {"upload": {"when": "at_once"}}, 2, Fraction(464, 1000) * Fraction(1, 2) * EXPANSION),
    (
        "the built-in bridge sends two streams more",
        {**CALLING, "recording": {"architecture": "cisco_built_in_bridge"}, "recorded_share": 0},
        *(2, Fraction(240, 1000)),
    ),
]


@pytest.mark.parametrize(("more", "monitors", "mbps"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_the_need_of_a_desk_is_what_the_guide_and_the_codec_s_packets_make(more, monitors, mbps):
    assert needs.need(work(**more), monitors).mbps == mbps


# --- the round trip: what `plan` needs of an agent's line is what `check` demands -------------------------------------

codecs = st.sampled_from(["g711", "g729", "opus-24"])
tunnels = st.sampled_from(["none", "ipsec-gcm-nat", "openvpn-udp", "wireguard"])
voices = st.builds(
    Voice,
    codec=codecs,
    srtp=st.sampled_from(["none", "hmac-80"]),
    ipv6=st.booleans(),
    layer2=st.sampled_from(sorted(packets.LAYER2_BYTES)),
    telephony=st.sampled_from(Place),
)
shares = st.sampled_from([Decimal(0), Decimal("0.25"), Decimal(1)])
mb = st.decimals(min_value=0, max_value=5, places=2)
workloads = st.builds(
    Workload,
    calls_per_day=st.integers(0, 40).map(Decimal),
    minutes_per_call=st.decimals(min_value=0, max_value=6, places=1),
    after_call_minutes=st.decimals(min_value=0, max_value=2, places=1),
    busy_hour_share=st.none() | st.just(Decimal("0.125")),
    recorded_share=shares,
    paused_share=shares,
    monitors=st.integers(0, 4),
    audio_mb_per_minute=mb,
    screen_mb_per_minute=mb,
)


def uploading(when: When) -> Upload:
    window = Decimal(4) if when is When.DEFERRED else None
    throttle = Decimal(2000) if when is When.AT_ONCE else None
    return Upload(when=when, window_hours=window, throttle_kbps=throttle)


groups = st.builds(
    Group,
    name=st.just("service"),
    site=st.just("lyon"),
    users=st.integers(1, 300),
    workload=workloads,
    recording=st.builds(Recording, architecture=st.sampled_from(Architecture), recorder=st.sampled_from(Place)),
    upload=st.sampled_from(When).map(uploading),
    home=st.none() | st.just(Home(uplink_mbps=Decimal(10))),
    voice=voices,
    vpn=st.none() | st.builds(Vpn, tunnel=tunnels, full=st.booleans()),
)


@given(groups)
def test_what_a_plan_needs_of_an_agents_line_is_what_check_demands_of_it(group):
    demanded = needs.need(agent_work(group, 1.5), group.workload.monitors)
    assert demanded.mbps == planned_mbps(group_demand(group))


@given(groups.filter(lambda group: group.home and group.when is not When.AS_RECORDED))
def test_what_a_plan_needs_is_its_own_figure_of_a_home_line_wherever_it_has_one(group):
    [line] = group_demand(group).lines
    assert planned_mbps(group_demand(group)) == line.need.value


@pytest.mark.parametrize("name", ["home-lines", "two-sites", "by-intervals"])
def test_the_site_file_of_a_shipped_scenario_demands_what_its_plan_needs(name, tmp_path):
    wanted = scenarios.load(name)
    path = tmp_path / "site.yaml"
    path.write_text(site_file(wanted, None, 2.0), encoding="utf-8")
    own = sites.load(str(path))
    assert list(own.roles) == [group.name for group in wanted.groups]
    assert "--site THIS-FILE --role ROLE -D reflector" in path.read_text(encoding="utf-8")
    for group in wanted.groups:
        told = own.role(group.name)
        assert told.workload is not None
        assert told.workload.headroom_ratio == 2.0
        assert told.workload.monitors == "attached"
        assert told.vpn == ("needed" if group.vpn else None)
        need = float(needs.need(told.workload, group.workload.monitors).mbps)
        assert need == pytest.approx(float(planned_mbps(group_demand(group))), rel=1e-9)


@given(groups)
def test_a_site_file_of_any_group_comes_back_as_it_was_written(group):
    wanted = replace(scenarios.load("two-sites"), sites={"lyon": None}, groups=(group,))
    text = site_file(wanted, "service")
    from remoteready import files

    loaded = sites.Site.model_validate(files.parse_yaml(text, "site.yaml"))
    assert loaded.workload == agent_work(group, 1.5)


ADDING = [one for path in profiles.shipped_profiles() if (one := profiles.load(str(path))).adds]


@pytest.mark.parametrize("chosen", ADDING, ids=lambda one: one.id)
def test_what_a_shipped_profile_adds_can_be_planned_with_as_it_is_shown(chosen):
    told = chosen.adds.scenario
    group = {
        "name": "agents",
        "site": "lyon",
        "users": 10,
        "workload": {"calls_per_day": 40, "minutes_per_call": 6, "monitors": 1, **told.get("workload", {})},
        "recording": told.get("recording", {}),
        "voice": {"codec": "g711", **told.get("voice", {})},
    }
    planned = TypeAdapter(Group).validate_python(group)
    assert group_demand(planned).home_mb.value >= 0
    for field, value in told.get("recording", {}).items():
        assert getattr(planned.recording, field) == value


def test_a_group_that_a_scenario_does_not_have_is_refused():
    with pytest.raises(UnusableInput, match=r"^--group servce: the scenario has no such group \(there are: service, c"):
        site_file(scenarios.load("home-lines"), "servce")


def test_a_desk_uploads_the_screens_that_are_watched_beside_its_recording():
    [watched] = [group for group in scenarios.load("by-intervals").groups if group.supervisors]
    alone = replace(watched, supervisors=None)
    # two screens of 1.5 MB a minute, 0.2 Mbps each
    between = needs.need(agent_work(watched, 1.5), 2).mbps - needs.need(agent_work(alone, 1.5), 2).mbps
    expansion = packets.upload_expansion(packets.packet_expansion("ipsec-gcm-nat"), Fraction(2, 100))
    assert float(between) == pytest.approx(0.4 * float(expansion))


def test_a_workload_that_sends_nothing_demands_nothing_of_the_line():
    later = {**WORK, "upload": {"window_hours": 8}}
    assert [one.rule.id for one in combine([PLAIN], site(workload=later)).demands] == ["memory"]
    assert "upload-for-work" in [one.rule.id for one in combine([PLAIN], site(workload=WORK)).demands]


# --- the fact -------------------------------------------------------------------------------------------------------

FACT, UPLOAD, MONITORS = "workload.lyon.upload_headroom_ratio", "line.upload_mbps", "monitors.count"
OWN = site(workload={**WORK, **CALLING, "headroom_ratio": 1.5})
PLAIN = profile("plain", rule("memory", "memory.total_gb", {"at_least": 4}, "should"))


def found(facts: dict[str, Fact]) -> Any:
    return {one.rule: one for one in audit(combine([PLAIN], OWN), facts, "linux", {})}["upload-for-work"]


@pytest.mark.parametrize(("mbps", "status"), [(0.8565, Status.PASS), (0.8564, Status.FAIL), (0.0, Status.FAIL)])
def test_a_line_must_upload_its_need_times_the_headroom_and_the_evidence_shows_the_arithmetic(mbps, status):
    finding = found({UPLOAD: known(mbps, "measure"), MONITORS: known(2, "xrandr")})
    assert (finding.status, finding.fact, finding.expected) == (status, FACT, {"at_least": 1.5})
    assert finding.evidence == (
        f"call 0.08 + desktop 0.00 + recordings with 2 monitors 0.49 = 0.57 Mbps; the line uploads {mbps:.2f} Mbps"
    )


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, "how many monitors are attached could not be told: no collector answered"),
        ({MONITORS: unknown("no desktop")}, "how many monitors are attached could not be told: no desktop"),
        ({MONITORS: known(2, "x")}, "what the line uploads could not be told: the line was not measured: add -D refl"),
        ({MONITORS: known(2, "x"), UPLOAD: unknown("timed out")}, "what the line uploads could not be told: timed out"),
    ],
)
def test_where_monitors_or_upload_are_unknown_so_is_the_headroom_with_the_reason(facts, reason):
    finding = found(facts)
    assert (finding.status, finding.actual) == (Status.UNKNOWN, None)
    assert finding.reason.startswith(reason)


def test_more_monitors_never_need_less_and_a_fixed_number_asks_nobody_how_many_there_are():
    told = [needs.need(work(), count).mbps for count in range(5)]
    assert told == sorted(told)
    assert needs.headroom(work(monitors=2), {UPLOAD: known(1.0, "x")}).value is not None
    assert needs.wanted(work(monitors=2)) == [UPLOAD]


def test_a_workload_brings_the_reflector_to_measure_to_and_wants_what_it_is_derived_from():
    chosen = combine([PLAIN], OWN)
    assert chosen.whole.variables["reflector"].optional
    assert chosen.wanted_facts({}) == ["memory.total_gb", MONITORS]
    assert set(chosen.wanted_facts({"reflector": "site.example.com"})) == {"memory.total_gb", MONITORS, UPLOAD}


def test_the_headroom_is_among_the_facts_of_a_report():
    from datetime import UTC, datetime

    facts = {UPLOAD: known(2.0, "measure"), MONITORS: known(1, "x")}
    made = report(combine([PLAIN], OWN), facts, "linux", {}, host=None, time=datetime(2026, 11, 23, tzinfo=UTC))
    assert made.facts[FACT].value == pytest.approx(2.0 / float(needs.need(work(**CALLING), 1).mbps))


def test_of_workloads_that_of_the_role_counts_before_that_of_the_site_before_those_of_profiles():
    member = profile(
        "member",
        rule("memory", "memory.total_gb", {"at_least": 4}),
        workload={**WORK, "source": {"name": "A vendor", "checked": "2026-11-22"}, "level": "should"},
    )
    own = site(workload=WORK, roles={"agent": {"workload": {**WORK, "calls_per_day": 10}}, "other": {}})
    assert list(combine([member]).works) == ["member"]
    assert combine([member]).demands[-1].whose == "A vendor"
    assert combine([member], own, "agent").works["lyon"].calls_per_day == 10
    assert combine([member], own, "other").works["lyon"].calls_per_day == 40


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"calls_per_day": 400}, "these calls make 2400 minutes, but a shift of 8 hours has 480"),
        ({"busy_hour_share": 0.5}, "busy_hour_share: makes 120.0 minutes in one hour"),
        ({"monitors": 17}, "monitors: must be 0 to 16, or attached, not 17"),
        ({"recording": {"architecture": "cisco_built_in_bridge"}}, "the built-in bridge sends two more streams"),
        ({"headroom_ratio": 0.5}, "greater than or equal to 1"),
        ({"screens": 2}, "Extra inputs"),
        ({"voice": {"codec": "g711", "kodec": "x"}}, "kodec"),
    ],
)
def test_a_workload_that_nobody_can_work_is_refused(more, words):
    with pytest.raises(ValueError, match=words):
        work(**more)


def test_a_site_file_is_written_where_the_command_is_told(tmp_path: Path):
    from remoteready.cli import run

    path = tmp_path / "site.yaml"
    assert run(["plan", "export-workload", "home-lines", "--group", "claims", "-o", str(path)]) == 0
    assert sites.load(str(path)).workload is not None
