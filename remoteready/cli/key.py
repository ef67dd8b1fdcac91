"""The key that a site shares with its desks: it stands in a file, never in arguments, which others can read."""

from pathlib import Path
from typing import Annotated

import typer

from remoteready import files
from remoteready.exits import UnusableInput

LEAST = 16
KeyOption = Annotated[
    Path | None, typer.Option("--key-file", metavar="FILE", help="The key that the site shares with its desks.")
]


def shared_key(path: Path | None) -> bytes | None:
    """The key in a file, without the end of the line; None without a file. UnusableInput if it keeps nobody out."""
    if path is None:
        return None
    key = files.read_text(path).strip().encode()
    if len(key) < LEAST:
        raise UnusableInput(f"{path}: a key of {len(key)} characters is too short; put at least {LEAST} into it")
    return key
