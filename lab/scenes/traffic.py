"""Traffic through time: all movers of a lane have the same speed and so never collide."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.scenes.movers import Knot, Mover, Path
from lab.scenes.shapes import SIZES
from lab.scenes.street import Lane

REACH_M = 62.0
"""Distance from the street's middle at which movers enter and leave."""


@dataclass(frozen=True, slots=True)
class Track:
    """A mover and the mover's path through the scene."""

    mover: Mover
    path: Path


@dataclass(frozen=True, slots=True)
class Flow:
    """A lane with the speed of all its movers and the range of pauses between two movers."""

    lane: Lane
    speed_m_s: float
    pause_s: tuple[float, float]

    @property
    def crossing_ms(self) -> int:
        """Milliseconds from end to end of the lane."""
        return round(2 * REACH_M / self.speed_m_s * 1000)

    def track(self, mover: Mover, middle_ms: int, drift_m: float = 0.0) -> Track:
        """Return the track of a mover at the street's middle (x = 0) at `middle_ms`.

        The mover keeps `drift_m` metres off the lane.
        """
        half = self.crossing_ms // 2
        start, end = -REACH_M * self.lane.direction, REACH_M * self.lane.direction
        y = self.lane.y + drift_m
        knots = (Knot(middle_ms - half, start, y), Knot(middle_ms + half, end, y))
        return Track(mover, Path(knots))


def flow_of(rng: random.Random, lane: Lane) -> Flow:
    """Draw the speed and the density of a lane."""
    if lane.on_foot:
        return Flow(lane, rng.uniform(0.9, 1.4), (16.0, 36.0))
    return Flow(lane, rng.uniform(3.0, 5.2), (7.0, 15.0))


def filled(
    rng: random.Random,
    flow: Flow,
    duration_ms: int,
    fixed: Sequence[Track],
    draw: Callable[[Lane], Mover],
) -> list[Track]:
    """Fill a lane with movers around its `fixed` tracks; return the added tracks only."""
    out: list[Track] = []
    middle = -flow.crossing_ms // 2 + rng.randrange(6000)
    last = duration_ms + flow.crossing_ms // 2
    while middle < last:
        mover = draw(flow.lane)
        track = flow.track(mover, middle, rng.gauss(0, 0.15))
        if all(_clear(flow, track, other) for other in (*fixed, *out)):
            out.append(track)
        middle += round(rng.uniform(*flow.pause_s) * 1000)
    return out


def _clear(flow: Flow, one: Track, other: Track) -> bool:
    """Whether two movers of a lane keep at least 3 m (walkers 1 m) between them."""
    gap_m = abs(one.path.start_ms - other.path.start_ms) / 1000 * flow.speed_m_s
    lengths = (SIZES[one.mover.kind][0] + SIZES[other.mover.kind][0]) / 2
    return gap_m > lengths + (1.0 if flow.lane.on_foot else 3.0)
