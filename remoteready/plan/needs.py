"""What groups ask of the link of their site, whether a link has it, and the smallest that would."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil

from remoteready.formulas import Number, flows, recording, uploads
from remoteready.plan.demand import GroupDemand
from remoteready.plan.figures import Figure, figure, mixed, total
from remoteready.plan.scenario import REALTIME_SHARE, SLOWED_SHARE, USABLE_SHARE, Link
from remoteready.plan.supervision import on_link
from remoteready.workload import When

PEAK = 0.999
SENDING = ("agents", "share of the time", "Mbps per agent")
FLOW = ("offered Mbps", "Mbps per upload")
Sending = Mapping[str, tuple[Number, Number, Number]]
Flowing = Mapping[str, tuple[Number, Number]]


class Breach(StrEnum):
    """Which limit of a link breaks."""

    CALLS = "calls"
    PEAK = "peak"
    UNSTABLE = "unstable"
    SLOWED = "slowed"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Load:
    """What arrives on a link: calls and live uploads by agents who send a share of the time, flows, and windows."""

    calls: Sending
    live: Sending
    flows: Flowing

    @property
    def flow_list(self) -> list[tuple[Number, Number]]:
        """The flows as the formulas take them."""
        return list(self.flows.values())

    @property
    def flow_mbps(self) -> Fraction:
        """What all flows offer, Mbps."""
        return sum((Fraction(load) for load, _ in self.flows.values()), Fraction(0))


def load_of(parts: Sequence[GroupDemand], supervised: bool = True) -> Load:
    """What these groups send at once, each by the way it uploads, with or without what their supervisors add."""
    calls: dict[str, tuple[Number, Number, Number]] = {}
    live: dict[str, tuple[Number, Number, Number]] = {}
    flow = {}
    for part in parts:
        group = part.group
        if part.calls and (mbps := call_mbps(part)):
            calls[group.name] = (group.users, part.calls.share_talking.value, mbps)
        heard, seen = on_link(group, part.supervision) if supervised else ({}, {})
        calls |= heard
        live |= seen
        if not group.on_link(group.recording.recorder):
            continue
        if group.when is When.AS_RECORDED:
            live[group.name] = (group.users, part.share_recorded.value, part.sending_mbps.value)
        elif group.when is When.AT_ONCE:
            for line in part.lines:
                if line.load_mbps and line.rate_mbps.value:
                    flow[line.label] = (line.load_mbps, line.rate_mbps.value)
    return Load(calls, live, flow)


def call_mbps(part: GroupDemand) -> Fraction:
    """What one call of a group sends to the link of its site, Mbps."""
    group, calls = part.group, part.calls
    if calls is None or group.voice is None:
        return Fraction(0)
    own = Fraction(calls.call_kbps.value) if group.on_link(group.voice.telephony) else Fraction(0)
    forks = 2 * Fraction(calls.fork_kbps.value) if calls.fork_kbps and group.on_link(group.recording.recorder) else 0
    return (own + forks) / 1000


@dataclass(frozen=True, slots=True)
class Standing:
    """How a named link stands to its load."""

    usable: Figure
    free: Figure
    slowed: Figure | None
    breaches: tuple[Breach, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """What a link is judged by."""

    voice: Figure | None
    load: Load
    window: Figure | None
    """Of all windows after the shift, where it is not known when they are open, …"""
    open_windows: Figure | None = None
    """… and of those that are open beside calls and uploads."""

    @property
    def steady(self) -> dict[str, Number]:
        """What is taken from the link before flows share the rest."""
        live = together(self.load.live)
        taken = {"calls_mbps": self.voice.value} if self.voice else {}
        if live:
            taken["live_mbps"] = live
        if self.open_windows and self.open_windows.value:
            taken["open_windows_mbps"] = self.open_windows.value
        return taken


def needs_of(parts: Sequence[GroupDemand]) -> Needs:
    """What these groups ask of the link of their site."""
    load = load_of(parts)
    voice = mixed(uploads.together_mbps, SENDING, load.calls, called="voice_mbps", level=PEAK) if load.calls else None
    uploading = [part for part in parts if part.group.on_link(part.group.recording.recorder)]
    windows = {part.group.name: part.window_mbps for part in uploading}
    now_open = {part.group.name: part.open_mbps for part in uploading}
    return Needs(voice, load, sum_of("window_mbps", windows), sum_of("open_windows_mbps", now_open))


def together(rows: Sending) -> Number:
    """The 99.9 % level of agents who send a share of the time, Mbps."""
    return uploads.together_mbps(PEAK, list(rows.values())) if rows else Fraction(0)


def standing_of(link: Link, needs: Needs) -> Standing:
    """How a link stands to what is asked of it."""
    usable = figure(recording.usable_mbps, capacity_mbps=link.capacity_mbps, usable_share=link.usable_share)
    free = figure(recording.free_mbps, usable_mbps=usable.value, **needs.steady)
    load, breaches = needs.load, []
    slowed = None
    if load.flows:
        slowed = mixed(flows.slowed_share, FLOW, load.flows, called="slowed_share", free_mbps=free.value)
    if needs.voice and needs.voice.value > Fraction(link.realtime_share) * Fraction(link.capacity_mbps):
        breaches.append(Breach.CALLS)
    if sum(needs.steady.values(), Fraction(0)) > usable.value:
        breaches.append(Breach.PEAK)
    elif load.flow_mbps and load.flow_mbps >= free.value:
        breaches.append(Breach.UNSTABLE)
    elif slowed and slowed.value > link.slowed_share:
        breaches.append(Breach.SLOWED)
    if needs.window and needs.window.value > usable.value:
        breaches.append(Breach.WINDOW)
    return Standing(usable, free, slowed, tuple(breaches))


def smallest_link(link: Link | None, needs: Needs) -> Fraction:
    """The smallest link that breaks no limit, Mbps: exact but for flows, which are searched to a tenth of a Mbps."""
    usable_share, realtime_share, slowed_share = (
        (link.usable_share, link.realtime_share, link.slowed_share)
        if link
        else (USABLE_SHARE, REALTIME_SHARE, SLOWED_SHARE)
    )
    steady = sum((Fraction(one) for one in needs.steady.values()), Fraction(0))
    usable = max(steady, Fraction(needs.window.value) if needs.window else Fraction(0))
    needed = usable / Fraction(usable_share)
    if needs.voice:
        needed = max(needed, Fraction(needs.voice.value) / Fraction(realtime_share))
    if not needs.load.flows:
        return needed
    flow_list = needs.load.flow_list

    def holds(tenths: int, cells: int = flows.MOST_CELLS) -> bool:
        free = Fraction(tenths, 10) * Fraction(usable_share) - steady
        return free > needs.load.flow_mbps and flows.congestion(flow_list, free, cells).slowed <= slowed_share

    start = ceil(max(needed, (steady + needs.load.flow_mbps) / Fraction(usable_share)) * 10)
    guess = _boundary(lambda tenths: holds(tenths, 0), start)  # the quick way first, then from there
    return max(needed, Fraction(_boundary(holds, guess, start), 10))


def _boundary(holds: Callable[[int], bool], guess: int, least: int = 0) -> int:
    """The smallest whole number that holds, galloping from a guess; what is below `least` does not hold."""
    step = 1
    if holds(guess):
        low, high = guess - 1, guess
        while low >= least and holds(low):
            low, high, step = low - step, low, step * 2
        low = max(low, least - 1)
    else:
        low, high = guess, guess + 1
        while not holds(high):
            low, high, step = high, high + step, step * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def sum_of(called: str, parts: Mapping[str, Figure | None]) -> Figure | None:
    """The sum of those that are known; None where none is."""
    known = {label: part for label, part in parts.items() if part is not None}
    return total(called, "Mbps", known) if known else None
