"""The pseudonym of a desk, and the names that are taken out of what its sources said."""

import hashlib
import hmac
import plistlib
from typing import Any

import pytest

from remoteready.check import identity
from remoteready.check.host import LiveHost
from remoteready.check.snapshot import RecordedHost

ID = "5d6b2f1100004000800000000000000a"
GUID = "5d6b2f11-0000-4000-8000-00000000000a"
MACHINE_GUID = r"call registry_values HKLM\SOFTWARE\Microsoft\Cryptography MachineGuid"
IOREG = "run ioreg -rd1 -c IOPlatformExpertDevice -a"


def plist(value: Any) -> str:
    return plistlib.dumps(value).decode()


SAME: dict[str, dict[str, Any]] = {
    "linux": {"read /etc/machine-id": f"{ID}\n"},
    "windows": {MACHINE_GUID: {"MachineGuid": GUID}},
    "macos": {IOREG: plist([{"IOPlatformUUID": GUID.upper(), "IOPlatformSerialNumber": "C02EXAMPLE"}])},
}


@pytest.mark.parametrize("system", SAME)
def test_the_pseudonym_is_a_keyed_hash_of_the_machine_s_own_id(system):
    expected = hmac.new(bytes.fromhex(ID), b"remoteready", hashlib.sha256).hexdigest()[:20]
    assert identity.pseudonym(RecordedHost(system, SAME[system])) == expected


NONE: list[tuple[str, dict[str, Any]]] = [
    ("linux", {}),
    ("linux", {"read /etc/machine-id": "uninitialized\n"}),
    ("linux", {"read /etc/machine-id": "0" * 32}),
    ("windows", {MACHINE_GUID: None}),
    ("windows", {MACHINE_GUID: {}}),
    ("macos", {}),
    ("macos", {IOREG: ""}),
    ("macos", {IOREG: plist([])}),
    ("macos", {IOREG: plist({"IOPlatformUUID": GUID})}),
    ("other", {}),
]


@pytest.mark.parametrize(("system", "sources"), NONE)
def test_a_machine_without_an_id_of_its_own_has_no_pseudonym(system, sources):
    assert identity.pseudonym(RecordedHost(system, sources)) is None


def test_the_names_of_this_machine_are_known():
    with LiveHost() as live:
        names = identity.computer_names(live)
    assert names
    assert all(names)
    assert identity.people()
