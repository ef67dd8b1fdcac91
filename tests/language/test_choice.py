"""Which language a reader gets: the order of gettext's manual, "Locale Environment Variables", and of the systems."""

import plistlib
from pathlib import Path

import pytest

from remoteready.language import available, choice

LANGUAGES = ("en", "es", "fr", "pl")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "pl_PL.ISO-8859-2@euro"}, "pl"),
        ({"LANG": "fr_FR.UTF-8", "LC_MESSAGES": "es_ES.UTF-8"}, "es"),
        ({"LANG": "fr_FR.UTF-8", "LC_MESSAGES": "es_ES.UTF-8", "LC_ALL": "pl_PL.UTF-8"}, "pl"),
        ({"LC_ALL": "", "LANG": "fr"}, "fr"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "cs:pl:fr"}, "pl"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "pl"}, "en"),  # LANGUAGE is ignored in the C locale
        ({"LC_ALL": "C", "LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": "en_GB:fr"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "?"}, "en"),
        ({}, "en"),
    ],
)
def test_the_environment_names_the_language(environment, language):
    assert choice.chosen([], environment, "linux", LANGUAGES) == language


@pytest.mark.parametrize(
    ("arguments", "language"),
    [
        (["check", "--lang", "fr"], "fr"),
        (["check", "--lang=fr-CA", "--help"], "fr"),
        (["check", "--lang", "FR"], "fr"),
        (["check", "--lang", "es", "--lang", "pl"], "pl"),
        (["check", "--lang"], "es"),
        (["check", "--lang", "tlh"], "es"),
        (["check", "--language", "fr"], "es"),
        (["check", "--", "--lang", "fr"], "es"),
    ],
)
def test_the_option_goes_before_the_environment(arguments, language):
    assert choice.chosen(arguments, {"LANG": "es_ES.UTF-8"}, "linux", LANGUAGES) == language


@pytest.mark.parametrize(
    ("id", "language"),
    [(0x0409, "en"), (0x040C, "fr"), (0x0C0C, "fr"), (0x0415, "pl"), (0x0C0A, "es"), (0x080A, "es"), (0x0407, "de")],
)
def test_windows_numbers_its_languages(id, language):
    """[MS-LCID], 2.2: fr-FR, fr-CA, pl-PL, es-ES, es-MX, de-DE."""
    assert choice.by_windows_id(id) == language


def test_an_identifier_that_windows_does_not_define_names_none():
    assert choice.by_windows_id(0xFFFF) == ""


def test_a_mac_lists_languages_before_its_region():
    plist = plistlib.dumps({"AppleLanguages": ["fr-PL", "en-PL"], "AppleLocale": "pl_PL"}, fmt=plistlib.FMT_BINARY)
    assert choice.by_apple_preferences(plistlib.loads(plist)) == ["fr", "en", "pl"]


@pytest.mark.parametrize("preferences", [{}, {"AppleLanguages": "fr"}, {"AppleLanguages": []}])
def test_a_mac_that_names_none_leaves_it_open(preferences):
    assert choice.by_apple_preferences(preferences) == []


def test_every_folder_with_a_catalogue_is_a_language():
    folders = {path.parts[-3] for path in Path(choice.__file__).parents[1].glob("locale/*/LC_MESSAGES/remoteready.po")}
    assert {"es", "fr", "pl"} <= folders
    assert set(available()) == {"en", *folders}
