"""What the shipped profiles say: every system has one, every number its source, every text its four languages."""

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
import yaml

from remoteready.check import profile
from remoteready.check.combine import combine
from remoteready.check.facts import declaration
from remoteready.check.work import Level, VpnNeeded
from remoteready.workload import Architecture, Place

SHIPPED = {path.stem: profile.load(str(path)) for path in profile.shipped_profiles()}
DOCUMENTS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in profile.shipped_profiles()}
LANGUAGES = ("en", "fr", "es", "pl")

# --- which there are ---

SYSTEMS = {
    "Calabrio ONE, cloud": ["calabrio-one-cloud"],
    "Calabrio ONE, on premises": ["calabrio-one-onprem"],
    "Calabrio ONE 9.x and older": ["calabrio-one-onprem"],
    "Calabrio WFM (Teleopti), on premises": ["calabrio-wfm-onprem"],
    "Calabrio WFM, cloud": ["calabrio-wfm-cloud"],
    "Smart Desktop client (endpoint recording of audio and screen)": ["calabrio-smart-desktop"],
    "Cisco built-in bridge (network recording)": ["cisco-builtin-bridge"],
    "Cisco network-based recording": ["cisco-network-based-recording"],
    "Avaya DMCC": ["avaya-dmcc"],
    "Gateway / session border controller recording": ["gateway-recording"],
    "Kiamo-style multichannel desk; web call-back": ["multichannel-desk"],
    "Salesforce-style virtual contact centre": [
        "salesforce-console",
        "salesforce-console-vpn-softphone",
        "home-working",
    ],
    "GoTo Contact Center": ["goto-agent", "goto-supervisor"],
    "InteliWISE-style omnichannel console": ["browser-console"],
    "Rules for every home desk": ["home-agent"],
}
"""The systems that the project exists for."""
TELEPHONY = {
    "Amazon Connect": ["amazon-connect", "amazon-connect-screen-recording"],
    "Genesys Cloud": ["genesys-cloud", "genesys-cloud-screen-recording"],
    "Microsoft Teams": ["teams-phone"],
    "Zoom Phone": ["zoom-phone"],
    "Webex Calling": ["webex-calling"],
    "8x8": ["8x8", "8x8-screen-recording"],
    "Zendesk Talk": ["zendesk-talk"],
    "Bright Pattern": ["bright-pattern"],
    "Twilio Voice": ["twilio-voice"],
}


def test_every_system_has_its_profile_and_every_profile_its_system():
    named = {name for names in (*SYSTEMS.values(), *TELEPHONY.values()) for name in names}
    assert named == SHIPPED.keys()


# --- what they say of the VPN and of the line: the sources' words, row by row ---

ALWAYS, SOME, NEVER = VpnNeeded.ALWAYS, VpnNeeded.SOME_ROLES, VpnNeeded.NEVER

VPN_AND_LINE: list[tuple[str, VpnNeeded, Architecture | None, Place | None]] = [
    ("calabrio-one-cloud", NEVER, None, Place.CLOUD),
    ("calabrio-one-onprem", ALWAYS, None, Place.ON_PREMISES),
    ("calabrio-wfm-cloud", NEVER, None, None),
    ("calabrio-wfm-onprem", SOME, None, None),
    ("calabrio-smart-desktop", SOME, Architecture.ENDPOINT, None),
    ("cisco-builtin-bridge", ALWAYS, Architecture.CISCO_BUILT_IN_BRIDGE, Place.ON_PREMISES),
    ("cisco-network-based-recording", NEVER, Architecture.CISCO_NETWORK_BASED, None),
    ("avaya-dmcc", NEVER, Architecture.AVAYA_DMCC, None),
    ("gateway-recording", NEVER, Architecture.GATEWAY, None),
    ("multichannel-desk", SOME, None, None),
    ("salesforce-console", SOME, None, None),
    ("salesforce-console-vpn-softphone", ALWAYS, None, None),
    ("goto-agent", NEVER, None, None),
    ("goto-supervisor", NEVER, None, None),
    ("browser-console", NEVER, None, None),
]


