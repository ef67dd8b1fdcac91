"""Whole measurements over lines whose truth is written down packet by packet. See tests/lab/path.py."""

import csv
import io
import json
import shutil
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import pytest

from tests.lab import path
from tests.lab.path import DESK, SITE, Truth, Way

LACKING = path.missing()
pytestmark = pytest.mark.skipif(bool(LACKING), reason=LACKING)

TOOL = (sys.executable, "-m", "remoteready")
TRIES = 3
"""A measurement on a machine that is busy with others says that it is not to be trusted, and is made again."""


def reflecting(line: path.Line, *options: str, bind: str = SITE) -> Any:
    return line.site(*TOOL, "reflect", "--bind", bind, *options, ready="Listening")


def measured(up: Way, down: Way, *options: str) -> tuple["subprocess.CompletedProcess[str]", Truth, Truth]:
    """One measurement over a line, and the truth."""
    for _ in range(TRIES):
        with path.line(up, down) as line:
            with reflecting(line):
                done = line.desk(*TOOL, "measure", SITE, *options)
            truth = line.truth()
        if "too busy" not in done.stdout:
            break
    assert done.returncode == 0, done.stderr + done.stdout[:600]
    return done, *truth


def report(up: Way, down: Way, *options: str) -> tuple[dict[str, Any], Truth, Truth]:
    done, *truth = measured(up, down, "--format", "json", *options)
    return json.loads(done.stdout), *truth


def below(numbers: list[int], counted: int) -> list[int]:
    return [number for number in numbers if number < counted]


