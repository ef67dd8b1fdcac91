"""Which language the reader has: named by an option, else the one that the terminal or the system is set to."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

OPTION = "--lang"
C_LOCALES = ("c", "posix")
CODE = re.compile(r"[A-Za-z]+")
PREFERENCES = Path("Library") / "Preferences" / ".GlobalPreferences.plist"


def code(name: str) -> str:
    """The language in the name of a locale: fr of fr_FR.UTF-8, fr-CA and FR, en of the C locale."""
    found = CODE.match(name)
    language = found[0].lower() if found else ""
    return "en" if language in C_LOCALES else language


def asked(arguments: Sequence[str]) -> str:
    """What `--lang` names on a command line, the last one; empty without. Read before all else, as errors need it."""
    wanted = ""
    for place, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if argument == "--":
            break
        if name == OPTION:
            wanted = value if equals else next(iter(arguments[place + 1 :]), "")
    return wanted


def by_environment(environment: Mapping[str, str]) -> list[str]:
    """The languages that a POSIX environment asks for, best first; none where it does not say.

    As gettext reads it: LC_ALL, LC_MESSAGES and LANG, the first that is set; LANGUAGE may list others for people, but
    not where that is the C locale.
    """
    locale = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")
    if not locale or locale.partition(".")[0].lower() in C_LOCALES:
        return ["en"] if locale else []
    return [code(name) for name in environment.get("LANGUAGE", "").split(":") if name] + [code(locale)]


def by_windows_id(id: int) -> str:
    """The language of a Windows language identifier: "pl" for 0x0415; empty for one that is not known."""
    from locale import windows_locale

    return code(windows_locale.get(id, ""))


def by_apple_preferences(preferences: Mapping[str, Any]) -> list[str]:
    """The languages of a Mac's user, best first, from the settings that apply to all programs."""
    languages = preferences.get("AppleLanguages")
    wanted = [str(name) for name in languages] if isinstance(languages, list) else []
    return [code(name) for name in [*wanted, str(preferences.get("AppleLocale", ""))] if name]


def by_system(platform: str) -> list[str]:
    """The languages that the operating system itself is set to; none where it does not say."""
    if platform == "win32":
        import ctypes

        windows: Any = getattr(ctypes, "windll", None)
        return [by_windows_id(windows.kernel32.GetUserDefaultUILanguage())] if windows else []
    if platform == "darwin":
        import plistlib

        try:
            return by_apple_preferences(plistlib.loads((Path.home() / PREFERENCES).read_bytes()))
        except (OSError, ValueError, RuntimeError, AttributeError):  # not there, or not as it should be
            return []
    return []


def chosen(arguments: Sequence[str], environment: Mapping[str, str], platform: str, available: Sequence[str]) -> str:
    """The first language that is asked for and there is; English where none is."""

    def wanted() -> Iterator[str]:
        yield code(asked(arguments))
        named = by_environment(environment)
        yield from named or by_system(platform)

    return next((language for language in wanted() if language in available), "en")
