"""macOS: sound devices and cameras, from system_profiler's JSON.

Not run on a Mac. Seen in public captures: the sections and keys read here, the new USB report of macOS 26
(SPUSBHostDataType, with SPUSBDataType empty) and the old one. Unconfirmed: how names of the headphone jack and of the
Mac's own speakers read in languages other than those listed, and the kinds of Bluetooth devices macOS can tell.
People name phones, AirPods and televisions after themselves: such names never get into a fact.
"""

import re
from typing import Literal

from remoteready.check.collect import common
from remoteready.check.collect.cameras import CAPTURE, camera_facts
from remoteready.check.collect.headset import AudioDevice, device_facts, headset_facts, webcam_fact
from remoteready.check.collect.macos.sources import Record, is_virtual, leaves, records, report, section, words
from remoteready.check.facts import Fact, clean, known, unknown
from remoteready.check.host import Host, Unavailable

Direction = Literal["input", "output"]

SOURCE = "system_profiler SPAudioDataType"
UNKNOWN_MICROPHONE_RIGHT = "macOS lets each program use the microphone or not; that list needs special rights to read"
NARROW_BAND_HZ = 16_000
OWN = re.compile(r"macbook|imac|mac ?mini|mac ?studio|mac ?pro|internal|built-?in", re.IGNORECASE)
"""The Mac's own speakers and microphone are named after the model in every language."""
JACK = re.compile(
    r"extern|headphone|headset|kopfh|écouteur|casque|auricular|cuffie|\bfones? de|koptelefoon|外置|外部|耳机|ヘッド",
    re.IGNORECASE,
)
"""What is plugged into the headphone jack: "External Headphones", "External Microphone", 外置耳机."""
PHONE = re.compile(r"iphone|ipad|desk ?view", re.IGNORECASE)
VIRTUAL_CAMERA = re.compile(r"virtual|\bobs\b|snap camera|mmhmm|\bcamo\b|\bndi\b|manycam|extension", re.IGNORECASE)


def audio(host: Host) -> dict[str, Fact]:
    """The default input and output, and what each of them is."""
    try:
        sections = report(
            host,
            "SPAudioDataType",
            "SPBluetoothDataType",
            "SPUSBHostDataType",
            "SPUSBDataType",
            "SPCameraDataType",
            timeout_s=4.5,
        )
        entries = leaves(section(sections, "SPAudioDataType"))
        inputs = [entry for entry in entries if _carries(entry, "input")]
        outputs = [entry for entry in entries if _carries(entry, "output")]
        if not inputs and not outputs and not is_virtual(host):
            raise Unavailable("no sound device is listed, though every Mac has one")
    except Unavailable as error:
        return dict.fromkeys(common.AUDIO, unknown(f"the sound devices cannot be listed: {error}", SOURCE))
    entry_in, entry_out = _default(inputs, "input"), _default(outputs, "output")
    device_in, device_out = (_device(entry, sections) if entry else None for entry in (entry_in, entry_out))
    why = "macOS keeps no device apart for calls: they get the default one"
    usable = [_device(entry, sections) for entry in inputs]
    return {
        **headset_facts(device_in, device_out, SOURCE),
        **device_facts(device_in, device_out, SOURCE),
        **device_facts(device_in, device_out, SOURCE, "communications_", why),
        "audio.hands_free": _hands_free([entry for entry in (entry_in, entry_out) if entry]),
        "audio.input_rate_hz": _input_rate(entry_in),
        "audio.microphone_allowed": unknown(UNKNOWN_MICROPHONE_RIGHT),
        "audio.only_input_is_webcam": webcam_fact(usable, SOURCE),
    }


def _default(entries: list[Record], direction: Direction) -> Record | None:
    """The device chosen in the sound settings. `coreaudio_default_audio_system_device` is for alerts only."""
    return next((e for e in entries if e.get(f"coreaudio_default_audio_{direction}_device") == "spaudio_yes"), None)


