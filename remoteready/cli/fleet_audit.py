"""`remoteready fleet audit`: the stored facts judged again by other profiles."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from multiprocessing import active_children, get_context
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
        workers(len(reaudit.spans(opened))) as pool,
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


@contextmanager
def workers(tasks: int) -> Iterator[Executor]:
    """A process for each core, where there is more than one task. Only this one hears Ctrl-C, and then ends them.

    They are started afresh, not forked: a copy of this process would take the locks of its open store for its own.
    """
    if tasks < 2:
        with ThreadPoolExecutor(1) as pool:
            yield pool
        return
    count = min(tasks, os.cpu_count() or 1)
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is started now inherits it, where that is possible
    try:
        processes = ProcessPoolExecutor(count, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN))
        for _ in range(count):
            processes.submit(int)
    finally:
        signal.signal(signal.SIGINT, heard)
    try:
        yield processes
    except BaseException:
        for process in active_children():  # they only read
            process.terminate()
        raise
    finally:
        processes.shutdown(cancel_futures=True)
