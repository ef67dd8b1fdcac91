"""Values, limits and verdicts in the words that a person reads, shared by every way a report can look."""

from typing import TYPE_CHECKING

from remoteready.exits import Verdict
from remoteready.formulas import Number
from remoteready.language import tr, trn

if TYPE_CHECKING:
    from remoteready.check.findings import Finding, Report
    from remoteready.check.profile import Limit
    from remoteready.plan.demand import Figure, GroupDemand
    from remoteready.plan.sizing import SiteSizing, Sizing

SYMBOLS = {
    "pass": ("✔", "+"),
    "warn": ("▲", "!"),
    "fail": ("✘", "X"),
    "unknown": ("?", "?"),
    "not_applicable": ("–", "-"),
}
"""Of a status: on a terminal that can show them, and on one that cannot."""

STATUSES = {
    "pass": tr("ok"),
    "warn": tr("warning"),
    "fail": tr("failed"),
    "unknown": tr("unknown"),
    "not_applicable": tr("left out"),
}

VALUES = {
    "wired": tr("cable"),
    "wifi": tr("Wi-Fi"),
    "mobile": tr("mobile network"),
    "bluetooth": tr("Bluetooth"),
    "usb": tr("USB"),
    "jack": tr("3.5 mm"),
    "radio": tr("radio (DECT or dongle)"),
    "split": tr("two devices"),
    "none": tr("no headset"),
}

VERDICTS = {
    Verdict.READY: tr("READY"),
    Verdict.NOT_READY: tr("NOT READY"),
    Verdict.UNDETERMINED: tr("COULD NOT TELL"),
}


def value(raw: object, unit: str) -> str:
    """One value: yes and no for truth, a number with its unit, a choice in plain words."""
    if isinstance(raw, bool):
        return tr("yes") if raw else tr("no")
    if isinstance(raw, int | float):
        return f"{number(raw, 2)} {unit}".strip()
    return VALUES.get(str(raw), str(raw))


def actual(finding: "Finding") -> str:
    """What was measured; empty when it is not known."""
    return "" if finding.actual is None else value(finding.actual, finding.unit)


def measured(finding: "Finding") -> str:
    """What was measured, or that it was not."""
    missing = tr("not named") if finding.status == "not_applicable" else tr("could not tell")
    return actual(finding) or missing


def expected(finding: "Finding") -> str:
    """The limit, to stand beside the measured value."""
    matcher, limit = next(iter(finding.expected.items()))
    if matcher == "at_least":
        return tr("at least {limit}").format(limit=value(limit, finding.unit))
    if matcher == "at_most" and limit == 0:
        return tr("none")
    if matcher == "at_most":
        return tr("at most {limit}").format(limit=value(limit, finding.unit))
    choices = limit if isinstance(limit, list | tuple) else [limit]
    return tr(" or ").join(value(choice, finding.unit) for choice in choices)


def limit(rule_limit: "Limit") -> str:
    """A limit as its profile states it: one of usb, jack · at most 7."""
    raw = rule_limit.value
    values = [str(one).lower() if isinstance(one, bool) else one for one in (raw if isinstance(raw, tuple) else [raw])]
    shown = ", ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in values)
    return f"{rule_limit.matcher.replace('_', ' ')} {shown}"


def found(finding: "Finding") -> str:
    """The measured value beside the limit, in one line."""
    return tr("{actual} – needed: {expected}").format(actual=measured(finding), expected=expected(finding))


def by_reason(report: "Report", status: str) -> list[tuple[str, str]]:
    """The checks of one status that share a reason, by their titles, and the reason; musts first."""
    titles: dict[str, list[str]] = {}
    for one in sorted(report.findings, key=lambda finding: finding.level != "must"):
        if one.status == status:
            titles.setdefault(one.reason, []).append(one.title)
    return [(", ".join(together), reason) for reason, together in titles.items()]


def judged(report: "Report") -> str:
    """By what, when and where a report was made."""
    return tr("Profile {names} · {time} UTC · desk {host}").format(
        names=", ".join(f"{judge.id} {judge.version}" for judge in report.profiles),
        time=report.time.strftime("%Y-%m-%d %H:%M"),
        host=report.host or tr("without identity"),
    )


