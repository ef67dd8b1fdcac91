"""Sizing: every figure can be recomputed from what it shows, totals are sums, and only a broken link breaks a plan."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from math import isclose, isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.exits import Verdict
from remoteready.formulas import FORMULAS, Number, uploads
from remoteready.plan.demand import Figure, GroupDemand
from remoteready.plan.scenario import USABLE_SHARE, Group, Link, Scenario, load
from remoteready.plan.sizing import SiteSizing, Sizing, size
from remoteready.report import words
from remoteready.workload import Workload

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
    groups = [figure for group in sizing.groups for figure in group.figures]
    return [*sizing.totals, *groups, *(figure for site in sizing.sites for figure in site.figures)]


def recomputed(figure: Figure) -> Number:
    """The value of a figure from nothing but what it shows."""
    if figure.formula == "sum over groups":
        return sum(figure.inputs.values())
    function = {function.__name__: function for function in FORMULAS}[figure.name]
    assert (figure.formula, figure.unit, figure.source) == (
        FORMULAS[function].text,
        FORMULAS[function].unit,
        FORMULAS[function].source,
    )
    if function is not uploads.peak_mbps:
        return function(**figure.inputs)
    flat: Sequence[Number] = list(figure.inputs.values())
    return uploads.peak_mbps(list(zip(flat[0::3], flat[1::3], flat[2::3], strict=True)))


@given(scenarios)
def test_every_figure_equals_its_own_formula_with_its_own_inputs(scenario):
    for figure in figures(size(scenario)):
        assert figure.value == recomputed(figure), figure.name


@given(scenarios)
def test_every_figure_says_formula_source_and_unit(scenario):
    for figure in figures(size(scenario)):
        assert figure.formula, figure
        assert figure.source, figure
        assert figure.unit or figure.name == "share_recorded", figure


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
        for name in ("average_mbps", "everyone_mbps"):
            assert value(site, name) == sum(figure.value for figure in named(here, name))


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
    assert "krakow" in words.plan_sentence(sizing)


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
        assert average * (1 - 1e-9) <= peak <= everyone * (1 + 1e-9)


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
    link = Link(capacity_mbps=users * Decimal("0.464"), usable_share=Decimal(1))
    plan = replace(one_site(users, link), groups=(replace(group, workload=talking),))
    assert [site.holds for site in size(plan).sites] == [True]
    smaller = replace(link, capacity_mbps=link.capacity_mbps - Decimal("1e-9"))
    assert [site.holds for site in size(replace(plan, sites={"lyon": smaller})).sites] == [False]


def test_one_broken_site_is_named_among_those_that_hold():
    sizing = size(load("two-sites"))
    assert {site.name: site.holds for site in sizing.sites} == {"lyon": True, "krakow": False}
    assert sizing.verdict is Verdict.NOT_READY
