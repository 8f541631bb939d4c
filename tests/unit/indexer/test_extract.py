"""Pictures to embed: the whole frame and its regions, no larger than the encoder needs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest

from footage.keyframe import WHOLE, Box
from footage.mp4 import keyframes, walk
from indexer.extract import edges, looks, reduced_size
from infra.media.pyav_decoder import PyavDecoder
from tests.common.tiny_films import SIZE, Mover, small_film

if TYPE_CHECKING:
    from footage.picture import Picture
    from footage.ports import DecodedKeyframe

CAR = Mover((220, 20, 20), y=0.5, w=0.25, h=0.25, first_s=0, last_s=9, x0=0.5, speed=0.0)
PLACE = Box(0.5, 0.5, 0.25, 0.25)
LARGE, SMALL = (4096, 4096), (16, 16)


@pytest.fixture(scope="module")
def keyframe() -> DecodedKeyframe:
    data = small_film(2, (CAR,))
    layout = walk(io.BytesIO(data))
    sample = keyframes(layout)[0]
    opened = PyavDecoder().open(data[: layout.init_bytes])
    return opened.decode(data[sample.offset : sample.offset + sample.length])


def mean(picture: Picture) -> list[int]:
    pixels = np.frombuffer(picture.rgb, dtype=np.uint8).reshape(-1, 3)
    return [round(value) for value in pixels.mean(axis=0)]


def test_a_large_encoder_gets_the_full_resolution(keyframe: DecodedKeyframe) -> None:
    (whole, all_of_it), (box, region) = looks(keyframe, [PLACE], LARGE)
    assert (whole, box) == (WHOLE, PLACE)
    assert all_of_it == keyframe.picture()
    assert (region.width, region.height) == (80, 45)
    assert max(abs(a - b) for a, b in zip(mean(region), CAR.rgb, strict=True)) < 12


def test_a_small_encoder_gets_three_times_its_input_each_way(keyframe: DecodedKeyframe) -> None:
    (_, whole), (_, region) = looks(keyframe, [Box(0, 0, 1, 0.9)], SMALL)
    assert (whole.width, whole.height) == (85, 48)
    assert (region.width, region.height) == (95, 48)
    assert max(abs(a - b) for a, b in zip(mean(whole), mean(keyframe.picture()), strict=True)) <= 1


def test_a_region_smaller_than_that_is_not_touched(keyframe: DecodedKeyframe) -> None:
    _, (_, region) = looks(keyframe, [PLACE], (15, 15))
    assert region == keyframe.crop(*edges(PLACE, *SIZE))


@pytest.mark.parametrize(
    ("size", "input_size", "reduced"),
    [
        ((1920, 1080), (64, 64), (341, 192)),
        ((1080, 1920), (64, 64), (192, 341)),
        ((1920, 1080), (384, 384), (1920, 1080)),
        ((1921, 1081), (256, 256), (1365, 768)),
        ((100, 1), (1, 64), (100, 1)),
    ],
)
def test_a_picture_is_never_enlarged_and_stays_large_enough_each_way(
    size: tuple[int, int], input_size: tuple[int, int], reduced: tuple[int, int]
) -> None:
    assert reduced_size(*size, input_size) == reduced


@pytest.mark.parametrize("box", [Box(0.9999, 0.9999, 0.0001, 0.0001), Box(0, 0, 1e-9, 1)])
def test_the_smallest_box_gives_a_pixel(box: Box) -> None:
    left, top, right, bottom = edges(box, 4, 4)
    assert 0 <= left < right <= 4
    assert 0 <= top < bottom <= 4
