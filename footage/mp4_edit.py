"""Fragments written anew with other times, so that players place a segment by its first picture.

Players take the beginning of a segment for the date that a playlist gives, and differ in what the
beginning is: where the first picture is decoded, where it is shown, or where the sound begins. And
where pictures are shown in another order than decoded, the length that MP4 gives to a picture is
the time until the next is decoded, which players take for the time shown.
"""

from __future__ import annotations

import math
import struct
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.mp4_boxes import Box, children

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from fractions import Fraction

    from footage.mp4_boxes import Track

_DATA_OFFSET: Final = 0x1
_FIRST_FLAGS: Final = 0x4
_DURATION: Final = 0x100
_SIZE: Final = 0x200
_SHIFT: Final = 0x800
_FIELDS: Final = (_DURATION, _SIZE, 0x400, _SHIFT)
"""Fields of a sample in a `trun`, in the order in which they stand."""
_SIGNED: Final = 1
"""Version of a `trun` in which a picture may be shown before the decode time."""


class Times(NamedTuple):
    """Times of a picture in media ticks; `shown_ticks` is how long the picture is shown."""

    dts_ticks: int
    pts_ticks: int
    shown_ticks: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Fields that are written anew in a `moof`.

    Attributes:
        video: Number of the track of the pictures.
        times: Times of the pictures, in the order in which they are decoded; none: as they are.
        sound: Tracks of sound, by number.
        since: Media time in seconds before which sound is left out; None: all is kept.
        until: Media time in seconds until which the last sound counts as heard; None: as stored.
    """

    video: int
    times: Sequence[Times]
    sound: Mapping[int, Track]
    since: Fraction | None
    until: Fraction | None


def edited(moof: memoryview, edit: Edit) -> bytes:
    """Return the content of a `moof` with other times, for media data that stay as they are."""
    written, times = bytearray(), deque(edit.times)
    for box in children(moof, 0, len(moof)):
        if box.kind == b"traf":
            written += _traf(moof, list(children(moof, box.start, box.end)), edit, times)
        else:
            written += _box(box.kind, moof[box.start : box.end])
    longer = len(written) - len(moof)
    view = memoryview(bytes(written))
    for traf in children(view, 0, len(view)):
        for run in children(view, traf.start, traf.end) if traf.kind == b"traf" else ():
            if run.kind == b"trun" and _u32(view, run.start) & _DATA_OFFSET:
                offset = _u32(view, run.start + 8) + longer
                struct.pack_into(">I", written, run.start + 8, offset & 0xFFFF_FFFF)
    return bytes(written)


def _traf(moof: memoryview, boxes: Sequence[Box], edit: Edit, times: deque[Times]) -> bytes:
    """Return a `traf`, whose pictures take the next of `times`; nothing of sound that all goes."""
    plain = {box.kind: box for box in boxes}
    tfhd, tfdt = plain.get(b"tfhd"), plain.get(b"tfdt")
    runs = {box: _Run.read(moof, box) for box in boxes if box.kind == b"trun"}
    if tfhd is None or tfdt is None:
        return _written(moof, boxes, runs, None)
    number, time = _u32(moof, tfhd.start + 4), _time(moof, tfdt)
    if number == edit.video and times:
        time = times[0].dts_ticks
        runs = {box: run.timed([times.popleft() for _ in run.rows]) for box, run in runs.items()}
    elif number in edit.sound and len(runs) == 1:
        ((box, run),) = runs.items()
        scale, usual = edit.sound[number].timescale, _usual(moof, tfhd, edit.sound[number])
        if edit.since is not None:
            late = run.since(edit.since * scale - time, usual)
            if not late.run.rows:
                return b""
            time, run = time + late.passed, late.run
        if edit.until is not None:
            run = run.until(math.floor(edit.until * scale) - time, usual[0])
        runs = {box: run}
    return _written(moof, boxes, runs, time if time != _time(moof, tfdt) else None)


def _written(
    moof: memoryview, boxes: Sequence[Box], runs: Mapping[Box, _Run], time: int | None
) -> bytes:
    parts = []
    for box in boxes:
        content = bytes(moof[box.start : box.end])
        if box in runs:
            content = runs[box].content()
        elif box.kind == b"tfdt" and time is not None:
            content = struct.pack(">Iq", 1 << 24, time)
        parts.append(_box(box.kind, content))
    return _box(b"traf", b"".join(parts))


@dataclass(frozen=True, slots=True)
class _Run:
    """A `trun`: `head` is what stands between the count and the samples, by the flags."""

    version: int
    flags: int
    head: tuple[int, ...]
    rows: tuple[dict[int, int], ...]

    @classmethod
    def read(cls, moof: memoryview, box: Box) -> _Run:
        """Read a `trun`, whose lengths were checked when the samples were read."""
        word, count = _u32(moof, box.start), _u32(moof, box.start + 4)
        at, flags = box.start + 8, word & 0xFF_FFFF
        lead = sum(1 for bit in (_DATA_OFFSET, _FIRST_FLAGS) if flags & bit)
        fields = [bit for bit in _FIELDS if flags & bit]
        head = struct.unpack_from(f">{lead}I", moof, at)
        table = struct.unpack_from(f">{count * len(fields)}I", moof, at + 4 * lead)
        step = len(fields)
        rows = tuple(
            dict(zip(fields, table[row * step : (row + 1) * step], strict=True))
            for row in range(count)
        )
        return cls(word >> 24, flags, head, rows)

    def content(self) -> bytes:
        """Return the content of the box."""
        fields = [bit for bit in _FIELDS if self.flags & bit]
        words = [self.version << 24 | self.flags, len(self.rows), *self.head]
        words += [row[bit] & 0xFFFF_FFFF for row in self.rows for bit in fields]
        return struct.pack(f">{len(words)}I", *words)

    def timed(self, times: Iterable[Times]) -> _Run:
        """Return the run with other times, one a sample."""
        rows = tuple(
            {**row, _DURATION: one.shown_ticks, _SHIFT: one.pts_ticks - one.dts_ticks}
            for row, one in zip(self.rows, times, strict=True)
        )
        return _Run(_SIGNED, self.flags | _DURATION | _SHIFT, self.head, rows)

    def since(self, ticks: Fraction, usual: tuple[int, int]) -> _Late:
        """Return the run without the samples that begin less than `ticks` behind the first.

        Args:
            ticks: Time behind the beginning of the first sample.
            usual: Duration and size of a sample that gives none.
        """
        early, passed, left_out = 0, 0, 0
        for row in self.rows:
            if passed >= ticks:
                break
            early += 1
            passed += row.get(_DURATION, usual[0])
            left_out += row.get(_SIZE, usual[1])
        head = self.head
        if self.flags & _DATA_OFFSET:
            head = (head[0] + left_out, *head[1:])
        return _Late(_Run(self.version, self.flags, head, self.rows[early:]), passed)

    def until(self, ticks: int, usual: int) -> _Run:
        """Return the run with a last sample that lasts until `ticks` behind the first, or longer.

        Args:
            ticks: Time behind the beginning of the first sample.
            usual: Duration of a sample that gives none.
        """
        rows = [{_DURATION: usual, **row} for row in self.rows]
        missing = ticks - sum(row[_DURATION] for row in rows)
        if missing <= 0:
            return self
        rows[-1][_DURATION] += missing
        return _Run(self.version, self.flags | _DURATION, self.head, tuple(rows))


class _Late(NamedTuple):
    """The rest of a run, and the duration of the samples left out."""

    run: _Run
    passed: int


def _usual(moof: memoryview, tfhd: Box, track: Track) -> tuple[int, int]:
    """Return duration and size of samples that give none."""
    flags, at = _u32(moof, tfhd.start), tfhd.start + 8
    at += (8 if flags & 0x1 else 0) + (4 if flags & 0x2 else 0)
    found = list(track.defaults[:2])
    for number, bit in enumerate((0x8, 0x10)):
        if flags & bit:
            found[number], at = _u32(moof, at), at + 4
    return found[0], found[1]


def _time(moof: memoryview, tfdt: Box) -> int:
    if not moof[tfdt.start]:
        return _u32(moof, tfdt.start + 4)
    time: int = struct.unpack_from(">q", moof, tfdt.start + 4)[0]
    return time


def _box(kind: bytes, content: bytes | memoryview) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + bytes(content)


def _u32(data: memoryview, at: int) -> int:
    value: int = struct.unpack_from(">I", data, at)[0]
    return value
