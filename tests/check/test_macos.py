"""The collectors of macOS one by one: a table for each source, and each known trap of it."""

import json
import plistlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.check import snapshot
from remoteready.check.collect import common, macos, support
from remoteready.check.collect.macos import sound as macos_audio
from remoteready.check.collect.macos import updates as macos_updates
from remoteready.check.facts import Fact
from remoteready.check.snapshot import RecordedHost

DESK = snapshot.load(Path(__file__).parents[1] / "hosts" / "macos-15-dock-wired-usb-headset" / "snapshot.yaml")
AUDIO = "run system_profiler -json SPAudioDataType SPBluetoothDataType SPUSBHostDataType SPUSBDataType SPCameraDataType"
PORTS = "run networksetup -listallhardwareports"
UPDATES = "/Library/Preferences/com.apple.SoftwareUpdate.plist"
LOGIN = "/Library/Preferences/com.apple.loginwindow.plist"
NOW = datetime(2026, 11, 22, 18, 0)
GONE = object()


def host(changes: dict[str, Any]) -> RecordedHost:
    """The ready desk with other answers from some of its sources; GONE takes one away."""
    sources = {**DESK.sources, **changes}
    return RecordedHost("macos", {key: answer for key, answer in sources.items() if answer is not GONE})


def xml(value: Any) -> str:
    return plistlib.dumps(value).decode()


def value(fact: Fact) -> Any:
    """What a fact says: its value, or "?" where it is not known."""
    assert (fact.value is None) == bool(fact.unknown)
    return "?" if fact.value is None else fact.value


COLLECTORS = {
    macos.audio: common.AUDIO,
    macos.camera: common.CAMERA,
    macos.operating_system: common.SYSTEM,
    macos.patches: common.PATCHES,
    macos.antivirus: common.ANTIVIRUS,
    macos.firewall: common.FIREWALL,
    macos.encryption: common.ENCRYPTION,
    macos.screen: common.SCREEN,
    macos.users: common.USERS,
    macos.computer: common.COMPUTER,
    macos.monitors: common.MONITORS,
}


@pytest.mark.parametrize("collector", COLLECTORS, ids=lambda collector: collector.__name__)
def test_a_collector_answers_its_facts_and_no_others_also_where_no_source_answers(collector):
    nothing = collector(RecordedHost("macos", {"call today_s": NOW.timestamp()}))
    assert set(collector(DESK)) == set(nothing) == set(COLLECTORS[collector])
    assert {value(fact) for fact in nothing.values()} == {"?"}


# --- link -----------------------------------------------------------------------------------------------------------


def link_of(
    interface: str, port: str | None, type_: str = "Ethernet", media: str = "autoselect", changes: Any = None
) -> Any:
    sources = {
        "call interface_addresses": {"lo0": ["127.0.0.1"], interface: ["192.0.2.23"]},
        f"run ifconfig -v {interface}": f"{interface}: flags=8863<UP> mtu 1500\n\tmedia: {media}\n\ttype: {type_}\n",
        PORTS: f"\nHardware Port: {port}\nDevice: {interface}\nEthernet Address: 02:00:5e:10:00:01\n" if port else "",
    }
    return macos.link(host(sources | (changes or {})), None)


@pytest.mark.parametrize(
    ("interface", "port", "type_", "link"),
    [
        ("en8", "ThinkPad Lan", "Ethernet", "wired"),
        ("en8", "USB 10/100/1G/2.5G LAN", "Ethernet", "wired"),
        ("en0", "Ethernet", "Ethernet", "wired"),
        ("en8", "Thunderbolt Ethernet Slot 1", "Ethernet", "wired"),
        ("en0", "Wi-Fi", "Wi-Fi", "wifi"),
        ("en1", "WLAN", "Wi-Fi", "wifi"),
        ("en1", "Wi-Fi", "", "wifi"),
        ("en8", "iPhone USB", "Ethernet", "tether"),
        ("en8", "iPhone-USB", "Ethernet", "tether"),
        ("en8", "iPad USB", "Ethernet", "tether"),
        ("en9", "Pixel 8", "Ethernet", "tether"),
        ("en9", "HUAWEI_MOBILE", "Ethernet", "mobile"),
        ("en9", "MR9999", "Ethernet", "mobile"),
        ("en9", "Modem", "cellular", "mobile"),
        ("en9", "LTE", "Ethernet", "mobile"),
        ("en6", "Bluetooth PAN", "Ethernet", "bluetooth"),
        ("en6", "蓝牙 PAN", "Ethernet", "bluetooth"),
        ("bridge0", "Thunderbolt Bridge", "Ethernet", "?"),
        ("bridge0", "Thunderbolt-Brücke", "Ethernet", "?"),
        ("vlan0", None, "Ethernet", "?"),
        ("en5", "Ethernet Adapter (en5)", "Ethernet", "?"),
        ("en9", None, "Ethernet", "?"),
        ("en9", None, "", "?"),
        ("en8", "ThinkPad Lan", "Companion", "?"),
    ],
)
def test_an_interface_is_known_by_its_type_and_port_and_never_by_the_word_ethernet(interface, port, type_, link):
    facts = link_of(interface, port, type_)
    assert set(facts) == set(common.LINK)
    assert value(facts["network.link"]) == link
    assert facts["network.tunnel"].value is False


@pytest.mark.parametrize(
    ("media", "mbps"),
    [
        ("autoselect (1000baseT <full-duplex,flow-control>)", 1000),
        ("autoselect (100baseTX <full-duplex>)", 100),
        ("autoselect (2500Base-T <full-duplex>)", 2500),
        ("autoselect (10Gbase-T <full-duplex>)", 10_000),
        ("100baseTX <full-duplex>", 100),
        ("1000baseT (100baseTX <half-duplex>)", 100),
        ("autoselect (none)", "?"),
        ("autoselect", "?"),
        ("", "?"),
    ],
)
def test_the_rate_of_a_cable_is_the_one_that_was_agreed_on(media, mbps):
    assert value(link_of("en8", "ThinkPad Lan", media=media)["network.link_mbps"]) == mbps


