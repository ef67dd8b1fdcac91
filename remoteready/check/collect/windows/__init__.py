"""Windows: numbers, GUIDs and the registry; no command, no administrator rights, no text that Windows translates.

Here the version, the lock of the screen and the users; the others have modules of their own. What a collector asks is
in `windows_native*`; what it makes of the answers is pure. Unconfirmed: the revision that tells extended updates.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from remoteready.check.collect import calls, common, support
from remoteready.check.collect.windows import native as windows_native
from remoteready.check.collect.windows.adapters import link
from remoteready.check.collect.windows.answers import collector, number, told, values
from remoteready.check.collect.windows.devices import camera, computer, monitors
from remoteready.check.collect.windows.internet import access, added_authorities, interfaces, resolvers
from remoteready.check.collect.windows.safety import antivirus, encryption, firewall, patches
from remoteready.check.collect.windows.sound import audio
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable

__all__ = [
    "access",
    "added_authorities",
    "antivirus",
    "audio",
    "camera",
    "computer",
    "encryption",
    "firewall",
    "interfaces",
    "link",
    "monitors",
    "operating_system",
    "patches",
    "resolvers",
    "screen",
    "users",
]


# --- version --------------------------------------------------------------------------------------------------------

CURRENT_VERSION = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
EDITIONS = {"Core": "Home", "Professional": "Pro", "EnterpriseS": "Enterprise LTSC", "ServerRdsh": "multi-session"}
FIRST_WINDOWS_11 = 22000
SERVERS = {14393: "2016", 17763: "2019", 20348: "2022", 26100: "2025"}
LAST_WINDOWS_10, FIRST_EXTENDED_REVISION = 19045, 6575
"""Revisions from 11 November 2025 on come only to those who have extended security updates (KB5068781)."""


@collector(common.SYSTEM)
def operating_system(host: Host) -> dict[str, Fact]:
    """Name, version and end of support. ProductName is not read: it says Windows 10 on Windows 11."""
    names = ("CurrentBuild", "UBR", "DisplayVersion", "EditionID", "InstallationType")
    held = values(host, CURRENT_VERSION, *names)
    build, revision = number(held.get("CurrentBuild")), number(held.get("UBR"))
    if build is None:
        return dict.fromkeys(common.SYSTEM, unknown("the registry does not name the build", CURRENT_VERSION))
    edition = str(held.get("EditionID", ""))
    server = str(held.get("InstallationType", "")).startswith("Server")
    exact = f"build {build}" + (f".{revision}" if revision is not None else "")
    if server:
        title = f"Windows Server {SERVERS.get(build, '')}".strip()
    else:
        shown = str(held.get("DisplayVersion", ""))
        title = " ".join(
            part
            for part in (f"Windows {11 if build >= FIRST_WINDOWS_11 else 10}", EDITIONS.get(edition, edition), shown)
            if part
        )
    version = known(f"{title}, {exact}", CURRENT_VERSION)
    if server:
        return {"os.version": version, "os.supported": unknown(f"{title} is not in the table", support.SOURCE)}
    return {"os.version": version, "os.supported": supported(host, build, revision, edition, title)}


def last_day(build: int, edition: str) -> date | None:
    """The last day with security updates: Home and Pro, Enterprise and Education, and long-term editions differ."""
    dates = support.table()["windows"].get(build)
    if dates is None or edition.startswith("IoTEnterpriseS"):
        return None
    column = None
    if edition.startswith("EnterpriseS"):
        column = 2
    elif edition.startswith(("Enterprise", "Education", "IoTEnterprise", "ServerRdsh")):
        column = 1
    elif edition.startswith(("Core", "Professional")):
        column = 0
    day: date | None = dates[column] if column is not None else None
    return day


def supported(host: Host, build: int, revision: int | None, edition: str, title: str) -> Fact:
    """Whether Microsoft still updates it.

    Windows 10 22H2 has ended, but its security updates can be bought for longer. That is not to be seen, only its
    effect: a revision that no one else gets. With one, whether it goes on is unknown; without, none has come.
    """
    today = datetime.fromtimestamp(float(host.call(calls.today_s)), UTC).date()
    fact = support.supported_until(last_day(build, edition), today, title)
    if build != LAST_WINDOWS_10 or fact.value is not False:
        return fact
    if revision is None or revision >= FIRST_EXTENDED_REVISION:
        reason = "its support has ended; it may still get extended security updates (ESU), which cannot be seen"
        return unknown(reason, fact.source, fact.detail)
    return known(False, fact.source, f"{fact.detail}; no extended update (ESU) is installed")


# --- screen ---------------------------------------------------------------------------------------------------------

SYSTEM_POLICY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System"
DESKTOP = r"HKCU\Control Panel\Desktop"
DESKTOP_POLICY = r"HKCU\Software\Policies\Microsoft\Windows\Control Panel\Desktop"
SPI_TIMEOUT, SPI_ACTIVE, SPI_SECURE = 14, 16, 0x76
NO_GROUP, CONSOLE_LOCK = "fea3413e-7e05-4911-9a71-700331f1c294", "0e796bdb-100d-47d6-a2d5-f7d2daa51f51"
SLEEP, SLEEP_IDLE = "238c9fa8-0aad-41ed-83f4-97be242c8f20", "29f6c1db-86da-48c5-9fdb-f2b67b1f44da"
DISPLAY, DISPLAY_IDLE = "7516b95f-f776-4464-8c53-06167f40cc99", "3c0bc021-c8a8-4e07-a973-6b14cbcb2b7e"
"""Power settings: winnt.h. `Require a password on wake` has no group."""
NEVER = 0xFFFFFFFF


@collector(common.SCREEN)
def screen(host: Host) -> dict[str, Fact]:
    """The first of three ways: a policy on idle time, a screen saver that asks for a password, sleep.

    A display that is switched off is not a lock – but where switching it off is sleep (Modern Standby), Windows locks
    some time afterwards, which cannot be seen.
    """
    locks: list[tuple[int, str]] = []
    doubts: list[tuple[int, str]] = []
    ways: tuple[Callable[[Host], tuple[int, str, bool] | None], ...] = (_policy, _screen_saver, _sleep)
    for way in ways:
        try:
            found = way(host)
        except Unavailable as error:
            doubts.append((0, str(error)))
            continue
        if found:
            (locks if found[2] else doubts).append(found[:2])
    if not locks:
        if doubts:
            return dict.fromkeys(common.SCREEN, unknown(doubts[0][1]))
        return {
            "screen.locks": known(False, "registry", "no policy, no screen saver with a password, no sleep"),
            "screen.lock_after_s": unknown("the screen never locks by itself"),
        }
    after_s, how = min(locks)
    earlier = next((reason for earliest_s, reason in doubts if earliest_s < after_s), "")
    return {
        "screen.locks": known(True, how),
        "screen.lock_after_s": unknown(f"{after_s} s at the latest, perhaps earlier: {earlier}", how)
        if earlier
        else known(after_s, how),
    }


def _policy(host: Host) -> tuple[int, str, bool] | None:
    name = "InactivityTimeoutSecs"
    seconds = number(values(host, SYSTEM_POLICY, name).get(name))
    return (seconds, name, True) if seconds else None


def _screen_saver(host: Host) -> tuple[int, str, bool] | None:
    """Its values as a policy sets them, else as the user did. None is chosen by default, though it is "active"."""
    names = ("ScreenSaveActive", "ScreenSaverIsSecure", "ScreenSaveTimeOut", "SCRNSAVE.EXE")
    policy = values(host, DESKTOP_POLICY, *names)
    chosen = policy.get("SCRNSAVE.EXE") or values(host, DESKTOP, "SCRNSAVE.EXE").get("SCRNSAVE.EXE")
    if not chosen:
        return None
    after_s = 0
    for name, action in zip(names, (SPI_ACTIVE, SPI_SECURE, SPI_TIMEOUT), strict=False):
        by_policy = number(policy.get(name))
        after_s = host.call(windows_native.system_parameter, action) if by_policy is None else by_policy
        if not after_s:
            return None
    return after_s, "screen saver", True


def _sleep(host: Host) -> tuple[int, str, bool] | None:
    states = host.call(windows_native.sleep_states)
    mains = host.call(windows_native.power_status)["line"] != 0
    asked: dict[str, Any] = {}
    for name, group, setting in (("sleep", SLEEP, SLEEP_IDLE), ("display", DISPLAY, DISPLAY_IDLE)):
        if states["modern"] or (states["standby"] and name == "sleep"):
            asked[name] = host.call(windows_native.power_setting, group, setting, mains)
    idle = [seconds for seconds in asked.values() if seconds]
    if not idle:
        return None
    if states["modern"]:
        delay = values(host, DESKTOP, "DelayLockInterval").get("DelayLockInterval")
        reason = "after the display is switched off Windows locks the screen by a delay that cannot be seen"
        return None if delay in (NEVER, -1) else (min(idle), reason, False)
    if not host.call(windows_native.power_setting, NO_GROUP, CONSOLE_LOCK, mains):
        return None
    return min(idle), "sleep with a password on wake", True


# --- users ----------------------------------------------------------------------------------------------------------

WINLOGON = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon"
ACTIVE, DISCONNECTED = 0, 4


@collector(common.USERS)
def users(host: Host) -> dict[str, Fact]:
    """Other people, automatic login, administrator rights."""
    return {
        "users.others_logged_in": told(lambda: _others(host), "WTSEnumerateSessions"),
        "users.automatic_login": told(lambda: _automatic(host), WINLOGON),
        "users.administrator": told(
            lambda: known(host.call(windows_native.administrator_group), "groups of the user"), "groups of the user"
        ),
    }


def _others(host: Host) -> Fact:
    """People in other sessions. One who was switched away from is disconnected, not gone; session 0 is for services."""
    source = "WTSEnumerateSessions"
    rows = [row for row in host.call(windows_native.sessions) if row["id"] and row["state"] in (ACTIVE, DISCONNECTED)]
    people = {row["person"] for row in rows if row["person"] is not None}
    if 0 not in people:
        return unknown("Windows does not list this user's own session", source)
    if -1 in people:
        return unknown("Windows does not tell whose another session is", source)
    return known(len(people) - 1, source)


def _automatic(host: Host) -> Fact:
    held = host.call(windows_native.registry_values, WINLOGON, "AutoAdminLogon", "ForceAutoLogon")
    if held is None:
        return unknown("the registry has no settings of the login", WINLOGON)
    on = [name for name in held if number(held[name]) == 1]
    return known(bool(on), WINLOGON, ", ".join(on) or "an account that has no password cannot be seen")
