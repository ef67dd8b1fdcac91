"""Stored facts judged again under another profile, without touching a workstation: `fleet audit`."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from remoteready import __version__
from remoteready.check.audit import COUNTS_FOR_A_WHILE
from remoteready.check.combine import Combined
from remoteready.check.facts import declaration
from remoteready.check.findings import JudgedBy, Status
from remoteready.exits import UnusableInput, Verdict
from remoteready.fleet import advice, judging
from remoteready.fleet.answers import SCHEMA_VERSION
from remoteready.fleet.counting import recount
from remoteready.fleet.keeping import policy_id
from remoteready.fleet.reading import Policy, policy
from remoteready.fleet.store import Store
from remoteready.language import FALLBACK, text

SPAN = 10_000
"""Reports in a task: a distributed executor spends some 2 ms on each task, so less would cost more than it gives."""
IN_FLIGHT = 8
"""Tasks that are handed out at once: what has come back is added up before more is asked, so memory stays flat."""
FAILED, MISSED, UNTOLD, FINE = "failed", "missed", "untold", "fine"
KINDS = {Status.FAIL.value: FAILED, Status.WARN.value: MISSED, Status.UNKNOWN.value: UNTOLD}
"""What counts of a status here: a must that is broken, advice that is not followed, what cannot be told; else fine."""
ABSENT = {"unknown": "not in the report"}

COUNTED = (Status.FAIL, Status.WARN, Status.UNKNOWN)
REPLACED = "UPDATE report SET verdict = ?, n_fail = ?, n_warn = ?, n_unknown = ?, pid = ? WHERE rid = ?"


@dataclass(frozen=True, slots=True)
class Again:
    """One report, judged again: what the store keeps of it."""

    rid: int
    verdict: str
    findings: tuple[tuple[str, str, str, Any, str | None], ...]
    """What was not passed: rule, status, level, actual, why it is unknown."""

    def count(self, status: Status) -> int:
        """How many rules came out so."""
        return sum(finding[1] == status.value for finding in self.findings)


@dataclass(slots=True)
class Tally:
    """What a span of reports comes to; two add up."""

    reports: int = 0
    turned: int = 0
    """Reports whose verdict is another now."""
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Agents by their newest report's verdict, before and after."""
    rules: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Agents by rule, how it came out and how it does now: `kind`."""
    changed: list[tuple[str, str, str]] = field(default_factory=list)
    """Agents whose verdict is another now: pseudonym, before, after."""
    again: list[Again] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Take in another span, except for its reports themselves."""
        self.reports += other.reports
        self.turned += other.turned
        self.verdicts += other.verdicts
        self.rules += other.rules
        self.changed += other.changed


@dataclass(frozen=True, slots=True)
class RuleChange:
    """People who break one rule by their newest report, under what it was judged by and under the new profile."""

    rule: str
    title: str
    level: str
    demanded: bool
    """Whether the new profile has the rule at all."""
    before: int
    after: int
    more: int
    """People who break it only now."""
    harder: int
    """People who broke it as advice before, and now fail it as a must."""
    softer: int
    """People who failed it as a must before, and break it only as advice now."""
    fewer: int
    """People who no longer break it."""
    untold: int
    """People of whom it can only now not be told, as their reports lack the fact: they must be checked again."""


@dataclass(frozen=True, slots=True)
class Turned:
    """One agent whose newest report comes to another verdict."""

    agent: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Reaudit:
    """What another profile would change."""

    schema_version: str
    tool_version: str
    profile: str
    reports: int
    """Reports that were judged again."""
    reports_turned: int
    """Those whose verdict is another now."""
    reports_without_facts: int
    """Reports whose facts have been purged; they stay as they are."""
    people: int
    before: dict[str, int]
    after: dict[str, int]
    """People by verdict of their newest report."""
    rules: tuple[RuleChange, ...]
    turned: tuple[Turned, ...]
    kept: bool
    """Whether the store was changed accordingly."""

    @property
    def verdict(self) -> Verdict:
        """Of everybody, under the new profile."""
        if self.after.get(Verdict.NOT_READY.value):
            return Verdict.NOT_READY
        return Verdict.UNDETERMINED if self.after.get(Verdict.UNDETERMINED.value) else Verdict.READY


def spans(store: Store) -> list[tuple[int, int]]:
    """Ranges of report numbers, inclusive, that together hold all facts in the store."""
    first, last = store.rows("SELECT min(rid), max(rid) FROM facts")[0]
    return [] if first is None else [(start, min(start + SPAN - 1, last)) for start in range(first, last + 1, SPAN)]


