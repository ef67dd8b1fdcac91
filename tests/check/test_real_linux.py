"""The collectors against this machine for real: a sound server, TCP and TLS servers, the package manager."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from remoteready.check.collect import calls, collect, common, linux
from remoteready.check.collect.targets import reach
from remoteready.check.facts import Fact
from remoteready.check.host import LiveHost
from remoteready.check.profile import Address
from tests.check.test_linux_devices import Sys
from tests.lab import netns
from tests.lab.usb import descriptors

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")

COLLECT = """
import json, sys
from remoteready.check.collect import common, linux, targets
from remoteready.check.host import LiveHost
from remoteready.check.profile import Address
with LiveHost() as host:
    facts = eval(sys.argv[1])
print(json.dumps({name: fact.model_dump() for name, fact in facts.items()}))
"""


def collected(expression: str, **environment: str) -> dict[str, Fact]:
    """What a collector answers in a process of its own, with an environment of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PULSE_", "SSL_"))}
    answer = subprocess.run(
        [sys.executable, "-c", COLLECT, expression],
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return {name: Fact(**fact) for name, fact in json.loads(answer.stdout).items()}


def program(name: str, package: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is missing; install the Debian package {package}")
    return path


# --- sound ---


@dataclass
class SoundServer:
    """A PulseAudio of the tests' own, with devices that programs cannot tell from real ones."""

    environment: dict[str, str]
    loaded: list[str] = field(default_factory=list)

    def pactl(self, *words: str) -> str:
        run = subprocess.run(
            [program("pactl", "pulseaudio-utils"), *words],
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
        return run.stdout.strip()

    def sink(self, name: str, **properties: str) -> None:
        described = f"sink_properties='{_listed(properties)}'"
        self.loaded.append(self.pactl("load-module", "module-null-sink", f"sink_name={name}", described))

    def source(self, name: str, master: str, **properties: str) -> None:
        """A microphone: what another device plays, under a name and with properties of its own."""
        described = f"source_properties='{_listed(properties)}'"
        words = ("module-remap-source", f"source_name={name}", f"master={master}.monitor", described)
        self.loaded.append(self.pactl("load-module", *words))

    def choose(self, *, source: str, sink: str) -> dict[str, Fact]:
        """The facts when these are the default devices."""
        self.pactl("set-default-sink", sink)
        self.pactl("set-default-source", source)
        return collected("linux.audio(host)", **self.environment)

    def unload(self) -> None:
        while self.loaded:
            self.pactl("unload-module", self.loaded.pop())


def _listed(properties: dict[str, str]) -> str:
    return " ".join(f'device.{name}="{value}"' for name, value in properties.items())


def usb(product: str, usb_id: str, form: str = "headset") -> dict[str, str]:
    vendor_id, product_id = usb_id.split(":")
    return {
        "description": product,
        "product.name": product,
        "bus": "usb",
        "form_factor": form,
        "vendor.id": vendor_id,
        "product.id": product_id,
    }


EVOLVE = usb("Jabra EVOLVE 20 MS", "0b0e:0300")
LINK = usb("Jabra Link 380", "0b0e:24c7")


@pytest.fixture(scope="module")
def server() -> Iterator[SoundServer]:
    pulseaudio = program("pulseaudio", "pulseaudio")
    program("pactl", "pulseaudio-utils")
    # Not pytest's temporary folder: the path of a socket may have no more than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="sound") as folder:
        environment = {"XDG_RUNTIME_DIR": folder, "HOME": folder, "XDG_CONFIG_HOME": folder}
        daemon = subprocess.Popen(
            [pulseaudio, "-n", "--daemonize=no", "-L", "module-native-protocol-unix", "--exit-idle-time=-1"],
            env={name: value for name, value in os.environ.items() if not name.startswith("PULSE_")} | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            socket_path = Path(folder, "pulse", "native")
            deadline = time.monotonic() + 10
            while not socket_path.exists() and daemon.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
            assert socket_path.exists()
            yield SoundServer(environment)
        finally:
            daemon.terminate()
            daemon.wait(10)


@pytest.fixture
def sound(server: SoundServer) -> Iterator[SoundServer]:
    yield server
    server.unload()


def headset(facts: dict[str, Fact]) -> tuple[Any, Any]:
    return facts["headset.link"].value, facts["headset.in_use"].value


def test_a_usb_headset_chosen_in_a_real_sound_server_is_a_usb_headset_in_use(sound):
    sound.sink("evolve", **EVOLVE)
    sound.source("evolve_mic", "evolve", **EVOLVE)
    facts = sound.choose(source="evolve_mic", sink="evolve")
    assert headset(facts) == ("usb", True)
    assert facts["headset.link"].detail == (
        "input: Jabra EVOLVE 20 MS (0b0e:0300); output: Jabra EVOLVE 20 MS (0b0e:0300)"
    )
    assert facts["audio.only_input_is_webcam"].value is False


def test_a_radio_dongle_in_a_real_sound_server_is_a_radio_headset(sound):
    sound.sink("link", **LINK)
    sound.source("link_mic", "link", **LINK)
    assert headset(sound.choose(source="link_mic", sink="link")) == ("radio", True)


def test_two_headsets_for_the_two_directions_in_a_real_sound_server_are_split(sound):
    sound.sink("link", **LINK)
    sound.source("evolve_mic", "link", **EVOLVE)
    assert headset(sound.choose(source="evolve_mic", sink="link")) == ("split", False)


def test_a_monitor_as_default_source_of_a_real_sound_server_is_no_microphone(sound):
    sound.sink("evolve", **EVOLVE)
    facts = sound.choose(source="evolve.monitor", sink="evolve")
    assert headset(facts) == ("split", False)
    assert facts["headset.link"].detail.startswith("input: none;")


def test_a_webcam_in_a_real_sound_server_may_be_the_only_microphone(sound):
    sound.sink("speakers", description="Speakers", bus="pci", api="alsa")  # without a port: what is on it is in doubt
    sound.source("webcam", "speakers", **usb("HD Pro Webcam C920", "046d:082d", form="webcam"))
    facts = sound.choose(source="webcam", sink="speakers")
    assert headset(facts) == (None, False)
    assert facts["audio.only_input_is_webcam"].value is True
    sound.source("evolve_mic", "speakers", **EVOLVE)
    assert sound.choose(source="webcam", sink="speakers")["audio.only_input_is_webcam"].value is False


def test_a_bluetooth_headset_in_a_real_sound_server_is_seen_without_its_name(sound):
    about = {"description": "Robin Example", "bus": "bluetooth", "form_factor": "headset"}
    sound.sink("bluez_output.02_00_5E_10_00_01.1", **about)
    sound.source("bluez_input.02_00_5E_10_00_01.0", "bluez_output.02_00_5E_10_00_01.1", **about)
    facts = sound.choose(source="bluez_input.02_00_5E_10_00_01.0", sink="bluez_output.02_00_5E_10_00_01.1")
    assert headset(facts) == ("bluetooth", True)
    assert not [
        fact for fact in facts.values() if "Robin" in fact.model_dump_json() or "02_00" in fact.model_dump_json()
    ]


def test_a_device_made_by_a_program_in_a_real_sound_server_leaves_the_headset_unknown(sound):
    sound.sink("evolve", **EVOLVE)
    sound.source("quiet", "evolve", description="Without the dog")
    facts = sound.choose(source="quiet", sink="evolve")
    assert headset(facts) == (None, None)
    assert facts["headset.in_use"].unknown.startswith("Without the dog is made by a program")


def test_a_real_usb_headset_in_no_table_is_one_by_its_binary_descriptors(sound, tmp_path):
    """PulseAudio for real, and the sound card's device in a /sys by umockdev."""
    program("umockdev-run", "umockdev")
    about = {**usb("Quiet Talk 5", "1532:0f02", form=""), "form_factor": "x"}
    listed = f"{_listed(about)} alsa.card=3"
    for module, name, key in (("module-null-sink", "quiet", "sink"), ("module-remap-source", "quiet_mic", "source")):
        master = ["master=quiet.monitor"] if key == "source" else []
        sound.loaded.append(
            sound.pactl("load-module", module, f"{key}_name={name}", *master, f"{key}_properties='{listed}'")
        )
    sound.pactl("set-default-sink", "quiet")
    sound.pactl("set-default-source", "quiet_mic")
    port = "devices/pci0000:00/usb1/1-5"
    machine = Sys(tmp_path).usb(f"/{port}", descriptors("1532:0f02", [0x0402], [0x0301]))
    machine.device(f"/{port}/1-5:1.0/sound/card3", "sound", number="3")
    machine.link(f"{port}/1-5:1.0/sound/card3/device", f"{port}/1-5:1.0")
    facts = machine.collected("linux.audio(host)", **sound.environment)
    assert facts["headset.in_use"].value is True, facts["headset.in_use"]
    assert "cable or on radio" in (facts["headset.link"].unknown or "")
    assert facts["audio.input_transport"].value == "usb"
    assert facts["audio.only_input_is_webcam"].value is False


def test_a_real_sound_server_gives_calls_the_device_that_is_set_aside_for_them(sound):
    sound.loaded.append(sound.pactl("load-module", "module-intended-roles"))
    sound.sink("speakers", description="Speakers", bus="usb", **{"product.name": "Example Speakerphone"})
    sound.sink("link", **LINK, intended_roles="phone")
    sound.source("link_mic", "link", **LINK)
    facts = sound.choose(source="link_mic", sink="speakers")
    assert facts["audio.output_kind"].value == "speakerphone"
    assert facts["audio.communications_output_kind"].value == "radio_headset"
    assert "other devices than the default ones" in (facts["headset.in_use"].unknown or "")
    call = subprocess.Popen(
        [program("pacat", "pulseaudio-utils"), "--raw", "--property=media.role=phone", "/dev/zero"],
        env=os.environ | sound.environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 10
        while not (streams := json.loads(sound.pactl("-f", "json", "list", "sink-inputs"))):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        sinks = {sink["index"]: sink["name"] for sink in json.loads(sound.pactl("-f", "json", "list", "sinks"))}
        assert [sinks[stream["sink"]] for stream in streams] == ["link"]
    finally:
        call.terminate()
        call.wait(10)


def test_without_a_sound_server_nothing_is_said_about_sound(tmp_path):
    program("pactl", "pulseaudio-utils")
    facts = collected("linux.audio(host)", XDG_RUNTIME_DIR=str(tmp_path), HOME=str(tmp_path))
    assert {fact.unknown for fact in facts.values()} == {"the sound server does not say: none runs in this session"}


# --- the way to a host ---


def test_a_target_on_this_computer_tells_nothing_about_a_link():
    with LiveHost() as host:
        facts = linux.link(host, Address(host="127.0.0.1", port=443))
    assert {fact.unknown for fact in facts.values()} == {"the target is this computer itself"}


def test_a_name_that_nobody_knows_says_nothing_of_the_link():
    with LiveHost() as host:
        facts = linux.link(host, Address(host="desk.invalid", port=443))
        assert facts == linux.link(host, None)


def test_a_name_that_nobody_knows_is_not_reachable():
    with LiveHost() as host:
        reachable = reach(host, "desk", Address(host="desk.invalid", port=443))["target.desk.reachable"]
    assert reachable.value is False
    assert any(f"desk.invalid:443: {reason}" in reachable.detail for reason in netns.NO_NAME)


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a TCP server on loopback that treats every connection alike."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection, suppress(OSError):
                    answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def reached(port: int, **environment: str) -> tuple[Fact, Fact]:
    """Whether a port of this computer is reachable, and whether its certificate is trusted."""
    facts = collected(f"targets.reach(host, 'desk', Address(host='127.0.0.1', port={port}))", **environment)
    return facts["target.desk.reachable"], facts["target.desk.certificate_trusted"]


def test_a_port_that_accepts_is_reachable_and_without_tls_its_certificate_is_unknown():
    with listening(lambda connection: connection.close()) as port:
        reachable, trusted = reached(port)
    assert (reachable.value, reachable.detail) == (True, f"127.0.0.1:{port} answers")
    assert trusted.value is None
    assert f"no TLS with 127.0.0.1:{port}" in (trusted.unknown or "")


def test_a_closed_port_is_not_reachable_and_says_why():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    reachable, trusted = reached(port)
    assert (reachable.value, reachable.detail) == (False, f"127.0.0.1:{port}: connection refused")
    assert trusted.value is None
    assert "connection refused" in (trusted.unknown or "")


def certificate(folder: Path, name: str) -> Path:
    """A new self-signed certificate for a name, with its key in one file."""
    file = folder / "certificate.pem"
    command = [program("openssl", "openssl"), "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=desk"]
    command += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-addext", f"subjectAltName={name}"]
    made = [*command, "-keyout", str(file.with_suffix(".key")), "-out", str(file)]
    subprocess.run(made, capture_output=True, timeout=60, check=True)
    return file


def tls_with(file: Path) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, file.with_suffix(".key"))

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as channel:
            channel.recv(1)

    return answer


def test_a_certificate_that_nobody_vouches_for_is_not_trusted_until_this_computer_is_told_to(tmp_path):
    file = certificate(tmp_path, "IP:127.0.0.1")
    with listening(tls_with(file)) as port:
        reachable, trusted = reached(port)
        assert reachable.value is True
        assert trusted.value is False
        assert trusted.detail.replace("-", " ") == "self signed certificate"
        assert reached(port, SSL_CERT_FILE=str(file))[1].value is True


def test_a_certificate_for_another_name_is_not_trusted_whoever_vouches_for_it(tmp_path):
    file = certificate(tmp_path, "DNS:elsewhere.example.com")
    with listening(tls_with(file)) as port:
        _, trusted = reached(port, SSL_CERT_FILE=str(file))
    assert trusted.value is False
    assert "mismatch" in trusted.detail


# --- the machine itself ---


def test_the_updates_of_this_machine_are_counted_or_unknown_and_counting_changes_nothing():
    kept = [Path("/var/lib/apt/lists"), Path("/var/lib/dpkg/status"), Path("/var/cache/apt/archives")]
    before = [path.stat().st_mtime_ns for path in kept if path.exists()]
    with LiveHost() as host:
        facts = collect(host, common.PATCHES, {})
    assert [path.stat().st_mtime_ns for path in kept if path.exists()] == before
    assert [name for name, fact in facts.items() if fact.value is None and not fact.unknown] == []
    pending, urgent = facts["patches.pending"].value, facts["patches.pending_security"].value
    assert (pending is None) == (urgent is None)
    assert 0 <= int(urgent or 0) <= int(pending or 0)
    assert float(facts["patches.knowledge_age_days"].value or 0) >= 0


def test_the_hardware_of_this_machine_is_what_the_kernel_says():
    with LiveHost() as host:
        facts = common.hardware(host)
    kilobytes = int(Path("/proc/meminfo").read_text().split()[1])
    assert facts["cpu.logical_cores"].value == os.cpu_count()
    assert facts["memory.total_gb"].value == pytest.approx(kilobytes * 1024 / 1e9)
    assert 0 <= float(facts["disk.free_gb"].value or 0) <= shutil.disk_usage(Path.home()).total / 1e9


def test_every_collector_of_this_machine_answers_with_a_value_or_a_reason():
    wanted = [*common.LINK, *common.AUDIO, *common.CAMERA, *common.ANTIVIRUS, *common.HARDWARE]
    with LiveHost() as host:
        facts = collect(host, wanted, {})
    assert list(facts) == wanted
    assert [name for name, fact in facts.items() if fact.value is None and not fact.unknown] == []


def test_the_home_folder_of_this_machine_is_asked_for_its_flag_without_a_fault():
    with LiveHost() as host:
        assert host.call(calls.home_folder_encrypted) in (True, False)
        assert Path(host.call(calls.home_folder)).is_dir()
        facts = collect(host, common.ENCRYPTION, {})
    assert [name for name, fact in facts.items() if fact.value is None and not fact.unknown] == []
