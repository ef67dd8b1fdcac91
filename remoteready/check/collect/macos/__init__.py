"""macOS: the same collectors as on every system. Some have modules of their own beside this one.

Nothing was run on a Mac: everything follows formats of public captures, listed in each module. Unconfirmed here:
`socketfilterfw` for a user without rights on macOS 15, `sysadminctl -guestAccount status`, the screen saver's default
of 20 minutes on current versions, settings that device management gives to one user only, and whether fast user
switching leaves one console session for each person in utmpx, where psutil looks.
Not read: anything that asks the person (location, Automation, camera, microphone) or needs administrator rights.
"""

import re

from remoteready.check.collect import calls, common
from remoteready.check.collect.macos.hardware import computer, monitors, power_settings
from remoteready.check.collect.macos.internet import access, added_authorities, interfaces, resolvers
from remoteready.check.collect.macos.network import link
from remoteready.check.collect.macos.protection import antivirus
from remoteready.check.collect.macos.sound import audio, camera
from remoteready.check.collect.macos.sources import managed, report, section, settings, switch, whole, words
from remoteready.check.collect.macos.updates import operating_system, patches
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

# --- firewall and encryption ----------------------------------------------------------------------------------------

FIREWALL_STATES = {
    "spfirewall_globalstate_limit_connections": True,
    "spfirewall_globalstate_block_all": True,
    "spfirewall_globalstate_allow_all": False,
}
OTHER_FIREWALLS = re.compile(r"little ?snitch|\blulu\b|radio ?silence|murus|vallum", re.IGNORECASE)


def firewall(host: Host) -> dict[str, Fact]:
    """The firewall of macOS by its state's number: 1 on, 2 on and blocking all, 0 off. The old plist is gone in 15."""
    tool = "socketfilterfw --getglobalstate"
    try:
        answer = host.run("/usr/libexec/ApplicationFirewall/socketfilterfw", "--getglobalstate", timeout_s=1.5).stdout
    except Unavailable:
        answer = ""
    state = re.search(r"State = ([012])\b", answer)
    if state:
        return {"firewall.on": _firewall(host, state[1] != "0", tool)}
    source = "system_profiler SPFirewallDataType"
    try:
        entries = section(report(host, "SPFirewallDataType", timeout_s=2), "SPFirewallDataType")
        on = {FIREWALL_STATES.get(words(entry, "spfirewall_globalstate")) for entry in entries}
    except Unavailable as error:
        return {"firewall.on": unknown(f"the firewall's state is not told: {error}", source)}
    if len(on) != 1 or None in on:
        return {"firewall.on": unknown("the firewall's state is not told", source)}
    return {"firewall.on": _firewall(host, True in on, source)}


def _firewall(host: Host, on: bool, source: str) -> Fact:
    """Where Apple's is off another one may be on: then it is not known to be off."""
    if on:
        return known(True, source, "the firewall of macOS")
    try:
        running = host.call(calls.process_names)
    except Unavailable as error:
        return unknown(f"the firewall of macOS is off; whether another one runs is not told: {error}", source)
    other = next((name for name in running if OTHER_FIREWALLS.search(name)), None)
    if other:
        return unknown(f"the firewall of macOS is off, but {other} runs: what it lets in cannot be seen", source)
    return known(False, source, "the firewall of macOS is off")


def encryption(host: Host) -> dict[str, Fact]:
    """FileVault, which encrypts the startup volume, and with it the home folders below /Users."""
    system = _filevault(host)
    try:
        below = re.match(r"/Users/|/(private/)?var/", host.call(calls.home_folder))
    except Unavailable as error:
        return {"disk.encrypted": system, "disk.home_encrypted": unknown(str(error))}
    elsewhere = unknown("the home folder is not on the startup volume; another volume is not looked at", "home folder")
    return {"disk.encrypted": system, "disk.home_encrypted": system if below else elsewhere}


