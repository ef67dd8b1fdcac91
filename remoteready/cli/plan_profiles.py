"""Profiles as defaults of a plan: what the systems that agents use add to the home line and the site."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from remoteready.exits import UnusableInput
from remoteready.workload import Architecture, Place

if TYPE_CHECKING:
    from remoteready.check.profile import Profile

FIELDS: Mapping[str, type] = {
    "architecture": Architecture,
    "recorder": Place,
    "telephony": Place,
    "audio_mb_per_minute": Decimal,
    "screen_mb_per_minute": Decimal,
}
"""What a plan takes of a profile's `adds`: the field of a scenario's group, and what it holds."""


def named(names: Iterable[str]) -> "tuple[Profile, ...]":
    """The profiles of those names, each once. UnusableInput."""
    from remoteready.cli.desk import profile_of

    return tuple(profile_of(name) for name in dict.fromkeys(names))


def added(profiles: "Sequence[Profile]") -> dict[str, Any]:
    """The fields of a scenario's group that profiles bring: of sizes the largest. UnusableInput where two contradict.

    Systems that record in different ways do not make one group: that is a scenario with two.
    """
    found: dict[str, Any] = {}
    owner: dict[str, str] = {}
    for one in profiles:
        told = one.adds.scenario if one.adds else {}
        for name, value in ((name, value) for part in told.values() for name, value in part.items()):
            new = FIELDS[name](str(value))
            whose, known = owner.setdefault(name, one.id), found.setdefault(name, new)
            if isinstance(new, Decimal):
                found[name] = max(known, new)
            elif new != known:
                words = f"has {name} {new}, but {whose} has {known}; name one of them, or write a scenario"
                raise UnusableInput(f"-p {one.id}: {words}")
    return found
