"""A plan in the words that a planner reads, shared by every way it can look."""

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

from remoteready.exits import Verdict
from remoteready.formulas import Number
from remoteready.language import tr, trn
from remoteready.plan.timetable import clock
from remoteready.report import days
from remoteready.report.words import apart, at_least, number, volume

if TYPE_CHECKING:
    from remoteready.plan.demand import GroupDemand
    from remoteready.plan.figures import Figure
    from remoteready.plan.gateways import GatewaySizing
    from remoteready.plan.links import SiteSizing
    from remoteready.plan.sizing import Sizing


def volumes(sizing: "Sizing") -> list[tuple[str, str]]:
    """The recording volume, a label and its number a row."""
    plan, days = sizing.scenario, sizing.scenario.working_days_per_month
    kept = tr("stored, {days} days kept").format(days=plan.retention_days)
    if plan.copies > 1:
        kept = tr("stored, {days} days kept, {copies} copies").format(days=plan.retention_days, copies=plan.copies)
    rows = [
        (tr("recording minutes"), number(sizing.recording_minutes.value, 2)),
        (tr("audio"), volume(sizing.audio_mb.value)),
        (tr("screens"), volume(sizing.screen_mb.value)),
        (tr("together"), volume(sizing.upload_mb.value)),
        (tr("a month of {days} days").format(days=days), volume(sizing.month_mb.value)),
        (kept, volume(sizing.storage_mb.value)),
    ]
    if sizing.grown_mb:
        grown = tr("in {years} years, growing {growth} a year").format(
            years=plan.growth_years, growth=per_cent(Fraction(plan.growth_per_year))
        )
        rows.append((grown, volume(sizing.grown_mb.value)))
    return rows + _by_group(sizing)


def _by_group(sizing: "Sizing") -> list[tuple[str, str]]:
    """What every site and every group records a day and a month, where there are several."""
    scenario, rows = sizing.scenario, []
    for site in scenario.sites if len(sizing.groups) > 1 else ():
        here = [part for part in sizing.groups if part.group.site == site]
        if len(scenario.sites) > 1:
            rows.append((tr("at {site}").format(site=site), sum(Fraction(part.upload_mb.value) for part in here)))
        if len(here) > 1 or len(scenario.sites) == 1:
            rows += [(tr("of {group}").format(group=part.group.name), Fraction(part.upload_mb.value)) for part in here]
    return [
        (
            label,
            tr("{day} MB, a month {month} MB").format(
                day=number(mb, 1), month=number(mb * scenario.working_days_per_month, 1)
            ),
        )
        for label, mb in rows
    ]


def group_upload(part: "GroupDemand") -> str:
    """What one agent of a group uploads, and when."""
    from remoteready.workload import When

    group = part.group
    agents = trn("{users} agent", "{users} agents", group.users).format(users=number(group.users))
    mean = tr("{average} Mbps together over the shift")
    if group.workload.busy_hour_share is not None:
        mean = tr("{average} Mbps together in the busy hour")
    if group.timed:
        mean = tr("{average} Mbps together in its busiest interval")
    together = mean.format(average=number(part.offered_mbps.value))
    if part.window_mbps:
        hours, mbps = number(Fraction(group.upload.window_hours or 0), 2), number(part.window_mbps.value)
        return tr("{agents}: {mb} MB each after the shift, {mbps} Mbps together in a window of {hours} h").format(
            agents=agents, mb=_each_mb(part), mbps=mbps, hours=hours
        )
    if part.lines and group.when is not When.AS_RECORDED:
        rates = sorted({line.rate_mbps.value for line in part.lines})
        rate = tr(" to ").join(number(one) for one in dict.fromkeys((rates[0], rates[-1])))
        return tr("{agents}: after each call at {rate} Mbps, {together}").format(
            agents=agents, rate=rate, together=together
        )
    return tr("{agents}: {agent} Mbps each while recorded, {together}").format(
        agents=agents, agent=number(part.sending_mbps.value), together=together
    )


