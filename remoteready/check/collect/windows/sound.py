"""Windows: the headset, from the audio endpoints. Pure rules.

Softphones use the default device *for communications* (role 2), which may be another one than that of all other
programs: it is the one judged. Names are translated and people name Bluetooth devices after themselves, so only
numbers, ids and enumerators are read; a name serves only the table of USB products.
Unconfirmed: the container id of endpoints, IKsJackDescription, LE Audio's enumerator (BTHLE).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from remoteready.check.collect import common
from remoteready.check.collect.headset import AudioDevice, headset_facts, webcam_fact
from remoteready.check.collect.windows import native as windows_native
from remoteready.check.collect.windows import native_sound as windows_native_sound
from remoteready.check.collect.windows.answers import collector, told, values
from remoteready.check.collect.windows.devices import CAMERAS
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable

Endpoint = Mapping[str, Any]

MMDEVICES = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\MMDevices\Audio"
CONSENT = r"SOFTWARE\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore\microphone"
REMOTE, SPEAKERS, LINE, HEADPHONES, MICROPHONE, HEADSET, HANDSET, DIGITAL, SPDIF, DISPLAY = range(10)
"""EndpointFormFactor: mmdeviceapi.h."""
A_JACK, BUILT_IN = 0, 1
"""EPxcPortConnection: devicetopology.h."""
HEADSET_TERMINAL = "dff21de2-f70f-11d0-b917-00a0c9223196"
MICROPHONE_ARRAYS = {"dff21be5-f70f-11d0-b917-00a0c9223196", "dff21be6-f70f-11d0-b917-00a0c9223196"}
"""KSNODETYPE: ksmedia.h."""
VIRTUAL = {"ROOT", "SW", "SWD", "MMDEVAPI"}
ONBOARD = {"HDAUDIO", "INTELAUDIO", "PCI", "ACPI", "SOUNDWIRE", "AMDAUDIO"}
NARROW_HZ = 16_000


@collector(common.AUDIO)
def audio(host: Host) -> dict[str, Fact]:
    """The default devices for communications, from Windows' sound service, else from what it left in the registry."""
    source = "IMMDeviceEnumerator"
    try:
        sound = host.call(windows_native_sound.audio_endpoints)
    except Unavailable as error:
        source = f"registry, as {error}"
        try:
            sound = _registered(host)
        except Unavailable as refusal:
            sound = {"reason": str(refusal)}
    allowed = {"audio.microphone_allowed": told(lambda: microphone_allowed(host), "ConsentStore")}
    if "reason" in sound:
        return dict.fromkeys(common.AUDIO, unknown(sound["reason"], source)) | allowed
    return _judged(host, sound, source) | allowed


def _judged(host: Host, sound: Mapping[str, Any], source: str) -> dict[str, Fact]:
    cameras = _camera_ids(host)
    every = {endpoint["id"]: endpoint for endpoint in sound["endpoints"]}
    end_in, end_out = every.get(sound["input"]), every.get(sound["output"])
    inputs = [device(one, cameras)[0] for one in sound["endpoints"] if one["flow"] == 1]
    reason = _doubt(end_in, end_out, cameras)
    device_in, device_out = (device(end, cameras)[0] if end else None for end in (end_in, end_out))
    headset = headset_facts(device_in, device_out, source)
    if reason:
        headset = dict.fromkeys(headset, unknown(reason, source))
    note = "default for communications"
    if "other_input" in sound and (sound["other_input"], sound["other_output"]) != (sound["input"], sound["output"]):
        note += "; other programs use another one"
    return {
        **{
            name: fact.model_copy(update={"detail": f"{note}: {fact.detail}" if fact.detail else note})
            for name, fact in headset.items()
        },
        "audio.hands_free": hands_free(end_in, end_out, source),
        "audio.input_rate_hz": input_rate(end_in, source),
        "audio.only_input_is_webcam": webcam_fact(inputs, source)
        if not inputs or any(one.transport != "virtual" for one in inputs)
        else unknown("every microphone is made by a program: what is behind it cannot be seen", source),
    }


