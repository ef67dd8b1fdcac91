"""Values, limits and verdicts in the words that a person reads, shared by every way a report can look."""

import datetime as calendar
from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any

from remoteready import files
from remoteready.exits import Verdict
from remoteready.formulas import Number
from remoteready.language import date, mark, numeral, spoken, tr, trn

if TYPE_CHECKING:
    from remoteready.check.facts import Fact
    from remoteready.check.findings import Finding, Other, Report
    from remoteready.check.profile import Limit

OLD = calendar.timedelta(days=365)
"""After so long, what a vendor demands may have changed."""

COUNTING = ("fail", "warn", "unknown")
"""What a waiver would stand in for: where it is not waived, its waiver has ended."""

SYMBOLS = {
    "pass": ("✔", "+"),
    "warn": ("▲", "!"),
    "fail": ("✘", "X"),
    "unknown": ("?", "?"),
    "not_applicable": ("–", "-"),
    "waived": ("○", "o"),
}
"""Of a status: on a terminal that can show them, and on one that cannot."""

STATUSES = {
    "pass": mark("ok"),
    "warn": mark("warning"),
    "fail": mark("failed"),
    "unknown": mark("unknown"),
    "not_applicable": mark("left out"),
    "waived": mark("waived"),
}

VALUES = {
    "wired": mark("cable"),
    "wifi": mark("Wi-Fi"),
    "mobile": mark("mobile network"),
    "tether": mark("phone as modem"),
    "bluetooth": mark("Bluetooth"),
    "usb": mark("USB"),
    "jack": mark("3.5 mm"),
    "radio": mark("radio (DECT or dongle)"),
    "split": mark("two devices"),
    "none": mark("no headset"),
    "built_in": mark("built in"),
    "display": mark("monitor"),
    "network": mark("network"),
    "virtual": mark("made by a program"),
    "wired_headset": mark("headset on a cable"),
    "radio_headset": mark("headset on radio (DECT or dongle)"),
    "bluetooth_headset": mark("Bluetooth headset"),
    "speakerphone": mark("speakerphone"),
    "webcam": mark("webcam"),
    "microphone": mark("microphone"),
    "speakers": mark("loudspeakers"),
    "real": mark("camera"),
    "capture": mark("capture card"),
    "laptop": mark("laptop"),
    "desktop": mark("desktop computer"),
}
OTHERWISE = {
    "network": {"none": mark("no tunnel"), "split": mark("split tunnel"), "full": mark("full tunnel")},
    "camera": {"none": mark("no camera")},
    "audio": {"none": mark("nothing")},
}
"""By the family of a fact: what these words mean there instead."""

LEVELS = {"must": mark("must"), "should": mark("should")}

VERDICTS = {
    Verdict.READY: mark("READY"),
    Verdict.NOT_READY: mark("NOT READY"),
    Verdict.UNDETERMINED: mark("COULD NOT TELL"),
}
"""English; in the reader's language by `status`, `verdict` and `value`."""

COUNTED = {
    "days": ("{n} day", "{n} days"),
    "hours": ("{n} hour", "{n} hours"),
    "files": ("{n} file", "{n} files"),
    "cores": ("{n} core", "{n} cores"),
    "pixels": ("{n} pixel", "{n} pixels"),
    "times": ("{n} time", "{n} times"),
}
"""Units that are words, of one and of many; tests/catalogues.py marks them."""
PART = "part"
"""The context of numbers that are not whole: 2.5 days have a form of their own in some languages."""


def status(of: str) -> str:
    """A status in the words of the reader."""
    return tr(STATUSES[of])


def verdict(of: Verdict) -> str:
    """A verdict in the words of the reader."""
    return tr(VERDICTS[of])


def value(raw: object, unit: str, fact: str = "") -> str:
    """One value: yes and no for truth, a number with its unit, a share in per cent, a choice in plain words."""
    if isinstance(raw, bool):
        return tr("yes") if raw else tr("no")
    if isinstance(raw, int | float):
        return tr("{n} %").format(n=number(100 * raw, 2)) if unit == "share" else quantity(raw, unit)
    choices = VALUES | OTHERWISE.get(fact.partition(".")[0], {})
    return tr(choices[str(raw)]) if str(raw) in choices else str(raw)


def quantity(number_of: int | float, unit: str) -> str:
    """A number with its unit: 1 day, 2.5 days, 40 Mbps."""
    shown = number(number_of, 2)
    if unit not in COUNTED:
        return tr("{n} {unit}").format(n=shown, unit=tr(unit, "unit")) if unit else shown
    one, many = COUNTED[unit]
    seen = round(number_of, 2)
    if seen != int(seen):
        return trn(many, many, int(seen), PART).format(n=shown)
    return trn(one, many, int(seen)).format(n=shown)


def actual(finding: "Finding") -> str:
    """What was measured; empty when it is not known."""
    return "" if finding.actual is None else value(finding.actual, finding.unit, finding.fact)


