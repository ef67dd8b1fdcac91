"""Windows: the headset, from the audio endpoints. Pure rules.

Softphones use the default device *for communications* (role 2), which may be another one than that of all other
programs (role 0): it is the one judged. Names are translated and people name Bluetooth devices after themselves, so
only numbers, ids and enumerators are read; a name serves only the table of USB products.
Unconfirmed: the container id of endpoints, IKsJackDescription, LE Audio's enumerator (BTHLE).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from remoteready.check.collect import common
from remoteready.check.collect.descriptors import HEADSET as HEADSET_ITSELF
from remoteready.check.collect.headset import ELSEWHERE, AudioDevice, device_facts, headset_facts, webcam_fact
from remoteready.check.collect.windows import native as windows_native
from remoteready.check.collect.windows import native_sound as windows_native_sound
from remoteready.check.collect.windows.answers import collector, told, values
from remoteready.check.collect.windows.devices import CAMERAS
from remoteready.check.facts import Fact, clean, known, unknown
from remoteready.check.host import Host, Unavailable

Endpoint = Mapping[str, Any]

MMDEVICES = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\MMDevices\Audio"
CONSENT = r"SOFTWARE\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore\microphone"
REMOTE, SPEAKERS, LINE, HEADPHONES, MICROPHONE, HEADSET, HANDSET, DIGITAL, SPDIF, DISPLAY = range(10)
"""EndpointFormFactor: mmdeviceapi.h."""
A_JACK, BUILT_IN = 0, 1
"""EPxcPortConnection: devicetopology.h."""
TERMINAL = re.compile(r"\{?([0-9a-f]{8})-f70f-11d0-b917-00a0c9223196\}?", re.IGNORECASE)
FIRST_TERMINAL = 0xDFF219E0
"""KSNODETYPE of ksmedia.h: these GUIDs are a USB terminal type added to a number (INIT_USB_TERMINAL)."""
MICROPHONE_ARRAYS = {0x0205, 0x0206}
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
    cameras, every = _camera_ids(host), sound["endpoints"]
    ends = {endpoint["id"]: endpoint for endpoint in every}
    end_in, end_out = ends.get(sound["input"]), ends.get(sound["output"])
    inputs = [device(one, cameras, every) for one in every if one["flow"] == 1]
    device_in, device_out = (device(end, cameras, every) if end else None for end in (end_in, end_out))
    note = "default for communications"
    if "other_input" in sound and (sound["other_input"], sound["other_output"]) != (sound["input"], sound["output"]):
        note += "; other programs use another one"
    return {
        **{
            name: fact.model_copy(update={"detail": f"{note}: {fact.detail}" if fact.detail else note})
            for name, fact in headset_facts(device_in, device_out, source).items()
        },
        **_default_facts(sound, ends, cameras, source),
        **device_facts(device_in, device_out, source, "communications_", note),
        "audio.hands_free": hands_free(end_in, end_out, source),
        "audio.input_rate_hz": input_rate(end_in, source),
        "audio.only_input_is_webcam": webcam_fact(inputs, source)
        if not inputs or any(one.transport not in ELSEWHERE for one in inputs)
        else unknown("every microphone is a program's or on the network: what is behind it cannot be seen", source),
    }


def _default_facts(
    sound: Mapping[str, Any], ends: Mapping[str, Endpoint], cameras: Iterable[str], source: str
) -> dict[str, Fact]:
    """Of the default devices for all but communications."""
    if "other_input" not in sound:
        return dict.fromkeys(device_facts(None, None, source), unknown(NOBODY_CHOSE, source))
    chosen = (ends.get(sound[name]) for name in ("other_input", "other_output"))
    device_in, device_out = (device(end, cameras, ends.values()) if end else None for end in chosen)
    return device_facts(device_in, device_out, source)


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


def device(endpoint: Endpoint, cameras: Iterable[str] = (), every: Iterable[Endpoint] = ()) -> AudioDevice:
    """An endpoint as what it is attached by.

    The form alone tells nothing: a Bluetooth device says headphones exactly as a socket does. `every` are all
    endpoints: those of the same USB device tell what it calls itself.
    """
    name = str(endpoint.get("adapter") or endpoint.get("name") or "a sound device")
    enumerator, form = str(endpoint.get("enumerator") or "").upper(), endpoint.get("form")
    address, usb = str(endpoint.get("container") or ""), _usb_id(endpoint)
    if enumerator.startswith("BTH"):
        return AudioDevice(name, "bluetooth", form="speaker" if form == SPEAKERS else "headset", address=address)
    if form == REMOTE:
        return AudioDevice(name, "network")
    if enumerator in VIRTUAL:
        return AudioDevice(name, "virtual")
    if usb or enumerator == "USB":
        own = [one for one in every if usb and _usb_id(one) == usb]
        terminals = frozenset(terminal for one in own for terminal in _terminals(one))
        return AudioDevice(name, "usb", usb, "webcam" if usb in set(cameras) else "", address, terminals=terminals)
    if form == DISPLAY:
        return AudioDevice(name, "display")
    if enumerator in ONBOARD:
        return _onboard(endpoint, name)
    return AudioDevice(name, None, doubt=f"{clean(name)}: Windows does not say how it is attached")


def _usb_id(endpoint: Endpoint) -> str:
    return next((found for part in ("path", "parent") if (found := usb_id(str(endpoint.get(part) or "")))), "")


def _terminals(endpoint: Endpoint) -> set[int]:
    """What a device calls this end of itself, as a USB terminal type: see `descriptors`."""
    match = TERMINAL.fullmatch(str(endpoint.get("subtype") or ""))
    named = {int(match[1], 16) - FIRST_TERMINAL} if match else set()
    return named | ({HEADSET_ITSELF} if endpoint.get("form") == HEADSET else set())


def _onboard(endpoint: Endpoint, name: str) -> AudioDevice:
    """An endpoint of the sound card: something in its socket, or a part of the computer."""
    form, port, terminals = endpoint.get("form"), endpoint.get("port"), _terminals(endpoint)
    if form in {HEADPHONES, HEADSET, HANDSET} or HEADSET_ITSELF in terminals:
        return AudioDevice(name, "jack")
    if form == LINE:
        return AudioDevice(name, "jack", form="line")
    if port == BUILT_IN or terminals & MICROPHONE_ARRAYS or form in {DIGITAL, SPDIF}:
        return AudioDevice(name, "built_in")
    if port == A_JACK and form in {MICROPHONE, SPEAKERS}:
        return AudioDevice(name, "jack", form="" if form == MICROPHONE else "speaker")
    doubt = f"{clean(name)}: something in the socket or a part of the computer; the driver does not say"
    return AudioDevice(name, None, form="onboard", doubt=doubt)


def hands_free(end_in: Endpoint | None, end_out: Endpoint | None, source: str) -> Fact:
    """Whether speech goes through Bluetooth's hands-free profile in narrow band."""
    both = [end for end in (end_in, end_out) if end]
    seen = {end["id"]: device(end) for end in both}
    radio = [end for end in both if seen[end["id"]].transport == "bluetooth"]
    if any(one.transport in ELSEWHERE for one in seen.values()):
        return unknown("a sound device is a program's or on the network: what is behind it cannot be seen", source)
    profile = any(str(end.get("enumerator")).upper().startswith("BTHHF") for end in radio)
    if not profile and end_in not in radio:
        doubt = next((one.doubt for one in seen.values() if one.doubt), "")
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
    return known(rate, source, device(end_in).label) if rate else unknown("Windows does not tell it", source)


