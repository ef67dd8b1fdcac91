"""What an audio device is: pure rules on what an operating system tells of it. Shared by all systems."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from remoteready import files
from remoteready.check.facts import Fact, clean, known, unknown

Transport = Literal["usb", "jack", "plug", "bluetooth", "built_in", "display", "virtual"]
Kind = Literal["usb", "jack", "plug", "radio", "bluetooth", "speakerphone", "webcam", "built_in", "display", "virtual"]

WORN: tuple[Kind, ...] = ("usb", "jack", "radio", "bluetooth")
"""The kinds that are worn on the head."""
LOUDSPEAKERS = {"speaker", "portable", "hifi", "car"}
"""What sound servers call Bluetooth devices that stand in a room, from their class of device."""


@dataclass(frozen=True, slots=True)
class AudioDevice:
    """One input or output, as its operating system describes it."""

    name: str
    transport: Transport
    usb_id: str = ""
    """vendor:product in lower-case hexadecimal."""
    form: str = ""
    """What the system takes it for, such as "headset" or "webcam"; often only guessed from the name."""
    address: str = ""
    """Of a Bluetooth device: tells two of them apart, and is never shown."""

    @property
    def label(self) -> str:
        """The device as a person knows it. Bluetooth names are left out: people name them after themselves."""
        if self.transport == "bluetooth":
            return "a Bluetooth device"
        return clean(self.name) + (f" ({self.usb_id})" if self.usb_id else "")


@cache
def _table() -> tuple[dict[str, Kind], list[tuple[Kind, re.Pattern[str]]]]:
    path = Path(__file__).parents[1] / "headsets.yaml"
    document: dict[str, Any] = files.parse_yaml(files.read_text(path), str(path))
    return document["ids"], [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in document["names"]]


def kind(device: AudioDevice) -> Kind | None:
    """The kind of a device; None for a USB device that no table knows, which may be on a cable or on radio."""
    if device.transport == "bluetooth" and device.form in LOUDSPEAKERS:
        return "speakerphone"
    if device.transport != "usb":
        return device.transport
    ids, names = _table()
    if device.usb_id in ids:
        return ids[device.usb_id]
    if device.form == "webcam":
        return "webcam"
    return next((kind for kind, pattern in names if pattern.search(device.name)), None)


def headset_facts(
    device_in: AudioDevice | None, device_out: AudioDevice | None, source: str, *, microphone_in_calls: bool = False
) -> dict[str, Fact]:
    """`headset.link` and `headset.in_use` from the default input and the default output.

    `microphone_in_calls`: this system shows the microphone of a Bluetooth headset only while a call uses it.
    """
    seen = f"input: {device_in.label if device_in else 'none'}; output: {device_out.label if device_out else 'none'}"
    devices = [device for device in (device_in, device_out) if device]
    ends = [kind(device) for device in devices]
    if microphone_in_calls and ends == ["built_in", "bluetooth"]:
        music = "the Bluetooth headset plays music; its microphone appears only in a call"
        return dict.fromkeys(("headset.link", "headset.in_use"), unknown(music, source, seen))
    doubts = [_doubt(device) for device in devices]
    worn = [k for k in map(kind, devices) if k in WORN]
    in_use = len(worn) == 2 and _same(*devices)
    doubt = next(filter(None, doubts), None)
    if doubt:
        # One device that is surely no headset is enough: the two cannot be one headset, whatever the other is.
        surely_not = len(worn) + sum(map(bool, doubts)) < 2
        told = known(False, source, seen) if surely_not else unknown(doubt, source, seen)
        return {"headset.link": unknown(doubt, source, seen), "headset.in_use": told}
    link = str(worn[0]) if in_use else "split" if worn else "none"
    return {"headset.link": known(link, source, seen), "headset.in_use": known(in_use, source, seen)}


def _doubt(device: AudioDevice) -> str | None:
    """Why it cannot be told whether a device is a headset; None when it can."""
    match kind(device):
        case None:
            return f"{device.label} is in no table: it may be a headset on a cable, on radio, or another device"
        case "virtual":
            return f"{device.label} is made by a program: what is behind it cannot be seen"
        case "plug":
            return f"{device.label}: its socket does not tell a headset from loudspeakers or a microphone"
    return None


def _same(one: AudioDevice, other: AudioDevice) -> bool:
    return (one.transport, one.usb_id, one.address) == (other.transport, other.usb_id, other.address)


def webcam_fact(inputs: Sequence[AudioDevice], source: str) -> Fact:
    """`audio.only_input_is_webcam` from every input that could be used."""
    real = [device for device in inputs if device.transport != "virtual"]
    if not real:
        return known(False, source, "no microphone at all")
    kinds = {kind(device) for device in real}
    seen = "microphones: " + ", ".join(device.label for device in real)
    if kinds - {"webcam", "plug", None}:
        return known(False, source, seen)
    if kinds == {"webcam"}:
        return known(True, source, seen)
    return unknown("a socket or a device in no table: it may be empty, or be that of a webcam", source, seen)
