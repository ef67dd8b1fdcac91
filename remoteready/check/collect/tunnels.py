"""VPN tunnels: whether one is up, which traffic it carries, and whether a name is resolved inside it. Pure.

Judged by the interfaces that traffic would leave by. A VPN without an interface of its own – IPsec by policy, the proxy
of a zero-trust client – cannot be seen this way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from remoteready.check.collect import calls, common
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable
from remoteready.check.profile import Address

TUNNEL = ("network.tunnel_up", "network.tunnel_mode")
SOURCE = "interfaces and routes"
DNS_PORT = 53


@dataclass(frozen=True, slots=True)
class Interfaces:
    """The interfaces that are up, by name: their addresses, and which is a VPN tunnel; None where that is in doubt."""

    addresses: Mapping[str, Sequence[str]]
    is_tunnel: Callable[[str], bool | None]

    def leaving(self, host: Host, to: str, port: int) -> str | None:
        """The interface that traffic to an address leaves by; None without a route or an interface that is known."""
        local = host.call(calls.source_address, to, port)
        return self.holding(local) if local and _is_routable(local) else None

    def holding(self, address: str) -> str | None:
        """The interface that has an address."""
        return next((name for name, held in self.addresses.items() if address in held), None)


@dataclass(frozen=True, slots=True)
class Resolvers:
    """Who answers for a name: DNS servers by their addresses, or the interfaces that they were asked by."""

    source: str
    servers: Sequence[str] = ()
    interfaces: Sequence[str] = ()


def _ip(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:  # the hardware address, which is among an interface's addresses, too
        return None


def _is_routable(text: str) -> bool:
    """Whether an address came from a network, and was not made up by the computer itself, as idle tunnels' are."""
    ip = _ip(text)
    return ip is not None and not (ip.is_link_local or ip.is_loopback or ip.is_unspecified)


# --- which traffic a tunnel carries ---------------------------------------------------------------------------------


def tunnel(host: Host, interfaces: Callable[[Host], Interfaces], toward: Address | None) -> dict[str, Fact]:
    """Whether a tunnel is up, and whether it carries only the traffic to the contact centre or all of it."""
    try:
        seen = interfaces(host)
    except Unavailable as error:
        return dict.fromkeys(TUNNEL, unknown(str(error), SOURCE))
    try:
        source, name = _way(host, seen, toward)
    except Unavailable as error:
        return {"network.tunnel_up": _up(seen), "network.tunnel_mode": unknown(str(error), SOURCE)}
    up = _up(seen, name)
    return {"network.tunnel_up": up, "network.tunnel_mode": _mode(host, seen, source, name, up)}


def _way(host: Host, seen: Interfaces, toward: Address | None) -> tuple[str, str]:
    """Which route was asked for, and the interface that it leaves by."""
    try:
        source, local = common.route(host, toward)
    except Unavailable as error:
        raise Unavailable(f"the route out cannot be told: {error}") from error
    if local is None:
        raise Unavailable("there is no route out of this computer")
    if (ip := _ip(local)) and ip.is_loopback:
        raise Unavailable("the target is this computer itself")
    name = seen.holding(local) if _is_routable(local) else None
    if name is None:
        raise Unavailable("no interface holds the address that the traffic leaves from")
    return source, name


def _up(seen: Interfaces, used: str | None = None) -> Fact:
    """Whether a tunnel is up. One with only an IPv6 address that carries nothing of ours may serve a phone."""
    certain, doubtful = [], []
    for name, held in seen.addresses.items():
        routable = [ip for text in held if _is_routable(text) and (ip := _ip(text))]
        if not routable:
            continue
        is_tunnel = seen.is_tunnel(name)
        if is_tunnel and (name == used or any(ip.version == 4 for ip in routable)):
            certain.append(name)
        elif is_tunnel is not False:
            doubtful.append(name)
    if certain:
        return known(True, SOURCE, _carried(", ".join(certain), used, used in certain))
    if doubtful:
        return unknown(f"{', '.join(doubtful)} may be a VPN tunnel or not", SOURCE)
    return known(False, SOURCE, "no interface that is up is a tunnel")


def _carried(tunnels: str, used: str | None, inside: bool) -> str:
    if used is None:
        return f"{tunnels} is up"
    if inside:
        return f"{used} is up and carries the traffic"
    return f"{tunnels} is up, but the traffic leaves outside it, by {used}"


