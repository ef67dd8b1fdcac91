"""What is collected the same way on every operating system, and which facts each collector answers."""

import errno
import os
import socket
import ssl
import sys
from collections.abc import Callable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from remoteready import files
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable
from remoteready.check.profile import Address

LINK = ("network.link", "network.link_mbps", "network.tunnel")
CONNECTED = ("network.connected",)
ANYWHERE = (Address(host="198.51.100.1", port=443), Address(host="2001:db8::1", port=443))
"""Addresses reserved for documentation (RFC 5737, RFC 3849): nothing is sent, they only ask for the default route."""
AUDIO = (
    "headset.link",
    "headset.in_use",
    "audio.hands_free",
    "audio.input_rate_hz",
    "audio.microphone_allowed",
    "audio.only_input_is_webcam",
)
CAMERA = ("camera.present",)
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
ENCRYPTION = ("disk.encrypted",)
SCREEN = ("screen.locks", "screen.lock_after_s")
USERS = ("users.others_logged_in", "users.automatic_login", "users.administrator")
COMPUTER = ("computer.kind", "power.mains", "power.saving")
MONITORS = ("monitors.count", "monitors.pixels")
HARDWARE = (
    "cpu.logical_cores",
    "cpu.model",
    "cpu.load_ratio",
    "memory.total_gb",
    "memory.available_gb",
    "disk.free_gb",
    "computer.uptime_days",
    "remote_control.running",
)
TARGET = ("reachable", "certificate_trusted", "clock_skew_s")

REACH_TIMEOUT_S = 5.0
CLOCK_TIMEOUT_S = 1.0
LARGEST_LOG_BYTES = 8_000_000
DAY_S = 86_400


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
            return f"route to {toward}", host.call(source_address, toward.host, toward.port)
    ipv4, ipv6 = ANYWHERE
    try:
        local = host.call(source_address, ipv4.host, ipv4.port)
    except Unavailable:
        return "default route", host.call(source_address, ipv6.host, ipv6.port)
    if local is None:
        with suppress(Unavailable):  # a computer without IPv6 has none
            local = host.call(source_address, ipv6.host, ipv6.port)
    return "default route", local


def hardware(host: Host) -> dict[str, Fact]:
    """Processor, memory, free disk, time since the start, and programs that let others control the computer."""
    return {
        "cpu.logical_cores": _answered(host, logical_cores, "psutil", _cores),
        "cpu.model": _cpu_model(host),
        "cpu.load_ratio": _answered(host, cpu_load_ratio, "psutil", _load),
        "memory.total_gb": _answered(host, memory_total_bytes, "psutil", lambda b: known(b / 1e9, "psutil")),
        "memory.available_gb": _answered(host, memory_available_bytes, "psutil", lambda b: known(b / 1e9, "psutil")),
        "disk.free_gb": _answered(host, home_free_bytes, "shutil.disk_usage", lambda b: known(b / 1e9, "disk_usage")),
        "computer.uptime_days": _answered(host, uptime_s, "psutil", _uptime),
        "remote_control.running": remote_control(host),
    }


T = TypeVar("T")


def _answered(host: Host, function: Callable[[], T], source: str, fact: Callable[[T], Fact]) -> Fact:
    """The fact made of a native function's answer; when it has none, this fact alone is unknown."""
    try:
        return fact(host.call(function))
    except Unavailable as error:
        return unknown(str(error), source)


def _cores(cores: int | None) -> Fact:
    return known(cores, "psutil") if cores else unknown("the system does not say", "psutil")


def _cpu_model(host: Host) -> Fact:
    """The processor's own name. The command for macOS is unconfirmed: it was never run there."""
    source = "sysctl machdep.cpu.brand_string" if host.system == "macos" else "processor name"
    try:
        if host.system == "macos":
            name = host.run("sysctl", "-n", "machdep.cpu.brand_string").stdout
        else:
            name = host.call(cpu_model)
    except Unavailable as error:
        return unknown(str(error), source)
    name = " ".join(str(name).split())
    return known(name, source) if name else unknown("the system does not name the processor", source)


def _load(ratio: float) -> Fact:
    return known(round(min(1.0, max(0.0, ratio)), 2), "psutil", "over 0.3 s, without what this check itself uses")


def _uptime(seconds: float) -> Fact:
    if seconds < 0:
        return unknown("the last start lies in the future: the clock of this computer was changed", "psutil")
    return known(round(seconds / DAY_S, 2), "psutil")


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
        running = {str(name).lower() for name in host.call(process_names)}
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
    first = host.call(first_process)
    if not first:
        return "the processes of other users are hidden (hidepid)"
    return "" if first in INIT else f"only the processes of a container can be seen (its first is {first})"


