"""Linux: the default input and output, and those set aside for calls: what each is, and whether they are one headset.

Sound servers keep no second default for calls, but a device may be set aside for programs that call themselves a phone
(device.intended_roles): a Bluetooth headset in hands-free mode is, until it is the default one. Which programs do so
cannot be seen; browsers differ.
"""

import re
from dataclasses import replace
from typing import Any

from remoteready.check.collect import calls, common
from remoteready.check.collect.descriptors import CAMERA, described
from remoteready.check.collect.headset import AudioDevice, device_facts, headset_facts, kind, webcam_fact
from remoteready.check.collect.linux import dbus as linux_dbus
from remoteready.check.collect.linux import sound_server
from remoteready.check.collect.linux.sound_server import Sound
from remoteready.check.facts import ADDRESS, Fact, clean, known, unknown
from remoteready.check.host import Host, Unavailable

SPEAKERS_AND_HEADSETS = {1: "headset", 2: "headset", 5: "speaker", 6: "headphone", 7: "portable", 8: "car", 10: "hifi"}
"""Minor classes of Bluetooth audio devices (Assigned Numbers 2.8.2.4), in the words of the sound servers."""
HANDS_FREE = re.compile(
    r"headset[-_](head[-_]unit|audio[-_]gateway)|handsfree[-_](head[-_]unit|audio[-_]gateway)|h[sf]p"
)
"""Profiles as PipeWire ("headset-head-unit") and PulseAudio ("handsfree_head_unit") name them."""


def audio(host: Host) -> dict[str, Fact]:
    """Default input and output from the sound server (PulseAudio, or PipeWire with or without its stand-in for it)."""
    try:
        sound = sound_server.sound(host)
    except Unavailable as error:
        return dict.fromkeys(common.AUDIO, unknown(f"the sound server does not say: {error}", "pactl"))
    entry_in, entry_out = _named(sound.inputs, sound.default_input), _named(sound.outputs, sound.default_output)
    chosen = _seen(host, sound, entry_in), _seen(host, sound, entry_out)
    aside = _set_aside(host, sound, sound.inputs, entry_in), _set_aside(host, sound, sound.outputs, entry_out)
    phone = _seen(host, sound, aside[0]) or chosen[0], _seen(host, sound, aside[1]) or chosen[1]
    usable = [device for entry in sound.inputs if (device := _described(host, entry, _device(entry, sound)))]
    return {
        **_headset(sound, chosen, phone),
        **device_facts(*chosen, sound.source),
        **_calls(sound, phone, apart=any(aside)),
        "audio.hands_free": _hands_free(sound, entry_in, entry_out),
        "audio.input_rate_hz": _input_rate(sound, entry_in, chosen[0]),
        "audio.microphone_allowed": _microphone_allowed(host),
        "audio.only_input_is_webcam": webcam_fact(usable, sound.source),
    }


Ends = tuple[AudioDevice | None, AudioDevice | None]


def _calls(sound: Sound, phone: Ends, *, apart: bool) -> dict[str, Fact]:
    why = "set aside for programs that call themselves a phone" if apart else "no device is set aside for calls"
    facts = device_facts(*phone, sound.source, "communications_", why)
    if apart and sound.pipewire:
        reason = f"a device is {why}; whether they get it depends on the settings of PipeWire"
        return dict.fromkeys(facts, unknown(reason, sound.source))
    return facts


def _headset(sound: Sound, chosen: Ends, phone: Ends) -> dict[str, Fact]:
    """What is true both of the default devices and of those set aside for calls, as a softphone may use either."""
    facts = headset_facts(*chosen, sound.source, microphone_in_calls=True)
    if phone == chosen:
        return facts
    others = headset_facts(*phone, sound.source, microphone_in_calls=True)
    reason = "programs that call themselves a phone use other devices than the default ones"
    return {
        name: fact if fact.value == others[name].value else unknown(reason, sound.source, fact.detail)
        for name, fact in facts.items()
    }


def _set_aside(
    host: Host, sound: Sound, entries: list[dict[str, Any]], default: dict[str, Any] | None
) -> dict[str, Any] | None:
    """The device that streams with the role "phone" get instead of the default one; None where they get that.

    PulseAudio does so by module-intended-roles, unless the default device has that role, too; WirePlumber may do so.
    """
    apart = [entry for entry in entries if _roles(entry) & {"phone", "communication"}]  # PipeWire's own word
    if not apart or default in apart:
        return None
    if not sound.pipewire:
        modules = sound_server.pactl(host, "list", "modules")
        if not any(module.get("name") == "module-intended-roles" for module in modules):
            return None
    return apart[0]


