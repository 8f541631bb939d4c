"""What the recorder needs besides the shared ports: FFmpeg as a process, and holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from footage.camera import Camera
    from footage.hold import Hold
    from footage.ids import CameraId
    from footage.instant import Elapsed


class Pipe(StrEnum):
    """Where a line of a running FFmpeg came from."""

    SEGMENTS = "segments"
    """The list of closed segments, on its own descriptor."""
    PROGRESS = "progress"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Line:
    """One line FFmpeg wrote; messages come with credentials masked."""

    pipe: Pipe
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The process ended and everything it wrote has been delivered."""

    code: int


class Running(Protocol):
    """A running FFmpeg in its own process group."""

    @property
    def identity(self) -> str:
        """Names this very process for ever, so that a later process of ours can end it."""
        ...

    def release(self) -> None:
        """Let it begin. Until then it does nothing, and ends when we do."""
        ...

    def terminate(self) -> None:
        """Ask it to close its files and end; harmless when it has ended."""
        ...

    def kill(self) -> None:
        """End it at once; harmless when it has ended."""
        ...


class Launcher(Protocol):
    """Starts FFmpeg.

    - `launch` opens a pipe for the segment list and gives its descriptor to `build`, which
      returns the command line. The process waits for its `release`. What it says goes to `hear`,
      on the event loop's thread, as it comes; `Ended` is the last. Raises Misconfigured when
      FFmpeg cannot be run, Unavailable when the machine has no room for a process.
    - `reap` ends a process left over by an earlier recorder, letting it close its files; False
      when it has gone.
    - `run` runs FFmpeg to its end and returns what it wrote to standard output; raises
      Unavailable with its last words.
    """

    @property
    def ffmpeg(self) -> str:
        """Path of the binary."""
        ...

    @property
    def progress_ends(self) -> bool:
        """Whether its progress tells where the picture written last ends, not where it begins."""
        ...

    async def launch(
        self, build: Callable[[int], Sequence[str]], hear: Callable[[Line | Ended], None]
    ) -> Running:
        """Start a capture, held."""
        ...

    def reap(self, identity: str) -> bool:
        """End a left-over process."""
        ...

    def run(self, argv: Sequence[str], *, timeout: Elapsed) -> str:
        """Run to the end."""
        ...


class Holds(Protocol):
    """Where standing holds are read: a part of the register."""

    def holds(self, *, active_only: bool = True) -> list[Hold]:
        """Holds by id; raises Unavailable."""
        ...


class CameraControl(Protocol):
    """The cameras one recorder works on. All calls from the recorder's event loop; none waits."""

    def assign(self, cameras: Sequence[Camera]) -> None:
        """Work on exactly these: start what is new, end cleanly what is gone or has changed."""
        ...

    def cut(self, cameras: Collection[CameraId]) -> None:
        """End these at once, FFmpeg killed: somebody else may record them from now on."""
        ...

    @property
    def working(self) -> frozenset[CameraId]:
        """Those with a channel, one that is just ending included."""
        ...


class Assignment(Protocol):
    """Who decides which cameras a recorder works on: a fixed list, or leases."""

    async def work(self, control: CameraControl) -> None:
        """Tell the crew, again and again; runs as a task until cancelled."""
        ...

    async def release(self) -> None:
        """The crew has ended cleanly: others may take its cameras at once."""
        ...
