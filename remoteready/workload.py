"""What one agent does in a shift: shared by `plan`, which sizes for it, and `check`, which demands a line for it.

The models of planning are standard-library dataclasses whose field metadata are the constraints: Pydantic reads them
when a file is loaded (`files.load`), `check_limits` when they are made from options – so that `plan` with options
starts without importing Pydantic.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from remoteready.exits import Misfit
from remoteready.formulas import packets


def quantity(description: str, *, default: Any = ..., **limits: Any) -> Any:
    """A dataclass field with its meaning, unit and limits (`gt`, `ge`, `le`) for readers, schema and validation."""
    factory = {"default_factory": limits.pop("default_factory")} if "default_factory" in limits else {}
    metadata = {"description": description, **limits}
    return field(metadata=metadata, **factory) if default is ... else field(default=default, metadata=metadata)


LIMITS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "gt": (lambda value, limit: value > limit, "must be more than"),
    "ge": (lambda value, limit: value >= limit, "must be at least"),
    "le": (lambda value, limit: value <= limit, "must be at most"),
}


class BrokenLimit(Misfit):
    """A number that breaks its field's limit."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem, field)
        self.field = field


DECIMALS = 30
"""Digits after the point: numbers are calculated with exactly, and 1e-999999999 would take for ever."""


def check_limits(model: Any) -> None:
    """Refuse a dataclass whose numbers break their own limits: BrokenLimit names the field and the limit."""
    for declared in fields(model):
        value = getattr(model, declared.name)
        if not isinstance(value, int | Decimal):
            continue
        if isinstance(value, Decimal):
            _check_exact(declared.name, value)
        for name, (holds, words) in LIMITS.items():
            if name in declared.metadata and not holds(value, declared.metadata[name]):
                raise BrokenLimit(declared.name, f"{words} {declared.metadata[name]}, not {value}")


def _check_exact(name: str, value: Decimal) -> None:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):  # NaN and infinities
        raise BrokenLimit(name, f"must be a number to calculate with, not {value}")
    if -exponent > DECIMALS:
        raise BrokenLimit(name, f"must have at most {DECIMALS} digits after the point; round it")


AUDIO_MB_PER_MINUTE = Decimal("0.48")
SCREEN_MB_PER_MINUTE = Decimal("1.5")
"""Of a recorded minute, and of each monitor: Calabrio's work-from-home guide."""


def _told_by_intervals(schema: dict[str, Any]) -> None:
    """Calls and minutes may stand in an interval table instead, which a schema of this part alone cannot see."""
    schema.pop("required", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What one agent does in one shift, and what is recorded of it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "json_schema_extra": _told_by_intervals}

    calls_per_day: Decimal = quantity("Calls per agent and day", ge=0, le=10_000)
    minutes_per_call: Decimal = quantity("Average length of a call, minutes", ge=0, le=1440)
    after_call_minutes: Decimal = quantity(
        "Minutes after a call whose screen is recorded too", ge=0, le=1440, default=Decimal(0)
    )
    busy_hour_share: Decimal | None = quantity(
        "Share of a day's calls that come in the busy hour, 0–1, as `plan intervals` tells it; uploads and calls are "
        "then sized for that hour; if not given, calls come evenly over the shift",
        gt=0,
        le=1,
        default=None,
    )
    recorded_share: Decimal = quantity("Share of the calls that are recorded, 0–1", ge=0, le=1, default=Decimal(1))
    paused_share: Decimal = quantity(
        "Share of a recorded call in which recording is paused, as for payments, 0–1", ge=0, le=1, default=Decimal(0)
    )
    monitors: int = quantity(
        "Monitors whose screens are recorded; 0 for audio only", strict=True, ge=0, le=16, default=0
    )
    audio_mb_per_minute: Decimal = quantity(
        "Audio, MB per recorded minute (Calabrio guide: 0.48)", ge=0, le=1000, default=AUDIO_MB_PER_MINUTE
    )
    screen_mb_per_minute: Decimal = quantity(
        "Screen, MB per recorded minute and monitor (Calabrio guide: 1.5)",
        ge=0,
        le=1000,
        default=SCREEN_MB_PER_MINUTE,
    )

    def __post_init__(self) -> None:
        """Refuse numbers that no agent reaches."""
        check_limits(self)


