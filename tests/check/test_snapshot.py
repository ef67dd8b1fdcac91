"""Recording, taking names out, and replaying: the same findings, and nothing that leads back to a desk or a person."""

import json
import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from remoteready.check import profile, snapshot
from remoteready.check.audit import audit
from remoteready.check.collect import collect
from remoteready.check.collect.certificates import parse_pem
from remoteready.check.facts import every
from remoteready.check.findings import Status
from remoteready.check.host import NotInstalled, Output, Unavailable
from remoteready.check.redaction import KEPT_ADDRESSES, Redaction
from remoteready.check.snapshot import Held, RecordedHost, Recorder
from remoteready.check.traces import own_words
from remoteready.exits import UnusableInput

HOSTS = sorted(Path(__file__).parents[1].glob("hosts/*/snapshot.yaml"))
HOME_AGENT = profile.load("home-agent")


@pytest.fixture(params=HOSTS, ids=lambda path: path.parent.name)
def host(request) -> RecordedHost:
    return snapshot.load(request.param)


def told(host: Any) -> dict[str, dict[str, Any]]:
    return {name: fact.model_dump(exclude={"took_ms"}) for name, fact in collect(host, every([]), {}).items()}


def written(recorder: Recorder, names: Redaction) -> str:
    return snapshot.dump(Held(recorder.system, names.sources(recorder.sources)))


# --- the same findings ---


def test_a_replayed_recording_tells_the_facts_of_the_machine_and_gives_its_findings(host):
    recorder = Recorder(host)
    before = told(recorder)
    names = Redaction(recorder.sources)
    again = snapshot.parse(written(recorder, names), "desk.yaml")
    assert told(again) == names.plain(before)
    on_the_desk, elsewhere = (audit(HOME_AGENT, collect(one, every([]), {}), host.system, {}) for one in (host, again))
    assert elsewhere == tuple(
        one
        if one.status is Status.NOT_APPLICABLE  # its reason is of the profile, not of the machine
        else one.model_copy(update={"evidence": names.text(one.evidence), "reason": names.text(one.reason)})
        for one in on_the_desk
    )


def test_a_recording_of_a_replay_is_the_recording(host):
    recorder = Recorder(host)
    told(recorder)
    text = snapshot.dump(Held(host.system, recorder.sources))
    second = Recorder(snapshot.parse(text, "desk.yaml"))
    told(second)
    assert second.sources == recorder.sources


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(st.text(), PLAIN, max_size=4), st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=2)
)
def test_whatever_sources_say_comes_back_from_the_file_as_it_was(sources, values):
    again = snapshot.parse(snapshot.dump(Held("linux", sources, values=values)), "desk.yaml")
    assert again.sources == sources
    assert again.values == values


def test_each_source_is_asked_once_however_many_collectors_want_it():
    asked = []

    class Slow(RecordedHost):
        def read(self, path: str) -> str:
            asked.append(path)
            threading.Event().wait(0.05)
            return "answer"

    recorder = Recorder(Slow("linux", {}))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(recorder.read, ["/one"] * 8)) == ["answer"] * 8
    assert asked == ["/one"]
    [question] = recorder.questions
    assert len(question.collectors) == 8


def test_what_could_not_answer_is_recorded_with_its_reason_and_replayed_the_same():
    recorder = Recorder(RecordedHost("linux", {"run slow": {"unavailable": "slow timed out after 3 s"}}))
    hosts: list[Recorder | RecordedHost] = [recorder, recorder]
    for at, ask in enumerate(hosts):
        ask = snapshot.parse(snapshot.dump(Held("linux", recorder.sources)), "x") if at else ask
        with pytest.raises(NotInstalled, match=r"^pactl is not installed$"):
            ask.run("pactl", "info")
        with pytest.raises(Unavailable, match=r"^/no does not exist$"):
            ask.read("/no")
    with pytest.raises(Unavailable, match=r"^slow timed out after 3 s$"):
        recorder.run("slow")


def test_what_was_not_asked_when_it_was_recorded_is_unknown_and_not_missing():
    recorded = snapshot.parse(snapshot.dump(Held("linux", {})), "x")
    for ask in (lambda: recorded.run("mdatp", "health"), lambda: recorded.read("/no"), lambda: recorded.list("/no")):
        with pytest.raises(Unavailable, match=r"was not recorded$") as refusal:
            ask()
        assert not isinstance(refusal.value, NotInstalled)