def test_the_rate_of_wifi_is_not_told():
    assert value(link_of("en0", "Wi-Fi", "Wi-Fi", "autoselect (1000baseT)")["network.link_mbps"]) == "?"


def test_in_a_virtual_machine_the_link_is_that_of_another_computer():
    fact = link_of("en0", "Ethernet", changes={"run sysctl -n kern.hv_vmm_present": "1\n"})["network.link"]
    assert "virtual machine" in (fact.unknown or "")
    assert value(link_of("en0", "Ethernet", changes={"run sysctl -n kern.hv_vmm_present": GONE})["network.link"]) == "?"


def routes(*rows: str) -> str:
    head = "Routing tables\n\nInternet:\nDestination        Gateway            Flags        Netif Expire\n"
    return head + "".join(f"{row}\n" for row in rows)


TUNNELLED = {
    "call interface_addresses": {"en0": ["192.0.2.30"], "en7": ["192.0.2.31"], "utun4": ["192.0.2.23"]},
    "run ifconfig -v en0": "\ttype: Wi-Fi\n",
    "run ifconfig -v en7": "\tmedia: autoselect (1000baseT <full-duplex>)\n\ttype: Ethernet\n",
    PORTS: "Hardware Port: Dock\nDevice: en7\nEthernet Address: x\n\nHardware Port: Wi-Fi\nDevice: en0\n",
}


@pytest.mark.parametrize(
    ("rows", "ranked", "link"),
    [
        (["default link#25 UCSg utun4", "default 192.0.2.1 UGScIg en7"], None, "wired"),
        (["default 192.0.2.1 UGScg en0", "default link#20 UCSIg utun0", "0/1 utun4 USc utun4"], None, "wifi"),
        (["default 192.0.2.1 UGScg en7", "default 192.0.2.1 UGScIg en0"], None, "wired"),
        (["default link#25 UCSg utun4", "default 1 UGScIg en0", "default 1 UGScIg en7"], "utun4 en7 en0", "wired"),
        (["default link#25 UCSg utun4", "default 1 UGScIg en0", "default 1 UGScIg en7"], "utun4 en0 en7", "wifi"),
        (["default link#25 UCSg utun4", "default 1 UGScIg en0", "default 1 UGScIg en7"], "utun4", "?"),
        (["default link#25 UCSg utun4", "default 1 UGScIg en0", "default 1 UGScIg en7"], None, "?"),
        (["default link#25 UCSg utun4"], None, "?"),
        ([], None, "?"),
    ],
)
def test_below_a_tunnel_is_the_physical_default_route_or_else_the_first_by_rank(rows, ranked, link):
    nwi = {"run scutil --nwi": f"Network information\n\nNetwork interfaces: {ranked}\n"} if ranked else {}
    facts = macos.link(host({**TUNNELLED, "run netstat -rn -f inet": routes(*rows), **nwi}), None)
    assert (value(facts["network.link"]), facts["network.tunnel"].value) == (link, True)


def test_without_the_column_of_interfaces_nothing_is_known_below_a_tunnel():
    table = {"run netstat -rn -f inet": "Destination Gateway Flags\ndefault 192.0.2.1 UGScg\n"}
    facts = macos.link(host(TUNNELLED | table), None)
    assert (value(facts["network.link"]), facts["network.tunnel"].value) == ("?", True)


def test_idle_tunnels_with_an_address_of_their_own_making_are_no_tunnel_and_no_route():
    facts = macos.link(host({"call source_address 198.51.100.1 443": "fe80::1cf1:22ff:fe01:100"}), None)
    assert {value(fact) for fact in facts.values()} == {"?"}
    assert macos.link(DESK, None)["network.tunnel"].value is False  # four of them are on the ready desk


def test_ppp_over_nothing_else_may_be_a_modem():
    alone = {
        "call interface_addresses": {"ppp0": ["192.0.2.23"]},
        "run netstat -rn -f inet": routes("default 1 UG ppp0"),
    }
    facts = macos.link(host(alone), None)
    assert (value(facts["network.link"]), value(facts["network.tunnel"])) == ("?", "?")


@pytest.mark.parametrize(("held", "reason"), [({"lo0": ["192.0.2.23"]}, "this computer itself"), ({}, "no interface")])
def test_an_address_on_the_loopback_or_on_no_interface(held, reason):
    facts = macos.link(host({"call interface_addresses": held}), None)
    assert set(facts) == set(common.LINK)
    assert all(reason in (fact.unknown or "") for fact in facts.values())


# --- sound ----------------------------------------------------------------------------------------------------------


def entry(name: str, transport: str | None, direction: str = "", rate: Any = 48000, **more: Any) -> dict[str, Any]:
    """One device of SPAudioDataType; `direction` holds i and o for the default input and output."""
    made: dict[str, Any] = {"_name": name, "coreaudio_device_srate": rate}
    if transport is not None:
        made["coreaudio_device_transport"] = f"coreaudio_device_type_{transport}"
    for letter, way in (("i", "input"), ("o", "output")):
        if letter in direction:
            made |= {f"coreaudio_device_{way}": 1, f"coreaudio_default_audio_{way}_device": "spaudio_yes"}
    return made | more


def sound(*devices: dict[str, Any], **sections: Any) -> dict[str, Fact]:
    document = {"SPAudioDataType": [{"_name": "coreaudio_device", "_items": list(devices)}], **sections}
    return macos.audio(host({AUDIO: json.dumps(document)}))


def bluetooth(name: str, kind: str | None) -> dict[str, Any]:
    described = {"device_address": "02:00:5E:10:00:05"} | ({"device_minorType": kind} if kind else {})
    return {"SPBluetoothDataType": [{"device_connected": [{"A mouse": {}}, {name: described}]}]}


def new_usb(name: str, vendor: str, product: str) -> dict[str, Any]:
    device = {"_name": name, "USBDeviceKeyVendorID": vendor, "USBDeviceKeyProductID": product}
    return {"SPUSBDataType": [], "SPUSBHostDataType": [{"_name": "Bus", "_items": [{"_items": [device]}]}]}


def old_usb(name: str, vendor: str, product: str) -> dict[str, Any]:
    return {"SPUSBDataType": [{"_items": [{"_name": name, "vendor_id": vendor, "product_id": product}]}]}


