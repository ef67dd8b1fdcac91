"""Linux: what every source means, by tables; whole machines with every fact; and any bytes from any source."""

import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remoteready import files
from remoteready.check import snapshot
from remoteready.check.collect import calls, collect, common, linux
from remoteready.check.collect.linux import system as linux_system
from remoteready.check.collect.targets import reach
from remoteready.check.facts import ADDRESS, Fact, declaration, every
from remoteready.check.host import LiveHost, Unavailable
from remoteready.check.profile import Address
from remoteready.check.snapshot import RecordedHost

HOSTS = {
    path.parent.name: host
    for path in sorted(Path(__file__).parents[1].glob("hosts/*/snapshot.yaml"))
    if (host := snapshot.load(path)).system == "linux"
}
EVERY_FACT = every([])
PHYSICAL = {"read /proc/cpuinfo": "flags\t\t: fpu vme de pse\n"}
TODAY_S = 1795426200
"""2026-11-23, 09:30 UTC."""


def asked(collector: str, sources: Mapping[str, Any]) -> dict[str, Fact]:
    """What one collector says of a computer that has these sources and no others."""
    host = RecordedHost("linux", {**PHYSICAL, **sources})
    facts: dict[str, Fact] = getattr(linux, collector)(host)
    return facts


def told(fact: Fact) -> Any:
    return fact.unknown if fact.value is None else fact.value


def dbus(data: Any, kind: str = "s") -> str:
    return json.dumps({"type": kind, "data": data})


def get(service: str, path: str, interface: str, name: str) -> str:
    return f"run busctl --json=short --auto-start=no get-property {service} {path} {interface} {name}"


# --- whole machines ---


@pytest.mark.parametrize("name", HOSTS)
def test_every_fact_of_a_recorded_machine_is_what_is_true_about_it(name):
    path = Path(__file__).parents[1] / "hosts" / name / "expected.yaml"
    truth = files.parse_yaml(files.read_text(path), str(path))
    facts = collect(HOSTS[name], EVERY_FACT, {})
    assert set(truth) == set(EVERY_FACT)
    for fact, true in truth.items():
        if isinstance(true, dict):
            assert facts[fact].value is None, fact
            assert true["unknown"] in (facts[fact].unknown or ""), fact
        else:
            assert facts[fact].value == (true if isinstance(true, str) else pytest.approx(true, rel=1e-3)), fact
            assert isinstance(facts[fact].value, bool) == isinstance(true, bool), fact
            assert facts[fact].source, fact


@pytest.mark.parametrize("name", HOSTS)
def test_no_fact_of_a_recorded_machine_names_a_person_or_an_address(name):
    text = str(collect(HOSTS[name], EVERY_FACT, {}))
    assert not ADDRESS.search(text)
    for secret in ("Robin", "Sascha", "192.0.2.", "2001:db8", "name1000", "name1001", "kiosk"):
        assert secret not in text


# --- link ---


@pytest.mark.parametrize(
    ("speed", "mbps"),
    [
        ("10\n", 10),
        ("100\n", 100),
        ("2500\n", 2500),
        ("100000\n", 100000),
        ("-1\n", "the network card does not tell its rate (-1)"),
        ("0\n", "the network card does not tell its rate (0)"),
        ("65535\n", "the network card does not tell its rate (65535)"),
        ("4294967295\n", "the network card does not tell its rate (4294967295)"),
        ("", "the network card does not tell its rate ()"),
        (
            {"unavailable": "speed: invalid argument"},
            "the network card does not tell its rate: speed: invalid argument",
        ),
    ],
)
def test_the_rate_of_a_cable_is_a_number_that_can_be_one(speed, mbps):
    host = RecordedHost("linux", {**HOSTS["fedora-40-jack-headset"].sources, "read /sys/class/net/enp5s0/speed": speed})
    facts = linux.link(host, None)
    assert told(facts["network.link_mbps"]) == mbps
    assert facts["network.link"].value == "wired"


@pytest.mark.parametrize("driver", ["rndis_host", "ipheth"])
def test_a_phone_on_usb_is_a_tether(driver):
    sources = HOSTS["ubuntu-24-phone-tether"].sources
    key = next(key for key in sources if key.endswith("/device/driver") and "/net/" in key)
    facts = linux.link(RecordedHost("linux", {**sources, key: f"/sys/bus/usb/drivers/{driver}"}), None)
    assert facts["network.link"].value == "tether"


# --- sound ---


def sound(
    source: dict[str, Any] | None, sink: dict[str, Any] | None, server: str = "pulseaudio", **more: str
) -> dict[str, Any]:
    names = {"default_source_name": (source or {}).get("name"), "default_sink_name": (sink or {}).get("name")}
    return {
        "run pactl -f json info": json.dumps({"server_name": server, **names}),
        "run pactl -f json list sinks": json.dumps([sink] if sink else []),
        "run pactl -f json list sources": json.dumps([source] if source else []),
        **more,
    }


def device(name: str, rate: str = "", **properties: str) -> dict[str, Any]:
    about = {key.replace("__", "."): value for key, value in properties.items()}
    return {"name": name, "description": "Thing", "sample_specification": rate, "properties": about, "ports": []}


def radio(name: str, profile: str, codec: str = "", rate: str = "s16le 1ch 16000Hz") -> dict[str, Any]:
    more = {"api__bluez5__codec": codec} if codec else {}
    return device(
        name, rate, device__bus="bluetooth", device__form_factor="headset", api__bluez5__profile=profile, **more
    )


SINK, SOURCE = "bluez_output.02_00_5E_10_00_12.1", "bluez_input.02_00_5E_10_00_12.0"


@pytest.mark.parametrize(
    ("source", "sink", "hands_free"),
    [
        (radio(SOURCE, "headset-head-unit"), radio(SINK, "headset-head-unit"), True),
        (radio(SOURCE, "headset-head-unit", "msbc"), radio(SINK, "headset-head-unit", "msbc"), True),
        (radio(SOURCE, "headset-head-unit", "lc3_swb"), radio(SINK, "headset-head-unit", "lc3_swb"), False),
        (None, radio(SINK, "a2dp-sink", "aac"), False),
        (radio(SOURCE, "bap-duplex"), radio(SINK, "bap-duplex"), False),
        (
            device(SOURCE, bluez5__loopback="true"),
            radio(SINK, "a2dp-sink"),
            "the Bluetooth headset changes to hands-free",
        ),
        (None, radio(SINK, ""), "the sound server does not name the profile"),
        (None, None, False),
        (
            None,
            device("bluez_sink.02_00_5E_10_00_12", bluetooth__protocol="handsfree_head_unit", device__bus="bluetooth"),
            True,
        ),
        (None, device("bluez_sink.02_00_5E_10_00_12", bluetooth__protocol="a2dp_sink", device__bus="bluetooth"), False),
    ],
)
def test_hands_free_mode_is_told_by_the_profile_and_not_by_the_device(source, sink, hands_free):
    fact = asked("audio", sound(source, sink))["audio.hands_free"]
    assert str(told(fact)).startswith(str(hands_free))


@pytest.mark.parametrize(
    ("source", "rate"),
    [
        (device("alsa_input.usb", "s16le 1ch 16000Hz", device__bus="usb"), 16000),
        (device("alsa_input.pci", "float32le 2ch 48000Hz", device__api="alsa"), 48000),
        (device("alsa_input.pci", "", device__api="alsa"), "the sound server tells no rate"),
        (device("alsa_input.pci", "s16le", device__api="alsa"), "the sound server tells no rate"),
        (device("filter", "float32le 1ch 48000Hz"), "the default input is made by a program"),
        (device(SOURCE, "float32le 1ch 48000Hz", bluez5__loopback="true"), "the default input is made by a program"),
        (None, "no microphone is the default input"),
    ],
)
def test_the_rate_of_the_microphone_is_that_of_a_real_one(source, rate):
    assert str(told(asked("audio", sound(source, None))["audio.input_rate_hz"])).startswith(str(rate))


