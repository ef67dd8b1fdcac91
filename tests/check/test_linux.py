"""What Linux sources say in cases that no recorded machine shows, one difference at a time."""

import json
from typing import Any

import pytest

from remoteready.check.collect import linux
from remoteready.check.facts import Fact
from remoteready.check.snapshot import RecordedHost
from tests.lab.usb import descriptors

NET = "/sys/class/net"
HARDWARE = ["address", "device", "operstate", "type", "uevent"]


def interface(name: str, names: list[str], *, kind: str = "1", devtype: str = "", driver: str = "") -> dict[str, Any]:
    """The sources of one interface."""
    return {
        f"list {NET}/{name}": names,
        f"read {NET}/{name}/type": f"{kind}\n",
        f"read {NET}/{name}/uevent": (f"DEVTYPE={devtype}\n" if devtype else "") + f"INTERFACE={name}\n",
        f"link {NET}/{name}/device/driver": f"/sys/bus/any/drivers/{driver}",
    }


ETH = interface("eth0", HARDWARE, driver="e1000e")
WLAN = interface("wlan0", [*HARDWARE, "phy80211", "wireless"], devtype="wlan")
TUN = interface("tun0", ["tun_flags", "type", "uevent"], kind="65534")


def link(leaves_by: str, *interfaces: dict[str, Any], routes: str = "", cpu: str = "") -> tuple[Fact, Fact]:
    sources = {
        "call source_address 198.51.100.1 443": "192.0.2.5",
        "call interface_addresses": {"lo": ["127.0.0.1"], leaves_by: ["192.0.2.5"]},
        "read /proc/net/route": f"Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n{routes}",
        "read /proc/cpuinfo": f"flags\t\t: fpu {cpu}\n",
    }
    for more in interfaces:
        sources |= more
    facts = linux.link(RecordedHost("linux", sources), None)
    return facts["network.link"], facts["network.tunnel"]


def route(
    name: str, metric: int, destination: str = "00000000", mask: str = "00000000", gateway: str = "010200C0"
) -> str:
    return f"{name} {destination} {gateway} 0003 0 0 {metric} {mask} 0 0 0\n"


@pytest.mark.parametrize(
    ("names", "devtype", "driver", "expected"),
    [
        (HARDWARE, "", "e1000e", "wired"),
        (HARDWARE, "", "ax88179_178a", "wired"),
        ([*HARDWARE, "wireless"], "", "iwlwifi", "wifi"),
        ([*HARDWARE, "phy80211"], "", "ath11k_pci", "wifi"),
        (HARDWARE, "wlan", "mt7921e", "wifi"),
        (HARDWARE, "wwan", "qmi_wwan", "mobile"),
        (HARDWARE, "", "ipheth", "tether"),
        (HARDWARE, "bluetooth", "btusb", "bluetooth"),
        (HARDWARE, "", "cdc_ncm", None),
        (HARDWARE, "", "cdc_ether", None),
        (HARDWARE, "", "hv_netvsc", None),
        (HARDWARE, "", "vmxnet3", None),
        (["type", "uevent"], "", "", None),
    ],
)
def test_a_link_is_known_by_what_the_kernel_says_of_the_interface(names, devtype, driver, expected):
    carrier, tunnel = link("if0", interface("if0", names, devtype=devtype, driver=driver))
    assert (carrier.value, tunnel.value) == (expected, False)
    assert (carrier.unknown is None) == (expected is not None)


def test_a_hardware_card_that_a_virtual_machine_imitates_is_unknown():
    carrier, _ = link("eth0", ETH, cpu="hypervisor")
    assert "virtual machine (eth0, driver e1000e)" in (carrier.unknown or "")


def test_a_bond_of_cable_and_wifi_is_unknown_and_one_of_cables_is_wired():
    second = interface("eth1", HARDWARE, driver="r8169")
    bond = ["bonding", "type", "uevent"]
    mixed, _ = link("bond0", interface("bond0", [*bond, "lower_eth0", "lower_wlan0"]), ETH, WLAN)
    assert mixed.unknown == "bond0 joins different links: eth0, wlan0"
    cables, _ = link("bond0", interface("bond0", [*bond, "lower_eth0", "lower_eth1"]), ETH, second)
    assert cables.value == "wired"


def test_a_vlan_over_a_bridge_is_what_lies_at_the_bottom():
    vlan = interface("br0.7", ["lower_br0", "type", "uevent"], devtype="vlan")
    bridge = interface("br0", ["bridge", "lower_eth0", "type", "uevent"], devtype="bridge")
    assert link("br0.7", vlan, bridge, ETH)[0].value == "wired"


