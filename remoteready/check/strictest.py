"""Rules of several profiles on one fact: the strictest limit wins, and every demand knows whose it is.

What comes out depends on the set of the rules, neither on their order nor on how often one is given.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from remoteready.check.limits import choices_of, contradict, together
from remoteready.check.named import Source
from remoteready.check.profile import Limit, Rule
from remoteready.check.site import Decision, Site, Waiver
from remoteready.check.work import Level


@dataclass(frozen=True, slots=True)
class Origin:
    """A rule, and the profile or site that holds it."""

    profile: str
    rule: Rule

    @property
    def key(self) -> tuple[str, str]:
        """What it is sorted by, so that no order of profiles matters."""
        return self.profile, self.rule.id

    def is_called(self, name: str) -> bool:
        """Whether a name means this rule: its id, or profile/id."""
        return name in (self.rule.id, f"{self.profile}/{self.rule.id}")


@dataclass(frozen=True, slots=True)
class Demand:
    """One rule to judge, and what stands behind it."""

    rule: Rule
    profile: str
    """Whose limit it is."""
    whose: str
    covers: tuple[Origin, ...] = ()
    """Rules of others on the same fact that are met whenever this one is."""
    overrules: tuple[Origin, ...] = ()
    """Rules of others that it stands in place of: a *must* before a *should*, the site before profiles."""
    contradicts: tuple[Origin, ...] = ()
    """Rules of others that cannot be met together with this one."""
    waiver: Waiver | None = None
    waived: bool = False
    """Whether the waiver still holds."""

    @property
    def origins(self) -> tuple[Origin, ...]:
        """Every rule of which it is made."""
        return Origin(self.profile, self.rule), *self.covers, *self.overrules


def alone(one: Origin) -> Demand:
    """A rule as it stands in its profile."""
    return Demand(one.rule, one.profile, one.rule.source.name)


def strictest(group: Iterable[Origin]) -> list[Demand]:
    """What rules of several profiles on one fact ask together: musts first, then what shoulds ask beyond them."""
    ordered = sorted(group, key=_order)
    musts = [one for one in ordered if one.rule.level is Level.MUST]
    made = _of_one_level(musts)
    firm = together(one.rule.limit for one in musts)
    beyond: list[Origin] = []
    for one in ordered:
        if one.rule.level is Level.MUST:
            continue
        if not musts or not firm.possible:
            beyond.append(one)
        elif firm.implies(one.rule.limit):
            _attach(made, one, "covers")
        elif together([one.rule.limit, *(must.rule.limit for must in musts)]).possible:
            beyond.append(one)
        else:
            _attach(made, one, "overrules")
    return made + _of_one_level(beyond)


def _order(one: Origin) -> tuple[int, str, str]:
    """Of two that ask the same, the question that is asked more often comes first."""
    return one.rule.valid_days or 0, *one.key


def _attach(made: list[Demand], one: Origin, how: Literal["covers", "overrules"]) -> None:
    """Note at the demand that says most about it what becomes of a rule."""
    number = next((n for n, demand in enumerate(made) if together([demand.rule.limit]).implies(one.rule.limit)), 0)
    demand = made[number]
    made[number] = (
        replace(demand, covers=(*demand.covers, one))
        if how == "covers"
        else replace(demand, overrules=(*demand.overrules, one))
    )


def _of_one_level(group: Sequence[Origin]) -> list[Demand]:
    """The strictest of each kind of limit, or the contradiction."""
    if not together(one.rule.limit for one in group).possible:
        return _contradicting(group)
    lists = [one for one in group if choices_of(one.rule.limit) is not None]
    lows = [one for one in group if one.rule.limit.at_least is not None]
    highs = [one for one in group if one.rule.limit.at_most is not None]
    return [_strictest_of(kind) for kind in (lists, lows, highs) if kind]


def _strictest_of(kind: Sequence[Origin]) -> Demand:
    """Of limits of one kind the one that implies all others; where none does, what they have in common."""
    for lead in kind:
        if all(together([lead.rule.limit]).implies(one.rule.limit) for one in kind):
            others = tuple(one for one in kind if one is not lead)
            return Demand(lead.rule, lead.profile, lead.rule.source.name, covers=others)
    lead, *rest = kind
    common = together(one.rule.limit for one in kind).choices
    narrowed = lead.rule.model_copy(update={"limit": Limit(one_of=common)})
    whose = " + ".join(dict.fromkeys(one.rule.source.name for one in kind))
    return Demand(narrowed, lead.profile, whose, covers=tuple(rest))


def _contradicting(group: Sequence[Origin]) -> list[Demand]:
    """Rules that no desk can meet together, each with those that stand against it."""
    against = {
        one.key: tuple(other for other in group if contradict(one.rule.limit, other.rule.limit)) for one in group
    }
    if not any(against.values()):  # each two could be met, but not all
        against = {one.key: tuple(other for other in group if other is not one) for one in group}
    return [replace(alone(one), contradicts=against[one.key]) for one in group]


def decided(group: Sequence[Origin], decision: Decision, site: Site) -> list[Demand]:
    """The site's limit: where profiles contradict each other it decides, elsewhere it is one more limit."""
    ordered = sorted(group, key=lambda one: (one.rule.level is not Level.MUST, _order(one)))
    base = next((one for one in ordered if not contradict(one.rule.limit, decision.limit)), ordered[0])
    change = {
        "limit": decision.limit,
        "level": ordered[0].rule.level,
        "rationale": decision.reason,
        "source": Source(name=site.id, checked=site.checked),
    }
    own = Origin(site.id, base.rule.model_copy(update=change))
    firmest = [one for one in ordered if one.rule.level is own.rule.level]
    if not any(one.contradicts for one in strictest(firmest)):
        return strictest([*group, own])
    said = together([decision.limit])
    return [
        Demand(
            own.rule,
            site.id,
            site.id,
            covers=tuple(one for one in ordered if said.implies(one.rule.limit)),
            overrules=tuple(one for one in ordered if not said.implies(one.rule.limit)),
        )
    ]
