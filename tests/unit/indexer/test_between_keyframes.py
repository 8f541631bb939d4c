"""A car in full view between keyframes far apart is found, shown, and counted as looked at."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from footage.errors import DataLoss
from footage.instant import Elapsed
from footage.keyframe import Gate
from footage.mp4 import walk
from indexer.extract import read_reel
from indexer.frames import Frames
from search.answer import to_json
from search.coverage import NotSearched
from search.query import Query
from tests.common.builders import START, a_camera, at, during
from tests.common.marks import marked
from tests.common.small_city import PURPOSE, SmallCity
from tests.common.tiny_films import FPS, Mover, fragmented_mp4, frames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.picture import Picture
    from footage.ports import DecodedKeyframe
    from search.answer import SearchAnswer

pytestmark = pytest.mark.slow

CAMERA = a_camera("camera-1").id
SECONDS = 24
PASSING = Mover((220, 20, 20), y=0.5, w=0.15, h=0.2, first_s=8, last_s=11, x0=0.1, speed=0.05)
"""In view between the keyframes at 0 s and at 12 s only."""
EVERY = Elapsed.parse("2s")


@pytest.fixture
def city(tmp_path: Path) -> SmallCity:
    return SmallCity(tmp_path)


def film(*movers: Mover, b_frames: int = 0, gop_s: int = 12) -> bytes:
    return fragmented_mp4(frames(SECONDS, movers), gop_s=gop_s, b_frames=b_frames)


@pytest.fixture(scope="module", params=["avc1", "avc1 with B-frames", "hvc1"])
def passing(request: pytest.FixtureRequest) -> bytes:
    """24 s with keyframes at 0 s and at 12 s."""
    codec, _, others = str(request.param).partition(" ")
    pictures = frames(SECONDS, [PASSING])
    return fragmented_mp4(pictures, codec, gop_s=12, b_frames=2 if others else 0)


def ask(city: SmallCity, text: str = "red", seconds: float = SECONDS) -> SearchAnswer:
    return city.search.search(Query(text, during(0, seconds)), PURPOSE)


def redness(picture: Picture) -> int:
    pixels = np.frombuffer(picture.rgb, dtype=np.uint8).reshape(-1, 3).astype(int)
    return int(((pixels[:, 0] > 150) & (pixels[:, 1] < 90)).sum())


@pytest.mark.slow
def test_a_car_between_keyframes_is_found_and_shown(city: SmallCity, passing: bytes) -> None:
    segment = city.keep("camera-1", START, passing)
    keys = [sample for sample in walk(io.BytesIO(passing)).samples if sample.keyframe]
    assert len(keys) == 2
    report = city.indexer.run_once()
    assert not report.unreadable
    looked = list(city.catalogue.keyframes([CAMERA], during(0, SECONDS)))
    assert [one.since is None for one in looked].count(True) == 2
    times = [one.instant for one in looked] + [segment.interval.end]
    assert max(after - before for before, after in pairwise(times)) <= Elapsed.parse("2.2s")
    embedded = [one for one in looked if one.gate is Gate.CHANGED and one.instant > START]
    assert embedded
    assert all(at(7.9) <= one.instant <= at(12) for one in embedded[:-1])

    answer = ask(city)
    found = answer.found[0].moment.best.row
    assert at(8) <= found.instant <= at(11)
    shown = city.pictures.picture(found.segment, found.offset)
    first = city.pictures.picture(looked[0].segment, looked[0].offset)
    assert redness(shown) > redness(first) + 1_000
    assert answer.coverage.searched == answer.coverage.recorded
    assert answer.exhaustive


def test_each_thumbnail_is_the_picture_that_was_looked_at(city: SmallCity, passing: bytes) -> None:
    """The bytes that a row names give the very picture, for each frame of each row."""
    segment = city.keep("camera-1", START, passing)
    reel = read_reel(city.store, segment)
    opened = city.decoder.open(reel.init)
    for shot in reel.shots:
        if shot.since is not None:
            ((end, among),) = opened.decode_on(shot.run, [len(shot.run)])
            assert end == len(shot.run)
            assert among.picture() == opened.decode(bytes(shot.run)).picture()


def test_a_longer_time_looks_less_often_and_the_answer_says_so(city: SmallCity) -> None:
    city.keep("camera-1", START, film())
    replace(city.indexer, look_every=Elapsed.parse("6s")).run_once()
    assert len(list(city.catalogue.keyframes([CAMERA], during(0, SECONDS)))) == 4
    answer = ask(city)
    assert answer.looked_within == Elapsed.parse("6s600ms")
    assert cast("Any", to_json(answer))["coverage"]["looked_within_s"] == 6.6


def test_time_without_a_picture_near_is_not_searched(city: SmallCity) -> None:
    """As of a film in which the camera sends nothing for ten seconds."""
    pictures = frames(SECONDS, [])
    some = [pictures[n] for n in range(SECONDS * FPS) if not 5 < n / FPS < 15]
    times = [n for n in range(SECONDS * FPS) if not 5 < n / FPS < 15]
    segment = city.keep("camera-1", START, fragmented_mp4(some, gop_s=4, times=times))
    city.indexer.run_once()
    answer = ask(city)
    (far,) = [one for one in answer.coverage.missing if one.reason == NotSearched.NOT_LOOKED_AT]
    assert at(6) < far.interval.start < at(8)
    assert at(12) < far.interval.end < at(14)
    assert answer.coverage.searched < answer.coverage.indexed
    identity = city.encoder.identity
    assert marked(city.catalogue, identity.apart_mark, [CAMERA], during(0, 60)) == {segment.key}


def test_damage_between_keyframes_costs_the_time_behind_it_only(city: SmallCity) -> None:
    data = bytearray(film(PASSING))
    samples = walk(io.BytesIO(bytes(data))).samples
    broken = samples[8 * FPS]
    middle = broken.offset + broken.length // 2
    data[broken.offset + 5 : middle] = bytes(middle - broken.offset - 5)
    city.keep("camera-1", START, bytes(data))
    report = city.indexer.run_once()
    assert not report.unreadable, "each keyframe can be decoded"
    assert report.gates[Gate.UNREADABLE]
    answer = ask(city)
    (far,) = [one for one in answer.coverage.missing if one.reason == NotSearched.NOT_LOOKED_AT]
    assert at(6) < far.interval.start <= at(10.1)
    assert at(9.7) <= far.interval.end <= at(9.9)


def test_an_answer_that_compared_nothing_is_not_exhaustive(city: SmallCity) -> None:
    answer = ask(city)
    assert answer.scanned == 0
    assert not answer.exhaustive
    assert answer.method == "none"


def test_cameras_with_keyframes_far_apart_are_marked(city: SmallCity) -> None:
    far = city.keep("camera-1", START, film())
    city.keep("camera-2", START, film(gop_s=2))
    city.indexer.run_once()
    mark = city.encoder.identity.far_keyframes_mark
    cameras = [CAMERA, a_camera("camera-2").id]
    assert marked(city.catalogue, mark, cameras, during(0, 60)) == {far.key}


def test_chosen_pictures_beyond_the_memory_are_decoded_on_once_more(city: SmallCity) -> None:
    """All that are chosen in one go, not from the keyframe for each."""
    segment = city.keep("camera-1", START, film(PASSING))
    reel = read_reel(city.store, segment)
    runs: list[int] = []

    class Opened:
        def __init__(self, init: bytes) -> None:
            self.inner = city.decoder.open(init)

        def decode(self, sample: bytes) -> DecodedKeyframe:
            return self.inner.decode(sample)

        def decode_on(self, run: bytes, ends: list[int]) -> Iterator[tuple[int, DecodedKeyframe]]:
            runs.append(len(list(ends)))
            return self.inner.decode_on(run, ends)

    class Counting:
        def open(self, init: bytes) -> Opened:
            return Opened(init)

    frames_of = Frames(cast("Any", Counting()), limit=0)
    thumbs = frames_of.thumbs(reel)
    assert all(thumb is not None for thumb in thumbs)
    assert runs == [5, 5]
    assert len(list(frames_of.pictures(reel, reel.shots))) == len(reel.shots)
    assert runs == [5, 5, 5, 5]


def test_what_cannot_be_decoded_on_is_refused(city: SmallCity) -> None:
    reel = read_reel(city.store, city.keep("camera-1", START, film()))
    run = next(shot.run for shot in reel.shots if shot.since is not None)
    with pytest.raises(DataLoss):
        list(city.decoder.open(reel.init).decode_on(bytes(run)[:300], [300]))
