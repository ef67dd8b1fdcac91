"""The README's picture of a fleet: `python -m docs.fleet_picture` draws an invented one as docs/fleet.svg."""

import re
from pathlib import Path

from rich.console import Console

from remoteready.fleet.answers import Scope
from remoteready.report import console, fleet_console
from tests.fleet.asked import answers, fleet

if __name__ == "__main__":
    paper = Console(
        file=console.Paper("utf-8"), width=88, height=200, record=True, force_terminal=True, color_system="truecolor"
    )
    fleet_console.status(answers(fleet(), Scope(), limit=3)["status"], paper)
    drawn = paper.export_svg(title="remoteready fleet status")
    # Rich's picture would load its font from elsewhere.
    alone = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)
    (Path(__file__).parent / "fleet.svg").write_text(alone, encoding="utf-8")
