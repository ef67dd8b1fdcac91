"""The language a person reads: one at a time, English unless another is chosen, texts by the catalogues in `locale/`.

Data are never translated: JSON, rule ids and exit codes are the same everywhere.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remoteready.language.catalogue import Catalogue

FALLBACK = "en"
LOCALE = Path(__file__).parents[1] / "locale"
CATALOGUE = Path("LC_MESSAGES") / "remoteready.po"

_catalogue: "Catalogue | None" = None
_current = FALLBACK


def available() -> tuple[str, ...]:
    """The languages there are: English, and every folder with a catalogue. Adding one is adding its folder."""
    return (FALLBACK, *sorted(path.parts[-3] for path in LOCALE.glob(f"*/{CATALOGUE.as_posix()}")))


def current() -> str:
    """The language of the reader, such as "fr"."""
    return _current


def use(language: str) -> None:
    """From now on, texts are in this language, one of `available()`."""
    global _catalogue, _current
    if language == FALLBACK:
        _catalogue = None
    else:
        from remoteready.language.catalogue import load  # costs nothing where English is read

        _catalogue = load(LOCALE / language / CATALOGUE)
    _current = language


def tr(message: str, context: str = "") -> str:
    """A message in the reader's language; `context` tells apart what only English says with the same words."""
    return _catalogue.text(message, context) if _catalogue else message


def trn(one: str, many: str, n: int, context: str = "") -> str:
    """A message that depends on a number, in the form that the reader's language has for it."""
    if _catalogue:
        return _catalogue.plural(one, many, n, context)
    return one if n == 1 else many


def mark(message: str) -> str:
    """The message itself, which is translated where it is shown: for tables, which are made only once."""
    return message


def text(texts: Mapping[str, str], language: str = "") -> str:
    """The text of a profile in the reader's language, or in the one that is named; English where there is none."""
    return texts.get(language or _current) or texts[FALLBACK]


def spoken(sentence: str) -> str:
    """A sentence that a collector or an error made in English, in the reader's language; see `sentences`.

    Values in it stay as they are, and so does a sentence that the catalogue does not know.
    """
    if not _catalogue or not sentence:
        return sentence
    from remoteready.language import sentences

    return sentences.of(_catalogue).say(sentence)


def numeral(english: str) -> str:
    """A number as English writes it (23,040.5), as the reader's language does."""
    return _catalogue.numeral(english) if _catalogue else english


def date(iso: str) -> str:
    """A day (2026-11-22) in the order and with the signs of the reader's language."""
    return _catalogue.date(iso) if _catalogue else iso
