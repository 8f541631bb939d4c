"""For tests of holds and marks: a store and a catalogue that can be cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footage.errors import DataLoss, FootageError, Unavailable
from footage.ids import CameraId
from footage.ports import EVERYWHERE, Scope
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.objects.memory_store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from footage.day import DaySummary
    from footage.instant import Interval
    from footage.segment import Segment
    from tests.common.evidence_parts import Parts

ONE: Final = CameraId("camera-1")
TWO: Final = CameraId("camera-2")
COURT: Final = "Sessions Court, order 14/2026"
WHY: Final = "robbery at the bus stand"


class Failing(MemoryStore):
    """A store that is cut off after `marks_left` marks, and counts calls about holds."""

    marks_left: int | None = None
    damaged: str = ""
    error: type[FootageError] = DataLoss
    asked = 0

    def set_hold(self, key: str, *, on: bool) -> None:
        self.asked += 1
        if self.marks_left == 0:
            raise Unavailable("the store is away")
        if key == self.damaged:
            raise self.error(f"the sidecar of {key} cannot be read")
        if self.marks_left:
            self.marks_left -= 1
        super().set_hold(key, on=on)

    def is_held(self, key: str) -> bool:
        self.asked += 1
        return super().is_held(key)


class Away(MemoryCatalogue):
    """A catalogue that cannot be reached while `away`."""

    away = False

    def segments(
        self, scope: Scope = EVERYWHERE, interval: Interval | None = None
    ) -> Iterator[Segment]:
        self._require_here()
        return super().segments(scope, interval)

    def days(
        self, cameras: Collection[CameraId] | None, interval: Interval
    ) -> Iterator[DaySummary]:
        self._require_here()
        return super().days(cameras, interval)

    def _require_here(self) -> None:
        if self.away:
            raise Unavailable("the catalogue is away")


def held(parts: Parts, segments: list[Segment]) -> list[bool]:
    """Whether each object carries a mark; not counted by `Failing`."""
    return [MemoryStore.is_held(parts.store, segment.key) for segment in segments]
