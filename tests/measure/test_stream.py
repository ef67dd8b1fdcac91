"""The sender on the loopback: against the real reflector, and against far ends that lose, lie, garble and stop."""

import random
import socket
import sys
import time
from collections.abc import Callable

import pytest

from remoteready.formulas.emodel import CODECS
from remoteready.measure import quality, stamp, udp
from remoteready.measure.stream import CLOSING, Sender, Stream
from remoteready.measure.ways import take_apart
from tests.measure.lines import Mangle, far_end

KEY = b"a shared key of the site"
Send = Callable[[bytes], None]


def seen(port: int, seconds: float = 0.6, key: bytes | None = None, codec: str = "g711") -> Stream:
    return Sender(("127.0.0.1", port), socket.AF_INET, CODECS[codec], seconds, key).run()


def honest(question: bytes, answer: bytes, send: Send) -> None:
    send(answer)


def through(mangle: Mangle, seconds: float = 0.6) -> Stream:
    with far_end(mangle) as port:
        return seen(port, seconds)


def number(question: bytes) -> int:
    return int.from_bytes(question[:4], "big")


@pytest.mark.parametrize("key", [None, KEY])
def test_every_packet_comes_back_from_the_real_reflector(key):
    with far_end(honest, key) as port:
        stream = seen(port, key=key)
    assert stream.counted == 30
    assert len(stream.sent_ns) == 30 + CLOSING
    assert [echo.number for echo in stream.echoes] == [echo.turned for echo in stream.echoes] == list(range(40))
    assert stream.packet_bytes == 172
    last = stream.echoes[-1].counters
    assert last == stamp.Counters(40, 40)
    assert (stream.foreign, stream.skipped, stream.error) == (0, 0, "")
    phase = quality.phase("idle", stream, take_apart(stream), 0, stream.counted)
    assert phase.up.loss
    assert phase.up.loss.lost == 0
    assert 0 <= (phase.round_trip_min_ms or -1) < 50


@pytest.mark.parametrize("key", [None, KEY])
def test_a_hundred_thousand_strange_answers_crash_nothing_and_fill_nothing(key):
    """Made of true answers: cut, lengthened, repeated, changed in places; and of nothing at all."""
    answers: list[bytes] = []

    def keep(question: bytes, answer: bytes, send: Send) -> None:
        answers.append(answer)
        send(answer)

    chance = random.Random(5)  # noqa: S311 – the same datagrams every time
    with far_end(keep, key) as port:
        sender = Sender(("127.0.0.1", port), socket.AF_INET, CODECS["g711"], 0.5, key)
        sender.run()
    true = sender.answered
    for turn in range(100_000):
        if turn == 20_000:
            before = sys.getallocatedblocks()
        data = bytearray(chance.choice(answers) if turn % 3 else chance.randbytes(chance.randrange(200)))
        for _ in range(turn % 4):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        data = data[: chance.randrange(len(data) + 1)] if turn % 5 == 0 else data + bytes(turn % 7)
        sender.take(udp.Datagram(bytes(data), ("127.0.0.1", 1), sender.clock.now_ns(), None, 0, 0))
    grown = sys.getallocatedblocks() - before
    assert sender.answered <= 4 * sender.sent + 100, "copies of true answers are kept, but not for ever"
    assert sender.answered > true
    assert grown < 2000, "blocks of memory"


@pytest.mark.parametrize(("codec", "size", "packets"), [("g711", 172, 30), ("g729a", 44, 30), ("g723.1", 44, 20)])
def test_packets_have_the_size_and_the_rate_of_the_codec(codec, size, packets):
    with far_end(honest) as port:
        stream = seen(port, codec=codec)
    assert stream.counted == packets
    assert stream.packet_bytes == size
    gaps = [after - before for before, after in zip(stream.sent_ns, stream.sent_ns[1:packets], strict=False)]
    assert sum(gaps) / len(gaps) == pytest.approx(CODECS[codec].ptime_ms * 1e6, rel=0.1)


