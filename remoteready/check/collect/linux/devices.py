"""Linux: cameras, the kind of computer, its power supply, and monitors. sysfs, and power-profiles-daemon by D-Bus."""

import re
from typing import Literal

from remoteready.check.collect import calls, common
from remoteready.check.collect.cameras import CAPTURE, camera_facts
from remoteready.check.collect.descriptors import CAMERA, described
from remoteready.check.collect.linux import dbus as linux_dbus
from remoteready.check.collect.linux.system import VIRTUAL, is_virtual
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable

CODEC = re.compile(r"-isp\b|codec|decoder|encoder|\bvpu\b", re.IGNORECASE)
"""Video devices of a processor that turn pictures into others."""


def camera(host: Host) -> dict[str, Fact]:
    """Video devices of the kernel, without opening any: a camera would show its light, or ask the person.

    A node with index 0 takes pictures; the others of a camera carry metadata. What the kernel calls its capabilities
    is what udev noted when it was attached; where there is no udev, the node's name and descriptors have to do.
    """
    source = "/sys/class/video4linux"
    host.list("/sys/class")  # where even this cannot be read, nothing can be said
    try:
        nodes = host.list(source)
    except Unavailable as error:
        if "does not exist" not in str(error):
            raise
        return camera_facts(source, [], [], [], nothing="no video device")
    named: dict[str, list[str]] = {}
    for node in nodes:
        name = host.read(f"{source}/{node}/name").strip()
        if host.read(f"{source}/{node}/index").strip() == "0":
            named.setdefault(_camera_kind(host, f"{source}/{node}", name), []).append(name)
    raw = f"{named['raw'][0]}: works only with extra software, which cannot be seen" if "raw" in named else ""
    nothing = "no camera among the video devices" if nodes else "no video device"
    return camera_facts(source, named.get("real", []), named.get("capture", []), named.get("virtual", []), raw, nothing)


def _camera_kind(host: Host, node: str, name: str) -> Literal["real", "capture", "virtual", "raw", "none"]:
    path, can = host.link(node), _capabilities(host, node)
    if "/virtual/" in path:
        return "virtual"
    if (can is not None and "capture" not in can) or CODEC.search(name):
        return "none"
    if "ipu" in name.lower():
        return "raw"
    if (can and "tuner" in can) or CAPTURE.search(name) or _from_outside(host, path):
        return "capture"
    return "real"


def _capabilities(host: Host, node: str) -> set[str] | None:
    """What udev's v4l_id wrote into its database, such as ":capture:"; None where it wrote nothing."""
    try:
        number = host.read(f"{node}/dev").strip()
        match = re.search(r"^E:ID_V4L_CAPABILITIES=(\S*)", host.read(f"/run/udev/data/c{number}"), re.MULTILINE)
    except Unavailable:
        return None
    return set(match[1].strip(":").split(":")) if match else None


def _from_outside(host: Host, path: str) -> bool:
    """Whether a USB device says that its pictures come from a socket and from no sensor of its own."""
    match = re.match(r"(.*/\d+-[\d.]+)/[^/]+/video4linux/", path)
    if match is None:
        return False
    try:
        said = described(bytes.fromhex(host.call(calls.usb_descriptors, f"{match[1]}/descriptors")))
    except (Unavailable, ValueError):
        return False
    return bool(said.video) and CAMERA not in said.video


# --- computer -------------------------------------------------------------------------------------------------------

CHASSIS = "/sys/class/dmi/id/chassis_type"
LAPTOPS = {8, 9, 10, 11, 14, 30, 31, 32}
"""Portable, laptop, notebook, hand held, sub notebook, tablet, convertible, detachable: SMBIOS 3.7, 7.4.1."""
DESKTOPS = {3, 4, 5, 6, 7, 13, 15, 16, 17, 23, 24, 35, 36}
"""Desktop, low profile, pizza box, towers, all in one, small boxes, server, rack, sealed case, mini PC, stick PC."""
SUPPLIES = "/sys/class/power_supply"


def computer(host: Host) -> dict[str, Fact]:
    """Laptop or desktop, mains or battery, power saving. Of a virtual machine none of it says anything of the desk."""
    if is_virtual(host):
        return dict.fromkeys(common.COMPUTER, unknown(VIRTUAL, "/proc/cpuinfo"))
    try:
        supplies = [_supply(host, name) for name in host.list(SUPPLIES)]
    except Unavailable as error:
        supplies, kind, mains = [], _kind(host, battery=None), unknown(str(error), SUPPLIES)
    else:
        own = [supply for supply in supplies if supply["scope"] != "Device"]  # a mouse or a headset reports its own
        kind = _kind(host, battery=any(supply["type"] == "Battery" for supply in own))
        mains = _mains(own, kind)
    return {"computer.kind": kind, "power.mains": mains, "power.saving": _saving(host)}


def _supply(host: Host, name: str) -> dict[str, str]:
    folder = f"{SUPPLIES}/{name}"
    held = host.list(folder)
    return {"name": name} | {
        what: host.read(f"{folder}/{what}").strip() if what in held else ""
        for what in ("type", "scope", "online", "status")
    }


