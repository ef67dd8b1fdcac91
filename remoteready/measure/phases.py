"""What is measured while one stream runs: the call alone, then beside full uploads, then beside a recording."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from remoteready.formulas.emodel import CODECS, Codec
from remoteready.measure import iperf3, librespeed, ndt7, speedtest, udp
from remoteready.measure.over import Over
from remoteready.measure.stream import Sender, Stream
from remoteready.measure.target import Target
from remoteready.measure.upload import CONNECT_S, DRAIN_S, LEAST_SECONDS, Load, Upload, failed, upload

SETTLE_S = 1.0
"""After the full uploads, for the queue of the line to empty."""
IDLE, LOADED, RECORDING = "idle", "upload", "recording"
SITE, IPERF3, SPEEDTEST, LIBRESPEED, NDT7 = "site", "iperf3", "speedtest", "librespeed", "ndt7"
HEADER_BYTES = 28
"""IPv4 and UDP."""
TAIL_S = 0.25
"""An upload loads the line from a little after it is agreed on: what a far end needs to say good-bye does not count."""
LAST_ANSWERS_S = 1.0
"""Kept before a deadline for the answers that are still on their way."""
FULL = Load()
UNCOUNTED = failed("it was ended before the far end had counted it")
"""What stands for an upload while it runs."""

Show = Callable[[str], None]
Mark = tuple[str, int, int]
"""Name of a phase, its first packet, the first after it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure."""

    codec: Codec = CODECS["g711"]
    seconds: float = 10
    """Of the call alone."""
    load: Load | None = FULL
    """The full uploads; None to leave them and the recording out."""
    upload_with: str = SITE
    """Where the full uploads go: to the far end of this tool, an iperf3 server on the same host, speedtest.net, a
    LibreSpeed or an ndt7 server."""
    upload_url: str = ""
    """Of the LibreSpeed or ndt7 server, if uploads go there."""
    recording_mbps: float = 0.464
    """Rate at which the desk's recording leaves while it is made: audio and two monitors by the Calabrio guide."""
    recording_seconds: float = 4
    key: bytes | None = None
    deadline_s: float = math.inf
    """All is over by then: what is still missing is given up, and what was measured is kept."""

    @property
    def most_seconds(self) -> float:
        """What it takes at most when the line works."""
        if self.load is None:
            return self.seconds + 1
        full = speedtest.USUAL_SECONDS if self.upload_with == SPEEDTEST else self.load.seconds
        return self.seconds + full + SETTLE_S + self.recording_seconds + 2

    @property
    def most_megabytes(self) -> tuple[float, float]:
        """What it sends and receives at most."""
        call = self.most_seconds / self.codec.ptime_ms * (self.codec.rtp_bytes + HEADER_BYTES) / 1000
        if self.load is None:
            return call, call
        full = speedtest.MOST_MEGABYTES if self.upload_with == SPEEDTEST else self.load.megabytes
        return call + full + self.recording_mbps * self.recording_seconds / 8, call


class Running:
    """A stream in its thread."""

    def __init__(self, plan: Plan, family: int, address: udp.Address, until: float) -> None:
        self.plan, self.family, self.address, self.until = plan, family, address, until
        longest = plan.most_seconds + speedtest.PATIENCE_S + 4 * (CONNECT_S + DRAIN_S) if plan.load else plan.seconds
        self.sender = Sender(address, family, plan.codec, longest, plan.key, until=until)
        self._over = Over()
        self._result: Stream | Exception = RuntimeError("the stream did not run")
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self._result = self.sender.run()
        except Exception as error:  # raised again in `ended`
            self._result = error
        self._over.set()

    def ended(self) -> Stream:
        """The stream, once its last answers have come or are given up."""
        self.wait(math.inf)
        if isinstance(self._result, Exception):
            raise self._result
        return self._result

    def wait(self, seconds: float) -> bool:
        """Whether the stream still runs after so long."""
        return not self._over.wait(seconds)

    def left_s(self) -> float:
        """What is left for anything but the last answers."""
        return self.until - LAST_ANSWERS_S - time.monotonic()


@dataclass(slots=True)
class Course:
    """The phases so far. `run` may be interrupted at any place."""

    running: Running
    target: Target
    show: Show
    full: Upload | None = None
    recording: Upload | None = None
    marks: list[Mark] = field(default_factory=list)
    _begun: tuple[str, int] | None = None

    def run(self) -> None:
        """Go through the phases that are wanted, as long as the stream is answered."""
        running, plan = self.running, self.running.plan
        self.show(IDLE)
        self._begun = (IDLE, 0)
        if plan.load is None:
            running.wait(math.inf)
        alive = running.wait(min(plan.seconds, max(0.0, running.left_s())))
        self.marks, self._begun = self.so_far(), None
        if plan.load is None or not alive or not running.sender.answered:
            return
        self.full = UNCOUNTED
        self.full = self._loaded(LOADED, plan.load, plan.upload_with)
        if self.full.mbps is None or not running.wait(SETTLE_S):
            return
        paced = Load(flows=1, seconds=plan.recording_seconds, paced_mbps=plan.recording_mbps)
        self.recording = UNCOUNTED
        self.recording = self._loaded(RECORDING, paced)

    def so_far(self) -> list[Mark]:
        """Every phase, the one that was interrupted too."""
        return [*self.marks, *([(*self._begun, self.running.sender.sent)] if self._begun else [])]

    def _loaded(self, name: str, load: Load, upload_with: str = SITE) -> Upload:
        """A phase with an upload beside the stream; it leaves no phase where nothing was uploaded."""
        left_s = self.running.left_s()
        if left_s < LEAST_SECONDS:
            return failed(f"no time was left for it within {self.running.plan.deadline_s:g} s")
        load = replace(load, seconds=min(load.seconds, left_s), until=self.running.until - LAST_ANSWERS_S)
        self.show(name)

        def begun() -> None:
            self._begun = (name, self.running.sender.sent)

        result = self._upload(load, upload_with, begun)
        if self._begun and result.mbps is not None:
            first = self._begun[1]
            loaded = math.ceil((result.seconds + TAIL_S) * 1000 / self.running.plan.codec.ptime_ms)
            self.marks.append((name, first, min(self.running.sender.sent, first + loaded)))
        self._begun = None
        return result

    def _upload(self, load: Load, upload_with: str, begun: Callable[[], None]) -> Upload:
        plan, running = self.running.plan, self.running
        if upload_with == SPEEDTEST:
            return speedtest.upload()  # most of its time it does not upload: no phase to judge a call by
        if upload_with == IPERF3:
            return iperf3.upload(self.target.host, load, begun)
        if upload_with == LIBRESPEED:
            return librespeed.upload(librespeed.server(plan.upload_url), load, begun)
        if upload_with == NDT7:
            return ndt7.upload(ndt7.server(plan.upload_url), load, begun)
        return upload(running.address, running.family, load, plan.key, begun)
