"""The packets of VPN gateways: built as their specifications say, and understood whatever comes back."""

import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.measure import datagrams
from remoteready.measure.datagrams import Trouble, read_extended_error
from remoteready.measure.vpn import ike, kinds, l2tp, openvpn, web, wireguard
from remoteready.measure.vpn.kinds import KINDS, question, reader

UDP_KINDS = [name for name, kind in KINDS.items() if kind.transport == "udp"]
PORTS = {kind: KINDS[kind].port or 0 for kind in UDP_KINDS}


def notify_v2(asked: bytes, number: int, extra: bytes = b"") -> bytes:
    body = struct.pack("!BxHBBH", 0, 8 + len(extra), 0, 0, number) + extra
    return ike.HEADER.pack(asked[:8], bytes(8), 41, 0x20, 34, 0x20, 0, 28 + len(body)) + body


# --- OpenVPN ---


def test_openvpn_is_greeted_with_the_14_bytes_that_nmap_sends_too():
    """nmap-payloads, port 1194: 38, eight bytes of session, then five zeros."""
    assert openvpn.greeting(bytes(range(8))) == bytes.fromhex("38 0001020304050607 00 00000000")


def openvpn_reply(asked: bytes, *, acknowledged: int = 1) -> bytes:
    """What OpenVPN 2.6.14 sent: 40, its session, one acknowledgement of packet 0 of our session, packet 0."""
    return b"\x40" + bytes(8) + bytes([acknowledged]) + bytes(4 * acknowledged) + asked[1:9] + bytes(4)


def test_an_openvpn_reply_counts_only_for_the_session_that_it_acknowledges():
    asked, other = openvpn.greeting(), openvpn.greeting()
    assert len(openvpn_reply(asked)) == 26
    assert openvpn.read(asked, openvpn_reply(asked)) == openvpn.ANSWERS
    assert openvpn.read(asked, openvpn_reply(asked, acknowledged=3)) == openvpn.ANSWERS
    assert openvpn.read(asked, openvpn_reply(other)) is None
    assert openvpn.read(asked, asked) is None
    assert openvpn.read(asked, openvpn_reply(asked)[:-1]) is None


@given(st.binary(max_size=2000))
def test_openvpn_by_tcp_has_its_length_before_it(packet):
    framed = openvpn.framed(packet)
    assert openvpn.unframed(framed) == packet
    assert openvpn.unframed(framed + b"more") == packet
    assert openvpn.unframed(framed[:-1]) is None


# --- IKE ---


def test_the_version_probe_is_a_bare_header_of_28_bytes_that_asks_for_version_3():
    """RFC 7296, 3.1: SPIs, next payload 0, version, IKE_SA_INIT, flag initiator, message 0, length."""
    assert ike.version_probe()[8:] == bytes.fromhex("0000000000000000 00 30 22 08 00000000 0000001c")


def test_an_ike_sa_init_is_376_bytes_whose_payloads_fill_it_exactly():
    packet = ike.sa_init()
    assert len(packet) == 376
    assert payloads(packet, ike.SA_V2) == [(33, 48), (34, 264), (40, 36)]


def test_an_ikev1_main_mode_fills_its_length_exactly():
    packet = ike.main_mode()
    assert payloads(packet, ike.SA_V1) == [(1, len(packet) - 28)]
    transforms, at = [], 28 + 4 + 8 + 8
    while at < len(packet):
        transforms.append(packet[at])
        at += struct.unpack_from("!H", packet, at + 2)[0]
    assert at == len(packet)
    assert transforms == [3] * 17 + [0]
    assert packet[28 + 4 + 8 + 7] == 18


def payloads(packet: bytes, first: int) -> list[tuple[int, int]]:
    assert struct.unpack_from("!I", packet, 24)[0] == len(packet)
    found, kind, at = [], first, 28
    assert packet[16] == first
    while kind:
        following, length = struct.unpack_from("!BxH", packet, at)
        found.append((kind, length))
        kind, at = following, at + length
    assert at == len(packet)
    return found


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (5, "answers as IKEv2"),
        (14, "answers as IKEv2, which wants another encryption than was offered"),
        (17, "answers as IKEv2, which wants another key exchange group"),
        (16390, "answers as IKEv2, which is busy and asks to come again"),
        (9999, "answers as IKEv2, which says no (notification 9999)"),
    ],
)
def test_every_notification_proves_an_ikev2_gateway(number, words):
    asked = ike.version_probe()
    said = ike.read_v2(asked, notify_v2(asked, number))
    assert said is not None
    assert (said.fits, said.words) == (True, words)