def _each_mb(part: "GroupDemand") -> str:
    return number(part.home_mb.value / part.group.users if part.group.users else 0, 1)


def site_loads(site: "SiteSizing") -> list[tuple[str, "Figure"]]:
    """The loads of a link and what it may carry, in rising order of caution."""
    average = tr("average in the busy hour") if site.busy_hour else tr("average over the shift")
    if site.day:
        average = tr("average from {time} on").format(time=clock(site.day.binding[0]))
    rows = [(average, site.average_mbps)]
    if site.voice_mbps:
        rows.append((tr("calls, 99.9 % of the time"), site.voice_mbps))
    rows += [(LEVEL_LABELS[name], level) for name, level in site.levels.items()]
    windows = site.open_windows_mbps if site.open_windows_mbps and site.open_windows_mbps.value else None
    if windows:
        rows.append((tr("windows that are open"), windows))
    if site.voice_mbps or windows:
        rows.append((tr("peak with calls") if site.voice_mbps else tr("peak of all"), site.peak_mbps))
    rows.append((tr("everyone at once"), site.everyone_mbps))
    if site.window_mbps:
        rows.append((tr("window after the shift"), site.window_mbps))
    return rows if site.usable_mbps is None else [*rows, (tr("usable of the link"), site.usable_mbps)]


def scale(site: "SiteSizing") -> float:
    """The load that a full bar stands for: everyone at once only where that leaves the others to be seen."""
    others = [float(load.value) for _, load in site_loads(site) if load is not site.everyone_mbps]
    everyone = float(site.everyone_mbps.value)
    return max(max(others), everyone if everyone <= 2.5 * max(others) else 0) or 1.0


LEVEL_LABELS = {
    "p50": tr("uploads, half the time"),
    "p95": tr("uploads, 95 % of the time"),
    "p99": tr("uploads, 99 %"),
    "p999": tr("uploads, 99.9 %"),
}


def site_notes(site: "SiteSizing") -> list[str]:
    """What the bars of a link do not show."""
    notes = days.notes(site)
    if site.standing and site.standing.slowed:
        slowed = tr("Uploads want more than the link has for {share} of the time; then they slow each other down.")
        notes.append(slowed.format(share=per_cent(site.standing.slowed.value)))
    if site.backlog and site.day:
        growth = tr("Unstable: what waits on the agents' computers then grows by {growth} GB/h.")
        notes.append(growth.format(growth=number(site.backlog.growth.value, 1)))
    elif site.backlog and site.backlog.drained is None:
        notes.append(
            tr(
                "Unstable: what waits on the agents' computers grows by {growth} GB/h, and is {waiting} GB when the "
                "busy hour ends."
            ).format(growth=number(site.backlog.growth.value, 1), waiting=number(site.backlog.waiting.value, 1))
        )
    elif site.backlog and site.backlog.drained:
        notes.append(
            tr(
                "Unstable: what waits on the agents' computers grows by {growth} GB/h, is {waiting} GB when the shift "
                "ends, and takes {hours} h more to upload."
            ).format(
                growth=number(site.backlog.growth.value, 1),
                waiting=number(site.backlog.waiting.value, 1),
                hours=number(site.backlog.drained.value, 1),
            )
        )
    elif site.upload_times:
        times = "; ".join(f"{time.label}: {duration(time.seconds.value)}" for time in site.upload_times)
        notes.append(tr("To upload one recording takes on average – {times}.").format(times=times))
    if site.busy_day_mbps:
        notes.append(
            tr("Where days differ by {days}, uploads stay below {mbps} Mbps 99.9 % of the time.").format(
                days=per_cent(site.day_variation), mbps=number(site.busy_day_mbps.value, 1)
            )
        )
    if site.window_hours and site.window_hours.value:
        after = tr("What is uploaded after the shift takes {hours} h if all of it comes as fast as the link allows.")
        notes.append(after.format(hours=at_least(site.window_hours.value, 1)))
    if site.leaving_mbps and site.leaving_mbps.value:
        leaving = tr("On average {mbps} Mbps leave the site again for the cloud.")
        notes.append(leaving.format(mbps=number(site.leaving_mbps.value, 1)))
    return notes


