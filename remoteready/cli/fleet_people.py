"""`remoteready fleet roster` and `reveal`: from the organisation's names to pseudonyms, and back."""

from pathlib import Path
from typing import Annotated

import typer

from remoteready import files
from remoteready.cli.fleet_store import STORE, KeyOption, StoreOption, key_of, open_store
from remoteready.cli.output import Format, OutputOption, TableFormat, TableOption, deliver

app = typer.Typer(rich_markup_mode=None, add_completion=False)

ROSTER_EPILOG = (
    "The file begins with the line agent,site,team,isp; only agent is needed, named as `check --agent` has it. "
    "The newest roster replaces the one before. Example: `remoteready fleet roster people.csv`"
)
REVEAL_EPILOG = (
    "Only who has the key and the roster can do this, and it is written into the log. Examples: `remoteready fleet "
    "reveal --roster people.csv B6XK2…`; without a pseudonym: everybody, as CSV for the ticket tool with --format csv."
)


@app.command("roster", epilog=ROSTER_EPILOG)
def roster(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file: agent, site, team, isp.")],
    store: StoreOption = STORE,
    key: KeyOption = None,
) -> None:
    """Say who belongs to the fleet, where they are, and with which internet provider.

    Names are turned into pseudonyms at once and not kept.
    """
    from remoteready.fleet import roster as rosters
    from remoteready.report import fleet_acts

    read = rosters.read(file)
    with open_store(store, create=True) as opened:
        done = rosters.apply(opened, key_of(opened, key, create=True), read)
    deliver(fleet_acts.roster(read, done), None, Format.CONSOLE)


@app.command("reveal", epilog=REVEAL_EPILOG)
def reveal(
    roster: Annotated[Path, typer.Option("--roster", metavar="FILE", help="The CSV file of the roster.")],
    pseudonyms: Annotated[
        list[str] | None, typer.Argument(metavar="[PSEUDONYM]…", help="Whom to find (everybody in the store).")
    ] = None,
    format: TableOption = TableFormat.CONSOLE,
    output: OutputOption = None,
    store: StoreOption = STORE,
    key: KeyOption = None,
) -> None:
    """Who is behind a pseudonym, by the key and the roster."""
    from remoteready.fleet import roster as rosters
    from remoteready.report import fleet_acts
    from remoteready.report.rows import to_console, to_csv, to_json

    if output:
        files.check_writable(output)
    read = rosters.read(roster)
    with open_store(store) as opened:
        found = rosters.reveal(opened, key_of(opened, key), read, pseudonyms or [])
    asked = [name.upper() for name in pseudonyms or []] or sorted(found)
    rows = fleet_acts.people_rows(asked, found)
    if format is TableFormat.CONSOLE:
        deliver(to_console(rows, "Who it is"), output, Format.CONSOLE)
    else:
        deliver((to_json if format is TableFormat.JSON else to_csv)(rows), output)


@app.command("conflicts", epilog="Example: `remoteready fleet conflicts --format csv -o conflicts.csv`")
def conflicts(
    format: TableOption = TableFormat.CONSOLE,
    output: OutputOption = None,
    store: StoreOption = STORE,
) -> None:
    """Who reports from more than one workstation: a new computer, or somebody who claims to be another.

    Reports of which two say different things under one id are listed too.
    """
    from remoteready.fleet import conflicts as clashes
    from remoteready.report import fleet_acts
    from remoteready.report.rows import to_csv, to_json

    if output:
        files.check_writable(output)
    with open_store(store) as opened:
        found, twice = clashes.conflicts(opened), clashes.duplicates(opened)
    if format is TableFormat.CONSOLE:
        deliver(fleet_acts.conflicts(found, twice), output, Format.CONSOLE)
    else:
        rows = fleet_acts.conflict_rows(found, twice)
        deliver((to_json if format is TableFormat.JSON else to_csv)(rows), output)
