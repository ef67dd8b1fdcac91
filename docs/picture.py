"""The README's picture: `python docs/picture.py` checks this machine and draws its report as docs/check.svg."""

import re
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from remoteready.check import audit, identity, profile
from remoteready.check.collect import collect
from remoteready.check.host import LiveHost
from remoteready.report import console

if __name__ == "__main__":
    chosen = profile.load("home-agent")
    with LiveHost() as live:
        facts = collect(live, chosen.wanted_facts({}), {})
    report = audit.report(chosen, facts, live.system, {}, host=identity.pseudonym(live), time=datetime.now(UTC))
    paper = Console(
        file=console.Paper("utf-8"), width=88, height=200, record=True, force_terminal=True, color_system="truecolor"
    )
    console.check(report, paper)
    drawn = paper.export_svg(title="remoteready check")
    # Rich's picture would load its font from elsewhere.
    alone = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)
    (Path(__file__).parent / "check.svg").write_text(alone, encoding="utf-8")
