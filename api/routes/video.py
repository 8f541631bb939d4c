"""Route that plays an interval as a virtual MP4, by byte ranges."""

from collections.abc import Iterable
from contextlib import ExitStack
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Header, Response

from api import playback
from api.deps import For, Ready, Services, Stretch
from api.playback import Film
from api.problems import Problem
from api.ranges import asked
from api.schemas import Id
from api.viewing import ViewStream
from footage.action import Action, Deed
from footage.camera_timeline import with_unscheduled
from footage.custody import bracket
from footage.errors import BadInput
from footage.ids import CameraId, camera_id
from footage.instant import Elapsed, Interval
from footage.scope import Scope
from footage.span import Gap, timeline

router = APIRouter(tags=["video"])

LONGEST: Final = Elapsed.parse("1h")
"""Longest film: each request reads from every segment of the film before the first byte is sent."""


@router.get(
    "/cameras/{camera}/video",
    operation_id="get_video",
    response_class=Response,
    responses={200: {"content": {"video/mp4": {}}}, 206: {"content": {"video/mp4": {}}}},
)
def get_video(
    services: Ready,
    purpose: For,
    camera: Id,
    interval: Stretch,
    *,
    range_: Annotated[str | None, Header(alias="Range", max_length=1_000)] = None,
    if_range: Annotated[str | None, Header(alias="If-Range", max_length=1_000)] = None,
) -> Response:
    """Return the stored pictures of an interval of up to an hour as MP4; a view (invariant 7).

    The MP4 begins and ends with whole groups of pictures: `Footage-Start` and `Footage-End` say
    when. An interval across a gap or a restart is answered with a 409 that lists the spans to ask
    for one by one.
    """
    asking = camera_id(camera)
    if interval.length > LONGEST:
        raise BadInput(f"an interval of {interval.length}", hint=f"at most {LONGEST} at once")
    what = {"camera": asking, "start": str(interval.start), "end": str(interval.end)}
    with ExitStack() as view:
        act = view.enter_context(bracket(services.custody, Deed(Action.VIEW, purpose, what)))
        film = _film(services, asking, interval)
        wanted = asked(range_ if if_range in (None, film.etag) else None, film.size_bytes)
        act.result = {"first_byte": wanted.start, "of_bytes": wanted.total}
        return ViewStream(
            view,
            act,
            playback.read(services.store, film.cut(wanted.start, wanted.end)),
            status=HTTPStatus.PARTIAL_CONTENT if wanted.partial else HTTPStatus.OK,
            headers={**wanted.headers, **film_headers(film)},
        )


def film_headers(film: Film) -> dict[str, str]:
    """Response headers that describe a film."""
    return {
        "Content-Type": "video/mp4",
        "ETag": film.etag,
        "Cache-Control": "no-store",  # each showing is a view: no cache may keep it
        "Footage-Start": str(film.interval.start),
        "Footage-End": str(film.interval.end),
    }


def _film(services: Services, camera: CameraId, interval: Interval) -> Film:
    known = services.register.camera(camera)
    scope = Scope(cameras=frozenset([known.id]))
    segments = list(services.catalogue.segments(scope, interval))
    line = timeline(known.id, interval, segments, services.catalogue.gaps(scope, interval))
    if not line.spans:
        line = with_unscheduled(services.catalogue, line)
        raise nothing_recorded(line.gaps)
    if len(line.spans) > 1:
        raise _not_one_span(span.interval for span in line.spans)
    together = playback.of_span(segments, line.spans[0])
    groups = playback.same_init(services.store, together)
    if len(groups) > 1:
        whole = (Interval(g[0].interval.start, g[-1].interval.end) for g in groups)
        raise _not_one_span(part for one in whole if (part := one.clip(interval)))
    return playback.film_of(services.store, together, interval)


def nothing_recorded(gaps: Iterable[Gap]) -> Problem:
    """Return the problem that says why an interval without a segment has none."""
    why = sorted({f"{gap.reason.value} {gap.detail}".strip() for gap in gaps})
    return Problem(
        HTTPStatus.NOT_FOUND, "nothing-recorded", f"nothing is recorded: {'; '.join(why)}"
    )


def _not_one_span(intervals: Iterable[Interval]) -> Problem:
    spans = [{"start": str(one.start), "end": str(one.end)} for one in intervals]
    return Problem(
        HTTPStatus.CONFLICT,
        "not-one-span",
        "the interval crosses a gap, a restart or a change of the stream; ask for each span alone",
        members={"spans": spans},
    )