def measured(finding: "Finding") -> str:
    """What was measured, or that it was not."""
    missing = tr("not named") if finding.status == "not_applicable" else tr("could not tell")
    return actual(finding) or missing


def expected(finding: "Finding") -> str:
    """The limit, to stand beside the measured value."""
    return needed(finding.expected, finding.unit, finding.fact)


def needed(expected: Mapping[str, Any], unit: str, fact: str = "") -> str:
    """A matcher with its limit in plain words."""
    matcher, limit = next(iter(expected.items()))
    if matcher == "at_least":
        return tr("at least {limit}").format(limit=value(limit, unit))
    if matcher == "at_most" and limit == 0:
        return tr("none")
    if matcher == "at_most":
        return tr("at most {limit}").format(limit=value(limit, unit))
    choices = limit if isinstance(limit, list | tuple) else [limit]
    return tr(" or ").join(value(choice, unit, fact) for choice in choices)


def checked_on(checked: str, day: calendar.date) -> str:
    """When a limit's source was last looked at; after a year it should be looked at again."""
    words = tr("checked on {day}: verify") if is_old(checked, day) else tr("checked on {day}")
    return words.format(day=date(checked))


def is_old(checked: str, day: calendar.date) -> bool:
    """Whether a limit was last looked at more than a year before a day."""
    return day - calendar.date.fromisoformat(checked) > OLD


def old_limits(report: "Report") -> list[tuple[str, str]]:
    """The checks whose limit should be looked at again: title, whose limit and when that was checked."""
    day = report.time.date()
    return [
        (one.title, tr("{whose}, {checked}").format(whose=one.whose, checked=checked_on(one.checked, day)))
        for one in report.findings
        if is_old(one.checked, day)
    ]


def whose(finding: "Finding", report: "Report") -> str:
    """Whose limit it is and what becomes of the others' on the same fact; empty where one profile alone had a say."""
    if len(report.profiles) == 1 and report.site is None:
        return ""
    by = "" if finding.whose == finding.profile else f" ({finding.profile})"
    parts = [tr("limit of {whose}").format(whose=finding.whose) + by]
    if finding.covers:
        parts.append(tr("also meets {rules}").format(rules=others(finding.covers, finding.unit, finding.fact)))
    if finding.overrules:
        parts.append(tr("in place of {rules}").format(rules=others(finding.overrules, finding.unit, finding.fact)))
    return "; ".join(parts)


def others(rules: Iterable["Other"], unit: str, fact: str) -> str:
    """Rules of other profiles on the same fact: home-agent/wired-headset (should: USB or 3.5 mm), …"""
    return ", ".join(
        f"{one.profile}/{one.rule} ({named(tr(LEVELS[one.level]), needed(one.expected, unit, fact))})" for one in rules
    )


def waiver(finding: "Finding") -> str:
    """Who waived a rule, why and until when; empty where nobody did."""
    if finding.waived_until is None:
        return ""
    ended = finding.status in COUNTING
    words = tr("{reason} – {by}, ended on {day}") if ended else tr("{reason} – {by}, until {day}")
    return words.format(reason=finding.waived_reason, by=finding.waived_by, day=date(finding.waived_until.isoformat()))


def waived(report: "Report", *, ended: bool) -> list[tuple[str, str]]:
    """The checks that are waived, or whose waiver has ended so that they count again: title, and by whom and why."""
    statuses = COUNTING if ended else ("waived",)
    return [(one.title, waiver(one)) for one in report.findings if one.waived_by and one.status in statuses]


def basis(finding: "Finding", fact: "Fact | None", day: calendar.date) -> list[tuple[str, str]]:
    """What a finding rests on, a label and its value a line."""
    rows = [
        (tr("Measured"), measured(finding)),
        (tr("Needed"), expected(finding)),
        (tr("Seen"), finding.evidence),
        (tr("Reason"), finding.reason),
        (tr("Fact"), finding.fact),
        (tr("Told by"), spoken(fact.source) if fact else ""),
        (tr("Limit"), tr("{whose}, {checked}").format(whose=finding.whose, checked=checked_on(finding.checked, day))),
        (tr("Profile"), finding.profile),
        (tr("Also meets"), others(finding.covers, finding.unit, finding.fact)),
        (tr("In place of"), others(finding.overrules, finding.unit, finding.fact)),
        (tr("Against it"), others(finding.contradicts, finding.unit, finding.fact)),
        (tr("Waiver"), waiver(finding)),
        (tr("Why it matters"), finding.rationale),
    ]
    return [(label, shown) for label, shown in rows if shown]


def said(answer: object) -> str:
    """What a source said, on a line: its beginning, and how much more there is."""
    match answer:
        case {"not_installed": True}:
            return tr("not installed")
        case {"unavailable": reason}:
            return tr("no answer: {reason}").format(reason=one_line(str(reason), 200))
        case {"exit": code, "stdout": out, "stderr": err}:
            return tr("exit code {code}: {text}").format(code=code, text=one_line(f"{out} {err}", 200) or tr("nothing"))
        case _:
            return one_line(_listed(answer), 200) or tr("nothing")


