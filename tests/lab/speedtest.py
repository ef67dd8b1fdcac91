"""What speedtest-cli needs of speedtest.net: `python -m tests.lab.speedtest ADDRESS CERTIFICATE KEY` plays it."""

import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONFIG = """<?xml version="1.0"?><settings>
<client ip="192.0.2.1" lat="50" lon="8" isp="Example" isprating="0" rating="0" ispdlavg="0" ispulavg="0" loggedin="0"
 country="DE"/><server-config threadcount="1" ignoreids="" notonmap="" forcepingid="" preferredserverid=""/>
<download testlength="2" initialtest="250K" mintestsize="250K" threadsperurl="1"/>
<upload testlength="3" ratio="5" initialtest="0" mintestsize="32K" threads="2" maxchunksize="512K" maxchunkcount="48"
 threadsperurl="2"/></settings>"""
SERVERS = """<?xml version="1.0"?><settings><servers><server url="http://{address}:8080/speedtest/upload.php" lat="50"
 lon="8" name="Site" country="Nowhere" cc="XX" sponsor="Example" id="1" host="{address}:8080"/></servers></settings>"""


class Handler(BaseHTTPRequestHandler):
    """The few answers it asks for."""

    address = ""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.endswith("config.php"):
            self.answer(CONFIG)
        elif path.endswith("servers-static.php"):
            self.answer(SERVERS.format(address=self.address))
        else:
            self.answer("test=test\n")

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        while length and (read := len(self.rfile.read(min(length, 65536)))):
            length -= read
        self.answer("size=500")

    def answer(self, text: str) -> None:
        """200 with a text."""
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    Handler.address, certificate, key = sys.argv[1:]
    secure = ThreadingHTTPServer((Handler.address, 443), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    threading.Thread(target=secure.serve_forever, daemon=True).start()
    plain = ThreadingHTTPServer((Handler.address, 8080), Handler)
    print("ready", file=sys.stderr, flush=True)  # noqa: T201 – read by the lab
    plain.serve_forever()
