"""Ctrl-C at any moment of waiting leaves a wait that can go on."""

import signal
import threading

import pytest

from remoteready.measure.over import Over

INTERRUPTIONS, EVERY_S = 2000, 0.0005


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a system with interval timers")
def test_a_wait_that_is_interrupted_again_and_again_can_still_end():
    over, heard, waiting = Over(), 0, False

    def interrupt(*_: object) -> None:
        nonlocal heard, waiting
        if waiting:
            waiting, heard = False, heard + 1
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, EVERY_S, EVERY_S)
    try:
        while heard < INTERRUPTIONS:
            try:
                waiting = True
                over.wait(5)
            except KeyboardInterrupt:
                continue
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    threading.Timer(0.05, over.set).start()
    assert over.wait(30)


def test_it_waits_no_longer_than_it_should():
    assert not Over().wait(0)
    ended = Over()
    ended.set()
    assert ended.wait(float("inf"))
