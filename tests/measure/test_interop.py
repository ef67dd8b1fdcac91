"""Our sender against a reflector of another make, and our reflector against its sender: packets by scapy."""

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.contrib.stamp import (
    ErrorEstimate,
    STAMPSessionReflectorTestUnauthenticated,
    STAMPSessionSenderTestUnauthenticated,
    STAMPTestTLV,
)

from remoteready.measure import stamp
from tests.lab import path
from tests.lab import stamp as other
from tests.lab.path import SITE, Way
from tests.measure.lines import serving
from tests.measure.test_commands import TOOL

LACKING = path.missing()


def measured_to(kind: str) -> dict[str, Any]:
    """The call alone over a line with known losses, to the other reflector."""
    up = Way(delay_ms=20, lose=list(range(20, 40, 2)))
    with path.line(up, Way(delay_ms=10, lose=[60, 61, 62])) as line:
        with line.site(sys.executable, "-m", "tests.lab.stamp", SITE, kind, ready="ready"):
            done = line.desk(*TOOL, "measure", SITE, "--no-upload", "--seconds", "2.5", "-f", "json")
        line.truth()
    phase: dict[str, Any] = json.loads(done.stdout)["phases"][0]
    return phase


@pytest.mark.skipif(bool(LACKING), reason=LACKING)
def test_a_reflector_of_another_make_measures_the_line_as_ours_does():
    with ThreadPoolExecutor() as pool:
        stateful, stateless = pool.map(measured_to, ("stateful", "stateless"))
    for phase in (stateful, stateless):
        assert phase["round_trip_loss_ratio"] == pytest.approx(13 / 125)
        assert phase["round_trip_min_ms"] == pytest.approx(30, abs=3)
    assert (stateful["up"]["loss"]["lost"], stateful["down"]["loss"]["lost"]) == (10, 3)
    assert "cannot be told apart" in stateless["up"]["unknown"]
    assert stateless["down"]["variation"]["pdv_p95_ms"] < 10


def test_a_sender_of_another_make_is_answered_by_the_standard():
    sent_at = other.ntp()
    with serving() as port, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.connect(("127.0.0.1", port))
        for number in range(5):
            unknown = STAMPTestTLV(flags=other.UNRECOGNISED, type=200, len=4, value=b"abcd")
            counters = STAMPTestTLV(flags=other.UNRECOGNISED, type=5, len=12, value=bytes(12))
            asked = STAMPSessionSenderTestUnauthenticated(
                seq=number * 2, ts=sent_at, err_estimate=ErrorEstimate(S=1), ssid=77, tlv_objects=[unknown, counters]
            ).build()
            sock.send(asked)
            data = sock.recv(4096)
            came = STAMPSessionReflectorTestUnauthenticated(data)
            assert len(data) == len(asked)
            assert (came.seq, came.seq_sender, came.ssid, came.err_estimate_sender.S) == (number, number * 2, 77, 1)
            assert (came.mbz1, came.mbz2, came.ttl_sender in (0, 64)) == (0, 0, True)
            assert data[28:36] == asked[4:12], "the sender's time goes back unread"
            assert 0 <= came.ts - came.ts_rx < 1
            assert [int(one.flags) for one in came.tlv_objects] == [0x80, 0], "it knows the counters, not the other"
            assert bytes(came.tlv_objects[1].value)[4:] == bytes([0, 0, 0, number + 1]) * 2


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**63).map(lambda ns: ns % (2**32 * 10**9)),
    st.integers(0, 2**16 - 1),
    st.integers(44, 1400),
)
def test_what_we_ask_reads_the_same_to_others(number, sent_ns, ssid, size):
    """Layout of RFC 8762 section 4.2.1 and RFC 8972 section 3, as scapy has it."""
    data = stamp.request(number, sent_ns, ssid, size)
    read = STAMPSessionSenderTestUnauthenticated(data)
    assert (read.seq, read.ssid, read.mbz, read.err_estimate.Z) == (number, ssid, 0, 0)
    assert abs((float(read.ts) - other.NTP_EPOCH_S) % 2**32 - sent_ns / 1e9) % 2**32 < 1e-5
    assert sum(4 + one.len for one in read.tlv_objects) == len(data) - 44
    assert all(one.flags == other.UNRECOGNISED for one in read.tlv_objects)


@given(st.binary(min_size=44, max_size=300), st.integers(0, 2**32 - 1))
def test_whatever_others_answer_is_read_or_refused(data, number):
    answer = STAMPSessionReflectorTestUnauthenticated(data)
    answer.seq = number
    read = stamp.read_reply(answer.build())
    assert read is None or read.number == number
