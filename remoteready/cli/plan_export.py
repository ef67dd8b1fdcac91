"""`remoteready plan export-workload`: what a plan counts on, as a site file that `check` holds every desk against."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remoteready import files
from remoteready.cli.output import OutputOption, deliver
from remoteready.exits import UnusableInput

if TYPE_CHECKING:
    from remoteready.check.work import AgentWork
    from remoteready.plan.demand import GroupDemand
    from remoteready.plan.scenario import Group, Scenario

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EPILOG = (
    "Examples: `remoteready plan export-workload home-lines -o site.yaml`, then `remoteready check --site site.yaml "
    "--role service -D reflector=site.example.com`; `remoteready plan export-workload home-lines --group claims`."
)
HEADROOM = 1.5
HOUR = "# Where the plan knows shifts or intervals, calls_per_day and minutes_per_call are those of the busiest hour.\n"


@app.command("export-workload", epilog=EPILOG)
def export_workload(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a shipped one.")],
    group: Annotated[
        str | None, typer.Option("--group", metavar="NAME", help="Of this group only; else a role for every group.")
    ] = None,
    headroom: Annotated[
        float,
        typer.Option("--headroom", metavar="N", min=1, max=100, help="How many times its need a line must upload."),
    ] = HEADROOM,
    output: OutputOption = None,
) -> None:
    """Write what one agent does, by the plan, into a site file: `check` then demands a line for it.

    What `check` demands is the need that the plan has for the agents of that group, with the monitors that a desk
    turns out to have, times the headroom.
    """
    from remoteready.plan import scenario as scenarios

    if output:
        files.check_writable(output)
    deliver(site_file(scenarios.load(scenario), group, headroom), output)


def site_file(scenario: "Scenario", group: str | None, headroom: float = HEADROOM) -> str:
    """The text of the site file. UnusableInput where there is no such group."""
    import yaml

    from remoteready.plan.demand import group_demand

    chosen = [one for one in scenario.groups if group in (None, one.name)]
    if not chosen:
        known = ", ".join(one.name for one in scenario.groups)
        raise UnusableInput(f"--group {files.named(group or '')}: the scenario has no such group (there are: {known})")
    document: dict[str, Any] = {"id": _kebab(scenario.name), "checked": datetime.now(UTC).date()}
    if len(chosen) == 1:
        document["workload"] = _fields(agent_work(chosen[0], headroom))
    else:
        document["profiles"] = ["home-agent"]
        document["roles"] = {_kebab(one.name): _role(one, headroom) for one in chosen}
        if len(document["roles"]) < len(chosen):
            raise UnusableInput("groups: two have the same name but for capitals and signs; give --group")
    role = "--role ROLE " if "roles" in document else ""
    needs = "".join(_need_line(one, planned_mbps(group_demand(one)), headroom) for one in chosen)
    return (
        f"# Written by `remoteready plan export-workload` from the scenario {files.shown(scenario.name)}.\n"
        f"# Judge a desk by it: remoteready check --site THIS-FILE {role}-D reflector=site.example.com\n"
        "# What the plan needs of the uplink of one agent's home, on average or, as recorded, during a call:\n"
        f"{needs}"
        f"{HOUR if any(map(_by_its_hour, chosen)) else ''}"
        f"{yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)}"
    )


def _need_line(group: "Group", need: Fraction, headroom: float) -> str:
    from remoteready.report.words import at_least

    monitors = group.workload.monitors
    screens = f"{monitors} monitor{'' if monitors == 1 else 's'}"
    demanded = at_least(need * Fraction(str(headroom)), 3)
    return f"#   {_kebab(group.name)}: {at_least(need, 3)} Mbps with {screens}; a line must upload {demanded} Mbps\n"


def planned_mbps(part: "GroupDemand") -> Fraction:
    """What the plan needs of the uplink of one agent of a group, Mbps on the wire.

    The plan's own need of a line; without a line what it would be.
    """
    from remoteready.plan.supervision import home_mbps
    from remoteready.workload import When

    group, calls = part.group, part.calls
    if part.lines:
        return Fraction(part.lines[0].need.value)
    call = Fraction(calls.home_call_kbps.value) / 1000 if calls else Fraction(0)
    reserve = Fraction(group.home.reserve_mbps) if group.home else Fraction(0)
    sending = {When.AS_RECORDED: part.sending_mbps.value, When.AT_ONCE: part.each_mbps.value, When.DEFERRED: 0}
    recorded = sending[group.when] if part.recorded_calls.value else 0
    return call + reserve + Fraction(recorded) + Fraction(home_mbps(part.supervision))


def agent_work(group: "Group", headroom: float) -> "AgentWork":
    """What one agent of a group does, as a site file has it: with all monitors attached where screens are recorded.

    Where times are known it is an hour as the busiest of them, as in the plan. What supervisors who watch take of the
    line is in the reserve.
    """
    from remoteready.check.work import AgentWork
    from remoteready.plan import presence
    from remoteready.plan.demand import group_demand
    from remoteready.plan.supervision import home_mbps
    from remoteready.plan.timetable import exactly

    watched_mbps = exactly(Fraction(home_mbps(group_demand(group).supervision)))
    if _by_its_hour(group):
        group = presence.busiest(group)
    work = group.workload
    same = (
        "calls_per_day",
        "minutes_per_call",
        "after_call_minutes",
        "busy_hour_share",
        "recorded_share",
        "paused_share",
    )
    return AgentWork(
        **{name: getattr(work, name) for name in (*same, "audio_mb_per_minute", "screen_mb_per_minute")},
        shift_hours=group.shift_hours,
        monitors="attached" if work.monitors else 0,
        recording=group.recording,
        upload=replace(group.upload, when=group.when),
        voice=group.voice,
        vpn=replace(group.vpn, gateway=None) if group.vpn else None,
        reserve_mbps=(group.home.reserve_mbps if group.home else Decimal(0)) + watched_mbps,
        headroom_ratio=headroom,
    )


def _by_its_hour(group: "Group") -> bool:
    """Whether what leaves the home does so by the hour, and it is known which hour is the busiest."""
    from remoteready.workload import When

    return group.timed and group.when is not When.DEFERRED


def _role(group: "Group", headroom: float) -> dict[str, Any]:
    vpn = {"vpn": "needed"} if group.vpn else {}
    return {**vpn, "workload": _fields(agent_work(group, headroom))}


def _fields(work: "AgentWork") -> dict[str, Any]:
    """What differs from the defaults, and what a reader should see anyway, as plain data."""
    shown = {"shift_hours", "calls_per_day", "minutes_per_call", "monitors", "reserve_mbps", "headroom_ratio"}
    declared = type(work).model_fields
    values = {name: getattr(work, name) for name in declared}
    return {name: _plain(v) for name, v in values.items() if name in shown or v != declared[name].default}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if is_dataclass(value):
        return {one.name: _plain(v) for one in fields(value) if (v := getattr(value, one.name)) != one.default}
    if isinstance(value, Decimal):  # as a number where that says the same
        number = int(value) if value == value.to_integral_value() else float(value)
        return number if Decimal(str(number)) == value else str(value)
    return str(value) if isinstance(value, str) else value


def _kebab(name: str) -> str:
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")[:60].strip("-") or "site"
