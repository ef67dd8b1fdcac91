"""`remoteready fleet purge`, `erase` and `log`: what goes, who is erased, and who did what."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from remoteready.cli.fleet_store import STORE, KeyOption, StoreOption, key_of, open_store, pseudonym_of
from remoteready.cli.output import Format, OutputOption, TableFormat, TableOption, deliver

FACTS_DAYS, FINDINGS_DAYS, ROLLUPS_DAYS = 30, 90, 400
"""What is kept unless told otherwise: long enough to judge again, to see a quarter, and to compare with a year ago."""

app = typer.Typer(rich_markup_mode=None, add_completion=False)


def _days(flag: str, what: str) -> Any:
    return typer.Option(flag, metavar="DAYS", min=0, max=36500, help=f"How long {what} are kept.")


@app.command(
    "purge",
    epilog="Run it daily. What is older is not taken in again. Example: `remoteready fleet purge --facts-days 14`",
)
def purge(
    facts: Annotated[int, _days("--facts-days", "the facts of each desk")] = FACTS_DAYS,
    findings: Annotated[int, _days("--findings-days", "reports and what was not passed")] = FINDINGS_DAYS,
    rollups: Annotated[int, _days("--rollups-days", "daily counts, which name nobody,")] = ROLLUPS_DAYS,
    store: StoreOption = STORE,
) -> None:
    """Remove what is older than it need be, and overwrite it."""
    from remoteready.fleet import retention
    from remoteready.report import fleet_acts

    kept = retention.Kept.of(datetime.now(UTC).date(), facts, findings, rollups)
    with open_store(store) as opened:
        deliver(fleet_acts.purged(retention.purge(opened, kept)), None, Format.CONSOLE)


@app.command("erase", epilog="Example: `remoteready fleet erase jane.doe@example.com`")
def erase(
    agent: Annotated[str, typer.Argument(metavar="AGENT", help="By the organisation's name for them, or pseudonym.")],
    store: StoreOption = STORE,
    key: KeyOption = None,
) -> None:
    """Remove every trace of one agent, and prove it by searching the whole store for them."""
    from remoteready.fleet import retention
    from remoteready.report import fleet_acts

    with open_store(store) as opened:
        name = pseudonym_of(opened, agent, key)
        done = retention.erase(opened, key_of(opened, key), name, datetime.now(UTC))
    deliver(fleet_acts.erased(done), None, Format.CONSOLE)


@app.command("log", epilog="Example: `remoteready fleet log --format csv -o log.csv`")
def log(
    format: TableOption = TableFormat.CONSOLE,
    output: OutputOption = None,
    store: StoreOption = STORE,
) -> None:
    """Who looked, purged, erased or exported, and when."""
    from remoteready.fleet import retention
    from remoteready.report import fleet_acts
    from remoteready.report.rows import to_console, to_csv, to_json

    with open_store(store) as opened:
        rows = fleet_acts.log_rows(retention.log(opened))
    if format is TableFormat.CONSOLE:
        deliver(to_console(rows, "Who did what"), output, Format.CONSOLE)
    else:
        deliver((to_json if format is TableFormat.JSON else to_csv)(rows), output)
