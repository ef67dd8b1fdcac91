"""What `remoteready profile` gives to those who write profiles: a start, line and column, a trial on machines."""

import csv
import json
import re
from contextlib import chdir
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest
import yaml

from remoteready import cli, files
from remoteready.check import profile, remarks, site, starters, trials
from remoteready.exits import UnusableInput
from tests import schemas
from tests.complaints import complaint

HOSTS = Path(__file__).parents[1] / "hosts"
DAY = date(2026, 11, 23)
READY, NOT_READY, UNDETERMINED = (
    HOSTS / name / "snapshot.yaml"
    for name in ("debian-12-wired-usb-headset", "debian-12-webcam-only-microphone", "windows-server-2022-rdp")
)


class Said(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def say(capsys, tmp_path):
    """Run a command line in an empty folder: its exit code and what it said."""

    def run(*arguments: object) -> Said:
        code = cli.run([str(one) for one in arguments])
        return Said(code, *capsys.readouterr())

    with chdir(tmp_path):
        yield run


# profile new


def test_the_starter_is_a_profile_that_can_be_used_and_shows_every_matcher_and_every_part(tmp_path):
    text = starters.new_profile("our-desks", DAY)
    (tmp_path / "our-desks.yaml").write_text(text, encoding="utf-8")
    made = profile.load(str(tmp_path / "our-desks.yaml"))
    assert made.id == "our-desks"
    assert {one.limit.matcher for one in made.rules if not one.ask} == {*profile.Limit.model_fields}
    assert {one.level.value for one in made.rules} == {"must", "should"}
    assert {one.source.checked for one in made.rules} == {DAY}
    assert any(one.ask for one in made.rules)
    for part in ("remediation", "variables", "targets", "it:", "windows:", "fr:", "url:", "-p home-agent -p our-desks"):
        assert part in text


def test_the_starter_of_a_site_file_can_be_used_and_shows_every_part(tmp_path):
    text = starters.new_site("our-site", DAY)
    (tmp_path / "our-site.yaml").write_text(text, encoding="utf-8")
    made = site.load(str(tmp_path / "our-site.yaml"))
    assert (made.id, made.checked) == ("our-site", DAY)
    told = {*made.model_fields_set, *re.findall(r"^# (\w+):", text, re.MULTILINE)}
    assert told == {*site.Site.model_fields} - {"workload"}  # `plan export-workload` writes that
    uncommented = re.sub(r"^# (waivers:|  - \{rule|consent:)", r"\1", text, flags=re.MULTILINE)
    (tmp_path / "our-site.yaml").write_text(uncommented, encoding="utf-8")
    assert site.load(str(tmp_path / "our-site.yaml")).waivers[0].rule == "disk-encrypted"


@pytest.mark.parametrize("option", [[], ["--site"], ["--from", "goto-agent"]], ids=str)
def test_what_new_writes_validates_and_is_never_overwritten_unless_told(say, option):
    written = say("profile", "new", "mine", *option)
    assert (written.code, written.out) == (0, "")
    assert "remoteready profile validate mine.yaml" in written.err
    valid = say("profile", "validate", "mine.yaml")
    assert (valid.code, "mine" in valid.out) == (0, True)
    Path("mine.yaml").write_text("of my own", encoding="utf-8")
    again = say("profile", "new", "mine", *option)
    assert (again.code, again.out) == (2, "")
    assert "mine.yaml: is already there" in again.err
    assert Path("mine.yaml").read_text(encoding="utf-8") == "of my own"
    assert say("profile", "new", "mine", *option, "--overwrite").code == 0
    assert say("profile", "validate", "mine.yaml").code == 0


@pytest.mark.parametrize(
    ("arguments", "file", "id"),
    [
        ([], "our-desks.yaml", "our-desks"),
        (["--site"], "our-site.yaml", "our-site"),
        (["mine"], "mine.yaml", "mine"),
        (["mine.yaml"], "mine.yaml", "mine"),
        (["-o", "mine.yml"], "mine.yml", "mine"),
        (["mine", "-o", "Other name.yaml"], "Other name.yaml", "mine"),
    ],
)
def test_a_file_is_called_like_its_profile_unless_told_otherwise(say, arguments, file, id):
    assert say("profile", "new", *arguments).code == 0
    assert [path.name for path in Path().iterdir()] == [file]
    assert files.read_yaml(Path(file))["id"] == id


def test_a_copy_differs_from_its_profile_in_the_id_alone():
    original = files.read_text(files.find("goto-agent", "", "profile"))
    copy = starters.copied_profile("goto-agent", "mine")
    assert copy.replace("id: mine", "id: goto-agent") == original


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["home-agent"], "a profile of this name is shipped"),
        (["Our desks"], "'Our desks': is no name"),
        (["-o", "no/such/folder/mine.yaml"], "does not exist"),
        (["mine", "--from", "goto-agnet"], "did you mean goto-agent?"),
        (["mine", "--from", "goto-agent", "--site"], "leave out --site"),
    ],
)
def test_what_cannot_be_begun_is_said_in_one_line_and_nothing_is_written(say, arguments, words):
    said = say("profile", "new", *arguments)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert words in said.err
    assert not list(Path().iterdir())


