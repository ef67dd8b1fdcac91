"""Profiles: what a desk must have, as data. A profile that could not work is refused when it is loaded."""

import hashlib
import json
import re
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, SecretBytes, model_validator

from remoteready import files, spelling
from remoteready.check import facts, needs
from remoteready.check.named import Identity, Kebab, Model, RecordingClient, Source, Target, Texts
from remoteready.check.work import Adds, AgentWork, Level, VpnNeed
from remoteready.exits import Misfit, UnusableInput
from remoteready.measure.target import parse as parse_site
from remoteready.measure.vpn import kinds

DEFAULT = "home-agent"
"""The profile where none is named."""
NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def _is_one_value(value: object) -> object:
    if not isinstance(value, bool | int | float | str):
        raise ValueError(f"must be true, false, a number or text, not {files.shown(value)}")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"must be a number to compare with, not {value}")
    return value


Scalar = Annotated[bool | int | float | str, Field(union_mode="smart"), BeforeValidator(_is_one_value)]
Number = Annotated[float, Field(strict=True)]
"""Strict: `at_least: yes` is no number."""


class Limit(Model):
    """One matcher with its limit."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    equals: Scalar | None = Field(default=None, description="Passes when the fact is exactly this")
    one_of: tuple[Scalar, ...] | None = Field(default=None, min_length=1, description="Passes when it is one of these")
    at_least: Number | None = Field(default=None, description="Passes when the number is this or more")
    at_most: Number | None = Field(default=None, description="Passes when the number is this or less")

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1 or self.value is None:
            raise ValueError(f"needs exactly one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def matcher(self) -> str:
        """The name of the matcher."""
        return next(iter(self.model_fields_set))

    @property
    def value(self) -> Any:
        """The limit itself."""
        return getattr(self, self.matcher)

    def holds(self, value: Any) -> bool:
        """Whether a known value is within the limit."""
        match self.matcher:
            case "equals":
                return bool(value == self.value)
            case "one_of":
                return value in self.value
            case "at_least":
                return bool(value >= self.value)
            case _:
                return bool(value <= self.value)


class Remediation(Model):
    """What to do: what agents can do themselves, and what to send to IT."""

    agent: Texts = Field(description="What the agent can do now, in plain words")
    it: Texts | None = Field(default=None, description="What to send to IT when that does not help")


SYSTEMS = ("linux", "macos", "windows")


class Variable(Model):
    """A value that only the customer knows, filled in by `check -D name=value`."""

    meaning: Texts = Field(description="What to fill in")
    example: str = Field(description="A value as it would be typed")
    optional: bool = Field(
        default=False, description="May be left open: what needs it is then left out. Otherwise it must be filled in"
    )


def check_fit(fact: str, limit: Limit) -> None:
    """Refuse a limit that its fact can never be judged by: Misfit."""
    declared = facts.declaration(fact)
    if declared is None:
        meant = spelling.nearest(fact, facts.alike(fact))
        hint = f"did you mean {meant}?" if meant else "`remoteready profile facts` lists all facts"
        raise Misfit(f"nothing is called {fact!r}; {hint}", "fact")
    matcher, wanted = limit.matcher, limit.value
    if matcher in {"at_least", "at_most"}:
        if declared.type not in (int, float):
            raise Misfit(f"{fact} is not a number", "limit", matcher)
        return
    for number, value in enumerate(wanted if matcher == "one_of" else (wanted,)):
        if not declared.accepts(value):
            kind = " or ".join(declared.choices) or KINDS[declared.type]
            words = f"{fact} is never {files.shown(value)}; it is {kind}"
            raise Misfit(words, "limit", matcher, *([number] if matcher == "one_of" else []))


KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def _either_measured_or_asked(schema: dict[str, Any]) -> None:
    schema["required"] = [name for name in schema["required"] if name not in ("fact", "limit")]
    schema["oneOf"] = [{"required": ["fact", "limit"]}, {"required": ["ask", "valid_days"]}]


class Rule(Model):
    """One demand: on a fact that a program sees, or on the answer of a person to a question."""

    model_config = ConfigDict(json_schema_extra=_either_measured_or_asked)

    id: Kebab = Field(description="Stable name of the rule, kebab-case; never translated")
    title: Texts = Field(description="The demand in a few words")
    fact: facts.FactName = Field(description="The fact that is judged; not given where a person is asked")
    limit: Limit = Field(description="One matcher with its limit; not given where a person is asked")
    ask: Texts | None = Field(
        default=None,
        description="What no program can see, as a question to the agent, asked by `check --ask`; yes passes",
    )
    valid_days: int | None = Field(
        default=None, strict=True, ge=1, le=3660, description="Days after which the question is asked again"
    )
    level: Level = Field(description="must: not met is a fail; should: not met is a warning")
    rationale: Texts = Field(description="Why it matters")
    remediation: dict[Literal["any", "linux", "macos", "windows"], Remediation] = Field(
        min_length=1, description="What to do, by operating system; `any` for all others"
    )
    source: Source = Field(description="Whose limit it is")

    def remedy(self, system: str) -> Remediation | None:
        """What to do on an operating system."""
        return next((self.remediation[name] for name in (system, "any") if name in self.remediation), None)

    @model_validator(mode="before")
    @classmethod
    def _asked(cls, data: Any) -> Any:
        """A question is a rule on the fact attested.<rule id>, which must be true."""
        if not isinstance(data, dict) or data.get("ask") is None:
            return data
        made = {"fact": facts.attested(data.get("id")), "limit": {"equals": True}}
        if any(data.get(name, made[name]) != made[name] for name in made):
            raise Misfit("stands in place of fact and limit; leave these out", "ask")
        return data | made

    @model_validator(mode="after")
    def _asks_for_a_while(self) -> Self:
        if (self.ask is None) != (self.valid_days is None):
            raise Misfit("ask and valid_days belong together; give both or none")
        if self.ask is None and facts.is_attested(self.fact):
            raise Misfit(f"{self.fact} is what a person says; give ask and valid_days instead", "fact")
        return self

    @model_validator(mode="after")
    def _helps_everywhere(self) -> Self:
        if "any" not in self.remediation and set(SYSTEMS) - set(self.remediation):
            raise Misfit(f"needs `any`, or all of {', '.join(SYSTEMS)}", "remediation")
        return self

    @model_validator(mode="after")
    def _fits_the_fact(self) -> Self:
        check_fit(self.fact, self.limit)
        return self


class Profile(Model):
    """What a desk must have for one kind of work."""

    id: Kebab = Field(description="Name of the profile, also of its file")
    version: str = Field(min_length=1, max_length=20, description="Version of the profile, apart from the tool's")
    title: Texts = Field(description="The profile in a few words")
    description: Texts = Field(description="Whom it is for")
    variables: dict[str, Variable] = Field(default={}, description="Values that only the customer knows")
    targets: dict[Kebab, Target] = Field(default={}, description="Hosts to reach, by name")
    recording_clients: dict[Kebab, RecordingClient] = Field(
        default={}, description="Programs that record on the desk itself, by the name that recorder facts have"
    )
    vpn: VpnNeed | None = Field(default=None, description="Who needs the VPN, and why")
    workload: AgentWork | None = Field(
        default=None, description="What one agent does: the line must upload what that needs, as `plan` computes it"
    )
    adds: Adds | None = Field(default=None, description="What it adds to the home line and to the site, for `plan`")
    unpublished: tuple[Texts, ...] = Field(
        default=(), description="What the vendor does not publish, and this profile therefore does not demand"
    )
    rules: tuple[Rule, ...] = Field(min_length=1, description="The demands, in the order a person reads them")

    @model_validator(mode="after")
    def _says_whose_work(self) -> Self:
        if self.workload and self.workload.source is None:
            raise Misfit("is missing; say whose numbers these are, and when that was checked", "workload", "source")
        return self

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        seen: set[str] = set()
        for number, rule in enumerate(self.rules):
            if rule.id in seen:
                raise Misfit("the id stands twice; give each rule its own", "rules", number, "id")
            seen.add(rule.id)
            for what, named, there in (
                ("target", facts.target_of(rule.fact), self.targets),
                ("recording client", facts.recorder_of(rule.fact), self.recording_clients),
            ):
                if named is not None and named not in there:
                    others = spelling.among(named, there)
                    raise Misfit(f"no {what} is named {named!r}{others}", "rules", number, "fact")
        examples = {name: about.example for name, about in self.variables.items()}
        for name, target_ in self.targets.items():
            for variable in NAME.findall(target_.address):
                if variable not in self.variables:
                    others = spelling.among(variable, map(files.named, self.variables))
                    raise Misfit(f"{{{variable}}} is not under variables{others}", "targets", name, "address")
            else:
                try:
                    target_address(name, NAME.sub(lambda match: examples[match[1]], target_.address))
                except UnusableInput as error:
                    raise Misfit(str(error), "targets", name, "address") from None
        return self

    @property
    def digest(self) -> str:
        """SHA-256 of the content: tells whether two reports were judged by the same demands."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def addresses(self, values: Mapping[str, str]) -> dict[str, "Address"]:
        """The address of each target whose variables are all filled in. UnusableInput."""
        for name in values:
            if name not in self.variables:
                others = spelling.among(name, map(files.named, self.variables))
                raise UnusableInput(f"-D {files.named(name)}: profile {self.id} has no such variable{others}")
        filled = {}
        for target, about in self.targets.items():
            if set(NAME.findall(about.address)) <= values.keys():
                try:
                    address = target_address(target, NAME.sub(lambda match: values[match[1]], about.address))
                except UnusableInput as error:
                    raise UnusableInput(f"-D {', '.join(NAME.findall(about.address))}: {error}") from None
                identity = Identity(**about.model_dump(include=set(Identity.model_fields)))
                filled[target] = address.model_copy(update={"identity": identity})
        return filled

    def wanted_facts(self, values: Mapping[str, str]) -> list[str]:
        """The facts to collect for the rules and the workload, without those of targets that are left open."""
        names = dict.fromkeys(rule.fact for rule in self.rules if not facts.is_stated(rule.fact))
        if self.workload:
            names |= dict.fromkeys(needs.wanted(self.workload))
        return [name for name in names if not self.is_open(facts.target_of(name), values)]

    def is_open(self, target: str | None, values: Mapping[str, str]) -> bool:
        """Whether a target is not there, or variables of its address are not filled in."""
        return target is not None and (target not in self.targets or bool(self.missing_variables(target, values)))

    def rule(self, id: str) -> Rule:
        """The rule of that id. UnusableInput lists them all."""
        for rule in self.rules:
            if rule.id == id:
                return rule
        others, asked = spelling.among(id, (rule.id for rule in self.rules)), files.named(id) or "an empty name"
        raise UnusableInput(f"{asked}: profile {self.id} has no such rule{others}")

    def missing_variables(self, target: str, values: Mapping[str, str]) -> list[str]:
        """The variables that still have to be filled in for a target."""
        return [name for name in NAME.findall(self.targets[target].address) if name not in values]