@pytest.mark.parametrize(
    ("device", "sections", "link"),
    [
        (("Jabra Link 380", "usb"), new_usb("Jabra Link 380", "0x0b0e", "0x24c7"), "radio"),
        (("Jabra Link 380", "usb"), old_usb("Jabra Link 380", "0x0b0e  (GN Netcom A/S)", "0x24c7"), "radio"),
        (("A headset", "usb"), new_usb(" A headset", "0x0b0e", "0x300"), "usb"),
        (("A headset", "usb"), new_usb("Another", "0x0b0e", "0x0300"), "?"),
        (("A headset", "usb"), {}, "?"),
        (("Jabra SPEAK 510", "usb"), old_usb("Jabra SPEAK 510", "0x0b0e", "0x0420"), "none"),
        (("3.5 mm", "usb"), old_usb("3.5 mm", "apple_vendor_id", "0x110a"), "usb"),
        (("Studio Display", "usb"), old_usb("Studio Display", "apple_vendor_id", "0x1114"), "none"),
        (("External Headphones", "builtin"), {}, "jack"),
        (("Externe Kopfhörer", "builtin"), {}, "jack"),
        (("外置耳机", "builtin"), {}, "jack"),
        (("MacBook Pro Speakers", "builtin"), {}, "none"),
        (("MacBook Air扬声器", "builtin"), {}, "none"),
        (("Haut-parleurs iMac", "builtin"), {}, "none"),
        (("Sisäiset", "builtin"), {}, "?"),
        (("Microfone Embutido", "builtin"), {}, "?"),  # Portuguese: "fone" alone would be a headphone
        (("Apple Virtual Sound Device", "builtin"), {}, "?"),
        (("Robin's AirPods", "bluetooth"), bluetooth("Robin's AirPods", "Headphones"), "bluetooth"),
        (("Robin's AirPods", "bluetoothle"), bluetooth("Robin's AirPods", "Headset"), "bluetooth"),
        (("Robin's AirPods", "bluetooth_le"), bluetooth("Robin's AirPods", "Headset"), "bluetooth"),
        (("Robin's box", "bluetooth"), bluetooth("Robin's box", "Speaker"), "none"),
        (("Robin's box", "bluetooth"), bluetooth("Robin's box", "Loudspeaker"), "none"),
        (("Robin's box", "bluetooth"), bluetooth("Robin's box", "HiFi Audio Device"), "none"),
        (("Robin's box", "bluetooth"), bluetooth("Robin's box", None), "?"),
        (("Robin's box", "bluetooth"), {}, "?"),
        (("DELL U2723QE", "displayport"), {}, "none"),
        (("DELL U2723QE", "display_port"), {}, "none"),
        (("TV", "hdmi"), {}, "none"),
        (("Robin's TV", "airplay"), {}, "none"),
        (("Robin's iPhone Microphone", "continuity_capture_wireless"), {}, "none"),
        (("BlackHole 2ch", "virtual"), {}, "?"),
        (("Robin's aggregate", "aggregate"), {}, "?"),
        (("Apollo", "thunderbolt"), {}, "?"),
        (("Something", "unknown"), {}, "?"),
        (("Something", None), {}, "?"),
    ],
)
def test_every_transport_and_its_headset(device, sections, link):
    facts = sound(entry(device[0], device[1], "io"), **sections)
    assert value(facts["headset.link"]) == link
    assert value(facts["headset.in_use"]) == {"none": False, "?": "?"}.get(link, True)
    assert "Robin" not in " ".join(str(fact) for fact in facts.values())


def test_two_usb_products_of_one_name_are_not_told_apart():
    sections = new_usb("Headset", "0x0b0e", "0x0300")
    sections["SPUSBHostDataType"].append(
        {"_name": "Headset", "USBDeviceKeyVendorID": "0x0b0e", "USBDeviceKeyProductID": "0x24c7"}
    )
    assert value(sound(entry("Headset", "usb", "io"), **sections)["headset.link"]) == "?"


def test_the_old_one_device_for_speakers_and_jack_says_which_by_its_source():
    source = "coreaudio_output_source"
    microphone = entry("Built-in Microphone", "builtin", "i")
    jack = sound(microphone, entry("Built-in Output", "builtin", "o", **{source: "Headphones"}))
    own = sound(microphone, entry("Built-in Output", "builtin", "o", **{source: "Internal Speakers"}))
    unsaid = sound(microphone, entry("Built-in Output", "builtin", "o", **{source: "spaudio_default"}))
    assert [value(facts["headset.link"]) for facts in (jack, own, unsaid)] == ["?", "none", "none"]


def test_what_is_in_the_headphone_jack_may_be_loudspeakers_unless_a_microphone_is_in_it_too():
    facts = sound(entry("MacBook Pro Microphone", "builtin", "i"), entry("External Headphones", "builtin", "o"))
    assert (value(facts["headset.link"]), facts["headset.in_use"].value) == ("?", False)
    assert value(facts["audio.output_kind"]) == value(facts["audio.communications_output_kind"]) == "?"
    assert facts["audio.output_transport"].value == "jack"
    both = sound(entry("External Microphone", "builtin", "i"), entry("External Headphones", "builtin", "o"))
    assert (both["headset.link"].value, both["audio.output_kind"].value) == ("jack", "wired_headset")


def test_two_bluetooth_headsets_are_not_one():
    sections = {
        "SPBluetoothDataType": [
            {"device_connected": [{name: {"device_minorType": "Headset"}} for name in ("Robin's", "Sascha's")]}
        ]
    }
    facts = sound(entry("Robin's", "bluetooth", "i"), entry("Sascha's", "bluetooth", "o"), **sections)
    assert facts["headset.in_use"].value is False


def test_the_default_for_alerts_is_not_the_default_output():
    alerts = entry("External Headphones", "builtin", coreaudio_default_audio_system_device="spaudio_yes")
    facts = sound(alerts | {"coreaudio_device_output": 2}, entry("MacBook Pro Speakers", "builtin", "o"))
    assert facts["headset.link"].value == "none"


