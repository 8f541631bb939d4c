"""Cut regions of frames like a background difference: loose, shifted, sometimes merged or empty."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lab.scenes.truth import Seen
from lab.scenes.view import Box

SUBJECTS = 6
"""Most subjects noted for a picture."""
LEAST_SIDE = 14 / 640
MERGE_GAP = 0.03
MERGED_SHARE = 0.7
EMPTY_SHARE = 0.18
"""Share of the frames that give a crop of background: about every fifteenth crop."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A region of a frame and the movers in the region, largest first.

    Attributes:
        subjects: (index in the list of seen movers, share of the crop's area); empty for a piece of
            background.
    """

    box: Box
    subjects: tuple[tuple[int, float], ...]


def loosened(box: Box, rng: random.Random) -> Box:
    """Enlarge a box by 10-40 % in all, unevenly per side, and clip to the picture."""
    wide, high = box.x1 - box.x0, box.y1 - box.y0
    left, right, above, below = (rng.uniform(0.03, 0.20) for _ in range(4))
    return Box(
        box.x0 - wide * left - rng.uniform(0, 0.006),
        box.y0 - high * above - rng.uniform(0, 0.01),
        box.x1 + wide * right + rng.uniform(0, 0.006),
        box.y1 + high * below + rng.uniform(0, 0.01),
    ).clipped()


def crops_of(seen: Sequence[Seen], rng: random.Random) -> tuple[Crop, ...]:
    """Cut a region per clear mover, now and then of merged neighbours, and some background."""
    out = [_crop(loosened(s.box, rng), seen) for s in seen if s.clear]
    for first, second in pairwise(seen):
        near = first.clear and second.clear and _near(first.box, second.box)
        if near and rng.random() < MERGED_SHARE:
            out.append(_crop(loosened(first.box.joined(second.box), rng), seen))
    if rng.random() < EMPTY_SHARE:
        empty = _empty(seen, rng)
        if empty is not None:
            out.append(Crop(empty, ()))
    return tuple(c for c in out if min(c.box.x1 - c.box.x0, c.box.y1 - c.box.y0) > LEAST_SIDE)


def subjects_in(box: Box, seen: Sequence[Seen]) -> tuple[tuple[int, float], ...]:
    """Return (index in `seen`, share of `box`) of the clear movers at least half inside `box`."""
    found = []
    for index, s in enumerate(seen):
        inside = s.box.overlap(box) / s.box.share
        share = inside * s.pixels / (640 * 360) / box.share
        if s.clear and inside > 0.5:  # noqa: PLR2004 - half of it
            found.append((index, share))
    return tuple(sorted(found, key=lambda f: -f[1])[:SUBJECTS])


def _crop(box: Box, seen: Sequence[Seen]) -> Crop:
    return Crop(box, subjects_in(box, seen))


def _near(a: Box, b: Box) -> bool:
    gap_x = max(a.x0, b.x0) - min(a.x1, b.x1)
    gap_y = max(a.y0, b.y0) - min(a.y1, b.y1)
    return gap_x < MERGE_GAP and gap_y < MERGE_GAP


def _empty(seen: Sequence[Seen], rng: random.Random) -> Box | None:
    for _ in range(8):
        wide, high = rng.uniform(0.06, 0.35), rng.uniform(0.08, 0.4)
        x, y = rng.uniform(0, 1 - wide), rng.uniform(0, 1 - high)
        box = Box(x, y, x + wide, y + high)
        if all(s.box.overlap(box) == 0 for s in seen):
            return box
    return None
