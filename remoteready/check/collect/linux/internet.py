"""Linux: what stands before the internet – a proxy, a sign-in page –, who answers for names, and added authorities."""

import re
from collections.abc import Mapping

from remoteready.check.collect import calls, certificates, common
from remoteready.check.collect.linux import dbus as linux_dbus
from remoteready.check.collect.linux import network, session
from remoteready.check.collect.tunnels import Interfaces, Resolvers, not_in_hosts_file
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable

# --- proxy ----------------------------------------------------------------------------------------------------------

GSETTINGS_DESKTOPS = {"GNOME", "X-Cinnamon", "Unity", "Budgie", "Pantheon", "MATE", "Deepin", "UKUI"}
SCHEMA = "org.gnome.system.proxy"
KDE_FILE = "kioslaverc"
LOOKS_FOR_ONE = "the desktop looks for a proxy by itself (WPAD); what it finds is not asked"


def access(host: Host) -> dict[str, Fact]:
    """A proxy by the settings of the desktop or the environment, and a sign-in page as NetworkManager has seen it."""
    answers = {}
    for name, ask in zip(common.ACCESS, (_proxy, _captive_portal), strict=True):
        try:
            answers[name] = ask(host)
        except Unavailable as error:
            answers[name] = unknown(str(error))
    return answers


def _proxy(host: Host) -> Fact:
    """Browsers read the settings of GNOME, its relatives and KDE, elsewhere only the environment (Chromium's rule).

    Settings of single programs are not read. KDE's file is unconfirmed.
    """
    desktop = set(host.call(calls.environment, "XDG_CURRENT_DESKTOP").split(":"))
    if host.call(calls.environment, "SUDO_UID"):
        return common.proxy(host, [], "run by sudo, it is not the user's settings that are read", "environment")
    try:
        if desktop & GSETTINGS_DESKTOPS:
            return _by_gsettings(host)
        if "KDE" in desktop:
            return _by_kde(host)
    except Unavailable as error:
        return common.proxy(host, [], str(error), "environment")
    doubt = "" if desktop - {""} else "no desktop session: run the check on the desktop itself"
    return common.proxy(host, [], doubt, "environment")


def _by_gsettings(host: Host) -> Fact:
    source, mode = f"gsettings get {SCHEMA}", session.setting(host, SCHEMA, "mode").strip("'")
    kinds, doubt = [], ""
    if mode == "manual":
        hosts = [session.setting(host, f"{SCHEMA}.{kind}", "host").strip("'") for kind in ("https", "http", "socks")]
        kinds = ["system setting"] if any(hosts) else []
    elif mode == "auto":
        address = session.setting(host, SCHEMA, "autoconfig-url").strip("'")
        kinds, doubt = (["PAC file"], "") if address else ([], LOOKS_FOR_ONE)
    elif mode != "none":
        raise Unavailable(f"{SCHEMA} has a mode that is not documented")
    return common.proxy(host, kinds, doubt, source)


def _by_kde(host: Host) -> Fact:
    """ProxyType: 0 none, 1 manual, 2 PAC file, 3 look for one, 4 the environment."""
    kind = session.ini(host.call(calls.user_setting, KDE_FILE)).get(("proxy settings", "proxytype"), "0")
    named = {"0": [], "1": ["system setting"], "2": ["PAC file"], "3": [], "4": []}
    if kind not in named:
        raise Unavailable(f"{KDE_FILE} has a ProxyType that is not documented")
    return common.proxy(host, named[kind], LOOKS_FOR_ONE if kind == "3" else "", f"~/.config/{KDE_FILE}")


# --- sign-in page ---------------------------------------------------------------------------------------------------

MANAGER = ("org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager")
PORTAL, FULL = 2, 4
"""NMConnectivityState: 0 unknown, 1 none, 2 portal, 3 limited, 4 full."""


