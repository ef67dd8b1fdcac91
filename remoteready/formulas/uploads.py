"""Uploads as they are recorded, after the call and in a window: peaks, times, and what waits where a link is short.

`flows.py` has the peaks of uploads that leave after the call. MB is 10⁶ bytes, GB 10⁹, Mbps 10⁶ bit/s.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import exp, expm1, log, log1p, sqrt

from remoteready.formulas import Number, formula
from remoteready.formulas.tails import binomial_levels, check_amount, normal_above, normal_density

EXCEEDED = 0.001
"""Share of the time that a peak may be exceeded: the peak is the 99.9 % level."""


Groups = Iterable[tuple[Number, Number, Number]]
"""Groups of agents: how many, the share of the time 0–1 that each sends, Mbps while sending."""


@formula(
    "level of Binomial(agents, share) × Mbps; several groups: min over θ of (−ln(1 − level) + "
    "Σ agents × ln(1 − share + share × e^(θ × Mbps))) ÷ θ",
    unit="Mbps",
    source="several groups: Chernoff 1952, doi:10.1214/aoms/1177729330, never below the true level",
)
def together_mbps(level: Number, groups: Groups) -> Number:
    """A rate that agents, each sending independently for a share of the time, exceed at most 1 − level of it, Mbps."""
    sending = [group for group in groups if min(map(float, group)) > 0]
    if len(sending) != 1:
        return peak_mbps(sending, 1 - float(level))
    [(agents, share, rate)] = sending
    return binomial_levels(int(agents), float(share), (float(level),))[0] * rate


def peak_mbps(groups: Groups, exceeded: float = EXCEEDED) -> Number:
    """A rate that agents, each sending independently for a share of the time, exceed at most `exceeded` of it, Mbps.

    The bound is a theorem for any θ > 0, so the search for the best θ cannot make it unsafe. It is never above everyone
    at once.
    """
    exact = [group for group in groups if min(map(float, group)) > 0]
    if not exact:
        return 0.0
    everyone = sum(n * r for n, _, r in exact)  # not rounded: a link of just this size holds
    active = [(float(n), float(p), float(r)) for n, p, r in exact]
    fastest = max(r for _, _, r in active)
    low, high = -30.0, 10.0  # ln θ in units of 1/fastest: from millions of agents down to a single one
    for _ in range(60):  # ternary search: (c + K(θ)) ÷ θ falls, then rises
        third = (high - low) / 3
        if _bound(active, exp(low + third) / fastest, exceeded) < _bound(active, exp(high - third) / fastest, exceeded):
            high -= third
        else:
            low += third
    return min(everyone, _bound(active, exp((low + high) / 2) / fastest, exceeded))


def _bound(groups: list[tuple[float, float, float]], theta: float, exceeded: float) -> float:
    return (-log(exceeded) + sum(n * _log_moment(p, theta * r) for n, p, r in groups)) / theta


def _log_moment(p: float, x: float) -> float:
    """ln(1 − p + p·eˣ) without overflow or cancellation."""
    if p >= 1:
        return x
    if x > 700:
        return x + log(p)
    return log1p(p * expm1(x))


@formula("Mbps × bytes on the wire per byte", unit="Mbps", source="arithmetic")
def wire_mbps(mbps: Number, expansion: Number) -> Number:
    """A rate of files with the packet headers they travel in, Mbps."""
    return mbps * expansion


@formula("Mbps of the group ÷ agents", unit="Mbps", source="arithmetic")
def each_mbps(offered_mbps: Number, users: Number) -> Number:
    """What one agent offers over the shift, Mbps; nothing where there is nobody."""
    return Fraction(offered_mbps) / users if users else Fraction(0)


@formula(
    "call + desktop + recordings (over the shift, or at the rate they arise) + screens that are watched",
    unit="Mbps",
    source="arithmetic",
)
def line_mbps(call_mbps: Number, reserve_mbps: Number, upload_mbps: Number, watched_mbps: Number = 0) -> Number:
    """What one agent needs of the home line's uplink, Mbps: less, and the call or the recordings suffer."""
    return call_mbps + reserve_mbps + upload_mbps + watched_mbps


