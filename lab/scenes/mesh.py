"""Build triangle meshes of the few solids that streets and movers are made of."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lab.scenes.palette import RGB

Point = tuple[float, float, float]
VERTEX = np.dtype([("p", "<f4", 3), ("n", "<f4", 3), ("c", "u1", 4), ("t", "<f4", 2)])
"""A vertex: position, normal, RGBA, texture coordinates; the renderer's layout of 36 bytes."""


@dataclass(frozen=True, slots=True)
class Mesh:
    """Vertices (structured `VERTEX`, 1-D) and triangles (int, [n, 3], counter-clockwise)."""

    vertices: NDArray[np.void]
    triangles: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Slab:
    """A rectangle lying at height `z`: x0..x1 by y0..y1."""

    x0: float
    x1: float
    y0: float
    y1: float
    z: float


class MeshBuilder:
    """Collects coloured faces; `build` returns the mesh."""

    def __init__(self) -> None:
        self._vertices: list[tuple[Point, Point, tuple[int, int, int, int], tuple[float, float]]]
        self._vertices = []
        self._triangles: list[tuple[int, int, int]] = []

    def quad(
        self,
        corners: Sequence[Point],
        colour: RGB,
        *,
        alpha: float = 1.0,
        tiles: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        """Add a flat four-sided face, corners counter-clockwise as seen from outside.

        `tiles` says how often a texture repeats along the first and the second side.
        """
        n = _normal(corners[0], corners[1], corners[3])
        r, g, blue = (int(c * 255) for c in colour)
        rgba = (r, g, blue, int(alpha * 255))
        u, v = tiles
        start = len(self._vertices)
        for corner, uv in zip(corners, ((0.0, 0.0), (u, 0.0), (u, v), (0.0, v)), strict=True):
            self._vertices.append((corner, n, rgba, uv))
        self._triangles += [(start, start + 1, start + 2), (start, start + 2, start + 3)]

    def slab(
        self,
        slab: Slab,
        colour: RGB,
        *,
        alpha: float = 1.0,
        tiles: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        """Add a horizontal rectangle seen from above."""
        s = slab
        corners = ((s.x0, s.y0, s.z), (s.x1, s.y0, s.z), (s.x1, s.y1, s.z), (s.x0, s.y1, s.z))
        self.quad(corners, colour, alpha=alpha, tiles=tiles)

    def solid(self, bottom: Slab, top: Slab, colour: RGB, *, tile_m: float | None = None) -> None:
        """Add a solid between two rectangles (a box if both are alike), without a floor.

        A texture repeats on the walls every `tile_m` metres.
        """
        low = _corners(bottom)
        high = _corners(top)
        for i in range(4):
            j = (i + 1) % 4
            tiles = (1.0, 1.0)
            if tile_m is not None:
                width = math.dist(low[i], low[j])
                tiles = (max(1, round(width / tile_m)), max(1, round((top.z - bottom.z) / tile_m)))
            self.quad((low[i], low[j], high[j], high[i]), colour, tiles=tiles)
        self.quad(high, colour, tiles=(0.02, 0.02))

    def box(self, slab: Slab, height: float, colour: RGB) -> None:
        """Add an upright box standing on `slab`."""
        self.solid(slab, Slab(slab.x0, slab.x1, slab.y0, slab.y1, slab.z + height), colour)

    def wheel(self, centre: Point, radius: float, width: float, colour: RGB) -> None:
        """Add a wheel whose axle lies along y, with a lighter hub on both sides."""
        x, y, z = centre
        rim = [
            (x + radius * math.cos(a), z + radius * math.sin(a))
            for a in (math.tau * i / 10 for i in range(10))
        ]
        y0, y1 = y - width / 2, y + width / 2
        for (xa, za), (xb, zb) in zip(rim, rim[1:] + rim[:1], strict=True):
            self.quad(((xa, y1, za), (xb, y1, zb), (xb, y0, zb), (xa, y0, za)), colour)
            self.quad(((xa, y0, za), (xb, y0, zb), (x, y0, z), (x, y0, z)), colour)
            self.quad(((xb, y1, zb), (xa, y1, za), (x, y1, z), (x, y1, z)), colour)
        hub = radius * 0.45
        for y_hub, turn in ((y0 - 0.01, 1), (y1 + 0.01, -1)):
            face = [
                (x - hub * turn, y_hub, z - hub),
                (x + hub * turn, y_hub, z - hub),
                (x + hub * turn, y_hub, z + hub),
                (x - hub * turn, y_hub, z + hub),
            ]
            self.quad(face, (0.55, 0.55, 0.56))

    def ball(self, centre: Point, radius: Point, colour: RGB) -> None:
        """Add an ellipsoid of 8 by 4 faces with the given half axes."""
        rings = [math.pi * i / 4 - math.pi / 2 for i in range(5)]
        turns = [math.tau * i / 8 for i in range(8)]

        def at(ring: float, turn: float) -> Point:
            return (
                centre[0] + radius[0] * math.cos(ring) * math.cos(turn),
                centre[1] + radius[1] * math.cos(ring) * math.sin(turn),
                centre[2] + radius[2] * math.sin(ring),
            )

        for low, high in pairwise(rings):
            for left, right in zip(turns, turns[1:] + turns[:1], strict=True):
                corners = (at(low, left), at(low, right), at(high, right), at(high, left))
                if low == rings[0]:  # the lowest ring's bottom side is a point: turn the corners
                    corners = (corners[2], corners[3], corners[0], corners[1])
                self.quad(corners, colour)

    def build(self) -> Mesh:
        """Return all faces added so far as a mesh."""
        vertices = np.array(self._vertices, dtype=VERTEX)
        return Mesh(vertices, np.array(self._triangles, dtype=np.uint32).reshape(-1, 3))


def _normal(a: Point, b: Point, d: Point) -> Point:
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = d[0] - a[0], d[1] - a[1], d[2] - a[2]
    x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    length = math.sqrt(x * x + y * y + z * z) or 1.0
    return x / length, y / length, z / length


def _corners(s: Slab) -> tuple[Point, Point, Point, Point]:
    return (s.x0, s.y0, s.z), (s.x1, s.y0, s.z), (s.x1, s.y1, s.z), (s.x0, s.y1, s.z)
