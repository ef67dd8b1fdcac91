"""Windows: the adapter that the traffic to the contact centre leaves by, and the one below a tunnel. Pure rules.

Keyed on numbers and device ids: names of connections are translated and may be changed by anyone. Seen on real
machines: most virtual adapters call themselves Ethernet (type 6), only a real one has a connector.
Unconfirmed: the services of tethered phones, the connector flag of docks, IfType 53 of Wintun.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from remoteready.check.collect import common
from remoteready.check.collect.windows import native_net as windows_native_net
from remoteready.check.collect.windows.answers import collector, virtual_machine
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable
from remoteready.check.profile import Address

Adapter = Mapping[str, Any]

LOOPBACK, PPP, PROPRIETARY_VIRTUAL, WIFI, TUNNEL, WWAN_GSM, WWAN_CDMA = 24, 23, 53, 71, 131, 243, 244
"""IfType: ipifcons.h."""
MEDIUM_WIFI, MEDIUM_WWAN, MEDIUM_BLUETOOTH = 9, 8, 10
"""NDIS_PHYSICAL_MEDIUM: ntddndis.h."""
MADE_UP = ("ROOT", "SWD", "SW", "COMPOSITEBUS")
"""Enumerators of devices that no one can touch."""
PHONES = {"usbrndis6", "usb_rndisx", "usb_rndis", "rndismp", "netaapl"}
"""Services of Microsoft's Remote NDIS and of Apple's tethering."""
UNCLEAR = {"usbncm", "cdc_ncm", "cdc_ecm"}
"""Phones and modems use them, and so do some USB network adapters."""
GUEST = ("VMBUS", "XENVIF", "XENBUS", r"PCI\VEN_1AF4", r"PCI\VEN_15AD")
"""Network cards of Hyper-V, Xen, virtio and VMware."""
TUNNELS = re.compile(
    r"PANGP|GlobalProtect|AnyConnect|Cisco Secure Client|Fortinet|\bTAP-|Wintun|WireGuard|OpenVPN|Juniper|"
    r"Pulse Secure|Ivanti|Check Point|SonicWall|Sangfor|WAN Miniport|Zscaler|NordLynx|Tailscale|F5 Networks|Citrix|"
    r"SoftEther|ZeroTier|Cloudflare",
    re.IGNORECASE,
)
SWITCHES = re.compile(r"Hyper-V|VirtualBox|VMware|Multiplexor|Bridge|Wi-Fi Direct", re.IGNORECASE)


@collector(common.LINK)
def link(host: Host, toward: Address | None) -> dict[str, Fact]:
    """The adapter that traffic to the target really leaves by, and the physical one below a tunnel."""
    elsewhere = virtual_machine(host)
    if elsewhere:
        return dict.fromkeys(common.LINK, unknown(elsewhere, "processor"))
    try:
        source, local = common.route(host, toward)
    except Unavailable as error:
        return dict.fromkeys(common.LINK, unknown(f"the route out cannot be told: {error}", "default route"))
    if local is None:
        return dict.fromkeys(common.LINK, unknown("there is no route out of this computer", source))
    adapters = host.call(windows_native_net.adapters)
    used = next((adapter for adapter in adapters if local in adapter["addresses"]), None)
    if used is None:
        return dict.fromkeys(common.LINK, unknown("no adapter has the address that the traffic leaves from", source))
    if used["type"] == LOOPBACK:
        return dict.fromkeys(common.LINK, unknown("the target is this computer itself", source))
    tunnel = is_tunnel(used)
    seen = str(used["description"])
    fact = (
        unknown(f"{seen} is made by a program; whether it is a tunnel cannot be told", source)
        if tunnel is None
        else known(tunnel, source, seen)
    )
    if is_physical(used):
        below: Adapter | None = used
    elif is_switch(used):
        below = next((a for a in adapters if a["index"] in used["twins"] and is_physical(a) and a["up"]), None)
    else:
        below = _below(host, adapters)
        source = f"{source}, below {seen}"
    if below is None:
        reason = f"no physical adapter found below {seen}"
        return {"network.link": unknown(reason, source), "network.link_mbps": unknown(reason, source)} | {
            "network.tunnel": fact
        }
    return {"network.link": kind(below, source), "network.link_mbps": rate(below, source), "network.tunnel": fact}


def _made_up(adapter: Adapter) -> bool:
    return str(adapter["device"]).partition("\\")[0] in MADE_UP


def is_physical(adapter: Adapter) -> bool:
    """Whether it sends through something one can touch. A Bluetooth network has no connector, and is real."""
    return adapter["medium"] == MEDIUM_BLUETOOTH or bool(adapter["connector"] and not _made_up(adapter))


def is_switch(adapter: Adapter) -> bool:
    """Whether it is the computer's side of a virtual switch, bridge or team: no tunnel."""
    return str(adapter["device"]).startswith(r"ROOT\VMS_") or bool(SWITCHES.search(str(adapter["description"])))


def is_tunnel(adapter: Adapter) -> bool | None:
    """Whether an adapter is a VPN's; None for a virtual one that is in no list."""
    if is_physical(adapter) or is_switch(adapter):
        return False
    if adapter["type"] in {PPP, TUNNEL, PROPRIETARY_VIRTUAL} or TUNNELS.search(str(adapter["description"])):
        return True
    return None


def _below(host: Host, adapters: Sequence[Adapter]) -> Adapter | None:
    """The physical adapter with the best default route."""
    physical = {adapter["index"]: adapter for adapter in adapters if is_physical(adapter) and adapter["up"]}
    routes = sorted(host.call(windows_native_net.default_routes), key=lambda route: route["metric"])
    return next((physical[route["index"]] for route in routes if route["index"] in physical), None)


def kind(adapter: Adapter, source: str) -> Fact:
    """What a physical adapter is."""
    device, service = str(adapter["device"]), str(adapter["service"])
    seen = str(adapter["description"])
    if device.startswith(GUEST):
        return unknown(f"this is a virtual machine ({seen}); run the check on the computer it is shown on", source)
    if adapter["medium"] == MEDIUM_BLUETOOTH:
        return known("bluetooth", source, seen)
    if adapter["type"] == WIFI or adapter["medium"] == MEDIUM_WIFI:
        return known("wifi", source, seen)
    if adapter["medium"] == MEDIUM_WWAN or adapter["type"] in {WWAN_GSM, WWAN_CDMA}:
        return known("mobile", source, seen)
    if device.startswith("USB\\") and service.lower() in PHONES:
        return known("tether", source, f"{seen}: tethered phone or modem")
    if device.startswith("USB\\") and service.lower() in UNCLEAR:
        return unknown(f"{seen}: a tethered phone or a USB network adapter; the driver serves both", source)
    if adapter["type"] == 6 and device.startswith(("PCI\\", "USB\\", "ACPI\\")):
        return known("wired", source, seen)
    return unknown(f"{seen}: how it is attached cannot be told", source)


def rate(adapter: Adapter, source: str) -> Fact:
    """The rate the link was set up with; drivers that do not know it say 0 or the largest number there is."""
    bps = adapter["receive_bps"]
    if not 0 < bps < 2**62:
        return unknown("the adapter does not say", source, str(adapter["description"]))
    return known(bps / 1e6, source, str(adapter["description"]))
