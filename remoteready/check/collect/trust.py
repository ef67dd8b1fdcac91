"""Whether a desk talks to the host itself, or to somebody in between who shows certificates of their own. Pure.

Told only from what proves it: the certificate or the signer that the profile names, a public authority that vouches for
the name, a signer that only inspectors of traffic have, or – for a host of the public internet – a root that was added
to this computer. Everything else stays unknown.
"""

from collections.abc import Callable, Sequence

from remoteready.check.collect import calls, certificates, tls_calls
from remoteready.check.collect.certificates import Certificate
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable
from remoteready.check.profile import Address

TRUST = ("certificate_issuer", "tls_intercepted")
Authorities = Callable[[Host], list[Certificate]]


def trust(host: Host, added: Authorities, target: str, address: Address) -> dict[str, Fact]:
    """Who signed the certificate that was shown, and whether it is somebody in between.

    `added` tells the authorities that were added to this computer; it is only asked where nothing else decides.
    """
    source = f"TLS {address}"
    try:
        shown = [
            one for text in host.call(tls_calls.certificates_shown, address.host, address.port) for one in _read(text)
        ]
        linked = certificates.chain(shown)
        if not linked:
            raise Unavailable("the certificate cannot be read")
        signer = str(linked[0].issuer)
        issuer = known(signer, source, _path(linked)) if signer else unknown("its signer has no name", source)
    except Unavailable as error:
        issuer = intercepted = unknown(f"no certificate of {address} was seen: {error}", source)
    else:
        try:
            intercepted = _intercepted(host, added, address, linked)
        except Unavailable as error:
            intercepted = unknown(f"{address} was asked again, but does not answer: {error}", source)
    return {f"target.{target}.certificate_issuer": issuer, f"target.{target}.tls_intercepted": intercepted}


def _read(text: str) -> list[Certificate]:
    return certificates.parse_pem(str(text))


def _path(linked: Sequence[Certificate]) -> str:
    return "signed by " + ", that by ".join(str(one.issuer) or "nobody named" for one in linked[:3])


def _intercepted(host: Host, added: Authorities, address: Address, linked: Sequence[Certificate]) -> Fact:
    """The order matters: first what proves that it is the host itself, then what proves that it is not."""
    wanted, source, seen = address.identity, f"TLS {address}", _path(linked)
    if linked[0].sha256 in wanted.certificate_sha256:
        return known(False, source, "it is the certificate that the profile names")
    named = any(one.issuer.is_called(words) for one in linked for words in wanted.issuer)
    if host.call(tls_calls.publicly_distrusted, address.host, address.port) == "":
        if (wanted.issuer or wanted.certificate_sha256) and not named:
            return unknown(
                "a public authority vouches for the certificate, but the profile names another one: was it renewed?",
                source,
                seen,
            )
        return known(False, source, f"a public authority vouches for it: {seen}")
    distrust = str(host.call(calls.distrusted, address.host, address.port))
    if named:
        if not distrust:
            return known(False, source, f"as the profile says: {seen}")
        return unknown(
            f"its signer has the name that the profile gives, but is not trusted here: {distrust}", source, seen
        )
    return _in_between(host, added, address, linked, distrust)


def _in_between(host: Host, added: Authorities, address: Address, linked: Sequence[Certificate], distrust: str) -> Fact:
    """What is known of a certificate that neither a public authority nor the profile vouches for."""
    wanted, source, seen = address.identity, f"TLS {address}", _path(linked)
    product = certificates.inspector_in(linked)
    if product and (wanted.public or not product.own_hosts):
        return known(True, source, f"{product.name} looks into the traffic: {seen}")
    if wanted.issuer or wanted.certificate_sha256:
        return known(True, source, f"not the certificate or the signer that the profile names: {seen}")
    if not wanted.public:
        reason = "the profile says neither that the host is public nor who signs its certificate"
        return unknown(reason, source, seen)
    if distrust:
        return unknown(f"this computer does not trust the certificate either: {distrust}", source, seen)
    root = certificates.root_among(_added(host, added), linked)
    if root:
        return known(True, source, f"{root.subject}, an authority added to this computer, vouches for it")
    return unknown("trusted through an authority that is none of the public ones known here", source, seen)


def _added(host: Host, added: Authorities) -> list[Certificate]:
    try:
        return added(host)
    except Unavailable:
        return []
