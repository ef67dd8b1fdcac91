"""Which traffic a tunnel carries, and where a name is resolved: one difference at a time."""

from collections.abc import Sequence
from typing import Any

import pytest

from remoteready.check.collect import linux, macos, tunnels, windows
from remoteready.check.collect.tunnels import Interfaces, Resolvers
from remoteready.check.collect.windows import internet as windows_internet
from remoteready.check.facts import Fact
from remoteready.check.host import Unavailable
from remoteready.check.profile import Address
from remoteready.check.snapshot import RecordedHost

DESK = Address(host="desk.example.com", port=443)
HELD = {
    "lo": ["127.0.0.1", "::1"],
    "eth0": ["192.0.2.5", "02:00:5e:10:00:01", "2001:db8::5"],
    "tun0": ["10.8.0.6", "fe80::6"],
    "idle": ["fe80::7", "169.254.3.4"],
    "six": ["fd00::8"],
    "odd": ["10.9.0.1"],
}
KINDS: dict[str, bool | None] = {"lo": False, "eth0": False, "tun0": True, "idle": True, "six": True, "odd": None}
DESK_BY, IPV4_BY, IPV6_BY = (
    "call source_address desk.example.com 443",
    "call source_address 198.51.100.1 443",
    "call source_address 2001:db8::1 443",
)
ETH, TUN, ETH6, SIX = "192.0.2.5", "10.8.0.6", "2001:db8::5", "fd00::8"


def told(fact: Fact) -> Any:
    """The value, or the reason in a tuple."""
    return (fact.unknown,) if fact.value is None else fact.value


def seen(*names: str) -> Interfaces:
    return Interfaces({name: HELD[name] for name in names}, lambda name: KINDS[name])


def tunnel(up: Sequence[str], toward: Address | None = DESK, **ways: Any) -> dict[str, Fact]:
    sources = {{"desk": DESK_BY, "ipv4": IPV4_BY, "ipv6": IPV6_BY}[way]: answer for way, answer in ways.items()}
    return tunnels.tunnel(RecordedHost("linux", sources), lambda host: seen(*up), toward)


@pytest.mark.parametrize(
    ("ways", "mode", "words"),
    [
        ({"desk": TUN, "ipv4": ETH}, "split", "the contact centre by tun0, the internet by eth0"),
        ({"desk": TUN, "ipv4": TUN}, "full", "all traffic leaves by tun0"),
        ({"desk": TUN, "ipv4": TUN, "ipv6": None}, "full", "all traffic leaves by tun0"),
        ({"desk": TUN, "ipv4": TUN, "ipv6": "fe80::6"}, "full", "all traffic leaves by tun0"),
        ({"desk": TUN, "ipv4": TUN, "ipv6": ETH6}, "split", "the contact centre by tun0, the internet by eth0"),
        ({"desk": ETH, "ipv4": ETH}, "none", "tun0 is up, but the traffic leaves outside it, by eth0"),
        ({"desk": ETH, "ipv4": TUN}, "none", "tun0 is up, but the traffic leaves outside it, by eth0"),
    ],
)
def test_none_split_or_full_by_the_ways_to_the_contact_centre_and_to_the_internet(ways, mode, words):
    facts = tunnel(["lo", "eth0", "tun0"], **ways)
    assert (facts["network.tunnel_mode"].value, facts["network.tunnel_mode"].detail) == (mode, words)
    assert facts["network.tunnel_up"].value is True


@pytest.mark.parametrize(
    ("ways", "reason"),
    [
        ({"desk": TUN}, "tun0 is a tunnel; whether the way to the internet is one, too, cannot be told"),
        ({"desk": TUN, "ipv4": "10.9.0.1"}, "tun0 is a tunnel; whether the way to the internet is one, too"),
        ({"desk": "10.9.0.1", "ipv4": ETH}, "whether odd is a tunnel cannot be told"),
        ({"desk": None, "ipv4": ETH}, "there is no route out of this computer"),
        ({"desk": "127.0.0.1", "ipv4": ETH}, "the target is this computer itself"),
        ({"desk": "192.0.2.77", "ipv4": ETH}, "no interface holds the address that the traffic leaves from"),
        ({}, "the route out cannot be told"),
    ],
)
def test_what_cannot_be_told_of_a_tunnel_says_why(ways, reason):
    fact = tunnel(["lo", "eth0", "tun0", "odd"], **ways)["network.tunnel_mode"]
    assert fact.value is None
    assert (fact.unknown or "").startswith(reason)


