"""Agents and trunks for calls that come at one rate: what a target needs, and what callers then meet."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from remoteready.exits import UnusableInput
from remoteready.formulas import FORMULAS, Number, abandonment, erlang, exact
from remoteready.formulas.abandonment import ServiceLevel
from remoteready.language import tr


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Calls, and what is promised to those who call; shares are 0–1."""

    calls: float
    minutes: float
    """In which these calls come."""
    aht_s: float
    service_level: float
    answer_within_s: float
    asa_s: float | None = None
    """Instead of a service level."""
    patience_s: float | None = None
    """How long callers wait on average before they give up (Erlang A); without it nobody does (Erlang C)."""
    most_occupancy: Number = 1
    shrinkage: Number = 0
    blocking: float | None = None
    """Share of calls that may find all trunks busy."""
    sources: int | None = None
    """Those who may call, where they are few: then calls get rarer as more of them talk (Engset)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One number with its formula; shares are 0–1."""

    quantity: str
    value: float
    unit: str
    formula: str


def answers(ask: Ask) -> tuple[Answer, ...]:
    """Load, agents and what callers meet, agents to schedule, trunks. UnusableInput: what contradicts itself."""
    if ask.asa_s is not None and ask.patience_s is not None:
        raise UnusableInput("--asa: with --patience callers give up, and those who stay are answered sooner; drop one")
    if ask.patience_s is not None and ask.most_occupancy != 1:
        raise UnusableInput("--most-occupancy: not with --patience; where callers give up, compare occupancies")
    load = ask.calls * ask.aht_s / (ask.minutes * 60)
    try:
        agents = _agents(ask, load)
        return (
            Answer(tr("offered load"), load, "erlangs", "calls × AHT ÷ (minutes × 60)"),
            agents,
            *_met(ask, load, int(agents.value)),
            *_trunks(ask, load),
        )
    except ValueError as error:
        raise UnusableInput(str(error)) from None


def _said(quantity: str, function: Callable[..., Any], unit: str, *inputs: Any) -> Answer:
    """The result of a registered formula."""
    return Answer(quantity, float(function(*inputs)), unit, FORMULAS[function].text)


def _agents(ask: Ask, load: float) -> Answer:
    label = tr("agents on calls")
    if ask.asa_s is not None:
        return _said(label, erlang.agents_for_asa, "", load, ask.aht_s, ask.asa_s)
    within, target = ask.answer_within_s, ask.service_level
    if ask.patience_s is not None:
        return _said(label, abandonment.agents_with_patience, "", load, ask.aht_s, ask.patience_s, within, target)
    return _said(label, erlang.agents_for_service_level, "", load, ask.aht_s, within, target, exact(ask.most_occupancy))


def _met(ask: Ask, load: float, agents: int) -> Iterator[Answer]:
    """What callers and agents meet, by Erlang A where callers give up, else by Erlang C."""
    level = tr("answered within {s:g} s ÷ offered").format(s=ask.answer_within_s)
    if ask.patience_s is not None:
        seen = abandonment.erlang_a(agents, load, ask.aht_s, ask.patience_s, ask.answer_within_s)
        how = "Erlang A"
        yield Answer(level, seen.levels[ServiceLevel.OFFERED], "", how)
        within = tr("answered within {s:g} s ÷ answered").format(s=ask.answer_within_s)
        yield Answer(within, seen.levels[ServiceLevel.ANSWERED], "", how)
        yield Answer(tr("callers who give up"), seen.abandons, "", how)
        yield Answer(tr("average wait of all callers"), seen.asa_s, "s", how)
        yield Answer(tr("occupancy"), seen.occupancy, "", how)
    else:
        yield _said(level, erlang.service_level, "", agents, load, ask.aht_s, ask.answer_within_s)
        yield _said(tr("callers who wait"), erlang.erlang_c, "", agents, load)
        yield _said(tr("average speed of answer"), erlang.asa_s, "s", agents, load, ask.aht_s)
        yield _said(tr("occupancy"), erlang.occupancy, "", agents, load)
    if ask.shrinkage:
        yield _said(tr("agents to schedule"), erlang.scheduled_agents, "", agents, exact(ask.shrinkage))


def _trunks(ask: Ask, load: float) -> Iterator[Answer]:
    """Lines for the calls while they are handled; those who wait hold one, too, and are not in it."""
    if ask.blocking is None:
        return
    if ask.sources is None:
        yield _said(tr("trunks"), erlang.lines_for_blocking, "", load, ask.blocking)
        return
    share = load / ask.sources
    if share >= 1:
        raise UnusableInput(f"--sources: {ask.sources} who may call cannot offer {load:g} erlangs; check calls and AHT")
    idle = share / (1 - share)
    lines = erlang.smallest(lambda count: erlang.engset(ask.sources or 0, count, idle) <= (ask.blocking or 0), 0)
    yield Answer(tr("trunks"), float(lines), "", tr("smallest number with Engset ≤ the target"))
    yield Answer(
        tr("calls that find them busy"), erlang.engset(ask.sources, lines, idle), "", FORMULAS[erlang.engset].text
    )
