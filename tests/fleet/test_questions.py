"""What the questions say, against a plain reading of the same reports."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.exits import UnusableInput, Verdict
from remoteready.fleet import change, history, status, trend, uplinks, why
from remoteready.fleet.answers import SILENT, Counts, Scope, State, count
from remoteready.fleet.people import Question, ask
from remoteready.fleet.privacy import pseudonym
from remoteready.fleet.store import Store
from remoteready.plan import scenario
from remoteready.plan.sizing import size
from remoteready.report import fleet_rows, rows
from tests.fleet.asked import ADVICE, AT, FLEET, KEY, STRANGERS, answers, fill, fleet, looks, reports
from tests.fleet.reports import LAST_DAY, SITES, TEAMS, Made, Reports

DAYS = [LAST_DAY - timedelta(days=n) for n in range(FLEET.days)]
ROSTER = {line.split(",")[0]: line.split(",") for line in (FLEET.roster() + STRANGERS).splitlines()[1:]}
SEEN: dict[str, list[tuple[Made, dict[str, Any]]]] = {who: [] for who in ROSTER}
"""Everybody's reports, oldest first, as JSON says them."""
for made in reports():
    SEEN[made.agent].append((made, json.loads(made.text)))

scopes = st.builds(
    Scope,
    site=st.none() | st.sampled_from(SITES),
    team=st.none() | st.sampled_from(TEAMS),
    rule=st.none() | st.sampled_from(["security-updates", "line-call", "wired-network", "antivirus-on"]),
)
days = st.sampled_from(DAYS)
hours = st.sampled_from([12, 24, 72, 168, 2000])


def within(scope: Scope) -> list[str]:
    """The people of a site and a team."""
    return [
        who for who, (_, site, team, _) in ROSTER.items() if scope.site in (None, site) and scope.team in (None, team)
    ]


def stood(who: str, end: datetime, stale_after_hours: int) -> State:
    """Where somebody stood at a time, by a plain reading."""
    before = [said for _, said in SEEN[who] if datetime.fromisoformat(said["time"]) < end]
    if not before:
        return State.NEVER_SEEN
    if datetime.fromisoformat(before[-1]["time"]) < end - timedelta(hours=stale_after_hours):
        return State.STALE
    return State(before[-1]["verdict"])


def end_of(day: date) -> datetime:
    return min(datetime.combine(day + timedelta(days=1), time(), UTC), AT)


def open_rules(who: str) -> dict[str, str]:
    """The rules that somebody's newest report does not meet, with the status of each."""
    return {one["rule"]: one["status"] for one in SEEN[who][-1][1]["findings"] if one["status"] not in PASSED}


PASSED = ("pass", "not_applicable")


EVERYBODY = Scope()


def asked(question: Any, scope: Scope = EVERYBODY, stale_after_hours: int = 72, **more: Any) -> Any:
    """One question, put to the fleet at AT."""
    with ask(fleet(), scope, AT, stale_after_hours) as put:
        return question(put, **more)


@given(scopes, hours)
def test_states_are_those_of_the_newest_reports_and_add_up_to_the_roster(scope: Scope, stale: int) -> None:
    answer = asked(status.status, scope, stale, advice=ADVICE)
    people = within(scope)
    assert answer.counts == count(Counter(stood(who, AT, stale).value for who in people).items())
    assert sum(getattr(answer.counts, state.value) for state in State) == answer.counts.people == len(people)
    for kind in ("people", *(state.value for state in State)):
        assert sum(getattr(place.counts, kind) for place in answer.sites) == getattr(answer.counts, kind)
    if scope.rule is None:
        assert replace(answer.matching, people=0, ready=0) == replace(answer.counts, people=0, ready=0)
    assert len(answer.listed) == answer.matching.people


