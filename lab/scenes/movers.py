"""Movers and where they are: a pose at an instant, a path through time, the space they fill."""

import math
from bisect import bisect_right
from dataclasses import dataclass

from lab.scenes.mesh import Point
from lab.scenes.palette import RGB, Colour, Kind, tinted
from lab.scenes.shapes import CLOTH, SIZES, Look
from lab.scenes.view import Box, View

STRIDE_M = 1.5
"""A walker's full step, left and right."""


@dataclass(frozen=True, slots=True)
class Mover:
    """Something that moves: its identity, class, colour and what varies within them."""

    id: int
    kind: Kind
    colour: Colour
    tint: RGB = (0.0, 0.0, 0.0)
    extra: int = 0

    @property
    def look(self) -> Look:
        """The paint and extras its shape is built with."""
        return Look(tinted(self.colour, self.tint), CLOTH[self.extra % len(CLOTH)], self.extra)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a mover stands: metres, heading in degrees from +x, step phase in turns."""

    x: float
    y: float
    heading_deg: float
    step: float = 0.0


@dataclass(frozen=True, slots=True)
class Knot:
    """A mover passes (x, y) at `ms` of media time."""

    ms: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Path:
    """Knots in time order; straight in between; the mover is away before and after."""

    knots: tuple[Knot, ...]

    @property
    def start_ms(self) -> int:
        """First instant at which the mover is there."""
        return self.knots[0].ms

    @property
    def end_ms(self) -> int:
        """Last instant at which the mover is there."""
        return self.knots[-1].ms

    def pose(self, ms: int) -> Pose | None:
        """Where the mover is, or None while it is away. A stop keeps the last heading."""
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
    """Eight corners of the space a mover fills."""
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
    """Box of a mover in the picture (unclipped) and its depth in metres."""
    return view.box_of(hull(kind, pose))
