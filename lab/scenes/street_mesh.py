"""Meshes of a street, ready for the renderer, and the few textures of the meshes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from lab.scenes.mesh import Mesh, MeshBuilder, Slab
from lab.scenes.palette import RGB, scaled
from lab.scenes.street import HALF_LENGTH_M, Building, Street

TRUNK: RGB = (0.33, 0.26, 0.20)
LEAVES: RGB = (0.20, 0.30, 0.15)
POLE: RGB = (0.42, 0.42, 0.42)
PAINTED: RGB = (0.80, 0.79, 0.74)


class Texture(Enum):
    """Names of the grey pictures by which a mesh's own colours are multiplied."""

    PLAIN = "plain"
    GRAVEL = "gravel"
    FACADE_0 = "facade_0"
    FACADE_1 = "facade_1"
    FACADE_2 = "facade_2"
    FACADE_3 = "facade_3"


FACADES = (Texture.FACADE_0, Texture.FACADE_1, Texture.FACADE_2, Texture.FACADE_3)


@dataclass(frozen=True, slots=True)
class Part:
    """A mesh with a texture; with `shines` the light is ignored (street lamps, lit signs)."""

    mesh: Mesh
    texture: Texture
    shines: bool = False


def street_parts(street: Street, *, lamps_on: bool) -> tuple[Part, ...]:
    """Build a street's meshes: ground, marks, buildings, furniture, and lamps with `lamps_on`."""
    parts = [Part(_ground(street), Texture.GRAVEL), Part(_marks(street), Texture.PLAIN)]
    for number, texture in enumerate(FACADES):
        m = MeshBuilder()
        for b in street.buildings:
            if b.facade == number:
                base, roof = (
                    Slab(b.x0, b.x1, b.y0, b.y1, 0.0),
                    Slab(b.x0, b.x1, b.y0, b.y1, b.height),
                )
                m.solid(base, roof, b.wall, tile_m=3.2)
        if (mesh := m.build()).triangles.size:
            parts.append(Part(mesh, texture))
    parts.append(Part(_furniture(street), Texture.PLAIN))
    if lamps_on:
        parts.append(Part(_lights(street), Texture.PLAIN, shines=True))
    return tuple(parts)


def _ground(s: Street) -> Mesh:
    m = MeshBuilder()
    long = HALF_LENGTH_M + 30
    grey: RGB = (s.asphalt, s.asphalt, s.asphalt * 1.03)
    m.slab(Slab(-long, long, -60, 80, -0.12), s.soil, tiles=(40, 28))
    step = 10.0
    x = -long
    while x < long:  # short pieces: light is computed at corners only
        m.slab(Slab(x, x + step, -s.half_road, s.half_road, 0.0), grey, tiles=(4, 3))
        x += step
    if s.side_road_x is not None:
        c = s.side_road_x
        m.slab(Slab(c - 3.4, c + 3.4, s.half_road - 0.1, 70, 0.012), grey, tiles=(3, 24))
    path = scaled(s.soil, 1.12)
    for sign in (-1, 1):
        edges = sorted((sign * s.half_road, sign * s.kerb_m))
        for x0, x1 in _pieces(s, long, far=sign > 0):
            m.box(Slab(x0, x1, edges[0], edges[1], -0.1), 0.16, path)
    return m.build()


def _pieces(s: Street, long: float, *, far: bool) -> tuple[tuple[float, float], ...]:
    if s.side_road_x is None or not far:
        return ((-long, long),)
    return ((-long, s.side_road_x - 3.4), (s.side_road_x + 3.4, long))


def _marks(s: Street) -> Mesh:
    m = MeshBuilder()
    x = -HALF_LENGTH_M
    while x < HALF_LENGTH_M:
        if s.median:
            m.box(Slab(x, x + 3.9, -0.4, 0.4, 0.0), 0.28, PAINTED if int(x) % 8 else POLE)
        else:
            m.slab(Slab(x, x + 2.0, -0.07, 0.07, 0.015), PAINTED)
        for y in (-s.half_road, s.half_road):
            inner = y * 0.97
            m.slab(Slab(x, x + 4.0, min(inner, inner + 0.1), inner + 0.1, 0.015), PAINTED)
        x += 4.0
    return m.build()


def _furniture(s: Street) -> Mesh:
    m = MeshBuilder()
    for tree in s.trees:
        t = 0.16
        m.box(Slab(tree.x - t, tree.x + t, tree.y - t, tree.y + t, 0), tree.height, TRUNK)
        r = tree.radius
        m.ball((tree.x, tree.y, tree.height + r * 0.4), (r, r, r * 0.9), LEAVES)
        m.ball((tree.x + r * 0.5, tree.y, tree.height), (r * 0.7, r * 0.7, r * 0.6), LEAVES)
    for x in s.poles:
        y = s.kerb_m - 0.2
        m.box(Slab(x - 0.08, x + 0.08, y - 0.08, y + 0.08, 0), 7.0, POLE)
        m.box(Slab(x - 0.06, x + 0.06, y - 1.6, y, 6.9), 0.1, POLE)
    for b in s.buildings:
        _signs(m, b)
    return m.build()


def _signs(m: MeshBuilder, b: Building) -> None:
    if not b.signs:
        return
    each = (b.x1 - b.x0) / len(b.signs)
    for i, colour in enumerate(b.signs):
        x = b.x0 + i * each
        m.box(Slab(x + 0.3, x + each - 0.3, b.y0 - 0.12, b.y0, 2.7), 0.7, colour)
        m.box(Slab(x + 0.5, x + each - 0.5, b.y0 - 0.05, b.y0, 0.1), 2.3, (0.28, 0.26, 0.25))


def _lights(s: Street) -> Mesh:
    m = MeshBuilder()
    for x in s.poles:
        y = s.kerb_m - 1.8
        m.box(Slab(x - 0.2, x + 0.2, y - 0.2, y + 0.2, 6.75), 0.14, (1.0, 0.93, 0.72))
    for b in s.buildings:
        if b.signs and b.facade % 2 == 0:
            m.box(
                Slab(b.x0 + 0.6, b.x1 - 0.6, b.y0 - 0.1, b.y0 - 0.06, 0.4), 1.9, (0.62, 0.52, 0.34)
            )
    return m.build()


def textures() -> Mapping[Texture, NDArray[np.uint8]]:
    """Return the textures as grey pictures, uint8 [64, 64] each, the same in every process."""
    rng = np.random.default_rng(7)
    gravel = rng.normal(225, 16, (64, 64))
    pictures = {Texture.GRAVEL: gravel}
    for number, texture in enumerate(FACADES):
        wall = rng.normal(235, 7, (64, 64))
        wide, low, tall = ((20, 18, 26), (34, 22, 22), (14, 14, 36), (44, 26, 16))[number]
        left = (64 - wide) // 2
        wall[low : low + tall, left : left + wide] = 82
        wall[low : low + tall, left + wide // 2 - 1 : left + wide // 2 + 1] = 190
        wall[low - 3 : low, left - 3 : left + wide + 3] = 205
        wall[0:2, :] = 180
        pictures[texture] = wall
    return {t: np.clip(p, 0, 255).astype(np.uint8) for t, p in pictures.items()}
