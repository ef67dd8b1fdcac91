"""The uploads of an ndt7 server: `python -m tests.lab.ndt7 ADDRESS PORT [CERTIFICATE KEY]` plays it.

Written to M-Lab's specification 0.9.0, with the words of the measurement messages that their server sends; no server of
theirs can be had as a Debian, Python or npm package. WebSocket is wsproto's. M-Lab's own client (npm @m-lab/ndt7 0.1.4,
under Node 20 with --experimental-websocket) uploaded to it and read its messages.
"""

import json
import socket
import ssl
import struct
import sys
import threading
import time
from contextlib import suppress

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Message,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import RemoteProtocolError

SUBPROTOCOL = "net.measurementlab.ndt.v7"
EVERY_S = 0.25
LAST_DATA_RECV, BYTES_RECEIVED = 52, 128
"""Places in `struct tcp_info` (linux/tcp.h)."""


def measurement(sock: socket.socket, begin_s: float, received: int, path: str) -> str:
    """What the server says: by TCP_INFO as M-Lab's does, or by its own count where the address asks for that."""
    took_us = round((time.monotonic() - begin_s) * 1e6)
    if path.startswith("/app"):
        return json.dumps({"AppInfo": {"ElapsedTime": took_us, "NumBytes": received}, "Test": "upload"})
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
    said = {
        "ElapsedTime": took_us,
        "BytesReceived": struct.unpack_from("=Q", info, BYTES_RECEIVED)[0],
        "LastDataRecv": struct.unpack_from("=I", info, LAST_DATA_RECV)[0],
    }
    if path.startswith("/spec"):  # no more than the specification promises
        del said["LastDataRecv"]
    return json.dumps({"ConnectionInfo": {"Client": "192.0.2.7:40000", "Server": "[::1]:443"}, "TCPInfo": said})


def serve(sock: socket.socket) -> None:
    """One connection to its end."""
    web, received, path, begin_s, said_s = WSConnection(ConnectionType.SERVER), 0, "", 0.0, 0.0
    sock.settimeout(EVERY_S / 5)
    while True:
        with suppress(TimeoutError):
            came = sock.recv(65536)
            web.receive_data(came or None)
        for event in web.events():
            if isinstance(event, Request):
                path, begin_s = event.target, time.monotonic()
                fits = SUBPROTOCOL in event.subprotocols and path.partition("?")[0].endswith("/ndt/v7/upload")
                if path.startswith("/40"):
                    sock.sendall(web.send(RejectConnection(status_code=int(path[1:4]))))
                    return
                sock.sendall(web.send(AcceptConnection(subprotocol=SUBPROTOCOL) if fits else RejectConnection()))
                if not fits:
                    return
                sock.sendall(web.send(Ping(b"still there?")))
            elif isinstance(event, Message):
                assert isinstance(event, BytesMessage), "a client need not tell, and ours does not"
                received += len(event.data)
            elif isinstance(event, CloseConnection):
                with suppress(Exception):
                    sock.sendall(web.send(event.response()))
                return
        now_s = time.monotonic()
        if path.startswith("/short") and begin_s and now_s - begin_s > 1.2:
            sock.sendall(web.send(CloseConnection(1000)))
            sock.recv(65536)
            return
        if begin_s and now_s - said_s > EVERY_S and not path.startswith("/mute"):
            said_s = now_s
            sock.sendall(web.send(TextMessage(measurement(sock, begin_s, received, path))))


def listen(listening: socket.socket, context: ssl.SSLContext | None = None) -> None:
    """Serve whoever comes, each in a thread, until the socket is closed."""

    def work(sock: socket.socket) -> None:
        with sock, suppress(OSError, RemoteProtocolError):
            if context is None:
                serve(sock)
                return
            with context.wrap_socket(sock, server_side=True) as secured:
                serve(secured)

    while True:
        try:
            sock, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=work, args=(sock,), daemon=True).start()


if __name__ == "__main__":
    tls = None
    if len(sys.argv) > 3:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(sys.argv[3], sys.argv[4])
    with socket.create_server((sys.argv[1], int(sys.argv[2]))) as server:
        print("ready", file=sys.stderr, flush=True)  # noqa: T201 – read by the lab
        listen(server, tls)