def _listed(answer: object) -> str:
    """Data as a person writes it down: the items of a list with commas, at its end as Python has it."""
    if isinstance(answer, list) and all(isinstance(item, str) for item in answer):
        return ", ".join(answer)
    return answer if isinstance(answer, str) else repr(answer)


def took(took_ms: float) -> str:
    """How long a source took."""
    return tr("under 1 ms") if took_ms < 1 else tr("{n} {unit}").format(n=number(took_ms, 0), unit="ms")


def one_line(raw: str, longest: int) -> str:
    """Text from a machine on one line that is safe to show, cut short with the number of characters that are left."""
    line = " ".join(files.UNSAFE.sub(" ", raw).split())
    if len(line) <= longest:
        return line
    return tr("{start} … ({more} more)").format(start=line[:longest], more=len(line) - longest)


def limit(rule_limit: "Limit") -> str:
    """A limit as its profile states it: one of usb, jack · at most 7."""
    return _stated(rule_limit.matcher, rule_limit.value)


def _stated(matcher: str, raw: object) -> str:
    values = [
        str(one).lower() if isinstance(one, bool) else one for one in (raw if isinstance(raw, list | tuple) else [raw])
    ]
    shown = ", ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in values)
    return f"{matcher.replace('_', ' ')} {shown}"


def found(finding: "Finding") -> str:
    """The measured value beside the limit, in one line."""
    return tr("{actual} – needed: {expected}").format(actual=measured(finding), expected=expected(finding))


def named(label: str, shown: str) -> str:
    """A value after its name; some languages put a space before the colon."""
    return tr("{label}: {shown}").format(label=label, shown=shown)


def by_reason(report: "Report", status: str, *levels: str) -> list[tuple[str, str]]:
    """The checks of one status and level that share a reason, by their titles, and the reason."""
    titles: dict[str, list[str]] = {}
    for one in report.findings:
        if one.status == status and one.level in levels:
            titles.setdefault(one.reason, []).append(one.title)
    return [(", ".join(dict.fromkeys(together)), reason) for reason, together in titles.items()]


def unsure_heading() -> str:
    """Above the musts that could not be told: why the desk is not ready, and who can clear it up."""
    return tr("Could not tell; clear this up before the shift, or send this report to IT")


def judged(report: "Report") -> str:
    """By what, when and where a report was made."""
    names = ", ".join(f"{judge.id} {judge.version}" for judge in report.profiles)
    if report.site:
        role = tr(", role {role}").format(role=report.role) if report.role else ""
        names = tr("{names} · site {site}{role}").format(names=names, site=report.site.id, role=role)
    return tr("Profile {names} · {time} UTC · desk {host}").format(
        names=names,
        time=f"{date(report.time.strftime('%Y-%m-%d'))} {report.time:%H:%M}",
        host=report.host or tr("without identity"),
    )


def summary(report: "Report") -> str:
    """The verdict in one sentence."""
    failed, unknown, warned, left_out, set_aside = (
        sum(finding.status == status for finding in report.findings)
        for status in ("fail", "unknown", "warn", "not_applicable", "waived")
    )
    judged = len(report.findings) - left_out
    parts = [
        (failed, trn("{n} failed", "{n} failed", failed)),
        (unknown, trn("{n} could not be told", "{n} could not be told", unknown)),
        (warned, trn("{n} warning", "{n} warnings", warned)),
        (set_aside, trn("{n} waived", "{n} waived", set_aside)),
    ]
    found = ", ".join(words.format(n=count) for count, words in parts if count) or tr("all is well")
    return trn("{n} check: {found}", "{n} checks: {found}", judged).format(n=judged, found=found)


def number(exact: Number, decimals: int = 3) -> str:
    """A number with thousands separated and no more decimals than it needs: 23,040 · 46.4 · 0.464.

    What is not nothing never reads as nothing: a number below the last decimal is shown with two digits.
    """
    text = f"{float(exact):,.{decimals}f}"
    if exact and not text.strip("-0.,"):
        return numeral(f"{float(exact):.2g}")
    return numeral(text.rstrip("0").rstrip(".") if "." in text else text)


def apart(one: Number, other: Number) -> tuple[str, str]:
    """Two numbers with as many decimals, from one on, as it takes to tell them apart."""
    for decimals in range(1, 12):
        shown = number(one, decimals), number(other, decimals)
        if shown[0] != shown[1]:
            break
    return shown


def at_least(exact: Number, decimals: int = 1) -> str:
    """A number rounded up, so that what is shown is enough."""
    step = 10**decimals
    return number(Fraction(ceil(Fraction(exact) * step), step), decimals)


def volume(mb: Number) -> str:
    """Megabytes as they stand up to a million, then also in the next units: 15,033,600 MB (15.03 TB)."""
    text = f"{number(mb, 2)} MB"
    return f"{text} ({number(float(mb) / 1e6, 2)} TB)" if mb >= 1_000_000 else text
