"""Erlang B, C, A and Engset: published values, exact references, and the mistakes that other programs make."""

from decimal import Decimal, localcontext
from fractions import Fraction
from math import exp, inf, isclose, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remoteready.formulas import abandonment, erlang
from remoteready.formulas.abandonment import ServiceLevel

loads = st.floats(0.01, 3000)
lines = st.integers(1, 4000)
shares = st.floats(0.001, 0.999)


def exact_b(servers: int, load: Fraction) -> Fraction:
    """Erlang B by its definition, in fractions."""
    inverse = Fraction(1)
    for n in range(1, servers + 1):
        inverse = 1 + n / load * inverse
    return 1 / inverse


def decimal_b(servers: int, load: str) -> Decimal:
    """Erlang B by its recursion, with 50 digits."""
    with localcontext() as context:
        context.prec = 50
        inverse = Decimal(1)
        for n in range(1, servers + 1):
            inverse = 1 + n / Decimal(load) * inverse
        return 1 / inverse


# Load that N lines carry at a blocking: a common traffic table, the 15-line value as Westbay prints it.
TRAFFIC_TABLE = {
    0.01: {
        1: 0.010,
        2: 0.153,
        3: 0.455,
        4: 0.869,
        5: 1.361,
        15: 8.108,
        20: 12.0,
        24: 15.3,
        30: 20.3,
        40: 29.0,
        45: 33.4,
        57: 44.2,
    },
    0.02: {1: 0.020, 2: 0.223, 5: 1.657, 15: 9.0, 20: 13.2, 30: 21.9, 50: 40.26, 45: 35.607, 16: 9.828},
    0.001: {4: 0.439, 5: 0.762, 10: 3.1, 20: 9.4, 45: 28.4},
    0.05: {5: 2.218, 10: 6.2, 45: 39.6},
    0.1: {5: 2.881, 45: 44.2},
    0.2: {2: 1.000, 5: 4.010},
    0.3: {5: 5.189},
}


@pytest.mark.parametrize(("blocking", "row"), TRAFFIC_TABLE.items())
def test_the_printed_traffic_table_is_met_to_its_digits(blocking, row):
    for servers, load in row.items():
        printed = str(load)
        half = 0.5 * 10.0 ** -len(printed.partition(".")[2])
        assert erlang.erlang_b(servers, load - half) <= blocking <= erlang.erlang_b(servers, load + half), servers


@pytest.mark.parametrize(
    ("servers", "load", "published"),
    [
        (5, 2, 0.0367),
        (14, 10, 0.0568),
        (10, 5, 0.0184),
        (1, 1, 0.5),
        (2, 1, 0.2),
        (132, 123, 0.03124282),
        (1000, 1000, 0.02481191765),
        (5000, 5000, 0.01119935828),
        (10**4, 10**4, 0.007936563),
        (10**5, 10**5, 0.002518893),
        (10**6, 10**6, 0.0007974603),
        (10**6, 9.9e5, 5.499543e-26),
    ],
)
def test_published_blocking_comes_out(servers, load, published):
    digits = len(f"{published:e}".partition("e")[0].rstrip("0")) - 1
    assert erlang.erlang_b(servers, load) == pytest.approx(published, rel=10.0 ** (1 - digits))


@given(st.integers(0, 150), st.fractions(Fraction(1, 64), 400, max_denominator=64))
def test_blocking_is_exact_to_thirteen_digits_for_a_few_lines(servers, load):
    assert erlang.erlang_b(servers, float(load)) == pytest.approx(float(exact_b(servers, load)), rel=1e-13)


@pytest.mark.parametrize(
    ("servers", "load"),
    [
        (1000, "1500"),
        (1000, "900.5"),
        (10_000, "9000"),
        (10_000, "15000"),
        (100_000, "99000"),
        (100_000, "200000"),
        (200_000, "200000"),
    ],
)
def test_blocking_is_exact_to_twelve_digits_also_far_from_as_many_lines_as_erlangs(servers, load):
    reference = decimal_b(servers, load)
    assert abs(Decimal(erlang.erlang_b(servers, float(load))) - reference) <= Decimal("1e-12") * reference


