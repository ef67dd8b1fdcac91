"""How fast this line uploads, by the count of the receiver; and uploads that load the line while a call is measured."""

import math
import secrets
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from struct import Struct

from remoteready.measure import udp
from remoteready.measure.sink import GREETING, HEADER_S, line, signature

CONGESTION_CONTROL = "reno"
"""Every user may choose it, and it fills the queue of the line, as most uploads do; bbr hides that queue."""
UNSENT_BYTES = 16 * 1024
"""What may wait in this computer: the rest would go on uploading after the end."""
BLOCK = secrets.token_bytes(16 * 1024)
"""Random, so that nothing on the way can compress it."""
CONNECT_S = 5.0
DRAIN_S = 6.0
"""For what is still on its way at the end."""
LEAST_SECONDS = 1.0
"""What took less time was over before the line was full: its rate is only a lower bound."""
PACE_S = 0.05
LINGER = Struct("@ii")


@dataclass(frozen=True, slots=True)
class Load:
    """What to upload: until one of these is reached."""

    flows: int = 2
    seconds: float = 4
    megabytes: float = 8
    required_mbps: float | None = None
    """Stop once this rate is shown."""
    paced_mbps: float | None = None
    """Upload no faster than this, as a recording that is sent while it is made."""
    until: float = math.inf
    """By the monotonic clock: what is not agreed or counted by then is given up."""

    def left_s(self, patience_s: float) -> float:
        """So many seconds, or fewer where the end is nearer."""
        return max(0.01, min(patience_s, self.until - time.monotonic()))


@dataclass(frozen=True, slots=True)
class Upload:
    """What arrived. Mbps is 10⁶ bit/s of payload, MB 10⁶ bytes."""

    mbps: float | None
    lower_bound: bool
    """The line is at least so fast: the upload was over before it was full."""
    megabytes: float
    """What the receiver counted."""
    seconds: float
    flows: int
    """Connections; 0 where it is not known."""
    congestion_control: str
    """The one that was used; empty where the system does not tell."""
    ended_by: str
    """seconds, megabytes, rate, or what went wrong."""
    unknown: str = ""
    """Why there is no rate."""
    counted_by: str = "the site"
    indicative: bool = False
    """Not counted by a receiver: no line is to be judged by it."""


def failed(reason: str) -> Upload:
    """An upload that did not take place."""
    return Upload(None, False, 0.0, 0.0, 0, "", reason, reason)


def upload(
    address: udp.Address,
    family: int,
    load: Load,
    key: bytes | None = None,
    begun: Callable[[], None] = lambda: None,
) -> Upload:
    """Upload to a sink and have it count; `begun` is called when all is agreed. What goes wrong is in the result."""
    with ExitStack() as stack:
        flows = []
        name = secrets.token_hex(8)
        for _ in range(load.flows):
            try:
                flows.append(_Flow(connected(address, family, load.left_s(CONNECT_S))))
                stack.callback(flows[-1].close)
                refusal = flows[-1].begin(name, load, key)
            except OSError as error:
                return failed(f"no connection for the upload: {udp.reason(error)}")
            if refusal:
                return failed(refusal)
        begun()
        return _Run(load, flows).run()


