"""Whole reports beside what they should be: tests/golden/<case>.<exit code>.<txt|json|html>.

`make golden` writes them anew; the diff is then to be read like code.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from math import inf
from pathlib import Path

import pytest
from rich.console import Console

from remoteready import files, language
from remoteready.check import audit, profile, site, snapshot, trials
from remoteready.check.collect import collect
from remoteready.check.combine import Combined, combine
from remoteready.check.findings import Report
from remoteready.measure.comparison import compare
from remoteready.plan import intervals as traffic
from remoteready.plan import report as plan_report
from remoteready.plan import scenario
from remoteready.plan.agreement import Row
from remoteready.plan.calibrate import Calibration, rate
from remoteready.plan.calibrate import to_json as calibrate_json
from remoteready.plan.sizing import Sizing, size
from remoteready.plan.staffing import Target, staff
from remoteready.plan.verify import Proof, Verification
from remoteready.plan.verify import to_json as verify_json
from remoteready.report import (
    calibration,
    console,
    contents,
    html,
    intervals,
    line,
    profiles,
    surroundings,
    verification,
)
from remoteready.report import trials as report_of_trials
from tests.fleet import asked
from tests.measure.lines import adsl, firewalled, outside_the_vpn, through_the_vpn

GOLDEN = Path(__file__).parent / "golden"
HOSTS = Path(__file__).parent / "hosts"
DESKS = {
    "ready": "debian-12-wired-usb-headset",
    "not-ready": "debian-12-webcam-only-microphone",
    "undetermined": "windows-server-2022-rdp",
}
TRANSLATED = (DESKS["not-ready"], "macos-26-vpn-bluetooth", "windows-11-home-fr-wifi-bluetooth")


TIME = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def desk(machine: str, chosen: Combined | None = None) -> Report:
    """The report of a recorded workstation, at a fixed time: by the profile for all desks, or by several."""
    host = snapshot.load(HOSTS / machine / "snapshot.yaml")
    chosen = chosen or combine([profile.load("home-agent")])
    facts = {
        name: fact.model_copy(update={"took_ms": 0.0})
        for name, fact in collect(host, chosen.wanted_facts({}), {}).items()
    }
    return audit.report(chosen, facts, host.system, {}, host=None, time=TIME)


def judged_together() -> dict[str, Combined]:
    """Profiles that contradict each other, and the same where a site file decides."""
    members = [profile.load(name) for name in ("home-agent", "zendesk-talk", "bright-pattern")]
    lyon = site.load(str(Path(__file__).parent / "sites" / "lyon.yaml"))
    return {"contradicting": combine(members), "site": combine(members, lyon, "agent", TIME.date())}


def combined() -> dict[str, str]:
    """A desk by several profiles and a site file, and what these demand."""
    out = {}
    for case, chosen in judged_together().items():
        report = desk(DESKS["not-ready"], chosen)
        code = int(report.verdict.exit_code)
        out[f"check-{case}.{code}.txt"] = console.check(report, paper(80))
        out[f"check-{case}-narrow-ascii.{code}.txt"] = console.check(report, paper(40, "ascii"))
        out[f"check-{case}.{code}.json"] = report.model_dump_json(indent=2) + "\n"
        out[f"check-{case}.{code}.html"] = html.check(report)
        out[f"profile-{case}.0.txt"] = profiles.show(chosen, TIME.date(), paper(80))
        out[f"profile-{case}-narrow-ascii.0.txt"] = profiles.show(chosen, TIME.date(), paper(40, "ascii"))
        out[f"data-{case}.0.txt"] = contents.console(chosen, paper(80))
    one, other = judged_together()["site"].profiles[1:]
    out["profile-difference.0.txt"] = profiles.difference(one, other, paper(80))
    return out


def trial() -> dict[str, str]:
    """What a profile says on all recorded workstations."""
    chosen = combine([profile.load("home-agent")])
    found = trials.trials(chosen, trials.machines([HOSTS]), lambda host: {}, TIME.date(), lambda done: None)
    stem, code = "profile-test", int(found.exit_code)
    return {
        f"{stem}.{code}.txt": report_of_trials.to_console(found, paper(80)),
        f"{stem}-narrow-ascii.{code}.txt": report_of_trials.to_console(found, paper(40, "ascii")),
    }


def paper(width: int, encoding: str = "utf-8") -> Console:
    return Console(file=console.Paper(encoding), width=width, highlight=False, markup=False, emoji=False)


def plans() -> dict[str, Sizing]:
    options = {
        "--users": 200,
        "--calls": Decimal(40),
        "--minutes": Decimal(6),
        "--monitors": 2,
        "--link-mbps": Decimal(100),
    }
    return {
        "plan-two-sites": size(scenario.load("two-sites")),
        "plan-home-lines": size(scenario.load("home-lines")),
        "plan-by-intervals": size(scenario.load("by-intervals")),
        "plan-options": size(scenario.from_options(options)),
    }


def rendered() -> dict[str, str]:
    """Every golden file by its name."""
    out = {}
    for machine in sorted(path.parent.name for path in HOSTS.glob("*/snapshot.yaml")):
        report = desk(machine)
        out[f"desk-{machine}.{int(report.verdict.exit_code)}.txt"] = console.check(report, paper(80))
    for case, machine in DESKS.items():
        report = desk(machine)
        stem = f"check-{case}"
        code = int(report.verdict.exit_code)
        out[f"{stem}-narrow-ascii.{code}.txt"] = console.check(report, paper(40, "ascii"))
        out[f"{stem}.{code}.json"] = report.model_dump_json(indent=2) + "\n"
        out[f"{stem}.{code}.html"] = html.check(report)
    for stem, sizing in plans().items():
        code = int(sizing.verdict.exit_code)
        out[f"{stem}.{code}.txt"] = console.plan(sizing, explain=True, console=paper(80))
        out[f"{stem}-narrow-ascii.{code}.txt"] = console.plan(sizing, explain=False, console=paper(40, "ascii"))
        out[f"{stem}.{code}.json"] = plan_report.to_json(sizing)
        out[f"{stem}.{code}.html"] = html.plan(sizing, explain=True)
    out["measure-adsl.0.txt"] = line.console(adsl(), paper(80))
    out["measure-adsl-narrow-ascii.0.txt"] = line.console(adsl(), paper(40, "ascii"))
    out["measure-adsl.0.json"] = line.to_json(adsl())
    return out | around() | asked.golden() | combined() | trial() | tables() | translated()


def translated() -> dict[str, str]:
    """Some of the desks in every language that there is, by one profile and by several, and a page of each."""
    chosen, several, out = profile.load("home-agent"), judged_together(), {}
    reports = {machine: desk(machine) for machine in TRANSLATED}
    together = {case: desk(DESKS["not-ready"], judged) for case, judged in several.items()}
    for name in language.available()[1:]:
        language.use(name)
        for machine, report in reports.items():
            shown = audit.translated(report, chosen.rules)
            out[f"desk-{machine}.{name}.{int(report.verdict.exit_code)}.txt"] = console.check(shown, paper(80))
        out[f"check-not-ready.{name}.1.html"] = html.check(audit.translated(reports[DESKS["not-ready"]], chosen.rules))
        for case, report in together.items():
            shown = audit.translated(report, several[case].whole.rules)
            out[f"check-{case}.{name}.{int(report.verdict.exit_code)}.txt"] = console.check(shown, paper(80))
            out[f"check-{case}.{name}.{int(report.verdict.exit_code)}.html"] = html.check(shown)
        out[f"data-site.{name}.0.txt"] = contents.console(several["site"], paper(80))
    language.use(language.FALLBACK)
    return out


def around() -> dict[str, str]:
    """A line with what lies around it, one where nobody reflects, and lines side by side."""
    outside, silent = outside_the_vpn(), firewalled()
    both = compare(outside, through_the_vpn())
    return {
        "measure-wifi.0.txt": line.console(outside, paper(80)),
        "measure-wifi-narrow-ascii.0.txt": line.console(outside, paper(40, "ascii")),
        "measure-wifi.0.json": line.to_json(outside),
        "measure-no-reflector.3.txt": line.console(silent, paper(80)),
        "measure-no-reflector-narrow-ascii.3.txt": line.console(silent, paper(40, "ascii")),
        "measure-no-reflector.3.json": line.to_json(silent),
        "compare-vpn.0.txt": surroundings.comparison(both, paper(80)),
        "compare-vpn-narrow-ascii.0.txt": surroundings.comparison(both, paper(40, "ascii")),
        "compare-vpn.0.json": surroundings.comparison_json(both),
        "compare-firewalled.3.txt": surroundings.comparison(compare(outside, silent), paper(80)),
    }


def tables() -> dict[str, str]:
    """What interval tables and recordings tell, and formulas beside a simulation."""
    found = replace(traffic.read(files.shipped("scenarios") / "by-intervals.csv"), file="by-intervals.csv")
    target = Target(service_level=0.8, shrinkage=0.3)
    agents = staff(found.day, found.step_minutes, target)
    rows = (
        Row("rate, 99 % of the time at most", "Mbps", 194.8, 194.3, 192.2, 196.3, 19.8),
        Row("time that uploads are slowed", "", 0.007, 0.03, 0.028, 0.032, 0.015),
        Row("mean upload at 9.791 Mbps", "s", inf, 180.2, -inf, inf, inf),
        Row("live uploads, 99 % of the time at most", "Mbps", 57.1, 50.2, 50.1, 50.3, 0.4, bound=True),
    )
    proved = Verification("Home lines", 1, (Proof("head-office", 2250.0, 201.8, rows),), ("claims",))
    sizes = [(f"call-{number}.wav", 2.4 + number % 3 / 50, 5.0) for number in range(9)]
    made = Calibration(
        "recordings",
        rate("audio_mb_per_minute", [*sizes, ("call-9.wav", 24.0, 5.0)]),
        rate("screen_mb_per_minute", [("screen-1.mp4", 15.0, 10.0)]),
        (("call-10.wav", "is damaged or cut off"),),
        3,
    )
    return {
        "intervals.0.txt": intervals.intervals(found, agents, target, paper(80)),
        "intervals-narrow-ascii.0.txt": intervals.intervals(found, agents, target, paper(40, "ascii")),
        "intervals.0.json": traffic.to_json(found, agents),
        "intervals.0.html": html.table(intervals.page(found, agents, target)),
        "verify.1.txt": verification.verification(proved, paper(80)),
        "verify-narrow-ascii.1.txt": verification.verification(proved, paper(40, "ascii")),
        "verify.1.json": verify_json(proved),
        "verify.1.html": html.table(verification.page(proved)),
        "calibrate.0.txt": calibration.calibration(made, paper(80)),
        "calibrate-narrow-ascii.0.txt": calibration.calibration(made, paper(40, "ascii")),
        "calibrate.0.json": calibrate_json(made),
        "calibrate.0.html": html.table(calibration.page(made)),
    }


RENDERED = rendered()

if os.environ.get("REMOTEREADY_GOLDEN") == "write":
    GOLDEN.mkdir(exist_ok=True)
    for old in GOLDEN.iterdir():
        old.unlink()
    for name, text in RENDERED.items():
        (GOLDEN / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", RENDERED)
def test_report_looks_as_agreed(name: str) -> None:
    assert RENDERED[name] == (GOLDEN / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("case", "machine"), DESKS.items())
def test_there_is_a_desk_for_every_verdict(case: str, machine: str) -> None:
    assert desk(machine).verdict == case.replace("-", "_")


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(RENDERED)


@pytest.mark.parametrize("name", [name for name in RENDERED if name.endswith(".txt")])
def test_no_line_is_wider_than_the_terminal(name: str) -> None:
    width = 40 if "narrow" in name else 80
    assert max(len(line) for line in RENDERED[name].splitlines()) <= width


@pytest.mark.parametrize("name", [name for name in RENDERED if "ascii" in name])
def test_a_terminal_without_unicode_gets_none(name: str) -> None:
    assert RENDERED[name].isascii()
