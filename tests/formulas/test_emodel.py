"""The E-model against published values, against values computed independently, and in its properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.formulas.emodel import (
    CODECS,
    Transmission,
    call_r_factor,
    delay_impairment,
    effective_impairment,
    mos_cqe,
    r_factor,
)

ratios = st.floats(min_value=0, max_value=1)
delays = st.floats(min_value=0, max_value=5000)
codecs = st.sampled_from(list(CODECS.values()))
bursts = st.floats(min_value=1, max_value=50)
ROUNDING = 1e-9


def test_the_default_connection_rates_as_g107_and_voipmonitor_publish_it():
    assert r_factor(Transmission()) == pytest.approx(93.2062077233, abs=1e-9)
    assert mos_cqe(r_factor(Transmission())) == pytest.approx(4.409, abs=0.0005)


@pytest.mark.parametrize(
    ("delay_ms", "idd"),
    [
        (100, 0), (125, 0.005), (150, 0.164), (175, 1.035), (177.3, 1.172), (200, 3.044),
        (250, 8.917), (300, 14.761), (400, 24.070), (500, 30.636), (800, 40.832), (1000, 43.790),
    ],
)  # fmt: skip
def test_delay_costs_what_an_independent_implementation_of_g107_says(delay_ms, idd):
    assert delay_impairment(delay_ms) == pytest.approx(idd, abs=0.0005)


@pytest.mark.parametrize(
    ("codec", "impairments"),
    [
        ("g711-no-plc", [9.90, 17.92, 30.16, 39.04, 51.08, 66.43, 78.19]),
        ("g711", [1.86, 3.64, 7.01, 10.14, 15.78, 27.07, 42.13]),
        ("g729a", [13.15, 15.20, 19.00, 22.45, 28.50, 39.97, 54.08]),
        ("g723.1", [17.41, 19.68, 23.84, 27.57, 33.96, 45.65, 59.32]),
    ],
)
def test_loss_costs_what_openbach_says(codec, impairments):
    chosen = CODECS[codec]
    for percent, expected in zip([0.5, 1, 2, 3, 5, 10, 20], impairments, strict=True):
        impaired = effective_impairment(percent / 100, chosen.impairment, chosen.robustness)
        assert impaired == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(("codec", "published"), [("g711", 7), ("g729a", 19), ("g723.1", 24)])
def test_loss_of_two_per_cent_costs_what_icao_wp306_publishes(codec, published):
    chosen = CODECS[codec]
    assert round(effective_impairment(0.02, chosen.impairment, chosen.robustness)) == published


@pytest.mark.parametrize(("burst", "expected"), [(1, 10.14), (2, 10.71), (4, 11.03), (8, 11.19)])
def test_losses_in_bursts_cost_more(burst, expected):
    assert effective_impairment(0.03, 0, 25.1, burst) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(
    ("r", "mos"),
    [
        (-5, 1), (0, 1), (3.22, 1), (6.52, 1.0), (30, 1.609), (40, 2.064), (50, 2.575), (60, 3.100), (70, 3.597),
        (75, 3.822), (80, 4.024), (85, 4.198), (90, 4.339), (93.2, 4.409), (95, 4.441), (100, 4.5), (120, 4.5),
    ],
)  # fmt: skip
def test_r_becomes_the_mos_of_annex_b(r, mos):
    assert mos_cqe(r) == pytest.approx(mos, abs=0.0006)


@pytest.mark.parametrize(
    ("delay_ms", "percent", "r", "mos"),
    [
        (150, 0, 93.04, 4.406), (150, 2, 86.03, 4.230), (200, 1, 86.52, 4.245), (300, 0, 78.44, 3.964),
        (300, 3, 68.30, 3.516), (50, 1, 89.56, 4.328), (50, 3, 83.06, 4.134), (50, 5, 77.42, 3.923),
        (50, 10, 66.13, 3.411), (50, 20, 51.07, 2.631), (400, 0, 69.13, 3.556),
    ],
)  # fmt: skip
def test_a_call_without_echo_rates_as_the_short_form_of_the_model(delay_ms, percent, r, mos):
    rated = call_r_factor(CODECS["g711"], delay_ms, percent / 100)
    assert rated == pytest.approx(r, abs=0.012)  # the short form begins with 93.2, the full one with 93.2062
    assert mos_cqe(rated) == pytest.approx(mos, abs=0.001)


@pytest.mark.parametrize(
    ("delay_ms", "percent", "r"),
    [
        (50, 0, 91.76), (100, 0, 90.66), (150, 0, 89.54), (200, 0, 85.80), (300, 0, 72.67), (300, 3, 62.52),
        (400, 0, 62.25),
    ],
)  # fmt: skip
def test_the_full_model_with_talker_and_listener_echo(delay_ms, percent, r):
    line = Transmission(
        one_way_delay_ms=delay_ms,
        talker_echo_ms=delay_ms,
        round_trip_ms=2 * delay_ms,
        loss_ratio=percent / 100,
        robustness=25.1,
    )
    assert r_factor(line) == pytest.approx(r, abs=0.005)


@given(st.floats(min_value=-1e6, max_value=1e6), st.floats(min_value=0, max_value=100))
def test_mos_lies_between_1_and_4_5_and_never_falls_when_r_rises(r, more):
    assert 1 <= mos_cqe(r) <= mos_cqe(r + more) + ROUNDING <= 4.5 + ROUNDING


@given(codecs, delays, ratios, bursts, delays)
def test_more_delay_never_makes_a_call_better(codec, delay_ms, loss_ratio, burst, more_ms):
    better = call_r_factor(codec, delay_ms, loss_ratio, burst)
    assert call_r_factor(codec, delay_ms + more_ms, loss_ratio, burst) <= better + ROUNDING


@given(codecs, delays, ratios, ratios, bursts)
def test_more_loss_never_makes_a_call_better(codec, delay_ms, some, other, burst):
    less, more = sorted((some, other))
    assert call_r_factor(codec, delay_ms, more, burst) <= call_r_factor(codec, delay_ms, less, burst) + ROUNDING


@given(codecs, delays, ratios, bursts)
def test_no_line_is_better_than_the_codec_itself(codec, delay_ms, loss_ratio, burst):
    assert call_r_factor(codec, delay_ms, loss_ratio, burst) <= 93.21 - codec.impairment


@given(st.floats(min_value=0, max_value=500), st.floats(min_value=0, max_value=500))
def test_echo_never_makes_a_connection_better(delay_ms, round_trip_ms):
    line = Transmission(talker_echo_ms=delay_ms, round_trip_ms=round_trip_ms)
    assert r_factor(line) <= r_factor(Transmission()) + 0.2  # the echo also masks a little sidetone
