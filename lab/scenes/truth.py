"""What a picture shows, exactly: from the id map drawn beside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.scenes.movers import Mover, Pose, hull
from lab.scenes.view import Box, View

LEAST_PIXELS = 120
"""Below this many pixels of 640 x 360 a person cannot name the class."""
LEAST_SHOWN = 0.3
"""A mover of which less is visible (of its projected hull) counts as hidden."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One visible mover: its place in the drawn list, the box around its pixels, their number.

    `shown` is its pixels over the area of its projected hull, so about 0.5-0.9 when free.
    """

    index: int
    mover: Mover
    box: Box
    pixels: int
    shown: float

    @property
    def clear(self) -> bool:
        """Whether a person could name it: large enough and not hidden."""
        return self.pixels >= LEAST_PIXELS and self.shown >= LEAST_SHOWN


def seen_movers(
    ids: NDArray[np.uint8], movers: Sequence[tuple[Mover, Pose]], view: View
) -> tuple[Seen, ...]:
    """Give each mover that has at least one pixel in `ids` (index + 1; [height, width])."""
    high, wide = ids.shape
    out = []
    for index, (mover, pose) in enumerate(movers):
        rows, columns = np.nonzero(ids == index + 1)
        if rows.size:
            box = Box(
                int(columns.min()) / wide,
                int(rows.min()) / high,
                (int(columns.max()) + 1) / wide,
                (int(rows.max()) + 1) / high,
            )
            area = hull_area(view, mover, pose) * wide * high
            out.append(Seen(index, mover, box, int(rows.size), rows.size / max(1.0, area)))
    return tuple(out)


def hull_area(view: View, mover: Mover, pose: Pose) -> float:
    """Area of a mover's projected hull as a share of the picture (unclipped)."""
    points = sorted({view.project(p)[:2] for p in hull(mover.kind, pose)})
    outline = _half(points) + _half(points[::-1])
    total = 0.0
    for (xa, ya), (xb, yb) in zip(outline, outline[1:] + outline[:1], strict=True):
        total += xa * yb - xb * ya
    return abs(total) / 2 if math.isfinite(total) else 0.0


def _half(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """One side of the convex outline (Andrew's monotone chain), without its last point."""
    out: list[tuple[float, float]] = []
    for x, y in points:
        while len(out) >= 2:  # noqa: PLR2004 - a turn needs two points before it
            (xa, ya), (xb, yb) = out[-2], out[-1]
            if (xb - xa) * (y - ya) - (yb - ya) * (x - xa) > 0:
                break
            out.pop()
        out.append((x, y))
    return out[:-1]
