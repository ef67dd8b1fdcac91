"""How many staffing requirements a second, beside pyworkforce, in one run: medians of rows a second, and their ratios.

The programs take turns, so that a machine that slows down slows all of them. Where the answers differ, the row says how
often; every difference that was looked into is pyworkforce's (tests/formulas/test_erlang.py).
"""

import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from remoteready.formulas import erlang
from remoteready.plan import tables

AHT_S, WITHIN_S, TARGET = 300.0, 20.0, 0.8
LARGEST_LOADS = (150, 1_000, 5_000)
ROWS = 100_000
TURNS = 5
PEER_SECONDS = 2.0
"""About what the peer gets for each turn: it works a part of the rows, and its rate is taken from that part."""

Loads = NDArray[np.float64]


def pyworkforce(loads: Loads) -> list[int]:
    """What pyworkforce answers, a row at a time as its interface has it."""
    from pyworkforce.queuing import ErlangC

    hour = 60.0
    return [
        ErlangC(
            transactions=load * hour / (AHT_S / 60), aht=AHT_S / 60, asa=WITHIN_S / 60, interval=hour
        ).required_positions(service_level=TARGET)["raw_positions"]
        for load in loads.tolist()
    ]


def scalar(loads: Loads) -> list[int]:
    """The formulas of the standard library."""
    return [erlang.agents_for_service_level(load, AHT_S, WITHIN_S, TARGET) for load in loads.tolist()]


def vectorised(loads: Loads) -> list[int]:
    """The whole table at once."""
    needed: list[int] = tables.agents_for_service_level(loads, AHT_S, WITHIN_S, TARGET).tolist()
    return needed


def rows_a_second(answer: Callable[[Loads], list[int]], loads: Loads) -> float:
    """Rows a second of one turn."""
    start = time.perf_counter()
    answer(loads)
    return len(loads) / (time.perf_counter() - start)


def part(answer: Callable[[Loads], list[int]], loads: Loads) -> Loads:
    """As many of the rows as take about PEER_SECONDS."""
    answer(loads[:20])  # imports
    return loads[: max(20, min(ROWS, int(rows_a_second(answer, loads[:20]) * PEER_SECONDS)))]


def compare(largest: int) -> None:
    """One line of the table: loads from 5 to `largest` erlangs."""
    loads = np.random.default_rng(2026).uniform(5, largest, ROWS)
    peers = {answer: part(answer, loads) for answer in (pyworkforce, scalar)}
    work = {**peers, vectorised: loads}
    rates: dict[Callable[[Loads], list[int]], list[float]] = {answer: [] for answer in work}
    for turn in range(TURNS + 1):
        for answer, some in work.items():
            rate = rows_a_second(answer, some)
            if turn:
                rates[answer].append(rate)
    peer, ours, table = (statistics.median(rates[answer]) for answer in (pyworkforce, scalar, vectorised))
    some = peers[pyworkforce]
    different = sum(a != b for a, b in zip(pyworkforce(some), vectorised(some), strict=True))
    print(
        f"5 to {largest:5,} {peer:12,.0f} {ours:12,.0f} {table:12,.0f} {ours / peer:9.1f} {table / peer:9.0f}"
        f" {ROWS / table:7.3f} s {different:6} of {len(some):,}"
    )


def main() -> None:
    """Print the table."""
    print(f"Erlang C, {TARGET:.0%} in {WITHIN_S:.0f} s, AHT {AHT_S:.0f} s: rows a second, medians of {TURNS} turns")
    print(f"Python {sys.version.split()[0]}, numpy {np.__version__}, pyworkforce {version('pyworkforce')}")
    print(
        f"{'erlangs':10} {'pyworkforce':>12} {'formulas':>12} {'tables':>12} {'ratios to it':>19} {'table':>9} differ"
    )
    for largest in LARGEST_LOADS:
        compare(largest)


if __name__ == "__main__":
    main()
