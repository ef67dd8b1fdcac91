"""Whatever the order, the batches and the repetitions: the same reports give the same answers."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from remoteready.fleet import retention, roster
from remoteready.fleet.counting import recount
from remoteready.fleet.keeping import Fate
from remoteready.fleet.privacy import pseudonym
from tests.fleet.state import FIRST_DAY, KEY, NOW, Small, counted, expected, keep, known, shelf

STATUSES = st.sampled_from(["pass", "fail", "unknown"])
SMALL = st.builds(
    Small,
    number=st.just(0),
    agent=st.sampled_from(["ann", "ann", "ann", "bob", None]),
    host=st.sampled_from(["aaaa", "bbbb"]),
    day=st.integers(0, 5),
    minute=st.integers(0, 3),
    profile=st.sampled_from(["wide", "narrow"]),
    wired=STATUSES,
    updates=st.sampled_from(["pass", "warn", "unknown"]),
    upload_mbps=st.sampled_from([None, 5.0, 20.5]),
    monitors=st.sampled_from([None, 1, 2]),
    recording=st.sampled_from([None, True, False]),
)
REPORTS = st.lists(SMALL, max_size=14).map(lambda made: [replace(one, number=n) for n, one in enumerate(made)])
PLACES = {"ann": roster.Place("lyon", "sales", "dsl"), "cyd": roster.Place("porto", "claims", "fibre")}
SITES = {"ann": ("lyon", "sales")}
EXAMPLES = settings(max_examples=40, deadline=None)


@EXAMPLES
@given(reports=REPORTS, data=st.data())
def test_the_order_of_import_changes_no_answer(reports: list[Small], data: st.DataObject) -> None:
    twins = [replace(one, wired="fail") for one in reports[:2]]  # the same id, other content
    shuffled = data.draw(st.permutations([*reports, *twins]))
    roster_first = data.draw(st.booleans())
    with TemporaryDirectory() as folder:
        one, other = shelf(Path(folder), "one"), shelf(Path(folder), "other")
        keep(one, [*reports, *twins])
        roster.apply(one.store, KEY, roster.Roster(PLACES, ()))
        if roster_first:
            roster.apply(other.store, KEY, roster.Roster(PLACES, ()))
        keep(other, shuffled, batch=data.draw(st.integers(1, 5)))
        if not roster_first:
            roster.apply(other.store, KEY, roster.Roster(PLACES, ()))
        told = known(one.store)
        assert known(other.store) == told
        assert keep(other, shuffled) == [Fate.KNOWN] * len(shuffled)
        assert known(other.store) == told
        one.store.close()
        other.store.close()


@EXAMPLES
@given(reports=REPORTS, batch=st.integers(1, 6))
def test_counts_newest_states_and_runs_are_what_the_reports_say(reports: list[Small], batch: int) -> None:
    with TemporaryDirectory() as folder:
        kept = shelf(Path(folder))
        keep(kept, reports, batch)
        roster.apply(kept.store, KEY, roster.Roster(PLACES, ()))
        assert counted(kept.store) == expected(reports, SITES)
        told = known(kept.store)
        with kept.store.transaction():
            recount(kept.store)
        assert known(kept.store) == told
        kept.store.close()


@EXAMPLES
@given(before=REPORTS, after=REPORTS, facts=st.integers(0, 6), findings=st.integers(0, 6))
def test_purge_then_import_is_import_of_the_remainder(
    before: list[Small], after: list[Small], facts: int, findings: int
) -> None:
    after = [replace(one, number=100 + one.number) for one in after]
    days = [FIRST_DAY + timedelta(days=days) for days in (max(facts, findings), findings, 0)]
    kept = retention.Kept(*days)
    with TemporaryDirectory() as folder:
        purged, fresh = shelf(Path(folder), "purged"), shelf(Path(folder), "fresh")
        keep(purged, before)
        retention.purge(purged.store, kept)
        keep(purged, [*before, *after])
        retention.purge(fresh.store, kept)
        fates = keep(fresh, [*before, *after])
        remainder = [one for one in [*before, *after] if date.fromisoformat(one.date) >= kept.findings]
        assert fates.count(Fate.STORED) == len(remainder)
        assert known(purged.store, kept.findings.isoformat()) == known(fresh.store)
        assert counted(fresh.store) == expected(remainder, {})
        purged.store.close()
        fresh.store.close()


def test_a_day_on_which_a_rule_was_not_judged_neither_breaks_nor_begins_a_run(tmp_path: Path) -> None:
    days = [
        ("wide", "warn"),
        ("narrow", "warn"),
        ("wide", "warn"),
        ("wide", "pass"),
        ("narrow", "pass"),
        ("wide", "warn"),
    ]
    week = [Small(n, day=n, profile=profile, updates=status) for n, (profile, status) in enumerate(days)]
    kept = shelf(tmp_path)
    for until, since in ((3, "2026-11-10"), (6, "2026-11-15")):
        keep(kept, week[:until], batch=1)
        assert [row[1:] for row in known(kept.store)["since"]] == [("updates", "warn", "should", since)]
    kept.store.close()


@EXAMPLES
@given(reports=REPORTS)
def test_erasing_one_agent_leaves_the_store_as_if_the_others_had_been_alone(reports: list[Small]) -> None:
    with TemporaryDirectory() as folder:
        kept, alone = shelf(Path(folder), "kept"), shelf(Path(folder), "alone")
        keep(kept, reports)
        if any(one.agent == "ann" for one in reports):
            retention.erase(kept.store, KEY, pseudonym(KEY, "ann"), NOW)
        hosts = {one.host for one in reports if one.agent == "ann"}
        shared = {one.host for one in reports if one.agent == "bob"}
        others = [one for one in reports if one.agent == "bob" or (not one.agent and one.host not in hosts - shared)]
        keep(alone, others)
        assert known(kept.store) == known(alone.store)
        kept.store.close()
        alone.store.close()
