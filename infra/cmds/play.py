"""`footage play`: play a camera's footage, or write it as one playable MP4."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from footage.errors import BadInput, Conflict, NotFound
from footage.instant import DAY
from infra.cmds.moment import Moment, footage_asked
from infra.cmds.options import AsJson, Case, From, PurposeCode, To, acting
from infra.cmds.output import emit, gap_json, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.playback import Film
    from footage.action import Purpose
    from footage.asked_times import AskedTimes
    from footage.ids import CameraId
    from footage.instant import Interval
    from footage.segment import Segment
    from footage.span import Gap
    from infra.media.player import Player
    from infra.wiring import Parts

LONGEST: Final = DAY
_FOLDER: Final = "playing"


def play(
    camera: Annotated[str | None, typer.Argument(metavar="CAMERA", help="The camera.")] = None,
    start: From = None,
    end: To = None,
    moment: Moment = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write an MP4, open no player.")
    ] = None,
    case: Case = "",
    purpose: PurposeCode = "",
    as_json: AsJson = False,
) -> None:
    """Play footage of a camera, or write it as an MP4.

    Opens mpv, ffplay or what the desktop opens. Pictures are the stored ones, from the keyframe
    before to the end of the last group of pictures; across a gap the film goes on behind the gap,
    which is told. To be watched, not to be handed over: `footage export` makes evidence. A view is
    entered in the custody log. Exit code 2: nothing is stored of that time; 3: no player here.
    """
    from footage.asked_times import local_text
    from footage.scope import Scope
    from infra.media.player import find_player
    from infra.wiring import wired

    player = None if out else find_player()
    with wired() as parts:
        scope = Scope.parse([camera] if camera else ())
        scope, times = footage_asked(parts, scope, start, end, moment)
        known = parts.register.camera(*scope.cameras).id
        who = acting(parts, case, purpose)
        try:
            shown = _shown(parts, known, times.interval, who, out, player)
        except NotFound as exc:
            told = parts.expectations.told(
                [known], times.interval, lambda instant: local_text(instant, times.zone)
            )
            lines = [f"{camera}: {said}" for camera, said in (told or {}).items()]
            raise NotFound("; ".join([str(exc), *lines])) from exc
    if as_json:
        emit({"camera": known, "times": times.document(), **_document(*shown, out, player)})
    else:
        _print(times, *shown, out)


def _shown(
    parts: "Parts",
    camera: "CameraId",
    interval: "Interval",
    who: "Purpose",
    out: Path | None,
    player: "Player | None",
) -> "tuple[list[Film], tuple[Gap, ...], int]":
    """Play or write the film of an interval, in a custody entry (invariant 7).

    Returns:
        The films, the gaps between and around, and the size of the file in bytes.
    """
    from footage.action import Action, Deed
    from footage.custody import bracket
    from infra.host.private import give_out

    if interval.length > LONGEST:
        raise BadInput(f"an interval of {interval.length}", hint=f"at most {LONGEST} at once")
    what = {"camera": camera, "start": interval.start, "end": interval.end}
    way = {"file": out.name} if out else {"player": player.name if player else ""}
    with bracket(parts.custody, Deed(Action.VIEW, who, {**what, **way})) as act:
        films, gaps = _films(parts, camera, interval)
        act.result = {"first": films[0].interval.start, "last": films[-1].interval.end}
        if out is not None:
            written = _written(parts, films, out)
            give_out(out)
        else:
            with _kept_for(parts, player) as film:
                written = _written(parts, films, film)
                if player is not None:
                    player.play(film)
        act.result |= {"bytes": written}
    return films, gaps, written


def _films(
    parts: "Parts", camera: "CameraId", interval: "Interval"
) -> "tuple[list[Film], tuple[Gap, ...]]":
    """Return the films of an interval, each of a span and an init, and the gaps of the interval.

    Raises:
        NotFound: Nothing of that time is stored.
        DataLoss: The store holds footage of that time that the catalogue does not list.
        Conflict: The films are coded in different ways, so that no single file can hold them.
    """
    from api import playback
    from footage.camera_timeline import explained
    from footage.scope import Scope
    from footage.span import timeline

    scope = Scope(cameras=frozenset({camera}))
    segments = list(parts.catalogue.segments(scope, interval))
    # Gaps are read last: a purge enters the gap before the segment goes (invariant 5).
    line = timeline(camera, interval, segments, parts.catalogue.gaps(scope, interval))
    line = explained(line, parts.catalogue, parts.store, parts.register, parts.clock.now())
    if not line.spans:
        raise NotFound(f"no footage of {camera} is stored from {interval.start} to {interval.end}")
    groups = [
        group
        for span in line.spans
        for group in playback.same_init(parts.store, playback.of_span(segments, span))
    ]
    films = [playback.film_of(parts.store, group, interval) for group in groups]
    if len({_coding(group[0]) for group in groups}) > 1:
        apart = "; ".join(f"--from {one.interval.start} --to {one.interval.end}" for one in films)
        raise Conflict(
            f"the pictures of {camera} are coded in different ways in that time",
            hint=f"play each part alone: {apart}",
        )
    return films, line.gaps


def _coding(segment: "Segment") -> tuple[object, ...]:
    return segment.media.codec, segment.media.width, segment.media.height


def _written(parts: "Parts", films: "list[Film]", target: Path) -> int:
    from infra.media.film_file import write_film

    return write_film(films, parts.store, parts.ffmpeg_launcher, target)


@contextmanager
def _kept_for(parts: "Parts", player: "Player | None") -> "Iterator[Path]":
    """Give a path for the film that a player plays; the film is removed when it was watched.

    A player that returns at once reads the file later: that film, and what a crash left, is removed
    by the first command a day later.
    """
    import secrets

    from footage.durable import seam
    from footage.instant import Instant

    folder = parts.home / _FOLDER
    with seam(folder):
        folder.mkdir(exist_ok=True)
        for left in folder.iterdir():
            if Instant(left.stat().st_mtime_ns // 1_000) < parts.clock.now() - DAY:
                left.unlink(missing_ok=True)
    film = folder / f"{secrets.token_hex(6)}.mp4"
    try:
        yield film
    except BaseException:
        film.unlink(missing_ok=True)
        raise
    if player is None or player.waits:
        film.unlink(missing_ok=True)


def _document(
    films: "list[Film]",
    gaps: "tuple[Gap, ...]",
    written: int,
    out: Path | None,
    player: "Player | None",
) -> dict[str, object]:
    return {
        "out": str(out) if out else None,
        "player": player.name if player else None,
        "bytes": written,
        "films": [
            {"start": str(film.interval.start), "end": str(film.interval.end)} for film in films
        ],
        "gaps": [gap_json(gap) for gap in gaps],
    }


def _print(
    times: "AskedTimes",
    films: "list[Film]",
    gaps: "tuple[Gap, ...]",
    written: int,
    out: Path | None,
) -> None:
    from footage.asked_times import local_text

    print(f"time: {times}")
    for film in films:
        start, end = (local_text(at, times.zone) for at in (film.interval.start, film.interval.end))
        print(f"shown: {start} to {end}")
    for gap in gaps:
        start, end = (local_text(at, times.zone) for at in (gap.interval.start, gap.interval.end))
        print(f"not shown: {start} to {end}: {gap.why}")
    if out is not None:
        print(f"written: {out}, {size(written)}")