def test_a_source_that_has_not_answered_yet_is_recorded_as_such():
    over, asked = threading.Event(), threading.Event()

    class Slow(RecordedHost):
        def read(self, path: str) -> str:
            asked.set()
            over.wait(10)
            return "late"

    recorder = Recorder(Slow("linux", {}))
    thread = threading.Thread(target=recorder.read, args=("/slow",))
    thread.start()
    asked.wait(10)
    assert recorder.sources == {"read /slow": {"unavailable": "did not answer in time"}}
    over.set()
    thread.join()


def test_how_long_sources_took_the_profile_and_the_time_come_back_from_the_file():
    held = Held("linux", {"read /a": "x"}, profile="calabrio-smart-desktop", took_ms={"read /a": 1234.5})
    again = snapshot.parse(snapshot.dump(held, ["network.link"]), "x")
    assert again.profile == "calabrio-smart-desktop"
    recorder = Recorder(again)
    recorder.read("/a")
    assert [question.took_ms for question in recorder.questions] == [1234.5]


@pytest.mark.parametrize("text", ["'2026-11-22T08:00:00+05:00'", "2026-11-22T08:00:00+05:00"])
def test_the_time_of_a_recording_is_told_in_utc(text):
    time = snapshot.parse(f"system: linux\nsources: {{}}\ntime: {text}", "x").time
    assert time is not None
    assert time.isoformat() == "2026-11-22T03:00:00+00:00"


def test_a_native_function_that_fails_in_any_way_is_unavailable_and_replayed_the_same():
    def broken() -> int:
        raise ValueError("no sense")

    class Live(RecordedHost):
        def call(self, function: Any, *args: Any, **kwargs: Any) -> Any:
            return function()

    recorder = Recorder(Live("linux", {}))
    again = None
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"^unexpected answer \(ValueError: no sense\)$"):
            (again or recorder).call(broken)
        again = snapshot.parse(snapshot.dump(Held("linux", recorder.sources)), "x")


def test_the_exit_code_and_the_errors_of_a_command_are_kept():
    recorder = Recorder(
        RecordedHost("linux", {"run x": {"exit": 3, "stdout": "out", "stderr": "err"}, "run y": "fine\n"})
    )
    assert recorder.run("x") == Output(3, "out", "err")
    assert recorder.run("y") == Output(0, "fine\n", "")
    assert recorder.sources == {"run x": {"exit": 3, "stdout": "out", "stderr": "err"}, "run y": "fine\n"}


BAD = {
    "empty": ("", "not a snapshot"),
    "a list": ("- 1", "not a snapshot"),
    "a profile": ("id: x\nrules: []", "not a snapshot"),
    "another format": ("format: 2\nsystem: linux\nsources: {}", "another format"),
    "values of the wrong kind": ("system: linux\nsources: {}\nvalues: {a: 1}", "values: must be texts"),
    "no time": ("system: linux\nsources: {}\ntime: noon", "time: 'noon' is no time"),
    "cut off": ("system: linux\nsources: {'a", "not valid YAML"),
}


@pytest.mark.parametrize(("text", "words"), BAD.values(), ids=BAD.keys())
def test_what_is_no_snapshot_is_refused_in_one_line(text, words):
    with pytest.raises(UnusableInput) as refusal:
        snapshot.parse(text, "desk.yaml")
    assert str(refusal.value).startswith("desk.yaml:")
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


# --- and nothing that leads back ---

MAC = st.binary(min_size=6, max_size=6).filter(lambda b: len(set(b)) > 2)
V4: st.SearchStrategy[Any] = st.ip_addresses(v=4).filter(
    lambda a: not (a.is_loopback or a.is_multicast or a.packed[0] in (0, 255) or str(a) in KEPT_ADDRESSES)
)
V6: st.SearchStrategy[Any] = st.ip_addresses(v=6).filter(
    lambda a: not (a.is_loopback or a.is_multicast or a.is_unspecified or str(a) in KEPT_ADDRESSES)
)
OWN = own_words() | {"serial", "network", "label", "redacted", "mail", "addr", "ssid", "hwaddr", "at", "usb"}
NAME = st.from_regex(r"[A-ZÉŁa-zéłöñ][a-zéłöñ]{2,9}( [A-Z][a-zéł]{3,9})?", fullmatch=True).filter(
    lambda name: not OWN & set(name.lower().split())
)
COMPUTER = st.from_regex(r"[a-z]{3,8}-[a-z0-9]{3,6}(\.[a-z]{4,8}\.test)?", fullmatch=True).filter(
    lambda name: not OWN & set(re.split(r"[.-]", name))
)
SERIAL = st.from_regex(r"[A-Z]{2}[0-9]{3,6}[A-Z0-9]{2,6}", fullmatch=True)
SSID = st.from_regex(r"[A-Z][a-zé]{3,8}( [0-9A-Za-z]{3,8})?[0-9]{1,3}", fullmatch=True)


