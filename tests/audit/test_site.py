"""The site file and the command line around it: roles, what fills variables in, what is refused, what is shown."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from remoteready.check import site as sites
from remoteready.cli import run
from remoteready.exits import UnusableInput
from remoteready.report import contents
from tests.audit.made import rule

HOSTS = Path(__file__).parents[1] / "hosts"
READY = str(HOSTS / "debian-12-wired-usb-headset" / "snapshot.yaml")
WEBCAM = str(HOSTS / "debian-12-webcam-only-microphone" / "snapshot.yaml")
SITE: dict[str, Any] = {
    "id": "lyon",
    "checked": "2026-11-20",
    "profiles": ["home-agent"],
    "roles": {"agent": {"profiles": ["vendor.yaml"], "vpn": "needed"}, "planner": {}},
    "define": {"contact_centre": "desk.example.com:443"},
    "waivers": [{"rule": "camera", "reason": "Ordered", "by": "M. Dupont", "until": "2100-01-01"}],
    "consent": {"en": "We keep reports for 30 days."},
}
VENDOR: dict[str, Any] = {
    "id": "vendor",
    "version": "1",
    "title": {"en": "A vendor"},
    "description": {"en": "Needs a host"},
    "variables": {"platform": {"meaning": {"en": "The platform"}, "example": "p.example.com:443"}},
    "targets": {"platform": {"address": "{platform}"}},
    "unpublished": [{"en": "How much it uploads."}],
    "rules": [
        rule("platform-reachable", "target.platform.reachable", {"equals": True}),
        rule("memory-of-vendor", "memory.total_gb", {"at_least": 2}),
    ],
}

WORK = {"calls_per_day": 40, "minutes_per_call": 6, "monitors": 2}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a site file and the profile of a vendor beside it."""
    write(tmp_path, SITE)
    (tmp_path / "vendor.yaml").write_text(json.dumps(VENDOR), encoding="utf-8")
    return tmp_path


def write(folder: Path, document: dict[str, Any]) -> str:
    path = folder / "site.yaml"
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def checked(folder: Path, capsys: Any, *arguments: str) -> dict[str, Any]:
    run(["check", "--from", READY, "--site", str(folder / "site.yaml"), "--format", "json", *arguments])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def test_a_role_brings_its_profiles_and_the_vpn_beside_those_of_everybody(folder, capsys):
    agent = checked(folder, capsys, "--role", "agent")
    assert [one["id"] for one in agent["profiles"]] == ["home-agent", "vendor"]
    assert (agent["site"]["id"], agent["role"]) == ("lyon", "agent")
    rules = {one["rule"]: one for one in agent["findings"]}
    assert rules["vpn-connected"]["whose"] == "lyon"
    assert rules["memory-of-vendor"]["covers"] == []  # the shipped one asks for more, but only as a should
    planner = checked(folder, capsys, "--role", "planner")
    assert [one["id"] for one in planner["profiles"]] == ["home-agent"]
    assert "vpn-connected" not in {one["rule"] for one in planner["findings"]}


def test_the_site_file_fills_variables_in_and_the_command_line_comes_first(folder, capsys):
    def reached(*arguments: str) -> str:
        report = checked(folder, capsys, "--role", "planner", *arguments)
        [found] = [one for one in report["findings"] if one["rule"] == "contact-centre-reachable"]
        return str(found["reason"])

    assert reached() == "connect desk.example.com 443 was not recorded"
    assert reached("-D", "contact_centre=other.example.com:443") == "connect other.example.com 443 was not recorded"


def test_a_profile_on_the_command_line_is_added_to_those_of_the_site(folder, capsys):
    report = checked(folder, capsys, "--role", "planner", "-p", str(folder / "vendor.yaml"))
    assert [one["id"] for one in report["profiles"]] == ["home-agent", "vendor"]


def test_the_site_file_may_stand_among_the_profiles_which_it_is_told_apart_from(folder, capsys):
    at = f"{folder}/./site.yaml"
    run(["check", "--from", READY, "-p", "home-agent", "-p", at, "--role", "planner", "--format", "json"])
    assert json.loads(capsys.readouterr().out)["site"]["id"] == "lyon"
    (folder / "site.yaml").write_text(json.dumps({"id": "lyon", "checked": "2026-11-20", "workload": WORK}), "utf-8")
    assert run(["profile", "validate", at]) == 0
    assert run(["profile", "show", "home-agent", at]) == 0
    assert "upload-for-work" in capsys.readouterr().out


