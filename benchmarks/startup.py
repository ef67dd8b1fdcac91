"""How long whole processes take, beside their peers, in one run: medians, and ratios to the peers.

The commands run in turn (A B C, A B C …), so that a machine that slows down slows all of them.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Mapping

PYTHON = sys.executable
RUNS = 15
BARE = "python -c pass"
TYPER = 'python -c "import typer"'
EMPTY = "an empty Typer command"
EMPTY_CODE = """
import typer
app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
@app.command()
def main(users: int = 1): pass
app(['--users', '2'])
"""
GUIDE = ["plan", "--users", "200", "--calls", "40", "--minutes", "6", "--monitors", "2", "--link-mbps", "100"]
COMMANDS: Mapping[str, list[str]] = {
    BARE: ["-c", "pass"],
    TYPER: ["-c", "import typer"],
    EMPTY: ["-c", EMPTY_CODE],
    'python -c "import rich.console, rich.table"': ["-c", "import rich.console, rich.table"],
    'python -c "from pydantic import BaseModel"': ["-c", "from pydantic import BaseModel"],
    "remoteready --version": ["-m", "remoteready", "--version"],
    "remoteready --help": ["-m", "remoteready", "--help"],
    "remoteready plan --users 200 …": ["-m", "remoteready", *GUIDE],
    "remoteready plan --users 200 … --format json": ["-m", "remoteready", *GUIDE, "--format", "json"],
    "remoteready plan two-sites": ["-m", "remoteready", "plan", "two-sites"],
}


def wall_ms(arguments: list[str]) -> float:
    """Wall time of one whole process, ms."""
    start = time.perf_counter()
    subprocess.run([PYTHON, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return (time.perf_counter() - start) * 1000


def collection() -> None:
    """Wall time of `check`'s collectors beside that of the slowest one."""
    from remoteready.check import profile
    from remoteready.check.collect import collect
    from remoteready.check.host import LiveHost

    wanted = profile.load("home-agent").wanted_facts({})
    rows = []
    for _ in range(5):
        start = time.perf_counter()
        with LiveHost() as host:
            facts = collect(host, wanted, {})
        wall = (time.perf_counter() - start) * 1000
        rows.append((wall, max(fact.took_ms for fact in facts.values())))
    wall, slowest = (statistics.median(column) for column in zip(*rows, strict=True))
    print(f"\ncheck: collectors {wall:.0f} ms, the slowest of them {slowest:.0f} ms, above it {wall - slowest:.0f} ms")


def main() -> None:
    """Print the table."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for turn in range(RUNS + 1):
        for name, arguments in COMMANDS.items():
            taken = wall_ms(arguments)
            if turn:  # the first turn warms the caches
                times[name].append(taken)
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    print(f"Whole processes, medians of {RUNS} runs in turn, Python {sys.version.split()[0]}")
    print(f"{'':46}{'ms':>7}{'× bare':>9}{'× typer':>9}{'× empty command':>17}")
    for name, median in medians.items():
        ratios = [median / medians[peer] for peer in (BARE, TYPER, EMPTY)]
        print(f"{name:46}{median:7.0f}{ratios[0]:9.2f}{ratios[1]:9.2f}{ratios[2]:17.2f}")
    collection()


if __name__ == "__main__":
    main()
