"""What the commands share that look at one workstation: the profile, its variables, and taking out of names."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remoteready.exits import UnusableInput

if TYPE_CHECKING:
    from remoteready.check.host import Host
    from remoteready.check.profile import Address
    from remoteready.check.redaction import Redaction

ProfileOption = Annotated[str, typer.Option("--profile", "-p", metavar="NAME|FILE", help="Judge by this profile.")]
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


def redaction(host: "Host", sources: Mapping[str, Any], targets: Mapping[str, "Address"]) -> "Redaction":
    """What takes the names of this desk, its people and its targets out of what its sources said."""
    from remoteready.check import identity
    from remoteready.check.redaction import Redaction

    return Redaction(
        sources,
        people=identity.people(),
        hosts=identity.computer_names(host),
        targets={name: address.host for name, address in targets.items()},
    )