@given(st.floats(1, 5000), st.floats(0.01, 5000))
def test_the_recursion_holds_between_whole_numbers_of_lines_too(servers, load):
    more, fewer = erlang.erlang_b(servers, load), erlang.erlang_b(servers - 1, load)
    if fewer > 1e-290:
        assert more == pytest.approx(load * fewer / (servers + load * fewer), rel=1e-12)


@given(lines, loads)
def test_one_more_line_never_blocks_more_and_more_load_never_less(servers, load):
    here = erlang.erlang_b(servers, load)
    assert erlang.erlang_b(servers + 1, load) <= here
    assert erlang.erlang_b(servers, load * 1.01) >= here
    assert 0 <= here < 1


@pytest.mark.parametrize(
    ("servers", "load", "published"),
    [
        (2, 1, 1 / 3),
        (3, 2, 4 / 9),
        (11, 10, 0.682118),
        (12, 10, 0.449388),
        (13, 10, 0.285270),
        (14, 10, 0.174132),
        (55, 48, 0.238701),
        (132, 123, 0.3211161793),
        (110, 100, 0.2370075003),
        (720, 700, 0.3436094396),
        (1030, 1000, 0.2489087858),
        (5100, 5000, 0.1028814136),
    ],
)
def test_published_waiting_probabilities_come_out(servers, load, published):
    assert erlang.erlang_c(servers, load) == pytest.approx(published, rel=2e-6)


def test_the_call_centre_helpers_worked_example_comes_out():
    # 360 calls in half an hour of 240 s, 55 agents: callcentrehelper.com, mitan.co.uk
    assert erlang.asa_s(55, 48, 240) == pytest.approx(8.184, abs=5e-4)
    assert erlang.service_level(55, 48, 240, 15) == pytest.approx(0.8459, abs=5e-5)
    assert erlang.service_level(55, 48, 240, 20) == pytest.approx(0.8668, abs=5e-5)
    assert erlang.agents_for_service_level(48, 240, 20, 0.8) == 54


def test_pyworkforces_documented_example_comes_out():
    assert erlang.service_level(14, 10, 180, 20) == pytest.approx(0.888350, abs=5e-7)
    assert erlang.service_level(13, 10, 180, 20) == pytest.approx(0.7956, abs=5e-5)
    assert erlang.agents_for_service_level(10, 180, 20, 0.8) == 14
    assert erlang.scheduled_agents(14, 0.3) == 20


def test_the_tetra_books_loads_for_a_waiting_probability_come_out():
    assert erlang.erlang_c(8, 3.87) == pytest.approx(0.05, abs=2e-4)
    assert erlang.erlang_c(10, 4.08) == pytest.approx(0.01, abs=1e-4)


@given(loads, st.floats(1, 3600), st.floats(0, 600), st.floats(0.01, 0.995), st.sampled_from(["1", "0.85", "0.7"]))
def test_staffing_is_enough_and_one_agent_fewer_is_not(load, aht, within, target, cap):
    agents = erlang.agents_for_service_level(load, aht, within, target, Fraction(cap))

    def enough(number: int) -> bool:
        busy = erlang.occupancy(number, load)
        return erlang.service_level(number, load, aht, within) >= target and busy <= Fraction(cap)

    assert enough(agents)
    assert not enough(agents - 1)


@given(loads, st.floats(1, 3600), st.floats(0, 600), shares, st.floats(1, 2))
def test_more_calls_never_need_fewer_agents(load, aht, within, target, more):
    few = erlang.agents_for_service_level(load, aht, within, target)
    assert erlang.agents_for_service_level(load * more, aht, within, target) >= few


@given(loads, st.floats(0.0001, 0.9))
def test_lines_for_a_blocking_are_enough_and_one_fewer_is_not(load, blocking):
    needed = erlang.lines_for_blocking(load, blocking)
    assert erlang.erlang_b(needed, load) <= blocking
    assert needed == 0 or erlang.erlang_b(needed - 1, load) > blocking


@given(loads, st.floats(1, 3600), st.floats(0.01, 600))
def test_agents_for_an_answer_speed_are_enough_and_one_fewer_is_not(load, aht, target):
    agents = erlang.agents_for_asa(load, aht, target)
    assert erlang.asa_s(agents, load, aht) <= target < erlang.asa_s(agents - 1, load, aht)


