"""The README's picture: `python docs/picture.py` checks this machine and draws its report as docs/check.svg."""

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from remoteready.check import audit, host, profile
from remoteready.check.collect import collect
from remoteready.report import console

if __name__ == "__main__":
    chosen = profile.load("home-agent")
    with host.LiveHost() as live:
        facts = collect(live, chosen.wanted_facts({}), {})
    report = audit.report(chosen, facts, live.system, {}, host=host.pseudonym(live), time=datetime.now(UTC))
    paper = Console(file=console.Paper("utf-8"), width=88, record=True, force_terminal=True, color_system="truecolor")
    console.check(report, paper)
    paper.save_svg(str(Path(__file__).parent / "check.svg"), title="remoteready check")
