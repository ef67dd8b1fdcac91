"""Uploads to a LibreSpeed server: what counts, and why it may not be had. The server is tests/lab/librespeed.py."""

import dataclasses
import json
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest

from remoteready.exits import UnusableInput
from remoteready.measure import librespeed
from remoteready.measure.upload import Load, Upload
from tests.lab import path
from tests.lab.librespeed import PORT, Handler
from tests.lab.path import SITE, Way
from tests.measure.lines import bound, free_port
from tests.measure.test_commands import complaint, run

LACKING = path.missing()
RUN = f"""
import dataclasses, json
from remoteready.measure import librespeed
from remoteready.measure.upload import Load
server = librespeed.server("http://{SITE}:{PORT}/")
print(json.dumps(dataclasses.asdict(librespeed.upload(server, Load()))))
"""
QUICK = Load(seconds=1, megabytes=1)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(5)


def uploaded(url: str) -> Upload:
    return librespeed.upload(librespeed.server(url), QUICK)


@pytest.mark.skipif(bool(LACKING), reason=LACKING)
@pytest.mark.parametrize("rate_mbps", [2, 20])
def test_the_rate_is_that_of_the_line(rate_mbps):
    with path.line(Way(rate_mbps=rate_mbps, queue_ms=200, delay_ms=15), Way(delay_ms=15)) as line:
        with line.site(sys.executable, "-m", "tests.lab.librespeed", SITE, ready="ready"):
            done = json.loads(line.desk(sys.executable, "-c", RUN).stdout)
        line.truth()
    assert done["mbps"] == pytest.approx(rate_mbps * 1448 / 1500, rel=0.1)
    assert (done["indicative"], done["congestion_control"]) == (False, "reno")
    assert done["megabytes"] <= 8


@pytest.mark.parametrize("place", ["", "/", "/backend/empty.php", "/closing"])
def test_every_byte_that_counts_was_answered(site, place):
    done = uploaded(site + place)
    assert (done.unknown, done.megabytes, done.ended_by) == ("", 1.0, "megabytes")
    assert done.counted_by == "the LibreSpeed server, by its answers"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("/page", "no LibreSpeed server: its answers to uploads are not empty"),
        ("/nosuch", "no LibreSpeed server takes uploads at this address (HTTP 404)"),
        ("/403", "refuses uploads from this address (HTTP 403)"),
        ("/302", "a sign-in page, or it wants https://"),
        ("/413", "takes no uploads of this size"),
        ("/500", "answers with an error (HTTP 500)"),
    ],
)
def test_a_failure_is_told_by_its_true_reason(site, place, reason):
    done = uploaded(site + place)
    assert done.mbps is None
    assert reason in done.unknown


@pytest.mark.skipif(bool(LACKING), reason=LACKING)
def test_a_server_that_answers_before_it_has_received_is_found_out():
    with path.line(Way(rate_mbps=2, delay_ms=15), Way(delay_ms=15)) as line:
        with line.site(sys.executable, "-m", "tests.lab.librespeed", SITE, ready="ready"):
            run_early = RUN.replace(f"{PORT}/", f"{PORT}/early")
            done = json.loads(line.desk(sys.executable, "-c", run_early).stdout)
        line.truth()
    assert "answers before it has received" in done["unknown"]


def test_nobody_there_and_no_name_are_told_apart():
    assert uploaded(f"http://127.0.0.1:{free_port()}").unknown.endswith("connection refused")
    assert "nosuch.invalid" in uploaded("http://nosuch.invalid").unknown


def test_a_server_without_tls_is_told_from_one_that_is_not_trusted(site, tmp_path):
    assert "does not speak TLS" in uploaded(site.replace("http:", "https:")).unknown
    if not shutil.which("openssl"):
        pytest.skip("needs the program openssl")
    certificate, key = str(tmp_path / "certificate.pem"), str(tmp_path / "key.pem")
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = uploaded(f"https://127.0.0.1:{server.server_address[1]}")
        server.shutdown()
    assert "is not trusted" in done.unknown


def test_what_speaks_no_http_is_said():
    with socket.socket() as sock:
        port = bound(sock)
        sock.listen()

        def answer() -> None:
            for _ in range(librespeed.FLOWS):
                came, _ = sock.accept()
                came.recv(100)
                came.sendall(b"220 mail.example.com ESMTP\r\n")
                came.close()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        done = uploaded(f"http://127.0.0.1:{port}")
        thread.join(5)
    assert done.unknown


@pytest.mark.parametrize(
    "url", ["", "speed.example.com", "ftp://x", "http://", "https://u:p@x", "http://x:99999", "http://a b"]
)
def test_an_address_that_is_none_is_said_with_an_example(url):
    with pytest.raises(UnusableInput, match="such as https"):
        librespeed.server(url)


def test_the_place_of_uploads_follows_from_the_page():
    there = librespeed.server("https://speed.example.com/test/")
    assert dataclasses.astuple(there) == (True, "speed.example.com", 443, "/test/backend/empty.php")
    assert librespeed.server("http://x:8080/empty").path == "/empty"


def test_the_back_end_and_its_address_go_together():
    assert "name both" in complaint(run("measure", "127.0.0.1", "--upload-with", "librespeed"))
    assert "name both" in complaint(run("measure", "127.0.0.1", "--upload-url", "http://x"))
    wrong = run("measure", "127.0.0.1", "--upload-with", "librespeed", "--upload-url", "x")
    assert "--upload-url 'x'" in complaint(wrong)
