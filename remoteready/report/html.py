"""Reports as one self-contained page: no script, nothing loaded from elsewhere, every text escaped."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from remoteready import __version__
from remoteready.language import current, date, tr
from remoteready.report import advice, days, planning, words

if TYPE_CHECKING:
    from remoteready.check.findings import Report
    from remoteready.plan.sizing import Sizing
    from remoteready.report.page import Page


def check(report: "Report") -> str:
    """The report of one workstation."""
    from remoteready.check.findings import Status

    return _page(
        "check.html.j2",
        report=report,
        title=words.verdict(report.verdict).capitalize(),
        broken=report.with_status(Status.FAIL),
        unsure=words.by_reason(report, Status.UNKNOWN, "must"),
        warned=report.with_status(Status.WARN),
    )


def plan(sizing: "Sizing", explain: bool) -> str:
    """The answer to a scenario."""
    return _page("plan.html.j2", sizing=sizing, title=sizing.scenario.name, explain=explain)


def fleet(question: str, answer: Any, **values: Any) -> str:
    """The answer to a question about the fleet: status, why, agent, trend, diff or uplinks."""
    from remoteready.report import fleet as said
    from remoteready.report import fleet_changes, fleet_charts, fleet_lines

    values |= {"fleet": said, "changes": fleet_changes, "lines": fleet_lines, "charts": fleet_charts}
    return _page(f"fleet-{question}.html.j2", title=f"fleet {question}", answer=answer, **values)


def table(page: "Page") -> str:
    """A page of headings, drawings and tables."""
    return _page("table.html.j2", page=page, title=page.title)


def _page(template: str, **values: Any) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(
        tr=tr,
        date=date,
        language=current(),
        words=words,
        planning=planning,
        advice=advice,
        days=days,
        version=__version__,
        **values,
    )
