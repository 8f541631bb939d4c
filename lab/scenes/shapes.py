"""Shapes of each class of mover: solids with the front towards +x and the ground at z = 0."""

from collections.abc import Callable
from dataclasses import dataclass

from lab.scenes.mesh import Mesh, MeshBuilder, Point, Slab
from lab.scenes.palette import RGB, Kind, scaled

GLASS: RGB = (0.17, 0.22, 0.27)
TYRE: RGB = (0.06, 0.06, 0.06)
DARK: RGB = (0.10, 0.10, 0.11)
STEEL: RGB = (0.35, 0.35, 0.36)
SKIN: RGB = (0.62, 0.43, 0.32)
CLOTH: tuple[RGB, ...] = ((0.30, 0.27, 0.24), (0.52, 0.46, 0.37), (0.20, 0.21, 0.24))
"""Colours of trousers, riders' coats and loads: dull, so that only the mover's paint stands out."""
HEADLAMP: RGB = (1.0, 0.97, 0.82)
TAILLAMP: RGB = (0.95, 0.10, 0.08)
BACKPACK, HANDBAG = 2, 3

SIZES: dict[Kind, Point] = {
    Kind.CAR: (4.2, 1.76, 1.45),
    Kind.PICKUP: (5.3, 1.86, 1.75),
    Kind.BUS: (9.6, 2.5, 3.0),
    Kind.TRUCK: (7.8, 2.4, 3.3),
    Kind.MOTORCYCLE: (2.0, 0.74, 1.62),
    Kind.RICKSHAW: (2.75, 1.4, 1.8),
    Kind.PERSON: (0.62, 0.62, 1.74),
    Kind.VAN: (4.7, 1.8, 2.05),
    Kind.BICYCLE: (1.8, 0.56, 1.66),
}
"""Length, width and height of each class, in metres."""


@dataclass(frozen=True, slots=True)
class Limb:
    """A part that swings about the y axis at `pivot` by `swing_deg` with the sign of the step."""

    mesh: Mesh
    pivot: Point
    swing_deg: float


