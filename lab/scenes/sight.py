"""Movers as seen by a camera, from geometry alone: boxes, cover by nearer movers, intervals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lab.scenes.movers import seen_box
from lab.scenes.shapes import SIZES
from lab.scenes.traffic import Track
from lab.scenes.view import NEAR_M, Box, View

STEP_MS = 200
LEAST_SHARE = 0.004
LEAST_INSIDE = 0.6
MOST_COVERED = 0.4


@dataclass(frozen=True, slots=True)
class Sight:
    """A mover in a camera's picture at an instant.

    Attributes:
        box: The mover's box, clipped to the picture.
        inside: Share of the unclipped box that is in the picture.
        covered: Largest share of `box` that the box of a single nearer mover covers.
        gap: Distance to the box of the next mover, negative where the boxes overlap (fractions of
            the picture).
    """

    box: Box
    inside: float
    covered: float
    gap: float

    @property
    def visible(self) -> bool:
        """Whether the mover is large enough, inside the picture enough, and not hidden."""
        return (
            self.box.share >= LEAST_SHARE
            and self.inside >= LEAST_INSIDE
            and self.covered <= MOST_COVERED
        )


@dataclass(frozen=True, slots=True)
class _Placed:
    box: Box
    inside: float
    depth: float


def sights_at(view: View, tracks: Sequence[Track], ms: int) -> dict[int, Sight]:
    """Return the sights of all movers in the picture at `ms`, by mover id."""
    placed = {t.mover.id: found for t in tracks if (found := _placed(view, t, ms)) is not None}
    return {key: _sight(key, item, placed) for key, item in placed.items()}


def alone(view: View, track: Track, ms: int) -> Sight | None:
    """Return a mover's sight at `ms` on an otherwise empty street; None when out of the picture."""
    item = _placed(view, track, ms)
    return None if item is None else Sight(item.box, item.inside, 0.0, 1.0)


def intervals(instants: Iterable[int], step_ms: int) -> tuple[tuple[int, int], ...]:
    """Join instants at most `step_ms` apart to [start, end] pairs."""
    out: list[tuple[int, int]] = []
    for ms in instants:
        if out and ms - out[-1][1] <= step_ms:
            out[-1] = (out[-1][0], ms)
        else:
            out.append((ms, ms))
    return tuple(out)


def _placed(view: View, track: Track, ms: int) -> _Placed | None:
    pose = track.path.pose(ms)
    if pose is None or view.project((pose.x, pose.y, 1.0))[2] <= NEAR_M:
        return None  # away, or behind the camera
    box, depth = seen_box(view, track.mover.kind, pose)
    inside = box.clipped()
    if depth < SIZES[track.mover.kind][0] * 0.6 or inside.share < LEAST_SHARE / 4:
        return None
    return _Placed(inside, inside.share / box.share, depth)


def _sight(key: int, item: _Placed, placed: dict[int, _Placed]) -> Sight:
    covered, gap = 0.0, 1.0
    for other_key, other in placed.items():
        if other_key != key:
            if other.depth < item.depth:
                covered = max(covered, item.box.overlap(other.box) / item.box.share)
            gap = min(gap, _gap(item.box, other.box))
    return Sight(item.box, item.inside, covered, gap)


def _gap(a: Box, b: Box) -> float:
    across = max(a.x0, b.x0) - min(a.x1, b.x1)
    down = max(a.y0, b.y0) - min(a.y1, b.y1)
    return max(across, down)
