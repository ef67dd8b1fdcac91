"""The guilty leg: named where it begins, in each of its places; never a router that only answers badly itself."""

import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.measure import hops
from remoteready.measure.legs import HERE, Guilt, Leg, Tolerance, Waypoint, guilty_leg
from tests.lab import netns, servers

NAMES = ("your router", "router 2", "router 3", "the VPN gateway", "desk.example.com")
LEGS = [Leg(start, end) for start, end in zip((HERE, *NAMES), NAMES, strict=False)]
PACKETS = 100


def way(
    *,
    loss: Callable[[int], float] = lambda place: 0.0,
    delay_ms: Callable[[int], float] = lambda place: 5.0 * (place + 1),
    variation_ms: Callable[[int], float] = lambda place: 1.0,
    packets: int = PACKETS,
    seed: int = 1,
) -> list[Waypoint]:
    """Places whose packets are lost and delayed as told, by place on the way."""
    chance = random.Random(seed)  # noqa: S311 – a lab

    def took(place: int) -> float | None:
        if chance.random() < loss(place):
            return None
        return delay_ms(place) + chance.random() * variation_ms(place)

    return [Waypoint(name, tuple(took(place) for _ in range(packets))) for place, name in enumerate(NAMES)]


@pytest.mark.parametrize("guilty", range(len(NAMES)))
@pytest.mark.parametrize("seed", range(5))
def test_loss_is_laid_to_the_leg_where_it_begins(guilty, seed):
    found = guilty_leg(way(loss=lambda place: 0.2 if place >= guilty else 0.0, seed=seed))
    assert found.leg == LEGS[guilty]
    assert found.evidence.startswith(f"Packets are lost between {LEGS[guilty].start} and {LEGS[guilty].end}: ")


@pytest.mark.parametrize("guilty", range(len(NAMES)))
def test_variation_is_laid_to_the_leg_where_it_begins(guilty):
    found = guilty_leg(way(variation_ms=lambda place: 80.0 if place >= guilty else 2.0))
    assert found.leg == LEGS[guilty]
    assert found.evidence.startswith("The delay varies between ")


@pytest.mark.parametrize("guilty", range(len(NAMES)))
def test_delay_is_laid_to_the_leg_where_it_begins(guilty):
    found = guilty_leg(way(delay_ms=lambda place: 400.0 if place >= guilty else 10.0))
    assert found.leg == LEGS[guilty]
    assert found.evidence.startswith("The delay arises between ")


def test_the_sentence_has_the_numbers_before_and_beyond():
    before, beyond = (None,) * 0 + (5.0,) * 100, (None,) * 7 + (20.0,) * 93
    found = guilty_leg([Waypoint("your router", before), Waypoint("router 2", beyond), Waypoint("the desk", beyond)])
    assert found == Guilt(
        Leg("your router", "router 2"),
        "Packets are lost between your router and router 2: 0 of 100 before, 7 of 100 from there on to the desk.",
    )


@pytest.mark.parametrize("innocent", range(len(NAMES) - 1))
def test_a_router_that_only_drops_or_delays_its_own_answers_is_innocent(innocent):
    deaf = guilty_leg(way(loss=lambda place: 0.6 if place == innocent else 0.0))
    slow = guilty_leg(way(delay_ms=lambda place: 700.0 if place == innocent else 20.0))
    uneven = guilty_leg(way(variation_ms=lambda place: 300.0 if place == innocent else 2.0))
    assert [one.fine for one in (deaf, slow, uneven)] == [True, True, True]


@pytest.mark.parametrize("innocent", range(3))
def test_an_innocent_router_does_not_hide_the_guilty_leg_beyond_it(innocent):
    found = guilty_leg(way(loss=lambda place: 0.7 if place == innocent else 0.25 if place >= 4 else 0.0))
    assert found.leg == LEGS[4]


def test_a_router_that_never_answers_widens_the_leg_over_it():
    found = guilty_leg(way(loss=lambda place: 1.0 if place == 2 else 0.2 if place >= 2 else 0.0))
    assert found.leg == Leg("router 2", "the VPN gateway")


def test_delay_that_every_leg_adds_to_is_no_legs_fault():
    found = guilty_leg(way(delay_ms=lambda place: 80.0 * (place + 1)))
    assert found.leg is None
    assert not found.fine
    assert found.evidence.endswith("but on no single leg of it.")


def test_loss_too_small_to_place_is_not_placed():
    samples = [(None, *[5.0] * 29), (None, *[5.0] * 29), (None, None, None, *[5.0] * 27)]
    found = guilty_leg([Waypoint(name, took) for name, took in zip(NAMES, samples, strict=False)])
    assert (found.leg, found.evidence) == (None, "3 of 30 packets to router 3 are lost, too few to tell where.")


def test_one_lost_packet_is_no_loss():
    found = guilty_leg([Waypoint("the desk", (None, *[5.0] * 49))])
    assert found.fine
    assert "1 of 50 packets lost" in found.evidence


