"""What one agent does in a shift: shared by `plan`, which sizes for it, and `check`, which demands a line for it.

The models of planning are standard-library dataclasses whose field metadata are the constraints: Pydantic reads them
when a file is loaded (`files.load`), `check_limits` when they are made from options – so that `plan` with options
starts without importing Pydantic.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from remoteready.exits import UnusableInput


def quantity(description: str, *, default: Any = ..., **limits: Any) -> Any:
    """A dataclass field with its meaning, unit and limits (`gt`, `ge`, `le`) for readers, schema and validation."""
    metadata = {"description": description, **limits}
    return field(metadata=metadata) if default is ... else field(default=default, metadata=metadata)


LIMITS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "gt": (lambda value, limit: value > limit, "must be more than"),
    "ge": (lambda value, limit: value >= limit, "must be at least"),
    "le": (lambda value, limit: value <= limit, "must be at most"),
}


class BrokenLimit(UnusableInput):
    """A number that breaks its field's limit."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What one agent does in one shift, and what is recorded of it."""

    calls_per_day: Decimal = quantity("Calls per agent and day", ge=0, le=10_000)
    minutes_per_call: Decimal = quantity("Average length of a call, minutes", ge=0, le=1440)
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
