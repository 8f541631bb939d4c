"""Derives, from the faults done, the frames that may be missing. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from footage.instant import ZERO, Elapsed, Instant, Interval
from footage.span import GapReason
from tests.chaos.recording.judge import Cause
from tests.chaos.recording.plan import Fault, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.chaos.recording.node import Life

BEFORE: Final = Elapsed.parse("2s")
"""A GOP or 2 s: what was in the open fragment, or on its way."""
FIRST_WAIT: Final = Elapsed.parse("1s")
LONGEST_WAIT: Final = Elapsed.parse("36s")
"""Of a recorder between two attempts: 30 s and a fifth."""
WELL_AGAIN: Final = Elapsed.parse("30s")
"""After so long the first wait is short again."""
CONNECT: Final = Elapsed.parse("12s")
"""FFmpeg's start, probing, and the next keyframe, on a loaded machine."""
HANG: Final = Elapsed.parse("11s")
"""An attempt that began while nothing answered is given up after that."""
LEASE: Final = Elapsed.parse("10s")
SHARING: Final = Elapsed.parse("20s")
"""Until a recorder that is back has its share of the cameras again, a few at a time."""
GROWS: Final = Elapsed.parse("12s")
"""An open gap is written again every 10 s."""
RESTART: Final = Elapsed.parse("15s")
"""From a recorder's first FFmpeg to the first keyframe of its last camera, on a loaded machine."""
_CAMERA: Final = frozenset({GapReason.CAMERA_LOST, GapReason.NO_PICTURES})
_DOWN: Final = frozenset({GapReason.RECORDER_DOWN})
_OF_CAMERAS: Final = frozenset(
    {
        Kind.FFMPEG_KILL,
        Kind.CUT,
        Kind.RESET,
        Kind.CAMERA_DEATH,
        Kind.CAMERA_STALL,
        Kind.CAMERA_FLAP,
        Kind.CAMERA_HANG_UP,
    }
)
_HANGING: Final = frozenset({Kind.CAMERA_STALL, Kind.RESET})


@dataclass(frozen=True, slots=True)
class Done:
    """A fault as actually done."""

    fault: Fault
    began: Instant
    ended: Instant


def of_camera(camera: str, done: Sequence[Done]) -> list[Cause]:
    """Causes of loss from faults of a camera, an FFmpeg or the network between.

    Waits between attempts double, so the wait that is running when a fault ends is at most as long
    as all that went before since the camera was last well, and a second.
    """
    causes: list[Cause] = []
    since = until = None
    for one in sorted(done, key=lambda one: one.began):
        if one.fault.kind not in _OF_CAMERAS or one.fault.target != camera:
            continue
        if since is None or until is None or one.began - until > WELL_AGAIN:
            since = one.began
        tried = Elapsed((one.ended - since + FIRST_WAIT).us * 6 // 5)
        hang = HANG if one.fault.kind in _HANGING else ZERO
        until = one.ended + min(tried, LONGEST_WAIT) + CONNECT + hang
        causes.append(Cause(one.fault.kind, Interval(one.began - BEFORE, until), _CAMERA))
    return causes


def of_recorder(name: str, lives: Sequence[Life], until: Instant) -> list[Cause]:
    """Times a recorder was down: from a process's end to a later process's first FFmpeg.

    A process that ends before starting any FFmpeg counts as down throughout: the register may be
    away, and the recorder is started again.
    """
    causes, since = list[Cause](), None
    for life in lives:
        if since is not None and life.ready is not None:
            causes.append(_down(name, since, life.ready))
            since = None
        if since is None and life.ready is not None:
            since = life.ended
    return [*causes, _down(name, since, until)] if since is not None and since < until else causes


def of_returns(name: str, lives: Sequence[Life]) -> list[Cause]:
    """Causes from a starting recorder, which gets its share of the cameras a few at a time."""
    return [
        Cause(
            f"cameras given to {name}",
            Interval(life.ready - BEFORE, life.ready + SHARING + RESTART),
            _DOWN,
            shared=True,
        )
        for life in lives
        if life.ready is not None
    ]


def of_pauses(done: Sequence[Done]) -> list[Cause]:
    """Causes from a paused recorder, whose lease may pass to another recorder and return."""
    return [
        Cause(
            f"pause of {one.fault.target}",
            Interval(one.began - BEFORE, one.ended + LEASE + RESTART + SHARING),
            _DOWN,
            shared=True,
        )
        for one in done
        if one.fault.kind is Kind.RECORDER_PAUSE
    ]


def unwritten(losses: Sequence[Cause], downs: Sequence[Cause]) -> list[Cause]:
    """Causes from a loss in progress when its recorder went down, known up to the last write.

    The time after that, up to `GROWS`, is reported as the recorder's absence: no process was left
    to report more.
    """
    causes = []
    for down in downs:
        start = down.interval.start
        before = Interval(start - GROWS, start + BEFORE)
        causes += [
            Cause(f"{loss.what}, then {down.what}", shared, _DOWN)
            for loss in losses
            if (shared := loss.interval.clip(before))
        ]
    return causes


def widened(causes: Sequence[Cause], by: Elapsed) -> list[Cause]:
    """Causes that reach further both ways: a keyframe, or a picture at all, comes that rarely."""
    return [
        replace(one, interval=Interval(one.interval.start - by, one.interval.end + by))
        for one in causes
    ]


def _down(name: str, since: Instant, until: Instant) -> Cause:
    return Cause(f"{name} down", Interval(since - BEFORE, until + RESTART), _DOWN, shared=True)
