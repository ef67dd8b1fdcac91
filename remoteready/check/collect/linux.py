"""Linux: sysfs and procfs first, then the commands of the sound server, the package manager and the antivirus."""

import json
import re
from contextlib import suppress
from typing import Any

from remoteready.check.collect import common
from remoteready.check.collect.headset import AudioDevice, headset_facts, webcam_fact
from remoteready.check.facts import ADDRESS, Fact, known, unknown
from remoteready.check.host import Host, NotInstalled, Unavailable
from remoteready.check.profile import Address

NET = "/sys/class/net"
TUNNEL_TYPES = {"512", "65534", "768", "776", "778"}
"""ARPHRD_PPP, NONE (tun, wireguard), TUNNEL, SIT, IPGRE: linux/if_arp.h."""
VIRTUAL_DRIVERS = {"virtio_net", "hv_netvsc", "vmxnet3", "xen_netfront", "vif", "ena", "gve", "veth"}
TETHER_DRIVERS = {"rndis_host", "ipheth"}
UNCLEAR_DRIVERS = {"cdc_ether", "cdc_ncm", "cdc_subset"}
"""Phones and modems use them, and so do some USB-to-Ethernet adapters."""
ANYWHERE = (Address(host="198.51.100.1", port=443), Address(host="2001:db8::1", port=443))
"""Addresses reserved for documentation (RFC 5737, RFC 3849): nothing is sent, they only ask for the default route."""


# --- link -----------------------------------------------------------------------------------------------------------


def link(host: Host, toward: Address | None) -> dict[str, Fact]:
    """The interface that traffic to the target really leaves by, and the physical one below a tunnel."""
    try:
        source, local = _route(host, toward)
    except Unavailable as error:
        return dict.fromkeys(common.LINK, unknown(f"the route out cannot be told: {error}", "default route"))
    if local is None:
        told = dict.fromkeys(common.LINK, unknown("there is no route out of this computer", source))
        return {**told, "network.connected": known(False, source, "no route")}
    connected = {"network.connected": known(True, source)}
    name = next((n for n, held in host.call(common.interface_addresses).items() if local in held), None)
    if name is None or _type(host, name) == "772":  # ARPHRD_LOOPBACK
        return dict.fromkeys(common.LINK, unknown("the target is this computer itself", source))
    if not _is_tunnel(host, name):
        carrier, tunnel = _carrier(host, name, source), known(False, source, name)
    else:
        carrier, tunnel = _below(host, name, f"{source}, below {name}: /proc/net/route"), known(True, source, name)
    return {"network.link": carrier, "network.tunnel": tunnel, **connected}


def _route(host: Host, toward: Address | None) -> tuple[str, str | None]:
    """Which route was asked for, and the local address it leaves from; None where there is no route.

    A target whose name is not found says nothing of the link: the default route is asked instead.
    """
    if toward:
        with suppress(Unavailable):
            return f"route to {toward}", host.call(common.source_address, toward.host, toward.port)
    ipv4, ipv6 = ANYWHERE
    try:
        local = host.call(common.source_address, ipv4.host, ipv4.port)
    except Unavailable:
        return "default route", host.call(common.source_address, ipv6.host, ipv6.port)
    if local is None:
        with suppress(Unavailable):  # a computer without IPv6 has none
            local = host.call(common.source_address, ipv6.host, ipv6.port)
    return "default route", local


def _below(host: Host, tunnel: str, source: str) -> Fact:
    """The link that carries a tunnel: that of the one route to a gateway's address, else of all default routes.

    VPN clients set a route to their gateway's own address through the physical interface. Without it, two links of
    different kinds are in doubt: the better metric is not that of the route which the tunnel took.
    """
    rows = [line.split() for line in host.read("/proc/net/route").splitlines()[1:]]
    rows = [row for row in rows if len(row) > 7 and not _is_tunnel(host, row[0])]
    to_gateway = {row[0] for row in rows if row[7] == "FFFFFFFF" and row[2] != "00000000"}
    default = {row[0] for row in rows if row[1] == row[7] == "00000000"}
    names = sorted(to_gateway if len(to_gateway) == 1 else default)
    if not names:
        return unknown(f"no physical interface found below the tunnel {tunnel}", source)
    carriers = [_carrier(host, name, source) for name in names]
    if len({(fact.value, fact.unknown) for fact in carriers}) > 1:
        return unknown(f"below the tunnel {tunnel} are different links: {', '.join(names)}", source)
    return carriers[0]


