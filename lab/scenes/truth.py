"""Find the movers in a rendered picture exactly, from the id map drawn beside the picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.scenes.movers import Mover, Pose, hull
from lab.scenes.view import Box, View

LEAST_PIXELS = 120
"""Pixels of 640 x 360 below which a person cannot name the class of a mover."""
LEAST_SHOWN = 0.3
"""Visible share of the projected hull below which a mover counts as hidden."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A visible mover: index in the list of drawn movers, box around the pixels, number of pixels.

    `shown` is the pixels over the area of the mover's projected hull, about 0.5-0.9 when free.
    """

    index: int
    mover: Mover
    box: Box
    pixels: int
    shown: float

    @property
    def clear(self) -> bool:
        """Whether a person could name the mover: large enough and not hidden."""
        return self.pixels >= LEAST_PIXELS and self.shown >= LEAST_SHOWN


def seen_movers(
    ids: NDArray[np.uint8], movers: Sequence[tuple[Mover, Pose]], view: View
) -> tuple[Seen, ...]:
    """Return each mover with any pixel in `ids` (index in `movers` + 1; [height, width])."""
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
    """Return the area of a mover's projected hull as a share of the picture (unclipped)."""
    points = sorted({view.project(p)[:2] for p in hull(mover.kind, pose)})
    outline = _half(points) + _half(points[::-1])
    total = 0.0
    for (xa, ya), (xb, yb) in zip(outline, outline[1:] + outline[:1], strict=True):
        total += xa * yb - xb * ya
    return abs(total) / 2 if math.isfinite(total) else 0.0


def _half(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return a side of the convex outline (Andrew's monotone chain), without the last point."""
    out: list[tuple[float, float]] = []
    for x, y in points:
        while len(out) >= 2:  # noqa: PLR2004 - a turn needs two points before it
            (xa, ya), (xb, yb) = out[-2], out[-1]
            if (xb - xa) * (y - ya) - (yb - ya) * (x - xa) > 0:
                break
            out.pop()
        out.append((x, y))
    return out[:-1]
