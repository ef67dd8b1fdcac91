"""Windows: cameras, monitors, what kind of computer it is and what feeds it. Pure rules.

Unconfirmed: infrared cameras in the class of cameras, the registry's value for the power mode, and that the list of
DirectShow's sources of pictures holds programs' cameras only.
"""

import re
from typing import Any

from remoteready.check.collect import common
from remoteready.check.collect.cameras import CAPTURE, camera_facts
from remoteready.check.collect.windows import native as windows_native
from remoteready.check.collect.windows import native_net as windows_native_net
from remoteready.check.collect.windows.answers import collector, told, values, virtual_machine
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable

CAMERA_CLASS, IMAGE_CLASS = "ca3e7ab9-b4c3-4ae6-8251-579ef933890f", "6bdd1fc6-810f-11d0-bec7-08002be2092f"
CAMERAS = (CAMERA_CLASS, IMAGE_CLASS)
"""Setup classes of cameras: today's, and the one of imaging devices, which scanners share."""
PROGRAMS_CAMERAS = r"HKLM\SOFTWARE\Classes\CLSID\{860BB310-5D01-11D0-BD3B-00A0C911CE86}\Instance"
"""CLSID_VideoInputDeviceCategory of DirectShow: a camera made by a program is no device, but is registered there."""
LAPTOPS = {8, 9, 10, 11, 14, 30, 31, 32}
DESKTOPS = {3, 4, 5, 6, 7, 13, 15, 16, 35, 36}
"""Chassis types: SMBIOS 3.x, 7.4.1. 13 is an all-in-one."""
POWER_SAVER = "a1841308-3541-4fab-bc81-f71556f20b4a"
BEST_EFFICIENCY = "961cc777-2547-4f9d-8174-7d86181b8a7a"
POWER_SCHEMES = r"HKLM\SYSTEM\CurrentControlSet\Control\Power\User\PowerSchemes"


@collector(common.CAMERA)
def camera(host: Host) -> dict[str, Fact]:
    """Attached cameras that work. Programs' cameras have ids of ROOT or SWD; scanners are no usbvideo."""
    source = "SetupAPI"
    if host.call(windows_native.remote_session):
        return dict.fromkeys(common.CAMERA, unknown(virtual_machine(host), source))
    found: list[dict[str, Any]] = [
        *host.call(windows_native.devices, CAMERA_CLASS),
        *(one for one in host.call(windows_native.devices, IMAGE_CLASS) if str(one["service"]).lower() == "usbvideo"),
    ]
    attached = [one for one in found if str(one["id"]).partition("\\")[0] not in {"ROOT", "SWD", "SW"}]
    names = [str(one["name"] or one["id"]) for one in attached if not one["problem"]]
    capture = [name for name in names if CAPTURE.search(name)]
    infrared = [name for name in names if re.search(r"\bIR\b|infrared", name)]
    real = [name for name in names if name not in [*capture, *infrared]]
    virtual = [str(one["name"]) for one in found if one not in attached]
    if not (names or virtual):
        virtual = _programs_cameras(host)
    return camera_facts(
        source,
        [*real, *infrared] if real else [],
        capture,
        virtual,
        f"{', '.join(infrared)}: perhaps only the infrared camera for signing in" if infrared else "",
        "attached, but Windows cannot use it" if attached else "no camera",
    )


def _programs_cameras(host: Host) -> list[str]:
    try:
        names = host.call(windows_native.registry_keys, PROGRAMS_CAMERAS)
    except Unavailable:
        return []
    return names or []


@collector(common.MONITORS)
def monitors(host: Host) -> dict[str, Fact]:
    """Monitors that show a picture; two that show the same one count as two, their pixels once."""
    source = "QueryDisplayConfig"
    elsewhere = virtual_machine(host)
    if elsewhere:
        return dict.fromkeys(common.MONITORS, unknown(elsewhere, source))
    shown = host.call(windows_native_net.displays)
    sizes = {one["picture"]: (one.get("width"), one.get("height")) for one in shown}
    clones = len(shown) - len(sizes)
    detail = f"{clones} of them show the same picture as another" if clones else ""
    pixels = [width * height for width, height in sizes.values() if width and height]
    return {
        "monitors.count": known(len(shown), source, detail),
        "monitors.pixels": known(sum(pixels), source, detail)
        if len(pixels) == len(sizes)
        else unknown("Windows does not tell the size of every picture", source),
    }


@collector(common.COMPUTER)
def computer(host: Host) -> dict[str, Fact]:
    """Laptop or desktop, mains or battery, power saving."""
    status = "GetSystemPowerStatus"
    elsewhere = virtual_machine(host)
    if elsewhere:
        return dict.fromkeys(common.COMPUTER, unknown(elsewhere))
    return {
        "computer.kind": told(lambda: _kind(host), "SMBIOS"),
        "power.mains": told(lambda: _mains(host, status), status),
        "power.saving": told(lambda: _saving(host, status), status),
    }


def _kind(host: Host) -> Fact:
    """By its chassis, else by the role its maker gave it."""
    try:
        chassis = host.call(windows_native.chassis)
    except Unavailable:
        chassis = 0
    if chassis in LAPTOPS | DESKTOPS:
        return known("laptop" if chassis in LAPTOPS else "desktop", "SMBIOS", f"chassis type {chassis}")
    role, source = host.call(windows_native.platform_role), "PowerDeterminePlatformRoleEx"
    if role in {1, 2, 3, 8}:
        return known("laptop" if role in {2, 8} else "desktop", source, f"role {role}")
    return unknown("neither its chassis nor its role says so", source)


def _mains(host: Host, source: str) -> Fact:
    status = host.call(windows_native.power_status)
    if status["battery"] != 255 and status["battery"] & 128:
        return known(True, source, "no battery")
    if status["line"] in (0, 1):
        return known(status["line"] == 1, source, "mains" if status["line"] else "battery")
    return unknown("Windows does not know whether it is on mains", source)


def _saving(host: Host, source: str) -> Fact:
    """Battery saver, the scheme that saves power, or the power mode "best efficiency"; all must answer for a no."""
    status = host.call(windows_native.power_status)
    if status["saver"] == 1:
        return known(True, source, "battery saver is on")
    if host.call(windows_native.power_scheme) == POWER_SAVER:
        return known(True, "PowerGetActiveScheme", "the power scheme is Power saver")
    name = f"ActiveOverlay{'Dc' if status['line'] == 0 else 'Ac'}PowerScheme"
    overlay = str(values(host, POWER_SCHEMES, name).get(name, "")).strip("{}").lower()
    if overlay == BEST_EFFICIENCY:
        return known(True, POWER_SCHEMES, "the power mode is Best power efficiency")
    return known(False, f"{source}, PowerGetActiveScheme, registry")
