"""`remoteready fleet import`: reports from files, folders and archives into the store."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready.cli.fleet_store import STORE, KeyOption, StoreOption, key_of, open_store
from remoteready.exits import ExitCode

if TYPE_CHECKING:
    from remoteready.fleet.importing import Taken

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EPILOG = (
    "Files are left where they are; what is in the store already is not taken in twice. Examples: `remoteready fleet "
    "import /srv/reports`; `remoteready fleet import monday.zip desk.json`; `remoteready fleet import --watch "
    "/srv/reports`. The exit code is 0, or 2 where nothing at all could be taken in."
)


@app.command("import", epilog=EPILOG)
def take_in(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH…", help="Reports, folders of reports, zip archives of reports.")
    ],
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and take in what comes, until Ctrl-C.")] = False,
    json_lines: Annotated[bool, typer.Option("--json", help="Say what was done as JSON, a line each time.")] = False,
    store: StoreOption = STORE,
    key: KeyOption = None,
) -> None:
    """Take in the reports of many desks, as often as you like.

    What cannot be taken in is listed with the reason and never stops the rest.
    """
    from remoteready.fleet import conflicts, importing
    from remoteready.fleet.keeping import Shelf
    from remoteready.fleet.store import zstandard
    from remoteready.report import fleet_acts
    from remoteready.report.progress import bar

    zstandard()
    chosen = importing.checked(paths)
    with open_store(store, create=True) as opened:
        shelf = Shelf(opened, key_of(opened, key, create=True))

        def say(taken: "Taken") -> None:
            if json_lines:
                typer.echo(json.dumps(fleet_acts.taken_as_data(taken)))
            else:
                typer.echo(fleet_acts.taken(taken, conflicts.count(opened)), nl=False)

        if watch:
            typer.echo("Taking in what is there and whatever comes; Ctrl-C ends it.", err=True)
            importing.follow(shelf, chosen, say, time.sleep)
        with bar(importing.amount(chosen), "reports") as move:
            taken = importing.take_in(shelf, chosen, move)
        say(taken)
    raise typer.Exit(ExitCode.READY if taken.useful else ExitCode.USAGE)
