"""What the recorder needs besides the shared ports: FFmpeg as a process, holds, a listener."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footage.hold import Hold
    from footage.ids import CameraId
    from footage.instant import Elapsed
    from footage.segment import Segment


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

    async def next(self) -> Line | Ended:
        """The next thing it says; after `Ended` nothing more comes. Safe to cancel."""
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
      returns the command line. Raises Misconfigured when FFmpeg cannot be run, Unavailable when
      the machine has no room for a process.
    - `reap` ends a process left over by an earlier recorder, letting it close its files; False
      when it has gone.
    - `run` runs FFmpeg to its end and returns what it wrote to standard output; raises
      Unavailable with its last words.
    """

    @property
    def ffmpeg(self) -> str:
        """Path of the binary."""
        ...

    async def launch(self, build: Callable[[int], Sequence[str]]) -> Running:
        """Start a capture."""
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


class EventKind(StrEnum):
    """What the recorder tells."""

    PHASE = "phase"
    """A camera changed its phase; `text` is the phase and, after a colon, why."""
    STORED = "stored"
    """A segment is in store and catalogue."""
    SPOOLED = "spooled"
    """A segment was closed and is safe in the spool."""
    TROUBLE = "trouble"
    """Something is wrong that an operator should know; recording goes on."""
    NOTE = "note"
    """Worth recording, nothing to act on."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to one camera, or, where `camera` is None, to the store."""

    kind: EventKind
    camera: CameraId | None
    text: str
    segment: Segment | None = None
