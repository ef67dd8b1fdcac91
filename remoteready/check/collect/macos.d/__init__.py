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


def operating_system(host: Host) -> dict[str, Fact]:
    """Name, version and end of support."""
    return common.not_collected(common.SYSTEM, SYSTEM)


def firewall(host: Host) -> dict[str, Fact]:
    """A firewall of this computer."""
    return common.not_collected(common.FIREWALL, SYSTEM)


def encryption(host: Host) -> dict[str, Fact]:
    """Encryption of the system volume."""
    return common.not_collected(common.ENCRYPTION, SYSTEM)


def screen(host: Host) -> dict[str, Fact]:
    """When the screen locks."""
    return common.not_collected(common.SCREEN, SYSTEM)


def users(host: Host) -> dict[str, Fact]:
    """Other people, automatic login, administrator rights."""
    return common.not_collected(common.USERS, SYSTEM)


def computer(host: Host) -> dict[str, Fact]:
    """Laptop or desktop, mains or battery, power saving."""
    return common.not_collected(common.COMPUTER, SYSTEM)


def monitors(host: Host) -> dict[str, Fact]:
    """Monitors that show a picture."""
    return common.not_collected(common.MONITORS, SYSTEM)
