"""Linux: antivirus and firewall, as far as a user without administrator rights can see them."""

import json
import re
from typing import Any

from remoteready.check.collect import calls, common
from remoteready.check.collect.linux import dbus as linux_dbus
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, NotInstalled, Unavailable

CLAMAV = "/var/lib/clamav"


def antivirus(host: Host) -> dict[str, Fact]:
    """Microsoft Defender or ClamAV. Linux keeps no register of antivirus: when neither is found, it is unknown."""
    for product in (_defender, _clamav):
        found = product(host)
        if found:
            return found
    reason = "neither ClamAV nor Microsoft Defender is installed; another antivirus cannot be seen on Linux"
    return dict.fromkeys(common.ANTIVIRUS, unknown(reason))


def _defender(host: Host) -> dict[str, Fact] | None:
    source = "mdatp health"
    try:
        output = host.run("mdatp", "health", "--output", "json")
        health = json.loads(output.stdout)
    except NotInstalled:
        return None
    except Unavailable as error:
        return dict.fromkeys(common.ANTIVIRUS, unknown(str(error), source))
    except ValueError:
        health = None
    if not isinstance(health, dict):
        return dict.fromkeys(common.ANTIVIRUS, unknown("mdatp does not answer in JSON", source))
    minutes = _plain(health.get("definitionsUpdatedMinutesAgo"))
    name = "Microsoft Defender"
    return {
        "antivirus.present": known(True, source, name),
        "antivirus.on": _defender_on(health, source),
        "antivirus.definitions_age_days": common.age(minutes / 1440, source, name)
        if isinstance(minutes, int | float) and not isinstance(minutes, bool)
        else unknown("mdatp does not say when its definitions were updated", source),
    }


def _defender_on(health: dict[str, Any], source: str) -> Fact:
    """On means: switched on, not passive, working, and healthy by its own word."""
    name = "Microsoft Defender"
    on = _plain(health.get("realTimeProtectionEnabled"))
    if not isinstance(on, bool):
        return unknown("mdatp does not say whether real-time protection is on", source)
    if not on:
        return known(False, source, name)
    if _plain(health.get("passiveModeEnabled")):
        return known(False, source, f"{name}, passive mode")
    if _plain(health.get("realTimeProtectionSubsystem")) == "unavailable":  # switched on, yet it does not work
        return known(False, source, f"{name}, real-time protection does not work")
    if _plain(health.get("healthy")) is False:
        return unknown(f"{name} says that it is not healthy: {_plain(health.get('healthIssues'))}", source)
    return known(True, source, name)


def _plain(value: Any) -> Any:
    """mdatp wraps some values, depending on its version: {"value": true, "isManaged": …}."""
    return value.get("value") if isinstance(value, dict) else value


def _clamav(host: Host) -> dict[str, Fact] | None:
    databases = [name for name in common.names(host, CLAMAV) if re.fullmatch(r"daily\.c[lv]d", name)]
    processes = host.call(calls.process_names)
    if not databases and not {"clamd", "clamonacc"} & set(processes):
        return None
    return {
        "antivirus.present": known(True, "process list", "ClamAV"),
        "antivirus.on": _clamav_on(set(processes)),
        "antivirus.definitions_age_days": _clamav_age(host, databases)
        if databases
        else unknown("ClamAV has no daily definitions", CLAMAV),
    }


def _clamav_on(processes: set[str]) -> Fact:
    """Only clamonacc, which asks clamd, watches files as they are used."""
    source = "process list"
    if "clamonacc" in processes:
        if "clamd" in processes:
            return known(True, source, "ClamAV: clamonacc runs")
        return unknown("clamonacc runs, but not the clamd that it asks; it may be on another computer", source)
    return unknown("ClamAV scans only when asked (no clamonacc); another antivirus cannot be seen on Linux", source)


def _clamav_age(host: Host, databases: list[str]) -> Fact:
    """The header of a ClamAV database holds when it was built, in seconds since 1970, as its ninth field."""
    path = f"{CLAMAV}/{databases[0]}"
    fields = host.read(path)[:512].split(":")
    if fields[0] != "ClamAV-VDB" or len(fields) < 9 or not fields[8].strip().isdigit():
        return unknown("the header of the definitions is not as documented", path)
    age_s = host.call(calls.today_s) - int(fields[8])
    return common.age(age_s / calls.DAY_S, path, f"ClamAV, version {fields[2]}")


# --- firewall -------------------------------------------------------------------------------------------------------

UFW = "/etc/ufw/ufw.conf"


def firewall(host: Host) -> dict[str, Fact]:
    """firewalld or ufw, when they are on. Never off: the rules of the kernel are shown to administrators only."""
    reasons = []
    for ask in (_firewalld, _ufw):
        try:
            return {"firewall.on": ask(host)}
        except Unavailable as error:
            reasons.append(str(error))
    rest = "; other rules are shown to administrators only"
    return {"firewall.on": unknown(" and ".join(reasons) + rest, f"firewalld, {UFW}")}


def _firewalld(host: Host) -> Fact:
    service = "org.fedoraproject.FirewallD1"
    try:
        state = linux_dbus.properties(host, service, "/org/fedoraproject/FirewallD1", service, "state")
    except Unavailable:
        raise Unavailable("firewalld does not answer") from None
    if state != "RUNNING":
        raise Unavailable("firewalld is not running")
    return known(True, f"{service}.state", "firewalld runs")


def _ufw(host: Host) -> Fact:
    """Its unit says "active" also when the firewall is switched off, so both have to say yes."""
    try:
        text = host.read(UFW)
    except Unavailable as error:
        raise Unavailable("ufw is not installed" if "does not exist" in str(error) else str(error)) from None
    if not re.search(r"""^[ \t]*ENABLED=["']?yes["']?[ \t]*$""", text, re.MULTILINE | re.IGNORECASE):
        raise Unavailable("ufw is switched off")
    try:
        active = host.run("systemctl", "is-active", "ufw.service").stdout.strip()
    except Unavailable as error:
        raise Unavailable(f"ufw is switched on, but whether it runs cannot be told ({error})") from None
    if active != "active":
        raise Unavailable(f"ufw is switched on, but its service is {active or 'unknown'}")
    return known(True, f"{UFW}, systemctl is-active ufw.service", "ufw is on")
