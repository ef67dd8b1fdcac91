"""Streams over imagined lines: what a sender would have seen, and the truth beside it. Also an impaired far end."""

import random
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial

from remoteready.formulas.emodel import CODECS, Codec
from remoteready.measure import sink, site, stamp, surroundings, trips, udp
from remoteready.measure.call import Measurement, nothing, summary
from remoteready.measure.legs import Waypoint
from remoteready.measure.phases import Plan
from remoteready.measure.reflector import Reflector
from remoteready.measure.stream import CLOSING, MS, Echo, Stream
from remoteready.measure.surroundings import Family, Network, Route
from remoteready.measure.target import Target
from remoteready.measure.upload import Upload


@dataclass
class Line:
    """A line whose two directions are given packet by packet: ms of delay, None for lost."""

    up_ms: Callable[[int], float | None] = lambda packet: 20.0
    down_ms: Callable[[int], float | None] = lambda packet: 30.0
    seconds: float = 10
    ahead_ms: float = 0
    """The far clock's offset."""
    gains_ms_per_s: float = 0
    codec: Codec = CODECS["g711"]
    stateless: bool = False
    copies_up: set[int] = field(default_factory=set)
    copies_down: set[int] = field(default_factory=set)

    def stream(self, **changed) -> Stream:
        """What the sender sees: arrivals in the order of the reflector, then in the order of arrival here."""
        counted = round(self.seconds * 1000 / self.codec.ptime_ms)
        sent = [number * self.codec.ptime_ms * MS for number in range(counted + CLOSING)]
        reached = [
            (sent[number] + round(delay * MS) + copy, number)
            for number in range(len(sent))
            if (delay := self.up_ms(number)) is not None
            for copy in range(1 + (number in self.copies_up))
        ]
        echoes = []
        for turned, (at, number) in enumerate(sorted(reached)):
            far = at + round((self.ahead_ms + self.gains_ms_per_s * at / 1e9) * MS)
            back = self.down_ms(number)
            if back is None:
                continue
            for copy in range(1 + (number in self.copies_down)):
                arrived = at + round(back * MS) + copy
                counters = None if self.stateless else stamp.Counters(turned + 1, turned + 1)
                echoes.append(Echo(number, number if self.stateless else turned, far, far, arrived, counters))
        fields = {
            "codec": self.codec,
            "packet_bytes": self.codec.rtp_bytes,
            "sent_ns": tuple(sent),
            "counted": counted,
            "echoes": tuple(sorted(echoes, key=lambda echo: echo.arrived_ns)),
            "late_ms": (0.1,) * len(sent),
            "lag_ms": (0.1,) * len(echoes),
            "skipped": 0,
            "foreign": 0,
            "slept_s": 0.0,
            "error": "",
        }
        return Stream(**{**fields, **changed})


def uneven(least_ms: float, jitter_ms: float, seed: int = 1) -> Callable[[int], float]:
    """Delays from `least_ms` to twice the jitter above it, evenly spread, the same every time."""
    chance = random.Random(seed)  # noqa: S311 – the same line every time
    delays = [least_ms + chance.uniform(0, 2 * jitter_ms) for _ in range(5000)]
    return delays.__getitem__


def losing(delay: Callable[[int], float | None] | float, lost: set[int]) -> Callable[[int], float | None]:
    """The same delays with some packets lost."""
    return lambda packet: None if packet in lost else delay if isinstance(delay, float) else delay(packet)


Mangle = Callable[[bytes, bytes, Callable[[bytes], None]], None]


@contextmanager
def far_end(mangle: Mangle, key: bytes | None = None, clock: udp.Clock | None = None) -> Iterator[int]:
    """A reflector on the loopback whose answers a test may lose, change, repeat: mangle(question, answer, send)."""
    reflector, clock = Reflector(key=key), clock or udp.Clock()
    sock = udp.opened(socket.AF_INET)
    sock.bind(("127.0.0.1", 0))
    stop, stopped = socket.socketpair()

    def run() -> None:
        while stopped not in (ready := select.select([sock, stopped], [], [])[0]):
            asked = udp.receive(sock, clock) if ready else None
            answer = reflector.answer(asked, clock.now_ns) if asked else None
            if asked and answer:
                mangle(asked.data, answer, partial(udp.send, sock, address=asked.address, traffic_class=0))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield sock.getsockname()[1]
    finally:
        stop.close()
        thread.join(5)
        sock.close()
        stopped.close()