def test_interfaces_that_lie_on_each_other_in_a_circle_end_as_unknown():
    one = interface("one", ["lower_two", "type", "uevent"])
    two = interface("two", ["lower_one", "type", "uevent"])
    assert link("one", one, two)[0].value is None


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        (route("eth0", 100), "wired"),
        (route("eth0", 100) + route("wlan0", 600), None),
        (route("eth0", 100) + route("wlan0", 600) + route("wlan0", 600, "0A6433C6", "FFFFFFFF"), "wifi"),
        (route("wlan0", 600) + route("eth0", 100, "0A6433C6", "FFFFFFFF"), "wired"),
        (route("wlan0", 600) + route("eth0", 0, "0A6433C6", "FFFFFFFF", "00000000"), "wifi"),
        (route("tun0", 0) + route("wlan0", 600), "wifi"),
        (route("eth0", 0, mask="00000080") + route("wlan0", 600), "wifi"),
        (route("eth0", 0, destination="000200C0", mask="00FFFFFF") + route("wlan0", 600), "wifi"),
        (route("tun0", 0), None),
        ("", None),
    ],
)
def test_a_tunnel_is_carried_by_the_route_to_its_gateway_or_by_the_only_default_route(routes, expected):
    carrier, tunnel = link("tun0", TUN, ETH, WLAN, routes=routes)
    assert (carrier.value, tunnel.value) == (expected, True)


@pytest.mark.parametrize("kind", ["512", "65534", "768", "776", "778"])
def test_every_kind_of_interface_that_only_wraps_packets_is_a_tunnel(kind):
    wrapped = interface("if0", ["type", "uevent"], kind=kind)
    assert link("if0", wrapped, ETH, routes=route("eth0", 100))[1].value is True


# --- camera ---


def camera(*nodes: tuple[str, str, str]) -> Fact:
    sources: dict[str, Any] = {"list /sys/class": ["net"]}
    sources["list /sys/class/video4linux"] = [f"video{number}" for number in range(len(nodes))]
    for number, (name, index, bus) in enumerate(nodes):
        place = f"/sys/class/video4linux/video{number}"
        sources |= {
            f"link {place}": f"/sys/devices/{bus}/video4linux/video{number}",
            f"read {place}/name": f"{name}\n",
            f"read {place}/index": f"{index}\n",
        }
    return linux.camera(RecordedHost("linux", sources))["camera.present"]


USB = "pci0000:00/0000:00:14.0/usb1/1-5/1-5:1.0"


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([], False),
        ([("HD Webcam", "0", USB)], True),
        ([("HD Webcam", "1", USB)], False),
        ([("OBS Virtual Camera", "0", "virtual")], False),
        ([("OBS Virtual Camera", "0", "virtual"), ("HD Webcam", "0", USB)], True),
        ([("Intel IPU6 ISYS Capture 0", "0", "pci0000:00/0000:00:05.0")], None),
        ([("Intel IPU6 ISYS Capture 0", "0", "pci0000:00/0000:00:05.0"), ("HD Webcam", "0", USB)], True),
    ],
)
def test_only_nodes_of_real_devices_that_take_pictures_are_cameras(nodes, expected):
    assert camera(*nodes).value is expected


PLATFORM = "platform/soc/3f000000.codec"


@pytest.mark.parametrize(
    ("name", "bus", "more", "kind"),
    [
        ("HD Webcam", USB, {}, "real"),
        ("HD Webcam", USB, {"can": ":capture:"}, "real"),
        ("HD Webcam", USB, {"pictures": [0x0201]}, "real"),
        ("Loopback", "virtual", {"can": ":capture:"}, "virtual"),
        # Codecs and the like: the kernel says that they take no pictures, or their name says what they do.
        ("some driver", PLATFORM, {"can": ":"}, "none"),
        ("some driver", PLATFORM, {"can": ":video_output:"}, "none"),
        ("bcm2835-codec-decode", PLATFORM, {}, "none"),
        ("bcm2835-isp", PLATFORM, {"can": ":capture:"}, "none"),
        # Pictures from a socket: a television card, and devices that say so or are named so.
        ("bt878 video", "pci0000:00/0000:04:00.0", {"can": ":capture:tuner:"}, "capture"),
        ("USB Video", USB, {"pictures": [0x0401]}, "capture"),
        ("Cam Link 4K: Cam Link 4K", USB, {"pictures": [0x0201]}, "capture"),
        ("USB Video", USB, {"descriptors": "zz"}, "real"),
    ],
)
def test_a_camera_is_told_from_codecs_and_capture_cards_without_opening_it(name, bus, more, kind):
    place, port = "/sys/class/video4linux/video0", f"/sys/devices/{bus}".rpartition("/")[0]
    said = descriptors("0fd9:0066", pictures=more.get("pictures", ())).hex()
    sources = {
        "list /sys/class": ["video4linux"],
        "list /sys/class/video4linux": ["video0"],
        f"link {place}": f"/sys/devices/{bus}/video4linux/video0",
        f"read {place}/name": f"{name}\n",
        f"read {place}/index": "0\n",
        f"read {place}/dev": "81:0\n",
        f"call usb_descriptors {port}/descriptors": more.get("descriptors", said),
    }
    if "can" in more:
        sources["read /run/udev/data/c81:0"] = f"E:ID_V4L_VERSION=2\nE:ID_V4L_CAPABILITIES={more['can']}\n"
    facts = linux.camera(RecordedHost("linux", sources))
    assert facts["camera.kind"].value == kind
    assert facts["camera.present"].value is {"real": True, "capture": None}.get(kind, False)


