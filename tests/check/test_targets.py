"""VPN gateways as facts: what the probe saw becomes yes, no, or unknown with the reason."""

from typing import Any

import pytest

from remoteready.check.collect import collect
from remoteready.check.facts import Fact
from remoteready.check.profile import parse_address
from remoteready.check.snapshot import RecordedHost

NAMES = [f"target.vpn.{what}" for what in ("reachable", "certificate_trusted", "clock_skew_s")]
VPN = "openvpn://vpn.example.com"


def facts(answer: Any, address: str = VPN, **more: Any) -> dict[str, Fact]:
    place = parse_address(address)
    protocol = place.protocol or "openvpn"
    sources = {f"call vpn_probe {place.host} {place.port} {protocol}": answer, **more}
    found = collect(RecordedHost("linux", sources), NAMES, {"vpn": place})
    return {name.rpartition(".")[2]: fact for name, fact in found.items()}


def probed(outcome: str, kind: str = "openvpn-udp", evidence: str = "what was seen") -> dict[str, Any]:
    return {
        **{"kind": kind, "host": "vpn.example.com", "port": 1194, "outcome": outcome, "evidence": evidence},
        **{"round_trip_ms": 20.5, "by": None},
    }


@pytest.mark.parametrize(
    ("outcome", "kind", "value"),
    [
        ("answers", "openvpn-udp", True),
        ("untrusted_certificate", "anyconnect", True),
        ("refused", "openvpn-udp", False),
        ("unreachable", "openvpn-tcp", False),
        ("wrong_protocol", "openvpn-tcp", False),
        ("silent", "ikev2", False),
        ("silent", "openvpn-udp", None),
        ("silent", "openvpn-tcp", None),
        ("silent", "wireguard", None),
        ("silent", "l2tp", None),
        ("silent", "ikev1", None),
        ("unknown", "anyconnect", None),
    ],
)
def test_only_an_answer_is_reachable_and_silence_counts_only_where_it_is_not_by_design(outcome, kind, value):
    fact = facts(probed(outcome, kind))["reachable"]
    assert fact.value is value
    assert "openvpn://vpn.example.com:1194: what was seen" in (fact.detail if value is not None else fact.unknown or "")


def test_a_port_that_is_known_for_a_vpn_needs_no_protocol():
    assert facts(probed("answers"), "vpn.example.com:1194")["reachable"].value is True


def test_a_gateway_without_tls_has_neither_certificate_nor_clock():
    found = facts(probed("answers"))
    for what in ("certificate_trusted", "clock_skew_s"):
        assert found[what].unknown == "openvpn://vpn.example.com:1194 shows strangers neither a certificate nor a clock"


def test_a_gateway_with_tls_has_its_certificate_checked():
    more = {"call distrusted vpn.example.com 443": "self-signed certificate"}
    found = facts(probed("untrusted_certificate", "anyconnect"), "anyconnect://vpn.example.com", **more)
    assert (found["reachable"].value, found["certificate_trusted"].value) == (True, False)


@pytest.mark.parametrize("garbage", [None, 7, "text", [], {}, {"kind": "x", "outcome": "answers"}, probed("maybe")])
def test_garbage_is_unknown(garbage):
    assert {fact.value for fact in facts(garbage).values()} == {None}
