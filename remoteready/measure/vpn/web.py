"""VPN gateways that look like a web server: SSTP (MS-SSTP) and Cisco AnyConnect, which ocserv speaks as well."""

SSTP_PATH = "/sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/"
SSTP_LENGTH = 18_446_744_073_709_551_615
"""Path and length of MS-SSTP, 3.2.4.1: the largest number that has 64 bits."""
LARGEST_BYTES = 65_536
"""The most of an answer that is looked at."""


def sstp_request(host: str) -> bytes:
    """The HTTP request that opens an SSTP connection."""
    lines = [f"SSTP_DUPLEX_POST {SSTP_PATH} HTTP/1.1", f"Host: {host}", f"Content-Length: {SSTP_LENGTH}"]
    return _request(lines)


def is_sstp(answer: bytes) -> bool | None:
    """Whether an answer is that of an SSTP server; None while its head is not complete."""
    head = _head(answer)
    if head is None:
        return None
    status, fields = head
    return status == 200 and fields.get("content-length") == str(SSTP_LENGTH)


def anyconnect_request(host: str) -> bytes:
    """The first request of an AnyConnect client: which way to log in? Layout as openconnect documents it."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<config-auth client="vpn" type="init"><version who="vpn">v9.0</version>'
        f"<device-id>linux-64</device-id><group-access>https://{host}/</group-access></config-auth>\n"
    )
    lines = [
        "POST / HTTP/1.1",
        f"Host: {host}",
        "User-Agent: AnyConnect-compatible remoteready",
        "X-Transcend-Version: 1",
        "X-Aggregate-Auth: 1",
        "Content-Type: application/xml; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return _request(lines) + body.encode()


def is_anyconnect(answer: bytes) -> bool | None:
    """Whether an answer is that of an AnyConnect gateway, by its fields or its form; None while that may still come."""
    head = _head(answer)
    if head is None:
        return None
    _, fields = head
    if "x-transcend-version" in fields or fields.get("set-cookie", "").startswith("webvpn"):
        return True
    if b"<config-auth" in answer:
        return True
    return None if "xml" in fields.get("content-type", "") and b"</" not in answer else False


def _request(lines: list[str]) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode()


def _head(answer: bytes) -> tuple[int, dict[str, str]] | None:
    """Status and fields, names in lower case, the first of each name; status 0 for what is not HTTP. None if cut."""
    if not answer.startswith(b"HTTP/"[: len(answer)]):
        return 0, {}
    head, end, _ = answer.partition(b"\r\n\r\n")
    if not end:
        return None if len(answer) < LARGEST_BYTES else (0, {})
    status, *lines = head.decode("latin-1").split("\r\n")
    number = status.split(" ")[1:2]
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields.setdefault(name.strip().lower(), value.strip())
    return int(number[0]) if number and number[0].isascii() and number[0].isdecimal() and len(
        number[0]
    ) == 3 else 0, fields