@pytest.mark.parametrize(("name", "needed", "architecture", "recorder"), VPN_AND_LINE, ids=[r[0] for r in VPN_AND_LINE])
def test_a_profile_says_who_needs_the_vpn_and_who_records(name, needed, architecture, recorder):
    chosen = SHIPPED[name]
    assert chosen.vpn is not None
    assert chosen.vpn.needed is needed
    assert (chosen.adds and chosen.adds.architecture) is architecture
    assert (chosen.adds and chosen.adds.recorder) is recorder


@pytest.mark.parametrize("name", sorted(SHIPPED.keys() - {"home-agent", "home-working"}))
def test_every_system_says_whether_it_needs_the_vpn_and_what_it_adds_to_the_line(name):
    assert SHIPPED[name].vpn is not None
    assert SHIPPED[name].adds is not None


@pytest.mark.parametrize("name", sorted(name for name, one in SHIPPED.items() if one.vpn and one.vpn.needed is ALWAYS))
def test_where_the_vpn_is_always_needed_it_is_looked_at_but_the_host_behind_it_decides(name):
    levels = {rule.fact: rule.level for rule in SHIPPED[name].rules}
    assert levels["network.tunnel_up"] is Level.SHOULD  # a VPN without an interface of its own cannot be seen
    assert [fact for fact in levels if re.fullmatch(r"target\.(?!vpn-gateway).*\.reachable", fact)]


@pytest.mark.parametrize("name", sorted(name for name, one in SHIPPED.items() if one.targets))
def test_the_first_target_is_the_system_itself_as_routes_are_looked_up_to_it(name):
    first = next(iter(SHIPPED[name].targets))
    assert first != "vpn-gateway"
    assert first != "reflector" or list(SHIPPED[name].targets) == ["reflector"]


LEFT_OPEN = {"contact_centre", "vpn_gateway", "reflector", "internal_system", "amazon_connect_telephony"}
NOT_NAMED_BY_THE_SOURCES = {"webex", "eight_by_eight"}
"""Hosts that are the same for all customers, but that no source read names."""


@pytest.mark.parametrize("name", SHIPPED)
def test_the_host_of_a_system_must_be_filled_in(name):
    for variable, about in SHIPPED[name].variables.items():
        assert about.optional is (variable in LEFT_OPEN | NOT_NAMED_BY_THE_SOURCES), variable


FIXED_HOSTS = {
    "teams-phone": "teams.microsoft.com:443",  # Microsoft 365 worldwide endpoints
    "zoom-phone": "zoom.us:443",  # support.zoom.com KB0060561
    "twilio-voice": "voice-js.roaming.twilio.com:443",  # Voice SDKs Network Connectivity Requirements
}


def test_only_hosts_that_a_source_names_are_fixed():
    fixed = {
        name: target.address
        for name, one in SHIPPED.items()
        for target in one.targets.values()
        if not profile.NAME.search(target.address)
    }
    assert fixed == FIXED_HOSTS


# --- numbers ---

