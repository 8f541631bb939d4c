"""Clips of a bundle: one playable MP4 for each unbroken stretch of a camera. Pure.

A clip is made by the verifier's own `clip_of`, so that the verifier can make the clip again from
the master files and compare each byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.instant import Interval
from footage.joined import follows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footage.ids import CameraId
    from footage.segment import Segment

_NOT_IN_NAMES: Final = str.maketrans("", "", "-:")


@dataclass(frozen=True, slots=True)
class Clip:
    """A derived film of segments that play on without a break; there is at least one segment.

    Attributes:
        sealed: How the film itself is signed (`evidence.clip_seal.FORMAT`); "" for not at all.
    """

    segments: tuple[Segment, ...]
    sealed: str = ""

    @property
    def camera(self) -> CameraId:
        """Camera of the segments."""
        return self.segments[0].camera

    @property
    def interval(self) -> Interval:
        """Time from the first segment's start to the last one's end."""
        return Interval(self.segments[0].interval.start, self.segments[-1].interval.end)

    @property
    def path(self) -> str:
        """Path in the bundle: camera, start and end in UTC."""
        ends = (self.interval.start, self.interval.end)
        start, end = (str(one).translate(_NOT_IN_NAMES) for one in ends)
        return f"clip/{self.camera}_{start}_{end}.mp4"

    def document(self) -> dict[str, object]:
        """The clip as a part of the manifest."""
        return {
            "path": self.path,
            "camera": self.camera,
            "start": self.interval.start,
            "end": self.interval.end,
            "members": [segment.key for segment in self.segments],
            **({"sealed": self.sealed} if self.sealed else {}),
        }


def clips(segments: Iterable[Segment]) -> list[Clip]:
    """Return the clips of a camera's segments, which are given by start."""
    found: list[list[Segment]] = []
    for segment in segments:
        if found and follows(found[-1][-1], segment):
            found[-1].append(segment)
        else:
            found.append([segment])
    return [Clip(tuple(one)) for one in found]