def test_the_reply_to_the_version_probe_has_36_bytes_as_charon_sends_it():
    asked = ike.version_probe()
    assert len(notify_v2(asked, 5)) == 36


def test_an_answer_of_the_other_version_of_ike_does_not_fit():
    asked = ike.version_probe()
    said = ike.read_v1(asked, notify_v2(asked, 5))
    assert said is not None
    assert (said.fits, said.words) == (False, "answers as IKEv2")
    body = struct.pack("!BxHIBBH", 0, 12, 1, 1, 0, 14)
    reply = ike.HEADER.pack(asked[:8], bytes(8), 11, 0x10, 5, 0, 7, 28 + len(body)) + body
    assert (said_v1 := ike.read_v1(asked, reply)) is not None
    assert said_v1.words == "answers as IKEv1, which wants another encryption than was offered"
    assert (said_v2 := ike.read_v2(asked, reply)) is not None
    assert not said_v2.fits


def test_an_accepted_offer_is_an_answer_only_with_the_gateways_own_cookie():
    asked = ike.sa_init()
    accepted = ike.HEADER.pack(asked[:8], b"gateway!", 33, 0x20, 34, 0x20, 0, 28)
    assert ike.read_v2(asked, accepted) is not None
    assert ike.read_v2(asked, accepted.replace(b"gateway!", bytes(8))) is None
    assert ike.read_v2(ike.sa_init(), accepted) is None
    assert ike.read_v2(asked, accepted + b"x") is None
    assert ike.read_v2(asked, asked) is None


def test_ike_carries_four_zeros_before_it_on_every_port_but_500():
    """RFC 3948, 2.2."""
    assert question("ikev2", 500, 0)[17:20] == bytes([0x30, 34, 8])
    assert question("ikev2", 4500, 0)[:4] == bytes(4)
    assert question("ikev2", 4500, 0)[21:24] == bytes([0x30, 34, 8])
    asked = question("ikev2", 4500, 0)
    assert reader("ikev2", 4500)(asked, bytes(4) + notify_v2(asked[4:], 5)) is not None
    assert reader("ikev2", 4500)(asked, notify_v2(asked[4:], 5)) is None


def test_ikev2_asks_for_its_version_first_and_properly_when_that_is_not_answered():
    assert [len(question("ikev2", 500, attempt)) for attempt in (0, 1, 2)] == [28, 376, 376]


# --- L2TP, WireGuard ---


def l2tp_reply(asked: bytes, kind: int, tunnel: int = 77) -> bytes:
    theirs = dict(l2tp.attributes(asked))[l2tp.TUNNEL]
    body = l2tp.attribute(l2tp.MESSAGE_TYPE, struct.pack("!H", kind)) + l2tp.attribute(
        l2tp.TUNNEL, struct.pack("!H", tunnel)
    )
    return struct.pack("!HHHHHH", 0xC802, 12 + len(body), *struct.unpack("!H", theirs), 0, 0, 1) + body


def test_l2tp_starts_with_the_five_attributes_that_rfc_2661_demands():
    """RFC 2661, 6.1: message type, protocol version, host name, framing, tunnel."""
    packet = l2tp.start_request()
    assert packet[:12] == b"\xc8\x02" + struct.pack("!H", len(packet)) + bytes(8)
    found = dict(l2tp.attributes(packet))
    assert list(found) == [0, 2, 3, 7, 9]
    assert (found[0], found[2]) == (b"\0\x01", b"\x01\0")
    assert found[9] != b"\0\0"


