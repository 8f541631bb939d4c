"""Which camera needs a person first, and why, in words: decided purely (invariant 10)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from footage.instant import ZERO, Elapsed
from recorder.status.camera_status import CameraState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recorder.status.camera_status import CameraStatus

CLOCK_OFF: Final = Elapsed.parse("1s")
"""Beyond this, sightings on two cameras can no longer be put in order."""
WAITS_LONG: Final = Elapsed.parse("2m")
FLAPS: Final = 5
"""Restarts within 10 min that are no single mishap."""
ALARM_LASTS: Final = Elapsed.parse("1h")
"""How long an alarm makes its camera stand among the worst."""
_NEVER: Final = Elapsed.parse("36500d")
_MINUTE_S: Final = 60


class Severity(IntEnum):
    """The worst first."""

    UNRECORDED = 0
    LOST = 1
    EVICTED = 2
    DAMAGED = 3
    ALARMED = 4
    WAITS = 5
    FLAPS = 6
    CLOCK = 7
    STARTING = 8
    STOPPED = 9
    NONE = 10

    @property
    def grave(self) -> bool:
        """Whether footage is lost, damaged or alarmed: a person must act."""
        return self <= Severity.ALARMED


@dataclass(frozen=True, slots=True)
class Assessment:
    """A camera, its severity, and the reason in words."""

    status: CameraStatus
    severity: Severity
    words: str


def worst_first(cameras: Iterable[CameraStatus]) -> list[Assessment]:
    """Judge and order: by severity, then by how bad it is, then by id."""
    assessments = [assess(camera) for camera in cameras]
    return sorted(assessments, key=lambda one: (one.severity, -_weight(one).us, one.status.camera))


def assess(one: CameraStatus) -> Assessment:
    """The gravest of what is wrong with a camera."""
    severity, words = next(((c, w) for c, w in _severities(one) if w), (Severity.NONE, "recording"))
    return Assessment(one, severity, words)


def in_words(elapsed: Elapsed) -> str:
    """A duration as people say it: its two largest units at most, "3 min", "1 h 5 min"."""
    seconds = max(elapsed.us, 0) // 1_000_000
    if seconds < _MINUTE_S:
        return f"{seconds} s"
    units = (("d", 86_400), ("h", 3_600), ("min", 60))
    parts = []
    for name, size_s in units:
        count, seconds = divmod(seconds, size_s)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2])


def _severities(one: CameraStatus) -> list[tuple[Severity, str]]:
    """Each severity in order, with its words or ""."""
    return [
        (Severity.UNRECORDED, "" if one.phase else _unrecorded(one)),
        (Severity.LOST, _lost(one)),
        (Severity.EVICTED, _evicted(one)),
        (Severity.DAMAGED, f"damaged by the camera: {one.damage}" if one.damage else ""),
        (Severity.ALARMED, _alarmed(one)),
        (Severity.WAITS, _waits(one)),
        (Severity.FLAPS, _flaps(one)),
        (Severity.CLOCK, _clock(one)),
        (Severity.STARTING, _starting(one)),
        (Severity.STOPPED, "stopped" if one.state is CameraState.STOPPED else ""),
    ]


def _unrecorded(one: CameraStatus) -> str:
    stored = "" if one.lag is None else f"; newest footage is {in_words(one.lag)} old"
    return f"nobody records it{stored}" if not one.why else f"{one.why}{stored}"


def _lost(one: CameraStatus) -> str:
    if one.state is not CameraState.LOST:
        return ""
    return f"lost for {in_words(one.lost_for or ZERO)}{f': {one.why}' if one.why else ''}"


def _starting(one: CameraStatus) -> str:
    if one.state is not CameraState.CONNECTING:
        return ""
    return f"connecting for {in_words(one.lost_for or ZERO)}"


def _evicted(one: CameraStatus) -> str:
    if one.evicted_ago is None or one.evicted_ago > ALARM_LASTS:
        return ""
    return f"{one.evicted} segments given up, spool full, last {in_words(one.evicted_ago)} ago"


def _alarmed(one: CameraStatus) -> str:
    if one.alarm_ago is None or one.alarm_ago > ALARM_LASTS:
        return ""
    return f"alarm {in_words(one.alarm_ago)} ago: {one.alarm_said}"


def _waits(one: CameraStatus) -> str:
    if one.waits is None or one.waits < WAITS_LONG:
        return ""
    return f"footage waits {in_words(one.waits)} for the store"


def _flaps(one: CameraStatus) -> str:
    if one.lately < FLAPS:
        return ""
    return f"restarted {one.lately} times in 10 min{f': {one.why}' if one.why else ''}"


def _clock(one: CameraStatus) -> str:
    if one.clock_offset is not None and abs(one.clock_offset.us) >= CLOCK_OFF.us:
        return f"clock {one.clock_offset.in_seconds:+.1f} s off"
    if one.clock_uncertainty is not None and one.clock_uncertainty >= CLOCK_OFF:
        return f"time known to ± {one.clock_uncertainty.in_seconds:.1f} s only"
    return ""


def _weight(assessments: Assessment) -> Elapsed:
    """How bad, among cameras with the same severity."""
    one = assessments.status
    offset, spread = one.clock_offset or ZERO, one.clock_uncertainty or ZERO
    weights = {
        Severity.UNRECORDED: one.lag or _NEVER,
        Severity.LOST: one.lost_for,
        Severity.EVICTED: Elapsed(one.evicted),
        Severity.ALARMED: -(one.alarm_ago or ZERO),
        Severity.WAITS: one.waits,
        Severity.FLAPS: Elapsed(one.lately),
        Severity.CLOCK: max(Elapsed(abs(offset.us)), spread),
        Severity.STARTING: one.lost_for,
    }
    return weights.get(assessments.severity) or ZERO
