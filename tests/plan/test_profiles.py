"""What profiles say of recording and calls, as the defaults of a plan: whose it is, and what cannot be one group."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from remoteready.check import profile as profiles
from remoteready.cli import run
from remoteready.cli.plan_options import wanted_scenario
from remoteready.cli.plan_profiles import FIELDS, added
from remoteready.exits import UnusableInput
from remoteready.plan.scenario import from_options
from remoteready.workload import Architecture, Place
from tests.audit.made import profile, rule

LEAST: dict[str, Any] = {"users": 10, "calls": Decimal(40), "minutes": Decimal(6)}
GUIDE = ["plan", "--users", "10", "--calls", "40", "--minutes", "6", "--monitors", "2"]


def planned(*names: str, **options: Any) -> Any:
    [group] = wanted_scenario(None, {**LEAST, **options, "profile": list(names)}).groups
    return group


def test_a_plan_takes_from_profiles_who_records_and_where_recordings_and_calls_go():
    group = planned("cisco-builtin-bridge", "calabrio-one-onprem", codec="g711")
    assert group.recording.architecture is Architecture.CISCO_BUILT_IN_BRIDGE
    assert group.recording.recorder is Place.ON_PREMISES
    assert planned("calabrio-one-cloud").recording.recorder is Place.CLOUD
    assert planned("8x8", codec="opus-24").voice.telephony is Place.CLOUD


@pytest.mark.parametrize("path", profiles.shipped_profiles(), ids=lambda path: path.stem)
def test_every_shipped_profile_says_only_what_a_plan_knows(path):
    one = profiles.load(str(path))
    fields = added([one])
    assert fields.keys() <= FIELDS.keys()
    options = {"--users": 10, "--calls": Decimal(4), "--minutes": Decimal(6), "--codec": "g711"}
    [group] = from_options(options, fields).groups
    for name, value in fields.items():
        assert value in {getattr(part, name, None) for part in (group.workload, group.recording, group.voice)}


def sized(id: str, *values: float) -> profiles.Profile:
    source = {"name": id, "checked": "2026-11-22"}
    numbers = [{"what": "screen_mb_per_minute", "value": value, "source": source} for value in values]
    return profile(id, rule("memory", "memory.total_gb", {"at_least": 4}), adds={"numbers": numbers})


def test_of_sizes_the_largest_counts_in_whatever_order_and_an_option_comes_first():
    assert added([sized("a", 1.5), sized("b", 2.5)]) == added([sized("b", 2.5), sized("a", 1.5)])
    assert added([sized("a", 1.5), sized("b", 2.5)]) == {"screen_mb_per_minute": Decimal("2.5")}
    options = {"--users": 10, "--calls": Decimal(4), "--minutes": Decimal(6), "--monitors": 3}
    [group] = from_options(options, {"monitors": 1}).groups
    assert group.workload.monitors == 3


@pytest.mark.parametrize(
    ("names", "more", "words"),
    [
        (
            ["calabrio-one-cloud", "calabrio-one-onprem"],
            {},
            "-p calabrio-one-onprem: has recorder on_premises, but cal",
        ),
        (["avaya-dmcc", "gateway-recording"], {}, "-p gateway-recording: has architecture gateway, but avaya-dmcc has"),
        (["cisco-builtin-bridge"], {}, "-p: the phone sends two more streams like its call; add --codec"),
        (["home-agent"], {}, "-p home-agent: says nothing of recordings or calls that a plan could take"),
        (["no-such"], {}, "no-such: no profile is called so"),
    ],
)
def test_profiles_that_no_group_can_be_planned_by_are_refused(names, more, words):
    with pytest.raises(UnusableInput) as caught:
        planned(*names, **more)
    assert str(caught.value).startswith(words)


def test_a_profile_is_not_for_a_scenario_which_has_its_own_groups():
    with pytest.raises(UnusableInput, match=r"^-p: not together with a scenario; change it in "):
        wanted_scenario("two-sites", {"profile": ["calabrio-one-cloud"]})


def test_what_was_taken_from_which_profile_is_said_and_explained_with_its_source(tmp_path: Path, capsys):
    out = tmp_path / "plan.json"
    assert run([*GUIDE, "-p", "calabrio-one-cloud", "-f", "json", "-o", str(out)]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "calabrio-one-cloud: in a scenario: workload: {audio_mb_per_minute: 0.48, screen_mb_per_minute: 1.5}" in told
    assert run([*GUIDE, "-p", "calabrio-one-cloud", "--explain"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "recording: {recorder: cloud} Work-from-home guide (Calabrio), checked on " in shown
