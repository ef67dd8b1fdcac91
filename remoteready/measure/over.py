"""Waiting in the main thread for the end of another, with Ctrl-C at any moment."""

import time

STEP_S = 0.02
"""The longest that Ctrl-C, or the end, is noticed late; sleeping in steps, it is heard on Windows, too."""


class Over:
    """Set by a thread at its end.

    No `threading.Event`: Ctrl-C may come when `wait` has just taken its lock and not yet begun the block that gives it
    back; then both threads wait for it for ever. And `Thread.join`, once interrupted, takes a thread that runs for one
    that has ended.
    """

    def __init__(self) -> None:
        self.is_set = False

    def set(self) -> None:
        """It has ended."""
        self.is_set = True

    def wait(self, seconds: float) -> bool:
        """Whether it ended within so many seconds."""
        end = time.monotonic() + seconds
        while not self.is_set and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, STEP_S))
        return self.is_set
