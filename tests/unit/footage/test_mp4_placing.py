"""Segments whose times are written anew: every picture is shown when it was, and is still read."""

from __future__ import annotations

import io
from itertools import pairwise

import av
import pytest

from footage.instant import Elapsed
from footage.mp4 import walk
from footage.mp4_boxes import Sample, children, samples, tracks
from footage.mp4_placing import from_first_picture
from tests.common.mp4_builder import Frame, box, gop, init, traf, trak, words
from tests.common.tiny_films import FPS, fragmented_mp4, frames

PAUSED = [*range(13), *range(16, 26), *range(31, 48)]
FILMS = {
    "steady": fragmented_mp4(frames(8, ()), b_frames=2),
    "paused": fragmented_mp4(frames(8, ()), b_frames=2, times=PAUSED),
}


def placed(data: bytes, *, opening: bool = True, lasts: Elapsed | None = None) -> bytes:
    """Return a segment with the changes."""
    found, at = b"", 0
    for change in from_first_picture(io.BytesIO(data), len(data), opening=opening, lasts=lasts):
        found += data[at : change.start] + change.instead
        at = change.end
    return found + data[at:]


def pictures(data: bytes) -> list[tuple[float, bytes]]:
    """Return time and content of each picture shown."""
    with av.open(io.BytesIO(data), "r") as container:
        shown = list(container.decode(video=0))
    assert all(frame.time is not None for frame in shown)
    return [(frame.time or 0.0, bytes(frame.planes[0])) for frame in shown]


def delay(data: bytes) -> int:
    """Return the time between decoding and showing the first picture."""
    layout = walk(io.BytesIO(data))
    return layout.start_pts_ticks - layout.first_dts_ticks


def sample_times(data: bytes) -> list[int]:
    return [sample.pts_ticks for sample in walk(io.BytesIO(data)).samples]


@pytest.mark.parametrize("name", FILMS)
def test_reordered_pictures_begin_with_the_fragments_and_last_as_long_as_shown(name: str) -> None:
    film = FILMS[name]
    assert delay(film) > 0
    told = walk(io.BytesIO(placed(film)))
    assert delay(placed(film)) == 0
    assert sample_times(placed(film)) == sample_times(film)
    shown = sorted(told.samples, key=lambda sample: sample.pts_ticks)
    assert all(a.pts_ticks + a.duration_ticks == b.pts_ticks for a, b in pairwise(shown))
    decoded = [sample.dts_ticks for sample in told.samples]
    assert decoded == sorted(set(decoded))


@pytest.mark.parametrize("name", FILMS)
def test_every_picture_is_still_read(name: str) -> None:
    before, after = pictures(FILMS[name]), pictures(placed(FILMS[name]))
    assert len(after) == len(before) > 30
    assert [content for _, content in after] == [content for _, content in before]
    late = before[0][0] - after[0][0]
    assert [at for at, _ in after] == pytest.approx([at - late for at, _ in before])


def test_pictures_in_the_order_shown_are_left_as_stored() -> None:
    film = fragmented_mp4(frames(4, ()), b_frames=0)
    assert len(walk(io.BytesIO(film)).samples) == 4 * FPS
    assert placed(film) == film


@pytest.mark.parametrize("b_frames", [0, 2])
def test_the_last_picture_is_shown_until_a_later_end(b_frames: int) -> None:
    film = fragmented_mp4(frames(4, ()), b_frames=b_frames)
    before = walk(io.BytesIO(film))
    scale, first = before.media.timescale, before.start_pts_ticks
    told = walk(io.BytesIO(placed(film, lasts=Elapsed.parse("4.5s")))).samples
    assert sample_times(placed(film, lasts=Elapsed.parse("4.5s"))) == sample_times(film)
    shown = sorted(told, key=lambda sample: sample.pts_ticks)
    assert shown[-1].pts_ticks + shown[-1].duration_ticks == first + 9 * scale // 2
    assert all(a.pts_ticks + a.duration_ticks == b.pts_ticks for a, b in pairwise(shown))


def test_an_end_before_the_last_picture_does_not_count() -> None:
    film = FILMS["steady"]
    told = walk(io.BytesIO(placed(film, lasts=Elapsed.parse("1s")))).samples
    assert min(sample.duration_ticks for sample in told) > 0


def heard(data: bytes) -> list[Sample]:
    """Return the samples of sound of a segment."""
    whole = memoryview(data)
    found, sound = list[Sample](), None
    for one in children(whole, 0, len(whole)):
        if one.kind == b"moov":
            sound = tracks(whole[one.start : one.end])[1]
        elif one.kind == b"moof" and sound is not None:
            found += samples(whole[one.start : one.end], one.start - 8, sound)
    return found


def with_sound(dts: int, count: int) -> bytes:
    """Make a segment whose picture begins at 1 s; sound begins at `dts` ms and lasts 40 ms each."""
    sound = [Frame(size=5 + number, key=True) for number in range(count)]
    film = gop()

    def moof(at: int) -> bytes:
        of_film = traf(film, at, dts=1_000)
        of_sound = traf(sound, at + sum(f.size for f in film), dts=dts, track=2, version=0)
        return box(b"moof", box(b"mfhd", words(0, 1)), of_film, of_sound)

    media = bytes(sum(f.size for f in film)) + b"".join(
        bytes([n]) * f.size for n, f in enumerate(sound)
    )
    head = init(trak(1), trak(2, b"soun", b"mp4a"))
    return head + moof(len(moof(0)) + 8) + box(b"mdat", media)


def test_the_last_sound_lasts_as_long_as_the_last_picture() -> None:
    film = with_sound(1_000, 6)
    told = heard(placed(film, opening=False, lasts=Elapsed.parse("5s")))
    assert told[-1].dts_ticks + told[-1].duration_ticks == 6_000
    assert [s._replace(offset=0, duration_ticks=0) for s in told] == [
        s._replace(offset=0, duration_ticks=0) for s in heard(film)
    ]


@pytest.mark.parametrize(("dts", "left"), [(1_000, 6), (990, 5), (960, 5), (920, 4), (700, 0)])
def test_sound_before_the_first_picture_is_left_out(dts: int, left: int) -> None:
    film = with_sound(dts, 6)
    told = placed(film)
    assert (told == film) == (left == 6)
    assert sample_times(told) == sample_times(film)
    kept = heard(told)
    numbers = [told[sample.offset] for sample in kept]
    assert numbers == list(range(6 - left, 6))
    assert [told[s.offset : s.offset + s.length] for s in kept] == [
        bytes([number]) * (5 + number) for number in numbers
    ]
    assert [s.pts_ticks for s in kept] == [s.pts_ticks for s in heard(film)][6 - left :]
    picture = walk(io.BytesIO(told)).samples[0]
    assert told[picture.offset : picture.offset + 30] == bytes(30)


@pytest.mark.parametrize(("dts", "begin"), [(1_000, 1_000), (1_030, 1_000), (920, 920), (700, 700)])
def test_sound_goes_on_where_the_segment_before_is_played(dts: int, begin: int) -> None:
    """Decoding begins as early as the sound, and the pictures are shown when they were."""
    film = with_sound(dts, 6)
    told = placed(film, opening=False)
    assert (told == film) == (begin == 1_000)
    assert walk(io.BytesIO(told)).first_dts_ticks == begin
    assert sample_times(told) == sample_times(film)
    assert [one.pts_ticks for one in heard(told)] == [one.pts_ticks for one in heard(film)]
    assert [told[one.offset] for one in heard(told)] == list(range(6))
