"""Fragments of MP4 (ISO/IEC 14496-12) written from samples: `moof` and `mdat`.

Values in, bytes out. For derived films, whose times must be those of the footage to the tick; an
init is not written here but taken from the muxer that coded the samples.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_SYNC: Final = 0x0200_0000
_NOT_SYNC: Final = 0x0101_0000
_BASE_IS_MOOF: Final = 0x02_0000
_COLUMNS: Final = 0x1 | 0x100 | 0x200 | 0x400
"""A `trun` with data offset, and duration, size and flags of each sample."""


class Coded(NamedTuple):
    """A coded picture, or piece of sound: shown when decoded, for `duration_ticks`."""

    data: bytes | memoryview
    duration_ticks: int
    keyframe: bool = True


class Run(NamedTuple):
    """Neighbouring samples of a track, the first decoded at `start_ticks`."""

    track: int
    start_ticks: int
    samples: Sequence[Coded]


def fragment(number: int, runs: Sequence[Run]) -> bytes:
    """Write a fragment: `moof` with a `traf` for each run, and `mdat`.

    Args:
        number: Number of the fragment in the file, from 1.
        runs: The samples, a run for each track; none is empty.
    """
    # All offsets have a fixed width, so the length of the `moof` is known from one with zeros.
    head = len(_moof(number, runs, [0] * len(runs))) + 8
    offsets = []
    for run in runs:
        offsets.append(head)
        head += sum(len(sample.data) for sample in run.samples)
    data = (sample.data for run in runs for sample in run.samples)
    return _moof(number, runs, offsets) + _box(b"mdat", *data)


def _moof(number: int, runs: Sequence[Run], offsets: Sequence[int]) -> bytes:
    trafs = [_traf(run, offset) for run, offset in zip(runs, offsets, strict=True)]
    return _box(b"moof", _box(b"mfhd", struct.pack(">II", 0, number)), *trafs)


def _traf(run: Run, offset: int) -> bytes:
    tfhd = _box(b"tfhd", struct.pack(">II", _BASE_IS_MOOF, run.track))
    tfdt = _box(b"tfdt", struct.pack(">IQ", 1 << 24, run.start_ticks))
    rows = [
        struct.pack(">III", one.duration_ticks, len(one.data), _SYNC if one.keyframe else _NOT_SYNC)
        for one in run.samples
    ]
    head = struct.pack(">IIi", _COLUMNS, len(run.samples), offset)
    return _box(b"traf", tfhd, tfdt, _box(b"trun", head, *rows))


def _box(kind: bytes, *parts: bytes | memoryview) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body
