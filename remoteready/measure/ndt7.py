"""Uploads to an ndt7 server (M-Lab's ndt7 specification 0.9.0): one WebSocket connection, counted by the server.

The server says from time to time how much it has received and since when (`TCPInfo`, else `AppInfo`); its count is the
result, never what was handed to the socket. M-Lab's own servers publish what they measure, addresses too: nobody is
asked unless a person names the server.
"""

import http
import json
import select
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from remoteready.measure import udp, websocket
from remoteready.measure.server import Server, parsed, reason, refusal
from remoteready.measure.upload import (
    BLOCK,
    DRAIN_S,
    LEAST_SECONDS,
    Load,
    Upload,
    congestion_control,
    connected,
    failed,
)

KIND = "ndt7"
SUBPROTOCOL = "net.measurementlab.ndt.v7"
PATH = "/ndt/v7/upload"
MESSAGE_BYTES = 2**13
"""With what a client should begin; larger ones only spare processors on lines of gigabits."""
MOST_SECONDS = 10
"""For how long a server takes an upload."""
FAREWELL_S = 1.0
"""For the server to close the connection, and for the first word of one that has said nothing so far."""
COUNTED_BY = "the ndt7 server"


@dataclass(frozen=True, slots=True)
class Count:
    """What a server says to have received since the test began."""

    received: int
    """Bytes; by TCP with the few of TLS and WebSocket, a quarter of a per cent."""
    seconds: float
    """Until the last of them, where the server tells when that was, else until it said so."""

    @property
    def mbps(self) -> float:
        """The mean rate so far."""
        return self.received * 8 / self.seconds / 1e6


def server(url: str) -> Server:
    """The server at a URL: its name, or the very address of uploads, as a locate service gives it. UnusableInput."""
    found = parsed(url, ("ws", "wss", "http", "https"), "wss://ndt.example.com")
    path, mark, query = found.path.partition("?")
    return found if path.endswith(PATH) else replace(found, path=path.rstrip("/") + PATH + mark + query)


def upload(to: Server, load: Load, begun: Callable[[], None] = lambda: None) -> Upload:
    """Upload until the seconds or the megabytes of the load are reached. What goes wrong is in the result."""
    try:
        family, address = to.address()
    except OSError as error:
        return failed(f"the ndt7 server {to.host}: {udp.reason(error)}")
    try:
        sock = to.secured(connected(address, family))
        with closing(sock):
            status, rest = websocket.shake_hands(sock, to.host, to.port, to.path, SUBPROTOCOL)
            if status != http.HTTPStatus.SWITCHING_PROTOCOLS:
                return failed(refusal(status, KIND))
            control = congestion_control(sock)
            sock.setblocking(False)
            begun()
            run = _Run(sock, load, websocket.Reader(rest))
            run.send()
            run.drain()
            run.part()
    except (OSError, websocket.Garbled) as error:
        return failed(reason(error, KIND))
    return run.result(control)


def read(text: str) -> Count | None:
    """The count in a measurement message; None where there is none that can be believed."""
    try:
        found: dict[str, Any] = json.loads(text)
        if (tcp := found.get("TCPInfo")) and "BytesReceived" in tcp:
            received, took_us = int(tcp["BytesReceived"]), int(tcp["ElapsedTime"])
            took_us -= int(tcp.get("LastDataRecv", 0)) * 1000  # ms since the last byte: the kernel's, not of the spec
        else:
            received, took_us = int(found["AppInfo"]["NumBytes"]), int(found["AppInfo"]["ElapsedTime"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    return Count(received, took_us / 1e6) if 0 < received < 1e15 and 0 < took_us < 1e9 else None


@dataclass(slots=True)
class _Run:
    """One upload. One thread sends and reads, as TLS wants it."""

    sock: socket.socket
    load: Load
    reader: websocket.Reader
    sent: int = 0
    """Payload handed over."""
    counts: list[Count] = field(default_factory=list)
    last_before_end: int = 0
    """Place in `counts` of the last word before the end of sending."""
    ended_by: str = ""
    over: bool = False
    """The server has said good-bye, or is gone."""
    _out: bytes = b""
    """What is still to be written of a message."""

    def send(self) -> None:
        """Send messages of random bytes until the load is over or the server ends it."""
        end = time.monotonic() + min(self.load.seconds, MOST_SECONDS)
        most = self.load.megabytes * 1e6
        while not self.over and not self.ended_by:
            if not self._out:
                if time.monotonic() >= end:
                    self.ended_by = "seconds"
                elif self.sent >= most:
                    self.ended_by = "megabytes"
                else:
                    self.sent += MESSAGE_BYTES
                    self._out = websocket.random_message(BLOCK[:MESSAGE_BYTES])
            self._turn(max(0.01, end - time.monotonic()) if time.monotonic() < end else DRAIN_S)
        self.ended_by = self.ended_by or "the server"
        self.last_before_end = max(0, len(self.counts) - 1)

    def drain(self) -> None:
        """Listen until the server has received all and says so twice, for what is still on its way."""
        end = time.monotonic() + (DRAIN_S if self.counts else FAREWELL_S)
        while not self.over and not self._has_all() and time.monotonic() < end:
            self._turn(end - time.monotonic())

    def _has_all(self) -> bool:
        last = self.counts[-2:]
        return len(last) == 2 and last[0].received == last[1].received >= self.sent

    def part(self) -> None:
        """Say good-bye, and let the server close the connection first (RFC 6455, 7.1.1)."""
        self._out += websocket.CLOSE
        end = time.monotonic() + FAREWELL_S
        while not self.over and time.monotonic() < end:
            self._turn(end - time.monotonic())

    def _turn(self, wait_s: float) -> None:
        """Write what can be written and read what has come, once one of them can be done."""
        if not (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()):
            select.select([self.sock], [self.sock] if self._out else [], [], wait_s)
        try:
            if self._out:
                self._out = self._out[self.sock.send(self._out) :]
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            self.over = True
        self._read()

    def _read(self) -> None:
        try:
            came = self.sock.recv(65536)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError:
            self.over = True
            return
        self.over = self.over or not came
        for message in self.reader.messages(came):
            if message.kind == websocket.TEXT and (count := read(message.text)):
                self.counts.append(count)
            elif message.kind == websocket.PING:
                self._out += websocket.frame(websocket.PONG, message.data)
            elif message.kind == websocket.CLOSING:
                self.over = True

    def result(self, control: str) -> Upload:
        """What the server counted at the end of the upload or right after it.

        What a lost packet holds back makes the former too low for a moment, the wait for the next word the latter.
        """
        if not self.counts:
            return failed("the ndt7 server does not say what it has received")
        best = max(self.counts[self.last_before_end :], key=lambda count: count.mbps)
        if best.received > 1.1 * self.sent + 65536:
            return failed("the ndt7 server says to have received more than was sent")
        return Upload(
            mbps=best.mbps,
            lower_bound=best.seconds < LEAST_SECONDS,
            megabytes=self.counts[-1].received / 1e6,
            seconds=best.seconds,
            flows=1,
            congestion_control=control,
            ended_by=self.ended_by,
            counted_by=COUNTED_BY,
        )