def _type(host: Host, name: str) -> str:
    return host.read(f"{NET}/{name}/type").strip()


def _is_tunnel(host: Host, name: str) -> bool:
    names = host.list(f"{NET}/{name}")
    if "device" in names:  # hardware; a mobile modem without Ethernet framing has the type NONE, too
        return False
    return "tun_flags" in names or _devtype(host, name) == "wireguard" or _type(host, name) in TUNNEL_TYPES


def _devtype(host: Host, name: str) -> str:
    match = re.search(r"^DEVTYPE=(\S+)", host.read(f"{NET}/{name}/uevent"), re.MULTILINE)
    return match[1] if match else ""


def _carrier(host: Host, name: str, source: str, depth: int = 0) -> Fact:
    """What an interface is made of; bridges, bonds and VLANs by what lies below them."""
    names = host.list(f"{NET}/{name}")
    devtype = _devtype(host, name)
    if "wireless" in names or "phy80211" in names or devtype == "wlan":
        return known("wifi", source, name)
    if devtype == "wwan":
        return known("mobile", source, f"{name}: mobile broadband")
    if devtype == "bluetooth":
        return known("bluetooth", source, f"{name}: network over Bluetooth")
    lower = [entry.removeprefix("lower_") for entry in names if entry.startswith("lower_")]
    if lower and depth < 4:
        below = [_carrier(host, entry, source, depth + 1) for entry in lower]
        kinds = {fact.value for fact in below}
        return below[0] if len(kinds) == 1 else unknown(f"{name} joins different links: {', '.join(lower)}", source)
    if "device" not in names:
        return unknown(f"{name} is a virtual interface; the link below it cannot be seen from here", source)
    return _by_driver(host, name, source)


def _by_driver(host: Host, name: str, source: str) -> Fact:
    driver = host.link(f"{NET}/{name}/device/driver").rsplit("/", 1)[-1]
    seen = f"{name}, driver {driver}"
    if driver in TETHER_DRIVERS:
        return known("mobile", source, f"{seen}: tethered phone or modem")
    if driver in UNCLEAR_DRIVERS:
        return unknown(f"{seen}: a tethered phone or a USB network adapter; the driver serves both", source)
    if driver in VIRTUAL_DRIVERS or "hypervisor" in host.read("/proc/cpuinfo"):
        return unknown(f"this is a virtual machine ({seen}); run the check on the computer it is shown on", source)
    return known("wired", source, seen)


# --- sound ----------------------------------------------------------------------------------------------------------


def audio(host: Host) -> dict[str, Fact]:
    """Default input and output from the sound server (PulseAudio or PipeWire's stand-in for it)."""
    source = "pactl"
    try:
        info, sinks, sources = (_pactl(host, *what) for what in (("info",), ("list", "sinks"), ("list", "sources")))
    except Unavailable as error:
        return dict.fromkeys(common.AUDIO, unknown(f"the sound server does not say: {error}", source))
    inputs = [entry for entry in sources if not _is_monitor(entry)]
    device_in = _device(_named(inputs, info.get("default_source_name")))
    device_out = _device(_named(sinks, info.get("default_sink_name")))
    usable = [device for entry in inputs if (device := _device(entry))]
    return {
        **headset_facts(device_in, device_out, source),
        "audio.only_input_is_webcam": webcam_fact(usable, source),
    }


def _pactl(host: Host, *what: str) -> Any:
    output = host.run("pactl", "-f", "json", *what)
    if "refused" in output.stderr:
        raise Unavailable("none runs in this session")
    if output.exit_code:
        raise Unavailable(output.stderr.strip() or f"pactl ended with {output.exit_code}")
    try:
        return json.loads(output.stdout)
    except ValueError as error:
        raise Unavailable(f"pactl's answer is not JSON ({error})") from error


def _named(entries: list[dict[str, Any]], name: str | None) -> dict[str, Any] | None:
    return next((entry for entry in entries if entry.get("name") == name), None)


