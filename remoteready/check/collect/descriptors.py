"""What a USB device says of itself: the terminals of sound and of pictures in its descriptors. Pure.

A descriptor begins with its length and its type; those of a class follow the interface that they belong to (USB 2.0,
9.5). Terminal types: USB Device Class Definition for Terminal Types 1.0; those of video: USB Video Class 1.5, B.
"""

from dataclasses import dataclass

DEVICE, INTERFACE, CLASS_INTERFACE = 0x01, 0x04, 0x24
AUDIO, VIDEO = 0x01, 0x0E
CONTROL = 0x01
INPUT_TERMINAL, OUTPUT_TERMINAL = 0x02, 0x03

HEADSET = 0x0402
SPEAKERPHONES = {0x0403, 0x0404, 0x0405}
"""Without echo reduction, echo-suppressing, echo-cancelling."""
ON_A_DESK = {0x0202, 0x0304, 0x0305}
"""Desktop microphone, desktop speaker, room speaker: never worn. The plain microphone and speaker may be anything."""
CAMERA = 0x0201
"""Of video: a camera's sensor. Others are sockets that a picture from outside comes in by."""


@dataclass(frozen=True, slots=True)
class Described:
    """What was found in the descriptors of one device."""

    usb_id: str = ""
    """vendor:product in lower-case hexadecimal."""
    audio: frozenset[int] = frozenset()
    """Terminal types of its inputs and outputs of sound."""
    video: frozenset[int] = frozenset()
    """Terminal types of what its pictures come from."""


def described(raw: bytes) -> Described:
    """The terminals in a file `descriptors` of sysfs: the device's descriptor, then its configurations.

    It is read up to where a length leads nowhere. Terminals that lead to the computer (01xx) are left out.
    """
    usb_id, place, audio, video = "", (0, 0), set[int](), set[int]()
    at = 0
    while at + 2 <= len(raw) and 2 <= raw[at] <= len(raw) - at:
        one = raw[at : at + raw[at]]
        at += len(one)
        if one[1] == DEVICE and len(one) >= 12:
            usb_id = f"{_number(one, 8):04x}:{_number(one, 10):04x}"
        elif one[1] == INTERFACE and len(one) >= 7:
            place = one[5], one[6]
        elif one[1] == CLASS_INTERFACE and len(one) >= 6 and _number(one, 4) >> 8 != 1:
            if place == (AUDIO, CONTROL) and one[2] in (INPUT_TERMINAL, OUTPUT_TERMINAL):
                audio.add(_number(one, 4))
            elif place == (VIDEO, CONTROL) and one[2] == INPUT_TERMINAL:
                video.add(_number(one, 4))
    return Described(usb_id, frozenset(audio), frozenset(video))


def _number(raw: bytes, at: int) -> int:
    return int.from_bytes(raw[at : at + 2], "little")
