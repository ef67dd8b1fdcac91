"""Figures: numbers that know how they were computed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from fractions import Fraction

from remoteready.formulas import FORMULAS, Number


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with all that `--explain` shows of it. Values stay exact fractions until they are displayed."""

    name: str
    value: Number
    unit: str
    formula: str
    inputs: Mapping[str, Number]
    source: str


def figure(function: Callable[..., Number], **inputs: Number | Decimal | None) -> Figure:
    """The result of a registered formula, with the inputs it was computed from; those that are None are left out."""
    exact = {
        name: Fraction(value) if isinstance(value, Decimal) else value
        for name, value in inputs.items()
        if value is not None
    }
    about = FORMULAS[function]
    return Figure(function.__name__, function(**exact), about.unit, about.text, exact, about.source)


def named(name: str, made: Figure) -> Figure:
    """The same figure under a name of its own, where one formula has several uses."""
    return replace(made, name=name)


def mixed(
    function: Callable[..., Number],
    columns: Sequence[str],
    rows: Mapping[str, tuple[Number, ...]],
    *,
    called: str,
    value: Number | None = None,
    **first: Number,
) -> Figure:
    """The result of a registered formula over groups, each a row of numbers; `value` where it is known already."""
    about = FORMULAS[function]
    inputs = dict(first)
    for label, row in rows.items():
        inputs |= {f"{label}: {column}": number for column, number in zip(columns, row, strict=True)}
    if value is None:
        value = function(*first.values(), list(rows.values()))
    return Figure(called, value, about.unit, about.text, inputs, about.source)


def total(name: str, unit: str, parts: Mapping[str, Figure], over: str = "groups") -> Figure:
    """The sum of the same figure over groups, by their names."""
    inputs = {group: part.value for group, part in parts.items()}
    return Figure(name, sum(inputs.values(), Fraction(0)), unit, f"sum over {over}", inputs, "arithmetic")


def figures_of(model: object) -> tuple[Figure, ...]:
    """The figures among the fields of a dataclass, in their order."""
    values = (getattr(model, declared.name) for declared in fields(model))  # type: ignore[arg-type]  # a dataclass
    return tuple(value for value in values if isinstance(value, Figure))