# --- restart ---


@pytest.mark.parametrize(
    ("runs", "installed", "expected"),
    [
        ("6.1.0-28-amd64", ["6.1.0-27-amd64", "6.1.0-28-amd64"], False),
        ("6.1.0-9-amd64", ["6.1.0-9-amd64", "6.1.0-10-amd64"], True),
        ("6.1.0-28-amd64", ["6.1.0-28-amd64", "6.1.0-29-cloud-amd64"], False),
        ("6.1.0-28-amd64", ["6.1.0-28-amd64", "6.12.48+deb13-amd64"], True),
        ("6.11.7-300.fc41.x86_64", ["0-rescue-0a1b", "6.11.7-300.fc41.x86_64"], False),
        ("6.11.7-300.fc41.x86_64", ["6.11.7-300.fc41.x86_64", "6.11.10-300.fc41.x86_64"], True),
        ("5.15.153.1-microsoft-standard-WSL2", [], None),
        ("6.8.0-49-generic", ["6.1.0-28-amd64"], None),
    ],
)
def test_a_restart_is_pending_when_a_newer_kernel_of_the_same_variant_is_installed(runs, installed, expected):
    sources = {
        "read /etc/os-release": "ID=fedora\n",
        "list /run": ["lock"],
        "list /boot": ["grub", "vmlinuz", *(f"vmlinuz-{kernel}" for kernel in installed)],
        "call kernel_release": runs,
    }
    assert linux.patches(RecordedHost("linux", sources))["patches.reboot_pending"].value is expected


# --- Microsoft Defender ---


@pytest.mark.parametrize(
    ("health", "on", "age_days"),
    [
        ({"realTimeProtectionEnabled": True, "definitionsUpdatedMinutesAgo": 1440}, True, 1.0),
        ({"realTimeProtectionEnabled": {"value": True}, "definitionsUpdatedMinutesAgo": {"value": 720}}, True, 0.5),
        ({"realTimeProtectionEnabled": False, "definitionsUpdatedMinutesAgo": 0}, False, 0.0),
        ({"realTimeProtectionEnabled": True, "passiveModeEnabled": {"value": True}}, False, None),
        ({"realTimeProtectionEnabled": True, "realTimeProtectionSubsystem": "fanotify"}, True, None),
        ({"realTimeProtectionEnabled": True, "realTimeProtectionSubsystem": "unavailable"}, False, None),
        ({"realTimeProtectionEnabled": "yes", "definitionsUpdatedMinutesAgo": "unavailable"}, None, None),
        ({"realTimeProtectionEnabled": None, "definitionsUpdatedMinutesAgo": True}, None, None),
        ({"definitionsUpdatedMinutesAgo": -100_000}, None, None),
        ({}, None, None),
    ],
)
def test_defender_is_on_only_when_it_says_that_it_protects_and_does(health, on, age_days):
    facts = linux.antivirus(RecordedHost("linux", {"run mdatp health --output json": json.dumps(health)}))
    assert facts["antivirus.present"].value is True
    assert facts["antivirus.on"].value is on
    assert facts["antivirus.definitions_age_days"].value == age_days


@pytest.mark.parametrize(
    "answer", ["Could not connect to the daemon", {"unavailable": "mdatp timed out after 3 s"}, {"exit": 1}]
)
def test_a_defender_that_does_not_answer_is_unknown_and_no_other_antivirus_is_asked(answer):
    sources = {"run mdatp health --output json": answer, "call process_names": ["clamd", "clamonacc"]}
    facts = linux.antivirus(RecordedHost("linux", sources))
    assert all(fact.value is None and "mdatp" in (fact.unknown or "") for fact in facts.values())
