"""The line between this desk and the site, as a call and the desk's recording would use it."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from remoteready.check.collect import line_calls
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable
from remoteready.check.profile import Address
from remoteready.formulas import recording
from remoteready.workload import AUDIO_MB_PER_MINUTE, SCREEN_MB_PER_MINUTE

TIMEOUT_S = 20.0
"""The whole of `check` is to be over by then; a line that takes longer is unknown."""
ALONE, RECORDING, LOADED = "a call alone", "a call beside a recording of {mbps:.2f} Mbps", "a call beside full uploads"
MEASURED = {
    "line.mos_idle": ALONE,
    "line.mos_recording": RECORDING,
    "line.mos_loaded": LOADED,
    "line.loss_up_ratio": ALONE,
    "line.loss_down_ratio": ALONE,
    "line.burst_loss_ratio": ALONE,
    "line.reordered_ratio": ALONE,
    "line.ipdv_ms": ALONE,
    "line.round_trip_ms": ALONE,
    "line.loaded_round_trip_ms": LOADED,
    "line.upload_mbps": "full uploads, counted by the site",
}
"""What the measurement tells, and under which load."""
UPLOAD, HEADROOM = "line.upload_mbps", "line.upload_headroom_ratio"
LINE = (*MEASURED, HEADROOM)
DECIMALS = 6


def quality(host: Host, monitors: Callable[[Host], dict[str, Fact]] | None, address: Address) -> dict[str, Fact]:
    """The facts of the line to a reflector. `monitors` tells this desk's, which decide how much it records.

    Where they cannot be told, the call is measured beside the recording of two, and the headroom is unknown.
    """
    attached = _attached(host, monitors)
    needed = None if attached.value is None else need_mbps(int(attached.value))
    recording_mbps = line_calls.USUAL_MBPS if needed is None else round(needed, 3)
    source = f"measure {address}"
    try:
        measured_line = line_calls.with_key(address.key.get_secret_value() if address.key else None)
        answer: dict[str, Any] = host.call(measured_line, address.host, address.port, recording_mbps)
    except Unavailable as error:
        return dict.fromkeys(LINE, unknown(str(error), source))
    facts = {
        name: _told(answer[name], source, evidence.format(mbps=recording_mbps)) for name, evidence in MEASURED.items()
    }
    return {**facts, HEADROOM: headroom(facts[UPLOAD], attached)}


def _attached(host: Host, monitors: Callable[[Host], dict[str, Fact]] | None) -> Fact:
    if monitors is None:
        return unknown("no collector for monitors on this system")
    try:
        return monitors(host)["monitors.count"]
    except Unavailable as error:
        return unknown(str(error))


def _told(answer: Any, source: str, evidence: str) -> Fact:
    if isinstance(answer, dict):
        return unknown(str(answer["unknown"]), source)
    return known(round(answer, DECIMALS), source, evidence)


def need_mbps(monitors: int) -> float:
    """What a desk uploads while its call and so many monitors are recorded, by the formula that `plan` sizes with."""
    return float(recording.agent_mbps(Fraction(AUDIO_MB_PER_MINUTE), Fraction(SCREEN_MB_PER_MINUTE), monitors))


def headroom(upload: Fact, monitors: Fact) -> Fact:
    """How many times the upload carries what the desk sends while it records."""
    source = ", ".join(filter(None, [upload.source, monitors.source]))
    if upload.value is None:
        return unknown(upload.unknown or "", source)
    if monitors.value is None:
        return unknown(f"how many monitors would be recorded cannot be told: {monitors.unknown}", source)
    count, upload_mbps = int(monitors.value), float(upload.value)
    needed = need_mbps(count)
    what = {0: "calls alone", 1: "1 monitor"}.get(count, f"{count} monitors")
    evidence = f"this desk sends {needed:.2f} Mbps while it records {what}; the line uploads {upload_mbps:.1f} Mbps"
    return known(round(upload_mbps / needed, 2), source, evidence)