def reach(host: Host, name: str, address: Address) -> dict[str, Fact]:
    """Whether a target answers by TCP, whether its certificate is trusted, and what its clock says."""
    import time

    late = time.monotonic() + REACH_TIMEOUT_S - 3 * CLOCK_TIMEOUT_S  # what is known by then must not be lost
    refused = host.call(connect, address.host, address.port)
    place = f"TCP {address}"
    if refused:
        reachable = known(False, place, f"{address}: {refused}")
        certificate = clock = unknown(f"no connection to {address}: {refused}")
    else:
        reachable = known(True, place, f"{address} answers")
        certificate, tls = _certificate(host, address)
        clock = (
            _clock(host, address, tls)
            if time.monotonic() < late
            else unknown(f"{address} answers too slowly to compare its clock")
        )
    return {
        f"target.{name}.reachable": reachable,
        f"target.{name}.certificate_trusted": certificate,
        f"target.{name}.clock_skew_s": clock,
    }


def _certificate(host: Host, address: Address) -> tuple[Fact, bool | None]:
    """Whether the certificate is trusted, and whether the port speaks TLS; None when it kept silent."""
    source = f"TLS {address}"
    try:
        distrust = host.call(distrusted, address.host, address.port)
    except Unavailable as error:
        silent = "timed out" in str(error)
        return unknown(f"no TLS with {address}: {error}", source), None if silent else False
    if distrust:
        return known(False, source, distrust), True
    return known(True, source, "the operating system trusts it"), True


def _clock(host: Host, address: Address, tls: bool | None) -> Fact:
    """This computer's clock against the host's: RFC 9110 says that Date is when the answer was made.

    Age (RFC 9111) is what a cache adds. Date has whole seconds, cut off: half a second is put back, and counts as error
    beside half the round trip.
    """
    source = f"HTTP Date of {address}"
    if tls is None:
        return unknown(f"{address} accepts connections but does not answer", source)
    try:
        answer = host.call(http_date, address.host, address.port, tls)
    except Unavailable as error:
        return unknown(f"{address} does not tell its time by HTTP: {error}", source)
    try:
        date_s = parsedate_to_datetime(str(answer["date"])).timestamp() + int(answer.get("age") or 0)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return unknown(f"{address} sends no date that can be read", source)
    asked_s, answered_s = float(answer["asked_s"]), float(answer["answered_s"])
    round_trip_s = answered_s - asked_s
    if not 0 <= round_trip_s <= 2 * REACH_TIMEOUT_S:
        return unknown("the clock of this computer was set while the host was asked", source)
    skew_s = (asked_s + answered_s) / 2 - (date_s + 0.5)
    return known(round(skew_s, 1), source, f"give or take {round_trip_s / 2 + 0.5:.1f} s: half the round trip and Date")


# Native calls: plain data in, plain data out, so that a snapshot can hold them.


def logical_cores() -> int | None:
    """Logical processors of this machine."""
    import psutil

    return psutil.cpu_count(logical=True)


def memory_total_bytes() -> int:
    """Memory that the operating system has to give."""
    import psutil

    return int(psutil.virtual_memory().total)


def memory_available_bytes() -> int:
    """Memory that programs can get without pushing others out to disk."""
    import psutil

    return int(psutil.virtual_memory().available)


def cpu_model() -> str:
    """The name of the processor on Linux and Windows; empty where there is none."""
    if sys.platform == "win32":
        import winreg

        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"HARDWARE\DESCRIPTION\System\CentralProcessor\0") as key:
            return str(winreg.QueryValueEx(key, "ProcessorNameString")[0])
    with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
        return next((line.partition(":")[2] for line in file if line.startswith("model name")), "")


def cpu_load_ratio() -> float:
    """Share of all processors that was busy during 0.3 s with other things than this check and what it started."""
    import time

    total, busy, own = cpu_seconds()
    time.sleep(0.3)
    total, busy, own = (after - before for after, before in zip(cpu_seconds(), (total, busy, own), strict=True))
    return (busy - own) / total if total > 0 else 0.0


def cpu_seconds() -> tuple[float, float, float]:
    """Processor time since the start: all of it, the busy part of it, and that of this process and its children."""
    import psutil

    times = psutil.cpu_times()._asdict()
    total = sum(times.values()) - times.get("guest", 0.0) - times.get("guest_nice", 0.0)  # these are in "user", too
    me = psutil.Process()
    spent = me.cpu_times()
    own = spent.user + spent.system + spent.children_user + spent.children_system
    try:
        for child in me.children(recursive=True):
            with suppress(psutil.Error):
                own += sum(child.cpu_times()[:2])
    except (psutil.Error, OSError):
        pass
    return total, total - times["idle"] - times.get("iowait", 0.0), own