def _roles(entry: dict[str, Any]) -> set[str]:
    properties = entry["properties"]
    roles = properties.get("device.intended_roles") or properties.get("device.intended-roles") or ""
    return set(re.findall(r"[a-z]+", str(roles).lower()))


def _hands_free(sound: Sound, *entries: dict[str, Any] | None) -> Fact:
    """Whether a Bluetooth device among the defaults is in a telephone profile. LC3-SWB carries 32 kHz: not narrow."""
    radio = [entry for entry in entries if entry and _is_bluetooth(entry)]
    if not radio:
        return known(False, sound.source, "no Bluetooth device is the default input or output")
    profiles = []
    for entry in radio:
        about = entry["properties"]
        profile = str(about.get("api.bluez5.profile") or about.get("bluetooth.protocol") or "")
        codec = str(about.get("api.bluez5.codec") or about.get("bluetooth.codec") or "")
        if HANDS_FREE.match(profile) and codec.lower().replace("-", "_") != "lc3_swb":
            return known(True, sound.source, f"profile {profile}" + (f", codec {codec}" if codec else ""))
        profiles.append(profile)
    if not all(profiles):  # the loop that WirePlumber 0.5 puts in front of the microphone has no profile
        reason = "the Bluetooth headset changes to hands-free mode when a program listens; it is not in it now"
        return unknown(reason if any(profiles) else "the sound server does not name the profile", sound.source)
    return known(False, sound.source, f"profile {profiles[0]}")


def _input_rate(sound: Sound, entry: dict[str, Any] | None, device: AudioDevice | None) -> Fact:
    if entry is None or device is None:
        return unknown("no microphone is the default input", sound.source)
    if device.transport == "virtual" or entry["properties"].get("bluez5.loopback"):
        return unknown("the default input is made by a program: the microphone behind it cannot be seen", sound.source)
    match = re.search(r"(\d+) ?Hz", str(entry.get("sample_specification") or ""))
    return known(int(match[1]), sound.source) if match else unknown("the sound server tells no rate", sound.source)


def _microphone_allowed(host: Host) -> Fact:
    """Linux asks no consent of programs outside a sandbox. GNOME's switch binds only those inside one."""
    source = "gsettings get org.gnome.desktop.privacy disable-microphone"
    try:
        switched_off = host.run(
            "/usr/bin/gsettings", "get", "org.gnome.desktop.privacy", "disable-microphone"
        ).stdout.strip()
    except Unavailable:
        switched_off = ""
    if switched_off == "true":
        reason = "the microphone is switched off in the privacy settings, which bind only programs in a sandbox"
        return unknown(reason, source)
    return known(True, source, "Linux asks no consent of programs outside a sandbox")


def _named(entries: list[dict[str, Any]], name: str | None) -> dict[str, Any] | None:
    return next((entry for entry in entries if entry.get("name") == name), None)


def _is_bluetooth(entry: dict[str, Any]) -> bool:
    """By its name, too: WirePlumber 0.5 puts a loop in front of a microphone that has neither bus nor API."""
    properties = entry["properties"]
    radio = properties.get("device.bus") == "bluetooth" or properties.get("device.api") == "bluez5"
    return radio or str(entry["name"]).startswith("bluez")


def _usb_id(properties: dict[str, Any], pipewire: bool) -> str:
    """vendor:product in hexadecimal. PulseAudio writes 0b0e, PipeWire 0x0b0e, and PipeWire before 0.3.6x 2830."""
    ids = [str(properties.get(f"device.{what}.id") or "").lower() for what in ("vendor", "product")]
    if pipewire and all(re.fullmatch("[1-9][0-9]{0,4}", text) for text in ids):
        ids = [f"{int(text):04x}" for text in ids]
    ids = [text.removeprefix("0x").rjust(4, "0") for text in ids if text]
    return ":".join(ids) if len(ids) == 2 else ""


