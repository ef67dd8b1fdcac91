"""Linux: when the screen locks, who else is logged in, who is logged in without a password, and administrators."""

import re
from collections.abc import Callable

from remoteready.check.collect import calls, common
from remoteready.check.collect.linux import dbus as linux_dbus
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable

# --- screen lock ----------------------------------------------------------------------------------------------------

KDE_FILE = "kscreenlockerrc"
KDE_DEFAULTS = {"autolock": "true", "timeout": "5", "lockgrace": "5", "requirepassword": "true"}
"""kscreenlocker's own settings: Timeout in minutes, LockGrace in seconds."""
TRUE = {"true", "1", "yes", "on"}


def screen(host: Host) -> dict[str, Fact]:
    """The settings of the desktop that runs this: GNOME, Cinnamon or KDE Plasma. Without a desktop there are none."""
    source = "XDG_CURRENT_DESKTOP"
    desktop = host.call(calls.environment, source)
    if not desktop:
        return dict.fromkeys(common.SCREEN, unknown("no desktop session: run the check on the desktop itself", source))
    if host.call(calls.environment, "SUDO_UID"):
        return dict.fromkeys(common.SCREEN, unknown("run by sudo, it is not the user's settings that are read", source))
    parts = desktop.split(":")
    if "X-Cinnamon" in parts:
        return _by_gsettings(host, "org.cinnamon.desktop")
    if "GNOME" in parts and not {"Budgie", "Pantheon"} & set(parts):
        return _by_gsettings(host, "org.gnome.desktop")
    if "KDE" in parts:
        return _by_kde(host)
    return dict.fromkeys(common.SCREEN, unknown(f"the screen lock of this desktop ({desktop}) is not read", source))


def _by_gsettings(host: Host, schema: str) -> dict[str, Fact]:
    """Locked when the session is idle, the screen saver may lock, and nobody forbids it. Cinnamon is unconfirmed."""
    source = f"gsettings get {schema}.screensaver"
    idle_s = _number(host, f"{schema}.session", "idle-delay")
    delay_s = _number(host, f"{schema}.screensaver", "lock-delay")
    enabled = setting(host, f"{schema}.screensaver", "lock-enabled")
    forbidden = setting(host, f"{schema}.lockdown", "disable-lock-screen")
    if {enabled, forbidden} - {"true", "false"}:
        raise Unavailable("gsettings gives an answer that is not as documented")
    if forbidden == "true":
        return _never("locking is forbidden (disable-lock-screen)", source)
    if enabled == "false":
        return _never("lock-enabled is false", source)
    if idle_s == 0:
        return _never("idle-delay is 0: never", source)
    return _after(idle_s + delay_s, source, f"idle {idle_s:g} s, then {delay_s:g} s")


def setting(host: Host, schema: str, key: str) -> str:
    """One setting of the user, by the system's own gsettings: one from elsewhere (conda) knows only the defaults.

    Without dconf, GLib answers with defaults too, and at best warns on stderr.
    """
    output = host.run("/usr/bin/gsettings", "get", schema, key)
    if output.exit_code:
        raise Unavailable(output.stderr.strip() or f"gsettings has no {schema} {key}")
    if "'memory' GSettings backend" in output.stderr:
        raise Unavailable("gsettings cannot reach the settings of this user (dconf is missing)")
    return output.stdout.strip()


def _number(host: Host, schema: str, key: str) -> float:
    match = re.fullmatch(r"(?:u?int32 )?(\d+)", setting(host, schema, key))
    if match is None:
        raise Unavailable(f"{schema} {key} is no number")
    return float(match[1])


def _by_kde(host: Host) -> dict[str, Fact]:
    """KDE Plasma's defaults, overridden by the system's file, then by the user's. Never run on a real Plasma."""
    source = f"~/.config/{KDE_FILE}"
    settings = dict(KDE_DEFAULTS)
    try:
        settings |= _daemon(host.read(f"/etc/xdg/{KDE_FILE}"))
    except Unavailable as error:
        if "does not exist" not in str(error):
            raise
    settings |= _daemon(host.call(calls.user_setting, KDE_FILE))
    if settings["autolock"].lower() not in TRUE:
        return _never("Autolock is off", source)
    if settings["requirepassword"].lower() not in TRUE:
        return _never("RequirePassword is off", source)
    try:
        minutes, grace_s = float(settings["timeout"]), float(settings["lockgrace"])
    except ValueError:
        return dict.fromkeys(common.SCREEN, unknown("its numbers are not as documented", source))
    if minutes <= 0:
        return _never("Timeout is 0: never", source)
    return _after(minutes * 60 + max(0.0, grace_s), source, f"idle {minutes:g} min, then {max(0.0, grace_s):g} s")


def _daemon(text: str) -> dict[str, str]:
    """The group [Daemon] of kscreenlockerrc, keys in lower case; a key may end in a mark such as [$i] (immutable)."""
    group, found = "", {}
    for line in text.splitlines():
        if line.strip().startswith("["):
            group = line.strip().split("]")[0].strip("[").lower()
        elif "=" in line and group == "daemon":
            key, _, value = line.partition("=")
            found[key.split("[")[0].strip().lower()] = value.strip()
    return found


def _never(why: str, source: str) -> dict[str, Fact]:
    return {
        "screen.locks": known(False, source, why),
        "screen.lock_after_s": unknown("the screen never locks by itself", source, why),
    }


def _after(seconds: float, source: str, detail: str) -> dict[str, Fact]:
    return {"screen.locks": known(True, source, detail), "screen.lock_after_s": known(seconds, source, detail)}


# --- users ----------------------------------------------------------------------------------------------------------

ADMINISTRATORS = {"sudo", "wheel", "admin"}
DISPLAY_MANAGER = "/etc/systemd/system/display-manager.service"


