"""Linux: the collectors, each in the module of its subject."""

from remoteready.check.collect.linux.devices import camera, computer, monitors
from remoteready.check.collect.linux.disk import encryption
from remoteready.check.collect.linux.internet import access, added_authorities, interfaces, resolvers
from remoteready.check.collect.linux.network import link
from remoteready.check.collect.linux.posture import antivirus, firewall
from remoteready.check.collect.linux.session import screen, users
from remoteready.check.collect.linux.sound import audio
from remoteready.check.collect.linux.system import operating_system
from remoteready.check.collect.linux.updates import patches

__all__ = [
    "access",
    "added_authorities",
    "antivirus",
    "audio",
    "camera",
    "computer",
    "encryption",
    "firewall",
    "interfaces",
    "link",
    "monitors",
    "operating_system",
    "patches",
    "resolvers",
    "screen",
    "users",
]