# profile validate


def test_every_file_is_told_about_and_one_that_cannot_be_used_makes_exit_code_2(say):
    Path("good.yaml").write_text(starters.new_profile("good", DAY), encoding="utf-8")
    Path("bad.yaml").write_text(starters.new_profile("bad", DAY).replace("one_of:", "one_off:"), encoding="utf-8")
    said = say("profile", "validate", "nosuch.yaml", "bad.yaml", "good.yaml", "home-agent")
    assert said.code == 2
    assert [line.partition(":")[0] for line in said.out.splitlines()] == ["good.yaml", "home-agent"]
    missing, bad, remark = said.err.splitlines()
    assert missing == "nosuch.yaml: no such file or directory"
    told = complaint(bad, Path("bad.yaml"))
    assert told.words == "rule 'wired-network', limit.one_off: unknown key; did you mean one_of?"
    assert told.at == "one_off: [wired]}"
    assert complaint(remark, Path("good.yaml")).words == "worth a look: title: as all texts here, is in English only"


def test_a_site_file_is_held_against_its_profiles(say):
    Path("our-site.yaml").write_text(starters.new_site("our-site", DAY), encoding="utf-8")
    assert say("profile", "validate", "our-site.yaml").code == 0
    for wrong, place in (
        ("home-agent]", "profiles.0: home-agnet]"),
        ("vpn_gateway:", "define.vpn_gatway: no profile"),
        ("headset.link", "limits.0.fact: nothing"),
    ):
        meant = {"home-agent]": "home-agnet]", "vpn_gateway:": "vpn_gatway:", "headset.link": "headset.lnk"}[wrong]
        text = starters.new_site("our-site", DAY).replace(wrong, meant)
        Path("our-site.yaml").write_text(text, encoding="utf-8")
        said = say("profile", "validate", "our-site.yaml")
        told = complaint(said.err.rstrip("\n"), Path("our-site.yaml"))
        assert (said.code, said.out) == (2, "")
        assert told.words.startswith(place.removesuffix("]"))
        assert "did you mean" in told.words
        assert told.at.startswith(meant.rstrip("]:"))


def changed(**change: Any) -> str:
    document = yaml.safe_load(starters.new_profile("mine", DAY))
    return yaml.safe_dump({**document, **change}, allow_unicode=True)


def test_old_limits_and_lacking_languages_are_remarked_once_with_the_place_of_the_first(tmp_path):
    text = starters.new_profile("mine", DAY)
    assert text.count(f"checked: {DAY}") == 5
    for old in ("2024-02-03", "2023-01-01"):
        text = text.replace(f"checked: {DAY}", f"checked: {old}", 1)
    text = text.replace("title: {en: Memory}", "title: {en: Memory, fr: Mémoire}")
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    found = remarks.remarks(profile.load(str(path)), DAY)
    assert [one.words for one in found] == [
        "was last looked at on 2023-01-01, as 1 more than a year ago: look at the source again",
        "has no fr, like 21 more of 23 texts: who reads that language reads English there",
    ]
    assert [complaint(f"{files.place(path, one.at)}: x", path).at for one in found] == [
        "2023-01-01}",
        "{en: Our desks}",
    ]


