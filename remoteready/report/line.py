"""A measured line as a person reads it, as data, and packet by packet."""

import csv
import json
from collections.abc import Iterable
from dataclasses import asdict
from io import StringIO
from math import ceil
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remoteready.language import tr, trn
from remoteready.report import console as paper
from remoteready.report import surroundings
from remoteready.report.words import number

if TYPE_CHECKING:
    from remoteready.measure.call import Measurement
    from remoteready.measure.quality import Direction, Phase
    from remoteready.measure.stream import Stream
    from remoteready.measure.upload import Upload

PHASES = {"idle": tr("The call alone"), "recording": tr("Beside a recording"), "upload": tr("Beside full uploads")}
"""In rising order of load."""
DOING = {
    **PHASES,
    "way": tr("Looking for the way to the site"),
    "trips": tr("Nobody reflects there: plain round trips instead"),
    "network": tr("The network around"),
}
"""What is being done."""
BESIDE = {"idle": tr("alone"), "recording": tr("beside a recording"), "upload": tr("beside full uploads")}
LOADS = {"idle": tr("alone"), "recording": tr("recording"), "upload": tr("full uploads")}
WAYS = {"up": tr("To the site"), "down": tr("From the site")}
TOWARDS = {"up": tr("to"), "down": tr("from")}
GRADES = ((4.03, tr("good"), "green"), (3.6, tr("fair"), "yellow"), (3.1, tr("poor"), "red"))
"""Least MOS-CQE of each: R 80, 70 and 60, at which ITU-T G.107 Annex B sees users satisfied, some not, many not."""
WORST = (tr("hardly possible"), "red")
LONG_ENOUGH_S = 2.0
"""Of a full upload, to tell its rate and how a call fares beside it."""
MOST_UPLOAD_MB = 60
"""The most that `--upload-mb` takes."""
BARS = ("▁▂▃▄▅▆▇█", "_.:-=+*#")


def to_json(result: "Measurement") -> str:
    """The measurement as data."""
    return json.dumps(asdict(result), indent=2, ensure_ascii=False) + "\n"


def to_csv(result: "Measurement", stream: "Stream | None") -> str:
    """A row per packet that counts: when it left, what it met, whether it arrived."""
    from remoteready.measure.ways import take_apart

    out = StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["number", "at_s", "up_ms", "down_ms", "round_trip_ms", "arrived_there", "answer_arrived"])
    if stream is None:
        return out.getvalue()
    ways = take_apart(stream)
    least = [min((t for t in way.transits_ms if t is not None), default=0.0) for way in (ways.up, ways.down)]
    for packet in range(stream.counted):
        known = ways.split and packet < ways.settled
        above = [_cell(way.transits_ms[packet], low) for way, low in zip((ways.up, ways.down), least, strict=True)]
        arrived = [_yes(way.carried[packet]) if known else "" for way in (ways.up, ways.down)]
        at_s = (stream.sent_ns[packet] - stream.sent_ns[0]) / 1e9
        rows.writerow([packet, f"{at_s:.6f}", *above, _cell(ways.round_trips_ms[packet], 0), *arrived])
    return out.getvalue()


def _cell(value: float | None, least: float) -> str:
    return "" if value is None else f"{value - least:.3f}"


