"""The options that every reporting command shares, and where its report goes."""

from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from remoteready import files
from remoteready.language import tr


class Format(StrEnum):
    """How a report looks."""

    CONSOLE = "console"
    JSON = "json"
    HTML = "html"


class TableFormat(StrEnum):
    """How rows look."""

    CONSOLE = "console"
    JSON = "json"
    CSV = "csv"


FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How the report looks.")]
TableOption = Annotated[TableFormat, typer.Option("--format", "-f", help="How the result looks.")]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write the report to a file instead of the terminal."),
]


def deliver(text: str, output: Path | None, format: Format = Format.JSON) -> None:
    """Write a finished report to standard output or, all or nothing, to a file.

    Only what a person reads on the terminal is in the terminal's encoding; data and pages are UTF-8 everywhere.
    """
    if output is None:
        files.write_stdout(text, None if format is Format.CONSOLE else "utf-8")
    else:
        save(text, output)


def save(content: str | bytes, output: Path) -> None:
    """Write a finished report to a file, all or nothing, and say so."""
    files.write(output, content)
    with suppress(OSError):  # the report is written, whether or not that can be said
        typer.echo(tr("Written: {file}").format(file=output), err=True)