REFUSED: list[tuple[str, dict[str, Any], list[str], str]] = [
    ("no such role", {}, ["--role", "agnt"], "--role agnt: site lyon has no such role; did you mean agent?"),
    (
        "no role, and only roles have profiles",
        {"profiles": []},
        [],
        "site lyon has roles: name one with --role (there are: agent, planner)",
    ),
    ("no role", {}, [], "site lyon has roles: name one with --role (there are: agent, planner)"),
    (
        "a limit that no desk can meet",
        {"limits": [{"fact": "memory.total_gb", "limit": {"at_most": 1}, "reason": {"en": "x"}}]},
        ["--role", "planner"],
        "limits.0.limit: no desk can meet it beside home-agent/memory; change it, or waive that rule",
    ),
    (
        "a waiver of nothing",
        {"waivers": [{**SITE["waivers"][0], "rule": "camra"}]},
        ["--role", "planner"],
        "waivers.0.rule: no profile of this site has a rule camra; did you mean camera?",
    ),
    (
        "a variable of nothing",
        {"define": {"contact_center": "x:1"}},
        ["--role", "planner"],
        "define.contact_center: no profile of this site has such a variable; did you mean contact_centre?",
    ),
    ("a misspelt field", {"rolls": {}}, [], "rolls: unknown key; did you mean roles?"),
    ("no date", {"checked": None}, [], "checked: is empty; give it a value"),
    (
        "a limit on nothing",
        {"limits": [{"fact": "headset.lnk", "limit": {"equals": "usb"}, "reason": {"en": "x"}}]},
        [],
        "nothing is called 'headset.lnk'; did you mean headset.link?",
    ),
    (
        "two limits on one fact",
        {"limits": [{"fact": "headset.link", "limit": {"equals": "usb"}, "reason": {"en": "x"}}] * 2},
        [],
        "headset.link stands twice; decide once",
    ),
    (
        "no such profile",
        {"profiles": ["home-agnt"]},
        [],
        "profiles.0: home-agnt: no profile is called so, and no file; did you mean home-agent?",
    ),
]


