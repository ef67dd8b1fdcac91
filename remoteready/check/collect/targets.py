"""A named host, as this desk sees it: does it answer, is its certificate trusted, what does its clock say.

A VPN gateway is asked by its own protocol, see `measure.vpn`.
"""

from email.utils import parsedate_to_datetime

from remoteready.check.collect import calls
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable
from remoteready.check.profile import Address
from remoteready.measure.vpn import kinds
from remoteready.measure.vpn.outcome import Outcome

WITH_CERTIFICATE = ("sstp", "anyconnect", "tls")
TARGET = ("reachable", "certificate_trusted", "clock_skew_s")


def reach(host: Host, name: str, address: Address) -> dict[str, Fact]:
    """Whether a target answers, whether its certificate is trusted, and what its clock says.

    A VPN gateway is asked by its own protocol, which the address or its port names; everything else by TCP.
    """
    import time

    # what is known by then must not be lost
    late = time.monotonic() + calls.REACH_TIMEOUT_S - 3 * calls.CLOCK_TIMEOUT_S
    protocol = address.protocol or kinds.by_port(address.port)
    reachable = _connects(host, address) if protocol == "tcp" else _answers(host, address, protocol)
    if reachable.value is not True:
        certificate = clock = unknown(reachable.unknown or f"no connection to {reachable.detail}")
    elif protocol not in {"tcp", *WITH_CERTIFICATE}:
        certificate = clock = unknown(f"{address} shows strangers neither a certificate nor a clock")
    else:
        certificate, tls = _certificate(host, address)
        clock = (
            _clock(host, address, tls)
            if time.monotonic() < late
            else unknown(f"{address} answers too slowly to compare its clock")
        )
    return {
        f"target.{name}.reachable": reachable,
        f"target.{name}.certificate_trusted": certificate,
        f"target.{name}.clock_skew_s": clock,
    }


def _connects(host: Host, address: Address) -> Fact:
    refused = host.call(calls.connect, address.host, address.port)
    if refused:
        return known(False, f"TCP {address}", f"{address}: {refused}")
    return known(True, f"TCP {address}", f"{address} answers")


def _answers(host: Host, address: Address, protocol: str) -> Fact:
    """What the probe saw. Silence is a no only of a kind whose gateways answer everybody."""
    seen = host.call(calls.vpn_probe, address.host, address.port, protocol)
    kind, outcome = kinds.KINDS[seen["kind"]], Outcome(seen["outcome"])
    source, evidence = f"{kind.label} {address}", f"{address}: {seen['evidence']}"
    if outcome is Outcome.UNKNOWN or (outcome is Outcome.SILENT and kind.silence):
        return unknown(evidence, source)
    return known(outcome in {Outcome.ANSWERS, Outcome.UNTRUSTED_CERTIFICATE}, source, evidence)


def _certificate(host: Host, address: Address) -> tuple[Fact, bool | None]:
    """Whether the certificate is trusted, and whether the port speaks TLS; None when it kept silent."""
    source = f"TLS {address}"
    try:
        distrust = host.call(calls.distrusted, address.host, address.port)
    except Unavailable as error:
        silent = "timed out" in str(error)
        return unknown(f"no TLS with {address}: {error}", source), None if silent else False
    if distrust:
        return known(False, source, distrust), True
    return known(True, source, "the operating system trusts it"), True


def _clock(host: Host, address: Address, tls: bool | None) -> Fact:
    """This computer's clock against the host's: RFC 9110 says that Date is when the answer was made.

    Age (RFC 9111) is what a cache adds. Date has whole seconds, cut off: half a second is put back, and counts as error
    beside half the round trip.
    """
    source = f"HTTP Date of {address}"
    if tls is None:
        return unknown(f"{address} accepts connections but does not answer", source)
    try:
        answer = host.call(calls.http_date, address.host, address.port, tls)
    except Unavailable as error:
        return unknown(f"{address} does not tell its time by HTTP: {error}", source)
    try:
        date_s = parsedate_to_datetime(str(answer["date"])).timestamp() + int(answer.get("age") or 0)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return unknown(f"{address} sends no date that can be read", source)
    asked_s, answered_s = float(answer["asked_s"]), float(answer["answered_s"])
    round_trip_s = answered_s - asked_s
    if not 0 <= round_trip_s <= 2 * calls.REACH_TIMEOUT_S:
        return unknown("the clock of this computer was set while the host was asked", source)
    skew_s = (asked_s + answered_s) / 2 - (date_s + 0.5)
    return known(round(skew_s, 1), source, f"give or take {round_trip_s / 2 + 0.5:.1f} s: half the round trip and Date")