def _is_monitor(entry: dict[str, Any]) -> bool:
    """A monitor plays back what an output plays: it is no microphone, though it may be the default source."""
    return entry["properties"].get("device.class") == "monitor" or str(entry["name"]).endswith(".monitor")


PLUG = re.compile(r"headphone|headset|analog-input-(front-|rear-|dock-)?mic\b|line-?(in|out)\b")
"""Sockets whose plug is not sensed, or that take one of two plugs: of a headset, or of anything else."""


def _device(entry: dict[str, Any] | None) -> AudioDevice | None:
    """One sink or source of pactl's JSON; None for a socket that nothing is plugged into."""
    if entry is None or entry["name"] == "auto_null":  # the stand-in of a sound server without any sound card
        return None
    properties = entry["properties"]
    port: dict[str, Any] = next((p for p in entry.get("ports") or [] if p.get("name") == entry.get("active_port")), {})
    # "analog-output-headphones", or from ALSA's use-case manager "[Out] Headphones", "[In] Mic2" described as
    # "Headphones Stereo Microphone".
    socket = f"{entry.get('active_port') or ''} {port.get('description') or ''}".lower()
    bus, api = properties.get("device.bus", ""), properties.get("device.api", "")
    name = str(properties.get("device.product.name") or entry.get("description") or entry["name"])
    form = str(properties.get("device.form_factor") or properties.get("device.form-factor") or "")
    if bus == "usb":
        ids = [
            str(properties.get(f"device.{what}.id", "")).removeprefix("0x").lower() for what in ("vendor", "product")
        ]
        return AudioDevice(name, "usb", ":".join(ids) if all(ids) else "", form)
    # By its name, too: WirePlumber 0.5 puts a loop in front of a microphone that has neither bus nor API.
    if bus == "bluetooth" or api == "bluez5" or str(entry["name"]).startswith("bluez"):
        match = ADDRESS.search(entry["name"])
        address = re.sub("[^0-9a-f]", "", match[0].lower()) if match else ""
        return AudioDevice(name, "bluetooth", form=form, address=address)
    if "hdmi" in socket or "displayport" in socket:
        return AudioDevice(name, "display")
    if bus == "pci" or api == "alsa":
        if port.get("availability") == "not available":
            return None
        if re.search(r"headphone|headset", socket) and port.get("availability") == "available":
            return AudioDevice(name, "jack")
        in_doubt = not port or PLUG.search(socket)
        return AudioDevice(name, "plug" if in_doubt else "built_in")
    return AudioDevice(name, "virtual")


# --- camera ---------------------------------------------------------------------------------------------------------


def camera(host: Host) -> dict[str, Fact]:
    """Video devices of the kernel. A node with index 0 takes pictures; the others of a camera carry metadata."""
    source = "/sys/class/video4linux"
    host.list("/sys/class")  # where even this cannot be read, nothing can be said
    try:
        nodes = host.list(source)
    except Unavailable:
        return {"camera.present": known(False, source, "no video device")}
    real: list[str] = []
    raw: list[str] = []
    for node in nodes:
        path = host.link(f"{source}/{node}")
        name = host.read(f"{source}/{node}/name").strip()
        if "/virtual/" in path or host.read(f"{source}/{node}/index").strip() != "0":
            continue
        (raw if "ipu" in name.lower() else real).append(name)
    if real:
        return {"camera.present": known(True, source, ", ".join(real))}
    if raw:
        return {"camera.present": unknown(f"{raw[0]}: works only with extra software, which cannot be seen", source)}
    return {"camera.present": known(False, source, "no camera among the video devices" if nodes else "no video device")}


# --- updates --------------------------------------------------------------------------------------------------------

APT_LISTS = "/var/lib/apt/lists"
APT_SIMULATE = ("apt-get", "-s", "-qq", "-o", "Debug::NoLocking=1", "dist-upgrade")
"""dist-upgrade, as `upgrade` keeps back what needs a new package, above all a new kernel."""


def patches(host: Host) -> dict[str, Fact]:
    """Pending updates as far as the package manager knows them, the age of that knowledge, and a pending restart."""
    ids = _os_release(host)
    reboot = {"patches.reboot_pending": _reboot_pending(host)}
    if not ids & {"debian", "ubuntu"}:
        reason = f"the package manager of this distribution ({', '.join(sorted(ids))}) is not read yet"
        return {**dict.fromkeys(common.PATCHES, unknown(reason, "/etc/os-release")), **reboot}
    return {**_apt(host), **reboot}


