"""What no program can see: what a person said about this desk, when, and for how long that holds.

The answers are kept in the user's own folder for the state of programs, for `check --ask` only: a run that asks nobody
shows such rules as unknown, also where a kept answer still holds.
"""

import os
import sys
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from remoteready import files
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.profile import Rule
from remoteready.exits import UnusableInput, UnusableOutput

SOURCE = "said by the person at the desk"


class Answer(BaseModel):
    """What a person said to one question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    yes: bool
    said: date
    until: date
    """The last day on which it holds."""

    def ends(self, rule: Rule) -> date:
        """The last day on which it holds, also by what the profile says now."""
        return min(self.until, self.said + timedelta(days=rule.valid_days or 0))

    def holds(self, rule: Rule, day: date) -> bool:
        """Whether it is a yes that is not too old, nor from the future."""
        return self.yes and self.said <= day <= self.ends(rule)


Answers = Mapping[str, Answer]
"""By the question, in English: another question needs another answer."""
FILE = TypeAdapter(dict[str, Answer])


def place() -> Path:
    """Where answers are kept: XDG_STATE_HOME, or what the system has in its place."""
    home = Path.home()
    if sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        folder = home / "Library" / "Application Support"
    else:
        named = Path(os.environ.get("XDG_STATE_HOME") or "")
        folder = named if named.is_absolute() else home / ".local" / "state"  # relative ones do not count, says XDG
    return folder / "remoteready" / "answers.json"


def load(path: Path) -> dict[str, Answer]:
    """The answers that are kept; none where the file is missing or damaged: then all are asked again."""
    try:
        return FILE.validate_json(files.read_text(path))
    except (UnusableInput, ValidationError):
        return {}


def save(path: Path, answers: Answers) -> None:
    """Keep the answers, all or nothing, in a folder for this user only. UnusableOutput."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UnusableOutput(f"{path.parent}: {files.reason(error)}; answers cannot be kept there") from error
    files.write(path, FILE.dump_json(dict(answers), indent=2) + b"\n")


def question(rule: Rule) -> str:
    """What an answer is kept by; empty for a rule that asks nobody."""
    return rule.ask["en"] if rule.ask else ""


def answer(rule: Rule, yes: bool, day: date) -> Answer:
    """What was said today."""
    return Answer(yes=yes, said=day, until=day + timedelta(days=rule.valid_days or 0))


def to_ask(rules: Iterable[Rule], answers: Answers, day: date) -> list[Rule]:
    """The rules whose question has no yes that still holds."""
    said = ((rule, answers.get(question(rule))) for rule in rules if rule.ask)
    return [rule for rule, told in said if not (told and told.holds(rule, day))]


def facts(rules: Iterable[Rule], answers: Answers, day: date, *, attended: bool) -> dict[str, Fact]:
    """What people said, as facts. Where nobody is asked in this run, it is unknown whatever was said before."""
    return {rule.fact: _fact(rule, answers.get(question(rule)), day, attended) for rule in rules if rule.ask}


def _fact(rule: Rule, said: Answer | None, day: date, attended: bool) -> Fact:
    if said is None:
        return unknown("a person has to say it: run `remoteready check --ask`", SOURCE)
    if not said.yes:
        if attended and said.said == day:
            return known(False, SOURCE, f"said on {said.said}")
        return unknown(f"the answer of {said.said} was no: ask again with --ask", SOURCE)
    if not said.holds(rule, day):
        return unknown(f"expired on {said.ends(rule)}: ask again with --ask", SOURCE)
    if not attended:
        why = f"answered yes on {said.said}, which holds until {said.ends(rule)}; it counts with --ask"
        return unknown(why, SOURCE)
    return known(True, SOURCE, f"said on {said.said}, holds until {said.ends(rule)}")
