"""A fixed camera: position, target, field of view, and projection of points to the picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lab.scenes.mesh import Point

NEAR_M = 0.4
ASPECT = 16 / 9


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in fractions of the picture: x to the right, y down, 0..1."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def share(self) -> float:
        """The box's share of the picture's area."""
        return max(0.0, self.x1 - self.x0) * max(0.0, self.y1 - self.y0)

    def overlap(self, other: "Box") -> float:
        """Return the area that both boxes cover, as a share of the picture."""
        wide = min(self.x1, other.x1) - max(self.x0, other.x0)
        high = min(self.y1, other.y1) - max(self.y0, other.y0)
        return max(0.0, wide) * max(0.0, high)

    def clipped(self) -> "Box":
        """Return the part of the box inside the picture."""
        x0, y0, x1, y1 = (min(1.0, max(0.0, v)) for v in (self.x0, self.y0, self.x1, self.y1))
        return Box(x0, y0, x1, y1)

    def joined(self, other: "Box") -> "Box":
        """Return the smallest box around both boxes."""
        return Box(
            min(self.x0, other.x0),
            min(self.y0, other.y0),
            max(self.x1, other.x1),
            max(self.y1, other.y1),
        )


@dataclass(frozen=True, slots=True)
class View:
    """A camera's position and target in metres, horizontal field of view in degrees, 16:9."""

    position: Point
    target: Point
    fov_deg: float

    def project(self, point: Point) -> tuple[float, float, float]:
        """Return (x, y, depth) of a point: fractions of the picture and metres ahead of the camera.

        The depth of a point behind the near plane is clamped to that plane, so x and y tell only
        the side.
        """
        return self._places((point,))[0]

    def box_of(self, points: Sequence[Point]) -> tuple[Box, float]:
        """Return the unclipped box around the projected points, and the points' mean depth."""
        placed = self._places(points)
        xs = [p[0] for p in placed]
        ys = [p[1] for p in placed]
        depth = sum(p[2] for p in placed) / len(placed)
        return Box(min(xs), min(ys), max(xs), max(ys)), depth

    def _places(self, points: Sequence[Point]) -> list[tuple[float, float, float]]:
        px, py, pz = self.position
        (rx, ry, rz), (ux, uy, uz), (ax, ay, az) = self._axes()
        half = math.tan(math.radians(self.fov_deg) / 2)
        wide, high = 0.5 / half, 0.5 * ASPECT / half
        out = []
        for qx, qy, qz in points:
            dx, dy, dz = qx - px, qy - py, qz - pz
            depth = max(NEAR_M, dx * ax + dy * ay + dz * az)
            x = 0.5 + wide * (dx * rx + dy * ry + dz * rz) / depth
            y = 0.5 - high * (dx * ux + dy * uy + dz * uz) / depth
            out.append((x, y, depth))
        return out

    def _axes(self) -> tuple[Point, Point, Point]:
        """Return the camera's unit vectors to the right, up and ahead."""
        ahead = _unit(_minus(self.target, self.position))
        right = _unit((ahead[1], -ahead[0], 0.0))
        up = (
            right[1] * ahead[2] - right[2] * ahead[1],
            right[2] * ahead[0] - right[0] * ahead[2],
            right[0] * ahead[1] - right[1] * ahead[0],
        )
        return right, up, ahead


def _minus(a: Point, b: Point) -> Point:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _dot(a: Point, b: Point) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _unit(a: Point) -> Point:
    length = math.sqrt(_dot(a, a))
    return a[0] / length, a[1] / length, a[2] / length
