"""Stored facts judged again: what is said beforehand is what a fresh import by the new profile would have come to."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from remoteready import files
from remoteready.check import audit, combine, facts, profile
from remoteready.check.combine import Combined
from remoteready.check.findings import Report, Status
from remoteready.check.profile import Limit
from remoteready.check.site import Site
from remoteready.check.work import Level
from remoteready.cli import run
from remoteready.fleet import counting, lake, reaudit
from remoteready.fleet.keeping import Shelf
from remoteready.fleet.reading import read
from remoteready.fleet.store import Store
from remoteready.report import fleet_audit
from tests.fleet.reports import PROFILES, VALUES, Reports

FLEET = Reports(agents=30, days=6, seed=7)
KEY = b"k" * 32
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOTHING_TOLD = zstandard.compress(b"{}")
TABLES = ("report", "finding", "latest", "since", "rollup_day", "rollup")


def stricter() -> Combined:
    """The profiles that the reports were judged by, but with a cable as a must and another limit of the call."""
    changed = []
    for one in map(profile.load, PROFILES):
        rules = [
            rule.model_copy(update={"level": Level.MUST})
            if rule.id == "wired-network"
            else rule.model_copy(update={"limit": Limit(at_least=rule.limit.value + 0.2)})
            if rule.fact == "line.mos_recording"
            else rule
            for rule in one.rules
        ]
        changed.append(one.model_copy(update={"rules": tuple(rules)}))
    return combine.combine(changed)


def judged(report: Report, chosen: Combined) -> Report:
    """The report as it would be, had its desk been judged by others: what its facts say of the variables is kept."""
    named = {target for fact in report.facts if (target := facts.target_of(fact))}
    values = {
        name: value
        for name, value in VALUES.items()
        if any(name in chosen.whole.missing_variables(target, {}) for target in named & chosen.whole.targets.keys())
    }
    made = audit.report(chosen, report.facts, report.system, values, host=report.host, time=report.time)
    return made.model_copy(update={"report_id": report.report_id, "agent": report.agent})


def filled(path: Path, chosen: Combined | None = None) -> Store:
    store = Store.open(path, create=True)
    reports = [Report.model_validate_json(made.text) for made in FLEET]
    told = [judged(report, chosen) if chosen else report for report in reports]
    Shelf(store, KEY).put([read(report.model_dump_json().encode(), NOW) for report in told])
    return store


@pytest.fixture(scope="module")
def pattern(tmp_path_factory) -> Path:
    """The store that every test gets a copy of."""
    path: Path = tmp_path_factory.mktemp("pattern") / "fleet.db"
    filled(path).close()
    return path


@pytest.fixture
def store(pattern, tmp_path) -> Iterator[Store]:
    with Store.open(Path(shutil.copy(pattern, tmp_path / "fleet.db"))) as opened:
        yield opened


def content(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """What questions are answered from, without the bytes that reports came as."""
    told = {
        "report": "SELECT id, head, verdict, n_fail, n_warn, n_unknown, sha256 FROM report JOIN policy USING (pid)",
        "finding": "SELECT id, rule, status, finding.level, actual FROM finding JOIN report USING (rid)",
        "since": "SELECT pseudonym, rule, status, level, since FROM since JOIN agent USING (aid)",
        "latest": "SELECT pseudonym, day, verdict, n_fail, n_warn, n_unknown FROM latest JOIN agent USING (aid)",
        "rollup_day": "SELECT * FROM rollup_day",
        "rollup": "SELECT * FROM rollup",
    }
    return {table: sorted(store.rows(told[table]), key=repr) for table in TABLES}


@pytest.mark.parametrize("executor", [ProcessPoolExecutor, ThreadPoolExecutor])
def test_what_is_kept_is_what_an_import_by_the_new_profile_would_have_given(store, tmp_path, executor):
    chosen = stricter()
    with executor(2) as pool:
        said = reaudit.reaudit(store, chosen, pool, apply=False, move=lambda count: None)
        before = content(store)
        assert said.after != said.before
        kept = reaudit.reaudit(store, chosen, pool, apply=True, move=lambda count: None)
    assert (kept.before, kept.after, kept.rules, kept.turned) == (said.before, said.after, said.rules, said.turned)
    with filled(tmp_path / "other.db", chosen) as other:
        expected = content(other)
    assert content(store) == expected != before


def again(store: Store, chosen: Combined, *, apply: bool = False) -> reaudit.Reaudit:
    with ThreadPoolExecutor(1) as pool:
        return reaudit.reaudit(store, chosen, pool, apply=apply, move=lambda count: None)


def test_by_the_same_profiles_nothing_changes(store):
    before = content(store)
    said = again(store, combine.combine([profile.load(name) for name in PROFILES]), apply=True)
    assert said.before == said.after
    assert not said.turned
    assert all(one.before == one.after and not one.untold for one in said.rules)
    assert content(store) == before


def test_the_numbers_are_those_of_the_newest_report_of_everybody(store):
    said = again(store, stricter())
    newest: dict[str, Report] = {}
    for made in FLEET:
        report = Report.model_validate_json(made.text)
        newest[made.agent] = max(report, newest.get(made.agent, report), key=lambda one: one.time)
    assert said.people == len(newest)
    assert said.before == dict.fromkeys(said.before, 0) | Counter(one.verdict.value for one in newest.values())
    wired = next(one for one in said.rules if one.rule == "wired-network")
    without = sum(one.facts["network.link"].value not in ("wired", None) for one in newest.values())
    assert (wired.before, wired.after, wired.more, wired.demanded) == (without, without, 0, True)
    assert "By " in fleet_audit.headline(said)


def test_reports_whose_facts_were_purged_stay_as_they_were_judged(store):
    store.connection.execute("DELETE FROM facts WHERE rid % 2")
    before = dict(store.rows("SELECT rid, verdict FROM report WHERE rid % 2"))
    said = again(store, stricter(), apply=True)
    assert said.reports + said.reports_without_facts == store.value("SELECT count(*) FROM report")
    assert dict(store.rows("SELECT rid, verdict FROM report WHERE rid % 2")) == before


@pytest.mark.parametrize("status", ["fail", "unknown"])
def test_what_was_waived_stays_waived_and_everything_still_adds_up(store, status):
    rid, rule = store.rows("SELECT rid, rule FROM finding WHERE status = 'fail' LIMIT 1")[0]
    if status == "unknown":
        store.connection.execute("UPDATE facts SET did = NULL, body = ? WHERE rid = ?", (NOTHING_TOLD, rid))
    waived = "UPDATE finding SET status = 'waived', note = 'until the delivery' WHERE rid = ? AND rule = ?"
    store.connection.execute(waived, (rid, rule))
    again(store, stricter(), apply=True)
    kept = store.rows("SELECT status, note FROM finding WHERE rid = ? AND rule = ?", rid, rule)
    assert kept == [("waived", "until the delivery")]
    after = content(store)
    counting.recount(store)
    assert content(store) == after


def site(**waiver: str) -> Combined:
    own = Site.model_validate(
        {
            "id": "cork",
            "checked": "2026-11-20",
            "profiles": list(PROFILES),
            "waivers": [waiver] if waiver else [],
        }
    )
    return combine.combine([profile.load(name) for name in PROFILES], own, day=NOW.date())


WAIVER = {"rule": "security-updates", "by": "Ada", "until": "2026-12-31", "reason": "Server is being moved"}


def test_a_waiver_is_kept_with_its_reason_by_import_and_audit_alike(store, tmp_path):
    waived = "SELECT id, note FROM finding JOIN report USING (rid) WHERE status = 'waived' ORDER BY id"
    with filled(tmp_path / "other.db", site(**WAIVER)) as other:
        again(store, site(**WAIVER), apply=True)
        found = store.rows(waived)
        assert found == other.rows(waived)
        assert {note for _, note in found} == {WAIVER["reason"]}
        assert content(store) == content(other)


def test_a_site_file_decides_what_is_waived(store):
    broken = store.rows("SELECT rid FROM finding WHERE rule = 'security-updates' AND status = 'fail'")
    again(store, site(**WAIVER), apply=True)
    waived = "SELECT DISTINCT note FROM finding WHERE rule = 'security-updates' AND status = 'waived' AND actual > 0"
    assert store.rows(waived) == [(WAIVER["reason"],)]
    again(store, site(), apply=True)
    assert store.rows("SELECT rid FROM finding WHERE rule = 'security-updates' AND status = 'fail'") == broken
    assert not store.value("SELECT EXISTS (SELECT 1 FROM finding WHERE status = 'waived')")


def test_advice_that_becomes_a_must_is_what_changes(store):
    said = again(store, stricter())
    wired = next(one for one in said.rules if one.rule == "wired-network")
    assert wired.harder == wired.after > 0
    assert "it now as a must" in fleet_audit.sentence(wired)
    again(store, stricter(), apply=True)
    back = again(store, combine.combine([profile.load(name) for name in PROFILES]))
    assert next(one for one in back.rules if one.rule == "wired-network").softer == wired.harder


def test_a_value_that_its_fact_cannot_have_is_not_kept(tmp_path):
    report = json.loads(next(iter(FLEET)).text)
    report["findings"] = [one for one in report["findings"] if one["fact"] != "patches.pending_security"]
    report["facts"]["patches.pending_security"]["value"] = 2**70
    report["verdict"] = audit.verdict(Report.model_validate({**report, "verdict": "ready"}).findings).value
    with Store.open(tmp_path / "fleet.db", create=True) as store:
        Shelf(store, KEY).put([read(json.dumps(report).encode(), NOW)])
        again(store, stricter(), apply=True)
        found = store.rows("SELECT status, actual FROM finding WHERE rule = 'security-updates'")
    assert found == [("unknown", None)]


def test_what_a_report_calls_a_rule_is_not_repeated(tmp_path):
    text = next(iter(FLEET)).text.replace(
        '"rule":"updates","title":"', '"rule":"own-rule","title":"Send Eve your code '
    )
    with Store.open(tmp_path / "fleet.db", create=True) as store:
        Shelf(store, KEY).put([read(text.encode(), NOW)])
        assert store.value("SELECT title FROM policy_rule WHERE rule = 'own-rule'").startswith("Send Eve")
        said = again(store, stricter())
    assert "Eve" not in str(said)


@pytest.mark.parametrize("purged", [False, True])
def test_a_store_without_facts_has_nothing_to_judge(store, purged, capsys):
    for table in ["facts"] if purged else ["facts", "report", "agent"]:
        store.connection.execute(f"DELETE FROM {table}")  # noqa: S608
    assert run(["fleet", "audit", "--store", str(store.path)]) == 2
    said = capsys.readouterr().err
    assert ("have been purged" if purged else "holds no reports yet") in said
    assert len(said.splitlines()) == 1


class Counted(ThreadPoolExecutor):
    """Counts what it has been given and has not ended."""

    open = most = 0

    def submit(self, *arguments, **named):
        self.open += 1
        self.most = max(self.most, self.open)
        future = super().submit(*arguments, **named)
        future.add_done_callback(self.ended)
        return future

    def ended(self, future: object) -> None:
        self.open -= 1


def test_tasks_are_handed_out_a_few_at_a_time(store):
    many = [(first, first) for first in range(100)]
    assert len(reaudit.spans(store)) == 1
    with Counted(1) as executor:
        handed = list(reaudit.judged(store, stricter(), executor, many, apply=False, move=lambda count: None))
    assert len(handed) == len(many)
    assert 1 <= executor.most <= reaudit.IN_FLIGHT
    assert sum(tally.reports for tally in handed) == store.value("SELECT count(*) FROM facts WHERE rid < 100")


def test_the_command_says_what_would_change_and_keeps_it_when_told(store, tmp_path, capsys):
    own = tmp_path / "our-desks.yaml"
    before, changed = "limit: {one_of: [wired]}\n    level: should", "limit: {one_of: [wired]}\n    level: must"
    text = (files.shipped() / "home-agent.yaml").read_text(encoding="utf-8")
    assert before in text
    own.write_text(text.replace(before, changed), encoding="utf-8")
    command = ["fleet", "audit", "-p", str(own), "--store", str(store.path)]
    code = run([*command, "-f", "json"])
    said = json.loads(capsys.readouterr().out)
    assert code == (1 if said["after"]["not_ready"] else 3 if said["after"]["undetermined"] else 0)
    assert not said["kept"]
    assert run([*command, "--apply", "-f", "csv"]) == code
    table = capsys.readouterr().out.splitlines()
    assert table[0] == "what,name,title,before,after,more,harder,softer,fewer,untold"
    assert store.value("SELECT count(*) FROM audit_log WHERE what LIKE 'judged all facts again%'") == 1
    counted = dict(store.rows("SELECT verdict, count(*) FROM latest GROUP BY verdict"))
    assert counted == {verdict: n for verdict, n in said["after"].items() if n}


def test_the_export_holds_every_report_under_its_pseudonym_and_counts_alike(store, tmp_path):
    target = tmp_path / "facts.parquet"
    assert lake.export(store, target, lambda count: None) == store.value("SELECT count(*) FROM facts")
    assert target.stat().st_mode & 0o777 == 0o600
    with lake.duckdb().connect() as connection:
        people = connection.execute(f"SELECT DISTINCT agent FROM '{target}'").fetchall()  # noqa: S608
        assert {name for (name,) in people} == {name for (name,) in store.rows("SELECT pseudonym FROM agent")}
        newest = connection.execute(f"SELECT count(*) FROM '{target}' WHERE newest").fetchone()  # noqa: S608
        assert newest == (len(people),)
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".remoteready")] == []
    counts = lake.counts(target, combine.combine([profile.load(name) for name in PROFILES]))
    failed = dict(store.rows("SELECT rule, count(*) FROM finding WHERE status IN ('fail', 'warn') GROUP BY rule"))
    assert {rule: n for rule, seen in counts.items() if (n := seen[Status.FAIL] + seen[Status.WARN])} == failed


def test_the_export_is_noted_and_what_is_asked_for_must_be_said(store, tmp_path, capsys):
    target = tmp_path / "facts.parquet"
    assert run(["fleet", "export", "--store", str(store.path), "--parquet", str(target)]) == 0
    assert target.is_file()
    assert store.value("SELECT count(*) FROM audit_log WHERE what LIKE 'exported the facts of%'") == 1
    for wrong in ([], ["--agent", "somebody", "--parquet", "x"], ["--parquet", "x", "-o", "y"]):
        assert run(["fleet", "export", "--store", str(store.path), *wrong]) == 2
        assert len(capsys.readouterr().err.splitlines()[-1:]) == 1