@pytest.mark.parametrize(
    ("fields", "arguments", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_cannot_be_meant_is_refused_in_one_line(folder, capsys, fields, arguments, words):
    path = write(folder, {**SITE, **json.loads(json.dumps(fields))})
    assert run(["check", "--from", READY, "--site", path, *arguments]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1


def test_a_waiver_of_a_rule_that_only_another_role_has_is_no_stray(folder, capsys):
    waivers = [{**SITE["waivers"][0], "rule": "vendor/memory-of-vendor"}]
    write(folder, {**SITE, "waivers": waivers})
    assert checked(folder, capsys, "--role", "planner")["verdict"]


def test_a_site_is_no_profile_and_a_profile_no_site(folder, capsys):
    site, vendor = str(folder / "site.yaml"), str(folder / "vendor.yaml")
    assert run(["plan", "--users", "2", "--calls", "4", "--minutes", "6", "-p", site]) == 2
    assert run(["check", "--site", site, "-p", f"{folder}/./site.yaml"]) == 2
    assert run(["check", "--site", vendor]) == 2
    assert run(["check", "--role", "agent"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"remoteready: {site}: is a site file, not a profile; give it with --site {site}",
        f"remoteready: -p {folder}/./site.yaml: is a site file, too; give one only",
        f"remoteready: {vendor}: is a profile, not a site file; give it with -p {vendor}",
        "remoteready: --role agent: needs the site file that has this role; add --site FILE",
    ]


def test_a_variable_that_must_be_filled_in_stops_a_live_check_but_not_that_of_a_recorded_desk(folder, capsys):
    vendor = str(folder / "vendor.yaml")
    assert run(["check", "-p", vendor]) == 2
    assert "profile vendor needs platform – The platform: add -D platform=p.example.com:443" in capsys.readouterr().err
    assert run(["check", "--from", READY, "-p", vendor]) == 3
    assert "not named; to check it, add -D platform=p.example.com:443" in " ".join(capsys.readouterr().out.split())


def test_profiles_beside_the_site_file_are_found_from_anywhere(folder):
    with contextlib.chdir(folder.parent):
        assert sites.load(f"{folder.name}/site.yaml").roles["agent"].profiles == (f"{folder.name}/vendor.yaml",)


def test_a_file_that_is_missing_is_refused_by_name(tmp_path):
    with pytest.raises(UnusableInput, match="no such file"):
        sites.load(str(tmp_path / "none.yaml"))


# --- what a report would hold ---------------------------------------------------------------------------------------


def places(value: Any, prefix: str = "") -> set[str]:
    """Every field of a JSON document, as `--show-data` writes them."""
    found = set()
    for name, inner in value.items():
        place = prefix + name
        if name == "facts":
            found |= {f"{place}.*"} | {one for fact in inner.values() for one in places(fact, f"{place}.*.")}
        elif isinstance(inner, dict) and name != "expected":
            found |= {place} | places(inner, f"{place}.")
        elif isinstance(inner, list):
            found |= {f"{place}[]"} | {one for item in inner for one in places(item, f"{place}[].")}
        else:
            found.add(place)
    return found


def test_the_fields_that_are_announced_are_those_of_a_report(folder, capsys):
    contradicting = {**VENDOR, "id": "other", "rules": [rule("m", "memory.total_gb", {"at_most": 1})]}
    contradicting |= {"variables": {}, "targets": {}}
    (folder / "other.yaml").write_text(json.dumps(contradicting), encoding="utf-8")
    (folder / "firm.yaml").write_text(
        json.dumps(
            {
                **contradicting,
                "id": "firm",
                "rules": [
                    rule("wifi", "network.link", {"equals": "wifi"}),
                    rule("microphone", "audio.microphone_allowed", {"equals": True}),
                ],
            }
        ),
        encoding="utf-8",
    )
    more = ["-p", str(folder / "other.yaml"), "-p", str(folder / "firm.yaml")]
    report = checked(folder, capsys, "--role", "agent", *more)
    assert set(contents.keys()) == places(report)
    assert all(contents.keys().values())


def test_showing_what_a_report_would_hold_looks_at_nothing_and_has_the_words_of_the_site(folder, capsys):
    site = ["--site", str(folder / "site.yaml"), "--role", "agent"]
    assert run(["check", "--show-data", *site]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "We keep reports for 30 days." in shown
    assert "What is never in it - Serial numbers" in shown
    report = checked(folder, capsys, "--role", "agent")
    assert all(fact in shown for fact in report["facts"])
    assert run(["check", "--show-data", "--format", "json"]) == 2


def test_a_report_holds_no_more_than_was_shown_also_in_the_spool_and_with_a_name_a_role_and_answers(folder, capsys):
    asking = rule("quiet", ask={"en": "Is it quiet?"}, valid_days=30)
    (folder / "vendor.yaml").write_text(json.dumps({**VENDOR, "rules": [*VENDOR["rules"], asking]}), encoding="utf-8")
    write(folder, {**SITE, "profiles": [], "waivers": [], "define": {}, "workload": WORK})
    spool = folder / "spool"
    arguments = ["check", "--site", str(folder / "site.yaml"), "--role", "agent", "--spool", str(spool), "--quick"]
    assert run([*arguments, "--agent", "jane.doe", "--show-data"]) == 0
    shown = capsys.readouterr().out.split()
    assert not spool.exists()
    run([*arguments, "--agent", "jane.doe"])
    [laid] = spool.iterdir()
    report = json.loads(laid.read_text(encoding="utf-8"))
    assert (report["agent"], report["role"]) == ("jane.doe", "agent")
    assert {"attested.quiet", "monitors.count", "workload.lyon.upload_headroom_ratio"} <= report["facts"].keys()
    assert {*report["facts"], *places(report)} <= set(shown)


# --- show and diff --------------------------------------------------------------------------------------------------


def test_several_profiles_are_shown_as_one_with_the_origin_of_every_limit(folder, capsys):
    vendor = str(folder / "vendor.yaml")
    assert run(["profile", "show", "home-agent", vendor]) == 0
    named = capsys.readouterr().out
    assert run(["profile", "show", "-p", "home-agent", "-p", vendor]) == 0
    assert capsys.readouterr().out == named
    assert "Vendor of memory-of-vendor, checked on 2026-11-22 · vendor" in named
    assert "How much it uploads." in named


def test_an_old_limit_is_marked_wherever_it_is_shown(folder, capsys):
    old = {**VENDOR, "rules": [rule("memory", "memory.total_gb", {"at_least": 2})], "variables": {}, "targets": {}}
    old["rules"][0]["source"]["checked"] = "2025-11-21"
    (folder / "vendor.yaml").write_text(json.dumps(old), encoding="utf-8")
    vendor = str(folder / "vendor.yaml")
    run(["profile", "show", vendor])
    assert "Vendor of memory, checked on 2025-11-21: verify" in capsys.readouterr().out
    for arguments in ([], ["--format", "html"], ["--explain", "memory"]):
        run(["check", "--from", READY, "-p", vendor, *arguments])
        assert "checked on 2025-11-21: verify" in capsys.readouterr().out


def test_a_difference_tells_what_only_one_has_and_where_limits_are_not_alike(folder, capsys):
    assert run(["profile", "diff", "home-agent", str(folder / "vendor.yaml")]) == 0
    told = capsys.readouterr().out
    assert "Only in vendor\n  - target.platform.reachable  must equals true" in told
    assert "vendor: must at least 2 (Vendor of memory-of-vendor)" in told
    assert "targets only in vendor: platform" in told
    assert run(["profile", "diff", "home-agent", "home-agent"]) == 0
    assert "Only in" not in capsys.readouterr().out


def test_what_is_waived_is_shown_with_who_why_and_until_when(folder, capsys):
    write(folder, {**SITE, "waivers": [{**SITE["waivers"][0], "rule": "memory", "until": "2100-01-01"}]})
    arguments = ["check", "--from", WEBCAM, "--site", str(folder / "site.yaml"), "--role", "agent"]
    for more in ([], ["--format", "html"]):
        run([*arguments, *more])
        told = " ".join(capsys.readouterr().out.split())
        assert "Ordered – M. Dupont, until 2100-01-01" not in told  # it is met: no waiver is needed
    write(folder, {**SITE, "waivers": [{**SITE["waivers"][0], "rule": "processor"}]})
    for more in ([], ["--format", "html"]):
        run([*arguments, *more])
        assert "Ordered – M. Dupont, until 2100-01-01" in " ".join(capsys.readouterr().out.split())
