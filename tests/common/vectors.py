"""Vectors that are easy to reason about: directions in a plane, by angle."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Final

from footage.encoder import EncoderIdentity, Vectors
from footage.keyframe import WHOLE
from footage.ports import VectorRow
from tests.common.builders import a_keyframe

if TYPE_CHECKING:
    from footage.keyframe import Box
    from footage.segment import Segment

ENCODER: Final = EncoderIdentity("compass", "sha256:" + "a" * 64, 4)


def turned(*degrees: float) -> Vectors:
    """Make a vector for each angle; the score of two is the cosine of the angle between."""
    turns = [math.radians(angle) for angle in degrees]
    rows = [struct.pack("<4f", math.cos(turn), math.sin(turn), 0, 0) for turn in turns]
    return Vectors(ENCODER.dimension, b"".join(rows))


def a_row(segment: Segment, number: int, *, box: Box = WHOLE) -> VectorRow:
    """Make the vector row of the keyframe `number` of the segment."""
    frame = a_keyframe(segment, number)
    return VectorRow(frame.camera, frame.instant, frame.segment, frame.offset, frame.length, box)