@pytest.mark.parametrize(
    ("up", "ipv4", "ipv6", "mode"),
    [
        (["eth0"], ETH, None, "none"),
        (["eth0", "idle"], ETH, None, "none"),
        (["eth0", "tun0"], TUN, None, "full"),
        (["eth0", "tun0"], ETH, None, None),
        (["eth0", "odd"], ETH, None, None),
        (["eth0", "tun0"], TUN, ETH6, None),
    ],
)
def test_without_a_named_host_only_all_or_nothing_can_be_told(up, ipv4, ipv6, mode):
    fact = tunnel(up, None, ipv4=ipv4, ipv6=ipv6)["network.tunnel_mode"]
    assert fact.value == mode
    assert mode or "no contact-centre host is named or found" in (fact.unknown or "")


@pytest.mark.parametrize(
    ("up", "desk", "tunnel_up"),
    [
        (["lo", "eth0"], ETH, False),
        (["lo", "eth0", "idle"], ETH, False),
        (["lo", "eth0", "tun0"], ETH, True),
        (["lo", "eth0", "six"], SIX, True),
        (["lo", "eth0", "six"], ETH, ("six may be a VPN tunnel or not",)),
        (["lo", "eth0", "odd"], ETH, ("odd may be a VPN tunnel or not",)),
        (["lo", "eth0", "odd", "tun0"], ETH, True),
        (["lo", "eth0", "tun0"], None, True),
    ],
)
def test_a_tunnel_is_up_when_it_has_an_address_from_a_network(up, desk, tunnel_up):
    assert told(tunnel(up, desk=desk)["network.tunnel_up"]) == tunnel_up


def test_where_the_interfaces_are_not_told_nothing_is_known_of_tunnels():
    def refuse(host: Any) -> Interfaces:
        raise Unavailable("this is a remote session")

    facts = tunnels.tunnel(RecordedHost("windows", {}), refuse, None)
    assert {name: told(fact) for name, fact in facts.items()} == dict.fromkeys(
        tunnels.TUNNEL, ("this is a remote session",)
    )


# --- names ---


def resolved(who: Resolvers | str, up: Sequence[str] = ("eth0", "tun0"), to: Any = ("10.1.2.3",), **ways: str) -> Fact:
    def resolvers(host: Any, name: str) -> Resolvers:
        if isinstance(who, str):
            raise Unavailable(who)
        return who

    sources = {"call addresses_of desk.example.com": list(to) if isinstance(to, tuple) else to}
    sources |= {f"call source_address {server.replace('_', '.')} 53": way for server, way in ways.items()}
    facts = tunnels.resolved(RecordedHost("linux", sources), lambda host: seen(*up), resolvers, "desk", DESK)
    return facts["target.desk.resolved_in_tunnel"]


INSIDE, OUTSIDE = Resolvers("here", interfaces=["tun0"]), Resolvers("here", interfaces=["eth0"])
OUTSIDE_SERVERS = Resolvers("here", ["192.0.2.1", "192.0.2.2"])


@pytest.mark.parametrize(
    ("who", "more", "answer"),
    [
        (INSIDE, {}, True),
        (INSIDE, {"to": ("10.1.2.3", "fd00::1")}, True),
        (INSIDE, {"to": ("100.64.3.4",)}, True),
        (INSIDE, {"to": ("9.9.9.9",)}, False),
        (INSIDE, {"to": ("10.1.2.3", "9.9.9.9")}, False),
        (OUTSIDE, {}, False),
        (INSIDE, {"up": ("eth0",)}, False),
        (Resolvers("here", ["10.1.0.1"]), {"10_1_0_1": TUN}, True),
        (OUTSIDE_SERVERS, {"192_0_2_1": ETH, "192_0_2_2": ETH}, False),
        (
            OUTSIDE_SERVERS,
            {"192_0_2_1": ETH, "192_0_2_2": TUN},
            ("DNS servers inside and outside the tunnel are asked",),
        ),
        (
            Resolvers("here", ["10.9.0.9"]),
            {"up": ("eth0", "tun0", "odd"), "10_9_0_9": "10.9.0.1"},
            ("whether odd is a",),
        ),
        (Resolvers("here", ["127.0.0.1"]), {}, ("a program on this computer answers for names",)),
        (Resolvers("here"), {}, ("which DNS server answers cannot be told",)),
        (INSIDE, {"to": ()}, ("which DNS server answers cannot be told",)),
        (INSIDE, {"to": {"unavailable": "no such name"}}, ("the name is not resolved: no such name",)),
        ("the name stands in a file", {}, ("the name stands in a file",)),
    ],
)
def test_a_name_is_resolved_in_the_tunnel_when_every_server_is_and_no_address_is_public(who, more, answer):
    fact = resolved(who, **more)
    if isinstance(answer, tuple):
        assert fact.value is None
        assert (fact.unknown or "").startswith(answer[0])
    else:
        assert fact.value is answer


