"""Calls and live uploads, and windows after the shift, by formula and by simulation."""

from collections.abc import Sequence
from random import Random

from remoteready.formulas import uploads
from remoteready.plan.agreement import Row, row
from remoteready.plan.demand import GroupDemand
from remoteready.plan.estimates import mean
from remoteready.plan.needs import Sending
from remoteready.plan.sharing import MBIT
from remoteready.plan.shifts import Agents, one_day
from remoteready.plan.simulate import BATCHES, LEVELS, Lognormal, Watch
from remoteready.plan.sources import Sources, long_enough, send_together

CALL_LENGTHS_CV = 1.0
"""Spread of call lengths; the formulas claim that it does not matter."""
CALLS = 300_000
MOST_CALLS = 3_000_000
"""Some seconds of work; with more agents than this lets talk often enough, the range gets wider."""
CYCLES = 300
"""Calls of one agent, at least, where they are not too many."""
OTHER_CALLS_S = 300.0
"""Of those who are no agents, such as supervisors who listen."""
TIME_TOLERANCE = 0.05
FINE = 0.005
"""Of a level of very many calls, where one call is less than a simulation can tell."""


def live_rows(what: str, sending: Sending, parts: Sequence[GroupDemand], seed: int, watch: Watch) -> tuple[Row, ...]:
    """The levels of what agents send while they talk, on the mean of a long time. Of several groups: a bound."""
    kinds = [
        Sources(agents=int(agents), share=float(share), mbps=float(mbps), call_s=_length(name, parts))
        for name, (agents, share, mbps) in sending.items()
        if agents and share and mbps
    ]
    if not kinds:
        for _ in range(BATCHES + 1 if sending else 0):
            watch(1, 0)
        return ()
    per_agent = max(kind.agents * CYCLES for kind in kinds)
    hours = long_enough(kinds, min(max(CALLS, per_agent), MOST_CALLS))
    seen = send_together(kinds, hours=hours, seed=seed, watch=watch)
    one = max(kind.mbps for kind in kinds)
    rows_in = [(kind.agents, kind.share, kind.mbps) for kind in kinds]
    made = []
    for level in LEVELS:
        formula = float(uploads.together_mbps(level, rows_in))
        quantity = f"{what}, {level * 100:g} % of the time at most"
        made.append(row(quantity, "Mbps", formula, seen[level], max(one, FINE * formula), bound=len(kinds) > 1))
    return tuple(made)


def _length(name: str, parts: Sequence[GroupDemand]) -> Lognormal:
    """How long a call of a group lasts."""
    for part in parts:
        if part.group.name == name and part.group.workload.minutes_per_call:
            return Lognormal(float(part.group.workload.minutes_per_call) * 60, CALL_LENGTHS_CV)
    return Lognormal(OTHER_CALLS_S, CALL_LENGTHS_CV)


def window_rows(part: GroupDemand, seed: int, watch: Watch) -> tuple[Row, ...]:
    """What a group uploads in its window, and how long an agent of every class of lines takes: 20 days.

    Of many agents a part is simulated, and what they upload is that of all.
    """
    group, minutes, calls = part.group, float(part.group.workload.minutes_per_call), float(part.recorded_calls.value)
    whole_mb = float(part.home_mb.value * part.expansion.value)
    shown = max(1, min(group.users, int(MOST_CALLS / BATCHES / max(calls, 1.0))))
    agents = Agents(
        agents=shown,
        calls_per_hour=calls / float(group.shift_hours),
        call_minutes=Lognormal(minutes, CALL_LENGTHS_CV),
        mb_per_minute=whole_mb / group.users / calls / minutes,
        cap_mbps=1.0,
        shift_start_h=0.0,
        shift_end_h=float(group.shift_hours),
        deferred_to_h=float(group.shift_hours),
    )
    rng = Random(seed)  # noqa: S311 – a simulation, not a secret
    volumes, seconds = [], []
    for day in range(BATCHES + 1):
        kept, _ = one_day([agents], rng)
        watch(1, len(kept))
        if day:
            bits = sum(size for _, _, size in kept)
            volumes.append(bits / 8 / MBIT / 1000 * group.users / shown)
            seconds.append(bits / MBIT / shown)
    tolerance = TIME_TOLERANCE * whole_mb / 1000
    rows = [row(f"{group.name}, uploaded in a window", "GB", whole_mb / 1000, mean(volumes), tolerance)]
    for line in part.lines:
        if line.finish is not None and line.agents:
            rate, formula = float(line.rate_mbps.value), float(line.finish.value) * 3600
            quantity = f"{line.label}, mean upload of a day"
            rows.append(row(quantity, "s", formula, mean([one / rate for one in seconds]), TIME_TOLERANCE * formula))
    return tuple(rows)
