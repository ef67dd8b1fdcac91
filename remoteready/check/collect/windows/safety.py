"""Windows: updates, antivirus, firewall and encryption. Pure rules.

Unconfirmed: that the times of Microsoft.Update.AutoUpdate are UTC, CurrentState 112 of installed packages, BitLocker's
value 8, and the layout of productState, which Microsoft does not document.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from remoteready.check.collect import calls, common
from remoteready.check.collect.windows import native as windows_native
from remoteready.check.collect.windows import native_com as windows_native_com
from remoteready.check.collect.windows.answers import FILETIME_EPOCH_S, age, collector, exists, number, told, values
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable

Update = Mapping[str, Any]

WINDOWS_UPDATE = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate"
SERVICING = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing"
UX_SETTINGS = r"HKLM\SOFTWARE\Microsoft\WindowsUpdate\UX\Settings"
UPDATE_POLICY = r"HKLM\SOFTWARE\Microsoft\WindowsUpdate\UpdatePolicy\Settings"
AUTOMATIC_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU"
SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"
DISABLED = 4
SECURITY, CRITICAL = "0fa1201d-4330-4fa8-8ae9-b877473b6441", "e6cf1350-c01b-414d-a61f-263d14d133b4"
DEFINITIONS = "e0789628-ce08-4437-be74-2495b842f43b"
"""Categories of updates: learn.microsoft.com, WSUS Classification GUIDs."""
INSTALLED = 112


# --- updates --------------------------------------------------------------------------------------------------------


@collector(common.PATCHES)
def patches(host: Host) -> dict[str, Fact]:
    """What Windows Update knows without asking the network, the age of that knowledge, and a pending restart."""
    source = "Microsoft.Update"
    try:
        searched = host.call(windows_native_com.update_times)["searched"]
    except Unavailable as error:
        counts = unknown(str(error), source)
        return {**dict.fromkeys(common.PATCHES[:3], counts), **_registered_patches(host)}
    if searched is None:
        counts = unknown("Windows has never looked for updates", source)
        return {**dict.fromkeys(common.PATCHES[:3], counts), **_registered_patches(host)}
    try:
        waiting: dict[str, Fact] = pending(host.call(windows_native_com.waiting_updates), source)
    except Unavailable as error:
        waiting = dict.fromkeys(common.PATCHES[:2], unknown(str(error), source))
    knowledge = told(lambda: age(host, moment_s(searched), source), source)
    return {**waiting, "patches.knowledge_age_days": knowledge, **_registered_patches(host)}


def pending(updates: Sequence[Update], source: str) -> dict[str, Fact]:
    """Updates that wait. New definitions of the antivirus come several times a day and are judged by their age; what
    Windows gives only to those who ask for it is no update that waits.
    """
    waiting = [u for u in updates if not u["browse_only"] and DEFINITIONS not in u["categories"]]
    urgent = [u for u in waiting if u["severity"] or {SECURITY, CRITICAL} & set(u["categories"])]
    return {
        "patches.pending": known(len(waiting), source, _articles(waiting)),
        "patches.pending_security": known(len(urgent), source, _articles(urgent)),
    }


def _articles(updates: Sequence[Update]) -> str:
    numbers = [f"KB{article}" for update in updates for article in update["articles"]]
    return ", ".join(numbers[:4]) + (f" and {len(numbers) - 4} more" if len(numbers) > 4 else "")


def _registered_patches(host: Host) -> dict[str, Fact]:
    return {
        "patches.last_success_age_days": told(lambda: last_success(host), SERVICING),
        "patches.paused": told(lambda: paused(host), "registry"),
        "patches.reboot_pending": told(lambda: reboot_pending(host), "registry"),
    }


def last_success(host: Host) -> Fact:
    """When the newest cumulative update was installed. Windows Update's own date moves with any definition file."""
    folder = rf"{SERVICING}\Packages"
    times = []
    for name in host.call(windows_native.registry_keys, folder, "Package_for_RollupFix") or []:
        held = values(host, rf"{folder}\{name}", "InstallTimeHigh", "InstallTimeLow", "CurrentState")
        if held.get("CurrentState") == INSTALLED and {"InstallTimeHigh", "InstallTimeLow"} <= held.keys():
            filetime = (held["InstallTimeHigh"] << 32) + held["InstallTimeLow"]
            times.append((filetime / 1e7 - FILETIME_EPOCH_S, name))
    if not times:
        return unknown("Windows keeps no record of a cumulative update", folder)
    moment, name = max(times)
    return age(host, moment, folder, name.rpartition("~")[2])


