"""Windows' pure rules, by what is known of real machines: adapters, audio endpoints, states and dates as they stand."""

import ctypes
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.check.collect import windows
from remoteready.check.collect.windows import adapters as windows_link
from remoteready.check.collect.windows import answers as windows_told
from remoteready.check.collect.windows import devices as windows_devices
from remoteready.check.collect.windows import native as windows_native
from remoteready.check.collect.windows import native_internet as windows_native_internet
from remoteready.check.collect.windows import native_net as windows_native_net
from remoteready.check.collect.windows import native_sound as windows_native_sound
from remoteready.check.collect.windows import safety as windows_safety
from remoteready.check.collect.windows import sound as windows_sound
from remoteready.check.facts import Fact
from remoteready.check.snapshot import RecordedHost

TODAY = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PLAIN = {
    "call remote_session": False,
    rf"call registry_values {windows_told.BIOS} SystemManufacturer SystemProductName": {
        "SystemManufacturer": "Example Computers",
        "SystemProductName": "Book 14",
    },
    "call today_s": TODAY.timestamp(),
    "call source_address 198.51.100.1 443": "192.0.2.10",
}


def desk(sources: dict[str, Any]) -> RecordedHost:
    return RecordedHost("windows", PLAIN | sources)


def registry(key: str, *names: str) -> str:
    return " ".join(["call registry_values", key, *names])


def told(fact: Fact) -> Any:
    """The value, or the reason in a tuple, so that a table can hold either."""
    return (fact.unknown,) if fact.value is None else fact.value


# --- link -----------------------------------------------------------------------------------------------------------


def adapter(line: str, index: int = 1, **more: Any) -> dict[str, Any]:
    """Name|Description|IfType|Medium|Hardware|Connector|Up|Speed|Device – the columns in which real ones were seen."""
    name, description, type_, medium, hardware, connector, up, speed, device = line.split("|")
    return {
        "index": index,
        "name": name,
        "description": description,
        "type": int(type_),
        "medium": int(medium),
        "hardware": hardware == "T",
        "connector": connector == "T",
        "up": up == "1",
        "receive_bps": int(speed or 0),
        "device": device,
        "service": "",
        "twins": [],
        "addresses": [],
    } | more


WIFI = r"Wi-Fi|Intel(R) Wi-Fi 6 AX201 160MHz|71|9|T|T|1|144400000|PCI\VEN_8086&DEV_A0F0"
FORTINET_UP = r"Ethernet 3|Fortinet SSL VPN Virtual Ethernet Adapter|6|14|F|F|1|100000000000|ROOT\NET"
FORTINET_DOWN = r"Ethernet 3|Fortinet SSL VPN Virtual Ethernet Adapter|6|14|F|F|2|100000000000|ROOT\NET"
FORTINET_NDIS = r"Ethernet 2|Fortinet Virtual Ethernet Adapter (NDIS 6.30)|6|14|F|F|2|100000000|ROOT\NET"
DOCK_OUT = r"Ethernet 4|Realtek USB GbE Family Controller #2|6|14|T|T|2||USB\VID_0BDA&PID_8153"
DOCK_IN = r"Ethernet 4|Realtek USB GbE Family Controller #2|6|14|T|T|1|1000000000|USB\VID_0BDA&PID_8153"
BLUETOOTH = r"Connexion réseau Bluetooth|Bluetooth Device (Personal Area Network)|6|10|F|F|2|3000000|BTH\MS_BTHPAN"
TAP = r"Ethernet 9|TAP-Windows Adapter V9 #3|6|14|F|F|2|100000000|ROOT\NET"
SWITCH = r"vEthernet (Default Switch)|Hyper-V Virtual Ethernet Adapter|6|0|F|F|1|10000000000|ROOT\VMS_MP"
REAL = [WIFI, FORTINET_UP, FORTINET_NDIS, DOCK_OUT, BLUETOOTH, TAP, SWITCH]
"""One real laptop; a colleague of it has the same rows with the dock's cable in and the VPN down."""


@pytest.mark.parametrize(
    ("line", "physical", "tunnel"),
    [
        (WIFI, True, False),
        (FORTINET_UP, False, True),
        (FORTINET_NDIS, False, True),
        (DOCK_OUT, True, False),
        (BLUETOOTH, True, False),
        (TAP, False, True),
        (SWITCH, False, False),
        (r"Połączenie|WAN Miniport (IKEv2)|131|0|F|F|1|0|SWD\MSRRAS", False, True),
        (r"接続|Example VPN|23|0|F|F|1|0|", False, True),
        (r"wg0|WireGuard Tunnel|53|0|F|F|1|100000000000|SWD\WIREGUARD", False, True),
        (r"Connexion au réseau local* 1|Microsoft Wi-Fi Direct Virtual Adapter|71|9|F|F|2|0|SWD\WFD", False, False),
        (r"VMnet8|VMware Virtual Ethernet Adapter for VMnet8|6|0|F|T|1|100000000|ROOT\VMWARE", False, False),
        (r"x|Somebody's Virtual Adapter|6|0|F|F|1|0|ROOT\NET", False, None),
    ],
)
def test_what_an_adapter_is_is_told_by_numbers_and_ids_not_by_its_translated_name(line, physical, tunnel):
    one = adapter(line)
    assert windows_link.is_physical(one) is physical
    assert windows_link.is_tunnel(one) is tunnel


def machine(lines: list[str], used: str, routes: list[str], **sources: Any) -> dict[str, Any]:
    rows = [
        adapter(line, number, addresses=["192.0.2.10"] if line == used else []) for number, line in enumerate(lines)
    ]
    metrics = [{"index": lines.index(line), "family": 2, "metric": 25 + n} for n, line in enumerate(routes)]
    facts = windows.link(desk({"call adapters": rows, "call default_routes": metrics} | sources), None)
    return {name.removeprefix("network."): told(fact) for name, fact in facts.items()}


def test_with_the_vpn_up_the_wifi_below_it_is_the_link():
    assert machine(REAL, FORTINET_UP, [FORTINET_UP, WIFI]) == {"link": "wifi", "link_mbps": 144.4, "tunnel": True}


def test_with_the_vpn_down_the_docks_cable_is_the_link():
    lines = [WIFI, FORTINET_DOWN, FORTINET_NDIS, DOCK_IN, BLUETOOTH, TAP, SWITCH]
    assert machine(lines, DOCK_IN, [DOCK_IN, WIFI]) == {"link": "wired", "link_mbps": 1000.0, "tunnel": False}


