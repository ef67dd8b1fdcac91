"""speedtest-cli: its answers read, its failures told by their true reason, and the real program over a real line."""

import json
import shutil
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.measure import speedtest
from tests.lab import path
from tests.lab.path import SITE, Way

RUN = """
import dataclasses, json
from remoteready.measure import speedtest
print(json.dumps(dataclasses.asdict(speedtest.upload())))
"""
LACKING = path.missing() or ("" if shutil.which("openssl") else "needs the program openssl")


@pytest.mark.parametrize(
    ("errors", "meaning"),
    [
        ("Cannot retrieve speedtest configuration\nERROR: HTTP Error 403: Forbidden", "refuses requests from this"),
        ("ERROR: HTTP Error 429: Too Many Requests", "HTTP 429"),
        ("ERROR: Malformed speedtest.net configuration: syntax error: line 1, column 0", "a sign-in page or a proxy"),
        ("ERROR: <urlopen error [Errno 111] Connection refused>", "refuses the connection"),
        ("ERROR: <urlopen error [Errno 101] Network is unreachable>", "no route"),
        ("ERROR: <urlopen error [Errno -3] Temporary failure in name resolution>", "cannot be resolved"),
        ("ERROR: <urlopen error [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed>", "not trusted"),
        ("ERROR: Unable to connect to servers to test latency: best server", "no server that can be reached"),
        ("\x1b[31modd", "speedtest-cli failed:  [31modd"),
        ("", "it said nothing"),
    ],
)
def test_a_failure_is_told_by_its_true_reason(errors, meaning):
    done = speedtest.read("", errors)
    assert done.mbps is None
    assert meaning in done.unknown


def test_its_rate_is_marked_as_indicative():
    done = speedtest.read(json.dumps({"upload": 1_900_000.0, "bytes_sent": 2_500_000}), "")
    assert (done.mbps, done.megabytes, done.indicative) == (1.9, 2.5, True)


@given(st.text(max_size=100))
def test_no_text_is_taken_for_a_rate(text):
    assert speedtest.read(text, text).mbps is None


@pytest.mark.skipif(bool(LACKING), reason=LACKING)
def test_the_real_program_measures_a_line_to_a_server_that_plays_speedtest_net(tmp_path):
    certificate, key = str(tmp_path / "certificate.pem"), str(tmp_path / "key.pem")
    subject = ["-subj", "/CN=www.speedtest.net", "-addext", "subjectAltName=DNS:www.speedtest.net"]
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key]
    subprocess.run([*make, "-out", certificate, *subject], check=True, capture_output=True)
    hosts = f"127.0.0.1 localhost\n{SITE} www.speedtest.net c.speedtest.net\n"
    with path.line(Way(rate_mbps=5), Way(), hosts) as line:
        play = (sys.executable, "-m", "tests.lab.speedtest", SITE, certificate, key)
        with line.site(*play, ready="ready"):
            done = json.loads(line.desk("env", f"SSL_CERT_FILE={certificate}", sys.executable, "-c", RUN).stdout)
            stranger = json.loads(line.desk(sys.executable, "-c", RUN).stdout)
        gone = json.loads(line.desk(sys.executable, "-c", RUN).stdout)
        line.truth()
    assert done["unknown"] == ""
    assert 2 < done["mbps"] < 9  # 4.8 is the truth; how far off it is is its own affair
    assert done["indicative"]
    assert "is not trusted" in stranger["unknown"]
    assert gone["unknown"] == "speedtest.net refuses the connection"
