"""Two measurements of the same target side by side: through the VPN and outside it."""

from dataclasses import dataclass

from remoteready.measure.call import Measurement
from remoteready.measure.facts import Unknown, facts

SCHEMA_VERSION = "1"
INSTEAD = "round_trips.median_ms"
"""Compared where nobody reflects, if both were taken by the same method."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value of both, named as `facts` names it; None where it could not be told."""

    name: str
    first: float | None
    second: float | None
    change: float | None
    """What the second has more."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A measurement, another after the VPN was connected or disconnected, and what differs."""

    schema_version: str
    first: Measurement
    second: Measurement
    switched: bool | None
    """Whether one went through a VPN and the other did not; None where that could not be told."""
    differences: tuple[Difference, ...]


def compare(first: Measurement, second: Measurement) -> Comparison:
    """Put two measurements side by side."""
    ways = [one.route.tunnel if one.route else None for one in (first, second)]
    switched = None if None in ways else ways[0] != ways[1]
    return Comparison(SCHEMA_VERSION, first, second, switched, tuple(_differences(first, second)))


def _differences(first: Measurement, second: Measurement) -> list[Difference]:
    one, other = _values(first), _values(second)
    if first.round_trips and second.round_trips:
        methods = {(trips.host, trips.method) for trips in (first.round_trips, second.round_trips)}
        if len(methods) == 1:
            one[INSTEAD], other[INSTEAD] = first.round_trips.median_ms, second.round_trips.median_ms
    return [
        Difference(name, before, after, None if before is None or after is None else after - before)
        for name, before in one.items()
        if (after := other[name]) is not None or before is not None
    ]


def _values(result: Measurement) -> dict[str, float | None]:
    return {name: None if isinstance(value, Unknown) else value for name, value in facts(result).items()}
