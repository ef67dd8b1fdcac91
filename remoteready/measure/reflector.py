"""The far end of a test stream: a stateful STAMP session-reflector (RFC 8762 section 4.3).

It numbers its own answers, so that the sender can tell packets lost on the way out from those lost on the way back. No
answer is longer than its question, no source gets more than a fixed number of them, and the memory is bounded: it is of
no use for amplifying an attack.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from remoteready.measure import PORT, stamp, udp

LOWEST_SOURCE_PORT = 1024
"""Lower ones are those of services: an answer to a forged question could begin an endless conversation between two."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reflector lets itself be used for."""

    sessions: int = 1000
    """Streams at the same time."""
    sessions_each: int = 100
    """Of these, per source address (IPv6: per /64)."""
    packets_per_second: int = 500
    """Per source address (IPv6: per /64): ten calls."""
    idle_s: float = 30
    """After this silence a stream is over."""


@dataclass(slots=True)
class _Session:
    received: int = 0
    answered: int = 0
    seen_ns: int = 0


@dataclass(slots=True)
class _Allowance:
    packets: float
    seen_ns: int


@dataclass(slots=True)
class Reflector:
    """The answers to datagrams. Holds no socket, so that any datagram from anywhere can be tried on it."""

    key: bytes | None = None
    limits: Limits = Limits()
    port: int = PORT
    _sessions: OrderedDict[tuple[str, int, int], _Session] = field(default_factory=OrderedDict)
    _allowances: OrderedDict[str, _Allowance] = field(default_factory=OrderedDict)

    def answer(self, asked: udp.Datagram, now_ns: Callable[[], int]) -> bytes | None:
        """The answer to a datagram, as long as it; None where none is due."""
        host, port = asked.address[0], asked.address[1]
        if port < LOWEST_SOURCE_PORT or port == self.port or len(asked.data) > udp.LARGEST_BYTES:
            return None
        request = stamp.read_request(asked.data, self.key)
        if request is None or stamp.is_answer(asked.data, self.key):
            return None
        allowed = self._allowed(udp.network(host), asked.arrived_ns)
        session = self._session((host, port, request.ssid), asked.arrived_ns, begin=allowed)
        if session is None:
            return None
        session.received += 1
        if not allowed:
            return None
        number, session.answered = session.answered, session.answered + 1
        counters = stamp.Counters(session.received, session.answered)
        number %= 2**32
        return stamp.reply(asked.data, request, number, counters, asked.arrived_ns, now_ns(), asked.ttl, self.key)

    @property
    def sessions(self) -> int:
        """Streams that it remembers."""
        return len(self._sessions)

    @property
    def sources(self) -> int:
        """Source addresses that it remembers."""
        return len(self._allowances)

    def _session(self, name: tuple[str, int, int], at_ns: int, *, begin: bool) -> _Session | None:
        """The session of that name, moved to the end of the line; None when it may not begin or has no room.

        One network has a share of the room, and streams of a single packet make way for others: so nobody can keep
        everybody else out.
        """
        session = self._sessions.get(name)
        if session is None or self._is_over(session.seen_ns, at_ns):
            if not begin or (session is None and not self._may_begin(name[0], at_ns)):
                return None
            session = self._sessions[name] = _Session()
        session.seen_ns = at_ns
        self._sessions.move_to_end(name)
        return session

    def _may_begin(self, host: str, at_ns: int) -> bool:
        network = udp.network(host)
        if sum(udp.network(other) == network for other, _, _ in self._sessions) >= self.limits.sessions_each:
            return False
        if self._room(self._sessions, at_ns):
            return True
        single = next((name for name, session in self._sessions.items() if session.received <= 1), None)
        if single is not None:
            del self._sessions[single]
        return single is not None

    def _allowed(self, source: str, at_ns: int) -> bool:
        """A bucket that fills with `packets_per_second` and holds one second's worth."""
        most = self.limits.packets_per_second
        one = self._allowances.get(source)
        if one is None:
            if not self._room(self._allowances, at_ns):
                return False
            one = self._allowances[source] = _Allowance(most, at_ns)
        filled = one.packets + max(0, at_ns - one.seen_ns) / udp.SECOND_NS * most
        one.packets, one.seen_ns = min(most, filled), at_ns
        self._allowances.move_to_end(source)
        if one.packets < 1:
            return False
        one.packets -= 1
        return True

    def _room(self, table: OrderedDict[Any, Any], at_ns: int) -> bool:
        """Whether a table has room for one more, once those that are over are forgotten."""
        while table and self._is_over(next(iter(table.values())).seen_ns, at_ns):
            table.popitem(last=False)
        return len(table) < self.limits.sessions

    def _is_over(self, seen_ns: int, at_ns: int) -> bool:
        return at_ns - seen_ns > self.limits.idle_s * udp.SECOND_NS
