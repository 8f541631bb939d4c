"""Contents of files from outside that are damaged, hostile, or nothing at all, to draw from."""

from __future__ import annotations

import struct

from hypothesis import strategies as st

from tests.common.import_films import telling_film
from tests.common.mp4_builder import box
from tests.common.tiny_films import small_film

KINDS = (
    b"ftyp moov mvhd trak tkhd mdia mdhd hdlr minf stbl stsd avc1 avcC hvc1 mp4v esds pasp mvex "
    b"trex moof traf tfhd tfdt trun mdat mfra prft free udta edts elst dinf dref"
).split()
leaves = st.builds(box, st.sampled_from(KINDS), st.binary(max_size=100))
trees = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda kind, boxes: box(kind, *boxes), st.sampled_from(KINDS), st.lists(inner, max_size=5)
    ),
    max_leaves=25,
)
films = st.sampled_from([small_film(2), small_film(2, codec="hvc1"), telling_film()])


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A real film with some bytes, lengths or counts replaced, or an end cut off."""
    film = bytearray(draw(films))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, min(len(film) - 5, 3000)))
        match draw(st.sampled_from(["byte", "number", "kind"])):
            case "byte":
                film[at] = draw(st.integers(0, 255))
            case "number":
                number = draw(st.sampled_from([0, 1, 8, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]))
                film[at : at + 4] = struct.pack(">I", number)
            case _:
                film[at : at + 4] = draw(st.sampled_from(KINDS))
    return bytes(film[: draw(st.integers(1, len(film)))])


contents = st.one_of(
    st.lists(trees, min_size=1, max_size=5).map(b"".join),
    damaged(),
    st.binary(min_size=1, max_size=600),
)
