"""`remoteready fleet audit`: the stored facts judged again by other profiles."""

import os
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from typing import Annotated

import typer

from remoteready import files
from remoteready.cli.desk import ProfilesOption, RoleOption, SiteOption, judged_by
from remoteready.cli.fleet_store import STORE, StoreOption, open_store
from remoteready.cli.output import Format, OutputOption, TableFormat, TableOption, deliver
from remoteready.language import tr

app = typer.Typer(rich_markup_mode=None, add_completion=False)


EPILOG = (
    "Example: `remoteready fleet audit -p our-desks.yaml`. Exit codes: 0 everybody would be ready · 1 somebody would "
    "not be · 3 for somebody it could not be told."
)


@app.command(epilog=EPILOG)
def audit(
    profile: ProfilesOption = None,
    site: SiteOption = None,
    role: RoleOption = None,
    apply: Annotated[bool, typer.Option("--apply", help="Keep it: the store then holds the new results.")] = False,
    format: TableOption = TableFormat.CONSOLE,
    output: OutputOption = None,
    store: StoreOption = STORE,
) -> None:
    """Judge all stored facts again by other profiles: who would no longer be ready, and why.

    No workstation is asked. Without --apply nothing is changed; with it, the new results stand in place of the old.
    """
    if output:
        files.check_writable(output)
    from remoteready.fleet import reaudit
    from remoteready.fleet.answers import to_json
    from remoteready.report import fleet_audit, rows
    from remoteready.report.progress import bar

    chosen = judged_by(profile, site, role, date.today())  # by the calendar of whoever asks
    with (
        open_store(store) as opened,
        ProcessPoolExecutor(os.cpu_count()) as pool,
        bar(opened.value("SELECT count(*) FROM facts"), tr("reports")) as move,
    ):
        answer = reaudit.reaudit(opened, chosen, pool, apply=apply, move=lambda count: move(count, count))
    if format is TableFormat.JSON:
        deliver(to_json(answer), output)
    elif format is TableFormat.CSV:
        deliver(rows.to_csv(fleet_audit.rows(answer)), output)
    else:
        deliver(fleet_audit.console(answer), output, Format.CONSOLE)
    raise typer.Exit(answer.verdict.exit_code)
