"""The scenario a planner describes: sites with links, and the groups of agents that work from home for them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from remoteready import files, spelling
from remoteready.exits import Misfit, UnusableInput
from remoteready.plan import timetable
from remoteready.plan.timetable import Interval, Shift
from remoteready.workload import (
    Architecture,
    BrokenLimit,
    Home,
    Place,
    Recording,
    Supervisors,
    Upload,
    Voice,
    Vpn,
    When,
    Workload,
    check_limits,
    quantity,
)

STRICT: dict[str, Any] = {"extra": "forbid"}
"""Pydantic: a misspelt field is an error, never ignored."""

USABLE_SHARE = Decimal("0.75")
"""What Cisco IOS lets classes of traffic reserve of an interface unless set otherwise (max-reserved-bandwidth)."""

REALTIME_SHARE = Decimal("0.33")
"""Strict-priority queue of a WAN link: Cisco Press and Cisco AVVID call it best practice, not a rule."""
SLOWED_SHARE = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The line of a site that calls and recordings arrive on."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    capacity_mbps: Decimal = quantity("Capacity per direction, Mbps", gt=0, le=10_000_000)
    usable_share: Decimal = quantity(
        "Share of the capacity that calls and recordings may fill, 0–1; the rest is for signalling and other traffic",
        gt=0,
        le=1,
        default=USABLE_SHARE,
    )
    realtime_share: Decimal = quantity(
        "Share of the capacity that calls may fill, 0–1", gt=0, le=1, default=REALTIME_SHARE
    )
    slowed_share: Decimal = quantity(
        "Share of the time that uploads may want more than the link has, and slow each other down, 0–1",
        ge=Decimal("0.000001"),
        le=1,
        default=SLOWED_SHARE,
    )

    def __post_init__(self) -> None:
        """Refuse numbers that no link has."""
        check_limits(self)


class LicenceKind(StrEnum):
    """What a VPN licence counts."""

    CONCURRENT = "concurrent"
    NAMED = "named"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """VPN gateways of one kind that share the sessions; what is not given is not limited by them."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    count: int = quantity("Gateways", strict=True, ge=1, le=10_000, default=1)
    spare: int | None = quantity(
        "Gateways that may fail while the others carry all; if not given, 1 where there are several",
        strict=True,
        ge=0,
        le=10_000,
        default=None,
    )
    sessions: int | None = quantity("Sessions that one gateway takes", strict=True, ge=1, le=10_000_000, default=None)
    mbps: Decimal | None = quantity(
        "Throughput of one gateway, both directions together, Mbps", gt=0, le=10_000_000, default=None
    )
    packets_per_second: Decimal | None = quantity(
        "Packets that one gateway forwards, both directions together, packets/s", gt=0, le=10**12, default=None
    )
    licences: int | None = quantity("Licences for all gateways", strict=True, ge=0, le=10_000_000, default=None)
    licence_kind: LicenceKind = quantity(
        "concurrent (sessions at one time) or named (people)", default=LicenceKind.CONCURRENT
    )
    logins_per_second: Decimal | None = quantity(
        "Logins that one gateway takes a second", gt=0, le=1_000_000, default=None
    )

    def __post_init__(self) -> None:
        """Refuse numbers that no gateway has, and spares that leave none."""
        check_limits(self)
        if self.spares >= self.count:
            raise Misfit(f"{self.spares} spare of {self.count} leave none; give a smaller spare", "spare")

    @property
    def spares(self) -> int:
        """Gateways that may fail."""
        return self.spare if self.spare is not None else int(self.count > 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Agents who do the same work from home for one site."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str = quantity("Name of the group", min_length=1, max_length=80)
    site: str = quantity("Name of the site whose link their recordings cross", min_length=1, max_length=80)
    users: int = quantity("Agents who work on the same day", strict=True, ge=0, le=10_000_000)
    people: int | None = quantity(
        "All agents of the role, also those off that day: named licences count them",
        strict=True,
        ge=0,
        le=10_000_000,
        default=None,
    )
    shift_hours: Decimal = quantity("Length of a shift, hours", gt=0, le=24, default=Decimal(8))
    shifts: tuple[Shift, ...] = quantity(
        "When shifts begin; if given, links, gateways and sessions are sized interval by interval", default=()
    )
    shrinkage: Decimal = quantity(
        "Where calls are known by interval: share of the agents at work who take none just then (breaks, training, "
        "trouble at home), 0–1; they stay connected",
        ge=0,
        le=Decimal("0.99"),
        default=Decimal(0),
    )
    intervals: str | None = quantity(
        "CSV file beside the scenario with the calls of the group by interval, as `plan intervals` reads it, instead "
        "of workload.calls_per_day; of several days the mean. Its handle time is the call and the work after it",
        min_length=1,
        default=None,
    )
    day: tuple[Interval, ...] = quantity("The same as a list instead of a file", default=())
    workload: Workload = quantity("What one agent does")
    recording: Recording = quantity("How calls are recorded", default=Recording())
    upload: Upload = quantity("When and how fast recordings leave the home", default=Upload())
    home: Home | None = quantity("The agents' own lines", default=None)
    voice: Voice | None = quantity("How calls are carried; where not given, calls are not counted", default=None)
    vpn: Vpn | None = quantity("The tunnel they work through", default=None)
    supervisors: Supervisors | None = quantity("Those who listen live and watch screens", default=None)
    on_premises: tuple[str, ...] = quantity(
        "Other systems on premises that the role uses, such as WFM, CRM or billing", default=()
    )

    def __post_init__(self) -> None:
        """Refuse more work than the shift has minutes, and uploads that contradict themselves."""
        check_limits(self)
        work = self.workload
        minutes = work.calls_per_day * (work.minutes_per_call + work.after_call_minutes)
        if minutes > self.shift_hours * 60:
            after = f" and {work.after_call_minutes:f} after them" if work.after_call_minutes else ""
            raise self._misfit(
                f"{work.calls_per_day:f} calls of {work.minutes_per_call:f} minutes{after} make {minutes:f} minutes, "
                f"but a shift of {self.shift_hours:f} hours has {self.shift_hours * 60:f}; "
                "check calls, minutes or shift_hours",
                "workload",
            )
        if work.busy_hour_share is not None and minutes * work.busy_hour_share > 60:
            raise self._misfit(
                f"{work.busy_hour_share:f} of these calls makes {minutes * work.busy_hour_share:f} minutes in one "
                "hour; check it, calls or minutes",
                *("workload", "busy_hour_share"),
            )
        contradiction = self._contradiction()
        if contradiction:
            raise contradiction

    def _misfit(self, problem: str, *at: str) -> Misfit:
        return Misfit(problem, *at, of=f"group {self.name!r}")

    def _contradiction(self) -> Misfit | None:
        upload, window, in_window = self.upload, self.upload.window_hours, ("upload", "window_hours")
        if problem := timetable.problem_of(self.shifts, self.day):
            return self._misfit(problem)
        if self.people is not None and self.people < self.users:
            return self._misfit(f"{self.people} cannot be fewer than the {self.users} users of one day", "people")
        if self.when is When.DEFERRED and window is None:
            return self._misfit("window_hours is missing; deferred uploads need a window after the shift", "upload")
        if self.when is not When.DEFERRED and window is not None:
            return self._misfit(f"recordings that leave {self.when} need no window; leave it out", *in_window)
        if window is not None and window + self.shift_hours > 24:
            words = f"a window of {window:f} hours after a shift of {self.shift_hours:f} does not fit into a day"
            return self._misfit(words, *in_window)
        if self.when is When.AT_ONCE and self.home is None and upload.throttle_kbps is None:
            words = "uploads at_once go as fast as the line: give home.uplink_mbps or upload.throttle_kbps"
            return self._misfit(words, "upload")
        if self.when is When.AS_RECORDED and upload.throttle_kbps is not None:
            words = "what leaves as_recorded cannot be throttled; use at_once or deferred"
            return self._misfit(words, "upload", "throttle_kbps")
        if self.recording.architecture is Architecture.CISCO_BUILT_IN_BRIDGE and self.voice is None:
            words = "the built-in bridge sends two more streams; give voice with its codec"
            return self._misfit(words, "recording", "architecture")
        who = self.supervisors
        if who and who.listening_share and self.voice is None:
            words = "listening takes as much as a call; give voice with its codec"
            return self._misfit(words, "supervisors", "listening_share")
        if who and who.watching_share and not self.workload.monitors:
            words = "no screen is recorded that could be watched; give workload.monitors"
            return self._misfit(words, "supervisors", "watching_share")
        return None

    @property
    def when(self) -> When:
        """When recordings leave the home, also where only the other fields say it."""
        if self.upload.when is not None:
            return self.upload.when
        if self.upload.window_hours is not None:
            return When.DEFERRED
        return When.AS_RECORDED if self.home is None and self.upload.throttle_kbps is None else When.AT_ONCE

    @property
    def timed(self) -> bool:
        """Whether it is known when its agents work or when its calls come."""
        return bool(self.shifts or self.day)

    def in_vpn(self, place: Place) -> bool:
        """Whether traffic to a system there goes through the tunnel."""
        return self.vpn is not None and (place is Place.ON_PREMISES or self.vpn.full)

    def on_link(self, place: Place) -> bool:
        """Whether traffic to a system there arrives on the site's link."""
        return place is Place.ON_PREMISES or self.in_vpn(place)


class Rules(StrEnum):
    """Rules of recording that a plan can be held against."""

    FRANCE = "france"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """What is different in a peak; what is not given stays as it is."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    more_calls: Decimal = quantity("How many more calls come, 0.3 for 30 %", ge=-1, le=100, default=Decimal(0))
    call_backs: Decimal = quantity(
        "Call-backs that were promised, as a share of the calls: each takes an agent and a call",
        ge=0,
        le=1,
        default=Decimal(0),
    )
    temporary_agents: Decimal = quantity(
        "Temporary agents at home, as a share of the agents", ge=0, le=100, default=Decimal(0)
    )
    paused: tuple[str, ...] = quantity("Groups (channels) that take no calls meanwhile", default=())
    everybody: bool = quantity("True where all people of the roles are at work, all day", default=False)

    def __post_init__(self) -> None:
        """Refuse what no peak has."""
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """All that one plan is computed from."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str = quantity("Title of the plan", min_length=1, max_length=80)
    sites: dict[str, Link | None] = quantity("Sites by name, each with its link; empty where the link is not known")
    groups: tuple[Group, ...] = quantity("Groups of agents", min_length=1)
    gateways: dict[str, Gateway] = quantity("VPN gateways by name", default_factory=dict)
    day_variation: Decimal = quantity(
        "How much the load of whole days varies, standard deviation ÷ mean (0.09 in a bank's call centre)",
        ge=0,
        le=1,
        default=Decimal("0.09"),
    )
    working_days_per_month: int = quantity(
        "Days a month on which calls are taken", strict=True, ge=1, le=31, default=21
    )
    peaks: dict[str, Peak] = quantity("Peaks to be ready for, by name", default_factory=dict)
    recording_rules: Rules | None = quantity(
        "Rules of recording to hold the plan against: france (CNIL); check with counsel", default=None
    )
    retention_days: int = quantity("Days that a recording is kept", strict=True, ge=0, le=36_525, default=90)
    copies: int = quantity("Copies of every recording that are kept", strict=True, ge=1, le=100, default=1)
    growth_per_year: Decimal = quantity(
        "How much more is recorded every year, 0.2 for 20 %", ge=0, le=10, default=Decimal(0)
    )
    growth_years: int = quantity("Years ahead for which storage is told", strict=True, ge=1, le=30, default=3)

    def __post_init__(self) -> None:
        """Refuse groups that belong nowhere and names that stand twice."""
        check_limits(self)
        seen: set[str] = set()
        for number, group in enumerate(self.groups):
            at = ("groups", number)
            if group.name in seen:
                raise Misfit(f"two groups are named {group.name!r}; give each its own name", *at, "name")
            seen.add(group.name)
            if group.site not in self.sites:
                others = spelling.among(group.site, map(files.named, self.sites))
                raise Misfit(f"{group.site!r} is not under sites{others}", *at, "site")
            gateway = group.vpn.gateway if group.vpn else None
            if gateway is not None and gateway not in self.gateways:
                others = spelling.among(gateway, map(files.named, self.gateways))
                raise Misfit(f"{gateway!r} is not under gateways{others}", *at, "vpn", "gateway")
        for name, peak in self.peaks.items():
            if unknown := next((group for group in peak.paused if group not in seen), None):
                others = spelling.among(unknown, map(files.named, seen))
                raise Misfit(f"no group is called {unknown!r}{others}", "peaks", name, "paused")


def load(name: str) -> Scenario:
    """The scenario in a YAML file or the shipped one of that name. UnusableInput names file and field."""
    path = files.find(name, "scenarios", "scenario")
    wanted = files.load(Scenario, path, _place, lambda document: timetable.fill(document, path.parent))
    return replace(wanted, groups=tuple(_measured(group, path.parent) for group in wanted.groups))


def _measured(group: Group, folder: Path) -> Group:
    """The group with its file of measured lines read, which lies beside the scenario's own."""
    if group.home is None or group.home.measured is None:
        return group
    from remoteready.plan.measured import read_uplinks

    lines = read_uplinks(folder / group.home.measured)
    return replace(group, home=replace(group.home, measured=None, uplinks=lines))


def from_options(options: Mapping[str, Any], added: Mapping[str, Any] = MappingProxyType({})) -> Scenario:
    """One group at one site from `plan`'s options, by their names. UnusableInput names the option.

    `added` are fields of the group's parts for what no option says: how it is recorded, where to, of what size.
    """
    missing = [name for name in ("--users", "--calls", "--minutes") if name not in options]
    if missing:
        names = " and ".join(filter(None, [", ".join(missing[:-1]), missing[-1]]))
        raise UnusableInput(f"give {names}, or name a scenario, such as: remoteready plan two-sites")
    if "--usable-share" in options and "--link-mbps" not in options:
        raise UnusableInput("--usable-share: is a share of --link-mbps; give both")
    try:
        return _build(options, added)
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
    "copies": "--copies",
    "growth_per_year": "--growth-per-year",
    "day_variation": "--day-variation",
    "uplink_mbps": "--uplink-mbps",
    "busy_hour_share": "--busy-hour-share",
    "throttle_kbps": "--throttle-kbps",
    "window_hours": "--window-hours",
    "codec": "--codec",
    "tunnel": "--tunnel",
}
"""Which option sets which field."""


def _build(options: Mapping[str, Any], added: Mapping[str, Any]) -> Scenario:
    given = {**added, **{field: options[option] for field, option in OPTIONS.items() if option in options}}

    def chosen(model: type) -> dict[str, Any]:
        return {declared.name: given[declared.name] for declared in fields(model) if declared.name in given}

    link = Link(**chosen(Link)) if "--link-mbps" in options else None
    group = Group(
        name="everyone",
        site="the site",
        workload=Workload(**chosen(Workload)),
        recording=Recording(**chosen(Recording)),
        upload=Upload(**chosen(Upload)),
        home=Home(**chosen(Home)) if "--uplink-mbps" in options else None,
        voice=Voice(**chosen(Voice)) if "--codec" in options else None,
        vpn=Vpn(**chosen(Vpn)) if "--tunnel" in options else None,
        **chosen(Group),
    )
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
