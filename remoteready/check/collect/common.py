"""What is collected the same way on every operating system, and which facts each collector answers."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from remoteready import files
from remoteready.check.collect import calls
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable
from remoteready.check.profile import Address

LINK = ("network.link", "network.link_mbps", "network.tunnel")
CONNECTED = ("network.connected",)
DEFAULT_ROUTE = "default route"
ACCESS = ("network.proxy", "network.captive_portal")
ANYWHERE = (Address(host="198.51.100.1", port=443), Address(host="2001:db8::1", port=443))
"""Addresses reserved for documentation (RFC 5737, RFC 3849): nothing is sent, they only ask for the default route."""
AUDIO = (
    "headset.link",
    "headset.in_use",
    *(
        f"audio.{role}{place}_{what}"
        for role in ("", "communications_")
        for place in ("input", "output")
        for what in ("transport", "kind")
    ),
    "audio.hands_free",
    "audio.input_rate_hz",
    "audio.microphone_allowed",
    "audio.only_input_is_webcam",
)
CAMERA = ("camera.present", "camera.kind")
SYSTEM = ("os.version", "os.supported")
PATCHES = (
    "patches.pending",
    "patches.pending_security",
    "patches.knowledge_age_days",
    "patches.last_success_age_days",
    "patches.paused",
    "patches.reboot_pending",
)
ANTIVIRUS = ("antivirus.present", "antivirus.on", "antivirus.definitions_age_days")
FIREWALL = ("firewall.on",)
ENCRYPTION = ("disk.encrypted", "disk.home_encrypted")
SCREEN = ("screen.locks", "screen.lock_after_s")
USERS = ("users.others_logged_in", "users.automatic_login", "users.administrator")
COMPUTER = ("computer.kind", "power.mains", "power.saving")
MONITORS = ("monitors.count", "monitors.pixels")
HARDWARE = (
    "cpu.logical_cores",
    "cpu.model",
    "memory.total_gb",
    "memory.available_gb",
    "disk.free_gb",
    "computer.uptime_days",
    "remote_control.running",
)
LOAD = ("cpu.load_ratio",)


def names(host: Host, folder: str) -> list[str]:
    """The names in a folder; none where it cannot be read."""
    try:
        return host.list(folder)
    except Unavailable:
        return []


def age(days: float, source: str, detail: str = "") -> Fact:
    """An age; what comes out as more than a day in the future only says that the clock was or is wrong."""
    if days < -1:
        return unknown("its date is in the future: the clock of this computer was or is wrong", source, detail)
    return known(round(max(0.0, days), 2), source, detail)


def connected(host: Host) -> dict[str, Fact]:
    """Whether there is a way out of this computer at all."""
    try:
        _, local = route(host, None)
    except Unavailable as error:
        return {"network.connected": unknown(f"the route out cannot be told: {error}", "default route")}
    out = local is not None and not local.lower().startswith("fe80:")  # an address of the computer's own making
    return {"network.connected": known(out, "default route", "a default route" if out else "no default route")}


def route(host: Host, toward: Address | None) -> tuple[str, str | None]:
    """Which route was asked for, and the local address it leaves from; None where there is no route.

    A target whose name is not found says nothing of the link: the default route is asked instead. Raises Unavailable.
    """
    if toward:
        with suppress(Unavailable):
            return f"route to {toward}", host.call(calls.source_address, toward.host, toward.port)
    ipv4, ipv6 = ANYWHERE
    try:
        local = host.call(calls.source_address, ipv4.host, ipv4.port)
    except Unavailable:
        return DEFAULT_ROUTE, host.call(calls.source_address, ipv6.host, ipv6.port)
    if local is None:
        with suppress(Unavailable):  # a computer without IPv6 has none
            local = host.call(calls.source_address, ipv6.host, ipv6.port)
    return DEFAULT_ROUTE, local


def proxy(host: Host, kinds: list[str], doubt: str, source: str) -> Fact:
    """Whether a proxy is in use, from the kinds that the system's settings name and the variables that are set.

    `doubt` says why the settings may hold one more. Addresses and credentials of proxies are nowhere passed on.
    """
    variables = host.call(calls.proxy_variables)
    found = [*kinds, *([f"environment ({', '.join(variables)})"] if variables else [])]
    if found:
        return known(True, source, ", ".join(found))
    return (
        unknown(doubt, source) if doubt else known(False, source, "neither the settings nor the environment name one")
    )


def hardware(host: Host) -> dict[str, Fact]:
    """Processor, memory, free disk, time since the start, and programs that let others control the computer."""
    return {
        "cpu.logical_cores": _answered(host, calls.logical_cores, "psutil", _cores),
        "cpu.model": _cpu_model(host),
        "memory.total_gb": _answered(host, calls.memory_total_bytes, "psutil", _gigabytes),
        "memory.available_gb": _answered(host, calls.memory_available_bytes, "psutil", _gigabytes),
        "disk.free_gb": _answered(host, calls.home_free_bytes, "disk usage", _gigabytes),
        "computer.uptime_days": _answered(host, calls.uptime_s, "psutil", _uptime),
        "remote_control.running": remote_control(host),
    }


def load(host: Host) -> dict[str, Fact]:
    """How busy the processors are; apart from the rest, as it takes its time."""
    return {"cpu.load_ratio": _answered(host, calls.cpu_load_ratio, "psutil", _load)}


T = TypeVar("T")


def _answered(host: Host, function: Callable[[], T], source: str, fact: Callable[[T, str], Fact]) -> Fact:
    """The fact made of a native function's answer; when it has none, this fact alone is unknown."""
    try:
        return fact(host.call(function), source)
    except Unavailable as error:
        return unknown(str(error), source)


