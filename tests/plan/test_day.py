"""Days by intervals: what is known without times stays, what goes by the clock is right to the minute."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, pi, sqrt
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remoteready.exits import UnusableInput
from remoteready.formulas import uploads
from remoteready.plan import presence, timetable
from remoteready.plan.scenario import Gateway, Group, LicenceKind, Link, Scenario, load
from remoteready.plan.search import fit, sweep
from remoteready.plan.sharing import Link as SharedLink
from remoteready.plan.simulate import Exponential, Flows, poisson
from remoteready.plan.sizing import Sizing, size
from remoteready.plan.timetable import DAY, Interval, Shift
from remoteready.report import days
from remoteready.workload import Home, Upload, Voice, Vpn, Workload

CALLS = Decimal(48)
THREE_SHIFTS = ((6, Decimal("0.4")), (14, Decimal("0.4")), (22, Decimal("0.2")))
EIGHT_TO_FOUR = (Shift(start_hour=Decimal(8)),)


def group(**given: Any) -> Group:
    work = Workload(calls_per_day=CALLS, minutes_per_call=Decimal(5), after_call_minutes=Decimal(1), monitors=2)
    fields: dict[str, Any] = {"name": "service", "site": "lyon", "users": 200, "workload": work}
    return Group(**fields | {"home": Home(uplink_mbps=Decimal(10))} | given)


def even(users: int = 200, begin: int = 8, hours: int = 8, minutes: int = 30) -> tuple[Interval, ...]:
    """The calls of a shift, evenly over its intervals."""
    count = hours * 60 // minutes
    return tuple(
        Interval(
            start_hour=begin + Decimal(minutes * place) / 60,
            length_minutes=minutes,
            calls=CALLS * users / count,
            handle_minutes=Decimal(6),
        )
        for place in range(count)
    )


def plan(*groups: Group, link: str | None = "300", **gateway: Any) -> Sizing:
    sites = {"lyon": Link(capacity_mbps=Decimal(link)) if link else None}
    return size(Scenario(name="a day", sites=sites, groups=groups, gateways={"head": Gateway(**gateway)}))


# --- stretches of a day -----------------------------------------------------------------------------------------------

stretches = st.tuples(st.integers(0, DAY - 1), st.integers(1, DAY))


def minutes_of(stretch: tuple[int, int]) -> set[int]:
    return {(stretch[0] + minute) % DAY for minute in range(stretch[1])}


@given(stretches, stretches)
def test_stretches_share_as_many_minutes_as_one_counts(one, other):
    assert timetable.overlap(one, other) == len(minutes_of(one) & minutes_of(other))


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 287), min_size=1, max_size=4),
    st.integers(8, 24),
    st.integers(0, 90),
    st.sampled_from((5, 15, 30, 60)),
)
def test_sessions_are_those_of_agents_whose_shift_touches_the_interval_by_a_minute(starts, hours, lead, step):
    share = Decimal(1) / 4
    shares = [share] * (len(starts) - 1)
    shifts = tuple(
        Shift(start_hour=Decimal(start) / 12, share=one)
        for start, one in zip(starts, [*shares, 1 - sum(shares, Decimal(0))], strict=True)
    )
    service = group(shifts=shifts, shift_hours=Decimal(hours), vpn=Vpn(tunnel="wireguard", lead_minutes=lead))
    for begin in range(0, DAY, step):
        span = minutes_of((begin, step))
        there = sum(
            one.share
            for one in shifts
            if span & minutes_of(((one.minute - lead) % DAY, min(DAY, hours * 60 + 2 * lead)))
        )
        assert presence.connected(service, (begin, step)) == ceil(there * 200)


# --- beside plans without times ---------------------------------------------------------------------------------------

WAYS = {
    "at once": {},
    "throttled": {"upload": Upload(throttle_kbps=Decimal(2000))},
    "as recorded": {"home": None},
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("day", [(), even()], ids=["shift", "table"])
def test_one_shift_of_even_calls_is_the_plan_without_times(way, day):
    plain = group(voice=Voice(codec="g711"), vpn=Vpn(tunnel="wireguard", gateway="head"), **way)
    timed = replace(plain, shifts=EIGHT_TO_FOUR, day=day)
    one, other = plan(plain), plan(timed)
    for left, right in ((one.sites[0], other.sites[0]), (one.gateways[0], other.gateways[0])):
        values = {figure.name: figure.value for figure in left.figures if figure.name != "waiting_gb"}
        for figure in right.figures:
            assert float(figure.value) == pytest.approx(float(values[figure.name]), rel=1e-9), figure.name
    assert other.totals == one.totals
    assert other.sites[0].link_mbps_needed == pytest.approx(one.sites[0].link_mbps_needed)


def test_the_interval_with_the_most_calls_binds_and_a_day_of_half_as_many_needs_less():
    day = [replace(one, calls=one.calls / 2) for one in even()]
    day[5] = replace(day[5], calls=day[5].calls * 2)
    made = plan(group(shifts=EIGHT_TO_FOUR, day=tuple(day)))
    [site] = made.sites
    assert site.day is not None
    assert timetable.clock(site.day.binding[0]) == "10:30"
    assert site.link_mbps_needed == pytest.approx(plan(group()).sites[0].link_mbps_needed)
    others = [slot.peak_mbps for slot in site.day.slots if slot.minute != site.day.binding[0]]
    assert max(others) < site.peak_mbps.value


def test_shifts_that_overlap_double_the_sessions_while_they_do():
    shifts = (Shift(start_hour=Decimal(8), share=Decimal("0.5")), Shift(start_hour=Decimal(12), share=Decimal("0.5")))
    made = plan(group(shifts=shifts, vpn=Vpn(tunnel="wireguard", gateway="head", lead_minutes=30)), sessions=150)
    [gateway] = made.gateways
    assert gateway.day is not None
    sessions = {timetable.clock(slot.minute): slot.sessions for slot in gateway.day.slots}
    assert [sessions[time] for time in ("08:00", "11:00", "11:30", "16:00", "16:30")] == [100, 100, 200, 200, 100]
    assert gateway.sessions.value == 200
    assert gateway.shortages == ("sessions",)


def test_agents_log_in_when_their_shift_begins_also_where_another_ends_and_around_the_clock():
    thirds = [Shift(start_hour=Decimal(hour), share=share) for hour, share in THREE_SHIFTS]
    for lead, times in ((0, ("06:00", "14:00", "22:00")), (15, ("05:30", "13:30", "21:30"))):
        tunnel = Vpn(tunnel="wireguard", gateway="head", lead_minutes=lead)
        [gateway] = plan(group(shifts=tuple(thirds), vpn=tunnel)).gateways
        assert gateway.day is not None
        logins = {timetable.clock(slot.minute): slot.logins for slot in gateway.day.slots if slot.logins}
        assert logins == dict(zip(times, (80, 80, 40), strict=True))


def test_those_who_are_connected_before_and_after_their_shifts_count_where_nobody_works():
    tunnel = Vpn(tunnel="wireguard", gateway="head", lead_minutes=60)
    early, late = group(shifts=EIGHT_TO_FOUR, vpn=tunnel), group(shifts=(Shift(start_hour=Decimal(17)),), vpn=tunnel)
    [gateway] = plan(replace(early, name="early"), replace(late, name="late")).gateways
    assert gateway.day is not None
    assert (timetable.clock(gateway.day.most.minute), gateway.sessions.value) == ("16:00", 400)
    assert timetable.clock(gateway.day.slots[0].minute) == "07:00"


def test_what_is_said_of_a_group_is_of_the_interval_with_most_busy_agents_and_of_its_lines_of_all_of_them():
    quiet = Interval(start_hour=Decimal(8), calls=Decimal(10), handle_minutes=Decimal(6))
    busy = Interval(start_hour=Decimal(10), calls=Decimal(400), handle_minutes=Decimal(6))
    shifts = (
        Shift(start_hour=Decimal(8), share=Decimal("0.01")),
        Shift(start_hour=Decimal(10), share=Decimal("0.99")),
    )
    line = Home(uplink_mbps=Decimal("0.2"))
    work = Workload(calls_per_day=Decimal("2.05"), minutes_per_call=Decimal(5), after_call_minutes=Decimal(1))
    fields = {"shifts": shifts, "shift_hours": Decimal(2), "day": (quiet, busy), "workload": work, "home": line}
    made = plan(group(**fields, voice=Voice(codec="g711")))
    [part], [site] = made.groups, made.sites
    assert site.day is not None
    assert part.calls is not None
    assert part.calls.calls_at_once.value == max(slot.calls_at_once for slot in site.day.slots) > 2
    assert part.offered_mbps.value > 100 * part.each_mbps.value / 2
    assert [round(one.agents) for one in made.lines_too_small] == [200]


def test_calls_that_come_when_nobody_works_are_said_to_have_nobody():
    late = Interval(start_hour=Decimal(17), calls=Decimal(100), handle_minutes=Decimal(6))
    [site] = plan(group(shifts=EIGHT_TO_FOUR, day=(*even(), late))).sites
    assert site.day is not None
    last = site.day.slots[-1]
    assert (timetable.clock(last.minute), last.agents, last.agents_short, last.peak_mbps) == ("17:00", 0, 20, 0)
    assert any("At 17:00 callers would keep 20 more agents busy" in note for note in days.notes(site))


def test_a_night_shift_is_one_stretch_of_work():
    made = plan(group(shifts=(Shift(start_hour=Decimal(22)),)))
    [site] = made.sites
    assert site.day is not None
    assert [timetable.clock(slot.minute) for slot in site.day.slots][::15] == ["22:00", "05:30"]


def test_named_licences_count_everybody_and_concurrent_ones_those_who_are_there():
    shifts = (Shift(start_hour=Decimal(6), share=Decimal("0.5")), Shift(start_hour=Decimal(14), share=Decimal("0.5")))
    service = group(shifts=shifts, people=260, vpn=Vpn(tunnel="wireguard", gateway="head"))
    assert plan(service, licences=100).gateways[0].licences.value == 100
    assert plan(service, licences=100, licence_kind=LicenceKind.NAMED).gateways[0].licences.value == 260


def test_a_window_of_one_shift_takes_from_the_link_while_another_works():
    early = group(name="early", shifts=EIGHT_TO_FOUR, upload=Upload(window_hours=Decimal(2)))
    late = group(name="late", shifts=(Shift(start_hour=Decimal(12)),))
    made = plan(early, late, link="1000")
    [site] = made.sites
    assert site.day is not None
    assert 16 * 60 <= site.day.binding[0] < 18 * 60
    assert site.open_windows_mbps is not None
    window = made.groups[0].window_mbps
    assert window is not None
    assert site.open_windows_mbps.value == window.value
    assert site.peak_mbps.value == pytest.approx(float(window.value) + float(site.levels["p999"].value))


def test_calls_beyond_what_agents_can_take_are_said_and_not_carried():
    crowded = tuple(replace(one, calls=one.calls * 3) if place == 4 else one for place, one in enumerate(even()))
    light = replace(group().workload, calls_per_day=Decimal(50))
    made = plan(group(workload=light, shifts=EIGHT_TO_FOUR, day=crowded))
    [site] = made.sites
    assert site.day is not None
    short = {timetable.clock(slot.minute): slot.agents_short for slot in site.day.slots if slot.agents_short}
    assert short == {"10:00": 160}  # 1800 calls of 6 minutes in half an hour are 360 agents
    assert any("160 more agents" in note for note in days.notes(site))
    assert all(slot.calls_at_once <= 200 for slot in site.day.slots)


def test_shrinkage_takes_agents_from_calls_and_not_from_the_vpn():
    whole = group(shifts=EIGHT_TO_FOUR, day=even(), vpn=Vpn(tunnel="wireguard", gateway="head"))
    busy, shrunk = plan(whole), plan(replace(whole, shrinkage=Decimal("0.5")))
    assert shrunk.gateways[0].sessions.value == busy.gateways[0].sessions.value == 200
    assert busy.sites[0].day is not None
    assert shrunk.sites[0].day is not None
    assert {slot.agents_short for slot in busy.sites[0].day.slots} == {0}
    assert {slot.agents_short for slot in shrunk.sites[0].day.slots} == {20}  # 120 are busy, 100 are left
    assert {slot.agents for slot in shrunk.sites[0].day.slots} == {200}


# --- what waits -------------------------------------------------------------------------------------------------------


def test_at_full_load_what_waits_grows_with_the_root_of_time():
    # E|N(0, v t)|: Harrison 1985, 1.8, without drift
    assert uploads.chance_gb(0, 0, 24_000, 3600) * 8000 == pytest.approx(sqrt(2 * 24_000 * 3600 / pi), rel=1e-5)


@given(st.floats(0, 100), st.floats(-500, 500), st.floats(0, 1e6), st.floats(0, 1e5))
def test_chance_never_leaves_less_waiting_than_the_fluid_limit(waiting, drift, variance, seconds):
    fluid = max(0.0, waiting + drift * seconds / 8000)
    found = uploads.chance_gb(waiting, drift, variance, seconds)
    assert found >= fluid * (1 - 1e-6) - 1e-6
    more = uploads.chance_gb(waiting, drift, variance * 2, seconds)
    assert more >= found * (1 - 1e-4) - 1e-4


def test_an_ample_link_settles_at_the_long_run_mean():
    assert uploads.chance_gb(0, -20, 24_000, 36_000) * 8000 == pytest.approx(24_000 / (2 * 20), rel=1e-6)


def test_chance_is_what_a_simulated_link_shows():
    rng, mbps, size_mb = Random(4), 80.0, 19.0  # noqa: S311 – a simulation, not a secret
    kinds = [Flows(per_hour=mbps * 3600 / 8 / size_mb, size_mb=Exponential(size_mb), cap_mbps=mbps)]
    waiting = []
    for _ in range(60):
        link = SharedLink(mbps, [mbps])
        for begin_s, kind, bits in poisson(kinds, rng, 3600):
            link.run(begin_s)
            link.begin(kind, bits)
        link.run(3600)
        waiting.append(link.backlog_bit / 8e9)
    expected = uploads.chance_gb(0, 0, mbps * size_mb * 8 * 2, 3600)
    assert sum(waiting) / len(waiting) == pytest.approx(expected, rel=0.2)


def test_a_link_that_is_short_at_noon_has_a_backlog_that_drains():
    day = tuple(
        replace(
            one, calls=timetable.exactly(Fraction(one.calls) * (Fraction(8, 5) if 6 <= place < 9 else Fraction(3, 5)))
        )
        for place, one in enumerate(even())
    )
    work = replace(group().workload, calls_per_day=Decimal(40))
    made = plan(group(workload=work, shifts=EIGHT_TO_FOUR, day=day), link="110")
    site = made.sites[0]
    assert site.day is not None
    assert site.day.waiting_peak is not None
    assert timetable.clock(site.day.waiting_peak.minute) == "12:00"
    assert site.day.drained is not None
    assert site.day.drained < 16 * 60
    assert "12:30" in days.notes(site)[1]


# --- files ------------------------------------------------------------------------------------------------------------

TEXT = """
name: a day
sites: {lyon: {capacity_mbps: 300}}
groups:
  - name: service
    site: lyon
    users: 200
    shifts: [{start_hour: 8}]
    intervals: calls.csv
    workload: {monitors: 2}
    home: {uplink_mbps: 10}
