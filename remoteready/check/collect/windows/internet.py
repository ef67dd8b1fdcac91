"""Windows: what stands before the internet – a proxy, a sign-in page –, who answers for names, and added authorities.

Unconfirmed: that the rules of a policy on names put those of programs out of force, and the form of their servers.
"""

import struct
from collections.abc import Iterator

from remoteready.check.collect import certificates, common
from remoteready.check.collect.tunnels import Interfaces, Resolvers, not_in_hosts_file
from remoteready.check.collect.windows import adapters, native_internet
from remoteready.check.collect.windows import native as windows_native
from remoteready.check.collect.windows import native_net as windows_native_net
from remoteready.check.collect.windows.answers import told, values, virtual_machine
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable

# --- proxy and sign-in page -----------------------------------------------------------------------------------------

PROBING = r"HKLM\SYSTEM\CurrentControlSet\Services\NlaSvc\Parameters\Internet"
PROBING_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\NetworkConnectivityStatusIndicator"
INTERNET, SIGN_IN_PAGE = 3, 4
KINDS = {"manual": "system setting", "script": "PAC file", "machine": "setting for services"}


def access(host: Host) -> dict[str, Fact]:
    """A proxy by the settings of user and services or the environment, and a sign-in page as Windows knows of it."""
    return {
        "network.proxy": told(lambda: _proxy(host), "WinHTTP"),
        "network.captive_portal": told(lambda: _captive_portal(host), "GetNetworkConnectivityHint"),
    }


def _proxy(host: Host) -> Fact:
    """Windows looks for a proxy by itself unless told not to; whether the network offers one would have to be asked."""
    source = "WinHTTP"
    try:
        held = host.call(native_internet.proxy_settings)
    except Unavailable as error:
        return common.proxy(host, [], str(error), source)
    kinds = [words for kind, words in KINDS.items() if held[kind] is True]
    doubt = (
        "Windows looks for a proxy by itself (WPAD); what it finds is not asked" if held["detect"] is not False else ""
    )
    return common.proxy(host, kinds, doubt, source)


def _captive_portal(host: Host) -> Fact:
    """Windows looks for a page of its own when a network comes up. Where it may not, it takes it for granted.

    What the levels mean is Microsoft's: learn.microsoft.com, nl_network_connectivity_level_hint.
    """
    source = "GetNetworkConnectivityHint"
    level = host.call(native_internet.connectivity_level)
    if level == SIGN_IN_PAGE:
        return known(True, source, "Windows sees access to the internet only after a sign-in page")
    if level != INTERNET:
        return unknown("Windows does not see the internet, but no sign-in page either", source)
    forbidden = values(host, PROBING_POLICY, "NoActiveProbe").get("NoActiveProbe") == 1
    if forbidden or values(host, PROBING, "EnableActiveProbing").get("EnableActiveProbing") == 0:
        return unknown("Windows is not set to look for a sign-in page", source)
    return known(False, source, "Windows reaches the internet without a sign-in page")


# --- interfaces and names -------------------------------------------------------------------------------------------

HOSTS = r"C:\Windows\System32\drivers\etc\hosts"
NAME_RULES = (
    r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient\DnsPolicyConfig",
    r"HKLM\SYSTEM\CurrentControlSet\Services\Dnscache\Parameters\DnsPolicyConfig",
)
"""The name resolution policy table: of a policy, of programs such as VPN clients."""
PLACEHOLDER = "fec0:"
"""Windows' own stand-ins for a DNS server that nobody named."""


def interfaces(host: Host) -> Interfaces:
    """The adapters that are up, by what they call themselves."""
    elsewhere = virtual_machine(host)
    if elsewhere:
        raise Unavailable(elsewhere)
    held: dict[str, list[str]] = {}
    rows = {}
    for one in host.call(windows_native_net.adapters):
        if one["up"]:
            held.setdefault(str(one["description"]), []).extend(one["addresses"])
            rows[str(one["description"])] = one
    return Interfaces(held, lambda name: adapters.is_tunnel(rows[name]))


def resolvers(host: Host, name: str) -> Resolvers:
    """The DNS servers of the rule for the longest ending of the name; else those of all adapters: all are asked."""
    not_in_hosts_file(host, HOSTS, name)
    rules = [rule for key in NAME_RULES for rule in _rules(host, key)]
    asked = f".{name.rstrip('.').lower()}"
    fitting = {ending: servers for ending, servers in rules if asked.endswith(ending) or asked == f".{ending}"}
    if fitting:
        return Resolvers("name resolution policy", fitting[max(fitting, key=len)])
    servers = [one for one in host.call(native_internet.dns_servers) if not one.lower().startswith(PLACEHOLDER)]
    return Resolvers("DNS servers of the adapters", servers)


def _rules(host: Host, key: str) -> Iterator[tuple[str, list[str]]]:
    """Ending of names, which begins with a dot unless it is a whole name, and the servers that are asked for them."""
    for rule in host.call(windows_native.registry_keys, key) or ():
        held = values(host, rf"{key}\{rule}", "Name", "GenericDNSServers")
        servers = [one for one in str(held.get("GenericDNSServers", "")).replace(",", ";").split(";") if one.strip()]
        names = held.get("Name", [])
        for ending in [names] if isinstance(names, str) else names:
            if servers:
                yield str(ending).lower(), [one.strip() for one in servers]


# --- authorities ----------------------------------------------------------------------------------------------------

STORES = (
    r"HKLM\SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates",
    r"HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\Root\Certificates",
    r"HKLM\SOFTWARE\Microsoft\EnterpriseCertificates\Root\Certificates",
    r"HKCU\SOFTWARE\Microsoft\SystemCertificates\Root\Certificates",
)
"""Roots of the computer, of policies, of the company's directory, of the user. Microsoft's programme is in AuthRoot."""
MOST_ROOTS = 300
CERTIFICATE = 32
"""CERT_CERT_PROP_ID: the certificate itself among the properties that a store keeps of it (wincrypt.h)."""
MICROSOFT = "Microsoft"


def added_authorities(host: Host) -> list[certificates.Certificate]:
    """The authorities that were added to this computer. A few of Microsoft's own stand among them, and are left out."""
    found = []
    for store in STORES:
        for thumbprint in (host.call(windows_native.registry_keys, store) or [])[:MOST_ROOTS]:
            blob = str(values(host, rf"{store}\{thumbprint}", "Blob").get("Blob", ""))
            try:
                one = certificates.parse(certificate_in(bytes.fromhex(blob)))
            except ValueError:
                continue
            if not str(one.subject).startswith(MICROSOFT):
                found.append(one)
    return found


def certificate_in(blob: bytes) -> bytes:
    """The certificate in what a store keeps: number, a word that is always 1, length and content of each property."""
    place = 0
    while place + 12 <= len(blob):
        number, _, size = struct.unpack_from("<III", blob, place)
        if number == CERTIFICATE:
            return blob[place + 12 : place + 12 + size]
        place += 12 + size
    raise ValueError("no certificate among the properties")
