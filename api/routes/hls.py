"""Routes that play a camera's segments by HLS: playlist, inits and media."""

from contextlib import ExitStack
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Response

from api import hls, playback
from api.bodies.wire import Id
from api.deps import For, Ready, Services, Stretch
from api.film_response import Bytes, give_out
from api.problems import Problem
from api.reach import require_segment, require_whole
from api.recorded import all_told, playable, view_of
from api.routes.keyframes import LONGEST_KEY
from api.rules import Reaching, rule
from api.viewing_pass import FORM, Passes
from footage.access import Permission
from footage.action import Action, Deed, Purpose
from footage.custody import bracket
from footage.errors import DataLoss, NotFound
from footage.ids import camera_id
from footage.instant import DAY, Elapsed, Interval
from footage.objectkey import MILLISECOND, ObjectKey
from footage.scope import Scope
from footage.span import GapReason

router = APIRouter(tags=["video"])

LONGEST: Final = DAY


class Shown(StrEnum):
    """Kind of playlist: of the recorded footage, or of proxies derived from that footage."""

    ORIGINAL = "original"
    PROXY = "proxy"


View = Annotated[
    Shown, Query(description="`proxy`: H.264 derived from the footage, which every browser plays.")
]
Viewing = Annotated[
    str | None, Query(pattern=FORM, description="From the playlist; without: a viewing of its own.")
]
Opening = Annotated[bool, Query(description="From the playlist: its first segment.")]
Lasts = Annotated[
    int | None,
    Query(ge=1, le=DAY.us, description="From the playlist: for how many microseconds it is shown."),
]
Key = Annotated[str, Path(max_length=LONGEST_KEY)]


@router.get(
    "/cameras/{camera}/hls.m3u8",
    operation_id="get_playlist",
    response_class=Response,
    responses={200: {"content": {hls.MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    **rule(Permission.WATCH, enters=Action.VIEW),
)
def get_playlist(
    services: Ready,
    purpose: For,
    reach: Reaching,
    camera: Id,
    interval: Stretch,
    view: View = Shown.ORIGINAL,
) -> Response:
    """Return the HLS playlist of an interval of up to a day, across gaps, restarts and changes.

    The playlist opens a viewing: a custody entry, to which the entries of the segments given out
    for the viewing refer (invariant 7). The playlist itself holds no footage and opens no object.
    """
    asking = camera_id(camera)
    derived = services.proxies.profile if view is Shown.PROXY else ""
    more = {"derived": derived} if derived else {}
    deed = view_of(purpose, asking, interval, LONGEST, playlist=True, **more)
    with bracket(services.custody, deed) as act:
        require_whole(services.register, reach, [asking], interval)
        written, line = services.playlists.of(
            *(services.catalogue, asking, interval),
            lambda: playable(services, asking, interval),
            derived=derived,
        )
        passes = Passes(services.pass_secret, purpose)
        given = passes.of(act.intent, asking, written.first_us, written.last_us)
        text = written.playlist(all_told(services, line).gaps, given + _named(purpose))
        act.result = {"segments": len(written.entries), "bytes": 0}
    return Response(text, media_type=hls.MEDIA_TYPE)


@router.get(
    "/segments/{segment:path}/init.mp4",
    operation_id="get_segment_init",
    response_class=Response,
    responses={200: {"content": {"video/mp4": {}}}},
    **rule(Permission.WATCH, because="an init shows no picture"),
)
def get_segment_init(services: Ready, reach: Reaching, segment: Key) -> Response:
    """Return the init of a segment: how the pictures are coded, and no picture; no view."""
    key = ObjectKey.parse(segment)
    try:
        require_segment(services.register, services.catalogue, reach, key.segment)
        length = services.catalogue.segment(key.segment).media.init_bytes
        data = services.store.get(key.segment, offset=0, length=length)
    except NotFound as missing:
        raise gone(services, key, missing) from missing
    if len(data) != length:
        raise DataLoss(f"{key.segment} ends before byte {length}")
    return Response(data, media_type="video/mp4")


@router.get(
    "/segments/{segment:path}/media.m4s",
    operation_id="get_segment_media",
    response_class=Response,
    responses={200: {"content": {"video/mp4": {}}}, 206: {"content": {"video/mp4": {}}}},
    **rule(Permission.WATCH, enters=Action.VIEW),
)
def get_segment_media(
    services: Ready,
    purpose: For,
    reach: Reaching,
    segment: Key,
    *,
    viewing: Viewing = None,
    opening: Opening = False,
    lasts: Lasts = None,
    asked: Bytes,
) -> Response:
    """Return the fragments of a segment; a view (invariant 7).

    Byte for byte as stored, but that players place the segment by its first picture: where pictures
    are shown in another order than decoded, or sound begins earlier, the times of decoding are
    others; with `opening`, sound before the first picture is left out; with `lasts`, the last
    picture is shown until the next segment's first.

    The init stands in front of the fragments, under an address of its own, and the index behind the
    fragments is left out: a player that joins segments has no use for the index.
    """
    key = ObjectKey.parse(segment)
    what: dict[str, object] = {"camera": key.camera, "segment": key.segment}
    if viewing is not None:
        what["viewing"] = Passes(services.pass_secret, purpose).viewing(viewing, key)
    with ExitStack() as view:
        act = view.enter_context(bracket(services.custody, Deed(Action.VIEW, purpose, what)))
        try:
            require_segment(services.register, services.catalogue, reach, key.segment)
            stored = services.catalogue.segment(key.segment)
            film = playback.media_of(
                services.store, stored, opening=opening, lasts=elapsed_or_none(lasts)
            )
        except NotFound as missing:
            raise gone(services, key, missing) from missing
        act.result = {"start": str(stored.interval.start), "end": str(stored.interval.end)}
        return give_out(view, act, services.store, film, asked)


def elapsed_or_none(us: int | None) -> Elapsed | None:
    """Return so many microseconds as a length of time; None for None."""
    return None if us is None else Elapsed(us)


def _named(purpose: Purpose) -> str:
    """Return case and purpose as further parameters of an address."""
    given = {"case": purpose.case, "purpose": purpose.code}
    return "".join(f"&{urlencode({name: text})}" for name, text in given.items() if text)


def gone(services: Services, key: ObjectKey, missing: NotFound) -> Exception:
    """Return 410 with the reason where the segment's time has expired, else `missing`."""
    scope = Scope(cameras=frozenset([key.camera]))
    begin = Interval(key.start, key.start + MILLISECOND)
    expired = (g for g in services.catalogue.gaps(scope, begin) if g.reason is GapReason.EXPIRED)
    gap = next(expired, None)
    if gap is None:
        return missing
    return Problem(HTTPStatus.GONE, "gone", f"the segment was deleted: {gap.why}")
