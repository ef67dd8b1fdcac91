"""Bytes on the wire: published and captured sizes come out to the byte, and no tunnel ever shrinks a packet."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.formulas import packets

codecs = st.sampled_from(sorted(packets.CODECS))
tunnels = st.sampled_from(sorted(packets.TUNNELS))
layers = st.sampled_from(sorted(packets.LAYER2_BYTES))
tags = st.sampled_from(sorted(packets.SRTP_TAG_BYTES))


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, int]:
    codec = draw(codecs)
    return codec, draw(st.sampled_from(packets.CODECS[codec].ptimes_ms))


def kbps(codec: str, ptime_ms: int, **wire: str) -> float:
    size = packets.voice_packet_bytes(codec, ptime_ms, **wire)  # type: ignore[arg-type]
    return round(float(packets.call_kbps(size, packets.packets_per_second(ptime_ms))), 1)


# Cisco document 7934 (rev. 2023-12), Ethernet column: header 14 and check sum 4 bytes.
CISCO = [
    ("g711", 20, 87.2),
    ("g722", 20, 87.2),
    ("g729", 20, 31.2),
    ("g723.1-6.3", 30, 21.9),
    ("g723.1-5.3", 30, 20.8),
    ("g726-32", 20, 55.2),
    ("g726-24", 20, 47.2),
    ("g728", 30, 31.5),
    ("ilbc-20", 20, 38.4),
    ("ilbc-30", 30, 28.8),
]


@pytest.mark.parametrize(("codec", "ptime", "published"), CISCO)
def test_bandwidth_per_call_is_what_cisco_publishes(codec, ptime, published):
    assert kbps(codec, ptime, layer2="ethernet") == published


@pytest.mark.parametrize(
    ("codec", "wire", "published"),
    [
        ("g711", {"layer2": "ethernet-preamble"}, 90.4),  # tencentcloud.com/document/product/1229/59589
        ("g729", {"layer2": "ethernet-preamble"}, 34.4),
        ("g711", {"tunnel": "gre-ipsec-3des-sha1"}, 112.0),  # Cisco V3PN
        ("g729", {"tunnel": "gre-ipsec-3des-sha1"}, 54.4),
    ],
)
def test_other_published_rates_come_out_too(codec, wire, published):
    assert kbps(codec, 20, **wire) == published


def test_g729_in_3des_is_the_112_bytes_that_avaya_publishes():
    assert packets.voice_packet_bytes("g729", 20, tunnel="ipsec-3des-sha1") == 112  # IP Office 3.0 VPN, p. 21


# Outer IPv4 packets of an inner packet of L bytes, captured on the wire (scapy-built for ESP).
CAPTURED = [
    ("ipsec-gcm", 200, 256),
    ("ipsec-gcm-nat", 200, 264),
    ("ipsec-cbc-sha1", 200, 264),
    ("ipsec-cbc-sha256", 200, 268),
    ("ipsec-cbc-sha256-nat", 200, 276),
    ("ipsec-3des-sha1", 200, 256),
    ("wireguard", 200, 268),
    ("wireguard", 180, 252),
    ("wireguard", 199, 268),
    ("wireguard", 100, 172),
    ("openvpn-udp", 200, 252),
    ("openvpn-udp-cbc-sha1", 200, 276),
    ("openvpn-udp-cbc-sha256", 200, 288),
    ("openvpn-tcp", 200, 278),
    ("anyconnect-dtls", 200, 266),
    ("anyconnect-dtls-legacy", 200, 281),
    ("anyconnect-tls", 200, 282),
    # openconnect 9.01 held to TLS 1.2 with AES-128-GCM, ocserv 1.1.6, no DTLS: captured on 2026-11-23
    ("anyconnect-tls12", 200, 289),
    ("anyconnect-tls12", 60, 149),
    ("anyconnect-tls12", 172, 261),
    ("anyconnect-tls12", 252, 341),
]


@pytest.mark.parametrize(("tunnel", "inner", "outer"), CAPTURED)
def test_a_tunnelled_packet_has_the_size_that_was_captured(tunnel, inner, outer):
    assert packets.tunnelled_bytes(inner, tunnel) == outer


@pytest.mark.parametrize(("tunnel", "outer"), [("wireguard", 288), ("openvpn-udp", 272)])
def test_over_ipv6_the_outer_packet_has_the_size_that_was_captured(tunnel, outer):
    assert packets.tunnelled_bytes(200, tunnel, ipv6=True) == outer


TABLE = {
    "none": (200, 210, 60, 100, 120, 78),
    "ipsec-gcm": (256, 264, 116, 156, 176, 132),
    "ipsec-gcm-nat": (264, 272, 124, 164, 184, 140),
    "ipsec-cbc-sha256-nat": (276, 292, 132, 180, 196, 148),
    "gre-ipsec-cbc-sha1": (296, 296, 152, 184, 216, 168),
    "wireguard": (268, 284, 124, 172, 188, 140),
    "openvpn-udp": (252, 262, 112, 152, 172, 130),
    "openvpn-udp-cbc-sha256": (288, 304, 160, 192, 208, 176),
    "openvpn-tcp": (278, 288, 138, 178, 198, 156),
    "anyconnect-dtls": (266, 276, 126, 166, 186, 144),
    "anyconnect-tls": (282, 292, 142, 182, 202, 160),
}
CALLS = [
    ("g711", "none"),
    ("g711", "hmac-80"),
    ("g729", "none"),
    ("opus-24", "none"),
    ("opus-32", "none"),
    ("ilbc-20", "none"),
]


@pytest.mark.parametrize("tunnel", TABLE)
def test_voice_packets_in_every_tunnel_have_their_captured_or_derived_sizes(tunnel):
    sizes = tuple(packets.voice_packet_bytes(codec, 20, srtp=srtp, tunnel=tunnel) for codec, srtp in CALLS)
    assert sizes == TABLE[tunnel]


@given(st.integers(0, 9000), tunnels, st.booleans())
def test_a_tunnel_never_shrinks_a_packet_and_a_larger_packet_never_becomes_smaller_in_it(inner, tunnel, ipv6):
    outer = packets.tunnelled_bytes(inner, tunnel, ipv6)
    assert outer >= inner
    assert packets.tunnelled_bytes(inner + 1, tunnel, ipv6) >= outer
    assert packets.tunnelled_bytes(inner, tunnel, True) >= packets.tunnelled_bytes(inner, tunnel, False)


@given(calls(), tags, tunnels, layers, st.booleans())
def test_no_header_makes_a_call_cheaper(call, srtp, tunnel, layer2, ipv6):
    bare = packets.voice_packet_bytes(*call)
    dressed = packets.voice_packet_bytes(*call, srtp=srtp, tunnel=tunnel, layer2=layer2, ipv6=ipv6)
    assert dressed >= bare > packets.payload_bytes(*call)


@given(calls())
def test_bytes_and_bit_rate_survive_a_round_trip(call):
    codec, ptime = call
    rate = packets.packets_per_second(ptime)
    assert packets.call_kbps(packets.payload_bytes(*call), rate) == packets.CODECS[codec].kbps
    assert packets.call_kbps(Fraction(1000, 8) / rate, rate) == 1


@given(calls(), tunnels)
def test_longer_packets_never_cost_more_bandwidth(call, tunnel):
    codec, ptime = call
    longer = [p for p in packets.CODECS[codec].ptimes_ms if p >= ptime]
    rates = [
        packets.call_kbps(packets.voice_packet_bytes(codec, p, tunnel=tunnel), packets.packets_per_second(p))
        for p in longer
    ]
    assert rates == sorted(rates, reverse=True) or len(set(longer)) == 1


# 20 MiB over TCP with timestamps; captured bytes on the wire ÷ bytes of the file.
@pytest.mark.parametrize(("tunnel", "captured"), [("none", 1.036), ("wireguard", 1.086), ("openvpn-udp", 1.080)])
def test_what_an_upload_weighs_in_theory_is_within_a_per_cent_of_what_was_captured(tunnel, captured):
    full = packets.inner_mtu(tunnel)
    theory = packets.tunnelled_bytes(full, tunnel) / (full - 52)
    assert theory == pytest.approx(captured, rel=0.01)
    assert packets.packet_expansion(tunnel) == Fraction(str(captured))


def test_ipsec_through_nat_carries_1438_bytes_and_expands_uploads_by_8_per_cent():
    assert packets.inner_mtu("ipsec-gcm-nat") == 1438
    assert float(packets.packet_expansion("ipsec-gcm-nat")) == pytest.approx(1.082, abs=5e-4)


@given(tunnels, st.fractions(0, 1))
def test_an_upload_never_weighs_less_than_its_file(tunnel, retransmitted):
    assert packets.upload_expansion(packets.packet_expansion(tunnel), retransmitted) > 1 + retransmitted


@given(tunnels)
def test_a_full_packet_fits_the_link(tunnel):
    assert packets.tunnelled_bytes(packets.inner_mtu(tunnel), tunnel) <= packets.LINK_MTU


def test_signalling_of_a_sccp_phone_with_ten_calls_an_hour_is_the_published_263_bit_per_second():
    # The SRND prints 265 bit/s, its own formula 53 + 21 × 10 = 263; (53 + 21) × 10 is a known misreading.
    assert packets.sccp_signalling_kbps(10) * 1000 == 263


@pytest.mark.parametrize(
    ("codec", "ptime", "wire", "words"),
    [
        ("g.711", 20, {}, "no codec is called 'g.711'; there are: g711"),
        ("g711", 25, {}, "g711 is sent every 10, 20, 30, 40, 60 ms, not 25"),
        ("g711", 20, {"tunnel": "ipsec"}, "no tunnel is called 'ipsec'"),
        ("g711", 20, {"srtp": "yes"}, "no SRTP tag is called 'yes'"),
        ("g711", 20, {"layer2": "atm"}, "no layer 2 is called 'atm'"),
    ],
)
def test_what_is_not_in_the_tables_is_refused_by_its_name(codec, ptime, wire, words):
    with pytest.raises(ValueError, match=words.replace(".", r"\.")):
        packets.voice_packet_bytes(codec, ptime, **wire)
