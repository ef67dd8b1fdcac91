"""What the commands share that look at one workstation: profiles, the site file, and their variables."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready import files
from remoteready.cli.key import shared_key
from remoteready.exits import UnusableInput

if TYPE_CHECKING:
    from remoteready.check.combine import Combined
    from remoteready.check.profile import Address, Profile

ProfilesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--profile",
        "-p",
        metavar="NAME|FILE",
        help="Judge by this profile (home-agent); of several, given one by one, the strictest limit counts.",
    ),
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


SiteOption = Annotated[
    Path | None,
    typer.Option(
        "--site", metavar="FILE", help="Your site's own file: hosts, roles with their profiles, waivers, decisions."
    ),
]
RoleOption = Annotated[
    str | None, typer.Option("--role", metavar="ROLE", help="Judge by what the site file says of this role.")
]
BETWEEN = " + "
"""Between the names of profiles that a snapshot was recorded for."""


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


def judged_by(
    names: Sequence[str] | None, site: Path | None, role: str | None, day: date, default: Sequence[str] = ()
) -> "Combined":
    """What a desk is judged by: the site's profiles, the role's and those of -p, else `default`. UnusableInput.

    A site file may stand among `names`, too.
    """
    from remoteready.check import combine, profile
    from remoteready.check import site as sites
    from remoteready.check.strays import strays

    names, site = _told_apart(names or [], site)
    if site is None:
        if role is not None:
            raise UnusableInput(f"--role {role}: needs the site file that has this role; add --site FILE")
        return combine.combine([profile_of(name) for name in names or default or [profile.DEFAULT]], day=day)
    own = sites.load(str(site))
    wanted = [*own.profiles, *own.role(role).profiles, *names]
    if not names:
        own.check_role_named(role)
    chosen = combine.combine([profile_of(name) for name in wanted or default or [profile.DEFAULT]], own, role, day)
    if any(strays(chosen, ())):
        for stray in strays(chosen, [profile_of(name) for name in own.every_profile]):
            raise files.misplaced(site, stray)
    return chosen


def _told_apart(names: Sequence[str], site: Path | None) -> tuple[list[str], Path | None]:
    """The profiles among names, and the site file: that of --site or the one among them. UnusableInput for two."""
    from remoteready.check import site as sites

    files_named = [name for name in names if name.endswith((".yaml", ".yml")) and Path(name).is_file()]
    found = [name for name in files_named if sites.is_site(Path(name))]
    if len(found) + (site is not None) > 1:
        raise UnusableInput(f"-p {found[-1]}: is a site file, too; give one only")
    return [name for name in names if name not in found], Path(found[0]) if found else site


def profile_of(name: str) -> "Profile":
    """The profile of that name, or in that file. UnusableInput, also for a site file."""
    from remoteready.check import profile
    from remoteready.check import site as sites

    if name.endswith((".yaml", ".yml")):
        sites.refuse_as_profile(Path(name))
    return profile.load(name)


def filled(
    chosen: "Combined", given: Mapping[str, str], recorded: Mapping[str, str] | None = None, *, quick: bool = False
) -> dict[str, str]:
    """The variables: as given, else as recorded, else as the site file has them. UnusableInput where one is missing.

    A workstation that was recorded, or is asked in a `quick` way that connects to no host, is judged also where one is
    missing: what needs it is then unknown.
    """
    known = {**(chosen.site.define if chosen.site else {}), **(recorded or {})}
    values = {name: value for name, value in known.items() if name in chosen.whole.variables} | dict(given)
    if recorded is None and not quick:
        chosen.check_filled(values)
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
