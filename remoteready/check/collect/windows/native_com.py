"""Windows' own functions that are COM objects – updates, firewall, shell, WMI: see windows_native.

COM is initialised and left again inside every function, in the collector's thread. comtypes is imported only there.
`comtypes.client` is never used: it would write generated modules to the disk.
"""

import importlib
import traceback
from collections.abc import Callable
from ctypes import POINTER, byref, c_int, c_uint32, c_void_p, c_wchar_p
from functools import cache
from types import SimpleNamespace
from typing import Any, TypeVar

from remoteready.check.collect.windows.native import Library, failed

T = TypeVar("T")
IN_PROCESS, ANY_SERVER = 1, 21
REASONS = {0x8004100E: "this Windows does not have it", 0x80070005: "access is denied"}
INVOKE, PUT = 3, 4
"""Call a method or get a property; set a property."""


def in_com(work: Callable[[], T]) -> T:
    """The answer of work that uses COM. What it held is let go before COM is left, also after an error."""
    comtypes: Any = importlib.import_module("comtypes")
    comtypes.CoInitialize()
    try:
        return work()
    except (comtypes.COMError, OSError) as error:
        traceback.clear_frames(error.__traceback__)
        code = getattr(error, "hresult", None) or getattr(error, "winerror", None)
        reason = f"Windows answers {code & 0xFFFFFFFF:#x}" if code else str(error)
        reason = f"{REASONS[code & 0xFFFFFFFF]} ({reason})" if code and code & 0xFFFFFFFF in REASONS else reason
    finally:
        comtypes.CoUninitialize()
    raise OSError(reason)


def create(interface: Any, class_id: str, context: int = IN_PROCESS) -> Any:
    """A new object by the id or the name of its class."""
    comtypes: Any = importlib.import_module("comtypes")
    guid = comtypes.GUID(class_id) if class_id.startswith("{") else comtypes.GUID.from_progid(class_id)
    return comtypes.CoCreateInstance(guid, interface=interface, clsctx=context)


# --- objects that are asked by name -----------------------------------------------------------------------------------


def _dispatch(program_id: str) -> Any:
    automation: Any = importlib.import_module("comtypes.automation")
    return create(automation.IDispatch, program_id, ANY_SERVER)


def _ask(target: Any, name: str, *arguments: Any, how: int = INVOKE) -> Any:
    return target.Invoke(target.GetIDsOfNames(name)[0], *arguments, _invkind=how)


def _each(collection: Any) -> list[Any]:
    return [_ask(collection, "Item", number) for number in range(_ask(collection, "Count"))]


def waiting_updates() -> list[dict[str, Any]]:
    """Updates that Windows knows of and has not installed, without asking the network. Titles are left out: localised.

    `categories` holds GUIDs, of products too; `browse_only` is set for those that nobody gets unasked.
    """

    def work() -> list[dict[str, Any]]:
        searcher = _ask(_dispatch("Microsoft.Update.Session"), "CreateUpdateSearcher")
        _ask(searcher, "Online", False, how=PUT)
        result = _ask(searcher, "Search", "IsInstalled=0 and IsHidden=0 and Type='Software'")
        code = _ask(result, "ResultCode")
        if code != 2:  # orcSucceeded
            raise OSError(f"the search for updates ended with {code}")
        return [_update(update) for update in _each(_ask(result, "Updates"))]

    return in_com(work)


def _update(update: Any) -> dict[str, Any]:
    return {
        "articles": [str(number) for number in _each(_ask(update, "KBArticleIDs"))],
        "categories": [str(_ask(one, "CategoryID")).lower() for one in _each(_ask(update, "Categories"))],
        "severity": _ask(update, "MsrcSeverity") or "",
        "browse_only": bool(_ask(update, "BrowseOnly")),
    }


def update_times() -> dict[str, str | None]:
    """When Windows last looked for updates with success and last installed one, in UTC; None when never."""

    def work() -> dict[str, str | None]:
        results = _ask(_dispatch("Microsoft.Update.AutoUpdate"), "Results")
        names = {"searched": "LastSearchSuccessDate", "installed": "LastInstallationSuccessDate"}
        times = {key: _ask(results, name) for key, name in names.items()}
        return {key: time.isoformat() if time else None for key, time in times.items()}

    return in_com(work)


def firewall_profiles_in_use() -> int:
    """The firewall profiles that the current networks have: 1 domain, 2 private, 4 public, added up."""
    return in_com(lambda: int(_ask(_dispatch("HNetCfg.FwPolicy2"), "CurrentProfileTypes")))


