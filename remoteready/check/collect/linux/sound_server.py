"""Linux: what the sound server knows, by pactl, or by pw-dump where there is no pactl, in one form for both."""

import json
from dataclasses import dataclass
from typing import Any

from remoteready.check.host import Host, Unavailable


@dataclass(frozen=True, slots=True)
class Sound:
    """What a sound server says: entries in the form of pactl's JSON, without monitors, and which are the defaults."""

    source: str
    inputs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]
    default_input: str | None
    default_output: str | None
    pipewire: bool


def sound(host: Host) -> Sound:
    """PulseAudio or its stand-in, else PipeWire itself. Raises Unavailable with what pactl answers when none does."""
    try:
        return _pulse(host)
    except Unavailable as error:
        try:
            return _pipewire(host)
        except Unavailable:
            raise error from None


def _pulse(host: Host) -> Sound:
    """PulseAudio, or PipeWire's stand-in for it."""
    info, sinks, sources = (pactl(host, *what) for what in (("info",), ("list", "sinks"), ("list", "sources")))
    inputs = [entry for entry in sources if not _is_monitor(entry)]
    names = info.get("default_source_name"), info.get("default_sink_name")
    return Sound("pactl", inputs, sinks, *names, pipewire="PipeWire" in str(info.get("server_name")))


def pactl(host: Host, *what: str) -> Any:
    """The JSON of one answer of pactl."""
    output = host.run("pactl", "-f", "json", *what)
    if "refused" in output.stderr:
        raise Unavailable("none runs in this session")
    if output.exit_code:
        raise Unavailable(output.stderr.strip() or f"pactl ended with {output.exit_code}")
    try:
        return json.loads(output.stdout)
    except ValueError as error:
        raise Unavailable(f"pactl's answer is not JSON ({error})") from error


def _pipewire(host: Host) -> Sound:
    """PipeWire itself. Unlike pactl it keeps what belongs to a card in an object of its own, beside its nodes."""
    output = host.run("pw-dump")
    if output.exit_code:
        raise Unavailable(output.stderr.strip() or f"pw-dump ended with {output.exit_code}")
    try:
        objects = [thing for thing in json.loads(output.stdout) if isinstance(thing, dict)]
    except (ValueError, TypeError) as error:
        raise Unavailable(f"pw-dump's answer is not JSON ({error})") from error
    live = [thing for thing in objects if thing.get("info")]  # not: those that were just removed
    cards = {thing.get("id"): thing["info"] for thing in live if str(thing.get("type")).endswith(":Device")}
    nodes = [thing["info"] for thing in live if str(thing.get("type")).endswith(":Node")]
    defaults = {
        row.get("key"): row["value"].get("name")
        for thing in objects
        for row in thing.get("metadata") or []
        if (thing.get("props") or {}).get("metadata.name") == "default" and isinstance(row.get("value"), dict)
    }
    entries: dict[str, list[dict[str, Any]]] = {"Audio/Source": [], "Audio/Sink": []}
    for node in nodes:
        kind = "/".join(str(node["props"].get("media.class")).split("/")[:2])
        if kind in entries:
            card = cards.get(node["props"].get("device.id")) or {}
            entries[kind].append(_likepactl(node, card, "Input" if kind == "Audio/Source" else "Output"))
    names = defaults.get("default.audio.source"), defaults.get("default.audio.sink")
    return Sound("pw-dump", entries["Audio/Source"], entries["Audio/Sink"], *names, pipewire=True)


AVAILABLE = {"yes": "available", "no": "not available"}


def _likepactl(node: dict[str, Any], card: dict[str, Any], direction: str) -> dict[str, Any]:
    """A node of pw-dump in the form of pactl's JSON: with the properties and the route of its card."""
    props = {**(card.get("props") or {}), **node["props"]}
    params = node.get("params") or {}
    routes = [
        route
        for route in (card.get("params") or {}).get("Route") or []
        if route.get("direction") == direction and route.get("device") == props.get("card.profile.device")
    ]
    formats = [*(params.get("Format") or []), *(params.get("EnumFormat") or [])]
    rates = [entry["rate"] for entry in formats if entry.get("rate")]
    rate = next((rate.get("default") if isinstance(rate, dict) else rate for rate in rates), None)
    return {
        "name": str(props.get("node.name") or ""),
        "description": props.get("node.description"),
        "properties": props,
        "sample_specification": f"{rate}Hz" if rate else "",
        "ports": [
            {**route, "availability": AVAILABLE.get(str(route.get("available")), "availability unknown")}
            for route in routes
        ],
        "active_port": routes[0].get("name") if routes else None,
    }


def _is_monitor(entry: dict[str, Any]) -> bool:
    """A monitor plays back what an output plays: it is no microphone, though it may be the default source."""
    return entry["properties"].get("device.class") == "monitor" or str(entry["name"]).endswith(".monitor")
