"""Cutting a file from outside into segments on local disk: at keyframes and holes, pictures copied.

FFmpeg cuts at keyframes, without mending any time. A piece with a hole inside (`footage.holes`) is
then split there; the small pieces that FFmpeg makes behind a hole are put together.

Nothing here need survive a crash: after a crash the file is cut again. Each import has a separate
folder, because an FFmpeg that outlived a killed import may still write into the old folder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median_low
from typing import TYPE_CHECKING, Final

from footage.camera_signature import kind_in
from footage.digest import Digest
from footage.errors import BadInput, DataLoss, NoSpace, Unavailable
from footage.holes import SHORTEST_HOLE, holes, is_hole, usual_ticks
from footage.instant import ZERO, Elapsed, Interval
from footage.mp4 import Layout, elapsed, walk
from footage.objectkey import ObjectKey
from footage.segment import ClockReading, Segment, TimeSource
from recorder.capture.audio import AudioMode
from recorder.capture.command_line import DEFAULT_LENGTH, FED, check_length, import_argv
from recorder.capture.messages import Messages
from recorder.imports.container import counts_33_bits
from recorder.imports.limits import DEFAULT_LIMITS, Limits
from recorder.imports.opening import Opening, opening
from recorder.spool import splitting
from recorder.spool.spool import Spooled
from recorder.spool.stream_check import Parameters, check, seen_before
from recorder.timing.placement import damage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from footage.camera import Camera
    from footage.ids import RunId
    from footage.instant import Instant
    from recorder.imports.opened import OpenedFile
    from recorder.imports.plan import Stated
    from recorder.ports import Launcher

GUESSED_RATE: Final = "25"
"""Pictures a second assumed for an elementary stream without a rate: PAL's rate."""

