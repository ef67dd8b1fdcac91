"""What an audit says: findings, and the report that holds them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from remoteready.check.facts import Fact
from remoteready.check.work import Level
from remoteready.exits import Verdict

SCHEMA_VERSION = "1"
"""Of the JSON report; raised when a field changes its meaning or goes."""
REPORT_ID = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
LONGEST_AGENT = 100


class Status(StrEnum):
    """How one rule came out."""

    PASS = "pass"  # noqa: S105 – a status, not a password
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    WAIVED = "waived"


class Model(BaseModel):
    """What all parts of a report share."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Other(Model):
    """A rule of another profile on the same fact."""

    profile: str = Field(description="The profile or site that holds it")
    rule: str = Field(description="Its id there")
    level: Level = Field(description="must or should")
    expected: dict[str, Any] = Field(description="Its matcher with its limit")
    whose: str = Field(description="Who set that limit")
    checked: str = Field(description="The day its source was last looked at, ISO 8601")


class Finding(Model):
    """One rule, judged."""

    rule: str = Field(description="Id of the rule")
    title: str = Field(description="The demand in a few words")
    level: Level = Field(description="must or should")
    status: Status = Field(description="How it came out")
    fact: str = Field(description="The fact that was judged")
    actual: bool | int | float | str | None = Field(description="The measured value; null when unknown")
    unit: str = Field(description="Unit of the value and the limit")
    expected: dict[str, Any] = Field(description="The matcher with its limit")
    evidence: str = Field(description="What was seen")
    reason: str = Field(description="Why it is unknown or does not apply; empty otherwise")
    whose: str = Field(description="Who set the limit")
    profile: str = Field(description="The profile that holds the rule")
    checked: str = Field(description="The day the limit's source was last looked at, ISO 8601")
    rationale: str = Field(description="Why it matters")
    agent: str = Field(description="What the agent can do; empty when there is nothing to do")
    it: str = Field(description="What to send to IT; empty when there is nothing to send")
    covers: tuple[Other, ...] = Field(default=(), description="Rules of others that are met whenever this one is")
    overrules: tuple[Other, ...] = Field(
        default=(), description="Rules of others that this one stands in place of: a must before a should, or the site"
    )
    contradicts: tuple[Other, ...] = Field(
        default=(), description="Rules of others that no desk can meet together with this one; it is then unknown"
    )
    waived_by: str | None = Field(default=None, description="Who decided that the rule does not count for a while")
    waived_until: date | None = Field(default=None, description="The last day of that; in the past, it counts again")
    waived_reason: str | None = Field(default=None, description="Why it does not count for a while")


class JudgedBy(Model):
    """The profile of a report."""

    id: str = Field(description="Name of the profile")
    version: str = Field(description="Version of the profile")
    digest: str = Field(description="SHA-256 of the profile's content")


class SiteFile(Model):
    """The site file of a report."""

    id: str = Field(description="Name of the site")
    checked: date = Field(description="The day it was last gone through")
    digest: str = Field(description="SHA-256 of the site file's content")


class Report(Model):
    """One workstation at one time, judged."""

    schema_version: Annotated[str, Field(pattern="^1$")] = Field(
        default=SCHEMA_VERSION, description="Version of this format"
    )
    report_id: Annotated[str, Field(pattern=REPORT_ID)] | None = Field(
        default=None, description="UUIDv7 of this check, RFC 9562; null from older versions of remoteready"
    )
    tool_version: str = Field(description="Version of remoteready")
    time: datetime = Field(description="When the facts were collected, UTC")
    host: str | None = Field(description="Pseudonym of the workstation: stable, and no way back to its name")
    agent: Annotated[str, Field(min_length=1, max_length=LONGEST_AGENT)] | None = Field(
        default=None, description="Who sits here, as `check --agent` was told; null when it was not"
    )
    system: str = Field(description="linux, macos or windows")
    verdict: Verdict = Field(description="ready, not_ready or undetermined")
    profiles: tuple[JudgedBy, ...] = Field(description="What it was judged by")
    site: SiteFile | None = Field(default=None, description="The site file that had a say; null where there was none")
    role: str | None = Field(default=None, description="The role of that site; null where none was asked for")
    findings: tuple[Finding, ...] = Field(description="Every rule, in the order of the profile")
    facts: dict[str, Fact] = Field(description="What was collected")

    def with_status(self, *statuses: Status) -> list[Finding]:
        """The findings of some statuses, musts first."""
        chosen = [finding for finding in self.findings if finding.status in statuses]
        return sorted(chosen, key=lambda finding: finding.level != Level.MUST)
