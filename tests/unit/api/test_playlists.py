"""Playlists kept from one request to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from api.playlists import Playlists
from footage.played import Played, stretches
from footage.scope import EVERYWHERE, Scope
from footage.span import Gap, GapReason, Timeline, tile
from infra.catalogues.memory_catalog import MemoryCatalogue
from tests.common.builders import a_camera, a_gap, during, segments_in_a_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footage.instant import Interval
    from footage.segment import Segment

CAMERA = a_camera().id
SCOPE = Scope(cameras=frozenset([CAMERA]))
WINDOW, OTHER = during(0, 300), during(0, 240)
ROW = segments_in_a_row(5)


@dataclass
class Asked:
    """Asks for playlists of a camera of five segments; counts how often segments are read."""

    playlists: Playlists = field(default_factory=Playlists)
    catalogue: MemoryCatalogue = field(default_factory=MemoryCatalogue)
    read: int = 0

    def __post_init__(self) -> None:
        self.catalogue.add_segments(ROW)

    def __call__(self, window: Interval = WINDOW) -> tuple[list[str], tuple[Gap, ...]]:
        """Return the names of the segments in the playlist, and the gaps of the timeline."""

        def read() -> tuple[Sequence[Played], Timeline]:
            self.read += 1
            segments = list(self.catalogue.played(CAMERA, window))
            gaps = self.catalogue.gaps(SCOPE, window)
            return segments, tile(CAMERA, window, stretches(CAMERA, segments), gaps)

        written, line = self.playlists.of(self.catalogue, CAMERA, window, read)
        assert line.spans
        media = (entry.decode().rpartition("/segments/")[2] for entry in written.entries)
        return [address.partition("/media.m4s")[0] for address in media], line.gaps


def test_a_playlist_asked_for_again_reads_no_segment() -> None:
    asked = Asked()
    assert asked() == asked() == ([one.key for one in ROW], ())
    assert asked.read == 1
    asked(OTHER)
    assert asked.read == 2


def test_what_was_stored_or_deleted_meanwhile_shows() -> None:
    asked = Asked()
    asked()
    asked.catalogue.remove_segments([ROW[1].key])
    left, (gap,) = asked()
    assert left == [one.key for one in ROW if one is not ROW[1]]
    assert (gap.reason, gap.interval) == (GapReason.UNKNOWN, ROW[1].interval)
    asked.catalogue.add_segments([ROW[1]])
    assert asked() == ([one.key for one in ROW], ())


class Lagging(MemoryCatalogue):
    """A catalogue from whose summaries a segment has gone, and whose segments still have it."""

    going: Segment | None = None

    def segments(
        self, scope: Scope = EVERYWHERE, interval: Interval | None = None
    ) -> Iterator[Segment]:
        left = list(super().segments(scope, interval))
        return iter(sorted([*left, *([self.going] if self.going else [])], key=_start))


def _start(segment: Segment) -> int:
    return segment.interval.start.us


def test_a_segment_that_is_going_is_not_kept() -> None:
    catalogue = Lagging()
    asked = Asked(catalogue=catalogue)
    catalogue.remove_segments([ROW[1].key])
    catalogue.going = ROW[1]
    assert len(asked()[0]) == len(ROW)
    catalogue.going = None
    left, gaps = asked()
    assert left == [one.key for one in ROW if one is not ROW[1]]
    assert [gap.interval for gap in gaps] == [ROW[1].interval]


def test_gaps_told_later_show_though_the_segments_are_the_same() -> None:
    asked = Asked()
    asked.catalogue.remove_segments([ROW[1].key])
    asked()
    asked.catalogue.add_gaps([a_gap(interval=ROW[1].interval, reason=GapReason.EXPIRED)])
    _, (gap,) = asked()
    assert gap.reason is GapReason.EXPIRED
    assert asked.read == 1


def test_no_more_entries_are_kept_than_allowed() -> None:
    asked = Asked(Playlists(most_kept=9))
    for window in (WINDOW, OTHER, OTHER, WINDOW):
        asked(window)
    assert asked.read == 2  # 5 and 4 entries
    for window in (during(0, 60), WINDOW):
        asked(window)
    assert asked.read == 3  # OTHER, the oldest, made room
    asked(OTHER)
    assert asked.read == 4
