"""The plan as plain data: what JSON holds, and its schema. Exact fractions become floats here and nowhere earlier."""

import json
from dataclasses import asdict, dataclass

from remoteready import __version__
from remoteready.exits import Verdict
from remoteready.plan.demand import GroupDemand
from remoteready.plan.figures import Figure
from remoteready.plan.gateways import GatewaySizing
from remoteready.plan.levers import binding
from remoteready.plan.links import SiteSizing
from remoteready.plan.sizing import Sizing
from remoteready.plan.timeline import SiteDay
from remoteready.plan.timetable import clock

SCHEMA_VERSION = "1"
"""Of the JSON report; raised when a field changes its meaning or goes."""


@dataclass(frozen=True, slots=True)
class FigureData:
    """One number, with how it was computed."""

    name: str
    value: float
    unit: str
    formula: str
    inputs: dict[str, float]
    source: str


@dataclass(frozen=True, slots=True)
class LineData:
    """Agents of a group whose home lines are alike; `problem` says what the line cannot do, or is null."""

    name: str
    agents: float
    uplink_mbps: float | None
    need_mbps: float
    upload_mbps: float
    problem: str | None


@dataclass(frozen=True, slots=True)
class GroupData:
    """The figures of one group, and its home lines where they are known."""

    name: str
    site: str
    figures: list[FigureData]
    home_lines: list[LineData]


@dataclass(frozen=True, slots=True)
class IntervalData:
    """One interval of a site's day; `slowed` and `waiting_gb` are null where no link was named."""

    time: str
    agents: int
    agents_short: int
    calls_at_once: int
    voice_mbps: float
    upload_mbps: float
    peak_mbps: float
    slowed: float | None
    waiting_gb: float | None


@dataclass(frozen=True, slots=True)
class SiteDayData:
    """A site's day by intervals; the figures of the site are those of the one that begins at `binding`."""

    step_minutes: int
    binding: str
    intervals: list[IntervalData]


@dataclass(frozen=True, slots=True)
class SessionData:
    """The VPN sessions of one interval, and how many begin in it."""

    time: str
    sessions: int
    logins: int


@dataclass(frozen=True, slots=True)
class SiteData:
    """The figures of one site; `holds` is null where no link was named, `day` where no times are known."""

    name: str
    holds: bool | None
    link_mbps_needed: float
    breaches: list[str]
    figures: list[FigureData]
    day: SiteDayData | None


@dataclass(frozen=True, slots=True)
class GatewayData:
    """The figures of VPN gateways; `holds` is null where no limit is known, `sessions` where no times are."""

    name: str
    holds: bool | None
    gateways_needed: int | None
    shortages: list[str]
    figures: list[FigureData]
    sessions: list[SessionData] | None


@dataclass(frozen=True, slots=True)
class PeakData:
    """One peak: links (Mbps) and gateways (sessions) that it needs, and the share of its calls that agents can take."""

    name: str
    verdict: Verdict
    calls_taken: float
    link_mbps_needed: dict[str, float]
    sessions: dict[str, float]


@dataclass(frozen=True, slots=True)
class LeverData:
    """One change that saves on the binding resource; `value` is what it is set to."""

    change: str
    value: str
    needed_before: float
    needed_after: float
    upload_s: float | None


@dataclass(frozen=True, slots=True)
class BindingData:
    """The resource that binds, and the changes that save most on it."""

    name: str
    unit: str
    needed: float
    levers: list[LeverData]


@dataclass(frozen=True, slots=True)
class PlanReport:
    """The whole answer to a scenario. MB is 10⁶ bytes of files, Mbps 10⁶ bit/s per direction.

    Of a group `average_mbps` and `agent_mbps` are of files; all other rates are on the wire, headers, tunnel and
    retransmissions included. Version 1 has been so since before the first release.
    """

    schema_version: str
    tool_version: str
    scenario: str
    verdict: Verdict
    totals: list[FigureData]
    groups: list[GroupData]
    sites: list[SiteData]
    gateways: list[GatewayData]
    binding: BindingData | None
    peaks: list[PeakData]


def plan_report(sizing: Sizing) -> PlanReport:
    """The sizing as plain data."""
    return PlanReport(
        schema_version=SCHEMA_VERSION,
        tool_version=__version__,
        scenario=sizing.scenario.name,
        verdict=sizing.verdict,
        totals=[_data(one) for one in sizing.totals],
        groups=[_group(part) for part in sizing.groups],
        sites=[_site(site) for site in sizing.sites],
        gateways=[_gateway(one) for one in sizing.gateways],
        binding=_binding(sizing),
        peaks=[
            PeakData(
                peak.name,
                peak.sizing.verdict,
                float(peak.taken),
                {site.name: float(site.link_mbps_needed) for site in peak.sizing.sites},
                {one.name: float(one.sessions.value) for one in peak.sizing.gateways},
            )
            for peak in sizing.peaks
        ],
    )


def _binding(sizing: Sizing) -> BindingData | None:
    bound = binding(sizing)
    if bound is None:
        return None
    levers = [
        LeverData(
            lever.change,
            lever.value,
            float(lever.before),
            float(lever.after),
            None if lever.upload_s is None else float(lever.upload_s),
        )
        for lever in bound.levers
    ]
    return BindingData(bound.name, bound.unit, float(bound.needed), levers)


def _group(part: GroupDemand) -> GroupData:
    lines = [
        LineData(
            name=line.label,
            agents=float(line.agents),
            uplink_mbps=None if line.uplink_mbps is None else float(line.uplink_mbps),
            need_mbps=float(line.need.value),
            upload_mbps=float(line.rate_mbps.value),
            problem=line.problem,
        )
        for line in part.lines
    ]
    return GroupData(part.group.name, part.group.site, [_data(one) for one in part.figures], lines)


def _site(site: SiteSizing) -> SiteData:
    breaches = [*site.standing.breaches] if site.standing else []
    figures = [_data(one) for one in site.figures]
    return SiteData(site.name, site.holds, float(site.link_mbps_needed), [*breaches], figures, _day(site.day))


def _day(day: SiteDay | None) -> SiteDayData | None:
    if day is None:
        return None
    slots = [asdict(slot) for slot in day.slots]
    intervals = [IntervalData(time=clock(slot.pop("minute")), **slot) for slot in slots]
    return SiteDayData(day.step, clock(day.binding[0]), intervals)


def _gateway(one: GatewaySizing) -> GatewayData:
    figures = [_data(figure) for figure in one.figures]
    slots = [SessionData(clock(slot.minute), slot.sessions, slot.logins) for slot in one.day.slots] if one.day else None
    return GatewayData(one.name, one.holds, one.gateways_needed, [*one.shortages], figures, slots)


def _data(figure: Figure) -> FigureData:
    inputs = {name: float(value) for name, value in figure.inputs.items()}
    return FigureData(figure.name, float(figure.value), figure.unit, figure.formula, inputs, figure.source)


def to_json(sizing: Sizing) -> str:
    """The report as JSON text."""
    return json.dumps(asdict(plan_report(sizing)), indent=2, ensure_ascii=False) + "\n"
