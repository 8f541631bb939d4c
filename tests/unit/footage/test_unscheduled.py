"""Time before a camera's recording is not scheduled; time after that nobody explains is unknown."""

from __future__ import annotations

from footage.camera_timeline import camera_timeline
from footage.ids import CameraId
from footage.span import GapReason
from footage.unscheduled import BEFORE, NEVER, unscheduled
from infra.catalogues.memory_catalog import MemoryCatalogue
from tests.common.builders import a_gap, a_segment, at, during

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


def test_a_timeline_tells_time_around_an_import_and_before_the_first_start() -> None:
    catalogue = MemoryCatalogue()
    brought = a_segment("camera-1", run="import-0123456789abcdef-0-60")
    catalogue.add_segments([brought])
    line = camera_timeline(catalogue, ONE, during(-60, 120))
    assert [gap.reason for gap in line.gaps] == [GapReason.NOT_SCHEDULED] * 2
    catalogue.add_segments([a_segment("camera-1", start=at(180)), a_segment(start=at(300))])
    line = camera_timeline(catalogue, ONE, during(-60, 400))
    assert [(gap.interval, gap.reason) for gap in line.gaps] == [
        (during(-60, 0), GapReason.NOT_SCHEDULED),
        (during(60, 180), GapReason.NOT_SCHEDULED),
        (during(240, 300), GapReason.UNKNOWN),
        (during(360, 400), GapReason.UNKNOWN),
    ]
