"""One megabyte from any source: facts as ever, in bounded memory, and no work that runs away."""

import re
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from remoteready.check import snapshot
from remoteready.check.collect import collect, jobs
from remoteready.check.facts import every
from remoteready.check.redaction import Redaction
from remoteready.check.snapshot import RecordedHost, Recorder

HOSTS = [snapshot.load(path) for path in sorted(Path(__file__).parents[1].glob("hosts/*/snapshot.yaml"))]
SIZE = 1_000_000
MEMORY_BYTES = 50_000_000
RUNAWAY_S = 20.0
"""Of processor time; 0.05 s are usual, some seconds for names. Work that grows with the square takes minutes."""


def places() -> dict[str, tuple[RecordedHost, str, list[str]]]:
    """For each kind of text source of each system: a machine, the source, and the collectors that ask it."""
    found: dict[str, tuple[RecordedHost, str, list[str]]] = {}
    for host in HOSTS:
        recorder = Recorder(host)
        collect(recorder, every([]), {})
        for question in recorder.questions:
            answer = host.sources.get(question.asked)
            if isinstance(answer, str) and len(answer) > 10:
                kind = f"{host.system} {re.sub('[0-9]+', 'N', question.asked)}"
                found.setdefault(kind, (host, question.asked, question.collectors))
    return found


PLACES = places()
SHAPES: dict[str, Callable[[str], str]] = {
    "its own answer again and again": lambda answer: (answer * (SIZE // len(answer) + 1))[:SIZE],
    "its first line without an end": lambda answer: answer.splitlines()[0] + "0" * SIZE,
    "empty lines": lambda answer: "\n" * SIZE,
    "brackets that never close": lambda answer: '[{"a":' * (SIZE // 6),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_megabyte_from_a_source_is_told_within_bounds(place: str) -> None:
    host, asked, names = PLACES[place]
    for shape, make in SHAPES.items():
        big = RecordedHost(host.system, {**host.sources, asked: make(str(host.sources[asked]))})
        for job in jobs(big, every([]), {}):
            if job.name in names:
                start = time.process_time()
                with suppress(Exception):  # of which `collect` makes an unknown
                    job.collect()
                assert time.process_time() - start < RUNAWAY_S, (shape, job.name)


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.system)
def test_a_megabyte_from_every_source_at_once_needs_bounded_memory(host: RecordedHost) -> None:
    make = SHAPES["its own answer again and again"]
    for asked in [asked for asked, answer in host.sources.items() if isinstance(answer, str) and answer][::4]:
        big = RecordedHost(host.system, {**host.sources, asked: make(str(host.sources[asked]))})
        tracemalloc.start()
        collect(big, every([]), {})
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak_bytes < MEMORY_BYTES, asked


@pytest.mark.parametrize("shape", SHAPES)
def test_names_are_taken_out_of_a_megabyte_without_running_away(shape: str) -> None:
    text = SHAPES[shape]("Serial Number: 1234567 of host x.y.z at 10.0.0.1 02:00:5e:00:00:01\n")
    start = time.process_time()
    names = Redaction({"run x": text}, people=["robin"], hosts=["desk.corp.test"])
    names.text(text)
    assert time.process_time() - start < RUNAWAY_S
