"""`remoteready vpn`: which VPN gateways answer at a host."""

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready import files
from remoteready.cli.output import Format, OutputOption, deliver
from remoteready.exits import UnusableInput, Verdict

if TYPE_CHECKING:
    from remoteready.measure.mtu import PathMtu
    from remoteready.measure.vpn.outcome import Probed

EPILOG = (
    "Examples: `remoteready vpn vpn.example.com` where only the name is known; `remoteready vpn "
    "openvpn://vpn.example.com:1194` for one gateway; `remoteready vpn vpn.example.com --mtu` where the VPN connects "
    "but nothing works. The exit code is 0 when a gateway answers, 1 when none does, 3 when that cannot be told."
)


class VpnFormat(StrEnum):
    """How the result looks."""

    CONSOLE = "console"
    JSON = "json"


app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=EPILOG)
def vpn(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="Host, host:port, or protocol://host:port of the gateway.")
    ],
    mtu: Annotated[bool, typer.Option("--mtu", help="Also find the largest packet that reaches it.")] = False,
    format: Annotated[VpnFormat, typer.Option("--format", "-f", help="How the result looks.")] = VpnFormat.CONSOLE,
    output: OutputOption = None,
) -> None:
    """Does the VPN gateway answer this desk, and by which protocol?

    Asks the usual ports, each by its VPN's own protocol, without logging in. WireGuard and keyed OpenVPN do not
    answer strangers: their silence is shown as such.
    """
    host, wanted = _questions(address)
    if output:
        files.check_writable(output)
    from remoteready.measure import vpn as probes
    from remoteready.report import gateways

    attempts = (partial(probes.probe, host, port, kind) for kind, port in wanted)
    found = sorted(probes.together(attempts), key=lambda one: wanted.index((one.kind, one.port)))
    sizes = _sizes(found) if mtu else {}
    verdict = _verdict(found, named="://" in address)
    show = gateways.to_json if format is VpnFormat.JSON else gateways.console
    deliver(show(host, found, sizes, verdict), output, Format(format))
    raise typer.Exit(verdict.exit_code)


def _questions(address: str) -> tuple[str, list[tuple[str, int]]]:
    """The host, and which kinds to look for at which of its ports. UnusableInput."""
    from remoteready.check.profile import parse_address
    from remoteready.measure.vpn import kinds

    try:
        known = parse_address(address)
    except UnusableInput as error:
        try:
            return parse_address(f"{address}:1").host, list(kinds.USUAL)
        except UnusableInput:
            raise error from None
    if known.protocol or known.port in kinds.BY_PORT:
        protocol = known.protocol or kinds.by_port(known.port)
        return known.host, [(kind, known.port) for kind in kinds.EITHER.get(protocol, (protocol,))]
    return known.host, [(kind, known.port) for kind in kinds.ANY_PORT]


def _sizes(found: "list[Probed]") -> "dict[tuple[str, int], PathMtu]":
    """The path MTU of every gateway that answers."""
    from remoteready.measure import mtu
    from remoteready.measure import vpn as probes
    from remoteready.measure.vpn.outcome import Outcome

    answering = [one for one in found if one.outcome in {Outcome.ANSWERS, Outcome.UNTRUSTED_CERTIFICATE}]

    def size(one: "Probed") -> "tuple[tuple[str, int], PathMtu]":
        return (one.kind, one.port), mtu.path_mtu(one.host, one.port, one.kind)

    return dict(probes.together(partial(size, one) for one in answering))


def _verdict(found: "list[Probed]", *, named: bool) -> Verdict:
    """Ready when a gateway answers. TLS or TCP alone is one only where the user says so."""
    from remoteready.measure.vpn.kinds import KINDS
    from remoteready.measure.vpn.outcome import Outcome

    gateways = [one for one in found if named or one.kind not in {"tls", "tcp"}]
    if any(one.outcome is Outcome.ANSWERS for one in gateways):
        return Verdict.READY
    open_ = {Outcome.UNKNOWN, Outcome.SILENT}
    if any(one.outcome in open_ and (one.outcome is Outcome.UNKNOWN or KINDS[one.kind].silence) for one in gateways):
        return Verdict.UNDETERMINED
    return Verdict.NOT_READY
