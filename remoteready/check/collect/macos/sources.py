"""macOS: how its sources are read. system_profiler's JSON, property lists, and a few numbers of the kernel.

Nothing here was run on a Mac: the formats are those of public captures. None needs administrator rights, asks the
person for a permission, or opens a device.
"""

import json
import plistlib
from typing import Any

from remoteready.check.host import Host, Unavailable

Record = dict[str, Any]


def report(host: Host, *types: str, timeout_s: float) -> Record:
    """The sections of system_profiler by data type, such as SPAudioDataType. Raises Unavailable without any.

    It may warn before and after the JSON; a data type that this version does not know is left out or is an empty list.
    """
    output = host.run("system_profiler", "-json", *types, timeout_s=timeout_s)
    text = output.stdout[output.stdout.find("{") : output.stdout.rfind("}") + 1]
    try:
        sections = json.loads(text)
    except ValueError as error:
        raise Unavailable("system_profiler's answer is not JSON") from error
    if not isinstance(sections, dict):
        raise Unavailable("system_profiler's answer is not a report")
    return sections


def section(sections: Record, data_type: str) -> list[Record]:
    """The entries of one section. Raises Unavailable when it is missing, which is not the same as empty."""
    if not isinstance(sections.get(data_type), list):
        raise Unavailable(f"system_profiler's report has no {data_type}")
    return records(sections[data_type])


def records(value: object) -> list[Record]:
    """The dictionaries in a list; whatever else a report holds there says nothing."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def leaves(entries: list[Record]) -> list[Record]:
    """Every entry of a report's tree, whatever its depth: groups, hubs and buses hold theirs in `_items`."""
    found: list[Record] = []
    waiting = list(entries)
    while waiting:
        entry = waiting.pop(0)
        found.append(entry)
        waiting = records(entry.get("_items")) + waiting
    return found


def words(entry: Record, key: str) -> str:
    """The text under a key; empty where there is none."""
    value = entry.get(key)
    return value.strip() if isinstance(value, str) else ""


def property_list(host: Host, path: str) -> Any:
    """What a property list holds. A binary one is turned into XML by plutil: a snapshot can hold that."""
    text = host.read(path)
    if text.startswith("bplist"):
        output = host.run("plutil", "-convert", "xml1", "-o", "-", path, timeout_s=1.5)
        if output.exit_code:
            raise Unavailable(f"plutil cannot read {path}")
        text = output.stdout
    if "<plist" not in text[:1000] or "</plist>" not in text[-100:]:
        raise Unavailable(f"{path} is not a property list, or not all of one")
    try:
        return plistlib.loads(text.encode(errors="replace"), fmt=plistlib.FMT_XML)
    except Exception as error:  # plistlib lets through whatever its parsers of XML, numbers and dates raise
        raise Unavailable(f"{path} is not a property list") from error


def settings(host: Host, path: str) -> Record:
    """The keys and values of a property list."""
    held = property_list(host, path)
    if not isinstance(held, dict):
        raise Unavailable(f"{path} holds no settings")
    return held


def managed(host: Host, domain: str) -> Record:
    """What the company's device management prescribes for this computer; empty where it prescribes nothing."""
    try:
        return settings(host, f"/Library/Managed Preferences/{domain}.plist")
    except Unavailable:
        return {}


def whole(value: object) -> int | None:
    """A number of a property list that counts something; None for anything else, truth values too."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def switch(value: object) -> bool | None:
    """A switch of a property list, which may be stored as <true/> or as 1; None for anything else."""
    return bool(value) if isinstance(value, bool | int) and value in (0, 1) else None


def is_virtual(host: Host) -> bool:
    """Whether this Mac is a virtual machine: sysctl kern.hv_vmm_present, seen in public code only."""
    answer = host.run("sysctl", "-n", "kern.hv_vmm_present", timeout_s=1).stdout.strip()
    if answer not in ("0", "1"):
        raise Unavailable("the kernel does not say whether this is a virtual machine")
    return answer == "1"
