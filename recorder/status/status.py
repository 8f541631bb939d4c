"""What is known of every camera now: the recorder's events folded into facts.

Metrics, `footage status` and alarms are views of one `Snapshot`, so that none of them keeps books
of its own. `take` is called on the event loop's thread, `snapshot` on any other; both hold one
lock, for less than 20 ms at 950 cameras.

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
"""Upper ends of the classes in which the time from close to stored is counted."""
_SAME_STEP: Final = Elapsed.parse("10s")
"""A host's clock that is set several times in so short a time is one step."""


@dataclass(frozen=True, slots=True)
class StoreLatencies:
    """How long closed segments took to be stored.

    Attributes:
        counts: Of each class of `BOUNDS`, then of the longer ones.
    """

    counts: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)
    total: Elapsed = ZERO

    def add(self, wait: Elapsed) -> StoreLatencies:
        """With one more."""
        at = next((n for n, bound in enumerate(BOUNDS) if wait <= bound), len(BOUNDS))
        return StoreLatencies(
            (*self.counts[:at], self.counts[at] + 1, *self.counts[at + 1 :]), self.total + wait
        )


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """What concerns the recorder as a whole.

    Attributes:
        trouble: What is wrong with store, catalogue, register or spool; "" when nothing is.
        trouble_for: Since when.
        clock_steps: How often the host's clock was set.
        clock_said: What the last step was, and how long ago.
        alarms: Alarms that concern no single camera.
        alarm_said: The last of them, and how long ago.
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
    """Everything known at one instant; cameras by id."""

    at: Instant
    node: NodeStatus
    cameras: tuple[CameraStatus, ...]


class _Lasting(NamedTuple):
    since: Elapsed
    text: str


class RecorderStatus:
    """Folds the events of one recording. `take` may be given to a recorder as its listener.

    A trouble lasts from its begin to its own end, and nothing else ends one.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._trackers: dict[CameraId, CameraTracker] = {}
        self._node = NodeStatus()
        self._troubles: dict[Trouble, _Lasting] = {}
        """Those that concern no single camera, in the order in which they began."""
        self._clock_at = self._alarm_at = ZERO

    def apply(self, event: Event) -> None:
        """Something happened."""
        ticks = self._clock.monotonic()
        with self._lock:
            self._take_node(event, ticks)
            if event.camera is not None:
                trackers = self._trackers.setdefault(event.camera, CameraTracker(event.camera))
                if (wait := trackers.apply(event, ticks)) is not None:
                    self._node = replace(self._node, waits=self._node.waits.add(wait))

    def snapshot(self) -> Snapshot:
        """What is known now."""
        now, ticks = self._clock.now(), self._clock.monotonic()
        with self._lock:
            first = next(iter(self._troubles.values()), _Lasting(ticks, ""))
            node = replace(
                self._node,
                trouble=first.text,
                trouble_for=ticks - first.since,
                clock_ago=ticks - self._clock_at if self._node.clock_steps else None,
                alarm_ago=ticks - self._alarm_at if self._node.alarms else None,
            )
            cameras = [trackers.status(now, ticks) for trackers in self._trackers.values()]
        return Snapshot(now, node, tuple(sorted(cameras, key=lambda one: one.camera)))

    def _take_node(self, event: Event, ticks: Elapsed) -> None:
        node = self._node
        match event:
            case TroubleBegan(trouble=Trouble(camera=None) as trouble):
                former = self._troubles.get(trouble)
                since = former.since if former else ticks
                self._troubles[trouble] = _Lasting(since, mask(event.text))  # no credential is kept
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
