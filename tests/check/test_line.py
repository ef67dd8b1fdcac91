"""The line in `check`: which facts are told, how the shipped rules judge them, whole runs against a real reflector."""

import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from remoteready import files
from remoteready.check import profile
from remoteready.check.audit import audit
from remoteready.check.collect import NOT_MEASURED, collect, line, line_calls
from remoteready.check.facts import DECLARED, Fact, every, known, of_line, unknown
from remoteready.check.findings import Finding, Status
from remoteready.check.host import LiveHost
from remoteready.check.profile import Address
from remoteready.check.snapshot import RecordedHost
from remoteready.exits import ExitCode
from remoteready.measure.facts import Unknown
from remoteready.measure.facts import facts as of_measurement
from remoteready.measure.phases import Plan
from remoteready.measure.upload import failed
from remoteready.plan import scenario
from remoteready.plan.sizing import size
from tests.check.test_collect import DESK, Watched
from tests.lab import path
from tests.lab.path import SITE as SITE_OF_LAB
from tests.lab.path import Way
from tests.measure.lines import adsl, bound, far_end, free_port
from tests.measure.test_commands import TOOL, complaint, reflecting, run

LACKING = path.missing()
HOME_AGENT = profile.load("home-agent")
SITE = Address(host="site.example.com", port=8762)
NAMED = {"reflector": "site.example.com"}
RULES = {rule.fact: rule for rule in HOME_AGENT.rules if of_line(rule.fact)}


# --- what is told ---


def test_the_facts_of_a_measurement_and_the_headroom_are_all_that_is_declared_of_a_line():
    assert set(of_measurement(adsl())) == set(line.MEASURED)
    assert set(line.LINE) == {name for name in DECLARED if of_line(name)}


def test_where_uploads_are_refused_what_they_load_is_unknown_for_that_reason():
    measured = adsl()
    refused = replace(measured, phases=measured.phases[:1], upload=failed("refused there"), recording=None)
    loaded = {name for name, load in line.MEASURED.items() if load != line.ALONE}
    told = of_measurement(refused)
    assert {name for name, fact in told.items() if fact == Unknown("refused there")} == loaded
    assert all(isinstance(told[name], float) for name in told.keys() - loaded)


def test_facts_of_the_line_are_there_only_where_a_reflector_is_named():
    assert not any(map(of_line, every(["contact-centre"])))
    assert set(line.LINE) < set(every(["reflector"]))


def test_the_call_alone_is_long_enough_to_tell_a_loss_of_one_percent_where_some_packets_are_lost():
    chosen = line_calls.plan()
    assert chosen.seconds * 1000 / chosen.codec.ptime_ms * 0.95 > 400
    assert chosen.most_seconds < line.TIMEOUT_S


@pytest.mark.parametrize(("monitors", "mbps"), [(0, 0.064), (1, 0.264), (2, 0.464)])
def test_a_desk_sends_what_the_work_from_home_guide_says(monitors, mbps):
    """Calabrio: 0.48 MB a minute of audio, 1.5 MB a minute of each monitor."""
    assert line.need_mbps(monitors) == pytest.approx(mbps)


def test_where_the_monitors_are_not_known_two_are_taken_as_measure_does():
    assert line.need_mbps(2) == pytest.approx(line_calls.USUAL_MBPS) == pytest.approx(Plan().recording_mbps)


@given(st.integers(0, 16))
def test_a_desk_needs_here_what_plan_sizes_for_it(monitors):
    options = {"--users": 1, "--calls": 1, "--minutes": 1, "--monitors": monitors}
    [group] = size(scenario.from_options(options)).groups
    assert line.need_mbps(monitors) == float(group.agent_mbps.value)


@given(st.floats(0, 1e6), st.integers(0, 64))
def test_the_headroom_is_the_upload_over_the_need(upload_mbps, monitors):
    told = line.headroom(known(upload_mbps, "measure"), known(monitors, "drm"))
    assert told.value == pytest.approx(upload_mbps / line.need_mbps(monitors), abs=0.0051)
    assert told.source == "measure, drm"


