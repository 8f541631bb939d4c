"""Ports of the recorder besides the shared: FFmpeg as a process, and assignments of cameras."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from footage.camera import Camera
    from footage.ids import CameraId
    from footage.instant import Elapsed


class Pipe(StrEnum):
    """The output of a running FFmpeg from which a line came."""

    SEGMENTS = "segments"
    """The list of closed segments, on a separate descriptor."""
    PROGRESS = "progress"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Line:
    """A line FFmpeg wrote; messages come with credentials masked."""

    pipe: Pipe
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """FFmpeg ended with exit code `code`, and all output of the process has been delivered."""

    code: int


class Running(Protocol):
    """A running FFmpeg, leader of a process group."""

    @property
    def identity(self) -> str:
        """Permanent name of this process, by which a later recorder can end the process."""
        ...

    def release(self) -> None:
        """Let FFmpeg begin. Until then the process only waits, and ends when the recorder ends."""
        ...

    def terminate(self) -> None:
        """Ask FFmpeg to close all files and end; harmless when the process has ended."""
        ...

    def kill(self) -> None:
        """Kill FFmpeg at once; harmless when the process has ended."""
        ...


class Launcher(Protocol):
    """Starts FFmpeg.

    - `launch` opens a pipe for the segment list and a descriptor from which FFmpeg reads `source`,
      and gives the two descriptors to `build`, which returns the command line. Other users cannot
      read what comes by a descriptor, as they can a command line. The process waits for
      `Running.release`. Each line FFmpeg writes goes to `hear` at once, on the event loop's thread;
      `Ended` comes last. Raises Misconfigured when FFmpeg cannot be run, Unavailable when the
      machine has no room for a process.
    - `reap` ends a process left over by an earlier recorder and lets the process close its files;
      False when the process has gone.
    - `run` runs FFmpeg to the end and returns its standard output, `messages` what FFmpeg says on
      standard error; both raise Unavailable with the last messages of FFmpeg. `feed` becomes the
      standard input.
    """

    @property
    def ffmpeg(self) -> str:
        """Path of the FFmpeg binary."""
        ...

    @property
    def progress_ends(self) -> bool:
        """Whether FFmpeg's progress gives the end, not the begin, of the picture written last."""
        ...

    async def launch(
        self,
        build: Callable[[int, int], Sequence[str]],
        hear: Callable[[Line | Ended], None],
        source: bytes = b"",
    ) -> Running:
        """Start a capture that waits for `Running.release`."""
        ...

    def reap(self, identity: str) -> bool:
        """End a process left over by an earlier recorder; False when the process has gone."""
        ...

    def run(self, argv: Sequence[str], *, timeout: Elapsed, feed: BinaryIO | None = None) -> str:
        """Run FFmpeg to the end and return the standard output."""
        ...

    def messages(
        self, argv: Sequence[str], *, timeout: Elapsed, feed: BinaryIO | None = None
    ) -> str:
        """Run FFmpeg to the end and return the standard error."""
        ...


class CameraControl(Protocol):
    """Control of a recorder's cameras. All calls from the recorder's event loop; no call waits."""

    def assign(self, cameras: Sequence[Camera]) -> None:
        """Record exactly these cameras: start the new, cleanly end the gone or changed."""
        ...

    def cut(self, cameras: Collection[CameraId]) -> None:
        """Stop these cameras at once, FFmpeg killed: another recorder may take the cameras now."""
        ...

    @property
    def working(self) -> frozenset[CameraId]:
        """Ids of the cameras with a channel, also of channels that are just ending."""
        ...


class Assignment(Protocol):
    """The decision which cameras a recorder works on: a fixed list, or leases."""

    async def work(self, control: CameraControl) -> None:
        """Assign cameras to `control`, again and again; runs as a task until cancelled."""
        ...

    async def release(self) -> None:
        """Let other recorders take the cameras at once; called when all channels have ended."""
        ...
