"""Virtual MP4 of an interval, put together from byte ranges of stored segments.

Segments of one run share one init and their decode times run on (ADR 3), so the init of the first
segment followed by whole fragments of all is one playable file. Fragments are whole groups of
pictures: the delivered time covers the asked interval. Of a segment that lies wholly inside the
interval only the end is read; of a segment that lies partly inside, the boxes are walked. Both are
done by small ranged gets.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Final

from footage.digest import Digest
from footage.errors import DataLoss
from footage.instant import Interval
from footage.mp4 import walk, wall_time
from footage.mp4_placing import from_first_picture

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from footage.instant import Elapsed
    from footage.mp4 import Layout
    from footage.mp4_placing import Change
    from footage.ports import ObjectStore
    from footage.segment import Segment
    from footage.span import Span

READ_AHEAD: Final = 64 << 10
CHUNK: Final = 1 << 20
_MFRO: Final = 16
"""Size in bytes of `mfro`, the last box of a closed segment; the last four bytes of the box say how
long `mfra` is."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes [offset, offset + length) of a stored segment, or `instead` in place of these."""

    key: str
    offset: int
    length: int
    instead: bytes = b""

    def cut(self, low: int, high: int) -> Piece:
        """Return bytes [low, high) of the piece as a piece."""
        return Piece(self.key, self.offset + low, high - low, self.instead[low:high])


@dataclass(frozen=True, slots=True)
class Film:
    """A virtual MP4: byte ranges of stored segments that together are a playable file.

    Attributes:
        pieces: Byte ranges that make up the file, in order.
        interval: Wall time from the start of the first picture to the end of the last.
    """

    pieces: tuple[Piece, ...]
    interval: Interval

    @property
    def size_bytes(self) -> int:
        """Length of the file in bytes."""
        return sum(piece.length for piece in self.pieces)

    @property
    def etag(self) -> str:
        """ETag that names the bytes of the film: segments are immutable (invariant 1)."""
        return f'"{Digest.of(repr(self.pieces).encode()).hex[:32]}"'

    def cut(self, start: int, end: int) -> list[Piece]:
        """Return the pieces that make up bytes [start, end) of the film."""
        found, at = [], 0
        for piece in self.pieces:
            low, high = max(start, at), min(end, at + piece.length)
            if low < high:
                found.append(piece.cut(low - at, high - at))
            at += piece.length
        return found


def same_init(store: ObjectStore, segments: Sequence[Segment]) -> list[list[Segment]]:
    """Group neighbouring segments whose inits are equal byte for byte: a group plays as a film."""

    def init(segment: Segment) -> bytes:
        return store.get(segment.key, offset=0, length=segment.media.init_bytes)

    return [list(group) for _, group in groupby(segments, key=init)]


def of_span(segments: Iterable[Segment], span: Span) -> list[Segment]:
    """Return the segments of a span, in order, of all segments of a camera."""
    mine = (s for s in segments if s.run == span.run and s.interval.overlaps(span.interval))
    return sorted(mine, key=lambda segment: segment.sequence)


def film_of(store: ObjectStore, segments: Sequence[Segment], interval: Interval) -> Film:
    """Return the film of `interval`.

    Args:
        store: The object store that holds the segments.
        segments: Segments of one run and one init that overlap `interval`, in order.
        interval: Wall time that the film must cover.

    Raises:
        DataLoss: A segment is not what the catalogue says.
        NotFound: A segment is gone from the store.
    """
    init = Piece(segments[0].key, 0, segments[0].media.init_bytes)
    parts = [_part(store, segment, interval) for segment in segments]
    covered = Interval(parts[0][1].start, parts[-1][1].end)
    return Film((init, *(piece for piece, _ in parts)), covered)


def media_of(
    store: ObjectStore, segment: Segment, *, opening: bool = False, lasts: Elapsed | None = None
) -> Film:
    """Return the fragments of a whole segment, without the init before and the index behind.

    Byte for byte as stored, but that players place the segment by its first picture: where pictures
    are shown in another order than decoded, or sound begins earlier, the times of decoding are
    others, or sound before the first picture is left out; with `lasts`, the last picture is shown
    for longer (`from_first_picture`).

    Args:
        store: The object store that holds the segment.
        segment: The segment.
        opening: Whether a playlist begins with the segment: sound before the first picture is left
            out.
        lasts: Time for which the segment is shown; None for as long as stored.

    Raises:
        DataLoss: The segment is not what the catalogue says.
        NotFound: The segment is gone from the store.
    """
    piece, covered = _part(store, segment, segment.interval)
    end = piece.offset + piece.length
    changes = from_first_picture(_opened(store, segment), end, opening=opening, lasts=lasts)
    return Film(tuple(_changed(piece, changes)), covered)


