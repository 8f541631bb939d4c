"""Layout of a segment, found by walking the boxes of a fragmented MP4, never the media data.

A segment is `ftyp` + `moov` (the init) and then fragments, each `moof` + `mdat`. A segment that was
closed ends in `mfra`; a segment whose writer was killed may end in a fragment cut short, which
`walk` leaves out: `complete_bytes` says where the last whole fragment ends. Only box headers,
`moov`, `moof` and `prft` are read.
"""

from __future__ import annotations

import io
import struct
from bisect import bisect_left
from dataclasses import dataclass, field
from statistics import median_low
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from footage.errors import DataLoss
from footage.instant import Elapsed, Instant
from footage.mp4_boxes import (
    HEADER_BYTES,
    MAX_SAMPLES,
    Header,
    Sample,
    Track,
    header,
    samples,
    tracks,
)
from footage.segment import Media, TimeSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footage.segment import Segment

MAX_INDEX_BYTES: Final = 16 << 20
"""Largest `moov` or `moof`: 72 000 samples of 16 bytes are 1.2 MB; more is an attack."""
_PRFT_BYTES: Final = 20
_NTP_EPOCH_S: Final = 2_208_988_800
"""Seconds from 1900-01-01 to 1970-01-01."""
MAX_BOXES: Final = 400_000
"""Most top-level boxes: 300 s of fragments of a single frame at 240 frames/s are 216 000."""


class Fragment(NamedTuple):
    """A whole fragment: `moof` + `mdat`.

    Attributes:
        offset: Byte offset of the `moof`, or of the `prft` right before the `moof`.
        length: Bytes from `offset` to the end of the `mdat`.
        samples: Number of video samples in the fragment.
    """

    offset: int
    length: int
    samples: int


class ProducerTime(NamedTuple):
    """Content of a `prft` box: the wall time the file's writer gives to a frame.

    Attributes:
        pts_ticks: Media time of the frame.
        wall: The time given: the camera's, where it sends RTCP sender reports, else the host's at
            the moment of writing; the box does not say which.
    """

    pts_ticks: int
    wall: Instant


class Range(NamedTuple):
    """A byte range [offset, offset + length)."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Layout of a segment as found by `walk`.

    Attributes:
        init_bytes: Length of everything before the first `moof`: `ftyp` + `moov`.
        samples: Samples of the video track, in decode order; at least one.
        complete_bytes: End of the last whole fragment, or of `mfra` in a closed segment; what
            follows is cut short or unreadable.
        closed: Whether the writer closed the segment (the file ends in `mfra`).
        audio: Codecs of the audio tracks, e.g. ("mp4a",).
        producer: Wall times of fragments, in order, where the file's writer gave any.
    """

    init_bytes: int
    media: Media
    samples: tuple[Sample, ...]
    fragments: tuple[Fragment, ...]
    complete_bytes: int
    closed: bool
    audio: tuple[str, ...]
    producer: tuple[ProducerTime, ...] = ()

    @property
    def first_dts_ticks(self) -> int:
        """Media time of the first sample; media time runs on from segment to segment of a run."""
        return self.samples[0].dts_ticks

    @property
    def start_pts_ticks(self) -> int:
        """Media time shown at the start of the segment's interval: the first sample's.

        Pictures that are decoded later and shown earlier need the segment before: none is seen.
        """
        return self.samples[0].pts_ticks

    @property
    def end_dts_ticks(self) -> int:
        """Media time at which the last sample ends."""
        return self.samples[-1].dts_ticks + self.samples[-1].duration_ticks

    @property
    def end_pts_ticks(self) -> int:
        """Media time until which the last picture is shown."""
        return end_of_showing(self.samples)

    @property
    def reorder_ticks(self) -> int:
        """Usual time between decoding and showing: how long pictures wait to be put in order.

        A pause of the camera right before the first picture lies between that picture's decoding
        and showing, and does not count. 0 where pictures are decoded in the order shown.
        """
        waiting = bisect_left([one.dts_ticks for one in self.samples], self.start_pts_ticks)
        return waiting * _usual_duration(self.samples)


class Parts(NamedTuple):
    """Byte ranges a player asks for: the init once, then fragments."""

    init: Range
    fragments: tuple[Range, ...]


