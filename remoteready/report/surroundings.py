"""What lies around a measured line, and two measurements side by side, as a person reads them."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from remoteready.language import tr
from remoteready.report import console as paper

if TYPE_CHECKING:
    from remoteready.measure.call import Measurement
    from remoteready.measure.comparison import Comparison, Difference
    from remoteready.measure.surroundings import Legs, Network, Route
    from remoteready.measure.trips import RoundTrips

METHODS = {"stun": tr("STUN"), "icmp": tr("ICMP echo"), "tcp": tr("TCP connections")}
ROUTES = {
    "none": tr("no"),
    "split": tr("yes, but not the traffic to the internet"),
    "full": tr("yes, as all traffic does"),
}
MAPPINGS = {
    "none": tr("none"),
    "endpoint_independent": tr("the same outside port for all hosts, as calls like it"),
    "address_dependent": tr("another outside port for each host; direct calls may need a relay"),
    "address_and_port_dependent": tr("another outside port for each connection; direct calls need a relay"),
    "blocked": tr("the STUN server does not answer by UDP"),
    "unknown": tr("could not tell"),
}
ROWS = {
    "line.mos_idle": (tr("MOS, alone"), "", 1, 2),
    "line.mos_recording": (tr("MOS, beside a recording"), "", 1, 2),
    "line.mos_loaded": (tr("MOS, beside full uploads"), "", 1, 2),
    "line.loss_up_ratio": (tr("Lost to the site"), "%", 100, 1),
    "line.loss_down_ratio": (tr("Lost from the site"), "%", 100, 1),
    "line.burst_loss_ratio": (tr("Lost in the worst 0.2 s"), "%", 100, 1),
    "line.reordered_ratio": (tr("Overtaken"), "%", 100, 1),
    "line.ipdv_ms": (tr("IPDV"), "ms", 1, 1),
    "line.round_trip_ms": (tr("Round trip"), "ms", 1, 1),
    "line.loaded_round_trip_ms": (tr("Round trip, full uploads"), "ms", 1, 1),
    "line.upload_mbps": (tr("Upload"), "Mbps", 1, 2),
    "round_trips.median_ms": (tr("Round trip, no call"), "ms", 1, 1),
}
"""Label, unit, factor and decimals of each compared value."""


ADVICE = tr("Loss, delay and MOS of a call in each direction need `remoteready reflect` at the site.")


def instead(trips: "RoundTrips") -> Text:
    """What was measured where nobody reflects, and by which method."""
    if trips.median_ms is None or trips.p95_ms is None:
        return Text(tr("No round trip either: {reason}.").format(reason=trips.unknown), style="magenta")
    lost = "" if trips.loss_ratio is None else tr(", {lost} of {sent} lost")
    words = tr("Round trip to {host} by {method} instead: median {median} ms, 95 % within {p95} ms{lost}. No MOS.")
    return Text(
        words.format(
            host=trips.host,
            method=METHODS[trips.method],
            median=_tenths(trips.median_ms),
            p95=_tenths(trips.p95_ms),
            lost=lost.format(lost=trips.sent - trips.answered, sent=trips.sent),
        )
    )


def around(result: "Measurement") -> Iterable[Text]:
    """A line each: the guilty leg, the VPN, the name and its families, NAT. Nothing where nobody looked."""
    if result.legs:
        yield _labelled(tr("The way"), result.legs.sentence, _style(result.legs))
    if result.route:
        yield _route(result.route)
    if result.network:
        yield from _network(result.network)


def _labelled(label: str, words: str, style: str = "") -> Text:
    return Text.assemble((f"{label}: ", "bold"), (words, style))


def _style(legs: "Legs") -> str:
    return "green" if legs.fine else "red" if legs.guilty else "magenta"


def _route(route: "Route") -> Text:
    if route.mode is None:
        return _labelled(tr("Through a VPN"), tr("could not tell: {reason}.").format(reason=route.unknown), "magenta")
    return _labelled(tr("Through a VPN"), f"{ROUTES[route.mode]} ({route.evidence}).")


def _network(network: "Network") -> Iterable[Text]:
    if network.captive:
        yield _labelled(tr("A sign-in page"), tr("is in the way, by what the system says: sign in there first."), "red")
    if network.name_ms is not None:
        yield _labelled(tr("Name"), tr("found in {ms} ms.").format(ms=_tenths(network.name_ms)))
    if network.families:
        yield _labelled(
            tr("IPv4 and IPv6"), "; ".join(f"{one.name} {_family(one.round_trips)}" for one in network.families) + "."
        )
    if network.mapping is not None:
        known = network.mapping not in {"unknown", "blocked"}
        yield _labelled(
            tr("NAT"), f"{MAPPINGS[network.mapping]} ({network.mapping_evidence}).", "" if known else "magenta"
        )
    if network.nats is not None:
        yield _labelled(tr("NATs in a row"), f"{network.nats} ({network.nats_evidence}).")
    elif network.mapping is not None:
        unknown = tr("could not tell: {reason}.").format(reason=network.nats_evidence)
        yield _labelled(tr("NATs in a row"), unknown, "magenta")


def _family(trips: "RoundTrips") -> str:
    if trips.median_ms is None:
        return tr("no round trip ({reason})").format(reason=trips.unknown)
    return tr("{ms} ms by {method}").format(ms=_tenths(trips.median_ms), method=METHODS[trips.method])


def _tenths(value: float) -> str:
    return f"{value:.1f}"


# --- two measurements side by side ---


def comparison_json(both: "Comparison") -> str:
    """Both measurements and what differs, as data."""
    return json.dumps(asdict(both), indent=2, ensure_ascii=False) + "\n"


def comparison(both: "Comparison", terminal: Console | None = None) -> str:
    """A row for each value: of the first, of the second, and what the second has more."""
    terminal = terminal or paper.terminal()
    parts: list[RenderableType] = [Text(tr("Line to {target}, twice").format(target=both.first.target), style="bold")]
    heads = _heads(both)
    for head, one in zip(heads, (both.first, both.second), strict=True):
        reason = one.unknown or one.trouble or one.partial
        if reason:
            parts.append(Text(f"{head}: {reason}.", style="magenta"))
        if one.round_trips:
            parts.append(Text.assemble((f"{head}: ", "bold"), instead(one.round_trips)))
        if one.legs:
            parts.append(_labelled(head, one.legs.sentence, _style(one.legs)))
    if both.switched is False:
        words = tr("Both times the traffic took the same way: the VPN was neither connected nor disconnected between.")
        parts.append(Text(words, style="magenta"))
    if terminal.width < paper.NARROW:
        parts += [_entry(one, heads) for one in both.differences]
    elif both.differences:
        parts += [Text(), _table(both, heads)]
    return paper.render(*parts, console=terminal)


def _heads(both: "Comparison") -> tuple[str, str]:
    if not both.switched:
        return tr("First"), tr("Second")
    inside, outside = tr("Through the VPN"), tr("Outside the VPN")
    first_inside = both.first.route is not None and both.first.route.tunnel
    return (inside, outside) if first_inside else (outside, inside)


def _table(both: "Comparison", heads: tuple[str, str]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(tr("Value"), no_wrap=True)
    for head in (*heads, tr("Difference")):
        table.add_column(head, justify="right", no_wrap=True)
    for one in both.differences:
        label, unit, _, _ = ROWS[one.name]
        table.add_row(f"{label}, {unit}" if unit else label, *_cells(one))
    return table


def _entry(one: "Difference", heads: tuple[str, str]) -> Text:
    label, unit, _, _ = ROWS[one.name]
    first, second, change = _cells(one)
    named = f"\n{label}, {unit}" if unit else f"\n{label}"
    return Text.assemble((named, "bold"), f"\n{heads[0]} {first}, {heads[1]} {second}, {tr('difference')} {change}")


def _cells(one: "Difference") -> list[str]:
    _, _, factor, decimals = ROWS[one.name]
    values = ["?" if value is None else f"{value * factor:.{decimals}f}" for value in (one.first, one.second)]
    change = "?" if one.change is None else f"{round(one.change * factor, decimals) + 0.0:+.{decimals}f}"  # no -0.0
    return [*values, change]
