"""Real VPN gateways behind a router: answering, stopped, filtered, rejected, and asked by the wrong protocol."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from remoteready.check.collect.targets import reach
from remoteready.check.facts import Fact
from remoteready.check.host import LiveHost
from remoteready.check.profile import Address, parse_address
from remoteready.measure import vpn
from remoteready.measure.vpn.outcome import Outcome, Probed
from tests.lab import netns, servers

MISSING = servers.missing()
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {MISSING}")
PATIENT_S, BRIEF_S = 10.0, 0.7
"""For an answer, however busy the machine is; for silence, long enough to ask twice."""
UDP_PORTS, TCP_PORTS = {500, 1194, 1195, 1196, 1701, 4500, 51820}, {443, 1194, 1195, 4433}
ROUTER = "10.77.0.2"


@dataclass
class Lab:
    desk: netns.Room
    router: netns.Room
    gateway: servers.Gateway
    running: dict[str, tuple[Callable[[], "subprocess.Popen[bytes]"], "subprocess.Popen[bytes]"]]

    @property
    def address(self) -> str:
        return self.gateway.room.left

    def start(self, name: str, start: Callable[[], "subprocess.Popen[bytes]"]) -> None:
        self.running[name] = (start, start())

    def ready(self) -> None:
        """Wait until everything listens."""
        end = time.monotonic() + 20
        while missing := self.silent_ports():
            assert time.monotonic() < end, f"not listening after 20 s: {missing}"
            time.sleep(0.05)

    def silent_ports(self) -> set[tuple[str, int]]:
        wanted = {("udp", port) for port in UDP_PORTS} | {("tcp", port) for port in TCP_PORTS}
        for protocol, state in (("udp", "07"), ("tcp", "0A"), ("udp6", "07"), ("tcp6", "0A")):
            for line in self.gateway.room.run("cat", f"/proc/net/{protocol}").splitlines()[1:]:
                fields = line.split()
                if fields[3] == state:
                    wanted.discard((protocol[:3], int(fields[1].rpartition(":")[2], 16)))
        return wanted

    def probe(self, port: int, kind: str, timeout_s: float = PATIENT_S) -> Probed:
        return self.desk.call(vpn.probe, self.address, port, kind, timeout_s)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with netns.row("desk", "router", "gateway") as (desk, router, room):
        gateway = servers.Gateway(room, tmp_path_factory.mktemp("gateway"))
        key = gateway.openvpn_key()
        made = Lab(desk, router, gateway, {})
        made.start("openvpn-udp", lambda: gateway.openvpn(1194))
        made.start("openvpn-tcp", lambda: gateway.openvpn(1194, protocol="tcp"))
        made.start("tls-auth-udp", lambda: gateway.openvpn(1195, "--tls-auth", key, "0"))
        made.start("tls-auth-tcp", lambda: gateway.openvpn(1195, "--tls-auth", key, "0", protocol="tcp"))
        made.start("tls-crypt", lambda: gateway.openvpn(1196, "--tls-crypt", key))
        made.start("charon", gateway.charon)
        made.start("ocserv", gateway.ocserv)
        made.start("xl2tpd", gateway.xl2tpd)
        made.start("wireguard", gateway.wireguard)
        with gateway.sstp(4433):
            made.ready()
            yield made


@pytest.fixture
def rules(lab: Lab) -> Iterator[Callable[..., None]]:
    """Sets what the router does with the traffic; afterwards it does nothing."""
    yield lab.router.nft
    lab.router.run("nft", "flush ruleset")


ANSWERING = [
    (1194, "openvpn-udp", Outcome.ANSWERS, "answers as OpenVPN"),
    (1194, "openvpn-tcp", Outcome.ANSWERS, "answers as OpenVPN"),
    (1194, "openvpn", Outcome.ANSWERS, "answers as OpenVPN"),
    (1194, "auto", Outcome.ANSWERS, "answers as OpenVPN"),
    (1195, "openvpn-udp", Outcome.SILENT, "no answer within 0.7 s; OpenVPN with a key for its greeting"),
    (1195, "openvpn-tcp", Outcome.SILENT, "accepts the connection and closes it; OpenVPN with a key for its greeting"),
    (1196, "openvpn-udp", Outcome.SILENT, "no answer within 0.7 s; OpenVPN with a key for its greeting"),
    (1196, "openvpn", Outcome.SILENT, "no answer within 0.7 s; OpenVPN with a key for its greeting"),
    (500, "ikev2", Outcome.ANSWERS, "answers as IKEv2"),
    (4500, "ikev2", Outcome.ANSWERS, "answers as IKEv2"),
    (500, "ikev1", Outcome.ANSWERS, "answers as IKEv1, which wants another encryption than was offered"),
    (4500, "ikev1", Outcome.ANSWERS, "answers as IKEv1, which wants another encryption than was offered"),
    (500, "ipsec", Outcome.ANSWERS, "answers as IKEv"),
    (1701, "l2tp", Outcome.ANSWERS, "answers as L2TP"),
    (51820, "wireguard", Outcome.SILENT, "no answer within 0.7 s; WireGuard does not answer strangers"),
    (443, "anyconnect", Outcome.UNTRUSTED_CERTIFICATE, "answers as AnyConnect, but its certificate is not trusted: "),
    (443, "tls", Outcome.UNTRUSTED_CERTIFICATE, "answers by TLSv1."),
    (4433, "sstp", Outcome.UNTRUSTED_CERTIFICATE, "answers as SSTP, but its certificate is not trusted: "),
    (443, "tcp", Outcome.ANSWERS, "accepts connections"),
    (443, "auto", Outcome.ANSWERS, "accepts connections"),
]


@pytest.mark.parametrize(("port", "kind", "outcome", "evidence"), ANSWERING)
def test_a_gateway_at_work_is_known_or_silent_by_design(lab, port, kind, outcome, evidence):
    seen = lab.probe(port, kind, BRIEF_S if evidence.startswith("no answer") else PATIENT_S)
    assert (seen.outcome, seen.evidence[: len(evidence)]) == (outcome, evidence)
    assert (seen.round_trip_ms is None) == (outcome is Outcome.SILENT and "closes it" not in evidence)


WRONG = [
    (443, "openvpn-tcp", "speaks TLS, but does not answer as OpenVPN"),
    (1194, "anyconnect", "does not speak TLS, or a firewall breaks it off"),
    (1194, "tls", "does not speak TLS, or a firewall breaks it off"),
    (443, "sstp", "speaks TLS, but does not answer as SSTP"),
    (4433, "anyconnect", "speaks TLS, but does not answer as AnyConnect"),
]


@pytest.mark.parametrize(("port", "kind", "evidence"), WRONG)
def test_a_gateway_of_another_kind_is_called_so_by_tcp(lab, port, kind, evidence):
    seen = lab.probe(port, kind, 2.5)
    assert (seen.outcome, seen.evidence) == (Outcome.WRONG_PROTOCOL, evidence)


@pytest.mark.parametrize(
    ("port", "kind"), [(1194, "ikev2"), (500, "openvpn-udp"), (1701, "wireguard"), (51820, "l2tp")]
)
def test_a_gateway_of_another_kind_is_silent_by_udp(lab, port, kind):
    assert lab.probe(port, kind, BRIEF_S).outcome is Outcome.SILENT


@pytest.mark.parametrize(
    ("port", "kind", "outcome"),
    [
        *((500, "ikev2", Outcome.ANSWERS), (4500, "ikev1", Outcome.ANSWERS)),
        *((443, "anyconnect", Outcome.UNTRUSTED_CERTIFICATE), (51821, "wireguard", Outcome.REFUSED)),
    ],
)
def test_a_gateway_is_asked_by_ipv6_as_well(lab, port, kind, outcome):
    address = netns.v6(lab.address)
    seen = lab.desk.call(vpn.probe, address, port, kind, PATIENT_S)
    assert seen.outcome is outcome
    assert seen.by == (address if outcome is Outcome.REFUSED else None)


STOPPED = [
    ("openvpn-udp", 1194, "openvpn-udp"),
    ("openvpn-tcp", 1194, "openvpn-tcp"),
    ("tls-crypt", 1196, "openvpn-udp"),
    ("charon", 500, "ikev2"),
    ("charon", 4500, "ikev1"),
    ("ocserv", 443, "anyconnect"),
    ("xl2tpd", 1701, "l2tp"),
    ("wireguard", 51820, "wireguard"),
]


@pytest.mark.parametrize(("server", "port", "kind"), STOPPED)
def test_a_gateway_that_was_stopped_refuses(lab, server, port, kind):
    start, process = lab.running[server]
    netns.stop(process)
    try:
        seen = lab.probe(port, kind)
    finally:
        lab.start(server, start)
        lab.ready()
    assert seen.outcome is Outcome.REFUSED
    assert seen.by == (None if "tcp" in kind or kind == "anyconnect" else lab.address)
    assert "nothing listens" in seen.evidence


FILTERED = [
    (1194, "openvpn-udp", Outcome.SILENT),
    (1194, "openvpn-tcp", Outcome.UNREACHABLE),
    (1194, "openvpn", Outcome.SILENT),
    (500, "ikev2", Outcome.SILENT),
    (1701, "l2tp", Outcome.SILENT),
    (443, "anyconnect", Outcome.UNREACHABLE),
    (4433, "sstp", Outcome.UNREACHABLE),
    (51820, "wireguard", Outcome.SILENT),
]


@pytest.mark.parametrize(("port", "kind", "outcome"), FILTERED)
def test_a_firewall_that_drops_is_silence_by_udp_and_no_way_by_tcp(lab, rules, port, kind, outcome):
    rules("filter hook forward", "ip saddr 10.77.0.1 drop")
    seen = lab.probe(port, kind, BRIEF_S)
    assert (seen.outcome, seen.evidence.partition(";")[0]) == (outcome, "no answer within 0.7 s")


REJECTED = [
    ("icmp type admin-prohibited", Outcome.REFUSED, "a router on the way forbids it: a firewall"),
    ("icmp type port-unreachable", Outcome.REFUSED, "a router on the way says that nothing listens on this port"),
    ("icmp type host-unreachable", Outcome.UNREACHABLE, "a router on the way finds no way to the host"),
    ("icmp type net-unreachable", Outcome.UNREACHABLE, "a router on the way finds no way to the host"),
]


@pytest.mark.parametrize(("how", "outcome", "evidence"), REJECTED)
@pytest.mark.parametrize(("port", "kind"), [(1194, "openvpn-udp"), (51820, "wireguard")])
def test_a_router_that_rejects_is_named(lab, rules, port, kind, how, outcome, evidence):
    rules("filter hook forward", f"ip saddr 10.77.0.1 reject with {how}")
    seen = lab.probe(port, kind, BRIEF_S)
    assert (seen.outcome, seen.evidence, seen.by) == (outcome, evidence, ROUTER)


@pytest.mark.parametrize("how", ["tcp reset", "icmp type port-unreachable"])
def test_a_connection_that_is_rejected_is_refused(lab, rules, how):
    rules("filter hook forward", f"ip saddr 10.77.0.1 meta l4proto tcp reject with {how}")
    for port, kind in ((1194, "openvpn-tcp"), (443, "anyconnect"), (443, "tcp")):
        assert lab.probe(port, kind).outcome is Outcome.REFUSED


def test_a_route_that_leads_nowhere_is_unreachable_and_one_that_is_forbidden_unknown(lab):
    for route, outcome, evidence in (
        ("blackhole", Outcome.UNREACHABLE, "a route of this computer throws the traffic away"),
        ("unreachable", Outcome.UNREACHABLE, "no way to the host"),
        ("prohibit", Outcome.UNKNOWN, "this computer forbids the attempt: a firewall or a route of its own"),
    ):
        lab.desk.run("ip", "route", "add", route, "10.77.1.2/32")
        try:
            seen = [lab.probe(port, kind) for port, kind in ((1194, "openvpn-udp"), (443, "tls"))]
        finally:
            lab.desk.run("ip", "route", "del", route, "10.77.1.2/32")
        assert [(one.outcome, one.evidence) for one in seen] == [(outcome, evidence)] * 2
    assert lab.desk.call(vpn.probe, "203.0.113.9", 500).evidence == "this computer has no route to it"
    assert lab.desk.call(vpn.probe, "vpn.invalid", 500).evidence in netns.NO_NAME


def test_a_firewall_that_breaks_openvpn_off_leaves_it_unknown(lab, rules):
    rules("filter hook forward", "tcp dport 1194 tcp flags & (syn | ack | psh) == ack | psh reject with tcp reset")
    seen = lab.probe(1194, "openvpn-tcp")
    assert (seen.outcome, seen.evidence) == (
        Outcome.UNKNOWN,
        "breaks the connection off: another service, or a firewall that forbids OpenVPN",
    )


def test_an_address_of_the_local_network_that_nobody_has_is_said_so(lab):
    lab.desk.run("sysctl", "-qw", "net.ipv4.neigh.right.retrans_time_ms=50")
    seen = lab.desk.call(vpn.probe, "10.77.0.77", 500, "ikev2", 1.5)
    assert (seen.outcome, seen.evidence, seen.by) == (
        Outcome.UNREACHABLE,
        "no machine of the local network has this address",
        None,
    )


def test_an_ikev2_gateway_that_is_deaf_to_unknown_versions_is_asked_for_one_it_knows(lab, rules):
    rules("filter hook forward", "udp dport 500 udp length < 100 drop")
    assert lab.probe(500, "ikev2").evidence == "answers as IKEv2, which wants another encryption than was offered"


# --- as facts of `check` ---


def facts(lab: Lab, text: str) -> dict[str, Fact]:
    address = parse_address(text)

    def collected(address: Address) -> dict[str, Fact]:
        with LiveHost() as host:
            return {name.rpartition(".")[2]: fact for name, fact in reach(host, "vpn", address).items()}

    return lab.desk.call(collected, address)


def test_a_gateway_that_answers_its_protocol_is_reachable(lab):
    seen = facts(lab, f"openvpn://{lab.address}:1194")
    assert (seen["reachable"].value, seen["reachable"].detail) == (
        True,
        "openvpn://10.77.1.2:1194: answers as OpenVPN",
    )
    assert seen["certificate_trusted"].unknown == (
        "openvpn://10.77.1.2:1194 shows strangers neither a certificate nor a clock"
    )


def test_a_port_known_for_a_vpn_is_asked_by_its_protocol_without_a_word(lab):
    assert facts(lab, f"{lab.address}:500")["reachable"].value is True


@pytest.mark.parametrize("text", ["wireguard://{}", "openvpn-tcp://{}:1195"])
def test_silence_by_design_is_unknown_with_the_reason(lab, text):
    fact = facts(lab, text.format(lab.address))["reachable"]
    assert fact.value is None
    assert "stranger" in (fact.unknown or "")


def test_silence_of_an_ikev2_gateway_is_no(lab, rules):
    rules("filter hook forward", "ip saddr 10.77.0.1 drop")
    fact = facts(lab, f"ikev2://{lab.address}")["reachable"]
    assert (fact.value, fact.detail) == (False, "ikev2://10.77.1.2:500: no answer within 3.5 s")


def test_a_gateway_with_a_certificate_that_is_not_trusted_is_reachable_and_says_so(lab):
    seen = facts(lab, f"anyconnect://{lab.address}")
    assert (seen["reachable"].value, seen["certificate_trusted"].value) == (True, False)


def test_a_wrong_protocol_and_a_refusal_are_no(lab, rules):
    assert facts(lab, f"sstp://{lab.address}:1194")["reachable"].value is False
    rules("filter hook forward", "ip saddr 10.77.0.1 reject with icmp type admin-prohibited")
    seen = facts(lab, f"wireguard://{lab.address}")
    assert seen["reachable"].value is False
    assert ROUTER not in f"{seen}"
    assert "a router on the way forbids it" in (seen["certificate_trusted"].unknown or "")


def test_a_certificate_whose_authority_is_trusted_is_fine(lab):
    script = f"from remoteready.measure import vpn; print(*vpn.probe('{lab.address}', 4433, 'sstp').evidence.split())"
    told = lab.desk.run("env", f"SSL_CERT_FILE={lab.gateway.authority}", sys.executable, "-c", script)
    assert told.strip() == "answers as SSTP"


# --- as a user sees it ---


def remoteready(lab: Lab, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["ip", "netns", "exec", lab.desk.name, sys.executable, "-m", "remoteready", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_one_command_finds_every_gateway_of_a_host_with_the_size_of_its_packets(lab):
    done = remoteready(lab, "vpn", lab.address, "--mtu", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    found = {(one["kind"], one["port"]): one for one in json.loads(done.stdout)["gateways"]}
    answering = {key for key, one in found.items() if one["outcome"] in {"answers", "untrusted_certificate"}}
    assert answering == {
        *(("ikev2", 500), ("ikev2", 4500), ("ikev1", 500), ("openvpn-udp", 1194), ("openvpn-tcp", 1194)),
        *(("l2tp", 1701), ("anyconnect", 443), ("tls", 443)),
    }
    assert {found[key]["path_mtu"]["largest_bytes"] for key in answering} == {1500}
    assert found["wireguard", 51820]["outcome"] == "silent"


@pytest.mark.parametrize(
    ("address", "code"), [("openvpn://{}", 0), ("wireguard://{}", 3), ("{}:4433", 1), ("l2tp://{}:9", 1)]
)
def test_the_exit_code_says_whether_a_gateway_answers(lab, address, code):
    assert remoteready(lab, "vpn", address.format(lab.address)).returncode == code


def test_a_check_asks_the_gateway_by_its_protocol(lab):
    done = remoteready(lab, "check", "-D", f"vpn_gateway=openvpn://{lab.address}", "--format", "json")
    fact = json.loads(done.stdout)["facts"]["target.vpn-gateway.reachable"]
    assert (fact["value"], fact["detail"]) == (True, "openvpn://10.77.1.2:1194: answers as OpenVPN")
