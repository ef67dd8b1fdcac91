"""A stream like a call's: the real packets of a codec, at its rate, to a reflector, with the times of every packet.

One thread sends to absolute deadlines and reads in between. A packet carries the time at which it was sent, so that
being late does not count as delay; but how late this computer was is reported, and says when not to believe the result.
"""

import math
import secrets
import select
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from remoteready.formulas.emodel import Codec
from remoteready.measure import stamp, udp

CLOSING = 10
"""Packets after the last that counts: their answers tell on which way the last ones were lost."""
SKIP_AFTER_S = 0.1
"""A packet so late is left out rather than sent in a burst with others."""
FIRST_ANSWER_S = 3.0
"""Where nothing has come back by then, nothing will."""
LONGEST_WAIT_S = 2.0
"""For answers that are still on their way at the end; what comes later counts as lost."""
GIVE_UP_S = 2.0
"""A network that refuses packets for so long, once it has carried some, is gone; one that never did, at once."""
MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Echo:
    """One answer: four times of one packet, by two clocks."""

    number: int
    """Of the test packet, from 0."""
    turned: int
    """The reflector's own number."""
    reached_ns: int
    """Arrival at the reflector, its clock."""
    left_ns: int
    """Departure from the reflector, its clock."""
    arrived_ns: int
    """Arrival here, our clock."""
    counters: stamp.Counters | None


@dataclass(frozen=True, slots=True)
class Stream:
    """All that was seen of a stream."""

    codec: Codec
    packet_bytes: int
    """UDP payload."""
    sent_ns: tuple[int, ...]
    """Departure of every packet, by its number."""
    counted: int
    """Packets that count; those after them only settle what became of these."""
    echoes: tuple[Echo, ...]
    """In order of arrival, copies too."""
    late_ms: tuple[float, ...]
    """How much after its time each packet left."""
    lag_ms: tuple[float, ...]
    """From arrival of each answer to reading it; empty where the system does not tell."""
    skipped: int
    """Packets left out because this computer was too late for them."""
    foreign: int
    """Packets that were no answer to this stream."""
    slept_s: float
    error: str
    """What the network said last, such as that nobody listens; empty if nothing."""