@given(scopes, st.none() | days, st.none() | days, st.integers(1, 9))
def test_a_list_is_narrowed_and_cut_without_changing_counts_or_verdict(
    scope: Scope, since: date | None, until: date | None, limit: int
) -> None:
    if since and until and since > until:
        since, until = until, since
    whole = asked(status.status, Scope(scope.site, scope.team), advice=ADVICE)
    narrow = asked(status.status, replace(scope, since=since, until=until), advice=ADVICE)
    cut = asked(status.status, replace(scope, since=since, until=until), advice=ADVICE, limit=limit)
    assert (narrow.counts, narrow.verdict) == (whole.counts, whole.verdict) == (cut.counts, cut.verdict)
    kept = [
        one
        for one in whole.listed
        if (scope.rule is None or scope.rule in [rule.rule for rule in one.failing])
        and (since is None or (one.since is not None and one.since >= since))
        and (until is None or (one.since is not None and one.since <= until))
    ]
    assert list(narrow.listed) == kept
    assert cut.matching == narrow.matching
    for state in State:
        assert [one for one in cut.listed if one.state is state] == [one for one in kept if one.state is state][:limit]


def test_since_is_the_first_day_of_the_unbroken_run_in_the_history() -> None:
    for who in ROSTER:
        if not SEEN[who]:
            continue
        answer = asked(history.history, pseudonym=pseudonym(KEY, who), advice=ADVICE)
        told = {one.failing.rule: one.failing for one in answer.open}
        assert {rule: one.status for rule, one in told.items()} == open_rules(who)
        for rule, status_now in open_rules(who).items():
            first = None
            for made, said in reversed(SEEN[who]):
                if not any(one["rule"] == rule and one["status"] == status_now for one in said["findings"]):
                    break
                first = made.day
            assert told[rule].since == first


def test_the_history_of_a_desk_is_its_reports_and_its_runs_add_up_to_them() -> None:
    for who in list(ROSTER)[:12]:
        answer = asked(history.history, pseudonym=pseudonym(KEY, who), advice=ADVICE)
        assert [one.time for one in answer.reports] == [
            datetime.fromtimestamp(round(datetime.fromisoformat(said["time"]).timestamp() * 1000) / 1000, UTC)
            for _, said in reversed(SEEN[who])
        ]
        assert [one.verdict for one in answer.reports] == [said["verdict"] for _, said in reversed(SEEN[who])]
        assert sum(run.reports for run in answer.runs) == len(answer.reports)
        again = [run for run in answer.runs for _ in range(run.reports)]
        assert [(one.verdict, one.failed) for one in answer.reports] == [(run.verdict, run.failed) for run in again]
        assert len(answer.workstations) == 1


@given(scopes)
def test_why_counts_people_as_a_plain_reading_does(scope: Scope) -> None:
    answer = asked(why.why, scope, advice=ADVICE)
    heard = [who for who in within(scope) if stood(who, AT, 72) not in SILENT]
    found: Counter[tuple[str, str]] = Counter()
    alone: Counter[str] = Counter()
    for who in heard:
        found.update(open_rules(who).items())
        blocking = [
            one["rule"]
            for one in SEEN[who][-1][1]["findings"]
            if one["level"] == "must" and one["status"] in ("fail", "unknown")
        ]
        if len(blocking) == 1:
            alone[blocking[0]] += 1
    wanted = {key: people for key, people in found.items() if scope.rule in (None, key[0])}
    assert {(one.rule, one.status): one.people for one in answer.causes} == wanted
    assert {one.rule: one.alone for one in answer.causes if one.alone} == {
        rule: people for rule, people in alone.items() if scope.rule in (None, rule)
    }
    assert all(one.share == one.people / len(heard) and one.alone <= one.people for one in answer.causes)
    blocks = [one.blocks for one in answer.causes]
    assert blocks == sorted(blocks, reverse=True)


@given(scopes, days, days, hours)
def test_a_diff_the_other_way_round_moves_everybody_back(scope: Scope, one: date, other: date, stale: int) -> None:
    there = asked(change.change, scope, stale, first=one, second=other)
    back = asked(change.change, scope, stale, first=other, second=one)
    assert {(flow.after, flow.before, flow.people) for flow in there.flows} == {
        (flow.before, flow.after, flow.people) for flow in back.flows
    }
    assert [(m.person, m.after, m.before, m.failed_after, m.failed_before) for m in there.moves] == [
        (m.person, m.before, m.after, m.failed_before, m.failed_after) for m in back.moves
    ]
    assert (there.before, there.after) == (back.after, back.before)


