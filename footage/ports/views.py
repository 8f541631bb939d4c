"""The port that codes films for viewing: pictures of stored segments with their times below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from footage.document import Language
    from footage.instant import Elapsed

Point = tuple[float, float]
"""A place in a picture, as shares of the picture's width and height, from the left and the top."""


class Size(NamedTuple):
    """Pixels across and down."""

    width: int
    height: int


class Cover(NamedTuple):
    """A part of the pictures that is filled with one colour.

    Attributes:
        first: Number of the first picture of the film part that is covered.
        last: Number of the last one.
        shape: Corners of the part, at least three.
    """

    first: int
    last: int
    shape: tuple[Point, ...]


class TimedPicture(NamedTuple):
    """A picture with the values written below.

    Attributes:
        ticks: Media time at which the picture is shown.
        values: A text for each label of the caption.
    """

    ticks: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Caption:
    """Texts below all pictures of a film part, in one language.

    Attributes:
        mark: That the film is derived.
        title: Camera.
        place: Place of the camera.
        note: Another line; "" for none.
        labels: Names of the values that change with each picture.
    """

    language: Language
    mark: str
    title: str
    place: str
    note: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilmPart:
    """Pictures of segments that play on without a break.

    Attributes:
        files: The segments' files in order.
        timescale: Ticks of a second.
        pictures: The pictures to show, in the order of showing; pictures of the files that are
            shown before the first of these, or from `end_ticks` on, are left out.
        end_ticks: Media time at which the last picture ends.
        covers: Parts of pictures that are filled.
    """

    files: tuple[Path, ...]
    timescale: int
    pictures: tuple[TimedPicture, ...]
    end_ticks: int
    caption: Caption
    covers: tuple[Cover, ...] = ()


@dataclass(frozen=True, slots=True)
class CardPart:
    """A card that is shown where there is no picture: lines of text."""

    lines: tuple[str, ...]
    length: Elapsed
    caption: Caption


class ViewEncoder(Protocol):
    """Codes films for viewing as H.264 that plays everywhere; a process at a time, one thread.

    - The same parts give the same bytes with the same programs on the same machine.
    - NoSpace: the disk is full. DataLoss: the pictures cannot be decoded. Misconfigured: no usable
      FFmpeg is there. Unavailable: FFmpeg did not end in time. A part that failed leaves nothing
      that counts.
    """

    def tool(self) -> str:
        """Name and version of the program that codes."""
        ...

    def filters(self) -> str:
        """The filters and coding options of the program, as text, alike for all films."""
        ...

    def shown(self, file: Path) -> Size:
        """Return the size at which the pictures of a segment are shown: upright, square pixels."""
        ...

    def canvas(self, shown: Size, caption: Caption) -> Size:
        """Return the size of a film whose largest picture has this size."""
        ...

    def film(self, part: FilmPart, canvas: Size, out: Path, told: Callable[[int], None]) -> int:
        """Code a part to a file; return the number of pictures.

        Args:
            part: The part.
            canvas: Size of the film.
            out: File to make.
            told: Called while the program works, with the bytes read so far; may raise.
        """
        ...

    def card(self, part: CardPart, canvas: Size, out: Path) -> int:
        """Code a card to a file; return the number of pictures."""
        ...

    def join(self, parts: Sequence[tuple[Path, Elapsed]], out: Path) -> None:
        """Join files of `film` and `card`, each with its length, into one film."""
        ...