GNOME_SWITCH = "run /usr/bin/gsettings get org.gnome.desktop.privacy disable-microphone"


@pytest.mark.parametrize(
    ("answer", "allowed"),
    [
        ("false\n", True),
        ({"exit": 1, "stderr": "No such schema"}, True),
        (None, True),
        ("true\n", "the microphone is switched"),
    ],
)
def test_programs_may_use_the_microphone_unless_gnomes_switch_leaves_it_open(answer, allowed):
    sources = sound(None, None) | ({GNOME_SWITCH: answer} if answer else {})
    assert str(told(asked("audio", sources)["audio.microphone_allowed"])).startswith(str(allowed))


@pytest.mark.parametrize(
    ("server", "ids", "usb_id"),
    [
        ("pulseaudio", ("0b0e", "0300"), "0b0e:0300"),
        ("pulseaudio", ("1395", "0025"), "1395:0025"),
        ("PulseAudio (on PipeWire 1.0.5)", ("0x0b0e", "0x0300"), "0b0e:0300"),
        ("PulseAudio (on PipeWire 0.3.48)", ("2830", "768"), "0b0e:0300"),
        ("PulseAudio (on PipeWire 0.3.65)", ("0b0e", "0300"), "0b0e:0300"),
    ],
)
def test_usb_ids_are_read_as_each_server_writes_them(server, ids, usb_id):
    sink = device("alsa_output.usb", device__bus="usb", device__vendor__id=ids[0], device__product__id=ids[1])
    assert f"({usb_id})" in asked("audio", sound(None, sink, server))["headset.link"].detail


def bluez(number: int) -> dict[str, Any]:
    asked_for = "org.bluez / org.freedesktop.DBus.ObjectManager GetManagedObjects"
    device = {"Address": {"type": "s", "data": "02:00:5E:10:00:12"}, "Class": {"type": "u", "data": number}}
    tree = [{"/org/bluez/hci0": {}, "/org/bluez/hci0/dev_02": {"org.bluez.Device1": device}}]
    return {f"run busctl --json=short --auto-start=no call {asked_for}": dbus(tree, "a{oa{sa{sv}}}")}


@pytest.mark.parametrize(
    ("number", "link"),
    [(0x240404, "bluetooth"), (0x240418, "bluetooth"), (0x240414, "none"), (0x24041C, "none"), (0, None)],
)
def test_a_bluetooth_loudspeaker_is_no_headset_when_only_bluez_knows_it(number, link):
    about = {"device__bus": "bluetooth", "api__bluez5__profile": "headset-head-unit"}
    sources = sound(device(SOURCE, **about), device(SINK, **about)) | bluez(number)
    assert asked("audio", sources)["headset.link"].value == link


def test_pipewire_is_asked_itself_where_pactl_is_missing_and_only_there():
    facts = asked("audio", {"run pw-dump": HOSTS["debian-13-kde-luks"].sources["run pw-dump"]})
    assert (facts["headset.link"].value, facts["headset.link"].source) == ("usb", "pw-dump")
    assert facts["audio.input_rate_hz"].value == 16000
    broken = {"run pactl -f json info": {"exit": 1, "stderr": "Connection refused"}, "run pw-dump": "[{]"}
    assert {fact.unknown for fact in asked("audio", broken).values()} == {
        "the sound server does not say: none runs in this session"
    }


def test_a_sink_as_default_source_of_pipewire_is_no_microphone():
    dump = json.loads(HOSTS["debian-13-kde-luks"].sources["run pw-dump"])
    for thing in dump:
        for row in thing.get("metadata") or []:
            if row["key"] == "default.audio.source":
                row["value"] = {"name": "alsa_output.usb-GN_Jabra_BIZ_1900-00.analog-stereo"}
    facts = asked("audio", {"run pw-dump": json.dumps(dump)})
    assert facts["headset.link"].value == "split"
    assert facts["headset.link"].detail.startswith("input: none;")


# --- the system ---

UBUNTU_CSV = """version,codename,series,created,release,eol,eol-server,eol-esm,eol-legacy
4.10,Warty Warthog,warty,2004-03-05,2004-10-20,2006-04-30
20.04 LTS,Focal Fossa,focal,2019-10-17,2020-04-23,2025-05-29,2025-05-29,2030-04-23,2032-04-27
24.04 LTS,Noble Numbat,noble,2023-10-12,2024-04-25,2029-05-31,2029-05-31,2034-04-25,2036-04-29
24.10,Oracular Oriole,oracular,2024-04-25,2024-10-10,2025-07-10
"""
DEBIAN_CSV = """version,codename,series,created,release,eol,eol-lts,eol-elts
10,Buster,buster,2017-06-17,2019-07-06,2022-09-10,2024-06-30,2029-06-30
12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-06-10
13,Trixie,trixie,2023-06-10,2025-08-09,2028-08-09
14,Forky,forky,2025-08-09
,Sid,sid,1993-08-16
"""


@pytest.mark.parametrize(
    ("os_release", "supported"),
    [
        ("ID=fedora\nVERSION_ID=43\nSUPPORT_END=2026-12-02\n", True),
        ("ID=fedora\nVERSION_ID=43\nSUPPORT_END=2026-11-23\n", True),
        ('ID=fedora\nVERSION_ID=40\nSUPPORT_END="2025-05-13"\n', False),
        ("ID=fedora\nVERSION_ID=43\nSUPPORT_END=soon\n", "fedora 43 is not in the table of 2026-11-22"),
        ('ID=ubuntu\nVERSION_ID="24.04"\n', True),
        ('ID=ubuntu\nVERSION_ID="24.10"\n', False),
        ('ID=ubuntu\nVERSION_ID="20.04"\n', "support for everyone ended on 2025-05-29; whether Ubuntu Pro"),
        ('ID=ubuntu\nVERSION_ID="26.10"\n', "ubuntu 26.10 is not in the table of 2026-11-22"),
        ("ID=debian\nVERSION_ID='13'\n", True),
        ('ID=debian\nVERSION_ID="10"\n', False),
        ('ID=debian\nVERSION_ID="12"\n', True),  # the table of this computer is too old to know of long-term support
        ('ID=debian\nVERSION_ID="14"\n', "debian 14 is not in the table of 2026-11-22"),
        ("ID=debian\nVERSION_CODENAME=forky\n", "debian is not in the table of 2026-11-22"),
        (
            'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22"\nUBUNTU_CODENAME=noble\n',
            "linuxmint 22, built on noble,",
        ),
        ("ID=arch\nBUILD_ID=rolling\n", True),
        ("NAME=Own\n", "this system is not in the table of 2026-11-22"),
    ],
)
def test_support_ends_when_the_vendor_says_and_is_unknown_where_it_does_not(os_release, supported):
    sources = {
        "read /etc/os-release": os_release,
        "call today_s": TODAY_S,
        "read /usr/share/distro-info/ubuntu.csv": UBUNTU_CSV,
        "read /usr/share/distro-info/debian.csv": DEBIAN_CSV,
    }
    assert str(told(asked("operating_system", sources)["os.supported"])).startswith(str(supported))


def test_without_tables_of_its_own_the_shipped_one_serves_and_not_beyond_its_time():
    sources = {"read /etc/os-release": "ID=debian\nVERSION_ID=12\n", "call today_s": TODAY_S}
    assert asked("operating_system", sources)["os.supported"].value is True
    late = asked("operating_system", sources | {"call today_s": TODAY_S + 400 * 86400})["os.supported"]
    assert "update remoteready" in (late.unknown or "")


