from __future__ import annotations

from footage.instant import ZERO, Elapsed
from indexer.backlog import Backlog, backlogs
from tests.common.builders import at, segments_in_a_row


def test_the_watermark_stops_before_the_first_segment_not_looked_at() -> None:
    row = segments_in_a_row(4)
    indexed = {row[0].key, row[1].key, row[3].key}
    (found,) = backlogs(reversed(row), indexed, at(300))
    assert found == Backlog(row[0].camera, at(120), 1, Elapsed.seconds(180))


def test_all_done_has_no_lag() -> None:
    row = segments_in_a_row(2)
    (found,) = backlogs(row, {s.key for s in row}, at(300))
    assert (found.watermark, found.waiting, found.lag) == (at(120), 0, ZERO)


def test_nothing_done_has_no_watermark() -> None:
    one, two = (segments_in_a_row(2, camera) for camera in ("camera-2", "camera-1"))
    found = backlogs([*one, *two], set(), at(120))
    assert [(b.camera, b.watermark, b.waiting) for b in found] == [
        ("camera-1", None, 2),
        ("camera-2", None, 2),
    ]
