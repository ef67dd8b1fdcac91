"""The parser of USB descriptors: what devices say of themselves, and any bytes at all."""

import re

from hypothesis import given
from hypothesis import strategies as st

from remoteready.check.collect.descriptors import CAMERA, HEADSET, SPEAKERPHONES, Described, described
from tests.lab.usb import STREAMING, descriptors

terminals = st.sets(st.integers(0x0200, 0xFFFF), max_size=5)

ARCTIC = """
12 01 00 02 00 00 00 40 38 10 60 12 01 00 01 02 03 01
09 02 5d 00 02 01 00 80 32
09 04 00 00 00 01 01 00 00
0a 24 01 00 01 46 00 02 01 02
0c 24 02 06 02 04 50 01 00 00 00 00
09 24 06 03 06 01 03 00 00
09 24 03 04 01 01 00 03 00
0c 24 02 01 01 01 00 02 03 00 00 00
09 24 03 03 01 03 00 01 00
"""
"""Headset in, speaker out, written down by hand in the order of a published dump of a gaming headset."""


def test_the_terminal_types_are_those_of_the_published_list():
    # USB Device Class Definition for Terminal Types 1.0, table 2-4; usb.ids 2025.07.26, "AT 0402  Headset".
    assert described(descriptors("0001:0001", [0x0402])).audio == {HEADSET}
    assert {0x0403, 0x0404, 0x0405} == SPEAKERPHONES  # 0401 is a handset


def test_a_headset_that_plays_through_a_speaker_is_read_from_its_bytes():
    said = described(bytes.fromhex(ARCTIC))
    assert said == Described("1038:1260", frozenset({0x0402, 0x0301}))


def test_a_webcam_says_that_its_pictures_come_from_a_camera():
    said = described(descriptors("046d:082d", [0x0201], pictures=[CAMERA]))
    assert said == Described("046d:082d", frozenset({0x0201}), frozenset({CAMERA}))


@given(terminals, terminals, terminals, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
def test_all_terminals_are_found_and_those_to_the_computer_are_left_out(inputs, outputs, pictures, vendor, product):
    usb_id = f"{vendor:04x}:{product:04x}"
    said = described(descriptors(usb_id, sorted(inputs), sorted(outputs), sorted(pictures)))
    assert said == Described(usb_id, frozenset(inputs | outputs), frozenset(pictures))
    assert STREAMING not in said.audio


@given(st.binary(max_size=400))
def test_any_bytes_are_read_to_their_end_or_to_where_they_stop_making_sense(raw):
    said = described(raw)
    assert re.fullmatch("([0-9a-f]{4}:[0-9a-f]{4})?", said.usb_id)
    assert all(kind <= 0xFFFF and kind >> 8 != 1 for kind in said.audio | said.video)


@given(terminals, st.integers(0, 300), st.binary(max_size=20))
def test_descriptors_that_break_off_say_less_and_nothing_else(inputs, length, tail):
    whole = descriptors("0b0e:0001", sorted(inputs))
    assert described(whole[:length]).audio <= inputs
    assert described(whole + tail).audio >= inputs
