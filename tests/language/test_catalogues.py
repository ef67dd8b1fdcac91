"""Every message of every catalogue: there, complete, with the same values, and as the program reads it."""

import re
from functools import cache

import pytest
from babel.core import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from remoteready.language import CATALOGUE, FALLBACK, LOCALE, available
from remoteready.language.catalogue import DATE, NUMBERS, Catalogue, load
from remoteready.language.sentences import CONTEXT, FIELD, Sentences
from tests.catalogues import extracted, forms, updated

LANGUAGES = [language for language in available() if language != FALLBACK]
Key = tuple[str, str]


def key(message: Message) -> Key:
    id = message.id if isinstance(message.id, str) else message.id[0]
    return message.context or "", id


@cache
def wanted() -> dict[Key, Message]:
    return {key(message): message for message in extracted() if message.id}


@cache
def catalogue(language: str) -> Catalog:
    with (LOCALE / language / CATALOGUE).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_what_the_code_says_and_nothing_else(language):
    """Otherwise: `make catalogues`, then translate what is empty."""
    there = {key(message) for message in messages(language)}
    assert there - wanted().keys() == set()
    assert wanted().keys() - there == set()
    assert not catalogue(language).obsolete


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_in_every_form_and_none_is_a_guess(language):
    for message in messages(language):
        assert not message.fuzzy, message.id
        count = catalogue(language).num_plurals if message.pluralizable else 1
        assert len(forms(message)) == count, message.id
        assert all(form.strip() for form in forms(message)) or not str(message.id).strip(), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_values_of_the_original(language):
    for message in messages(language):
        for form in forms(message):
            assert sorted(FIELD.findall(form)) == sorted(FIELD.findall(key(message)[1])), (message.id, form)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_joins_texts_keeps_its_spaces(language):
    for message in messages(language):
        id = key(message)[1]
        for form in forms(message):
            assert form.endswith((" ", "\n")) == id.endswith((" ", "\n")), (id, form)
            assert id.startswith(" ") <= form.startswith(" "), (id, form)
            assert "  " not in form, form


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_was_left_in_english(language):
    for message in messages(language):
        id = key(message)[1]
        if len(re.findall("[a-z]{2,}", FIELD.sub("", id))) > 2:
            assert id not in forms(message), id


def test_french_has_a_space_that_does_not_break_before_its_marks():
    for message in messages("fr"):
        for form in forms(message):
            assert not re.search(r" [:;!?»%]|« ", form), form


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_program_reads_a_catalogue_as_babel_does(language):
    ours = load(LOCALE / language / CATALOGUE)
    assert ours.messages == {key(message): forms(message) for message in messages(language)}
    plural = Locale(language).plural_form
    tags = [[plural(n) for n in range(200) if ours.form(n) == form] for form in range(catalogue(language).num_plurals)]
    assert all(tags), "a form that no number takes"
    for n in range(2, 200):
        assert (plural(n) == "one") == (ours.form(n) == 0)
        assert (plural(n) == "few") == (language == "pl" and ours.form(n) == 1)


@pytest.mark.parametrize(
    ("n", "files"), [(1, "plik"), (2, "pliki"), (5, "plików"), (12, "plików"), (22, "pliki"), (25, "plików")]
)
def test_polish_has_three_forms(n, files):
    """GNU gettext manual, "Additional functions for plural forms": plik, pliki, plików."""
    polish = load(LOCALE / "pl" / CATALOGUE)
    assert polish.plural("{n} file", "{n} files", n) == "{n} " + files


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", [0, 7, 999, 1234, -1234, 12345.6, 0.25, 1234567.8])
def test_numbers_look_as_unicode_says_that_the_language_writes_them(language, number):
    assert load(LOCALE / language / CATALOGUE).numeral(f"{number:,}") == format_decimal(number, locale=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_dates_have_the_order_and_the_signs_of_the_language(language):
    ours = FIELD.sub(lambda field: field[1][0], load(LOCALE / language / CATALOGUE).text(DATE)).lower()
    assert ours == re.sub(r"([a-z])\1*", r"\1", Locale(language).date_formats["short"].pattern.lower())


def test_what_is_not_translated_yet_or_only_guessed_stays_english(tmp_path):
    path = tmp_path / "remoteready.po"
    path.write_text(
        'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "yes"\nmsgstr ""\n\n#, fuzzy\nmsgid "no"\nmsgstr "nein?"\n\n'
        'msgid ""\n"at most "\n"{limit}"\nmsgstr ""\n"höchs"\n"tens \\"{limit}\\""\n',
        encoding="utf-8",
    )
    german = load(path)
    assert (german.text("yes"), german.text("no")) == ("yes", "no")
    assert german.text("at most {limit}") == 'höchstens "{limit}"'
    assert german.numeral("1,234.5") == "1,234.5"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_said_by_its_own_template(language):
    catalogue = load(LOCALE / language / CATALOGUE)
    sentences = Sentences(catalogue)
    said = {id: forms[0] for (context, id), forms in catalogue.messages.items() if context == CONTEXT}
    for id, translation in said.items():
        values = {
            name: "3.5" if form.endswith(("f", "g")) else f"Zq{place}"
            for place, (name, form) in enumerate(FIELD.findall(id))
        }
        shown = {name: value.replace(".", ",") for name, value in values.items()}
        assert sentences.say(fill(id, values)) == fill(translation, shown)


def test_a_new_language_begins_with_every_message_and_what_unicode_knows_of_it():
    czech = updated("cs")
    assert {key(message) for message in czech if message.id} == wanted().keys()
    assert czech.num_plurals == 3
    assert czech[NUMBERS].string == "1\xa0234 – 12\xa0345,6"


def test_a_sentence_that_holds_what_joins_others_is_said_whole():
    sentences = Sentences(load(LOCALE / "fr" / CATALOGUE))
    both = sentences.say("no security centre (access is denied), and Defender does not answer: its answer is odd")
    assert both == "pas de centre de sécurité (l'accès est refusé), et Defender ne répond pas\xa0: its answer is odd"
    either = sentences.say("firewalld does not answer and ufw is not installed")
    assert either == "firewalld ne répond pas et ufw n'est pas installé"


def test_a_name_that_looks_like_a_word_is_kept():
    sentences = Sentences(load(LOCALE / "fr" / CATALOGUE))
    assert sentences.say("camera") == "caméra"
    assert sentences.say("input: Camera; output: Headset") == "entrée\xa0: Camera\xa0; sortie\xa0: Headset"


def fill(text: str, values: dict[str, str]) -> str:
    return FIELD.sub(lambda field: values[field[1]], text)


def test_what_somebody_typed_is_not_translated():
    catalogue = Catalogue({(CONTEXT, "{name}: no such {kind}"): ("{kind} {name} ?",), (CONTEXT, "on"): ("an",)}, int)
    assert Sentences(catalogue).say("on: no such on") == "an on ?"


def test_a_list_is_said_part_by_part_and_what_nobody_knows_stays():
    catalogue = Catalogue({(CONTEXT, "{x} is up"): ("{x} läuft",), (CONTEXT, "on"): ("an",)}, int)
    sentences = Sentences(catalogue)
    assert sentences.say("wg0 is up; Norton: on, McAfee: off") == "wg0 läuft; Norton: an, McAfee: off"
    assert sentences.say("wg0 (on)") == "wg0 (an)"
    assert sentences.say("a; b, c: d and e (f)") == "a; b, c: d and e (f)"
