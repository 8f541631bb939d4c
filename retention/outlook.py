"""The outlook of some footage: what is stored, what is held, when retention may delete the rest.

Read from the holds of the register, the catalogue's day summaries and the policies in force, at the
time of asking: "held" is said of a hold that stands in the register now (invariants 4, 11). The
cost grows with cameras and days, never with segments (invariant 12).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from footage.day import day_of
from footage.errors import FootageError
from footage.instant import DAY, Elapsed, Interval, total, union
from retention.policy import Judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from footage.day import DaySpan
    from footage.hold import Hold
    from footage.ids import CameraId, HoldId
    from footage.instant import Instant
    from footage.ports import Catalogue, Register
    from retention.policy import Policy

_MICROSECOND = Elapsed(1)


@dataclass(frozen=True, slots=True)
class Prospect:
    """The outlook of a camera's footage of an interval.

    Attributes:
        stored: Time of the interval of which segments are stored now.
        holds: Holds that stand, and cover some of the interval.
        held: Time of `stored` that these holds cover.
        whole: Whether these holds cover the whole interval, stored or not.
        deleted_from: The instant before which no policy deletes any of what is stored and not held;
            None where nothing such is stored, no policy deletes any of it, or `unknown` says why
            nobody knows.
        policy: Name of the policy that deletes first; "" with `deleted_from` None.
        unknown: Why the policies could not be asked; "" where they were.
    """

    camera: CameraId
    interval: Interval
    stored: Elapsed
    holds: tuple[HoldId, ...]
    held: Elapsed
    whole: bool
    deleted_from: Instant | None
    policy: str
    unknown: str = ""

    @property
    def all_held(self) -> bool:
        """Whether the holds cover all that is stored, and something is stored."""
        return bool(self.stored) and self.held == self.stored


class Outlook:
    """Looks at footage; safe in several threads.

    Args:
        register: Knows holds and stays.
        catalogue: Knows what is stored.
        policies: Reads the policies in force; None where everything is kept.
    """

    def __init__(
        self,
        register: Register,
        catalogue: Catalogue,
        policies: Callable[[], Sequence[Policy] | None],
    ) -> None:
        self._register, self._catalogue, self._policies = register, catalogue, policies

    def of(
        self, wanted: Iterable[tuple[Iterable[CameraId], Interval]], now: Instant
    ) -> list[list[Prospect]]:
        """Return, for each part wanted, the outlook of its cameras, by id.

        Args:
            wanted: Cameras, each with the same interval of a part.
            now: The present.

        Raises:
            Unavailable: Register or catalogue cannot be reached.
        """
        parts = [(sorted(set(cameras)), interval) for cameras, interval in wanted]
        if not parts:
            return []
        everyone = {camera for cameras, _ in parts for camera in cameras}
        holds = _by_camera(self._register.holds(), everyone)
        judge, unknown = self._judge(now, everyone)
        spans = self._spans(parts)
        return [
            [
                _prospect(camera, interval, spans[camera], holds[camera], judge, unknown)
                for camera in cameras
            ]
            for cameras, interval in parts
        ]

    def _judge(self, now: Instant, cameras: set[CameraId]) -> tuple[Judge | None, str]:
        """Return who judges by the policies, None for nobody; and why nobody can, else ""."""
        try:
            policies = self._policies()
        except FootageError as exc:
            return None, str(exc)
        if not policies:
            return None, ""
        return Judge(policies, (), now, self._register.stays(cameras)), ""

    def _spans(
        self, parts: Iterable[tuple[Iterable[CameraId], Interval]]
    ) -> defaultdict[CameraId, list[DaySpan]]:
        """Return the spans of all days of the parts, by camera; each day of a camera once.

        Days are asked for together of cameras with the same days: parts of a case lie close.
        """
        wanted: defaultdict[CameraId, list[Interval]] = defaultdict(list)
        for cameras, interval in parts:
            whole = Interval(day_of(interval.start), day_of(interval.end - _MICROSECOND) + DAY)
            for camera in cameras:
                wanted[camera].append(whole)
        alike: defaultdict[Interval, set[CameraId]] = defaultdict(set)
        for camera, days in wanted.items():
            for window in union(days, bridge=DAY):  # the day before a window is read too
                alike[window].add(camera)
        found: defaultdict[CameraId, list[DaySpan]] = defaultdict(list)
        for window, together in sorted(alike.items(), key=_start):
            for summary in self._catalogue.days(together, window):
                found[summary.camera] += summary.spans
        return found


def _start(window: tuple[Interval, object]) -> Instant:
    return window[0].start


def _by_camera(
    standing: Iterable[Hold], cameras: set[CameraId]
) -> defaultdict[CameraId, list[Hold]]:
    found: defaultdict[CameraId, list[Hold]] = defaultdict(list)
    for hold in standing:
        for camera in hold.cameras & cameras:
            found[camera].append(hold)
    return found


def _prospect(
    camera: CameraId,
    interval: Interval,
    spans: Iterable[DaySpan],
    standing: Iterable[Hold],
    judge: Judge | None,
    unknown: str,
) -> Prospect:
    mine = [hold for hold in standing if hold.interval.overlaps(interval)]
    stored = [(span, part) for span in spans if (part := span.interval.clip(interval))]
    covered = union(part for hold in mine if (part := hold.interval.clip(interval)))
    there = union(part for _, part in stored)
    free = [cut for part in there for cut in part.less(covered)]
    first = min(_deletions(judge, camera, stored, covered), default=None) if judge else None
    return Prospect(
        camera,
        interval,
        stored=total(there),
        holds=tuple(sorted(hold.id for hold in mine)),
        held=total(there) - total(free),
        whole=not interval.less(covered),
        deleted_from=first[0] if first else None,
        policy=first[1] if first else "",
        unknown=unknown,
    )


def _deletions(
    judge: Judge,
    camera: CameraId,
    stored: Iterable[tuple[DaySpan, Interval]],
    covered: Sequence[Interval],
) -> Iterable[tuple[Instant, str]]:
    """Yield the instants from which a policy may delete parts of spans that no hold covers.

    A segment is deleted whole, once its end is old enough: the first of a part ends after the part
    begins, so nothing of the part goes before the instant yielded.
    """
    for span, part in stored:
        for free in part.less(covered):
            begun = Interval(span.interval.start, free.start + _MICROSECOND)
            found = judge.due_from(camera, replace(span, interval=begun))
            if found and found[1] is not None:
                yield found[1], found[0].name
