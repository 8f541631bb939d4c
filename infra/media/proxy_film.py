"""A proxy film from what FFmpeg wrote: the footage's own times, to the tick. Pure: bytes in, out.

FFmpeg keeps the time of each picture but guesses how long the last one lasts, and begins encoded
sound with a frame that holds no sound yet. Here the fragments are written anew: the pictures fill
the time of the segment exactly, so that nothing drifts over the segments of a day, and the frame
without sound is left out.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from footage.errors import DataLoss
from footage.mp4_boxes import children, init_length, samples, tracks
from footage.mp4_write import Coded, Run, fragment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footage.mp4_boxes import Sample, Track


class Times(NamedTuple):
    """Media time of a segment, in ticks of its pictures' timescale: first picture and length."""

    start_ticks: int
    duration_ticks: int
    timescale: int


class _Found(NamedTuple):
    track: Track
    samples: list[Sample]


def proxy_film(made: bytes, times: Times, *, encoded_sound: bool) -> bytes:
    """Return the proxy film of a segment: init and fragments, each beginning with a keyframe.

    Args:
        made: Fragmented MP4 as FFmpeg wrote it, without reordered pictures.
        times: The segment's own times.
        encoded_sound: Whether the sound was encoded, not copied.

    Raises:
        DataLoss: No pictures were written, or with another timescale than the segment's.
    """
    data = memoryview(made)
    init, found = _read(data)
    pictures = next((one for one in found if one.track.handler == "vide" and one.samples), None)
    if pictures is None:
        raise DataLoss("no picture of the segment can be decoded")
    if pictures.track.timescale != times.timescale:
        raise DataLoss(f"a timescale of {pictures.track.timescale}, not {times.timescale}")
    sound = next((one for one in found if one.track.handler == "soun" and one.samples), None)
    heard = _heard(sound, encoded=encoded_sound) if sound else []
    film = [bytes(init)]
    for group, until in _groups(pictures.samples, times):
        runs = [_run(data, pictures.track, group, until)]
        if sound:
            end = until * sound.track.timescale // times.timescale
            last = until == _end(pictures.samples, times)
            count = len(heard) if last else sum(one.dts_ticks < end for one in heard)
            some, heard = heard[:count], heard[count:]
            if some:
                after = some[-1].dts_ticks + some[-1].duration_ticks
                runs.append(_run(data, sound.track, some, after))
        film.append(fragment(len(film), runs))
    return b"".join(film)


def _read(data: memoryview) -> tuple[memoryview, list[_Found]]:
    """Return the init, and all samples by track."""
    found: list[_Found] = []
    for box in children(data, 0, len(data)):
        if box.kind == b"moov":
            found = [_Found(track, []) for track in tracks(data[box.start : box.end])]
        elif box.kind == b"moof":
            for one in found:
                content = data[box.start : box.end]
                one.samples.extend(samples(content, box.start - 8, one.track))
    return data[: init_length(data)], found


def _heard(sound: _Found, *, encoded: bool) -> list[Sample]:
    """Return the sound without the encoder's first frame, and without times below zero."""
    return [one for one in sound.samples[1 if encoded else 0 :] if one.dts_ticks >= 0]


def _groups(pictures: Sequence[Sample], times: Times) -> Iterator[tuple[list[Sample], int]]:
    """Yield groups of pictures that begin with a keyframe, each with the tick at which it ends."""
    firsts = [number for number, one in enumerate(pictures) if one.keyframe or number == 0]
    for first, after in pairwise([*firsts, len(pictures)]):
        group = list(pictures[first:after])
        more = after < len(pictures)
        yield group, pictures[after].dts_ticks if more else _end(pictures, times)


def _end(pictures: Sequence[Sample], times: Times) -> int:
    """Return the tick at which the last picture ends: where the segment does."""
    return max(times.start_ticks + times.duration_ticks, pictures[-1].dts_ticks + 1)


def _run(data: memoryview, track: Track, group: Sequence[Sample], until: int) -> Run:
    starts = [*(one.dts_ticks for one in group), until]
    lasting = [max(after - start, 0) for start, after in pairwise(starts)]
    coded = [
        Coded(data[one.offset : one.offset + one.length], ticks, one.keyframe)
        for one, ticks in zip(group, lasting, strict=True)
    ]
    return Run(track.id, starts[0], coded)
