"""What is attached to take pictures: the facts on cameras, from lists that every system can make."""

import re

from remoteready.check.facts import Fact, known, unknown

CAPTURE = re.compile(r"capture|grabber|\bcam ?link\b|\blive gamer\b|easycap|ezmaker|\bhdmi\b", re.IGNORECASE)
"""Capture cards, which say that they are cameras, by words in the names that usb.ids 2025.07.26 has for them."""


def camera_facts(
    source: str, real: list[str], capture: list[str], virtual: list[str], doubt: str = "", nothing: str = "no camera"
) -> dict[str, Fact]:
    """`camera.present` and `camera.kind` from the names of what was found.

    `doubt` says why there may be a real camera besides; `nothing` what is seen where there is none at all. What a
    capture card is connected to cannot be seen: a game console, or a camera that costs more than the computer.
    """
    if real:
        seen = ", ".join(real)
        return {"camera.present": known(True, source, seen), "camera.kind": known("real", source, seen)}
    if doubt:
        return {"camera.present": unknown(doubt, source), "camera.kind": unknown(doubt, source)}
    if capture:
        reason = f"{capture[0]} passes on a picture from outside: whether a camera is behind it cannot be seen"
        return {
            "camera.present": unknown(reason, source),
            "camera.kind": known("capture", source, ", ".join(capture)),
        }
    seen = "only cameras made by programs" if virtual else nothing
    return {
        "camera.present": known(False, source, seen),
        "camera.kind": known("virtual" if virtual else "none", source, seen),
    }
