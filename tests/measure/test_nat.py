"""STUN and NAT: packets after the RFCs' own examples, behaviour against coturn behind the kernel's NAT."""

import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.measure import nat, stun
from remoteready.measure.nat import Mapping, mapping_of, nats
from remoteready.measure.stun import Binding
from tests.lab import netns, servers

VECTOR = bytes.fromhex(
    "0101003c 2112a442 b7e7a701 bc34d686fa87dfae 8022000b 74657374 20766563 746f7220"
    "00200008 0001a147 e112a643 00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004 c07d4c96"
)
"""RFC 5769, 2.2: the sample response of a server that sees 192.0.2.1, port 32853."""
VECTOR_V6 = bytes.fromhex(
    "01010048 2112a442 b7e7a701bc34d686fa87dfae 8022000b 7465737420766563746f7220"
    "00200014 0002a147 0113a9faa5d3f179bc25f4b5bed2b9d9 00080014 a382954e4be67bf11784c97c8292c275bfe3ed41"
    "80280004 c8fb0b4c"
)
"""RFC 5769, 2.3: 2001:db8:1234:5678:11:2233:4455:6677, port 32853."""


def asked(response: bytes) -> bytes:
    return stun.request()[:8] + response[8:20]


def test_the_sample_responses_of_rfc_5769_are_read():
    assert stun.read(asked(VECTOR), VECTOR) == Binding(("192.0.2.1", 32853), None)
    assert stun.read(asked(VECTOR_V6), VECTOR_V6) == Binding(("2001:db8:1234:5678:11:2233:4455:6677", 32853), None)


def test_a_request_is_20_bytes_with_the_magic_cookie():
    """RFC 8489, 5: type 0x0001, length 0, cookie 0x2112A442, a transaction of 96 bits."""
    assert stun.request()[:8] == bytes.fromhex("00010000 2112a442")
    assert len(stun.request()) == 20
    padded = stun.request(padding=1000)
    assert (len(padded), struct.unpack_from("!H", padded, 2)[0]) == (1020, 1000)


def test_the_second_address_of_a_server_is_read_by_its_new_and_its_old_name():
    """RFC 5780, 7.4: OTHER-ADDRESS is 0x802C, what RFC 3489 called CHANGED-ADDRESS is 0x0005."""
    for kind in (0x802C, 0x0005):
        body = VECTOR[20:] + struct.pack("!HH", kind, 8) + bytes([0, 1, 13, 150, 192, 0, 2, 7])
        response = VECTOR[:2] + struct.pack("!H", len(body)) + VECTOR[4:20] + body
        assert stun.read(asked(VECTOR), response) == Binding(("192.0.2.1", 32853), ("192.0.2.7", 3478))


def test_an_old_server_that_masks_nothing_is_understood():
    body = struct.pack("!HH", 0x0001, 8) + bytes([0, 1, 4, 210, 192, 0, 2, 1])
    response = VECTOR[:2] + struct.pack("!H", len(body)) + VECTOR[4:20] + body
    assert stun.read(asked(VECTOR), response) == Binding(("192.0.2.1", 1234), None)


def test_answers_to_others_errors_and_requests_are_no_answer():
    assert stun.read(stun.request(), VECTOR) is None
    assert stun.read(asked(VECTOR), b"\x01\x11" + VECTOR[2:]) is None
    assert stun.read(asked(VECTOR), asked(VECTOR)) is None
    assert stun.read(asked(VECTOR), VECTOR[:-1]) is None


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_never_an_error(reply):
    question = stun.request()
    assert stun.read(question, reply) is None
    head = b"\x01\x01" + struct.pack("!H", len(reply)) + question[4:20]
    found = stun.read(question, head + reply)
    assert found is None or 0 <= found.mapped[1] <= 65535


HERE, ONE, TWO, THREE = (("192.0.2.5", 5000), *(("203.0.113.1", port) for port in (5000, 5001, 5002)))


@pytest.mark.parametrize(
    ("mapped", "expected"),
    [
        ([HERE], Mapping.NONE),
        ([ONE, ONE], Mapping.ENDPOINT_INDEPENDENT),
        ([ONE, ONE, ONE], Mapping.ENDPOINT_INDEPENDENT),
        ([ONE, TWO, TWO], Mapping.ADDRESS_DEPENDENT),
        ([ONE, TWO, THREE], Mapping.ADDRESS_AND_PORT_DEPENDENT),
        ([ONE, TWO], Mapping.UNKNOWN),
        ([ONE], Mapping.UNKNOWN),
    ],
)
def test_the_mapping_is_told_as_rfc_5780_decides_it(mapped, expected):
    """RFC 5780, 4.3."""
    assert mapping_of(HERE, mapped)[0] is expected


PUBLIC = "203.0.113.9"