@formula(
    "uplink − calls − reserve − screens that are watched, or the throttle where that is less; at least 0",
    unit="Mbps",
    source="arithmetic",
)
def upload_rate_mbps(
    uplink_mbps: Number | None = None,
    call_mbps: Number = 0,
    reserve_mbps: Number = 0,
    throttle_mbps: Number | None = None,
    watched_mbps: Number = 0,
) -> Number:
    """What one agent's upload may take of the home line, Mbps; one of line and throttle must be known."""
    taken = call_mbps + reserve_mbps + watched_mbps
    known = [] if uplink_mbps is None else [max(Fraction(0), Fraction(uplink_mbps) - taken)]
    return min([*known, *([] if throttle_mbps is None else [Fraction(throttle_mbps)])])


@formula("bytes of a full packet × 8 ÷ (uplink × 1000)", unit="ms", source="serialization; 1500 bytes, Ethernet")
def packet_ms(uplink_mbps: Number) -> Number:
    """How long one full packet of an upload keeps the home line's uplink busy, and a call's packet waiting, ms."""
    return Fraction(1500 * 8) / (Fraction(uplink_mbps) * 1000)


@formula("MB × 8 × bytes on the wire per byte ÷ Mbps of the line × slow-down", unit="s", source="1 MB = 8 Mbit")
def upload_s(recording_mb: Number, expansion: Number, rate_mbps: Number, slowdown: Number) -> Number:
    """Mean time that one recording takes to upload, s; `rate_mbps` with headers, `slowdown` from `congestion`."""
    return recording_mb * 8 * expansion / rate_mbps * slowdown


@formula("MB per day × 8 × bytes on the wire per byte ÷ (window hours × 3600)", unit="Mbps", source="1 MB = 8 Mbit")
def window_mbps(upload_mb: Number, expansion: Number, window_hours: Number) -> Number:
    """Steady rate that uploads a day's recordings within a window after the shift, Mbps."""
    return Fraction(upload_mb) * 8 * Fraction(expansion) / (Fraction(window_hours) * 3600)


@formula("Mbps of the window × share of the agents whose window is open", unit="Mbps", source="arithmetic")
def open_mbps(window_mbps: Number, share_open: Number) -> Number:
    """What the open windows of a group send, Mbps."""
    return Fraction(window_mbps) * Fraction(share_open)


@formula("MB × 8 × bytes on the wire per byte ÷ Mbps ÷ 3600", unit="h", source="1 MB = 8 Mbit")
def window_hours(upload_mb: Number, expansion: Number, rate_mbps: Number) -> Number:
    """Hours after the start of the window at which a day's recordings are uploaded at a steady rate."""
    return Fraction(upload_mb) * 8 * Fraction(expansion) / (Fraction(rate_mbps) * 3600)


@formula("(offered − free Mbps) × 3600 ÷ 8000, at least 0", unit="GB/h", source="fluid limit")
def growth_gb_per_hour(offered_mbps: Number, free_mbps: Number) -> Number:
    """How fast the recordings that wait on the agents' computers grow where the link is short."""
    return max(Fraction(0), (Fraction(offered_mbps) - Fraction(free_mbps)) * 3600 / 8000)


@formula("Mbps × 10⁶ ÷ (8 × 1500) × 1.5", unit="packets/s", source="full packets, an acknowledgement for every second")
def upload_packets_per_second(mbps: Number) -> Number:
    """Packets of uploads in both directions, packets/s."""
    return Fraction(mbps) * 1_000_000 / (8 * 1500) * Fraction(3, 2)


@formula("sessions ÷ (logins per second and gateway × gateways)", unit="s", source="all log in again after a failure")
def reconnect_s(sessions: Number, logins_per_second: Number, gateways: Number) -> Number:
    """How long a reconnect storm lasts, s."""
    return Fraction(sessions) / (Fraction(logins_per_second) * gateways)


