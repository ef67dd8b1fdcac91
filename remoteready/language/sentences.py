"""Sentences made in English with values in them, recognised by their templates and said in another language.

What a collector saw is kept in English: in facts, in JSON, in a report that is read again next year. A sentence is
translated when it is shown: the template that it was made from is found in the catalogue, and its values are put into
the translation. The template with most text of its own wins; a value that is itself such a sentence is translated too.
"""

import re
from collections.abc import Iterator
from functools import cache, cached_property

from remoteready.language.catalogue import Catalogue

CONTEXT = "said"
"""Of the messages that are such templates: {name} stands for any text, {name:g} and {name:.1f} for a number."""
FIELD = re.compile(r"\{(\w+)(?::([^}]*))?\}")
DECIMAL = ("f", "g")
NUMBER, ANYTHING = "[-+]?[0-9][0-9.,e+-]*", ".*?"
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
JOINTS = ("; ", ", ", ": ", " and ", " or ")
"""Between the parts of what is no sentence but a list, or a name with its state: each is then looked up by itself."""
IN_BRACKETS = re.compile(r"(.+) \((.+)\)")
VERBATIM = {"name", "names", "path", "id", "asked", "twice", "explain", "folder", "given", "known", "arguments"}
VERBATIM |= {"command", "process", "service", "meant", "profile"}
"""Places for what somebody has typed or named: not translated, though it may look like a word that is."""
LONGEST = 300
"""Characters in which a list is looked for: facts are shorter."""
TELLING = 10
"""Characters of its own that a template needs to be looked for in a whole that may be a list."""


class Template:
    """An English sentence with places for values, and its translation. Capitals do not count: sources drop them."""

    def __init__(self, english: str, translation: str) -> None:
        self.translation = translation
        self._fields = FIELD.findall(english)
        self.numbers = {name for name, form in self._fields if form.endswith(DECIMAL)}
        self.texts = FIELD.sub("\0", english).lower().split("\0")
        self.weight = sum(map(len, self.texts))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        fields = [f"(?P<{name}>{NUMBER if name in self.numbers else ANYTHING})" for name, _ in self._fields]
        parts = zip(map(re.escape, self.texts), [*fields, ""], strict=True)
        return re.compile("".join(map("".join, parts)), re.IGNORECASE)

    def values(self, sentence: str) -> dict[str, str] | None:
        """The values of a sentence that was made from this; patterns are slow, and asked only where all texts stand."""
        lower = sentence.lower()
        if not (lower.startswith(self.texts[0]) and lower.endswith(self.texts[-1])):
            return None
        found = self._pattern.fullmatch(sentence) if all(text in lower for text in self.texts) else None
        return found.groupdict() if found else None


class Sentences:
    """All the templates of a language, the most telling first."""

    def __init__(self, catalogue: Catalogue) -> None:
        known = {id: forms[0] for (context, id), forms in catalogue.messages.items() if context == CONTEXT}
        self._catalogue = catalogue
        self._known: dict[str, str | None] = {}
        self._whole = {id: translation for id, translation in known.items() if not FIELD.search(id)}
        self._in_small_letters = {id.lower(): translation for id, translation in self._whole.items() if " " in id}
        with_values = [Template(id, translation) for id, translation in known.items() if FIELD.search(id)]
        with_values.sort(key=lambda one: -one.weight)
        self._telling = [one for one in with_values if one.weight >= TELLING]
        self._short = [one for one in with_values if one.weight < TELLING]

    def say(self, sentence: str) -> str:
        """The sentence in the language; what no template fits stays as it is."""
        said = self._said(sentence)
        return sentence if said is None else said

    def _said(self, sentence: str) -> str | None:
        if sentence not in self._known:
            self._known[sentence] = next(self._ways(sentence), None)
        return self._known[sentence]

    def _ways(self, sentence: str) -> Iterator[str]:
        """All the ways to say a sentence, the surest first: as it stands, by a template, as a list of sentences."""
        known = self._whole.get(sentence, self._in_small_letters.get(sentence.lower()))
        if known is not None:
            yield known
        if ISO_DAY.fullmatch(sentence):
            yield self._catalogue.date(sentence)
        fitting = [(one, values) for one in self._telling if (values := one.values(sentence)) is not None]
        doubtful = [(one, values) for one, values in fitting if _is_list(values)]
        yield from (self._filled(*one) for one in fitting if one not in doubtful)
        lists = [self._parts(sentence, joint) for joint in JOINTS if joint in sentence[:LONGEST]]
        yield from (joint.join(map(str, said)) for joint, _, said in lists if None not in said)
        yield from (self._filled(*one) for one in doubtful)
        for joint, parts, said in sorted(lists, key=_unknown):
            if any(one is not None for one in said):
                yield joint.join(part if one is None else one for part, one in zip(parts, said, strict=True))
        yield from self._bracketed(sentence)
        yield from (self._filled(one, values) for one in self._short if (values := one.values(sentence)) is not None)

    def _parts(self, sentence: str, joint: str) -> tuple[str, list[str], list[str | None]]:
        """A list: what joins it in the language, its parts, and what is said for each."""
        parts = sentence.split(joint)
        return self._catalogue.text(joint, CONTEXT), parts, [self._said(part) for part in parts]

    def _bracketed(self, sentence: str) -> Iterator[str]:
        if found := IN_BRACKETS.fullmatch(sentence):
            first, second = map(self._said, found.groups())
            if first is not None or second is not None:
                yield f"{found[1] if first is None else first} ({found[2] if second is None else second})"

    def _filled(self, template: Template, values: dict[str, str]) -> str:
        said = {name: self._value(name, name in template.numbers, value) for name, value in values.items()}
        return FIELD.sub(lambda field: said[field[1]], template.translation)

    def _value(self, name: str, is_number: bool, value: str) -> str:
        if name in VERBATIM:
            return value
        return self._catalogue.numeral(value) if is_number else self.say(value)


def _unknown(divided: tuple[str, list[str], list[str | None]]) -> int:
    """How many characters of a list nobody knows how to say."""
    return sum(len(part) for part, one in zip(*divided[1:], strict=True) if one is None)


def _is_list(values: dict[str, str]) -> bool:
    """Whether what should be one name is more: "a does not run and b" is not what is not installed."""
    return any(joint in value for name, value in values.items() if name in VERBATIM for joint in JOINTS)


@cache
def of(catalogue: Catalogue) -> Sentences:
    """The templates of a catalogue."""
    return Sentences(catalogue)
