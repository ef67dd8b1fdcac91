"""Uploads to an ndt7 server: what its own count says, and why there may be none. The server is tests/lab/ndt7.py."""

import base64
import dataclasses
import hashlib
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, Ping, TextMessage

from remoteready.exits import UnusableInput
from remoteready.measure import ndt7, websocket
from remoteready.measure.ndt7 import Count
from remoteready.measure.upload import Load, Upload
from tests.lab import ndt7 as lab
from tests.lab import path
from tests.lab.path import SITE, Way
from tests.measure.lines import bound, free_port
from tests.measure.test_commands import complaint, run

LACKING = path.missing()
linux = pytest.mark.skipif(sys.platform != "linux", reason="the server reads Linux's TCP_INFO")
PORT = 8081
QUICK = Load(seconds=1, megabytes=0.5)
RUN = f"""
import dataclasses, json
from remoteready.measure import ndt7
from remoteready.measure.upload import Load
print(json.dumps(dataclasses.asdict(ndt7.upload(ndt7.server("ws://{SITE}:{PORT}"), Load(seconds=2.5)))))
"""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lab.listen, args=(server,), daemon=True).start()
        yield f"ws://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def uploaded(url: str, load: Load = QUICK) -> Upload:
    return ndt7.upload(ndt7.server(url), load)


def over(rate_mbps: float) -> dict[str, Any]:
    """An upload over a line of a rate."""
    with path.line(Way(rate_mbps=rate_mbps, queue_ms=200, delay_ms=15), Way(delay_ms=15)) as line:
        with line.site(sys.executable, "-m", "tests.lab.ndt7", SITE, str(PORT), ready="ready"):
            done: dict[str, Any] = json.loads(line.desk(sys.executable, "-c", RUN).stdout)
        line.truth()
    return done


@pytest.mark.skipif(bool(LACKING), reason=LACKING)
def test_the_rate_is_that_of_the_line():
    rates = (2, 20)
    with ThreadPoolExecutor() as pool:
        for rate_mbps, done in zip(rates, pool.map(over, rates), strict=True):
            assert done["mbps"] == pytest.approx(rate_mbps * 1448 / 1500, rel=0.06), "one connection, and its start"
            told = (done["counted_by"], done["congestion_control"], done["indicative"])
            assert told == ("the ndt7 server", "reno", False)


@linux
@pytest.mark.parametrize("place", ["", "/ndt/v7/upload?access_token=x", "/spec", "/app"])
def test_the_server_counts_every_byte_to_the_agreed_megabytes(site, place):
    done = uploaded(site + place)
    assert (done.unknown, done.ended_by, done.flows) == ("", "megabytes", 1)
    assert 0.5 <= done.megabytes < 0.51


@linux
def test_a_server_that_ends_the_test_is_obeyed(site):
    done = uploaded(f"{site}/short", Load(seconds=8, megabytes=10_000))
    assert (done.unknown, done.ended_by) == ("", "the server")
    assert done.seconds < 5


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("/mute", "the ndt7 server does not say what it has received"),
        ("/403", "refuses uploads from this address (HTTP 403)"),
        ("/404", "no ndt7 server takes uploads at this address (HTTP 404)"),
    ],
)
def test_a_failure_is_told_by_its_true_reason(site, place, reason):
    done = uploaded(site + place, Load(seconds=0.2, megabytes=0.05))
    assert done.mbps is None
    assert reason in done.unknown


def test_a_server_that_is_not_trusted_is_told_from_one_without_tls_and_from_nobody(site, tmp_path):
    assert "does not speak TLS" in uploaded(site.replace("ws:", "wss:")).unknown
    assert uploaded(f"ws://127.0.0.1:{free_port()}").unknown.endswith("connection refused")
    assert "nosuch.invalid" in uploaded("ws://nosuch.invalid").unknown
    if not shutil.which("openssl"):
        pytest.skip("needs the program openssl")
    certificate, key = str(tmp_path / "certificate.pem"), str(tmp_path / "key.pem")
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    make += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    port = free_port()
    command = [sys.executable, "-m", "tests.lab.ndt7", "127.0.0.1", str(port), certificate, key]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        assert server.stderr.readline() == "ready\n"
        stranger = uploaded(f"wss://127.0.0.1:{port}")
        known = subprocess.run(
            [sys.executable, "-c", RUN.replace(f"ws://{SITE}:{PORT}", f"wss://127.0.0.1:{port}")],
            env=os.environ | {"SSL_CERT_FILE": certificate},
            capture_output=True,
            text=True,
            check=True,
        )
        server.terminate()
    assert "is not trusted" in stranger.unknown
    assert json.loads(known.stdout)["megabytes"] == pytest.approx(8, rel=0.05)


