"""Several recorder processes on one register, and a watch over the FFmpegs of each node."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from footage.clock import SystemClock
from footage.instant import ZERO, Elapsed
from infra.host import process
from infra.host.process import Child
from infra.registers.sql_register import SqlRegister
from tests.common.builders import a_camera, a_district, a_site
from tests.common.recording import make_film

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from infra.host.process import Identity

ROOT: Final = Path(__file__).resolve().parents[2]
CLOCK: Final = SystemClock()
_SAMPLE: Final = Elapsed.parse("100ms")
_STEP: Final = Elapsed.parse("50ms")
_MEDIA: Final = 4_000
"""A file of more bytes than this holds pictures, not only its header."""


@dataclass(frozen=True)
class Sighting:
    """An FFmpeg seen running: node, camera and process id."""

    node: str
    camera: str
    pid: int


class Watch:
    """Looks at all processes of the machine ten times a second."""

    def __init__(self, folder: Path) -> None:
        self._path = re.compile(rf"{re.escape(str(folder))}/([a-z]+)/spool/(camera-\d+)/")
        self._stop = threading.Event()
        self.samples: list[tuple[Elapsed, list[Sighting]]] = []
        self._thread = threading.Thread(target=self._look_on)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def now(self, *, paused: bool = False) -> list[Sighting]:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes()
                if b"ffmpeg" not in command or b"-progress" not in command:
                    continue
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            place = self._path.search(command.decode(errors="replace"))
            if place and state not in ("ZX" if paused else "ZXT"):
                found.append(Sighting(place[1], place[2], int(folder.name)))
        return found

    def longest_double(self, since: Elapsed = ZERO) -> Elapsed:
        """Return the longest time any camera had two nodes' FFmpegs at once."""
        longest, began = ZERO, dict[str, Elapsed]()
        for at, sightings in self.samples:
            if at < since:
                continue
            nodes: dict[str, set[str]] = {}
            for one in sightings:
                nodes.setdefault(one.camera, set()).add(one.node)
            twice = {camera for camera, found in nodes.items() if len(found) > 1}
            began = {camera: began.get(camera, at) for camera in twice}
            longest = max([longest, *(at - start for start in began.values())])
        return longest

    def longest_without(self, camera: str, since: Elapsed) -> Elapsed:
        """Return the longest time after `since` in which a camera had no FFmpeg."""
        longest, last = ZERO, since
        for at, sightings in self.samples:
            if at >= since:
                longest = max(longest, at - last)
                if any(one.camera == camera for one in sightings):
                    last = at
        return longest

    def _look_on(self) -> None:
        while not self._stop.wait(_SAMPLE.in_seconds):
            self.samples.append((CLOCK.monotonic(), self.now()))


@dataclass
class Several:
    """Recorders, each with a home folder and a URL of the register."""

    folder: Path
    cameras: int
    urls: dict[str, str] = field(default_factory=dict)
    nodes: dict[str, Child] = field(default_factory=dict)
    watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = Watch(self.folder)

    def fill(self, url: str) -> None:
        """Put the cameras into the register."""
        register = SqlRegister(url)
        register.add_districts([a_district()])
        register.add_sites([a_site()])
        film = str(make_film(self.folder / "film.mp4", seconds=60))
        register.add_cameras(a_camera(f"camera-{n}", source=film) for n in range(self.cameras))
        register.close()

    def start(self, node: str, url: str, extra: Mapping[str, str] | None = None) -> Child:
        home = self.folder / node
        home.mkdir(exist_ok=True)
        environment = {
            **os.environ,
            "FOOTAGE_HOME": str(home),
            "FOOTAGE_DATABASE__URL": url,
            "FOOTAGE_RECORDING__NODE": node,
            "FOOTAGE_RECORDING__LISTEN": "127.0.0.1:0",
            "FOOTAGE_RECORDING__SEGMENT_LENGTH": "4s",
            **(extra or {}),
        }
        argv = [sys.executable, "-m", "tests.common.node_child"]
        child = Child(argv, log=self.folder / f"{node}.log", cwd=ROOT, env=environment)
        self.nodes[node] = child
        return child

    def recorded_by(self) -> dict[str, set[str]]:
        """Return for each node the cameras with a running FFmpeg."""
        found: dict[str, set[str]] = {node: set() for node in self.nodes}
        for one in self.watch.now():
            found[one.node].add(one.camera)
        return found

    def shared_evenly(self, *nodes: str) -> bool:
        """Whether these nodes record every camera, evenly shared, and no camera twice."""
        sets = [cameras for node, cameras in self.recorded_by().items() if node in nodes]
        sizes = [len(one) for one in sets]
        whole = len(set().union(*sets)) == self.cameras == sum(sizes)
        return whole and max(sizes) - min(sizes) <= 1

    def with_media(self, node: str, cameras: set[str], since_ns: int) -> bool:
        """Whether the node's spool has pictures of each of `cameras` written after `since_ns`."""
        return all(
            any(
                path.stat().st_size > _MEDIA and path.stat().st_mtime_ns > since_ns
                for path in (self.folder / node / "spool" / camera).glob("*.mp4")
            )
            for camera in cameras
        )

    def wait(self, ready: Callable[[], bool], within: str = "60s") -> Elapsed:
        """Wait until `ready`; return the time waited."""
        began = CLOCK.monotonic()
        while not ready():
            assert CLOCK.monotonic() - began < Elapsed.parse(within), self.story()
            CLOCK.sleep(_STEP)
        return CLOCK.monotonic() - began

    def story(self) -> str:
        logs = [f"--- {n}\n{process.last_lines(c.log, 25)}" for n, c in self.nodes.items()]
        return "\n".join([str(self.recorded_by()), *logs])

    def signal_all_of(self, node: str, sign: signal.Signals) -> None:
        """Send a signal to a node's recorder, watchdog and FFmpegs."""
        pids = [one.pid for one in self.watch.now(paused=True) if one.node == node]
        os.kill(self.nodes[node].pid, sign)
        for pid in [*self.watchdogs(node), *pids]:
            with suppress(ProcessLookupError):  # a woken watchdog may end FFmpegs first
                os.kill(pid, sign)

    def watchdogs(self, node: str) -> list[int]:
        """Return the process ids of a node's watchdogs, found by the log file."""
        log = (self.folder / node / "watchdog.log").resolve()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes()
                if b"watchdog_script" in command and (folder / "fd/2").resolve() == log:
                    found.append(int(folder.name))
            except OSError:
                continue
        return found

    def close(self) -> None:
        self.watch.stop()
        for child in self.nodes.values():
            child.kill()
        for pid in self._left():
            with suppress(
                ProcessLookupError
            ):  # already ended by the watchdog of the killed recorder
                os.kill(pid.pid, signal.SIGKILL)

    def _left(self) -> list[Identity]:
        pids = [one.pid for one in self.watch.now(paused=True)]
        pids += [pid for node in self.nodes for pid in self.watchdogs(node)]
        return [found for pid in pids if (found := process.identify(pid)) is not None]


@contextmanager
def several(folder: Path, cameras: int) -> Iterator[Several]:
    """Give a set of recorders, all of which are ended at the end."""
    made = Several(folder.resolve(), cameras)
    try:
        yield made
    finally:
        made.close()
