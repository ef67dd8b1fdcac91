"""The Linux collectors against real sources: a /sys by umockdev, a D-Bus, gsettings, PipeWire, HTTP servers, apt."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from remoteready.check.collect import calls, common
from remoteready.check.collect.targets import reach
from remoteready.check.facts import Fact
from remoteready.check.host import LiveHost
from remoteready.check.profile import Address
from tests.lab.usb import descriptors

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")

COLLECT = """
import json, sys
from remoteready.check.collect import common, linux
from remoteready.check.host import LiveHost, Unavailable
files, calls = json.loads(sys.argv[2]), json.loads(sys.argv[3])
class Desk(LiveHost):
    "This machine, but with the /proc and the addresses of another."
    def read(self, path):
        return files[path] if path in files else super().read(path)
    def call(self, function, *args):
        return calls[function.__name__] if function.__name__ in calls else super().call(function, *args)
with Desk() as host:
    facts = eval(sys.argv[1])
print(json.dumps({name: fact.model_dump() for name, fact in facts.items()}))
"""
PHYSICAL = {"/proc/cpuinfo": "flags : fpu vme\n"}
OURS = ("PULSE_", "PIPEWIRE_", "DBUS_", "XDG_", "GSETTINGS_", "SUDO_", "APT_", "UMOCKDEV_")


def program(name: str, package: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is missing; install the Debian package {package}")
    return path


def system_python(module: str, package: str) -> str:
    """Debian's own Python, as its modules for D-Bus are not in a virtual environment."""
    path = "/usr/bin/python3"
    if subprocess.run([path, "-c", f"import {module}"], capture_output=True, timeout=30, check=False).returncode:
        pytest.skip(f"the Python module {module} is missing; install the Debian package {package}")
    return path


