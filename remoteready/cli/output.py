"""The options that every reporting command shares, and where its report goes."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from remoteready import files


class Format(StrEnum):
    """How a report looks."""

    CONSOLE = "console"
    JSON = "json"
    HTML = "html"


FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How the report looks.")]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write the report to a file instead of the terminal."),
]


def deliver(text: str, output: Path | None) -> None:
    """Write a finished report to standard output or, all or nothing, to a file."""
    if output is None:
        files.write_stdout(text)
    else:
        files.write(output, text)
        typer.echo(f"Written: {output}", err=True)
