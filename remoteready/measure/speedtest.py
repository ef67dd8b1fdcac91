"""Uploads to the open internet by speedtest-cli, where there is no far end of one's own: indicative only.

Its rate is that of bytes handed to sockets: measured for this project, +24 % on 2 Mbps in 3 s, −8 % on 20 Mbps in 10 s.
It runs as a process of its own, since importing it closes the standard streams of its host.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec

from remoteready.measure.upload import Upload, failed

USUAL_SECONDS = 15
PATIENCE_S = 40
MOST_MEGABYTES = 120
"""What it uploaded on 100 Mbps; its own limit is 10 s, not bytes."""
REASONS = (
    (r"\b(403|429)\b", "speedtest.net refuses requests from this address (HTTP {0})"),
    (r"certificate", "the certificate of speedtest.net is not trusted: a proxy may read the traffic"),
    (r"Errno -[235]\b|name resolution|Name or service|getaddrinfo", "the name speedtest.net cannot be resolved"),
    (r"Errno (101|113|65|51|10051|10065)\b", "there is no route to speedtest.net"),
    (r"Errno (111|61|10061)\b", "speedtest.net refuses the connection"),
    (r"timed out", "speedtest.net does not answer"),
    (r"Malformed|not well-formed|no element found", "speedtest.net answered something else: a sign-in page or a proxy"),
    (r"list of servers|matched servers|best server", "speedtest.net names no server that can be reached"),
)
"""What it writes to standard error, and what that means."""


def upload(begun: Callable[[], None] = lambda: None) -> Upload:
    """Have speedtest-cli upload for ten seconds. What goes wrong is in the result."""
    if find_spec("speedtest") is None:
        return failed("speedtest-cli is not installed: pip install speedtest-cli")
    begun()
    command = [sys.executable, "-P", "-m", "speedtest", "--secure", "--json", "--no-download"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL, check=False
        )
    except subprocess.TimeoutExpired:
        return failed(f"speedtest-cli did not end within {PATIENCE_S} s")
    except OSError as error:
        return failed(f"speedtest-cli cannot be run: {(error.strerror or str(error)).lower()}")
    return read(done.stdout, done.stderr)


def read(out: str, errors: str) -> Upload:
    """The upload in the JSON of speedtest-cli, or the true reason why there is none."""
    try:
        found = json.loads(out)
        bits_per_second, sent = float(found["upload"]), float(found["bytes_sent"])
    except (ValueError, KeyError, TypeError):
        return failed(reason(errors))
    if not (0 < bits_per_second < 1e12 and sent > 0):
        return failed("speedtest-cli uploaded nothing")
    return Upload(
        mbps=bits_per_second / 1e6,
        lower_bound=False,
        megabytes=sent / 1e6,
        seconds=sent * 8 / bits_per_second,
        flows=0,
        congestion_control="",
        ended_by="seconds",
        counted_by="speedtest-cli, by what it sent: indicative",
        indicative=True,
    )


def reason(errors: str) -> str:
    """What a failure of speedtest-cli means."""
    for pattern, meaning in REASONS:
        if match := re.search(pattern, errors, re.IGNORECASE):
            return meaning.format(match[0])
    last = "".join(letter if letter.isprintable() else " " for letter in errors.strip()[-150:])
    return f"speedtest-cli failed: {last or 'it said nothing'}"
