"""Pictures of a camera around hits: distance in time, and time in which nothing changed. Pure.

A picture that change gating left out looks like the last embedded picture. So between two embedded
pictures with no other embedded picture between, the view stayed as the first picture shows.
"""

from __future__ import annotations

import statistics
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed, Interval
from footage.keyframe import Gate
from footage.looking import LOOK_EVERY
from search import stretches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from footage.instant import Instant
    from footage.keyframe import Keyframe

_STANDS: Final = Elapsed.parse("2m")
"""Longest time between two hits that is read: a still view is embedded each minute."""
_AROUND: Final = LOOK_EVERY * 5
MOST_READS: Final = 200
"""Most stretches of pictures read for a question: each is a query to the catalogue."""
MOST_READ: Final = Elapsed.parse("36h")
"""Most time whose pictures are read for a question: 65 000 pictures, 0.4 s with SQLite. The 2 000
best rows (`strategy`) reach so far where all are of still views, embedded once a minute."""


@dataclass(frozen=True, slots=True)
class Looks:
    """Times at which a camera was looked at.

    Attributes:
        every: Usual time between two pictures looked at.
        read: Time whose pictures are known, in order and apart.
        seen: Microseconds of pictures that were embedded or could not be decoded, ascending.
        still: Those of `seen` that were embedded though nothing had changed since the picture
            before.
    """

    every: Elapsed = LOOK_EVERY
    read: Sequence[Interval] = ()
    seen: Sequence[int] = ()
    still: frozenset[int] = frozenset()

    @classmethod
    def of(cls, pictures: Iterable[Keyframe], read: Sequence[Interval]) -> Looks:
        """Tell from the pictures in the time `read`."""
        rows = sorted({(row.instant.us, row.gate) for row in pictures})
        apart = [b[0] - a[0] for a, b in pairwise(rows) if 0 < b[0] - a[0] <= _AROUND.us]
        every = Elapsed(round(statistics.median(apart))) if apart else LOOK_EVERY
        return cls(
            every,
            tuple(read),
            tuple(at for at, gate in rows if gate is not Gate.UNCHANGED),
            frozenset(at for at, gate in rows if gate is Gate.HEARTBEAT),
        )

    def unseen_between(self, start: int, end: int) -> bool:
        """Return whether all pictures between two embedded pictures look like the first."""
        known = any(part.start.us <= start and end < part.end.us for part in self._around(start))
        return known and bisect_right(self.seen, start) == bisect_left(self.seen, end)

    def unchanged(self, start: int, end: int) -> bool:
        """Return whether all pictures from `start` to `end`, also the last, look like the first."""
        return end in self.still and self.unseen_between(start, end)

    def _around(self, at: int) -> Sequence[Interval]:
        number = bisect_right(self.read, at, key=lambda part: part.start.us)
        return self.read[max(number - 1, 0) : number]


@dataclass(slots=True)
class PictureReads:
    """Pictures that may still be read for a question (invariant 12).

    Attributes:
        reads: Number of stretches.
        time: Sum of the stretches' lengths.
    """

    reads: int = MOST_READS
    time: Elapsed = MOST_READ

    def take(self, parts: Iterable[Interval], best: Instant) -> list[Interval]:
        """Return as much of `parts` as may still be read, in order, and count it as read.

        Args:
            parts: Time whose pictures are wanted, apart from each other.
            best: Instant of the best hit: time close to the best hit comes first, so that the
                best moment is told as well as can be.
        """
        taken: list[Interval] = []
        for part in sorted(parts, key=lambda part: _away(part, best)):
            if not (self.reads and self.time):
                break
            read = _closest(part, best, self.time)
            self.reads -= 1
            self.time -= read.length
            taken.append(read)
        return sorted(taken)


def _closest(part: Interval, instant: Instant, length: Elapsed) -> Interval:
    """Return the time in `part` that lies closest around an instant, of `length` at most."""
    if part.length <= length:
        return part
    start = max(part.start, min(instant - Elapsed(length.us // 2), part.end - length))
    return Interval(start, start + length)


def _away(part: Interval, instant: Instant) -> int:
    """Return the microseconds from an instant to the nearest time of `part`; 0 inside."""
    return max(part.start.us - instant.us, instant.us - part.end.us, 0)


def to_read(instants: Iterable[Instant], best: Instant) -> list[Interval]:
    """Return the time whose pictures tell how the hits at `instants` belong together.

    Args:
        instants: Instants of hits of a camera, in any order.
        best: Instant of the best hit.
    """
    parts = [(best.us - _AROUND.us, best.us + _AROUND.us)]
    least, most = LOOK_EVERY.us, _STANDS.us
    # Numbers, not objects: there are thousands of hits.
    for before, after in pairwise(sorted({instant.us for instant in instants})):
        if least < after - before <= most:
            parts.append((before, after + 1))
    return [stretches.interval(part) for part in stretches.union(parts)]
