"""Linux: the collectors, each in the module of its subject."""

from remoteready.check.collect.linux_devices import camera, computer, monitors
from remoteready.check.collect.linux_disk import encryption
from remoteready.check.collect.linux_network import link
from remoteready.check.collect.linux_patches import patches
from remoteready.check.collect.linux_posture import antivirus, firewall
from remoteready.check.collect.linux_session import screen, users
from remoteready.check.collect.linux_sound import audio
from remoteready.check.collect.linux_system import operating_system

__all__ = [
    "antivirus",
    "audio",
    "camera",
    "computer",
    "encryption",
    "firewall",
    "link",
    "monitors",
    "operating_system",
    "patches",
    "screen",
    "users",
]