def walk(file: BinaryIO, *, cut: bool = False) -> Layout:
    """Walk the boxes of a segment file and return the layout.

    Args:
        file: The file.
        cut: Whether the last fragment may be cut short on purpose: of such a fragment the samples
            that are there whole count.

    Raises:
        DataLoss: The file is no fragmented MP4 with at least one whole fragment of video.
    """
    size = file.seek(0, io.SEEK_END)
    state = _Walk(until=size if cut else None)
    for at, head in top_boxes(file, size, cut=cut):
        try:
            state.take(file, at, head)
        except DataLoss:
            # A power failure may leave zeros inside: the whole fragments before the zeros count.
            if not state.samples:
                raise
            break
    return state.layout(size)


def beginning(file: BinaryIO) -> Layout:
    """Return the layout of a segment file as if the file ended behind the first fragment of video.

    Raises:
        DataLoss: The file is no fragmented MP4 with at least one whole fragment of video.
    """
    size = file.seek(0, io.SEEK_END)
    state = _Walk()
    for at, head in top_boxes(file, size):
        state.take(file, at, head)
        if state.samples:
            break
    return state.layout(size)


@dataclass(slots=True)
class _Walk:
    """State of a walk: the boxes read so far; samples that end after `until` are left out."""

    until: int | None = None
    tracks: list[Track] = field(default_factory=list)
    init_bytes: int = 0
    moof: tuple[int, memoryview] | None = None
    prft: tuple[int, ProducerTime] | None = None
    producer: list[ProducerTime] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    fragments: list[Fragment] = field(default_factory=list)
    complete: int = 0
    closed: bool = False

    def take(self, file: BinaryIO, at: int, head: Header) -> None:
        """Read the whole top-level box with header `head` at offset `at`."""
        if head.kind == b"moov" and not self.tracks:
            self.tracks = tracks(content_of(file, at, head))
        elif head.kind == b"prft" and self.moof is None:
            self.init_bytes = self.init_bytes or at
            self.prft = (at, producer_time(content_of(file, at, head)))
        elif head.kind == b"moof":
            self.init_bytes = self.init_bytes or at
            self.moof = (at, content_of(file, at, head))
        elif head.kind == b"mdat" and self.moof is not None:
            self._fragment(*self.moof, at + head.size)
        elif head.kind == b"mfra" and self.moof is None and self.samples:
            self.complete, self.closed = at + head.size, True

    def _fragment(self, start: int, moof: memoryview, end: int) -> None:
        found = samples(moof, start, self.video)
        if self.until is not None:
            found = [one for one in found if one.offset + one.length <= self.until]
        if len(self.samples) + len(found) > MAX_SAMPLES:
            raise DataLoss(f"more than {MAX_SAMPLES} samples")
        _inside(found, start, end)
        self.samples += found
        if self.prft is not None:
            start = self.prft[0]
            self.producer.append(self.prft[1])
        self.fragments.append(Fragment(start, end - start, len(found)))
        self.moof, self.prft, self.complete = None, None, end

    @property
    def video(self) -> Track:
        """The first video track; raises DataLoss when the file has none."""
        for track in self.tracks:
            if track.handler == "vide":
                return track
        raise DataLoss("no video track")

    def layout(self, size: int) -> Layout:
        """Return the layout of a file of `size` bytes; raises DataLoss without a whole fragment."""
        if not self.samples:
            raise DataLoss(f"no whole fragment of video in {size} bytes")
        video = self.video
        media = Media(
            codec=video.codec,
            width=video.width,
            height=video.height,
            timescale=video.timescale,
            duration_ticks=end_of_showing(self.samples) - self.samples[0].pts_ticks,
            samples=len(self.samples),
            init_bytes=self.init_bytes,
        )
        return Layout(
            init_bytes=self.init_bytes,
            media=media,
            samples=tuple(self.samples),
            fragments=tuple(self.fragments),
            complete_bytes=self.complete,
            closed=self.closed and self.complete == size,
            audio=tuple(track.codec for track in self.tracks if track.handler == "soun"),
            producer=tuple(self.producer),
        )


def keyframes(layout: Layout) -> tuple[Sample, ...]:
    """Return the samples that can be decoded alone."""
    return tuple(sample for sample in layout.samples if sample.keyframe)