def _kind(host: Host, battery: bool | None) -> Fact:
    """By the case. A battery in what calls itself a desktop is a contradiction; some boards are delivered that way."""
    try:
        text = host.read(CHASSIS).strip()
    except Unavailable as error:
        return unknown(f"the firmware does not say: {error}", CHASSIS)
    number = int(text) if re.fullmatch(r"\d{1,3}", text) else 0
    if number in LAPTOPS:
        return known("laptop", CHASSIS, f"case {number}")
    if number in DESKTOPS and not battery:
        return known("desktop", CHASSIS, f"case {number}")
    if number in DESKTOPS:
        return unknown(f"the firmware calls it a desktop (case {number}), but it has a battery", CHASSIS)
    return unknown(f"the firmware does not name the case ({text})", CHASSIS)


def _mains(supplies: list[dict[str, str]], kind: Fact) -> Fact:
    """An outside supply that delivers; else what the battery does. A desktop without either is on mains."""
    outside = [supply for supply in supplies if supply["type"] not in ("Battery", "UPS")]
    plugged = [supply["name"] for supply in outside if supply["online"] in ("1", "2")]
    if plugged:
        return known(True, SUPPLIES, f"{plugged[0]} delivers")
    batteries = [supply for supply in supplies if supply["type"] == "Battery"]
    states = {supply["status"] for supply in batteries}
    seen = f"battery: {', '.join(sorted(states))}"
    if "Charging" in states:
        return known(True, SUPPLIES, seen)
    if "Discharging" in states:
        return known(False, SUPPLIES, seen)
    if not batteries and kind.value == "desktop" and all(supply["type"] != "Mains" for supply in outside):
        return known(True, SUPPLIES, "a desktop without a battery")
    return unknown("no power supply says whether it delivers" + (f" ({seen})" if batteries else ""), SUPPLIES)


def _saving(host: Host) -> Fact:
    """The profile of power-profiles-daemon, under its old and its new name; tuned answers under them, too."""
    reason = ""
    for service in ("net.hadess.PowerProfiles", "org.freedesktop.UPower.PowerProfiles"):
        path = "/" + service.replace(".", "/")
        try:
            profile = linux_dbus.properties(host, service, path, service, "ActiveProfile")
        except Unavailable as error:
            reason = str(error)
            continue
        if isinstance(profile, str) and profile:
            return known(profile == "power-saver", f"{service}.ActiveProfile", f"profile {profile}")
    return unknown(reason or "the service for power profiles names none", "power-profiles-daemon")


# --- monitors -------------------------------------------------------------------------------------------------------

DRM = "/sys/class/drm"


def monitors(host: Host) -> dict[str, Fact]:
    """Connectors of the kernel whose monitor is given a picture: a laptop's own screen is not while its lid is shut.

    Without any, nothing is said: a driver that keeps its connectors to itself, such as NVIDIA's without mode setting,
    has none here though its monitors work.
    """
    if is_virtual(host):
        return dict.fromkeys(common.MONITORS, unknown(VIRTUAL, "/proc/cpuinfo"))
    names = host.list(DRM)
    cards = {name for name in names if re.fullmatch(r"card\d+", name)}
    connectors = [name for name in names if re.match(r"card\d+-", name) and "Writeback" not in name]
    shown = [
        name
        for name in connectors
        if host.read(f"{DRM}/{name}/status").strip() == "connected"
        and host.read(f"{DRM}/{name}/enabled").strip() == "enabled"
    ]
    if not shown:
        return dict.fromkeys(common.MONITORS, unknown("the kernel knows of no monitor that is switched on", DRM))
    if any("-Virtual-" in name for name in shown):
        return dict.fromkeys(common.MONITORS, unknown(VIRTUAL, DRM))
    if "nvidia" in common.names(host, "/sys/module") and not any(_driver(host, card) == "nvidia" for card in cards):
        reason = "the NVIDIA driver does not show its connectors to the kernel: there may be more monitors"
        return dict.fromkeys(common.MONITORS, unknown(reason, DRM))
    seen = ", ".join(name.partition("-")[2] for name in shown)
    return {"monitors.count": known(len(shown), DRM, seen), "monitors.pixels": _pixels(host, shown)}


def _driver(host: Host, card: str) -> str:
    try:
        return host.link(f"{DRM}/{card}/device/driver").rsplit("/", 1)[-1]
    except Unavailable:
        return ""


def _pixels(host: Host, shown: list[str]) -> Fact:
    """Of the first mode of each, which is the one that the monitor prefers; the one in use may be smaller."""
    source = f"{DRM}/*/modes"
    total, seen = 0, []
    for name in shown:
        first = host.read(f"{DRM}/{name}/modes").partition("\n")[0].strip()
        match = re.match(r"(\d{2,5})x(\d{2,5})", first)
        if match is None:
            return unknown(f"{name.partition('-')[2]} does not say which size it prefers", source)
        total += int(match[1]) * int(match[2])
        seen.append(first)
    return known(total, source, f"the size that each prefers, not necessarily the one in use: {', '.join(seen)}")
