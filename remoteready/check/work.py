"""What a system asks of a desk beside limits: the VPN, the work of an agent, and what it adds to the home line."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from remoteready.check.named import Model, Source, Texts
from remoteready.exits import Misfit
from remoteready.workload import (
    AUDIO_MB_PER_MINUTE,
    SCREEN_MB_PER_MINUTE,
    Architecture,
    Place,
    Recording,
    Upload,
    Voice,
    Vpn,
    When,
)

ATTACHED = "attached"
"""As many monitors as the desk turns out to have."""


class Level(StrEnum):
    """How much a rule counts: a broken *must* is a fail, a broken *should* a warning."""

    MUST = "must"
    SHOULD = "should"


class VpnNeeded(StrEnum):
    """Who of those that use a system needs the VPN for it."""

    ALWAYS = "always"
    SOME_ROLES = "some_roles"
    NEVER = "never"


class VpnNeed(Model):
    """Who needs the VPN, and why. It explains; what is demanded is a rule, or a role of a site file."""

    needed: VpnNeeded = Field(description="always, some_roles (the site file says which) or never")
    why: Texts = Field(description="Why, in a sentence")


class AgentWork(Model):
    """What one agent does in a shift, in the words of a scenario's group: what the home line has to carry for it.

    `check` demands that the line uploads the need that `plan` computes for it, times the headroom.
    """

    shift_hours: Decimal = Field(default=Decimal(8), gt=0, le=24, description="Length of a shift, hours")
    calls_per_day: Decimal = Field(ge=0, le=10_000, description="Calls per agent and day")
    minutes_per_call: Decimal = Field(ge=0, le=1440, description="Average length of a call, minutes")
    after_call_minutes: Decimal = Field(
        default=Decimal(0), ge=0, le=1440, description="Minutes after a call whose screen is recorded too"
    )
    busy_hour_share: Decimal | None = Field(
        default=None, gt=0, le=1, description="Share of a day's calls that come in the busy hour, 0–1"
    )
    recorded_share: Decimal = Field(default=Decimal(1), ge=0, le=1, description="Share of the calls recorded, 0–1")
    paused_share: Decimal = Field(
        default=Decimal(0), ge=0, le=1, description="Share of a recorded call in which recording is paused, 0–1"
    )
    monitors: Literal["attached"] | Annotated[int, Field(strict=True)] = Field(
        default="attached", description="Monitors whose screens are recorded: a number, or `attached` for all there are"
    )
    audio_mb_per_minute: Decimal = Field(
        default=AUDIO_MB_PER_MINUTE, ge=0, le=1000, description="Audio that the desktop records, MB per minute"
    )
    screen_mb_per_minute: Decimal = Field(
        default=SCREEN_MB_PER_MINUTE, ge=0, le=1000, description="Screen, MB per recorded minute and monitor"
    )
    recording: Recording = Field(default=Recording(), description="How calls are recorded, as in a scenario")
    upload: Upload = Field(
        default=Upload(), description="When and how fast recordings leave, as in a scenario; if not given, as_recorded"
    )
    voice: Voice | None = Field(
        default=None, description="How calls are carried, as in a scenario; where not given, calls are not counted"
    )
    vpn: Vpn | None = Field(default=None, description="The tunnel, as in a scenario")
    reserve_mbps: Decimal = Field(
        default=Decimal("0.1"), ge=0, le=1000, description="Kept free for the agent's desktop, Mbps"
    )
    headroom_ratio: float = Field(
        default=1.5, ge=1, le=100, description="How many times its need the line must upload, as measured"
    )
    level: Level = Field(default=Level.MUST, description="must: too slow a line is a fail; should: a warning")
    source: Source | None = Field(default=None, description="Whose numbers these are")

    @model_validator(mode="after")
    def _can_be_worked(self) -> Self:
        if not isinstance(self.monitors, str) and not 0 <= self.monitors <= 16:
            raise Misfit(f"must be 0 to 16, or attached, not {self.monitors}", "monitors")
        minutes = self.calls_per_day * (self.minutes_per_call + self.after_call_minutes)
        if minutes > self.shift_hours * 60:
            there = f"a shift of {self.shift_hours:f} hours has {self.shift_hours * 60:f}"
            raise Misfit(f"these calls make {minutes:f} minutes, but {there}; check calls, minutes or shift_hours")
        if self.busy_hour_share is not None and minutes * self.busy_hour_share > 60:
            made = f"{minutes * self.busy_hour_share:f} minutes in one hour"
            raise Misfit(f"makes {made}; check it, calls or minutes", "busy_hour_share")
        if self.recording.architecture is Architecture.CISCO_BUILT_IN_BRIDGE and self.voice is None:
            raise Misfit("the built-in bridge sends two more streams; give voice", "recording", "architecture")
        return self

    @property
    def when(self) -> When:
        """When recordings leave the desk, also where only the other fields say it."""
        if self.upload.when is not None:
            return self.upload.when
        if self.upload.window_hours is not None:
            return When.DEFERRED
        return When.AS_RECORDED if self.upload.throttle_kbps is None else When.AT_ONCE

    def tunnel_towards(self, place: Place) -> str:
        """The tunnel in which traffic to a system there travels; "none" where it goes past it."""
        inside = self.vpn is not None and (place is Place.ON_PREMISES or self.vpn.full)
        return self.vpn.tunnel if self.vpn and inside else "none"


class Amount(Model):
    """One published number of what a system sends or takes."""

    what: Literal[
        "call_kbps",
        "agent_kbps",
        "data_kbps",
        "screen_kbps",
        "audio_mb_per_minute",
        "screen_mb_per_minute",
        "extra_streams",
    ] = Field(
        description="call_kbps: one call, one direction · agent_kbps: all of one workstation, one direction · "
        "data_kbps: the desktop beside the call, one direction · screen_kbps: the recording of a screen while it is "
        "uploaded · audio_mb_per_minute, screen_mb_per_minute (of one monitor): size of a recording · extra_streams: "
        "voice streams that leave the home beside the call's own"
    )
    value: float = Field(ge=0, description="The number as its vendor publishes it")
    note: Texts | None = Field(default=None, description="For what it holds: a codec, payload only, an estimate")
    source: Source = Field(description="Who publishes it, where, and when that was checked")


class Adds(Model):
    """What a system adds to the home line and to the site, in the words of a scenario for `plan`."""

    architecture: Architecture | None = Field(
        default=None, description="Who records the audio, as in a scenario's recording.architecture"
    )
    recorder: Place | None = Field(default=None, description="Where uploads go first: on_premises or cloud")
    telephony: Place | None = Field(default=None, description="Where calls go: on_premises or cloud")
    why: Texts | None = Field(default=None, description="What that means for the home line and the site")
    numbers: tuple[Amount, ...] = Field(default=(), description="What its vendor publishes, each with its source")
    source: Source | None = Field(default=None, description="Who says how it records, and when that was checked")

    @property
    def scenario(self) -> dict[str, dict[str, str | float]]:
        """The same as fields of a scenario's group; where several numbers say the size of a recording, the first."""
        sizes = {"audio_mb_per_minute", "screen_mb_per_minute"}
        numbers = {one.what: one.value for one in reversed(self.numbers) if one.what in sizes}
        recording = {"architecture": self.architecture, "recorder": self.recorder}
        parts: dict[str, dict[str, str | float]] = {
            "workload": dict(sorted(numbers.items())),
            "recording": {name: value.value for name, value in recording.items() if value},
            "voice": {"telephony": self.telephony.value} if self.telephony else {},
        }
        return {name: fields for name, fields in parts.items() if fields}

    @model_validator(mode="after")
    def _says_whose(self) -> Self:
        if (self.architecture or self.recorder or self.telephony) and self.source is None:
            raise Misfit("is missing; say who publishes how it records and carries calls", "source")
        return self
