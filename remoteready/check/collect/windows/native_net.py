"""Windows' own functions for network adapters and monitors: see windows_native."""

import ctypes
import socket
from ctypes import POINTER, Structure, byref, c_int32, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p
from typing import Any

from remoteready.check.collect.windows.native import Guid, Library, failed, registry_values

CONNECTIONS = r"HKLM\SYSTEM\CurrentControlSet\Control\Network\{4D36E972-E325-11CE-BFC1-08002BE10318}"
DEVICES = r"HKLM\SYSTEM\CurrentControlSet\Enum"


class InterfaceRow(Structure):
    """MIB_IF_ROW2, 1352 bytes."""

    _fields_ = (
        ("luid", c_uint64),
        ("index", c_uint32),
        ("guid", Guid),
        ("alias", c_uint16 * 257),
        ("description", c_uint16 * 257),
        ("address_length", c_uint32),
        ("address", c_uint8 * 32),
        ("permanent_address", c_uint8 * 32),
        ("mtu", c_uint32),
        ("type", c_uint32),
        ("tunnel", c_uint32),
        ("media", c_uint32),
        ("medium", c_uint32),
        ("access", c_uint32),
        ("direction", c_uint32),
        ("flags", c_uint8),
        ("oper", c_uint32),
        ("admin", c_uint32),
        ("media_state", c_uint32),
        ("network", Guid),
        ("connection", c_uint32),
        ("transmit_bps", c_uint64),
        ("receive_bps", c_uint64),
        ("counters", c_uint64 * 18),
    )


class SocketAddress(Structure):
    """SOCKADDR_INET: as numbers, so that it is aligned as in Windows."""

    _fields_ = (("family", c_uint16), ("port", c_uint16), ("words", c_uint32 * 6))

    def text(self) -> str:
        """The address as people write it."""
        raw = bytes(self)
        if self.family == 2:
            return socket.inet_ntop(socket.AF_INET, raw[4:8])
        return socket.inet_ntop(socket.AF_INET6, raw[8:24])


class AddressRow(Structure):
    """MIB_UNICASTIPADDRESS_ROW."""

    _fields_ = (
        ("address", SocketAddress),
        ("luid", c_uint64),
        ("index", c_uint32),
        ("prefix_origin", c_uint32),
        ("suffix_origin", c_uint32),
        ("valid_s", c_uint32),
        ("preferred_s", c_uint32),
        ("prefix_length", c_uint8),
        ("skip_as_source", c_uint8),
        ("duplicate_state", c_uint32),
        ("scope", c_uint32),
        ("created", c_uint64),
    )


class RouteRow(Structure):
    """MIB_IPFORWARD_ROW2."""

    _fields_ = (
        ("luid", c_uint64),
        ("index", c_uint32),
        ("prefix", SocketAddress),
        ("prefix_length", c_uint8),
        ("next_hop", SocketAddress),
        ("site_prefix_length", c_uint8),
        ("valid_s", c_uint32),
        ("preferred_s", c_uint32),
        ("metric", c_uint32),
        ("protocol", c_uint32),
        ("flags", c_uint8 * 4),
        ("age_s", c_uint32),
        ("origin", c_uint32),
    )


class IpInterfaceRow(Structure):
    """MIB_IPINTERFACE_ROW."""

    _fields_ = (
        ("family", c_uint16),
        ("luid", c_uint64),
        ("index", c_uint32),
        ("before_metric", c_uint8 * 128),
        ("metric", c_uint32),
        ("after_metric", c_uint8 * 16),
    )


def _table(function: str, row: Any, *arguments: int) -> list[Any]:
    """The rows of one of the tables of iphlpapi: a number, then the rows, aligned to 8 bytes."""
    helper = Library("iphlpapi")
    table = c_void_p()
    code = getattr(helper, function)(*arguments, byref(table))
    if code or not table.value:
        raise failed(function, code)
    try:
        count = c_uint32.from_address(table.value).value
        return [row.from_buffer_copy(one) for one in (row * count).from_address(table.value + 8)]
    finally:
        helper.FreeMibTable(table)


def _wide(units: Any) -> str:
    return bytes(units).decode("utf-16-le", errors="replace").partition("\0")[0]


