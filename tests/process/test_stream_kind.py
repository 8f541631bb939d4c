"""Codec strings of real films, and what browsers make of them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from footage.errors import DataLoss
from footage.mp4_boxes import init_length
from footage.stream_kind import Plays, stream_kind
from tests.common.odd_films import odd_film

if TYPE_CHECKING:
    from pathlib import Path


def init_of(path: Path) -> bytes:
    data = path.read_bytes()
    return data[: init_length(data)]


@pytest.mark.parametrize(
    ("film", "codecs", "plays", "why"),
    [
        ("h264", "avc1.42C0", Plays.YES, ""),
        ("interlaced", "avc1.4D40", Plays.YES, "interlaced"),
        ("h264-10-bit", "avc1.6E", Plays.NO, "8 bits"),
        ("h264-4:2:2", "avc1.7A", Plays.NO, "colour"),
        ("hevc", "hvc1.1.6.L", Plays.SOME, "machine"),
        ("hevc-10-bit", "hev1.2.4.L", Plays.SOME, "machine"),
        ("mpeg-4", "mp4v", Plays.NO, "no browser"),
        ("mjpeg", "mp4v", Plays.NO, "no browser"),
    ],
)
def test_a_stream_says_whether_browsers_play_it(
    film: str, codecs: str, plays: Plays, why: str, tmp_path: Path
) -> None:
    kind = stream_kind(init_of(odd_film(tmp_path / "film.mp4", film, seconds=2)))
    assert kind.codecs.startswith(codecs)
    assert kind.plays is plays
    assert why in kind.why
    assert bool(why) == bool(kind.why)


@pytest.mark.parametrize(
    ("sound", "codec", "plays"),
    [("aac", "mp4a.40.2", Plays.YES), ("pcm_mulaw", "ulaw", Plays.NO)],
)
def test_sound_counts_too(sound: str, codec: str, plays: Plays, tmp_path: Path) -> None:
    film = odd_film(tmp_path / "film.mp4", "h264", seconds=2, sound=sound)
    kind = stream_kind(init_of(film))
    assert kind.codecs.endswith(f",{codec}")
    assert kind.plays is plays


def test_an_init_cut_anywhere_is_told_and_nothing_else(tmp_path: Path) -> None:
    init = init_of(odd_film(tmp_path / "film.mp4", "hevc", seconds=2, sound="aac"))
    for end in range(0, len(init) - 1, 7):
        with pytest.raises(DataLoss):
            stream_kind(init[:end])
    for at in range(40, len(init), 11):
        damaged = io.BytesIO(init)
        damaged.seek(at)
        damaged.write(b"\xff\x00")
        try:
            stream_kind(damaged.getvalue()[: len(init)])
        except DataLoss:
            continue
