"""The whole command among real routers: the guilty leg in each of its places, and what is there without a reflector."""

import json
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests import schemas
from tests.lab import netns, path, servers

ROOT = Path(__file__).parents[2]
TOOL = (sys.executable, "-m", "remoteready")
MISSING = servers.missing("nftables", "iproute2", "xl2tpd", "coturn") or path.missing()
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {MISSING}")
SITE = "10.77.2.2"
TRIES = 3
"""A measurement on a machine that is busy with others says that it is not to be trusted, and is made again."""


@pytest.fixture(scope="module")
def rooms() -> Iterator[list[netns.Room]]:
    with netns.row("desk", "home", "provider", "site") as made:
        made[0].run("sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
        yield made


@contextmanager
def reflecting(room: netns.Room, folder: Path) -> Iterator[None]:
    log = folder / "reflect.log"
    process = room.start(log, *TOOL, "reflect", PYTHONPATH=str(ROOT))
    end = time.monotonic() + 20
    while b"Listening" not in log.read_bytes():
        assert time.monotonic() < end
        time.sleep(0.02)
    try:
        yield
    finally:
        netns.stop(process)
        room.started.remove(process)


def at_desk(rooms: list[netns.Room], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [*path.FIRST, "ip", "netns", "exec", rooms[0].name, *TOOL, "measure", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)


@pytest.fixture(scope="module")
def reflector(rooms, tmp_path_factory) -> Iterator[None]:
    with reflecting(rooms[3], tmp_path_factory.mktemp("site")):
        yield


LEGS = [("this computer", "your router"), ("your router", "the VPN gateway"), ("the VPN gateway", SITE)]
TROUBLES = {
    "Packets are lost": (None, 8),
    "The delay varies": (path.Way(delay_ms=1, jitter_ms=40), 4),
    "The delay arises": (path.Way(delay_ms=200), 4),
}
"""What one leg does both ways, or its router instead, and for how many seconds the call has to look at it."""
PLACES = [(trouble, leg) for trouble in TROUBLES for leg in range(len(LEGS))]


def measured_with(trouble: str, leg: int, folder: Path) -> dict[str, Any]:
    """The command in rooms of its own, one leg of which is bad."""
    way, seconds = TROUBLES[trouble]
    names = [f"{place}{PLACES.index((trouble, leg))}" for place in ("desk", "home", "provider", "site")]
    with netns.row(*names, bad=(leg, way) if way else None) as rooms, reflecting(rooms[3], folder):
        rooms[0].run("sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
        if way is None:
            rooms[leg + 1].nft("filter hook prerouting", "iifname left numgen random mod 100 < 35 drop")
        options = ("--no-upload", "--seconds", str(seconds), "--vpn", rooms[2].left, "--format", "json")
        for _ in range(TRIES):
            found: dict[str, Any] = json.loads(at_desk(rooms, SITE, *options).stdout)
            if "too busy" not in found["trouble"]:
                break
    return found


@pytest.fixture(scope="module")
def found_bad(tmp_path_factory) -> dict[tuple[str, int], dict[str, Any]]:
    """For each trouble and each leg what the command says when that leg has it; several at the same time."""
    folders = [tmp_path_factory.mktemp("site") for _ in PLACES]
    with ThreadPoolExecutor(3) as pool:
        results = pool.map(lambda place, folder: measured_with(place[0], place[1], folder), PLACES, folders)
        found = dict(zip(PLACES, results, strict=True))
    for (trouble, leg), folder in zip(PLACES, folders, strict=True):
        if "too busy" in found[trouble, leg]["trouble"]:  # once more, with nothing of ours beside it
            found[trouble, leg] = measured_with(trouble, leg, folder)
    return found


@pytest.mark.parametrize(("trouble", "guilty"), PLACES)
def test_the_command_names_the_bad_leg_in_each_of_its_places(found_bad, trouble, guilty):
    found = found_bad[trouble, guilty]
    legs, (start, end) = found["legs"], LEGS[guilty]
    assert legs["guilty"] == {"start": start, "end": end}, legs
    assert legs["sentence"].startswith(f"{trouble} between {start} and {end}: ")
    assert [place["name"] for place in legs["places"]] == ["your router", "the VPN gateway", SITE]
    assert legs["places"][-1]["sent"] == TROUBLES[trouble][1] * 50, "the call itself speaks for the target"
    assert "10.77.0." not in json.dumps(found)


def test_a_name_with_both_families_is_timed_and_reached_by_both(rooms, reflector):
    own = Path("/etc/netns") / rooms[0].name
    own.mkdir(parents=True)
    (own / "hosts").write_text(f"{SITE} site.example.com\n{netns.v6(SITE)} site.example.com\n")
    try:
        done = at_desk(rooms, "site.example.com", "--no-upload", "--seconds", "2", "--format", "json")
    finally:
        shutil.rmtree(own)
    found = json.loads(done.stdout)
    families = found["network"]["families"]
    assert [(one["name"], one["round_trips"]["method"]) for one in families] == [("IPv4", "icmp"), ("IPv6", "icmp")]
    assert all(one["round_trips"]["answered"] == one["round_trips"]["sent"] > 0 for one in families)
    assert found["network"]["name_ms"] > 0
    assert found["network"]["mapping"] is None, "nobody was named to ask"
    assert found["round_trips"] is None, "the call was answered"
    assert (found["route"]["mode"], found["route"]["unknown"]) == ("none", "")


# --- nobody reflects ---


def without(rooms: list[netns.Room], *options: str) -> dict[str, Any]:
    """The command where nobody reflects; its round trips."""
    done = at_desk(rooms, f"{SITE}:9", "--no-upload", "--seconds", "2", "--format", "json", *options)
    assert done.returncode == 3, done.stderr
    assert "Nobody reflects there: plain round trips instead …" in done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["unknown"].startswith("no answer")
    assert found["phases"] == []
    return found


def test_without_a_reflector_echoes_tell_the_round_trip_and_the_loss(rooms):
    trips = without(rooms)["round_trips"]
    assert (trips["host"], trips["method"], trips["sent"], trips["loss_ratio"]) == (SITE, "icmp", 10, 0)
    assert 0 < trips["median_ms"] <= trips["p95_ms"] < 50


def test_where_echoes_are_forbidden_connections_tell_the_round_trip_but_no_loss(rooms):
    rooms[0].run("sysctl", "-qw", "net.ipv4.ping_group_range=1 0")
    try:
        trips = without(rooms)["round_trips"]
    finally:
        rooms[0].run("sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
    assert (trips["method"], trips["answered"], trips["loss_ratio"]) == ("tcp", 5, None)
    assert 0 < trips["median_ms"] <= trips["p95_ms"] < 50


def test_a_stun_server_tells_the_round_trip_and_how_the_nat_behaves(rooms, tmp_path):
    rooms[3].run("ip", "address", "add", "10.77.2.3/24", "dev", "left")
    process = servers.Gateway(rooms[3], tmp_path).coturn(SITE, "10.77.2.3")
    rooms[1].nft("nat hook postrouting", "oifname right masquerade random")
    try:
        found = without(rooms, "--stun", SITE)
    finally:
        rooms[1].run("nft", "flush ruleset")
        netns.stop(process)
        rooms[3].started.remove(process)
        rooms[3].run("ip", "address", "delete", "10.77.2.3/24", "dev", "left")
    trips, network = found["round_trips"], found["network"]
    assert (trips["host"], trips["method"], trips["answered"], trips["loss_ratio"]) == (SITE, "stun", 10, 0)
    assert network["mapping"] == "address_and_port_dependent"
    assert (network["nats"], network["stun_ms"] > 0) == (None, True)
    assert "another private network" in network["nats_evidence"]


def test_a_host_that_answers_nothing_is_said_to_and_the_way_cannot_be_judged(rooms):
    rooms[3].nft("filter hook input", "drop")
    try:
        done = at_desk(rooms, SITE, "--no-upload", "--seconds", "2")
    finally:
        rooms[3].run("nft", "flush ruleset")
    said = " ".join(done.stdout.split())
    assert done.returncode == 3
    assert "No round trip either: nothing there answers STUN or ICMP echo or TCP." in said
    assert f"The way: {SITE} does not answer these packets, so the way to it cannot be judged." in said
    assert said.count("need `remoteready reflect` at the site.") == 1


# --- outside the VPN and through it ---


@contextmanager
def tunnel(one: netns.Room, other: netns.Room, way: path.Way) -> Iterator[None]:
    """A VPN between two rooms that delays packets as told; nothing is routed through it yet."""
    command = [sys.executable, "-m", "tests.lab.path"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as forwarder:
        try:
            assert forwarder.stdin
            assert forwarder.stdout
            forwarder.stdin.write(path.wanted((one.name, other.name), way, way).decode())
            forwarder.stdin.flush()
            assert forwarder.stdout.readline() == "ready\n"
            for room, end in ((one, 1), (other, 2)):
                room.run("ip", "address", "add", f"10.88.0.{end}/30", "dev", path.DEVICE)
                room.run("ip", "link", "set", path.DEVICE, "up")
            other.run("ip", "route", "replace", "10.88.0.1/32", "dev", path.DEVICE, "src", other.left)
            yield
        finally:
            forwarder.kill()


def heard(person: int, words: bytes) -> None:
    """Read the terminal until it shows these words."""
    said, end = b"", time.monotonic() + 40
    while words not in said:
        ready, _, _ = select.select([person], [], [], max(0.0, end - time.monotonic()))
        assert ready, said
        said += os.read(person, 4096)


def compared(desk: netns.Room, output: Path) -> dict[str, Any]:
    """The comparison that a person gets who connects the VPN when asked to."""
    person, terminal = pty.openpty()
    options = ("--no-upload", "--seconds", "2", "--compare-vpn", "--format", "json", "--output", str(output))
    command = [*path.FIRST, "ip", "netns", "exec", desk.name, *TOOL, "measure", SITE, *options]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, cwd=ROOT) as process:
        try:
            heard(person, b"Connect the VPN now, then press Enter")
            desk.run("ip", "route", "add", f"{SITE}/32", "dev", path.DEVICE, "src", "10.88.0.1")
            os.write(person, b"\n")
            heard(person, b"Written")
        finally:
            process.terminate()
            os.close(person)
            os.close(terminal)
    desk.run("ip", "route", "delete", f"{SITE}/32", "dev", path.DEVICE)
    found: dict[str, Any] = json.loads(output.read_text("utf-8"))
    return found


def test_the_line_is_compared_outside_the_vpn_and_through_it(rooms, reflector, tmp_path):
    desk = rooms[0]
    desk.run("ip", "route", "add", "default", "via", "10.77.0.2")
    with tunnel(desk, rooms[3], path.Way(delay_ms=30)):
        for _ in range(TRIES):
            found = compared(desk, tmp_path / "both.json")
            if not (found["first"]["trouble"] or found["second"]["trouble"]):
                break
    jsonschema.validate(found, schemas.published()["comparison-1.json"])
    assert [found[one]["route"]["mode"] for one in ("first", "second")] == ["none", "split"]
    assert found["switched"] is True
    change = next(one for one in found["differences"] if one["name"] == "line.round_trip_ms")
    assert change["change"] == pytest.approx(60, abs=6)
