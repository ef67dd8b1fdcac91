"""What somebody should hear of, once: who stopped reporting, whose recordings do not leave, who became not ready."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http.client import HTTPException
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from remoteready.exits import UnusableInput, UnusableOutput
from remoteready.fleet.answers import SCHEMA_VERSION
from remoteready.fleet.store import Store

WEBHOOK_TIMEOUT_S = 10


class Kind(StrEnum):
    """What there is to hear."""

    SILENT = "stopped_reporting"
    RECORDING = "stopped_recording"
    NOT_READY = "became_not_ready"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing about one agent, since the day of the report that says so."""

    kind: Kind
    agent: str
    site: str
    team: str
    since: str


HOLDS = {
    Kind.SILENT: "created < :silent",
    Kind.RECORDING: "created >= :silent AND recording = 0",
    Kind.NOT_READY: "created >= :silent AND verdict = 'not_ready'",
}
"""When an alert is due."""
OVER = {
    Kind.SILENT: "created >= :silent",
    Kind.RECORDING: "created >= :silent AND recording = 1",
    Kind.NOT_READY: "created >= :silent AND verdict = 'ready'",
}
"""When it has ended, so that the next is news again. What cannot be told ends nothing."""


def due(store: Store, now: datetime, silent_after_hours: int) -> list[Alert]:
    """What there is to say now that has not been said, about people of the roster, or all where there is none."""
    silent = round((now - timedelta(hours=silent_after_hours)).timestamp() * 1000)
    found = []
    for kind, holds in HOLDS.items():
        rows = store.connection.execute(
            f"SELECT pseudonym, site, team, day FROM latest JOIN agent USING (aid) WHERE {holds} "
            "AND rostered >= (SELECT EXISTS (SELECT 1 FROM agent WHERE rostered = 1)) "
            "AND NOT EXISTS (SELECT 1 FROM alert WHERE alert.aid = latest.aid AND kind = :kind) "
            "ORDER BY site, team, pseudonym",
            {"silent": silent, "kind": kind},
        )
        found += [Alert(kind, *row) for row in rows]
    return found


def settle(store: Store, told: Iterable[Alert], now: datetime, silent_after_hours: int) -> None:
    """Note what has been told, so that it is told once, and forget what has ended."""
    silent = round((now - timedelta(hours=silent_after_hours)).timestamp() * 1000)
    with store.transaction() as connection:
        connection.executemany(
            "INSERT OR IGNORE INTO alert SELECT aid, ?, ? FROM agent WHERE pseudonym = ?",
            [(one.kind, round(now.timestamp() * 1000), one.agent) for one in told],
        )
        for kind, over in OVER.items():
            connection.execute(
                f"DELETE FROM alert WHERE kind = :kind AND aid IN (SELECT aid FROM latest WHERE {over})",
                {"silent": silent, "kind": kind},
            )


def to_data(alerts: Iterable[Alert], at: datetime) -> dict[str, Any]:
    """As JSON."""
    shown = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"schema_version": SCHEMA_VERSION, "time": shown, "alerts": [asdict(one) for one in alerts]}


def check_webhook(url: str) -> str:
    """The address, if reports may go there: by https, or to this computer itself. UnusableInput."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise UnusableInput(f"--webhook: not an address: {error}") from error
    if parts.scheme == "https" and host:
        return url
    if parts.scheme == "http" and _is_here(host):
        return url
    raise UnusableInput("--webhook: write https://host/path; plain http only to this computer itself")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class _Straight(urllib.request.HTTPRedirectHandler):
    """Goes where it was told to and nowhere else."""

    def redirect_request(self, *told: Any) -> None:
        """No request follows a redirection."""


def post(url: str, alerts: Iterable[Alert], at: datetime) -> None:
    """Send the alerts as JSON. UnusableOutput: they did not arrive; nothing is followed that redirects."""
    import truststore

    here = _is_here(urlsplit(url).hostname or "")
    request = urllib.request.Request(  # noqa: S310 – the scheme was checked
        url,
        data=json.dumps(to_data(alerts, at)).encode(),
        headers={"Content-Type": "application/json", "User-Agent": "remoteready"},
        method="POST",
    )
    trust = urllib.request.HTTPSHandler(context=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    straight = [urllib.request.ProxyHandler({})] if here else []
    try:
        with urllib.request.build_opener(_Straight, trust, *straight).open(request, timeout=WEBHOOK_TIMEOUT_S):
            return
    except urllib.error.HTTPError as error:
        error.close()
        problem = f"answered {error.code}"
    except urllib.error.URLError as error:
        problem = str(getattr(error.reason, "strerror", None) or error.reason)
    except (OSError, HTTPException, ValueError) as error:
        problem = str(error) or type(error).__name__
    raise UnusableOutput(f"--webhook {urlsplit(url).hostname}: {problem}; nothing counts as told, so run it again")
