"""Standing holds as last read, so that held segments stay held while the register is down."""

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
    from footage.ports import Holds
    from footage.segment import Segment

_ASK_AGAIN: Final = Elapsed.parse("10s")
"""A register that is down is asked this often at most."""
_ANSWER: Final = Elapsed.parse("5s")
"""Longest wait of eviction for a register that hangs: the disk fills meanwhile."""


@dataclass(frozen=True, slots=True)
class HoldsAsRead:
    """Standing holds as last read from the register.

    Attributes:
        holds: Holds by camera; None when the register could never be read: every segment counts
            as held then (invariant 4).
        read_at: When `holds` were read; None before the first success.
        trouble: Why `holds` may be out of date; "" when the last read succeeded.
    """

    holds: Mapping[CameraId, list[Hold]] | None = None
    read_at: Instant | None = None
    trouble: str = ""

    def may_cover(self, segment: Segment) -> bool:
        """Whether a known hold covers the segment; True when no holds could ever be read."""
        if self.holds is None:
            return True
        return any(hold.covers(segment) for hold in self.holds.get(segment.camera, ()))


class KnownHolds:
    """Reads standing holds and remembers the last answer. Called by a single thread at a time."""

    def __init__(self, holds: Holds, clock: Clock) -> None:
        self._holds = holds
        self._clock = clock
        self._known = HoldsAsRead()
        self._failed_at: Elapsed | None = None
        self._pool = ThreadPoolExecutor(1, "holds")  # a call to the register may hang for hours
        self._asked: Future[list[Hold]] | None = None
        self._asked_at = clock.now()

    def read(self) -> HoldsAsRead:
        """The present holds, or the last known holds and why no newer answer came."""
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
            self._failed("the register does not answer")
        except FootageError as exc:
            self._asked = None
            self._failed(str(exc))
        else:
            late, self._failed_at, self._asked = self._failed_at is not None, None, None
            self._known = HoldsAsRead(holds, self._asked_at)
            if late:  # the answer may be as old as the call that hung
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