def test_the_version_is_known_even_when_the_day_is_not():
    facts = asked("operating_system", {"read /etc/os-release": 'PRETTY_NAME="Some OS 7"\n'})
    assert facts["os.version"].value == "Some OS 7"
    assert facts["os.supported"].value is None


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ('A="b c"\n# D=e\nF=g\n', {"A": "b c", "F": "g"}),
        ("A='b'\r\nEMPTY=\n", {"A": "b", "EMPTY": ""}),
        ('A="b\n', {"A": '"b'}),
        ("not a row\n=x\n", {}),
    ],
)
def test_os_release_is_read_with_and_without_quotes(text, about):
    assert linux_system.os_release(RecordedHost("linux", {"read /etc/os-release": text})) == about


# --- updates ---


def entry(end: str, what: str, more: str = "", command: str = "/usr/bin/unattended-upgrade") -> str:
    return f"\nStart-Date: {end}\nCommandline: {command}\n{what}: a:amd64 (1, 2)\n{more}End-Date: {end}\n"


APT = {"read /etc/os-release": "ID=debian\n", "list /run": [], "call kernel_release": "6.1", "call today_s": TODAY_S}
LOG = {"list /var/log/apt": ["history.log", "history.log.1.gz"], "call utc_offset_s": 0}
OLD = "call unzipped /var/log/apt/history.log.1.gz"


@pytest.mark.parametrize(
    ("log", "old", "age"),
    [
        (entry("2026-11-22  09:30:00", "Upgrade"), None, 1),
        (entry("2026-11-20  09:30:00", "Upgrade") + entry("2026-11-22  09:30:00", "Upgrade"), None, 1),
        (entry("2026-11-20  09:30:00", "Upgrade") + entry("2026-11-22  09:30:00", "Install"), None, 3),
        (entry("2026-11-20  09:30:00", "Upgrade") + entry("2026-11-22  09:30:00", "Upgrade", "Error: x\n"), None, 3),
        (entry("2026-11-22  09:30:00", "Upgrade", command="apt-get install -qqy vlc"), "", "no update stands"),
        (
            entry("2026-11-22  09:30:00", "Upgrade", command="packagekit role='install-packages'"),
            "",
            "no update stands",
        ),
        (entry("2026-11-22  09:30:00", "Upgrade", command="packagekit role='update-packages'"), None, 1),
        (entry("2026-11-22  09:30:00", "Upgrade", command="apt full-upgrade"), None, 1),
        ("", entry("2026-10-24  09:30:00", "Upgrade"), 30),
        ("", "", "no update stands in the logs of the last months"),
        ("", {"unavailable": "history.log.1.gz is damaged"}, "history.log.1.gz is damaged"),
        (entry("2026-13-41  09:30:00", "Upgrade"), "", "no update stands in the logs of the last months"),
        ({"unavailable": "history.log: permission denied"}, "", "history.log: permission denied"),
        (entry("2026-11-30  09:30:00", "Upgrade"), "", "its date is in the future"),
    ],
)
def test_the_last_update_is_the_newest_upgrade_that_worked(log, old, age):
    sources = APT | LOG | {"read /var/log/apt/history.log": log} | ({} if old is None else {OLD: old})
    fact = asked("patches", sources)["patches.last_success_age_days"]
    assert str(told(fact)).startswith(str(age))


def test_the_log_of_apt_is_in_local_time():
    log = {"read /var/log/apt/history.log": entry("2026-11-22  21:30:00", "Upgrade"), "call utc_offset_s": 12 * 3600}
    assert asked("patches", APT | LOG | log)["patches.last_success_age_days"].value == 1


def periodic(**settings: str) -> str:
    names = {"enable": "Enable", "update": "Update-Package-Lists", "upgrade": "Unattended-Upgrade"}
    return 'APT::Periodic "";\n' + "".join(f'APT::Periodic::{names[k]} "{v}";\n' for k, v in settings.items())


@pytest.mark.parametrize(
    ("config", "timers", "program", "paused"),
    [
        (periodic(update="1", upgrade="1"), ["apt-daily.timer", "apt-daily-upgrade.timer"], True, False),
        (periodic(update="1", upgrade="7", enable="1"), ["apt-daily.timer", "apt-daily-upgrade.timer"], True, False),
        (periodic(update="1", upgrade="0"), ["apt-daily.timer", "apt-daily-upgrade.timer"], True, True),
        (periodic(update="1", upgrade="1", enable="0"), ["apt-daily.timer", "apt-daily-upgrade.timer"], True, True),
        (periodic(update="0", upgrade="1"), ["apt-daily.timer", "apt-daily-upgrade.timer"], True, True),
        (periodic(update="1", upgrade="1"), ["apt-daily.timer"], True, True),
        (periodic(update="1", upgrade="1"), [], True, True),
        (periodic(update="1", upgrade="1"), ["apt-daily.timer", "apt-daily-upgrade.timer"], False, "apt is not set up"),
        (periodic(), ["apt-daily.timer", "apt-daily-upgrade.timer"], True, "apt is not set up"),
        ("", [], False, "apt is not set up"),
        ({"exit": 100, "stderr": "E: broken"}, [], True, "apt-config does not answer"),
    ],
)
def test_updates_are_paused_only_where_somebody_switched_them_off(config, timers, program, paused):
    sources = APT | {
        "run apt-config dump APT::Periodic": config,
        "list /etc/systemd/system/timers.target.wants": timers,
        "list /usr/bin": ["unattended-upgrade"] if program else [],
    }
    assert str(told(asked("patches", sources)["patches.paused"])).startswith(str(paused))


ZYPPER = "run zypper --xmlout --no-refresh list-updates"
ZYPPER_XML = """<?xml version='1.0'?>
<stream><message type="info">Reading installed packages...</message>
<update-status version="0.6"><update-list>
<update name="openssl" edition="3.1-2" edition-old="3.1-1" kind="package"><summary>x</summary></update>
</update-list></update-status></stream>"""


@pytest.mark.parametrize(
    ("identity", "sources", "pending"),
    [
        ("fedora", {"run dnf -C -q check-update": {"exit": 100, "stdout": "\nbash.x86_64  5.2-1.fc41  updates\n"}}, 1),
        (
            "fedora",
            {"run dnf -C -q check-update": {"exit": 100, "stdout": "changed form\n"}},
            "dnf says that updates wait",
        ),
        ("fedora", {"run dnf -C -q check-update": ""}, "its list names no updates"),
        ("fedora", {"run dnf -C -q check-update": {"exit": 1}}, "dnf has no list"),
        ("fedora", {}, "dnf is not installed"),
        ("fedora", {"list /run": ["ostree-booted"]}, "this system (fedora) is updated as a whole image"),
        ("opensuse-leap\nID_LIKE=suse", {ZYPPER: ZYPPER_XML}, 1),
        ("opensuse-leap\nID_LIKE=suse", {ZYPPER: "<stream/>"}, "its list names no updates"),
        ("opensuse-leap\nID_LIKE=suse", {ZYPPER: "no xml"}, "zypper does not answer in XML"),
        ("opensuse-leap\nID_LIKE=suse", {ZYPPER: {"exit": 7}}, "zypper ended with 7"),
        ("arch", {"run pacman -Qu": "linux 6.1-1 -> 6.2-1\nfoo 1 -> 2 [ignored]\n"}, 1),
        ("arch", {"run pacman -Qu": {"exit": 1}}, "its list names no updates"),
        ("nixos", {}, "the package manager of this distribution (nixos) is not read"),
    ],
)
def test_an_empty_list_of_unknown_age_is_never_nothing_to_do(identity, sources, pending):
    facts = asked("patches", APT | {"read /etc/os-release": f"ID={identity}\n"} | sources)
    assert str(told(facts["patches.pending"])).startswith(str(pending))
    assert facts["patches.pending_security"].value is None
    assert facts["patches.knowledge_age_days"].value is None


