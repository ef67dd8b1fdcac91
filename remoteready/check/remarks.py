"""What is worth a second look in a profile or site file that can be used: old limits, texts that lack a language."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from remoteready.check.profile import Profile
from remoteready.check.site import Site
from remoteready.language import FALLBACK
from remoteready.places import Location

OLD = timedelta(days=365)
"""After so long, what a vendor demands may have changed."""


class Remark(NamedTuple):
    """What is remarkable, and where the first of it stands."""

    at: Location
    words: str


def remarks(loaded: Profile | Site, day: date) -> list[Remark]:
    """What an author may want to change, each kind once."""
    fields = list(_fields(loaded.model_dump(exclude_unset=True)))
    return [*_old(fields, day), *_untranslated(fields), *(_ended(loaded, day) if isinstance(loaded, Site) else [])]


def _old(fields: list[tuple[Location, Any]], day: date) -> Iterator[Remark]:
    old = sorted((value, at) for at, value in fields if at[-1:] == ("checked",) and day - value > OLD)
    if old:
        (checked, at), *others = old
        more = f", as {len(others)} more than a year ago" if others else ""
        yield Remark(at, f"was last looked at on {checked}{more}: look at the source again")


def _untranslated(fields: list[tuple[Location, Any]]) -> Iterator[Remark]:
    texts = [(at, value) for at, value in fields if isinstance(value, dict) and _is_text(value)]
    languages = sorted({language for _, text in texts for language in text} - {FALLBACK})
    if texts and not languages:
        yield Remark(texts[0][0], "as all texts here, is in English only")
    for language in languages:
        lacking = [at for at, text in texts if language not in text]
        if lacking:
            more = f", like {len(lacking) - 1} more of {len(texts)} texts" if lacking[1:] else ""
            yield Remark(lacking[0], f"has no {language}{more}: who reads that language reads English there")


def _ended(site: Site, day: date) -> Iterator[Remark]:
    for number, waiver in enumerate(site.waivers):
        if waiver.until < day:
            yield Remark(("waivers", number, "until"), f"ended on {waiver.until}: {waiver.rule} counts again")


def _fields(value: Any, at: Location = ()) -> Iterator[tuple[Location, Any]]:
    """Every value in nested data, with the location that leads to it."""
    yield at, value
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, tuple | list) else ()
    for name, one in below:
        yield from _fields(one, (*at, name))


def _is_text(value: dict[Any, Any]) -> bool:
    return FALLBACK in value and all(isinstance(words, str) for words in value.values())