class Address(Model):
    """A host and a port, by which VPN protocol to ask there, and by what it can be told from somebody in between."""

    host: str
    port: int = Field(ge=1, le=65535)
    protocol: str = ""
    identity: Identity = Identity()
    key: SecretBytes | None = None
    """What the reflector shares with its desks; nothing shows or records it."""

    def __str__(self) -> str:
        place = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        return f"{self.protocol}://{place}" if self.protocol else place


LABEL = "[A-Za-z0-9_-]{1,63}"
EXAMPLES = "host:port, such as vpn.example.com:443, or protocol://host:port, such as openvpn://vpn.example.com:1194"
ADDRESS = re.compile(
    rf"(?:(?P<protocol>{'|'.join(kinds.PROTOCOLS)})://)?"
    rf"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<host>{LABEL}(?:\.{LABEL})*\.?))(?::(?P<port>\d{{1,5}}))?/?"
)


def parse_address(text: str) -> Address:
    """'vpn.example.com:443', '[2001:db8::1]:443' or 'openvpn://vpn.example.com'. UnusableInput for anything else."""
    match = ADDRESS.fullmatch(text)
    protocol = (match["protocol"] or "") if match else ""
    port = (match["port"] or (protocol and kinds.usual_port(protocol))) if match else None
    if not match or not port or not 1 <= int(port) <= 65535:
        raise UnusableInput(f"{text!r} is not an address; write {EXAMPLES}")
    return Address(host=match["v6"] or match["host"], port=int(port), protocol=protocol)


def target_address(name: str, text: str) -> Address:
    """The address of the target of that name; the reflector is asked on its own port unless another is named."""
    if name != facts.REFLECTOR:
        return parse_address(text)
    site = parse_site(text)
    return Address(host=site.host, port=site.port)


def load(name: str) -> Profile:
    """The profile in a YAML file, or the shipped one of that name. UnusableInput names file, rule and field."""
    return files.load(Profile, files.find(name, "", "profile"), name_place)


def shipped_profiles() -> list[Path]:
    """The profile files that come with the tool."""
    return sorted(files.shipped().glob("*.yaml"))


def schema(model: type[Model] = Profile) -> str:
    """The JSON Schema of a profile or another model, as text."""
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def name_place(location: files.Location, document: Any) -> str:
    """The words for ('rules', 0, 'limit', 'one_of'): rule 'wired-network', limit.one_of."""
    match location:
        case ("rules", int(number), *field):
            rule = document["rules"][number]
            name = rule.get("id") if isinstance(rule, dict) else None
            called = f"rule {files.shown(name)}" if name else f"rule number {number + 1}"
            return ", ".join(filter(None, [called, files.dotted(field)]))
    return files.dotted(location)
