"""Sizing: every figure can be recomputed from what it shows, totals are sums, and only a broken link breaks a plan."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_UP, Decimal, localcontext
from fractions import Fraction
from math import isclose, isfinite
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from remoteready.exits import UnusableInput, Verdict
from remoteready.formulas import FORMULAS, Number, packets
from remoteready.plan.demand import GroupDemand
from remoteready.plan.figures import Figure
from remoteready.plan.gateways import GatewaySizing, Shortage
from remoteready.plan.homes import LineProblem
from remoteready.plan.levers import Change, binding
from remoteready.plan.links import SiteSizing
from remoteready.plan.needs import Breach
from remoteready.plan.scenario import USABLE_SHARE, Gateway, Group, LicenceKind, Link, Scenario, load
from remoteready.plan.sizing import Sizing, size
from remoteready.report import advice, planning, words
from remoteready.workload import (
    Architecture,
    Home,
    Place,
    Recording,
    Supervisors,
    Uplink,
    Upload,
    Voice,
    Vpn,
    When,
    Workload,
)

SITES = ("lyon", "krakow", "porto")
TOTALS = ("recording_minutes", "audio_mb", "screen_mb", "upload_mb")


@st.composite
def group_lists(draw: st.DrawFn, largest: int = 10_000) -> tuple[Group, ...]:
    """One to five groups whose talk fits their shifts."""
    made = []
    for number in range(draw(st.integers(min_value=1, max_value=5))):
        shift_hours = draw(st.decimals(min_value=1, max_value=12, places=1))
        calls = draw(st.integers(min_value=1, max_value=200))
        talk = draw(st.decimals(min_value=0, max_value=1, places=3)) * shift_hours * 60
        work = Workload(
            calls_per_day=Decimal(calls),
            minutes_per_call=(talk / calls).quantize(Decimal("0.01"), ROUND_DOWN),
            monitors=draw(st.integers(min_value=0, max_value=4)),
        )
        users = draw(st.integers(min_value=0, max_value=largest))
        site = draw(st.sampled_from(SITES[:2]))
        made.append(Group(name=f"group {number}", site=site, users=users, shift_hours=shift_hours, workload=work))
    return tuple(made)


links = st.none() | st.builds(
    Link,
    capacity_mbps=st.decimals(min_value=1, max_value=5000, places=1),
    usable_share=st.decimals(min_value=Decimal("0.1"), max_value=1, places=2),
)
homes = st.none() | st.builds(
    Home,
    uplink_mbps=st.decimals(min_value=1, max_value=100, places=1),
    uplinks=st.just(()),
)
several_lines = (Uplink(share=Decimal("0.25"), mbps=Decimal(3)), Uplink(share=Decimal("0.75"), mbps=Decimal(20)))
ways: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(dict, home=homes),
    st.just({"home": Home(uplinks=several_lines)}),
    st.builds(
        lambda kbps: {"upload": Upload(throttle_kbps=kbps)}, st.decimals(min_value=300, max_value=9000, places=0)
    ),
    st.builds(lambda hours: {"upload": Upload(window_hours=hours)}, st.decimals(min_value=1, max_value=12, places=1)),
)
voices = st.none() | st.builds(
    Voice, codec=st.sampled_from(sorted(packets.CODECS)), ptime_ms=st.just(60), telephony=st.sampled_from(Place)
)
tunnels = st.none() | st.builds(
    Vpn, tunnel=st.sampled_from(sorted(packets.TUNNELS)), gateway=st.just("head"), full=st.booleans()
)
recordings = st.builds(Recording, architecture=st.sampled_from(Architecture), recorder=st.sampled_from(Place))


@st.composite
def rich_groups(draw: st.DrawFn) -> tuple[Group, ...]:
    """Groups with home lines, calls, tunnels and recorders of every kind."""
    made = []
    for group in draw(group_lists(2000)):
        fields: dict[str, Any] = {**draw(ways), "voice": draw(voices), "vpn": draw(tunnels)}
        try:
            made.append(replace(group, recording=draw(recordings), **fields))
        except UnusableInput:
            made.append(group)
    return tuple(made)


gateways = st.builds(
    Gateway,
    count=st.integers(1, 4),
    spare=st.just(0),
    sessions=st.none() | st.integers(1, 5000),
    mbps=st.none() | st.decimals(min_value=1, max_value=10_000, places=0),
    packets_per_second=st.none() | st.decimals(min_value=1, max_value=10**6, places=0),
    licences=st.none() | st.integers(0, 5000),
    logins_per_second=st.none() | st.just(Decimal(10)),
)
rich = st.builds(
    Scenario,
    name=st.just("any rich plan"),
    sites=st.fixed_dictionaries(dict.fromkeys(SITES, links)),
    groups=rich_groups(),
    gateways=st.fixed_dictionaries({"head": gateways}),
)
scenarios = st.builds(
    Scenario,
    name=st.just("any plan"),
    sites=st.fixed_dictionaries(dict.fromkeys(SITES, links)),
    groups=group_lists(),
    working_days_per_month=st.integers(min_value=1, max_value=31),
    retention_days=st.integers(min_value=0, max_value=4000),
)


def one_site(users: int, link: Link | None = None) -> Scenario:
    """Agents of the guide's worked example: 40 calls of 6 minutes, two monitors, 8 hours."""
    work = Workload(calls_per_day=Decimal(40), minutes_per_call=Decimal(6), monitors=2)
    return Scenario(
        name="one site",
        sites={"lyon": link},
        groups=(Group(name="service", site="lyon", users=users, workload=work),),
    )


