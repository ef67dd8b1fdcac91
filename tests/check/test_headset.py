import json
import re
from pathlib import Path
from typing import Any

import pytest

from remoteready import files
from remoteready.check.collect import headset, linux
from remoteready.check.collect.headset import AudioDevice, kind
from remoteready.check.facts import Fact
from remoteready.check.snapshot import RecordedHost

TABLE_PATH = Path(headset.__file__).parents[1] / "headsets.yaml"
TABLE = files.parse_yaml(files.read_text(TABLE_PATH), str(TABLE_PATH))

# Entries of `pactl -f json list sinks|sources`, cut down to what tells devices apart.


def usb(direction: str, usb_id: str, product: str, *, prefix: str = "", form: str = "") -> dict[str, Any]:
    vendor_id, product_id = usb_id.split(":")
    properties = {
        "device.api": "alsa",
        "device.bus": "usb",
        "device.vendor.id": prefix + vendor_id,
        "device.product.id": prefix + product_id,
        "device.product.name": product,
        **({"device.form_factor": form} if form else {}),
    }
    name = f"alsa_{direction}.usb-{product.replace(' ', '_')}-00.analog-stereo"
    return {"name": name, "description": product, "properties": properties, "ports": [], "active_port": None}


def onboard(direction: str, port: str, description: str, availability: str = "available") -> dict[str, Any]:
    return {
        "name": f"alsa_{direction}.pci-0000_00_1f.3.{port}",
        "description": f"Built-in Audio {description}",
        "properties": {"device.api": "alsa", "device.bus": "pci"},
        "ports": [{"name": port, "description": description, "availability": availability}],
        "active_port": port,
    }


def bluetooth(direction: str, address: str, owner: str, form: str = "headset") -> dict[str, Any]:
    return {
        "name": f"bluez_{direction}.{address}.1",
        "description": owner,
        "properties": {"device.api": "bluez5", "device.alias": owner, "device.form_factor": form},
        "ports": [],
        "active_port": None,
    }


def monitor_of(sink: dict[str, Any]) -> dict[str, Any]:
    return sink | {
        "name": f"{sink['name']}.monitor",
        "description": f"Monitor of {sink['description']}",
        "properties": sink["properties"] | {"device.class": "monitor"},
    }


def made_by_a_program(name: str) -> dict[str, Any]:
    properties = {"device.class": "filter"}
    return {"name": name, "description": name, "properties": properties, "ports": [], "active_port": None}


def audio(source: dict[str, Any] | None, sink: dict[str, Any] | None, *more: dict[str, Any]) -> dict[str, Fact]:
    """The facts when these are the default source and the default sink; `more` are further sources."""
    info = {
        "default_source_name": source["name"] if source else "",
        "default_sink_name": sink["name"] if sink else "",
    }
    sources = [entry for entry in (source, *more) if entry]
    host = RecordedHost(
        "linux",
        {
            "run pactl -f json info": json.dumps(info),
            "run pactl -f json list sinks": json.dumps([sink] if sink else []),
            "run pactl -f json list sources": json.dumps(sources),
        },
    )
    return linux.audio(host)


def link(source: dict[str, Any] | None, sink: dict[str, Any] | None) -> tuple[Any, Any]:
    facts = audio(source, sink)
    return facts["headset.link"].value, facts["headset.in_use"].value


SPEAKERS = onboard("output", "analog-output-speaker", "Speakers")
INTERNAL_MIC = onboard("input", "analog-input-internal-mic", "Internal Microphone")
EVOLVE_IN, EVOLVE_OUT = (usb(direction, "0b0e:0300", "Jabra EVOLVE 20 MS") for direction in ("input", "output"))
LINK_IN, LINK_OUT = (usb(direction, "0b0e:24c7", "Jabra Link 380") for direction in ("input", "output"))
WEBCAM = usb("input", "046d:082d", "HD Pro Webcam C920", form="webcam")