# --- antivirus and firewall ---


def test_clamav_that_only_scans_when_asked_tells_nothing_of_another_antivirus():
    sources = {"list /var/lib/clamav": ["daily.cvd"], "call process_names": ["bash", "clamd", "falcon-sensor"]}
    on = asked("antivirus", sources | {"read /var/lib/clamav/daily.cvd": ""})["antivirus.on"]
    assert on.value is None
    assert "another antivirus cannot be seen" in (on.unknown or "")


FIREWALLD = "org.fedoraproject.FirewallD1"
FIREWALLD_STATE = get(FIREWALLD, "/org/fedoraproject/FirewallD1", FIREWALLD, "state")
UFW, UFW_ACTIVE = "read /etc/ufw/ufw.conf", "run systemctl is-active ufw.service"


@pytest.mark.parametrize(
    ("sources", "on"),
    [
        ({UFW: "ENABLED=yes\nLOGLEVEL=low\n", UFW_ACTIVE: "active\n"}, True),
        ({UFW: "ENABLED=no\n", UFW_ACTIVE: "active\n"}, "ufw is switched off"),
        ({UFW: "#ENABLED=yes\n", UFW_ACTIVE: "active\n"}, "ufw is switched off"),
        ({UFW: "ENABLED=yes\n", UFW_ACTIVE: {"exit": 3, "stdout": "inactive\n"}}, "but its service is inactive"),
        ({UFW: "ENABLED=yes\n"}, "whether it runs cannot be told (systemctl is not installed)"),
        ({UFW: {"unavailable": "ufw.conf: permission denied"}}, "ufw.conf: permission denied"),
        ({FIREWALLD_STATE: dbus("RUNNING")}, True),
        ({FIREWALLD_STATE: dbus("INIT")}, "firewalld is not running"),
        ({FIREWALLD_STATE: {"exit": 1, "stderr": "Call failed: not activatable"}}, "firewalld does not answer"),
        ({}, "firewalld does not answer and ufw is not installed; other rules are shown to administrators only"),
        ({"run nft -j list ruleset": ""}, "other rules are shown to administrators only"),
    ],
)
def test_a_firewall_is_on_or_unknown_and_never_off(sources, on):
    fact = asked("firewall", sources)["firewall.on"]
    assert fact.value is True if on is True else (fact.value is None and on in (fact.unknown or ""))


# --- disk ---


def mounted(number: str, kind: str, source: str, *more: str) -> dict[str, Any]:
    rows = [f"29 1 {number} / / rw,relatime shared:1 master:2 - {kind} {source} rw", *more]
    return {"read /proc/self/mountinfo": "\n".join(rows) + "\n"}


def block(name: str, *slaves: str, uuid: str | None = None, partition_of: str = "") -> dict[str, Any]:
    folder = f"/sys/class/block/{name}"
    found: dict[str, Any] = {
        f"list {folder}": [
            "dev",
            "slaves",
            *(["dm"] if uuid is not None else []),
            *(["partition"] if partition_of else []),
        ],
        f"list {folder}/slaves": list(slaves),
    }
    if uuid is not None:
        found[f"read {folder}/dm/uuid"] = f"{uuid}\n"
    if partition_of:
        found[f"link {folder}"] = f"/sys/devices/x/{partition_of}/{name}"
    return found


EXT4 = mounted("254:1", "ext4", "/dev/mapper/x") | {"link /sys/dev/block/254:1": "/sys/devices/virtual/block/dm-1"}
ZFS = "run zfs get -H -o value encryption"
BTRFS = mounted("0:26", "btrfs", "/dev/sda2") | {"link /dev/sda2": "/dev/sda2", "list /sys/fs/btrfs": ["features", "u"]}
LUKS = "CRYPT-LUKS2-0123-name"


@pytest.mark.parametrize(
    ("sources", "encrypted"),
    [
        (EXT4 | block("dm-1", "sda3", uuid=LUKS), True),
        (EXT4 | block("dm-1", "sda3", uuid="CRYPT-LUKS1-0123-name"), True),
        (EXT4 | block("dm-1", "sda3", uuid="CRYPT-PLAIN-name"), True),
        (EXT4 | block("dm-1", "dm-0", uuid="LVM-a") | block("dm-0", "sda3", uuid=LUKS), True),
        (EXT4 | block("dm-1", "sda", uuid="LVM-a") | block("sda"), False),
        (EXT4 | block("dm-1", "dm-0", "sdb", uuid="LVM-a") | block("dm-0", uuid=LUKS) | block("sdb"), False),
        (EXT4 | block("dm-1", "sda", uuid="CRYPT-VERITY-0123-name") | block("sda"), False),
        (EXT4 | block("dm-1", "md0p1", uuid="LVM-a") | block("md0p1", partition_of="md0")
         | block("md0", "dm-0") | block("dm-0", uuid=LUKS), True),
        (EXT4 | block("dm-1", "loop0", uuid="LVM-a") | block("loop0"), "what is below cannot be seen"),
        (EXT4 | block("dm-1", "dm-1", uuid="LVM-a"), "the block devices lie too deep"),
        (BTRFS | {"list /sys/fs/btrfs/u/devices": ["sda2"]} | block("sda2", partition_of="sda") | block("sda"), False),
        (BTRFS | {"list /sys/fs/btrfs/u/devices": ["sdb"]}, "the devices of the btrfs volume cannot be seen"),
        (mounted("0:30", "zfs", "rpool/ROOT"), "the system is on ZFS; whether that is encrypted cannot be seen"),
        (mounted("0:30", "zfs", "rpool/ROOT") | {f"{ZFS} rpool/ROOT": "aes-256-gcm\n"}, True),
        (mounted("0:30", "zfs", "rpool/ROOT") | {f"{ZFS} rpool/ROOT": "off\n"}, "which does not encrypt"),
        (mounted("0:30", "overlay", "overlay"), "the system is on an overlay"),
        (mounted("8:1", "ext4", "/dev/sda1", "90 29 0:44 / / rw - overlay over rw"), "the system is on an overlay"),
        (mounted("8:9", "ext4", "/dev/sda9"), "/sys/dev/block/8:9 does not exist"),
        ({"read /proc/self/mountinfo": "garbage\n"}, "names no root file system"),
        (EXT4 | block("dm-1", uuid=LUKS) | {"read /proc/cpuinfo": "flags : hypervisor\n"}, "this is a virtual machine"),
    ],
)  # fmt: skip
def test_a_disk_is_encrypted_when_every_part_below_the_root_is(sources, encrypted):
    fact = collect(RecordedHost("linux", {**PHYSICAL, **sources}), ["disk.encrypted"], {})["disk.encrypted"]
    assert fact.value is encrypted if isinstance(encrypted, bool) else encrypted in (fact.unknown or "")


def home(mounts: list[str], *, flag: bool = False, sudo: str = "", folder: str = "/home/agent") -> dict[str, Any]:
    """A plain system volume, these mounts besides, and what the home folder says of itself."""
    plain = mounted("8:1", "ext4", "/dev/sda1", *mounts) | block("sda1", partition_of="sda") | block("sda")
    links = {
        f"link /sys/dev/block/{number}": f"/sys/devices/{name}" for number, name in (("8:1", "sda1"), ("254:3", "dm-3"))
    }
    asked = {"call home_folder": folder, "call home_folder_encrypted": flag, "call environment SUDO_UID": sudo}
    return {**PHYSICAL, **plain, **links, **asked, **block("dm-3", "loop0", uuid=LUKS)}