def _carries(entry: Record, direction: Direction) -> bool:
    """Whether sound goes this way through a device: its number of channels, or that it was chosen for it."""
    channels = entry.get(f"coreaudio_device_{direction}")
    has_some = isinstance(channels, int) and channels > 0
    return has_some or entry.get(f"coreaudio_default_audio_{direction}_device") == "spaudio_yes"


def _transport(entry: Record) -> str:
    """bluetoothle, bluetooth_le and the like in one spelling."""
    return re.sub("[^a-z]", "", words(entry, "coreaudio_device_transport").removeprefix("coreaudio_device_type_"))


def _device(entry: Record, sections: Record) -> AudioDevice:
    """One entry of SPAudioDataType."""
    name, transport = words(entry, "_name"), _transport(entry)
    if transport == "usb":
        return _usb(name, sections)
    if transport.startswith("bluetooth"):
        return AudioDevice("", "bluetooth", form=_bluetooth_form(name, sections), address=name.casefold())
    if transport == "builtin":
        return _builtin(entry)
    if transport.startswith("continuity") or PHONE.search(name):
        return AudioDevice("a phone", None)
    if transport == "airplay":
        return AudioDevice("an AirPlay device", "network", form="speaker")
    if transport in ("hdmi", "displayport"):
        return AudioDevice(name, "display")
    if transport == "virtual":
        return AudioDevice(name, "virtual")
    if transport == "aggregate":
        return AudioDevice("a device put together from others", "virtual")
    name = clean(name) or "a device without a name"
    return AudioDevice(name, None, doubt=f"{name}: macOS does not say how it is attached")


def _builtin(entry: Record) -> AudioDevice:
    """The Mac's own, or its headphone jack. An older Mac has one device for both and says which by its source."""
    name = words(entry, "_name")
    sources = [words(entry, f"coreaudio_{direction}_source") for direction in ("output", "input")]
    seen = " ".join([name, *(source for source in sources if not source.startswith("spaudio_"))])
    if "virtual" in seen.lower():  # "Apple Virtual Sound Device": the sound of the computer that runs this one
        return AudioDevice(name, "virtual")
    if re.search(r"headphone|headset", seen, re.IGNORECASE):
        return AudioDevice(seen, "jack")
    if OWN.search(seen):
        return AudioDevice(name, "built_in")
    if JACK.search(seen):
        return AudioDevice(name, "jack")
    name = clean(name) or "a device of this Mac"
    return AudioDevice(name, None, doubt=f"{name}: a part of this Mac or what is in its socket")


def _usb(name: str, sections: Record) -> AudioDevice:
    """A USB device: its ids by the product name, which the sound and the USB report have in common."""
    tree = [
        entry
        for data_type in ("SPUSBHostDataType", "SPUSBDataType")
        for entry in leaves(records(sections.get(data_type)))
    ]
    ids = {_usb_id(entry) for entry in tree if words(entry, "_name").casefold() == name.casefold()} - {""}
    usb_id = next(iter(ids)) if len(ids) == 1 else ""  # two products of one name: neither can be meant for sure
    cameras = records(sections.get("SPCameraDataType"))
    if any(usb_id == _camera_id(c) if usb_id and _camera_id(c) else name == words(c, "_name") for c in cameras):
        return AudioDevice(name, "usb", usb_id, "webcam")
    if re.search(r"\bdisplay\b", name, re.IGNORECASE):  # "Studio Display Speakers": a monitor
        return AudioDevice(name, "display", usb_id)
    return AudioDevice(name, "usb", usb_id)


def _usb_id(entry: Record) -> str:
    """vendor:product of a USB report's entry; the old report writes "0x0b0e  (GN Netcom A/S)" or "apple_vendor_id"."""
    vendor = words(entry, "USBDeviceKeyVendorID") or words(entry, "vendor_id").replace("apple_vendor_id", "0x05ac")
    product = words(entry, "USBDeviceKeyProductID") or words(entry, "product_id")
    parts = [re.match(r"0x([0-9a-f]{1,4})\b", text.lower()) for text in (vendor, product)]
    return ":".join(part[1].zfill(4) for part in parts if part) if all(parts) else ""


