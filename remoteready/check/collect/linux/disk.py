"""Linux: whether the volumes of the system and of the home folder are encrypted.

Block devices of sysfs, from what is mounted to the drives. Home folders may also be encrypted by themselves.
Unconfirmed: fscrypt's flag of the folder and the answer of `zfs get`, which were never asked of a real one.
"""

import re
from typing import NamedTuple

from remoteready.check.collect import calls, common
from remoteready.check.collect.linux.system import VIRTUAL, is_virtual
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable

MOUNTS = "/proc/self/mountinfo"
CRYPT = re.compile(r"CRYPT-(LUKS\d|PLAIN|BITLK|TCRYPT|LOOPAES|FVAULT2)\b")
"""Device-mapper ids of encrypted volumes. CRYPT-VERITY and CRYPT-INTEGRITY only protect against change."""
OPAQUE = {"zfs": "ZFS", "bcachefs": "bcachefs", "overlay": "an overlay", "tmpfs": "memory", "nfs": "NFS", "nfs4": "NFS"}
ENCRYPTING = {"ecryptfs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs"}
"""File systems that keep everything encrypted in another one."""
DEEPEST = 12


class Mount(NamedTuple):
    """A row of mountinfo: the number of its device, where it is mounted, its file system, and by what device."""

    number: str
    place: str
    kind: str
    device: str


def encryption(host: Host) -> dict[str, Fact]:
    """dm-crypt below every part of a file system. What a drive encrypts in itself cannot be seen."""
    if is_virtual(host):
        return dict.fromkeys(common.ENCRYPTION, unknown(VIRTUAL, "/proc/cpuinfo"))
    facts = {}
    for name, ask in (("disk.encrypted", _system), ("disk.home_encrypted", _home)):
        try:
            facts[name] = ask(host)
        except Unavailable as error:
            facts[name] = unknown(str(error))
    return facts


def _system(host: Host) -> Fact:
    return _volume(host, _mount_of(host, "/"), "the system")


def _home(host: Host) -> Fact:
    """By its volume, which systemd-homed has for each person, by an encrypting file system, or by fscrypt."""
    if host.call(calls.environment, "SUDO_UID"):
        return unknown("run by sudo, it is not the home folder of the person", "SUDO_UID")
    mount = _mount_of(host, host.call(calls.home_folder))
    if mount.kind in ENCRYPTING:
        return known(True, MOUNTS, mount.kind)
    volume = _volume(host, mount, "the home folder")
    if volume.value is not True and host.call(calls.home_folder_encrypted):
        return known(True, "FS_IOC_GETFLAGS", "fscrypt")
    return volume


def _mount_of(host: Host, folder: str) -> Mount:
    """The mount that a folder is on: the deepest of those above it, and of these the last, which hides the others."""
    found = Mount("", "", "", "")
    for line in filter(None, host.read(MOUNTS).splitlines()):
        head, _, tail = line.partition(" - ")
        fields, about = head.split(" "), tail.split(" ")
        if len(fields) <= 5 or len(about) <= 1:
            continue
        place = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[4])
        if f"{folder}/".startswith(f"{place.rstrip('/')}/") and len(place) >= len(found.place):
            found = Mount(fields[2], place, about[0], about[1])
    if not found.place:
        raise Unavailable(f"{MOUNTS} names no root file system")
    return found


def _volume(host: Host, mount: Mount, what: str) -> Fact:
    if mount.kind == "zfs":
        return _zfs(host, mount.device, what)
    if mount.kind in OPAQUE:
        return unknown(f"{what} is on {OPAQUE[mount.kind]}; whether that is encrypted cannot be seen", MOUNTS)
    # The number of a btrfs volume leads nowhere (its major is 0), so the device that it was mounted by is followed.
    place = host.link(mount.device if mount.number.startswith("0:") else f"/sys/dev/block/{mount.number}")
    device = place.rsplit("/", 1)[-1]
    members = _btrfs(host, device) if mount.kind == "btrfs" else [device]
    leaves = [leaf for member in members for leaf in _leaves(host, member)]
    seen = ", ".join(dict.fromkeys(f"{name}: {how}" if how else f"{name}: not encrypted" for name, how in leaves))
    if any(re.match(r"loop|ram|zram|nbd|rbd", name) for name, how in leaves if not how):
        return unknown(f"what is below cannot be seen ({seen})", "/sys/class/block")
    return known(all(how for _, how in leaves), "/sys/class/block", seen)


def _zfs(host: Host, dataset: str, what: str) -> Fact:
    """Encrypted by ZFS itself. Where it is not, its pool may still lie on encrypted volumes."""
    source = "zfs get encryption"
    try:
        answer = host.run("zfs", "get", "-H", "-o", "value", "encryption", dataset).stdout.strip()
    except Unavailable:
        answer = ""
    if re.fullmatch(r"aes-\d{3}-[cg]cm", answer):
        return known(True, source, f"ZFS: {answer}")
    reason = f"{what} is on ZFS; whether that is encrypted cannot be seen"
    return unknown(reason if answer != "off" else f"{what} is on ZFS, which does not encrypt; its drives may", source)


def _btrfs(host: Host, device: str) -> list[str]:
    """Every device of the btrfs volume that one of them belongs to."""
    for volume in common.names(host, "/sys/fs/btrfs"):
        members = common.names(host, f"/sys/fs/btrfs/{volume}/devices")
        if device in members:
            return members
    raise Unavailable("the devices of the btrfs volume cannot be seen")


def _leaves(host: Host, device: str, depth: int = 0) -> list[tuple[str, str]]:
    """The encrypted volumes and bare partitions below a device; the second of each pair is how it is encrypted."""
    if depth > DEEPEST:
        raise Unavailable("the block devices lie too deep")
    folder = f"/sys/class/block/{device}"
    held = host.list(folder)
    if "dm" in held:
        match = CRYPT.match(host.read(f"{folder}/dm/uuid"))
        if match:
            return [(device, match[1])]
    below = host.list(f"{folder}/slaves") if "slaves" in held else []
    if "partition" in held:  # of a drive, or of an array that may itself lie on something encrypted
        below = [host.link(folder).split("/")[-2]]
    if not below:
        return [(device, "")]
    return [leaf for name in below for leaf in _leaves(host, name, depth + 1)]