@given(lines, loads, st.floats(1, 3600), st.floats(0, 600))
def test_a_queue_without_end_is_said_and_not_computed(servers, load, aht, within):
    if load >= servers:
        assert erlang.erlang_c(servers, load) == 1
        assert erlang.service_level(servers, load, aht, within) == 0
        assert erlang.asa_s(servers, load, aht) == inf
    else:
        assert 0 <= erlang.erlang_c(servers, load) <= 1


# --- Erlang A -------------------------------------------------------------------------------------------------------


def chain(agents: int, load: float, patience: float, within: float, states: int) -> tuple[float, float, float]:
    """Share waiting, share abandoned and share answered in time, from the birth-death chain and its phase-type waits.

    Times in units of the mean handling time. The wait behind j others is a sum of exponentials of rates
    agents + k ÷ patience, k = 0…j, whose distribution function is integrated by its own chain.
    """
    weights = [1.0]
    for n in range(1, states):
        weights.append(weights[-1] * load / (min(n, agents) + max(0, n - agents) / patience))
    total = sum(weights)
    chances = [weight / total for weight in weights]
    queue = sum((n - agents) * chance for n, chance in enumerate(chances) if n > agents)
    steps = 4000
    step = within / steps
    # P(position j, still patient) of a tagged caller: uniform steps of a two-stage scheme are enough for 1e-6.
    position = chances[agents:]
    answered = sum(chances[:agents])

    def slope(place: list[float]) -> list[float]:
        rates = [agents + (j + 1) / patience for j in range(len(place))]
        flow = [place[j] * (rates[j] - 1 / patience) for j in range(len(place))]
        return [(flow[j + 1] if j + 1 < len(place) else 0.0) - place[j] * rates[j] for j in range(len(place))]

    for _ in range(steps):
        first = slope(position)
        middle = [place + step / 2 * change for place, change in zip(position, first, strict=True)]
        answered += step * agents * middle[0]
        position = [place + step * change for place, change in zip(position, slope(middle), strict=True)]
    return sum(chances[agents:]), queue / patience / load, answered


def test_garnett_mandelbaum_and_reimans_example_comes_out():
    # 48 calls a minute of one minute, 50 agents, patience two minutes: 3.1 % leave, 3.7 s, 3 wait, 93 % busy.
    made = abandonment.erlang_a(50, 48, 60, 120, 20)
    assert made.abandons == pytest.approx(0.030912, abs=5e-7)
    assert made.asa_s == pytest.approx(3.709, abs=5e-4)
    assert made.queue == pytest.approx(2.968, abs=5e-4)
    assert made.occupancy == pytest.approx(0.93032, abs=5e-6)
    assert made.levels[ServiceLevel.OFFERED] == pytest.approx(0.943019, abs=5e-7)
    assert erlang.asa_s(50, 48, 60) == pytest.approx(20.834, abs=5e-4)  # the same without abandonment


@pytest.mark.parametrize(
    ("agents", "load", "patience"), [(3, 2.0, 0.7), (10, 12.0, 2.0), (20, 15.0, 5.0), (5, 9.0, 0.5)]
)
def test_erlang_a_is_what_its_own_chain_says(agents, load, patience):
    waits, abandons, answered = chain(agents, load, patience, 0.3, 100)
    made = abandonment.erlang_a(agents, load, 1, patience, 0.3)
    assert made.waits == pytest.approx(waits, rel=1e-10)
    assert made.abandons == pytest.approx(abandons, rel=1e-10)
    assert made.levels[ServiceLevel.OFFERED] == pytest.approx(answered, abs=1e-5)


patiences = st.floats(1, 3000)