def _camera_ids(host: Host) -> set[str]:
    """vendor:product of the attached USB cameras: a microphone with the same is the camera's."""
    try:
        found = [one for guid in CAMERAS for one in host.call(windows_native.devices, guid)]
    except Unavailable:
        return set()
    return {usb_id(str(one["id"])) for one in found} - {""}


def usb_id(path: str) -> str:
    """vendor:product in a device id or path of a USB device; empty where it is none."""
    match = re.search(r"vid_([0-9a-f]{4})&pid_([0-9a-f]{4})", path, re.IGNORECASE)
    return f"{match[1]}:{match[2]}".lower() if match else ""


def device(endpoint: Endpoint, cameras: Iterable[str] = ()) -> tuple[AudioDevice, str]:
    """An endpoint as what it is attached by, and why that is in doubt – empty when it is not.

    The form alone tells nothing: a Bluetooth device says headphones exactly as a socket does.
    """
    name = str(endpoint.get("adapter") or endpoint.get("name") or "a sound device")
    enumerator, form = str(endpoint.get("enumerator") or "").upper(), endpoint.get("form")
    usb = next((found for part in ("path", "parent") if (found := usb_id(str(endpoint.get(part) or "")))), "")
    if enumerator.startswith("BTH"):
        address = str(endpoint.get("container") or "")
        return AudioDevice(name, "bluetooth", form="speaker" if form == SPEAKERS else "", address=address), ""
    if form == REMOTE or enumerator in VIRTUAL:
        return AudioDevice(name, "virtual"), ""
    if usb or enumerator == "USB":
        return AudioDevice(name, "usb", usb, "webcam" if usb in set(cameras) else ""), ""
    if form == DISPLAY:
        return AudioDevice(name, "display"), ""
    if enumerator in ONBOARD:
        return _onboard(endpoint, name)
    return AudioDevice(name, "usb"), f"{name}: Windows does not say how it is attached"


def _onboard(endpoint: Endpoint, name: str) -> tuple[AudioDevice, str]:
    """An endpoint of the sound card: something in its socket, or a part of the computer."""
    form, port = endpoint.get("form"), endpoint.get("port")
    subtype = str(endpoint.get("subtype") or "").strip("{}").lower()
    jack, built_in = AudioDevice(name, "jack"), AudioDevice(name, "built_in")
    if port == BUILT_IN or subtype in MICROPHONE_ARRAYS or form in {LINE, DIGITAL, SPDIF}:
        return built_in, ""
    if form in {HEADPHONES, HEADSET, HANDSET} or subtype == HEADSET_TERMINAL:
        return jack, ""
    if port == A_JACK and form in {MICROPHONE, SPEAKERS}:
        return (jack if form == MICROPHONE else built_in), ""
    return built_in, f"{name}: something in the socket or a part of the computer; the driver does not say"


def _doubt(end_in: Endpoint | None, end_out: Endpoint | None, cameras: Iterable[str]) -> str:
    both = [end for end in (end_in, end_out) if end]
    reason = next((why for end in both if (why := device(end, cameras)[1])), "")
    if reason or len(both) < 2 or {device(end)[0].transport for end in both} != {"bluetooth"}:
        return reason
    if all(end.get("container") for end in both) or both[0].get("adapter") == both[1].get("adapter"):
        return ""
    return "two Bluetooth devices, or the two halves of one: Windows does not say"


