"""Where to measure to: the far end that a person names."""

import re
import socket
from dataclasses import dataclass

from remoteready.exits import UnusableInput
from remoteready.measure import PORT, udp

NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_.:%-]*[A-Za-z0-9_])?$|^::1?$")


@dataclass(frozen=True, slots=True)
class Target:
    """A host and port as they were named."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def address(self) -> tuple[int, udp.Address]:
        """Family and address that the system would use first. OSError if the name has none."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)
        family, _, _, _, address = found[0]
        return family, address  # type: ignore[return-value]  # only of families that it knows


def parse(text: str, usual_port: int = PORT) -> Target:
    """A target from host, host:port, or [IPv6]:port. UnusableInput says how to write it."""
    match = re.fullmatch(
        r"\[([^\]]+)\](?::(\d{1,5}))?|([^:\[\]]+)(?::(\d{1,5}))?|([0-9A-Fa-f:.%]+:[^\[\]]*)", text, re.ASCII
    )
    host = match and (match[1] or match[3] or match[5])
    port = int((match and (match[2] or match[4])) or usual_port)
    if not host or not NAME.match(host) or ".." in host or not 0 < port < 65536:
        raise UnusableInput(
            f"{text!r} is not a host: name where `remoteready reflect` runs, such as site.example.com or "
            f"site.example.com:{PORT}"
        )
    return Target(host, port)