def collected(
    expression: str,
    *before: str,
    files: Any = None,
    calls: Any = None,
    **environment: str,
) -> dict[str, Fact]:
    """What a collector answers in a process of its own, started by `before`, with an environment of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    told = [json.dumps({**PHYSICAL, **(files or {})}), json.dumps(calls or {})]
    answer = subprocess.run(
        [*before, sys.executable, "-c", COLLECT, expression, *told],
        env=inherited | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return {name: Fact(**fact) for name, fact in json.loads(answer.stdout.splitlines()[-1]).items()}


def values(facts: dict[str, Fact], *names: str) -> list[Any]:
    return [facts[name].value for name in names]


# --- /sys ---


class Sys:
    """A /sys that umockdev puts in front of the real one: for every program that is started below it."""

    def __init__(self, folder: Path) -> None:
        self.description = folder / "devices.umockdev"
        self.script = folder / "more.sh"
        self.devices: list[str] = []
        self.more = ["set -e", 'cd "$UMOCKDEV_DIR/sys"']

    def device(self, path: str, subsystem: str, node: str = "", **attributes: str) -> "Sys":
        """A device with attributes; "__" in a name stands for "/"."""
        rows = [f"P: {path}", *([f"N: {node}"] if node else []), f"E: SUBSYSTEM={subsystem}"]
        rows += [f"A: {name.replace('__', '/')}={value}\\n" for name, value in attributes.items()]
        self.devices.append("\n".join(rows))
        return self

    def usb(self, path: str, said: bytes) -> "Sys":
        """A USB device with its descriptors, which are binary."""
        self.devices.append(f"P: {path}\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nH: descriptors={said.hex().upper()}")
        return self

    def link(self, place: str, target: str) -> "Sys":
        """A symbolic link below /sys to another place below it, which is made when it is missing."""
        self.more.append(f'mkdir -p "$(dirname {place})" {target}; ln -s "$PWD/{target}" {place}')
        return self

    def folder(self, place: str) -> "Sys":
        self.more.append(f"mkdir -p {place}")
        return self

    def file(self, place: str, text: str) -> "Sys":
        self.more.append(f"mkdir -p \"$(dirname {place})\"; printf '{text}\\n' > {place}")
        return self

    def collected(self, expression: str, **more: Any) -> dict[str, Fact]:
        self.description.write_text("\n\n".join(self.devices) + "\n")
        self.script.write_text("\n".join([*self.more, "cd /", 'exec "$@"']) + "\n")
        run = program("umockdev-run", "umockdev")
        return collected(expression, run, "--device", str(self.description), "--", "sh", str(self.script), **more)


@pytest.fixture
def machine(tmp_path) -> Sys:
    program("umockdev-run", "umockdev")
    return Sys(tmp_path)


ACPI = "/devices/LNXSYSTM:00/LNXSYBUS:00"


def laptop(machine: Sys, online: str, status: str, case: str = "10") -> Sys:
    machine.device("/devices/virtual/dmi/id", "dmi", chassis_type=case)
    machine.device(f"{ACPI}/ACPI0003:00/power_supply/AC", "power_supply", type="Mains", online=online)
    machine.device(
        f"{ACPI}/PNP0C0A:00/power_supply/BAT0", "power_supply", type="Battery", status=status, scope="System"
    )
    return machine.device("/devices/usb1/hid/power_supply/hidpp_battery_0", "power_supply", type="Battery",
                          scope="Device", status="Discharging")  # fmt: skip


@pytest.mark.parametrize(
    ("online", "status", "mains"), [("1", "Charging", True), ("1", "Full", True), ("0", "Discharging", False)]
)
def test_a_laptop_in_a_real_sys_is_on_mains_or_on_battery(machine, online, status, mains):
    facts = laptop(machine, online, status).collected("linux.computer(host)")
    assert values(facts, "computer.kind", "power.mains") == ["laptop", mains]


def test_a_desktop_in_a_real_sys_is_on_mains_though_a_mouse_has_a_battery(machine):
    machine.device("/devices/virtual/dmi/id", "dmi", chassis_type="3")
    machine.device("/devices/usb1/power_supply/m", "power_supply", type="Battery", scope="Device", status="Discharging")
    assert values(machine.collected("linux.computer(host)"), "computer.kind", "power.mains") == ["desktop", True]


def test_a_laptop_that_calls_itself_a_desktop_in_a_real_sys_is_unknown(machine):
    facts = laptop(machine, "0", "Discharging", case="3").collected("linux.computer(host)")
    assert values(facts, "computer.kind", "power.mains") == [None, False]


GPU = "/devices/pci0000:00/0000:00:02.0/drm/card0"


def test_monitors_in_a_real_sys_are_those_that_show_a_picture(machine):
    machine.device(GPU, "drm", node="dri/card0")
    machine.device(f"{GPU}/card0-eDP-1", "drm", status="connected", enabled="disabled", modes="1920x1080")
    machine.device(f"{GPU}/card0-DP-1", "drm", status="connected", enabled="enabled", modes="3840x2160\\n1920x1080")
    machine.device(f"{GPU}/card0-HDMI-A-1", "drm", status="disconnected", enabled="disabled", modes="")
    facts = machine.collected("linux.monitors(host)")
    assert values(facts, *common.MONITORS) == [1, 3840 * 2160]


def disk(machine: Sys, uuid: str) -> Sys:
    """ext4 on LVM on something on a partition: sda3, dm-0, dm-1."""
    machine.device("/devices/pci0000:00/ata1/block/sda", "block", node="sda", size="1000")
    machine.device("/devices/pci0000:00/ata1/block/sda/sda3", "block", node="sda3", partition="3")
    machine.device("/devices/virtual/block/dm-0", "block", node="dm-0", dm__uuid=uuid)
    machine.device("/devices/virtual/block/dm-1", "block", node="dm-1", dm__uuid="LVM-0123")
    machine.folder("devices/pci0000:00/ata1/block/sda/slaves")
    machine.link("devices/virtual/block/dm-0/slaves/sda3", "devices/pci0000:00/ata1/block/sda/sda3")
    machine.link("devices/virtual/block/dm-1/slaves/dm-0", "devices/virtual/block/dm-0")
    return machine.link("dev/block/254:1", "devices/virtual/block/dm-1")


@pytest.mark.parametrize(
    ("uuid", "encrypted"), [("CRYPT-LUKS2-0123-sda3_crypt", True), ("CRYPT-VERITY-0123-x", False), ("LVM-45", False)]
)
def test_the_root_in_a_real_sys_is_encrypted_when_dm_crypt_is_below_it(machine, uuid, encrypted):
    root = {"/proc/self/mountinfo": "29 1 254:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw\n"}
    fact = disk(machine, uuid).collected("linux.encryption(host)", files=root)["disk.encrypted"]
    assert fact.value is encrypted, fact


ROUTE = {"source_address": "192.0.2.7", "interface_addresses": {"lo": ["127.0.0.1"], "eth7": ["192.0.2.7"]}}
DEVICE = "devices/pci0000:00/0000:00:1f.6"


def card(machine: Sys, driver: str, **attributes: str) -> Sys:
    machine.device(f"/{DEVICE}/net/eth7", "net", type="1", **attributes)
    machine.link(f"{DEVICE}/net/eth7/device", DEVICE)
    return machine.link(f"{DEVICE}/driver", f"bus/pci/drivers/{driver}")


@pytest.mark.parametrize(
    ("driver", "attributes", "found"),
    [
        ("e1000e", {"speed": "1000"}, ["wired", 1000.0, False]),
        ("e1000e", {"speed": "-1"}, ["wired", None, False]),
        ("e1000e", {}, ["wired", None, False]),
        ("rndis_host", {"speed": "425"}, ["tether", None, False]),
        ("ipheth", {}, ["tether", None, False]),
        ("cdc_ether", {"speed": "1000"}, [None, None, False]),
        ("iwlwifi", {"phy80211__name": "phy0"}, ["wifi", None, False]),
    ],
)
def test_a_network_card_in_a_real_sys_is_what_its_driver_says(machine, driver, attributes, found):
    facts = card(machine, driver, **attributes).collected("linux.link(host, None)", calls=ROUTE)
    assert values(facts, "network.link", "network.link_mbps", "network.tunnel") == found


def test_a_camera_in_a_real_sys_is_the_node_that_takes_pictures(machine):
    usb = "/devices/pci0000:00/usb1/1-8/video4linux"
    machine.device(f"{usb}/video0", "video4linux", name="HD Pro Webcam C920", index="0")
    machine.device(f"{usb}/video1", "video4linux", name="HD Pro Webcam C920", index="1")
    assert machine.collected("linux.camera(host)")["camera.present"].value is True


def test_a_capture_card_in_a_real_sys_is_known_by_its_binary_descriptors(machine):
    usb = "/devices/pci0000:00/usb1/1-8"
    machine.usb(usb, descriptors("534d:2109", [0x0602], pictures=[0x0401]))
    machine.device(f"{usb}/1-8:1.0/video4linux/video0", "video4linux", name="Example Video", index="0")
    facts = machine.collected("linux.camera(host)")
    assert values(facts, "camera.kind", "camera.present") == ["capture", None]


# --- D-Bus ---


class Bus:
    """A system bus of the tests' own, with services made by python-dbusmock."""

    def __init__(self, folder: Path) -> None:
        self.python = system_python("dbusmock", "python3-dbusmock")
        command = [program("dbus-daemon", "dbus-daemon"), "--session", "--nofork", "--print-address=1"]
        self.daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.daemon.stdout
        address = self.daemon.stdout.readline().strip()
        self.environment = {"DBUS_SYSTEM_BUS_ADDRESS": address, "DBUS_SESSION_BUS_ADDRESS": address}
        self.services: list[subprocess.Popen[bytes]] = []

    def call(self, *words: str) -> str:
        command = [program("busctl", "systemd"), "--json=short", *words]
        run = subprocess.run(
            command, env=os.environ | self.environment, capture_output=True, text=True, timeout=20, check=True
        )
        return run.stdout

    def service(self, template: str, name: str, parameters: dict[str, Any] | None = None) -> None:
        command = [self.python, "-m", "dbusmock", "--system", "--template", template]
        self.start([*command, "--parameters", json.dumps(parameters or {})], name)

    def start(self, command: list[str], name: str) -> None:
        """Start a service and wait until the bus knows its name."""
        quiet = subprocess.DEVNULL
        self.services.append(subprocess.Popen(command, env=os.environ | self.environment, stdout=quiet, stderr=quiet))
        deadline = time.monotonic() + 20
        while name not in self.call("call", "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ListNames"):
            assert time.monotonic() < deadline, f"{name} did not start"
            time.sleep(0.05)

    def mock(self, service: str, path: str, method: str, *arguments: str) -> None:
        self.call("call", service, path, "org.freedesktop.DBus.Mock", method, *arguments)

    def stop(self) -> None:
        for service in self.services:
            service.terminate()
            service.wait(10)
        self.daemon.terminate()
        self.daemon.wait(10)
        assert self.daemon.stdout
        self.daemon.stdout.close()


