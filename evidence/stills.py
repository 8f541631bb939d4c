"""Stills of a bundle: the values that the manifest states of derived pictures. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from footage.digest import Digest
    from footage.ids import CameraId
    from footage.instant import Elapsed, Instant
    from footage.segment import Segment

FOLDER: Final = "stills"
_NOT_IN_NAMES: Final = str.maketrans("", "", "-:")


class Wanted(NamedTuple):
    """A still to be made: the picture that a camera showed at an instant, in a segment.

    Attributes:
        exhibit: Number of the exhibit; 0 for the begin of a stretch.
        label: Label of the exhibit.
    """

    segment: Segment
    at: Instant
    exhibit: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class Still:
    """A still in the bundle.

    Attributes:
        play: File to play for the picture: the clip, or the master file where there is no clip.
        position: Time of the picture in that file: by the counter of a clip, which begins at 0;
            in a master file from the first picture on.
    """

    wanted: Wanted
    path: str
    digest: Digest
    begins: Instant
    ticks: int
    timescale: int
    play: str
    position: Elapsed

    @property
    def camera(self) -> CameraId:
        """Camera that showed the picture."""
        return self.wanted.segment.camera

    def document(self) -> dict[str, object]:
        """The still as a part of the manifest."""
        return {
            "path": self.path,
            "sha256": self.digest.hex,
            "camera": self.camera,
            "exhibit": self.wanted.exhibit or None,
            "asked": self.wanted.at,
            "shown_from": self.begins,
            "object_key": self.wanted.segment.key,
            "media_ticks": self.ticks,
            "timescale": self.timescale,
        }


@dataclass(frozen=True, slots=True)
class NoStill:
    """A still that could not be made, and why."""

    wanted: Wanted
    why: str

    def document(self) -> dict[str, object]:
        """The absence as a part of the manifest."""
        return {
            "camera": self.wanted.segment.camera,
            "exhibit": self.wanted.exhibit or None,
            "asked": self.wanted.at,
            "why": self.why,
        }


def still_path(wanted: Wanted) -> str:
    """Return the path of a still in the bundle: exhibit or none, camera, and time in UTC."""
    time = str(wanted.at).translate(_NOT_IN_NAMES)
    named = f"exhibit-{wanted.exhibit}_" if wanted.exhibit else ""
    return f"{FOLDER}/{named}{wanted.segment.camera}_{time}.png"
