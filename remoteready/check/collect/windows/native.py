"""Windows' own functions, each asked in plain data and answering in plain data, so that a snapshot can hold them.

Only `host.call` calls these. They raise OSError when Windows does not answer and never return a stand-in for "don't
know"; None means that what was asked for does not exist. No text that Windows translates is read, and no name of a
person, address or serial number is returned.

Every structure has the sizes of Windows' 64-bit headers on every system, so that tests can compare them anywhere.
"""

import ctypes
from ctypes import POINTER, Structure, byref, c_int32, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p, sizeof
from typing import Any

Plain = int | str | list[str]


class Library:
    """A library of Windows, whose functions are its attributes. OSError for what this system does not have."""

    def __init__(self, name: str) -> None:
        load = getattr(ctypes, "WinDLL", None)
        if load is None:
            raise OSError("only Windows has this")
        try:
            self._loaded = load(name)
        except OSError:
            raise OSError(f"this Windows has no {name}.dll") from None

    def __getattr__(self, function: str) -> Any:
        try:
            return getattr(self._loaded, function)
        except AttributeError:
            raise OSError(f"this Windows has no {function}") from None


def failed(function: str, code: int) -> OSError:
    """An error by its number: what Windows says about it would be in the language of the user."""
    return OSError(f"{function} failed with {code & 0xFFFFFFFF:#x}")


# --- registry -------------------------------------------------------------------------------------------------------


def _open(key: str) -> Any:
    """The key, in the 64-bit view; None when there is none."""
    import importlib

    winreg: Any = importlib.import_module("winreg")
    root, _, path = key.partition("\\")
    roots = {"HKLM": winreg.HKEY_LOCAL_MACHINE, "HKCU": winreg.HKEY_CURRENT_USER}
    try:
        return winreg.OpenKey(roots[root], path, 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY)
    except FileNotFoundError:
        return None
    except PermissionError:
        raise OSError(f"{key} may not be read") from None


def registry_values(key: str, *names: str) -> dict[str, Plain] | None:
    """Those of the named values that exist, binary ones in hexadecimal; None when there is no such key."""
    import importlib

    winreg: Any = importlib.import_module("winreg")
    opened = _open(key)
    if opened is None:
        return None
    found: dict[str, Plain] = {}
    with opened:
        for name in names:
            try:
                value, _ = winreg.QueryValueEx(opened, name)
            except FileNotFoundError:
                continue
            found[name] = value.hex() if isinstance(value, bytes) else "" if value is None else value
    return found


def registry_keys(key: str, beginning: str = "") -> list[str] | None:
    """The names of the keys below one that begin so; None when there is no such key."""
    import importlib

    winreg: Any = importlib.import_module("winreg")
    opened = _open(key)
    if opened is None:
        return None
    with opened:
        names = [winreg.EnumKey(opened, number) for number in range(winreg.QueryInfoKey(opened)[0])]
    return [name for name in names if name.startswith(beginning)]


# --- devices --------------------------------------------------------------------------------------------------------


class Guid(Structure):
    """GUID."""

    _fields_ = (("data1", c_uint32), ("data2", c_uint16), ("data3", c_uint16), ("data4", c_uint8 * 8))

    @classmethod
    def of(cls, text: str) -> "Guid":
        """A GUID from its usual spelling, with or without braces."""
        import uuid

        return cls.from_buffer_copy(uuid.UUID(text).bytes_le)

    def __str__(self) -> str:
        import uuid

        return str(uuid.UUID(bytes_le=bytes(self)))


class DeviceInfo(Structure):
    """SP_DEVINFO_DATA."""

    _fields_ = (("size", c_uint32), ("class_guid", Guid), ("instance", c_uint32), ("reserved", c_uint64))


