"""What a probe of a VPN gateway comes to."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What was seen at a port. Only the first says for certain that the gateway is there."""

    ANSWERS = "answers"
    UNTRUSTED_CERTIFICATE = "untrusted_certificate"
    """It answers, but the operating system does not trust its certificate."""
    REFUSED = "refused"
    """The gateway, or a firewall on the way, says no."""
    UNREACHABLE = "unreachable"
    """There is no name, no route or no host."""
    WRONG_PROTOCOL = "wrong_protocol"
    """Something answers, but not as this kind of gateway does."""
    SILENT = "silent"
    """No answer; for some kinds that is how a working gateway treats strangers."""
    UNKNOWN = "unknown"
    """Could not be told; the evidence is the reason."""


@dataclass(frozen=True, slots=True)
class Said:
    """A packet understood: whether it comes from a gateway of the kind that was asked for, and what it says."""

    fits: bool
    words: str


@dataclass(frozen=True, slots=True)
class Probed:
    """One port of a gateway, asked by one protocol."""

    kind: str
    """A key of `kinds.KINDS`."""
    host: str
    port: int
    outcome: Outcome
    evidence: str
    """One clause, without the host: "answers as OpenVPN"."""
    round_trip_ms: float | None = None
    """From the question to the answer; by TCP, of the connection's set-up."""
    by: str | None = None
    """The address that refused, where the system tells it."""
