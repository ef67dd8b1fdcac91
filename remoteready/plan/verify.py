"""The formulas beside a simulation of the same scenario: every number twice, with confidence and a verdict.

What differs on purpose is part of the verdict: near saturation balanced fairness (Bonald and Virtamo 2005), which the
formulas use for several kinds of uploads, is not quite the max–min sharing that is simulated.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import inf

from remoteready import __version__
from remoteready.exits import UnusableInput
from remoteready.formulas import erlang, flows
from remoteready.plan.demand import GroupDemand, demand
from remoteready.plan.estimates import Estimate
from remoteready.plan.needs import load_of, needs_of, standing_of
from remoteready.plan.scenario import Link, Scenario
from remoteready.plan.simulate import (
    BATCHES,
    LEVELS,
    Distribution,
    Flows,
    Lognormal,
    Watch,
    queue_for_agents,
    share_link,
    unwatched,
)
from remoteready.workload import When

SCHEMA_VERSION = "1"

UPLOADS = 200_000
"""Uploads simulated unless hours are given: one to two seconds."""
MOST_UPLOADS = 2_000_000
"""A minute or two of work: a hundred thousand agents are below it."""
LONG = 60
"""A simulation lasts so many mean uploads of the slowest kind, however many begin meanwhile."""
CALL_LENGTHS_CV = 1.0
"""Spread of call lengths, and so of recordings; the formulas claim that it does not matter."""
CALLERS = 1_000_000
SHARE_TOLERANCE = 0.015
"""Of shares of time and of callers."""
TIME_TOLERANCE = 0.05
"""Of mean upload times where uploads are slowed less than OFTEN of the time, …"""
NEAR_TOLERANCE = 0.2
"""… and where it is more: balanced fairness errs by up to 18 % there for the fastest kind."""
OFTEN = 0.2


class Agreement(StrEnum):
    """Whether a formula and the simulation agree."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NO_ANSWER = "no answer"
    """The load is not below the link: no formula has an answer, and a simulation shows only how long it ran."""


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity by both ways; `tolerance` is the difference that still agrees, beyond what the interval leaves."""

    quantity: str
    unit: str
    formula: float
    simulated: float
    low: float
    high: float
    tolerance: float

    @property
    def agreement(self) -> Agreement:
        """Whether the formula lies in the interval of the simulation, give or take the tolerance."""
        if self.formula == inf:
            return Agreement.NO_ANSWER
        near = self.low - self.tolerance <= self.formula <= self.high + self.tolerance
        return Agreement.AGREES if near else Agreement.DIFFERS


@dataclass(frozen=True, slots=True)
class Proof:
    """The uploads of one site by both ways; `link_mbps` is what the link leaves them, None where none is named."""

    site: str
    uploads_per_hour: float
    link_mbps: float | None
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """A scenario by both ways, and the groups that upload in a way that is not simulated."""

    scenario: str
    seed: int
    proofs: tuple[Proof, ...]
    left_out: tuple[str, ...]

    @property
    def agreement(self) -> Agreement:
        """Differs where any row does."""
        found = {row.agreement for proof in self.proofs for row in proof.rows}
        return next((one for one in (Agreement.DIFFERS, Agreement.AGREES) if one in found), Agreement.NO_ANSWER)


def verify_scenario(
    scenario: Scenario,
    seed: int = 1,
    watched_by: Callable[[int], Watch] | None = None,
    uploads: int = UPLOADS,
) -> Verification:
    """Every site's uploads, as sizing makes them, by formula and simulation.

    At least so many `uploads` each time. `watched_by` is told how many steps there will be and gives what is told of
    them. UnusableInput: nothing uploads after the call, or more than can be simulated.
    """
    parts = demand(scenario)
    sites = {}
    for name, link in scenario.sites.items():
        here = [part for part in parts if part.group.site == name]
        if classes := classes_of(here):
            sites[name] = (classes, _free_mbps(link, here), _hours(name, classes, uploads))
    if not sites:
        raise UnusableInput(
            f"{scenario.name}: nothing to simulate, as no recording leaves after its call over a site's link; give "
            "home.uplink_mbps or upload.throttle_kbps"
        )
    runs = sum(1 + bool(free) for _, free, _ in sites.values())
    watch = watched_by(runs * (BATCHES + 1)) if watched_by else unwatched
    proofs = [
        Proof(
            site=name,
            uploads_per_hour=sum(kind.per_hour for kind in classes),
            link_mbps=free,
            rows=verify(classes, free or None, hours=hours, seed=seed, watch=watch),
        )
        for name, (classes, free, hours) in sites.items()
    ]
    left_out = [part.group.name for part in parts if part.group.when is not When.AT_ONCE and part.group.users]
    return Verification(scenario.name, seed, tuple(proofs), tuple(left_out))


def classes_of(parts: Sequence[GroupDemand]) -> list[Flows]:
    """The uploads after the call that cross a site's link, as sizing sees them: sizes and caps on the wire."""
    load = load_of(parts).flows
    found = []
    for part in parts:
        recordings = part.group.users * part.recorded_calls.value
        for line in part.lines:
            if line.label in load:
                size_mb = float(part.home_mb.value * part.expansion.value / recordings)
                offered, cap = (float(one) for one in load[line.label])
                sizes = Lognormal(size_mb, CALL_LENGTHS_CV)
                found.append(Flows(per_hour=offered * 3600 / 8 / size_mb, size_mb=sizes, cap_mbps=cap))
    return found


def _free_mbps(link: Link | None, parts: Sequence[GroupDemand]) -> float | None:
    """What the link leaves uploads; None where no link is named."""
    return float(standing_of(link, needs_of(parts)).free.value) if link else None