def _mode(host: Host, seen: Interfaces, source: str, name: str, up: Fact) -> Fact:
    """None, split or full. Where no host is named, only a desk without a tunnel or all inside one can be told."""
    tunnelled, named = seen.is_tunnel(name), source != common.DEFAULT_ROUTE
    open_question = unknown(
        "a VPN tunnel is or may be up, but no contact-centre host is named or found: whether its traffic takes the "
        "tunnel cannot be told",
        source,
        up.detail,
    )
    if tunnelled is None:
        return unknown(f"whether {name} is a tunnel cannot be told", source)
    if not tunnelled:
        if not named and up.value is not False:
            return open_question
        return known("none", source, up.detail if up.value else f"the traffic leaves by {name}, which is no tunnel")
    ways = _to_the_internet(host, seen)
    if not ways or None in ways.values():
        return unknown(f"{name} is a tunnel; whether the way to the internet is one, too, cannot be told", source)
    outside = [way for way, inside in ways.items() if not inside]
    if not outside:
        return known("full", source, f"all traffic leaves by {', '.join(ways)}")
    if not named:
        return open_question
    return known("split", source, f"the contact centre by {name}, the internet by {', '.join(outside)}")


def _to_the_internet(host: Host, seen: Interfaces) -> dict[str, bool | None]:
    """The interfaces of the default routes of IPv4 and IPv6, and whether each is a tunnel."""
    ways: dict[str, bool | None] = {}
    for address in common.ANYWHERE:
        try:
            name = seen.leaving(host, address.host, address.port)
        except Unavailable:  # a computer without IPv6
            continue
        if name is not None:
            ways[name] = seen.is_tunnel(name)
    return ways


# --- where a name is resolved ---------------------------------------------------------------------------------------


def resolved(
    host: Host,
    interfaces: Callable[[Host], Interfaces],
    resolvers: Callable[[Host, str], Resolvers],
    target: str,
    address: Address,
) -> dict[str, Fact]:
    """Whether a target's name is resolved inside the tunnel, to addresses that are not public."""
    try:
        fact = _resolved(host, interfaces, resolvers, address)
    except Unavailable as error:
        fact = unknown(str(error), SOURCE)
    return {f"target.{target}.resolved_in_tunnel": fact}


def _resolved(
    host: Host,
    interfaces: Callable[[Host], Interfaces],
    resolvers: Callable[[Host, str], Resolvers],
    address: Address,
) -> Fact:
    if _ip(address.host):
        return unknown("the host is named by its address: no name is resolved", SOURCE)
    try:
        found = [ip for text in host.call(calls.addresses_of, address.host) if (ip := _ip(text))]
    except Unavailable as error:
        return unknown(f"the name is not resolved: {error}", SOURCE)
    seen = interfaces(host)
    if _up(seen).value is False:
        return known(False, SOURCE, "no VPN tunnel is up")
    who = resolvers(host, address.host)
    ways = {way: seen.is_tunnel(way) for way in _ways(host, seen, who)}
    if not ways or not found:
        return unknown("which DNS server answers cannot be told", who.source)
    if None in ways.values():
        return unknown(f"whether {', '.join(ways)} is a tunnel cannot be told", who.source)
    if len(set(ways.values())) > 1:
        reason = f"DNS servers inside and outside the tunnel are asked ({', '.join(ways)}): either may have answered"
        return unknown(reason, who.source)
    if not all(ways.values()):
        return known(False, who.source, f"the DNS server is asked outside the tunnel, by {', '.join(ways)}")
    if any(ip.is_global for ip in found):
        return known(False, who.source, f"asked inside the tunnel, by {', '.join(ways)}, but the address is public")
    return known(True, who.source, f"asked inside the tunnel, by {', '.join(ways)}; the address is not public")


def _ways(host: Host, seen: Interfaces, who: Resolvers) -> list[str]:
    """The interfaces by which the DNS servers are asked."""
    if any((ip := _ip(server)) and ip.is_loopback for server in who.servers):
        raise Unavailable("a program on this computer answers for names; whom it asks cannot be seen")
    ways = [seen.leaving(host, server, DNS_PORT) for server in who.servers]
    return list(dict.fromkeys([*who.interfaces, *(way for way in ways if way is not None)]))


def not_in_hosts_file(host: Host, path: str, name: str) -> None:
    """Raises Unavailable where the file of fixed names has this one: no DNS server is asked then."""
    try:
        text = host.read(path)
    except Unavailable:
        return
    rows = [line.partition("#")[0].split() for line in text.splitlines()]
    if any(name.rstrip(".").lower() in map(str.lower, row[1:]) for row in rows):
        raise Unavailable(f"the name stands in {path}: no DNS server is asked")
