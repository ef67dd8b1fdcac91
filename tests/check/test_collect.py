import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from remoteready.check import profile, snapshot
from remoteready.check.collect import collect, common, jobs
from remoteready.check.collect.recorders import RECORDER
from remoteready.check.collect.targets import TARGET
from remoteready.check.collect.trust import TRUST
from remoteready.check.facts import DECLARED, declaration
from remoteready.check.host import Output
from remoteready.check.named import RecordingClient
from remoteready.check.profile import Address
from remoteready.check.snapshot import RecordedHost

DESK = snapshot.load(Path(__file__).parents[1] / "hosts" / "debian-12-wired-usb-headset" / "snapshot.yaml")
HOME_AGENT = profile.load("home-agent")
WANTED = HOME_AGENT.wanted_facts({})
TARGETS = {
    "contact-centre": Address(host="192.0.2.200", port=443),
    "vpn-gateway": Address(host="2001:db8::9", port=8443),
}
RECORDERS = {
    "smart-desktop": RecordingClient.model_validate(
        {
            "name": "Smart Desktop",
            "source": {"name": "A vendor", "checked": "2026-11-22"},
            **{
                system: {"processes": ["recorder"], "ports": [5431], "backlog": ["/recordings"]}
                for system in ("linux", "macos", "windows")
            },
        }
    )
}
EVERY_FACT = [
    *(name for name in DECLARED if "*" not in name),
    *(f"target.{target}.{what}" for target in TARGETS for what in (*TARGET, *TRUST, "resolved_in_tunnel")),
    *(f"recorder.smart-desktop.{what}" for what in RECORDER),
]


@dataclass
class Watched:
    """A Host that passes every question on and notes it; `before` runs first, in the collector's thread."""

    behind: RecordedHost = DESK
    before: Callable[[str], None] = lambda asked: None
    asked: list[str] = field(default_factory=list)

    @property
    def system(self) -> str:
        return self.behind.system

    def _note(self, asked: str) -> None:
        self.asked.append(asked)
        self.before(asked)

    def run(self, *command: str, timeout_s: float = 3.0) -> Output:
        self._note("run " + " ".join(command))
        return self.behind.run(*command)

    def read(self, path: str) -> str:
        self._note(f"read {path}")
        return self.behind.read(path)

    def list(self, path: str) -> list[str]:
        self._note(f"list {path}")
        return self.behind.list(path)

    def link(self, path: str) -> str:
        self._note(f"link {path}")
        return self.behind.link(path)

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._note(f"call {function.__name__}")
        return self.behind.call(function, *args, **kwargs)


@contextmanager
def stuck_in(question: str) -> Iterator[Watched]:
    """A Host whose answer to one question never comes, until the test is over."""
    over = threading.Event()

    def wait(asked: str) -> None:
        if asked == question:
            over.wait(60)

    try:
        yield Watched(before=wait)
    finally:
        over.set()


# --- at the same time, and never longer than allowed ---


def test_collectors_work_at_the_same_time():
    slow = {
        "call source_address",
        "run pactl -f json info",
        "list /sys/class",
        "read /etc/os-release",
        "list /var/lib/clamav",
        "call logical_cores",
    }
    slept = []

    def sleep(asked: str) -> None:
        if asked in slow:
            time.sleep(0.3)
            slept.append(asked)

    start = time.monotonic()
    facts = collect(Watched(before=sleep), WANTED, {})
    took_s = time.monotonic() - start
    assert len(slept) == 8
    assert took_s < 0.3 * len(slept)
    assert all(fact.value is not None for fact in facts.values())


def test_a_collector_that_never_returns_is_unknown_and_all_others_are_kept():
    with stuck_in("call logical_cores") as host:
        start = time.monotonic()
        facts = collect(host, WANTED, {})
        assert time.monotonic() - start < 10
    late = {name for name, fact in facts.items() if fact.value is None}
    assert late == set(common.HARDWARE) & set(WANTED)
    assert {facts[name].unknown for name in late} == {"timed out after 4 s"}


def test_the_names_of_the_collectors_still_at_work_are_told_until_none_is_left():
    told: list[list[str]] = []
    collect(DESK, WANTED, {}, told.append)
    assert {"network link", "headset", "camera", "updates", "antivirus", "hardware"} <= set(told[0])
    assert told[0] == [job.name for job in jobs(DESK, WANTED, {})]
    assert [len(names) for names in told] == list(range(len(told[0]), 0, -1))


def test_every_fact_tells_how_long_its_collector_took():
    facts = collect(Watched(before=lambda asked: time.sleep(0.05) if asked == "list /sys/class" else None), WANTED, {})
    assert facts["camera.present"].took_ms >= 50


# --- what goes wrong inside a collector stays there ---


@pytest.mark.parametrize("garbage", [None, True, 7, "text", [], [[]], {}, {"exit": "no"}, b"\xff", object()])
def test_garbage_from_every_source_gives_unknown_or_a_fitting_value_and_never_an_exception(garbage):
    host = RecordedHost("linux", dict.fromkeys(DESK.sources, garbage))
    facts = collect(host, EVERY_FACT, TARGETS, recorders=RECORDERS)
    assert list(facts) == EVERY_FACT
    for name, fact in facts.items():
        declared = declaration(name)
        assert declared is not None
        assert fact.unknown if fact.value is None else declared.accepts(fact.value), (name, fact)