PUBLISHED: list[tuple[str, str, dict[str, Any], str]] = [
    ("cisco-builtin-bridge", "line-upload-copies", {"at_least": 0.24}, "remoteready; three streams of G.711, each 80"),
    ("avaya-dmcc", "line-loss-up", {"at_most": 0.01}, "6.1 (old): loss below 1 %"),
    ("avaya-dmcc", "line-loss-down", {"at_most": 0.01}, "6.1 (old): loss below 1 %"),
    ("avaya-dmcc", "line-delay-variation", {"at_most": 20}, "6.1 (old): jitter below 20 ms"),
    ("avaya-dmcc", "line-round-trip", {"at_most": 300}, "6.1 (old): below 150 ms one way"),
    *(
        row
        for name in ("goto-agent", "goto-supervisor")
        for row in (
            (name, "line-loss-up", {"at_most": 0.01}, "network test of Jive (old page): loss below 1 %"),
            (name, "line-loss-down", {"at_most": 0.01}, "network test of Jive (old page): loss below 1 %"),
            (name, "line-delay-variation", {"at_most": 30}, "network test of Jive (old page): jitter below 30 ms"),
            (
                name,
                "line-round-trip",
                {"at_most": 200},
                "network test of Jive (old page): network latency below 100 ms, taken as one way",
            ),
        )
    ),
    ("amazon-connect", "memory", {"at_least": 1.75}, "workstation requirements: 2 GB RAM"),
    ("amazon-connect", "line-upload-call", {"at_least": 0.1}, "requirements: 100 Kbps per connected workstation"),
    ("amazon-connect-screen-recording", "processor", {"at_least": 4}, "screen recording requirements: 4 cores"),
    ("amazon-connect-screen-recording", "memory", {"at_least": 3.5}, "screen recording requirements: 4 GB"),
    ("amazon-connect-screen-recording", "line-upload-screen", {"at_least": 0.6}, "requirements: 600 kbps"),
    ("teams-phone", "line-loss-up", {"at_most": 0.01}, "below 1 % in any 15 s (text of 2018)"),
    ("teams-phone", "line-loss-down", {"at_most": 0.01}, "below 1 % in any 15 s (text of 2018)"),
    ("teams-phone", "line-burst-loss", {"at_most": 0.1}, "burst loss below 10 % in any 200 ms (text of 2018)"),
    ("teams-phone", "line-delay-variation", {"at_most": 30}, "jitter below 30 ms in any 15 s (text of 2018)"),
    ("teams-phone", "line-round-trip", {"at_most": 100}, "to Microsoft's edge below 100 ms (text of 2018)"),
    ("teams-phone", "line-upload-call", {"at_least": 0.1}, "0.1 Mb each way (text of 2018)"),
    ("zoom-phone", "line-upload-call", {"at_least": 0.1}, "60 to 100 Kbps a call"),
    ("webex-calling", "line-upload-call", {"at_least": 0.1}, "70-80 kbps a stream, allow for 100"),
    ("8x8", "line-delay-variation", {"at_most": 40}, "jitter above 40 ms causes severe voice quality issues"),
    ("8x8", "line-round-trip", {"at_most": 300}, "at most 150 ms one way"),
    ("zendesk-talk", "line-upload-call", {"at_least": 0.5}, "500 kbps per agent"),
    ("bright-pattern", "memory", {"at_least": 1.75}, "system requirements: 2 GB"),
    ("bright-pattern", "line-loss-up", {"at_most": 0.02}, "loss below 2 % over the 100 most recent packets"),
    ("bright-pattern", "line-loss-down", {"at_most": 0.02}, "loss below 2 % over the 100 most recent packets"),
    ("bright-pattern", "line-delay-variation", {"at_most": 20}, "jitter below 20 ms over the 100 most recent packets"),
    ("bright-pattern", "line-round-trip", {"at_most": 240}, "latency below 240 ms round trip"),
    ("bright-pattern", "line-upload-call", {"at_least": 0.1}, "voice 100 Kbps with G.711"),
    ("twilio-voice", "line-loss-up", {"at_most": 0.03}, "loss below 3 %"),
    ("twilio-voice", "line-loss-down", {"at_most": 0.03}, "loss below 3 %"),
    ("twilio-voice", "line-delay-variation", {"at_most": 30}, "jitter below 30 ms"),
    ("twilio-voice", "line-round-trip", {"at_most": 200}, "RTT below 200 ms"),
    ("twilio-voice", "line-upload-call", {"at_least": 0.1}, "100 kbps with PCMU"),
    ("calabrio-smart-desktop", "recorder-backlog", {"at_most": 836}, "240 minutes at 0.48 MB and twice 1.5 MB"),
    ("calabrio-smart-desktop", "recorder-backlog-age", {"at_most": 48}, "remoteready"),
    ("calabrio-smart-desktop", "recorder-disk", {"at_least": 5}, "six days of recordings by the work-from-home guide"),
]
CHOICES: list[tuple[str, str, dict[str, Any], str]] = [
    ("amazon-connect", "wired-headset", {"one_of": ("usb",)}, "USB recommended, compatible with all types"),
    ("bright-pattern", "wired-headset", {"one_of": ("usb",)}, "headsets with USB connectivity"),
    ("zendesk-talk", "wired-headset", {"one_of": ("jack",)}, "3.5 mm headset"),
    ("zendesk-talk", "wired-network", {"one_of": ("wired",)}, "wired instead of Wi-Fi"),
    ("bright-pattern", "wired-network", {"one_of": ("wired",)}, "hard-wired LAN recommended"),
    ("browser-console", "home-line", {"one_of": ("wired", "wifi")}, "Guide to remote hotlines (InteliWISE)"),
    ("genesys-cloud", "calls-past-vpn", {"equals": False}, "split tunnel for agents at home"),
]
PINNED = [*PUBLISHED, *CHOICES]


