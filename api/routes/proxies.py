"""Routes that give out proxies: H.264 derived from stored segments, for players of nothing else."""

from contextlib import ExitStack
from http import HTTPStatus

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from api import proxy_jobs
from api.auth import Asking
from api.bodies.jobs import IdempotencyKey, JobOut, sent_as
from api.bodies.proxies import ProxiesIn, ProxyProgressOut
from api.bodies.wire import Id
from api.connected import end_view, while_connected
from api.deps import For, Ready, Services, Stretch, accepted, asked_interval
from api.film_response import DERIVED, Bytes, DerivedFilm, give_derived
from api.proxies import media_of
from api.reach import require_segment, require_whole
from api.recorded import recorded, require_length
from api.routes.hls import LONGEST, Key, Lasts, Opening, Viewing, elapsed_or_none, gone
from api.rules import Reaching, rule
from api.viewing import ViewStream
from api.viewing_pass import Passes
from footage.access import Permission, Reach
from footage.action import Action, Deed, Purpose
from footage.custody import Act, bracket
from footage.errors import NotFound
from footage.ids import camera_id
from footage.mp4_boxes import init_length
from footage.objectkey import ObjectKey
from footage.scope import Scope
from footage.segment import Segment

router = APIRouter(tags=["video"])


@router.get(
    "/cameras/{camera}/proxy",
    operation_id="get_proxy_progress",
    **rule(Permission.WATCH, because="says how many proxies are ready, and shows no footage"),
)
def get_proxy_progress(
    services: Ready, reach: Reaching, camera: Id, interval: Stretch
) -> ProxyProgressOut:
    """Return of how many segments of an interval of up to a day a proxy is ready or being made.

    A proxy is made when its segment is asked for, and kept for a while. Makes none.
    """
    asking = camera_id(camera)
    require_length(interval, LONGEST)
    require_whole(services.register, reach, [asking], interval)
    segments, _ = recorded(services, asking, interval)
    return ProxyProgressOut.of(asking, interval, services.proxies, segments)


@router.post(
    "/cameras/{camera}/proxy",
    operation_id="make_proxies",
    status_code=HTTPStatus.ACCEPTED,
    **rule(Permission.WATCH, because="makes proxies, and shows no footage"),
)
def make_proxies(
    services: Ready,
    caller: Asking,
    reach: Reaching,
    response: Response,
    camera: Id,
    *,
    asked: ProxiesIn,
    key: IdempotencyKey = "",
) -> JobOut:
    """Make the proxies of an interval of up to an hour beforehand, as a job."""
    asking = camera_id(camera)
    interval = asked_interval(services, Scope.parse([camera]), asked.start, asked.end)
    require_length(interval, proxy_jobs.LONGEST)
    by = Purpose(caller.person.id)
    sent = sent_as(asked, key, asking)
    job = services.proxy_jobs.ask(asking, interval, by, reach, sent)
    return JobOut.of(accepted(response, job), services.exports.kept_until(job))


@router.get(
    "/segments/{segment:path}/proxy-init.mp4",
    operation_id="get_proxy_init",
    response_class=Response,
    responses={200: {"content": {"video/mp4": {}}}},
    **rule(Permission.WATCH, because="an init shows no picture"),
)
async def get_proxy_init(
    services: Ready, reach: Reaching, segment: Key, request: Request
) -> Response:
    """Return the init of a segment's proxy: how its pictures are coded, and no picture; no view.

    The proxy is made now unless it is kept.
    """
    key = ObjectKey.parse(segment)
    stored = await to_thread.run_sync(_stored, services, reach, key)
    made = await _made(services, request, key, stored)
    headers = {DERIVED: services.proxies.profile}
    return Response(made[: init_length(made)], media_type="video/mp4", headers=headers)


@router.get(
    "/segments/{segment:path}/proxy.m4s",
    operation_id="get_proxy_media",
    response_class=Response,
    responses={200: {"content": {"video/mp4": {}}}, 206: {"content": {"video/mp4": {}}}},
    **rule(Permission.WATCH, enters=Action.VIEW),
)
async def get_proxy_media(
    services: Ready,
    purpose: For,
    reach: Reaching,
    segment: Key,
    request: Request,
    *,
    viewing: Viewing = None,
    opening: Opening = False,
    lasts: Lasts = None,
    asked: Bytes,
) -> Response:
    """Return the fragments of a segment's proxy, derived from the footage; a view (invariant 7).

    The proxy is made now unless it is kept: that takes seconds. It shows what the segment shows,
    at the same times.
    """
    key = ObjectKey.parse(segment)
    profile = services.proxies.profile
    what: dict[str, object] = {"camera": key.camera, "segment": key.segment, "derived": profile}
    if viewing is not None:
        what["viewing"] = Passes(services.pass_secret, purpose).viewing(viewing, key)

    def begin() -> tuple[ExitStack, Act, Segment]:
        with ExitStack() as view:
            act = view.enter_context(bracket(services.custody, Deed(Action.VIEW, purpose, what)))
            stored = _stored(services, reach, key)
            return view.pop_all(), act, stored

    view, act, stored = await to_thread.run_sync(begin)
    try:
        made = await _made(services, request, key, stored)
    except BaseException as exc:
        await end_view(view, exc)
        raise

    def give() -> ViewStream:
        with view:
            # Making took a while: the segment may have been deleted, or the reach have ended.
            _stored(services, reach, key)
            act.result |= {"start": str(stored.interval.start), "end": str(stored.interval.end)}
            data = memoryview(media_of(made, opening=opening, lasts=elapsed_or_none(lasts)))
            source = f"{stored.digest} {opening} {lasts}"
            film = DerivedFilm(data, stored.interval, profile, source)
            return give_derived(view, act, film, asked)

    return await to_thread.run_sync(give)


def _stored(services: Services, reach: Reach, key: ObjectKey) -> Segment:
    """Return a segment that is stored and within reach.

    Raises:
        NotPermitted: The segment is out of reach.
        NotFound: No such segment.
        Problem: 410, the segment was deleted.
    """
    try:
        require_segment(services.register, services.catalogue, reach, key.segment)
        return services.catalogue.segment(key.segment)
    except NotFound as missing:
        raise gone(services, key, missing) from missing


async def _made(services: Services, request: Request, key: ObjectKey, stored: Segment) -> bytes:
    try:
        return await while_connected(request, services.proxies.film(stored))
    except NotFound as missing:  # deleted meanwhile: the object goes before the row
        raise gone(services, key, missing) from missing