"""
TABLE = "date;time;calls;AHT\n" + "".join(
    f"02.11.2026;{hour:02}:{half:02};60;360\n" for hour in range(8, 16) for half in (0, 30)
)


def written(folder: Path, text: str = TEXT, table: str = TABLE) -> str:
    (folder / "calls.csv").write_text(table, encoding="utf-8")
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    return str(folder / "plan.yaml")


def test_a_table_tells_calls_and_minutes_of_the_day(tmp_path):
    [service] = load(written(tmp_path)).groups
    assert service.workload.calls_per_day == Decimal("4.8")  # 960 calls of 200 agents
    assert service.workload.minutes_per_call == 6
    assert len(service.day) == 16
    assert size(load(written(tmp_path))).recording_minutes.value == 960 * 6


def test_an_empty_list_of_intervals_is_none(tmp_path):
    given = TEXT.replace("intervals: calls.csv", "day: []").replace(
        "monitors: 2", "calls_per_day: 4, minutes_per_call: 6"
    )
    [service] = load(written(tmp_path, given)).groups
    assert service.workload.calls_per_day == 4


def test_the_mean_of_several_days_is_the_day(tmp_path):
    busy = TABLE + TABLE.split("\n", 1)[1].replace("02.11", "03.11").replace(";60;", ";180;")
    [service] = load(written(tmp_path, table=busy)).groups
    assert {one.calls for one in service.day} == {Decimal(120)}


def test_handle_time_is_the_call_and_the_work_after_it(tmp_path):
    [service] = load(written(tmp_path, TEXT.replace("monitors: 2", "monitors: 2, after_call_minutes: 1"))).groups
    assert service.workload.minutes_per_call == 5
    given = TEXT.replace("monitors: 2", "monitors: 2, after_call_minutes: 1, minutes_per_call: 3")
    [service] = load(written(tmp_path, given)).groups
    assert {one.handle_minutes for one in service.day} == {Decimal(4)}


REFUSED = [
    (TEXT, TABLE.replace("08:30;60", "08:30;many"), "calls.csv: line 3, column calls: 'many' is not a number"),
    (TEXT, TABLE.replace("10:00;60", "10:00;=B2"), "is a formula, not its value"),
    (TEXT, "", "calls.csv: is empty"),
    (TEXT.replace("calls.csv", "none.csv"), TABLE, "none.csv: no such file"),
    (
        TEXT.replace("monitors: 2", "calls_per_day: 40"),
        TABLE,
        "workload.calls_per_day: the intervals tell it; leave it",
    ),
    (TEXT.replace("monitors: 2", "after_call_minutes: 9"), TABLE, "more than the 6.00 minutes that the intervals have"),
    (TEXT.replace("{start_hour: 8}", "{start_hour: 8, share: 0.5}"), TABLE, "the shares make 0.5; they must make 1"),
    (TEXT.replace("start_hour: 8", "start_hour: 8.01"), TABLE, "8.01 hours is no time on a grid of 5 minutes"),
    (TEXT.replace("start_hour: 8", "start_hour: 25"), TABLE, "start_hour: must be at most 24, not 25"),
    (TEXT.replace("users: 200", "users: 2"), TABLE, "480 calls of 6 minutes make 2880 minutes, but a shift of 8"),
    (
        TEXT.replace("intervals: calls.csv", "day: [{start_hour: 8, calls: x, handle_minutes: 3}]"),
        TABLE,
        "calls: must be",
    ),
    (TEXT.replace("intervals: calls.csv", "day: [8]"), TABLE, "day.0: must hold fields"),
    (TEXT.replace("intervals: calls.csv", "intervals: 8"), TABLE, "intervals: must be text"),
    (
        TEXT.replace(
            "intervals: calls.csv",
            "day: [{start_hour: 8, calls: 1, handle_minutes: 3}, {start_hour: 8.25, calls: 1, handle_minutes: 3}]",
        ),
        TABLE,
        "day: the interval at 08:15 overlaps another one; keep one",
    ),
]


@pytest.mark.parametrize(("text", "table", "words"), REFUSED)
def test_what_contradicts_itself_is_refused_by_its_place(text, table, words, tmp_path):
    with pytest.raises(UnusableInput) as caught:
        load(written(tmp_path, text, table))
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


# --- questions of many plans ------------------------------------------------------------------------------------------


def test_a_link_carries_in_every_interval_what_fit_says_and_not_one_agent_more():
    late = group(name="late", shifts=(Shift(start_hour=Decimal(12)),), day=even(begin=12))
    scenario = Scenario(name="a day", sites={"lyon": Link(capacity_mbps=Decimal(300))}, groups=(late,))
    [found] = fit(scenario)
    assert found.most_users is not None
    for users, holds in ((found.most_users, True), (found.most_users + 1, False)):
        assert size(replace(scenario, groups=(presence.resized(late, users),))).sites[0].holds is holds


def test_more_calls_in_a_sweep_are_more_in_every_interval():
    scenario = Scenario(name="a day", sites={"lyon": None}, groups=(group(shifts=EIGHT_TO_FOUR, day=even()),))
    few, many = sweep(scenario, ["calls=24,48"])
    assert few.sizing is not None
    assert many.sizing is not None
    assert few.sizing.totals[0].value * 2 == many.sizing.totals[0].value
    assert few.sizing.sites[0].peak_mbps.value < many.sizing.sites[0].peak_mbps.value
    with pytest.raises(UnusableInput, match="its intervals tell minutes_per_call"):
        sweep(scenario, ["minutes=2"])