def _changed(piece: Piece, changes: Iterable[Change]) -> Iterator[Piece]:
    """Yield the pieces that make up a piece with changes."""
    at = 0
    for change in changes:
        yield piece.cut(at, change.start - piece.offset)
        yield Piece(piece.key, change.start, len(change.instead), change.instead)
        at = change.end - piece.offset
    yield piece.cut(at, piece.length)


def read(store: ObjectStore, pieces: Sequence[Piece]) -> Iterator[bytes]:
    """Yield the bytes of `pieces`, at most 1 MiB at a time.

    Raises:
        DataLoss: A stored segment ends before its piece does.
    """
    for piece in pieces:
        if piece.instead:
            yield piece.instead
            continue
        for offset in range(piece.offset, piece.offset + piece.length, CHUNK):
            length = min(CHUNK, piece.offset + piece.length - offset)
            data = store.get(piece.key, offset=offset, length=length)
            if len(data) != length:
                raise DataLoss(f"{piece.key} ends before byte {offset + length}")
            yield data


def _part(store: ObjectStore, segment: Segment, interval: Interval) -> tuple[Piece, Interval]:
    """Return the fragments of `segment` that overlap `interval`, and the wall time covered."""
    if interval.covers(segment.interval) and not segment.damage:
        offset, end = segment.media.init_bytes, _media_end(store, segment)
        return Piece(segment.key, offset, end - offset), segment.interval
    return touched(segment, layout_of(store, segment), interval)


def layout_of(store: ObjectStore, segment: Segment) -> Layout:
    """Return the layout of a stored segment, whose boxes are walked by small ranged gets.

    Raises:
        DataLoss: The segment is no MP4 of video.
        NotFound: The segment is gone from the store.
    """
    return walk(_opened(store, segment))


def touched(segment: Segment, layout: Layout, interval: Interval) -> tuple[Piece, Interval]:
    """Return the fragments of a walked segment that overlap `interval`, and the wall time covered.

    Each fragment lasts until the next begins and the last until the segment ends, so the fragments
    tile the segment and at least one is found.
    """
    starts, fragments, sample = [], [], 0
    shown = (max(one.pts_ticks, layout.start_pts_ticks) for one in reversed(layout.samples))
    earliest = list(accumulate(shown, min))[::-1]
    for fragment in layout.fragments:
        if fragment.samples:
            passed = earliest[sample] - layout.start_pts_ticks
            starts.append(wall_time(segment, layout, passed))
            fragments.append(fragment)
            sample += fragment.samples
    ends = [*starts[1:], max(segment.interval.end, starts[-1])]
    inside = [
        number
        for number in range(len(fragments))
        if starts[number] < interval.end and interval.start < ends[number]
    ]
    first, last = inside[0], inside[-1]
    offset = fragments[first].offset
    end = fragments[last].offset + fragments[last].length
    return Piece(segment.key, offset, end - offset), Interval(starts[first], ends[last])


def _media_end(store: ObjectStore, segment: Segment) -> int:
    """Return the offset at which the fragments end, before the index `mfra` of the segment.

    The index describes the stored segment alone and would be wrong in a film.

    Raises:
        DataLoss: The index claims to be longer than the media.
    """
    size = segment.size_bytes
    tail = store.get(segment.key, offset=max(size - _MFRO, 0), length=_MFRO)
    index = int.from_bytes(tail[12:], "big") if tail[4:8] == b"mfro" else 0
    end = size - index
    if end <= segment.media.init_bytes:
        raise DataLoss(f"{segment.key} has an index of {index} bytes, longer than its media")
    return end


def _opened(store: ObjectStore, segment: Segment) -> io.BufferedReader:
    return io.BufferedReader(_Stored(store, segment.key, segment.size_bytes), READ_AHEAD)


class _Stored(io.RawIOBase):
    """A stored object as a seekable file; each read is a ranged get."""

    def __init__(self, store: ObjectStore, key: str, size: int) -> None:
        super().__init__()
        self._store, self._key, self._size, self._at = store, key, size, 0

    def readable(self) -> bool:
        """Return True: a stored object can be read."""
        return True

    def seekable(self) -> bool:
        """Return True: a ranged get may start anywhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move the read position; see io.IOBase."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # io's own stub is wider
        """Fill `buffer` from the read position by a ranged get; return the number of bytes read."""
        length = min(len(buffer), max(self._size - self._at, 0))
        data = self._store.get(self._key, offset=self._at, length=length) if length else b""
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
