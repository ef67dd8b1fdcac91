"""What two or more limits on one fact ask together: the strictest of each kind, or that nothing meets them all."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from remoteready.check.profile import Limit


@dataclass(frozen=True, slots=True)
class Together:
    """What all of some limits ask of one value; what none of them asks is None."""

    choices: tuple[Any, ...] | None
    at_least: float | None
    at_most: float | None

    @property
    def possible(self) -> bool:
        """Whether any value could meet them all."""
        if self.choices is not None:
            return bool(self.choices)
        return self.at_least is None or self.at_most is None or self.at_least <= self.at_most

    def implies(self, limit: Limit) -> bool:
        """Whether every value that meets these meets that limit, too."""
        if self.choices is not None:
            return all(limit.holds(choice) for choice in self.choices)
        match limit.matcher:
            case "at_least":
                return self.at_least is not None and self.at_least >= limit.value
            case "at_most":
                return self.at_most is not None and self.at_most <= limit.value
        exact = self.at_least is not None and self.at_least == self.at_most
        return exact and limit.holds(self.at_least)


def choices_of(limit: Limit) -> tuple[Any, ...] | None:
    """The values that a limit allows, where it lists them."""
    return {"equals": (limit.equals,), "one_of": limit.one_of}.get(limit.matcher)


def together(limits: Iterable[Limit]) -> Together:
    """What all of these ask. Choices are those of the first list that all others and every bound allow."""
    all_limits = tuple(limits)
    lists = [choices for limit in all_limits if (choices := choices_of(limit)) is not None]
    lows = [limit.at_least for limit in all_limits if limit.at_least is not None]
    highs = [limit.at_most for limit in all_limits if limit.at_most is not None]
    choices = tuple(one for one in lists[0] if all(limit.holds(one) for limit in all_limits)) if lists else None
    return Together(choices, max(lows, default=None), min(highs, default=None))


def contradict(one: Limit, other: Limit) -> bool:
    """Whether nothing meets both."""
    return not together([one, other]).possible
