"""Probes against this computer itself: no privileges, any operating system."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remoteready.measure import vpn
from remoteready.measure.vpn import kinds
from remoteready.measure.vpn.kinds import KINDS
from remoteready.measure.vpn.outcome import Outcome, Probed
from tests.lab import netns

UDP_KINDS = [name for name, kind in KINDS.items() if kind.transport == "udp"]
TCP_KINDS = [name for name, kind in KINDS.items() if kind.transport == "tcp" and name != "tcp"]
HOSTS = ["127.0.0.1"]
with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
    HOSTS.append("::1")


@contextlib.contextmanager
def udp(answer: Callable[[bytes], bytes | None]) -> Iterator[int]:
    """A UDP server on this computer; gives its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                asked, sender = server.recvfrom(65535)
                if asked == b"end":
                    return
                if (reply := answer(asked)) is not None:
                    server.sendto(reply, sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"end", server.getsockname())
            thread.join(10)


@contextlib.contextmanager
def tcp(answer: bytes) -> Iterator[int]:
    """A TCP server that reads something, sends its answer and closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                connection, _ = server.accept()
                connection.settimeout(5)
                with connection, contextlib.suppress(OSError):
                    if connection.recv(65535) == b"end":
                        return
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            with socket.create_connection(server.getsockname()) as last:
                last.sendall(b"end")
            thread.join(10)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("kind", [*UDP_KINDS, *TCP_KINDS, *kinds.EITHER, "tcp"])
def test_a_closed_port_refuses_every_kind(host, kind):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as free:
        free.bind((host, 0))
        port = free.getsockname()[1]
    assert vpn.probe(host, port, kind, 5).outcome is Outcome.REFUSED


def test_a_server_that_sends_everything_back_is_no_gateway():
    with udp(lambda asked: asked) as port:
        for kind in UDP_KINDS:
            seen = vpn.probe("127.0.0.1", port, kind, 0.2)
            assert (seen.outcome, seen.evidence) == (
                Outcome.WRONG_PROTOCOL,
                f"something answers, but not as {KINDS[kind].label}",
            )


def test_a_plain_web_server_is_no_gateway():
    with tcp(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") as port:
        assert [vpn.probe("127.0.0.1", port, kind, 2).outcome for kind in TCP_KINDS] == (
            [Outcome.WRONG_PROTOCOL] * len(TCP_KINDS)
        )


@pytest.mark.parametrize("kind", TCP_KINDS)
@settings(max_examples=15)
@given(answer=st.binary(max_size=200))
def test_no_answer_whatever_makes_a_gateway_of_it_or_ends_in_an_error(kind, answer):
    with tcp(answer) as port:
        assert vpn.probe("127.0.0.1", port, kind, 0.5).outcome in {
            *(Outcome.WRONG_PROTOCOL, Outcome.SILENT, Outcome.UNKNOWN),
        }


@pytest.mark.parametrize("host", ["", "vpn..example", "x" * 64 + ".example", "vpn.invalid", "a\0b"])
def test_a_name_that_is_none_is_not_found(host):
    if host:
        assert vpn.probe(host, 500).evidence in netns.NO_NAME


def of(kind: str, outcome: Outcome) -> Probed:
    return Probed(kind, "vpn.example.com", 1194, outcome, "")


@given(st.lists(st.sampled_from(Outcome), min_size=1, max_size=5))
def test_of_several_attempts_the_one_that_may_still_be_a_gateway_counts(outcomes):
    best = vpn.best(of("openvpn-udp", outcome) for outcome in outcomes).outcome
    assert best in outcomes
    if {Outcome.ANSWERS, Outcome.UNTRUSTED_CERTIFICATE} & set(outcomes):
        assert best in {Outcome.ANSWERS, Outcome.UNTRUSTED_CERTIFICATE}
    elif {Outcome.UNKNOWN, Outcome.SILENT} & set(outcomes):
        assert best in {Outcome.UNKNOWN, Outcome.SILENT}