@pytest.mark.parametrize(
    ("rate_in", "rate_out", "hands_free"),
    [
        (8000, 8000, True),
        (16000, 16000, True),
        (16000.0, 48000, True),
        (16000, None, True),
        (24000, 24000, False),
        (24000, 48000, False),
        (24000, None, "?"),
        (None, None, "?"),
        ("16000", 48000, "?"),
    ],
)
def test_hands_free_is_a_bluetooth_device_at_16_khz_or_less(rate_in, rate_out, hands_free):
    pair = entry("B", "bluetooth", "i", rate_in), entry("B", "bluetooth", "o", rate_out)
    facts = sound(*pair, **bluetooth("B", "Headset"))
    assert value(facts["audio.hands_free"]) == hands_free


def test_a_wired_headset_at_16_khz_is_not_hands_free():
    facts = sound(entry("External Microphone", "builtin", "i", 16000), entry("External Headphones", "builtin", "o"))
    assert facts["audio.hands_free"].value is False
    assert facts["audio.input_rate_hz"].value == 16000


@pytest.mark.parametrize("rate", [None, 0, -1, True, "48000", 1e300])
def test_a_sample_rate_that_is_none_is_not_known(rate):
    assert value(sound(entry("External Microphone", "builtin", "i", rate))["audio.input_rate_hz"]) == "?"


@pytest.mark.parametrize(
    ("camera", "others", "only"),
    [
        ({"_name": "C920", "spcamera_model-id": "UVC Camera VendorID_1133 ProductID_2093"}, [], True),
        ({"_name": "HD Webcam", "spcamera_model-id": "HD Webcam"}, [], True),
        ({"_name": "C920", "spcamera_model-id": "UVC Camera VendorID_1133 ProductID_2093"}, ["builtin"], False),
        ({"_name": "C920", "spcamera_model-id": "UVC Camera VendorID_1133 ProductID_2093"}, ["virtual"], True),
        ({"_name": "Other", "spcamera_model-id": "UVC Camera VendorID_1133 ProductID_1"}, ["usb"], "?"),
    ],
)
def test_the_only_microphone_is_a_webcams_where_the_camera_has_its_ids_or_its_name(camera, others, only):
    name = "HD Webcam" if camera["_name"] == "HD Webcam" else "Gadget"
    sections = {**old_usb(name, "0x046d", "0x082d"), "SPCameraDataType": [camera]}
    more = [entry("MacBook Pro Microphone", kind, coreaudio_device_input=1) for kind in others]
    assert value(sound(entry(name, "usb", "i"), *more, **sections)["audio.only_input_is_webcam"]) == only


@pytest.mark.parametrize("answer", ["", "{", "[]", "null", "{}", '{"SPAudioDataType": {}}', '{"SPAudioDataType": []}'])
def test_a_report_without_sound_devices_says_nothing_about_them(answer):
    facts = macos.audio(host({AUDIO: answer}))
    assert set(facts) == set(common.AUDIO)
    assert {value(fact) for fact in facts.values()} == {"?"}


def test_the_report_may_be_wrapped_in_messages():
    whole = str(DESK.sources[AUDIO])
    assert macos.audio(host({AUDIO: f"system_profiler[1:2] odd\n{whole}\nlater\n"})) == macos.audio(DESK)


@given(st.permutations(json.loads(str(DESK.sources[AUDIO]))["SPAudioDataType"][0]["_items"]), st.integers(0, 3))
def test_neither_the_order_nor_the_depth_of_the_devices_matters(devices, depth):
    document = json.loads(str(DESK.sources[AUDIO]))
    group: Any = {"_items": devices}
    for _ in range(depth):
        group = {"_name": "group", "_items": [group]}
    document["SPAudioDataType"] = [group]
    facts = macos.audio(host({AUDIO: json.dumps(document)}))
    whole = macos.audio(DESK)
    assert {name: fact.value for name, fact in facts.items()} == {name: fact.value for name, fact in whole.items()}


@given(st.integers(1, 0xFFFF), st.integers(1, 0xFFFF))
def test_both_usb_reports_and_the_camera_report_give_the_same_ids(vendor, product):
    new = {"USBDeviceKeyVendorID": f"0x{vendor:04x}", "USBDeviceKeyProductID": f"0x{product:04x}"}
    old = {"vendor_id": f"0x{vendor:04x}  (Some Maker, Inc.)", "product_id": f"0x{product:04X}".replace("X", "x", 1)}
    camera = {"spcamera_model-id": f"UVC Camera VendorID_{vendor} ProductID_{product}"}
    expected = f"{vendor:04x}:{product:04x}"
    assert {macos_audio._usb_id(new), macos_audio._usb_id(old), macos_audio._camera_id(camera)} == {expected}


# --- camera ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cameras", "present"),
    [
        ([("FaceTime HD Camera (Built-in)", "UVC Camera VendorID_1452 ProductID_34304")], True),
        ([("FaceTime HD Camera", "FaceTime HD Camera")], True),
        ([("MacBook Pro-Kamera", "MacBook Pro-Kamera")], True),
        ([("Logitech BRIO", "UVC Camera VendorID_1133 ProductID_2142")], True),
        ([("Robin's iPhone Camera", "iPhone15,2")], "?"),
        ([("Robin's iPhone Desk View Camera", "iPhone15,2"), ("FaceTime HD Camera", "")], True),
        ([("OBS Virtual Camera", "OBS Camera Extension")], False),
        ([("OBS Virtual Camera", "x"), ("Strange", "Strange")], "?"),
        ([("", "")], "?"),
        ([], False),
    ],
)
def test_a_camera_is_real_virtual_a_phone_or_unclear(cameras, present):
    report = {"SPCameraDataType": [{"_name": name, "spcamera_model-id": model} for name, model in cameras]}
    fact = macos.camera(host({"run system_profiler -json SPCameraDataType": json.dumps(report)}))["camera.present"]
    assert value(fact) == present
    assert "Robin" not in str(fact)