def test_a_silent_target_and_too_few_packets_are_said_to_tell_nothing():
    assert guilty_leg([Waypoint("the desk", (None,) * 50)]).evidence == (
        "the desk does not answer these packets, so the way to it cannot be judged."
    )
    assert guilty_leg([Waypoint("the desk", (5.0,) * 5)]).evidence.startswith("Only 5 packets were sent to the desk")


def test_a_stricter_tolerance_finds_what_a_call_would_bear():
    assert guilty_leg(way(variation_ms=lambda place: 20.0)).fine
    assert guilty_leg(way(variation_ms=lambda place: 20.0), Tolerance(variation_ms=10)).leg == LEGS[0]


@given(
    st.lists(
        st.lists(st.none() | st.floats(min_value=0.01, max_value=5000), max_size=60).map(tuple), min_size=1, max_size=6
    )
)
def test_any_samples_at_all_name_a_leg_between_two_places_or_none(samples):
    waypoints = [Waypoint(f"place {number}", took) for number, took in enumerate(samples)]
    found = guilty_leg(waypoints)
    names = [HERE, *(one.name for one in waypoints)]
    assert found.evidence.endswith(".")
    if found.leg:
        assert names.index(found.leg.start) < names.index(found.leg.end)
        assert not found.fine


# --- a row of real routers ---

MISSING = servers.missing("nftables", "iproute2", "xl2tpd")
needs_lab = pytest.mark.skipif(bool(MISSING), reason=f"needs {MISSING}")


@pytest.fixture(scope="module")
def rooms() -> Iterator[list[netns.Room]]:
    with netns.row("desk", "home", "provider", "site") as made:
        made[0].run("sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
        yield made


def surveyed(rooms: list[netns.Room], count: int = 60, **options: object) -> hops.Survey:
    def survey() -> hops.Survey:
        return hops.survey(rooms[-1].left, 443, count=count, interval_s=0.02, patience_s=0.4, **options)  # type: ignore[arg-type]

    return rooms[0].call(survey)


@needs_lab
@pytest.mark.parametrize("guilty", [1, 2, 3])
def test_the_leg_that_loses_packets_is_found_among_real_routers(rooms, guilty):
    rooms[guilty].nft("filter hook prerouting", "iifname left numgen inc mod 7 == 0 drop")
    try:
        survey = surveyed(rooms, count=100)
    finally:
        rooms[guilty].run("nft", "flush ruleset")
    names = [HERE, *(one.name for one in survey.waypoints)]
    found = guilty_leg(survey.waypoints)
    assert found.leg is not None
    assert (found.leg.start, found.leg.end) == (names[guilty - 1], names[guilty])


@needs_lab
def test_a_real_router_that_drops_echoes_is_asked_otherwise_and_is_innocent(rooms):
    rooms[2].nft("filter hook input", "ip protocol icmp drop")
    rooms[3].nft("filter hook input", "ip protocol icmp drop")
    try:
        survey = surveyed(rooms)
    finally:
        rooms[2].run("nft", "flush ruleset")
        rooms[3].run("nft", "flush ruleset")
    assert [(one.name, one.address) for one in survey.waypoints] == [
        ("your router", "10.77.0.2"),
        ("router 2", "10.77.1.2"),
        ("10.77.2.2", "10.77.2.2"),
    ]
    assert [one.sent for one in survey.waypoints] == [60, 2, 3]  # echoes; expiring packets and connections are seldom
    assert all(one.lost == 0 for one in survey.waypoints)


@needs_lab
def test_where_programs_may_not_send_echoes_the_way_is_asked_without(rooms):
    rooms[0].run("sysctl", "-qw", "net.ipv4.ping_group_range=1 0")
    try:
        survey = surveyed(rooms)
    finally:
        rooms[0].run("sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
    assert [(one.sent, one.lost) for one in survey.waypoints] == [(2, 0), (2, 0), (3, 0)]


@needs_lab
def test_a_vpn_gateway_on_the_way_is_asked_by_its_own_protocol(rooms, tmp_path):
    gateway = servers.Gateway(rooms[2], tmp_path)
    process = gateway.xl2tpd()
    try:
        survey = surveyed(rooms, count=30, gateway=(rooms[2].left, 1701, "l2tp"))
    finally:
        netns.stop(process)
        rooms[2].started.remove(process)
    assert [one.name for one in survey.waypoints] == ["your router", "the VPN gateway", "10.77.2.2"]
    assert [one.lost for one in survey.waypoints] == [0, 0, 0]


@needs_lab
def test_no_route_and_no_name_are_told_as_such(rooms):
    assert rooms[0].call(hops.survey, "203.0.113.9", 443).unknown == "this computer has no route to it"
    assert rooms[0].call(hops.survey, "desk.invalid", 443).unknown in netns.NO_NAME