@given(st.integers(1, 2000), st.floats(0.1, 3000), st.floats(10, 900), patiences, st.floats(0, 300))
def test_with_abandonment_the_parts_make_a_whole(agents, load, aht, patience, within):
    made = abandonment.erlang_a(agents, load, aht, patience, within)
    shares = [made.waits, made.abandons, made.occupancy, *made.levels.values()]
    assert all(-1e-12 <= share <= 1 + 1e-12 for share in shares)
    assert made.abandons <= made.waits * (1 + 1e-12)
    assert made.levels[ServiceLevel.OFFERED] <= made.levels[ServiceLevel.ANSWERED] + 1e-12
    assert made.levels[ServiceLevel.OFFERED] <= made.levels[ServiceLevel.SERVED_OR_GONE] + 1e-12
    assert isclose(made.queue, made.asa_s * load / aht, rel_tol=1e-9, abs_tol=1e-300)  # Little
    assert made.occupancy * agents == pytest.approx(load * (1 - made.abandons), rel=1e-9)


@given(st.integers(1, 200), st.floats(0.1, 0.95), st.floats(10, 900), st.floats(1, 100))
def test_callers_with_ever_more_patience_meet_erlang_c(agents, busy, aht, within):
    load = agents * busy
    made = abandonment.erlang_a(agents, load, aht, aht * 1e7, within)
    assert made.waits == pytest.approx(erlang.erlang_c(agents, load), rel=1e-3)
    expected = erlang.service_level(agents, load, aht, within)
    assert made.levels[ServiceLevel.OFFERED] == pytest.approx(expected, abs=1e-3)


def test_with_patience_fewer_agents_are_needed_and_one_fewer_is_too_few():
    agents = abandonment.agents_with_patience(48, 240, 120, 20, 0.8)
    assert agents < erlang.agents_for_service_level(48, 240, 20, 0.8)
    levels = [abandonment.erlang_a(n, 48, 240, 120, 20).levels[ServiceLevel.OFFERED] for n in (agents - 1, agents)]
    assert levels[0] < 0.8 <= levels[1]


def test_a_million_erlangs_with_abandonment_are_finite_and_whole():
    for agents in (900_000, 1_000_000, 1_100_000):
        made = abandonment.erlang_a(agents, 1e6, 300, 120, 20)
        assert made.occupancy * agents == pytest.approx(1e6 * (1 - made.abandons))
    assert abandonment.erlang_a(900_000, 1e6, 300, 120, 20).abandons == pytest.approx(0.1, rel=1e-6)  # fluid limit


# --- Engset ---------------------------------------------------------------------------------------------------------


def exact_engset(sources: int, servers: int, intensity: Fraction) -> Fraction:
    """Call congestion by its definition: what a source meets is the state of all others."""
    others, weight, total = sources - 1, Fraction(1), Fraction(0)
    weights = []
    for n in range(servers + 1):
        weights.append(weight)
        total += weight
        weight = weight * (others - n) * intensity / (n + 1)
    return weights[servers] / total


def test_published_engset_values_come_out():
    assert erlang.engset(10, 5, 0.25) == pytest.approx(0.01656587, abs=5e-9)
    blocked = 0.01634996  # fast-engset: 5 lines, 10 sources that offer 2 erlangs together, also while blocked
    assert erlang.engset(10, 5, 2 / (10 - 2 * (1 - blocked))) == pytest.approx(blocked, abs=5e-9)


@given(st.integers(1, 60), st.integers(0, 60), st.fractions(Fraction(1, 50), 5, max_denominator=50))
def test_engset_is_exact_to_twelve_digits(sources, servers, intensity):
    expected = float(exact_engset(sources, servers, intensity)) if servers < sources else 0.0
    assert erlang.engset(sources, servers, float(intensity)) == pytest.approx(expected, rel=1e-12)


@given(st.integers(1, 100), st.floats(0.1, 50))
def test_ever_more_sources_of_the_same_load_meet_erlang_b(servers, load):
    sources = 10**8
    assert erlang.engset(sources, servers, load / sources) == pytest.approx(erlang.erlang_b(servers, load), rel=1e-4)


# --- what others get wrong ------------------------------------------------------------------------------------------


def test_the_empty_state_is_counted_once():
    """Wfmplan counts it twice: C(2, 1) = 0.25."""
    assert erlang.erlang_c(2, 1) == pytest.approx(1 / 3)
    assert erlang.erlang_c(1, 0.2) == pytest.approx(0.2)


def test_more_than_seven_hundred_erlangs_do_not_overflow():
    """Wfmplan answers 1."""
    assert erlang.erlang_c(1030, 1000) == pytest.approx(0.2489087858)


