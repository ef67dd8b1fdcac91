"""What `remoteready vpn` shows."""

import json

import pytest
from rich.console import Console

from remoteready.exits import Verdict
from remoteready.measure.mtu import PathMtu
from remoteready.measure.vpn.outcome import Outcome, Probed
from remoteready.report import gateways
from remoteready.report.console import Paper

HOST = "vpn.example.com"
FOUND = [
    Probed("ikev2", HOST, 500, Outcome.REFUSED, "a router on the way forbids it: a firewall", by="192.0.2.1"),
    Probed("openvpn-udp", HOST, 1194, Outcome.ANSWERS, "answers as OpenVPN", 21.34),
    Probed("wireguard", HOST, 51820, Outcome.SILENT, "no answer within 3.5 s; WireGuard does not answer strangers"),
]
HOLE = PathMtu(1400, True, "packets of 1400 bytes arrive, those of 1420 and more vanish without a word")


def printed(found: list[Probed], verdict: Verdict, width: int = 120, encoding: str = "utf-8") -> str:
    sizes = {("openvpn-udp", 1194): HOLE}
    terminal = Console(file=Paper(encoding), width=width, highlight=False, markup=False, emoji=False, color_system=None)
    return gateways.console(HOST, found, sizes, verdict, terminal)


def test_the_answer_comes_first_and_every_protocol_has_its_line():
    lines = [line.strip() for line in printed(FOUND, Verdict.READY).splitlines()]
    assert "✔ ANSWERS  vpn.example.com answers: OpenVPN over UDP." in lines[1]
    assert lines[4:] == [
        "✘ IKEv2 (IPsec)     500/udp    a router on the way forbids it: a firewall (192.0.2.1)",
        "✔ OpenVPN over UDP  1194/udp   answers as OpenVPN (21.3 ms)",
        "packets of 1400 bytes arrive, those of 1420 and more vanish without a word",
        "? WireGuard         51820/udp  no answer within 3.5 s; WireGuard does not answer strangers",
        "",
        "To have it checked: remoteready check -D vpn_gateway=openvpn-udp://vpn.example.com:1194",
    ]


def test_what_may_still_be_there_is_named():
    shown = printed([FOUND[0], FOUND[2]], Verdict.UNDETERMINED)
    assert "? COULD NOT TELL  vpn.example.com: nothing is certain; WireGuard may be there." in shown
    assert "check -D" not in shown


def test_what_is_true_of_every_port_is_said_once():
    nowhere = [Probed(kind, HOST, 500, Outcome.UNREACHABLE, "the name is not found") for kind in ("ikev1", "ikev2")]
    shown = printed(nowhere, Verdict.NOT_READY)
    assert "✘ NO ANSWER  vpn.example.com: the name is not found." in shown
    assert shown.count("\n") == 3


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_narrow_terminal_without_unicode_shows_it_too(width):
    shown = printed(FOUND, Verdict.READY, width, "ascii")
    assert shown.isascii()
    assert max(map(len, shown.splitlines())) <= width


def test_as_data_it_holds_all_that_was_seen():
    data = json.loads(gateways.to_json(HOST, FOUND, {("openvpn-udp", 1194): HOLE}, Verdict.READY))
    assert (data["host"], data["verdict"], data["schema_version"]) == (HOST, "ready", 1)
    assert data["gateways"][0] == {
        **{"kind": "ikev2", "host": HOST, "port": 500, "outcome": "refused", "by": "192.0.2.1", "round_trip_ms": None},
        "evidence": "a router on the way forbids it: a firewall",
    }
    assert data["gateways"][1]["path_mtu"] == {
        **{"largest_bytes": 1400, "black_hole": True, "evidence": HOLE.evidence},
    }