def bitlocker_protection(drive: str = "") -> int | None:
    """The shell's property System.Volume.BitLockerProtection of a drive such as "D:", of the system's when it is empty.

    None when the drive has no such property.
    """

    def work() -> int | None:
        import os

        shown = _ask(_dispatch("Shell.Application"), "NameSpace", drive or os.environ.get("SYSTEMDRIVE", "C:"))
        if not shown:
            raise OSError("the shell does not show the drive")
        value = _ask(_ask(shown, "Self"), "ExtendedProperty", "System.Volume.BitLockerProtection")
        return None if value is None else int(value)

    return in_com(work)


# --- interfaces -----------------------------------------------------------------------------------------------------


def interface(name: str, iid: str, *methods: tuple[Any, ...] | int) -> Any:
    """A COM interface; a number stands for that many methods that are not called."""
    comtypes: Any = importlib.import_module("comtypes")
    table: list[Any] = []
    for method in methods:
        if isinstance(method, int):
            table += [comtypes.COMMETHOD([], comtypes.HRESULT, f"_unused{len(table) + n}") for n in range(method)]
        else:
            table.append(comtypes.COMMETHOD([], comtypes.HRESULT, method[0], *((["in"], kind) for kind in method[1:])))
    return type(name, (comtypes.IUnknown,), {"_iid_": comtypes.GUID(iid), "_methods_": table})


def out(kind: Any, method: Callable[..., Any], *arguments: Any) -> Any:
    """What a method hands back through its last parameter."""
    comtypes: Any = importlib.import_module("comtypes")
    answer = POINTER(kind)() if issubclass(kind, comtypes.IUnknown) else kind()
    method(*arguments, byref(answer))
    return answer if issubclass(kind, comtypes.IUnknown) else answer.value


# --- WMI ------------------------------------------------------------------------------------------------------------


@cache
def _wmi() -> SimpleNamespace:
    """The interfaces of WMI, in the order of its header files."""
    comtypes: Any = importlib.import_module("comtypes")
    text, unknown = comtypes.BSTR, comtypes.IUnknown
    row = interface(
        "IWbemClassObject",
        "{DC12A681-737F-11CF-884D-00AA004B2E24}",
        1,
        ("Get", c_wchar_p, c_int, c_void_p, c_void_p, c_void_p),
    )
    rows = interface(
        "IEnumWbemClassObject",
        "{027947E1-D731-11CE-A357-000000000001}",
        1,
        ("Next", c_int, c_uint32, POINTER(POINTER(row)), POINTER(c_uint32)),
    )
    services = interface(
        "IWbemServices",
        "{9556DC99-828C-11CF-A37E-00AA003240C7}",
        17,
        ("ExecQuery", text, text, c_int, c_void_p, POINTER(POINTER(rows))),
    )
    locator = interface(
        "IWbemLocator",
        "{DC12A687-737F-11CF-884D-00AA004B2E24}",
        ("ConnectServer", text, text, text, text, c_int, text, POINTER(unknown), POINTER(POINTER(services))),
    )
    return SimpleNamespace(row=row, rows=rows, services=services, locator=locator)


def wmi(namespace: str, class_: str, *properties: str) -> list[dict[str, Any]]:
    """The named properties of all instances of a class."""

    def work() -> list[dict[str, Any]]:
        wbem = _wmi()
        locator = create(wbem.locator, "{4590F811-1D3A-11D0-891F-00AA004B2E24}")
        services = out(wbem.services, locator.ConnectServer, namespace, None, None, None, 0, None, None)
        _impersonate(services)
        query = f"SELECT {', '.join(properties)} FROM {class_}"  # noqa: S608 – names from this program
        rows = out(wbem.rows, services.ExecQuery, "WQL", query, 0x30, None)  # return at once, forward only
        _impersonate(rows)
        found = []
        while (row := _next(wbem, rows)) is not None:
            found.append({name: _value(row, name) for name in properties})
        return found

    return in_com(work)


def _impersonate(proxy: Any) -> None:
    """Let the provider act as this user. Where the object is no proxy there is nothing to set, so no answer is read."""
    Library("ole32").CoSetProxyBlanket(proxy, 10, 0, None, 3, 3, None, 0)


def _next(wbem: SimpleNamespace, rows: Any) -> Any:
    row, count = POINTER(wbem.row)(), c_uint32()
    code = rows.Next(3000, 1, byref(row), byref(count))
    if count.value:
        return row
    if code == 1:  # S_FALSE: that was all
        return None
    raise failed("WMI", code)


def _value(row: Any, name: str) -> Any:
    automation: Any = importlib.import_module("comtypes.automation")
    variant = automation.VARIANT()
    row.Get(name, 0, byref(variant), None, None)
    value = variant.value
    return value if isinstance(value, bool | int | str) else None
