"""Standing holds as last read: a register that is down must not make a held segment look free."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.errors import FootageError
from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from concurrent.futures import Future

    from footage.clock import Clock
    from footage.hold import Hold
    from footage.ids import CameraId
    from footage.instant import Instant
    from footage.segment import Segment
    from recorder.ports import Holds

_ASK_AGAIN: Final = Elapsed.parse("10s")
"""A register that is down is asked this often at most."""
_ANSWER: Final = Elapsed.parse("5s")
"""How long eviction waits for a register that hangs: a disk fills meanwhile."""


@dataclass(frozen=True, slots=True)
class HoldsAsRead:
    """What is known.

    Attributes:
        holds: By camera; None where they could never be read: then everything counts as held
            (invariant 4).
        read_at: When they were read.
        trouble: Why this is not the present state; "" when it is.
    """

    holds: Mapping[CameraId, list[Hold]] | None = None
    read_at: Instant | None = None
    trouble: str = ""

    def may_cover(self, segment: Segment) -> bool:
        """Whether a hold covers it as far as is known; yes where nothing is."""
        if self.holds is None:
            return True
        return any(hold.covers(segment) for hold in self.holds.get(segment.camera, ()))


class KnownHolds:
    """Reads them, and remembers. Called by one thread at a time."""

    def __init__(self, holds: Holds, clock: Clock) -> None:
        self._holds = holds
        self._clock = clock
        self._known = HoldsAsRead()
        self._failed_at: Elapsed | None = None
        self._pool = ThreadPoolExecutor(1, "holds")  # it may hang for hours
        self._asked: Future[list[Hold]] | None = None
        self._asked_at = clock.now()

    def read(self) -> HoldsAsRead:
        """The present state, or the last one known and why."""
        if self._failed_at is not None:
            waited = self._clock.monotonic() - self._failed_at
            if waited < _ASK_AGAIN and not (self._asked and self._asked.done()):
                return self._known
        if self._asked is None:
            self._asked_at = self._clock.now()
            self._asked = self._pool.submit(self._holds.holds)
        try:
            holds = _by_camera(self._asked.result(_ANSWER.in_seconds))
        except TimeoutError:
            self._failed("it does not answer")
        except FootageError as exc:
            self._asked = None
            self._failed(str(exc))
        else:
            late, self._failed_at, self._asked = self._failed_at is not None, None, None
            self._known = HoldsAsRead(holds, self._asked_at)
            if late:  # it may have been true long ago only
                return self.read()
        return self._known

    def _failed(self, why: str) -> None:
        self._failed_at = self._clock.monotonic()
        self._known = HoldsAsRead(self._known.holds, self._known.read_at, why)


def _by_camera(holds: Iterable[Hold]) -> dict[CameraId, list[Hold]]:
    found: dict[CameraId, list[Hold]] = {}
    for hold in holds:
        for camera in hold.cameras:
            found.setdefault(camera, []).append(hold)
    return found
