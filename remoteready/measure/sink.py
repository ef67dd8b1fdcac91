"""The far end of an upload: takes bytes, counts them from the first to the last, and says how many and how long.

What was handed to a socket has not arrived; only the receiver knows the rate. One line each way before the bytes:

    sink:   remoteready-sink 1 NONCE
    client: upload TEST FLOWS MAC        MAC = HMAC-SHA-256 of "NONCE TEST FLOWS" with the shared key, or -
    sink:   go MOST_BYTES MOST_SECONDS   or: no REASON
    client: bytes, then end of file
    sink:   at BYTES NANOSECONDS         every 0.1 s, of all flows of the test
    sink:   done BYTES COUNTED NANOSECONDS

COUNTED are the bytes after the first that were read, which arrived in the NANOSECONDS since then.
"""

import hmac
import secrets
import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from remoteready.measure import udp

GREETING = "remoteready-sink 1"
PROGRESS_S = 0.1
HEADER_S = 5.0
"""For a line of the conversation to be whole."""
SILENCE_S = 5.0
"""A flow that brings nothing for so long has ended."""
LONGEST_LINE = 200
BLOCK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a sink lets itself be used for."""

    megabytes: int = 64
    """Per test."""
    seconds: float = 30
    """Per test."""
    flows: int = 8
    """Per test, and one test at a time per source address."""
    connections: int = 64
    """At the same time; of one source address twice its flows."""


@dataclass(slots=True)
class _Test:
    """What has arrived of one upload, over all its flows."""

    source: str
    flows: int
    begun: float = field(default_factory=time.monotonic)
    joined: int = 0
    ended: int = 0
    open: int = 0
    total: int = 0
    first_bytes: int = 0
    first_ns: int = 0
    last_ns: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def count(self, length: int) -> None:
        """Note bytes that have just arrived."""
        now_ns = time.monotonic_ns()
        with self.changed:
            if not self.total:
                self.first_bytes, self.first_ns = length, now_ns
            self.total += length
            self.last_ns = now_ns


class Sink:
    """Takes uploads; each connection has a thread of its own that ends by itself."""

    def __init__(self, key: bytes | None = None, limits: Limits = Limits()) -> None:
        self._key = key
        self._limits = limits
        self._lock = threading.Lock()
        self._tests: dict[str, _Test] = {}
        self._connections: Counter[str] = Counter()

    def accept(self, listening: socket.socket) -> None:
        """Take the connection that waits; one too many is closed at once."""
        try:
            connection, address = listening.accept()
        except OSError:  # gone again
            return
        source = udp.network(address[0])
        with self._lock:
            few = self._connections.total() < self._limits.connections
            room = few and self._connections[source] < 2 * self._limits.flows
            self._connections[source] += room
        if room:
            threading.Thread(target=self._take, args=(connection, source), daemon=True).start()
        else:
            connection.close()

    def _take(self, connection: socket.socket, source: str) -> None:
        try:
            with connection, suppress(OSError):
                self._converse(connection, source)
        finally:
            with self._lock:
                self._connections[source] -= 1
                self._connections = +self._connections  # forgets who has none

    def _converse(self, connection: socket.socket, source: str) -> None:
        nonce = secrets.token_hex(16)
        connection.sendall(f"{GREETING} {nonce}\n".encode())
        name, flows, refusal = self._wanted(line(connection), nonce)
        test = None if refusal else self._join(name, flows, source)
        if test is None:
            connection.sendall(f"no {refusal or 'another upload from this address is running'}\n".encode())
            _hear_out(connection)
            return
        try:
            connection.sendall(f"go {self._limits.megabytes * 10**6} {self._limits.seconds:g}\n".encode())
            self._receive(connection, test)
            self._await_others(test)
            took_ns = test.last_ns - test.first_ns
            connection.sendall(f"done {test.total} {test.total - test.first_bytes} {took_ns}\n".encode())
            _hear_out(connection)
        finally:
            self._leave(name, test)

    def _wanted(self, header: str, nonce: str) -> tuple[str, int, str]:
        """The name of the test, its flows, and why it is refused; an empty reason if it is not."""
        words = header.split()
        if len(words) != 4 or words[0] != "upload" or not (words[1].isalnum() and words[2].isdecimal()):
            return "", 0, "this is not an upload of remoteready"
        _, name, flows, mac = words
        expected = signature(self._key, nonce, name, flows) if self._key else mac
        if not hmac.compare_digest(mac.encode(), expected.encode()):
            return "", 0, "the shared key is missing or wrong"
        if not 1 <= int(flows) <= self._limits.flows:
            return "", 0, f"at most {self._limits.flows} flows"
        return name, int(flows), ""

    def _join(self, name: str, flows: int, source: str) -> _Test | None:
        """The test of that name, or a new one if its source has none."""
        with self._lock:
            test = self._tests.get(name)
            if test is None:
                if any(other.source == source and other.ended < other.flows for other in self._tests.values()):
                    return None
                test = self._tests[name] = _Test(source, flows)
            if test.source != source or test.joined >= test.flows:
                return None
            test.joined += 1
            test.open += 1
            return test

    def _leave(self, name: str, test: _Test) -> None:
        with self._lock:
            test.open -= 1
            if not test.open:
                self._tests.pop(name, None)

    def _receive(self, connection: socket.socket, test: _Test) -> None:
        connection.settimeout(SILENCE_S)
        block = bytearray(BLOCK_BYTES)
        said = time.monotonic()
        most = self._limits.megabytes * 10**6
        try:
            while test.total < most and (now := time.monotonic()) - test.begun < self._limits.seconds:
                length = connection.recv_into(block)
                if not length:
                    return
                test.count(length)
                if now - said >= PROGRESS_S:
                    said = now
                    connection.sendall(f"at {test.total} {test.last_ns - test.first_ns}\n".encode())
        finally:
            with test.changed:
                test.ended += 1
                test.changed.notify_all()

    def _await_others(self, test: _Test) -> None:
        """The result is that of all flows."""
        with test.changed:
            test.changed.wait_for(lambda: test.ended >= test.flows, SILENCE_S)


def _hear_out(connection: socket.socket) -> None:
    """Read on for a moment: to close with bytes unread would take the result away from the client."""
    connection.settimeout(1)
    connection.shutdown(socket.SHUT_WR)
    end = time.monotonic() + 1
    while time.monotonic() < end and connection.recv(BLOCK_BYTES):
        pass


def signature(key: bytes, nonce: str, name: str, flows: str) -> str:
    """What proves that a client has the shared key."""
    return hmac.digest(key, f"{nonce} {name} {flows}".encode(), "sha256").hex()


def line(connection: socket.socket) -> str:
    """The next line of a conversation, byte by byte so that none after it is taken. Empty at its end; OSError."""
    read, end = b"", time.monotonic() + HEADER_S
    while not read.endswith(b"\n") and len(read) < LONGEST_LINE:
        connection.settimeout(max(0.01, end - time.monotonic()))
        byte = connection.recv(1)
        if not byte:
            break
        read += byte
    return read.decode("ascii", "replace").strip()
