"""The picture shown at an instant, and the bytes read to decode the picture."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from api import still
from api.still import still_of
from footage.clock import SimulatedClock
from footage.errors import DataLoss, Refused
from footage.instant import Elapsed
from footage.mp4 import walk
from footage.shown_picture import fragments_to, shown_at
from infra.media.pyav_decoder import PyavDecoder
from infra.objects.memory_store import MemoryStore
from tests.common.builders import at
from tests.common.tiny_films import FPS, SIZE, Mover, fragmented_mp4, frames, store_film

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from api.picture_response import Picture

SECONDS = 6
FILM = frames(SECONDS, [Mover((220, 20, 20), y=0.4, w=0.1, h=0.3, first_s=0, last_s=6, speed=0.1)])


@pytest.fixture(params=["avc1", "avc1 with B-frames", "hvc1", "hvc1 with B-frames"])
def film(request: pytest.FixtureRequest) -> bytes:
    codec, _, rest = request.param.partition(" ")
    return fragmented_mp4(FILM, codec, b_frames=2 if rest else 0)


def _nearest(given: Picture) -> int:
    """Number of the frame that a still is nearest to."""
    seen = _pixels(given)
    return int(np.argmin([np.abs(seen - frame).mean() for frame in FILM]))


def _pixels(given: Picture) -> NDArray[np.float64]:
    return np.asarray(Image.open(io.BytesIO(given.jpeg)).convert("RGB"), dtype=np.float64)


@pytest.mark.slow
def test_each_instant_gives_the_picture_shown_then(film: bytes, tmp_path: Path) -> None:
    store = MemoryStore(SimulatedClock(at(600)))
    segment = store_film(store, tmp_path, film)
    for number in range(SECONDS * FPS):
        for share in (0, 0.99):
            wanted = at((number + share) / FPS)
            given = still_of(store, PyavDecoder(), segment, wanted, None)
            assert _nearest(given) == number
            assert given.instant == at(number / FPS)


def test_no_more_is_read_than_the_group_of_the_picture() -> None:
    data = fragmented_mp4(FILM)
    layout = walk(io.BytesIO(data))
    for sample in layout.samples:
        run = fragments_to(layout, sample)
        (fragment,) = (f for f in layout.fragments if f.offset == run.offset)
        assert run.length == fragment.length


def test_a_still_is_scaled_down_and_never_up(tmp_path: Path) -> None:
    store = MemoryStore(SimulatedClock(at(600)))
    segment = store_film(store, tmp_path, fragmented_mp4(FILM))
    width, height = SIZE
    for asked, size in ((90, (160, 90)), (height, SIZE), (4 * height, SIZE), (16, (28, 16))):
        given = still_of(store, PyavDecoder(), segment, at(1), asked)
        assert Image.open(io.BytesIO(given.jpeg)).size == size, (width, asked)


def test_before_the_first_picture_the_first_is_shown(tmp_path: Path) -> None:
    data = fragmented_mp4(FILM)
    segment = store_film(MemoryStore(SimulatedClock(at(600))), tmp_path, data)
    layout = walk(io.BytesIO(data))
    assert shown_at(segment, layout, at(0) - Elapsed(1)) == layout.samples[0]


def test_a_keyframe_too_far_back_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MemoryStore(SimulatedClock(at(600)))
    segment = store_film(store, tmp_path, fragmented_mp4(FILM))
    monkeypatch.setattr(still, "MOST_BYTES", 1_000)
    with pytest.raises(Refused, match="ask for the film"):
        still_of(store, PyavDecoder(), segment, at(1), None)


def test_a_damaged_picture_is_told(tmp_path: Path) -> None:
    data = bytearray(fragmented_mp4(FILM))
    first = walk(io.BytesIO(data)).samples[0]
    data[first.offset + 40 : first.offset + first.length] = bytes(first.length - 40)
    store = MemoryStore(SimulatedClock(at(600)))
    segment = store_film(store, tmp_path, bytes(data))
    with pytest.raises(DataLoss):
        still_of(store, PyavDecoder(), segment, at(1), None)
