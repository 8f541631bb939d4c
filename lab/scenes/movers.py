"""Movers, their poses at an instant, paths through time, and the space a mover fills."""

import math
from bisect import bisect_right
from dataclasses import dataclass

from lab.scenes.mesh import Point
from lab.scenes.palette import RGB, Colour, Kind, tinted
from lab.scenes.shapes import CLOTH, SIZES, Look
from lab.scenes.view import Box, View

STRIDE_M = 1.5
"""Length of a walker's full step, left and right."""


@dataclass(frozen=True, slots=True)
class Mover:
    """A vehicle or person that moves: id, class, colour, and variation within class and colour."""

    id: int
    kind: Kind
    colour: Colour
    tint: RGB = (0.0, 0.0, 0.0)
    extra: int = 0

    @property
    def look(self) -> Look:
        """Paint and extras for building the mover's shape."""
        return Look(tinted(self.colour, self.tint), CLOTH[self.extra % len(CLOTH)], self.extra)


@dataclass(frozen=True, slots=True)
class Pose:
    """Place of a mover in metres, heading in degrees from +x, step phase in turns."""

    x: float
    y: float
    heading_deg: float
    step: float = 0.0


@dataclass(frozen=True, slots=True)
class Knot:
    """A point of a path: the mover passes (x, y) at `ms` of media time."""

    ms: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Path:
    """Path through knots in time order, straight in between; the mover is away before and after."""

    knots: tuple[Knot, ...]

    @property
    def start_ms(self) -> int:
        """First instant (media ms) at which the mover is on the path."""
        return self.knots[0].ms

    @property
    def end_ms(self) -> int:
        """Last instant (media ms) at which the mover is on the path."""
        return self.knots[-1].ms

    def pose(self, ms: int) -> Pose | None:
        """Return the mover's pose at `ms`, None while away; a stop keeps the last heading."""
        if not self.start_ms <= ms <= self.end_ms:
            return None
        index = min(bisect_right(self.knots, ms, key=lambda k: k.ms), len(self.knots) - 1)
        a, b = self.knots[index - 1], self.knots[index]
        part = (ms - a.ms) / max(1, b.ms - a.ms)
        x, y = a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part
        walked = math.dist((x, y), (self.knots[0].x, self.knots[0].y))
        return Pose(x, y, self._heading(index), walked / STRIDE_M)

    def _heading(self, index: int) -> float:
        for i in (*range(index, 0, -1), *range(index, len(self.knots))):
            a, b = self.knots[i - 1], self.knots[i]
            if (a.x, a.y) != (b.x, b.y):
                return math.degrees(math.atan2(b.y - a.y, b.x - a.x))
        return 0.0


def hull(kind: Kind, pose: Pose) -> list[Point]:
    """Return the eight corners of the space a mover fills."""
    length, width, height = SIZES[kind]
    turn = math.radians(pose.heading_deg)
    c, s = math.cos(turn), math.sin(turn)
    return [
        (pose.x + u * c - v * s, pose.y + u * s + v * c, z)
        for u in (-length / 2, length / 2)
        for v in (-width / 2, width / 2)
        for z in (0.0, height)
    ]


def seen_box(view: View, kind: Kind, pose: Pose) -> tuple[Box, float]:
    """Return a mover's box in the picture (unclipped) and the mover's depth in metres."""
    return view.box_of(hull(kind, pose))
