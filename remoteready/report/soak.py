"""A soak as a person reads it: while it runs, one line that says how it stands; then what was worst, and when."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from remoteready.language import tr, trn
from remoteready.report import console as paper
from remoteready.report.line import WAYS, grade
from remoteready.report.words import number

if TYPE_CHECKING:
    from remoteready.measure.soaked import BothWays, Direction, Event, Progress, Soak, Worst

EVENTS = {
    "outage": tr("no answers for {seconds} s"),
    "asleep": tr("this computer slept or stood still for {seconds} s: not counted"),
    "network": tr("the network changed: went on over the new one"),
}
SILENT_S = 2.0
LINE_EVERY_S = 60.0
"""Where nobody watches a terminal."""
SHOWN_EVENTS = 20


def to_json(result: "Soak") -> str:
    """The soak as data."""
    return json.dumps(asdict(result), indent=2, ensure_ascii=False) + "\n"


@contextmanager
def live() -> Iterator[Callable[["Progress"], None]]:
    """Show how it stands on standard error: a line rewritten in place on a terminal, else one a minute and event."""
    from rich.live import Live

    terminal = Console(stderr=True)
    if not terminal.is_terminal:
        yield _Lines(terminal)
        return
    with Live(console=terminal, refresh_per_second=4, transient=True) as shown:
        yield lambda progress: shown.update(Text(standing(progress), no_wrap=True, overflow="ellipsis"))


class _Lines:
    """A plain line whenever there is something new to say."""

    def __init__(self, terminal: Console) -> None:
        self._terminal = terminal
        self._said_left_s: float | None = None
        self._events = 0

    def __call__(self, progress: "Progress") -> None:
        if self._said_left_s is None:
            self._said_left_s = progress.left_s
        if progress.last_event and progress.events > self._events:
            self._say(f"{clock(progress.last_event.at)} {happened(progress.last_event)}")
        self._events = progress.events
        if self._said_left_s - progress.left_s >= LINE_EVERY_S:
            self._said_left_s = progress.left_s
            self._say(standing(progress))

    def _say(self, words: str) -> None:
        self._terminal.print(words, soft_wrap=True, highlight=False, markup=False)


def standing(progress: "Progress") -> str:
    """Time left, loss, delay variation and the worst windows so far, in one line."""
    minutes, seconds = divmod(round(progress.left_s), 60)
    parts = [tr("{minutes}:{seconds} left").format(minutes=minutes, seconds=f"{seconds:02}")]
    if progress.silent_s > SILENT_S:
        parts.append(tr("NO ANSWERS for {seconds} s").format(seconds=number(progress.silent_s, 0)))
    if progress.unanswered_ratio is not None:
        parts.append(tr("lost {percent} %").format(percent=f"{100 * progress.unanswered_ratio:.2f}"))
    if progress.pdv_p95_ms is not None:
        parts.append(tr("PDV95 {ms} ms").format(ms=f"{progress.pdv_p95_ms:.1f}"))
    for name, worst in ((tr("worst 0.2 s"), progress.short), (tr("15 s"), progress.long)):
        if worst and worst.mean:
            at = datetime.fromtimestamp(worst.at_s).astimezone()
            parts.append(f"{name} {100 * worst.mean:.0f} % {at:%H:%M:%S}")
    return ", ".join(parts)


def console(result: "Soak", terminal: Console | None = None) -> str:
    """What was worst and when, per direction, then what happened on the way."""
    terminal = terminal or paper.terminal()
    title = tr("Line to {target}, packets of {codec}, {took} from {begin}").format(
        target=result.target, codec=result.codec, took=_took(result.seconds), begin=clock(result.time)
    )
    parts: list[RenderableType] = [Text(title, style="bold")]
    if result.interrupted:
        parts.append(Text(tr("Ended early, of {planned}.").format(planned=_took(result.planned_s)), style="yellow"))
    if result.unknown:
        parts.append(Text(tr("Could not be measured: {reason}").format(reason=result.unknown), style="magenta"))
        return paper.render(*parts, console=terminal)
    if result.trouble:
        words = tr("{seconds} s are not counted: {reason}").format(
            seconds=number(result.refused_s, 0), reason=result.trouble
        )
        parts.append(Text(words, style="magenta"))
    parts += [sentence(name, getattr(result, name)) for name in WAYS]
    parts += [Text(), _table(result), *_events(result), Text(f"\n{_footnote(result)}", style="dim")]
    return paper.render(*parts, console=terminal)


def sentence(name: str, way: "Direction") -> Text:
    """How good a call is in one direction at its worst."""
    text = Text(f"{WAYS[name]}: ", style="bold")
    if way.lowest_mos_cqe is None:
        return text.append(tr("could not tell ({reason}).").format(reason=way.unknown or tr("too few packets")))
    word, style = grade(way.lowest_mos_cqe.value)
    mos, at = f"{way.lowest_mos_cqe.value:.1f}", clock(way.lowest_mos_cqe.at)
    return Text.assemble(text, (tr("at worst a call is "), "not bold"), (word, style), f" (MOS {mos}, {at}).")


def _table(result: "Soak") -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("", no_wrap=True)
    for name in (tr("Lost"), tr("Worst 0.2 s"), tr("Worst 15 s"), tr("PDV95"), tr("IPDV")):
        table.add_column(name, justify="right")
    for name, label in WAYS.items():
        way: Direction = getattr(result, name)
        ipdv_ms = _ms(way.worst_15_s_ipdv_ms.value if way.worst_15_s_ipdv_ms else None)
        table.add_row(label, *_losses(way.lost, way.loss_ratio, way), _ms(way.pdv_p95_ms), ipdv_ms)
    both = result.both_ways
    table.add_row(tr("Both ways"), *_losses(both.unanswered, both.unanswered_ratio, both), "", "")
    return table


def _losses(lost: int | None, ratio: float | None, windows: "Direction | BothWays") -> list[str]:
    share = "?" if lost is None or ratio is None else f"{100 * ratio:.2f} % ({number(lost)})"
    return [share, *(_window(worst) for worst in (windows.worst_200_ms_ratio, windows.worst_15_s_ratio))]


def _window(worst: "Worst | None") -> str:
    if worst is None:
        return "?"
    return f"{100 * worst.value:.0f} % {clock(worst.at)}" if worst.value else "0 %"


def _events(result: "Soak") -> list[RenderableType]:
    shown = result.events[:SHOWN_EVENTS]
    parts: list[RenderableType] = [Text(f"{clock(event.at)} {happened(event)}") for event in shown]
    left_out = len(result.events) - len(shown) + result.events_left_out
    if left_out:
        parts.append(Text(trn("and {count} more", "and {count} more", left_out).format(count=number(left_out))))
    return [Text(tr("\nOn the way"), style="bold"), *parts] if parts else []


def happened(event: "Event") -> str:
    """An event in words."""
    return EVENTS[event.kind].format(seconds=number(event.seconds, 1))


def clock(at: str) -> str:
    """The time of day here."""
    return f"{datetime.fromisoformat(at).astimezone():%H:%M:%S}"


def _took(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return tr("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest) if minutes else f"{rest} s"


def _ms(value: float | None) -> str:
    return "?" if value is None else f"{value:.1f}"


def _footnote(result: "Soak") -> str:
    both = result.both_ways
    return tr(
        "{packets} packets. Both ways: without an answer, outages and all. Worst: the share lost in the worst 0.2 s "
        "and 15 s, and when they began. PDV95: delay above the smallest of the same 15 s that 95 % keep; IPDV: mean "
        "change of delay between neighbours in the worst 15 s; ms. Round trip, median / 95 %: {median} / {most} ms. "
        "MOS: ITU-T G.107, of 15 s, estimated from the network alone."
    ).format(packets=number(both.packets), median=_ms(both.round_trip_p50_ms), most=_ms(both.round_trip_p95_ms))