@pytest.mark.parametrize(("name", "rule", "limit", "words"), PINNED, ids=[f"{row[0]}/{row[1]}" for row in PINNED])
def test_a_limit_is_what_its_source_says(name, rule, limit, words):
    chosen = SHIPPED[name].rule(rule)
    assert {chosen.limit.matcher: chosen.limit.value} == limit
    assert words in chosen.source.name


def test_no_number_is_demanded_that_is_not_pinned_to_its_source():
    demanded = {
        (name, rule.id)
        for name, one in SHIPPED.items()
        for rule in one.rules
        if name != "home-agent" and (declared := declaration(rule.fact)) and declared.type in (int, float)
    }
    assert demanded == {row[:2] for row in PUBLISHED}


AMOUNTS: list[tuple[str, list[tuple[str, float]]]] = [
    ("calabrio-one-cloud", [("audio_mb_per_minute", 0.48), ("screen_mb_per_minute", 1.5)]),
    ("calabrio-one-onprem", [("audio_mb_per_minute", 0.48), ("screen_mb_per_minute", 1.5)]),
    ("calabrio-smart-desktop", [("audio_mb_per_minute", 0.48), ("screen_mb_per_minute", 1.5)]),
    ("cisco-builtin-bridge", [("extra_streams", 2)]),
    ("cisco-network-based-recording", [("extra_streams", 0)]),
    ("avaya-dmcc", [("extra_streams", 0)]),
    ("gateway-recording", [("extra_streams", 0)]),
    ("goto-agent", [("call_kbps", 64), ("call_kbps", 8)]),
    ("goto-supervisor", [("call_kbps", 64), ("call_kbps", 8)]),
    ("amazon-connect", [("agent_kbps", 100)]),
    ("amazon-connect-screen-recording", [("screen_kbps", 600)]),
    ("teams-phone", [("call_kbps", 100)]),
    ("zoom-phone", [("call_kbps", 100)]),
    ("webex-calling", [("call_kbps", 100)]),
    ("zendesk-talk", [("agent_kbps", 500)]),
    ("bright-pattern", [("call_kbps", 100), ("call_kbps", 32), ("screen_kbps", 400)]),
    ("twilio-voice", [("call_kbps", 40), ("call_kbps", 100)]),
]


def test_what_a_system_adds_to_the_line_is_what_its_vendor_publishes():
    added = {
        name: [(one.what, one.value) for one in chosen.adds.numbers]
        for name, chosen in SHIPPED.items()
        if chosen.adds and chosen.adds.numbers
    }
    assert added == dict(AMOUNTS)


OF_PAPER = ("Work-from-home guide", "Contact-centre integrator", "Guide to", "Cisco MediaSense", "Avaya one-X")
"""Sources without an address on the web."""
OUR_OWN = ("remoteready", "ITU-T G.107", "Operata", "Microsoft Teams, prepare-network")
"""Of home-agent: numbers that stand for themselves, not as the limit of the desk's own vendor."""


def every_source(document: Any) -> Iterator[dict[str, Any]]:
    """Every source that a profile names, of limits, numbers and clients."""
    if isinstance(document, dict):
        if "checked" in document:
            yield document
        for value in document.values():
            yield from every_source(value)
    elif isinstance(document, list):
        for value in document:
            yield from every_source(value)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_limit_of_a_vendor_says_where_it_is_written(name):
    own = (*OF_PAPER, *OUR_OWN) if name == "home-agent" else (*OF_PAPER, "remoteready")
    for source in every_source(DOCUMENTS[name]):
        assert source.get("url", "").startswith("https://") or source["name"].startswith(own), source["name"]


def test_what_was_not_found_at_zoom_is_not_demanded_in_its_name():
    assert [rule.fact for rule in SHIPPED["zoom-phone"].rules if rule.fact.startswith("line.")] == ["line.upload_mbps"]


# --- questions to the agent ---

