"""Who this desk is: a pseudonym for its reports, and the names that must not leave it."""

import getpass
import hashlib
import hmac
import os
import platform
import plistlib
import re
import socket
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID

from remoteready import files
from remoteready.check.findings import LONGEST_AGENT
from remoteready.check.host import Host, Unavailable
from remoteready.exits import UnusableInput

CRYPTOGRAPHY = r"HKLM\SOFTWARE\Microsoft\Cryptography"


def pseudonym(host: Host) -> str | None:
    """A stable name for this workstation that does not lead back to it; None where it has no identity of its own.

    The operating system's machine id is the key of an HMAC, as in sd_id128_get_machine_app_specific(3): without the id
    the name can neither be computed nor reversed.
    """
    try:
        machine_id = _machine_id(host).replace("-", "").lower()
    except (Unavailable, ValueError, LookupError, TypeError):
        return None
    if not re.fullmatch("[0-9a-f]{32}", machine_id) or len(set(machine_id)) == 1:
        return None
    return hmac.new(bytes.fromhex(machine_id), b"remoteready", hashlib.sha256).hexdigest()[:20]


def report_id(time: datetime) -> str:
    """A name for one report that no other has and that sorts by its time: UUIDv7, RFC 9562 section 5.7."""
    number = int(time.timestamp() * 1000) << 80 | int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) | 0x7 << 76  # the version
    return str(UUID(int=number & ~(0x3 << 62) | 0x2 << 62))  # the variant


def agent(name: str) -> str:
    """Who sits here, as `--agent` says it. UnusableInput."""
    name = name.strip()
    if not name or len(name) > LONGEST_AGENT or files.UNSAFE.search(name):
        how = f"write one line of at most {LONGEST_AGENT} characters, such as a login"
        raise UnusableInput(f"--agent {files.named(name) or files.shown(name)}: {how}")
    return name


def _machine_id(host: Host) -> str:
    """machine-id(5) on Linux, MachineGuid on Windows, IOPlatformUUID on macOS (documented, not run on a Mac)."""
    if host.system == "windows":
        from remoteready.check.collect.windows.native import registry_values

        return str((host.call(registry_values, CRYPTOGRAPHY, "MachineGuid") or {})["MachineGuid"])
    if host.system == "macos":
        answer = host.run("ioreg", "-rd1", "-c", "IOPlatformExpertDevice", "-a").stdout
        return str(plistlib.loads(answer.encode())[0]["IOPlatformUUID"])
    return host.read("/etc/machine-id").strip()


def people() -> list[str]:
    """Login and full names that this computer knows: of this user, of who is logged in, and of all home folders."""
    import psutil

    names = [os.environ.get(name, "") for name in ("USER", "USERNAME", "LOGNAME", "SUDO_USER")]
    with suppress(OSError, KeyError, ImportError):
        names.append(getpass.getuser())
    with suppress(psutil.Error, OSError, NotImplementedError):
        names += [session.name for session in psutil.users()]
    with suppress(OSError, RuntimeError):
        home = Path.home()
        names.append(home.name)
        if home.parent.name.lower() in ("home", "users"):
            names += [folder.name for folder in home.parent.iterdir()]
    if sys.platform != "win32":
        import pwd

        with suppress(KeyError):
            names.append(pwd.getpwuid(os.getuid()).pw_gecos.split(",")[0])
    return [name for name in names if name]


def computer_names(host: Host) -> list[str]:
    """What this computer calls itself and its domain."""
    names = [socket.gethostname(), platform.node()]
    names += [os.environ.get(name, "") for name in ("COMPUTERNAME", "USERDOMAIN", "USERDNSDOMAIN", "HOSTNAME")]
    if host.system == "macos":
        for name in ("ComputerName", "LocalHostName", "HostName"):
            with suppress(Unavailable):
                names.append(host.run("scutil", "--get", name).stdout.strip())
    return [name for name in names if name]