def bound(sock: socket.socket, host: str = "127.0.0.1") -> int:
    """The free port that a socket now has on the loopback."""
    sock.bind((host, 0))
    return int(sock.getsockname()[1])


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free for UDP and TCP."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        with socket.socket(family, socket.SOCK_DGRAM) as one, socket.socket(family, socket.SOCK_STREAM) as other:
            port = bound(one, host)
            with suppress(OSError):
                other.bind((host, port))
                return port


@contextmanager
def serving(
    key: bytes | None = None, host: str | None = "127.0.0.1", limits: sink.Limits | None = None
) -> Iterator[int]:
    """A whole site on the loopback, on all addresses for None; its port."""
    port = free_port(host or "127.0.0.1")
    with site.opened(port, host, Reflector(key=key), sink.Sink(key, limits or sink.Limits())) as open_site:
        stop, stopped = socket.socketpair()
        thread = threading.Thread(target=open_site.serve, args=(stopped,))
        thread.start()
        try:
            yield port
        finally:
            stop.close()
            thread.join(5)
            stopped.close()
            assert not thread.is_alive()


def adsl() -> Measurement:
    """A line that is perfect alone and carries no call beside a full upload: a second of ramp, then a full queue."""
    jitter = uneven(0, 0.4)

    def up_ms(packet: int) -> float | None:
        wait_ms = jitter(packet)
        if 500 <= packet < 740:
            wait_ms += min(600, (packet - 500) * 12) - packet % 25 * 4
            if packet >= 560 and packet % 12 == 0:
                return None
        if 800 <= packet < 1000:
            wait_ms += packet % 5 * 5
        return 15 + wait_ms

    line = Line(up_ms, lambda packet: 15 + jitter(packet + 1500), seconds=20.5)
    full = Upload(0.9036, False, 0.557, 4.92, 2, "reno", "seconds")
    recording = Upload(0.461, True, 0.232, 4.0, 1, "reno", "seconds")
    marks = [("idle", 0, 500), ("upload", 500, 740), ("recording", 800, 1000)]
    measured = summary(Target("site.example.com", 8762), CODECS["g711"], line.stream(), marks, full, recording)
    return replace(measured, time="2026-11-22T08:00:00+00:00")


def outside_the_vpn() -> Measurement:
    """The same line, looked around, without the VPN: the Wi-Fi loses packets."""
    lost = set(range(7, 500, 20))
    stream = Line(losing(uneven(15, 0.4), lost), uneven(15, 0.4, 2)).stream()
    measured = summary(Target("site.example.com", 8762), CODECS["g711"], stream, [("idle", 0, 500)])
    took = tuple(None if number in lost else 30.8 for number in range(500))
    places = [
        Waypoint("your router", (*(None,) * 3, *(2.0,) * 47)),
        Waypoint("router 2", (*(None,) * 4, *(11.0,) * 46)),
        Waypoint("site.example.com", took),
    ]
    families = (
        Family("IPv4", trips.summary("site.example.com", trips.ICMP, (31.25,) * 10)),
        Family("IPv6", trips.none("nothing there answers ICMP echo or TCP")),
    )
    return replace(
        measured,
        time="2026-11-22T08:00:00+00:00",
        legs=surroundings.judged(places),
        route=Route("none", "the traffic leaves by wlan0, which is no tunnel"),
        network=Network(
            name_ms=12.25,
            families=families,
            mapping="endpoint_independent",
            mapping_evidence="two addresses of the server see the same port 40112",
            stun_ms=18.5,
            nats=2,
            nats_evidence="behind the first router is another one for homes",
        ),
    )


def through_the_vpn() -> Measurement:
    """The same desk by cable and through the VPN: no loss, but a longer way."""
    stream = Line(uneven(35, 2), uneven(35, 2, 2)).stream()
    measured = summary(Target("site.example.com", 8762), CODECS["g711"], stream, [("idle", 0, 500)])
    places = [Waypoint("your router", (1.0,) * 50), Waypoint("site.example.com", (73.5,) * 500)]
    route = Route("split", "the contact centre by wg0, the internet by wlan0")
    return replace(measured, time="2026-11-22T08:01:00+00:00", legs=surroundings.judged(places), route=route)


def firewalled() -> Measurement:
    """The same line through a VPN that lets no reflector be reached."""
    target = Target("site.example.com", 8762)
    samples = (*(48.5,) * 45, *(71.5,) * 4, None)
    return replace(
        nothing(target, Plan(), "no answer: no reflector runs there, or a firewall on the way drops UDP"),
        time="2026-11-22T08:01:00+00:00",
        legs=surroundings.cannot_tell("this system does not tell ordinary programs which routers are on the way"),
        round_trips=trips.summary("site.example.com", trips.ICMP, samples),
        route=Route("split", "the contact centre by wg0, the internet by wlan0"),
    )
