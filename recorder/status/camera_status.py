"""Status of a single camera, computed from the recorder's events."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.instant import ZERO, Elapsed
from footage.span import GapReason
from recorder.capture.messages import mask
from recorder.capture.state_machine import CONNECT_WITHIN, Phase
from recorder.events import (
    Alarm,
    GapRecorded,
    KeyframesFarApart,
    PhaseChanged,
    SegmentDamaged,
    SegmentEvicted,
    SegmentSetAside,
    SegmentSpooled,
    SegmentStored,
    WrongRate,
)
from recorder.status.downtime import Downtime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.ids import CameraId, RunId
    from footage.instant import Instant
    from footage.segment import Segment
    from footage.span import Gap
    from recorder.events import Event

RECENTLY: Final = Elapsed.parse("10m")
_RESTARTS_KEPT: Final = 50
_STORED_KEPT: Final = 16
_DISCARDING: Final = frozenset({GapReason.WRITE_FAILED, GapReason.SPOOL_OVERFLOW})
"""A segment covered by a final gap with such a reason no longer waits to be stored."""


class CameraState(StrEnum):
    """A camera's state for operators: a lost camera stays LOST through new attempts to connect."""

    CONNECTING = "connecting"
    """The first attempt to connect still lasts."""
    RECORDING = "recording"
    LOST = "lost"
    STOPPED = "stopped"
    UNRECORDED = "unrecorded"
    """No recorder works on the camera."""


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """Status of a single camera at some instant.

    Attributes:
        phase: Phase of recording; None when no recorder works on the camera.
        phase_for: Time since the phase began.
        lost_for: Time without pictures, over all attempts to connect; None while the camera is
            recorded, and once recording was stopped.
        tried: Whether an attempt to connect has ended; False while the first attempt lasts.
        why: Why the camera was lost the last time.
        lost: Time not recorded, by reason.
        counted: Time not recorded, by reason; never shrinks, as a counter must not.
        stored: Number of segments stored; `stored_bytes` their bytes.
        spooled: Number of segments closed and not yet stored; `spooled_bytes` their bytes.
        waits: Age of the oldest footage not yet stored; None when no segment waits.
        lag: Age of the newest stored footage; None when nothing was stored.
        store_lag: Time from close to stored of the last stored segment.
        restarts: Attempts to connect after the first.
        lately: Restarts in the last 10 min.
        evicted: Number of segments evicted; `evicted_ago` the time since the last eviction.
        clock_offset: The camera's clock minus the recorder's, of the last segment;
            `clock_uncertainty` the uncertainty of that segment's times.
        damage: What is wrong with the last segment, "" when nothing is.
        stamped_rate: Pictures a second by the camera's stamps, where `delivered_rate`, the pictures
            a second that arrive, is another; None where the stamps are right.
        keyframe_every: Time from keyframe to keyframe, where far too long; else None.
        alarms: Number of alarms; `alarm_said` the text of the last alarm, `alarm_ago` the time
            since.
    """

    camera: CameraId
    phase: Phase | None = None
    phase_for: Elapsed = ZERO
    lost_for: Elapsed | None = None
    tried: bool = False
    why: str = ""
    lost: Mapping[GapReason, Elapsed] = field(default_factory=dict)
    counted: Mapping[GapReason, Elapsed] = field(default_factory=dict)
    stored: int = 0
    stored_bytes: int = 0
    spooled: int = 0
    spooled_bytes: int = 0
    waits: Elapsed | None = None
    lag: Elapsed | None = None
    store_lag: Elapsed | None = None
    restarts: int = 0
    lately: int = 0
    evicted: int = 0
    evicted_ago: Elapsed | None = None
    clock_offset: Elapsed | None = None
    clock_uncertainty: Elapsed | None = None
    damage: str = ""
    stamped_rate: float | None = None
    delivered_rate: float | None = None
    keyframe_every: Elapsed | None = None
    alarms: int = 0
    alarm_said: str = ""
    alarm_ago: Elapsed | None = None

    @property
    def state(self) -> CameraState:
        """The camera's state, for people."""
        match self.phase:
            case None:
                return CameraState.UNRECORDED
            case Phase.RECORDING:
                return CameraState.RECORDING
            case Phase.STOPPING | Phase.STOPPED:
                return CameraState.STOPPED
        late = self.lost_for is not None and self.lost_for >= CONNECT_WITHIN
        return CameraState.LOST if self.tried or late else CameraState.CONNECTING


class _Origin(NamedTuple):
    """Identifies a segment for good, while the store may change the key given in the spool."""

    run: RunId
    sequence: int


class _Waiting(NamedTuple):
    size_bytes: int
    end: Instant
    closed: Elapsed


