"""A line whose truth is known: two network namespaces, and between them a forwarder that delays, loses and queues.

    desk (10.77.0.1, fd77::1) ── up ──▶ forwarder ──▶ site (10.77.0.2, fd77::2)
                              ◀── down ──

The forwarder holds a TUN device in each namespace. It writes down what it did to every STAMP packet, its own error too:
how much later than planned each packet was let go. `python -m tests.lab.path` is the forwarder.
"""

import ctypes
import fcntl
import heapq
import json
import os
import random
import select
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DESK, SITE = "10.77.0.1", "10.77.0.2"
DEVICE = "line0"
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
CLONE_NEWNET = 0x40000000
FIRST = ("nice", "-n", "-15")
"""Before whatever else this machine does: a busy machine cannot measure, and says so."""


@dataclass
class Way:
    """What one direction does to packets."""

    delay_ms: float = 10
    jitter_ms: float = 0
    """Adds evenly 0 to twice this."""
    ordered: bool = True
    """Whether a packet waits for the one before it."""
    loss: float = 0
    """Share of the packets lost."""
    burst: float = 1
    """Mean length of a run of losses (Gilbert)."""
    lose: list[int] = field(default_factory=list)
    """Numbers of STAMP packets that are lost in any case."""
    copies: float = 0
    """Share of the packets that come twice."""
    rate_mbps: float = 0
    """Of IP packets; 0 is no limit."""
    queue_ms: float = 100
    """A packet that would wait longer for the rate is dropped."""
    seed: int = 1


@dataclass
class Truth:
    """What one direction did to STAMP packets, by their number."""

    lost: list[int]
    """By chance, by order, or at the queue."""
    delay_ms: dict[int, float]
    """From taking the packet in to letting it go."""
    late_ms: list[float]
    """The forwarder's own error: let go later than planned."""
    copied: list[int]


class _Direction:
    """One way at work."""

    def __init__(self, way: Way, number_at: int) -> None:
        self.way = way
        self.number_at = number_at
        self.chance = random.Random(way.seed)  # noqa: S311 – the same line every time
        self.losing = False
        self.free_s = 0.0
        self.last_s = 0.0
        self.lose = set(way.lose)
        self.lost: list[int] = []
        self.delay_ms: dict[int, float] = {}
        self.late_ms: list[float] = []
        self.copied: list[int] = []

    def number(self, packet: bytes) -> int | None:
        """The number of the STAMP packet in an IP packet, the sender's in both directions."""
        if packet[0] >> 4 == 4 and packet[9] == 17:
            payload = (packet[0] & 15) * 4 + 8
        elif packet[0] >> 4 == 6 and packet[6] == 17:
            payload = 48
        else:
            return None
        at = payload + self.number_at
        return int.from_bytes(packet[at : at + 4], "big") if len(packet) >= payload + 44 else None

    def releases(self, packet: bytes, now_s: float) -> list[float]:
        """When to let a packet go: never, once or twice."""
        number, way = self.number(packet), self.way
        if number in self.lose or self._unlucky() or (wait_s := self._queue(len(packet), now_s)) is None:
            if number is not None:
                self.lost.append(number)
            return []
        release_s = now_s + wait_s + way.delay_ms / 1000 + self.chance.uniform(0, 2 * way.jitter_ms) / 1000
        if way.ordered:
            release_s = self.last_s = max(release_s, self.last_s)
        if self.chance.random() >= way.copies:
            return [release_s]
        if number is not None:
            self.copied.append(number)
        return [release_s, release_s]

    def _unlucky(self) -> bool:
        way = self.way
        if not way.loss:
            return False
        leave = 1 / way.burst
        enter = way.loss * leave / (1 - way.loss)
        self.losing = self.chance.random() < (1 - leave if self.losing else enter)
        return self.losing

    def _queue(self, length: int, now_s: float) -> float | None:
        way = self.way
        if not way.rate_mbps:
            return 0.0
        wait_s = max(0.0, self.free_s - now_s)
        if wait_s > way.queue_ms / 1000:
            return None
        self.free_s = now_s + wait_s + length * 8 / way.rate_mbps / 1e6
        return self.free_s - now_s


def forward(taken: int, given: int, up: _Direction, down: _Direction) -> None:
    """Carry packets between the two devices until standard input is closed."""
    heap: list[tuple[float, int, int, _Direction, bytes, float]] = []
    out = {taken: (given, up), given: (taken, down)}
    stdin, serial = sys.stdin.fileno(), 0
    while True:
        now_s = time.monotonic()
        while heap and heap[0][0] <= now_s:
            release_s, _, to, direction, packet, came_s = heapq.heappop(heap)
            with suppress(OSError):
                os.write(to, packet)
            now_s = time.monotonic()
            number = direction.number(packet)
            if number is not None:
                direction.delay_ms.setdefault(number, (now_s - came_s) * 1000)
                direction.late_ms.append((now_s - release_s) * 1000)
        ready, _, _ = select.select([taken, given, stdin], [], [], max(0, heap[0][0] - now_s) if heap else None)
        if stdin in ready:
            return
        for device in ready:
            packet = os.read(device, 65536)
            came_s = time.monotonic()
            to, direction = out[device]
            for release_s in direction.releases(packet, came_s):
                serial += 1
                heapq.heappush(heap, (release_s, serial, to, direction, packet, came_s))


