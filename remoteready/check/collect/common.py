"""What is collected the same way on every operating system, and which facts each collector answers."""

import errno
import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable
from remoteready.check.profile import Address

LINK = ("network.link", "network.tunnel", "network.connected")
AUDIO = ("headset.link", "headset.in_use", "audio.only_input_is_webcam")
CAMERA = ("camera.present",)
PATCHES = (
    "patches.pending",
    "patches.pending_security",
    "patches.knowledge_age_days",
    "patches.reboot_pending",
)
ANTIVIRUS = ("antivirus.present", "antivirus.on", "antivirus.definitions_age_days")
HARDWARE = ("cpu.logical_cores", "memory.total_gb", "disk.free_gb")
TARGET = ("reachable", "certificate_trusted")

REACH_TIMEOUT_S = 5.0
DAY_S = 86_400


def not_collected(facts: tuple[str, ...], system: str) -> dict[str, Fact]:
    """Unknown, for a system whose sources are not read yet."""
    return {name: unknown(f"not collected on {system} yet") for name in facts}


def hardware(host: Host) -> dict[str, Fact]:
    """Processor, memory and free disk, through psutil."""
    return {
        "cpu.logical_cores": _told(lambda: host.call(logical_cores), "psutil"),
        "memory.total_gb": _told(lambda: host.call(memory_total_bytes) / 1e9, "psutil"),
        "disk.free_gb": _told(lambda: host.call(home_free_bytes) / 1e9, "shutil.disk_usage"),
    }


def _told(ask: Callable[[], float | None], source: str) -> Fact:
    """One number on its own: where it cannot be had, the others still can."""
    try:
        value = ask()
    except Unavailable as error:
        return unknown(str(error), source)
    return unknown("the system does not say", source) if value is None else known(value, source)


def reach(host: Host, name: str, address: Address) -> dict[str, Fact]:
    """Whether a target answers by TCP, and whether the operating system trusts its certificate."""
    refused = host.call(connect, address.host, address.port)
    place = f"TCP {address}"
    if refused:
        reachable = known(False, place, f"{address}: {refused}")
        certificate = unknown(f"no connection to {address}: {refused}")
    else:
        reachable = known(True, place, f"{address} answers")
        certificate = _certificate(host, address)
    return {f"target.{name}.reachable": reachable, f"target.{name}.certificate_trusted": certificate}


def _certificate(host: Host, address: Address) -> Fact:
    source = f"TLS {address}"
    try:
        distrust = host.call(distrusted, address.host, address.port)
    except Unavailable as error:
        return unknown(f"no TLS with {address}: {error}", source)
    if distrust:
        return known(False, source, distrust)
    return known(True, source, "the operating system trusts it")


# Native calls: plain data in, plain data out, so that a snapshot can hold them.


def logical_cores() -> int | None:
    """Logical processors of this machine."""
    import psutil

    return psutil.cpu_count(logical=True)


def memory_total_bytes() -> int:
    """Memory that the operating system has to give."""
    import psutil

    return int(psutil.virtual_memory().total)


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


def age_days(path: str) -> float:
    """Days since a file or folder was last changed; negative when that lies in the future."""
    import time

    return (time.time() - Path(path).stat().st_mtime) / DAY_S


def today_s() -> float:
    """Seconds since 1970, by this machine's clock."""
    import time

    return time.time()


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
