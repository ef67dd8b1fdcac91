"""The scenario a planner describes: sites with links, and the groups of agents that work from home for them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, ClassVar

from remoteready import files
from remoteready.exits import UnusableInput
from remoteready.workload import BrokenLimit, Workload, check_limits, quantity

STRICT: dict[str, Any] = {"extra": "forbid"}
"""Pydantic: a misspelt field is an error, never ignored."""

USABLE_SHARE = Decimal("0.75")
"""What Cisco IOS lets classes of traffic reserve of an interface unless set otherwise (max-reserved-bandwidth)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The line of a site that the recordings arrive on."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    capacity_mbps: Decimal = quantity("Capacity per direction, Mbps", gt=0, le=10_000_000)
    usable_share: Decimal = quantity(
        "Share of the capacity that recordings may fill, 0–1; the rest is for calls, signalling and headers",
        gt=0,
        le=1,
        default=USABLE_SHARE,
    )

    def __post_init__(self) -> None:
        """Refuse numbers that no link has."""
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Agents who do the same work from home for one site."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str = quantity("Name of the group", min_length=1, max_length=80)
    site: str = quantity("Name of the site whose link their recordings cross", min_length=1, max_length=80)
    users: int = quantity("Agents who work on the same day", strict=True, ge=0, le=10_000_000)
    shift_hours: Decimal = quantity("Length of a shift, hours", gt=0, le=24, default=Decimal(8))
    workload: Workload = quantity("What one agent does")

    def __post_init__(self) -> None:
        """Refuse more talk than the shift has minutes."""
        check_limits(self)
        minutes = self.workload.calls_per_day * self.workload.minutes_per_call
        if minutes > self.shift_hours * 60:
            raise UnusableInput(
                f"group {self.name!r}: {self.workload.calls_per_day:f} calls of "
                f"{self.workload.minutes_per_call:f} minutes make {minutes:f} minutes, but a shift of "
                f"{self.shift_hours:f} hours has {self.shift_hours * 60:f}; check calls, minutes or shift_hours"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """All that one plan is computed from."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str = quantity("Title of the plan", min_length=1, max_length=80)
    sites: dict[str, Link | None] = quantity("Sites by name, each with its link; empty where the link is not known")
    groups: tuple[Group, ...] = quantity("Groups of agents", min_length=1)
    working_days_per_month: int = quantity(
        "Days a month on which calls are taken", strict=True, ge=1, le=31, default=21
    )
    retention_days: int = quantity("Days that a recording is kept", strict=True, ge=0, le=36_525, default=90)

    def __post_init__(self) -> None:
        """Refuse groups that belong nowhere and names that stand twice."""
        check_limits(self)
        seen: set[str] = set()
        for group in self.groups:
            if group.name in seen:
                raise UnusableInput(f"groups: two groups are named {group.name!r}; give each its own name")
            seen.add(group.name)
            if group.site not in self.sites:
                known = ", ".join(files.named(site) for site in self.sites) or "none"
                raise UnusableInput(
                    f"group {group.name!r}: site {group.site!r} is not under sites (there are: {known})"
                )


def load(name: str) -> Scenario:
    """The scenario in a YAML file or the shipped one of that name. UnusableInput names file and field."""
    return files.load(Scenario, files.find(name, "scenarios", "scenario"), _place)


def from_options(options: Mapping[str, Any]) -> Scenario:
    """One group at one site from `plan`'s options, by their names. UnusableInput names the option."""
    missing = [name for name in ("--users", "--calls", "--minutes") if name not in options]
    if missing:
        names = " and ".join(filter(None, [", ".join(missing[:-1]), missing[-1]]))
        raise UnusableInput(f"give {names}, or name a scenario, such as: remoteready plan two-sites")
    if "--usable-share" in options and "--link-mbps" not in options:
        raise UnusableInput("--usable-share: is a share of --link-mbps; give both")
    try:
        return _build(options)
    except BrokenLimit as error:
        raise UnusableInput(f"{OPTIONS[error.field]}: {error.problem}") from None


OPTIONS = {
    "users": "--users",
    "calls_per_day": "--calls",
    "minutes_per_call": "--minutes",
    "monitors": "--monitors",
    "shift_hours": "--shift-hours",
    "capacity_mbps": "--link-mbps",
    "usable_share": "--usable-share",
    "working_days_per_month": "--days-per-month",
    "retention_days": "--retention-days",
}
"""Which option sets which field."""


def _build(options: Mapping[str, Any]) -> Scenario:
    def chosen(model: type) -> dict[str, Any]:
        names = {declared.name for declared in fields(model)}
        return {f: options[o] for f, o in OPTIONS.items() if f in names and o in options}

    link = Link(**chosen(Link)) if "--link-mbps" in options else None
    group = Group(name="everyone", site="the site", workload=Workload(**chosen(Workload)), **chosen(Group))
    return Scenario(name="Agents at home", sites={"the site": link}, groups=(group,), **chosen(Scenario))


def _place(location: files.Location, document: Any) -> str:
    """The words for ('groups', 0, 'workload', 'monitors'): group 'day-shift', workload.monitors."""
    match location:
        case ("groups", int(number), *field):
            group = document["groups"][number]
            name = group.get("name") if isinstance(group, dict) else None
            called = f"group {files.shown(name)}" if name else f"group number {number + 1}"
            return ", ".join(filter(None, [called, files.dotted(field)]))
    return files.dotted(location)