@dataclass(frozen=True, slots=True)
class Body:
    """The meshes of a mover: painted solid, lamps that shine by themselves, swinging limbs."""

    solid: Mesh
    lamps: Mesh | None
    limbs: tuple[Limb, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """Variation between movers of a class: paint, dull second colour, extras."""

    paint: RGB
    cloth: RGB
    extra: int


def body_of(kind: Kind, look: Look) -> Body:
    """Build the meshes of a mover of class `kind`."""
    return _BUILDERS[kind](look)


def _axles(m: MeshBuilder, at: tuple[float, ...], half: float, radius: float) -> None:
    for x in at:
        for y in (-half, half):
            m.wheel((x, y, radius), radius, 0.22, TYRE)


def _lamps(front: float, rear: float, half: float, z: float) -> Mesh:
    m = MeshBuilder()
    for y in (-half, half):
        m.box(Slab(front - 0.05, front + 0.04, y - 0.14, y + 0.14, z), 0.17, HEADLAMP)
        m.box(Slab(rear - 0.04, rear + 0.05, y - 0.12, y + 0.12, z), 0.17, TAILLAMP)
    return m.build()


def _cabin(m: MeshBuilder, bottom: Slab, top: Slab, paint: RGB) -> None:
    """Add a cabin of glass with a painted roof and painted pillars between the windows."""
    m.solid(bottom, top, GLASS)
    roof = Slab(top.x0 - 0.03, top.x1 + 0.03, top.y0 - 0.03, top.y1 + 0.03, top.z)
    m.box(roof, 0.07, paint)
    middle = (bottom.x0 + bottom.x1 + top.x0 + top.x1) / 4
    for x in (middle - 0.06, (bottom.x0 + top.x0) / 2 + 0.05):
        low = Slab(x, x + 0.12, bottom.y0 - 0.01, bottom.y1 + 0.01, bottom.z)
        high = Slab(x, x + 0.12, top.y0 - 0.01, top.y1 + 0.01, top.z)
        m.solid(low, high, paint)


def _car(look: Look) -> Body:
    m = MeshBuilder()
    p = look.paint
    m.solid(Slab(-2.1, 2.1, -0.88, 0.88, 0.28), Slab(-2.1, 2.06, -0.86, 0.86, 0.62), p)
    m.solid(Slab(-2.1, 2.06, -0.86, 0.86, 0.62), Slab(-2.0, 1.9, -0.78, 0.78, 0.86), p)
    hatch = look.extra % 2 == 1
    rear = -1.95 if hatch else -1.45
    _cabin(
        m,
        Slab(rear, 0.95, -0.78, 0.78, 0.86),
        Slab(rear + 0.35, 0.25, -0.62, 0.62, 1.38),
        p,
    )
    m.box(Slab(-2.14, 2.14, -0.84, 0.84, 0.26), 0.14, DARK)
    _axles(m, (-1.3, 1.3), 0.8, 0.33)
    return Body(m.build(), _lamps(2.08, -2.08, 0.6, 0.58))


def _pickup(look: Look) -> Body:
    m = MeshBuilder()
    p = look.paint
    m.box(Slab(-2.65, 2.6, -0.84, 0.84, 0.42), 0.24, DARK)
    m.solid(Slab(-0.35, 2.62, -0.92, 0.92, 0.5), Slab(-0.35, 2.55, -0.9, 0.9, 1.06), p)
    double = look.extra % 2 == 1
    rear = -0.75 if double else -0.35
    if double:
        m.box(Slab(-0.85, -0.3, -0.92, 0.92, 0.5), 0.56, p)
    _cabin(m, Slab(rear, 1.35, -0.86, 0.86, 1.06), Slab(rear + 0.12, 0.75, -0.72, 0.72, 1.68), p)
    end = rear - 0.12
    m.slab(Slab(-2.6, end, -0.86, 0.86, 0.68), DARK)
    for y in (-0.92, 0.84):
        m.box(Slab(-2.65, end, y, y + 0.08, 0.5), 0.54, p)
    m.box(Slab(-2.65, -2.57, -0.92, 0.92, 0.5), 0.54, p)
    m.box(Slab(end - 0.08, end, -0.92, 0.92, 0.5), 0.56, p)
    for x in (-1.7, -1.9):
        m.box(Slab(x, x + 0.05, -0.86, 0.86, 0.70), 0.03, STEEL)
    _axles(m, (-1.65, 1.7), 0.84, 0.4)
    return Body(m.build(), _lamps(2.6, -2.64, 0.68, 0.76))


def _bus(look: Look) -> Body:
    m = MeshBuilder()
    p = look.paint
    m.box(Slab(-4.8, 4.8, -1.24, 1.24, 0.4), 2.45, p)
    m.box(Slab(-4.7, 4.7, -1.15, 1.15, 2.85), 0.14, scaled(p, 0.9))
    step = 1.13
    for i in range(8):
        x = -4.55 + i * step
        for y in (-1.27, 1.22):
            m.box(Slab(x, x + 0.95, y, y + 0.05, 1.55), 0.85, GLASS)
    m.box(Slab(4.78, 4.84, -1.1, 1.1, 1.3), 1.2, GLASS)
    m.box(Slab(-4.84, -4.78, -1.0, 1.0, 1.7), 0.7, GLASS)
    for x in (3.45, -1.0):
        m.box(Slab(x, x + 0.85, -1.275, -1.2, 0.5), 1.0, GLASS)
    for y in (-1.26, 1.22):
        m.box(Slab(-4.8, 4.8, y, y + 0.04, 1.12), 0.14, (0.85, 0.85, 0.83))
    _axles(m, (-2.9, 3.0), 1.12, 0.5)
    return Body(m.build(), _lamps(4.82, -4.82, 0.95, 0.75))


def _truck(look: Look) -> Body:
    m = MeshBuilder()
    p = look.paint
    m.box(Slab(-3.9, 3.6, -0.9, 0.9, 0.62), 0.28, DARK)
    m.solid(Slab(2.05, 3.9, -1.15, 1.15, 0.6), Slab(2.05, 3.9, -1.15, 1.15, 1.5), p)
    m.solid(Slab(2.05, 3.9, -1.15, 1.15, 1.5), Slab(2.05, 3.6, -1.08, 1.08, 2.5), p)
    m.solid(Slab(3.2, 3.94, -1.02, 1.02, 1.55), Slab(3.1, 3.66, -0.98, 0.98, 2.3), GLASS)
    for y in (-1.18, 1.1):
        m.box(Slab(2.5, 3.3, y, y + 0.08, 1.55), 0.62, GLASS)
    m.box(Slab(-3.9, 1.75, -1.2, 1.2, 0.95), 2.35, p)
    shade = scaled(p, 0.72)
    for i in range(9):
        x = -3.8 + i * 0.67
        for y in (-1.24, 1.18):
            m.box(Slab(x, x + 0.1, y, y + 0.06, 0.98), 2.3, shade)
    for z in (0.95, 3.18):
        m.box(Slab(-3.95, 1.8, -1.25, 1.25, z), 0.12, DARK if z < 1 else shade)
    m.box(Slab(-3.96, -3.9, -0.05, 0.05, 1.1), 2.0, DARK)
    _axles(m, (-3.0, -1.9, 2.8), 1.02, 0.5)
    return Body(m.build(), _lamps(3.9, -3.92, 0.9, 0.82))


def _van(look: Look) -> Body:
    m = MeshBuilder()
    p = look.paint
    m.solid(Slab(-2.35, 2.35, -0.9, 0.9, 0.3), Slab(-2.35, 2.2, -0.9, 0.9, 1.05), p)
    m.solid(Slab(-2.35, 2.2, -0.9, 0.9, 1.05), Slab(-2.25, 1.35, -0.8, 0.8, 1.98), p)
    m.solid(Slab(1.2, 2.14, -0.84, 0.84, 1.12), Slab(1.1, 1.46, -0.78, 0.78, 1.8), GLASS)
    for y in (-0.9, 0.82):
        m.box(Slab(0.35, 1.15, y, y + 0.08, 1.15), 0.55, GLASS)
    m.box(Slab(-2.38, -2.3, -0.68, 0.68, 1.15), 0.6, GLASS)
    m.box(Slab(-2.4, 2.4, -0.87, 0.87, 0.28), 0.14, DARK)
    _axles(m, (-1.5, 1.5), 0.82, 0.34)
    return Body(m.build(), _lamps(2.3, -2.34, 0.66, 0.7))


def _motorcycle(look: Look) -> Body:
    m = MeshBuilder()
    p = look.paint
    for x in (-0.68, 0.7):
        m.wheel((x, 0.0, 0.33), 0.33, 0.16, TYRE)
    m.box(Slab(-0.45, 0.35, -0.13, 0.13, 0.32), 0.28, STEEL)
    m.solid(Slab(-0.1, 0.62, -0.2, 0.2, 0.55), Slab(0.0, 0.6, -0.16, 0.16, 0.92), p)
    m.solid(Slab(0.5, 0.82, -0.24, 0.24, 0.5), Slab(0.5, 0.72, -0.24, 0.24, 1.08), p)
    m.solid(Slab(-1.0, -0.3, -0.17, 0.17, 0.6), Slab(-1.02, -0.3, -0.15, 0.15, 0.8), p)
    m.box(Slab(-0.85, 0.0, -0.15, 0.15, 0.8), 0.06, DARK)
    for y in (-0.2, 0.1):
        m.box(Slab(0.45, 0.98, y * 0.5, y * 0.5 + 0.06, 0.62), 0.06, p)
    m.box(Slab(0.52, 0.6, -0.36, 0.36, 1.04), 0.05, DARK)
    _rider(m, look, seat=0.82, lean=0.12)
    lamps = MeshBuilder()
    lamps.box(Slab(0.74, 0.84, -0.1, 0.1, 0.86), 0.17, HEADLAMP)
    lamps.box(Slab(-1.04, -1.0, -0.08, 0.08, 0.68), 0.1, TAILLAMP)
    return Body(m.build(), lamps.build())


def _rider(m: MeshBuilder, look: Look, *, seat: float, lean: float) -> None:
    coat = look.cloth
    m.solid(
        Slab(-0.42, -0.12, -0.19, 0.19, seat),
        Slab(-0.3 + lean, -0.02 + lean, -0.22, 0.22, seat + 0.5),
        coat,
    )
    for y in (-0.25, 0.13):
        m.box(Slab(-0.3, 0.2, y, y + 0.12, seat - 0.05), 0.14, scaled(coat, 0.8))
        m.box(Slab(0.08, 0.22, y, y + 0.12, seat - 0.45), 0.45, scaled(coat, 0.8))
        m.solid(
            Slab(0.0 + lean, 0.5, y, y + 0.1, seat + 0.26),
            Slab(-0.15 + lean, 0.1 + lean, y, y + 0.1, seat + 0.46),
            coat,
        )
    head = (-0.12 + lean, 0.0, seat + 0.66)
    m.ball(head, (0.14, 0.13, 0.16), DARK if look.extra % 2 else SKIN)


def _rickshaw(look: Look) -> Body:
    m = MeshBuilder()
    p = look.paint
    m.box(Slab(-1.35, 0.45, -0.68, 0.68, 0.3), 0.12, DARK)
    m.box(Slab(-1.37, -0.45, -0.7, 0.7, 0.32), 0.58, p)
    m.solid(Slab(0.45, 1.35, -0.42, 0.42, 0.32), Slab(0.5, 1.0, -0.4, 0.4, 0.98), p)
    m.box(Slab(-0.45, 0.5, -0.7, -0.64, 0.3), 0.2, p)
    m.box(Slab(-0.45, 0.5, 0.64, 0.7, 0.3), 0.2, p)
    m.solid(Slab(-1.35, 0.62, -0.7, 0.7, 1.5), Slab(-1.2, 0.5, -0.58, 0.58, 1.8), p)
    m.box(Slab(-1.37, -1.05, -0.69, 0.69, 0.9), 0.62, scaled(p, 0.8))
    m.solid(Slab(0.5, 0.9, -0.58, 0.58, 0.95), Slab(0.48, 0.58, -0.6, 0.6, 1.5), GLASS)
    for y in (-0.68, 0.62):
        m.box(Slab(0.5, 0.57, y, y + 0.06, 0.5), 1.0, scaled(p, 0.7))
    m.box(Slab(-0.8, -0.55, -0.5, 0.5, 0.85), 0.35, DARK)
    m.box(Slab(-0.05, 0.22, -0.2, 0.2, 0.5), 0.75, look.cloth)
    m.ball((0.12, 0.0, 1.36), (0.12, 0.11, 0.14), SKIN)
    m.wheel((1.1, 0.0, 0.25), 0.25, 0.14, TYRE)
    _axles(m, (-0.95,), 0.62, 0.25)
    lamps = MeshBuilder()
    lamps.box(Slab(1.14, 1.24, -0.1, 0.1, 0.74), 0.17, HEADLAMP)
    for y in (-0.6, 0.48):
        lamps.box(Slab(-1.4, -1.36, y, y + 0.12, 0.6), 0.14, TAILLAMP)
    return Body(m.build(), lamps.build())


def _person(look: Look) -> Body:
    m = MeshBuilder()
    p = look.paint
    long_shirt = look.extra % 3 == 1
    m.solid(
        Slab(-0.13, 0.13, -0.21, 0.21, 0.55 if long_shirt else 0.80),
        Slab(-0.15, 0.15, -0.26, 0.26, 1.42),
        p,
    )
    m.ball((0.01, 0.0, 1.59), (0.12, 0.11, 0.15), SKIN)
    m.ball((-0.02, 0.0, 1.64), (0.125, 0.12, 0.12), DARK)
    if look.extra % 4 == BACKPACK:
        m.box(Slab(-0.36, -0.15, -0.18, 0.18, 0.9), 0.48, look.cloth)
    if look.extra % 4 == HANDBAG:
        m.box(Slab(-0.1, 0.2, 0.32, 0.44, 0.42), 0.34, look.cloth)
    leg = MeshBuilder()
    leg.box(Slab(-0.09, 0.09, -0.08, 0.08, -0.82), 0.84, look.cloth)
    leg.box(Slab(-0.09, 0.17, -0.08, 0.08, -0.84), 0.08, DARK)
    arm = MeshBuilder()
    arm.box(Slab(-0.07, 0.07, -0.055, 0.055, -0.36), 0.38, p)
    arm.box(Slab(-0.055, 0.055, -0.045, 0.045, -0.62), 0.28, SKIN)
    legs, arms = leg.build(), arm.build()
    limbs = (
        Limb(legs, (0.0, -0.12, 0.84), 21.0),
        Limb(legs, (0.0, 0.12, 0.84), -21.0),
        Limb(arms, (0.0, -0.31, 1.38), -20.0),
        Limb(arms, (0.0, 0.31, 1.38), 20.0),
    )
    return Body(m.build(), None, limbs)


def _bicycle(look: Look) -> Body:
    m = MeshBuilder()
    for x in (-0.58, 0.58):
        m.wheel((x, 0.0, 0.33), 0.33, 0.05, TYRE)
    m.box(Slab(-0.5, 0.45, -0.03, 0.03, 0.72), 0.06, STEEL)
    m.box(Slab(-0.25, -0.19, -0.03, 0.03, 0.33), 0.5, STEEL)
    m.box(Slab(0.42, 0.48, -0.26, 0.26, 0.98), 0.05, STEEL)
    _rider(m, Look(look.paint, look.paint, look.extra), seat=0.88, lean=0.16)
    return Body(m.build(), None)


_BUILDERS: dict[Kind, Callable[[Look], Body]] = {
    Kind.CAR: _car,
    Kind.PICKUP: _pickup,
    Kind.BUS: _bus,
    Kind.TRUCK: _truck,
    Kind.MOTORCYCLE: _motorcycle,
    Kind.RICKSHAW: _rickshaw,
    Kind.PERSON: _person,
    Kind.VAN: _van,
    Kind.BICYCLE: _bicycle,
}
