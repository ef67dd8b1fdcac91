"""The natives and the whole program on a Windows for real, as far as Wine is one: see tests/lab/wine.py.

What Wine does not have is tested, too: those collectors must say unknown with a reason.
"""

import base64
import ctypes
import json
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from typing import Any

import certifi
import jsonschema
import pytest

from remoteready.check import profile
from remoteready.check.collect import certificates, windows
from remoteready.check.collect.windows import internet as windows_internet
from remoteready.check.collect.windows import native as windows_native
from remoteready.check.collect.windows import native_com as windows_native_com
from remoteready.check.collect.windows import native_internet as windows_native_internet
from remoteready.check.collect.windows import native_net as windows_native_net
from remoteready.check.collect.windows import native_sound as windows_native_sound
from remoteready.check.collect.windows import safety as windows_safety
from remoteready.check.collect.windows import sound as windows_sound
from remoteready.check.facts import DECLARED
from tests import schemas
from tests.lab import wine as lab
from tests.lab.wine import Wine

MISSING = lab.missing()
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"install the Debian packages {' '.join(sorted(MISSING))}")
FACTS = [name for name in DECLARED if "*" not in name]
NATIVE, NET, COM, SOUND, INTERNET = "native", "native_net", "native_com", "native_sound", "native_internet"


@pytest.fixture(scope="module")
def wine() -> Iterator[Wine]:
    windows_ = lab.ready()
    yield windows_
    windows_.stop()


# --- natives --------------------------------------------------------------------------------------------------------

QUESTIONS: dict[str, tuple[str, str, list[Any]]] = {
    "version": (NATIVE, "registry_values", [windows.CURRENT_VERSION, "CurrentBuild", "ProductName", "no such value"]),
    "no key": (NATIVE, "registry_values", [r"HKLM\SOFTWARE\No such key", "x"]),
    "keys": (NATIVE, "registry_keys", [r"HKLM\SOFTWARE\Microsoft", "Windows N"]),
    "cameras": (NATIVE, "devices", ["ca3e7ab9-b4c3-4ae6-8251-579ef933890f"]),
    "graphics": (NATIVE, "devices", ["4d36e968-e325-11ce-bfc1-08002be10318"]),
    "remote": (NATIVE, "remote_session", []),
    "sessions": (NATIVE, "sessions", []),
    "administrator": (NATIVE, "administrator_group", []),
    "saver active": (NATIVE, "system_parameter", [16]),
    "saver secure": (NATIVE, "system_parameter", [0x76]),
    "power": (NATIVE, "power_status", []),
    "scheme": (NATIVE, "power_scheme", []),
    "setting": (NATIVE, "power_setting", [windows.SLEEP, windows.SLEEP_IDLE, True]),
    "sleep": (NATIVE, "sleep_states", []),
    "role": (NATIVE, "platform_role", []),
    "health": (NATIVE, "provider_health", [4]),
    "adapters": (NET, "adapters", []),
    "routes": (NET, "default_routes", []),
    "displays": (NET, "displays", []),
    "dns": (INTERNET, "dns_servers", []),
    "level": (INTERNET, "connectivity_level", []),
    "proxy": (INTERNET, "proxy_settings", []),
    "updates": (COM, "waiting_updates", []),
    "times": (COM, "update_times", []),
    "profiles": (COM, "firewall_profiles_in_use", []),
    "bitlocker": (COM, "bitlocker_protection", []),
    "bitlocker of a drive": (COM, "bitlocker_protection", ["C:"]),
    "drives": (NATIVE, "drives", []),
    "wmi": (COM, "wmi", [r"root\cimv2", "Win32_OperatingSystem", "BuildNumber", "Primary"]),
    "centre": (COM, "wmi", [r"root\SecurityCenter2", "AntiVirusProduct", "displayName"]),
}


@pytest.fixture(scope="module")
def answers(wine: Wine) -> dict[str, dict[str, Any]]:
    return dict(zip(QUESTIONS, wine.calls(*QUESTIONS.values()), strict=True))


def test_the_registry_gives_what_is_there_and_none_for_a_key_that_is_not(answers):
    version = answers["version"]["answer"]
    assert version.keys() == {"CurrentBuild", "ProductName"}
    assert int(version["CurrentBuild"]) >= 17763
    assert answers["no key"] == {"answer": None}
    assert answers["keys"] == {"answer": ["Windows NT"]}