# --- the table ---


def test_the_table_has_only_usb_ids_and_kinds_that_the_code_knows():
    kinds = {"usb", "radio", "speakerphone", "webcam"}
    assert [usb_id for usb_id in TABLE["ids"] if not re.fullmatch("[0-9a-f]{4}:[0-9a-f]{4}", usb_id)] == []
    assert set(TABLE["ids"].values()) | {kind for kind, _ in TABLE["names"]} <= kinds


@pytest.mark.parametrize("prefix", ["", "0x"], ids=["as PulseAudio writes it", "as PipeWire writes it"])
@pytest.mark.parametrize(
    ("usb_id", "seen"),
    [
        ("0b0e:0300", ("usb", True)),
        ("047f:c056", ("usb", True)),
        ("046d:0a44", ("usb", True)),
        ("0b0e:24c7", ("radio", True)),
        ("0b0e:2e56", ("radio", True)),
        ("047f:0411", ("radio", True)),
        ("0b0e:0420", ("none", False)),
    ],
)
def test_a_listed_usb_id_decides_whatever_the_device_calls_itself(usb_id, seen, prefix):
    ends = [usb(direction, usb_id, "USB Audio Device", prefix=prefix) for direction in ("input", "output")]
    assert link(*ends) == seen


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Jabra Link 370", "radio"),
        ("Jabra Link 400", "radio"),
        ("Jabra Engage 75", "radio"),
        ("Jabra PRO 9470", "radio"),
        ("Plantronics Savi 8200", "radio"),
        ("Poly BT700", "radio"),
        ("EPOS BTD 800 II", "radio"),
        ("Logitech Zone Receiver", "radio"),
        ("Yealink WH62 DECT", "radio"),
        ("Yealink WH66 Dual", "radio"),
        ("Logitech Wireless Headset", "radio"),
        ("Plantronics Blackwire 5220 Series", "usb"),
        ("Jabra Evolve 30 II", "usb"),
        ("Jabra BIZ 2400 II", "usb"),
        ("Logitech USB Headset H340", "usb"),
        ("Jabra SPEAK 510 USB", "speakerphone"),
        ("Anker PowerConf Speakerphone", "speakerphone"),
        ("HD Pro Webcam C920", "webcam"),
        ("Logitech BRIO", "webcam"),
        ("USB 2.0 Camera", "webcam"),
        ("Jabra Evolve2 65", None),
        ("Jabra Evolve 65", None),
        ("Razer Kraken", None),
        ("USB Audio", None),
    ],
)
def test_a_usb_device_whose_id_is_not_listed_is_known_by_its_name_or_not_at_all(name, expected):
    assert kind(AudioDevice(name, "usb", "f055:0001")) == expected


def test_the_id_of_a_device_counts_more_than_its_name():
    assert kind(AudioDevice("Jabra Link 380", "usb", "0b0e:0300")) == "usb"
    assert kind(AudioDevice("HD Pro Webcam", "usb", "0b0e:24c7", form="webcam")) == "radio"


# --- default input and output together ---


@pytest.mark.parametrize(
    ("port_in", "port_out"),
    [
        (("analog-input-headset-mic", "Headset Microphone"), ("analog-output-headphones", "Headphones")),
        (("analog-input-headphone-mic", "Microphone"), ("analog-output-headphones", "Headphones")),
        (("[In] Mic2", "Headphones Stereo Microphone"), ("[Out] Headphones", "Headphones")),
        (("[In] Headset", "Headset Mono Microphone"), ("[Out] Headphones", "Headphones")),
    ],
)
def test_a_plug_in_the_headset_socket_is_a_jack_headset_in_every_spelling_of_the_port(port_in, port_out):
    assert link(onboard("input", *port_in), onboard("output", *port_out)) == ("jack", True)