def _filevault(host: Host) -> Fact:
    """Off is off: on Apple silicon the disk is encrypted all the same, but opens without a password.

    The answer may go on with the name of a user: nothing of it is passed on.
    """
    source = "fdesetup status"
    try:
        output = host.run("fdesetup", "status", timeout_s=3)
    except Unavailable as error:
        return unknown(str(error), source)
    text = output.stdout
    moving = re.search(r"\b(Encryption|Decryption) in progress", text)
    percent = re.search(r"Percent completed?\s*=\s*(\d{1,3})", text, re.IGNORECASE | re.ASCII)
    if moving:
        done = f", {percent[1]} % done" if percent else ""
        return known(False, source, f"FileVault: {moving[1].lower()} in progress{done}")
    stated = re.findall(r"\bFileVault is (On|Off)\b", text)
    if len(set(stated)) != 1:
        return unknown(f"fdesetup does not tell (exit code {output.exit_code})", source)
    return known(stated[0] == "On", source, f"FileVault is {stated[0].lower()}")


# --- screen lock ----------------------------------------------------------------------------------------------------

NEVER_S = 2**31 - 1
DEFAULT_IDLE_S = 1200
"""When the screen saver starts where nobody ever set it: 20 minutes (CIS benchmark of macOS; unconfirmed on 26)."""


def screen(host: Host) -> dict[str, Fact]:
    """The screen saver or the dark display, whichever comes first, and the time until the password is asked then."""
    source = "sysadminctl, defaults, pmset"
    prescribed = managed(host, "com.apple.screensaver")
    try:
        if host.run("id", "-u", timeout_s=1).stdout.strip() == "0":
            raise Unavailable("run as root: these would be root's settings, not the person's")
        delay_s = _password_delay_s(host, whole(prescribed.get("askForPasswordDelay")))
    except Unavailable as error:
        return dict.fromkeys(common.SCREEN, unknown(str(error), source))
    if delay_s is None or switch(prescribed.get("askForPassword")) is False:
        return {
            "screen.locks": known(False, source, "no password is asked after the screen saver"),
            "screen.lock_after_s": unknown("the screen never locks: no password is asked", source),
        }
    display_s = _display_s(host)
    try:
        saver_s = _saver_s(host, whole(prescribed.get("idleTime")))
    except Unavailable as error:
        return _locking(None, display_s, delay_s, str(error), source)
    if saver_s is None and display_s and display_s <= DEFAULT_IDLE_S:
        seen = f"display off after {display_s} s, password {delay_s} s later; the screen saver was never set"
        known_time = known(float(display_s + delay_s), source, seen)
        return {"screen.locks": known(True, source, seen), "screen.lock_after_s": known_time}
    return _locking(saver_s, display_s, delay_s, "the screen saver's time was never set", source)


def _locking(saver_s: int | None, display_s: int | None, delay_s: int, why: str, source: str) -> dict[str, Fact]:
    """Both facts from the two times: 0 is never, None is not told. Only what follows from what is told is known."""
    seen = f"screen saver after {_time(saver_s)}, display off after {_time(display_s)}, password {delay_s} s later"
    starts = [time_s for time_s in (saver_s, display_s) if time_s]
    missing = why if saver_s is None else "when the display goes dark is not told" if display_s is None else ""
    if missing and not starts:
        return dict.fromkeys(common.SCREEN, unknown(missing, source, seen))
    locks = known(bool(starts), source, seen)
    if not starts:
        return {"screen.locks": locks, "screen.lock_after_s": unknown("the screen never locks by itself", source, seen)}
    after_s = min(starts) + delay_s
    time = unknown(f"{after_s} s at most: {missing}", source, seen) if missing else known(float(after_s), source, seen)
    return {"screen.locks": locks, "screen.lock_after_s": time}


def _time(seconds: int | None) -> str:
    return "an unknown time" if seconds is None else f"{seconds} s" if seconds else "no time"


def _password_delay_s(host: Host, prescribed: int | None) -> int | None:
    """Seconds until the password is asked; None when it never is. sysadminctl answers on stderr."""
    output = host.run("sysadminctl", "-screenLock", "status", timeout_s=1.5)
    text = f"{output.stderr}\n{output.stdout}"
    match = re.search(r"screenLock delay is (immediate|-?\d{1,10})", text, re.ASCII)
    if prescribed is not None:
        return prescribed
    if re.search(r"screenLock is off", text):
        return None
    if not match:
        raise Unavailable("sysadminctl does not tell when the password is asked")
    seconds = 0 if match[1] == "immediate" else int(match[1])
    return seconds if 0 <= seconds < NEVER_S else None


