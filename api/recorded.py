"""Recorded segments and timelines of a camera, with all that is known of the gaps.

What the routes share that show a timeline or give out films.
"""

from __future__ import annotations

from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from api.problems import Problem
from footage.action import Action, Deed
from footage.camera_timeline import explained
from footage.errors import BadInput
from footage.instant import Elapsed, Interval
from footage.played import stretches
from footage.scope import Scope
from footage.span import tile, timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from api.deps import Services
    from footage.action import Purpose
    from footage.ids import CameraId
    from footage.instant import Instant
    from footage.played import Played
    from footage.segment import Segment
    from footage.span import Gap, Timeline

T = TypeVar("T")

MOMENT: Final = Elapsed(1)
"""Length of the interval that stands for an instant."""
MOST_SEGMENTS: Final = 50_000
"""A day of segments of 2 s, the shortest there are, has 43 200; their playlist has 8 MB."""


def view_of(
    purpose: Purpose, camera: CameraId, interval: Interval, longest: Elapsed, **more: object
) -> Deed:
    """Return the view of an interval of a camera, as the custody log enters the view.

    Args:
        purpose: Person who asks, case and purpose.
        camera: The camera.
        interval: The interval asked for.
        longest: Longest interval that may be viewed at once.
        **more: Further facts to enter.

    Raises:
        BadInput: The interval is longer than `longest`.
    """
    require_length(interval, longest)
    what = {"camera": camera, "start": str(interval.start), "end": str(interval.end)}
    return Deed(Action.VIEW, purpose, {**what, **more})


def require_length(interval: Interval, longest: Elapsed) -> None:
    """Refuse an interval longer than `longest`; raises BadInput."""
    if interval.length > longest:
        raise BadInput(f"an interval of {interval.length}", hint=f"at most {longest} at once")


def recorded(
    services: Services, camera: CameraId, interval: Interval
) -> tuple[list[Segment], Timeline]:
    """Return the segments of a camera that overlap an interval, by start, and the timeline.

    The timeline's gaps have the reasons of the catalogue alone; see `all_told`.

    Raises:
        Problem: 404, nothing is recorded.
        BadInput: More than `MOST_SEGMENTS` segments overlap the interval.
        NotFound: No such camera.
        DataLoss: Nothing is recorded as far as the catalogue knows, but the store holds footage.
    """
    known = services.register.camera(camera)
    scope = Scope(cameras=frozenset([known.id]))
    segments = _bounded(services.catalogue.segments(scope, interval))
    # Gaps are read last: a purge enters the gap before the segment goes (invariant 5).
    gaps = services.catalogue.gaps(scope, interval)
    return segments, _some(services, timeline(known.id, interval, segments, gaps))


def playable(
    services: Services, camera: CameraId, interval: Interval
) -> tuple[list[Played], Timeline]:
    """Return what `recorded` returns, of segments only what a player needs; raises the same."""
    known = services.register.camera(camera)
    played = _bounded(services.catalogue.played(known.id, interval))
    # Gaps are read last: a purge enters the gap before the segment goes (invariant 5).
    gaps = services.catalogue.gaps(Scope(cameras=frozenset([known.id])), interval)
    return played, _some(services, tile(known.id, interval, stretches(known.id, played), gaps))


def listed(
    services: Services, camera: CameraId, interval: Interval, most: int
) -> tuple[list[Segment], Timeline, Instant | None]:
    """Return the first segments of a camera that overlap an interval, by start, and the timeline.

    The timeline's gaps have the reasons of the catalogue alone; see `all_told`.

    Args:
        services: The services of the API.
        camera: The camera.
        interval: The time asked for.
        most: Most segments to read.

    Returns:
        Segments and timeline of the interval, or of the interval's part before the first segment
        that was not read; and the end of that part, None for the whole interval.

    Raises:
        NotFound: No such camera.
        BadInput: So many segments overlap the start that no part is left.
    """
    known = services.register.camera(camera)
    scope = Scope(cameras=frozenset([known.id]))
    segments = list(islice(services.catalogue.segments(scope, interval), most + 1))
    more = None
    if len(segments) > most:
        more = segments[-1].interval.start
        if more <= interval.start:
            raise BadInput(f"more than {most} segments at {interval.start}", hint="begin later")
        interval = Interval(interval.start, more)
        segments = [segment for segment in segments if segment.interval.start < more]
    # Gaps are read last: a purge enters the gap before the segment goes (invariant 5).
    line = timeline(known.id, interval, segments, services.catalogue.gaps(scope, interval))
    return segments, line, more


def all_told(services: Services, line: Timeline) -> Timeline:
    """Return a timeline just tiled with all that catalogue and store tell of the gaps.

    Raises:
        DataLoss: The store holds footage of a gap that the catalogue does not list.
    """
    now = services.clock.now()
    return explained(line, services.catalogue, services.store, services.register, now)


def _bounded(found: Iterator[T]) -> list[T]:
    segments = list(islice(found, MOST_SEGMENTS + 1))
    if len(segments) > MOST_SEGMENTS:
        raise BadInput(f"more than {MOST_SEGMENTS} segments", hint="ask for a shorter interval")
    return segments


def _some(services: Services, line: Timeline) -> Timeline:
    """Return a timeline with a span; raises Problem without any."""
    if not line.spans:
        raise _nothing_recorded(all_told(services, line).gaps)
    return line


def _nothing_recorded(gaps: Iterable[Gap]) -> Problem:
    why = sorted({gap.why for gap in gaps})
    return Problem(
        HTTPStatus.NOT_FOUND, "nothing-recorded", f"nothing is recorded: {'; '.join(why)}"
    )
