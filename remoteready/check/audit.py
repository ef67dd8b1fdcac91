"""Facts and a profile in, findings and the verdict out. Pure: the same input always gives the same report."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from remoteready import __version__
from remoteready.check.facts import Fact, Facts, declaration, target_of
from remoteready.check.findings import Finding, JudgedBy, Report, Status
from remoteready.check.profile import Level, Profile, Rule
from remoteready.exits import Verdict
from remoteready.language import FALLBACK, spoken, text

NOT_COLLECTED = Fact(unknown="no collector answered")


def audit(profile: Profile, facts: Facts, system: str, values: Mapping[str, str]) -> tuple[Finding, ...]:
    """Judge every rule. `values` are the filled-in variables: a rule about a target left open does not apply."""
    return tuple(_judge(profile, rule, facts, system, values) for rule in profile.rules)


def _judge(profile: Profile, rule: Rule, facts: Facts, system: str, values: Mapping[str, str]) -> Finding:
    fact = facts.get(rule.fact, NOT_COLLECTED)
    target = target_of(rule.fact)
    missing = profile.missing_variables(target, values) if target else []
    status = Status.NOT_APPLICABLE if missing else _status(rule, fact)
    to_do = rule.remedy(system) if status in {Status.FAIL, Status.WARN} else None
    declared = declaration(rule.fact)
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
        reason=_left_open(profile, missing) if missing else fact.unknown or "",
        whose=rule.source.name,
        profile=profile.id,
        checked=rule.source.checked.isoformat(),
        rationale=text(rule.rationale, FALLBACK),
        agent=text(to_do.agent, FALLBACK) if to_do else "",
        it=text(to_do.it, FALLBACK) if to_do and to_do.it else "",
    )


def _status(rule: Rule, fact: Fact) -> Status:
    if fact.value is None:
        return Status.UNKNOWN
    if rule.limit.holds(fact.value):
        return Status.PASS
    return Status.FAIL if rule.level is Level.MUST else Status.WARN


def _left_open(profile: Profile, missing: Iterable[str]) -> str:
    named = " ".join(f"-D {name}={profile.variables[name].example}" for name in missing)
    return f"not named; to check it, add {named}"


def report(
    profile: Profile,
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
    findings = audit(profile, facts, system, values)
    return Report(
        report_id=report_id,
        tool_version=__version__,
        time=time,
        host=host,
        agent=agent,
        system=system,
        verdict=verdict(findings),
        profiles=(JudgedBy(id=profile.id, version=profile.version, digest=profile.digest),),
        findings=findings,
        facts=dict(facts),
    )


def translated(report: Report, profile: Profile) -> Report:
    """The report as a person reads it: the profile's texts and what was seen in the language of the reader.

    For the eye only: the report itself, and JSON with it, is English everywhere.
    """
    rules = {rule.id: rule for rule in profile.rules}
    found = tuple(_translated(one, rules.get(one.rule), report.system) for one in report.findings)
    return report.model_copy(update={"findings": found})


def _translated(finding: Finding, rule: Rule | None, system: str) -> Finding:
    texts = {"evidence": spoken(finding.evidence), "reason": spoken(finding.reason)}
    if rule:
        to_do = rule.remedy(system)
        texts |= {"title": text(rule.title), "rationale": text(rule.rationale)}
        texts |= {"agent": text(to_do.agent)} if to_do and finding.agent else {}
        texts |= {"it": text(to_do.it)} if to_do and to_do.it and finding.it else {}
    return finding.model_copy(update=texts)


def verdict(findings: Iterable[Finding]) -> Verdict:
    """The verdict of a report's findings."""
    return verdict_of(finding.status for finding in findings if finding.level is Level.MUST)


def verdict_of(musts: Iterable[Status]) -> Verdict:
    """The only place where statuses become a verdict, those of the musts: a failed one decides, then an unknown one."""
    seen = set(musts)
    if Status.FAIL in seen:
        return Verdict.NOT_READY
    return Verdict.UNDETERMINED if Status.UNKNOWN in seen else Verdict.READY