def paused(host: Host) -> Fact:
    """Paused until a day – a date as text, though some programs take it for a number –, or switched off."""
    starts = {name: values(host, rf"{SERVICES}\{name}", "Start").get("Start") for name in ("wuauserv", "UsoSvc")}
    for service, start in starts.items():
        if start == DISABLED:
            return known(True, SERVICES, f"the service {service} is disabled")
    if starts["wuauserv"] is None:
        return unknown("there is no service for Windows Update", SERVICES)
    if values(host, AUTOMATIC_POLICY, "NoAutoUpdate").get("NoAutoUpdate") == 1:
        return known(True, AUTOMATIC_POLICY, "a policy switches automatic updates off")
    if values(host, UPDATE_POLICY, "PausedQualityStatus").get("PausedQualityStatus") == 1:
        return known(True, UPDATE_POLICY, "a policy pauses updates")
    until = str(values(host, UX_SETTINGS, "PauseUpdatesExpiryTime").get("PauseUpdatesExpiryTime", ""))
    if not until:
        return known(False, "registry", "neither paused nor switched off")
    try:
        over = moment_s(until) <= float(host.call(calls.today_s))
    except Unavailable:
        return unknown("the date until which updates are paused is not as documented", UX_SETTINGS)
    return known(not over, UX_SETTINGS, f"paused until {until[:10]}")


def moment_s(text: str) -> float:
    """Seconds since 1970 of a date in ISO 8601; UTC where it names no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unavailable("the date is not as documented") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def reboot_pending(host: Host) -> Fact:
    """Windows' own two flags. PendingFileRenameOperations is left out: printers and browsers set it all the time."""
    flags = (rf"{SERVICING}\RebootPending", rf"{WINDOWS_UPDATE}\Auto Update\RebootRequired")
    found = [flag.rpartition("\\")[2] for flag in flags if exists(host, flag)]
    if not found and not exists(host, SERVICING):
        return unknown("this Windows keeps no record of its updates", SERVICING)
    return known(bool(found), "registry", ", ".join(found) or "no flag is set")


# --- antivirus ------------------------------------------------------------------------------------------------------

CENTRE, DEFENDER = r"root\SecurityCenter2", r"root\Microsoft\Windows\Defender"
DEFENDER_SAYS = ("AMRunningMode", "RealTimeProtectionEnabled", "AntivirusSignatureLastUpdated")
STATES = {0x0000: "off", 0x1000: "on", 0x2000: "snoozed", 0x3000: "expired"}
OUTDATED, BY_MICROSOFT = 0x10, 0x100
FIREWALL, ANTIVIRUS = 1, 4
"""WSC_SECURITY_PROVIDER: wscapi.h."""
GOOD, UNWATCHED, POOR, SNOOZING = range(4)


@collector(common.ANTIVIRUS)
def antivirus(host: Host) -> dict[str, Fact]:
    """The security centre's register. Windows Server has none: there only Microsoft Defender can be seen."""
    source = "SecurityCenter2"
    try:
        rows = host.call(windows_native_com.wmi, CENTRE, "AntiVirusProduct", "displayName", "productState")
    except Unavailable as error:
        return _defender_alone(host, f"no security centre ({error})")
    products = merged(rows)
    if not products:
        health = host.call(windows_native.provider_health, ANTIVIRUS)
        if health != POOR:
            return dict.fromkeys(common.ANTIVIRUS, unknown("the security centre names no antivirus yet", source))
        none = known(False, source, "no antivirus is registered")
        return {
            "antivirus.present": none,
            "antivirus.on": none,
            "antivirus.definitions_age_days": unknown("there is no antivirus", source),
        }
    return {"antivirus.present": known(True, source, ", ".join(products)), **_watching(host, products, source)}