QUESTIONS = {
    "quiet-room",
    "desk-and-chair",
    "headset-tested",
    "procedures-at-hand",
    "workstation-for-one",
    "home-working-agreement",
}


def test_what_no_program_can_see_is_asked_and_asked_again_within_a_year():
    rules = SHIPPED["home-working"].rules
    assert {rule.id for rule in rules} == QUESTIONS
    assert all(rule.ask and rule.valid_days and rule.valid_days <= 366 for rule in rules)


# --- together ---


def test_a_variable_or_rule_of_one_name_is_the_same_in_all_profiles():
    variables: dict[str, Any] = {}
    rules: dict[str, Any] = {}
    for chosen in SHIPPED.values():
        for name, about in chosen.variables.items():
            assert variables.setdefault(name, about) == about, name
        for rule in chosen.rules:
            assert rules.setdefault(rule.id, (rule.fact, rule.title)) == (rule.fact, rule.title), rule.id


def test_any_two_combine_and_only_the_headsets_of_zendesk_and_of_usb_vendors_contradict_each_other():
    against = {
        pair
        for pair in combinations(sorted(SHIPPED), 2)
        if any(demand.contradicts for demand in combine([SHIPPED[name] for name in pair]).demands)
    }
    assert against == {("amazon-connect", "zendesk-talk"), ("bright-pattern", "zendesk-talk")}


@pytest.mark.parametrize("name", sorted(SHIPPED.keys() - {"home-agent", "home-working"}))
def test_with_the_home_desk_and_its_questions_every_demand_is_still_made(name):
    members = [SHIPPED[one] for one in (name, "home-agent", "home-working")]
    judged = {demand.rule.fact for demand in combine(members).demands}
    assert judged == {rule.fact for one in members for rule in one.rules}


# --- languages ---

SAME_EVERYWHERE = {
    *("Amazon Connect", "Bright Pattern", "Genesys Cloud", "Microsoft Teams Phone", "Twilio Voice"),
    *("Webex Calling", "Zendesk Talk", "Zoom Phone", "8x8", "G.711", "Opus", "PCMU"),
}
"""Names that no language changes."""


def every_text(document: Any) -> Iterator[dict[str, str]]:
    """Every text of a profile, as a map by language."""
    if isinstance(document, dict):
        if "en" in document:
            yield document
        for value in document.values():
            yield from every_text(value)
    elif isinstance(document, list):
        for value in document:
            yield from every_text(value)


def kept(text: str) -> list[str]:
    """What no translation changes: placeholders, commands, addresses of examples, and numbers, however written."""
    fixed = re.findall(r"\{\w*\}|`[^`]+`|\w+://\S+?(?=[,; ]|$)", text)
    plain = re.sub(r"`[^`]+`|\w+://\S+", " ", text)
    return sorted(fixed + [number.replace(",", ".") for number in re.findall(r"\d+(?:[.,]\d+)?", plain)])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_text_is_there_in_every_language(name):
    for texts in every_text(DOCUMENTS[name]):
        assert tuple(texts) == LANGUAGES, texts["en"]
        for language, text in texts.items():
            assert text == " ".join(text.split()), (language, text)
            assert text.isprintable(), (language, text)
            assert kept(text) == kept(texts["en"]), (language, text)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_text_is_left_in_english(name):
    for texts in every_text(DOCUMENTS[name]):
        for language in LANGUAGES[1:]:
            assert (texts[language] == texts["en"]) is (texts["en"] in SAME_EVERYWHERE), (language, texts["en"])


def test_the_same_words_in_english_are_the_same_in_every_language():
    said: dict[str, dict[str, str]] = {}
    for document in DOCUMENTS.values():
        for texts in every_text(document):
            assert said.setdefault(texts["en"], texts) == texts


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_two_english_texts_do_not_become_one(language):
    said: dict[str, str] = {}
    for document in DOCUMENTS.values():
        for texts in every_text(document):
            assert said.setdefault(texts[language], texts["en"]) == texts["en"]


ENDINGS = (".", "?", "!", ":")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_sentence_ends_as_one_in_every_language(name):
    for texts in every_text(DOCUMENTS[name]):
        for text in texts.values():
            assert text.endswith(ENDINGS) is texts["en"].endswith(ENDINGS), text
