"""Every answer about the fleet in every way that it can look."""

from collections.abc import Callable
from typing import Any

from rich.console import Console

from remoteready.fleet.answers import to_json
from remoteready.report import fleet_console, fleet_console_more, fleet_rows, html
from remoteready.report.rows import to_csv

ON_A_TERMINAL: dict[str, Callable[..., str]] = {
    "status": fleet_console.status,
    "why": fleet_console.why,
    "agent": fleet_console_more.agent,
    "trend": fleet_console_more.trend,
    "diff": fleet_console_more.diff,
    "uplinks": fleet_console_more.uplinks,
}


def look(question: str, answer: Any, format: str, limit: int | None = None, console: Console | None = None) -> str:
    """An answer as `console`, `json`, `csv` or `html`; `limit` is the most people that a list of a diff shows."""
    more = {"limit": limit} if question == "diff" else {}
    if format == "json":
        return to_json(answer)
    if format == "csv":
        return to_csv(fleet_rows.QUESTIONS[question](answer))
    if format == "html":
        return html.fleet(question, answer, **more)
    return ON_A_TERMINAL[question](answer, console=console, **more)