def judge_span(path: Path, chosen: Combined, span: tuple[int, int], *, apply: bool) -> Tally:
    """Judge the reports of one range: a task of its own, which opens the store for reading only."""
    tests = judging.tests(chosen)
    levels = {demand.rule.id: demand.rule.level.value for demand in chosen.demands}
    tally = Tally()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA query_only=ON")
        store = Store(connection, path)
        before = not_passed(store, span)
        fixed = chosen.site is not None
        rows = connection.execute(
            "SELECT f.rid, f.did, f.body, r.verdict, l.rid IS NOT NULL, a.pseudonym FROM facts f "
            "JOIN report r ON r.rid = f.rid JOIN agent a ON a.aid = r.aid LEFT JOIN latest l ON l.rid = f.rid "
            "WHERE f.rid BETWEEN ? AND ?",
            span,
        )
        for rid, did, body, old, newest, agent in rows:
            facts = judging.derived(chosen, store.unpack(did, body))
            was = before.get(rid, {})
            statuses = judging.statuses(tests, facts)
            if was and not fixed:
                statuses = [_kept_waiver(s, was.get(t.rule)) for t, s in zip(tests, statuses, strict=True)]
            verdict = judging.verdict(tests, statuses).value
            tally.reports += 1
            tally.turned += verdict != old
            if newest:
                tally.verdicts[old, verdict] += 1
                if verdict != old:
                    tally.changed.append((agent, old, verdict))
                for test, status in zip(tests, statuses, strict=True):
                    tally.rules[test.rule, kind(was.get(test.rule, PASSED)[0]), kind(status)] += 1
                for rule in was.keys() - levels.keys():
                    tally.rules[rule, kind(was[rule][0]), FINE] += 1
            if apply:
                tally.again.append(Again(rid, verdict, tuple(_findings(tests, statuses, levels, facts, was))))
    return tally


def kind(status: str) -> str:
    """What counts of a status here: "failed", "missed", "untold" or, for all else, "fine"."""
    return KINDS.get(status, FINE)


Was = tuple[str, str | None]
"""Status and note of a rule that was not passed."""
PASSED: Was = (Status.PASS.value, None)


def not_passed(store: Store, span: tuple[int, int]) -> dict[int, dict[str, Was]]:
    """What the store has of a range of reports: by report, every rule that was not passed."""
    found: dict[int, dict[str, Was]] = {}
    asked = "SELECT rid, rule, status, note FROM finding WHERE rid BETWEEN ? AND ?"
    for rid, rule, status, note in store.rows(asked, *span):
        found.setdefault(rid, {})[rule] = status, note
    return found


def _kept_waiver(status: Status, before: Was | None) -> Status:
    """What was waived when it was reported stays so: a profile says nothing about waivers, only a site file does."""
    waived = before is not None and before[0] == Status.WAIVED.value
    return Status.WAIVED if waived and status in COUNTS_FOR_A_WHILE else status


def _findings(
    tests: Iterable[judging.Test],
    statuses: Iterable[Status],
    levels: Mapping[str, str],
    facts: judging.Stored,
    before: Mapping[str, Was],
) -> Iterator[tuple[str, str, str, Any, str | None]]:
    """What is kept of a report: never a value that its fact cannot have, as reports are not ours."""
    for test, status in zip(tests, statuses, strict=True):
        if status in (Status.PASS, Status.NOT_APPLICABLE):
            continue
        fact = facts.get(test.fact, ABSENT)
        value = fact.get("value")
        actual = value if judging.fits(test.types, value) else None
        note = test.note if test.contradicted else fact.get("unknown") or test.note
        if status is Status.WAIVED and not test.waived:
            note = before[test.rule][1] or ""
        yield test.rule, status.value, levels[test.rule], actual, note or None


def reaudit(store: Store, chosen: Combined, executor: Executor, *, apply: bool, move: Callable[[int], None]) -> Reaudit:
    """Judge every stored fact again; `apply` keeps the results in place of the old ones.

    Any `Executor` does: what it is given can be pickled, and whoever runs it must see the store's file. `move` hears
    how many reports have been judged so far. UnusableInput where no facts are stored.
    """
    wanted = spans(store)
    if not wanted:
        purged = store.value("SELECT EXISTS (SELECT 1 FROM report)")
        why = "all facts in it have been purged" if purged else "holds no reports yet"
        raise UnusableInput(f"{store.path}: {why}; `remoteready fleet import FOLDER` takes in what can be judged again")
    tallies = judged(store, chosen, executor, wanted, apply=apply, move=move)
    levels = dict(store.rows("SELECT rule, min(level) FROM policy_rule GROUP BY rule"))
    left = store.value("SELECT count(*) FROM report") - store.value("SELECT count(*) FROM facts")
    if apply:
        total = keep(store, policy_of(chosen), _text(chosen), tallies)
    else:
        total = Tally()
        for tally in tallies:
            total.add(tally)
    words = advice.load((), store)
    known = {rule: (words.title(rule), level) for rule, level in levels.items()}
    return summary(chosen, total, known, without_facts=left, kept=apply)


