"""Facts and a profile in, findings and the verdict out. Pure: the same input always gives the same report."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from remoteready import __version__
from remoteready.check import combine, needs
from remoteready.check.combine import Combined
from remoteready.check.facts import Fact, Facts, declaration, target_of
from remoteready.check.findings import Finding, JudgedBy, Other, Report, SiteFile, Status
from remoteready.check.profile import Profile, Rule
from remoteready.check.strictest import Demand, Origin
from remoteready.check.work import Level
from remoteready.exits import Verdict
from remoteready.language import FALLBACK, spoken, text

NOT_COLLECTED = Fact(unknown="no collector answered")
NOT_ASKED = Fact(unknown="a person has to say it: run `remoteready check --ask`")
COUNTS_FOR_A_WHILE = (Status.FAIL, Status.WARN, Status.UNKNOWN)
"""What a waiver stands in for: nothing needs one that is met or does not apply."""


def audit(chosen: Profile | Combined, facts: Facts, system: str, values: Mapping[str, str]) -> tuple[Finding, ...]:
    """Judge every rule. `values` are the filled-in variables: a rule about a target left open does not apply."""
    combined = combine.of(chosen)
    all_facts = {**facts, **needs.derived(combined.works, facts)}
    return tuple(_judge(combined, demand, all_facts, system, values) for demand in combined.demands)


def _judge(combined: Combined, demand: Demand, facts: Facts, system: str, values: Mapping[str, str]) -> Finding:
    rule, profile = demand.rule, combined.whole
    fact = facts.get(rule.fact, NOT_ASKED if rule.ask else NOT_COLLECTED)
    target = target_of(rule.fact)
    missing = profile.missing_variables(target, values) if target else []
    status, reason = _outcome(profile, demand, fact, missing)
    to_do = rule.remedy(system) if status in {Status.FAIL, Status.WARN} else None
    declared = declaration(rule.fact)
    waiver = demand.waiver
    return Finding(
        rule=rule.id,
        title=text(rule.title, FALLBACK),
        level=rule.level,
        status=status,
        fact=rule.fact,
        actual=None if missing else fact.value,
        unit=declared.unit if declared else "",
        expected={rule.limit.matcher: rule.limit.value},
        evidence="" if missing else fact.detail,
        reason=reason,
        whose=demand.whose,
        profile=demand.profile,
        checked=rule.source.checked.isoformat(),
        rationale=text(rule.rationale, FALLBACK),
        agent=text(to_do.agent, FALLBACK) if to_do else "",
        it=text(to_do.it, FALLBACK) if to_do and to_do.it else "",
        covers=_others(demand.covers),
        overrules=_others(demand.overrules),
        contradicts=_others(demand.contradicts),
        waived_by=waiver.by if waiver else None,
        waived_until=waiver.until if waiver else None,
        waived_reason=waiver.reason if waiver else None,
    )


def _outcome(profile: Profile, demand: Demand, fact: Fact, missing: list[str]) -> tuple[Status, str]:
    """How a rule comes out, and the reason where it is unknown or does not apply."""
    if missing:
        optional = all(profile.variables[name].optional for name in missing)
        status, reason = Status.NOT_APPLICABLE if optional else Status.UNKNOWN, _left_open(profile, missing)
    elif demand.contradicts:
        status, reason = Status.UNKNOWN, why_contradicted(demand)
    else:
        status, reason = _status(demand.rule, fact), fact.unknown or ""
    if demand.waived and status in COUNTS_FOR_A_WHILE:
        return Status.WAIVED, reason
    return status, reason


def _status(rule: Rule, fact: Fact) -> Status:
    if fact.value is None:
        return Status.UNKNOWN
    if rule.limit.holds(fact.value):
        return Status.PASS
    return Status.FAIL if rule.level is Level.MUST else Status.WARN


def _left_open(profile: Profile, missing: Iterable[str]) -> str:
    named = " ".join(f"-D {name}={profile.variables[name].example}" for name in missing)
    return f"not named; to check it, add {named}"


def why_contradicted(demand: Demand) -> str:
    """The reason of a demand that no desk can meet together with others."""
    return contradiction(_others([Origin(demand.profile, demand.rule), *demand.contradicts]))


def contradiction(everyone: Iterable[Other], say: Callable[[str], str] = str) -> str:
    """Who demands what of one fact, where no desk can meet all: the same words for all of them.

    Made part by part, as names of sources hold whatever could join the parts; `say` puts each into another language.
    """
    ordered = sorted(everyone, key=lambda one: (one.profile, one.rule.rpartition("/")[2]))
    wants = ", ".join(say(f"{one.whose} ({one.profile}) wants {_limit(one.expected)}") for one in ordered)
    return f"{wants}{say(': ')}{say('no desk can meet that; decide under `limits` of a site file')}"


def _limit(expected: Mapping[str, Any]) -> str:
    matcher, value = next(iter(expected.items()))
    listed = value if isinstance(value, tuple | list) else (value,)
    words = " or ".join(str(one).lower() if isinstance(one, bool) else str(one) for one in listed)
    return f"{matcher.replace('_', ' ')} {words}" if matcher.startswith("at_") else words


def _others(origins: Iterable[Origin]) -> tuple[Other, ...]:
    return tuple(
        Other(
            profile=one.profile,
            rule=one.rule.id,
            level=one.rule.level,
            expected={one.rule.limit.matcher: one.rule.limit.value},
            whose=one.rule.source.name,
            checked=one.rule.source.checked.isoformat(),
        )
        for one in origins
    )


def report(
    chosen: Profile | Combined,
    facts: Facts,
    system: str,
    values: Mapping[str, str],
    *,
    host: str | None,
    time: datetime,
    report_id: str | None = None,
    agent: str | None = None,
) -> Report:
    """The report of one workstation at one time."""
    combined = combine.of(chosen)
    findings, site = audit(combined, facts, system, values), combined.site
    return Report(
        report_id=report_id,
        tool_version=__version__,
        time=time,
        host=host,
        agent=agent,
        system=system,
        verdict=verdict(findings),
        profiles=tuple(JudgedBy(id=one.id, version=one.version, digest=one.digest) for one in combined.profiles),
        site=SiteFile(id=site.id, checked=site.checked, digest=site.digest) if site else None,
        role=combined.role,
        findings=findings,
        facts={**facts, **needs.derived(combined.works, facts)},
    )


def translated(report: Report, judged_by: Iterable[Rule]) -> Report:
    """The report as a person reads it: the rules' texts and what was seen in the language of the reader.

    For the eye only: the report itself, and JSON with it, is English everywhere.
    """
    rules = {rule.id: rule for rule in judged_by}
    found = tuple(_translated(one, rules.get(one.rule), report.system) for one in report.findings)
    return report.model_copy(update={"findings": found})


def _translated(finding: Finding, rule: Rule | None, system: str) -> Finding:
    texts = {"evidence": spoken(finding.evidence), "reason": _reason(finding)}
    if rule:
        to_do = rule.remedy(system)
        texts |= {"title": text(rule.title), "rationale": text(rule.rationale)}
        texts |= {"agent": text(to_do.agent)} if to_do and finding.agent else {}
        texts |= {"it": text(to_do.it)} if to_do and to_do.it and finding.it else {}
    return finding.model_copy(update=texts)


def _reason(finding: Finding) -> str:
    """Why, in the language of the reader."""
    own = Other.model_validate(finding.model_dump(include=set(Other.model_fields)))
    everyone = [own, *finding.contradicts]
    is_contradiction = finding.contradicts and finding.reason == contradiction(everyone)
    return contradiction(everyone, spoken) if is_contradiction else spoken(finding.reason)


def verdict(findings: Iterable[Finding]) -> Verdict:
    """The verdict of a report's findings."""
    return verdict_of(finding.status for finding in findings if finding.level is Level.MUST)


def verdict_of(musts: Iterable[Status]) -> Verdict:
    """The only place where statuses become a verdict, those of the musts: a failed one decides, then an unknown one."""
    seen = set(musts)
    if Status.FAIL in seen:
        return Verdict.NOT_READY
    return Verdict.UNDETERMINED if Status.UNKNOWN in seen else Verdict.READY
