"""The keyframe of a segment nearest to an instant, and its picture."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from api import nearest_keyframe
from api.nearest_keyframe import Place, decoded, fitted, nearest, places, places_of
from footage.clock import SimulatedClock
from footage.errors import DataLoss
from footage.keyframe import Gate
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.media.memory_derived import MemoryDerived
from infra.media.pyav_decoder import PyavDecoder
from infra.objects.memory_store import MemoryStore
from tests.common.builders import a_keyframe, a_segment, at, during, segments_in_a_row
from tests.common.small_city import RED, SmallCity
from tests.common.tiny_films import FPS, FRAGMENTED, GOP_S, small_film, store_film

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from footage.ids import CameraId
    from footage.instant import Interval
    from footage.keyframe import Keyframe
    from footage.segment import Segment

SECONDS = 8
STARTS = [at(second) for second in range(0, SECONDS, GOP_S)]
LEFT_RED = np.full((96, 128, 3), 60, np.uint8)
LEFT_RED[:, :64] = (230, 20, 20)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(SimulatedClock(at(600)))


def _places(store: MemoryStore, segment: Segment, derived: MemoryDerived) -> list[Place]:
    catalogue = MemoryCatalogue()
    catalogue.add_segments([segment])
    return places(catalogue, store, derived, segment)


@pytest.mark.parametrize("codec", ["avc1", "hvc1"])
def test_a_segment_nobody_looked_at_is_walked_once(
    store: MemoryStore, tmp_path: Path, codec: str
) -> None:
    segment = store_film(store, tmp_path, small_film(SECONDS, codec=codec))
    derived = MemoryDerived()
    found = _places(store, segment, derived)
    assert [place.instant for place in found] == STARTS
    for place in found:
        picture = decoded(store, PyavDecoder(), segment, place)
        assert (picture.width, picture.height) == (320, 180)
    store.delete([segment.key])
    assert _places(store, segment, derived) == found  # what was found is kept
    derived.discard([segment.key])


def test_a_segment_that_was_looked_at_is_not_read(tmp_path: Path) -> None:
    city = SmallCity(tmp_path)
    segment = city.film("camera-1", at(0), [RED], seconds=SECONDS)
    walked = places(city.catalogue, city.store, MemoryDerived(), segment)
    city.indexer.run_once()
    rows = list(city.catalogue.keyframes([segment.camera], segment.interval))
    city.store.delete([segment.key])
    listed = [replace(place, listed=True) for place in walked]
    assert places(city.catalogue, city.store, MemoryDerived(), segment) == listed
    unreadable = [replace(rows[0], gate=Gate.UNREADABLE), replace(rows[1], since=800), *rows[2:]]
    city.catalogue.add_keyframes(unreadable)
    assert places(city.catalogue, city.store, MemoryDerived(), segment) == listed[2:]


def test_neighbouring_segments_are_asked_about_at_once() -> None:
    asked: list[Interval] = []

    class Counting(MemoryCatalogue):
        def keyframes(
            self, cameras: Collection[CameraId], interval: Interval
        ) -> Iterator[Keyframe]:
            asked.append(interval)
            return super().keyframes(cameras, interval)

    catalogue, store, derived = Counting(), MemoryStore(SimulatedClock(at(600))), MemoryDerived()
    row = segments_in_a_row(3)
    late = a_segment(start=at(600))
    catalogue.add_segments([*row, late])
    for segment in (*row, late):
        catalogue.add_keyframes([a_keyframe(segment, 0), a_keyframe(segment, 2)])
    apart = [places(catalogue, store, derived, segment) for segment in (row[0], row[1], late)]
    asked.clear()
    found = places_of(catalogue, store, derived, [late, row[0], row[1]])
    assert [found[segment.key] for segment in (row[0], row[1], late)] == apart
    assert asked == [during(0, 120), late.interval]


def test_the_nearest_is_taken_and_of_two_as_near_the_earlier() -> None:
    found = [Place(one, 0, 1) for one in STARTS]
    for second, start in ((-5, 0), (0.9, 0), (1, 0), (1.1, 2), (4, 4), (100, 6)):
        assert nearest(found, at(second)).instant == at(start)


@pytest.mark.parametrize(
    ("size", "box", "result"),
    [
        ((1920, 1080), (160, 90), (160, 90)),
        ((1080, 1920), (160, 90), (51, 90)),
        ((640, 480), (160, 90), (120, 90)),
        ((100, 50), (160, 90), (100, 50)),
        ((4000, 2), (160, 90), (160, 1)),
    ],
)
def test_a_picture_is_fitted_in_and_never_scaled_up(
    size: tuple[int, int], box: tuple[int, int], result: tuple[int, int]
) -> None:
    assert fitted(*size, box) == result


def _wide_pixels() -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format="mp4", options=FRAGMENTED) as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(2, 1)
        frame = av.VideoFrame.from_ndarray(LEFT_RED, format="rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def _turned(data: bytes) -> bytes:
    """The film as of a camera that lies on its side: left is to be shown above."""
    at_matrix = data.index(b"tkhd") + 4 + 40
    matrix = struct.pack(">5i", 0, 1 << 16, 0, -(1 << 16), 0)
    return data[:at_matrix] + matrix + data[at_matrix + len(matrix) :]


def test_pictures_come_upright_and_with_square_pixels(store: MemoryStore, tmp_path: Path) -> None:
    wide = _wide_pixels()
    for data, size, red in (
        (wide, (256, 96), np.s_[10:86, 10:110]),
        (_turned(wide), (96, 256), np.s_[10:110, 10:86]),
    ):
        segment = store_film(store, tmp_path, data)
        (place,) = _places(store, segment, MemoryDerived())
        picture = decoded(store, PyavDecoder(), segment, place)
        assert (picture.width, picture.height) == size
        small = picture.scaled(*size)
        pixels = np.frombuffer(small.rgb, np.uint8).reshape(size[1], size[0], 3)
        assert pixels[red].mean((0, 1)) == pytest.approx([230, 20, 20], abs=12)
        assert pixels[::-1, ::-1][red].mean((0, 1)) == pytest.approx([60, 60, 60], abs=12)
        store.delete([segment.key])


def test_a_keyframe_that_claims_too_many_bytes_is_not_read(
    store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = store_film(store, tmp_path, small_film(SECONDS))
    place = _places(store, segment, MemoryDerived())[0]
    monkeypatch.setattr(nearest_keyframe, "MOST_BYTES", place.length - 1)
    with pytest.raises(DataLoss, match="keyframe of"):
        decoded(store, PyavDecoder(), segment, place)