OWN = "60 29 254:3 / /home/agent rw shared:3 - ext4 /dev/mapper/home-agent rw"


@pytest.mark.parametrize(
    ("sources", "encrypted"),
    [
        (home([]), False),
        (home([], flag=True), True),
        (home(["60 29 254:3 / /home rw shared:3 - ext4 /dev/mapper/home rw"]), True),
        (home([OWN]), True),  # systemd-homed
        (home([OWN], folder="/home/agent2"), False),
        (home([OWN.replace("agent", r"my\040home")], folder="/home/my home"), True),
        (home(["61 29 0:51 / /home/agent rw - ecryptfs /home/.ecryptfs/agent/.Private rw"]), True),
        (home(["61 29 0:52 / /home/agent rw - fuse.gocryptfs /data rw"]), True),
        (home(["61 29 0:53 / /home rw - zfs rpool/home rw"]) | {f"{ZFS} rpool/home": "aes-256-gcm\n"}, True),
        (home(["61 29 0:54 / /home rw - nfs4 server:/home rw"]), "the home folder is on NFS"),
        (home([OWN, "62 60 0:55 / /home/agent rw - tmpfs tmpfs rw"]), "the home folder is on memory"),
        (home([], sudo="1000"), "run by sudo"),
        ({**home([]), "call home_folder": {"unavailable": "no home"}}, "no home"),
    ],
)
def test_a_home_folder_is_encrypted_by_its_volume_or_by_itself(sources, encrypted):
    facts = collect(RecordedHost("linux", sources), ["disk.home_encrypted", "disk.encrypted"], {})
    fact = facts["disk.home_encrypted"]
    assert fact.value is encrypted if isinstance(encrypted, bool) else encrypted in (fact.unknown or ""), fact
    assert facts["disk.encrypted"].value is False


# --- screen lock ---


def desktop(name: str, sudo: str = "") -> dict[str, Any]:
    return {"call environment XDG_CURRENT_DESKTOP": name, "call environment SUDO_UID": sudo}


def gsettings(idle: str, delay: str = "uint32 0", enabled: str = "true", forbidden: str = "false") -> dict[str, Any]:
    place = "run /usr/bin/gsettings get org.gnome.desktop"
    return {
        f"{place}.session idle-delay": f"{idle}\n",
        f"{place}.screensaver lock-delay": f"{delay}\n",
        f"{place}.screensaver lock-enabled": f"{enabled}\n",
        f"{place}.lockdown disable-lock-screen": f"{forbidden}\n",
    }


KDE = "call user_setting kscreenlockerrc"
MEMORY = {"stdout": "true\n", "stderr": "GLib-GIO-Message: Using the 'memory' GSettings backend.  Your settings …"}


@pytest.mark.parametrize(
    ("sources", "locks", "after_s"),
    [
        (desktop("ubuntu:GNOME") | gsettings("uint32 300"), True, 300),
        (desktop("GNOME") | gsettings("uint32 300", "uint32 30"), True, 330),
        (desktop("GNOME") | gsettings("uint32 0"), False, "the screen never locks by itself"),
        (desktop("GNOME") | gsettings("uint32 300", enabled="false"), False, "the screen never locks by itself"),
        (desktop("GNOME") | gsettings("uint32 300", forbidden="true"), False, "the screen never locks by itself"),
        (desktop("GNOME") | gsettings("soon"), "is no number", "is no number"),
        (desktop("GNOME") | gsettings("uint32 300", enabled="ja"), "not as documented", "not as documented"),
        (desktop("GNOME") | gsettings("uint32 300")
         | {"run /usr/bin/gsettings get org.gnome.desktop.screensaver lock-enabled": MEMORY}, "dconf", "dconf"),
        (desktop("GNOME"), "/usr/bin/gsettings is not", "gsettings is not installed"),
        (desktop("GNOME", sudo="1000") | gsettings("uint32 300"), "run by sudo", "run by sudo"),
        (desktop("Budgie:GNOME") | gsettings("uint32 300"), "is not read", "is not read"),
        (desktop("XFCE"), "is not read", "is not read"),
        (desktop(""), "no desktop session", "no desktop session"),
        (desktop("KDE") | {KDE: ""}, True, 305),
        (desktop("KDE") | {KDE: "[Daemon]\nTimeout=2.5\nLockGrace=0\n"}, True, 150),
        (desktop("KDE") | {KDE: "[Daemon]\nAutolock=false\n"}, False, "never locks"),
        (desktop("KDE") | {KDE: "[Daemon]\nRequirePassword=false\n"}, False, "never locks"),
        (desktop("KDE") | {KDE: "[Daemon]\nTimeout=0\n"}, False, "never locks"),
        (desktop("KDE") | {KDE: "[Daemon]\nTimeout=x\n"}, "numbers", "numbers"),
        (desktop("KDE") | {KDE: "[Greeter]\nTimeout=1\nAutolock=false\n"}, True, 305),
        (desktop("KDE") | {KDE: "[Daemon][$i]\nAutolock[$i]=false\n"}, False, "never locks"),
        (desktop("KDE") | {"read /etc/xdg/kscreenlockerrc": "[Daemon]\nTimeout=1\nLockGrace=7\n",
                           KDE: "[Daemon]\nTimeout=3\n"}, True, 187),
        (desktop("KDE") | {"read /etc/xdg/kscreenlockerrc": {"unavailable": "permission denied"},
                           KDE: ""}, "permission denied", "permission denied"),
    ],
)  # fmt: skip
def test_the_screen_locks_by_the_settings_of_the_desktop_that_runs(sources, locks, after_s):
    facts = collect(RecordedHost("linux", sources), common.SCREEN, {})
    for name, true in zip(common.SCREEN, (locks, after_s), strict=True):
        answer = told(facts[name])
        assert true in answer if isinstance(true, str) else answer == true, name


# --- users ---

LOGIN = "org.freedesktop.login1"
LIST = f"run busctl --json=short --auto-start=no call {LOGIN} /org/freedesktop/login1 {LOGIN}.Manager ListSessions"


def sessions(*rows: tuple[int, str, str]) -> dict[str, Any]:
    """(user id, class, state)"""
    paths = [f"/org/freedesktop/login1/session/_3{number}" for number in range(len(rows))]
    listed = [[str(n), row[0], "robin", "seat0", path] for n, (row, path) in enumerate(zip(rows, paths, strict=True))]
    found: dict[str, Any] = {LIST: dbus([listed], "a(susso)")}
    for path, (_, kind, state) in zip(paths, rows, strict=True):
        found[get(LOGIN, path, f"{LOGIN}.Session", "Class")] = dbus(kind)
        found[get(LOGIN, path, f"{LOGIN}.Session", "State")] = dbus(state)
    return found


@pytest.mark.parametrize(
    ("mine", "rows", "others"),
    [
        ([1000], [(1000, "user", "active")], 0),
        ([1000], [(1000, "user", "active"), (1000, "user", "online")], 0),
        ([1000], [(1000, "user", "active"), (1001, "user", "online"), (1001, "user", "active")], 1),
        ([1000], [(1000, "user", "active"), (42, "greeter", "online"), (1001, "manager", "active")], 0),
        ([1000], [(1000, "user", "active"), (1001, "manager-early", "active"), (0, "background", "active")], 0),
        ([1000], [(1000, "user", "active"), (1001, "user", "closing")], 0),
        ([1000], [], 0),
        ([0, 1000], [(1000, "user", "active"), (1001, "user", "active")], 1),
        ([0], [(0, "user", "active"), (1001, "user", "active")], 1),
        ([0], [(1000, "user", "active")], "run by the system itself"),
    ],
)
def test_people_are_counted_once_and_services_never(mine, rows, others):
    fact = asked("users", {"call user_ids": mine, **sessions(*rows)})["users.others_logged_in"]
    assert str(told(fact)).startswith(str(others))


