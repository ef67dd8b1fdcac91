"""Questions asked of many plans: what does a link carry, what does a setting change, how do two plans differ."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any

from remoteready.exits import UnusableInput, Verdict
from remoteready.formulas import Number
from remoteready.plan.demand import GroupDemand, demand_at, group_demand
from remoteready.plan.gateways import GatewayDay, gateway_day, size_gateway
from remoteready.plan.needs import needs_of, standing_of
from remoteready.plan.presence import Span, resized, with_calls
from remoteready.plan.scenario import OPTIONS, Gateway, Group, Link, Scenario
from remoteready.plan.sizing import Sizing, size
from remoteready.plan.timeline import Clockwork, SiteDay, site_day
from remoteready.workload import BrokenLimit, Home, Voice, Vpn

MOST_USERS = 10_000_000
MOST_MONITORS = 16
MOST_PLANS = 2000
"""Of a sweep: more rows than anybody reads."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How far one group may grow, the others as they are, until a resource breaks; None where it breaks without it."""

    resource: str
    group: str
    users: int
    most_users: int | None
    monitors: int
    most_monitors: int | None


def fit(scenario: Scenario) -> tuple[Fit, ...]:
    """What every named link and gateway carries. UnusableInput where there is none to ask about."""
    resources = _resources(scenario)
    if not resources:
        raise UnusableInput("fit asks what a link or gateway carries: name one (--link-mbps, capacity_mbps, gateways)")
    return tuple(
        _fit(name, carries, groups, number) for name, carries, groups in resources for number in range(len(groups))
    )


Carries = Callable[[Sequence[Group]], bool]


def _resources(scenario: Scenario) -> list[tuple[str, Carries, list[Group]]]:
    """Every named link and gateway with a limit, whether it carries some groups, and those it has."""
    found: list[tuple[str, Carries, list[Group]]] = []
    for name, link in scenario.sites.items():
        if link is not None:
            here = [group for group in scenario.groups if group.site == name]
            found.append((name, partial(_link_carries, link, site_day(name, link, Clockwork(here))), here))
    for name, gateway in scenario.gateways.items():
        if size_gateway(name, gateway, []).holds is not None:
            through = [group for group in scenario.groups if group.vpn and group.vpn.gateway == name]
            day = gateway_day(Clockwork(through), _every)
            found.append((name, partial(_gateway_carries, gateway, day), through))
    return found


def _link_carries(link: Link, day: SiteDay | None, groups: Sequence[Group]) -> bool:
    """In every interval, where times are known; first in the one that binds as things are."""
    if day is None:
        return not standing_of(link, needs_of(_demands(groups, None))).breaches
    clockwork = Clockwork(groups)
    spans = sorted(clockwork.spans, key=lambda span: span != day.binding)
    return all(not standing_of(link, needs_of(clockwork.parts(span, _every))).breaches for span in spans)


def _gateway_carries(gateway: Gateway, day: GatewayDay | None, groups: Sequence[Group]) -> bool:
    span = day.binding if day else None
    changed = gateway_day(Clockwork(groups), _every, span)
    return not size_gateway("", gateway, _demands(groups, span), changed).shortages


def _every(group: Group) -> bool:
    return True


def _demands(groups: Sequence[Group], span: Span | None) -> list[GroupDemand]:
    return [demand_at(group, span) if span else group_demand(group) for group in groups]


def _fit(resource: str, carries: Carries, groups: list[Group], number: int) -> Fit:
    group = groups[number]

    def with_users(users: int) -> bool:
        return carries([*groups[:number], resized(group, users), *groups[number + 1 :]])

    def with_monitors(monitors: int) -> bool:
        work, who = replace(group.workload, monitors=monitors), group.supervisors
        if who and not monitors:  # without screens nobody watches
            who = replace(who, watching_share=Decimal(0))
        return carries([*groups[:number], replace(group, workload=work, supervisors=who), *groups[number + 1 :]])

    return Fit(
        resource=resource,
        group=group.name,
        users=group.users,
        most_users=_most(with_users, group.users, MOST_USERS),
        monitors=group.workload.monitors,
        most_monitors=_most(with_monitors, group.workload.monitors, MOST_MONITORS),
    )


def _most(holds: Callable[[int], bool], guess: int, limit: int) -> int | None:
    """The largest number up to a limit that holds, where what broke stays broken; None where not even 0 holds."""
    if not holds(0):
        return None
    if holds(limit):
        return limit
    low, high = 0, limit
    step = max(1, guess)
    if holds(min(step, limit)):
        low = step
        while low * 2 < limit and holds(low * 2):
            low *= 2
        high = min(limit, low * 2)
    else:
        high = step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


# --- sweep ----------------------------------------------------------------------------------------------------------

SETTINGS = {option.removeprefix("--"): field for field, option in OPTIONS.items()}
"""What may be varied, by the name of its option."""
TEXTS = {"codec", "tunnel"}
WHOLE = {"users", "monitors", "working_days_per_month", "retention_days", "copies"}


@dataclass(frozen=True, slots=True)
class Row:
    """One plan of a sweep: what was set, and what came out; `problem` where such a plan makes no sense."""

    settings: Mapping[str, str]
    sizing: Sizing | None
    problem: str = ""


