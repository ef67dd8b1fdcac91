"""Collects facts: every needed collector at the same time, each with its own time limit, none able to hang the run."""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType

from remoteready.check.collect import calls, common, linux, macos, tunnels, windows
from remoteready.check.collect.recorders import RECORDER, record
from remoteready.check.collect.targets import TARGET, reach
from remoteready.check.collect.trust import TRUST, trust
from remoteready.check.facts import Fact, Facts, declaration, target_of, unknown
from remoteready.check.host import Host, Unavailable
from remoteready.check.named import RecordingClient
from remoteready.check.profile import Address

Collected = dict[str, Fact]
SYSTEMS: dict[str, ModuleType] = {"linux": linux, "macos": macos, "windows": windows}
NOT_MEASURED = unknown("not measured, as --quick was given")
NO_RECORDERS: Mapping[str, RecordingClient] = {}


@dataclass(frozen=True, slots=True)
class Job:
    """One collector at work: what it answers, how, and how long it may take."""

    name: str
    facts: tuple[str, ...]
    collect: Callable[[], Collected]
    timeout_s: float


def jobs(
    host: Host,
    wanted: Iterable[str],
    targets: Mapping[str, Address],
    recorders: Mapping[str, RecordingClient] = NO_RECORDERS,
) -> list[Job]:
    """The collectors that answer the wanted facts, and no others.

    `targets` are the filled-in addresses of the profile; the first one decides which link is judged. `recorders` are
    the recording clients that it names.
    """
    system = SYSTEMS.get(host.system)
    toward = next(iter(targets.values()), None)
    table = (
        []
        if system is None
        else [
            Job("network link", common.LINK, lambda: system.link(host, toward), 4),
            Job("tunnel", tunnels.TUNNEL, lambda: tunnels.tunnel(host, system.interfaces, toward), 4),
            Job("internet access", common.ACCESS, lambda: system.access(host), 4),
            Job("headset", common.AUDIO, lambda: system.audio(host), 5),
            Job("camera", common.CAMERA, lambda: system.camera(host), 2),
            Job("operating system", common.SYSTEM, lambda: system.operating_system(host), 2),
            Job("updates", common.PATCHES, lambda: system.patches(host), 20),
            Job("antivirus", common.ANTIVIRUS, lambda: system.antivirus(host), 5),
            Job("firewall", common.FIREWALL, lambda: system.firewall(host), 4),
            Job("disk encryption", common.ENCRYPTION, lambda: system.encryption(host), 4),
            Job("screen lock", common.SCREEN, lambda: system.screen(host), 4),
            Job("users", common.USERS, lambda: system.users(host), 4),
            Job("computer", common.COMPUTER, lambda: system.computer(host), 4),
            Job("monitors", common.MONITORS, lambda: system.monitors(host), 5),
            *(_trust(host, system, name, address) for name, address in targets.items()),
            *(_resolved(host, system, name, address) for name, address in targets.items()),
        ]
    )
    table += [
        Job("network", common.CONNECTED, lambda: common.connected(host), 2),
        Job("hardware", common.HARDWARE, lambda: common.hardware(host), 4),
        Job("processor load", common.LOAD, lambda: common.load(host), 4),
        *(_reach(host, name, address) for name, address in targets.items()),
        *(_record(host, name, client) for name, client in recorders.items()),
    ]
    names = set(wanted)
    return [job for job in table if names & set(job.facts)]


def collector(
    host: Host, fact: str, targets: Mapping[str, Address], recorders: Mapping[str, RecordingClient] = NO_RECORDERS
) -> str:
    """The name of the collector that answers a fact; empty where there is none on this system."""
    return next((job.name for job in jobs(host, [fact], targets, recorders)), "")


def _reach(host: Host, name: str, address: Address) -> Job:
    facts = tuple(f"target.{name}.{what}" for what in TARGET)
    return Job(f"{name} ({address})", facts, lambda: reach(host, name, address), 2 * calls.REACH_TIMEOUT_S + 2)


def _trust(host: Host, system: ModuleType, name: str, address: Address) -> Job:
    facts = tuple(f"target.{name}.{what}" for what in TRUST)
    limit_s = 2 * calls.REACH_TIMEOUT_S + 2
    return Job(f"certificate of {name}", facts, lambda: trust(host, system.added_authorities, name, address), limit_s)


def _resolved(host: Host, system: ModuleType, name: str, address: Address) -> Job:
    def collect() -> Collected:
        return tunnels.resolved(host, system.interfaces, system.resolvers, name, address)

    return Job(f"name of {name}", (f"target.{name}.resolved_in_tunnel",), collect, 6)


def _record(host: Host, name: str, client: RecordingClient) -> Job:
    facts = tuple(f"recorder.{name}.{what}" for what in RECORDER)
    return Job(f"recording client {name}", facts, lambda: record(host, name, client), 2 * calls.REACH_TIMEOUT_S)


def collect(
    host: Host,
    wanted: Iterable[str],
    targets: Mapping[str, Address],
    on_progress: Callable[[list[str]], None] = lambda waiting: None,
    recorders: Mapping[str, RecordingClient] = NO_RECORDERS,
    *,
    quick: bool = False,
) -> Facts:
    """The wanted facts; what no collector answers in time is unknown with the reason.

    `on_progress` is called with the names of the collectors that are still at work. With `quick`, no
    host is connected to.
    """
    names = tuple(wanted)
    asked = [name for name in names if not (quick and target_of(name))]
    waiting = {job.name: job for job in jobs(host, asked, targets, recorders)}
    answers: queue.SimpleQueue[tuple[Job, Collected, float]] = queue.SimpleQueue()
    start = time.monotonic()
    for job in waiting.values():
        # A daemon thread: a native call that never returns must not keep the interpreter from ending.
        threading.Thread(target=_run, args=(job, answers), name=job.name, daemon=True).start()
    facts: Collected = {}
    while waiting:
        on_progress(list(waiting))
        first = min(waiting.values(), key=lambda job: job.timeout_s)
        try:
            job, answer, took_ms = answers.get(timeout=max(0.0, start + first.timeout_s - time.monotonic()))
        except queue.Empty:
            job, answer, took_ms = first, _all_unknown(first, _too_slow(first)), first.timeout_s * 1000
        if waiting.pop(job.name, None):
            took = {"took_ms": round(took_ms, 1)}
            facts |= {name: _fitting(name, fact).model_copy(update=took) for name, fact in answer.items()}
    nobody = unknown("no collector for this fact on this system")
    return {name: facts.get(name, nobody if name in asked else NOT_MEASURED) for name in names}


def _run(job: Job, answers: "queue.SimpleQueue[tuple[Job, Collected, float]]") -> None:
    start = time.monotonic()
    try:
        answer = job.collect()
    except Unavailable as error:
        answer = _all_unknown(job, str(error))
    except Exception as error:
        answer = _all_unknown(job, f"unexpected answer ({type(error).__name__}: {error})")
    answers.put((job, answer, (time.monotonic() - start) * 1000))


def _fitting(name: str, fact: Fact) -> Fact:
    """A value that its declaration does not allow would make a rule judge nonsense: it is unknown instead."""
    if fact.value is None:
        return fact if fact.unknown else unknown("the source gives no reason", fact.source)
    declared = declaration(name)
    if declared and declared.accepts(fact.value):
        return fact
    return unknown(f"unexpected answer ({fact.value})", fact.source)


def _all_unknown(job: Job, reason: str) -> Collected:
    return {name: unknown(reason) for name in job.facts}


def _too_slow(job: Job) -> str:
    return f"timed out after {job.timeout_s:g} s"
