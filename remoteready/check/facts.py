"""Every fact, declared once: type, unit and meaning. The declaration is its documentation and its JSON schema."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from remoteready import files

ADDRESS = re.compile(r"(?i)(?<![0-9a-f])(?:[0-9a-f]{2}[:_-]?){5}[0-9a-f]{2}(?![0-9a-f])")
"""A hardware address, also where an interface is named after one (wlx001122334455)."""


LONGEST = 200


def clean(text: str) -> str:
    """Text from a machine, made safe to show and to keep: no control characters, no hardware address, no flood."""
    return _clean(text) if len(text) <= LONGEST else _clean.__wrapped__(text)


@lru_cache(maxsize=8192)  # thousands of reports say the same
def _clean(text: str) -> str:
    return ADDRESS.sub("…", files.UNSAFE.sub(" ", text)).strip()[:LONGEST].rstrip()


MachineText = Annotated[str, AfterValidator(clean)]
Value = bool | int | float | MachineText


class Fact(BaseModel):
    """A value, or the reason why it is not known; never a default for "don't know"."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    value: Value | None = Field(default=None, description="The value; null when unknown")
    unknown: MachineText | None = Field(default=None, description="Why the value could not be told; null when known")
    detail: MachineText = Field(default="", description="What was seen: the evidence for the value")
    source: MachineText = Field(default="", description="The command, file or call that answered")
    took_ms: float = Field(default=0, ge=0, description="How long the collector took, ms")

    @model_validator(mode="after")
    def _value_or_reason(self) -> "Fact":
        if (self.value is None) == (self.unknown is None):
            raise ValueError("a fact is either a value or unknown with a reason")
        return self


def known(value: Value, source: str, detail: str = "") -> Fact:
    """A fact that could be told."""
    return Fact(value=value, source=source, detail=detail)


def unknown(reason: str, source: str = "", detail: str = "") -> Fact:
    """A fact that could not be told, and why."""
    return Fact(unknown=reason, source=source, detail=detail)


