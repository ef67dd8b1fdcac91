"""The help of a command in the language of the reader: what Typer lays out is translated text by text."""

import re
from collections.abc import Sequence
from typing import Any

import typer

from remoteready.language import spoken, tr

EXTRAS = re.compile(r"(.*?)(?:  \[(.*)\])?", re.DOTALL)
"""What an option is for, and what Typer adds: [default: console]."""
METAVAR = "metavar"
"""The context of what stands for a value: FILE, RULE."""


class Help(typer.Context.formatter_class):  # type: ignore[valid-type,misc]  # Typer gives it no name of its own
    """Lays out help as Typer does."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The first line."""
        super().write_usage(prog, args.replace("[OPTIONS]", tr("[OPTIONS]")), tr("Usage:") + " ")

    def write_heading(self, heading: str) -> None:
        """The title of a part."""
        super().write_heading(tr(heading))

    def write_text(self, text: str) -> None:
        """Paragraphs."""
        super().write_text(tr(text))

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Options beside what they are for."""
        super().write_dl([(_option(first), _about(second)) for first, second in rows], col_max, col_spacing)


def _option(written: str) -> str:
    names, _, value = written.rpartition(" ")
    return f"{names} {tr(value, METAVAR)}" if names else written


def _about(written: str) -> str:
    found = EXTRAS.fullmatch(written)
    assert found  # noqa: S101 – it matches any text
    meant, extra = found.groups()
    return f"{tr(meant)}  [{spoken(extra)}]" if extra else tr(meant)


class Command(typer.core.TyperCommand):
    """A command whose help is in the language of the reader."""

    def get_help(self, ctx: Any) -> str:
        """The help, laid out."""
        ctx.formatter_class = Help
        return str(super().get_help(ctx))
