"""What recordings show, on a terminal: the values to paste into a scenario first, then how far they can be trusted."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.text import Text

from remoteready.files import named
from remoteready.language import tr, trn
from remoteready.report import words
from remoteready.report.console import heading, render, steps, terminal
from remoteready.report.page import Page, Part

if TYPE_CHECKING:
    from remoteready.plan.calibrate import Calibration, Rate
    from remoteready.report.rows import Found

SHOWN = 20
PER = {"audio_mb_per_minute": tr("MB a minute"), "screen_mb_per_minute": tr("MB a minute and monitor")}


def calibration(found: "Calibration", console: Console | None = None) -> str:
    """The whole report."""
    console = console or terminal()
    parts: list[RenderableType] = [heading(tr("To paste into a scenario, under workload"))]
    parts += [Text(f"  {rate.field}: {exact(rate.mb_per_minute)}", style="bold") for rate in found.rates]
    for rate in found.rates:
        parts += [heading(_title(rate)), steps(Text(line) for line in _spread(rate))]
    if found.unreadable:
        parts += [heading(tr("Could not be read, and not counted")), steps(_unreadable(found))]
    if found.passed_over:
        count = found.passed_over
        passed = trn("{n} file is no recording by its name.", "{n} files are no recordings by their names.", count)
        parts.append(Text("\n" + passed.format(n=words.number(count)), style="dim"))
    return render(*parts, console=console)


def page(found: "Calibration") -> Page:
    """The same for a browser."""
    pasted = [f"{rate.field}: {exact(rate.mb_per_minute)}" for rate in found.rates]
    parts = [Part(heading=tr("To paste into a scenario, under workload"), lines=pasted)]
    parts += [Part(heading=_title(rate), lines=list(_spread(rate))) for rate in found.rates]
    if found.unreadable:
        unreadable = [text.plain for text in _unreadable(found)]
        parts.append(Part(heading=tr("Could not be read, and not counted"), lines=unreadable))
    return Page(tr("Megabytes of recordings"), "dim", [named(Path(found.place).name)], parts)


def rates(found: "Calibration") -> "Found":
    """A row for each rate."""
    columns = ["field", "recordings", "minutes", "mb per minute", "low", "high"]
    return columns, [
        [one.field, one.recordings, one.minutes, one.mb_per_minute, one.low, one.high] for one in found.rates
    ]


def exact(value: float) -> str:
    """Four significant digits, as a scenario takes them: no thousands set apart, no exponent."""
    return f"{float(f'{value:.4g}'):f}".rstrip("0").rstrip(".")


def _title(rate: "Rate") -> str:
    recordings = trn("{n} recording", "{n} recordings", rate.recordings).format(n=words.number(rate.recordings))
    return tr("{per}: from {recordings}, {minutes} minutes").format(
        per=PER[rate.field], recordings=recordings, minutes=words.number(rate.minutes, 1)
    )


def _spread(rate: "Rate") -> Iterator[str]:
    if rate.low is None or rate.high is None:
        yield tr("one recording tells nothing of how far others differ")
    else:
        yield tr("between {low} and {high} with 95 % confidence").format(low=exact(rate.low), high=exact(rate.high))
    levels = " · ".join(f"{level} % {exact(value)}" for level, value in rate.quantiles.items())
    yield tr("single recordings at most: {levels}").format(levels=levels)
    for one in rate.outliers[:SHOWN]:
        yield tr("far from the others, but counted: {name}, {value}").format(
            name=named(one.name), value=exact(one.mb_per_minute)
        )
    if len(rate.outliers) > SHOWN:
        yield tr("… and {n} more; all of them: --format json").format(n=words.number(len(rate.outliers) - SHOWN))


def _unreadable(found: "Calibration") -> Iterator[Text]:
    for name, reason in found.unreadable[:SHOWN]:
        yield Text.assemble((named(name), "bold"), f" {reason}")
    if len(found.unreadable) > SHOWN:
        more = words.number(len(found.unreadable) - SHOWN)
        yield Text(tr("… and {n} more; all of them: --format json").format(n=more))
