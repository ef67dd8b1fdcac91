"""Profiles: what is shipped loads; what could not work is refused by file, rule and field."""

import copy
import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from remoteready.check import facts, profile
from remoteready.exits import UnusableInput
from remoteready.measure.vpn import kinds
from tests.complaints import complaint

SHIPPED = profile.shipped_profiles()
TEXT = next(path for path in SHIPPED if path.stem == "home-agent").read_text(encoding="utf-8")
GONE: Any = object()


def rule(name: str) -> list[Any]:
    """The place of a rule in the shipped profile."""
    return ["rules", [one["id"] for one in yaml.safe_load(TEXT)["rules"]].index(name)]


def changed(*changes: tuple[list[Any], object]) -> str:
    """The shipped profile with some things changed, as YAML text."""
    document = copy.deepcopy(yaml.safe_load(TEXT))
    for (*parents, last), value in changes:
        place = document
        for part in parents:
            place = place[part]
        if value is GONE:
            del place[last]
        else:
            place[last] = value
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def loaded(text: str, folder: Path) -> profile.Profile:
    path = folder / "my-profile.yaml"
    path.write_text(text, encoding="utf-8")
    return profile.load(str(path))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_profile_loads_by_its_name_and_is_called_like_its_file(path):
    assert profile.load(path.stem).id == path.stem


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_rule_that_is_shipped_says_what_to_do_on_every_system(path):
    for one in profile.load(str(path)).rules:
        assert all(one.remedy(system) for system in ("linux", "macos", "windows")), one.id


WIRED, LIMIT = rule("wired-network"), [*rule("wired-network"), "limit"]
IN_USE = [*rule("headset-in-use"), "limit"]
UPDATES = [*rule("security-updates"), "limit"]
ADDRESS = ["targets", "vpn-gateway", "address"]
CHOICES = "network.link is never {}; it is wired or wifi or mobile or tether or bluetooth"
ONE = "rule 'wired-network', limit: needs exactly one of equals, one_of, at_least, at_most"
KEBAB = "must be lower-case letters and digits with single hyphens, such as wired-network"
DAY = "rule 'wired-network', source.checked: must be a date, such as 2026-11-22"