def parts(layout: Layout) -> Parts:
    """Return the byte ranges for playback: the init and the fragments, without `mfra`."""
    ranges = tuple(Range(fragment.offset, fragment.length) for fragment in layout.fragments)
    return Parts(Range(0, layout.init_bytes), ranges)


def end_of_showing(decoded: Sequence[Sample]) -> int:
    """Media time until which the last picture is shown, of samples in the order decoded.

    Durations tell the times between decoding: where the last picture shown is not the last decoded,
    that picture counts as shown for the usual duration.
    """
    last = max(decoded, key=lambda one: one.pts_ticks)
    in_order = last is decoded[-1]
    return last.pts_ticks + (last.duration_ticks if in_order else _usual_duration(decoded))


def _usual_duration(decoded: Sequence[Sample]) -> int:
    return median_low(one.duration_ticks for one in decoded)


def elapsed(ticks: int, timescale: int) -> Elapsed:
    """Convert media ticks to microseconds, rounded down: equal ticks give equal microseconds."""
    return Elapsed(ticks * 1_000_000 // timescale)


def wall_time(segment: Segment, layout: Layout, passed_ticks: int) -> Instant:
    """Wall time of a picture of a stored segment, so many ticks behind the segment's first.

    Live media time may run faster or slower than wall time, at a wrong rate by half: the interval
    tells how long the media lasted. A stated interval may end later, where the next one begins.
    """
    passed = elapsed(passed_ticks, layout.media.timescale)
    media = elapsed(layout.end_pts_ticks - layout.start_pts_ticks, layout.media.timescale)
    if segment.clock.source is not TimeSource.STATED and media.us > 0:
        passed = Elapsed(passed.us * segment.interval.length.us // media.us)
    return segment.interval.start + passed


def producer_time(content: memoryview) -> ProducerTime:
    """Read the content of a `prft` box (ISO/IEC 14496-12, 8.16.5); raises DataLoss if cut short."""
    wide = len(content) > 0 and content[0] == 1
    if len(content) < _PRFT_BYTES + (4 if wide else 0):
        raise DataLoss("prft cut short")
    seconds, fraction = struct.unpack_from(">II", content, 8)
    (ticks,) = struct.unpack_from(">Q" if wide else ">I", content, 16)
    us = (seconds - _NTP_EPOCH_S) * 1_000_000 + (fraction * 1_000_000 >> 32)
    return ProducerTime(ticks, Instant(us))


def top_boxes(file: BinaryIO, size: int, *, cut: bool = False) -> Iterator[tuple[int, Header]]:
    """Yield offset and header of each whole top-level box; stop at a box cut short."""
    at = 0
    for _ in range(MAX_BOXES):
        file.seek(at)
        start = file.read(HEADER_BYTES)
        if len(start) < 8:  # noqa: PLR2004 - the shortest box header
            return
        try:
            head = header(start)
        except DataLoss:
            return  # zeros or garbage, left by a power failure: the whole boxes before count
        # Size 0 means "to the end of the file": the writer never came back to close the box.
        if not head.size or (at + head.size > size and not (cut and head.kind == b"mdat")):
            return
        yield at, head
        at += head.size
    raise DataLoss(f"more than {MAX_BOXES} top-level boxes")


def content_of(file: BinaryIO, at: int, head: Header) -> memoryview:
    """Return the content of a top-level box; raises DataLoss if cut short or absurdly long."""
    length = head.size - head.length
    if length > MAX_INDEX_BYTES:
        raise DataLoss(f"{head.kind!r} of {length} bytes at {at}, more than {MAX_INDEX_BYTES}")
    file.seek(at + head.length)
    data = file.read(length)
    if len(data) != length:
        raise DataLoss(f"{head.kind!r} at {at} cut short while reading")
    return memoryview(data)


def _inside(found: list[Sample], start: int, end: int) -> None:
    """Raise DataLoss when a sample lies outside [start, end), the bytes of the fragment."""
    if found and (
        min(sample.offset for sample in found) < start
        or max(sample.offset + sample.length for sample in found) > end
    ):
        raise DataLoss(f"fragment at {start} has samples outside of its own bytes")


__all__ = [
    "Fragment",
    "Layout",
    "Parts",
    "ProducerTime",
    "Range",
    "Sample",
    "beginning",
    "content_of",
    "elapsed",
    "keyframes",
    "parts",
    "top_boxes",
    "walk",
    "wall_time",
]