def sweep(scenario: Scenario, wanted: Sequence[str]) -> tuple[Row, ...]:
    """A plan for every combination of settings such as "users=100,200" – in all groups and sites, in the order given.

    UnusableInput: a setting that is none, a value that is no number, more plans than MOST_PLANS.
    """
    varied = dict(_setting(text) for text in wanted)
    if not varied:
        raise UnusableInput("sweep needs something to vary, such as: --vary throttle-kbps=1000,2000,5000")
    plans = 1
    for values in varied.values():
        plans *= len(values)
    if plans > MOST_PLANS:
        raise UnusableInput(f"--vary: {plans} plans; at most {MOST_PLANS} make a table, give fewer values")
    rows = []
    for chosen in product(*varied.values()):
        settings = dict(zip(varied, chosen, strict=True))
        try:
            changed = scenario
            for name, value in settings.items():
                changed = set_option(changed, name, value)
            rows.append(Row(settings, size(changed)))
        except UnusableInput as error:
            rows.append(Row(settings, None, str(error)))
    if all(row.sizing is None for row in rows):
        raise UnusableInput(f"{rows[0].problem}; no plan of these makes sense")
    return tuple(rows)


def _setting(text: str) -> tuple[str, list[str]]:
    name, equals, values = text.partition("=")
    if name not in SETTINGS or not equals:
        raise UnusableInput(f"--vary {text}: write NAME=A,B,C; names are {', '.join(SETTINGS)}")
    found = [value.strip() for value in values.split(",")]
    if not all(found):
        raise UnusableInput(f"--vary {text}: a value is missing between the commas")
    for value in found:
        _value(name, value)
    return name, found


def _value(name: str, text: str) -> Any:
    field = SETTINGS[name]
    if field in TEXTS:
        return text
    try:
        number = Decimal(text)
        return int(text) if field in WHOLE else number
    except (InvalidOperation, ValueError):
        kind = "a whole number" if field in WHOLE else "a number"
        raise UnusableInput(f"--vary {name}: {text!r} is not {kind}") from None


def set_option(scenario: Scenario, name: str, text: str) -> Scenario:
    """The scenario with one option set in every group and site. UnusableInput: a value that its limits refuse."""
    field, value = SETTINGS[name], _value(name, text)
    try:
        if field in _names(Scenario):
            return replace(scenario, **{field: value})
        if field in ("capacity_mbps", "usable_share"):
            sites = {site: replace(link, **{field: value}) if link else None for site, link in scenario.sites.items()}
            return replace(scenario, sites=sites)
        return replace(scenario, groups=tuple(_changed(group, field, value) for group in scenario.groups))
    except BrokenLimit as error:
        raise UnusableInput(f"--vary {name}: {error.problem}") from None


def _names(model: type) -> set[str]:
    return {declared.name for declared in fields(model)}


def _changed(group: Group, field: str, value: Any) -> Group:
    if field == "uplink_mbps":
        home = replace(group.home, uplink_mbps=value, uplinks=()) if group.home else Home(uplink_mbps=value)
        return replace(group, home=home)
    if field == "codec":
        return replace(group, voice=replace(group.voice, codec=value) if group.voice else Voice(codec=value))
    if field == "tunnel":
        return replace(group, vpn=replace(group.vpn, tunnel=value) if group.vpn else Vpn(tunnel=value))
    if field in ("throttle_kbps", "window_hours"):
        return replace(group, upload=replace(group.upload, when=None, **{field: value}))
    if field == "users":
        return resized(group, value) if 0 <= value <= MOST_USERS else replace(group, users=value)
    if group.day and field in ("minutes_per_call", "busy_hour_share"):
        raise UnusableInput(f"group {group.name!r}: its intervals tell {field}; it cannot be varied")
    if group.day and field == "calls_per_day" and group.workload.calls_per_day and value >= 0:
        return with_calls(group, Fraction(value) / Fraction(group.workload.calls_per_day))
    if field in _names(Group):
        return replace(group, **{field: value})
    return replace(group, workload=replace(group.workload, **{field: value}))


# --- compare --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """One number of two plans; None where a plan has no such number."""

    of: str
    name: str
    unit: str
    first: Number | None
    second: Number | None


def compare(first: Sizing, second: Sizing) -> tuple[Difference, ...]:
    """What two plans need, side by side: totals, then every site, then every gateway, by their names."""
    left, right = _summary(first), _summary(second)
    return tuple(Difference(*key, left.get(key), right.get(key)) for key in dict.fromkeys((*left, *right)))


def _summary(sizing: Sizing) -> dict[tuple[str, str, str], Number]:
    rows: dict[tuple[str, str, str], Number] = {("", one.name, one.unit): one.value for one in sizing.totals}
    for site in sizing.sites:
        rows |= {
            (site.name, "average_mbps", "Mbps"): site.average_mbps.value,
            (site.name, "peak_mbps", "Mbps"): site.peak_mbps.value,
            (site.name, "link_mbps_needed", "Mbps"): site.link_mbps_needed,
        }
    for one in sizing.gateways:
        rows |= {
            (one.name, "sessions", "sessions"): one.sessions.value,
            (one.name, "gateway_mbps", "Mbps"): one.mbps.value,
            (one.name, "gateway_packets_per_second", "packets/s"): one.packets_per_second.value,
        }
    return rows


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Not ready where any is, else undetermined where any is."""
    for verdict in (Verdict.NOT_READY, Verdict.UNDETERMINED):
        if verdict in verdicts:
            return verdict
    return Verdict.READY
