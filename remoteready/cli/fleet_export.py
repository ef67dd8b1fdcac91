"""`remoteready fleet export`: what the store holds, for others."""

import json
from pathlib import Path
from typing import Annotated

import typer

from remoteready import files
from remoteready.cli.fleet_store import STORE, KeyOption, StoreOption, open_store, pseudonym_of
from remoteready.cli.output import deliver

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("export", epilog="Example: `remoteready fleet export --agent jane.doe@example.com -o jane.json`")
def export(
    agent: Annotated[
        str, typer.Option("--agent", metavar="ID", help="All that is known of one agent, as JSON, for them to read.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead of the terminal.")
    ] = None,
    store: StoreOption = STORE,
    key: KeyOption = None,
) -> None:
    """All that is stored of one agent, as the law lets them ask for; noted in the log."""
    from remoteready.fleet import retention

    if output:
        files.check_writable(output)
    with open_store(store) as opened:
        held = retention.about(opened, pseudonym_of(opened, agent, key))
    deliver(json.dumps(held, indent=2, ensure_ascii=False) + "\n", output)
