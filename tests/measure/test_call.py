"""A measurement as a whole: its facts for profiles, its targets, its words."""

from dataclasses import replace

import pytest

from remoteready.exits import UnusableInput
from remoteready.formulas.emodel import CODECS
from remoteready.measure.call import Measurement, summary
from remoteready.measure.facts import Unknown, facts
from remoteready.measure.phases import IDLE, LOADED, Plan
from remoteready.measure.stream import Stream
from remoteready.measure.target import Target, parse
from remoteready.measure.upload import Upload, failed
from remoteready.report import line
from tests.measure.lines import Line, adsl, losing

SITE = Target("site.example.com", 8762)


def alone(stream: Stream, full: Upload | None = None) -> Measurement:
    return summary(SITE, CODECS["g711"], stream, [(IDLE, 0, stream.counted)], full)


def reason(result: Measurement, name: str) -> str:
    fact = facts(result)[name]
    assert isinstance(fact, Unknown), fact
    assert fact.reason
    return fact.reason


def test_a_line_that_only_an_upload_spoils_has_facts_that_say_so():
    found = facts(adsl())
    assert found["line.mos_idle"] == pytest.approx(4.41, abs=0.01)
    assert found["line.mos_recording"] == pytest.approx(4.41, abs=0.01)
    assert found["line.mos_loaded"] == pytest.approx(1.05, abs=0.01)
    assert (found["line.loss_up_ratio"], found["line.loss_down_ratio"], found["line.burst_loss_ratio"]) == (0, 0, 0)
    assert found["line.round_trip_ms"] == pytest.approx(30.8, abs=0.5)
    assert found["line.loaded_round_trip_ms"] == pytest.approx(627, abs=5)
    assert found["line.ipdv_ms"] == pytest.approx(0.27, abs=0.1)
    assert (found["line.reordered_ratio"], found["line.upload_mbps"]) == (0, 0.9036)


@pytest.mark.parametrize(
    "result",
    [
        replace(adsl(), unknown="for a reason"),
        replace(adsl(), trouble="for a reason"),
        replace(adsl(), partial="for a reason"),
    ],
    ids=["unknown", "trouble", "partial"],
)
def test_what_could_not_be_measured_or_believed_leaves_every_fact_unknown(result):
    assert {reason(result, name) for name in facts(result) if name != "line.upload_mbps"} == {"for a reason"}


def test_a_fact_that_was_not_measured_is_unknown_with_its_own_reason():
    left_out = alone(Line().stream())
    assert reason(left_out, "line.upload_mbps") == "not measured: uploads were left out"
    assert reason(left_out, "line.mos_loaded") == "not measured: uploads were left out"
    refused = alone(Line().stream(), failed("the shared key is missing or wrong"))
    assert reason(refused, "line.upload_mbps") == reason(refused, "line.mos_loaded")
    assert "too few to tell a loss of 1 %" in reason(alone(Line(seconds=5).stream()), "line.loss_up_ratio")
    stateless = alone(Line(losing(20.0, {3}), stateless=True).stream())
    assert "cannot be told apart" in reason(stateless, "line.mos_idle")
    assert facts(stateless)["line.reordered_ratio"] == 0


def test_an_upload_that_was_over_too_soon_is_no_low_rate():
    def rate(mbps: float) -> Measurement:
        return alone(Line().stream(), Upload(mbps, True, 0.5, 0.4, 2, "reno", "megabytes"))

    assert "at least 10.0 Mbps" in reason(rate(10), "line.upload_mbps")
    assert facts(rate(400))["line.upload_mbps"] == 400


@pytest.mark.parametrize(
    ("mbps", "words"),
    [
        (100, "measure with --upload-mb 25 to tell more"),
        (239, "measure with --upload-mb 60 to tell more"),
        (900, "this line is faster than can be told here"),
    ],
)
def test_an_upload_that_was_over_too_soon_says_what_to_raise(mbps, words):
    result = alone(Line().stream(), Upload(mbps, True, 8.0, 8 * 8 / mbps, 2, "reno", "megabytes"))
    said = " ".join(line.console(result).split())
    assert f"Upload: at least {mbps} Mbps" in said
    assert words in said


def test_silence_and_strangers_are_told_apart():
    silent = Line(lambda packet: None).stream()
    assert "firewall" in alone(silent).unknown
    assert "connection refused" in alone(replace(silent, error="connection refused")).unknown
    assert "shared key differs" in alone(replace(silent, foreign=3)).unknown
    assert "Could not be measured" in line.console(alone(silent))


@pytest.mark.parametrize("codec", CODECS.values(), ids=lambda codec: codec.name)
def test_what_is_announced_is_what_is_sent_at_most(codec):
    up, down = Plan(codec=codec, load=None).most_megabytes
    assert up == down == pytest.approx(11 / codec.ptime_ms * (codec.rtp_bytes + 28) / 1000)
    assert Plan(codec=codec).most_megabytes[0] > 8


def test_numbers_that_are_not_to_be_trusted_get_no_verdict():
    shown = line.console(replace(adsl(), trouble="this computer was too busy"))
    assert "Not to be trusted: this computer was too busy" in shown
    assert "a call is" not in shown


def test_a_part_of_a_measurement_says_that_it_is_one():
    stream = Line(lambda packet: 20.0 if packet < 250 else None).stream()
    result = alone(stream)
    assert "Only in part: the far end stopped answering after 5.0 s" in line.console(result)
    assert len(result.course) == 10


def test_a_cross_stands_where_nothing_came_through():
    stream = Line(losing(20.0, set(range(100, 150)))).stream()
    result = alone(stream)
    assert [moment.at_s for moment in result.course if moment.up_ms is None] == [2.0, 2.5]
    assert "▁xx▁" in line.console(result)


def test_loaded_phases_lie_where_they_were():
    phase = adsl().phase(LOADED)
    assert phase
    assert (phase.begin_s, phase.seconds) == (10, 4.8)
    assert phase.up.loss
    assert phase.up.loss.lost == 15


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("site.example.com", Target("site.example.com", 8762)),
        ("site:862", Target("site", 862)),
        ("192.0.2.7:9000", Target("192.0.2.7", 9000)),
        ("2001:db8::1", Target("2001:db8::1", 8762)),
        ("[2001:db8::1]:9000", Target("2001:db8::1", 9000)),
        ("::1", Target("::1", 8762)),
        ("[fe80::1%eth0]", Target("fe80::1%eth0", 8762)),
    ],
)
def test_a_target_is_a_host_with_or_without_a_port(text, target):
    assert parse(text) == target
    assert parse(str(target)) == target


@pytest.mark.parametrize(
    "text", ["", ":8762", "a b", "a/b", "site:", "site:port", "-site", "site:0", "[::1", "x" * 300]
)
def test_what_is_no_target_is_refused(text):
    with pytest.raises(UnusableInput, match="is not a host"):
        parse(text)
