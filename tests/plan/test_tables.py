"""The vectorised tables say exactly what the scalar formulas say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remoteready.formulas import erlang
from remoteready.plan import tables

loads = st.floats(0.01, 5000) | st.sampled_from([0.0, 1.0, 10.0, 48.0, 120_000.0])
rows = st.lists(st.tuples(st.integers(0, 6000), loads), min_size=1, max_size=20)
CLOSE = 1e-12


@given(rows)
def test_blocking_and_waiting_agree_with_the_scalar_formulas(table):
    lines, load = (np.array(column) for column in zip(*table, strict=True))
    for vectorised, scalar in ((tables.erlang_b, erlang.erlang_b), (tables.erlang_c, erlang.erlang_c)):
        assert vectorised(lines, load) == pytest.approx([scalar(n, a) for n, a in table], rel=CLOSE, abs=1e-300)


@given(rows, st.floats(1, 900), st.floats(0, 300))
def test_service_levels_and_answer_speeds_agree_with_the_scalar_formulas(table, aht, within):
    agents, load = (np.array(column) for column in zip(*table, strict=True))
    levels = [erlang.service_level(n, a, aht, within) for n, a in table]
    assert tables.service_level(agents, load, aht, within) == pytest.approx(levels, rel=CLOSE, abs=CLOSE)
    speeds = [erlang.asa_s(n, a, aht) for n, a in table]
    assert tables.asa_s(agents, load, aht) == pytest.approx(speeds, rel=CLOSE, abs=1e-300)


@given(
    st.lists(loads, min_size=1, max_size=20),
    st.floats(1, 900),
    st.floats(0, 300),
    st.floats(0.05, 0.99),
    st.sampled_from([1, 0.85, 0.9, 0.6]),
)
@settings(max_examples=50)
def test_staffing_agrees_with_the_scalar_search(load, aht, within, target, cap):
    expected = [erlang.agents_for_service_level(a, aht, within, target, cap) for a in load]
    assert tables.agents_for_service_level(load, aht, within, target, cap).tolist() == expected


def test_every_row_may_have_its_own_handle_time_threshold_and_target():
    made = tables.agents_for_service_level([10, 48, 48], [180, 240, 240], [20, 20, 15], [0.8, 0.8, 0.8458])
    assert made.tolist() == [14, 54, 55]


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=30), st.integers(0, 999))
def test_shrinkage_agrees_with_the_scalar_formula(agents, thousandths):
    expected = [erlang.scheduled_agents(n, thousandths / 1000) for n in agents]
    assert tables.scheduled_agents(agents, thousandths / 1000).tolist() == expected


def test_more_rows_than_a_block_are_worked_in_order():
    load = np.linspace(1, 200, 3 * tables.BLOCK + 5)
    agents = tables.agents_for_service_level(load, 300, 20, 0.8)
    assert (np.diff(agents) >= 0).all()
    for row in (0, tables.BLOCK - 1, tables.BLOCK, load.size - 1):
        assert agents[row] == erlang.agents_for_service_level(float(load[row]), 300, 20, 0.8)


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf")])
def test_a_table_with_a_number_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match="from 0 on"):
        tables.agents_for_service_level([1.0, bad], 300, 20, 0.8)
    with pytest.raises(ValueError, match="from 0 on"):
        tables.erlang_b([1, 2], [1.0, bad])
    with pytest.raises(ValueError, match="whole"):
        tables.erlang_b([1.5], [1.0])
