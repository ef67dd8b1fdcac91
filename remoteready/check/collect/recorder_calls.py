"""Native calls about recording clients: plain data in, plain data out, as in calls. Bounded in files and in time."""

import os
import re
import shutil
import time
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

MOST_FILES = 100_000
LONGEST_LOOK_S = 2.0


def service_state(name: str) -> str | None:
    """ "running", "stopped" or another state of a Windows service; None when there is none of that name."""
    import psutil

    get: Any = getattr(psutil, "win_service_get", None)
    if get is None:
        raise OSError("only Windows has this")
    try:
        return str(get(name).status())
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        raise OSError(f"the service {name} does not tell its state to this user") from None


def waiting_files(folder: str, *patterns: str, most_files: int = MOST_FILES) -> dict[str, Any] | None:
    """Files below a folder whose names fit: how many, bytes, seconds since the oldest change; None without the folder.

    `incomplete` says why there may be more: too many files, too slow a disk, a part that may not be read. Links are not
    followed. %NAME%, $NAME and ~ in the path are filled in; what is not set raises OSError.
    """
    place = filled_in(folder)
    if not place.is_dir():
        if place.exists():
            raise OSError(f"{folder} is no folder")
        return None
    end = time.monotonic() + LONGEST_LOOK_S
    found: list[tuple[int, float]] = []
    looked, incomplete = 0, ""
    waiting = [place]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    looked += 1
                    if looked > most_files or time.monotonic() > end:
                        return _waiting(found, "there are too many files to look at all")
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    elif entry.is_file(follow_symlinks=False) and any(fnmatch(entry.name, one) for one in patterns):
                        with suppress(FileNotFoundError):  # uploaded meanwhile
                            about = entry.stat(follow_symlinks=False)
                            found.append((about.st_size, about.st_mtime))
        except FileNotFoundError:
            continue
        except OSError:
            incomplete = "a part of the folder may not be read"
    return _waiting(found, incomplete)


def _waiting(found: list[tuple[int, float]], incomplete: str) -> dict[str, Any]:
    oldest_s = time.time() - min(changed_s for _, changed_s in found) if found else 0.0
    size_bytes = sum(size for size, _ in found)
    return {"files": len(found), "bytes": size_bytes, "oldest_s": oldest_s, "incomplete": incomplete}


def folder_free_bytes(folder: str) -> int | None:
    """Free space for this user on the volume of a folder; None when there is no such folder."""
    place = filled_in(folder)
    return shutil.disk_usage(place).free if place.is_dir() else None


def filled_in(folder: str) -> Path:
    """The folder with %NAME%, $NAME and ~ filled in on every system. Raises OSError for what is not set."""

    def value(match: re.Match[str]) -> str:
        name = next(filter(None, match.groups()))
        if name not in os.environ:
            raise OSError(f"{name} is not set in the environment, so {folder} is nowhere")
        return os.environ[name]

    return Path(re.sub(r"%(\w+)%|\$\{(\w+)\}|\$(\w+)", value, folder)).expanduser()
