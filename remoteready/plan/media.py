"""How long and how large a recording is: WAV by its own header, everything else by PyAV (extra `recordings`).

Nothing is decoded. A file whose end is missing is told apart by what it promises and what it holds, for its megabytes
per minute would be wrong, and nobody would notice.
"""

import signal
import struct
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, BinaryIO

from remoteready.files import reason

SUFFIXES = {
    *(".wav", ".mp4", ".m4v", ".mkv", ".webm", ".mov", ".avi", ".wmv", ".asf", ".flv", ".ts", ".mts", ".3gp"),
    *(".m4a", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".aac", ".wma", ".mka", ".amr", ".au"),
}
INSTALL = "pip install 'remoteready[recordings]'"
CUT_SHORT_S = 2.0
CUT_SHORT_SHARE = 0.02
"""What may be missing at the end of a whole recording: a last frame, a rounded length."""
VARIABLE = {0x50, 0x55, 0xFF, 0x1610, 0x1611}
"""WAV formats whose bytes a second are only a guess: MPEG layers and AAC."""
UNFINISHED = 0xFFFFFFFF


class BadRecording(Exception):
    """A file that tells nothing: why."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording. Without sound `audio_bytes` is 0, without pictures `screen_bytes` and `screens` are."""

    name: str
    seconds: float
    audio_bytes: float
    screen_bytes: float
    screens: int


Measured = Recording | BadRecording


def measure(paths: Iterable[Path], container: "Callable[[Path], Measured] | None" = None) -> Iterator[Measured]:
    """The length and the size of each recording, or why there are none. No file stops those after it.

    Native code reads what is not WAV, and a damaged file can end its process: so that is another process than this
    one. `container` is what runs there.
    """
    with ExitStack() as stack:
        apart: ProcessPoolExecutor | None = None
        for path in paths:
            try:
                if (found := _wav(path)) is not None:
                    yield found
                    continue
            except (BadRecording, OSError) as error:
                yield error if isinstance(error, BadRecording) else BadRecording(reason(error))
                continue
            apart = apart or stack.enter_context(_process())
            try:
                yield apart.submit(container or read_container, path).result()
            except BrokenProcessPool:
                yield BadRecording("is damaged: it ended the media library")
                apart = None


def _process() -> ProcessPoolExecutor:
    ignore = (signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that talks to the user
    return ProcessPoolExecutor(1, get_context("spawn"), initializer=signal.signal, initargs=ignore)


# --- WAV --------------------------------------------------------------------------------------------------------------


def _wav(path: Path) -> Recording | None:
    """By the header of a RIFF file, nearly all of whose formats run at a constant rate; None where it is not one."""
    with path.open("rb") as file:
        head = file.read(12)
        if not head:
            raise BadRecording("is empty")
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return None
        bytes_per_s = 0
        for name, begin, size in _chunks(file):
            if name == b"data":
                return _wav_recording(path, size, begin, bytes_per_s)
            if name == b"fmt ":
                kind, _, _, bytes_per_s = struct.unpack("<HHII", file.read(12).ljust(12, b"\0"))
                if kind in VARIABLE:
                    return None
    raise BadRecording("is cut short before its sound begins")


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """The name, the beginning and the size of each chunk; what follows an odd one is padded."""
    while len(head := file.read(8)) == 8:
        begin, size = file.tell(), int.from_bytes(head[4:], "little")
        yield head[:4], begin, size
        file.seek(begin + size + size % 2)


def _wav_recording(path: Path, promised: int, begin: int, bytes_per_s: int) -> Recording:
    size = path.stat().st_size
    if not bytes_per_s:
        raise BadRecording("does not say how many bytes a second has")
    if promised in (0, UNFINISHED) and size > begin:
        raise BadRecording("was not finished: its header has no length")
    if not promised:
        raise BadRecording("has no length")
    _refuse_cut(promised / bytes_per_s, min(promised, size - begin) / bytes_per_s)
    return Recording(path.name, promised / bytes_per_s, float(size), 0.0, 0)


def _refuse_cut(promised_s: float, held_s: float) -> None:
    if promised_s - held_s > max(CUT_SHORT_S, CUT_SHORT_SHARE * promised_s) or held_s <= 0 < promised_s:
        raise BadRecording(f"is cut short: it promises {promised_s:.0f} s and holds {max(held_s, 0):.0f} s")


# --- everything else --------------------------------------------------------------------------------------------------


def read_container(path: Path) -> Measured:
    """By demuxing: every packet is read, none is opened."""
    try:
        import av
    except ImportError:
        return BadRecording(f"needs a media library; install it: {INSTALL}")
    av.logging.set_level(None)  # what is wrong with a file is said once, by us
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            return _demuxed(path, container)
    except BadRecording as error:
        return error
    except (av.FFmpegError, OSError) as error:
        return BadRecording(f"is not a recording that can be read: {(error.strerror or str(error)).lower()}")


def _demuxed(path: Path, container: Any) -> Recording:
    """How many bytes are sound, and how long it is from the first packet to the end of the last one."""
    screens = [one for one in container.streams.video if not one.disposition & one.disposition.attached_pic]
    if not screens and not container.streams.audio:
        raise BadRecording("holds neither sound nor pictures")
    begin_s, end_s, audio_bytes = float("inf"), 0.0, 0
    for packet in container.demux(*screens, *container.streams.audio):
        if packet.pts is None or packet.time_base is None:
            continue
        begin_s = min(begin_s, float(packet.pts * packet.time_base))
        end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        audio_bytes += packet.size if packet.stream.type == "audio" else 0
    held_s = max(end_s - begin_s, 0.0)
    _refuse_cut((container.duration or 0) / 1e6, held_s)
    if held_s <= 0:
        raise BadRecording("has no length")
    size = path.stat().st_size
    sound = float(audio_bytes if screens else size)
    return Recording(path.name, held_s, sound, float(size - audio_bytes) if screens else 0.0, len(screens))
