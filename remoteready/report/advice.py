"""What a plan says beside the links: calls, the VPN, gateways, home lines, and what to change or to buy."""

from fractions import Fraction
from typing import TYPE_CHECKING

from remoteready.exits import Verdict
from remoteready.language import tr, trn
from remoteready.report.planning import duration, judged, per_cent
from remoteready.report.words import at_least, number

if TYPE_CHECKING:
    from remoteready.plan.demand import GroupDemand
    from remoteready.plan.gateways import GatewaySizing
    from remoteready.plan.homes import Line
    from remoteready.plan.levers import Lever
    from remoteready.plan.sizing import Sizing


def sections(sizing: "Sizing") -> list[tuple[str, list[tuple[str, str]]]]:
    """What follows the links: a heading, and under it a name and a sentence a row."""
    gateways = [(one.name, sentence_) for one in sizing.gateways for sentence_ in gateway(one)]
    found = [
        (tr("Calls"), calls(sizing)),
        (tr("Supervisors"), supervisors(sizing)),
        (tr("How calls are recorded, and what that costs"), recordings(sizing)),
        (tr("Who needs the VPN"), roles(sizing)),
        (tr("VPN gateways"), gateways),
        (tr("Home lines"), home_lines(sizing)),
        (tr("Peaks"), peaks(sizing)),
        (tr("Rules of recording; check with counsel"), recording_rules(sizing)),
    ]
    return [(heading, rows) for heading, rows in found if rows]


def calls(sizing: "Sizing") -> list[tuple[str, str]]:
    """What the calls of each group carry: the group and a sentence."""
    rows = []
    for part in sizing.groups:
        voice, call = part.group.voice, part.calls
        if voice and call:
            sentence = tr(
                "{codec} every {ptime} ms: {kbps} kbps and {packets} packets/s each way, packets of {bytes} bytes"
            ).format(
                codec=voice.codec,
                ptime=voice.ptime_ms,
                kbps=number(call.call_kbps.value, 1),
                packets=number(call.packets_per_second.value, 1),
                bytes=number(call.call_packet_bytes.value),
            )
            if call.fork_kbps:
                sentence += tr("; with the built-in bridge {kbps} kbps leave the home").format(
                    kbps=number(call.home_call_kbps.value, 1)
                )
            sentence += tr("; {calls} of {agents} agents talk at once, 99.9 % of the time at most").format(
                calls=number(call.calls_at_once.value), agents=number(part.group.users)
            )
            if call.signalling_kbps:
                each, agents = call.signalling_kbps.value, part.group.users
                sentence += tr("; signalling (SCCP) takes {each} kbps each, {all} kbps for all").format(
                    each=number(each, 2), all=number(each * agents, 1)
                )
            rows.append((part.group.name, sentence))
    return rows


def supervisors(sizing: "Sizing") -> list[tuple[str, str]]:
    """What supervisors add: the group and a sentence."""
    rows = []
    for part in sizing.groups:
        who, found = part.group.supervisors, part.supervision
        if who is None or found is None:
            continue
        desk = {"home": tr("{n} at home"), "site": tr("{n} at the site")}[who.desk]
        parts = [desk.format(n=number(who.count))]
        if found.listening_kbps:
            parts.append(
                tr("listening {share} of the time takes {kbps} kbps each way for each of them").format(
                    share=per_cent(Fraction(who.listening_share)), kbps=number(found.listening_kbps.value, 1)
                )
            )
        if found.watching_mbps:
            parts.append(
                tr("watching {share} of the time takes {mbps} Mbps, also of the agent's own line").format(
                    share=per_cent(Fraction(who.watching_share)), mbps=number(found.watching_mbps.value)
                )
            )
        rows.append((part.group.name, ", ".join(parts)))
    return rows


RECORDERS = {
    "endpoint": tr("the desktop records sound and screens"),
    "cisco_built_in_bridge": tr(
        "the phone's built-in bridge sends the sound to the recorder, the desktop records screens"
    ),
    "cisco_network_based": tr("the Cisco gateway sends the sound to the recorder, the desktop records screens"),
    "avaya_dmcc": tr("the recorder joins calls through Avaya DMCC, the desktop records screens"),
    "gateway": tr("the gateway or SBC sends the sound to the recorder, the desktop records screens"),
}
"""Who records, by the architecture."""