@given(scopes, days, hours)
def test_a_diff_shows_the_states_at_the_end_of_a_day(scope: Scope, day: date, stale: int) -> None:
    answer = asked(change.change, replace(scope, rule=None), stale, first=day, second=LAST_DAY)
    people = within(scope)
    assert answer.before == count(Counter(stood(who, end_of(day), stale).value for who in people).items())
    assert answer.after == count(Counter(stood(who, AT, stale).value for who in people).items())
    assert answer.after == asked(status.status, replace(scope, rule=None), stale, advice=ADVICE).counts
    moved = {who: (stood(who, end_of(day), stale), stood(who, AT, stale)) for who in people}
    assert {one.person.agent: (one.before, one.after) for one in answer.moves} == {
        pseudonym(KEY, who): states for who, states in moved.items() if states[0] is not states[1]
    }


def test_nobody_moves_from_a_day_to_the_same_day() -> None:
    answer = asked(change.change, first=DAYS[3], second=DAYS[3])
    assert (answer.moves, answer.verdict) == ((), Verdict.READY)


@pytest.mark.parametrize("site", [None, *SITES])
def test_a_trend_counts_each_person_once_a_day(site: str | None) -> None:
    answer = asked(trend.trend, Scope(site=site), advice=ADVICE)
    people = within(Scope(site=site))
    for point, unsure in zip(answer.not_ready.points, answer.undetermined.points, strict=True):
        verdicts = [said["verdict"] for who in people for made, said in SEEN[who] if made.day == point.day]
        if 0 < len(verdicts) < trend.SMALLEST_GROUP:
            assert (point.people, point.affected, point.share) == (None, None, None)
        else:
            assert point.people == len(verdicts)
            assert (point.affected, unsure.affected) == (verdicts.count("not_ready"), verdicts.count("undetermined"))
    for series in answer.rules:
        for point in series.points:
            failed = sum(
                one["rule"] == series.name and one["status"] in ("fail", "warn")
                for who in people
                for made, said in SEEN[who]
                if made.day == point.day
                for one in said["findings"]
            )
            assert point.affected in (None, failed)


def test_a_group_of_fewer_than_five_is_in_no_trend(tmp_path: Path) -> None:
    small = Reports(agents=4, days=9)
    with fill(tmp_path / "fleet.db", small, small.roster()) as store:
        answer = answers(store, Scope())["trend"]
    assert {point.affected for one in (answer.not_ready, *answer.rules, *answer.sites) for point in one.points} <= {
        None,
        0,
    }
    assert (answer.not_ready.last_week, answer.hidden > 0, answer.reported) == (None, True, True)


@pytest.mark.parametrize("until", [date(2020, 1, 1), LAST_DAY - timedelta(days=30)])
def test_days_before_the_first_report_are_no_trend(until: date) -> None:
    answer = asked(trend.trend, Scope(until=until), advice=ADVICE)
    assert (answer.reported, answer.rules, answer.sites) == (False, (), ())
    assert len(answer.not_ready.points) == 1
    assert all(looks("trend", answer).values())


def test_a_trend_from_the_beginning_of_time_begins_with_the_first_report() -> None:
    answer = asked(trend.trend, Scope(since=date(1, 1, 1)), advice=ADVICE)
    assert (answer.first, answer.last) == (DAYS[-1], LAST_DAY)


counted = st.dictionaries(days, st.tuples(st.integers(5, 900), st.integers(0, 5)))


@given(counted)
def test_a_week_is_the_share_of_all_who_reported_in_it(found: dict[date, tuple[int, int]]) -> None:
    calendar = sorted(DAYS)
    made = trend.series("rule", "Rule", calendar, found)
    for week, shown in ((calendar[-7:], made.last_week), (calendar[-14:-7], made.week_before)):
        people = sum(found[day][0] for day in week if day in found)
        affected = sum(found[day][1] for day in week if day in found)
        assert shown == (affected / people if people else None)


