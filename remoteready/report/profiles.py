"""What profiles demand and whose limits they are: one, several as one, and two side by side."""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from remoteready.language import text, tr, trn
from remoteready.report import words
from remoteready.report.console import heading, render, steps, terminal

if TYPE_CHECKING:
    from remoteready.check.combine import Combined
    from remoteready.check.profile import Profile, Rule, Variable
    from remoteready.check.strictest import Demand, Origin
    from remoteready.check.work import Adds, AgentWork, VpnNeed

VPN = {
    "always": tr("always needed"),
    "some_roles": tr("needed for some roles; the site file says which"),
    "never": tr("not needed"),
}
AMOUNTS = {
    "call_kbps": tr("a call, each way: {value} kbps"),
    "agent_kbps": tr("a whole workstation, each way: {value} kbps"),
    "data_kbps": tr("the desktop beside the call, each way: {value} kbps"),
    "screen_kbps": tr("the recording of a screen: {value} kbps"),
    "audio_mb_per_minute": tr("audio: {value} MB a minute"),
    "screen_mb_per_minute": tr("a screen: {value} MB a minute and monitor"),
    "extra_streams": tr("voice streams from the home beside the call's own: {value}"),
}


def show(chosen: "Combined", day: date, console: Console | None = None) -> str:
    """What a profile demands, or several and a site file together: why, and whose every limit is."""
    console = console or terminal()
    several = len(chosen.profiles) > 1 or chosen.site is not None
    parts: list[RenderableType] = []
    for one in chosen.profiles:
        parts += [
            Text.assemble((text(one.title), "bold"), f"  ({one.id} {one.version})"),
            Text(text(one.description), style="dim" if several else ""),
        ]
    if chosen.site:
        role = tr(", role {role}").format(role=chosen.role) if chosen.role else ""
        site = tr("Site {site}{role}, {checked}").format(
            site=chosen.site.id, role=role, checked=words.checked_on(chosen.site.checked.isoformat(), day)
        )
        parts.append(Text(site, style="bold"))
    for title, lines in _around(chosen, day, several):
        if lines:
            parts += [heading(title), steps(lines)]
    parts.append(heading(tr("Rules")))
    for demand in chosen.demands:
        parts += _demand(demand, day, several)
    missing = [Text(text(one)) for profile in chosen.profiles for one in profile.unpublished]
    if missing:
        parts += [heading(tr("What the vendor does not publish, and nothing here demands")), steps(missing)]
    return render(*parts, console=console)


def _around(chosen: "Combined", day: date, several: bool) -> list[tuple[str, list[Text]]]:
    """What stands beside the rules: the VPN, variables, the work, and what it adds."""
    filled = chosen.site.define if chosen.site else {}
    named = [(f"{one.id}: " if several else "", one) for one in chosen.profiles]
    return [
        (tr("The VPN"), [_vpn(prefix, one.vpn) for prefix, one in named if one.vpn]),
        (tr("To fill in"), [_variable(name, about, filled) for name, about in chosen.whole.variables.items()]),
        (tr("The work that the line must carry"), [_work(whose, work, day) for whose, work in chosen.works.items()]),
        (
            tr("What it adds to the home line and the site"),
            [line for prefix, one in named if one.adds for line in _adds(prefix, one.adds, day)],
        ),
    ]


def _vpn(prefix: str, need: "VpnNeed") -> Text:
    return Text.assemble((prefix, "bold"), f"{VPN[need.needed]}. {text(need.why)}")


def _variable(name: str, about: "Variable", filled: Mapping[str, str]) -> Text:
    if name in filled:
        return Text.assemble((f"{name}={filled[name]}", "bold"), "  ", (tr("by the site file"), "dim"))
    optional = tr(" (may be left open)") if about.optional else ""
    return Text.assemble((f"-D {name}={about.example}", "bold"), "  ", text(about.meaning), (optional, "dim"))