GDM3 = {
    "link /etc/systemd/system/display-manager.service": "/lib/systemd/system/gdm3.service",
    "list /etc/gdm3": ["daemon.conf"],
}
LIGHTDM = {
    "link /etc/systemd/system/display-manager.service": "/lib/systemd/system/lightdm.service",
    "list /etc/lightdm": ["lightdm.conf"],
}
GUESTS = {"list /usr/sbin": ["adduser", "guest-account"]}
LIGHTDM_MORE = {
    "list /etc/lightdm/lightdm.conf.d": ["50-a.conf"],
    "read /etc/lightdm/lightdm.conf.d/50-a.conf": "[Seat:*]\nautologin-user=a\n",
}
SDDM = {
    "link /etc/systemd/system/display-manager.service": "/lib/systemd/system/sddm.service",
    "list /etc": ["sddm.conf"],
}


@pytest.mark.parametrize(
    ("sources", "automatic"),
    [
        (GDM3 | {"read /etc/gdm3/daemon.conf": "[daemon]\nAutomaticLoginEnable = true\nAutomaticLogin = a\n"}, True),
        (GDM3 | {"read /etc/gdm3/daemon.conf": "[daemon]\nTimedLoginEnable=1\nTimedLogin=a\n"}, True),
        (
            GDM3 | {"read /etc/gdm3/daemon.conf": "[daemon]\n# AutomaticLoginEnable = true\n# AutomaticLogin = a\n"},
            False,
        ),
        (GDM3 | {"read /etc/gdm3/daemon.conf": "[daemon]\nAutomaticLoginEnable=true\nAutomaticLogin=\n"}, False),
        (GDM3 | {"read /etc/gdm3/daemon.conf": "[daemon]\nAutomaticLogin=a\n"}, False),
        (GDM3 | {"read /etc/gdm3/daemon.conf": "[security]\nAutomaticLoginEnable=true\nAutomaticLogin=a\n"}, False),
        (GDM3 | {"list /etc/gdm3": []}, "the settings of gdm are not where"),
        (GDM3 | {"list /etc/gdm3": {"unavailable": "permission denied"}}, "permission denied"),
        (LIGHTDM | {"read /etc/lightdm/lightdm.conf": "[Seat:*]\nautologin-user=a\n"}, True),
        (LIGHTDM | {"read /etc/lightdm/lightdm.conf": "[SeatDefaults]\nautologin-guest=true\n"}, True),
        (LIGHTDM | {"read /etc/lightdm/lightdm.conf": "[LightDM]\nautologin-user=a\n"}, False),
        (LIGHTDM | GUESTS | {"read /etc/lightdm/lightdm.conf": "[LightDM]\n"}, True),
        (LIGHTDM | GUESTS | {"read /etc/lightdm/lightdm.conf": "[Seat:*]\nallow-guest=false\n"}, False),
        (LIGHTDM | {"read /etc/lightdm/lightdm.conf": "[Seat:*]\nallow-guest=true\n"}, False),
        (LIGHTDM | LIGHTDM_MORE | {"read /etc/lightdm/lightdm.conf": "[Seat:*]\n"}, True),
        (LIGHTDM | LIGHTDM_MORE | {"read /etc/lightdm/lightdm.conf": "[Seat:*]\nautologin-user=\n"}, False),
        (LIGHTDM | {"list /etc/lightdm/lightdm.conf.d": {"unavailable": "permission denied"}}, "permission denied"),
        (SDDM | {"read /etc/sddm.conf": "[Autologin]\nUser=a\nSession=plasma\n"}, True),
        (SDDM | {"read /etc/sddm.conf": "[Autologin]\nUser=\n[Users]\nUser=a\n"}, False),
        (SDDM | {"read /etc/sddm.conf": {"unavailable": "permission denied"}}, "permission denied"),
        (
            {"link /etc/systemd/system/display-manager.service": "/lib/x/greetd.service"},
            "display manager greetd are not",
        ),
        ({}, "no display manager that is known"),
    ],
)
def test_automatic_login_is_what_the_display_manager_in_use_is_told(sources, automatic):
    fact = asked("users", sources)["users.automatic_login"]
    assert fact.value is automatic if isinstance(automatic, bool) else automatic in (fact.unknown or "")


@pytest.mark.parametrize(
    ("ids", "groups", "administrator"),
    [
        ([1000], ["audio", "sudo"], True),
        ([1000], ["wheel"], True),
        ([1000], ["admin"], True),
        ([1000], ["adm", "lpadmin", "users"], False),
        ([0], ["root"], True),
        ([0, 1000], ["root"], True),
    ],
)
def test_administrators_are_user_0_and_members_of_the_groups_that_may_become_it(ids, groups, administrator):
    facts = asked("users", {"call user_ids": ids, "call group_names": groups})
    assert facts["users.administrator"].value is administrator


# --- computer ---


def supplies(**about: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"list /sys/class/power_supply": list(about)}
    for name, values in about.items():
        found[f"list /sys/class/power_supply/{name}"] = list(values)
        found |= {f"read /sys/class/power_supply/{name}/{what}": f"{value}\n" for what, value in values.items()}
    return found


FULL = {"type": "Battery", "status": "Full"}
EMPTYING = {"type": "Battery", "status": "Discharging"}
PLUGGED, UNPLUGGED = {"type": "Mains", "online": "1"}, {"type": "Mains", "online": "0"}
MOUSE = {"type": "Battery", "scope": "Device", "status": "Discharging"}


@pytest.mark.parametrize(
    ("case", "powered", "kind", "mains"),
    [
        ("10", supplies(AC=PLUGGED, BAT0=FULL), "laptop", True),
        ("9", supplies(AC=UNPLUGGED, BAT0=EMPTYING), "laptop", False),
        ("31", supplies(BAT0=EMPTYING), "laptop", False),
        ("32", supplies(BAT0={"type": "Battery", "status": "Charging"}), "laptop", True),
        ("10", supplies(AC=UNPLUGGED, U={"type": "USB", "online": "1"}, BAT0=EMPTYING), "laptop", True),
        (
            "10",
            supplies(AC=UNPLUGGED, BAT0={"type": "Battery", "status": "Not charging"}),
            "laptop",
            "no power supply says",
        ),
        ("10", supplies(), "laptop", "no power supply says"),
        ("3", supplies(), "desktop", True),
        ("3", supplies(mouse=MOUSE), "desktop", True),
        ("3", supplies(U={"type": "USB", "online": "0"}), "desktop", True),
        ("3", supplies(AC=UNPLUGGED), "desktop", "no power supply says"),
        ("3", supplies(BAT0=EMPTYING), "the firmware calls it a desktop", False),
        ("13", {}, "desktop", "/sys/class/power_supply does not exist"),
        ("1", supplies(), "the firmware does not name the case (1)", "no power supply says"),
        ("2", supplies(AC=PLUGGED, BAT0=FULL), "the firmware does not name the case (2)", True),
        ("0x0a", supplies(AC=PLUGGED), "the firmware does not name the case", True),
    ],
)
def test_laptop_or_desktop_and_mains_or_battery(case, powered, kind, mains):
    facts = asked("computer", {"read /sys/class/dmi/id/chassis_type": f"{case}\n", **powered})
    assert str(told(facts["computer.kind"])).startswith(str(kind))
    assert str(told(facts["power.mains"])).startswith(str(mains))


