"""The kinds of VPN gateway that can be asked without a login, and what to say when one keeps silent."""

from collections.abc import Callable
from dataclasses import dataclass

from remoteready.measure.vpn import ike, l2tp, openvpn, wireguard
from remoteready.measure.vpn.outcome import Said


@dataclass(frozen=True, slots=True)
class Kind:
    """One protocol over one transport."""

    label: str
    transport: str
    """ "udp" or "tcp"."""
    port: int | None
    """Where it usually listens."""
    silence: str = ""
    """Why a working gateway of this kind may be silent; empty when it may not."""


KEYED = "OpenVPN with a key for its greeting (tls-auth, tls-crypt) does so to strangers, too"
KINDS = {
    "openvpn-udp": Kind("OpenVPN over UDP", "udp", 1194, KEYED),
    "openvpn-tcp": Kind("OpenVPN over TCP", "tcp", 1194, KEYED),
    "ikev2": Kind("IKEv2 (IPsec)", "udp", 500),
    "ikev1": Kind("IKEv1 (IPsec)", "udp", 500, "IKEv1 gateways often answer only an offer that they like"),
    "l2tp": Kind("L2TP", "udp", 1701, "most gateways take L2TP inside IPsec only"),
    "sstp": Kind("SSTP", "tcp", 443),
    "anyconnect": Kind("AnyConnect", "tcp", 443),
    "tls": Kind("TLS", "tcp", 443),
    "wireguard": Kind("WireGuard", "udp", 51820, "WireGuard does not answer strangers"),
    "tcp": Kind("TCP", "tcp", None),
}
EITHER = {"openvpn": ("openvpn-udp", "openvpn-tcp"), "ipsec": ("ikev2", "ikev1")}
"""What people call by one name: the first that answers counts."""
PROTOCOLS = (*EITHER, *KINDS)
BY_PORT = {500: "ikev2", 1194: "openvpn", 1701: "l2tp", 4500: "ikev2", 51820: "wireguard"}
"""What an address without a protocol means; every other port is asked for a TCP connection."""

USUAL = (
    *(("ikev2", 500), ("ikev2", 4500), ("ikev1", 500), ("openvpn-udp", 1194), ("openvpn-tcp", 1194)),
    *(("wireguard", 51820), ("l2tp", 1701), ("anyconnect", 443), ("sstp", 443), ("openvpn-tcp", 443), ("tls", 443)),
)
"""Where VPN gateways are looked for when only their host is known."""
ANY_PORT = ("openvpn-udp", "openvpn-tcp", "anyconnect", "sstp", "tls", "wireguard")
"""What may listen on a port that is known for nothing."""


def by_port(port: int) -> str:
    """The protocol of a port when none is named."""
    return BY_PORT.get(port, "tcp")


def usual_port(protocol: str) -> int | None:
    """The port of a protocol when none is named; None where it has none of its own."""
    return KINDS[EITHER.get(protocol, (protocol,))[0]].port


def question(kind: str, port: int, attempt: int) -> bytes:
    """The packet that asks a gateway of a kind over UDP, for the attempt of that number."""
    match kind:
        case "openvpn-udp":
            return openvpn.greeting()
        case "ikev2":
            return ike.marked(ike.version_probe() if attempt == 0 else ike.sa_init(), port)
        case "ikev1":
            return ike.marked(ike.main_mode(), port)
        case "l2tp":
            return l2tp.start_request()
    return wireguard.initiation()


def reader(kind: str, port: int) -> Callable[[bytes, bytes], Said | None]:
    """What understands the answers to `question`: (asked, reply) → what it says, or None when it is no answer."""
    match kind:
        case "openvpn-udp":
            return openvpn.read
        case "ikev2" | "ikev1":
            read = ike.read_v2 if kind == "ikev2" else ike.read_v1
            return lambda asked, reply: read(ike.unmarked(asked, port), ike.unmarked(reply, port))
        case "l2tp":
            return l2tp.read
    return wireguard.read


def farewell(kind: str) -> Callable[[bytes, bytes], bytes] | None:
    """What makes, of a question and its answer, the packet that lets the gateway forget us; None where it need not."""
    return l2tp.stop if kind == "l2tp" else None