def _work(whose: str, work: "AgentWork", day: date) -> Text:
    """The workload in a sentence, and what it needs of the line for one monitor, two or as many as it says."""
    from remoteready.check.needs import arithmetic, need
    from remoteready.check.work import ATTACHED

    fixed = None if work.monitors == ATTACHED else int(work.monitors)
    monitors = tr("as many monitors as are attached") if fixed is None else tr("{n} monitors").format(n=fixed)
    done = tr("{calls} calls of {minutes} minutes in {hours} h, recorded with {monitors}").format(
        calls=words.number(Fraction(work.calls_per_day)),
        minutes=words.number(Fraction(work.minutes_per_call)),
        hours=words.number(Fraction(work.shift_hours)),
        monitors=monitors,
    )
    needs = [arithmetic(need(work, count), count) for count in ((1, 2) if fixed is None else (fixed,))]
    level, ratio = work.level.value, words.number(work.headroom_ratio)
    demanded = tr("{level}: the line uploads {ratio} times that").format(level=level, ratio=ratio)
    lines = [done, *needs, demanded]
    if work.source:
        lines.append(_source(work.source.name, work.source.checked, day))
    return Text.assemble((whose, "bold"), f"  {lines[0]}\n", ("\n".join(lines[1:]), "dim"))


def added(profiles: "Iterable[Profile]", day: date, explain: bool, console: Console | None = None) -> str:
    """What a plan takes from profiles: their fields of a scenario, with `explain` also why and who says so."""
    known = [(f"{one.id}: ", one.adds) for one in profiles if one.adds]
    if explain:
        lines = [line for prefix, adds in known for line in _adds(prefix, adds, day)]
    else:
        lines = [Text.assemble((prefix, "bold"), told) for prefix, adds in known if (told := _planned(adds))]
    if not lines:
        return ""
    return render(
        heading(tr("What it adds to the home line and the site")), steps(lines), console=console or terminal()
    )


def _planned(adds: "Adds") -> str:
    """What a system adds as fields of a scenario's group; empty where it says nothing of them."""
    fields = [
        f"{name}: {{{', '.join(f'{field}: {value}' for field, value in held.items())}}}"
        for name, held in adds.scenario.items()
    ]
    return tr("in a scenario: {fields}").format(fields=", ".join(fields)) if fields else ""


def _adds(prefix: str, adds: "Adds", day: date) -> list[Text]:
    lines = []
    said = text(adds.why) if adds.why else ""
    source = _source(adds.source.name, adds.source.checked, day) if adds.source else ""
    first, *more = list(filter(None, [said, _planned(adds), source])) or [""]
    if first:
        lines.append(Text.assemble((prefix, "bold"), first, ("".join(f"\n{one}" for one in more), "dim")))
    for one in adds.numbers:
        shown = AMOUNTS[one.what].format(value=words.number(one.value))
        note = f" – {text(one.note)}" if one.note else ""
        source = _source(one.source.name, one.source.checked, day)
        lines.append(Text.assemble((prefix, "bold"), shown, note, (f"\n{source}", "dim")))
    return lines


def _demand(demand: "Demand", day: date, several: bool) -> list[RenderableType]:
    rule = demand.rule
    whose = _source(demand.whose, rule.source.checked, day)
    lines = [f"{whose} · {demand.profile}" if several else whose]
    for label, others in (
        (tr("also meets"), demand.covers),
        (tr("in place of"), demand.overrules),
        (tr("NO DESK MEETS BOTH, decide in a site file: against"), demand.contradicts),
    ):
        lines += [f"{label} {_other(one)}" for one in others]
    if demand.waiver:
        ends = tr("waived until {day}") if demand.waived else tr("waiver ended on {day}, the rule counts")
        by = tr("{ends}: {reason} – {by}").format(
            ends=ends.format(day=demand.waiver.until), reason=demand.waiver.reason, by=demand.waiver.by
        )
        lines.append(by)
    return [
        Text.assemble((rule.id, "bold"), "  ", text(rule.title)),
        Padding(Text(f"{_stated(rule)}\n{text(rule.rationale)}"), (0, 0, 0, 2)),
        Padding(Text("\n".join(lines), style="dim"), (0, 0, 0, 2)),
    ]


def _stated(rule: "Rule") -> str:
    """A rule as data: must: memory.total_gb at least 4; of a question its words and how long an answer holds."""
    if rule.ask:
        days = trn("asked every {n} day", "asked every {n} days", rule.valid_days or 0).format(n=rule.valid_days)
        return f"{rule.level.value}: {text(rule.ask)} ({days})"
    return f"{rule.level.value}: {rule.fact} {words.limit(rule.limit)}"


