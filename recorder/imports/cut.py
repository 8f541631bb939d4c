"""Cutting a file from outside into segments on local disk: at keyframes, pictures copied.

Nothing here need survive a crash: after a crash the file is cut again. Each import has a separate
folder, because an FFmpeg that outlived a killed import may still write into the old folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median_low
from typing import TYPE_CHECKING, Final

from footage.digest import Digest
from footage.errors import BadInput, DataLoss, NoSpace, Unavailable
from footage.instant import ZERO, Elapsed, Interval
from footage.mp4 import Layout, elapsed, walk
from footage.objectkey import ObjectKey
from footage.segment import ClockReading, Segment, TimeSource
from recorder.capture.audio import AudioMode
from recorder.capture.command_line import DEFAULT_LENGTH, FED, check_length, import_argv
from recorder.capture.messages import Messages
from recorder.imports.limits import DEFAULT_LIMITS, Limits
from recorder.spool.spool import Spooled
from recorder.spool.stream_check import Parameters, check
from recorder.timing.placement import damage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.camera import Camera
    from footage.ids import RunId
    from footage.instant import Instant
    from recorder.imports.opened import OpenedFile
    from recorder.imports.plan import Stated
    from recorder.ports import Launcher

GUESSED_RATE: Final = "25"
"""Pictures a second assumed for an elementary stream without a rate: PAL's rate."""

_TIMEOUT: Final = Elapsed.parse("6h")
_JOINED: Final = Elapsed.parse("1s")
"""Longest time between two segments of a file that counts as a still picture, not as a hole."""
_LATE: Final = Elapsed.parse("200ms")
_LATE_PICTURES: Final = 3
"""A first picture later in the file than 200 ms and 3 pictures was not the first: earlier pictures
could not be decoded, or the audio begins earlier. Reordering and leading audio make up 120 ms."""
_CHECKED: Final = {"avc1", "avc3", "hvc1", "hev1"}
"""Sample entries of H.264 and H.265, whose NAL units are checked."""
_NOTES: Final = {
    AudioMode.MOV: ("audio kept under QuickTime's brand: browsers play the picture only",),
    AudioMode.NONE: ("audio left out: neither MP4 nor QuickTime can hold its codec",),
}
_MICROSECOND: Final = Elapsed(1)


@dataclass(frozen=True, slots=True)
class Cutting:
    """Settings of cutting a file into segments.

    Attributes:
        length: Length of a segment; the cut is at the first keyframe after `length`.
        frame_rate: Frame rate of an elementary stream without a rate in the headers, e.g. "25" or
            "30000/1001".
        overlap: Longest overlap allowed with other recordings of the camera, besides the overlap
            that the uncertainties of both explain.
        track: Track of pictures to keep, counted from 1.
        limits: Most that a file may claim.
    """

    length: Elapsed = DEFAULT_LENGTH
    frame_rate: str = ""
    overlap: Elapsed = ZERO
    track: int = 1
    limits: Limits = DEFAULT_LIMITS

    def __post_init__(self) -> None:
        check_length(self.length)


@dataclass(frozen=True, slots=True)
class Cut:
    """Segments into which a file was cut.

    Attributes:
        layouts: File and layout of each segment that holds media, in order.
        notes: Notes about audio kept in another way or left out.
    """

    layouts: tuple[tuple[Path, Layout], ...]
    notes: tuple[str, ...]


def cut(launcher: Launcher, source: OpenedFile, target: Path, how: Cutting) -> Cut:
    """Copy a track of pictures of `source` into segments in the folder `target`.

    Raises:
        BadInput: The file has no video, or FFmpeg cannot read the file.
        NoSpace: The disk of `target` is full.
    """
    for audio in AudioMode:
        for left in target.iterdir():
            left.unlink()
        argv = import_argv(
            launcher.ffmpeg,
            Path(FED),
            target.absolute() / "%06d.mp4",
            length=how.length,
            audio=audio,
            frame_rate=how.frame_rate,
            track=how.track,
            max_pixels=how.limits.pixels,
        )
        try:
            launcher.run(argv, timeout=_TIMEOUT, feed=source.file)
        except Unavailable as exc:
            messages = Messages()
            for line in str(exc).splitlines()[1:]:
                messages.add(line)
            if audio.next and messages.audio_refused:
                continue
            if messages.disk_full:
                raise NoSpace(f"no space left to cut {source.name}", hint="free space") from exc
            words = source.words(str(exc).partition("\n")[2])
            raise BadInput(f"{source.name}: no video FFmpeg can read: {words}") from exc
        notes = _NOTES.get(audio, ())
        return Cut(_walked(source, target), notes)
    raise BadInput(f"{source.name}: FFmpeg cannot read it")