def _captive_portal(host: Host) -> Fact:
    """What NetworkManager found when it last looked. Where it may not look, it takes every network for a full one."""
    source = "NetworkManager Connectivity"
    state = linux_dbus.properties(host, *MANAGER, "Connectivity")
    if state == PORTAL:
        return known(True, source, "NetworkManager was led to a sign-in page")
    if state != FULL:
        return unknown("NetworkManager does not see the whole internet, but no sign-in page either", source)
    if linux_dbus.properties(host, *MANAGER, "ConnectivityCheckEnabled") is not True:
        return unknown("NetworkManager is not set to look for a sign-in page", source)
    return known(False, source, "NetworkManager reaches the internet without a sign-in page")


# --- interfaces and names -------------------------------------------------------------------------------------------

RESOLV_CONF, HOSTS = "/etc/resolv.conf", "/etc/hosts"
STUBS = {"127.0.0.53", "127.0.0.54"}
"""Where systemd-resolved answers programs; it knows which interface it asked by."""


def interfaces(host: Host) -> Interfaces:
    """The interfaces that have addresses; one that the kernel says nothing of is in doubt, one that is down is none."""

    def is_tunnel(name: str) -> bool | None:
        try:
            return network.is_tunnel(host, name) and not _is_down(host, name)
        except Unavailable:
            return None

    held: Mapping[str, list[str]] = host.call(calls.interface_addresses)
    return Interfaces({name: list(addresses) for name, addresses in held.items()}, is_tunnel)


def _is_down(host: Host, name: str) -> bool:
    """Tunnels that are up say "unknown" here, as they cannot tell."""
    try:
        return host.read(f"{network.NET}/{name}/operstate").strip() == "down"
    except Unavailable:
        return False


def resolvers(host: Host, name: str) -> Resolvers:
    """The DNS servers of resolv.conf, or the interface by which systemd-resolved asked for this name."""
    not_in_hosts_file(host, HOSTS, name)
    rows = [line.split() for line in host.read(RESOLV_CONF).splitlines()]
    servers = [row[1].split("%")[0] for row in rows if row[:1] == ["nameserver"] and len(row) > 1]
    if not servers:
        raise Unavailable(f"{RESOLV_CONF} names no DNS server")
    if not set(servers) <= STUBS:
        return Resolvers(RESOLV_CONF, servers)
    asked = host.run(
        "busctl",
        "--json=short",
        "--auto-start=no",
        "call",
        "org.freedesktop.resolve1",
        "/org/freedesktop/resolve1",
        "org.freedesktop.resolve1.Manager",
        "ResolveHostname",
        "isit",
        "0",
        name,
        "0",
        "0",
        timeout_s=4,
    )
    answer = linux_dbus.answer(asked, "systemd-resolved")
    try:
        numbers = {int(row[0]) for row in answer[0]}
    except (TypeError, ValueError, LookupError) as error:
        raise Unavailable("systemd-resolved's answer is not as documented") from error
    found = [one for one in common.names(host, network.NET) if _number(host, one) in numbers]
    if len(found) != len(numbers):
        raise Unavailable("systemd-resolved does not tell by which interface it asked")
    return Resolvers("systemd-resolved", interfaces=found)


def _number(host: Host, interface: str) -> int | None:
    try:
        text = host.read(f"{network.NET}/{interface}/ifindex").strip()
    except Unavailable:
        return None
    return int(text) if re.fullmatch(r"\d{1,9}", text) else None


# --- authorities ----------------------------------------------------------------------------------------------------

ANCHORS = (
    "/usr/local/share/ca-certificates",
    "/etc/pki/ca-trust/source/anchors",
    "/etc/pki/trust/anchors",
    "/etc/ca-certificates/trust-source/anchors",
)
"""Where an administrator puts authorities: Debian, Fedora, openSUSE, Arch. Those of the distribution lie elsewhere."""
MOST_ANCHORS = 200


def added_authorities(host: Host) -> list[certificates.Certificate]:
    """The authorities that were added to this computer, as far as their files are PEM."""
    paths = [f"{folder}/{name}" for folder in ANCHORS for name in common.names(host, folder)]
    found = []
    for path in paths[:MOST_ANCHORS]:
        try:
            found += certificates.parse_pem(host.read(path))
        except Unavailable:  # a folder
            continue
    return found