def recordings(sizing: "Sizing") -> list[tuple[str, str]]:
    """What the recording of each group costs its homes, the VPN and the link, where it is not the plainest way."""
    from remoteready.workload import Recording

    rows = []
    for part in sizing.groups:
        group, calls_ = part.group, part.calls
        if group.recording == Recording() and group.vpn is None:
            continue
        each = Fraction(part.home_mb.value) / group.users if group.users else Fraction(0)
        costs = [tr("{mb} MB a day leave each home as uploads").format(mb=number(each, 1))]
        if calls_ and calls_.fork_kbps:
            fork = tr("each call sends {kbps} kbps more from it")
            costs.append(fork.format(kbps=number(2 * Fraction(calls_.fork_kbps.value), 1)))
        place = group.recording.recorder
        if group.in_vpn(place):
            costs.append(tr("through the VPN and the site's link"))
        elif group.on_link(place):
            costs.append(tr("over the site's link, without the VPN"))
        else:
            costs.append(tr("straight to the cloud, past VPN and site"))
        rows.append((group.name, f"{RECORDERS[group.recording.architecture]}: {', '.join(costs)}"))
    return rows


def roles(sizing: "Sizing") -> list[tuple[str, str]]:
    """Which roles need the VPN and why: the group and a sentence, where anything but the plainest is said of it."""
    rows = []
    for part in sizing.groups:
        group, uses = part.group, on_premises(part)
        if len(sizing.groups) < 2 and group.vpn is None and group.voice is None and not group.on_premises:
            continue
        if uses and group.vpn:
            words = tr("needs the VPN for {uses}").format(uses=", ".join(uses))
        elif uses:
            words = tr("needs a way to {uses} on premises; no tunnel is named").format(uses=", ".join(uses))
        elif group.vpn:
            words = tr("needs no VPN: nothing that it uses is on premises")
        else:
            words = tr("needs no VPN and has none")
        if group.vpn and group.vpn.full:
            words += tr("; all its traffic goes through it, also to the cloud")
        rows.append((group.name, words))
    return rows


def on_premises(part: "GroupDemand") -> list[str]:
    """What a role uses that is on premises."""
    from remoteready.workload import Architecture, Place

    group = part.group
    uses = [tr("calls")] if group.voice and group.voice.telephony is Place.ON_PREMISES else []
    if group.recording.recorder is Place.ON_PREMISES:
        bridge = group.recording.architecture is Architecture.CISCO_BUILT_IN_BRIDGE
        if part.home_mb.value:
            uses.append(tr("recordings"))
        if bridge:
            uses.append(tr("streams to the recorder"))
    return [*uses, *group.on_premises]


def gateway(one: "GatewaySizing") -> list[str]:
    """What gateways must carry, a sentence each."""
    sentences = [
        tr("{sessions} sessions, {mbps} Mbps and {packets} packets/s in both directions at the peak").format(
            sessions=number(one.sessions.value),
            mbps=number(one.mbps.value, 1),
            packets=number(one.packets_per_second.value, 0),
        )
    ]
    if one.needed:
        asks = ", ".join(f"{limit.value} {count}" for limit, count in one.needed.items())
        sentences.append(
            tr("gateways needed, {spares} of them spare: {asks}; there are {count}").format(
                spares=one.gateway.spares, asks=asks, count=one.gateway.count
            )
        )
    kind = {"concurrent": tr("concurrent"), "named": tr("named")}[one.gateway.licence_kind]
    wanted = tr("{needed} {kind} licences needed").format(needed=number(one.licences.value), kind=kind)
    there = "" if one.gateway.licences is None else tr(", there are {count}").format(count=number(one.gateway.licences))
    sentences.append(wanted + there)
    if one.reconnect:
        sentences.append(
            tr("all log in again within {time} after a failure").format(time=duration(one.reconnect.value))
        )
    return sentences


def home_lines(sizing: "Sizing") -> list[tuple[str, str]]:
    """What the agents' own lines must carry and which cannot: a label and a sentence."""
    return [(line.label, home_line(line)) for part in sizing.groups for line in part.lines if line.agents]


def home_line(line: "Line") -> str:
    """What one class of home lines needs, and what it cannot do."""
    if line.as_recorded:
        need = tr("an agent needs {need} Mbps of uplink while recorded; the line leaves {rate} Mbps to the recording")
    else:
        need = tr("an agent needs {need} Mbps of uplink on average; an upload may take {rate} Mbps")
    need = need.format(need=at_least(line.need.value, 3), rate=number(line.rate_mbps.value))
    if line.ahead and line.finish is None:
        need += tr("; each packet of it that is ahead keeps a call waiting {ms} ms").format(
            ms=number(line.ahead.value, 1)
        )
    if line.finish:
        need += tr("; a day is uploaded in {hours} h").format(hours=number(line.finish.value, 1))
    agents = trn("{n} agent", "{n} agents", round(line.agents)).format(n=number(round(line.agents)))
    problems = {
        None: "",
        "call": tr("; TOO SMALL for {agents}: it does not carry the call").format(agents=agents),
        "upload": tr("; TOO SMALL for {agents}: recordings arise faster than they leave").format(agents=agents),
        "window": tr("; TOO SMALL for {agents}: the window ends before the upload").format(agents=agents),
    }
    return need + problems[line.problem]


