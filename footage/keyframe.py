"""Keyframes and their regions: what is embedded, searched and shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from footage.errors import BadInput

if TYPE_CHECKING:
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Instant


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in a picture, as shares of its width and height; origin top left.

    Raises:
        BadInput: Not inside the unit square, or empty.
    """

    x: float
    y: float
    w: float
    h: float

    def __post_init__(self) -> None:
        slack = 1 + 1e-6
        if not (self.x >= 0 and self.y >= 0 and self.w > 0 and self.h > 0):
            raise BadInput(f"not a box: {self}")
        if self.x + self.w > slack or self.y + self.h > slack:
            raise BadInput(f"box sticks out of the picture: {self}")


WHOLE = Box(0.0, 0.0, 1.0, 1.0)


class Gate(StrEnum):
    """What change gating decided for a keyframe, so that "not seen" and "not looked at" differ."""

    CHANGED = "changed"
    """The scene changed: whole frame and changed regions were embedded."""
    HEARTBEAT = "heartbeat"
    """Nothing changed, embedded all the same because the last embedding is long ago."""
    UNCHANGED = "unchanged"
    """Same scene as the last embedded keyframe: not embedded again."""
    UNREADABLE = "unreadable"
    """The keyframe could not be decoded; it was not looked at."""


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A keyframe and where its bytes lie.

    Attributes:
        offset: Byte offset of the coded picture (one sample) in the segment object.
        length: Its length in bytes. With the first `init_bytes` of the segment this is enough to
            decode it.
        change: Share of the picture that changed since the last embedded keyframe, 0 to 1.
        regions: Boxes embedded besides the whole frame, in row order.
    """

    camera: CameraId
    instant: Instant
    segment: SegmentKey
    offset: int
    length: int
    gate: Gate
    change: float = 0.0
    regions: tuple[Box, ...] = ()
