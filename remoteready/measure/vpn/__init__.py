"""Is there a VPN gateway at an address? Asked by its own protocol, without a login and without leaving anything behind.

WireGuard, and OpenVPN with a key for its greeting, are silent to strangers by design: silence then says nothing, while
an ICMP error or a broken connection still says that the way is closed.
"""

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from remoteready.measure import datagrams
from remoteready.measure.datagrams import Heard, Place
from remoteready.measure.vpn import kinds, openvpn, web
from remoteready.measure.vpn.kinds import EITHER, KINDS
from remoteready.measure.vpn.outcome import Outcome, Probed, Said

T = TypeVar("T")

TIMEOUT_S = 3.5
"""Three questions, the last of them 2 s before the end."""
BEST_FIRST = (
    Outcome.ANSWERS,
    Outcome.UNTRUSTED_CERTIFICATE,
    Outcome.UNKNOWN,
    Outcome.SILENT,
    Outcome.WRONG_PROTOCOL,
    Outcome.REFUSED,
    Outcome.UNREACHABLE,
)
"""Of two attempts on one gateway, which tells more: what may still be a gateway goes before what is none."""

Seen = tuple[Outcome, str, float | None, str | None]
"""Outcome, evidence, round trip in ms, and who refused."""


def probe(host: str, port: int, kind: str = "auto", timeout_s: float = TIMEOUT_S) -> Probed:
    """Ask a port of a gateway by a protocol of `kinds.PROTOCOLS`, or by that which its port is known for ("auto").

    A name with an IPv6 and an IPv4 address is asked at both at the same time, and so is "openvpn" by UDP and TCP. Takes
    up to `timeout_s`, and as long again for a certificate.
    """
    if kind == "auto":
        kind = kinds.by_port(port)
    wanted = EITHER.get(kind, (kind,))
    try:
        places = datagrams.places(host, port)
    except (socket.gaierror, UnicodeError) as error:
        reason = datagrams.name_trouble(error)
        outcome = Outcome.UNREACHABLE if reason == datagrams.NAME_NOT_FOUND else Outcome.UNKNOWN
        return Probed(wanted[0], host, port, outcome, reason)
    return best(
        together(
            partial(_attempt, one, host, port, family, place, timeout_s) for one in wanted for family, place in places
        )
    )


def together(attempts: Iterable[Callable[[], T]]) -> Iterator[T]:
    """What attempts come to that are made at the same time, as they end. None keeps the interpreter from ending."""
    answers: queue.SimpleQueue[T | Exception] = queue.SimpleQueue()

    def run(attempt: Callable[[], T]) -> None:
        try:
            answers.put(attempt())
        except Exception as error:
            answers.put(error)

    threads = [threading.Thread(target=run, args=(attempt,), daemon=True) for attempt in attempts]
    for thread in threads:
        thread.start()
    for _ in threads:
        answer = answers.get()
        if isinstance(answer, Exception):
            raise answer
        yield answer


def best(attempts: Iterable[Probed]) -> Probed:
    """The attempt that tells most; none is waited for after one that answers."""
    found: list[Probed] = []
    for attempt in attempts:
        found.append(attempt)
        if attempt.outcome in {Outcome.ANSWERS, Outcome.UNTRUSTED_CERTIFICATE}:
            break
    return min(found, key=lambda one: BEST_FIRST.index(one.outcome))


def _attempt(kind: str, host: str, port: int, family: int, place: Place, timeout_s: float) -> Probed:
    return Probed(kind, host, port, *_seen(kind, host, family, place, timeout_s))


def _seen(kind: str, host: str, family: int, place: Place, timeout_s: float) -> Seen:
    try:
        if KINDS[kind].transport == "udp":
            heard = datagrams.ask(
                family,
                place,
                partial(kinds.question, kind, place[1]),
                kinds.reader(kind, place[1]),
                timeout_s,
                kinds.farewell(kind),
            )
            return from_datagrams(kind, heard, str(place[0]), timeout_s)
        return _by_tcp(kind, host, family, place, timeout_s)
    except PermissionError as error:
        return Outcome.UNKNOWN, datagrams.errno_words(error.errno or 0), None, None
    except ConnectionRefusedError:
        return Outcome.REFUSED, "the port is refused: nothing listens there, or a firewall forbids it", None, None
    except TimeoutError:
        return Outcome.UNREACHABLE, f"no answer within {timeout_s:g} s", None, None
    except OSError as error:
        return Outcome.UNREACHABLE, datagrams.errno_words(error.errno or 0), None, None


def from_datagrams(kind: str, heard: Heard[Said], asked: str, timeout_s: float) -> Seen:
    """What a conversation by UDP with the address `asked` comes to."""
    label = KINDS[kind].label
    if heard.answer:
        outcome = Outcome.ANSWERS if heard.answer.fits else Outcome.WRONG_PROTOCOL
        return outcome, heard.answer.words, heard.round_trip_ms, None
    if heard.stray is not None:
        return Outcome.WRONG_PROTOCOL, f"something answers, but not as {label}", None, None
    if heard.trouble:
        outcome = Outcome.REFUSED if heard.trouble.final else Outcome.UNREACHABLE
        return outcome, datagrams.words(heard.trouble, asked), None, heard.trouble.by
    return Outcome.SILENT, silence(kind, f"no answer within {timeout_s:g} s"), None, None


def silence(kind: str, what: str) -> str:
    """The evidence when a gateway says nothing."""
    normal = KINDS[kind].silence
    return f"{what}; {normal}" if normal else what


