"""What is kept of a table while it is read: sums by slot of time and a curve for each site or queue, never the rows."""

from collections import defaultdict
from collections.abc import Callable
from math import gcd

from remoteready.files import named
from remoteready.plan.cells import Unreadable
from remoteready.plan.curves import DAY, Curve, moment

STEPS = (5, 10, 15, 20, 30, 60)
MOST_SLOTS = 2_000_000
MOST_SERIES = 100_000
NIGHT = (22, 23, 0, 1, 2, 3)
"""Hours in which some country turns its clocks."""


def twice(slot: int, name: str = "") -> str:
    """What is wrong with a slot that stands twice, and the remedies."""
    of = f" for {named(name)}" if name else ""
    return (
        f"{moment(slot):%Y-%m-%d %H:%M} comes twice{of}, or later than it should; sort the file by time, keep one row "
        "per interval; if rows are of different sites or queues, name that column, --column series=HEADER, or add them "
        "up, --together"
    )


class Tally:
    """The slots of a file as they come: sums over all rows, and a curve for each series."""

    def __init__(self, where: Callable[[], int], grid: int = 0) -> None:
        """`where` tells the line that is being read, `grid` the step of the slots in minutes, where it is known."""
        self.where = where
        self.calls: dict[int, float] = {}
        self.seconds: dict[int, float] = {}
        self.handle_times: dict[float, float] = defaultdict(float)
        self.curves: dict[str, Curve] = {}
        self.again: dict[int, tuple[int, float, float]] = {}
        self.grid = grid
        self.left_out = 0

    def add(self, slot: int, calls: float, seconds: float) -> None:
        """Add to what the slot has."""
        if slot not in self.calls:
            self._begin(slot)
        self.calls[slot] += calls
        self.seconds[slot] += seconds

    def _begin(self, slot: int) -> None:
        self.grid = gcd(self.grid or 60, slot % 60)
        if self.grid not in STEPS:
            raise Unreadable(
                f"{moment(slot):%H:%M} does not begin an interval of 15, 30 or 60 minutes; if the rows are single "
                "calls, name the column that holds their length: --column duration=HEADER"
            )
        if len(self.calls) >= MOST_SLOTS:
            raise Unreadable("more than two million different intervals; check the dates")
        self.calls[slot] = self.seconds[slot] = 0.0

    def add_once(self, slot: int, calls: float, seconds: float) -> None:
        """Add a slot that should stand in the file once; at night a second time, where the clock goes back."""
        if slot in self.calls:
            self._repeat(slot, calls, seconds, "", slot in self.again)
        else:
            self.add(slot, calls, seconds)

    def add_series(self, name: str, slot: int, calls: float, seconds: float) -> None:
        """Add a slot of one site or queue; its rows come in the order of time."""
        curve = self.curves.get(name)
        if curve is None:
            if len(self.curves) >= MOST_SERIES:  # such as the numbers of callers
                raise Unreadable("more than 100,000 sites or queues; take all rows together: --together")
            curve = self.curves[name] = Curve()
        if slot <= curve.last:
            self._repeat(slot, calls, seconds, name, curve.last - slot >= 60)
        else:
            self.add(slot, calls, seconds)
        curve.add(slot, calls, seconds)

    def _repeat(self, slot: int, calls: float, seconds: float, name: str, again: bool) -> None:
        """Keep apart what stands twice, where it may be the hour that a turned clock repeats."""
        if again or slot % DAY // 60 not in NIGHT:
            raise Unreadable(twice(slot, name))
        first, old_calls, old_seconds = self.again.get(slot) or (self.where(), 0.0, 0.0)
        self.again[slot] = (first, old_calls + calls, old_seconds + seconds)

    @property
    def step(self) -> int:
        """The length of an interval, minutes: the grid on which all of them begin."""
        return self.grid or 60

    def repeated_hours(self) -> dict[int, list[int]]:
        """The hours in which something stands twice, by the slot of the hour: the repeated slots."""
        hours: dict[int, list[int]] = defaultdict(list)
        for slot in sorted(self.again):
            hours[slot - slot % 60].append(slot)
        return hours
