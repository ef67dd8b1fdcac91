"""Erlang formulas for whole tables at once, a row an interval: the same numbers as `formulas.erlang`, by numpy.

Needs the extra `plan`. Rows are worked in blocks that stay in the processor's cache, and a row that is done is dropped.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, lgamma, pi
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remoteready.formulas import Number, exact
from remoteready.formulas.tails import NEGLIGIBLE, SERIES_FROM

Floats: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]

BLOCK = 8192
"""Rows worked together: some columns of so many fit the second-level cache."""
LOG_FACTORIALS = np.array([lgamma(count + 1) for count in range(int(SERIES_FROM))])


def erlang_b(lines: ArrayLike, load_erlangs: ArrayLike) -> Floats:
    """Share of calls lost, for every row of whole lines and load in erlangs. ValueError: negative or undefined."""
    servers, load = _columns(lines, load_erlangs)
    if np.any(servers != np.floor(servers)):
        raise ValueError("lines must be whole numbers")
    result = np.empty(load.shape)
    for rows in _blocks(load.size):
        result[rows] = _erlang_b(servers[rows], load[rows])
    return result


def erlang_c(agents: ArrayLike, load_erlangs: ArrayLike) -> Floats:
    """Share of calls that wait, for every row; 1 where the queue grows for ever."""
    servers, load = _columns(agents, load_erlangs)
    return _waits(servers, load, erlang_b(servers, load))


def service_level(agents: ArrayLike, load_erlangs: ArrayLike, aht_s: ArrayLike, answer_within_s: ArrayLike) -> Floats:
    """Share of calls answered within a threshold, for every row; 0 where the queue grows for ever."""
    servers, load, aht, within = _columns(agents, load_erlangs, aht_s, answer_within_s)
    return _answered(servers, load, within / aht, erlang_b(servers, load))


def asa_s(agents: ArrayLike, load_erlangs: ArrayLike, aht_s: ArrayLike) -> Floats:
    """Average speed of answer of every row, s; infinite where the queue grows for ever."""
    servers, load, aht = _columns(agents, load_erlangs, aht_s)
    spare = servers - load
    with np.errstate(divide="ignore", invalid="ignore"):
        seconds = np.where(spare > 0, erlang_c(servers, load) * aht / spare, np.inf)
    return np.where(load == 0, 0.0, seconds)


def agents_for_service_level(
    load_erlangs: ArrayLike,
    aht_s: ArrayLike,
    answer_within_s: ArrayLike,
    target: ArrayLike,
    most_occupancy: Number = 1,
) -> Counts:
    """Agents on calls of every row: the smallest number that answers the target share in time, under the cap."""
    load, aht, within, wanted = _columns(load_erlangs, aht_s, answer_within_s, target)
    if np.any(wanted >= 1) or np.any(aht <= 0):
        raise ValueError("a target must lie below 1, and aht_s above 0")
    cap = exact(most_occupancy)
    if not 0 < cap <= 1:
        raise ValueError(f"most_occupancy must be a share above 0, not {most_occupancy}")
    needed = np.zeros(load.shape, np.int64)
    for rows in _blocks(load.size):
        needed[rows] = _staff(load[rows], within[rows] / aht[rows], wanted[rows], _floor(load[rows], cap))
    return np.where(load > 0, needed, 0)


def scheduled_agents(agents: ArrayLike, shrinkage: Number) -> Counts:
    """Agents to schedule so that with shrinkage, 0–1 and exact, enough are there; for every row."""
    present = 1 - exact(shrinkage)
    if not 0 < present <= 1:
        raise ValueError(f"shrinkage must be from 0 to below 1, not {shrinkage}")
    return -(-np.asarray(agents, np.int64) * present.denominator // present.numerator)


def _columns(*columns: ArrayLike) -> list[Floats]:
    """All columns as flat floats of one length."""
    flat = [np.atleast_1d(np.asarray(column, np.float64)) for column in columns]
    for column in flat:
        if not np.all(np.isfinite(column) & (column >= 0)):
            raise ValueError("a table must hold numbers from 0 on")
    return [np.ascontiguousarray(column) for column in np.broadcast_arrays(*flat)]


def _blocks(rows: int) -> Iterator[slice]:
    return (slice(start, start + BLOCK) for start in range(0, rows, BLOCK))


def _erlang_b(lines: Floats, load: Floats) -> Floats:
    result = np.where(lines == 0, 1.0, 0.0)
    short = (load > lines) & (lines > 0)
    if np.any(short):
        result[short] = 1 / _sum(load[short], lines[short], -1.0)
    ample = (load <= lines) & (load > 0)
    if np.any(ample):
        result[ample] = _ample(lines[ample], load[ample])
    return result


def _ample(lines: Floats, load: Floats) -> Floats:
    """Erlang B where load ≤ lines: density ÷ (1 − P(more))."""
    density = np.exp(_poisson_log_density(lines, load))
    more = density * load / (lines + 1) * _sum(load, lines + 1, 1.0)
    return density / (1 - more)


def _sum(load: Floats, shape: Floats, direction: float) -> Floats:
    """`tails.falling_sum` (direction −1) or `tails.rising_sum` (+1) of every row."""
    result = np.empty(load.shape)
    rows = np.arange(load.size)
    shape = shape.copy()
    term, total = np.ones(load.shape), np.ones(load.shape)
    turn = 0
    while rows.size:
        if direction > 0:
            shape += 1
            term *= load / shape
        else:
            term *= shape / load
            shape -= 1
        total += term
        turn += 1
        if turn % 8 == 0 or turn < 8:
            busy = term > NEGLIGIBLE * total
            if not busy.all():
                result[rows[~busy]] = total[~busy]
                rows = rows[busy]
                load, shape, term, total = (column[busy] for column in (load, shape, term, total))
    return result


def _poisson_log_density(count: Floats, mean: Floats) -> Floats:
    small = count < SERIES_FROM
    large = np.where(small, SERIES_FROM, count)
    square = 1 / (large * large)
    series = 1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - square * 691 / 360360))
    stirling = (1 / 12 - square * (1 / 360 - square * series)) / large
    saddle = -stirling - _deviance(large, mean) - np.log(2 * pi * large) / 2
    direct = count * np.log(mean) - mean - LOG_FACTORIALS[np.where(small, count, 0).astype(np.int64)]
    return np.where(small, direct, saddle)


def _deviance(count: Floats, mean: Floats) -> Floats:
    """count × ln(count ÷ mean) + mean − count."""
    ratio = (count - mean) / (count + mean)
    far = np.abs(ratio) > 0.5
    near = np.where(far, 0.0, ratio)
    square = near * near
    total, power = (count - mean) * near, 2 * count * near
    for odd in range(3, 61, 2):
        power *= square
        term = power / odd
        total += term
        if np.all(np.abs(term) <= NEGLIGIBLE * total):
            break
    return np.where(far, count * np.log(count / mean) + mean - count, total)


def _waits(agents: Floats, load: Floats, blocking: Floats) -> Floats:
    spare = agents - load
    with np.errstate(divide="ignore", invalid="ignore"):
        waits = agents * blocking / (spare + load * blocking)
    return np.where(load == 0, 0.0, np.where(spare > 0, waits, 1.0))


def _answered(agents: Floats, load: Floats, patience: Floats, blocking: Floats) -> Floats:
    spare = agents - load
    waits = _waits(agents, load, blocking)
    return np.where(load == 0, 1.0, np.where(spare > 0, 1 - waits * np.exp(-np.maximum(spare, 0) * patience), 0.0))


def _floor(load: Floats, cap: Fraction) -> Floats:
    """The fewest agents that are more than the load and not busier than the cap; exact where a float could err."""
    above: Floats = np.floor(load) + 1
    if cap == 1:
        return above
    agents = load / float(cap)
    floor = np.ceil(agents)
    for row in np.flatnonzero(np.abs(agents - np.round(agents)) <= 1e-9 * np.maximum(agents, 1)):
        floor[row] = ceil(exact(float(load[row])) / cap)
    return np.maximum(floor, above)


def _staff(load: Floats, patience: Floats, target: Floats, agents: Floats) -> Counts:
    """From the floor on one agent more, by the recursion of Erlang B, until the target is met."""
    result = agents.astype(np.int64)
    rows = np.flatnonzero(load > 0)
    load, patience, target, agents = (column[rows] for column in (load, patience, target, agents))
    blocking = _ample(agents, load) if rows.size else load
    while rows.size:
        spare = agents - load
        waits = agents * blocking / (spare + load * blocking)
        met = 1 - waits * np.exp(-spare * patience) >= target
        if met.any():
            result[rows[met]] = agents[met]
            short = ~met
            rows, load, patience, target = rows[short], load[short], patience[short], target[short]
            agents, blocking = agents[short], blocking[short]
        agents = agents + 1
        blocking = load * blocking / (agents + load * blocking)
    return result
