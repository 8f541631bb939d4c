"""Which bytes make up a film."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import playback
from api.playback import Film, Piece
from footage.clock import SimulatedClock
from footage.digest import Digest
from footage.errors import DataLoss
from footage.mp4 import walk
from infra.objects.memory_store import MemoryStore
from tests.common.builders import START, at, during
from tests.common.tiny_films import small_film, store_film

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.segment import Segment

FILM = small_film(8)
PIECES = (Piece("a", 0, 10), Piece("a", 30, 25), Piece("b", 10, 40))
WHOLE = Film(PIECES, during(0, 8))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(SimulatedClock(START))


@pytest.fixture
def segment(store: MemoryStore, tmp_path: Path) -> Segment:
    return store_film(store, tmp_path, FILM)


class CountingStore(MemoryStore):
    """Counts the bytes read and the largest read."""

    total = 0
    largest = 0

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        data = super().get(key, offset=offset, length=length)
        self.total += len(data)
        self.largest = max(self.largest, len(data))
        return data


@given(st.integers(0, 75), st.integers(0, 75))
def test_any_part_is_cut_out_of_the_whole(start: int, end: int) -> None:
    def places(pieces: Iterator[Piece] | tuple[Piece, ...] | list[Piece]) -> list[tuple[str, int]]:
        return [(p.key, byte) for p in pieces for byte in range(p.offset, p.offset + p.length)]

    assert WHOLE.size_bytes == 75
    assert places(WHOLE.cut(start, end)) == places(PIECES)[start:end]


def test_films_of_other_bytes_have_other_names() -> None:
    assert WHOLE.etag == Film(PIECES, during(0, 9)).etag
    assert WHOLE.etag != Film(PIECES[:2], during(0, 8)).etag


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [((0, 8), 0, 3), ((0, 0.1), 0, 0), ((1.9, 2.1), 0, 1), ((2, 4), 1, 1), ((7.9, 99), 3, 3)],
)
def test_fragments_that_share_time_are_taken(
    segment: Segment, asked: tuple[float, float], first: int, last: int
) -> None:
    layout = walk(io.BytesIO(FILM))
    piece, interval = playback.touched(segment, layout, during(*asked))
    fragments = layout.fragments
    assert piece.offset == fragments[first].offset
    assert piece.offset + piece.length == fragments[last].offset + fragments[last].length
    assert interval == during(2 * first, 2 * last + 2)


def test_a_whole_segment_is_not_walked_and_gives_the_same(tmp_path: Path) -> None:
    store = CountingStore(SimulatedClock(START))
    segment = store_film(store, tmp_path, FILM)
    film = playback.film_of(store, [segment], during(0, 8))
    assert store.total == 16
    piece, interval = playback.touched(segment, walk(io.BytesIO(FILM)), during(0, 8))
    assert film.pieces == (Piece(segment.key, 0, segment.media.init_bytes), piece)
    assert film.interval == interval


def test_a_part_of_a_segment_is_walked_by_small_reads(tmp_path: Path) -> None:
    store = CountingStore(SimulatedClock(START))
    segment = store_film(store, tmp_path, FILM)
    film = playback.film_of(store, [segment], during(3, 5))
    assert film.interval == during(2, 6)
    assert store.largest <= playback.READ_AHEAD


def test_segments_with_another_init_are_told_apart(store: MemoryStore, tmp_path: Path) -> None:
    other = FILM.replace(b"avcC\x01", b"avcC\x02")
    assert other != FILM
    films = [(FILM, 0), (FILM, 8), (other, 16), (FILM, 24)]
    segments = [store_film(store, tmp_path, data, start=at(s)) for data, s in films]
    groups = playback.same_init(store, segments)
    assert groups == [segments[:2], segments[2:3], segments[3:]]


def test_chunks_are_bounded(store: MemoryStore, tmp_path: Path) -> None:
    big = tmp_path / "big"
    big.write_bytes(bytes(3 * playback.CHUNK))
    store.put("big", big, Digest.of_file(big), {})
    sizes = [len(c) for c in playback.read(store, [Piece("big", 5, 2 * playback.CHUNK + 7)])]
    assert sizes == [playback.CHUNK, playback.CHUNK, 7]


def test_missing_bytes_are_a_loss_and_not_a_shorter_film(
    store: MemoryStore, segment: Segment
) -> None:
    with pytest.raises(DataLoss, match="ends before byte"):
        list(playback.read(store, [Piece(segment.key, 0, len(FILM) + 1)]))
