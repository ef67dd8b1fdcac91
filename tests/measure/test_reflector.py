"""The reflector's answers: counted, bounded, never longer than the question; its sockets on the loopback."""

import random
import socket
import sys

import pytest

from remoteready.measure import site, stamp, udp
from remoteready.measure.reflector import Limits, Reflector
from tests.measure.lines import bound, serving

KEY = b"a shared key of the site"
SECOND = udp.SECOND_NS


def asked(data: bytes, host: str = "192.0.2.1", port: int = 40000, at_ns: int = 0, ttl: int = 60) -> udp.Datagram:
    return udp.Datagram(data, (host, port), at_ns, None, ttl, 0)


def question(number: int = 0, ssid: int = 1, size: int = 172, key: bytes | None = None) -> bytes:
    return stamp.request(number, 0, ssid, size, key)


def answer(reflector: Reflector, data: bytes, key: bytes | None = None, **how) -> stamp.Reply | None:
    back = reflector.answer(asked(data, **how), lambda: 5)
    return stamp.read_reply(back, key) if back else None


def turned(reflector: Reflector, number: int, **how) -> int:
    read = answer(reflector, question(number), **how)
    assert read
    return read.number


def test_answers_are_numbered_by_the_reflector_for_every_session():
    reflector = Reflector()
    assert [turned(reflector, number) for number in (0, 1, 5, 9)] == [0, 1, 2, 3]
    assert turned(reflector, 10, port=40001) == 0
    assert turned(reflector, 10, host="192.0.2.2") == 0
    other = answer(reflector, question(10, ssid=2))
    assert other
    assert other.number == 0


def test_a_session_that_was_silent_for_long_begins_anew():
    reflector = Reflector(limits=Limits(idle_s=30))
    assert turned(reflector, 0) == 0
    assert turned(reflector, 1, at_ns=29 * SECOND) == 1
    assert turned(reflector, 2, at_ns=60 * SECOND) == 0


def test_the_answer_says_how_far_the_question_had_come_and_how_many_there_were():
    read = answer(Reflector(), question(3), ttl=57, at_ns=4)
    assert read
    assert (read.ttl, read.received_ns, read.sent_ns, read.counters) == (57, 4, 5, stamp.Counters(1, 1))


