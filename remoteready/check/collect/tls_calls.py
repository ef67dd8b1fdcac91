"""Native calls about what a host shows when TLS is spoken with it: plain data in, plain data out, as in calls."""

import socket
import ssl
from typing import Any

from remoteready.check.collect.calls import REACH_TIMEOUT_S, unchecked


def certificates_shown(host: str, port: int) -> list[str]:
    """The certificates that a host shows, its own first, as PEM. Nothing of them is checked, nothing secret is sent."""
    context = unchecked()
    with (
        socket.create_connection((host, port), timeout=REACH_TIMEOUT_S) as plain,
        context.wrap_socket(plain, server_hostname=host) as channel,
    ):
        # Public from Python 3.13 on; before, only the object inside has it (truststore does the same).
        holder: Any = channel if hasattr(channel, "get_unverified_chain") else channel._sslobj  # type: ignore[attr-defined]
        chain = holder.get_unverified_chain() or ()
        shown = [one if isinstance(one, bytes) else one.public_bytes(2) for one in chain]  # 2: ENCODING_DER
        own = channel.getpeercert(binary_form=True)
    return [ssl.DER_cert_to_PEM_cert(one) for one in shown or ([own] if own else [])]


def publicly_distrusted(host: str, port: int) -> str:
    """Empty when a public authority vouches for the certificate shown for this name, whatever this computer trusts."""
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    try:
        with (
            socket.create_connection((host, port), timeout=REACH_TIMEOUT_S) as plain,
            context.wrap_socket(plain, server_hostname=host),
        ):
            return ""
    except ssl.SSLCertVerificationError as error:
        return str(error.verify_message or error.reason or error).lower()