@pytest.mark.parametrize(
    ("cameras", "kind"),
    [
        ([("OBS Virtual Camera", "x"), ("MacBook Pro Camera", "MacBook Pro Camera")], "real"),
        ([("OBS Virtual Camera", "x"), ("Cam Link 4K", "UVC Camera VendorID_4057 ProductID_102")], "capture"),
        ([("OBS Virtual Camera", "x")], "virtual"),
        ([], "none"),
        ([("Robin's iPhone Camera", "iPhone15,2"), ("Cam Link 4K", "x")], "?"),
    ],
)
def test_the_best_of_the_cameras_names_what_there_is(cameras, kind):
    report = {"SPCameraDataType": [{"_name": name, "spcamera_model-id": model} for name, model in cameras]}
    facts = macos.camera(host({"run system_profiler -json SPCameraDataType": json.dumps(report)}))
    assert value(facts["camera.kind"]) == kind
    assert value(facts["camera.present"]) == {"real": True, "virtual": False, "none": False}.get(kind, "?")


def test_a_report_without_the_section_of_cameras_does_not_mean_that_there_is_none():
    assert value(macos.camera(host({"run system_profiler -json SPCameraDataType": "{}"}))["camera.present"]) == "?"


# --- version and updates --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "supported"),
    [
        ("13.7.8", False),
        ("14.8.2", False),
        ("15.7.2", True),
        ("26.1", True),
        ("27.0", True),
        ("28.0", "?"),
        ("17.0", "?"),
    ],
)
def test_the_newest_three_versions_are_supported(version, supported):
    facts = macos.operating_system(host({"run sw_vers": f"ProductName:\t\tmacOS\nProductVersion:\t\t{version}\n"}))
    assert facts["os.version"].value == f"macOS {version}"
    assert value(facts["os.supported"]) == supported


def test_an_old_table_no_longer_says_that_a_version_is_supported_but_still_that_it_is_not():
    late = datetime.combine(support.table()["checked"], datetime.min.time()) + timedelta(days=366)
    for version, supported in (("27.0", "?"), ("14.8.2", False)):
        changes = {"call today_s": late.timestamp(), "run sw_vers": f"ProductVersion:\t{version}\n"}
        assert value(macos.operating_system(host(changes))["os.supported"]) == supported


@pytest.mark.parametrize("answer", ["", "ProductVersion:", "ProductVersion: 10.16", "ProductVersion: 16.0", "26.1\n"])
def test_no_version_or_the_one_for_old_programs_is_not_known(answer):
    facts = macos.operating_system(host({"run sw_vers": answer}))
    assert {value(fact) for fact in facts.values()} == {"?"}


def msu(version: Any, kind: str = "minor", name: str = "macOS Sequoia") -> dict[str, Any]:
    key = f"MSU_UPDATE_24X_patch_{version}_{kind}"
    return {"Display Name": name, "Display Version": version, "Identifier": key, "Product Key": key}


SAFARI = {"Display Name": "Safari", "Display Version": "26.1", "Identifier": "Safari26.1SequoiaAuto"}
TOOLS = {"Display Name": "Command Line Tools for Xcode", "Display Version": "16.4", "Identifier": "CLT"}


def patches(held: Any, installed: str = "15.7.2", **changes: Any) -> dict[str, Fact]:
    return macos.patches(
        host({f"read {UPDATES}": xml(held), "run sw_vers": f"ProductVersion:\t{installed}\n", **changes})
    )


@pytest.mark.parametrize(
    ("installed", "recommended", "pending", "security"),
    [
        ("15.7.2", [], 0, 0),
        ("15.7.2", [msu("15.7.3")], 1, "?"),
        ("15.7.2", [msu("15.7.2")], 0, 0),
        ("15.7.2", [msu("15.7")], 0, 0),
        ("15.7.2", [msu("15.10")], 1, "?"),
        ("15.0", [msu("15")], 0, 0),
        ("15.7.2", [msu("26.1", "major")], 0, 0),
        ("26.1", [msu(27, "major"), msu("26.2")], 1, "?"),
        ("26.1", [msu(26.2)], 1, "?"),
        ("15.7.2", [{"Display Name": "macOS", "Display Version": "15.8", "MobileSoftwareUpdate": True}], 1, "?"),
        ("26.1", [msu("26.1 (a)", name="Rapid Security Response")], 1, 1),
        ("26.1\nProductVersionExtra:\t(a)", [msu("26.1 (a)", name="Rapid Security Response")], 0, 0),
        ("26.1\nProductVersionExtra:\t(a)", [msu("26.1 (b)", name="Rapid Security Response")], 1, 1),
        ("15.7.2", [TOOLS], 1, "?"),
        ("15.7.2", [msu("soon")], "?", "?"),
        ("15.7.2", [SAFARI], "?", "?"),
    ],
)
def test_what_is_installed_by_now_and_upgrades_are_not_pending(installed, recommended, pending, security):
    facts = patches({"RecommendedUpdates": recommended, "LastSuccessfulDate": NOW}, installed)
    assert value(facts["patches.pending"]) == pending
    assert value(facts["patches.pending_security"]) == security


@pytest.mark.parametrize(("installed", "pending"), [("26.1", 0), ("26.2", 0), ("26.0.1", 1), ("18.6", 1), ("", "?")])
def test_a_recommended_safari_may_be_installed_by_now(installed, pending):
    safari = {"read /Applications/Safari.app/Contents/Info.plist": xml({"CFBundleShortVersionString": installed})}
    facts = patches({"RecommendedUpdates": [SAFARI], "LastSuccessfulDate": NOW}, **safari)
    assert value(facts["patches.pending"]) == pending


@pytest.mark.parametrize(
    "held", [{}, {"LastSuccessfulDate": NOW}, {"RecommendedUpdates": []}, {"LastUpdatesAvailable": 0}]
)
def test_no_list_or_no_date_of_it_is_not_zero_updates(held):
    facts = patches(held)
    assert (value(facts["patches.pending"]), value(facts["patches.pending_security"])) == ("?", "?")


def test_last_updates_available_is_not_believed():
    facts = patches({"LastUpdatesAvailable": 3, "RecommendedUpdates": [], "LastSuccessfulDate": NOW})
    assert facts["patches.pending"].value == 0