UNUSABLE: list[tuple[str, list[Any], Any, str]] = [
    ("unknown fact", [*WIRED, "fact"], "network.lnk", "rule 'wired-network', fact: nothing is called 'network.lnk'"),
    ("unknown question to a target", [*WIRED, "fact"], "target.vpn-gateway.up", "'wired-network', fact: nothing is"),
    ("misspelt field", [*WIRED, "ratonale"], {"en": "x"}, "'wired-network', ratonale: unknown key; did you mean rati"),
    ("misspelt matcher", LIMIT, {"atleast": 1}, "'wired-network', limit.atleast: unknown key; did you mean at_least?"),
    ("no limit", LIMIT, GONE, "rule 'wired-network', limit: is missing"),
    ("limit without matcher", LIMIT, {}, ONE),
    ("limit of nothing", LIMIT, {"equals": None}, ONE),
    ("two matchers", LIMIT, {"equals": "wired", "one_of": ["wired"]}, ONE),
    ("limit is a word", LIMIT, "wired", "rule 'wired-network', limit: must hold fields, each on a line as name: value"),
    ("no choices", LIMIT, {"one_of": []}, "rule 'wired-network', limit.one_of: must not be empty"),
    ("choice without a list", LIMIT, {"one_of": "wired"}, "rule 'wired-network', limit.one_of: must be a list"),
    (
        "list for one value",
        LIMIT,
        {"equals": ["wired"]},
        "limit.equals: must be true, false, a number or text, not ['w",
    ),
    ("list in a list", LIMIT, {"one_of": ["wired", ["usb"]]}, "'wired-network', limit.one_of.1: must be true, false"),
    ("number for a choice", LIMIT, {"equals": 1}, f"rule 'wired-network', limit.equals: {CHOICES.format(1)}"),
    (
        "misspelt choice",
        LIMIT,
        {"one_of": ["wierd"]},
        f"'wired-network', limit.one_of.0: {CHOICES.format(repr('wierd'))}",
    ),
    ("no turns into false", LIMIT, {"one_of": [False]}, f"'wired-network', limit.one_of.0: {CHOICES.format('false')}"),
    ("text for yes or no", IN_USE, {"equals": "yes"}, "headset.in_use is never 'yes'; it is true or false"),
    ("number for yes or no", IN_USE, {"equals": 1}, "limit.equals: headset.in_use is never 1; it is true or false"),
    ("at least yes", IN_USE, {"at_least": 1}, "rule 'headset-in-use', limit.at_least: headset.in_use is not a number"),
    ("yes for a number", UPDATES, {"at_most": True}, "'security-updates', limit.at_most: must be a number, not true"),
    ("text for a number", UPDATES, {"at_most": "0"}, "'security-updates', limit.at_most: must be a number, not '0'"),
    ("endless limit", UPDATES, {"at_most": float("inf")}, "limit.at_most: must be a number to calculate with, not inf"),
    ("no number", UPDATES, {"equals": float("nan")}, "limit.equals: must be a number to compare with, not nan"),
    ("half an update", UPDATES, {"equals": 0.5}, "patches.pending_security is never 0.5; it is a whole number"),
    ("id twice", [*rule("camera"), "id"], "wired-network", "'wired-network', id: the id stands twice; give each rule"),
    ("id in capitals", [*WIRED, "id"], "Wired", f"rule 'Wired', id: {KEBAB}"),
    ("id with a space", [*WIRED, "id"], "wired network", f"rule 'wired network', id: {KEBAB}"),
    ("id with two hyphens", [*WIRED, "id"], "wired--network", f"rule 'wired--network', id: {KEBAB}"),
    ("id that moves the cursor", [*WIRED, "id"], "\x1b[2J\n", r"'\x1b[2J\n' has a control character"),
    ("empty id", [*WIRED, "id"], "", f"rule number 2, id: {KEBAB}"),
    ("no id", [*WIRED, "id"], GONE, "rule number 2, id: is missing"),
    ("rule is a word", WIRED, "wired", "rule number 2: must hold fields, each on a line as name: value"),
    (
        "misspelt level",
        [*WIRED, "level"],
        "shoud",
        "rule 'wired-network', level: must be 'must' or 'should', not 'shoud'",
    ),
    ("no English", [*WIRED, "title"], {"fr": "Par câble"}, "'wired-network', title: needs at least the English text"),
    ("blank English", [*WIRED, "title"], {"en": " "}, "'wired-network', title: needs at least the English text"),
    ("no texts", [*WIRED, "rationale"], {}, "'wired-network', rationale: needs at least the English text, under `en`"),
    (
        "text without language",
        [*WIRED, "title"],
        "Cable",
        "rule 'wired-network', title: must hold fields, each on a line",
    ),
    ("empty text", [*WIRED, "title", "en"], None, "rule 'wired-network', title.en: is empty; give it a value"),
    ("nothing to do", [*WIRED, "remediation"], {}, "rule 'wired-network', remediation: must not be empty"),
    (
        "unknown system",
        [*WIRED, "remediation", "win"],
        {},
        "remediation.win: must be 'any', 'linux', 'macos' or 'windows'",
    ),
    ("nothing for the agent", [*WIRED, "remediation", "any", "agent"], GONE, "remediation.any.agent: is missing"),
    ("no source", [*WIRED, "source"], GONE, "rule 'wired-network', source: is missing"),
    ("nameless source", [*WIRED, "source", "name"], "", "rule 'wired-network', source.name: must not be empty"),
    ("no date", [*WIRED, "source", "checked"], GONE, "rule 'wired-network', source.checked: is missing"),
    ("bad date", [*WIRED, "source", "checked"], "2026-13-41", f"{DAY}, not '2026-13-41'"),
    ("no date at all", [*WIRED, "source", "checked"], "soon", f"{DAY}, not 'soon'"),
    ("time of day", [*WIRED, "source", "checked"], datetime.datetime(2026, 1, 2, 3), f"{DAY}, not 2026-01-02 03:00:00"),
    ("undeclared target", ["targets", "vpn-gateway"], GONE, "'vpn-reachable', fact: no target is named 'vpn-gateway'"),
    (
        "recorder that is not named",
        [*rule("camera"), "fact"],
        "recorder.x.running",
        "rule 'camera', fact: no recording client is named 'x' (there are: none)",
    ),
    (
        "bad digest",
        ["targets", "vpn-gateway", "certificate_sha256"],
        ["12:34"],
        "targets.vpn-gateway.certificate_sha256.0: '12:34' is no SHA-256: 64 hexadecimal digits, with or",
    ),
    (
        "relative folder",
        ["recording_clients"],
        {"x": {"name": "X", "source": {"name": "x", "checked": "2026-11-22"}, "linux": {"backlog": ["waiting"]}}},
        "recording_clients.x.linux.backlog.0: 'waiting' must be a whole path, such as %ProgramData%",
    ),
    (
        "port as text",
        ["recording_clients"],
        {"x": {"name": "X", "source": {"name": "x", "checked": "2026-11-22"}, "linux": {"ports": ["5431"]}}},
        "recording_clients.x.linux.ports.0: must be a whole number",
    ),
    ("undeclared variable", ["variables", "vpn_gateway"], GONE, "address: {vpn_gateway} is not under variables"),
    ("target name", ["targets", "The VPN"], {"address": "vpn:443"}, f"targets.The VPN: {KEBAB}"),
    ("target without address", ["targets", "vpn-gateway"], {}, "targets.vpn-gateway.address: is missing"),
    ("no example", ["variables", "vpn_gateway", "example"], GONE, "variables.vpn_gateway.example: is missing"),
    ("no rules", ["rules"], [], "rules: must not be empty"),
    ("rules by name", ["rules"], {"wired": {}}, "rules: must be a list, each item on a line that begins with a hyphen"),
    ("version is a number", ["version"], 2026.1, "version: must be text; put quotes around it"),
    ("profile id", ["id"], "Home agent", f"id: {KEBAB}"),
]