def test_below_a_vpn_the_best_route_of_a_real_adapter_that_is_up_decides():
    lines = [WIFI, FORTINET_UP, DOCK_OUT, SWITCH]
    assert machine(lines, FORTINET_UP, [SWITCH, DOCK_OUT, FORTINET_UP, WIFI])["link"] == "wifi"
    assert machine([FORTINET_UP, SWITCH], FORTINET_UP, [FORTINET_UP, SWITCH])["link"] == (
        "no physical adapter found below Fortinet SSL VPN Virtual Ethernet Adapter",
    )


def test_below_a_virtual_switch_the_card_with_its_hardware_address_is_the_link():
    rows = [adapter(DOCK_IN, 4), adapter(SWITCH, 7, addresses=["192.0.2.10"], twins=[4])]
    facts = windows.link(desk({"call adapters": rows}), None)
    assert (facts["network.link"].value, facts["network.tunnel"].value) == ("wired", False)
    alone = windows.link(desk({"call adapters": [rows[1] | {"twins": []}]}), None)
    assert alone["network.link"].value is None


def test_the_route_to_this_computer_itself_or_from_an_address_nobody_has_tells_no_link():
    loopback = adapter("Loopback|Software Loopback Interface 1|24|0|F|F|1|0|", addresses=["192.0.2.10"])
    facts = windows.link(desk({"call adapters": [loopback]}), None)
    assert {fact.unknown for fact in facts.values()} == {"the target is this computer itself"}
    facts = windows.link(desk({"call adapters": [adapter(WIFI)]}), None)
    assert {fact.unknown for fact in facts.values()} == {"no adapter has the address that the traffic leaves from"}


@pytest.mark.parametrize(
    ("line", "service", "kind"),
    [
        (WIFI, "Netwtw10", "wifi"),
        (DOCK_IN, "rtu53cx22x64", "wired"),
        (BLUETOOTH, "BthPan", "bluetooth"),
        (r"Mobilfunk|Example LTE|6|8|T|T|1|150000000|USB\VID_1199", "wmbclass", "mobile"),
        (r"Cellular|Example 5G|243|0|T|T|1|150000000|PCI\VEN_105B", "", "mobile"),
        (r"Ethernet 5|Remote NDIS|6|14|T|T|1|425984000|USB\VID_04E8&PID_6863&MI_00", "usbrndis6", "tether"),
        (r"Ethernet 6|Apple Mobile|6|14|T|T|1|1|USB\VID_05AC&PID_12A8", "Netaapl", "tether"),
        (
            r"Ethernet 7|UsbNcm Host Device|6|14|T|T|1|1|USB\VID_0BDA",
            "UsbNcm",
            ("UsbNcm Host Device: a tethered phone or a USB network adapter; the driver serves both",),
        ),
        (
            r"Ethernet|Thunderbolt Networking|6|14|T|T|1|1|XDOMAIN\TBT",
            "",
            ("Thunderbolt Networking: how it is attached cannot be told",),
        ),
        (
            r"Ethernet|vmxnet3|6|14|T|T|1|1|PCI\VEN_15AD&DEV_07B0",
            "",
            ("this is a virtual machine (vmxnet3); run the check on the computer it is shown on",),
        ),
    ],
)
def test_a_real_adapter_is_what_its_type_medium_bus_and_driver_say(line, service, kind):
    assert told(windows_link.kind(adapter(line, service=service), "")) == kind


@pytest.mark.parametrize(("bps", "mbps"), [(0, None), (2**63 - 1, None), (2**64 - 1, None), (1_000_000_000, 1000.0)])
def test_a_rate_that_a_driver_makes_up_is_unknown(bps, mbps):
    assert windows_link.rate(adapter(WIFI, receive_bps=bps), "").value == mbps


@pytest.mark.parametrize(
    ("maker", "product", "reason"),
    [
        ("VMware, Inc.", "VMware20,1", "virtual machine"),
        ("Microsoft Corporation", "Virtual Machine", "virtual machine"),
        ("QEMU", "Standard PC (Q35 + ICH9, 2009)", "virtual machine"),
        ("innotek GmbH", "VirtualBox", "virtual machine"),
        ("Microsoft Corporation", "Surface Laptop 5", None),
    ],
)
def test_the_link_of_a_virtual_machine_is_not_the_desks(maker, product, reason):
    key = next(key for key in PLAIN if "SystemManufacturer" in key)
    rows = [adapter(DOCK_IN, addresses=["192.0.2.10"])]
    host = desk({"call adapters": rows, key: {"SystemManufacturer": maker, "SystemProductName": product}})
    fact = windows.link(host, None)["network.link"]
    assert fact.value == (None if reason else "wired")
    assert (reason or "") in (fact.unknown or "")


# --- sound ----------------------------------------------------------------------------------------------------------


def endpoint(flow: int, **more: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("name", "enumerator", "adapter", "parent", "path", "form", "subtype", "container", "port"))
    return empty | {"id": f"{flow}", "flow": flow, "rate_hz": 48000} | more


JABRA = r"{2}.\\?\usb#vid_0b0e&pid_0300&mi_00#6&1a2b#{6994ad04}\global"
LINK_380 = r"{2}.\\?\usb#vid_0b0e&pid_24c7&mi_00#6&1a2b#{6994ad04}\global"


@pytest.mark.parametrize(
    ("flow", "seen", "transport", "sure"),
    [
        (0, {"enumerator": "USB", "form": 5, "path": JABRA, "adapter": "Jabra Evolve 20 MS"}, "usb", True),
        (0, {"enumerator": "TUSBAUDIO_ENUM", "form": 1, "parent": r"{1}.USB\VID_0D8C&PID_0014"}, "usb", True),
        (0, {"enumerator": "TUSBAUDIO_ENUM", "form": 1}, None, False),
        # The same form, a Bluetooth device and a socket: only the enumerator tells.
        (0, {"enumerator": "BTHENUM", "form": 3}, "bluetooth", True),
        (0, {"enumerator": "HDAUDIO", "form": 3}, "jack", True),
        (1, {"enumerator": "BTHHFENUM", "form": 5}, "bluetooth", True),
        (1, {"enumerator": "BTHLEDEVICE", "form": 5}, "bluetooth", True),
        (1, {"enumerator": "HDAUDIO", "form": 4}, None, False),
        (1, {"enumerator": "HDAUDIO", "form": 4, "port": 0}, "jack", True),
        (1, {"enumerator": "HDAUDIO", "form": 4, "port": 1}, "built_in", True),
        (
            1,
            {"enumerator": "INTELAUDIO", "form": 4, "subtype": "{DFF21BE5-F70F-11D0-B917-00A0C9223196}"},
            "built_in",
            True,
        ),
        (1, {"enumerator": "HDAUDIO", "form": 5}, "jack", True),
        (0, {"enumerator": "HDAUDIO", "form": 1, "port": 1}, "built_in", True),
        (0, {"enumerator": "HDAUDIO", "form": 1, "port": 2}, None, False),
        (0, {"enumerator": "HDAUDIO", "form": 1, "port": 0}, "jack", True),
        (1, {"enumerator": "HDAUDIO", "form": 2}, "jack", True),
        (0, {"enumerator": "HDAUDIO", "form": 9}, "display", True),
        (0, {"enumerator": "ROOT", "form": 1}, "virtual", True),
        (0, {"enumerator": "SWD", "form": 0}, "network", True),
        (0, {"form": 1}, None, False),
    ],
)
def test_an_endpoint_is_attached_by_what_its_enumerator_says(flow, seen, transport, sure):
    device = windows_sound.device(endpoint(flow, **seen))
    assert (device.transport, device.doubt == "") == (transport, sure)


