"""Supervisors who listen live and watch screens: the streams that they add, and where those go."""

from dataclasses import dataclass
from fractions import Fraction

from remoteready.formulas import Number, recording
from remoteready.plan.figures import Figure, figure, named
from remoteready.plan.homes import stream
from remoteready.plan.scenario import Group
from remoteready.workload import Desk, Place, Supervisors

Rows = dict[str, tuple[Number, Number, Number]]
"""Supervisors, the share of the time that each does it, and Mbps (or packets a second) of one."""


@dataclass(frozen=True, slots=True)
class Supervision:
    """What one supervisor's listening and watching takes; None of what nobody does."""

    listening_kbps: Figure | None
    """One direction of the leg to the supervisor, which is a call like any other."""
    watching_mbps: Figure | None
    """The screens of one agent, on the wire."""

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Both, where they are."""
        return tuple(one for one in (self.listening_kbps, self.watching_mbps) if one)


def supervision(group: Group, packets_per_second: Figure | None, expansion: Figure) -> Supervision | None:
    """What the supervisors of a group add; None where there are none."""
    who = group.supervisors
    if who is None:
        return None
    listening = watching = None
    if who.listening_share and group.voice and packets_per_second:
        at_site = who.desk is Desk.SITE
        leg = stream(group, group.voice, group.voice.telephony, packets_per_second, plain=at_site)[1]
        listening = named("listening_kbps", leg)
    if who.watching_share:
        work = group.workload
        kbps = Fraction(work.screen_mb_per_minute) * 8000 / 60 if who.screen_kbps is None else Fraction(who.screen_kbps)
        watching = figure(recording.watching_mbps, monitors=work.monitors, screen_kbps=kbps, expansion=expansion.value)
    return Supervision(listening, watching)


def home_mbps(found: Supervision | None) -> Number:
    """What an agent's line must carry while somebody watches, Mbps."""
    return found.watching_mbps.value if found and found.watching_mbps else 0


def on_link(group: Group, found: Supervision | None) -> tuple[Rows, Rows]:
    """Calls and screens that arrive on the site's link because of supervisors, Mbps of one direction."""
    who = group.supervisors
    if found is None or who is None:
        return {}, {}
    calls: Rows = {}
    screens: Rows = {}
    if found.listening_kbps and group.voice and _leg_on_link(group, who):
        calls[_label(group)] = (who.count, Fraction(who.listening_share), Fraction(found.listening_kbps.value) / 1000)
    times = _screens_on_link(group, who)
    if found.watching_mbps and times:
        screens[_label(group)] = (who.count, Fraction(who.watching_share), times * Fraction(found.watching_mbps.value))
    return calls, screens


def _leg_on_link(group: Group, who: Supervisors) -> bool:
    assert group.voice is not None  # noqa: S101 – nobody listens to calls that are not there
    if who.desk is Desk.SITE:
        return group.voice.telephony is Place.CLOUD
    return group.on_link(group.voice.telephony)


def _screens_on_link(group: Group, who: Supervisors) -> int:
    """How often the same screens arrive at the site: from the agent, and back from a recorder in the cloud."""
    recorder = group.recording.recorder
    back = recorder is Place.CLOUD and (who.desk is Desk.SITE or group.in_vpn(recorder))
    return int(group.on_link(recorder)) + int(back)


def through_gateway(group: Group, found: Supervision | None) -> tuple[Rows, Rows]:
    """Calls and screens through the tunnels because of supervisors, Mbps of both directions together."""
    who = group.supervisors
    if found is None or who is None:
        return {}, {}
    calls: Rows = {}
    screens: Rows = {}
    at_home = who.desk is Desk.HOME
    if found.listening_kbps and group.voice and at_home and group.in_vpn(group.voice.telephony):
        calls[_label(group)] = (
            who.count,
            Fraction(who.listening_share),
            2 * Fraction(found.listening_kbps.value) / 1000,
        )
    if found.watching_mbps and group.in_vpn(group.recording.recorder):
        mbps = (1 + at_home) * Fraction(found.watching_mbps.value)
        screens[_label(group)] = (who.count, Fraction(who.watching_share), mbps)
    return calls, screens


def sessions(group: Group) -> int:
    """Supervisors who need a session of their own."""
    return group.supervisors.count if group.supervisors and group.vpn and group.supervisors.desk is Desk.HOME else 0


def _label(group: Group) -> str:
    return f"{group.name}, supervisors"