def uptime_s() -> float:
    """Seconds since the last start, by this machine's clock."""
    import time

    import psutil

    return time.time() - psutil.boot_time()


def home_free_bytes() -> int:
    """Free space for this user on the volume of the home folder."""
    import shutil

    return shutil.disk_usage(Path.home()).free


def kernel_release() -> str:
    """The running kernel, as `uname -r` says it."""
    return os.uname().release


def process_names() -> list[str]:
    """Names of the running processes that this user may see."""
    import psutil

    return sorted({process.info["name"] or "" for process in psutil.process_iter(["name"])})


def first_process() -> str:
    """The name of process 1; empty where it is hidden from this user."""
    import psutil

    try:
        return psutil.Process(1).name() if 1 in psutil.pids() else ""
    except psutil.Error:
        return ""


def age_days(path: str) -> float:
    """Days since a file or folder was last changed; negative when that lies in the future."""
    import time

    return (time.time() - Path(path).stat().st_mtime) / DAY_S


def today_s() -> float:
    """Seconds since 1970, by this machine's clock."""
    import time

    return time.time()


def utc_offset_s() -> int:
    """How far the local time of this machine is ahead of UTC."""
    import time

    return time.localtime().tm_gmtoff


def unzipped(path: str) -> str:
    """The text of a file that gzip has packed."""
    import gzip
    import zlib

    try:
        with gzip.open(path) as file:
            return file.read(LARGEST_LOG_BYTES).decode("utf-8", errors="replace")
    except (EOFError, zlib.error) as error:
        raise OSError(f"{path} is damaged") from error


def environment(name: str) -> str:
    """A variable of the environment; empty where it is not set."""
    return os.environ.get(name, "")


def user_setting(name: str) -> str:
    """The text of a file in the user's folder for settings (XDG); empty where there is none."""
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    try:
        return Path(folder, name).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def user_ids() -> list[int]:
    """The user who runs this; behind sudo also the one who typed it."""
    typed = os.environ.get("SUDO_UID", "")
    return [os.getuid(), *([int(typed)] if typed.isdecimal() else [])]


def group_names() -> list[str]:
    """The groups of this process, by name where they have one."""
    import grp

    names = []
    for number in {os.getegid(), *os.getgroups()}:
        try:
            names.append(grp.getgrgid(number).gr_name)
        except KeyError:
            names.append(str(number))
    return sorted(names)


def source_address(host: str, port: int) -> str | None:
    """The local address that traffic to a host leaves from; None without a route. A connected UDP socket sends nothing.

    Raises OSError where the name is not found.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        try:
            probe.connect(address)
        except OSError as error:
            if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL):
                return None
            raise
        return str(probe.getsockname()[0])


def interface_addresses() -> dict[str, list[str]]:
    """The addresses of every interface."""
    import psutil

    return {
        name: [address.address.split("%")[0] for address in addresses]
        for name, addresses in psutil.net_if_addrs().items()
    }


def connect(host: str, port: int) -> str:
    """Empty when a TCP connection is accepted, else why not. Raises OSError when this machine forbids the attempt."""
    try:
        with socket.create_connection((host, port), timeout=REACH_TIMEOUT_S):
            return ""
    except PermissionError:
        raise
    except socket.gaierror:
        return "the name is not found"
    except TimeoutError:
        return f"no answer within {REACH_TIMEOUT_S:g} s"
    except OSError as error:
        return (error.strerror or str(error)).lower()


def distrusted(host: str, port: int) -> str:
    """Empty when the operating system trusts the certificate shown for this name, else what it says against it."""
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        with (
            socket.create_connection((host, port), timeout=REACH_TIMEOUT_S) as plain,
            context.wrap_socket(plain, server_hostname=host),
        ):
            return ""
    except ssl.SSLCertVerificationError as error:
        return str(error.verify_message or error.reason or error).lower()


def http_date(host: str, port: int, tls: bool) -> dict[str, Any]:
    """The Date and Age of an answer to HEAD, and when it was asked and answered by this machine's clock.

    The certificate is not checked, as a wrong clock is one of the reasons why it would fail; nothing secret is sent.
    """
    import http.client
    import time

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    kind = http.client.HTTPSConnection if tls else http.client.HTTPConnection
    extra: dict[str, Any] = {"context": context} if tls else {}
    connection = kind(host, port, timeout=CLOCK_TIMEOUT_S, **extra)
    try:
        connection.connect()
        asked_s = time.time()
        connection.request("HEAD", "/")
        answer = connection.getresponse()
        answered_s = time.time()
    except http.client.HTTPException as error:
        raise OSError("what answers is not HTTP") from error
    finally:
        connection.close()
    date, age = answer.getheader("Date") or "", answer.getheader("Age") or ""
    return {"date": date, "age": age, "asked_s": asked_s, "answered_s": answered_s}
