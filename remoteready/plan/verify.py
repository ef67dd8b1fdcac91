"""The formulas beside a simulation of the same scenario: every number twice, with confidence and a verdict.

Uploads after the call (as fast as lines or throttles let them), uploads as they are recorded, calls, and windows after
the shift; where the times of a group are known, those of the interval that binds.

What differs on purpose is part of the verdict: near saturation balanced fairness (Bonald and Virtamo 2005), which the
formulas use for several kinds of uploads, is not quite the max–min sharing that is simulated.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from math import inf

from remoteready import __version__
from remoteready.exits import UnusableInput
from remoteready.formulas import erlang, flows
from remoteready.plan.agreement import Agreement, Row, row
from remoteready.plan.demand import GroupDemand, demand
from remoteready.plan.needs import Needs, load_of, needs_of, standing_of
from remoteready.plan.proofs import live_rows, window_rows
from remoteready.plan.scenario import Scenario
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
from remoteready.plan.timeline import Clockwork, site_day
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


@dataclass(frozen=True, slots=True)
class Proof:
    """One site by both ways; `link_mbps` is what the link leaves uploads after the call, None where none is named."""

    site: str
    uploads_per_hour: float
    link_mbps: float | None
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """A scenario by both ways, and the groups whose recordings cross no link that could be simulated."""

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
    """Every site's calls and uploads, as sizing makes them, by formula and simulation.

    At least so many `uploads` each time. `watched_by` is told how many steps there will be and gives what is told of
    them. UnusableInput: nothing crosses a site's link, or more than can be simulated.
    """
    sites = [one for one in _sites(scenario, uploads) if one.runs]
    if not sites:
        raise UnusableInput(
            f"{scenario.name}: nothing to simulate, as neither calls nor recordings cross a site's link; give voice or "
            "a recorder on premises"
        )
    watch = watched_by(sum(one.runs for one in sites) * (BATCHES + 1)) if watched_by else unwatched
    proofs = [
        Proof(
            site=one.name,
            uploads_per_hour=sum(kind.per_hour for kind in one.classes),
            link_mbps=one.free_mbps,
            rows=(
                *verify(one.classes, one.free_mbps or None, hours=one.hours, seed=seed, watch=watch),
                *live_rows("calls", one.needs.load.calls, one.parts, seed, watch),
                *live_rows("live uploads", one.needs.load.live, one.parts, seed, watch),
                *(made for part in one.windows for made in window_rows(part, seed, watch)),
            ),
        )
        for one in sites
    ]
    done = {part.group.name for one in sites for part in one.parts if part.group.on_link(part.group.recording.recorder)}
    left_out = [group.name for group in scenario.groups if group.name not in done and group.users]
    return Verification(scenario.name, seed, tuple(proofs), tuple(left_out))


@dataclass(frozen=True, slots=True)
class _Site:
    """What is simulated of a site: of the interval that binds, where times are known."""

    name: str
    parts: Sequence[GroupDemand]
    windows: Sequence[GroupDemand]
    classes: Sequence[Flows]
    needs: Needs
    free_mbps: float | None
    hours: float

    @property
    def runs(self) -> int:
        """Simulations that it takes."""
        uploads = (1 + bool(self.free_mbps)) if self.classes else 0
        return uploads + bool(self.needs.load.calls) + bool(self.needs.load.live) + len(self.windows)


def _sites(scenario: Scenario, uploads: int) -> Iterator[_Site]:
    whole, clockwork = demand(scenario), Clockwork(scenario.groups)
    for name, link in scenario.sites.items():
        here = [part for part in whole if part.group.site == name]
        day = site_day(name, link, clockwork)
        parts = clockwork.parts(day.binding, lambda group, name=name: group.site == name) if day else here  # type: ignore[misc]
        needs, classes = needs_of(parts), classes_of(parts)
        yield _Site(
            name=name,
            parts=parts,
            windows=[part for part in here if _has_window(part)],
            classes=classes,
            needs=needs,
            free_mbps=float(standing_of(link, needs).free.value) if link and classes else None,
            hours=_hours(name, classes, uploads) if classes else 0.0,
        )


def _has_window(part: GroupDemand) -> bool:
    group = part.group
    return bool(
        group.when is When.DEFERRED and group.on_link(group.recording.recorder) and part.home_mb.value and part.lines
    )


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


@dataclass(frozen=True, slots=True)
class RowData:
    """One quantity; null where a formula has no answer, or where nothing is known of how far the simulation errs."""

    quantity: str
    unit: str
    formula: float | None
    simulated: float
    low: float | None
    high: float | None
    tolerance: float | None
    bound: bool
    verdict: Agreement


@dataclass(frozen=True, slots=True)
class SiteData:
    """One site; `link_mbps` is what its link leaves uploads after the call, null where no link is named."""

    site: str
    uploads_per_hour: float
    link_mbps: float | None
    rows: list[RowData]


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """A scenario by formula and by simulation. Rates are Mbps on the wire, per direction."""

    schema_version: str
    tool_version: str
    scenario: str
    seed: int
    verdict: Agreement
    sites: list[SiteData]
    not_simulated: list[str]


def to_json(found: Verification) -> str:
    """All of it as JSON text; a formula that has no answer is null."""
    sites = [
        SiteData(one.site, one.uploads_per_hour, one.link_mbps, [_data(row) for row in one.rows])
        for one in found.proofs
    ]
    data = VerificationReport(
        SCHEMA_VERSION, __version__, found.scenario, found.seed, found.agreement, sites, [*found.left_out]
    )
    return json.dumps(asdict(data), indent=2, ensure_ascii=False) + "\n"


def _data(row: Row) -> RowData:
    def known(value: float) -> float | None:
        return value if abs(value) < inf else None

    return RowData(
        quantity=row.quantity,
        unit=row.unit,
        formula=known(row.formula),
        simulated=row.simulated,
        low=known(row.low),
        high=known(row.high),
        tolerance=known(row.tolerance),
        bound=row.bound,
        verdict=row.agreement,
    )


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
        row("mean rate", "Mbps", mean, ample.mean_mbps, 0.01 * mean),
        *(
            row(f"rate, {level * 100:g} % of the time at most", "Mbps", formula, ample.demand_mbps[level], one_flow)
            for level, formula in zip(LEVELS, levels, strict=True)
        ),
    )


def _shared(classes: Sequence[Flows], link_mbps: float, hours: float, seed: int, watch: Watch) -> tuple[Row, ...]:
    shared = share_link(classes, link_mbps, hours=hours, seed=seed, watch=watch)
    met = flows.congestion(loads(classes), link_mbps)
    alike = len({kind.cap_mbps for kind in classes}) == 1
    tolerance = TIME_TOLERANCE if met.slowed < OFTEN or alike else NEAR_TOLERANCE
    slowed = inf if inf in met.slowdowns else met.slowed
    rows = [row("time that uploads are slowed", "", slowed, shared.slowed, SHARE_TOLERANCE)]
    for kind, slowdown, seen in zip(classes, met.slowdowns, shared.upload_s, strict=True):
        formula = kind.size_mb.mean * 8 / kind.cap_mbps * slowdown
        if seen is not None:
            rows.append(row(f"mean upload at {kind.cap_mbps:.4g} Mbps", "s", formula, seen, tolerance * formula))
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
        row("callers who wait", "", erlang.erlang_c(agents, load), seen.waited, SHARE_TOLERANCE),
        row(f"answered within {answer_within_s:g} s", "", level, seen.service_level, SHARE_TOLERANCE),
        row("average speed of answer", "s", asa_s, seen.asa_s, TIME_TOLERANCE * asa_s),
    )