def test_devices_of_a_class_are_listed_without_the_part_that_may_be_a_serial_number(answers):
    assert answers["cameras"] == {"answer": []}
    for device in answers["graphics"]["answer"]:
        assert device["id"].startswith("PCI\\VEN_")
        assert device["id"].count("\\") == 1
        assert device["problem"] == 0


def test_adapters_are_those_of_this_machine_with_their_addresses(answers):
    adapters = {adapter["name"]: adapter for adapter in answers["adapters"]["answer"]}
    assert adapters["lo"]["type"] == 24
    assert {"127.0.0.1"} <= set(adapters["lo"]["addresses"])
    assert adapters.keys() <= {path.name for path in Path("/sys/class/net").iterdir()}
    real = {path.name for path in Path("/sys/class/net").iterdir() if (path / "type").read_text() == "1\n"}
    assert {name for name, adapter in adapters.items() if adapter["type"] == 6} == real & adapters.keys()


def test_the_user_the_session_and_the_power(answers):
    assert answers["administrator"] == {"answer": True}  # whoever runs Wine is one
    assert answers["remote"] == {"answer": False}
    assert answers["sessions"] == {"answer": []}
    assert answers["drives"]["answer"] == {"system": "C:", "home": "C:"}
    assert answers["power"]["answer"]["line"] in (0, 1, 255)
    assert answers["sleep"]["answer"].keys() == {"standby", "modern"}
    assert answers["role"]["answer"] in range(9)
    assert answers["saver active"]["answer"] in (0, 1)


def test_a_monitor_has_a_picture_and_a_size(answers):
    shown = answers["displays"]["answer"]
    assert shown
    assert all(one["width"] > 0 and one["height"] > 0 for one in shown)


def test_wmi_answers_with_the_named_properties(answers):
    build = answers["version"]["answer"]["CurrentBuild"]
    assert answers["wmi"] == {"answer": [{"BuildNumber": build, "Primary": True}]}


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("saver secure", "systemparametersinfo does not answer 0x76"),
        ("scheme", "powergetactivescheme failed with 0x78"),
        ("health", "this windows has no wscapi.dll"),
        ("routes", "this windows has no getipinterfaceentry"),
        ("level", "this windows has no getnetworkconnectivityhint"),
        ("updates", "windows answers 0x80004001"),
        ("times", "windows answers 0x80004001"),
        ("profiles", "windows answers 0x80020009"),
        ("bitlocker", "windows answers 0x80020003"),
        ("bitlocker of a drive", "windows answers 0x80020003"),
        # The very answer of Windows Server:
        ("centre", "this windows does not have it (windows answers 0x8004100e)"),
    ],
)
def test_what_this_windows_does_not_have_is_unavailable_with_a_reason(answers, what, reason):
    assert answers[what] == {"unavailable": reason}


def test_dns_servers_are_those_of_this_machine(answers):
    rows = [line.split() for line in Path("/etc/resolv.conf").read_text().splitlines()]
    named = [row[1] for row in rows if row[:1] == ["nameserver"] and ":" not in row[1]]
    assert answers["dns"]["answer"][: len(named)] == named


# --- whole machines in the registry ---------------------------------------------------------------------------------


def reg(key: str, **values: int | str) -> str:
    """A key of a .reg file. Texts that begin with hex: are binary."""
    root, _, path = key.partition("\\")
    name = {"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER"}[root]
    lines = [f"[{name}\\{path}]"]
    for value, held in values.items():
        if isinstance(held, int):
            lines.append(f'"{value}"=dword:{held:08x}')
        else:
            lines.append(f'"{value}"={held}' if held.startswith("hex:") else f'"{value}"="{held}"')
    return "\n".join([*lines, "", ""])


def gone(key: str) -> str:
    """The same, to take a key away."""
    return reg(key).replace("[", "[-", 1)


def filetime(days_ago: float) -> dict[str, int]:
    ticks = int((datetime.now(UTC).timestamp() - days_ago * 86_400 + 11_644_473_600) * 10_000_000)
    return {"InstallTimeHigh": ticks >> 32, "InstallTimeLow": ticks & 0xFFFFFFFF}


