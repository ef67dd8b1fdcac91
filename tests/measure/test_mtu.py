"""The path MTU against real gateways: whole, told by a router, and black-holed."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.measure import mtu
from remoteready.measure.mtu import SIZES, Fate, PathMtu, from_ladder, padded_question
from tests.lab import netns, servers

A, T, L = Fate.ARRIVED, Fate.TOLD, Fate.LOST


@pytest.mark.parametrize(
    ("fates", "told_bytes", "largest_bytes", "black_hole"),
    [
        ({1280: A, 1400: A, 1500: A}, 0, 1500, False),
        ({1280: A, 1400: A, 1500: L}, 0, 1400, True),
        ({1280: A, 1400: A, 1500: T}, 1454, 1454, False),
        ({1280: A, 1400: L, 1500: T}, 1480, 1280, True),
        ({1280: A, 1400: T, 1500: T}, 0, 1280, False),
        ({1280: L, 1400: A, 1500: L}, 0, 1400, None),
        ({1280: L, 1400: L, 1500: L}, 0, None, None),
        ({1280: L, 1400: T, 1500: T}, 1380, 1380, False),
    ],
)
def test_a_ladder_tells_the_largest_size_and_whether_larger_ones_vanish(fates, told_bytes, largest_bytes, black_hole):
    found = from_ladder(fates, told_bytes)
    assert (found.largest_bytes, found.black_hole) == (largest_bytes, black_hole)


@given(st.dictionaries(st.sampled_from(SIZES), st.sampled_from(Fate)), st.integers(min_value=0, max_value=1500))
def test_a_black_hole_is_only_where_the_next_larger_size_was_lost(fates, told_bytes):
    found = from_ladder(fates, told_bytes)
    if found.black_hole:
        assert found.largest_bytes is not None
        assert fates[found.largest_bytes] is A
        assert min((size, fate) for size, fate in fates.items() if size > found.largest_bytes)[1] is L


@pytest.mark.parametrize("port", [500, 4500])
@pytest.mark.parametrize("kind", ["openvpn-udp", "ikev2", "l2tp", "stun", "wireguard", "ikev1"])
def test_a_padded_question_fills_its_size_exactly(kind, port):
    for size in SIZES:
        assert len(padded_question(kind, port, size - 28)) == size - 28


MISSING = servers.missing()
needs_lab = pytest.mark.skipif(bool(MISSING), reason=f"needs {MISSING}")


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[netns.Room]]:
    with netns.row("desk", "router", "far", "gateway") as made:
        gateway = servers.Gateway(made[-1], tmp_path_factory.mktemp("gateway"))
        gateway.openvpn(1194)
        gateway.openvpn(1194, protocol="tcp")
        gateway.charon()
        gateway.xl2tpd()
        gateway.coturn(made[-1].left)
        end = time.monotonic() + 20
        while any(found(made, port, kind).largest_bytes is None for port, kind in PORTS):
            assert time.monotonic() < end
            time.sleep(0.1)
        yield made


PORTS = [
    *((1194, "openvpn-udp"), (1194, "openvpn-tcp"), (500, "ikev2"), (4500, "ikev2"), (1701, "l2tp"), (3478, "stun")),
]


def found(rooms: list[netns.Room], port: int, kind: str, timeout_s: float = 1.2) -> PathMtu:
    return rooms[0].call(mtu.path_mtu, rooms[-1].left, port, kind, timeout_s)


@pytest.fixture
def narrow(rooms: list[netns.Room]) -> Iterator[netns.Room]:
    """Makes the middle cable carry 1400 bytes; gives the router before it."""
    ends = [(rooms[1], "right"), (rooms[2], "left")]
    for room, cable in ends:
        room.run("ip", "link", "set", cable, "mtu", "1400")
    yield rooms[1]
    for room, cable in ends:
        room.run("ip", "link", "set", cable, "mtu", "1500")
    rooms[1].run("nft", "flush ruleset")
    rooms[0].run("ip", "route", "flush", "cache")


@needs_lab
@pytest.mark.parametrize(("port", "kind"), PORTS)
def test_a_whole_path_carries_1500_bytes(rooms, port, kind):
    assert found(rooms, port, kind) == PathMtu(1500, False, "packets of 1500 bytes arrive")


@needs_lab
@pytest.mark.parametrize(("port", "kind"), PORTS)
def test_a_router_that_says_how_much_it_carries_makes_no_black_hole(rooms, narrow, port, kind):
    seen = found(rooms, port, kind)
    assert (seen.largest_bytes, seen.black_hole) == (1400, False)


@needs_lab
@pytest.mark.parametrize(("port", "kind"), PORTS[:3])
def test_a_router_that_keeps_silent_is_a_black_hole(rooms, narrow, port, kind):
    narrow.nft("filter hook output", "icmp type destination-unreachable drop")
    assert found(rooms, port, kind) == PathMtu(
        1400, True, "packets of 1400 bytes arrive, those of 1420 and more vanish without a word"
    )


@needs_lab
def test_the_own_links_limit_is_no_black_hole(rooms):
    rooms[0].run("ip", "link", "set", "right", "mtu", "1360")
    try:
        for port, kind in ((500, "ikev2"), (1194, "openvpn-tcp")):
            seen = found(rooms, port, kind)
            assert (seen.largest_bytes, seen.black_hole) == (1360, False)
    finally:
        rooms[0].run("ip", "link", "set", "right", "mtu", "1500")


@needs_lab
def test_what_never_answers_and_what_refuses_tell_nothing(rooms):
    assert found(rooms, 51820, "wireguard").evidence == (
        "could not be told: the host itself says that nothing listens on this port"
    )
    assert found(rooms, 1194, "ikev2", 0.5).largest_bytes is None
    assert found(rooms, 81, "tcp").evidence == "could not be told: the port is refused"
    assert rooms[0].call(mtu.path_mtu, "203.0.113.9", 500, "ikev2").evidence.endswith("no route to it")
    assert rooms[0].call(mtu.path_mtu, "vpn.invalid", 500, "ikev2").evidence in netns.NO_NAME