def _tun(namespace: str) -> int:
    """A TUN device in a namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path(f"/run/netns/{namespace}").open() as place:
        if libc.setns(place.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), IFF_TUN | IFF_NO_PI))
    return device


def wanted(namespaces: tuple[str, str], up: Way, down: Way) -> bytes:
    """The first line that the forwarder reads."""
    line: dict[str, Any] = {"namespaces": namespaces, "up": asdict(up), "down": asdict(down)}
    return json.dumps(line).encode() + b"\n"


def main() -> None:
    """The forwarder: configuration on the first line of standard input, truth on standard output at its end."""
    told = json.loads(sys.stdin.readline())
    directions = _Direction(Way(**told["up"]), 0), _Direction(Way(**told["down"]), 24)
    taken, given = (_tun(name) for name in told["namespaces"])
    with suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(5))
    print("ready", flush=True)  # noqa: T201 – read by the lab
    forward(taken, given, *directions)
    truth = [asdict(Truth(one.lost, one.delay_ms, one.late_ms, one.copied)) for one in directions]
    print(json.dumps(truth), flush=True)  # noqa: T201 – read by the lab


class Line:
    """A laid line, with a desk at one end and a site at the other."""

    def __init__(self, namespaces: tuple[str, str], forwarder: "subprocess.Popen[str]") -> None:
        self.namespaces = namespaces
        self._forwarder = forwarder

    def desk(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command at the desk."""
        inside = [*FIRST, "ip", "netns", "exec", self.namespaces[0], *command]
        return subprocess.run(inside, capture_output=True, text=True, timeout=90, cwd=ROOT, check=False)

    @contextmanager
    def site(self, *command: str, ready: str) -> Iterator["subprocess.Popen[str]"]:
        """A command that runs at the site from when it says `ready` on standard error."""
        inside = [*FIRST, "ip", "netns", "exec", self.namespaces[1], *command]
        with subprocess.Popen(inside, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
            try:
                assert process.stderr
                assert ready in process.stderr.readline()
                yield process
            finally:
                process.terminate()

    def truth(self) -> tuple[Truth, Truth]:
        """Take the line away; what it did, up and down."""
        out, _ = self._forwarder.communicate("", timeout=20)
        up, down = json.loads(out)
        for way in (up, down):
            way["delay_ms"] = {int(number): ms for number, ms in way["delay_ms"].items()}
        return Truth(**up), Truth(**down)


def missing() -> str:
    """What this machine lacks for a line; empty if nothing."""
    if sys.platform != "linux" or os.geteuid():
        return "needs root on Linux"
    if not shutil.which("ip"):
        return "needs the program ip (iproute2)"
    if not Path("/dev/net/tun").exists():
        return "needs /dev/net/tun"
    name = f"rr-{os.getpid()}-try"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        return f"needs network namespaces: {made.stderr.strip()}"
    subprocess.run(["ip", "netns", "del", name], check=False)
    return ""


@contextmanager
def line(up: Way, down: Way, hosts: str = "") -> Iterator[Line]:
    """Lay a line and take it away again, whatever happens; `hosts` is what the desk has as /etc/hosts."""
    tag = f"rr-{os.getpid()}-{os.urandom(3).hex()}"
    names = (f"{tag}-desk", f"{tag}-site")
    with ExitStack() as stack:
        for name in names:
            subprocess.run(["ip", "netns", "add", name], check=True)
            stack.callback(subprocess.run, ["ip", "netns", "del", name], check=False)
        if hosts:
            own = Path("/etc/netns") / names[0]
            own.mkdir(parents=True)
            stack.callback(shutil.rmtree, own)
            (own / "hosts").write_text(hosts)
        forwarder = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "tests.lab.path"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            )
        )
        stack.callback(forwarder.kill)
        assert forwarder.stdin
        assert forwarder.stdout
        forwarder.stdin.write(wanted(names, up, down).decode())
        forwarder.stdin.flush()
        assert forwarder.stdout.readline() == "ready\n"
        for name, host, end in zip(names, (DESK, SITE), (1, 2), strict=True):
            for words in (
                "link set lo up",
                f"addr add {host}/30 dev {DEVICE}",
                f"addr add fd77::{end}/64 dev {DEVICE} nodad",
                f"link set {DEVICE} up mtu 1500",
            ):
                subprocess.run(["ip", "-n", name, *words.split()], check=True)
        yield Line(names, forwarder)


if __name__ == "__main__":
    main()
