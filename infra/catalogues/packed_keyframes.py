"""All keyframes of a segment in a short sequence of bytes, and back.

The bytes are a version and a zlib stream of columns: instants and offsets as differences, lengths,
changes, gates, numbers of regions and corners of regions, and with pictures between keyframes the
bytes between the begin of the run to decode and the picture. Nothing is rounded. The lowest bytes
of all numbers of a column stand first, then the next: numbers of alike size then compress to
little.
"""

from __future__ import annotations

import struct
import zlib
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput, DataLoss
from footage.instant import Instant
from footage.keyframe import Box, Gate, Keyframe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.ids import CameraId, SegmentKey

_ALONE: Final = b"\x01"
"""Version of bytes without a picture between keyframes."""
_BETWEEN: Final = b"\x02"
"""Version of bytes with pictures between keyframes: the last column holds, for each picture, how
many bytes before the picture the run begins from which the picture is decoded."""
_GATES: Final = (Gate.CHANGED, Gate.HEARTBEAT, Gate.UNCHANGED, Gate.UNREADABLE)
_CORNERS: Final = 4
_WIDTH: Final = 8
_HINT: Final = "rebuild it with footage catalogue rebuild"


def packed(keyframes: Sequence[Keyframe]) -> bytes:
    """Pack keyframes of one segment; camera and segment are not in the bytes.

    Raises:
        BadInput: A number has more than 64 bits.
    """
    corners = [c for k in keyframes for box in k.regions for c in (box.x, box.y, box.w, box.h)]
    try:
        columns = [
            struct.pack("<I", len(keyframes)),
            _column("q", _differences([keyframe.instant.us for keyframe in keyframes])),
            _column("q", _differences([keyframe.offset for keyframe in keyframes])),
            _column("q", [keyframe.length for keyframe in keyframes]),
            _column("d", [keyframe.change for keyframe in keyframes]),
            bytes(_GATES.index(keyframe.gate) for keyframe in keyframes),
            _column("q", [len(keyframe.regions) for keyframe in keyframes]),
            _column("d", corners),
        ]
        between = any(keyframe.since is not None for keyframe in keyframes)
        if between:
            columns.append(_column("q", [_before(keyframe) for keyframe in keyframes]))
    except struct.error as exc:
        raise BadInput(f"a keyframe with a number out of range: {exc}") from exc
    return (_BETWEEN if between else _ALONE) + zlib.compress(b"".join(columns), 9)


def unpacked(camera: CameraId, segment: SegmentKey, data: bytes) -> list[Keyframe]:
    """Read keyframes in the order they were packed; raises DataLoss when bytes are malformed."""
    try:
        return _read(camera, segment, data)
    except (BadInput, IndexError, ValueError, struct.error, zlib.error) as exc:
        raise DataLoss(f"keyframes of {segment} are unreadable: {exc}", hint=_HINT) from exc


def _read(camera: CameraId, segment: SegmentKey, data: bytes) -> list[Keyframe]:
    if data[:1] not in {_ALONE, _BETWEEN}:
        raise ValueError(f"packed by another version: {data[:1]!r}")
    columns = _Columns(zlib.decompress(data[1:]))
    (count,) = struct.unpack("<I", columns.take(4))
    instants = accumulate(columns.whole(count))
    offsets = accumulate(columns.whole(count))
    lengths, changes = columns.whole(count), columns.real(count)
    gates = columns.take(count)
    regions = columns.whole(count)
    corners = iter(columns.real(sum(regions) * _CORNERS))
    before = columns.whole(count) if data[:1] == _BETWEEN else (0,) * count
    return [
        Keyframe(
            camera=camera,
            instant=Instant(instant),
            segment=segment,
            offset=offset,
            length=length,
            gate=_GATES[gate],
            change=change,
            regions=tuple(
                Box(next(corners), next(corners), next(corners), next(corners))
                for _ in range(number)
            ),
            since=offset - back if back else None,
        )
        for instant, offset, length, change, gate, number, back in zip(
            instants, offsets, lengths, changes, gates, regions, before, strict=True
        )
    ]


class _Columns:
    """Columns of numbers, read one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, size_bytes: int) -> bytes:
        part = self._data[self._at : self._at + size_bytes]
        if len(part) < size_bytes:
            raise ValueError("cut short")
        self._at += size_bytes
        return part

    def whole(self, count: int) -> tuple[int, ...]:
        return struct.unpack(f"<{count}q", self._numbers(count))

    def real(self, count: int) -> tuple[float, ...]:
        return struct.unpack(f"<{count}d", self._numbers(count))

    def _numbers(self, count: int) -> bytes:
        planes = self.take(count * _WIDTH)
        return b"".join(planes[n::count] for n in range(count))


def _column(kind: str, numbers: Sequence[float]) -> bytes:
    data = struct.pack(f"<{len(numbers)}{kind}", *numbers)
    return b"".join(data[n::_WIDTH] for n in range(_WIDTH))


def _before(keyframe: Keyframe) -> int:
    return 0 if keyframe.since is None else keyframe.offset - keyframe.since


def _differences(numbers: Sequence[int]) -> list[int]:
    return [*numbers[:1], *(after - before for before, after in pairwise(numbers))]
