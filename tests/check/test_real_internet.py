"""Tunnels and trust on this machine for real: a tun interface in a network of its own, TLS with an own authority."""

import hashlib
import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from remoteready.check.collect import certificates, linux
from remoteready.check.collect.linux import internet as linux_internet
from remoteready.check.collect.trust import trust
from remoteready.check.facts import Fact
from remoteready.check.host import LiveHost
from remoteready.check.named import Identity
from remoteready.check.profile import Address
from tests.check.test_real_linux import listening, program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")

# --- tunnels ---

DESK = """
import fcntl, json, os, struct, subprocess, sys
from remoteready.check.collect import collect, linux, tunnels
from remoteready.check.host import LiveHost
from remoteready.check.profile import Address

subprocess.run(["mount", "-t", "sysfs", "sysfs", "/sys"], check=True)
held = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(held, 0x400454CA, struct.pack("16sH22x", b"tun9", 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI

def ip(words):
    subprocess.run(["ip", *words.split()], check=True)

for words in ("link add veth0 type veth peer name veth1", "link set veth1 up", "addr add 192.0.2.21/24 dev veth0",
              "link set veth0 up", "link set lo up", "route add default via 192.0.2.1 dev veth0"):
    ip(words)

WANTED = ["network.tunnel", "network.tunnel_up", "network.tunnel_mode", "target.desk.resolved_in_tunnel"]
answers = []

def say(toward="10.20.0.5"):
    targets = {"desk": Address(host=toward, port=443)} if toward else {}
    with LiveHost() as host:
        facts = collect(host, WANTED, targets)
        way = linux.interfaces(host).leaving(host, "10.20.0.53", 53)
    answers.append({name: fact.model_dump() for name, fact in facts.items()} | {"way": way})

say()
for words in ("addr add 10.8.0.6/24 dev tun9", "link set tun9 up", "route add 10.20.0.0/16 dev tun9"):
    ip(words)
say()
say("192.0.2.77")
say(None)
ip("route add 0.0.0.0/1 dev tun9")
ip("route add 128.0.0.0/1 dev tun9")
say()
say(None)
say("192.0.2.77")
ip("link set tun9 down")
say()
print("ANSWERS" + json.dumps(answers))
"""


@pytest.fixture(scope="module")
def desk() -> list[dict[str, Any]]:
    """What is said before the tunnel, in it and beside it, with a split one, a full one, and after it."""
    program("ip", "iproute2")
    own = [program("unshare", "util-linux"), "--net", "--mount", *(["--map-root-user"] if os.geteuid() else [])]
    command = [*own, sys.executable, "-B", "-c", DESK]
    path = os.pathsep.join(one for one in sys.path if one)
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=120, check=False
    )
    if "Operation not permitted" in done.stderr or "Permission denied" in done.stderr:
        pytest.skip("this user may not make a network of its own with a tun interface; run the tests as root")
    assert done.returncode == 0, done.stderr
    told = next(line for line in done.stdout.splitlines() if line.startswith("ANSWERS"))
    return list(json.loads(told.removeprefix("ANSWERS")))


def modes(said: list[dict[str, Any]]) -> list[tuple[Any, Any, Any]]:
    names = ("network.tunnel", "network.tunnel_up", "network.tunnel_mode")
    return [(one[names[0]]["value"], one[names[1]]["value"], one[names[2]]["value"]) for one in said]


def test_a_real_tunnel_is_none_split_or_full_and_gone_again(desk):
    assert modes(desk) == [
        (False, False, "none"),
        (True, True, "split"),
        (False, True, "none"),
        (False, True, None),
        (True, True, "full"),
        (True, True, "full"),
        (False, True, "none"),
        (False, False, "none"),
    ]


def test_the_evidence_of_a_real_tunnel_names_its_interfaces(desk):
    details = [one["network.tunnel_mode"]["detail"] for one in desk]
    assert details[1] == "the contact centre by tun9, the internet by veth0"
    assert details[2] == "tun9 is up, but the traffic leaves outside it, by veth0"
    assert details[4] == "all traffic leaves by tun9"


def test_a_dns_server_inside_a_real_tunnel_is_asked_by_its_interface(desk):
    assert [one["way"] for one in desk] == ["veth0", *["tun9"] * 6, "veth0"]


def test_the_dns_servers_of_this_machine_are_those_of_its_file_or_a_reason_is_given():
    text = Path("/etc/resolv.conf").read_text(encoding="utf-8")
    named = [line.split()[1].split("%")[0] for line in text.splitlines() if line.startswith("nameserver ")]
    if not named or set(named) <= linux_internet.STUBS:
        pytest.skip("this machine asks systemd-resolved")
    with LiveHost() as host:
        assert list(linux.resolvers(host, "desk.example.com").servers) == named


# --- trust ---


