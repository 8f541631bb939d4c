from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest

from footage.errors import DataLoss
from footage.mp4 import keyframes, walk
from infra.media.pyav_decoder import PyavDecoder, coding
from tests.common.tiny_films import SIZE, Mover, fragmented_mp4, frames, small_film

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footage.picture import Picture

MOVER = Mover((220, 20, 20), y=0.5, w=0.2, h=0.3, first_s=0, last_s=9, speed=0.05)


@pytest.mark.parametrize("codec", ["avc1", "hvc1"])
def test_every_keyframe_decodes_alone_and_shows_its_own_instant(codec: str) -> None:
    film = frames(6, [MOVER])
    data = fragmented_mp4(film, codec)
    layout = walk(io.BytesIO(data))
    samples = keyframes(layout)
    assert len(samples) == 3
    init = data[: layout.init_bytes]
    for sample, number in zip(samples, (0, 10, 20), strict=True):
        picture = PyavDecoder().decode(init, data[sample.offset : sample.offset + sample.length])
        assert (picture.width, picture.height) == SIZE
        pixels = np.frombuffer(picture.rgb, dtype=np.uint8).reshape(film[number].shape)
        lost = np.abs(pixels[10:].astype(int) - film[number][10:].astype(int)).mean()
        assert lost < 12


@pytest.mark.parametrize("codec", ["avc1", "hvc1"])
def test_a_scaled_keyframe_is_the_mean_of_areas_in_colour_too(codec: str) -> None:
    data = small_film(2, (MOVER,), codec)
    layout = walk(io.BytesIO(data))
    sample = keyframes(layout)[0]
    opened = PyavDecoder().open(data[: layout.init_bytes])
    keyframe = opened.decode(data[sample.offset : sample.offset + sample.length])
    assert (keyframe.width, keyframe.height) == SIZE
    assert keyframe.size_bytes >= SIZE[0] * SIZE[1] * 3 // 2
    full = pixels_of(keyframe.picture()).astype(float)
    means = full.reshape(60, 3, 80, 4, 3).mean(axis=(1, 3))
    scaled = pixels_of(keyframe.scaled(80, 60))
    assert np.abs(scaled[4:] - means[4:]).mean() < 2  # rounding, and the edges of colour planes
    assert np.abs(scaled[4:] - means[4:]).max() < 45
    enlarged = keyframe.scaled(640, 360)
    assert np.abs(pixels_of(enlarged)[20::2, ::2] - full[10:]).mean() < 3


def test_a_crop_is_the_same_rectangle_of_the_whole_picture() -> None:
    data = small_film(2, (MOVER,))
    layout = walk(io.BytesIO(data))
    sample = keyframes(layout)[0]
    init, coded = data[: layout.init_bytes], data[sample.offset : sample.offset + sample.length]
    whole = pixels_of(PyavDecoder().decode(init, coded))
    crop = PyavDecoder().open(init).decode(coded).crop(33, 71, 100, 120)
    assert np.array_equal(pixels_of(crop), whole[71:120, 33:100])


def test_a_keyframe_decodes_the_same_after_others_and_after_a_damaged_one() -> None:
    data = small_film(6, (MOVER,))
    layout = walk(io.BytesIO(data))
    init = data[: layout.init_bytes]
    coded = [data[s.offset : s.offset + s.length] for s in keyframes(layout)]
    opened = PyavDecoder().open(init)
    first = opened.decode(coded[0])
    with pytest.raises(DataLoss):
        opened.decode(coded[1][: len(coded[1]) // 2])
    for sample in reversed(coded):
        assert opened.decode(sample).picture() == PyavDecoder().decode(init, sample)
    assert first.picture() == PyavDecoder().decode(init, coded[0])  # kept, whatever came after


def pixels_of(picture: Picture) -> NDArray[np.uint8]:
    flat = np.frombuffer(picture.rgb, dtype=np.uint8)
    return flat.reshape(picture.height, picture.width, 3)


def test_a_damaged_keyframe_is_data_loss() -> None:
    data = small_film(2)
    layout = walk(io.BytesIO(data))
    sample = keyframes(layout)[0]
    init = data[: layout.init_bytes]
    whole = data[sample.offset : sample.offset + sample.length]
    for broken in (whole[: len(whole) // 2], bytes(500), b""):
        with pytest.raises(DataLoss):
            PyavDecoder().decode(init, broken)


def test_an_init_without_parameter_sets_is_data_loss() -> None:
    data = small_film(2)
    for init in (b"", data[:28], data[:400]):
        with pytest.raises(DataLoss):
            coding(init)
