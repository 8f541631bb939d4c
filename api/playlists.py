"""Playlists as written before: a day's playlist is asked for again and again.

What is kept cannot be stale: before each answer the day summaries are read, whose spans change with
each segment that is stored or deleted, and playlists are kept by those spans. A segment that goes
may leave the summary first (`footage.ports.Catalogue`), so a playlist is kept only where the spans
tell of all its segments.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from api import hls
from footage.scope import Scope
from footage.span import tile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from api.hls import Written
    from footage.day import DaySpan
    from footage.ids import CameraId, RunId
    from footage.instant import Interval
    from footage.played import Played
    from footage.ports import Catalogue
    from footage.span import Span, Timeline

SEGMENTS: Final = "../../segments"
"""From the address of a playlist to the segments: right behind any proxy, under any prefix."""
MOST_KEPT: Final = 100_000
"""Most entries kept of all playlists together, of some 300 bytes each: 30 MB."""
_Named = tuple["CameraId", "Interval", tuple["DaySpan", ...], str]


@dataclass(frozen=True, slots=True)
class _Kept:
    written: Written
    spans: tuple[Span, ...]


class Playlists:
    """Writes playlists, and keeps those written last; safe in several threads.

    Args:
        most_kept: Most entries kept, of all playlists together.
    """

    def __init__(self, most_kept: int = MOST_KEPT) -> None:
        self._most = most_kept
        self._entries = 0
        self._kept: OrderedDict[_Named, _Kept] = OrderedDict()
        self._lock = Lock()

    def of(
        self,
        catalogue: Catalogue,
        camera: CameraId,
        interval: Interval,
        read: Callable[[], tuple[Sequence[Played], Timeline]],
        *,
        derived: str = "",
    ) -> tuple[Written, Timeline]:
        """Return the playlist of an interval of a camera, and the timeline.

        Args:
            catalogue: Tells by day summaries whether what is kept holds still, and gaps.
            camera: The camera.
            interval: The time asked for.
            read: Reads the segments and the timeline of the interval; at least one segment.
            derived: Name of the proxies that the playlist is of; "" for the footage itself.
        """
        # Summaries are read before segments: what changes in between changes the next name.
        days = catalogue.days([camera], interval)
        spans = tuple(span for day in days for span in day.spans)
        named = (camera, interval, spans, derived)
        kept = self._find(named)
        if kept is not None:
            # Gaps are read last: a purge enters the gap before the segment goes (invariant 5).
            gaps = catalogue.gaps(Scope(cameras=frozenset([camera])), interval)
            return kept.written, tile(camera, interval, kept.spans, gaps)
        segments, line = read()
        init, media = ("proxy-init", "proxy") if derived else ("init", "media")
        addresses = hls.Addresses(
            lambda key: f"{SEGMENTS}/{key}/{init}.mp4", lambda key: f"{SEGMENTS}/{key}/{media}.m4s"
        )
        written = hls.written(interval, segments, addresses, derived=derived)
        if _all_told(segments, spans):
            self._keep(named, _Kept(written, line.spans))
        return written, line

    def _find(self, named: _Named) -> _Kept | None:
        with self._lock:
            found = self._kept.get(named)
            if found is not None:
                self._kept.move_to_end(named)
            return found

    def _keep(self, named: _Named, new: _Kept) -> None:
        with self._lock:
            before = self._kept.pop(named, None)
            self._kept[named] = new
            self._entries += len(new.written.entries)
            self._entries -= len(before.written.entries) if before else 0
            while self._entries > self._most and self._kept:
                _, oldest = self._kept.popitem(last=False)
                self._entries -= len(oldest.written.entries)


def _all_told(segments: Sequence[Played], spans: Sequence[DaySpan]) -> bool:
    """Whether each segment lies in a span of its run."""
    of_run: dict[RunId, list[tuple[int, int]]] = defaultdict(list)
    for span in spans:
        of_run[span.run].append((span.interval.start.us, span.interval.end.us))
    inside = (0, 0)  # neighbours mostly lie in the same span
    run: RunId | None = None
    for one in segments:
        if one.run == run and inside[0] <= one.start_us and one.end_us <= inside[1]:
            continue
        around = (s for s in of_run[one.run] if s[0] <= one.start_us and one.end_us <= s[1])
        found = next(around, None)
        if found is None:
            return False
        run, inside = one.run, found
    return True
