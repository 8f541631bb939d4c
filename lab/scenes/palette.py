"""Classes of movers, colours and kinds of light of a scene, with the paint of each colour."""

from enum import Enum

RGB = tuple[float, float, float]
"""Red, green, blue, each 0..1."""


class Kind(Enum):
    """Class of a mover; the value is the word a caption uses."""

    CAR = "car"
    PICKUP = "pickup"
    BUS = "bus"
    TRUCK = "truck"
    MOTORCYCLE = "motorcycle"
    RICKSHAW = "rickshaw"
    PERSON = "person"
    VAN = "van"
    BICYCLE = "bicycle"


class Colour(Enum):
    """Colour of a mover: a vehicle's paint, a person's or a cyclist's shirt."""

    RED = "red"
    BLUE = "blue"
    GREEN = "green"
    YELLOW = "yellow"
    WHITE = "white"
    BLACK = "black"
    ORANGE = "orange"
    GREY = "grey"


class Light(Enum):
    """Time of day and weather of a scene."""

    DAY = "day"
    DUSK = "dusk"
    NIGHT = "night"
    HAZE = "haze"
    RAIN = "rain"


KINDS = tuple(Kind)
COLOURS = tuple(Colour)
LIGHTS = tuple(Light)

CLEAR_AT_NIGHT = frozenset({Colour.RED, Colour.YELLOW, Colour.WHITE, Colour.ORANGE, Colour.GREEN})
"""Colours a person can still tell apart in the night scenes."""

PAINT: dict[Colour, RGB] = {
    Colour.RED: (0.78, 0.05, 0.06),
    Colour.BLUE: (0.07, 0.20, 0.78),
    Colour.GREEN: (0.04, 0.50, 0.14),
    Colour.YELLOW: (0.96, 0.84, 0.05),
    Colour.WHITE: (0.95, 0.95, 0.95),
    Colour.BLACK: (0.07, 0.07, 0.08),
    Colour.ORANGE: (0.98, 0.46, 0.02),
    Colour.GREY: (0.47, 0.48, 0.50),
}
"""Middle of each colour; a single mover's paint departs a little from the middle (`tinted`)."""


def tinted(colour: Colour, shift: RGB) -> RGB:
    """Return a mover's paint: the colour's middle moved by `shift` (each about -0.06..0.06)."""
    red, green, blue = (
        min(1.0, max(0.0, c + s)) for c, s in zip(PAINT[colour], shift, strict=True)
    )
    return red, green, blue


def scaled(rgb: RGB, factor: float) -> RGB:
    """Return the same colour, lighter (`factor` > 1) or darker, clipped to 0..1."""
    red, green, blue = (min(1.0, c * factor) for c in rgb)
    return red, green, blue
