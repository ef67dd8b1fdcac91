"""Alerts: each once, again only after it had ended, and to nobody who was not named."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from remoteready.exits import UnusableInput, UnusableOutput
from remoteready.fleet import alerts, roster
from remoteready.fleet.alerts import Kind
from remoteready.fleet.keeping import Shelf
from remoteready.fleet.privacy import pseudonym
from tests.fleet.state import KEY, Small, keep, shelf

ANN, BOB = pseudonym(KEY, "ann"), pseudonym(KEY, "bob")
HOURS = 72


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Shelf]:
    made = shelf(tmp_path)
    yield made
    made.store.close()


def run(kept: Shelf, at: datetime) -> list[tuple[Kind, str]]:
    """One run of `fleet alerts`."""
    found = alerts.due(kept.store, at, HOURS)
    alerts.settle(kept.store, found, at, HOURS)
    return [(one.kind, one.agent) for one in found]


def test_each_is_told_once_and_again_only_after_it_had_ended(kept: Shelf) -> None:
    week = [
        Small(0, day=0, wired="fail", recording=False),
        Small(1, day=1, wired="fail", recording=False),
        Small(2, day=2, wired="unknown"),
        Small(3, day=3, wired="fail", recording=None),
        Small(4, day=4, recording=True),
        Small(5, day=5, wired="fail", recording=False),
    ]
    both = {(Kind.NOT_READY, ANN), (Kind.RECORDING, ANN)}
    told = []
    for one in week:
        keep(kept, [one])
        told.append(set(run(kept, one.time)))
    assert told == [both, set(), set(), set(), set(), both]


def test_silence_is_told_once_until_there_is_a_report_again(kept: Shelf) -> None:
    first, later = Small(1), Small(2, day=9)
    keep(kept, [first])
    silent = [(Kind.SILENT, ANN)]
    hours = timedelta(hours=1)
    assert run(kept, first.time + HOURS * hours) == []
    assert run(kept, first.time + (HOURS + 1) * hours) == silent
    assert run(kept, first.time + (HOURS + 2) * hours) == []
    keep(kept, [later])
    assert run(kept, later.time) == []
    assert run(kept, later.time + (HOURS + 1) * hours) == silent


def test_whoever_left_the_roster_is_no_news(kept: Shelf) -> None:
    keep(kept, [Small(1, wired="fail"), Small(2, agent="bob", host="bbbb", wired="fail")])
    roster.apply(kept.store, KEY, roster.Roster({"bob": roster.Place("lyon", "sales")}, ()))
    assert run(kept, Small(1).time) == [(Kind.NOT_READY, BOB)]


class Hook(BaseHTTPRequestHandler):
    """Takes what is posted, or answers as its path says."""

    taken: list[dict[str, object]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        code = int(self.path.strip("/") or 204)
        self.send_response(code)
        if code == 302:
            self.send_header("Location", "/204")
        self.end_headers()
        if code == 204:
            self.taken.append(json.loads(body))

    do_GET = do_POST  # noqa: N815 – the name that http.server looks for

    def log_message(self, *about: object) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[str]:
    Hook.taken = []
    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_webhook_gets_what_is_printed(kept: Shelf, hook: str) -> None:
    keep(kept, [Small(1, wired="fail")])
    at = Small(1).time
    alerts.post(alerts.check_webhook(hook), alerts.due(kept.store, at, HOURS), at)
    assert Hook.taken == [
        {
            "schema_version": "1",
            "time": "2026-11-10T06:00:00Z",
            "alerts": [{"kind": "became_not_ready", "agent": ANN, "site": "", "team": "", "since": "2026-11-10"}],
        }
    ]


@pytest.mark.parametrize(("path", "problem"), [("/500", "answered 500"), ("/302", "answered 302")])
def test_a_webhook_that_does_not_take_it_is_one_clear_line(path: str, problem: str, hook: str) -> None:
    with pytest.raises(UnusableOutput, match=problem):
        alerts.post(hook + path, [], Small(1).time)
    assert not Hook.taken


def test_nobody_at_the_webhook_is_one_clear_line(hook: str) -> None:
    with pytest.raises(UnusableOutput, match="nothing counts as told"):
        alerts.post("http://127.0.0.1:9/", [], Small(1).time)


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "ftp://example.com/", "file:///etc/passwd", "https://", "example.com", "http://[", ""],
)
def test_alerts_leave_by_https_only_but_for_this_computer(url: str) -> None:
    with pytest.raises(UnusableInput, match="--webhook"):
        alerts.check_webhook(url)


@pytest.mark.parametrize(
    "url", ["https://example.com/hook", "http://127.0.0.1:9/", "http://[::1]/", "http://localhost/"]
)
def test_https_and_this_computer_are_fine(url: str) -> None:
    assert alerts.check_webhook(url) == url
