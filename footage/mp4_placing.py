"""Decide which times of a segment change so that players place the segment by its first picture."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from footage.mp4 import beginning, content_of, end_of_showing, top_boxes
from footage.mp4_boxes import Header, Track, samples, tracks
from footage.mp4_edit import Edit, Times, edited

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footage.instant import Elapsed
    from footage.mp4_boxes import Sample


class Change(NamedTuple):
    """Bytes [start, end) of a segment, and what is given out instead."""

    start: int
    end: int
    instead: bytes


class _Moof(NamedTuple):
    """A `moof` with its place in the segment, and the pictures of its fragment."""

    at: int
    head: Header
    content: memoryview
    pictures: list[Sample]


def from_first_picture(
    file: BinaryIO, end: int, *, opening: bool, lasts: Elapsed | None = None
) -> list[Change]:
    """Return what changes in a segment so that players place the segment by its first picture.

    The time at which a picture begins to be shown stays as stored. Nothing changes where pictures
    are decoded in the order shown, no sound begins earlier than the first picture, and the last
    picture is shown for as long as stored. Sound before the first picture is left out where nothing
    is played right before. Elsewhere leaving it out would break the sound off, and with the sound
    the pictures up to the next keyframe (Media Source Extensions, coded frame processing): in that
    case decoding begins as early as the sound, since players place a segment by what begins first.

    Args:
        file: The segment file.
        end: End of the last fragment wanted.
        opening: Whether a playlist begins with this segment.
        lasts: Time from the beginning of the first picture to the end of the last, as shown; None
            for as long as stored.

    Raises:
        DataLoss: The file is no fragmented MP4 with at least one whole fragment of video.
    """
    first = beginning(file)
    scale = first.media.timescale
    sound = _sound_begins(file, end) if first.audio else None
    begin, since = first.start_pts_ticks, None
    if sound is not None and opening:
        since = Fraction(first.start_pts_ticks, scale)
    elif sound is not None:
        begin = min(first.first_dts_ticks, math.floor(sound * scale))
    in_order = all(sample.pts_ticks == sample.dts_ticks for sample in first.samples)
    retimed = not in_order or begin != first.first_dts_ticks or lasts is not None
    if not retimed and (since is None or sound is None or sound >= since):
        return []
    known, moofs = _read(file, end)
    decoded = [picture for moof in moofs for picture in moof.pictures]
    until = end_of_showing(decoded)
    if lasts is not None:
        until = first.start_pts_ticks + lasts.us * scale // 1_000_000
    times = shown_times(decoded, begin, until) if retimed else []
    heard_until = None if lasts is None else Fraction(until, scale)
    return list(_changes(known, moofs, times, since, heard_until))


def shown_times(decoded: Sequence[Sample], begin: int, end: int) -> list[Times]:
    """Return the times of pictures in the order decoded, each as long as the picture is shown.

    Args:
        decoded: All pictures of a segment, in the order decoded; at least one.
        begin: Time at which the first is decoded; the others follow without a break.
        end: Time until which the last is shown; one that comes too early does not count.
    """
    last = max(decoded, key=lambda one: one.pts_ticks)
    if end <= last.pts_ticks:
        end = last.pts_ticks + last.duration_ticks
    next_of = dict(pairwise([*sorted(one.pts_ticks for one in decoded), end]))
    found = list[Times]()
    for one in decoded:
        shown = next_of[one.pts_ticks] - one.pts_ticks
        found.append(Times(begin, one.pts_ticks, shown))
        begin += shown
    return found


def _sound_begins(file: BinaryIO, end: int) -> Fraction | None:
    """Return the media time, in seconds, of the first sound beside the first fragment of pictures.

    None where no sound comes before the next fragment of pictures.
    """
    known, found = list[Track](), list[Fraction]()
    for at, head in top_boxes(file, end):
        if head.kind == b"moov":
            known = tracks(content_of(file, at, head))
        elif head.kind == b"moof":
            content = content_of(file, at, head)
            for track in _sounds(known):
                heard = samples(content, at, track)
                found += [Fraction(heard[0].dts_ticks, track.timescale)] if heard else []
            if samples(content, at, _video(known)):
                break
    return min(found, default=None)


def _read(file: BinaryIO, end: int) -> tuple[list[Track], list[_Moof]]:
    """Read all tracks, and all `moof` boxes before `end`, of a segment that begins as it should."""
    known, moofs = list[Track](), list[_Moof]()
    for at, head in top_boxes(file, end):
        if head.kind == b"moov":
            known = tracks(content_of(file, at, head))
        elif head.kind == b"moof":
            content = content_of(file, at, head)
            moofs.append(_Moof(at, head, content, samples(content, at, _video(known))))
    return known, moofs


def _video(known: Sequence[Track]) -> Track:
    return next(track for track in known if track.handler == "vide")


def _sounds(known: Sequence[Track]) -> list[Track]:
    return [track for track in known if track.handler == "soun"]


def _changes(
    known: Sequence[Track],
    moofs: Sequence[_Moof],
    times: Sequence[Times],
    since: Fraction | None,
    until: Fraction | None,
) -> Iterator[Change]:
    sound = {track.id: track for track in _sounds(known)}
    heard = [m for m in moofs if any(samples(m.content, m.at, one) for one in sound.values())]
    done = 0
    for moof in moofs:
        last = until if heard and moof is heard[-1] else None
        edit = Edit(_video(known).id, times[done : done + len(moof.pictures)], sound, since, last)
        done += len(moof.pictures)
        instead = edited(moof.content, edit)
        if instead != moof.content:
            size = (8 + len(instead)).to_bytes(4, "big")
            yield Change(moof.at, moof.at + moof.head.size, size + b"moof" + instead)
