"""`remoteready fleet alerts`: what somebody should hear of, once."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from remoteready import files
from remoteready.cli.fleet_store import STORE, StoreOption, open_store
from remoteready.cli.output import Format, OutputOption, TableFormat, TableOption, deliver
from remoteready.exits import ExitCode
from remoteready.fleet.answers import STALE_AFTER_HOURS

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EPILOG = (
    "Each is said once, and again only after it had ended. The exit code is 1 when there is something to say, else 0. "
    "Examples: `remoteready fleet alerts` after each import; `remoteready fleet alerts --webhook "
    "https://hooks.example.com/desks` posts the same as JSON."
)


@app.command("alerts", epilog=EPILOG)
def alerts(
    webhook: Annotated[
        str | None,
        typer.Option("--webhook", metavar="URL", help="Also post them there as JSON: https, or http to this computer."),
    ] = None,
    silent_after: Annotated[
        int,
        typer.Option(
            "--silent-after", metavar="HOURS", min=1, max=9999, help="Without a report for so long is silent."
        ),
    ] = STALE_AFTER_HOURS,
    format: TableOption = TableFormat.CONSOLE,
    output: OutputOption = None,
    store: StoreOption = STORE,
) -> None:
    """Who stopped reporting, whose recordings do not leave the desk, who became not ready – since the last run."""
    import json

    from remoteready.fleet import alerts as alerting
    from remoteready.report import fleet_acts
    from remoteready.report.rows import to_csv

    url = webhook and alerting.check_webhook(webhook)
    if output:
        files.check_writable(output)
    now = datetime.now(UTC)
    with open_store(store) as opened:
        found = alerting.due(opened, now, silent_after)
        if url and found:
            alerting.post(url, found, now)
        if format is TableFormat.JSON:
            text = json.dumps(alerting.to_data(found, now), indent=2) + "\n"
        elif format is TableFormat.CSV:
            text = to_csv(fleet_acts.alert_rows(found))
        else:
            text = fleet_acts.alerts(found)
        deliver(text, output, Format(format) if format is TableFormat.CONSOLE else Format.JSON)
        alerting.settle(opened, found, now, silent_after)
    raise typer.Exit(ExitCode.NOT_READY if found else ExitCode.READY)
