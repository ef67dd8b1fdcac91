"""Linux: which system it is, and until when its vendor gives security updates."""

import csv
import re
from datetime import UTC, date, datetime

from remoteready.check.collect import calls, support
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable

OS_RELEASE = "/etc/os-release"
VIRTUAL = "this is a virtual machine; run the check on the computer it is shown on"
ROLLING = {"arch", "opensuse-tumbleweed"}


def operating_system(host: Host) -> dict[str, Fact]:
    """Its own name and version, and whether security updates still come."""
    about = os_release(host)
    name = about.get("PRETTY_NAME") or f"{about.get('NAME') or about.get('ID', '')} {about.get('VERSION_ID', '')}"
    try:
        supported = _supported(host, about)
    except Unavailable as error:
        supported = unknown(str(error))
    version = known(name.strip(), OS_RELEASE) if name.strip() else unknown("the system has no name", OS_RELEASE)
    return {
        "os.version": version,
        "os.supported": supported,
    }


def is_virtual(host: Host) -> bool:
    """Whether a hypervisor shows itself to the processor; those of ARM machines do not."""
    return "hypervisor" in host.read("/proc/cpuinfo")


def os_release(host: Host) -> dict[str, str]:
    """What a Linux system says of itself: os-release(5)."""
    rows = re.findall(r"""^([A-Z_0-9]+)=(["']?)(.*?)\2[ \t\r]*$""", host.read(OS_RELEASE), re.MULTILINE)
    return {key: value for key, _, value in rows}


def _supported(host: Host, about: dict[str, str]) -> Fact:
    """SUPPORT_END of os-release, else the dates of the package distro-info-data, else the shipped table."""
    identity, version = about.get("ID", ""), about.get("VERSION_ID", "")
    what = f"{identity} {version}".strip() or "this system"
    today = datetime.fromtimestamp(host.call(calls.today_s), UTC).date()
    end = _date(about.get("SUPPORT_END"))
    if end:
        return known(today <= end, OS_RELEASE, f"{what}: SUPPORT_END {end}")
    if identity in ROLLING:
        return known(True, OS_RELEASE, f"{identity} has no versions: whoever updates has the newest")
    if identity == "debian" and version:
        return _debian(host, version, today)
    if identity == "ubuntu" and version:
        return _ubuntu(host, version, today)
    below = about.get("UBUNTU_CODENAME") or about.get("DEBIAN_CODENAME")
    return support.supported_until(_shipped(what), today, what + (f", built on {below}," if below else ""))


def _debian(host: Host, version: str, today: date) -> Fact:
    """Until the end of long-term support, which serves from the same archive. Old tables do not know that date yet."""
    what = f"debian {version}"
    path, row = _distro_info(host, "debian", version)
    regular, long_term = _date(row.get("eol")), _date(row.get("eol-lts"))
    if long_term or (regular and today <= regular):
        end = long_term or regular
        return known(bool(end and today <= end), path, f"{what}: security updates until {end}")
    return support.supported_until(_shipped(what), today, what)


def _ubuntu(host: Host, version: str, today: date) -> Fact:
    what = f"ubuntu {version}"
    path, row = _distro_info(host, "ubuntu", version)
    end, paid = _date(row.get("eol")), _date(row.get("eol-esm"))
    if end is None:
        return support.supported_until(_shipped(what), today, what)
    if paid and end < today <= paid:
        reason = f"support for everyone ended on {end}; whether Ubuntu Pro gives updates until {paid} cannot be told"
        return unknown(reason, path)
    return known(today <= end, path, f"{what}: security updates until {end}")


def _distro_info(host: Host, identity: str, version: str) -> tuple[str, dict[str, str]]:
    """The row of a release, whose version may read "24.04 LTS", in a table of distro-info-data; empty without one."""
    path = f"/usr/share/distro-info/{identity}.csv"
    try:
        rows = list(csv.DictReader(host.read(path).splitlines()))
    except (Unavailable, csv.Error):
        return path, {}
    return path, next((row for row in rows if (row.get("version") or "").split(" ")[0] == version), {})


def _shipped(what: str) -> date | None:
    day = (support.table().get("linux") or {}).get(what)
    return day if isinstance(day, date) else None


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
