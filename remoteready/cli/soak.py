"""`remoteready measure --soak`: the call alone for a long time; and the question that is asked on a metered link."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from remoteready.cli.output import Format, deliver
from remoteready.exits import EndedEarly, ExitCode, UnusableInput

if TYPE_CHECKING:
    from remoteready.formulas.emodel import Codec
    from remoteready.measure.target import Target

UNITS_S = {"s": 1, "m": 60, "h": 3600}
LEAST_S, MOST_S = 2, 7 * 24 * 3600


def run(
    target: "Target", codec: "Codec", wanted: str, key: bytes | None, format: str, output: Path | None, yes: bool
) -> None:
    """Soak, and deliver the result, whole or ended by Ctrl-C. Ends in typer.Exit or EndedEarly."""
    from remoteready.measure import soak
    from remoteready.report import soak as paper

    plan = soak.Plan(seconds(wanted), codec, key)
    if format == "csv":
        raise UnusableInput("--format csv: a soak keeps no packets; choose console or json")
    megabytes = plan.most_megabytes
    typer.echo(
        f"The soak takes {wanted} and at most {megabytes:.1f} MB up, {megabytes:.1f} MB down. "
        "Ctrl-C ends it and shows what was measured.",
        err=True,
    )
    agree(yes)
    with paper.live() as show:
        result = soak.soak(target, plan, show)
    text = paper.to_json(result) if format == "json" else paper.console(result)
    deliver(text, output, Format(format))
    if result.interrupted:
        raise EndedEarly
    raise typer.Exit(ExitCode.UNDETERMINED if result.unknown else ExitCode.READY)


def seconds(text: str) -> float:
    """A length of time such as 90s, 30m or 8h. UnusableInput says how to write it."""
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([smh])", text.strip().lower())
    length_s = float(match[1]) * UNITS_S[match[2]] if match else 0.0
    if not LEAST_S <= length_s <= MOST_S:
        raise UnusableInput(f"--soak {text!r}: write a time from 2s to 168h, such as 90s, 30m or 8h")
    return length_s


def agree(yes: bool) -> None:
    """Ask before much is sent over a link that the system knows to be metered. UnusableInput where nobody can be asked.

    Ends in typer.Exit where the answer is no.
    """
    from remoteready.measure import metered

    if yes or not metered.is_metered():
        return
    if not (sys.stdin and sys.stdin.isatty()):
        raise UnusableInput("this link is metered, by what the system says: add --yes to measure all the same")
    if not typer.confirm("This link is metered, by what the system says. Measure all the same?", err=True):
        raise typer.Exit(ExitCode.UNDETERMINED)
