"""Native calls of every operating system: plain data in, plain data out, so that a snapshot can hold them."""

import errno
import os
import socket
import ssl
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

REACH_TIMEOUT_S = 5.0
CLOCK_TIMEOUT_S = 1.0
LARGEST_LOG_BYTES = 8_000_000
DAY_S = 86_400


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


def home_folder() -> str:
    """Where the home folder of this user really is, all symbolic links followed."""
    return str(Path.home().resolve())


def home_folder_encrypted() -> bool:
    """Whether Linux encrypts the files of the home folder itself (fscrypt): a flag of the folder, FS_ENCRYPT_FL.

    File systems without such flags have no fscrypt. The numbers are those of linux/fs.h.
    """
    import fcntl
    import struct

    size = struct.calcsize("l")
    flags = bytearray(size)
    folder = os.open(Path.home(), os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.ioctl(folder, 2 << 30 | size << 16 | ord("f") << 8 | 1, flags)  # FS_IOC_GETFLAGS
    except OSError as error:
        if error.errno in (errno.ENOTTY, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):
            return False
        raise
    finally:
        os.close(folder)
    return bool(int.from_bytes(flags[:4], sys.byteorder) & 0x800)


def usb_descriptors(path: str) -> str:
    """The descriptors of a USB device that sysfs keeps in a file, in hexadecimal; at most 64 KB."""
    with Path(path).open("rb") as file:
        return file.read(65_536).hex()


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


PROXY_VARIABLES = ("https_proxy", "http_proxy", "all_proxy")


def proxy_variables() -> list[str]:
    """Those variables of the environment that name a proxy, in either case; not what they hold."""
    held = {name.lower() for name, value in os.environ.items() if value.strip()}
    return [name for name in PROXY_VARIABLES if name in held]


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


def addresses_of(host: str) -> list[str]:
    """The addresses of a name, as every program gets them. Raises OSError where the name is not found."""
    try:
        rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError("no name that can be asked for") from None
    return sorted({str(row[4][0]).split("%")[0] for row in rows})


def interface_addresses() -> dict[str, list[str]]:
    """The addresses of every interface."""
    import psutil

    return {
        name: [address.address.split("%")[0] for address in addresses]
        for name, addresses in psutil.net_if_addrs().items()
    }


def connect(host: str, port: int) -> str:
    """Empty when a TCP connection is accepted, else why not. Raises OSError when this machine forbids the attempt."""
    from remoteready.measure import datagrams

    try:
        with socket.create_connection((host, port), timeout=REACH_TIMEOUT_S):
            return ""
    except PermissionError:
        raise
    except socket.gaierror as error:
        return datagrams.name_trouble(error)
    except TimeoutError:
        return f"no answer within {REACH_TIMEOUT_S:g} s"
    except OSError as error:
        return (error.strerror or str(error)).lower()


def vpn_probe(host: str, port: int, protocol: str) -> dict[str, Any]:
    """What a VPN gateway says when it is asked by its own protocol, as `measure.vpn.Probed` has it."""
    from dataclasses import asdict

    from remoteready.measure import vpn

    probed = vpn.probe(host, port, protocol)
    return asdict(probed) | {"outcome": str(probed.outcome)}


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


def unchecked() -> ssl.SSLContext:
    """A context for TLS that accepts every certificate, to look at what a host shows."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def http_date(host: str, port: int, tls: bool) -> dict[str, Any]:
    """The Date and Age of an answer to HEAD, and when it was asked and answered by this machine's clock.

    The certificate is not checked, as a wrong clock is one of the reasons why it would fail; nothing secret is sent.
    """
    import http.client
    import time

    context = unchecked()
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
