"""The same scenario for 20, 20,000 and 1,000,000 agents: time and memory of whole processes, in one run.

The commands run in turn (A B C, A B C …); medians of processor time and of the most memory a process held. `start-up`
is the same program asked for its version. The table of docs/scale.md is what this prints.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from remoteready import files

RUNS = 7
AGENTS = (20, 20_000, 1_000_000)
ABOUT = ("start-up", "options", "home-lines", "by-intervals")


def commands(folder: Path) -> Mapping[tuple[str, int], list[str]]:
    """What is run, by its name and the number of agents."""
    found: dict[tuple[str, int], list[str]] = {}
    for agents in AGENTS:
        flags = ["--users", str(agents), "--calls", "40", "--minutes", "6", "--monitors", "2", "--uplink-mbps", "10"]
        link = ["--codec", "g711", "--tunnel", "wireguard", "--link-mbps", str(agents)]
        found["start-up", agents] = ["--version"]
        found["options", agents] = ["plan", *flags, *link]
        for name in ABOUT[2:]:
            found[name, agents] = ["plan", str(scaled(name, agents, folder))]
    return found


def scaled(name: str, agents: int, folder: Path) -> Path:
    """A shipped scenario of another size: users, calls, links and gateways in proportion."""
    source = files.shipped("scenarios")
    text = (source / f"{name}.yaml").read_text(encoding="utf-8")
    factor = agents / 340
    text = text.replace("users: 300", f"users: {round(300 * factor)}").replace(
        "users: 40", f"users: {round(40 * factor)}"
    )
    for old in ("people: 380", "capacity_mbps: 300", "capacity_mbps: 250"):
        field, number = old.split(": ")
        text = text.replace(old, f"{field}: {round(int(number) * factor) + 40}")
    for old in ("sessions: 500", "licences: 400", "licences: 450", "mbps: 600}", "packets_per_second: 150000"):
        field, number = old.rstrip("}").split(": ")
        text = text.replace(old, f"{field}: {round(int(number) * factor) + 100}")
    table = (source / "by-intervals.csv").read_text(encoding="utf-8").splitlines()
    rows = [row.split(",") for row in table[1:]]
    lines = [f"{day},{time},{max(1, round(int(calls) * factor))},{aht}" for day, time, calls, aht in rows]
    (folder / "by-intervals.csv").write_text("\n".join([table[0], *lines]) + "\n", encoding="utf-8")
    path = folder / f"{name}-{agents}.yaml"
    path.write_text(text.replace("by-intervals.csv", f"calls-{agents}.csv"), encoding="utf-8")
    (folder / "by-intervals.csv").rename(folder / f"calls-{agents}.csv")
    return path


def measured(arguments: list[str]) -> tuple[float, float]:
    """Processor time of a whole process in ms, and the most memory it held in MB."""
    process = subprocess.Popen(
        [sys.executable, "-m", "remoteready", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{arguments}: exit code {process.returncode}")
    kilobytes = used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return (used.ru_utime + used.ru_stime) * 1000, kilobytes / 1000


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = commands(Path(folder))
        seen: dict[tuple[str, int], list[tuple[float, float]]] = {key: [] for key in wanted}
        for turn in range(RUNS + 1):
            for key, arguments in wanted.items():
                one = measured(arguments)
                if turn:  # the first turn warms the caches
                    seen[key].append(one)
    medians = {key: [statistics.median(column) for column in zip(*ones, strict=True)] for key, ones in seen.items()}
    print(f"| agents | {' | '.join(f'{name}, ms' for name in ABOUT)} | most memory, MB |")
    print("|--:" * (len(ABOUT) + 2) + "|")
    for agents in AGENTS:
        times = " | ".join(f"{medians[name, agents][0]:.0f}" for name in ABOUT)
        print(f"| {agents:,} | {times} | {max(medians[name, agents][1] for name in ABOUT):.0f} |")


if __name__ == "__main__":
    main()
