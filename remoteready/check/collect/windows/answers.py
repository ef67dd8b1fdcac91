"""What all of Windows' collectors use: asking the registry, refusals as facts, ages, the machine it runs on."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from remoteready.check.collect import calls
from remoteready.check.collect.windows import native as windows_native
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable

P = ParamSpec("P")
Collector = Callable[P, dict[str, Fact]]

FILETIME_EPOCH_S = 11_644_473_600
"""Seconds from 1601, where FILETIME begins, to 1970."""
BIOS = r"HKLM\HARDWARE\DESCRIPTION\System\BIOS"
VIRTUAL = re.compile(
    r"vmware|virtualbox|innotek|qemu|\bkvm\b|\bxen\b|parallels|bochs|amazon ec2|google compute|openstack|nutanix|"
    r"microsoft corporation virtual machine",
    re.IGNORECASE,
)


def collector(facts: tuple[str, ...]) -> Callable[[Collector[P]], Collector[P]]:
    """Marks what answers these facts: when the source of all of them refuses, all are unknown with its reason."""

    def marked(collect: Collector[P]) -> Collector[P]:
        @wraps(collect)
        def collected(*args: P.args, **kwargs: P.kwargs) -> dict[str, Fact]:
            try:
                return collect(*args, **kwargs)
            except Unavailable as error:
                return dict.fromkeys(facts, unknown(str(error)))

        return collected

    return marked


def told(answer: Callable[[], Fact], source: str) -> Fact:
    """The fact, or unknown with the reason of the source that refused."""
    try:
        return answer()
    except Unavailable as error:
        return unknown(str(error), source)


def values(host: Host, key: str, *names: str) -> dict[str, Any]:
    """Those of the named values that exist; none where the key does not."""
    held = host.call(windows_native.registry_values, key, *names)
    return {} if held is None else dict(held)


def exists(host: Host, key: str) -> bool:
    """Whether a key of the registry exists."""
    return host.call(windows_native.registry_values, key) is not None


def number(value: object) -> int | None:
    """A number that the registry holds as one or as text, as it does below Control Panel."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,10}", value) else None


def age(host: Host, moment_s: float, source: str, detail: str = "") -> Fact:
    """Days since a moment; more than a day in the future only says that a clock was or is wrong."""
    days = (float(host.call(calls.today_s)) - moment_s) / calls.DAY_S
    if days < -1:
        return unknown("its date is in the future: the clock of this computer was or is wrong", source, detail)
    return known(round(max(0.0, days), 2), source, detail)


def virtual_machine(host: Host) -> str:
    """Why what this Windows sees is not the desk: it runs in a virtual machine or is shown elsewhere; else empty."""
    if host.call(windows_native.remote_session):
        return "this is a remote session; run the check on the computer it is shown on"
    names = values(host, BIOS, "SystemManufacturer", "SystemProductName")
    name = " ".join(str(names.get(part, "")) for part in ("SystemManufacturer", "SystemProductName")).strip()
    if VIRTUAL.search(name):
        return f"this is a virtual machine ({name}); run the check on the computer it is shown on"
    return ""
