"""Uploads to a LibreSpeed server, as its own clients do: POST requests of random bytes, which it reads and forgets.

It does not say what it has received. But it answers a request once it has read it, so a body counts when its answer is
there, and bytes handed to a socket never do. Where the system tells what the far end has acknowledged (Linux), a server
that answers too early is found out; elsewhere the result is marked as indicative.
"""

import http.client
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from remoteready.measure import udp
from remoteready.measure.server import Server, parsed, reason, refusal
from remoteready.measure.upload import (
    BLOCK,
    CONNECT_S,
    DRAIN_S,
    LEAST_SECONDS,
    Load,
    Upload,
    congestion_control,
    connected,
    failed,
)

LEAST_BODY, MOST_BODY = 2**16, 2**20
"""Bodies grow until one takes GOAL_S, up to what LibreSpeed's own command line sends."""
GOAL_S = 1.0
FLOWS = 3
"""LibreSpeed's own number: while one waits for an answer, the others keep the line busy."""
KIND = "LibreSpeed"
COUNTED_BY = "the LibreSpeed server, by its answers"


def server(url: str) -> Server:
    """The server at a URL: its page, or the very address of uploads. UnusableInput says how to write it.

    A page has its uploads at `backend/empty.php`, a Go or Rust server answers to that name too.
    """
    found = parsed(url, ("http", "https"), "https://speed.example.com")
    at, _, query = found.path.partition("?")
    if at.rpartition("/")[2].startswith("empty"):
        return found
    return replace(found, path=f"{at.rstrip('/')}/backend/empty.php" + (f"?{query}" if query else ""))


def upload(to: Server, load: Load, begun: Callable[[], None] = lambda: None) -> Upload:
    """Upload until the seconds or the megabytes of the load are reached. What goes wrong is in the result."""
    try:
        family, address = to.address()
    except OSError as error:
        return failed(f"the LibreSpeed server {to.host}: {udp.reason(error)}")
    run = _Run(to, load, family, address)
    flows = [_Flow(run) for _ in range(max(FLOWS, load.flows))]
    try:
        for flow in flows:
            flow.connect()
        begun()
        threads = [threading.Thread(target=flow.run, daemon=True) for flow in flows]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(load.seconds + CONNECT_S + 2 * DRAIN_S)
    except (OSError, http.client.HTTPException) as error:
        return failed(reason(error, KIND))
    finally:
        run.stop.set()
        for flow in flows:
            flow.close()
    return failed(reason(TimeoutError(), KIND)) if any(thread.is_alive() for thread in threads) else run.result(flows)


@dataclass(slots=True)
class _Run:
    """What the connections of an upload share."""

    to: Server
    load: Load
    family: int
    address: udp.Address
    stop: threading.Event = field(default_factory=threading.Event)
    begin_s: float | None = None
    ended_by: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _taken: int = 0

    def take(self, size: int) -> int:
        """How much of the next body may be sent: 0 when the seconds or the megabytes are over."""
        with self._lock:
            now = time.monotonic()
            self.begin_s = now if self.begin_s is None else self.begin_s
            left = int(self.load.megabytes * 1e6) - self._taken
            if self.stop.is_set() or now - self.begin_s >= self.load.seconds or left <= 0:
                self.ended_by = self.ended_by or ("megabytes" if left <= 0 else "seconds")
                return 0
            self._taken += min(size, left)
            return min(size, left)

    def result(self, flows: list["_Flow"]) -> Upload:
        """What was answered, from the first byte to the last answer, less the time that the answer took to come."""
        error = next((flow.error for flow in flows if flow.error), "")
        if error:
            return failed(error)
        total = sum(flow.answered for flow in flows)
        last_s = max(flow.last_s for flow in flows)
        if not total or self.begin_s is None:
            return failed("too little arrived to tell a rate")
        acknowledged = all(flow.acknowledged for flow in flows)
        seconds = last_s - self.begin_s - min(flow.round_trip_s for flow in flows)
        return Upload(
            mbps=total * 8 / seconds / 1e6,
            lower_bound=seconds < LEAST_SECONDS,
            megabytes=total / 1e6,
            seconds=seconds,
            flows=len(flows),
            congestion_control=flows[0].congestion_control,
            ended_by=self.ended_by,
            counted_by=COUNTED_BY if acknowledged else f"{COUNTED_BY}: indicative",
            indicative=not acknowledged,
        )


class _Flow:
    """One connection."""

    def __init__(self, run: _Run) -> None:
        self.run_of = run
        self.answered, self.last_s, self.round_trip_s = 0, 0.0, 0.0
        self.error = ""
        self.acknowledged = True
        """Whether the system said of every body that the far end had all of it."""
        self.congestion_control = ""
        self._http = http.client.HTTPConnection(run.to.host, run.to.port)
        self._http.auto_open = 0

    def connect(self) -> None:
        """Open the connection, and TLS in it as the system trusts. OSError."""
        to = self.run_of.to
        begin = time.monotonic()
        sock = connected(self.run_of.address, self.run_of.family)
        self.round_trip_s = time.monotonic() - begin
        sock.settimeout(self.run_of.load.seconds + DRAIN_S)
        self._http.sock = to.secured(sock)
        self.congestion_control = congestion_control(self._http.sock)

    def run(self) -> None:
        """Send body after body; what goes wrong stays in `error`."""
        size = LEAST_BODY
        try:
            while length := self.run_of.take(size):
                begin = time.monotonic()
                self.error = self._post(length)
                if self.error:
                    return
                self.answered, self.last_s = self.answered + length, time.monotonic()
                if self.last_s - begin < GOAL_S / 2:
                    size = min(MOST_BODY, size * 4)
        except (OSError, http.client.HTTPException) as error:
            if not self.run_of.stop.is_set():
                self.error = reason(error, KIND)

    def _post(self, length: int) -> str:
        """Send a body and wait for its answer; what is wrong with it."""
        http_ = self._http
        if http_.sock is None:  # the server closes the connection after each answer
            self.connect()
        sock = http_.sock
        http_.putrequest("POST", self.run_of.to.path, skip_accept_encoding=True)
        http_.putheader("Content-Type", "application/octet-stream")
        http_.putheader("Content-Length", str(length))
        http_.endheaders()
        for start in range(0, length, len(BLOCK)):
            http_.send(BLOCK[: length - start])
        answer = http_.getresponse()
        left = unacknowledged(sock)
        body = answer.read(65536)
        if answer.status != http.HTTPStatus.OK:
            return refusal(answer.status, KIND)
        if body:
            return "what answers there is no LibreSpeed server: its answers to uploads are not empty"
        if left:
            return "the server answers before it has received the upload: what arrived cannot be told"
        self.acknowledged = self.acknowledged and left is not None
        return ""

    def close(self) -> None:
        """Close at once."""
        self._http.close()


def unacknowledged(sock: socket.socket) -> int | None:
    """Bytes that the far end has not acknowledged yet; None where the system does not tell."""
    if sys.platform != "linux":
        return None
    import fcntl
    import termios

    try:
        return int(struct.unpack("@i", fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)))[0])
    except OSError:
        return None
