"""macOS: its version and updates.

Not run on a Mac. Seen in public captures: sw_vers, com.apple.SoftwareUpdate.plist (macOS 12 to 26).
Unconfirmed: which of the two dates of a successful check every version keeps up to date,
InstallHistory.plist on current versions, and whether settings of declarative device management show up anywhere here.
"""

import re
from datetime import UTC, date, datetime

from remoteready.check.collect import calls, common, support
from remoteready.check.collect.macos.sources import Record, managed, property_list, records, settings, switch, words
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable

SOFTWARE_UPDATE = "com.apple.SoftwareUpdate"
PREFERENCES = f"/Library/Preferences/{SOFTWARE_UPDATE}.plist"
HISTORY = "/Library/Receipts/InstallHistory.plist"
SWITCHES = {
    "AutomaticCheckEnabled": "looking for updates",
    "AutomaticDownload": "downloading them",
    "CriticalUpdateInstall": "installing security responses",
    "AutomaticallyInstallMacOSUpdates": "installing macOS updates",
}
"""Absent means on: that is how macOS stores the default."""
Version = tuple[list[int], str]


def operating_system(host: Host) -> dict[str, Fact]:
    """Name, version and build, and whether Apple still gives security updates for it."""
    try:
        held = _versions(host)
    except Unavailable as error:
        return dict.fromkeys(common.SYSTEM, unknown(str(error), "sw_vers"))
    named = f"macOS {held['ProductVersion']} {held.get('ProductVersionExtra', '')}".strip()
    build = f" ({held['BuildVersion']})" if held.get("BuildVersion") else ""
    today = datetime.fromtimestamp(host.call(calls.today_s), UTC).date()
    return {
        "os.version": known(named + build, "sw_vers"),
        "os.supported": _supported(int(held["ProductVersion"].split(".")[0]), today),
    }


def _versions(host: Host) -> dict[str, str]:
    """sw_vers by key. To programs built for old versions macOS gives 10.16 or 16 instead of the truth."""
    pairs = [line.partition(":") for line in host.run("sw_vers", timeout_s=1.5).stdout.splitlines() if ":" in line]
    held = {key.strip(): value.strip() for key, _, value in pairs}
    if not re.fullmatch(r"\d{2,3}(\.\d{1,3}){0,3}", held.get("ProductVersion", ""), re.ASCII):
        raise Unavailable("sw_vers does not tell the version")
    if re.match(r"(10\.16|16)(\.|$)", held["ProductVersion"]):
        raise Unavailable("macOS hides its version from this program")
    return held


def _supported(major: int, today: date) -> Fact:
    """Apple publishes no dates: by habit the newest three versions get security updates."""
    newest = sorted(support.table()["macos"])
    checked: date = support.table()["checked"]
    source = f"{support.SOURCE} of {checked}"
    if major < newest[0]:
        return known(False, source, f"macOS {newest[0]} is the oldest that still gets security updates")
    if today - checked > support.TABLE_SERVES:
        return unknown(f"the table of supported versions is of {checked}; update remoteready", source)
    if major not in newest:
        return unknown(f"macOS {major} is not in the table of {checked}", source)
    return known(True, source, f"macOS {major} is one of the newest three versions")


# --- updates --------------------------------------------------------------------------------------------------------


def patches(host: Host) -> dict[str, Fact]:
    """What macOS noted at its last look for updates, how long ago that was, and what is switched off."""
    facts = {
        "patches.last_success_age_days": _last_installed(host),
        "patches.reboot_pending": unknown(
            "macOS installs its updates during the restart: one that waits for it is among the pending ones"
        ),
    }
    try:
        held = settings(host, PREFERENCES)
    except Unavailable as error:
        reason = f"the settings of Software Update cannot be read: {error}"
        return {**dict.fromkeys(common.PATCHES, unknown(reason, PREFERENCES)), **facts}
    pending, security = _pending(host, held)
    return {
        **facts,
        "patches.pending": pending,
        "patches.pending_security": security,
        "patches.knowledge_age_days": _last_looked(host, held),
        "patches.paused": _switched_off(held | managed(host, SOFTWARE_UPDATE)),
    }


