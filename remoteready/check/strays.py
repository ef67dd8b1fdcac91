"""What stands in a site file and comes to nothing: names that no profile has, and limits that nobody can meet."""

from collections.abc import Iterable, Iterator

from remoteready import spelling
from remoteready.check.combine import Combined, built_in_profile
from remoteready.check.profile import Profile
from remoteready.check.site import Site
from remoteready.check.strictest import Demand, Origin
from remoteready.exits import Misfit
from remoteready.places import KEY


def strays(chosen: Combined, known: Iterable[Profile]) -> Iterator[Misfit]:
    """Names that no profile has, neither those chosen nor other known ones, and limits that no desk can meet."""
    site = chosen.site
    if site is None:
        return
    everyone = [*chosen.profiles, *known]
    rules = [Origin(one.id, rule) for one in everyone for rule in one.rules]
    rules += [Origin(site.id, rule) for rule in built_in_profile().rules]
    for number, waiver in enumerate(site.waivers):
        if not any(one.is_called(waiver.rule) for one in rules):
            others = spelling.among(waiver.rule, sorted({one.rule.id for one in rules}))
            yield Misfit(f"no profile of this site has a rule {waiver.rule}{others}", "waivers", number, "rule")
    judged = {one.rule.fact for one in rules} | {demand.rule.fact for demand in chosen.demands}
    for number, decision in enumerate(site.limits):
        if decision.fact not in judged:
            words = "no profile of this site judges it; write the rule into a profile of your own"
            yield Misfit(f"{decision.fact}: {words}", "limits", number, "fact")
    yield from _impossible(site, chosen.demands)
    variables = {name for one in everyone for name in one.variables} | set(chosen.whole.variables)
    for name in [name for name in site.define if name not in variables]:
        others = spelling.among(name, sorted(variables))
        yield Misfit(f"no profile of this site has such a variable{others}", "define", name, KEY)


def _impossible(site: Site, demands: Iterable[Demand]) -> Iterator[Misfit]:
    """Limits of the site that no desk can meet beside a rule of a profile: a site narrows, it does not loosen."""
    numbers = {decision.fact: number for number, decision in enumerate(site.limits)}
    for demand in demands:
        if demand.profile == site.id and demand.contradicts and demand.rule.fact in numbers:
            one = demand.contradicts[0]
            words = f"no desk can meet it beside {one.profile}/{one.rule.id}; change it, or waive that rule"
            yield Misfit(words, "limits", numbers[demand.rule.fact], "limit")
