"""Any segment, gap, keyframe or day summary comes back from a document unchanged."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.day import DaySegment, DaySpan, DaySummary, day_of, summarise
from footage.digest import Digest
from footage.errors import DataLoss
from footage.ids import CameraId, DistrictId, RunId, SegmentKey, SiteId
from footage.instant import Elapsed, Instant, Interval
from footage.keyframe import Box, Gate, Keyframe
from footage.place import Circle, Point
from footage.segment import ClockReading, Media, Segment, TimeSource
from footage.span import Gap, GapReason
from infra.catalogues import documents
from infra.catalogues.catalog_scope import bounds
from tests.common.builders import START, a_gap, a_keyframe, a_segment, segments_in_a_row

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 1 << 53
TEXT = st.text(max_size=40)
WHOLE = st.integers(-LIMIT, LIMIT)
SHARE = st.floats(0, 1)
POINTS = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    start = draw(WHOLE)
    return Interval(Instant(start), Instant(start + draw(st.integers(1, LIMIT))))


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(st.floats(0, 0.99)), draw(st.floats(0, 0.99))
    edge = st.floats(0, 1, exclude_min=True)
    return Box(x, y, draw(edge) * (1 - x) or 0.001, draw(edge) * (1 - y) or 0.001)


SEGMENTS = st.builds(
    Segment,
    key=TEXT.map(SegmentKey),
    camera=TEXT.map(CameraId),
    site=TEXT.map(SiteId),
    district=TEXT.map(DistrictId),
    place=POINTS,
    interval=intervals(),
    run=TEXT.map(RunId),
    sequence=WHOLE,
    size_bytes=WHOLE,
    digest=st.binary(max_size=8).map(Digest.of),
    media=st.builds(
        Media,
        codec=TEXT,
        width=WHOLE,
        height=WHOLE,
        timescale=WHOLE,
        duration_ticks=WHOLE,
        samples=WHOLE,
        init_bytes=WHOLE,
    ),
    clock=st.builds(
        ClockReading,
        source=st.sampled_from(TimeSource),
        offset=WHOLE.map(Elapsed),
        uncertainty=WHOLE.map(Elapsed),
    ),
    retention_class=TEXT,
    damage=TEXT,
)
GAPS = st.builds(
    Gap,
    camera=TEXT.map(CameraId),
    interval=intervals(),
    reason=st.sampled_from(GapReason),
    detail=TEXT,
)
KEYFRAMES = st.builds(
    Keyframe,
    camera=TEXT.map(CameraId),
    instant=WHOLE.map(Instant),
    segment=TEXT.map(SegmentKey),
    offset=WHOLE,
    length=WHOLE,
    gate=st.sampled_from(Gate),
    change=SHARE,
    regions=st.lists(boxes(), max_size=4).map(tuple),
    since=st.none() | WHOLE,
)
SPANS = st.builds(
    DaySpan,
    intervals(),
    run=TEXT.map(RunId),
    site=TEXT.map(SiteId),
    district=TEXT.map(DistrictId),
    retention_class=TEXT,
    segments=st.integers(1, LIMIT),
    size_bytes=WHOLE,
    checksum=st.integers(0, (1 << 128) - 1),
)
DAYS = st.builds(
    DaySummary,
    camera=TEXT.map(CameraId),
    day=WHOLE.map(Instant),
    spans=st.lists(SPANS, max_size=4).map(tuple),
    looked=st.dictionaries(TEXT, st.lists(intervals(), min_size=1, max_size=4).map(tuple)),
)


def through_json(document: documents.Document) -> documents.Document:
    back = json.loads(json.dumps(document))
    assert isinstance(back, dict)
    return back


@given(SEGMENTS)
def test_segments_come_back(segment: Segment) -> None:
    document = through_json(documents.segment_document(segment))
    assert documents.segment_from(document) == segment
    assert documents.segment_from({**document, "indexed_by": ["a"]}) == segment


@given(GAPS)
def test_gaps_come_back(gap: Gap) -> None:
    assert documents.gap_from(through_json(documents.gap_document(gap))) == gap


@given(KEYFRAMES)
def test_keyframes_come_back(keyframe: Keyframe) -> None:
    document = through_json(documents.keyframe_document(keyframe))
    assert documents.keyframe_from(document) == keyframe


@given(DAYS)
def test_day_summaries_come_back(summary: DaySummary) -> None:
    assert documents.day_from(through_json(documents.day_document(summary))) == summary


def test_a_day_of_one_run_is_a_short_document() -> None:
    marks = ["sha256:" + "a" * 64]
    segments = [DaySegment.of(segment, marks) for segment in segments_in_a_row(500)]
    document = documents.day_document(summarise(CameraId("camera-1"), day_of(START), segments))
    assert len(json.dumps(document)) < 400


A_DAY = summarise(CameraId("camera-1"), day_of(START), [DaySegment.of(a_segment(), ["a"])])
READERS: list[tuple[documents.Document, Callable[[documents.Document], object]]] = [
    (documents.segment_document(a_segment()), documents.segment_from),
    (documents.gap_document(a_gap()), documents.gap_from),
    (documents.keyframe_document(a_keyframe()), documents.keyframe_from),
    (documents.day_document(A_DAY), documents.day_from),
]
WELL_FORMED: tuple[tuple[str, object], ...] = (
    ("regions", []),
    ("spans", []),
    ("looked", {}),
    ("kinds", [["a"] * 4]),
)
NO_VALUES: st.SearchStrategy[Any] = st.sampled_from([None, True, [], [[1]], {}, [["a"] * 4]])


@pytest.mark.parametrize(("document", "read"), READERS)
@given(data=st.data())
def test_a_document_with_a_wrong_or_missing_field_is_data_loss(
    document: documents.Document,
    read: Callable[[documents.Document], object],
    data: st.DataObject,
) -> None:
    field = data.draw(st.sampled_from(sorted(document)))
    broken = {**document, field: data.draw(NO_VALUES)}
    if any(broken == {**document, name: value} for name, value in WELL_FORMED):
        return
    with pytest.raises(DataLoss):
        read(broken)
    del broken[field]
    with pytest.raises(DataLoss):
        read(broken)


def assert_bounded(circle: Circle, place: Point) -> None:
    box = bounds(circle)
    inside = box.lats[0] <= place.lat <= box.lats[1] and any(
        west <= place.lon <= east for west, east in box.lons
    )
    assert inside or place not in circle


@given(POINTS, POINTS, st.floats(0.001, 30_000_000))
def test_the_bounds_of_a_circle_hold_the_circle(
    centre: Point, place: Point, radius_m: float
) -> None:
    assert_bounded(Circle(centre, radius_m), place)


@given(POINTS, st.floats(0, 360), st.floats(1, 5_000))
def test_the_bounds_hold_what_lies_near(centre: Point, bearing: float, radius_m: float) -> None:
    step = radius_m / 111_000
    lat = max(-90.0, min(90.0, centre.lat + step * math.sin(math.radians(bearing))))
    lon = centre.lon + step * math.cos(math.radians(bearing))
    place = Point(lat, (lon + 180) % 360 - 180)
    assert_bounded(Circle(centre, radius_m), place)