@pytest.fixture
def bus(tmp_path) -> Iterator[Bus]:
    program("busctl", "systemd")
    running = Bus(tmp_path)
    try:
        yield running
    finally:
        running.stop()


LOGIN = "org.freedesktop.login1"


def session(bus: Bus, number: int, user: int, kind: str = "user", state: str = "active") -> None:
    path = f"/org/freedesktop/login1/session/{number}"
    bus.mock(
        LOGIN, "/org/freedesktop/login1", "AddSession", "ssusb", str(number), "seat0", str(user), f"u{user}", "true"
    )
    for name, value in (("Class", kind), ("State", state)):
        bus.mock(LOGIN, path, "UpdateProperties", "sa{sv}", f"{LOGIN}.Session", "1", name, "s", value)


def test_people_on_a_real_bus_are_counted_without_services(bus):
    bus.service("logind", LOGIN)
    session(bus, 1, 1000)
    session(bus, 2, 1000, state="online")
    session(bus, 3, 1001, state="online")
    session(bus, 4, 1002, state="closing")
    session(bus, 5, 120, kind="greeter")
    session(bus, 6, 1003, kind="manager")
    facts = collected("linux.users(host)", calls={"user_ids": [1000]}, **bus.environment)
    assert facts["users.others_logged_in"].value == 1
    assert "u1001" not in str(facts)