def test_what_was_measured_is_what_plan_sizes_with(tmp_path: Path) -> None:
    answer = asked(uplinks.uplinks)
    newest = []
    for told in SEEN.values():
        rates = [said["facts"]["line.upload_mbps"].get("value") for _, said in told]
        newest += [rate for rate in reversed(rates) if rate is not None][:1]
    assert [one.uplink_mbps for one in answer.lines] == sorted(newest)
    (tmp_path / "measured.csv").write_text(rows.to_csv(fleet_rows.uplinks(answer)), encoding="utf-8")
    (tmp_path / "homes.yaml").write_text(
        "name: Homes\nsites: {lyon: {capacity_mbps: 1000}}\ngroups:\n  - name: sales\n    site: lyon\n    users: 480\n"
        "    workload: {calls_per_day: 40, minutes_per_call: 6, monitors: 2}\n    home: {measured: measured.csv}\n",
        encoding="utf-8",
    )
    lines = size(scenario.load(str(tmp_path / "homes.yaml"))).groups[0].lines
    assert sum(line.agents for line in lines) == 480
    mean = sum(line.agents * Fraction(line.uplink_mbps or 0) for line in lines) / 480
    assert float(mean) == pytest.approx(sum(newest) / len(newest), abs=0.01)
    assert min(line.uplink_mbps or Decimal(0) for line in lines) == Decimal(str(min(newest)))


rates = st.lists(st.floats(0.001, 5000), min_size=1, max_size=200).map(sorted)


@given(rates, st.sampled_from(uplinks.PERCENTILES))
def test_a_percentile_is_what_so_many_do_not_exceed(measured: list[float], per_cent: int) -> None:
    found = uplinks.percentile(measured, per_cent)
    assert sum(rate <= found for rate in measured) >= per_cent / 100 * len(measured)
    assert sum(rate >= found for rate in measured) >= (1 - per_cent / 100) * len(measured)


@given(rates)
def test_every_line_is_in_one_class(measured: list[float]) -> None:
    found = uplinks.classes(measured)
    assert sum(one.people for one in found) == len(measured)
    for one in found:
        ends = one.below_mbps or float("inf")
        assert one.people == sum(one.from_mbps <= rate < ends for rate in measured)


SMALL = {"agent", "latest", "since", "uplink", "rollup_day", "rollup", "policy_rule", "person", "one", "json_each"}
"""What may be read whole: a few rows for each person, day and site, or rule; and what a query itself has made."""


def test_no_question_reads_all_reports_findings_or_facts() -> None:
    store = fleet()
    said: list[str] = []
    store.connection.set_trace_callback(said.append)
    for scope in (Scope(), Scope("lyon", "sales", "line-call", DAYS[9], DAYS[2])):
        for limit in (None, 5):
            answers(store, scope, limit=limit)
    store.connection.set_trace_callback(None)
    queries = {sql for sql in said if sql.lstrip().startswith(("SELECT", "WITH"))}
    assert len(queries) > 20
    for sql in queries:
        for row in store.rows(f"EXPLAIN QUERY PLAN {sql}"):
            step = str(row[-1])
            action, _, rest = step.partition(" ")
            what = rest.split()[0]
            assert action != "SCAN" or what in SMALL or what.startswith(("(", "CONSTANT")), f"{step}\n{sql}"


@pytest.mark.parametrize(
    ("scope", "named"),
    [
        (Scope(site="paris"), "--site paris: .*cork, gdansk, lyon, porto"),
        (Scope(team="x\x1b[2J"), r"--team 'x\\x1b\[2J'"),
        (Scope(rule="wired"), "--rule wired"),
        (Scope(since=DAYS[0], until=DAYS[1]), "--since 2026-11-20: lies after --until 2026-11-19"),
        (Scope(since=date(2030, 1, 1)), "--since 2030-01-01: lies after today"),
    ],
)
def test_a_question_about_nobody_is_refused_with_what_there_is(scope: Scope, named: str) -> None:
    with pytest.raises(UnusableInput, match=named):
        asked(status.status, scope, advice=ADVICE)