def _hours(site: str, classes: Sequence[Flows], uploads: int) -> float:
    """Long enough for many uploads, and for the slowest to come and go often."""
    slowest_h = max(kind.size_mb.mean * 8 / kind.cap_mbps for kind in classes) / 3600
    per_hour = sum(kind.per_hour for kind in classes)
    hours = max(uploads / per_hour, LONG * slowest_h)
    if hours * per_hour > MOST_UPLOADS:
        raise UnusableInput(
            f"{site}: {hours * per_hour:,.0f} uploads would have to be simulated, at most {MOST_UPLOADS:,} are; "
            "verify a scenario with fewer agents"
        )
    return hours


def to_json(found: Verification) -> str:
    """All of it as JSON text; a formula that has no answer is null."""
    about = {"schema_version": SCHEMA_VERSION, "tool_version": __version__, "scenario": found.scenario}
    sites = [
        {"site": one.site, "uploads_per_hour": one.uploads_per_hour, "link_mbps": one.link_mbps}
        | {"rows": [_data(row) for row in one.rows]}
        for one in found.proofs
    ]
    rest = {"seed": found.seed, "verdict": found.agreement, "sites": sites, "not_simulated": found.left_out}
    return json.dumps(about | rest, indent=2, ensure_ascii=False) + "\n"


def _data(row: Row) -> dict[str, object]:
    data = {name: None if value in (inf, -inf) else value for name, value in asdict(row).items()}
    return data | {"verdict": row.agreement}


def verify(
    classes: Sequence[Flows],
    link_mbps: float | None = None,
    *,
    hours: float | None = None,
    seed: int = 1,
    watch: Watch = unwatched,
) -> tuple[Row, ...]:
    """The levels of the common rate on an ample link, and what a finite one makes of it, by formula and simulation.

    Sizes and caps are on the wire, headers included. Without `hours` about 200,000 uploads are simulated.
    """
    busy = [kind for kind in classes if kind.per_hour > 0]
    if not busy:
        return ()
    long = hours or UPLOADS / sum(kind.per_hour for kind in busy)
    rows = _levels(busy, long, seed, watch)
    return rows if link_mbps is None else rows + _shared(busy, link_mbps, long, seed, watch)


def loads(classes: Sequence[Flows]) -> list[tuple[float, float]]:
    """The classes as the formulas take them: offered load and rate of one upload, Mbps."""
    return [(kind.per_hour * kind.size_mb.mean * 8 / 3600, kind.cap_mbps) for kind in classes]


def _levels(classes: Sequence[Flows], hours: float, seed: int, watch: Watch) -> tuple[Row, ...]:
    ample = share_link(classes, hours=hours, seed=seed, watch=watch)
    levels = flows.rate_levels_mbps(loads(classes), LEVELS)
    one_flow = max(kind.cap_mbps for kind in classes)
    mean = sum(load for load, _ in loads(classes))
    return (
        _row("mean rate", "Mbps", mean, ample.mean_mbps, 0.01 * mean),
        *(
            _row(f"rate, {level * 100:g} % of the time at most", "Mbps", formula, ample.demand_mbps[level], one_flow)
            for level, formula in zip(LEVELS, levels, strict=True)
        ),
    )


def _shared(classes: Sequence[Flows], link_mbps: float, hours: float, seed: int, watch: Watch) -> tuple[Row, ...]:
    shared = share_link(classes, link_mbps, hours=hours, seed=seed, watch=watch)
    met = flows.congestion(loads(classes), link_mbps)
    alike = len({kind.cap_mbps for kind in classes}) == 1
    tolerance = TIME_TOLERANCE if met.slowed < OFTEN or alike else NEAR_TOLERANCE
    slowed = inf if inf in met.slowdowns else met.slowed
    rows = [_row("time that uploads are slowed", "", slowed, shared.slowed, SHARE_TOLERANCE)]
    for kind, slowdown, seen in zip(classes, met.slowdowns, shared.upload_s, strict=True):
        formula = kind.size_mb.mean * 8 / kind.cap_mbps * slowdown
        if seen is not None:
            rows.append(_row(f"mean upload at {kind.cap_mbps:.4g} Mbps", "s", formula, seen, tolerance * formula))
    return tuple(rows)


def verify_waiting(
    calls_per_hour: float,
    handle_s: Distribution,
    agents: int,
    *,
    answer_within_s: float = 20.0,
    callers: int = CALLERS,
    seed: int = 1,
) -> tuple[Row, ...]:
    """Erlang C beside a queue of callers. It takes handle times to be exponential; others show what that costs."""
    load = calls_per_hour * handle_s.mean / 3600
    if load >= agents:
        return (Row("average speed of answer", "s", inf, inf, inf, inf, 0.0),)
    seen = queue_for_agents(
        calls_per_hour, handle_s, agents, callers=callers, seed=seed, answer_within_s=answer_within_s
    )
    level = erlang.service_level(agents, load, handle_s.mean, answer_within_s)
    asa_s = erlang.asa_s(agents, load, handle_s.mean)
    return (
        _row("callers who wait", "", erlang.erlang_c(agents, load), seen.waited, SHARE_TOLERANCE),
        _row(f"answered within {answer_within_s:g} s", "", level, seen.service_level, SHARE_TOLERANCE),
        _row("average speed of answer", "s", asa_s, seen.asa_s, TIME_TOLERANCE * asa_s),
    )


def _row(quantity: str, unit: str, formula: float, seen: Estimate, tolerance: float) -> Row:
    return Row(quantity, unit, float(formula), seen.value, seen.low, seen.high, float(tolerance))
