"""Limits on what an import takes: a small file may claim any size, length or number of tracks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from footage.errors import BadInput
from footage.instant import Elapsed
from recorder.imports.container import count_boxes

if TYPE_CHECKING:
    from recorder.imports.tracks import Contents, Track

_A_MONTH: Final = Elapsed.parse("31d")
_SETTING: Final = "where the file is meant: [limits] {} = ... in the settings"


@dataclass(frozen=True, slots=True)
class Limits:
    """Most that a file may claim.

    Attributes:
        pixels: Pixels of a picture. 8K has 33 million; a picture of 40 million takes 180 MB while
            it is looked at. A picture of a few kB may claim 268 million.
        tracks: Tracks of a file. Vehicles' recorders write up to a dozen; each track costs FFmpeg
            memory before its first picture.
        boxes: Boxes at the top of an MP4. Fragmented recordings have two a second: two million are
            eleven days.
        duration: Length of a recording. A wrong time stamp makes a file of minutes last for years,
            all of which would count as recorded, or as one gap.
    """

    pixels: int = 40_000_000
    tracks: int = 64
    boxes: int = 2_000_000
    duration: Elapsed = _A_MONTH


DEFAULT_LIMITS: Final = Limits()


def check_contents(name: str, found: Contents, limits: Limits) -> None:
    """Refuse a file that claims more than the limits allow; raises BadInput with the reason."""
    if len(found.tracks) > limits.tracks:
        raise BadInput(
            f"{name}: {len(found.tracks)} tracks, more than {limits.tracks}",
            hint=_SETTING.format("tracks"),
        )
    for track in found.tracks:
        check_pixels(name, track.width, track.height, limits)
    if found.duration:
        check_duration(name, found.duration, limits)


def check_known_size(name: str, track: Track, limits: Limits) -> None:
    """Refuse the track to keep where FFmpeg does not tell its size; raises BadInput.

    FFmpeg, told to decode no picture beyond the limit, does not even learn the size of some.
    """
    if not track.width:
        raise BadInput(
            f"{name}: its pictures tell no size, or have more than {limits.pixels} pixels",
            hint=_SETTING.format("pixels"),
        )


def check_pixels(name: str, width: int, height: int, limits: Limits) -> None:
    """Refuse pictures of too many pixels; raises BadInput."""
    if width * height > limits.pixels:
        raise BadInput(
            f"{name}: pictures of {width}x{height} pixels, more than {limits.pixels}",
            hint=_SETTING.format("pixels"),
        )


def check_boxes(name: str, file: BinaryIO, limits: Limits) -> None:
    """Refuse an MP4 of too many boxes before anything reads them all; raises BadInput."""
    if count_boxes(file, limits.boxes) > limits.boxes:
        raise BadInput(f"{name}: more than {limits.boxes} boxes", hint=_SETTING.format("boxes"))


def check_duration(name: str, length: Elapsed, limits: Limits) -> None:
    """Refuse a recording that is too long; raises BadInput."""
    if length > limits.duration:
        raise BadInput(
            f"{name}: lasts {length}, more than {limits.duration}",
            hint=_SETTING.format("duration"),
        )
