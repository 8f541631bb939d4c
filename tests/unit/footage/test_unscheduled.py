"""Time before a camera's recording is not scheduled; time after that nobody explains is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.camera_timeline import camera_timeline, explained
from footage.clock import SimulatedClock
from footage.errors import Unavailable
from footage.ids import CameraId
from footage.span import GapReason
from footage.unscheduled import BEFORE, NEVER, unscheduled
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.objects.memory_store import MemoryStore
from tests.common.builders import a_gap, a_register, a_segment, at, during

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footage.instant import Interval
    from footage.ports import Catalogue, ObjectStore, StoredObject
    from footage.span import Timeline

ONE = CameraId("camera-1")


def test_an_unknown_gap_is_split_where_the_recording_began() -> None:
    unknown = a_gap("camera-1", during(0, 90), GapReason.UNKNOWN)
    lost = a_gap("camera-1", during(-60, -30), GapReason.CAMERA_LOST, "no frames")
    told = list(unscheduled([lost, unknown], {ONE: at(60)}))
    assert [(gap.interval, gap.reason, gap.detail) for gap in told] == [
        (lost.interval, GapReason.CAMERA_LOST, "no frames"),
        (during(0, 60), GapReason.NOT_SCHEDULED, BEFORE),
        (during(60, 90), GapReason.UNKNOWN, ""),
    ]


def test_time_of_a_camera_without_a_recorder_is_not_scheduled() -> None:
    unknown = a_gap("camera-1", during(0, 90), GapReason.UNKNOWN)
    (told,) = unscheduled([unknown], {})
    assert (told.reason, told.detail) == (GapReason.NOT_SCHEDULED, NEVER)


class Away(MemoryStore):
    """A store that cannot be reached."""

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """Refuse."""
        raise Unavailable(f"no answer to {prefix}")


def told(catalogue: Catalogue, store: ObjectStore, window: Interval) -> Timeline:
    line = camera_timeline(catalogue, ONE, window)
    return explained(line, catalogue, store, a_register(), at(9_000))


def test_while_the_store_is_away_time_stays_unknown() -> None:
    """Nobody looked whether the catalogue was emptied over a full store (invariant 11)."""
    catalogue, clock = MemoryCatalogue(), SimulatedClock(at(9_000))
    (gap,) = told(catalogue, Away(clock), during(0, 120)).gaps
    assert gap.reason is GapReason.UNKNOWN
    (gap,) = told(catalogue, MemoryStore(clock), during(0, 120)).gaps
    assert gap.reason is GapReason.NOT_SCHEDULED


def test_a_timeline_tells_time_around_an_import_and_before_the_first_start() -> None:
    catalogue, store = MemoryCatalogue(), MemoryStore(SimulatedClock(at(9_000)))
    brought = a_segment("camera-1", run="import-0123456789abcdef-0-60")
    catalogue.add_segments([brought])
    line = told(catalogue, store, during(-60, 120))
    assert [gap.reason for gap in line.gaps] == [GapReason.NOT_SCHEDULED] * 2
    catalogue.add_segments([a_segment("camera-1", start=at(180)), a_segment(start=at(300))])
    line = told(catalogue, store, during(-60, 400))
    assert [(gap.interval, gap.reason) for gap in line.gaps] == [
        (during(-60, 0), GapReason.NOT_SCHEDULED),
        (during(60, 180), GapReason.NOT_SCHEDULED),
        (during(240, 300), GapReason.UNKNOWN),
        (during(360, 400), GapReason.UNKNOWN),
    ]