def _os_release(host: Host) -> set[str]:
    text = host.read("/etc/os-release")
    return {word for line in re.findall(r'^ID(?:_LIKE)?="?([^"\n]*)', text, re.MULTILINE) for word in line.split()}


def _apt(host: Host) -> dict[str, Fact]:
    source = " ".join(APT_SIMULATE)
    lists = [name for name in _names(host, APT_LISTS) if name.endswith(("InRelease", "_Release"))]
    has_security = any("security" in name for name in lists)
    if not lists:
        reason = "there is no list of available updates on this computer (apt-get update was never run)"
        return dict.fromkeys(common.PATCHES[:3], unknown(reason, APT_LISTS))
    try:
        output = host.run(*APT_SIMULATE, timeout_s=15)
        if output.exit_code:
            raise Unavailable(output.stderr.strip().splitlines()[0] if output.stderr.strip() else "apt-get failed")
    except Unavailable as error:
        pending = security = unknown(str(error), source)
    else:
        rows = [line for line in output.stdout.splitlines() if line.startswith("Inst ")]
        urgent = [row for row in rows if re.search(r"\(.*(Debian-Security|-security\b)", row)]
        pending = known(len(rows), source, _packages(rows))
        security = (
            known(len(urgent), source, _packages(urgent))
            if has_security
            else unknown("no security archive is among the sources of updates", APT_LISTS)
        )
    return {
        "patches.pending": pending,
        "patches.pending_security": security,
        "patches.knowledge_age_days": _apt_knowledge(host),
    }


def _packages(rows: list[str]) -> str:
    names = [row.split()[1] for row in rows if len(row.split()) > 1]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _apt_knowledge(host: Host) -> Fact:
    """How old the package lists are, at the most.

    Ubuntu keeps a stamp of the last success. Elsewhere the folder's own time is when a list last changed; security
    archives publish a new one at least weekly (Valid-Until), so a working update is never much older. The folder
    `partial` and the lists' own times cannot serve: one changes when an update fails, the others are the server's.
    """
    ages = {}
    for path in ("/var/lib/apt/periodic/update-success-stamp", APT_LISTS):
        try:
            ages[path] = float(host.call(common.age_days, path))
        except Unavailable:
            continue
    if not ages:
        return unknown("the package lists have no date", APT_LISTS)
    newest = min(ages, key=lambda path: ages[path])
    return _age(ages[newest], newest)


def _age(age_days: float, source: str, detail: str = "") -> Fact:
    """An age; what comes out as more than a day in the future only says that the clock was or is wrong."""
    if age_days < -1:
        return unknown("its date is in the future: the clock of this computer was or is wrong", source, detail)
    return known(max(0.0, age_days), source, detail)


def _reboot_pending(host: Host) -> Fact:
    """The flag that Debian and Ubuntu set; else whether a newer kernel is installed than the one that runs."""
    flag = "reboot-required"
    if flag in host.list("/run"):
        return known(True, f"/run/{flag}", "an installed update waits for a restart")
    release = host.call(common.kernel_release)
    prefix = "vmlinuz-"
    kernels = [name.removeprefix(prefix) for name in _names(host, "/boot") if name.startswith(prefix)]
    newer = [k for k in kernels if _flavour(k) == _flavour(release) and _version(k) > _version(release)]
    if newer:
        return known(True, "/boot", f"kernel {max(newer, key=_version)} is installed, {release} runs")
    if release in kernels:
        return known(False, "/run, /boot", f"the newest installed kernel runs, and /run/{flag} is not set")
    return unknown(
        "the running kernel is not one of this system's own, and no update asks for a restart", "/run, /boot"
    )


def _names(host: Host, folder: str) -> list[str]:
    try:
        return host.list(folder)
    except Unavailable:
        return []


def _flavour(release: str) -> str:
    """The variant of a kernel: "-rt-amd64" of 6.1.0-18-rt-amd64, "-amd64" of 6.12.48+deb13-amd64."""
    match = re.search(r"-[a-z].*", release)
    return match[0] if match else ""


