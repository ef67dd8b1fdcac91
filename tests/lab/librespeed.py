"""What a LibreSpeed server does with uploads: `python -m tests.lab.librespeed ADDRESS` plays it.

It reads a body to its end, forgets it and answers 200 with nothing, as LibreSpeed's `empty` does. Other paths
behave as servers do that cannot be used.
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = 8080


class Handler(BaseHTTPRequestHandler):
    """Takes uploads at /backend/empty.php, and behaves badly at others."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        if self.path == "/backend/empty.php":
            self.swallow(length)
            self.answer(200)
        elif self.path == "/closing/backend/empty.php":
            self.swallow(length)
            self.answer(200, Connection="close")
        elif self.path == "/early/backend/empty.php":
            self.answer(200)
            self.swallow(length)
        elif self.path == "/page/backend/empty.php":
            self.swallow(length)
            self.answer(200, b"<html>Please sign in</html>")
        else:
            self.swallow(length)
            self.answer(int(self.path.split("/")[1]) if self.path[1:4].isdecimal() else 404)

    def swallow(self, length: int) -> None:
        """Read a body and forget it."""
        while length and (read := len(self.rfile.read(min(length, 65536)))):
            length -= read

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """A status with little or nothing."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    with ThreadingHTTPServer((sys.argv[1], PORT), Handler) as server:
        print("ready", file=sys.stderr, flush=True)  # noqa: T201 – read by the lab
        server.serve_forever()