def _cores(cores: int | None, source: str) -> Fact:
    return known(cores, source) if cores else unknown("the system does not say", source)


def _gigabytes(size_bytes: int, source: str) -> Fact:
    return known(size_bytes / 1e9, source)


def _cpu_model(host: Host) -> Fact:
    """The processor's own name. The command for macOS is unconfirmed: it was never run there."""
    source = "sysctl machdep.cpu.brand_string" if host.system == "macos" else "processor name"
    try:
        if host.system == "macos":
            name = host.run("sysctl", "-n", "machdep.cpu.brand_string").stdout
        else:
            name = host.call(calls.cpu_model)
    except Unavailable as error:
        return unknown(str(error), source)
    name = " ".join(str(name).split())
    return known(name, source) if name else unknown("the system does not name the processor", source)


def _load(ratio: float, source: str) -> Fact:
    return known(round(min(1.0, max(0.0, ratio)), 2), source, "over 0.3 s, without what this check itself uses")


def _uptime(seconds: float, source: str) -> Fact:
    if seconds < 0:
        return unknown("the last start lies in the future: the clock of this computer was changed", source)
    return known(round(seconds / calls.DAY_S, 2), source)


@cache
def remote_control_table() -> dict[str, dict[str, str]]:
    """For each system, the process names in lower case and the program that each belongs to."""
    path = Path(__file__).parents[1] / "remote_control.yaml"
    document: dict[str, Any] = files.parse_yaml(files.read_text(path), str(path))
    return {
        system: {
            str(process).lower(): str(program["name"])
            for program in document["programs"]
            for process in program.get(system, [])
        }
        for system in ("linux", "macos", "windows")
    }


def remote_control(host: Host) -> Fact:
    """Whether a program runs that lets somebody else see or control the screen, by the names of the processes.

    A name that is found proves it; that none is found proves it only where every process can be seen.
    """
    source = "process list, remote_control.yaml"
    names = remote_control_table().get(host.system)
    if names is None:
        return unknown("no process names are known for this system", source)
    try:
        running = {str(name).lower() for name in host.call(calls.process_names)}
        found = sorted({names[name] for name in running & names.keys()})
        if found:
            return known(True, source, ", ".join(found))
        hidden = hidden_processes(host)
    except Unavailable as error:
        return unknown(str(error), source)
    if hidden:
        return unknown(hidden, source)
    return known(False, source, f"none of {len(set(names.values()))} known programs among the processes")


INIT = {"systemd", "init", "runit", "s6-svscan", "dinit", "openrc-init"}


def hidden_processes(host: Host) -> str:
    """Why the list of processes is not that of the whole computer; empty where it is. Only Linux can hide them."""
    if host.system != "linux":
        return ""
    first = host.call(calls.first_process)
    if not first:
        return "the processes of other users are hidden (hidepid)"
    return "" if first in INIT else f"only the processes of a container can be seen (its first is {first})"
