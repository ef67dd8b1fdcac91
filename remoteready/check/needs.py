"""What this very desk's line must upload for the work that is done on it: the need that `plan` computes, as a fact.

The need is counted with all headers, the measured upload without: a line is held to some per cent more than it must
have, never to less, and the headroom is to be chosen with that in mind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from remoteready.check.facts import WORKLOAD, Fact, Facts, known, unknown
from remoteready.check.work import ATTACHED, AgentWork
from remoteready.formulas import packets, recording, uploads
from remoteready.workload import Architecture, Place, Voice, When

UPLOAD, MONITORS = "line.upload_mbps", "monitors.count"


@dataclass(frozen=True, slots=True)
class Need:
    """What one desk sends, Mbps on the wire: exact."""

    call_mbps: Fraction
    """Its own stream and those that a built-in bridge adds."""
    reserve_mbps: Fraction
    recordings_mbps: Fraction
    """During a call where recordings leave as recorded, else the mean; 0 where they leave after the shift."""

    @property
    def mbps(self) -> Fraction:
        """All of it."""
        return Fraction(uploads.line_mbps(self.call_mbps, self.reserve_mbps, self.recordings_mbps))


def need(work: AgentWork, monitors: int) -> Need:
    """What a desk with so many recorded monitors needs of its line's uplink, by the formulas of `plan`."""
    calls_mbps = Fraction(0)
    if work.voice:
        forks = work.recording.architecture is Architecture.CISCO_BUILT_IN_BRIDGE
        own_kbps = _stream_kbps(work, work.voice, work.voice.telephony)
        fork_kbps = _stream_kbps(work, work.voice, work.recording.recorder) if forks else Fraction(0)
        calls_mbps = Fraction(packets.home_call_kbps(own_kbps, fork_kbps)) / 1000
    packet_expansion = packets.packet_expansion(work.tunnel_towards(work.recording.recorder))
    expansion = packets.upload_expansion(packet_expansion, Fraction(work.upload.retransmitted))
    sent = Fraction(uploads.wire_mbps(_recorded_mbps(work, monitors), expansion))
    return Need(calls_mbps, Fraction(work.reserve_mbps), sent)


def _stream_kbps(work: AgentWork, voice: Voice, towards: Place) -> Fraction:
    size = packets.voice_packet_bytes(
        voice.codec,
        voice.ptime_ms,
        srtp=voice.srtp,
        tunnel=work.tunnel_towards(towards),
        layer2=voice.layer2,
        ipv6=voice.ipv6,
        tunnel_ipv6=voice.ipv6,
    )
    return Fraction(packets.call_kbps(size, packets.packets_per_second(voice.ptime_ms)))


def _recorded_mbps(work: AgentWork, monitors: int) -> Fraction:
    """The rate at which recordings must leave the desk, payload, Mbps."""
    endpoint = work.recording.architecture is Architecture.ENDPOINT
    audio = Fraction(work.audio_mb_per_minute) if endpoint else Fraction(0)
    screen = Fraction(work.screen_mb_per_minute)
    calls = recording.recorded_calls(Fraction(work.calls_per_day), Fraction(work.recorded_share))
    if work.when is When.DEFERRED or not calls:
        return Fraction(0)
    if work.when is When.AS_RECORDED:
        return Fraction(recording.agent_mbps(audio, screen, monitors))
    minutes = Fraction(recording.recorded_minutes(Fraction(work.minutes_per_call), Fraction(work.paused_share)))
    after = Fraction(work.after_call_minutes)
    day_mb = recording.home_mb(
        recording.screen_mb(recording.screen_minutes(1, calls, minutes, after), screen, monitors),
        recording.audio_mb(recording.recording_minutes(1, calls, minutes), audio),
    )
    if work.busy_hour_share is not None:
        return Fraction(recording.busy_hour_mbps(day_mb, Fraction(work.busy_hour_share)))
    return Fraction(recording.average_mbps(day_mb, Fraction(work.shift_hours)))


def fact_name(whose: str) -> str:
    """The fact that holds the headroom for the workload of a profile or site of that id."""
    return f"{WORKLOAD}.{whose}.upload_headroom_ratio"


def wanted(work: AgentWork) -> list[str]:
    """The facts that the headroom is derived from."""
    return [MONITORS, UPLOAD] if work.monitors == ATTACHED else [UPLOAD]


def derived(works: Mapping[str, AgentWork], facts: Facts) -> dict[str, Fact]:
    """The headroom of every workload, by its fact."""
    return {fact_name(whose): headroom(work, facts) for whose, work in works.items()}


def headroom(work: AgentWork, facts: Facts) -> Fact:
    """How many times the measured upload carries what this desk needs; the evidence shows the arithmetic."""
    upload = facts.get(
        UPLOAD, unknown("the line was not measured: add -D reflector=HOST, where `remoteready reflect` runs")
    )
    attached = facts.get(MONITORS, unknown("no collector answered"))
    source = ", ".join(dict.fromkeys(one.source for one in (upload, attached) if one.source))
    if work.monitors == ATTACHED:
        if attached.value is None:
            return unknown(f"how many monitors are attached could not be told: {attached.unknown}", source)
        monitors = int(attached.value)
    else:
        monitors = int(work.monitors)
    needed = need(work, monitors)
    if upload.value is None:
        why = f"what the line uploads could not be told: {upload.unknown}"
        return unknown(why, source, arithmetic(needed, monitors))
    upload_mbps = Fraction(str(upload.value))
    evidence = f"{arithmetic(needed, monitors)}; the line uploads {float(upload_mbps):.2f} Mbps"
    if not needed.mbps:
        return unknown("this workload sends nothing, so there is nothing to compare with", source)
    return known(float(upload_mbps / needed.mbps), source, evidence)


def arithmetic(needed: Need, monitors: int) -> str:
    """How the need came about: call 0.09 + desktop 0.10 + recordings with 2 monitors 0.47 = 0.66 Mbps."""
    call, desktop, sent = map(float, (needed.call_mbps, needed.reserve_mbps, needed.recordings_mbps))
    whole = f"{sent:.2f} = {float(needed.mbps):.2f} Mbps"
    if not monitors:
        return f"call {call:.2f} + desktop {desktop:.2f} + recordings {whole}"
    what = "recordings with one monitor" if monitors == 1 else f"recordings with {monitors} monitors"
    return f"call {call:.2f} + desktop {desktop:.2f} + {what} {whole}"