def _pending(host: Host, held: Record) -> tuple[Fact, Fact]:
    """RecommendedUpdates without what is installed by now. LastUpdatesAvailable is no longer kept up to date.

    An upgrade to the next major version is an offer, not an update: the installed one gets its own.
    """
    if not isinstance(held.get("RecommendedUpdates"), list) or not _looked(held):
        nothing = unknown("macOS has no list of available updates; it has not looked for any yet", PREFERENCES)
        return nothing, nothing
    try:
        versions = _versions(host)
    except Unavailable as error:
        nothing = unknown(f"which of the recommended updates are installed by now is not told: {error}", PREFERENCES)
        return nothing, nothing
    installed = _version(f"{versions['ProductVersion']} {versions.get('ProductVersionExtra', '')}")
    names = []
    for update in records(held["RecommendedUpdates"]):
        name, offered = str(update.get("Display Name") or "an update"), _version(str(update.get("Display Version")))
        if _is_system(update):
            if not offered or not installed:
                reason = "the version of a recommended update of macOS is not told"
                return unknown(reason, PREFERENCES), unknown(reason, PREFERENCES)
            if _later(installed, offered) or offered[0][0] > installed[0][0]:
                continue
        elif name == "Safari":
            safari = _safari(host)
            if not offered or not safari:
                reason = "whether the recommended Safari is installed by now is not told"
                return unknown(reason, PREFERENCES), unknown(reason, PREFERENCES)
            if _later(safari, offered):
                continue
        names.append(name)
    seen = ", ".join(names) if names else "nothing newer than what is installed"
    return known(len(names), PREFERENCES, seen), _security(names, seen)


def _security(names: list[str], seen: str) -> Fact:
    """macOS does not mark security updates; most updates of the system carry some, but not all."""
    named = [name for name in names if "security" in name.lower()]
    if named or not names:
        return known(len(named), PREFERENCES, ", ".join(named) or seen)
    return unknown("macOS does not say which of the pending updates are for security", PREFERENCES, seen)


def _is_system(update: Record) -> bool:
    keys = f"{update.get('Identifier')} {update.get('Product Key')}"
    return switch(update.get("MobileSoftwareUpdate")) is True or "MSU_UPDATE_" in keys


def _version(text: str) -> Version | None:
    """26.5.2, or 26.5 (a) after a rapid security response; None without a number."""
    match = re.match(r"\s*(\d{1,4}(?:\.\d{1,4})*)\s*(?:\(([a-z])\))?", text, re.ASCII)
    if not match:
        return None
    numbers = [int(number) for number in match[1].split(".")]
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    return numbers, match[2] or ""


def _later(one: Version, other: Version) -> bool:
    """Whether one version is the other or a later one."""
    return one >= other


def _safari(host: Host) -> Version | None:
    try:
        held = settings(host, "/Applications/Safari.app/Contents/Info.plist")
    except Unavailable:
        return None
    return _version(str(held.get("CFBundleShortVersionString")))


def _looked(held: Record) -> list[datetime]:
    """When Software Update last looked for updates; the dates of other, smaller checks have other keys."""
    return [held[k] for k in ("LastSuccessfulDate", "LastFullSuccessfulDate") if isinstance(held.get(k), datetime)]


def _last_looked(host: Host, held: Record) -> Fact:
    dates = _looked(held)
    if not dates:
        return unknown("macOS does not say when it last looked for updates", PREFERENCES)
    return age(host, max(dates), PREFERENCES)


def _last_installed(host: Host) -> Fact:
    """The newest update of macOS, Safari or the like; data files such as XProtect's come without being one."""
    try:
        held = property_list(host, HISTORY)
    except Unavailable as error:
        return unknown(f"the history of installations cannot be read: {error}", HISTORY)
    rows = [
        (row["date"], words(row, "displayName"))
        for row in records(held)
        if isinstance(row.get("date"), datetime)
        and re.match(r"macOS|Safari|Security Update|Rapid Security|Background Security", words(row, "displayName"))
    ]
    if not rows:
        return unknown("the history of installations names no update", HISTORY)
    when, name = max(rows)
    return age(host, when, HISTORY, name)


def age(host: Host, when: datetime, source: str, detail: str = "") -> Fact:
    """Days since a date of a property list, which is in UTC."""
    days = (host.call(calls.today_s) - when.replace(tzinfo=UTC).timestamp()) / calls.DAY_S
    if days < -1:
        return unknown("its date is in the future: the clock of this computer was or is wrong", source, detail)
    return known(round(max(0.0, days), 2), source, detail)


def _switched_off(held: Record) -> Fact:
    off = [what for key, what in SWITCHES.items() if switch(held.get(key)) is False]
    strange = [key for key in SWITCHES if key in held and switch(held[key]) is None]
    if off:
        return known(True, PREFERENCES, f"switched off: {', '.join(off)}")
    if strange:
        return unknown(f"{strange[0]} is neither on nor off", PREFERENCES)
    return known(False, PREFERENCES, "nothing is switched off")