@pytest.mark.parametrize(
    ("upload", "monitors", "told"),
    [
        (known(8.12, "x"), known(2, "y"), (17.5, "while it records 2 monitors; the line uploads 8.1 Mbps")),
        (known(0.5, "x"), known(1, "y"), (1.89, "this desk sends 0.26 Mbps while it records 1 monitor; the line")),
        (known(0.5, "x"), known(0, "y"), (7.81, "this desk sends 0.06 Mbps while it records calls alone; the line")),
        (unknown("no answer"), known(2, "y"), "no answer"),
        (
            known(8.12, "x"),
            unknown("a virtual machine"),
            "monitors would be recorded cannot be told: a virtual machine",
        ),
        (unknown("no answer"), unknown("a virtual machine"), "no answer"),
    ],
)
def test_the_headroom_says_what_it_rests_on_or_what_is_missing(upload, monitors, told):
    fact = line.headroom(upload, monitors)
    if isinstance(told, str):
        assert fact.value is None
        assert told in (fact.unknown or "")
    else:
        assert fact.value == told[0]
        assert told[1] in fact.detail


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"unavailable": "out of memory"}, "out of memory"),
        ({}, "unexpected answer"),
        ({"line.mos_idle": "good"}, "unexpected answer"),
        ({name: {"unknown": "no answer"} for name in line.MEASURED}, "no answer"),
        (dict.fromkeys(line.MEASURED, float("nan")), "unexpected answer"),
    ],
)
def test_what_a_measurement_cannot_tell_is_unknown_with_the_reason(answer, reason):
    desk = RecordedHost("linux", {**DESK.sources, f"call measured_line {SITE.host} 8762 0.464": answer})
    for name, fact in collect(desk, line.LINE, {"reflector": SITE}).items():
        assert fact.value is None, name
        assert reason in (fact.unknown or ""), name


def test_the_line_is_measured_when_the_other_collectors_are_done():
    host = Watched()
    wanted = [*HOME_AGENT.wanted_facts({}), *line.LINE]
    told = collect(host, wanted, {"reflector": SITE})
    assert host.asked[-1] == "call measured_line"
    assert told["line.mos_idle"].unknown == f"measured_line {SITE.host} 8762 0.464 was not recorded"


def test_quick_measures_no_line():
    host = Watched()
    assert set(collect(host, line.LINE, {"reflector": SITE}, quick=True).values()) == {NOT_MEASURED}
    assert host.asked == []


# --- how it is judged ---

LIMITS: list[tuple[str, float, float, Status]] = [
    ("line.mos_idle", 3.1, 3.09, Status.FAIL),
    ("line.mos_recording", 3.5, 3.49, Status.WARN),
    ("line.loss_up_ratio", 0.01, 0.0101, Status.WARN),
    ("line.loss_down_ratio", 0.01, 0.0101, Status.WARN),
    ("line.ipdv_ms", 30, 30.1, Status.WARN),
    ("line.round_trip_ms", 300, 301, Status.WARN),
    ("line.upload_headroom_ratio", 2, 1.99, Status.WARN),
]
"""ITU-T G.107 Annex B; Operata; Microsoft Teams; Microsoft Teams; Microsoft Teams; 8x8; our own."""


def judged(fact: str, value: Fact | None, **values: str) -> Finding:
    """The finding of the shipped rule on a fact."""
    answers = {} if value is None else {fact: value}
    return next(one for one in audit(HOME_AGENT, answers, "linux", values) if one.fact == fact)


def test_the_table_holds_every_rule_about_the_line():
    assert [fact for fact, *_ in LIMITS] == list(RULES)


@pytest.mark.parametrize(("fact", "enough", "too_bad", "status"), LIMITS)
def test_a_line_at_its_limit_passes_and_one_beyond_it_does_not(fact, enough, too_bad, status):
    assert judged(fact, known(enough, "x"), **NAMED).status is Status.PASS
    finding = judged(fact, known(too_bad, "x"), **NAMED)
    assert finding.status is status
    assert finding.agent
    assert finding.it
    assert judged(fact, unknown("no answer"), **NAMED).status is Status.UNKNOWN


@pytest.mark.parametrize("fact", RULES)
def test_where_no_reflector_is_named_the_rules_do_not_apply_and_say_how_to_name_it(fact):
    finding = judged(fact, None)
    assert (finding.status, finding.reason) == (
        Status.NOT_APPLICABLE,
        "not named; to check it, add -D reflector=site.example.com",
    )


# --- whole runs ---


@contextmanager
def silent() -> Iterator[int]:
    """A port where somebody listens and never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        yield bound(sock)


@contextmanager
def nobody() -> Iterator[int]:
    """A port where nobody listens."""
    yield free_port()


def garbage() -> AbstractContextManager[int]:
    """A port that answers, but never with what was asked."""
    return far_end(lambda question, answer, send: send(b"\xff" * len(question)))


TROUBLE: dict[str, tuple[Callable[[], AbstractContextManager[int]], str]] = {
    "silent": (
        silent,
        "no answer: no reflector runs there, it answers only desks with its key, or a firewall on the way drops UDP",
    ),
    "refused": (nobody, "no answer: connection refused"),
    "garbage": (garbage, "what answers there is no reflector for this stream, or the shared key differs"),
}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_a_reflector_that_does_not_do_its_part_leaves_the_line_unknown_with_the_reason(trouble):
    opened, reason = TROUBLE[trouble]
    with opened() as port, LiveHost() as live:
        told = collect(live, line.LINE, {"reflector": Address(host="127.0.0.1", port=port)})
    assert {fact.unknown for fact in told.values()} == {reason}
    assert judged("line.mos_idle", told["line.mos_idle"], **NAMED).status is Status.UNKNOWN


@pytest.fixture(scope="module")
def of_the_line(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped profile with its rules about the line and no others."""
    document = yaml.safe_load((files.shipped() / "home-agent.yaml").read_text(encoding="utf-8"))
    document["rules"] = [rule for rule in document["rules"] if of_line(rule["fact"])]
    file: Path = tmp_path_factory.mktemp("profiles") / "line.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return file