Facts = Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a fact is."""

    type: type[bool] | type[int] | type[float] | type[str]
    meaning: str
    unit: str = ""
    choices: tuple[str, ...] = ()

    def accepts(self, value: object) -> bool:
        """Whether a value could be this fact. True is no number; an int is a float."""
        if isinstance(value, bool) or self.type is bool:
            return isinstance(value, bool) and self.type is bool
        if self.choices:
            return value in self.choices
        return isinstance(value, (int, float) if self.type is float else self.type)


SHARE = "share"
"""Unit of what is 0–1 as data and per cent on screen."""
LINKS = ("wired", "wifi", "mobile", "tether", "bluetooth")
TUNNEL_MODES = ("none", "split", "full")
HEADSETS = ("usb", "jack", "radio", "bluetooth", "split", "none")
TRANSPORTS = ("usb", "jack", "bluetooth", "built_in", "display", "network", "virtual", "none")
WORN = ("wired_headset", "radio_headset", "bluetooth_headset")
INPUTS = (*WORN, "speakerphone", "webcam", "microphone", "none")
OUTPUTS = (*WORN, "speakerphone", "speakers", "none")
CAMERAS = ("real", "capture", "virtual", "none")

DECLARED: dict[str, Declaration] = {
    "network.link": Declaration(
        str,
        "What carries the traffic to the contact centre: the physical link, below any tunnel",
        choices=LINKS,
    ),
    "network.connected": Declaration(bool, "There is a route from this computer to the internet"),
    "network.tunnel": Declaration(bool, "The traffic to the contact centre leaves through a VPN tunnel"),
    "network.tunnel_up": Declaration(
        bool, "A VPN tunnel with an interface of its own is up, whether or not it carries the traffic"
    ),
    "network.tunnel_mode": Declaration(
        str,
        "What leaves through a VPN tunnel: 'full' the traffic to the contact centre and to the internet, 'split' only "
        "that to the contact centre, 'none' not even that",
        choices=TUNNEL_MODES,
    ),
    "network.proxy": Declaration(
        bool, "Programs are told to reach the internet through a proxy, by the system's settings or the environment"
    ),
    "network.captive_portal": Declaration(
        bool, "A sign-in page stands before the internet, as the operating system has already noticed"
    ),
    "network.link_mbps": Declaration(
        float, "Rate that the physical link was set up with, not what a line carries", "Mbps"
    ),
    "headset.link": Declaration(
        str,
        "How the headset is attached that is both input and output of a softphone; 'split' when only one of them is a "
        "headset, 'none' when neither is",
        choices=HEADSETS,
    ),
    "headset.in_use": Declaration(
        bool,
        "One headset is both the input and the output of a softphone: the devices for communications where the system "
        "keeps such apart, else the default ones",
    ),
    "audio.input_transport": Declaration(
        str,
        "How the default input is attached; 'display' by HDMI, DisplayPort or in a monitor, 'virtual' is made by a "
        "program",
        choices=TRANSPORTS,
    ),
    "audio.output_transport": Declaration(str, "How the default output is attached", choices=TRANSPORTS),
    "audio.input_kind": Declaration(
        str,
        "What the default input is; 'radio_headset' has a base or dongle of its own (DECT), 'microphone' is none of a "
        "headset",
        choices=INPUTS,
    ),
    "audio.output_kind": Declaration(str, "What the default output is; headphones count as a headset", choices=OUTPUTS),
    "audio.communications_input_transport": Declaration(
        str, "How the input is attached that the system gives to calls: on macOS the default one", choices=TRANSPORTS
    ),
    "audio.communications_output_transport": Declaration(
        str, "How the output is attached that the system gives to calls: on macOS the default one", choices=TRANSPORTS
    ),
    "audio.communications_input_kind": Declaration(
        str, "What the input is that the system gives to calls: on macOS the default one", choices=INPUTS
    ),
    "audio.communications_output_kind": Declaration(
        str, "What the output is that the system gives to calls: on macOS the default one", choices=OUTPUTS
    ),
    "audio.hands_free": Declaration(
        bool, "The Bluetooth headset that a softphone uses is in narrow-band hands-free mode: 8 or 16 kHz"
    ),
    "audio.input_rate_hz": Declaration(int, "Sample rate of the input that a softphone uses", "Hz"),
    "audio.microphone_allowed": Declaration(bool, "The system lets programs use the microphone"),
    "audio.only_input_is_webcam": Declaration(bool, "The only microphone of this computer is that of a webcam"),
    "camera.present": Declaration(bool, "A real camera is attached; virtual cameras and capture cards do not count"),
    "camera.kind": Declaration(
        str,
        "The best of the cameras: 'capture' passes on a picture from outside, 'virtual' is made by a program",
        choices=CAMERAS,
    ),
    "os.version": Declaration(str, "Name, version and build of the operating system"),
    "os.supported": Declaration(bool, "Its vendor still gives security updates for this version"),
    "patches.pending": Declaration(int, "Updates that are not installed yet"),
    "patches.pending_security": Declaration(int, "Security updates that are not installed yet"),
    "patches.knowledge_age_days": Declaration(float, "Age of the list of available updates", "days"),
    "patches.last_success_age_days": Declaration(float, "Days since updates were last installed", "days"),
    "patches.paused": Declaration(bool, "Automatic updates are paused or switched off"),
    "patches.reboot_pending": Declaration(bool, "An installed update waits for a restart"),
    "antivirus.present": Declaration(bool, "An antivirus is installed"),
    "antivirus.on": Declaration(bool, "The antivirus watches files as they are used"),
    "antivirus.definitions_age_days": Declaration(float, "Age of the antivirus's definitions", "days"),
    "firewall.on": Declaration(bool, "A firewall of this computer is on"),
    "disk.encrypted": Declaration(bool, "The system volume is encrypted and its protection is not suspended"),
    "disk.home_encrypted": Declaration(
        bool, "The home folder is encrypted, by its volume or by itself, and its protection is not suspended"
    ),
    "screen.locks": Declaration(bool, "The screen locks by itself and asks for a password"),
    "screen.lock_after_s": Declaration(float, "Idle time until the screen is locked; unknown when it never is", "s"),
    "users.others_logged_in": Declaration(int, "Other people who are logged in, in the background too"),
    "users.automatic_login": Declaration(bool, "Someone is logged in at start without a password, or as a guest"),
    "users.administrator": Declaration(bool, "The user has administrator rights"),
    "remote_control.running": Declaration(bool, "A remote-control program runs"),
    "computer.kind": Declaration(str, "What kind of computer it is", choices=("laptop", "desktop")),
    "computer.uptime_days": Declaration(float, "Time since the last start", "days"),
    "power.mains": Declaration(bool, "The computer runs on mains power"),
    "power.saving": Declaration(bool, "A power-saving mode slows the computer down"),
    "monitors.count": Declaration(int, "Monitors that show a picture"),
    "monitors.pixels": Declaration(int, "Pixels of all monitors together", "pixels"),
    "target.*.reachable": Declaration(
        bool, "The host accepts a TCP connection on the port; a VPN gateway answers by its own protocol"
    ),
    "target.*.certificate_trusted": Declaration(
        bool, "The operating system trusts the certificate that the host shows for its name"
    ),
    "target.*.clock_skew_s": Declaration(
        float, "How far this computer's clock is from the host's, by its HTTP Date; positive when it is ahead", "s"
    ),
    "target.*.certificate_issuer": Declaration(
        str, "Organisation and common name of whoever signed the certificate that this desk was shown"
    ),
    "target.*.tls_intercepted": Declaration(
        bool,
        "The certificate that this desk was shown is not the host's own: signed by an inspector of encrypted traffic, "
        "for a public host by an authority added to this computer, or not the one that the profile names",
    ),
    "target.*.resolved_in_tunnel": Declaration(
        bool, "The host's name is resolved by a DNS server inside the VPN tunnel, to addresses that are not public"
    ),
    "recorder.*.running": Declaration(bool, "Every service and process of the recording client runs"),
    "recorder.*.port_answers": Declaration(bool, "Every local port of the recording client accepts a TCP connection"),
    "recorder.*.backlog_mb": Declaration(
        float, "Recordings that wait on this computer for their upload, 10⁶ bytes", "MB"
    ),
    "recorder.*.backlog_files": Declaration(int, "Files of recordings that wait for their upload", "files"),
    "recorder.*.backlog_oldest_age_hours": Declaration(
        float, "Hours since the oldest of the waiting files was last changed; 0 when none waits", "hours"
    ),
    "recorder.*.disk_free_gb": Declaration(
        float, "Free space on the volume where recordings wait for their upload, 10⁹ bytes", "GB"
    ),
    "line.mos_idle": Declaration(
        float,
        "How a call to the site would sound with nothing else on the line, MOS-CQE by ITU-T G.107, 1 to 4.5; the worse "
        "direction",
        "MOS",
    ),
    "line.mos_recording": Declaration(float, "The same beside the upload of this desk's recording", "MOS"),
    "line.mos_loaded": Declaration(float, "The same beside uploads at full rate", "MOS"),
    "line.loss_up_ratio": Declaration(float, "Share of the call's packets lost on the way to the site, 0–1", SHARE),
    "line.loss_down_ratio": Declaration(float, "Share of the call's packets lost on the way from the site, 0–1", SHARE),
    "line.burst_loss_ratio": Declaration(
        float, "Share of the packets lost in the worst 200 ms of either direction, 0–1", SHARE
    ),
    "line.reordered_ratio": Declaration(
        float, "Share of the packets that arrive after one sent later (RFC 4737), the worse direction, 0–1", SHARE
    ),
    "line.ipdv_ms": Declaration(
        float,
        "Mean change of delay between neighbouring packets (RFC 5481) in the worst 15 s of either direction",
        "ms",
    ),
    "line.round_trip_ms": Declaration(float, "From this desk to the site and back, median", "ms"),
    "line.loaded_round_trip_ms": Declaration(
        float, "The same beside uploads at full rate: what 95 % of the packets keep", "ms"
    ),
    "line.upload_mbps": Declaration(
        float, "What uploads at full rate bring to the site, as it counts them: payload, 10⁶ bit/s", "Mbps"
    ),
    "line.upload_headroom_ratio": Declaration(
        float,
        "How many times the upload carries what this desk sends while its calls and all of its monitors are recorded",
        "times",
    ),
    "workload.*.upload_headroom_ratio": Declaration(
        float,
        "How many times the line's measured upload carries what this desk sends by the workload of a profile or site",
        "times",
    ),
    "attested.*": Declaration(bool, "What a person said about this desk, asked by `check --ask`: yes or no"),
    "cpu.logical_cores": Declaration(int, "Logical processors", "cores"),
    "cpu.model": Declaration(str, "Model of the processor"),
    "cpu.load_ratio": Declaration(float, "Share of the processors that is busy now, 0–1", SHARE),
    "memory.available_gb": Declaration(float, "Memory that programs can still get, 10⁹ bytes", "GB"),
    "memory.total_gb": Declaration(float, "Memory the operating system has to give, 10⁹ bytes", "GB"),
    "disk.free_gb": Declaration(float, "Free space on the volume of the home folder, 10⁹ bytes", "GB"),
}

_NAMED = re.compile(r"(?P<family>[a-z]+)\.(?P<name>[a-z0-9-]+)\.(?P<what>[a-z_]+)")
TARGET, RECORDER, WORKLOAD = "target", "recorder", "workload"
"""Families of facts about what a profile names: target.vpn-gateway.reachable is declared as target.*.reachable."""
ATTESTED = "attested"
"""The family of what a person says, by the rule that asks: attested.quiet-room is declared as attested.*."""
REFLECTOR = "reflector"
"""The target where `remoteready reflect` runs at the site: every fact of the line is about it."""


def declaration(fact: str) -> Declaration | None:
    """The declaration of a fact; one about something that a profile names by its pattern."""
    if is_attested(fact):
        return DECLARED[f"{ATTESTED}.*"]
    named = _NAMED.fullmatch(fact)
    pattern = f"{named['family']}.*.{named['what']}" if named else fact
    return DECLARED.get(pattern) if named or "*" not in fact else None


def alike(fact: str) -> list[str]:
    """The names that a misspelt fact could have meant: every fact, about whatever it seems to be about."""
    subject = fact.split(".")[1] if fact.count(".") else ""
    return [name.replace("*", subject) for name in DECLARED]


def _listed(schema: dict[str, Any]) -> None:
    """So that an editor completes facts and marks what is none."""
    families: dict[str, list[str]] = {}
    for fact in DECLARED:
        family, wildcard, what = fact.partition(".*")
        if wildcard:
            families.setdefault(family, []).append(re.escape(what))
    patterns = [rf"^{family}\.[a-z0-9-]+({'|'.join(whats)})$" for family, whats in families.items()]
    plain = [fact for fact in DECLARED if "*" not in fact]
    schema["anyOf"] = [{"enum": plain}, *({"pattern": pattern} for pattern in patterns)]


FactName = Annotated[str, Field(json_schema_extra=_listed)]
"""The name of a fact. Whether there is one of that name is left to the model, which can say what was meant."""


def attested(rule: object) -> str:
    """The fact that holds the answer to the question of a rule."""
    return f"{ATTESTED}.{rule}"


def is_attested(fact: str) -> bool:
    """Whether a fact is what a person says."""
    return re.fullmatch(rf"{ATTESTED}\.[a-z0-9-]+", fact) is not None


def is_stated(fact: str) -> bool:
    """Whether a fact is not collected from the system: a person says it, or it is derived from other facts."""
    return is_attested(fact) or subject_of(fact, WORKLOAD) is not None


def subject_of(fact: str, family: str) -> str | None:
    """What a fact of a family is about, by the name that the profile gives it; None for every other fact."""
    named = _NAMED.fullmatch(fact)
    return named["name"] if named and named["family"] == family else None


def target_of(fact: str) -> str | None:
    """The name of the target that a fact is about, if it is about one; what is measured of the line, the reflector."""
    return REFLECTOR if of_line(fact) else subject_of(fact, TARGET)


def of_line(fact: str) -> bool:
    """Whether a fact is measured on the line between this desk and the site's reflector."""
    return fact.startswith("line.")


def recorder_of(fact: str) -> str | None:
    """The name of the recording client that a fact is about, if it is about one."""
    return subject_of(fact, RECORDER)


def every(targets: Iterable[str], recorders: Iterable[str] = ()) -> list[str]:
    """The names of all facts that are collected, those of targets and recording clients for each of them.

    Those of the line come with its target. What a person says and what is derived from facts is not collected.
    """
    subjects = {TARGET: list(targets), RECORDER: list(recorders)}
    names = []
    for fact in DECLARED:
        family, wildcard, what = fact.partition(".*")
        if wildcard:
            names += [f"{family}.{name}{what}" for name in subjects.get(family, ())]
        elif not of_line(fact) or REFLECTOR in subjects[TARGET]:
            names.append(fact)
    return names
