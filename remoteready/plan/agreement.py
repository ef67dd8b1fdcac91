"""One quantity by formula and by simulation, and whether they agree."""

from dataclasses import dataclass
from enum import StrEnum
from math import inf

from remoteready.plan.estimates import Estimate


class Agreement(StrEnum):
    """Whether a formula and the simulation agree."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NO_ANSWER = "no answer"
    """The load is not below the link: no formula has an answer, and a simulation shows only how long it ran."""


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity by both ways; `tolerance` is the difference that still agrees, beyond what the interval leaves."""

    quantity: str
    unit: str
    formula: float
    simulated: float
    low: float
    high: float
    tolerance: float
    bound: bool = False
    """Whether the formula is never below the truth, rather than the truth: then it may be higher."""

    @property
    def agreement(self) -> Agreement:
        """Whether the formula lies in the interval of the simulation, give or take the tolerance."""
        if self.formula == inf:
            return Agreement.NO_ANSWER
        above = inf if self.bound else self.high + self.tolerance
        near = self.low - self.tolerance <= self.formula <= above
        return Agreement.AGREES if near else Agreement.DIFFERS


def row(quantity: str, unit: str, formula: float, seen: Estimate, tolerance: float, bound: bool = False) -> Row:
    """A quantity beside what was simulated of it."""
    return Row(quantity, unit, float(formula), seen.value, seen.low, seen.high, float(tolerance), bound)