def answering(converse: Callable[[socket.socket], None]) -> str:
    """A far end that says what a test wants, once; its address."""
    listening = socket.socket()
    port = bound(listening)
    listening.listen()

    def work() -> None:
        came, _ = listening.accept()
        with listening, came, suppress(OSError):
            came.recv(4096)
            converse(came)
            came.settimeout(2)
            while came.recv(65536):
                pass

    threading.Thread(target=work, daemon=True).start()
    return f"ws://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"220 mail.example.com ESMTP\r\n\r\n", "speaks no HTTP"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "speaks no HTTP"),
        (b"HTTP/1.1 101 Switching\r\nSec-WebSocket-Accept: x\r\n\r\n", "does not speak net.measurementlab.ndt.v7"),
        (b"HTTP/1.1 302 Found\r\nLocation: /sign-in\r\n\r\n", "a sign-in page"),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>", "answers with an error (HTTP 200)"),
        (b"x" * 20_000, "speaks no HTTP"),
    ],
)
def test_what_is_no_ndt7_server_is_said(said, reason):
    assert reason in uploaded(answering(lambda sock: sock.sendall(said))).unknown


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('{"TCPInfo": {"BytesReceived": 500000, "ElapsedTime": 2000000}}', Count(500_000, 2.0)),
        ('{"TCPInfo": {"BytesReceived": 500000, "ElapsedTime": 2000000, "LastDataRecv": 100}}', Count(500_000, 1.9)),
        ('{"AppInfo": {"NumBytes": 8192, "ElapsedTime": 1000}, "Test": "upload"}', Count(8192, 0.001)),
        ('{"TCPInfo": {"RTT": 5}, "AppInfo": {"NumBytes": 8192, "ElapsedTime": 1000}}', Count(8192, 0.001)),
        ('{"ConnectionInfo": {"UUID": "x"}}', None),
        ('{"TCPInfo": {"BytesReceived": -5, "ElapsedTime": 2000000}}', None),
        ('{"TCPInfo": {"BytesReceived": 5, "ElapsedTime": 0}}', None),
        ('{"TCPInfo": {"BytesReceived": 1e400, "ElapsedTime": 5}}', None),
        ("[1]", None),
        ("", None),
    ],
)
def test_a_measurement_of_the_server_is_read_in_its_units(text, count):
    """Names and units by the specification, section "Measurement message"; LastDataRecv as in tcp_info, ms."""
    assert ndt7.read(text) == count


@given(st.text() | st.dictionaries(st.sampled_from(["TCPInfo", "AppInfo"]), st.integers() | st.none()).map(json.dumps))
def test_no_words_of_a_server_end_in_an_error(text):
    assert ndt7.read(text) is None


@given(st.lists(st.binary(max_size=300), max_size=6), st.integers(min_value=1, max_value=50))
def test_what_another_websocket_sends_is_read_whatever_the_pieces(messages, piece):
    other = server_side()
    wire = b"".join(other.send(TextMessage(one.hex(), message_finished=True)) for one in messages)
    wire += other.send(TextMessage("begun", message_finished=False)) + other.send(Ping(b"now"))
    wire += other.send(TextMessage(" and ended", message_finished=True))
    reader = websocket.Reader()
    read = [m for at in range(0, len(wire), piece) for m in reader.messages(wire[at : at + piece])]
    assert [m.text for m in read] == [*(one.hex() for one in messages), "now", "begun and ended"]


@given(st.binary(max_size=400))
def test_no_bytes_at_all_end_in_more_than_a_reason(data):
    reader = websocket.Reader()
    with suppress(websocket.Garbled):
        for message in reader.messages(data):
            assert len(message.data) <= len(data)


@pytest.mark.parametrize("size", [0, 125, 126, 8192, 65_535, 65_536])
def test_another_websocket_reads_our_messages(size):
    frames = websocket.random_message(bytes(size)) + websocket.frame(websocket.PONG, b"here")
    head = 2 if size < 126 else 4 if size < 2**16 else 10
    key = frames[head : head + 4]
    other = server_side()
    other.receive_data(frames)
    parts = [event.data for event in other.events() if isinstance(event, BytesMessage)]
    assert b"".join(map(bytes, parts)) == (key * (size // 4 + 1))[:size]


def server_side() -> WSConnection:
    """A wsproto server that has shaken hands with ours."""
    one, other = socket.socketpair()
    with one, other:
        server = WSConnection(ConnectionType.SERVER)

        def answer() -> None:
            server.receive_data(other.recv(4096))
            list(server.events())
            other.sendall(server.send(AcceptConnection(subprotocol=ndt7.SUBPROTOCOL)))

        thread = threading.Thread(target=answer)
        thread.start()
        assert websocket.shake_hands(one, "::1", 80, "/", ndt7.SUBPROTOCOL) == (101, b"")
        thread.join(5)
    return server


def test_the_answer_of_the_standard_is_known():
    """RFC 6455, section 1.3: the key of the example and the answer that it demands; section 5.7: a masked Hello."""
    proof = hashlib.sha1(b"dGhlIHNhbXBsZSBub25jZQ==" + websocket.ACCEPTING, usedforsecurity=False).digest()
    assert base64.b64encode(proof) == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    reader = websocket.Reader()
    hello = [*reader.messages(bytes([0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F]))]
    parts = [*reader.messages(bytes([0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F]))]
    assert [m.text for m in hello + parts] == ["Hello", "Hello"]
    close = websocket.CLOSE
    assert struct.unpack("!BB", close[:2]) == (0x88, 0x82)


@pytest.mark.parametrize("url", ["", "ndt.example.com", "ftp://x", "wss://", "wss://u:p@x", "ws://x:99999", "ws://a b"])
def test_an_address_that_is_none_is_said_with_an_example(url):
    with pytest.raises(UnusableInput, match="such as wss"):
        ndt7.server(url)


def test_the_place_of_uploads_follows_from_the_name_or_stands_in_the_address():
    assert dataclasses.astuple(ndt7.server("wss://ndt.example.com")) == (True, "ndt.example.com", 443, "/ndt/v7/upload")
    located = "wss://ndt.example.com:4443/ndt/v7/upload?access_token=a.b"
    assert dataclasses.astuple(ndt7.server(located)) == (
        True,
        "ndt.example.com",
        4443,
        "/ndt/v7/upload?access_token=a.b",
    )


def test_the_back_end_and_its_address_go_together():
    assert "name both" in complaint(run("measure", "127.0.0.1", "--upload-with", "ndt7"))
    wrong = run("measure", "127.0.0.1", "--upload-with", "ndt7", "--upload-url", "x")
    assert "such as wss" in complaint(wrong)