def test_a_limit_of_a_year_ago_to_the_day_is_not_old_yet(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(starters.new_profile("mine", date(2025, 11, 23)), encoding="utf-8")
    made = profile.load(str(path))
    assert not [one for one in remarks.remarks(made, DAY) if "looked at" in one.words]
    assert [one for one in remarks.remarks(made, date(2026, 11, 24)) if "looked at" in one.words]


def test_a_waiver_that_has_ended_is_remarked(tmp_path):
    waivers = "waivers: [{rule: firewall, reason: x, by: y, until: 2026-11-22}]\n"
    path = tmp_path / "our-site.yaml"
    path.write_text(f"id: us\nchecked: 2026-11-20\n{waivers}", encoding="utf-8")
    [remark] = remarks.remarks(site.load(str(path)), DAY)
    assert remark == (("waivers", 0, "until"), "ended on 2026-11-22: firewall counts again")


# profile test


@pytest.mark.parametrize(
    ("machines", "code"),
    [
        ([READY], 0),
        ([READY, UNDETERMINED], 3),
        ([READY, UNDETERMINED, NOT_READY], 1),
        ([NOT_READY, Path("nosuch.yaml"), READY], 2),
    ],
)
def test_the_exit_code_is_that_of_the_worst_machine(say, machines, code):
    for format in ("console", "json", "csv"):
        said = say("profile", "test", "home-agent", *machines, "--format", format)
        assert said.code == code
        assert "debian-12-wired-usb-headset" in said.out


def test_each_recorded_machine_is_judged_as_check_judges_it(say):
    machines = sorted(HOSTS.glob("*/snapshot.yaml"))[::4]
    tested = json.loads(say("profile", "test", "home-agent", *machines, "--format", "json").out)
    jsonschema.Draft202012Validator(schemas.published()["profile-test-1.json"]).validate(tested)
    assert [one["file"] for one in tested["machines"]] == [str(path) for path in machines]
    for one in tested["machines"]:
        report = json.loads(say("check", "-p", "home-agent", "--from", one["file"], "--format", "json").out)
        assert one["verdict"] == report["verdict"]
        status = {finding["rule"]: (finding["status"], finding["level"]) for finding in report["findings"]}
        assert one["must_not_met"] == [rule for rule in status if status[rule][0] == "fail"]
        assert one["should_not_met"] == [rule for rule in status if status[rule][0] == "warn"]
        assert one["must_unknown"] == [rule for rule in status if status[rule] == ("unknown", "must")]
        assert one["should_unknown"] == [rule for rule in status if status[rule] == ("unknown", "should")]
        assert one["passed"] == [rule for rule in status if status[rule][0] == "pass"]


def test_a_table_has_a_row_for_each_machine_and_what_makes_its_verdict(say):
    said = say("profile", "test", "home-agent", READY, NOT_READY, "nosuch.yaml", "--format", "csv", "-o", "all.csv")
    assert said.out == ""
    rows = list(csv.DictReader(StringIO(Path("all.csv").read_text(encoding="utf-8"))))
    assert [(one["machine"], one["verdict"]) for one in rows] == [
        ("debian-12-wired-usb-headset", "ready"),
        ("debian-12-webcam-only-microphone", "not_ready"),
        ("nosuch", "unusable"),
    ]
    assert rows[1]["must_not_met"].split() == ["headset-in-use", "not-only-webcam-microphone", "updates-known"]
    assert rows[2]["problem"] == "no such file or directory"


def test_a_folder_stands_for_the_snapshots_in_it_and_for_nothing_else(tmp_path):
    found = trials.machines([HOSTS])
    assert {one.file for one in found} == {*HOSTS.glob("*/snapshot.yaml")}
    assert [one.name for one in found] == sorted(path.parent.name for path in HOSTS.glob("*/snapshot.yaml"))
    assert trials.machines([READY.parent, READY]) == [(READY.parent.name, READY)]
    with pytest.raises(UnusableInput, match="has no snapshots"):
        trials.machines([tmp_path])


def test_a_file_in_a_folder_that_cannot_be_read_is_shown_and_one_that_is_something_else_is_not(say):
    Path("desks").mkdir()
    Path("desks/good.yaml").write_bytes(READY.read_bytes())
    Path("desks/profile.yaml").write_text(starters.new_profile("own", DAY), encoding="utf-8")
    Path("desks/cut.yaml").write_bytes(READY.read_bytes()[:2000] + b"\xff")
    said = say("profile", "test", "home-agent", "desks", "--format", "csv")
    rows = {one["machine"]: one for one in csv.DictReader(StringIO(said.out))}
    assert said.code == 2
    assert {name: one["verdict"] for name, one in rows.items()} == {"cut": "unusable", "good": "ready"}
    assert re.match(r"\d+:\d+: not UTF-8 text", rows["cut"]["problem"])


def test_machines_of_one_name_are_told_apart_by_their_files(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    paths = [tmp_path / "a" / "desk.yaml", tmp_path / "b" / "desk.yaml"]
    assert [one.name for one in trials.machines(paths)] == [str(path) for path in paths]


def test_profiles_a_site_and_variables_are_those_of_check(say):
    Path("our-site.yaml").write_text(starters.new_site("our-site", DAY), encoding="utf-8")
    Path("own.yaml").write_text(starters.new_profile("own", DAY), encoding="utf-8")
    judged = ["own.yaml", READY, "-p", "goto-agent", "--site", "our-site.yaml", "--role", "agent"]
    said = json.loads(say("profile", "test", *judged, "--format", "json").out)
    assert [one["id"] for one in said["profiles"]] == ["home-agent", "own", "goto-agent"]
    assert (said["site"], said["role"]) == ("our-site", "agent")
    wrong = say("profile", "test", "home-agent", READY, "-D", "vpn_gatway=x:1")
    assert (wrong.code, wrong.out) == (2, "")
    assert "did you mean vpn_gateway?" in wrong.err


# profile schema


@pytest.mark.parametrize(("option", "name"), [([], "profile.json"), (["--site"], "site.json")])
def test_the_schema_is_the_published_one_and_can_be_put_beside_a_file(say, option, name):
    published = (schemas.FOLDER / name).read_text(encoding="utf-8")
    assert json.loads(say("profile", "schema", *option).out) == json.loads(published)
    said = say("profile", "schema", *option, "-o", "schema.json")
    assert "# yaml-language-server: $schema=schema.json" in said.err
    assert Path("schema.json").read_text(encoding="utf-8") == say("profile", "schema", *option).out


RULES = yaml.safe_load(starters.new_profile("mine", DAY))["rules"]
BROKEN: list[dict[str, Any]] = [
    {"id": "Not a name"},
    {"titel": {"en": "x"}},
    {"version": 1},
    {"title": "x"},
    {"rules": []},
    {"rules": {"a": RULES[0]}},
    {"rules": [{**RULES[0], "level": "shall"}]},
    {"rules": [{**RULES[0], "limit": {"equal": True}}]},
    {"rules": [{**RULES[0], "limit": {"at_most": "many"}}]},
    {"rules": [{**RULES[0], "remediation": {"win": {"agent": {"en": "x"}}}}]},
    {"rules": [{name: value for name, value in RULES[0].items() if name != "fact"}]},
    {"rules": [{**RULES[0], "source": {"name": "us"}}]},
    {"rules": [{**RULES[0], "limit": {"at_most": 1, "at_least": 0}}]},
    {"rules": [{**RULES[0], "limit": {}}]},
    {"rules": [{**RULES[1], "fact": "network.lnk"}]},
    {"rules": [{**RULES[0], "fact": "target.contact-centre.up"}]},
    {"title": {"fr": "Postes"}},
    {"targets": {"x": {}}},
    {"variables": {"x": {"meaning": {"en": "x"}, "example": 5}}},
]


@pytest.mark.parametrize("change", BROKEN, ids=str)
def test_what_an_editor_marks_as_wrong_the_loader_refuses_too(change, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(changed(**change), encoding="utf-8")
    document = json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))
    assert list(jsonschema.Draft202012Validator(schemas.published()["profile.json"]).iter_errors(document))
    with pytest.raises(UnusableInput) as caught:
        profile.load(str(path))
    assert complaint(str(caught.value), path).at


SITES = Path(__file__).parents[1] / "sites"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("profile.json", starters.new_profile("mine", DAY)),
        ("site.json", starters.new_site("mine", DAY)),
        *(("site.json", path.read_text(encoding="utf-8")) for path in sorted(SITES.glob("*.yaml"))),
    ],
)
def test_editors_accept_starters_and_site_files(name, text):
    document = json.loads(json.dumps(yaml.safe_load(text), default=str))
    jsonschema.Draft202012Validator(schemas.published()[name]).validate(document)


# Misspelt names


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chek"], "Did you mean 'check'?"),
        (["check", "-p", "home-agnet"], "did you mean home-agent?"),
        (["check", "-D", "vpn_gatway=vpn.example.com:443"], "did you mean vpn_gateway?"),
        (["check", "--explain", "wired-netwrok"], "did you mean wired-network?"),
        (["check", "--profil", "home-agent"], "--profile"),
        (["plan", "tow-sites"], "did you mean two-sites?"),
        (["plan", "swep", "two-sites"], "did you mean plan sweep?"),
        (["profile", "shwo"], "Did you mean 'show'?"),
        (["profile", "show", "home_agent"], "did you mean home-agent?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_misspelt_name_is_answered_with_what_was_probably_meant(say, arguments, words):
    said = say(*arguments)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert words in said.err
