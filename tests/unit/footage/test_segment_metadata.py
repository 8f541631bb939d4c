"""Segments to object metadata and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.digest import Digest
from footage.errors import DataLoss
from footage.ids import CameraId, DistrictId, RunId, SiteId
from footage.instant import Elapsed, Instant, Interval
from footage.objectkey import ObjectKey
from footage.place import Point
from footage.segment import ClockReading, Media, Segment, TimeSource
from footage.segment_metadata import from_metadata, from_record, to_metadata, to_record
from tests.common.builders import a_segment

IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True)
COUNTS = st.integers(0, 2**53)
INSTANTS = st.integers(0, 4_000_000_000_000_000).map(Instant)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    start = draw(INSTANTS)
    site, camera = SiteId(draw(IDS)), CameraId(draw(IDS))
    return Segment(
        key=ObjectKey(site, camera, start, draw(st.integers(0, 999_999))).segment,
        camera=camera,
        site=site,
        district=DistrictId(draw(IDS)),
        place=Point(draw(st.floats(-90, 90)), draw(st.floats(-180, 180))),
        interval=Interval(start, start + Elapsed(draw(st.integers(1, 10**9)))),
        run=RunId(draw(IDS)),
        sequence=draw(COUNTS),
        size_bytes=draw(COUNTS),
        digest=Digest.of(draw(st.binary(max_size=9))),
        media=Media(
            draw(st.text(max_size=8)),
            *(draw(COUNTS), draw(COUNTS), draw(COUNTS)),
            *(draw(COUNTS), draw(COUNTS), draw(COUNTS)),
            signed=draw(st.sampled_from(["", "none", "onvif"])),
        ),
        clock=ClockReading(
            draw(st.sampled_from(TimeSource)),
            Elapsed(draw(st.integers(-(10**12), 10**12))),
            Elapsed(draw(COUNTS)),
        ),
        retention_class=draw(st.text(max_size=20)),
        damage=draw(st.text(max_size=60)),
    )


@given(segments())
def test_round_trip(segment: Segment) -> None:
    metadata = to_metadata(segment)
    assert from_metadata(segment.key, segment.size_bytes, segment.digest, metadata) == segment
    assert from_record(to_record(segment)) == segment


@given(segments())
def test_metadata_are_what_a_store_accepts(segment: Segment) -> None:
    metadata = to_metadata(segment)
    for key, value in metadata.items():
        assert key == key.lower()
        assert value.isascii()
        assert value.isprintable()
        assert " " not in value


@pytest.mark.parametrize("missing", sorted(to_metadata(a_segment())))
def test_what_is_missing_is_data_loss(missing: str) -> None:
    segment = a_segment()
    metadata = to_metadata(segment)
    del metadata[missing]
    with pytest.raises(DataLoss, match=segment.key):
        from_metadata(segment.key, segment.size_bytes, segment.digest, metadata)


@pytest.mark.parametrize("field", ["start-us", "lat", "camera", "time-source", "format"])
def test_what_is_altered_beyond_sense_is_data_loss(field: str) -> None:
    segment = a_segment()
    metadata = to_metadata(segment) | {field: "?"}
    with pytest.raises(DataLoss):
        from_metadata(segment.key, segment.size_bytes, segment.digest, metadata)
