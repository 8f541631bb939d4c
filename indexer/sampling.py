"""Change gating: chooses the keyframes to embed, and the regions of each keyframe. Pure.

A keyframe is compared with the last *embedded* keyframe of the camera, never with the keyframe just
before: slow drift would never add up to a change otherwise. Regions are the parts of the picture
that differ from the background.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed
from footage.keyframe import Gate
from indexer import regions
from indexer.background import difference

if TYPE_CHECKING:
    from footage.instant import Instant
    from footage.keyframe import Box
    from indexer.background import Background
    from indexer.thumb import Thumb

HEARTBEAT: Final = Elapsed.parse("1m")
"""Longest time between embedded keyframes of a camera: a still night can be searched too."""
_NEW_SCENE: Final = 0.6
"""Share of the picture above which no region is made: the camera was turned or switched to
infrared."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """The last embedded keyframe of a camera."""

    thumb: Thumb
    instant: Instant


@dataclass(frozen=True, slots=True)
class GateDecision:
    """Decision of the change gate about a keyframe.

    Attributes:
        gate: Decision: embed for a change or as heartbeat, or do not embed.
        change: Share of the picture that changed since the last embedded keyframe; 1 for a first
            keyframe.
        regions: Regions to embed besides the whole frame; none when the frame is not embedded.
    """

    gate: Gate
    change: float
    regions: tuple[Box, ...] = ()

    @property
    def embed(self) -> bool:
        """Whether the keyframe is embedded."""
        return self.gate in {Gate.CHANGED, Gate.HEARTBEAT}


def decide_gate(
    thumb: Thumb, instant: Instant, background: Background, last: Embedded | None
) -> GateDecision:
    """Return the verdict on a keyframe; call for the keyframes of a camera in the order of time.

    A keyframe that is not after the last embedded keyframe (imported late, or indexed again) counts
    as a first keyframe.
    """
    if last is not None and instant <= last.instant:
        last = None
    change = 1.0 if last is None else _change(thumb, background, last)
    if change > 0:
        return GateDecision(Gate.CHANGED, change, movers(thumb, background))
    if last is not None and instant - last.instant >= HEARTBEAT:
        return GateDecision(Gate.HEARTBEAT, change, movers(thumb, background))
    return GateDecision(Gate.UNCHANGED, change)


def movers(thumb: Thumb, background: Background) -> tuple[Box, ...]:
    """Return boxes of the regions that differ from the background; () when too much differs."""
    found = regions.patches(difference(thumb, background.still, background))
    if regions.share(found) > _NEW_SCENE:
        return ()
    return regions.boxes(found)


def _change(thumb: Thumb, background: Background, last: Embedded) -> float:
    strength = difference(thumb, last.thumb, background)
    return regions.share(regions.patches(strength))
