"""Invented reports as `check` writes them, the same for the same seed: agents, sites, days, troubles that come and go.

    fleet = Reports(agents=200, days=30)
    fleet.roster()                      the roster, CSV
    for report in fleet: report.text    day by day, JSON as in a file; report.agent, .day, .id, .host beside it

Thousands a second: findings and facts are written once for each value that a fact takes here, then only joined.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from remoteready import __version__
from remoteready.check import audit, profile
from remoteready.check.facts import Fact, known, unknown
from remoteready.check.findings import JudgedBy

LAST_DAY = date(2026, 11, 20)
SITES = ("lyon", "porto", "gdansk", "cork")
TEAMS = ("sales", "support", "claims")
PROVIDERS = ("Fibre North", "Cable One", "DSL West", "5G Home")
PROFILES = ("home-agent", "calabrio-smart-desktop")
VALUES = {
    "contact_centre": "desk.example.com:443",
    "vpn_gateway": "vpn.example.com:443",
    "reflector": "site.example.com",
    "recording_platform": "recorder.example.com:443",
}
ENDS = 0.12
"""The chance that a trouble is over the next day."""


@dataclass(frozen=True)
class Spread:
    """The values that a fact takes: `good` by desk, `bad` while there is trouble, `rate` of days on which it begins."""

    good: tuple[bool | int | float | str, ...]
    bad: tuple[bool | int | float | str, ...] = ()
    rate: float = 0.002
    source: str = "WMI root/cimv2"
    detail: str = ""
    daily: bool = False
    """A measurement: another good value each day."""


def measured(low: float, high: float, *bad: float, rate: float = 0.004, digits: int = 2) -> Spread:
    """Sixteen values between two numbers."""
    steps = tuple(round(low + (high - low) * n / 15, digits) for n in range(16))
    return Spread(steps, bad, rate, "measure site.example.com:8762", "a call alone", daily=True)


SPREADS: dict[str, Spread] = {
    "network.connected": Spread((True,), source="default route", detail="a default route"),
    "network.link": Spread(("wired",), ("wifi", "mobile"), 0.012, "GetIfTable2", "Ethernet 2, Realtek PCIe GbE"),
    "network.captive_portal": Spread((False,), (True,), 0.0003, "Network List Manager"),
    "headset.in_use": Spread((True,), (False,), 0.004, "MMDevice API", "input and output: Headset 200 USB"),
    "headset.link": Spread(("usb", "jack"), ("bluetooth", "split"), 0.006, "MMDevice API", "Headset 200 USB"),
    "audio.hands_free": Spread((False,), (True,), 0.001, "MMDevice API"),
    "audio.microphone_allowed": Spread((True,), (False,), 0.0005, "registry"),
    "camera.present": Spread((True,), (False,), 0.001, "SetupAPI", "HD Pro Webcam"),
    "audio.only_input_is_webcam": Spread((False,), (True,), 0.001, "MMDevice API"),
    "os.supported": Spread((True,), (False,), 0.0002, "support.yaml of 2026-11-22", "Windows 11 24H2"),
    "patches.knowledge_age_days": Spread((0.2, 0.9, 1.4, 3.1), (9.5, 40.2), 0.003, "Windows Update"),
    "patches.pending_security": Spread((0,), (1, 3), 0.015, "Windows Update"),
    "patches.pending": Spread((0,), (2, 7), 0.02, "Windows Update"),
    "patches.reboot_pending": Spread((False,), (True,), 0.02, "registry"),
    "antivirus.on": Spread((True,), (False,), 0.001, "Security Center", "Microsoft Defender"),
    "antivirus.definitions_age_days": Spread((0.1, 0.5, 1.0), (8.0, 21.0), 0.002, "registry"),
    "firewall.on": Spread((True,), (False,), 0.001, "registry", "domain, private and public profile"),
    "disk.encrypted": Spread((True,), (False,), 0.0005, "shell property", "C: BitLocker"),
    "screen.locks": Spread((True,), (False,), 0.001, "registry"),
    "screen.lock_after_s": Spread((300.0, 600.0, 900.0), (1800.0,), 0.001, "registry"),
    "users.automatic_login": Spread((False,), (True,), 0.0002, "registry"),
    "users.others_logged_in": Spread((0,), (1,), 0.002, "WTSEnumerateSessions"),
    "remote_control.running": Spread((False,), (True,), 0.001, "process list, remote_control.yaml"),
    "power.mains": Spread((True,), (False,), 0.004, "GetSystemPowerStatus"),
    "target.contact-centre.reachable": Spread((True,), (False,), 0.0003, "connect desk.example.com:443"),
    "target.contact-centre.certificate_trusted": Spread((True,), (False,), 0.0001, "TLS desk.example.com:443"),
    "target.vpn-gateway.reachable": Spread((True,), (False,), 0.0008, "connect vpn.example.com:443"),
    "line.mos_idle": measured(3.9, 4.4, 2.4, 2.9),
    "line.mos_recording": measured(3.6, 4.3, 2.1, 2.8, rate=0.008),
    "line.loss_up_ratio": measured(0, 0.004, 0.02, 0.06, digits=4),
    "line.loss_down_ratio": measured(0, 0.003, 0.03, digits=4),
    "line.ipdv_ms": measured(0.8, 9, 42, 65),
    "line.round_trip_ms": measured(18, 90, 350),
    "line.upload_mbps": measured(6, 45, digits=1),
    "line.upload_headroom_ratio": measured(2.4, 18, 0.8, 1.4, rate=0.01),
    "cpu.logical_cores": Spread((4, 8, 12), (2,), 0, "psutil"),
    "memory.total_gb": Spread((8.4, 16.9, 34.1), (3.1,), 0, "psutil"),
    "disk.free_gb": Spread((41.2, 120.7, 388.0), (2.2, 4.4), 0.002, "disk usage"),
    "monitors.count": Spread((1, 2, 2, 3), (), 0, "QueryDisplayConfig"),
    "target.recording-platform.reachable": Spread((True,), (False,), 0.0004, "connect recorder.example.com:443"),
    "target.recording-platform.certificate_trusted": Spread((True,), (False,), 0.0001, "TLS recorder.example.com:443"),
    "recorder.smart-desktop.running": Spread((True,), (False,), 0.002, "services", "recorder service: running"),
    "recorder.smart-desktop.backlog_mb": Spread((0.0, 12.5, 80.0), (1200.0,), 0.002, "folder of recordings"),
    "recorder.smart-desktop.backlog_oldest_age_hours": Spread((0.0, 0.4, 6.0), (60.0, 120.0), 0.002, "folder"),
    "recorder.smart-desktop.disk_free_gb": Spread((41.2, 120.7), (2.2,), 0.001, "disk usage"),
}
NOT_TOLD = 0.0008
"""The chance that a fact cannot be told, from some day on."""


@dataclass(frozen=True)
class Variant:
    """One state of a fact, as it stands in a report: the fact, and the findings of the rules that judge it."""

    fact: str
    findings: tuple[tuple[int, str, str], ...]
    """Place among all rules, level and status, JSON."""


@cache
def variants() -> dict[str, tuple[list[Variant], list[Variant], Variant]]:
    """Of every fact: good states, bad ones, and the one that is unknown."""
    chosen = [profile.load(name) for name in PROFILES]
    place = {rule.id: n for n, rule in enumerate(rule for one in chosen for rule in one.rules)}
    usual = {name: known(about.good[0], about.source, about.detail) for name, about in SPREADS.items()}

    def variant(name: str, fact: Fact) -> Variant:
        fact = fact.model_copy(update={"took_ms": round(3 + len(name) * 1.7, 1)})
        judged = [
            finding
            for one in chosen
            for finding in audit.audit(one, usual | {name: fact}, "windows", VALUES)
            if finding.fact == name
        ]
        shown = ((place[one.rule], f"{one.level} {one.status}", one.model_dump_json()) for one in judged)
        return Variant(f'"{name}":{fact.model_dump_json()}', tuple(shown))

    return {
        name: (
            [variant(name, known(value, about.source, about.detail)) for value in about.good],
            [variant(name, known(value, about.source, about.detail)) for value in about.bad],
            variant(name, unknown("needs administrator rights", about.source)),
        )
        for name, about in SPREADS.items()
    }


@cache
def judged_by() -> str:
    chosen = [profile.load(name) for name in PROFILES]
    whose = (JudgedBy(id=one.id, version=one.version, digest=one.digest) for one in chosen)
    return ",".join(one.model_dump_json() for one in whose)


@dataclass(frozen=True)
class Made:
    """One report, and what is true of it."""

    text: str
    id: str
    agent: str
    host: str
    day: date
    verdict: str

    @property
    def data(self) -> bytes:
        """As it stands in a file."""
        return self.text.encode()

    def lay(self, folder: Path) -> Path:
        """Into a folder, under a name as `check --spool` gives it."""
        file = folder / f"{self.host}_{self.id}.json"
        file.write_bytes(self.data)
        return file


@dataclass
class Desk:
    """One agent's desk."""

    agent: str
    host: str
    site: str
    team: str
    isp: str
    states: dict[str, int] = field(default_factory=dict)
    """Of each fact: which good value (0 …), bad value (-2 …), or unknown (-1)."""
    usual: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Reports:
    """The reports of a fleet, day by day."""

    agents: int = 20
    days: int = 10
    seed: int = 1
    last_day: date = LAST_DAY
    presence: float = 0.93
    """The share of days on which an agent checks."""

    def desks(self) -> list[Desk]:
        """Every desk in the state before the first day."""
        rng = random.Random(f"desks {self.seed}")  # noqa: S311 – invented data
        made = []
        for n in range(self.agents):
            host = f"{rng.getrandbits(80):020x}"
            usual = {name: rng.randrange(len(about.good)) for name, about in SPREADS.items()}
            site, team, isp = rng.choice(SITES), rng.choice(TEAMS), rng.choice(PROVIDERS)
            desk = Desk(f"agent.{n:05d}@example.com", host, site, team, isp, usual=usual)
            for name, about in SPREADS.items():
                troubled = about.bad and rng.random() < about.rate / (about.rate + ENDS)
                desk.states[name] = -2 - rng.randrange(len(about.bad)) if troubled else usual[name]
            made.append(desk)
        return made

    def roster(self) -> str:
        """The roster as CSV."""
        rows = (f"{desk.agent},{desk.site},{desk.team},{desk.isp}\n" for desk in self.desks())
        return "agent,site,team,isp\n" + "".join(rows)

    def __iter__(self) -> Iterator[Made]:
        rng = random.Random(f"days {self.seed}")  # noqa: S311
        desks = self.desks()
        for number in range(self.days):
            day = self.last_day - timedelta(days=self.days - 1 - number)
            for desk in desks:
                _live(desk, rng, worse=1 + number / self.days)
                if rng.random() < self.presence:
                    yield report(desk, day, rng)


