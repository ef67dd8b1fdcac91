"""Linux: what the package manager knows of updates: those that wait, how old its list is, and the last ones."""

import re
from datetime import datetime
from xml.etree import ElementTree

from remoteready.check.collect import calls, common
from remoteready.check.collect.linux.system import OS_RELEASE, os_release
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable

APT_LISTS = "/var/lib/apt/lists"
APT_LOG = "/var/log/apt/history.log"
TIMERS = "/etc/systemd/system/timers.target.wants"


def patches(host: Host) -> dict[str, Fact]:
    """Pending updates as far as the package manager knows them, the age of that knowledge, and a pending restart."""
    about = os_release(host)
    ids = {about.get("ID", ""), *about.get("ID_LIKE", "").split()} - {""}
    name = ", ".join(sorted(ids))
    reason = f"the package manager of this distribution ({name}) is not read for this"
    facts = dict.fromkeys(common.PATCHES, unknown(reason, OS_RELEASE))
    if ids & {"debian", "ubuntu"}:
        facts |= _apt(host)
        facts |= {"patches.last_success_age_days": _apt_last(host), "patches.paused": _apt_paused(host)}
    elif "ostree-booted" in common.names(host, "/run"):
        reason = f"this system ({name}) is updated as a whole image, which is not read"
        facts = dict.fromkeys(common.PATCHES, unknown(reason, "/run/ostree-booted"))
    else:
        readers = {"fedora": _dnf, "rhel": _dnf, "suse": _zypper, "opensuse": _zypper, "arch": _pacman}
        reader = next((readers[one] for one in sorted(ids) if one in readers), None)
        if reader:
            try:
                facts["patches.pending"] = reader(host)
            except Unavailable as error:
                facts["patches.pending"] = unknown(str(error))
    return facts | {"patches.reboot_pending": _reboot_pending(host)}


# --- apt ------------------------------------------------------------------------------------------------------------


def _apt(host: Host) -> dict[str, Fact]:
    """A simulated dist-upgrade: `upgrade` would keep back what needs a new package, above all a new kernel."""
    source = "apt-get -s -qq -o Debug::NoLocking=1 dist-upgrade"
    lists = [name for name in common.names(host, APT_LISTS) if name.endswith(("InRelease", "_Release"))]
    if not lists:
        reason = "there is no list of available updates on this computer (apt-get update was never run)"
        return dict.fromkeys(common.PATCHES[:3], unknown(reason, APT_LISTS))
    try:
        output = host.run("apt-get", "-s", "-qq", "-o", "Debug::NoLocking=1", "dist-upgrade", timeout_s=15)
        if output.exit_code:
            raise Unavailable(output.stderr.strip().splitlines()[0] if output.stderr.strip() else "apt-get failed")
    except Unavailable as error:
        pending = security = unknown(str(error), source)
    else:
        rows = [line for line in output.stdout.splitlines() if line.startswith("Inst ")]
        urgent = [row for row in rows if re.search(r"\(.*(Debian-Security|-security\b)", row)]
        pending, security = (known(len(some), source, _some([row[5:] for row in some])) for some in (rows, urgent))
        if not any("security" in name for name in lists):
            security = unknown("no security archive is among the sources of updates", APT_LISTS)
        elif not urgent and any(re.search(r"\(.*\bUbuntu:\S+-updates\b", row) for row in rows):
            # apt names the archives of the newest version only: a fix that -updates has overtaken is not told apart.
            security = unknown("updates wait that may hold security fixes; Ubuntu's archives do not tell", source)
    return {
        "patches.pending": pending,
        "patches.pending_security": security,
        "patches.knowledge_age_days": _apt_knowledge(host),
    }


def _apt_knowledge(host: Host) -> Fact:
    """How old the package lists are, at the most.

    Ubuntu keeps a stamp of the last success. Elsewhere the folder's own time is when a list last changed; security
    archives publish a new one at least weekly (Valid-Until), so a working update is never much older. The folder
    `partial` and the lists' own times cannot serve: one changes when an update fails, the others are the server's.
    """
    ages = {}
    for path in ("/var/lib/apt/periodic/update-success-stamp", APT_LISTS):
        try:
            ages[path] = float(host.call(calls.age_days, path))
        except Unavailable:
            continue
    if not ages:
        return unknown("the package lists have no date", APT_LISTS)
    newest = min(ages, key=lambda path: ages[path])
    return common.age(ages[newest], newest)


def _apt_last(host: Host) -> Fact:
    """When packages were last upgraded. The log is begun anew every month; the one before is packed.

    Installing a program is no update, though it may upgrade what it needs: only entries with "Upgrade:", without
    "Error:" and not of a command that installs count. Their times are local; a change to or from summer time since then
    makes an hour of difference.
    """
    try:
        for path in (APT_LOG, f"{APT_LOG}.1.gz", f"{APT_LOG}.2.gz"):
            if path.rpartition("/")[2] not in host.list("/var/log/apt"):
                continue
            text = host.call(calls.unzipped, path) if path.endswith(".gz") else host.read(path)
            last = _last_upgrade(text)
            if last:
                age_s = host.call(calls.today_s) + host.call(calls.utc_offset_s) - last.timestamp()
                return common.age(age_s / calls.DAY_S, path, "the last time that packages were upgraded")
    except Unavailable as error:
        return unknown(str(error), APT_LOG)
    return unknown("no update stands in the logs of the last months", APT_LOG)


