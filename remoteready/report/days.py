"""The day of a link and of gateways, interval by interval: as rows, and by the hour for a terminal."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from remoteready.language import tr
from remoteready.plan.timetable import clock
from remoteready.report.words import number

if TYPE_CHECKING:
    from remoteready.plan.gateways import GatewayDay, GatewaySizing, SessionSlot
    from remoteready.plan.links import SiteSizing
    from remoteready.plan.timeline import SiteDay, Slot
    from remoteready.report.charts import Chart

Cells = list[list[str | int | float | None]]
Timed = TypeVar("Timed", "Slot", "SessionSlot")
SLOWED = 0.0005
"""A share of the time that is worth a column."""


def link_rows(day: "SiteDay") -> tuple[list[str], Cells]:
    """An interval a row, as numbers; shares are 0–1."""
    columns = ["time", "agents", "agents short", "calls at once", "calls Mbps", "uploads Mbps on average", "peak Mbps"]
    return [*columns, "share of time slowed", "waiting GB"], [
        [
            *(clock(one.minute), one.agents, one.agents_short, one.calls_at_once),
            *(one.voice_mbps, one.upload_mbps, one.peak_mbps, one.slowed, one.waiting_gb),
        ]
        for one in day.slots
    ]


def session_rows(day: "GatewayDay") -> tuple[list[str], Cells]:
    """An interval a row, as numbers."""
    return ["time", "sessions", "logins"], [[clock(one.minute), one.sessions, one.logins] for one in day.slots]


def link_hours(day: "SiteDay") -> tuple[list[str], list[tuple[list[str], float]]]:
    """By the hour, of each that interval with the highest peak: headings, and cells with the peak for a bar."""
    slowed = any((one.slowed or 0) >= SLOWED for one in day.slots)
    waiting = day.waiting_peak is not None
    short = any(one.agents_short for one in day.slots)
    heads = [tr("from"), tr("agents"), tr("calls"), tr("peak Mbps")]
    heads += [tr("short")] * short + [tr("slowed")] * slowed + [tr("GB wait")] * waiting
    rows = []
    for one in _highest(day.slots, [slot.peak_mbps for slot in day.slots]):
        cells = [clock(one.minute), number(one.agents), number(one.calls_at_once), number(one.peak_mbps, 1)]
        cells += [number(one.agents_short)] * short
        cells += [f"{number(100 * (one.slowed or 0), 1)} %" if (one.slowed or 0) >= SLOWED else "–"] * slowed
        cells += [number(one.waiting_gb or 0, 1) if (one.waiting_gb or 0) >= 0.05 else "–"] * waiting
        rows.append((cells, one.peak_mbps))
    return heads, rows


def session_hours(day: "GatewayDay") -> tuple[list[str], list[tuple[list[str], float]]]:
    """By the hour, of each that interval with the most sessions."""
    rows = [
        ([clock(one.minute), number(one.sessions), number(one.logins)], float(one.sessions))
        for one in _highest(day.slots, [slot.sessions for slot in day.slots])
    ]
    return [tr("from"), tr("sessions"), tr("log in")], rows


def link_chart(site: "SiteSizing") -> "Chart | None":
    """The peaks of a day as bars; None where no times are known."""
    if site.day is None:
        return None
    from remoteready.report.charts import chart

    usable = float(site.usable_mbps.value) if site.usable_mbps else None
    says = tr("Peak of every interval, Mbps; dashed: what the link may carry") if usable else tr("Peaks, Mbps")
    return chart(says, [(clock(one.minute), one.peak_mbps) for one in site.day.slots], "Mbps", usable)


def session_chart(one: "GatewaySizing") -> "Chart | None":
    """The sessions of a day as bars; None where no times are known."""
    if one.day is None:
        return None
    from remoteready.report.charts import chart

    slots = [(clock(slot.minute), float(slot.sessions)) for slot in one.day.slots]
    return chart(tr("VPN sessions of every interval"), slots, tr("sessions"))


def _highest(slots: Sequence[Timed], values: Iterable[float]) -> list[Timed]:
    """Of every hour the first slot with the highest value, in their order."""
    hours = groupby(zip(slots, values, strict=True), key=lambda pair: pair[0].minute // 60)
    return [max(pairs, key=lambda pair: pair[1])[0] for _, pairs in hours]


def link_heading(site: "SiteSizing") -> str:
    """Above the hours of a link."""
    return tr("The day on the link of {site}, the highest interval of each hour").format(site=site.name)


def session_heading(one: "GatewaySizing") -> str:
    """Above the hours of gateways."""
    return tr("VPN sessions of {name}, the highest interval of each hour").format(name=one.name)


def notes(site: "SiteSizing") -> list[str]:
    """What the hours do not say in words."""
    day = site.day
    if day is None:
        return []
    start, step = day.binding
    found = [
        tr("All numbers of this link are of {start}–{end}, which asks most of it.").format(
            start=clock(start), end=clock(start + step)
        )
    ]
    if peak := day.waiting_peak:
        waits = tr("At {time} {gb} GB wait on the agents' computers").format(
            time=clock(peak.minute + day.step), gb=number(peak.waiting_gb or 0, 1)
        )
        gone = tr("; not all of it leaves that day.")
        if day.drained is not None:
            gone = tr("; from {time} on hardly anything does.").format(time=clock(day.drained))
        found.append(waits + gone)
    shortest = max(day.slots, key=lambda slot: slot.agents_short)
    if shortest.agents_short:
        found.append(
            tr(
                "At {time} callers would keep {short} more agents busy than are at work: those calls wait or are lost, "
                "and are not counted."
            ).format(time=clock(shortest.minute), short=number(shortest.agents_short))
        )
    return found