def hands_free(end_in: Endpoint | None, end_out: Endpoint | None, source: str) -> Fact:
    """Whether speech goes through Bluetooth's hands-free profile in narrow band."""
    both = [end for end in (end_in, end_out) if end]
    radio = [end for end in both if device(end)[0].transport == "bluetooth"]
    if any(device(end)[0].transport == "virtual" for end in both):
        return unknown("a sound device is made by a program: what is behind it cannot be seen", source)
    profile = any(str(end.get("enumerator")).upper().startswith("BTHHF") for end in radio)
    if not profile and end_in not in radio:
        doubt = next((why for end in both if (why := device(end)[1])), "")
        if doubt:
            return unknown(doubt, source)
        return known(False, source, "Bluetooth only plays, it does not listen" if radio else "no Bluetooth in use")
    rate = end_in.get("rate_hz") if end_in in radio and end_in else radio[0].get("rate_hz")
    if not rate:
        return unknown("Windows does not tell the sample rate of the Bluetooth device", source)
    return known(rate <= NARROW_HZ, source, f"Bluetooth at {rate} Hz")


def input_rate(end_in: Endpoint | None, source: str) -> Fact:
    """Sample rate of the default input."""
    if end_in is None:
        return unknown("there is no microphone", source)
    rate = end_in.get("rate_hz")
    return known(rate, source, device(end_in)[0].label) if rate else unknown("Windows does not tell it", source)


# --- from the registry, where the sound service does not answer ------------------------------------------------------


def _registered(host: Host) -> dict[str, Any]:
    """The active endpoints, and as default the one that someone chose last: the newest of the stamps `Role:2`.

    Without any stamp Windows ranks the devices by rules of its own: then the default cannot be told.
    """
    endpoints: list[dict[str, Any]] = []
    newest: dict[int, tuple[tuple[int, ...], str]] = {}
    for flow, branch in enumerate(("Render", "Capture")):
        for guid in host.call(windows_native.registry_keys, rf"{MMDEVICES}\{branch}") or []:
            key = rf"{MMDEVICES}\{branch}\{guid}"
            state = values(host, key, "DeviceState", "Role:2")
            if state.get("DeviceState", 0) & 0xF != 1:
                continue
            endpoints.append(_registered_endpoint(host, key, guid, flow))
            when = stamp(str(state.get("Role:2", "")))
            if when and (flow not in newest or when > newest[flow][0]):
                newest[flow] = (when, guid)
    if {0, 1} - newest.keys():
        return {"reason": "Windows' sound service does not answer, and nobody ever chose a default device"}
    return {"endpoints": endpoints, "output": newest[0][1], "input": newest[1][1]}


def _registered_endpoint(host: Host, key: str, guid: str, flow: int) -> dict[str, Any]:
    keys = {f"{{{form}}},{number}": name for name, (form, number) in windows_native_sound.KEYS.items()}
    found = values(host, rf"{key}\Properties", *keys)
    named = {keys[asked]: value for asked, value in found.items()}
    named.pop("format", None)
    return {"id": guid, "flow": flow, **named}


def stamp(text: str) -> tuple[int, ...] | None:
    """A SYSTEMTIME in hexadecimal as numbers that sort: year, month, day, hour, minute, second, millisecond."""
    if not re.fullmatch("[0-9a-f]{32}", text):
        return None
    raw = bytes.fromhex(text)
    year, month, _, *rest = (int.from_bytes(raw[i : i + 2], "little") for i in range(0, 16, 2))
    return (year, month, *rest)


# --- permission -----------------------------------------------------------------------------------------------------


def microphone_allowed(host: Host) -> Fact:
    """Windows' privacy switches: for the computer, for this user, and for programs that are not from the store."""
    switches = {
        "of this computer": rf"HKLM\{CONSENT}",
        "of this user": rf"HKCU\{CONSENT}",
        "for desktop programs": rf"HKCU\{CONSENT}\NonPackaged",
    }
    said = {whose: values(host, key, "Value").get("Value") for whose, key in switches.items()}
    denied = [whose for whose, value in said.items() if value == "Deny"]
    source = "ConsentStore"
    if denied:
        return known(False, source, "switched off: " + ", ".join(denied))
    if said["of this user"] == "Allow" and set(said.values()) <= {"Allow", None}:
        return known(True, source, "the privacy switches allow it")
    return unknown("this Windows keeps no switch for it, or none that can be read", source)