# --- TCP and TLS ---


def _by_tcp(kind: str, host: str, family: int, place: Place, timeout_s: float) -> Seen:
    start = time.monotonic()
    end = start + timeout_s
    with _connected(family, place, timeout_s) as tcp:
        round_trip_ms = (time.monotonic() - start) * 1000
        match kind:
            case "tcp":
                outcome, evidence = Outcome.ANSWERS, "accepts connections"
            case "openvpn-tcp":
                outcome, evidence = _openvpn(tcp, end)
            case _:
                outcome, evidence = _tls(kind, host, tcp, end)
    if kind == "openvpn-tcp" and outcome is Outcome.UNKNOWN:
        with _connected(family, place, timeout_s) as tcp:
            if _tls("tls", host, tcp, time.monotonic() + timeout_s)[0] is Outcome.ANSWERS:
                outcome, evidence = Outcome.WRONG_PROTOCOL, "speaks TLS, but does not answer as OpenVPN"
    if kind in {"tls", *QUESTIONS} and outcome is Outcome.ANSWERS:
        outcome, evidence = _trusted(evidence, host, family, place, timeout_s)
    return outcome, evidence, round_trip_ms, None


@contextmanager
def _connected(family: int, place: Place, timeout_s: float) -> Iterator[socket.socket]:
    with socket.socket(family, socket.SOCK_STREAM) as tcp:
        tcp.settimeout(timeout_s)
        tcp.connect(place)
        yield tcp


def _openvpn(tcp: socket.socket, end: float) -> tuple[Outcome, str]:
    asked = openvpn.greeting()
    try:
        tcp.sendall(openvpn.framed(asked))
        stream = read_until(tcp, lambda stream: openvpn.unframed(stream) is not None or None, end)
    except TimeoutError:
        return Outcome.WRONG_PROTOCOL, "accepts connections, but does not answer as OpenVPN"
    except OSError:
        return Outcome.UNKNOWN, "breaks the connection off: another service, or a firewall that forbids OpenVPN"
    if not stream:
        return Outcome.SILENT, silence("openvpn-tcp", "accepts the connection and closes it")
    if said := openvpn.read(asked, openvpn.unframed(stream) or b""):
        return Outcome.ANSWERS, said.words
    return Outcome.WRONG_PROTOCOL, "something answers, but not as OpenVPN"


QUESTIONS: dict[str, tuple[Callable[[str], bytes], Callable[[bytes], bool | None]]] = {
    "sstp": (web.sstp_request, web.is_sstp),
    "anyconnect": (web.anyconnect_request, web.is_anyconnect),
}
NOT_TLS = {"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"}
"""OpenSSL's names for an answer that is not TLS at all."""


def _tls(kind: str, host: str, tcp: socket.socket, end: float) -> tuple[Outcome, str]:
    """Speak TLS without a look at the certificate, then ask for the product. Nothing secret is sent."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        tcp.settimeout(max(0.001, end - time.monotonic()))
        with context.wrap_socket(tcp, server_hostname=host) as tls:
            return _product(kind, host, tls, end)
    except TimeoutError:
        return Outcome.WRONG_PROTOCOL, "accepts connections, but does not answer to TLS"
    except ssl.SSLError as error:
        if isinstance(error, ssl.SSLEOFError) or error.reason in NOT_TLS:
            return Outcome.WRONG_PROTOCOL, "does not speak TLS, or a firewall breaks it off"
        why = (error.reason or "no reason given").replace("_", " ").lower()
        return (
            Outcome.UNKNOWN,
            f"ends TLS before it tells what it is ({why}); it may want a certificate of this computer",
        )
    except OSError:
        return Outcome.WRONG_PROTOCOL, "breaks TLS off: another service, or a firewall that forbids it"


def _product(kind: str, host: str, tls: ssl.SSLSocket, end: float) -> tuple[Outcome, str]:
    if kind == "tls":
        return Outcome.ANSWERS, f"answers by {tls.version() or 'TLS'}"
    request, judge = QUESTIONS[kind]
    try:
        tls.sendall(request(host))
        fits = judge(read_until(tls, judge, end))
    except (TimeoutError, ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
        fits = False
    label = KINDS[kind].label
    if fits:
        return Outcome.ANSWERS, f"answers as {label}"
    return Outcome.WRONG_PROTOCOL, f"speaks TLS, but does not answer as {label}"


def read_until(tcp: socket.socket, judge: Callable[[bytes], bool | None], end: float) -> bytes:
    """What comes until it can be judged, the other end closes, or it is too much. TimeoutError at the time `end`."""
    answer = b""
    while judge(answer) is None and len(answer) < web.LARGEST_BYTES:
        tcp.settimeout(max(0.001, end - time.monotonic()))
        part = tcp.recv(4096)
        if not part:
            break
        answer += part
    return answer


def _trusted(evidence: str, host: str, family: int, place: Place, timeout_s: float) -> tuple[Outcome, str]:
    """Whether the operating system trusts the certificate for this name, on a connection of its own."""
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        with _connected(family, place, timeout_s) as tcp, context.wrap_socket(tcp, server_hostname=host):
            return Outcome.ANSWERS, evidence
    except ssl.SSLCertVerificationError as error:
        why = str(error.verify_message or error.reason or error).lower()
        return Outcome.UNTRUSTED_CERTIFICATE, f"{evidence}, but its certificate is not trusted: {why}"
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return Outcome.UNKNOWN, f"{evidence}, but a second connection for its certificate failed: {reason}"
