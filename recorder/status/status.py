"""Present status of every camera and of the node, computed from the recorder's events.

Metrics, `footage status` and alarms are views of one `Snapshot`, so that none of them keeps state
of its own. `apply` is called on the event loop's thread, `snapshot` on any other; both hold the
same lock, for less than 20 ms at 950 cameras.

Durations of this process come from the monotonic clock, so that a step of the wall clock neither
hurries nor hides anything; the age of footage is wall time, as its interval is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.instant import ZERO, Elapsed, Instant
from recorder.capture.messages import mask
from recorder.events import Alarm, ClockStepped, Trouble, TroubleBegan, TroubleEnded
from recorder.status.camera_status import CameraStatus, CameraTracker

if TYPE_CHECKING:
    from footage.clock import Clock
    from footage.ids import CameraId
    from recorder.events import Event

BOUNDS: Final = tuple(
    Elapsed.seconds(seconds)
    for seconds in (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400)
)
"""Upper ends of the histogram classes for the time from close to stored."""
_SAME_STEP: Final = Elapsed.parse("10s")
"""Several settings of the host's clock within this time count as a single step."""


@dataclass(frozen=True, slots=True)
class StoreLatencies:
    """Histogram of the time that closed segments took to be stored.

    Attributes:
        counts: Number of segments in each class of `BOUNDS`, then of segments that took longer.
        total: Sum of all times.
    """

    counts: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)
    total: Elapsed = ZERO

    def add(self, wait: Elapsed) -> StoreLatencies:
        """A histogram with the time of another segment added."""
        at = next((n for n, bound in enumerate(BOUNDS) if wait <= bound), len(BOUNDS))
        return StoreLatencies(
            (*self.counts[:at], self.counts[at] + 1, *self.counts[at + 1 :]), self.total + wait
        )


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """Status of the recorder as a whole.

    Attributes:
        trouble: What is wrong with store, catalogue, register or spool; "" when nothing is.
        trouble_for: Time since the trouble began.
        clock_steps: How often the host's clock was set.
        clock_said: Text of the last step; `clock_ago` the time since.
        alarms: Number of alarms that concern no single camera.
        alarm_said: Text of the last such alarm; `alarm_ago` the time since.
        waits: Histogram of the time that closed segments took to be stored.
    """

    trouble: str = ""
    trouble_for: Elapsed = ZERO
    clock_steps: int = 0
    clock_said: str = ""
    clock_ago: Elapsed | None = None
    alarms: int = 0
    alarm_said: str = ""
    alarm_ago: Elapsed | None = None
    waits: StoreLatencies = field(default_factory=StoreLatencies)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Status of the node and of all cameras at some instant; cameras sorted by id."""

    at: Instant
    node: NodeStatus
    cameras: tuple[CameraStatus, ...]


class _PresentTrouble(NamedTuple):
    since: Elapsed
    text: str


class RecorderStatus:
    """Computes the status from a recorder's events. `apply` may be passed as a recorder's listener.

    A trouble lasts from its begin event to its end event, and nothing else ends a trouble.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._trackers: dict[CameraId, CameraTracker] = {}
        self._node = NodeStatus()
        self._troubles: dict[Trouble, _PresentTrouble] = {}
        """Present troubles that concern no single camera, in the order of beginning."""
        self._clock_at = self._alarm_at = ZERO

    def apply(self, event: Event) -> None:
        """Take in an event."""
        ticks = self._clock.monotonic()
        with self._lock:
            self._apply_to_node(event, ticks)
            if event.camera is not None:
                tracker = self._trackers.setdefault(event.camera, CameraTracker(event.camera))
                if (wait := tracker.apply(event, ticks)) is not None:
                    self._node = replace(self._node, waits=self._node.waits.add(wait))

    def snapshot(self) -> Snapshot:
        """Status of the node and of all cameras now."""
        now, ticks = self._clock.now(), self._clock.monotonic()
        with self._lock:
            first = next(iter(self._troubles.values()), _PresentTrouble(ticks, ""))
            node = replace(
                self._node,
                trouble=first.text,
                trouble_for=ticks - first.since,
                clock_ago=ticks - self._clock_at if self._node.clock_steps else None,
                alarm_ago=ticks - self._alarm_at if self._node.alarms else None,
            )
            cameras = [tracker.status(now, ticks) for tracker in self._trackers.values()]
        return Snapshot(now, node, tuple(sorted(cameras, key=lambda status: status.camera)))

    def _apply_to_node(self, event: Event, ticks: Elapsed) -> None:
        node = self._node
        match event:
            case TroubleBegan(trouble=Trouble(camera=None) as trouble):
                former = self._troubles.get(trouble)
                since = former.since if former else ticks
                self._troubles[trouble] = _PresentTrouble(
                    since, mask(event.text)
                )  # no credential is kept
            case TroubleEnded(trouble=trouble):
                self._troubles.pop(trouble, None)
            case Alarm(camera=None):
                self._alarm_at = ticks
                self._node = replace(node, alarms=node.alarms + 1, alarm_said=mask(event.text))
            case ClockStepped():
                if not node.clock_steps or ticks - self._clock_at > _SAME_STEP:
                    node = replace(node, clock_steps=node.clock_steps + 1)
                self._clock_at = ticks
                self._node = replace(node, clock_said=str(event))
