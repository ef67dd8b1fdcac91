"""Real VPN gateways for a room of tests.lab.netns, with keys and certificates of their own, and an SSTP server."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.lab import netns
from tests.lab.netns import Room

TOOLS = {
    "openvpn": "openvpn",
    "/usr/lib/ipsec/charon": "strongswan-charon",
    "ocserv": "ocserv",
    "xl2tpd": "xl2tpd",
    "wireguard-go": "wireguard-go",
    "wg": "wireguard-tools",
    "turnserver": "coturn",
    "nft": "nftables",
    "openssl": "openssl",
    "ip": "iproute2",
}
"""What is needed, and the Debian package that has it."""
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
CHARON = """
charon {{
  load = random nonce aes sha1 sha2 hmac gmp kdf x509 pem pkcs1 pubkey kernel-netlink socket-default
  filelog {{ out {{ path = {log}
    flush_line = yes }} }}
}}
"""
OCSERV = """
auth = "plain[passwd={folder}/passwd]"
tcp-port = 443
udp-port = 443
run-as-user = root
run-as-group = root
socket-file = {folder}/ocserv.sock
isolate-workers = false
max-clients = 4
max-same-clients = 2
server-cert = {folder}/server.pem
server-key = {folder}/server.key
device = vpns
ipv4-network = 10.99.0.0/24
cisco-client-compat = true
"""
WIREGUARD = """
while ip link show wg0 2>/dev/null; do sleep 0.05; done  # one that was ended a moment ago
wireguard-go wg0 && wg genkey > {folder}/wg.key && wg set wg0 listen-port 51820 private-key {folder}/wg.key
ip link set wg0 up && exec sleep infinity
"""


def missing(*packages: str) -> str:
    """What this machine lacks for rooms with servers of these packages, or of all; empty when it has everything."""
    found = {
        package
        for tool, package in TOOLS.items()
        if package in (packages or TOOLS.values()) and shutil.which(tool, path=PATH) is None
    }
    tunnels = set() if packages or Path("/dev/net/tun").exists() else {"/dev/net/tun"}
    return ", ".join(sorted(found | tunnels | ({lacking} if (lacking := netns.missing()) else set())))


@dataclass(frozen=True)
class Gateway:
    """A room with a folder for keys and logs, where gateways are started; each can be stopped by what `start` gives."""

    room: Room
    folder: Path

    @cached_property
    def authority(self) -> Path:
        """The certificate of an authority of its own, which signed that of the gateway's address."""
        key, certificate = self.folder / "ca.key", self.folder / "ca.pem"
        _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "3",
                 "-subj", "/CN=Test authority")  # fmt: skip
        request, signed = self.folder / "server.csr", self.folder / "server.pem"
        _openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", self.folder / "server.key", "-out", request,
                 "-subj", "/CN=vpn.example.com")  # fmt: skip
        names = self.folder / "names"
        names.write_text(f"subjectAltName=IP:{self.room.left},IP:127.0.0.1\n", encoding="utf-8")
        _openssl("x509", "-req", "-in", request, "-CA", certificate, "-CAkey", key, "-CAcreateserial", "-days", "2",
                 "-extfile", names, "-out", signed)  # fmt: skip
        return certificate

    def start(self, name: str, *command: str, **environment: str) -> "subprocess.Popen[bytes]":
        """Start a server whose output goes to a log of that name."""
        return self.room.start(self.folder / f"{name}.log", *command, **environment)

    def openvpn(self, port: int, *options: str, protocol: str = "udp") -> "subprocess.Popen[bytes]":
        """OpenVPN as a server, with more options such as --tls-auth."""
        files = [
            "--ca",
            str(self.authority),
            "--cert",
            f"{self.folder}/server.pem",
            "--key",
            f"{self.folder}/server.key",
        ]
        network = f"10.{port // 250}.{port % 250}.0"
        return self.start(
            f"openvpn-{protocol}-{port}", "openvpn", "--dev", "tun", "--server", network, "255.255.255.0",
            "--dh", "none",
            "--proto", "tcp-server" if protocol == "tcp" else protocol, "--port", str(port), "--verb", "4",
            *files, *options,
        )  # fmt: skip

    def openvpn_key(self) -> str:
        """The path of a key for the greeting."""
        path = self.folder / "greeting.key"
        subprocess.run(["openvpn", "--genkey", "secret", str(path)], check=True, capture_output=True, timeout=20)
        return str(path)

    def charon(self) -> "subprocess.Popen[bytes]":
        """strongSwan's daemon for IKEv1 and IKEv2 without any connection: it refuses every offer, politely."""
        configuration = self.folder / "strongswan.conf"
        configuration.write_text(CHARON.format(log=self.folder / "charon-own.log"), encoding="utf-8")
        return self.start("charon", "/usr/lib/ipsec/charon", STRONGSWAN_CONF=str(configuration))

    def ocserv(self) -> "subprocess.Popen[bytes]":
        """OpenConnect's server, which speaks AnyConnect, on port 443."""
        assert self.authority.exists()
        configuration = self.folder / "ocserv.conf"
        configuration.write_text(OCSERV.format(folder=self.folder), encoding="utf-8")
        (self.folder / "passwd").touch()
        return self.start("ocserv", "ocserv", "-f", "-c", str(configuration))

    def xl2tpd(self) -> "subprocess.Popen[bytes]":
        """An L2TP server on port 1701, without IPsec."""
        configuration = self.folder / "xl2tpd.conf"
        configuration.write_text("[global]\nport = 1701\n[lns default]\nip range = 10.98.0.2-10.98.0.9\n", "utf-8")
        folder = self.folder
        return self.start(
            "xl2tpd", "xl2tpd", "-D", "-c", str(configuration), "-p", f"{folder}/xl2tpd.pid", "-C", f"{folder}/l2tp",
            "-s", f"{folder}/none",
        )  # fmt: skip

    def wireguard(self) -> "subprocess.Popen[bytes]":
        """WireGuard in user space on port 51820."""
        return self.start("wireguard", "sh", "-ec", WIREGUARD.format(folder=self.folder))

    def coturn(self, *addresses: str) -> "subprocess.Popen[bytes]":
        """A STUN server on port 3478; with two addresses it gives OTHER-ADDRESS."""
        listening = [part for address in addresses for part in ("-L", address)]
        return self.start(
            "coturn", "turnserver", "-n", "--no-auth", "--no-tls", "--no-dtls", "--no-cli", "-m", "1", *listening,
            "--pidfile", f"{self.folder}/coturn.pid", "-b", f"{self.folder}/turn.db", "-l", "stdout",
        )  # fmt: skip

    @contextlib.contextmanager
    def sstp(self, port: int) -> Iterator[None]:
        """As much of an SSTP server (MS-SSTP, 3.3.5) as answers the request that opens a connection."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority.with_name("server.pem"), self.folder / "server.key")
        listening = self.room.call(socket.create_server, ("", port))
        thread = threading.Thread(target=_serve_sstp, args=(listening, context), daemon=True)
        thread.start()
        yield
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        listening.close()


def _serve_sstp(listening: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:  # the end of the test
            return
        plain.settimeout(5)
        with plain, contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as tls:
            head = tls.recv(4096).decode().split("\r\n")
            if head[0] == "SSTP_DUPLEX_POST /sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/ HTTP/1.1":
                tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\nServer: Test\r\n\r\n")


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=20)
