"""Bytes from somebody else into a report that can be kept – or the reason, in one line, why they cannot. Pure."""

import hashlib
import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from remoteready import files
from remoteready.check.audit import verdict
from remoteready.check.facts import RECORDER, Fact, clean
from remoteready.check.findings import SCHEMA_VERSION, Finding, JudgedBy, Report, Status
from remoteready.check.profile import SYSTEMS
from remoteready.check.work import Level

LARGEST_BYTES = 256 * 1024
MOST = 500
"""Findings and facts in one report; `check` makes some dozens."""
AHEAD = timedelta(hours=1)
"""A clock may be wrong by so much; what is dated later is refused, as it would be the newest for as long."""
EARLIEST = 2020
RULE = re.compile(r"([a-z0-9]+(-[a-z0-9]+)*/)?[a-z0-9]+(-[a-z0-9]+)*")
"""With the name of its profile before it, where several profiles have a rule of that name."""
FACT = re.compile(r"[a-z_]+(\.[a-z0-9_-]+){1,2}")
LONGEST_NAME = 160
NOT_KEPT = frozenset({Status.PASS, Status.NOT_APPLICABLE})
WAITS_HOURS = 24
"""A recording that has waited longer for its upload was not made in this shift: the recording client does not work."""
MOST_MBPS, MOST_MONITORS = 100_000, 64
OF_RECORDER = f"{RECORDER}."
FACTS = TypeAdapter(dict[str, Fact])
TOOK: Any = {"__all__": {"took_ms"}}
"""How long a collector took says nothing about the desk."""

Kept = tuple[str, str, str, bool | int | float | str | None, str | None]
"""A finding that was not passed: rule, status, level, actual, note."""


class Refused(Exception):
    """Bytes that are no report to keep; the text says why."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a report was judged by: its profiles, and its rules as (rule, title, level, unit)."""

    sha256: bytes
    profiles: str
    rules: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Incoming:
    """What is kept of one report."""

    id: bytes
    digest: bytes
    who: str
    """The agent by the organisation's name, else the workstation: to be replaced by a pseudonym."""
    host: str | None
    day: str
    created: int
    tool_version: str
    system: str
    verdict: str
    policy: Policy
    findings: tuple[Kept, ...]
    facts: bytes
    """JSON."""
    recording: int | None
    upload_mbps: float | None
    monitors: int | None

    def count(self, status: str) -> int:
        """How many findings came out so."""
        return sum(kept[1] == status for kept in self.findings)


def digest(data: bytes) -> bytes:
    """What tells two files of one report id apart."""
    return hashlib.sha256(data).digest()[:16]


_ID = re.compile(rb'"report_id"\s*:\s*"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"')


def claimed_id(data: bytes) -> bytes | None:
    """The id that stands in these bytes, without reading them as a report: enough to see that they are known."""
    match = _ID.search(data)
    return UUID(match[1].decode()).bytes if match else None


def read(data: bytes, now: datetime) -> Incoming:
    """The report in these bytes. Refused says why it is none, or none to keep."""
    if len(data) > LARGEST_BYTES:
        raise Refused(f"larger than {LARGEST_BYTES // 1024} KiB, which no report is")
    try:
        report = Report.model_validate_json(data)
    except ValidationError as error:
        raise Refused(_why(data, error)) from None
    _check(report, now)
    kept = tuple(_kept(finding) for finding in report.findings if finding.status not in NOT_KEPT)
    rules = tuple((one.rule, one.title, one.level, one.unit) for one in report.findings)
    created = report.time.astimezone(UTC)
    facts = dict(sorted(report.facts.items()))
    return Incoming(
        id=UUID(report.report_id).bytes,
        digest=digest(data),
        who=report.agent or report.host or "",
        host=report.host,
        day=created.date().isoformat(),
        created=round(created.timestamp() * 1000),
        tool_version=clean(report.tool_version)[:20],
        system=report.system,
        verdict=report.verdict.value,
        policy=policy(report.profiles, rules),
        findings=kept,
        facts=FACTS.dump_json(facts, exclude_defaults=True, exclude=TOOK),
        recording=_recording(facts),
        upload_mbps=_within(facts.get("line.upload_mbps"), MOST_MBPS),
        monitors=_monitors(facts),
    )