@pytest.mark.parametrize("host", ["192.0.2.200", "2001:db8::9"])
def test_a_host_named_by_its_address_is_not_resolved_at_all(host):
    nothing = RecordedHost("linux", {})
    facts = tunnels.resolved(nothing, linux.interfaces, linux.resolvers, "desk", Address(host=host, port=443))
    assert facts["target.desk.resolved_in_tunnel"].unknown == "the host is named by its address: no name is resolved"


def who_answers(system: Any, name: str, **sources: Any) -> Any:
    try:
        answer = system.resolvers(RecordedHost("any", sources), name)
    except Unavailable as error:
        return (str(error),)
    return [*answer.servers, *answer.interfaces]


HOSTS = "127.0.0.1 localhost\n10.0.0.9 Desk.example.com desk # by hand\n#10.0.0.8 other.example.com\n"


@pytest.mark.parametrize(
    ("name", "conf", "servers"),
    [
        (
            "any.example.com",
            "nameserver 192.0.2.1\n#nameserver 192.0.2.9\nnameserver fe80::1%eth0\n",
            ["192.0.2.1", "fe80::1"],
        ),
        ("any.example.com", "search example.com\n", ("/etc/resolv.conf names no DNS server",)),
        ("any.example.com", {"unavailable": "/etc/resolv.conf may not be read"}, ("/etc/resolv.conf may not be read",)),
        ("desk.example.com.", "nameserver 192.0.2.1\n", ("the name stands in /etc/hosts: no DNS server is asked",)),
        ("other.example.com", "nameserver 192.0.2.1\n", ["192.0.2.1"]),
    ],
)
def test_linux_asks_the_servers_of_resolv_conf_unless_the_name_stands_in_hosts(name, conf, servers):
    sources = {"read /etc/hosts": HOSTS, "read /etc/resolv.conf": conf}
    assert who_answers(linux, name, **sources) == servers


DNS = """DNS configuration

resolver #1
  nameserver[0] : 192.0.2.1
  nameserver[1] : fe80::1%en0

resolver #2
  domain   : corp.example.com
  nameserver[0] : 10.20.0.53

resolver #3
  domain   : example.com
  nameserver[0] : 10.20.0.54

resolver #4
  nameserver[0] : 192.0.2.2

DNS configuration (for scoped queries)

resolver #1
  nameserver[0] : 192.0.2.3
"""


@pytest.mark.parametrize(
    ("name", "servers"),
    [
        ("desk.corp.example.com", ["10.20.0.53"]),
        ("corp.example.com", ["10.20.0.53"]),
        ("notcorp.example.com.", ["10.20.0.54"]),
        ("badexample.com", ["192.0.2.1", "fe80::1", "192.0.2.2"]),
        ("desk.example.org", ["192.0.2.1", "fe80::1", "192.0.2.2"]),
    ],
)
def test_macos_asks_the_servers_of_the_longest_domain_that_fits(name, servers):
    assert who_answers(macos, name, **{"run scutil --dns": DNS}) == servers


def test_macos_without_an_answer_of_scutil_tells_no_server():
    assert who_answers(macos, "x.example.com", **{"run scutil --dns": ""}) == (
        "scutil shows no DNS server for the name",
    )


POLICY, PROGRAMS = windows_internet.NAME_RULES
"""Where rules on names lie: of a policy, of programs."""


@pytest.mark.parametrize(
    ("name", "servers"),
    [
        ("desk.corp.example.com", ["10.20.0.53", "10.20.0.54"]),
        ("portal.corp.example.com", ["10.20.0.55"]),
        ("corp.example.com", ["10.20.0.53", "10.20.0.54"]),
        ("xcorp.example.com", ["192.0.2.1"]),
        ("exempt.example.com", ["192.0.2.1"]),
    ],
)
def test_windows_asks_the_servers_of_the_rule_that_fits_best_and_else_all(name, servers):
    rules = {
        "{1}": {"Name": [".corp.example.com"], "GenericDNSServers": "10.20.0.53;10.20.0.54"},
        "{2}": {"Name": "portal.corp.example.com", "GenericDNSServers": "10.20.0.55"},
        "{3}": {"Name": ["exempt.example.com"], "GenericDNSServers": ""},
    }
    sources: dict[str, Any] = {
        f"call registry_keys {POLICY}": None,
        f"call registry_keys {PROGRAMS}": list(rules),
        "call dns_servers": ["192.0.2.1", "fec0:0:0:ffff::1"],
    }
    sources |= {rf"call registry_values {PROGRAMS}\{key} Name GenericDNSServers": held for key, held in rules.items()}
    assert who_answers(windows, name, **sources) == servers