def users(host: Host) -> dict[str, Fact]:
    """Other people, automatic login, administrator rights. No name leaves this function."""
    return {
        "users.others_logged_in": _guarded(_others, host),
        "users.automatic_login": _guarded(_automatic_login, host),
        "users.administrator": _guarded(_administrator, host),
    }


def _guarded(ask: Callable[[Host], Fact], host: Host) -> Fact:
    try:
        return ask(host)
    except Unavailable as error:
        return unknown(str(error))


def _others(host: Host) -> Fact:
    """People with a session of their own. Services, greeters and lingering managers have one, too, of another class."""
    source = "logind"
    mine = set(host.call(calls.user_ids))
    people = set()
    for number, path in linux_dbus.sessions(host):
        about = (linux_dbus.LOGIND, path, f"{linux_dbus.LOGIND}.Session")
        if linux_dbus.properties(host, *about, "Class") != "user":
            continue
        if linux_dbus.properties(host, *about, "State") != "closing":
            people.add(number)
    if mine == {0} and 0 not in people:
        return unknown("run by the system itself, who is logged in and who is another cannot be told apart", source)
    return known(len(people - mine), source, f"people with a session: {len(people)}")


def _automatic_login(host: Host) -> Fact:
    """What the display manager in use is told to do at the start."""
    try:
        manager = host.link(DISPLAY_MANAGER).rsplit("/", 1)[-1].removesuffix(".service")
    except Unavailable as error:
        return unknown(f"no display manager that is known: {error}", DISPLAY_MANAGER)
    readers = {"gdm": _gdm, "gdm3": _gdm, "lightdm": _lightdm, "sddm": _sddm}
    if manager not in readers:
        return unknown(f"the settings of the display manager {manager} are not read", DISPLAY_MANAGER)
    return readers[manager](host)


def _gdm(host: Host) -> Fact:
    """Debian keeps the file as daemon.conf, Ubuntu as custom.conf, both in gdm3; others as custom.conf in gdm."""
    paths = [
        f"/etc/{folder}/{name}"
        for folder in ("gdm3", "gdm")
        for name in _listed(host, f"/etc/{folder}")
        if name in ("custom.conf", "daemon.conf")
    ]
    if not paths:
        return unknown("the settings of gdm are not where they are expected", "/etc/gdm3, /etc/gdm")
    for path in paths:
        daemon = {key: value for (group, key), value in ini(host.read(path)).items() if group == "daemon"}
        for kind in ("automaticlogin", "timedlogin"):
            if daemon.get(f"{kind}enable", "").lower() in TRUE and daemon.get(kind):
                return known(True, path, kind)
    return known(False, ", ".join(paths), "neither automatic nor timed login")


def _lightdm(host: Host) -> Fact:
    """Later files override earlier ones, key by key. Guests may come in where the program for them is installed."""
    folders = tuple(f"{place}/lightdm/lightdm.conf.d" for place in ("/usr/share", "/etc/xdg", "/etc"))
    settings = _merged(host, folders, "/etc/lightdm", "lightdm.conf")
    seats = [(key, value) for (group, key), value in settings.items() if group.startswith("seat")]
    for key, value in seats:
        if (key == "autologin-user" and value) or (key == "autologin-guest" and value.lower() in TRUE):
            return known(True, "lightdm.conf", key)
    forbidden = any(key == "allow-guest" and value.lower() not in TRUE for key, value in seats)
    if not forbidden and "guest-account" in common.names(host, "/usr/sbin"):
        return known(True, "lightdm.conf, /usr/sbin/guest-account", "guests may log in")
    return known(False, "lightdm.conf", "no automatic login, of no guest either")


def _sddm(host: Host) -> Fact:
    settings = _merged(host, ("/usr/lib/sddm/sddm.conf.d", "/etc/sddm.conf.d"), "/etc", "sddm.conf")
    named = bool(settings.get(("autologin", "user")))
    return known(named, "sddm.conf", "Autologin names a user" if named else "Autologin names no user")


def _merged(host: Host, folders: tuple[str, ...], last_folder: str, last: str) -> dict[tuple[str, str], str]:
    """The settings of every file in some folders, in their order, then of one more; later ones win."""
    paths = [f"{folder}/{name}" for folder in folders for name in _listed(host, folder) if name.endswith(".conf")]
    if last in host.list(last_folder):
        paths.append(f"{last_folder}/{last}")
    settings: dict[tuple[str, str], str] = {}
    for path in paths:
        settings |= ini(host.read(path))
    return settings


def _listed(host: Host, folder: str) -> list[str]:
    """The names in a folder, none when it does not exist. One that may not be read raises: it may hold anything."""
    try:
        return host.list(folder)
    except Unavailable as error:
        if "does not exist" in str(error):
            return []
        raise


def ini(text: str) -> dict[tuple[str, str], str]:
    """Group and key in lower case, and the value."""
    group, found = "", {}
    for line in text.splitlines():
        row = line.strip()
        if row.startswith("[") and "]" in row:
            group = row[1 : row.index("]")].strip().lower()
        elif "=" in row and not row.startswith(("#", ";")):
            key, _, value = row.partition("=")
            found[group, key.strip().lower()] = value.strip()
    return found


def _administrator(host: Host) -> Fact:
    """User 0, or a group that may become it. A line of sudoers that names the user alone cannot be read."""
    if 0 in host.call(calls.user_ids):
        return known(True, "user id", "user 0")
    held = sorted(ADMINISTRATORS & set(host.call(calls.group_names)))
    if held:
        return known(True, "groups", f"member of {', '.join(held)}")
    return known(False, "groups", f"member of none of {', '.join(sorted(ADMINISTRATORS))}")
