"""The plan as plain data: what JSON holds, and its schema. Exact fractions become floats here and nowhere earlier."""

import json
from dataclasses import asdict, dataclass

from remoteready import __version__
from remoteready.exits import Verdict
from remoteready.plan.demand import Figure
from remoteready.plan.sizing import Sizing

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
class GroupData:
    """The figures of one group."""

    name: str
    site: str
    figures: list[FigureData]


@dataclass(frozen=True, slots=True)
class SiteData:
    """The figures of one site; `holds` is null where no link was named."""

    name: str
    holds: bool | None
    link_mbps_needed: float
    figures: list[FigureData]


@dataclass(frozen=True, slots=True)
class PlanReport:
    """The whole answer to a scenario. MB is 10⁶ bytes, Mbps 10⁶ bit/s per direction."""

    schema_version: str
    tool_version: str
    scenario: str
    verdict: Verdict
    totals: list[FigureData]
    groups: list[GroupData]
    sites: list[SiteData]


def plan_report(sizing: Sizing) -> PlanReport:
    """The sizing as plain data."""
    return PlanReport(
        schema_version=SCHEMA_VERSION,
        tool_version=__version__,
        scenario=sizing.scenario.name,
        verdict=sizing.verdict,
        totals=[_data(one) for one in sizing.totals],
        groups=[
            GroupData(part.group.name, part.group.site, [_data(one) for one in part.figures]) for part in sizing.groups
        ],
        sites=[
            SiteData(site.name, site.holds, float(site.link_mbps_needed), [_data(one) for one in site.figures])
            for site in sizing.sites
        ],
    )


def _data(figure: Figure) -> FigureData:
    inputs = {name: float(value) for name, value in figure.inputs.items()}
    return FigureData(figure.name, float(figure.value), figure.unit, figure.formula, inputs, figure.source)


def to_json(sizing: Sizing) -> str:
    """The report as JSON text."""
    return json.dumps(asdict(plan_report(sizing)), indent=2, ensure_ascii=False) + "\n"
