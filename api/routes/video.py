"""Routes that play an interval as virtual MP4s, by byte ranges, and list those MP4s."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final, NamedTuple

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response

from api import films, playback, proxied_film
from api.bodies.films import FilmsOut
from api.bodies.wire import Id, TimeText
from api.connected import end_view, while_connected
from api.deps import MOST_PAGE, For, PageLimit, Ready, Services, Stretch
from api.film_response import AskedBytes, Bytes, give_derived, give_out
from api.problems import Problem
from api.reach import require_whole
from api.recorded import all_told, listed, recorded, view_of
from api.routes.hls import Shown, View
from api.rules import Reaching, rule
from api.viewing import ViewStream
from footage.access import Permission, Reach
from footage.action import Action, Purpose
from footage.custody import Act, bracket
from footage.errors import BadInput, Refused
from footage.ids import CameraId, camera_id
from footage.instant import Elapsed, Instant, Interval
from footage.segment import Segment

router = APIRouter(tags=["video"])

MOST_MADE: Final = 2
"""Most proxies made while a request waits: some ten seconds each."""
LONGEST_PROXIED: Final = Elapsed.parse("15m")
"""Longest film of proxies: each request reads all its proxies before the first byte is sent."""
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
async def get_video(
    services: Ready,
    purpose: For,
    reach: Reaching,
    camera: Id,
    interval: Stretch,
    *,
    asked: Bytes,
    view: View = Shown.ORIGINAL,
    request: Request,
) -> Response:
    """Return the stored pictures of an interval of up to an hour as MP4; a view (invariant 7).

    The MP4 begins and ends with whole groups of pictures: `Footage-Start` and `Footage-End` say
    when. An interval across a gap or a restart is answered with a 409 that lists the spans to ask
    for one by one; `films` lists those of an interval of any length.

    `view=proxy`: H.264 derived from the footage, of up to 15 minutes. Proxies of two segments are
    made now; for more, make them beforehand.
    """
    asking = camera_id(camera)
    wanted = Wanted(services, purpose, reach, asking, interval, asked)
    if view is Shown.ORIGINAL:
        return await to_thread.run_sync(given, wanted)
    opened, segments, missing = await to_thread.run_sync(_begun, wanted)
    try:
        for segment in missing:
            await while_connected(request, services.proxies.film(segment))
    except BaseException as exc:
        await end_view(opened.view, exc)
        raise
    return await to_thread.run_sync(_given_derived, wanted, opened, segments)


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Request for a film, as read."""

    services: Services
    purpose: Purpose
    reach: Reach
    camera: CameraId
    interval: Interval
    asked: AskedBytes


class _Opened(NamedTuple):
    """An open custody bracket."""

    view: ExitStack
    act: Act


def given(wanted: Wanted) -> ViewStream:
    """Begin the view of the footage asked for, and return its response."""
    deed = view_of(wanted.purpose, wanted.camera, wanted.interval, LONGEST)
    services = wanted.services
    with ExitStack() as view:
        act = view.enter_context(bracket(services.custody, deed))
        together = _one_span(wanted)
        _require_one(playback.same_init(services.store, together), wanted.interval)
        film = playback.film_of(services.store, together, wanted.interval)
        return give_out(view, act, services.store, film, wanted.asked)


def _begun(wanted: Wanted) -> tuple[_Opened, list[Segment], list[Segment]]:
    """Begin the view of a film of proxies: return its segments, and those without a proxy.

    Raises:
        Refused: More than `MOST_MADE` proxies are to be made.
    """
    proxies = wanted.services.proxies
    named = {"derived": proxies.profile}
    deed = view_of(wanted.purpose, wanted.camera, wanted.interval, LONGEST_PROXIED, **named)
    with ExitStack() as view:
        act = view.enter_context(bracket(wanted.services.custody, deed))
        together = _one_span(wanted)
        missing = [one for one in together if not proxies.ready([one])]
        if len(missing) > MOST_MADE:
            raise Refused(
                f"of {len(missing)} of {len(together)} segments no proxy is ready",
                hint=f"POST /api/v1/cameras/{wanted.camera}/proxy makes them beforehand",
            )
        return _Opened(view.pop_all(), act), together, missing


def _given_derived(wanted: Wanted, opened: _Opened, segments: Sequence[Segment]) -> ViewStream:
    proxies = wanted.services.proxies
    with opened.view as view:
        # Making took a while: segments may have been deleted, or the reach have ended.
        if _one_span(wanted) != segments:
            raise Refused("the footage changed meanwhile", hint="ask again")
        film, *more = proxied_film.films_of(proxies, segments, wanted.interval)
        if more:
            parts = (one.interval.clip(wanted.interval) for one in (film, *more))
            raise _not_one_span(part for part in parts if part)
        return give_derived(view, opened.act, film, wanted.asked)


def _one_span(wanted: Wanted) -> list[Segment]:
    """Return the segments of an interval that is one span and in reach; raises Problem else."""
    services = wanted.services
    require_whole(services.register, wanted.reach, [wanted.camera], wanted.interval)
    segments, line = recorded(services, wanted.camera, wanted.interval)
    if len(line.spans) > 1:
        raise _not_one_span(span.interval for span in line.spans)
    return playback.of_span(segments, line.spans[0])


def _require_one(groups: Sequence[Sequence[Segment]], interval: Interval) -> None:
    """Refuse an interval whose segments need more than one init; raises Problem."""
    if len(groups) > 1:
        whole = (Interval(g[0].interval.start, g[-1].interval.end) for g in groups)
        raise _not_one_span(part for one in whole if (part := one.clip(interval)))


def _not_one_span(intervals: Iterable[Interval]) -> Problem:
    spans = [{"start": str(one.start), "end": str(one.end)} for one in intervals]
    return Problem(
        HTTPStatus.CONFLICT,
        "not-one-span",
        "the interval crosses a gap, a restart or a change of the stream; ask for each span alone: "
        "the address with `films` in the place of `video` lists them",
        members={"spans": spans},
    )
