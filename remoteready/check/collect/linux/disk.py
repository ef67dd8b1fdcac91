"""Linux: whether the system volume is encrypted: block devices of sysfs, from what is mounted on / to the drives."""

import re

from remoteready.check.collect import common
from remoteready.check.collect.linux.system import VIRTUAL, is_virtual
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable

MOUNTS = "/proc/self/mountinfo"
CRYPT = re.compile(r"CRYPT-(LUKS\d|PLAIN|BITLK|TCRYPT|LOOPAES|FVAULT2)\b")
"""Device-mapper ids of encrypted volumes. CRYPT-VERITY and CRYPT-INTEGRITY only protect against change."""
OPAQUE = {"zfs": "ZFS", "bcachefs": "bcachefs", "overlay": "an overlay", "tmpfs": "memory", "nfs": "NFS", "nfs4": "NFS"}
DEEPEST = 12


def encryption(host: Host) -> dict[str, Fact]:
    """dm-crypt below every part of the root file system. What a drive encrypts in itself cannot be seen."""
    if is_virtual(host):
        return {"disk.encrypted": unknown(VIRTUAL, "/proc/cpuinfo")}
    device, kind = _root(host)
    if kind in OPAQUE:
        reason = f"the system is on {OPAQUE[kind]}; whether that is encrypted cannot be seen"
        return {"disk.encrypted": unknown(reason, MOUNTS)}
    members = _btrfs(host, device) if kind == "btrfs" else [device]
    leaves = [leaf for member in members for leaf in _leaves(host, member)]
    seen = ", ".join(dict.fromkeys(f"{name}: {how}" if how else f"{name}: not encrypted" for name, how in leaves))
    if any(re.match(r"loop|ram|zram|nbd|rbd", name) for name, how in leaves if not how):
        return {"disk.encrypted": unknown(f"what is below cannot be seen ({seen})", "/sys/class/block")}
    return {"disk.encrypted": known(all(how for _, how in leaves), "/sys/class/block", seen)}


def _root(host: Host) -> tuple[str, str]:
    """The kernel's name of the device that is mounted on /, and its file system. The last mount on / is the one in use.

    The number of a btrfs volume leads nowhere (its major is 0), so the device that it was mounted by is followed.
    """
    found = None
    for line in host.read(MOUNTS).splitlines():
        head, _, tail = line.partition(" - ")
        fields, about = head.split(" "), tail.split(" ")
        if len(fields) > 5 and len(about) > 1 and fields[4] == "/":
            found = fields[2], about[0], about[1]
    if found is None:
        raise Unavailable(f"{MOUNTS} names no root file system")
    number, kind, mounted = found
    if kind in OPAQUE:
        return mounted, kind
    place = host.link(mounted if number.startswith("0:") else f"/sys/dev/block/{number}")
    return place.rsplit("/", 1)[-1], kind


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
