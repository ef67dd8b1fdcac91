"""The phases of a measurement where the far end does not play its part: the deadline is kept, and what was seen."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from remoteready.measure import sink
from remoteready.measure.call import measure
from remoteready.measure.facts import Unknown, facts
from remoteready.measure.phases import Plan
from remoteready.measure.target import Target
from remoteready.measure.upload import Load
from tests.measure.lines import far_end

DEADLINE_S = 4.0
PLAN = Plan(seconds=1, load=Load(seconds=20), recording_seconds=10, deadline_s=DEADLINE_S)


def never_greets(sock: socket.socket) -> None:
    """Takes the connection and says nothing."""


def never_agrees(sock: socket.socket) -> None:
    sock.sendall(b"remoteready-sink 1 00\n")


def never_reads(sock: socket.socket) -> None:
    sock.sendall(b"remoteready-sink 1 00\n")
    sink.line(sock)
    sock.sendall(b"go 100000000 60\n")


@contextmanager
def reflecting_beside(converse: Callable[[socket.socket], None]) -> Iterator[int]:
    """A reflector as it should be, and on the same port a taker of uploads that is not."""
    with far_end(lambda question, answer, send: send(answer)) as port, socket.create_server(("127.0.0.1", port)) as tcp:
        taken = []

        def work() -> None:
            with suppress(OSError):
                while True:
                    taken.append(tcp.accept()[0])
                    converse(taken[-1])

        thread = threading.Thread(target=work)
        thread.start()
        yield port
        tcp.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        for sock in taken:
            sock.close()


@pytest.mark.parametrize("converse", [never_greets, never_agrees, never_reads])
def test_an_upload_that_never_ends_takes_no_more_than_the_deadline_and_nothing_from_the_call_alone(converse):
    with reflecting_beside(converse) as port:
        begin = time.monotonic()
        result, _ = measure(Target("127.0.0.1", port), PLAN)
        took_s = time.monotonic() - begin
    assert took_s < 2 * DEADLINE_S, "the upload alone was to take 20 s"
    assert (result.unknown, result.partial, result.interrupted) == ("", "", False)
    alone = result.phase("idle")
    assert alone
    assert alone.up.loss
    assert (alone.up.loss.lost, alone.down.packets >= 45) == (0, True)
    told = facts(result)
    assert result.trouble or isinstance(told["line.mos_idle"], float)
    assert isinstance(told["line.upload_mbps"], Unknown)


def test_what_there_is_no_time_for_is_said_to_be_left_out():
    plan = Plan(seconds=60, deadline_s=2.5)
    with far_end(lambda question, answer, send: send(answer)) as port:
        result, _ = measure(Target("127.0.0.1", port), plan)
    assert result.upload
    assert result.upload.unknown == "no time was left for it within 2.5 s"
    alone = result.phase("idle")
    assert alone
    assert 50 <= alone.up.packets <= 100


def test_a_name_that_is_none_is_the_reason():
    result, stream = measure(Target("nosuch.invalid", 8762), Plan(load=None))
    assert stream is None
    assert "name" in result.unknown
