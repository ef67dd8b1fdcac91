"""How many customers a second a simulation of M/M/100 at 95 % occupancy serves, beside its peers, in one run.

All simulate the same queue and report its mean wait. They run in turn (A B C, A B C …), so that a machine that slows
down slows all of them. The uploads row is the processor-sharing link, which the peers do not have.
"""

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from math import log
from random import Random
from typing import Any

import ciw
import simpy

from remoteready.plan.simulate import Exponential, Flows, Lognormal, queue_for_agents, share_link

AGENTS = 100
HANDLE_S = 300.0
PER_S = 0.95 * AGENTS / HANDLE_S
RUNS = 5


def remoteready_callers(customers: int, seed: int) -> float:
    """Mean wait in s by `remoteready plan`'s own simulation."""
    return queue_for_agents(PER_S * 3600, Exponential(HANDLE_S), AGENTS, callers=customers, seed=seed).asa_s.value


def simpy_callers(customers: int, seed: int) -> float:
    """Mean wait in s by simpy: a process for each caller."""
    rng, waits = Random(seed), []  # noqa: S311 – a simulation, not a secret
    environment = simpy.Environment()
    agents = simpy.Resource(environment, AGENTS)

    def caller() -> Any:
        came = environment.now
        with agents.request() as agent:
            yield agent
            waits.append(environment.now - came)
            yield environment.timeout(-HANDLE_S * log(1 - rng.random()))

    def arrivals() -> Any:
        for _ in range(customers):
            yield environment.timeout(-log(1 - rng.random()) / PER_S)
            environment.process(caller())

    environment.process(arrivals())
    environment.run()
    return statistics.fmean(waits)


def ciw_callers(customers: int, seed: int) -> float:
    """Mean wait in s by ciw."""
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=PER_S)],
        service_distributions=[ciw.dists.Exponential(rate=1 / HANDLE_S)],
        number_of_servers=[AGENTS],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(customers)
    return statistics.fmean(record.waiting_time for record in simulation.get_all_records())


def uploads(customers: int, seed: int) -> float:
    """Mean time of an upload in s over a link that is 86 % busy."""
    kind = Flows(per_hour=9.45 * 3600 / 8, size_mb=Lognormal(10.0, 1.0), cap_mbps=10.0)
    seen = share_link([kind], 110.0, hours=customers / kind.per_hour, seed=seed).upload_s[0]
    return seen.value if seen else 0.0


SIMULATIONS: Mapping[str, tuple[Callable[[int, int], float], int]] = {
    "remoteready, callers": (remoteready_callers, 1_000_000),
    "simpy, callers": (simpy_callers, 60_000),
    "ciw, callers": (ciw_callers, 30_000),
    "remoteready, uploads over a link": (uploads, 150_000),
}
"""Each with the customers of one run, so that every run takes about a second."""


def main() -> None:
    """Print the table."""
    rates: dict[str, list[float]] = {name: [] for name in SIMULATIONS}
    answers: dict[str, float] = {}
    for turn in range(RUNS + 1):
        for name, (simulate, customers) in SIMULATIONS.items():
            start = time.perf_counter()
            answers[name] = simulate(customers if turn else customers // 10, turn)
            if turn:  # the first turn warms up
                rates[name].append(customers / (time.perf_counter() - start))
    medians = {name: statistics.median(rate) for name, rate in rates.items()}
    print(f"Customers a second, M/M/100 at 95 %, medians of {RUNS} runs in turn, Python {sys.version.split()[0]}")
    print(f"{'':34}{'customers/s':>12}{'× simpy':>9}{'× ciw':>8}{'mean time, s':>14}")
    for name, median in medians.items():
        ratios = [median / medians[peer] for peer in ("simpy, callers", "ciw, callers")]
        print(f"{name:34}{median:12,.0f}{ratios[0]:9.1f}{ratios[1]:8.1f}{answers[name]:14.1f}")


if __name__ == "__main__":
    main()