@dataclass
class Authority:
    """An authority of the tests' own: a root, an issuing authority below it, and what that signed."""

    folder: Path

    def openssl(self, *words: str) -> None:
        command = [program("openssl", "openssl"), *words]
        subprocess.run(command, cwd=self.folder, capture_output=True, timeout=60, check=True)

    def sign(self, name: str, by: str, subject: str, extension: str) -> None:
        self.key(name)
        self.openssl("req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr")
        (self.folder / "extension").write_text(extension)
        signer = ("-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial", "-days", "2", "-extfile", "extension")
        self.openssl("x509", "-req", "-in", f"{name}.csr", *signer, "-out", f"{name}.pem")

    def key(self, name: str) -> None:
        self.openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", f"{name}.key")

    def text(self, *names: str) -> str:
        return "".join((self.folder / f"{name}.pem").read_text() for name in names)

    def sha256(self, name: str) -> str:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.text(name))).hexdigest()


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("authority"))
    made.key("root")
    subject = ("-subj", "/O=Example Corp/CN=Example Root", "-days", "2")
    made.openssl("req", "-x509", "-key", "root.key", *subject, "-out", "root.pem")
    made.sign("issuing", "root", "/O=Example Corp/CN=Example Issuing CA", "basicConstraints=critical,CA:TRUE")
    made.sign("desk", "issuing", "/CN=desk", "subjectAltName=DNS:localhost")
    return made


class Elsewhere(LiveHost):
    """This machine, but with the added authorities of another: everything below a folder of the tests."""

    def __init__(self, anchors: Path) -> None:
        super().__init__()
        self.anchors = anchors

    def list(self, path: str) -> list[str]:
        return super().list(path.replace(linux_internet.ANCHORS[0], str(self.anchors)))

    def read(self, path: str) -> str:
        return super().read(path.replace(linux_internet.ANCHORS[0], str(self.anchors)))


@pytest.fixture
def judged(authority: Authority, tmp_path, monkeypatch) -> Callable[..., tuple[Fact, Fact]]:
    """Signer and interception of a real server on this machine, whose chain the machine trusts or not."""
    chain, anchors = tmp_path / "chain.pem", tmp_path / "anchors"
    chain.write_text(authority.text("desk", "issuing"))
    anchors.mkdir()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, authority.folder / "desk.key")

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as channel:
            channel.recv(1)

    def ask(identity: dict[str, Any], *, trusted: bool = True, added: bool = False) -> tuple[Fact, Fact]:
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(authority.folder / "root.pem"))
        if added:
            (anchors / "example.crt").write_text(authority.text("root"))
        with listening(answer) as port, Elsewhere(anchors) as host:
            address = Address(host="localhost", port=port, identity=Identity(**identity))
            facts = trust(host, linux.added_authorities, "desk", address)
        return facts["target.desk.certificate_issuer"], facts["target.desk.tls_intercepted"]

    return ask


def test_the_signer_of_a_real_certificate_is_named_with_the_chain_that_was_sent(judged):
    issuer, _ = judged({})
    assert issuer.value == "Example Corp, Example Issuing CA"
    assert issuer.detail == "signed by Example Corp, Example Issuing CA, that by Example Corp, Example Root"


def test_a_real_host_is_itself_when_its_certificate_or_its_signer_is_the_one_named(judged, authority):
    assert judged({"certificate_sha256": [authority.sha256("desk")]})[1].value is False
    assert judged({"issuer": ["Example Issuing CA"]})[1].value is False
    assert judged({"issuer": ["Example Root"]})[1].value is False
    assert judged({"issuer": ["Another Root"]})[1].value is True
    assert judged({"certificate_sha256": [authority.sha256("root")]})[1].value is True


def test_a_signer_of_the_right_name_proves_nothing_while_the_machine_does_not_trust_it(judged):
    assert judged({"issuer": ["Example Issuing CA"]}, trusted=False)[1].value is None


def test_a_real_public_host_below_an_added_root_is_intercepted_and_below_another_root_unknown(judged):
    _, unclear = judged({"public": True})
    assert unclear.unknown == "trusted through an authority that is none of the public ones known here"
    _, proven = judged({"public": True}, added=True)
    assert (proven.value, proven.detail) == (
        True,
        "Example Corp, Example Root, an authority added to this computer, vouches for it",
    )


def test_a_real_private_authority_is_no_interception_while_nothing_is_said_of_the_host(judged):
    assert judged({}, added=True)[1].unknown == (
        "the profile says neither that the host is public nor who signs its certificate"
    )


def test_a_real_port_without_tls_has_no_certificate():
    with listening(lambda connection: connection.close()) as port, LiveHost() as host:
        facts = trust(host, linux.added_authorities, "desk", Address(host="127.0.0.1", port=port))
    assert {(fact.unknown or "")[:24] for fact in facts.values()} == {"no certificate of 127.0."}


def test_certificates_of_openssl_are_read_as_they_were_written(authority):
    root, issuing, desk = certificates.parse_pem(authority.text("root", "issuing", "desk"))
    assert [str(one.subject) for one in (root, issuing, desk)] == [
        "Example Corp, Example Root",
        "Example Corp, Example Issuing CA",
        "desk",
    ]
    assert root.is_self_signed
    assert not issuing.is_self_signed
    assert desk.sha256 == authority.sha256("desk")
    assert certificates.chain([desk, root, issuing]) == [desk, issuing, root]
