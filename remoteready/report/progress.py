"""What is still being waited for, on standard error, while it is being waited for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from remoteready.language import tr


@contextmanager
def progress() -> Iterator[Callable[[list[str]], None]]:
    """A line on the terminal that names the checks still running; nothing where no one is watching."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda waiting: None
        return
    with console.status(tr("Checking …"), spinner="line" if console.options.ascii_only else "dots") as status:
        yield lambda waiting: status.update(tr("Checking: {names}").format(names=", ".join(waiting)))
