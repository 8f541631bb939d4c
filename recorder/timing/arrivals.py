"""Reads from the output of an FFmpeg process the closed segments and the arrivals of frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from footage.instant import ZERO, Elapsed
from recorder.capture.messages import Closed, closed, media_time

if TYPE_CHECKING:
    from footage.instant import Instant

_FIRST_FRAME: Final = Elapsed.parse("30s")
"""Longest time from FFmpeg's start to the first frame: FFmpeg is ended when none came by then."""
_SOON: Final = Elapsed.parse("8s")
"""As `_FIRST_FRAME`, where FFmpeg may also have waited at the end, 10 s and more."""
_BEHIND: Final = Elapsed.parse("100ms")
"""Audio may end this much later than the pictures of a stream that has ended."""


class Arrival(NamedTuple):
    """Arrival of a frame.

    Attributes:
        at: Wall time of the arrival.
        media: Media time: start of the keyframe for a rotation, else the time told by progress.
        rotation: Whether the frame is the keyframe that closed a segment; else progress told of
            the frame.
        flushed: Whether the frame may not have come at all, as the stream ended.
    """

    at: Instant
    media: Elapsed
    rotation: bool
    flushed: bool = False


class Arrivals:
    """Collects the arrivals of a single FFmpeg process until `take` is called. No I/O."""

    def __init__(self) -> None:
        self._media: Elapsed | None = None
        self._listed: tuple[Instant, Closed] | None = None
        self._seen: list[Arrival] = []
        self._taken = False

    @property
    def media(self) -> Elapsed | None:
        """Media time of the last progress line; None before the first."""
        return self._media

    @property
    def fresh(self) -> bool:
        """Whether arrivals were seen and none was taken yet: the wall time is not known yet."""
        return bool(self._seen) and not self._taken

    def listed(self, text: str, now: Instant) -> str | None:
        """Take a line of the segment list; returns the segment of the line before, or None."""
        line = closed(text)
        if line is None:
            return None
        before = self.unconfirmed()
        self._listed = (now, line)
        return before

    def progressed(self, text: str, now: Instant) -> bool:
        """Take a line of progress; returns whether media time advanced."""
        media = media_time(text)
        if media is None or (self._media is not None and media <= self._media):
            return False  # FFmpeg repeats the same time each second while nothing comes
        self._media = media
        self._seen.append(Arrival(now, media, rotation=False))
        return True

    def rotated(self) -> str | None:
        """Confirm that a keyframe closed the last listed segment; returns the name, or None.

        Only progress behind that segment confirms this: the list and the progress come by two
        pipes, and a progress line older than the list's line may be read later.
        """
        if self._listed is None or self._media is None:
            return None
        arrived, line = self._listed
        if self._media <= line.end + _BEHIND:
            return None
        self._seen.append(Arrival(arrived, line.end, rotation=True))
        return self.unconfirmed()

    def unconfirmed(self) -> str | None:
        """Name of the last listed segment, whatever closed the segment; None if named before."""
        listed, self._listed = self._listed, None
        return listed[1].name if listed else None

    def take(self) -> list[Arrival]:
        """Arrivals since the last call."""
        seen, self._seen, self._taken = self._seen, [], True
        return seen


def last_written(
    written: Instant, end: Elapsed, started: Instant, *, waited: bool
) -> list[Arrival]:
    """The arrival that the time of a segment's file tells: nothing else is left after a crash.

    FFmpeg writes a fragment when the keyframe behind the fragment has arrived. Where the stream
    ended instead, FFmpeg may have waited for more frames in vain.

    Args:
        written: When the file was written last.
        end: Media time of the end of the file's last whole fragment.
        started: When FFmpeg was started.
        waited: Whether FFmpeg's stream may have ended.

    Returns:
        A single arrival, or none where the times do not fit together: the clock was set, or the
        file was touched.
    """
    first_frame = written - end - started
    plausible = ZERO <= first_frame <= (_SOON if waited else _FIRST_FRAME)
    return [Arrival(written, end, rotation=True, flushed=waited)] if plausible else []