OLD_PPD = get("net.hadess.PowerProfiles", "/net/hadess/PowerProfiles", "net.hadess.PowerProfiles", "ActiveProfile")
NEW = "org.freedesktop.UPower.PowerProfiles"
NEW_PPD = get(NEW, f"/{NEW.replace('.', '/')}", NEW, "ActiveProfile")


@pytest.mark.parametrize(
    ("sources", "saving"),
    [
        ({OLD_PPD: dbus("power-saver")}, True),
        ({OLD_PPD: dbus("balanced")}, False),
        ({NEW_PPD: dbus("performance")}, False),
        ({OLD_PPD: {"exit": 1, "stderr": "Call failed: no such name\nmore"}, NEW_PPD: dbus("power-saver")}, True),
        ({NEW_PPD: dbus("")}, "net.hadess.PowerProfiles"),
        ({NEW_PPD: "not json"}, "not JSON as documented"),
        ({}, "busctl is not installed"),
    ],
)
def test_power_saving_is_the_profile_under_either_name(sources, saving):
    answer = told(asked("computer", sources)["power.saving"])
    assert answer is saving if isinstance(saving, bool) else True
    assert isinstance(answer, bool) == isinstance(saving, bool)


# --- monitors ---


def connectors(**about: tuple[str, str, str]) -> dict[str, Any]:
    names = {name.replace("_", "-"): values for name, values in about.items()}
    found: dict[str, Any] = {"list /sys/class/drm": ["card0", *names, "renderD128", "version"]}
    for name, values in names.items():
        for what, value in zip(("status", "enabled", "modes"), values, strict=True):
            found[f"read /sys/class/drm/{name}/{what}"] = f"{value}\n"
    return found


FULL_HD = ("connected", "enabled", "1920x1080\n1280x720")
LID_SHUT = ("connected", "disabled", "1920x1080")
NOTHING = ("disconnected", "disabled", "")


@pytest.mark.parametrize(
    ("sources", "count", "pixels"),
    [
        (connectors(card0_eDP_1=FULL_HD), 1, 2073600),
        (connectors(card0_eDP_1=FULL_HD, card0_DP_1=("connected", "enabled", "3840x2160")), 2, 10368000),
        (connectors(card0_eDP_1=LID_SHUT, card0_DP_1=FULL_HD, card0_DP_2=NOTHING), 1, 2073600),
        (connectors(card0_DP_1=FULL_HD, card0_Writeback_1=("unknown", "enabled", "")), 1, 2073600),
        (connectors(card0_DP_1=("connected", "enabled", "1920x1080i")), 1, 2073600),
        (connectors(card0_DP_1=FULL_HD, card0_DP_2=("connected", "enabled", "")), 2, "DP-2 does not say which size"),
        (connectors(card0_DP_1=NOTHING), "the kernel knows of no monitor", "the kernel knows of no monitor"),
        (connectors(card0_Virtual_1=FULL_HD), "this is a virtual machine", "this is a virtual machine"),
        (connectors(card0_eDP_1=FULL_HD) | {"list /sys/module": ["nvidia"]}, "the NVIDIA driver", "the NVIDIA driver"),
        (connectors(card0_eDP_1=FULL_HD) | {"list /sys/module": ["nvidia"],
            "link /sys/class/drm/card0/device/driver": "/sys/bus/pci/drivers/nvidia"}, 1, 2073600),
        ({}, "/sys/class/drm does not exist", "/sys/class/drm does not exist"),
    ],
)  # fmt: skip
def test_monitors_that_show_a_picture_are_counted_with_the_size_that_they_prefer(sources, count, pixels):
    facts = collect(RecordedHost("linux", {**PHYSICAL, **sources}), common.MONITORS, {})
    for name, true in zip(common.MONITORS, (count, pixels), strict=True):
        assert str(told(facts[name])).startswith(str(true)), name
    if isinstance(pixels, int):
        assert "prefers" in facts["monitors.pixels"].detail


# --- hardware ---


def hardware(system: str = "linux", **answers: Any) -> dict[str, Fact]:
    base = {"call logical_cores": 4, "call memory_total_bytes": 8e9, "call home_free_bytes": 1e9}
    return common.hardware(RecordedHost(system, base | {f"call {name}": value for name, value in answers.items()}))


@pytest.mark.parametrize(
    ("system", "names", "first", "running"),
    [
        ("linux", ["bash", "systemd", "anydesk"], "systemd", True),
        ("linux", ["TeamViewer_Desk", "bash"], "", True),
        ("linux", ["bash"], "systemd", False),
        ("linux", ["bash"], "", "the processes of other users are hidden (hidepid)"),
        ("linux", ["bash"], "python3", "only the processes of a container can be seen (its first is python3)"),
        ("linux", ["gnome-remote-desktop-daemon", "sshd"], "systemd", False),
        ("windows", ["explorer.exe", "ANYDESK.EXE"], "", True),
        ("windows", ["explorer.exe", "anydesk"], "", False),
        ("macos", ["Finder", "AnyDesk"], "", True),
        ("plan9", ["anydesk"], "", "no process names are known for this system"),
    ],
)
def test_a_remote_control_program_is_found_by_the_name_of_its_process(system, names, first, running):
    fact = hardware(system, process_names=names, first_process=first)["remote_control.running"]
    assert told(fact) == running


def test_every_remote_control_program_has_a_source_and_no_name_stands_twice():
    path = Path(common.__file__).parents[1] / "remote_control.yaml"
    document = files.parse_yaml(files.read_text(path), str(path))
    assert document["checked"]
    for program in document["programs"]:
        assert program["source"]
        assert {"linux", "windows", "macos"} & program.keys()
    for system, names in common.remote_control_table().items():
        listed = [n.lower() for program in document["programs"] for n in program.get(system, [])]
        assert len(listed) == len(names) == len(set(listed)), system


@pytest.mark.parametrize(
    ("name", "answer", "fact", "value"),
    [
        ("cpu_model", "  AMD   Ryzen 5 \n", "cpu.model", "AMD Ryzen 5"),
        ("cpu_model", "", "cpu.model", None),
        ("memory_available_bytes", 4.5e9, "memory.available_gb", 4.5),
        ("uptime_s", 86400 * 2.5, "computer.uptime_days", 2.5),
        ("uptime_s", -20, "computer.uptime_days", None),
    ],
)
def test_each_hardware_fact_stands_for_itself(name, answer, fact, value):
    facts = hardware(**{name: answer})
    assert facts[fact].value == value
    assert facts["cpu.logical_cores"].value == 4
    unasked = {"cpu.model", "memory.available_gb", "computer.uptime_days"} - {fact}
    assert all(facts[other].unknown for other in unasked)


@pytest.mark.parametrize(("answer", "value"), [(0.256, 0.26), (-0.02, 0.0), (1.2, 1.0), (None, None)])
def test_the_load_is_a_share_of_the_processors_or_unknown(answer, value):
    sources = {} if answer is None else {"call cpu_load_ratio": answer}
    assert common.load(RecordedHost("linux", sources))["cpu.load_ratio"].value == value


def test_the_processor_of_a_mac_is_asked_by_its_command():
    base = {"call logical_cores": 8, "call memory_total_bytes": 8e9, "call home_free_bytes": 1e9}
    host = RecordedHost("macos", base | {"run sysctl -n machdep.cpu.brand_string": "Apple M2\n"})
    assert common.hardware(host)["cpu.model"].value == "Apple M2"


# --- the clock of a host ---