def _live(desk: Desk, rng: random.Random, worse: float) -> None:
    """One more day: troubles end and begin, and what is measured comes out a little differently."""
    for name, about in SPREADS.items():
        state = desk.states[name]
        if state < 0:
            if rng.random() < ENDS:
                desk.states[name] = desk.usual[name]
        elif about.bad and rng.random() < about.rate * worse:
            desk.states[name] = -2 - rng.randrange(len(about.bad))
        elif about.daily:
            desk.states[name] = max(0, min(15, desk.usual[name] + rng.randrange(-1, 2)))
        elif rng.random() < NOT_TOLD:
            desk.states[name] = -1


def report(desk: Desk, day: date, rng: random.Random) -> Made:
    """The report of a desk on a day, some time in the morning."""
    known_states = variants()
    facts: list[str] = []
    findings: list[tuple[int, str, str]] = []
    for name, state in desk.states.items():
        good, bad, dunno = known_states[name]
        now = good[state] if state >= 0 else dunno if state == -1 else bad[-2 - state]
        facts.append(now.fact)
        findings += now.findings
    findings.sort()
    came_out = {status for _, status, _ in findings}
    verdict = "not_ready" if "must fail" in came_out else "undetermined" if "must unknown" in came_out else "ready"
    created = datetime.combine(day, time(6), UTC) + timedelta(milliseconds=rng.randrange(3 * 3_600_000))
    number = int(created.timestamp() * 1000) << 80 | 7 << 76 | rng.getrandbits(12) << 64 | 2 << 62 | rng.getrandbits(62)
    id = str(UUID(int=number))
    text = (
        f'{{"schema_version":"1","report_id":"{id}","tool_version":"{__version__}","time":"{created.isoformat()}",'
        f'"host":"{desk.host}","agent":"{desk.agent}","system":"windows","verdict":"{verdict}",'
        f'"profiles":[{judged_by()}],"findings":[{",".join(finding for _, _, finding in findings)}],'
        f'"facts":{{{",".join(facts)}}}}}\n'
    )
    return Made(text, id, desk.agent, desk.host, day, verdict)
