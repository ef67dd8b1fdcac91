"""Reports that wait in a folder for whoever gathers them: `check --spool`."""

import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from remoteready import files
from remoteready.check.facts import of_line
from remoteready.check.findings import Report
from remoteready.exits import RemoteReadyError

MOST_FILES = 50
MOST_BYTES = 5_000_000
DROPPED = ".dropped-"
"""With the name of the workstation: the file that holds how many of its reports were dropped."""


def also(wanted: Collection[str]) -> list[str]:
    """What a fleet is asked beside what the rules judge: its monitors, and its uplinks where the line is measured."""
    told = ["monitors.count", *(["line.upload_mbps"] if any(map(of_line, wanted)) else [])]
    return [fact for fact in told if fact not in wanted]


def put(report: Report, folder: Path) -> str:
    """Lay a report into a folder, whole or not at all; '' or, in one line, what went wrong.

    Makes the folder where there is none, for its owner alone. Keeps at most MOST_FILES reports of this workstation and
    MOST_BYTES, drops its oldest and counts them in `.dropped-…`. Reports of others in a shared folder are left alone;
    so are all where the workstation has no identity to know its own by.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files.write(folder / f"{_prefix(report)}{report.report_id}.json", report.model_dump_json() + "\n")
        dropped = _drop(folder, _prefix(report)) if report.host else 0
    except OSError as error:
        return f"the report was not laid into {folder}: {files.reason(error)}"
    except RemoteReadyError as error:
        return f"the report was not laid into {folder}: {error}"
    return f"{folder} was full: {dropped} of the oldest reports dropped" if dropped else ""


def _prefix(report: Report) -> str:
    """What the names of this workstation's files begin with; the rest, a UUIDv7, sorts them by time."""
    return f"{report.host or 'desk'}_"


def _drop(folder: Path, prefix: str) -> int:
    """Remove the oldest until the rest is within the limits; how many were."""
    own = sorted(folder.glob(f"{prefix}*.json"), key=lambda file: file.name, reverse=True)
    kept_bytes, dropped = 0, 0
    for place, file in enumerate(own):
        with suppress(FileNotFoundError):  # gathered meanwhile
            kept_bytes += file.stat().st_size
            if place > 0 and (place >= MOST_FILES or kept_bytes > MOST_BYTES):
                file.unlink()
                dropped += 1
    if dropped:
        _count(folder / f"{DROPPED}{prefix.rstrip('_')}", dropped)
    return dropped


def _count(place: Path, dropped: int) -> None:
    before = re.match(r"\d{1,9}", place.read_text(encoding="utf-8")) if place.is_file() else None
    files.write(place, f"{int(before[0]) + dropped if before else dropped}\n")
