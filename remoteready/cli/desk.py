"""What the commands share that look at one workstation: the profile and its variables."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready import files
from remoteready.exits import UnusableInput

if TYPE_CHECKING:
    from remoteready.check.profile import Address

ProfileOption = Annotated[
    str | None, typer.Option("--profile", "-p", metavar="NAME|FILE", help="Judge by this profile (home-agent).")
]
DefineOption = Annotated[
    list[str] | None,
    typer.Option("-D", metavar="NAME=VALUE", help="Fill in a variable of the profile, such as a host to reach."),
]
LanguageOption = Annotated[
    str | None,
    typer.Option("--lang", metavar="LANGUAGE", help="The language of texts, such as fr (that of the system)."),
]


def check_language(name: str | None) -> None:
    """Whether there is the language that `--lang` names; it is in use already. UnusableInput."""
    from remoteready import language
    from remoteready.language import choice

    if name is not None and choice.code(name) not in language.available():
        known = ", ".join(language.available())
        raise UnusableInput(f"--lang {files.named(name)}: there is no such language (there are: {known})")


def definitions(define: list[str] | None) -> dict[str, str]:
    """The variables that `-D name=value` fills in. UnusableInput."""
    pairs = [item.partition("=") for item in define or []]
    for name, equals, value in pairs:
        if not (name and equals and value):
            raise UnusableInput(f"-D {name}{equals}: write NAME=VALUE, such as -D vpn_gateway=vpn.example.com:443")
    values = {name: value for name, _, value in pairs}
    if len(values) < len(pairs):
        twice = next(name for name in values if sum(name == other for other, _, _ in pairs) > 1)
        raise UnusableInput(f"-D {twice}: stands twice; give it once")
    return values


def announce_line(wanted: Iterable[str], targets: Mapping[str, "Address"]) -> None:
    """Where the line is going to be measured, say on standard error how many seconds and megabytes that will take."""
    from remoteready.check.collect import line_calls
    from remoteready.check.facts import REFLECTOR, of_line
    from remoteready.cli.measure import announce

    if REFLECTOR in targets and any(map(of_line, wanted)):
        announce(line_calls.plan())
