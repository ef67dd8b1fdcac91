"""Descriptors of USB devices that were never made: as sysfs keeps them, with any terminals."""

from collections.abc import Sequence

AUDIO, VIDEO = 0x01, 0x0E
STREAMING = 0x0101


def descriptors(
    usb_id: str, inputs: Sequence[int] = (), outputs: Sequence[int] = (), pictures: Sequence[int] = ()
) -> bytes:
    """A device with these terminals of sound and of pictures, laid out as in published dumps of lsusb -v."""
    vendor, product = (int(part, 16) for part in usb_id.split(":"))
    sound = _control(AUDIO, *(_terminal(kind, 2, 12) + _terminal(STREAMING, 3, 9) for kind in inputs))
    sound += b"".join(_terminal(STREAMING, 2, 12) + _terminal(kind, 3, 9) for kind in outputs)
    sound += _interface(AUDIO, 2) + bytes([7, 0x24, 1, 1, 1, 1, 0]) + bytes([9, 5, 0x01, 9, 96, 0, 1, 0, 0])
    video = _control(VIDEO, *(_terminal(kind, 2, 18) for kind in pictures)) if pictures else b""
    remote = _interface(3, 0) + bytes([9, 0x21, 0x11, 1, 0, 1, 0x22, 60, 0])
    parts = video + sound + remote
    device = bytes([18, 1, 0, 2, 0, 0, 0, 64]) + _two(vendor) + _two(product) + bytes([0, 1, 1, 2, 0, 1])
    return device + bytes([9, 2]) + _two(9 + len(parts)) + bytes([3, 1, 0, 0x80, 50]) + parts


def _control(kind: int, *terminals: bytes) -> bytes:
    return _interface(kind, 1) + bytes([10, 0x24, 1, 0, 1, 0, 0, 2, 1, 2]) + b"".join(terminals)


def _interface(kind: int, subclass: int) -> bytes:
    return bytes([9, 4, 0, 0, 0, kind, subclass, 0, 0])


def _terminal(kind: int, direction: int, length: int) -> bytes:
    return (bytes([length, 0x24, direction, 1]) + _two(kind)).ljust(length, b"\0")


def _two(number: int) -> bytes:
    return number.to_bytes(2, "little")
