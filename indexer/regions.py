"""From changed points to boxes: connected patches, the small and the thin left out. Pure.

Measured: regions find what the whole frame misses (mAP 0.58 against 0.13), so each mover gets a box
of its own, as tight as the points allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from footage.keyframe import Box
from indexer.background import Mask, Scalars, grown
from indexer.thumb import COLUMNS, ROWS

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_REGIONS: Final = 6
_BARS: Final = (1.4, 2.0, 2.8, 4.0)
"""Raised in these steps; on 657 rendered movers the share boxed rightly rose from 0.65 to 0.81."""
_LEAST_KEPT: Final = 0.5
"""Of a patch's points, that must pass the next bar: else the bar has begun to eat the mover."""
_MERGE_POINTS: Final = 1
"""Patches nearer than twice this belong to one mover: windows and windscreens split a car."""
_LEAST_SHARE: Final = 0.0022
"""Of the picture, that a patch covers: 32 points; below it a mover cannot be told by its look."""
_LEAST_BOX: Final = 0.003
_LEAST_SIDE: Final = 3
_MOST_SLENDER: Final = 9.0
"""Longer than this many times its width it is a shadow's edge, a wire or a line of text."""
_MARGIN: Final = 6
"""Rows at top and bottom in which stamps are burned in: a patch wholly inside is text."""
_PADDING: Final = 0.11
"""Of its size, added to each side: encoders know things in their surroundings."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Connected points: number of them, first and last row and column (inclusive)."""

    points: int
    top: int
    left: int
    bottom: int
    right: int

    @property
    def rows(self) -> slice:
        """From top to bottom."""
        return slice(self.top, self.bottom + 1)

    @property
    def columns(self) -> slice:
        """From left to right."""
        return slice(self.left, self.right + 1)

    def moved(self, rows: int, columns: int) -> Patch:
        """The same patch so many rows and columns further."""
        return Patch(
            self.points,
            self.top + rows,
            self.left + columns,
            self.bottom + rows,
            self.right + columns,
        )

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top + 1

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left + 1


def patches(strength: Scalars) -> list[Patch]:
    """The connected patches that can be a mover, largest first.

    Args:
        strength: How far each point differs, in units of what counts as a difference there.
    """
    found = [
        leaf
        for patch, own in _cut(strength, 1.0)
        if patch.bottom >= _MARGIN and patch.top < ROWS - _MARGIN
        for leaf in _told_apart(patch, own, 0)
    ]
    return sorted(found, key=lambda p: (-p.points, p.top, p.left))


def _told_apart(patch: Patch, own: Scalars, level: int) -> list[Patch]:
    """Raise the bar until a patch falls into several movers; else keep what is strong in it.

    Shadows and the pools of headlamps are weaker than what casts them, and join neighbours.
    """
    parts = _cut(own, _BARS[level]) if level < len(_BARS) else []
    if not parts or sum(part.points for part, _ in parts) < _LEAST_KEPT * patch.points:
        return [patch]
    return [
        leaf
        for part, rest in parts
        for leaf in _told_apart(part.moved(patch.top, patch.left), rest, level + 1)
    ]


def _cut(strength: Scalars, bar: float) -> list[tuple[Patch, Scalars]]:
    """The patches above `bar`, each with its own strength inside its rectangle, 0 elsewhere."""
    mask = strength > bar
    found = []
    for rows, columns in _components(grown(mask, _MERGE_POINTS)):
        inside = mask[rows, columns]
        if inside.any():
            patch = _patch(rows[inside], columns[inside])
            own = np.zeros((patch.height, patch.width), dtype=np.float32)
            place = rows[inside] - patch.top, columns[inside] - patch.left
            own[place] = strength[rows[inside], columns[inside]]
            found.append((patch, own))
    return [(patch, own) for patch, own in found if _is_mover(patch)]


def boxes(found: list[Patch]) -> tuple[Box, ...]:
    """The boxes to embed: padded, the largest `MOST_REGIONS`, in row order."""
    padded = [_padded(patch) for patch in found[:MOST_REGIONS]]
    return tuple(sorted(padded, key=lambda box: (box.y, box.x)))


def share(found: list[Patch]) -> float:
    """The share of the picture that the patches cover, 0 to 1."""
    return sum(patch.points for patch in found) / (ROWS * COLUMNS)


def _is_mover(patch: Patch) -> bool:
    area = ROWS * COLUMNS
    slender = max(patch.width / patch.height, patch.height / patch.width)
    return (
        patch.points >= _LEAST_SHARE * area
        and patch.width * patch.height >= _LEAST_BOX * area
        and min(patch.width, patch.height) >= _LEAST_SIDE
        and slender <= _MOST_SLENDER
    )


def _patch(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Patch:
    return Patch(
        len(rows), int(rows.min()), int(columns.min()), int(rows.max()), int(columns.max())
    )


def _padded(patch: Patch) -> Box:
    across, down = patch.width * _PADDING, patch.height * _PADDING
    left = max(patch.left - across, 0.0) / COLUMNS
    right = min(patch.right + 1 + across, COLUMNS) / COLUMNS
    top = max(patch.top - down, 0.0) / ROWS
    bottom = min(patch.bottom + 1 + down, ROWS) / ROWS
    return Box(left, top, right - left, bottom - top)


def _components(mask: Mask) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows and columns of each 4-connected component, in reading order.

    Each row is cut into runs, and runs that touch across rows are united: some hundred steps, not
    14 400.
    """
    runs = [(row, start, end) for row in range(mask.shape[0]) for start, end in _runs(mask[row])]
    parent = list(range(len(runs)))
    above: list[int] = []
    here: list[int] = []
    at_row = -1
    for number, (row, start, end) in enumerate(runs):
        if row != at_row:
            above, here, at_row = (here if row == at_row + 1 else []), [], row
        for other in above:
            if runs[other][1] < end and start < runs[other][2]:
                parent[_root(parent, number)] = _root(parent, other)
        here.append(number)
    grouped: dict[int, list[tuple[int, int, int]]] = {}
    for number, run in enumerate(runs):
        grouped.setdefault(_root(parent, number), []).append(run)
    return [_points(group) for group in grouped.values()]


def _root(parent: list[int], number: int) -> int:
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = parent[number]
    return number


def _runs(row: Mask) -> list[tuple[int, int]]:
    """Start and end (exclusive) of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _points(group: list[tuple[int, int, int]]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    rows = np.concatenate([np.full(end - start, row) for row, start, end in group])
    columns = np.concatenate([np.arange(start, end) for _, start, end in group])
    return rows, columns
