"""What a call and an upload weigh on the wire: codec, packet time, SRTP, IP version, tunnel with padding, layer 2.

Bytes and kbit/s are per direction. Padding decides what a tunnel adds to a small packet, so no tunnel here is a flat
number of bytes; every one marked `captured` was measured with the real programs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from remoteready.formulas import Number, formula

RTP_BYTES, UDP_BYTES, IPV4_BYTES, IPV6_BYTES = 12, 8, 20, 40
TCP_BYTES = 32
"""With timestamps, RFC 7323, as Linux and macOS send them."""
TLS_RECORD = Fraction(22, 16_384)
"""Header, nonce and tag of a TLS record, for every 16 KiB of file: RFC 8446 §5.2."""
LINK_MTU = 1500


@dataclass(frozen=True, slots=True)
class Codec:
    """A speech codec: frames of `frame_ms` that hold `frame_bytes`, and the packet times it is sent with."""

    name: str
    frame_ms: int
    frame_bytes: int
    ptimes_ms: tuple[int, ...]
    source: str

    @property
    def kbps(self) -> Fraction:
        """Bit rate of the payload, kbit/s."""
        return Fraction(self.frame_bytes * 8, self.frame_ms)


CISCO_7934 = "Cisco document 7934, Voice over IP – per call bandwidth consumption"
OPUS = "RFC 7587 §3.1.1: 8–40 kbit/s for speech; payload by arithmetic"
_TENS = (10, 20, 30, 40, 60)

CODECS: Mapping[str, Codec] = {
    codec.name: codec
    for codec in (
        Codec("g711", 10, 80, _TENS, CISCO_7934),
        Codec("g722", 10, 80, _TENS, CISCO_7934),
        Codec("g729", 10, 10, _TENS, CISCO_7934),
        Codec("g723.1-6.3", 30, 24, (30, 60), CISCO_7934),
        Codec("g723.1-5.3", 30, 20, (30, 60), CISCO_7934),
        Codec("g726-32", 10, 40, _TENS, CISCO_7934),
        Codec("g726-24", 10, 30, _TENS, CISCO_7934),
        Codec("g728", 10, 20, _TENS, CISCO_7934),
        Codec("ilbc-20", 20, 38, (20, 40, 60), CISCO_7934),
        Codec("ilbc-30", 30, 50, (30, 60), CISCO_7934),
        Codec("opus-24", 20, 60, (20, 40, 60), OPUS),
        Codec("opus-32", 20, 80, (20, 40, 60), OPUS),
    )
}
"""By the name a planner writes. G.722 is its 64 kbit/s mode; silence suppression is never counted on (Cisco 7934)."""

SRTP_TAG_BYTES: Mapping[str, int] = {"none": 0, "hmac-80": 10, "hmac-32": 4, "gcm": 16}
"""Authentication tag: RFC 3711 §5.2 (10, the default, and 4 bytes), AES-GCM RFC 7714 §13.1; no key identifier."""

LAYER2_BYTES: Mapping[str, int] = {
    "none": 0,
    "ethernet": 18,
    "ethernet-vlan": 22,
    "ethernet-preamble": 26,
    "pppoe": 26,
    "mpls": 22,
}
"""Added to every packet: Ethernet header 14 and check sum 4 (Cisco 7934), 802.1Q tag 4, preamble 8, PPPoE and PPP 8
(RFC 2516), one MPLS label 4 (RFC 3032)."""


def _padded(length: int, block: int) -> int:
    return -(-length // block) * block


@dataclass(frozen=True, slots=True)
class Tunnel:
    """A tunnel: its outer packet for an inner one; `inner_mtu` where not the outer limit alone says what fits."""

    name: str
    title: str
    wrap: Callable[[int, int], int]
    """Outer bytes for (inner bytes, outer IP header bytes)."""
    source: str
    inner_mtu: int | None = None
    captured: bool = False
    expansion: Fraction | None = None
    """Bytes on the wire for each byte of a file, where it was captured; otherwise it is computed from the packets."""


CAPTURED = "captured for this project"
RFC4303 = "RFC 4303 §2, RFC 4106 (AES-GCM), RFC 3948 (NAT traversal)"
OPENVPN = "OpenVPN 2.6 data channel, DATA_V2; " + CAPTURED
ANYCONNECT = "openconnect 9.01 with ocserv 1.1.6; " + CAPTURED


def _esp(block: int, nonce: int, tag: int, extra: int = 0) -> Callable[[int, int], int]:
    """ESP in tunnel mode: SPI and sequence 8, nonce, padding to `block` after two trailer bytes, tag."""
    return lambda inner, ip: ip + extra + 8 + nonce + _padded(inner + 2, block) + tag


def _openvpn_cbc(tag: int) -> Callable[[int, int], int]:
    return lambda inner, ip: ip + 8 + 4 + tag + 16 + 16 * ((inner + 4) // 16 + 1)


TUNNELS: Mapping[str, Tunnel] = {
    tunnel.name: tunnel
    for tunnel in (
        Tunnel("none", "no tunnel", lambda inner, ip: inner, CAPTURED, LINK_MTU, True, Fraction("1.036")),
        Tunnel("ipsec-gcm", "IPsec ESP, AES-GCM", _esp(4, 8, 16), RFC4303),
        Tunnel("ipsec-gcm-nat", "IPsec ESP over UDP 4500, AES-GCM", _esp(4, 8, 16, 8), RFC4303),
        Tunnel("ipsec-cbc-sha1", "IPsec ESP, AES-CBC, SHA-1", _esp(16, 16, 12), RFC4303),
        Tunnel("ipsec-cbc-sha256", "IPsec ESP, AES-CBC, SHA-256", _esp(16, 16, 16), RFC4303),
        Tunnel("ipsec-cbc-sha256-nat", "IPsec ESP over UDP 4500, AES-CBC, SHA-256", _esp(16, 16, 16, 8), RFC4303),
        Tunnel("ipsec-3des-sha1", "IPsec ESP, 3DES, SHA-1", _esp(8, 8, 12), RFC4303),
        Tunnel(
            "gre-ipsec-cbc-sha1",
            "GRE in IPsec ESP, AES-CBC, SHA-1",
            lambda inner, ip: _esp(16, 16, 12)(inner + 24, ip),
            RFC4303 + "; RFC 2784 (GRE)",
        ),
        Tunnel(
            "gre-ipsec-3des-sha1",
            "GRE in IPsec ESP, 3DES, SHA-1",
            lambda inner, ip: _esp(8, 8, 12)(inner + 24, ip),
            RFC4303 + "; RFC 2784 (GRE)",
        ),
        Tunnel(
            "wireguard",
            "WireGuard",
            lambda inner, ip: ip + 8 + 16 + _padded(inner, 16) + 16,
            "WireGuard message type 4, padded to 16; " + CAPTURED,
            1420,
            True,
            Fraction("1.086"),
        ),
        Tunnel(
            "openvpn-udp",
            "OpenVPN over UDP, AES-GCM or ChaCha20",
            lambda inner, ip: ip + 8 + 24 + inner,
            OPENVPN,
            1440,
            True,
            Fraction("1.080"),
        ),
        Tunnel("openvpn-udp-cbc-sha1", "OpenVPN over UDP, AES-CBC, SHA-1", _openvpn_cbc(20), OPENVPN, None, True),
        Tunnel("openvpn-udp-cbc-sha256", "OpenVPN over UDP, AES-CBC, SHA-256", _openvpn_cbc(32), OPENVPN, None, True),
        Tunnel(
            "openvpn-tcp",
            "OpenVPN over TCP, AES-GCM",
            lambda inner, ip: ip + TCP_BYTES + 2 + 24 + inner,
            OPENVPN,
            None,
            True,
            Fraction("1.118"),
        ),
        Tunnel(
            "anyconnect-dtls",
            "AnyConnect, DTLS 1.2, AES-GCM",
            lambda inner, ip: ip + 8 + 13 + 8 + 16 + 1 + inner,
            ANYCONNECT,
            1434,
            True,
        ),
        Tunnel(
            "anyconnect-dtls-legacy",
            "AnyConnect, DTLS 0.9, AES-CBC, SHA-1",
            lambda inner, ip: ip + 8 + 13 + 16 + 16 * ((inner + 1 + 20) // 16 + 1),
            ANYCONNECT,
            None,
            True,
        ),
        Tunnel(
            "anyconnect-tls",
            "AnyConnect without DTLS, TLS 1.3",
            lambda inner, ip: ip + TCP_BYTES + 5 + 1 + 16 + 8 + inner,
            ANYCONNECT,
            None,
            True,
        ),
        Tunnel(
            "anyconnect-tls12",
            "AnyConnect without DTLS, TLS 1.2, AES-GCM",
            lambda inner, ip: ip + TCP_BYTES + 5 + 8 + 16 + 8 + inner,
            ANYCONNECT,
            None,
            True,
        ),
        Tunnel(
            "sstp",
            "SSTP, TLS 1.2, AES-GCM",
            lambda inner, ip: ip + 20 + 5 + 8 + 16 + 4 + 4 + inner,
            "[MS-SSTP] §2.2.1 and §3.1.5.2, PPP header 4, TCP without timestamps as Windows sends it; not captured",
            1400,
        ),
    )
}
"""By the name a planner writes."""


def payload_bytes(codec: str, ptime_ms: int) -> int:
    """Speech in one packet, bytes. ValueError: no such codec, or a packet time it is not sent with."""
    about = _named(CODECS, codec, "codec")
    if ptime_ms not in about.ptimes_ms:
        raise ValueError(f"{codec} is sent every {', '.join(map(str, about.ptimes_ms))} ms, not {ptime_ms}")
    return about.frame_bytes * ptime_ms // about.frame_ms


def rtp_packet_bytes(codec: str, ptime_ms: int, srtp: str = "none", ipv6: bool = False) -> int:
    """One voice packet with its IP, UDP and RTP headers (RFC 791, 8200, 768, 3550) and SRTP tag, bytes."""
    tag = _named(SRTP_TAG_BYTES, srtp, "SRTP tag")
    return payload_bytes(codec, ptime_ms) + RTP_BYTES + tag + UDP_BYTES + _ip_bytes(ipv6)


def tunnelled_bytes(inner_bytes: int, tunnel: str, ipv6: bool = False) -> int:
    """The outer IP packet that carries an inner one, bytes; `ipv6` is that of the outer. Never less than the inner."""
    if inner_bytes < 0:
        raise ValueError(f"a packet of {inner_bytes} bytes")
    return _named(TUNNELS, tunnel, "tunnel").wrap(inner_bytes, _ip_bytes(ipv6))


def voice_packet_bytes(
    codec: str,
    ptime_ms: int,
    *,
    srtp: str = "none",
    tunnel: str = "none",
    layer2: str = "none",
    ipv6: bool = False,
    tunnel_ipv6: bool = False,
) -> int:
    """One voice packet on the wire, bytes. ValueError names what is not in the tables.

    `tunnel_ipv6` is the outer header's version and of no effect without a tunnel.
    """
    inner = rtp_packet_bytes(codec, ptime_ms, srtp, ipv6)
    return tunnelled_bytes(inner, tunnel, tunnel_ipv6) + _named(LAYER2_BYTES, layer2, "layer 2")


@formula(
    "speech + RTP 12 + tag + UDP 8 + IP (IPv4 20, IPv6 40) + what the tunnel and layer 2 add",
    unit="bytes",
    source="RFC 3550, 768, 791, 8200; tunnels as captured or by their RFCs",
)
def call_packet_bytes(
    payload_bytes: Number,
    srtp_tag_bytes: Number,
    tunnel_bytes: Number,
    ip_bytes: Number = IPV4_BYTES,
    layer2_bytes: Number = 0,
) -> Number:
    """One voice packet from its parts, bytes."""
    return payload_bytes + RTP_BYTES + srtp_tag_bytes + UDP_BYTES + ip_bytes + tunnel_bytes + layer2_bytes


@formula("1000 ÷ packet time in ms", unit="packets/s", source="RFC 3551 §4.2")
def packets_per_second(ptime_ms: Number) -> Number:
    """Packets that one call sends in one direction."""
    return Fraction(1000) / Fraction(ptime_ms)


@formula("bytes of a packet × 8 × packets per second ÷ 1000", unit="kbps", source=CISCO_7934)
def call_kbps(packet_bytes: Number, packets_per_second: Number) -> Number:
    """What one call fills in one direction, kbit/s."""
    return Fraction(packet_bytes) * 8 * Fraction(packets_per_second) / 1000


@formula("own stream + 2 streams that the phone forks to the recorder", unit="kbps", source="Cisco built-in bridge")
def home_call_kbps(call_kbps: Number, fork_kbps: Number) -> Number:
    """What a call sends from the home, kbit/s."""
    return call_kbps + 2 * fork_kbps


def inner_mtu(tunnel: str, ipv6: bool = False) -> int:
    """The largest IP packet that a tunnel carries without fragments over a link of 1500 bytes."""
    about = _named(TUNNELS, tunnel, "tunnel")
    if about.inner_mtu is not None:
        return about.inner_mtu
    return next(inner for inner in range(LINK_MTU, 0, -1) if about.wrap(inner, _ip_bytes(ipv6)) <= LINK_MTU)


@formula(
    "outer packet ÷ payload of a full inner packet, captured where it was × TLS 1.0013 × (1 + retransmitted)",
    unit="",
    source="captured uploads of 20 MiB over TCP with timestamps; RFC 8446 §5.2",
)
def upload_expansion(packet_expansion: Number, retransmitted: Number) -> Number:
    """IP bytes on the wire for each byte of a recording that is uploaded over HTTPS."""
    return Fraction(packet_expansion) * (1 + TLS_RECORD) * (1 + Fraction(retransmitted))


def packet_expansion(tunnel: str) -> Fraction:
    """IP bytes on the wire for each byte of TCP payload: as captured, else outer ÷ payload of a full packet."""
    about = _named(TUNNELS, tunnel, "tunnel")
    if about.expansion is not None:
        return about.expansion
    full = inner_mtu(tunnel)
    return Fraction(about.wrap(full, IPV4_BYTES), full - IPV4_BYTES - TCP_BYTES)


@formula(
    "(53 + 21 × calls per hour) ÷ 1000", unit="kbps", source="Cisco SRND, SCCP without encryption, with 25 % spare"
)
def sccp_signalling_kbps(calls_per_hour: Number) -> Number:
    """Call control of one Cisco SCCP phone, kbit/s; SIP phones need more, for which no confirmed formula is at hand."""
    return Fraction(53 + 21 * Fraction(calls_per_hour)) / 1000


def _ip_bytes(ipv6: bool) -> int:
    return IPV6_BYTES if ipv6 else IPV4_BYTES


Entry = TypeVar("Entry")


def _named(table: Mapping[str, Entry], name: str, kind: str) -> Entry:
    if name not in table:
        raise ValueError(f"no {kind} is called {name!r}; there are: {', '.join(table)}")
    return table[name]
