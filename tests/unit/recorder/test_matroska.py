"""Links of Matroska files to other files, read from elements written by hand."""

from __future__ import annotations

import io

import pytest

from recorder.imports.matroska import Links, links, told
from tests.common.matroska import (
    CHAPTER_UID,
    INFO,
    NEXT_NAME,
    NEXT_UID,
    PREV_UID,
    chapters,
    element,
    film,
    unknown_length,
)


def read(data: bytes) -> Links:
    return links(io.BytesIO(data))


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([element(INFO, b"")], Links()),
        ([element(INFO, element(NEXT_UID, bytes(16)))], Links(behind=True)),
        ([element(INFO, element(NEXT_NAME, b"b.mkv"))], Links(behind=True)),
        ([element(INFO, element(PREV_UID, bytes(16)))], Links(before=True)),
        ([element(INFO, b""), chapters(CHAPTER_UID)], Links(chapters=True)),
        ([element(INFO, b""), chapters(b"\x80")], Links()),
        ([element(b"\x1f\x43\xb6\x75", bytes(99)), chapters(CHAPTER_UID)], Links(chapters=True)),
    ],
)
def test_links_are_read(parts: list[bytes], found: Links) -> None:
    assert read(film(*parts)) == found
    assert read(unknown_length(*parts)) == found
    assert len(told(found)) == sum((found.before or found.behind, found.chapters))


def test_a_file_of_another_format_has_none() -> None:
    linked = film(element(INFO, element(NEXT_UID, bytes(16))))
    assert read(b"\0\0\0\x18ftyp" + linked) == Links()
    assert read(b"") == Links()


def test_a_damaged_file_ends_the_walk() -> None:
    linked = film(element(INFO, element(NEXT_UID, bytes(16))))
    for length in range(len(linked)):
        read(linked[:length])
    assert read(film(bytes(8), element(INFO, element(NEXT_UID, bytes(16))))) == Links()
