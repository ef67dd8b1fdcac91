"""The words of rules: from the profiles on this machine, never from reports, which their sender may have written."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from remoteready import files
from remoteready.fleet.store import Store
from remoteready.language import text

NAMES = {"linux": "Linux", "macos": "macOS", "windows": "Windows"}


@dataclass(frozen=True, slots=True)
class Advice:
    """What a rule is called and what to do about it; empty where no profile here has the rule."""

    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By their ids, with the fields that a profile gives them."""

    def title(self, rule: str) -> str:
        """The title of a rule; its id, which is what a report says, where no profile here knows it."""
        return text(self.rules[rule]["title"]) if rule in self.rules else files.UNSAFE.sub(" ", rule)[:80]

    def agent(self, rule: str, system: str | None = None) -> str:
        """What to tell the person at the desk; for all systems, each named, where theirs is not known."""
        return self._told(rule, "agent", system)

    def it(self, rule: str, system: str | None = None) -> str:
        """What IT has to do where that does not help."""
        return self._told(rule, "it", system)

    def value(self, rule: str, stored: int | float | str | None) -> bool | int | float | str | None:
        """A measured value as it was before it was stored: true and false are kept as 1 and 0."""
        from remoteready.check.facts import declaration

        declared = declaration(self.rules[rule]["fact"]) if rule in self.rules else None
        return bool(stored) if declared and declared.type is bool and stored in (0, 1) else stored

    def _told(self, rule: str, whom: str, system: str | None) -> str:
        remedies = self.rules[rule]["remediation"] if rule in self.rules else {}
        told: dict[str, list[str]] = {}
        for name in [system] if system in NAMES else NAMES:
            texts = (remedies.get(name) or remedies.get("any") or {}).get(whom)
            if texts:
                told.setdefault(text(texts), []).append(NAMES[name])
        if len(told) < 2:
            return "".join(told)
        return " ".join(f"{', '.join(names)}: {words}" for words, names in told.items())


def load(names: Iterable[str] = (), store: Store | None = None) -> Advice:
    """The words of the named profiles, then of those shipped: the first that has a rule says it. UnusableInput.

    For a store only those of its rules, first by the profiles that its reports were judged by: to read all that are
    shipped takes longer than any question.
    """
    rules: dict[str, Mapping[str, Any]] = {}
    wanted = None if store is None else {rule for (rule,) in store.rows("SELECT DISTINCT rule FROM policy_rule")}
    for name in names:
        _add(rules, _checked(name))
    for shipped in _shipped(store):
        said = files.read_text(shipped)
        if wanted is None or any(rule.rpartition("/")[2] in said for rule in wanted - rules.keys()):
            _add(rules, files.parse_yaml(said, str(shipped)))  # tests check it; checking it here would take long
    return Advice(rules)


def _add(rules: dict[str, Mapping[str, Any]], said: Mapping[str, Any]) -> None:
    """What a profile says, also under the name that a rule has where several profiles are judged by at once."""
    for rule in said["rules"]:
        rules.setdefault(rule["id"], rule)
        rules.setdefault(f"{said['id']}/{rule['id']}", rule)


def _shipped(store: Store | None) -> list[Path]:
    """The shipped profiles in the order of their ids, first those that reports in the store were judged by."""
    lists = store.rows("SELECT DISTINCT profiles FROM policy") if store else []
    named = {one["id"] for (profiles,) in lists for one in json.loads(profiles)}
    return sorted(files.shipped().glob("*.yaml"), key=lambda path: (path.stem not in named, path.stem))


def _checked(name: str) -> Mapping[str, Any]:
    from remoteready.check import profile

    return profile.load(name).model_dump()
