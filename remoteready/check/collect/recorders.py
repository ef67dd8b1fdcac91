"""The client that records on the desk itself: does it run, does it answer, and what has it not uploaded yet. Pure.

What the profile does not name – because the vendor does not publish it – is unknown, and so is what cannot be seen.
"""

from collections.abc import Callable, Sequence
from typing import Any

from remoteready.check.collect import calls, common, recorder_calls
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.host import Host, Unavailable
from remoteready.check.named import Footprint, RecordingClient

RECORDER = ("running", "port_answers", "backlog_mb", "backlog_files", "backlog_oldest_age_hours", "disk_free_gb")
BACKLOG = RECORDER[2:5]
LOOPBACK = "127.0.0.1"
HOUR_S = 3600


def record(host: Host, name: str, client: RecordingClient) -> dict[str, Fact]:
    """Everything about one recording client."""
    footprint: Footprint | None = getattr(client, host.system, None)
    if footprint is None:
        answers = dict.fromkeys(RECORDER, unknown(f"nothing is known of {client.name} on this system"))
    else:
        running = _told(lambda: _running(host, client, footprint), "services and processes")
        answers = {
            "running": running,
            "port_answers": _told(lambda: _port_answers(host, client, footprint), LOOPBACK),
            **_backlog(host, client, footprint, running),
            "disk_free_gb": _told(lambda: _disk_free(host, client, footprint), "disk usage"),
        }
    return {f"recorder.{name}.{what}": fact for what, fact in answers.items()}


def _told(ask: Callable[[], Fact], source: str) -> Fact:
    try:
        return ask()
    except Unavailable as error:
        return unknown(str(error), source)


def _not_named(host: Host, client: RecordingClient, what: str) -> Unavailable:
    return Unavailable(f"the profile names no {what} of {client.name} on {host.system}")


def _running(host: Host, client: RecordingClient, footprint: Footprint) -> Fact:
    """Every service and every process that is named must run; one that does not proves that it does not record."""
    if not footprint.services and not footprint.processes:
        raise _not_named(host, client, "service or process")
    source = "services and processes"
    states = {service: host.call(recorder_calls.service_state, service) for service in footprint.services}
    missing = [f"{service} is {state or 'not installed'}" for service, state in states.items() if state != "running"]
    if footprint.processes:
        running = {str(name).lower() for name in host.call(calls.process_names)}
        missing += [f"{process} does not run" for process in footprint.processes if process.lower() not in running]
    if not missing:
        return known(True, source, f"{', '.join([*footprint.services, *footprint.processes])} run")
    hidden = "" if any(state != "running" for state in states.values()) else common.hidden_processes(host)
    return unknown(hidden, source) if hidden else known(False, source, ", ".join(missing))


def _port_answers(host: Host, client: RecordingClient, footprint: Footprint) -> Fact:
    if not footprint.ports:
        raise _not_named(host, client, "local port")
    for port in footprint.ports:
        refused = host.call(calls.connect, LOOPBACK, port)
        if refused:
            return known(False, LOOPBACK, f"port {port}: {refused}")
    return known(True, LOOPBACK, f"port {', '.join(map(str, footprint.ports))} accepts a connection")


# --- what waits for its upload --------------------------------------------------------------------------------------


def _backlog(host: Host, client: RecordingClient, footprint: Footprint, running: Fact) -> dict[str, Fact]:
    """Three facts from the folders. An empty one means that all is uploaded only while the client runs."""
    source = ", ".join(footprint.backlog)
    try:
        if not footprint.backlog:
            raise _not_named(host, client, "folder for waiting recordings")
        asked = [host.call(recorder_calls.waiting_files, one, *footprint.files) for one in footprint.backlog]
        found = [one for one in asked if one is not None]
        if not found:
            raise Unavailable(f"no backlog folder at {' or '.join(footprint.backlog)}")
        return _waiting(found, running, source)
    except Unavailable as error:
        return dict.fromkeys(BACKLOG, unknown(str(error), source))


def _waiting(found: Sequence[dict[str, Any]], running: Fact, source: str) -> dict[str, Fact]:
    count, size_mb = sum(int(one["files"]) for one in found), sum(int(one["bytes"]) for one in found) / 1e6
    oldest_s = max((float(one["oldest_s"]) for one in found if one["files"]), default=0.0)
    incomplete = next((str(one["incomplete"]) for one in found if one["incomplete"]), "")
    if incomplete:
        at_least = f"at least {count} files with {size_mb:.1f} MB wait: {incomplete}"
        return dict.fromkeys(BACKLOG, unknown(at_least, source))
    if not count and running.value is not True:
        reason = (
            "the client does not run" if running.value is False else f"whether it runs is unknown: {running.unknown}"
        )
        return dict.fromkeys(BACKLOG, unknown(f"no recording waits, but {reason}", source))
    detail = f"{count} files with {size_mb:.1f} MB wait" if count else "no recording waits, and the client runs"
    return {
        "backlog_mb": known(round(size_mb, 3), source, detail),
        "backlog_files": known(count, source, detail),
        "backlog_oldest_age_hours": _age(oldest_s, source, detail),
    }


def _age(oldest_s: float, source: str, detail: str) -> Fact:
    if oldest_s < -HOUR_S:
        return unknown("it was changed in the future: the clock of this computer was or is wrong", source, detail)
    return known(round(max(0.0, oldest_s) / HOUR_S, 2), source, detail)


def _disk_free(host: Host, client: RecordingClient, footprint: Footprint) -> Fact:
    """The least of the volumes that recordings wait on."""
    if not footprint.backlog:
        raise _not_named(host, client, "folder for waiting recordings")
    asked = [host.call(recorder_calls.folder_free_bytes, one) for one in footprint.backlog]
    free = [int(one) for one in asked if one is not None]
    if not free:
        raise Unavailable(f"no backlog folder at {' or '.join(footprint.backlog)}")
    return known(min(free) / 1e9, "disk usage", f"the volume of {' or '.join(footprint.backlog)}")
