"""macOS: what stands before the internet – a proxy –, who answers for names, and added authorities.

Not run on a Mac. Seen in public captures: `scutil --dns`, `scutil --proxy`, `security find-certificate -a -p`. What
macOS knows of sign-in pages is documented nowhere.
"""

import re
from collections.abc import Sequence
from ipaddress import ip_address

from remoteready.check.collect import calls, certificates, common
from remoteready.check.collect.macos.network import TUNNEL
from remoteready.check.collect.tunnels import Interfaces, Resolvers, not_in_hosts_file
from remoteready.check.facts import Fact, unknown
from remoteready.check.host import Host, Unavailable

SYSTEM_SETTINGS = ("HTTPEnable", "HTTPSEnable", "SOCKSEnable")
HOSTS = "/etc/hosts"
KEYCHAIN = "/Library/Keychains/System.keychain"
"""Where an administrator, device management and antivirus programs put authorities; Apple's own lie elsewhere."""


def access(host: Host) -> dict[str, Fact]:
    """A proxy by the settings of the present network or the environment."""
    portal = unknown("macOS does not tell programs whether a sign-in page stands before the internet")
    try:
        proxy = _proxy(host)
    except Unavailable as error:
        proxy = unknown(str(error), "scutil --proxy")
    return {"network.proxy": proxy, "network.captive_portal": portal}


def _proxy(host: Host) -> Fact:
    source = "scutil --proxy"
    try:
        text = host.run("scutil", "--proxy", timeout_s=1).stdout
        if "<dictionary>" not in text:
            raise Unavailable("scutil does not tell the settings of proxies")
    except Unavailable as error:
        return common.proxy(host, [], str(error), source)
    held = dict(re.findall(r"^  (\w+) : (\S+)$", text, re.MULTILINE))
    kinds = ["system setting"] if any(held.get(key) == "1" for key in SYSTEM_SETTINGS) else []
    if held.get("ProxyAutoConfigEnable") == "1":
        kinds.append("PAC file")
    searches = held.get("ProxyAutoDiscoveryEnable") == "1"
    doubt = "macOS looks for a proxy by itself (WPAD); what it finds is not asked" if searches else ""
    return common.proxy(host, kinds, doubt, source)


def interfaces(host: Host) -> Interfaces:
    """The interfaces with addresses. Four idle utun with addresses of their own making are normal.

    Alone, PPP is how a modem dials; beside another interface it is a VPN.
    """
    held = {name: list(addresses) for name, addresses in host.call(calls.interface_addresses).items()}

    def is_tunnel(name: str) -> bool | None:
        if not TUNNEL.fullmatch(name):
            return False
        others = any(_reaches_out(held[one]) for one in held if not TUNNEL.fullmatch(one))
        return None if name.startswith("ppp") and not others else True

    return Interfaces(held, is_tunnel)


def _reaches_out(addresses: Sequence[str]) -> bool:
    found = [ip_address(one) for one in addresses if re.fullmatch(r"[\d.]{7,15}", one, re.ASCII)]
    return any(not (one.is_loopback or one.is_link_local) for one in found)


def resolvers(host: Host, name: str) -> Resolvers:
    """The DNS servers for a name: those of the longest domain that it ends in, else those without a domain."""
    not_in_hosts_file(host, HOSTS, name)
    text = host.run("scutil", "--dns", timeout_s=1).stdout
    entries = re.split(r"^resolver #\d+\s*$", text.partition("(for scoped queries)")[0], flags=re.MULTILINE)[1:]
    asked = name.rstrip(".").lower()
    found: dict[str, list[str]] = {}
    for entry in entries:
        domain = re.search(r"^\s*domain\s*:\s*(\S+)", entry, re.MULTILINE)
        suffix = domain[1].rstrip(".").lower() if domain else ""
        if not suffix or asked == suffix or asked.endswith(f".{suffix}"):
            servers = re.findall(r"^\s*nameserver\[\d+\]\s*:\s*([^\s%]+)", entry, re.MULTILINE)
            found.setdefault(suffix, []).extend(servers)
    if not found:
        raise Unavailable("scutil shows no DNS server for the name")
    return Resolvers("scutil --dns", found[max(found, key=len)])


def added_authorities(host: Host) -> list[certificates.Certificate]:
    """The authorities that were added to this computer, as the system's keychain holds them; reading asks nobody."""
    return certificates.parse_pem(host.run("security", "find-certificate", "-a", "-p", KEYCHAIN, timeout_s=2).stdout)