@pytest.mark.parametrize(("path", "value", "words"), [row[1:] for row in UNUSABLE], ids=[row[0] for row in UNUSABLE])
def test_a_profile_that_could_not_work_is_refused_by_file_rule_and_field(path, value, words, tmp_path):
    with pytest.raises(UnusableInput) as caught:
        loaded(changed((path, value)), tmp_path)
    message = str(caught.value)
    assert words in complaint(message, tmp_path / "my-profile.yaml").words
    assert not any(word in message for word in ("Input should", "instance of", "dictionary", "tuple", "datetime"))


@pytest.mark.parametrize(
    "address",
    [
        *("", "vpn.example.com", "vpn:0", "vpn:70000", "vpn:", ":443", "a b:443", " vpn:443", "vpn:443\n", "vpn:https"),
        *(
            "https://vpn:443",
            "openvpn:vpn:443",
            "tcp://vpn",
            "openvpn://vpn:0",
            "vpn:443/login",
            "user@vpn:443",
            "::1:443",
            "[vpn]:443",
            "{Vpn}:443",
        ),
    ],
)
def test_an_address_that_nothing_can_connect_to_is_refused_with_an_example(address, tmp_path):
    with pytest.raises(UnusableInput) as caught:
        loaded(changed((ADDRESS, address)), tmp_path)
    told = complaint(str(caught.value), tmp_path / "my-profile.yaml")
    assert told.words == f"targets.vpn-gateway.address: {address!r} is not an address; write {profile.EXAMPLES}"
    assert told.at.startswith(("'", address.rstrip() or "''"))