def test_a_large_abandoning_queue_does_not_underflow():
    """Pyworkforce answers 0.4107, after 8.6 s."""
    made = abandonment.erlang_a(1000, 1000, 60, 120, 60)
    assert made.levels[ServiceLevel.OFFERED] == pytest.approx(0.9895, abs=5e-5)


def test_the_smallest_stable_number_of_agents_is_tried():
    """Pyworkforce begins at round(load + 1): 0.544 erlangs at 30 % need one agent, it says two."""
    assert erlang.agents_for_service_level(0.544, 300, 20, 0.3) == 1
    assert erlang.agents_for_service_level(0.5, 180, 360, 0.8) == 1


@pytest.mark.parametrize(("agents", "scheduled"), [(21, 30), (42, 60), (168, 240)])
def test_shrinkage_adds_no_agent_for_the_last_bit_of_a_float(agents, scheduled):
    """Pyworkforce schedules one too many: 21 ÷ 0.7 is 30.000000000000004 to a float."""
    assert erlang.scheduled_agents(agents, 0.3) == scheduled


@given(st.integers(0, 10**6), st.integers(0, 999))
def test_shrinkage_is_exact_for_every_share_in_tenths_of_a_per_cent(agents, thousandths):
    scheduled = erlang.scheduled_agents(agents, thousandths / 1000)
    assert scheduled == -(-agents * 1000 // (1000 - thousandths))
    assert scheduled >= agents


def test_an_occupancy_cap_adds_no_agent_for_the_last_bit_of_a_float():
    assert erlang.agents_for_service_level(8.5, 300, 1e9, 0.01, 0.85) == 10


def test_rare_blocking_is_not_rounded_to_none():
    """Python-erlang returns 0 below 1e-4."""
    assert erlang.erlang_b(20, 5) == pytest.approx(2.64e-7, rel=2e-3)


def test_abandonment_is_erlang_a_and_not_a_rule_of_thumb():
    """Turbotab: 12.6 % abandoned and 16.7 s where 3.1 % and 3.7 s are true."""
    assert abandonment.erlang_a(50, 48, 60, 120, 20).abandons < 0.032


def test_ten_erlangs_at_one_per_cent_need_eighteen_lines_and_fifty_sixty_four():
    """A cheat sheet says 16 or 17, and 62."""
    assert (erlang.lines_for_blocking(10, 0.01), erlang.lines_for_blocking(50, 0.01)) == (18, 64)


@pytest.mark.parametrize("bad", [-1, nan, inf])
def test_numbers_that_are_no_amounts_are_refused(bad):
    for refuse in (
        lambda: erlang.erlang_b(5, bad),
        lambda: erlang.erlang_b(bad, 5),
        lambda: erlang.service_level(5, 3, bad, 20),
        lambda: erlang.service_level(5, 3, 60, bad),
        lambda: abandonment.erlang_a(5, 3, 60, bad, 20),
        lambda: erlang.engset(5, 3, bad),
        lambda: erlang.agents_for_service_level(bad, 60, 20, 0.8),
        lambda: erlang.agents_for_service_level(5, 60, 20, bad),
    ):
        with pytest.raises(ValueError, match="must"):
            refuse()


def test_targets_that_nobody_can_meet_are_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        erlang.agents_for_service_level(5, 60, 20, 1.0)
    with pytest.raises(ValueError, match="above 0"):
        erlang.lines_for_blocking(5, 0)
    with pytest.raises(ValueError, match="at once"):
        erlang.agents_for_asa(5, 60, 0)
    with pytest.raises(ValueError, match="below 1"):
        erlang.scheduled_agents(5, 1)


def test_nobody_calling_needs_nobody():
    assert erlang.agents_for_service_level(0, 60, 20, 0.8) == 0
    assert erlang.lines_for_blocking(0, 0.01) == 0
    assert abandonment.erlang_a(3, 0, 60, 60, 20).levels[ServiceLevel.OFFERED] == 1
    assert abandonment.erlang_a(0, 3, 60, 60, 20).levels[ServiceLevel.SERVED_OR_GONE] == pytest.approx(1 - exp(-1 / 3))
