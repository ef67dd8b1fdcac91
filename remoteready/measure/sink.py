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

import errno
import hmac
import secrets
import socket
import threading
import time
from collections import Counter, OrderedDict
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
NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
"""This computer cannot take one more connection, which stays in the queue."""
ANOTHER = "another upload from this address is running"
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
    megabytes_per_hour: float = 1000
    """Per source address (IPv6: per /64), which may be that of an office; an upload that has begun may exceed it."""
    sources: int = 10_000
    """Addresses whose uploads of the last hour are remembered; all others have to wait."""


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


@dataclass(frozen=True, slots=True)
class _Spent:
    """What a source had uploaded by a time, less what had come back by then."""

    megabytes: float
    at: float

    def by(self, now: float, megabytes_per_hour: float) -> float:
        """The same later: it comes back evenly."""
        return max(0.0, self.megabytes - (now - self.at) / 3600 * megabytes_per_hour)


class Sink:
    """Takes uploads; each connection has a thread of its own that ends by itself."""

    def __init__(self, key: bytes | None = None, limits: Limits = Limits()) -> None:
        self._key = key
        self._limits = limits
        self._lock = threading.Lock()
        self._tests: dict[str, _Test] = {}
        self._connections: Counter[str] = Counter()
        self._spent: OrderedDict[str, _Spent] = OrderedDict()

    def accept(self, listening: socket.socket) -> bool:
        """Take the connection that waits; one too many is closed at once. False when this computer has no room."""
        try:
            connection, address = listening.accept()
        except OSError as error:  # gone again, but for want of files or memory
            return error.errno not in NO_ROOM
        source = udp.network(address[0])
        with self._lock:
            few = self._connections.total() < self._limits.connections
            room = few and self._connections[source] < 2 * self._limits.flows
            self._connections[source] += room
        if not room:
            connection.close()
            return True
        try:
            threading.Thread(target=self._take, args=(connection, source), daemon=True).start()
        except RuntimeError:  # no more threads
            connection.close()
            self._forget(source)
            return False
        return True

    def _take(self, connection: socket.socket, source: str) -> None:
        try:
            with connection, suppress(OSError):
                self._converse(connection, source)
        finally:
            self._forget(source)

    def _forget(self, source: str) -> None:
        with self._lock:
            self._connections[source] -= 1
            self._connections = +self._connections  # forgets who has none

    def _converse(self, connection: socket.socket, source: str) -> None:
        nonce = secrets.token_hex(16)
        connection.sendall(f"{GREETING} {nonce}\n".encode())
        name, flows, refusal = self._wanted(line(connection), nonce)
        test = refusal or self._join(name, flows, source)
        if isinstance(test, str):
            connection.sendall(f"no {test}\n".encode())
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

    def _join(self, name: str, flows: int, source: str) -> _Test | str:
        """The test of that name, or a new one if its source has none and may have one; else why not."""
        with self._lock:
            test = self._tests.get(name)
            if test is None:
                if any(other.source == source and other.ended < other.flows for other in self._tests.values()):
                    return ANOTHER
                if not self._may_upload(source):
                    return "this address has uploaded enough for now: try again in an hour"
                test = self._tests[name] = _Test(source, flows)
            if test.source != source or test.joined >= test.flows:
                return ANOTHER
            test.joined += 1
            test.open += 1
            return test

    def _may_upload(self, source: str) -> bool:
        """Whether a source has megabytes left, once those are forgotten that have all of theirs back."""
        now, hourly = time.monotonic(), self._limits.megabytes_per_hour
        while self._spent and not next(iter(self._spent.values())).by(now, hourly):
            self._spent.popitem(last=False)
        not_yet_charged = sum(test.total for test in self._tests.values() if test.source == source) / 1e6
        spent = self._spent.get(source)
        if spent is None and len(self._spent) >= self._limits.sources:
            return False
        return (spent.by(now, hourly) if spent else 0.0) + not_yet_charged < hourly

    def _leave(self, name: str, test: _Test) -> None:
        with self._lock:
            test.open -= 1
            if not test.open and name in self._tests:
                del self._tests[name]
                now = time.monotonic()
                before = self._spent.pop(test.source, _Spent(0.0, now))
                total = before.by(now, self._limits.megabytes_per_hour) + test.total / 1e6
                self._spent[test.source] = _Spent(total, now)

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


def line(connection: socket.socket, patience_s: float = HEADER_S) -> str:
    """The next line of a conversation, byte by byte so that none after it is taken. Empty at its end; OSError."""
    read, end = b"", time.monotonic() + patience_s
    while not read.endswith(b"\n") and len(read) < LONGEST_LINE:
        connection.settimeout(max(0.01, end - time.monotonic()))
        byte = connection.recv(1)
        if not byte:
            break
        read += byte
    return read.decode("ascii", "replace").strip()
