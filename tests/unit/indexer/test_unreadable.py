"""What cannot be searched is told by `footage status`, as long as it lies in the last week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.clock import SimulatedClock
from footage.encoder import far_keyframes_mark, unreadable_mark
from footage.instant import DAY, Elapsed, Interval
from indexer.unreadable import unreadable_time
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.config.loading import load_home
from infra.node.city_status import _note_unreadable
from infra.wiring import Parts
from tests.common.builders import START, a_segment, segments_in_a_row

if TYPE_CHECKING:
    from pathlib import Path

MARK = unreadable_mark("sha256:" + "a" * 64)


def test_time_is_summed_by_camera_the_most_first() -> None:
    catalogue = MemoryCatalogue()
    ones, twos = segments_in_a_row(3), [a_segment("camera-2")]
    catalogue.add_segments([*ones, *twos, a_segment("camera-3")])
    catalogue.mark_indexed([one.key for one in (*ones[:2], *twos)], MARK)
    window = Interval(START, START + DAY)
    found = unreadable_time(catalogue.days(None, window), MARK, window)
    length = ones[0].interval.length
    assert found == [("camera-1", length * 2), ("camera-2", length)]
    part = Interval(START, START + Elapsed(1))
    assert unreadable_time(catalogue.days(None, part), MARK, part) == [
        ("camera-1", Elapsed(1)),
        ("camera-2", Elapsed(1)),
    ]


def test_status_names_what_cannot_be_searched(tmp_path: Path) -> None:
    clock = SimulatedClock(START + DAY)
    parts = Parts(load_home(tmp_path), clock)
    notes: list[str] = []
    try:
        _note_unreadable(parts, notes.append)
        assert notes == []
        segment = a_segment()
        parts.catalogue.add_segments([segment])
        parts.catalogue.mark_indexed([segment.key], unreadable_mark(parts.encoder_digest))
        _note_unreadable(parts, notes.append)
        mark = far_keyframes_mark(parts.encoder_digest)
        parts.catalogue.mark_indexed([segment.key], mark)
        _note_unreadable(parts, notes.append)
    finally:
        parts.close()
    note, again, far = notes
    assert again == note
    assert far.startswith("keyframes more than 10s apart, in the last 7 days: camera-1 (")
    assert note.startswith("not searchable, of the last 7 days")
    assert "camera-1 (" in note