def test_answers_that_are_lost_are_lost_on_the_way_back():
    stream = through(lambda question, answer, send: None if number(question) in (7, 8, 25) else send(answer))
    ways = take_apart(stream)
    assert [place for place, carried in enumerate(ways.down.carried) if carried is False] == [7, 8, 25]
    assert False not in ways.up.carried


def test_garbage_and_answers_to_others_are_counted_and_change_nothing():
    chance = random.Random(5)  # noqa: S311 – the same garbage every time

    def mangle(question: bytes, answer: bytes, send: Send) -> None:
        send(chance.randbytes(chance.randrange(200)))
        send(answer[:14] + b"\xff\xff" + answer[16:])  # another session
        send(answer[:24] + (number(question) + 1000).to_bytes(4, "big") + answer[28:])  # never asked
        send(answer[:28] + b"\0" + answer[29:])  # another time
        send(answer[:16] + b"\xff" * 8 + answer[24:])  # arrived after it left
        send(answer)

    stream = through(mangle)
    assert stream.foreign == 5 * 40
    assert len(stream.echoes) == 40
    assert quality.partial(stream) == ""


def test_answers_that_are_not_signed_are_nobodys():
    with far_end(honest) as port:
        stream = seen(port, seconds=0.2, key=KEY)
    assert stream.foreign > 0
    assert stream.echoes == ()


def test_answers_that_come_again_and_again_fill_nothing():
    def mangle(question: bytes, answer: bytes, send: Send) -> None:
        for _ in range(50):
            send(answer)

    stream = through(mangle, 0.5)
    assert len(stream.echoes) <= 4 * len(stream.sent_ns) + 100


def test_a_far_end_that_stops_half_way_gives_a_partial_result():
    stream = through(lambda question, answer, send: send(answer) if number(question) < 20 else None)
    assert quality.partial(stream).startswith("the far end stopped answering after 0.4 s")


def test_answers_that_come_late_are_waited_for():
    held: list[bytes] = []

    def mangle(question: bytes, answer: bytes, send: Send) -> None:
        held.append(answer)
        while len(held) > 10 or (held and number(question) >= 39):
            send(held.pop(0))

    stream = through(mangle)
    assert len({echo.number for echo in stream.echoes}) == 40


def test_a_port_where_nobody_listens_is_told_at_once_and_silence_soon():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        silent = seen(port, seconds=30)
    refused = seen(port, seconds=30)
    assert (silent.echoes, silent.error) == ((), "")
    assert (refused.echoes, refused.error) == ((), "connection refused")
    assert len(refused.sent_ns) < 50 < len(silent.sent_ns) < 300


def test_a_stream_that_is_ended_early_ends_in_order():
    with far_end(honest) as port:
        sender = Sender(("127.0.0.1", port), socket.AF_INET, CODECS["g711"], 60)
        stream = sender.run(lambda: sender.finish.set() if sender.sent == 20 else None)
    assert stream.counted == 20
    assert len(stream.sent_ns) == 20 + CLOSING
    assert quality.partial(stream) == ""


def test_a_far_clock_that_is_years_ahead_changes_no_delay():
    with far_end(honest, clock=udp.Clock(ahead_ns=10**17)) as port:
        stream = seen(port)
    ways = take_apart(stream)
    phase = quality.phase("idle", stream, ways, 0, stream.counted)
    assert phase.up.variation
    assert phase.up.variation.pdv_p50_ms < 50
    assert 0 <= (phase.round_trip_min_ms or -1) < 50


def test_a_clock_runs_forward_and_knows_that_the_computer_was_awake():
    clock = udp.Clock()
    before = clock.now_ns()
    assert 0 <= clock.now_ns() - before < 10**9
    assert clock.slept_s() < 0.1
    arrived, lag = clock.arrival_ns(time.time_ns() - 10**8)
    assert lag >= 10**8
    assert arrived < clock.now_ns() - 10**8 + 10**7
    for impossible in (time.time_ns() + 10**9, 0):  # the clock was set in between
        assert clock.arrival_ns(impossible)[1] == 0