def test_a_source_gets_no_more_than_its_share_and_the_next_answer_says_what_was_held_back():
    reflector = Reflector(limits=Limits(packets_per_second=50))
    answers = [answer(reflector, question(number)) for number in range(80)]
    assert sum(one is not None for one in answers) == 50
    assert turned(reflector, 80, at_ns=SECOND // 10) == 50
    assert turned(reflector, 80, host="192.0.2.2", at_ns=SECOND // 10) == 0
    later = answer(reflector, question(81), at_ns=SECOND // 10)
    assert later
    assert later.counters == stamp.Counters(82, 52)


def test_a_home_cannot_take_more_by_using_all_its_ipv6_addresses():
    reflector = Reflector(limits=Limits(packets_per_second=50))
    answers = [answer(reflector, question(), host=f"2001:db8::{number:x}") for number in range(80)]
    assert sum(one is not None for one in answers) == 50
    assert answer(reflector, question(), host="2001:db8:0:1::1")
    assert answer(reflector, question(), host="fe80::1%eth0")


def test_sessions_and_sources_are_bounded_and_room_comes_back():
    reflector = Reflector(limits=Limits(sessions=100, idle_s=30))
    for number in range(1000):
        answer(reflector, question(), host=f"192.0.{number // 256}.{number % 256}")
    assert reflector.sessions == reflector.sources == 100
    assert answer(reflector, question(), host="198.51.100.1") is None
    assert answer(reflector, question(), host="198.51.100.1", at_ns=31 * SECOND)
    assert reflector.sessions == 1


@pytest.mark.parametrize("port", [7, 19, 53, 862, 1023, 8762])
def test_no_conversation_with_a_service_or_another_reflector_can_be_forged(port):
    assert answer(Reflector(), question(), port=port) is None


def test_with_a_key_only_signed_questions_are_answered():
    reflector = Reflector(key=KEY)
    assert reflector.answer(asked(question()), lambda: 0) is None
    assert reflector.answer(asked(question(key=b"wrong key, sixteen bytes")), lambda: 0) is None
    assert answer(reflector, question(key=KEY), KEY)
    assert reflector.sessions == 1


@pytest.mark.parametrize("key", [None, KEY])
def test_a_hundred_thousand_strange_datagrams_crash_nothing_fill_nothing_and_get_no_long_answer(key):
    chance = random.Random(4)  # noqa: S311 – the same datagrams every time
    reflector = Reflector(key=key, limits=Limits(sessions=200))
    whole = [stamp.request(1, 0, 1, size, key) for size in (44, 112, 172, 1400)]
    for number in range(50_000 if key else 100_000):
        if number == 20_000:
            before = sys.getallocatedblocks()
        data = bytearray(chance.choice(whole))
        if number % 3 == 0:
            data = bytearray(chance.randbytes(chance.randrange(0, 200)))
        for _ in range(number % 5):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        data = data[: chance.randrange(len(data) + 1)] if number % 4 == 0 else data
        source = f"192.0.{chance.randrange(256)}.{chance.randrange(256)}"
        back = reflector.answer(asked(bytes(data), source, chance.randrange(65536), number * 1000), lambda: 0)
        assert back is None or len(back) == len(data)
    grown = sys.getallocatedblocks() - before
    assert reflector.sessions <= 200
    assert reflector.sources <= 200
    assert grown < 2000, "blocks of memory"


def test_a_datagram_larger_than_any_test_packet_is_not_answered():
    assert Reflector().answer(asked(question(size=3000)), lambda: 0) is None


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def test_answers_come_over_both_internet_protocols_with_the_mark_of_the_question(host, family):
    with serving(host=host) as port, udp.opened(family) as sock:
        sock.setblocking(True)
        sock.settimeout(5)
        sock.connect((host, port))
        clock = udp.Clock()
        sock.send(b"garbage")
        sock.send(stamp.request(0, clock.now_ns(), 9, 172))
        came = udp.receive(sock, clock)
    assert came
    read = stamp.read_reply(came.data)
    assert read
    assert (read.number, read.ssid, len(came.data)) == (0, 9, 172)
    if udp.LINUX:
        assert came.traffic_class == udp.EXPEDITED
        assert read.ttl == 64
        assert came.lag_ns is not None


@pytest.mark.skipif(not udp.LINUX, reason="needs Linux, where all of 127.0.0.0/8 is this computer")
def test_an_answer_leaves_from_the_address_that_was_asked():
    with serving(host=None) as port, udp.opened(socket.AF_INET) as sock:
        sock.setblocking(True)
        sock.settimeout(5)
        sock.connect(("127.0.0.2", port))  # so that only what comes from there is heard
        sock.send(question())
        assert stamp.read_reply(sock.recv(2048))


def test_a_port_in_use_is_an_error_and_leaves_no_socket_behind():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken,
        pytest.raises(OSError, match="in use"),
        site.opened(bound(taken), "127.0.0.1", Reflector(), None),
    ):
        pass


@pytest.mark.parametrize("key", [None, KEY])
def test_an_answer_is_never_answered_so_two_reflectors_do_not_talk_to_each_other(key):
    now_ns = 1_795_000_000 * SECOND
    one, other = Reflector(key, port=8762), Reflector(key, port=9000)
    back = one.answer(asked(stamp.request(1, now_ns, 7, 200, key), at_ns=now_ns), lambda: now_ns + 1000)
    assert back is not None
    assert other.answer(asked(back, port=8762, at_ns=now_ns), lambda: now_ns + 2000) is None


def test_one_source_leaves_room_for_others_and_single_packets_make_way():
    reflector = Reflector(limits=Limits(sessions=200, sessions_each=50, packets_per_second=500))
    answers = [answer(reflector, question(ssid=ssid), host="192.0.2.9") for ssid in range(1, 301)]
    assert sum(one is not None for one in answers) == 50
    for last in range(1, 190):
        assert answer(reflector, question(), host=f"198.51.100.{last}") is not None
    assert reflector.sessions <= 200