@given(
    st.from_regex(r"[A-Za-z0-9_-]{1,40}(\.[A-Za-z0-9_-]{1,20}){0,3}\.?", fullmatch=True) | st.ip_addresses().map(str),
    st.integers(min_value=1, max_value=65535),
    st.sampled_from(["", *kinds.PROTOCOLS]),
)
def test_every_host_port_and_protocol_comes_back_from_its_text(host, port, protocol):
    address = profile.Address(host=host, port=port, protocol=protocol)
    assert profile.parse_address(str(address)) == address


@pytest.mark.parametrize(
    ("text", "port"),
    [
        *(("openvpn://vpn.example.com", 1194), ("ikev2://vpn.example.com", 500), ("l2tp://vpn.example.com", 1701)),
        *(("wireguard://vpn.example.com", 51820), ("anyconnect://vpn.example.com", 443), ("sstp://[2001:db8::1]", 443)),
    ],
)
def test_a_protocol_brings_its_usual_port(text, port):
    address = profile.parse_address(text)
    assert address.port == port
    assert text.startswith(f"{address.protocol}://")


WANTED = [("equals", "x"), ("one_of", ["x"]), ("at_least", 1), ("at_most", 1.5)]


@pytest.mark.parametrize("name", [name for name in facts.DECLARED if "*" not in name])
@pytest.mark.parametrize(("matcher", "limit"), WANTED)
def test_a_rule_loads_exactly_when_its_limit_could_be_met_by_its_fact(name, matcher, limit, tmp_path):
    declared = facts.DECLARED[name]
    fits = declared.type in (int, float) if matcher.startswith("at_") else declared.accepts("x")
    text = changed(([*WIRED, "fact"], name), (LIMIT, {matcher: limit}))
    if fits:
        assert loaded(text, tmp_path).rules[1].limit.matcher == matcher
    else:
        with pytest.raises(UnusableInput, match=rf"rule 'wired-network', limit\.{matcher}[.0]*: {name} is "):
            loaded(text, tmp_path)


# The digest


def test_another_layout_and_other_comments_leave_the_digest_as_it_is(tmp_path):
    original = profile.load("home-agent").digest
    document = yaml.safe_load(TEXT)
    for text in (
        yaml.safe_dump(document, sort_keys=False, default_flow_style=True),
        yaml.safe_dump({name: document[name] for name in reversed(document)}, sort_keys=False, indent=8),
        "# a comment\n" + TEXT.replace("\n\n", "\n\n# another one\n\n"),
        TEXT.replace("limit: {at_most: 0}", "limit: {at_most: 0.0}"),
    ):
        assert loaded(text, tmp_path).digest == original


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (UPDATES, {"at_most": 1}),
        (UPDATES, {"at_least": 0}),
        ([*WIRED, "level"], "must"),
        ([*WIRED, "source", "checked"], "2026-11-23"),
        (rule("camera"), GONE),
        (["version"], "2"),
        (ADDRESS, "vpn.example.com:443"),
    ],
    ids=["limit", "matcher", "level", "source", "rule", "version", "address"],
)
def test_every_change_of_content_changes_the_digest(path, value, tmp_path):
    assert loaded(changed((path, value)), tmp_path).digest != profile.load("home-agent").digest


# The variables


def test_addresses_are_those_of_the_targets_whose_variables_are_filled_in():
    chosen = profile.load("home-agent")
    assert chosen.addresses({}) == {}
    assert chosen.addresses({"vpn_gateway": "[2001:db8::1]:4443"}) == {
        "vpn-gateway": profile.Address(host="2001:db8::1", port=4443)
    }
    both = chosen.addresses({"vpn_gateway": "vpn.example.com:443", "contact_centre": "desk.example.com:8443"})
    assert {name: str(address) for name, address in both.items()} == {
        "contact-centre": "desk.example.com:8443",
        "vpn-gateway": "vpn.example.com:443",
    }