def test_an_unexpected_answer_costs_only_the_facts_of_its_collector():
    facts = collect(RecordedHost("linux", {**DESK.sources, "call memory_total_bytes": "much"}), WANTED, {})
    assert {name for name, fact in facts.items() if fact.value is None} == set(common.HARDWARE) & set(WANTED)
    assert facts["memory.total_gb"].unknown == (
        "unexpected answer (TypeError: unsupported operand type(s) for /: 'str' and 'float')"
    )


def test_a_workstation_where_no_source_answers_has_every_fact_unknown_with_a_reason():
    facts = collect(RecordedHost("linux", {}), EVERY_FACT, TARGETS, recorders=RECORDERS)
    assert list(facts) == EVERY_FACT
    assert [name for name, fact in facts.items() if fact.value is not None or not fact.unknown] == []


# --- only what is wanted ---


@pytest.mark.parametrize(
    ("wanted", "touched"),
    [
        (
            "cpu.logical_cores",
            {
                "call logical_cores",
                "call cpu_model",
                "call memory_total_bytes",
                "call memory_available_bytes",
                "call home_free_bytes",
                "call uptime_s",
                "call process_names",
                "call first_process",
            },
        ),
        (
            "headset.link",
            {
                "run pactl -f json info",
                "run pactl -f json list sinks",
                "run pactl -f json list sources",
                "run /usr/bin/gsettings get org.gnome.desktop.privacy disable-microphone",
            },
        ),
        ("patches.reboot_pending", None),
    ],
)
def test_only_the_collectors_of_the_wanted_facts_run(wanted, touched):
    host = Watched()
    assert list(collect(host, [wanted], {})) == [wanted]
    if touched is None:
        assert not any(
            asked.startswith(("run pactl", "run mdatp", "call logical", "list /sys")) for asked in host.asked
        )
    else:
        assert set(host.asked) == touched


def test_nothing_wanted_asks_nothing():
    host = Watched()
    assert collect(host, [], {}) == {}
    assert host.asked == []


def test_the_first_target_decides_which_link_is_judged():
    sources = {"call source_address 192.0.2.200 443": "192.0.2.21", "call source_address 198.51.100.1 443": "127.0.0.1"}
    host = RecordedHost("linux", {**DESK.sources, **sources, "read /sys/class/net/lo/type": "772\n"})
    toward = collect(host, ["network.link"], TARGETS)["network.link"]
    assert (toward.value, toward.source) == ("wired", "route to 192.0.2.200:443")
    anywhere = collect(host, ["network.link"], {})["network.link"]
    assert (anywhere.unknown, anywhere.source) == ("the target is this computer itself", "default route")


# --- every collector answers what it declares ---


@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
def test_every_collector_answers_exactly_the_facts_that_it_declares(system):
    sources = {
        **DESK.sources,
        "call source_address 192.0.2.200 443": "192.0.2.21",
        "call connect 192.0.2.200 443": "",
        "call distrusted 192.0.2.200 443": "",
        "call http_date 192.0.2.200 443 True": {"unavailable": "no HTTP"},
        "call connect 2001:db8::9 8443": "no answer within 5 s",
    }
    table = jobs(RecordedHost(system, sources), EVERY_FACT, TARGETS, RECORDERS)
    assert len({job.name for job in table}) == len(table) > 20
    for job in table:
        assert set(job.collect()) == set(job.facts), job.name
    declared = [name for job in table for name in job.facts]
    assert sorted(declared) == sorted(EVERY_FACT)


def test_targets_are_reached_and_their_certificates_judged_one_by_one():
    sources = {
        "call connect 192.0.2.200 443": "",
        "call distrusted 192.0.2.200 443": "self-signed certificate",
        "call connect 2001:db8::9 8443": "no answer within 5 s",
    }
    wanted = [name for name in EVERY_FACT if name.startswith("target.")]
    facts = collect(RecordedHost("linux", sources), wanted, TARGETS)
    assert facts["target.contact-centre.reachable"].value is True
    assert facts["target.contact-centre.certificate_trusted"].value is False
    assert facts["target.contact-centre.certificate_trusted"].detail == "self-signed certificate"
    assert facts["target.vpn-gateway.reachable"].value is False
    assert facts["target.vpn-gateway.reachable"].detail == "[2001:db8::9]:8443: no answer within 5 s"
    assert facts["target.vpn-gateway.certificate_trusted"].value is None


def test_a_system_nobody_knows_still_tells_its_hardware():
    facts = collect(RecordedHost("plan9", DESK.sources), WANTED, {})
    told = {fact for fact, answer in facts.items() if answer.value is not None}
    by_name = {"remote_control.running"}  # the programs are only known by their names on a system
    assert told == ({*common.HARDWARE, *common.CONNECTED} & set(WANTED)) - by_name
    assert facts["network.link"].unknown == "no collector for this fact on this system"