_TIMEOUT: Final = Elapsed.parse("6h")
_LATE: Final = Elapsed.parse("200ms")
_LATE_PICTURES: Final = 3
"""A first whole picture later in the file than 200 ms and 3 pictures was not the first: earlier
pictures could not be decoded."""
_WRAP: Final = Elapsed(((1 << 33) * 1_000_000) // 90_000 // 1_000 * 1_000)
"""Transport and program streams count 90 000 ticks a second in 33 bits: 26.5 hours."""
_STANDING: Final = 1
"""Ticks between pictures whose time runs back: FFmpeg moves such a picture to a tick behind the
picture before. In FFmpeg's MP4 a tick is 0.1 ms or less: no real picture lasts so short."""
_CHECKED: Final = {"avc1", "avc3", "hvc1", "hev1"}
"""Sample entries of H.264 and H.265, whose NAL units are checked."""
_NOTES: Final = {
    AudioMode.MOV: (
        "under QuickTime's brand, for MP4 cannot hold its sound or pictures: browsers may fail",
    ),
    AudioMode.NONE: ("audio left out: neither MP4 nor QuickTime can hold its codec",),
}
_MICROSECOND: Final = Elapsed(1)
_PIECE: Final = "piece-"


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
        keep_original: Whether the file itself is stored beside its segments.
    """

    length: Elapsed = DEFAULT_LENGTH
    frame_rate: str = ""
    overlap: Elapsed = ZERO
    track: int = 1
    limits: Limits = DEFAULT_LIMITS
    keep_original: bool = False

    def __post_init__(self) -> None:
        check_length(self.length)


@dataclass(frozen=True, slots=True)
class Cut:
    """Segments into which a file was cut.

    Attributes:
        layouts: File and layout of each segment that holds media, in order; the file's name is the
            segment's number.
        opening: The picture a viewer sees first.
        sound: Time from the first picture to the first sound, negative where the sound begins
            first; None without sound.
        backwards: Time by which pictures may lie late: the file's clock runs back a little.
        notes: Notes about a brand other than MP4's, or audio left out.
    """

    layouts: tuple[tuple[Path, Layout], ...]
    opening: Opening
    sound: Elapsed | None = None
    backwards: Elapsed = ZERO
    notes: tuple[str, ...] = ()

    @property
    def doubt(self) -> Elapsed:
        """Longest error of a segment's time that the file itself causes."""
        return self.opening.dropped + self.backwards


def cut(launcher: Launcher, source: OpenedFile, target: Path, how: Cutting) -> Cut:
    """Copy a track of pictures of `source` into segments in the folder `target`.

    Raises:
        BadInput: The file has no video, FFmpeg cannot read the file, or the file's clock runs back.
        NoSpace: The disk of `target` is full.
    """
    for audio in AudioMode:
        for left in target.iterdir():
            left.unlink()
        argv = import_argv(
            launcher.ffmpeg,
            Path(FED),
            target.absolute() / f"{_PIECE}%06d.mp4",
            length=how.length,
            audio=audio,
            frame_rate=how.frame_rate,
            track=how.track,
            max_pixels=how.limits.pixels,
        )
        try:
            listed = launcher.run(argv, timeout=_TIMEOUT, feed=source.file)
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
        pieces = _walked(source, target)
        back = _backwards(source, [layout for _, layout in pieces.values()])
        made = _segments(pieces, target, how.length)
        return Cut(made, opening(listed), _sound(*made[0]), back, _NOTES.get(audio, ()))
    raise BadInput(f"{source.name}: FFmpeg cannot read it")


def placed(layouts: Sequence[Layout], start: Instant, begun: Opening) -> list[Interval]:
    """Intervals of the segments of a file whose first picture was taken at `start`.

    Media time alone decides; each segment ends where the next begins, to the microsecond, unless a
    hole lies between (`footage.holes`). A lead-in that an edit list hides lies before `start`.
    """
    first = _time(layouts[0], layouts[0].start_pts_ticks)
    zero = start - first - begun.hidden + (begun.dropped if late(layouts, begun) else ZERO)
    starts = [zero + _time(one, one.start_pts_ticks) for one in layouts]
    ends = [zero + _time(one, _end_ticks(one)) for one in layouts]
    for i, (former, later) in enumerate(pairwise(layouts)):
        if not _apart(former, later):
            ends[i] = starts[i + 1]
    return [Interval(s, max(e, s + _MICROSECOND)) for s, e in zip(starts, ends, strict=True)]


def late(layouts: Sequence[Layout], begun: Opening) -> str:
    """A note where a file does not begin with a picture that can be decoded; else ""."""
    usual = _time(layouts[0], usual_ticks(layouts[0].samples))
    if begun.dropped <= max(_LATE, usual * _LATE_PICTURES):
        return ""
    return f"its first whole picture comes {begun.dropped} after its start"


def _time(layout: Layout, ticks: int) -> Elapsed:
    return elapsed(ticks, layout.media.timescale)


def _last_ticks(layout: Layout) -> int:
    """Media time of the last picture before the hole that ends the segment, if a hole does."""
    found = holes(layout.samples, layout.media.timescale)
    until = found[-1].end_ticks if found else None
    shown = (one.pts_ticks for one in layout.samples)
    return max(at for at in shown if until is None or at < until)


def _end_ticks(layout: Layout) -> int:
    """Media time at which the last picture's usual duration ends."""
    found = holes(layout.samples, layout.media.timescale)
    if found:
        return found[-1].start_ticks
    return _last_ticks(layout) + layout.samples[-1].duration_ticks


def _apart(former: Layout, later: Layout) -> bool:
    """Whether a hole lies between two segments."""
    last, first = _last_ticks(former), later.start_pts_ticks
    between = sorted(one.pts_ticks for one in later.samples if last < one.pts_ticks < first)
    usual = _time(former, usual_ticks(former.samples))
    return any(is_hole(_time(later, b - a), usual) for a, b in pairwise([last, *between, first]))


def _backwards(source: OpenedFile, layouts: Sequence[Layout]) -> Elapsed:
    """Time by which the clock of a file runs back, where by less than a hole's length.

    Raises:
        BadInput: The clock runs back by more: nothing tells which part of the file the stated start
            dates, so that the other part would be dated wrong.
    """
    zero = _time(layouts[0], layouts[0].start_pts_ticks)
    if counts_33_bits(source.head):
        for former, later in pairwise(layouts):
            at = _time(former, _end_ticks(former))
            ahead = _milliseconds(_time(later, later.start_pts_ticks) - at)
            if ahead + ahead > _WRAP:
                # FFmpeg takes a clock that runs back by a minute or more for a wrap.
                back = f"{_WRAP - ahead} after {_milliseconds(at - zero)}"
                raise _runs_back(source, f"{back}, or stands still for {ahead}")
    moving = [n for one in layouts for _, _, _, _, n, _ in one.samples if n > _STANDING]
    usual = median_low(moving or [0])
    longest, after = 0, ZERO
    for layout in layouts:
        for standing, some in groupby(layout.samples, lambda one: one.duration_ticks <= _STANDING):
            run = list(some)
            if standing and len(run) > longest:
                longest, after = len(run), _time(layout, run[0].dts_ticks) - zero
    length = _milliseconds(_time(layouts[0], usual * longest))
    if length > SHORTEST_HOLE:
        raise _runs_back(source, f"{length} or more after {_milliseconds(after)}")
    return length


def _runs_back(source: OpenedFile, by: str) -> BadInput:
    return BadInput(
        f"{source.name}: its clock runs back by {by}",
        hint="cut the file there, and import each part with its own start",
    )


def _segments(
    pieces: Mapping[int, tuple[Path, Layout]], target: Path, length: Elapsed
) -> tuple[tuple[Path, Layout], ...]:
    """Split pieces at holes, and put together what is short behind a hole; number the segments."""
    usual = usual_ticks(max((one for _, one in pieces.values()), key=_samples).samples)
    made: list[tuple[Path, Layout]] = []
    numbers: list[int] = []
    holed = False
    for index, (piece, (path, layout)) in enumerate(pieces.items()):
        unreadable = piece - index  # the numbers of such pieces are left out
        for part in _parts(path, layout, usual):
            apart = bool(made) and _apart(made[-1][1], part[1])
            if holed and not apart and (joined := _joined(made[-1], part, length)):
                made[-1] = joined
                continue
            holed |= apart
            numbers.append(len(made) + unreadable)
            made.append(part)
    renamed = []
    for number, (path, layout) in zip(numbers, made, strict=True):
        renamed.append((path.rename(target / f"{number:06d}.mp4"), layout))
    return tuple(renamed)


def _samples(layout: Layout) -> int:
    return len(layout.samples)


def _parts(path: Path, layout: Layout, usual: int) -> Iterator[tuple[Path, Layout]]:
    divided = splitting.parts(layout, usual)
    if splitting.is_whole(layout, divided):
        yield path, layout
        return
    for number, part in enumerate(divided):
        to = path.with_name(f"{path.stem}-{number}.mp4")
        splitting.write_part(path, layout, part, to)
        yield to, _walk(to)
    path.unlink()


def _joined(
    former: tuple[Path, Layout], later: tuple[Path, Layout], length: Elapsed
) -> tuple[Path, Layout] | None:
    """The two files as a single file no longer than a segment; None where that cannot be."""
    (path, layout), (source, added) = former, later
    whole = _time(added, _end_ticks(added)) - _time(layout, layout.start_pts_ticks)
    if whole > length or holes([*layout.samples, *added.samples], layout.media.timescale):
        return None
    if not splitting.append(source, added, path, layout.fragments[-1]):
        return None
    source.unlink()
    return path, _walk(path)


def _sound(path: Path, layout: Layout) -> Elapsed | None:
    with path.open("rb") as file:
        first = splitting.sound_start(file, layout)
    apart = None if first is None else first - _time(layout, layout.start_pts_ticks)
    return apart and _milliseconds(apart)


def _milliseconds(length: Elapsed) -> Elapsed:
    return Elapsed((length.us + 500) // 1_000 * 1_000)


def spooled(
    camera_at: Callable[[Instant], Camera], run: RunId, stated: Stated, done: Cut
) -> list[Spooled]:
    """The segments of a cut, with digests taken before a segment leaves this disk (invariant 1).

    Args:
        camera_at: Gives the camera with its place at an instant.
        run: The run of the import.
        stated: Wall time of the first picture.
        done: The cut.
    """
    intervals = placed([layout for _, layout in done.layouts], stated.start, done.opening)
    doubt = stated.uncertainty + done.doubt
    found = []
    coded: Parameters | None = None
    for (path, layout), interval in zip(done.layouts, intervals, strict=True):
        size, camera = path.stat().st_size, camera_at(interval.start)
        faults, coded = _faults(path, layout, coded)
        with path.open("rb") as file:
            early = _time(layout, seen_before(file, layout))
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
            media=replace(layout.media, signed=kind_in(path)),
            clock=ClockReading(TimeSource.STATED, stated.offset, doubt + early),
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


def _walked(source: OpenedFile, target: Path) -> dict[int, tuple[Path, Layout]]:
    """Pieces with media, by the number FFmpeg gave."""
    found, fault = {}, "it is empty"
    for path in sorted(target.glob(f"{_PIECE}*.mp4")):
        try:
            found[int(path.stem.removeprefix(_PIECE))] = path, _walk(path)
        except DataLoss as exc:
            fault = str(exc)
    if not found:
        raise BadInput(f"{source.name}: no video in it: {fault}")
    return found


def _walk(path: Path) -> Layout:
    with path.open("rb") as file:
        return walk(file)
