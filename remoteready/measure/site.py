"""What runs at the site: the reflector for streams (UDP) and the sink for uploads (TCP), on the same port number."""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from remoteready.measure import udp
from remoteready.measure.reflector import Reflector
from remoteready.measure.sink import Sink

AT_A_TIME = 64
"""Packets of one socket before the others have their turn."""
ROOM_BYTES = 4_000_000
"""For packets that wait while this computer does something else; the system may give less."""
REST_S = 0.5
"""In which no upload is taken, once this computer has no room for one more: streams are answered meanwhile."""


@dataclass(frozen=True, slots=True)
class Site:
    """Open sockets and who answers on them."""

    reflector: Reflector
    sink: Sink | None
    clock: udp.Clock
    streams: tuple[socket.socket, ...]
    uploads: tuple[socket.socket, ...]

    @property
    def addresses(self) -> list[str]:
        """What it listens on, such as 0.0.0.0:8762/udp."""
        kinds = [("udp", self.streams), ("tcp", self.uploads)]
        names = [(kind, sock.getsockname()) for kind, sockets in kinds for sock in sockets]
        return [f"[{at[0]}]:{at[1]}/{kind}" if ":" in at[0] else f"{at[0]}:{at[1]}/{kind}" for kind, at in names]

    def serve(self, stop: socket.socket) -> None:
        """Answer until `stop` can be read or has been closed at its other end."""
        rest_until = 0.0
        while True:
            rest_s = max(0.0, rest_until - time.monotonic())
            listening = () if rest_s else self.uploads
            ready, _, _ = select.select([*self.streams, *listening, stop], [], [], rest_s or None)
            if stop in ready:
                return
            for sock in ready:
                if sock in self.streams:
                    self._answer(sock)
                elif self.sink and not self.sink.accept(sock):
                    rest_until = time.monotonic() + REST_S

    def _answer(self, sock: socket.socket) -> None:
        for _ in range(AT_A_TIME):
            try:
                asked = udp.receive(sock, self.clock)
                if asked is None:
                    return
                answer = self.reflector.answer(asked, self.clock.now_ns)
                if answer is not None:
                    udp.send(sock, answer, asked.address, asked.traffic_class, asked.asked)
            except OSError:  # an answer that cannot be delivered is one packet lost, as on any path
                continue


@contextmanager
def opened(
    port: int, host: str | None, reflector: Reflector, sink: Sink | None, clock: udp.Clock | None = None
) -> Iterator[Site]:
    """Listen on an address of this computer, on all of them for None. OSError, as when the port is in use."""
    with ExitStack() as stack:
        uploads = _listening(stack, socket.SOCK_STREAM, port, host) if sink else ()
        streams = _listening(stack, socket.SOCK_DGRAM, port, host)
        yield Site(reflector, sink, clock or udp.Clock(), streams, uploads)


def _listening(stack: ExitStack, kind: int, port: int, host: str | None) -> tuple[socket.socket, ...]:
    sockets = []
    for family, address in udp.local(host):
        try:
            sock = udp.opened(family) if kind == socket.SOCK_DGRAM else _tcp(family)
            stack.enter_context(sock)
            if kind == socket.SOCK_DGRAM:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM_BYTES)
            sock.bind((address, port))
            if kind == socket.SOCK_STREAM:
                sock.listen(16)
        except OSError:
            if family == socket.AF_INET6 and host is None:  # a computer without IPv6
                continue
            raise
        sockets.append(sock)
    return tuple(sockets)


def _tcp(family: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return sock
