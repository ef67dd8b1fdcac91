"""A server of somebody else that takes uploads by HTTP: its address as a person writes it, and TLS to it."""

import http.client
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from remoteready.exits import UnusableInput
from remoteready.measure import udp

SECURE = {"http": False, "ws": False, "https": True, "wss": True}


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server takes uploads."""

    secure: bool
    host: str
    port: int
    path: str

    def address(self) -> tuple[int, udp.Address]:
        """Family and address that the system would use first. OSError if the name has none."""
        family, _, _, _, address = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0]
        return family, address  # type: ignore[return-value]  # only of families that it knows

    def secured(self, sock: socket.socket) -> socket.socket:
        """A connection with TLS in it, where the address wants it, trusted as the system trusts. OSError closes it."""
        if not self.secure:
            return sock
        import truststore

        try:
            return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_socket(sock, server_hostname=self.host)
        except BaseException:
            sock.close()
            raise


def parsed(url: str, schemes: tuple[str, ...], example: str) -> Server:
    """The server at a URL, its path and query as they stand. UnusableInput says how to write it, by an example."""
    wrong = UnusableInput(f"--upload-url {url!r}: write the address of the server, such as {example}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    plain = all(33 <= ord(letter) < 127 for letter in url)
    if parts.scheme not in schemes or not parts.hostname or parts.username is not None or not plain:
        raise wrong
    secure = SECURE[parts.scheme]
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return Server(secure, parts.hostname, port or (443 if secure else 80), path)


def reason(error: Exception, kind: str) -> str:
    """Why there is no upload to a server of a kind, such as LibreSpeed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of the {kind} server is not trusted: {error.verify_message.lower()}"
    if isinstance(error, ssl.SSLError):
        return "what answers there does not speak TLS: try http:// or ws://"
    if isinstance(error, TimeoutError):
        return f"the {kind} server does not answer"
    if isinstance(error, OSError):
        return f"no connection to the {kind} server: {udp.reason(error)}"
    if isinstance(error, http.client.HTTPException):
        return "what answers there speaks no HTTP"
    return str(error)


def refusal(status: int, kind: str) -> str:
    """What a status means that is no consent to an upload."""
    if status in (301, 302, 303, 307, 308):
        return f"the server sends uploads elsewhere (HTTP {status}): a sign-in page, or it wants https://"
    if status in (401, 403, 407, 429):
        return f"the server refuses uploads from this address (HTTP {status})"
    if status in (400, 404, 405, 426):
        return f"no {kind} server takes uploads at this address (HTTP {status})"
    if status == http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return "the server takes no uploads of this size (HTTP 413)"
    return f"the server answers with an error (HTTP {status})"
