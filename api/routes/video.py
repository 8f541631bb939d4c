"""Routes that play an interval as virtual MP4s, by byte ranges, and list those MP4s."""

from collections.abc import Iterable
from contextlib import ExitStack
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from api import films, playback
from api.bodies.films import FilmsOut
from api.bodies.wire import Id, TimeText
from api.deps import MOST_PAGE, For, PageLimit, Ready, Services, Stretch
from api.film_response import Bytes, give_out
from api.playback import Film
from api.problems import Problem
from api.reach import require_whole
from api.recorded import all_told, listed, recorded, view_of
from api.rules import Reaching, rule
from footage.access import Permission
from footage.action import Action
from footage.custody import bracket
from footage.errors import BadInput
from footage.ids import CameraId, camera_id
from footage.instant import Elapsed, Instant, Interval

router = APIRouter(tags=["video"])

LONGEST: Final = Elapsed.parse("1h")
"""Longest film: each request reads from every segment of the film before the first byte is sent."""
MOST_LISTED: Final = 5_000
"""Most segments read for a page of films: three and a half days of segments of a minute."""


@router.get(
    "/cameras/{camera}/video",
    operation_id="get_video",
    response_class=Response,
    responses={200: {"content": {"video/mp4": {}}}, 206: {"content": {"video/mp4": {}}}},
    **rule(Permission.WATCH, enters=Action.VIEW),
)
def get_video(
    services: Ready,
    purpose: For,
    reach: Reaching,
    camera: Id,
    interval: Stretch,
    asked: Bytes,
) -> Response:
    """Return the stored pictures of an interval of up to an hour as MP4; a view (invariant 7).

    The MP4 begins and ends with whole groups of pictures: `Footage-Start` and `Footage-End` say
    when. An interval across a gap or a restart is answered with a 409 that lists the spans to ask
    for one by one; `films` lists those of an interval of any length.
    """
    asking = camera_id(camera)
    deed = view_of(purpose, asking, interval, LONGEST)
    with ExitStack() as view:
        act = view.enter_context(bracket(services.custody, deed))
        require_whole(services.register, reach, [asking], interval)
        film = _film(services, asking, interval)
        return give_out(view, act, services.store, film, asked)


@router.get(
    "/cameras/{camera}/films",
    operation_id="list_films",
    **rule(Permission.READ_TIMELINES, because="a list of films shows no footage"),
)
def list_films(
    services: Ready,
    purpose: For,
    reach: Reaching,
    camera: Id,
    interval: Stretch,
    *,
    after: Annotated[
        TimeText | None, Query(description="`next_cursor` of the page before.")
    ] = None,
    limit: PageLimit = MOST_PAGE,
) -> FilmsOut:
    """List the MP4s that an interval of any length plays as, and the gaps, a page at a time.

    An MP4 ends at a gap, a restart, a change of the stream and before it gets longer than an hour.
    Nothing is joined across a gap: films and gaps tile the interval (invariant 5).
    """
    asking = camera_id(camera)
    require_whole(services.register, reach, [asking], interval)
    if after is not None:
        begin = Instant.parse(after)
        if begin not in interval:
            raise BadInput(f"no page of this interval begins at {begin}", hint="`next_cursor`")
        interval = Interval(begin, interval.end)
    segments, line, more = listed(services, asking, interval, MOST_LISTED)
    found = films.stretches(line, segments, LONGEST)
    page = films.page(all_told(services, line), found, limit, more)
    return FilmsOut.of(asking, page, purpose)


def _film(services: Services, camera: CameraId, interval: Interval) -> Film:
    segments, line = recorded(services, camera, interval)
    if len(line.spans) > 1:
        raise _not_one_span(span.interval for span in line.spans)
    together = playback.of_span(segments, line.spans[0])
    groups = playback.same_init(services.store, together)
    if len(groups) > 1:
        whole = (Interval(g[0].interval.start, g[-1].interval.end) for g in groups)
        raise _not_one_span(part for one in whole if (part := one.clip(interval)))
    return playback.film_of(services.store, together, interval)


def _not_one_span(intervals: Iterable[Interval]) -> Problem:
    spans = [{"start": str(one.start), "end": str(one.end)} for one in intervals]
    return Problem(
        HTTPStatus.CONFLICT,
        "not-one-span",
        "the interval crosses a gap, a restart or a change of the stream; ask for each span alone: "
        "the address with `films` in the place of `video` lists them",
        members={"spans": spans},
    )
