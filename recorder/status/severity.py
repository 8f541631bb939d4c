"""Decides which camera needs a person first, with the reason in words; pure (invariant 10)."""

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
"""Clocks further off than this: sightings on two cameras can no longer be put in order."""
WAITS_LONG: Final = Elapsed.parse("2m")
FLAPS: Final = 5
"""Restarts within 10 min that are more than a single mishap."""
ALARM_LASTS: Final = Elapsed.parse("1h")
"""How long an alarm or an eviction counts for the camera's severity."""
_NEVER: Final = Elapsed.parse("36500d")
_MINUTE_S: Final = 60


class Severity(IntEnum):
    """Severity of a camera's problem; lower is worse."""

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
        """Whether footage is lost or damaged, or an alarm was raised: a person must act."""
        return self <= Severity.ALARMED


@dataclass(frozen=True, slots=True)
class Assessment:
    """A camera's status and severity, with the reason in words."""

    status: CameraStatus
    severity: Severity
    words: str


def worst_first(cameras: Iterable[CameraStatus]) -> list[Assessment]:
    """Assess all cameras; returns assessments sorted by severity, then by weight, then by id."""
    assessments = [assess(camera) for camera in cameras]
    return sorted(
        assessments, key=lambda each: (each.severity, -_weight(each).us, each.status.camera)
    )


def assess(camera: CameraStatus) -> Assessment:
    """Assess a camera by the worst problem found; severity NONE where nothing is wrong."""
    severity, words = next(
        ((c, w) for c, w in _severities(camera) if w), (Severity.NONE, "recording")
    )
    return Assessment(camera, severity, words)


def in_words(elapsed: Elapsed) -> str:
    """A duration for people, in the two largest units at most: "3 min", "1 h 5 min"."""
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


def _severities(camera: CameraStatus) -> list[tuple[Severity, str]]:
    """Each severity, worst first, with the reason in words; "" where a severity does not apply."""
    return [
        (Severity.UNRECORDED, "" if camera.phase else _unrecorded(camera)),
        (Severity.LOST, _lost(camera)),
        (Severity.EVICTED, _evicted(camera)),
        (Severity.DAMAGED, f"damaged by the camera: {camera.damage}" if camera.damage else ""),
        (Severity.ALARMED, _alarmed(camera)),
        (Severity.WAITS, _waits(camera)),
        (Severity.FLAPS, _flaps(camera)),
        (Severity.CLOCK, _clock(camera)),
        (Severity.STARTING, _starting(camera)),
        (Severity.STOPPED, "stopped" if camera.state is CameraState.STOPPED else ""),
    ]


def _unrecorded(camera: CameraStatus) -> str:
    stored = "" if camera.lag is None else f"; newest footage is {in_words(camera.lag)} old"
    return f"nobody records it{stored}" if not camera.why else f"{camera.why}{stored}"


def _lost(camera: CameraStatus) -> str:
    if camera.state is not CameraState.LOST:
        return ""
    return f"lost for {in_words(camera.lost_for or ZERO)}{f': {camera.why}' if camera.why else ''}"


def _starting(camera: CameraStatus) -> str:
    if camera.state is not CameraState.CONNECTING:
        return ""
    return f"connecting for {in_words(camera.lost_for or ZERO)}"


def _evicted(camera: CameraStatus) -> str:
    if camera.evicted_ago is None or camera.evicted_ago > ALARM_LASTS:
        return ""
    return f"{camera.evicted} segments evicted, spool full, last {in_words(camera.evicted_ago)} ago"


def _alarmed(camera: CameraStatus) -> str:
    if camera.alarm_ago is None or camera.alarm_ago > ALARM_LASTS:
        return ""
    return f"alarm {in_words(camera.alarm_ago)} ago: {camera.alarm_said}"


def _waits(camera: CameraStatus) -> str:
    if camera.waits is None or camera.waits < WAITS_LONG:
        return ""
    return f"footage waits {in_words(camera.waits)} for the store"


def _flaps(camera: CameraStatus) -> str:
    if camera.lately < FLAPS:
        return ""
    return f"restarted {camera.lately} times in 10 min{f': {camera.why}' if camera.why else ''}"


def _clock(camera: CameraStatus) -> str:
    if camera.clock_offset is not None and abs(camera.clock_offset.us) >= CLOCK_OFF.us:
        return f"clock {camera.clock_offset.in_seconds:+.1f} s off"
    if camera.clock_uncertainty is not None and camera.clock_uncertainty >= CLOCK_OFF:
        return f"time known to ± {camera.clock_uncertainty.in_seconds:.1f} s only"
    return ""


def _weight(assessment: Assessment) -> Elapsed:
    """Order among cameras with the same severity: more is worse."""
    camera = assessment.status
    offset, spread = camera.clock_offset or ZERO, camera.clock_uncertainty or ZERO
    weights = {
        Severity.UNRECORDED: camera.lag or _NEVER,
        Severity.LOST: camera.lost_for,
        Severity.EVICTED: Elapsed(camera.evicted),
        Severity.ALARMED: -(camera.alarm_ago or ZERO),
        Severity.WAITS: camera.waits,
        Severity.FLAPS: Elapsed(camera.lately),
        Severity.CLOCK: max(Elapsed(abs(offset.us)), spread),
        Severity.STARTING: camera.lost_for,
    }
    return weights.get(assessment.severity) or ZERO