def _yes(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def console(result: "Measurement", terminal: Console | None = None) -> str:
    """The verdict of each direction first, then the course of delay, then the numbers."""
    terminal = terminal or paper.terminal()
    parts: list[RenderableType] = [
        Text(tr("Line to {target}, packets of {codec}").format(target=result.target, codec=result.codec), style="bold")
    ]
    if result.unknown:
        parts.append(Text(tr("Could not be measured: {reason}").format(reason=result.unknown), style="magenta"))
        if result.round_trips:
            parts += [surroundings.instead(result.round_trips), Text(surroundings.ADVICE)]
        parts += surroundings.around(result)
        return paper.render(*parts, console=terminal)
    if result.trouble:
        parts.append(Text(tr("Not to be trusted: {reason}").format(reason=result.trouble), style="magenta"))
    if result.partial:
        parts.append(Text(tr("Only in part: {reason}").format(reason=result.partial), style="magenta"))
    parts += [sentence(result, way) for way in WAYS]
    parts += [*(Text(words) for words in _uploads(result)), *surroundings.around(result)]
    parts += [*_chart(result, terminal), *_numbers(result, terminal), Text(f"\n{_footnote(result)}", style="dim")]
    return paper.render(*parts, console=terminal)


def grade(mos: float) -> tuple[str, str]:
    """A word for a MOS, and its colour."""
    return next(((word, style) for least, word, style in GRADES if mos >= least), WORST)


def sentence(result: "Measurement", way: str) -> Text:
    """How good a call is in one direction, under every load that was measured."""
    text = Text(f"{WAYS[way]}: ", style="bold")
    if result.trouble:
        return text.append(tr("could not tell, see above."), style="magenta")
    rated = []
    for name in PHASES:
        phase = result.phase(name)
        if phase is None:
            continue
        direction: Direction = getattr(phase, way)
        if direction.rating is None:
            words = tr("not to be told {beside} ({reason})").format(beside=BESIDE[name], reason=direction.unknown)
            rated.append(Text(words, style="magenta"))
            continue
        word, style = grade(direction.rating.mos_cqe)
        rated.append(Text.assemble((word, style), f" {BESIDE[name]} (MOS {direction.rating.mos_cqe:.1f})"))
    if not rated:
        return text.append(tr("could not tell."), style="magenta")
    return Text.assemble(text, (tr("a call is "), "not bold"), (Text(", ").join(rated)), ".")


def _uploads(result: "Measurement") -> Iterable[str]:
    full = result.upload
    if full is None:
        return
    if full.mbps is None:
        yield tr("Upload: could not tell: {reason}").format(reason=full.unknown)
        return
    least = tr("at least ") if full.lower_bound else ""
    yield tr("Upload: {least}{mbps} Mbps, counted by {whom} ({how})").format(
        least=least, mbps=number(full.mbps, 2), whom=full.counted_by, how=_how(full)
    )
    if full.lower_bound and full.ended_by == "megabytes":
        yield _too_soon(full.mbps)


def _too_soon(mbps: float) -> str:
    """What to do about an upload that was over before the line was full."""
    enough_mb = ceil(mbps / 8 * LONG_ENOUGH_S)
    if enough_mb > MOST_UPLOAD_MB:
        return tr("It was over before the line was full: this line is faster than can be told here.")
    return tr("It was over before the line was full: measure with --upload-mb {mb} to tell more.").format(mb=enough_mb)


def _how(full: "Upload") -> str:
    flows = trn("{flows} connection", "{flows} connections", full.flows).format(flows=full.flows) if full.flows else ""
    took = tr("{megabytes} MB in {seconds} s").format(
        megabytes=number(full.megabytes, 2), seconds=number(full.seconds, 1)
    )
    return ", ".join(filter(None, [took, flows, full.congestion_control]))


def _chart(result: "Measurement", terminal: Console) -> list[RenderableType]:
    """Waiting above the smallest delay, half a second a column; a cross where nothing came through."""
    seen = [ms for moment in result.course for ms in (moment.up_ms, moment.down_ms) if ms is not None]
    if not seen:
        return []
    top = max(*seen, 10.0)
    title = tr("Waiting on the way, to {top} ms; x: nothing came through").format(top=number(top, 0))
    parts: list[RenderableType] = [Text(f"\n{title}", style="bold")]
    bars = BARS[terminal.options.ascii_only]
    room = terminal.width - 10
    per_column = -(-len(result.course) // room)
    for way, label in TOWARDS.items():
        values = [getattr(moment, f"{way}_ms") for moment in result.course]
        line = "".join(_bar(values[at : at + per_column], top, bars) for at in range(0, len(values), per_column))
        parts.append(Text(f"  {label:<5} {line}"))
    marks = "".join((moment.phase or " ")[0] for moment in result.course[::per_column]).replace("i", " ")
    if marks.strip():
        parts.append(Text(f"        {marks}", style="dim"))
        parts.append(Text(tr("        u: beside full uploads, r: beside a recording"), style="dim"))
    return parts


def _bar(values: list[float | None], top: float, bars: str) -> str:
    known = [value for value in values if value is not None]
    return bars[min(len(bars) - 1, int(max(known) / top * len(bars)))] if known else "x"


def _numbers(result: "Measurement", terminal: Console) -> list[RenderableType]:
    phases = [phase for name in PHASES if (phase := result.phase(name))]
    rows: list[tuple[Phase, str, Direction]] = [(phase, way, getattr(phase, way)) for phase in phases for way in WAYS]
    if terminal.width < paper.NARROW:
        return [_entry(*row) for row in rows]
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(tr("Call"), no_wrap=True)
    table.add_column(tr("Site"), no_wrap=True)
    for name in (tr("Lost %"), tr("0.2 s"), tr("IPDV"), tr("PDV95"), tr("Delay"), tr("MOS")):
        table.add_column(name, justify="right", no_wrap=True)
    for phase, way, direction in rows:
        table.add_row(LOADS[phase.name] if way == "up" else "", TOWARDS[way], *_cells(direction))
    trips = ", ".join(
        f"{BESIDE[phase.name]} {_ms(phase.round_trip_p50_ms)} / {_ms(phase.round_trip_p95_ms)}" for phase in phases
    )
    return [Text(), table, Text(tr("\nRound trip, median / 95 %, ms: {trips}").format(trips=trips))]


def _entry(phase: "Phase", way: str, direction: "Direction") -> Padding:
    names = (tr("lost %"), tr("worst 0.2 s"), tr("IPDV ms"), tr("PDV95 ms"), tr("delay ms"), tr("MOS"))
    shown = ", ".join(f"{name} {cell}" for name, cell in zip(names, _cells(direction), strict=True))
    return Padding(Text.assemble((f"{WAYS[way]}, {BESIDE[phase.name]}", "bold"), f"\n{shown}"), (1, 0, 0, 0))


def _cells(direction: "Direction") -> list[str]:
    loss, variation, rating = direction.loss, direction.variation, direction.rating
    percent = "?"
    if loss:
        low, high = f"{100 * loss.loss_low_ratio:.1f}", f"{100 * loss.loss_high_ratio:.1f}"
        percent = f"{100 * loss.loss_ratio:.1f} ({low}–{high})"
    return [
        percent,
        f"{100 * loss.worst_200_ms_ratio:.0f} %" if loss else "?",
        _ms(variation.ipdv_ms if variation else None),
        _ms(variation.pdv_p95_ms if variation else None),
        _ms(rating.mouth_to_ear_ms if rating else None),
        f"{rating.mos_cqe:.2f}" if rating else "?",
    ]


def _ms(value: float | None) -> str:
    return "?" if value is None else f"{value:.1f}"


def _footnote(result: "Measurement") -> str:
    return tr(
        "Lost: share with its 95 % interval, and in the worst 0.2 s. IPDV: mean change of delay between neighbours. "
        "PDV95: delay above the smallest that 95 % keep. Delay: mouth to ear, estimated. All in ms. MOS: ITU-T G.107, "
        "estimated from the network alone, 1 to 4.5. {packets} packets of {size} bytes; this computer sent 99 % of "
        "them at most {late} ms late."
    ).format(
        packets=number(result.sending.packets),
        size=result.sending.packet_bytes,
        late=_ms(result.sending.late_p99_ms),
    )
