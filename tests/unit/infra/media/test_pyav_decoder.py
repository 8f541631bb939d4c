from __future__ import annotations

import io

import numpy as np
import pytest

from footage.errors import DataLoss
from footage.mp4 import keyframes, walk
from infra.media.pyav_decoder import PyavDecoder, parameter_sets
from tests.common.tiny_films import SIZE, Mover, fragmented_mp4, frames, small_film

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
            parameter_sets(init)
