"""How long collectors need for a megabyte from each of their sources: the slowest, beside the aim of 50 ms."""

import time
from contextlib import suppress

from remoteready.check.collect import jobs
from remoteready.check.facts import every
from remoteready.check.snapshot import RecordedHost
from tests.check.test_large_answers import PLACES, SHAPES

SHOWN = 6
AIM_MS = 50


def main() -> None:
    """Print the table."""
    rows = []
    for place, (host, asked, names) in PLACES.items():
        for shape, make in SHAPES.items():
            big = RecordedHost(host.system, {**host.sources, asked: make(str(host.sources[asked]))})
            for job in jobs(big, every([]), {}):
                if job.name in names:
                    start = time.process_time()
                    with suppress(Exception):  # of which `collect` makes an unknown
                        job.collect()
                    rows.append(((time.process_time() - start) * 1000, place, shape))
    rows.sort(reverse=True)
    above = sum(took_ms > AIM_MS for took_ms, _, _ in rows)
    print(f"A megabyte from a source: {len(rows)} cases, {above} above {AIM_MS} ms of processor time; the slowest:")
    for took_ms, place, shape in rows[:SHOWN]:
        print(f"{took_ms:7.0f} ms  {place[:70]}: {shape}")


if __name__ == "__main__":
    main()
