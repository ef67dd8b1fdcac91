"""Profiles and site files to start from: files that explain themselves and can be used as they are."""

import re
from datetime import date
from pathlib import Path

from remoteready import files
from remoteready.check import profile
from remoteready.exits import UnusableInput

NAME = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
ID = re.compile(r"^id:.*$", re.MULTILINE)


def check_name(name: str) -> None:
    """Refuse a name that no profile can have, or that -p takes for a shipped one: UnusableInput."""
    if not NAME.fullmatch(name):
        raise UnusableInput(f"{files.shown(name)}: is no name; use lower-case letters and digits with single hyphens")
    if name in {path.stem for path in profile.shipped_profiles()}:
        raise UnusableInput(f"{name}: a profile of this name is shipped, and -p {name} means that one; choose another")


def new_profile(name: str, day: date) -> str:
    """The text of a profile of that name, its limits looked at on `day`."""
    return _filled("starter.yaml", "our-desks", name, day)


def new_site(name: str, day: date) -> str:
    """The text of a site file of that name, gone through on `day`."""
    return _filled("starter_site.yaml", "our-site", name, day)


def copied_profile(original: str, name: str) -> str:
    """The text of a profile under another name, comments and all. UnusableInput where it cannot be used."""
    profile.load(original)
    path = files.find(original, "", "profile")
    text, ids = ID.subn(f"id: {name}", files.read_text(path))
    if ids != 1:
        raise UnusableInput(f"{path}: has no line of its own for its id; write it as id: {name}")
    return text


def _filled(file: str, placeholder: str, name: str, day: date) -> str:
    text = files.read_text(Path(__file__).with_name(file))
    return text.replace(placeholder, name).replace("2026-11-22", day.isoformat())
