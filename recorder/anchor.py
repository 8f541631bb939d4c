"""From media time to wall time.

A camera's frames carry media time: exact differences, no relation to the wall. Their arrivals carry
wall time, each late by an unknown delay that is never negative. So the wall instant of media time
zero is at most (arrival - media time) of any frame, and the least of many comes closest: the
*least-delayed frame* decides. What remains (exposure, encoding, network) is not seen from here and
goes into the uncertainty.

Two kinds of arrivals are observed. At a *rotation* FFmpeg closes a segment because a keyframe came:
the list line tells that keyframe's media time at once. *Progress* tells, each second, where the
frame written last ends; its zero differs from the file's where pictures are reordered (B-frames),
so then it only helps until the first rotation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed, Instant

if TYPE_CHECKING:
    from collections.abc import Iterable

UNSEEN: Final = Elapsed.parse("100ms")
"""Exposure, encoding and network of an ordinary camera, unseen in arrivals (an assumption)."""
REORDERED: Final = Elapsed.parse("300ms")
"""Uncertainty where only progress of reordered pictures is known: up to 0.16 s was measured."""
BLIND: Final = Elapsed.parse("5s")
"""Uncertainty where nothing was observed and only the start of FFmpeg is known."""
MAX_SLEW_PPM: Final = 500
"""How fast the wall time of a run is corrected: 30 ms a minute, never backwards."""


@dataclass(frozen=True, slots=True)
class Observations:
    """The least (arrival - media time) of each kind."""

    rotation: Instant | None = None
    progress: Instant | None = None

    def rotated(self, arrived: Instant, media: Elapsed) -> Observations:
        """With a rotation at `media`, seen at `arrived`."""
        return replace(self, rotation=_least(self.rotation, arrived - media))

    def progressed(self, arrived: Instant, media: Elapsed) -> Observations:
        """With a frame that ends at `media`, seen at `arrived`."""
        return replace(self, progress=_least(self.progress, arrived - media))


def merged(many: Iterable[Observations]) -> Observations:
    """The least of all."""
    whole = Observations()
    for one in many:
        whole = Observations(
            _least(whole.rotation, one.rotation) if one.rotation else whole.rotation,
            _least(whole.progress, one.progress) if one.progress else whole.progress,
        )
    return whole


@dataclass(frozen=True, slots=True)
class Anchor:
    """Wall time of media time zero of a run, and how far off it may be."""

    at: Instant
    uncertainty: Elapsed


def estimate(seen: Observations, *, frame: Elapsed, reordered: bool, started: Instant) -> Anchor:
    """The best anchor these observations allow.

    Args:
        seen: What was observed.
        frame: Length of one frame, since progress tells where a frame ends.
        reordered: Whether pictures are reordered.
        started: When FFmpeg was started, for a run that was observed never.
    """
    from_progress = seen.progress + frame if seen.progress else None
    if reordered and seen.rotation is None and from_progress is not None:
        return Anchor(from_progress, REORDERED)
    candidates = [seen.rotation, None if reordered else from_progress]
    known = [instant for instant in candidates if instant is not None]
    return Anchor(min(known), UNSEEN) if known else Anchor(started, BLIND)


def slew(current: Anchor, target: Anchor, length: Elapsed) -> Anchor:
    """Move towards `target` by at most 500 ppm of `length`; the rest adds to the uncertainty."""
    wanted = (target.at - current.at).us
    most = length.us * MAX_SLEW_PPM // 1_000_000
    moved = max(-most, min(wanted, most))
    left = Elapsed(abs(wanted - moved))
    return Anchor(current.at + Elapsed(moved), target.uncertainty + left)


def _least(former: Instant | None, new: Instant | None) -> Instant | None:
    if former is None or new is None:
        return former or new
    return min(former, new)
