"""The line measured beside irtt, ping, iperf3 and speedtest-cli, over a laid line whose truth is written down.

Needs root and /dev/net/tun. The truth of delay and loss is what the forwarder did to every packet of ours
(tests/lab/path.py); for the delay of the peers it is what the forwarder was told to do.
"""

import json
import os
import re
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from remoteready.measure import stamp, udp
from remoteready.measure.reflector import Limits, Reflector
from tests.lab import path
from tests.lab.path import SITE, Way

TOOL = (sys.executable, "-m", "remoteready")
RATES_MBPS = (2, 5, 20, 100)
PAYLOAD = 1448 / 1500
"""What IPv4 and TCP with timestamps leave of a packet."""
UP, DOWN = Way(delay_ms=20, jitter_ms=5, loss=0.02, seed=7), Way(delay_ms=10, jitter_ms=2, loss=0.01, seed=8)
CALL_S = 20
EVEN_IPDV = 2 / 3
"""Mean |difference| of two delays that are spread evenly over 0 to twice the jitter, in jitters."""
TOLD_MS = UP.delay_ms + UP.jitter_ms + DOWN.delay_ms + DOWN.jitter_ms
REFLECTED = 50_000
FLOODING = 64
"""Ports that ask at the same time."""
CALL_PPS = 50
STREAMS = (100, 250, 500, 750, 1000)
TOGETHER_S = 4
EACH = 100
"""Streams that a reflector takes from one address."""
SPEEDTEST = """
import dataclasses, json
from remoteready.measure import speedtest
print(json.dumps(dataclasses.asdict(speedtest.upload())))
"""
OURS = f"""
import dataclasses, json, socket
from remoteready.measure.upload import Load, upload
print(json.dumps(dataclasses.asdict(upload(({SITE!r}, 8762), socket.AF_INET, Load()))))
"""
NEEDED = ("irtt", "iperf3", "ping", "openssl", "ip")


def main() -> None:
    """Print the tables."""
    if lacking := path.missing() or ", ".join(name for name in NEEDED if shutil.which(name) is None):
        sys.exit(f"Missing: {lacking}; see tests/system-packages")
    calls()
    uploads()
    os.nice(-15)  # as `path.FIRST`
    reflected()
    together()


def calls() -> None:
    """Errors of delay, IPDV and loss, and how evenly packets left."""
    print(f"A call of {CALL_S} s: 50 packets/s of 172 bytes; up 20–30 ms and 2 % lost, down 10–14 ms and 1 % lost")
    print(f"{'':20}{'off its time ms':>18}{'round trip':>13}{'IPDV up':>10}{'down':>11}{'loss up':>9}{'down':>11}")
    print(f"{'':20}{'p50':>9}{'p99':>9}{'error ms':>13}{'error':>10}{'error':>11}{'error':>9}{'error':>11}")
    for name, row in (("remoteready measure", own_call), ("irtt", irtt_call), ("ping", ping_call)):
        late_p50, late_p99, trip, ipdv_up, ipdv_down, loss_up, loss_down = row()
        print(f"{name:20}{late_p50:>9}{late_p99:>9}{trip:>13}{ipdv_up:>10}{ipdv_down:>11}{loss_up:>9}{loss_down:>11}")


def own_call() -> tuple[str, ...]:
    """Against what the forwarder did to the very packets."""
    with path.line(UP, DOWN) as line:
        with line.site(*TOOL, "reflect", "--bind", SITE, ready="Listening"):
            done = line.desk(*TOOL, "measure", SITE, "--no-upload", "--seconds", str(CALL_S), "-f", "json")
        truth = line.truth()
    found = json.loads(done.stdout)
    phase, counted = found["phases"][0], CALL_S * CALL_PPS
    up, down = (way.delay_ms for way in truth)
    trips = [up[number] + down[number] for number in down if number < counted]
    ipdv, loss = [], []
    for way, measured in zip(truth, (phase["up"], phase["down"]), strict=True):
        delays = way.delay_ms
        pairs = [abs(delays[n + 1] - delays[n]) for n in range(counted - 1) if n in delays and n + 1 in delays]
        ipdv.append(percent(measured["variation"]["ipdv_ms"], statistics.mean(pairs)))
        lost = sum(number < counted for number in way.lost)
        loss.append(f"{measured['loss']['lost'] - lost:+d} of {lost}")
    sending = found["sending"]
    trip = f"{phase['round_trip_p50_ms'] - statistics.median(trips):+.2f}"
    return (f"{sending['late_p50_ms']:.2f}", f"{sending['late_p99_ms']:.2f}", trip, *ipdv, *loss)