@pytest.mark.parametrize(
    ("port_in", "port_out"),
    [
        (("analog-input-internal-mic", "Internal Microphone"), ("analog-output-speaker", "Speakers")),
        (("[In] Mic1", "Digital Microphone"), ("[Out] Speaker", "Speaker")),
        (("[In] Mic1", "Digital Microphone"), ("[Out] HDMI1", "HDMI / DisplayPort 1 Output")),
        (("analog-input-internal-mic", "Internal Microphone"), ("hdmi-output-0", "HDMI / DisplayPort")),
    ],
)
def test_built_in_sound_and_monitors_are_no_headset(port_in, port_out):
    assert link(onboard("input", *port_in), onboard("output", *port_out)) == ("none", False)


def test_a_socket_that_nothing_is_plugged_into_is_no_device():
    empty_in = onboard("input", "analog-input-headset-mic", "Headset Microphone", "not available")
    empty_out = onboard("output", "analog-output-headphones", "Headphones", "not available")
    facts = audio(empty_in, empty_out)
    assert facts["headset.link"].value == "none"
    assert facts["headset.link"].detail == "input: none; output: none"


@pytest.mark.parametrize(
    ("device_in", "device_out"),
    [
        (EVOLVE_IN, SPEAKERS),
        (INTERNAL_MIC, EVOLVE_OUT),
        (WEBCAM, LINK_OUT),
        (EVOLVE_IN, LINK_OUT),
        (EVOLVE_IN, None),
        (None, EVOLVE_OUT),
        (INTERNAL_MIC, onboard("output", "analog-output-headphones", "Headphones")),
        (bluetooth("input", "02_00_5E_10_00_01", "Robin"), bluetooth("output", "02_00_5E_10_00_02", "Robin")),
    ],
)
def test_a_headset_that_is_only_input_or_only_output_is_split_and_not_in_use(device_in, device_out):
    assert link(device_in, device_out) == ("split", False)


@pytest.mark.parametrize(
    ("device_in", "device_out"), [(WEBCAM, SPEAKERS), (INTERNAL_MIC, SPEAKERS), (None, None), (WEBCAM, None)]
)
def test_without_any_headset_the_link_is_none(device_in, device_out):
    assert link(device_in, device_out) == ("none", False)


def test_what_the_computer_plays_is_no_microphone_even_when_it_is_the_default_source():
    facts = audio(monitor_of(EVOLVE_OUT), EVOLVE_OUT)
    assert (facts["headset.link"].value, facts["headset.in_use"].value) == ("split", False)
    assert facts["headset.link"].detail.startswith("input: none; output: Jabra EVOLVE 20 MS")
    assert facts["audio.only_input_is_webcam"].detail == "no microphone at all"


STRANGE = [usb("input", "1532:0f02", "Quiet Talk 5"), usb("output", "1532:0f02", "Quiet Talk 5")]


def test_a_usb_device_in_no_table_is_unknown_and_named_with_its_id():
    facts = audio(*STRANGE)
    for fact in (facts["headset.link"], facts["headset.in_use"]):
        assert fact.value is None
        assert "Quiet Talk 5 (1532:0f02) is in no table" in (fact.unknown or "")


@pytest.mark.parametrize("ends", [(STRANGE[0], SPEAKERS), (INTERNAL_MIC, STRANGE[1]), (WEBCAM, STRANGE[1])])
def test_one_end_that_is_surely_no_headset_tells_that_no_headset_is_in_use(ends):
    facts = audio(*ends)
    assert facts["headset.in_use"].value is False
    assert "Quiet Talk 5 (1532:0f02) is in no table" in (facts["headset.link"].unknown or "")


@pytest.mark.parametrize("port", ["analog-input-mic", "analog-input-front-mic", "analog-input-rear-mic"])
def test_a_socket_of_a_desktop_computer_tells_nothing_of_what_is_plugged_in(port):
    facts = audio(onboard("input", port, "Microphone"), onboard("output", "analog-output-lineout", "Line Out"))
    for fact in (facts["headset.link"], facts["headset.in_use"], facts["audio.only_input_is_webcam"]):
        assert "socket" in (fact.unknown or "")