def named(parts: Iterable[GroupDemand] | Iterable[SiteSizing], name: str) -> list[Figure]:
    return [figure for part in parts for figure in part.figures if figure.name == name]


def value(part: GroupDemand | SiteSizing, name: str) -> Number:
    [found] = [figure.value for figure in part.figures if figure.name == name]
    return found


def figures(sizing: Sizing) -> list[Figure]:
    owners: list[GroupDemand | SiteSizing | GatewaySizing] = [*sizing.groups, *sizing.sites, *sizing.gateways]
    return [*sizing.totals, *(figure for owner in owners for figure in owner.figures)]


BY_TEXT = {(about.text, about.unit, about.source): function for function, about in FORMULAS.items()}


def test_no_two_formulas_look_the_same():
    assert len(set(FORMULAS.values())) == len(FORMULAS)


def recomputed(figure: Figure) -> Number:
    """The value of a figure from nothing but what it shows."""
    if figure.formula.startswith("sum over"):
        return sum(figure.inputs.values())
    function = BY_TEXT[figure.formula, figure.unit, figure.source]
    single = {name: value for name, value in figure.inputs.items() if ": " not in name}
    rows: dict[str, list[Number]] = {}
    for name, value in figure.inputs.items():
        if name not in single:
            rows.setdefault(name.rpartition(": ")[0], []).append(value)
    if "groups" in function.__code__.co_varnames or "flows" in function.__code__.co_varnames:
        return function(*single.values(), [tuple(row) for row in rows.values()])
    return function(**single)


UNITLESS = {"share_recorded", "share_talking", "upload_expansion", "slowed_share"}


@settings(max_examples=60)
@given(scenarios | rich)
def test_every_figure_equals_its_own_formula_with_its_own_inputs(scenario):
    for figure in figures(size(scenario)):
        assert figure.value == recomputed(figure), figure.name


@settings(max_examples=60)
@given(scenarios | rich)
def test_every_figure_says_formula_source_and_unit(scenario):
    for figure in figures(size(scenario)):
        assert figure.formula, figure
        assert figure.source, figure
        assert figure.unit or figure.name in UNITLESS, figure


@given(scenarios)
def test_totals_are_exactly_the_sums_of_the_groups(scenario):
    sizing = size(scenario)
    totals = {figure.name: figure.value for figure in sizing.totals}
    for name in TOTALS:
        assert totals[name] == sum(figure.value for figure in named(sizing.groups, name))
    assert totals["month_mb"] == totals["upload_mb"] * scenario.working_days_per_month
    assert totals["storage_mb"] == totals["upload_mb"] * scenario.retention_days


@given(scenarios)
def test_each_site_carries_exactly_the_groups_that_belong_to_it(scenario):
    sizing = size(scenario)
    assert [site.name for site in sizing.sites] == list(scenario.sites)
    for site in sizing.sites:
        here = [part for part in sizing.groups if part.group.site == site.name]
        assert value(site, "average_mbps") == sum(figure.value for figure in named(here, "offered_mbps"))
        assert value(site, "everyone_mbps") == sum(figure.value for figure in named(here, "everyone_mbps"))


