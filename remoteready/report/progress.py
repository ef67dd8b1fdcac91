"""What is still being waited for, on standard error, while it is being waited for."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from remoteready.language import spoken, tr


@contextmanager
def progress() -> Iterator[Callable[[list[str]], None]]:
    """A line on the terminal that names the checks still running; nothing where no one is watching."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda waiting: None
        return
    with console.status(tr("Checking …"), spinner="line" if console.options.ascii_only else "dots") as status:
        yield lambda waiting: status.update(tr("Checking: {names}").format(names=", ".join(map(spoken, waiting))))


PATIENCE_S = 1.0
"""Below this, a bar would only flicker."""


@contextmanager
def counting(path: Path) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal while a large file is read, with lines a second; nothing where no one is watching.

    To be told how many bytes and lines have been read.
    """
    with bar(path.stat().st_size if path.is_file() else 0, tr("lines")) as move:
        yield move


@contextmanager
def bar(total: int, counted: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal for work of more than a second: to be told how much of `total`, and how many, are done."""
    if not sys.stderr.isatty():
        yield lambda done, count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    texts = TextColumn("{task.fields[count]:,} " + counted), TextColumn("{task.fields[rate]:,}/s")
    shown = Progress(BarColumn(), *texts, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
    began = time.monotonic()
    task = shown.add_task("", total=total or None, count=0, rate=0)

    def move(done: int, count: int) -> None:
        elapsed = time.monotonic() - began
        if elapsed > PATIENCE_S:
            shown.start()
            shown.update(task, completed=done, count=count, rate=round(count / elapsed))

    try:
        yield move
    finally:
        shown.stop()


@contextmanager
def steps(counted: str) -> Iterator[Callable[[int], Callable[[int, int], None]]]:
    """A bar whose length is known only once the work has begun: to be told the total, then each step and its count."""
    with ExitStack() as stack:

        def begin(total: int) -> Callable[[int, int], None]:
            move = stack.enter_context(bar(total, counted))
            so_far = [0, 0]

            def step(done: int, count: int) -> None:
                so_far[0] += done
                so_far[1] += count
                move(*so_far)

            return step

        yield begin