def _saver_s(host: Host, prescribed: int | None) -> int | None:
    """Idle seconds until the screen saver starts; 0 never, None when it was never set."""
    if prescribed is not None:
        return prescribed
    output = host.run("defaults", "-currentHost", "read", "com.apple.screensaver", "idleTime", timeout_s=1.5)
    if re.fullmatch(r"\d{1,9}", output.stdout.strip(), re.ASCII) and not output.exit_code:
        return int(output.stdout)
    if "does not exist" in output.stderr:
        return None
    raise Unavailable("the screen saver's time cannot be read")


def _display_s(host: Host) -> int | None:
    """Idle seconds until the display goes dark on the present power; 0 never, None when it is not told."""
    try:
        minutes = power_settings(host).get("displaysleep")
    except Unavailable:
        return None
    return None if minutes is None else minutes * 60


# --- users ----------------------------------------------------------------------------------------------------------

LOGIN_WINDOW = "/Library/Preferences/com.apple.loginwindow.plist"
ADMIN_GROUP = "80"


def users(host: Host) -> dict[str, Fact]:
    """Other people, automatic login, administrator rights."""
    return {
        "users.others_logged_in": _others(host),
        "users.automatic_login": _automatic_login(host),
        "users.administrator": _administrator(host),
    }


def _others(host: Host) -> Fact:
    source = "psutil.users"
    try:
        people = host.call(sessions)
    except Unavailable as error:
        return unknown(str(error), source)
    if 0 not in people:
        return unknown("the person who runs this is not among those who are logged in", source)
    return known(len(set(people) - {0}), source)


def _automatic_login(host: Host) -> Fact:
    """The login window's settings. Without the key autoLoginUser nobody is logged in by itself.

    With FileVault the disk asks for a password first, whatever that key says.
    """
    try:
        held = settings(host, LOGIN_WINDOW)
    except Unavailable as error:
        return unknown(f"the settings of the login window cannot be read: {error}", LOGIN_WINDOW)
    guest = switch(held.get("GuestEnabled"))
    if guest is None:
        guest = _guest(host)
    if guest:
        return known(True, LOGIN_WINDOW, "guests may log in")
    if "autoLoginUser" in held:
        vault = _filevault(host)
        if vault.value is None:
            return unknown(f"automatic login is set; {vault.unknown}", LOGIN_WINDOW)
        if not vault.value:
            return known(True, LOGIN_WINDOW, "automatic login is set")
    if guest is None:
        return unknown("whether guests may log in is not told", LOGIN_WINDOW)
    return known(False, LOGIN_WINDOW, "automatic login and the guest account are off")


def _guest(host: Host) -> bool | None:
    try:
        output = host.run("sysadminctl", "-guestAccount", "status", timeout_s=1.5)
    except Unavailable:
        return None
    match = re.search(r"Guest account (enabled|disabled)", f"{output.stderr}\n{output.stdout}", re.IGNORECASE)
    return match[1].lower() == "enabled" if match else None


def _administrator(host: Host) -> Fact:
    """By the number of the group "admin", which is 80 on every Mac."""
    source = "id -G"
    try:
        groups = host.run("id", "-G", timeout_s=1).stdout.split()
    except Unavailable as error:
        return unknown(str(error), source)
    if not groups or not all(re.fullmatch(r"\d{1,10}", group, re.ASCII) for group in groups):
        return unknown("id does not tell the groups of the user", source)
    is_admin = ADMIN_GROUP in groups
    return known(is_admin, source, f"{'a' if is_admin else 'not a'} member of the group admin")


# Native calls: plain data in, plain data out, so that a snapshot can hold them.


def sessions() -> list[int]:
    """One number for each person at each login, 0 for the one who runs this: names do not leave this function."""
    import psutil

    me = psutil.Process().username()
    people = [me]
    numbers = []
    for session in psutil.users():
        if session.name.startswith("_"):  # _mbsetupuser while macOS is set up, and other services
            continue
        if session.name not in people:
            people.append(session.name)
        numbers.append(people.index(session.name))
    return numbers
