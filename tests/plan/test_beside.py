"""What stands beside the links: supervisors, signalling, copies and growth, peaks, rules of recording."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.exits import UnusableInput, Verdict
from remoteready.formulas import packets, recording
from remoteready.plan.rules import remarks
from remoteready.plan.scenario import Gateway, Group, Link, Peak, Rules, Scenario, from_options
from remoteready.plan.sizing import Sizing, size
from remoteready.plan.timetable import Shift
from remoteready.report import advice, planning
from remoteready.workload import Desk, Home, Place, Recording, Signalling, Supervisors, Voice, Vpn, Workload

WORK = Workload(calls_per_day=Decimal(40), minutes_per_call=Decimal(6), monitors=2)
G711 = Voice(codec="g711")
TUNNEL = Vpn(tunnel="wireguard", gateway="head")
LISTENING = Supervisors(count=10, listening_share=Decimal("0.2"))
WATCHING = Supervisors(count=10, watching_share=Decimal("0.2"))


def group(**given: Any) -> Group:
    fields: dict[str, Any] = {"name": "service", "site": "lyon", "users": 100, "workload": WORK, "voice": G711}
    return Group(**fields | {"home": Home(uplink_mbps=Decimal(10))} | given)


def plan(*groups: Group, **given: Any) -> Sizing:
    fields: dict[str, Any] = {"sites": {"lyon": Link(capacity_mbps=Decimal(500))}, "gateways": {"head": Gateway()}}
    return size(Scenario(name="a plan", groups=groups, **fields | given))


# --- supervisors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "telephony", "vpn", "legs"),
    [
        (Desk.HOME, Place.ON_PREMISES, None, 1),
        (Desk.HOME, Place.CLOUD, None, 0),
        (Desk.HOME, Place.CLOUD, replace(TUNNEL, full=True), 1),
        (Desk.SITE, Place.ON_PREMISES, None, 0),
        (Desk.SITE, Place.CLOUD, None, 1),
    ],
)
def test_a_leg_to_a_supervisor_crosses_the_link_where_it_must(who, telephony, vpn, legs):
    quiet = group(voice=replace(G711, telephony=telephony), vpn=vpn)
    heard = replace(quiet, supervisors=replace(LISTENING, desk=who))
    [one], [other] = plan(quiet).sites, plan(heard).sites
    kbps = 107.2 if vpn and who is Desk.HOME else 80.0  # G.711 at 20 ms, plain and in WireGuard
    added = float(other.average_mbps.value - one.average_mbps.value)
    assert added == pytest.approx(legs * 10 * 0.2 * kbps / 1000)


@pytest.mark.parametrize(
    ("who", "recorder", "full", "times"),
    [
        (Desk.HOME, Place.ON_PREMISES, False, 1),
        (Desk.SITE, Place.ON_PREMISES, False, 1),
        (Desk.HOME, Place.CLOUD, False, 0),
        (Desk.SITE, Place.CLOUD, False, 1),
        (Desk.HOME, Place.CLOUD, True, 2),
    ],
)
def test_watched_screens_arrive_at_the_site_as_often_as_they_pass_it(who, recorder, full, times):
    quiet = group(recording=Recording(recorder=recorder), vpn=replace(TUNNEL, full=full))
    seen = replace(quiet, supervisors=replace(WATCHING, desk=who))
    before, after = plan(quiet), plan(seen)
    watching = after.groups[0].supervision
    assert watching is not None
    assert watching.watching_mbps is not None
    added = float(after.sites[0].average_mbps.value - before.sites[0].average_mbps.value)
    assert added == pytest.approx(times * 10 * 0.2 * float(watching.watching_mbps.value))


def test_an_agent_who_is_watched_needs_as_much_more_of_the_line():
    before, after = plan(group()).groups[0].lines[0], plan(group(supervisors=WATCHING)).groups[0].lines[0]
    screens = float(after.need.value - before.need.value)
    assert screens == pytest.approx(0.4 * 1.0577, rel=0.01)  # two monitors at 1.5 MB a minute, with headers
    assert float(before.rate_mbps.value - after.rate_mbps.value) == pytest.approx(screens)


def test_supervisors_at_home_have_sessions_and_two_directions_at_the_gateway():
    silent = replace(WORK, calls_per_day=Decimal(0))
    always = replace(LISTENING, listening_share=Decimal(1))
    heard = plan(group(workload=silent, vpn=TUNNEL, supervisors=always)).gateways[0]
    assert heard.sessions.value == 110
    assert heard.packets_per_second.value == 1000  # ten legs of 50 packets/s both ways
    assert float(heard.mbps.value) == pytest.approx(10 * 2 * 0.1072)
    shift = (Shift(start_hour=Decimal(8)),)
    by_day = plan(group(workload=silent, vpn=TUNNEL, supervisors=always, shifts=shift)).gateways[0]
    assert by_day.sessions.value == by_day.licences.value == 110
    at_site = replace(LISTENING, desk=Desk.SITE)
    assert plan(group(vpn=TUNNEL, supervisors=at_site)).gateways[0].sessions.value == 100


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"supervisors": LISTENING, "voice": None}, "give voice with its codec"),
        ({"supervisors": WATCHING, "workload": replace(WORK, monitors=0)}, "give workload.monitors"),
    ],
)
def test_nobody_listens_or_watches_where_there_is_nothing(given, words):
    with pytest.raises(UnusableInput, match=words):
        group(**given)


# --- signalling, storage, pauses --------------------------------------------------------------------------------------


def test_signalling_is_that_of_ciscos_guide():
    # Cisco SRND: 265 bit/s per phone at 10 calls an hour, 100 phones about 27 kbps
    assert float(packets.sccp_signalling_kbps(10)) == pytest.approx(0.265, rel=0.01)
    made = plan(group(voice=replace(G711, signalling=Signalling.SCCP)))
    calls = made.groups[0].calls
    assert calls is not None
    assert calls.signalling_kbps is not None
    assert calls.signalling_kbps.value == Fraction(53 + 21 * 5, 1000)
    assert any("15.8 kbps for all" in sentence for _, sentence in advice.calls(made))


@given(st.integers(1, 5), st.decimals(0, 1, places=2), st.integers(1, 10))
def test_storage_is_copies_of_what_is_kept_and_grows_by_the_year(copies, growth, years):
    made = plan(group(), copies=copies, growth_per_year=growth, growth_years=years, retention_days=100)
    assert made.storage_mb.value == made.upload_mb.value * 100 * copies
    if growth:
        assert made.grown_mb is not None
        assert made.grown_mb.value == made.storage_mb.value * (1 + Fraction(growth)) ** years
    else:
        assert made.grown_mb is None


@pytest.mark.parametrize(
    ("given", "tunnel", "size"),
    [
        ({}, None, 200),
        ({"ipv6": True}, None, 220),
        ({"layer2": "ethernet"}, None, 218),  # 87.2 kbps, as Cisco prints it
        ({}, "wireguard", 268),
        ({"ipv6": True}, "wireguard", 40 + 8 + 16 + 224 + 16),  # 220 bytes padded to 224, outer IPv6
    ],
)
def test_a_packet_is_as_long_as_published_or_captured(given, tunnel, size):
    vpn = Vpn(tunnel=tunnel, gateway="head") if tunnel else None
    [part] = plan(group(voice=replace(G711, **given), vpn=vpn)).groups
    assert part.calls is not None
    assert part.calls.call_packet_bytes.value == size
    assert part.calls.call_kbps.value == Fraction(size * 8 * 50, 1000)


def test_a_layer_2_that_there_is_not_is_refused():
    with pytest.raises(UnusableInput, match=r"^layer2: no layer 2 is called 'atm'; there are: none, ethernet,"):
        replace(G711, layer2="atm")


def test_growth_of_a_fifth_for_three_years_is_nearly_three_quarters_more():
    assert recording.grown_mb(1000, Fraction(1, 5), 3) == 1728


def test_what_is_paused_is_not_recorded_and_the_call_is_as_long():
    before, after = plan(group()), plan(group(workload=replace(WORK, paused_share=Decimal("0.25"))))
    assert after.recording_minutes.value == before.recording_minutes.value * Fraction(3, 4)
    assert after.upload_mb.value == before.upload_mb.value * Fraction(3, 4)
    assert after.sites[0].voice_mbps == before.sites[0].voice_mbps


def test_every_site_and_group_has_its_volume_where_there_are_several():
    sites = {"lyon": None, "krakow": None}
    other = [group(name="sales", site="krakow"), group(name="billing", site="krakow")]
    labels = [label for label, _ in planning.volumes(plan(group(), *other, sites=sites))]
    assert labels[-4:] == ["at lyon", "at krakow", "of sales", "of billing"]
    assert not any(label.startswith(("at ", "of ")) for label, _ in planning.volumes(plan(group())))


def test_options_reach_copies_growth_and_day_variation():
    made = from_options(
        {
            "--users": 2,
            "--calls": Decimal(4),
            "--minutes": Decimal(6),
            "--copies": 2,
            "--growth-per-year": Decimal("0.1"),
            "--day-variation": Decimal("0.3"),
        }
    )
    assert (made.copies, made.growth_per_year, made.day_variation) == (2, Decimal("0.1"), Decimal("0.3"))
    with pytest.raises(UnusableInput, match=r"^--day-variation: must be at most 1"):
        from_options({"--users": 2, "--calls": 4, "--minutes": 6, "--day-variation": Decimal(9)})


# --- peaks ------------------------------------------------------------------------------------------------------------


def peaked(peak: Peak, *groups: Group, **given: Any) -> Any:
    made = plan(*(groups or (group(vpn=TUNNEL),)), peaks={"storm": peak}, **given)
    return made, made.peaks[0]


def test_more_calls_are_as_many_more_minutes_and_call_backs_are_calls():
    made, peak = peaked(Peak(more_calls=Decimal("0.25"), call_backs=Decimal("0.25")))
    assert float(peak.sizing.recording_minutes.value) == pytest.approx(1.5 * float(made.recording_minutes.value))
    assert peak.taken == 1
    assert peak.sizing.sites[0].link_mbps_needed > made.sites[0].link_mbps_needed


def test_agents_take_what_they_have_the_time_for_and_temporary_ones_take_the_rest():
    _, alone = peaked(Peak(more_calls=Decimal(2)))
    assert alone.taken == Fraction(2, 3)  # 80 of 120 calls of 6 minutes fill 8 hours
    _, helped = peaked(Peak(more_calls=Decimal(2), temporary_agents=Decimal("0.5")))
    assert helped.taken == 1
    assert helped.sizing.gateways[0].sessions.value == 150


def test_everybody_all_day_is_all_people_of_the_role():
    _, peak = peaked(Peak(everybody=True), group(vpn=TUNNEL, people=140))
    assert peak.sizing.gateways[0].sessions.value == 140


def test_a_channel_that_pauses_sends_nothing_and_the_others_the_same():
    chat = group(name="chat")
    made, peak = peaked(Peak(paused=("chat",)), group(), chat)
    assert peak.sizing.upload_mb.value == made.upload_mb.value / 2
    with pytest.raises(UnusableInput, match=r"^peaks\.storm\.paused: no group is called 'mail'"):
        peaked(Peak(paused=("mail",)))


def test_a_plan_that_breaks_in_a_peak_only_is_not_ready():
    tight = {"lyon": Link(capacity_mbps=Decimal(120))}
    made, _ = peaked(Peak(more_calls=Decimal(1)), sites=tight)
    assert made.sites[0].holds
    assert made.verdict is Verdict.NOT_READY
    assert "peak storm: too small" in planning.sentence(made)
    assert "TOO SMALL" in advice.peaks(made)[0][1]


# --- rules ------------------------------------------------------------------------------------------------------------


def test_rules_remark_on_what_is_kept_too_long_or_recorded_without_measure():
    careful = replace(WORK, monitors=0, recorded_share=Decimal("0.2"), paused_share=Decimal("0.05"))
    kept = {"recording_rules": Rules.FRANCE, "retention_days": 183}
    assert len(list(remarks(plan(group(workload=careful), **kept).scenario))) == 1
    long = list(remarks(plan(group(), **kept | {"retention_days": 400}).scenario))
    assert long[1] == ("all", "kept for 400 days, which is longer")
    assert long[2][1].count(",") == 2
    assert list(remarks(plan(group()).scenario)) == []