DESK = Address(host="192.0.2.200", port=443)


@pytest.mark.parametrize(
    ("answer", "skew_s"),
    [
        ({"date": "Mon, 23 Nov 2026 09:30:00 GMT", "age": "", "asked_s": TODAY_S, "answered_s": TODAY_S + 1}, 0.0),
        (
            {"date": "Mon, 23 Nov 2026 09:30:00 GMT", "age": "", "asked_s": TODAY_S + 90, "answered_s": TODAY_S + 90.2},
            89.6,
        ),
        (
            {"date": "Mon, 23 Nov 2026 09:30:00 GMT", "age": "", "asked_s": TODAY_S - 60, "answered_s": TODAY_S - 59},
            -60.0,
        ),
        ({"date": "Mon, 23 Nov 2026 09:20:00 GMT", "age": "600", "asked_s": TODAY_S, "answered_s": TODAY_S + 1}, 0.0),
        ({"date": "Mon, 23 Nov 2026 09:20:00 GMT", "age": "x", "asked_s": 0, "answered_s": 1}, None),
        ({"date": "", "age": "", "asked_s": TODAY_S, "answered_s": TODAY_S}, None),
        ({"date": "soon", "age": "", "asked_s": TODAY_S, "answered_s": TODAY_S}, None),
        ({"date": "Mon, 23 Nov 2026 09:30:00 GMT", "asked_s": TODAY_S, "answered_s": TODAY_S - 600}, None),
        ({}, None),
        ({"unavailable": "what answers is not HTTP"}, None),
    ],
)
def test_the_clock_is_compared_with_the_middle_of_the_round_trip(answer, skew_s):
    sources = {"connect": "", "distrusted": "", "http_date": answer}
    asked_with = {"http_date": " True"}
    host = RecordedHost(
        "linux", {f"call {name} 192.0.2.200 443{asked_with.get(name, '')}": value for name, value in sources.items()}
    )
    facts = reach(host, "desk", DESK)
    assert facts["target.desk.reachable"].value is True
    assert facts["target.desk.clock_skew_s"].value == skew_s
    if skew_s is not None:
        assert "half the round trip" in facts["target.desk.clock_skew_s"].detail


def test_a_port_that_keeps_silent_is_not_asked_for_the_time():
    sources = {"call connect 192.0.2.200 443": "", "call distrusted 192.0.2.200 443": {"unavailable": "timed out"}}
    fact = reach(RecordedHost("linux", sources), "desk", DESK)["target.desk.clock_skew_s"]
    assert "does not answer" in (fact.unknown or "")


# --- native calls on this machine ---


def test_packed_logs_are_read_and_damaged_ones_are_unavailable(tmp_path):
    whole = gzip.compress(b"Upgrade: a\n" * 1000)
    (tmp_path / "whole.gz").write_bytes(whole)
    (tmp_path / "cut.gz").write_bytes(whole[:-12])
    (tmp_path / "none.gz").write_bytes(b"plain text")
    with LiveHost() as host:
        assert host.call(calls.unzipped, str(tmp_path / "whole.gz")).startswith("Upgrade: a\n")
        for name in ("cut.gz", "none.gz", "missing.gz"):
            with pytest.raises(Unavailable):
                host.call(calls.unzipped, str(tmp_path / name))


def test_a_users_settings_are_those_of_the_xdg_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert calls.user_setting("kscreenlockerrc") == ""
    (tmp_path / "kscreenlockerrc").write_text("[Daemon]\n")
    assert calls.user_setting("kscreenlockerrc") == "[Daemon]\n"
    (tmp_path / "folder").mkdir()
    with LiveHost() as host, pytest.raises(Unavailable):
        host.call(calls.user_setting, "folder")


# --- any bytes from any source ---

QUESTIONS = [(name, question) for name, host in HOSTS.items() for question in host.sources]
hostile = st.sampled_from(
    ["\x1b[2J", "\x00", "\r", "\u202e", "1", "-1", "\n", "=", "[Daemon]\n", "CRYPT-", '{"data":', "::"]
)
text = st.one_of(st.text(), st.builds("".join, st.lists(st.one_of(st.text(max_size=5), hostile), max_size=8)))
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), text)
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(text, inner, max_size=3)),
    max_leaves=8,
)


def assert_facts(place: tuple[str, str], answer: Any) -> None:
    name, question = place
    host = HOSTS[name]
    before = FACTS[name]
    facts = collect(RecordedHost("linux", {**host.sources, question: answer}), EVERY_FACT, {})
    assert list(facts) == EVERY_FACT
    for fact, found in facts.items():
        declared = declaration(fact)
        assert declared is not None
        assert found.unknown if found.value is None else declared.accepts(found.value), (fact, found)
        shown = f"{found.value}{found.unknown}{found.detail}{found.source}"
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", shown), (fact, shown)
    assert len(before) == len(facts)


FACTS = {name: collect(host, EVERY_FACT, {}) for name, host in HOSTS.items()}


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(QUESTIONS), st.one_of(text, trees))
def test_any_answer_of_any_source_gives_facts(place, answer):
    assert_facts(place, answer)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from([(n, q) for n, q in QUESTIONS if isinstance(HOSTS[n].sources[q], str)]), st.data())
def test_any_source_that_breaks_off_or_is_overwritten_gives_facts(place, data):
    whole = str(HOSTS[place[0]].sources[place[1]])
    cut = data.draw(st.integers(0, len(whole)))
    assert_facts(place, whole[:cut] + data.draw(st.one_of(st.just(""), text)) + whole[cut + 1 :])


@settings(deadline=None, max_examples=100)
@given(st.sampled_from([(n, q) for n, q in QUESTIONS if "busctl" in q or "pw-dump" in q]), trees)
def test_any_json_of_a_service_gives_facts(place, answer):
    assert_facts(place, json.dumps(answer))
    assert_facts(place, dbus(answer))


@pytest.mark.parametrize("name", HOSTS)
def test_a_source_that_falls_silent_never_turns_a_value_into_another(name):
    """Where a fact loses a source without becoming unknown, another source must have told the same."""
    sources = HOSTS[name].sources
    turned = []
    for question in sources:
        if question.startswith("call age_days"):  # either file tells how old the list is at the most
            continue
        silent = RecordedHost("linux", {**sources, question: {"unavailable": "may not be read"}})
        facts = collect(silent, EVERY_FACT, {})
        turned += [
            (question, fact, FACTS[name][fact].value, facts[fact].value)
            for fact in EVERY_FACT
            if FACTS[name][fact].value is not None and facts[fact].value not in (None, FACTS[name][fact].value)
        ]
    assert turned == []


ARCHIVES = "run apt-get -s -qq -o Debug::NoLocking=1 dist-upgrade"
FIX = "Inst openssl [3.0.1] (3.0.2 Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security [amd64])\n"
OVERTAKEN = "Inst openssl [3.0.1] (3.0.3 Ubuntu:24.04/noble-updates [amd64])\n"
FOREIGN = "Inst code (1.95.3 code stable:stable [amd64])\n"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [("", 0), (FOREIGN, 0), (FIX, 1), (FIX + OVERTAKEN, 1), (OVERTAKEN, None), (FOREIGN + OVERTAKEN, None)],
)
def test_an_update_that_has_overtaken_the_security_archive_is_not_taken_for_harmless(rows, expected):
    sources = {
        "read /etc/os-release": "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=24.04\n",
        "list /var/lib/apt/lists": ["archive.example.com_ubuntu_dists_noble-security_InRelease"],
        "list /run": [],
        "call kernel_release": "6.8.0-49-generic",
        ARCHIVES: rows,
    }
    assert asked("patches", sources)["patches.pending_security"].value == expected