class CameraTracker:
    """Computes the status of a single camera from events; the caller passes the times."""

    def __init__(self, camera: CameraId) -> None:
        self._camera = camera
        self._phase: Phase | None = None
        self._phase_at = ZERO
        self._lost_at: Elapsed | None = None
        self._tried = False
        self._why = ""
        self._lost: dict[GapReason, Downtime] = {}
        self._waiting: dict[_Origin, _Waiting] = {}
        self._waiting_bytes = 0
        self._stored = self._stored_bytes = 0
        self._lately_stored: deque[_Origin] = deque(maxlen=_STORED_KEPT)
        self._stored_until: Instant | None = None
        self._store_lag: Elapsed | None = None
        self._attempts = 0
        self._restarted: deque[Elapsed] = deque(maxlen=_RESTARTS_KEPT)
        self._evicted = self._alarms = 0
        self._evicted_at = self._alarm_at = ZERO
        self._alarm_said = ""
        self._rates: tuple[float, float] | None = None
        self._keyframe_every: Elapsed | None = None
        self._last: Segment | None = None

    def apply(self, event: Event, ticks: Elapsed) -> Elapsed | None:
        """Take in an event; for a stored segment, returns the time from close to stored."""
        match event:
            case PhaseChanged():
                self._phased(event, ticks)
            case SegmentSpooled():
                self._spooled(event.segment, ticks)
            case SegmentStored():
                return self._segment_stored(event.segment, ticks)
            case SegmentEvicted():
                self._evicted, self._evicted_at = self._evicted + 1, ticks
                self._forget(_origin(event.segment))
            case GapRecorded():
                self._gap(event.gap, final=event.final)
            case WrongRate() | KeyframesFarApart():
                self._alarmed(event, ticks)
                if isinstance(event, WrongRate):
                    self._rates = (event.stamped, event.delivered)
                else:
                    self._keyframe_every = event.every
            case Alarm() | SegmentDamaged() | SegmentSetAside():
                self._alarmed(event, ticks)
        return None

    def status(self, now: Instant, ticks: Elapsed) -> CameraStatus:
        """Status at wall time `now` and monotonic time `ticks`."""
        last, oldest = self._last, next(iter(self._waiting.values()), None)
        return CameraStatus(
            camera=self._camera,
            phase=self._phase,
            phase_for=ticks - self._phase_at if self._phase else ZERO,
            lost_for=None if self._lost_at is None else ticks - self._lost_at,
            tried=self._tried,
            why=self._why,
            lost={reason: time.length for reason, time in self._lost.items()},
            counted={reason: time.counted for reason, time in self._lost.items()},
            stored=self._stored,
            stored_bytes=self._stored_bytes,
            spooled=len(self._waiting),
            spooled_bytes=self._waiting_bytes,
            waits=None if oldest is None else max(now - oldest.end, ZERO),
            lag=None if self._stored_until is None else max(now - self._stored_until, ZERO),
            store_lag=self._store_lag,
            restarts=max(self._attempts - 1, 0),
            lately=sum(ticks - at <= RECENTLY for at in self._restarted),
            evicted=self._evicted,
            evicted_ago=ticks - self._evicted_at if self._evicted else None,
            clock_offset=last.clock.offset if last else None,
            clock_uncertainty=last.clock.uncertainty if last else None,
            damage=last.damage if last else "",
            stamped_rate=self._rates[0] if self._rates else None,
            delivered_rate=self._rates[1] if self._rates else None,
            keyframe_every=self._keyframe_every,
            alarms=self._alarms,
            alarm_said=self._alarm_said,
            alarm_ago=ticks - self._alarm_at if self._alarms else None,
        )

    # ---------------------------------------------------------------- inside

    def _alarmed(self, event: Event, ticks: Elapsed) -> None:
        self._alarms, self._alarm_at = self._alarms + 1, ticks
        self._alarm_said = mask(str(event))  # no credential is kept

    def _phased(self, event: PhaseChanged, ticks: Elapsed) -> None:
        self._phase, self._phase_at = event.phase, ticks
        if self._phase is Phase.CONNECTING:
            self._attempts += 1
            self._rates = self._keyframe_every = None  # of the stream before
            if self._attempts > 1:
                self._restarted.append(ticks)
        elif self._phase is not Phase.IDLE:
            self._tried = True
        if event.why and self._tried:  # the first attempt's reason is that no recorder was running
            self._why = mask(event.why)  # no credential is kept
        if self._phase in {Phase.RECORDING, Phase.STOPPING, Phase.STOPPED}:
            self._lost_at = None
        elif self._lost_at is None:
            self._lost_at = ticks

    def _spooled(self, segment: Segment, ticks: Elapsed) -> None:
        origin = _origin(segment)
        if origin in self._lately_stored:
            return  # found again by a restarted channel while the stored file was being removed
        self._forget(origin)  # reported twice, for the same reason
        self._waiting[origin] = _Waiting(segment.size_bytes, segment.interval.end, ticks)
        self._waiting_bytes += segment.size_bytes
        self._last = segment

    def _segment_stored(self, segment: Segment, ticks: Elapsed) -> Elapsed | None:
        self._stored += 1
        self._lately_stored.append(_origin(segment))
        self._stored_bytes += segment.size_bytes
        end = segment.interval.end
        self._stored_until = max(self._stored_until or end, end)
        if self._last is None or self._last.interval.end < end:
            self._last = segment
        waited = self._forget(_origin(segment))
        if waited is None:
            return None  # left by an earlier recorder: the time of the close is not known
        self._store_lag = ticks - waited.closed
        return self._store_lag

    def _gap(self, gap: Gap, *, final: bool) -> None:
        self._lost.setdefault(gap.reason, Downtime()).apply(gap.interval, final=final)
        if final and gap.reason in _DISCARDING:
            lost = gap.interval
            discarded = [o for o, w in self._waiting.items() if lost.start < w.end <= lost.end]
            for origin in discarded:
                self._forget(origin)

    def _forget(self, origin: _Origin) -> _Waiting | None:
        waited = self._waiting.pop(origin, None)
        if waited is not None:
            self._waiting_bytes -= waited.size_bytes
        return waited


def _origin(segment: Segment) -> _Origin:
    return _Origin(segment.run, segment.sequence)