def _check(report: Report, now: datetime) -> None:
    """Refuse what follows the format and still cannot be kept."""
    if report.report_id is None:
        raise Refused("has no report id: an older version of remoteready wrote it; check that desk again")
    if not (report.agent or report.host or "").strip():
        raise Refused("says neither who sits there nor which computer it is; use check --agent")
    if report.time.tzinfo is None:
        raise Refused("its time does not say in which time zone")
    if report.time.year < EARLIEST:
        raise Refused(f"is dated {report.time:%Y-%m-%d}, before there were reports; set the clock of that desk")
    if report.time > now + AHEAD:
        raise Refused(f"is dated {report.time:%Y-%m-%d %H:%M}, in the future; set the clock of that desk")
    if report.system not in SYSTEMS:
        raise Refused(f"system {files.shown(report.system)}: is none of {', '.join(SYSTEMS)}")
    if len(report.findings) > MOST or len(report.facts) > MOST:
        raise Refused(f"more than {MOST} findings or facts, which no report has")
    if (wrong := _misnamed(FACT, frozenset(report.facts))) is not None:
        raise Refused(f"fact {files.shown(wrong)}: no fact can have this name")
    if report.verdict is not verdict(report.findings):
        raise Refused(f"its verdict, {report.verdict}, does not follow from its findings; it was changed")


@lru_cache(maxsize=64)
def _misnamed(pattern: re.Pattern[str], names: frozenset[str]) -> str | None:
    return min((name for name in names if len(name) > LONGEST_NAME or not pattern.fullmatch(name)), default=None)


def _why(data: bytes, error: ValidationError) -> str:
    """Why it is no report, in words for whoever looks after the folder."""
    try:
        document = json.loads(data)
    except UnicodeDecodeError:
        return "not UTF-8 text, so no report"
    except (ValueError, RecursionError):
        return (
            "not JSON"
            if data.strip()[:1] != b"{"
            else "ends too early or is damaged; if it is still written, again later"
        )
    if not isinstance(document, dict) or not {"schema_version", "findings", "facts"} <= document.keys():
        return "JSON, but no report of `remoteready check`"
    version = document["schema_version"]
    if version != SCHEMA_VERSION:
        return f"of format {files.shown(version)}; this version of remoteready reads format {SCHEMA_VERSION}"
    problems = sorted(error.errors(include_url=False), key=lambda problem: problem["type"] != "extra_forbidden")
    place, kind = files.dotted(problems[0]["loc"]), problems[0]["type"]
    if kind == "extra_forbidden":
        return f"{place}: a field that this version of remoteready does not know; update it"
    return f"{place}: {'is missing' if kind == 'missing' else 'not what a report has there'}"


def _kept(finding: Finding) -> Kept:
    actual = finding.actual
    if isinstance(actual, str):
        actual = clean(actual)
    elif isinstance(actual, float) and not math.isfinite(actual):
        raise Refused(f"rule {finding.rule}: its value is no number to calculate with")
    elif isinstance(actual, int) and not -(2**63) <= actual < 2**63:
        raise Refused(f"rule {finding.rule}: its value is too large")
    note = clean(finding.reason or finding.waived_reason or "") or None
    return finding.rule, finding.status.value, finding.level.value, actual, note


@lru_cache(maxsize=64)  # most reports of a fleet were judged by the same
def policy(profiles: tuple[JudgedBy, ...], rules: tuple[tuple[str, str, Level, str], ...]) -> Policy:
    """What all reports share that were judged by the same. Refused where a rule's id cannot be one, or stands twice."""
    names = [rule for rule, *_ in rules]
    if (wrong := _misnamed(RULE, frozenset(names))) is not None:
        raise Refused(f"rule {files.shown(wrong)}: no rule can have this id")
    if len(set(names)) < len(names):
        raise Refused("a rule stands twice in its findings")
    text = json.dumps([{name: clean(said) for name, said in one.model_dump().items()} for one in profiles])
    kept = tuple((rule, clean(title), level, clean(unit)) for rule, title, level, unit in rules)
    return Policy(hashlib.sha256(json.dumps([text, sorted(kept)]).encode()).digest(), text, kept)


def _recording(facts: dict[str, Fact]) -> int | None:
    """Whether the recording client works: 0 as soon as one of its facts says no, 1 where it runs, None if not told."""
    works = None
    for name, fact in facts.items():
        if fact.value is None or not name.startswith(OF_RECORDER):
            continue
        what = name.rpartition(".")[2]
        if what == "backlog_oldest_age_hours" and (_number(fact) or 0) > WAITS_HOURS:
            return 0
        if what in {"running", "port_answers"}:
            if fact.value is not True:
                return 0
            works = 1
    return works


def _number(fact: Fact | None) -> float | None:
    value = fact.value if fact else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _within(fact: Fact | None, most: float) -> float | None:
    """A number that can be true; None for all else."""
    number = _number(fact)
    return number if number is not None and 0 <= number <= most else None


def _monitors(facts: dict[str, Fact]) -> int | None:
    count = _within(facts.get("monitors.count"), MOST_MONITORS)
    return None if count is None else int(count)
