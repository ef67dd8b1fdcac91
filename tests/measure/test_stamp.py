"""STAMP packets: the layouts of RFC 8762 and RFC 8972 byte by byte, and what must hold for any bytes."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.measure import stamp

KEY = b"a shared key of the site"
NOON_NS = 1_795_348_800_123_456_789
keys = st.sampled_from([None, KEY])
moments = st.integers(min_value=0, max_value=4_000_000_000 * stamp.NS)
sizes = st.integers(min_value=0, max_value=1500)
numbers = st.integers(min_value=0, max_value=2**32 - 1)
shorts = st.integers(min_value=0, max_value=2**16 - 1)


def answered(data: bytes, key: bytes | None = None, **changed: int) -> bytes:
    asked = stamp.read_request(data, key)
    assert asked
    fields = {"number": 7, "received_ns": NOON_NS + 1, "sent_ns": NOON_NS + 2, "ttl": 57, **changed}
    return stamp.reply(data, asked, counters=stamp.Counters(9, 8), key=key, **fields)


def test_an_unauthenticated_request_has_the_layout_of_rfc_8762_section_4_2_1():
    data = stamp.request(5, NOON_NS, 0xABCD, 44)
    assert len(data) == 44
    assert data[:4] == b"\0\0\0\5"
    assert int.from_bytes(data[4:8], "big") == NOON_NS // 10**9 + 2_208_988_800
    assert data[12:14] == b"\x20\x01"
    assert data[14:16] == b"\xab\xcd"
    assert data[16:] == bytes(28)


def test_an_unauthenticated_answer_has_the_layout_of_rfc_8762_section_4_3_1():
    data = stamp.request(5, NOON_NS, 0xABCD, 44)
    back = answered(data)
    assert back[:4] == b"\0\0\0\7"
    assert back[4:12] == stamp.stamp(NOON_NS + 2).to_bytes(8, "big")
    assert back[14:16] == b"\xab\xcd"
    assert back[16:24] == stamp.stamp(NOON_NS + 1).to_bytes(8, "big")
    assert back[24:38] == data[:14]  # number, time and error estimate of the sender
    assert back[38:40] == bytes(2)
    assert back[40] == 57
    assert back[41:] == bytes(3)


def test_authenticated_packets_have_the_layout_of_rfc_8762_and_are_signed():
    data = stamp.request(5, NOON_NS, 0xABCD, 112, KEY)
    assert len(data) == 112
    assert (data[:4], data[4:16], data[26:28], data[28:96]) == (b"\0\0\0\5", bytes(12), b"\xab\xcd", bytes(68))
    assert data[96:] == hmac.digest(KEY, data[:96], "sha256")[:16]
    back = answered(data, KEY)
    assert back[:4] == b"\0\0\0\7"
    assert back[16:24] == stamp.stamp(NOON_NS + 2).to_bytes(8, "big")
    assert back[32:40] == stamp.stamp(NOON_NS + 1).to_bytes(8, "big")
    assert back[48:52] == b"\0\0\0\5"
    assert back[64:74] == data[16:26]
    assert back[80] == 57
    assert back[96:112] == hmac.digest(KEY, back[:96], "sha256")[:16]


def test_a_voice_packet_asks_for_counters_and_is_padded_to_the_size_of_the_codec():
    data = stamp.request(5, NOON_NS, 1, 172)
    assert len(data) == 172
    assert data[44:60] == bytes.fromhex("8005000c 00000006 00000000 00000000")
    assert data[60:64] == bytes.fromhex("8001006c")
    back = answered(data)
    assert back[44:60] == bytes.fromhex("0005000c 00000006 00000009 00000008")
    assert back[60:] == bytes.fromhex("0001006c") + bytes(108)


def test_authenticated_extensions_are_signed_both_ways():
    data = stamp.request(5, NOON_NS, 1, 172, KEY)
    assert len(data) == 172
    assert data[128:132] == bytes.fromhex("80080010")
    assert data[132:148] == hmac.digest(KEY, data[:4] + data[112:128], "sha256")[:16]
    read = stamp.read_reply(answered(data, KEY), KEY)
    assert read
    assert read.counters == stamp.Counters(9, 8)


def test_counters_that_someone_changed_on_the_way_are_not_believed():
    back = bytearray(answered(stamp.request(5, NOON_NS, 1, 172, KEY), KEY))
    back[123] ^= 1
    read = stamp.read_reply(bytes(back), KEY)
    assert read
    assert read.counters is None


def test_extensions_that_are_not_signed_go_back_marked_as_not_trusted():
    data = stamp.request(5, NOON_NS, 1, 112, KEY) + bytes.fromhex("8005000c") + bytes(12)
    back = answered(data, KEY)
    assert back[112] == stamp.UNRECOGNISED | stamp.UNTRUSTED
    assert back[116:] == bytes(12)


@pytest.mark.parametrize(
    ("asked", "back"),
    [
        ("80020000", "80020000"),  # Location: not understood
        ("00630002 beef", "80630002 beef"),  # no such type
        ("80050004 00000000", "40050004 00000000"),  # counters of the wrong length
        ("80010009 00", "40010009 00"),  # longer than the packet
        ("800100", "800100"),  # not even a header
        ("80010000 8001", "00010000 8001"),
    ],
)
def test_extensions_go_back_with_the_flags_of_rfc_8972_section_4(asked, back):
    data = stamp.request(0, NOON_NS, 1, 44) + bytes.fromhex(asked)
    assert answered(data)[44:].hex() == back.replace(" ", "")


def test_a_twamp_light_packet_with_plain_padding_is_answered():
    data = b"\0\0\0\3" + stamp.stamp(NOON_NS).to_bytes(8, "big") + b"\x80\x01" + bytes(86)  # RFC 5357: 14 + padding
    read = stamp.read_reply(answered(data))
    assert read
    assert (read.request_number, read.request_stamp, read.ssid) == (3, stamp.stamp(NOON_NS), 0)


def test_a_twamp_light_answer_is_read_though_its_padding_is_no_extension():
    back = answered(stamp.request(5, NOON_NS, 0, 44))[:41] + b"\x5a" * 131
    read = stamp.read_reply(back)
    assert read
    assert (read.number, read.request_number, read.counters) == (7, 5, None)


def test_times_of_a_reflector_with_a_ptp_clock_are_read():
    back = bytearray(answered(stamp.request(5, NOON_NS, 0, 44)))
    seconds, rest = divmod(NOON_NS, 10**9)
    back[4:12] = back[16:24] = seconds.to_bytes(4, "big") + rest.to_bytes(4, "big")
    back[12:14] = b"\x40\x01"
    read = stamp.read_reply(bytes(back))
    assert read
    assert (read.received_ns, read.sent_ns) == (NOON_NS, NOON_NS)


@given(moments)
def test_a_time_survives_the_ntp_format_to_the_nanosecond(moment):
    assert stamp.time_ns(stamp.stamp(moment)) == moment


@given(numbers, moments, shorts, sizes, keys, numbers, moments, st.integers(min_value=0, max_value=255))
def test_whatever_is_sent_comes_back_as_long_and_is_read_as_it_was(number, sent, ssid, size, key, turned, at, ttl):
    data = stamp.request(number, sent, ssid, size, key)
    assert 0 <= max(size, stamp.least_bytes(key)) - len(data) < 4
    back = answered(data, key, number=turned, received_ns=at, sent_ns=at + 1, ttl=ttl)
    assert len(back) == len(data)
    read = stamp.read_reply(back, key)
    assert read
    assert (read.number, read.received_ns, read.sent_ns, read.ttl) == (turned, at, at + 1, ttl)
    assert (read.request_number, read.request_stamp, read.ssid) == (number, stamp.stamp(sent), ssid)


@given(st.binary(max_size=300), keys)
def test_no_bytes_are_too_strange_to_be_read_or_refused(data, key):
    stamp.read_reply(data, key)
    if stamp.read_request(data, key):
        assert len(answered(data, key)) == len(data)


@given(st.binary(min_size=112, max_size=300))
def test_nothing_is_read_that_is_not_signed(data):
    assert stamp.read_request(data, KEY) is None
    assert stamp.read_reply(data, KEY) is None
    wrong = stamp.request(1, NOON_NS, 1, 172, b"another key of sixteen")
    assert stamp.read_request(wrong, KEY) is None
