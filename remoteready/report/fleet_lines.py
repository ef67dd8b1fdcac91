"""Measured lines of a fleet in the words that IT and planners read, shared by every way they can look."""

from typing import TYPE_CHECKING

from remoteready.language import tr, trn
from remoteready.report import words
from remoteready.report.fleet import people, with_scope

if TYPE_CHECKING:
    from remoteready.fleet.uplinks import Class, Uplinks

HINT = tr("`fleet uplinks --format csv` writes the file that a scenario of `plan` names under home: measured")


def measured(uplinks: "Uplinks") -> str:
    """How many lines were measured, in a sentence."""
    return with_scope(
        tr("{measured} of {people} have a measured line").format(
            measured=words.number(uplinks.measured), people=people(uplinks.people)
        ),
        uplinks.scope,
    )


def rates(one: "Class") -> str:
    """The rates of a class of lines."""
    if one.below_mbps is None:
        return tr("{from_} Mbps and more").format(from_=words.number(one.from_mbps))
    if not one.from_mbps:
        return tr("below {below} Mbps").format(below=words.number(one.below_mbps))
    return tr("{from_} to {below} Mbps").format(from_=words.number(one.from_mbps), below=words.number(one.below_mbps))


def by_rate(uplinks: "Uplinks") -> list[tuple[str, int]]:
    """The classes of lines with their numbers of people."""
    return [(rates(one), one.people) for one in uplinks.classes]


def by_monitors(uplinks: "Uplinks") -> list[tuple[str, int]]:
    """The numbers of monitors with their numbers of people."""
    return [(monitors(one.monitors), one.people) for one in uplinks.monitors]


def monitors_known(uplinks: "Uplinks") -> int:
    """People whose monitors could be told."""
    return sum(one.people for one in uplinks.monitors)


def percentile(per_cent: int, mbps: float) -> str:
    """What a share of the lines does not exceed."""
    if per_cent == 50:
        return tr("half of the lines carry at least {mbps} Mbps").format(mbps=words.number(mbps, 1))
    return tr("{share} of the lines carry at least {mbps} Mbps").format(
        share=f"{100 - per_cent} %", mbps=words.number(mbps, 1)
    )


def monitors(number: int) -> str:
    """So many monitors."""
    return trn("{n} monitor", "{n} monitors", number).format(n=number)