@formula("GB per hour × hours of the shift, or of the busy hour", unit="GB", source="fluid limit")
def waiting_gb(growth_gb_per_hour: Number, shift_hours: Number) -> Number:
    """What waits on the agents' computers when the shift or the busy hour ends, GB."""
    return Fraction(growth_gb_per_hour) * Fraction(shift_hours)


@formula("GB × 8000 ÷ 3600 ÷ usable Mbps", unit="h", source="fluid limit")
def drain_hours(waiting_gb: Number, usable_mbps: Number) -> Number:
    """Hours after the shift until nothing waits any more."""
    return Fraction(waiting_gb) * 8000 / (3600 * Fraction(usable_mbps))


def chance_gb(waiting_gb: float, drift_mbps: float, variance: float, seconds: float) -> float:
    """What waits on average after some time where work arrives by chance, GB: fluid limit and chance together.

    Reflected Brownian motion: `drift_mbps` is offered − free, `variance` that of the work, Mbit² a second (of uploads
    Σ Mbps × mean size in Mbit × (1 + CV²)), `waiting_gb` what waits at the beginning. Harrison, Brownian Motion and
    Stochastic Flow Systems, 1985, 1.8. Above the fluid limit; where the link is ample it tends to variance ÷ (2 ×
    spare Mbps). ValueError: negative or undefined numbers.
    """
    for name, value in (("waiting", waiting_gb), ("variance", variance), ("time", seconds)):
        check_amount(name, float(value))
    before = waiting_gb * 8000
    wide = sqrt(variance * seconds)
    if wide < 1e-9:
        return max(0.0, before + drift_mbps * seconds) / 8000
    if abs(drift_mbps) * wide < 1e-6 * variance:
        drift_mbps = 1e-6 * variance / wide
    mean = before + drift_mbps * seconds
    turned = normal_above((before - drift_mbps * seconds) / wide)
    reflected = exp(min(-2 * drift_mbps * before / variance, 700.0)) * turned
    if drift_mbps < 0:  # both factors far from 1: their product never is more than the other term
        reflected = min(reflected, normal_above(mean / wide))
    free = mean * normal_above(-mean / wide) + wide * normal_density(mean / wide)
    return max(0.0, free + variance / (2 * drift_mbps) * (reflected - normal_above(mean / wide))) / 8000


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be uploaded, by the fluid limit: chance adds to it where load and capacity are close."""

    gb: tuple[float, ...]
    """At the end of each interval."""
    peak_gb: float
    empty_after_s: float | None
    """From the start until nothing waits any more; 0 where nothing ever waited, None where it does not end."""


def backlog(offered_mbps: Sequence[float], free_mbps: Sequence[float], interval_s: float) -> Backlog:
    """What waits at the end of each interval of equal length: max(0, before + (offered − free) × seconds ÷ 8000).

    After the last interval nothing more is offered and the last free rate stays. ValueError: lengths differ, nothing
    given, numbers negative or undefined.
    """
    if not offered_mbps or len(offered_mbps) != len(free_mbps):
        raise ValueError(f"{len(offered_mbps)} intervals offered, {len(free_mbps)} of free capacity; give as many")
    for value in (*offered_mbps, *free_mbps, interval_s):
        check_amount("a rate or interval", float(value))
    waiting, empty_after, levels = 0.0, 0.0, []
    for number, (offered, free) in enumerate(zip(offered_mbps, free_mbps, strict=True)):
        growth = (float(offered) - float(free)) / 8000
        if waiting > 0 and waiting + growth * interval_s <= 0:
            empty_after = number * interval_s - waiting / growth
        waiting = max(0.0, waiting + growth * interval_s)
        levels.append(waiting)
    drain = float(free_mbps[-1]) / 8000
    if waiting > 0:
        ends = len(levels) * interval_s + waiting / drain if drain else None
        return Backlog(tuple(levels), max(levels), ends)
    return Backlog(tuple(levels), max(levels), empty_after)
