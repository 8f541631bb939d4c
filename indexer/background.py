"""Background of a camera: the picture when nothing moves, learnt from the camera's keyframes.

A batch of keyframes is looked at twice: first all keyframes to learn the background, then each
against the background. So a mover is found in the very first frame of a camera, and nothing needs
to be kept on disk: after a restart the background is learnt anew from the next batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from indexer.medians import median, median_with, middle_of_rows, sort_layers
from indexer.opencv import Mask, grown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexer.thumb import Thumb

MOST_THUMBS: Final = 48
"""Most thumbs that the median is taken of: 2 MB; more make no visible difference."""
MOST_VOTES: Final = 24
"""Most votes of the background learnt before: a car that stays for fewer keyframes does not become
background."""
_FEW: Final = 6
"""Least thumbs to judge flicker: with fewer, a passing mover would look like flicker."""
_FLICKER_STEP: Final = 40.0
_FLICKER_SHARE: Final = 0.4
_FLICKER_TURNS: Final = 0.25
"""Least share of the steps from thumb to thumb that turn a flickering point on or off: a car that
waits makes only two such steps."""
_FLICKER_SPREAD: Final = 16.0
"""Most standard deviation of a flickering point's brightness when on: a stamp is white each time,
traffic has many colours."""
_CHROMA_WEIGHT: Final = 2.0
"""Weight of colour differences, which are smaller and less noisy than brightness differences."""
_NOISE_FLOOR: Final = 9.0
_NOISE_SPREAD: Final = 4.0
_NOISE_MOST: Final = 40.0

Scalars = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Background:
    """Background of a camera, point by point.

    Attributes:
        still: Median Y, Cr, Cb as float32 [rows, columns, 3].
        tolerance: How far a point must differ to count as changed, float32 [rows, columns].
        flicker: Points that change all the time: burned-in clocks, stamps, screens.
        votes: Number of keyframes the background was learnt from, at most `MOST_VOTES`.
    """

    still: Scalars
    tolerance: Scalars
    flicker: Mask
    votes: int


def learn(thumbs: Sequence[Thumb], before: Background | None = None) -> Background:
    """Return the background learnt from `thumbs`, which must not be empty, and from `before`."""
    chosen = _evenly(thumbs, MOST_THUMBS)
    stack = np.stack(chosen)
    layers = stack.copy()
    sort_layers(layers)
    usual = median(layers)
    still, votes = usual, 0
    if before:
        votes = min(before.votes, MOST_VOTES)
        still = median_with(layers, before.still, votes)
    off = np.stack([distance(thumb, usual) for thumb in stack])
    apart = off > _FLICKER_STEP
    sort_layers(off)
    spread = median(off) * np.float32(1.4826)  # the standard deviation, were the noise Gaussian
    tolerance = np.minimum(_NOISE_FLOOR + _NOISE_SPREAD * spread, _NOISE_MOST).astype(np.float32)
    flicker = np.zeros(spread.shape, dtype=np.bool_)
    if len(chosen) >= _FEW:
        flicker = grown(_flickers(stack[..., 0], apart), 1)
    elif before:
        flicker = before.flicker
    return Background(still, tolerance, flicker, min(votes + len(thumbs), MOST_VOTES))


def difference(thumb: Thumb, reference: Scalars | Thumb, background: Background) -> Scalars:
    """Return the distance of each point from `reference`, in tolerances; flicker is 0."""
    off = distance(thumb, reference) / background.tolerance
    off[background.flicker] = 0.0
    return off


def distance(thumb: Scalars | Thumb, reference: Scalars | Thumb) -> Scalars:
    """Return the distance of each point from `reference`, float32 [rows, columns].

    The median difference is subtracted first, so a cloud or the camera's exposure is no change.
    """
    off = np.subtract(thumb, reference, dtype=np.float32)
    planes = off.reshape(-1, off.shape[-1]).T.copy()  # a median along memory costs a third
    planes -= middle_of_rows(planes)
    np.abs(planes, out=planes)
    planes[1:] *= _CHROMA_WEIGHT
    worst: Scalars = planes.max(axis=0).reshape(off.shape[:-1])
    return worst


def _flickers(luma: Thumb, apart: Mask) -> Mask:
    """Return points that often leave the median, with steady brightness, and keep changing."""
    turns: Mask = (apart[1:] != apart[:-1]).mean(axis=0) >= _FLICKER_TURNS
    flickers: Mask = turns & (apart.mean(axis=0) >= _FLICKER_SHARE)
    # Few points are left: only of these the brightness is looked at.
    on, bright = apart[:, flickers], luma[:, flickers].astype(np.float32)
    times = np.maximum(on.sum(axis=0), 1)
    mean = (bright * on).sum(axis=0) / times
    spread = np.sqrt((((bright - mean) * on) ** 2).sum(axis=0) / times)
    flickers[flickers] = spread <= _FLICKER_SPREAD
    return flickers


def _evenly(thumbs: Sequence[Thumb], most: int) -> list[Thumb]:
    if len(thumbs) <= most:
        return list(thumbs)
    return [thumbs[round(i * (len(thumbs) - 1) / (most - 1))] for i in range(most)]
