"""The options that describe one group of agents at one site, for commands that take them instead of a scenario."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remoteready import files
from remoteready.exits import UnusableInput


class PageFormat(StrEnum):
    """How rows look, where there is a page of them, too."""

    CONSOLE = "console"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


PageOption = Annotated[PageFormat, typer.Option("--format", "-f", help="How the result looks.")]

if TYPE_CHECKING:
    from remoteready.plan.scenario import Scenario


def number(text: str) -> Decimal:
    """A number as a person types it, kept exactly."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{text!r} is not a number; write 4.5 with a point") from None


def _option(flag: str, help: str) -> Any:
    return typer.Option(flag, parser=number, metavar="NUMBER", help=help)


def _text(flag: str, help: str) -> Any:
    return typer.Option(flag, metavar="NAME", help=help)


def _whole(flag: str, help: str) -> Any:
    return typer.Option(flag, metavar="N", help=help)


ScenarioName = Annotated[
    str | None, typer.Argument(metavar="[SCENARIO]", help="A scenario file, or the name of a shipped one.")
]
Users = Annotated[int | None, _whole("--users", "Agents who work on the same day.")]
Calls = Annotated[Decimal | None, _option("--calls", "Calls per agent and day.")]
Minutes = Annotated[Decimal | None, _option("--minutes", "Average length of a call, minutes.")]
Monitors = Annotated[int | None, _whole("--monitors", "Monitors recorded; 0, the default, is audio only.")]
ShiftHours = Annotated[Decimal | None, _option("--shift-hours", "Length of a shift, hours (8).")]
LinkMbps = Annotated[
    Decimal | None, _option("--link-mbps", "The site's link, Mbps; the exit code says whether it holds.")
]
UsableShare = Annotated[Decimal | None, _option("--usable-share", "Share of the link that may be filled, 0–1 (0.75).")]
BusyHourShare = Annotated[
    Decimal | None, _option("--busy-hour-share", "Share of a day's calls that come in the busy hour, 0–1.")
]
UplinkMbps = Annotated[
    Decimal | None, _option("--uplink-mbps", "The agents' own uplinks, Mbps: recordings leave after the call.")
]
ThrottleKbps = Annotated[
    Decimal | None, _option("--throttle-kbps", "Most that the upload of one agent may take, kbit/s.")
]
WindowHours = Annotated[
    Decimal | None, _option("--window-hours", "Upload in a window of so many hours after the shift.")
]
Codec = Annotated[str | None, _text("--codec", "Count calls: g711, g722, g729, opus-24 …")]
Tunnel = Annotated[str | None, _text("--tunnel", "VPN: wireguard, ipsec-gcm-nat, openvpn-udp …")]
Days = Annotated[int | None, _whole("--days-per-month", "Working days a month (21).")]
Retention = Annotated[int | None, _whole("--retention-days", "Days a recording is kept (90).")]
Copies = Annotated[int | None, _whole("--copies", "Copies of every recording (1).")]
Growth = Annotated[Decimal | None, _option("--growth-per-year", "How much more is recorded every year, 0.2 for 20 %.")]
DayVariation = Annotated[
    Decimal | None, _option("--day-variation", "Standard deviation ÷ mean of the load of whole days (0.09).")
]
Profiles = Annotated[
    list[str] | None,
    typer.Option(
        "--profile",
        "-p",
        metavar="NAME|FILE",
        help="How calls are recorded and where recordings go, as this profile says; may be repeated.",
    ),
]

FLAGS = {
    "users": "--users",
    "calls": "--calls",
    "minutes": "--minutes",
    "monitors": "--monitors",
    "shift_hours": "--shift-hours",
    "link_mbps": "--link-mbps",
    "usable_share": "--usable-share",
    "busy_hour_share": "--busy-hour-share",
    "uplink_mbps": "--uplink-mbps",
    "throttle_kbps": "--throttle-kbps",
    "window_hours": "--window-hours",
    "codec": "--codec",
    "tunnel": "--tunnel",
    "days": "--days-per-month",
    "retention": "--retention-days",
    "copies": "--copies",
    "growth": "--growth-per-year",
    "day_variation": "--day-variation",
}
"""The option of each parameter."""


def wanted_scenario(name: str | None, parameters: Mapping[str, Any]) -> "Scenario":
    """The scenario in a file, or of those parameters that are options and given. UnusableInput where both are.

    What no option says is as the profiles of `-p` have it.
    """
    from remoteready.plan import scenario

    profiles = parameters.get("profile")
    options = {flag: parameters[name] for name, flag in FLAGS.items() if parameters.get(name) is not None}
    if name is None:
        return scenario.from_options(options, _added(profiles, options) if profiles else {})
    if options or profiles:
        raise UnusableInput(f"{next(iter(options), '-p')}: not together with a scenario; change it in {name}")
    return scenario.load(name)


def _added(names: Sequence[str], options: Mapping[str, Any]) -> dict[str, Any]:
    from remoteready.cli import plan_profiles
    from remoteready.workload import Architecture

    fields = plan_profiles.added(plan_profiles.named(names))
    if not fields:
        named = ", ".join(map(files.named, names))
        raise UnusableInput(f"-p {named}: says nothing of recordings or calls that a plan could take; leave it out")
    if fields.get("architecture") is Architecture.CISCO_BUILT_IN_BRIDGE and "--codec" not in options:
        raise UnusableInput("-p: the phone sends two more streams like its call; add --codec, such as --codec g711")
    return fields