def test_every_packet_has_the_delay_and_the_fate_that_the_line_gave_it():
    up, down = Way(delay_ms=40, jitter_ms=5, loss=0.02), Way(delay_ms=10, jitter_ms=2, loss=0.02, burst=4, seed=3)
    done, up_truth, down_truth = measured(up, down, "--no-upload", "--seconds", "6", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == 300
    lost_up = [int(row["number"]) for row in rows if row["arrived_there"] == "no"]
    lost_down = [int(row["number"]) for row in rows if row["answer_arrived"] == "no"]
    assert len(lost_up) == len(below(up_truth.lost, 300)) > 0
    assert len(lost_down) == len(below(down_truth.lost, 300)) > 0
    for column, truth in (("up_ms", up_truth), ("down_ms", down_truth)):
        least = min(ms for number, ms in truth.delay_ms.items())
        errors = [abs(float(row[column]) - (truth.delay_ms[int(row["number"])] - least)) for row in rows if row[column]]
        assert statistics.median(errors) < 0.5
        assert statistics.median(truth.late_ms) < 0.5, "the line itself was late: its truth is worth nothing"
    round_trips = [
        abs(float(row["round_trip_ms"]) - up_truth.delay_ms[number] - down_truth.delay_ms[number])
        for row in rows
        if row["round_trip_ms"] and (number := int(row["number"])) in down_truth.delay_ms
    ]
    assert statistics.median(round_trips) < 0.5


def test_variation_order_copies_and_bursts_are_found_where_they_are():
    up = Way(delay_ms=20, jitter_ms=15, ordered=False, lose=list(range(150, 156)), seed=5)
    down = Way(delay_ms=20, jitter_ms=4, copies=0.05, lose=[30, 31, 32], seed=6)
    found, up_truth, down_truth = report(up, down, "--no-upload", "--seconds", "6")
    phase = found["phases"][0]
    for name, truth in (("up", up_truth), ("down", down_truth)):
        delays = truth.delay_ms
        pairs = [abs(delays[n + 1] - delays[n]) for n in range(299) if n in delays and n + 1 in delays]
        assert phase[name]["variation"]["ipdv_ms"] == pytest.approx(statistics.mean(pairs), rel=0.1)
    assert phase["up"]["loss"]["lost"] == 6
    assert phase["up"]["loss"]["worst_200_ms_ratio"] == pytest.approx(0.6)
    assert phase["up"]["loss"]["worst_200_ms_at_s"] == pytest.approx(146 * 0.02, abs=0.1)
    assert phase["up"]["variation"]["reordered_ratio"] > 0.02
    assert phase["down"]["loss"]["lost"] == 3
    assert phase["down"]["loss"]["worst_200_ms_at_s"] == pytest.approx(23 * 0.02, abs=0.1)
    assert phase["down"]["variation"]["reordered_ratio"] == 0
    assert phase["down"]["variation"]["duplicated"] == len(below(down_truth.copied, 300)) > 0
    assert phase["up"]["variation"]["duplicated"] == 0


UPLOAD = f"""
import dataclasses, json, socket, sys
from remoteready.measure.upload import Load, upload
load = Load(seconds=float(sys.argv[1]), megabytes=60)
print(json.dumps(dataclasses.asdict(upload(({SITE!r}, 8762), socket.AF_INET, load))))
"""

IPERF3 = f"""
import dataclasses, json, time
from remoteready.measure import iperf3
from remoteready.measure.upload import Load
for _ in range(50):  # until the server listens
    done = iperf3.upload({SITE!r}, Load())
    if "refused" not in done.unknown:
        break
    time.sleep(0.1)
print(json.dumps(dataclasses.asdict(done)))
"""


@pytest.mark.parametrize(("rate_mbps", "queue_ms", "seconds"), [(1, 600, 3), (20, 100, 4), (100, 50, 4.5)])
def test_the_upload_is_what_the_line_can_carry(rate_mbps, queue_ms, seconds):
    with path.line(Way(rate_mbps=rate_mbps, queue_ms=queue_ms, delay_ms=15), Way(delay_ms=15)) as line:
        with reflecting(line):
            done = json.loads(line.desk(sys.executable, "-c", UPLOAD, str(seconds)).stdout)
        line.truth()
    ceiling = rate_mbps * 1448 / 1500  # what IPv4 and TCP with timestamps leave of a packet
    assert done["mbps"] == pytest.approx(ceiling, rel=0.03)
    assert done["congestion_control"] == "reno"
    assert not done["lower_bound"]


@pytest.mark.skipif(not shutil.which("iperf3"), reason="needs the program iperf3")
def test_a_real_iperf3_server_counts_the_same():
    with path.line(Way(rate_mbps=2, queue_ms=400, delay_ms=15), Way(delay_ms=15)) as line:
        with line.site("sh", "-c", "echo ready >&2; exec iperf3 --server --one-off", ready="ready"):
            done = json.loads(line.desk(sys.executable, "-c", IPERF3).stdout)
        line.truth()
    assert done["unknown"] == ""
    assert done["mbps"] == pytest.approx(2 * 1448 / 1500, rel=0.03)
    assert (done["flows"], done["congestion_control"], done["lower_bound"]) == (2, "reno", False)


FAST_DOWN = Way(delay_ms=15, rate_mbps=30, queue_ms=100)
LINES = {
    "fibre": (Way(delay_ms=8, rate_mbps=40, queue_ms=30), Way(delay_ms=8, rate_mbps=100, queue_ms=30)),
    "ADSL": (Way(delay_ms=15, rate_mbps=1, queue_ms=600), FAST_DOWN),
    "cable": (Way(delay_ms=10, jitter_ms=3, rate_mbps=10, queue_ms=250), FAST_DOWN),
    "bad Wi-Fi": (
        Way(delay_ms=10, jitter_ms=25, loss=0.05, burst=3, rate_mbps=20),
        Way(delay_ms=10, jitter_ms=25, loss=0.05, burst=3, rate_mbps=20, seed=2),
    ),
    "LTE": (
        Way(delay_ms=25, jitter_ms=10, loss=0.005, rate_mbps=5, queue_ms=500),
        Way(delay_ms=25, jitter_ms=10, loss=0.005, rate_mbps=30, queue_ms=200, seed=2),
    ),
}


@cache
def lines() -> dict[str, dict[str, Any]]:
    """Every line measured idle, beside full uploads and beside a recording; all at the same time."""
    with ThreadPoolExecutor(len(LINES)) as pool:
        found = pool.map(lambda name: report(*LINES[name], "--seconds", "4")[0], LINES)
        return dict(zip(LINES, found, strict=True))


def mos(name: str, load: str, way: str) -> float:
    phase = next(phase for phase in lines()[name]["phases"] if phase["name"] == load)
    return float(phase[way]["rating"]["mos_cqe"])


def trip_ms(name: str, load: str) -> float:
    return float(next(phase for phase in lines()[name]["phases"] if phase["name"] == load)["round_trip_p95_ms"])


def test_fibre_carries_a_call_beside_anything():
    assert min(mos("fibre", load, way) for load in ("idle", "recording") for way in ("up", "down")) > 4.3
    assert min(mos("fibre", "upload", way) for way in ("up", "down")) > 3.6
    assert lines()["fibre"]["upload"]["mbps"] == pytest.approx(40 * 0.965, rel=0.06)


def test_adsl_is_perfect_alone_and_carries_no_call_while_anything_uploads():
    assert min(mos("ADSL", "idle", way) for way in ("up", "down")) > 4.3
    assert mos("ADSL", "upload", "up") < 2
    assert mos("ADSL", "upload", "down") > 4
    assert mos("ADSL", "recording", "up") > 3.6
    assert trip_ms("ADSL", "upload") == pytest.approx(630, abs=60)
    assert lines()["ADSL"]["upload"]["mbps"] == pytest.approx((1 - 0.08) * 0.965, rel=0.06)


def test_cable_delays_a_call_while_it_uploads_but_carries_it():
    assert min(mos("cable", "idle", way) for way in ("up", "down")) > 4.3
    loaded = next(phase for phase in lines()["cable"]["phases"] if phase["name"] == "upload")["up"]["rating"]
    assert 200 < loaded["mouth_to_ear_ms"] < 360
    assert 3.1 < loaded["mos_cqe"] < 4.35
    assert trip_ms("cable", "upload") == pytest.approx(275, abs=40)
    assert lines()["cable"]["upload"]["mbps"] == pytest.approx((10 - 0.08) * 0.965, rel=0.06)


def test_bad_wifi_loses_packets_both_ways_with_or_without_an_upload():
    assert max(mos("bad Wi-Fi", "idle", way) for way in ("up", "down")) < 4.3
    idle = lines()["bad Wi-Fi"]["phases"][0]
    for way in ("up", "down"):
        assert idle[way]["loss"]["lost"] > 0
        assert idle[way]["variation"]["pdv_p95_ms"] > 30


def test_lte_is_good_alone_and_late_beside_an_upload():
    assert min(mos("LTE", "idle", way) for way in ("up", "down")) > 4
    assert mos("LTE", "upload", "up") < mos("LTE", "idle", "up")
    assert trip_ms("LTE", "upload") > trip_ms("LTE", "idle") + 150, "by chance lost packets keep reno from filling it"
    assert 3 < lines()["LTE"]["upload"]["mbps"] < 4.9


def test_a_desk_that_has_ipv6_alone_measures_to_a_name_and_any_address_of_the_site():
    with path.line(Way(), Way(), hosts="fd77::9 site.example.com\n") as line:
        desk, site = line.namespaces
        subprocess.run(["ip", "-n", desk, *f"addr del {DESK}/30 dev {path.DEVICE}".split()], check=True)
        subprocess.run(["ip", "-n", site, *f"addr add fd77::9/64 dev {path.DEVICE} nodad".split()], check=True)
        with line.site(*TOOL, "reflect", ready="Listening"):
            done = line.desk(*TOOL, "measure", "site.example.com", "--no-upload", "--seconds", "2", "-f", "json")
        line.truth()
    found = json.loads(done.stdout)
    assert found["unknown"] == "", done.stderr
    assert found["phases"][0]["up"]["loss"]["lost"] == 0
    assert found["network"]["families"] == [], "there is no other to compare with"


def test_a_site_that_is_switched_off_half_way_leaves_a_measurement_marked_as_partial():
    with path.line(Way(lose=list(range(100, 1000))), Way()) as line:
        with reflecting(line):
            done = line.desk(*TOOL, "measure", SITE, "--no-upload", "--seconds", "4", "--format", "json")
        line.truth()
    found = json.loads(done.stdout)
    assert done.returncode == 3
    assert found["partial"] == "the far end stopped answering after 2.0 s"
    assert found["phases"][0]["up"]["loss"]["lost"] == 0


REASONS = {
    SITE: "no answer: connection refused",
    "192.0.2.1": "network is unreachable",
    f"{DESK}:9": "refused",
    "nosuch.example": "DNS",
}


def said_of(target: str) -> "subprocess.CompletedProcess[str]":
    with path.line(Way(), Way()) as line:
        done = line.desk(*TOOL, "measure", target, "--no-upload", "--seconds", "2")
        line.truth()
    return done


def test_what_does_not_answer_is_said_with_the_true_reason():
    with ThreadPoolExecutor() as pool:
        for done, reason in zip(pool.map(said_of, REASONS), REASONS.values(), strict=True):
            assert done.returncode == 3
            assert reason in done.stdout