def test_l2tp_is_understood_when_it_accepts_and_when_it_declines_our_tunnel_and_no_other():
    asked = l2tp.start_request()
    assert (said := l2tp.read(asked, l2tp_reply(asked, 2))) is not None
    assert said.words == "answers as L2TP"
    assert (said := l2tp.read(asked, l2tp_reply(asked, 4))) is not None
    assert said.words == "answers as L2TP, which does not want this client"
    assert l2tp.read(asked, l2tp_reply(asked, 1)) is None
    assert l2tp.read(asked, l2tp_reply(asked, 2)[:-1]) is None
    other = bytearray(l2tp_reply(asked, 2))
    other[5] ^= 1
    assert l2tp.read(asked, bytes(other)) is None


def test_l2tp_is_told_to_forget_the_tunnel_that_it_opened():
    asked = l2tp.start_request()
    farewell = l2tp.stop(asked, l2tp_reply(asked, 2, tunnel=513))
    assert struct.unpack_from("!HHH", farewell) == (0xC802, len(farewell), 513)
    found = dict(l2tp.attributes(farewell))
    assert found[l2tp.MESSAGE_TYPE] == b"\0\x04"
    assert found[l2tp.TUNNEL] == dict(l2tp.attributes(asked))[l2tp.TUNNEL]


@given(st.integers(min_value=0, max_value=3000))
def test_a_padded_l2tp_request_stays_readable(padding):
    packet = l2tp.start_request(padding=padding)
    assert struct.unpack_from("!H", packet, 2)[0] == len(packet)
    assert dict(l2tp.attributes(packet))[l2tp.MESSAGE_TYPE] == b"\0\x01"


def test_wireguard_gets_an_initiation_of_148_bytes_and_only_a_cookie_is_an_answer():
    """www.wireguard.com/protocol: message type 1 has 148 bytes, type 3 has 64 and begins with the receiver's index."""
    asked = wireguard.initiation()
    assert (len(asked), asked[:4]) == (148, b"\x01\0\0\0")
    cookie = b"\x03\0\0\0" + asked[4:8] + bytes(56)
    assert wireguard.read(asked, cookie) is not None
    assert wireguard.read(wireguard.initiation(), cookie) is None
    assert wireguard.read(asked, asked) is None


# --- what looks like a web server ---


def test_sstp_is_asked_and_understood_as_its_specification_says():
    """MS-SSTP, 3.2.4.1 and 3.3.5.1."""
    assert web.sstp_request("vpn.example.com").decode().split("\r\n") == [
        "SSTP_DUPLEX_POST /sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/ HTTP/1.1",
        "Host: vpn.example.com",
        "Content-Length: 18446744073709551615",
        "",
        "",
    ]
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\nServer: x\r\n\r\n"
    assert web.is_sstp(answer)
    assert web.is_sstp(answer.replace(b"200 OK", b"404 Not Found")) is False
    assert web.is_sstp(answer.replace(b"18446744073709551615", b"0")) is False
    assert [web.is_sstp(answer[:end]) for end in range(len(answer))] == [None] * len(answer)


@pytest.mark.parametrize(
    "answer",
    [
        b'HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<config-auth client="vpn" type="auth-request">',
        b"HTTP/1.1 404 Not Found\r\nX-Transcend-Version: 1\r\n\r\n",
        b"HTTP/1.0 302 Temporary moved\r\nSet-Cookie: webvpncontext=00; Secure\r\n\r\n",
    ],
)
def test_anyconnect_is_known_by_its_form_its_field_or_its_cookie(answer):
    assert web.is_anyconnect(answer)


