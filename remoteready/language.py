"""The language a person reads: program messages through gettext, profile texts as maps by language."""

import gettext
from collections.abc import Mapping
from pathlib import Path

FALLBACK = "en"

_catalogue = gettext.translation(
    "remoteready", localedir=Path(__file__).parent / "locale", languages=[FALLBACK], fallback=True
)
tr = _catalogue.gettext
trn = _catalogue.ngettext


def text(texts: Mapping[str, str]) -> str:
    """The text in the language of the reader: English, which every profile has, until there are catalogues."""
    return texts[FALLBACK]