def test_a_shift_is_asked_about_by_name_also_those_nobody_knows() -> None:
    shift = [*list(ROSTER)[::7], "new.hire@example.com"]
    names = {pseudonym(KEY, who): who for who in shift}
    with ask(fleet(), EVERYBODY, AT, 72, names) as question:
        answer = status.status(question, ADVICE)
        there, back = (change.change(question, *days) for days in ((DAYS[9], DAYS[0]), (DAYS[0], DAYS[9])))
    states = {who: stood(who, AT, 72) if who in ROSTER else State.NEVER_SEEN for who in shift}
    assert answer.counts == count(Counter(state.value for state in states.values()).items())
    assert {one.person.name: one.state for one in answer.listed} == {
        who: state for who, state in states.items() if state is not State.READY
    }
    assert [(one.before, one.after) for one in there.moves] == [(one.after, one.before) for one in back.moves]
    assert there.after == answer.counts


def test_without_a_roster_everybody_who_reported_counts(tmp_path: Path) -> None:
    with fill(tmp_path / "fleet.db", Reports(agents=6, days=3)) as store:
        answer = answers(store, Scope())["status"]
    assert (answer.counts.people, answer.counts.never_seen, answer.not_on_roster) == (6, 0, 0)
    assert [place.site for place in answer.sites] == [""]


def test_who_reports_without_being_on_the_roster_is_told_apart(tmp_path: Path) -> None:
    few = Reports(agents=6, days=3, presence=1)
    two = "".join(few.roster().splitlines(keepends=True)[:3])
    with fill(tmp_path / "fleet.db", few, two) as store:
        answer = answers(store, Scope())["status"]
    assert (answer.counts.people, answer.not_on_roster) == (2, 4)


def test_two_computers_under_one_name_are_shown(tmp_path: Path) -> None:
    both = [replace(made, text=made.text.replace(made.agent, "same@example.com")) for made in Reports(2, 2, presence=1)]
    with fill(tmp_path / "fleet.db", both) as store, ask(store, Scope(), AT) as question:
        answer = history.history(question, pseudonym(KEY, "same@example.com"), ADVICE)
    assert [one.reports for one in answer.workstations] == [2, 2]


def test_what_is_waived_is_no_reason_but_still_told(tmp_path: Path) -> None:
    with fill(tmp_path / "fleet.db", Reports(agents=30, days=12)) as store:
        with store.transaction() as connection:
            connection.execute("UPDATE since SET status = 'waived' WHERE rule = 'security-updates'")
        found = answers(store, Scope(), at=datetime(2026, 11, 20, 19, tzinfo=UTC))
        waived = [one for one in found["why"].causes if one.rule == "security-updates"]
        whose = store.value("SELECT pseudonym FROM agent JOIN since USING (aid) WHERE status = 'waived'")
        with ask(store, Scope(), AT) as question:
            desk = history.history(question, whose, ADVICE)
    assert [(one.status, one.blocks, one.alone) for one in waived] == [("waived", False, 0)]
    assert found["why"].causes[-1] == waived[0]
    assert "security-updates" not in [rule.rule for one in found["status"].listed for rule in one.failing]
    assert any("(waived)" in text for text in looks("agent", desk).values())


VERDICTS = [
    (Counts(people=3, ready=3), Verdict.READY),
    (Counts(people=3, ready=2, not_ready=1), Verdict.NOT_READY),
    (Counts(people=3, ready=2, undetermined=1), Verdict.UNDETERMINED),
    (Counts(people=3, ready=2, stale=1), Verdict.UNDETERMINED),
    (Counts(people=3, ready=2, never_seen=1), Verdict.UNDETERMINED),
    (Counts(people=4, ready=1, not_ready=1, never_seen=2), Verdict.NOT_READY),
]


@pytest.mark.parametrize(("counts", "verdict"), VERDICTS)
def test_silence_is_no_readiness_and_one_not_ready_decides(counts: Counts, verdict: Verdict) -> None:
    assert counts.verdict is verdict


def test_an_unknown_pseudonym_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="nobody here"):
        asked(history.history, pseudonym="x", advice=ADVICE)


def test_the_questions_need_no_more_than_a_reader() -> None:
    """All is read in one transaction, which ends without a trace."""
    store = fleet()
    before = store.value("PRAGMA data_version"), store.connection.total_changes
    answers(store, Scope())
    assert (store.value("PRAGMA data_version"), store.connection.total_changes) == before
    assert not store.connection.in_transaction
    assert isinstance(store, Store)
    assert Question(store, Scope(), AT).not_on_roster() == 0