@pytest.mark.parametrize(
    ("dates", "age"),
    [
        ({"LastSuccessfulDate": NOW - timedelta(days=3)}, 3),
        ({"LastFullSuccessfulDate": NOW - timedelta(days=9)}, 9),
        ({"LastSuccessfulDate": NOW - timedelta(days=3), "LastFullSuccessfulDate": NOW - timedelta(days=9)}, 3),
        ({"LastSuccessfulDate": NOW + timedelta(hours=3)}, 0),
        ({"LastSuccessfulDate": NOW + timedelta(days=3)}, "?"),
        ({"LastBackgroundSuccessfulDate": NOW}, "?"),
        ({"LastSuccessfulDate": "yesterday"}, "?"),
        ({}, "?"),
    ],
)
def test_the_age_of_the_list_is_that_of_the_last_whole_look(dates, age):
    assert value(patches(dates)["patches.knowledge_age_days"]) == age


@pytest.mark.parametrize(
    ("held", "paused"),
    [({}, False), (dict.fromkeys(macos_updates.SWITCHES, 1), False), ({"AutomaticCheckEnabled": "yes"}, "?")]
    + [({key: off}, True) for key in macos_updates.SWITCHES for off in (False, 0)],
)
def test_an_absent_switch_is_on(held, paused):
    assert value(patches(held)["patches.paused"]) == paused


def test_what_the_company_prescribes_wins():
    changes = {"read /Library/Managed Preferences/com.apple.SoftwareUpdate.plist": xml({"AutomaticCheckEnabled": True})}
    assert patches({"AutomaticCheckEnabled": False}, **changes)["patches.paused"].value is False


def test_data_files_of_xprotect_are_no_update():
    rows = [
        {"date": NOW - timedelta(days=1), "displayName": "XProtectPlistConfigData"},
        {"date": NOW - timedelta(days=20), "displayName": "macOS 15.7.2"},
        {"date": NOW - timedelta(days=90), "displayName": "Safari"},
        {"displayName": "macOS without a date"},
    ]
    fact = patches({}, **{"read /Library/Receipts/InstallHistory.plist": xml(rows)})["patches.last_success_age_days"]
    assert (fact.value, fact.detail) == (20, "macOS 15.7.2")


@pytest.mark.parametrize(
    "text", ["", "bplist00", "<?xml", "<plist/>", "<plist version='1.0'><string>x</string></plist>"]
)
def test_a_file_that_is_no_list_of_settings_costs_only_what_it_tells(text):
    facts = macos.patches(host({f"read {UPDATES}": text, f"run plutil -convert xml1 -o - {UPDATES}": GONE}))
    assert set(facts) == set(common.PATCHES)
    assert value(facts["patches.pending"]) == "?"
    assert facts["patches.last_success_age_days"].value == 14


numbers = st.lists(st.integers(0, 99), min_size=1, max_size=4).filter(lambda parts: parts[0] > 0)


@given(numbers, numbers)
def test_versions_are_ordered_by_their_numbers_with_missing_ones_as_zero(one, other):
    first, second = (macos_updates._version(".".join(map(str, parts))) for parts in (one, other))
    assert first is not None
    assert second is not None
    padded = [parts + [0] * (4 - len(parts)) for parts in (one, other)]
    assert macos_updates._later(first, second) == (padded[0] >= padded[1])


# --- antivirus ------------------------------------------------------------------------------------------------------

XPROTECT = "/Library/Apple/System/Library/CoreServices/XProtect.bundle/Contents/Info.plist"
NO_DEFENDER = {"run mdatp health --output json": GONE}
ENABLED = {"run csrutil status": "System Integrity Protection status: enabled.\n"}


def antivirus(changes: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(value(fact) for fact in macos.antivirus(host(changes)).values())


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({"run xprotect version": "Version: 5370 Installed: 2026-11-20 18:00:00 +0000\n", **ENABLED}, (True, True, 2)),
        ({"run xprotect version": "Version: 5370 Installed: 2026-11-20 20:00:00 +0200\n", **ENABLED}, (True, True, 2)),
        (
            {
                f"read {XPROTECT}": xml({"CFBundleShortVersionString": "5370"}),
                f"call age_days {XPROTECT}": 6,
                **ENABLED,
            },
            (True, True, 6),
        ),
        ({"run xprotect version": "Version: 5370 Installed: 2026-11-20 18:00:00 +0000\n"}, (True, "?", 2)),
        # Apple may have made no newer ones since.
        (
            {"run xprotect version": "Version: 5370 Installed: 2026-11-02 18:00:00 +0000\n", **ENABLED},
            (True, True, "?"),
        ),
        ({"run xprotect version": "Version: 5370 Installed: 2026-19-20 18:00:00 +0000\n", **ENABLED}, ("?", "?", "?")),
        ({"run xprotect version": "usage: xprotect", **ENABLED}, ("?", "?", "?")),
        (ENABLED, ("?", "?", "?")),
    ],
)
def test_xprotect_is_on_only_where_the_system_is_known_to_be_guarded(changes, facts):
    assert antivirus({**NO_DEFENDER, **changes}) == facts


@pytest.mark.parametrize("status", ["disabled.", "unknown (Custom Configuration).", "", "not enabled"])
def test_without_the_guard_of_the_system_it_is_not_known_whether_xprotect_works(status):
    changes = {
        "run xprotect version": "Version: 5370 Installed: 2026-11-20 18:00:00 +0000\n",
        "run csrutil status": f"System Integrity Protection status: {status}\n",
    }
    assert antivirus({**NO_DEFENDER, **changes}) == (True, "?", 2)


@pytest.mark.parametrize(
    ("health", "facts"),
    [
        ({"realTimeProtectionEnabled": True, "definitionsUpdatedMinutesAgo": 720}, (True, True, 0.5)),
        ({"realTimeProtectionEnabled": {"value": False}}, (True, False, "?")),
        ({"realTimeProtectionEnabled": True, "passiveModeEnabled": {"value": True}}, (True, False, "?")),
        ({"realTimeProtectionEnabled": True, "realTimeProtectionSubsystem": "unavailable"}, (True, False, "?")),
        ({}, (True, "?", "?")),
        ([], ("?", "?", "?")),
    ],
)
def test_defender_wins_where_it_is_installed(health, facts):
    assert antivirus({"run mdatp health --output json": json.dumps(health)}) == facts
    assert antivirus({"run mdatp health --output json": "no JSON"}) == ("?", "?", "?")
    assert antivirus({"run mdatp health --output json": {"unavailable": "mdatp timed out"}}) == ("?", "?", "?")