def _other(one: "Origin") -> str:
    rule = one.rule
    return f"{one.profile}/{rule.id} ({rule.level.value} {words.limit(rule.limit)}, {rule.source.name})"


def _source(name: str, checked: date, day: date) -> str:
    return f"{name}, {words.checked_on(checked.isoformat(), day)}"


# --- two side by side -----------------------------------------------------------------------------------------------


def difference(one: "Profile", other: "Profile", console: Console | None = None) -> str:
    """How two profiles differ: by the facts they judge, whatever their rules are called."""
    console = console or terminal()
    here, there = _by_fact(one.rules), _by_fact(other.rules)
    both = [fact for fact in here if fact in there]
    changed = [fact for fact in both if _limits(here[fact]) != _limits(there[fact])]
    sections = [
        (
            tr("Only in {profile}").format(profile=one.id),
            [_fact(fact, here[fact]) for fact in here if fact not in there],
        ),
        (
            tr("Only in {profile}").format(profile=other.id),
            [_fact(fact, there[fact]) for fact in there if fact not in here],
        ),
        (
            tr("In both, but not alike"),
            [_apart(fact, {one.id: here[fact], other.id: there[fact]}) for fact in changed],
        ),
        (tr("Beside the rules"), list(_beside(one, other))),
    ]
    parts: list[RenderableType] = [
        Text.assemble((f"{one.id} {one.version}", "bold"), tr(" beside "), (f"{other.id} {other.version}", "bold"))
    ]
    for title, lines in sections:
        if lines:
            parts += [heading(title), steps(lines)]
    alike = len(both) - len(changed)
    parts.append(Text("\n" + trn("{n} fact is judged alike.", "{n} facts are judged alike.", alike).format(n=alike)))
    return render(*parts, console=console)


def _by_fact(rules: Iterable["Rule"]) -> dict[str, list["Rule"]]:
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        found.setdefault(rule.fact, []).append(rule)
    return found


def _limits(rules: Iterable["Rule"]) -> list[str]:
    return sorted(_stated(rule) for rule in rules)


def _fact(fact: str, rules: Iterable["Rule"]) -> Text:
    return Text.assemble((fact, "bold"), "  ", ", ".join(_demanded(rule) for rule in rules))


def _demanded(rule: "Rule") -> str:
    return _stated(rule) if rule.ask else f"{rule.level.value} {words.limit(rule.limit)}"


def _apart(fact: str, sides: Mapping[str, list["Rule"]]) -> Text:
    from remoteready.check.limits import together

    lines = [
        f"\n{name}: " + ", ".join(f"{_demanded(rule)} ({rule.source.name})" for rule in rules)
        for name, rules in sides.items()
    ]
    if not together(rule.limit for rules in sides.values() for rule in rules).possible:
        lines.append("\n" + tr("no desk meets both"))
    return Text.assemble((fact, "bold"), ("".join(lines), ""))


def _beside(one: "Profile", other: "Profile") -> Iterable[Text]:
    for what, here, there in (
        (tr("variables"), set(one.variables), set(other.variables)),
        (tr("targets"), set(one.targets), set(other.targets)),
        (tr("recording clients"), set(one.recording_clients), set(other.recording_clients)),
    ):
        for profile, only in ((one.id, here - there), (other.id, there - here)):
            if only:
                yield Text(
                    tr("{what} only in {profile}: {names}").format(
                        what=what, profile=profile, names=", ".join(sorted(only))
                    )
                )
    for what, a, b in (
        (tr("the VPN"), one.vpn and VPN[one.vpn.needed], other.vpn and VPN[other.vpn.needed]),
        (tr("the workload"), one.workload and _brief(one.workload), other.workload and _brief(other.workload)),
    ):
        if a != b:
            nothing = tr("not said")
            yield Text(
                tr("{what}: {here} in {one}, {there} in {other}").format(
                    what=what, here=a or nothing, one=one.id, there=b or nothing, other=other.id
                )
            )


def _brief(work: "AgentWork") -> str:
    from remoteready.check.needs import need
    from remoteready.check.work import ATTACHED

    count = 2 if work.monitors == ATTACHED else int(work.monitors)
    mbps = words.number(need(work, count).mbps, 2)
    return trn("{mbps} Mbps with {n} monitor", "{mbps} Mbps with {n} monitors", count).format(mbps=mbps, n=count)
