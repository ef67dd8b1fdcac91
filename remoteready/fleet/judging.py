"""A profile's rules, made quick: judged over the facts that reports keep, in Python, and the same as SQL.

Both say what `check.audit` says of the same facts, without its texts: a test holds all three together.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from remoteready.check import needs
from remoteready.check.audit import COUNTS_FOR_A_WHILE, verdict_of, why_contradicted
from remoteready.check.combine import Combined
from remoteready.check.facts import Declaration, Fact, declaration, of_line, target_of
from remoteready.check.findings import Status
from remoteready.check.profile import Limit, Rule
from remoteready.check.strictest import Demand
from remoteready.check.work import Level
from remoteready.exits import Verdict

Stored = Mapping[str, Mapping[str, Any]]
"""The facts of a report as the store keeps them: {"network.link": {"value": "wifi"}, "camera.kind": {"unknown": …}}"""
LARGEST = 2**63
"""Whole numbers beyond have no column that could hold them; no fact of ours comes near."""
TYPES: dict[type, tuple[type, ...]] = {bool: (bool,), int: (int,), float: (float, int), str: (str,)}
COLUMNS: dict[type, str] = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", str: "VARCHAR"}


@dataclass(frozen=True, slots=True)
class Test:
    """One demand, ready to be asked: what `status` needs and nothing else."""

    rule: str
    fact: str
    types: tuple[type, ...]
    holds: Callable[[Any], bool]
    broken: Status
    about: str
    """The beginning of the names of all facts about the same target; empty where the rule is about the desk itself."""
    unnamed: Status
    """How it comes out where the check did not name that target."""
    contradicted: bool
    """Whether no desk can meet it together with others."""
    waived: bool
    note: str = ""
    """Why no desk can meet it, or why it is waived."""


def statuses(tests: Iterable[Test], facts: Stored) -> list[Status]:
    """How each demand comes out. Of a target that its check did not name, a report says nothing."""
    named: set[str] | None = None
    found = []
    for test in tests:
        fact = facts.get(test.fact)
        if fact is not None:
            value = fact.get("value")
            known = not test.contradicted and fits(test.types, value)
            status = (Status.PASS if test.holds(value) else test.broken) if known else Status.UNKNOWN
        else:
            if named is None:
                named = {column(name)[2] for name in facts} | {""}
            status = Status.UNKNOWN if test.about in named else test.unnamed
        if test.waived and status in COUNTS_FOR_A_WHILE:
            status = Status.WAIVED
        found.append(status)
    return found


def fits(types: tuple[type, ...], value: object) -> bool:
    """Whether a stored value is of its fact's type, as a report from elsewhere may hold anything. True is no number."""
    return type(value) in types and (type(value) is not int or -LARGEST <= value < LARGEST)


def about(fact: str) -> str:
    """What the names of all facts about the same target begin with; empty for a fact about the desk itself."""
    if of_line(fact):
        return "line."
    target = target_of(fact)
    return f"target.{target}." if target else ""


def tests(chosen: Combined) -> tuple[Test, ...]:
    """What is demanded, ready to be asked, in its order."""
    return tuple(_test(chosen, demand) for demand in chosen.demands)


def _test(chosen: Combined, demand: Demand) -> Test:
    rule, declared = demand.rule, _declared(demand.rule)
    return Test(
        rule.id,
        rule.fact,
        TYPES[declared.type],
        _holds(rule.limit, declared),
        _broken(rule),
        about(rule.fact),
        unnamed(chosen, rule),
        bool(demand.contradicts),
        demand.waived,
        note=why_contradicted(demand) if demand.contradicts else demand.waiver.reason if demand.waiver else "",
    )


def _broken(rule: Rule) -> Status:
    return Status.FAIL if rule.level is Level.MUST else Status.WARN


def unnamed(chosen: Combined, rule: Rule) -> Status:
    """How a rule about a target comes out where the target was left open: it does not apply where it may be."""
    target = target_of(rule.fact)
    variables = chosen.whole.missing_variables(target, {}) if target else []
    optional = bool(variables) and all(chosen.whole.variables[name].optional for name in variables)
    return Status.NOT_APPLICABLE if optional else Status.UNKNOWN