# --- firewall and encryption ----------------------------------------------------------------------------------------

FIREWALL = "run /usr/libexec/ApplicationFirewall/socketfilterfw --getglobalstate"
REPORT = "run system_profiler -json SPFirewallDataType"


@pytest.mark.parametrize(
    ("answer", "state", "on"),
    [
        ("Firewall is enabled. (State = 1)\n", None, True),
        ("Firewall is disabled. (State = 0)\n", None, False),
        ("Firewall is blocking all non-essential incoming connections. (State = 2)\n", None, True),
        ("Firewall is enabled.", "allow_all", False),
        ("(State = 7)", "limit_connections", True),
        (GONE, "block_all", True),
        (GONE, "throttle_all", "?"),
        ("", None, "?"),
        (GONE, None, "?"),
    ],
)
def test_the_firewall_by_the_number_of_its_state_then_by_the_report(answer, state, on):
    report = {"SPFirewallDataType": [{"spfirewall_globalstate": f"spfirewall_globalstate_{state}"}]}
    changes = {FIREWALL: answer, REPORT: json.dumps(report) if state else GONE, "call process_names": ["Finder"]}
    assert value(macos.firewall(host(changes))["firewall.on"]) == on


@pytest.mark.parametrize("program", ["LuLu", "Little Snitch Agent", "at.obdev.littlesnitch.networkextension"])
def test_where_another_firewall_runs_apples_may_be_off(program):
    changes = {FIREWALL: "Firewall is disabled. (State = 0)\n", "call process_names": ["Finder", program]}
    assert value(macos.firewall(host(changes))["firewall.on"]) == "?"


@pytest.mark.parametrize(
    ("answer", "encrypted"),
    [
        ("FileVault is On.\n", True),
        ("FileVault is Off.\n", False),
        ("FileVault master keychain appears to be installed.\nFileVault is On.\n", True),
        ("FileVault is On.\nEncryption in progress: Percent completed = 42\n", False),
        ("FileVault is On.\nEncryption in progress: Pending\n", False),
        ("FileVault is Off.\nDecryption in progress: Percent completed = 35.00\n", False),
        ("FileVault is Off.\nDeferred enablement appears to be active for user 'robin'.\n", False),
        ("FileVault is Off, but will be enabled after the next restart.\n", False),
        ("FileVault is On.\nFileVault is Off.\n", "?"),
        ("", "?"),
        ("Error: -69808", "?"),
    ],
)
def test_filevault_is_on_only_when_it_is_all_done(answer, encrypted):
    fact = macos.encryption(host({"run fdesetup status": answer}))["disk.encrypted"]
    assert value(fact) == encrypted
    assert "robin" not in str(fact)


@pytest.mark.parametrize(
    ("folder", "encrypted"),
    [
        ("/Users/agent", True),
        ("/var/root", True),
        ("/private/var/root", True),
        ("/Volumes/Robin/agent", "?"),
        ("/Network/Servers/a/Users/b", "?"),
        (GONE, "?"),
    ],
)
def test_filevault_is_for_homes_on_the_startup_volume(folder, encrypted):
    asked = {"run fdesetup status": "FileVault is On.\n", "call home_folder": folder}
    facts = macos.encryption(host(asked))
    assert (value(facts["disk.encrypted"]), value(facts["disk.home_encrypted"])) == (True, encrypted)
    assert "Robin" not in str(facts)


# --- screen lock ----------------------------------------------------------------------------------------------------

IDLE = "run defaults -currentHost read com.apple.screensaver idleTime"
UNSET = {"exit": 1, "stderr": "The domain/default pair of (com.apple.screensaver, idleTime) does not exist\n"}
MANAGED = "read /Library/Managed Preferences/com.apple.screensaver.plist"


def screen(lock: str, idle: Any, display: Any, **changes: Any) -> tuple[Any, ...]:
    pmset = GONE if display is None else f"Currently in use:\n displaysleep         {display} (prevented by x)\n"
    said = {"stderr": f"2026-11-22 19:00:01.201 sysadminctl[1:2] screenLock {lock}\n"}
    sources = {"run sysadminctl -screenLock status": said, IDLE: idle, "run pmset -g": pmset, **changes}
    return tuple(value(fact) for fact in macos.screen(host(sources)).values())


@pytest.mark.parametrize(
    ("lock", "idle", "display", "facts"),
    [
        ("delay is 300 seconds", "600\n", 15, (True, 900)),
        ("delay is immediate", "1200\n", 10, (True, 600)),
        ("delay is 5.000000 seconds", "60\n", 10, (True, 65)),
        ("delay is immediate", "0\n", 10, (True, 600)),
        ("delay is immediate", "600\n", 0, (True, 600)),
        ("delay is immediate", "0\n", 0, (False, "?")),
        ("is off", "60\n", 1, (False, "?")),
        ("delay is -1 seconds", "60\n", 1, (False, "?")),
        ("delay is -1.000000 seconds", "60\n", 1, (False, "?")),
        ("delay is 2147483647 seconds", "60\n", 1, (False, "?")),
        ("delay is immediate", UNSET, 10, (True, 600)),
        ("delay is immediate", UNSET, 20, (True, 1200)),
        ("delay is immediate", UNSET, 30, (True, "?")),
        ("delay is immediate", UNSET, 0, ("?", "?")),
        ("delay is immediate", UNSET, None, ("?", "?")),
        ("delay is immediate", "600\n", None, (True, "?")),
        ("delay is immediate", "0\n", None, ("?", "?")),
        ("delay is immediate", "soon\n", 10, (True, "?")),
        ("delay is immediate", {"exit": 1, "stderr": "permission denied"}, 0, ("?", "?")),
    ],
)
def test_the_screen_locks_after_the_first_of_saver_and_dark_display(lock, idle, display, facts):
    assert screen(lock, idle, display) == facts


