"""Whether data costs something on the link in use, where the system says so. Reads only; no answer is no."""

import importlib
import json
import subprocess
import sys
from ctypes import POINTER, byref, c_uint32, c_void_p
from typing import Any

PATIENCE_S = 3
MANAGER = ("org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager")
YES, GUESS_YES = 1, 3
"""NMMetered (NetworkManager D-Bus API, types): also 0 unknown, 2 no, 4 guess-no."""
NETWORK_LIST_MANAGER = "{DCB00C01-570F-4A9B-8D69-199FDBA5723B}"
NETWORK_COST_MANAGER = "{DCB00008-570F-4A9B-8D69-199FDBA5723B}"
COSTS = 0x2 | 0x4 | 0x10000 | 0x40000
"""NLM_CONNECTION_COST (netlistmgr.h): fixed, variable, over the data limit, roaming."""
ANY_SERVER = 21


def is_metered() -> bool:
    """Whether NetworkManager or Windows calls the link metered. False also where neither can tell."""
    if sys.platform == "linux":
        return _networkmanager() in (YES, GUESS_YES)
    if sys.platform == "win32":
        return bool(_windows() & COSTS)
    return False


def _networkmanager() -> int:
    command = ["busctl", "--json=short", "--auto-start=no", "get-property", *MANAGER, "Metered"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL, check=False
        )
        return int(json.loads(done.stdout)["data"])
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        return 0


def _windows() -> int:
    """NLM_CONNECTION_COST of this computer's internet connection; 0, unknown, where Windows does not answer."""
    comtypes: Any = importlib.import_module("comtypes")
    in_uint, in_pointer = (["in"], POINTER(c_uint32), "cost"), (["in"], c_void_p, "destination")
    members = {
        "_iid_": comtypes.GUID(NETWORK_COST_MANAGER),
        "_methods_": [comtypes.COMMETHOD([], comtypes.HRESULT, "GetCost", in_uint, in_pointer)],
    }
    interface = type("INetworkCostManager", (comtypes.IUnknown,), members)
    cost = c_uint32()
    comtypes.CoInitialize()
    try:
        manager = comtypes.CoCreateInstance(comtypes.GUID(NETWORK_LIST_MANAGER), interface, ANY_SERVER)
        manager.GetCost(byref(cost), None)
        del manager
    except (comtypes.COMError, OSError):
        return 0
    finally:
        comtypes.CoUninitialize()
    return cost.value