def devices(class_guid: str) -> list[dict[str, str | int]]:
    """The attached devices of a class: id without its last part, which may be a serial number, service, problem."""
    setup, manager = Library("setupapi"), Library("cfgmgr32")
    setup.SetupDiGetClassDevsW.restype = c_void_p
    present = 2
    class_ = Guid.of(class_guid)
    found = setup.SetupDiGetClassDevsW(byref(class_), None, None, present)
    if found in (None, c_void_p(-1).value):
        raise failed("SetupDiGetClassDevs", Library("kernel32").GetLastError())
    devices: list[dict[str, str | int]] = []
    try:
        info = DeviceInfo(size=sizeof(DeviceInfo))
        while setup.SetupDiEnumDeviceInfo(c_void_p(found), len(devices), byref(info)):
            name = ctypes.create_unicode_buffer(512)
            if not setup.SetupDiGetDeviceInstanceIdW(c_void_p(found), byref(info), name, 512, None):
                raise OSError("SetupDiGetDeviceInstanceId failed")
            status, problem = c_uint32(), c_uint32()
            code = manager.CM_Get_DevNode_Status(byref(status), byref(problem), c_uint32(info.instance), 0)
            if code:
                raise failed("CM_Get_DevNode_Status", code)
            values = registry_values(rf"HKLM\SYSTEM\CurrentControlSet\Enum\{name.value}", "Service", "FriendlyName")
            devices.append(
                {
                    "id": name.value.upper().rpartition("\\")[0],
                    "service": str((values or {}).get("Service", "")),
                    "name": str((values or {}).get("FriendlyName", "")).rpartition(";")[2],
                    "problem": problem.value if status.value & 0x400 else 0,  # DN_HAS_PROBLEM
                }
            )
    finally:
        setup.SetupDiDestroyDeviceInfoList(c_void_p(found))
    return devices


# --- session and user -----------------------------------------------------------------------------------------------


class SessionInfo(Structure):
    """WTS_SESSION_INFOW."""

    _fields_ = (("id", c_uint32), ("station", c_void_p), ("state", c_uint32))


def drives() -> dict[str, str]:
    """The drives of Windows and of the user's home folder, such as "C:"; a home on a server has two backslashes."""
    import os
    from pathlib import Path

    return {"system": os.environ.get("SYSTEMDRIVE", "C:").upper(), "home": Path.home().drive.upper()}


def remote_session() -> bool:
    """Whether this session is shown on another computer (SM_REMOTESESSION)."""
    return bool(Library("user32").GetSystemMetrics(0x1000))


def sessions() -> list[dict[str, int | None]]:
    """Sessions and their state (0 active, 4 disconnected). `person` is 0 for this user and another number for each
    other one, None where nobody is logged on, and -1 where Windows does not tell who it is.
    """
    terminal, kernel = Library("wtsapi32"), Library("kernel32")
    rows, count, own = POINTER(SessionInfo)(), c_uint32(), c_uint32()
    if not kernel.ProcessIdToSessionId(kernel.GetCurrentProcessId(), byref(own)):
        raise failed("ProcessIdToSessionId", kernel.GetLastError())
    if not terminal.WTSEnumerateSessionsW(None, 0, 1, byref(rows), byref(count)):
        raise failed("WTSEnumerateSessions", kernel.GetLastError())
    try:
        found = [(int(rows[i].id), int(rows[i].state)) for i in range(count.value)]
    finally:
        terminal.WTSFreeMemory(rows)
    names = {id_: _session_user(terminal, id_) for id_, _ in found}
    people = {names.get(own.value): 0}
    for name in names.values():
        people.setdefault(name, len(people))
    person = {"": None, None: -1}
    return [
        {"id": id_, "state": state, "person": person[names[id_]] if names[id_] in person else people[names[id_]]}
        for id_, state in found
    ]


def _session_user(terminal: Library, session: int) -> str | None:
    """Domain and name of a session's user: empty when there is none, None when it is not told."""
    parts = []
    for what in (7, 5):  # WTSDomainName, WTSUserName
        text, size = ctypes.c_wchar_p(), c_uint32()
        if not terminal.WTSQuerySessionInformationW(None, session, what, byref(text), byref(size)):
            return None
        parts.append((text.value or "").lower())
        terminal.WTSFreeMemory(text)
    return "\\".join(parts) if parts[1] else ""


def administrator_group() -> bool:
    """Whether this user is in the group of administrators (S-1-5-32-544), be it only after consent."""
    advapi, kernel = Library("advapi32"), Library("kernel32")
    kernel.GetCurrentProcess.restype = c_void_p
    token, size = c_void_p(), c_uint32()
    if not advapi.OpenProcessToken(c_void_p(kernel.GetCurrentProcess()), 0x8, byref(token)):  # TOKEN_QUERY
        raise failed("OpenProcessToken", kernel.GetLastError())
    try:
        advapi.GetTokenInformation(token, 2, None, 0, byref(size))  # TokenGroups
        buffer = ctypes.create_string_buffer(size.value)
        if not advapi.GetTokenInformation(token, 2, buffer, size, byref(size)):
            raise failed("GetTokenInformation", kernel.GetLastError())
        sid, length = ctypes.create_string_buffer(68), c_uint32(68)
        if not advapi.CreateWellKnownSid(26, None, sid, byref(length)):  # WinBuiltinAdministratorsSid
            raise failed("CreateWellKnownSid", kernel.GetLastError())
        count = c_uint32.from_buffer(buffer).value
        group = sizeof(c_void_p) * 2  # SID_AND_ATTRIBUTES; the array begins at the same offset
        held = (c_void_p.from_buffer(buffer, sizeof(c_void_p) + group * i) for i in range(count))
        return any(advapi.EqualSid(one, sid) for one in held)
    finally:
        kernel.CloseHandle(token)