def summary(report: "Report") -> str:
    """The verdict in one sentence."""
    failed, unknown, warned, left_out = (
        sum(finding.status == status for finding in report.findings)
        for status in ("fail", "unknown", "warn", "not_applicable")
    )
    judged = len(report.findings) - left_out
    parts = [
        (failed, trn("{n} failed", "{n} failed", failed)),
        (unknown, trn("{n} could not be told", "{n} could not be told", unknown)),
        (warned, trn("{n} warning", "{n} warnings", warned)),
    ]
    found = ", ".join(words.format(n=count) for count, words in parts if count) or tr("all is well")
    return trn("{n} check: {found}", "{n} checks: {found}", judged).format(n=judged, found=found)


def number(exact: Number, decimals: int = 3) -> str:
    """A number with thousands separated and no more decimals than it needs: 23,040 · 46.4 · 0.464."""
    text = f"{float(exact):,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def volume(mb: Number) -> str:
    """Megabytes as they stand up to a million, then also in the next units: 15,033,600 MB (15.03 TB)."""
    text = f"{number(mb, 2)} MB"
    return f"{text} ({number(float(mb) / 1e6, 2)} TB)" if mb >= 1_000_000 else text


# --- plan -----------------------------------------------------------------------------------------------------------


def volumes(sizing: "Sizing") -> list[tuple[str, str]]:
    """The recording volume, a label and its number a row."""
    days, kept = sizing.scenario.working_days_per_month, sizing.scenario.retention_days
    return [
        (tr("recording minutes"), number(sizing.recording_minutes.value, 2)),
        (tr("audio"), volume(sizing.audio_mb.value)),
        (tr("screens"), volume(sizing.screen_mb.value)),
        (tr("together"), volume(sizing.upload_mb.value)),
        (tr("a month of {days} days").format(days=days), volume(sizing.month_mb.value)),
        (tr("stored, {days} days kept").format(days=kept), volume(sizing.storage_mb.value)),
    ]


def group_upload(part: "GroupDemand") -> str:
    """What one agent of a group needs, and all of them on average."""
    return tr(
        "{users} agents: {agent} Mbps each while uploading at once, {average} Mbps together over the shift"
    ).format(
        users=number(part.group.users),
        agent=number(part.agent_mbps.value),
        average=number(part.average_mbps.value),
    )


def site_loads(site: "SiteSizing") -> list[tuple[str, "Figure"]]:
    """The loads of a link and what it may carry, in rising order of caution."""
    rows = [
        (tr("average over the shift"), site.average_mbps),
        (tr("peak (99.9 % of the time)"), site.peak_mbps),
        (tr("everyone at once"), site.everyone_mbps),
    ]
    return rows if site.usable_mbps is None else [*rows, (tr("usable of the link"), site.usable_mbps)]


def plan_title(sizing: "Sizing") -> str:
    """The verdict on the links."""
    return tr("HOLDS") if sizing.verdict is Verdict.READY else tr("TOO SMALL")


def plan_sentence(sizing: "Sizing") -> str:
    """Whether the links hold, and the smallest that would."""
    judged = [site for site in sizing.sites if site.holds is not None]
    if not judged:
        needed = ", ".join(f"{site.name} {number(site.link_mbps_needed, 1)} Mbps" for site in sizing.sites)
        return tr("No link was named. The smallest that holds: {needed}").format(needed=needed)
    broken = [site for site in judged if not site.holds]
    if not broken:
        return tr("Every link carries its peak.")
    return "; ".join(
        tr(
            "{site}: a peak of {peak} Mbps does not fit into {usable} Mbps; the smallest link that holds: {needed} Mbps"
        ).format(
            site=site.name,
            peak=number(site.peak_mbps.value, 1),
            usable=number(site.usable_mbps.value, 1) if site.usable_mbps else "",
            needed=number(site.link_mbps_needed, 1),
        )
        for site in broken
    )


def assumptions(sizing: "Sizing") -> str:
    """What the numbers take for granted."""
    return tr(
        "Mbps of recordings, without calls, signalling and packet headers: leave the rest of the link to them. Shifts "
        "of a site are taken to run together; each agent is recorded at random times of the shift; every recording "
        "leaves as it arises. The peak is a bound that is never too low."
    )


def explained(sizing: "Sizing") -> list[tuple[str, tuple["Figure", ...]]]:
    """Every figure under the heading of what it belongs to."""
    groups = [(tr("Group {name}").format(name=part.group.name), part.figures) for part in sizing.groups]
    sites = [(tr("Site {name}").format(name=site.name), site.figures) for site in sizing.sites]
    return [*groups, *sites, (tr("Together"), sizing.totals)]
