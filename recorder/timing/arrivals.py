"""What one FFmpeg said of its media: which segments are closed, and when frames arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from footage.instant import ZERO, Elapsed
from recorder.capture.messages import Closed, closed, media_time

if TYPE_CHECKING:
    from footage.instant import Instant

_FIRST_FRAME: Final = Elapsed.parse("30s")
"""From FFmpeg's start to its first frame, at most: it is ended when nothing has come by then."""
_SOON: Final = Elapsed.parse("8s")
"""The same where FFmpeg may also have waited at the end, 10 s and more."""
_BEHIND: Final = Elapsed.parse("100ms")
"""Sound may end this much later than the pictures of a stream that has ended."""


class Arrival(NamedTuple):
    """A frame arrived.

    Attributes:
        rotation: Whether it is the keyframe that closed a segment, of media time `media`; else a
            frame that ends at `media`.
        flushed: Whether it may not have come at all, as the stream ended.
    """

    at: Instant
    media: Elapsed
    rotation: bool
    flushed: bool = False


class Arrivals:
    """Collects arrivals until somebody takes them. One FFmpeg's life; no I/O."""

    def __init__(self) -> None:
        self._media: Elapsed | None = None
        self._listed: tuple[Instant, Closed] | None = None
        self._seen: list[Arrival] = []
        self._taken = False

    @property
    def media(self) -> Elapsed | None:
        """What progress told last."""
        return self._media

    @property
    def fresh(self) -> bool:
        """Whether something was seen and nothing was taken yet: nobody knows the wall time yet."""
        return bool(self._seen) and not self._taken

    def listed(self, text: str, now: Instant) -> str | None:
        """A line of the segment list; returns the name of a segment closed before this one."""
        line = closed(text)
        if line is None:
            return None
        before = self.unconfirmed()
        self._listed = (now, line)
        return before

    def progressed(self, text: str, now: Instant) -> bool:
        """A line of progress; whether media advanced."""
        media = media_time(text)
        if media is None or (self._media is not None and media <= self._media):
            return False  # FFmpeg tells the same each second while nothing comes
        self._media = media
        self._seen.append(Arrival(now, media, rotation=False))
        return True

    def rotated(self) -> str | None:
        """Media goes on: a keyframe closed the segment listed last, whose name is returned.

        Only media behind that segment tells it: the list and the progress come by two pipes, and
        a report older than the line may be read after it.
        """
        if self._listed is None or self._media is None:
            return None
        arrived, line = self._listed
        if self._media <= line.end + _BEHIND:
            return None
        self._seen.append(Arrival(arrived, line.end, rotation=True))
        return self.unconfirmed()

    def unconfirmed(self) -> str | None:
        """The segment listed last, whatever closed it; told once."""
        listed, self._listed = self._listed, None
        return listed[1].name if listed else None

    def take(self) -> list[Arrival]:
        """What was seen since the last time."""
        seen, self._seen, self._taken = self._seen, [], True
        return seen


def last_written(
    written: Instant, end: Elapsed, started: Instant, *, waited: bool
) -> list[Arrival]:
    """What a segment's file tells of arrivals: a crash leaves nothing else, and takes nothing away.

    FFmpeg writes a fragment when the keyframe behind it has arrived. Where the stream ended
    instead, it may have waited for more in vain.

    Args:
        written: When the file was written last.
        end: Media time of the end of its last whole fragment.
        started: When FFmpeg was started.
        waited: Whether its stream may have ended.

    Returns:
        Nothing where the two times do not fit together: the clock was set, or the file touched.
    """
    first_frame = written - end - started
    plausible = ZERO <= first_frame <= (_SOON if waited else _FIRST_FRAME)
    return [Arrival(written, end, rotation=True, flushed=waited)] if plausible else []