def heard(*endpoints: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The facts where the first output and the first input are the default for communications."""
    default = {("output", "input")[one["flow"]]: one["id"] for one in reversed(endpoints)}
    sound = {"endpoints": list(endpoints), "output": None, "input": None} | default
    sound |= {"other_output": sound["output"], "other_input": sound["input"]} | more
    facts = windows.audio(desk({"call audio_endpoints": sound}))
    return {name: told(fact) for name, fact in facts.items()}


def test_a_usb_headset_on_a_cable():
    facts = heard(
        *(endpoint(flow, enumerator="USB", form=5, path=JABRA, adapter="Jabra EVOLVE 20 MS") for flow in (0, 1))
    )
    assert (facts["headset.link"], facts["headset.in_use"], facts["audio.hands_free"]) == ("usb", True, False)


def test_a_radio_dongle_is_no_cable():
    facts = heard(*(endpoint(flow, enumerator="USB", form=5, path=LINK_380) for flow in (0, 1)))
    assert (facts["headset.link"], facts["headset.in_use"]) == ("radio", True)


def test_a_bluetooth_headset_in_a_call_is_in_hands_free_mode():
    music = endpoint(0, enumerator="BTHENUM", form=3, container="c1", rate_hz=48000)
    speech = endpoint(1, enumerator="BTHHFENUM", form=5, container="c1", rate_hz=16000)
    facts = heard(music, speech)
    assert (facts["headset.link"], facts["headset.in_use"], facts["audio.hands_free"]) == ("bluetooth", True, True)
    assert facts["audio.input_rate_hz"] == 16000
    assert heard(music, speech | {"rate_hz": 32000})["audio.hands_free"] is False
    assert heard(music, speech | {"rate_hz": None})["audio.hands_free"] != heard(music, speech)["audio.hands_free"]


def test_a_bluetooth_output_with_another_microphone_is_not_in_hands_free_mode():
    music = endpoint(0, enumerator="BTHENUM", form=3, container="c1")
    facts = heard(music, endpoint(1, enumerator="HDAUDIO", form=4, port=1))
    assert (facts["headset.link"], facts["audio.hands_free"]) == ("split", False)


def test_two_bluetooth_devices_that_cannot_be_told_apart_are_neither_one_nor_two():
    halves = [
        endpoint(0, enumerator="BTHENUM", adapter="A Stereo"),
        endpoint(1, enumerator="BTHHFENUM", adapter="A HF"),
    ]
    assert heard(*halves)["headset.link"] == (
        "two Bluetooth devices, or the two halves of one: the system does not say",
    )
    apart = [one | {"container": f"c{one['flow']}"} for one in halves]
    assert heard(*apart)["headset.link"] == "split"


def test_the_default_for_communications_is_judged_and_said_so():
    headset = [endpoint(flow, enumerator="USB", form=5, path=JABRA) for flow in (0, 1)]
    loudspeaker = endpoint(0, enumerator="HDAUDIO", form=1, port=1) | {"id": "speaker"}
    sound = {
        "endpoints": [*headset, loudspeaker],
        "output": "0",
        "input": "1",
        "other_output": "speaker",
        "other_input": "1",
    }
    fact = windows.audio(desk({"call audio_endpoints": sound}))["headset.in_use"]
    assert fact.value is True
    assert fact.detail.startswith("default for communications; other programs use another one: ")


@pytest.mark.parametrize(
    "name",
    [
        "Casque (Écouteurs de Zoé)",
        "Słuchawki (Zestaw głośnomówiący)",
        "ヘッドセット (ハンズフリー)",
        "Headset (@System32\\drivers\\bthhfenum.sys,#2;%1 Hands-Free%0\r\n;(Nothing Ear))",
    ],
)
def test_names_in_any_language_change_nothing_and_names_of_bluetooth_devices_are_not_shown(name):
    ends = [endpoint(flow, enumerator="BTHHFENUM", container="c1", name=name, adapter=name) for flow in (0, 1)]
    sound = {"endpoints": ends, "output": "0", "input": "1", "other_output": "0", "other_input": "1"}
    facts = windows.audio(desk({"call audio_endpoints": sound}))
    assert facts["headset.link"].value == "bluetooth"
    assert not [fact for fact in facts.values() if name[:6] in fact.detail]


STRANGE = {"enumerator": "USB", "path": r"{2}.\\?\usb#vid_1532&pid_0f02&mi_00#6&1a2b", "adapter": "Quiet Talk 5"}
SUBTYPES = {0x0402: "DFF21DE2", 0x0405: "DFF21DE5", 0x0202: "DFF21BE2", 0x0304: "DFF21CE4", 0x0301: "DFF21CE1"}
"""KSNODETYPE of ksmedia.h: headset, echo-cancelling speakerphone, desktop microphone, desktop speaker, speaker."""


@pytest.mark.parametrize(
    ("ways", "in_use"),
    [
        (({"form": 5}, {"form": 5}), True),
        (({"subtype": 0x0301, "form": 1}, {"subtype": 0x0402}), True),
        (({"subtype": 0x0405}, {"subtype": 0x0405}), False),
        (({"subtype": 0x0304}, {"subtype": 0x0202}), False),
        (({"subtype": 0x0301}, {"form": 4}), None),
    ],
)
def test_a_usb_device_in_no_table_is_what_it_calls_itself(ways, in_use):
    ends = []
    for flow, way in enumerate(ways):
        named = {"subtype": f"{{{SUBTYPES[way['subtype']]}-F70F-11D0-B917-00A0C9223196}}"} if "subtype" in way else {}
        ends.append(endpoint(flow, **{**STRANGE, **way, **named}))
    facts = heard(*ends)
    assert facts["headset.in_use"] is in_use if in_use is not None else isinstance(facts["headset.in_use"], tuple)
    if in_use:
        assert facts["headset.link"] == (
            "Quiet Talk 5 (1532:0f02) says that it is a headset, but not whether it is on a cable or on radio",
        )


def test_two_usb_headsets_of_one_model_are_two_by_their_containers():
    ends = [endpoint(flow, enumerator="USB", form=5, path=JABRA, container=f"c{flow}") for flow in (0, 1)]
    assert heard(*ends)["headset.in_use"] is False
    assert heard(*(end | {"container": "c"} for end in ends))["headset.in_use"] is True


def test_calls_and_all_other_programs_may_have_different_devices():
    headset = [endpoint(flow, enumerator="USB", form=5, path=JABRA) for flow in (0, 1)]
    speaker = endpoint(0, enumerator="HDAUDIO", form=1, port=1) | {"id": "speaker"}
    array = endpoint(1, enumerator="INTELAUDIO", form=4, port=1) | {"id": "array"}
    facts = heard(*headset, speaker, array, other_output="speaker", other_input="array")
    assert facts["headset.in_use"] is True
    assert (facts["audio.input_kind"], facts["audio.output_kind"]) == ("microphone", "speakers")
    assert (facts["audio.input_transport"], facts["audio.output_transport"]) == ("built_in", "built_in")
    for end in ("input", "output"):
        assert facts[f"audio.communications_{end}_kind"] == "wired_headset"
        assert facts[f"audio.communications_{end}_transport"] == "usb"
    nothing = heard(*headset, speaker, array, other_output=None, other_input="array")
    assert (nothing["audio.output_kind"], nothing["audio.output_transport"]) == ("none", "none")


def test_a_line_input_may_be_anything_and_is_no_headset():
    facts = heard(endpoint(0, enumerator="HDAUDIO", form=1, port=1), endpoint(1, enumerator="HDAUDIO", form=2))
    assert facts["headset.in_use"] is False
    assert facts["audio.input_kind"] == ("a sound device is a socket for any device: a microphone is only one of them",)


def test_remote_audio_is_not_this_computers():
    facts = heard(*(endpoint(flow, enumerator="SWD", form=0, name="Remote Audio") for flow in (0, 1)))
    assert facts["headset.link"] == ("Remote Audio is on the network: what is behind it cannot be seen",)


def test_the_microphone_of_a_usb_camera_is_known_by_the_cameras_own_id():
    camera = {"id": r"USB\VID_1234&PID_5678&MI_00", "service": "usbvideo", "name": "", "problem": 0}
    microphone = endpoint(1, enumerator="USB", path=r"{2}.\\?\usb#vid_1234&pid_5678&mi_02#7")
    sound = {"endpoints": [microphone], "output": None, "input": "1", "other_output": None, "other_input": "1"}
    host = desk(
        {
            "call audio_endpoints": sound,
            f"call devices {windows_devices.CAMERA_CLASS}": [camera],
            f"call devices {windows_devices.IMAGE_CLASS}": [],
        }
    )
    facts = windows.audio(host)
    assert (facts["audio.only_input_is_webcam"].value, facts["headset.link"].value) == (True, "none")


def systemtime(moment: datetime) -> str:
    parts = (moment.year, moment.month, 0, moment.day, moment.hour, moment.minute, moment.second, 0)
    return b"".join(part.to_bytes(2, "little") for part in parts).hex()


@given(st.datetimes(), st.datetimes())
def test_stamps_sort_as_their_times_do(one, other):
    one, other = one.replace(microsecond=0), other.replace(microsecond=0)
    left, right = windows_sound.stamp(systemtime(one)), windows_sound.stamp(systemtime(other))
    assert left is not None
    assert right is not None
    assert (left < right) == (one < other)


def registered(
    stamps: dict[str, str], state: int = 0x10000001, others: dict[str, str] | None = None
) -> dict[str, Fact]:
    """Two USB headsets, left and right, in the registry; the sound service does not answer."""
    names = [f"{{{form}}},{number}" for form, number in windows_native_sound.KEYS.values()]
    sources: dict[str, Any] = {"call audio_endpoints": {"unavailable": "audio_endpoints: windows answers 0x80070424"}}
    for branch in ("Render", "Capture"):
        folder = rf"{windows_sound.MMDEVICES}\{branch}"
        sources[f"call registry_keys {folder}"] = ["left", "right"]
        for guid, vendor in (("left", "vid_0b0e&pid_0300"), ("right", "vid_0b0e&pid_24c7")):
            held = {"DeviceState": state} | ({"Role:2": stamps[guid]} if guid in stamps else {})
            held |= {"Role:0": others[guid]} if others else {}
            sources[registry(rf"{folder}\{guid}", "DeviceState", "Role:2", "Role:0")] = held
            sources[registry(rf"{folder}\{guid}\Properties", *names)] = {names[4]: vendor, names[1]: "USB"}
    return windows.audio(desk(sources))


def test_where_the_sound_service_is_silent_the_newest_choice_in_the_registry_counts_and_is_named():
    old, new = systemtime(datetime(2025, 1, 31)), systemtime(datetime(2026, 2, 1))
    assert registered({"left": new, "right": old})["headset.link"].value == "usb"
    fact = registered({"left": old, "right": new})["headset.link"]
    assert (fact.value, fact.source) == ("radio", "registry, as audio_endpoints: windows answers 0x80070424")


def test_the_registry_keeps_the_choice_for_communications_apart_from_that_for_all_else():
    old, new = systemtime(datetime(2025, 1, 31)), systemtime(datetime(2026, 2, 1))
    facts = registered({"left": new, "right": old}, others={"left": old, "right": new})
    assert facts["audio.communications_input_kind"].value == "wired_headset"
    assert facts["audio.input_kind"].value == "radio_headset"
    assert facts["headset.link"].value == "usb"
    never = registered({"left": new, "right": old})["audio.input_kind"]
    assert "nobody ever chose a default device" in (never.unknown or "")


def test_without_any_choice_in_the_registry_the_default_is_unknown():
    assert registered({})["headset.link"].unknown == (
        "Windows' sound service does not answer, and nobody ever chose a default device"
    )


def test_an_unplugged_endpoint_in_the_registry_does_not_count():
    assert registered({"left": systemtime(TODAY), "right": systemtime(TODAY)}, state=8)["headset.link"].value is None


@pytest.mark.parametrize(
    ("computer", "user", "desktop", "allowed"),
    [
        ("Allow", "Allow", "Allow", True),
        ("Allow", "Allow", None, True),
        ("Deny", "Allow", "Allow", False),
        ("Allow", "Deny", "Allow", False),
        ("Allow", "Allow", "Deny", False),
        (None, None, None, None),
        ("Allow", None, None, None),
        ("Allow", "Prompt", None, None),
    ],
)
def test_every_privacy_switch_must_allow_the_microphone(computer, user, desktop, allowed):
    keys = {"HKLM\\" + windows_sound.CONSENT: computer, "HKCU\\" + windows_sound.CONSENT: user}
    keys["HKCU\\" + windows_sound.CONSENT + r"\NonPackaged"] = desktop
    host = desk({registry(key, "Value"): {"Value": value} if value else None for key, value in keys.items()})
    assert windows_sound.microphone_allowed(host).value is allowed


# --- camera, computer, monitors --------------------------------------------------------------------------------------


def camera(id_: str, name: str = "", service: str = "usbvideo", problem: int = 0) -> dict[str, Any]:
    return {"id": id_, "service": service, "name": name, "problem": problem}


@pytest.mark.parametrize(
    ("cameras", "images", "present"),
    [
        ([], [], False),
        ([camera(r"USB\VID_046D&PID_082D&MI_00", "HD Pro Webcam C920")], [], True),
        ([], [camera(r"USB\VID_046D&PID_082D&MI_00")], True),
        ([], [camera(r"USB\VID_04A9&PID_1909&MI_00", "Scanner", "usbscan")], False),
        ([camera(r"ROOT\CAMERA", "OBS Virtual Camera"), camera(r"SWD\VCAMDEVAPI", "Phone")], [], False),
        ([camera(r"USB\VID_13D3&PID_56FF&MI_00", "Integrated Camera", problem=22)], [], False),
        ([camera(r"USB\VID_13D3&PID_56FF&MI_02", "Integrated IR Camera")], [], None),
        ([camera(r"USB\V&MI_02", "Integrated IR Camera"), camera(r"USB\V&MI_00", "Integrated Camera")], [], True),
        ([camera(r"USB\VID_0FD9&PID_0066&MI_00", "Cam Link 4K")], [], None),
    ],
)
def test_a_camera_counts_when_it_is_real_and_works(cameras, images, present):
    assert cameras_among(cameras, images)["camera.present"].value is present


def cameras_among(cameras: list[Any], images: list[Any], programs: list[str] | None = None) -> dict[str, Fact]:
    asked = {windows_devices.CAMERA_CLASS: cameras, windows_devices.IMAGE_CLASS: images}
    sources: dict[str, Any] = {f"call devices {guid}": found for guid, found in asked.items()}
    return windows.camera(desk(sources | {f"call registry_keys {windows_devices.PROGRAMS_CAMERAS}": programs}))


def test_the_best_of_the_cameras_names_what_there_is():
    real, capture = camera("USB\\V", "Integrated Camera"), camera("USB\\V", "USB HDMI Capture")
    virtual = camera("SWD\\VCAMDEVAPI", "Phone")
    found = [cameras_among(list(some), []) for some in ((virtual, capture, real), (virtual, capture), (virtual,), ())]
    assert [facts["camera.kind"].value for facts in found] == ["real", "capture", "virtual", "none"]
    assert cameras_among([], [], ["{A3FCE0F5-3493-419F-958A-ABA1250EC20B}"])["camera.kind"].value == "virtual"


@pytest.mark.parametrize(
    ("chassis", "role", "kind"),
    [
        (10, 1, "laptop"),
        (31, 2, "laptop"),
        (3, 1, "desktop"),
        (13, 1, "desktop"),
        (1, 2, "laptop"),
        (2, 3, "desktop"),
        (None, 8, "laptop"),
        (1, 4, None),
    ],
)
def test_the_chassis_tells_the_kind_of_computer_and_else_its_role(chassis, role, kind):
    answer = chassis if chassis is not None else {"unavailable": "chassis: the firmware has no smbios table"}
    host = desk({"call chassis": answer, "call platform_role": role})
    assert windows.computer(host)["computer.kind"].value == kind


@pytest.mark.parametrize(
    ("line", "battery", "mains"),
    [(1, 8, True), (0, 1, False), (255, 255, None), (1, 128, True), (255, 128, True), (255, 1, None)],
)
def test_mains_or_battery(line, battery, mains):
    host = desk({"call power_status": {"line": line, "battery": battery, "saver": 0}})
    assert windows.computer(host)["power.mains"].value is mains


@pytest.mark.parametrize(
    ("saver", "scheme", "overlay", "saving"),
    [
        (0, "381b4222-f694-41f0-9685-ff5bb260df2e", None, False),
        (1, {"unavailable": "no"}, None, True),
        (0, windows_devices.POWER_SAVER, None, True),
        (0, "381b4222-f694-41f0-9685-ff5bb260df2e", "{961CC777-2547-4F9D-8174-7D86181b8A7A}", True),
        (0, {"unavailable": "no"}, None, None),
    ],
)
def test_any_of_three_ways_to_save_power_counts_and_a_no_needs_all_of_them(saver, scheme, overlay, saving):
    name = "ActiveOverlayAcPowerScheme"
    host = desk(
        {
            "call power_status": {"line": 1, "battery": 8, "saver": saver},
            "call power_scheme": scheme,
            registry(windows_devices.POWER_SCHEMES, name): {name: overlay} if overlay else None,
        }
    )
    assert windows.computer(host)["power.saving"].value is saving


def test_monitors_that_show_the_same_picture_are_two_monitors_and_one_picture():
    shown = [{"picture": p, "technology": 5, "width": 1920, "height": 1080} for p in ("0-0-0", "0-0-0", "0-0-1")]
    facts = windows.monitors(desk({"call displays": shown}))
    assert [fact.value for fact in facts.values()] == [3, 2 * 1920 * 1080]


def test_monitors_of_a_remote_session_are_those_of_another_computer():
    facts = windows.monitors(desk({"call remote_session": True, "call displays": []}))
    assert {fact.unknown for fact in facts.values()} == {
        "this is a remote session; run the check on the computer it is shown on"
    }


# --- updates --------------------------------------------------------------------------------------------------------


def update(*categories: str, severity: str = "", browse_only: bool = False) -> dict[str, Any]:
    return {"articles": ["5000001"], "categories": list(categories), "severity": severity, "browse_only": browse_only}


@pytest.mark.parametrize(
    ("waiting", "counts"),
    [
        ([], (0, 0)),
        ([update("0fa1201d-4330-4fa8-8ae9-b877473b6441")], (1, 1)),
        ([update("e6cf1350-c01b-414d-a61f-263d14d133b4")], (1, 1)),
        ([update("cd5ffd1e-e932-4e3a-bf74-18bf0b1bbd83")], (1, 0)),
        ([update("cd5ffd1e-e932-4e3a-bf74-18bf0b1bbd83", severity="Critical")], (1, 1)),
        ([update("e0789628-ce08-4437-be74-2495b842f43b")], (0, 0)),
        ([update("cd5ffd1e-e932-4e3a-bf74-18bf0b1bbd83", browse_only=True)], (0, 0)),
    ],
)
def test_updates_are_counted_by_the_guids_of_their_categories(waiting, counts):
    facts = windows_safety.pending(waiting, "")
    assert (facts["patches.pending"].value, facts["patches.pending_security"].value) == counts


@given(st.lists(st.builds(update, st.sampled_from([windows_safety.SECURITY, windows_safety.DEFINITIONS, "other"]))))
def test_no_more_security_updates_than_updates(updates):
    facts = windows_safety.pending(updates, "")
    assert facts["patches.pending_security"].value <= facts["patches.pending"].value <= len(updates)  # type: ignore[operator]


def test_a_windows_that_never_looked_for_updates_knows_of_none():
    host = desk({"call update_times": {"searched": None, "installed": None}, "call waiting_updates": []})
    assert windows.patches(host)["patches.pending"].unknown == "Windows has never looked for updates"


def paused(**settings: Any) -> Any:
    services = {"wuauserv": 3, "UsoSvc": 2} | settings
    host = desk(
        {
            registry(rf"{windows_safety.SERVICES}\wuauserv", "Start"): {"Start": services["wuauserv"]},
            registry(rf"{windows_safety.SERVICES}\UsoSvc", "Start"): {"Start": services["UsoSvc"]},
            registry(windows_safety.AUTOMATIC_POLICY, "NoAutoUpdate"): settings.get("policy"),
            registry(windows_safety.UPDATE_POLICY, "PausedQualityStatus"): None,
            registry(windows_safety.UX_SETTINGS, "PauseUpdatesExpiryTime"): settings.get("until"),
        }
    )
    return told(windows_safety.paused(host))


def test_a_pause_is_a_date_as_text_and_ends_with_it():
    assert paused() is False
    assert paused(until={"PauseUpdatesExpiryTime": "2042-09-05T09:59:52Z"}) is True
    assert paused(until={"PauseUpdatesExpiryTime": "2026-11-01T09:59:52Z"}) is False
    assert paused(until={"PauseUpdatesExpiryTime": "soon"}) == (
        "the date until which updates are paused is not as documented",
    )
    assert paused(wuauserv=4) is True
    assert paused(wuauserv=None) == ("there is no service for Windows Update",)
    assert paused(policy={"NoAutoUpdate": 1}) is True


def test_a_restart_is_pending_by_windows_own_flags_and_files_to_be_renamed_are_not_even_asked_for():
    flags = [
        rf"{windows_safety.SERVICING}\RebootPending",
        rf"{windows_safety.WINDOWS_UPDATE}\Auto Update\RebootRequired",
    ]
    for set_ in ([], flags[:1], flags[1:], flags):
        sources: dict[str, Any] = {registry(flag): {} if flag in set_ else None for flag in flags}
        host = desk(sources | {registry(windows_safety.SERVICING): {}})
        assert windows_safety.reboot_pending(host).value is bool(set_)
    nothing = desk(dict.fromkeys([registry(windows_safety.SERVICING), *map(registry, flags)]))
    assert windows_safety.reboot_pending(nothing).value is None


def test_the_newest_cumulative_update_that_is_installed_tells_when_updates_were_last_installed():
    folder = rf"{windows_safety.SERVICING}\Packages"
    days = {"~~26100.1742.1.10": (30, 80), "~~26100.2314.1.9": (10, 112), "~~26100.2605.1.3": (1, 64)}
    sources: dict[str, Any] = {
        f"call registry_keys {folder} Package_for_RollupFix": [f"Package_for_RollupFix{name}" for name in days]
    }
    for name, (ago, state) in days.items():
        filetime = int((TODAY.timestamp() - ago * 86400 + 11_644_473_600) * 10_000_000)
        key = registry(rf"{folder}\Package_for_RollupFix{name}", "InstallTimeHigh", "InstallTimeLow", "CurrentState")
        sources[key] = {
            "InstallTimeHigh": filetime >> 32,
            "InstallTimeLow": filetime & 0xFFFFFFFF,
            "CurrentState": state,
        }
    fact = windows_safety.last_success(desk(sources))
    assert (fact.value, fact.detail) == (10.0, "26100.2314.1.9")
    assert windows_safety.last_success(desk({f"call registry_keys {folder} Package_for_RollupFix": None})).value is None


# --- antivirus, firewall, encryption --------------------------------------------------------------------------------

CENTRE = r"call wmi root\SecurityCenter2 AntiVirusProduct displayName productState"
DEFENDER = r"call wmi root\Microsoft\Windows\Defender MSFT_MpComputerStatus " + " ".join(windows_safety.DEFENDER_SAYS)


def defender(mode: str | None = "Normal", on: bool = True, updated: str = "20261121090000.000000+000") -> Any:
    return [{"AMRunningMode": mode, "RealTimeProtectionEnabled": on, "AntivirusSignatureLastUpdated": updated}]


def products(*rows: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"displayName": name, "productState": state} for name, state in rows]


@pytest.mark.parametrize(
    ("rows", "on"),
    [
        (products(("Windows Defender", 397568)), True),
        (products(("AVG Antivirus", 266240), ("Windows Defender", 393472)), True),
        (products(("Sophos", 331776)), True),
        (products(("Norton", 266256)), True),
        (products(("Example AV", 262144)), False),
        (products(("Example AV", 0x42000), ("Windows Defender", 393472)), False),
        (products(("Trial AV", 0x43000)), False),
        (products(("Avast", 262144), ("Avast", 266240)), True),
        (products(("Avast", 266240), ("Avast", 262144)), True),
        (products(("Strange", 0x4F000)), None),
    ],
)
def test_states_of_antivirus_products_as_real_machines_show_them(rows, on):
    facts = windows.antivirus(desk({CENTRE: rows, DEFENDER: defender()}))
    assert facts["antivirus.present"].value is True
    assert facts["antivirus.on"].value is on


def test_another_makers_definitions_have_no_age_but_what_the_centre_says_of_them_is_kept():
    facts = windows.antivirus(desk({CENTRE: products(("Norton", 266256))}))
    assert facts["antivirus.definitions_age_days"].unknown == (
        "Norton keeps the age of its definitions to itself; the security centre calls them out of date"
    )


@pytest.mark.parametrize(
    ("says", "on"),
    [
        (defender(), True),
        (defender("Passive Mode"), False),
        (defender("EDR Block Mode"), False),
        (defender("Not running", on=False), False),
        (defender(None), None),
    ],
)
def test_defender_in_passive_mode_is_off_though_all_its_switches_say_on(says, on):
    facts = windows.antivirus(desk({CENTRE: products(("Windows Defender", 397568)), DEFENDER: says}))
    assert facts["antivirus.on"].value is on
    assert facts["antivirus.definitions_age_days"].value == 1.0


def test_a_server_without_a_security_centre_is_asked_for_defender():
    missing = {"unavailable": "wmi: windows answers 0x8004100e"}
    assert windows.antivirus(desk({CENTRE: missing, DEFENDER: defender()}))["antivirus.on"].value is True
    off = windows.antivirus(desk({CENTRE: missing, DEFENDER: defender("Not running", on=False)}))
    assert off["antivirus.on"].value is None
    neither = windows.antivirus(desk({CENTRE: missing, DEFENDER: {"unavailable": "wmi: windows answers 0x800106ba"}}))
    assert {fact.value for fact in neither.values()} == {None}


def test_no_antivirus_is_a_fact_only_when_the_security_centre_agrees():
    assert windows.antivirus(desk({CENTRE: [], "call provider_health 4": 2}))["antivirus.present"].value is False
    assert windows.antivirus(desk({CENTRE: [], "call provider_health 4": 0}))["antivirus.present"].value is None


@pytest.mark.parametrize(
    ("text", "hour"),
    [("20250311015218.000000+000", 1), ("20250311015218.000000+060", 0), ("20250311015218.000000-060", 2)],
)
def test_cim_dates_count_their_zone_in_minutes(text, hour):
    assert datetime.fromtimestamp(windows_safety.cim_moment_s(text), UTC).hour == hour


def firewall(health: Any, states: dict[str, int], used: Any = 4, policy: dict[str, int] | None = None) -> Any:
    sources: dict[str, Any] = {"call provider_health 1": health, "call firewall_profiles_in_use": used}
    sources[registry(rf"{windows_safety.SERVICES}\MpsSvc", "Start")] = {"Start": 2}
    for name in windows_safety.PROFILES.values():
        for folder, held in (
            (windows_safety.FIREWALL_GROUP_POLICY, policy or {}),
            (windows_safety.FIREWALL_POLICY, states),
        ):
            sources[registry(rf"{folder}\{name}", "EnableFirewall")] = (
                {"EnableFirewall": held[name]} if name in held else None
            )
    return windows.firewall(desk(sources))["firewall.on"].value


ALL_ON = dict.fromkeys(windows_safety.PROFILES.values(), 1)
SILENT = {"unavailable": "provider_health: this windows has no wscapi.dll"}


def test_the_firewall_by_the_security_centre_and_else_by_the_profile_in_use():
    assert firewall(0, {}) is True
    assert firewall(2, ALL_ON) is False
    assert firewall(3, ALL_ON) is False
    assert firewall(SILENT, ALL_ON) is True
    assert firewall(SILENT, ALL_ON | {"DomainProfile": 0}) is True
    assert firewall(SILENT, ALL_ON | {"DomainProfile": 0}, used={"unavailable": "no"}) is None
    assert firewall(SILENT, ALL_ON | {"PublicProfile": 0}) is None
    assert firewall(SILENT, ALL_ON, policy={"PublicProfile": 0}) is None
    assert firewall(SILENT, {}) is None
    assert firewall(1, ALL_ON) is True


@pytest.mark.parametrize(
    ("value", "encrypted"),
    [
        (1, True),
        (2, False),
        (3, False),
        (4, False),
        (5, False),
        (6, True),
        (0, None),
        (7, None),
        (8, None),
        (None, None),
    ],
)
def test_encryption_that_is_suspended_or_under_way_does_not_protect(value, encrypted):
    assert windows.encryption(desk({"call bitlocker_protection": value}))["disk.encrypted"].value is encrypted


@pytest.mark.parametrize(
    ("drives", "home", "encrypted"),
    [
        ({"system": "C:", "home": "C:"}, None, True),
        ({"system": "C:", "home": "D:"}, 2, False),
        ({"system": "C:", "home": "D:"}, 5, False),
        ({"system": "C:", "home": "D:"}, 1, True),
        ({"system": "C:", "home": r"\\SERVER\HOMES"}, None, None),
    ],
)
def test_the_volume_of_the_home_folder_is_asked_for_where_it_is_another(drives, home, encrypted):
    asked = {"call bitlocker_protection": 1, "call bitlocker_protection D:": home, "call drives": drives}
    facts = windows.encryption(desk(asked))
    assert (facts["disk.encrypted"].value, facts["disk.home_encrypted"].value) == (True, encrypted)


# --- version --------------------------------------------------------------------------------------------------------


def version(build: int, edition: str, revision: int = 1000, **more: Any) -> dict[str, Any]:
    names = ("CurrentBuild", "UBR", "DisplayVersion", "EditionID", "InstallationType")
    held = {"CurrentBuild": str(build), "UBR": revision, "EditionID": edition, "InstallationType": "Client"} | more
    facts = windows.operating_system(desk({registry(windows.CURRENT_VERSION, *names): held}))
    return {name.removeprefix("os."): told(fact) for name, fact in facts.items()}


@pytest.mark.parametrize(
    ("build", "edition", "supported"),
    [
        (26200, "Core", True),
        (26100, "Core", False),
        (26100, "Professional", False),
        (26100, "Enterprise", True),
        (26100, "EnterpriseS", True),
        (26100, "IoTEnterpriseS", None),
        (22631, "Professional", False),
        (19044, "EnterpriseS", True),
        (17763, "EnterpriseS", True),
        (99999, "Core", None),
        (26200, "Cloud", None),
    ],
)
def test_support_ends_by_build_and_edition(build, edition, supported):
    answer = version(build, edition)["supported"]
    assert (None if isinstance(answer, tuple) else answer) is supported


def test_windows_10_past_its_end_is_unsupported_unless_it_got_an_extended_update():
    assert version(19045, "Professional", 6456)["supported"] is False
    assert version(19045, "Professional", 6466)["supported"] is False
    assert version(19045, "Professional", 6575)["supported"] == (
        "its support has ended; it may still get extended security updates (ESU), which cannot be seen",
    )


def test_the_build_tells_the_name_and_the_product_name_is_not_even_asked_for():
    assert version(26200, "Core", 7171, DisplayVersion="25H2")["version"] == "Windows 11 Home 25H2, build 26200.7171"
    assert version(19045, "Professional", 6456, DisplayVersion="22H2")["version"].startswith("Windows 10 Pro 22H2")
    server = version(20348, "ServerStandard", 2849, InstallationType="Server")
    assert server["version"] == "Windows Server 2022, build 20348.2849"
    assert server["supported"] == ("Windows Server 2022 is not in the table",)


# --- screen ---------------------------------------------------------------------------------------------------------


def screen(
    policy: Any = None,
    saver: str = "",
    secure: Any = 0,
    saver_policy: Any = None,
    standby: bool = True,
    modern: bool = False,
    sleep_s: int = 0,
    display_s: int = 600,
    wake: int = 0,
    delay: int | None = None,
) -> tuple[Any, Any]:
    def setting(group: str, name: str) -> str:
        return f"call power_setting {group} {name} True"

    saver_names = ("ScreenSaveActive", "ScreenSaverIsSecure", "ScreenSaveTimeOut", "SCRNSAVE.EXE")
    host = desk(
        {
            registry(windows.SYSTEM_POLICY, "InactivityTimeoutSecs"): {"InactivityTimeoutSecs": policy}
            if policy
            else {},
            registry(windows.DESKTOP_POLICY, *saver_names): saver_policy,
            registry(windows.DESKTOP, "SCRNSAVE.EXE"): {"SCRNSAVE.EXE": saver} if saver else {},
            registry(windows.DESKTOP, "DelayLockInterval"): {} if delay is None else {"DelayLockInterval": delay},
            "call system_parameter 16": 1,
            "call system_parameter 14": 600,
            "call system_parameter 118": secure,
            "call sleep_states": {"standby": standby, "modern": modern},
            "call power_status": {"line": 1, "battery": 8, "saver": 0},
            setting(windows.SLEEP, windows.SLEEP_IDLE): sleep_s,
            setting(windows.DISPLAY, windows.DISPLAY_IDLE): display_s,
            setting(windows.NO_GROUP, windows.CONSOLE_LOCK): wake,
        }
    )
    facts = windows.screen(host)
    return facts["screen.locks"].value, facts["screen.lock_after_s"].value


def test_the_screen_locks_by_policy_by_screen_saver_or_by_sleep():
    assert screen() == (False, None)
    assert screen(policy=900) == (True, 900)
    assert screen(saver="C:\\Windows\\system32\\scrnsave.scr", secure=1) == (True, 600)
    assert screen(policy=900, saver="scrnsave.scr", secure=1) == (True, 600)
    assert screen(sleep_s=1800, wake=1) == (True, 1800)


def test_a_screen_saver_without_a_password_or_never_chosen_is_no_lock():
    assert screen(saver="scrnsave.scr", secure=0) == (False, None)
    assert screen(saver="", secure=1) == (False, None)
    assert screen(saver="scrnsave.scr", secure={"unavailable": "no"}) == (None, None)


def test_a_policy_on_the_screen_saver_wins_over_the_users_own_choice():
    forced = {"ScreenSaverIsSecure": "1", "ScreenSaveTimeOut": "300", "SCRNSAVE.EXE": "scrnsave.scr"}
    assert screen(saver_policy=forced) == (True, 300)
    assert screen(saver="scrnsave.scr", secure=1, saver_policy={"ScreenSaveActive": "0"}) == (False, None)


def test_a_display_that_is_switched_off_is_no_lock_but_on_modern_standby_it_may_be():
    assert screen(display_s=300, wake=1) == (False, None)
    assert screen(modern=True, display_s=300) == (None, None)
    assert screen(modern=True, display_s=300, delay=0xFFFFFFFF) == (False, None)
    assert screen(modern=True, display_s=300, policy=900) == (True, None)
    assert screen(modern=True, display_s=900, policy=300) == (True, 300)


# --- users ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "others"),
    [
        ([(0, 4, None), (1, 0, 0)], 0),
        ([(0, 4, None), (1, 4, 1), (2, 0, 0)], 1),
        ([(1, 4, 1), (2, 0, 0), (3, 4, 0), (4, 4, 1), (65536, 6, None)], 1),
        ([(1, 1, None), (2, 0, 0)], 0),
        ([(1, 4, -1), (2, 0, 0)], None),
        ([], None),
    ],
)
def test_people_who_were_switched_away_from_are_still_logged_in(rows, others):
    host = desk({"call sessions": [{"id": i, "state": state, "person": person} for i, state, person in rows]})
    assert windows.users(host)["users.others_logged_in"].value == others


@pytest.mark.parametrize(
    ("held", "automatic"),
    [({"AutoAdminLogon": "1"}, True), ({"AutoAdminLogon": "0"}, False), ({}, False), (None, None)],
)
def test_automatic_login(held, automatic):
    host = desk({registry(windows.WINLOGON, "AutoAdminLogon", "ForceAutoLogon"): held})
    assert windows.users(host)["users.automatic_login"].value is automatic


# --- the structures of Windows, the same on every system ------------------------------------------------------------


@pytest.mark.parametrize(
    ("structure", "size"),
    [
        (windows_native_net.InterfaceRow, 1352),
        (windows_native_net.AddressRow, 80),
        (windows_native_net.RouteRow, 104),
        (windows_native_net.IpInterfaceRow, 168),
        (windows_native_net.DisplayPath, 72),
        (windows_native_internet.ConnectivityHint, 12),
        (windows_native_internet.DnsServer, 32),
        (windows_native_internet.UserProxy, 32),
        (windows_native_internet.MachineProxy, 24),
        (windows_native_net.DisplayMode, 64),
        (windows_native.DeviceInfo, 32),
        (windows_native.SessionInfo, 24),
        (windows_native.PowerStatus, 12),
    ],
)
def test_structures_have_the_sizes_of_windows(structure, size):
    assert ctypes.sizeof(structure) == size


def smbios(kind: int, body: bytes, *strings: bytes) -> bytes:
    return bytes([kind, 4 + len(body), 0, 0]) + body + b"\0".join(strings) + b"\0\0"


@given(st.binary(max_size=8), st.integers(1, 36), st.booleans())
def test_the_chassis_is_found_among_other_structures(body, kind, locked):
    table = (
        smbios(1, body, b"Example", b"12345")
        + smbios(3, bytes([1, kind | locked << 7, 2]), b"Maker")
        + smbios(127, b"")
    )
    assert windows_native.chassis_in(table) == kind


@given(st.binary(max_size=64))
def test_any_firmware_table_gives_a_chassis_or_none(table):
    assert windows_native.chassis_in(table) is None or 0 <= (windows_native.chassis_in(table) or 0) < 128


@pytest.mark.skipif(sys.platform == "win32", reason="needs another system than Windows")
def test_off_windows_every_native_function_says_so():
    internet = windows_native_internet
    for call in (
        *(windows_native.sessions, windows_native_net.adapters, windows_native_net.displays),
        *(internet.dns_servers, internet.connectivity_level, internet.proxy_settings),
    ):
        with pytest.raises(OSError, match="only Windows has this"):
            call()
