"""Linux: which physical link carries the traffic, and whether a tunnel lies over it. sysfs and procfs only."""

import re

from remoteready.check.collect import calls, common
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable
from remoteready.check.profile import Address

NET = "/sys/class/net"
TUNNEL_TYPES = {"512", "65534", "768", "776", "778"}
"""ARPHRD_PPP, NONE (tun, wireguard), TUNNEL, SIT, IPGRE: linux/if_arp.h."""
VIRTUAL_DRIVERS = {"virtio_net", "hv_netvsc", "vmxnet3", "xen_netfront", "vif", "ena", "gve", "veth"}
TETHER_DRIVERS = {"rndis_host", "ipheth"}
UNCLEAR_DRIVERS = {"cdc_ether", "cdc_ncm", "cdc_subset"}
"""Phones and modems use them, and so do some USB-to-Ethernet adapters."""
FASTEST_MBPS = 1_000_000


def link(host: Host, toward: Address | None) -> dict[str, Fact]:
    """The interface that traffic to the target really leaves by, and the physical one below a tunnel."""
    try:
        source, local = common.route(host, toward)
    except Unavailable as error:
        return dict.fromkeys(common.LINK, unknown(f"the route out cannot be told: {error}", "default route"))
    if local is None:
        return dict.fromkeys(common.LINK, unknown("there is no route out of this computer", source))
    name = next((n for n, held in host.call(calls.interface_addresses).items() if local in held), None)
    if name is None or _type(host, name) == "772":  # ARPHRD_LOOPBACK
        return dict.fromkeys(common.LINK, unknown("the target is this computer itself", source))
    tunnel = is_tunnel(host, name)
    place = f"{source}, below {name}: /proc/net/route" if tunnel else source
    names = _below(host) if tunnel else [name]
    carriers = [_carrier(host, one, place) for one in names]
    if not carriers:
        carrier = rate = unknown(f"no physical interface found below the tunnel {name}", place)
    elif len({(fact.value, fact.unknown) for fact, _ in carriers}) > 1:
        carrier = rate = unknown(f"below the tunnel {name} are different links: {', '.join(names)}", place)
    else:
        carrier, lowest = carriers[0]
        rate = _rate(host, lowest, carrier)
    return {"network.link": carrier, "network.link_mbps": rate, "network.tunnel": known(tunnel, source, name)}


def _below(host: Host) -> list[str]:
    """What may carry a tunnel: the one route to a gateway's address, else all default routes.

    VPN clients set a route to their gateway's own address through the physical interface. Without it, two links of
    different kinds are in doubt: the better metric is not that of the route which the tunnel took.
    """
    rows = [line.split() for line in host.read("/proc/net/route").splitlines()[1:] if line]
    rows = [row for row in rows if len(row) > 7 and not is_tunnel(host, row[0])]
    to_gateway = {row[0] for row in rows if row[7] == "FFFFFFFF" and row[2] != "00000000"}
    default = {row[0] for row in rows if row[1] == row[7] == "00000000"}
    return sorted(to_gateway if len(to_gateway) == 1 else default)


def _rate(host: Host, name: str, carrier: Fact) -> Fact:
    """The rate of a cable; the kernel knows no other. -1, EINVAL and huge numbers mean that it does not know."""
    if carrier.value != "wired":
        reason = carrier.unknown or f"the kernel tells the rate of a cable only, and {name} is none ({carrier.value})"
        return unknown(reason, carrier.source)
    path = f"{NET}/{name}/speed"
    try:
        text = host.read(path).strip()
    except Unavailable as error:
        return unknown(f"the network card does not tell its rate: {error}", path)
    rate = int(text) if re.fullmatch(r"\d{1,10}", text) else 0
    if not 0 < rate <= FASTEST_MBPS or rate == 0xFFFF:
        return unknown(f"the network card does not tell its rate ({text})", path)
    return known(float(rate), path, f"{name}: {rate} Mbps")


def _type(host: Host, name: str) -> str:
    return host.read(f"{NET}/{name}/type").strip()


def is_tunnel(host: Host, name: str) -> bool:
    """Whether an interface only wraps packets for another one. Raises Unavailable where the kernel does not know it."""
    names = host.list(f"{NET}/{name}")
    if "device" in names:  # hardware; a mobile modem without Ethernet framing has the type NONE, too
        return False
    return "tun_flags" in names or _devtype(host, name) == "wireguard" or _type(host, name) in TUNNEL_TYPES


def _devtype(host: Host, name: str) -> str:
    match = re.search(r"^DEVTYPE=(\S+)", host.read(f"{NET}/{name}/uevent"), re.MULTILINE)
    return match[1] if match else ""


def _carrier(host: Host, name: str, source: str, depth: int = 0) -> tuple[Fact, str]:
    """What an interface is made of, and its name; bridges, bonds and VLANs by what lies below them."""
    names = host.list(f"{NET}/{name}")
    devtype = _devtype(host, name)
    if "wireless" in names or "phy80211" in names or devtype == "wlan":
        return known("wifi", source, name), name
    if devtype == "wwan":
        return known("mobile", source, f"{name}: mobile broadband"), name
    if devtype == "bluetooth":
        return known("bluetooth", source, f"{name}: network over Bluetooth"), name
    lower = [entry.removeprefix("lower_") for entry in names if entry.startswith("lower_")]
    if lower and depth < 4:
        below = [_carrier(host, entry, source, depth + 1) for entry in lower]
        if len({fact.value for fact, _ in below}) == 1:
            return below[0]
        return unknown(f"{name} joins different links: {', '.join(lower)}", source), name
    if "device" not in names:
        return unknown(f"{name} is a virtual interface; the link below it cannot be seen from here", source), name
    return _by_driver(host, name, source), name


def _by_driver(host: Host, name: str, source: str) -> Fact:
    driver = host.link(f"{NET}/{name}/device/driver").rsplit("/", 1)[-1]
    seen = f"{name}, driver {driver}"
    if driver in TETHER_DRIVERS:
        return known("tether", source, f"{seen}: tethered phone")
    if driver in UNCLEAR_DRIVERS:
        return unknown(f"{seen}: a tethered phone or a USB network adapter; the driver serves both", source)
    if driver in VIRTUAL_DRIVERS or "hypervisor" in host.read("/proc/cpuinfo"):
        return unknown(f"this is a virtual machine ({seen}); run the check on the computer it is shown on", source)
    return known("wired", source, seen)