def test_without_logind_on_a_real_bus_nobody_is_counted(bus):
    fact = collected("linux.users(host)", calls={"user_ids": [1000]}, **bus.environment)["users.others_logged_in"]
    assert fact.value is None
    assert (fact.unknown or "").startswith("org.freedesktop.login1 does not answer")


@pytest.mark.parametrize(("profile", "saving"), [("power-saver", True), ("balanced", False), ("performance", False)])
def test_the_power_profile_on_a_real_bus_says_whether_power_is_saved(bus, profile, saving):
    bus.service("power_profiles_daemon", "net.hadess.PowerProfiles", {"ActiveProfile": profile})
    assert collected("linux.computer(host)", **bus.environment)["power.saving"].value is saving


def test_without_a_power_profile_on_a_real_bus_it_is_unknown(bus):
    fact = collected("linux.computer(host)", **bus.environment)["power.saving"]
    assert "PowerProfiles does not answer" in (fact.unknown or "")


def test_a_bluetooth_class_on_a_real_bus_is_found_by_its_address(bus):
    bus.service("bluez5", "org.bluez")
    for command in (("AddAdapter", "ss", "hci0", "desk"), ("AddDevice", "sss", "hci0", "02:00:5E:10:00:12", "Robin")):
        bus.call("call", "org.bluez", "/", "org.bluez.Mock", *command)
    path = "/org/bluez/hci0/dev_02_00_5E_10_00_12"
    words = ("UpdateProperties", "sa{sv}", "org.bluez.Device1", "1", "Class", "u", str(0x240414))
    bus.mock("org.bluez", path, *words)
    code = "{'x': known(linux_dbus.bluetooth_class(host, '02005e100012'), 'bus')}"
    load = "__import__('remoteready.check.facts', fromlist=['x']).known"
    code = code.replace("known(", f"{load}(").replace(
        "linux_dbus.", "__import__('remoteready.check.collect.linux.dbus', fromlist=['x'])."
    )
    assert collected(code, **bus.environment)["x"].value == 0x240414


