"""`remoteready check --quick` beside what else looks at a Linux computer, Lynis and inxi: whole processes in one run.

They look at different things – inxi at no updates – and what is compared is how long somebody waits. The commands run
in turn, so that a machine that slows down slows all of them.
"""

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from remoteready import files
from remoteready.check import profile
from remoteready.check.collect import collect
from remoteready.check.host import LiveHost
from remoteready.check.snapshot import Recorder

RUNS = 3
NO_UPDATES = "the same without the updates"
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "remoteready check --quick": [sys.executable, "-m", "remoteready", "check", "--quick"],
    NO_UPDATES: [sys.executable, "-m", "remoteready", "check", "--quick"],
    "inxi -Fxx": ["inxi", "-Fxx", "-c0"],
    "lynis audit system --quick": ["lynis", "audit", "system", "--quick", "--no-colors"],
}


def without_updates(folder: Path) -> Path:
    """The shipped profile without its rules about updates."""
    shipped = files.find("home-agent", "", "profile")
    document = files.parse_yaml(files.read_text(shipped), str(shipped))
    document["rules"] = [rule for rule in document["rules"] if not rule["fact"].startswith("patches.")]
    path = folder / "home-agent.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def wall_s(command: list[str]) -> float:
    """Wall time of one whole process."""
    start = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return time.perf_counter() - start


def main() -> None:
    """Print the table, then where the time of our own goes."""
    missing = [command[0] for command in COMMANDS.values() if shutil.which(command[0]) is None]
    if missing:
        sys.exit(f"Missing: {', '.join(missing)}; they are Debian packages of that name")
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with TemporaryDirectory() as folder:
        fewer = ["-p", str(without_updates(Path(folder)))]
        for _ in range(RUNS):
            for name, command in COMMANDS.items():
                times[name].append(wall_s(command + (fewer if name == NO_UPDATES else [])))
    own = statistics.median(times["remoteready check --quick"])
    print(f"Whole processes, medians of {RUNS} runs in turn")
    print(f"{'':34}{'s':>8}{'× ours':>9}")
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"{name:34}{median:8.2f}{median / own:9.2f}")
    sources()


def sources() -> None:
    """The collectors' wall time beside the slowest source, and the slowest three by name."""
    with LiveHost() as host:
        seen = Recorder(host)
        start = time.perf_counter()
        collect(seen, profile.load("home-agent").wanted_facts({}), {}, quick=True)
        wall_ms = (time.perf_counter() - start) * 1000
    slowest = sorted(seen.questions, key=lambda question: -(question.took_ms or 0))[:3]
    print(f"\nAll collectors: {wall_ms:.0f} ms, {wall_ms - (slowest[0].took_ms or 0):.0f} ms above the slowest source")
    for question in slowest:
        print(f"{question.took_ms or 0:8.0f} ms  {question.asked}")


if __name__ == "__main__":
    main()