PACKAGES = rf"{windows_safety.SERVICING}\Packages"
KEPT_UP = "".join(
    [
        reg(
            windows.CURRENT_VERSION,
            CurrentBuild="26200",
            UBR=7171,
            DisplayVersion="25H2",
            EditionID="Professional",
            InstallationType="Client",
            ProductName="Windows 10 Pro",
        ),
        reg(rf"{windows_safety.SERVICES}\wuauserv", Start=3),
        reg(rf"{windows_safety.SERVICES}\UsoSvc", Start=2),
        reg(rf"{windows_safety.SERVICES}\MpsSvc", Start=2),
        gone(windows_safety.UX_SETTINGS),
        gone(rf"{windows_safety.SERVICING}\RebootPending"),
        reg(rf"{PACKAGES}\Package_for_RollupFix~x~amd64~~26100.7171.1.11", CurrentState=112, **filetime(11)),
        reg(rf"{PACKAGES}\Package_for_RollupFix~x~amd64~~26100.7019.1.15", CurrentState=80, **filetime(3)),
        *(
            reg(rf"{windows_safety.FIREWALL_POLICY}\{name}", EnableFirewall=1)
            for name in windows_safety.PROFILES.values()
        ),
        reg(windows.SYSTEM_POLICY, InactivityTimeoutSecs=900),
        reg(windows.DESKTOP_POLICY, ScreenSaveActive="1", ScreenSaverIsSecure="1", ScreenSaveTimeOut="300")[:-1]
        + '"SCRNSAVE.EXE"="scrnsave.scr"\n\n',
        reg(windows.WINLOGON, AutoAdminLogon="0"),
        *(reg(rf"{root}\{windows_sound.CONSENT}", Value="Allow") for root in ("HKLM", "HKCU")),
        reg(rf"HKCU\{windows_sound.CONSENT}\NonPackaged", Value="Allow"),
    ]
)
NEGLECTED = "".join(
    [
        reg(windows.CURRENT_VERSION, CurrentBuild="19045", UBR=6456, DisplayVersion="22H2", EditionID="Core"),
        reg(windows_safety.UX_SETTINGS, PauseUpdatesExpiryTime="2099-09-05T09:59:52Z"),
        reg(rf"{windows_safety.SERVICING}\RebootPending"),
        reg(rf"{windows_safety.FIREWALL_POLICY}\PublicProfile", EnableFirewall=0),
        reg(windows.WINLOGON, AutoAdminLogon="1"),
        reg(rf"HKCU\{windows_sound.CONSENT}\NonPackaged", Value="Deny"),
    ]
)


def test_the_registry_of_a_machine_that_is_kept_up_and_of_one_that_is_not(wine):
    wine.registry(KEPT_UP)
    facts = wine.facts(*FACTS)
    assert {name: facts[name]["value"] for name in KEPT_UP_FACTS} == KEPT_UP_FACTS
    assert facts["screen.lock_after_s"]["value"] in (300, None)  # sleep may be earlier, which Wine does not tell
    wine.registry(NEGLECTED)
    facts = wine.facts(*FACTS)
    assert {name: facts[name]["value"] for name in NEGLECTED_FACTS} == NEGLECTED_FACTS
    for name, fact in facts.items():
        assert (fact["value"] is None) == bool(fact["unknown"]), name


KEPT_UP_FACTS: dict[str, Any] = {
    "os.version": "Windows 11 Pro 25H2, build 26200.7171",
    "os.supported": True,
    "patches.paused": False,
    "patches.reboot_pending": False,
    "patches.last_success_age_days": pytest.approx(11.0, abs=0.1),  # however long the tests before took
    "patches.pending": None,
    "antivirus.on": None,
    "firewall.on": True,
    "disk.encrypted": None,
    "screen.locks": True,
    "users.automatic_login": False,
    "users.administrator": True,
    "audio.microphone_allowed": True,
    "camera.present": False,
    "disk.home_encrypted": None,
}
NEGLECTED_FACTS = KEPT_UP_FACTS | {
    "os.version": "Windows 10 Home 22H2, build 19045.6456",
    "os.supported": False,
    "patches.paused": True,
    "patches.reboot_pending": True,
    "firewall.on": None,
    "users.automatic_login": True,
    "audio.microphone_allowed": False,
}