def adapters() -> list[dict[str, Any]]:
    """Every network adapter that is not a mere filter: numbers of MIB_IF_ROW2, addresses, device and driver.

    `twins` are the other adapters with the same hardware address: the network card below a virtual switch.
    """
    rows = [row for row in _table("GetIfTable2", InterfaceRow) if not row.flags & 0x2]  # FilterInterface
    held: dict[int, list[str]] = {}
    for address in _table("GetUnicastIpAddressTable", AddressRow, 0):
        if address.address.family in (2, 23):  # AF_INET and AF_INET6 of Windows
            held.setdefault(address.index, []).append(address.address.text())
    return [_adapter(row, rows) | {"addresses": held.get(row.index, [])} for row in rows]


def _adapter(row: Any, rows: list[Any]) -> dict[str, Any]:
    key = rf"{CONNECTIONS}\{{{str(row.guid).upper()}}}\Connection"
    device = str((registry_values(key, "PnpInstanceID") or {}).get("PnpInstanceID", ""))
    driver = (registry_values(rf"{DEVICES}\{device}", "Service") or {}) if device else {}
    address = bytes(row.address[: row.address_length])
    twins = [o.index for o in rows if any(address) and o is not row and bytes(o.address[: o.address_length]) == address]
    return {
        "index": row.index,
        "name": _wide(row.alias),
        "description": _wide(row.description),
        "type": row.type,
        "medium": row.medium,
        "hardware": bool(row.flags & 0x1),
        "connector": bool(row.flags & 0x4),
        "up": row.oper == 1,
        "receive_bps": row.receive_bps,
        "device": device.upper().rpartition("\\")[0],
        "service": str(driver.get("Service", "")),
        "twins": twins,
    }


def default_routes() -> list[dict[str, int]]:
    """The adapters that lead anywhere, with the metric of route and adapter together."""
    routes = []
    for row in _table("GetIpForwardTable2", RouteRow, 0):
        if row.prefix_length == 0:
            entry = IpInterfaceRow(family=row.prefix.family, luid=row.luid, index=row.index)
            code = Library("iphlpapi").GetIpInterfaceEntry(byref(entry))
            if code:
                raise failed("GetIpInterfaceEntry", code)
            routes.append({"index": row.index, "family": row.prefix.family, "metric": row.metric + entry.metric})
    return routes


# --- monitors -------------------------------------------------------------------------------------------------------


class DisplayPath(Structure):
    """DISPLAYCONFIG_PATH_INFO."""

    _fields_ = (
        ("source_adapter", c_uint32 * 2),
        ("source", c_uint32),
        ("source_mode", c_uint32),
        ("source_flags", c_uint32),
        ("target_adapter", c_uint32 * 2),
        ("target", c_uint32),
        ("target_mode", c_uint32),
        ("technology", c_int32),
        ("rotation", c_uint32),
        ("scaling", c_uint32),
        ("refresh", c_uint32 * 2),
        ("order", c_uint32),
        ("available", c_uint32),
        ("target_flags", c_uint32),
        ("flags", c_uint32),
    )


class DisplayMode(Structure):
    """DISPLAYCONFIG_MODE_INFO with a source mode in its union."""

    _fields_ = (
        ("kind", c_uint32),
        ("id", c_uint32),
        ("adapter", c_uint32 * 2),
        ("width", c_uint32),
        ("height", c_uint32),
        ("rest", c_uint64 * 5),
    )


def displays() -> list[dict[str, Any]]:
    """Every monitor that shows a picture: which picture (two that show the same one are a clone), and its size."""
    user = Library("user32")
    paths, modes = c_uint32(), c_uint32()
    code = user.GetDisplayConfigBufferSizes(2, byref(paths), byref(modes))  # QDC_ONLY_ACTIVE_PATHS
    if code:
        raise failed("GetDisplayConfigBufferSizes", code)
    path_rows, mode_rows = (DisplayPath * paths.value)(), (DisplayMode * modes.value)()
    code = user.QueryDisplayConfig(2, byref(paths), path_rows, byref(modes), mode_rows, POINTER(ctypes.c_int)())
    if code:
        raise failed("QueryDisplayConfig", code)
    found = []
    for path in path_rows[: paths.value]:
        adapter = list(path.source_adapter)
        size = next(
            (
                {"width": mode.width, "height": mode.height}
                for mode in mode_rows[: modes.value]
                if mode.kind == 1 and mode.id == path.source and list(mode.adapter) == adapter
            ),
            {},
        )
        found.append({"picture": "-".join(map(str, [*adapter, path.source])), "technology": path.technology, **size})
    return found
