"""Linux: what the services of the system bus answer, asked by busctl in JSON.

No question starts a service that does not run, and none may put a password dialog on the screen.
"""

import json
from typing import Any

from remoteready.check.host import Host, Output, Unavailable

LOGIND = "org.freedesktop.login1"


def answer(output: Output, what: str) -> Any:
    """The data of busctl's JSON. Raises Unavailable with busctl's own words."""
    if output.exit_code:
        words = output.stderr.strip().splitlines()
        raise Unavailable(f"{what} does not answer: {words[0] if words else f'busctl ended with {output.exit_code}'}")
    try:
        return json.loads(output.stdout)["data"]
    except (ValueError, TypeError, KeyError) as error:
        raise Unavailable(f"{what} gives an answer that is not JSON as documented") from error


def properties(host: Host, service: str, path: str, interface: str, name: str) -> Any:
    """One property of an object."""
    place = (service, path, interface, name)
    return answer(host.run("busctl", "--json=short", "--auto-start=no", "get-property", *place), service)


def sessions(host: Host) -> list[tuple[int, str]]:
    """User id and object path of every session that logind knows."""
    asked = host.run(
        "busctl",
        "--json=short",
        "--auto-start=no",
        "call",
        "org.freedesktop.login1",
        "/org/freedesktop/login1",
        "org.freedesktop.login1.Manager",
        "ListSessions",
    )
    try:
        return [(int(row[1]), str(row[4])) for row in answer(asked, LOGIND)[0]]
    except (TypeError, ValueError, LookupError) as error:
        raise Unavailable("logind's list of sessions is not as documented") from error


def bluetooth_class(host: Host, address: str) -> int:
    """The class of a Bluetooth device, by its address in twelve hexadecimal digits; 0 where BlueZ does not know it."""
    asked = host.run(
        "busctl",
        "--json=short",
        "--auto-start=no",
        "call",
        "org.bluez",
        "/",
        "org.freedesktop.DBus.ObjectManager",
        "GetManagedObjects",
    )
    try:
        for interfaces in answer(asked, "BlueZ")[0].values():
            device = interfaces.get("org.bluez.Device1", {})
            if str(device.get("Address", {}).get("data", "")).replace(":", "").lower() == address:
                return int(device.get("Class", {}).get("data", 0))
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise Unavailable("BlueZ's list of devices is not as documented") from error
    return 0
