"""Profiles and sites made for tests."""

from typing import Any

from remoteready.check.profile import Profile
from remoteready.check.site import Site

HELP = {"any": {"agent": {"en": "Do something."}, "it": {"en": "Please help."}}}


def rule(
    id: str, fact: str = "", limit: dict[str, Any] | None = None, level: str = "must", **more: Any
) -> dict[str, Any]:
    """A rule as YAML holds it; a question where `ask` is among the rest."""
    asked = {} if "ask" in more else {"fact": fact, "limit": limit}
    return {
        "id": id,
        "title": {"en": id},
        **asked,
        "level": level,
        "rationale": {"en": "Because"},
        "remediation": HELP,
        "source": {"name": f"Vendor of {id}", "checked": "2026-11-22"},
        **more,
    }


def profile(id: str, *rules: dict[str, Any], **more: Any) -> Profile:
    """A profile of these rules."""
    document = {"id": id, "version": "1", "title": {"en": id}, "description": {"en": id}, **more, "rules": list(rules)}
    return Profile.model_validate(document)


def site(**fields: Any) -> Site:
    """A site file with these fields."""
    return Site.model_validate({"id": "lyon", "checked": "2026-11-20", **fields})
