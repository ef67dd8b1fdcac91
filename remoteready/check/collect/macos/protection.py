"""macOS: Microsoft Defender, else Apple's own XProtect.

Not run on a Mac. Seen in public captures: `xprotect version` (macOS 26), the Info.plist of XProtect's bundle in both
places, `csrutil status`, `mdatp health`. Unconfirmed: `xprotect version` on macOS 15, and that the date of XProtect's
files on macOS 14 is when they were made or installed.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from remoteready.check.collect import calls, common
from remoteready.check.collect.macos.sources import settings
from remoteready.check.collect.macos.updates import age
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable

XPROTECT = (
    "/private/var/protected/xprotect/XProtect.bundle/Contents/Info.plist",  # macOS 15 and later
    "/Library/Apple/System/Library/CoreServices/XProtect.bundle/Contents/Info.plist",
)


def antivirus(host: Host) -> dict[str, Fact]:
    """Microsoft Defender where it is installed, else Apple's own XProtect. Others cannot be seen."""
    return _defender(host) or _xprotect(host)


def _xprotect(host: Host) -> dict[str, Fact]:
    """XProtect checks programs when they are first started or changed; it has no switch of its own.

    It is part of the system that System Integrity Protection guards: on is told only where csrutil says that this
    protection is enabled, and where it is not, nothing is.
    """
    version, age, source = _xprotect_version(host)
    if not version:
        return dict.fromkeys(common.ANTIVIRUS, unknown("XProtect, the antivirus of macOS, does not tell its version"))
    seen = f"XProtect {version}, part of macOS"
    return {
        "antivirus.present": known(True, source, seen),
        "antivirus.on": _guarded(host, seen),
        "antivirus.definitions_age_days": _current(age),
    }


FRESH_DAYS = 7.0


def _current(age: Fact) -> Fact:
    """The age of XProtect's definitions where they are surely fresh.

    Apple renews them when there is need, often not for weeks: older ones may be the newest there are, which only
    Apple's servers know.
    """
    if age.value is None or float(age.value) <= FRESH_DAYS:
        return age
    reason = f"XProtect's definitions are {float(age.value):.0f} days old, but Apple may have made no newer ones"
    return unknown(reason, age.source, age.detail)


def _guarded(host: Host, seen: str) -> Fact:
    source = "csrutil status"
    try:
        answer = host.run("csrutil", "status", timeout_s=1).stdout
    except Unavailable as error:
        return unknown(
            f"whether the system is protected against changes to XProtect is not told: {error}", source, seen
        )
    if re.search(r"Integrity Protection status:\s*enabled\b", answer):
        detail = f"{seen}; it has no switch, and System Integrity Protection keeps it as it is"
        return known(True, source, detail)
    return unknown("System Integrity Protection is not fully on: XProtect may have been changed", source, seen)


def _xprotect_version(host: Host) -> tuple[str, Fact, str]:
    """Version and age of its definitions: `xprotect version` (macOS 15 and later), else its files."""
    source = "xprotect version"
    try:
        answer = host.run("xprotect", "version", timeout_s=1.5).stdout
    except Unavailable:
        answer = ""
    version = re.search(r"Version: (\d{1,6})\b", answer, re.ASCII)
    installed = re.search(r"Installed: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4})", answer, re.ASCII)
    when = _moment(installed[1]) if installed else None
    if version and when:
        return version[1], age(host, when, source, f"XProtect {version[1]}"), source
    for path in XPROTECT:
        try:
            number = str(settings(host, path).get("CFBundleShortVersionString") or "")
            days = float(host.call(calls.age_days, path))
        except Unavailable:
            continue
        if re.fullmatch(r"\d{1,6}", number, re.ASCII):
            when = datetime.fromtimestamp(host.call(calls.today_s) - days * calls.DAY_S, UTC)
            return number, age(host, when, path, f"XProtect {number}, by the date of its files"), path
    return "", unknown("not told"), source


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _defender(host: Host) -> dict[str, Fact] | None:
    """Microsoft Defender; None where it is not installed."""
    source, name = "mdatp health", "Microsoft Defender"
    try:
        health = json.loads(host.run("mdatp", "health", "--output", "json", timeout_s=3).stdout)
    except Unavailable as error:
        if "not installed" in str(error):
            return None
        return dict.fromkeys(common.ANTIVIRUS, unknown(str(error), source))
    except ValueError:
        health = None
    if not isinstance(health, dict):
        return dict.fromkeys(common.ANTIVIRUS, unknown("mdatp does not answer in JSON", source))
    on, passive = _plain(health.get("realTimeProtectionEnabled")), _plain(health.get("passiveModeEnabled"))
    broken = _plain(health.get("realTimeProtectionSubsystem")) == "unavailable"
    minutes = _plain(health.get("definitionsUpdatedMinutesAgo"))
    how = ", passive mode" if passive else ", real-time protection does not work" if broken else ""
    fresh = isinstance(minutes, int | float) and not isinstance(minutes, bool) and 0 <= minutes < 1e9
    return {
        "antivirus.present": known(True, source, name),
        "antivirus.on": known(on and not passive and not broken, source, name + (how if on else ""))
        if isinstance(on, bool)
        else unknown("mdatp does not say whether real-time protection is on", source),
        "antivirus.definitions_age_days": known(round(minutes / 1440, 2), source, name)
        if fresh
        else unknown("mdatp does not say when its definitions were updated", source),
    }


def _plain(value: Any) -> Any:
    """mdatp wraps some values, depending on its version: {"value": true, "isManaged": …}."""
    return value.get("value") if isinstance(value, dict) else value
