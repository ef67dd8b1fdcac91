"""macOS: the kind of computer, its power, and its monitors.

Not run on a Mac. Seen in public captures: `pmset -g`, `pmset -g batt`, SPHardwareDataType, SPDisplaysDataType.
Unconfirmed: which models have `powermode` instead of `lowpowermode`.
"""

import re

from remoteready.check.collect import common
from remoteready.check.collect.macos.sources import is_virtual, records, report, section, words
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable


def computer(host: Host) -> dict[str, Fact]:
    """Laptop or desktop, mains or battery, power saving."""
    reason = "this is a virtual machine: the computer it runs on and its power are not seen"
    try:
        virtual = is_virtual(host)
    except Unavailable as error:
        virtual, reason = True, str(error)
    if virtual:
        return dict.fromkeys(common.COMPUTER, unknown(reason))
    return {"computer.kind": _machine(host), "power.mains": _mains(host), "power.saving": _saving(host)}


def _machine(host: Host) -> Fact:
    """By the name of the model. `-detailLevel mini` leaves serial numbers out of the report."""
    source = "system_profiler SPHardwareDataType"
    try:
        sections = report(host, "-detailLevel", "mini", "SPHardwareDataType", timeout_s=2.5)
        names = [words(entry, "machine_name") for entry in section(sections, "SPHardwareDataType")]
    except Unavailable as error:
        return unknown(str(error), source)
    for pattern, kind in ((r"MacBook", "laptop"), (r"iMac|Mac (mini|Studio|Pro)", "desktop")):
        name = next((name for name in names if re.match(pattern, name)), None)
        if name:
            return known(kind, source, name)
    return unknown("the model of this Mac is in no table", source)


def _mains(host: Host) -> Fact:
    source = "pmset -g batt"
    try:
        match = re.search(
            r"Now drawing from '(AC|Battery|UPS) Power'", host.run("pmset", "-g", "batt", timeout_s=1.5).stdout
        )
    except Unavailable as error:
        return unknown(str(error), source)
    if not match:
        return unknown("pmset does not tell where the power comes from", source)
    return known(match[1] == "AC", source, f"{match[1]} power")


def _saving(host: Host) -> Fact:
    """lowpowermode 1, or powermode 1 on models that also have a mode of high power, 2."""
    source = "pmset -g"
    try:
        held = power_settings(host)
    except Unavailable as error:
        return unknown(str(error), source)
    mode = held.get("lowpowermode", held.get("powermode"))
    if mode not in (0, 1, 2):
        return unknown("pmset does not tell the power mode", source)
    return known(mode == 1, source, "low power mode is on" if mode == 1 else "low power mode is off")


def monitors(host: Host) -> dict[str, Fact]:
    """Displays and the pixels drawn for them. Their names are left out: a television may be named after its owner."""
    source = "system_profiler SPDisplaysDataType"
    try:
        cards = section(report(host, "SPDisplaysDataType", timeout_s=4.5), "SPDisplaysDataType")
    except Unavailable as error:
        return dict.fromkeys(common.MONITORS, unknown(f"the monitors cannot be listed: {error}", source))
    displays = [display for card in cards for display in records(card.get("spdisplays_ndrvs"))]
    lit = [display for display in displays if words(display, "spdisplays_online") != "spdisplays_no"]
    if not lit:
        reason = "no monitor is listed: none shows a picture, or this session has no desktop"
        return dict.fromkeys(common.MONITORS, unknown(reason, source))
    sizes = [re.match(r"(\d{1,5}) x (\d{1,5})\b", words(d, "_spdisplays_pixels"), re.ASCII) for d in lit]
    seen = ", ".join(size[0] for size in sizes if size)
    count = known(len(lit), source, seen)
    if not all(sizes):
        return {"monitors.count": count, "monitors.pixels": unknown("a monitor does not tell its size", source, seen)}
    pixels = sum(int(size[1]) * int(size[2]) for size in sizes if size)
    return {"monitors.count": count, "monitors.pixels": known(pixels, source, seen)}


def power_settings(host: Host) -> dict[str, int]:
    """The numbers of `pmset -g`, in use on the present power: " displaysleep  10 (display sleep prevented by …)"."""
    answer = host.run("pmset", "-g", timeout_s=1.5).stdout
    return {
        key: int(value) for key, value in re.findall(r"^ (\w+)\s+(\d{1,6})(?=\s|$)", answer, re.MULTILINE | re.ASCII)
    }
