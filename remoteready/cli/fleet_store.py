"""The options that the `fleet` commands share: the store, the key of its pseudonyms, and who is meant."""

from pathlib import Path
from typing import Annotated

import typer

from remoteready.exits import UnusableInput
from remoteready.fleet import privacy
from remoteready.fleet.store import DEFAULT, Store

StoreOption = Annotated[Path, typer.Option("--store", metavar="FILE", help="The file that holds it all.")]
KeyOption = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="The key of the pseudonyms (fleet.key in your settings folder)."),
]
STORE = DEFAULT


def open_store(path: Path, *, create: bool = False) -> Store:
    """The store that a command works on. UnusableInput."""
    return Store.open(path, create=create)


def key_of(store: Store, path: Path | None, *, create: bool = False) -> bytes:
    """The key of a store; says on standard error where a new one was put. UnusableInput."""
    file = path or privacy.default_key()
    new = create and not file.exists()
    key = privacy.key_of(store, file, create=create)
    if new:
        typer.echo(
            f"A new key for pseudonyms: {file}. Keep a copy in a safe place: without it nobody can be found by name.",
            err=True,
        )
    elif not privacy.private(file):
        typer.echo(f"remoteready: {file}: others can read this key; take their rights away", err=True)
    return key


def pseudonym_of(store: Store, agent: str, key: Path | None) -> str:
    """The pseudonym of an agent that is named by it, or as the organisation names them. UnusableInput."""
    if privacy.is_pseudonym(agent) and store.value("SELECT 1 FROM agent WHERE pseudonym = ?", agent.upper()):
        return agent.upper()
    named = privacy.pseudonym(key_of(store, key), agent)
    if not store.value("SELECT 1 FROM agent WHERE pseudonym = ?", named):
        raise UnusableInput("nobody of this name or pseudonym is in the store; is it spelt as `check --agent` has it?")
    return named