def _known_form(host: Host, sound: Sound, device: AudioDevice | None) -> AudioDevice | None:
    """What a Bluetooth device is: a loudspeaker is no headset. Another entry of it may say, else BlueZ."""
    if device is None or device.transport != "bluetooth" or device.form:
        return device
    others = (_device(entry, sound) for entry in [*sound.outputs, *sound.inputs])
    form = next((o.form for o in others if o and o.form and o.address == device.address and o.address), "")
    if not form and device.address:
        try:
            number = linux_dbus.bluetooth_class(host, device.address)
        except Unavailable:
            return device
        form = SPEAKERS_AND_HEADSETS.get(number >> 2 & 0x3F, "") if number >> 8 & 0x1F == 4 else ""
    return replace(device, form=form)


def _seen(host: Host, sound: Sound, entry: dict[str, Any] | None) -> AudioDevice | None:
    """One device with all that can be told of it."""
    return _described(host, entry, _known_form(host, sound, _device(entry, sound)))


def _described(host: Host, entry: dict[str, Any] | None, device: AudioDevice | None) -> AudioDevice | None:
    """A USB device that no table knows, with what it says of itself: the descriptors of its sound card's device."""
    if entry is None or device is None or device.transport != "usb" or kind(device):
        return device
    card = entry["properties"].get("alsa.card") or entry["properties"].get("api.alsa.pcm.card")
    try:
        interface = host.link(f"/sys/class/sound/card{card}/device")
        raw = host.call(calls.usb_descriptors, f"{interface.rpartition('/')[0]}/descriptors")
        said = described(bytes.fromhex(raw))
    except (Unavailable, ValueError):
        return device
    if device.usb_id and said.usb_id != device.usb_id:  # another card has this number by now
        return device
    form = "webcam" if CAMERA in said.video else device.form
    return replace(device, usb_id=said.usb_id, form=form, terminals=said.audio)


PLUG = re.compile(r"headphone|headset|analog-input-(front-|rear-|dock-)?mic\b|line-?(in|out)\b")
"""Sockets whose plug is not sensed, or that take one of two plugs: of a headset, or of anything else."""


FAR = re.compile(r"tunnel(-sink|-source)?[.-]|raop_")
"""Devices of another computer and AirPlay loudspeakers, as PulseAudio and PipeWire name them."""


def _device(entry: dict[str, Any] | None, sound: Sound) -> AudioDevice | None:
    """One sink or source of pactl's JSON; None for a socket that nothing is plugged into."""
    if entry is None or entry["name"] == "auto_null":  # the stand-in of a sound server without any sound card
        return None
    properties = entry["properties"]
    port: dict[str, Any] = next((p for p in entry.get("ports") or [] if p.get("name") == entry.get("active_port")), {})
    # "analog-output-headphones", or from ALSA's use-case manager "[Out] Headphones", "[In] Mic2" described as
    # "Headphones Stereo Microphone".
    socket = f"{entry.get('active_port') or ''} {port.get('description') or ''}".lower()
    bus, api = properties.get("device.bus", ""), properties.get("device.api", "")
    name = str(properties.get("device.product.name") or entry.get("description") or entry["name"])
    form = str(properties.get("device.form_factor") or properties.get("device.form-factor") or "")
    if bus == "usb":
        return AudioDevice(name, "usb", _usb_id(properties, sound.pipewire), form)
    if _is_bluetooth(entry):
        match = ADDRESS.search(entry["name"])
        address = re.sub("[^0-9a-f]", "", match[0].lower()) if match else ""
        return AudioDevice(name, "bluetooth", form=form, address=address)
    if FAR.match(entry["name"]):
        return AudioDevice(name, "network", form="speaker" if "raop" in entry["name"] else "")
    if "hdmi" in socket or "displayport" in socket:
        return AudioDevice(name, "display")
    if bus == "pci" or api == "alsa":
        return _onboard(name, socket, port)
    return AudioDevice(name, "virtual")


def _onboard(name: str, socket: str, port: dict[str, Any]) -> AudioDevice | None:
    """A part of the computer, or what is in one of its sockets."""
    if port.get("availability") == "not available":
        return None
    if re.search(r"headphone|headset", socket) and port.get("availability") == "available":
        return AudioDevice(name, "jack")
    if port and not PLUG.search(socket):
        return AudioDevice(name, "built_in")
    doubt = f"{clean(name)}: its socket does not tell a headset from loudspeakers or a microphone"
    return AudioDevice(name, "jack" if port else None, doubt=doubt)
