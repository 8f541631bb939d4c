"""Checks of a camera's stream: faults in the NAL units of a closed segment's keyframes.

The boxes do not show these faults: a picture that arrives in pieces because the camera (or the
camera's packetiser) repeats parameter sets inside the picture, keyframes that cannot be decoded
alone, and parameter sets that change while the camera goes on as if nothing had happened. The
segment is kept byte for byte whatever is found. Of each keyframe, and of a few pictures between
keyframes, only the heads of the units are read, never picture data: measured 1.2 ms for a minute of
30 keyframes in 4 slices each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from footage.errors import DataLoss
from footage.mp4 import keyframes
from footage.nal import (
    MAX_UNITS,
    RECOVERY_POINT,
    Codec,
    Configuration,
    Unit,
    configuration,
    sei_payloads,
    unit_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footage.mp4 import Layout, Sample

Parameters = frozenset[bytes]
"""Sequence parameter sets (H.265: video parameter sets too), byte for byte as sent."""

_HEAD: Final = 512
"""Bytes read of each keyframe first: parameter sets, small SEI, the start of the first slice."""
_LONGEST_SET: Final = 4_096
"""Most bytes read of a parameter set or SEI; x265 writes 2.4 KB of options into SEI."""
_OTHERS: Final = 8
"""Most pictures between keyframes that are checked."""
_DECODABLE_LEADING: Final = {6, 7}
"""Types of H.265's NAL units RADL_N and RADL_R."""
_LEADING: Final = 17
"""Pictures from a keyframe on that may be shown before the keyframe: 16 are ever held back."""


@dataclass(frozen=True, slots=True)
class StreamCheck:
    """Result of the check of a segment.

    Attributes:
        findings: Faults, each a text for people; empty when no fault was noticed.
        parameters_changed_at: DTS ticks of the first keyframe coded in another way than the run
            before, where another span begins; None without a change.
        parameters: Parameter sets in use at the segment's end, for the next segment's check.
    """

    findings: tuple[str, ...] = ()
    parameters_changed_at: int | None = None
    parameters: Parameters = frozenset()


@dataclass(frozen=True, slots=True)
class _Units:
    """NAL units of a sample.

    Attributes:
        sets: Sequence parameter sets in the sample.
        recovers: Whether an SEI message marks a point from which decoding may begin.
    """

    dts_ticks: int
    units: tuple[Unit, ...]
    sets: Parameters
    recovers: bool


def check(file: BinaryIO, layout: Layout, known: Parameters | None = None) -> StreamCheck:
    """Check the stream of a closed segment.

    A camera whose description (SDP) is wrong has an init that never fits: hence the parameter sets
    are compared with those sent in the *stream* before, not with the init.

    Args:
        file: The segment's file.
        layout: The segment's boxes, by `footage.mp4.walk`.
        known: `parameters` of the run's segment before; None for the first segment.
    """
    file.seek(0)
    try:
        init = configuration(file.read(layout.init_bytes))
    except DataLoss as exc:
        return StreamCheck((f"its decoder configuration cannot be read: {exc}",))
    if init is None:
        return StreamCheck(("not H.264 or H.265: its pictures were not looked at",))
    keys, unreadable = _read_units(file, keyframes(layout), init)
    others = _sampled([sample for sample in layout.samples if not sample.keyframe])
    between, broken = _read_units(file, others, init)
    empty = broken + sum(not _has_slice(one) for one in between)
    before = known or (keys[0].sets if keys else None) or init.sequence_sets()
    changed, parameters = _changed(keys, before)
    findings = [*_of_keyframes(keys, unreadable)]
    if 2 * empty > len(others):
        findings.append(
            f"{empty} of {len(others)} pictures looked at hold none: it is not the codec that the "
            "camera announced"
        )
    if not layout.samples[0].keyframe:
        findings.append("does not start with a keyframe")
    return StreamCheck(tuple(findings), changed, parameters)


def seen_before(file: BinaryIO, layout: Layout) -> int:
    """Ticks by which pictures are seen before the segment's first keyframe; 0 for most streams.

    Pictures decoded behind a keyframe and shown before need the segment before, and no player shows
    such a picture of this segment alone, but for H.265's "decodable leading pictures".
    """
    start = layout.start_pts_ticks
    leading = [one for one in layout.samples[1:_LEADING] if one.pts_ticks < start]
    if not leading:
        return 0
    file.seek(0)
    try:
        init = configuration(file.read(layout.init_bytes))
    except DataLoss:
        init = None
    if init is None or init.codec is not Codec.H265:
        return 0
    seen = [
        one.pts_ticks
        for one in leading
        for found in _read_units(file, [one], init)[0]
        if any(unit.kind in _DECODABLE_LEADING for unit in found.units)
    ]
    return max(start - min(seen, default=start), 0)