NETWORK = "org.freedesktop.NetworkManager"


@pytest.mark.parametrize(
    ("state", "looks", "portal"), [("4", "true", False), ("4", "false", None), ("2", "true", True), ("3", "true", None)]
)
def test_a_sign_in_page_on_a_real_bus_is_what_networkmanager_has_seen(bus, state, looks, portal):
    bus.service("networkmanager", NETWORK)
    place = (NETWORK, "/org/freedesktop/NetworkManager")
    bus.mock(*place, "UpdateProperties", "sa{sv}", NETWORK, "1", "Connectivity", "u", state)
    bus.mock(*place, "AddProperty", "ssv", NETWORK, "ConnectivityCheckEnabled", "b", looks)
    assert collected("linux.access(host)", **bus.environment)["network.captive_portal"].value is portal


RESOLVED = "org.freedesktop.resolve1"
ANSWER = "ret = ([(dbus.Int32(1), dbus.Int32(2), [dbus.Byte(n) for n in (10, 20, 0, 5)])], args[1], dbus.UInt64(1))"


def test_the_interface_by_which_a_name_was_asked_comes_from_systemd_resolved_on_a_real_bus(bus):
    command = [bus.python, "-m", "dbusmock", "--system", RESOLVED, "/org/freedesktop/resolve1", f"{RESOLVED}.Manager"]
    bus.start(command, RESOLVED)
    method = (f"{RESOLVED}.Manager", "ResolveHostname", "isit", "a(iiay)st", ANSWER)
    bus.mock(RESOLVED, "/org/freedesktop/resolve1", "AddMethod", "sssss", *method)
    code = "{'x': __import__('remoteready.check.facts', fromlist=['x']).known(str(answer), 'bus')}"
    code = code.replace("answer", "linux.resolvers(host, 'desk.example.com')")
    files = {"/etc/resolv.conf": "nameserver 127.0.0.53\n", "/etc/hosts": ""}
    answer = collected(code, files=files, **bus.environment)["x"].value
    assert answer == "Resolvers(source='systemd-resolved', servers=(), interfaces=['lo'])"


# --- settings ---


