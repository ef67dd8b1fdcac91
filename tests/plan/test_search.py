"""Fit, sweep and compare: what they find is what a plan of its own would say."""

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal

import pytest

from remoteready.exits import UnusableInput, Verdict
from remoteready.plan import scenario, search
from remoteready.plan.scenario import Gateway, Group, Scenario
from remoteready.plan.sizing import size
from remoteready.report import rows as table
from remoteready.report import searches

TWO, HOME = scenario.load("two-sites"), scenario.load("home-lines")


def grown(plan: Scenario, name: str, **fields: int) -> Scenario:
    def changed(group: Group) -> Group:
        if "monitors" in fields:
            return replace(group, workload=replace(group.workload, monitors=fields["monitors"]))
        return replace(group, users=fields["users"])

    return replace(plan, groups=tuple(changed(group) if group.name == name else group for group in plan.groups))


def carries(plan: Scenario, resource: str) -> bool:
    sizing = size(plan)
    sites = [site.holds for site in sizing.sites if site.name == resource]
    return all([*sites, *(not one.shortages for one in sizing.gateways if one.name == resource)])


@pytest.mark.parametrize("plan", [TWO, HOME], ids=["two-sites", "home-lines"])
def test_what_fits_holds_and_one_more_does_not(plan):
    for one in search.fit(plan):
        for field, most in (("users", one.most_users), ("monitors", one.most_monitors)):
            if most is not None:
                assert carries(grown(plan, one.group, **{field: most}), one.resource), one
                limit = search.MOST_USERS if field == "users" else search.MOST_MONITORS
                assert most == limit or not carries(grown(plan, one.group, **{field: most + 1}), one.resource), one


def test_a_link_that_others_fill_leaves_no_room():
    crowded = grown(TWO, "sales", users=5000)
    [back_office] = [one for one in search.fit(crowded) if one.group == "back-office"]
    assert back_office.most_users is None


def test_every_shipped_scenario_can_be_asked_what_fits():
    for name in ("two-sites", "home-lines", "by-intervals"):
        assert all(one.most_users for one in search.fit(scenario.load(name))), name


def test_fit_without_a_link_says_what_to_name():
    with pytest.raises(UnusableInput, match="name one"):
        search.fit(replace(TWO, sites=dict.fromkeys(TWO.sites)))


def test_a_gateway_without_limits_is_not_asked():
    plan = replace(HOME, gateways={"head-end": Gateway()})
    assert {one.resource for one in search.fit(plan)} == {"head-office"}


def test_a_sweep_has_a_row_for_every_combination_and_each_is_the_plan_itself():
    rows = search.sweep(HOME, ["throttle-kbps=1000,2000", "codec=g711,g729"])
    assert [tuple(row.settings.values()) for row in rows] == [
        ("1000", "g711"),
        ("1000", "g729"),
        ("2000", "g711"),
        ("2000", "g729"),
    ]
    changed = search.set_option(search.set_option(HOME, "throttle-kbps", "2000"), "codec", "g729")
    assert rows[3].sizing == size(changed)


@pytest.mark.parametrize(
    "setting",
    [
        "users=10",
        "calls=3",
        "minutes=2.5",
        "monitors=1",
        "shift-hours=9",
        "link-mbps=500",
        "usable-share=0.5",
        "days-per-month=20",
        "retention-days=10",
        "uplink-mbps=25",
        "throttle-kbps=1500",
        "window-hours=5",
        "codec=g729",
        "tunnel=wireguard",
    ],
)
def test_every_option_of_a_plan_can_be_varied(setting):
    [row] = search.sweep(HOME, [setting])
    assert row.sizing is not None
    assert row.sizing != size(HOME)
    assert {name.removeprefix("--") for name in scenario.OPTIONS.values()} == set(search.SETTINGS)


def test_a_plan_that_makes_no_sense_is_a_row_that_says_why():
    good, bad = search.sweep(TWO, ["calls=10,9999"])
    assert good.sizing is not None
    assert bad.sizing is None
    assert "9999 calls" in bad.problem


@pytest.mark.parametrize(
    ("vary", "words"),
    [
        ([], "needs something to vary"),
        (["colour=red"], "--vary colour=red: write NAME=A,B,C; names are users, calls"),
        (["users"], "write NAME=A,B,C"),
        (["users=1,,2"], "a value is missing between the commas"),
        (["users=x"], "--vary users: 'x' is not a whole number"),
        (["calls=x"], "--vary calls: 'x' is not a number"),
        (["users=-1"], "--vary users: must be at least 0, not -1"),
        (["calls=nan"], "--vary calls: must be a number to calculate with, not NaN"),
        (["codec=mp3"], "--vary codec: no codec is called 'mp3'"),
        (
            [f"users={','.join(map(str, range(50)))}", f"calls={','.join(map(str, range(50)))}"],
            "2500 plans; at most 2000",
        ),
    ],
)
def test_what_cannot_be_varied_is_refused_by_its_name(vary, words):
    with pytest.raises(UnusableInput) as caught:
        search.sweep(TWO, vary)
    assert words in str(caught.value)


def test_a_plan_differs_from_itself_in_nothing():
    assert all(one.first == one.second for one in search.compare(size(TWO), size(TWO)))


def test_two_plans_are_compared_by_the_names_of_sites_and_gateways():
    wider = replace(HOME, sites={"head-office": replace(HOME.sites["head-office"], usable_share=Decimal(1))})  # type: ignore[type-var]
    changed = {(one.of, one.name) for one in search.compare(size(HOME), size(wider)) if one.first != one.second}
    assert changed == {("head-office", "link_mbps_needed")}
    only_left = [one for one in search.compare(size(TWO), size(HOME)) if one.of == "lyon"]
    assert only_left
    assert all(one.second is None for one in only_left)


def test_the_worse_verdict_of_two_counts():
    assert search.worst([Verdict.READY, Verdict.NOT_READY, Verdict.UNDETERMINED]) is Verdict.NOT_READY
    assert search.worst([Verdict.READY, Verdict.UNDETERMINED]) is Verdict.UNDETERMINED
    assert search.worst([Verdict.READY]) is Verdict.READY


def test_the_table_says_the_same_on_paper_in_csv_and_in_json():
    found = searches.fits(search.fit(TWO))
    columns, rows = found
    read = list(csv.reader(io.StringIO(table.to_csv(found))))
    assert read == [columns, *([str(cell) for cell in row] for row in rows)]
    assert json.loads(table.to_json(found)) == [dict(zip(columns, row, strict=True)) for row in rows]
    printed = table.to_console(found, "title")
    assert all(str(cell) in printed for row in rows for cell in row)


def test_text_that_a_spreadsheet_would_run_stays_text():
    assert table.to_csv((["a"], [["=1+1"]])).splitlines() == ["a", "'=1+1"]