@given(scenarios)
def test_a_plan_is_not_ready_exactly_when_the_peak_of_some_site_is_above_what_its_link_may_carry(scenario):
    sizing = size(scenario)
    broken = [
        site
        for site in sizing.sites
        if site.usable_mbps is not None and value(site, "peak_mbps") > value(site, "usable_mbps")
    ]
    loaded = [site.holds for site in sizing.sites if value(site, "peak_mbps")]
    some_named = None in loaded and True in loaded
    assert sizing.verdict is (Verdict.NOT_READY if broken else Verdict.UNDETERMINED if some_named else Verdict.READY)


def test_a_link_that_is_not_named_is_not_taken_to_hold_because_another_one_does():
    work = Workload(calls_per_day=Decimal(40), minutes_per_call=Decimal(6))
    sites = {"lyon": Link(capacity_mbps=Decimal(1000)), "krakow": None}
    groups = tuple(Group(name=site, site=site, users=50, workload=work) for site in sites)
    sizing = size(Scenario(name="half named", sites=sites, groups=groups))
    assert sizing.verdict is Verdict.UNDETERMINED
    assert "krakow" in planning.sentence(sizing)


@given(scenarios)
def test_the_link_that_is_said_to_hold_holds(scenario):
    for site in size(scenario).sites:
        said = Decimal(words.at_least(site.link_mbps_needed).replace(",", ""))
        if said:
            share = site.link.usable_share if site.link else USABLE_SHARE
            built = replace(scenario, sites={**scenario.sites, site.name: Link(capacity_mbps=said, usable_share=share)})
            assert {one.holds for one in size(built).sites if one.name == site.name} == {True}


@given(scenarios)
def test_sites_without_a_link_break_nothing(scenario):
    unlinked = replace(scenario, sites=dict.fromkeys(scenario.sites))
    assert size(unlinked).verdict is Verdict.READY
    assert all(site.holds is None for site in size(unlinked).sites)


@given(scenarios.filter(lambda scenario: any(group.users for group in scenario.groups)))
def test_a_link_a_little_larger_than_said_to_be_needed_holds_and_a_little_smaller_does_not(scenario):
    def verdict(factor: float) -> Verdict:
        needed = {site.name: Decimal(site.link_mbps_needed * factor) for site in size(scenario).sites}
        sites = {
            name: Link(
                capacity_mbps=round(needed[name], 9) + Decimal("1e-9"),
                usable_share=link.usable_share if link else USABLE_SHARE,
            )
            for name, link in scenario.sites.items()
        }
        return size(replace(scenario, sites=sites)).verdict

    assert verdict(1.0001) is Verdict.READY
    loaded = any(value(site, "peak_mbps") > 0 for site in size(scenario).sites)
    assert verdict(0.9999) is (Verdict.NOT_READY if loaded else Verdict.READY)


@given(scenarios)
def test_the_average_is_never_above_the_peak_nor_the_peak_above_everyone(scenario):
    for site in size(scenario).sites:
        average, peak, everyone = (float(value(site, n)) for n in ("average_mbps", "peak_mbps", "everyone_mbps"))
        rare = average <= everyone * 0.001 * (1 + 1e-9)  # nobody sends for 99.9 % of the time, so that peak is 0
        assert average * (1 - 1e-9) <= peak or rare
        assert peak <= everyone * (1 + 1e-9)


@given(scenarios, st.data())
def test_one_more_agent_never_lowers_what_a_site_must_carry(scenario, data):
    grown = data.draw(st.sampled_from(scenario.groups))
    groups = tuple(replace(g, users=g.users + 1) if g is grown else g for g in scenario.groups)
    for before, after in zip(size(scenario).sites, size(replace(scenario, groups=groups)).sites, strict=True):
        assert value(after, "average_mbps") >= value(before, "average_mbps")
        assert value(after, "everyone_mbps") >= value(before, "everyone_mbps")
        assert value(after, "peak_mbps") >= value(before, "peak_mbps") * (1 - 1e-9)


