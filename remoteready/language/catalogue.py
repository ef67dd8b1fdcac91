"""A gettext catalogue, read from the .po file itself: what translators write is what runs, and nothing can be stale."""

import gettext
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

LINE = re.compile(r'(?:(msgctxt|msgid_plural|msgid|msgstr)(?:\[\d\])? )?(".*")')
ESCAPED = re.compile(r"\\(.)")
FUZZY = re.compile(r"^#,.*\bfuzzy\b", re.MULTILINE)
PLURALS = re.compile(r"plural=([^;\n]+)")
NUMBERS = "1,234 and 12,345.6"
"""The message by which a catalogue shows how numbers are written."""
SAMPLE = re.compile(r"1(?P<small>.?)234\D+12(?P<group>.?)345(?P<decimal>.)6")
DATE = "{year}-{month}-{day}"

Key = tuple[str, str]
"""Context, empty for most, and English text."""


@dataclass(eq=False)
class Catalogue:
    """The messages of one language."""

    messages: dict[Key, tuple[str, ...]]
    """The translations: one, or as many as the language has plural forms."""
    form: Callable[[int], int]
    """Which of the plural forms a number takes."""

    def text(self, message: str, context: str = "") -> str:
        """The translation, or the message itself where there is none."""
        return self.messages.get((context, message), (message,))[0]

    def plural(self, one: str, many: str, n: int, context: str = "") -> str:
        """The translation for a number."""
        forms = self.messages.get((context, one))
        return forms[self.form(n)] if forms else (one if n == 1 else many)

    @cached_property
    def _signs(self) -> tuple[str, str, bool]:
        """Between thousands, before decimals, and whether four digits are divided."""
        found = SAMPLE.fullmatch(self.text(NUMBERS))
        return (found["group"], found["decimal"], bool(found["small"])) if found else (",", ".", True)

    def numeral(self, english: str) -> str:
        """A number as English writes it, 23,040.5, in the signs of the language."""
        group, decimal, small = self._signs
        whole, point, rest = english.partition(".")
        if not small and len(whole.lstrip("-")) == len("1,234"):
            whole = whole.replace(",", "")
        return whole.replace(",", group) + (decimal if point else "") + rest

    def date(self, iso: str) -> str:
        """A day, 2026-11-22, in the order and with the signs of the language."""
        year, month, day = iso.split("-")
        return self.text(DATE).format(year=year, month=month, day=day)


@cache
def load(path: Path) -> Catalogue:
    """The catalogue in a .po file, without what is not translated or marked fuzzy."""
    messages = dict(_entries(path.read_text(encoding="utf-8")))
    plural = PLURALS.search(messages.pop(("", ""))[0])
    return Catalogue(messages, gettext.c2py(plural[1] if plural else "n != 1"))


def _unescaped(found: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t"}.get(found[1], found[1])


def _entries(content: str) -> Iterator[tuple[Key, tuple[str, ...]]]:
    for block in content.split("\n\n"):
        fields: dict[str, list[str]] = {}
        for line in block.splitlines():
            if found := LINE.fullmatch(line):
                keyword, quoted = found.groups()
                if keyword:
                    values = fields.setdefault(keyword, [])
                    values.append("")
                values[-1] += ESCAPED.sub(_unescaped, quoted[1:-1])
        if any(fields.get("msgstr", ())) and not FUZZY.search(block):
            yield (fields.get("msgctxt", [""])[0], fields["msgid"][0]), tuple(fields["msgstr"])