def policy_of(chosen: Combined) -> Policy:
    """The same policy that a report has which was judged by these profiles."""
    profiles = tuple(JudgedBy(id=one.id, version=one.version, digest=one.digest) for one in chosen.profiles)
    rules = tuple(
        (rule.id, rule.title[FALLBACK], rule.level.value, declared.unit if (declared := declaration(rule.fact)) else "")
        for rule in (demand.rule for demand in chosen.demands)
    )
    return policy(profiles, rules)


def _text(chosen: Combined) -> str:
    return json.dumps([one.model_dump(mode="json", exclude_defaults=True) for one in chosen.profiles])


def judged(
    store: Store,
    chosen: Combined,
    executor: Executor,
    wanted: Iterable[tuple[int, int]],
    *,
    apply: bool,
    move: Callable[[int], None],
) -> Iterator[Tally]:
    """The tallies of spans, as the executor ends them."""
    left = iter(wanted)

    def hand_out(count: int) -> set[Future[Tally]]:
        return {executor.submit(judge_span, store.path, chosen, span, apply=apply) for span in islice(left, count)}

    running, done = hand_out(IN_FLIGHT), 0
    try:
        while running:
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                tally = future.result()
                running |= hand_out(1)
                done += tally.reports
                move(done)
                yield tally
    finally:
        for future in running:
            future.cancel()


def keep(store: Store, policy: Policy, text: str, tallies: Iterable[Tally]) -> Tally:
    """Write what reports come to now in place of what they came to, all or nothing; gives the tallies' sum.

    Reports whose facts have been purged stay as they were judged. `text` is the policy as its files have it.
    """
    total = Tally()
    with store.transaction() as connection:
        pid = policy_id(store, policy)
        connection.execute("UPDATE policy SET text = ? WHERE pid = ?", (text, pid))
        for tally in tallies:
            total.add(tally)
            counts = [(one.verdict, *map(one.count, COUNTED), pid, one.rid) for one in tally.again]
            connection.executemany(REPLACED, counts)
            connection.executemany("DELETE FROM finding WHERE rid = ?", [(one.rid,) for one in tally.again])
            rows = [(one.rid, *kept) for one in tally.again for kept in one.findings]
            connection.executemany("INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?)", rows)
        recount(store)
        names = (f"{one['id']} {one['version']}" for one in json.loads(policy.profiles))
        store.log(f"judged all facts again by {', '.join(names)}")
    return total


def summary(
    chosen: Combined, total: Tally, titles: dict[str, tuple[str, str]], *, without_facts: int, kept: bool
) -> Reaudit:
    """The answer in numbers. `titles` are those of rules that the new profile no longer has, with their levels."""
    known = titles | {one.rule.id: (text(one.rule.title), one.rule.level.value) for one in chosen.demands}
    seen: dict[str, Counter[tuple[str, str]]] = {}
    for (rule, was, is_now), people in total.rules.items():
        seen.setdefault(rule, Counter())[was, is_now] += people
    demanded = {one.rule.id for one in chosen.demands}
    changes = [_change(rule, *known.get(rule, (rule, "")), rule in demanded, counts) for rule, counts in seen.items()]
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for (old, new), people in total.verdicts.items():
        before[old] += people
        after[new] += people
    return Reaudit(
        SCHEMA_VERSION,
        __version__,
        chosen.whole.id,
        reports=total.reports,
        reports_turned=total.turned,
        reports_without_facts=without_facts,
        people=sum(after.values()),
        before={verdict.value: before[verdict.value] for verdict in Verdict},
        after={verdict.value: after[verdict.value] for verdict in Verdict},
        rules=tuple(sorted(changes, key=_most_changed)),
        turned=tuple(Turned(*one) for one in sorted(total.changed)),
        kept=kept,
    )


def _most_changed(one: RuleChange) -> tuple[int, int, int, int, str]:
    return -one.more - one.harder, -one.untold, -one.fewer - one.softer, -one.after, one.rule


def _change(rule: str, title: str, level: str, demanded: bool, counts: Counter[tuple[str, str]]) -> RuleChange:
    def people(was: Container[str], now: Container[str]) -> int:
        return sum(n for (old, new), n in counts.items() if old in was and new in now)

    broken, untold, fine = {FAILED, MISSED}, {UNTOLD}, {FINE}
    return RuleChange(
        rule,
        title,
        level,
        demanded,
        before=people(broken, broken | untold | fine),
        after=people(broken | untold | fine, broken),
        more=people(untold | fine, broken),
        harder=people({MISSED}, {FAILED}),
        softer=people({FAILED}, {MISSED}),
        fewer=people(broken, fine),
        untold=people(broken | fine, untold),
    )
