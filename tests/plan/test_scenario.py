"""Scenarios: what is shipped loads, and what cannot be planned with is refused in one line that says where and why."""

import copy
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from remoteready import files
from remoteready.exits import UnusableInput
from remoteready.plan import scenario
from remoteready.plan.scenario import Group, Link, Scenario
from remoteready.workload import Workload
from tests.complaints import complaint

SHIPPED = sorted(files.shipped("scenarios").glob("*.yaml"))
TEXT = next(path for path in SHIPPED if path.stem == "two-sites").read_text(encoding="utf-8")
GONE: Any = object()


def changed(path: Iterable[int | str], value: object) -> str:
    """The shipped scenario with one thing changed, as YAML text."""
    document = copy.deepcopy(yaml.safe_load(TEXT))
    *parents, last = path
    place = document
    for part in parents:
        place = place[part]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def refusal(content: str | bytes, folder: Path) -> str:
    """The line that a scenario is refused with: what stands where it points, and what it says about it."""
    path = folder / "my-plan.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return refused(path)


def refused(path: Path) -> str:
    with pytest.raises(UnusableInput) as caught:
        scenario.load(str(path))
    message = str(caught.value)
    assert not any(word in message for word in ("Input should", "instance of", "dictionary", "tuple", "pydantic"))
    return ": ".join(reversed(complaint(message, path))).removeprefix(": ")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_scenario_loads_by_its_name_and_by_its_path(path):
    assert scenario.load(path.stem) == scenario.load(str(path))


