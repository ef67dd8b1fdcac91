"""Several profiles and a site file as one: what a desk is judged by, and whose every demand is.

What is combined is the set of all rules, so that neither order nor repetition of profiles changes a demand.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path

from remoteready import files, spelling
from remoteready.check import facts, needs
from remoteready.check.limits import together
from remoteready.check.named import Identity, RecordingClient, Source, Target
from remoteready.check.profile import Limit, Profile, Variable
from remoteready.check.site import Role, Site, Waiver
from remoteready.check.strictest import Demand, Origin, alone, decided, strictest
from remoteready.check.work import AgentWork, VpnNeeded
from remoteready.exits import UnusableInput
from remoteready.language import text

TUNNEL_UP, GATEWAY = "network.tunnel_up", "vpn-gateway"
"""The fact, and the target of that name in every profile, that only those are asked about who need the VPN."""
MOST_MONITORS = 16


@dataclass(frozen=True, slots=True)
class Combined:
    """What a desk is judged by: profiles, and the site's own say."""

    whole: Profile
    """All of them as one profile: its targets, variables, recording clients and rules."""
    profiles: tuple[Profile, ...]
    demands: tuple[Demand, ...]
    works: Mapping[str, AgentWork] = field(default_factory=dict)
    """The workloads that the line is held against, by profile or site."""
    site: Site | None = None
    role: str | None = None

    def wanted_facts(self, values: Mapping[str, str]) -> list[str]:
        """The facts to collect, without those of targets that are left open."""
        names = dict.fromkeys(self.whole.wanted_facts(values))
        for work in self.works.values():
            names |= dict.fromkeys(needs.wanted(work))
        return [name for name in names if not self.whole.is_open(facts.target_of(name), values)]

    def check_filled(self, values: Mapping[str, str]) -> None:
        """Refuse to begin with a host open that must be known: UnusableInput says all that is missing.

        Only what is going to be asked there is a reason: not rules that this role does without, nor those waived.
        """
        judged = [one.rule.fact for one in self.demands if not one.waived]
        targets = {target for fact in judged if (target := facts.target_of(fact)) in self.whole.targets}
        missing = {name for target in targets for name in self.whole.missing_variables(target, values)}
        open_ = {name: one for name, one in self.whole.variables.items() if name in missing and not one.optional}
        if open_:
            needing = {one.id: {n for n, about in one.variables.items() if not about.optional} for one in self.profiles}
            whose = " + ".join(id for id, names in needing.items() if open_.keys() & names)
            meant = "; ".join(f"{name} – {text(about.meaning)}" for name, about in open_.items())
            options = " ".join(f"-D {name}={about.example}" for name, about in open_.items())
            raise UnusableInput(f"profile {whose} needs {meant}: add {options}, or fill in `define` of a site file")

    def demand(self, id: str) -> Demand:
        """The demand of that id, or the one that covers the rule of that id. UnusableInput lists all."""
        for demand in self.demands:
            if id == demand.rule.id or any(one.is_called(id) for one in demand.origins):
                return demand
        others, asked = spelling.among(id, (one.rule.id for one in self.demands)), files.named(id) or "an empty name"
        raise UnusableInput(f"{asked}: profile {self.whole.id} has no such rule{others}")


def combine(
    profiles: Sequence[Profile], site: Site | None = None, role: str | None = None, day: date | None = None
) -> Combined:
    """All demands of these profiles and the site together. `day` is the one on which waivers must still hold.

    UnusableInput where a name means one thing here and another there.
    """
    members = _distinct(profiles)
    chosen = site.role(role) if site else Role()
    _check_vpn(members, chosen, role)
    works = _works(members, site, chosen)
    asked_for = _built_in(works, site, chosen)
    rules = [Origin(one.id, rule) for one in members for rule in one.rules]
    if chosen.vpn == "not_needed":
        rules = [one for one in rules if not _asks_for_vpn(one)]
    origins = _told_apart([*rules, *asked_for])
    waivers = site.waivers if site else ()
    made = _demands(origins, site, [one for one in waivers if day and one.until >= day])
    demands = _unique([_with_waiver(one, waivers, day) for one in made])
    if len(members) == 1 and not works and site is None:
        return Combined(members[0], members, demands)
    return Combined(_whole(members, demands, bool(works)), members, demands, works, site, role)