# --- internet -------------------------------------------------------------------------------------------------------

CONNECTIONS = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections"
PROXY = "http://robin:secret@proxy.example.com:8080"


def connection_settings(proxy: str, script: str) -> str:
    """DefaultConnectionSettings as Windows keeps it: a version, a counter, flags, then texts with their length."""
    flags = 1 | 2 * bool(proxy) | 4 * bool(script)
    texts = b"".join(struct.pack("<I", len(one)) + one.encode() for one in (proxy, "", script))
    return "hex:" + ",".join(f"{byte:02x}" for byte in struct.pack("<III", 0x46, 1, flags) + texts + bytes(32))


def test_proxies_are_told_by_their_kind_and_never_by_their_address(wine):
    for proxy, script, kinds in ((PROXY, "", "system setting"), ("", PROXY, "PAC file")):
        wine.registry(reg(CONNECTIONS, DefaultConnectionSettings=connection_settings(proxy, script)))
        fact = wine.facts("network.proxy")["network.proxy"]
        assert (fact["value"], fact["detail"]) == (True, kinds)
    wine.registry(reg(CONNECTIONS, DefaultConnectionSettings=connection_settings("", "")))
    assert wine.facts("network.proxy")["network.proxy"]["value"] is False
    wine.registry(gone(CONNECTIONS))


def test_a_proxy_of_the_environment_counts_on_windows_too(wine):
    fact = wine.facts("network.proxy", https_proxy=PROXY)["network.proxy"]
    assert (fact["value"], fact["detail"]) == (True, "environment (https_proxy)")


def test_the_tunnels_of_a_windows_without_one_are_known(wine):
    facts = wine.facts("network.tunnel_up", "network.tunnel_mode")
    assert {name: fact["value"] for name, fact in facts.items()} == {
        "network.tunnel_up": False,
        "network.tunnel_mode": "none",
    }


ADDED = """
from remoteready.check.collect import windows
from remoteready.check.host import LiveHost
with LiveHost() as host:
    print("ADDED", [str(one.subject) for one in windows.added_authorities(host)])
"""


def test_an_authority_that_was_added_is_found_in_the_registry(wine):
    root = next(one for _, one in certificates.BLOCK.findall(Path(certifi.where()).read_text(encoding="utf-8")))
    held = base64.b64decode("".join(root.split()))
    properties = struct.pack("<III", 3, 1, 20) + bytes(20) + struct.pack("<III", 32, 1, len(held)) + held
    key = rf"{windows_internet.STORES[3]}\{'A1' * 20}"
    wine.registry(reg(key, Blob="hex:" + ",".join(f"{byte:02x}" for byte in properties)))
    done = wine.python("-c", ADDED)
    wine.registry(gone(key))
    assert f"ADDED ['{certificates.parse(held).subject}']" in done.stdout, done.stdout + done.stderr


