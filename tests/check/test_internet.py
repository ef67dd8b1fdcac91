"""What stands before the internet: a proxy, a sign-in page. In tables, and on a real bus and in real settings."""

import json
from typing import Any

import pytest

from remoteready.check.collect import calls, linux, macos, windows
from remoteready.check.collect.windows import internet as windows_internet
from remoteready.check.facts import Fact
from remoteready.check.snapshot import RecordedHost


def told(fact: Fact) -> Any:
    return (fact.unknown,) if fact.value is None else fact.value


def answers(system: Any, sources: dict[str, Any]) -> tuple[Fact, Fact]:
    facts = system.access(RecordedHost("any", {"call proxy_variables": [], **sources}))
    assert list(facts) == ["network.proxy", "network.captive_portal"]
    return facts["network.proxy"], facts["network.captive_portal"]


# --- proxy ---

GSETTINGS = "run /usr/bin/gsettings get org.gnome.system.proxy"


def desktop(name: str, sudo: str = "", **settings: str) -> dict[str, Any]:
    """The settings of a desktop; https, http and socks are the hosts of a proxy."""
    sources: dict[str, Any] = {"call environment XDG_CURRENT_DESKTOP": name, "call environment SUDO_UID": sudo}
    for key, value in settings.items():
        sources[f"{GSETTINGS} {key}" if key == "mode" else f"{GSETTINGS}.{key} host"] = value
    return sources


NO_HOSTS = {"https": "''\n", "http": "''\n", "socks": "''\n"}
KDE = "call user_setting kioslaverc"


@pytest.mark.parametrize(
    ("sources", "proxy"),
    [
        (desktop("GNOME", mode="'none'\n"), False),
        (desktop("ubuntu:GNOME", mode="'manual'\n", **{**NO_HOSTS, "https": "'proxy.example.com'\n"}), True),
        (desktop("GNOME", mode="'manual'\n", **{**NO_HOSTS, "socks": "'proxy.example.com'\n"}), True),
        (desktop("X-Cinnamon", mode="'manual'\n", **NO_HOSTS), False),
        (desktop("GNOME", mode="'sometimes'\n"), "a mode that is not documented"),
        (desktop("GNOME"), "not installed"),
        (desktop("KDE") | {KDE: "[Proxy Settings]\nProxyType=1\n"}, True),
        (desktop("KDE") | {KDE: "[Proxy Settings]\nProxyType=2\n"}, True),
        (desktop("KDE") | {KDE: "[Proxy Settings]\nProxyType=3\n"}, "by itself (WPAD)"),
        (desktop("KDE") | {KDE: "[Proxy Settings]\nProxyType=0\n[Other]\nProxyType=1\n"}, False),
        (desktop("KDE") | {KDE: ""}, False),
        (desktop("KDE") | {KDE: "[Proxy Settings]\nProxyType=9\n"}, "ProxyType that is not documented"),
        (desktop("sway"), False),
        (desktop(""), "no desktop session"),
        (desktop("GNOME", sudo="1000"), "run by sudo"),
        (desktop("") | {"call proxy_variables": ["https_proxy"]}, True),
        (desktop("GNOME") | {"call proxy_variables": ["all_proxy"]}, True),
        (desktop("GNOME", sudo="1000") | {"call proxy_variables": ["all_proxy"]}, True),
    ],
)
def test_linux_has_a_proxy_by_the_settings_of_its_desktop_or_the_environment(sources, proxy):
    fact, _ = answers(linux, sources)
    assert fact.value is (proxy if isinstance(proxy, bool) else None)
    assert isinstance(proxy, bool) or proxy in (fact.unknown or "")


def test_only_the_names_of_variables_are_told_and_never_what_they_hold(monkeypatch):
    for name in ("HTTPS_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "https_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://robin:secret@proxy.example.com:3128")
    monkeypatch.setenv("http_proxy", " ")
    assert calls.proxy_variables() == ["https_proxy"]


@pytest.mark.parametrize(
    ("held", "proxy"),
    [
        ("", False),
        ("  HTTPEnable : 1\n", True),
        ("  SOCKSEnable : 1\n", True),
        ("  HTTPEnable : 0\n  HTTPSEnable : 0\n", False),
        ("  ProxyAutoConfigEnable : 1\n  ProxyAutoDiscoveryEnable : 1\n", True),
        ("  ProxyAutoDiscoveryEnable : 1\n", None),
        ("  __SCOPED__ : <dictionary> {\n    en0 : <dictionary> {\n      HTTPEnable : 1\n    }\n  }\n", False),
    ],
)
def test_macos_has_the_proxy_of_the_present_network(held, proxy):
    fact, _ = answers(macos, {"run scutil --proxy": f"<dictionary> {{\n{held}}}\n"})
    assert fact.value is proxy


OFF = dict.fromkeys(("manual", "script", "detect", "machine"), False)


@pytest.mark.parametrize(
    ("held", "proxy"),
    [
        ({}, False),
        ({"manual": True}, True),
        ({"script": True}, True),
        ({"machine": True}, True),
        ({"detect": True}, ("Windows looks for a proxy by itself (WPAD); what it finds is not asked",)),
        ({"detect": True, "script": True}, True),
    ],
)
def test_windows_has_a_proxy_by_the_settings_of_the_user_or_of_services(held, proxy):
    assert told(answers(windows, {"call proxy_settings": OFF | held})[0]) == proxy


# --- sign-in page ---

MANAGER = "run busctl --json=short --auto-start=no get-property org.freedesktop.NetworkManager"
PLACE = f"{MANAGER} /org/freedesktop/NetworkManager org.freedesktop.NetworkManager"


@pytest.mark.parametrize(
    ("state", "looks", "portal"),
    [(4, True, False), (4, False, None), (2, False, True), (0, True, None), (1, True, None), (3, True, None)],
)
def test_networkmanager_has_seen_a_sign_in_page_or_none_or_did_not_look(state, looks, portal):
    sources = {
        f"{PLACE} Connectivity": json.dumps({"type": "u", "data": state}),
        f"{PLACE} ConnectivityCheckEnabled": json.dumps({"type": "b", "data": looks}),
    }
    assert answers(linux, desktop("sway") | sources)[1].value is portal


@pytest.mark.parametrize(
    ("level", "policy", "probing", "portal"),
    [
        (3, None, {"EnableActiveProbing": 1}, False),
        (3, {}, None, False),
        (3, {"NoActiveProbe": 1}, {"EnableActiveProbing": 1}, None),
        (3, {"NoActiveProbe": 0}, {"EnableActiveProbing": 0}, None),
        (4, None, None, True),
        (0, None, None, None),
        (1, None, None, None),
        (2, None, None, None),
        (5, None, None, None),
        ({"unavailable": "not on this Windows"}, None, None, None),
    ],
)
def test_windows_has_seen_a_sign_in_page_or_none_or_did_not_look(level, policy, probing, portal):
    sources = {
        "call connectivity_level": level,
        f"call registry_values {windows_internet.PROBING_POLICY} NoActiveProbe": policy,
        f"call registry_values {windows_internet.PROBING} EnableActiveProbing": probing,
    }
    assert answers(windows, sources)[1].value is portal


def test_macos_does_not_tell_of_sign_in_pages():
    assert "does not tell programs" in (answers(macos, {})[1].unknown or "")
