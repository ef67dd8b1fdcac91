"""Pure maths on the standard library only: numbers in, numbers out, the source in the docstring.

`formula` puts the printed formula, the unit and the source on the very function that computes the number,
so that `--explain` can never show another formula than the one that ran.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import ParamSpec

Number = int | float | Fraction

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Formula:
    """How a quantity is computed, as a person reads it."""

    text: str
    unit: str
    source: str


FORMULAS: dict[Callable[..., Number], Formula] = {}


def formula(text: str, *, unit: str, source: str) -> Callable[[Callable[P, Number]], Callable[P, Number]]:
    """Register the printed formula, unit and source of the function below it."""

    def register(function: Callable[P, Number]) -> Callable[P, Number]:
        FORMULAS[function] = Formula(text, unit, source)
        return function

    return register
