"""The native call that measures the line to the site: it sends real packets, only to the reflector that was named."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from remoteready.measure.call import Plan

CALL_S = 8.5
"""Of a call alone: 425 packets, so that the 400 that tell a loss of 1 % are also there where some were lost."""
UPLOAD_S, RECORDING_S = 3.0, 2.0
USUAL_MBPS = 0.464
"""A recording of two monitors by the Calabrio guide, where the desk's own are not known."""


def plan(recording_mbps: float = USUAL_MBPS) -> "Plan":
    """What is measured: full uploads end early on a line that is clearly fast enough for any desk."""
    from remoteready.measure.call import Plan
    from remoteready.measure.facts import CLEARLY_FAST_MBPS
    from remoteready.measure.upload import Load

    full = Load(seconds=UPLOAD_S, required_mbps=CLEARLY_FAST_MBPS)
    return Plan(seconds=CALL_S, load=full, recording_mbps=recording_mbps, recording_seconds=RECORDING_S)


def measured_line(host: str, port: int, recording_mbps: float) -> dict[str, Any]:
    """Every fact of the line by its name: its value, or {"unknown": reason}."""
    from remoteready.measure.call import measure
    from remoteready.measure.facts import Unknown, facts
    from remoteready.measure.target import Target

    result, _ = measure(Target(host, port), plan(recording_mbps))
    return {
        name: {"unknown": fact.reason} if isinstance(fact, Unknown) else fact for name, fact in facts(result).items()
    }