def test_an_address_carries_by_what_its_host_is_known(tmp_path):
    target = ["targets", "vpn-gateway"]
    digest = ":".join(["0A"] * 32)
    changes = (([*target, "issuer"], ["Example CA"]), ([*target, "certificate_sha256"], [digest]))
    chosen = loaded(changed(*changes, ([*target, "public"], True)), tmp_path)
    identity = chosen.addresses({"vpn_gateway": "vpn.example.com:443"})["vpn-gateway"].identity
    assert (identity.public, identity.issuer, identity.certificate_sha256) == (True, ("Example CA",), ("0a" * 32,))


def test_an_address_may_be_put_together_from_several_variables(tmp_path):
    host, port = ["variables", "host"], ["variables", "port"]
    about = [{"meaning": {"en": part}, "example": example} for part, example in (("host", "vpn"), ("port", "443"))]
    made = loaded(changed((host, about[0]), (port, about[1]), (ADDRESS, "{host}.example.com:{port}")), tmp_path)
    assert made.missing_variables("vpn-gateway", {"host": "vpn"}) == ["port"]
    assert made.addresses({"host": "vpn"}) == {}
    assert str(made.addresses({"host": "vpn", "port": "443"})["vpn-gateway"]) == "vpn.example.com:443"


def test_a_variable_that_the_profile_does_not_have_is_refused_with_those_it_has():
    with pytest.raises(UnusableInput) as caught:
        profile.load("home-agent").addresses({"vpn": "vpn.example.com:443"})
    assert str(caught.value) == (
        "-D vpn: profile home-agent has no such variable (there are: contact_centre, vpn_gateway, reflector)"
    )


@pytest.mark.parametrize("value", ["", "vpn.example.com", "https://vpn.example.com:443", "vpn:70000", "{vpn_gateway}"])
def test_a_variable_that_makes_no_address_is_refused_with_an_example(value):
    with pytest.raises(UnusableInput, match=r"is not an address; write host:port, such as vpn\.example\.com:443"):
        profile.load("home-agent").addresses({"vpn_gateway": value})


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("site.example.com", "site.example.com:8762"),
        ("site.example.com:9000", "site.example.com:9000"),
        ("2001:db8::9", "[2001:db8::9]:8762"),
        ("[2001:db8::9]:9000", "[2001:db8::9]:9000"),
    ],
)
def test_the_reflector_has_a_port_of_its_own_unless_another_is_named(value, address):
    assert str(profile.load("home-agent").addresses({"reflector": value})["reflector"]) == address


@pytest.mark.parametrize("value", ["", "https://site.example.com", "openvpn://site.example.com", "site:70000", "a..b"])
def test_what_is_no_reflector_is_refused_with_an_example(value):
    with pytest.raises(
        UnusableInput, match=r"^-D reflector: .* is not a host: .* such as site\.example\.com"
    ) as caught:
        profile.load("home-agent").addresses({"reflector": value})
    assert "\n" not in str(caught.value)


def test_a_rule_about_the_line_needs_the_reflector_among_the_targets(tmp_path):
    with pytest.raises(UnusableInput, match=r"rule 'line-call', fact: no target is named 'reflector' \(there are: "):
        loaded(changed((["targets", "reflector"], GONE)), tmp_path)


def test_facts_about_targets_that_are_left_open_are_not_wanted():
    chosen = profile.load("home-agent")
    about_targets = {one.fact for one in chosen.rules if facts.target_of(one.fact)}
    assert not about_targets & set(chosen.wanted_facts({}))
    filled = dict.fromkeys(chosen.variables, "host.example.com:443")
    assert set(chosen.wanted_facts(filled)) - set(chosen.wanted_facts({})) == about_targets
    assert set(chosen.wanted_facts(filled)) == {one.fact for one in chosen.rules}