def _whole(members: Sequence[Profile], demands: Sequence[Demand], measured: bool) -> Profile:
    """All members as one profile; `measured` says that a workload needs a reflector, which they may not have."""
    first = members[0]
    no_reflector = not any(facts.REFLECTOR in one.targets for one in members)
    parts = [*members, built_in_profile()] if measured and no_reflector else members
    return Profile.model_construct(
        id=" + ".join(one.id for one in members),
        version=first.version,
        title=first.title,
        description=first.description,
        variables=_variables(parts),
        targets=_targets(parts),
        recording_clients=_recording_clients(parts),
        vpn=None,
        workload=None,
        adds=None,
        unpublished=(),
        rules=tuple(one.rule for one in demands),
    )


def of(chosen: "Profile | Combined") -> Combined:
    """The combination, also of a single profile."""
    return chosen if isinstance(chosen, Combined) else combine([chosen])


@cache
def built_in_profile() -> Profile:
    """The rules and the target that workloads and roles bring with them."""
    return files.load(Profile, Path(__file__).with_name("built_in.yaml"))


def _distinct(profiles: Iterable[Profile]) -> tuple[Profile, ...]:
    members: dict[str, Profile] = {}
    for one in profiles:
        if members.setdefault(one.id, one).digest != one.digest:
            raise UnusableInput(f"two different profiles are called {one.id}; give one of them another id")
    return tuple(members.values())


# --- what is not a rule ---------------------------------------------------------------------------------------------


def _check_vpn(members: Iterable[Profile], chosen: Role, role: str | None) -> None:
    """Refuse a role without the VPN whose profile cannot do without it: UnusableInput."""
    for one in members:
        if chosen.vpn == "not_needed" and one.vpn and one.vpn.needed is VpnNeeded.ALWAYS:
            raise UnusableInput(f"role {role} has `vpn: not_needed`, but profile {one.id} says: {text(one.vpn.why)}")


def _asks_for_vpn(one: Origin) -> bool:
    """Whether a rule is for those who need the VPN only: that it is up, or that its gateway can be reached."""
    up = one.rule.fact == TUNNEL_UP and one.rule.limit.holds(True)
    return up or facts.subject_of(one.rule.fact, facts.TARGET) == GATEWAY


def _works(members: Iterable[Profile], site: Site | None, role: Role) -> dict[str, AgentWork]:
    """The workloads to demand a line for: the role's, else the site's, else those of all profiles.

    None where nothing is sent, however many monitors there are: any line is enough for that.
    """
    own = role.workload or site.workload if site else None
    works = {site.id: own} if site and own else {one.id: one.workload for one in members if one.workload}
    return {whose: work for whose, work in works.items() if needs.need(work, MOST_MONITORS).mbps}


def _built_in(works: Mapping[str, AgentWork], site: Site | None, role: Role) -> list[Origin]:
    """The rules that workloads and the role ask for."""
    upload, vpn = built_in_profile().rules
    made = []
    for whose, work in works.items():
        source = work.source or (Source(name=whose, checked=site.checked) if site else upload.source)
        change = {
            "fact": needs.fact_name(whose),
            "limit": Limit(at_least=work.headroom_ratio),
            "level": work.level,
            "source": source,
        }
        made.append(Origin(whose, upload.model_copy(update=change)))
    if site and role.vpn == "needed":
        source = Source(name=site.id, checked=site.checked)
        made.append(Origin(site.id, vpn.model_copy(update={"source": source})))
    return made


def _variables(members: Iterable[Profile]) -> dict[str, Variable]:
    """The variables of all; one that any profile cannot do without must be filled in."""
    known: dict[str, Variable] = {}
    for one in members:
        for name, about in one.variables.items():
            first = known.setdefault(name, about)
            known[name] = first.model_copy(update={"optional": first.optional and about.optional})
    return known