def _version(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


# --- antivirus ------------------------------------------------------------------------------------------------------

CLAMAV = "/var/lib/clamav"


def antivirus(host: Host) -> dict[str, Fact]:
    """Microsoft Defender or ClamAV. Linux keeps no register of antivirus: when neither is found, it is unknown."""
    for product in (_defender, _clamav):
        found = product(host)
        if found:
            return found
    reason = "neither ClamAV nor Microsoft Defender is installed; another antivirus cannot be seen on Linux"
    return dict.fromkeys(common.ANTIVIRUS, unknown(reason))


def _defender(host: Host) -> dict[str, Fact] | None:
    source = "mdatp health"
    try:
        output = host.run("mdatp", "health", "--output", "json")
        health = json.loads(output.stdout)
    except NotInstalled:
        return None
    except Unavailable as error:
        return dict.fromkeys(common.ANTIVIRUS, unknown(str(error), source))
    except ValueError:
        health = None
    if not isinstance(health, dict):
        return dict.fromkeys(common.ANTIVIRUS, unknown("mdatp does not answer in JSON", source))
    minutes = _plain(health.get("definitionsUpdatedMinutesAgo"))
    name = "Microsoft Defender"
    return {
        "antivirus.present": known(True, source, name),
        "antivirus.on": _defender_on(health, source),
        "antivirus.definitions_age_days": _age(minutes / 1440, source, name)
        if isinstance(minutes, int | float) and not isinstance(minutes, bool)
        else unknown("mdatp does not say when its definitions were updated", source),
    }


def _defender_on(health: dict[str, Any], source: str) -> Fact:
    """On means: switched on, not passive, working, and healthy by its own word."""
    name = "Microsoft Defender"
    on = _plain(health.get("realTimeProtectionEnabled"))
    if not isinstance(on, bool):
        return unknown("mdatp does not say whether real-time protection is on", source)
    if not on:
        return known(False, source, name)
    if _plain(health.get("passiveModeEnabled")):
        return known(False, source, f"{name}, passive mode")
    if _plain(health.get("realTimeProtectionSubsystem")) == "unavailable":  # switched on, yet it does not work
        return known(False, source, f"{name}, real-time protection does not work")
    if _plain(health.get("healthy")) is False:
        return unknown(f"{name} says that it is not healthy: {_plain(health.get('healthIssues'))}", source)
    return known(True, source, name)


def _plain(value: Any) -> Any:
    """mdatp wraps some values, depending on its version: {"value": true, "isManaged": …}."""
    return value.get("value") if isinstance(value, dict) else value


def _clamav(host: Host) -> dict[str, Fact] | None:
    databases = [name for name in _names(host, CLAMAV) if re.fullmatch(r"daily\.c[lv]d", name)]
    processes = host.call(common.process_names)
    if not databases and not {"clamd", "clamonacc"} & set(processes):
        return None
    return {
        "antivirus.present": known(True, "process list", "ClamAV"),
        "antivirus.on": _clamav_on(set(processes)),
        "antivirus.definitions_age_days": _clamav_age(host, databases)
        if databases
        else unknown("ClamAV has no daily definitions", CLAMAV),
    }


def _clamav_on(processes: set[str]) -> Fact:
    """Only clamonacc, which asks clamd, watches files as they are used."""
    source = "process list"
    if {"clamonacc", "clamd"} <= processes:
        return known(True, source, "ClamAV: clamonacc runs")
    if "clamonacc" in processes:
        return unknown("clamonacc runs, but not the clamd that it asks; it may be on another computer", source)
    return unknown("ClamAV scans only when asked (no clamonacc); another antivirus cannot be seen on Linux", source)


def _clamav_age(host: Host, databases: list[str]) -> Fact:
    """The header of a ClamAV database holds when it was built, in seconds since 1970, as its ninth field."""
    path = f"{CLAMAV}/{databases[0]}"
    fields = host.read(path)[:512].split(":")
    if fields[0] != "ClamAV-VDB" or len(fields) < 9 or not fields[8].strip().isdigit():
        return unknown("the header of the definitions is not as documented", path)
    age_s = host.call(common.today_s) - int(fields[8])
    return _age(age_s / common.DAY_S, path, f"ClamAV, version {fields[2]}")
