"""A page of headings with drawings, tables and sentences, for reports that are little else."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from remoteready.report.charts import Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something under a heading of its own; the first `texts` columns of a table hold words, the others numbers."""

    heading: str
    chart: Chart | None = None
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    texts: int = 1
    lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A page: what it is about, said in a box of a style (pass, fail, unknown, dim), its parts, and what to mind."""

    title: str
    style: str
    lines: Sequence[str]
    parts: Sequence[Part]
    end: Sequence[str] = field(default=())
