"""The native call that measures the line to the site: it sends real packets, only to the reflector that was named."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from remoteready.measure.phases import Plan

CALL_S = 8.5
"""Of a call alone: 425 packets, so that the 400 that tell a loss of 1 % are also there where some were lost."""
UPLOAD_S, RECORDING_S = 3.0, 2.0
DEADLINE_S = 17.5
"""Whatever the line does, what was measured by then is told, within the time that `check` has for it."""
USUAL_MBPS = 0.464
"""A recording of two monitors by the Calabrio guide, where the desk's own are not known."""


def plan(recording_mbps: float = USUAL_MBPS) -> "Plan":
    """What is measured: full uploads end early on a line that is clearly fast enough for any desk."""
    from remoteready.measure.facts import CLEARLY_FAST_MBPS
    from remoteready.measure.phases import Plan
    from remoteready.measure.upload import Load

    full = Load(seconds=UPLOAD_S, required_mbps=CLEARLY_FAST_MBPS)
    return Plan(
        seconds=CALL_S, load=full, recording_mbps=recording_mbps, recording_seconds=RECORDING_S, deadline_s=DEADLINE_S
    )


def with_key(key: bytes | None) -> Callable[[str, int, float], dict[str, Any]]:
    """What measures the line to a reflector that shares a key, or none: no argument of it, as those are recorded."""

    def measured_line(host: str, port: int, recording_mbps: float) -> dict[str, Any]:
        """Every fact of the line by its name: its value, or {"unknown": reason}."""
        from remoteready.measure.call import measure
        from remoteready.measure.facts import Unknown, facts
        from remoteready.measure.target import Target

        result, _ = measure(Target(host, port), replace(plan(recording_mbps), key=key))
        told = facts(result).items()
        return {name: {"unknown": fact.reason} if isinstance(fact, Unknown) else fact for name, fact in told}

    return measured_line
