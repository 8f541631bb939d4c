"""What can be true of a picture, and what a caption claims: both are rows of 0 and 1.

A caption fits a picture when everything it claims is true of it. So "a red car" fits a frame with
a red car and a blue bus, and "a red bus" does not, although the frame shows red and a bus.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from lab.scenes.palette import COLOURS, KINDS, LIGHTS, Colour, Kind, Light

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

VEHICLE: Final = "vehicle"
EMPTY: Final = "empty"
_NO_VEHICLE: Final = frozenset({Kind.PERSON, Kind.BICYCLE})


@dataclass(frozen=True, slots=True)
class Subject:
    """One mover in a picture."""

    kind: Kind
    colour: Colour

    @property
    def pair(self) -> str:
        """The fact that both hold of the same mover, e.g. "red car"."""
        return f"{self.colour.value} {self.kind.value}"

    def facts(self) -> list[str]:
        """Everything this mover makes true."""
        facts = [self.kind.value, self.colour.value, self.pair]
        if self.kind not in _NO_VEHICLE:
            facts += [VEHICLE, f"{self.colour.value} {VEHICLE}"]
        return facts


@dataclass(frozen=True, slots=True)
class Seen:
    """What one picture shows; no subjects: an empty street.

    Attributes:
        subjects: Everyone and everything in it, the largest first.
        light: Time of day or weather.
        clear: How many of the subjects, from the front, are large enough to be asked for; None
            means all. The others are there, so no caption about them is wrong.
    """

    subjects: tuple[Subject, ...]
    light: Light
    clear: int | None = None

    def facts(self) -> list[str]:
        """Everything true of the picture."""
        shown = [fact for subject in self.subjects for fact in subject.facts()]
        return [self.light.value, *(shown or [EMPTY])]


KIND_FACTS: Final = tuple(kind.value for kind in KINDS)
COLOUR_FACTS: Final = tuple(colour.value for colour in COLOURS)
FACTS: Final = (
    *KIND_FACTS,
    *COLOUR_FACTS,
    *(f"{colour} {kind}" for colour in COLOUR_FACTS for kind in (*KIND_FACTS, VEHICLE)),
    *(light.value for light in LIGHTS),
    VEHICLE,
    EMPTY,
)
"""All facts, in the order of the columns; kinds first, then colours."""


def fact_rows(rows: Sequence[Iterable[str]]) -> NDArray[np.float32]:
    """Return float32 [n, len(FACTS)], 1 where a row's fact holds."""
    columns = {fact: column for column, fact in enumerate(FACTS)}
    matrix = np.zeros((len(rows), len(FACTS)), dtype=np.float32)
    for row, facts in enumerate(rows):
        for fact in facts:
            matrix[row, columns[fact]] = 1.0
    return matrix


def fits(pictures: NDArray[np.float32], claims: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which caption fits which picture: bool [pictures, captions], from two `fact_rows`."""
    fitting: NDArray[np.bool_] = pictures @ claims.T > claims.sum(axis=1) - 0.5
    return fitting
