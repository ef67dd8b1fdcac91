"""Whole Macs, written by hand in the formats of their sources, against what is true about them."""

from pathlib import Path
from typing import Any

import pytest

from remoteready import files
from remoteready.check import snapshot
from remoteready.check.collect import collect, common, tunnels
from remoteready.check.facts import ADDRESS, Fact, declaration
from remoteready.check.snapshot import RecordedHost
from remoteready.files import UNSAFE

HOSTS = sorted(Path(__file__).parents[1].glob("hosts/macos-*/snapshot.yaml"))
OWN = (
    *common.LINK,
    *tunnels.TUNNEL,
    *common.ACCESS,
    *common.AUDIO,
    *common.CAMERA,
    *common.SYSTEM,
    *common.PATCHES,
    *common.ANTIVIRUS,
    *common.FIREWALL,
    *common.ENCRYPTION,
    *common.SCREEN,
    *common.USERS,
    *common.COMPUTER,
    *common.MONITORS,
)
"""Every fact that a collector of macOS answers."""


def expected(host: Path) -> dict[str, Any]:
    path = host.with_name("expected.yaml")
    return dict(files.parse_yaml(files.read_text(path), str(path)))


def collected(host: Path) -> dict[str, Fact]:
    return dict(collect(snapshot.load(host), list(expected(host)), {}))


@pytest.fixture(params=HOSTS, ids=lambda path: path.parent.name)
def host(request) -> Path:
    return Path(request.param)


def test_all_six_macs_are_there():
    assert len(HOSTS) == 6


def test_every_recorded_mac_says_what_is_true_about_it(host):
    facts, truth = collected(host), expected(host)
    assert set(OWN) <= truth.keys()
    for name, true in truth.items():
        fact = facts[name]
        if isinstance(true, dict):
            assert fact.value is None, (name, fact)
            assert true["unknown"] in (fact.unknown or ""), name
        else:
            assert fact.value == (true if isinstance(true, str) else pytest.approx(true, rel=1e-3)), (name, fact)
            assert isinstance(fact.value, bool) == isinstance(true, bool), name


def test_every_known_value_fits_its_declaration_and_names_its_source(host):
    for name, fact in collected(host).items():
        declared = declaration(name)
        assert declared is not None
        assert fact.value is None or (declared.accepts(fact.value) and fact.source), name


def test_no_fact_of_a_mac_holds_an_address_a_serial_number_or_the_name_of_a_person(host):
    text = " ".join(str(fact) for fact in collected(host).values())
    assert not ADDRESS.search(text)
    assert not UNSAFE.search(text)
    for secret in ("Robin", "Sascha", "robin", "sascha", "192.0.2.", "198.51.100.140", "DWH0", "000135D0", "SN0000"):
        assert secret not in text


class Noted(dict[str, Any]):
    """Recorded sources that note which of them were asked for."""

    def __init__(self, sources: Any) -> None:
        super().__init__(sources)
        self.asked: set[str] = set()

    def __getitem__(self, question: str) -> Any:
        self.asked.add(question)
        return super().__getitem__(question)


def test_every_recorded_source_is_asked_for_and_no_command_that_may_not_run_is(host):
    sources = Noted(snapshot.load(host).sources)
    collect(RecordedHost("macos", sources), OWN, {})
    shared = {f"call {name}" for name in ("process_names", "logical_cores", "memory_total_bytes", "home_free_bytes")}
    assert {question for question in sources if question not in sources.asked} <= shared
    for question in sources.asked:
        if question.startswith("run "):
            assert question.startswith(ALLOWED), question


ALLOWED = (
    "run /usr/libexec/ApplicationFirewall/socketfilterfw --getglobalstate",
    "run csrutil status",
    "run defaults -currentHost read com.apple.screensaver idleTime",
    "run fdesetup status",
    "run id -G",
    "run id -u",
    "run ifconfig -v ",
    "run mdatp health --output json",
    "run netstat -rn -f inet",
    "run networksetup -listallhardwareports",
    "run plutil -convert xml1 -o - /",  # to stdout; without "-o -" it would write the file
    "run pmset -g",
    "run scutil --dns",
    "run scutil --nwi",
    "run scutil --proxy",
    "run security find-certificate -a -p /Library/Keychains/System.keychain",
    "run sw_vers",
    "run sysadminctl -guestAccount status",
    "run sysadminctl -screenLock status",
    "run sysctl -n kern.hv_vmm_present",
    "run system_profiler -json ",
    "run xprotect version",
)
"""Each only reads, needs no rights, asks the person nothing and goes to no network."""