def per_cent(share: Number) -> str:
    """A share as a person reads it: 21.4 %."""
    if 0 < share < 0.00001:
        return tr("less than 0.001 %")
    return f"{number(100 * float(share), 1 if share >= 0.001 else 3)} %"


def duration(seconds: Number) -> str:
    """Seconds up to two minutes, then minutes, then hours."""
    for longest, unit, size in ((120, "s", 1), (7200, "min", 60)):
        if seconds < longest:
            return f"{number(float(seconds) / size, 1)} {unit}"
    return f"{number(float(seconds) / 3600, 1)} h"


def title(sizing: "Sizing") -> str:
    """The verdict on links, gateways and home lines."""
    titles = {Verdict.READY: tr("HOLDS"), Verdict.NOT_READY: tr("TOO SMALL"), Verdict.UNDETERMINED: tr("NOT ALL NAMED")}
    return titles[sizing.verdict]


def judged(sizing: "Sizing") -> bool:
    """Whether any limit was given to judge by."""
    named = any(site.holds is not None for site in sizing.sites)
    return named or bool(sizing.lines_too_small) or any(one.holds is not None for one in sizing.gateways)


def sentence(sizing: "Sizing") -> str:
    """Whether links, gateways and lines hold, and the smallest links that would."""
    named = [site for site in sizing.sites if site.holds is not None]
    unnamed = [site for site in sizing.sites if site.holds is None]
    broken = [_broken_link(site) for site in named if not site.holds]
    broken += [_broken_gateway(one) for one in sizing.gateways if one.shortages]
    lines = sum(line.agents for line in sizing.lines_too_small)
    if lines:
        agents = trn("{n} agent", "{n} agents", round(lines)).format(n=number(round(lines)))
        broken.append(tr("the home lines of {agents} are too small").format(agents=agents))
    if not named:
        broken.append(tr("No link was named. The smallest that holds: {needed}").format(needed=_needed(sizing.sites)))
    elif unnamed:
        broken.append(tr("link not named: {needed}").format(needed=_needed(unnamed)))
    if any(site.standing and site.standing.slowed for site in named):
        enough = tr("Every link carries its load; uploads slow each other down no longer than allowed.")
    else:
        enough = tr("Every link carries its peak.")
    broken += [
        tr("peak {name}: too small").format(name=peak.name)
        for peak in sizing.peaks
        if peak.sizing.verdict is Verdict.NOT_READY
    ]
    return "; ".join(broken) or enough


def _broken_link(site: "SiteSizing") -> str:
    from remoteready.plan.needs import Breach

    standing = site.standing
    assert standing is not None  # noqa: S101 – a site whose link breaks has one
    window = site.window_mbps or site.peak_mbps
    calls = site.voice_mbps or site.peak_mbps
    link = site.link
    peak, usable = apart(site.peak_mbps.value, standing.usable.value)
    reasons = {
        Breach.CALLS: lambda: tr("calls of {mbps} Mbps are more than the {share} of the link meant for them").format(
            mbps=number(calls.value, 1), share=per_cent(Fraction(link.realtime_share) if link else 0)
        ),
        Breach.PEAK: lambda: tr("a peak of {peak} Mbps does not fit into {usable} Mbps").format(
            peak=peak, usable=usable
        ),
        Breach.UNSTABLE: lambda: tr("unstable, what waits to be uploaded grows by {growth} GB/h").format(
            growth=number(site.backlog.growth.value if site.backlog else 0, 1)
        ),
        Breach.SLOWED: lambda: tr("uploads want more than there is {share} of the time, {allowed} are allowed").format(
            share=per_cent(standing.slowed.value if standing.slowed else 0),
            allowed=per_cent(Fraction(link.slowed_share) if link else 0),
        ),
        Breach.WINDOW: lambda: tr("the window after the shift needs {mbps} of {usable} Mbps").format(
            mbps=number(window.value, 1), usable=number(standing.usable.value, 1)
        ),
    }
    why = ", ".join(reasons[breach]() for breach in standing.breaches)
    return tr("{site}: {why}; the smallest link that holds: {needed} Mbps").format(
        site=site.name, why=why, needed=at_least(site.link_mbps_needed)
    )