RECORDER = """
import json, threading
from remoteready.check.collect.recorders import record
from remoteready.check.host import LiveHost
from remoteready.check.named import RecordingClient

def work():  # in a thread of its own, as collectors do
    windows = {"services": [SERVICE], "backlog": ["%ProgramData%/remoteready-test"], "files": ["*.enc"]}
    source = {"name": "x", "checked": "2026-11-22"}
    client = RecordingClient.model_validate({"name": "Example", "source": source, "windows": windows})
    with LiveHost() as host:
        facts = record(host, "one", client)
    print("FACTS" + json.dumps({name.split(".")[2]: fact.model_dump() for name, fact in facts.items()}))

thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def recorder(wine: Wine, service: str) -> dict[str, Any]:
    done = wine.python("-c", RECORDER.replace("SERVICE", repr(service)))
    told = [line for line in done.stdout.splitlines() if line.startswith("FACTS")]
    assert told, done.stdout + done.stderr
    return {name: fact["value"] for name, fact in json.loads(told[0].removeprefix("FACTS")).items()}


def test_a_service_and_a_folder_of_recordings_are_seen_on_windows(wine):
    folder = wine.folder / "prefix" / "drive_c" / "ProgramData" / "remoteready-test"
    assert recorder(wine, "EventLog")["backlog_files"] is None
    folder.mkdir(parents=True)
    try:
        running = recorder(wine, "EventLog")
        assert (running["running"], running["backlog_files"], running["backlog_mb"]) == (True, 0, 0)
        assert running["disk_free_gb"] > 0
        (folder / "one.ENC").write_bytes(b"x" * 1_500_000)
        absent = recorder(wine, "NoSuchRecorder")
        assert (absent["running"], absent["backlog_files"], absent["backlog_mb"]) == (False, 1, 1.5)
        assert absent["backlog_oldest_age_hours"] < 1
    finally:
        shutil.rmtree(folder)


# --- sound ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def sound(tmp_path) -> Iterator[dict[str, str]]:
    """A PulseAudio of the test's own with one output and one input, as the environment that leads to it."""
    if which("pulseaudio") is None:
        pytest.skip("pulseaudio is missing; install the Debian package pulseaudio")
    environment = {
        "XDG_RUNTIME_DIR": str(tmp_path),
        "PULSE_RUNTIME_PATH": str(tmp_path / "pulse"),
        "HOME": str(tmp_path),
    }
    (tmp_path / "pulse").mkdir(mode=0o700)
    server = subprocess.Popen(
        [
            *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes"),
            *("-L", "module-native-protocol-unix auth-anonymous=1"),
            *("-L", "module-null-sink sink_name=out", "-L", "module-null-source source_name=in"),
        ],
        env=os.environ | environment,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 10
    while not (tmp_path / "pulse" / "native").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    yield environment | {"PULSE_SERVER": f"unix:{tmp_path}/pulse/native"}
    server.terminate()
    server.wait(10)


def test_endpoints_come_from_the_sound_service_and_their_device_from_their_properties(wine, sound):
    wine.stop()  # its sound driver reads the environment when it starts
    wine.registry(gone(windows_sound.MMDEVICES))
    (asked,) = wine.calls((SOUND, "audio_endpoints", []), **sound)
    found = asked["answer"]
    assert {end["flow"] for end in found["endpoints"]} == {0, 1}
    assert found["output"] in {end["id"] for end in found["endpoints"] if end["flow"] == 0}
    assert found["input"] in {end["id"] for end in found["endpoints"] if end["flow"] == 1}
    assert {end["rate_hz"] for end in found["endpoints"]} <= {44100, 48000}
    state = ""
    for end in found["endpoints"]:
        branch = ("Render", "Capture")[end["flow"]]
        guid = end["id"].rpartition(".")[2]
        enumerator, parent = (windows_native_sound.KEYS[name] for name in ("enumerator", "parent"))
        values = {
            f"{{{enumerator[0]}}},{enumerator[1]}": "USB",
            f"{{{parent[0]}}},{parent[1]}": "USB#VID_0B0E&PID_24C7&MI_00",
        }
        state += reg(rf"{windows_sound.MMDEVICES}\{branch}\{guid}\Properties", **values)
    wine.registry(state)
    ends = [f"audio.{role}{end}" for role in ("", "communications_") for end in ("input", "output")]
    kinds, attached = [f"{end}_kind" for end in ends], [f"{end}_transport" for end in ends]
    asked_for = ("headset.link", "headset.in_use", "audio.hands_free", "audio.input_rate_hz", *kinds, *attached)
    facts = wine.facts(*asked_for, **sound)
    assert {facts[name]["value"] for name in kinds} == {"radio_headset"}, facts
    assert {facts[name]["value"] for name in attached} == {"usb"}
    assert (facts["headset.link"]["value"], facts["headset.in_use"]["value"]) == ("radio", True), facts
    assert facts["audio.hands_free"]["value"] is False
    assert facts["audio.input_rate_hz"]["value"] in (44100, 48000)
    wine.stop()


# --- the whole program ----------------------------------------------------------------------------------------------


def test_the_whole_check_runs_and_its_report_follows_the_schema(wine):
    done = wine.python("-m", "remoteready", "check", "--quick", "--format", "json")
    assert done.returncode in (0, 1, 3), done.stderr
    report = json.loads(done.stdout)
    jsonschema.Draft202012Validator(schemas.published()["check-report-1.json"]).validate(report)
    assert report["system"] == "windows"
    assert set(report["facts"]) == set(profile.load("home-agent").wanted_facts({}))


def test_the_whole_check_shows_itself_on_a_console_that_is_not_utf_8(wine):
    done = wine.python("-X", "utf8=0", "-m", "remoteready", "check", "--quick", PYTHONUTF8="0", LC_ALL="C")
    assert done.returncode in (0, 1, 3), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.strip()


def test_a_snapshot_of_windows_gives_the_same_findings_there_and_here_and_holds_no_name(wine, tmp_path):
    file = tmp_path / "desk.yaml"
    there = f"Z:{file}".replace("/", "\\")
    done = wine.python("-m", "remoteready", "snapshot", there, USERNAME="Marlene", COMPUTERNAME="PC-MARLENE-7")
    assert done.returncode == 0, done.stderr
    assert "come out otherwise" not in done.stderr, done.stderr
    on_windows = wine.python("-m", "remoteready", "check", "--from", there, "--format", "json")
    here = subprocess.run(
        [sys.executable, "-m", "remoteready", "check", "--from", str(file), "--format", "json"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert on_windows.returncode == here.returncode, on_windows.stderr + here.stderr
    reports = [json.loads(text) for text in (on_windows.stdout, here.stdout)]
    assert reports[0]["system"] == "windows"
    assert json.dumps(reports[0]["findings"]) == json.dumps(reports[1]["findings"])
    assert "marlene" not in file.read_text(encoding="utf-8").lower()


RUN = """
import sys, time
from remoteready.check.host import LiveHost, Unavailable
import psutil
nap = "import time; time.sleep(60)"
sleeper = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {nap!r}]); {nap}"
with LiveHost() as host:
    print("SAID", host.run(sys.executable, "-c", "import sys; print('said'); sys.exit(7)", timeout_s=20))
    try:
        host.run(sys.executable, "-c", sleeper, timeout_s=4)
    except Unavailable as error:
        print("LATE", str(error).rpartition(" timed")[2])
    try:
        host.run("no-such-command-here")
    except Unavailable as error:
        print("NONE", error)
time.sleep(0.5)
print("LEFT", len(psutil.Process().children(recursive=True)))
"""


def test_a_command_that_takes_too_long_is_ended_with_its_children(wine):
    done = wine.python("-c", RUN)
    assert "SAID Output(exit_code=7, stdout='said\\r\\n', stderr='')" in done.stdout, done.stdout + done.stderr
    assert "LATE  out after 4 s" in done.stdout
    assert "NONE no-such-command-here is not installed" in done.stdout
    assert "LEFT 0" in done.stdout


# --- structures -----------------------------------------------------------------------------------------------------

STRUCTURES: list[tuple[Any, str, dict[str, str]]] = [
    (
        windows_native_net.InterfaceRow,
        "MIB_IF_ROW2",
        {
            "index": "InterfaceIndex",
            "guid": "InterfaceGuid",
            "alias": "Alias",
            "description": "Description",
            "address": "PhysicalAddress",
            "type": "Type",
            "medium": "PhysicalMediumType",
            "flags": "InterfaceAndOperStatusFlags",
            "oper": "OperStatus",
            "receive_bps": "ReceiveLinkSpeed",
        },
    ),
    (windows_native_net.AddressRow, "MIB_UNICASTIPADDRESS_ROW", {"address": "Address", "index": "InterfaceIndex"}),
    (
        windows_native_net.RouteRow,
        "MIB_IPFORWARD_ROW2",
        {
            "index": "InterfaceIndex",
            "prefix": "DestinationPrefix",
            "prefix_length": "DestinationPrefix.PrefixLength",
            "metric": "Metric",
        },
    ),
    (
        windows_native_net.IpInterfaceRow,
        "MIB_IPINTERFACE_ROW",
        {"luid": "InterfaceLuid", "index": "InterfaceIndex", "metric": "Metric"},
    ),
    (
        windows_native_net.DisplayPath,
        "DISPLAYCONFIG_PATH_INFO",
        {
            "source_adapter": "sourceInfo.adapterId",
            "source": "sourceInfo.id",
            "technology": "targetInfo.outputTechnology",
            "flags": "flags",
        },
    ),
    (
        windows_native_net.DisplayMode,
        "DISPLAYCONFIG_MODE_INFO",
        {"kind": "infoType", "id": "id", "adapter": "adapterId", "width": "sourceMode.width"},
    ),
    (windows_native_internet.DnsServer, "IP_ADAPTER_DNS_SERVER_ADDRESS", {"next": "Next", "address": "Address"}),
    (windows_native_internet.UserProxy, "WINHTTP_CURRENT_USER_IE_PROXY_CONFIG", {"script": "lpszAutoConfigUrl"}),
    (windows_native_internet.MachineProxy, "WINHTTP_PROXY_INFO", {"access": "dwAccessType", "proxy": "lpszProxy"}),
    (windows_native.DeviceInfo, "SP_DEVINFO_DATA", {"instance": "DevInst"}),
    (windows_native.SessionInfo, "WTS_SESSION_INFOW", {"id": "SessionId", "state": "State"}),
    (windows_native.PowerStatus, "SYSTEM_POWER_STATUS", {"battery": "BatteryFlag"}),
    (windows_native_sound.Property, "PROPERTYKEY", {"id": "pid"}),
    (windows_native_sound.Variant, "PROPVARIANT", {"type": "vt", "first": "pwszVal", "second": "blob.pBlobData"}),
    (windows_native_sound.Jack, "KSJACK_DESCRIPTION", {"port": "PortConnection"}),
]
BEGINNINGS = [
    (
        windows_native_internet.AdapterAddresses,
        "IP_ADAPTER_ADDRESSES",
        {"index": "IfIndex", "next": "Next", "dns_server": "FirstDnsServerAddress", "oper": "OperStatus"},
    )
]
HEADERS = (
    "winsock2 ws2ipdef iphlpapi netioapi windows winhttp setupapi wtsapi32 propidl initguid mmdeviceapi devicetopology"
)


def test_every_structure_lies_as_in_windows_own_headers(tmp_path):
    lines = [
        "#define _WIN32_WINNT 0x0A00",
        *(f"#include <{name}.h>" for name in HEADERS.split()),
        "#include <stddef.h>",
    ]
    for structure, name, _ in STRUCTURES:
        lines.append(f'_Static_assert(sizeof({name}) == {ctypes.sizeof(structure)}, "{name}");')
    for structure, name, fields in [*STRUCTURES, *BEGINNINGS]:
        for ours, theirs in fields.items():
            place = getattr(structure, ours).offset
            lines.append(f'_Static_assert(offsetof({name}, {theirs}) == {place}, "{name}.{theirs}");')
    capabilities = "SYSTEM_POWER_CAPABILITIES"
    lines.append(f'_Static_assert(sizeof({capabilities}) == 76, "{capabilities}");')
    lines.append(f'_Static_assert(offsetof({capabilities}, SystemS1) == 3, "S1");')
    lines.append(f'_Static_assert(offsetof({capabilities}, DiskSpinDown) == 21, "AoAc is the one before");')
    source = tmp_path / "structures.c"
    source.write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        ["x86_64-w64-mingw32-gcc", "-fsyntax-only", source], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_interfaces_have_the_ids_of_windows_own_headers():
    headers = Path("/usr/share/mingw-w64/include")
    text = " ".join((headers / f"{name}.h").read_text(errors="replace") for name in ("mmdeviceapi", "devicetopology"))
    text += " ".join((headers / f"{name}.h").read_text(errors="replace") for name in ("wbemcli", "propsys"))
    for module in (windows_native_sound, windows_native_com):
        assert module.__file__
        for line in Path(module.__file__).read_text(encoding="utf-8").splitlines():
            if '"I' in line and '"{' in line:
                name, iid = line.split('"')[1], line.split('"')[3].strip("{}").lower()
                assert f'MIDL_INTERFACE("{iid}")\n{name} :' in text, name


def test_whether_the_link_is_metered_is_what_windows_says(wine):
    code = "from remoteready.measure import metered; print(metered._windows(), metered.is_metered())"
    unrestricted = 1  # NLM_CONNECTION_COST_UNRESTRICTED (netlistmgr.h): all that Wine knows
    assert wine.python("-c", code).stdout.split() == [str(unrestricted), "False"]
