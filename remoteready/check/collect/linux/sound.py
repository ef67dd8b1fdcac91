"""Linux: default input and output from the sound server, by pactl, or by pw-dump where there is no pactl."""

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from remoteready.check.collect import common
from remoteready.check.collect.headset import AudioDevice, headset_facts, webcam_fact
from remoteready.check.collect.linux import dbus as linux_dbus
from remoteready.check.facts import ADDRESS, Fact, known, unknown
from remoteready.check.host import Host, Unavailable

SPEAKERS_AND_HEADSETS = {1: "headset", 2: "headset", 5: "speaker", 6: "headphone", 7: "portable", 8: "car", 10: "hifi"}
"""Minor classes of Bluetooth audio devices (Assigned Numbers 2.8.2.4), in the words of the sound servers."""
HANDS_FREE = re.compile(
    r"headset[-_](head[-_]unit|audio[-_]gateway)|handsfree[-_](head[-_]unit|audio[-_]gateway)|h[sf]p"
)
"""Profiles as PipeWire ("headset-head-unit") and PulseAudio ("handsfree_head_unit") name them."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What a sound server says: entries in the form of pactl's JSON, without monitors, and which are the defaults."""

    source: str
    inputs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]
    default_input: str | None
    default_output: str | None
    pipewire: bool


def audio(host: Host) -> dict[str, Fact]:
    """Default input and output from the sound server (PulseAudio, or PipeWire with or without its stand-in for it)."""
    try:
        sound = _pulse(host)
    except Unavailable as error:
        try:
            sound = _pipewire(host)
        except Unavailable:
            return dict.fromkeys(common.AUDIO, unknown(f"the sound server does not say: {error}", "pactl"))
    entry_in, entry_out = _named(sound.inputs, sound.default_input), _named(sound.outputs, sound.default_output)
    device_in, device_out = (_known_form(host, sound, _device(entry, sound)) for entry in (entry_in, entry_out))
    usable = [device for entry in sound.inputs if (device := _device(entry, sound))]
    return {
        **headset_facts(device_in, device_out, sound.source, microphone_in_calls=True),
        "audio.hands_free": _hands_free(sound, entry_in, entry_out),
        "audio.input_rate_hz": _input_rate(sound, entry_in, device_in),
        "audio.microphone_allowed": _microphone_allowed(host),
        "audio.only_input_is_webcam": webcam_fact(usable, sound.source),
    }


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


def _pulse(host: Host) -> Sound:
    """PulseAudio, or PipeWire's stand-in for it."""
    info, sinks, sources = (_pactl(host, *what) for what in (("info",), ("list", "sinks"), ("list", "sources")))
    inputs = [entry for entry in sources if not _is_monitor(entry)]
    names = info.get("default_source_name"), info.get("default_sink_name")
    return Sound("pactl", inputs, sinks, *names, pipewire="PipeWire" in str(info.get("server_name")))


def _pactl(host: Host, *what: str) -> Any:
    output = host.run("pactl", "-f", "json", *what)
    if "refused" in output.stderr:
        raise Unavailable("none runs in this session")
    if output.exit_code:
        raise Unavailable(output.stderr.strip() or f"pactl ended with {output.exit_code}")
    try:
        return json.loads(output.stdout)
    except ValueError as error:
        raise Unavailable(f"pactl's answer is not JSON ({error})") from error


def _pipewire(host: Host) -> Sound:
    """PipeWire itself. Unlike pactl it keeps what belongs to a card in an object of its own, beside its nodes."""
    output = host.run("pw-dump")
    if output.exit_code:
        raise Unavailable(output.stderr.strip() or f"pw-dump ended with {output.exit_code}")
    try:
        objects = [thing for thing in json.loads(output.stdout) if isinstance(thing, dict)]
    except (ValueError, TypeError) as error:
        raise Unavailable(f"pw-dump's answer is not JSON ({error})") from error
    live = [thing for thing in objects if thing.get("info")]  # not: those that were just removed
    cards = {thing.get("id"): thing["info"] for thing in live if str(thing.get("type")).endswith(":Device")}
    nodes = [thing["info"] for thing in live if str(thing.get("type")).endswith(":Node")]
    defaults = {
        row.get("key"): row["value"].get("name")
        for thing in objects
        for row in thing.get("metadata") or []
        if (thing.get("props") or {}).get("metadata.name") == "default" and isinstance(row.get("value"), dict)
    }
    entries: dict[str, list[dict[str, Any]]] = {"Audio/Source": [], "Audio/Sink": []}
    for node in nodes:
        kind = "/".join(str(node["props"].get("media.class")).split("/")[:2])
        if kind in entries:
            card = cards.get(node["props"].get("device.id")) or {}
            entries[kind].append(_like_pactl(node, card, "Input" if kind == "Audio/Source" else "Output"))
    names = defaults.get("default.audio.source"), defaults.get("default.audio.sink")
    return Sound("pw-dump", entries["Audio/Source"], entries["Audio/Sink"], *names, pipewire=True)


AVAILABLE = {"yes": "available", "no": "not available"}


def _like_pactl(node: dict[str, Any], card: dict[str, Any], direction: str) -> dict[str, Any]:
    """A node of pw-dump in the form of pactl's JSON: with the properties and the route of its card."""
    props = {**(card.get("props") or {}), **node["props"]}
    params = node.get("params") or {}
    routes = [
        route
        for route in (card.get("params") or {}).get("Route") or []
        if route.get("direction") == direction and route.get("device") == props.get("card.profile.device")
    ]
    formats = [*(params.get("Format") or []), *(params.get("EnumFormat") or [])]
    rates = [entry["rate"] for entry in formats if entry.get("rate")]
    rate = next((rate.get("default") if isinstance(rate, dict) else rate for rate in rates), None)
    return {
        "name": str(props.get("node.name") or ""),
        "description": props.get("node.description"),
        "properties": props,
        "sample_specification": f"{rate}Hz" if rate else "",
        "ports": [
            {**route, "availability": AVAILABLE.get(str(route.get("available")), "availability unknown")}
            for route in routes
        ],
        "active_port": routes[0].get("name") if routes else None,
    }


def _named(entries: list[dict[str, Any]], name: str | None) -> dict[str, Any] | None:
    return next((entry for entry in entries if entry.get("name") == name), None)


def _is_monitor(entry: dict[str, Any]) -> bool:
    """A monitor plays back what an output plays: it is no microphone, though it may be the default source."""
    return entry["properties"].get("device.class") == "monitor" or str(entry["name"]).endswith(".monitor")


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


PLUG = re.compile(r"headphone|headset|analog-input-(front-|rear-|dock-)?mic\b|line-?(in|out)\b")
"""Sockets whose plug is not sensed, or that take one of two plugs: of a headset, or of anything else."""


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
    if "hdmi" in socket or "displayport" in socket:
        return AudioDevice(name, "display")
    if bus == "pci" or api == "alsa":
        if port.get("availability") == "not available":
            return None
        if re.search(r"headphone|headset", socket) and port.get("availability") == "available":
            return AudioDevice(name, "jack")
        in_doubt = not port or PLUG.search(socket)
        return AudioDevice(name, "plug" if in_doubt else "built_in")
    return AudioDevice(name, "virtual")
