"""Draw the planted appearances: ten pairs of class and colour, spread over cameras and light."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from lab.scenes.palette import Colour, Kind, Light

ROLES = 10
FIRST_KINDS = (
    Kind.CAR,
    Kind.PICKUP,
    Kind.BUS,
    Kind.TRUCK,
    Kind.MOTORCYCLE,
    Kind.RICKSHAW,
    Kind.PERSON,
    Kind.PERSON,
)
MORE_KINDS = (Kind.PICKUP, Kind.RICKSHAW, Kind.CAR, Kind.TRUCK)
LARGE = frozenset({Kind.CAR, Kind.PICKUP, Kind.BUS, Kind.TRUCK, Kind.RICKSHAW})
NIGHT_COLOURS = frozenset({Colour.RED, Colour.YELLOW, Colour.WHITE})
DUSK_COLOURS = NIGHT_COLOURS | {Colour.GREEN, Colour.BLUE}
SHIRTS = frozenset({Colour.RED, Colour.YELLOW, Colour.WHITE, Colour.BLUE, Colour.GREEN})


@dataclass(frozen=True, slots=True)
class Role:
    """A planted appearance: number of the camera, class and colour of the mover."""

    camera: int
    kind: Kind
    colour: Colour

    @property
    def query(self) -> str:
        """The search text an investigator would type for this appearance."""
        if self.kind is Kind.PERSON:
            return f"a person in {_article(self.colour.value)} shirt"
        return f"{_article(self.colour.value)} {self.kind.value}"


def cast(rng: random.Random, lights: Sequence[Light]) -> tuple[Role, ...]:
    """Draw ten roles, no pair of class and colour twice, from the light at each camera.

    Each camera has one role, each daylight camera two. Dark colours are not planted at dusk and
    night, nor small movers at night: nothing is asked for that a person could not tell.
    """
    cameras = [*range(len(lights)), *(i for i, light in enumerate(lights) if light is Light.DAY)]
    while True:
        kinds = [*FIRST_KINDS, *rng.sample(MORE_KINDS, ROLES - len(FIRST_KINDS))]
        colours = [*Colour, *rng.sample(tuple(Colour), ROLES - len(Colour))]
        rng.shuffle(kinds)
        rng.shuffle(colours)
        roles = tuple(
            Role(camera, kind, colour)
            for camera, kind, colour in zip(cameras, kinds, colours, strict=True)
        )
        if _fit(roles, lights):
            return roles


def _fit(roles: Sequence[Role], lights: Sequence[Light]) -> bool:
    pairs = {(r.kind, r.colour) for r in roles}
    per_camera = {(r.camera, r.kind) for r in roles}
    return len(pairs) == len(roles) == len(per_camera) and all(
        _decidable(role, lights[role.camera]) for role in roles
    )


def _decidable(role: Role, light: Light) -> bool:
    if role.kind is Kind.PERSON and role.colour not in SHIRTS:
        return False
    if light is Light.NIGHT:
        return role.kind in LARGE and role.colour in NIGHT_COLOURS
    return light is not Light.DUSK or role.colour in DUSK_COLOURS


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