@pytest.mark.parametrize(
    ("held", "facts"),
    [
        ({"idleTime": 300}, (True, 305)),
        ({"idleTime": 300, "askForPasswordDelay": 0}, (True, 300)),
        ({"askForPassword": False}, (False, "?")),
        ({"idleTime": "never"}, (True, 605)),
    ],
)
def test_the_company_prescribes_the_screen_saver(held, facts):
    assert screen("delay is 5 seconds", "600\n", 0, **{MANAGED: xml(held)}) == facts


def test_unreadable_tools_and_roots_own_settings_tell_nothing():
    assert screen("delay is immediate", "600\n", 10, **{"run id -u": "0\n"}) == ("?", "?")
    assert screen("delay is a secret", "600\n", 10) == ("?", "?")


# --- users ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("people", "others"), [([0], 0), ([0, 0, 0], 0), ([0, 1, 1, 2], 2), ([1], "?"), ([], "?")])
def test_other_people_are_counted_once_each_and_only_if_the_person_is_found(people, others):
    assert value(macos.users(host({"call sessions": people}))["users.others_logged_in"]) == others


def test_sessions_are_numbers_of_people_without_their_names():
    assert all(type(number) is int for number in macos.sessions())


@pytest.mark.parametrize(
    ("held", "vault", "guest", "automatic"),
    [
        ({"GuestEnabled": False}, "On", None, False),
        ({"GuestEnabled": 0}, "Off", None, False),
        ({"GuestEnabled": True}, "On", None, True),
        ({"GuestEnabled": False, "autoLoginUser": "robin"}, "Off", None, True),
        ({"GuestEnabled": False, "autoLoginUser": "robin"}, "On", None, False),
        ({"GuestEnabled": False, "autoLoginUser": "robin"}, "lost", None, "?"),
        ({}, "On", "disabled", False),
        ({}, "On", "enabled", True),
        ({}, "On", None, "?"),
        ({"autoLoginUser": "robin"}, "Off", None, True),
    ],
)
def test_automatic_login_and_the_guest_account(held, vault, guest, automatic):
    asked = {"run sysadminctl -guestAccount status": {"stderr": f"Guest account {guest}.\n"}} if guest else {}
    changes = {f"read {LOGIN}": xml(held), "run fdesetup status": f"FileVault is {vault}.\n", **asked}
    fact = macos.users(host(changes))["users.automatic_login"]
    assert value(fact) == automatic
    assert "robin" not in str(fact)


@pytest.mark.parametrize(
    ("groups", "administrator"),
    [("20 12 61 79 80 81\n", True), ("20 12 61 801 180\n", False), ("", "?"), ("staff admin", "?"), (GONE, "?")],
)
def test_administrators_are_in_the_group_80(groups, administrator):
    facts = macos.users(host({"run id -G": groups}))
    assert value(facts["users.administrator"]) == administrator
    assert facts["users.others_logged_in"].value == 0


# --- computer and monitors ------------------------------------------------------------------------------------------

HARDWARE = "run system_profiler -json -detailLevel mini SPHardwareDataType"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("MacBook", "laptop"),
        ("MacBook Air", "laptop"),
        ("MacBook Pro", "laptop"),
        ("Mac mini", "desktop"),
        ("Mac Pro", "desktop"),
        ("Mac Studio", "desktop"),
        ("iMac", "desktop"),
        ("iMac Pro", "desktop"),
        ("Mac", "?"),
        ("Apple Virtual Machine 1", "?"),
    ],
)
def test_the_kind_of_computer_by_its_model(name, kind):
    changes = {HARDWARE: json.dumps({"SPHardwareDataType": [{"machine_name": name, "machine_model": "Mac14,7"}]})}
    assert value(macos.computer(host(changes))["computer.kind"]) == kind


@pytest.mark.parametrize(("source", "mains"), [("AC", True), ("Battery", False), ("UPS", False), ("Solar", "?")])
def test_where_the_power_comes_from(source, mains):
    changes = {"run pmset -g batt": f"Now drawing from '{source} Power'\n -InternalBattery-0\t87%; charging;\n"}
    assert value(macos.computer(host(changes))["power.mains"]) == mains


@pytest.mark.parametrize(
    ("lines", "saving"),
    [
        (" lowpowermode  1\n", True),
        (" lowpowermode  0\n", False),
        (" powermode  1\n", True),
        (" powermode 2\n", False),
        (" powermode 0\n", False),
        (" standby 1\n", "?"),
        (" lowpowermode 9\n", "?"),
        ("", "?"),
    ],
)
def test_low_power_mode(lines, saving):
    assert value(macos.computer(host({"run pmset -g": f"Currently in use:\n{lines}"}))["power.saving"]) == saving


@pytest.mark.parametrize("answer", ["1\n", "", GONE])
def test_nothing_is_said_of_the_power_of_a_virtual_machine_or_what_may_be_one(answer):
    facts = macos.computer(host({"run sysctl -n kern.hv_vmm_present": answer}))
    assert {value(fact) for fact in facts.values()} == {"?"}


def monitors(*cards: Any) -> tuple[Any, ...]:
    changes = {"run system_profiler -json SPDisplaysDataType": json.dumps({"SPDisplaysDataType": list(cards)})}
    return tuple(value(fact) for fact in macos.monitors(host(changes)).values())


def test_monitors_are_counted_over_all_graphics_cards_and_only_with_a_picture():
    full = {"_spdisplays_pixels": "3600 x 2250", "_spdisplays_resolution": "1800 x 1125 @ 120.00Hz"}
    off = full | {"spdisplays_online": "spdisplays_no"}
    odd = {"_name": "Robin's TV", "_spdisplays_pixels": "large"}
    assert monitors({"spdisplays_ndrvs": [full, off]}, {"spdisplays_ndrvs": [full]}) == (2, 2 * 3600 * 2250)
    assert monitors({"spdisplays_ndrvs": [full, odd]}) == (2, "?")
    assert monitors({"sppci_model": "Apple M3"}) == ("?", "?")
    assert monitors() == ("?", "?")
