"""An import that tells after every commit how many reports are safe, to be killed at any moment."""

from multiprocessing.connection import Connection
from pathlib import Path

from remoteready.fleet import importing
from remoteready.fleet.keeping import Shelf
from remoteready.fleet.store import Store
from tests.fleet.state import KEY


def take_in(store: Path, folder: Path, tell: Connection) -> None:
    """What `fleet import` does, a few reports at a time."""
    shelf = Shelf(Store.open(store, create=True), KEY)
    importing.take_in(shelf, [folder], lambda done, count: tell.send(done), batch=3)
    tell.send(None)
