"""Facts that are true of a picture or claimed by a caption, both as rows of 0 and 1.

A caption fits a picture when all facts the caption claims are true of the picture. So "a red car"
fits a frame with a red car and a blue bus, and "a red bus" does not, although the frame shows red
and a bus.
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
    """A mover in a picture: class and colour."""

    kind: Kind
    colour: Colour

    @property
    def pair(self) -> str:
        """The fact that class and colour hold of the same mover, e.g. "red car"."""
        return f"{self.colour.value} {self.kind.value}"

    def facts(self) -> list[str]:
        """Return all facts that the mover makes true of a picture."""
        facts = [self.kind.value, self.colour.value, self.pair]
        if self.kind not in _NO_VEHICLE:
            facts += [VEHICLE, f"{self.colour.value} {VEHICLE}"]
        return facts


@dataclass(frozen=True, slots=True)
class Seen:
    """Content of a picture: subjects and light; without subjects, an empty street.

    Attributes:
        subjects: All movers in the picture, the largest first.
        light: Time of day or weather.
        clear: Number of subjects, from the front, that are large enough to be asked for; None
            means all. The other subjects are in the picture too, so a caption about them is right.
    """

    subjects: tuple[Subject, ...]
    light: Light
    clear: int | None = None

    def facts(self) -> list[str]:
        """Return all facts that are true of the picture."""
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
    """Return float32 [n, len(FACTS)] from n lists of facts, 1 where a fact is in the list."""
    columns = {fact: column for column, fact in enumerate(FACTS)}
    matrix = np.zeros((len(rows), len(FACTS)), dtype=np.float32)
    for row, facts in enumerate(rows):
        for fact in facts:
            matrix[row, columns[fact]] = 1.0
    return matrix


def fits(pictures: NDArray[np.float32], claims: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return bool [pictures, captions], True where a caption fits a picture; from `fact_rows`."""
    fitting: NDArray[np.bool_] = pictures @ claims.T > claims.sum(axis=1) - 0.5
    return fitting