def _last_upgrade(text: str) -> datetime | None:
    """The local time of the newest successful upgrade in a history.log of apt, as if it were UTC."""
    found = []
    for entry in re.split(r"\n\s*\n", text):
        end = re.search(r"^End-Date: (\d{4}-\d\d-\d\d) +(\d\d:\d\d:\d\d)\s*$", entry, re.MULTILINE)
        other = re.search(r"^Error: |^Commandline: .*\b(install|remove|purge|autoremove)\b", entry, re.MULTILINE)
        if end and re.search("^Upgrade: ", entry, re.MULTILINE) and not other:
            try:
                found.append(datetime.fromisoformat(f"{end[1]}T{end[2]}+00:00"))
            except ValueError:
                continue
    return max(found, default=None)


def _apt_paused(host: Host) -> Fact:
    """Whether apt's own updates are switched off. Where nobody ever set them up it is unknown: others may update."""
    source = "apt-config dump APT::Periodic"
    try:
        output = host.run("apt-config", "dump", "APT::Periodic")
        timers, programs = host.list(TIMERS), host.list("/usr/bin")
    except Unavailable as error:
        return unknown(str(error), source)
    rows = re.findall(r'^APT::Periodic::([A-Za-z-]+) "([^"]*)";', output.stdout, re.MULTILINE)
    settings = {name.lower(): value for name, value in rows}
    switches = ("enable", "update-package-lists", "unattended-upgrade")
    off = next((name for name in switches if settings.get(name) == "0"), None)
    if output.exit_code:
        return unknown("apt-config does not answer", source)
    if off:
        return known(True, source, f"APT::Periodic::{off} is 0")
    if not set(switches[1:]) <= settings.keys() or "unattended-upgrade" not in programs:
        return unknown("apt is not set up to update by itself; whether another program does cannot be told", source)
    missing = sorted({"apt-daily.timer", "apt-daily-upgrade.timer"} - set(timers))
    if missing:
        return known(True, TIMERS, f"not enabled: {', '.join(missing)}")
    return known(False, source, "unattended upgrades are on")


# --- the other package managers: updates that wait, and no more ------------------------------------------------------


def _waiting(packages: list[str], source: str) -> Fact:
    """Updates of a list whose age nobody can tell: those in it do wait, but an empty one proves nothing."""
    if packages:
        return known(len(packages), source, _some(packages))
    return unknown("its list names no updates, but how old that list is cannot be told", source)


def _dnf(host: Host) -> Fact:
    """Exit code 100 says that updates wait; 0 that none does. The form of the rows is unconfirmed."""
    source = "dnf -C -q check-update"
    output = host.run("dnf", "-C", "-q", "check-update", timeout_s=15)
    if output.exit_code not in (0, 100):
        return unknown("dnf has no list of available updates for this user", source)
    rows = output.stdout.split("Obsoleting")[0] if output.exit_code else ""
    names = re.findall(r"^(\S+)\.(?:noarch|x86_64|aarch64|i[36]86|ppc64le|s390x|riscv64)\b", rows, re.MULTILINE)
    if output.exit_code and not names:
        return unknown("dnf says that updates wait, but not in a known form which", source)
    return _waiting(names, source)


def _zypper(host: Host) -> Fact:
    """Never run here: the form is that of a public sample."""
    source = "zypper --xmlout --no-refresh list-updates"
    output = host.run("zypper", "--xmlout", "--no-refresh", "list-updates", timeout_s=15)
    if output.exit_code:
        return unknown(f"zypper ended with {output.exit_code}", source)
    try:
        root = ElementTree.fromstring(output.stdout)  # noqa: S314 – zypper's own; expat limits what entities may grow to
    except (ElementTree.ParseError, ValueError):
        return unknown("zypper does not answer in XML", source)
    return _waiting([str(update.get("name")) for update in root.iter("update")], source)


def _pacman(host: Host) -> Fact:
    """Of the list as it is: `checkupdates` would fetch a new one. Exit code 1 is both "none" and an error."""
    output = host.run("pacman", "-Qu", timeout_s=15)
    rows = [line for line in output.stdout.splitlines() if " -> " in line and not line.endswith("[ignored]")]
    return _waiting([row.split()[0] for row in rows], "pacman -Qu")


def _some(rows: list[str]) -> str:
    names = [row.split()[0] for row in rows if row.split()]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


# --- restart --------------------------------------------------------------------------------------------------------


def _reboot_pending(host: Host) -> Fact:
    """The flag that Debian and Ubuntu set; else whether a newer kernel is installed than the one that runs."""
    flag = "reboot-required"
    if flag in host.list("/run"):
        return known(True, f"/run/{flag}", "an installed update waits for a restart")
    release = host.call(calls.kernel_release)
    prefix = "vmlinuz-"
    kernels = [name.removeprefix(prefix) for name in common.names(host, "/boot") if name.startswith(prefix)]
    newer = [k for k in kernels if _flavour(k) == _flavour(release) and _version(k) > _version(release)]
    if newer:
        return known(True, "/boot", f"kernel {max(newer, key=_version)} is installed, {release} runs")
    if release in kernels:
        return known(False, "/run, /boot", f"the newest installed kernel runs, and /run/{flag} is not set")
    return unknown(
        "the running kernel is not one of this system's own, and no update asks for a restart", "/run, /boot"
    )


def _flavour(release: str) -> str:
    """The variant of a kernel: "-rt-amd64" of 6.1.0-18-rt-amd64, "-amd64" of 6.12.48+deb13-amd64."""
    match = re.search(r"-[a-z].*", release)
    return match[0] if match else ""


def _version(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]
