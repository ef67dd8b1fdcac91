"""Round trips without a reflector, and two measurements side by side."""

import socket
import threading
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.measure import hops, stun, trips
from remoteready.measure.askers import Asking, Connecting
from remoteready.measure.comparison import INSTEAD, compare
from remoteready.measure.legs import Waypoint
from remoteready.measure.surroundings import Route, judged
from remoteready.measure.target import Target
from tests.measure.lines import adsl, firewalled, free_port, outside_the_vpn, through_the_vpn

took = st.none() | st.floats(min_value=0.001, max_value=1000)


def test_round_trips_are_summed_up_as_median_and_95_percent():
    found = trips.summary("site.example.com", trips.ICMP, [*map(float, range(1, 20)), None])
    assert (found.sent, found.answered) == (20, 19)
    assert found.loss_ratio == pytest.approx(0.05)
    assert found.median_ms == 10
    assert found.p95_ms is not None
    assert 18 <= found.p95_ms <= 19


@given(st.lists(took, min_size=1, max_size=60), st.sampled_from([trips.STUN, trips.ICMP, trips.TCP]))
def test_any_round_trips_are_summed_up_and_tcp_never_has_a_loss(samples, method):
    found = trips.summary("site.example.com", method, samples)
    known = [one for one in samples if one is not None]
    assert (found.sent, found.answered) == (len(samples), len(known))
    if not known:
        assert (found.median_ms, found.loss_ratio, found.unknown) == (None, None, "site.example.com stopped answering")
        return
    assert found.median_ms is not None
    assert found.p95_ms is not None
    assert min(known) <= found.median_ms <= found.p95_ms <= max(known)
    assert (found.loss_ratio is None) == (method == trips.TCP)


def test_an_answer_that_comes_too_late_counts_as_lost():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)

        def answer() -> None:
            for pause_s in (0.0, 0.3):
                packet, asker = server.recvfrom(2048)
                time.sleep(pause_s)
                mapped = b"\x00\x20\x00\x08\x00\x01" + bytes(6)
                server.sendto(b"\x01\x01\x00\x0c" + packet[4:20] + mapped, asker)

        thread = threading.Thread(target=answer)
        thread.start()
        asking = Asking(socket.AF_INET, server.getsockname(), stun.request, stun.read)
        first, second, _ = hops.rounds([asking], 3, 0.25, patience_s=0.2)[0]
        thread.join(5)
        hops.close([asking])
    assert first is not None
    assert second is None


def test_a_refused_connection_has_been_there_and_back():
    asker = Connecting(socket.AF_INET, ("127.0.0.1", free_port()))
    assert hops.rounds([asker], 1, 0.1)[0][0] is not None
    hops.close([asker])


def test_without_any_way_to_a_host_there_is_a_reason():
    assert trips.measure([], 2).unknown == "this computer has no way to it"


def test_a_name_without_an_address_is_an_error_of_the_name():
    with pytest.raises(OSError, match=r"\w"):
        trips.ways_to(Target("nosuch.invalid", 8762))


def test_what_one_of_two_measurements_could_not_tell_is_unknown_in_their_difference():
    both = compare(outside_the_vpn(), firewalled())
    assert both.switched is True
    assert {one.second for one in both.differences} == {one.change for one in both.differences} == {None}


def test_the_same_way_twice_is_told_and_every_difference_is_the_seconds_more():
    twice = compare(through_the_vpn(), through_the_vpn())
    assert twice.switched is False
    assert {one.change for one in twice.differences} == {0}
    both = compare(outside_the_vpn(), through_the_vpn())
    for one in both.differences:
        assert one.first is not None
        assert one.second is not None
        assert one.change == one.second - one.first
    assert compare(adsl(), through_the_vpn()).switched is None


def test_plain_round_trips_are_compared_only_with_those_of_the_same_method():
    silent = firewalled()
    by_tcp = trips.summary("site.example.com", trips.TCP, (50.0,) * 10)
    other = replace(silent, round_trips=by_tcp, route=Route("none"))
    assert [one.name for one in compare(silent, silent).differences] == [INSTEAD]
    assert compare(silent, other).differences == ()


def test_a_place_that_never_answers_has_no_times():
    last = judged([Waypoint("site.example.com", (None,) * 20)]).places[-1]
    assert (last.lost, last.median_ms, last.variation_ms) == (20, None, None)
