"""Facts: a value or a reason, and no text from a machine that could harm whoever reads it."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from remoteready.check.facts import DECLARED, Fact, clean, declaration, known, recorder_of, target_of, unknown

ADDRESSES = ["02:00:5e:10:00:01", "02-00-5E-10-00-01", "02_00_5e_10_00_01", "02005E100001", "wlx02005e100001"]
BIDIRECTIONAL = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
INVISIBLE = "\u00ad\u180e\u200b\u200c\u200d\u2028\u2029\u2060\u2061\u2062\u2063\u2064\ufeff\U000e0001\U000e0041"

hexadecimal = st.text("0123456789abcdefABCDEF:-_ gx", max_size=60)
nasty = st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Zs"]) | st.sampled_from("a1 é"), max_size=300)
anything = st.text() | nasty | hexadecimal


@given(anything)
def test_cleaned_text_moves_no_cursor_and_hides_nothing(text):
    cleaned = clean(text)
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in cleaned)
    assert not set(cleaned) & set(BIDIRECTIONAL + INVISIBLE)


@pytest.mark.parametrize(
    "character", ["\x1b", "\x07", "\x9b", "\r", "\n", "\x7f", *BIDIRECTIONAL, *INVISIBLE], ids=ascii
)
def test_a_control_bidirectional_or_invisible_character_becomes_a_space(character):
    assert clean(f"USB{character}headset") == "USB headset"


@given(st.text(max_size=20), st.sampled_from(ADDRESSES), st.sampled_from([" ", "(", "/", "\x1b", ",", "\n"]))
def test_a_hardware_address_never_survives_in_any_spelling(around, address, border):
    digits = re.sub("[^0-9a-f]", "", clean(f"{border}{address}{border}{around}").lower())
    assert "02005e100001" not in digits


def test_text_around_a_hardware_address_stays():
    assert clean("wlan0 (02:00:5e:10:00:01), up") == "wlan0 (…), up"


@pytest.mark.parametrize(
    "text", ["Jabra Evolve2 40", "0b0e:2e56", "fe80::1", "2026-11-22 19:30", "é", "…", "مرحبا", "1.2.3"]
)
def test_harmless_text_stays_as_it_is(text):
    assert clean(text) == text


@given(anything, st.integers(min_value=1, max_value=50))
def test_cleaned_text_is_short_and_without_space_around_it(text, times):
    cleaned = clean(text * times)
    assert len(cleaned) <= 200
    assert cleaned == cleaned.strip()


@given(st.text(st.characters(exclude_characters="0123456789abcdefABCDEF")))
def test_cleaning_twice_is_cleaning_once(text):
    assert clean(clean(text)) == clean(text)


@given(nasty, nasty, nasty)
def test_every_text_of_a_fact_is_cleaned(value, detail, source):
    fact = known(value, source=source, detail=detail)
    assert (fact.value, fact.source, fact.detail) == (clean(value), clean(source), clean(detail))
    assert unknown(detail, source=source).unknown == clean(detail)


@given(st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text("abc é"))
def test_a_fact_keeps_its_value_and_its_type_through_json(value):
    fact = Fact.model_validate_json(known(value, source="here").model_dump_json())
    assert fact == known(value, source="here")
    assert type(fact.value) is type(value)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"value": None},
        {"value": None, "unknown": None},
        {"value": True, "unknown": "not on this edition"},
        {"value": False, "unknown": ""},
        {"value": float("nan")},
        {"value": float("inf")},
        {"value": [1]},
        {"value": {"a": 1}},
        {"value": b"\xff"},
        {"value": True, "took_ms": -1},
        {"value": True, "took_ms": float("nan")},
        {"value": True, "reason": "misspelt"},
    ],
    ids=repr,
)
def test_a_fact_that_is_neither_a_value_nor_a_reason_cannot_be_made(fields):
    with pytest.raises(ValidationError):
        Fact(**fields)


@pytest.mark.parametrize("value", [False, 0, 0.0, ""])
def test_a_value_that_looks_like_nothing_is_still_known(value):
    assert known(value, source="here").unknown is None


def test_a_known_fact_cannot_be_changed_afterwards():
    with pytest.raises(ValidationError):
        known(1, source="here").value = 2


@pytest.mark.parametrize("name", DECLARED)
def test_every_declared_fact_is_found_by_its_name_and_by_whatever_a_profile_names(name):
    full = name.replace("*", "some-name")
    assert declaration(full) is DECLARED[name]
    assert target_of(full) == ("some-name" if name.startswith("target.") else None)
    assert recorder_of(full) == ("some-name" if name.startswith("recorder.") else None)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "network",
            "network.*",
            "target.vpn.open",
            "target..reachable",
            "target.VPN.reachable",
            "target.*.reachable",
        ),
        *("target.vpn.running", "recorder.smart-desktop.reachable", "network.vpn.link", "target.vpn.reachable\n"),
    ],
)
def test_a_fact_that_nobody_declared_is_not_found(name):
    assert declaration(name) is None


@pytest.mark.parametrize(
    ("name", "accepted", "refused"),
    [
        ("headset.in_use", [True, False], [1, 0, 1.0, "true", None]),
        ("patches.pending", [0, 7], [True, False, 7.0, "7", None]),
        ("memory.total_gb", [0, 7, 7.5], [True, "7", None]),
        ("network.link", ["wired", "wifi"], ["", "Wired", "lan", True, 1, None]),
    ],
)
def test_a_declaration_accepts_values_of_its_type_and_no_others(name, accepted, refused):
    declared = DECLARED[name]
    assert all(declared.accepts(value) for value in accepted)
    assert not any(declared.accepts(value) for value in refused)