# --- screen and power -----------------------------------------------------------------------------------------------


def system_parameter(action: int) -> int:
    """A number of SystemParametersInfo, one of the SPI_GET… actions."""
    value = c_uint32()
    if not Library("user32").SystemParametersInfoW(action, 0, byref(value), 0):
        raise OSError(f"SystemParametersInfo does not answer {action:#x}")
    return value.value


class PowerStatus(Structure):
    """SYSTEM_POWER_STATUS."""

    _fields_ = (
        ("line", c_uint8),
        ("battery", c_uint8),
        ("percent", c_uint8),
        ("saver", c_uint8),
        ("life", c_uint32),
        ("full_life", c_uint32),
    )


def power_status() -> dict[str, int]:
    """`line` 0 battery, 1 mains, 255 unknown; `battery` flags, 128 none, 255 unknown; `saver` 1 battery saver."""
    status = PowerStatus()
    if not Library("kernel32").GetSystemPowerStatus(byref(status)):
        raise OSError("GetSystemPowerStatus failed")
    return {name: getattr(status, name) for name in ("line", "battery", "saver")}


def power_scheme() -> str:
    """The GUID of the active power scheme."""
    scheme = POINTER(Guid)()
    code = Library("powrprof").PowerGetActiveScheme(None, byref(scheme))
    if code:
        raise failed("PowerGetActiveScheme", code)
    try:
        return str(scheme.contents)
    finally:
        Library("kernel32").LocalFree(scheme)


def power_setting(group: str, setting: str, mains: bool) -> int:
    """A number of the active power scheme, on mains or on battery."""
    read = getattr(Library("powrprof"), f"PowerRead{'AC' if mains else 'DC'}ValueIndex")
    scheme, value = Guid.of(power_scheme()), c_uint32()
    code = read(None, byref(scheme), byref(Guid.of(group)), byref(Guid.of(setting)), byref(value))
    if code:
        raise failed("PowerReadValueIndex", code)
    return value.value


def sleep_states() -> dict[str, bool]:
    """`standby`: it can sleep (S1–S3); `modern`: it sleeps by switching its display off (AoAc)."""
    capabilities = ctypes.create_string_buffer(76)  # SYSTEM_POWER_CAPABILITIES
    if not Library("powrprof").GetPwrCapabilities(capabilities):
        raise OSError("GetPwrCapabilities failed")
    return {"standby": any(capabilities.raw[3:6]), "modern": capabilities.raw[20] != 0}


def platform_role() -> int:
    """What the maker says this computer is: 1 desktop, 2 mobile, 3 workstation, 4–7 servers, 8 slate."""
    return int(Library("powrprof").PowerDeterminePlatformRoleEx(2))


def chassis() -> int:
    """The chassis type of SMBIOS, structure 3, without the bit for a lock."""
    kernel, provider = Library("kernel32"), int.from_bytes(b"RSMB", "big")
    size = kernel.GetSystemFirmwareTable(provider, 0, None, 0)
    buffer = ctypes.create_string_buffer(max(size, 8))
    if not size or not kernel.GetSystemFirmwareTable(provider, 0, buffer, size):
        raise OSError("the firmware has no SMBIOS table")
    kind = chassis_in(buffer.raw[8:size])
    if kind is None:
        raise OSError("the SMBIOS table does not name a chassis")
    return kind


def chassis_in(table: bytes) -> int | None:
    """The chassis type in SMBIOS structures; each is a formatted part and strings that end with two zeros."""
    place = 0
    while place + 4 <= len(table) and table[place + 1] >= 4:
        kind, length = table[place], table[place + 1]
        if kind == 3 and length > 5 and place + 5 < len(table):
            return table[place + 5] & 0x7F
        end = table.find(b"\0\0", place + length)
        if end < 0:
            return None
        place = end + 2
    return None


# --- security centre ------------------------------------------------------------------------------------------------


def provider_health(provider: int) -> int:
    """What the security centre says: of the firewall 1 or antivirus 4: 0 good, 1 not watched, 2 poor, 3 snoozing."""
    health = c_int32()
    code = Library("wscapi").WscGetSecurityProviderHealth(provider, byref(health))
    if code:
        raise OSError("the security centre does not run") if code == 1 else failed("WscGetSecurityProviderHealth", code)
    return health.value