def _camera_id(entry: Record) -> str:
    """vendor:product of a camera, from "UVC Camera VendorID_1133 ProductID_2142"."""
    match = re.search(r"VendorID_(\d{1,5}) ProductID_(\d{1,5})", words(entry, "spcamera_model-id"), re.ASCII)
    return f"{int(match[1]):04x}:{int(match[2]):04x}" if match else ""


def _bluetooth_form(name: str, sections: Record) -> str:
    """What a connected Bluetooth device is, from its class: "headphones", "speaker"; empty where it does not say."""
    for entry in leaves(records(sections.get("SPBluetoothDataType"))):
        for device in records(entry.get("device_connected")):  # each holds one device under its name
            described = device.get(name)
            if isinstance(described, dict):
                kind = words(described, "device_minorType").lower()
                return {"loudspeaker": "speaker", "portable audio": "portable", "car audio": "car"}.get(
                    kind, "hifi" if kind.startswith("hifi") else kind
                )
    return ""


def _rate(entry: Record) -> int | None:
    rate = entry.get("coreaudio_device_srate")
    return round(rate) if isinstance(rate, int | float) and not isinstance(rate, bool) and 0 < rate < 1e7 else None


def _input_rate(entry: Record | None) -> Fact:
    if entry is None:
        return unknown("no microphone is chosen in the sound settings", SOURCE)
    rate = _rate(entry)
    return known(rate, SOURCE) if rate else unknown("the chosen microphone does not say its sample rate", SOURCE)


def _hands_free(chosen: list[Record]) -> Fact:
    """Narrow band as soon as one direction of a Bluetooth device is: the microphone's rate is that of a call."""
    rates = [_rate(entry) for entry in chosen if _transport(entry).startswith("bluetooth")]
    seen = "Bluetooth at " + ", ".join(f"{rate} Hz" for rate in rates if rate)
    if not rates:
        return known(False, SOURCE, "no Bluetooth device is chosen")
    if any(rate and rate <= NARROW_BAND_HZ for rate in rates):
        return known(True, SOURCE, seen)
    if None in rates:
        return unknown("the Bluetooth device does not say its sample rate", SOURCE)
    return known(False, SOURCE, seen)


def camera(host: Host) -> dict[str, Fact]:
    """Cameras that are attached. A phone nearby, which macOS also offers, goes away with the person."""
    source = "system_profiler SPCameraDataType"
    try:
        cameras = section(report(host, "SPCameraDataType", timeout_s=1.9), "SPCameraDataType")
    except Unavailable as error:
        return dict.fromkeys(common.CAMERA, unknown(f"the cameras cannot be listed: {error}", source))
    named: dict[str, list[str]] = {}
    for entry in cameras:
        named.setdefault(_camera_kind(entry), []).append(words(entry, "_name"))
    doubt = ""
    if "unclear" in named:
        doubt = "a camera is listed that may be made by a program"
    elif "phone" in named:
        doubt = "a phone serves as camera while it is near; the computer has none of its own"
    return camera_facts(
        source, named.get("real", []), named.get("capture", []), named.get("virtual", []), doubt, "no camera is listed"
    )


def _camera_kind(entry: Record) -> Literal["real", "capture", "phone", "virtual", "unclear"]:
    seen = f"{words(entry, '_name')} {words(entry, 'spcamera_model-id')}"
    if PHONE.search(seen):
        return "phone"
    if VIRTUAL_CAMERA.search(seen):
        return "virtual"
    if CAPTURE.search(seen):
        return "capture"
    if _camera_id(entry) or re.search(r"facetime|studio display", seen, re.IGNORECASE) or OWN.search(seen):
        return "real"
    return "unclear"
