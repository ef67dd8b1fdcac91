"""Every answer about the fleet in every way that it can look."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def look(question: str, answer: Any, format: str, limit: int | None = None, console: "Console | None" = None) -> str:
    """An answer as `console`, `json`, `csv` or `html`; `limit` is the most people that a list of a diff shows."""
    more = {"limit": limit} if question == "diff" else {}
    if format == "json":
        from remoteready.fleet.answers import to_json

        return to_json(answer)
    if format == "csv":
        from remoteready.report import fleet_rows, rows

        return rows.to_csv(fleet_rows.QUESTIONS[question](answer))
    if format == "html":
        from remoteready.report import html

        return html.fleet(question, answer, **more)
    return _on_a_terminal(question)(answer, console=console, **more)


def _on_a_terminal(question: str) -> Callable[..., str]:
    from remoteready.report import fleet_console, fleet_console_more

    looks: dict[str, Callable[..., str]] = {
        "status": fleet_console.status,
        "why": fleet_console.why,
        "agent": fleet_console_more.agent,
        "trend": fleet_console_more.trend,
        "diff": fleet_console_more.diff,
        "uplinks": fleet_console_more.uplinks,
    }
    return looks[question]