def plant(answer: Any, secrets: Mapping[str, str]) -> Any:
    """The same answer with every secret in every text, in the ways that sources write them."""
    if isinstance(answer, str):
        return answer + (
            "\nHWaddr {mac} ({dashed}, {bare}) addr {v4}/24 via {v6}%eth0\n"
            "at {user} on {host}, /home/{user}/x, {escaped}\n"
            "Serial Number: {serial}\nSSID: {ssid}\nSN={serial} again: {ssid}\nUSB\\VID_047F&PID_C056\\{serial}\n"
        ).format(**secrets)
    if isinstance(answer, dict) and not answer.keys() & {"unavailable", "not_installed", "exit"}:
        return {key: plant(value, secrets) for key, value in answer.items()} | {
            "serial": secrets["serial"],
            "SSID": secrets["ssid"],
            "UserName": secrets["user"],
        }
    if isinstance(answer, list):
        return [plant(item, secrets) for item in answer]
    return answer


@settings(
    max_examples=3,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking would take minutes and show less
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(mac=MAC, v4=V4, v6=V6, user=NAME, computer=COMPUTER, serial=SERIAL, ssid=SSID)
def test_no_secret_that_any_source_tells_survives(
    host: RecordedHost, mac: bytes, v4: IPv4Address, v6: IPv6Address, user: str, computer: str, serial: str, ssid: str
):
    assume(len({user.lower(), computer.lower(), serial.lower(), ssid.lower()}) == 4)
    secrets = {
        "mac": mac.hex(":"),
        "dashed": mac.hex("-").upper(),
        "bare": f"enx{mac.hex()}",
        "v4": str(v4),
        "v6": str(v6),
        "user": user,
        "escaped": json.dumps(user),
        "host": computer,
        "serial": serial,
        "ssid": ssid,
    }
    planted = {f"{asked} {mac.hex('_')}": plant(answer, secrets) for asked, answer in host.sources.items()}
    names = Redaction(planted, people=[user], hosts=[computer])
    text = snapshot.dump(Held(host.system, names.sources(planted)))
    left = str(snapshot.parse(text, "x").sources).lower() + text.lower()
    for kind, secret in (secrets | {"underscored": mac.hex("_"), "short": computer.split(".")[0]}).items():
        forms = {secret.lower(), secret.lower().removeprefix("enx").strip('"')}
        assert not [form for form in forms if re.search(rf"(?<![^\W_]){re.escape(form)}(?![^\W_])", left)], kind
    for word in user.lower().split():
        assert not re.search(rf"(?<![^\W_]){word}(?![^\W_])", left), word


NATIVE: dict[str, tuple[str, Any, str]] = {
    "who uses a proxy": (
        "run gsettings get x",
        "'http://claire:geheim@proxy.acme-corp.com:8080'",
        "claire geheim acme-corp",
    ),
    "proxy settings of a Mac": (
        "run scutil --proxy",
        "  HTTPProxy : wpad.acme-corp.com\n  HTTPUser : claire\n",
        "acme-corp claire",
    ),
    "left and right of a pair": ("run system_profiler", '"device_serialNumberLeft": "H6ABCDEF12"', "H6ABCDEF12"),
    "a phone that is not connected": (
        "run system_profiler",
        '{"SPBluetoothDataType": [{"device_not_connected": [{"Claire’s iPhone": {"a": "A4:2B:B0:0C:01:2F"}}]}]}',
        "Claire A4:2B:B0:0C:01:2F",
    ),
    "BlueZ over D-Bus": (
        "run busctl",
        '{"data": [{"/org/bluez/hci0/dev_A4_2B_B0_0C_01_2F": {"org.bluez.Device1": '
        '{"Alias": {"type": "s", "data": "Écouteurs de Claire"}}}}]}',
        "Claire A4_2B_B0_0C_01_2F",
    ),
    "an owner in Japanese": ("run x", '"_name": "田中太郎のAirPods"', "田中太郎"),
    "an owner in French": ("run x", '"_name": "iPhone d’Éric"', "Éric"),
    "a router of netstat": ("run netstat", "192.168.1.1  a4:2b:b0:c:1:2f  UHLWIir  en0", "a4:2b:b0:c:1:2f"),
    "a Bluetooth instance": ("call devices", [{"id": r"BTHENUM\DEV_001122334455\7&1&0&BLUETOOTH"}], "001122334455"),
    "a stick of Windows": (
        "call devices",
        [{"id": r"USBSTOR\DISK&VEN_X\4C530001230523101234&0"}],
        "4C530001230523101234",
    ),
    "the hosts file": (
        "read /etc/hosts",
        "127.0.0.1 localhost\n192.168.1.9 payroll.acme-corp.com nas-dupont\n",
        "acme-corp nas-dupont",
    ),
    "a share by ssh": (
        "read /proc/self/mountinfo",
        "24 1 0:44 / /mnt rw - fuse.sshfs claire@nas-dupont:/data rw",
        "claire nas-dupont",
    ),
    "a share of Windows": ("call shares", [r"\\nas-dupont\share", "//nas-dupont2"], "nas-dupont nas-dupont2"),
    "what a browser plays": ("run pw-dump", '"media.name": "Meeting with Claire Dupont - Browser"', "Claire Dupont"),
    "the text of the login window": (
        "read /Library/Preferences/com.apple.loginwindow.plist",
        "<key>LoginwindowText</key><string>Found? Call +33 1 99 00 12 34</string>",
        "34",
    ),
    "a network with signs in its name": ("run x", "SSID: Claire's WiFi, 5G (home)", "Claire"),
}


@pytest.mark.parametrize(("asked", "answer", "secrets"), NATIVE.values(), ids=NATIVE.keys())
def test_what_nobody_told_is_found_where_real_sources_have_it(asked: str, answer: Any, secrets: str) -> None:
    sources = {asked: answer}
    clean = json.dumps(Redaction(sources).sources(sources), ensure_ascii=False)
    assert [secret for secret in secrets.split() if secret.lower() in clean.lower()] == []


WORDS = ["Link", "Read", "List", "Short", "dev", "net", "data", "Call", "Live session user", "Wired", "Jack"]


@pytest.mark.parametrize("person", WORDS)
def test_a_person_with_the_name_of_a_technical_word_does_not_change_the_findings(person: str) -> None:
    recorder = Recorder(snapshot.load(HOSTS[0].parents[1] / "debian-12-wired-usb-headset" / "snapshot.yaml"))
    before = told(recorder)
    again = snapshot.parse(written(recorder, Redaction(recorder.sources, people=[person])), "desk.yaml")
    assert {name: fact["value"] for name, fact in told(again).items()} == {n: f["value"] for n, f in before.items()}


@pytest.mark.parametrize("name", ["call.example.com", "connect.example.com", "read.example.com", "vpn.example.com"])
def test_a_host_to_reach_with_the_name_of_a_question_does_not_change_it(name: str) -> None:
    sources = {f"call connect {name} 443": "", "read /etc/os-release": "ID=debian", "run connect read": "call"}
    clean = Redaction(sources, targets={"contact-centre": name}).sources(sources)
    asked = ["call connect contact-centre.example 443", "read /etc/os-release", "run connect read"]
    assert list(clean) == asked
    assert clean["run connect read"] == "call"


def test_thousands_of_addresses_are_replaced_without_running_away() -> None:
    text = "\n".join(f"10.{n >> 8}.{n & 255}.1 dev tun0" for n in range(20_000))
    start = time.process_time()
    clean = Redaction({"run ip route": text}).text(text)
    assert time.process_time() - start < 30
    assert len(set(clean.splitlines())) == 20_000


KNOWN = (
    "robin",
    "sascha",
    "192.0.2.",
    "2001:db8:1:",
    "00012345678901",
    "02005e100033",
    "02:00:5e",
    "02_00_5e",
    "1a2b3c4d5e6f",
)
SERIALS = ("dwh000000000000xx", "000135d0000c09", "sn00000042", "luks-1111", "c920_abcdef01")


def test_the_invented_names_and_numbers_of_the_recorded_machines_do_not_survive(host):
    clean = str(Redaction(host.sources).sources(host.sources)).lower()
    assert [secret for secret in KNOWN + SERIALS if re.search(rf"(?<![a-z]){re.escape(secret)}", clean)] == []


def test_the_same_thing_has_the_same_stand_in_everywhere_and_another_thing_another():
    names = Redaction(
        {"read /a": "10.0.0.1 10.0.0.2 192.168.1.1 fe80::1 02:00:5e:00:00:01"}, hosts=["desk-7.corp.test"]
    )
    first, second = names.text("10.0.0.1"), names.text("10.0.0.2")
    assert first != second
    assert names.text("route to 10.0.0.1") == f"route to {first}"
    assert IPv4Address(first).is_private
    assert names.text("192.168.1.1").startswith("192.168.")
    assert IPv6Address(names.text("fe80::1")).is_link_local
    assert names.text("FE80:0:0::1") == names.text("fe80::1")
    assert names.text("02-00-5E-00-00-01").replace("-", ":") == names.text("02:00:5e:00:00:01")
    assert names.text("desk-7") != names.text("desk-7.corp.test") != "desk-7.corp.test"


def test_a_stand_in_is_never_the_address_of_something_else_on_the_desk():
    real = [f"192.168.0.{last}" for last in range(1, 40)]
    names = Redaction({"read /a": " ".join(real)})
    stand_ins = {names.text(address) for address in real}
    assert len(stand_ins) == len(real)
    assert not stand_ins & set(real)


def test_what_the_program_itself_asks_and_what_every_computer_has_is_left_as_it_is():
    kept = "198.51.100.1 127.0.0.1 ::1 0.0.0.0 255.255.255.0 ff02::1 00:00:00:00:00:00 root time.apple.com"
    assert Redaction({"read /a": kept}, people=["root"]).text(kept) == kept


def test_every_published_id_in_the_collectors_is_left_as_it_is():
    package = Path(snapshot.__file__).parent / "collect"
    uuid = re.compile(r"(?i)(?<![0-9a-f])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
    read = [path for path in package.rglob("*.py") if not path.stem.startswith("native_")]  # these only ask with theirs
    found = {match for path in read for match in uuid.findall(path.read_text(encoding="utf-8"))}
    assert len(found) > 10
    assert {one for one in found if Redaction({}).text(one) != one} == set()


def test_the_routes_of_the_kernel_keep_their_form_with_other_addresses():
    table = "Iface\tDestination\tGateway \tFlags\neno1\t00000000\t010200C0\t0003\neno1\t000200C0\t00000000\t0001\n"
    names = Redaction({"read /proc/net/route": table})
    clean = names.sources({"read /proc/net/route": table})["read /proc/net/route"]
    rows = [line.split("\t") for line in clean.splitlines()]
    assert rows[0] == table.splitlines()[0].split("\t")
    assert rows[1][1] == "00000000"
    assert rows[1][2] == IPv4Address(names.text("192.0.2.1")).packed[::-1].hex().upper() != "010200C0"


def test_a_certificate_loses_the_names_in_it_and_keeps_what_it_is_known_by(tmp_path):
    names_in_it = "subjectAltName=DNS:desk.corp.test,DNS:mail.corp.test,IP:192.0.2.77"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-subj", "/O=Example Corp/CN=Desk.corp.test", "-addext", names_in_it, "-days", "9"]
    command += ["-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert")]
    subprocess.run(command, check=True, capture_output=True)
    pem = (tmp_path / "cert").read_text()
    answer = {"call certificates_shown desk.corp.test 443": [pem], "read /x": "192.0.2.77"}
    names = Redaction(answer, targets={"contact-centre": "desk.corp.test"})
    [(asked, [clean])] = list(names.sources(answer).items())[:1]
    assert asked == "call certificates_shown contact-centre.example 443"
    [before], [after] = parse_pem(pem), parse_pem(clean)
    assert after.sha256 == before.sha256
    assert after.issuer.organisation == before.issuer.organisation == "Example Corp"
    der = ssl.PEM_cert_to_DER_cert("-----BEGIN" + clean.partition("-----BEGIN")[2])
    assert b"corp.test" not in der.lower()
    assert bytes([192, 0, 2, 77]) not in der


def test_a_computer_whose_owner_is_called_jack_still_has_a_headphone_jack():
    names = Redaction({"run x": "Headphones jack", "read /home/jack/.config/x": "a"}, people=["jack"])
    assert names.text("Headphones jack in /home/jack/x") == "Headphones jack in /home/user-1/x"


# --- quick: no host is connected to ---


def test_quick_asks_this_computer_only(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        from remoteready.check.host import LiveHost
        from remoteready.check.profile import Address

        targets = {"contact-centre": Address(host="127.0.0.1", port=port)}
        with LiveHost() as live:
            facts = collect(live, ["target.contact-centre.reachable", "cpu.logical_cores"], targets, quick=True)
        with pytest.raises(TimeoutError):
            server.accept()
    assert facts["target.contact-centre.reachable"].unknown == "not measured, as --quick was given"
    assert facts["cpu.logical_cores"].value