def placed(layouts: Sequence[Layout], start: Instant) -> list[Interval]:
    """Intervals of the segments of a file whose recording starts at `start`.

    Media time alone decides, from the file's own zero on; each segment ends where the next begins,
    to the microsecond, unless media is missing between them.
    """
    first = elapsed(layouts[0].first_dts_ticks, layouts[0].media.timescale)
    zero = start if late(layouts) else start - first
    starts = [zero + elapsed(one.first_dts_ticks, one.media.timescale) for one in layouts]
    ends = [zero + elapsed(one.end_dts_ticks, one.media.timescale) for one in layouts]
    for i, (layout, _) in enumerate(pairwise(layouts)):
        apart = starts[i + 1] - ends[i]
        if apart <= max(_JOINED, _picture(layout)):
            ends[i] = starts[i + 1]
    return [Interval(s, max(e, s + _MICROSECOND)) for s, e in zip(starts, ends, strict=True)]


def _picture(layout: Layout) -> Elapsed:
    """Median duration of a picture."""
    ticks = median_low(sample.duration_ticks for sample in layout.samples)
    return elapsed(ticks, layout.media.timescale)


def late(layouts: Sequence[Layout]) -> str:
    """A note where a file does not begin with a picture that can be decoded; else ""."""
    first = elapsed(layouts[0].first_dts_ticks, layouts[0].media.timescale)
    if first <= max(_LATE, _picture(layouts[0]) * _LATE_PICTURES):
        return ""
    return f"its first whole picture comes {first} after its start"


def spooled(camera: Camera, run: RunId, stated: Stated, done: Cut) -> list[Spooled]:
    """The segments of a cut, with digests taken before a segment leaves this disk (invariant 1)."""
    intervals = placed([layout for _, layout in done.layouts], stated.start)
    clock = ClockReading(TimeSource.STATED, stated.offset, stated.uncertainty)
    found = []
    coded: Parameters | None = None
    for (path, layout), interval in zip(done.layouts, intervals, strict=True):
        size = path.stat().st_size
        faults, coded = _faults(path, layout, coded)
        segment = Segment(
            key=ObjectKey(camera.site, camera.id, interval.start).segment,
            camera=camera.id,
            site=camera.site,
            district=camera.district,
            place=camera.place,
            interval=interval,
            run=run,
            sequence=int(path.stem),
            size_bytes=size,
            digest=Digest.of_file(path),
            media=layout.media,
            clock=clock,
            retention_class=camera.retention_class,
            damage=faults,
        )
        found.append(Spooled(path, segment))
    return found


def _faults(path: Path, layout: Layout, coded: Parameters | None) -> tuple[str, Parameters | None]:
    """Faults of a segment as text, and the parameter sets in use at the segment's end."""
    lost = path.stat().st_size - layout.complete_bytes
    found = [*damage(lost=lost, cut=False)]
    if layout.media.codec in _CHECKED:
        with path.open("rb") as file:
            checked = check(file, layout, coded)
        found += checked.findings
        if checked.parameters_changed_at is not None:
            found.append("its pictures are coded in another way from some keyframe on")
        coded = checked.parameters
    return "; ".join(found), coded


def _walked(source: OpenedFile, target: Path) -> tuple[tuple[Path, Layout], ...]:
    found, fault = [], "it is empty"
    for path in sorted(target.glob("*.mp4")):
        try:
            with path.open("rb") as file:
                found.append((path, walk(file)))
        except DataLoss as exc:
            fault = str(exc)
    if not found:
        raise BadInput(f"{source.name}: no video in it: {fault}")
    return tuple(found)
