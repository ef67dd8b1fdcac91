"""Windows' own functions for DNS servers, proxies and what it knows of the internet: see native."""

import ctypes
from ctypes import POINTER, Structure, byref, c_int32, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p
from typing import Any

from remoteready.check.collect.windows.native import Library, failed
from remoteready.check.collect.windows.native_net import SocketAddress


class DnsServer(Structure):
    """IP_ADAPTER_DNS_SERVER_ADDRESS."""


DnsServer._fields_ = (
    ("length", c_uint64),
    ("next", POINTER(DnsServer)),
    ("address", c_void_p),
    ("address_length", c_int32),
)


class AdapterAddresses(Structure):
    """The beginning of IP_ADAPTER_ADDRESSES."""


AdapterAddresses._fields_ = (
    ("length", c_uint32),
    ("index", c_uint32),
    ("next", POINTER(AdapterAddresses)),
    ("name", c_void_p),
    ("unicast", c_void_p),
    ("anycast", c_void_p),
    ("multicast", c_void_p),
    ("dns_server", POINTER(DnsServer)),
    ("dns_suffix", c_void_p),
    ("description", c_void_p),
    ("friendly_name", c_void_p),
    ("address", c_uint8 * 8),
    ("address_length", c_uint32),
    ("flags", c_uint32),
    ("mtu", c_uint32),
    ("type", c_uint32),
    ("oper", c_uint32),
)


class ConnectivityHint(Structure):
    """NL_NETWORK_CONNECTIVITY_HINT."""

    _fields_ = (
        ("level", c_uint32),
        ("cost", c_uint32),
        ("approaching_limit", c_uint8),
        ("over_limit", c_uint8),
        ("roaming", c_uint8),
    )


class UserProxy(Structure):
    """WINHTTP_CURRENT_USER_IE_PROXY_CONFIG."""

    _fields_ = (("detect", c_uint32), ("script", c_void_p), ("proxy", c_void_p), ("bypass", c_void_p))


class MachineProxy(Structure):
    """WINHTTP_PROXY_INFO."""

    _fields_ = (("access", c_uint32), ("proxy", c_void_p), ("bypass", c_void_p))


BUFFER_OVERFLOW = 111
NO_UNICAST_ANYCAST_MULTICAST = 0x7


def dns_servers() -> list[str]:
    """The DNS servers of every adapter that is up, in the order of the adapters."""
    helper, size, code = Library("iphlpapi"), c_uint32(15_000), BUFFER_OVERFLOW
    while code == BUFFER_OVERFLOW:
        buffer = ctypes.create_string_buffer(size.value)
        code = helper.GetAdaptersAddresses(0, NO_UNICAST_ANYCAST_MULTICAST, None, buffer, byref(size))
    if code:
        raise failed("GetAdaptersAddresses", code)
    found: list[str] = []
    adapter: Any = ctypes.cast(buffer, POINTER(AdapterAddresses))
    while adapter:
        server = adapter.contents.dns_server if adapter.contents.oper == 1 else None
        while server:
            found.append(_text(server.contents))
            server = server.contents.next
        adapter = adapter.contents.next
    return list(dict.fromkeys(filter(None, found)))


def _text(server: DnsServer) -> str:
    raw = ctypes.string_at(server.address, min(server.address_length, ctypes.sizeof(SocketAddress)))
    address = SocketAddress.from_buffer_copy(raw.ljust(ctypes.sizeof(SocketAddress), b"\0"))
    return address.text() if address.family in (2, 23) else ""


def connectivity_level() -> int:
    """What Windows sees: 0 unknown, 1 nothing, 2 a local network, 3 the internet, 4 a sign-in page, 5 hidden."""
    hint = ConnectivityHint()
    code = Library("iphlpapi").GetNetworkConnectivityHint(byref(hint))
    if code:
        raise failed("GetNetworkConnectivityHint", code)
    return int(hint.level)


def proxy_settings() -> dict[str, bool]:
    """Which kinds of proxy are set: for this user `manual`, `script` or `detect`, for services `machine`.

    Their addresses stay inside: they may hold names and passwords.
    """
    http, user, machine = Library("winhttp"), UserProxy(), MachineProxy()
    if not http.WinHttpGetIEProxyConfigForCurrentUser(byref(user)):
        raise failed("WinHttpGetIEProxyConfigForCurrentUser", Library("kernel32").GetLastError())
    if not http.WinHttpGetDefaultProxyConfiguration(byref(machine)):
        raise failed("WinHttpGetDefaultProxyConfiguration", Library("kernel32").GetLastError())
    found = {
        "manual": _is_text(user.proxy),
        "script": _is_text(user.script),
        "detect": bool(user.detect),
        "machine": machine.access == 3 and _is_text(machine.proxy),  # WINHTTP_ACCESS_TYPE_NAMED_PROXY
    }
    for text in (user.proxy, user.script, user.bypass, machine.proxy, machine.bypass):
        if text:
            Library("kernel32").GlobalFree(c_void_p(text))
    return found


def _is_text(address: int | None) -> bool:
    """Whether a text of Windows has at least one character."""
    return bool(address) and c_uint16.from_address(address or 0).value != 0
