"""macOS: the same collectors as on every system. Not one source is read yet; each says so rather than guess."""

from remoteready.check.collect import common
from remoteready.check.facts import Fact
from remoteready.check.host import Host
from remoteready.check.profile import Address

SYSTEM = "macOS"


def link(host: Host, toward: Address | None) -> dict[str, Fact]:
    """The physical link below the traffic to the contact centre."""
    return common.not_collected(common.LINK, SYSTEM)


def audio(host: Host) -> dict[str, Fact]:
    """The headset and the default input and output."""
    return common.not_collected(common.AUDIO, SYSTEM)


def camera(host: Host) -> dict[str, Fact]:
    """Real cameras."""
    return common.not_collected(common.CAMERA, SYSTEM)


def patches(host: Host) -> dict[str, Fact]:
    """Pending updates and restart."""
    return common.not_collected(common.PATCHES, SYSTEM)


def antivirus(host: Host) -> dict[str, Fact]:
    """Antivirus present, on and fresh."""
    return common.not_collected(common.ANTIVIRUS, SYSTEM)
