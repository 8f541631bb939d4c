"""Keyframes and regions of keyframes, which are embedded, searched and shown."""

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
    """A rectangle in a picture, as shares of the picture's width and height; origin top left.

    Raises:
        BadInput: The rectangle is empty or not inside the unit square.
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

    @classmethod
    def parse(cls, text: str) -> Box:
        """Read a box written `X,Y,W,H`.

        Raises:
            BadInput: The text is no four numbers, or the numbers are no box inside the picture.
        """
        try:
            x, y, w, h = (float(part) for part in text.split(","))
        except ValueError as exc:
            raise BadInput(
                f"not a box: {text!r}", hint="X,Y,W,H as shares of the picture: 0.25,0.5,0.1,0.2"
            ) from exc
        return cls(x, y, w, h)

    def __str__(self) -> str:
        return f"{self.x:.9g},{self.y:.9g},{self.w:.9g},{self.h:.9g}"

    @property
    def shares(self) -> dict[str, float]:
        """The box as values for JSON."""
        return {"x": self.x, "y": self.y, "w": self.w, "h": self.h}


WHOLE = Box(0.0, 0.0, 1.0, 1.0)


class Gate(StrEnum):
    """Decision of change gating for a keyframe; "not seen" and "not looked at" differ."""

    CHANGED = "changed"
    """The scene changed: whole frame and changed regions were embedded."""
    HEARTBEAT = "heartbeat"
    """Nothing changed, embedded all the same because the last embedding is long ago."""
    UNCHANGED = "unchanged"
    """Same scene as the last embedded keyframe: not embedded again."""
    UNREADABLE = "unreadable"
    """The keyframe could not be decoded; the encoder never saw it."""


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A picture that was looked at, and the place of the coded picture's bytes in the segment.

    Mostly a keyframe; where keyframes lie far apart also pictures between them, each decoded on
    from the keyframe before.

    Attributes:
        offset: Byte offset of the coded picture in the segment object: of one sample, or, where a
            camera renews its pictures bit by bit, of whole fragments whose last picture is meant.
        length: Length of the coded picture in bytes. Together with the first `init_bytes` of the
            segment these bytes are enough to decode the picture.
            A picture between keyframes needs all bytes from `since` on instead.
        since: Byte offset of the fragment with the keyframe from which the picture is decoded on;
            None where the picture can be decoded alone.
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
    since: int | None = None

    @property
    def coded(self) -> tuple[int, int]:
        """Offset and length of the bytes that, with the init, are enough to decode the picture."""
        start = self.offset if self.since is None else self.since
        return start, self.offset + self.length - start
