"""As much of a WebSocket client (RFC 6455) as an upload needs: the handshake, random messages, what comes back.

Bytes in, messages out, but for the handshake; nothing of the protocol that no measurement uses.
"""

import base64
import hashlib
import secrets
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass

from remoteready import __version__

CONTINUED, TEXT, BINARY, CLOSING, PING, PONG = 0, 1, 2, 8, 9, 10
"""Kinds of frames (section 5.2)."""
FINAL, MASKED = 0x80, 0x80
ACCEPTING = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What the server's answer proves to have read our key with (section 1.3)."""
LONGEST_BYTES = 65_536
"""No measurement is longer; what is, is not kept."""
HEAD_BYTES, HEAD_S = 8192, 5.0


class Garbled(Exception):
    """What came is no WebSocket; the words say what."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message, put together if it came in parts."""

    kind: int
    data: bytes

    @property
    def text(self) -> str:
        """As text."""
        return self.data.decode("utf-8", "replace")


def shake_hands(sock: socket.socket, host: str, port: int, path: str, subprotocol: str) -> tuple[int, bytes]:
    """Open a WebSocket: the status, 101 if it is open, and what came after the head. OSError, Garbled."""
    key = base64.b64encode(secrets.token_bytes(16))
    name = f"[{host}]" if ":" in host else host
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {name}:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key.decode()}",
        f"Sec-WebSocket-Protocol: {subprotocol}",
        f"User-Agent: remoteready/{__version__}",
    ]
    sock.sendall("\r\n".join([*lines, "", ""]).encode())
    head, rest = _head(sock)
    first, *others = head.split("\r\n")
    words = first.split()
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isascii() or not words[1].isdecimal():
        raise Garbled("what answers there speaks no HTTP")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in others)}
    status = int(words[1][:4])
    expected = base64.b64encode(hashlib.sha1(key + ACCEPTING, usedforsecurity=False).digest()).decode()
    if status == 101 and (
        fields.get("sec-websocket-accept") != expected or fields.get("sec-websocket-protocol") != subprotocol
    ):
        raise Garbled(f"what answers there does not speak {subprotocol}")
    return status, rest


def _head(sock: socket.socket) -> tuple[str, bytes]:
    came, end = b"", time.monotonic() + HEAD_S
    while b"\r\n\r\n" not in came:
        sock.settimeout(max(0.01, end - time.monotonic()))
        part = sock.recv(4096)
        if not part or len(came) > HEAD_BYTES:
            raise Garbled("what answers there speaks no HTTP")
        came += part
    head, _, rest = came.partition(b"\r\n\r\n")
    return head.decode("latin-1"), rest


def frame(kind: int, data: bytes) -> bytes:
    """A message in one frame, masked as a client's must be (section 5.3)."""
    key = secrets.token_bytes(4)
    masked = bytes(byte ^ key[place % 4] for place, byte in enumerate(data))
    return _header(kind, len(data)) + key + masked


def random_message(block: bytes) -> bytes:
    """A binary message of random bytes: under a mask that nobody knows any random block is another one."""
    return _header(BINARY, len(block)) + secrets.token_bytes(4) + block


def _header(kind: int, length: int) -> bytes:
    if length < 126:
        return struct.pack("!BB", FINAL | kind, MASKED | length)
    if length < 2**16:
        return struct.pack("!BBH", FINAL | kind, MASKED | 126, length)
    return struct.pack("!BBQ", FINAL | kind, MASKED | 127, length)


CLOSE = frame(CLOSING, struct.pack("!H", 1000))
"""Good-bye, in order (section 7.4.1)."""


class Reader:
    """Puts together what a server sends."""

    def __init__(self, came: bytes = b"") -> None:
        self._came = came
        self._parts: tuple[int, bytes] | None = None

    def messages(self, came: bytes) -> Iterator[Message]:
        """The messages that are whole now. Garbled where it is no WebSocket of a server, or longer than any answer."""
        self._came += came
        while (found := self._frame()) is not None:
            final, kind, data = found
            if kind >= CLOSING:  # between the parts of another, too
                yield Message(kind, data)
                continue
            if kind == CONTINUED:
                if self._parts is None:
                    raise Garbled("the server sends the end of a message that it has not begun")
                kind, data = self._parts[0], self._parts[1] + data
            self._parts = None if final else (kind, data)
            if len(data) > LONGEST_BYTES:
                raise Garbled("the server sends more than it is asked for")
            if final:
                yield Message(kind, data)

    def _frame(self) -> tuple[bool, int, bytes] | None:
        came = self._came
        if len(came) < 2:
            return None
        length, begin = came[1], 2
        if length & MASKED:
            raise Garbled("the server speaks WebSocket as only clients do")
        if length in (126, 127):
            size = 2 if length == 126 else 8
            begin += size
            if len(came) < begin:
                return None
            length = int.from_bytes(came[2:begin], "big")
        if length > LONGEST_BYTES:
            raise Garbled("the server sends more than it is asked for")
        if len(came) < begin + length:
            return None
        self._came = came[begin + length :]
        return bool(came[0] & FINAL), came[0] & 0x0F, came[begin : begin + length]
