"""Sprites: many small pictures of a camera's interval on one sheet, to show under a pointer.

The interval is cut into equal slots, a tile each. A tile shows the keyframe nearest to the middle
of its slot, of the segment that holds the middle, or else of the nearest segment of the slot: the
instant of the picture shown is told, which need not lie inside the slot. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from footage.digest import Digest
from footage.instant import Instant, Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from api.nearest_keyframe import Place
    from footage.instant import Elapsed
    from footage.segment import Segment

MOST_TILES: Final = 100
COLUMNS: Final = 10
SIZES: Final = {96: 54, 128: 72, 160: 90}
"""Width of a tile to height; a picture of another shape is fitted in."""
_PLAN_DIGITS: Final = 32


@dataclass(frozen=True, slots=True)
class Tile:
    """A slot of the interval, and what its tile shows; nothing where the slot is not recorded."""

    slot: Interval
    segment: Segment | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Plan of a sheet: the pictures shown, and their places.

    Attributes:
        width: Pixels across of a tile.
    """

    tiles: tuple[Tile, ...]
    width: int

    @property
    def height(self) -> int:
        """Pixels down of a tile."""
        return SIZES[self.width]

    @property
    def columns(self) -> int:
        """Tiles side by side."""
        return min(len(self.tiles), COLUMNS)

    @property
    def rows(self) -> int:
        """Tiles on top of each other."""
        return -(-len(self.tiles) // self.columns)

    def corner(self, number: int) -> tuple[int, int]:
        """Return the left and upper edge of a tile in pixels."""
        row, column = divmod(number, self.columns)
        return column * self.width, row * self.height

    @property
    def digest(self) -> str:
        """Name of all that the bytes of the sheet depend on."""
        shown = [
            (str(one.segment.digest), one.place.offset, one.place.length)
            if one.segment and one.place
            else None
            for one in self.tiles
        ]
        return Digest.of(repr((1, self.width, shown)).encode()).hex[:_PLAN_DIGITS]


def slots(window: Interval, count: int) -> list[Interval]:
    """Return `count` equal parts that tile a window, edges rounded down to microseconds.

    A window of fewer microseconds has fewer parts.
    """
    length = window.length.us
    count = min(count, length)
    edges = [window.start.us + length * n // count for n in range(count + 1)]
    return [Interval(Instant(a), Instant(b)) for a, b in pairwise(edges)]


def middle(slot: Interval) -> Instant:
    """Return the instant half way through a slot."""
    return Instant((slot.start.us + slot.end.us) // 2)


def chosen(parts: Sequence[Interval], segments: Sequence[Segment]) -> list[Segment | None]:
    """Return for each slot the segment to show: the one nearest to the middle of the slot.

    Of two segments that hold the middle the one that began last is shown. None: no segment overlaps
    the slot.

    Args:
        parts: Slots in order.
        segments: Segments by start.
    """
    found: list[Segment | None] = []
    near: list[Segment] = []
    read = 0
    for slot in parts:
        while read < len(segments) and segments[read].interval.start < slot.end:
            near.append(segments[read])
            read += 1
        near = [one for one in near if one.interval.end > slot.start]
        at = middle(slot)
        found.append(
            min(near, key=lambda one: (_away(one.interval, at), -one.interval.start.us))
            if near
            else None
        )
    return found


def webvtt(plan: Plan, sheet: str, player_time: Callable[[Instant], Elapsed]) -> str:
    """Write the index of a sheet as WebVTT, a cue for each tile that shows a picture.

    Players that show thumbnails over their bar of time read such a text: a cue names the sheet, and
    the tile's place on the sheet by a media fragment (`#xywh=`).

    Args:
        plan: What the sheet shows.
        sheet: Address of the sheet.
        player_time: Tells where in the play of the playlist of the same interval an instant lies.
    """
    cues = ["WEBVTT"]
    for number, tile in enumerate(plan.tiles):
        begin, end = (player_time(one) for one in (tile.slot.start, tile.slot.end))
        if tile.place is not None and begin < end:
            x, y = plan.corner(number)
            where = f"{sheet}#xywh={x},{y},{plan.width},{plan.height}"
            cues.append(f"{_cue_time(begin)} --> {_cue_time(end)}\n{where}")
    return "\n\n".join([*cues, ""])


def _cue_time(at: Elapsed) -> str:
    """Write a time as WebVTT does: hours, minutes, seconds and milliseconds."""
    seconds, rest = divmod(at.us, 1_000_000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest // 1000:03}"


def _away(interval: Interval, at: Instant) -> int:
    """Microseconds from an instant to an interval; 0 inside."""
    return max(interval.start.us - at.us, at.us - interval.end.us + 1, 0)
