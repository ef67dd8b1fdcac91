"""Pure maths on the standard library only: numbers in, numbers out, the source in the docstring.

`formula` puts the printed formula, the unit and the source on the very function that computes the number,
so that `--explain` can never show another formula than the one that ran.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

Number = int | float | Fraction

Computed = TypeVar("Computed", bound=Callable[..., Number])


@dataclass(frozen=True, slots=True)
class Formula:
    """How a quantity is computed, as a person reads it."""

    text: str
    unit: str
    source: str


FORMULAS: dict[Callable[..., Number], Formula] = {}


def formula(text: str, *, unit: str, source: str) -> Callable[[Computed], Computed]:
    """Register the printed formula, unit and source of the function below it."""

    def register(function: Computed) -> Computed:
        FORMULAS[function] = Formula(text, unit, source)
        return function

    return register


def exact(value: Number | Decimal) -> Fraction:
    """The number as a person writes it: 0.3 is three tenths, also as a float. ValueError: infinite or undefined."""
    return Fraction(float.__repr__(value)) if isinstance(value, float) else Fraction(value)