def _targets(members: Iterable[Profile]) -> dict[str, Target]:
    """The targets of all; those of one name must be one host. UnusableInput."""
    known: dict[str, Target] = {}
    owners: dict[str, str] = {}
    for one in members:
        for name, target in one.targets.items():
            whose = owners.setdefault(name, one.id)
            known[name] = _same_target(name, known.get(name, target), target, whose, one.id)
    return known


def _recording_clients(members: Iterable[Profile]) -> dict[str, RecordingClient]:
    """The recording clients of all; those of one name must be found by the same. UnusableInput."""
    known: dict[str, RecordingClient] = {}
    owners: dict[str, str] = {}
    for one in members:
        for name, client in one.recording_clients.items():
            whose = owners.setdefault(name, one.id)
            if known.setdefault(name, client).model_copy(update={"source": client.source}) != client:
                raise _ambiguous("recording client", name, whose, one.id)
    return known


def _same_target(name: str, one: Target, other: Target, whose: str, others: str) -> Target:
    """One target from two of the same name: what either knows of its identity."""
    if one.address != other.address:
        raise _ambiguous("target", name, whose, others)
    known = {}
    for part in Identity.model_fields:
        here, there = getattr(one, part), getattr(other, part)
        if here and there and here != there:
            raise _ambiguous("target", name, whose, others)
        known[part] = here or there
    return one.model_copy(update=known)


def _ambiguous(what: str, name: str, whose: str, others: str) -> UnusableInput:
    return UnusableInput(
        f"{what} {name!r} is one thing in profile {whose} and another in {others}; rename it in one of them"
    )


def _told_apart(origins: Sequence[Origin]) -> list[Origin]:
    """Questions that share an id but not their words become facts of their own."""
    words: dict[str, set[str]] = {}
    for one in origins:
        if one.rule.ask:
            words.setdefault(one.rule.fact, set()).add(one.rule.ask["en"])
    return [
        replace(one, rule=one.rule.model_copy(update={"fact": facts.attested(f"{one.profile}-{one.rule.id}")}))
        if len(words.get(one.rule.fact, ())) > 1
        else one
        for one in origins
    ]


# --- rules ----------------------------------------------------------------------------------------------------------


def _demands(origins: Sequence[Origin], site: Site | None, waivers: Sequence[Waiver]) -> list[Demand]:
    """The demands, each where the first rule stands that it is made of. What is waived stands for itself."""
    decisions = {one.fact: one for one in site.limits} if site else {}
    by_fact: dict[str, list[Origin]] = {}
    made: list[Demand] = []
    for one in origins:
        if any(one.is_called(waiver.rule) for waiver in waivers):
            made.append(alone(one))
        else:
            by_fact.setdefault(one.rule.fact, []).append(one)
    for fact, group in by_fact.items():
        decision = decisions.get(fact)
        if decision and site:
            made += decided(group, decision, site)
        elif len({one.profile for one in group}) == 1 and together(one.rule.limit for one in group).possible:
            made += map(alone, group)
        else:
            made += strictest(group)
    place = {one.key: number for number, one in enumerate(origins)}
    return sorted(made, key=lambda demand: min(place.get(one.key, len(place)) for one in demand.origins))


def _unique(demands: Sequence[Demand]) -> tuple[Demand, ...]:
    """An id that stands twice gets the name of its profile before it."""
    ids = [one.rule.id for one in demands]
    return tuple(
        replace(one, rule=one.rule.model_copy(update={"id": f"{one.profile}/{one.rule.id}"}))
        if ids.count(one.rule.id) > 1
        else one
        for one in demands
    )


# --- waivers --------------------------------------------------------------------------------------------------------


def _with_waiver(demand: Demand, waivers: Sequence[Waiver], day: date | None) -> Demand:
    """The demand with the waiver of one of its rules, the one that holds longest; an expired one is kept to say so."""
    meant = [waiver for waiver in waivers if any(one.is_called(waiver.rule) for one in demand.origins)]
    if not meant:
        return demand
    longest = max(meant, key=lambda waiver: waiver.until)
    return replace(demand, waiver=longest, waived=day is not None and longest.until >= day)
