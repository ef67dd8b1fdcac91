import json
import re
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from remoteready import files
from remoteready.check.collect import headset, linux
from remoteready.check.collect.headset import AudioDevice, kind, one_device
from remoteready.check.facts import Fact
from remoteready.check.snapshot import RecordedHost
from tests.lab.usb import descriptors

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


def test_every_row_of_the_table_has_a_kind_a_name_and_a_dated_source():
    for source in TABLE["sources"]:
        assert source["name"], source
        assert isinstance(source["checked"], date), source["name"]
        assert source["checked"] <= date.today()
        for usb_id, (kind_, name) in source.get("ids", {}).items():
            assert re.fullmatch("[0-9a-f]{4}:[0-9a-f]{4}", usb_id), usb_id
            assert kind_ in get_args(headset.Kind), usb_id
            assert isinstance(name, str), usb_id
            assert name, usb_id
        for kind_, pattern in source.get("names", []):
            assert kind_ in get_args(headset.Kind), pattern
            re.compile(pattern)


def test_no_id_is_in_two_sources_and_no_name_rule_contradicts_the_id_of_its_device():
    rows = [row for source in TABLE["sources"] for row in source.get("ids", {}).items()]
    assert len({usb_id for usb_id, _ in rows}) == len(rows)
    for usb_id, (listed, name) in rows:
        assert kind(AudioDevice(name, "usb", "f055:0001")) in (listed, None), usb_id


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
        ("Jabra Link 370", "radio_headset"),
        ("Jabra Link 400", "radio_headset"),
        ("Jabra Engage 75", "radio_headset"),
        ("Jabra PRO 9470", "radio_headset"),
        ("Plantronics Savi 8200", "radio_headset"),
        ("Poly BT700", "radio_headset"),
        ("EPOS BTD 800 II", "radio_headset"),
        ("Logitech Zone Receiver", "radio_headset"),
        ("Yealink WH62 DECT", "radio_headset"),
        ("Yealink WH66 Dual", "radio_headset"),
        ("Logitech Wireless Headset", "radio_headset"),
        ("Plantronics Blackwire 5220 Series", "wired_headset"),
        ("Jabra Evolve 30 II", "wired_headset"),
        ("Jabra BIZ 2400 II", "wired_headset"),
        ("Logitech USB Headset H340", "wired_headset"),
        ("Jabra SPEAK 510 USB", "speakerphone"),
        ("Anker PowerConf Speakerphone", "speakerphone"),
        ("HD Pro Webcam C920", "webcam"),
        ("Logitech BRIO", "webcam"),
        ("USB 2.0 Camera", "webcam"),
        ("Jabra Evolve2 65", None),
        ("Jabra Evolve 65", None),
        ("Razer Kraken", None),
        ("USB Audio", None),
        ("Logitech QuickCam Pro 9000", None),
        ("Jabra PRO 930", "radio_headset"),
        ("Jabra Speak2 55 MS", "speakerphone"),
        ("Example corded headset", "wired_headset"),
    ],
)
def test_a_usb_device_whose_id_is_not_listed_is_known_by_its_name_or_not_at_all(name, expected):
    assert kind(AudioDevice(name, "usb", "f055:0001")) == expected


def test_the_id_of_a_device_counts_more_than_its_name():
    assert kind(AudioDevice("Jabra Link 380", "usb", "0b0e:0300")) == "wired_headset"
    assert kind(AudioDevice("HD Pro Webcam", "usb", "0b0e:24c7", form="webcam")) == "radio_headset"


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
        (bluetooth("input", "02_00_5E_10_00_01", "Robin"), bluetooth("output", "02_00_5E_10_00_02", "Robin")),
    ],
)
def test_a_headset_that_is_only_input_or_only_output_is_split_and_not_in_use(device_in, device_out):
    assert link(device_in, device_out) == ("split", False)


def test_loudspeakers_in_the_socket_for_headphones_are_no_headset_without_a_microphone_in_it():
    facts = audio(INTERNAL_MIC, onboard("output", "analog-output-headphones", "Headphones"))
    assert facts["headset.in_use"].value is False
    for name in ("headset.link", "audio.output_kind"):
        assert "does not tell a headset from loudspeakers" in (facts[name].unknown or "")
    assert facts["audio.output_transport"].value == "jack"


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


# --- what a device says of itself ---