def derived(chosen: Combined, facts: Stored) -> Stored:
    """The facts with those that follow from them and the workload."""
    if not chosen.works:
        return facts
    measured = {name: Fact.model_validate(facts[name]) for name in (needs.UPLOAD, needs.MONITORS) if name in facts}
    headrooms = needs.derived(chosen.works, measured)
    return {**facts, **{name: fact.model_dump(exclude_defaults=True) for name, fact in headrooms.items()}}


def _declared(rule: Rule) -> Declaration:
    declared = declaration(rule.fact)
    if declared is None:  # a profile with such a rule does not load
        raise LookupError(rule.fact)
    return declared


def _holds(limit: Limit, declared: Declaration) -> Callable[[Any], bool]:
    """As `Limit.holds`, but numbers are compared as the 64-bit floats that a column holds."""
    wanted = limit.value
    if declared.type in (int, float):
        if limit.matcher == "one_of":
            return frozenset(map(float, wanted)).__contains__
        bound = float(wanted)
        return {"at_least": bound.__le__, "at_most": bound.__ge__, "equals": bound.__eq__}[limit.matcher]
    return frozenset(wanted if limit.matcher == "one_of" else (wanted,)).__contains__


def verdict(profile_tests: Collection[Test], statuses: Collection[Status]) -> Verdict:
    """The verdict of one report: a failed must decides, then an unknown one."""
    return verdict_of(
        status for test, status in zip(profile_tests, statuses, strict=True) if test.broken is Status.FAIL
    )


@lru_cache(maxsize=4096)
def column(fact: str) -> tuple[tuple[type, ...], str, str]:
    """The types that a fact may have, its SQL type, and what `about` says of it; empty for what is no fact of ours."""
    declared = declaration(fact)
    return (TYPES[declared.type], COLUMNS[declared.type], about(fact)) if declared else ((), "", "")


def columns(cells: Iterable[str]) -> dict[str, str]:
    """The SQL types of cells that `row` gives."""
    return {name: column(name)[1] or "BOOLEAN" for name in sorted(cells)}


def named(target: str) -> str:
    """The column that says whether a report's check named a target, by `about`."""
    return f"named.{target.removesuffix('.')}"


def row(facts: Stored) -> dict[str, Any]:
    """The cells of one report, by column: its known facts, and the targets that its check named."""
    cells: dict[str, Any] = {}
    for name, fact in facts.items():
        types, _, target = column(name)
        if types and fits(types, value := fact.get("value")):
            cells[name] = value
        if target:
            cells[named(target)] = True
    return cells


def sql(chosen: Combined, present: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each rule's id and the SQL expression that gives its status over exported facts with these columns."""
    for demand in chosen.demands:
        yield demand.rule.id, _case(chosen, demand, present)


def _case(chosen: Combined, demand: Demand, present: Collection[str]) -> str:
    rule, target = demand.rule, about(demand.rule.fact)

    def said(status: Status) -> str:
        waived = demand.waived and status in COUNTS_FOR_A_WHILE
        return literal((Status.WAIVED if waived else status).value)

    cases = []
    if target and named(target) not in present:
        return said(unnamed(chosen, rule))
    if target:
        cases.append(f"WHEN {identifier(named(target))} IS NOT TRUE THEN {said(unnamed(chosen, rule))}")
    if demand.contradicts or rule.fact not in present:
        return f"CASE {' '.join(cases)} ELSE {said(Status.UNKNOWN)} END" if cases else said(Status.UNKNOWN)
    cases.append(f"WHEN {identifier(rule.fact)} IS NULL THEN {said(Status.UNKNOWN)}")
    cases.append(f"WHEN {_condition(rule)} THEN {said(Status.PASS)}")
    return f"CASE {' '.join(cases)} ELSE {said(_broken(rule))} END"


OPERATORS = {"equals": "=", "at_least": ">=", "at_most": "<="}


def _condition(rule: Rule) -> str:
    number = _declared(rule).type in (int, float)
    cell = f"CAST({identifier(rule.fact)} AS DOUBLE)" if number else identifier(rule.fact)
    wanted = rule.limit.value
    if rule.limit.matcher == "one_of":
        return f"{cell} IN ({', '.join(_limit(one, number=number) for one in wanted)})"
    return f"{cell} {OPERATORS[rule.limit.matcher]} {_limit(wanted, number=number)}"


def _limit(value: object, *, number: bool) -> str:
    if number:
        return f"CAST({literal(repr(float(value)))} AS DOUBLE)"  # type: ignore[arg-type]
    return str(value).upper() if isinstance(value, bool) else literal(str(value))


def identifier(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"