def test_the_screen_lock_is_what_gsettings_says_for_real(tmp_path):
    gsettings = program("gsettings", "libglib2.0-bin")
    own = {"GSETTINGS_BACKEND": "keyfile", "XDG_CONFIG_HOME": str(tmp_path), "XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}

    def choose(schema: str, key: str, value: str) -> None:
        command = [gsettings, "set", f"org.gnome.desktop.{schema}", key, value]
        run = subprocess.run(command, env=os.environ | own, capture_output=True, text=True, timeout=20, check=False)
        if "No such schema" in run.stderr:
            pytest.skip("the settings of GNOME are missing; install the Debian package gsettings-desktop-schemas")
        assert run.returncode == 0, run.stderr

    choose("session", "idle-delay", "600")
    choose("screensaver", "lock-delay", "30")
    assert values(collected("linux.screen(host)", **own), *common.SCREEN) == [True, 630.0]
    choose("session", "idle-delay", "0")
    assert values(collected("linux.screen(host)", **own), *common.SCREEN) == [False, None]
    choose("session", "idle-delay", "600")
    choose("lockdown", "disable-lock-screen", "true")
    assert values(collected("linux.screen(host)", **own), *common.SCREEN) == [False, None]
    memory = collected("linux.screen(host)", **(own | {"GSETTINGS_BACKEND": "memory"}))
    assert memory["screen.locks"].value in (None, True)  # glib only warns when it falls back to it by itself


def test_the_screen_lock_of_plasma_is_read_from_a_real_file(tmp_path):
    own = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_CURRENT_DESKTOP": "KDE"}
    assert values(collected("linux.screen(host)", **own), *common.SCREEN) == [True, 305.0]
    (tmp_path / "kscreenlockerrc").write_text("[Daemon]\nTimeout=12\nLockGrace=0\n")
    assert values(collected("linux.screen(host)", **own), *common.SCREEN) == [True, 720.0]


@pytest.mark.parametrize(
    ("settings", "paused"),
    [('APT::Periodic::Unattended-Upgrade "0";', True), ('APT::Periodic::Enable "0";', True), ("", None)],
)
def test_whether_updates_are_paused_is_what_apt_says_for_real(tmp_path, settings, paused):
    program("apt-config", "apt")
    if not Path("/etc/systemd/system/timers.target.wants").is_dir():
        pytest.skip("systemd's timers are missing; install the Debian package systemd")
    (tmp_path / "apt.conf").write_text(f'Dir::Etc::parts "{tmp_path}/none";\n{settings}\n')
    facts = collected("linux.patches(host)", APT_CONFIG=str(tmp_path / "apt.conf"))
    assert facts["patches.paused"].value is paused, facts["patches.paused"]


# --- sound ---

PIPEWIRE = """
pipewire & echo $! > "$XDG_RUNTIME_DIR/pids"
sleep 0.5; wireplumber & echo $! >> "$XDG_RUNTIME_DIR/pids"
sleep 0.7; pipewire-pulse & echo $! >> "$XDG_RUNTIME_DIR/pids"
for _ in $(seq 100); do pactl info >/dev/null 2>&1 && break; sleep 0.1; done
pactl load-module module-null-sink sink_name=out sink_properties="'device.description=\\"Link\\" $ABOUT'" >&2
pactl load-module module-null-sink media.class=Audio/Source/Virtual sink_name=in sink_properties="'$ABOUT'" >&2
sleep 0.5; pactl set-default-source "$INPUT"; pactl set-default-sink out; sleep 0.5
export PATH="$TOOLS:$PATH"
"$@"; code=$?
kill $(cat "$XDG_RUNTIME_DIR/pids"); exit $code
"""


@pytest.fixture
def pipewire(tmp_path) -> Callable[..., dict[str, Fact]]:
    for name, package in (
        ("pipewire", "pipewire"),
        ("wireplumber", "wireplumber"),
        ("pipewire-pulse", "pipewire-pulse"),
        ("pw-dump", "pipewire-bin"),
        ("pactl", "pulseaudio-utils"),
        ("dbus-run-session", "dbus-daemon"),
    ):
        program(name, package)
    script, tools, runtime = tmp_path / "pipewire.sh", tmp_path / "tools", tmp_path / "run"
    script.write_text(PIPEWIRE)
    tools.mkdir()
    runtime.mkdir(mode=0o700)

    def ask(source: str = "in", *, with_pactl: bool = True) -> dict[str, Fact]:
        if not with_pactl:  # a pactl of before JSON (PulseAudio 15) answers so
            (tools / "pactl").write_text("#!/bin/sh\necho \"pactl: invalid option -- 'f'\" >&2; exit 1\n")
            (tools / "pactl").chmod(0o755)
        about = "device.bus=usb device.vendor.id=0x0b0e device.product.id=0x24c7 device.form-factor=headset"
        own = {
            "XDG_RUNTIME_DIR": str(runtime),
            "ABOUT": about,
            "INPUT": source,
            "TOOLS": str(tools),
            "HOME": str(tmp_path),
        }
        return collected("linux.audio(host)", "dbus-run-session", "--", "sh", str(script), **own)

    return ask


def test_pipewire_says_by_pactl_and_by_pw_dump_the_same_for_real(pipewire):
    by_pactl, by_dump = pipewire(), pipewire(with_pactl=False)
    assert [by_pactl["headset.link"].source, by_dump["headset.link"].source] == ["pactl", "pw-dump"]
    for facts in (by_pactl, by_dump):
        assert values(facts, "headset.link", "headset.in_use", "audio.hands_free") == ["radio", True, False]
        assert values(facts, "audio.input_rate_hz", "audio.only_input_is_webcam") == [48000, False]
        assert "0b0e:24c7" in facts["headset.link"].detail


@pytest.mark.parametrize("with_pactl", [True, False])
def test_what_a_sink_of_pipewire_plays_is_no_microphone_for_real(pipewire, with_pactl):
    facts = pipewire("out.monitor", with_pactl=with_pactl)
    assert facts["headset.link"].value == "split", facts["headset.link"]


# --- the clock of a host ---


@contextmanager
def listening(answer: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> Iterator[Address]:
    """A server on loopback that treats every connection alike, by TLS when it has a context."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    plain, _ = server.accept()
                except OSError:
                    return
                plain.settimeout(10)
                with (
                    suppress(OSError),
                    plain,
                    context.wrap_socket(plain, server_side=True) if context else plain as open_,
                ):
                    answer(open_)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield Address(host="127.0.0.1", port=server.getsockname()[1])
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def http(ahead_s: float, *headers: str) -> Callable[[socket.socket], None]:
    """An HTTP server whose clock is ahead by so much."""
    from email.utils import formatdate

    def answer(connection: socket.socket) -> None:
        if connection.recv(4096).startswith(b"HEAD / "):
            rows = [
                "HTTP/1.1 404 Not Found",
                f"Date: {formatdate(time.time() + ahead_s, usegmt=True)}",
                *headers,
                "",
                "",
            ]
            connection.sendall("\r\n".join(rows).encode())

    return answer


def skew(address: Address) -> Fact:
    with LiveHost() as host:
        return reach(host, "desk", address)["target.desk.clock_skew_s"]


@pytest.mark.parametrize("ahead_s", [0, 3600, -90])
def test_the_clock_of_a_real_http_server_is_compared(ahead_s):
    with listening(http(ahead_s)) as address:
        fact = skew(address)
    assert fact.value == pytest.approx(-ahead_s, abs=2.0), fact


def test_the_clock_of_a_real_https_server_is_compared_though_its_certificate_is_not_trusted(tmp_path):
    file = tmp_path / "certificate.pem"
    command = [program("openssl", "openssl"), "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=desk"]
    command += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    subprocess.run(
        [*command, "-keyout", str(file), "-out", str(tmp_path / "c")], capture_output=True, timeout=60, check=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c", file)
    with listening(http(-600), context) as address, LiveHost() as host:
        facts = reach(host, "desk", address)
    assert facts["target.desk.certificate_trusted"].value is False
    assert facts["target.desk.clock_skew_s"].value == pytest.approx(600, abs=2.0)


def test_an_answer_from_a_cache_is_as_old_as_it_says():
    with listening(http(-500, "Age: 500")) as address:
        assert skew(address).value == pytest.approx(0, abs=2.0)


@pytest.mark.parametrize(
    "answer",
    [
        lambda connection: connection.close(),
        lambda connection: connection.sendall(b"220 mail.example.com ESMTP\r\n"),
        lambda connection: (connection.recv(4096), connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")),
        lambda connection: (connection.recv(4096), connection.sendall(b"\x00\xff" * 1000)),
    ],
)
def test_a_real_server_that_tells_no_time_leaves_the_clock_unknown(answer):
    with listening(answer) as address:
        fact = skew(address)
    assert fact.value is None
    assert fact.unknown


# --- this machine ---


def test_the_load_of_this_machine_is_without_what_this_process_uses():
    stop = threading.Event()
    thread = threading.Thread(target=lambda: [None for _ in iter(stop.is_set, True)])
    thread.start()
    try:
        total, busy, own = calls.cpu_seconds()
        time.sleep(0.5)
        later = calls.cpu_seconds()
    finally:
        stop.set()
        thread.join()
    assert later[2] - own > 0.1
    assert later[1] - busy >= (later[2] - own) * 0.5
    assert later[0] - total >= later[1] - busy


def test_the_processor_and_the_start_of_this_machine_are_what_the_kernel_says():
    with LiveHost() as host:
        facts = common.hardware(host)
    named = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    assert (facts["cpu.model"].value is not None) == bool(named)
    uptime_s = float(Path("/proc/uptime").read_text().split()[0])
    assert facts["computer.uptime_days"].value == pytest.approx(uptime_s / 86400, abs=0.02)
    assert 0 < float(facts["memory.available_gb"].value or 0) < float(facts["memory.total_gb"].value or 0)
    assert facts["remote_control.running"].value in (None, True, False)