# --- from the registry, where the sound service does not answer ------------------------------------------------------


ROLES = {"Role:2": "", "Role:0": "other_"}
"""eCommunications and eConsole of mmdeviceapi.h, and what they are called here."""
NOBODY_CHOSE = "Windows' sound service does not answer, and nobody ever chose a default device"


def _registered(host: Host) -> dict[str, Any]:
    """The active endpoints, and as default the one that someone chose last: the newest stamp of each role.

    Without any stamp Windows ranks the devices by rules of its own: then the default cannot be told.
    """
    endpoints: list[dict[str, Any]] = []
    newest: dict[tuple[int, str], tuple[tuple[int, ...], str]] = {}
    for flow, branch in enumerate(("Render", "Capture")):
        for guid in host.call(windows_native.registry_keys, rf"{MMDEVICES}\{branch}") or []:
            key = rf"{MMDEVICES}\{branch}\{guid}"
            state = values(host, key, "DeviceState", *ROLES)
            if state.get("DeviceState", 0) & 0xF != 1:
                continue
            endpoints.append(_registered_endpoint(host, key, guid, flow))
            for role in ROLES:
                when = stamp(str(state.get(role, "")))
                if when and when > newest.get((flow, role), ((), ""))[0]:
                    newest[flow, role] = (when, guid)
    chosen = {f"{ROLES[role]}{('output', 'input')[flow]}": guid for (flow, role), (_, guid) in newest.items()}
    if not {"input", "output"} <= chosen.keys():
        return {"reason": NOBODY_CHOSE}
    if not {"other_input", "other_output"} <= chosen.keys():
        chosen = {"input": chosen["input"], "output": chosen["output"]}
    return {"endpoints": endpoints, **chosen}


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
