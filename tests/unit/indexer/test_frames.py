"""Decoded keyframes: once each, and within the memory allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from footage.keyframe import Gate
from indexer.extract import read_reel
from indexer.frames import Frames
from tests.common.builders import START
from tests.common.small_city import RED, SmallCity
from tests.common.tiny_films import SIZE

if TYPE_CHECKING:
    from pathlib import Path

    from footage.ports import DecodedKeyframe, KeyframeDecoder

FRAME = SIZE[0] * SIZE[1] * 3 // 2


class Counting:
    """A decoder that counts how often each coded picture is decoded."""

    def __init__(self, city: SmallCity) -> None:
        self._inner = city.decoder
        self.counts: dict[bytes, int] = {}

    def open(self, init: bytes) -> KeyframeDecoder:
        opened, counts = self._inner.open(init), self.counts

        class Opened:
            def decode(self, sample: bytes) -> DecodedKeyframe:
                counts[sample] = counts.get(sample, 0) + 1
                return opened.decode(sample)

            decode_on = staticmethod(opened.decode_on)

        return Opened()


@pytest.fixture
def city(tmp_path: Path) -> SmallCity:
    return SmallCity(tmp_path)


def test_each_keyframe_is_decoded_once(city: SmallCity) -> None:
    city.film("camera-1", START, [RED])
    decoder = Counting(city)
    report = replace(city.indexer, decoder=cast("Any", decoder)).run_once()
    assert report.gates[Gate.CHANGED] == 7
    assert sorted(decoder.counts.values()) == [1] * 15


def test_beyond_the_memory_allowed_only_chosen_keyframes_are_decoded_again(
    city: SmallCity,
) -> None:
    segment = city.film("camera-1", START, [RED])
    decoder = Counting(city)
    frames = Frames(cast("Any", decoder), limit=3 * FRAME * 2)
    reel = read_reel(city.store, segment)
    thumbs = frames.thumbs(reel)
    assert all(thumb is not None for thumb in thumbs)
    first = list(frames.pictures(reel, reel.shots))
    kept = sum(count == 1 for count in decoder.counts.values())
    assert 3 <= kept <= 6
    assert sum(decoder.counts.values()) == 2 * 15 - kept
    assert sum(frame.size_bytes for frame in first[:kept]) <= 3 * FRAME * 2
    frames.drop(reel)
    next(frames.pictures(reel, reel.shots[:1]))
    assert decoder.counts[reel.shots[0].data] == 2


def test_dropped_keyframes_make_room_for_the_next_segment(city: SmallCity) -> None:
    segment = city.film("camera-1", START)
    decoder = Counting(city)
    frames = Frames(cast("Any", decoder), limit=6 * FRAME)
    reel = read_reel(city.store, segment)
    for _ in range(3):
        frames.thumbs(reel)
        before = decoder.counts[reel.shots[0].data]
        next(frames.pictures(reel, reel.shots[:1]))
        assert decoder.counts[reel.shots[0].data] == before
        frames.drop(reel)
