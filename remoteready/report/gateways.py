"""The VPN gateways of a host, as a person reads them and as data."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remoteready import __version__
from remoteready.exits import Verdict
from remoteready.language import tr
from remoteready.measure.vpn.kinds import KINDS
from remoteready.measure.vpn.outcome import Outcome
from remoteready.report import console as paper
from remoteready.report import words

if TYPE_CHECKING:
    from remoteready.measure.mtu import PathMtu
    from remoteready.measure.vpn.outcome import Probed

    Sizes = Mapping[tuple[str, int], PathMtu]
    """By kind and port."""

STATUSES = {
    Outcome.ANSWERS: "pass",
    Outcome.UNTRUSTED_CERTIFICATE: "warn",
    Outcome.REFUSED: "fail",
    Outcome.UNREACHABLE: "fail",
    Outcome.WRONG_PROTOCOL: "fail",
    Outcome.UNKNOWN: "unknown",
}
"""Of silence, it depends on the kind."""
TITLES = {
    Verdict.READY: tr("ANSWERS"),
    Verdict.NOT_READY: tr("NO ANSWER"),
    Verdict.UNDETERMINED: tr("COULD NOT TELL"),
}


def to_json(host: str, found: "Sequence[Probed]", sizes: "Sizes", verdict: Verdict) -> str:
    """The gateways as data."""
    gateways = [asdict(one) | _size(one, sizes) for one in found]
    report = {"schema_version": 1, "tool_version": __version__, "host": host, "verdict": verdict, "gateways": gateways}
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _size(one: "Probed", sizes: "Sizes") -> dict[str, object]:
    size = sizes.get((one.kind, one.port))
    return {"path_mtu": asdict(size)} if size else {}


def console(
    host: str, found: "Sequence[Probed]", sizes: "Sizes", verdict: Verdict, terminal: Console | None = None
) -> str:
    """A line for each protocol: what it is, where it was asked, and what came back."""
    terminal = terminal or paper.terminal()
    table = Table.grid(padding=(0, 2))
    for column in (tr("Protocol"), tr("Port"), tr("What came back")):
        table.add_column(column, overflow="fold", no_wrap=column == tr("Port"))
    for one in found:
        symbol, style = _look(one, terminal)
        port = f"{one.port}/{KINDS[one.kind].transport}"
        table.add_row(Text(f"{symbol} {KINDS[one.kind].label}", style=style), port, _seen(one, sizes))
    parts: list[RenderableType] = [paper._panel(verdict, TITLES[verdict], _sentence(host, found, verdict), terminal)]
    if not _same(found):
        parts.append(Padding(table, (1, 0, 0, 1)))
    if hint := _hint(found):
        parts.append(Text(f"\n{hint}", style="dim"))
    return paper.render(*parts, console=terminal)


def _same(found: "Sequence[Probed]") -> bool:
    """Whether all that can be said is said in one sentence."""
    return len(found) > 1 and len({one.evidence for one in found}) == 1


def _look(one: "Probed", terminal: Console) -> tuple[str, str]:
    silent = "unknown" if KINDS[one.kind].silence else "fail"
    status = STATUSES.get(one.outcome, silent)
    return words.SYMBOLS[status][terminal.options.ascii_only], paper.STYLES[status]


def _seen(one: "Probed", sizes: "Sizes") -> Text:
    took = f" ({one.round_trip_ms:.1f} ms)" if one.round_trip_ms is not None else ""
    by = f" ({one.by})" if one.by and "the host itself" not in one.evidence else ""
    size = sizes.get((one.kind, one.port))
    return Text(f"{one.evidence}{took}{by}" + (f"\n{size.evidence}" if size else ""))


def _sentence(host: str, found: "Sequence[Probed]", verdict: Verdict) -> str:
    if _same(found):
        return f"{host}: {found[0].evidence}."
    if verdict is Verdict.READY:
        named = ", ".join(dict.fromkeys(KINDS[one.kind].label for one in found if one.outcome is Outcome.ANSWERS))
        return tr("{host} answers: {kinds}.").format(host=host, kinds=named)
    if verdict is Verdict.UNDETERMINED:
        silent = dict.fromkeys(KINDS[one.kind].label for one in found if _open(one))
        return tr("{host}: nothing is certain; {kinds} may be there.").format(host=host, kinds=", ".join(silent))
    return tr("{host}: no VPN gateway answers this desk as it should.").format(host=host)


def _open(one: "Probed") -> bool:
    return one.outcome is Outcome.UNKNOWN or (one.outcome is Outcome.SILENT and bool(KINDS[one.kind].silence))


def _hint(found: "Sequence[Probed]") -> str:
    """How to have `check` ask the first one that answers."""
    one = next((one for one in found if one.outcome is Outcome.ANSWERS), None)
    if one is None:
        return ""
    host = f"[{one.host}]" if ":" in one.host else one.host
    return tr("To have it checked: {command}").format(
        command=f"remoteready check -D vpn_gateway={one.kind}://{host}:{one.port}"
    )