def test_numbers_in_a_scenario_keep_their_decimal_digits(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(changed(["groups", 0, "workload", "audio_mb_per_minute"], 0.1), encoding="utf-8")
    assert scenario.load(str(path)).groups[0].workload.audio_mb_per_minute == Decimal("0.1")


def test_a_file_saved_by_a_windows_editor_loads_the_same(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert scenario.load(str(path)) == scenario.load("two-sites")


SERVICE: list[Any] = ["groups", 0]
WORK = [*SERVICE, "workload"]
LYON = ["sites", "lyon"]
HALF = {"share": 0.5, "mbps": 5}

FIELDS: list[tuple[str, list[Any], Any, str]] = [
    ("unknown field", ["retention"], 90, "retention: 90: retention: unknown key; did you mean retention_days?"),
    ("field not text", [7], 90, "7: 90: 7: unknown key (there are: name, sites, groups, gateways, day_var"),
    ("unknown field of a group", [*SERVICE, "user"], 2, "user: 2: group 'service', user: unknown key; did you mean us"),
    ("unknown field of the work", [*WORK, "calls"], 2, "calls: 2: group 'service', workload.calls: unknown key (there"),
    ("unknown field of a link", [*LYON, "capacity"], 2, "sites.lyon.capacity: unknown key; did you mean capacity_mb"),
    ("field that would move the cursor", ["\x1b[2J\n"], 2, r"'\x1b[2J\n' has a control character"),
    ("field without end", ["x" * 5000], 2, "'xxxxxxxx"),
    ("negative users", [*SERVICE, "users"], -1, "group 'service', users: must be at least 0, not -1"),
    (
        "no number of users",
        [*SERVICE, "users"],
        float("nan"),
        "group 'service', users: must be a whole number, not nan",
    ),
    ("endless users", [*SERVICE, "users"], float("inf"), "group 'service', users: must be a whole number, not inf"),
    ("a trillion users", [*SERVICE, "users"], 10**12, "users: must be at most 10000000, not 1000000000000"),
    ("text for users", [*SERVICE, "users"], "many", "group 'service', users: must be a whole number, not 'many'"),
    ("half a user", [*SERVICE, "users"], 1.5, "group 'service', users: must be a whole number, not 1.5"),
    ("yes for users", [*SERVICE, "users"], True, "group 'service', users: must be a whole number, not true"),
    ("nothing for users", [*SERVICE, "users"], None, "group 'service', users: is empty; give it a value"),
    ("no number of calls", [*WORK, "calls_per_day"], float("nan"), "calls_per_day: must be a number to calculate with"),
    ("text for calls", [*WORK, "calls_per_day"], "forty", "workload.calls_per_day: must be a number, not 'forty'"),
    ("list for calls", [*WORK, "calls_per_day"], [40], "workload.calls_per_day: must be a number, not [40]"),
    ("digits for ever", [*WORK, "minutes_per_call"], "1e-999999", "minutes_per_call: must have at most 30 digits"),
    ("endless link", [*LYON, "capacity_mbps"], float("inf"), "sites.lyon.capacity_mbps: must be a number to calculate"),
    ("link of nothing", [*LYON, "capacity_mbps"], 0, "sites.lyon.capacity_mbps: must be more than 0, not 0"),
    ("share in per cent", [*LYON, "usable_share"], 75, "sites.lyon.usable_share: must be at most 1, not 75"),
    ("link is a number", LYON, 100, "sites.lyon: must hold fields, each on a line as name: value"),
    ("link without capacity", LYON, {}, "sites.lyon.capacity_mbps: is missing"),
    ("site called no", ["sites", False], None, "must be text; put quotes around it"),
    ("sites as a list", ["sites"], ["lyon", "krakow"], "sites: must hold fields, each on a line as name: value"),
    ("no sites", ["sites"], GONE, "sites: is missing"),
    (
        "unknown site",
        [*SERVICE, "site"],
        "paris",
        "paris: group 'service', site: 'paris' is not under sites (there are: lyon, krakow)",
    ),
    ("site is a number", [*SERVICE, "site"], 5, "group 'service', site: must be text; put quotes around it"),
    ("group without a name", [*SERVICE, "name"], GONE, "group number 1, name: is missing"),
    ("group with an empty name", [*SERVICE, "name"], "", "group number 1, name: must not be empty"),
    ("name without end", [*SERVICE, "name"], "x" * 5000, "name: must have at most 80 characters"),
    ("name is a date", ["name"], yaml.safe_load("2026-11-22"), "name: must be text; put quotes around it"),
    ("two groups of one name", [*SERVICE, "name"], "sales", "two groups are named 'sales'; give each its own name"),
    (
        "more talk than shift",
        [*WORK, "calls_per_day"],
        400,
        "400 calls of 6 minutes make 2400 minutes, but a shift of 8",
    ),
    ("shift longer than a day", [*SERVICE, "shift_hours"], 25, "group 'service', shift_hours: must be at most 24"),
    ("no work", WORK, GONE, "group 'service', workload: is missing"),
    ("empty work", WORK, None, "group 'service', workload: is empty; give it a value"),
    ("work without fields", WORK, {}, "{}: group 'service', workload.calls_per_day: is missing (and 1 more, on line"),
    ("work as a list", WORK, [40, 6], "group 'service', workload: must hold fields, each on a line as name: value"),
    ("group is a word", SERVICE, "service", "group number 1: must hold fields, each on a line as name: value"),
    ("groups by name", ["groups"], {"service": {}}, "groups: must be a list, each item on a line that begins with"),
    ("empty groups", ["groups"], [], "groups: must not be empty"),
    ("no groups", ["groups"], GONE, "groups: is missing"),
    (
        "tunnel that there is not",
        [*SERVICE, "vpn"],
        {"tunnel": "pptp"},
        "group 'service', vpn.tunnel: no tunnel is called 'pptp'; there are:",
    ),
    (
        "codec that there is not",
        [*SERVICE, "voice"],
        {"codec": "mp3"},
        "group 'service', voice.codec: no codec is called 'mp3'; there are:",
    ),
    (
        "gateways that are all spare",
        ["gateways"],
        {"head-end": {"count": 2, "spare": 2}},
        "gateways.head-end.spare: 2 spare of 2 leave none; give a smaller spare",
    ),
    ("home without a line", [*SERVICE, "home"], {}, "home: give one of uplink_mbps, uplinks and measured"),
    ("home with two lines", [*SERVICE, "home"], {"uplink_mbps": 5, "uplinks": [HALF]}, "home: give one of uplink_mbps"),
    (
        "half of the lines",
        [*SERVICE, "home"],
        {"uplinks": [HALF]},
        "home.uplinks: the shares make 0.5; they must make 1",
    ),
    ("line of nothing", [*SERVICE, "home"], {"uplink_mbps": 0}, "home.uplink_mbps: must be at least 0.001, not 0"),
    (
        "line without end",
        [*SERVICE, "home"],
        {"uplink_mbps": float("inf")},
        "uplink_mbps: must be a number to calculate",
    ),
    (
        "throttle without number",
        [*SERVICE, "upload"],
        {"throttle_kbps": float("nan")},
        "throttle_kbps: must be a number to",
    ),
    (
        "unknown way to upload",
        [*SERVICE, "upload"],
        {"when": "never"},
        "upload.when: must be 'as_recorded', 'at_once' or",
    ),
    (
        "at once over no line",
        [*SERVICE, "upload"],
        {"when": "at_once"},
        "give home.uplink_mbps or upload.throttle_kbps",
    ),
    ("deferred for ever", [*SERVICE, "upload"], {"when": "deferred"}, "'service', upload: window_hours is missing"),
    (
        "a window at once",
        [*SERVICE, "upload"],
        {"when": "as_recorded", "window_hours": 5},
        "need no window; leave it out",
    ),
    ("window inside the shift", [*SERVICE, "upload"], {"window_hours": 17}, "17 hours after a shift of 8 does not fit"),
    (
        "throttled while recorded",
        [*SERVICE, "upload"],
        {"when": "as_recorded", "throttle_kbps": 500},
        "what leaves as_recorded cannot be throttled; use at_once or deferred",
    ),
    ("no such codec", [*SERVICE, "voice"], {"codec": "mp3"}, "codec: no codec is called 'mp3'; there are: g711"),
    ("odd packet time", [*SERVICE, "voice"], {"codec": "g711", "ptime_ms": 25}, "codec: g711 is sent every 10, 20, 30"),
    ("no such tunnel", [*SERVICE, "vpn"], {"tunnel": "pptp"}, "tunnel: no tunnel is called 'pptp'; there are: none"),
    ("no such gateway", [*SERVICE, "vpn"], {"tunnel": "sstp", "gateway": "x"}, "gateway: 'x' is not under gateways"),
    ("bridge without calls", [*SERVICE, "recording"], {"architecture": "cisco_built_in_bridge"}, "give voice with its"),
    ("fewer people than users", [*SERVICE, "people"], 3, "people: 3 cannot be fewer than the 200 users"),
    ("only spare gateways", ["gateways"], {"head": {"count": 1, "spare": 1}}, "1 spare of 1 leave none"),
    ("gateway of nothing", ["gateways"], {"head": {"mbps": 0}}, "gateways.head.mbps: must be more than 0, not 0"),
    ("days that vary by more than themselves", ["day_variation"], 2, "day_variation: must be at most 1, not 2"),
    (
        "work after the call past the shift",
        [*WORK, "after_call_minutes"],
        7,
        "40 calls of 6 minutes and 7 after them make 520 minutes",
    ),
    ("no working days", ["working_days_per_month"], 0, "working_days_per_month: must be at least 1, not 0"),
    ("kept for ever", ["retention_days"], 10**6, "retention_days: must be at most 36525"),
]


@pytest.mark.parametrize(("path", "value", "words"), [row[1:] for row in FIELDS], ids=[row[0] for row in FIELDS])
def test_a_scenario_with_an_impossible_field_is_refused_by_its_name(path, value, words, tmp_path):
    assert words in refusal(changed(path, value), tmp_path)


FILES: list[tuple[str, str | bytes, str]] = [
    ("empty", "", "is empty"),
    ("only a comment", "# nothing here\n", "is empty"),
    ("a list", "- name: a\n- name: b\n", "must hold fields, each on a line as name: value"),
    ("a word", "hello\n", "must hold fields, each on a line as name: value"),
    ("a key twice", TEXT.replace("users: 200", "users: 200\n    users: 30"), "users: 30: the key users stands twice"),
    ("an alias", TEXT.replace("users: 60", "users: &n 60").replace("users: 25", "users: *n"), "&n 60: anchors (&)"),
    ("an anchor alone", TEXT.replace("name: Two", "name: &n Two"), "anchors (&) and aliases (*) are not supported"),
    ("an alias bomb", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "&a [x, x]: anchors (&) and aliases (*)"),
    ("tabs", TEXT.replace("    site: lyon", "\tsite: lyon"), "\tsite: lyon: not valid YAML: found a tab"),
    ("a colon too many", "name: a: b\n", "b: not valid YAML"),
    ("two documents", f"{TEXT}---\n{TEXT}", "not valid YAML"),
    ("a list as a key", f"{TEXT}? [a, b]\n: 1\n", "not valid YAML"),
    (
        "a day that never was",
        TEXT.replace("name: Two sites, agents at home", "name: 2026-13-41"),
        "2026-13-41: not valid YAML: '2026-13-41' cannot be read: month must be in 1..12",
    ),
    ("minutes and seconds", TEXT.replace("minutes_per_call: 6", "minutes_per_call: 5:30"), "write 5.5 for 5:30"),
    ("a leading zero", TEXT.replace("users: 200", "users: 0200"), "0200: YAML reads 0200 as another number"),
    ("a number without end", TEXT.replace("users: 200", f"users: {'9' * 5000}"), "not valid YAML"),
    ("binary", bytes(range(256)), "not UTF-8 text; save the file as UTF-8"),
    ("a zero byte", b"name: a\0b\n", "not valid YAML"),
    ("latin-1", "name: caf\xe9\n".encode("latin-1"), "\ufffd: not UTF-8 text; save the file as UTF-8"),
    ("utf-16", TEXT.encode("utf-16"), ": not UTF-8 text; save the file as UTF-8"),
    ("larger than 1 MB", "#" * 1_000_001, "larger than 1000 kB; this is not the file that was meant"),
    ("open brackets", "[" * 100_000, "[: nested more than 50 levels deep"),
    ("closed brackets", "[" * 100_000 + "]" * 100_000, "]: nested more than 50 levels deep"),
    ("nested maps", "{a: " * 100_000, "{a: : nested more than 50 levels deep"),
    ("a Python object", "name: !!python/object/apply:os.abort []\n", "apply:os.abort []: tags (!) are not supported"),
    (
        "a tag that changes nothing",
        TEXT.replace("users: 200", "users: !!int 200"),
        "!!int 200: tags (!) are not supported",
    ),
]


@pytest.mark.parametrize(("content", "words"), [row[1:] for row in FILES], ids=[row[0] for row in FILES])
def test_a_file_that_is_no_scenario_is_refused_by_the_place_that_is_wrong(content, words, tmp_path):
    assert words in refusal(content, tmp_path)


def test_a_folder_is_refused_as_a_folder(tmp_path):
    (tmp_path / "plan.yaml").mkdir()
    assert refused(tmp_path / "plan.yaml") == "is a folder; name a file in it"


def test_a_missing_file_is_refused_as_missing(tmp_path):
    assert refused(tmp_path / "plan.yaml") == "no such file or directory"


def test_a_name_that_nothing_is_called_lists_the_shipped_names():
    with pytest.raises(UnusableInput, match=r"^tow-sites: no scenario is called so, .*; did you mean two-sites\?"):
        scenario.load("tow-sites")


@given(st.binary(max_size=300) | st.text("[]{}:-?&*!|>#,'\"\n\t aé019.", max_size=60).map(str.encode))
def test_whatever_else_a_file_holds_it_is_refused_in_one_line(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any-bytes.yaml"
    path.write_bytes(content)
    assert refused(path)


def work(**given: Any) -> Workload:
    return Workload(**{"calls_per_day": Decimal(40), "minutes_per_call": Decimal(6), **given})


def group(**given: Any) -> Group:
    return Group(**{"name": "service", "site": "lyon", "users": 200, "workload": work(), **given})


def link(**given: Any) -> Link:
    return Link(**{"capacity_mbps": Decimal(100), **given})


def plan(**given: Any) -> Scenario:
    return Scenario(**{"name": "plan", "sites": {"lyon": None}, "groups": (group(),), **given})


DIRECT: list[tuple[Any, dict[str, Any], str]] = [
    (link, {"capacity_mbps": Decimal("NaN")}, "capacity_mbps: must be a number to calculate with, not NaN"),
    (link, {"capacity_mbps": Decimal("Infinity")}, "capacity_mbps: must be a number to calculate with, not Infinity"),
    (link, {"capacity_mbps": Decimal(0)}, "capacity_mbps: must be more than 0, not 0"),
    (link, {"capacity_mbps": Decimal("1e999999999")}, "capacity_mbps: must be at most 10000000"),
    (link, {"capacity_mbps": Decimal("1e-999999999")}, "capacity_mbps: must have at most 30 digits after the point"),
    (link, {"usable_share": Decimal("1.01")}, "usable_share: must be at most 1, not 1.01"),
    (group, {"users": -1}, "users: must be at least 0, not -1"),
    (group, {"users": 10**12}, "users: must be at most 10000000, not 1000000000000"),
    (group, {"shift_hours": Decimal(0)}, "shift_hours: must be more than 0, not 0"),
    (group, {"shift_hours": Decimal("-NaN")}, "shift_hours: must be a number to calculate with"),
    (
        group,
        {"shift_hours": Decimal("3.9")},
        "40 calls of 6 minutes make 240 minutes, but a shift of 3.9 hours has 234",
    ),
    (group, {"shift_hours": Decimal("3.999")}, "make 240 minutes, but a shift of 3.999 hours has 239.940; check calls"),
    (work, {"calls_per_day": Decimal(-1)}, "calls_per_day: must be at least 0, not -1"),
    (work, {"minutes_per_call": Decimal("sNaN")}, "minutes_per_call: must be a number to calculate with, not sNaN"),
    (work, {"monitors": 17}, "monitors: must be at most 16, not 17"),
    (work, {"screen_mb_per_minute": Decimal(1001)}, "screen_mb_per_minute: must be at most 1000, not 1001"),
    (plan, {"working_days_per_month": 32}, "working_days_per_month: must be at most 31, not 32"),
    (plan, {"retention_days": -1}, "retention_days: must be at least 0, not -1"),
    (plan, {"sites": {}}, "site: 'lyon' is not under sites (there are: none)"),
    (plan, {"groups": (group(), group())}, "two groups are named 'service'; give each its own name"),
]


@pytest.mark.parametrize(("make", "given", "words"), DIRECT)
def test_the_same_limits_hold_without_a_file(make: Any, given: Mapping[str, Any], words: str):
    with pytest.raises(UnusableInput) as caught:
        make(**given)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_shift_that_is_one_long_call_is_a_shift():
    assert group(shift_hours=Decimal(4)).workload == work()


OPTIONS = {"--users": 200, "--calls": Decimal(40), "--minutes": Decimal(6)}


def test_the_least_options_make_the_scenario_of_one_group_at_one_site():
    made = scenario.from_options(OPTIONS)
    [group] = made.groups
    assert (group.users, group.workload) == (200, Workload(calls_per_day=Decimal(40), minutes_per_call=Decimal(6)))
    assert made.sites == {group.site: None}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "give --users, --calls and --minutes, or name a scenario"),
        ({"--users": 2, "--calls": Decimal(40)}, "give --minutes, or name a scenario"),
        ({**OPTIONS, "--usable-share": Decimal("0.5")}, "--usable-share: is a share of --link-mbps; give both"),
        ({**OPTIONS, "--users": -1}, "--users: must be at least 0, not -1"),
        ({**OPTIONS, "--minutes": Decimal("NaN")}, "--minutes: must be a number to calculate with, not NaN"),
        ({**OPTIONS, "--minutes": Decimal("1e-999999999")}, "--minutes: must have at most 30 digits after the point"),
        ({**OPTIONS, "--link-mbps": Decimal(0)}, "--link-mbps: must be more than 0, not 0"),
        ({**OPTIONS, "--codec": "mp3"}, "--codec: no codec is called 'mp3'"),
        ({**OPTIONS, "--tunnel": "pptp"}, "--tunnel: no tunnel is called 'pptp'"),
        ({**OPTIONS, "--uplink-mbps": Decimal(-1)}, "--uplink-mbps: must be at least 0.001, not -1"),
        ({**OPTIONS, "--window-hours": Decimal(20)}, "a window of 20 hours after a shift of 8 does not fit into a day"),
        ({**OPTIONS, "--days-per-month": 32}, "--days-per-month: must be at most 31, not 32"),
    ],
)
def test_options_that_cannot_be_planned_with_are_refused_by_the_name_of_the_option(options, words):
    with pytest.raises(UnusableInput) as caught:
        scenario.from_options(options)
    assert words in str(caught.value)