def merged(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Products by name with their state; of a name that an update left there twice, the one that is on."""
    products: dict[str, int] = {}
    for row in rows:
        name, state = str(row["displayName"]), int(row["productState"])
        if name not in products or STATES.get(state & 0xF000) == "on":
            products[name] = state
    return products


def _watching(host: Host, products: Mapping[str, int], source: str) -> dict[str, Fact]:
    states = {name: STATES.get(state & 0xF000, "unknown") for name, state in products.items()}
    seen = ", ".join(f"{name}: {state}" for name, state in states.items())
    watching = [name for name, state in states.items() if state == "on"]
    if not watching:
        on = unknown("the state of an antivirus is not as known", source, seen)
        return {
            "antivirus.on": on if "unknown" in states.values() else known(False, source, seen),
            "antivirus.definitions_age_days": unknown(f"no antivirus is on ({seen})", source),
        }
    if any(products[name] & 0xF00 != BY_MICROSOFT for name in watching):
        other = next(name for name in watching if products[name] & 0xF00 != BY_MICROSOFT)
        stale = "out of date" if products[other] & OUTDATED else "up to date"
        reason = f"{other} keeps the age of its definitions to itself; the security centre calls them {stale}"
        return {"antivirus.on": known(True, source, seen), "antivirus.definitions_age_days": unknown(reason, source)}
    defender = _defender(host)
    if isinstance(defender, str):
        age_fact = unknown(defender, DEFENDER)
        return {"antivirus.on": known(True, source, seen), "antivirus.definitions_age_days": age_fact}
    return defender


def _defender_alone(host: Host, why: str) -> dict[str, Fact]:
    defender = _defender(host)
    if isinstance(defender, str):
        return dict.fromkeys(common.ANTIVIRUS, unknown(f"{why}, and Defender does not answer: {defender}"))
    if defender["antivirus.on"].value is False:  # another one may be on, and nobody lists it here
        defender["antivirus.on"] = unknown(f"Microsoft Defender is off; another antivirus cannot be seen: {why}")
    return defender


def _defender(host: Host) -> dict[str, Fact] | str:
    """What Microsoft Defender says of itself, or why it does not. In passive mode all its switches say on."""
    name, source = "Microsoft Defender", "MSFT_MpComputerStatus"
    try:
        rows = host.call(windows_native_com.wmi, DEFENDER, source, *DEFENDER_SAYS)
    except Unavailable as error:
        return str(error)
    if len(rows) != 1 or not isinstance(rows[0]["RealTimeProtectionEnabled"], bool):
        return "its answer is not as documented"
    says, mode = rows[0], str(rows[0]["AMRunningMode"] or "")
    on = says["RealTimeProtectionEnabled"] and mode == "Normal"
    seen = f"{name}, mode: {mode or 'not told'}"
    return {
        "antivirus.present": known(True, source, name),
        "antivirus.on": known(on, source, seen)
        if mode or not says["RealTimeProtectionEnabled"]
        else unknown("Microsoft Defender does not tell its mode", source, seen),
        "antivirus.definitions_age_days": told(
            lambda: age(host, cim_moment_s(says["AntivirusSignatureLastUpdated"]), source, name), source
        ),
    }


def cim_moment_s(text: object) -> float:
    """Seconds since 1970 of a CIM date: 20250311015218.000000+060, the zone in minutes."""
    try:
        zone = timezone(timedelta(minutes=int(str(text)[21:25])))
        return datetime.strptime(str(text)[:14], "%Y%m%d%H%M%S").replace(tzinfo=zone).timestamp()
    except (ValueError, OverflowError):
        raise Unavailable("Microsoft Defender does not tell when its definitions were updated") from None


# --- firewall -------------------------------------------------------------------------------------------------------

FIREWALL_POLICY = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
FIREWALL_GROUP_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall"
PROFILES = {1: "DomainProfile", 2: "StandardProfile", 4: "PublicProfile"}


@collector(common.FIREWALL)
def firewall(host: Host) -> dict[str, Fact]:
    """What the security centre says, which knows other makers' firewalls; else Windows' own, profile by profile."""
    source = "WscGetSecurityProviderHealth"
    try:
        health = host.call(windows_native.provider_health, FIREWALL)
    except Unavailable as error:
        why = str(error)
        return {"firewall.on": told(lambda: _windows_firewall(host, why), "registry")}
    if health in (GOOD, POOR, SNOOZING):
        return {"firewall.on": known(health == GOOD, source, ("good", "", "off", "snoozing")[health])}
    return {"firewall.on": told(lambda: _windows_firewall(host, "the security centre does not watch it"), "registry")}


def _windows_firewall(host: Host, why: str) -> Fact:
    """On for a yes; where it is off, another maker's may be on, and only the security centre would know."""
    source = "registry"
    if values(host, rf"{SERVICES}\MpsSvc", "Start").get("Start") == DISABLED:
        return unknown(f"the service of Windows' firewall is disabled; another one cannot be seen ({why})", source)
    state = {bit: _profile_on(host, name) for bit, name in PROFILES.items()}
    try:
        used = host.call(windows_native_com.firewall_profiles_in_use)
        judged = {bit: on for bit, on in state.items() if bit & used}
    except Unavailable:
        judged = state
    names = ", ".join(f"{PROFILES[bit]} {'on' if on else 'off'}" for bit, on in judged.items() if on is not None)
    if judged and all(judged.values()):
        return known(True, source, names)
    return unknown(f"Windows' firewall is not on everywhere; another one cannot be seen ({why})", source, names)


def _profile_on(host: Host, name: str) -> bool | None:
    for folder in (FIREWALL_GROUP_POLICY, FIREWALL_POLICY):  # a policy wins
        value = number(values(host, rf"{folder}\{name}", "EnableFirewall").get("EnableFirewall"))
        if value is not None:
            return value == 1
    return None


# --- encryption -----------------------------------------------------------------------------------------------------

ON, OFF, ENCRYPTING, DECRYPTING, SUSPENDED, LOCKED = range(1, 7)
NOT_PROTECTED = {
    OFF: "BitLocker is off",
    ENCRYPTING: "encryption is still under way",
    DECRYPTING: "the volume is being decrypted",
    SUSPENDED: "BitLocker is suspended: the key lies open on the disk",
}


@collector(common.ENCRYPTION)
def encryption(host: Host) -> dict[str, Fact]:
    """BitLocker as the shell knows it, the only way without administrator rights. VeraCrypt cannot be seen."""
    source = "System.Volume.BitLockerProtection"
    system = told(lambda: _bitlocker(host.call(windows_native_com.bitlocker_protection), source), source)
    return {"disk.encrypted": system, "disk.home_encrypted": told(lambda: _home(host, system, source), source)}


def _home(host: Host, system: Fact, source: str) -> Fact:
    drives = host.call(windows_native.drives)
    if drives["home"] == drives["system"]:
        return system
    if not re.fullmatch("[A-Za-z]:", drives["home"]):
        return unknown("the home folder is on another computer", source)
    return _bitlocker(host.call(windows_native_com.bitlocker_protection, drives["home"]), source)


def _bitlocker(value: int | None, source: str) -> Fact:
    if value in (ON, LOCKED):
        return known(True, source, "BitLocker is on")
    if value in NOT_PROTECTED:
        return known(False, source, NOT_PROTECTED[value])
    reason = "Windows does not say whether BitLocker is on" + (f" (state {value})" if value is not None else "")
    return unknown(reason, source)