def speaking(said: bytes, name: str = "Quiet Talk 5", *, usb_id: str = "1532:0f02") -> dict[str, Fact]:
    """The facts when a USB device in no table is both defaults, and its descriptors are these."""
    ends = [usb(direction, usb_id, name) for direction in ("input", "output")]
    for end in ends:
        end["properties"]["alsa.card"] = "2"
    port = "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-5"
    sources = {
        "run pactl -f json info": json.dumps(
            {"default_source_name": ends[0]["name"], "default_sink_name": ends[1]["name"]}
        ),
        "run pactl -f json list sinks": json.dumps([ends[1]]),
        "run pactl -f json list sources": json.dumps([ends[0]]),
        "link /sys/class/sound/card2/device": f"{port}/1-5:1.0",
        f"call usb_descriptors {port}/descriptors": said.hex(),
    }
    return linux.audio(RecordedHost("linux", sources))


@pytest.mark.parametrize(("inputs", "outputs"), [([0x0402], [0x0402]), ([0x0402], [0x0301])])
def test_an_unlisted_device_that_calls_itself_a_headset_is_one_but_cable_or_radio_is_not_told(inputs, outputs):
    facts = speaking(descriptors("1532:0f02", inputs, outputs))
    assert facts["headset.in_use"].value is True
    for name in ("headset.link", "audio.input_kind", "audio.output_kind", "audio.communications_input_kind"):
        assert "not whether it is on a cable or on radio" in (facts[name].unknown or ""), name
    assert facts["audio.input_transport"].value == facts["audio.output_transport"].value == "usb"


@pytest.mark.parametrize(
    ("inputs", "outputs", "pictures", "seen"),
    [
        ([0x0405], [0x0405], [], ("speakerphone", "speakerphone", False, "none")),
        ([0x0202], [0x0304], [], ("microphone", "speakers", False, "none")),
        ([0x0201], [0x0301], [0x0201], ("webcam", "speakers", False, "none")),
        ([0x0201], [0x0301], [], (None, None, None, None)),
        ([0x0201], [0x0302], [], (None, None, None, None)),
        ([0x0401], [0x0401], [], (None, None, None, None)),
        ([0x0402], [0x0405], [], (None, None, None, None)),
        ([0x0602], [], [0x0401], (None, None, None, None)),
    ],
    ids=["speakerphone", "desk", "webcam", "anything", "headphones", "handset", "contradiction", "capture card"],
)
def test_an_unlisted_device_is_what_it_calls_itself_and_nothing_more(inputs, outputs, pictures, seen):
    facts = speaking(descriptors("1532:0f02", inputs, outputs, pictures))
    names = ("audio.input_kind", "audio.output_kind", "headset.in_use", "headset.link")
    assert tuple(facts[name].value for name in names) == seen


@pytest.mark.parametrize("name", ["ThinkPad Dock Audio", "USB-C to 3.5mm Adapter", "Example Monitor"])
def test_a_socket_on_usb_calls_itself_a_headset_whatever_is_plugged_in(name):
    facts = speaking(descriptors("1532:0f02", [0x0402], [0x0402]), name)
    assert facts["headset.in_use"].value is None


@pytest.mark.parametrize("said", [b"", b"\x12\x01", descriptors("0b0e:0300", [0x0402], [0x0402])])
def test_descriptors_of_another_device_or_of_none_say_nothing(said):
    assert speaking(said)["headset.in_use"].value is None


def test_the_descriptors_give_the_id_that_a_sound_server_leaves_out():
    facts = speaking(descriptors("0b0e:24c7", [0x0402], [0x0402]), usb_id=":")
    assert (facts["headset.link"].value, facts["headset.in_use"].value) == ("radio", True)


# --- how each is attached, and what it is ---


@pytest.mark.parametrize(
    ("device_in", "device_out", "attached", "kinds"),
    [
        (EVOLVE_IN, EVOLVE_OUT, ("usb", "usb"), ("wired_headset", "wired_headset")),
        (LINK_IN, SPEAKERS, ("usb", "built_in"), ("radio_headset", "speakers")),
        (WEBCAM, onboard("output", "hdmi-output-0", "HDMI"), ("usb", "display"), ("webcam", "speakers")),
        (INTERNAL_MIC, made_by_a_program("filter"), ("built_in", "virtual"), ("microphone", None)),
        (None, made_by_a_program("tunnel-sink.desk.example"), ("none", "network"), ("none", None)),
        (monitor_of(SPEAKERS), made_by_a_program("raop_output.hall"), ("none", "network"), ("none", "speakers")),
        (
            onboard("input", "analog-input-headset-mic", "Headset Microphone"),
            onboard("output", "analog-output-headphones", "Headphones"),
            ("jack", "jack"),
            ("wired_headset", "wired_headset"),
        ),
    ],
)
def test_the_default_devices_are_told_apart_and_are_those_of_calls_too(device_in, device_out, attached, kinds):
    facts = audio(device_in, device_out)
    for role in ("", "communications_"):
        assert tuple(facts[f"audio.{role}{end}_transport"].value for end in ("input", "output")) == attached
        assert tuple(facts[f"audio.{role}{end}_kind"].value for end in ("input", "output")) == kinds