def test_a_device_made_by_a_program_is_unknown_as_the_headset_may_be_behind_it():
    facts = audio(made_by_a_program("Noise-free microphone"), EVOLVE_OUT)
    assert facts["headset.in_use"].value is None
    assert "Noise-free microphone is made by a program" in (facts["headset.in_use"].unknown or "")


def test_the_stand_in_of_a_computer_without_a_sound_card_is_no_device():
    assert link(monitor_of(made_by_a_program("auto_null")), made_by_a_program("auto_null")) == ("none", False)


def test_a_usb_device_without_ids_is_still_known_by_its_name():
    ends = [usb(direction, "0000:0000", "Jabra Link 380") for direction in ("input", "output")]
    for end in ends:
        del end["properties"]["device.vendor.id"], end["properties"]["device.product.id"]
    assert link(*ends) == ("radio", True)
    assert "(" not in audio(*ends)["headset.link"].detail


# --- Bluetooth ---


def test_one_bluetooth_headset_as_both_is_a_bluetooth_headset_in_use():
    address = "02_00_5E_10_00_01"
    assert link(bluetooth("input", address, "Robin"), bluetooth("output", address, "Robin")) == ("bluetooth", True)


def test_the_loop_that_wireplumber_puts_before_a_bluetooth_microphone_belongs_to_the_headset():
    loop = made_by_a_program("Robin's Headset") | {"name": "bluez_input.02:00:5E:10:00:01"}
    assert link(loop, bluetooth("output", "02_00_5E_10_00_01", "Robin's Headset")) == ("bluetooth", True)


def test_a_bluetooth_loudspeaker_is_no_headset():
    ends = [bluetooth(direction, "02_00_5E_10_00_01", "Kitchen", "speaker") for direction in ("input", "output")]
    assert link(*ends) == ("none", False)


def test_no_fact_ever_holds_the_name_or_the_address_of_a_bluetooth_device():
    address, owner = "02_00_5E_10_00_01", "Robin Example's Headset"
    ends = bluetooth("input", address, owner), bluetooth("output", address, owner)
    loop = made_by_a_program(owner) | {"name": "bluez_input.02:00:5E:10:00:01"}
    for device_in in (ends[0], loop, monitor_of(ends[1]), EVOLVE_IN, None):
        for device_out in (ends[1], SPEAKERS, made_by_a_program("x"), None):
            facts = audio(device_in, device_out, ends[0], WEBCAM)
            text = " ".join(fact.model_dump_json() for fact in facts.values())
            assert "Robin" not in text
            assert "5E" not in text.upper().replace("…", "")


# --- the webcam's microphone ---


def only_webcam(*sources: dict[str, Any]) -> Fact:
    return audio(sources[0], SPEAKERS, *sources[1:])["audio.only_input_is_webcam"]


def test_a_webcam_alone_is_the_only_microphone_also_beside_programs_and_monitors():
    assert only_webcam(WEBCAM, monitor_of(SPEAKERS), made_by_a_program("echo-cancel")).value is True


@pytest.mark.parametrize("other", [INTERNAL_MIC, EVOLVE_IN, LINK_IN, bluetooth("input", "02_00_5E_10_00_01", "R")])
def test_a_webcam_beside_any_other_microphone_is_not_the_only_one(other):
    assert only_webcam(WEBCAM, other).value is False


def test_a_webcam_beside_an_empty_socket_is_the_only_microphone():
    assert only_webcam(WEBCAM, onboard("input", "analog-input-mic", "Microphone", "not available")).value is True


def test_a_webcam_beside_a_usb_device_in_no_table_is_unknown():
    fact = only_webcam(WEBCAM, usb("input", "1532:0f02", "Quiet Talk 5"))
    assert fact.value is None
    assert "no table" in (fact.unknown or "")
