"""Answers about the fleet in the words that IT reads, shared by every way they can look."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from remoteready.exits import Verdict
from remoteready.fleet.answers import Counts, Scope, State
from remoteready.language import tr, trn
from remoteready.report import words

if TYPE_CHECKING:
    from remoteready.fleet.answers import Failing, Person
    from remoteready.fleet.history import History, Run, Told
    from remoteready.fleet.status import Listed, Status
    from remoteready.fleet.why import Cause, Why

ORDER = (State.READY, State.NOT_READY, State.UNDETERMINED, State.STALE, State.NEVER_SEEN)
"""From the good to the unheard of."""
SYMBOLS = {
    State.READY: words.SYMBOLS["pass"],
    State.NOT_READY: words.SYMBOLS["fail"],
    State.UNDETERMINED: words.SYMBOLS["unknown"],
    State.STALE: ("◔", "~"),
    State.NEVER_SEEN: words.SYMBOLS["not_applicable"],
}
STATES = {
    State.READY: tr("ready"),
    State.NOT_READY: tr("not ready"),
    State.UNDETERMINED: tr("could not tell"),
    State.STALE: tr("report too old"),
    State.NEVER_SEEN: tr("never seen"),
}
CLASSES = {
    State.READY: "pass",
    State.NOT_READY: "fail",
    State.UNDETERMINED: "unknown",
    State.STALE: "warn",
    State.NEVER_SEEN: "dim",
}
"""The colour of a state, by the names of the page."""
UNSURE = tuple(State)[:-1]
"""Those to look after, the most urgent first."""
LASTING = (State.NOT_READY, State.UNDETERMINED)
"""Of whom it is known since when they are so."""
DATED = (*LASTING, State.STALE)
"""Who has reported at some time."""
STATUS_CLASSES = {"fail": "fail", "unknown": "unknown", "warn": "warn"}
NOWHERE = tr("no site")
NEXT = tr("`fleet agent ID` shows one desk, `fleet why` every rule, `fleet trend` what got worse")


def place(name: str) -> str:
    """A site or a team as the roster has it."""
    return clean(name) or NOWHERE


def clean(text: str) -> str:
    """Text from a report or a roster on one line that is safe to show."""
    return words.one_line(text, 80)


def percent(share: float) -> str:
    """A share as whole per cent; what is not nothing or all never reads as nothing or all."""
    if 0 < share < 0.01:
        return tr("under 1 %")
    return tr("over 99 %") if 0.99 < share < 1 else f"{round(100 * share)} %"


def share_of(part: int, whole: int) -> str:
    """How large a part is; a dash where there is no whole."""
    return percent(part / whole) if whole else "–"


def people(number: int) -> str:
    """So many people."""
    return trn("{n} person", "{n} people", number).format(n=words.number(number))


def ago(since: date | None, at: datetime) -> str:
    """How many days ago a day was; empty where there is none."""
    days = (at.date() - since).days if since else 0
    if since is None:
        return ""
    return tr("today") if days < 1 else trn("{n} day", "{n} days", days).format(n=words.number(days))


def lasting(since: date, at: datetime) -> str:
    """A day and how long ago it was."""
    return f"{since.isoformat()} ({ago(since, at)})"


def day(of: date | None) -> str:
    """A day; a dash where there is none."""
    return of.isoformat() if of else "–"


def clock(time: datetime | None) -> str:
    """A time to the minute; a dash where there is none."""
    return time.strftime("%Y-%m-%d %H:%M") if time else "–"


def counted(counts: Counts) -> list[tuple[State, int]]:
    """The states with their numbers of people, in ORDER."""
    return [(state, getattr(counts, state.value)) for state in ORDER]


def asked(scope: Scope) -> str:
    """Whom a question was narrowed to; empty where to nobody."""
    named = [
        (tr("site {name}"), scope.site),
        (tr("team {name}"), scope.team),
        (tr("rule {name}"), scope.rule),
        (tr("since {name}"), scope.since),
        (tr("until {name}"), scope.until),
    ]
    return ", ".join(label.format(name=clean(str(value)) or "–") for label, value in named if value is not None)


def with_scope(sentence: str, scope: Scope) -> str:
    """A sentence with what it is narrowed to."""
    return f"{sentence} ({asked(scope)})" if asked(scope) else sentence


# --- status ---------------------------------------------------------------------------------------------------------


def headline(counts: Counts) -> tuple[State, str]:
    """The one line that has to be read: how many are not ready, else how many are not known to be."""
    if counts.not_ready:
        return State.NOT_READY, tr("{n} NOT READY").format(n=words.number(counts.not_ready))
    unsure = counts.people - counts.ready
    if unsure:
        return State.UNDETERMINED, tr("{n} NOT KNOWN TO BE READY").format(n=words.number(unsure))
    return State.READY, tr("ALL READY")


def standing(status: "Status | Why") -> str:
    """How the people of a scope stand, in a sentence."""
    counts, parts = status.counts, []
    parts.append(
        tr("{ready} of {people} are ready").format(ready=words.number(counts.ready), people=people(counts.people))
    )
    if counts.undetermined:
        parts.append(tr("{n} could not be told").format(n=words.number(counts.undetermined)))
    if counts.silent:
        parts.append(tr("{n} silent").format(n=words.number(counts.silent)))
    where = Scope(site=status.scope.site, team=status.scope.team)
    return with_scope(", ".join(parts), where)


def at(status: "Status | Why | History") -> str:
    """When a question was asked, and when a report counts as too old for it."""
    return tr("{time} UTC · a report counts for {hours} hours").format(
        time=clock(status.at), hours=status.stale_after_hours
    )


def reasons(listed: "Listed") -> str:
    """Why one person is listed: the titles of what keeps them from their shift, else what is known."""
    if listed.state is State.NEVER_SEEN:
        return tr("no report ever")
    if listed.state is State.STALE:
        return tr("last report {time}").format(time=clock(listed.reported))
    return ", ".join(one.title for one in deciding(listed.failing, listed.state))


def deciding(failing: Iterable["Failing"], state: State) -> list["Failing"]:
    """The rules that make the state: for one who is not ready those failed, for an undetermined one those unknown."""
    wanted = {State.NOT_READY: "fail", State.UNDETERMINED: "unknown"}.get(state)
    return [one for one in failing if one.level == "must" and one.status == wanted]


def listed_heading(state: State, status: "Status") -> str:
    """Above the people of one state."""
    titles = {
        State.NOT_READY: tr("Not ready"),
        State.UNDETERMINED: tr("Could not tell"),
        State.STALE: tr("Reported before, but not in the last {hours} hours").format(hours=status.stale_after_hours),
        State.NEVER_SEEN: tr("Never reported"),
    }
    narrowed = asked(Scope(rule=status.scope.rule, since=status.scope.since, until=status.scope.until))
    number = words.number(getattr(status.matching, state.value))
    return f"{titles[state]}: {number}" + (f" ({narrowed})" if narrowed else "")


def cut_short(shown: int, matching: int) -> str:
    """What a list leaves out, and where to find it; empty where it holds everybody."""
    if shown >= matching:
        return ""
    return tr("and {n} more; --limit shows more, --format csv everybody").format(n=words.number(matching - shown))


def most_helpful(causes: Iterable["Cause"]) -> list["Cause"]:
    """What makes most people ready first, even if more people are kept by something else as well."""
    return sorted(causes, key=lambda one: (-one.alone, -one.people))


def helps(cause: "Cause") -> str:
    """Whom it helps when one rule is mended."""
    told = f"{cause.title}: {people(cause.people)}"
    if cause.alone == cause.people:
        return tr("{told}, ready with this alone").format(told=told)
    if cause.alone:
        return tr("{told}, {n} of them ready with this alone").format(told=told, n=words.number(cause.alone))
    return told


def unlisted(status: "Status") -> str:
    """Who reports without being on the roster; empty where nobody does."""
    if not status.not_on_roster:
        return ""
    number = status.not_on_roster
    return trn(
        "{n} more person reports but is not on the roster, and is not counted here",
        "{n} more people report but are not on the roster, and are not counted here",
        number,
    ).format(n=words.number(number))


# --- why ------------------------------------------------------------------------------------------------------------


def groups(why: "Why") -> list[tuple[str, list["Cause"]]]:
    """The causes below headings, what keeps people from their shift first."""
    titles = {
        ("must", "fail"): tr("Keeps people from their shift"),
        ("must", "unknown"): tr("Could not be told, and has to be cleared up"),
        ("should", "warn"): tr("Only advised"),
        ("should", "unknown"): tr("Only advised, and could not be told"),
        ("must", "waived"): tr("Waived"),
        ("should", "waived"): tr("Waived, and only advised"),
    }
    found: dict[str, list[Cause]] = {}
    for one in why.causes:
        found.setdefault(titles.get((one.level, one.status), one.status), []).append(one)
    return list(found.items())


# --- agent ----------------------------------------------------------------------------------------------------------


def called(person: "Person") -> str:
    """What to call somebody: by name where the question gave it, else by the pseudonym."""
    return clean(person.name or person.agent)


def belongs(person: "Person") -> str:
    """Where somebody belongs: site, team and provider, as far as the roster says."""
    return ", ".join(clean(part) for part in (person.site, person.team, person.isp) if part)


def who(history: "History") -> str:
    """Whose desk it is, and when it was last heard of."""
    last = tr("last report {time} UTC").format(time=clock(history.reported)) if history.reported else ""
    return " · ".join(part for part in (called(history.person), belongs(history.person), last) if part)


def verdict(verdict: Verdict) -> str:
    """How one report came out."""
    return STATES[State(verdict.value)]


def told(told: "Told") -> str:
    """A rule that is not met, and what was measured."""
    measured = tr("could not tell") if told.actual is None else clean(words.value(told.actual, told.unit))
    waived = tr(" (waived)") if told.failing.status == "waived" else ""
    return f"{told.failing.title}: {measured}{waived}"


def span(run: "Run") -> str:
    """From when to when reports came out alike."""
    first, last = run.first.date().isoformat(), run.last.date().isoformat()
    return first if first == last else tr("{first} to {last}").format(first=first, last=last)


def rule_names(rules: Iterable[str]) -> str:
    """Ids of rules, that came from reports, in a line."""
    return ", ".join(clean(rule) for rule in rules)