def _of_keyframes(keys: list[_Units], unreadable: int) -> Iterable[str]:
    pieces = sum(_has_slice(key) and not any(unit.first for unit in key.units) for key in keys)
    inside = sum(_sets_inside(key) for key in keys)
    undecodable = sum(_has_slice(key) and not _decodable(key) for key in keys)
    empty = sum(not _has_slice(key) and not _only_sei(key) for key in keys)
    if pieces:
        yield (
            f"keyframes arrive in pieces ({pieces} packets begin in the middle of a picture): the "
            "camera's packetiser is at fault, they may not be decodable"
        )
    if inside:
        yield f"parameter sets stand inside pictures ({inside} times): the camera is at fault"
    if undecodable:
        yield f"{undecodable} keyframes hold no picture that can be decoded alone"
    if empty:
        yield f"{empty} keyframes hold no picture at all"
    if unreadable:
        yield f"{unreadable} keyframes are not made of NAL units"


def _changed(keys: list[_Units], before: Parameters) -> tuple[int | None, Parameters]:
    """DTS ticks of a lasting change of the parameter sets (or None), and the sets at the end.

    A camera that goes to and fro between several sets has not changed: all sets are in use.
    """
    at: int | None = None
    other: Parameters = frozenset()
    for key in keys:
        if not key.sets <= before:
            at = key.dts_ticks if at is None else at
            other |= key.sets
        elif key.sets and at is not None:
            at, before, other = None, before | other, frozenset()
    return (None, before) if at is None else (at, other)


def _read_units(
    file: BinaryIO, samples: Iterable[Sample], init: Configuration
) -> tuple[list[_Units], int]:
    """NAL units of the samples, and the number of samples that are not made of NAL units."""
    found: list[_Units] = []
    unreadable = 0
    for sample in samples:
        try:
            found.append(_of_sample(file, sample, init))
        except DataLoss:
            unreadable += 1
    return found, unreadable


def _sampled(samples: list[Sample]) -> list[Sample]:
    """At most 8 of the samples, evenly spread, the last included."""
    step = -(-len(samples) // _OTHERS) or 1
    return samples[::-step]


def _of_sample(file: BinaryIO, sample: Sample, init: Configuration) -> _Units:
    reader = _Reader(file, sample)
    found: list[Unit] = []
    sets: set[bytes] = set()
    recovers = False
    at = 0
    while at < sample.length:
        length = int.from_bytes(reader.read(at, init.length_bytes), "big")
        at += init.length_bytes
        unit = unit_at(init.codec, reader.read(at, min(length, 3)), at, length)
        found.append(unit)
        at += length
        if at > sample.length or len(found) > MAX_UNITS:
            raise DataLoss("its units do not fill it")
        if unit.is_sequence_set:
            sets.add(reader.read(unit.offset, min(length, _LONGEST_SET)))
        elif unit.is_sei and init.codec is Codec.H264 and length <= _LONGEST_SET:
            recovers = recovers or _recovers(reader.read(unit.offset, length))
    return _Units(sample.dts_ticks, tuple(found), frozenset(sets), recovers)


class _Reader:
    """Reads parts of a sample, mostly from the first 512 bytes, which are read once."""

    def __init__(self, file: BinaryIO, sample: Sample) -> None:
        self._file = file
        self._sample = sample
        self._file.seek(sample.offset)
        self._head = file.read(min(_HEAD, sample.length))

    def read(self, at: int, length: int) -> bytes:
        """Return `length` bytes from offset `at` on; raises DataLoss when the sample is shorter."""
        if at + length > self._sample.length:
            raise DataLoss("its units do not fill it")
        if at + length <= len(self._head):
            return self._head[at : at + length]
        self._file.seek(self._sample.offset + at)
        data = self._file.read(length)
        if len(data) != length:
            raise DataLoss("cut short while reading")
        return data


def _recovers(sei: bytes) -> bool:
    """Whether an SEI unit marks a picture from which decoding may begin without an IDR."""
    try:
        return any(one.kind == RECOVERY_POINT for one in sei_payloads(Codec.H264, sei))
    except DataLoss:
        return False  # a broken message marks nothing and is kept as sent


def _has_slice(key: _Units) -> bool:
    return any(unit.is_slice for unit in key.units)


def _only_sei(key: _Units) -> bool:
    """Whether a sample holds SEI alone: FFmpeg marks a signature at the end (ONVIF) a keyframe."""
    return bool(key.units) and all(unit.is_sei for unit in key.units)


def _decodable(key: _Units) -> bool:
    return key.recovers or any(unit.is_random_access for unit in key.units)


def _sets_inside(key: _Units) -> bool:
    """Whether a parameter set stands between two slices of the same picture."""
    between = False
    for unit in key.units:
        if unit.is_slice and not unit.first and between:
            return True
        if unit.is_slice:
            between = False
        elif unit.is_parameter_set:
            between = True
    return False
