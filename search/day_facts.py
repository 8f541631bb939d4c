"""Facts of catalogue and vector index about the days asked for, read once for many questions.

Questions about the same cameras and time share each read that they want at the same time
(`shared_reads`), and the coverage of the cameras where nothing changed during the scans.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from footage.instant import DAY, Interval, union
from footage.keyframe import Gate
from footage.promised import lost_days
from footage.scope import Scope
from search.coverage import Coverage, Facts, Looked, far_from_pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from footage.day import DayTimes
    from footage.ids import CameraId
    from footage.instant import Instant
    from footage.ports import Catalogue, Encoder, VectorIndex
    from footage.span import Gap
    from search.shared_reads import SharedReads
    from search.stretches import Stretch

_KEPT: Final = 4
"""Reads kept to compare the next with: what has not changed is not told anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """Times of the days of some cameras, read at a time; the same object while nothing changes."""

    times: Sequence[DayTimes]
    looked: Looked


@dataclass(frozen=True, slots=True, eq=False)
class AfterScan:
    """Facts about the days, as read after the vectors were scanned.

    Attributes:
        lost: By camera, UTC days whose vectors must be in the index, and are not; in order.
        far: By camera, looked-at time that lies far from any looked-at picture; in order.
    """

    days: Days
    gaps: Sequence[Gap]
    lost: Mapping[CameraId, Sequence[Interval]]
    far: Mapping[CameraId, Sequence[Stretch]]
    _lock: Lock = field(default_factory=Lock)
    _told: dict[Hashable, Coverage] = field(default_factory=dict)

    def facts(self, before: Days, shards: Sequence[str]) -> Facts:
        """Return the facts of a coverage.

        Args:
            before: The days, read before the scan.
            shards: Names of the vector shards that could not be read.
        """
        looked = (before.looked, self.days.looked)
        return Facts(self.days.times, self.gaps, *looked, shards, self.lost, self.far)

    def coverage(self, before: Days, asked: Hashable, tell: Callable[[], Coverage]) -> Coverage:
        """Return what `tell` returns, called once for all who share this object and ask the same.

        Args:
            before: The days, read before the scan; where they differ from those after, each
                question has a coverage of its own.
            asked: What else the coverage depends on; None: nobody asks the same.
            tell: Tells the coverage.
        """
        if asked is None or before is not self.days:
            return tell()
        with self._lock:  # who waits would only do the same
            if asked not in self._told:
                self._told[asked] = tell()
            return self._told[asked]


class DayFacts:
    """Reads of days for the questions of one encoder. Safe in several threads as the ports are."""

    def __init__(
        self,
        catalogue: Catalogue,
        vectors: VectorIndex,
        encoder: Encoder,
        shared: SharedReads,
    ) -> None:
        self._catalogue = catalogue
        self._vectors = vectors
        self._encoder = encoder
        self._shared = shared
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, Days] = OrderedDict()

    def now(self, cameras: frozenset[CameraId], interval: Interval) -> Days:
        """Read the days that can overlap `interval`.

        Args:
            cameras: The cameras, named though all are asked about: else the catalogue would look
                for the names, at each read.
            interval: The time asked about.
        """
        key = cameras, interval
        return self._shared.read(("days", *key), lambda: self._read(*key))

    def after_scan(
        self, cameras: frozenset[CameraId], interval: Interval, *, everywhere: bool
    ) -> AfterScan:
        """Read all that is to be told of days after a scan.

        Args:
            cameras: The cameras.
            interval: The time asked about.
            everywhere: Whether these are all cameras, which spares the catalogue a filter.
        """

        def read() -> AfterScan:
            # Gaps after the days, since a purge enters the gap before the segment goes (invariants
            # 5, 11); the index after the days: rows come before the marks that promise them.
            days = self.now(cameras, interval)
            scope = Scope(cameras=frozenset() if everywhere else cameras)
            gaps = list(self._catalogue.gaps(scope, interval))
            identity = self._encoder.identity
            held = self._vectors.held(identity, interval)
            lost = _by_camera(lost_days(days.times, identity, held, interval))
            far = far_from_pictures(days.looked, self._looked_at, interval)
            return AfterScan(days, gaps, lost, far)

        return self._shared.read(("after scan", cameras, interval, everywhere), read)

    def _read(self, cameras: frozenset[CameraId], interval: Interval) -> Days:
        key = cameras, interval
        times = list(self._catalogue.day_times(cameras, interval))
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or kept.times != times:
            kept = Days(times, Looked.told(times, self._encoder.identity))
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return kept

    def _looked_at(self, camera: CameraId, within: Interval) -> list[Instant]:
        """Read the instants of the pictures that an encoder could look at."""
        rows = self._catalogue.keyframes([camera], within)
        return [row.instant for row in rows if row.gate is not Gate.UNREADABLE]


def _by_camera(lost: Iterable[tuple[CameraId, Instant]]) -> dict[CameraId, list[Interval]]:
    found: dict[CameraId, list[Interval]] = {}
    for camera, day in sorted(lost):
        found.setdefault(camera, []).append(Interval(day, day + DAY))
    return {camera: union(days) for camera, days in found.items()}
