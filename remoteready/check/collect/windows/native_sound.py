"""Windows' sound devices, through its sound service: see windows_native."""

import ctypes
import importlib
import traceback
from ctypes import POINTER, byref, c_int, c_uint16, c_uint32, c_void_p, c_wchar_p
from functools import cache
from types import SimpleNamespace
from typing import Any

from remoteready.check.collect.windows.native import Guid, Library
from remoteready.check.collect.windows.native_com import ANY_SERVER, create, in_com, interface, out

NOT_FOUND = 0x80070490
READ = 0


class Property(ctypes.Structure):
    """PROPERTYKEY."""

    _fields_ = (("format", Guid), ("id", c_uint32))


class Variant(ctypes.Structure):
    """PROPVARIANT of a 64-bit Windows: a type, then up to two pointers."""

    _fields_ = (("type", c_uint16), ("reserved", c_uint16 * 3), ("first", ctypes.c_uint64), ("second", c_void_p))


class Jack(ctypes.Structure):
    """KSJACK_DESCRIPTION."""

    _fields_ = (
        ("channels", c_uint32),
        ("color", c_uint32),
        ("connection", c_int),
        ("geometry", c_int),
        ("place", c_int),
        ("port", c_int),
        ("connected", c_int),
    )


@cache
def _sound() -> SimpleNamespace:
    """The interfaces of Windows' sound devices, in the order of its header files."""
    comtypes: Any = importlib.import_module("comtypes")
    unknown, guid = comtypes.IUnknown, POINTER(comtypes.GUID)
    store = interface("IPropertyStore", "{886D8EEB-8CF2-4446-8D02-CDBA1DBDCF99}", 2, ("GetValue", c_void_p, c_void_p))
    device = interface(
        "IMMDevice",
        "{D666063F-1587-4E43-81F1-B948E807363F}",
        ("Activate", guid, c_uint32, c_void_p, POINTER(POINTER(unknown))),
        ("OpenPropertyStore", c_uint32, POINTER(POINTER(store))),
        ("GetId", POINTER(c_void_p)),
        ("GetState", POINTER(c_uint32)),
    )
    devices = interface(
        "IMMDeviceCollection",
        "{0BD7A1BE-7A1A-44DB-8397-CC5392387B5E}",
        ("GetCount", POINTER(c_uint32)),
        ("Item", c_uint32, POINTER(POINTER(device))),
    )
    enumerator = interface(
        "IMMDeviceEnumerator",
        "{A95664D2-9614-4F35-A746-DE8DB63617E6}",
        ("EnumAudioEndpoints", c_uint32, c_uint32, POINTER(POINTER(devices))),
        ("GetDefaultAudioEndpoint", c_uint32, c_uint32, POINTER(POINTER(device))),
    )
    connector = interface("IConnector", "{9C2C4058-23F5-41DE-877A-DF3AF236A09E}", 5, ("GetConnectedTo", c_void_p))
    topology = interface(
        "IDeviceTopology",
        "{2A07407E-6497-4A18-9787-32F79BD0D98F}",
        1,
        ("GetConnector", c_uint32, POINTER(POINTER(connector))),
    )
    part = interface(
        "IPart",
        "{AE2DE0E4-5BCA-4F2D-AA46-5D13F8FDB3A9}",
        10,
        ("Activate", c_uint32, guid, POINTER(POINTER(unknown))),
    )
    jack = interface(
        "IKsJackDescription",
        "{4509F757-2D46-4637-8E62-CE7DB944F57B}",
        ("GetJackCount", POINTER(c_uint32)),
        ("GetJackDescription", c_uint32, c_void_p),
    )
    return SimpleNamespace(
        store=store,
        device=device,
        devices=devices,
        enumerator=enumerator,
        connector=connector,
        topology=topology,
        part=part,
        jack=jack,
    )


# --- sound ----------------------------------------------------------------------------------------------------------

