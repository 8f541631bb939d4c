"""Whether a Matroska file is a part of a longer film, whose other parts are files of their own.

A file may name the file before and behind (RFC 9559, 5.1.2: hard linking), or chapters that lie in
other files (medium linking). FFmpeg follows neither, and an import takes the file's own pictures
alone: the links are told, so that nobody takes a part for the whole. Bytes in, values out; no
length that is read is trusted.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_EBML: Final = b"\x1a\x45\xdf\xa3"
_SEGMENT: Final = 0x18538067
_INFO: Final = 0x1549A966
_CHAPTERS: Final = 0x1043A770
_IN_CHAPTERS: Final = frozenset({0x45B9, 0xB6})
"""An edition of chapters, and a chapter, which may hold others."""
_BEFORE: Final = frozenset({0x3CB923, 0x3C83AB})
_BEHIND: Final = frozenset({0x3EB923, 0x3E83BB})
_CHAPTER_ELSEWHERE: Final = 0x6E67
_MOST_ELEMENTS: Final = 100_000
"""Most elements looked at: a day of clusters of a second each are 86 400; more is an attack."""
_MOST_BYTES: Final = 1 << 20
"""Largest description or list of chapters that is read; real ones have some kilobytes."""
_LONGEST_HEAD: Final = 12
_UNKNOWN: Final = -1


class _Element(NamedTuple):
    """An element: `start` and `end` of its content; `end` is `_UNKNOWN` where it does not tell."""

    kind: int
    start: int
    end: int


class _Number(NamedTuple):
    """A number of variable length, with the bit that marks its length, and how long it is."""

    marked: int
    bytes: int

    @property
    def unmarked(self) -> int:
        """The number without the mark."""
        return self.marked & (1 << 7 * self.bytes) - 1


class Links(NamedTuple):
    """Links of a Matroska file to other files.

    Attributes:
        before: Whether another file comes before this one.
        behind: Whether another file comes behind this one.
        chapters: Whether chapters lie in other files.
    """

    before: bool = False
    behind: bool = False
    chapters: bool = False


def links(file: BinaryIO) -> Links:
    """Read the links of a file; none for a file of another format, or damaged before any link."""
    file.seek(0)
    if file.read(len(_EBML)) != _EBML:
        return Links()
    size = file.seek(0, io.SEEK_END)
    found: set[int] = set()
    for one in _elements(file, 0, size):
        if one.kind == _SEGMENT:
            for part in _elements(file, one.start, size if one.end == _UNKNOWN else one.end):
                if part.kind in {_INFO, _CHAPTERS} and 0 <= part.end - part.start <= _MOST_BYTES:
                    found |= _kinds(file, part)
    return Links(bool(found & _BEFORE), bool(found & _BEHIND), _CHAPTER_ELSEWHERE in found)


def told(found: Links) -> list[str]:
    """Notes for people that name the links of a file."""
    others = [
        *(["before"] if found.before else []),
        *(["behind"] if found.behind else []),
    ]
    notes = []
    if others:
        notes.append(
            f"a part: the file says that another comes {' and '.join(others)} it: only its own "
            "pictures are taken, import the others too"
        )
    if found.chapters:
        notes.append(
            "a part: some of the file's chapters lie in other files: only its own pictures are "
            "taken, in the order in which they are stored"
        )
    return notes


def _kinds(file: BinaryIO, whole: _Element) -> set[int]:
    """Return the kinds of the elements inside an element, chapters looked into."""
    found, waiting = set[int](), [whole]
    while waiting:
        outer = waiting.pop()
        for one in _elements(file, outer.start, outer.end):
            found.add(one.kind)
            if one.kind in _IN_CHAPTERS and one.end != _UNKNOWN:
                waiting.append(one)
    return found


def _elements(file: BinaryIO, start: int, end: int) -> Iterator[_Element]:
    """Yield the elements from `start` to `end`, up to one that is damaged or of unknown length."""
    for _ in range(_MOST_ELEMENTS):
        if start >= end:
            return
        file.seek(start)
        head = file.read(_LONGEST_HEAD)
        kind = _number(head)
        length = _number(head[kind.bytes :]) if kind else None
        if kind is None or length is None:
            return
        begin = start + kind.bytes + length.bytes
        if length.unmarked == (1 << 7 * length.bytes) - 1:
            yield _Element(kind.marked, begin, _UNKNOWN)
            return
        start = begin + length.unmarked
        yield _Element(kind.marked, begin, min(start, end))


def _number(data: bytes) -> _Number | None:
    """Read a number of variable length (RFC 8794, 4); None where the bytes hold none."""
    if not data or not data[0]:
        return None
    length = 9 - data[0].bit_length()
    if len(data) < length:
        return None
    return _Number(int.from_bytes(data[:length], "big"), length)