@pytest.mark.parametrize(
    ("local", "routers", "mapped", "count", "words"),
    [
        ("198.51.100.7", ["198.51.100.1"], "198.51.100.7", 0, "own address"),
        ("192.168.1.5", ["192.168.1.1", "9.9.9.9"], PUBLIC, 1, "the home router"),
        ("192.168.1.5", ["192.168.1.1", "100.72.0.1"], PUBLIC, 2, "among many customers"),
        ("100.72.0.5", ["100.72.0.1"], PUBLIC, 1, "among many customers"),
        ("192.168.1.5", ["192.168.1.1", "192.168.178.1"], PUBLIC, 2, "another one for homes"),
        ("192.168.1.5", ["192.168.1.1", "10.1.0.1"], PUBLIC, None, "a second router or the provider's"),
        ("192.168.1.5", ["192.168.1.1", None], PUBLIC, None, "not all known"),
        ("192.168.1.5", ["192.168.1.1", "9.9.9.9"], None, None, "not all known"),
        ("192.168.1.5", ["192.168.1.1", "9.9.9.9", "192.168.3.1"], PUBLIC, 1, "the home router"),
        ("2001:db8::5", ["2001:db8::1"], "2001:db8::77", None, "neither"),
    ],
)
def test_nats_in_a_row_are_counted_where_they_can_be_told(local, routers, mapped, count, words):
    found, why = nats(local, routers, mapped)
    assert found == count
    assert words in why


def test_through_a_tunnel_a_shared_address_says_nothing():
    assert nats("100.72.0.5", ["100.72.0.1"], PUBLIC, tunnel=True)[0] is None


def test_a_name_is_looked_up_and_timed_or_told_why_not():
    found = nat.resolve("localhost")
    assert set(found.addresses) & {"127.0.0.1", "::1"}
    assert (found.trouble, found.took_ms >= 0) == ("", True)
    assert nat.resolve("x" * 70 + ".example").addresses == ()
    assert nat.resolve("localhost", timeout_s=0).trouble in {"", "no answer within 0 s"}


# --- against coturn ---

MISSING = servers.missing("coturn", "nftables", "iproute2")
needs_lab = pytest.mark.skipif(bool(MISSING), reason=f"needs {MISSING}")
SERVER, SECOND = "10.77.1.2", "10.77.1.3"


@dataclass
class Lab:
    desk: netns.Room
    router: netns.Room

    def outside(self, **options: float) -> nat.Outside:
        return self.desk.call(nat.outside, SERVER, 3478, options.get("timeout_s", 5.0))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with netns.row("desk", "router", "server") as (desk, router, server):
        server.run("ip", "address", "add", f"{SECOND}/24", "dev", "left")
        servers.Gateway(server, tmp_path_factory.mktemp("coturn")).coturn(SERVER, SECOND)
        made, end = Lab(desk, router), time.monotonic() + 20
        while made.outside(timeout_s=0.2).mapping is Mapping.BLOCKED:
            assert time.monotonic() < end
            time.sleep(0.05)
        yield made


@needs_lab
@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("accept", Mapping.NONE),
        ("oifname right masquerade", Mapping.ENDPOINT_INDEPENDENT),
        ("oifname right masquerade random", Mapping.ADDRESS_AND_PORT_DEPENDENT),
        ("oifname right masquerade fully-random", Mapping.ADDRESS_AND_PORT_DEPENDENT),
    ],
)
def test_the_kernels_nat_is_told_right(lab, how, expected):
    lab.router.nft("nat hook postrouting", how)
    found = lab.outside()
    assert found.mapping is expected
    assert found.local == "10.77.0.1"
    assert found.mapped is not None
    assert found.mapped[0] == ("10.77.0.1" if expected is Mapping.NONE else "10.77.1.1")
    assert found.round_trip_ms is not None


@needs_lab
def test_a_server_whose_second_address_cannot_be_reached_leaves_the_mapping_unknown(lab):
    lab.router.nft("nat hook postrouting", "oifname right masquerade")
    lab.router.run(
        "nft", "table ip more {\nchain one {\ntype filter hook forward priority 0\nip daddr 10.77.1.3 drop\n}\n}"
    )
    found = lab.outside(timeout_s=0.4)
    assert (found.mapping, found.evidence) == (
        Mapping.UNKNOWN,
        "there is a NAT, but the STUN server cannot tell which: its second address does not answer",
    )


@needs_lab
def test_blocked_udp_no_route_and_no_name_are_told_apart(lab):
    lab.router.nft("filter hook forward", "udp dport 3478 drop")
    assert lab.outside(timeout_s=0.3).mapping is Mapping.BLOCKED
    assert "no route" in lab.desk.call(nat.outside, "203.0.113.9").evidence
    assert "name" in lab.desk.call(nat.outside, "stun.invalid").evidence
