"""Edit lists of MP4 and MOV: plain or not, and damaged anywhere."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.instant import ZERO, Elapsed
from recorder.imports.edit_list import edits
from tests.common.mp4_builder import box

RATE = 1 << 16


def head(scale: int, ticks: int) -> bytes:
    return struct.pack(">IIIII", 0, 0, 0, scale, ticks)


def film(*parts: tuple[int, int, int], length: int = 120_000, delay: int = 0) -> bytes:
    """A film of two tracks, of sound and of pictures with this edit list."""
    listed = b"".join(struct.pack(">IiI", *part) for part in parts)
    edts = box(b"edts", box(b"elst", struct.pack(">II", 0, len(parts)) + listed)) if parts else b""
    shown = box(b"stbl", box(b"ctts", struct.pack(">IIIi", 0, 1, 1, delay)))
    pictures = box(b"hdlr", b"\0" * 8 + b"vide") + box(b"mdhd", head(10_000, length))
    mdia = box(b"mdia", pictures + box(b"minf", shown))
    sound = box(b"trak", box(b"mdia", box(b"hdlr", b"\0" * 8 + b"soun")))
    moov = box(b"moov", box(b"mvhd", head(1_000, 12_000)) + sound + box(b"trak", edts + mdia))
    return box(b"ftyp", b"isom\0\0\0\0") + moov


@pytest.mark.parametrize(
    "parts",
    [
        (),
        ((12_000, 0, RATE),),
        ((4_000, -1, RATE), (12_000, 2_000, RATE)),
        ((11_500, 0, RATE),),
        ((0, 2_000, RATE),),
    ],
)
def test_lists_that_only_say_where_a_track_begins(parts: tuple[tuple[int, int, int], ...]) -> None:
    found = edits(io.BytesIO(film(*parts)), 1)
    assert (found.plain, found.note) == (True, "")


def test_other_lists_tell_where_the_first_shown_picture_lies() -> None:
    found = edits(io.BytesIO(film((5_000, 70_000, RATE), (3_000, 0, RATE), delay=2_000)), 1)
    assert (found.plain, found.parts, found.hidden) == (False, 2, Elapsed.parse("6800ms"))
    tail = edits(io.BytesIO(film((5_000, 0, RATE))), 1)
    assert (tail.plain, tail.hidden, tail.hidden_tail) == (False, ZERO, Elapsed.parse("7s"))
    assert not edits(io.BytesIO(film((24_000, 0, RATE // 2))), 1).plain


def test_a_track_that_is_not_there_and_another_format_have_no_list() -> None:
    swapped = film((5_000, 70_000, RATE), (3_000, 0, RATE))
    assert edits(io.BytesIO(swapped), 2).plain
    assert edits(io.BytesIO(b"\x47" * 1_000), 1).plain


@given(st.data())
def test_damage_anywhere_is_no_error(data: st.DataObject) -> None:
    whole = bytearray(film((5_000, 70_000, RATE), (3_000, 0, RATE), delay=2_000))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + 4] = data.draw(st.binary(min_size=1, max_size=4))
    cut = data.draw(st.integers(0, len(whole)))
    found = edits(io.BytesIO(bytes(whole[:cut])), 1)
    assert found.hidden >= ZERO
    assert isinstance(found.note, str)
