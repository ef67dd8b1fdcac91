"""Rules of recording that a centre may be under: what they ask, and where a scenario does otherwise.

Not legal advice: what a planner should ask counsel about. Source: articles of a French contact-centre integrator on the
guidance of CNIL (Telsi, Kiamo); the law itself was not read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from remoteready.language import tr
from remoteready.plan.scenario import Group, Rules, Scenario


@dataclass(frozen=True, slots=True)
class Asked:
    """What rules ask for."""

    name: str
    longest_days: int
    text: str


ASKED = {
    Rules.FRANCE: Asked(
        tr("France"),
        184,  # six months, whichever they are
        tr(
            "record in proportion, not everything, and never bank data; keep recordings for at most 6 months, notes of "
            "their analysis for at most a year; list and trace who may listen; tell staff and callers; do not couple "
            "screens with listening without need"
        ),
    )
}


def remarks(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """What the rules of a scenario ask, and each place where it may do otherwise: of what, and a sentence."""
    if scenario.recording_rules is None:
        return
    asked = ASKED[scenario.recording_rules]
    yield asked.name, asked.text
    if scenario.retention_days > asked.longest_days:
        yield tr("all"), tr("kept for {days} days, which is longer").format(days=scenario.retention_days)
    for group in scenario.groups:
        if sentence := ", ".join(_remarks(group)):
            yield group.name, sentence


def _remarks(group: Group) -> Iterator[str]:
    work = group.workload
    if work.recorded_share == 1 and work.calls_per_day:
        yield tr("every call is recorded")
    if not work.paused_share and work.recorded_share:
        yield tr("recording is not paused for payments")
    if work.monitors and work.recorded_share:
        yield tr("screens are recorded with the calls")