def test_another_web_server_is_no_anyconnect_gateway():
    assert web.is_anyconnect(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>") is False
    assert web.is_anyconnect(b"HTTP/1.1 405 Not Allowed\r\nServer: nginx\r\n\r\n") is False
    assert web.is_anyconnect(b"SSH-2.0-OpenSSH\r\n") is False
    assert web.is_anyconnect(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n") is None


# --- ICMP errors ---


def extended_error(number: int, origin: int, kind: int, code: int, info: int, sender: bytes) -> bytes:
    return struct.pack("=IBBBBII", number, origin, kind, code, 0, info, 0) + sender


def test_the_sender_of_an_icmp_error_is_read_as_the_manual_lays_it_out():
    """ip(7), IP_RECVERR: sock_extended_err, then the address of the sender."""
    v4 = extended_error(111, 2, 3, 3, 0, struct.pack("=HH4s8x", 2, 0, bytes([192, 0, 2, 1])))
    assert read_extended_error(v4) == Trouble(111, "192.0.2.1", (3, 3))
    v6 = extended_error(
        113, 3, 1, 0, 0, struct.pack("=HHI16sI", 10, 0, 0, b"\x20\x01\x0d\xb8" + bytes(11) + b"\x01", 0)
    )
    assert read_extended_error(v6) == Trouble(113, "2001:db8::1", (1, 0))
    too_big = extended_error(90, 2, 3, 4, 1400, struct.pack("=HH4s8x", 2, 0, bytes([192, 0, 2, 1])))
    assert (found := read_extended_error(too_big)) is not None
    assert found.mtu_bytes == 1400


@pytest.mark.parametrize(
    ("trouble", "final", "words"),
    [
        (Trouble(111, "192.0.2.9", (3, 3)), True, "the host itself says that nothing listens on this port"),
        (Trouble(111, "192.0.2.1", (3, 3)), True, "a router on the way says that nothing listens on this port"),
        (Trouble(113, "192.0.2.1", (3, 13)), True, "a router on the way forbids it: a firewall"),
        (Trouble(113, "192.0.2.1", (3, 1)), False, "a router on the way finds no way to the host"),
        (Trouble(113, "192.0.2.1", (11, 0)), False, "the packet went in a circle until a router gave it up"),
        (Trouble(111, "2001:db8::1", (1, 4)), True, "a router on the way says that nothing listens on this port"),
        (Trouble(13, "2001:db8::1", (1, 1)), True, "a router on the way forbids it: a firewall"),
        (Trouble(113, "2001:db8::1", (1, 0)), False, "a router on the way finds no way to the host"),
    ],
)
def test_an_icmp_error_says_who_refuses_and_whether_asking_again_is_useless(trouble, final, words):
    """Soft and hard errors: RFC 1122, 4.2.3.9; types and codes: RFC 792, RFC 1812, RFC 4443."""
    assert trouble.final is final
    assert datagrams.words(trouble, "192.0.2.9") == words


# --- anything at all ---


@pytest.mark.parametrize("kind", UDP_KINDS)
@given(reply=st.binary(max_size=600))
def test_arbitrary_bytes_are_no_answer(kind, reply):
    asked = question(kind, PORTS[kind], 0)
    assert reader(kind, PORTS[kind])(asked, reply) is None


WHOLE: dict[str, Callable[[bytes], bytes]] = {
    "openvpn-udp": openvpn_reply,
    "ikev2": lambda asked: notify_v2(asked, 5),
    "ikev1": lambda asked: notify_v2(asked, 14),
    "l2tp": lambda asked: l2tp_reply(asked, 2),
    "wireguard": lambda asked: b"\x03\0\0\0" + asked[4:8] + bytes(56),
}


@pytest.mark.parametrize("kind", UDP_KINDS)
@given(data=st.data())
def test_a_reply_that_is_bent_or_cut_never_ends_in_an_error(kind, data):
    asked = question(kind, PORTS[kind], 0)
    whole = WHOLE[kind](asked)
    bent = bytearray(whole)
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=6)):
        bent[at] = data.draw(st.integers(0, 255))
    cut = bytes(bent[: data.draw(st.integers(0, len(whole)))])
    said = reader(kind, PORTS[kind])(asked, cut)
    assert said is None or said.words.startswith("answers as ")
    if farewell := kinds.farewell(kind):
        farewell(asked, cut)


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda rest: b"HTTP/1.1 200 OK\r\n" + rest + b"\r\n\r\n"))
def test_arbitrary_answers_of_a_web_server_never_end_in_an_error(answer):
    assert web.is_sstp(answer) in {None, False}
    assert web.is_anyconnect(answer) in {None, False, True}


@given(st.binary(max_size=80))
def test_arbitrary_bytes_from_the_error_queue_never_end_in_an_error(data):
    trouble = read_extended_error(data)
    assert trouble is None or datagrams.words(trouble, "192.0.2.9")
