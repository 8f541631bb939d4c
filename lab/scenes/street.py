"""Layout of a street as values: roads, footpaths, buildings, trees and poles, from a seed."""

import random
from dataclasses import dataclass

from lab.scenes.palette import RGB
from lab.scenes.view import View

HALF_LENGTH_M = 70.0
SIDE_CLEAR_M = 6.0
WALLS: tuple[RGB, ...] = (
    (0.72, 0.64, 0.52),
    (0.62, 0.58, 0.52),
    (0.78, 0.74, 0.66),
    (0.56, 0.47, 0.40),
    (0.66, 0.66, 0.64),
    (0.60, 0.52, 0.46),
    (0.70, 0.58, 0.50),
    (0.58, 0.60, 0.58),
)
SIGNS: tuple[RGB, ...] = (
    (0.55, 0.20, 0.18),
    (0.18, 0.30, 0.48),
    (0.20, 0.42, 0.30),
    (0.72, 0.62, 0.28),
    (0.80, 0.80, 0.78),
    (0.35, 0.28, 0.34),
)


@dataclass(frozen=True, slots=True)
class Lane:
    """A line that movers follow, through y, in direction +1 or -1 along x; on foot or on wheels."""

    y: float
    direction: int
    on_foot: bool


@dataclass(frozen=True, slots=True)
class Building:
    """A building from x0 to x1, y0 to y1, `height` tall, with a wall colour and shop signs."""

    x0: float
    x1: float
    y0: float
    y1: float
    height: float
    wall: RGB
    facade: int
    signs: tuple[RGB, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """A trunk with a crown of the given radius."""

    x: float
    y: float
    height: float
    radius: float


@dataclass(frozen=True, slots=True)
class Street:
    """Layout of a street: carriageway, kerbed footpaths, lanes, buildings, trees and poles.

    Attributes:
        half_road: Half the carriageway's width, in metres.
        footpath: Width of a footpath, in metres.
    """

    half_road: float
    footpath: float
    median: bool
    side_road_x: float | None
    lanes: tuple[Lane, ...]
    buildings: tuple[Building, ...]
    trees: tuple[Tree, ...]
    poles: tuple[float, ...]
    asphalt: float
    soil: RGB

    @property
    def kerb_m(self) -> float:
        """Distance of the far edge of the footpath from the road's middle."""
        return self.half_road + self.footpath


def chance(rng: random.Random, share: float) -> bool:
    """Draw true in the given share of cases."""
    return rng.random() < share


def make_street(rng: random.Random) -> Street:
    """Draw the layout of a street from `rng`."""
    lanes_each_way = rng.choice((1, 1, 2))
    lane_width = rng.uniform(3.1, 3.7)
    median = lanes_each_way > 1 and chance(rng, 0.5)
    half_road = lane_width * lanes_each_way + (0.6 if median else 0.0)
    footpath = rng.uniform(2.2, 4.0)
    side_road = rng.uniform(-18, 18) if chance(rng, 0.45) else None
    kerb = half_road + footpath
    return Street(
        half_road=half_road,
        footpath=footpath,
        median=median,
        side_road_x=side_road,
        lanes=_lanes(lanes_each_way, lane_width, half_road, footpath, median=median),
        buildings=_buildings(rng, kerb, side_road),
        trees=_trees(rng, kerb, side_road),
        poles=tuple(-60.0 + rng.uniform(-2, 2) + 17.0 * i for i in range(8)),
        asphalt=rng.uniform(0.25, 0.42),
        soil=rng.choice(((0.55, 0.49, 0.40), (0.48, 0.46, 0.42), (0.60, 0.54, 0.45))),
    )


def _lanes(
    each_way: int, width: float, half_road: float, footpath: float, *, median: bool
) -> tuple[Lane, ...]:
    """Lanes of left-hand traffic: lanes nearer the camera run towards +x."""
    gap = 0.6 if median else 0.0
    lanes = []
    for i in range(each_way):
        y = gap + width * (i + 0.5)
        lanes += [Lane(-y, 1, on_foot=False), Lane(y, -1, on_foot=False)]
    for part, direction in ((0.3, 1), (0.7, -1)):
        y = half_road + footpath * part
        lanes += [Lane(-y, direction, on_foot=True), Lane(y, direction, on_foot=True)]
    return tuple(lanes)


def _buildings(rng: random.Random, kerb: float, side_road: float | None) -> tuple[Building, ...]:
    """Draw buildings: a row behind the far footpath, a taller row behind, blocks at both ends."""
    out: list[Building] = []
    for row, depth in ((0.0, 9.0), (16.0, 12.0)):
        x = -HALF_LENGTH_M
        while x < HALF_LENGTH_M:
            wide = rng.uniform(6.0, 15.0)
            y = kerb + rng.uniform(0.3, 2.5) + row
            clear = side_road is not None and abs(x + wide / 2 - side_road) < wide / 2 + 4.5
            if not clear and chance(rng, 0.88):
                tall = rng.uniform(3.4, 9.5) + row * 0.25
                signs = tuple(rng.choice(SIGNS) for _ in range(rng.randint(0, 3)))
                wall = rng.choice(WALLS)
                out.append(Building(x, x + wide, y, y + depth, tall, wall, rng.randrange(4), signs))
            x += wide + rng.choice((0.0, 0.0, 0.4, 2.5))
    for end in (-HALF_LENGTH_M - 25, HALF_LENGTH_M + 5):
        for y in (-30.0, -12.0, 10.0, 26.0):
            wall = rng.choice(WALLS)
            tall = rng.uniform(5.0, 12.0)
            out.append(Building(end, end + 20, y, y + 14, tall, wall, rng.randrange(4), ()))
    return tuple(out)


def _trees(rng: random.Random, kerb: float, side_road: float | None) -> tuple[Tree, ...]:
    trees = []
    for _ in range(rng.randint(2, 9)):
        x = rng.uniform(-45, 45)
        if side_road is None or abs(x - side_road) > SIDE_CLEAR_M:
            trees.append(
                Tree(x, kerb + rng.uniform(-0.2, 0.5), rng.uniform(3.2, 5.5), rng.uniform(1.1, 2.1))
            )
    return tuple(trees)


def make_view(rng: random.Random, street: Street) -> View:
    """Draw a camera on the near side, on a pole or a wall, looking across or along the road."""
    along = chance(rng, 0.45)
    height = rng.uniform(3.2, 7.5)
    distance = rng.uniform(5.0, 11.0) + street.kerb_m * 0.4
    y = -street.half_road - max(2.5, distance - street.half_road)
    x = rng.uniform(-10, 10)
    ahead = rng.choice((-1, 1)) * (rng.uniform(9, 17) if along else rng.uniform(0, 6))
    target_y = rng.uniform(-street.half_road * 0.5, street.half_road * 0.6)
    fov = rng.uniform(46, 64)
    return View((x, y, height), (x + ahead, target_y, rng.uniform(0.3, 1.2)), fov)