@dataclass(slots=True)
class Sender:
    """Sends one stream and collects its answers. `run` may be in a thread; `finish` ends it early and in order."""

    address: udp.Address
    family: int
    codec: Codec
    seconds: float
    key: bytes | None = None
    clock: udp.Clock = field(default_factory=udp.Clock)
    finish: threading.Event = field(default_factory=threading.Event)
    until: float = math.inf
    """By the monotonic clock: answers that come later count as lost."""
    _ssid: int = field(default_factory=lambda: 1 + secrets.randbelow(0xFFFF))
    _sent_ns: list[int] = field(default_factory=list)
    _stamps: list[int] = field(default_factory=list)
    _echoes: list[Echo] = field(default_factory=list)
    _late_ms: list[float] = field(default_factory=list)
    _lag_ms: list[float] = field(default_factory=list)
    _skipped: int = 0
    _foreign: int = 0
    _refused_since: float | None = None
    _error: str = ""

    @property
    def sent(self) -> int:
        """Packets sent so far."""
        return len(self._sent_ns)

    @property
    def answered(self) -> int:
        """Answers so far."""
        return len(self._echoes)

    def run(self, tick: Callable[[], None] = lambda: None) -> Stream:
        """Send, wait for the last answers, and say what was seen; `tick` is called once per packet."""
        with udp.opened(self.family) as sock:
            try:
                sock.connect(self.address)
            except OSError as error:
                self._error = udp.reason(error)
                return self._seen(0)
            self._send_all(sock, round(self.seconds * 1000 / self.codec.ptime_ms), tick)
            counted = self.sent
            if not self._is_hopeless():
                self._send_all(sock, CLOSING, lambda: None, closing=True)
                self._await_rest(sock)
        return self._seen(counted)

    def _send_all(self, sock: socket.socket, slots: int, tick: Callable[[], None], closing: bool = False) -> None:
        begin = time.monotonic() + (self.codec.ptime_ms / 1000 if closing else 0)
        for slot in range(slots):
            deadline = begin + slot * self.codec.ptime_ms / 1000
            self._read_until(sock, deadline)
            if self._is_hopeless() or (self.finish.is_set() and not closing):
                return
            if time.monotonic() - deadline > SKIP_AFTER_S:
                self._skipped += 1
                continue
            self._send(sock)
            self._late_ms.append((time.monotonic() - deadline) * 1000)
            tick()

    def _send(self, sock: socket.socket) -> None:
        number, now_ns = self.sent, self.clock.now_ns()
        packet = stamp.request(number, now_ns, self._ssid, self.packet_bytes, self.key)
        self._sent_ns.append(now_ns)
        self._stamps.append(stamp.stamp(now_ns))
        for _ in range(2):  # an error may be that of an earlier packet, and then this one has not left yet
            try:
                sock.send(packet)
                return
            except OSError as error:
                self._note(error)

    @property
    def packet_bytes(self) -> int:
        """UDP payload: that of the codec, or the least that a test packet needs."""
        return max(self.codec.rtp_bytes, stamp.least_bytes(self.key))

    def _is_hopeless(self) -> bool:
        """Nobody answers, or nobody listens any more."""
        if self._refused_since is not None:
            return time.monotonic() - self._refused_since > (GIVE_UP_S if self._echoes else GIVE_UP_S / 10)
        return not self._echoes and bool(self._sent_ns) and self._since(self._sent_ns[0]) > FIRST_ANSWER_S

    def _since(self, moment_ns: int) -> float:
        return (self.clock.now_ns() - moment_ns) / udp.SECOND_NS

    def _await_rest(self, sock: socket.socket) -> None:
        """Wait for answers on their way: twice the longest round trip so far, half a second at least."""
        longest = max((echo.arrived_ns - self._sent_ns[echo.number] for echo in self._echoes), default=0)
        end = min(self.until, time.monotonic() + min(LONGEST_WAIT_S, max(0.5, 2 * longest / udp.SECOND_NS)))
        missing = set(range(self.sent)) - {echo.number for echo in self._echoes}
        while missing and time.monotonic() < end and not self._is_hopeless():
            seen = len(self._echoes)
            self._read_until(sock, min(end, time.monotonic() + 0.05))
            missing -= {echo.number for echo in self._echoes[seen:]}

    def _read_until(self, sock: socket.socket, deadline: float) -> None:
        while (wait := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([sock], [], [], wait)
            if ready:
                self._read_all(sock)

    def _read_all(self, sock: socket.socket) -> None:
        for _ in range(256):  # then the next packet has to leave
            try:
                came = udp.receive(sock, self.clock)
            except OSError as error:
                self._note(error)
                return
            if came is None:
                return
            self.take(came)

    def take(self, came: udp.Datagram) -> None:
        """Keep an answer to one of our packets; a packet of anyone else, or not to be believed, is only counted."""
        reply = stamp.read_reply(came.data, self.key)
        if reply is None or reply.ssid not in (self._ssid, 0) or not self._is_ours(reply, came.arrived_ns):
            self._foreign += 1
            return
        self._refused_since = None
        if came.lag_ns is not None:
            self._lag_ms.append(came.lag_ns / MS)
        self._echoes.append(
            Echo(
                reply.request_number,
                reply.number,
                reply.received_ns,
                reply.sent_ns,
                came.arrived_ns,
                reply.counters,
            )
        )

    def _is_ours(self, reply: stamp.Reply, arrived_ns: int) -> bool:
        """Whether it repeats the number and the time of a packet that was sent, and may have been held for so long.

        A reflector that says it held a packet for a part of its way makes the round trip shorter than it was; only one
        that says it held it for longer than all of its way is found out.
        """
        number = reply.request_number
        if not (number < self.sent and self._stamps[number] == reply.request_stamp):
            return False
        held_ns, away_ns = reply.sent_ns - reply.received_ns, arrived_ns - self._sent_ns[number]
        return 0 <= held_ns <= away_ns + MS and len(self._echoes) < 4 * self.sent + 100

    def _note(self, error: OSError) -> None:
        self._error = udp.reason(error)
        if self._refused_since is None:
            self._refused_since = time.monotonic()

    def _seen(self, counted: int) -> Stream:
        return Stream(
            codec=self.codec,
            packet_bytes=self.packet_bytes,
            sent_ns=tuple(self._sent_ns),
            counted=counted,
            echoes=tuple(self._echoes),
            late_ms=tuple(self._late_ms),
            lag_ms=tuple(self._lag_ms),
            skipped=self._skipped,
            foreign=self._foreign,
            slept_s=self.clock.slept_s(),
            error=self._error,
        )
