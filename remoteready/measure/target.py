"""Where to measure to: the far end that a person names."""

import queue
import re
import socket
import threading
from dataclasses import dataclass

from remoteready.exits import UnusableInput
from remoteready.measure import PORT, datagrams, udp

NAME_S = 10.0
NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_.:%-]*[A-Za-z0-9_])?$|^::1?$")


@dataclass(frozen=True, slots=True)
class Target:
    """A host and port as they were named."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def address(self, patience_s: float = NAME_S) -> tuple[int, udp.Address] | str:
        """Family and address that the system would use first; in words why there is none within so many seconds."""
        found: queue.SimpleQueue[tuple[int, udp.Address] | str] = queue.SimpleQueue()

        def look_up() -> None:
            try:
                family, _, _, _, address = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)[0]
                found.put((family, address))  # type: ignore[arg-type]  # only of families that it knows
            except (OSError, UnicodeError) as error:
                found.put(datagrams.name_trouble(error))

        # a daemon thread: the system's resolver may take a minute and cannot be ended
        threading.Thread(target=look_up, daemon=True).start()
        try:
            return found.get(timeout=patience_s)
        except queue.Empty:
            return f"its name was not found within {patience_s:g} s"


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