def line_of(report: dict[str, Any]) -> dict[str, Any]:
    return {name: fact["value"] for name, fact in report["facts"].items() if fact["value"] is not None}


def test_a_real_line_is_measured_and_judged_and_a_snapshot_of_it_gives_the_same_findings(of_the_line, tmp_path):
    """To a reflector that shares a key with its desks, which stands nowhere afterwards."""
    file, key = tmp_path / "desk.yaml", tmp_path / "desks.key"
    key.write_text("a shared key of the site\n")
    with reflecting("--key-file", str(key)) as target, ThreadPoolExecutor() as pool:
        named = ("-p", str(of_the_line), "-D", f"reflector={target}", "--key-file", str(key))
        running = [
            pool.submit(run, *command) for command in (("check", *named, "-f", "json"), ("snapshot", str(file), *named))
        ]
        live, recorded = (one.result() for one in running)
    for done in (live, recorded):
        assert "Measuring takes about 16 s and at most 8.3 MB up, 0.2 MB down." in done.stderr
        assert "a shared key" not in done.stdout + done.stderr + file.read_text()
        assert "desks.key" not in done.stdout + file.read_text()
    report = json.loads(live.stdout)
    assert [one["rule"] for one in report["findings"]] == [rule.id for rule in RULES.values()]
    if report["facts"]["line.mos_idle"]["value"] is None:  # other tests kept this computer from its part
        assert "this computer was too busy" in report["facts"]["line.mos_idle"]["unknown"]
        assert live.returncode == ExitCode.UNDETERMINED
    else:
        assert live.returncode == ExitCode.READY
        assert line_of(report)["line.mos_idle"] == pytest.approx(4.41, abs=0.02)  # G.711 undisturbed
        assert line_of(report)["line.loss_up_ratio"] == line_of(report)["line.loss_down_ratio"] == 0

    assert recorded.returncode == 0, recorded.stderr
    assert "come out otherwise" not in recorded.stderr
    reports = [json.loads(run("check", "-p", str(of_the_line), "--from", str(file), "-f", "json").stdout) for _ in "ab"]
    assert reports[0]["findings"] == reports[1]["findings"]
    [told] = [
        answer for asked, answer in files.parse_yaml(file.read_text(), "x")["sources"].items() if "measured" in asked
    ]
    replayed = reports[0]["facts"]["line.mos_idle"]
    assert (replayed["value"] or {"unknown": replayed["unknown"]}) == (
        told["line.mos_idle"] if replayed["value"] is None else pytest.approx(told["line.mos_idle"], abs=1e-6)
    )


@pytest.mark.skipif(bool(LACKING), reason=LACKING)
def test_a_line_that_loses_every_fourth_packet_of_a_call_is_not_ready(of_the_line):
    named = ("-p", str(of_the_line), "-D", f"reflector={SITE_OF_LAB}", "-f", "json")
    with path.line(Way(lose=list(range(0, 2000, 4))), Way()) as lab:
        with lab.site(*TOOL, "reflect", "--bind", SITE_OF_LAB, ready="Listening"):
            done = lab.desk(*TOOL, "check", *named)
        lab.truth()
    found = {one["rule"]: one for one in json.loads(done.stdout)["findings"]}
    if "too busy" in found["line-call"]["reason"]:
        assert done.returncode == ExitCode.UNDETERMINED
        return
    assert done.returncode == ExitCode.NOT_READY
    assert (found["line-call"]["status"], found["line-loss-up"]["status"]) == ("fail", "warn")
    assert found["line-loss-up"]["actual"] == pytest.approx(0.25, abs=0.005)
    assert found["line-round-trip"]["status"] == "pass"


def test_quick_says_nothing_of_seconds_and_leaves_the_line_open(of_the_line):
    done = run("check", "-p", str(of_the_line), "-D", "reflector=127.0.0.1:9", "--quick", "-f", "json")
    assert (done.returncode, done.stderr) == (ExitCode.UNDETERMINED, "")
    assert {one["reason"] for one in json.loads(done.stdout)["findings"]} == {"not measured, as --quick was given"}


def test_a_key_without_a_reflector_is_refused_in_one_line(tmp_path):
    key = tmp_path / "desks.key"
    key.write_text("a shared key of the site\n")
    assert "name it too, such as -D reflector=" in complaint(run("check", "--key-file", str(key)))


def test_a_reflector_that_cannot_be_one_is_refused_in_one_line():
    done = run("check", "-D", "reflector=https://site.example.com")
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, "")
    assert "-D reflector: 'https://site.example.com' is not a host" in done.stderr
    assert done.stderr.count("\n") == 1
