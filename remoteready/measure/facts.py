"""What a profile can demand of a measured line: plain values by the names of facts, or the reason why there is none."""

from collections.abc import Callable
from dataclasses import dataclass

from remoteready.measure.call import Measurement
from remoteready.measure.phases import IDLE, LOADED, RECORDING
from remoteready.measure.quality import Direction, Phase
from remoteready.measure.upload import Upload

FEWEST_FOR_LOSS = 400
"""Packets without a loss that show, to 95 %, that less than 1 % are lost (Wilson)."""
CLEARLY_FAST_MBPS = 50.0
"""An upload that was over too soon to be exact still shows this: above what any desk needs."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be told, and why."""

    reason: str


Fact = float | Unknown


def facts(result: Measurement) -> dict[str, Fact]:
    """Every fact of the line; ratios are 0–1.

    line.mos_idle, line.mos_recording, line.mos_loaded: MOS-CQE of the worse direction, alone, beside a recording,
    beside full uploads. line.loss_up_ratio, line.loss_down_ratio, line.burst_loss_ratio (worst 200 ms of either
    direction), line.reordered_ratio, line.ipdv_ms (worst 15 s of either direction), line.round_trip_ms (median): all
    of the call alone. line.loaded_round_trip_ms: 95 %, beside full uploads. line.upload_mbps.
    """
    return {
        "line.mos_idle": _worse(result, IDLE, _mos, min),
        "line.mos_recording": _worse(result, RECORDING, _mos, min),
        "line.mos_loaded": _worse(result, LOADED, _mos, min),
        "line.loss_up_ratio": _of(result, IDLE, lambda phase: _loss(phase.up)),
        "line.loss_down_ratio": _of(result, IDLE, lambda phase: _loss(phase.down)),
        "line.burst_loss_ratio": _worse(result, IDLE, _burst, max),
        "line.reordered_ratio": _worse(result, IDLE, _reordered, max),
        "line.ipdv_ms": _worse(result, IDLE, _ipdv, max),
        "line.round_trip_ms": _of(result, IDLE, lambda phase: _trip(phase.round_trip_p50_ms)),
        "line.loaded_round_trip_ms": _of(result, LOADED, lambda phase: _trip(phase.round_trip_p95_ms)),
        "line.upload_mbps": _upload(result),
    }


def _of(result: Measurement, name: str, read: Callable[[Phase], Fact]) -> Fact:
    reason = result.unknown or result.trouble or result.partial
    if reason:
        return Unknown(reason)
    phase = result.phase(name)
    if phase is not None:
        return read(phase)
    tried = (name == RECORDING and result.recording) or result.upload
    return Unknown(tried.unknown if tried and tried.unknown else "not measured: uploads were left out")


def _worse(
    result: Measurement, name: str, read: Callable[[Direction], Fact], worse: Callable[[float, float], float]
) -> Fact:
    def both(phase: Phase) -> Fact:
        up, down = read(phase.up), read(phase.down)
        if isinstance(up, Unknown):
            return up
        return down if isinstance(down, Unknown) else worse(up, down)

    return _of(result, name, both)


def _mos(way: Direction) -> Fact:
    return way.rating.mos_cqe if way.rating else Unknown(way.unknown)


def _loss(way: Direction) -> Fact:
    if way.loss is None:
        return Unknown(way.unknown)
    if way.packets < FEWEST_FOR_LOSS:
        return Unknown(f"{way.packets} packets are too few to tell a loss of 1 %: measure for 8 s or longer")
    return way.loss.loss_ratio


def _burst(way: Direction) -> Fact:
    return way.loss.worst_200_ms_ratio if way.loss else Unknown(way.unknown)


def _reordered(way: Direction) -> Fact:
    return way.variation.reordered_ratio if way.variation else Unknown(way.unknown)


def _ipdv(way: Direction) -> Fact:
    if way.variation is None or way.variation.worst_15_s_ipdv_ms is None:
        return Unknown(way.unknown or "no two neighbouring packets arrived")
    return way.variation.worst_15_s_ipdv_ms


def _trip(value: float | None) -> Fact:
    return Unknown("no packet was answered") if value is None else value


def _upload(result: Measurement) -> Fact:
    full: Upload | None = result.upload
    if result.unknown or result.trouble:
        return Unknown(result.unknown or result.trouble)
    if full is None:
        return Unknown(result.partial or "not measured: uploads were left out")
    if full.mbps is None:
        return Unknown(full.unknown)
    if full.indicative:
        return Unknown(f"only indicative: {full.mbps:.1f} Mbps were sent, but no receiver counted what arrived")
    if full.lower_bound and full.mbps < CLEARLY_FAST_MBPS:
        return Unknown(f"the upload was over too soon to tell more than that it is at least {full.mbps:.1f} Mbps")
    return full.mbps
