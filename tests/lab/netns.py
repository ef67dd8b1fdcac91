"""Rooms with a network of their own: Linux network namespaces in a row, each a router for those beyond it.

Needs root. Everything that was started ends with the room; nothing reaches the machine's own network.
"""

import contextlib
import ctypes
import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tests.lab import path

T = TypeVar("T")

CLONE_NEWNET = 0x40000000


def missing() -> str:
    """What keeps this machine from making rooms; empty when nothing does."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "root"
    made = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False, timeout=10)
    return "" if made.returncode == 0 else "network namespaces"


@dataclass
class Room:
    """One network namespace."""

    name: str
    left: str = ""
    """Its address toward the first room."""
    right: str = ""
    """Its address toward the last room."""
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, *command: str) -> str:
        """Run a command in the room to its end."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.name, *command], capture_output=True, text=True, check=False, timeout=20
        )
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
        return done.stdout

    def nft(self, chain: str, *rules: str) -> None:
        """Have one chain with these rules and no other, such as "filter hook forward", "udp dport 53 drop"."""
        lines = ["flush ruleset", "table ip test {", "chain only {", f"type {chain} priority 100", *rules, "}", "}"]
        self.run("nft", "\n".join(lines))

    def start(self, log: Path, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a server in the room, with a /run of its own; it ends with the room."""
        own_run = ["sh", "-c", 'mount -t tmpfs none /run && exec "$@"', "sh"]
        with log.open("wb") as out:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self.name, *own_run, *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=os.environ | environment,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function in a thread that is in the room: the sockets it opens are the room's."""
        answers: list[T] = []
        troubles: list[BaseException] = []

        def work() -> None:
            try:
                self.enter()
                answers.append(function(*arguments))
            except BaseException as error:
                troubles.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(60)
        assert not thread.is_alive(), f"{function} did not return"
        if troubles:
            raise troubles[0]
        return answers[0]

    def enter(self) -> None:
        """Take the calling thread into the room, for the rest of its life."""
        with Path(f"/run/netns/{self.name}").open() as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")


NO_NAME = ("the name is not found", "its name cannot be looked up now: no DNS server answers")
"""What a room says of a name that does not exist: whether a DNS server can be asked from it is the machine's affair."""


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()


@contextlib.contextmanager
def row(*names: str, bad: tuple[int, path.Way] | None = None) -> Iterator[list[Room]]:
    """Rooms in a row, joined by cables: 10.77.0.1–10.77.0.2, 10.77.1.1–10.77.1.2 and so on, and see `v6`.

    The cable of the number in `bad` does to packets what stands there, both ways.
    """
    rooms = [Room(f"rr{os.getpid()}-{name}") for name in names]
    try:
        for room in rooms:
            _ip("netns", "add", room.name)
            room.run("ip", "link", "set", "lo", "up")
            forwarding = ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
            room.run("sysctl", "-qw", *forwarding, "net.ipv4.icmp_ratelimit=0")
        for number, (left, right) in enumerate(itertools.pairwise(rooms)):
            _join(left, right, number, bad[1] if bad and bad[0] == number else None)
        for number, room in enumerate(rooms):
            _route(room, number, len(rooms))
        yield rooms
    finally:
        for room in rooms:
            for process in room.started:
                stop(process)
            subprocess.run(["ip", "netns", "del", room.name], capture_output=True, check=False, timeout=20)


def _join(left: Room, right: Room, number: int, way: path.Way | None) -> None:
    left.right, right.left = f"10.77.{number}.1", f"10.77.{number}.2"
    cables = ["right", "left"]
    if way is None:
        _ip("link", "add", "right", "netns", left.name, "type", "veth", "peer", "name", "left", "netns", right.name)
    else:
        left.started.append(_forwarder(left, right, way))
        cables = [path.DEVICE, path.DEVICE]
    for room, cable, address in zip((left, right), cables, (left.right, right.left), strict=True):
        room.run("ip", "address", "add", f"{address}/24", "dev", cable)
        room.run("ip", "address", "add", f"{v6(address)}/64", "dev", cable, "nodad")
        room.run("ip", "link", "set", cable, "up")


def _forwarder(left: Room, right: Room, way: path.Way) -> subprocess.Popen[bytes]:
    """What delays and loses packets between two rooms; see tests/lab/path.py. It ends with the first room."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.lab.path"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=path.ROOT,
        start_new_session=True,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(path.wanted((left.name, right.name), way, way))
    process.stdin.flush()
    assert process.stdout.readline() == b"ready\n"
    return process


def v6(address: str) -> str:
    """The IPv6 address of the same end of the same cable."""
    _, _, cable, end = address.split(".")
    return f"fd77:0:0:{cable}::{end}"


def _route(room: Room, number: int, count: int) -> None:
    for other in range(count - 1):
        if other > number:
            next_one = f"10.77.{number}.2"
        elif other < number - 1:
            next_one = f"10.77.{number - 1}.1"
        else:
            continue
        room.run("ip", "route", "add", f"10.77.{other}.0/24", "via", next_one)
        room.run("ip", "route", "add", f"fd77:0:0:{other}::/64", "via", v6(next_one))


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=20)