def connected(address: udp.Address, family: int, patience_s: float = CONNECT_S) -> socket.socket:
    """A connection that uploads as all of ours do: reno where there is a choice, little waiting unsent. OSError."""
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        with suppress(OSError, AttributeError):  # other systems have no choice to offer
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, CONGESTION_CONTROL.encode())
        with suppress(OSError, AttributeError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        sock.settimeout(patience_s)
        sock.connect(address)
    except OSError:
        sock.close()
        raise
    return sock


def congestion_control(sock: socket.socket) -> str:
    """The one in use; empty where the system does not tell."""
    try:
        return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0").decode("ascii", "replace")
    except (OSError, AttributeError):
        return ""


class _Flow:
    """One connection of an upload."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.done = ""
        self.error = ""
        self._rest = b""

    def begin(self, name: str, load: Load, key: bytes | None) -> str:
        """Agree with the sink; why it refuses, if it does."""
        greeting = line(self.sock, load.left_s(HEADER_S))
        if not greeting.startswith(GREETING + " "):
            return "the far end takes no uploads of remoteready on this port"
        nonce = greeting.split()[-1]
        mac = signature(key, nonce, name, str(load.flows)) if key else "-"
        self.sock.sendall(f"upload {name} {load.flows} {mac}\n".encode())
        answer = line(self.sock, load.left_s(HEADER_S))
        if not answer.startswith("go "):
            said = "".join(letter if letter.isprintable() else " " for letter in answer.removeprefix("no ")[:100])
            return f"the far end refuses the upload: {said or 'it closed the connection'}"
        return ""

    def said(self) -> list[str]:
        """Lines that the sink has sent since; sets `done` and `error`."""
        try:
            came = self.sock.recv(4096)
        except TimeoutError:
            return []
        except OSError as error:
            self.error = udp.reason(error)
            return []
        if not came:
            self.error = "the far end closed the connection"
        *lines, self._rest = (self._rest[-4096:] + came).split(b"\n")
        words = [one.decode("ascii", "replace") for one in lines]
        self.done = next((one for one in words if one.startswith("done ")), self.done)
        return words

    def close(self) -> None:
        """Close at once: what has not arrived by now must not load the line any longer."""
        with suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER.pack(1, 0))
        self.sock.close()


@dataclass(slots=True)
class _Run:
    load: Load
    flows: list[_Flow]
    ended_by: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _taken: int = 0

    def run(self) -> Upload:
        """Send on all flows, listen to what the sink says, stop in time, and read its result."""
        control = congestion_control(self.flows[0].sock)
        threads = [threading.Thread(target=self._send, args=(flow,), daemon=True) for flow in self.flows]
        begin = time.monotonic()
        try:
            for thread in threads:
                thread.start()
            self._listen(begin + self.load.seconds)
        finally:
            self._stop.set()
        self._listen(time.monotonic() + self.load.left_s(DRAIN_S), draining=True)
        for thread in threads:
            thread.join(self.load.left_s(DRAIN_S))
        return self._result(control)

    def _send(self, flow: _Flow) -> None:
        begin, sent = time.monotonic(), 0
        pace = self.load.paced_mbps / self.load.flows * 125_000 if self.load.paced_mbps else None
        try:
            flow.sock.settimeout(PACE_S)
            while not self._stop.is_set() and self._may_send():
                if pace is not None and sent > (time.monotonic() - begin) * pace:
                    self._stop.wait(PACE_S)
                    continue
                with suppress(TimeoutError):
                    length = flow.sock.send(BLOCK if pace is None else BLOCK[: max(1, int(pace * PACE_S))])
                    sent += length
                    self._note(length)
            flow.sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            flow.error = udp.reason(error)

    def _may_send(self) -> bool:
        """Whether there is something left of the megabytes."""
        if self._taken < self.load.megabytes * 1e6:
            return True
        self.ended_by = self.ended_by or "megabytes"
        return False

    def _note(self, length: int) -> None:
        with self._lock:
            self._taken += length

    def _listen(self, end: float, draining: bool = False) -> None:
        """Read what the sink says until it is done, the time is over or the required rate is shown."""
        while waiting := [flow for flow in self.flows if not flow.done and not flow.error]:
            left = end - time.monotonic()
            if left <= 0:
                self.ended_by = self.ended_by or "seconds"
                return
            ready, _, _ = select.select([flow.sock for flow in waiting], [], [], left)
            said = [one for flow in waiting if flow.sock in ready for one in flow.said()]
            if not draining and any(self._is_enough(one) for one in said):
                self.ended_by = self.ended_by or "rate"
                return

    def _is_enough(self, said: str) -> bool:
        numbers = _numbers("at", said, 2)
        if self.load.required_mbps is None or not numbers:
            return False
        arrived, took_ns = numbers
        return took_ns > LEAST_SECONDS * 1e9 and arrived * 8000 / took_ns >= self.load.required_mbps

    def _result(self, control: str) -> Upload:
        error = next((flow.error for flow in self.flows if flow.error), "")
        results = [numbers for flow in self.flows if (numbers := _numbers("done", flow.done, 3))]
        if len(results) < len(self.flows):
            return failed(f"the far end did not say what arrived: {error or 'no answer in time'}")
        total, counted, took_ns = max(results)
        seconds = took_ns / 1e9
        if not counted or not took_ns:
            return failed("too little arrived to tell a rate")
        return Upload(
            mbps=counted * 8 / took_ns * 1000,
            lower_bound=seconds < LEAST_SECONDS or self.load.paced_mbps is not None,
            megabytes=total / 1e6,
            seconds=seconds,
            flows=len(self.flows),
            congestion_control=control,
            ended_by=self.ended_by or error,
        )


def _numbers(word: str, said: str, count: int) -> list[int]:
    """The numbers after a word in a line of the sink; empty if it says anything else."""
    words = said.split()
    if len(words) != count + 1 or words[0] != word or not all(one.isdecimal() and len(one) < 20 for one in words[1:]):
        return []
    return [int(one) for one in words[1:]]