def _broken_gateway(one: "GatewaySizing") -> str:
    short = ", ".join(shortage.value for shortage in one.shortages)
    return tr("gateway {name}: too few {short}").format(name=one.name, short=short)


def _needed(sites: Iterable["SiteSizing"]) -> str:
    return ", ".join(f"{site.name} {at_least(site.link_mbps_needed)} Mbps" for site in sites)


def assumptions(sizing: "Sizing") -> str:
    """What the numbers take for granted."""
    from remoteready.workload import When

    groups = sizing.scenario.groups
    parts = [
        tr("Taken for granted: Mbps are those of packets on the wire, per direction; shifts of a site run together.")
        if not any(group.timed for group in groups)
        else tr(
            "Taken for granted: Mbps are those of packets on the wire, per direction; groups without shifts are at "
            "work whenever others are; waiting counts chance, too, and begins the day at nothing."
        )
    ]
    if any(group.workload.busy_hour_share is None and not group.day for group in groups):
        parts.append(
            tr("Without a busy-hour share, calls come evenly over the shift; `plan intervals` tells that share.")
        )
    if any(group.voice is None for group in groups):
        parts.append(tr("Calls of groups without a codec are not counted; the rest of the link is left to them."))
    if any(group.when is When.AS_RECORDED for group in groups):
        parts.append(tr("Recordings that leave as recorded do so at the rate they arise, not in bursts."))
    if any(group.when is When.AT_ONCE for group in groups):
        parts.append(
            tr(
                "An upload takes all that the home line or the throttle leaves it, and uploads share a full link "
                "fairly; without a throttle the home router must put calls first."
            )
        )
    return " ".join(parts)


def figure_rows(sizing: "Sizing") -> tuple[list[str], list[list[str | int | float | None]]]:
    """Every figure a row, with unit, formula, inputs and source; then every interval of the days that are known."""
    rows: list[list[str | int | float | None]] = []
    for scope, figures in explained(sizing):
        for one in figures:
            inputs = "; ".join(f"{name.replace('_', ' ')} = {float(value):.10g}" for name, value in one.inputs.items())
            rows.append([scope, one.name, float(one.value), one.unit, one.formula, inputs, one.source])
    tables = [(tr("Site {name}").format(name=one.name), days.link_rows(one.day)) for one in sizing.sites if one.day]
    tables += [
        (tr("Gateway {name}").format(name=one.name), days.session_rows(one.day)) for one in sizing.gateways if one.day
    ]
    for scope, (heads, intervals) in tables:
        for time, *values in intervals:
            rows += [[f"{scope}, {time}", *pair, "", "", "", ""] for pair in zip(heads[1:], values, strict=True)]
    return ["of", "figure", "value", "unit", "formula", "computed from", "source"], rows


def _group_scope(part: "GroupDemand") -> str:
    if part.group.timed:
        words = tr("Group {name}; rates are of its busiest interval, an hour of which stands for the day")
        return words.format(name=part.group.name)
    return tr("Group {name}").format(name=part.group.name)


def _site_scope(site: "SiteSizing") -> str:
    if site.day:
        return tr("Site {name} from {time} on").format(name=site.name, time=clock(site.day.binding[0]))
    return tr("Site {name}").format(name=site.name)


def explained(sizing: "Sizing") -> list[tuple[str, tuple["Figure", ...]]]:
    """Every figure under the heading of what it belongs to."""
    groups = [(_group_scope(part), part.figures) for part in sizing.groups]
    sites = [(_site_scope(site), site.figures) for site in sizing.sites]
    gateways = [(tr("Gateway {name}").format(name=one.name), one.figures) for one in sizing.gateways]
    return [*groups, *sites, *gateways, (tr("Together"), sizing.totals)]