def recording_rules(sizing: "Sizing") -> list[tuple[str, str]]:
    """What the rules of recording ask, and where the scenario may do otherwise."""
    if sizing.scenario.recording_rules is None:
        return []
    from remoteready.plan.rules import remarks

    return list(remarks(sizing.scenario))


def peaks(sizing: "Sizing") -> list[tuple[str, str]]:
    """What every peak takes beside the usual day: its name and a sentence."""
    rows = []
    for peak in sizing.peaks:
        parts = [
            tr("{site} needs {peak} instead of {usual} Mbps").format(
                site=site.name, peak=at_least(site.link_mbps_needed), usual=at_least(usual.link_mbps_needed)
            )
            for site, usual in zip(peak.sizing.sites, sizing.sites, strict=True)
            if site.link_mbps_needed != usual.link_mbps_needed
        ]
        parts += [
            tr("{name} {peak} instead of {usual} sessions").format(
                name=one.name, peak=number(one.sessions.value), usual=number(usual.sessions.value)
            )
            for one, usual in zip(peak.sizing.gateways, sizing.gateways, strict=True)
            if one.sessions.value != usual.sessions.value
        ]
        if peak.taken < 1:
            parts.append(tr("agents have the time for {share} of its calls").format(share=per_cent(peak.taken)))
        parts = parts or [tr("needs no more than usual")]
        if judged(peak.sizing):
            parts.append(tr("TOO SMALL") if peak.sizing.verdict is Verdict.NOT_READY else tr("holds"))
        rows.append((peak.name, "; ".join(parts)))
    return rows


def levers(sizing: "Sizing") -> tuple[str, list[str]]:
    """What saves most on the resource that binds: a heading and a sentence a lever."""
    from remoteready.plan.levers import binding

    bound = binding(sizing)
    if bound is None or not bound.levers:
        return "", []
    heading = tr("What saves most on {name}, which needs {needed} {unit}").format(
        name=bound.name, needed=at_least(bound.needed), unit=bound.unit
    )
    return heading, [lever(one, bound.unit) for one in bound.levers]


def lever(one: "Lever", unit: str) -> str:
    """One lever and its saving: throttle uploads to 2 Mbps – 171 instead of 400 Mbps, an upload takes 76 s."""
    what = {
        "throttle": tr("throttle uploads to {value} Mbps"),
        "defer": tr("upload in a window of {value} h after the shift"),
        "cloud": tr("upload straight to a recorder in the cloud"),
        "split": tr("split the tunnel: what is in the cloud goes there directly"),
        "codec": tr("use the codec {value}"),
        "gateway_recording": tr("record the audio at the gateway instead of the desktop or phone"),
        "one_monitor": tr("record one monitor"),
    }[one.change].format(value=one.value)
    saving = tr("{what}: {after} instead of {before} {unit}").format(
        what=what, after=at_least(one.after), before=at_least(one.before), unit=unit
    )
    return saving + (tr(", an upload takes {time}").format(time=duration(one.upload_s)) if one.upload_s else "")


def to_buy(sizing: "Sizing") -> str:
    """What would have to be bought as things are; empty where nothing is missing."""
    wanted = [
        tr("{site}: a link of {needed} Mbps, not {there}").format(
            site=site.name, needed=at_least(site.link_mbps_needed), there=number(Fraction(site.link.capacity_mbps))
        )
        for site in sizing.sites
        if site.link and site.holds is False
    ]
    for one in sizing.gateways:
        needed = one.gateways_needed or 0
        if needed > one.gateway.count:
            wanted.append(
                tr("{name}: {needed} gateways, not {there}").format(
                    name=one.name, needed=number(needed), there=number(one.gateway.count)
                )
            )
        if "licences" in one.shortages:
            wanted.append(
                tr("{name}: {needed} licences, not {there}").format(
                    name=one.name, needed=number(one.licences.value), there=number(one.gateway.licences or 0)
                )
            )
    return tr("To buy: {wanted}.").format(wanted="; ".join(wanted)) if wanted else ""
