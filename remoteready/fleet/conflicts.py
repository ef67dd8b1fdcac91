"""Who reports from more than one workstation: a new computer, or somebody who claims to be another."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from remoteready.fleet.store import Store


@dataclass(frozen=True, slots=True)
class Seen:
    """One workstation of one agent: times are milliseconds since 1970."""

    workstation: str
    first: int
    last: int
    reports: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """An agent with all workstations that reported for them, by the time of their first report."""

    agent: str
    site: str
    team: str
    seen: tuple[Seen, ...]

    @property
    def in_turns(self) -> bool:
        """Whether each workstation fell silent before the next began: as with a new computer."""
        return all(one.last < other.first for one, other in zip(self.seen, self.seen[1:], strict=False))


CONFLICTS = """
SELECT agent.pseudonym, site, team, host.pseudonym, first, last, reports
FROM conflict JOIN agent USING (aid) JOIN host USING (hid) ORDER BY agent.pseudonym, first, host.pseudonym
"""


def conflicts(store: Store) -> list[Conflict]:
    """All of them; those first whose workstations report in the same time."""
    by_agent: defaultdict[tuple[str, str, str], list[Seen]] = defaultdict(list)
    for agent, site, team, *seen in store.rows(CONFLICTS):
        by_agent[agent, site, team].append(Seen(*seen))
    found = [Conflict(*about, tuple(seen)) for about, seen in by_agent.items()]
    return sorted(found, key=lambda one: (one.in_turns, one.agent))


def count(store: Store) -> int:
    """How many agents there are with more than one workstation."""
    return int(store.value("SELECT count(DISTINCT aid) FROM conflict"))


def duplicates(store: Store) -> Sequence[tuple[str, int]]:
    """Report ids under which there is more than one content, and how many."""
    rows = store.rows("SELECT id, contents FROM duplicate")
    return sorted((str(UUID(bytes=id)), contents) for id, contents in rows)