KEYS = {
    "name": ("a45c254e-df1c-4efd-8020-67d146a850e0", 14),
    "enumerator": ("a45c254e-df1c-4efd-8020-67d146a850e0", 24),
    "adapter": ("b3f8fa53-0004-438e-9003-51a46e139bfc", 6),
    "parent": ("b3f8fa53-0004-438e-9003-51a46e139bfc", 2),
    "path": ("233164c8-1b2c-4c7d-bc68-b671687a2567", 1),
    "form": ("1da5d803-d492-4edd-8c23-e0c0ffee7f0e", 0),
    "subtype": ("1da5d803-d492-4edd-8c23-e0c0ffee7f0e", 8),
    "container": ("8c7ed206-3f8a-4827-b3ab-ae9e1faefc6c", 2),
    "format": ("f19f064d-082c-4e27-bc73-6882a1bb8e4c", 0),
}
"""Property keys of an audio endpoint: functiondiscoverykeys_devpkey.h and mmdeviceapi.h."""


def audio_endpoints() -> dict[str, Any]:
    """Every active audio endpoint, and the default ones for communication (role 2) and for all else (role 0)."""

    def work() -> dict[str, Any]:
        sound = _sound()
        enumerator = create(sound.enumerator, "{BCDE0395-E52F-467C-8E3D-C4579291692E}")
        endpoints = []
        for flow in (0, 1):
            found = out(sound.devices, enumerator.EnumAudioEndpoints, flow, 1)  # DEVICE_STATE_ACTIVE
            count = out(c_uint32, found.GetCount)
            endpoints += [_endpoint(sound, flow, out(sound.device, found.Item, i)) for i in range(count)]
        return {
            "endpoints": endpoints,
            **{
                name: _default(sound, enumerator, flow, role)
                for name, flow, role in (
                    ("output", 0, 2),
                    ("input", 1, 2),
                    ("other_output", 0, 0),
                    ("other_input", 1, 0),
                )
            },
        }

    return in_com(work)


def _default(sound: SimpleNamespace, enumerator: Any, flow: int, role: int) -> str | None:
    comtypes: Any = importlib.import_module("comtypes")
    try:
        return _id(out(sound.device, enumerator.GetDefaultAudioEndpoint, flow, role))
    except comtypes.COMError as error:
        if error.hresult & 0xFFFFFFFF == NOT_FOUND:
            return None
        raise


def _id(device: Any) -> str:
    address = out(c_void_p, device.GetId)
    text = ctypes.wstring_at(address)
    Library("ole32").CoTaskMemFree(c_void_p(address))
    return text


def _endpoint(sound: SimpleNamespace, flow: int, device: Any) -> dict[str, Any]:
    store = out(sound.store, device.OpenPropertyStore, READ)
    answers = {name: _property(store, Guid.of(guid), number) for name, (guid, number) in KEYS.items()}
    shape = answers.pop("format")
    rate = int.from_bytes(shape[4:8], "little") if isinstance(shape, bytes) and len(shape) >= 8 else None
    return {"id": _id(device), "flow": flow, "rate_hz": rate, "port": _port(sound, device), **answers}


def _property(store: Any, guid: Guid, number: int) -> Any:
    """One property, as text, number or bytes; None when it is not set or of another type."""
    variant = Variant()
    store.GetValue(byref(Property(guid, number)), byref(variant))
    try:
        match variant.type:
            case 31 if variant.first:  # VT_LPWSTR
                return c_wchar_p(variant.first).value
            case 3 | 19:  # VT_I4, VT_UI4
                return variant.first & 0xFFFFFFFF
            case 72 if variant.first:  # VT_CLSID
                return str(Guid.from_address(variant.first))
            case 65 if variant.second:  # VT_BLOB
                return ctypes.string_at(variant.second, variant.first & 0xFFFFFFFF)
        return None
    finally:
        Library("ole32").PropVariantClear(byref(variant))


def _port(sound: SimpleNamespace, device: Any) -> int | None:
    """EPxcPortConnection of the socket: 0 a jack, 1 built in, 2 both; None where the driver does not say."""
    comtypes: Any = importlib.import_module("comtypes")
    try:
        unknown = out(comtypes.IUnknown, device.Activate, sound.topology._iid_, ANY_SERVER, None)
        mine = out(sound.connector, unknown.QueryInterface(sound.topology).GetConnector, 0)
        part = out(sound.connector, mine.GetConnectedTo).QueryInterface(sound.part)
        found = out(comtypes.IUnknown, part.Activate, ANY_SERVER, sound.jack._iid_).QueryInterface(sound.jack)
        if not out(c_uint32, found.GetJackCount):
            return None
        jack = Jack()
        found.GetJackDescription(0, byref(jack))
    except comtypes.COMError as error:
        traceback.clear_frames(error.__traceback__)
        return None
    return int(jack.port)
