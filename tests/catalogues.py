"""The catalogues in remoteready/locale: what is in them, and `python -m tests.catalogues` to bring them up to date.

Three kinds of text are found: messages (`tr`, `trn`, `mark`) of the modules that agents meet; the help of `check`; and
the templates of sentences that are made in English, see `tests.sentences`.
"""

import ast
import sys
from collections.abc import Iterator

from babel.core import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.frontend import parse_keywords
from babel.messages.pofile import read_po, write_po
from babel.numbers import format_decimal

from remoteready.check import facts
from remoteready.cli.spoken import METAVAR
from remoteready.language import CATALOGUE, LOCALE
from remoteready.language.catalogue import DATE, NUMBERS
from remoteready.language.sentences import CONTEXT
from remoteready.report import contents, words
from tests.sentences import modules, name_of, place, sentences, template

KEYWORDS = parse_keywords(["mark", "tr", "tr:1,2c,2t", "trn:1,2", "trn:1,2,4c,4t"])
PLANNERS = ["planning", "advice", "gateways", "intervals", "calibration", "verification", "workbook", "soak"]
PLANNERS += ["surroundings", "line", "searches", "days"]
AUTHORS = ["profiles", "trials"]
NOT_FOR_AGENTS = [
    *(f"report/{name}.py" for name in (*PLANNERS, *AUTHORS)),
    *("plan/*", "fleet/*", "measure/*", "report/fleet*", "report/templates/[!cp]*", "report/templates/plan*"),
    *("cli/plan*", "cli/fleet*", "cli/soak*", "cli/measure*", "cli/vpn*", "cli/reflect*", "cli/snapshot*"),
    *("cli/authoring*", "cli/profile*", "cli/beside*"),
]
"""Modules with messages that other people read: they stay English."""
OPTIONS = ["cli/check.py", "cli/desk.py", "cli/key.py", "cli/output.py"]
"""Modules with help of `check`."""
HELP = ("Options", "Arguments", "Show this message and exit.")
"""What Typer writes into every help."""
UNIT = "unit"
HEADER = """\
# The texts of remoteready in {name}, for those who take calls. Kept up by `make catalogues`; see CONTRIBUTING.
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""
"""Without dates, which would change with every run."""


def messages() -> Iterator[tuple[str | tuple[str, ...], str, str]]:
    """What `tr`, `trn` and `mark` mark: the message, its context and where it stands."""
    for path in modules(["*"], but=NOT_FOR_AGENTS):
        method = "jinja2" if path.suffix == ".j2" else "python"
        for _, message, _, context in extract_from_file(method, path, keywords=KEYWORDS):
            yield message, context or "", place(path)


def helps() -> Iterator[tuple[str, str, str]]:
    """The help of `check` and of its options, and what stands there for values."""
    for text in HELP:
        yield text, "", ""
    for path in modules(OPTIONS):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.FunctionDef(decorator_list=[_, *_]):
                    yield ast.get_docstring(node) or "", "", place(path)
                case ast.Assign(targets=[target], value=value) if name_of(target) == "epilog":
                    yield template(value), "", place(path)
                case ast.keyword(arg="help", value=value):
                    yield template(value), "", place(path)
                case ast.keyword(arg="metavar", value=value):
                    yield template(value), METAVAR, place(path)


def extracted() -> Catalog:
    """All that is to be translated."""
    catalog = Catalog()

    def add(message: str | tuple[str, ...], context: str = "", where: str = "") -> None:
        if message:
            catalog.add(message, locations=[(where, 0)] if where else [], context=context or None)

    for message, context, where in (*messages(), *helps()):
        add(message, context, where)
    for one, many in words.COUNTED.values():
        add((one, many))
        add((many, many), words.PART)
    for unit in sorted({about.unit for about in facts.DECLARED.values()} - {facts.SHARE, *words.COUNTED}):
        add(unit, UNIT)
    for said, where in sentences():
        add(said, CONTEXT, where)
    for about in facts.DECLARED.values():
        add(about.meaning, contents.MEANING, "remoteready/check/facts.py")
    for meaning in contents.keys().values():
        add(meaning, contents.MEANING, "remoteready/check/findings.py")
    add(NUMBERS)
    add(DATE)
    return catalog


def updated(language: str) -> Catalog:
    """The catalogue of a language with all that is to be translated and nothing else."""
    path = LOCALE / language / CATALOGUE
    catalog = read_po(path.open("rb"), locale=language) if path.exists() else Catalog(locale=language)
    catalog.update(extracted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    numbers = catalog[NUMBERS]
    if not numbers.string:  # what Babel knows of every language
        numbers.string = " – ".join(format_decimal(number, locale=language) for number in (1234, 12345.6))
    return catalog


def save(language: str, catalog: Catalog) -> None:
    """Write a catalogue."""
    path = LOCALE / language / CATALOGUE
    path.parent.mkdir(parents=True, exist_ok=True)
    name = Locale.parse(language).english_name
    with path.open("wb") as file:
        file.write(HEADER.format(name=name, language=language, plurals=catalog.plural_forms).encode())
        write_po(file, catalog, width=100, omit_header=True, include_lineno=False)


def forms(message: Message) -> tuple[str, ...]:
    """All the translations of a message."""
    found = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return tuple(form or "" for form in found)


def main() -> None:
    """Bring every catalogue up to date; a folder without one gets it."""
    for language in sorted(path.name for path in LOCALE.iterdir() if path.is_dir()):
        catalog = updated(language)
        save(language, catalog)
        left = sum(not all(forms(message)) for message in catalog if message.id)
        sys.stdout.write(f"{language}: {len(catalog)} messages, {left} to translate\n")


if __name__ == "__main__":
    main()