def irtt_call() -> tuple[str, ...]:
    """Its packets are not STAMP: of their delays only what the forwarder was told is known, of losses their number.

    It leaves out slots that it misses, and sends early too: what is shown is how far off its slots it sent.
    """
    with path.line(UP, DOWN) as line, TemporaryDirectory() as folder:
        with line.site("sh", "-c", f"echo ready >&2; exec irtt server -b {SITE} >/dev/null 2>&1", ready="ready"):
            time.sleep(1)
            out = Path(folder) / "irtt.json"
            line.desk("irtt", "client", "-Q", "-d", f"{CALL_S}s", "-i", "20ms", "-l", "172", "-o", str(out), SITE)
            found = json.loads(out.read_text())
        truth = line.truth()
    stats, trips = found["stats"], found["round_trips"]
    sent = [trip["timestamps"]["client"]["send"]["monotonic"] / 1e6 for trip in trips]
    places = [(moment - sent[0] + 10) % 20 for moment in sent]
    middle = statistics.median(places)
    off = sorted(abs(place - middle) for place in places)
    told_ms = TOLD_MS + sum(statistics.mean(way.late_ms) for way in truth)
    ipdv = [
        percent(stats[name]["mean"] / 1e6, way.jitter_ms * EVEN_IPDV)
        for name, way in (("ipdv_send", UP), ("ipdv_receive", DOWN))
    ]
    arrived = stats["server_packets_received"]
    lost = (stats["packets_sent"] - arrived, arrived - stats["packets_received"])
    loss = [f"{said - len(way.lost):+d} of {len(way.lost)}" for said, way in zip(lost, truth, strict=True)]
    return (
        f"{off[len(off) // 2]:.2f}",
        f"{off[int(len(off) * 0.99)]:.2f}",
        f"{stats['rtt']['median'] / 1e6 - told_ms:+.2f}",
        *ipdv,
        *loss,
    )


def ping_call() -> tuple[str, ...]:
    """The round trip only."""
    with path.line(UP, DOWN) as line:
        done = line.desk("ping", "-q", "-i", "0.02", "-c", str(CALL_S * CALL_PPS), "-s", "172", SITE)
        line.truth()
    match = re.search(r"= [\d.]+/([\d.]+)/", done.stdout)
    mean_ms = float(match[1]) if match else float("nan")
    return ("–", "–", f"{mean_ms - TOLD_MS:+.2f}", "–", "–", "–", "–")


def percent(found: float, truth: float) -> str:
    """A relative error."""
    return f"{100 * (found / truth - 1):+.1f} %"


def uploads() -> None:
    """Error against the payload that the line can carry, seconds of the whole command, megabytes that it sent."""
    print("\nUploads: 30 ms round trip, queue 200 ms; error against the payload that the line can carry")
    print(f"{'Mbps':>6}{'':4}" + "".join(f"{name:>32}" for name in ("remoteready", "iperf3 4 s", "speedtest-cli 3 s")))
    for rate in RATES_MBPS:
        cells = [upload_cell(tool, rate) for tool in (own_upload, iperf3_upload, speedtest_upload)]
        print(f"{rate:>6}{'':4}" + "".join(f"{cell:>32}" for cell in cells))


def upload_cell(tool: "Callable[[path.Line], tuple[float, float, bool]]", rate_mbps: float) -> str:
    """One measurement over a new line; the tool gives Mbps, MB and whether it calls the rate a least."""
    hosts = f"127.0.0.1 localhost\n{SITE} www.speedtest.net c.speedtest.net\n"
    with path.line(Way(delay_ms=15, rate_mbps=rate_mbps, queue_ms=200), Way(delay_ms=15), hosts) as line:
        start = time.monotonic()
        mbps, megabytes, least = tool(line)
        took_s = time.monotonic() - start
        line.truth()
    rate = f"{'at least ' if least else ''}{percent(mbps, rate_mbps * PAYLOAD)}"
    return f"{rate}, {took_s:.1f} s, {megabytes:.1f} MB"


def own_upload(line: path.Line) -> tuple[float, float, bool]:
    """The default load to the site."""
    with line.site(*TOOL, "reflect", "--bind", SITE, ready="Listening"):
        done = json.loads(line.desk(sys.executable, "-c", OURS).stdout)
    return done["mbps"], done["megabytes"], done["lower_bound"]


def iperf3_upload(line: path.Line) -> tuple[float, float, bool]:
    """By the count of its server, with its own defaults but for the time."""
    with line.site("sh", "-c", "echo ready >&2; exec iperf3 -s -1 >/dev/null", ready="ready"):
        time.sleep(0.5)
        found: dict[str, Any] = json.loads(line.desk("iperf3", "-c", SITE, "-t", "4", "-J").stdout)
    received = found["end"]["sum_received"]
    return received["bits_per_second"] / 1e6, received["bytes"] / 1e6, False


def speedtest_upload(line: path.Line) -> tuple[float, float, bool]:
    """To a server that plays speedtest.net and lets it upload for 3 s; see tests/lab/speedtest.py."""
    with TemporaryDirectory() as folder:
        certificate, key = f"{folder}/certificate.pem", f"{folder}/key.pem"
        subject = ["-subj", "/CN=www.speedtest.net", "-addext", "subjectAltName=DNS:www.speedtest.net"]
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key]
        subprocess.run([*make, "-out", certificate, *subject], check=True, capture_output=True)
        with line.site(sys.executable, "-m", "tests.lab.speedtest", SITE, certificate, key, ready="ready"):
            done = json.loads(line.desk("env", f"SSL_CERT_FILE={certificate}", sys.executable, "-c", SPEEDTEST).stdout)
    return done["mbps"] or float("nan"), done["megabytes"], False


