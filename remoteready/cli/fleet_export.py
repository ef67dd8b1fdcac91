"""`remoteready fleet export`: what the store holds, for others."""

import json
from pathlib import Path
from typing import Annotated

import typer

from remoteready import files
from remoteready.cli.fleet_store import STORE, KeyOption, StoreOption, open_store, pseudonym_of
from remoteready.cli.output import deliver
from remoteready.exits import UnusableInput
from remoteready.language import tr

app = typer.Typer(rich_markup_mode=None, add_completion=False)
EPILOG = (
    "Examples: `remoteready fleet export --agent jane.doe@example.com -o jane.json`; `remoteready fleet export "
    "--parquet facts.parquet`, a column a fact, for DuckDB, Spark or a spreadsheet that reads Parquet."
)


@app.command("export", epilog=EPILOG)
def export(
    agent: Annotated[
        str | None,
        typer.Option("--agent", metavar="ID", help="All that is known of one agent, as JSON, for them to read."),
    ] = None,
    parquet: Annotated[
        Path | None,
        typer.Option("--parquet", metavar="FILE", help="All facts of everybody, pseudonymous, a row a report."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead of the terminal.")
    ] = None,
    store: StoreOption = STORE,
    key: KeyOption = None,
) -> None:
    """What the store holds of one agent, as the law lets them ask for it, or the facts of all for other programs.

    Both are noted in the log.
    """
    if (agent is None) == (parquet is None):
        raise UnusableInput("fleet export: say what to export, --agent ID or --parquet FILE")
    if parquet is not None:
        if output is not None:
            raise UnusableInput("fleet export: --parquet names its file itself; leave out --output")
        _facts(parquet, store)
    else:
        _about(str(agent), output, store, key)


def _about(agent: str, output: Path | None, store: Path, key: Path | None) -> None:
    from remoteready.fleet import retention

    if output:
        files.check_writable(output)
    with open_store(store) as opened:
        held = retention.about(opened, pseudonym_of(opened, agent, key))
    deliver(json.dumps(held, indent=2, ensure_ascii=False) + "\n", output)


def _facts(target: Path, store: Path) -> None:
    from remoteready.fleet import lake
    from remoteready.report.progress import bar

    with (
        open_store(store) as opened,
        bar(opened.value("SELECT count(*) FROM facts"), tr("reports")) as move,
    ):
        count = lake.export(opened, target, lambda done: move(done, done))
        with opened.transaction():
            opened.log(f"exported the facts of {count} reports")
    typer.echo(f"Written: {target}, {count:,} reports", err=True)
