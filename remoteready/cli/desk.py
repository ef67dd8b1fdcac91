"""What the commands share that look at one workstation: the profile and its variables."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready.cli.key import shared_key
from remoteready.exits import UnusableInput

if TYPE_CHECKING:
    from remoteready.check.profile import Address, Profile

ProfileOption = Annotated[
    str | None, typer.Option("--profile", "-p", metavar="NAME|FILE", help="Judge by this profile (home-agent).")
]
DefineOption = Annotated[
    list[str] | None,
    typer.Option("-D", metavar="NAME=VALUE", help="Fill in a variable of the profile, such as a host to reach."),
]


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


def addresses(chosen: "Profile", values: Mapping[str, str], key_file: Path | None) -> "dict[str, Address]":
    """The addresses of a profile's targets, that of the reflector with the key in a file. UnusableInput."""
    from remoteready.check.facts import REFLECTOR

    targets, key = chosen.addresses(values), shared_key(key_file)
    if key is None:
        return targets
    if REFLECTOR not in targets:
        raise UnusableInput("--key-file: is for the reflector; name it too, such as -D reflector=site.example.com")
    from pydantic import SecretBytes

    return {**targets, REFLECTOR: targets[REFLECTOR].model_copy(update={"key": SecretBytes(key)})}


def announce_line(wanted: Iterable[str], targets: Mapping[str, "Address"]) -> None:
    """Where the line is going to be measured, say on standard error how many seconds and megabytes that will take."""
    from remoteready.check.collect import line_calls
    from remoteready.check.facts import REFLECTOR, of_line
    from remoteready.cli.measure import announce

    if REFLECTOR in targets and any(map(of_line, wanted)):
        announce(line_calls.plan())
