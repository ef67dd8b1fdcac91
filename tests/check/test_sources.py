"""The complete list of what a check may ask: commands, native calls, and the functions of Windows behind them.

Each only reads, needs no rights, asks the person nothing and, but for hosts that the user named, goes to no network.
Who adds to a list vouches for that.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import remoteready.check
from remoteready.check import collect as collect_package
from remoteready.check.collect import linux
from remoteready.check.collect.linux import session as linux_session
from remoteready.check.collect.linux import updates as linux_updates

BUSCTL_CALL = ("busctl", "--json=short", "--auto-start=no", "call")
LOGIN = "org.freedesktop.login1"
ALLOWED = {
    ("pactl", "-f", "json"),  # + info, list sinks, list sources: asks the sound server of the session
    ("pw-dump",),  # lists what PipeWire has; without --monitor it ends at once
    ("/usr/bin/gsettings", "get", "org.gnome.desktop.privacy", "disable-microphone"),
    ("/usr/bin/gsettings", "get"),
    ("busctl", "--json=short", "--auto-start=no", "get-property"),  # starts no service
    (*BUSCTL_CALL, "org.freedesktop.login1", "/org/freedesktop/login1", f"{LOGIN}.Manager", "ListSessions"),
    (*BUSCTL_CALL, "org.bluez", "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects"),
    (
        *(*BUSCTL_CALL, "org.freedesktop.resolve1", "/org/freedesktop/resolve1", "org.freedesktop.resolve1.Manager"),
        *("ResolveHostname", "isit", "0", "0", "0"),  # asks DNS for the named host, as connecting to it does
    ),
    ("systemctl", "is-active", "ufw.service"),
    ("apt-config", "dump", "APT::Periodic"),
    ("dnf", "-C", "-q", "check-update"),  # -C: of the list as it is
    ("zypper", "--xmlout", "--no-refresh", "list-updates"),
    ("pacman", "-Qu"),
    ("sysctl", "-n", "machdep.cpu.brand_string"),
    ("mdatp", "health", "--output", "json"),
    ("zfs", "get", "-H", "-o", "value", "encryption"),  # of the volume that it is followed by
    (
        "apt-get",
        "-s",
        "-qq",
        "-o",
        "Debug::NoLocking=1",
        "dist-upgrade",
    ),  # -s: simulates, needs no lock, changes nothing
}


CALLS = set(
    """
    adapters addresses_of administrator_group age_days audio_endpoints bitlocker_protection certificates_shown
    chassis connect connectivity_level cpu_load_ratio cpu_model default_routes devices displays distrusted
    dns_servers drives environment firewall_profiles_in_use first_process folder_free_bytes group_names home_folder
    home_folder_encrypted home_free_bytes http_date interface_addresses kernel_release logical_cores
    memory_available_bytes memory_total_bytes platform_role power_scheme power_setting power_status process_names
    provider_health proxy_settings proxy_variables publicly_distrusted registry_keys registry_values remote_session
    service_state sessions sleep_states source_address system_parameter today_s unzipped update_times uptime_s
    usb_descriptors user_ids user_setting utc_offset_s vpn_probe waiting_files waiting_updates wmi
    """.split()  # noqa: SIM905 – a list of names
)
"""Native functions of ours; those that reach out, such as connect and vpn_probe, only to hosts that were named."""

WINDOWS = set(
    """
    CM_Get_DevNode_Status CloseHandle CoCreateInstance CoInitialize CoSetProxyBlanket CoTaskMemFree CoUninitialize
    CreateWellKnownSid EnumKey EqualSid FreeMibTable Get GetAdaptersAddresses GetCurrentProcess GetCurrentProcessId
    GetDisplayConfigBufferSizes GetIDsOfNames GetIpInterfaceEntry GetJackDescription GetLastError
    GetNetworkConnectivityHint GetPwrCapabilities GetSystemFirmwareTable GetSystemMetrics GetSystemPowerStatus
    GetTokenInformation GetValue GlobalFree Invoke LocalFree Next OpenKey OpenProcessToken
    PowerDeterminePlatformRoleEx PowerGetActiveScheme ProcessIdToSessionId PropVariantClear QueryDisplayConfig
    QueryInfoKey QueryInterface QueryValueEx SetupDiDestroyDeviceInfoList SetupDiEnumDeviceInfo SetupDiGetClassDevsW
    SetupDiGetDeviceInstanceIdW SystemParametersInfoW WTSEnumerateSessionsW WTSFreeMemory
    WTSQuerySessionInformationW WinHttpGetDefaultProxyConfiguration WinHttpGetIEProxyConfigForCurrentUser
    WscGetSecurityProviderHealth
    """.split()  # noqa: SIM905 – a list of names
)
"""Functions and methods of Windows; SystemParametersInfo could also set, and is only asked for SPI_GET… actions."""


def commands_in(module: ast.Module, names: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """The constant beginning of every command that a module hands to a Host."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run":
            words: list[str] = []
            for argument in node.args:
                if isinstance(argument, ast.Constant):
                    words.append(str(argument.value))
                elif isinstance(argument, ast.Starred) and isinstance(argument.value, ast.Name):
                    words += names.get(argument.value.id, ())
            yield tuple(words)


def test_no_command_runs_but_those_on_this_list():
    folder = Path(collect_package.__file__).parent
    files = [*folder.glob("*.py"), *(folder / "linux").glob("*.py")]  # those of macOS: test_macos_hosts.py
    names = {name: value for module in (linux, linux_updates, linux_session) for name, value in vars(module).items()}
    found = [command for path in files for command in commands_in(ast.parse(path.read_text()), names)]
    assert len(found) == len(ALLOWED)
    assert set(found) == ALLOWED


def test_no_native_function_is_called_but_those_on_this_list():
    """Handed to Host.call, or to what hands it on."""
    found = set()
    for path in Path(remoteready.check.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                first = node.args[0] if isinstance(node.func, ast.Attribute) and node.func.attr == "call" else None
                second = node.args[1] if isinstance(node.func, ast.Name) and node.func.id == "_answered" else None
                found |= {ast.unparse(one).rpartition(".")[2] for one in (first, second) if one is not None}
    assert found - {"function"} == CALLS


def test_no_function_of_windows_is_called_but_those_on_this_list():
    found = set()
    for path in (Path(collect_package.__file__).parent / "windows").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                found.add(node.func.attr)
    assert {name for name in found if re.match("[A-Z][A-Za-z_]*[a-z]", name)} == WINDOWS


def test_no_collector_starts_programs_or_loads_libraries_past_the_host():
    folder = Path(collect_package.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            assert not {"subprocess", "ctypes", "pty"} & set(names), path.name