class Place(StrEnum):
    """Where a system that agents use runs."""

    ON_PREMISES = "on_premises"
    CLOUD = "cloud"


class Architecture(StrEnum):
    """Who records the audio: it decides what a recording costs the home line."""

    ENDPOINT = "endpoint"
    CISCO_BUILT_IN_BRIDGE = "cisco_built_in_bridge"
    CISCO_NETWORK_BASED = "cisco_network_based"
    AVAYA_DMCC = "avaya_dmcc"
    GATEWAY = "gateway"


class When(StrEnum):
    """When a recording leaves the agent's computer."""

    AS_RECORDED = "as_recorded"
    AT_ONCE = "at_once"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """How calls are recorded and where the recordings go. Screens are always recorded by the desktop."""

    architecture: Architecture = quantity(
        "Who records the audio: endpoint (the desktop, which uploads it), cisco_built_in_bridge (the phone sends two "
        "more streams to the recorder), cisco_network_based, avaya_dmcc or gateway (nothing leaves the home for it)",
        default=Architecture.ENDPOINT,
    )
    recorder: Place = quantity("Where uploads go first: on_premises or cloud", default=Place.ON_PREMISES)
    store: Place | None = quantity(
        "Where recordings are kept, if not at the recorder; from on_premises to the cloud they leave the site again",
        default=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """When and how fast recordings leave the agents' computers."""

    when: When | None = quantity(
        "as_recorded (while the call lasts), at_once (after it, as fast as the home line or throttle lets it) or "
        "deferred (in a window after the shift); if not given: deferred with a window, at_once with a home line or a "
        "throttle, else as_recorded",
        default=None,
    )
    throttle_kbps: Decimal | None = quantity(
        "Most that the upload of one agent may take, kbit/s", ge=1, le=10_000_000, default=None
    )
    window_hours: Decimal | None = quantity(
        "Length of the window after the shift, hours, in which the computers stay on",
        ge=Decimal("0.01"),
        le=24,
        default=None,
    )
    retransmitted: Decimal = quantity("Share of the bytes that is sent twice, 0–1", ge=0, le=1, default=Decimal("0.02"))

    def __post_init__(self) -> None:
        """Refuse rates that no upload has."""
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """A part of the agents, whose home lines are alike."""

    share: Decimal = quantity("Share of the agents who have it, 0–1", gt=0, le=1)
    mbps: Decimal = quantity("Uplink, Mbps", ge=Decimal("0.001"), le=1_000_000)

    def __post_init__(self) -> None:
        """Refuse lines that nobody has."""
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The agents' own lines: one uplink for all, classes of them, or a file of measured ones."""

    uplink_mbps: Decimal | None = quantity(
        "Uplink of every agent, Mbps", ge=Decimal("0.001"), le=1_000_000, default=None
    )
    uplinks: tuple[Uplink, ...] = quantity("Classes of uplinks, whose shares make 1", default=())
    measured: str | None = quantity(
        "CSV file of measured uplinks beside the scenario: one a line, Mbps, or the column uplink_mbps",
        min_length=1,
        default=None,
    )
    reserve_mbps: Decimal = quantity(
        "Kept free for the agent's desktop, Mbps (Bright Pattern plans 0.1 for each agent)",
        ge=0,
        le=1000,
        default=Decimal("0.1"),
    )

    def __post_init__(self) -> None:
        """Refuse a home with no line, with several kinds, or with classes that are not all of them."""
        check_limits(self)
        if [self.uplink_mbps is None, not self.uplinks, self.measured is None].count(False) != 1:
            raise Misfit("give one of uplink_mbps, uplinks and measured")
        total = sum(line.share for line in self.uplinks)
        if self.uplinks and total != 1:
            raise Misfit(f"the shares make {total:f}; they must make 1", "uplinks")

    @property
    def classes(self) -> tuple[Uplink, ...]:
        """The lines as classes, also where there is only one."""
        if self.uplink_mbps is None:
            return self.uplinks
        return (Uplink(share=Decimal(1), mbps=self.uplink_mbps),)


class Signalling(StrEnum):
    """How phones are controlled, where a published formula tells what that takes."""

    SCCP = "sccp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How calls are carried."""

    codec: str = quantity(f"Speech codec: {', '.join(packets.CODECS)}")
    ptime_ms: int = quantity("Speech in one packet, ms", strict=True, gt=0, le=200, default=20)
    srtp: str = quantity(
        f"Authentication tag of encrypted calls: {', '.join(packets.SRTP_TAG_BYTES)}",
        default="none",
    )
    ipv6: bool = quantity("True where calls, and the tunnel around them, are carried over IPv6", default=False)
    layer2: str = quantity(
        f"Layer 2 that is counted, too: {', '.join(packets.LAYER2_BYTES)}; links are usually sold without it",
        default="none",
    )
    telephony: Place = quantity("Where the calls go: on_premises or cloud", default=Place.ON_PREMISES)
    signalling: Signalling | None = quantity(
        "How phones are controlled: sccp (Cisco); shows what signalling takes. Where not given, or of another kind, it "
        "is in what usable_share leaves",
        default=None,
    )

    def __post_init__(self) -> None:
        """Refuse a codec, packet time or tag that is in no table."""
        check_limits(self)
        try:
            packets.rtp_packet_bytes(self.codec, self.ptime_ms, self.srtp)
        except ValueError as error:
            raise BrokenLimit("codec", str(error)) from None
        if self.layer2 not in packets.LAYER2_BYTES:
            known = ", ".join(packets.LAYER2_BYTES)
            raise BrokenLimit("layer2", f"no layer 2 is called {self.layer2!r}; there are: {known}")


class Desk(StrEnum):
    """Where somebody works."""

    HOME = "home"
    SITE = "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervisors:
    """Those who listen to calls live and watch screens; at home they use the tunnel of their group."""

    count: int = quantity("Supervisors at work at the same time", strict=True, ge=0, le=1_000_000)
    desk: Desk = quantity("Where they work: home or site", default=Desk.HOME)
    listening_share: Decimal = quantity(
        "Share of the time that each listens to a call, whispers or barges in, 0–1", ge=0, le=1, default=Decimal(0)
    )
    watching_share: Decimal = quantity(
        "Share of the time that each watches the screens of an agent, 0–1", ge=0, le=1, default=Decimal(0)
    )
    screen_kbps: Decimal | None = quantity(
        "Of one monitor that is watched, kbit/s; if not given, as it is recorded", gt=0, le=1_000_000, default=None
    )

    def __post_init__(self) -> None:
        """Refuse numbers that there are not."""
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpn:
    """The tunnel of a group of agents."""

    tunnel: str = quantity(f"Protocol: {', '.join(packets.TUNNELS)}")
    gateway: str | None = quantity("Name of the gateway it ends at", default=None)
    full: bool = quantity("True where all traffic goes through it, also to the cloud", default=False)
    lead_minutes: int = quantity(
        "Minutes that agents are connected before and after their shift: where shifts meet, both have sessions",
        strict=True,
        ge=0,
        le=240,
        default=0,
    )

    def __post_init__(self) -> None:
        """Refuse a tunnel that is in no table."""
        check_limits(self)
        try:
            packets.tunnelled_bytes(0, self.tunnel)
        except ValueError as error:
            raise BrokenLimit("tunnel", str(error)) from None
