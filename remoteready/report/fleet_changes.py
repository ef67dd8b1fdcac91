"""Trends and differences of a fleet in the words that IT reads, shared by every way they can look."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from remoteready.fleet.answers import Scope, State
from remoteready.language import tr
from remoteready.report import words
from remoteready.report.fleet import STATES, percent, rule_names, with_scope

if TYPE_CHECKING:
    from remoteready.fleet.answers import Person
    from remoteready.fleet.change import Change
    from remoteready.fleet.trend import Series, Trend

STEADY = 0.005
"""Half a point of per cent: a share that changes less is as before."""
SERIES = 12
"""Lines of a trend that are worth a look at once."""


def worse(trend: "Trend") -> tuple[State, str, str]:
    """How the last week compares with the one before: the state it is like, a title and a sentence."""
    change, last = trend.not_ready.change, trend.not_ready.last_week
    if last is None:
        days = tr("{first} to {last}").format(first=trend.first, last=trend.last)
        return State.UNDETERMINED, tr("NO REPORTS"), with_scope(days, trend.scope)
    title = tr("{share} NOT READY").format(share=percent(last).upper())
    state, sentence = State.READY, tr("in the last 7 days, as in the 7 before")
    if change is None:
        state, sentence = State.UNDETERMINED, tr("in the last 7 days; nothing to compare with")
    elif abs(change) >= STEADY:
        state = State.NOT_READY if change > 0 else State.READY
        more = tr("in the last 7 days, {points} more than in the 7 before")
        fewer = tr("in the last 7 days, {points} fewer than in the 7 before")
        sentence = (more if change > 0 else fewer).format(points=points(abs(change)).lstrip("+"))
    return state, title, with_scope(sentence, trend.scope)


def points(change: float | None) -> str:
    """A change of a share, in points of per cent with its sign."""
    return "–" if change is None else tr("{points} points").format(points=signed(change))


def signed(change: float | None) -> str:
    """A change of a share in points of per cent; a dash where it is not known."""
    if change is None:
        return "–"
    shown = f"{100 * change:+.1f}"
    return "0" if shown in ("+0.0", "-0.0") else shown.replace("-", "−")


def week(share: float | None) -> str:
    """The share of one week; a dash where nobody reported or it is not shown."""
    return "–" if share is None else percent(share)


def hidden(trend: "Trend") -> str:
    """What the trend leaves out, and why; empty where it shows all."""
    if not trend.hidden:
        return ""
    return tr("Days with fewer than {n} people at a site are not shown, so that nobody can be made out.").format(
        n=trend.smallest_group
    )


def scale_of(series: Sequence["Series"]) -> list[float | None]:
    """All shares of some series together, for one scale."""
    return [share for one in series for share in one.shares]


def together(trend: "Trend") -> list[float | None]:
    """The shares of each day that are drawn above each other."""
    pairs = zip(trend.not_ready.shares, trend.undetermined.shares, strict=True)
    return [None if one is None or other is None else one + other for one, other in pairs]


# --- diff -----------------------------------------------------------------------------------------------------------


def moves(change: "Change") -> list[tuple[str, str, str, list[tuple["Person", str]]]]:
    """The lists of a diff: heading, title of the last column, colour, and the people with what stands there."""
    became = [one for one in change.moves if one.after is State.NOT_READY]
    recovered = [one for one in change.moves if (one.before, one.after) == (State.NOT_READY, State.READY)]
    kept_apart = {id(one) for one in (*became, *recovered)}
    others = [one for one in change.moves if id(one) not in kept_apart]
    return [
        (
            tr("Became not ready"),
            tr("Fails"),
            "fail",
            [(one.person, rule_names(one.failed_after) or STATES[one.after]) for one in became],
        ),
        (
            tr("Recovered"),
            tr("Failed before"),
            "pass",
            [(one.person, rule_names(one.failed_before) or STATES[one.before]) for one in recovered],
        ),
        (
            tr("Other changes"),
            tr("Before, after"),
            "dim",
            [
                (one.person, tr("{before}, then {after}").format(before=STATES[one.before], after=STATES[one.after]))
                for one in others
            ],
        ),
    ]


def changed(change: "Change") -> tuple[State, str, str]:
    """What changed between two days: the state it is like, a title and a sentence."""
    flows = {(flow.before, flow.after): flow.people for flow in change.flows}
    became = sum(n for (before, after), n in flows.items() if after is State.NOT_READY is not before)
    recovered = flows.get((State.NOT_READY, State.READY), 0)
    title = tr("{n} BECAME NOT READY").format(n=words.number(became)) if became else tr("NOBODY BECAME NOT READY")
    sentence = tr(
        "{recovered} recovered; not ready were {before} at the end of {first}, {after} at the end of {second}"
    )
    where = Scope(site=change.scope.site, team=change.scope.team)
    return (
        State.NOT_READY if became else State.READY,
        title,
        with_scope(
            sentence.format(
                recovered=words.number(recovered),
                before=words.number(change.before.not_ready),
                after=words.number(change.after.not_ready),
                first=change.first,
                second=change.second,
            ),
            where,
        ),
    )


def flow(change: "Change", before: State, after: State) -> int:
    """How many went from one state to another."""
    return next((one.people for one in change.flows if (one.before, one.after) == (before, after)), 0)