@given(scenarios, st.randoms(use_true_random=False))
def test_the_order_of_the_groups_changes_nothing(scenario, random):
    shuffled = replace(scenario, groups=tuple(random.sample(scenario.groups, len(scenario.groups))))
    one, other = size(scenario), size(shuffled)
    assert [figure.value for figure in one.totals] == [figure.value for figure in other.totals]
    assert {part.group: part.figures for part in one.groups} == {part.group: part.figures for part in other.groups}
    for site, same in zip(one.sites, other.sites, strict=True):
        assert value(site, "average_mbps") == value(same, "average_mbps")
        assert value(site, "everyone_mbps") == value(same, "everyone_mbps")
        assert isclose(value(site, "peak_mbps"), value(same, "peak_mbps"), rel_tol=1e-9)


@given(scenarios)
def test_splitting_a_group_in_two_changes_no_total(scenario):
    first, *rest = scenario.groups
    halves = (replace(first, users=first.users // 2), replace(first, name="rest", users=-(-first.users // 2)))
    one, other = size(scenario), size(replace(scenario, groups=(*halves, *rest)))
    assert [figure.value for figure in one.totals] == [figure.value for figure in other.totals]


def test_two_hundred_agents_of_the_guide_are_sized_to_its_published_volumes():
    totals = {figure.name: figure.value for figure in size(one_site(200)).totals}
    assert (totals["recording_minutes"], totals["audio_mb"], totals["screen_mb"]) == (48_000, 23_040, 144_000)


@pytest.mark.parametrize("users", [0, 1, 20, 20_000, 1_000_000, 10_000_000])
def test_any_number_of_agents_is_sized_with_finite_figures(users):
    sizing = size(one_site(users, Link(capacity_mbps=Decimal(100))))
    assert all(isfinite(figure.value) for figure in figures(sizing))
    assert all(figure.value >= 0 for figure in figures(sizing))
    [minutes] = named(sizing.groups, "recording_minutes")
    assert minutes.value == users * 240


@pytest.mark.parametrize(("capacity", "verdict"), [("1e7", Verdict.READY), ("0.001", Verdict.NOT_READY)])
def test_a_link_decides_between_ready_and_not_ready(capacity, verdict):
    assert size(one_site(200, Link(capacity_mbps=Decimal(capacity)))).verdict is verdict


@pytest.mark.parametrize("users", [1, 3, 200, 19_999])
def test_a_link_of_exactly_everyone_at_once_holds_even_when_nobody_ever_pauses(users):
    talking = Workload(calls_per_day=Decimal(1), minutes_per_call=Decimal(480), monitors=2)
    [group] = one_site(users).groups
    plan = replace(one_site(users), groups=(replace(group, workload=talking),))
    [site] = size(plan).sites
    assert site.peak_mbps.value == site.everyone_mbps.value == site.average_mbps.value
    everyone = Fraction(site.everyone_mbps.value)
    with localcontext() as context:
        context.prec, context.rounding = 25, ROUND_UP
        enough = Decimal(everyone.numerator) / Decimal(everyone.denominator)
    link = Link(capacity_mbps=enough, usable_share=Decimal(1))
    assert [site.holds for site in size(replace(plan, sites={"lyon": link})).sites] == [True]
    smaller = replace(link, capacity_mbps=link.capacity_mbps - Decimal("1e-9"))
    assert [site.holds for site in size(replace(plan, sites={"lyon": smaller})).sites] == [False]


def test_one_broken_site_is_named_among_those_that_hold():
    sizing = size(load("two-sites"))
    assert {site.name: site.holds for site in sizing.sites} == {"lyon": True, "krakow": False}
    assert sizing.verdict is Verdict.NOT_READY


# --- uploads after the call, calls, tunnels, home lines -------------------------------------------------------------

MIXED = tuple(
    Uplink(share=Decimal(share), mbps=Decimal(mbps))
    for share, mbps in (("0.2", 2), ("0.3", 5), ("0.3", 10), ("0.2", 20))
)


def after_calls(link: str | None = None, gateway: Gateway | None = None, **fields: Any) -> Scenario:
    """The validated example: 300 agents, 60 calls of 5 minutes, two monitors, home lines of four classes."""
    work = Workload(calls_per_day=Decimal(60), minutes_per_call=Decimal(5), monitors=2)
    group = Group(
        name="service",
        site="lyon",
        users=300,
        workload=work,
        **{"home": Home(uplinks=MIXED, reserve_mbps=Decimal(0)), **fields},
    )
    sites = {"lyon": Link(capacity_mbps=Decimal(link)) if link else None}
    return Scenario(name="after calls", sites=sites, groups=(group,), gateways={"head": gateway} if gateway else {})


def only(scenario: Scenario) -> SiteSizing:
    [site] = size(scenario).sites
    return site


def test_the_validated_example_is_sized_as_the_simulation_found():
    plain = Upload(retransmitted=Decimal(0))
    site = only(after_calls(upload=plain, vpn=Vpn(tunnel="wireguard")))
    assert float(site.average_mbps.value) == pytest.approx(94.5, abs=0.2)
    levels = [float(level.value) for level in site.levels.values()]
    assert levels == pytest.approx([92, 146, 171, 202], rel=0.005)
    assert float(site.link_mbps_needed) == pytest.approx(232, rel=0.01)


def test_a_throttle_of_two_mbps_needs_less_than_half_the_link_of_fibre_at_home():
    fibre = only(after_calls(home=Home(uplink_mbps=Decimal(50)), vpn=Vpn(tunnel="wireguard")))
    throttled = only(after_calls(home=None, upload=Upload(throttle_kbps=Decimal(2000)), vpn=Vpn(tunnel="wireguard")))
    assert float(throttled.link_mbps_needed) == pytest.approx(171, rel=0.03)
    assert throttled.link_mbps_needed < fibre.link_mbps_needed / 2
    [time] = throttled.upload_times
    assert float(time.seconds.value) == pytest.approx(76, rel=0.03)


def test_a_link_below_its_load_is_said_to_be_unstable_with_what_gathers():
    site = only(after_calls("100"))
    assert site.standing is not None
    assert site.standing.breaches == (Breach.UNSTABLE,)
    assert site.backlog is not None
    offered, free = (Fraction(site.backlog.growth.inputs[name]) for name in ("offered_mbps", "free_mbps"))
    assert site.backlog.waiting.value == (offered - free) * 8 * 3600 / 8000
    assert "unstable" in planning.sentence(size(after_calls("100")))


def test_a_link_a_little_above_its_load_is_full_too_often_and_uploads_slow_down():
    site, ample = only(after_calls("150")), only(after_calls("1000"))
    assert site.standing is not None
    assert site.standing.breaches == (Breach.SLOWED,)
    assert ample.holds
    for slow, fast in zip(site.upload_times, ample.upload_times, strict=True):
        assert slow.seconds.value > fast.seconds.value


def test_deferred_uploads_leave_the_shift_and_fill_their_window():
    made = after_calls("60", upload=Upload(window_hours=Decimal(10)))
    site = only(made)
    assert site.average_mbps.value == 0
    assert site.window_mbps is not None
    assert float(site.window_mbps.value) == pytest.approx(313_200 * 8 * 1.0581 / 36_000, rel=1e-3)
    assert site.standing is not None
    assert site.standing.breaches == (Breach.WINDOW,)


def test_calls_beside_uploads_take_the_measured_bytes_and_go_first():
    site = only(after_calls("400", voice=Voice(codec="g711"), vpn=Vpn(tunnel="wireguard")))
    assert site.voice_mbps is not None
    assert float(site.voice_mbps.value) == pytest.approx(213 * 0.1072)  # 22.8 Mbps each way in the validated example
    assert site.standing is not None
    assert site.standing.free.value == 300 - site.voice_mbps.value


def test_more_calls_than_their_share_of_the_link_break_it():
    site = only(after_calls("50", voice=Voice(codec="g711"), recording=Recording(recorder=Place.CLOUD)))
    assert site.standing is not None
    assert site.standing.breaches == (Breach.CALLS,)


def test_a_recorder_in_the_cloud_costs_the_site_nothing_unless_all_traffic_is_tunnelled():
    recorder = Recording(recorder=Place.CLOUD)
    assert not only(after_calls(recording=recorder, vpn=Vpn(tunnel="wireguard"))).loaded
    through = only(after_calls(recording=recorder, vpn=Vpn(tunnel="wireguard", full=True)))
    assert through.loaded
    assert through.leaving_mbps is not None
    assert through.leaving_mbps.value == through.average_mbps.value


@pytest.mark.parametrize("architecture", Architecture)
def test_only_the_desktop_uploads_audio_and_only_the_built_in_bridge_sends_more_streams(architecture):
    sizing = size(after_calls(voice=Voice(codec="g711"), recording=Recording(architecture=architecture)))
    [part] = sizing.groups
    endpoint, bridge = architecture is Architecture.ENDPOINT, architecture is Architecture.CISCO_BUILT_IN_BRIDGE
    assert part.home_mb.value == part.screen_mb.value + (part.audio_mb.value if endpoint else 0)
    assert part.calls is not None
    assert part.calls.home_call_kbps.value == part.calls.call_kbps.value * (3 if bridge else 1)
    assert sizing.upload_mb.value == part.audio_mb.value + part.screen_mb.value


def test_what_a_recording_costs_home_vpn_and_link_is_said():
    bridge = Recording(architecture=Architecture.CISCO_BUILT_IN_BRIDGE)
    made = size(after_calls(voice=Voice(codec="g711"), recording=bridge, vpn=Vpn(tunnel="wireguard")))
    [(_, said)] = advice.recordings(made)
    assert "900 MB a day leave each home" in said
    assert "each call sends 214.4 kbps more from it" in said
    assert "through the VPN and the site's link" in said
    [(_, cloud)] = advice.recordings(size(after_calls(recording=Recording(recorder=Place.CLOUD))))
    assert cloud.endswith("straight to the cloud, past VPN and site")


def test_home_lines_that_cannot_carry_the_work_are_named_and_break_the_plan():
    lines = tuple(Uplink(share=Decimal("0.25"), mbps=Decimal(mbps)) for mbps in ("0.1", "0.3", "2", "20"))
    made = size(after_calls("10000", home=Home(uplinks=lines), voice=Voice(codec="g711")))
    assert [line.problem for part in made.groups for line in part.lines] == [
        LineProblem.CALL,
        LineProblem.UPLOAD,
        None,
        None,
    ]
    assert made.verdict is Verdict.NOT_READY
    assert "the home lines of 150 agents are too small" in planning.sentence(made)


def test_a_line_must_carry_a_recording_that_leaves_as_recorded_beside_the_call():
    # 0.48 + 2 × 1.5 MB a minute are 0.464 Mbps, on the wire × 1.086; a call of G.711 over IPv4 takes 0.08
    upload, voice = Upload(when=When.AS_RECORDED), Voice(codec="g711")
    for mbps, holds in (("0.6", False), ("0.7", True)):
        made = size(after_calls("10000", home=Home(uplink_mbps=Decimal(mbps)), upload=upload, voice=voice))
        [part] = made.groups
        [line] = part.lines
        assert line.need.value == part.sending_mbps.value + Fraction("0.18")  # 0.1 is for the desktop
        assert (line.problem is None) is holds
        assert "while recorded" in advice.home_line(line)
        assert "0.491 Mbps each while recorded" in planning.group_upload(part)


def test_what_is_stored_in_the_cloud_leaves_the_site_again_with_sound_that_no_desktop_uploads():
    kept = Recording(recorder=Place.ON_PREMISES, store=Place.CLOUD)
    desktop = only(after_calls(recording=kept))
    bridge = replace(kept, architecture=Architecture.CISCO_BUILT_IN_BRIDGE)
    made = size(after_calls(recording=bridge, voice=Voice(codec="g711")))
    [part], [site] = made.groups, made.sites
    assert desktop.leaving_mbps is not None
    assert site.leaving_mbps is not None
    assert desktop.leaving_mbps.value == desktop.average_mbps.value
    sound = Fraction(part.audio_mb.value) * 8 / (8 * 3600)
    assert site.leaving_mbps.value == part.offered_mbps.value + sound


def test_days_that_differ_never_lower_a_level_also_where_screens_are_watched():
    watched = Supervisors(count=5, watching_share=Decimal("0.2"))
    site = only(after_calls(supervisors=watched))
    assert site.busy_day_mbps is not None
    assert site.busy_day_mbps.value >= site.levels["p999"].value


def test_a_window_on_a_link_tells_when_all_is_there():
    made = size(after_calls("10", upload=Upload(window_hours=Decimal(8))))
    [part], [site] = made.groups, made.sites
    assert part.window_mbps is not None
    assert site.window_hours is not None
    assert site.window_hours.value == 8 * Fraction(part.window_mbps.value) / Fraction("7.5")
    assert any("after the shift takes" in note for note in planning.site_notes(site))


def test_a_line_that_does_not_finish_in_the_window_is_named():
    upload = Upload(window_hours=Decimal(1))
    made = size(after_calls("10000", upload=upload))
    problems = [line.problem for part in made.groups for line in part.lines]
    assert problems == [LineProblem.WINDOW, None, None, None]  # 1 GB in an hour


def head(**fields: Any) -> Scenario:
    return after_calls(None, Gateway(**fields), voice=Voice(codec="g711"), vpn=Vpn(tunnel="wireguard", gateway="head"))


def test_gateways_carry_all_while_one_is_down():
    [one] = size(head(count=2, sessions=300)).gateways
    assert (one.holds, one.gateways_needed) == (True, 2)
    [other] = size(head(count=2, sessions=299)).gateways
    assert (other.shortages, other.gateways_needed) == ((Shortage.SESSIONS,), 3)


def test_three_hundred_calls_are_thirty_thousand_packets_a_second_both_ways():
    work = Workload(calls_per_day=Decimal(1), minutes_per_call=Decimal(480))
    plan = head(count=1, packets_per_second=Decimal(30_000))
    [group] = plan.groups
    silent = replace(group, workload=work, home=None, recording=Recording(architecture=Architecture.GATEWAY))
    [one] = size(replace(plan, groups=(silent,))).gateways
    assert one.packets_per_second.value == 30_000
    assert float(one.mbps.value) == pytest.approx(64.32)
    assert one.holds


def test_named_licences_count_people_and_concurrent_ones_sessions():
    for kind, short in ((LicenceKind.NAMED, True), (LicenceKind.CONCURRENT, False)):
        plan = head(licences=350, licence_kind=kind)
        [group] = plan.groups
        [one] = size(replace(plan, groups=(replace(group, people=400),))).gateways
        assert (Shortage.LICENCES in one.shortages) is short


def test_a_reconnect_storm_lasts_sessions_by_logins():
    [one] = size(head(count=2, logins_per_second=Decimal(5))).gateways
    assert one.reconnect is not None
    assert one.reconnect.value == 60


def test_who_needs_the_vpn_follows_from_what_the_role_uses():
    tunnel = Vpn(tunnel="wireguard")
    cloud = Recording(recorder=Place.CLOUD)
    [(_, needs)] = advice.roles(size(after_calls(vpn=tunnel, on_premises=("CRM",), voice=Voice(codec="g711"))))
    assert needs == "needs the VPN for calls, recordings, CRM"
    [(_, none)] = advice.roles(size(after_calls(vpn=tunnel, recording=cloud)))
    assert none == "needs no VPN: nothing that it uses is on premises"


def test_the_lever_of_a_throttle_says_what_it_saves_and_what_it_costs():
    bound = binding(size(after_calls("200", home=Home(uplink_mbps=Decimal(50)))))
    assert bound is not None
    by_change = {lever.change: lever for lever in bound.levers}
    assert by_change[Change.THROTTLE].saved > 200
    said = advice.lever(by_change[Change.THROTTLE], bound.unit)
    assert said.startswith("throttle uploads to ")
    assert "an upload takes" in said


@settings(max_examples=15)
@given(rich)
def test_every_lever_saves_what_it_says(scenario):
    bound = binding(size(scenario))
    assume(bound is not None)
    assert bound is not None
    for lever in bound.levers:
        assert lever.saved > 0
        assert lever.before == bound.needed


@settings(max_examples=30)
@given(rich)
def test_a_rich_plan_is_not_ready_exactly_when_a_link_a_gateway_or_a_line_breaks(scenario):
    sizing = size(scenario)
    broken = any(site.holds is False for site in sizing.sites if site.loaded)
    broken = broken or any(one.shortages for one in sizing.gateways) or bool(sizing.lines_too_small)
    assert (sizing.verdict is Verdict.NOT_READY) == broken
    assert planning.sentence(sizing)


@settings(max_examples=30)
@given(rich)
def test_the_link_that_a_rich_plan_is_said_to_need_holds(scenario):
    for site in size(scenario).sites:
        said = Decimal(words.at_least(site.link_mbps_needed).replace(",", ""))
        if said:
            link = replace(site.link, capacity_mbps=said) if site.link else Link(capacity_mbps=said)
            built = replace(scenario, sites={**scenario.sites, site.name: link})
            assert {one.holds for one in size(built).sites if one.name == site.name} == {True}


@settings(max_examples=30)
@given(rich, st.data())
def test_one_more_agent_never_lowers_what_a_rich_plan_needs(scenario, data):
    grown = data.draw(st.sampled_from(scenario.groups))
    assume(grown.users > 0)
    groups = tuple(replace(g, users=g.users + 1) if g is grown else g for g in scenario.groups)
    before, after = size(scenario), size(replace(scenario, groups=groups))
    for one, other in zip(before.sites, after.sites, strict=True):
        assert other.link_mbps_needed >= one.link_mbps_needed * Fraction(999, 1000)
    for gate, larger in zip(before.gateways, after.gateways, strict=True):
        assert larger.sessions.value >= gate.sessions.value
        assert float(larger.mbps.value) >= float(gate.mbps.value) * (1 - 1e-9)


@pytest.mark.parametrize("users", [20, 20_000, 1_000_000])
def test_uploads_of_any_number_of_agents_are_sized(users):
    plan = after_calls("10000000", voice=Voice(codec="g711"))
    [group] = plan.groups
    site = only(replace(plan, groups=(replace(group, users=users),)))
    assert site.average_mbps.value < site.link_mbps_needed < 40 * site.average_mbps.value
    assert all(isfinite(figure.value) for figure in site.figures)


def test_a_busy_hour_raises_uploads_and_calls_by_its_share_of_the_day():
    plan = load("home-lines")

    def with_share(share: str | None) -> Sizing:
        return size(
            replace(
                plan,
                groups=tuple(
                    replace(g, workload=replace(g.workload, busy_hour_share=None if share is None else Decimal(share)))
                    for g in plan.groups[:1]
                ),
            )
        )

    mean, even, busy = with_share(None), with_share("0.125"), with_share("0.15")
    assert even.sites[0].average_mbps.value == mean.sites[0].average_mbps.value
    assert even.sites[0].levels["p999"].value == mean.sites[0].levels["p999"].value
    [one], [other] = mean.groups, busy.groups
    assert other.offered_mbps.value == one.offered_mbps.value * Fraction(15, 100) * 8
    assert other.calls
    assert one.calls
    assert other.calls.share_talking.value == one.calls.share_talking.value * Fraction(15, 100) * 8
    assert other.upload_mb.value == one.upload_mb.value
    assert busy.sites[0].link_mbps_needed > mean.sites[0].link_mbps_needed
    assert "average in the busy hour" in dict(planning.site_loads(busy.sites[0]))
    [scope] = [figures for scope, figures in planning.explained(busy) if scope == "Group service"]
    assert [figure.inputs["busy_hour_share"] for figure in scope if figure.name == "busy_hour_mbps"] == [
        Fraction(3, 20)
    ]


def test_a_busy_hour_that_is_too_short_for_its_calls_is_refused():
    with pytest.raises(UnusableInput, match="busy_hour_share"):
        replace(
            load("home-lines").groups[0],
            workload=Workload(calls_per_day=Decimal(60), minutes_per_call=Decimal(5), busy_hour_share=Decimal("0.3")),
        )


def test_a_busy_hour_that_is_unstable_tells_what_waits_when_it_ends():
    [site] = size(one_link_busy()).sites
    assert site.backlog
    assert site.backlog.drained is None
    assert site.backlog.waiting.value == site.backlog.growth.value
    assert "when the busy hour ends" in " ".join(planning.site_notes(site))


def one_link_busy() -> Scenario:
    plan = load("home-lines")
    group = replace(plan.groups[0], workload=replace(plan.groups[0].workload, busy_hour_share=Decimal("0.16")))
    return replace(plan, sites={"head-office": Link(capacity_mbps=Decimal(150))}, groups=(group,))
