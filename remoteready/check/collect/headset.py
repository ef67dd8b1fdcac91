"""What an audio device is: pure rules on what an operating system tells of it. Shared by all systems."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from remoteready import files
from remoteready.check.collect.descriptors import HEADSET, ON_A_DESK, SPEAKERPHONES
from remoteready.check.facts import Fact, clean, known, unknown

Transport = Literal["usb", "jack", "bluetooth", "built_in", "display", "network", "virtual"]
Kind = Literal[
    "wired_headset", "radio_headset", "bluetooth_headset", "headset", "speakerphone", "webcam", "socket", "plain"
]
"""`headset` is worn, on a cable or on radio; `socket` takes a 3.5 mm plug, `plain` is a microphone or
loudspeakers and nothing more."""

WORN: tuple[Kind, ...] = ("wired_headset", "radio_headset", "bluetooth_headset", "headset", "socket")
LOUDSPEAKERS = {"speaker", "portable", "hifi", "car"}
"""What sound servers call Bluetooth devices that stand in a room, from their class of device."""
ELSEWHERE = ("network", "virtual")
SOCKETS = re.compile(r"\b(dock|docking|adapter|hub|display|monitor)\b", re.IGNORECASE)
"""USB devices with a socket, which call themselves a headset whatever is plugged in, or nothing at all."""


@dataclass(frozen=True, slots=True)
class AudioDevice:
    """One input or output, as its operating system describes it."""

    name: str
    transport: Transport | None
    """None where the system does not say."""
    usb_id: str = ""
    """vendor:product in lower-case hexadecimal."""
    form: str = ""
    """What the system takes it for, such as "headset" or "webcam"; often only guessed from the name."""
    address: str = ""
    """Tells two devices of one model apart, and is never shown."""
    doubt: str = ""
    """Why what it is cannot be told, where the system itself leaves that open."""
    terminals: frozenset[int] = frozenset()
    """What a USB device calls its inputs and outputs of sound: see `descriptors`."""

    @property
    def label(self) -> str:
        """The device as a person knows it. Bluetooth names are left out: people name them after themselves."""
        if self.transport == "bluetooth":
            return "a Bluetooth device"
        return clean(self.name) + (f" ({self.usb_id})" if self.usb_id else "")


# --- one device -----------------------------------------------------------------------------------------------------


@cache
def _table() -> tuple[dict[str, Kind], list[tuple[Kind, re.Pattern[str]]]]:
    path = Path(__file__).parents[1] / "headsets.yaml"
    document: dict[str, Any] = files.parse_yaml(files.read_text(path), str(path))
    rows = [row for source in document["sources"] for row in source.get("ids", {}).items()]
    names = [row for source in document["sources"] for row in source.get("names", [])]
    return {usb_id: kind for usb_id, (kind, _) in rows}, [
        (kind, re.compile(text, re.IGNORECASE)) for kind, text in names
    ]


def kind(device: AudioDevice) -> Kind | None:
    """What a device is; None where it cannot be told, such as a USB device that neither a table nor itself names."""
    if device.doubt:
        return None
    match device.transport:
        case "usb":
            return _usb_kind(device)
        case "bluetooth":
            return None if not device.form else "plain" if device.form in LOUDSPEAKERS else "bluetooth_headset"
        case "jack" if device.form not in {*LOUDSPEAKERS, "line"}:
            return "socket"
        case "network" | "virtual" if device.form not in LOUDSPEAKERS:
            return None
    return "plain"


def _usb_kind(device: AudioDevice) -> Kind | None:
    ids, names = _table()
    if device.usb_id in ids:
        return ids[device.usb_id]
    if device.form == "webcam":
        return "webcam"
    named = next((kind for kind, pattern in names if pattern.search(device.name)), None)
    if named or SOCKETS.search(device.name):
        return named
    if HEADSET in device.terminals and not device.terminals & SPEAKERPHONES:
        return "headset"
    if device.terminals & SPEAKERPHONES and HEADSET not in device.terminals:
        return "speakerphone"
    return "plain" if device.terminals and device.terminals <= ON_A_DESK else None


def _doubt(device: AudioDevice, other: AudioDevice | None) -> str:
    """Why it cannot be told whether a device is a headset; empty when it can. `other` is that of the other direction.

    Whoever plugs loudspeakers into the socket for headphones looks like one with headphones: only sound through the
    same socket in both directions tells a headset.
    """
    alone = other is None or one_device(device, other) is not True
    if kind(device) == "socket" and alone:
        return f"{device.label}: its socket does not tell a headset from loudspeakers or a microphone"
    if kind(device):
        return ""
    if device.doubt:
        return device.doubt
    match device.transport:
        case "virtual":
            return f"{device.label} is made by a program: what is behind it cannot be seen"
        case "network":
            return f"{device.label} is on the network: what is behind it cannot be seen"
        case "bluetooth":
            return "a Bluetooth device does not say whether it is a headset or a loudspeaker"
    return f"{device.label} is in no table: it may be a headset on a cable, on radio, or another device"


# --- input and output together --------------------------------------------------------------------------------------


def one_device(one: AudioDevice, other: AudioDevice) -> bool | None:
    """Whether an input and an output are the same device; None where that cannot be told."""
    transports = {one.transport, other.transport}
    if None in transports or transports & set(ELSEWHERE):
        return None
    if len(transports) > 1 or (one.usb_id and other.usb_id and one.usb_id != other.usb_id):
        return False
    if one.address and other.address:
        return one.address == other.address
    if transports & {"usb", "bluetooth"} and not (one.usb_id and other.usb_id):
        return True if one.name and one.name == other.name else None
    return True


def headset_facts(
    device_in: AudioDevice | None, device_out: AudioDevice | None, source: str, *, microphone_in_calls: bool = False
) -> dict[str, Fact]:
    """`headset.link` and `headset.in_use` from the input and the output that a softphone uses.

    These are the devices for communications where the system keeps such apart from the default ones: a softphone
    that leaves the choice to the system gets them, so a headset that is only the default one hears no call.

    `microphone_in_calls`: this system shows the microphone of a Bluetooth headset only while a call uses it.
    """
    seen = f"input: {device_in.label if device_in else 'none'}; output: {device_out.label if device_out else 'none'}"
    devices = [device for device in (device_in, device_out) if device]
    kinds = [kind(device) for device in devices]
    if microphone_in_calls and kinds == ["plain", "bluetooth_headset"] and devices[0].transport == "built_in":
        music = "the Bluetooth headset plays music; its microphone appears only in a call"
        return dict.fromkeys(("headset.link", "headset.in_use"), unknown(music, source, seen))
    doubts = [_doubt(device_in, device_out)] if device_in else []
    doubts += [_doubt(device_out, device_in)] if device_out else []
    in_use = _in_use(device_in, device_out, doubts, source, seen)
    doubt = next(filter(None, doubts), "") or (in_use.unknown or "")
    if doubt:
        link = unknown(doubt, source, seen)
    elif not in_use.value:
        link = known("split" if any(kind in WORN for kind in kinds) else "none", source, seen)
    else:
        link = _link(devices, source, seen)
    return {"headset.link": link, "headset.in_use": in_use}


def _in_use(
    device_in: AudioDevice | None, device_out: AudioDevice | None, doubts: list[str], source: str, seen: str
) -> Fact:
    if device_in is None or device_out is None:
        return known(False, source, seen)
    same = one_device(device_in, device_out)
    surely_none = [
        kind(one) not in WORN and not doubt for one, doubt in zip((device_in, device_out), doubts, strict=True)
    ]
    if same is False or any(surely_none):
        return known(False, source, seen)
    doubt = next(filter(None, doubts), "")
    if doubt or same is None:
        label = "Bluetooth" if device_in.transport == "bluetooth" else device_in.transport
        return unknown(doubt or f"two {label} devices, or the two halves of one: the system does not say", source, seen)
    return known(True, source, seen)


def _link(devices: list[AudioDevice], source: str, seen: str) -> Fact:
    """How the one headset is attached that is both input and output."""
    match kind(devices[0]):
        case "radio_headset":
            return known("radio", source, seen)
        case "headset":
            return unknown(_cable_or_radio(devices[0]), source, seen)
    return known(str(devices[0].transport), source, seen)


def _cable_or_radio(device: AudioDevice) -> str:
    return f"{device.label} says that it is a headset, but not whether it is on a cable or on radio"


# --- each of them ---------------------------------------------------------------------------------------------------

KINDS: dict[Kind, tuple[str, str]] = {
    "webcam": ("webcam", "speakers"),
    "plain": ("microphone", "speakers"),
    "socket": ("wired_headset", "wired_headset"),
}
"""The words of the facts on inputs and on outputs, where they are not that of the device."""


def device_facts(
    device_in: AudioDevice | None, device_out: AudioDevice | None, source: str, role: str = "", why: str = ""
) -> dict[str, Fact]:
    """How an input and an output are attached, and what they are; `role` is "communications_" or empty.

    `why` says in the evidence where a role's device comes from.
    """
    facts: dict[str, Fact] = {}
    for place, device, other in (("input", device_in, device_out), ("output", device_out, device_in)):
        name = f"audio.{role}{place}"
        seen = "; ".join(part for part in (device.label if device else f"there is no {place}", why) if part)
        if device is None:
            facts |= dict.fromkeys((f"{name}_transport", f"{name}_kind"), known("none", source, seen))
            continue
        facts[f"{name}_transport"] = (
            known(device.transport, source, seen)
            if device.transport
            else unknown(device.doubt or f"{device.label}: the system does not say how it is attached", source, seen)
        )
        facts[f"{name}_kind"] = _kind_fact(device, other, place == "output", source, seen)
    return facts


def _kind_fact(device: AudioDevice, other: AudioDevice | None, is_output: bool, source: str, seen: str) -> Fact:
    found, doubt = kind(device), _doubt(device, other)
    if doubt or found is None:
        return unknown(doubt, source, seen)
    if found == "headset":
        return unknown(_cable_or_radio(device), source, seen)
    if device.form == "line" and not is_output:
        return unknown(f"{device.label} is a socket for any device: a microphone is only one of them", source, seen)
    return known(KINDS.get(found, (found, found))[is_output], source, seen)


def webcam_fact(inputs: Sequence[AudioDevice], source: str) -> Fact:
    """`audio.only_input_is_webcam` from every input that could be used."""
    real = [device for device in inputs if device.transport not in ELSEWHERE]
    if not real:
        return known(False, source, "no microphone at all")
    surely_other = {"bluetooth", "onboard"}  # no camera is attached so, whatever else the device may be
    kinds = {"other" if {device.transport, device.form} & surely_other else kind(device) for device in real}
    seen = "microphones: " + ", ".join(device.label for device in real)
    if kinds - {"webcam", None}:
        return known(False, source, seen)
    if kinds == {"webcam"}:
        return known(True, source, seen)
    return unknown("a socket or a device in no table: it may be empty, or be that of a webcam", source, seen)
