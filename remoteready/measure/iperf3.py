"""Uploads to an iperf3 server, where the site runs one: the program of that name measures, its server counts."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from remoteready.measure.upload import CONGESTION_CONTROL, LEAST_SECONDS, Load, Upload, failed

PORT = 5201
PATIENCE_S = 10
"""For connecting and for what is still on its way, beside the time of the upload."""
NEAR = 0.95
"""Of the rate that the megabytes allow: the upload was held back by them, not by the line."""


def upload(host: str, load: Load, begun: Callable[[], None] = lambda: None, port: int = PORT) -> Upload:
    """Upload to an iperf3 server; the megabytes are kept by a limit of the rate. What goes wrong is in the result."""
    begun()
    most_s = load.seconds + PATIENCE_S
    try:
        done = subprocess.run(
            _command(host, port, load),
            capture_output=True,
            text=True,
            timeout=most_s,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except FileNotFoundError:
        return failed("iperf3 is not installed on this computer")
    except subprocess.TimeoutExpired:
        return failed(f"iperf3 did not end within {most_s:.0f} s")
    except OSError as error:
        return failed(f"iperf3 cannot be run: {(error.strerror or str(error)).lower()}")
    return read(done.stdout, load)


def most_mbps(load: Load) -> float:
    """The rate at which the megabytes last for the seconds."""
    return load.megabytes * 8 / load.seconds


def _command(host: str, port: int, load: Load) -> list[str]:
    each = int(most_mbps(load) * 1e6 / load.flows)
    command = ["iperf3", "--client", host, "--port", str(port), "--json", "--time", f"{load.seconds:.0f}"]
    command += ["--parallel", str(load.flows), "--bitrate", str(each), "--connect-timeout", "5000"]
    return [*command, "--congestion", CONGESTION_CONTROL] if sys.platform == "linux" else command


def read(text: str, load: Load) -> Upload:
    """The upload in iperf3's JSON: what its server received, never what was sent."""
    try:
        found: dict[str, Any] = json.loads(text)
        if error := found.get("error"):
            return failed(f"iperf3: {_plain(str(error))}")
        end = found["end"]
        received = end["sum_received"]
        total, seconds = float(received["bytes"]), float(received["seconds"])
        flows, control = len(end["streams"]), str(end.get("sender_tcp_congestion", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return failed("iperf3 said nothing that can be read")
    if not (total > 0 and seconds > 0):
        return failed("too little arrived to tell a rate")
    mbps = total * 8 / seconds / 1e6
    held_back = mbps >= NEAR * most_mbps(load)
    return Upload(
        mbps=mbps,
        lower_bound=held_back or seconds < LEAST_SECONDS,
        megabytes=total / 1e6,
        seconds=seconds,
        flows=flows,
        congestion_control=_plain(control),
        ended_by="megabytes" if held_back else "seconds",
        counted_by="the iperf3 server",
    )


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text[:150]).strip().lower()
