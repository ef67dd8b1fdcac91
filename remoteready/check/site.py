"""The site file: what only the customer knows and decides – hosts, roles, work, waivers, which of two limits holds."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from remoteready import files, spelling
from remoteready.check import profile
from remoteready.check.facts import FactName
from remoteready.check.named import Kebab, Model, PastDate, Texts, Words
from remoteready.check.profile import Limit
from remoteready.check.work import AgentWork
from remoteready.exits import Misfit, UnusableInput


class Role(Model):
    """What people of one role work with."""

    profiles: tuple[Words, ...] = Field(default=(), description="Shipped profiles by name, or files beside this one")
    vpn: Literal["needed", "not_needed"] | None = Field(
        default=None,
        description="needed: a VPN tunnel with an interface of its own must be up (where your VPN has none, leave this "
        "out and fill in the hosts behind it); not_needed: neither a tunnel nor the gateway is asked for",
    )
    workload: AgentWork | None = Field(default=None, description="What one of them does, in place of the site's")


class Decision(Model):
    """A limit of the site's own: it narrows what profiles demand, and decides where they contradict each other."""

    fact: FactName = Field(description="The fact that is judged")
    limit: Limit = Field(description="One matcher with its limit")
    reason: Texts = Field(description="Why the site decides so")

    @model_validator(mode="after")
    def _fits_the_fact(self) -> Self:
        profile.check_fit(self.fact, self.limit)
        return self


RULE = r"^([a-z0-9]+(-[a-z0-9]+)*/)?[a-z0-9]+(-[a-z0-9]+)*$"


class Waiver(Model):
    """A rule that does not count for a while, and who answers for that."""

    rule: str = Field(pattern=RULE, description="Id of the rule, or profile/rule where it is that of one profile only")
    reason: Words = Field(description="Why")
    by: Words = Field(description="Who decided it")
    until: date = Field(description="The last day on which it holds; then the rule counts again")


class Site(Model):
    """One customer's site: everything that no profile can know."""

    id: Kebab = Field(description="Name of the site")
    checked: PastDate = Field(description="The day this file was last gone through")
    profiles: tuple[Words, ...] = Field(default=(), description="Profiles for everybody, whatever the role")
    roles: dict[Kebab, Role] = Field(default={}, description="Roles, for `check --role`")
    define: dict[str, str] = Field(default={}, description="Variables of the profiles, as -D fills them in")
    limits: tuple[Decision, ...] = Field(default=(), description="Limits of the site's own")
    workload: AgentWork | None = Field(
        default=None, description="What one agent does, in place of what profiles say: `plan export-workload` writes it"
    )
    waivers: tuple[Waiver, ...] = Field(default=(), description="Rules that do not count for a while")
    consent: Texts | None = Field(default=None, description="What people are told before data of their desk is kept")

    @model_validator(mode="after")
    def _decides_once(self) -> Self:
        seen: set[str] = set()
        for number, one in enumerate(self.limits):
            if one.fact in seen:
                raise Misfit(f"{one.fact} stands twice; decide once", "limits", number, "fact")
            seen.add(one.fact)
        return self

    @property
    def digest(self) -> str:
        """SHA-256 of the content: tells whether two reports were judged by the same site file."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def role(self, name: str | None) -> Role:
        """The role of that name; where none is asked for, one that adds nothing. UnusableInput lists them all."""
        if name is None:
            return Role()
        if name not in self.roles:
            others, asked = spelling.among(name, self.roles), files.named(name) or "an empty name"
            raise UnusableInput(f"--role {asked}: site {self.id} has no such role{others}")
        return self.roles[name]

    def check_role_named(self, name: str | None) -> None:
        """Refuse to judge a desk of no role by less than its role demands: UnusableInput."""
        if name is None and self.roles:
            raise UnusableInput(f"site {self.id} has roles: name one with --role (there are: {', '.join(self.roles)})")

    @property
    def every_profile(self) -> tuple[str, ...]:
        """The profiles that it names for anybody."""
        names = [*self.profiles, *(name for role in self.roles.values() for name in role.profiles)]
        return tuple(dict.fromkeys(names))


def load(name: str) -> Site:
    """The site in a YAML file, files of profiles as seen from its folder. UnusableInput names file and field."""
    path = Path(name)
    if "rules" in _fields(path):
        raise UnusableInput(f"{path}: is a profile, not a site file; give it with -p {path}")
    site = files.load(Site, path)
    roles = {
        name: role.model_copy(update={"profiles": _found(path, role.profiles, "roles", name)})
        for name, role in site.roles.items()
    }
    return site.model_copy(update={"profiles": _found(path, site.profiles), "roles": roles})


def is_site(path: Path) -> bool:
    """Whether a file looks like a site file rather than like a profile. UnusableInput where it cannot be read."""
    fields = _fields(path)
    return "rules" not in fields and bool(fields & (set(Site.model_fields) - set(profile.Profile.model_fields)))


def refuse_as_profile(path: Path) -> None:
    """Say that a file is a site file where a profile was asked for: UnusableInput."""
    if is_site(path):
        raise UnusableInput(f"{path}: is a site file, not a profile; give it with --site {path}")


def _fields(path: Path) -> set[Any]:
    document = files.parse_yaml(files.read_text(path), str(path))
    return set(document) if isinstance(document, dict) else set()


def _found(path: Path, names: tuple[str, ...], *above: str) -> tuple[str, ...]:
    """The profiles of a site file as `-p` takes them. UnusableInput points at one that there is not."""
    found = []
    for number, name in enumerate(names):
        beside = name.endswith((".yaml", ".yml"))
        try:
            file = path.parent / name if beside else files.find(name, "", "profile")
        except UnusableInput as error:
            raise files.misplaced(path, Misfit(str(error), *above, "profiles", number)) from None
        if beside and not file.is_file():
            raise files.misplaced(path, Misfit(f"{files.named(name)}: no such file here", *above, "profiles", number))
        found.append(str(file) if beside else name)
    return tuple(found)
