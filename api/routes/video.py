"""Route that plays an interval as a virtual MP4, by byte ranges."""

from collections.abc import Iterable
from contextlib import ExitStack
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Response

from api import playback
from api.bodies.wire import Id
from api.deps import For, Ready, Services, Stretch
from api.film_response import Bytes, give_out
from api.playback import Film
from api.problems import Problem
from api.reach import require_whole
from api.recorded import recorded, view_of
from api.rules import Reaching, rule
from footage.access import Permission
from footage.action import Action
from footage.custody import bracket
from footage.ids import CameraId, camera_id
from footage.instant import Elapsed, Interval

router = APIRouter(tags=["video"])

LONGEST: Final = Elapsed.parse("1h")
"""Longest film: each request reads from every segment of the film before the first byte is sent."""


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
    for one by one.
    """
    asking = camera_id(camera)
    deed = view_of(purpose, asking, interval, LONGEST)
    with ExitStack() as view:
        act = view.enter_context(bracket(services.custody, deed))
        require_whole(services.register, reach, [asking], interval)
        film = _film(services, asking, interval)
        return give_out(view, act, services.store, film, asked)


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
        "the interval crosses a gap, a restart or a change of the stream; ask for each span alone",
        members={"spans": spans},
    )
