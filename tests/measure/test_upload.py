"""Uploads on the loopback: counted by the receiver, bounded at both ends, refused for true reasons."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from remoteready.measure import sink
from remoteready.measure.upload import Load, Upload, upload
from tests.measure.lines import bound, free_port, serving

KEY = b"a shared key of the site"


def sent(port: int, load: Load, key: bytes | None = None) -> Upload:
    return upload(("127.0.0.1", port), socket.AF_INET, load, key)


@pytest.mark.parametrize("flows", [1, 2, 4])
def test_the_receiver_counts_what_arrives_up_to_the_agreed_megabytes(flows):
    with serving() as port:
        done = sent(port, Load(flows=flows, megabytes=3, seconds=10))
    assert done.unknown == ""
    assert 3 <= done.megabytes < 3.1
    assert (done.ended_by, done.flows) == ("megabytes", flows)
    assert done.mbps
    assert done.mbps > 10
    assert done.lower_bound == (done.seconds < 1)


def test_ipv6_carries_uploads_too():
    with serving(host="::1") as port:
        assert upload(("::1", port), socket.AF_INET6, Load(megabytes=0.5)).megabytes >= 0.5


def test_reno_is_what_loads_the_line_where_one_may_choose():
    with serving() as port:
        done = sent(port, Load(megabytes=0.2))
    assert done.congestion_control == ("reno" if hasattr(socket, "TCP_CONGESTION") else "")


def test_a_paced_upload_keeps_its_rate():
    with serving() as port:
        done = sent(port, Load(flows=1, seconds=1, paced_mbps=2))
    assert done.ended_by == "seconds"
    assert done.mbps == pytest.approx(2, rel=0.2)
    assert done.lower_bound


def test_an_upload_ends_when_the_required_rate_is_shown():
    with serving() as port:
        done = sent(port, Load(flows=1, seconds=20, paced_mbps=4, required_mbps=2))
    assert done.ended_by == "rate"
    assert done.seconds < 10


def test_with_a_key_only_those_who_have_it_upload():
    with serving(KEY) as port:
        assert sent(port, Load(megabytes=0.2), KEY).mbps
        for key in (None, b"another key of the site"):
            refused = sent(port, Load(megabytes=0.2), key)
            assert refused.mbps is None
            assert refused.unknown == "the far end refuses the upload: the shared key is missing or wrong"


@pytest.mark.parametrize("mac", [b"-", b"\xff" * 32, b"0" * 64])
def test_a_signature_that_is_none_is_refused_in_words(mac):
    with serving(KEY) as port, socket.create_connection(("127.0.0.1", port)) as sock:
        sink.line(sock)
        sock.sendall(b"upload mine 1 " + mac + b"\n")
        assert sink.line(sock) == "no the shared key is missing or wrong"


def test_one_address_has_one_upload_at_a_time():
    with serving() as port:
        with socket.create_connection(("127.0.0.1", port)) as first:
            first.settimeout(10)
            sink.line(first)
            first.sendall(b"upload mine 1 -\n")
            assert sink.line(first).startswith("go ")
            second = sent(port, Load(megabytes=0.2))
            assert second.unknown == ("the far end refuses the upload: another upload from this address is running")
            first.shutdown(socket.SHUT_WR)
            assert sink.line(first) == "done 0 0 0"
        assert sent(port, Load(megabytes=0.2)).mbps


def test_the_receiver_takes_no_more_than_its_limits():
    with serving(limits=sink.Limits(megabytes=1)) as port:
        done = sent(port, Load(megabytes=5, seconds=5))
    assert 1 <= done.megabytes < 2
    with serving(limits=sink.Limits(seconds=0.5)) as port:
        done = sent(port, Load(flows=1, seconds=5, paced_mbps=2))
    assert done.seconds < 2
    with serving(limits=sink.Limits(flows=1)) as port:
        assert "at most 1 flows" in sent(port, Load(flows=2)).unknown
    with serving(limits=sink.Limits(connections=1)) as port:
        assert sent(port, Load(flows=2)).mbps is None


def test_one_address_has_so_many_megabytes_an_hour():
    with serving(limits=sink.Limits(megabytes_per_hour=1)) as port:
        for _ in range(2):
            assert sent(port, Load(megabytes=0.6)).mbps
        refused = sent(port, Load(megabytes=0.6)).unknown
    assert refused == "the far end refuses the upload: this address has uploaded enough for now: try again in an hour"


@pytest.mark.parametrize(
    "said",
    [b"", b"\n", b"GET / HTTP/1.1\r\n\r\n", b"upload x 2\n", b"upload x two -\n", b"upload ../x 1 -\n", b"\xff" * 500],
)
def test_whoever_is_no_client_is_sent_away(said):
    with serving() as port, socket.create_connection(("127.0.0.1", port)) as sock:
        sock.settimeout(10)
        assert sink.line(sock).startswith(sink.GREETING)
        sock.sendall(said)
        sock.shutdown(socket.SHUT_WR)
        assert sink.line(sock) == "no this is not an upload of remoteready"


def test_one_address_cannot_take_all_connections():
    with serving(limits=sink.Limits(flows=2)) as port, ExitStack() as stack:
        greeted = 0
        for _ in range(6):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            with suppress(OSError):
                greeted += sink.line(sock).startswith(sink.GREETING)
        assert greeted == 4


def test_nobody_listening_is_a_reason():
    assert sent(free_port(), Load()).unknown == "no connection for the upload: connection refused"


@contextmanager
def server(converse: Callable[[socket.socket], None]) -> Iterator[int]:
    """A far end that says what a test wants."""
    with socket.socket() as listening:
        port = bound(listening)
        listening.listen()

        def run() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.settimeout(10)
                converse(connection)

        thread = threading.Thread(target=run)
        thread.start()
        yield port
        thread.join(10)


def wrong_greeting(sock: socket.socket) -> None:
    sock.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


def hangs_up(sock: socket.socket) -> None:
    sock.sendall(b"remoteready-sink 1 00\n")
    sink.line(sock)


def go(sock: socket.socket) -> None:
    sock.sendall(b"remoteready-sink 1 00\n")
    sink.line(sock)
    sock.sendall(b"go 1000000 10\n")


def stops_half_way(sock: socket.socket) -> None:
    go(sock)
    sock.recv(10_000)


def talks_nonsense(sock: socket.socket) -> None:
    go(sock)
    sock.sendall(b"at many bytes\nat -1 5\n" + b"x" * 10_000 + b"\ndone 1 2\ndone " + b"9" * 30 + b" 1 1\n")
    while sock.recv(100_000):
        pass


@pytest.mark.parametrize(
    ("converse", "reason"),
    [
        (wrong_greeting, "takes no uploads of remoteready"),
        (hangs_up, "it closed the connection"),
        (stops_half_way, "did not say what arrived"),
        (talks_nonsense, "did not say what arrived"),
    ],
)
def test_a_far_end_that_is_no_sink_gives_a_reason_and_never_a_number(converse, reason):
    with server(converse) as port:
        done = sent(port, Load(flows=1, megabytes=0.5, seconds=3))
    assert done.mbps is None
    assert reason in done.unknown
