"""An import that is killed at any moment: nothing that it had acknowledged is lost, and nothing is there by half."""

import multiprocessing
import os
import random
import time
from pathlib import Path
from uuid import UUID

import pytest

from remoteready.fleet.keeping import Shelf
from remoteready.fleet.store import Store
from tests.fleet.dying import take_in
from tests.fleet.state import KEY, Small, counted, expected, keep, shelf

KILLS = 200
LONGEST_S = 0.08
"""As long as all of it takes, so that kills fall anywhere."""
REPORTS = [
    Small(n, agent=f"agent {n % 5}", day=n % 7, minute=n, wired=("pass", "fail", "unknown")[n * n % 3], monitors=n % 3)
    for n in range(60)
]


def acknowledged(killed: multiprocessing.connection.Connection) -> int | None:
    """The last that was heard: files that were safe; None when all was done."""
    last: int | None = 0
    try:
        while killed.poll():
            last = killed.recv()
    except EOFError:  # it died in the middle of a word
        pass
    return last


@pytest.mark.skipif(os.name == "nt", reason="Windows has no fork server to make so many processes quickly")
def test_an_import_killed_two_hundred_times_loses_nothing_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    folder, rng = tmp_path / "in", random.Random(7)  # noqa: S311
    folder.mkdir()
    for one in REPORTS:
        (folder / f"{one.id}.json").write_bytes(one.data)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", "tests.fleet.dying"])
    round_number = finished = partly = 0
    for _ in range(KILLS):
        store = tmp_path / f"{round_number}.db"
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=take_in, args=(store, folder, there))
        process.start()
        there.close()
        here.poll(5)  # its first batch is safe
        time.sleep(rng.random() * LONGEST_S)
        process.kill()
        process.join()
        safe = acknowledged(here)
        here.close()
        with Store.open(store, create=True) as left:
            there_now = _whole(left)
        assert {UUID(one.id).bytes for one in REPORTS[: len(REPORTS) if safe is None else safe]} <= there_now
        partly += 0 < len(there_now) < len(REPORTS)
        if len(there_now) == len(REPORTS):
            round_number, finished = round_number + 1, finished + 1
    assert partly > KILLS / 4, "the kills came too early or too late to try anything"
    assert finished


def _whole(left: Store) -> set[bytes]:
    """The ids of what is there, once it is sure that all of it is there as if it had come in peace."""
    assert left.value("PRAGMA integrity_check") == "ok"
    ids = {id for (id,) in left.rows("SELECT id FROM report")}
    assert counted(left) == expected([one for one in REPORTS if UUID(one.id).bytes in ids], {})
    assert left.value("SELECT count(*) FROM facts") == len(ids)
    return ids


def test_a_batch_that_fails_in_the_middle_leaves_no_trace(tmp_path: Path) -> None:
    kept = shelf(tmp_path)
    keep(kept, REPORTS[:5])
    kept.store.connection.execute(
        "CREATE TEMP TRIGGER full BEFORE INSERT ON facts WHEN new.rid = 8 BEGIN SELECT RAISE(ABORT, 'disk'); END"
    )
    with pytest.raises(Exception, match="disk"):
        kept.put([one.incoming for one in REPORTS[5:12]])
    kept.store.connection.execute("DROP TRIGGER full")
    assert counted(kept.store) == expected(REPORTS[:5], {})
    keep(kept, REPORTS)
    assert counted(kept.store) == expected(REPORTS, {})
    kept.store.close()


def test_two_importers_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    one, other = shelf(tmp_path), Shelf(Store.open(tmp_path / "fleet.db"), KEY)
    for n in range(0, 60, 6):
        one.put([small.incoming for small in REPORTS[n : n + 4]])
        other.put([small.incoming for small in REPORTS[n + 2 : n + 6]])
    assert counted(one.store) == counted(other.store) == expected(REPORTS, {})
    one.store.close()
    other.store.close()
