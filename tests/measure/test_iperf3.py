"""What iperf3 says, read: real answers of iperf3 3.12, and whatever else could come. The real program: test_lab.py."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.measure import iperf3
from remoteready.measure.upload import Load
from tests.measure.lines import free_port

RECEIVED = {"start": 0, "end": 4.0, "seconds": 4.0, "bytes": 965_000, "bits_per_second": 1_930_000, "sender": True}
ANSWER = {
    "start": {},
    "end": {
        "streams": [{}, {}],
        "sum_sent": {**RECEIVED, "bytes": 1_200_000},
        "sum_received": RECEIVED,
        "sender_tcp_congestion": "reno",
    },
}


def test_what_the_server_received_counts_and_not_what_was_sent():
    done = iperf3.read(json.dumps(ANSWER), Load())
    assert (done.mbps, done.megabytes, done.seconds) == (1.93, 0.965, 4)
    assert (done.flows, done.congestion_control, done.ended_by, done.lower_bound) == (2, "reno", "seconds", False)


def test_a_rate_that_the_megabytes_held_back_is_a_lower_bound():
    done = iperf3.read(json.dumps(ANSWER), Load(megabytes=1, seconds=4))
    assert (done.mbps, done.lower_bound, done.ended_by) == (1.93, True, "megabytes")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"end": {}, "error": "unable to connect to server: Connection refused"}, "connection refused"),
        ({"error": "error - the server is busy running a test. try again later"}, "the server is busy"),
        ({"error": "\x1b[31mred"}, "iperf3: [31mred"),
        ({"end": {}}, "nothing that can be read"),
        ([], "nothing that can be read"),
        ({"end": {"streams": [], "sum_received": {"bytes": 0, "seconds": 4}}}, "too little"),
    ],
)
def test_what_iperf3_could_not_do_is_said_with_its_reason(answer, reason):
    done = iperf3.read(json.dumps(answer), Load())
    assert done.mbps is None
    assert reason in done.unknown


@given(st.text(max_size=200))
def test_no_text_is_taken_for_a_rate(text):
    assert iperf3.read(text, Load()).mbps is None


def test_a_server_that_does_not_run_is_a_reason():
    done = iperf3.upload("127.0.0.1", Load(seconds=1), port=free_port())
    assert done.mbps is None
    assert "connection refused" in done.unknown or "not installed" in done.unknown
