"""What a report would hold, field by field, before there is one: `check --show-data`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, get_args

from rich.console import Console, RenderableType
from rich.text import Text

from remoteready.language import mark, text, tr
from remoteready.report.console import heading, render, steps, terminal

if TYPE_CHECKING:
    from remoteready.check.combine import Combined

MEANING = "meaning"
"""The context of what facts and fields mean."""
NEVER = (
    mark("Serial numbers, hardware addresses and the ids of devices"),
    mark("IP addresses and the names of networks, also of the Wi-Fi"),
    mark("Your name, the name of this computer and of other people who use it"),
    mark("Files, what is on the screen, what you type, what you or callers say"),
    mark("Where you are"),
)
"""What no report holds, marked for translation; the hosts that you or the site file name are in it."""


def keys() -> dict[str, str]:
    """Every field of a report by its place, with what it means: findings[].rule."""
    from remoteready.check.findings import Report

    return dict(_fields(Report, ""))


def _fields(model: Any, prefix: str) -> Iterator[tuple[str, str]]:
    from pydantic import BaseModel

    for name, about in model.model_fields.items():
        inner = [one for one in _classes(about.annotation) if issubclass(one, BaseModel)]
        container = next(
            (kind for kind in (tuple, dict) if getattr(about.annotation, "__origin__", None) is kind), None
        )
        place = prefix + name + {tuple: "[]", dict: ".*", None: ""}[container if inner else None]
        yield place, about.description or ""
        for one in inner:
            yield from _fields(one, f"{place}.")


def _classes(annotation: Any) -> Iterator[type]:
    """The classes in an annotation: of tuple[Finding, ...] Finding."""
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for part in get_args(annotation):
        yield from _classes(part)


def facts(chosen: "Combined", spooled: bool = False) -> dict[str, str]:
    """The facts that could be in it, with what they mean: what the rules need, and what is `spooled` with it."""
    from remoteready.check import spool
    from remoteready.check.facts import declaration

    examples = {name: about.example for name, about in chosen.whole.variables.items()}
    names = [*chosen.wanted_facts(examples), *(one.rule.fact for one in chosen.demands)]
    names += spool.also(names) if spooled else []
    asked = {one.rule.fact: text(one.rule.ask) for one in chosen.demands if one.rule.ask}
    meanings = {name: tr(declared.meaning, MEANING) for name in names if (declared := declaration(name))}
    return {**meanings, **asked}


def console(chosen: "Combined", paper: Console | None = None, *, spooled: bool = False) -> str:
    """What a report would hold, what it never holds, and the site's own words about that."""
    parts: list[RenderableType] = [
        Text(tr("Nothing was looked at, and nothing is written."), style="bold"),
        Text(tr("A report goes where you send it: to the screen, or to the file that you name with --output.")),
    ]
    if chosen.site and chosen.site.consent:
        parts += [heading(tr("What your site says about it")), Text(text(chosen.site.consent))]
    parts += [
        heading(tr("What is found out about this desk")),
        steps(_entry(name, meaning) for name, meaning in facts(chosen, spooled).items()),
        heading(tr("The fields of the report")),
        steps(_entry(name, tr(meaning, MEANING)) for name, meaning in keys().items()),
        heading(tr("What is never in it")),
        steps(Text(tr(never)) for never in NEVER),
        Text(tr("The hosts that you or the site file name are in it, and who waived a rule."), style="dim"),
    ]
    return render(*parts, console=paper or terminal())


def _entry(name: str, meaning: str) -> Text:
    return Text.assemble((name, "bold"), "  ", (meaning, "dim"))
