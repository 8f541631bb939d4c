"""What a file is, and what its container says of itself."""

from __future__ import annotations

import io
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.instant import Elapsed
from recorder.imports.container import Told, is_bare, is_video, told
from tests.common.import_films import TEN, telling_film
from tests.common.mp4_builder import box


@pytest.mark.parametrize("wide", [False, True])
def test_an_mp4_tells_when_it_was_made_and_how_long_it_lasts(wide: bool) -> None:  # noqa: FBT001
    assert told(io.BytesIO(telling_film(wide=wide))) == Told(TEN, Elapsed.parse("90s"))


def test_what_is_not_filled_in_is_not_told() -> None:
    assert told(io.BytesIO(telling_film(created=0, ticks=0))) == Told()
    assert told(io.BytesIO(telling_film(ticks=0xFFFF_FFFF))).length is None


@given(st.binary(max_size=200))
def test_garbage_tells_nothing_and_raises_nothing(data: bytes) -> None:
    told(io.BytesIO(data))
    told(io.BytesIO(box(b"moov", data)))


@given(st.integers(0, 200))
def test_a_film_cut_short(length: int) -> None:
    told(io.BytesIO(telling_film()[:length]))


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a.mp4", b"no film at all", True),  # FFmpeg will tell
        ("a.DAV", b"DHAV", True),
        ("a.bin", b"DHAV\xfd\0", True),
        ("a", b"\0\0\0\x18ftypmp42", True),
        ("a.dat", b"\x1a\x45\xdf\xa3", True),
        ("a.x", b"RIFF\0\0\0\0AVI LIST", True),
        ("a.x", b"\x47" + b"\0" * 187 + b"\x47" + b"\0" * 9, True),
        ("a.x", b"\0\0\0\1\x67", True),
        ("a.x", b"\0\0\1\xba", True),
        ("a.jpg", b"\xff\xd8\xff\xe0", False),
        ("a.wav", b"RIFF\0\0\0\0WAVE", False),
        ("readme.txt", b"read me", False),
        ("fr.ts", b"<?xml version='1.0'?><TS>", False),
        ("cut.ts", b"\xff" * 20, True),
        ("index.db", b"", False),
        ("a.mp4", b"", True),
    ],
)
def test_what_is_video(name: str, head: bytes, expected: bool) -> None:  # noqa: FBT001
    assert is_video(PurePosixPath(name), head) is expected


def test_bare_streams() -> None:
    assert is_bare(b"\0\0\0\1\x67")
    assert not is_bare(b"\0\0\1\xba")