def test_a_card_without_ports_does_not_say_how_its_sound_comes_out():
    mute = onboard("output", "x", "x") | {"ports": [], "active_port": None}
    facts = audio(INTERNAL_MIC, mute)
    assert facts["audio.output_transport"].value is None
    assert "socket" in (facts["audio.output_transport"].unknown or "")


def test_a_bluetooth_device_that_does_not_say_what_it_is_may_be_a_loudspeaker():
    address = "02_00_5E_10_00_01"
    facts = audio(bluetooth("input", address, "Robin", form=""), bluetooth("output", address, "Robin", form=""))
    assert "headset or a loudspeaker" in (facts["headset.in_use"].unknown or "")
    assert facts["audio.only_input_is_webcam"].value is False


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (AudioDevice("A", "usb", "0b0e:0300", address="c1"), AudioDevice("A", "usb", "0b0e:0300", address="c2"), False),
        (AudioDevice("A", "usb", "0b0e:0300"), AudioDevice("B", "usb", "0b0e:0300"), True),
        (AudioDevice("A", "usb"), AudioDevice("A", "usb"), True),
        (AudioDevice("A", "usb"), AudioDevice("B", "usb"), None),
        (AudioDevice("A", "usb"), AudioDevice("A", "bluetooth"), False),
        (AudioDevice("A", "virtual"), AudioDevice("A", "virtual"), None),
        (AudioDevice("A", None), AudioDevice("A", None), None),
        (AudioDevice("", "bluetooth"), AudioDevice("", "bluetooth"), None),
    ],
)
def test_two_ends_are_one_device_only_where_that_is_sure(one, other, same):
    assert one_device(one, other) is one_device(other, one) is same


# --- set aside for calls ---


def calls(
    *,
    default: dict[str, Any],
    aside: dict[str, Any],
    modules: tuple[str, ...] = ("module-intended-roles",),
    server: str = "pulseaudio",
) -> Any:
    """The facts when one sink is the default and another is set aside for programs that call themselves a phone."""
    own = aside | {"properties": aside["properties"] | {"device.intended_roles": "phone"}}
    sources = {
        "run pactl -f json info": json.dumps(
            {"server_name": server, "default_source_name": LINK_IN["name"], "default_sink_name": default["name"]}
        ),
        "run pactl -f json list sinks": json.dumps([default, own]),
        "run pactl -f json list sources": json.dumps([LINK_IN]),
        "run pactl -f json list modules": json.dumps([{"name": name} for name in modules]),
    }
    return linux.audio(RecordedHost("linux", sources))


def test_a_device_set_aside_for_calls_is_theirs_and_a_headset_must_be_in_use_either_way():
    facts = calls(default=SPEAKERS, aside=LINK_OUT)
    assert facts["audio.output_kind"].value == "speakers"
    assert facts["audio.communications_output_kind"].value == "radio_headset"
    for name in ("headset.in_use", "headset.link"):
        assert "other devices than the default ones" in (facts[name].unknown or "")


def test_pipewire_may_or_may_not_give_calls_the_device_that_is_set_aside():
    facts = calls(default=SPEAKERS, aside=LINK_OUT, server="PulseAudio (on PipeWire 1.2.7)", modules=())
    assert "depends on the settings of PipeWire" in (facts["audio.communications_output_kind"].unknown or "")
    assert facts["audio.output_kind"].value == "speakers"
    assert facts["headset.in_use"].value is None


def test_a_device_is_not_set_aside_where_nothing_moves_calls_to_it():
    facts = calls(default=SPEAKERS, aside=LINK_OUT, modules=())
    assert facts["audio.communications_output_kind"].value == "speakers"
    assert facts["headset.in_use"].value is False
