"""The rows of a part of a shard as columns, beside the vectors.

A row is the picture that a vector stands for. Cameras and segments are numbers, places in lists of
names; a sealed part's lists are sorted, so that numbers order rows as names do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from footage.errors import BadInput, DataLoss
from footage.ids import CameraId, SegmentKey
from footage.instant import Instant
from footage.keyframe import WHOLE, Box
from footage.ports import VectorRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from footage.instant import Interval
    from infra.vectors.vector_rules import Corners

    Mask = NDArray[np.bool_]
    Positions = NDArray[np.intp]

PLACE: Final = np.dtype([("offset", "<i8"), ("length", "<i8"), ("box", "<f8", (4,))])
TABLE: Final = np.dtype(
    [("camera", "<u4"), ("segment", "<u4"), ("instant", "<i8"), ("place", PLACE)]
)
_LOOKED_UP: Final = 8
_WHOLE: Final = (WHOLE.x, WHOLE.y, WHOLE.w, WHOLE.h)


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows, all columns of the same length.

    Attributes:
        cameras: Names of cameras, each once.
        segments: Keys of segments in UTF-8, each once.
        camera: Place of the row's camera in `cameras`.
        segment: Place of the row's segment in `segments`.
        instant: Microseconds since the epoch.
        place: Offset, length and box, of the type `PLACE`.
        in_order: Whether `instant` ascends.
    """

    cameras: Sequence[str]
    segments: NDArray[np.bytes_]
    camera: NDArray[np.unsignedinteger[Any]]
    segment: NDArray[np.uint32]
    instant: NDArray[np.int64]
    place: NDArray[Any]
    in_order: bool

    def __len__(self) -> int:
        return len(self.instant)

    def eligible(
        self, interval: Interval, cameras: Collection[CameraId] | None, dead: Mask | None
    ) -> Mask | None:
        """Mask of the rows in the interval and of the cameras that are not dead; None: all rows."""
        start, end = interval.start.us, interval.end.us
        if self.in_order:
            first, last = (int(n) for n in np.searchsorted(self.instant, [start, end]))
            inside = slice(first, max(first, last))
            if inside == slice(0, len(self)) and cameras is None and dead is None:
                return None
            mask = np.zeros(len(self), dtype=np.bool_)
            mask[inside] = True
        else:
            inside = slice(0, len(self))
            mask = (self.instant >= start) & (self.instant < end)
        if cameras is not None:
            mask[inside] &= self._of_cameras(cameras, inside)
        if dead is not None:
            mask[inside] &= ~dead[inside]
        return mask

    def rows(self, at: Positions) -> list[VectorRow]:
        """The rows at the places `at`.

        Raises:
            DataLoss: The columns contradict themselves.
        """
        place = self.place[at]
        try:
            cameras = [CameraId(self.cameras[n]) for n in self.camera[at].tolist()]
            keys = self.segments[self.segment[at]].tolist()
            segments = [SegmentKey(key.decode()) for key in keys]
            boxes = _boxes(place["box"])
        except (IndexError, UnicodeDecodeError, BadInput) as exc:
            raise DataLoss(f"the rows of a vector shard contradict themselves: {exc}") from exc
        instants = map(Instant, self.instant[at].tolist())
        offsets, lengths = place["offset"].tolist(), place["length"].tolist()
        return [*map(VectorRow, cameras, instants, segments, offsets, lengths, boxes)]

    def cameras_with_rows(self, dead: Mask | None) -> frozenset[CameraId]:
        """The cameras with a row that is not dead."""
        column = self.camera if dead is None else self.camera[~dead]
        counts = np.bincount(column, minlength=len(self.cameras))
        return frozenset(CameraId(self.cameras[n]) for n in np.flatnonzero(counts).tolist())

    def ids(self, at: Positions) -> list[tuple[int, Corners]]:
        """Offset and box of the rows, which tell rows of a segment apart."""
        place = self.place[at]
        offsets, boxes = place["offset"].tolist(), place["box"].tolist()
        return [(offset, (*box,)) for offset, box in zip(offsets, boxes, strict=True)]

    def _of_cameras(self, cameras: Collection[CameraId], inside: slice) -> Mask:
        wanted = np.array([name in cameras for name in self.cameras], dtype=np.bool_)
        numbers, column = np.flatnonzero(wanted), self.camera[inside]
        if len(numbers) > _LOOKED_UP:
            return np.asarray(wanted[column])
        mask = np.zeros(len(column), dtype=np.bool_)
        for number in numbers:  # four times as fast as looking each row up
            mask |= column == number
        return mask


def _boxes(corners: NDArray[np.float64]) -> list[Box]:
    """Return the boxes of rows; most rows stand for the whole picture, and share its box."""
    found = [WHOLE] * len(corners)
    for number in np.flatnonzero((corners != _WHOLE).any(axis=1)).tolist():
        found[number] = Box(*corners[number].tolist())
    return found
