"""macOS: the link that carries the traffic to the contact centre, and the tunnel over it.

Not run on a Mac. Seen in public captures: `ifconfig -v` ("type: Wi-Fi", "type: Ethernet", media), `networksetup
-listallhardwareports`, `netstat -rn -f inet`, `scutil --nwi`, also with a VPN. Unconfirmed: that `scutil --nwi` keeps
its order of rank below every VPN, what `ifconfig -v` calls the type of a tethered phone, and PPP modems.
"""

import re

from remoteready.check.collect import calls, common
from remoteready.check.collect.macos.sources import is_virtual
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable
from remoteready.check.profile import Address

TUNNEL = re.compile(r"(utun|ipsec|ppp|tun|tap|wg)\d+")
JOINED = re.compile(r"(bridge|vlan|bond|vmenet|feth|ap|gif|stf|vnic)\d+")
"""Made of other interfaces, or of none."""
PHONE = re.compile(r"iphone|ipad|android|pixel|galaxy|\bphone\b|rndis", re.IGNORECASE)
MODEM = re.compile(r"\b(lte|wwan|modem|hotspot|cellular|huawei|zte)|\bmr\d{3,4}\b", re.IGNORECASE)
BLUETOOTH = re.compile(r"bluetooth|\bpan\b|蓝牙|藍牙", re.IGNORECASE)
NO_RATE = "the rate is told for a network cable only"


def link(host: Host, toward: Address | None) -> dict[str, Fact]:
    """The interface that traffic to the target really leaves by, and the physical one below a tunnel."""
    try:
        source, local = common.route(host, toward)
    except Unavailable as error:
        return dict.fromkeys(common.LINK, unknown(f"the route out cannot be told: {error}", "default route"))
    if local is None:
        return dict.fromkeys(common.LINK, unknown("there is no route out of this computer", source))
    if local.lower().startswith("fe80:"):  # every idle utun has such an address, and a route for it
        return dict.fromkeys(
            common.LINK, unknown("no route: this computer has only addresses of its own making", source)
        )
    name = next((n for n, held in host.call(calls.interface_addresses).items() if local in held), None)
    if name is None:
        return dict.fromkeys(
            common.LINK, unknown("no interface holds the address that the traffic leaves from", source)
        )
    if re.fullmatch(r"lo\d+", name):
        return dict.fromkeys(common.LINK, unknown("the target is this computer itself", source))
    tunnel = TUNNEL.fullmatch(name) is not None
    try:
        carrier = _below(host, name) if tunnel else name
        kind, rate = _kind(host, carrier, f"{source}, below {name}" if tunnel else source)
    except Unavailable as error:
        kind = rate = unknown(str(error), source)
    tunnelled = _is_vpn(name, kind, source) if tunnel else known(False, source, name)
    return {"network.link": kind, "network.link_mbps": rate, "network.tunnel": tunnelled}


def _is_vpn(name: str, carrier: Fact, source: str) -> Fact:
    """A point-to-point interface with another link below it. Alone, PPP is how a modem dials."""
    if name.startswith("ppp") and carrier.value is None:
        return unknown(f"{name} may be a VPN or a modem", source)
    return known(True, source, name)


def _below(host: Host, tunnel: str) -> str:
    """The physical interface below a tunnel: the default route that stayed, else the first by rank.

    A VPN either leaves the physical default route as it is, or makes it one that is used only by programs which ask for
    its interface (flag I). Where several such routes are left, `scutil --nwi` lists the interfaces by rank.
    """
    table = host.run("netstat", "-rn", "-f", "inet", timeout_s=1).stdout
    lines = [line.split() for line in table.splitlines() if line]
    column = next((row.index("Netif") for row in lines if row[:1] == ["Destination"] and "Netif" in row), None)
    if column is None or column < 3:
        raise Unavailable("netstat does not show the routes")
    routes = [(row[column], "I" in row[2]) for row in lines if row[:1] == ["default"] and len(row) > column]
    left = [(name, scoped) for name, scoped in routes if not TUNNEL.fullmatch(name)]
    names = [name for name, scoped in left if not scoped] or [name for name, _ in left]
    if len(set(names)) == 1:
        return names[0]
    if not names:
        raise Unavailable(f"no physical interface found below the tunnel {tunnel}")
    ranked = re.search(
        r"^[ \t]*Network interfaces:(.*)$", host.run("scutil", "--nwi", timeout_s=1).stdout, re.MULTILINE
    )
    first = next((name for name in ranked[1].split() if name in names), None) if ranked else None
    if first is None:
        raise Unavailable(f"several interfaces could be below the tunnel {tunnel}: {', '.join(sorted(set(names)))}")
    return first


def _kind(host: Host, name: str, source: str) -> tuple[Fact, Fact]:
    """What an interface is, and the rate of a cable. Never by the word Ethernet: a dock's port has the dock's name."""
    try:
        answer = host.run("ifconfig", "-v", name, timeout_s=1).stdout
    except Unavailable:
        answer = ""
    match = re.search(r"^[ \t]*type:[ \t]*(\S+)", answer, re.MULTILINE)
    kind = _by_port(host, name, match[1].lower() if match else "", source)
    return kind, _rate(answer, source) if kind.value == "wired" else unknown(NO_RATE, source)


def _by_port(host: Host, name: str, type_: str, source: str) -> Fact:
    port = _ports(host).get(name)
    if type_ == "wi-fi" or port in ("Wi-Fi", "AirPort"):
        return known("wifi", source, name)
    if JOINED.fullmatch(name):
        return unknown(f"{name} is made of other interfaces; the link below it cannot be seen from here", source)
    for pattern, kind in ((PHONE, "tether"), (MODEM, "mobile"), (BLUETOOTH, "bluetooth")):
        if pattern.search(port or ""):
            return known(kind, source, f"{name}, {kind} by the name of its port")
    if type_ == "cellular":
        return known("mobile", source, f"{name}, of the type cellular")
    if port is None:
        return unknown(f"{name} is not among the ports of this Mac", source)
    if re.fullmatch(r"Ethernet Adapter \(en\d+\)", port):  # the USB-C ports, ready for another Mac
        return unknown(f"{name} is a port inside this Mac, not a network card", source)
    if type_ not in ("", "ethernet"):
        return unknown(f"{name} is of the unexpected type {type_}", source)
    if is_virtual(host):
        return unknown(f"this is a virtual machine ({name}); run the check on the computer it is shown on", source)
    return known("wired", source, name)


def _ports(host: Host) -> dict[str, str]:
    """Names of the hardware ports by interface. A dock's is its product name; some are translated."""
    try:
        answer = host.run("networksetup", "-listallhardwareports", timeout_s=1.5).stdout
    except Unavailable:
        return {}
    return {device: port for port, device in re.findall(r"^Hardware Port: (.+)\nDevice: (\S+)$", answer, re.MULTILINE)}


def _rate(answer: str, source: str) -> Fact:
    """ "media: autoselect (1000baseT <full-duplex>)": what is in brackets was agreed on with the other end."""
    media = re.search(r"^[ \t]*media:(.*)$", answer, re.MULTILINE)
    active = re.search(r"\(([^)]*)\)", media[1]) if media else None
    text = active[1] if active else media[1] if media else ""
    match = re.match(r"\s*(\d{1,5}(?:\.\d)?)(G?)base", text, re.IGNORECASE | re.ASCII)
    if not match:
        return unknown("ifconfig does not tell the rate", source)
    return known(float(match[1]) * (1000 if match[2] else 1), "ifconfig -v", text.strip())