def reflected() -> None:
    """Packets that the reflector answers with one core: its own work, then with the sockets."""
    reflector = Reflector(limits=Limits(sessions=10_000, packets_per_second=10**9))
    clock = udp.Clock()
    asked = [
        udp.Datagram(
            stamp.request(number // 1000, clock.now_ns(), 1 + number % 1000, 172),
            ("192.0.2.1", 20000 + number % 1000),
            clock.now_ns(),
            0,
            60,
            184,
        )
        for number in range(REFLECTED)
    ]
    start = time.process_time()
    for one in asked:
        reflector.answer(one, clock.now_ns)
    alone = REFLECTED / (time.process_time() - start)
    real = loaded()
    print(f"\nReflector on one core: {alone:,.0f} answers/s by itself, {real:,.0f} packets/s with the sockets")


def loaded() -> float:
    """Packets per second of processor time of `remoteready reflect`, flooded on the loopback from many ports."""
    clock = udp.Clock()
    socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(FLOODING)]
    with reflecting() as (process, port):
        idle_s = processor_s(process.pid)
        answered, end = 0, time.monotonic() + 5
        while time.monotonic() < end:
            for number, sock in enumerate(socks):
                sock.sendto(stamp.request(0, clock.now_ns(), 1 + number, 172), ("127.0.0.1", port))
            for sock in socks:
                sock.settimeout(0.5)
                try:
                    sock.recv(2048)
                    answered += 1
                except TimeoutError:
                    continue
        used_s = processor_s(process.pid) - idle_s
    for sock in socks:
        sock.close()
    return answered / used_s


@contextmanager
def reflecting() -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """`remoteready reflect` on the loopback without narrow limits; its port."""
    port = 18762
    command = [*path.FIRST, *TOOL, "reflect", "--bind", "127.0.0.1", "--port", str(port)]
    command += ["--packets-per-second", "1000000"]
    with subprocess.Popen([*command, "--sessions", "10000"], stderr=subprocess.PIPE, text=True) as process:
        if not process.stderr or "Listening" not in process.stderr.readline():
            sys.exit("the reflector did not start")
        yield process, port
        process.terminate()


def together() -> None:
    """Really so many streams at the same time, 50 packets a second each, all from one process beside the reflector."""
    print(f"\n{'streams':>8}{'asked/s':>10}{'answered':>10}{'held p50 ms':>13}{'p99 ms':>8}{'its core':>10}")
    for streams in STREAMS:
        with reflecting() as (process, port):
            before_s, began = processor_s(process.pid), time.monotonic()
            asked, held_ms = asking(streams, port)
            took_s = time.monotonic() - began
            busy = (processor_s(process.pid) - before_s) / took_s
        held_ms.sort()
        middle, most = (held_ms[int(len(held_ms) * share)] for share in (0.5, 0.99))
        rate = asked / TOGETHER_S
        print(f"{streams:>8}{rate:>10,.0f}{len(held_ms) / asked:>10.2%}{middle:>13.2f}{most:>8.2f}{busy:>10.0%}")


def asking(streams: int, port: int) -> tuple[int, list[float]]:
    """Packets sent for all streams, each at its own time, and for how many ms the reflector held those answered."""
    socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(-(-streams // EACH))]
    for number, sock in enumerate(socks):
        sock.bind((f"127.0.0.{2 + number}", 0))  # each may have so many streams
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**22)
    packets = [bytearray(stamp.request(0, 0, 1 + number, 172)) for number in range(streams)]
    asked, gap_s = 0, 1 / CALL_PPS / streams
    held_ms: list[float] = []
    begin = time.monotonic()
    while (now := time.monotonic()) < begin + TOGETHER_S + 0.5:
        while asked * gap_s <= now - begin < TOGETHER_S:
            stream = asked % streams
            struct.pack_into(">I", packets[stream], 0, asked // streams)
            with suppress(BlockingIOError):
                socks[stream // EACH].sendto(packets[stream], ("127.0.0.1", port))
            asked += 1
        for sock in socks:
            held_ms += answers(sock)
        time.sleep(0.0005)
    for sock in socks:
        sock.close()
    return asked, held_ms


def answers(sock: socket.socket) -> Iterator[float]:
    """For how many ms the reflector held each packet whose answer waits here."""
    with suppress(BlockingIOError):
        while True:
            if (read := stamp.read_reply(sock.recv(2048))) is not None:
                yield (read.sent_ns - read.received_ns) / 1e6


def processor_s(pid: int) -> float:
    """Processor time of a process so far (proc(5), stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
