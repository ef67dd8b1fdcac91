"""What `remoteready measure` asks for beside the call: the route, the VPN gateway, the STUN server, the other way."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from remoteready.exits import UnusableInput

if TYPE_CHECKING:
    from remoteready.measure.around import Beside
    from remoteready.measure.surroundings import Route
    from remoteready.measure.target import Target

VpnOption = Annotated[
    str | None,
    typer.Option(
        "--vpn", metavar="ADDRESS", help="The VPN gateway on the way, as a place to look at: host or protocol://host."
    ),
]
StunOption = Annotated[
    str | None,
    typer.Option("--stun", metavar="HOST", help="A STUN server that may tell how this line's NAT behaves."),
]
CompareOption = Annotated[
    bool,
    typer.Option("--compare-vpn", help="Measure twice; in between you connect or disconnect the VPN."),
]
TCP_PORT = 443
"""Where a gateway that is named by its host alone is asked, if it is deaf to echoes."""


def beside(target: "Target", vpn: str | None, stun: str | None) -> "Beside":
    """What to look at, with the route as it is now. UnusableInput."""
    from remoteready.measure.around import Beside

    asked, server = gateway(vpn) if vpn else None, stun_server(stun) if stun else None
    way, captive = route(target)
    return Beside(way, asked, server, captive)


def gateway(text: str) -> tuple[str, int, str]:
    """Host, port and kind of a VPN gateway. UnusableInput."""
    from remoteready.check.profile import parse_address
    from remoteready.measure.vpn import kinds

    try:
        known = parse_address(text)
    except UnusableInput as error:
        try:
            return parse_address(f"{text}:{TCP_PORT}").host, TCP_PORT, "tcp"
        except UnusableInput:
            raise UnusableInput(f"--vpn: {error}") from None
    protocol = known.protocol or kinds.by_port(known.port)
    return known.host, known.port, kinds.EITHER.get(protocol, (protocol,))[0]


def stun_server(text: str) -> "Target":
    """Host and port of a STUN server. UnusableInput."""
    from remoteready.measure import stun
    from remoteready.measure import target as targets

    try:
        return targets.parse(text, stun.PORT)
    except UnusableInput:
        raise UnusableInput(
            f"--stun: {text!r} is not a host: write stun.example.com or stun.example.com:3478"
        ) from None


def route(target: "Target") -> "tuple[Route, bool | None]":
    """Whether the traffic to a target takes a VPN tunnel, and whether a sign-in page is in the way, as in `check`."""
    from remoteready.check.collect import collect
    from remoteready.check.host import LiveHost
    from remoteready.check.profile import Address
    from remoteready.measure.surroundings import Route

    names = ("network.tunnel_mode", "network.captive_portal")
    facts = collect(LiveHost(), names, {"target": Address(host=target.host, port=target.port)})
    tunnel, portal = (facts[name] for name in names)
    captive = None if portal.value is None else bool(portal.value)
    if tunnel.value is None:
        return Route(None, unknown=tunnel.unknown or ""), captive
    return Route(str(tunnel.value), tunnel.detail), captive


def refuse_without_terminal() -> None:
    """UnusableInput where nobody can be asked."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UnusableInput(
            "--compare-vpn: asks you to switch the VPN in between, so it needs a terminal; elsewhere measure twice"
        )


def ask_to_switch(now: "Route | None") -> bool:
    """Wait until the person has connected or disconnected the VPN; whether they did not end it with Ctrl-C."""
    tunnel = now.tunnel if now else None
    doing = "Disconnect" if tunnel else "Connect or disconnect" if tunnel is None else "Connect"
    try:
        typer.prompt(f"{doing} the VPN now, then press Enter", default="", show_default=False, err=True)
    except typer.Abort:
        typer.echo(err=True)
        return False
    return True
