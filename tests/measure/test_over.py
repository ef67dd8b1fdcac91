"""Ctrl-C at any moment of waiting leaves a wait that can go on."""

import sys
import threading
from typing import Any

from remoteready.measure.over import Over

MOMENTS = 60
"""More than there are steps in a wait as short as here."""


def interrupted(over: Over, moment: int) -> bool:
    """Whether a wait came as far as that step of the interpreter, where Ctrl-C ends it."""
    steps = 0

    def step(frame: Any, event: str, argument: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps == moment:
            sys.settrace(None)
            raise KeyboardInterrupt
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        over.wait(0.01)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def test_a_wait_that_is_interrupted_at_any_step_can_still_end():
    reached = 0
    for moment in range(1, MOMENTS):
        over = Over()
        reached += interrupted(over, moment)
        other = threading.Thread(target=over.set, daemon=True)
        other.start()
        other.join(5)
        assert not other.is_alive(), f"interrupted at step {moment}, it can no longer be set"
        assert over.wait(5)
    assert 5 < reached < MOMENTS - 1


def test_it_waits_no_longer_than_it_should():
    assert not Over().wait(0)
    ended = Over()
    ended.set()
    assert ended.wait(float("inf"))
